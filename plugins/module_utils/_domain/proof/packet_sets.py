# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sets of packets of one IP version, exact, as boxes of five dimensions that don't overlap.

Dimensions: source and destination address, IANA's number of the protocol, source and destination ports. ICMP has no
ports: its type and code are one number, type * 256 + code, in place of the destination port; of other protocols without
ports, a set has all ports.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from ..network.packet_filters import ECHO_REPLY, ECHO_REQUEST, Address, Packet
from . import intervals
from .intervals import LAST, Intervals

ANY_PROTOCOL, ANY_PORT = (0, 255), (0, 65535)
# https://www.iana.org/assignments/protocol-numbers
TCP, UDP, ICMP = 6, 17, {4: 1, 6: 58}
NAMES = {TCP: "tcp", UDP: "udp"}
# A set with more boxes isn't worked out: who asks says that it isn't known.
MOST_BOXES = 20_000
# Boxes of a set that are looked at one by one sooner than they are sorted by their ends.
FEW = 6


class TooManyBoxes(Exception):
    """Error if a set is too fragmented to work out."""


class Box(NamedTuple):
    """Packets whose numbers are within five inclusive intervals."""

    source: tuple[int, int]
    destination: tuple[int, int]
    protocol: tuple[int, int] = ANY_PROTOCOL
    source_ports: tuple[int, int] = ANY_PORT
    ports: tuple[int, int] = ANY_PORT


class Sent(NamedTuple):
    """One packet."""

    source: Address
    destination: Address
    protocol: int
    source_port: int
    destination_port: int

    @property
    def numbers(self) -> tuple[int, int, int, int, int]:
        return int(self.source), int(self.destination), self.protocol, self.source_port, self.destination_port

    def packet(self) -> Packet | None:
        """Return the packet as a trace takes it; None for one that it doesn't know, such as ICMP other than a ping."""
        version = self.source.version
        if self.protocol in NAMES:
            port = self.destination_port
            return Packet(self.source, self.destination, NAMES[self.protocol], (port, port))
        is_ping = self.protocol == ICMP[version] and self.destination_port == ECHO_REQUEST[version] * 256
        return Packet(self.source, self.destination, "icmp") if is_ping else None


