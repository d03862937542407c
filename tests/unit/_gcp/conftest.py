# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A local server that answers as a test says, in the shapes of Google's recorded answers."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ansible_collections.closednet.aws.plugins.module_utils._core import wait
from ansible_collections.closednet.aws.plugins.module_utils._gcp import client, transport

PROJECT, NUMBER, REGION = "recruiting-b", "415104041262", "us-west2"
GUARD = {"name": f"projects/{NUMBER}", "projectId": PROJECT, "state": "ACTIVE", "parent": "folders/111"}
OPERATOR = "operator@recruiting-b.iam.gserviceaccount.com"
TOKEN = {"accessToken": "ya29.impersonated", "expireTime": "2099-01-01T00:00:00Z"}
HOST = "https://www.googleapis.com/compute/v1"


def refused(status, reason, message="m"):
    """Compute Engine's form (magic-modules#5031)."""
    errors = [{"message": message, "domain": "global", "reason": reason}]
    return status, {"error": {"code": status, "message": message, "errors": errors}}


def rpc(status, word, message="m", **info):
    """google.rpc's form (https://google.aip.dev/193); the ErrorInfo as in google-gemini/gemini-cli#1343."""
    details = (
        [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "domain": "googleapis.com", **info}] if info else []
    )
    return status, {"error": {"code": status, "message": message, "status": word, "details": details}}


def operation(status="DONE", name="operation-1", target="serviceAttachments/a", **more):
    """An operation as it was recorded (magic-modules#5031)."""
    where = f"{HOST}/projects/{PROJECT}/regions/{REGION}"
    done = {"kind": "compute#operation", "name": name, "status": status, "region": where, "progress": 0}
    return 200, {**done, "targetLink": f"{where}/{target}", "selfLink": f"{where}/operations/{name}", **more}


LOST = "the connection is closed without an answer"


class Google(ThreadingHTTPServer):
    """answers: of the next requests, in turn: (status, JSON or bytes[, headers]) or LOST. log: the requests."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.log, self.lock = [], [], threading.Lock()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def calls(self):
        """Verb and path of each request but the guard's."""
        return [f"{one.verb} {one.path}" for one in self.log if not one.path.startswith("/v3/projects/recruiting-b")]

    def handle_error(self, request, client_address):
        pass  # the client went away


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self):
        google = self.server
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with google.lock:
            seen = SimpleNamespace(
                verb=self.command,
                path=unquote(url.path),
                query=dict(parse_qsl(url.query)),
                body=json.loads(body) if body.startswith(b"{") else body.decode() or None,
                headers=self.headers,
            )
            google.log.append(seen)
            answer = google.answers.pop(0) if google.answers else (200, GUARD)
        if answer == LOST:
            self.close_connection = True
            self.connection.close()
            return
        status, told, *headers = answer
        raw = told if isinstance(told, bytes) else json.dumps(told).encode()
        self.send_response(status)
        for name, value in (headers[0] if headers else {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_POST = do_PATCH = do_DELETE = _answer

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def google(monkeypatch):
    """The server; pauses take no time."""
    for name in ("GCP_ACCESS_TOKEN", "GCP_SERVICE_ACCOUNT_FILE", "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT"):
        monkeypatch.delenv(name, raising=False)
    server = Google()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    pauses = []
    for module in (client, transport, wait):
        monkeypatch.setattr(module, "time", SimpleNamespace(sleep=pauses.append, monotonic=Clock(pauses)))
    server.pauses = pauses
    yield server
    server.shutdown()
    server.server_close()


class Clock:
    """time.monotonic of a test, in which pauses pass at once."""

    def __init__(self, pauses):
        self.pauses = pauses

    def __call__(self):
        return time.monotonic() + sum(self.pauses)


@pytest.fixture
def params(google):
    return {
        "project_id": PROJECT,
        "region": REGION,
        "access_token": "ya29.token",
        "endpoint_url": google.url,
        "wait_timeout": 600,
    }


@pytest.fixture
def gcp(google, params):
    return client.Gcp(params)


def bearers(google):
    return [one.headers.get("Authorization") for one in google.log]


@pytest.fixture(scope="session")
def key():
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@pytest.fixture
def key_file(tmp_path, key, google):
    path = tmp_path / "key.json"
    told = {
        "type": "service_account",
        "client_email": OPERATOR,
        "private_key": key,
        "private_key_id": "1",
        "token_uri": f"{google.url}/token",
        "project_id": PROJECT,
    }
    path.write_text(json.dumps(told))
    return str(path)
