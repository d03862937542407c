# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SageMaker: moto's, with AWS's error code for unknown domains, and the network interfaces of notebook instances."""
