# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A packet's trip through a snapshot, and the verdict at its end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from .packet_filters import Decision, Packet
from .points import Point
from .snapshot import Item

DELIVERED, DENIED, NO_ROUTE = "delivered", "denied", "no_route"


@dataclass(frozen=True)
class Verdict:
    """Verdict on a packet.

    verdict: delivered, denied (by a filter) or no_route; path: ids that the packet passed, in order: instances (or
    interfaces, endpoints), subnets, VPCs, gateways; decided_by: the rule, route or filter
    """

    verdict: str
    path: tuple[str, ...]
    decided_by: Decision


class Leg(NamedTuple):
    """Part of a path on which addresses stay the same. start, end: None beyond `gateway`."""

    packet: Packet
    start: Point | None
    end: Point | None
    gateway: str = ""


@dataclass(frozen=True)
class Trip:
    """Path of a packet so far. start: the sender on this leg, None if it came in by `gateway`; legs: completed ones"""

    path: tuple[str, ...]
    start: Point | None
    legs: tuple[Leg, ...] = ()
    gateway: str = ""

    def through(self, *ids: str) -> Trip:
        return replace(self, path=self.path + ids)


class Outcome(NamedTuple):
    verdict: Verdict
    legs: tuple[Leg, ...] = ()


class Leave(Protocol):
    """Function that sends a packet on by a subnet's route table. listed: the path names the subnet."""

    def __call__(self, subnet: Item, packet: Packet, trip: Trip, listed: bool = True) -> Outcome: ...
