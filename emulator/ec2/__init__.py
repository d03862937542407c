# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2: moto's, with NetEC2's operations in place of or beside moto's."""

from __future__ import annotations

from moto.ec2 import urls

from emulator.ec2.responses import NetEC2


def register() -> None:
    urls.url_paths["{0}/"] = NetEC2.dispatch
