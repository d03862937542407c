# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waits for a state that AWS reaches by itself.

Not botocore's waiters: it ships none for transit gateways, its acceptors can't say "each in one of these states",
and its delay is fixed, which is either slow for what takes a second or costly for what takes minutes.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .errors import Failure
from .plan import Wait

try:
    import jmespath
    from botocore.exceptions import ClientError
except ImportError:
    pass  # module.run says what is missing


def delays(deadline: float, first: float = 0.25, most: float = 10.0) -> Iterator[float]:
    """Seconds to sleep, growing with jitter, until the deadline (of time.monotonic)."""
    delay = first
    while time.monotonic() < deadline:
        yield delay * random.uniform(0.8, 1.2)
        delay = min(delay * 1.6, most)


def wait(call: Callable[..., Mapping[str, Any]], waiter: Wait, params: Mapping[str, Any], timeout: float) -> list[str]:
    """The states seen last. Raises Failure when a state in `failed` is seen or `timeout` seconds have passed."""
    timeout = min(timeout, waiter.within)
    states: Any = "nothing read yet"
    for delay in delays(time.monotonic() + timeout):
        try:
            states = jmespath.search(waiter.states, call(waiter.operation, **params)) or []
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in waiter.gone:
                return []
            # Just made things may not be visible yet (EC2 is eventually consistent).
            if not code.endswith("NotFound"):
                raise
            states = code
        else:
            failed = [state for state in states if state in waiter.failed]
            if failed:
                raise Failure(f"waited for {_goal(waiter)}, AWS says {failed[0]}")
            if waiter.gone and not states or states and all(state in waiter.until for state in states):
                return states
        time.sleep(delay)
    raise Failure(
        f"waited {timeout:g} s for {_goal(waiter)}, last seen: {states}."
        " Run again: it goes on from there (wait_timeout gives it longer)"
    )


def _goal(waiter: Wait) -> str:
    return (" or ".join(waiter.until) or "removal") + (f" ({waiter.hint})" if waiter.hint else "")
