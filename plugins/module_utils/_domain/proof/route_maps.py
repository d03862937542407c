# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Route tables as maps of all addresses: which of them take which routes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeVar

from ..network.address_classes import SPECIAL
from ..network.addresses import Network, either, parsed
from ..network.points import Lookups
from ..network.routes import chosen, ends_of, route_text
from ..network.snapshot import Item, Place, Unknown
from ..network.transit_gateway import TransitGateways
from . import intervals
from .intervals import Intervals
from .ways import Reason, reason

T = TypeVar("T")
Span = tuple[int, int]
# https://www.iana.org/assignments/ipv6-address-space
GLOBAL_UNICAST = intervals.of_networks([either("2000::/3")])


class Group(NamedTuple):
    """Addresses that take the same routes. routes: () if none leads on; several if AWS picks one

    unknown: why it isn't known which
    """

    addresses: Intervals
    routes: tuple[Item, ...] = ()
    unknown: Reason | None = None
    says: str = ""


class Onward(NamedTuple):
    """Addresses that a transit gateway's table sends to the same attachments. targets: none if it drops them"""

    addresses: Intervals
    targets: frozenset[str] = frozenset()
    unknown: Reason | None = None
    says: str = ""


def covered(items: Iterable[tuple[Span, T]], version: int) -> Iterator[tuple[Span, tuple[T, ...]]]:
    """Yield (addresses, what covers them, the widest first) for all addresses. items: of CIDRs, which nest"""
    stack: list[tuple[int, T]] = []
    at = 0

    def until(end: int) -> Iterator[tuple[Span, tuple[T, ...]]]:
        nonlocal at
        while stack and stack[-1][0] < end:
            last = stack[-1][0]
            if at <= last:
                yield (at, last), tuple(item for _last, item in stack)
                at = last + 1
            stack.pop()
        if at < end:
            yield (at, end - 1), tuple(item for _last, item in stack)
            at = end

    for (first, last), item in sorted(items, key=lambda one: (one[0][0], -one[0][1])):
        yield from until(first)
        stack.append((last, item))
    yield from until(intervals.LAST[version] + 1)


