# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ends of flows in a snapshot: the sites, and what sends and takes packets in their subnets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple

from ..network import kinds
from ..network.addresses import Point
from ..network.packet_filters import Address
from ..network.points import Lookups
from ..network.snapshot import Item, Snapshot, Unknown
from ..values.tags import OWN
from . import intervals
from .filters import Filters
from .forwarding import Forwarding
from .intervals import Intervals
from .ways import PREMISES, Reason, Site, Way, premises

ROUTES, FILTERS = "routes", "filters"
INTERFACES, GROUPS = "interfaces", "groups"
# Interfaces that start no connections of their own.
START_NONE = ("vpc_endpoint", "nat_gateway", "natGateway", "transit_gateway", "gateway_load_balancer_endpoint")
# Interfaces without groups that end no connections: AWS forwards by them, or says that they take nothing.
TAKE_NONE = (*START_NONE[1:], "gateway_load_balancer", *kinds.ACCEPT_NO_INBOUND)
NAME = OWN[1]


class End(NamedTuple):
    """Addresses of a site in one subnet that filters treat alike. kind: of the interfaces; "": whatever has them

    interface_id: of one of them, "" if it needs none
    """

    site: Site
    subnet_id: str
    groups: tuple[str, ...]
    kind: str
    v4: Intervals
    v6: Intervals
    interface_id: str = ""

    def of(self, version: int) -> Intervals:
        return self.v4 if version == 4 else self.v6

    @property
    def starts(self) -> bool:
        return self.kind not in START_NONE


class Ways(NamedTuple):
    """Ways from one place, by their end. by_end: {subnet: ...}; by_premises: {attachment: ...}"""

    by_end: dict[str, list[Way]]
    by_premises: dict[str, list[Way]]
    stops: list[Way]
    unknown: list[Way]
    exits: list[Way]


