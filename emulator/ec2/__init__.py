# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2: moto's, with NetEC2's operations in place of or beside moto's."""

from __future__ import annotations

from moto.ec2.models import ec2_backends

from emulator.ec2.models import NetEC2Backend


def register() -> None:
    """Backends that moto makes from now on are NetEC2Backends; their urls module names NetEC2 as the handler."""
    ec2_backends.backend = NetEC2Backend
