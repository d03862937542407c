# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules of a network ACL: reduce them to fewer that allow the same, and number them."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from ipaddress import IPv4Network, collapse_addresses
from typing import cast

from ..network.packet_filters import ALL_PORTS, Ports
from ..values.cidrs import Network, holds

# What a rule matches: protocol, network of the other side, ports.
Match = tuple[str, Network, Ports]

# First numbers of the sections, in the order in which AWS evaluates them. Within a section all rules have one action,
# so their order doesn't matter.
TOO_BIG = 900
INSIDE, NOT_INSIDE, OUTSIDE, RISKY, ANSWERS = 1000, 11000, 12000, 22000, 23000
END = 32000
SECTIONS = (INSIDE, NOT_INSIDE, OUTSIDE, RISKY, ANSWERS, END)


@dataclass(frozen=True)
class Rule:
    """An entry of a network ACL.

    protocol: a number as text, as EC2 has it. ports: for ICMPV6, type and code. network: if it is IPv6 and in the VPC's
    block, its place in the block, see Ipv6.
    """

    number: int
    egress: bool
    allow: bool
    protocol: str
    network: Network
    ports: Ports = ALL_PORTS


def apart(rules: list[Rule], others: list[Rule]) -> list[Rule]:
    """Return rules and others; others that share a number with rules get a free one of the same section."""
    taken = {(rule.egress, rule.number) for rule in rules}
    starts, placed = (TOO_BIG, *SECTIONS), []
    for rule in others:
        index, number = bisect(starts, rule.number), rule.number
        while (rule.egress, number) in taken:
            number = starts[index - 1] + (number + 1 - starts[index - 1]) % (starts[index] - starts[index - 1])
        taken.add((rule.egress, number))
        placed.append(replace(rule, number=number))
    return [*rules, *placed]


def numbered(section: int, found: Iterable[Match]) -> dict[int, Match]:
    """Return {number: what the rule matches}; a number depends only on what its rule matches.

    So adding or removing a rule renumbers no other: entries are added and removed, not replaced one by one, which would
    cut traffic between two calls. If two rules get the same number (about one ACL in fifty), one takes the next free.
    """
    size = SECTIONS[SECTIONS.index(section) + 1] - section
    numbers: dict[int, Match] = {}
    for matched in sorted(found):
        protocol, network, (first, last) = matched
        at = int(sha256(f"{protocol} {network} {first}-{last}".encode()).hexdigest(), 16) % size
        while section + at in numbers:
            at = (at + 1) % size
        numbers[section + at] = matched
    return numbers


def fewer(allowed: Sequence[Match]) -> list[Match]:
    """Return fewer rules that allow the same.

    It joins neighbouring ports of one network, then neighbouring networks of one range of ports, and also in the
    reverse order; the shorter result wins. (The fewest rectangles that cover an area are hard to find in general.)
    """
    by_ports = _networks_joined(_ports_joined(allowed))
    by_networks = _ports_joined(_networks_joined(allowed))
    return min(_without_covered(by_ports), _without_covered(by_networks), key=len)


def _ports_joined(allowed: Iterable[Match]) -> list[Match]:
    grouped: dict[tuple[str, Network], list[Ports]] = {}
    for protocol, network, ranges in allowed:
        grouped.setdefault((protocol, network), []).append(ranges)
    return [(*key, joined) for key, ranges in grouped.items() for joined in joined_ports(ranges)]


def _networks_joined(allowed: Iterable[Match]) -> list[Match]:
    grouped: dict[tuple[str, Ports], list[Network]] = {}
    for protocol, network, ranges in allowed:
        grouped.setdefault((protocol, ranges), []).append(network)
    return [
        (protocol, network, ranges) for (protocol, ranges), found in grouped.items() for network in collapsed(found)
    ]


def joined_ports(ranges: Iterable[Ports]) -> list[Ports]:
    """Return the fewest ranges that contain the same ports."""
    joined: list[Ports] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def _without_covered(allowed: Sequence[Match]) -> list[Match]:
    def covers(one: Match, other: Match) -> bool:
        return (
            one != other
            and one[0] == other[0]
            and holds(one[1], other[1])
            and one[2][0] <= other[2][0]
            and other[2][1] <= one[2][1]
        )

    distinct = sorted(set(allowed))
    return [rule for rule in distinct if not any(covers(other, rule) for other in distinct)]


def collapsed(networks: Iterable[Network]) -> list[Network]:
    """Return the fewest networks that contain the same addresses. All are of one family."""
    return [*collapse_addresses(cast(Iterable[IPv4Network], networks))]
