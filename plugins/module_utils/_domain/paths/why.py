# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tell why a sender reaches a destination, or what stops it: between accounts by what AWS has, else by the inventory.

Between accounts, each piece that lets the flow through is told with what it contributes alone, each blocker with what
it needs, and both with who declared them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any, NamedTuple

from ..._core.errors import Invalid
from ..egress import answer as answering
from ..egress import why as to_the_internet
from ..egress.in_aws import steps as hops_of
from ..network.ends import as_address
from ..network.packet_filters import Decision
from ..network.points import Lookups
from ..network.snapshot import Snapshot, Unknown
from ..network.trace import Traced, traced
from ..network.tracer import Flow, Stopped, Tracer
from ..network.trip import DELIVERED, NO_ROUTE, Blocker, Way
from ..values.ports import EPHEMERAL
from . import hosts as passing
from .contributions import Contribution, contributions, together
from .ends import Candidate, assume, candidates, tier_of
from .needs import Ends, Needs
from .owners import Owners
from .pieces import pieces
from .privatelink import BY_PRIVATELINK, endpoints
from .question import End, Question, hosts_of, parse
from .variants import of_accounts, owner_of

Accounts = Mapping[str, Mapping[str, Any]]
VERDICTS = {DELIVERED: answering.ALLOWED, NO_ROUTE: answering.UNROUTED, "denied": answering.DENIED}
# Pairs of classes of interfaces that are traced. Beyond it the answer says so, and names a narrower question.
MOST_PAIRS = 400


def why(
    accounts: Accounts,
    members: Mapping[str, Sequence[str]],
    asked: Mapping[str, Any],
    today: date,
    snapshot: Snapshot | None = None,
) -> dict[str, Any]:
    """Return {question, verdict, hosts, answers, between}: see egress.why.why.

    between: the question is between accounts, or about ids: it is answered by a snapshot of the accounts of `hosts`.
    Without one, the answers are what the inventory declares, and those about ids are unknown.
    Answers from a snapshot have `contributions` and `blockers` besides. Raises Invalid.
    """
    question = parse(accounts, asked)
    if question is None:
        return {**to_the_internet.why(accounts, members, asked, today, snapshot), "between": False}
    hosts = passing.hosts(accounts, question)
    declared = _declared(accounts, members, question, today)
    if snapshot is None:
        found = _not_read(question, declared)
    else:
        read = of_accounts(snapshot, [str(accounts[host].get("account_id")) for host in hosts])
        found = _Explainer(accounts, read, question).answers(declared)
    verdict = _overall(question, [one["verdict"] for one in found])
    return {"question": str(question), "verdict": verdict, "hosts": hosts, "answers": found, "between": True}


def _overall(question: Question, verdicts: Sequence[str]) -> str:
    """Return the verdict of all answers. Of a host, tiers without a route don't count if others have one."""
    found = set(verdicts)
    whole = any(end.host and not end.tier for end in (question.source, question.destination))
    if whole and len(found) > 1:
        found.discard(answering.UNROUTED)
    return found.pop() if len(found) == 1 else "mixed" if found else answering.UNKNOWN


def _declared(
    accounts: Accounts, members: Mapping[str, Sequence[str]], question: Question, today: date
) -> list[dict[str, Any]]:
    """Return the inventory's answers; [] for ends of which it knows nothing."""
    source, to = question.source, question.destination
    if question.port is None or source.id or to.id or to.name or any(":" in end.text for end in (source, to)):
        return []
    place = to.host or (str(to.networks[0][0]) if to.networks else "")
    asked = {"from": source.text, "to": f"{place}:{question.port}/{question.protocol}"}
    try:
        found: list[dict[str, Any]] = to_the_internet.why(accounts, members, asked, today)["answers"]
    except Invalid:
        return []  # such as a VPC of IPv6 only, or segments of a hub that is checked elsewhere
    return found


def _not_read(question: Question, declared: list[dict[str, Any]]) -> list[dict[str, Any]]:
    note = "AWS wasn't read: why_read=true, or snapshot_dir, tells what decides there"
    if declared:
        return [{**one, "notes": [*one["notes"], note], "contributions": [], "blockers": []} for one in declared]
    return [_answer(question.source.text, question.destination.text, answering.UNKNOWN, note)]


def _answer(sender: str, destination: str, verdict: str, says: str, **more: Any) -> dict[str, Any]:
    """Return an answer as data, with all keys of those of egress."""
    plain = asdict(answering.Answer(sender, verdict, says))
    lists = {key: list(value) if isinstance(value, tuple) else value for key, value in plain.items()}
    return {**lists, "destination": destination, "contributions": [], "blockers": [], **more}


class _Pair(NamedTuple):
    """Pair of ends that stand for their classes, and what happens between them."""

    sender: Candidate
    target: Candidate
    traced: Traced


