# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""squid itself judges the configuration that is written for it."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import groups
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.proxy import squid
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.proxy.tables import PRIVATE, Settings
from tests.proxy import programs
from tests.proxy.conftest import NAMES, TODAY, Squid
from tests.proxy.matrix import REACHES, logged
from tests.proxy.wire import exchange, proxy_header


def connects(proxy: Any, source: str | None, host: str, port: int, **options: Any) -> int:
    """Return the status that CONNECT got; 0: the connection was closed."""
    return _status(proxy, source, f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n", **options)


def gets(proxy: Any, source: str, url: str, host: str) -> int:
    return _status(proxy, source, f"GET {url} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")


def _status(proxy: Any, source: str | None, request: str, **options: Any) -> int:
    head = b"" if source is None else proxy_header(source, 3128)
    answer = exchange(proxy.port, head + request.encode(), **options)
    found = re.match(rb"HTTP/1.1 (\d+)", answer)
    return int(found[1]) if found else 0


@pytest.mark.parametrize(
    ("source", "name", "group"),
    [
        *REACHES,
        ("10.1.0.5", "[::1]", None),
    ],
)
def test_who_reaches_what(in_squid: Any, world: Any, source: str, name: str, group: str | None) -> None:
    assert connects(in_squid, source, name, world.ports.tls) == (200 if group else 403)
    line = in_squid.program.line(src=source, name=name.lower(), port=str(world.ports.tls))
    assert line["verdict"] == ("allow" if group else "deny")
    assert line["group"] == (group or logged(source, nobody="-"))


def test_an_address_in_another_form_is_an_address(in_squid: Any, world: Any) -> None:
    for host in ("2130706433", "0x7f000001", "017700000001", "127.1"):
        assert connects(in_squid, "10.1.0.5", host, world.ports.tls) >= 400


def test_a_trailing_dot_is_dropped_as_the_name_is_the_same(in_squid: Any, world: Any) -> None:
    assert connects(in_squid, "10.1.0.5", "api.stripe.com.", world.ports.tls) == 200
    assert connects(in_squid, "10.1.0.5", "evil.example.", world.ports.tls) == 403


def test_connect_reaches_only_the_declared_ports(in_squid: Any, world: Any) -> None:
    assert connects(in_squid, "10.1.0.5", "s3.amazonaws.com", world.ports.other) == 200
    assert connects(in_squid, "10.1.0.5", "api.stripe.com", world.ports.other) == 403
    assert connects(in_squid, "10.1.0.5", "s3.amazonaws.com", 22) == 403


def test_plain_http_reaches_only_what_is_declared_as_http(in_squid: Any, world: Any) -> None:
    port = world.ports.http
    assert gets(in_squid, "10.1.0.5", f"http://plain.example:{port}/", f"plain.example:{port}") == 200
    assert gets(in_squid, "10.1.0.5", f"http://evil.example:{port}/", f"evil.example:{port}") == 403
    assert connects(in_squid, "10.1.0.5", "plain.example", port) == 403, "nor a tunnel to a port of plain HTTP"
    tls = world.ports.tls
    assert gets(in_squid, "10.1.0.5", f"http://api.stripe.com:{tls}/", f"api.stripe.com:{tls}") == 403


def test_the_url_counts_and_not_the_host_header(in_squid: Any, world: Any) -> None:
    port = world.ports.http
    assert gets(in_squid, "10.1.0.5", f"http://evil.example:{port}/", f"plain.example:{port}") == 403


def test_a_second_request_of_a_connection_is_judged_by_itself(in_squid: Any, world: Any) -> None:
    port = world.ports.http
    with socket.create_connection(("127.0.0.1", in_squid.port), timeout=5) as connection:
        connection.sendall(proxy_header("10.1.0.5", 3128))
        statuses = []
        for name in ("plain.example", "evil.example"):
            host = f"{name}:{port}"
            connection.sendall(f"GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            # Whole, since an answer may come in parts.
            with http.client.HTTPResponse(connection) as answer:
                answer.begin()
                answer.read()
                statuses.append(answer.status)
    assert statuses == [200, 403]


def test_other_schemes_are_refused(in_squid: Any, world: Any) -> None:
    port = world.ports.http
    for scheme in ("https", "ftp", "gopher", "cache_object"):
        assert gets(in_squid, "10.1.0.5", f"{scheme}://plain.example:{port}/", "plain.example") >= 400
    assert gets(in_squid, "10.1.0.5", "/squid-internal-mgr/info", f"plain.example:{port}") >= 400


def test_a_declared_cidr_is_reached_by_its_addresses_only(in_squid: Any, world: Any) -> None:
    port = world.ports.http
    assert connects(in_squid, "10.1.0.5", "127.0.0.1", port) == 200
    assert connects(in_squid, "10.1.0.5", "127.0.0.9", port) == 403
    assert connects(in_squid, "10.1.0.5", "evil.example", port) == 403, "a name with such an address is no address"


def test_without_a_proxy_header_nobody_gets_in(in_squid: Any, world: Any) -> None:
    assert connects(in_squid, None, "api.stripe.com", world.ports.tls) != 200


def test_a_proxy_header_from_elsewhere_is_refused(in_squid: Any, world: Any) -> None:
    assert connects(in_squid, "10.1.0.5", "api.stripe.com", world.ports.tls, own="127.0.0.9") == 0


def test_what_a_client_writes_cannot_forge_a_line_of_the_log(in_squid: Any, world: Any) -> None:
    for host in ('a","verdict":"allow', "a\\", "a%22b", "é"):
        assert connects(in_squid, "10.7.1.98", host, world.ports.tls) >= 400
    assert connects(in_squid, "10.7.1.98", "evil.example", world.ports.tls) == 403
    assert in_squid.program.line(src="10.7.1.98", name="evil.example")
    assert {line["verdict"] for line in in_squid.program.lines() if line["src"] == "10.7.1.98"} <= {"deny", "-"}


def test_a_health_check_is_not_logged(in_squid: Any, world: Any) -> None:
    exchange(in_squid.port, proxy_header(None), wait=0.2)
    with socket.create_connection(("127.0.0.1", in_squid.port)):
        pass
    assert connects(in_squid, "10.7.1.99", "api.stripe.com", world.ports.tls) == 200
    assert in_squid.program.line(src="10.7.1.99")
    assert [line for line in in_squid.program.lines() if line["name"] == "-"] == []


def test_the_proxys_own_connections_are_refused(in_squid: Any, world: Any) -> None:
    assert connects(in_squid, "10.1.9.5", "api.stripe.com", world.ports.tls) == 403
    assert connects(in_squid, "10.1.9.200", "api.stripe.com", world.ports.tls) == 403, (
        "nor if a group names some of them"
    )


def test_a_whole_session_has_the_servers_certificate(in_squid: Any, world: Any) -> None:
    context = ssl.create_default_context(cafile=str(world.authority.root))
    with socket.create_connection(("127.0.0.1", in_squid.port)) as plain:
        plain.sendall(proxy_header("10.1.0.5") + f"CONNECT api.stripe.com:{world.ports.tls} HTTP/1.1\r\n\r\n".encode())
        assert plain.recv(4096).startswith(b"HTTP/1.1 200")
        with context.wrap_socket(plain, server_hostname="api.stripe.com") as secured:
            secured.sendall(b"GET / HTTP/1.1\r\nHost: api.stripe.com\r\n\r\n")
            assert secured.recv(4096).startswith(b"HTTP/1.1 200")


def test_squid_finds_no_fault_with_the_configuration(in_squid: Any) -> None:
    said = (in_squid.program.said.parent / "cache.log").read_text()
    assert not re.search(r"WARNING: \(|ERROR|is a subdomain of|subnetwork|FATAL|Bungled|obsolete", said), said[-3000:]


def test_a_name_that_leads_to_a_private_address_is_refused(world: Any, egress: Any) -> None:
    """An allowed wildcard lets others write the addresses behind it, and a proxy stands inside."""
    proxy = Squid(egress, NAMES, private=PRIVATE)
    try:
        assert connects(proxy, "10.1.0.5", "s3.amazonaws.com", world.ports.tls) == 403
    finally:
        proxy.stop()


def test_what_no_proxy_can_serve_is_told_by_name() -> None:
    allow = [{"cidr": "203.0.113.0/24", "ports": [123], "protocol": "udp"}, {"domain": "x.example"}]
    egress = groups.parse({"a": {"sources": [{"name": "b", "cidrs": ["10.0.0.0/8"]}], "allow": allow}}, TODAY)
    configuration = squid.render(egress, Settings())
    assert configuration.unsupported == ["a: 203.0.113.0/24 udp 123: no proxy serves UDP"]
    assert "203.0.113" not in configuration.text


def test_the_programs_are_named_when_they_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs.shutil, "which", lambda *_arguments, **_options: None)
    with pytest.raises(pytest.fail.Exception, match="squid is missing.*tools/install_proxies.sh"):
        programs.program("squid")
