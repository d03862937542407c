# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What rules in AWS allow whom and a declaration no longer names: groups, and sources of groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, summarize_address_range

from . import overlaps
from .groups import Egress, Group

# Address family, first and last address of a range.
Range = tuple[int, int, int]


def undeclared(before: Egress, after: Egress, accounts: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the groups (``payments``) and sources (``payments/alpha``) that only `before` has -> what that is.

    accounts: CIDRs by name of an account, by which lost addresses are named; others are named by their CIDR.
    """
    declared = {group.name: group for group in after.groups}
    found = {}
    for group in before.groups:
        if group.name not in declared:
            found[group.name] = f"the whole group, of {_listed(group.cidrs)}"
            continue
        lost = _without(group.cidrs, declared[group.name].cidrs)
        for name, cidrs in _named(lost, group, accounts).items():
            found[f"{group.name}/{name}"] = _listed(cidrs) if cidrs != [name] else ""
    return found


def _listed(cidrs: Sequence[str]) -> str:
    return ", ".join(cidrs[:3]) + (f" and {len(cidrs) - 3} more" if len(cidrs) > 3 else "")


def _named(lost: Sequence[Range], group: Group, accounts: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the lost ranges as CIDRs, by account, or by themselves if they are of no account."""
    named: dict[str, list[str]] = {}
    left = list(lost)
    for account, cidrs in sorted(accounts.items()):
        own = _ranges(cidrs)
        inside = _intersect(left, own)
        if inside:
            named[account] = _cidrs(inside)
            left = _subtract(left, own)
    return named | {cidr: [cidr] for cidr in _cidrs(left)}


def _without(cidrs: Iterable[str], others: Iterable[str]) -> list[Range]:
    return _subtract(_ranges(cidrs), _ranges(others))


def _ranges(cidrs: Iterable[str]) -> list[Range]:
    networks = [overlaps.network("cidrs", cidr) for cidr in overlaps.collapse(cidrs)]
    return sorted((one.version, int(one.network_address), int(one.broadcast_address)) for one in networks)


def _subtract(ranges: Sequence[Range], others: Sequence[Range]) -> list[Range]:
    return [part for one in ranges for part in _parts(one, others)]


def _parts(one: Range, others: Sequence[Range]) -> Iterator[Range]:
    """Yield what is left of a range without the others, which are sorted and apart."""
    version, first, last = one
    for other_version, start, end in others:
        if other_version != version or end < first or start > last:
            continue
        if start > first:
            yield version, first, start - 1
        first = end + 1
    if first <= last:
        yield version, first, last


def _intersect(ranges: Sequence[Range], others: Sequence[Range]) -> list[Range]:
    return [
        (version, max(first, start), min(last, end))
        for version, first, last in ranges
        for other_version, start, end in others
        if version == other_version and start <= last and end >= first
    ]


def _cidrs(ranges: Sequence[Range]) -> list[str]:
    found = []
    for version, first, last in ranges:
        of_ipv4 = version == 4
        found += [
            str(network)
            for network in (
                summarize_address_range(IPv4Address(first), IPv4Address(last))
                if of_ipv4
                else summarize_address_range(IPv6Address(first), IPv6Address(last))
            )
        ]
    return found
