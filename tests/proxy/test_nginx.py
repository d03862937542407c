# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""nginx itself judges the configuration that is written for it."""

from __future__ import annotations

import socket
import ssl
from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import groups
from tests.proxy.conftest import TODAY, Nginx
from tests.proxy.matrix import REACHES, logged
from tests.proxy.wire import client_hello, exchange, proxy_header

PASSED = b"\x16\x03"


def says(proxy: Any, port: int, source: str | None, name: str | None, **options: Any) -> bool:
    """Return true if a ClientHello with this SNI got the server's answer."""
    hello = client_hello(name, options.pop("padding", 0))
    head = b"" if source is None else proxy_header(source, port)
    return exchange(proxy.ports[port], head + hello, **options).startswith(PASSED)


@pytest.mark.parametrize(
    ("source", "name", "group"),
    [
        *REACHES,
        ("10.1.0.5", "", None),
        ("10.1.0.5", "api.stripe.com.", None),
        ("10.1.0.5", "s3.amazonaws.com.", None),
        ("10.1.0.5", None, None),
    ],
)
def test_who_reaches_what(in_nginx: Any, world: Any, source: str, name: str | None, group: str | None) -> None:
    assert says(in_nginx, world.ports.tls, source, name) == bool(group)
    line = in_nginx.program.line(src=source, sni=name or "", port=world.ports.tls)
    assert line["verdict"] == ("allow" if group else "deny")
    assert line["group"] == (group or logged(source, nobody=""))


def test_a_port_that_no_entry_of_the_group_names_is_closed(in_nginx: Any, world: Any) -> None:
    assert says(in_nginx, world.ports.other, "10.1.0.5", "s3.amazonaws.com")
    assert not says(in_nginx, world.ports.other, "10.1.0.5", "api.stripe.com")


def test_a_split_hello_and_a_big_one_are_read_whole(in_nginx: Any, world: Any) -> None:
    port, head = world.ports.tls, proxy_header("10.1.0.5")
    hello = client_hello("api.stripe.com", padding=2300)
    assert exchange(in_nginx.ports[port], head, hello[:3], hello[3:40], hello[40:], pause=0.2).startswith(PASSED)
    other = client_hello("evil.example", padding=2300)
    assert not exchange(in_nginx.ports[port], head, other[:3], other[3:40], other[40:], pause=0.2)
    assert says(in_nginx, port, "10.1.0.5", "api.stripe.com", padding=13000)


def test_a_hello_over_the_buffer_is_refused(in_nginx: Any, world: Any) -> None:
    assert not says(in_nginx, world.ports.tls, "10.1.0.5", "api.stripe.com", padding=19000)


def test_what_is_no_tls_is_refused(in_nginx: Any, world: Any) -> None:
    request = b"GET / HTTP/1.1\r\nHost: api.stripe.com\r\n\r\n"
    assert not exchange(in_nginx.ports[world.ports.tls], proxy_header("10.1.0.5") + request)


def test_without_a_proxy_header_nobody_gets_in(in_nginx: Any, world: Any) -> None:
    assert not says(in_nginx, world.ports.tls, None, "api.stripe.com")


def test_a_proxy_header_from_elsewhere_counts_for_nothing(in_nginx: Any, world: Any) -> None:
    assert not says(in_nginx, world.ports.tls, "10.1.0.5", "api.stripe.com", own="127.0.0.9")
    assert in_nginx.program.line(trusted="0")["verdict"] == "deny"


def test_a_health_check_is_answered_and_not_logged(in_nginx: Any, world: Any) -> None:
    assert exchange(in_nginx.ports[world.ports.tls], proxy_header(None) + client_hello("api.stripe.com")) == b""
    assert says(in_nginx, world.ports.tls, "10.7.1.99", "api.stripe.com")
    assert in_nginx.program.line(src="10.7.1.99")
    assert [line for line in in_nginx.program.lines() if line["src"] == ""] == []


def test_the_proxys_own_connections_are_refused(in_nginx: Any, world: Any) -> None:
    """A private zone that leads the name to the proxy would make it connect to itself for ever."""
    assert not says(in_nginx, world.ports.tls, "10.1.9.5", "api.stripe.com")
    assert not says(in_nginx, world.ports.tls, "10.1.9.200", "api.stripe.com"), "nor if a group names some of them"


def test_a_whole_session_has_the_servers_certificate(in_nginx: Any, world: Any) -> None:
    context = ssl.create_default_context(cafile=str(world.authority.root))
    with socket.create_connection(("127.0.0.1", in_nginx.ports[world.ports.tls])) as plain:
        plain.sendall(proxy_header("10.1.0.5"))
        with context.wrap_socket(plain, server_hostname="api.stripe.com") as secured:
            secured.sendall(b"GET / HTTP/1.1\r\nHost: api.stripe.com\r\n\r\n")
            assert secured.recv(4096).startswith(b"HTTP/1.1 200")


def test_refusals_are_fast_and_fill_no_error_log(in_nginx: Any, world: Any) -> None:
    said = in_nginx.program.said.stat().st_size
    for _ in range(20):
        assert not says(in_nginx, world.ports.tls, "10.1.0.5", "evil.example", wait=1)
    assert in_nginx.program.said.stat().st_size == said


def test_a_name_that_is_refused_is_never_looked_up(in_nginx: Any, world: Any) -> None:
    says(in_nginx, world.ports.tls, "10.1.0.5", "secret-data.evil.example")
    assert "secret-data.evil.example" not in world.dns.asked


def test_what_nginx_cannot_serve_is_told_by_name(in_nginx: Any, world: Any) -> None:
    http = world.ports.http
    assert in_nginx.configuration.unsupported == [
        f"everyone: plain.example http {http}: nginx serves names in TLS only, squid serves it",
        f"everyone: 127.0.0.0/30 tcp {http}: nginx serves names in TLS only, squid serves it",
    ]
    assert http not in in_nginx.ports


def test_without_a_balancer_the_clients_own_address_counts(world: Any) -> None:
    sources = [{"name": "me", "cidrs": ["127.0.0.7/32"]}]
    allow = [{"domain": "api.stripe.com", "ports": [world.ports.tls]}]
    egress = groups.parse({"a": {"sources": sources, "allow": allow}}, TODAY)
    proxy = Nginx(egress, world.ports, balancers=())
    try:
        assert says(proxy, world.ports.tls, None, "api.stripe.com", own="127.0.0.7")
        assert not says(proxy, world.ports.tls, None, "api.stripe.com", own="127.0.0.8")
    finally:
        proxy.stop()
