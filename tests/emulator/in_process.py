# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""botocore clients of an emulator in this process: a call costs no connection, so that tests can make thousands."""

from __future__ import annotations

import io
import os
from typing import Any
from urllib.parse import unquote, urlsplit

# As the emulator's own start does, before moto is imported.
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from emulator.app import Emulator
from emulator.server import _add, _key

ENDPOINT = "http://localhost:5000"


class _Raw:
    """Body of an answer, as botocore reads it of a stream."""

    def __init__(self, body: bytes):
        self._body = io.BytesIO(body)

    def stream(self, amt: int = 65536, **_: Any) -> Any:
        while chunk := self._body.read(amt):
            yield chunk

    def read(self, amt: int | None = None) -> bytes:
        return self._body.read(amt)

    def close(self) -> None:
        """Do nothing."""


class Http:
    """HTTP session of a client: a request goes to the application in the form in which the server hands it over."""

    def __init__(self, application: Emulator):
        self.application = application

    def send(self, request: Any) -> AWSResponse:
        started: list[Any] = []
        answer = self.application(
            environ_of(request), lambda status, headers, error=None: started.extend((status, headers))
        )
        body = b"".join(answer)
        return AWSResponse(request.url, int(started[0].split()[0]), dict(started[1]), _Raw(body))

    def close(self) -> None:
        """Do nothing."""


def environ_of(request: Any) -> dict[str, Any]:
    """Return the WSGI environment of a request that botocore has prepared and signed."""
    url = urlsplit(request.url)
    body = request.body or b""
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        body = body.encode()
    target = url.path + (f"?{url.query}" if url.query else "")
    environ: dict[str, Any] = {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input": io.BytesIO(body),
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(url.path, "latin-1"),
        "QUERY_STRING": url.query,
        "REQUEST_URI": target,
        "RAW_URI": target,
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "emulator.example",
        "SERVER_PORT": "5000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": url.netloc,
    }
    for name, value in request.headers.items():
        _add(environ, _key(name), value.decode() if isinstance(value, bytes) else str(value))
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ


class Clients:
    """Clients of one emulator: of any service, account key and region, with parameters sent as they are."""

    def __init__(self, application: Emulator):
        self.session = botocore.session.get_session()
        self.http = Http(application)

    def client(self, service: str, region: str = "eu-central-1", **options: Any) -> Any:
        settings = {
            "retries": {"total_max_attempts": 1},
            "parameter_validation": False,
            "s3": {"addressing_style": "path"},
        }
        config = Config(**settings, **options.pop("config", {}))
        client = self.session.create_client(service, region, endpoint_url=ENDPOINT, config=config, **options)
        client._endpoint.http_session = self.http
        return client
