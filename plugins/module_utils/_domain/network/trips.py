# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Both directions of a flow through a snapshot, hop by hop, for whoever shows or explains them."""

from __future__ import annotations

from ..._core.errors import Invalid
from ..values.ports import EPHEMERAL
from .ends import Resolver, as_address
from .packet_filters import Decision, Packet, Ports
from .snapshot import Snapshot, Unknown
from .trace import check_ends, flow_of, from_outside
from .tracer import Ends, Flow, Stopped, Tracer
from .trip import DELIVERED, NO_ROUTE, UNKNOWN, Hop, Outcome, Trip, Trips, Way


def trips(
    snapshot: Snapshot,
    source: str,
    destination: str,
    protocol: str | None = None,
    port: int | None = None,
    source_ports: Ports = EPHEMERAL,
) -> tuple[Trips, ...]:
    """Return the flow's trips, the one that decides first; several if AWS picks by itself, such as in appliance mode.

    source: what trace.trace takes; of a subnet its first free address, without a security group
    destination: likewise
    protocol, port, source_ports: as in trace.trace; a NAT gateway refuses "any protocol"
    Raises Invalid for bad arguments. What the snapshot doesn't tell is a Way with the verdict unknown.
    """
    check_ends(source, destination)
    protocol, ports = flow_of(protocol, port)
    tracer = Tracer(snapshot)
    address = as_address(source) or as_address(destination)
    resolver = Resolver(tracer, address.version if address else 4)
    try:
        senders = resolver.source(source)
        targets = resolver.destination(destination, senders) if senders else []
    except Unknown as unknown:
        return (Trips(_unknown(unknown), None),)
    found: list[Flow | Unknown] = []
    for sender, target in ((sender, target) for sender in senders for target in targets):
        wanted, sent_to = target.point, target.address
        if wanted and not sender.point and not sender.premises:
            public = from_outside(tracer.lookups, wanted)
            if not public:
                message = f"{destination} has no public address that {sender.address} could send to"
                return (Trips(Way(NO_ROUTE, (), Decision("network_interface", (wanted.node,), message)), None),)
            sent_to = public
        ends = Ends(sender.point, wanted, sender.premises or target.premises)
        found += tracer.between(ends, Packet(sender.address, sent_to, protocol, ports), source_ports)
    if not found:
        raise Invalid("destination", destination, f"has no IPv4 address, or {source} has none", "ids that have some")
    return tuple(sorted((_trips(flow) for flow in found), key=_rank))


def problem(
    snapshot: Snapshot, source: str, destination: str, protocol: str | None = None, port: int | None = None
) -> Way | None:
    """Return the direction that isn't delivered, or isn't known to be; None if all trips and answers are delivered.

    The arguments are those of trips. Bad ones, such as a subnet that the snapshot lacks, are a Way that is unknown.
    """
    try:
        found = trips(snapshot, source, destination, protocol, port)
    except Invalid as invalid:
        return Way(UNKNOWN, (), Decision("snapshot", (invalid.option,), str(invalid)))
    ways = (way for trip in found for way in (trip.there, trip.back) if way)
    return next((way for way in ways if way.verdict != DELIVERED), None)


def _trips(flow: Flow | Unknown) -> Trips:
    if isinstance(flow, Flow):
        there = Way(flow.there.verdict.verdict, flow.there.hops, flow.there.verdict.decided_by)
        if not flow.back:
            return Trips(there, None, flow.picked)
        last = flow.back[-1].verdict
        return Trips(there, Way(last.verdict, _joined(flow.back), last.decided_by), flow.picked)
    if isinstance(flow, Stopped) and flow.there:
        there = Way(DELIVERED, flow.there.hops, flow.there.verdict.decided_by)
        return Trips(there, _unknown(flow, flow.hops), flow.picked)
    if isinstance(flow, Stopped):
        return Trips(_unknown(flow, flow.hops), None, flow.picked)
    return Trips(_unknown(flow), None)


def _joined(parts: tuple[Outcome, ...]) -> tuple[Hop, ...]:
    """Return the hops of all parts; a NAT gateway, where one ends and the next begins, once."""
    hops: tuple[Hop, ...] = ()
    for part in parts:
        hops += part.hops[1 if hops and part.hops and part.hops[0].id == hops[-1].id else 0 :]
    return hops


def _unknown(unknown: Unknown, hops: tuple[Hop, ...] = ()) -> Way:
    return Way(UNKNOWN, hops, Trip((), None).unanswered(unknown).verdict.decided_by)


def _rank(trips: Trips) -> int:
    """Return 0 where something certainly fails, 1 where something is unknown, 2 where both directions deliver."""
    verdicts = {way.verdict for way in (trips.there, trips.back) if way}
    return 2 if verdicts == {DELIVERED} else 1 if UNKNOWN in verdicts else 0
