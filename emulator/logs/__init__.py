# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudWatch Logs: subscriptions, destinations and account policies that really deliver, and PutLogEvents' limits."""
