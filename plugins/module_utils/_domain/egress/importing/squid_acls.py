# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Squid's ACLs: which requests each matches, for certain, not at all, or (None) perhaps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Network
from typing import NamedTuple

from ...values import internet
from . import patterns
from .patterns import Line, Source, Unconverted
from .squid_lines import NOT_GIVEN, WITHIN_IF, Config, quoted_path

NAMES = ("dstdomain", "ssl::server_name")
NAME_REGEXES = ("dstdom_regex", "ssl::server_name_regex")
BOTH = ("any-of", "all-of")
KNOWN = (*NAMES, *NAME_REGEXES, *BOTH, "src", "dst", "port", "method", "at_step", "builtin")
OPTIONS = re.compile(r"-[nims]|\+i|--\S+")
# Groups that are repeated, whose evaluation may take forever, and what Python's expressions read differently.
UNSURE_REGEX = re.compile(r"[)\]][*+{?]|\[\[:|\\[<>]")
NOT_IN_THE_INTERNET = (*(cidr for cidr in internet.PRIVATE if ":" not in cidr), "127.0.0.0/8", "169.254.0.0/16")
PRIVATE = tuple(map(IPv4Network, NOT_IN_THE_INTERNET))


class Query(NamedTuple):
    """A request: from where, to which name or network (None: a name that no ACL mentions), how.

    step: of ssl_bump.
    """

    source: Source
    destination: str | IPv4Network | None
    method: str
    port: int
    step: int = 0

    def at(self, step: int) -> Query:
        return self._replace(step=step)


