# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which packets AWS's forwarding carries between the sites of a snapshot, exactly, and what isn't known of it.

Level `routes`: between all addresses of subnets, whatever filters say. Level `filters`: between interfaces, or between
those that could be there, as far as network ACLs and security groups of both ends let packets through. Flows are worked
out when they are asked for; ways of a subnet, and products of filters that are alike, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple, Protocol

from ..network.snapshot import Snapshot
from . import edges as beyond
from . import intervals, packet_sets
from .carried import Carriage, Carried
from .packet_sets import PacketSet, TooManyBoxes
from .ways import ANYWHERE, INTERNET, PREMISES, Decides, Edge, Flow, Reason, Sets, Site, Way, of_set
from .world import FILTERS, GROUPS, INTERFACES, ROUTES, End, World

VERSIONS = (4, 6)
# Who stops packets, apart from those of carried.py: routes; at level filters also that there is no interface.
BY_ROUTES, NOTHING_SENDS, NOTHING_TAKES = "routes", "nothing_sends", "nothing_takes"


class Passage(NamedTuple):
    """Way from an end, and what it carries."""

    way: Way
    source: End
    carried: Carried


class Edges(Protocol):
    """Ways beyond routes of VPCs, as edges.py finds them."""

    def at_exit(self, reach: Reachability, source: Site, place: str, way: Way) -> Iterable[Edge]:
        """Return what becomes of packets of a site at the exit of a way that starts in a place."""

    def further(self, reach: Reachability) -> Iterable[Edge]:
        """Return the ways that no route of a sender's VPC shows."""


def compute(
    snapshot: Snapshot,
    level: str = ROUTES,
    ends: str = INTERFACES,
    sender_filters: bool = True,
    edges: Edges = beyond,
) -> Reachability:
    """Return who reaches whom in a snapshot.

    ends: interfaces, or (level filters) groups: one that could be there in each subnet for each group of its VPC
    sender_filters: false if senders may change their own groups and ACLs, and send from any address of their subnets
    """
    return Reachability(World(snapshot, level, ends), edges, sender_filters)


