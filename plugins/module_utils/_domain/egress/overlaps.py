# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What egress groups have in common: sources, and entries that say the same or more than another.

None of this is wrong: a source may be in several groups, and then each entry of each of them holds. But whoever
removes an entry should know which other one still lets the packet through, so each is a warning by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from ipaddress import collapse_addresses
from itertools import combinations
from typing import TYPE_CHECKING, Any

from ..._core.errors import Invalid
from ..values import cidrs, internet
from . import domains

if TYPE_CHECKING:
    from .groups import Entry, Group

# Words of a message, such as CIDRs, that are shown.
SHOWN = 3


@lru_cache(maxsize=100_000)
def _parse(cidr: str) -> cidrs.Network:
    return cidrs.parse_either("cidr", cidr)


def network(option: str, cidr: Any) -> cidrs.Network:
    """Return the network of a CIDR of either family. Raises Invalid."""
    if not isinstance(cidr, str):
        raise Invalid(option, cidr, "is no CIDR", "an address and a prefix length, such as 10.1.0.0/16")
    try:
        return _parse(cidr)
    except Invalid as invalid:
        raise Invalid(option, cidr, invalid.problem, invalid.expected) from None


def collapse(listed: Iterable[str]) -> tuple[str, ...]:
    """Return the fewest CIDRs with the same addresses, in address order, IPv4 first."""
    return _collapse(tuple(listed))


@lru_cache(maxsize=1000)
def _collapse(listed: tuple[str, ...]) -> tuple[str, ...]:
    networks = [_parse(cidr) for cidr in set(listed)]
    return tuple(
        str(each)
        for version in (4, 6)
        for each in collapse_addresses(network for network in networks if network.version == version)  # type: ignore[type-var]
    )