class World:
    """Sites of a snapshot, their ends and the ways between. ends: interfaces that are there, or one for each group

    of a VPC, in each subnet, as somebody could create them. At the level of routes: all addresses of subnets.
    """

    def __init__(self, snapshot: Snapshot, level: str, ends: str) -> None:
        self.snapshot, self.level, self.kind_of_ends = snapshot, level, ends
        self.lookups = Lookups(snapshot)
        self.forwarding = Forwarding(self.lookups)
        self.filters = Filters(self.lookups)
        self.balancers = self.forwarding.tracer.walk.relays.balancers
        self._ways: dict[tuple[str, int], Ways] = {}
        self._addresses: dict[tuple[Site, int], Intervals] = {}

    # ---- subnets

    @property
    def subnets(self) -> dict[str, Item]:
        return self.forwarding.subnets

    def tier_of(self, subnet: Item) -> str:
        """Return the tier of a subnet: of its name in this project, else its name, else its id."""
        tags = {tag["Key"]: tag.get("Value", "") for tag in subnet.get("Tags", ())}
        own = str(tags.get(NAME, "")).partition(".")[0]
        return own or str(tags.get("Name") or subnet["SubnetId"])

    @cached_property
    def _accounts(self) -> dict[str, list[str]]:
        """{subnet: accounts that may have interfaces in it, its owner first}: RAM shares subnets with others."""
        found: dict[str, list[str]] = {}
        for place, subnet in self.snapshot.every("Subnets"):
            mine = found.setdefault(subnet["SubnetId"], [self.owner_of(subnet)])
            if place.account_id and place.account_id not in mine:
                mine.append(place.account_id)
        for item in self.lookups.interfaces.values():
            owner, mine = item.get("OwnerId"), found.get(item["SubnetId"], [])
            if owner and owner not in mine and owner.isdigit():
                mine.append(owner)
        return found

    def owner_of(self, subnet: Item) -> str:
        found = self.snapshot.vpcs.get(subnet["VpcId"])
        of_vpc = (found[1].get("OwnerId") or found[0].account_id) if found else None
        return str(subnet.get("OwnerId") or of_vpc or "")

    def site_of(self, subnet: Item, account_id: str = "") -> Site:
        return Site(account_id or self.owner_of(subnet), subnet["VpcId"], self.tier_of(subnet))

    # ---- ends

    @cached_property
    def ends(self) -> dict[Site, list[End]]:
        """{site: its ends}, also of sites that have none."""
        found: dict[Site, list[End]] = {}
        for subnet_id, accounts in sorted(self._accounts.items()):
            for account_id in accounts:
                found.setdefault(self.site_of(self.subnets[subnet_id], account_id), [])
        for end in self._every_end():
            found.setdefault(end.site, []).append(end)
        for attachment_id in self.forwarding.transit.premises():
            everywhere = (intervals.every(4), intervals.every(6))
            found[premises(attachment_id)] = [End(premises(attachment_id), "", (), "", *everywhere)]
        return found

    @cached_property
    def _points(self) -> dict[str, list[Point]]:
        found: dict[str, list[Point]] = {}
        for point in (*self.lookups.points, *self.lookups.of_ipv6):
            found.setdefault(point.interface_id, []).append(point)
        return found

    def points_of(self, interface_id: str) -> list[Point]:
        """Return the points of an interface, those of IPv4 first."""
        return self._points.get(interface_id, [])

    @cached_property
    def in_subnet(self) -> dict[str, list[End]]:
        found: dict[str, list[End]] = {}
        for ends in self.ends.values():
            for end in ends:
                found.setdefault(end.subnet_id, []).append(end)
        return found

    def _every_end(self) -> Iterator[End]:
        if self.level == FILTERS and self.kind_of_ends == INTERFACES:
            yield from self._of_interfaces(lambda _point: True)
            return
        if self.level == FILTERS:
            # Such as Network Load Balancers, which no group of the VPC stands for.
            yield from self._of_interfaces(lambda point: not point.groups and point.kind not in TAKE_NONE)
        groups: dict[str, list[tuple[str, ...]]] = {}
        if self.level == FILTERS:
            for _place, group in self.snapshot.every("SecurityGroups"):
                known = groups.setdefault(group.get("VpcId", ""), [])
                if (group["GroupId"],) not in known:
                    known.append((group["GroupId"],))
        for subnet_id, accounts in sorted(self._accounts.items()):
            subnet = self.subnets[subnet_id]
            v4, v6 = (self.usable(subnet, version) for version in (4, 6))
            for account_id in accounts:
                site = self.site_of(subnet, account_id)
                for having in groups.get(subnet["VpcId"], [()]):
                    yield End(site, subnet_id, having, "", v4, v6)

    def usable(self, subnet: Item, version: int) -> Intervals:
        """Return the addresses that interfaces of a subnet may have, without those of NAT gateways.

        AWS has the first four and the last one: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
        """
        own = self.forwarding.blocks(subnet, version)
        reserved = [number for first, last in own for number in (*range(first, first + 4), last)]
        reserved += self._of_nats.get(subnet["SubnetId"], []) if version == 4 else []
        return intervals.without(own, intervals.merged((number, number) for number in reserved))

    def of_nats(self, subnet: Item) -> Intervals:
        """Return the addresses of the NAT gateways of a subnet."""
        return intervals.merged((number, number) for number in self._of_nats.get(subnet["SubnetId"], ()))

    @cached_property
    def _of_nats(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for point in self.lookups.points:
            if point.kind == "nat_gateway":
                found.setdefault(point.subnet["SubnetId"], []).append(int(point.address))
        return found

    def _of_interfaces(self, counts: Callable[[Point], bool]) -> Iterator[End]:
        """Yield the ends of interfaces that count, without those attached to nothing, or to stopped instances."""
        alike: dict[tuple[Site, str, tuple[str, ...], str, str], list[Point]] = {}
        for point in (*self.lookups.points, *self.lookups.of_ipv6):
            if counts(point) and self._works(point):
                owner = str(self.lookups.interfaces.get(point.interface_id, {}).get("OwnerId", ""))
                site = self.site_of(self.subnets[point.subnet["SubnetId"]], owner if owner.isdigit() else "")
                apart = point.interface_id if self._is_apart(point) else ""
                key = (site, point.subnet["SubnetId"], point.groups, point.kind, apart)
                alike.setdefault(key, []).append(point)
        more: dict[str, list[tuple[int, int, int]]] = {}
        for network, point in self.lookups.delegated:
            more.setdefault(point.interface_id, []).append((network.version, *intervals.of_network(network)))
        for (site, subnet_id, groups, kind, _apart), points in alike.items():
            spans: set[tuple[int, int, int]] = {(p.address.version, int(p.address), int(p.address)) for p in points}
            spans.update(span for p in points for span in more.get(p.interface_id, ()))
            v4, v6 = (intervals.merged(s[1:] for s in spans if s[0] == version) for version in (4, 6))
            yield End(site, subnet_id, groups, kind, v4, v6, points[0].interface_id)

    def _works(self, point: Point) -> bool:
        try:
            return self.lookups.stopped(point) is None and self.lookups.not_available(point) is None
        except Unknown:
            return True

    def _is_apart(self, point: Point) -> bool:
        """Return true for interfaces that take packets by more than their groups."""
        return point.kind not in ("interface",) or bool(self.balancers.name_of(point))

    def ends_of(self, site: Site) -> list[End]:
        return self.ends.get(site, [])

    def addresses_of(self, site: Site, version: int) -> Intervals:
        """Return all addresses of a site's ends."""
        key = (site, version)
        if key not in self._addresses:
            self._addresses[key] = intervals.merged(span for end in self.ends_of(site) for span in end.of(version))
        return self._addresses[key]

    @cached_property
    def unread(self) -> dict[Site, Reason]:
        """{site: why it isn't known which interfaces it has}; at the level of routes, they aren't asked for."""
        found: dict[Site, Reason] = {}
        for site in self.ends if self.level == FILTERS and self.kind_of_ends == INTERFACES else ():
            if site.vpc_id in self.snapshot.vpcs:
                place = self.snapshot.vpcs[site.vpc_id][0]
                if "NetworkInterfaces" not in self.snapshot.places[place]:
                    name = f"{place.folder}NetworkInterfaces.json"
                    found[site] = Reason(name, "it isn't in the snapshot", f"all NetworkInterfaces of {place}")
        return found

    def sites_with(self, address: Address) -> list[Site]:
        """Return the sites that have an address, as one of an interface or, at the level of routes, of a subnet."""
        sites = (site for site in self.ends if site.account_id != PREMISES)
        return [site for site in sites if intervals.has(self.addresses_of(site, address.version), int(address))]

    # ---- ways

    def ways(self, place: str, version: int) -> Ways:
        """Return the ways from a subnet, or from an attachment of a transit gateway to premises."""
        key = (place, version)
        if key not in self._ways:
            of_subnet = place in self.subnets
            found = (self.forwarding.ways if of_subnet else self.forwarding.from_premises)(place, version)
            self._ways[key] = _sorted(found)
        return self._ways[key]


def _sorted(ways: tuple[Way, ...]) -> Ways:
    found = Ways({}, {}, [], [], [])
    for way in ways:
        if way.end:
            found.by_end.setdefault(way.end, []).append(way)
        elif way.premises:
            found.by_premises.setdefault(way.premises, []).append(way)
        else:
            (found.stops if way.stop else found.unknown if way.unknown else found.exits).append(way)
    return found
