# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What rows tell of events: who each one is, and whether all of it can be read."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import pyarrow
import pyarrow.parquet

from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import replay, replay_parquet
from ansible_collections.closednet.aws.plugins.module_utils._domain.logs.index import Place
from ansible_collections.closednet.aws.plugins.module_utils._domain.logs.tables import Table
from tests.logs.records import ARCHIVE, REGION

Row = Mapping[str, Any]


def read(content: bytes) -> list[dict[str, Any]]:
    """Return the rows of a Parquet file; timestamps as text, in nanoseconds."""
    table = pyarrow.parquet.read_table(io.BytesIO(content))
    columns = {}
    for name in table.column_names:
        column = table[name]
        if pyarrow.types.is_timestamp(column.type):
            column = pyarrow.compute.strftime(column.cast(pyarrow.timestamp("ns")), "%Y-%m-%dT%H:%M:%SZ")
        columns[name] = column.to_pylist()
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def replayed(
    errors: Mapping[str, bytes], table: Table, stored: dict[str, bytes], writes: int | None = None
) -> replay.Counts:
    """Replay error objects into a store, as If-None-Match: * does. writes: after so many, the run is broken off."""
    counts = replay.Counts()
    for key, body in errors.items():
        for batch in replay.replay(key, body, table, Place(ARCHIVE, REGION), counts):
            if batch.key in stored:
                continue
            if writes is not None and writes <= 0:
                return counts
            writes = None if writes is None else writes - 1
            stored[batch.key] = replay_parquet.content(table, batch.rows)
    return counts


def _restored(row: Row) -> tuple[Row, Any]:
    """Return a row as the handler gave it, and its rest: replay keeps beside it what doesn't fit the table any more."""
    rest = json.loads(row["rest"]) if row.get("rest") else {}
    if "@line" not in rest:
        return row, rest
    row = {**row, **rest["@line"], "rest": rest.get("@rest")}
    return row, json.loads(row["rest"] or "{}")


def identity(row: Row) -> str:
    """Return which event a row is of, in whatever type its id has."""
    row, rest = _restored(row)
    if row.get("id") is not None:
        return json.dumps(row["id"])
    event = rest["@event"]
    return json.dumps(event["id"] if isinstance(event, dict) else event)


def holds(row: Row, event: Any, columns: Iterable[str]) -> bool:
    """Return whether a row has all of an event of CloudWatch Logs."""
    row, rest = _restored(row)
    if not isinstance(event, dict):
        return bool(rest["@event"] == event)
    more = {key: value for key, value in event.items() if key not in ("id", "timestamp", "message", "extractedFields")}
    return (
        all(rest["@event"][key] == value for key, value in more.items())
        and _holds_time(row, rest, event)
        and _holds_message(row, rest, event, set(columns))
    )


def _holds_time(row: Row, rest: Row, event: Row) -> bool:
    if row.get("time") is None:
        return bool(rest["@event"]["timestamp"] == event["timestamp"])
    moment = pyarrow.scalar(event["timestamp"], pyarrow.timestamp("ms")).cast(pyarrow.timestamp("ns")).value
    text = row["time"].removesuffix("Z").replace("T", " ")
    written = pyarrow.scalar(text).cast(pyarrow.timestamp("ns")).value
    return bool(moment == written)


def _holds_message(row: Row, rest: Row, event: Row, columns: set[str]) -> bool:
    message = event["message"]
    text = str(message).encode("utf-8", "backslashreplace").decode()  # surrogates as JSON writes them
    if row.get("message") == message or (row.get("rest") or "").strip() == text.strip():
        return True
    noted = rest.get("@event")
    if isinstance(noted, dict) and noted.get("message", message is not None) == message:
        return True
    if rest.get("@message") == message:
        return True
    return isinstance(message, str) and _holds_object(row, rest, message, columns)


def _holds_object(row: Row, rest: Row, message: str, columns: set[str]) -> bool:
    """Return whether columns and rest have all keys of an object, null apart, which is no value of a column."""
    try:
        found = _exact(message)
    except ValueError:
        return False  # no JSON, or a key twice: only the whole text has it
    if not isinstance(found, dict):
        return False
    exact = _exact(row.get("rest") or "{}")
    return all(
        value is None or exact.get(key, exact) == value or _in_column(row, key.lower(), value, columns)
        for key, value in found.items()
    )


def _exact(text: str) -> Any:
    """Return a JSON value with all digits of its numbers. Raises ValueError for a key that is there twice."""

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(found)) != len(found):
            raise ValueError
        return dict(found)

    return json.loads(text, parse_float=Decimal, parse_int=Decimal, object_pairs_hook=pairs)


def _in_column(row: Row, name: str, value: Any, columns: set[str]) -> bool:
    if name not in columns or row.get(name) is None:
        return False
    written = row[name]
    if isinstance(value, str):
        return isinstance(written, str) and _moment(written) == _moment(value)
    if isinstance(written, str):
        return bool(_exact(written) == value)
    if isinstance(value, bool) or isinstance(written, bool):
        return written is value
    return bool(Decimal(repr(written)) == value)


def _moment(text: str) -> Any:
    """Return the text of a timestamp in one of its forms; another text as it is."""
    whole, _dot, fraction = text.removesuffix("Z").replace("T", " ").partition(".")
    return whole, fraction.rstrip("0")
