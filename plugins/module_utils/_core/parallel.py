# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Independent reads at the same time; a part of each Cloud."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .retries import PARALLEL


def gather(*reads: Callable[[], Any]) -> list[Any]:
    """Run independent reads at the same time and return their results in the order given."""
    if len(reads) < 2:
        return [read() for read in reads]
    with ThreadPoolExecutor(min(PARALLEL, len(reads))) as pool:
        try:
            return [future.result() for future in [pool.submit(read) for read in reads]]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
