# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a packet's trace is made of: points, legs, the trip so far and its outcome."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import NamedTuple

from .packet_filters import Decision, Packet
from .snapshot import Item

DELIVERED, DENIED, NO_ROUTE = "delivered", "denied", "no_route"
ID_PREFIXES = ("i-", "eni-")

# Interfaces that take nothing that is addressed to themselves. NAT gateway: recorded. Lambda: "inbound network
# connections are blocked" (https://aws.amazon.com/lambda/faqs/).
ACCEPT_NO_INBOUND = {"nat_gateway": "a NAT gateway", "lambda": "a Lambda function"}
# Targets of routes after which no describe call shows the way.
OPAQUE_TARGETS = {
    "NetworkInterfaceId": "an interface that forwards packets by its own rules",
    "InstanceId": "an instance that forwards packets by its own rules",
    "CarrierGatewayId": "a carrier gateway",
    "LocalGatewayId": "an Outpost's local gateway",
    "CoreNetworkArn": "a Cloud WAN core network",
    "OdbNetworkArn": "an ODB network",
}


@dataclass(frozen=True)
class Verdict:
    """verdict: delivered, denied (a filter) or no_route; path: ids of what saw the packet, in order: instances (or
    interfaces, endpoints), subnets, VPCs, gateways; decided_by: the rule, route or filter
    """

    verdict: str
    path: tuple[str, ...]
    decided_by: Decision


class Point(NamedTuple):
    """An address in a subnet. node: the id that a path shows (instance, NAT gateway, endpoint or the interface)."""

    node: str
    interface_id: str
    subnet: Item
    address: IPv4Address
    public: IPv4Address | None
    groups: tuple[str, ...] = ()
    kind: str = "interface"
    instance_id: str = ""


class Leg(NamedTuple):
    """A part of a way on which addresses stay the same. None as a point: the other side of `gateway`."""

    packet: Packet
    start: Point | None
    end: Point | None
    gateway: str = ""


@dataclass(frozen=True)
class Trip:
    """start: who sends the packet on this leg; None: it came in by `gateway`. legs: those that are done"""

    path: tuple[str, ...]
    start: Point | None
    legs: tuple[Leg, ...] = ()
    gateway: str = ""

    def through(self, *ids: str) -> Trip:
        return replace(self, path=self.path + ids)


class Outcome(NamedTuple):
    verdict: Verdict
    legs: tuple[Leg, ...] = ()
