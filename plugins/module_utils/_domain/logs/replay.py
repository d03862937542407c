# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is in Firehose's error objects, as rows of its table, and the keys of the objects that they are written to.

Rows are built by the Lambda function's own code (index.py). An error object gives the same keys each time, so that
writing with If-None-Match: * delivers it once; error objects are never changed.

Fields of error objects: "Handle failure in data transformation", "Handling errors for data format conversion",
"Troubleshoot dynamic partitioning errors" (Amazon Data Firehose). Each JSON document has rawData, in base64: what
Firehose got (processing-failed, decompression-failed), or what the function made of it (format-conversion-failed).
"""

from __future__ import annotations

import base64
import binascii
import collections
import datetime
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import index, layout
from .index import Part, Place, Row, Unreadable
from .tables import ADDED, Table

# A batch is one object: as much text as Firehose's largest buffer has (128 MiB), and rows that fit into memory.
BATCH_BYTES = 128 * 2**20
BATCH_ROWS = 200_000
# Text of one record of 1,000 KiB: gzip expands 1,000 times at most, CloudWatch Logs' batches have 1 MiB of messages.
RECORD_BYTES = 256 * 10**6
OBJECT_BYTES = 2 * 10**9
_HOUR = re.compile(r"/([0-9]{4}/[0-9]{2}/[0-9]{2}/[0-9]{2})/")
_ACCOUNT = re.compile(r"[0-9]{12}")
# Firehose began in 2015; Python's last year ends at this millisecond.
_ARRIVALS = range(1_420_070_400_000, 253_402_300_800_000)
_DECODER = json.JSONDecoder()
_TEXTS = ("region", "log_group", "log_stream", "id", "message")


@dataclass(frozen=True)
class Batch:
    """Rows of one object to write. account is empty for raw tables; hour: yyyy/MM/dd/HH of arrival in Firehose."""

    account: str
    hour: str
    key: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Rejected:
    """A record that nobody can read. number: its place in the error object, from 1; reason: without its data."""

    number: int
    reason: str
    size: int


@dataclass
class Counts:
    """What was found in an error object; complete once replay() has ended.

    records   error records; without: those without log events; codes: Firehose's error codes
    events    rows in all batches
    rejected  what can't be read
    """

    records: int = 0
    without: int = 0
    events: int = 0
    codes: collections.Counter[str] = field(default_factory=collections.Counter)
    rejected: list[Rejected] = field(default_factory=list)


def replay(key: str, body: bytes, table: Table, place: Place, counts: Counts | None = None) -> Iterator[Batch]:
    """Yield the batches of an error object, the same each time.

    key, body   the error object's
    table       the table whose prefix of errors (layout.errors_of) it is in
    place       account and region of the archive
    counts      gets what was found
    """
    counts = Counts() if counts is None else counts
    columns = {column.name: column.type for column in table.from_message if not table.raw}
    # Not of the key: Firehose delivers at least once, and an error object written twice has another key.
    digest = hashlib.sha256(body).hexdigest()[:32]
    waiting: dict[tuple[str, str], list[Row]] = {}
    part = size = rows = 0
    for hour, text, found in _records(key, body, table, columns, place, counts):
        size += text
        for shared, row in found:
            counts.events += 1
            rows += 1
            account = "" if table.raw else shared["account"]
            waiting.setdefault((account, hour), []).append({**shared, **row})
            if rows == BATCH_ROWS:
                yield from _batches(waiting, table, digest, part)
                part, size, rows, waiting = part + 1, 0, 0, {}
        if size >= BATCH_BYTES:
            yield from _batches(waiting, table, digest, part)
            part, size, rows, waiting = part + 1, 0, 0, {}
    yield from _batches(waiting, table, digest, part)


def target_key(table: Table, account: str, hour: str, digest: str, part: int) -> str:
    """Return the key of a batch: under the same prefix as Firehose's objects of this account and hour."""
    prefix = layout.prefix(table)
    prefix = prefix.replace("!{partitionKeyFromLambda:account}", account).replace("!{timestamp:yyyy/MM/dd/HH}", hour)
    return f"{prefix}replay-{digest}-{part:04d}.{'gz' if table.raw else 'parquet'}"


def _batches(waiting: Mapping[tuple[str, str], list[Row]], table: Table, digest: str, part: int) -> Iterator[Batch]:
    for (account, hour), rows in sorted(waiting.items()):
        yield Batch(account, hour, target_key(table, account, hour, digest, part), tuple(rows))


