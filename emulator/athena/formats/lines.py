# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of lines: JSON by the OpenX and the Hive SerDe, CloudTrail's, and texts with delimiters."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from emulator.athena.catalog import Table
from emulator.athena.errors import QueryFailed
from emulator.athena.formats.values import from_json, from_text
from emulator.athena.types import HiveType


def uncompressed(data: bytes, uri: str) -> bytes:
    """Return a file's content: gzip by its name. Raises QueryFailed.

    "the file extension [...] is used to determine the compression":
    https://docs.aws.amazon.com/athena/latest/ug/compression-formats.html
    """
    if not uri.endswith((".gz", ".gzip")):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise QueryFailed(f"HIVE_CURSOR_ERROR: Failed to read file at {uri}: {error}") from None


def _lines(data: bytes, uri: str) -> list[str]:
    """Return the lines; what isn't UTF-8 becomes U+FFFD, as of Hadoop's Text."""
    text = uncompressed(data, uri).decode("utf-8", "replace")
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def openx(data: bytes, table: Table, uri: str) -> Any:
    """Return the rows of JSON lines: https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html"""
    ignores = _is_true(table, "ignore.malformed.json")
    nulls = _is_true(table, "use.null.for.invalid.data")
    dots = _is_true(table, "dots.in.keys")
    folds = not _is_false(table, "case.insensitive")
    mapped = {
        key.removeprefix("mapping.").lower(): value
        for key, value in table.serde_parameters.items()
        if key.startswith("mapping.")
    }

    def rows() -> Iterator[dict[str, Any]]:
        for number, line in enumerate(_lines(data, uri), 1):
            if not line.strip():
                # The SerDe gives a row of nulls for an empty line: Hive-JSON-Serde, JsonSerDe.deserialize.
                yield {}
                continue
            try:
                found = _object(line, "Row is not a valid JSON Object", folds, dots)
            except ValueError as error:
                if ignores:
                    # "skip malformed JSON syntax": the row is there, with nulls (Hive-JSON-Serde, onMalformedJson).
                    yield {}
                    continue
                raise QueryFailed(f"HIVE_CURSOR_ERROR: {error} [{number}:1] in {uri}") from None
            yield {name: found.get(_key(mapped.get(name, name), folds)) for name, _kind in table.columns}

    return _table(table, rows(), "HIVE_BAD_DATA: Error Parsing a column in the table: ", nulls)


def hive_json(data: bytes, table: Table, uri: str) -> Any:
    """Return the rows of JSON lines: https://docs.aws.amazon.com/athena/latest/ug/hive-json-serde.html"""

    def rows() -> Iterator[dict[str, Any]]:
        for line in _lines(data, uri):
            try:
                found = _object(line, "Row is not a valid JSON Object", True, False)
            except ValueError as error:
                raise QueryFailed(f"HIVE_CURSOR_ERROR: {error} in {uri}") from None
            yield {name: found.get(name) for name, _kind in table.columns}

    return _table(table, rows(), "HIVE_CURSOR_ERROR: ", False)


def cloudtrail(data: bytes, table: Table, uri: str) -> Any:
    """Return the rows of CloudTrail's files: one for each member of Records.

    https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table.html: CloudTrailInputFormat. What of a record
    is an object, such as requestParameters, is its JSON in a column of texts.
    """
    try:
        content = json.loads(uncompressed(data, uri))
        records = content["Records"]
        if not isinstance(records, list):
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        # The text is not verified. A digest file is JSON, too, but it has no Records.
        raise QueryFailed(f"HIVE_CURSOR_ERROR: Failed to read CloudTrail records of {uri}") from None
    if not all(isinstance(record, dict) for record in records):
        raise QueryFailed(f"HIVE_CURSOR_ERROR: Failed to read CloudTrail records of {uri}")
    rows = ({key.lower(): value for key, value in record.items()} for record in records)
    return _table(table, rows, "HIVE_BAD_DATA: ", False)


def delimited(data: bytes, table: Table, uri: str) -> Any:
    """Return the rows of delimited lines: https://docs.aws.amazon.com/athena/latest/ug/lazy-simple-serde.html

    A value that isn't of its column's type is null.
    """
    given = table.serde_parameters
    delimiter = given.get("field.delim") or given.get("serialization.format") or "\x01"
    delimiter = {"1": "\x01"}.get(delimiter, delimiter)
    null, escape = given.get("serialization.null.format", "\\N"), given.get("escape.delim")
    takes_rest = _is_true(table, "serialization.last.column.takes.rest")
    lines = _lines(data, uri)[int(table.parameters.get("skip.header.line.count", "0")) :]

    def rows() -> Iterator[dict[str, Any]]:
        for line in lines:
            values = _split(line, delimiter, escape, len(table.columns) if takes_rest else None)
            yield {name: _lazy(value, kind, null) for (name, kind), value in zip(table.columns, values)}

    columns = [(name, kind) for name, kind in table.columns]
    return _arrow(columns, list(rows()))


def _split(line: str, delimiter: str, escape: str | None, most: int | None) -> list[str]:
    if not escape:
        return line.split(delimiter, most - 1 if most else -1)
    values, position = [""], 0
    while position < len(line):
        if line[position] == escape and position + 1 < len(line):
            values[-1] += line[position + 1]
            position += 2
        elif line.startswith(delimiter, position) and (most is None or len(values) < most):
            values.append("")
            position += len(delimiter)
        else:
            values[-1] += line[position]
            position += 1
    return values


def _lazy(text: str, kind: HiveType, null: str) -> Any:
    if text == null:
        return None
    try:
        return from_text(text, kind)
    except (ValueError, ArithmeticError):
        return None


def _object(line: str, text: str, folds: bool, dots: bool) -> dict[str, Any]:
    """Return the object in a line, by folded keys. Raises ValueError with Athena's text.

    "If you have two keys like URL and Url that are the same when they are in lowercase, an error [...]":
    openx-json-serde.html, case.insensitive.
    """
    try:
        found = json.loads(line, strict=False)
    except RecursionError:
        raise ValueError(f"{text} - JSONException: nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"{text} - JSONException: {error}") from None
    if not isinstance(found, dict):
        raise ValueError(text)
    folded: dict[str, Any] = {}
    for key, value in found.items():
        name = _key(key.replace(".", "_") if dots else key, folds)
        if name in folded:
            raise ValueError(f'{text} - JSONException: Duplicate key "{name}"')
        folded[name] = value
    return folded


def _key(name: str, folds: bool) -> str:
    return name.lower() if folds else name


def _is_true(table: Table, name: str) -> bool:
    return table.serde_parameters.get(name, "").strip().lower() == "true"


def _is_false(table: Table, name: str) -> bool:
    return table.serde_parameters.get(name, "").strip().lower() == "false"


def _table(table: Table, rows: Iterable[dict[str, Any]], error: str, nulls: bool) -> Any:
    """Return rows of JSON values as a pyarrow table of the table's columns. Raises QueryFailed for a misfit."""
    found = []
    for row in rows:
        values = {}
        for name, kind in table.columns:
            try:
                values[name] = from_json(row.get(name), kind)
            except (ValueError, ArithmeticError, RecursionError) as misfit:
                if not nulls:
                    raise QueryFailed(f"{error}{misfit} (column {name})") from None
        found.append(values)
    return _arrow(list(table.columns), found)


def _arrow(columns: list[tuple[str, HiveType]], rows: list[dict[str, Any]]) -> Any:
    import pyarrow as pa

    arrays = [pa.array([row.get(name) for row in rows], kind.arrow) for name, kind in columns]
    return pa.table(arrays, names=[name for name, _kind in columns])
