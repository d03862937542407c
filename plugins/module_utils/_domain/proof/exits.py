# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packets at the exits of VPCs: internet gateways, NAT, egress-only and virtual private gateways, endpoints in routes.

What decides there is as in network/internet.py, for all packets at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from ..network import kinds
from ..network.address_classes import SPECIAL
from ..network.addresses import Network, Point, either
from ..network.internet import ATTACHED, NAT64
from ..network.public_access import Passage
from ..network.snapshot import Item, Snapshot, Unknown
from . import intervals, packet_sets
from .filters import BY_NAME
from .intervals import Intervals
from .packet_sets import PacketSet
from .route_maps import GLOBAL_UNICAST
from .ways import INTERNET, Decides, Edge, Exit, Reason, Site, Way, of_set, premises, reason
from .world import FILTERS, INTERFACES, End, World

if TYPE_CHECKING:
    from .reachability import Reachability

VERSIONS = (4, 6)
# Addresses that the internet has routes to.
PUBLIC = {4: intervals.without(intervals.every(4), intervals.of_networks(SPECIAL)), 6: GLOBAL_UNICAST}
OUTSIDE = End(INTERNET, "", (), "", PUBLIC[4], PUBLIC[6])


class Departure(NamedTuple):
    """Packets that an end sends out at an exit. seen_as: their sources, as the other side sees them"""

    end: End
    sent: PacketSet
    seen_as: Intervals
    unknown: tuple[Reason, ...] = ()


def at_exit(reach: Reachability, source: Site, place: str, way: Way) -> Iterator[Edge]:
    """Yield what becomes of a site's packets at the exit of a way."""
    out = way.exit
    if out is None or out.kind == "gateway_endpoint":
        return  # An endpoint leads to a service of AWS, no site.
    try:
        if out.kind == "virtual_private_gateway":
            yield from _to_premises(reach, source, place, way, out)
        elif out.kind in TO_INTERNET:
            for one in departures(reach, source, place, way):
                answered = _answered(reach, place, way, out, one)
                by = (*way.hops, Decides(out.kind, out.id, "to the internet"))
                sent = of_set(one.sent)
                yield Edge(source, INTERNET, sent, of_set(answered), by, one.unknown, bool(firewalls_of(way)))
        else:
            says = f"{out.route or 'a route'} leads to {out.kind.replace('_', ' ')}, beyond which nothing is followed"
            # A target of a new kind has no id that is known.
            id_ = way.hops[-1].id if out.id in ("", "nowhere") and way.hops else out.id
            yield from lost(reach, source, way, Reason(id_, says, "another route, or a look by hand"))
    except Unknown as unknown:
        yield from lost(reach, source, way, reason(unknown))


def departures(reach: Reachability, source: Site, place: str, way: Way) -> list[Departure]:
    """Return what a site's ends send to the internet by a way. Raises Unknown."""
    key = (source, place, id(way))  # The world keeps its ways.
    if key not in reach.departures:
        reach.departures[key] = _departures(reach, source, place, way)
    return reach.departures[key]


def _departures(reach: Reachability, source: Site, place: str, way: Way) -> list[Departure]:
    out = way.exit
    if out is None or out.kind not in TO_INTERNET:
        return []
    found = []
    for end in reach.senders(source):
        if end.subnet_id != place or not end.of(way.version):
            continue
        carried = reach.carriage.by(way, end, OUTSIDE)
        for one in TO_INTERNET[out.kind](reach, way, out, end, carried.sure):
            # Of packets that are perhaps let through it isn't looked at what the gateway does with them.
            unknown = (*one.unknown, *(carried.unknown if not carried.more.is_empty else ()))
            if not one.sent.is_empty or unknown:
                found.append(one._replace(unknown=unknown))
    return found


def firewalls_of(way: Way) -> tuple[str, ...]:
    return way.firewalls or (way.nat.firewalls if way.nat else ())


def lost(reach: Reachability, source: Site, way: Way, why: Reason) -> Iterator[Edge]:
    """Yield unknown edges to all that the way's destinations are addresses of."""
    if intervals.both(way.destinations, PUBLIC[way.version]):
        yield Edge(source, INTERNET, unknown=(why,))
    for site in reach.sites:
        if intervals.both(way.destinations, reach.world.addresses_of(site, way.version)):
            yield Edge(source, site, unknown=(why,))


# ---- internet gateways