@dataclass
class Acl:
    """An ACL. kind: squid's type, builtin for one that squid defines; line: its first."""

    name: str
    kind: str
    line: Line | None = None
    names: list[tuple[str, Line]] = field(default_factory=list)
    networks: list[tuple[IPv4Network, Line]] = field(default_factory=list)
    ports: list[tuple[int, int]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    # any-of and all-of: the names in each of its lines.
    lines: list[list[str]] = field(default_factory=list)
    ignores_case: bool = False
    # It has values that could not be read, and may match more than is known.
    partial: bool = False

    # Once all of its lines are read:

    @cached_property
    def index(self) -> patterns.Names:
        return patterns.Names((name, "") for name, _line in self.names)

    @cached_property
    def public(self) -> list[IPv4Network]:
        return [one for one, _line in self.networks if not is_private(one)]


def _builtin() -> dict[str, Acl]:
    here = Line("squid", 0, "")
    everything, own = IPv4Network("0.0.0.0/0"), IPv4Network("127.0.0.1/32")
    acls = {name: Acl(name, "builtin") for name in ("manager", "to_localhost", "to_linklocal")}
    acls["all"] = Acl("all", "src", networks=[(everything, here)])
    acls["localhost"] = Acl("localhost", "src", networks=[(own, here)])
    acls["CONNECT"] = Acl("CONNECT", "method", words=["CONNECT"])
    # What a rule has that stands within an if, and what stands for a file that wasn't given (squid_lines.py).
    acls[WITHIN_IF] = Acl(WITHIN_IF, "an if of the configuration")
    acls[NOT_GIVEN] = Acl(NOT_GIVEN, "a file that wasn't given")
    return acls


def parse(lines: Iterable[tuple[Line, list[str]]], config: Config, unconverted: list[Unconverted]) -> dict[str, Acl]:
    """Return the ACLs by name, squid's own too. Adds what can't be converted."""
    acls = _builtin()
    for line, words in lines:
        if len(words) < 2:
            unconverted.append(Unconverted(line, "is no ACL: expected its name, type and values"))
            continue
        name, kind = words[0], words[1].lower()
        # An ACL of squid's own that the file defines, as older files do, has the file's values, too.
        acl = acls.get(name)
        if acl is None or (acl.line is None and acl.kind != kind):
            acl = acls[name] = Acl(name, kind)
        acl.line = acl.line or line
        if acl.kind != kind:
            unconverted.append(Unconverted(line, f"gives the ACL {name} another type than {acl.kind}"))
            acl.partial = True
            continue
        if kind in BOTH:
            acl.lines.append(words[2:])
        else:
            _add(acl, _values(acl, line, words[2:], config, unconverted), unconverted)
    return acls


def _values(
    acl: Acl, line: Line, words: list[str], config: Config, unconverted: list[Unconverted]
) -> Iterator[tuple[str, Line]]:
    for word in words:
        path = quoted_path(word)
        if OPTIONS.fullmatch(word):
            acl.ignores_case = acl.ignores_case or word == "-i"
        elif path is None:
            yield word, line
        else:
            found = config.find(path)
            if not found:
                unconverted.append(Unconverted(line, f"reads {path}, which is none of the given files"))
                acl.partial = True
            for name in found[:1]:
                yield from config.values(name)


def _add(acl: Acl, values: Iterable[tuple[str, Line]], unconverted: list[Unconverted]) -> None:
    for value, line in values:
        why = _added(acl, value, line)
        if why:
            # An IPv6 value holds no IPv4 address, and a regular expression is evaluated all the same.
            acl.partial = acl.partial or not (acl.kind in NAME_REGEXES or (":" in value and acl.kind in ("src", "dst")))
            unconverted.append(Unconverted(line, f"{value} {why}"))


def _added(acl: Acl, value: str, line: Line) -> str | None:
    """Add a value to its ACL; return why it can't be converted, None if it can."""
    if acl.kind in NAMES:
        return _add_name(acl, value, line)
    if acl.kind in ("src", "dst"):
        found = [IPv4Network("0.0.0.0/0")] if value == "all" else patterns.networks(value)
        acl.networks += [(one, line) for one in found or ()]
        return None if found else "is no IPv4 address or CIDR"
    if acl.kind == "port":
        ports = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", value)
        if not ports:
            return "is no port"
        acl.ports.append((int(ports[1]), int(ports[2] or ports[1])))
    elif acl.kind in NAME_REGEXES:
        acl.words.append(value)
        return "is a regular expression: name the domains that it stands for"
    else:
        acl.words.append(value)
    return None


def _add_name(acl: Acl, value: str, line: Line) -> str | None:
    address = patterns.network(value)
    name = patterns.name(value)
    if address is not None:
        acl.networks.append((address, line))
    elif name is None:
        return "is no name of a domain"
    elif name.startswith("*"):
        return "has a *, which squid doesn't know: it never matches"
    else:
        acl.names.append((name, line))
    return None


def unknown(acls: Mapping[str, Acl], name: str) -> str | None:
    """Return why it isn't known what an ACL matches; None if it is."""
    for acl in leaves(acls, name):
        if acl.kind not in KNOWN:
            return f"has the condition {acl.name} ({acl.kind}), which firewall rules can't have"
    return None


def leaves(acls: Mapping[str, Acl], name: str, within: tuple[str, ...] = ()) -> Iterator[Acl]:
    """Yield the ACL, or those that it is made of."""
    acl = acls.get(name)
    if acl is None or name in within:
        return
    if acl.kind not in BOTH:
        yield acl
    for words in acl.lines:
        for word in words:
            if not word.startswith("!"):
                yield from leaves(acls, word, (*within, name))


def matches(acls: Mapping[str, Acl], name: str, query: Query, within: tuple[str, ...] = ()) -> bool | None:
    acl = acls.get(name)
    if acl is None or name in within:
        return None
    if acl.kind in BOTH:
        return _combined(acls, acl, query, (*within, name))
    found = _alone(acl, query)
    return None if found is False and acl.partial else found


def _combined(acls: Mapping[str, Acl], acl: Acl, query: Query, within: tuple[str, ...]) -> bool | None:
    lines: list[bool | None] = []
    for words in acl.lines:
        found: list[bool | None] = []
        for word in words:
            one = matches(acls, word.removeprefix("!"), query, within)
            found.append(one if one is None else one != word.startswith("!"))
        lines.append(_any(found) if acl.kind == "any-of" else _all(found))
    return _any(lines)


def _any(found: Iterable[bool | None]) -> bool | None:
    every = list(found)
    return True if True in every else None if None in every else False


def _all(found: Iterable[bool | None]) -> bool | None:
    every = list(found)
    return False if False in every else None if None in every else True


def _alone(acl: Acl, query: Query) -> bool | None:
    if acl.kind in NAMES:
        return _names(acl, query)
    if acl.kind in NAME_REGEXES:
        return _regexes(acl, query)
    if acl.kind == "dst":
        return _to_network(acl, query)
    known = {
        "src": in_networks(acl, query.source),
        "port": any(first <= query.port <= last for first, last in acl.ports),
        "method": query.method in acl.words,
        "at_step": f"SslBump{query.step}" in acl.words,
        # Requests for squid's own pages, and to the machine that it runs on.
        "builtin": False,
    }
    return known.get(acl.kind)


def in_networks(acl: Acl, source: Source) -> bool:
    return any(patterns.is_within(source, one) for one, _line in acl.networks)


def _names(acl: Acl, query: Query) -> bool | None:
    if isinstance(query.destination, IPv4Network):
        return _to_network(acl, query)
    return acl.index.holds(query.destination)


def _to_network(acl: Acl, query: Query) -> bool | None:
    """Networks that requests go to: squid looks up the name, and that may be any public address."""
    if isinstance(query.destination, IPv4Network):
        to = query.destination
        if any(to.subnet_of(one) for one, _line in acl.networks):
            return True
        return None if any(one.subnet_of(to) for one, _line in acl.networks) else False
    if any(one.prefixlen == 0 for one in acl.public):
        return True
    return None if acl.public else False


def is_private(network: IPv4Network) -> bool:
    return any(network.subnet_of(private) for private in PRIVATE)


def _regexes(acl: Acl, query: Query) -> bool | None:
    """Regular expressions on a name. Only of a single name can be said that none matches."""
    if not isinstance(query.destination, str) or query.destination.startswith((".", "*")):
        return None
    flags = re.IGNORECASE if acl.ignores_case else 0
    for expression in acl.words:
        try:
            if UNSURE_REGEX.search(expression) or re.search(expression, query.destination, flags):
                return None
        except re.error:
            return None
    return False