@dataclass(frozen=True)
class PacketSet:
    """Packets of an IP version. boxes: no two of them have a packet in common"""

    version: int
    boxes: tuple[Box, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.boxes

    def __and__(self, other: PacketSet) -> PacketSet:
        """Return the packets that both have."""
        everything = full(self.version).boxes
        if self.boxes == everything or self is other:
            return other
        if other.boxes == everything:
            return self
        few = len(self.boxes) <= FEW or len(other.boxes) <= FEW
        near = None if few else _Near(other.boxes)
        found = (_both(box, mine) for box in self.boxes for mine in (near.to(box) if near else other.boxes))
        return _of(self.version, (box for box in found if box))

    def __sub__(self, other: PacketSet) -> PacketSet:
        """Return the packets that this one has, and the other hasn't."""
        # Boxes of a set have nothing in common: one that both have meets no other one.
        same = {*self.boxes}.intersection(other.boxes)
        taking = [box for box in other.boxes if box not in same] if same else other.boxes
        near = None if len(self.boxes) <= FEW or len(taking) <= FEW else _Near(taking)
        left: list[Box] = []
        for box in self.boxes:
            rest = [box] if box not in same else []
            for taken in (near.to(box) if near else taking) if rest else ():
                rest = [part for one in rest for part in _without(one, taken)]
            left += rest
            if len(left) > MOST_BOXES:
                raise TooManyBoxes(f"{len(left)} boxes")
        return PacketSet(self.version, tuple(left))

    def __or__(self, other: PacketSet) -> PacketSet:
        """Return the packets that one of them has."""
        if self.is_empty or other.boxes == full(self.version).boxes:
            return other
        more = other - self
        return self if more.is_empty else _of(self.version, (*self.boxes, *more.boxes))

    def contains(self, sent: Sent) -> bool:
        if sent.source.version != self.version:
            return False
        numbers = sent.numbers
        return any(all(low <= n <= high for n, (low, high) in zip(numbers, box)) for box in self.boxes)

    def reversed(self) -> PacketSet:
        """Return the answers: ends and ports the other way round, a reply for each ping; other ICMP as it is."""
        return _of(self.version, (answer for box in self.boxes for answer in _answers(box, self.version)))

    def sample(self) -> Sent | None:
        """Return one of the packets, if possible of TCP or UDP, else a ping, from a port that clients use."""
        for protocol, port in ((TCP, 443), (UDP, 53), (ICMP[self.version], ECHO_REQUEST[self.version] * 256)):
            for box in self.boxes:
                if box.protocol[0] <= protocol <= box.protocol[1] and _may_be(box, protocol, port):
                    return self._one_of(box, protocol, port)
        return self._one_of(self.boxes[0], self.boxes[0].protocol[0], 0) if self.boxes else None

    def _one_of(self, box: Box, protocol: int, port: int) -> Sent:
        source, destination = (intervals.address(self.version, n) for n in (box.source[0], box.destination[0]))
        start = _nearest(box.source_ports, 49152 if protocol in NAMES else 0)
        return Sent(source, destination, protocol, start, _nearest(box.ports, port))

    def ports(self) -> tuple[str, ...]:
        """Return protocols and destination ports in words, such as tcp 443, from any address to any."""
        found: dict[tuple[int, int], Intervals] = {}
        for box in self.boxes:
            found[box.protocol] = intervals.either(found.get(box.protocol, ()), (box.ports,))
        by_ports: dict[Intervals, Intervals] = {}
        for protocols, ports in found.items():
            by_ports[ports] = intervals.either(by_ports.get(ports, ()), (protocols,))
        words = []
        for ports, numbers in sorted(by_ports.items(), key=lambda item: (item[1], item[0])):
            words += [_named(protocols, ports, self.version) for protocols in _apart(numbers, ports)]
        return tuple(words)

    def text(self, most: int = 4) -> str:
        """Return the set in words. most: boxes that are told; "nothing" if it is empty"""
        told = [self._told(box) for box in self.boxes[:most]]
        rest = len(self.boxes) - most
        return "; ".join([*told, f"and {rest} more"] if rest > 0 else told) or "nothing"

    def _told(self, box: Box) -> str:
        ends = (_span(self.version, numbers) for numbers in (box.source, box.destination))
        ports = _named(box.protocol, (box.ports,), self.version)
        sent_by = f" from port {_range(box.source_ports)}" if box.source_ports != ANY_PORT else ""
        return f"{ports}{sent_by} from {' to '.join(ends)}"

    def sources(self) -> Intervals:
        return intervals.merged(box.source for box in self.boxes)

    def destinations(self) -> Intervals:
        return intervals.merged(box.destination for box in self.boxes)


def empty(version: int) -> PacketSet:
    return PacketSet(version)


@cache
def full(version: int) -> PacketSet:
    addresses = (0, LAST[version])
    return PacketSet(version, (Box(addresses, addresses),))


def box(
    version: int,
    sources: Intervals | None = None,
    destinations: Intervals | None = None,
    protocol: int | None = None,
    source_ports: tuple[int, int] = ANY_PORT,
    ports: tuple[int, int] = ANY_PORT,
) -> PacketSet:
    """Return the packets between addresses, None: any, of a protocol, None: any, and of ports."""
    everywhere = intervals.every(version)
    numbers = ANY_PROTOCOL if protocol is None else (protocol, protocol)
    return _of(
        version,
        (
            Box(start, end, numbers, source_ports, ports)
            for start in (everywhere if sources is None else sources)
            for end in (everywhere if destinations is None else destinations)
        ),
    )


def joined(version: int, sets: Iterable[PacketSet]) -> PacketSet:
    """Return the packets that one of the sets has."""
    found = empty(version)
    for one in sets:
        found |= one
    return found


class _Near:
    """Boxes by their sources, of which sets that meet have few in common."""

    def __init__(self, boxes: Iterable[Box]) -> None:
        self._by_source: dict[tuple[int, int], list[tuple[int, Box]]] = {}
        for at, one in enumerate(boxes):
            self._by_source.setdefault(one[0], []).append((at, one))

    def to(self, wanted: Box) -> list[Box]:
        """Return the boxes whose ends may meet those of one, in their order."""
        (first, last), (start, end) = wanted[0], wanted[1]
        found = [
            (at, one)
            for (low, high), boxes in self._by_source.items()
            if low <= last and high >= first
            for at, one in boxes
            if one[1][0] <= end and one[1][1] >= start
        ]
        return [one for _at, one in sorted(found)]


def _of(version: int, boxes: Iterable[Box]) -> PacketSet:
    found: list[Box] = []
    for one in boxes:
        found.append(one)
        if len(found) > MOST_BOXES:
            raise TooManyBoxes(f"more than {MOST_BOXES} boxes")
    return PacketSet(version, tuple(found))


def _both(one: Box, other: Box) -> Box | None:
    # Most boxes differ by their ends, which are looked at first.
    if one[1][0] > other[1][1] or one[1][1] < other[1][0] or one[0][0] > other[0][1] or one[0][1] < other[0][0]:
        return None
    found = []
    for (first, last), (start, end) in zip(one, other):
        low, high = (first if first > start else start), (last if last < end else end)
        if low > high:
            return None
        found.append((low, high))
    return Box(*found)


def _without(one: Box, taken: Box) -> Iterator[Box]:
    """Yield the parts of a box that another one hasn't."""
    if _both(one, taken) is None:
        yield one
        return
    rest = list(one)
    for at, ((first, last), (start, end)) in enumerate(zip(one, taken)):
        if first < start:
            yield Box._make((*rest[:at], (first, start - 1), *rest[at + 1 :]))
        if end < last:
            yield Box._make((*rest[:at], (end + 1, last), *rest[at + 1 :]))
        rest[at] = (max(first, start), min(last, end))


def _answers(one: Box, version: int) -> Iterator[Box]:
    """Yield the answers to a box's packets. ICMP's type and code stay where ports are; a ping's become the reply's."""
    icmp = ICMP[version]
    low, high = one.protocol
    if one.ports == one.source_ports == ANY_PORT:
        yield Box(one.destination, one.source, one.protocol)
        return
    for protocols in ((low, min(high, icmp - 1)), (max(low, icmp + 1), high)):
        if protocols[0] <= protocols[1]:
            yield Box(one.destination, one.source, protocols, one.ports, one.source_ports)
    if low <= icmp <= high:
        for ports in _swapped(one.ports, ECHO_REQUEST[version] * 256, ECHO_REPLY[version] * 256):
            yield Box(one.destination, one.source, (icmp, icmp), one.source_ports, ports)


def _swapped(ports: tuple[int, int], one: int, other: int) -> list[tuple[int, int]]:
    """Return the numbers of an interval with two numbers exchanged."""
    has = [number for number in (one, other) if ports[0] <= number <= ports[1]]
    if len(has) != 1:
        return [ports]
    rest = intervals.without((ports,), ((has[0], has[0]),))
    gets = other if has[0] == one else one
    return [*rest, (gets, gets)]


def _may_be(box_: Box, protocol: int, port: int) -> bool:
    return protocol in NAMES or box_.ports[0] <= port <= box_.ports[1]


def _nearest(numbers: tuple[int, int], wanted: int) -> int:
    return min(max(numbers[0], wanted), numbers[1])


def _apart(protocols: Intervals, ports: Intervals) -> Iterator[tuple[int, int]]:
    """Yield intervals of protocols; one by one where ports tell them apart, but for those without ports."""
    for first, last in protocols:
        if ports == (ANY_PORT,) or first == last:
            yield first, last
        else:
            yield from ((number, number) for number in range(first, last + 1))


def _named(protocols: tuple[int, int], ports: Intervals, version: int) -> str:
    if protocols == ANY_PROTOCOL and ports == (ANY_PORT,):
        return "all traffic"
    first, last = protocols
    if first != last:
        return f"protocols {first}-{last}"
    if first == ICMP[version]:
        return _icmp(ports, version)
    name = NAMES.get(first, f"protocol {first}")
    return name if ports == (ANY_PORT,) else f"{name} {', '.join(_range(one) for one in ports)}"


def _icmp(ports: Intervals, version: int) -> str:
    name = "icmp" if version == 4 else "icmpv6"
    if ports == (ANY_PORT,):
        return name
    known = {ECHO_REQUEST[version] * 256: "echo request", ECHO_REPLY[version] * 256: "echo reply"}
    told = [
        known[low] if low == high and low in known else f"type {_range((low // 256, high // 256))}"
        for low, high in ports
    ]
    return f"{name} {', '.join(told)}"


def _range(numbers: tuple[int, int]) -> str:
    return str(numbers[0]) if numbers[0] == numbers[1] else f"{numbers[0]}-{numbers[1]}"


def _span(version: int, numbers: tuple[int, int]) -> str:
    """Return addresses in words: one, a CIDR, or from the first to the last one."""
    first, last = numbers
    if first == last:
        return str(intervals.address(version, first))
    if numbers == (0, LAST[version]):
        return "anywhere"
    size = last - first + 1
    if size & (size - 1) == 0 and first % size == 0:
        length = (32 if version == 4 else 128) - size.bit_length() + 1
        return f"{intervals.address(version, first)}/{length}"
    return f"{intervals.address(version, first)}-{intervals.address(version, last)}"
