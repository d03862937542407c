# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudWatch Observability Admin, which moto lacks: centralization rules of an organization, and what they copy."""
