# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HTTP/1.1 server of one WSGI application, for test clients on the same machine.

Each connection has a thread and stays open, as AWS's do. werkzeug's server closes it after each answer, so that each
call costs a connection and a thread.
"""

from __future__ import annotations

import io
import resource
import socket
import socketserver
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from email.utils import formatdate
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY, should_preserve_original_header_name
from werkzeug.serving import DechunkedInput

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
LONGEST_LINE = 65536
# After them an idle connection is closed.
IDLE_SECONDS = 60


class BadRequestError(Exception):
    """Request that is not valid HTTP."""


class Handler(socketserver.StreamRequestHandler):
    server: Server
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS

    def handle(self) -> None:
        try:
            while self._answer_one():
                pass
        except (OSError, BadRequestError):
            """Gone, idle for too long, or cut off by a fault."""

    def finish(self) -> None:
        try:
            super().finish()
        except OSError:
            """Gone."""

    def _answer_one(self) -> bool:
        """Answer one request; return False if no other may follow on the connection."""
        line = self._line()
        if not line:
            return False
        method, target, version = _request_line(line)
        environ = self._environ(method, target, version)
        if environ.get("HTTP_EXPECT", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self._body(environ)
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
        status, headers, answer, close = self._ask(environ)
        wanted = [environ.get("HTTP_CONNECTION", ""), *(value for name, value in headers if name == "Connection")]
        keep = version == "HTTP/1.1" and "close" not in map(str.lower, wanted)
        headers = [(name, value) for name, value in headers if name != "Connection"]
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers)]
        if not any(name.lower() == "content-length" for name, _ in headers) and status[:3] not in ("204", "304"):
            lines.append(f"Content-Length: {len(answer)}")
        lines += [f"Date: {_date(int(time.time()))}", f"Connection: {'keep-alive' if keep else 'close'}", "\r\n"]
        # In one segment: sent apart, the body would wait for a delayed ACK.
        self.wfile.write("\r\n".join(lines).encode("latin-1") + answer)
        close()
        return keep

    def _line(self) -> str:
        line = self.rfile.readline(LONGEST_LINE + 1)
        if len(line) > LONGEST_LINE:
            raise BadRequestError
        return line.decode("latin-1")

    def _environ(self, method: str, target: str, version: str) -> dict[str, Any]:
        parts = urlsplit(target) if target.startswith("http") else None
        path, _, query = target.partition("?")
        if parts:
            path, query = parts.path, parts.query
        host, port = self.server.server_address[:2]
        environ = {
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "werkzeug.socket": self.connection,
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            # As PEP 3333 requires: the bytes of the path as Latin-1.
            "PATH_INFO": unquote(path, "latin-1") if "%" in path else path,
            "QUERY_STRING": query,
            "REQUEST_URI": target,
            "RAW_URI": target,
            "REMOTE_ADDR": self.client_address[0],
            "REMOTE_PORT": self.client_address[1],
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": version,
        }
        underscored: list[tuple[str, str]] = []
        while (line := self._line()) not in ("\r\n", "\n", ""):
            name, colon, value = line.partition(":")
            if not colon:
                raise BadRequestError
            value = value.strip()
            if "_" in name:
                underscored.append((name, value))
            else:
                _add(environ, _key(name), value)
        if parts:
            environ["HTTP_HOST"] = parts.netloc
        _add_underscored(environ, underscored)
        return environ

    def _body(self, environ: dict[str, Any]) -> bytes:
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            return DechunkedInput(self.rfile).read()
        try:
            length = int(environ.get("CONTENT_LENGTH") or 0)
        except ValueError:
            raise BadRequestError from None
        body = self.rfile.read(length) if length else b""
        if len(body) < length:
            raise BadRequestError
        return body

    def _ask(self, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes, Callable[[], Any]]:
        """Return status, headers, body, and a function to call once they are sent."""
        started: list[Any] = []
        try:
            parts = self.server.application(
                environ, lambda status, headers, error=None: started.extend((status, headers))
            )
            answer = b"".join(parts)
        except ConnectionError:  # a fault: no answer
            raise
        except Exception:
            traceback.print_exc()
            failed = b"Internal Server Error"
            return "500 INTERNAL SERVER ERROR", [("Content-Type", "text/plain")], failed, lambda: None
        return started[0], started[1], answer, getattr(parts, "close", lambda: None)


class Server(socketserver.ThreadingTCPServer):
    """Server that tracks its open connections: no client may go on with a process that is kept as a snapshot."""

    # handle_request is called only when a connection waits.
    timeout = 0
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, host: str, port: int, application: Application):
        self.application = application
        # Each connection takes a file descriptor.
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), Handler)
        self.port = self.server_address[1]
        self.connections: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)


def cut(environ: dict[str, Any]) -> None:
    """Close the caller's connection without an answer. Raises ConnectionResetError."""
    if connection := environ.get("werkzeug.socket"):
        connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError("fault: connection dropped")


def _request_line(line: str) -> tuple[str, str, str]:
    parts = line.split()
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise BadRequestError
    return parts[0], parts[1], parts[2]


@lru_cache(maxsize=1024)
def _key(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


def _add(environ: dict[str, Any], key: str, value: str) -> None:
    environ[key] = f"{environ[key]},{value}" if key in environ and key.startswith("HTTP_") else value


def _add_underscored(environ: dict[str, Any], headers: list[tuple[str, str]]) -> None:
    """Add S3's metadata headers, drop others with an underscore, which WSGI cannot tell from a dash; as moto does."""
    names: dict[str, str] = {}
    dashed = set(environ)
    for name, value in headers:
        key = _key(name)
        if should_preserve_original_header_name(name) and key not in dashed:
            names.setdefault(key, name)
            _add(environ, key, value)
    environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = names


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
