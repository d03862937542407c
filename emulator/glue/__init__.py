# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Glue: moto's, with the types of connections, pages, and versions of tables as AWS counts them."""
