# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Addresses that route tables treat alike, and one of each, so that all of a network is looked at by a few."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Hashable, Iterable
from ipaddress import IPv4Address, IPv4Network

from .addresses import is_public
from .packet_filters import Address

# Ranges that are no public addresses: https://www.iana.org/assignments/iana-ipv4-special-registry
SPECIAL = tuple(
    IPv4Network(cidr)
    for cidr in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/4", "240.0.0.0/4"),
    )
)
EVERYTHING = IPv4Network("0.0.0.0/0")


class Atoms:
    """The parts of the address space that no given network divides."""

    def __init__(self, networks: Iterable[IPv4Network]) -> None:
        bounds = {0, 2**32}
        for network in networks:
            bounds |= {int(network.network_address), int(network.broadcast_address) + 1}
        self._bounds = sorted(bounds)

    def of(self, network: IPv4Network) -> list[tuple[int, int]]:
        """Return (first, last) address of each part of a network."""
        first, after = int(network.network_address), int(network.broadcast_address) + 1
        inner = self._bounds[bisect_right(self._bounds, first) : bisect_left(self._bounds, after)]
        edges = [first, *inner, after]
        return [(start, end - 1) for start, end in zip(edges, edges[1:])]


def one_of_each(
    atoms: Atoms, network: IPv4Network, signature: Callable[[IPv4Address], Hashable], avoid: Collection[Address]
) -> list[IPv4Address]:
    """Return an address of the network for each signature. avoid: addresses to take only if an atom has no other."""
    found: dict[Hashable, IPv4Address] = {}
    for first, last in atoms.of(network):
        middle = (first + last) // 2
        candidates = [IPv4Address(number) for number in dict.fromkeys((middle, first, last))]
        address = next((candidate for candidate in candidates if candidate not in avoid), candidates[0])
        found.setdefault(signature(address), address)
    return list(found.values())


def public_ones(
    atoms: Atoms, signature: Callable[[IPv4Address], Hashable], avoid: Collection[Address]
) -> list[IPv4Address]:
    """Return a public address for each signature. atoms: with SPECIAL among their networks."""
    found: dict[Hashable, IPv4Address] = {}
    for first, last in atoms.of(EVERYTHING):
        middle = (first + last) // 2
        for number in dict.fromkeys((middle, first, last)):
            address = IPv4Address(number)
            if is_public(address) and address not in avoid:
                found.setdefault(signature(address), address)
                break
    return list(found.values())
