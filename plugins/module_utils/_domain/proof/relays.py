# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packets that something passes on to another account: endpoints of services, load balancers, VPC Lattice, Client VPN.

Who reaches an address that passes packets on reaches what is behind it, as far as the relay itself may. A load balancer
counts where its targets are another account's; what it leads to within its own is a matter of its account.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from ..network import kinds
from ..network.addresses import Point, is_within, zone_of
from ..network.balancers import Balancer, Target
from ..network.ends import as_address
from ..network.packet_filters import Packet
from ..network.points import INTERNET, NOT_KNOWN, Crossed
from ..network.relays import ENFORCED, OF_CUSTOMERS
from ..network.snapshot import Item, Place, Unknown
from . import exits, inbound, intervals, packet_sets
from .filters import Side
from .packet_sets import TCP, UDP, PacketSet
from .ways import ANYWHERE, Decides, Edge, Flow, Reason, Site, of_set, premises, reason
from .world import FILTERS, End

if TYPE_CHECKING:
    from .reachability import Reachability

NUMBERS = {"tcp": TCP, "udp": UDP}
# Protocols of target groups that are UDP, or may be; the others are TCP.
BOTH = ("TCP_UDP", "QUIC", "TCP_QUIC")
# States of associations of VPC Lattice in which nothing is passed any more, or yet.
OF_ENDPOINTS = ("vpc_endpoint", "vpc_lattice", "resource_endpoint")
LATTICE_OVER = ("DELETE_IN_PROGRESS", "CREATE_FAILED")


class Relay(NamedTuple):
    """Address that takes packets for others. takes: those that it passes on; decides: what does"""

    site: Site
    takes: PacketSet
    decides: tuple[Decides, ...]


def relayed(reach: Reachability) -> Iterator[Edge]:
    """Yield what endpoints of customers' services and load balancers pass on to other accounts."""
    yield from _by_services(reach)
    yield from _by_balancers(reach)


def _site(reach: Reachability, point: Point) -> Site:
    owner = str(reach.world.lookups.interfaces.get(point.interface_id, {}).get("OwnerId", ""))
    return reach.world.site_of(reach.world.subnets[point.subnet["SubnetId"]], owner if owner.isdigit() else "")


def _at(point: Point, protocol: int | None = None, ports: tuple[int, int] = packet_sets.ANY_PORT) -> PacketSet:
    """Return the packets to a point's address."""
    to = ((int(point.address),) * 2,)
    return packet_sets.box(point.address.version, None, to, protocol, ports=ports)


def _through(reach: Reachability, relay: Relay, to: Iterable[Site], unknown: tuple[Reason, ...] = ()) -> Iterator[Edge]:
    """Yield the edges of all sites that reach a relay. unknown: why more may be behind it"""
    targets = list(dict.fromkeys(to))
    for source, flow in (*reach.towards(relay.site), *inbound.by_gateways(reach, relay.site)):
        sent = flow.forward & of_set(relay.takes)
        # What it isn't known to get from this site, it isn't known to pass on.
        lost = flow.unknown if not _is_told(flow, relay) else ()
        if sent.is_empty and not lost:
            continue
        by = (*flow.decides, *relay.decides)
        answered = flow.answered & sent
        for site in targets:
            if site != source:
                yield Edge(source, site, sent, answered, by, lost, False)
        if unknown and not sent.is_empty:
            yield Edge(source, ANYWHERE, unknown=unknown)


def _is_told(flow: Flow, relay: Relay) -> bool:
    """Return true if the flow has all packets that the relay takes, or nothing of it is unknown."""
    version = relay.takes.version
    return not flow.unknown or (relay.takes - (flow.forward.v4 if version == 4 else flow.forward.v6)).is_empty


# ---- endpoints of services


