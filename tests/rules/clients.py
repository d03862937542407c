# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What clients send first: ClientHellos of OpenSSL, requests of HTTP, datagrams of DNS and QUIC."""

from __future__ import annotations

import contextlib
import hmac
import ssl
import struct
from functools import cache

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


@cache
def hello(name: str | None, size: int = 0) -> bytes:
    """Return a ClientHello with this text as SNI, whatever it is; None: without SNI; at least `size` bytes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if size:
        # As long as one with keys of post-quantum cryptography.
        context.set_alpn_protocols([f"padding-{number:03}" for number in range(-(-size // 12))])
    # OpenSSL sends only what it takes for a name: its place is taken by a name of the same length.
    length = len(name or "")
    placeholder = "".join("." if place % 50 == 49 and place + 1 < length else "a" for place in range(length)) or None
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing, server_hostname=placeholder).do_handshake()
    sent = outgoing.read()
    if name and placeholder:
        extension = struct.pack("!BH", 0, len(name))
        assert sent.count(extension + placeholder.encode()) == 1
        sent = sent.replace(extension + placeholder.encode(), extension + name.encode())
    assert len(sent) >= size
    return sent


def request(host: str | None, path: str = "/", version: str = "1.1") -> bytes:
    lines = [f"GET {path} HTTP/{version}", *([] if host is None else [f"Host: {host}"]), "Accept: */*", "", ""]
    return "\r\n".join(lines).encode()


RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
SSH = b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"


def query(name: str) -> bytes:
    """Return a DNS query for the address of a name."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!HHHHHH", 1, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", 1, 1)


def _expand(secret: bytes, label: str, length: int) -> bytes:
    """Return HKDF-Expand-Label of TLS 1.3 (RFC 8446, 7.1) with SHA-256."""
    name = b"tls13 " + label.encode()
    info = struct.pack("!HB", length, len(name)) + name + b"\0"
    return hmac.digest(secret, info + b"\x01", "sha256")[:length]


def quic(name: str) -> bytes:
    """Return a QUIC version 1 Initial packet with a ClientHello, protected as RFC 9001, 5.2 to 5.4 say."""
    connection = bytes(range(8))
    salt = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
    secret = _expand(hmac.digest(salt, connection, "sha256"), "client in", 32)
    key, nonce, mask_key = (
        _expand(secret, label, size) for label, size in (("quic key", 16), ("quic iv", 12), ("quic hp", 16))
    )
    sent = hello(name)[5:]
    frames = b"\x06\x00" + struct.pack("!H", 0x4000 + len(sent)) + sent
    frames += bytes(1162 - len(frames))
    header = b"\xc3" + struct.pack("!I", 1) + b"\x08" + connection + b"\x00\x00"
    header += struct.pack("!H", 0x4000 + 4 + len(frames) + 16) + struct.pack("!I", 0)
    sealed = AESGCM(key).encrypt(nonce, frames, header)  # the packet number, 0, leaves the nonce as it is
    encryptor = Cipher(algorithms.AES(mask_key), modes.ECB()).encryptor()
    mask = encryptor.update(sealed[:16])
    number = bytes(byte ^ masked for byte, masked in zip(header[-4:], mask[1:5]))
    return bytes([header[0] ^ mask[0] & 0x0F]) + header[1:-4] + number + sealed


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack("!I", len(payload))[1:] + bytes([kind, flags]) + struct.pack("!I", stream) + payload


def http2(host: str | None) -> bytes:
    """Return a request of HTTP/2 without TLS, whose client knows that the server speaks it (RFC 9113, 3.3)."""
    headers = b"\x82\x84\x86" + (b"" if host is None else b"\x01" + bytes([len(host)]) + host.encode())
    return b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"") + frame(1, 5, 1, headers)
