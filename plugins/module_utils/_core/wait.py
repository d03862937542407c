# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Polls for a state that the cloud reaches by itself.

Not botocore's waiters: it ships none for transit gateways, its acceptors can't say "each in one of these states",
and its delay is fixed, which is either slow for what takes a second or costly for what takes minutes.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from typing import Any

from .cloud import Cloud, Meaning
from .errors import Failure
from .plan import Wait
from .retries import FIRST_PAUSE_SECONDS, GROWTH, LONGEST_PAUSE_SECONDS

try:
    import jmespath
except ImportError:
    pass  # module.run says what is missing


class WrongState(Failure):
    """A resource has a state from which none of those that were waited for follows."""


def pauses(
    deadline: float, first: float = FIRST_PAUSE_SECONDS, longest: float = LONGEST_PAUSE_SECONDS
) -> Iterator[float]:
    """Seconds to sleep, growing with jitter, until the deadline (of time.monotonic) and not beyond it."""
    pause = first
    while (left := deadline - time.monotonic()) > 0:
        yield min(pause * random.uniform(0.8, 1.2), left)
        pause = min(pause * GROWTH, longest)


def wait(cloud: Cloud, waiter: Wait, params: Mapping[str, Any], timeout: float) -> list[str]:
    """Poll until the states are those that `waiter` expects; return the states seen last, [] after a deletion.

    Raises WrongState for a state in `failed` or an unexpected one, Failure after `timeout` seconds (waiter.within, if
    less).
    """
    timeout = min(timeout, waiter.within)
    if waiter.after:
        time.sleep(min(waiter.after, timeout))
    states: Any = "nothing read yet"
    answer: Mapping[str, Any] = {}
    for pause in pauses(time.monotonic() + timeout):
        try:
            answer = cloud.call(waiter.operation, **params)
            states = jmespath.search(waiter.states, answer) or []
        except cloud.errors as error:
            # What was just created may not be visible yet.
            if cloud.classify(error) is not Meaning.GONE:
                raise
            if waiter.gone:
                return []
            states = cloud.code(error)
        else:
            if waiter.missing and waiter.missing in _reason(waiter, answer):
                return []
            _refuse(waiter, states, answer)
            if (waiter.gone and not states) or (states and all(state in waiter.until for state in states)):
                return list(states)
        time.sleep(pause)
    raise Failure(
        f"waited {timeout:g} s for {_goal(waiter)}, last seen: {states}."
        " Run again: it goes on from there (wait_timeout gives it longer)"
    )


def _refuse(waiter: Wait, states: list[str], answer: Mapping[str, Any]) -> None:
    for state in states:
        if state in waiter.failed:
            raise WrongState(f"waited for {_goal(waiter)}, the state is {state}{_reason(waiter, answer)}")
        if waiter.pending and state not in (*waiter.until, *waiter.pending):
            raise WrongState(f"waited for {_goal(waiter)}, the state is {state}, which doesn't lead there")


def _reason(waiter: Wait, answer: Mapping[str, Any]) -> str:
    """Return ": " and what the cloud says about a failure, "" if it says nothing."""
    said = jmespath.search(waiter.reason, answer) if waiter.reason else ""
    return f": {str(said).rstrip('.')}" if said else ""


def _goal(waiter: Wait) -> str:
    return (" or ".join(waiter.until) or "removal") + (f" ({waiter.hint})" if waiter.hint else "")
