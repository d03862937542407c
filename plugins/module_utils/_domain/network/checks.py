# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters and states along a walk: what stops a packet is noted, and so is what the snapshot doesn't tell.

A packet that one filter certainly stops doesn't arrive, whatever else isn't known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from .addresses import Point
from .packet_filters import Decision, Packet
from .points import NOT_CROSSED, Crossed, Lookups
from .snapshot import Item, Unknown
from .trip import DELIVERED, DENIED, UNKNOWN, Outcome, Trip, Unanswered


class Ended(Exception):
    """End of a walk at what certainly stops the packet."""


class Checks:
    """What stops the packet of one direction. explain: it is followed past filters, to find all of them."""

    def __init__(self, lookups: Lookups, explain: bool = False) -> None:
        self.lookups = lookups
        self.explain = explain
        # Whether the walk of the direction came to a place from which it isn't known how it goes on.
        self.lost = False
        self._found: list[Outcome] = []

    def way(self, walk: Callable[[], Outcome]) -> Outcome:
        """Return the outcome of a direction: the first that certainly stops it, else the first that isn't known.

        Its blockers are all of them; it has legs if the walk got to its end, past filters.
        """
        self._found, self.lost = [], False
        last = None
        try:
            last = walk()
        except Ended:
            pass
        except Unanswered as unanswered:
            self.lost = True
            self._found.append(unanswered.outcome)
        except Unknown as unknown:
            self.lost = True
            self._found.append(Trip((), None).unanswered(unknown))
        if last is not None and last.verdict.verdict != DELIVERED and all(one is not last for one in self._found):
            self._found.append(last)
        found = tuple(self._found)
        certain = (outcome for outcome in found if outcome.verdict.verdict != UNKNOWN)
        decisive = cast(Outcome, next(certain, found[0] if found else last))
        legs = last.legs if last is not None and last.verdict.verdict == DELIVERED else ()
        return decisive._replace(legs=legs, blockers=found)

    def ended(self, outcome: Outcome) -> None:
        """Note how the walk ended, before what is looked at beyond its end."""
        self._found.append(outcome)

    def fails(self, trip: Trip, verdict: str, decision: Decision) -> None:
        """Note what stops the packet here. Ends the walk unless all is to be explained."""
        self._found.append(trip.ends(verdict, decision))
        if not self.explain:
            raise Ended

    def unknown(self, trip: Trip, unknown: Unknown) -> None:
        """Note what isn't known here, to go on as if it let the packet through."""
        self._found.append(trip.unanswered(unknown))

    def stops(self, trip: Trip, look: Callable[[], Decision | None]) -> None:
        """Note why something stops the packet, as look returns it: a Decision, or None if it doesn't."""
        try:
            decision = look()
        except Unknown as unknown:
            self.unknown(trip, unknown)
            return
        if decision:
            self.fails(trip, DENIED, decision)

    def network_acl(self, trip: Trip, subnet: Item, packet: Packet, egress: bool) -> tuple[Decision, ...]:
        """Return what lets the packet through a subnet's ACL; empty if nothing does, or it isn't known."""
        return self._admits(trip, lambda: self.lookups.network_acl(subnet, packet, egress))

    def security_groups(
        self, trip: Trip, point: Point, packet: Packet, egress: bool, crossed: Crossed = NOT_CROSSED
    ) -> tuple[Decision, ...]:
        return self._admits(trip, lambda: self.lookups.security_groups(point, packet, egress, crossed))

    def _admits(self, trip: Trip, look: Callable[[], tuple[bool, Decision]]) -> tuple[Decision, ...]:
        try:
            admitted, decision = look()
        except Unknown as unknown:
            self.unknown(trip, unknown)
            return ()
        if not admitted:
            self.fails(trip, DENIED, decision)
            return ()
        return (decision,)
