# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lookups in a snapshot: addresses, the filters around them, routes. Nothing here moves a packet."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from . import packet_filters, public_access
from .addresses import Network, Point, at_address, either, points_of
from .kinds import (
    ENDPOINTS_NOT_TAKING,
    ENDPOINTS_WITH_INTERFACES,
    OPAQUE_ENDPOINTS,
    PASSED_BY_ENDPOINTS,
    PEERINGS_NOT_PASSING,
)
from .packet_filters import OF_PERMISSION, Address, Decision, Packet
from .routes import Routes
from .snapshot import Item, Snapshot, Unknown

# How packets come from, or leave for, another network, as far as rules that name groups depend on it.
PEERING, TRANSIT, INTERNET, NOT_KNOWN = "peering", "transit_gateway", "internet", "not known"
BALANCED, MIDDLEBOX = "load_balancer", "middlebox"


class Crossed(NamedTuple):
    """by: PEERING, TRANSIT, INTERNET, BALANCED, MIDDLEBOX, NOT_KNOWN; "": within the VPC

    vpc_id: the other VPC of the peering connection
    groups: with BALANCED, those as whose member the source counts: a load balancer's, that keeps the client's address
    """

    by: str = ""
    vpc_id: str = ""
    groups: tuple[str, ...] = ()


NOT_CROSSED = Crossed()


