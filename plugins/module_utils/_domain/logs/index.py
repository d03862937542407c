# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lambda function between Firehose and the log bucket: one JSON line for each log event. Standard library only.

This text is shipped as index.py by closednet.aws.log_archive, with the columns of each stream (handler.code). Replay
uses the same functions. Nothing is lost: each recordId is answered, and what can't be transformed is returned as
ProcessingFailed with its original data, which Firehose writes to the error prefix and replay reads from there.

Input and output: "Required parameters for data transformation" and "Create partitioning keys with an AWS Lambda
function" (Firehose), "Subscription filters with Firehose" (CloudWatch Logs).
"""

from __future__ import annotations

import base64
import collections
import datetime
import json
import math
import re
import zlib
from collections.abc import Callable, Mapping
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any, NamedTuple

# Name of a stream -> its columns that come from keys of the message -> their type; none: the message is kept whole.
TABLES: dict[str, dict[str, str]] = {}

# "Data transformation" (Firehose): request and response of a synchronous invocation have 6 MB at most. Lambda refuses
# from 6,291,556 bytes on; "MB" is read strictly here.
RESPONSE_BYTES = 6_000_000
# An answer's JSON without its data and id: keys, result, the partition key, separators; and of the response.
ANSWER_BYTES = 160
# Decompressed size of one record beyond which it can't fit into a response; replay has its own limit.
DECOMPRESSED_BYTES = 16_000_000
# Name of a centralized log group: centralization.REGEX.
_CENTRALIZED = re.compile(r"/closednet/centralized/([0-9]{12})/([a-z0-9-]+)/(.+)")
_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2}[a-z0-9-]{1,30}")
# Timestamps that Firehose's OpenX JSON SerDe reads ("Convert input data format"), epochs apart, whose unit it guesses.
_MOMENT = r"([0-9]{4})-([0-9]{2})-([0-9]{2})%s([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,9})?%s"
_TIMES = (re.compile(_MOMENT % ("T", "Z")), re.compile(_MOMENT % (" ", "")))
# Parquet's timestamps have nanoseconds in 64 bits: until 2262, from 1677.
_YEARS = range(1678, 2262)
_MILLISECONDS = range(9_214_646_400_000)
# Integers that a type has without loss.
_INTEGERS = {kind: range(-(2**bits), 2**bits) for kind, bits in (("int", 31), ("bigint", 63), ("double", 53))}
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACE = " \t\r\n"
_EVENT = frozenset(("id", "timestamp", "message", "extractedFields"))
_quoted = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
# What a row has -> its JSON text, as json.dumps writes it, which takes longer for one value.
_TEXTS: dict[type, Callable[[Any], str]] = {
    str: encode_basestring,
    bool: {True: "true", False: "false"}.__getitem__,
    int: int.__repr__,
    float: float.__repr__,
}

Row = dict[str, Any]


class Place(NamedTuple):
    """Account and region of the stream."""

    account: str
    region: str


class Part(NamedTuple):
    """Events of one source: what all rows share (account, region, log_group, log_stream), and each row's own fields."""

    shared: Row
    rows: list[Row]


class Unreadable(ValueError):
    """A record that isn't CloudWatch's; its text is a reason without any of the record's data."""


class _Inexact(Exception):
    """A JSON text that Python's values don't reproduce."""


def handler(event: Mapping[str, Any], _context: object = None) -> dict[str, Any]:
    """Return {records: [{recordId, result, data, metadata}]}, one for each record of Firehose's event.

    Dropped: without log events, such as a CONTROL_MESSAGE. ProcessingFailed: unreadable; of two accounts, as a record
    has one partition key; or beyond what fits into the response. Replay delivers the last two.
    """
    arn = event["deliveryStreamArn"].split(":", 5)
    place, columns = Place(account=arn[4], region=arn[3]), TABLES.get(arn[5].partition("/")[2])
    records = event["records"]
    # The originals fit: they came in a request of the same limit, which has more keys.
    room = RESPONSE_BYTES - sum(len(_quoted(record["recordId"])) + len(record["data"]) for record in records)
    room -= ANSWER_BYTES * (1 + len(records))
    answers, failed = [], collections.Counter[str]()
    for record in records:
        answer, reason = _answered(record, columns, place)
        growth = len(answer["data"]) - len(record["data"])
        if growth > room:
            answer, reason, growth = _failed(record), "expands beyond the response", 0
        room -= growth
        answers.append(answer)
        failed.update([reason] if reason else [])
    if failed:
        print(json.dumps({"ProcessingFailed": failed}))  # pylint: disable=ansible-bad-function  # Lambda's log
    return {"records": answers}


