# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""States of associations of CIDR blocks with VPCs and subnets."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.subnets import Subnet

from emulator.transitions import StateClock, Transition


class BlockState(dict):
    """State of a CIDR block association, which passes through associating and disassociating.

    A dict, as moto keeps it: {"state": ...} for a VPC's association, {"State": ...} for a subnet's.
    """

    clock = StateClock("vpc-cidr-block")

    def __init__(self, state: str | Transition):
        super().__init__(StatusMessage=None)
        self.clock = state

    def __getitem__(self, key: str) -> Any:
        return self.clock if key in ("state", "State") else super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        return self.clock if key in ("state", "State") else super().get(key, default)


def is_associated(state: dict[str, Any]) -> bool:
    return state.get("state") == "associated"


def ipv6_of_subnet(subnet: Subnet, *states: str) -> list[dict[str, Any]]:
    """Return the subnet's IPv6 CIDR block associations in these states."""
    return [a for a in subnet.ipv6_cidr_block_associations.values() if a["ipv6CidrBlockState"]["State"] in states]
