# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tell why a sender of an inventory reaches a destination, or which rule or missing route stops it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from ipaddress import IPv4Address, IPv4Network, summarize_address_range
from typing import Any, NamedTuple

from ..network.snapshot import Snapshot
from . import fixes, groups, hops, overlaps, tails, verdict
from .answer import ALLOWED, DENIED, UNKNOWN, UNROUTED, Answer, Step, as_data
from .central_names import leads_to
from .declared import Network, Tier
from .groups import Egress, Group
from .in_aws import Observed, compare
from .parts import MONITOR
from .question import Destination, Sender, destination, sender
from .traffic import egress_of, missing_flow
from .turns import is_private

Accounts = Mapping[str, Mapping[str, Any]]
# Protocols as the rules know them: QUIC is UDP to them.
PROTOCOLS = {"quic": "udp"}
SEEN_ONLY = "would be dropped; now only logged (egress_mode: monitor)"


def why(
    accounts: Accounts,
    members: Mapping[str, Sequence[str]],
    asked: Mapping[str, Any],
    today: date,
    snapshot: Snapshot | None = None,
) -> dict[str, Any]:
    """Return {question, verdict, hosts, answers}: see answer.as_data.

    accounts: the variables of each host, see declared.Network; members: the inventory's groups, name -> hosts
    snapshot: of the accounts of `hosts`, to answer by what AWS has
    asked: from (host, host/tier, IPv4 address or CIDR), to (name, address or host, with :port and /protocol), protocol
    Raises Invalid for a question or groups that are wrong.
    """
    to = destination(accounts, asked.get("to"), asked.get("protocol"))
    network = Network(accounts)
    answers = []
    for one in sender(accounts, asked.get("from")):
        there, note = leads_to(accounts, members, one.host, to)
        found = _Explainer(network, members, there, today, snapshot).answers(one)
        answers += [replace(answer, notes=(note, *answer.notes)) for answer in found] if note else found
    return as_data(f"from {asked.get('from')} to {to} ({to.protocol})", answers)


class _Judged(NamedTuple):
    networks: tuple[IPv4Network, ...]
    verdict: verdict.Verdict


