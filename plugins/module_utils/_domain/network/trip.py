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
    """verdict: delivered, denied (a filter) or no_route; path: ids of what saw the packet, in order: instances (or
    interfaces, endpoints), subnets, VPCs, gateways; decided_by: the rule, route or filter
    """

    verdict: str
    path: tuple[str, ...]
    decided_by: Decision


class Leg(NamedTuple):
    """A part of a way on which addresses stay the same. None as a point: the other side of `gateway`."""

    packet: Packet
    start: Point | None
    end: Point | None
    gateway: str = ""


@dataclass(frozen=True)
class Trip:
    """start: who sends the packet on this leg; None: it came in by `gateway`. legs: those that are done"""

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
    """How a packet goes on by a subnet's route table. listed: the path names the subnet."""

    def __call__(self, subnet: Item, packet: Packet, trip: Trip, listed: bool = True) -> Outcome: ...
