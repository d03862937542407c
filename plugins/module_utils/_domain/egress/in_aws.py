# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compare an answer from the inventory with what AWS has: the path in a snapshot, and rules that a run would change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Network
from typing import NamedTuple

from ..network.packet_filters import Decision
from ..network.snapshot import Snapshot
from ..network.trip import DELIVERED, NO_ROUTE, Hop, Trips, Way
from ..network.trip import UNKNOWN as NOT_KNOWN
from ..network.trips import trips
from . import domains
from .answer import ALLOWED, AWS, DENIED, UNKNOWN, UNROUTED, Answer, Step
from .question import Destination

# Stands for a name, whose address nobody here knows: any address of the internet has the same path.
ANY_PUBLIC = "1.1.1.1"
FIREWALLS = ("firewall_endpoint", "network_function")
VERDICTS = {NO_ROUTE: UNROUTED, NOT_KNOWN: UNKNOWN}
# A line of changes.changes that closes a target.
CLOSES = re.compile(r"(?P<group>[\w-]+): - (?P<target>[^\s:]+):(?P<port>\d+) ")
NEXT = "closednet.aws.plan shows what a run would change"


class Observed(NamedTuple):
    """What was read of AWS.

    snapshot: of all accounts that the path passes; changes: what a run of the role egress would open and close
    """

    snapshot: Snapshot
    changes: Sequence[str] = ()


def compare(answer: Answer, observed: Observed, account_id: str, subnets: Sequence[str], to: Destination) -> Answer:
    """Return the answer as AWS has it. account_id, subnets: of the sender's tier, as CIDRs.

    It has the hops of the first path that doesn't arrive; if all do, of the first.
    """
    read = observed.snapshot.whole()
    if account_id not in {place.account_id for place in read.places}:
        says = f"declared: {answer.says}; in AWS: {read.not_read(account_id)}"
        return replace(answer, verdict=UNKNOWN, says=says, monitor=False)
    found = _trips(observed.snapshot, account_id, subnets, to)
    if found is None:
        says = f"declared: {answer.says}; in AWS: account {account_id} has no subnet {', '.join(subnets)}"
        return replace(answer, verdict=UNROUTED, says=says, fix=(NEXT, *answer.fix), monitor=False)
    stands = () if to.address else (f"{ANY_PUBLIC} stands for the address of {to.name}",)
    answer = replace(answer, notes=(*answer.notes, *stands))
    answer = replace(answer, in_aws=steps(found.there), in_aws_back=steps(found.back) if found.back else ())
    stopped = next((way for way in (found.there, found.back) if way and way.verdict != DELIVERED), None)
    if stopped:
        return _stopped(answer, stopped, answers=stopped is found.back)
    return _arrives(answer, observed, to, any(hop.kind in FIREWALLS for hop in found.there.hops))


def _trips(snapshot: Snapshot, account_id: str, subnets: Sequence[str], to: Destination) -> Trips | None:
    """Return the trips from these subnets, first those that don't arrive; None if AWS has none of the subnets."""
    protocol = "udp" if to.protocol in ("udp", "quic") else "tcp"
    found = [
        trips(snapshot, subnet["SubnetId"], str(to.address or ANY_PUBLIC), protocol, to.port)[0]
        for place, subnet in snapshot.every("Subnets")
        if place.account_id == account_id and any(_within(subnet["CidrBlock"], cidr) for cidr in subnets)
    ]
    arrives = [all(way and way.verdict == DELIVERED for way in (one.there, one.back)) for one in found]
    return found[arrives.index(False)] if False in arrives else found[0] if found else None


def _within(inner: str, outer: str) -> bool:
    return IPv4Network(inner).subnet_of(IPv4Network(outer))


def _stopped(answer: Answer, way: Way, answers: bool) -> Answer:
    verdict = VERDICTS.get(way.verdict, DENIED)
    what = "the answers don't come back: " if answers else ""
    says = f"in AWS: {what}{_told(way.decided_by)}"
    if answer.verdict in (DENIED, UNROUTED) and not answer.monitor:
        return replace(answer, notes=(*answer.notes, says))
    told = f"declared: {answer.says}; {says}"
    return replace(answer, verdict=verdict, says=told, fix=(NEXT, *answer.fix), monitor=False)


def _arrives(answer: Answer, observed: Observed, to: Destination, inspected: bool) -> Answer:
    """Return the answer where routes and filters of AWS lead there and back. inspected: past a firewall."""
    if answer.verdict == UNKNOWN:
        return replace(answer, verdict=ALLOWED, says="allowed: in AWS, routes and filters lead there and back")
    if answer.verdict == UNROUTED:
        what = "past the firewall's rules" if inspected else "without passing a firewall"
        says = f"AWS has routes there and back, {what}"
        return _differs(answer, UNKNOWN if inspected else ALLOWED, says)
    if answer.passes_firewall and not inspected:
        return _differs(answer, ALLOWED, "in AWS it leaves without passing a firewall")
    late = [change for change in observed.changes if answer.rules and change.startswith(answer.rules)]
    if answer.verdict == ALLOWED and late:
        return _differs(answer, DENIED, f"the firewall in AWS doesn't have it yet: {'; '.join(late)}")
    mode = next((change for change in observed.changes if change.startswith("mode: ")), "")
    if answer.verdict == DENIED and mode:
        return _differs(answer, DENIED if answer.monitor else ALLOWED, f"the firewall in AWS has another mode: {mode}")
    still = [change for change in observed.changes if _closes(change, answer.groups, to)]
    if answer.verdict == DENIED and still:
        return _differs(answer, ALLOWED, f"the firewall in AWS still lets it pass: {'; '.join(still)}")
    return replace(answer, notes=(*answer.notes, "in AWS: routes and filters lead there and back"))


def _differs(answer: Answer, verdict: str, says: str) -> Answer:
    return replace(answer, verdict=verdict, says=f"declared: {answer.says}; but {says}", fix=(NEXT,), monitor=False)


def _closes(change: str, groups: Sequence[str], to: Destination) -> bool:
    """Return true if a run closes what lets a group reach this destination."""
    match = CLOSES.match(change)
    if not match or match["group"] not in groups or int(match["port"]) != to.port:
        return False
    if to.address:
        return "/" in match["target"] and to.address in IPv4Network(match["target"])
    form = domains.parse("change", match["target"]) if "/" not in match["target"] else None
    return form is not None and domains.matches(form.name, form.form, to.name)


def steps(way: Way) -> tuple[Step, ...]:
    """Return the hops of one direction in AWS, and what stops it if it doesn't arrive."""
    found = [_step(hop) for hop in way.hops]
    if way.verdict != DELIVERED:
        passes = None if way.verdict == NOT_KNOWN else False
        by = ", ".join(way.decided_by.ids) or way.decided_by.by
        found.append(Step(by, way.decided_by.message, way.decided_by.by, source=AWS, passes=passes))
    return tuple(found)


def _step(hop: Hop) -> Step:
    place = ", ".join(filter(None, [f"account {hop.account}" if hop.account else "", hop.zone]))
    where = f"{hop.kind.replace('_', ' ')} {hop.id}".strip() + (f" ({place})" if place else "")
    filters = [": ".join(filter(None, [", ".join(one.ids), one.message])) for one in hop.lets_through]
    what = "; ".join(filter(None, [hop.route, *filters, hop.note])) or "passes"
    return Step(where, what, hop.table, source=AWS)


def _told(decision: Decision) -> str:
    return f"{decision.by} {', '.join(decision.ids)}: {decision.message}"
