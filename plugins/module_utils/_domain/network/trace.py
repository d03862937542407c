# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The way of a packet through the VPCs of a snapshot, and back. IPv4; where IPv6 may be a way of its own, Unknown.

Looked at: routes of subnets, gateways and transit gateways, security groups, network ACLs in both directions, NAT and
internet gateways, gateway and interface endpoints, transit gateways and peering. Not looked at, since no part of the
layout shows them: VPC Block Public Access, policies, names (DNS), what listens at the end. Where the way leaves what
describe calls show (VPN, Direct Connect, an appliance, another account that isn't in the snapshot), the verdict is
Unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import Any, NamedTuple

from ..._core.errors import Invalid
from ..values.ports import EPHEMERAL
from . import packet_filters
from .packet_filters import ALL_PORTS, Decision, Packet, Ports
from .snapshot import Item, Snapshot, Unknown

DELIVERED, DENIED, NO_ROUTE = "delivered", "denied", "no_route"
ID_PREFIXES = ("i-", "eni-")

# Interfaces that take nothing that is addressed to themselves. NAT gateway: recorded. Lambda: "inbound network
# connections are blocked" (https://aws.amazon.com/lambda/faqs/).
DEAF = {"nat_gateway": "a NAT gateway", "lambda": "a Lambda function"}
# Targets of routes after which no describe call shows the way.
BEYOND = {
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


class _Point(NamedTuple):
    """An address in a subnet. node: the id that a path shows (instance, NAT gateway, endpoint or the interface)."""

    node: str
    interface_id: str
    subnet: Item
    address: IPv4Address
    public: IPv4Address | None
    groups: tuple[str, ...] = ()
    kind: str = "interface"
    instance_id: str = ""


class _Leg(NamedTuple):
    """A part of a way on which addresses stay the same. None as a point: the other side of `gateway`."""

    packet: Packet
    start: _Point | None
    end: _Point | None
    gateway: str = ""


@dataclass(frozen=True)
class _Trip:
    """start: who sends the packet on this leg; None: it came in by `gateway`. legs: those that are done"""

    path: tuple[str, ...]
    start: _Point | None
    legs: tuple[_Leg, ...] = ()
    gateway: str = ""

    def through(self, *ids: str) -> _Trip:
        return replace(self, path=self.path + ids)


class _Outcome(NamedTuple):
    verdict: Verdict
    legs: tuple[_Leg, ...] = ()


def trace(
    snapshot: Snapshot,
    source: str,
    destination: str,
    protocol: str | None = None,
    port: int | None = None,
    source_ports: Ports = EPHEMERAL,
) -> Verdict:
    """Where a packet gets, and whether the answer gets back.

    source, destination: an instance id, an interface id or an IPv4 address
    protocol: tcp, udp or icmp (a ping); None with a port: tcp; None without: any IP packet
    Raises Invalid; Unknown where the snapshot doesn't tell.
    """
    if port is not None:
        protocol = protocol or "tcp"
        if protocol == "icmp" or not 0 <= port <= 65535:
            raise Invalid("port", port, "is no port", "0 to 65535, of tcp or udp")
    check_ends(source, destination)
    ports = ALL_PORTS if port is None else (port, port)
    return _Tracer(snapshot).trace(source, destination, protocol, ports, source_ports)


def check_ends(source: Any, destination: Any) -> None:
    """Raises Invalid where one is neither an id nor an IPv4 address, as far as its form tells."""
    for option, value in (("source", source), ("destination", destination)):
        if not isinstance(value, str) or not (value.startswith(ID_PREFIXES) or _is_ipv4(value)):
            expected = "an instance id (i-...), an interface id (eni-...) or an IPv4 address"
            raise Invalid(option, value, "is neither an id nor an IPv4 address", expected)


class _Tracer:
    def __init__(self, snapshot: Snapshot):
        self.snapshot = snapshot
        self.wanted: _Point | None = None

    def trace(self, source: str, destination: str, protocol: str | None, ports: Ports, source_ports: Ports) -> Verdict:
        verdict = self._by_ipv4(source, destination, protocol, ports, source_ports)
        if verdict.verdict != DELIVERED and self._has_ipv6(source) and self._has_ipv6(destination):
            why = f"both ends have IPv6 addresses, whose way isn't looked at; by IPv4: {verdict.decided_by.says}"
            raise Unknown("destination", why, "the IPv4 addresses of both, for IPv4 alone")
        return verdict

    def _has_ipv6(self, end: str) -> bool:
        """Of an interface or instance that is given by its id, so that whatever address it has is meant."""
        if not end.startswith(ID_PREFIXES):
            return False
        ids = {point.interface_id for point in self._points if end in (point.interface_id, point.instance_id)}
        interfaces = (item for _place, item in self.snapshot.every("NetworkInterfaces"))
        return any(item["NetworkInterfaceId"] in ids and item.get("Ipv6Addresses") for item in interfaces)

    def _by_ipv4(
        self, source: str, destination: str, protocol: str | None, ports: Ports, source_ports: Ports
    ) -> Verdict:
        sender, sent_from = self._end("source", source)
        receiver, sent_to = self._end("destination", destination)
        if destination.startswith(ID_PREFIXES):
            self.wanted = receiver
            if not sender:
                if not receiver.public:
                    says = f"{receiver.interface_id} has no public address that {sent_from} could send to"
                    return Verdict(NO_ROUTE, (), Decision("network_interface", (receiver.interface_id,), says))
                sent_to = receiver.public
        packet = Packet(sent_from, sent_to, protocol, ports)
        outcome = self._send(sender, packet) if sender else self._from_internet(packet, _Trip((), None))
        if outcome.verdict.verdict != DELIVERED:
            return outcome.verdict
        for leg in reversed(outcome.legs):
            back = self._answer(leg, source_ports)
            if back.verdict != DELIVERED:
                decision = replace(back.decided_by, says=f"the answer doesn't get back: {back.decided_by.says}")
                return Verdict(back.verdict, outcome.verdict.path, decision)
        return outcome.verdict

    # Where it begins and ends

    def _end(self, option: str, value: str) -> tuple[_Point | None, IPv4Address]:
        if value.startswith(ID_PREFIXES):
            key = "interface_id" if value.startswith("eni-") else "instance_id"
            found = [point for point in self._points if getattr(point, key) == value]
            if not found:
                self._require_all("NetworkInterfaces")
                raise Invalid(option, value, "has no interface in the snapshot", "one that is in NetworkInterfaces")
            return found[0], found[0].address
        address = IPv4Address(value)
        if option == "destination":
            return None, address
        found = [point for point in self._points if address in (point.address, point.public)]
        if len(found) > 1:
            ids = ", ".join(point.interface_id for point in found)
            raise Invalid(option, value, f"is the address of {ids}", "the id of the one that is meant")
        if found:
            return found[0], found[0].address
        self._require_all("NetworkInterfaces")
        if not _is_public(address):
            problem = "is no address of an interface in the snapshot"
            raise Invalid(option, value, problem, "one that is, or a public one")
        return None, address

    def _require_all(self, kind: str) -> None:
        for place in self.snapshot.places:
            self.snapshot.items(kind, place)

    @cached_property
    def _points(self) -> list[_Point]:
        """Every address of every interface, the primary interface and address of an instance first; NAT gateways as
        NatGateways has them.
        """
        subnets = {subnet["SubnetId"]: subnet for _place, subnet in self.snapshot.every("Subnets")}
        nats = {
            address.get("NetworkInterfaceId"): (nat, address)
            for _place, nat in self.snapshot.every("NatGateways")
            if nat.get("State") == "available"
            for address in nat["NatGatewayAddresses"]
        }
        endpoints = {
            interface_id: endpoint["VpcEndpointId"]
            for _place, endpoint in self.snapshot.every("VpcEndpoints")
            for interface_id in endpoint.get("NetworkInterfaceIds", ())
        }
        points = []
        interfaces = [item for _place, item in self.snapshot.every("NetworkInterfaces") if item["SubnetId"] in subnets]
        for item in sorted(interfaces, key=lambda item: item.get("Attachment", {}).get("DeviceIndex", 0)):
            id_ = item["NetworkInterfaceId"]
            instance = item.get("Attachment", {}).get("InstanceId", "")
            if id_ in nats:
                continue
            # One with IPv6 only has none.
            addresses = item.get("PrivateIpAddresses") or ([item] if "PrivateIpAddress" in item else [])
            for address in sorted(addresses, key=lambda address: not address.get("Primary", False)):
                public = address.get("Association", {}).get("PublicIp")
                points.append(
                    _Point(
                        endpoints.get(id_) or instance or id_,
                        id_,
                        subnets[item["SubnetId"]],
                        IPv4Address(address["PrivateIpAddress"]),
                        IPv4Address(public) if public else None,
                        tuple(group["GroupId"] for group in item.get("Groups", ())),
                        item.get("InterfaceType", "interface"),
                        instance,
                    )
                )
        for interface_id, (nat, address) in nats.items():
            if nat.get("SubnetId") in subnets and address.get("PrivateIp"):
                points.append(_nat_point(nat, address, subnets[nat["SubnetId"]], interface_id or ""))
        return points

    # The legs

    def _send(self, sender: _Point, packet: Packet) -> _Outcome:
        trip = _Trip((sender.node,), sender)
        stopped = self._stopped(sender)
        if stopped:
            return _Outcome(Verdict(DENIED, trip.path, stopped))
        admitted, decision = self._security_groups(sender, packet, egress=True)
        if not admitted:
            return _Outcome(Verdict(DENIED, trip.path, decision))
        return self._leave(sender.subnet, packet, trip)

    def _answer(self, leg: _Leg, source_ports: Ports) -> Verdict:
        """The answer on one leg: from where it ended to where it began."""
        there = leg.packet
        packet = Packet(there.destination, there.source, there.protocol, source_ports, answer=True)
        if not there.protocol or there.protocol == "icmp":
            packet = replace(packet, ports=ALL_PORTS)
        if leg.end is None:
            # From the gateway straight into the subnet.
            self._refuse_edge_routes(leg.gateway, leg.start)
            admitted, decision = self._network_acl(leg.start.subnet, packet, egress=False)
            return Verdict(DELIVERED if admitted else DENIED, (), decision)
        back = self._leave(leg.end.subnet, packet, _Trip((leg.end.node,), leg.end)).verdict
        if back.verdict != DELIVERED:
            return back
        wanted = leg.start.node if leg.start else leg.gateway
        if wanted not in back.path[1:]:
            says = f"it goes to {back.path[-1]} instead of {wanted}: {back.decided_by.says}"
            return Verdict(NO_ROUTE, back.path, replace(back.decided_by, says=says))
        return back

    def _leave(self, subnet: Item, packet: Packet, trip: _Trip, listed: bool = True) -> _Outcome:
        """From an interface in the subnet to wherever its route table says.

        listed: the path names the subnet. An attachment's subnet that a packet only comes in by isn't named.
        """
        vpc_id, subnet_id = subnet["VpcId"], subnet["SubnetId"]
        if packet.destination in _network(subnet):
            # Within a subnet neither routes nor network ACLs count.
            return self._arrive(subnet, packet, trip if listed else trip.through(subnet_id))
        at_subnet = trip.through(subnet_id)
        table, route, dropped = self._route(subnet, packet)
        if dropped:
            return _Outcome(Verdict(NO_ROUTE, at_subnet.path, dropped))
        admitted, decision = self._network_acl(subnet, packet, egress=True)
        if not admitted:
            return _Outcome(Verdict(DENIED, at_subnet.path, decision))
        target = route.get("GatewayId", "")
        decision = Decision("route_table", (table["RouteTableId"],), _says(route))
        if target == "local":
            at_vpc = trip.through(subnet_id, vpc_id) if listed else trip
            return self._cross(vpc_id, packet, at_vpc)
        at_vpc = trip.through(subnet_id, vpc_id)
        if target.startswith("igw-"):
            return self._to_internet(target, vpc_id, packet, at_vpc, decision)
        if target.startswith("vpce-"):
            return self._to_endpoint(target, vpc_id, packet, at_vpc, decision)
        if "NatGatewayId" in route:
            return self._through_nat(route["NatGatewayId"], subnet, packet, at_vpc)
        if "TransitGatewayId" in route:
            return self._to_transit_gateway(route["TransitGatewayId"], subnet, packet, at_vpc)
        if "VpcPeeringConnectionId" in route:
            return self._through_peering(route["VpcPeeringConnectionId"], vpc_id, packet, at_vpc)
        beyond = next((words for key, words in BEYOND.items() if key in route), "a VPN, Direct Connect or the like")
        raise Unknown(table["RouteTableId"], f"{_says(route)}: {beyond}", "what lies behind it, looked at by hand")

    def _cross(self, vpc_id: str, packet: Packet, trip: _Trip) -> _Outcome:
        """From elsewhere in the VPC, or from a gateway, into the destination's subnet."""
        subnets = self.snapshot.of_vpc("Subnets", vpc_id)
        inside = [subnet for subnet in subnets if packet.destination in _network(subnet)]
        if not inside:
            decision = Decision("vpc", (vpc_id,), f"{packet.destination} is in none of its subnets")
            return _Outcome(Verdict(NO_ROUTE, trip.path, decision))
        trip = trip.through(inside[0]["SubnetId"])
        admitted, decision = self._network_acl(inside[0], packet, egress=False)
        if not admitted:
            return _Outcome(Verdict(DENIED, trip.path, decision))
        return self._arrive(inside[0], packet, trip)

    def _arrive(self, subnet: Item, packet: Packet, trip: _Trip) -> _Outcome:
        subnet_id, vpc_id = subnet["SubnetId"], subnet["VpcId"]
        self.snapshot.of_vpc("NetworkInterfaces", vpc_id)
        point = self._at(vpc_id, packet.destination)
        if point is None:
            network = IPv4Network(subnet["CidrBlock"])
            own = [network[0], network[1], network[2], network[3], network[-1]]
            if packet.destination in own:
                # https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
                why = f"{packet.destination} is one of AWS's own addresses of {subnet_id} (router, DNS, reserved)"
                raise Unknown("destination", why, "the address of an interface")
            path = trip.path if subnet_id in trip.path[-1:] else trip.path + (subnet_id,)
            decision = Decision("subnet", (subnet_id,), f"no interface in it has {packet.destination}")
            return _Outcome(Verdict(NO_ROUTE, path, decision))
        trip = trip.through(point.node)
        leg = _Leg(packet, trip.start, point, trip.gateway)
        if packet.answer:
            return _Outcome(Verdict(DELIVERED, trip.path, Decision("subnet", (subnet_id,), "it is there")))
        if self.wanted and point.interface_id != self.wanted.interface_id:
            says = f"{packet.destination} is {point.interface_id} here, not {self.wanted.interface_id}"
            return _Outcome(Verdict(NO_ROUTE, trip.path, Decision("vpc", (vpc_id,), says)))
        if point.kind in DEAF:
            says = f"{DEAF[point.kind]} accepts no packets addressed to itself"
            return _Outcome(Verdict(DENIED, trip.path, Decision(point.kind, (point.node,), says)))
        if point.kind in ("transit_gateway", "gateway_load_balancer_endpoint"):
            why = f"{point.interface_id} is of the type {point.kind}; no page says what it does with such a packet"
            raise Unknown("destination", why, "the address of another interface")
        stopped = self._stopped(point) or self._not_available(point)
        if stopped:
            return _Outcome(Verdict(DENIED, trip.path, stopped))
        admitted, decision = self._security_groups(point, packet, egress=False)
        return _Outcome(Verdict(DELIVERED if admitted else DENIED, trip.path, decision), (*trip.legs, leg))

    # Gateways

    def _to_internet(self, gateway_id: str, vpc_id: str, packet: Packet, trip: _Trip, decision: Decision) -> _Outcome:
        if gateway_id not in self._internet_gateways(vpc_id):
            gone = Decision("internet_gateway", (gateway_id,), f"isn't attached to {vpc_id}")
            return _Outcome(Verdict(NO_ROUTE, trip.path, gone))
        trip = trip.through(gateway_id)
        if not _is_public(packet.destination):
            says = f"{decision.says}, but the internet has no route to {packet.destination}"
            return _Outcome(Verdict(NO_ROUTE, trip.path, Decision("internet_gateway", (gateway_id,), says)))
        sender = self._at(vpc_id, packet.source)
        if sender is None or sender.public is None:
            who = sender.interface_id if sender else packet.source
            says = f"{who} has no public address"
            return _Outcome(Verdict(DENIED, trip.path, Decision("internet_gateway", (gateway_id,), says)))
        trip = replace(trip, legs=(*trip.legs, _Leg(packet, trip.start, None, gateway_id)), start=None)
        if any(point.public == packet.destination for point in self._points):
            return self._from_internet(replace(packet, source=sender.public), trip)
        return _Outcome(Verdict(DELIVERED, trip.path, decision), trip.legs)

    def _from_internet(self, packet: Packet, trip: _Trip) -> _Outcome:
        """To a public address of the snapshot."""
        point = next((point for point in self._points if point.public == packet.destination), None)
        if point is None:
            self._require_all("NetworkInterfaces")
            problem = "is no public address in the snapshot, nor is the source's"
            raise Invalid("destination", str(packet.destination), problem, "one side in the snapshot")
        vpc_id = point.subnet["VpcId"]
        gateways = self._internet_gateways(vpc_id)
        if not gateways:
            says = "has no internet gateway"
            return _Outcome(Verdict(NO_ROUTE, trip.path, Decision("vpc", (vpc_id,), says)))
        self._refuse_edge_routes(gateways[0], point)
        trip = replace(trip.through(gateways[0], vpc_id), start=None, gateway=gateways[0])
        return self._cross(vpc_id, replace(packet, destination=point.address), trip)

    def _refuse_edge_routes(self, gateway_id: str, point: _Point) -> None:
        """A gateway's own route table may send what comes in to an appliance."""
        for table in self.snapshot.of_vpc("RouteTables", point.subnet["VpcId"]):
            if any(association.get("GatewayId") == gateway_id for association in table.get("Associations", ())):
                route = self._longest(table, point.address)
                if route and route.get("GatewayId") != "local":
                    raise Unknown(table["RouteTableId"], f"{_says(route)}: an appliance", "one looked at by hand")

    def _internet_gateways(self, vpc_id: str) -> list[str]:
        place, _vpc = self.snapshot.vpcs[vpc_id]
        return [
            gateway["InternetGatewayId"]
            for gateway in self.snapshot.items("InternetGateways", place)
            if any(attachment["VpcId"] == vpc_id for attachment in gateway.get("Attachments", ()))
        ]

    def _to_endpoint(self, id_: str, vpc_id: str, packet: Packet, trip: _Trip, decision: Decision) -> _Outcome:
        endpoints = {item["VpcEndpointId"]: item for item in self.snapshot.of_vpc("VpcEndpoints", vpc_id)}
        endpoint = endpoints.get(id_)
        if endpoint is None or endpoint["State"].lower() != "available":
            state = endpoint["State"] if endpoint else "gone"
            return _Outcome(Verdict(NO_ROUTE, trip.path, Decision("vpc_endpoint", (id_,), f"its state is {state}")))
        if endpoint["VpcEndpointType"] != "Gateway":
            why = f"{id_} is of the type {endpoint['VpcEndpointType']}: an appliance behind it decides"
            raise Unknown(decision.ids[0], why, "what the appliance does, looked at by hand")
        trip = trip.through(id_)
        if trip.start is None or trip.start.subnet["VpcId"] != vpc_id:
            # https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
            says = f"it serves what is in {vpc_id}, not what comes in from elsewhere"
            return _Outcome(Verdict(DENIED, trip.path, Decision("vpc_endpoint", (id_,), says)))
        return _Outcome(Verdict(DELIVERED, trip.path, decision), (*trip.legs, _Leg(packet, trip.start, None, id_)))

    def _through_nat(self, id_: str, subnet: Item, packet: Packet, trip: _Trip) -> _Outcome:
        nats = {nat["NatGatewayId"]: nat for nat in self.snapshot.of_vpc("NatGateways", subnet["VpcId"])}
        nat = nats.get(id_)
        dropped = None
        if nat is None or nat["State"] != "available":
            dropped = f"its state is {nat['State'] if nat else 'gone'}"
        elif packet.answer:
            dropped = f"it knows no connection that {packet} belongs to"
        elif id_ in trip.path:
            dropped = "its own subnet sends the packet back to it"
        if dropped:
            return _Outcome(Verdict(NO_ROUTE, trip.path, Decision("nat_gateway", (id_,), dropped)))
        if not nat.get("SubnetId"):
            raise Unknown(id_, "a regional NAT gateway shows no subnet that it sends from", "a zonal one")
        own = self._subnet(nat["SubnetId"], nat["VpcId"])
        if own["SubnetId"] != subnet["SubnetId"]:
            admitted, decision = self._network_acl(own, packet, egress=False)
            if not admitted:
                return _Outcome(Verdict(DENIED, trip.path, decision))
        address = nat["NatGatewayAddresses"][0]
        point = self._at(nat["VpcId"], IPv4Address(address["PrivateIp"])) or _nat_point(nat, address, own, "")
        onward = _Trip(trip.path + (id_,), point, (*trip.legs, _Leg(packet, trip.start, point)))
        return self._leave(own, replace(packet, source=point.address), onward)

    def _through_peering(self, id_: str, vpc_id: str, packet: Packet, trip: _Trip) -> _Outcome:
        """A peering connection is no gateway, so that the path doesn't name it: one VPC follows the other."""
        self.snapshot.items("VpcPeeringConnections", self.snapshot.vpcs[vpc_id][0])
        other = self._peers(vpc_id).get(id_)
        if other is None:
            decision = Decision("vpc_peering_connection", (id_,), f"is no active peering of {vpc_id}")
            return _Outcome(Verdict(NO_ROUTE, trip.path, decision))
        self.snapshot.of_vpc("Subnets", other)
        # No gateway of the other VPC can be used: its own ranges only.
        return self._cross(other, packet, trip.through(other))

    def _peers(self, vpc_id: str) -> dict[str, str]:
        """Active peering connection -> the VPC at its other end."""
        peers = {}
        for _place, item in self.snapshot.every("VpcPeeringConnections"):
            ends = [item.get(side, {}).get("VpcId") for side in ("RequesterVpcInfo", "AccepterVpcInfo")]
            if vpc_id in ends and item.get("Status", {}).get("Code") == "active":
                peers[item["VpcPeeringConnectionId"]] = ends[1] if ends[0] == vpc_id else ends[0]
        return peers

    # Transit gateways

    def _to_transit_gateway(self, id_: str, subnet: Item, packet: Packet, trip: _Trip) -> _Outcome:
        vpc_id = subnet["VpcId"]
        self.snapshot.of_vpc("Vpcs", vpc_id)
        self.snapshot.items("TransitGatewayVpcAttachments", self.snapshot.vpcs[vpc_id][0])
        attachment = next(
            (
                item
                for _place, item in self.snapshot.every("TransitGatewayVpcAttachments")
                if (item["TransitGatewayId"], item["VpcId"]) == (id_, vpc_id) and item["State"] == "available"
            ),
            None,
        )
        if attachment is None:
            decision = Decision("transit_gateway", (id_,), f"has no available attachment of {vpc_id}")
            return _Outcome(Verdict(NO_ROUTE, trip.path, decision))
        attachment_id = attachment["TransitGatewayAttachmentId"]
        # https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html: only from the zones of its subnets.
        entries = [self._subnet(subnet_id, vpc_id) for subnet_id in attachment["SubnetIds"]]
        near = [entry for entry in entries if _zone(entry) == _zone(subnet)]
        if not near:
            says = f"has no subnet in the availability zone {_zone(subnet)} of {subnet['SubnetId']}"
            decision = Decision("transit_gateway_attachment", (attachment_id,), says)
            return _Outcome(Verdict(NO_ROUTE, trip.path, decision))
        # https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html, also where both are the same subnet.
        admitted, decision = self._network_acl(near[0], packet, egress=False)
        if not admitted:
            return _Outcome(Verdict(DENIED, trip.path, decision))
        return self._in_transit_gateway(id_, attachment_id, _zone(subnet), packet, trip)

    def _in_transit_gateway(self, id_: str, attachment_id: str, zone: str, packet: Packet, trip: _Trip) -> _Outcome:
        if id_ in trip.path:
            loop = Decision("transit_gateway", (id_,), "the packet comes back to it: a loop, or no way that is shown")
            return _Outcome(Verdict(NO_ROUTE, trip.path, loop))
        trip = trip.through(id_)
        tables = self.snapshot.every("TransitGatewayRouteTables")
        place = next((place for place, table in tables if table["TransitGatewayId"] == id_), None)
        if place is None:
            why = "its route tables aren't in the snapshot; only the account that owns it sees them"
            raise Unknown(id_, why, "a snapshot with that account")
        attachments = {
            item["TransitGatewayAttachmentId"]: item for item in self.snapshot.items("TransitGatewayAttachments", place)
        }
        association = self._association(attachments.get(attachment_id, {}))
        if association.get("State") != "associated":
            decision = Decision("transit_gateway_attachment", (attachment_id,), "is associated with no route table")
            return _Outcome(Verdict(NO_ROUTE, trip.path, decision))
        table_id = association["TransitGatewayRouteTableId"]
        cidr, onward = self._transit_route(table_id, place, packet.destination)
        by = ("transit_gateway_route_table", (table_id,))
        if cidr is None or not onward:
            says = f"has no route to {packet.destination}" if cidr is None else f"the route {cidr} is a blackhole"
            return _Outcome(Verdict(NO_ROUTE, trip.path, Decision(*by, says)))
        if len(onward) > 1:
            raise Unknown(table_id, f"{cidr} goes to {' and to '.join(sorted(onward))}", "one attachment for one range")
        (target,) = onward
        attachment = attachments.get(target)
        if attachment is None or attachment["State"] != "available":
            state = attachment["State"] if attachment else "gone"
            return _Outcome(Verdict(NO_ROUTE, trip.path, Decision(*by, f"{cidr} goes to {target}, which is {state}")))
        self._without_nat(attachment)
        if attachment["ResourceType"] == "vpc":
            return self._out_of_transit_gateway(attachment["ResourceId"], target, zone, packet, trip)
        if attachment["ResourceType"] == "peering":
            # Unverified: that both sides show the same attachment id, and the other gateway as ResourceId.
            return self._in_transit_gateway(attachment["ResourceId"], target, zone, packet, trip)
        why = f"{cidr} goes to {target}, of the type {attachment['ResourceType']}"
        raise Unknown(table_id, why, "what lies behind it, looked at by hand")

    def _association(self, attachment: Item) -> Item:
        """With a route table. Rules of a policy table and NAT decide by what isn't followed here."""
        association: Item = attachment.get("Association", {})
        if association.get("TransitGatewayPolicyTableId"):
            why = f"is associated with policy table {association['TransitGatewayPolicyTableId']}"
            raise Unknown(attachment["TransitGatewayAttachmentId"], why, "its rules, looked at by hand")
        self._without_nat(attachment)
        return association

    @staticmethod
    def _without_nat(attachment: Item) -> None:
        if attachment.get("NatGatewaySupport", "disabled") != "disabled":
            why = f"has NAT ({attachment['NatGatewaySupport']})"
            raise Unknown(attachment["TransitGatewayAttachmentId"], why, "its rules, looked at by hand")

    def _transit_route(self, table_id: str, place: Any, address: IPv4Address) -> tuple[Any, set[str]]:
        """The longest matching prefix, a static one before a propagated one, and the attachments that it goes to (none:
        a blackhole). https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
        """
        routes: list[tuple[IPv4Network, bool, set[str]]] = []
        complete = "TransitGatewayRoutes" in self.snapshot.places[place]
        for item in self._of_table(f"TransitGateway{'' if complete else 'Static'}Routes", place, table_id):
            if item.get("AdditionalRoutesAvailable"):
                raise Unknown(table_id, "the snapshot hasn't all of its routes", "all of them")
            for route in item["Routes"]:
                if ":" in route.get("DestinationCidrBlock", ":"):
                    continue  # IPv6
                targets = {to["TransitGatewayAttachmentId"] for to in route.get("TransitGatewayAttachments", ())}
                reached = targets if route["State"] == "active" else set()
                is_static = route.get("Type", "static") == "static"
                routes.append((IPv4Network(route["DestinationCidrBlock"]), is_static, reached))
        for item in () if complete else self._of_table("TransitGatewayPropagations", place, table_id):
            for propagation in item["TransitGatewayRouteTablePropagations"]:
                if propagation["State"] == "enabled":
                    target = {propagation["TransitGatewayAttachmentId"]}
                    routes += [(cidr, False, target) for cidr in self._propagated(table_id, propagation)]
        matching = [route for route in routes if address in route[0]]
        if not matching:
            return None, set()
        best = max((cidr.prefixlen, is_static) for cidr, is_static, _targets in matching)
        chosen = [route for route in matching if (route[0].prefixlen, route[1]) == best]
        return chosen[0][0], set().union(*(targets for _cidr, _is_static, targets in chosen))

    def _of_table(self, kind: str, place: Any, table_id: str) -> list[Item]:
        found = [i for i in self.snapshot.items(kind, place) if i["TransitGatewayRouteTableId"] == table_id]
        if not found:
            raise Unknown(f"{place.folder}{kind}.json", f"{table_id} isn't in it", f"all {kind} of {place}")
        return found

    def _propagated(self, table_id: str, propagation: Item) -> list[IPv4Network]:
        resource = propagation["ResourceId"]
        if propagation["ResourceType"] != "vpc" or resource not in self.snapshot.vpcs:
            why = f"{resource} ({propagation['ResourceType']}) propagates routes that the snapshot hasn't"
            raise Unknown(table_id, why, "a snapshot with the account that has it")
        return _cidrs(self.snapshot.vpcs[resource][1])

    def _out_of_transit_gateway(
        self, vpc_id: str, attachment_id: str, zone: str, packet: Packet, trip: _Trip
    ) -> _Outcome:
        """By the attachment's subnet in the zone that the packet came from; where there is none, by any of them: all
        have to let it through.
        """
        self.snapshot.of_vpc("Subnets", vpc_id)
        attachments = [
            item
            for _place, item in self.snapshot.every("TransitGatewayVpcAttachments")
            if item["TransitGatewayAttachmentId"] == attachment_id
        ]
        if not attachments:
            raise Unknown(attachment_id, "TransitGatewayVpcAttachments hasn't it", "its subnets")
        entries = [self._subnet(subnet_id, vpc_id) for subnet_id in sorted(attachments[0]["SubnetIds"])]
        near = [entry for entry in entries if _zone(entry) == zone]
        outcomes = [self._leave(entry, packet, trip.through(vpc_id), listed=False) for entry in near or entries]
        failed = [outcome for outcome in outcomes if outcome.verdict.verdict != DELIVERED]
        return (failed or outcomes)[0]

    # Look-ups

    def _subnet(self, subnet_id: str, vpc_id: str) -> Item:
        for subnet in self.snapshot.of_vpc("Subnets", vpc_id):
            if subnet["SubnetId"] == subnet_id:
                return subnet
        raise Unknown(subnet_id, f"Subnets of {vpc_id} hasn't it", "all subnets of the VPC")

    def _at(self, vpc_id: str, address: IPv4Address) -> _Point | None:
        return next((p for p in self._points if p.address == address and p.subnet["VpcId"] == vpc_id), None)

    def _stopped(self, point: _Point) -> Decision | None:
        if not point.instance_id:
            return None
        place, _vpc = self.snapshot.vpcs[point.subnet["VpcId"]]
        self.snapshot.items("Reservations", place)
        reservations = (reservation for _place, reservation in self.snapshot.every("Reservations"))
        for instance in (instance for reservation in reservations for instance in reservation["Instances"]):
            if instance["InstanceId"] == point.instance_id:
                state = instance["State"]["Name"]
                return None if state == "running" else Decision("instance", (point.instance_id,), f"it is {state}")
        raise Unknown(f"{place.folder}Reservations.json", f"{point.instance_id} isn't in it", "all instances")

    def _not_available(self, point: _Point) -> Decision | None:
        """Why an interface endpoint takes nothing."""
        if point.kind != "vpc_endpoint":
            return None
        for endpoint in self.snapshot.of_vpc("VpcEndpoints", point.subnet["VpcId"]):
            if point.interface_id in endpoint.get("NetworkInterfaceIds", ()):
                state = endpoint["State"].lower()  # as the API spells it, or as the model does
                by = ("vpc_endpoint", (endpoint["VpcEndpointId"],))
                return None if state == "available" else Decision(*by, f"its state is {endpoint['State']}")
        raise Unknown(point.interface_id, "VpcEndpoints hasn't the endpoint that it is of", "all endpoints")

    def _security_groups(self, point: _Point, packet: Packet, egress: bool) -> tuple[bool, Decision]:
        if not point.groups:
            return True, Decision("network_interface", (point.interface_id,), "it has no security group")
        vpc_id = point.subnet["VpcId"]
        self.snapshot.of_vpc("SecurityGroups", vpc_id)
        groups = {group["GroupId"]: group for _place, group in self.snapshot.every("SecurityGroups")}
        missing = sorted(set(point.groups) - groups.keys())
        if missing:
            raise Unknown(point.interface_id, f"SecurityGroups hasn't its {', '.join(missing)}", "all security groups")
        other = packet.destination if egress else packet.source
        admitted, decision = packet_filters.security_groups(
            [groups[id_] for id_ in point.groups],
            packet,
            egress,
            lambda permission: self._names(permission, other, vpc_id),
        )
        if admitted is None:
            why = f"whether this means {other} isn't in the snapshot: {decision.says}"
            raise Unknown(decision.ids[0], why, "the prefix list, or the other side's VPC")
        return admitted, decision

    def _names(self, permission: Item, address: IPv4Address, vpc_id: str) -> bool | None:
        """Whether an IpPermission means the address. None: the snapshot doesn't tell."""
        if any(address in IPv4Network(peer["CidrIp"]) for peer in permission.get("IpRanges", ())):
            return True
        unsure = False
        for listed in permission.get("PrefixListIds", ()):
            cidrs = self._prefix_lists.get(listed["PrefixListId"])
            if cidrs and any(address in cidr for cidr in cidrs):
                return True
            unsure |= cidrs is None
        near = {vpc_id, *self._peers(vpc_id).values()}
        for pair in permission.get("UserIdGroupPairs", ()):
            members = [p for p in self._points if p.address == address and pair["GroupId"] in p.groups]
            if any(point.subnet["VpcId"] in near for point in members):
                return True
            # Across a transit gateway it depends on SecurityGroupReferencingSupport of both sides, which isn't
            # looked at; across a peering, on an account that may not be in the snapshot.
            unsure |= bool(members) or pair.get("VpcId", vpc_id) not in self.snapshot.vpcs
        return None if unsure else False

    def _network_acl(self, subnet: Item, packet: Packet, egress: bool) -> tuple[bool, Decision]:
        for acl in self.snapshot.of_vpc("NetworkAcls", subnet["VpcId"]):
            if any(association["SubnetId"] == subnet["SubnetId"] for association in acl["Associations"]):
                admitted, decision = packet_filters.network_acl(acl, packet, egress)
                return admitted, replace(decision, says=f"{decision.says} (subnet {subnet['SubnetId']})")
        raise Unknown(subnet["SubnetId"], "NetworkAcls has none that is associated with it", "all network ACLs")

    @cached_property
    def _prefix_lists(self) -> dict[str, list[IPv4Network]]:
        return {
            item["PrefixListId"]: [IPv4Network(cidr) for cidr in item["Cidrs"] if ":" not in cidr]
            for _place, item in self.snapshot.every("PrefixLists")
        }

    def _route(self, subnet: Item, packet: Packet) -> tuple[Item, Item, Decision | None]:
        """The subnet's route table, the route that a packet takes, and why it is dropped, where it is."""
        tables = self.snapshot.of_vpc("RouteTables", subnet["VpcId"])
        explicit = [
            table
            for table in tables
            if any(a.get("SubnetId") == subnet["SubnetId"] for a in table.get("Associations", ()))
        ]
        main = [table for table in tables if any(a.get("Main") for a in table.get("Associations", ()))]
        if not explicit and not main:
            raise Unknown(subnet["SubnetId"], f"RouteTables has no main table of {subnet['VpcId']}", "all tables")
        table = (explicit or main)[0]
        route = self._longest(table, packet.destination)
        by = ("route_table", (table["RouteTableId"],))
        which = "" if explicit else ", the main table,"
        if route is None:
            return table, {}, Decision(*by, f"the table{which} has no route to {packet.destination}")
        if route["State"] != "active":
            return table, route, Decision(*by, f"{_says(route)} is a {route['State']}")
        return table, route, None

    def _longest(self, table: Item, address: IPv4Address) -> Item | None:
        """https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html: the longest prefix; among equals
        static routes, then prefix lists, then propagated ones; the local route before any propagated one.
        """
        matching = []
        for route in table["Routes"]:
            for cidr in self._destinations(table, route, address):
                if address in cidr:
                    propagated = route.get("Origin") == "EnableVgwRoutePropagation"
                    rank = 0 if propagated else 1 if "DestinationPrefixListId" in route else 2
                    matching.append(((cidr.prefixlen, rank), propagated, route))
        if any(route.get("GatewayId") == "local" for _key, _propagated, route in matching):
            matching = [candidate for candidate in matching if not candidate[1]]
        return max(matching, key=lambda candidate: candidate[0])[2] if matching else None

    def _destinations(self, table: Item, route: Item, address: IPv4Address) -> Iterable[IPv4Network]:
        if "DestinationCidrBlock" in route:
            return [IPv4Network(route["DestinationCidrBlock"])]
        list_id = route.get("DestinationPrefixListId")
        if list_id is None:
            return []  # IPv6
        if list_id not in self._prefix_lists:
            if route.get("GatewayId", "").startswith("vpce-") and not _is_public(address):
                return []  # A gateway endpoint's list has its service's public addresses.
            raise Unknown(table["RouteTableId"], f"PrefixLists hasn't {list_id} of one of its routes", "its CIDRs")
        return self._prefix_lists[list_id]


def _network(subnet: Item) -> IPv4Network | tuple[()]:
    """Empty where the subnet has IPv6 only."""
    return IPv4Network(subnet["CidrBlock"]) if subnet.get("CidrBlock") else ()


def _nat_point(nat: Item, address: Mapping[str, Any], subnet: Item, interface_id: str) -> _Point:
    public = address.get("PublicIp")
    return _Point(
        nat["NatGatewayId"],
        interface_id,
        subnet,
        IPv4Address(address["PrivateIp"]),
        IPv4Address(public) if public else None,
        kind="nat_gateway",
    )


def _cidrs(vpc: Item) -> list[IPv4Network]:
    blocks = vpc.get("CidrBlockAssociationSet") or [{"CidrBlock": vpc["CidrBlock"]}]
    states = ("associated", None)
    return [IPv4Network(b["CidrBlock"]) for b in blocks if b.get("CidrBlockState", {}).get("State") in states]


def _zone(subnet: Item) -> str:
    # Names of zones differ between accounts, their ids don't.
    return subnet.get("AvailabilityZoneId") or subnet["AvailabilityZone"]


def _is_ipv4(value: str) -> bool:
    try:
        IPv4Address(value)
    except AddressValueError:
        return False
    return True


def _is_public(address: IPv4Address) -> bool:
    return address.is_global and not address.is_multicast


def _says(route: Item) -> str:
    destination = route.get("DestinationCidrBlock") or route.get("DestinationPrefixListId")
    targets = ("GatewayId", "NatGatewayId", "TransitGatewayId", "VpcPeeringConnectionId", *BEYOND)
    target = next((route[key] for key in targets if key in route), "nowhere")
    return f"the route {destination} to {target}"
