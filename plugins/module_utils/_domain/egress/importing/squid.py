# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads what squid's configuration lets through, by asking its rules in their order about each name that they mention.

http://www.squid-cache.org/Doc/config/acl/, .../http_access/ and .../ssl_bump/: the values of an ACL are alternatives,
the ACLs of a rule are all needed, the first rule that matches decides; without a match, the opposite of the last one.
A rule that may match decides nothing here: what it may deny isn't converted, and neither is what only it may allow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from . import squid_acls
from .patterns import Allowed, Imported, Line, Source, Unconverted
from .squid_acls import Acl, Query
from .squid_lines import Config

# Ports that squid's default configuration calls safe and that carry neither HTTP nor TLS.
OTHER_SAFE_PORTS = frozenset((21, 70, 210, 280, 488, 591, 777))
EVERYTHING = "lets these sources reach every name: what they need is learned from the logs (egress_learn)"


@dataclass(frozen=True)
class Rule:
    """A line of http_access or ssl_bump. terms: (name of the ACL, true if negated)."""

    action: str
    terms: tuple[tuple[str, bool], ...]
    line: Line


@dataclass(frozen=True)
class Verdict:
    """Whether a query is let through. doubt: the rule that may deny it; by: the one that decides, None: no rule."""

    allowed: bool
    by: Rule | None = None
    doubt: Rule | None = None


@dataclass
class Squid:
    """The rules of a configuration."""

    acls: Mapping[str, Acl]
    access: list[Rule] = field(default_factory=list)
    bump: list[Rule] = field(default_factory=list)
    _unnamed: dict[Query, Verdict] = field(default_factory=dict)

    def asked_unnamed(self, query: Query) -> Verdict:
        """Return what is said of a query for a name that no ACL mentions."""
        unnamed = query._replace(destination=None)
        if unnamed not in self._unnamed:
            self._unnamed[unnamed] = self.asked(unnamed)
        return self._unnamed[unnamed]

    def matches(self, rule: Rule, query: Query) -> bool | None:
        found: list[bool | None] = []
        for name, negated in rule.terms:
            one = squid_acls.matches(self.acls, name, query)
            found.append(one if one is None else one != negated)
        return False if False in found else None if None in found else True

    def asked(self, query: Query) -> Verdict:
        """Return what http_access says of a query and, for TLS, then ssl_bump."""
        verdict = self._access(query)
        if not verdict.allowed or query.method != "CONNECT" or not self.bump:
            return verdict
        bumped = self._bump(query)
        return bumped if not bumped.allowed or bumped.doubt else Verdict(True, verdict.by, verdict.doubt)

    def _access(self, query: Query) -> Verdict:
        doubt = None
        for rule in self.access:
            matched = self.matches(rule, query)
            if matched:
                return Verdict(rule.action == "allow", rule, doubt)
            if matched is None and rule.action == "deny":
                doubt = doubt or rule
        return Verdict(bool(self.access) and self.access[-1].action == "deny", None, doubt)

    def _bump(self, query: Query) -> Verdict:
        doubt = None
        for step in (1, 2, 3):
            peeked = False
            for rule in self.bump:
                matched = self.matches(rule, query.at(step))
                if matched is None and rule.action in ("terminate", "peek", "stare"):
                    # After a peek that may not happen, no later step might refuse.
                    doubt = doubt or rule
                if not matched or (step == 3 and rule.action in ("peek", "stare")):
                    continue
                if rule.action not in ("peek", "stare"):
                    return Verdict(rule.action != "terminate", rule, doubt)
                peeked = True
                break
            if not peeked:
                break
        return Verdict(True, None, doubt)


def read(files: Mapping[str, str], top: str) -> Imported:
    """Return what a squid.conf lets through. files: name -> text, with those that it includes; top: its own name."""
    config = Config(files, top)
    unconverted = list(config.unconverted)
    acls = squid_acls.parse(config.of("acl"), config, unconverted)
    squid = Squid(acls)
    squid.access = list(_rules(config.of("http_access"), acls, ("allow", "deny"), unconverted))
    bumps = ("peek", "splice", "stare", "bump", "terminate", "none", "tunnel")
    squid.bump = list(_rules(config.of("ssl_bump"), acls, bumps, unconverted))
    unconverted += _unknown_conditions(squid)
    of_sources = {one for acl in acls.values() if acl.kind == "src" for one, _line in acl.networks}
    mentioned = {one for one in of_sources if one.prefixlen and not one.is_loopback}
    atoms: list[Source] = [None, *sorted(mentioned)]
    allowed = list(_allowed(squid, atoms, unconverted))
    unconverted += _open(squid, atoms)
    labels = tuple(
        (acl.name, tuple(atom for atom in atoms if squid_acls.in_networks(acl, atom)))
        for acl in acls.values()
        if acl.kind == "src" and acl.name not in ("all", "localhost")
    )
    everything = tuple(dict.fromkeys(unconverted))
    return Imported(tuple(allowed), everything, labels, frozenset(config.used), frozenset(mentioned))


