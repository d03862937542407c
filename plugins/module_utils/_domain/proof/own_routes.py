# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where packets of an account would get if its own route tables sent them to transit gateways, and over peerings.

Whoever has an account may write its VPCs' route tables, and modify its attachments: their subnets, support for IPv6.
So a pair that nothing but these keep apart isn't proven: the hub's tables lead there, or a peering does. What isn't
known on these ways isn't proven, either.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import product
from typing import NamedTuple

from ..network import kinds
from ..network.addresses import zone_of
from ..network.points import TRANSIT, Crossed
from ..network.snapshot import Item
from ..network.transit_gateway import may_pass
from . import intervals
from .intervals import Intervals
from .packet_sets import TooManyBoxes
from .reachability import VERSIONS, Reachability
from .steps import State
from .ways import PREMISES, Reason, Site, Way
from .world import End

# Exits beyond which private addresses reach no site; what others lead to isn't followed.
WITHOUT_SITES = ("internet_gateway", "egress_only_internet_gateway", "nat_gateway", "gateway_endpoint")


class Lost(NamedTuple):
    """Destinations of which it isn't known where they get. behind: see Way.behind"""

    version: int
    destinations: Intervals
    behind: str
    why: Reason


class Found(NamedTuple):
    """What an account reaches by its own routes. reached: {end: why}"""

    reached: dict[str, Reason]
    lost: list[Lost]