def without(listed: Iterable[str], taken: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses of `listed` that aren't in `taken`, as the fewest CIDRs."""
    ours, others = collapse(listed), collapse(taken)
    # Those that both have overlap nothing else of either.
    here, there = set(ours), set(others)
    left = [_parse(cidr) for cidr in ours if cidr not in there]
    for other in (_parse(cidr) for cidr in others if cidr not in here):
        left = [part for network in left for part in _excluding(network, other)]
    return collapse(map(str, left))


def common(listed: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses of `listed` that are in `others`, too, as the fewest CIDRs."""
    theirs = [_parse(cidr) for cidr in collapse(others)]
    pairs = [(_parse(cidr), other) for cidr in collapse(listed) for other in theirs]
    # Of two CIDRs that overlap, one holds the other.
    inner = [one if cidrs.holds(other, one) else other if cidrs.holds(one, other) else None for one, other in pairs]
    return collapse(str(network) for network in inner if network)


def _excluding(one: cidrs.Network, other: cidrs.Network) -> list[cidrs.Network]:
    if cidrs.holds(other, one):
        return []
    return list(one.address_exclude(other)) if cidrs.holds(one, other) else [one]  # type: ignore[arg-type]


def shared_sources(groups: Sequence[Group]) -> dict[tuple[str, str], list[str]]:
    """Return the CIDRs that two groups have in common, by the names of the two, the narrower CIDR of each overlap."""
    of_network: dict[str, set[str]] = {}
    for group in groups:
        for cidr in group.cidrs:
            of_network.setdefault(cidr, set()).add(group.name)
    shared: dict[tuple[str, str], list[str]] = {}
    owned = [(_parse(cidr), cidr) for cidr in of_network]
    for (_network, cidr), outers in cidrs.enclosing(owned):
        inner = of_network[cidr]
        around = set().union(*(of_network[outer] for _outer, outer in outers)) - inner
        pairs = {*combinations(sorted(inner), 2), *(_pair(one, other) for one in inner for other in around)}
        for pair in pairs:
            shared.setdefault(pair, []).append(cidr)
    return shared


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


def warnings(groups: Sequence[Group]) -> Iterator[str]:
    """Yield what a person should know about the groups, in the order of their names."""
    shared, order = shared_sources(groups), [group.name for group in groups]
    for (one, other), sources in sorted(shared.items()):
        yield (
            f"{one} and {other} share the sources {listed(sources)}: entries of both let them out, and what neither "
            f"allows is logged for {min(one, other, key=order.index)}"
        )
    yield from _repeated_sources(groups)
    # An entry of two protocols is reported once.
    yield from dict.fromkeys(_covered(groups, shared))
    yield from dict.fromkeys(_wide(groups))


def listed(words: Sequence[str], most: int = SHOWN) -> str:
    """Return the first words with commas between them, and how many more there are."""
    rest = f" and {len(words) - most} more" if len(words) > most else ""
    return f"{', '.join(words[:most])}{rest}"


def _repeated_sources(groups: Sequence[Group]) -> Iterator[str]:
    for group in groups:
        owners: dict[str, str] = {}
        for source in group.sources:
            for cidr in source.cidrs:
                first = owners.setdefault(cidr, source.name)
                if first != source.name:
                    yield f"{group.name}: its sources {first} and {source.name} both have {cidr}"
                    break


def _covered(groups: Sequence[Group], shared: dict[tuple[str, str], list[str]]) -> Iterator[str]:
    """Yield the entries that another entry covers: of the group, or of one that has sources in common with it."""
    by_target: dict[str, list[tuple[Group, Entry]]] = {}
    for group in groups:
        for entry in group.entries:
            by_target.setdefault(entry.domain or entry.target, []).append((group, entry))
    ranges = {entry.target: _parse(entry.target) for group in groups for entry in group.entries if entry.cidr}
    for group in groups:
        for entry in group.entries:
            for target in _wider_targets(entry, ranges):
                for other, wider in by_target.get(target, ()):
                    ports = sorted(set(entry.ports) & set(wider.ports))
                    if entry is not wider and ports and wider.protocol == entry.protocol and _covers(wider, entry):
                        yield from _covering((group, entry), (other, wider), ports, shared)


def _wider_targets(entry: Entry, ranges: Mapping[str, cidrs.Network]) -> list[str]:
    """Return the names or CIDRs of entries that may cover this one."""
    if not entry.domain:
        return [target for target, network in ranges.items() if cidrs.holds(network, ranges[entry.target])]
    labels = entry.domain.split(".")
    return [".".join(labels[start:]) for start in range(len(labels) - 1)]


def _covers(wider: Entry, entry: Entry) -> bool:
    if not wider.domain or not entry.domain:
        return not wider.domain and not entry.domain
    return domains.covers(domains.Domain(wider.domain, wider.form), domains.Domain(entry.domain, entry.form))


def _covering(
    covered: tuple[Group, Entry],
    covering: tuple[Group, Entry],
    ports: Sequence[int],
    shared: dict[tuple[str, str], list[str]],
) -> Iterator[str]:
    (group, entry), (other, wider) = covered, covering
    of_ports = "" if len(ports) == len(entry.ports) else f" (port {', '.join(map(str, ports))})"
    if group is other:
        yield f"{group.name}: {wider.shown} covers {entry.shown}{of_ports}, too"
        return
    sources = shared.get(_pair(group.name, other.name))
    # Two equal entries are reported once.
    if sources and (entry.target != wider.target or group.name < other.name):
        yield (
            f"{group.name}: {entry.shown}{of_ports} is allowed by {other.name} ({wider.shown}), too, for the shared "
            f"sources {listed(sources)}"
        )


def _wide(groups: Sequence[Group]) -> Iterator[str]:
    for group in groups:
        for entry in group.entries:
            domain = domains.Domain(entry.domain, entry.form) if entry.domain else None
            suffix = domains.hosting_suffix(domain) if domain else None
            if suffix:
                yield f"{group.name}: {entry.shown} lets data out to anybody: everyone can have a name below {suffix}"
            if entry.cidr and cidrs.is_within(entry.cidr, internet.PRIVATE):
                yield f"{group.name}: {entry.cidr} is private, and not in the internet: the way out doesn't lead there"
