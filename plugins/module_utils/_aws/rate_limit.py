# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Limits the rate of calls of an operation once AWS has throttled it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from .retries import REFILL, REFILLS


class Pace:
    """Times at which the next call of each operation may be sent; safe to use from several threads.

    EC2 has a bucket of tokens for each account, region and API. Its size depends on the API, on what others have just
    used, and on what AWS has granted to the account. So no call is delayed until AWS throttles an operation; from then
    on its calls follow each other as its bucket refills, so that AWS doesn't refuse them. botocore's own "adaptive"
    mode has one rate for all operations of a client, though each has its own bucket.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}

    def throttled(self, operation: str) -> None:
        with self._lock:
            self._next.setdefault(operation, self._clock() + _interval(operation))

    def delay(self, operation: str) -> float:
        """Seconds until a call of this operation could be sent."""
        return max(0.0, self._next.get(operation, 0.0) - self._clock())

    def reserve(self, operation: str) -> float:
        """Reserve the time of the next call and return the seconds to sleep before it; later calls come after it."""
        with self._lock:
            if operation not in self._next:
                return 0.0
            now = self._clock()
            at = max(now, self._next[operation])
            self._next[operation] = at + _interval(operation)
            return at - now


def _interval(operation: str) -> float:
    return 1 / REFILLS.get(operation, REFILL)
