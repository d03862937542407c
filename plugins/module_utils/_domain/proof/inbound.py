# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packets that come into VPCs from the internet and by virtual private gateways, and between VPCs by the internet."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

from ..network.addresses import Point
from ..network.points import INTERNET as FROM_INTERNET
from ..network.points import NOT_KNOWN, Crossed
from ..network.snapshot import Item, Unknown
from . import exits, intervals, packet_sets
from .exits import OUTSIDE, VERSIONS
from .intervals import Intervals
from .packet_sets import PacketSet
from .ways import INTERNET, Decides, Edge, Flow, Reason, Sets, Site, Way, of_set, premises, reason
from .world import End

if TYPE_CHECKING:
    from .reachability import Reachability

ATTACHED = ("attached", "attaching", None)
FIREWALL = "vpce-"


def from_internet(reach: Reachability) -> Iterator[Edge]:
    """Yield what the internet sends to public addresses of VPCs."""
    for site, end in _ends(reach):
        subnet = reach.world.subnets[end.subnet_id]
        try:
            for gateway_id in exits.attached(reach.world.snapshot, site.vpc_id):
                for version in VERSIONS:
                    yield from list(_into(reach, gateway_id, subnet, end, version))
        except Unknown as unknown:
            yield Edge(INTERNET, site, unknown=(reason(unknown),))


def _ends(reach: Reachability) -> Iterator[tuple[Site, End]]:
    for site in reach.sites:
        if site.vpc_id in reach.world.snapshot.vpcs:
            yield from ((site, end) for end in reach.world.ends_of(site))


def _into(reach: Reachability, gateway_id: str, subnet: Item, end: End, version: int) -> Iterator[Edge]:
    """Yield what an internet gateway sends to an end, as far as VPC Block Public Access lets it. Raises Unknown."""
    to = _reached(reach, gateway_id, subnet, end, version)
    if not to:
        return
    vpc_id, subnet_id = subnet["VpcId"], subnet["SubnetId"]
    led = exits.edge_targets(reach, vpc_id, gateway_id, subnet)
    odd = sorted(target for target in led if target != "local" and not target.startswith(FIREWALL))
    if odd:
        why = Reason(gateway_id, f"its route table leads to {', '.join(odd)}, whose packets aren't followed", "local")
        yield Edge(INTERNET, end.site, unknown=(why,))
        return
    if not exits.blocked_inwards(reach, vpc_id, gateway_id, subnet_id):
        way = Way(version, to, end=subnet_id, acls=((subnet_id, False),), came=Crossed(FROM_INTERNET))
        carried = reach.carriage.by(way, OUTSIDE, end)
        back = _answered(reach, carried.sure, subnet_id, gateway_id)
        by = (Decides("internet_gateway", gateway_id, f"to public addresses of {subnet_id}"), *carried.by)
        inspected = led != frozenset({"local"})
        yield Edge(INTERNET, end.site, of_set(carried.sure), of_set(back), by, carried.unknown, inspected)


def _reached(reach: Reachability, gateway_id: str, subnet: Item, end: End, version: int) -> Intervals:
    """Return the private addresses of an end that the internet reaches by public ones.

    Where ends are supposed, those of a subnet with a route to the gateway, too: they may get a public one.
    """
    own = end.of(version)
    if not own:
        return ()
    if exits.supposed(reach) and any(
        way.exit and way.exit.id == gateway_id and not way.nat
        for way in reach.world.ways(subnet["SubnetId"], version).exits
    ):
        return own
    points = exits.public_points(reach, subnet["VpcId"], version)
    return intervals.both(own, intervals.merged((int(p.address), int(p.address)) for p in points))


def _answered(reach: Reachability, sent: PacketSet, subnet_id: str, gateway_id: str) -> PacketSet:
    """Return the packets whose answers go back by the gateway that they came in by."""
    found = packet_sets.empty(sent.version)
    for way in reach.world.ways(subnet_id, sent.version).exits:
        if way.exit and way.exit.id == gateway_id and not way.nat:
            found |= reach.carriage.let_out(sent, way)
    return found


# ---- virtual private gateways


def from_gateways(reach: Reachability) -> Iterator[Edge]:
    """Yield what VPNs and Direct Connect send into VPCs by their virtual private gateways."""
    for _place, gateway in reach.world.snapshot.every("VpnGateways"):
        vpcs = {one["VpcId"] for one in gateway.get("VpcAttachments", ()) if one.get("State") in ATTACHED}
        for (site, end), version in product(_ends(reach), VERSIONS):
            if site.vpc_id in vpcs and end.of(version):
                try:
                    yield _by_gateway(reach, gateway["VpnGatewayId"], end, version)
                except Unknown as unknown:
                    yield Edge(premises(gateway["VpnGatewayId"]), site, unknown=(reason(unknown),))


