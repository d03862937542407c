# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packets and their answers through the VPCs of a snapshot, for each combination of what AWS picks by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple, cast

from .addresses import Point, is_within, network_of
from .checks import Checks
from .choices import Choices
from .packet_filters import ALL_PORTS, Address, Decision, Packet, Ports
from .points import Lookups
from .snapshot import Item, Snapshot, Unknown
from .trip import DELIVERED, DENIED, NO_ROUTE, UNKNOWN, Hop, Leg, Outcome, Trip
from .walk import Walk

NOT_BACK = "the answer doesn't get back: "


@dataclass(frozen=True)
class Flow:
    """What one combination gives. back: of the answer, along each leg, the last leg first; picked: as in trip.Trips"""

    there: Outcome
    back: tuple[Outcome, ...]
    picked: tuple[tuple[str, str], ...]

    @property
    def decisive(self) -> Outcome:
        """The part that decides: the first that certainly fails, else that isn't known, else the way there."""
        parts = [part for part in (self.there, *self.back) if part.verdict.verdict != DELIVERED]
        certain = (part for part in parts if part.verdict.verdict != UNKNOWN)
        return next(certain, parts[0] if parts else self.there)


class Stopped(Unknown):
    """Unknown, with the hops up to there. there: of the packet whose answer was under way; None if it was the packet"""

    def __init__(self, flow: Flow) -> None:
        unknown = cast(Unknown, flow.decisive.unknown)
        super().__init__(unknown.option, unknown.why, unknown.expected)
        self.flow = flow
        self.picked = flow.picked
        self.there = flow.there if flow.there.verdict.verdict == DELIVERED else None
        hops = flow.there.hops if self.there is None else tuple(hop for part in flow.back for hop in part.hops)
        self.hops: tuple[Hop, ...] = hops


class Ends(NamedTuple):
    """Ends of a flow. sender: None from the internet, or by the attachment `premises`, at which a flow may also end

    wanted: the interface that is meant, None for any with the address; likely: the only one that has the address
    one_way: no answer is expected
    """

    sender: Point | None
    wanted: Point | None = None
    premises: str = ""
    one_way: bool = False
    likely: Point | None = None


