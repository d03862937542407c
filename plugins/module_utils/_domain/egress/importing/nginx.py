# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads what nginx's stream servers let through by name (ssl_preread), by computing where each name would be sent.

https://nginx.org/en/docs/stream/ngx_stream_map_module.html, ..._geo_module.html, ..._access_module.html: a map's exact
keys come before its masks, the longest mask first, then regular expressions, then default; a geo's longest CIDR counts.
A name is proposed only if all that a key holds is sent to the name itself, whatever other keys say of a part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from . import patterns
from .nginx_blocks import Config, Directive
from .patterns import Allowed, Imported, Line, Source, Unconverted

# The name that a client asks for, in values.
ASKED = "\0"
UNKNOWN = "\1"
NAME_VARIABLES = ("ssl_preread_server_name",)
SOURCE_VARIABLES = ("remote_addr", "proxy_protocol_addr", "realip_remote_addr", "binary_remote_addr")
VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
DEEPEST = 10
# Of a stream server and around it: what decides nothing about who may go where.
HARMLESS = frozenset(
    """
    access_log error_log listen log_format preread_buffer_size preread_timeout proxy_bind proxy_buffer_size
    proxy_connect_timeout proxy_download_rate proxy_next_upstream proxy_next_upstream_timeout
    proxy_next_upstream_tries proxy_pass proxy_protocol proxy_protocol_timeout proxy_socket_keepalive proxy_timeout
    proxy_upload_rate proxy_half_close resolver resolver_timeout set_real_ip_from ssl_preread tcp_nodelay
    variables_hash_bucket_size variables_hash_max_size map_hash_bucket_size map_hash_max_size allow deny return map geo
    upstream server limit_conn limit_conn_zone limit_conn_log_level server_name proxy_requests proxy_responses include
    """.split()
)


@dataclass
class Map:
    """A map or geo. entries: (key, value, line)."""

    source: str
    default: tuple[str, Line]
    hostnames: bool = False
    entries: list[tuple[str, str, Line]] = field(default_factory=list)
    # Values of regular expressions and of masks of the end of a name: possible for any name without another key.
    possible: list[str] = field(default_factory=list)
    # It has keys that weren't given or can't be read, which may be longer than those that it is known to have.
    partial: bool = False
    networks: list[tuple[IPv4Network, str]] = field(default_factory=list)
    is_geo: bool = False
    _names: dict[tuple[str, str], patterns.Names] = field(default_factory=dict)

    def names(self, before: str, after: str) -> patterns.Names:
        """Return the keys that are names between these texts, once all lines are read: masks only without texts."""
        if (before, after) not in self._names:
            masks = self.hostnames and not before and not after
            pairs = [
                (patterns.name(key[len(before) : len(key) - len(after)]), value)
                for key, value, _line in self.entries
                if key.startswith(before) and key.endswith(after)
            ]
            kept = ((name, value) for name, value in pairs if name and (masks or name == patterns.base(name)))
            self._names[before, after] = patterns.Names(kept)
        return self._names[before, after]


@dataclass(frozen=True)
class Query:
    source: Source
    name: str | None
    port: str


class Stream:
    """Maps, geos and servers of a configuration."""

    def __init__(self, directives: Iterable[Directive], unconverted: list[Unconverted]) -> None:
        self.unconverted = unconverted
        self.maps: dict[str, Map] = {}
        # (server, directives around it that hold for it, too)
        self.servers: list[tuple[Directive, tuple[Directive, ...]]] = []
        self._add(directives, ())

    def _add(self, directives: Iterable[Directive], around: tuple[Directive, ...]) -> None:
        for directive in directives:
            if directive.name in ("map", "geo"):
                self._add_map(directive)
            elif directive.name == "server" and directive.block:
                self.servers.append((directive, around))
            elif directive.name == "stream" and directive.block:
                self._add(directive.block, directive.block)
            elif directive.name == "http" and directive.block:
                why = "is of nginx as a web server: only stream servers are read"
                self.unconverted.append(Unconverted(directive.line, why))

    def _add_map(self, directive: Directive) -> None:
        words = directive.words[1:]
        is_geo = directive.name == "geo"
        if directive.block is None or not words or not words[-1].startswith("$"):
            self.unconverted.append(Unconverted(directive.line, f"is no {directive.name}"))
            return
        source = words[0] if len(words) > 1 else "$remote_addr"
        made = Map(source, ("", directive.line), is_geo=is_geo)
        made.hostnames = any(one.name == "hostnames" for one in directive.block)
        for one in directive.block:
            why = _add_to_geo(made, one) if is_geo else _add_to_map(made, one)
            if why:
                self.unconverted.append(Unconverted(one.line, why))
        self.maps[words[-1].removeprefix("$")] = made

    def values(self, text: str, query: Query, depth: int = 0) -> set[str]:
        """Return the values that a text with variables may have."""
        results = {""}
        at = 0
        for found in VARIABLE.finditer(text):
            fixed, name = text[at : found.start()], found[1] or found[2]
            at = found.end()
            results = {done + fixed + one for done in results for one in self._variable(name, query, depth)}
        return {done + text[at:] for done in results}

    def _variable(self, name: str, query: Query, depth: int) -> set[str]:
        if name in NAME_VARIABLES:
            return {ASKED}
        if name == "server_port":
            return {query.port}
        made = self.maps.get(name)
        if made is None or depth > DEEPEST:
            return {UNKNOWN}
        if made.is_geo:
            known = made.source.lstrip("$") in SOURCE_VARIABLES
            found = {_of_geo(made, query.source)} if known else {UNKNOWN}
        else:
            found = set().union(*(_of_map(made, one, query) for one in self.values(made.source, query, depth + 1)))
        return set().union(*(self.values(value, query, depth + 1) for value in found))


