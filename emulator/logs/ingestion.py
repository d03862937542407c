# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Limits of PutLogEvents: which batches are refused, and which events of a batch are rejected.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html and
API_RejectedLogEventsInfo. The texts about sizes and order are CloudWatch Logs' (aws/amazon-cloudwatch-agent and
fluent-bit match them); the one about the span is not verified.
"""

from __future__ import annotations

import datetime
from typing import Any

from moto.logs.exceptions import InvalidParameterException

LARGEST_BATCH, LARGEST_EVENT, MOST_EVENTS, OVERHEAD = 1_048_576, 1_048_576, 10_000, 26
OLDEST, NEWEST, SPAN = datetime.timedelta(days=14), datetime.timedelta(hours=2), datetime.timedelta(hours=24)


def check(events: list[dict[str, Any]]) -> None:
    """Raise InvalidParameterException for a batch that is refused as a whole."""
    if not 1 <= len(events) <= MOST_EVENTS:
        bound = f"less than or equal to {MOST_EVENTS}" if events else "greater than or equal to 1"
        raise InvalidParameterException(
            "1 validation error detected: Value at 'logEvents' failed to satisfy constraint: Member must have length "
            f"{bound}"
        )
    for number, event in enumerate(events, 1):
        if not event["message"]:
            raise InvalidParameterException(
                f"1 validation error detected: Value '' at 'logEvents.{number}.member.message' failed to satisfy "
                "constraint: Member must have length greater than or equal to 1"
            )
    sizes = [len(event["message"].encode()) + OVERHEAD for event in events]
    if max(sizes) > LARGEST_EVENT:
        raise InvalidParameterException(f"Log event too large: {max(sizes)} bytes exceeds limit of {LARGEST_EVENT}")
    if sum(sizes) > LARGEST_BATCH:
        raise InvalidParameterException(f"Upload too large: {sum(sizes)} bytes exceeds limit of {LARGEST_BATCH}")
    times = [event["timestamp"] for event in events]
    if times != sorted(times):
        raise InvalidParameterException("Log events in a single PutLogEvents request must be in chronological order.")


def sorted_out(
    events: list[dict[str, Any]], now: datetime.datetime, retention_days: int | None
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Return the accepted events, and rejectedLogEventsInfo. Raises InvalidParameterException for a span over 24 hours.

    The events are in order, so those that are too old come first, and those that are too new come last.
    """
    milliseconds = int(now.timestamp() * 1000)
    oldest = milliseconds - _milliseconds(OLDEST)
    expired = milliseconds - _milliseconds(datetime.timedelta(days=retention_days)) if retention_days else 0
    newest = milliseconds + _milliseconds(NEWEST)
    rejected: dict[str, int] = {}
    accepted = []
    for number, event in enumerate(events):
        if event["timestamp"] < oldest:
            rejected["tooOldLogEventEndIndex"] = number + 1
        elif event["timestamp"] < expired:
            rejected["expiredLogEventEndIndex"] = number + 1
        elif event["timestamp"] > newest:
            rejected.setdefault("tooNewLogEventStartIndex", number)
        else:
            accepted.append(event)
    if accepted and accepted[-1]["timestamp"] - accepted[0]["timestamp"] > _milliseconds(SPAN):
        raise InvalidParameterException(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
        )
    return accepted, rejected


def _milliseconds(span: datetime.timedelta) -> int:
    return int(span.total_seconds() * 1000)
