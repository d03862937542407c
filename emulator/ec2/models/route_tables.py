# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routes that a caller created."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Route:
    """A route that a caller made. Local routes stay moto's."""

    destination: tuple[str, str]
    target: tuple[str, str]

    local = False

    @property
    def destination_cidr_block(self) -> str | None:
        """Read by moto, where a VPC's block is taken from it."""
        return self.destination[1] if self.destination[0] == "DestinationCidrBlock" else None
