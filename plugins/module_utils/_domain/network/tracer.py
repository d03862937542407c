# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packets and their answers through the VPCs of a snapshot, for each combination of what AWS picks by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import cast

from .choices import Choices
from .internet import Gateways
from .packet_filters import ALL_PORTS, Decision, Packet, Ports
from .points import OPAQUE_TARGETS, Lookups, Point, ends_of, network_of, parsed, route_text, zone_of
from .snapshot import Item, Snapshot, Unknown
from .transit_gateway import TransitGateways
from .trip import DELIVERED, DENIED, NO_ROUTE, Hop, Leg, Outcome, Trip

# Interfaces that accept no packets addressed to themselves. NAT gateway: recorded. Lambda: "inbound network connections
# are blocked" (https://aws.amazon.com/lambda/faqs/).
ACCEPT_NO_INBOUND = {"nat_gateway": "a NAT gateway", "lambda": "a Lambda function"}
NOT_BACK = "the answer doesn't get back: "
LINK_LOCAL = parsed("169.254.0.0/16")
# Kinds of points that a hop has; others are network interfaces.
OF_SERVICES = ("vpc_endpoint", "nat_gateway")


@dataclass(frozen=True)
class Flow:
    """What one combination gives. back: of the answer, along each leg, the last leg first; picked: as in trip.Trips"""

    there: Outcome
    back: tuple[Outcome, ...]
    picked: tuple[tuple[str, str], ...]

    @property
    def decisive(self) -> Outcome:
        """The part of the flow that decides: the first that isn't delivered, else the way there."""
        return next((part for part in (self.there, *self.back) if part.verdict.verdict != DELIVERED), self.there)


class Stopped(Unknown):
    """Unknown, with the hops up to there. there: of the packet whose answer was under way; None if it was the packet"""

    def __init__(self, unknown: Unknown, hops: tuple[Hop, ...]) -> None:
        super().__init__(unknown.option, "", unknown.expected)
        self.__dict__.update(unknown.__dict__)
        self.args = unknown.args
        self.hops = hops
        self.there: Outcome | None = None
        self.picked: tuple[tuple[str, str], ...] = ()


