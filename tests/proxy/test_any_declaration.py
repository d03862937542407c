# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever is declared, both proxies let through exactly what the model of egress groups allows."""

from __future__ import annotations

import random
from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import groups, verdict
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


def agree(egress: groups.Egress, asked: list[tuple[str, str, int]], passed: list[bool], protocol: str = "tls") -> None:
    judged = [verdict.decide(egress, *one, protocol).allowed for one in asked]
    assert list(zip(passed, asked)) == list(zip(judged, asked))


def names_its_group(egress: groups.Egress, line: dict[str, Any], name: str, protocol: str) -> bool:
    """Return true if the line names a group that allows by itself, or, of a refusal, the first that has the source."""
    question = line["src"], name, int(line["port"]), protocol
    if line["verdict"] == "deny":
        group = verdict.decide(egress, *question).group
        return line["group"].strip("-") == (group.name if group else "")
    (named,) = [group for group in egress.groups if group.name == line["group"]]
    return verdict.decide(groups.Egress((named,)), *question).allowed


def test_nginx_agrees_with_the_model(drawn: tuple[random.Random, groups.Egress], world: Any) -> None:
    chance, egress = drawn
    proxy = Nginx(egress, world.ports)
    try:
        asked = [one for one in questions(chance, world.ports) if one[2] in proxy.ports]
        passed = [says(proxy, port, source, host) for source, host, port in asked]
        told = proxy.program.lines(len(asked))
    finally:
        proxy.stop()
    agree(egress, asked, passed)
    assert len(told) == len(asked)
    assert [line for line in told if not names_its_group(egress, line, line["sni"], "tls")] == []


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
    agree(egress, asked, passed)
    agree(egress, plain, fetched, "http")
    assert len(told) == len(asked) + len(plain)
    wrong = [
        line
        for line in told
        if not names_its_group(egress, line, line["name"], "http" if line["method"] == "GET" else "tls")
    ]
    assert wrong == []