def _failed(record: Mapping[str, Any]) -> Row:
    return {"recordId": record["recordId"], "result": "ProcessingFailed", "data": record["data"]}


def _answered(record: Mapping[str, Any], columns: Mapping[str, str] | None, place: Place) -> tuple[Row, str | None]:
    """Return the record's answer, and why it failed."""
    try:
        if columns is None:
            raise Unreadable("comes from a stream without a table")
        found = parts(base64.b64decode(record["data"], validate=True), columns, place)
        accounts = {part.shared["account"] for part in found}
        if len(accounts) > 1:
            raise Unreadable("has events of several accounts")
        data = base64.b64encode(b"".join(map(encoded, found))).decode()
    except Exception as error:  # one record must not fail the batch, and a failed batch would be retried as it is
        return _failed(record), str(error) if isinstance(error, Unreadable) else type(error).__name__
    if not data:
        return {"recordId": record["recordId"], "result": "Dropped", "data": ""}, None
    keys = {"partitionKeys": {"account": accounts.pop()}}
    return {"recordId": record["recordId"], "result": "Ok", "data": data, "metadata": keys}, None


def parts(data: bytes, columns: Mapping[str, str], place: Place, limit: int = DECOMPRESSED_BYTES) -> list[Part]:
    """Return the events of a record by source. Raises Unreadable."""
    raw = unpacked(data, limit)
    careful = may_have_surrogates(raw)
    return [part for document in documents(raw) for part in document_parts(document, columns, place, careful)]


def may_have_surrogates(raw: bytes) -> bool:
    """Return whether JSON text may have surrogates without their pair, which UTF-8 can't have."""
    return b"\\ud" in raw or b"\\uD" in raw


def encoded(part: Part) -> bytes:
    """Return the part's JSON lines."""
    before = _quoted(part.shared)[:-1]
    lines = []
    for row in part.rows:
        fields = [f',"{key}":{_TEXTS[value.__class__](value)}' for key, value in row.items()]
        lines.append(f"{before}{''.join(fields)}}}\n")
    return "".join(lines).encode()


