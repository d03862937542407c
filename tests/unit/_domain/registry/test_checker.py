# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The function that checks endpoints, against servers on loopback."""

from __future__ import annotations

import http.server
import importlib
import socket
import threading
import time
from types import SimpleNamespace

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.registry import checker, layout

TABLE = {"HEALTH_TABLE": "algorithms-health", "STALE_SECONDS": "180", "TIMEOUT_SECONDS": "1"}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status = {"/health": 200, "/moved": 302, "/ill": 503}.get(self.path, 404)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:9/")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def port():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture
def silent():
    """Port of a server that accepts connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return port


def one(port, path="/health", protocol="http", version="1"):
    names = {"algorithm": "score", "version": version, "endpoint": "127.0.0.1"}
    return {**names, "port": port, "protocol": protocol, "health_path": path}


@pytest.fixture
def written(monkeypatch):
    """Calls of a DynamoDB client that refuses the version `refused`."""
    rows = []

    def put_item(TableName, Item):
        if Item["version"]["S"] == "refused":
            raise RuntimeError("AccessDeniedException")
        rows.append((TableName, Item))

    client = SimpleNamespace(put_item=put_item)
    monkeypatch.setattr(importlib, "import_module", lambda name: SimpleNamespace(client=lambda service: client))
    for name, value in TABLE.items():
        monkeypatch.setenv(name, value)
    return rows


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/health", (True, "HTTP 200")),
        ("/ill", (False, "HTTP 503")),
        ("/moved", (False, "HTTP 302")),
        ("/nothing", (False, "HTTP 404")),
    ],
)
def test_http(port, path, answer):
    assert checker.check(one(port, path), 1) == answer


def test_tcp(port, closed):
    assert checker.check(one(port, protocol="tcp"), 1) == (True, "connected")
    healthy, detail = checker.check(one(closed, protocol="tcp"), 1)
    assert not healthy and detail.startswith("ConnectionRefusedError")


def test_https_of_a_server_without_tls(port):
    healthy, detail = checker.check(one(port, protocol="https"), 1)
    assert not healthy and "SSL" in detail


def test_a_name_that_nobody_answers():
    healthy, detail = checker.check({**one(80), "endpoint": "score.invalid"}, 1)
    assert not healthy and detail.startswith("gaierror")


def test_what_a_server_says_is_no_control_character(port):
    assert checker._printable("a\nb\x1b[0m" + "x" * 500) == "a?b?[0m" + "x" * 193


def test_rows(port, silent, written):
    event = {"algorithms": [one(port), one(silent, version="2"), one(port, "/ill", version="3")]}
    assert checker.handler(event, None) == {"checked": 3, "healthy": 1}
    rows = {item["version"]["S"]: item for table, item in written if table == "algorithms-health"}
    assert {version: row["healthy"]["BOOL"] for version, row in rows.items()} == {"1": True, "2": False, "3": False}
    assert rows["1"]["detail"] == {"S": "HTTP 200"} and "Timeout" in rows["2"]["detail"]["S"]
    checked_at = int(rows["1"]["checked_at"]["N"])
    assert abs(time.time() - checked_at) < 60 and int(rows["1"]["valid_until"]["N"]) == checked_at + 180


def test_a_row_that_is_not_written_doesnt_keep_others_from_it(port, written):
    event = {"algorithms": [one(port, version="refused"), one(port, version="2")]}
    with pytest.raises(RuntimeError, match="1 of 2 rows weren't written: score refused: AccessDenied"):
        checker.handler(event, None)
    assert [item["version"]["S"] for _table, item in written] == ["2"]


def test_nothing_to_check(written):
    assert checker.handler({"algorithms": []}, None) == {"checked": 0, "healthy": 0}


def test_an_answer_that_never_ends_is_given_up(monkeypatch):
    """Each byte comes in time, so no socket times out: the deadline of all checks ends it."""
    released = threading.Event()
    monkeypatch.setattr(checker, "check", lambda one, timeout: (released.wait(30), "late"))
    began = time.monotonic()
    ((algorithm, answer),) = checker.checked([one(80)], 0.1)
    released.set()
    assert answer == (False, "no answer within 0.1 s") and time.monotonic() - began < 10


def test_more_checks_than_one_run_can_do_are_refused():
    layout.check_times(1, 3, 180, 1000)
    with pytest.raises(Invalid, match="check_timeout: 20 lets 200 checks take 81 s"):
        layout.check_times(1, 20, 180, 200)
    with pytest.raises(Invalid, match="stale_seconds"):
        layout.check_times(3, 3, 180, 1)
