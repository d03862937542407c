# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs to disturb: each Turn of each case, started again from its beginning as often as wanted."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.contract.case import Case
from tests.contract.clouds import is_read
from tests.contract.world import READERS, World, capability, stable


@dataclass(frozen=True)
class Call:
    """A call of a run. number: its position among the calls of this operation in this account, from 1."""

    service: str
    operation: str
    account: str
    number: int

    def __str__(self) -> str:
        return f"{self.service}.{self.operation} {self.number}"

    @property
    def writes(self) -> bool:
        return not is_read(self.operation)

    @property
    def rule(self) -> dict[str, Any]:
        """Fields of the emulator's rule for a fault at this call."""
        return {"service": self.service, "operation": self.operation, "account": self.account, "nth": self.number}


@dataclass(frozen=True)
class Turn:
    """Undisturbed run of a case's module.

    options   options beyond the case's
    calls     calls in the order in which they were made
    told      its result
    contents  contents of the case's accounts afterwards, for the services that it called
    """

    options: dict[str, Any]
    calls: list[Call]
    told: dict[str, Any]
    contents: dict[str, list[Any]] = field(default_factory=dict)

    def contents_now(self, world: World, case: Case) -> dict[str, list[Any]]:
        """Return the contents of the case's accounts, for the services that the run called."""
        spoken_to = {call.service for call in self.calls}
        services = {prefix for prefix, (_read, clients) in READERS.items() if spoken_to & set(clients)}
        return world.contents(*case.accounts, services=services)

    def is_after_writes(self, call: Call) -> bool:
        """Return whether only calls that read come after this one, which reads too."""
        return not any(other.writes for other in self.calls[self.calls.index(call) :])

    def first_write(self) -> int:
        """Return the number of calls before the first write."""
        return next((number for number, call in enumerate(self.calls) if call.writes), len(self.calls))


def reads_only(case: Case) -> bool:
    return capability(case.module).reads_only


def has_state(case: Case) -> bool:
    """Return whether the module has the option state: one that only reads, or does something once, has none."""
    return "state" in capability(case.module).specification


def others(case: Case) -> list[Callable[[World], Any]]:
    """List what others do before each Turn of a case. The last one of a module with a state has state=absent."""
    return [case.before, *case.between, *([case.before_absent] if has_state(case) else [])]


def told(result: dict[str, Any]) -> dict[str, Any]:
    """Return what a result says of AWS, without ids and times, and without the calls that it took."""
    return stable({key: value for key, value in result.items() if key != "api_calls"})


class Stand:
    """Beginning of the Turn that was requested last."""

    def __init__(self, new_world: Callable[[], World], new_cache: Callable[[], Path]):
        self._new_world, self._new_cache = new_world, new_cache
        self._at: tuple[Case, int] | None = None
        self._turn: Turn | None = None

    def turn(self, case: Case, number: int) -> Turn:
        if self._at != (case, number):
            self._at = None
            self._turn = self._record(case, number)
            self._at = (case, number)
        return self._turn

    def world(self) -> World:
        """Restore the world as it was before the Turn, with its contents and cached sessions, and return it."""
        self._world.restore()
        self._world.cache = self._new_cache() / "cache"
        shutil.copytree(self._cache, self._world.cache)
        return self._world

    def _record(self, case: Case, number: int) -> Turn:
        self._world = world = self._new_world()
        self._cache = world.cache
        *earlier, last = others(case)[: number + 1]
        for make in earlier:
            make(world)
            world.run(case.module, case.account, case.options)
        last(world)
        options = {"state": "absent"} if last is case.before_absent and has_state(case) else {}
        world.emulator.control("POST", "snapshot")
        world = self.world()
        result = told(world.run(case.module, case.account, case.options, **options))
        made: Counter[tuple[str, ...]] = Counter()
        calls = []
        for call in world.calls:
            which = (call["service"], call["operation"], call["account"])
            made[which] += 1
            calls.append(Call(*which, made[which]))
        turn = Turn(options, calls, result)
        return replace(turn, contents=turn.contents_now(world, case))
