# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""moto finds a service's handlers by this module's name, beside its models."""

from __future__ import annotations

from moto.ec2.urls import url_bases

from emulator.ec2.responses import NetEC2

__all__ = ["url_bases", "url_paths"]

url_paths = {"{0}/": NetEC2.dispatch}