def _open(reach: Reachability) -> Iterator[Item]:
    """Yield the endpoints with interfaces that take packets."""
    seen = set()
    for _place, endpoint in reach.world.snapshot.every("VpcEndpoints"):
        id_, state = endpoint["VpcEndpointId"], endpoint["State"].lower()
        in_routes = endpoint["VpcEndpointType"] in kinds.ENDPOINTS_IN_ROUTES
        if id_ not in seen and state not in kinds.ENDPOINTS_NOT_TAKING and not in_routes:
            seen.add(id_)
            yield endpoint


def _by_services(reach: Reachability) -> Iterator[Edge]:
    """Yield what endpoints pass to services of customers: to the load balancer's node in their zone, and its targets.

    https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html
    """
    services = {
        item["ServiceName"]: (place, item) for place, item in reach.world.snapshot.every("ServiceConfigurations")
    }
    for endpoint in _open(reach):
        name = endpoint.get("ServiceName", "")
        if endpoint["VpcEndpointType"] not in kinds.ENDPOINTS_WITH_INTERFACES or OF_CUSTOMERS not in name:
            continue
        points, lost = _shown(reach, endpoint)
        if lost:
            yield from _of_hidden(reach, endpoint, lost)
        for point in points:
            try:
                yield from _to_service(reach, endpoint, point, services.get(name))
            except Unknown as unknown:
                relay = Relay(_site(reach, point), _at(point, TCP), ())
                yield from _through(reach, relay, (), (reason(unknown),))


def _shown(reach: Reachability, endpoint: Item) -> tuple[list[Point], Reason | None]:
    """Return the points of an endpoint, and why there may be more."""
    wanted = set(endpoint.get("NetworkInterfaceIds", ()))
    points = [point for id_ in sorted(wanted) for point in reach.world.points_of(id_)]
    missing = sorted(wanted - {point.interface_id for point in points})
    if points and not missing:
        return points, None
    why = f"NetworkInterfaces hasn't its {', '.join(missing)}" if missing else "none of its interfaces is told"
    return points, Reason(endpoint["VpcEndpointId"], why, "all of them")


def _of_hidden(reach: Reachability, endpoint: Item, why: Reason) -> Iterator[Edge]:
    """Yield unknown edges of an endpoint without addresses: of its VPC, and of those who reach it there."""
    for site in (site for site in reach.sites if site.vpc_id == endpoint["VpcId"]):
        for source in (site, *(one for one, flow in reach.towards(site) if not flow.forward.is_empty)):
            yield Edge(source, ANYWHERE, unknown=(why,))


def _to_service(reach: Reachability, endpoint: Item, point: Point, found: tuple[Place, Item] | None) -> Iterator[Edge]:
    snapshot = reach.world.snapshot
    region = snapshot.vpcs[endpoint["VpcId"]][0].region
    if found is None:
        for place in snapshot.places:
            # Nobody who was read provides it, if all tell what they provide: it is somebody else's.
            snapshot.items("ServiceConfigurations", place)
        return
    place, service = found
    if place.region != region:
        why = f"its service is in {place.region}, and which of its nodes such connections come to isn't told"
        raise Unknown(endpoint["VpcEndpointId"], why, "a service of the endpoint's Region")
    if service.get("ServiceState", "Available") != "Available":
        return
    version, zone = point.address.version, zone_of(point.subnet)
    for arn in service.get("NetworkLoadBalancerArns", ()):
        balancer = reach.world.balancers.with_arn(arn)
        for node in reach.world.balancers.nodes(balancer, version):
            if zone_of(node.subnet) == zone:
                yield from _to_node(reach, endpoint, point, balancer, node)


def _to_node(reach: Reachability, endpoint: Item, point: Point, balancer: Balancer, node: Point) -> Iterator[Edge]:
    """Yield what an endpoint's interface passes to a node: what it listens to, and its groups let in."""
    by = Decides("vpc_endpoint", endpoint["VpcEndpointId"], f"to {balancer.name} of {endpoint.get('ServiceName')}")
    for protocol, port in _listens(reach, balancer):
        if protocol != "tcp":
            yield from _of_udp(reach, endpoint, point, balancer, node, port)
            continue
        takes = _at(point, TCP, (port, port))
        if reach.world.level == FILTERS and balancer.item.get(ENFORCED, "on") != "off":
            takes &= _let_in(reach, node, _at(node, TCP, (port, port)), port)
        relay = Relay(_site(reach, point), takes, (by,))
        packet = Packet(point.address, node.address, protocol, (port, port))
        targets, unknown = _targets(reach, balancer, node, packet, by_service=True)
        yield from _through(reach, relay, (_site(reach, node), *targets), unknown)