class Tracer:
    def __init__(self, snapshot: Snapshot, lookups: Lookups | None = None) -> None:
        self.snapshot = snapshot
        self.lookups = lookups or Lookups(snapshot)
        self.choices = Choices()
        self.gateways = Gateways(self.lookups, self._leave, self._cross, self.choices)
        self.transit_gateways = TransitGateways(self.lookups, self._leave, self.choices)
        self.wanted: Point | None = None

    def flows(
        self, sender: Point | None, wanted: Point | None, packet: Packet, source_ports: Ports
    ) -> Iterator[Flow | Unknown]:
        """Yield what happens to a packet and its answer, or why that is unknown, for each combination of picks.

        sender: None from the internet; wanted: the interface that is meant, None for any with the address
        """
        self.wanted = wanted
        return self.choices.each(lambda: self._flow(sender, packet, source_ports))

    def _flow(self, sender: Point | None, packet: Packet, source_ports: Ports) -> Flow:
        try:
            if sender:
                there = self._send(sender, packet, Trip((sender.node,), sender, source_ports=source_ports))
            else:
                outside = Hop("internet", str(packet.source))
                trip = Trip((), None, source_ports=source_ports, hops=(outside,))
                there = self.gateways.from_internet(packet, trip)
        except Stopped as stopped:
            stopped.picked = self.choices.picked
            raise
        back: list[Outcome] = []
        if there.verdict.verdict == DELIVERED:
            for leg in reversed(there.legs):
                try:
                    back.append(self._answer(leg))
                except Stopped as stopped:
                    stopped.hops = (*(hop for part in back for hop in part.hops), *stopped.hops)
                    stopped.there, stopped.picked = there, self.choices.picked
                    raise
                if back[-1].verdict.verdict != DELIVERED:
                    break
        return Flow(there, tuple(back), self.choices.picked)

    def _send(self, sender: Point, packet: Packet, trip: Trip) -> Outcome:
        stopped = self.lookups.stopped(sender)
        if stopped:
            return trip.ends(DENIED, stopped)
        self._refuse_own_addresses(sender.subnet["VpcId"], packet)
        admitted, decision = self.lookups.security_groups(sender, packet, egress=True)
        if not admitted:
            return trip.ends(DENIED, decision)
        return self._leave(sender.subnet, packet, trip.by(self._hop(sender, decision)))

    def _refuse_own_addresses(self, vpc_id: str, packet: Packet) -> None:
        """Raise Unknown for AWS's own addresses, which neither groups nor ACLs stop.

        https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
        """
        cidr = self.snapshot.vpcs[vpc_id][1].get("CidrBlock")
        resolver = [parsed(cidr)[2]] if cidr else []
        if packet.destination in LINK_LOCAL or packet.destination in resolver:
            why = f"{packet.destination} is one of AWS's own addresses of {vpc_id} (resolver, metadata, time)"
            raise Unknown("destination", why, "the address of an interface")

    def _hop(self, point: Point, *decisions: Decision) -> Hop:
        vpc_id = point.subnet["VpcId"]
        kind = point.kind if point.kind in OF_SERVICES else "network_interface"
        kind = "instance" if point.instance_id else kind
        return Hop(kind, point.node, self.lookups.account_of(vpc_id), zone_of(point.subnet), lets_through=decisions)

    def _answer(self, leg: Leg) -> Outcome:
        """Return the outcome of the answer along one leg, from the leg's end back to its start."""
        there = leg.packet
        packet = Packet(there.destination, there.source, there.protocol, leg.source_ports, answer=True)
        if not there.protocol or there.protocol == "icmp":
            packet = replace(packet, ports=ALL_PORTS)
        if leg.end is None:
            back = self._answer_from_gateway(leg, packet)
        else:
            back = self._leave(leg.end.subnet, packet, Trip((leg.end.node,), leg.end).by(self._hop(leg.end)))
        if back.verdict.verdict != DELIVERED:
            return _not_back(back, back.verdict.verdict, back.verdict.decided_by)
        wanted = leg.start.node if leg.start else leg.gateway
        if leg.end is not None and wanted not in back.verdict.path[1:]:
            message = f"it goes to {back.verdict.path[-1]} instead of {wanted}: {back.verdict.decided_by.message}"
            return _not_back(back, NO_ROUTE, replace(back.verdict.decided_by, message=message))
        passed, expected = back.legs[0].firewalls, leg.firewalls[::-1]
        if passed != expected:
            message = (
                f"it passes {_named(passed)} instead of {_named(expected)}, "
                "and a stateful firewall drops a connection of which it sees one direction"
            )
            decision = Decision("network_firewall", passed or expected, message)
            return _not_back(back, DENIED, decision)
        return back

    def _answer_from_gateway(self, leg: Leg, packet: Packet) -> Outcome:
        """Return the outcome of an answer that a gateway hands to the subnet of the leg's start."""
        start = cast(Point, leg.start)  # a leg that ends at a gateway starts at a point
        trip = Trip((), None, gateway=leg.gateway)
        if leg.gateway.startswith("igw-"):
            trip = trip.by(Hop("internet", str(packet.source)))
            return self.gateways.into_vpc(leg.gateway, start, packet, trip)
        trip = trip.through(leg.gateway).by(self._of_gateway(leg.gateway, start))
        admitted, decision = self.lookups.network_acl(start.subnet, packet, egress=False)
        if not admitted:
            return trip.ends(DENIED, decision)
        trip = trip.by(self._of_subnet(start.subnet, decision), self._hop(start))
        return trip.ends(DELIVERED, decision, trip.leg(packet, start))

    def _of_gateway(self, id_: str, start: Point) -> Hop:
        return Hop("vpc_endpoint", id_, self.lookups.account_of(start.subnet["VpcId"]))

    def _of_subnet(self, subnet: Item, *decisions: Decision) -> Hop:
        account = self.lookups.account_of(subnet["VpcId"])
        return Hop("subnet", subnet["SubnetId"], account, zone_of(subnet), lets_through=decisions)

    def _leave(self, subnet: Item, packet: Packet, trip: Trip, listed: bool = True) -> Outcome:
        """Return the outcome of a packet that leaves an interface in the subnet by the subnet's route table.

        listed: the path names the subnet; it doesn't name an attachment's subnet that a packet only comes in by.
        """
        here = ("subnet", subnet["SubnetId"], str(packet.source), str(packet.destination))
        if here in trip.seen:
            message = f"the packet comes back to {subnet['SubnetId']}: a loop, or no way that is shown"
            return trip.ends(NO_ROUTE, Decision("subnet", (subnet["SubnetId"],), message))
        try:
            return self._by_table(subnet, packet, replace(trip, seen=trip.seen | {here}), listed)
        except Stopped:
            raise
        except Unknown as unknown:
            raise Stopped(unknown, trip.by(self._of_subnet(subnet)).hops) from unknown

    def _by_table(self, subnet: Item, packet: Packet, trip: Trip, listed: bool) -> Outcome:
        vpc_id, subnet_id = subnet["VpcId"], subnet["SubnetId"]
        if packet.destination in network_of(subnet):
            # Within a subnet, neither routes nor network ACLs apply.
            within = trip.by(self._of_subnet(subnet))
            return self._arrive(subnet, packet, within if listed else within.through(subnet_id))
        at_subnet = trip.through(subnet_id)
        table, route, dropped = self.lookups.route(subnet, packet)
        destination, target = ends_of(route)
        if route:
            hop = replace(self._of_subnet(subnet), table=table["RouteTableId"], destination=destination, target=target)
        else:
            hop = self._of_subnet(subnet)
        if dropped:
            return at_subnet.by(hop).ends(NO_ROUTE, dropped)
        admitted, acl = self.lookups.network_acl(subnet, packet, egress=True)
        if not admitted:
            return at_subnet.by(hop).ends(DENIED, acl)
        trip = trip.by(replace(hop, lets_through=(acl,)))
        decision = Decision("route_table", (table["RouteTableId"],), route_text(route))
        if target == "local":
            at_vpc = trip.through(subnet_id, vpc_id) if listed else trip
            return self._cross(vpc_id, packet, at_vpc)
        return self._to_target(route, subnet, packet, trip.through(subnet_id, vpc_id), decision)

    def _to_target(self, route: Item, subnet: Item, packet: Packet, trip: Trip, decision: Decision) -> Outcome:
        vpc_id, gateway_id = subnet["VpcId"], route.get("GatewayId", "")
        if gateway_id.startswith("igw-"):
            return self.gateways.to_internet(gateway_id, vpc_id, packet, trip, decision)
        if gateway_id.startswith("vpce-"):
            return self.gateways.to_endpoint(gateway_id, vpc_id, subnet, packet, trip, decision)
        if route.get("NatGatewayId"):
            return self.gateways.through_nat(route["NatGatewayId"], subnet, packet, trip)
        if route.get("TransitGatewayId"):
            return self.transit_gateways.enter(route["TransitGatewayId"], subnet, packet, trip)
        if route.get("VpcPeeringConnectionId"):
            return self.gateways.through_peering(route["VpcPeeringConnectionId"], vpc_id, packet, trip)
        beyond = next(
            (words for key, words in OPAQUE_TARGETS.items() if key in route), "a VPN, Direct Connect or the like"
        )
        raise Unknown(decision.ids[0], f"{decision.message}: {beyond}", "what lies behind it, looked at by hand")

    def _cross(self, vpc_id: str, packet: Packet, trip: Trip) -> Outcome:
        """Return the outcome of a packet from elsewhere in the VPC, or a gateway, into the destination's subnet."""
        subnets = self.snapshot.of_vpc("Subnets", vpc_id)
        inside = [subnet for subnet in subnets if packet.destination in network_of(subnet)]
        if not inside:
            decision = Decision("vpc", (vpc_id,), f"{packet.destination} is in none of its subnets")
            return trip.ends(NO_ROUTE, decision)
        trip = trip.through(inside[0]["SubnetId"])
        admitted, decision = self.lookups.network_acl(inside[0], packet, egress=False)
        if not admitted:
            return trip.ends(DENIED, decision)
        return self._arrive(inside[0], packet, trip.by(self._of_subnet(inside[0], decision)))

    def _arrive(self, subnet: Item, packet: Packet, trip: Trip) -> Outcome:
        subnet_id, vpc_id = subnet["SubnetId"], subnet["VpcId"]
        point = self.lookups.at(vpc_id, packet.destination)
        if point is None:
            return self._nobody(subnet, packet, trip)
        trip = trip.through(point.node)
        leg = trip.leg(packet, point)
        if packet.answer:
            trip = trip.by(self._hop(point))
            return trip.ends(DELIVERED, Decision("subnet", (subnet_id,), "it is there"), *trip.legs, leg)
        if self.wanted and point.interface_id != self.wanted.interface_id:
            message = f"{packet.destination} is {point.interface_id} here, not {self.wanted.interface_id}"
            return trip.ends(NO_ROUTE, Decision("vpc", (vpc_id,), message))
        if point.kind in ACCEPT_NO_INBOUND:
            message = f"{ACCEPT_NO_INBOUND[point.kind]} accepts no packets addressed to itself"
            return trip.ends(DENIED, Decision(point.kind, (point.node,), message))
        if point.kind in ("transit_gateway", "gateway_load_balancer_endpoint"):
            why = f"{point.interface_id} is of the type {point.kind}; no page says what it does with such a packet"
            raise Unknown("destination", why, "the address of another interface")
        stopped = self.lookups.stopped(point) or self.lookups.not_available(point)
        if stopped:
            return trip.ends(DENIED, stopped)
        admitted, decision = self.lookups.security_groups(point, packet, egress=False)
        if not admitted:
            return trip.ends(DENIED, decision)
        return trip.by(self._hop(point, decision)).ends(DELIVERED, decision, *trip.legs, leg)

    def _nobody(self, subnet: Item, packet: Packet, trip: Trip) -> Outcome:
        """Return the outcome of a packet to an address that no interface has; raise Unknown if it is AWS's own."""
        subnet_id, network = subnet["SubnetId"], parsed(subnet["CidrBlock"])
        if packet.destination in [network[0], network[1], network[2], network[3], network[-1]]:
            # https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
            why = f"{packet.destination} is one of AWS's own addresses of {subnet_id} (router, DNS, reserved)"
            raise Unknown("destination", why, "the address of an interface")
        if subnet_id not in trip.path[-1:]:
            trip = trip.through(subnet_id)
        return trip.ends(NO_ROUTE, Decision("subnet", (subnet_id,), f"no interface in it has {packet.destination}"))


def _not_back(back: Outcome, verdict: str, decision: Decision) -> Outcome:
    message = f"{NOT_BACK}{decision.message}"
    told = replace(back.verdict, verdict=verdict, decided_by=replace(decision, message=message))
    return back._replace(verdict=told)


def _named(firewalls: tuple[str, ...]) -> str:
    return f"the firewall {', then '.join(firewalls)}" if firewalls else "no firewall"


def assumed(lookups: Lookups, subnet: Item, public: IPv4Address | None = None) -> Point | None:
    """Return a point for a subnet's next interface, without a security group, at its first free address; None: full.

    The lookups find it from then on.
    """
    network = network_of(subnet)
    if not network:
        return None
    taken = {point.address for point in lookups.points if point.subnet["SubnetId"] == subnet["SubnetId"]}
    for number in range(4, network.num_addresses - 1):
        if network[number] not in taken:
            point = Point(str(network[number]), "", subnet, network[number], public)
            lookups.assumed[subnet["VpcId"], point.address] = point
            return point
    return None
