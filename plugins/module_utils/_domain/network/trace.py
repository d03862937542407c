# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Path of a packet through the VPCs of a snapshot, and of its answer back, for IPv4.

Checked: routes of subnets, gateways and transit gateways, security groups, network ACLs in both directions, NAT and
internet gateways, gateway and interface endpoints, transit gateways and peering. Not checked, since no part of the
layout shows them: VPC Block Public Access, policies, DNS names, what listens at the destination. trace raises Unknown
where the path leaves what Describe calls show (VPN, Direct Connect, an appliance, an account that isn't in the
snapshot), and where IPv6 may offer a path of its own.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import Any, cast

from ..._core.errors import Invalid
from ..values.ports import EPHEMERAL
from .internet import Gateways
from .packet_filters import ALL_PORTS, Decision, Packet, Ports
from .points import OPAQUE_TARGETS, Lookups, Point, is_public, network_of, route_text
from .snapshot import Item, Snapshot, Unknown
from .transit_gateway import TransitGateways
from .trip import DELIVERED, DENIED, NO_ROUTE, Leg, Outcome, Trip, Verdict

ID_PREFIXES = ("i-", "eni-")

# Interfaces that accept no packets addressed to themselves. NAT gateway: recorded. Lambda: "inbound network connections
# are blocked" (https://aws.amazon.com/lambda/faqs/).
ACCEPT_NO_INBOUND = {"nat_gateway": "a NAT gateway", "lambda": "a Lambda function"}


def trace(
    snapshot: Snapshot,
    source: str,
    destination: str,
    protocol: str | None = None,
    port: int | None = None,
    source_ports: Ports = EPHEMERAL,
) -> Verdict:
    """Return the verdict on a packet and on its answer.

    source, destination: an instance id, an interface id or an IPv4 address
    protocol: tcp, udp or icmp (a ping); None with a port: tcp; None without: any IP packet
    source_ports: the ports that the answer goes to
    Raises Invalid for bad arguments; Unknown where the snapshot doesn't tell.
    """
    if port is not None:
        protocol = protocol or "tcp"
        if protocol == "icmp" or not 0 <= port <= 65535:
            raise Invalid("port", port, "is no port", "0 to 65535, of tcp or udp")
    check_ends(source, destination)
    ports = ALL_PORTS if port is None else (port, port)
    return _Tracer(snapshot).trace(source, destination, protocol, ports, source_ports)


def check_ends(source: Any, destination: Any) -> None:
    """Raise Invalid if one is neither an id nor an IPv4 address, judged by its form."""
    for option, value in (("source", source), ("destination", destination)):
        if not isinstance(value, str) or not (value.startswith(ID_PREFIXES) or _is_ipv4(value)):
            expected = "an instance id (i-...), an interface id (eni-...) or an IPv4 address"
            raise Invalid(option, value, "is neither an id nor an IPv4 address", expected)


