# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Timed states, evaluated when they are read: no threads, no timers.

    class NatGateway:
        state = StateClock("nat-gateway")

    gateway.state = "available"                                  # stays so
    gateway.state = Transition("pending", "available")           # pending for the default time, then available
    gateway.state = Transition(("initiating", 50), "pending", "available")  # 50 ms, default time, then stays so

The default time is `--transition`; `set_transitions` sets it, or a time for one kind ("nat-gateway") or for one
state of one kind ("nat-gateway.deleting"). Times are milliseconds. They are fixed when the state is assigned.

Their clock is the machine's, or counts the calls: `count_each_call(10)`. A state of 300 ms then lasts 30 calls, on
a busy machine too.
"""

from __future__ import annotations

import time
from typing import Any

_durations: dict[str, float] = {"default": 0.0}
_call_ms = 0.0
_calls_ns = 0


def count_each_call(milliseconds: float) -> None:
    """Set the ms that each call adds to the clock, which then stands still between calls; 0: the machine's clock."""
    global _call_ms, _calls_ns
    _calls_ns = now()
    _call_ms = milliseconds


def get_call_ms() -> float:
    return _call_ms


def count_call() -> None:
    global _calls_ns
    _calls_ns += nanoseconds(_call_ms)


def nanoseconds(milliseconds: float) -> int:
    return round(milliseconds * 1_000_000)


def now() -> int:
    """Return the nanoseconds of the clock, from an arbitrary start: whole, so four times 5 ms are 20 ms."""
    return _calls_ns if _call_ms else time.monotonic_ns()


def set_transitions(durations: float | dict[str, float], replace: bool = False) -> None:
    """Set the ms that passing states last: a number sets the default, a dict the kinds it names, or "default".

    `replace` first drops all durations and sets the default to 0.
    """
    if replace:
        _durations.clear()
        _durations["default"] = 0.0
    _durations.update(durations if isinstance(durations, dict) else {"default": durations})


def get_transitions() -> dict[str, float]:
    return dict(_durations)


def duration(kind: str, state: str) -> float:
    """Return the ms that a resource of this kind stays in this passing state."""
    for key in (f"{kind}.{state}", kind, "default"):
        if key in _durations:
            return _durations[key]
    raise AssertionError("there is always a default")


class Transition:
    """Sequence of passing states, each a name or (name, ms), and a last one, which stays."""

    def __init__(self, *states: str | tuple[str, float | None]):
        self.states = states

    def schedule(self, kind: str, start: int) -> list[tuple[int, str]]:
        """Return [(start, state)], the start in nanoseconds of the clock."""
        schedule = []
        for state in self.states:
            name, milliseconds = (state, None) if isinstance(state, str) else state
            schedule.append((start, name))
            start += nanoseconds(duration(kind, name) if milliseconds is None else milliseconds)
        return schedule


class StateClock:
    """Descriptor for an attribute that holds a state name and takes a `Transition`."""

    def __init__(self, kind: str):
        self.kind = kind

    def __set_name__(self, owner: type, name: str) -> None:
        self.slot = f"_{name}_schedule"

    def __set__(self, instance: Any, value: str | Transition) -> None:
        transition = value if isinstance(value, Transition) else Transition(value)
        setattr(instance, self.slot, transition.schedule(self.kind, now()))

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else self._current(instance)[1]

    def ms_in_state(self, instance: Any) -> float:
        """Return the ms since the current state began, to forget resources that were deleted long enough ago.

        Called on the class: `type(x).state.ms_in_state(x)`.
        """
        return (now() - self._current(instance)[0]) / 1_000_000

    def _current(self, instance: Any) -> tuple[int, str]:
        at = now()
        schedule = getattr(instance, self.slot)
        if schedule[-1][0] <= at:
            return schedule[-1]
        # The first one also if another clock, which is behind, has been set since.
        return next(entry for entry in reversed(schedule) if entry[0] <= at or entry is schedule[0])
