# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A packet's trip through a snapshot, hop by hop, and the verdict at its end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

from ..values.ports import EPHEMERAL
from .addresses import Point
from .packet_filters import Address, Decision, Packet, Ports
from .snapshot import Item, Unknown

DELIVERED, DENIED, NO_ROUTE, UNKNOWN = "delivered", "denied", "no_route", "unknown"


@dataclass(frozen=True)
class Blocker:
    """Filter, route or state that stops a flow, or (verdict unknown) may. direction: there, or answer"""

    verdict: str
    by: str
    ids: tuple[str, ...]
    says: str
    direction: str


@dataclass(frozen=True)
class Verdict:
    """Verdict on a packet.

    verdict: delivered, denied (by a filter), no_route or unknown; path: ids that the packet passed, in order: instances
    (or interfaces, endpoints), subnets, VPCs, gateways; decided_by: the rule, route or filter, or what isn't known;
    notes: what the verdict leaves open, such as the rules of a firewall on the path; blockers: all that stops it
    """

    verdict: str
    path: tuple[str, ...]
    decided_by: Decision
    notes: tuple[str, ...] = ()
    blockers: tuple[Blocker, ...] = ()


@dataclass(frozen=True)
class Hop:
    """Object that a packet passes, and how it goes on from there.

    kind: instance, network_interface, load_balancer (a node's interface), vpc_endpoint (interface or gateway), subnet,
      firewall_endpoint,
      transit_gateway_attachment (enters or leaves a transit gateway), transit_gateway, network_function (a firewall
      attached to it), nat_gateway, internet_gateway, vpc_peering_connection, internet (id: the address)
    account, zone: where known
    table, destination, target: the route that is used here; "" if none is
    lets_through: decisions of security groups and network ACLs here, in order
    note: what isn't judged here, in words; ""
    """

    kind: str
    id: str
    account: str | None = None
    zone: str = ""
    table: str = ""
    destination: str = ""
    target: str = ""
    lets_through: tuple[Decision, ...] = ()
    note: str = ""

    @property
    def route(self) -> str:
        return f"{self.destination} -> {self.target}" if self.table else ""


@dataclass(frozen=True)
class Way:
    """One direction. verdict: delivered, denied, no_route or unknown, and what decided it; hops: up to there."""

    verdict: str
    hops: tuple[Hop, ...]
    decided_by: Decision


@dataclass(frozen=True)
class Trips:
    """Both directions of a flow. back: of the answer, from the destination on; None if nothing arrives there.

    picked: {what AWS picks by itself, such as an attachment in appliance mode: zone, subnet or address picked here}
    """

    there: Way
    back: Way | None
    picked: tuple[tuple[str, str], ...] = ()


class Leg(NamedTuple):
    """Part of a path on which addresses stay the same. start, end: None beyond `gateway`.

    source_ports: those that the answer goes to; firewalls: ids of the stateful ones on it, in order
    sent_to: the destination before NAT of an attachment changed it; None: it didn't
    direct: answers come back to `start`, a load balancer's node, whatever the routes, although they are for its client
    """

    packet: Packet
    start: Point | None
    end: Point | None
    gateway: str = ""
    source_ports: Ports = EPHEMERAL
    firewalls: tuple[str, ...] = ()
    sent_to: Address | None = None
    direct: bool = False


@dataclass(frozen=True)
class Trip:
    """Path of a packet so far. start: the sender on this leg, None if it came in by `gateway`; legs: completed ones

    hops: the path with reasons; seen: where this packet was, to find loops; sent_to, direct: as of a leg
    relayed: a load balancer has sent it on, to another address; sent_as: groups as whose member its source counts,
      those of a load balancer that keeps the client's address; None: the address tells
    """

    path: tuple[str, ...]
    start: Point | None
    legs: tuple[Leg, ...] = ()
    gateway: str = ""
    source_ports: Ports = EPHEMERAL
    firewalls: tuple[str, ...] = ()
    hops: tuple[Hop, ...] = ()
    seen: frozenset[tuple[str, ...]] = frozenset()
    sent_to: Address | None = None
    direct: bool = False
    relayed: bool = False
    sent_as: tuple[str, ...] | None = None

    def through(self, *ids: str) -> Trip:
        return replace(self, path=self.path + ids)

    def by(self, *hops: Hop) -> Trip:
        return replace(self, hops=self.hops + hops)

    def ends(self, verdict: str, decision: Decision, *legs: Leg) -> Outcome:
        """Return the outcome of a trip that ends here. legs: all of them, if it is delivered."""
        return Outcome(Verdict(verdict, self.path, decision), legs, self.hops, self.firewalls)

    def unanswered(self, unknown: Unknown) -> Outcome:
        """Return the outcome of a trip of which the rest isn't known."""
        decision = Decision("snapshot", (unknown.option,), f"{unknown.why}; expected {unknown.expected}")
        return self.ends(UNKNOWN, decision)._replace(unknown=unknown)

    def leg(self, packet: Packet, end: Point | None, gateway: str = "") -> Leg:
        """Return the leg that ends here. gateway: the one that it ends at, or that it came in by."""
        came_by = gateway or self.gateway
        return Leg(packet, self.start, end, came_by, self.source_ports, self.firewalls, self.sent_to, self.direct)


class Outcome(NamedTuple):
    """How one direction ends, or what stops it on the way.

    unknown: why it isn't known; blockers: what else stops it, each up to there
    """

    verdict: Verdict
    legs: tuple[Leg, ...] = ()
    hops: tuple[Hop, ...] = ()
    firewalls: tuple[str, ...] = ()
    unknown: Unknown | None = None
    blockers: tuple[Any, ...] = ()


class Unanswered(Unknown):
    """Unknown where a walk can't go on, with the outcome up to there."""

    def __init__(self, unknown: Unknown, outcome: Outcome) -> None:
        super().__init__(unknown.option, unknown.why, unknown.expected)
        self.outcome = outcome


class Leave(Protocol):
    """Function that sends a packet on by a subnet's route table. listed: the path names the subnet."""

    def __call__(self, subnet: Item, packet: Packet, trip: Trip, listed: bool = True) -> Outcome: ...