def _records(
    key: str, body: bytes, table: Table, columns: Mapping[str, str], place: Place, counts: Counts
) -> Iterator[tuple[str, int, Iterator[tuple[Row, Row]]]]:
    """Yield (hour, bytes of text, rows) of each readable record of an error object."""
    for record, size in _documents(body, counts):
        counts.records += 1
        try:
            if isinstance(record, Unreadable):
                raise record
            counts.codes[str(record.get("errorCode") or record.get("ErrorCode") or record.get("lastErrorCode"))] += 1
            raw = index.unpacked(_raw_data(record), RECORD_BYTES)
            hour = _hour(record, key)
            parts = _parts(raw, table, columns, place)
        except Unreadable as error:
            counts.rejected.append(Rejected(counts.records, str(error), size))
            continue
        counts.without += not any(part.rows for part in parts)
        yield hour, len(raw), ((part.shared, row) for part in parts for row in part.rows)


def _documents(body: bytes, counts: Counts) -> Iterator[tuple[Any, int]]:
    """Yield an error object's documents and their sizes; Unreadable in place of what is no JSON object."""
    try:
        text = index.unpacked(body, OBJECT_BYTES).decode("utf-8", "backslashreplace")
    except Unreadable as error:
        counts.records += 1
        counts.rejected.append(Rejected(counts.records, f"the error object {error}", len(body)))
        return
    start = 0
    while start < len(text):
        if text[start] in " \t\r\n":
            start += 1
            continue
        try:
            record, end = _DECODER.raw_decode(text, start)
            record = record if isinstance(record, dict) else Unreadable("the error record isn't a JSON object")
        except (ValueError, RecursionError):
            record, end = Unreadable("the error record isn't JSON"), text.find("\n", start) + 1 or len(text)
        yield record, end - start
        start = end


def _raw_data(record: Mapping[str, Any]) -> bytes:
    data = record.get("rawData")
    if not isinstance(data, str):
        raise Unreadable("the error record has no rawData")
    if data.lstrip().startswith("{"):
        return data.encode("utf-8", "surrogatepass")  # the page on format conversion doesn't tell that it is base64
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable("the error record's rawData isn't base64") from None


def _hour(record: Mapping[str, Any], key: str) -> str:
    """Return the hour in which Firehose got the record, by its arrivalTimestamp or else by the error object's key."""
    arrived = record.get("arrivalTimestamp")
    arrived = int(arrived) if isinstance(arrived, str) and re.fullmatch("[0-9]{13,15}", arrived) else arrived
    if arrived.__class__ is int and arrived in _ARRIVALS:
        return datetime.datetime.fromtimestamp(arrived // 1000, datetime.timezone.utc).strftime("%Y/%m/%d/%H")
    found = _HOUR.search(key)
    if not found:
        raise Unreadable("the error record has no arrivalTimestamp")
    return found[1]


def _parts(raw: bytes, table: Table, columns: Mapping[str, str], place: Place) -> list[Part]:
    """Return the rows of a record as it came to Firehose, or as the function made it. Raises Unreadable."""
    try:
        documents = index.documents(raw)
        ours = all(isinstance(document, dict) and "messageType" not in document for document in documents)
        if table.raw and ours:
            raise Unreadable("isn't a document of CloudWatch Logs")
        if ours:
            return [_line(document, columns) for document in documents]
        careful = index.may_have_surrogates(raw)
        return [part for one in documents for part in index.document_parts(one, columns, place, careful)]
    except Unreadable:
        if not table.raw:
            raise
        return [Part({}, [{"message": raw.decode("utf-8", "backslashreplace").removesuffix("\n")}])]


def _line(document: Row, columns: Mapping[str, str]) -> Part:
    """Return the row of one of the function's JSON lines. Raises Unreadable."""
    account = document.get("account")
    if not isinstance(account, str) or not _ACCOUNT.fullmatch(account) or "region" not in document:
        raise Unreadable("isn't a document of CloudWatch Logs")
    row: Row = {}
    others: Row = {}
    for name, value in document.items():
        kind = columns.get(name) if name not in ADDED else "string" if name in _TEXTS else None
        kind = "timestamp" if name == "time" else kind
        fitting = index.fitted(value, kind) if kind and value is not None else None
        if fitting is not None:
            row[name] = fitting
        elif name not in ("account", "rest"):
            others[name] = value
    rest = document.get("rest")
    if others:
        row["rest"] = index.json_text({"@line": others} if rest is None else {"@line": others, "@rest": rest})
    elif rest is not None:
        row["rest"] = index.fitted(rest, "string")
    return Part({"account": account}, [row])
