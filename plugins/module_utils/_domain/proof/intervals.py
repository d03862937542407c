# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sets of numbers, such as addresses of one IP version, as sorted inclusive intervals that don't touch each other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias

from ..network.addresses import Network
from ..network.packet_filters import Address

Intervals: TypeAlias = tuple[tuple[int, int], ...]
# The last address of an IP version.
LAST = {4: 2**32 - 1, 6: 2**128 - 1}
NONE: Intervals = ()


def every(version: int) -> Intervals:
    return ((0, LAST[version]),)


def address(version: int, number: int) -> Address:
    return IPv4Address(number) if version == 4 else IPv6Address(number)


def of_network(network: Network) -> tuple[int, int]:
    first = int(network.network_address)
    return first, first + network.num_addresses - 1


def of_networks(networks: Iterable[Network]) -> Intervals:
    """Return the addresses of networks of one IP version."""
    return merged(of_network(network) for network in networks)


def merged(pairs: Iterable[tuple[int, int]]) -> Intervals:
    """Return the numbers of intervals that may overlap, in any order."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(pairs):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def either(one: Intervals, other: Intervals) -> Intervals:
    """Return the numbers that one of them has."""
    return one if one == other or not other else other if not one else merged((*one, *other))


def both(one: Intervals, other: Intervals) -> Intervals:
    """Return the numbers that both have."""
    if len(one) > len(other):
        one, other = other, one
    if len(one) == len(other) == 1:
        first, last = max(one[0][0], other[0][0]), min(one[0][1], other[0][1])
        return ((first, last),) if first <= last else NONE
    found = []
    for first, last in one:
        at = max(bisect_left(other, (first,)) - 1, 0)
        while at < len(other) and other[at][0] <= last:
            start, end = other[at]
            if end >= first:
                found.append((max(first, start), min(last, end)))
            at += 1
    return tuple(found)


def without(one: Intervals, other: Intervals) -> Intervals:
    """Return the numbers that the first has, and the other hasn't."""
    if len(other) == 1 and len(one) == 1 and (other[0][0] > one[0][1] or other[0][1] < one[0][0]):
        return one
    found: list[tuple[int, int]] = []
    for first, last in one:
        start = first
        for begin, end in both(((first, last),), other):
            if start < begin:
                found.append((start, begin - 1))
            start = end + 1
        if start <= last:
            found.append((start, last))
    return tuple(found)


def has(one: Intervals, number: int) -> bool:
    at = bisect_left(one, (number + 1,)) - 1
    return at >= 0 and one[at][1] >= number
