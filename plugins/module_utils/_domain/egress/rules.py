# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stateful rules of egress groups, for a classic policy in strict order.

The set is order-invariant: first what entries allow, then the tails, which deny what is left by group. No rule looks at
addresses alone: such a rule judges a connection by its first packet, before any name was sent, and so either kills
allowed connections or lets denied ones pass. Every rule has a flow keyword, and the tails of TLS and HTTP wait for the
name. Rules: Suricata 7.0, which Network Firewall runs; tests/rules plays connections through it.

Rule groups: `allow-1` to `allow-4`, into which groups fall by their names, so that a changed entry changes one of
them; and `deny`, which must come after all of them, since sources may be in several groups.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..values import cidrs
from . import domains, limits, overlaps, sids, tails
from .groups import CIDR, DEFAULT_PORTS, HTTP, HTTP_PORT, TLS, Egress, Entry, Group

ENFORCE, MONITOR = "enforce", "monitor"
REJECT, DROP = "reject", "drop"
ALLOW = "egress-allow"
SHARDS = 4
DENY_GROUP = "deny"
# HOME_NET is made of these where it can be, so that a further account changes no policy and no rule gets longer.
PRIVATE = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")


@dataclass(frozen=True)
class RuleGroup:
    """Content of a rule group. variables: IP sets by name; capacity: to create it with, as it can't grow."""

    rules: str
    variables: Mapping[str, tuple[str, ...]]
    capacity: int

    @property
    def used(self) -> int:
        """The capacity that the rules need: one per line."""
        return self.rules.count("\n")


@dataclass(frozen=True)
class Ruleset:
    """Rule groups by name, in the order in which a policy must evaluate them, and the policy's HOME_NET."""

    rule_groups: Mapping[str, RuleGroup] = field(default_factory=dict)
    home_net: tuple[str, ...] = ()


def compile(
    egress: Egress,
    mode: str = ENFORCE,
    action: str = REJECT,
    *,
    kept: Mapping[str, int] | None = None,
    internal: Sequence[str] = (),
    capacity: int | None = None,
    option: str = "egress_groups",
) -> Ruleset:
    """Return the rules of the groups.

    mode: enforce, or monitor, in which the tails only alert
    action: reject (TCP clients get an RST) or drop; other protocols are dropped
    kept: ids that rules have in AWS (`changes.sids` of their text), by key
    internal: CIDRs that are HOME_NET, too, besides the sources
    capacity: of each rule group when it is created, by default what it needs with headroom
    Raises Invalid for what Network Firewall would refuse (`limits`).
    """
    home = home_net(egress, internal)
    lines = [*_allow_lines(egress), *_deny_lines(egress, mode, action)]
    ids = sids.assign((line.key for line in lines), kept)
    variables = {name: chunk for group in egress.groups for name, chunk in variables_of(group).items()}
    by_group: dict[str, list[_Line]] = {}
    for line in lines:
        by_group.setdefault(line.rule_group, []).append(line)
    rule_groups = {
        name: RuleGroup(
            "".join(f"{line.text} sid:{ids[line.key]}; rev:1;)\n" for line in by_group[name]),
            {each: variables[each] for each in sorted({line.variable for line in by_group[name]} - {""})},
            limits.capacity(len(by_group[name]), capacity, option),
        )
        for name in sorted(by_group)
    }
    limits.check({name: (each.rules, each.variables) for name, each in rule_groups.items()}, home, option)
    return Ruleset(rule_groups, home)


