# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Connections that clients attempt, and what the declaration says about each."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import groups, rules, tails, verdict

from . import clients, pcap
from .engine import Engine

TODAY = date(2026, 11, 29)
OUTSIDE = "198.51.100.7"
NOISE = random.Random(12).randbytes(2000)


@dataclass(frozen=True)
class Attempt:
    """One connection. how: whole, split (into two segments), bytes (many segments), big (2.7 kB of hello)."""

    source: str
    target: str | None
    port: int = 443
    protocol: str = "tls"
    address: str = OUTSIDE
    how: str = "whole"

    def connection(self, number: int) -> pcap.Connection:
        """Return its packets; `number` makes its client's port."""
        connection = pcap.Connection(self.source, 1024 + number, self.address, self.port)
        if self.protocol == "udp":
            named = {53: clients.query, 443: clients.quic}.get(self.port)
            connection.datagram(named(self.target) if named and self.target else NOISE[:100])
            return connection.datagram(b"answer", to_server=False).datagram(NOISE[100:200])
        if self.protocol == "icmp":
            return connection.ping()
        connection.open()
        if self.protocol == "tcp":
            # Of a protocol that Suricata doesn't know: it has to see some of both sides.
            for start in range(0, 2000, 100):
                connection.send(NOISE[start : start + 100]).answer(NOISE[:50])
            return connection.close()
        sent = clients.request(self.target) if self.protocol == "http" else self._hello()
        return connection.send(*self._segments(sent)).close()

    def _hello(self) -> bytes:
        return clients.hello(self.target, 2700 if self.how == "big" else 0)

    def _segments(self, sent: bytes) -> list[bytes]:
        if self.how == "split":
            return [sent[: len(sent) // 2], sent[len(sent) // 2 :]]
        if self.how == "bytes":
            return [sent[:1], sent[1:2], *(sent[start : start + 37] for start in range(2, len(sent), 37))]
        return [sent]

    def expected(self, egress: groups.Egress) -> tuple[bool, str]:
        """Return whether the declaration lets it pass, and the message that the log must have."""
        decided = verdict.decide(egress, self.source, self.target, self.port, self.protocol, self.address)
        group = decided.group.name if decided.group else tails.NOBODY
        if decided.entry:
            kind = "cidr" if decided.entry.cidr else "domain"
            return True, f"egress-allow group={group} {kind}={decided.entry.target}"
        if decided.tail == tails.DEFAULT:
            # Stock Suricata has no default action: that no rule matches is all it can say.
            return True, ""
        return False, f"egress-deny group={group} why={decided.tail}"


def parse(declared: dict) -> groups.Egress:
    """Return the groups of a declaration whose sources are CIDRs."""
    return groups.parse(groups.resolve(declared, {}, {}, "egress_groups"), TODAY)


def lines(compiled: rules.Ruleset) -> list[str]:
    """Return the rules in the order in which the policy evaluates them."""
    return [line for each in compiled.rule_groups.values() for line in each.rules.splitlines()]


def engine(folder: Path, compiled: rules.Ruleset, changed: list[str] | None = None) -> Engine:
    """Return Suricata with the rules, or with others that have the same variables."""
    variables = {name: cidrs for each in compiled.rule_groups.values() for name, cidrs in each.variables.items()}
    home = list(compiled.home_net) or ["127.0.0.1/32"]
    return Engine(folder, changed or lines(compiled), {"HOME_NET": home, "EXTERNAL_NET": ["!$HOME_NET"], **variables})


def differences(egress: groups.Egress, judge: Engine, attempts: list[Attempt]) -> list[str]:
    """Return where Suricata's verdict, or the group that it logs, differs from the declaration."""
    connections = [attempt.connection(number) for number, attempt in enumerate(attempts)]
    found = []
    for attempt, played, ordered in zip(attempts, judge.play(connections), judge.play_in_order(connections)):
        passes, message = attempt.expected(egress)
        if (ordered.passed, ordered.first) != (passes, message):
            found.append(f"{attempt} in strict order: {ordered}, declared: {message}")
        # Which of several rules that pass is first, or whether one that drops is, only strict order says.
        first = message.partition(" ")[0] if passes else message
        if played.passed != passes or not any(logged.startswith(first) for logged in played.logged or [""]):
            found.append(f"{attempt}: {played}, declared: {message}")
    return found


def problems(egress: groups.Egress, judge: Engine, attempts: list[Attempt]) -> list[str]:
    """Return the first kind of problem of rules: not loaded, judging by address alone, or another verdict."""
    errors = judge.errors()
    return [errors] if errors else judge.by_address() or differences(egress, judge, attempts)
