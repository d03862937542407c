# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Configuration of nginx as a proxy that reads the name from a TLS ClientHello and connects to that name.

A client needs no setting, but DNS that leads the name here. nginx resolves the name itself, so a client can't name one
host and reach another. Modules: stream and stream_ssl_preread (nginx 1.21.2 or later).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable

from ...._core.errors import Invalid
from ..groups import Egress, Group
from .tables import Configuration, Names, Settings, checked_group, names_of, networks, sources, words

PROTOCOL = "tls"
# Added to a port below 1024, which only root may listen on.
UNPRIVILEGED = 60000
# A ClientHello with keys that resist quantum computers has 2 kB and more.
PREREAD = "16k"
# NLB: "We set the idle timeout value for TCP flows to 350 seconds".
IDLE = "350s"
# Connections of a stopped nginx live on until then; Fargate kills a container 120 s after it stopped it.
DRAIN = "110s"
ITSELF = "itself"


def listening_port(port: int) -> int:
    """Return the port that nginx listens on for clients of this port."""
    return port if port >= 1024 else port + UNPRIVILEGED


def render(egress: Egress, settings: Settings) -> Configuration:
    """Return nginx.conf. Raises Invalid for what may not be in it."""
    groups = egress.groups
    names = {group.name: names_of(group, PROTOCOL) for group in groups}
    ports = {port: listening_port(port) for port in sorted({port for by_port in names.values() for port in by_port})}
    deny = _deny_port(ports)
    held = sources(egress, settings.own)
    together = {_key(holders): holders for holders in held.values() if holders}
    lines = [
        *_head(settings, sum(len(listed) for by_port in names.values() for listed in by_port.values())),
        *_addresses(settings, {str(network): _key(holders) for network, holders in held.items()}),
        # With `hostnames`, nginx takes x.com. for x.com, which no rule of a firewall does.
        *_map("$ssl_preread_server_name", "$name", [("~[.]$", '""')], "$ssl_preread_server_name"),
        *_map("$sources", "$tail", [(key, holders[0]) for key, holders in sorted(together.items())], '""'),
    ]
    for port in ports:
        with_port = {name: by_port[port] for name, by_port in names.items() if port in by_port}
        lines += _verdict(port, with_port, dict(sorted(together.items())), deny)
    for port, own in ports.items():
        lines += _server(port, own, bool(settings.balancers))
    # It reads before it closes: unread data would become a reset, and a line in the error log for each refusal.
    answers = [f"listen 127.0.0.1:{deny};", "ssl_preread on;", "access_log off;", 'return "";']
    lines += ["server {", *(f"    {line}" for line in answers), "}"]
    body = "\n".join(f"    {line}" if line else "" for line in lines)
    text = f"{_main(settings)}\nstream {{\n{body}\n}}\n"
    return Configuration(text, ports, [told for group in groups for told in _unsupported(group)])


def _deny_port(ports: dict[int, int]) -> int:
    """Return the loopback port that ends refused connections. Raises Invalid where two ports can't be told apart."""
    for port, own in ports.items():
        if own != port and own in ports:
            raise Invalid("ports", own, f"is where port {port} is answered", "another one of the two ports")
    return next(port for port in range(65535, 1024, -1) if port not in ports.values())


def _key(holders: tuple[str, ...]) -> str:
    """Return the name of a set of groups; a list of 50 groups is too long a word for nginx."""
    for name in holders:
        checked_group(name)
    return f"s{hashlib.sha256(json.dumps(holders).encode()).hexdigest()[:16]}" if holders else ITSELF


def _main(settings: Settings) -> str:
    if not re.fullmatch(r"(/[A-Za-z0-9._-]+)+", settings.folder):
        raise Invalid("folder", settings.folder, "is no folder", "one such as /run/egress")
    return "\n".join(
        (
            "worker_processes auto;",
            f"worker_shutdown_timeout {DRAIN};",
            f"pid {settings.folder}/nginx.pid;",
            "error_log stderr error;",
            "events {",
            "    worker_connections 8192;",
            "}",
        )
    )


def _head(settings: Settings, entries: int) -> list[str]:
    resolvers = " ".join(_addresses_of_resolvers(settings.resolvers))
    size = 1 << max(11, (2 * entries).bit_length())
    return [
        # Without one, nginx can connect to no name, and denies.
        *([f"resolver {resolvers} ipv6=off;", "resolver_timeout 5s;"] if resolvers else []),
        "map_hash_bucket_size 512;",
        f"map_hash_max_size {size};",
        "variables_hash_bucket_size 256;",
        "variables_hash_max_size 4096;",
        f"preread_buffer_size {PREREAD};",
        "preread_timeout 15s;",
        "proxy_connect_timeout 10s;",
        f"proxy_timeout {IDLE};",
        "",
    ]


