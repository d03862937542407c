# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lookups for questions about routes alone: every address of a subnet has an interface, and nothing is filtered."""

from __future__ import annotations

from ipaddress import IPv4Address

from .packet_filters import Address, Decision, Packet
from .points import Lookups, Point, network_of
from .snapshot import Item

OPEN = Decision("", (), "filters aren't looked at")


class RoutesOnly(Lookups):
    def at(self, vpc_id: str, address: Address) -> Point | None:
        found = self.by_address.get((vpc_id, address))
        if found is not None:
            return found if found.kind == "nat_gateway" else found._replace(node=str(address), kind="interface")
        subnets = self.snapshot.of_vpc("Subnets", vpc_id)
        return next((point_in(subnet, address) for subnet in subnets if address in network_of(subnet)), None)

    def stopped(self, point: Point) -> Decision | None:
        return None

    def not_available(self, point: Point) -> Decision | None:
        return None

    def security_groups(self, point: Point, packet: Packet, egress: bool) -> tuple[bool, Decision]:
        return True, OPEN

    def network_acl(self, subnet: Item, packet: Packet, egress: bool) -> tuple[bool, Decision]:
        return True, OPEN

    def refuse_blocked(self, vpc_id: str, gateway_id: str, inbound: bool, by_nat: bool = False) -> None:
        """VPC Block Public Access stops packets; it sends none another way."""


def point_in(subnet: Item, address: Address) -> Point:
    """Return a point for an address of a subnet that no interface has yet."""
    return Point(str(address), "", subnet, IPv4Address(int(address)), None)
