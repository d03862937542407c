# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where packets of an account would get if its own route tables sent all of them to the transit gateway.

Whoever has an account may write its VPCs' route tables. So a pair that nothing but the sender's own tables keep apart
isn't proven: the hub's tables lead there.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..network.points import TRANSIT, Crossed
from ..network.snapshot import Item, Unknown
from . import intervals
from .intervals import Intervals
from .reachability import VERSIONS, Reachability
from .steps import State
from .ways import PREMISES, Reason, Way


class OwnRoutes:
    """Pairs that the tables of transit gateways don't keep apart, worked out account by account."""

    def __init__(self, reach: Reachability) -> None:
        self.world = reach.world
        self._attached: dict[str, list[tuple[str, Item]]] | None = None
        self._of: dict[str, dict[str, Reason]] = {}

    def between(self, one: str, other: str) -> Reason | None:
        """Return why the tables of transit gateways don't keep an account from another end; None if they do."""
        if one not in self._of:
            found: dict[str, Reason] = {}
            for end, reason in self._reached(one):
                found.setdefault(end, reason)
            self._of[one] = found
        return self._of[one].get(other)

    def _attachments(self) -> dict[str, list[tuple[str, Item]]]:
        """Return {account: (transit gateway, a subnet of the attachment) of each of its attached VPCs}."""
        if self._attached is None:
            self._attached = {}
            seen: set[str] = set()
            for _place, item in self.world.snapshot.every("TransitGatewayVpcAttachments"):
                subnets = [self.world.subnets[id_] for id_ in item["SubnetIds"] if id_ in self.world.subnets]
                if subnets and item["TransitGatewayAttachmentId"] not in seen:
                    seen.add(item["TransitGatewayAttachmentId"])
                    account = self.world.owner_of(subnets[0])
                    self._attached.setdefault(account, []).append((item["TransitGatewayId"], subnets[0]))
        return self._attached

    def _reached(self, account: str) -> Iterator[tuple[str, Reason]]:
        for gateway, subnet in self._attachments().get(account, ()):
            for version in VERSIONS:
                sent = self.world.forwarding.blocks(subnet, version)
                for way in self._ways(gateway, subnet, version) if sent else ():
                    yield from self._ends(account, sent, way)

    def _ways(self, gateway: str, subnet: Item, version: int) -> list[Way]:
        state = State(version, subnet["VpcId"], left=Crossed(TRANSIT))
        try:
            return list(self.world.forwarding.transit.enter(gateway, subnet, intervals.every(version), state))
        except Unknown:
            return []  # the account's own ways through it aren't known, either

    def _ends(self, account: str, sent: Intervals, way: Way) -> Iterator[tuple[str, Reason]]:
        if way.premises:
            yield f"{PREMISES}/{way.premises}", _reason(way, sent, way.destinations)
        for end in self.world.in_subnet.get(way.end, ()) if way.end else ():
            there = intervals.both(way.destinations, end.of(way.version))
            if there and end.site.account_id != account:
                yield end.site.account_id, _reason(way, sent, there)


def _reason(way: Way, sent: Intervals, there: Intervals) -> Reason:
    first, last = (str(intervals.address(way.version, spans[0][0])) for spans in (sent, there))
    by = ", ".join(f"{hop.kind} {hop.id}: {hop.says}" for hop in way.hops)
    why = f"only the sender's own route tables keep back a packet from {first} to {last}, which this leads there: {by}"
    tables = [hop.id for hop in way.hops if hop.kind == "transit_gateway_route_table"]
    return Reason((tables or ["transit gateway"])[0], why, "no such route, or a blackhole, in the hub's tables")