class Reachability:
    """Flows between the sites of a world."""

    def __init__(self, world: World, edges: Edges, sender_filters: bool) -> None:
        self.world, self.level, self.edges = world, world.level, edges
        self.sender_filters = sender_filters
        self.carriage = Carriage(world, sender_filters)
        self._flows: dict[tuple[Site, Site], Flow] = {}
        self._further: dict[Site, dict[Site, list[Edge]]] | None = None
        self._of_site: dict[Site, dict[Site, list[Edge]]] = {}
        self._senders: dict[Site, list[End]] = {}
        # Of exits.departures, which more than one question is about.
        self.departures: dict[tuple[Site, str, int], list[Any]] = {}
        self._towards: dict[Site, list[tuple[Site, Flow]]] = {}
        self._sources: dict[str, dict[int, None]] = {}

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        return tuple(self.world.ends)

    def sites_of(self, account_id: str) -> tuple[Site, ...]:
        return tuple(site for site in self.world.ends if site.account_id == account_id)

    # ---- flows

    def between(self, a: Site, b: Site) -> Flow:
        """Return the flow from one site to another."""
        if (a, b) not in self._flows:
            flow = self.direct(a, b)
            for edge in self._edges(a, b):
                flow = _with(flow, edge)
            self._flows[a, b] = flow
        return self._flows[a, b]

    def direct(self, a: Site, b: Site) -> Flow:
        """Return the flow by routes of the sender's VPC, without what lies beyond them."""
        try:
            return self._direct(a, b)
        except TooManyBoxes as many:
            why = f"the packets to {b} can't be worked out: {many}"
            return Flow(unknown=(Reason(str(a), why, "fewer rules, or addresses next to each other"),))

    def _direct(self, a: Site, b: Site) -> Flow:
        flow = Flow()
        stops: dict[Decides, str] = {}
        for version in VERSIONS:
            found = list(self._carried(a, b, version))
            flow = self._add(flow, version, found, stops)
            flow = flow._replace(unknown=(*flow.unknown, *self._unknown(a, b, version)))
        flow = flow._replace(unknown=tuple(dict.fromkeys(flow.unknown)))
        if not flow.forward.is_empty:
            return flow
        if not stops:
            stops = dict(self._stops(a, b))
        return flow._replace(decides=tuple(stops), closed_by=frozenset(stops.values()) or frozenset({BY_ROUTES}))

    def _add(self, flow: Flow, version: int, found: list[Passage], stops: dict[Decides, str]) -> Flow:
        """Return a flow with the packets of an IP version. stops: gets the filters that stop them"""
        forward = answered = inspected = bare = packet_sets.empty(version)
        decides, back, unknown = dict.fromkeys(flow.decides), dict.fromkeys(flow.back), list(flow.unknown)
        for way, source, carried in found:
            unknown += carried.unknown
            if carried.sure.is_empty:
                stops.update(dict.fromkeys(carried.by, carried.closed_by))
                continue
            forward |= carried.sure
            passed = way.firewalls or (way.nat.firewalls if way.nat else ())
            inspected, bare = (inspected | carried.sure, bare) if passed else (inspected, bare | carried.sure)
            answered |= self.carriage.answers(way, source, carried.sure)
            decides.update(dict.fromkeys((*way.hops, *carried.by)))
            back.update(dict.fromkeys(self._back(way, source)))
        return Flow(
            flow.forward | of_set(forward),
            flow.answered | of_set(answered),
            flow.inspected | of_set(inspected - bare),
            tuple(unknown),
            tuple(decides),
            tuple(back),
        )

    def _back(self, way: Way, source: End) -> Iterator[Decides]:
        """Yield what leads the answers of a way back."""
        ways = self.world.ways(way.end or way.premises, way.version)
        start = way.nat.subnet_id if way.nat else source.subnet_id or source.site.tier
        for one in (*ways.by_end.get(start, ()), *ways.by_premises.get(start, ())):
            yield from one.hops

    def _carried(self, a: Site, b: Site, version: int) -> Iterator[Passage]:
        """Yield the ways from one site to another, with what they carry between each two of their ends."""
        receivers: dict[str, list[End]] = {}
        for end in self.world.ends_of(b):
            if end.of(version):
                receivers.setdefault(end.subnet_id, []).append(end)
        for source in self.senders(a):
            if not source.of(version):
                continue
            ways = self.world.ways(source.subnet_id or a.tier, version)
            if b.account_id == PREMISES:
                for end in receivers.get("", ())[:1]:
                    yield from self._to_premises(ways.by_premises.get(b.tier, ()), source, end)
                continue
            for subnet_id, ends in receivers.items():
                for way in ways.by_end.get(subnet_id, ()):
                    for destination in ends:
                        yield Passage(way, source, self.carriage.by(way, source, destination))

    def _to_premises(self, ways: Iterable[Way], source: End, end: End) -> Iterator[Passage]:
        for way in ways:
            yield Passage(way, source, self.carriage.by(way, source, end))

    def senders(self, a: Site) -> list[End]:
        """Return the ends that a site sends from; whole subnets, if its own filters don't count."""
        if a not in self._senders:
            found = [end for end in self.world.ends_of(a) if end.starts]
            if not self.sender_filters and self.level == FILTERS and a.account_id != PREMISES:
                found = self._whole(a)
            self._senders[a] = found
        return self._senders[a]

    def _whole(self, a: Site) -> list[End]:
        mine = [s for s in self.world.subnets.values() if self.world.site_of(s, a.account_id) == a]
        usable = [(s["SubnetId"], [self.world.usable(s, version) for version in VERSIONS]) for s in mine]
        # Its NAT gateways' apart, since the tracer follows others rather: it may send from these, too.
        nats = [(s["SubnetId"], [found, ()]) for s in mine if (found := self.world.of_nats(s))]
        return [End(a, subnet_id, (), "", v4, v6) for subnet_id, (v4, v6) in (*usable, *nats)]

    def places(self, a: Site) -> list[str]:
        """Return the subnets that a site sends from, or the attachment that it is behind."""
        if a.account_id == PREMISES:
            return [a.tier] if a in self.world.ends else []
        return list(dict.fromkeys(end.subnet_id for end in self.senders(a)))

    def _starts_of(self, a: Site) -> list[tuple[str, int]]:
        """Return (place that a site sends from, IP version of which it has addresses there)."""
        if a.account_id == PREMISES:
            return list(product(self.places(a), VERSIONS))
        ends = self.senders(a)
        return list(dict.fromkeys((end.subnet_id, version) for version in VERSIONS for end in ends if end.of(version)))

    # ---- what stops packets, what isn't known

    def _stops(self, a: Site, b: Site) -> Iterator[tuple[Decides, str]]:
        """Yield (what drops all that one site sends to the addresses of the other, who stops it)."""
        for site, who in ((a, NOTHING_SENDS), (b, NOTHING_TAKES)):
            ends = self.senders(a) if site is a else self.world.ends_of(b)
            if not any(end.of(version) for end in ends for version in VERSIONS):
                yield Decides("site", str(site), "no interface there"), who
        for place, version in self._starts_of(a):
            wanted = self.world.addresses_of(b, version)
            ways = self.world.ways(place, version)
            for way in (*ways.stops, *ways.exits) if wanted else ():
                if intervals.both(way.destinations, wanted):
                    yield way.stop or _of_exit(way), BY_ROUTES

    def _unknown(self, a: Site, b: Site, version: int) -> Iterator[Reason]:
        yield from (self.world.unread[site] for site in (a, b) if site in self.world.unread)
        wanted = self.world.addresses_of(b, version)
        for place in (place for place, of_version in self._starts_of(a) if of_version == version):
            for way in self.world.ways(place, version).unknown:
                behind = bool(way.behind) and way.behind == b.vpc_id
                if way.unknown and wanted and (behind or intervals.both(way.destinations, wanted)):
                    yield way.unknown

    # ---- pairs

    def open_pairs(self) -> Iterator[tuple[Site, Site]]:
        """Yield the pairs of different sites from one of which packets get to the other."""
        for a in self._starts():
            for b in self._candidates(a):
                if a != b and (self._is_open(a, b) or not self.between(a, b).forward.is_empty):
                    yield a, b

    def _starts(self) -> list[Site]:
        """Return the sites, and the ends of edges that are none, such as the internet."""
        beyond_them = (site for site in self._all_further() if site != ANYWHERE)
        return list(dict.fromkeys((*self.sites, INTERNET, *beyond_them)))

    def _is_open(self, a: Site, b: Site) -> bool:
        """Return true if it is easily told that packets get from one site to another, and nothing else is asked."""
        if self.level != ROUTES:
            return False
        if any(not edge.forward.is_empty for edge in self._edges(a, b)):
            return True
        for source in self.senders(a) if b.account_id != PREMISES else ():
            for version in VERSIONS:
                ways = self.world.ways(source.subnet_id or a.tier, version).by_end
                for end in self.world.ends_of(b) if source.of(version) else ():
                    for way in ways.get(end.subnet_id, ()):
                        if not way.only and not way.nat and intervals.both(way.destinations, end.of(version)):
                            return True
        return False

    def _candidates(self, a: Site) -> list[Site]:
        """Return the sites that ways from a site lead to."""
        found: dict[Site, None] = {}
        for place, version in self._starts_of(a):
            ways = self.world.ways(place, version)
            for subnet_id in ways.by_end:
                found.update((end.site, None) for end in self.world.in_subnet.get(subnet_id, ()))
            found.update((Site(PREMISES, "", id_), None) for id_ in ways.by_premises)
        found.update((b, None) for b in self._edges_of(a) if b != ANYWHERE)
        found.update((b, None) for b in self._all_further().get(a, ()) if b != ANYWHERE)
        return list(found)

    def towards(self, b: Site) -> list[tuple[Site, Flow]]:
        """Return the sites whose own routes may lead to a site with subnets, or of which that isn't known, and how."""
        if b not in self._towards:
            leading = self._leading()
            found = {at for end in self.world.ends_of(b) for at in leading.get(end.subnet_id, ())}
            found.update(range(len(self.sites)) if b in self.world.unread else leading[""])
            # The last one only, for who asks about each interface of a site.
            self._towards = {b: [(self.sites[at], self.direct(self.sites[at], b)) for at in sorted(found)]}
        return self._towards[b]

    def _leading(self) -> dict[str, dict[int, None]]:
        """Return {subnet: numbers of the sites that have a way there}; "": of those with a way that isn't known."""
        if not self._sources:
            self._sources[""] = {}
            for at, a in enumerate(self.sites):
                for ways in (self.world.ways(*start) for start in self._starts_of(a)):
                    unsure = [""] if ways.unknown else []
                    for place in (*ways.by_end, *unsure):
                        self._sources.setdefault(place, {})[at] = None
                if a in self.world.unread:
                    self._sources[""][at] = None
        return self._sources

    def unknown_pairs(self) -> Iterator[tuple[Site, Site]]:
        """Yield the pairs of different sites of which something isn't known."""
        for a in self._starts():
            unread = a in self.world.unread
            anything = unread or any(self.world.ways(*start).unknown for start in self._starts_of(a))
            anywhere = ANYWHERE in self._all_further().get(a, ()) or ANYWHERE in self._all_further()
            some = dict.fromkeys((*self._candidates(a), *self.world.unread))
            for b in (*self.sites, INTERNET) if anything or anywhere else some:
                if a != b and self._is_unknown(a, b):
                    yield a, b

    def _is_unknown(self, a: Site, b: Site) -> bool:
        """Return true if something isn't known of a pair; by routes alone, without its packets."""
        if self.level != ROUTES:
            return bool(self.between(a, b).unknown)
        edges = any(edge.unknown for edge in self._edges(a, b))
        return edges or any(True for version in VERSIONS for _reason in self._unknown(a, b, version))

    def tables_of(self, site: Site) -> tuple[Decides, ...]:
        """Return the route tables that decide about what a site sends, to group its pairs that are closed."""
        found: dict[Decides, None] = {}
        for place in self.places(site):
            for way in self.world.ways(place, 4).stops:
                if way.stop:
                    found[way.stop] = None
        return tuple(found)

    # ---- edges

    def _edges(self, a: Site, b: Site) -> Iterator[Edge]:
        for source in (a, ANYWHERE):
            for destination in (b, ANYWHERE):
                yield from self._all_further().get(source, {}).get(destination, ())
                if source == a:
                    yield from self._edges_of(a).get(destination, ())

    def _edges_of(self, a: Site) -> dict[Site, list[Edge]]:
        if a not in self._of_site:
            found: dict[Site, list[Edge]] = {}
            self._of_site[a] = found
            for place, version in self._starts_of(a):
                for way in self.world.ways(place, version).exits:
                    for edge in self.edges.at_exit(self, a, place, way):
                        found.setdefault(edge.destination, []).append(edge)
        return self._of_site[a]

    def _all_further(self) -> dict[Site, dict[Site, list[Edge]]]:
        if self._further is None:
            self._further = {}
            for edge in self.edges.further(self):
                self._further.setdefault(edge.source, {}).setdefault(edge.destination, []).append(edge)
        return self._further


def _of_exit(way: Way) -> Decides:
    out = way.exit
    return Decides(out.kind, out.id, "it leads elsewhere") if out else Decides("", "", "")


def _with(flow: Flow, edge: Edge) -> Flow:
    """Return a flow with the packets of an edge."""
    is_new = not edge.forward.is_empty
    was_empty = flow.forward.is_empty
    # What passes a firewall on one way, and none on another, isn't inspected.
    bare = edge.forward if not edge.inspected else Sets()
    inspected = (flow.inspected - bare) | (edge.forward - (flow.forward - flow.inspected) if edge.inspected else Sets())
    decides = edge.decides if is_new and was_empty else (*flow.decides, *(edge.decides if is_new or was_empty else ()))
    return Flow(
        flow.forward | edge.forward,
        flow.answered | edge.answered,
        inspected,
        tuple(dict.fromkeys((*flow.unknown, *edge.unknown))),
        tuple(dict.fromkeys(decides)),
        flow.back,
        frozenset() if is_new else flow.closed_by,
    )


__all__ = ["FILTERS", "GROUPS", "INTERFACES", "ROUTES", "PacketSet", "Reachability", "compute"]