class RouteMaps:
    """Maps of the route tables of a snapshot, worked out once."""

    def __init__(self, lookups: Lookups, transit: TransitGateways) -> None:
        self.lookups, self.transit = lookups, transit
        self._of_vpc: dict[tuple[str, int], list[Group]] = {}
        self._of_transit: dict[tuple[str, int], list[Onward]] = {}

    # ---- tables of VPCs

    def of_table(self, table: Item, version: int) -> list[Group]:
        """Return the groups of addresses of a VPC's route table."""
        key = (table["RouteTableId"], version)
        if key not in self._of_vpc:
            self._of_vpc[key] = self._grouped(table, version)
        return self._of_vpc[key]

    def _grouped(self, table: Item, version: int) -> list[Group]:
        everything = intervals.every(version)
        try:
            items, lost = self._items(table, version)
        except Unknown as unknown:
            return [Group(everything, unknown=reason(unknown))]
        found: dict[tuple[tuple[str, str | None, str], ...], list[Span]] = {}
        routes: dict[tuple[tuple[str, str | None, str], ...], tuple[Item, ...]] = {}
        told: dict[tuple[tuple[str, str | None, str], ...], set[str]] = {}
        for span, covering in covered(items, version):
            taken = chosen([(length, route) for _at, length, route in sorted(covering, key=lambda one: one[0])])
            key = tuple((ends_of(route)[1], route.get("State"), _list_of(route, taken)) for route in taken)
            found.setdefault(key, []).append(span)
            routes.setdefault(key, tuple(taken))
            told.setdefault(key, set()).update(route_text(route) for route in taken)
        groups = [Group(intervals.merged(found[key]), routes[key], None, _many(told[key])) for key in found]
        return _lost(groups, lost, table["RouteTableId"], version) if lost else groups

    def _items(self, table: Item, version: int) -> tuple[list[tuple[Span, tuple[int, int, Item]]], list[str]]:
        """Return the (addresses, (place, length of the prefix, route)) of a table, and lists that weren't read.

        These are of gateway endpoints, and have public addresses. Raises Unknown for others.
        """
        found, lost = [], []
        for at, route in enumerate(table["Routes"]):
            list_id = route.get("DestinationPrefixListId")
            if list_id and list_id not in self.lookups.prefix_lists and _to_endpoint(route):
                lost.append(str(list_id))
                continue
            for cidr in self._cidrs(table, route):
                if cidr.version == version:
                    found.append((intervals.of_network(cidr), (at, cidr.prefixlen, route)))
        return found, lost

    def _cidrs(self, table: Item, route: Item) -> list[Network]:
        if "DestinationCidrBlock" in route:
            return [parsed(route["DestinationCidrBlock"])]
        if "DestinationIpv6CidrBlock" in route:
            return [either(route["DestinationIpv6CidrBlock"])]
        if "DestinationPrefixListId" not in route:
            raise Unknown(table["RouteTableId"], "one of its routes shows no destination", "its CIDR")
        return self.lookups.prefix_list(table["RouteTableId"], route["DestinationPrefixListId"])

    # ---- tables of transit gateways

    def of_transit(self, table_id: str, place: Place, version: int) -> list[Onward]:
        """Return the groups of addresses of a transit gateway's route table. Raises Unknown."""
        key = (table_id, version)
        if key not in self._of_transit:
            self._of_transit[key] = self._onward(table_id, place, version)
        return self._of_transit[key]

    def _onward(self, table_id: str, place: Place, version: int) -> list[Onward]:
        """The longest prefix wins, a static route before a propagated one.

        https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
        """
        changing = [(cidr, True, None) for cidr in self.transit.unsettled(table_id, place)]
        routes = [*self.transit.routes(table_id, place), *changing]
        items = [(intervals.of_network(route[0]), route) for route in routes if route[0].version == version]
        found: dict[tuple[str, frozenset[str]], list[Span]] = {}
        told: dict[tuple[str, frozenset[str]], set[str]] = {}
        for span, covering in covered(items, version):
            known = [route for route in covering if route[2] is not None]
            best = max(((cidr.prefixlen, static) for cidr, static, _targets in known), default=(-1, False))
            unsettled = [route[0] for route in covering if route[2] is None and route[0].prefixlen >= best[0]]
            taken = [route for route in known if (route[0].prefixlen, route[1]) == best]
            targets = frozenset().union(*(route[2] or () for route in taken))
            kind = "unsettled" if unsettled else "route" if taken else "none"
            key = (kind, targets)
            found.setdefault(key, []).append(span)
            told.setdefault(key, set()).update(str(cidr) for cidr in unsettled or [route[0] for route in taken])
        return [self._group(table_id, key, spans, told[key]) for key, spans in found.items()]

    def _group(self, table_id: str, key: tuple[str, frozenset[str]], spans: list[Span], told: set[str]) -> Onward:
        (kind, targets), addresses, cidrs = key, intervals.merged(spans), _many(told)
        if kind == "unsettled":
            why = f"the route {cidrs} is about to be created or deleted"
            return Onward(addresses, unknown=Reason(table_id, why, "one that is active"))
        if len(targets) > 1:
            why = f"{cidrs} goes to {' and to '.join(sorted(targets))}"
            return Onward(addresses, unknown=Reason(table_id, why, "one attachment for one range"))
        if not targets:
            return Onward(addresses, says="no route" if kind == "none" else f"{cidrs}: blackhole")
        return Onward(addresses, targets, None, f"{cidrs} goes to {', '.join(targets)}")


def _list_of(route: Item, taken: list[Item]) -> str:
    """Return what tells routes apart of which AWS picks one, which stays picked for a pair of lists."""
    return str(route.get("DestinationPrefixListId", "")) if len(taken) > 1 else ""


def _to_endpoint(route: Item) -> bool:
    return str(route.get("GatewayId", "")).startswith("vpce-")


def _lost(groups: list[Group], lists: list[str], table_id: str, version: int) -> list[Group]:
    """Return groups in which it isn't known where public addresses go. lists: those that weren't read"""
    public = intervals.without(intervals.every(4), intervals.of_networks(SPECIAL)) if version == 4 else GLOBAL_UNICAST
    why = Reason(table_id, f"PrefixLists hasn't {', '.join(lists)} of one of its routes", "its CIDRs")
    inside = [group._replace(addresses=intervals.without(group.addresses, public)) for group in groups]
    return [*inside, Group(public, unknown=why)]


def _many(told: set[str]) -> str:
    """Return a few routes in words."""
    first = sorted(told)
    return ", ".join(first[:2]) + (f" and {len(first) - 2} more" if len(first) > 2 else "")
