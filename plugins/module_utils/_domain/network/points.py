# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lookups in a snapshot: addresses, the filters around them, routes. Nothing here moves a packet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from ipaddress import IPv4Address, IPv4Network
from typing import Any, NamedTuple

from . import packet_filters
from .packet_filters import Address, Decision, Packet
from .snapshot import OPTIONS, Item, Snapshot, Unknown

# Route targets beyond which no Describe call shows the path.
OPAQUE_TARGETS = {
    "NetworkInterfaceId": "an interface that forwards packets by its own rules",
    "InstanceId": "an instance that forwards packets by its own rules",
    "CarrierGatewayId": "a carrier gateway",
    "LocalGatewayId": "an Outpost's local gateway",
    "CoreNetworkArn": "a Cloud WAN core network",
    "OdbNetworkArn": "an ODB network",
}


class Point(NamedTuple):
    """Address in a subnet. node: the id that a path shows (instance, NAT gateway, endpoint or the interface)."""

    node: str
    interface_id: str
    subnet: Item
    address: IPv4Address
    public: IPv4Address | None
    groups: tuple[str, ...] = ()
    kind: str = "interface"
    instance_id: str = ""
    attached: bool = True


class Lookups:
    """Lookups in a snapshot. They raise Unknown where the snapshot doesn't tell."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        # Addresses that no interface has, to ask for what a subnet's next interface would get.
        self.assumed: dict[tuple[str, Address], Point] = {}

    def require_all(self, kind: str) -> None:
        for place in self.snapshot.places:
            self.snapshot.items(kind, place)

    @cached_property
    def points(self) -> list[Point]:
        """Points of all interfaces' addresses, an instance's primary interface and address first.

        Those of NAT gateways come from NatGateways.
        """
        subnets = {subnet["SubnetId"]: subnet for _place, subnet in self.snapshot.every("Subnets")}
        nats = [
            (nat, address)
            for _place, nat in self.snapshot.every("NatGateways")
            if nat.get("State") == "available"
            for address in nat["NatGatewayAddresses"]
        ]
        of_nats = {address.get("NetworkInterfaceId") for _nat, address in nats}
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
            if id_ in of_nats:
                continue
            # Interfaces with IPv6 only have none.
            addresses = item.get("PrivateIpAddresses") or ([item] if "PrivateIpAddress" in item else [])
            for address in sorted(addresses, key=lambda address: not address.get("Primary", False)):
                public = address.get("Association", {}).get("PublicIp")
                points.append(
                    Point(
                        endpoints.get(id_) or instance or id_,
                        id_,
                        subnets[item["SubnetId"]],
                        IPv4Address(address["PrivateIpAddress"]),
                        IPv4Address(public) if public else None,
                        tuple(group["GroupId"] for group in item.get("Groups", ())),
                        item.get("InterfaceType", "interface"),
                        instance,
                        item.get("Status") != "available",
                    )
                )
        for nat, address in nats:
            if nat.get("SubnetId") in subnets and address.get("PrivateIp"):
                points.append(nat_point(nat, address, subnets[nat["SubnetId"]]))
        return points

    @cached_property
    def by_address(self) -> dict[tuple[str, Address], Point]:
        return {(point.subnet["VpcId"], point.address): point for point in reversed(self.points)}

    @cached_property
    def delegated(self) -> list[tuple[IPv4Network, Point]]:
        """(prefix, a point of the interface that it is delegated to): the interface takes all of its addresses."""
        prefixes = {
            item["NetworkInterfaceId"]: [IPv4Network(prefix["Ipv4Prefix"]) for prefix in item["Ipv4Prefixes"]]
            for _place, item in self.snapshot.every("NetworkInterfaces")
            if item.get("Ipv4Prefixes")
        }
        first = {point.interface_id: point._replace(public=None) for point in reversed(self.points)}
        return [(prefix, first[id_]) for id_, found in prefixes.items() if id_ in first for prefix in found]

    def having(self, address: Address) -> list[Point]:
        """Return the points that have an address, as a private or a public one."""
        found = [point for point in (*self.points, *self.assumed.values()) if address in (point.address, point.public)]
        return found + [_at(point, address) for prefix, point in self.delegated if address in prefix]

    def subnet(self, subnet_id: str, vpc_id: str) -> Item:
        for subnet in self.snapshot.of_vpc("Subnets", vpc_id):
            if subnet["SubnetId"] == subnet_id:
                return subnet
        raise Unknown(subnet_id, f"Subnets of {vpc_id} hasn't it", "all subnets of the VPC")

    def at(self, vpc_id: str, address: Address) -> Point | None:
        """Return the point that an address of a VPC is; None if no interface has it."""
        self.snapshot.of_vpc("NetworkInterfaces", vpc_id)
        found = self.assumed.get((vpc_id, address)) or self.by_address.get((vpc_id, address))
        if found is None:
            near = (p for prefix, p in self.delegated if address in prefix and p.subnet["VpcId"] == vpc_id)
            found = next((_at(point, address) for point in near), None)
        return found

    def stopped(self, point: Point) -> Decision | None:
        """Return why an interface neither sends nor takes packets; None if it does."""
        if not point.attached:
            return Decision("network_interface", (point.interface_id,), "it is attached to nothing")
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

    def not_available(self, point: Point) -> Decision | None:
        """Return why an interface endpoint accepts no packets; None if it does, or the point is no endpoint."""
        if point.kind != "vpc_endpoint":
            return None
        for endpoint in self.snapshot.of_vpc("VpcEndpoints", point.subnet["VpcId"]):
            if point.interface_id in endpoint.get("NetworkInterfaceIds", ()):
                state = endpoint["State"].lower()  # as the API spells it, or as the model does
                by = ("vpc_endpoint", (endpoint["VpcEndpointId"],))
                return None if state == "available" else Decision(*by, f"its state is {endpoint['State']}")
        raise Unknown(point.interface_id, "VpcEndpoints hasn't the endpoint that it is of", "all endpoints")

    def security_groups(self, point: Point, packet: Packet, egress: bool) -> tuple[bool, Decision]:
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
            why = f"whether this means {other} isn't in the snapshot: {decision.message}"
            raise Unknown(decision.ids[0], why, "the prefix list, or the other side's VPC")
        return admitted, decision

    def _names(self, permission: Item, address: Address, vpc_id: str) -> bool | None:
        """Return true if an IpPermission means the address; None if the snapshot doesn't tell."""
        if any(address in IPv4Network(peer["CidrIp"]) for peer in permission.get("IpRanges", ())):
            return True
        unsure = False
        # An interface of this VPC has the groups that the snapshot shows, and no other.
        known = self.by_address.get((vpc_id, address)) is not None
        for listed in permission.get("PrefixListIds", ()):
            cidrs = self._prefix_lists.get(listed["PrefixListId"])
            if cidrs and any(address in cidr for cidr in cidrs):
                return True
            unsure |= cidrs is None
        near = {vpc_id, *self.peers(vpc_id).values()}
        for pair in permission.get("UserIdGroupPairs", ()):
            members = [p for p in self.points if p.address == address and pair["GroupId"] in p.groups]
            if any(point.subnet["VpcId"] in near for point in members):
                return True
            # Across a transit gateway it depends on SecurityGroupReferencingSupport of both sides, which isn't checked;
            # across a peering connection, on an account that may not be in the snapshot.
            unsure |= bool(members) or not known and pair.get("VpcId", vpc_id) not in self.snapshot.vpcs
        return None if unsure else False

    def peers(self, vpc_id: str) -> dict[str, str]:
        """Return {id of an active peering connection: the VPC at its other end}."""
        peers = {}
        for _place, item in self.snapshot.every("VpcPeeringConnections"):
            ends = [item.get(side, {}).get("VpcId") for side in ("RequesterVpcInfo", "AccepterVpcInfo")]
            if vpc_id in ends and item.get("Status", {}).get("Code") == "active":
                peers[item["VpcPeeringConnectionId"]] = ends[1] if ends[0] == vpc_id else ends[0]
        return peers

    def network_acl(self, subnet: Item, packet: Packet, egress: bool) -> tuple[bool, Decision]:
        for acl in self.snapshot.of_vpc("NetworkAcls", subnet["VpcId"]):
            if any(association["SubnetId"] == subnet["SubnetId"] for association in acl["Associations"]):
                admitted, decision = packet_filters.network_acl(acl, packet, egress)
                return admitted, replace(decision, message=f"{decision.message} (subnet {subnet['SubnetId']})")
        raise Unknown(subnet["SubnetId"], "NetworkAcls has none that is associated with it", "all network ACLs")

    def refuse_blocked(self, vpc_id: str, gateway_id: str, inbound: bool, by_nat: bool = False) -> None:
        """Raise Unknown if VPC Block Public Access may stop the packet; whether the VPC is excluded isn't looked at.

        https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa-basics.html
        """
        place, _vpc = self.snapshot.vpcs[vpc_id]
        for options in self.snapshot.places[place].get(OPTIONS, ()):
            mode = options.get("InternetGatewayBlockMode", "off")
            if mode == "block-bidirectional" or mode == "block-ingress" and (inbound or not by_nat):
                why = f"VPC Block Public Access is {mode}, and its exclusions aren't looked at"
                raise Unknown(gateway_id, why, "the mode off, or the path looked at by hand")

    @cached_property
    def _prefix_lists(self) -> dict[str, list[IPv4Network]]:
        return {
            item["PrefixListId"]: [IPv4Network(cidr) for cidr in item["Cidrs"] if ":" not in cidr]
            for _place, item in self.snapshot.every("PrefixLists")
        }

    def table_of(self, subnet: Item) -> tuple[Item, bool]:
        """Return the subnet's route table, and true if it is associated explicitly; raise Unknown without any."""
        tables = self.snapshot.of_vpc("RouteTables", subnet["VpcId"])
        for table in tables:
            if any(a.get("SubnetId") == subnet["SubnetId"] for a in table.get("Associations", ())):
                return table, True
        main = [table for table in tables if any(a.get("Main") for a in table.get("Associations", ()))]
        if not main:
            raise Unknown(subnet["SubnetId"], f"RouteTables has no main table of {subnet['VpcId']}", "all tables")
        return main[0], False

    def route(self, subnet: Item, packet: Packet) -> tuple[Item, Item, Decision | None]:
        """Return the subnet's route table, the packet's route ({}: none), and why it is dropped (None: it isn't)."""
        table, explicit = self.table_of(subnet)
        route = self.longest(table, packet.destination)
        by = ("route_table", (table["RouteTableId"],))
        which = "" if explicit else ", the main table,"
        if route is None:
            return table, {}, Decision(*by, f"the table{which} has no route to {packet.destination}")
        if route["State"] != "active":
            return table, route, Decision(*by, f"{route_text(route)} is a {route['State']}")
        return table, route, None

    def networks(self, table: Item) -> list[IPv4Network]:
        """Return the IPv4 destinations of a table's routes, without those of prefix lists that weren't read."""
        lists = [self._prefix_lists.get(route.get("DestinationPrefixListId", ""), []) for route in table["Routes"]]
        cidrs = [parsed(route["DestinationCidrBlock"]) for route in table["Routes"] if "DestinationCidrBlock" in route]
        return [*cidrs, *(cidr for cidrs_of_list in lists for cidr in cidrs_of_list)]

    def longest(self, table: Item, address: Address) -> Item | None:
        """Return the table's route for an address; None if none matches.

        The longest prefix wins; among equals static routes, then prefix lists, then propagated ones; the local route
        before any propagated one (https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html).
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

    def _destinations(self, table: Item, route: Item, address: Address) -> Iterable[IPv4Network]:
        if "DestinationCidrBlock" in route:
            return [parsed(route["DestinationCidrBlock"])]
        list_id = route.get("DestinationPrefixListId")
        if list_id is None:
            return []  # IPv6
        to_endpoint = route.get("GatewayId", "").startswith("vpce-")
        if list_id not in self._prefix_lists and to_endpoint and not is_public(address):
            return []  # A gateway endpoint's list has its service's public addresses.
        return self.prefix_list(table["RouteTableId"], list_id)

    def prefix_list(self, table_id: str, list_id: str) -> list[IPv4Network]:
        """Return a list's IPv4 CIDRs; raise Unknown, naming the table that has a route with it, if it wasn't read."""
        if list_id not in self._prefix_lists:
            raise Unknown(table_id, f"PrefixLists hasn't {list_id} of one of its routes", "its CIDRs")
        return self._prefix_lists[list_id]

    def account_of(self, vpc_id: str) -> str | None:
        place, vpc = self.snapshot.vpcs[vpc_id]
        owner: str | None = vpc.get("OwnerId") or place.account_id
        return owner


@lru_cache(maxsize=65536)
def parsed(cidr: str) -> IPv4Network:
    return IPv4Network(cidr)


def network_of(subnet: Item) -> IPv4Network | tuple[()]:
    """Return the subnet's IPv4 CIDR; empty if it has IPv6 only."""
    return parsed(subnet["CidrBlock"]) if subnet.get("CidrBlock") else ()


