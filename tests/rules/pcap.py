# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packets of connections, as a pcap file of raw IPv4 packets without checksums (suricata -k none)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path

LINKTYPE_RAW = 101
TCP, UDP, ICMP = 6, 17, 1
FIN, SYN, PSH, ACK = 1, 2, 8, 16
MTU = 1400


def _ip(source: str, target: str, protocol: int, payload: bytes) -> bytes:
    header = struct.pack(
        "!BBHHHBBH4s4s",
        *(0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0, IPv4Address(source).packed, IPv4Address(target).packed),
    )
    return header + payload


@dataclass
class Connection:
    """Connection of a client, whose packets are built as it is used."""

    source: str
    port: int
    target: str
    target_port: int
    packets: list[bytes] = field(default_factory=list)
    _sent: int = 1000
    _received: int = 5000

    @property
    def ends(self) -> frozenset[tuple[str, int]]:
        if any(packet[9] == ICMP for packet in self.packets):
            return frozenset({(self.source, 0), (self.target, 0)})
        return frozenset({(self.source, self.port), (self.target, self.target_port)})

    def open(self) -> Connection:
        self._tcp(SYN)
        self._sent += 1
        self._tcp(SYN | ACK, to_server=False)
        self._received += 1
        self._tcp(ACK)
        return self

    def send(self, *segments: bytes) -> Connection:
        """Send data, a packet for each segment of at most an MTU, each acknowledged."""
        for segment in segments:
            for start in range(0, len(segment), MTU):
                part = segment[start : start + MTU]
                self._tcp(PSH | ACK, part)
                self._sent += len(part)
                self._tcp(ACK, to_server=False)
        return self

    def answer(self, data: bytes) -> Connection:
        self._tcp(PSH | ACK, data, to_server=False)
        self._received += len(data)
        self._tcp(ACK)
        return self

    def close(self) -> Connection:
        self._tcp(FIN | ACK)
        self._sent += 1
        self._tcp(FIN | ACK, to_server=False)
        self._received += 1
        self._tcp(ACK)
        return self

    def datagram(self, data: bytes, *, to_server: bool = True) -> Connection:
        ports = (self.port, self.target_port) if to_server else (self.target_port, self.port)
        self._add(UDP, struct.pack("!HHHH", *ports, 8 + len(data), 0) + data, to_server)
        return self

    def ping(self) -> Connection:
        self._add(ICMP, struct.pack("!BBHHH", 8, 0, 0, self.port, 1) + b"egress", True)
        return self

    def _tcp(self, flags: int, data: bytes = b"", *, to_server: bool = True) -> None:
        ports = (self.port, self.target_port) if to_server else (self.target_port, self.port)
        numbers = (self._sent, self._received) if to_server else (self._received, self._sent)
        acknowledged = numbers[1] if flags & ACK else 0
        header = struct.pack("!HHIIBBHHH", *ports, numbers[0], acknowledged, 0x50, flags, 65535, 0, 0)
        self._add(TCP, header + data, to_server)

    def _add(self, protocol: int, payload: bytes, to_server: bool) -> None:
        ends = (self.source, self.target) if to_server else (self.target, self.source)
        self.packets.append(_ip(*ends, protocol, payload))


def write(path: Path, connections: list[Connection]) -> None:
    """Write the connections one after the other, a millisecond between packets."""
    out = [struct.pack("!IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, LINKTYPE_RAW)]
    now = 1_800_000_000_000_000
    for connection in connections:
        for packet in connection.packets:
            now += 1000
            out.append(struct.pack("!IIII", now // 1_000_000, now % 1_000_000, len(packet), len(packet)) + packet)
    path.write_bytes(b"".join(out))
