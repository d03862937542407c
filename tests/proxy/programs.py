# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""nginx, squid, TLS and HTTP servers and a DNS server, all on loopback."""

from __future__ import annotations

import datetime
import json
import os
import shutil
import signal
import socket
import socketserver
import ssl
import struct
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

STARTED_WITHIN = 20
NOBODY = 65534


def program(name: str) -> str:
    """Return the path of a program; its absence fails the test, since nothing else judges the configuration."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if not found:
        pytest.fail(f"{name} is missing, and only it can judge its configuration: run tools/install_proxies.sh")
    return found


def free_ports(number: int) -> list[int]:
    """Return ports that nobody listens on, all different."""
    held = []
    for _ in range(number):
        one = socket.socket()
        one.bind(("127.0.0.1", 0))
        held.append(one)
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def listening(port: int, process: subprocess.Popen[Any], log: Path) -> None:
    """Wait until somebody listens on the port. Fails with the program's own words if it ends before."""
    for _ in range(STARTED_WITHIN * 20):
        if process.poll() is not None:
            raise AssertionError(f"it ended with {process.returncode}: {log.read_text()[-3000:]}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"port {port} isn't open: {log.read_text()[-3000:]}")


class Program:
    """A proxy that runs with a configuration, its log and what it says."""

    def __init__(self, folder: Path, arguments: list[str], port: int, ended_by: int = signal.SIGTERM) -> None:
        self.name, self.ended_by = f"test{port}", ended_by
        self.said, self.log = folder / "said", folder / "access"
        self.log.touch()
        as_nobody: Any = {}
        if os.getuid() == 0:
            # As in its container, and root's rights would hide what it may not do.
            as_nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            for path in (folder, *folder.iterdir()):
                os.chown(path, NOBODY, NOBODY)
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(arguments, stdout=said, stderr=said, cwd=folder, **as_nobody)
        try:
            listening(port, self.process, self.said)
        except AssertionError:
            self.stop()
            raise

    def lines(self, number: int = 0) -> list[dict[str, Any]]:
        """Return the access log, once it has this many lines."""
        for _ in range(100):
            # The last line may still be in writing.
            lines = self.log.read_text().split("\n")[:-1]
            if len(lines) >= number:
                break
            time.sleep(0.02)
        return [json.loads(line) for line in lines]

    def line(self, **fields: Any) -> dict[str, Any]:
        """Return the latest line of the access log with these fields, once there is one."""
        for number in range(1, 100):
            found = [line for line in self.lines() if fields.items() <= line.items()]
            if found:
                return found[-1]
            time.sleep(0.002 * number)
        raise AssertionError(f"no line has {fields}: {self.log.read_text()[-2000:]}")

    def stop(self) -> None:
        # nginx ends its workers; squid, which has none, would wait for a second or two.
        self.process.send_signal(self.ended_by)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for left in Path("/dev/shm").glob(f"{self.name}-*.shm"):
            left.unlink()


def nginx(folder: Path, text: str, port: int) -> Program:
    """Start nginx with this nginx.conf, its log in a file and its modules loaded, as Debian has them apart."""
    modules = Path("/usr/lib/nginx/modules/ngx_stream_module.so")
    loaded = f"load_module {modules};\n" if modules.exists() else ""
    text = text.replace("worker_processes auto;", "worker_processes 1;").replace("/dev/stdout", str(folder / "access"))
    (folder / "nginx.conf").write_text(f"{loaded}{text}")
    arguments = [program("nginx"), "-c", str(folder / "nginx.conf"), "-p", str(folder)]
    return Program(folder, [*arguments, "-e", "stderr", "-g", "daemon off;"], port)


def squid(folder: Path, text: str, port: int, names: list[str]) -> Program:
    """Start squid with this squid.conf, on a free port, its log in a file; names: what resolves to 127.0.0.1."""
    (folder / "hosts").write_text("".join(f"127.0.0.1 {name}\n" for name in names))
    text = text.replace("http_port 3128", f"http_port {port}").replace("/dev/stdout", str(folder / "access"))
    text = text.replace("/dev/stderr", str(folder / "cache.log"))
    text += f"hosts_file {folder / 'hosts'}\nshutdown_lifetime 0 seconds\ndns_nameservers 127.0.0.1\n"
    text += "dns_timeout 1 second\n"
    (folder / "squid.conf").write_text(text)
    return Program(
        folder, [program("squid"), "-N", "-n", f"test{port}", "-f", str(folder / "squid.conf")], port, signal.SIGKILL
    )


# What clients want to reach


class Authority:
    """A CA of its own and one certificate for all names of the test."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        key, self.key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test CA")])
        now = datetime.datetime.now(datetime.timezone.utc)
        span = (now - datetime.timedelta(days=1), now + datetime.timedelta(days=1))
        root = _certificate(issuer, issuer, key.public_key(), key, span, [], True)
        server = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test server")])
        leaf = _certificate(server, issuer, self.key.public_key(), key, span, names, False)
        self.root, self.chain = folder / "root.pem", folder / "chain.pem"
        encoding = serialization.Encoding.PEM
        self.root.write_bytes(root.public_bytes(encoding))
        private = self.key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        self.chain.write_bytes(private + leaf.public_bytes(encoding))


def _certificate(
    subject: x509.Name, issuer: x509.Name, public: Any, key: Any, span: tuple[Any, Any], names: list[str], ca: bool
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(span[0])
        .not_valid_after(span[1])
        .add_extension(x509.BasicConstraints(ca, None), True)
        # Python verifies certificates strictly from 3.13 on (RFC 5280, 4.2.1.1 to 4.2.1.3).
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False)
        .add_extension(x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False), True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False)
    return builder.sign(key, hashes.SHA256())


class TlsServer:
    """A TLS server that notes the SNI of each handshake."""

    def __init__(self, port: int, authority: Authority) -> None:
        self.seen: list[str] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.chain)
        context.sni_callback = lambda _socket, name, _context: self.seen.append(name or "")  # type: ignore[assignment]

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                try:
                    with context.wrap_socket(self.request, server_side=True) as secured:
                        secured.recv(4096)
                        secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
                except (OSError, ssl.SSLError):
                    pass

        self.server = _serve(port, Handler)

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class PlainServer:
    """An HTTP server, or any TCP server: whatever is said, it greets."""

    def __init__(self, port: int) -> None:
        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                self.request.recv(4096)
                self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")

        self.server = _serve(port, Handler)

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def _serve(port: int, handler: type[socketserver.BaseRequestHandler]) -> socketserver.ThreadingTCPServer:
    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address, daemon_threads, request_queue_size = True, True, 128

    server = Server(("127.0.0.1", port), handler)
    threading.Thread(target=lambda: server.serve_forever(0.02), daemon=True).start()
    return server


class NameServer:
    """A DNS server that answers each A query with one address and notes the names."""

    def __init__(self, port: int, address: str = "127.0.0.1") -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                query, connection = self.request
                end = query.index(b"\0", 12)
                asked.append(".".join(_labels(query[12:end])))
                question = query[12 : end + 5]
                answer = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04" + socket.inet_aton(address)
                head = query[:2] + struct.pack("!5H", 0x8180, 1, 1, 0, 0)
                connection.sendto(head + question + answer, self.client_address)

        class Server(socketserver.ThreadingUDPServer):
            allow_reuse_address, daemon_threads = True, True

        self.server = Server(("127.0.0.1", port), Handler)
        threading.Thread(target=lambda: self.server.serve_forever(0.02), daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def _labels(packed: bytes) -> list[str]:
    labels = []
    while packed:
        length = packed[0]
        labels.append(packed[1 : 1 + length].decode())
        packed = packed[1 + length :]
    return labels
