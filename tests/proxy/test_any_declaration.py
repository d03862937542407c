# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever is declared, both proxies let through exactly what the model of egress groups allows."""

from __future__ import annotations

import random
from typing import Any

import pytest

from plugins.module_utils._domain.egress import groups, verdict
from tests.proxy.conftest import TODAY, Nginx, Squid
from tests.proxy.test_nginx import says
from tests.proxy.test_squid import connects, gets

LABELS = ("a", "b", "aa", "a-b", "x_y")
BASES = ("x.example", "a.x.example", "ax.example", "y.test")
SOURCES = ("10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.128/25", "10.1.3.0/24", "10.2.0.0/15", "192.168.7.9/32")
CLIENTS = ("10.0.0.1", "10.1.1.1", "10.1.2.1", "10.1.2.200", "10.1.3.255", "10.3.255.255", "192.168.7.9", "192.168.7.8")
QUESTIONS = 60


def hosts() -> list[str]:
    below = [f"{label}.{base}" for label in LABELS for base in BASES]
    return [*BASES, *below, "a.b.x.example", "b.a.a.x.example", "example", "x.example.evil.test"]


def declaration(chance: random.Random, ports: Any) -> dict[str, Any]:
    """Return groups with overlapping sources and names, in all forms, on any of the ports."""

    def entry() -> tuple[str, tuple[int, ...]]:
        name = chance.choice(("", ".", "*.")) + chance.choice([host for host in hosts() if "." in host])
        return name, tuple(chance.sample((ports.tls, ports.other), chance.choice((1, 1, 2))))

    def group() -> dict[str, Any]:
        entries = dict(entry() for _ in range(chance.randint(1, 9)))
        allow = [{"domain": name, "ports": list(listed)} for name, listed in entries.items()]
        plain = {chance.choice(hosts()[:9]) for _ in range(chance.randint(0, 2))}
        allow += [{"domain": name, "ports": [ports.http], "protocol": "http"} for name in plain]
        listed = chance.sample(SOURCES, chance.randint(1, 4))
        return {"sources": [{"name": cidr, "cidrs": [cidr]} for cidr in listed], "allow": allow}

    names = chance.sample(("alpha", "b_2", "c-3", "Zeta", "everyone", "default", "hostnames"), chance.randint(1, 5))
    return {name: group() for name in names}


@pytest.fixture(params=range(8))
def drawn(request: pytest.FixtureRequest, world: Any) -> tuple[random.Random, groups.Egress]:
    chance = random.Random(request.param)
    return chance, groups.parse(declaration(chance, world.ports), TODAY)


def questions(chance: random.Random, ports: Any) -> list[tuple[str, str, int]]:
    own = (ports.tls, ports.tls, ports.other)
    return [(chance.choice(CLIENTS), chance.choice(hosts()), chance.choice(own)) for _ in range(QUESTIONS)]


def answers_of(
    egress: groups.Egress, asked: list[tuple[str, str, int]], protocol: str = "tls"
) -> list[tuple[bool, str]]:
    judged = [verdict.decide(egress, source, host, port, protocol) for source, host, port in asked]
    return [(one.allowed, one.group.name if one.group else "") for one in judged]


def test_nginx_agrees_with_the_model(drawn: tuple[random.Random, groups.Egress], world: Any) -> None:
    chance, egress = drawn
    proxy = Nginx(egress, world.ports)
    try:
        asked = [one for one in questions(chance, world.ports) if one[2] in proxy.ports]
        passed = [says(proxy, port, source, host) for source, host, port in asked]
        told = proxy.program.lines(len(asked))
    finally:
        proxy.stop()
    expected = answers_of(egress, asked)
    assert list(zip(passed, asked)) == [(allowed, one) for (allowed, _group), one in zip(expected, asked)]
    assert sorted((line["src"], line["sni"], line["port"], line["verdict"], line["group"]) for line in told) == sorted(
        (source, host, port, "allow" if allowed else "deny", group)
        for (allowed, group), (source, host, port) in zip(expected, asked)
    )


def test_squid_agrees_with_the_model(drawn: tuple[random.Random, groups.Egress], world: Any) -> None:
    chance, egress = drawn
    proxy = Squid(egress, hosts())
    http = world.ports.http
    try:
        asked = questions(chance, world.ports)
        passed = [connects(proxy, source, host, port) == 200 for source, host, port in asked]
        plain = [(chance.choice(CLIENTS), chance.choice(hosts()[:9]), http) for _ in range(QUESTIONS // 3)]
        fetched = [gets(proxy, source, f"http://{host}:{http}/", host) == 200 for source, host, _port in plain]
        told = proxy.program.lines(len(asked) + len(plain))
    finally:
        proxy.stop()
    expected = answers_of(egress, asked)
    assert list(zip(passed, asked)) == [(allowed, one) for (allowed, _group), one in zip(expected, asked)]
    also = answers_of(egress, plain, "http")
    assert list(zip(fetched, plain)) == [(allowed, one) for (allowed, _group), one in zip(also, plain)]
    assert sorted((line["src"], line["name"], line["port"], line["verdict"], line["group"]) for line in told) == sorted(
        (source, host, str(port), "allow" if allowed else "deny", group or "-")
        for (allowed, group), (source, host, port) in zip([*expected, *also], [*asked, *plain])
    )