def _of_udp(
    reach: Reachability, endpoint: Item, point: Point, balancer: Balancer, node: Point, port: int
) -> Iterator[Edge]:
    """Yield unknown edges to what listens to UDP behind an endpoint: no Describe call shows whether it is passed on."""
    packet = Packet(point.address, node.address, "udp", (port, port))
    targets, unknown = _targets(reach, balancer, node, packet, by_service=True)
    why = Reason(endpoint["VpcEndpointId"], f"whether its service takes UDP, to port {port}, isn't shown", "tcp")
    relay = Relay(_site(reach, point), _at(point, UDP, (port, port)), ())
    for edge in _through(reach, relay, (_site(reach, node), *targets), unknown):
        yield Edge(edge.source, edge.destination, unknown=(why, *edge.unknown))


def _let_in(reach: Reachability, node: Point, takes: PacketSet, port: int) -> PacketSet:
    """Return the packets with a source and port that a node's groups let in: they see the client's address.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
    """
    side = Side(node.subnet["VpcId"], node.groups)
    allowed = reach.world.filters.groups(side, Side("", ()), False, Crossed(INTERNET), takes.version)
    wanted = packet_sets.box(takes.version, protocol=TCP, ports=(port, port))
    return packet_sets.box(
        takes.version, ((allowed.sure | allowed.more) & wanted).sources(), None, TCP, ports=(port, port)
    )


# ---- load balancers


def _listens(reach: Reachability, balancer: Balancer) -> list[tuple[str, int]]:
    """Return (protocol, port) of a load balancer's listeners. Raises Unknown."""
    found = reach.world.snapshot.items("LoadBalancerListeners", balancer.place)
    own = next((item["Listeners"] for item in found if item["LoadBalancerArn"] == balancer.arn), None)
    if own is None:
        raise Unknown(balancer.arn, "LoadBalancerListeners hasn't its listeners", "those of all load balancers")
    return [(protocol, one["Port"]) for one in own for protocol in kinds.LISTENERS.get(one["Protocol"], ())]


def _targets(
    reach: Reachability, balancer: Balancer, node: Point, packet: Packet, by_service: bool
) -> tuple[list[Site], tuple[Reason, ...]]:
    """Return the sites of the targets of a connection that the node may open, and why it may be more.

    by_service: it came by an endpoint: the client's address isn't kept, and targets of the same account count, too
    """
    sites: list[Site] = []
    unknown: list[Reason] = []
    balancers, account_id = reach.world.balancers, _site(reach, node).account_id
    for rule in balancers.rules(balancer, packet):
        if rule.group is None or rule.group.get("TargetType") == "lambda":
            continue
        for target in balancers.served(balancer, node, rule.group).targets:
            kept = not by_service and balancers.keeps_client(balancer, rule.group)
            try:
                found = _target(reach, node, rule.group, target, kept)
            except Unknown as lost:
                unknown.append(reason(lost))
                continue
            sites += [site for site in found if by_service or site.account_id != account_id]
            unknown += _of_chain(reach, target)
    return sites, tuple(dict.fromkeys(unknown))


