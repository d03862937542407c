# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether both directions of every flow pass the same firewalls, from the routes of a snapshot alone, for IPv4.

Network Firewall doesn't support asymmetric routing:
https://docs.aws.amazon.com/network-firewall/latest/developerguide/asymmetric-routing.html
Looked at: from each subnet of the VPCs that are attached to a transit gateway or have a firewall's endpoint, to the
internet and to each other such subnet, and from the internet to each public address in them. For addresses that all
tables treat alike one is looked at, and each of what AWS may pick by itself. Filters aren't looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property, partial
from ipaddress import IPv4Address, IPv4Network

from . import firewalls
from .address_classes import SPECIAL, Atoms, one_of_each, public_ones
from .addresses import Point, cidrs_of, network_of, zone_of
from .packet_filters import Address, Packet
from .routes import ends_of
from .routes_only import RoutesOnly, point_in
from .snapshot import Item, Place, Snapshot, Unknown
from .symmetry_findings import BETWEEN, Finding, Findings
from .tracer import Flow, Tracer
from .trip import DELIVERED

# Kinds without which flows would be overlooked; what else isn't in the snapshot is unknown where a path needs it.
READ = ("Vpcs", "Subnets", "RouteTables", "NetworkInterfaces", "TransitGatewayVpcAttachments", "VpcEndpoints")
OUT, IN = "to the internet", "from the internet"
PORTS = (443, 443)
SOURCE_PORTS = (1024, 65535)
MOST_PAIRS = 20000
# Interfaces that AWS's own machinery has in a subnet: no flow starts or ends at them.
MACHINERY = ("nat_gateway", "transit_gateway", "gateway_load_balancer_endpoint")
# Targets of IPv6 routes on which both directions pass the same way: the VPC itself, its internet gateways.
SAME_WAY_BACK = ("local", "igw-")

Ipv4Route = tuple[IPv4Network, bool, frozenset[str]]


@dataclass(frozen=True)
class Symmetry:
    """asymmetric: flows of which a firewall sees one direction, or whose answers get lost; unknown, warnings: in words

    flows: number of flows that were looked at, each for all that are treated alike
    """

    asymmetric: tuple[Finding, ...]
    unknown: tuple[str, ...]
    warnings: tuple[str, ...]
    flows: int


def check(snapshot: Snapshot) -> Symmetry:
    """Return what isn't symmetric in the networks of a snapshot. What it doesn't tell is in `unknown`."""
    return _Check(snapshot).run()


@dataclass(frozen=True)
class _End:
    """Addresses of a subnet that all tables treat alike: one of them, and what they have in common."""

    point: Point
    vpc_id: str
    alike: Hashable


