# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DynamoDB: moto's tables and items, with the states of tables and what resource-based policies allow."""