def home_net(egress: Egress, internal: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the policy's HOME_NET: the private blocks that hold sources, and the sources outside of these."""
    listed = {cidr for group in egress.groups for cidr in group.cidrs} | set(internal)
    blocks = [(overlaps.network("home_net", block), block) for block in PRIVATE]
    return overlaps.collapse(sorted({_block(cidr, blocks) for cidr in listed}))


def _block(cidr: str, blocks: Sequence[tuple[cidrs.Network, str]]) -> str:
    network = overlaps.network("home_net", cidr)
    return next((block for outer, block in blocks if cidrs.holds(outer, network)), cidr)


def rule_group_of(group: str) -> str:
    """Return the name of the rule group that has this group's allowing rules."""
    return f"allow-{int(hashlib.sha256(group.encode()).hexdigest(), 16) % SHARDS + 1}"


def variables_of(group: Group) -> dict[str, tuple[str, ...]]:
    """Return the IP sets of a group's sources: one, or as many as lines with them need to keep to AWS's limit."""
    base = variable_name(group.name)
    chunks = limits.chunks(group.cidrs)
    return {base if index == 0 else f"{base}__{index + 1}": chunk for index, chunk in enumerate(chunks)}


def variable_name(group: str) -> str:
    """Return the name of a group's IP set, of the 32 letters, digits and underscores that AWS allows."""
    plain = re.fullmatch(r"[A-Za-z0-9]+(_[A-Za-z0-9]+)*", group) and len(group) <= 24
    if plain and not re.search(r"_[0-9a-f]{6}$", group):
        return f"SRC_{group}"
    clean = re.sub(r"[^A-Za-z0-9]+", "_", group)[:17].strip("_")
    return f"SRC_{clean}_{hashlib.sha256(group.encode()).hexdigest()[:6]}"


@dataclass(frozen=True)
class _Line:
    """Rule without its id. key: what the id is derived from; variable: of its sources, empty for any source."""

    rule_group: str
    key: str
    variable: str
    text: str


def in_order(groups: Iterable[Group]) -> list[Group]:
    """Return the groups in the order in which their allowing rules are evaluated."""
    return sorted(groups, key=lambda group: (rule_group_of(group.name), group.name))


def entries_in_order(group: Group) -> list[Entry]:
    return sorted(group.entries, key=lambda entry: (entry.target, entry.protocol, entry.ports))


def _allow_lines(egress: Egress) -> Iterator[_Line]:
    for group in in_order(egress.groups):
        rule_group = rule_group_of(group.name)
        for entry in entries_in_order(group):
            for part, text in _allow(group.name, entry):
                for variable in variables_of(group):
                    key = f"allow|{variable}|{group.name}|{entry.protocol}|{entry.target}|{_ports(entry.ports)}|{part}"
                    yield _Line(rule_group, key, variable, text.replace("$SRC", f"${variable}"))


def _ports(ports: Sequence[int]) -> str:
    return str(ports[0]) if len(ports) == 1 else f"[{','.join(map(str, ports))}]"


def _allow(group: str, entry: Entry) -> Iterator[tuple[str, str]]:
    message = f'msg:"{ALLOW} group={group} {"cidr" if entry.form == CIDR else "domain"}={entry.target}"'
    ports = _ports(entry.ports)
    if entry.form != CIDR:
        options = f"{message}; flow:to_server, established; {_name(entry)}; alert;"
        yield "", f"pass {entry.protocol} $SRC any -> $EXTERNAL_NET {ports} ({options}"
        return
    # A pass by address holds for a packet only. Its alert would log every packet, so only the first ones have it.
    header = f"pass {entry.protocol} $SRC any -> {entry.cidr} {ports}"
    yield "first", f"{header} ({message}; flow:to_server, not_established; alert;"
    yield "rest", f"{header} ({message}; flow:to_server, established;"


def _name(entry: Entry) -> str:
    """Return the keywords that compare the name. http.host is in lower case, and refuses nocase."""
    buffer = {TLS: "ssl_state:client_hello; tls.sni", HTTP: "http.host"}[entry.protocol]
    nocase = " nocase;" if entry.protocol == TLS else ""
    # dotprefix puts a dot before the name, and must come before the content.
    content = {
        domains.EXACT: f'content:"{entry.domain}"; startswith; endswith;',
        domains.SUFFIX: f'dotprefix; content:".{entry.domain}"; endswith;',
        domains.SUBDOMAINS: f'content:".{entry.domain}"; endswith;',
    }[entry.form]
    return f"{buffer}; {content}{nocase}".removesuffix(";")


def open_ports(egress: Egress) -> list[int]:
    """Return the TCP ports on which a connection is judged by its name; on others it is denied at its first packet."""
    return sorted(
        {HTTP_PORT, *DEFAULT_PORTS, *(p for g in egress.groups for e in g.entries if e.domain for p in e.ports)}
    )


def _deny_lines(egress: Egress, mode: str, action: str) -> Iterator[_Line]:
    ports = open_ports(egress)
    sources = [(group.name, variable) for group in egress.groups for variable in variables_of(group)]
    # The default action of the policy judges only established connections, so what is in no group has tails, too.
    for name, variable in (*sources, (tails.NOBODY, "")):
        source = f"${variable}" if variable else "any"
        for kind, text in tails.lines(name, source, ports, monitor=mode == MONITOR, reject=action == REJECT):
            yield _Line(DENY_GROUP, f"deny|{variable}|{name}|{kind}", variable, text)
