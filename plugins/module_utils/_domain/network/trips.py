# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Both directions of a flow through a snapshot, hop by hop, for whoever shows or explains them."""

from __future__ import annotations

from ..values.ports import EPHEMERAL
from .packet_filters import Ports
from .snapshot import Snapshot
from .trip import Trips


def trips(
    snapshot: Snapshot,
    source: str,
    destination: str,
    protocol: str | None = None,
    port: int | None = None,
    source_ports: Ports = EPHEMERAL,
) -> tuple[Trips, ...]:
    """Return the flow's trips, the one that decides first; several if AWS picks by itself, such as in appliance mode.

    source: a subnet id (any free address in it, without a security group), or what trace.trace takes
    destination: likewise
    Raises Invalid for bad arguments. What the snapshot doesn't tell is a Way with the verdict unknown.
    """
    raise NotImplementedError