def _rules(
    lines: Iterable[tuple[Line, list[str]]],
    acls: Mapping[str, Acl],
    actions: Sequence[str],
    unconverted: list[Unconverted],
) -> Iterator[Rule]:
    for line, words in lines:
        if not words or words[0] not in actions:
            unconverted.append(Unconverted(line, f"is no rule: expected one of {', '.join(actions)}"))
            continue
        if len(words) == 1:
            unconverted.append(Unconverted(line, "has no ACL, so squid skips it"))
            continue
        terms = tuple((word.removeprefix("!"), word.startswith("!")) for word in words[1:])
        unknown = [name for name, _negated in terms if name not in acls]
        if unknown:
            unconverted.append(Unconverted(line, f"names the ACL {unknown[0]}, which no file that was given defines"))
        yield Rule(words[0], terms, line)


def _unknown_conditions(squid: Squid) -> Iterator[Unconverted]:
    for rule in (*squid.access, *squid.bump):
        for name, _negated in rule.terms:
            why = squid_acls.unknown(squid.acls, name)
            if why:
                said = (
                    "what only it allows isn't proposed" if rule.action != "deny" else "what it may deny isn't proposed"
                )
                yield Unconverted(rule.line, f"{why}; {said}")


def _allowed(squid: Squid, atoms: Sequence[Source], unconverted: list[Unconverted]) -> Iterator[Allowed]:
    """Yield each destination with the sources that the rules certainly let reach it."""
    extra = sorted(_extra_ports(squid, unconverted))
    for destination, line in _destinations(squid, unconverted):
        asked: list[tuple[str, str, int]] = [("GET", "http", 80), ("CONNECT", "tls", 443)]
        asked += [("CONNECT", "tls", port) for port in extra]
        taken: set[int] = set()
        for method, protocol, port in [*asked, *(("GET", "http", port) for port in extra)]:
            sources, doubts = _sources(squid, atoms, destination, method, port)
            for rule in doubts:
                why = f"{rule.line.place} may deny a part of it, and an entry can't: {rule.line.text}"
                unconverted.append(Unconverted(line, why))
            if sources and port not in taken:
                taken.add(port)
                is_name = isinstance(destination, str)
                yield Allowed(str(destination), protocol if is_name else "tcp", port, sources, line)


def _sources(
    squid: Squid, atoms: Sequence[Source], destination: str | IPv4Network, method: str, port: int
) -> tuple[tuple[Source, ...], list[Rule]]:
    """Return the sources that surely pass, and the rules that may deny others which a later rule allows."""
    sources: list[Source] = []
    doubts: dict[Line, Rule] = {}
    for atom in atoms:
        query = Query(atom, destination, method, port)
        verdict = squid.asked(query)
        if not verdict.allowed:
            continue
        # What lets any name pass is reported once, not for each name.
        unnamed = squid.asked_unnamed(query)
        if unnamed.allowed and unnamed.by == verdict.by:
            continue
        if verdict.doubt:
            doubts[verdict.doubt.line] = verdict.doubt
        else:
            sources.append(atom)
    return tuple(sources), list(doubts.values())


def _destinations(squid: Squid, unconverted: list[Unconverted]) -> Iterator[tuple[str | IPv4Network, Line]]:
    """Yield the names and networks in ACLs of rules that let something through, each once."""
    seen: dict[str, tuple[str | IPv4Network, Line]] = {}
    for rule in (*squid.access, *squid.bump):
        if rule.action in ("deny", "terminate"):
            continue
        for name, negated in rule.terms:
            for acl in () if negated else squid_acls.leaves(squid.acls, name):
                for value, line in (*acl.names, *(acl.networks if acl.kind != "src" else ())):
                    seen.setdefault(str(value), (value, line))
    for value, line in seen.values():
        if isinstance(value, IPv4Network) and squid_acls.is_private(value):
            unconverted.append(Unconverted(line, f"{value} isn't in the internet, so no way out is needed"))
        elif not isinstance(value, IPv4Network) or value.prefixlen:
            yield value, line


def _extra_ports(squid: Squid, unconverted: list[Unconverted]) -> Iterator[int]:
    for rule in squid.access:
        if rule.action != "allow":
            continue
        for name, negated in rule.terms:
            for acl in () if negated else squid_acls.leaves(squid.acls, name):
                for first, last in acl.ports:
                    if first != last:
                        why = (
                            f"allows the ports {first}-{last} ({acl.name}): only 80, 443 and single ports are proposed"
                        )
                        unconverted.append(Unconverted(rule.line, why))
                    elif first not in OTHER_SAFE_PORTS | {80, 443}:
                        yield first


def _open(squid: Squid, atoms: Sequence[Source]) -> Iterator[Unconverted]:
    """Yield the rules that let sources reach any name at all."""
    for method, port in (("CONNECT", 443), ("GET", 80)):
        for atom in atoms:
            verdict = squid.asked(Query(atom, None, method, port))
            if verdict.allowed and verdict.by:
                yield Unconverted(verdict.by.line, EVERYTHING)
            elif verdict.allowed and squid.access:
                why = "is the last rule and denies, so squid allows what no rule names; nothing of that is proposed"
                yield Unconverted(squid.access[-1].line, why)
