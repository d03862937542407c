# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stops packets between two ends by routes, for every pair of an inventory: few tables, many pairs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from . import intervals
from .intervals import Intervals
from .reachability import VERSIONS, Reachability
from .ways import INTERNET, PREMISES, Decides, Site

NO_GATEWAY = Decides("internet_gateway", "", "no gateway and no address of the account let it through")


class Stop(NamedTuple):
    """Route, or lack of one, that stops what is for some destinations. number: the same for the same destinations"""

    decides: Decides
    version: int
    number: int


class Stops:
    """What stops packets by routes, looked up once for destinations that are alike."""

    def __init__(self, reach: Reachability) -> None:
        self.reach = reach
        self._numbers: dict[Intervals, int] = {}
        self._destinations: list[Intervals] = []
        self._stops: dict[tuple[Site, ...], tuple[Stop, ...]] = {}
        self._addresses: dict[tuple[tuple[Site, ...], int], Intervals] = {}
        self._meet: dict[tuple[int, int, tuple[Site, ...]], bool] = {}

    def between(self, sources: Sequence[Site], targets: Sequence[Site]) -> tuple[Decides, ...]:
        """Return what stops packets from sites of one end to sites of another one, each once."""
        one, other = tuple(sources), tuple(targets)
        if any(site == INTERNET for site in (*one, *other)):
            stops = () if INTERNET in one else (stop.decides for stop in self._of(one) if stop.version == 4)
            return tuple(dict.fromkeys((*stops, NO_GATEWAY)))
        found = (stop.decides for stop in self._of(one) if self._has(stop, other))
        return tuple(dict.fromkeys(found)) or self._nobody(one, other)

    def _of(self, sources: tuple[Site, ...]) -> tuple[Stop, ...]:
        if sources not in self._stops:
            self._stops[sources] = tuple(dict.fromkeys(self._all_of(sources)))
        return self._stops[sources]

    def _all_of(self, sources: Iterable[Site]) -> Iterator[Stop]:
        for site in sources:
            for place in self.reach.places(site):
                for version in VERSIONS:
                    for way in self.reach.world.ways(place, version).stops:
                        if way.stop:
                            yield Stop(way.stop, version, self._number(way.destinations))

    def _number(self, destinations: Intervals) -> int:
        if destinations not in self._numbers:
            self._numbers[destinations] = len(self._destinations)
            self._destinations.append(destinations)
        return self._numbers[destinations]

    def _has(self, stop: Stop, targets: tuple[Site, ...]) -> bool:
        """Return true if an address of the targets is among what is stopped."""
        key = stop.number, stop.version, targets
        if key not in self._meet:
            wanted = self._of_targets(targets, stop.version)
            self._meet[key] = bool(intervals.both(self._destinations[stop.number], wanted))
        return self._meet[key]

    def _of_targets(self, targets: tuple[Site, ...], version: int) -> Intervals:
        key = targets, version
        if key not in self._addresses:
            spans = (span for site in targets for span in self.reach.world.addresses_of(site, version))
            self._addresses[key] = intervals.merged(spans)
        return self._addresses[key]

    @staticmethod
    def _nobody(one: tuple[Site, ...], other: tuple[Site, ...]) -> tuple[Decides, ...]:
        """Return that an end has no subnet, or is behind an attachment that no route leads to."""
        empty = [name for name, sites in (("sender", one), ("receiver", other)) if not sites]
        if empty:
            return (Decides("account", "", f"the {' and the '.join(empty)} has no subnet"),)
        attachments = [site.tier for site in (*one, *other) if site.account_id == PREMISES]
        return tuple(Decides("attachment", id_, "no route leads there and back") for id_ in attachments)