def _by_gateway(reach: Reachability, id_: str, end: End, version: int) -> Edge:
    """Return what a gateway sends to an end. Raises Unknown."""
    site, subnet_id = end.site, end.subnet_id
    led = exits.edge_targets(reach, site.vpc_id, id_, reach.world.subnets[subnet_id])
    if led != frozenset({"local"}):
        raise Unknown(id_, f"its route table leads to {', '.join(sorted(led))}", "local")
    outside = End(premises(id_), "", (), "", intervals.every(4), intervals.every(6))
    came = Crossed(NOT_KNOWN)
    way = Way(version, end.of(version), end=subnet_id, acls=((subnet_id, False),), came=came)
    carried = reach.carriage.by(way, outside, end)
    back = _answered(reach, carried.sure, subnet_id, id_)
    by = (Decides("virtual_private_gateway", id_, f"into {site.vpc_id}"), *carried.by)
    return Edge(premises(id_), site, of_set(carried.sure), of_set(back), by, carried.unknown)


# ---- from one VPC to another by the internet


def by_internet(reach: Reachability) -> Iterator[Edge]:
    """Yield what sites send to public addresses of other sites, out by one gateway and in by another."""
    into: dict[Site, list[Edge]] = {}
    for edge in from_internet(reach):
        # Where nothing has a public address yet, nothing is reached by one.
        if not edge.forward.is_empty and any(exits.public_points(reach, edge.destination.vpc_id, v) for v in VERSIONS):
            into.setdefault(edge.destination, []).append(edge)
    if not into:
        return
    reached = _reached_points(reach, into)
    for source in reach.sites:
        for place, version in product(reach.places(source), VERSIONS):
            for way in reach.world.ways(place, version).exits:
                try:
                    departures = exits.departures(reach, source, place, way)
                except Unknown as unknown:
                    yield from (Edge(source, site, unknown=(reason(unknown),)) for site in into if site != source)
                    continue
                for one in departures:
                    if not one.sent.is_empty:
                        yield from _to_others(source, way, one, reached[version])


def _reached_points(
    reach: Reachability, into: dict[Site, list[Edge]]
) -> dict[int, list[tuple[Site, Edge, Point, PacketSet]]]:
    """Return {IP version: (site, edge, point with a public address, what the edge brings to it from anywhere)}."""
    found: dict[int, list[tuple[Site, Edge, Point, PacketSet]]] = {version: [] for version in VERSIONS}
    for (site, edges), version in product(into.items(), VERSIONS):
        for edge, point in product(edges, exits.public_points(reach, site.vpc_id, version)):
            to = packet_sets.box(version, None, ((int(point.address),) * 2,))
            admitted = (edge.forward.v4 if version == 4 else edge.forward.v6) & to
            if point.public is not None and not admitted.is_empty:
                found[version].append((site, edge, point, admitted))
    return found


def _to_others(
    source: Site, way: Way, one: exits.Departure, reached: list[tuple[Site, Edge, Point, PacketSet]]
) -> Iterator[Edge]:
    version, seen_as = way.version, packet_sets.box(way.version, one.seen_as)
    for site, edge, point, admitted in reached:
        for box in (admitted & seen_as).boxes if site != source else ():
            to = ((int(point.public or 0),) * 2,)
            asked = packet_sets.box(version, None, to, None, packet_sets.ANY_PORT, box.ports)
            some = PacketSet(version, tuple(b._replace(protocol=box.protocol) for b in asked.boxes))
            sent = of_set(one.sent & some)
            if not sent.is_empty:
                by = (*way.hops, *edge.decides)
                yield Edge(source, site, sent, sent, by, inspected=edge.inspected or bool(way.firewalls))


# ---- all of them together


def by_gateways(reach: Reachability, site: Site) -> Iterator[tuple[Site, Flow]]:
    """Yield what gets to a site by gateways of its VPC: from the internet, from others by the internet, from VPNs.

    Destinations are private addresses of interfaces, as the gateways translate public ones.
    """
    for edge in _by_gateways(reach).get(site, ()):
        yield edge.source, Flow(edge.forward, edge.answered, decides=edge.decides, unknown=edge.unknown)


@lru_cache(maxsize=2)
def _by_gateways(reach: Reachability) -> dict[Site, list[Edge]]:
    found: dict[Site, list[Edge]] = {}
    for ways in (from_internet, from_gateways, by_internet):
        for edge in ways(reach):
            found.setdefault(edge.destination, []).append(_inside(reach, edge))
    return found


def _inside(reach: Reachability, edge: Edge) -> Edge:
    """Return an edge with its packets to public addresses as those to the interfaces that have them."""
    sets = []
    for version, packets in ((4, edge.forward.v4), (6, edge.forward.v6)):
        private = [
            PacketSet(version, (box._replace(destination=(int(point.address),) * 2),))
            for point in exits.public_points(reach, edge.destination.vpc_id, version)
            if point.public not in (None, point.address)
            for box in (packets & packet_sets.box(version, None, ((int(point.public or 0),) * 2,))).boxes
        ]
        sets.append(packets | packet_sets.joined(version, private))
    forward = Sets(*sets)
    return edge._replace(forward=forward, answered=edge.answered if edge.answered.is_empty else forward)