class OwnRoutes:
    """Pairs that the tables of transit gateways don't keep apart, worked out account by account.

    filtered: reachability with the filters of all but senders
    """

    def __init__(self, reach: Reachability, filtered: Reachability) -> None:
        self.reach, self.world, self.filtered = reach, reach.world, filtered
        self._owners = self.world.forwarding.transit.owners()
        self._of: dict[str, Found] = {}
        self._addresses: dict[tuple[str, int], Intervals] = {}

    def between(self, one: str, other: str) -> Reason | None:
        """Return why the tables of transit gateways don't keep an account from another end; None if they do."""
        return self._found(one).reached.get(other) or self._lost(one, other)

    def past(self, one: str, other: str) -> Reason | None:
        """Return why the filters on the way may let in what an account's own routes could lead to another end.

        None if they can't, as far as ways are known. The account's own filters don't count.
        """
        for source, way in self._ways_of(one):
            for end, there in self._destinations(one, way):
                if end == other and (way.premises or self._lets_in(source, way, other)):
                    return _reason(way, source.of(way.version), there)
        by_peering = (why for end, why in self._peers.get(one, ()) if end == other)
        return next(by_peering, None) or self._lost(one, other)

    def _lets_in(self, source: End, way: Way, other: str) -> bool:
        """Return false if filters let nothing of a way in to another account's ends, for certain."""
        for end in self.filtered.world.in_subnet.get(way.end, ()):
            if end.site.account_id == other:
                try:
                    carried = self.filtered.carriage.by(way, source, end)
                except TooManyBoxes:
                    return True
                if not (carried.sure.is_empty and carried.more.is_empty):
                    return True
        return False

    def _lost(self, one: str, other: str) -> Reason | None:
        return next((way.why for way in self._found(one).lost if self._meets(way, other)), None)

    def _found(self, account: str) -> Found:
        if account not in self._of:
            self._of[account] = self._find(account)
        return self._of[account]

    def _find(self, account: str) -> Found:
        found = Found({}, [])
        for source, way in self._ways_of(account):
            for end, there in self._destinations(account, way):
                if end not in found.reached:
                    found.reached[end] = _reason(way, source.of(way.version), there)
            unknown = way.unknown or _beyond(way)
            if unknown:
                found.lost.append(Lost(way.version, way.destinations, way.behind, unknown))
        for end, why in self._peers.get(account, ()):
            found.reached.setdefault(end, why)
        return found

    # ---- transit gateways

    @cached_property
    def _attachments(self) -> dict[str, list[Item]]:
        """{account: the attachments of its VPCs}"""
        found: dict[str, list[Item]] = {}
        for item in self.world.forwarding.transit.transit.vpc_attachments.values():
            vpc = self.world.snapshot.vpcs.get(item["VpcId"])
            if vpc and may_pass(item):
                owner = vpc[1].get("OwnerId") or vpc[0].account_id
                found.setdefault(str(owner), []).append(item)
        return found

    @cached_property
    def _subnets(self) -> dict[str, list[Item]]:
        """{VPC: its subnets}"""
        found: dict[str, list[Item]] = {}
        for subnet in self.world.subnets.values():
            found.setdefault(subnet["VpcId"], []).append(subnet)
        return found

    def _ways_of(self, account: str) -> Iterator[tuple[End, Way]]:
        """Yield (all addresses of an account's VPC, a way of what it sends into a transit gateway)."""
        for item in self._attachments.get(account, ()):
            subnets = self._subnets.get(item["VpcId"], [])
            v4, v6 = (
                intervals.merged(span for one in subnets for span in self.world.forwarding.blocks(one, version))
                for version in VERSIONS
            )
            for version, zone in product(VERSIONS, self._zones(item["VpcId"]) if subnets else ()):
                # A VPC without IPv6 may get a range at any time; of IPv4, its subnets have theirs.
                whole = Site(account, item["VpcId"], ""), subnets[0]["SubnetId"]
                source = End(*whole, (), "", v4, v6 or intervals.every(6))
                yield from ((source, way) for way in self._ways(item, zone, version) if source.of(version))

    def _zones(self, vpc_id: str) -> list[str]:
        """Return the zones of a VPC's subnets, and of its region's attachments: it may get subnets there, too."""
        own = {zone_of(one) for one in self._subnets.get(vpc_id, ())}
        return sorted(own | self._entered.get(self.world.snapshot.vpcs[vpc_id][0].region, set()))

    @cached_property
    def _entered(self) -> dict[str | None, set[str]]:
        """{region: zones in which transit gateways have a way into a VPC}"""
        found: dict[str | None, set[str]] = {}
        for item in (one for attachments in self._attachments.values() for one in attachments):
            zones = found.setdefault(self.world.snapshot.vpcs[item["VpcId"]][0].region, set())
            zones.update(zone_of(self.world.subnets[id_]) for id_ in item["SubnetIds"] if id_ in self.world.subnets)
        return found

    def _ways(self, item: Item, zone: str, version: int) -> Iterator[Way]:
        state = State(version, item["VpcId"], zone, left=Crossed(TRANSIT))
        return self.world.forwarding.transit.from_attachment(item, intervals.every(version), state)

    def _destinations(self, account: str, way: Way) -> Iterator[tuple[str, Intervals]]:
        """Yield (another end, what of it a way leads to)."""
        if way.premises:
            yield self._outside(way.premises), way.destinations
        for end in self.world.in_subnet.get(way.end, ()) if way.end else ():
            there = intervals.both(way.destinations, end.of(way.version))
            if there and end.site.account_id != account:
                yield end.site.account_id, there

    def _outside(self, attachment_id: str) -> str:
        """Return the end behind an attachment: the account of a VPC that wasn't read, or premises."""
        return self._owners.get(attachment_id) or f"{PREMISES}/{attachment_id}"

    # ---- what isn't known

    def _meets(self, lost: Lost, end: str) -> bool:
        if lost.behind and any(site.vpc_id == lost.behind for site in self._sites.get(end, ())):
            return True
        return bool(intervals.both(lost.destinations, self._addresses_of(end, lost.version)))

    @cached_property
    def _sites(self) -> dict[str, list[Site]]:
        """{end: its sites}"""
        found: dict[str, list[Site]] = {}
        for site in self.reach.sites:
            end = self._outside(site.tier) if site.account_id == PREMISES else site.account_id
            found.setdefault(end, []).append(site)
        return found

    def _addresses_of(self, end: str, version: int) -> Intervals:
        key = end, version
        if key not in self._addresses:
            spans = (span for site in self._sites.get(end, ()) for span in self.world.addresses_of(site, version))
            self._addresses[key] = intervals.merged(spans)
        return self._addresses[key]

    # ---- peerings

    @cached_property
    def _peers(self) -> dict[str, list[tuple[str, Reason]]]:
        """{account: (account that a peering of a VPC of it leads to, why), also of VPCs that weren't read}"""
        found: dict[str, list[tuple[str, Reason]]] = {}
        for _place, item in self.world.snapshot.every("VpcPeeringConnections"):
            sides = [item.get(side) or {} for side in ("RequesterVpcInfo", "AccepterVpcInfo")]
            state = item.get("Status", {}).get("Code")
            for one, other in () if state in kinds.PEERINGS_NOT_PASSING else (sides, sides[::-1]):
                owners = [self._owner(side) for side in (one, other)]
                if all(owners) and owners[0] != owners[1]:
                    keeps = f"only the sender's own route tables keep {one.get('VpcId')} from {other.get('VpcId')}"
                    why = Reason(item["VpcPeeringConnectionId"], f"it is {state}, and {keeps}", "no peering connection")
                    found.setdefault(owners[0], []).append((owners[1], why))
        return found

    def _owner(self, side: Item) -> str:
        vpc = self.world.snapshot.vpcs.get(side.get("VpcId", ""))
        return str(side.get("OwnerId") or (vpc and vpc[0].account_id) or "")


def _beyond(way: Way) -> Reason | None:
    """Return why it isn't known what gets beyond the way's exit; None if no site is there."""
    out = way.exit
    if out is None or out.kind in WITHOUT_SITES:
        return None
    says = f"{out.route or 'a route'} leads to {out.kind.replace('_', ' ')}, beyond which nothing is followed"
    return Reason(out.id, f"{says}; the hub's tables lead there", "another route, or a look by hand")


def _reason(way: Way, sent: Intervals, there: Intervals) -> Reason:
    first, last = (str(intervals.address(way.version, spans[0][0])) for spans in (sent, there))
    first = "a range that it may get" if sent == intervals.every(6) else first
    by = ", ".join(f"{hop.kind} {hop.id}: {hop.says}" for hop in way.hops)
    why = f"only the sender's own route tables keep back a packet from {first} to {last}, which this leads there: {by}"
    tables = [hop.id for hop in way.hops if hop.kind == "transit_gateway_route_table"]
    return Reason((tables or ["transit gateway"])[0], why, "no such route, or a blackhole, in the hub's tables")