# Filled in from /etc/resolv.conf when the container starts.
RESOLVER = "@RESOLVER@"


def _addresses_of_resolvers(resolvers: Iterable[str]) -> list[str]:
    for resolver in resolvers:
        if resolver != RESOLVER and not re.fullmatch(r"[0-9.]+(:[0-9]+)?|\[[0-9a-f:]+\](:[0-9]+)?", resolver):
            raise Invalid("resolvers", resolver, "is no address of a DNS server", "one such as 10.20.0.2")
    return list(resolvers)


def _addresses(settings: Settings, keys: dict[str, str]) -> list[str]:
    """Return the lookups of an address. Behind a balancer, only its own PROXY header says who the client is."""
    balancers = [str(network) for network in networks("balancers", settings.balancers)]
    client = "$proxy_protocol_addr" if balancers else "$remote_addr"
    lines = [f"geo {client} $sources {{", '    default "";', *(f"    {cidr} {key};" for cidr, key in keys.items()), "}"]
    if balancers:
        lines += ["geo $remote_addr $trusted {", "    default 0;", *(f"    {cidr} 1;" for cidr in balancers), "}"]
        # A health check names no client.
        lines += _map("$proxy_protocol_addr", "$logged", [("", "0")], "1")
    else:
        lines += _map("$remote_addr", "$logged", [], "1") + _map("$remote_addr", "$trusted", [], "1")
    return [*lines, ""]


def _map(
    source: str, result: str, pairs: Iterable[tuple[str, str]], default: str, options: Iterable[str] = ()
) -> list[str]:
    return [
        f"map {source} {result} {{",
        *(f"    {option};" for option in options),
        f"    default {default};",
        *(f'    "{key}" {value};' for key, value in pairs),
        "}",
    ]


def _verdict(port: int, names: dict[str, Names], together: dict[str, tuple[str, ...]], deny: int) -> list[str]:
    """Return the lookups for one port: $allows_PORT is the first group that allows the name, or empty."""
    lines = []
    variables = {name: f"$g{index}_{port}" for index, name in enumerate(sorted(names))}
    for name, listed in names.items():
        lines += [f"# {name}", *_map("$name", variables[name], _keys(listed), "0", ["hostnames"])]
    answers = []
    for number, (key, holders) in enumerate(together.items()):
        holding = [name for name in holders if name in names]
        for place, name in enumerate(holding):
            then = f"$c{number}_{place + 1}_{port}" if place + 1 < len(holding) else '""'
            lines += _map(variables[name], f"$c{number}_{place}_{port}", [("1", name)], then)
        if holding:
            answers.append((key, f"$c{number}_0_{port}"))
    lines += _map('"$trusted$sources"', f"$allows_{port}", [(f"1{key}", answer) for key, answer in answers], '""')
    lines += _map(f"$allows_{port}", f"$group_{port}", [("", "$tail")], f"$allows_{port}")
    lines += _map(f"$allows_{port}", f"$verdict_{port}", [("", "deny")], "allow")
    backend = f"$ssl_preread_server_name:{port}"
    lines += _map(f"$allows_{port}", f"$backend_{port}", [("", f"127.0.0.1:{deny}")], backend)
    return [*lines, ""]


def _keys(names: Names) -> list[tuple[str, str]]:
    keys = [*names.exact, *(f"*.{name}" for name in names.below), *(f".{name}" for name in names.whole)]
    return [(key, "1") for key in sorted(keys)]


def _server(port: int, own: int, behind: bool) -> list[str]:
    client = "$proxy_protocol_addr" if behind else "$remote_addr"
    fields = (
        f'"time":"$time_iso8601","src":"{client}","group":"$group_{port}","sni":"$ssl_preread_server_name",'
        f'"port":{port},"verdict":"$verdict_{port}","trusted":"$trusted","upstream":"$upstream_addr",'
        '"sent":"$bytes_sent","received":"$bytes_received","seconds":"$session_time"'
    )
    return [
        f"log_format egress_{port} escape=json '{{{fields}}}';",
        "server {",
        f"    listen {own}{' proxy_protocol' if behind else ''};",
        "    ssl_preread on;",
        f"    proxy_pass $backend_{port};",
        f"    access_log /dev/stdout egress_{port} if=$logged;",
        "}",
        "",
    ]


def _unsupported(group: Group) -> list[str]:
    return [
        f"{words(group, entry)}: nginx serves names in TLS only"
        + (", squid serves it" if not entry.cidr or entry.protocol == "tcp" else ", no proxy does")
        for entry in group.entries
        if entry.cidr or entry.protocol != PROTOCOL
    ]
