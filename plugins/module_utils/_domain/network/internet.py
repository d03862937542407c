# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packets at the gateways of a VPC: internet gateways, NAT gateways, endpoints in routes, peering."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Network

from ..._core.errors import Invalid
from ..values.ports import EPHEMERAL
from . import firewalls, kinds, public_access
from .addresses import Point, is_public, nat_point, zone_of
from .checks import Checks
from .choices import Choices
from .packet_filters import Address, Decision, Packet
from .points import Lookups
from .public_access import Passage
from .routes import ends_of, route_text
from .snapshot import Item, Unknown
from .trip import DELIVERED, DENIED, NO_ROUTE, Hop, Leave, Leg, Outcome, Trip, Unanswered

# IPv6 destinations that a NAT gateway translates to IPv4:
# https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-nat64-dns64.html
NAT64 = IPv6Network("64:ff9b::/96")
# States of an internet gateway's attachment in which packets pass, as answers spell them or the model; None: not shown.
ATTACHED = ("available", "attached", None)
ELSEWHERE = "it serves what is in {}, not what comes in from elsewhere"


class Gateways:
    """Outcomes of packets at gateways. leave, cross: send them on by a subnet's route table, or into a VPC's subnet."""

    def __init__(
        self,
        lookups: Lookups,
        leave: Leave,
        cross: Callable[[str, Packet, Trip], Outcome],
        choices: Choices,
        checks: Checks,
    ) -> None:
        self.lookups, self.checks = lookups, checks
        self.snapshot = lookups.snapshot
        self.leave, self.cross, self.choices = leave, cross, choices

    def to_internet(self, gateway_id: str, vpc_id: str, packet: Packet, trip: Trip, decision: Decision) -> Outcome:
        if gateway_id not in self.internet_gateways(vpc_id):
            return trip.ends(NO_ROUTE, Decision("internet_gateway", (gateway_id,), f"isn't attached to {vpc_id}"))
        trip = trip.through(gateway_id).by(self._at_gateway("internet_gateway", gateway_id, vpc_id))
        if not is_public(packet.destination):
            message = f"{decision.message}, but the internet has no route to {packet.destination}"
            return trip.ends(NO_ROUTE, Decision("internet_gateway", (gateway_id,), message))
        sender = self.lookups.at(vpc_id, packet.source)
        if sender is None or sender.public is None:
            who = sender.interface_id if sender and sender.interface_id else packet.source
            if sender and not sender.interface_id and sender.subnet.get("MapPublicIpOnLaunch"):
                why = f"whether {who} has a public address isn't known: its subnet gives one to instances"
                raise Unknown(sender.subnet["SubnetId"], why, "the id of an interface")
            message = f"{who} has no public address"
            return trip.ends(DENIED, Decision("internet_gateway", (gateway_id,), message))
        by_nat = sender.kind == "nat_gateway"
        if not packet.answer:  # What stops a connection stops it where it starts.
            self._publicly(trip, Passage(vpc_id, gateway_id, sender.subnet["SubnetId"], "", outbound_only=by_nat))
        return self._outside(gateway_id, replace(packet, source=sender.public), packet, trip, decision)

    def to_egress_only(self, gateway_id: str, vpc_id: str, packet: Packet, trip: Trip, decision: Decision) -> Outcome:
        """Return the outcome of an IPv6 packet at an egress-only internet gateway, which starts no packet inwards.

        https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html. What comes from other VPCs
        needs NAT66 or a proxy: https://docs.aws.amazon.com/whitepapers/latest/
        building-scalable-secure-multi-vpc-network-infrastructure/centralized-egress-for-ipv6.html
        """
        kind = "egress_only_internet_gateway"
        trip = trip.through(gateway_id).by(self._at_gateway(kind, gateway_id, vpc_id))
        if not is_public(packet.destination):
            message = f"{decision.message}, but the internet has no route to {packet.destination}"
            return trip.ends(NO_ROUTE, Decision(kind, (gateway_id,), message))
        if packet.answer:
            message = f"it knows no connection that {packet} belongs to"
            return trip.ends(DENIED, Decision(kind, (gateway_id,), message))
        if trip.start is None or trip.start.subnet["VpcId"] != vpc_id:
            return trip.ends(DENIED, Decision(kind, (gateway_id,), ELSEWHERE.format(vpc_id)))
        own = trip.start.subnet["SubnetId"]
        self._publicly(trip, Passage(vpc_id, gateway_id, own, "", outbound_only=True))
        return self._outside(gateway_id, packet, packet, trip, decision)

    def _outside(self, gateway_id: str, seen: Packet, packet: Packet, trip: Trip, decision: Decision) -> Outcome:
        """Return the outcome of a packet outside of the VPC. seen: as the internet sees it"""
        trip = replace(
            trip, legs=(*trip.legs, trip.leg(packet, None, gateway_id)), start=None, firewalls=(), sent_to=None
        )
        return self._beyond(seen, trip, decision)

    def _beyond(self, seen: Packet, trip: Trip, decision: Decision) -> Outcome:
        """Return the outcome of a packet that has left, and may come in elsewhere."""
        if self.lookups.by_public(seen.destination):
            return self.from_internet(seen, trip)
        outside = trip.by(Hop("internet", str(seen.destination)))
        # The firewalls of the leg that ends here, for whoever compares both directions.
        return outside.ends(DELIVERED, decision, *trip.legs)._replace(firewalls=trip.legs[-1].firewalls)

    def _publicly(self, trip: Trip, passage: Passage) -> None:
        """Note where VPC Block Public Access stops a packet, whose client is in its first subnet of this VPC."""
        starts = [leg.start.subnet for leg in trip.legs if leg.start] + ([trip.start.subnet] if trip.start else [])
        own = (subnet["SubnetId"] for subnet in starts if subnet["VpcId"] == passage.vpc_id)
        client = passage.subnet_id if passage.inbound else next(own, passage.subnet_id)
        self.checks.stops(trip, lambda: self.lookups.blocked_access(passage._replace(client_id=client)))

    def _at_gateway(self, kind: str, gateway_id: str, vpc_id: str) -> Hop:
        note = public_access.note(self.snapshot, vpc_id, gateway_id)
        return Hop(kind, gateway_id, self.lookups.account_of(vpc_id), note=note)

    def from_internet(self, packet: Packet, trip: Trip) -> Outcome:
        """Return the outcome of a packet from the internet to a public address of the snapshot.

        Raises Invalid if the snapshot doesn't have the address.
        """
        point = self.lookups.by_public(packet.destination)
        if point is None:
            self.lookups.require_interfaces()
            problem = "is no public address in the snapshot, nor is the source's"
            raise Invalid("destination", str(packet.destination), problem, "one side in the snapshot")
        vpc_id = point.subnet["VpcId"]
        gateways = self.internet_gateways(vpc_id)
        if not gateways:
            return trip.ends(NO_ROUTE, Decision("vpc", (vpc_id,), "has no internet gateway"))
        trip = replace(trip, start=None, gateway=gateways[0])
        self._publicly(trip, Passage(vpc_id, gateways[0], point.subnet["SubnetId"], "", inbound=True))
        self.checks.stops(trip, lambda: self.lookups.unreachable(point))
        return self.into_vpc(gateways[0], point, replace(packet, destination=point.address), trip)

    def into_vpc(self, gateway_id: str, point: Point, packet: Packet, trip: Trip) -> Outcome:
        """Return the outcome of a packet that an internet gateway sends to a point, by its own route table if any.

        https://docs.aws.amazon.com/vpc/latest/userguide/gateway-route-tables.html
        """
        vpc_id = point.subnet["VpcId"]
        trip = trip.through(gateway_id, vpc_id)
        hop = self._at_gateway("internet_gateway", gateway_id, vpc_id)
        table, route = self._edge_route(gateway_id, point)
        if table is None or route is None or route.get("GatewayId") == "local":
            return self.cross(vpc_id, packet, trip.by(hop))
        table_id = table["RouteTableId"]
        decision = Decision("route_table", (table_id,), route_text(route))
        if route.get("State", "active") != "active":
            message = f"{route_text(route)} is a {route['State']}"
            return trip.by(hop).ends(NO_ROUTE, Decision("route_table", (table_id,), message))
        destination, target = ends_of(route)
        trip = trip.by(replace(hop, table=table_id, destination=destination, target=target))
        if not target.startswith("vpce-"):
            unknown = Unknown(table_id, f"{route_text(route)}: an appliance", "one looked at by hand")
            raise Unanswered(unknown, trip.unanswered(unknown))
        return self.to_endpoint(target, vpc_id, None, packet, trip, decision)

    def _edge_route(self, gateway_id: str, point: Point) -> tuple[Item | None, Item | None]:
        for table in self.snapshot.of_vpc("RouteTables", point.subnet["VpcId"]):
            if any(association.get("GatewayId") == gateway_id for association in table.get("Associations", ())):
                return table, self.lookups.longest(table, point.address)
        return None, None

    def internet_gateways(self, vpc_id: str) -> list[str]:
        place, _vpc = self.snapshot.vpcs[vpc_id]
        return [
            gateway["InternetGatewayId"]
            for gateway in self.snapshot.items("InternetGateways", place)
            if any(one["VpcId"] == vpc_id and one.get("State") in ATTACHED for one in gateway.get("Attachments", ()))
        ]

    def to_endpoint(
        self, id_: str, vpc_id: str, subnet: Item | None, packet: Packet, trip: Trip, decision: Decision
    ) -> Outcome:
        """Return the outcome of a packet that a route sends to an endpoint. subnet: it comes from; None: a gateway."""
        endpoints = {item["VpcEndpointId"]: item for item in self.snapshot.of_vpc("VpcEndpoints", vpc_id)}
        endpoint = endpoints.get(id_)
        if endpoint is None or endpoint["State"].lower() != "available":
            state = endpoint["State"] if endpoint else "deleted"
            return trip.ends(NO_ROUTE, Decision("vpc_endpoint", (id_,), f"its state is {state}"))
        firewall = firewalls.name_of(endpoint)
        if firewall is not None:
            return self._through_firewall(endpoint, firewall, subnet, packet, trip)
        if endpoint["VpcEndpointType"] != "Gateway":
            why = f"{id_} is of the type {endpoint['VpcEndpointType']}: {_behind(endpoint['VpcEndpointType'])}"
            raise Unknown(decision.ids[0], why, "what lies behind it, looked at by hand")
        trip = trip.through(id_).by(Hop("vpc_endpoint", id_, self.lookups.account_of(vpc_id)))
        if trip.start is None or trip.start.subnet["VpcId"] != vpc_id:
            # https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
            return trip.ends(DENIED, Decision("vpc_endpoint", (id_,), ELSEWHERE.format(vpc_id)))
        if packet.protocol != "tcp":
            why = f"no page says that a gateway endpoint takes {packet.protocol or 'any protocol'}"
            self.checks.unknown(trip, Unknown(id_, why, "tcp"))
        return trip.ends(DELIVERED, decision, *trip.legs, trip.leg(packet, None, id_))

    def _through_firewall(
        self, endpoint: Item, firewall: str, subnet: Item | None, packet: Packet, trip: Trip
    ) -> Outcome:
        """Return the outcome of a packet that the firewall behind an endpoint lets through, in its endpoint's subnet.

        The packet leaves the endpoint unchanged, by its subnet's table:
        https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewalls-endpoints.html
        """
        id_, subnets = endpoint["VpcEndpointId"], endpoint.get("SubnetIds", ())
        if len(subnets) != 1:
            raise Unknown(id_, f"its subnets are {', '.join(subnets) or 'not shown'}", "one, as such endpoints have")
        own = self.lookups.subnet(subnets[0], endpoint["VpcId"])
        lets_through: tuple[Decision, ...] = ()
        if subnet is None or own["SubnetId"] != subnet["SubnetId"]:
            lets_through = self.checks.network_acl(trip, own, packet, egress=False)
        account = self.lookups.account_of(endpoint["VpcId"])
        note = firewalls.note(firewall)
        hop = Hop("firewall_endpoint", id_, account, zone_of(own), lets_through=lets_through, note=note)
        return self.leave(own, packet, replace(trip.through(id_).by(hop), firewalls=(*trip.firewalls, id_)))

    def through_nat(self, id_: str, subnet: Item, packet: Packet, trip: Trip) -> Outcome:
        nats = {nat["NatGatewayId"]: nat for nat in self.snapshot.of_vpc("NatGateways", subnet["VpcId"])}
        nat = nats.get(id_)
        if nat is None or (dropped := _dropped_by_nat(nat, packet, trip)):
            message = dropped if nat else "its state is deleted"
            return trip.ends(NO_ROUTE, Decision("nat_gateway", (id_,), message))
        if not nat.get("SubnetId"):
            return self._through_regional_nat(nat, subnet, packet, trip)
        if packet.protocol not in kinds.PASSED_BY_NAT:
            message = "passes TCP, UDP and ICMP only, not any protocol"
            self.checks.fails(trip, DENIED, Decision("nat_gateway", (id_,), message))
        own = self.lookups.subnet(nat["SubnetId"], nat["VpcId"])
        lets_through: tuple[Decision, ...] = ()
        if own["SubnetId"] != subnet["SubnetId"]:
            lets_through = self.checks.network_acl(trip, own, packet, egress=False)
        addresses = [a for a in nat.get("NatGatewayAddresses", ()) if a.get("PrivateIp") and _assigned(a)]
        if not addresses:
            return trip.ends(NO_ROUTE, Decision("nat_gateway", (id_,), "has no address"))
        key = (id_, packet.source, packet.destination)
        address = self.choices.pick(key, id_, addresses, lambda address: str(address["PrivateIp"]))
        point = self.lookups.at(nat["VpcId"], IPv4Address(address["PrivateIp"])) or nat_point(nat, address, own)
        hop = Hop("nat_gateway", id_, self.lookups.account_of(nat["VpcId"]), zone_of(own), lets_through=lets_through)
        onward = replace(
            trip.through(id_).by(hop),
            start=point,
            legs=(*trip.legs, trip.leg(packet, point)),
            gateway="",
            # Whatever the client's: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html
            source_ports=EPHEMERAL,
            firewalls=(),
            sent_to=None,
        )
        onto = _from_nat64(packet.destination) or packet.destination
        return self.leave(own, replace(packet, source=point.address, destination=onto), onward)

    def _through_regional_nat(self, nat: Item, subnet: Item, packet: Packet, trip: Trip) -> Outcome:
        """Return the outcome of a packet that a NAT gateway without a subnet sends on by a route table of its own.

        https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html
        """
        id_, vpc_id = nat["NatGatewayId"], nat["VpcId"]
        tables = {table["RouteTableId"]: table for table in self.snapshot.of_vpc("RouteTables", vpc_id)}
        table = tables.get(nat.get("RouteTableId", ""))
        if table is None:
            raise Unknown(id_, "RouteTables hasn't the table of this regional NAT gateway", "its RouteTableId, and it")
        if trip.start is None or trip.start.subnet["VpcId"] != vpc_id:
            raise Unknown(id_, "how a regional NAT gateway answers another VPC isn't told by any page", "a zonal one")
        onto = _from_nat64(packet.destination) or packet.destination
        route = self.lookups.longest(table, onto)
        dropped = self.lookups.dropped(table, True, route, replace(packet, destination=onto))
        trip = trip.through(id_)
        if dropped or route is None:
            return trip.ends(NO_ROUTE, dropped or Decision("nat_gateway", (id_,), "has no route"))
        destination, target = ends_of(route)
        hop = Hop("nat_gateway", id_, self.lookups.account_of(vpc_id), zone_of(subnet))
        trip = trip.by(replace(hop, table=table["RouteTableId"], destination=destination, target=target))
        if target not in self.internet_gateways(vpc_id):
            raise Unknown(
                id_, f"{route_text(route)}: what the NAT gateway's packets do there isn't told", "a zonal one"
            )
        return self._regional_out(nat, subnet, replace(packet, destination=onto), trip.leg(packet, None, id_), trip)

    def _regional_out(self, nat: Item, subnet: Item, packet: Packet, leg: Leg, trip: Trip) -> Outcome:
        """Return the outcome of a regional NAT gateway's packet at the internet gateway."""
        id_, vpc_id = nat["NatGatewayId"], nat["VpcId"]
        found = [a for a in nat.get("NatGatewayAddresses", ()) if a.get("PublicIp") and _assigned(a)]
        near = [a for a in found if zone_of(subnet) in (a.get("AvailabilityZoneId"), a.get("AvailabilityZone"))]
        if not found:
            return trip.ends(NO_ROUTE, Decision("nat_gateway", (id_,), "has no address"))
        key = (id_, packet.source, packet.destination)
        address = self.choices.pick(key, id_, near or found, lambda address: str(address["PublicIp"]))
        gateway_id = self.internet_gateways(vpc_id)[0]
        trip = trip.through(gateway_id).by(self._at_gateway("internet_gateway", gateway_id, vpc_id))
        decision = Decision("nat_gateway", (id_,), f"sends it on from {address['PublicIp']}")
        if not is_public(packet.destination):
            message = f"the internet has no route to {packet.destination}"
            return trip.ends(NO_ROUTE, Decision("internet_gateway", (gateway_id,), message))
        self._publicly(trip, Passage(vpc_id, gateway_id, subnet["SubnetId"], "", outbound_only=True))
        trip = replace(trip, legs=(*trip.legs, leg), start=None, firewalls=(), sent_to=None)
        seen = replace(packet, source=IPv4Address(address["PublicIp"]))
        return self._beyond(seen, trip, decision)

    def through_peering(self, id_: str, vpc_id: str, packet: Packet, trip: Trip) -> Outcome:
        """Return the outcome of a packet that enters a peering connection.

        A peering connection is no gateway, so the path doesn't name it: one VPC follows the other. It takes no packets
        of third networks: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html
        """
        self.snapshot.items("VpcPeeringConnections", self.snapshot.vpcs[vpc_id][0])
        other = self.lookups.peers(vpc_id).get(id_)
        if other is None:
            decision = Decision("vpc_peering_connection", (id_,), f"is no active peering of {vpc_id}")
            return trip.ends(NO_ROUTE, decision)
        if trip.start is None or trip.start.subnet["VpcId"] != vpc_id:
            return trip.ends(DENIED, Decision("vpc_peering_connection", (id_,), ELSEWHERE.format(vpc_id)))
        self.snapshot.of_vpc("Subnets", other)
        # Gateways of the other VPC can't be used: its own CIDRs only.
        return self.cross(other, packet, trip.through(other).by(Hop("vpc_peering_connection", id_)))


def _assigned(address: Item) -> bool:
    return bool(address.get("Status", "succeeded") == "succeeded")


def _dropped_by_nat(nat: Item, packet: Packet, trip: Trip) -> str:
    """Return in words why the NAT gateway drops the packet; "" if it doesn't."""
    if nat["State"] != "available":
        return f"its state is {nat['State']}"
    if packet.answer:
        return f"it knows no connection that {packet} belongs to"
    if packet.destination.version == 6 and packet.destination not in NAT64:
        return f"of IPv6 it takes what goes to {NAT64}, not to {packet.destination}"
    return "its own subnet sends the packet back to it" if nat["NatGatewayId"] in trip.path else ""


def _from_nat64(address: Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 one stands for; None if it stands for none."""
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else None


def _behind(kind: str) -> str:
    """Return in words what decides behind an endpoint that a route leads to."""
    if kind in kinds.ENDPOINTS_IN_ROUTES:
        return "an appliance behind it decides"
    return kinds.OPAQUE_ENDPOINTS.get(kind, "of a kind that isn't known here")
