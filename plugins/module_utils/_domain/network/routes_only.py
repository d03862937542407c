# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lookups for questions about routes alone: every address of a subnet has an interface, and nothing is filtered."""

from __future__ import annotations

from .addresses import Point, is_within
from .packet_filters import Address, Decision, Packet
from .points import NOT_CROSSED, Crossed, Lookups
from .public_access import Passage
from .snapshot import Item

OPEN = Decision("", (), "filters aren't looked at")


class RoutesOnly(Lookups):
    routes_only = True

    def at(self, vpc_id: str, address: Address) -> Point | None:
        found = self.by_address.get((vpc_id, address))
        if found is not None:
            return found if found.kind == "nat_gateway" else found._replace(node=str(address), kind="interface")
        subnets = self.snapshot.of_vpc("Subnets", vpc_id)
        return next((point_in(subnet, address) for subnet in subnets if is_within(address, subnet)), None)

    def stopped(self, point: Point) -> Decision | None:
        return None

    def not_available(self, point: Point) -> Decision | None:
        return None

    def not_passed(self, point: Point, packet: Packet) -> Decision | None:
        return None

    def security_groups(
        self, point: Point, packet: Packet, egress: bool, crossed: Crossed = NOT_CROSSED
    ) -> tuple[bool, Decision]:
        return True, OPEN

    def network_acl(self, subnet: Item, packet: Packet, egress: bool) -> tuple[bool, Decision]:
        return True, OPEN

    def unreachable(self, point: Point) -> Decision | None:
        return None

    def blocked_access(self, passage: Passage) -> Decision | None:
        """VPC Block Public Access stops packets; it sends none another way."""
        return None


def point_in(subnet: Item, address: Address) -> Point:
    """Return a point for an address of a subnet that no interface has yet."""
    return Point(str(address), "", subnet, address, None)
