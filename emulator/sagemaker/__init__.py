# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SageMaker: moto's, with AWS's codes for what is not found and the interfaces of notebooks."""