class _Explainer:
    def __init__(
        self,
        network: Network,
        members: Mapping[str, Sequence[str]],
        to: Destination,
        today: date,
        snapshot: Snapshot | None,
    ) -> None:
        self.network, self.to, self.snapshot = network, to, snapshot
        self._sources = cache(
            lambda host: Sources(egress_of(network, members, host, today), hops.internal(network, host))
        )

    def answers(self, one: Sender) -> list[Answer]:
        if not one.host:
            return self._of_strangers(one)
        if one.host == self.to.host and self.to.address:
            return [self._inside(one)]
        found = [self._of_tier(one, tier) for tier in self._tiers(one)]
        routed = [answers for answers in found if answers[0].verdict != UNROUTED]
        silent = [answers[0] for answers in found if answers[0].verdict == UNROUTED]
        if not routed:
            return _merged(silent)
        notes = tuple(answer.says for answer in silent)
        return [replace(answer, notes=(*answer.notes, *notes)) for answer in _merged([a for f in routed for a in f])]

    def _tiers(self, one: Sender) -> list[Tier]:
        if one.tier:
            return [tier for tier in self.network.tiers(one.host) if tier.name == one.tier]
        if one.is_host:
            return self.network.tiers(one.host)
        return self.network.tiers_of_address(one.host, one.networks)

    def _of_tier(self, one: Sender, tier: Tier) -> list[Answer]:
        path = hops.out(self.network, one.host, tier, None if self.to.name else self.to.address)
        hub = self.network.hub_of(one.host)
        passed = (one.host, hub, path.to, self.network.egress_of(hub) if hub else "")
        hosts = tuple(dict.fromkeys(host for host in passed if host in self.network.accounts))
        central = path.leads == hops.CENTRAL
        found = [replace(answer, hosts=hosts, passes_firewall=central) for answer in self._declared(one, tier, path)]
        if self.snapshot is None:
            return found
        if self.to.is_host:
            return [
                replace(one, notes=(*one.notes, "AWS isn't asked about a host: ask for an address")) for one in found
            ]
        account_id = str(self.network.accounts[one.host].get("account_id"))
        subnets = self._subnets(one, tier)
        return [
            compare(answer, self._observed(self.snapshot, path.to), account_id, subnets, self.to) for answer in found
        ]

    def _subnets(self, one: Sender, tier: Tier) -> list[str]:
        """Return the CIDRs of the tier's subnets with senders; if only AWS knows them, those that the senders have."""
        asked = [cidr for cidr in tier.subnets.values() if any(IPv4Network(cidr).overlaps(n) for n in one.networks)]
        return asked or list(self.network.accounts[one.host]["vpc_cidrs"])

    def _observed(self, snapshot: Snapshot, egress: str) -> Observed:
        result = self.network.accounts.get(egress, {}).get("egress_result") or {}
        return Observed(snapshot, result.get("egress_changes") or ())

    def _declared(self, one: Sender, tier: Tier, path: hops.Path) -> list[Answer]:
        who = f"{one.host}/{tier.name}"
        if path.leads == hops.NOWHERE:
            notes, fix = self._between(one.host) if path.to != one.host else ((), ())
            return [Answer(who, UNROUTED, path.says, path.steps, fix=(*path.fix, *fix), notes=notes)]
        port_protocol = "udp" if self.to.protocol in ("udp", "quic") else "tcp"
        lacking = missing_flow(self.network.accounts[one.host], tier.name, self.to.port, port_protocol)
        if lacking and path.leads not in (hops.HOST, hops.BEYOND):
            return [self._closed_by_flows(one, tier, path, lacking)]
        if path.leads == hops.CENTRAL:
            return list(self._by_firewall(one, tier, path))
        if path.leads == hops.HOST:
            return [self._to_host(one, who, path)]
        if path.leads == hops.BEYOND:
            says = f"routes lead to the attachment {path.to}, behind which the inventory knows nothing"
            return [Answer(who, UNKNOWN, says, path.steps)]
        return [self._by_its_own(one, who, path)]

    def _between(self, host: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return notes, and lines that would let the segments of two hosts reach each other, where the hub stops it."""
        other, network = self.to.host, self.network
        if not other or network.hub_of(other) != network.hub_of(host):
            return (), ()
        segment, to = network.segment_of(host), network.segment_of(other)
        if segment == to:
            return (f"{host} and {other} are in {segment}, whose members don't reach each other (isolated: true)",), ()
        hub = network.hub_of(host)
        reaches = ", ".join([*network.reaches(hub, segment), to])
        notes = (f"{host} is in segment {segment}, {other} in {to}",)
        return notes, (f"{hub}: hub_segments.{segment}.reaches: [{reaches}]",)

    def _closed_by_flows(self, one: Sender, tier: Tier, path: hops.Path, lacking: str) -> Answer:
        where = f"network ACL of tier {tier.name} of {one.host}"
        says = f"{where}: no flow from {tier.name} to internet for port {self.to.port}"
        step = Step(where, "no flow to internet for this port", f"vpc_flows of {one.host}", one.host, passes=False)
        fix = (f"{one.host}: vpc_flows: - {lacking}",)
        return Answer(f"{one.host}/{tier.name}", DENIED, says, (step, *path.steps[:1]), fix=fix)

    def _by_its_own(self, one: Sender, who: str, path: hops.Path) -> Answer:
        if self.to.address and is_private(self.to.address):
            step = Step(
                f"{one.host}, internet gateway", f"the internet has no route to {self.to.address}", passes=False
            )
            says = f"{who}: its default route leads to the internet, which has no route to {self.to.address}"
            return Answer(who, UNROUTED, says, (path.steps[0], step))
        what = "internet gateway" if path.leads == hops.OWN_GATEWAY else "NAT gateway"
        says = f"allowed: leaves by its own {what}, where no egress group decides: {path.steps[0].decides}"
        notes = ("not filtered by name: security groups and network ACLs alone decide",)
        return Answer(who, ALLOWED, says, path.steps, notes=notes)

    def _inside(self, one: Sender) -> Answer:
        says = f"both are in the VPC of {one.host}: its own route leads there; security groups and network ACLs decide"
        step = Step(f"{one.host}, VPC", "the VPC's own route", "AWS", one.host)
        return Answer(one.host, UNKNOWN, says, (step,), notes=("closednet.aws.path follows the packet in AWS",))

    def _to_host(self, one: Sender, who: str, path: hops.Path) -> Answer:
        source = one.networks[0][0]
        returns = [hops.out(self.network, path.to, tier, source) for tier in self.network.tiers(path.to)]
        back = next((way for way in returns if way.leads == hops.HOST and way.to == one.host), None)
        if back is None:
            first = returns[0] if returns else hops.Path(hops.NOWHERE, (), says="no tier", fix=())
            says = (
                f"routes lead to {path.to}, but its answers don't come back: {first.says or 'another route is longer'}"
            )
            return Answer(who, UNROUTED, says, path.steps, first.steps, first.fix)
        says = f"routes lead to {path.to} and back; its security groups decide, which the inventory doesn't have all"
        notes = ("closednet.aws.path follows the packet in AWS",)
        return Answer(who, UNKNOWN, says, path.steps, back.steps, notes=notes)

    def _of_strangers(self, one: Sender) -> list[Answer]:
        """Answer for addresses that no account of the inventory has: the firewall's rules may still name them."""
        where = f"{one.text}: no account of the inventory has it, so its route isn't known"
        step = Step(one.text, "isn't in vpc_cidrs of any account", "inventory", passes=None)
        found = []
        for host in self.network.egress_hosts:
            sources = self._sources(host)
            for judged in judge(sources, one.networks, self.to):
                answer = self._judged(one, _listed(judged.networks), host, sources, judged, (step,))
                is_open = answer.verdict == ALLOWED
                says = f"{answer.says}, if it comes to the firewall; {where}" if is_open else answer.says
                found.append(replace(answer, verdict=UNKNOWN if is_open else DENIED, says=says))
        return found or [Answer(one.text, UNROUTED, where, (step,), fix=("vpc_cidrs of the account that has it",))]

    def _by_firewall(self, one: Sender, tier: Tier, path: hops.Path) -> Iterator[Answer]:
        sources = self._sources(path.to)
        for judged in judge(sources, self._addresses(one, tier), self.to):
            whole = set(judged.networks) >= set(self._addresses(one, tier))
            who = f"{one.host}/{tier.name}" + ("" if whole else f" ({_listed(judged.networks)})")
            yield self._judged(one, who, path.to, sources, judged, path.steps)

    def _addresses(self, one: Sender, tier: Tier) -> tuple[IPv4Network, ...]:
        subnets = [IPv4Network(cidr) for cidr in tier.subnets.values()]
        inside = [
            subnet if subnet.prefixlen >= asked.prefixlen else asked
            for subnet in subnets
            for asked in one.networks
            if subnet.overlaps(asked)
        ]
        return tuple(inside) or one.networks

    def _judged(
        self, one: Sender, who: str, host: str, sources: Sources, judged: _Judged, steps: tuple[Step, ...]
    ) -> Answer:
        found, variables = judged.verdict, self.network.accounts[host]
        of_sender = sources.groups_of(judged.networks[0][0])
        where = hops.firewall(host)
        back = hops.back(self.network, one.host, host) if one.host else ()
        later = hops.from_firewall(self.network, host)
        if found.allowed:
            says, decides, owner = _allowed_by(found)
            step = Step(where, f"passes {self.to}", decides, owner)
            rules = _rules(found, judged.networks, self.to)
            return Answer(who, ALLOWED, says, (*steps, step, *later), back, rules=rules)
        monitor = variables.get("egress_mode") == MONITOR
        says = _stopped_by(found, of_sender, self.to)
        what = f"stops {_tail(found)}" + (f": {SEEN_ONLY}" if monitor else "")
        step = Step(where, what, _decided_by(found), found.group.owner if found.group else "", passes=monitor)
        source = one.host or str(one.networks[0])
        lines = tuple(fixes.lines(sources.egress, of_sender, source, self.to, host))
        names = tuple(group.name for group in of_sender)
        denied = Answer(who, DENIED, says, (*steps, step), (), lines, groups=names)
        denied = replace(denied, notes=tuple(fixes.by_address(of_sender, self.to)))
        if not monitor:
            return denied
        return replace(denied, says=f"{says}; {SEEN_ONLY}", steps=(*denied.steps, *later), back=back, monitor=True)


class Sources:
    """The sources of egress groups, for look-ups of many addresses. internal: see verdict.decide."""

    def __init__(self, egress: Egress, internal: Sequence[str] = ()) -> None:
        self.egress, self.internal = egress, internal
        networks = [(IPv4Network(cidr), group) for group in egress.groups for cidr in group.cidrs if ":" not in cidr]
        self._held = [(int(one[0]), int(one[-1]), group) for one, group in networks]
        self._edges = sorted({edge for first, last, _group in self._held for edge in (first, last + 1)})

    def groups_of(self, address: IPv4Address) -> list[Group]:
        """Return the groups that hold an address, each once, in their order."""
        number = int(address)
        held = {group.name: group for first, last, group in self._held if first <= number <= last}
        return list(held.values())

    def parts(self, networks: Sequence[IPv4Network]) -> Iterator[tuple[IPv4Address, IPv4Address]]:
        """Yield the first and last address of parts of these networks whose addresses are in the same groups."""
        for network in sorted(networks):
            first, last = int(network[0]), int(network[-1])
            edges = self._edges[bisect_right(self._edges, first) : bisect_right(self._edges, last)]
            starts = [first, *edges]
            for start, following in zip(starts, [*edges, last + 1]):
                yield IPv4Address(start), IPv4Address(following - 1)


def judge(sources: Sources, networks: Sequence[IPv4Network], to: Destination) -> list[_Judged]:
    """Return the firewall's verdicts on these senders; those of one verdict together, in address order."""
    found: dict[tuple[Any, ...], _Judged] = {}
    for start, end in sources.parts(networks):
        decided = _decide(sources, start, to)
        of_sender = tuple(group.name for group in sources.groups_of(start))
        key = (decided.allowed, decided.group and decided.group.name, decided.entry, decided.tail, of_sender)
        before = found[key].networks if key in found else ()
        found[key] = _Judged((*before, *summarize_address_range(start, end)), decided)
    return list(found.values())


def _decide(sources: Sources, source: IPv4Address, to: Destination) -> verdict.Verdict:
    address = str(to.address) if to.address else None
    # RFC 6066: the name in a ClientHello is never an address. The Host of HTTP may be one.
    target = to.name or (address if to.protocol == groups.HTTP else None)
    protocol = PROTOCOLS.get(to.protocol, to.protocol)
    return verdict.decide(sources.egress, str(source), target, to.port, protocol, address, sources.internal)


def _allowed_by(found: verdict.Verdict) -> tuple[str, str, str]:
    """Return the answer, what decides it, and who answers for that."""
    name, owner = (found.group.name, found.group.owner) if found.group else ("", "")
    entry = found.entry
    told = [entry.reason, f"until {entry.until}" if entry.until else ""] if entry else []
    listed = ", ".join(filter(None, [*told, f"owner {owner}" if owner else ""]))
    target = entry.shown if entry else ""
    says = f"allowed by group {name}, {target}" + (f" ({listed})" if listed else "")
    return says, f"egress_groups.{name}.allow: {target}", owner


def _rules(found: verdict.Verdict, networks: Sequence[IPv4Network], to: Destination) -> tuple[str, ...]:
    """Return how the words of changes.changes begin that a run would say where AWS doesn't let it pass yet."""
    if not found.group or not found.entry:
        return ()
    held = [IPv4Network(cidr) for cidr in found.group.cidrs if ":" not in cidr]
    sources = [f"{found.group.name}: + source {one}" for one in held if any(one.overlaps(n) for n in networks)]
    return (f"{found.group.name}: + {found.entry.shown}:{to.port} ", *sources)


def _tail(found: verdict.Verdict) -> str:
    return tails.WHY.get(found.tail or "", "what no group allows")


def _decided_by(found: verdict.Verdict) -> str:
    return f"egress_groups.{found.group.name}: its tail {found.tail}" if found.group else "the firewall's default"


def _stopped_by(found: verdict.Verdict, of_sender: Sequence[Group], to: Destination) -> str:
    if of_sender and not found.group:
        return f"denied by the firewall's default: {to} is inside, and groups say what may leave"
    if not found.group:
        return f"denied: the sender is in no group of egress_groups, so nothing lets it reach {to}"
    late = [
        f"{group.name} had {entry.shown} until {entry.until}, which is over"
        for group in of_sender
        for entry in group.expired
        if fixes.names_it(entry, to)
    ]
    names = ", ".join(group.name for group in of_sender)
    whose = f"group{'s' if len(of_sender) > 1 else ''} {names}"
    says = f"denied by the tail {found.tail} of group {found.group.name} ({_tail(found)}): no entry of {whose} has {to}"
    return "; ".join([says, *late])


def _merged(answers: Sequence[Answer]) -> list[Answer]:
    """Return the answers, those of several tiers that differ in nothing else as one."""
    found: dict[tuple[Any, ...], list[Answer]] = {}
    for answer in answers:
        first = answer.steps[:1]
        key = (
            answer.verdict,
            answer.says.replace(answer.sender, ""),
            tuple((step.what, step.decides) for step in first),
            answer.steps[1:],
            answer.fix,
            answer.notes,
            answer.in_aws[1:],
        )
        found.setdefault(key, []).append(answer)
    return [replace(same[0], sender=", ".join(answer.sender for answer in same)) for same in found.values()]


def _listed(networks: Sequence[IPv4Network]) -> str:
    return overlaps.listed(list(map(str, networks)), most=4)
