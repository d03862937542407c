# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compare what attachments reach by the actual routes of Transit Gateway route tables with what segments declare.

From AWS's "Route evaluation order" (https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html): the
most specific route wins; each destination has one route, since AWS doesn't list routes that a static one hides.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_network, summarize_address_range
from itertools import groupby
from typing import Any

from ..values.cidrs import Network, is_within
from . import segments
from .segments import Attachment

# TransitGatewayRoute.Type and .State (SearchTransitGatewayRoutes) that this file knows.
TYPES, STATES = ("static", "propagated"), ("active", "blackhole")
NOWHERE: frozenset[str] = frozenset()
# Ends of a lookup that aren't attachments.
DROPPED, NO_ROUTE = frozenset({"nowhere (blackhole)"}), frozenset({"nowhere (no route)"})


def reach(
    tables: Mapping[str, Mapping[str, Any]], declaration: Any, attachments: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return {"reaches": {attachment: [those it reaches]}, "problems": [sentences]} by a Transit Gateway's tables.

    tables: tgw_hub's result `tables`; declaration: its `segments`; attachments: all its lists of attachments, joined.
    """
    known = {a["name"]: Attachment(a["name"], a["segment"], tuple(a["cidrs"]), "") for a in attachments}
    declared = segments.declared(declaration, known.values())
    static = {name: table.static_routes for name, table in segments.tables(declaration, known.values()).items()}
    firewalls = {name: segment.internet_of for name, segment in segments.parse(declaration).items()}
    reached: set[tuple[str, str]] = set()
    problems: list[str] = []
    in_part: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for name, table in tables.items():
        allowed = {
            other: attachment
            for other, attachment in known.items()
            if any((member, other) in declared for member in table["associations"])
        }
        problems += _table_problems(name, table, known, allowed, static.get(name, ()))
        lookups = Lookups(table["routes"], [cidr for attachment in known.values() for cidr in attachment.cidrs])
        ends = lookups.ends()
        for member in (member for member in table["associations"] if member in known):
            reached |= {(member, other) for other in ends if other in known and other != member}
        for other, attachment in known.items():
            amiss = list(_amiss(lookups, attachment, allowed))
            if other in allowed:
                for member in table["associations"]:
                    if (member, other) in declared:
                        in_part[member, other] = amiss
            else:
                problems += [
                    f"table {name}: {part} of {other} leads to {end}"
                    for part, end in amiss
                    # A firewall between this segment and the other's is the declared route between them.
                    if end in known and not (known[end].segment == firewalls.get(name) and (end, other) in declared)
                ]
    problems += [f"{one} reaches {other}, which isn't declared" for one, other in sorted(reached - declared)]
    for one, other in sorted(declared):
        if (one, other) not in reached:
            problems.append(f"{one} does not reach {other}, which is declared")
        elif in_part.get((one, other)):
            parts = ", ".join(f"{part} leads to {end}" for part, end in in_part[one, other])
            problems.append(f"{one} does not reach all of {other}: {parts}")
    return {
        "reaches": {name: sorted(other for one, other in reached if one == name) for name in known},
        "problems": problems,
    }


def _table_problems(
    name: str,
    table: Mapping[str, Any],
    known: Mapping[str, Attachment],
    allowed: Mapping[str, Attachment],
    static: Sequence[segments.StaticRoute],
) -> Iterator[str]:
    where = f"table {name}"
    for what in ("associations", "propagations"):
        yield from (f"{where}: {other} of its {what} isn't declared" for other in table[what] if other not in known)
    yield from (
        f"{where}: {other} is associated with it, and its segment is {known[other].segment}"
        for other in table["associations"]
        if other in known and known[other].segment != name
    )
    declared_static = {(route.destination, route.attachment) for route in static}
    for route in table["routes"]:
        cidr, targets = route["cidr"], route["attachments"]
        if route["type"] not in TYPES or route["state"] not in STATES:
            yield f"{where}: its route {cidr} is {route['type']} and {route['state']}, which isn't known here"
            continue
        for target in targets:
            if target not in known:
                yield f"{where}: its {route['type']} route {cidr} to {target} isn't declared"
            elif route["state"] == "blackhole":
                yield f"{where}: AWS drops what is for {cidr}: the attachment of {target} is down"
            elif not _is_declared(route, target, known, allowed, declared_static):
                of_list = f" of prefix list {route['prefix_list']}" if route.get("prefix_list") else ""
                yield f"{where}: its {route['type']} route {cidr}{of_list} to {target} isn't declared"


def _is_declared(
    route: Mapping[str, Any],
    target: str,
    known: Mapping[str, Attachment],
    allowed: Mapping[str, Attachment],
    static: set[tuple[str, str | None]],
) -> bool:
    if {(route["cidr"], target), (route.get("prefix_list"), target)} & static:
        return True
    # If the table's members may not reach the target, `reach` reports that for each of them.
    return is_within(route["cidr"], known[target].cidrs) or target not in allowed


def _amiss(lookups: Lookups, other: Attachment, allowed: Mapping[str, Attachment]) -> Iterator[tuple[str, str]]:
    """Yield (part, end) for each part of the attachment's CIDRs that leads to another end."""
    for cidr in other.cidrs:
        for part, targets in lookups.over(cidr):
            for end in sorted(targets - {other.name}):
                # CIDRs that don't meet may overlap: then the part is the other attachment's own.
                if not (end in allowed and is_within(part, allowed[end].cidrs)):
                    yield part, end


class Lookups:
    """Longest-prefix lookups in a table, computed once between the bounds of all CIDRs."""

    def __init__(self, routes: Iterable[Mapping[str, Any]], cidrs: Iterable[str]) -> None:
        self._routes: dict[tuple[int, int, int], frozenset[str]] = {}
        bounds: dict[int, set[int]] = {4: set(), 6: set()}

        def bound(network: Network) -> None:
            bounds[network.version].update((int(network[0]), int(network[-1]) + 1))

        for route in sorted(routes, key=lambda route: route["type"] == "static"):
            network = ip_network(route["cidr"])
            bound(network)
            key = (network.version, network.prefixlen, int(network[0]) >> (network.max_prefixlen - network.prefixlen))
            ends = frozenset(route["attachments"]) if route["state"] == "active" else NOWHERE
            # If two attachments propagate the same CIDR, either may win: AWS doesn't say which.
            self._routes[key] = (ends or DROPPED) if route["type"] == "static" else self._propagated(key, ends)
        for cidr in cidrs:
            bound(ip_network(cidr))
        self._bounds = {version: sorted(found) for version, found in bounds.items()}
        self._ends = {version: [self._longest(version, at) for at in found] for version, found in self._bounds.items()}

    def _propagated(self, key: tuple[int, int, int], ends: frozenset[str]) -> frozenset[str]:
        return (self._routes.get(key, NOWHERE) - DROPPED | ends) or DROPPED

    def _longest(self, version: int, address: int) -> frozenset[str]:
        bits = 32 if version == 4 else 128
        keys = ((version, length, address >> (bits - length)) for length in range(bits, -1, -1))
        return next((self._routes[key] for key in keys if key in self._routes), NO_ROUTE)

    def ends(self) -> set[str]:
        """Return the names of all attachments that some address leads to."""
        return set().union(*(ends for found in self._ends.values() for ends in found)) - DROPPED - NO_ROUTE

    def over(self, cidr: str) -> Iterator[tuple[str, frozenset[str]]]:
        """Yield (part, ends) for the parts of a CIDR in order; neighbours with the same ends are joined."""
        network = ip_network(cidr)
        bounds, ends = self._bounds[network.version], self._ends[network.version]
        first, last = bisect_left(bounds, int(network[0])), bisect_left(bounds, int(network[-1]) + 1)
        for leads_to, group in groupby(range(first, last), key=lambda index: ends[index]):
            indexes = list(group)
            start, end = bounds[indexes[0]], bounds[indexes[-1] + 1] - 1
            kind = IPv4Address if network.version == 4 else IPv6Address
            for part in summarize_address_range(kind(start), kind(end)):
                yield str(part), leads_to