class Lookups(Routes):
    """Lookups in a snapshot. They raise Unknown where the snapshot doesn't tell."""

    # Whether questions are about routes of all packets alike.
    routes_only = False

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__(snapshot)
        # Addresses that no interface has, to ask for what a subnet's next interface would get.
        self.assumed: dict[tuple[str, Address], Point] = {}

    def require_all(self, kind: str) -> None:
        for place in self.snapshot.places:
            self.snapshot.items(kind, place)

    # ---- addresses

    def require_interfaces(self) -> None:
        """Raise Unknown unless all interfaces were read, and the subnets that they are in."""
        for kind in ("NetworkInterfaces", "Subnets"):
            self.require_all(kind)
        subnets = {subnet["SubnetId"] for _place, subnet in self.snapshot.every("Subnets")}
        for place, item in self.snapshot.every("NetworkInterfaces"):
            if item["SubnetId"] not in subnets:
                why = f"{item['SubnetId']} of {item['NetworkInterfaceId']} isn't in it"
                raise Unknown(f"{place.folder}Subnets.json", why, f"all Subnets of {place}")

    @cached_property
    def _points(self) -> tuple[list[Point], list[Point]]:
        return points_of(self.snapshot)

    @property
    def points(self) -> list[Point]:
        """Points of all IPv4 addresses, an instance's primary interface and address first."""
        return self._points[0]

    @property
    def of_ipv6(self) -> list[Point]:
        return self._points[1]

    @cached_property
    def interfaces(self) -> dict[str, Item]:
        return {item["NetworkInterfaceId"]: item for _place, item in self.snapshot.every("NetworkInterfaces")}

    @cached_property
    def by_address(self) -> dict[tuple[str, Address], Point]:
        return {(point.subnet["VpcId"], point.address): point for point in reversed([*self.points, *self.of_ipv6])}

    @cached_property
    def _having(self) -> tuple[dict[Address, list[Point]], dict[Address, list[Point]]]:
        """Points by their private and by their public address, of all VPCs."""
        private: dict[Address, list[Point]] = {}
        public: dict[Address, list[Point]] = {}
        for point in (*self.points, *self.of_ipv6):
            private.setdefault(point.address, []).append(point)
            if point.public and point.public != point.address:
                public.setdefault(point.public, []).append(point)
        return private, public

    @cached_property
    def delegated(self) -> list[tuple[Network, Point]]:
        """(prefix, a point of the interface that it is delegated to): the interface takes all of its addresses."""
        first = {point.interface_id: point._replace(public=None) for point in reversed([*self.points, *self.of_ipv6])}
        return [
            (either(prefix[key]), first[id_])
            for id_, item in self.interfaces.items()
            for listed, key in (("Ipv4Prefixes", "Ipv4Prefix"), ("Ipv6Prefixes", "Ipv6Prefix"))
            for prefix in item.get(listed, ())
            if id_ in first
        ]

    def having(self, address: Address) -> list[Point]:
        """Return the points that have an address, as a private or a public one."""
        private, public = self._having
        assumed = [point for point in self.assumed.values() if address in (point.address, point.public)]
        near = [at_address(point, address) for prefix, point in self.delegated if address in prefix]
        return [*private.get(address, ()), *public.get(address, ()), *assumed, *near]

    def by_public(self, address: Address) -> Point | None:
        """Return the point that the internet reaches by an address."""
        return next((point for point in self.having(address) if point.public == address), None)

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
            found = next((at_address(point, address) for point in near), None)
        return found

    def account_of(self, vpc_id: str) -> str | None:
        place, vpc = self.snapshot.vpcs[vpc_id]
        owner: str | None = vpc.get("OwnerId") or place.account_id
        return owner

    # ---- states

    @cached_property
    def _instances(self) -> dict[str, str]:
        """{instance id: name of its state}."""
        reservations = (reservation for _place, reservation in self.snapshot.every("Reservations"))
        instances = (instance for reservation in reservations for instance in reservation["Instances"])
        return {instance["InstanceId"]: instance["State"]["Name"] for instance in instances}

    def stopped(self, point: Point) -> Decision | None:
        """Return why an interface neither sends nor takes packets; None if it does."""
        if not point.attached:
            return Decision("network_interface", (point.interface_id,), "it is attached to nothing")
        if not point.instance_id:
            return None
        place, _vpc = self.snapshot.vpcs[point.subnet["VpcId"]]
        self.snapshot.items("Reservations", place)
        state = self._instances.get(point.instance_id)
        if state is None:
            raise Unknown(f"{place.folder}Reservations.json", f"{point.instance_id} isn't in it", "all instances")
        return None if state == "running" else Decision("instance", (point.instance_id,), f"it is {state}")

    def not_available(self, point: Point) -> Decision | None:
        """Return why an interface endpoint accepts no packets; None if it does, or the point is no endpoint."""
        endpoint = self.endpoint_of(point)
        state = endpoint["State"].lower() if endpoint else "available"  # as the API spells it, or as the model does
        if endpoint is None or state == "available":
            return None
        if state not in ENDPOINTS_NOT_TAKING:
            why = f"its state is {endpoint['State']}, and which of its addresses take packets isn't shown"
            raise Unknown(endpoint["VpcEndpointId"], why, "available")
        return Decision("vpc_endpoint", (endpoint["VpcEndpointId"],), f"its state is {endpoint['State']}")

    def endpoint_of(self, point: Point) -> Item | None:
        """Return the endpoint that an interface is of; None if it is of none. Raises Unknown if it isn't shown."""
        if point.kind != "vpc_endpoint":
            return None
        for endpoint in self.snapshot.of_vpc("VpcEndpoints", point.subnet["VpcId"]):
            if point.interface_id in endpoint.get("NetworkInterfaceIds", ()):
                return endpoint
        raise Unknown(point.interface_id, "VpcEndpoints hasn't the endpoint that it is of", "all endpoints")

    def not_passed(self, point: Point, packet: Packet) -> Decision | None:
        """Return why an endpoint doesn't pass the packet on; None if it does, or the point is none.

        Raises Unknown for endpoints of other types, and for UDP, which few services take:
        https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html
        """
        endpoint = self.endpoint_of(point)
        if endpoint is None:
            return None
        id_, kind = endpoint["VpcEndpointId"], endpoint.get("VpcEndpointType", "Interface")
        if kind not in ENDPOINTS_WITH_INTERFACES:
            what = OPAQUE_ENDPOINTS.get(kind, f"an endpoint of the type {kind}, which isn't known")
            raise Unknown(id_, f"it is {what}", "what lies behind it, looked at by hand")
        if packet.protocol not in PASSED_BY_ENDPOINTS:
            return Decision("vpc_endpoint", (id_,), f"passes TCP and UDP only, not {packet.protocol or 'any protocol'}")
        if packet.protocol == "udp":
            raise Unknown(id_, "whether its service takes UDP isn't shown", "tcp")
        return None

    # ---- filters

    def security_groups(
        self, point: Point, packet: Packet, egress: bool, crossed: Crossed = NOT_CROSSED
    ) -> tuple[bool, Decision]:
        """Return true if an interface's groups allow the packet, and what decides. crossed: what lies between."""
        if not point.groups:
            return True, Decision("network_interface", (point.interface_id or point.node,), "it has no security group")
        vpc_id = point.subnet["VpcId"]
        self.snapshot.of_vpc("SecurityGroups", vpc_id)
        missing = sorted(set(point.groups) - self._groups.keys())
        if missing:
            raise Unknown(point.interface_id, f"SecurityGroups hasn't its {', '.join(missing)}", "all security groups")
        other = packet.destination if egress else packet.source
        admitted, decision = packet_filters.security_groups(
            [self._groups[id_] for id_ in point.groups],
            packet,
            egress,
            lambda permission: self._names(permission, other, vpc_id, egress, crossed),
        )
        if admitted is None:
            why = f"whether this means {other} isn't in the snapshot: {decision.message}"
            raise Unknown(decision.ids[0], why, "the prefix list, or the other side's VPC")
        return admitted, decision

    @cached_property
    def _groups(self) -> dict[str, Item]:
        return {group["GroupId"]: group for _place, group in self.snapshot.every("SecurityGroups")}

    def _names(self, permission: Item, address: Address, vpc_id: str, egress: bool, crossed: Crossed) -> bool | None:
        """Return true if an IpPermission means the address; None if the snapshot doesn't tell."""
        ranges, key = OF_PERMISSION[address.version]
        if any(address in either(peer[key]) for peer in permission.get(ranges, ())):
            return True
        unsure = False
        for listed in permission.get("PrefixListIds", ()):
            cidrs = self.prefix_lists.get(listed["PrefixListId"])
            if cidrs and any(address in cidr for cidr in cidrs):
                return True
            unsure |= cidrs is None
        for pair in permission.get("UserIdGroupPairs", ()):
            named = self._is_member(pair, address, vpc_id, egress, crossed)
            if named:
                return True
            unsure |= named is None
        return None if unsure else False

    def _is_member(self, pair: Item, address: Address, vpc_id: str, egress: bool, crossed: Crossed) -> bool | None:
        """Return true if the address is one of an interface that has the group of a rule; None: not told.

        Across a peering connection that the packet takes, groups count; across a transit gateway only for ingress,
        where the gateway and both attachments support it:
        https://aws.amazon.com/blogs/networking-and-content-delivery/introducing-security-group-referencing-for-aws-transit-gateway
        Behind a middlebox, such as a firewall, no group counts as a source; of destinations no page tells it:
        https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
        """
        if crossed.by in (INTERNET, BALANCED):
            return pair["GroupId"] in crossed.groups
        if crossed.by == MIDDLEBOX:
            return None if egress else False
        found = [p for p in self._having[0].get(address, ()) if pair["GroupId"] in p.groups]
        vpcs = {point.subnet["VpcId"] for point in found}
        if vpc_id in vpcs and crossed.by in ("", NOT_KNOWN) or crossed.by == PEERING and crossed.vpc_id in vpcs:
            return True
        # An interface of this VPC, or of the peer's, has the groups that the snapshot shows, and no other.
        known = (vpc_id, address) in self.by_address or (crossed.vpc_id, address) in self.by_address
        elsewhere = bool(vpcs - {vpc_id}) or not known and pair.get("VpcId", vpc_id) not in self.snapshot.vpcs
        if crossed.by == TRANSIT:
            return None if elsewhere and not egress and self._refers_by_transit({vpc_id, *vpcs}) else False
        if crossed.by == NOT_KNOWN:
            return None if elsewhere else False
        return None if elsewhere and not known and not vpcs else False

    def _refers_by_transit(self, vpc_ids: set[str]) -> bool:
        """Return false if an attachment of one of the VPCs doesn't support references to groups."""
        return not any(
            item.get("Options", {}).get("SecurityGroupReferencingSupport") == "disable"
            for _place, item in self.snapshot.every("TransitGatewayVpcAttachments")
            if item["VpcId"] in vpc_ids
        )

    @cached_property
    def _peerings(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for _place, item in self.snapshot.every("VpcPeeringConnections"):
            if item.get("Status", {}).get("Code") not in PEERINGS_NOT_PASSING:
                one, other = (item.get(side, {}).get("VpcId") for side in ("RequesterVpcInfo", "AccepterVpcInfo"))
                found.setdefault(one, {})[item["VpcPeeringConnectionId"]] = other
                found.setdefault(other, {})[item["VpcPeeringConnectionId"]] = one
        return found

    def peers(self, vpc_id: str) -> dict[str, str]:
        """Return {id of a peering connection that packets may pass: the VPC at its other end}."""
        return self._peerings.get(vpc_id, {})

    def network_acl(self, subnet: Item, packet: Packet, egress: bool) -> tuple[bool, Decision]:
        for acl in self.snapshot.of_vpc("NetworkAcls", subnet["VpcId"]):
            if any(association["SubnetId"] == subnet["SubnetId"] for association in acl["Associations"]):
                admitted, decision = packet_filters.network_acl(acl, packet, egress)
                return admitted, replace(decision, message=f"{decision.message} (subnet {subnet['SubnetId']})")
        raise Unknown(subnet["SubnetId"], "NetworkAcls has none that is associated with it", "all network ACLs")

    def unreachable(self, point: Point) -> Decision | None:
        """Return why no packet of the internet reaches an interface, as of an internal load balancer with IPv6.

        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html
        """
        if point.address.version == 4 or not self.interfaces.get(point.interface_id, {}).get("DenyAllIgwTraffic"):
            return None
        return Decision("network_interface", (point.interface_id,), "it denies all traffic of internet gateways")

    def blocked_access(self, passage: public_access.Passage) -> Decision | None:
        """Return why VPC Block Public Access stops a packet at a gateway; None if it doesn't. Raises Unknown."""
        return public_access.blocked(self.snapshot, passage)