class _Check:
    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.lookups = RoutesOnly(snapshot)
        self.tracer = Tracer(snapshot, self.lookups)
        self.transit_gateways = self.tracer.transit_gateways
        self.findings = Findings(self.lookups)
        self.flows = 0

    def run(self) -> Symmetry:
        for place in self.snapshot.places:
            for kind in READ:
                self._told(partial(self.snapshot.items, kind, place))
        for subnet in self.sources:
            self._told(partial(self._with_the_internet, subnet))
            self._told(partial(self._ipv6, subnet))
        self._told(self._between_subnets)
        self._appliance_mode()
        self._other_attachments()
        found = self.findings
        return Symmetry(found.asymmetric(), found.unknown(), found.warnings(), self.flows)

    def _told(self, look: Callable[[], object]) -> None:
        try:
            look()
        except Unknown as unknown:
            self.findings.is_unknown(unknown)

    # ---- what is looked at

    @cached_property
    def endpoints(self) -> dict[str, Item]:
        """{id: endpoint of a firewall}."""
        found = (endpoint for _place, endpoint in self.snapshot.every("VpcEndpoints"))
        return {item["VpcEndpointId"]: item for item in found if firewalls.name_of(item) is not None}

    @cached_property
    def _guarded(self) -> set[str]:
        """VPCs that have a firewall's endpoint."""
        return {endpoint["VpcId"] for endpoint in self.endpoints.values()}

    @cached_property
    def attachments(self) -> dict[str, Item]:
        found = (item for _place, item in self.snapshot.every("TransitGatewayVpcAttachments"))
        available = [item for item in found if item["State"] == "available" and item["VpcId"] in self.snapshot.vpcs]
        return {item["TransitGatewayAttachmentId"]: item for item in available}

    @cached_property
    def sources(self) -> list[Item]:
        """Subnets in which flows start or end: not those of a central VPC that only attachments and gateways are in."""
        vpcs = {item["VpcId"] for item in self.attachments.values()} | self._guarded
        guarded = self._guarded | self._ways_out
        own = {id_ for item in self.attachments.values() if item["VpcId"] in guarded for id_ in item["SubnetIds"]}
        own |= {id_ for endpoint in self.endpoints.values() for id_ in endpoint.get("SubnetIds", ())}
        nats = (nat for _place, nat in self.snapshot.every("NatGateways"))
        own |= {nat["SubnetId"] for nat in nats if nat.get("SubnetId") and nat["VpcId"] in guarded}
        used = {point.subnet["SubnetId"] for point in self.lookups.points if point.kind not in MACHINERY}
        subnets = {subnet["SubnetId"]: subnet for _place, subnet in self.snapshot.every("Subnets")}
        return [
            subnet
            for id_, subnet in sorted(subnets.items())
            if subnet["VpcId"] in vpcs and subnet.get("CidrBlock") and (id_ not in own or id_ in used)
        ]

    @cached_property
    def tables(self) -> dict[str, Item]:
        return {table["RouteTableId"]: table for _place, table in self.snapshot.every("RouteTables")}

    @cached_property
    def transit_tables(self) -> list[tuple[str, Place]]:
        found = self.snapshot.every("TransitGatewayRouteTables")
        return [(table["TransitGatewayRouteTableId"], place) for place, table in found]

    # ---- addresses that are treated alike

    def _networks(self, tables: Iterable[Item]) -> list[IPv4Network]:
        found = [network for table in tables for network in self.lookups.networks(table)]
        for table_id, place in self.transit_tables:
            found += [route[0] for route in self._transit_routes(table_id, place)]
        return found

    def _transit_routes(self, table_id: str, place: Place) -> list[Ipv4Route]:
        try:
            routes = self.transit_gateways.routes(table_id, place)
        except Unknown as unknown:
            self.findings.is_unknown(unknown)
            return []
        return [(cidr, static, targets) for cidr, static, targets in routes if isinstance(cidr, IPv4Network)]

    def _signature(self, address: IPv4Address, tables: Iterable[Item]) -> Hashable:
        """Return the route of each table that an address of the internet takes."""
        try:
            routes = [self.lookups.longest(table, address) for table in tables]
        except Unknown:
            return address  # of no class
        return tuple(id(route) for route in routes), self._in_transit(address, "")

    def _in_transit(self, address: IPv4Address, vpc_id: str) -> Hashable:
        """Return where each table of a transit gateway sends an address of a VPC: "own" is the VPC's attachment."""
        own = {id_ for id_, item in self.attachments.items() if item["VpcId"] == vpc_id}
        found: list[Hashable] = []
        for table_id, place in self.transit_tables:
            matching = [route for route in self._transit_routes(table_id, place) if address in route[0]]
            best = max(((route[0].prefixlen, route[1]) for route in matching), default=None)
            targets = frozenset().union(*(r[2] for r in matching if (r[0].prefixlen, r[1]) == best))
            found.append(("own" if targets and targets <= own else targets, bool(best)))
        return tuple(found)

    def _in_vpcs(self, address: IPv4Address, vpc_id: str) -> Hashable:
        """Return the route that an address of a VPC takes in tables of the VPC, and in one of others of each shape."""
        others = [
            next((table for table in tables if table["VpcId"] != vpc_id), None) for tables in self._shapes.values()
        ]
        found: list[Hashable] = []
        for table in (*filter(None, others), *self._tables_of(vpc_id)):
            try:
                route = self.lookups.longest(table, address)
            except Unknown:
                return address  # of no class
            own = table["VpcId"] == vpc_id
            found.append((own, self._routes_of(table), self._route_of(route) if route else None))
        return frozenset(found)

    @cached_property
    def _shapes(self) -> dict[Hashable, list[Item]]:
        """{routes without what is the VPC's own: tables}."""
        found: dict[Hashable, list[Item]] = {}
        for table in self.tables.values():
            found.setdefault(self._routes_of(table), []).append(table)
        return found

    def _tables_of(self, vpc_id: str) -> list[Item]:
        return [table for table in self.tables.values() if table["VpcId"] == vpc_id]

    @cached_property
    def _ways_out(self) -> set[str]:
        """VPCs to which a table of a transit gateway sends what isn't theirs."""
        found = set()
        for table_id, place in self.transit_tables:
            for cidr, _static, targets in self._transit_routes(table_id, place):
                for item in (self.attachments[target] for target in targets if target in self.attachments):
                    own = cidrs_of(self.snapshot.vpcs[item["VpcId"]][1])
                    if not any(cidr.subnet_of(network) for network in own):
                        found.add(item["VpcId"])
        return found

    @cached_property
    def _leave_inside(self) -> set[str]:
        """VPCs between whose own subnets packets may leave the local route: with a firewall, or another route inside.

        The target of the local route itself can be replaced, too (EC2: ReplaceRoute, LocalTarget).
        """
        found = set(self._guarded)
        for table in self.tables.values():
            own = cidrs_of(self.snapshot.vpcs[table["VpcId"]][1]) if table["VpcId"] in self.snapshot.vpcs else []
            others = [route for route in table["Routes"] if ends_of(route)[1] != "local"]
            routes = self.lookups.networks({**table, "Routes": others})
            if any(route.subnet_of(cidr) for route in routes for cidr in own):
                found.add(table["VpcId"])
        return found

    @cached_property
    def _public(self) -> set[Address]:
        return {point.public for point in self.lookups.points if point.public}

    @cached_property
    def _outside(self) -> dict[str, list[IPv4Address]]:
        return {}

    def _internet(self, vpc_id: str) -> list[IPv4Address]:
        """Return an address of the internet for each way that the tables on the way from a VPC treat some."""
        if vpc_id not in self._outside:
            tables = [table for id_ in {vpc_id, *self._ways_out} for table in self._tables_of(id_)]
            atoms = Atoms([*SPECIAL, *self._networks(tables)])
            found = public_ones(atoms, lambda address: self._signature(address, tables), self._public)
            self._outside[vpc_id] = found
        return self._outside[vpc_id]

    @cached_property
    def _all_atoms(self) -> Atoms:
        return Atoms(self._networks(self.tables.values()))

    @cached_property
    def _nat_addresses(self) -> set[Address]:
        return {point.address for point in self.lookups.points if point.kind == "nat_gateway"}

    def _ends(self, subnet: Item) -> list[_End]:
        network = network_of(subnet)
        if not network:
            return []
        vpc_id = subnet["VpcId"]

        def signature(address: IPv4Address) -> Hashable:
            return self._in_vpcs(address, vpc_id), self._in_transit(address, vpc_id)

        reserved = {network[0], network[1], network[2], network[3], network[-1]} | self._nat_addresses
        addresses = one_of_each(self._all_atoms, network, signature, reserved)
        shape = self._shape(subnet)
        return [_End(point_in(subnet, a), vpc_id, (shape, signature(a))) for a in addresses]

    def _shape(self, subnet: Item) -> Hashable:
        """Return how packets leave and enter a subnet, without what is the VPC's own; equal for like subnets."""
        vpc_id = subnet["VpcId"]
        table, _explicit = self.lookups.table_of(subnet)
        attached = [item for item in self.attachments.values() if item["VpcId"] == vpc_id]
        literal = vpc_id in self._guarded or self.lookups.peers(vpc_id)
        return (
            vpc_id if literal or vpc_id in self._ways_out else "",
            zone_of(subnet),
            self._routes_of(table),
            frozenset(self._routes_of(table) for table in self._tables_of(vpc_id)),
            frozenset(self._attached(item) for item in attached),
        )

    def _routes_of(self, table: Item) -> Hashable:
        routes = [self._route_of(route) for route in table["Routes"] if ends_of(route)[1] != "local"]
        return frozenset(routes), any(ends_of(route)[1] == "local" for route in table["Routes"])

    def _route_of(self, route: Item) -> Hashable:
        destination, target = ends_of(route)
        of_vpc = ("igw-", "nat-") if target in self.endpoints else ("igw-", "nat-", "vpce-")
        kind = next((word for word in of_vpc if target.startswith(word)), target)
        if target == "local":
            destination = ""
        return destination, kind, route.get("State"), route.get("Origin")

    def _attached(self, item: Item) -> Hashable:
        entries = [self.lookups.subnet(id_, item["VpcId"]) for id_ in item["SubnetIds"]]
        zones = frozenset((zone_of(entry), self._routes_of(self.lookups.table_of(entry)[0])) for entry in entries)
        mode = item.get("Options", {}).get("ApplianceModeSupport")
        return item["TransitGatewayId"], zones, mode, self.transit_gateways.table_of(item["TransitGatewayAttachmentId"])

    # ---- flows

    def _with_the_internet(self, subnet: Item) -> None:
        """Look at flows to the internet, and from it to public addresses."""
        outside = self._internet(subnet["VpcId"])
        ends = [end.point for end in self._ends(subnet)]
        public = [
            point._replace(node=str(point.address), kind="interface")
            for point in self.lookups.points
            if point.public and point.subnet["SubnetId"] == subnet["SubnetId"] and point.kind not in MACHINERY
        ]
        for address in outside:
            for point in (*ends, *public):
                self._flow(subnet, point, Packet(point.address, address, "tcp", PORTS), OUT)
            for point in public:
                if point.public:
                    self._flow(subnet, None, Packet(address, point.public, "tcp", PORTS), IN)

    def _between_subnets(self) -> None:
        ends = [end for subnet in self.sources for end in self._ends(subnet)]
        kept: dict[Hashable, dict[str, _End]] = {}
        for end in ends:
            of_vpcs = kept.setdefault(end.alike, {})
            if end.vpc_id in of_vpcs or len(of_vpcs) < 2:
                of_vpcs.setdefault(end.vpc_id, end)
        chosen = [end for of_vpcs in kept.values() for end in of_vpcs.values()]
        pairs = [
            (one, other)
            for one in chosen
            for other in chosen
            if one.vpc_id != other.vpc_id or one is not other and one.vpc_id in self._leave_inside
        ]
        if len(pairs) > MOST_PAIRS:
            why = f"{len(pairs)} pairs of subnets are each treated in their own way"
            raise Unknown("subnets", why, f"at most {MOST_PAIRS}, in parts of the snapshot")
        for one, other in pairs:
            packet = Packet(one.point.address, other.point.address, "tcp", PORTS)
            self._flow(one.point.subnet, one.point, packet, BETWEEN, other.point.subnet)

    def _flow(self, subnet: Item, sender: Point | None, packet: Packet, words: str, other: Item | None = None) -> None:
        self.flows += 1
        subnets = tuple(item["SubnetId"] for item in (subnet, other) if item is not None)
        for flow in self.tracer.flows(sender, None, packet, SOURCE_PORTS):
            if isinstance(flow, Unknown):
                self.findings.is_unknown(flow, subnet)
            elif flow.there.verdict.verdict != DELIVERED:
                if words == OUT:
                    self.findings.gets_nowhere(flow, subnet, words)
            elif flow.decisive.verdict.verdict != DELIVERED:
                self._not_back(flow, subnets, words)
            else:
                self.findings.crosses_zones(flow)

    def _not_back(self, flow: Flow, subnets: tuple[str, ...], words: str) -> None:
        """Report an answer that doesn't get back. A subnet that can't answer another one just isn't open to it."""
        lost = flow.decisive.verdict.decided_by.by != "network_firewall"
        if words != BETWEEN or not lost:
            self.findings.not_back(flow, flow.there.legs[-len(flow.back)], subnets, words)

    # ---- what needs no flow

    def _appliance_mode(self) -> None:
        for id_, item in sorted(self.attachments.items()):
            mode = item.get("Options", {}).get("ApplianceModeSupport")
            if item["VpcId"] in self._guarded and mode != "enable" and len(item["SubnetIds"]) > 1:
                self.findings.no_appliance_mode(id_, item["VpcId"])

    def _ipv6(self, subnet: Item) -> None:
        """Report IPv6 routes whose paths would have to be looked at, of a subnet that has IPv6."""
        blocks = subnet.get("Ipv6CidrBlockAssociationSet", ())
        if not any(b.get("Ipv6CidrBlockState", {}).get("State", "associated") == "associated" for b in blocks):
            return
        table, _explicit = self.lookups.table_of(subnet)
        for route in table["Routes"]:
            _destination, target = ends_of(route)
            egress_only = route.get("EgressOnlyInternetGatewayId")
            if route.get("DestinationIpv6CidrBlock") and not egress_only and not target.startswith(SAME_WAY_BACK):
                self.findings.ipv6(table, route, subnet)

    def _other_attachments(self) -> None:
        """Report attachments beyond which nothing was looked at."""
        known = ("vpc", "peering", "network-function")
        for _place, item in self.snapshot.every("TransitGatewayAttachments"):
            if item["State"] != "available":
                continue
            if item["ResourceType"] not in known:
                self.findings.beyond(item)
            if item["ResourceType"] == "vpc" and item["ResourceId"] not in self.snapshot.vpcs:
                why = f"its VPC {item['ResourceId']} isn't in the snapshot"
                self.findings.is_unknown(Unknown(item["TransitGatewayAttachmentId"], why, "the account that has it"))
