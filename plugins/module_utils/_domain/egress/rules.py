# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stateful rules of egress groups, for a classic policy in strict order.

The set is order-invariant: first what entries allow, then the tails, which deny what is left by group. No rule looks at
addresses alone: such a rule judges a connection by its first packet, before any name was sent, and so either kills
allowed connections or lets denied ones pass. Every rule has a flow keyword, and the tails of TLS and HTTP wait for the
name. Rules: Suricata 7.0, which Network Firewall runs; tests/rules plays connections through it.

Rule groups: `allow-1` to `allow-3`, into which groups fall by their names, so that a changed entry changes one of
them; and `deny`, which must come after all of them, since sources may be in several groups.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..values import cidrs, internet
from . import limits, next_generation, overlaps, parts, sids, tails
from .groups import CIDR, TLS, Egress, Entry

ENFORCE, MONITOR, REJECT, DROP = parts.ENFORCE, parts.MONITOR, parts.REJECT, parts.DROP
STRICT_ORDER, V2, SHARDS, DENY_GROUP = parts.STRICT_ORDER, parts.V2, parts.SHARDS, parts.DENY_GROUP


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
    generation: str = STRICT_ORDER,
    option: str = "egress_groups",
) -> Ruleset:
    """Return the rules of the groups.

    mode: enforce, or monitor, in which the tails only alert
    action: reject (TCP clients get an RST) or drop; other protocols are dropped
    kept: ids that rules have in AWS (`changes.sids` of their text), by key
    internal: CIDRs that are HOME_NET, too, besides the sources
    capacity: of each rule group when it is created, by default what it needs with headroom
    generation: of the policy: strict_order, or v2 (`next_generation`)
    Raises Invalid for what Network Firewall would refuse (`limits`).
    """
    home = home_net(egress, internal)
    made = next_generation.lines if generation == V2 else _lines
    lines = list(made(egress, mode, action))
    ids = sids.assign((line.key for line in lines), kept)
    variables = {name: chunk for group in egress.groups for name, chunk in parts.variables_of(group).items()}
    by_group: dict[str, list[parts.Line]] = {}
    for line in lines:
        by_group.setdefault(line.rule_group, []).append(line)
    capacities = limits.capacities({name: len(of_it) for name, of_it in by_group.items()}, capacity, option)
    limits.check_policy(capacities, option)
    rule_groups = {
        name: RuleGroup(
            "".join(f"{line.text} sid:{ids[line.key]}; rev:1;)\n" for line in by_group[name]),
            {each: variables[each] for each in sorted({line.variable for line in by_group[name]} - {""})},
            capacities[name],
        )
        for name in sorted(by_group)
    }
    limits.check({name: (each.rules, each.variables) for name, each in rule_groups.items()}, home, option)
    return Ruleset(rule_groups, home)


def home_net(egress: Egress, internal: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the policy's HOME_NET: the private blocks that hold sources, and the sources outside of these.

    With whole blocks, a further account changes no policy and makes no rule longer.
    """
    listed = {cidr for group in egress.groups for cidr in group.cidrs} | set(internal)
    blocks = [(overlaps.network("home_net", block), block) for block in internet.PRIVATE]
    return overlaps.collapse(sorted({_block(cidr, blocks) for cidr in listed}))


def _block(cidr: str, blocks: Sequence[tuple[cidrs.Network, str]]) -> str:
    network = overlaps.network("home_net", cidr)
    return next((block for outer, block in blocks if cidrs.holds(outer, network)), cidr)


def _lines(egress: Egress, mode: str, action: str) -> Iterator[parts.Line]:
    for group in parts.in_order(egress.groups):
        for entry in parts.entries_in_order(group):
            for part, text in allow(group.name, entry):
                for variable in parts.variables_of(group):
                    key = parts.key(variable, group.name, entry, part)
                    line = text.replace("$SRC", f"${variable}")
                    yield parts.Line(parts.rule_group_of(group.name), key, variable, line)
    ports = parts.open_ports(egress)
    # The default action of the policy judges only established connections, so what is in no group has tails, too.
    for group_name, variable in (*parts.sources(egress), (tails.NOBODY, "")):
        source = f"${variable}" if variable else "any"
        for kind, text in tails.lines(group_name, source, ports, monitor=mode == MONITOR, reject=action == REJECT):
            yield parts.Line(DENY_GROUP, f"deny|{variable}|{group_name}|{kind}", variable, text)


def allow(group: str, entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield (part, rule without its id) of the rules that allow an entry; their source is $SRC."""
    message, ports = parts.message(group, entry), parts.write_ports(entry.ports)
    if entry.form != CIDR:
        hello = " ssl_state:client_hello;" if entry.protocol == TLS else ""
        options = f"{message} flow:to_server, established;{hello} {parts.name(entry)} alert;"
        yield "", f"pass {entry.protocol} $SRC any -> $EXTERNAL_NET {ports} ({options}"
        return
    # A pass by address holds for a packet only. Its alert would log every packet, so only the first ones have it.
    header = f"pass {entry.protocol} $SRC any -> {entry.cidr} {ports}"
    yield "first", f"{header} ({message} flow:to_server, not_established; alert;"
    yield "rest", f"{header} ({message} flow:to_server, established;"
