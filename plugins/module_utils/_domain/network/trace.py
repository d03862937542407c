# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verdict on a packet through the VPCs of a snapshot, and on its answer back.

Checked: routes of subnets, gateways and transit gateways, security groups, network ACLs in both directions, NAT and
internet gateways, gateway and interface endpoints, listeners and targets of load balancers, endpoints of Network
Firewall and firewalls attached to a transit gateway (that both directions pass the same ones), transit gateways and
peering. Not checked, since no part of the layout shows them: policies, rules of firewalls, what listens at another
destination. The verdict is unknown where the path leaves what Describe calls show (VPN, Direct Connect, other
appliances, an account that isn't in the snapshot), and where an object is of a kind that isn't known (kinds.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from ..._core.errors import Invalid
from ..values.ports import EPHEMERAL
from .addresses import Point
from .ends import End, Resolver, check_end, versions
from .packet_filters import ALL_PORTS, Address, Decision, Packet, Ports
from .points import Lookups
from .snapshot import Snapshot, Unknown
from .tracer import NOT_BACK, Ends, Flow, Stopped, Tracer
from .trip import DELIVERED, NO_ROUTE, UNKNOWN, Blocker, Outcome, Trip, Verdict


def trace(
    snapshot: Snapshot,
    source: str,
    destination: str,
    protocol: str | None = None,
    port: int | Ports | None = None,
    source_ports: Ports = EPHEMERAL,
    one_way: bool = False,
) -> Verdict:
    """Return the verdict on a packet and on its answer.

    source, destination: see ends.py; ids and names stand for their IPv4 and their IPv6 addresses
    protocol: tcp, udp or icmp (a ping); None with a port: tcp; None without: any IP packet
    port: one or (first, last), of which all must be allowed; source_ports: the ports that the answer goes to
    one_way: no answer is expected, as of syslog by UDP
    Where AWS picks by itself, such as a zone in appliance mode, each pick must deliver. Raises Invalid.
    """
    check_ends(source, destination)
    flow = (*flow_of(protocol, port), source_ports)
    return traced(Tracer(snapshot, explain=True), source, destination, flow, one_way).verdict


class Traced(NamedTuple):
    """Verdict of `traced`, and the flows that it is of: one for each combination of addresses and of AWS's picks."""

    verdict: Verdict
    flows: tuple[Flow | Unknown, ...]


def traced(
    tracer: Tracer, source: str, destination: str, flow: tuple[str | None, Ports, Ports], one_way: bool = False
) -> Traced:
    """Return what `trace` does, with the flows, by a tracer that explains. flow: protocol, ports, source ports."""
    found: list[Verdict] = []
    flows: tuple[Flow | Unknown, ...] = ()
    for version in versions(source, destination):
        try:
            of_version, notes = _flows(tracer, version, source, destination, flow, one_way)
        except Unknown as unknown:
            outcome = Trip((), None).unanswered(unknown)
            found.append(replace(outcome.verdict, blockers=_blockers([outcome], "there")))
            break
        if of_version:
            found.append(_worst(of_version, notes))
            flows = tuple(of_version)
        if found and found[-1].verdict == DELIVERED:
            break
    return Traced(_of_versions(found, source, destination), flows)


def flow_of(protocol: str | None, port: int | Ports | None) -> tuple[str | None, Ports]:
    """Return the protocol and the destination ports of a flow; raise Invalid for a port that none has."""
    if port is None:
        return protocol, ALL_PORTS
    protocol = protocol or "tcp"
    first, last = (port, port) if isinstance(port, int) else port
    if protocol == "icmp" or not 0 <= first <= last <= 65535:
        raise Invalid("port", port, "is no port", "0 to 65535, of tcp or udp")
    return protocol, (first, last)


def check_ends(source: Any, destination: Any) -> None:
    """Raise Invalid if one is neither an id nor an address, judged by its form."""
    check_end("source", source)
    check_end("destination", destination)


def from_outside(lookups: Lookups, wanted: Point) -> Address | None:
    """Return the public address by which the internet reaches an interface, its primary one's first."""
    points = lookups.points if wanted.address.version == 4 else lookups.of_ipv6
    same = (point.public for point in points if point.interface_id == wanted.interface_id and point.public)
    return wanted.public or next(same, None)


def _flows(
    tracer: Tracer,
    version: int,
    source: str,
    destination: str,
    flow: tuple[str | None, Ports, Ports],
    one_way: bool,
) -> tuple[list[Flow | Unknown], tuple[str, ...]]:
    """Return what happens to the flow by an IP version, between all addresses of both ends, and what is assumed."""
    resolver = Resolver(tracer, version)
    senders = resolver.source(source)
    targets = resolver.destination(destination, senders) if senders else []
    found = [
        one
        for sender in senders
        for target in targets
        for one in _between(tracer, resolver, (sender, target), flow, one_way)
    ]
    return found, tuple(dict.fromkeys(end.note for end in (*senders, *targets) if end.note))


def _between(
    tracer: Tracer, resolver: Resolver, both: tuple[End, End], flow: tuple[str | None, Ports, Ports], one_way: bool
) -> Iterator[Flow | Unknown]:
    sender, target = both
    protocol, ports, source_ports = flow
    sent_to, wanted = target.address, target.point
    if wanted and not sender.point and not sender.premises:
        public = from_outside(tracer.lookups, wanted)
        if not public:
            message = f"{wanted.interface_id} has no public address that {sender.address} could send to"
            decision = Decision("network_interface", (wanted.interface_id,), message)
            outcome = Trip((), None).ends(NO_ROUTE, decision)
            yield Flow(outcome._replace(blockers=(outcome,)), (), ())
            return
        sent_to = public
    ends = Ends(sender.point, wanted, sender.premises or target.premises, one_way, resolver.likely(target))
    yield from tracer.between(ends, Packet(sender.address, sent_to, protocol, ports), source_ports)


def _worst(flows: Sequence[Flow | Unknown], notes: tuple[str, ...]) -> Verdict:
    """Return the verdict on the first combination that certainly fails, else that isn't known, else on the first."""
    known = [one.flow if isinstance(one, Stopped) else one for one in flows if isinstance(one, (Flow, Stopped))]
    failing = [flow for flow in known if flow.decisive.verdict.verdict not in (DELIVERED, UNKNOWN)]
    lost = [one for one in flows if isinstance(one, Unknown) and not isinstance(one, Stopped)]
    if lost and not failing:
        outcome = Trip((), None).unanswered(lost[0])
        return replace(outcome.verdict, blockers=_blockers([outcome], "there"))
    unknown = [flow for flow in known if flow.decisive.verdict.verdict == UNKNOWN]
    return _told((failing or unknown or known)[0], known, notes)


def _told(flow: Flow, flows: Sequence[Flow], notes: tuple[str, ...]) -> Verdict:
    verdict = flow.decisive.verdict
    decision = verdict.decided_by
    path = verdict.path if verdict.verdict == UNKNOWN and flow.there is flow.decisive else flow.there.verdict.path
    if verdict.verdict != DELIVERED and len(flows) > 1:
        decision = replace(decision, message=decision.message + _picks(flow))
    notes += tuple(dict.fromkeys(hop.note for hop in flow.there.hops if hop.note))
    return Verdict(verdict.verdict, path, decision, notes, _all_blockers(flows))


def _picks(flow: Flow) -> str:
    return f" (if {', '.join(f'{who} picks {what}' for who, what in flow.picked)})" if flow.picked else ""


def _all_blockers(flows: Sequence[Flow]) -> tuple[Blocker, ...]:
    """Return what stops a flow, or some combination of picks, which it then names."""
    found: dict[Blocker, list[Flow]] = {}
    for flow in flows:
        of_answer = [one for part in flow.back for one in part.blockers]
        for blocker in (*_blockers(flow.there.blockers, "there"), *_blockers(of_answer, "answer")):
            found.setdefault(blocker, []).append(flow)
    return tuple(
        one if len(stopped) == len(flows) else replace(one, says=one.says + _picks(stopped[0]))
        for one, stopped in found.items()
    )


def _blockers(outcomes: Sequence[Outcome], direction: str) -> tuple[Blocker, ...]:
    return tuple(
        Blocker(verdict.verdict, by.by, by.ids, by.message.removeprefix(NOT_BACK), direction)
        for verdict, by in ((outcome.verdict, outcome.verdict.decided_by) for outcome in outcomes)
    )


def _of_versions(found: list[Verdict], source: str, destination: str) -> Verdict:
    """Return the verdict on ends that have addresses of both IP versions: one that delivers is enough."""
    if not found:
        raise Invalid("destination", destination, f"has no address of an IP version that {source} has", "one of both")
    first, last = found[0], found[-1]
    if len(found) == 1 or last.verdict == DELIVERED and first is last:
        return first
    if last.verdict == DELIVERED:
        return replace(last, notes=(*last.notes, f"by IPv6; by IPv4: {first.decided_by.message}"))
    decisive = last if last.verdict == UNKNOWN else first
    others = tuple(one for one in (*first.blockers, *last.blockers) if one not in decisive.blockers)
    return replace(decisive, blockers=(*decisive.blockers, *others))
