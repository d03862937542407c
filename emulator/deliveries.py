# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Deliveries that services make by themselves when they are due: log files, batches of a stream.

They happen at the next call that could see them, by the emulator's clock, without threads.
"""

from __future__ import annotations

from collections.abc import Callable

# Services (botocore's names) whose calls see what is delivered, or what waits for it: app.py delivers before them.
SEEN_BY = {"athena", "cloudtrail", "firehose", "kinesis", "logs", "s3"}
# Seconds of waiting are multiplied by this: 0 delivers at once. See control.py, setting log_delivery.
scale = 1.0
_registered: list[Callable[[], None]] = []


def register(deliver: Callable[[], None]) -> None:
    """Have a service's function called by `deliver_due`; it delivers what is due, and returns at once if nothing is."""
    if deliver not in _registered:
        _registered.append(deliver)


def deliver_due() -> None:
    """Make the deliveries of all services that are due."""
    for deliver in _registered:
        deliver()