class _Explainer:
    """Answers from a snapshot of the accounts that the path may pass."""

    def __init__(self, accounts: Accounts, snapshot: Snapshot, question: Question) -> None:
        self.accounts, self.snapshot, self.question = accounts, snapshot, question
        self.lookups = Lookups(snapshot)
        self.owners = Owners(accounts, snapshot)
        self.needs = Needs(accounts, snapshot, self.owners)
        port = question.port
        self.flow = (question.protocol, (0, 65535) if port is None else (port, port), EPHEMERAL)

    def answers(self, declared: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        question = self.question
        try:
            senders = candidates(self.accounts, self.snapshot, self.lookups, question.source, True)
            targets = self._targets(question.destination)
        except Unknown as unknown:
            says = f"{unknown.option}: {unknown.why}"
            return [_answer(question.source.text, question.destination.text, answering.UNKNOWN, says)]
        of_senders, unsure = hosts_of(self.accounts, question.source), ""
        try:
            targets += endpoints(self.accounts, self.snapshot, of_senders, question.destination)
        except Unknown as unknown:
            unsure = f"whether {question.source.text} has an endpoint to it: {unknown.option}: {unknown.why}"
        for end, found in ((question.source, senders), (question.destination, targets)):
            if not found and end is question.destination and unsure:
                return [_answer(question.source.text, question.destination.text, answering.UNKNOWN, unsure)]
            if not found:
                says = f"in AWS: no subnet of {end.text} exists, or none that sends and takes packets"
                if end.name and end.host:
                    says = f"in AWS: {question.source.text} has no endpoint to {end.host} yet: a run creates it"
                return [_answer(question.source.text, question.destination.text, answering.UNROUTED, says)]
        pairs = [(one, other) for one in senders for other in targets if one.id != other.id]
        notes = _too_many(len(pairs), question)
        groups = _grouped(self._traced(pairs[:MOST_PAIRS]))
        found_answers = [self._told(group, declared) for group in groups]
        found_answers.sort(key=lambda one: bool(one["verdict"] == answering.UNROUTED))
        found_answers += [
            _answer(question.source.text, question.destination.text, answering.UNKNOWN, says)
            for says in (notes, unsure)
            if says
        ]
        return found_answers

    def _targets(self, to: End) -> list[Candidate]:
        """Return what stands for the destination; the name of an endpoint is of no interface beside it."""
        return [] if to.name and to.host else candidates(self.accounts, self.snapshot, self.lookups, to, False)

    def _traced(self, pairs: Sequence[tuple[Candidate, Candidate]]) -> Iterator[_Pair]:
        for sender, target in pairs:
            yield _Pair(sender, target, self._trace(self.snapshot, sender, target))

    def _trace(self, snapshot: Snapshot, sender: Candidate, target: Candidate) -> Traced:
        tracer = Tracer(snapshot, explain=True)
        for candidate in (sender, target):
            assume(candidate, tracer.lookups)
        return _arriving(traced(tracer, sender.id, target.id, self.flow), target)

    def _told(self, group: Sequence[_Pair], declared: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Return the answer of pairs to which the same happens, by the first of them."""
        first = group[0]
        verdict = first.traced.verdict
        by = verdict.decided_by
        says = f"{by.by} {', '.join(by.ids)}: {by.message}"
        delivered = verdict.verdict == DELIVERED
        found = self._contributions(first) if delivered else []
        there, back = _ways(first.traced)
        notes = [*verdict.notes, *together(self.snapshot, found, self._again(first))]
        notes += [f"{one.name} stands for the next interface, without a security group" for one in _assumed(first)]
        # What hub and routes declare is another path than an endpoint's.
        notes += [] if BY_PRIVATELINK in first.target.name else _differs(delivered, declared)
        return _answer(
            _names(pair.sender.name for pair in group),
            _names(pair.target.name for pair in group),
            VERDICTS.get(verdict.verdict, answering.UNKNOWN),
            f"allowed: {says}" if delivered else says,
            notes=list(dict.fromkeys(notes)),
            in_aws=[asdict(step) for step in hops_of(there)] if there else [],
            in_aws_back=[asdict(step) for step in hops_of(back)] if back else [],
            contributions=[self._contribution(one) for one in found],
            blockers=self._blockers(first),
        )

    def _again(self, pair: _Pair) -> Any:
        return lambda snapshot: self._trace(snapshot, pair.sender, pair.target)

    def _contributions(self, pair: _Pair) -> list[Contribution]:
        tracer = Tracer(self.snapshot, self.lookups)
        # Of all that AWS may pick by itself, such as a zone in appliance mode.
        flows = [one for one in pair.traced.flows if isinstance(one, Flow)]
        found = {piece.key: piece for flow in reversed(flows) for piece in reversed(pieces(tracer, flow))}
        return contributions(self.snapshot, list(found.values())[::-1], pair.traced, self._again(pair))

    def _contribution(self, one: Contribution) -> dict[str, Any]:
        declared = self.owners.of(one.piece)
        return {
            "kind": one.piece.kind,
            "id": one.piece.id,
            "what": one.piece.what,
            "direction": one.piece.direction,
            "alone": one.alone,
            "says": one.says,
            "declared_by": declared.says,
            "host": declared.host,
            "line": declared.line,
        }

    def _blockers(self, pair: _Pair) -> list[dict[str, Any]]:
        ends = self._ends(pair)
        return [
            {**asdict(blocker), "ids": list(blocker.ids), **self.needs.of(blocker, ends)._asdict()}
            for blocker in pair.traced.verdict.blockers
        ]

    def _ends(self, pair: _Pair) -> Ends:
        source, source_tier, source_cidr = self._end(pair.sender, self.question.source)
        to, to_tier, to_cidr = self._end(pair.target, self.question.destination)
        question = self.question
        return Ends(source, to, source_cidr, to_cidr, source_tier, to_tier, question.protocol, question.port)

    def _end(self, candidate: Candidate, end: End) -> tuple[str, str, str]:
        """Return (host, tier, CIDR) of what stands for an end."""
        point = next((one for one in self.lookups.points if candidate.id in (one.interface_id, one.node)), None)
        address = as_address(candidate.id)
        if address and point is None:
            point = next(iter(self.lookups.having(address)), None)
        hosts = hosts_of(self.accounts, end)
        found = owner_of(self.snapshot, "Subnets", candidate.id)
        subnet = point.subnet if point else found[1] if found else None
        if subnet is None:
            return next(iter(hosts), ""), "", f"{address}/{address.max_prefixlen}" if address else candidate.id
        cidr = f"{point.address}/{point.address.max_prefixlen}" if point else str(subnet.get("CidrBlock", ""))
        host = self.owners.host_of_vpc(subnet["VpcId"]) or next(iter(hosts), "")
        return host, tier_of(subnet), cidr


def _arriving(found: Traced, target: Candidate) -> Traced:
    """Return what was traced; no route where the packet arrived at the same address of another VPC's subnet."""
    if not target.assumed or found.verdict.verdict != DELIVERED:
        return found
    legs = (flow.there.legs[-1] for flow in found.flows if isinstance(flow, Flow) and flow.there.legs)
    other = next((leg for leg in legs if leg.end and leg.end.subnet["SubnetId"] != target.subnet), None)
    if other is None or other.end is None:
        return found
    subnet_id = str(other.end.subnet["SubnetId"])
    message = f"{other.packet.destination} is in {subnet_id} here, not in {target.subnet}, whose range is the same"
    blocker = Blocker(NO_ROUTE, "subnet", (subnet_id,), message, "there")
    decision = Decision("subnet", (subnet_id,), message)
    verdict = replace(found.verdict, verdict=NO_ROUTE, decided_by=decision, blockers=(blocker,))
    return found._replace(verdict=verdict)


def _grouped(pairs: Iterator[_Pair]) -> list[list[_Pair]]:
    """Return the pairs, those together to which the same happens for the same reasons."""
    found: dict[tuple[Any, ...], list[_Pair]] = {}
    for pair in pairs:
        verdict = pair.traced.verdict
        ends = {pair.sender.id, pair.target.id}
        inner = tuple(id_ for id_ in verdict.path if id_ not in ends and not id_.startswith(("subnet-", "i-", "eni-")))
        stopped = tuple((one.direction, one.by, one.ids, one.verdict) for one in verdict.blockers)
        by = verdict.decided_by
        key = (verdict.verdict, by.by, by.ids, inner, stopped, pair.target.assumed, pair.sender.assumed)
        found.setdefault(key, []).append(pair)
    return list(found.values())


def _ways(found: Traced) -> tuple[Way | None, Way | None]:
    """Return the directions of the first flow, for its hops."""
    one = next((flow for flow in found.flows), None)
    flow = one.flow if isinstance(one, Stopped) else one
    if not isinstance(flow, Flow):
        return None, None
    there = Way(flow.there.verdict.verdict, flow.there.hops, flow.there.verdict.decided_by)
    if not flow.back:
        return there, None
    hops = tuple(hop for part in flow.back for hop in part.hops)
    last = flow.back[-1].verdict
    return there, Way(last.verdict, hops, last.decided_by)


def _differs(delivered: bool, declared: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what the inventory says about the same question, where AWS has something else."""
    for one in declared:
        routed = one["verdict"] != answering.UNROUTED
        if delivered and not routed:
            yield f"the inventory doesn't declare it: {one['says']}"
            yield from (f"it would be declared by: {line}" for line in one["fix"])
        elif not delivered and one["verdict"] == answering.UNROUTED:
            yield f"the inventory doesn't declare it either: {one['says']}"


def _assumed(pair: _Pair) -> list[Candidate]:
    return [one for one in (pair.sender, pair.target) if one.assumed]


def _names(names: Iterator[str] | Any, most: int = 6) -> str:
    listed = list(dict.fromkeys(names))
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def _too_many(pairs: int, question: Question) -> str:
    if pairs <= MOST_PAIRS:
        return ""
    return (
        f"{pairs} pairs of interfaces differ, and {MOST_PAIRS} of them were traced: ask for a tier, such as"
        f" {question.source.host or question.source.text}/app"
    )
