# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Egress groups: who may reach what, as declared, and what is wrong with a declaration.

A group has sources (accounts of the inventory, groups of it, or CIDRs) and entries of what these may reach: domains, by
the name that a client sends (SNI of TLS, Host of HTTP), and CIDRs. A source may be in several groups: a packet passes
exactly if some entry of some group that holds its source says so.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from ..._core.errors import Invalid, refusal
from ..values import dates, internet
from . import domains, overlaps

TLS, HTTP, TCP, UDP = "tls", "http", "tcp", "udp"
CIDR = "cidr"
HTTP_PORT = 80
DEFAULT_PORTS = (443,)
GROUP_KEYS = ("owner", "sources", "allow")
ENTRY_KEYS = ("domain", "cidr", "ports", "protocol", "reason", "until")
PROTOCOLS = {"domain": (TLS, HTTP), CIDR: (TCP, UDP)}
# What Ansible makes of yes, no, on, off and null without quotes.
YAML_WORDS = ("True", "False", "None")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
# Ports of a rule, and so of an entry: the rule has to fit into a line with its variables.
MOST_PORTS = 100


@dataclass(frozen=True)
class Source:
    """Source as declared: the name of an account or group of the inventory, or a CIDR; and its CIDRs."""

    name: str
    cidrs: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """What a group may reach by one protocol.

    domain: in A-labels without the wildcard, which `form` has (exact, suffix, subdomains); None if form is cidr
    protocol: tls and http of a domain, tcp and udp of a CIDR
    until: its last day, in UTC; None: it doesn't expire
    """

    domain: str | None
    form: str
    cidr: str | None
    protocol: str
    ports: tuple[int, ...]
    reason: str = ""
    until: date | None = None

    @property
    def target(self) -> str:
        """The domain or CIDR as it is declared: ``x.com``, ``.x.com``, ``*.x.com``, ``203.0.113.0/24``."""
        return self.cidr or domains.write(self.domain or "", self.form)

    @property
    def shown(self) -> str:
        """The target for a person: an internationalized domain both ways."""
        return domains.Domain(self.domain, self.form).shown if self.domain else self.target


@dataclass(frozen=True)
class Group:
    """Group of sources and what they may reach. expired: entries past their last day, which no rule is made of."""

    name: str
    owner: str
    sources: tuple[Source, ...]
    entries: tuple[Entry, ...]
    expired: tuple[Entry, ...] = ()

    @cached_property
    def cidrs(self) -> tuple[str, ...]:
        """The CIDRs of all sources, each address in one of them, adjacent ones joined."""
        return overlaps.collapse(cidr for source in self.sources for cidr in source.cidrs)


@dataclass(frozen=True)
class Egress:
    """Groups, those with the fewest addresses first, and what a person should know about them."""

    groups: tuple[Group, ...]
    warnings: tuple[str, ...] = ()

    @property
    def expired(self) -> list[str]:
        """Entries past their last day, in words."""
        return [
            f"{group.name}: {entry.shown}:{','.join(map(str, entry.ports))} expired on {entry.until}"
            for group in self.groups
            for entry in group.expired
        ]


def resolve(
    declared: Any, accounts: Mapping[str, Sequence[str]], members: Mapping[str, Sequence[str]], option: str
) -> Any:
    """Return the declared groups with each source as {"name", "cidrs"}.

    accounts: CIDRs by host; members: hosts by group of the inventory. What isn't of the right type stays as it is, for
    `problems`. Raises Invalid for a source that is neither an account with CIDRs, a group of them, nor a CIDR.
    """
    if not isinstance(declared, Mapping):
        return declared
    return {
        name: {
            **group,
            "sources": [
                _resolve_source(f"{option}.{name}.sources[{index}]", source, accounts, members)
                for index, source in enumerate(group["sources"])
            ],
        }
        if isinstance(group, Mapping) and isinstance(group.get("sources"), list)
        else group
        for name, group in declared.items()
    }


def _resolve_source(
    option: str, source: Any, accounts: Mapping[str, Sequence[str]], members: Mapping[str, Sequence[str]]
) -> Any:
    if not isinstance(source, str):
        return source
    if "/" in source:
        return {"name": source, "cidrs": [source]}
    if source not in accounts and source not in members:
        close = difflib.get_close_matches(source, [*accounts, *members], n=1)
        expected = f"one such as {close[0]}" if close else "a host or group of the inventory, or 10.1.0.0/16"
        raise Invalid(option, source, "is no account, no group of the inventory and no CIDR", expected)
    hosts = [source] if source in accounts else list(members[source])
    without = sorted(host for host in hosts if not accounts.get(host))
    if without or not hosts:
        names = "" if without == [source] else f" for {', '.join(without)}"
        of_it = f"has no CIDR behind the hub{names}" if without else "is a group without accounts behind the hub"
        raise Invalid(option, source, of_it, "accounts that are attached to the hub, with the CIDRs of their VPCs")
    return {"name": source, "cidrs": [cidr for host in hosts for cidr in accounts[host]]}


