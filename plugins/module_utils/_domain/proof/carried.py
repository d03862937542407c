# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packets that a way carries from one end to another: its addresses, and all filters on it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, reduce
from typing import NamedTuple

from ..network import kinds
from ..network.snapshot import Item, Unknown
from . import intervals, packet_sets
from .filters import BY_NAME, Allowed, Side
from .packet_sets import ANY_PORT, PacketSet
from .ways import Decides, Reason, Way, reason
from .world import FILTERS, End, World

SENDER, BETWEEN, DESTINATION = "sender", "between", "destination"
Acls = tuple[tuple[str, bool], ...]


class Carried(NamedTuple):
    """Packets that a way carries. more: perhaps, in addition; unknown: why; by: filters; closed_by: who stops them"""

    sure: PacketSet
    more: PacketSet
    unknown: tuple[Reason, ...] = ()
    by: tuple[Decides, ...] = ()
    closed_by: str = ""


class Carriage:
    """Sets of ways in one world. sender_filters: false if the sender's own groups and ACLs don't count"""

    def __init__(self, world: World, sender_filters: bool) -> None:
        self.world, self.filters = world, world.filters
        self.sender_filters = sender_filters
        self._products: dict[tuple[int, ...], tuple[PacketSet, tuple[PacketSet, ...]]] = {}
        self._groups_of: dict[str, tuple[str, ...]] = {}
        self._takes: dict[tuple[str, str, int], Allowed] = {}

    def by(self, way: Way, source: End, destination: End) -> Carried:
        """Return the packets that go a way from one end to another."""
        version = way.version
        to = intervals.both(way.destinations, destination.of(version))
        base = packet_sets.box(version, source.of(version), to)
        nothing = packet_sets.empty(version)
        if base.is_empty:
            return Carried(nothing, nothing)
        if way.only is not None and way.nat is None:
            base &= way.only
        if self.world.level != FILTERS:
            passed = base & _of_nat(version) if way.nat else base
            return Carried(passed, nothing)
        parts = self._parts(way, source, destination)
        certain = self._product(version, *(allowed.sure for _who, allowed in parts))
        sure = base & certain
        unsure = [allowed for _who, allowed in parts if not allowed.more.is_empty]
        more = nothing
        if unsure:
            perhaps = self._product(version, *(allowed.sure | allowed.more for _who, allowed in parts))
            more = (base & perhaps) - sure
        unknown = tuple(one for allowed in unsure for one in allowed.unknown) if not more.is_empty else ()
        by = tuple(one for _who, allowed in parts for one in allowed.by)
        if not sure.is_empty:
            return Carried(sure, more, unknown, by)
        return Carried(sure, more, unknown, *self._closed(base, parts))

    def _closed(self, base: PacketSet, parts: list[tuple[str, Allowed]]) -> tuple[tuple[Decides, ...], str]:
        """Return the filters that stop all packets, and whose they are: the destination's, if these are enough."""
        for who in ((DESTINATION,), (DESTINATION, BETWEEN), (DESTINATION, BETWEEN, SENDER)):
            mine = [(whose, allowed) for whose, allowed in parts if whose in who]
            if (base & self._product(base.version, *(allowed.sure for _whose, allowed in mine))).is_empty:
                told = [allowed for whose, allowed in mine if whose == who[-1]]
                alone = [one for one in told if (base & one.sure).is_empty]
                return tuple(by for one in alone or told for by in one.by), who[-1]
        return (), SENDER

    def _product(self, version: int, *sets: PacketSet) -> PacketSet:
        """Return the packets that all sets have, worked out once for the same sets."""
        everything = packet_sets.full(version)
        by_id = {id(one): one for one in sets if one != everything}
        key = tuple(sorted(by_id))
        if not key:
            return everything
        if key not in self._products:
            ordered = sorted(by_id.values(), key=lambda one: len(one.boxes))
            # The sets are kept, so that no other one gets their ids.
            self._products[key] = reduce(lambda one, other: one & other, ordered), tuple(ordered)
        return self._products[key][0]

    # ---- filters of a way

    def _parts(self, way: Way, source: End, destination: End) -> list[tuple[str, Allowed]]:
        version, sender = way.version, self._side(source)
        receiver = Side(self._vpc_of(destination.subnet_id), destination.groups)
        found: list[tuple[str, Allowed]] = []
        if self.sender_filters and source.groups:
            found.append((SENDER, self._groups(sender, receiver, True, way)))
        if way.nat:
            found += self._acls(way.nat.acls, version, sender, receiver)
            found.append((BETWEEN, Allowed(_of_nat(version), packet_sets.empty(version))))
        beyond: list[tuple[str, Allowed]] = list(self._acls(way.acls, version, sender, receiver))
        seen_as = Side(self._vpc_of(way.nat.subnet_id), ()) if way.nat else sender
        if destination.groups:
            beyond.append((DESTINATION, self._groups(receiver, seen_as, False, way)))
        if destination.kind:
            beyond.append((DESTINATION, self._taken(destination, version)))
        if way.nat:
            numbers = way.nat.addresses
            beyond = [(who, _behind_nat(allowed, numbers)) for who, allowed in beyond]
        return [*found, *beyond]

    def _groups(self, own: Side, other: Side, egress: bool, way: Way) -> Allowed:
        crossed = way.left if egress else way.came
        version, everything = way.version, packet_sets.full(way.version)
        try:
            return self.filters.groups(own, other, egress, crossed, version)
        except Unknown as unknown:
            return Allowed(packet_sets.empty(version), everything, (reason(unknown),))

    def _acls(self, acls: Acls, version: int, sender: Side, receiver: Side) -> Iterable[tuple[str, Allowed]]:
        nothing = packet_sets.empty(version)
        for subnet_id, egress in acls:
            subnet = self.world.subnets[subnet_id]
            whose = {sender.vpc_id: SENDER, receiver.vpc_id: DESTINATION}
            who = DESTINATION if sender.vpc_id == receiver.vpc_id else whose.get(subnet["VpcId"], BETWEEN)
            if who == SENDER and not self.sender_filters:
                continue
            try:
                yield (
                    who,
                    Allowed(self.filters.acl(subnet, egress, version), nothing, (), (self._of_acl(subnet, egress),)),
                )
            except Unknown as unknown:
                yield who, Allowed(nothing, packet_sets.full(version), (reason(unknown),))

    def _of_acl(self, subnet: Item, egress: bool) -> Decides:
        acl_id = self.filters.acl_of(subnet)["NetworkAclId"]
        return Decides("network_acl", acl_id, f"{'outbound' if egress else 'inbound'} entries")

    def _taken(self, destination: End, version: int) -> Allowed:
        key = (destination.kind, destination.interface_id, version)
        if key not in self._takes:
            self._takes[key] = self._take(destination, version)
        return self._takes[key]

    def _take(self, destination: End, version: int) -> Allowed:
        point = next(iter(self.world.points_of(destination.interface_id)), None)
        try:
            if point and self.world.balancers.name_of(point):
                return self.filters.listened(self.world.balancers, point, version)
        except Unknown as unknown:
            return Allowed(packet_sets.empty(version), packet_sets.full(version), (reason(unknown),))
        return self.filters.taken(destination.kind, destination.interface_id, version)

    def _side(self, source: End) -> Side:
        """Return the sender as rules see it; in any group of its VPC, if its own filters don't count."""
        vpc_id = self._vpc_of(source.subnet_id)
        return Side(vpc_id, source.groups if self.sender_filters else self._every_group(vpc_id))

    def _every_group(self, vpc_id: str) -> tuple[str, ...]:
        if not self._groups_of:
            for _place, group in self.world.snapshot.every("SecurityGroups"):
                own = self._groups_of.setdefault(group.get("VpcId", ""), ())
                self._groups_of[group.get("VpcId", "")] = (*own, group["GroupId"])
        return self._groups_of.get(vpc_id, ())

    def _vpc_of(self, subnet_id: str) -> str:
        return str(self.world.subnets[subnet_id]["VpcId"]) if subnet_id else ""

    # ---- answers

    def answers(self, way: Way, source: End, sent: PacketSet) -> PacketSet:
        """Return those of the packets that a way has carried whose answer comes back, by the same firewalls.

        Groups let answers pass; network ACLs look at them.
        """
        start, end = source.subnet_id or source.site.tier, way.end or way.premises
        if way.nat is None or sent.is_empty:
            return self._answered(sent, end, way.firewalls, start)
        translated = self._answered(_sent_from(sent, way.nat.addresses), end, way.firewalls, way.nat.subnet_id)
        to_client = self._answered(sent, way.nat.subnet_id, way.nat.firewalls, start)
        return to_client & _from_anywhere(translated, way.nat.addresses)

    def let_in(self, sent: PacketSet, subnet_id: str) -> PacketSet:
        """Return those of the packets whose answers get from a gateway of the VPC into a subnet, past its ACL."""
        acls = self._sets(((subnet_id, False),), sent.version) if self.world.level == FILTERS else ()
        return (sent.reversed() & self._product(sent.version, *acls)).reversed()

    def let_out(self, sent: PacketSet, way: Way) -> PacketSet:
        """Return those of the packets whose answers leave by a way, past its ACLs."""
        answers = sent.reversed() & packet_sets.box(sent.version, None, way.destinations)
        acls = self._sets(way.acls, sent.version) if self.world.level == FILTERS else ()
        return (answers & self._product(sent.version, *acls)).reversed()

    def to_client(self, way: Way, source: End, sent: PacketSet) -> PacketSet:
        """Return those of the packets whose answers get from the way's NAT gateway to the sender."""
        if way.nat is None:
            return sent
        return self._answered(sent, way.nat.subnet_id, way.nat.firewalls, source.subnet_id)

    def _answered(self, sent: PacketSet, place: str, firewalls: tuple[str, ...], to: str) -> PacketSet:
        """Return those packets whose answers get from one place, a subnet or an attachment, to another."""
        version, found = sent.version, packet_sets.empty(sent.version)
        back, ways = sent.reversed(), self.world.ways(place, version)
        for way in (*ways.by_end.get(to, ()), *ways.by_premises.get(to, ())):
            if way.firewalls != firewalls[::-1] or way.nat:
                continue
            acls = self._sets(way.acls, version) if self.world.level == FILTERS else ()
            admitted = self._product(version, *acls)
            if way.only is not None:
                admitted &= way.only
            if admitted == packet_sets.full(version) and not intervals.without(sent.sources(), way.destinations):
                return sent
            answers = back & packet_sets.box(version, None, way.destinations) & admitted
            found |= answers.reversed()
        return found

    def _sets(self, acls: Acls, version: int) -> Iterable[PacketSet]:
        for subnet_id, egress in acls:
            try:
                yield self.filters.acl(self.world.subnets[subnet_id], egress, version)
            except Unknown:
                yield packet_sets.empty(version)