def _add_to_geo(made: Map, one: Directive) -> str | None:
    key, value = one.name, one.words[-1]
    if key == "default":
        made.default = value, one.line
    elif key in ("ranges", "proxy_recursive"):
        return None
    elif key in ("delete", "proxy", "include"):
        made.partial = True
        return "decides which addresses count; nothing that depends on it is converted"
    else:
        found = patterns.networks(key)
        if found is None:
            made.partial = made.partial or ":" not in key
            return f"{key} is no IPv4 address or CIDR"
        made.networks += [(network, value) for network in found]
    return None


def _add_to_map(made: Map, one: Directive) -> str | None:
    key, value = one.name, one.words[-1]
    if key in ("hostnames", "volatile"):
        return None
    if key == "default":
        made.default = value, one.line
    elif key == "include":
        made.partial = True
    elif key.startswith("~"):
        made.possible.append(value)
        return f"{key} is a regular expression: name the domains that it stands for"
    elif made.hostnames and key.endswith(".*"):
        made.possible.append(value)
        return f"{key} leaves the end of the name open, which firewall rules can't"
    else:
        plain = key.removeprefix("\\")
        made.entries.append((plain, value, one.line))
        if not made.hostnames and plain.startswith((".", "*.")):
            return f"{key} never matches: the map lacks the line `hostnames;`"
    return None


def _of_geo(made: Map, source: Source) -> str:
    if made.partial:
        return UNKNOWN
    inside = [(network.prefixlen, value) for network, value in made.networks if patterns.is_within(source, network)]
    return max(inside, key=lambda pair: pair[0])[1] if inside else made.default[0]


def _of_map(made: Map, text: str, query: Query) -> set[str]:
    """Return the values that a map may have for a text, which may have the asked name in it."""
    if UNKNOWN in text:
        return {UNKNOWN}
    if ASKED not in text:
        exact = [value for key, value, _line in made.entries if key.lower() == text.lower()]
        return set(exact[:1]) or {*made.possible, made.default[0], *_unread(made)}
    before, _asked, after = text.partition(ASKED)
    return _of_names(made, made.names(before, after), query.name)


def _of_names(made: Map, names: patterns.Names, asked: str | None) -> set[str]:
    """Return the values for all names that `asked` holds."""
    best = None if asked is None else names.best(asked)
    inside = set() if asked is None else names.inside(asked)
    if best is None or asked is None:
        return {*inside, *made.possible, made.default[0], *_unread(made)}
    # Nothing comes before an exact key.
    return {best[1], *inside, *(() if best[0] == patterns.base(asked) == asked else _unread(made))}


def _unread(made: Map) -> tuple[str, ...]:
    return (UNKNOWN,) if made.partial else ()


def read(files: Mapping[str, str], top: str) -> Imported:
    """Return what the stream servers of an nginx.conf let through.

    files: name -> text, with those that it includes; top: its own name.
    """
    config = Config(files, top)
    unconverted = config.unconverted
    stream = Stream(config.directives(), unconverted)
    blocks = [_block(*one) for one in stream.servers]
    of_sources = {network for made in stream.maps.values() for network, _value in made.networks}
    of_sources |= {network for block in blocks for network, _allow in _access(block)}
    mentioned = {network for network in of_sources if network.prefixlen}
    atoms: list[Source] = [None, *sorted(mentioned)]
    allowed = [one for block in blocks for one in _of_server(stream, block, atoms)]
    labels = tuple(_labels(stream, atoms))
    everything = tuple(dict.fromkeys(unconverted))
    return Imported(tuple(dict.fromkeys(allowed)), everything, labels, frozenset(config.used), frozenset(mentioned))


