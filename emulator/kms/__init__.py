# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""KMS: moto's, which also takes ARNs to enable and disable keys, and to schedule and cancel their deletion."""
