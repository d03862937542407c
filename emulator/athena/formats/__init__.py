# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Readers of a table's files, by its SerDe: https://docs.aws.amazon.com/athena/latest/ug/supported-serdes.html"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emulator.athena.catalog import Table
from emulator.athena.errors import QueryFailed
from emulator.athena.formats import parquet

PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


@dataclass(frozen=True)
class Reader:
    """scanned(data, names) -> bytes that a query of these columns reads; read(data, table, file) -> pyarrow table."""

    scanned: Any
    read: Any


READERS = {
    PARQUET: Reader(parquet.scanned_bytes, lambda data, table, file: parquet.read(data, table.columns, file.uri)),
}


def reader(table: Table) -> Reader:
    """Return the reader of a table's SerDe. Raises QueryFailed."""
    if table.serde not in READERS:
        # The text: https://repost.aws/questions/QU9Kb5HJVZTVKCpF0DVJLX5g (not verified)
        raise QueryFailed(f"HIVE_UNSUPPORTED_FORMAT: Unable to create input format, SerDe {table.serde or 'null'}")
    return READERS[table.serde]


def rows(table: Table, contents: list[tuple[Any, bytes]]) -> Any:
    """Return the rows of a table's files with their partition columns, None without files. Raises QueryFailed."""
    import pyarrow as pa

    read, tables = reader(table).read, []
    for file, data in contents:
        found = read(data, table, file)
        for name, kind in table.partition_keys:
            text = pa.array([file.values[name]] * found.num_rows, pa.string())
            try:
                found = found.append_column(name, text if kind.arrow == pa.string() else text.cast(kind.arrow))
            except pa.ArrowInvalid:
                value = file.values[name]
                raise QueryFailed(
                    f"HIVE_INVALID_PARTITION_VALUE: Invalid partition value '{value}' for {kind.text} partition key: {name}"
                ) from None
        tables.append(found)
    return pa.concat_tables(tables) if tables else None