def zone_of(subnet: Item) -> str:
    # Names of zones differ between accounts, their ids don't.
    zone: str = subnet.get("AvailabilityZoneId") or subnet.get("AvailabilityZone") or ""
    return zone


def _at(point: Point, address: Address) -> Point:
    return point._replace(address=IPv4Address(int(address)))


def nat_point(nat: Item, address: Mapping[str, Any], subnet: Item) -> Point:
    public = address.get("PublicIp")
    return Point(
        nat["NatGatewayId"],
        address.get("NetworkInterfaceId") or "",
        subnet,
        IPv4Address(address["PrivateIp"]),
        IPv4Address(public) if public else None,
        kind="nat_gateway",
    )


def is_public(address: Address) -> bool:
    return address.is_global and not address.is_multicast


def ends_of(route: Item) -> tuple[str, str]:
    """Return the destination and the target of a route of a VPC, as text."""
    keys = ("DestinationCidrBlock", "DestinationPrefixListId", "DestinationIpv6CidrBlock")
    destination = next((str(route[key]) for key in keys if route.get(key)), "?")
    targets = ("GatewayId", "NatGatewayId", "TransitGatewayId", "VpcPeeringConnectionId", *OPAQUE_TARGETS)
    return destination, next((str(route[key]) for key in targets if route.get(key)), "nowhere")


def route_text(route: Item) -> str:
    destination, target = ends_of(route)
    return f"the route {destination} to {target}"
