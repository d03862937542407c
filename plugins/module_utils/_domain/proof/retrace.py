# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Trace of a packet that the proof found, by the tracer, which knows nothing of sets: both must agree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import IPv4Address
from typing import NamedTuple

from ..network.addresses import Point, is_within
from ..network.packet_filters import Address, Decision, Packet
from ..network.points import Lookups
from ..network.snapshot import Snapshot, Unknown
from ..network.tracer import Ends, Flow, Stopped, Tracer
from ..network.trip import DELIVERED, UNKNOWN, Hop, Outcome

INTERNET, PREMISES = "internet", "premises"
# A public address that an interface may get which doesn't exist yet (RFC 5737).
SOME_PUBLIC = IPv4Address("198.51.100.1")


class Retraced(NamedTuple):
    """What the tracer says of a packet. verdict: of trip; arrives: it gets to the account that is meant.

    by_sender: a network ACL of the sender's own subnet stops it; hops: each object with the route and rules used there
    """

    verdict: str
    says: str
    arrives: bool = False
    by_sender: bool = False
    hops: tuple[str, ...] = ()


class Sender(NamedTuple):
    """An end that a packet leaves from, or is for. kind: an account's id, INTERNET or PREMISES; id: its VPC or
    attachment."""

    kind: str
    id: str


class Retracer:
    """Traces in one snapshot; lookups are shared, since there may be many."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.lookups = Lookups(snapshot)
        self.tracer = Tracer(snapshot, self.lookups)

    def retrace(self, sender: Sender, target: Sender, packet: Packet, source_port: int) -> Retraced:
        """Return what happens to a packet between two ends.

        An address that no interface has stands for the next interface that gets it: as sender without a security
        group, since its groups are the sender's to choose; as receiver with each group of the VPC in turn.
        """
        try:
            inside = packet.destination
            packet = self._from_outside(target, packet) if sender.kind == INTERNET else packet
            last = Retraced(UNKNOWN, f"{packet.source} is in no subnet of {sender.id}")
            for _receiver in self._receivers(target, inside, sender.kind == INTERNET):
                last = self._once(sender, target, packet, source_port)
                if last.arrives:
                    return last
            return last
        except Unknown as unknown:
            return Retraced(UNKNOWN, str(unknown))

    def _once(self, sender: Sender, target: Sender, packet: Packet, source_port: int) -> Retraced:
        with self._assumed(self._point(sender, packet.source, target.kind == INTERNET)) as start:
            if sender.kind not in (INTERNET, PREMISES) and start is None:
                return Retraced(UNKNOWN, f"{packet.source} is in no subnet of {sender.id}")
            premises = next((end.id for end in (sender, target) if end.kind == PREMISES), "")
            ends = Ends(start, None, premises, one_way=True)
            found = list(self.tracer.between(ends, packet, (source_port, source_port)))
        flows = [one.flow if isinstance(one, Stopped) else one for one in found if isinstance(one, (Flow, Stopped))]
        told = [self._told(flow.there, target, start) for flow in flows]
        best = next((one for one in told if one.arrives), None) or next(iter(told), None)
        lost = next((one for one in found if isinstance(one, Unknown)), None)
        return best or Retraced(UNKNOWN, str(lost) if lost else "the tracer finds no way")

    def _from_outside(self, target: Sender, packet: Packet) -> Packet:
        """Return a packet of the internet as it is sent: to the public address of the interface that it is for."""
        known = self._point(target, packet.destination, True)
        return replace(packet, destination=known.public) if known and known.public else packet

    def _told(self, there: Outcome, target: Sender, start: Point | None) -> Retraced:
        decision = there.verdict.decided_by
        says = f"{decision.by} {', '.join(decision.ids)}: {decision.message}"
        own = start is not None and decision.by == "network_acl" and start.subnet["SubnetId"] in decision.message
        arrives = there.verdict.verdict == DELIVERED and self._is_there(there, target)
        return Retraced(there.verdict.verdict, says, arrives, own, tuple(map(_hop, there.hops)))

    def _is_there(self, there: Outcome, target: Sender) -> bool:
        end = there.legs[-1].end if there.legs else None
        if end is None or target.kind in (INTERNET, PREMISES):
            return end is None and target.kind in (INTERNET, PREMISES)
        owner = self.lookups.interfaces.get(end.interface_id, {}).get("OwnerId")
        vpc_id = end.subnet["VpcId"]
        return target.id == vpc_id or target.kind in (owner, self.lookups.account_of(vpc_id))

    def _point(self, end: Sender, address: Address, public: bool = False) -> Point | None:
        """Return the interface that has an address of a VPC, or the one that would get it; None beyond VPCs.

        public: that would get a public address, too
        """
        if end.kind in (INTERNET, PREMISES):
            return None
        known = self.lookups.at(end.id, address)
        if known:
            return known
        subnets = (subnet for _place, subnet in self.snapshot.every("Subnets") if subnet["VpcId"] == end.id)
        subnet = next((one for one in subnets if is_within(address, one)), None)
        shown = (SOME_PUBLIC if address.version == 4 else address) if public else None
        return Point(str(address), "", subnet, address, shown) if subnet else None

    def _receivers(self, target: Sender, address: Address, public: bool) -> Iterator[Point | None]:
        """Yield the receiver, known to the lookups meanwhile: with each group in turn, where no interface has it."""
        known = self._point(target, address, public)
        if known is None or known.interface_id:
            yield known
            return
        groups = sorted(
            {g["GroupId"] for _place, g in self.snapshot.every("SecurityGroups") if g["VpcId"] == target.id}
        )
        for group in groups or [""]:
            with self._assumed(known._replace(groups=(group,) if group else ())) as point:
                yield point

    @contextmanager
    def _assumed(self, point: Point | None) -> Iterator[Point | None]:
        if point is None or point.interface_id:
            yield point
            return
        key = point.subnet["VpcId"], point.address
        self.lookups.assumed[key] = point
        try:
            yield point
        finally:
            self.lookups.assumed.pop(key, None)


def _hop(hop: Hop) -> str:
    """Return an object on a path in words, with the route and the rules that let the packet through there."""
    account = f" of {hop.account}" if hop.account else ""
    route = f", table {hop.table}: {hop.route}" if hop.table else ""
    rules = "".join(f", {_rule(one)}" for one in hop.lets_through)
    note = f" ({hop.note})" if hop.note else ""
    return f"{hop.kind} {hop.id}{account}{route}{rules}{note}"


def _rule(one: Decision) -> str:
    """Return a decision in words; an interface that doesn't exist yet has no id."""
    ids = ", ".join(id_ for id_ in one.ids if id_)
    return f"{one.by} {ids}: {one.message}" if ids else one.message
