# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packets on their way, and the ways that end here."""

from __future__ import annotations

from typing import NamedTuple

from ..network.points import Crossed
from .intervals import Intervals
from .packet_sets import PacketSet
from .ways import Decides, Nat, Reason, Way


class State(NamedTuple):
    """Where packets are. start: the VPC of the interface (or NAT gateway) that sent them; "": from premises

    zone: that they entered a transit gateway from; left: None until they have left their subnet; nat: the NAT gateway
    that translated them; seen: where they were, to find loops; the others as of a way
    """

    version: int
    start: str
    zone: str = ""
    acls: tuple[tuple[str, bool], ...] = ()
    left: Crossed | None = None
    came: Crossed = Crossed()
    firewalls: tuple[str, ...] = ()
    hops: tuple[Decides, ...] = ()
    only: PacketSet | None = None
    nat: Nat | None = None
    seen: frozenset[str] = frozenset()

    def by(self, hop: Decides) -> State:
        return self._replace(hops=(*self.hops, hop))

    def past(self, subnet_id: str, egress: bool) -> State:
        return self._replace(acls=(*self.acls, (subnet_id, egress)))


def way(to: Intervals, state: State) -> Way:
    """Return the way up to here, of which the end is to be set."""
    left = state.left or Crossed()
    return Way(
        state.version,
        to,
        acls=state.acls,
        left=left,
        came=state.came,
        firewalls=state.firewalls,
        hops=state.hops,
        only=state.only,
        nat=state.nat,
    )


def end(to: Intervals, state: State, subnet_id: str) -> Way:
    return way(to, state)._replace(end=subnet_id)


def stop(to: Intervals, state: State, what: Decides) -> Way:
    return way(to, state)._replace(stop=what)


def lost(to: Intervals, state: State, why: Reason) -> Way:
    return way(to, state)._replace(unknown=why)
