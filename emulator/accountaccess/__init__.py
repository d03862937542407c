# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM account access manager, which moto lacks: entitlements of IAM Identity Center's principals to IAM roles."""
