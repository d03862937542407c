# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routes that a caller created."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Route:
    """A route that a caller created; local routes keep moto's class."""

    destination: tuple[str, str]
    target: tuple[str, str]

    local = False

    @property
    def destination_cidr_block(self) -> str | None:
        """IPv4 destination, None for another kind; moto reads it when it adds a local route to the table."""
        return self.destination[1] if self.destination[0] == "DestinationCidrBlock" else None
