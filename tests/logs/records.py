# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Records as a subscription of CloudWatch Logs sends them to Firehose, whole and broken.

"Subscription filters with Amazon Data Firehose" (CloudWatch Logs): gzip of a JSON document.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from typing import Any

ARCHIVE = "999999999999"
SOURCES = ("111111111111", "222222222222")
REGION = "eu-west-1"
# 2026-01-02 03:04:05.678 UTC, in which Firehose got the records.
ARRIVED = 1_767_323_045_678
HOUR = "2026/01/02/03"


def event(identity: Any, message: Any, timestamp: Any = ARRIVED) -> dict[str, Any]:
    return {"id": identity, "timestamp": timestamp, "message": message}


def document(events: Sequence[Any], owner: Any = SOURCES[0], **fields: Any) -> dict[str, Any]:
    return {
        "messageType": "DATA_MESSAGE",
        "owner": owner,
        "logGroup": "/app/payments",
        "logStream": "web/1",
        "subscriptionFilters": ["closednet"],
        "logEvents": list(events),
        **fields,
    }


def control() -> dict[str, Any]:
    """Return what CloudWatch Logs sends to check that a destination is reachable."""
    message = "CWL CONTROL MESSAGE: Checking health of destination Firehose."
    return {
        "messageType": "CONTROL_MESSAGE",
        "owner": "CloudwatchLogs",
        "logGroup": "",
        "logStream": "",
        "subscriptionFilters": [],
        "logEvents": [{"id": "", "timestamp": ARRIVED, "message": message}],
    }


def packed(*documents: Any, escaped: bool = True) -> bytes:
    """Return the record of documents, one after another. escaped: what isn't ASCII is written as \\u...."""
    return gzip.compress("".join(json.dumps(one, ensure_ascii=escaped) for one in documents).encode(), mtime=0)


def members(*documents: Any) -> bytes:
    """Return a record with a gzip member for each document."""
    return b"".join(packed(one) for one in documents)


# Name -> a record that has no event that anybody could read, and the handler's reason.
BROKEN: dict[str, tuple[bytes, str]] = {
    "truncated gzip": (packed(document([event("x", "lost")]))[:-9], "is truncated gzip"),
    "broken gzip": (b"\x1f\x8b\x08\x00" + b"\xff" * 40, "is broken gzip"),
    "data after gzip": (packed(document([event("x", "lost")])) + b"tail", "is broken gzip"),
    "nothing": (b"", "is empty"),
    "nothing in gzip": (gzip.compress(b"", mtime=0), "is empty"),
    "not JSON": (gzip.compress(b"2026-01-02 some line\n", mtime=0), "isn't JSON"),
    "not UTF-8": (gzip.compress(b'{"messageType": "\xff"}', mtime=0), "isn't UTF-8"),
    "NaN": (gzip.compress(b'{"messageType": NaN}', mtime=0), "isn't JSON"),
    "half of a document": (gzip.compress(json.dumps(document([])).encode()[:-1], mtime=0), "isn't JSON"),
    "nested without end": (gzip.compress(b"[" * 100_000, mtime=0), "isn't JSON"),
    "a list": (packed([1, 2]), "isn't a document of CloudWatch Logs"),
    "a string": (packed("text"), "isn't a document of CloudWatch Logs"),
    "another object": (packed({"message": "text"}), "isn't a document of CloudWatch Logs"),
    "another type": (packed({**document([]), "messageType": "NEW"}), "isn't a message with log events"),
    "no events": (packed({"messageType": "DATA_MESSAGE", "owner": SOURCES[0]}), "isn't a message with log events"),
    "events that aren't a list": (packed(document([], logEvents={"id": "x"})), "isn't a message with log events"),
    "no owner": (packed(document([event("x", "lost")], owner=None)), "has no account as owner"),
    "a path as owner": (packed(document([event("x", "lost")], owner="../../other")), "has no account as owner"),
    "events twice": (
        gzip.compress(json.dumps(document([event("x", "lost")])).encode()[:-1] + b', "logEvents": []}', mtime=0),
        "has a key twice",
    ),
}
