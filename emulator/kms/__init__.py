# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""KMS: moto's, where keys are enabled and disabled by ARN, too."""