def _labels(stream: Stream, atoms: list[Source]) -> Iterator[tuple[str, tuple[Source, ...]]]:
    for made in stream.maps.values():
        for value in sorted({value for _network, value in made.networks}):
            yield value, tuple(atom for atom in atoms if _of_geo(made, atom) == value)


def _block(server: Directive, around: tuple[Directive, ...]) -> tuple[Directive, ...]:
    """Return the directives that hold for a server: its own, and those around it that it doesn't replace."""
    own = server.block or ()
    names = {one.name for one in own}
    names |= {"allow", "deny"} if names & {"allow", "deny"} else set()
    # nginx allows none of these in a server.
    elsewhere = ("map", "geo", "upstream", "server", "proxy_pass", "listen")
    return (*own, *(one for one in around if one.name not in names and one.name not in elsewhere))


def _access(block: Iterable[Directive]) -> list[tuple[IPv4Network, bool]]:
    """Return the allow and deny lines of a block in their order."""
    lines = [one for one in block if one.name in ("allow", "deny") and len(one.words) == 2]
    pairs = [(patterns.network("0.0.0.0/0" if one.words[1] == "all" else one.words[1]), one.name) for one in lines]
    return [(network, name == "allow") for network, name in pairs if network is not None]


def _of_server(stream: Stream, block: tuple[Directive, ...], atoms: list[Source]) -> Iterator[Allowed]:
    for one in block:
        if one.name not in HARMLESS:
            why = "is a directive whose effect on who may go where isn't known here; its server isn't converted"
            stream.unconverted.append(Unconverted(one.line, why))
    passes = [one for one in block if one.name == "proxy_pass" and len(one.words) == 2]
    preread = any(one.words == ("ssl_preread", "on") for one in block)
    unknown = any(one.name not in HARMLESS or one.name == "include" for one in block)
    if not passes or unknown:
        return
    if not preread:
        why = "sends what comes to one address, without looking at names (no ssl_preread)"
        stream.unconverted.append(Unconverted(passes[0].line, why))
        return
    access = _access(block)
    inside = [atom for atom in atoms if _may_enter(access, atom)]
    ports = [one.words[1].rpartition(":")[2] for one in block if one.name == "listen" and len(one.words) > 1]
    for port in dict.fromkeys(ports or ["443"]):
        yield from _of_port(stream, passes[0], inside, port)


def _may_enter(access: list[tuple[IPv4Network, bool]], source: Source) -> bool:
    return next((allow for network, allow in access if patterns.is_within(source, network)), True)


def _of_port(stream: Stream, passes: Directive, atoms: list[Source], port: str) -> Iterator[Allowed]:
    target = passes.words[1]
    unnamed = {atom for atom in atoms if _port(stream.values(target, Query(atom, None, port)), None)}
    if unnamed:
        why = "lets sources reach every name: what they need is learned from the logs (egress_learn)"
        stream.unconverted.append(Unconverted(passes.line, why))
    for name, line in _names(stream):
        by_port: dict[int, list[Source]] = {}
        fixed: set[str] = set()
        for atom in atoms:
            values = stream.values(target, Query(atom, name, port))
            to = _port(values, name)
            if to and atom not in unnamed:
                by_port.setdefault(to, []).append(atom)
            elif not to:
                fixed |= {value for value in values if not _denies(value)}
        for to, sources in by_port.items():
            yield Allowed(name, "tls", to, tuple(sources), line)
        if fixed and not by_port:
            shown = ", ".join(sorted(value.replace(ASKED, "NAME").replace(UNKNOWN, "?") for value in fixed))
            stream.unconverted.append(Unconverted(line, f"{name} may be sent to {shown}, or a part of it refused"))


def _names(stream: Stream) -> Iterator[tuple[str, Line]]:
    seen: dict[str, Line] = {}
    for made in stream.maps.values():
        for key, _value, line in made.entries:
            name = patterns.name(key.rpartition(":")[2])
            if name and "." in name and not (name != patterns.base(name) and not made.hostnames):
                seen.setdefault(name, line)
    yield from seen.items()


def _port(values: set[str], name: str | None) -> int | None:
    """Return the port if all values send the name to itself at the same port, else None."""
    ports = set()
    for value in values:
        sent = re.fullmatch(rf"(?:{ASKED}|{re.escape(name) if name else ASKED}):(\d+)", value)
        if not sent:
            return None
        ports.add(int(sent[1]))
    return ports.pop() if len(ports) == 1 else None


def _denies(value: str) -> bool:
    """Return true if a value sends a connection nowhere."""
    return value in ("", "0", "deny", "reject", "block") or value.startswith(("unix:", "127.", "localhost:", "0.0.0.0"))
