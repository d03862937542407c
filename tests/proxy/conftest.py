# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fixtures: what clients want to reach, and both proxies with one declaration."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import groups
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.proxy import nginx, squid
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.proxy.tables import PRIVATE, Settings
from tests.proxy import programs

TODAY = date(2026, 11, 29)
# Servers of the tests are on loopback, and squid reaches no private address otherwise.
REACHED = tuple(cidr for cidr in PRIVATE if cidr != "127.0.0.0/8")
NAMES = [
    *("api.stripe.com", "stripe.com", "x.api.stripe.com", "evilapi.stripe.com", "api.stripe.com.evil.example"),
    *("amazonaws.com", "s3.amazonaws.com", "a.b.amazonaws.com", "notamazonaws.com"),
    *("example-saas.com", "app.example-saas.com", "deep.app.example-saas.com"),
    *("below.example", "a.below.example", "evil.example", "plain.example", "xn--bcher-kva.example"),
]


def declared(ports: Any) -> dict[str, Any]:
    """Return groups as `resolve` returns them: overlapping sources, each form of a name, two ports, expired entries."""
    return {
        "payments": {
            "owner": "team-payments",
            "sources": [{"name": "alpha", "cidrs": ["10.1.0.0/16", "10.7.1.0/24"]}],
            "allow": [
                {"domain": "api.stripe.com", "ports": [ports.tls]},
                {"domain": ".amazonaws.com", "ports": [ports.tls, ports.other]},
                {"domain": "evil.example", "ports": [ports.tls], "until": "2026-11-28"},
                {"domain": "b\u00fccher.example", "ports": [ports.tls]},
            ],
        },
        "inside": {
            "sources": [{"name": "own", "cidrs": ["10.1.9.192/26"]}],
            "allow": [{"domain": "api.stripe.com", "ports": [ports.tls]}],
        },
        "below": {
            "sources": [{"name": "beta", "cidrs": ["10.1.2.0/24", "192.168.0.0/16", "2001:db8:1::/48"]}],
            "allow": [{"domain": "*.below.example", "ports": [ports.tls]}],
        },
        "everyone": {
            "sources": [{"name": "spokes", "cidrs": ["10.0.0.0/8"]}],
            "allow": [
                {"domain": ".example-saas.com", "ports": [ports.tls]},
                {"domain": "app.example-saas.com", "ports": [ports.tls]},
                {"domain": "plain.example", "ports": [ports.http], "protocol": "http"},
                {"cidr": "127.0.0.0/30", "ports": [ports.http]},
            ],
        },
    }


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Servers on loopback: TLS on two ports, HTTP, and DNS that says 127.0.0.1 for every name."""
    folder = tmp_path_factory.mktemp("servers")
    tls, other, http, dns = programs.free_ports(4)
    authority = programs.Authority(folder, NAMES)
    servers = [programs.TlsServer(tls, authority), programs.TlsServer(other, authority), programs.PlainServer(http)]
    names = programs.NameServer(dns)
    ports = SimpleNamespace(tls=tls, other=other, http=http, dns=dns)
    yield SimpleNamespace(ports=ports, authority=authority, servers=servers, dns=names, declared=declared(ports))
    for server in (*servers, names):
        server.stop()


@pytest.fixture(scope="session")
def egress(world: Any) -> groups.Egress:
    return groups.parse(world.declared, TODAY)


def _folder() -> Path:
    """Return a new folder that a program may enter as nobody; pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="proxy-"))
    folder.chmod(0o755)
    return folder


class Nginx:
    """nginx with groups, listening on free ports in place of those that clients connect to."""

    def __init__(self, egress: groups.Egress, ports: Any, **settings: Any) -> None:
        folder = _folder()
        options = {"resolvers": (f"127.0.0.1:{ports.dns}",), "folder": str(folder), "balancers": ("127.0.0.1/32",)}
        self.configuration = nginx.render(egress, Settings(**{**options, **settings}))
        text, self.ports = self.configuration.text, {}
        refusing, *free_ports = programs.free_ports(1 + len(self.configuration.ports))
        text = text.replace("127.0.0.1:65535", f"127.0.0.1:{refusing}")
        # The servers that are reached have these ports already.
        for (port, own), free in zip(self.configuration.ports.items(), free_ports):
            assert f"listen {own}" in text
            text = text.replace(f"listen {own}", f"listen {free}")
            self.ports[port] = free
        self.program = programs.nginx(folder, text, next(iter(self.ports.values())))

    def stop(self) -> None:
        self.program.stop()
        shutil.rmtree(self.program.said.parent)


class Squid:
    """squid with groups, on a free port."""

    def __init__(self, egress: groups.Egress, names: list[str], **settings: Any) -> None:
        folder = _folder()
        options = {"folder": str(folder), "balancers": ("127.0.0.1/32",), "private": REACHED}
        self.configuration = squid.render(egress, Settings(**{**options, **settings}))
        (self.port,) = programs.free_ports(1)
        self.program = programs.squid(folder, self.configuration.text, self.port, names)

    def stop(self) -> None:
        self.program.stop()
        shutil.rmtree(self.program.said.parent)


@pytest.fixture(scope="session")
def in_nginx(egress: groups.Egress, world: Any) -> Iterator[Nginx]:
    proxy = Nginx(egress, world.ports, own=("10.1.9.0/24",))
    yield proxy
    proxy.stop()


@pytest.fixture(scope="session")
def in_squid(egress: groups.Egress) -> Iterator[Squid]:
    proxy = Squid(egress, NAMES, own=("10.1.9.0/24",))
    yield proxy
    proxy.stop()
