# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packets at the gateways of a VPC: internet gateways, NAT gateways, endpoints in routes, peering."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address

from ..._core.errors import Invalid
from .packet_filters import Decision, Packet
from .points import Lookups, Point, is_public, nat_point, route_text
from .snapshot import Item, Unknown
from .trip import DELIVERED, DENIED, NO_ROUTE, Leave, Leg, Outcome, Trip, Verdict


class Gateways:
    """Outcomes of packets at gateways. leave, cross: send them on by a subnet's route table, or into a VPC's subnet."""

    def __init__(
        self,
        lookups: Lookups,
        leave: Leave,
        cross: Callable[[str, Packet, Trip], Outcome],
    ) -> None:
        self.lookups = lookups
        self.snapshot = lookups.snapshot
        self.leave, self.cross = leave, cross

    def to_internet(self, gateway_id: str, vpc_id: str, packet: Packet, trip: Trip, decision: Decision) -> Outcome:
        if gateway_id not in self._internet_gateways(vpc_id):
            gone = Decision("internet_gateway", (gateway_id,), f"isn't attached to {vpc_id}")
            return Outcome(Verdict(NO_ROUTE, trip.path, gone))
        trip = trip.through(gateway_id)
        if not is_public(packet.destination):
            message = f"{decision.message}, but the internet has no route to {packet.destination}"
            return Outcome(Verdict(NO_ROUTE, trip.path, Decision("internet_gateway", (gateway_id,), message)))
        sender = self.lookups.at(vpc_id, packet.source)
        if sender is None or sender.public is None:
            who = sender.interface_id if sender else packet.source
            message = f"{who} has no public address"
            return Outcome(Verdict(DENIED, trip.path, Decision("internet_gateway", (gateway_id,), message)))
        trip = replace(trip, legs=(*trip.legs, Leg(packet, trip.start, None, gateway_id)), start=None)
        if any(point.public == packet.destination for point in self.lookups.points):
            return self.from_internet(replace(packet, source=sender.public), trip)
        return Outcome(Verdict(DELIVERED, trip.path, decision), trip.legs)

    def from_internet(self, packet: Packet, trip: Trip) -> Outcome:
        """Return the outcome of a packet from the internet to a public address of the snapshot.

        Raises Invalid if the snapshot doesn't have the address.
        """
        point = next((point for point in self.lookups.points if point.public == packet.destination), None)
        if point is None:
            self.lookups.require_all("NetworkInterfaces")
            problem = "is no public address in the snapshot, nor is the source's"
            raise Invalid("destination", str(packet.destination), problem, "one side in the snapshot")
        vpc_id = point.subnet["VpcId"]
        gateways = self._internet_gateways(vpc_id)
        if not gateways:
            message = "has no internet gateway"
            return Outcome(Verdict(NO_ROUTE, trip.path, Decision("vpc", (vpc_id,), message)))
        self.refuse_edge_routes(gateways[0], point)
        trip = replace(trip.through(gateways[0], vpc_id), start=None, gateway=gateways[0])
        return self.cross(vpc_id, replace(packet, destination=point.address), trip)

    def refuse_edge_routes(self, gateway_id: str, point: Point) -> None:
        """Raise Unknown if the gateway's own route table sends packets for the point to an appliance."""
        for table in self.snapshot.of_vpc("RouteTables", point.subnet["VpcId"]):
            if any(association.get("GatewayId") == gateway_id for association in table.get("Associations", ())):
                route = self.lookups.longest(table, point.address)
                if route and route.get("GatewayId") != "local":
                    raise Unknown(table["RouteTableId"], f"{route_text(route)}: an appliance", "one looked at by hand")

    def _internet_gateways(self, vpc_id: str) -> list[str]:
        place, _vpc = self.snapshot.vpcs[vpc_id]
        return [
            gateway["InternetGatewayId"]
            for gateway in self.snapshot.items("InternetGateways", place)
            if any(attachment["VpcId"] == vpc_id for attachment in gateway.get("Attachments", ()))
        ]

    def to_endpoint(self, id_: str, vpc_id: str, packet: Packet, trip: Trip, decision: Decision) -> Outcome:
        endpoints = {item["VpcEndpointId"]: item for item in self.snapshot.of_vpc("VpcEndpoints", vpc_id)}
        endpoint = endpoints.get(id_)
        if endpoint is None or endpoint["State"].lower() != "available":
            state = endpoint["State"] if endpoint else "deleted"
            return Outcome(Verdict(NO_ROUTE, trip.path, Decision("vpc_endpoint", (id_,), f"its state is {state}")))
        if endpoint["VpcEndpointType"] != "Gateway":
            why = f"{id_} is of the type {endpoint['VpcEndpointType']}: an appliance behind it decides"
            raise Unknown(decision.ids[0], why, "what the appliance does, looked at by hand")
        trip = trip.through(id_)
        if trip.start is None or trip.start.subnet["VpcId"] != vpc_id:
            # https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
            message = f"it serves what is in {vpc_id}, not what comes in from elsewhere"
            return Outcome(Verdict(DENIED, trip.path, Decision("vpc_endpoint", (id_,), message)))
        return Outcome(Verdict(DELIVERED, trip.path, decision), (*trip.legs, Leg(packet, trip.start, None, id_)))

    def through_nat(self, id_: str, subnet: Item, packet: Packet, trip: Trip) -> Outcome:
        nats = {nat["NatGatewayId"]: nat for nat in self.snapshot.of_vpc("NatGateways", subnet["VpcId"])}
        nat = nats.get(id_)
        if nat is None or (dropped := _dropped_by_nat(nat, packet, trip)):
            message = dropped if nat else "its state is deleted"
            return Outcome(Verdict(NO_ROUTE, trip.path, Decision("nat_gateway", (id_,), message)))
        if not nat.get("SubnetId"):
            raise Unknown(id_, "a regional NAT gateway shows no subnet that it sends from", "a zonal one")
        own = self.lookups.subnet(nat["SubnetId"], nat["VpcId"])
        if own["SubnetId"] != subnet["SubnetId"]:
            admitted, decision = self.lookups.network_acl(own, packet, egress=False)
            if not admitted:
                return Outcome(Verdict(DENIED, trip.path, decision))
        address = nat["NatGatewayAddresses"][0]
        point = self.lookups.at(nat["VpcId"], IPv4Address(address["PrivateIp"])) or nat_point(nat, address, own, "")
        onward = Trip(trip.path + (id_,), point, (*trip.legs, Leg(packet, trip.start, point)))
        return self.leave(own, replace(packet, source=point.address), onward)

    def through_peering(self, id_: str, vpc_id: str, packet: Packet, trip: Trip) -> Outcome:
        """Return the outcome of a packet that enters a peering connection.

        A peering connection is no gateway, so the path doesn't name it: one VPC follows the other.
        """
        self.snapshot.items("VpcPeeringConnections", self.snapshot.vpcs[vpc_id][0])
        other = self.lookups.peers(vpc_id).get(id_)
        if other is None:
            decision = Decision("vpc_peering_connection", (id_,), f"is no active peering of {vpc_id}")
            return Outcome(Verdict(NO_ROUTE, trip.path, decision))
        self.snapshot.of_vpc("Subnets", other)
        # Gateways of the other VPC can't be used: its own CIDRs only.
        return self.cross(other, packet, trip.through(other))


def _dropped_by_nat(nat: Item, packet: Packet, trip: Trip) -> str:
    """Return in words why the NAT gateway drops the packet; "" if it doesn't."""
    if nat["State"] != "available":
        return f"its state is {nat['State']}"
    if packet.answer:
        return f"it knows no connection that {packet} belongs to"
    return "its own subnet sends the packet back to it" if nat["NatGatewayId"] in trip.path else ""
