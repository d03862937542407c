# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Configuration of squid as an explicit proxy: clients set HTTPS_PROXY and HTTP_PROXY, and get a clear 403.

CONNECT names the host, and squid resolves it; the name inside TLS isn't looked at. Plain HTTP goes to the declared
hosts only, too. CIDRs are reached by CONNECT with an address. squid 5 or later.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..groups import Egress, Entry, Group
from .tables import Configuration, Names, Settings, checked_group, cidrs_of, names_of, networks, words

PORT = 3128
# dstdomain compares names, so an address that is written as a host is matched by none of them; -n: squid asks no DNS
# for a name of an address.
LITERAL = r"^([0-9.]+|0x[0-9a-f.x]+|\[?[0-9a-f:.]*:[0-9a-f:.]*\]?)$"


def render(egress: Egress, settings: Settings) -> Configuration:
    """Return squid.conf. Raises Invalid for what may not be in it."""
    groups = egress.groups
    numbered = list(enumerate(groups))
    lines = [
        *_listen(settings),
        *_log(),
        "acl literal dstdom_regex -i -n " + LITERAL,
        "acl connect method CONNECT",
        "acl plain proto HTTP",
        *_acl("private", "dst", map(str, networks("private", settings.private))),
        *_acl("itself", "src", map(str, networks("own", settings.own))),
    ]
    rules = ["http_access deny itself"] if settings.own else []
    for number, group in numbered:
        acls, allowed = _group(number, group, bool(settings.private))
        lines += acls
        rules += allowed
    # The log of a refusal names the first group that has the source.
    rules += [f"http_access deny source_{number} deny_{number}" for number, group in numbered if group.cidrs]
    lines += [*rules, "http_access deny nobody", "http_access deny all"]
    unsupported = [
        f"{words(group, entry)}: no proxy serves UDP" for group in groups for entry in group.entries if _is_udp(entry)
    ]
    return Configuration("\n".join([*lines, *TAIL, ""]), {PORT: PORT}, unsupported)


TAIL = (
    # Nothing is kept: no cache, no file but the log.
    "cache deny all",
    "cache_mem 8 MB",
    "memory_pools off",
    "memory_cache_shared off",
    "pid_filename none",
    "netdb_filename none",
    "cache_log /dev/stderr",
    "cache_store_log none",
    "pinger_enable off",
    "visible_hostname egress-proxy",
    "httpd_suppress_version_string on",
    # Servers outside see neither the client's address nor this proxy.
    "forwarded_for delete",
    "via off",
    "half_closed_clients off",
    "shutdown_lifetime 110 seconds",
    "connect_timeout 10 seconds",
    "read_timeout 350 seconds",
)


def _listen(settings: Settings) -> list[str]:
    if not settings.balancers:
        return [f"http_port {PORT}"]
    return [
        f"http_port {PORT} require-proxy-header",
        *_acl("balancer", "src", map(str, networks("balancers", settings.balancers))),
        "proxy_protocol_access allow balancer",
        "proxy_protocol_access deny all",
    ]


def _log() -> list[str]:
    # %" escapes what a client wrote.
    fields = (
        '{"time":"%{%Y-%m-%dT%H:%M:%SZ}tg","src":"%>a","group":"%{egress_group}note","name":"%">rd","port":"%>rP",'
        '"method":"%"rm","verdict":"%{egress_verdict}note","status":"%>Hs","upstream":"%<a","sent":"%<st",'
        '"received":"%>st","milliseconds":"%tr"}'
    )
    return [
        f"logformat egress {fields}",
        "acl nobody annotate_transaction egress_group=- egress_verdict=deny",
        "acl asked has request",
        # The load balancer's health check sends nothing.
        "access_log stdio:/dev/stdout logformat=egress asked",
    ]


def _acl(name: str, kind: str, values: Iterable[str]) -> list[str]:
    """Return one line for each value: a line may be long, but a plan's reader sees what changed."""
    return [f"acl {name} {kind} {value}" for value in values]


def _group(number: int, group: Group, refuses_private: bool) -> tuple[list[str], list[str]]:
    """Return the ACLs of a group and the rules that allow."""
    cidrs = cidrs_of(group)
    if not cidrs:
        return [], []
    name = checked_group(group.name)
    acls = [
        f"# {name}",
        *_acl(f"source_{number}", "src", map(str, cidrs)),
        f"acl allow_{number} annotate_transaction egress_group={name} egress_verdict=allow",
        f"acl deny_{number} annotate_transaction egress_group={name} egress_verdict=deny",
    ]
    rules = []
    public = "!private " if refuses_private else ""
    for protocol, method in (("tls", "connect"), ("http", "plain !connect")):
        for port, names in names_of(group, protocol).items():
            acl = f"{protocol}_{number}_{port}"
            acls.append(f"acl port_{acl} port {port}")
            head = f"http_access allow source_{number} {method} port_{acl}"
            tail = f"{public}allow_{number}"
            more, conditions = _names(acl, names)
            acls += more
            rules += [f"{head} {condition} {tail}" for condition in conditions]
    more, conditions = _cidrs(number, group)
    acls += more
    rules += [
        f"http_access allow source_{number} connect literal {condition} allow_{number}" for condition in conditions
    ]
    return acls, rules


def _names(acl: str, names: Names) -> tuple[list[str], list[str]]:
    """Return ACLs of names, and for each rule what a name must meet; squid has no form for subdomains only."""
    acls, conditions = [], []
    listed = [*names.exact, *(f".{name}" for name in names.whole)]
    if listed:
        acls += _acl(f"name_{acl}", "dstdomain -n", listed)
        conditions.append(f"name_{acl}")
    if names.below:
        acls += _acl(f"below_{acl}", "dstdomain -n", (f".{name}" for name in names.below))
        acls += _acl(f"apex_{acl}", "dstdomain -n", names.below)
        conditions.append(f"below_{acl} !apex_{acl}")
    return acls, conditions


def _cidrs(number: int, group: Group) -> tuple[list[str], list[str]]:
    acls, conditions = [], []
    entries = [entry for entry in group.entries if entry.cidr and not _is_udp(entry)]
    for port in sorted({port for entry in entries for port in entry.ports}):
        acl = f"tcp_{number}_{port}"
        ranges = networks(
            f"groups.{group.name}.allow", (entry.cidr for entry in entries if port in entry.ports and entry.cidr)
        )
        acls += [f"acl port_{acl} port {port}", *_acl(f"range_{acl}", "dst", map(str, ranges))]
        conditions.append(f"port_{acl} range_{acl}")
    return acls, conditions


def _is_udp(entry: Entry) -> bool:
    return bool(entry.cidr) and entry.protocol == "udp"
