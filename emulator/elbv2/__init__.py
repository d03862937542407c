# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Elastic Load Balancing (version 2): moto's, with AWS's behavior of Network Load Balancers of endpoint services."""
