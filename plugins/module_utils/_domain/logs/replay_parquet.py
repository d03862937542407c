# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects of replayed rows: Parquet as Firehose writes it, or compressed lines for raw tables.

pyarrow is imported when Parquet is written, and only then.
"""

from __future__ import annotations

import datetime
import gzip
import importlib.util
import io
from collections.abc import Sequence
from typing import Any

from .index import Row
from .tables import Table

# Types of Hive that tables.TYPES has -> pyarrow's.
_TYPES = {"string": "string", "boolean": "bool", "int": "int32", "bigint": "int64", "double": "float64"}
_EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - both sides of the subtraction are UTC without saying it


class NoPyarrow(Exception):
    """pyarrow isn't installed on the controller."""

    def __init__(self) -> None:
        super().__init__("Replay writes Parquet with pyarrow, which isn't installed: pip install pyarrow")


def is_available() -> bool:
    """Return true if pyarrow is installed: what content() needs for tables that aren't raw."""
    return importlib.util.find_spec("pyarrow") is not None


def content(table: Table, rows: Sequence[Row]) -> bytes:
    """Return the object of a batch's rows (replay.Batch). Raises NoPyarrow."""
    return lines(rows) if table.raw else parquet(table, rows)


def lines(rows: Sequence[Row]) -> bytes:
    """Return the messages, one a line, compressed; the same bytes for the same rows."""
    texts = [f"{row.get('message', row.get('rest', ''))}\n" for row in rows]
    return gzip.compress("".join(texts).encode(), mtime=0)


def parquet(table: Table, rows: Sequence[Row]) -> bytes:
    """Return a Parquet file with the table's columns. Raises NoPyarrow."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise NoPyarrow from error
    arrays, fields = [], []
    for column in table.columns:
        values: list[Any] = [row.get(column.name) for row in rows]
        if column.type == "timestamp":
            values = [None if value is None else _nanoseconds(value) for value in values]
            arrays.append(pyarrow.array(values, pyarrow.timestamp("ns")))
        else:
            arrays.append(pyarrow.array(values, pyarrow.type_for_alias(_TYPES[column.type])))
        fields.append(pyarrow.field(column.name, arrays[-1].type))
    made = pyarrow.Table.from_arrays(arrays, schema=pyarrow.schema(fields))
    buffer = io.BytesIO()
    # INT96 is what Hive's writer, and so Firehose, writes for a timestamp; Athena reads it with nanoseconds.
    pyarrow.parquet.write_table(made, buffer, compression="snappy", use_deprecated_int96_timestamps=True)
    return buffer.getvalue()


def _nanoseconds(text: str) -> int:
    """Return nanoseconds since 1970 of a timestamp of index.fitted."""
    moment, _dot, fraction = text.removesuffix("Z").replace(" ", "T").partition(".")
    seconds = (datetime.datetime.fromisoformat(moment) - _EPOCH) // datetime.timedelta(seconds=1)
    return seconds * 10**9 + int(fraction.ljust(9, "0") or "0")
