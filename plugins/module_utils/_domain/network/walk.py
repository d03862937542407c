# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Steps of a packet inside a VPC: from an interface by its subnet's route table, and into the destination's subnet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from . import aws_addresses, kinds
from .addresses import Network, Point, blocks_of, is_within, zone_of
from .checks import Checks
from .choices import Choices
from .internet import Gateways
from .packet_filters import Address, Decision, Packet
from .points import BALANCED, INTERNET, MIDDLEBOX, NOT_KNOWN, PEERING, TRANSIT, Crossed, Lookups
from .relays import Relays
from .routes import ends_of, route_text
from .snapshot import Item, Unknown
from .transit_gateway import TransitGateways
from .trip import DELIVERED, DENIED, NO_ROUTE, Hop, Outcome, Trip, Unanswered

# Kinds of points that a hop has; others are network interfaces.
OF_SERVICES = ("vpc_endpoint", "nat_gateway")


class Walk:
    """Steps of packets. wanted: id of the interface that the packet must reach; "": any that has the address"""

    def __init__(self, lookups: Lookups, choices: Choices, checks: Checks) -> None:
        self.lookups, self.snapshot = lookups, lookups.snapshot
        self.choices, self.checks = choices, checks
        self.gateways = Gateways(lookups, self.leave, self.cross, choices, checks)
        self.transit_gateways = TransitGateways(lookups, self.leave, choices, checks)
        self.relays = Relays(lookups, self.leave, self._leaves_for, self.hop, choices, checks)
        self.wanted = ""

    def send(self, sender: Point, packet: Packet, trip: Trip) -> Outcome:
        """Return the outcome of a packet that an interface sends."""
        self.checks.stops(trip, lambda: self.lookups.stopped(sender))
        vpc_id = sender.subnet["VpcId"]
        vpc = self.snapshot.vpcs[vpc_id][1]
        if aws_addresses.is_own(vpc, packet.destination):
            return self._to_aws(vpc, sender, packet, trip)
        if sender.kind == "vpc_endpoint":
            message = "an endpoint starts no connections"
            self.checks.fails(trip, DENIED, Decision("vpc_endpoint", (sender.node,), message))
        crossed = self._leaves_for(sender.subnet, packet)
        allowed = self.checks.security_groups(trip, sender, packet, True, crossed)
        return self.leave(sender.subnet, packet, trip.by(self.hop(sender, *allowed)))

    def _to_aws(self, vpc: Item, sender: Point, packet: Packet, trip: Trip) -> Outcome:
        """Return the outcome of a packet to AWS's own address in a VPC. Raises Unknown where none answers."""
        found = aws_addresses.service(vpc, packet)
        if found is None or found is aws_addresses.METADATA and not sender.instance_id:
            why = (
                f"{packet.destination} is one of AWS's own addresses of {vpc['VpcId']}; no page says that it takes this"
            )
            raise Unknown("destination", why, "the address of an interface, or udp/53 of the resolver")
        hop = Hop("aws_address", str(packet.destination), None, zone_of(sender.subnet), note=found.note)
        says = f"{found.what}, whose packets neither security groups nor network ACLs filter"
        decision = Decision("aws_address", (str(packet.destination),), says)
        return trip.by(self.hop(sender), hop).through(str(packet.destination)).ends(DELIVERED, decision)

    def _leaves_for(self, subnet: Item, packet: Packet) -> Crossed:
        """Return how the packet leaves the VPC, as far as rules that name groups depend on it."""
        try:
            table, _explicit = self.lookups.table_of(subnet)
            found = self.lookups.candidates(table, packet.destination)
        except Unknown:
            return Crossed(NOT_KNOWN)
        targets = {ends_of(route)[1] for route in found}
        if is_within(packet.destination, subnet) or not targets or targets == {"local"}:
            return Crossed()
        if len(targets) > 1:
            return Crossed(NOT_KNOWN)
        (target,) = targets
        if target.startswith("pcx-"):
            return Crossed(PEERING, self.lookups.peers(subnet["VpcId"]).get(target, ""))
        if target.startswith("tgw-"):
            return Crossed(TRANSIT)
        if target.startswith("vpce-"):
            return Crossed(MIDDLEBOX)
        return Crossed(INTERNET) if target.startswith(("igw-", "nat-", "eigw-")) else Crossed(NOT_KNOWN)

    def _came_by(self, trip: Trip, vpc_id: str) -> Crossed:
        """Return how the packet came to the VPC that it is in."""
        if trip.sent_as is not None:
            return Crossed(BALANCED, groups=trip.sent_as)
        for hop in reversed(trip.hops):
            if hop.kind == "firewall_endpoint":
                return Crossed(MIDDLEBOX)
            if hop.kind == "vpc_peering_connection":
                return Crossed(PEERING, self.lookups.peers(vpc_id).get(hop.id, ""))
            if hop.kind == "transit_gateway":
                return Crossed(TRANSIT)
            if hop.kind == "internet_gateway":
                return Crossed(INTERNET)
            if hop.kind in ("nat_gateway", "load_balancer"):
                break
        return Crossed()

    def hop(self, point: Point, *decisions: Decision) -> Hop:
        vpc_id = point.subnet["VpcId"]
        kind = point.kind if point.kind in OF_SERVICES else "network_interface"
        kind = "load_balancer" if self.relays.balancers.name_of(point) else kind
        kind = "instance" if point.instance_id else kind
        return Hop(kind, point.node, self.lookups.account_of(vpc_id), zone_of(point.subnet), lets_through=decisions)

    def of_subnet(self, subnet: Item, *decisions: Decision) -> Hop:
        account = self.lookups.account_of(subnet["VpcId"])
        return Hop("subnet", subnet["SubnetId"], account, zone_of(subnet), lets_through=decisions)

    def leave(self, subnet: Item, packet: Packet, trip: Trip, listed: bool = True) -> Outcome:
        """Return the outcome of a packet that leaves an interface in the subnet by the subnet's route table.

        listed: the path names the subnet; it doesn't name an attachment's subnet that a packet only comes in by.
        """
        key = ("subnet", subnet["SubnetId"], str(packet.source), str(packet.destination))
        if key in trip.seen:
            message = f"the packet comes back to {subnet['SubnetId']}: a loop, or no way that is shown"
            return trip.ends(NO_ROUTE, Decision("subnet", (subnet["SubnetId"],), message))
        try:
            return self._by_table(subnet, packet, replace(trip, seen=trip.seen | {key}), listed)
        except Unanswered:
            raise
        except Unknown as unknown:
            here = trip.through(subnet["SubnetId"]) if listed else trip
            raise Unanswered(unknown, here.by(self.of_subnet(subnet)).unanswered(unknown)) from unknown

    def _by_table(self, subnet: Item, packet: Packet, trip: Trip, listed: bool) -> Outcome:
        vpc_id, subnet_id = subnet["VpcId"], subnet["SubnetId"]
        if is_within(packet.destination, subnet):
            # Within a subnet, neither routes nor network ACLs apply.
            within = trip.by(self.of_subnet(subnet))
            return self._arrive(subnet, packet, within if listed else within.through(subnet_id))
        at_subnet = trip.through(subnet_id)
        table, explicit = self.lookups.table_of(subnet)
        route = self._picked(table, self.lookups.candidates(table, packet.destination))
        dropped = self.lookups.dropped(table, explicit, route, packet)
        hop = self.of_subnet(subnet)
        if route:
            destination, target = ends_of(route)
            hop = replace(hop, table=table["RouteTableId"], destination=destination, target=target)
        if dropped or not route:
            return at_subnet.by(hop).ends(NO_ROUTE, dropped or Decision("route_table", (), ""))
        acl = self.checks.network_acl(at_subnet.by(hop), subnet, packet, egress=True)
        trip = trip.by(replace(hop, lets_through=acl))
        decision = Decision("route_table", (table["RouteTableId"],), route_text(route))
        if target == "local":
            at_vpc = trip.through(subnet_id, vpc_id) if listed else trip
            return self.cross(vpc_id, packet, at_vpc)
        return self._to_target(route, subnet, packet, trip.through(subnet_id, vpc_id), decision)

    def _picked(self, table: Item, routes: Sequence[Item]) -> Item | None:
        if not routes:
            return None
        table_id = table["RouteTableId"]
        lists = frozenset(route.get("DestinationPrefixListId") for route in routes)
        return self.choices.pick((table_id, lists), table_id, routes, lambda route: ends_of(route)[1])

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
        if route.get("EgressOnlyInternetGatewayId"):
            return self.gateways.to_egress_only(route["EgressOnlyInternetGatewayId"], vpc_id, packet, trip, decision)
        if route.get("NetworkInterfaceId"):
            return self._to_interface(route["NetworkInterfaceId"], trip, decision)
        raise Unknown(
            decision.ids[0], f"{decision.message}: {_beyond(route)}", "what lies behind it, looked at by hand"
        )

    def _to_interface(self, interface_id: str, trip: Trip, decision: Decision) -> Outcome:
        """Return the outcome of a packet that a route sends to an interface, which drops it unless it forwards.

        https://docs.aws.amazon.com/vpc/latest/userguide/work-with-nat-instances.html
        """
        if self.lookups.interfaces.get(interface_id, {}).get("SourceDestCheck"):
            message = f"{decision.message}, whose source/destination check drops what isn't addressed to it"
            return trip.ends(DENIED, Decision("network_interface", (interface_id,), message))
        what = kinds.OPAQUE_TARGETS["NetworkInterfaceId"]
        raise Unknown(decision.ids[0], f"{decision.message}: {what}", "what lies behind it, looked at by hand")

    def cross(self, vpc_id: str, packet: Packet, trip: Trip) -> Outcome:
        """Return the outcome of a packet from elsewhere in the VPC, or a gateway, into the destination's subnet."""
        subnets = self.snapshot.of_vpc("Subnets", vpc_id)
        inside = [subnet for subnet in subnets if is_within(packet.destination, subnet)]
        if not inside:
            decision = Decision("vpc", (vpc_id,), f"{packet.destination} is in none of its subnets")
            return trip.ends(NO_ROUTE, decision)
        trip = trip.through(inside[0]["SubnetId"])
        allowed = self.checks.network_acl(trip, inside[0], packet, egress=False)
        return self._arrive(inside[0], packet, trip.by(self.of_subnet(inside[0], *allowed)))

    def _arrive(self, subnet: Item, packet: Packet, trip: Trip) -> Outcome:
        subnet_id, vpc_id = subnet["SubnetId"], subnet["VpcId"]
        point = self.lookups.at(vpc_id, packet.destination)
        if point is None:
            return self._nobody(subnet, packet, trip)
        trip = trip.through(point.node)
        leg = trip.leg(packet, point)
        if packet.answer:
            trip = trip.by(self.hop(point))
            return trip.ends(DELIVERED, Decision("subnet", (subnet_id,), "it is there"), *trip.legs, leg)
        if self.wanted and point.interface_id != self.wanted and not trip.relayed:
            message = f"{packet.destination} is {point.interface_id} here, not {self.wanted}"
            return trip.ends(NO_ROUTE, Decision("vpc", (vpc_id,), message))
        allowed = self.admitted(point, packet, trip)
        decision = allowed[0] if allowed else Decision("subnet", (subnet_id,), "it is there")
        trip = trip.by(self.hop(point, *allowed))
        return self.relays.onward(point, packet, trip, trip.ends(DELIVERED, decision, *trip.legs, leg))

    def admitted(
        self, point: Point, packet: Packet, trip: Trip, crossed: Crossed | None = None
    ) -> tuple[Decision, ...]:
        """Return what lets a packet in at the interface that it is addressed to; what stops it is in the checks."""
        if point.kind in kinds.ACCEPT_NO_INBOUND:
            message = f"{kinds.ACCEPT_NO_INBOUND[point.kind]} accepts no packets addressed to itself"
            self.checks.fails(trip, DENIED, Decision(point.kind, (point.node,), message))
            return ()
        self._known_kind(point, trip)
        self.checks.stops(trip, lambda: self.lookups.stopped(point))
        self.checks.stops(trip, lambda: self.lookups.not_available(point))
        self.checks.stops(trip, lambda: self.lookups.not_passed(point, packet))
        self.checks.stops(trip, lambda: self.relays.balancers.refused(point, packet))
        crossed = crossed or self._came_by(trip, point.subnet["VpcId"])
        return self.checks.security_groups(trip, point, packet, False, crossed)

    def look_at(self, point: Point, sender: Point, packet: Packet) -> None:
        """Note what would stop a packet at its destination, to which no route led."""
        trip = Trip((point.node,), None)
        if point.subnet["SubnetId"] != sender.subnet["SubnetId"]:
            self.checks.network_acl(trip, point.subnet, packet, egress=False)
        same = point.subnet["VpcId"] == sender.subnet["VpcId"]
        self.admitted(point, packet, trip, Crossed() if same else Crossed(NOT_KNOWN))

    def _known_kind(self, point: Point, trip: Trip) -> None:
        if point.kind not in (*kinds.WORKLOADS, *kinds.TAKE):
            why = f"{point.interface_id} is of the type {point.kind}; no page says what it does with such a packet"
            self.checks.unknown(trip, Unknown("destination", why, "the address of another interface"))

    def _nobody(self, subnet: Item, packet: Packet, trip: Trip) -> Outcome:
        """Return the outcome of a packet to an address that no interface has; raise Unknown if it is AWS's own."""
        subnet_id = subnet["SubnetId"]
        if any(packet.destination in _reserved(block) for block in blocks_of(subnet, packet.destination.version)):
            # https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
            why = f"{packet.destination} is one of AWS's own addresses of {subnet_id} (router, DNS, reserved)"
            raise Unknown("destination", why, "the address of an interface")
        if subnet_id not in trip.path[-1:]:
            trip = trip.through(subnet_id)
        return trip.ends(NO_ROUTE, Decision("subnet", (subnet_id,), f"no interface in it has {packet.destination}"))


def _reserved(block: Network) -> tuple[Address, ...]:
    return (block[0], block[1], block[2], block[3], block[-1])


def _beyond(route: Item) -> str:
    """Return in words what is beyond a target that no Describe call shows."""
    gateway = route.get("GatewayId", "")
    words = (words for start, words in kinds.OPAQUE_GATEWAYS.items() if gateway.startswith(start))
    other = (words for key, words in kinds.OPAQUE_TARGETS.items() if route.get(key))
    return next(words, None) or next(other, None) or "a target of a kind that isn't known"