def _of_chain(reach: Reachability, target: Target) -> Iterator[Reason]:
    """Yield why more may be behind a target: it is the interface of an endpoint that passes packets on itself."""
    found = (p for p in (*reach.world.lookups.points, *reach.world.lookups.of_ipv6) if str(p.address) == target.id)
    interfaces = {point.interface_id for point in found if point.kind in OF_ENDPOINTS}
    for endpoint in _open(reach) if interfaces else ():
        customers = OF_CUSTOMERS in endpoint.get("ServiceName", "") or endpoint["VpcEndpointType"] != "Interface"
        if customers and interfaces & set(endpoint.get("NetworkInterfaceIds", ())):
            id_ = endpoint["VpcEndpointId"]
            yield Reason(
                id_, "a load balancer leads to it, and what passes two relays isn't followed", "another target"
            )


def _target(reach: Reachability, node: Point, group: Item, target: Target, kept: bool) -> list[Site]:
    """Return the site of a target, if packets of the node, or with kept those of clients, get there. Raises Unknown."""
    balancers = reach.world.balancers
    protocol = UDP if group.get("Protocol") == "UDP" else None if group.get("Protocol") in BOTH else TCP
    onto = packet_sets.box(node.address.version, protocol=protocol, ports=(target.port, target.port))
    if group.get("TargetType") == "alb":
        points = balancers.nodes(balancers.with_arn(target.id), node.address.version)
    else:
        point = balancers.point_of(node, group, target)
        points = [point] if point else _elsewhere(reach, node, target)
    sites = []
    for point in points:
        site = _site(reach, point)
        if not point.interface_id:
            sites += [site] if exits.supposed(reach) else []
        elif reach.level != FILTERS or _reaches(reach, node, point, onto, kept):
            sites.append(site)
    return sites


def _elsewhere(reach: Reachability, node: Point, target: Target) -> list[Point]:
    """Return the points with a target's address in other VPCs; one that nobody has in the node's, without interface.

    Raises Unknown for an address that is in neither.
    """
    lookups = reach.world.lookups
    found = [p for p in (*lookups.points, *lookups.of_ipv6) if str(p.address) == target.id]
    address, subnets = as_address(target.id), reach.world.subnets.values()
    if not found and address:
        # The route of a VPC's own CIDRs keeps such packets in the VPC.
        own = (s for s in subnets if s["VpcId"] == node.subnet["VpcId"] and is_within(address, s))
        found = [Point(target.id, "", subnet, address, None) for subnet in own]
    if not found:
        raise Unknown(target.id, "this target has no interface in the snapshot", "all NetworkInterfaces")
    return found


def _reaches(reach: Reachability, node: Point, point: Point, onto: PacketSet, kept: bool) -> bool:
    """Return true if packets of a node, or of its clients, get to a target, or if that isn't known.

    onto: of the target's protocol and port
    kept: they have the client's address; then only whether the target's groups let in anybody is looked at
    """
    version = node.address.version
    if kept:
        side = Side(point.subnet["VpcId"], point.groups)
        allowed = reach.world.filters.groups(side, Side("", ()), False, Crossed(NOT_KNOWN), version)
        return not ((allowed.sure | allowed.more) & onto).is_empty
    sender, receiver = _end(reach, node), _end(reach, point)
    asked = onto & packet_sets.box(version, sender.of(version), receiver.of(version))
    ways = reach.world.ways(sender.subnet_id, version)
    for way in ways.by_end.get(receiver.subnet_id, ()):
        carried = reach.carriage.by(way, sender, receiver)
        if not ((carried.sure | carried.more) & asked).is_empty:
            return True
    return any(intervals.both(way.destinations, receiver.of(version)) for way in ways.unknown)


def _end(reach: Reachability, point: Point) -> End:
    """Return a point as an end of its own."""
    own = ((int(point.address),) * 2,)
    v4, v6 = (own, ()) if point.address.version == 4 else ((), own)
    return End(_site(reach, point), point.subnet["SubnetId"], point.groups, point.kind, v4, v6, point.interface_id)


