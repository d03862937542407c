# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fewest rules for what a section of a network ACL lets through, and numbers for them that stay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from typing import TypeAlias

Ports = tuple[int, int]
Network: TypeAlias = "IPv4Network | IPv6Network"

# First numbers of the sections, in the order in which they are matched. Within a section all rules are of one action,
# so their order is of no account.
TOO_BIG = 900
INSIDE, NOT_INSIDE, OUTSIDE, RISKY, ANSWERS = 1000, 11000, 12000, 22000, 23000
END = 32000
SECTIONS = (INSIDE, NOT_INSIDE, OUTSIDE, RISKY, ANSWERS, END)


def numbers(section: int, found: Iterable[tuple[str, Network, Ports]]) -> dict[int, tuple[str, Network, Ports]]:
    """number -> what it matches. The number comes from that alone, so another rule more or less renumbers none: entries
    are added and removed, not replaced one by one, which would cut traffic between two calls. Two rules that come to
    the same number, about one ACL in fifty, lie side by side.
    """
    size = SECTIONS[SECTIONS.index(section) + 1] - section
    numbered: dict[int, tuple[str, Network, Ports]] = {}
    for matched in sorted(found):
        protocol, network, (first, last) = matched
        at = int(sha256(f"{protocol} {network} {first}-{last}".encode()).hexdigest(), 16) % size
        while section + at in numbered:
            at = (at + 1) % size
        numbered[section + at] = matched
    return numbered


def fewer(allowed: Sequence[tuple[str, Network, Ports]]) -> list[tuple[str, Network, Ports]]:
    """Fewer rules that allow the same. Neighbouring ports of one network are joined, then neighbouring networks of one
    range of ports, and the other way round; the shorter result is taken. (The fewest rectangles that cover an area
    are hard to find in general.)
    """
    by_ports = _networks_joined(_ports_joined(allowed))
    by_networks = _ports_joined(_networks_joined(allowed))
    return min(_without_covered(by_ports), _without_covered(by_networks), key=len)


def _ports_joined(allowed: Iterable[tuple[str, Network, Ports]]) -> list[tuple[str, Network, Ports]]:
    grouped: dict[tuple[str, Network], list[Ports]] = {}
    for protocol, network, ranges in allowed:
        grouped.setdefault((protocol, network), []).append(ranges)
    return [(*key, span) for key, ranges in grouped.items() for span in join(ranges)]


def _networks_joined(allowed: Iterable[tuple[str, Network, Ports]]) -> list[tuple[str, Network, Ports]]:
    grouped: dict[tuple[str, Ports], list[Network]] = {}
    for protocol, network, ranges in allowed:
        grouped.setdefault((protocol, ranges), []).append(network)
    return [
        (protocol, network, ranges)
        for (protocol, ranges), found in grouped.items()
        for network in collapse_addresses(found)
    ]


def join(ranges: Iterable[Ports]) -> list[Ports]:
    """The fewest ranges of the same ports."""
    joined: list[Ports] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def _without_covered(allowed: Sequence[tuple[str, Network, Ports]]) -> list[tuple[str, Network, Ports]]:
    def covers(one: tuple[str, Network, Ports], other: tuple[str, Network, Ports]) -> bool:
        return (
            one != other
            and one[0] == other[0]
            and other[1].subnet_of(one[1])
            and one[2][0] <= other[2][0]
            and other[2][1] <= one[2][1]
        )

    distinct = sorted(set(allowed))
    return [rule for rule in distinct if not any(covers(other, rule) for other in distinct)]
