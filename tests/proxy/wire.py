# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What clients send: ClientHellos and PROXY headers, byte by byte, so that a test can send any of them."""

from __future__ import annotations

import os
import socket
import struct
import time
from ipaddress import ip_address


def client_hello(name: str | None, padding: int = 0) -> bytes:
    """Return a TLS 1.2 ClientHello (RFC 5246, 7.4.1.2) with this SNI as it is; None: without the extension."""
    extensions = b""
    if name is not None:
        host = name.encode()
        entry = b"\0" + struct.pack("!H", len(host)) + host
        extensions += _extension(0, struct.pack("!H", len(entry)) + entry)
    extensions += _extension(10, struct.pack("!H3H", 6, 29, 23, 24))
    extensions += _extension(11, b"\x01\x00")
    extensions += _extension(13, struct.pack("!H4H", 8, 0x0403, 0x0804, 0x0401, 0x0501))
    extensions += _extension(23, b"")
    if padding:
        extensions += _extension(21, b"\0" * padding)
    suites = struct.pack("!4H", 0xC02B, 0xC02F, 0xC02C, 0xC030)
    body = b"\x03\x03" + os.urandom(32) + b"\0" + struct.pack("!H", len(suites)) + suites + b"\x01\x00"
    body += struct.pack("!H", len(extensions)) + extensions
    message = b"\x01" + struct.pack("!I", len(body))[1:] + body
    # A record holds 16,384 bytes at most.
    records = [message[start : start + 16384] for start in range(0, len(message), 16384)]
    return b"".join(b"\x16\x03\x01" + struct.pack("!H", len(record)) + record for record in records)


def _extension(kind: int, data: bytes) -> bytes:
    return struct.pack("!HH", kind, len(data)) + data


def proxy_header(source: str | None, port: int = 443) -> bytes:
    """Return a PROXY header, version 2, as a Network Load Balancer sends it; None: that of its health check.

    https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt, 2.2
    """
    signature = b"\r\n\r\n\0\r\nQUIT\n"
    if source is None:
        return signature + b"\x20\x00\x00\x00"
    address = ip_address(source)
    other = "203.0.113.1" if address.version == 4 else "2001:db8::1"
    family = b"\x11" if address.version == 4 else b"\x21"
    addresses = address.packed + ip_address(other).packed + struct.pack("!HH", 50000, port)
    return signature + b"\x21" + family + struct.pack("!H", len(addresses)) + addresses


def exchange(port: int, *parts: bytes, pause: float = 0.0, own: str = "127.0.0.1", wait: float = 5.0) -> bytes:
    """Send the parts on a new connection to the proxy and return the first bytes of the answer, b"" if it is closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait, source_address=(own, 0)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for index, part in enumerate(parts):
                if index and pause:
                    time.sleep(pause)
                connection.sendall(part)
            return connection.recv(65536)
        except (ConnectionError, TimeoutError):
            return b""
