# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was seen of traffic that leaves: who asked for which name, how often, on which days. Names are hostile text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from ipaddress import AddressValueError, IPv4Address
from typing import Any, NamedTuple

from .importing import patterns


class Flow(NamedTuple):
    """Where something went.

    destination: a name in lower case, or an IPv4 address; what is neither is kept as it is, for the report
    """

    source: str
    destination: str
    port: int
    protocol: str


class Observation(NamedTuple):
    """One event. allowed: None if the event doesn't say; day: None if it has no time; group: that the rule named."""

    flow: Flow
    allowed: bool | None
    day: date | None
    group: str | None = None


@dataclass
class Tally:
    """How often a flow was seen."""

    hits: int = 0
    blocked: int = 0
    days: set[date] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)

    def add(self, other: Observation) -> None:
        self.hits += 1
        self.blocked += other.allowed is False
        if other.day:
            self.days.add(other.day)
        if other.group:
            self.groups.add(other.group)

    def merge(self, other: Tally) -> None:
        self.hits += other.hits
        self.blocked += other.blocked
        self.days |= other.days
        self.groups |= other.groups


def of_text(
    source: str, host: str, port: int, protocol: str, allowed: bool | None, day: date | None, group: str | None = None
) -> Observation | None:
    """Return an observation from a log's fields; None if the source is no IPv4 address."""
    address = ipv4(source)
    if address is None:
        return None
    name = patterns.name(host)
    # A wildcard is no name that a client can ask for.
    known = name if name and name == patterns.base(name) else ipv4(host) or host
    return Observation(Flow(address, known, port, protocol), allowed, day, group)


def ipv4(text: str) -> str | None:
    try:
        return str(IPv4Address(text.strip()))
    except (AddressValueError, ValueError):
        return None


def is_name(destination: str) -> bool:
    """Return true if a destination is a name with at least one dot, that an entry can have."""
    return (
        "." in destination and patterns.name(destination) == destination and patterns.base(destination) == destination
    )


def tally(observations: Iterable[Observation | None]) -> tuple[dict[Flow, Tally], int]:
    """Return how often each flow was seen, and how many events could not be read."""
    seen: dict[Flow, Tally] = {}
    unread = 0
    for one in observations:
        if one is None:
            unread += 1
        else:
            seen.setdefault(one.flow, Tally()).add(one)
    return seen, unread


def rows(seen: Mapping[Flow, Tally]) -> list[dict[str, Any]]:
    """Return the tallies in the form of a module's result."""
    return [
        {
            **flow._asdict(),
            "hits": one.hits,
            "blocked": one.blocked,
            "days": [day.isoformat() for day in sorted(one.days)],
            "groups": sorted(one.groups),
        }
        for flow, one in sorted(seen.items())
    ]


def of_rows(given: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Flow, Tally]]:
    """Yield the tallies from `rows`."""
    for row in given:
        days = {date.fromisoformat(day) for day in row["days"]}
        flow = Flow(row["source"], row["destination"], int(row["port"]), row["protocol"])
        yield flow, Tally(int(row["hits"]), int(row["blocked"]), days, set(row["groups"]))