def attached(snapshot: Snapshot, vpc_id: str) -> list[str]:
    """Return the ids of a VPC's internet gateways. Raises Unknown."""
    place, _vpc = snapshot.vpcs[vpc_id]
    return [
        gateway["InternetGatewayId"]
        for gateway in snapshot.items("InternetGateways", place)
        if any(one["VpcId"] == vpc_id and one.get("State") in ATTACHED for one in gateway.get("Attachments", ()))
    ]


def supposed(reach: Reachability) -> bool:
    """Return true if ends are addresses that interfaces could have, with a public one, not those that they have."""
    world = reach.world
    return world.level != FILTERS or world.kind_of_ends != INTERFACES


def public_points(reach: Reachability, vpc_id: str, version: int) -> list[Point]:
    """Return the points of a VPC that the internet reaches by a public address."""
    return _public(reach.world).get((vpc_id, version), [])


@lru_cache(maxsize=2)
def _public(world: World) -> dict[tuple[str, int], list[Point]]:
    found: dict[tuple[str, int], list[Point]] = {}
    for point in (*world.lookups.points, *world.lookups.of_ipv6):
        if point.public is not None:
            found.setdefault((point.subnet["VpcId"], point.address.version), []).append(point)
    return found


def _by_internet_gateway(reach: Reachability, way: Way, out: Exit, end: End, sent: PacketSet) -> Iterator[Departure]:
    if out.id not in attached(reach.world.snapshot, out.vpc_id):
        return
    points = public_points(reach, out.vpc_id, way.version)
    if way.nat:
        numbers = way.nat.addresses
        public = [p for p in points if p.kind == "nat_gateway" and intervals.has(numbers, int(p.address))]
        nat = way.nat.subnet_id
        client = end.subnet_id if _vpc_of(reach, end.subnet_id) == out.vpc_id else nat
        if public and not _blocked(reach, Passage(out.vpc_id, out.id, nat, client, outbound_only=True)):
            yield Departure(end, sent, _publicly(public))
        return
    own = [p for p in points if p.kind != "nat_gateway" and intervals.has(end.of(way.version), int(p.address))]
    if not out.own or _blocked(reach, Passage(out.vpc_id, out.id, end.subnet_id, end.subnet_id)):
        return  # It translates addresses of its VPC's interfaces only.
    if supposed(reach) or not reach.sender_filters:
        yield Departure(end, sent, PUBLIC[way.version])
        return
    senders = intervals.merged((int(p.address), int(p.address)) for p in own)
    yield Departure(end, sent & packet_sets.box(way.version, senders), _publicly(own))


def _by_egress_only(reach: Reachability, way: Way, out: Exit, end: End, sent: PacketSet) -> Iterator[Departure]:
    """It serves its VPC: https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html"""
    blocked = Passage(out.vpc_id, out.id, end.subnet_id, end.subnet_id, outbound_only=True)
    if way.version == 6 and out.own and not _blocked(reach, blocked):
        own = sent & packet_sets.box(6, PUBLIC[6])
        yield Departure(end, own, own.sources())


def _by_nat(reach: Reachability, way: Way, out: Exit, end: End, sent: PacketSet) -> Iterator[Departure]:
    """Yield nothing but what isn't known: this NAT gateway has no address, or packets are of IPv6."""
    to_ipv4 = intervals.both(way.destinations, intervals.of_networks([NAT64]))
    if way.version == 6 and to_ipv4:
        why = Reason(out.id, f"what goes to {NAT64}, which stands for IPv4, isn't followed", "another route")
        yield Departure(end, packet_sets.empty(6), (), (why,))


def _by_regional_nat(reach: Reachability, way: Way, out: Exit, end: End, sent: PacketSet) -> Iterator[Departure]:
    """It sends on by a table of its own: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html"""
    snapshot = reach.world.snapshot
    nat = {one["NatGatewayId"]: one for one in snapshot.of_vpc("NatGateways", out.vpc_id)}[out.id]
    tables = {table["RouteTableId"]: table for table in snapshot.of_vpc("RouteTables", out.vpc_id)}
    table = tables.get(nat.get("RouteTableId", ""))
    if table is None or way.version != 4 or not out.own:
        unclear = "how a regional NAT gateway answers is known for IPv4, of its own VPC, and with its table"
        raise Unknown(out.id, unclear, "a zonal one")
    gateways = attached(snapshot, out.vpc_id)
    passed = packet_sets.joined(4, (packet_sets.box(4, protocol=BY_NAME[name]) for name in kinds.PASSED_BY_NAT))
    public = [a["PublicIp"] for a in nat.get("NatGatewayAddresses", ()) if a.get("PublicIp")]
    blocked = Passage(out.vpc_id, out.id, end.subnet_id, end.subnet_id, outbound_only=True)
    if not public or _blocked(reach, blocked):
        return
    for group in reach.world.forwarding.maps.of_table(table, 4):
        to = packet_sets.box(4, None, group.addresses)
        if group.unknown or any(route.get("GatewayId") not in (*gateways, "local") for route in group.routes):
            why = Reason(out.id, f"what its packets do at {group.says or 'a route'} isn't told", "a zonal one")
            yield Departure(end, packet_sets.empty(4), (), (why,))
        elif any(route.get("GatewayId") in gateways for route in group.routes):
            yield Departure(end, sent & passed & to, intervals.of_networks(map(_network, public)))