def unpacked(data: bytes, limit: int) -> bytes:
    """Return the data without gzip (one or several members), or as it is. Raises Unreadable."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    done = []
    while data:
        member = zlib.decompressobj(wbits=31)
        try:
            text = member.decompress(data, limit)
        except zlib.error:
            raise Unreadable("is broken gzip") from None
        limit -= len(text)
        if member.unconsumed_tail or limit <= 0:
            raise Unreadable("expands beyond the limit")
        if not member.eof:
            raise Unreadable("is truncated gzip")
        done.append(text)
        data = member.unused_data.lstrip(b"\0")
    return b"".join(done)


def documents(raw: bytes) -> list[Any]:
    """Return the JSON documents, which may follow each other directly. Raises Unreadable."""
    try:
        text = raw.decode().strip(_SPACE)
    except UnicodeDecodeError:
        raise Unreadable("isn't UTF-8") from None
    decoder = _LOOSE if raw.count(b'"logEvents"') <= raw.count(b'"messageType"') else _ONCE
    found, end = [], 0
    try:
        while end < len(text):
            document, end = decoder.raw_decode(text, end)
            found.append(document)
            while text[end : end + 1] and text[end] in _SPACE:
                end += 1
    except (ValueError, RecursionError):
        raise Unreadable("isn't JSON") from None
    except _Inexact:
        raise Unreadable("has a key twice") from None
    if not found:
        raise Unreadable("is empty")
    return found


def document_parts(document: Any, columns: Mapping[str, str], place: Place, careful: bool) -> list[Part]:
    """Return the events of one document of CloudWatch Logs by source. Raises Unreadable.

    careful: its text may_have_surrogates.
    """
    if not isinstance(document, dict) or "messageType" not in document:
        raise Unreadable("isn't a document of CloudWatch Logs")
    if document["messageType"] == "CONTROL_MESSAGE":
        return []
    events, owner = document.get("logEvents"), document.get("owner")
    if document["messageType"] != "DATA_MESSAGE" or not isinstance(events, list):
        raise Unreadable("isn't a message with log events")
    if not isinstance(owner, str) or not _ACCOUNT.fullmatch(owner):
        raise Unreadable("has no account as owner")
    found: list[Part] = []
    source: Any = None
    lost: Row = {}
    seconds: dict[int, str] = {}
    for event in events:
        fields = event.get("extractedFields") if isinstance(event, dict) else None
        if found and fields is None is source:
            rows = found[-1].rows
        else:
            shared, lost = _shared(document, fields, place, careful)
            if not found or found[-1].shared != shared:
                found.append(Part(shared, []))
            rows, source = found[-1].rows, fields
        rows.append(_row(event, columns, lost, seconds, careful))
    return found


def _shared(document: Row, fields: Any, place: Place, careful: bool) -> tuple[Row, Row]:
    """Return what the rows of a source share, and what of it no column can have.

    A centralized event lies in the archive's own log group; only there its own fields (emitSystemFields), or the log
    group's name, tell the source. Elsewhere the owner that CloudWatch Logs writes is the source.
    """
    account, region, group = document["owner"], place.region, document.get("logGroup")
    if account == place.account:
        named = _CENTRALIZED.fullmatch(group) if isinstance(group, str) else None
        if named:
            account, region, group = named.groups()
        fields = fields if isinstance(fields, dict) else {}
        told, where = fields.get("@aws.account"), fields.get("@aws.region")
        account = told if isinstance(told, str) and _ACCOUNT.fullmatch(told) else account
        region = where if isinstance(where, str) and _REGION.fullmatch(where) else region
    shared = {"account": account, "region": region, "log_group": group, "log_stream": document.get("logStream")}
    lost = {key: value for key, value in shared.items() if not _storable(value, careful)}
    return {key: value for key, value in shared.items() if key not in lost}, lost


def _row(event: Any, columns: Mapping[str, str], shared: Row, seconds: dict[int, str], careful: bool) -> Row:
    """Return an event's own fields; `shared`: values of its source that no column can have."""
    if not isinstance(event, dict):
        return {"rest": json_text({"@event": event, **shared})}
    row: Row = {}
    lost: Row = dict(shared)
    if len(event) > 3:
        lost.update((key, value) for key, value in event.items() if key not in _EVENT)
    identity, message = event.get("id"), event.get("message")
    (row if _storable(identity, careful) else lost)["id"] = identity
    time = _time(event.get("timestamp"), seconds)
    if time is None:
        lost["timestamp"] = event.get("timestamp")
    else:
        row["time"] = time
    own = _own(message, columns, careful) if columns and isinstance(message, str) else None
    if own is None:
        (row if _storable(message, careful) else lost)["message"] = message
        rest = ""
    else:
        fields, rest = own
        row.update(fields)
    if lost:
        row["rest"] = json_text({"@event": lost, "@message": message} if rest else {"@event": lost})
    elif rest:
        row["rest"] = rest
    return row


def _storable(value: Any, careful: bool) -> bool:
    return value.__class__ is str and not (careful and _SURROGATE.search(value))