def _by_balancers(reach: Reachability) -> Iterator[Edge]:
    """Yield what load balancers pass to targets of other accounts."""
    done: set[str] = set()
    for place, item in reach.world.snapshot.every("LoadBalancers"):
        if item["LoadBalancerArn"] in done or item.get("Type") not in kinds.BALANCERS:
            continue
        done.add(item["LoadBalancerArn"])
        balancer = Balancer(item["LoadBalancerArn"].partition(":loadbalancer/")[2], place, item)
        for version in (4, 6):
            for node in reach.world.balancers.nodes(balancer, version):
                yield from _by_node(reach, balancer, node)


def _by_node(reach: Reachability, balancer: Balancer, node: Point) -> Iterator[Edge]:
    try:
        for protocol, port in _listens(reach, balancer):
            packet = Packet(node.address, node.address, protocol, (port, port))
            targets, unknown = _targets(reach, balancer, node, packet, by_service=False)
            if targets or unknown:
                by = Decides("load_balancer", balancer.arn, f"{protocol} {port} to its targets")
                relay = Relay(_site(reach, node), _at(node, NUMBERS[protocol], (port, port)), (by,))
                yield from _through(reach, relay, targets, unknown)
    except Unknown as unknown_:
        yield from _through(reach, Relay(_site(reach, node), _at(node), ()), (), (reason(unknown_),))


# ---- what nothing is shown behind


def opaque(reach: Reachability) -> Iterator[Edge]:
    """Yield unknown edges of endpoints and services behind which no Describe call shows where packets go."""
    for endpoint in _open(reach):
        kind = endpoint["VpcEndpointType"]
        if kind in kinds.ENDPOINTS_WITH_INTERFACES:
            continue
        what = kinds.OPAQUE_ENDPOINTS.get(kind, f"an endpoint of the type {kind}, which isn't known")
        why = Reason(endpoint["VpcEndpointId"], f"it is {what}", "what lies behind it, looked at by hand")
        points, lost = _shown(reach, endpoint)
        for point in points:
            yield from _through(reach, Relay(_site(reach, point), _at(point), ()), (), (why,))
        if lost:
            yield from _of_hidden(reach, endpoint, why)
    yield from _by_lattice(reach)
    for _place, client in reach.world.snapshot.every("ClientVpnEndpoints"):
        id_ = client["ClientVpnEndpointId"]
        why = Reason(id_, "what its clients reach by its target networks isn't followed", "a look by hand")
        yield Edge(premises(id_), ANYWHERE, unknown=(why,))


def _by_lattice(reach: Reachability) -> Iterator[Edge]:
    """Yield unknown edges from VPCs in a service network to the accounts whose services and resources it has.

    https://docs.aws.amazon.com/vpc-lattice/latest/ug/service-networks.html
    """
    snapshot = reach.world.snapshot
    members: dict[str, set[str]] = {}
    for kind, key in (("LatticeServiceAssociations", "serviceArn"), ("LatticeResourceAssociations", "")):
        for _place, one in snapshot.every(kind):
            # A resource may be anything that its gateway's VPC reaches.
            account = str(one.get(key, "")).split(":")[4:5] if key else ["*"]
            if one.get("status") not in LATTICE_OVER:
                members.setdefault(str(one.get("serviceNetworkArn")), set()).update(account)
    own = {str(one["arn"]) for place, one in snapshot.every("LatticeServiceNetworks") if _is_owner(place, one)}
    for _place, one in snapshot.every("LatticeVpcAssociations"):
        network = str(one.get("serviceNetworkArn"))
        if one.get("status") in LATTICE_OVER:
            continue
        accounts = members.get(network, set()) | (set() if network in own else {"*"})
        why = Reason(network, f"{one.get('vpcId')} is in this service network, whose rules aren't followed", "none")
        for source in (site for site in reach.sites if site.vpc_id == one.get("vpcId")):
            for account_id in sorted(accounts):
                targets = (ANYWHERE,) if account_id == "*" else reach.sites_of(account_id)
                yield from (Edge(source, site, unknown=(why,)) for site in targets if site.vpc_id != source.vpc_id)


def _is_owner(place: Place, network: Item) -> bool:
    return place.account_id is not None and f":{place.account_id}:" in str(network.get("arn", ""))
