# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lambda: moto's control plane, with the network interfaces of functions. No code runs."""