def _own(message: str, columns: Mapping[str, str], careful: bool) -> tuple[Row, str] | None:
    """Return the columns of a message that is a JSON object, and the rest as JSON text; None if it isn't one.

    The rest is the whole message where Python's values don't reproduce it: a key twice, a number with more digits
    than a double has.
    """
    text = message.strip(_SPACE)
    if not text.startswith("{"):
        return None
    decoder = _EXACT
    try:
        try:
            found, end = _EXACT.raw_decode(text)
        except _Inexact:
            decoder = _LOOSE
            found, end = _LOOSE.raw_decode(text)
        if end != len(text):
            return None
        row: Row = {}
        rest = _split(row, found, columns, careful)
        if decoder is _LOOSE:
            return row, _escaped(text)
        return row, (json_text if careful else _quoted)(rest) if rest else ""
    except (ValueError, RecursionError):  # Unreadable is a ValueError
        return None


def _split(row: Row, found: Row, columns: Mapping[str, str], careful: bool) -> Row:
    """Put what fits into the row's columns; return the rest. Of keys alike by case, the first has the column."""
    rest: Row = {}
    for key, value in found.items():
        name = key if key in columns else key.lower()
        kind = columns.get(name)
        if kind is None or name in row:
            rest[key] = value
        elif kind == "string" and value.__class__ is str and not careful:
            row[name] = value
        elif value is not None:
            fitting = fitted(value, kind)
            fits = fitting is not None and (fitting.__class__ is not str or _storable(fitting, careful))
            (row if fits else rest)[name if fits else key] = fitting if fits else value
    return rest


def fitted(value: Any, kind: str) -> Any:
    """Return the value as the column's type has it, None if it doesn't fit.

    A string has JSON text of what is another type in the message.
    """
    if kind == "string":
        return value if isinstance(value, str) else json_text(value)
    if kind == "boolean":
        return value if isinstance(value, bool) else None
    if kind == "timestamp":
        return value if isinstance(value, str) and _is_time(value) else None
    if kind == "double" and value.__class__ is float:
        return value if math.isfinite(value) else None
    return value if value.__class__ is int and value in _INTEGERS[kind] else None


def _is_time(text: str) -> bool:
    found = _TIMES[0].fullmatch(text) or _TIMES[1].fullmatch(text)
    try:
        # Without a time zone, as it is read for its year and whether it exists.
        return bool(found) and datetime.datetime(*map(int, found.groups())).year in _YEARS  # type: ignore  # noqa: DTZ001
    except ValueError:
        return False


def _time(milliseconds: Any, seconds: dict[int, str]) -> str | None:
    """Return CloudWatch's timestamp as the SerDe reads it, None if it is none. `seconds`: those written already."""
    if milliseconds.__class__ is not int or milliseconds not in _MILLISECONDS:
        return None
    second, rest = divmod(milliseconds, 1000)
    if second not in seconds:
        moment = datetime.datetime.fromtimestamp(second, datetime.timezone.utc)
        seconds[second] = f"{moment:%Y-%m-%dT%H:%M:%S}"
    return f"{seconds[second]}.{rest:03d}Z"


def json_text(value: Any) -> str:
    """Return JSON text that UTF-8 can have. Raises Unreadable."""
    try:
        return _escaped(_quoted(value))
    except RecursionError:
        raise Unreadable("is nested too deeply") from None


def _escaped(text: str) -> str:
    """Return JSON text as UTF-8 can have it; in JSON, surrogates are in strings only."""
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _constant(_name: str) -> Any:
    raise ValueError  # NaN and Infinity aren't JSON


def _pairs(pairs: list[tuple[str, Any]]) -> Row:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Inexact
    return found


def _float(text: str) -> float:
    value = float(text)
    try:
        if (len(text) > 15 or "e" in text.lower()) and Decimal(text) != Decimal(repr(value)):
            raise _Inexact
    except ArithmeticError:  # an exponent beyond Decimal's
        raise _Inexact from None
    return value


_LOOSE = json.JSONDecoder(parse_constant=_constant)
_EXACT = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=_float, parse_constant=_constant)
# Of a document that may have its events twice.
_ONCE = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant)
