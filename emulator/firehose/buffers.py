# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What waits in a stream: records as they arrived, pieces that are processed, failures, objects to write."""

from __future__ import annotations

import base64
import datetime
import json
from dataclasses import dataclass, field
from typing import Any

MIB = 2**20


def milliseconds(moment: datetime.datetime) -> int:
    return int(moment.timestamp() * 1000)


@dataclass(frozen=True)
class Entry:
    """Record as a producer put it. `id`: that of the Lambda event, not that of PutRecord's answer."""

    id: str
    data: bytes
    arrived: datetime.datetime


@dataclass(frozen=True)
class Piece:
    """Part of an object: an entry's data as the processors left them."""

    entry: Entry
    data: bytes
    keys: dict[str, str] | None = None


@dataclass(frozen=True)
class Failure:
    """Line of an error object.

    `type`: !{firehose:error-output-type}. `more`: members that only this type has. Names and capitals:
    data-transformation-failure-handling and record-format-conversion-error-handling, both of the developer guide, but
    for lambdaARN, which the guide writes lambdaArn: a third party's capture of error objects has lambdaARN.
    """

    type: str
    entry: Entry
    raw: bytes
    code: str
    message: str
    ended: datetime.datetime
    attempts: int = 1
    more: dict[str, Any] = field(default_factory=dict)

    def line(self) -> bytes:
        prefix = "last" if self.type == "format-conversion-failed" else ""
        names = ("lastErrorCode", "lastErrorMessage") if prefix else ("errorCode", "errorMessage")
        record = {
            "attemptsMade": self.attempts,
            "arrivalTimestamp": milliseconds(self.entry.arrived),
            names[0]: self.code,
            names[1]: self.message,
            "attemptEndingTimestamp": milliseconds(self.ended),
            "rawData": base64.b64encode(self.raw).decode(),
            **self.more,
        }
        return json.dumps(record, separators=(",", ":")).encode() + b"\n"


@dataclass
class Buffer:
    """Pieces or failures that become one object. `since`: when the first came, by the emulator's clock."""

    since: datetime.datetime
    items: list[Any] = field(default_factory=list)
    size: int = 0

    def add(self, item: Any, size: int) -> None:
        self.items.append(item)
        self.size += size

    def due(self, now: datetime.datetime, limit: float, seconds: float) -> bool:
        return self.size >= limit or now >= self.since + datetime.timedelta(seconds=seconds)


@dataclass
class Prepared:
    """Object that has to be written; its key stays the same while writing fails. `reported`: the last error's code."""

    prefix: str
    suffix: str
    body: bytes
    since: datetime.datetime
    is_error: bool = False
    reported: str = ""

    @property
    def key(self) -> str:
        return self.prefix + self.suffix
