# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Readers of a table's files, by its SerDe: https://docs.aws.amazon.com/athena/latest/ug/supported-serdes.html"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emulator.athena.catalog import Table
from emulator.athena.errors import QueryFailed
from emulator.athena.formats import lines, parquet

PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
OPENX = "org.openx.data.jsonserde.JsonSerDe"
HIVE_JSON = "org.apache.hive.hcatalog.data.JsonSerDe"
CLOUDTRAIL = "com.amazon.emr.hive.serde.CloudTrailSerde"
CLOUDTRAIL_INPUT = "com.amazon.emr.cloudtrail.CloudTrailInputFormat"
LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"


@dataclass(frozen=True)
class Reader:
    """scanned(data, names) -> bytes that a query of these columns reads; read(data, table, uri) -> pyarrow table."""

    scanned: Any
    read: Any


def _whole(data: bytes, _names: set[str] | None) -> int:
    """Return the bytes of a file of rows: compressed, as it is in S3."""
    return len(data)


READERS = {
    PARQUET: Reader(parquet.scanned_bytes, lambda data, table, uri: parquet.read(data, table.columns, uri)),
    OPENX: Reader(_whole, lines.openx),
    HIVE_JSON: Reader(_whole, lines.hive_json),
    LAZY: Reader(_whole, lines.delimited),
}
_CLOUDTRAIL = Reader(_whole, lines.cloudtrail)


def reader(table: Table) -> Reader:
    """Return the reader of a table's SerDe. Raises QueryFailed."""
    if table.input_format == CLOUDTRAIL_INPUT:
        # Its records are JSON for CloudTrail's own SerDe and for Hive's, which AWS's page names now.
        if table.serde in (CLOUDTRAIL, HIVE_JSON):
            return _CLOUDTRAIL
    elif table.serde in READERS:
        return READERS[table.serde]
    formats = f"input format {table.input_format}, SerDe {table.serde}"
    raise QueryFailed(f"HIVE_UNSUPPORTED_FORMAT: Unable to create input format: {formats}")  # not verified


def rows(table: Table, contents: list[tuple[Any, bytes]]) -> Any:
    """Return the rows of a table's files with their partition columns, None without files. Raises QueryFailed."""
    import pyarrow as pa

    read, tables = reader(table).read, []
    for file, data in contents:
        found = read(data, table, file.uri)
        for name, kind in table.partition_keys:
            value = file.values[name]
            text = pa.array([value] * found.num_rows, pa.string())
            try:
                found = found.append_column(name, text if kind.arrow == pa.string() else text.cast(kind.arrow))
            except pa.ArrowInvalid:
                reason = f"Invalid partition value '{value}' for {kind.text} partition key: {name}"
                raise QueryFailed(f"HIVE_INVALID_PARTITION_VALUE: {reason}") from None
        tables.append(found)
    return pa.concat_tables(tables) if tables else None
