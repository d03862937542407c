# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Private Service Connect: service attachments, endpoints, and the states of their connections."""