class Tracer:
    """Flows through a snapshot. explain: all that stops one is looked for, not only the first"""

    def __init__(self, snapshot: Snapshot, lookups: Lookups | None = None, explain: bool = False) -> None:
        self.snapshot = snapshot
        self.lookups = lookups or Lookups(snapshot)
        self.choices = Choices()
        self.checks = Checks(self.lookups, explain)
        self.walk = Walk(self.lookups, self.choices, self.checks)
        self.gateways = self.walk.gateways
        self.transit_gateways = self.walk.transit_gateways

    def flows(
        self, sender: Point | None, wanted: Point | None, packet: Packet, source_ports: Ports
    ) -> Iterator[Flow | Unknown]:
        """Yield what happens to a packet and its answer, or why that is unknown, for each combination of picks."""
        return self.between(Ends(sender, wanted), packet, source_ports)

    def between(self, ends: Ends, packet: Packet, source_ports: Ports) -> Iterator[Flow | Unknown]:
        """Yield what `flows` does, between ends of all kinds."""
        self.walk.wanted = ends.wanted.interface_id if ends.wanted else ""
        self.transit_gateways.premises = ends.premises
        self.transit_gateways.starts_there = ends.sender is None
        return self.choices.each(lambda: self._flow(ends, packet, source_ports))

    def _flow(self, ends: Ends, packet: Packet, source_ports: Ports) -> Flow:
        there = self.checks.way(lambda: self._to_the_end(ends, packet, source_ports))
        back: list[Outcome] = []
        arrives = there.verdict.verdict == DELIVERED
        for leg in () if ends.one_way else self._legs_back(ends, there, packet, source_ports):
            if not arrives and not self.checks.explain:
                break
            back.append(self._answer(leg, there))
            arrives &= back[-1].verdict.verdict == DELIVERED
        flow = Flow(there, tuple(back), self.choices.picked)
        if flow.decisive.verdict.verdict == UNKNOWN:
            raise Stopped(flow)
        return flow

    def _to_the_end(self, ends: Ends, packet: Packet, source_ports: Ports) -> Outcome:
        """Return how the packet ends; if no route leads on, what would stop it at its destination is found, too."""
        last = self._there(ends, packet, source_ports)
        if last.verdict.verdict != DELIVERED and self._is_between(ends, packet, last):
            self.checks.ended(last)
            self.walk.look_at(cast(Point, ends.likely), cast(Point, ends.sender), packet)
        return last

    def _is_between(self, ends: Ends, packet: Packet, there: Outcome) -> bool:
        """Return true for a packet between two private addresses that the snapshot has, and that nothing translated."""
        translated = any(hop.kind == "nat_gateway" for hop in there.hops)
        both = self.checks.explain and ends.sender and ends.likely and ends.likely.address == packet.destination
        return bool(both) and not translated

    def _there(self, ends: Ends, packet: Packet, source_ports: Ports) -> Outcome:
        if ends.sender:
            sender = ends.sender
            trip = Trip((sender.node,), sender, source_ports=source_ports)
            return self.walk.send(sender, packet, trip)
        if ends.premises:
            return self.transit_gateways.from_premises(packet, Trip((), None, source_ports=source_ports))
        outside = Hop("internet", str(packet.source))
        trip = Trip((), None, source_ports=source_ports, hops=(outside,))
        return self.gateways.from_internet(packet, trip)

    def _legs_back(self, ends: Ends, there: Outcome, packet: Packet, source_ports: Ports) -> tuple[Leg, ...]:
        """Return the legs of the answer, the last one first.

        If the packet stops between two private addresses, of which the snapshot has both, it is the leg between them:
        what its answer lacks is found, too. Not if it isn't known where the packet goes: it may be translated there.
        """
        if there.legs or self.checks.lost or not self._is_between(ends, packet, there):
            return there.legs[::-1]
        return (Leg(packet, ends.sender, ends.likely, "", source_ports),)

    def _answer(self, leg: Leg, there: Outcome) -> Outcome:
        """Return the outcome of the answer along one leg, from the leg's end back to its start."""
        outcome = self.checks.way(lambda: self._back(leg, there))
        return _not_back(outcome)._replace(blockers=tuple(_not_back(one) for one in outcome.blockers))

    def _back(self, leg: Leg, there: Outcome) -> Outcome:
        sent = leg.packet
        packet = Packet(sent.destination, sent.source, sent.protocol, leg.source_ports, answer=True)
        if not sent.protocol or sent.protocol == "icmp":
            packet = replace(packet, ports=ALL_PORTS)
        if leg.end is None:
            back = self._answer_from_gateway(leg, packet)
        elif leg.direct:
            back = self._answer_to_balancer(leg, leg.end, packet)
        else:
            trip = Trip((leg.end.node,), leg.end, source_ports=sent.ports).by(self.walk.hop(leg.end))
            back = self.walk.leave(leg.end.subnet, packet, trip)
        if back.verdict.verdict != DELIVERED:
            return back
        decision = back.verdict.decided_by
        wanted = leg.start.node if leg.start else leg.gateway
        if (leg.end is not None or leg.gateway.startswith("tgw-attach-")) and wanted not in back.verdict.path[1:]:
            message = f"it goes to {back.verdict.path[-1]} instead of {wanted}: {decision.message}"
            return _ends(back, NO_ROUTE, replace(decision, message=message))
        came_from, sent_to = back.legs[0].packet.source, leg.sent_to or sent.destination
        if leg.start and came_from != sent_to and leg.end is not None:
            why = (
                f"answers come from {came_from}, not {sent_to}; whether NAT of attachments knows connections isn't told"
            )
            raise Unknown(leg.end.node, why, "NAT in both directions, or in none")
        passed, expected = back.legs[0].firewalls, leg.firewalls[::-1]
        if passed != expected and there.legs:
            message = (
                f"it passes {_named(passed)} instead of {_named(expected)}, "
                "and a stateful firewall drops a connection of which it sees one direction"
            )
            return _ends(back, DENIED, Decision("network_firewall", passed or expected, message))
        return back

    def _answer_from_gateway(self, leg: Leg, packet: Packet) -> Outcome:
        """Return the outcome of an answer that a gateway hands to the subnet of the leg's start."""
        trip = Trip((), None, gateway=leg.gateway, source_ports=leg.packet.ports)
        if leg.gateway.startswith("tgw-attach-"):
            return self.transit_gateways.from_premises(packet, trip)
        start = cast(Point, leg.start)  # a leg that ends at another gateway starts at a point
        if leg.gateway.startswith("igw-"):
            trip = trip.by(Hop("internet", str(packet.source)))
            return self.gateways.into_vpc(leg.gateway, start, packet, trip)
        trip = trip.through(leg.gateway).by(self._of_gateway(leg.gateway, start))
        allowed = self.checks.network_acl(trip, start.subnet, packet, egress=False)
        trip = trip.by(self.walk.of_subnet(start.subnet, *allowed), self.walk.hop(start))
        decision = allowed[0] if allowed else Decision("subnet", (start.subnet["SubnetId"],), "it is there")
        return trip.ends(DELIVERED, decision, trip.leg(packet, start))

    def _answer_to_balancer(self, leg: Leg, end: Point, packet: Packet) -> Outcome:
        """Return the outcome of a target's answer to a client whose address its load balancer kept.

        No route counts, but both network ACLs do:
        https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html
        """
        node = cast(Point, leg.start)
        if leg.firewalls:
            why = f"that targets see the client's address isn't supported past {_named(leg.firewalls)}"
            raise Unknown(node.node, why, "client IP preservation turned off")
        trip = Trip((end.node,), end, source_ports=leg.packet.ports, direct=True).by(self.walk.hop(end))
        if node.subnet["SubnetId"] != end.subnet["SubnetId"]:
            for subnet, egress in ((end.subnet, True), (node.subnet, False)):
                trip = trip.through(subnet["SubnetId"])
                trip = trip.by(self.walk.of_subnet(subnet, *self.checks.network_acl(trip, subnet, packet, egress)))
        trip = trip.through(node.node).by(self.walk.hop(node))
        decision = Decision("load_balancer", (node.node,), "the load balancer takes answers of its connections")
        return trip.ends(DELIVERED, decision, trip.leg(packet, node))

    def _of_gateway(self, id_: str, start: Point) -> Hop:
        kind = {"eigw": "egress_only_internet_gateway", "nat": "nat_gateway"}.get(id_.partition("-")[0], "vpc_endpoint")
        return Hop(kind, id_, self.lookups.account_of(start.subnet["VpcId"]))