def problems(resolved: Any, today: date, option: str = "egress_groups") -> list[Invalid]:
    """Return all that is wrong with groups as `resolve` returns them."""
    return _Reader(today, option).read(resolved)[1]


def parse(resolved: Any, today: date, option: str = "egress_groups") -> Egress:
    """Return the groups. Raises the first of `problems`."""
    groups, found = _Reader(today, option).read(resolved)
    if found:
        raise found[0]
    return Egress(groups, tuple(overlaps.warnings(groups)))


def _breadth(group: Group) -> tuple[int, int, str]:
    """Return what groups are ordered by: the numbers of their IPv4 and IPv6 addresses, and their name.

    So of the groups of an account, the log names the one that is more its own.
    """
    known = [overlaps.network("sources", cidr) for cidr in group.cidrs]
    ipv4, ipv6 = (sum(one.num_addresses for one in known if one.version == version) for version in (4, 6))
    return ipv4, ipv6, group.name


class _Reader:
    def __init__(self, today: date, option: str) -> None:
        self.today = today
        self.option = option
        self.found: list[Invalid] = []

    def read(self, resolved: Any) -> tuple[tuple[Group, ...], list[Invalid]]:
        if not isinstance(resolved, Mapping):
            return (), [Invalid(self.option, resolved, "is no mapping", "groups by name")]
        groups = [self._group(name, resolved[name]) for name in sorted(resolved, key=str)]
        return tuple(sorted((group for group in groups if group), key=_breadth)), self.found

    def _refuse(self, option: str, value: Any, problem: str, expected: str) -> None:
        self.found.append(Invalid(option, value, problem, expected))

    def _group(self, name: Any, declared: Any) -> Group | None:
        option = f"{self.option}.{name}"
        if not isinstance(name, str) or not NAME.fullmatch(name) or name in YAML_WORDS:
            self._refuse(
                self.option, name, "is no name of a group", "letters, digits, - and _, first a letter, 64 at most"
            )
            return None
        if not isinstance(declared, Mapping):
            self._refuse(option, declared, "is no mapping", ", ".join(GROUP_KEYS))
            return None
        self._unknown(option, declared, GROUP_KEYS)
        owner = self._text(f"{option}.owner", declared.get("owner"))
        sources = self._sources(f"{option}.sources", declared.get("sources"))
        entries = list(self._entries(f"{option}.allow", declared.get("allow")))
        # One that is everywhere by itself is refused already, so these are parts of it.
        if internet.mean_everywhere(entry.cidr for entry in entries if entry.cidr):
            problem = "opens the whole internet in parts"
            self._refuse(f"{option}.allow", None, problem, "the ranges that are needed, or domains")
        valid = [entry for entry in entries if entry.until is None or self.today <= entry.until]
        expired = [entry for entry in entries if entry.until is not None and self.today > entry.until]
        return Group(name, owner, sources, tuple(valid), tuple(expired))

    def _unknown(self, option: str, declared: Mapping[str, Any], known: Sequence[str]) -> None:
        for key in declared:
            if key not in known:
                close = difflib.get_close_matches(str(key), known, n=1)
                self._refuse(f"{option}.{key}", None, "is unknown", close[0] if close else f"only {', '.join(known)}")

    def _text(self, option: str, value: Any) -> str:
        if value is None:
            return ""
        if not isinstance(value, str):
            self._refuse(option, value, "is no text", "a text")
            return ""
        return value

    def _sources(self, option: str, declared: Any) -> tuple[Source, ...]:
        if not isinstance(declared, list) or not declared:
            self._refuse(option, declared, "names nobody", "a list of accounts, groups of the inventory or CIDRs")
            return ()
        return tuple(filter(None, (self._source(f"{option}[{index}]", each) for index, each in enumerate(declared))))

    def _source(self, option: str, declared: Any) -> Source | None:
        listed = declared.get("cidrs") if isinstance(declared, Mapping) else None
        name = declared.get("name") if isinstance(declared, Mapping) else None
        if not isinstance(name, str) or not isinstance(listed, list) or not listed:
            self._refuse(option, declared, "is no source", "an account, a group of the inventory, or a CIDR")
            return None
        invalid = next(filter(None, (refusal(self._network, option, cidr) for cidr in listed)), None)
        if invalid:
            self.found.append(invalid)
            return None
        return Source(name, tuple(listed))

    def _network(self, option: str, cidr: Any) -> None:
        if internet.is_everywhere(str(overlaps.network(option, cidr))):
            raise Invalid(option, cidr, "is every address", "the ranges of the accounts that may go out")

    def _entries(self, option: str, declared: Any) -> Iterator[Entry]:
        if not isinstance(declared, list) or not declared:
            self._refuse(option, declared, "allows nothing", "a list of entries with domain or cidr")
            return
        seen: dict[tuple[str, str, int], int] = {}
        for index, each in enumerate(declared):
            where = f"{option}[{index}]"
            for entry in self._lines(where, each):
                twice = [seen[key] for key in _keys(entry) if seen.setdefault(key, index) != index]
                if twice:
                    problem = f"is a duplicate of {option}[{twice[0]}], which has its port and protocol"
                    self._refuse(where, entry.shown, problem, "each target once, with all of its ports")
                yield entry

    def _lines(self, where: str, declared: Any) -> Iterator[Entry]:
        if not isinstance(declared, Mapping):
            self._refuse(where, declared, "is no entry", "{domain: api.example.com} or {cidr: ..., ports: [...]}")
            return
        self._unknown(where, declared, ENTRY_KEYS)
        before = len(self.found)
        kinds = [kind for kind in PROTOCOLS if declared.get(kind) is not None]
        if len(kinds) != 1:
            self._refuse(
                where, declared, "has " + ("both domain and cidr" if kinds else "neither domain nor cidr"), "one"
            )
            return
        kind = kinds[0]
        ports = self._ports(f"{where}.ports", declared.get("ports"), kind)
        protocol = declared.get("protocol")
        if protocol not in (None, *PROTOCOLS[kind]):
            self._refuse(f"{where}.protocol", protocol, f"is no protocol of a {kind}", " or ".join(PROTOCOLS[kind]))
        reason = self._text(f"{where}.reason", declared.get("reason"))
        until = self._date(f"{where}.until", declared.get("until"))
        domain, form, cidr = self._target(f"{where}.{kind}", declared[kind], kind)
        if len(self.found) > before:
            return
        for of_it, its_ports in _by_protocol(kind, protocol, ports).items():
            yield Entry(domain, form, cidr, of_it, tuple(its_ports), reason, until)

    def _target(self, option: str, declared: Any, kind: str) -> tuple[str | None, str, str | None]:
        try:
            if kind == CIDR:
                if internet.is_everywhere(str(overlaps.network(option, declared))):
                    raise Invalid(option, declared, "is the whole internet", "the ranges that are needed, or domains")
                return None, CIDR, declared
            domain = domains.parse(option, declared)
        except Invalid as invalid:
            self.found.append(invalid)
            return None, kind, None
        return domain.name, domain.form, None

    def _ports(self, option: str, declared: Any, kind: str) -> list[int]:
        if declared is None and kind != CIDR:
            return list(DEFAULT_PORTS)
        if not isinstance(declared, list) or not declared:
            self._refuse(option, declared, "is no list of ports", "a list such as [443]")
            return []
        if len(declared) > MOST_PORTS:
            self._refuse(option, None, f"has {len(declared)} ports", f"{MOST_PORTS} at most")
            return []
        for port in declared:
            if not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= 65535:
                self._refuse(option, port, "is no port", "numbers from 1 to 65535")
                return []
        if len(set(declared)) < len(declared):
            self._refuse(option, declared, "has a port twice", "each port once")
        return sorted(declared)

    def _date(self, option: str, declared: Any) -> date | None:
        if declared is None:
            return None
        try:
            return dates.parse(option, declared, "the last day in UTC")
        except Invalid as invalid:
            self.found.append(invalid)
            return None


def _keys(entry: Entry) -> list[tuple[str, str, int]]:
    return [(entry.target, entry.protocol, port) for port in entry.ports]


def _by_protocol(kind: str, protocol: str | None, ports: Sequence[int]) -> dict[str, list[int]]:
    """Return the ports by protocol: port 80 of a domain is HTTP, others TLS, unless the entry names a protocol."""
    if protocol or kind == CIDR:
        return {protocol or TCP: list(ports)}
    by_protocol: dict[str, list[int]] = {}
    for port in ports:
        by_protocol.setdefault(HTTP if port == HTTP_PORT else TLS, []).append(port)
    return by_protocol
