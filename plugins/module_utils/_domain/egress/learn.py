# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Proposes entries for what was seen in logs and no group allows: by account, with counts, for a person to judge.

A client chooses the name that it sends, and an intrusion looks like a system's traffic: so nothing here opens anything,
each entry has an end and no reason yet, and what only few clients wanted on few days says so.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from ..._core import escape
from ..._core.errors import refusal
from . import domains, learn_lists, observations, overlaps, proposal_text
from .groups import CIDR, Egress, Entry, Group
from .importing import patterns, proposal
from .observations import Flow, Tally

TODO = "TODO"
# Most of what isn't proposed that is listed; all of it is in the result.
SHOWN = 100
HEADER = (
    "Proposed by egress_learn from logs. This file opens nothing: a person reads it, gives each entry that is needed",
    "its reason, and merges it into the variable egress_groups of the group `egress`.",
)


@dataclass(frozen=True)
class Settings:
    """How to learn.

    until: the last day of what is proposed
    children: so many names below one are told as a wildcard
    least_hits: what was seen less often isn't proposed
    """

    until: date
    children: int = 5
    least_hits: int = 1


@dataclass
class Wanted:
    """What an account wants that no group allows. hosts: addresses of its clients."""

    account: str
    destination: str
    port: int
    protocol: str
    tally: Tally = field(default_factory=Tally)
    hosts: set[str] = field(default_factory=set)


class Judge:
    """Which flows groups allow, as `verdict.decide` says, for many flows."""

    def __init__(self, egress: Egress) -> None:
        self.egress = egress
        self._networks = [
            (group, [overlaps.network("sources", cidr) for cidr in group.cidrs], _by_name(group))
            for group in egress.groups
        ]
        self._of_source: dict[str, list[tuple[Group, Mapping[str, list[Entry]]]]] = {}
        self.used: set[tuple[str, Entry]] = set()

    def allows(self, flow: Flow) -> bool:
        """Return true if an entry allows the flow; notes all entries that do as used."""
        address = observations.ipv4(flow.destination)
        # No entry has what is no name, and what a client made up may have thousands of dots.
        is_name = observations.is_name(flow.destination)
        names = [""] if address else learn_lists.parents(flow.destination) if is_name else []
        found = [
            (group.name, entry)
            for group, by_name in self._groups(flow.source)
            for name in names
            for entry in by_name.get(name, ())
            if _matches(entry, flow, address)
        ]
        self.used.update(found)
        return bool(found)

    def _groups(self, source: str) -> list[tuple[Group, Mapping[str, list[Entry]]]]:
        if source not in self._of_source:
            address = IPv4Address(source)
            self._of_source[source] = [
                (group, by_name)
                for group, networks, by_name in self._networks
                if any(address in one for one in networks)
            ]
        return self._of_source[source]

    def unused(self) -> list[tuple[str, Entry]]:
        every = [(group.name, entry) for group in self.egress.groups for entry in group.entries]
        return [one for one in every if one not in self.used]


def _by_name(group: Group) -> dict[str, list[Entry]]:
    """Return a group's entries by the name that they have; those with a CIDR by an empty name."""
    found: dict[str, list[Entry]] = {}
    for entry in group.entries:
        found.setdefault(entry.domain or "", []).append(entry)
    return found


def _matches(entry: Entry, flow: Flow, address: str | None) -> bool:
    """Return true if an entry allows a flow. address: of the destination, if that is one."""
    wanted = flow.protocol if address is None else "udp" if flow.protocol in ("udp", "quic") else "tcp"
    if entry.protocol != wanted or flow.port not in entry.ports:
        return False
    if entry.form != CIDR:
        return domains.matches(entry.domain or "", entry.form, flow.destination)
    return address is not None and IPv4Address(address) in overlaps.network("cidr", entry.cidr)


class Accounts:
    """The account of an address: the one with the longest CIDR that holds it."""

    def __init__(self, accounts: Mapping[str, Sequence[str]]) -> None:
        pairs = [(IPv4Network(cidr), host) for host, cidrs in accounts.items() for cidr in cidrs if ":" not in cidr]
        self._networks = sorted(pairs, key=lambda pair: -pair[0].prefixlen)
        self._known: dict[str, str | None] = {}

    def of(self, source: str) -> str | None:
        if source not in self._known:
            address = IPv4Address(source)
            self._known[source] = next((host for network, host in self._networks if address in network), None)
        return self._known[source]


