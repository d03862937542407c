# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM Identity Center: the organization's instance, permission sets, assignments, and their roles in the accounts."""