@cache
def _of_nat(version: int) -> PacketSet:
    passed = (packet_sets.box(version, protocol=BY_NAME[name]) for name in kinds.PASSED_BY_NAT)
    return packet_sets.joined(version, passed)


def _sent_from(sent: PacketSet, addresses: intervals.Intervals) -> PacketSet:
    """Return packets as a NAT gateway sends them on: from its addresses, and any port."""
    found = packet_sets.empty(sent.version)
    for one in sent.boxes:
        for numbers in addresses:
            found |= PacketSet(sent.version, (one._replace(source=numbers, source_ports=ANY_PORT),))
    return found


def _from_anywhere(one: PacketSet, addresses: intervals.Intervals) -> PacketSet:
    """Return what a filter beyond a NAT gateway lets through, as packets before it: from any address and port."""
    everywhere = packet_sets.full(one.version).boxes[0].source
    inside = one & packet_sets.box(one.version, addresses)
    boxes = (box._replace(source=everywhere, source_ports=ANY_PORT) for box in inside.boxes)
    return packet_sets.joined(one.version, (PacketSet(one.version, (box,)) for box in boxes))


def _behind_nat(allowed: Allowed, addresses: intervals.Intervals) -> Allowed:
    sure = _from_anywhere(allowed.sure, addresses)
    return allowed._replace(sure=sure, more=_from_anywhere(allowed.more, addresses) - sure)