class _Tracer:
    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.lookups = Lookups(snapshot)
        self.gateways = Gateways(self.lookups, self._leave, self._cross)
        self.transit_gateways = TransitGateways(self.lookups, self._leave)
        self.wanted: Point | None = None

    def trace(self, source: str, destination: str, protocol: str | None, ports: Ports, source_ports: Ports) -> Verdict:
        verdict = self._by_ipv4(source, destination, protocol, ports, source_ports)
        if verdict.verdict != DELIVERED and self._has_ipv6(source) and self._has_ipv6(destination):
            why = f"both ends have IPv6 addresses, whose way isn't looked at; by IPv4: {verdict.decided_by.message}"
            raise Unknown("destination", why, "the IPv4 addresses of both, for IPv4 alone")
        return verdict

    def _has_ipv6(self, end: str) -> bool:
        """Return true if an end that is given by its id has an IPv6 address; an id stands for all its addresses."""
        if not end.startswith(ID_PREFIXES):
            return False
        ids = {point.interface_id for point in self.lookups.points if end in (point.interface_id, point.instance_id)}
        interfaces = (item for _place, item in self.snapshot.every("NetworkInterfaces"))
        return any(item["NetworkInterfaceId"] in ids and item.get("Ipv6Addresses") for item in interfaces)

    def _by_ipv4(
        self, source: str, destination: str, protocol: str | None, ports: Ports, source_ports: Ports
    ) -> Verdict:
        sender, sent_from = self._end("source", source)
        self.wanted, sent_to = self._end("destination", destination)
        if self.wanted and not sender:
            id_, public = self.wanted.interface_id, self.wanted.public
            if not public:
                message = f"{id_} has no public address that {sent_from} could send to"
                return Verdict(NO_ROUTE, (), Decision("network_interface", (id_,), message))
            sent_to = public
        packet = Packet(sent_from, sent_to, protocol, ports)
        outcome = self._send(sender, packet) if sender else self.gateways.from_internet(packet, Trip((), None))
        if outcome.verdict.verdict != DELIVERED:
            return outcome.verdict
        for leg in reversed(outcome.legs):
            back = self._answer(leg, source_ports)
            if back.verdict != DELIVERED:
                decision = replace(back.decided_by, message=f"the answer doesn't get back: {back.decided_by.message}")
                return Verdict(back.verdict, outcome.verdict.path, decision)
        return outcome.verdict

    def _end(self, option: str, value: str) -> tuple[Point | None, IPv4Address]:
        if value.startswith(ID_PREFIXES):
            key = "interface_id" if value.startswith("eni-") else "instance_id"
            found = [point for point in self.lookups.points if getattr(point, key) == value]
            if not found:
                self.lookups.require_all("NetworkInterfaces")
                raise Invalid(option, value, "has no interface in the snapshot", "one that is in NetworkInterfaces")
            return found[0], found[0].address
        address = IPv4Address(value)
        if option == "destination":
            return None, address
        found = [point for point in self.lookups.points if address in (point.address, point.public)]
        if len(found) > 1:
            ids = ", ".join(point.interface_id for point in found)
            raise Invalid(option, value, f"is the address of {ids}", "the id of the one that is meant")
        if found:
            return found[0], found[0].address
        self.lookups.require_all("NetworkInterfaces")
        if not is_public(address):
            problem = "is no address of an interface in the snapshot"
            raise Invalid(option, value, problem, "one that is, or a public one")
        return None, address

    def _send(self, sender: Point, packet: Packet) -> Outcome:
        trip = Trip((sender.node,), sender)
        stopped = self.lookups.stopped(sender)
        if stopped:
            return Outcome(Verdict(DENIED, trip.path, stopped))
        admitted, decision = self.lookups.security_groups(sender, packet, egress=True)
        if not admitted:
            return Outcome(Verdict(DENIED, trip.path, decision))
        return self._leave(sender.subnet, packet, trip)

    def _answer(self, leg: Leg, source_ports: Ports) -> Verdict:
        """Return the verdict on the answer along one leg, from the leg's end back to its start."""
        there = leg.packet
        packet = Packet(there.destination, there.source, there.protocol, source_ports, answer=True)
        if not there.protocol or there.protocol == "icmp":
            packet = replace(packet, ports=ALL_PORTS)
        if leg.end is None:
            # The answer goes from the gateway straight into the subnet.
            start = cast(Point, leg.start)  # a leg that ends at a gateway starts at a point
            self.gateways.refuse_edge_routes(leg.gateway, start)
            admitted, decision = self.lookups.network_acl(start.subnet, packet, egress=False)
            return Verdict(DELIVERED if admitted else DENIED, (), decision)
        back = self._leave(leg.end.subnet, packet, Trip((leg.end.node,), leg.end)).verdict
        if back.verdict != DELIVERED:
            return back
        wanted = leg.start.node if leg.start else leg.gateway
        if wanted not in back.path[1:]:
            message = f"it goes to {back.path[-1]} instead of {wanted}: {back.decided_by.message}"
            return Verdict(NO_ROUTE, back.path, replace(back.decided_by, message=message))
        return back

    def _leave(self, subnet: Item, packet: Packet, trip: Trip, listed: bool = True) -> Outcome:
        """Return the outcome of a packet that leaves an interface in the subnet by the subnet's route table.

        listed: the path names the subnet; it doesn't name an attachment's subnet that a packet only comes in by.
        """
        vpc_id, subnet_id = subnet["VpcId"], subnet["SubnetId"]
        if packet.destination in network_of(subnet):
            # Within a subnet, neither routes nor network ACLs apply.
            return self._arrive(subnet, packet, trip if listed else trip.through(subnet_id))
        at_subnet = trip.through(subnet_id)
        table, route, dropped = self.lookups.route(subnet, packet)
        if dropped:
            return Outcome(Verdict(NO_ROUTE, at_subnet.path, dropped))
        admitted, decision = self.lookups.network_acl(subnet, packet, egress=True)
        if not admitted:
            return Outcome(Verdict(DENIED, at_subnet.path, decision))
        target = route.get("GatewayId", "")
        decision = Decision("route_table", (table["RouteTableId"],), route_text(route))
        if target == "local":
            at_vpc = trip.through(subnet_id, vpc_id) if listed else trip
            return self._cross(vpc_id, packet, at_vpc)
        at_vpc = trip.through(subnet_id, vpc_id)
        if target.startswith("igw-"):
            return self.gateways.to_internet(target, vpc_id, packet, at_vpc, decision)
        if target.startswith("vpce-"):
            return self.gateways.to_endpoint(target, vpc_id, packet, at_vpc, decision)
        if "NatGatewayId" in route:
            return self.gateways.through_nat(route["NatGatewayId"], subnet, packet, at_vpc)
        if "TransitGatewayId" in route:
            return self.transit_gateways.enter(route["TransitGatewayId"], subnet, packet, at_vpc)
        if "VpcPeeringConnectionId" in route:
            return self.gateways.through_peering(route["VpcPeeringConnectionId"], vpc_id, packet, at_vpc)
        beyond = next(
            (words for key, words in OPAQUE_TARGETS.items() if key in route), "a VPN, Direct Connect or the like"
        )
        raise Unknown(table["RouteTableId"], f"{route_text(route)}: {beyond}", "what lies behind it, looked at by hand")

    def _cross(self, vpc_id: str, packet: Packet, trip: Trip) -> Outcome:
        """Return the outcome of a packet from elsewhere in the VPC, or a gateway, into the destination's subnet."""
        subnets = self.snapshot.of_vpc("Subnets", vpc_id)
        inside = [subnet for subnet in subnets if packet.destination in network_of(subnet)]
        if not inside:
            decision = Decision("vpc", (vpc_id,), f"{packet.destination} is in none of its subnets")
            return Outcome(Verdict(NO_ROUTE, trip.path, decision))
        trip = trip.through(inside[0]["SubnetId"])
        admitted, decision = self.lookups.network_acl(inside[0], packet, egress=False)
        if not admitted:
            return Outcome(Verdict(DENIED, trip.path, decision))
        return self._arrive(inside[0], packet, trip)

    def _arrive(self, subnet: Item, packet: Packet, trip: Trip) -> Outcome:
        subnet_id, vpc_id = subnet["SubnetId"], subnet["VpcId"]
        self.snapshot.of_vpc("NetworkInterfaces", vpc_id)
        point = self.lookups.at(vpc_id, packet.destination)
        if point is None:
            network = IPv4Network(subnet["CidrBlock"])
            own = [network[0], network[1], network[2], network[3], network[-1]]
            if packet.destination in own:
                # https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
                why = f"{packet.destination} is one of AWS's own addresses of {subnet_id} (router, DNS, reserved)"
                raise Unknown("destination", why, "the address of an interface")
            path = trip.path if subnet_id in trip.path[-1:] else trip.path + (subnet_id,)
            decision = Decision("subnet", (subnet_id,), f"no interface in it has {packet.destination}")
            return Outcome(Verdict(NO_ROUTE, path, decision))
        trip = trip.through(point.node)
        leg = Leg(packet, trip.start, point, trip.gateway)
        if packet.answer:
            return Outcome(Verdict(DELIVERED, trip.path, Decision("subnet", (subnet_id,), "it is there")))
        if self.wanted and point.interface_id != self.wanted.interface_id:
            message = f"{packet.destination} is {point.interface_id} here, not {self.wanted.interface_id}"
            return Outcome(Verdict(NO_ROUTE, trip.path, Decision("vpc", (vpc_id,), message)))
        if point.kind in ACCEPT_NO_INBOUND:
            message = f"{ACCEPT_NO_INBOUND[point.kind]} accepts no packets addressed to itself"
            return Outcome(Verdict(DENIED, trip.path, Decision(point.kind, (point.node,), message)))
        if point.kind in ("transit_gateway", "gateway_load_balancer_endpoint"):
            why = f"{point.interface_id} is of the type {point.kind}; no page says what it does with such a packet"
            raise Unknown("destination", why, "the address of another interface")
        stopped = self.lookups.stopped(point) or self.lookups.not_available(point)
        if stopped:
            return Outcome(Verdict(DENIED, trip.path, stopped))
        admitted, decision = self.lookups.security_groups(point, packet, egress=False)
        return Outcome(Verdict(DELIVERED if admitted else DENIED, trip.path, decision), (*trip.legs, leg))


def _is_ipv4(value: str) -> bool:
    try:
        IPv4Address(value)
    except AddressValueError:
        return False
    return True