def _ends(back: Outcome, verdict: str, decision: Decision) -> Outcome:
    return back._replace(verdict=replace(back.verdict, verdict=verdict, decided_by=decision))


def _not_back(back: Outcome) -> Outcome:
    """Return an outcome of an answer that says so, if it certainly doesn't get back."""
    if back.verdict.verdict in (DELIVERED, UNKNOWN):
        return back
    decision = back.verdict.decided_by
    return _ends(back, back.verdict.verdict, replace(decision, message=f"{NOT_BACK}{decision.message}"))


def _named(firewalls: tuple[str, ...]) -> str:
    return f"the firewall {', then '.join(firewalls)}" if firewalls else "no firewall"


def assumed(lookups: Lookups, subnet: Item, public: Address | None = None) -> Point | None:
    """Return a point for a subnet's next interface, without a security group, at its first free address; None: full.

    The lookups find it from then on.
    """
    network = network_of(subnet)
    if not network:
        return None
    taken = {point.address for point in lookups.points if point.subnet["SubnetId"] == subnet["SubnetId"]}
    for number in range(4, network.num_addresses - 1):
        if network[number] not in taken:
            return assumed_at(lookups, subnet, network[number], public)
    return None


def assumed_at(lookups: Lookups, subnet: Item, address: Address, public: Address | None = None) -> Point:
    """Return a point for an address of a subnet that no interface has, without a security group."""
    point = Point(str(address), "", subnet, address, public)
    lookups.assumed[subnet["VpcId"], point.address] = point
    return point


def subnet_with(snapshot: Snapshot, address: Address) -> list[Item]:
    """Return the subnets that an address is in, of all VPCs."""
    found = {subnet["SubnetId"]: subnet for _place, subnet in snapshot.every("Subnets") if is_within(address, subnet)}
    return list(found.values())