def learned(
    seen: Mapping[Flow, Tally], accounts: Mapping[str, Sequence[str]], egress: Egress, settings: Settings
) -> dict[str, Any]:
    """Return {"proposal": YAML, "groups", "not_proposed", "unused", "backtest", "window", "warnings", "lines"}.

    seen: from logs. accounts: host -> CIDRs. egress: the groups as they are declared.
    """
    judge, of_address = Judge(egress), Accounts(accounts)
    refused: list[dict[str, Any]] = []
    wanted: dict[tuple[str, str, int, str], Wanted] = {}
    before = blocked = 0
    for flow, one in sorted(seen.items()):
        if judge.allows(flow):
            continue
        before += one.hits
        account = of_address.of(flow.source)
        why = _why_not(flow, account, one, settings)
        if why or account is None:
            refused.append(_refused(flow, account, one, why or "belongs to no account"))
            blocked += one.hits
            continue
        key = account, flow.destination, flow.port, flow.protocol
        each = wanted.setdefault(key, Wanted(*key))
        each.tally.merge(one)
        each.hosts.add(flow.source)
    groups = _groups(wanted.values(), egress, settings)
    days = sorted({day for one in seen.values() for day in one.days})
    counts = before, blocked, sum(one.hits for one in seen.values())
    return _result(groups, _merged(refused), judge, days, counts)


def _why_not(flow: Flow, account: str | None, one: Tally, settings: Settings) -> str | None:
    """Return why a flow is never proposed, None if it may be."""
    if account is None:
        return "its source belongs to no account of the inventory"
    if flow.protocol == "quic":
        return "QUIC: closed by design; clients fall back to TCP"
    if flow.protocol not in ("tls", "http"):
        return "no name was seen: declare a cidr entry if it is needed"
    if not observations.is_name(flow.destination):
        return "its destination is no name: an address, or text that a client made up"
    what = learn_lists.never(flow.destination)
    if what:
        return f"is {what}: never proposed"
    if one.hits < settings.least_hits:
        return f"was seen less than {settings.least_hits} times"
    return _refusal(flow.destination)


def _refusal(name: str) -> str | None:
    invalid = refusal(domains.parse, "domain", name)
    return invalid.problem if invalid else None


def _refused(flow: Flow, account: str | None, one: Tally, why: str) -> dict[str, Any]:
    return {
        "account": account or flow.source,
        "destination": flow.destination,
        "port": flow.port,
        "protocol": flow.protocol,
        "hits": one.hits,
        "why": why,
    }


