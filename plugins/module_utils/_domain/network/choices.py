# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Picks of AWS along a path, such as the zone of an attachment in appliance mode: each combination in turn."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

from .snapshot import Unknown

T = TypeVar("T")
R = TypeVar("R")
MOST = 512


class Choices:
    """Picks of one run. What is picked once for a key stays picked in that run, as it does for a flow in AWS."""

    def __init__(self) -> None:
        self._script: list[int] = []
        self._made: list[tuple[int, int]] = []
        self._of_key: dict[Hashable, int] = {}
        self.picked: tuple[tuple[str, str], ...] = ()

    def pick(self, key: Hashable, who: str, options: Sequence[T], name: Callable[[T], str]) -> T:
        """Return one of the options. who, name: the object that picks, and an option's name, in words."""
        if len(options) == 1:
            return options[0]
        if key not in self._of_key:
            at = len(self._made)
            index = self._script[at] if at < len(self._script) else 0
            self._made.append((index, len(options)))
            self._of_key[key] = index
            self.picked += ((who, name(options[index])),)
        return options[self._of_key[key]]

    def each(self, run: Callable[[], R]) -> Iterator[R | Unknown]:
        """Yield what each combination's run returns, or the Unknown that it raises."""
        self._script = []
        for _number in range(MOST):
            self._made, self._of_key, self.picked = [], {}, ()
            try:
                yield run()
            except Unknown as unknown:
                yield unknown
            while self._made and self._made[-1][0] + 1 == self._made[-1][1]:
                self._made.pop()
            if not self._made:
                return
            self._script = [index for index, _of in self._made]
            self._script[-1] += 1
        yield Unknown("path", f"AWS picks among more than {MOST} combinations of zones and addresses", "fewer of them")