TO_INTERNET = {
    "internet_gateway": _by_internet_gateway,
    "egress_only_internet_gateway": _by_egress_only,
    "nat_gateway": _by_nat,
    "regional_nat_gateway": _by_regional_nat,
}


def _blocked(reach: Reachability, passage: Passage) -> bool:
    """Return true if VPC Block Public Access stops a packet. Raises Unknown."""
    return reach.world.lookups.blocked_access(passage) is not None


def blocked_inwards(reach: Reachability, vpc_id: str, gateway_id: str, subnet_id: str) -> bool:
    return _blocked(reach, Passage(vpc_id, gateway_id, subnet_id, subnet_id, inbound=True))


def _publicly(points: Iterable[Point]) -> Intervals:
    return intervals.merged((int(p.public), int(p.public)) for p in points if p.public is not None)


def _network(address: str) -> Network:
    return either(address)


def _vpc_of(reach: Reachability, subnet_id: str) -> str:
    return str(reach.world.subnets[subnet_id]["VpcId"]) if subnet_id in reach.world.subnets else ""


# ---- answers


def _answered(reach: Reachability, place: str, way: Way, out: Exit, one: Departure) -> PacketSet:
    """Return the packets whose answers come back: past inbound ACLs, and by the firewalls that the packets passed.

    Gateways of a VPC answer into the subnet of the interface, or of the NAT gateway, by their own route table if any.
    """
    last = way.nat.subnet_id if way.nat else place
    if last not in reach.world.subnets:
        return packet_sets.empty(way.version)
    back = reach.carriage.let_in(one.sent, last)
    edge = edge_targets(reach, out.vpc_id, out.id, reach.world.subnets[last])
    if edge != (frozenset(way.firewalls) or frozenset({"local"})):
        return packet_sets.empty(way.version)
    return reach.carriage.to_client(way, one.end, back) if way.nat else back


def edge_targets(reach: Reachability, vpc_id: str, gateway_id: str, subnet: Item) -> frozenset[str]:
    """Return where a gateway's own route table leads packets for a subnet's addresses; local without one."""
    for table in reach.world.snapshot.of_vpc("RouteTables", vpc_id):
        if any(one.get("GatewayId") == gateway_id for one in table.get("Associations", ())):
            found = set()
            for version in VERSIONS:
                own = reach.world.forwarding.blocks(subnet, version)
                for group in reach.world.forwarding.maps.of_table(table, version):
                    if intervals.both(own, group.addresses):
                        found |= {str(route.get("GatewayId", "another target")) for route in group.routes}
            return frozenset(found) or frozenset({"local"})
    return frozenset({"local"})


# ---- virtual private gateways


def _to_premises(reach: Reachability, source: Site, place: str, way: Way, out: Exit) -> Iterator[Edge]:
    """Yield what goes to a VPN or Direct Connect by a VPC's own gateway, which takes no packets of third networks.

    https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNRoutingTypes.html
    """
    if not out.own or way.nat:
        why = f"{out.route or 'a route'} brings packets of third networks to it, and no page tells what it does"
        raise Unknown(out.id, why, "packets of its own VPC")
    target = premises(out.id)
    everything = End(target, "", (), "", intervals.every(4), intervals.every(6))
    for end in reach.senders(source):
        if end.subnet_id == place and end.of(way.version):
            carried = reach.carriage.by(way, end, everything)
            back = reach.carriage.let_in(carried.sure, place)
            by = (*way.hops, *carried.by)
            inspected = bool(way.firewalls)
            yield Edge(source, target, of_set(carried.sure), of_set(back), by, carried.unknown, inspected)