def _merged(refused: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the same for all clients of an account, the most frequent first."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in refused:
        key = tuple(value for name, value in row.items() if name != "hits")
        found.setdefault(key, {**row, "hits": 0})["hits"] += row["hits"]
    return sorted(found.values(), key=lambda row: (-row["hits"], row["account"], row["destination"]))


def _groups(wanted: Iterable[Wanted], egress: Egress, settings: Settings) -> proposal.Groups:
    by_account: dict[str, list[Wanted]] = {}
    for one in wanted:
        by_account.setdefault(one.account, []).append(one)
    groups: proposal.Groups = {}
    for account, of_account in sorted(by_account.items()):
        own = next((g for g in egress.groups if [source.name for source in g.sources] == [account]), None)
        name = (
            own.name if own else proposal.group_name([account], None, {**groups, **{g.name: {} for g in egress.groups}})
        )
        entries = [_entry(one, settings) for one in _ordered(of_account)]
        marked = [{proposal_text.COMMENT: list(_wildcards(of_account, settings))}]
        groups[name] = {
            "owner": (own.owner if own else "") or TODO,
            "sources": [account],
            "allow": entries + [one for one in marked if one[proposal_text.COMMENT]],
        }
    return groups


def _ordered(wanted: Iterable[Wanted]) -> list[Wanted]:
    return sorted(wanted, key=lambda one: (one.destination.split(".")[::-1], one.port, one.protocol))


def _entry(one: Wanted, settings: Settings) -> dict[str, Any]:
    usual = "http" if one.port == 80 else "tls"
    made = proposal.entry(
        one.destination,
        [one.port],
        None if one.protocol == usual else one.protocol,
        until=settings.until.isoformat(),
        reason=TODO,
    )
    return {**made, proposal_text.COMMENT: [f"learned_from: {words(one)}"]}


def words(one: Wanted) -> str:
    """Return how often, by how many clients and when something was seen."""
    days = sorted(one.tally.days)
    when = f"{len(days)} days, {days[0]} to {days[-1]}" if days else "days unknown"
    few = "; seen by one client on one day only: look twice" if len(one.hosts) == 1 and len(days) == 1 else ""
    refused = f", {one.tally.blocked:,} of them refused" if one.tally.blocked else ""
    return f"{one.tally.hits:,} hits of {len(one.hosts)} clients{refused} on {when}{few}"


def _wildcards(wanted: Sequence[Wanted], settings: Settings) -> Iterator[str]:
    """Yield wildcards that would cover several names, as comments: a person decides."""
    below: dict[tuple[str, int], set[str]] = {}
    for one in wanted:
        for parent in learn_lists.parents(one.destination)[1:]:
            below.setdefault((parent, one.port), set()).add(one.destination)
    told: set[tuple[str, int, int]] = set()
    # The longest first: one above that covers no more isn't named.
    for (parent, port), names in sorted(below.items(), key=lambda item: -len(item[0][0])):
        if len(names) < settings.children or not learn_lists.may_be_wildcard(parent):
            continue
        if any(
            patterns.covers(f".{parent}", inner) and of == port and len(names) == count for inner, of, count in told
        ):
            continue
        told.add((parent, port, len(names)))
        yield f"a person decides: domain '*.{parent}', port {port}, would cover {len(names)} of these and all others"


def _result(
    groups: proposal.Groups,
    refused: list[dict[str, Any]],
    judge: Judge,
    days: Sequence[date],
    counts: tuple[int, int, int],
) -> dict[str, Any]:
    before, blocked, total = counts
    unused = [
        {"group": group, "target": entry.target, "protocol": entry.protocol, "ports": list(entry.ports)}
        for group, entry in judge.unused()
    ]
    window = {"first": days[0].isoformat(), "last": days[-1].isoformat(), "days": len(days)} if days else None
    warnings = list(_warnings(days, total))
    lines = [
        f"without the proposal, would block {before:,} of {total:,}; with all of it, {blocked:,} of {total:,}",
        *(f"warning: {warning}" for warning in warnings),
        *(f"not proposed: {_row(row)}" for row in refused[:SHOWN]),
        *([f"not proposed: {len(refused) - SHOWN} more"] if len(refused) > SHOWN else []),
        *(
            f"not used in these logs: {one['group']}: {one['target']}:{','.join(map(str, one['ports']))}"
            for one in unused
        ),
    ]
    lines = [escape.short(line, 1000) for line in lines]
    text = proposal_text.write(groups, (*HEADER, *lines[:1]), lines[1:])
    plain = {
        name: {
            **group,
            "allow": [
                {k: v for k, v in e.items() if k != proposal_text.COMMENT} for e in group["allow"] if "domain" in e
            ],
        }
        for name, group in groups.items()
    }
    return {
        "proposal": text,
        "groups": plain,
        "not_proposed": refused,
        "unused": unused,
        "backtest": {"total": total, "blocked_now": before, "blocked_with_proposal": blocked},
        "window": window,
        "warnings": warnings,
        "lines": lines,
    }


def _row(row: Mapping[str, Any]) -> str:
    to = f"{row['destination']}:{row['port']} ({row['protocol']})"
    return f"{to} from {row['account']}, {row['hits']:,} hits: {row['why']}"


def _warnings(days: Sequence[date], total: int) -> Iterator[str]:
    if not total:
        yield "the logs have no event: nothing can be learned from them"
    elif not days:
        yield "the events have no time: whether the logs have a month's end isn't known"
    elif not any(_ends_month(day) for day in days):
        yield f"the logs, {days[0]} to {days[-1]}, have no end of a month: monthly jobs are missing"
    missing = (days[-1] - days[0]).days + 1 - len(days) if days else 0
    if missing:
        yield f"{missing} of the days between {days[0]} and {days[-1]} have no event: are these logs complete?"


def _ends_month(day: date) -> bool:
    return day.day in (1, monthrange(day.year, day.month)[1])
