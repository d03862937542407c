# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parquet files: columns by name, a column that a file lacks is null."""

from __future__ import annotations

import io
from typing import Any

from emulator.athena.errors import QueryFailed
from emulator.athena.types import INTEGERS, HiveType


def scanned_bytes(data: bytes, names: set[str] | None) -> int:
    """Return the bytes that a query of these columns reads: of a columnar format only those of the columns.

    https://docs.aws.amazon.com/athena/latest/ug/columnar-storage.html. names: lower case; None: all columns.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata, total = pq.ParquetFile(io.BytesIO(data)).metadata, 0
    except (pa.ArrowException, OSError):
        return len(data)
    for group in range(metadata.num_row_groups):
        for index in range(metadata.num_columns):
            column = metadata.row_group(group).column(index)
            if names is None or column.path_in_schema.split(".")[0].lower() in names:
                total += column.total_compressed_size
    return total


def read(data: bytes, columns: tuple[tuple[str, HiveType], ...], uri: str) -> Any:
    """Return a file's rows as a pyarrow table with exactly these columns. Raises QueryFailed."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found = pq.read_table(io.BytesIO(data), use_threads=False)
    except (pa.ArrowException, OSError):
        raise QueryFailed(f"HIVE_BAD_DATA: Not valid Parquet file: {uri} expected magic number: PAR1") from None
    by_name = {name.lower(): index for index, name in enumerate(found.column_names)}
    arrays = []
    for name, wanted in columns:
        if name not in by_name:
            arrays.append(pa.nulls(found.num_rows, wanted.arrow))
            continue
        array = found.column(by_name[name]).combine_chunks()
        array = pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) else array
        arrays.append(_converted(array, wanted, name, uri))
    return pa.table(arrays, names=[name for name, _type in columns])


def _converted(array: Any, wanted: HiveType, name: str, uri: str) -> Any:
    """Return the array as the table's type, if Athena reads the file's type as that. Raises QueryFailed.

    https://docs.aws.amazon.com/athena/latest/ug/updates-and-partitions.html,
    https://docs.aws.amazon.com/athena/latest/ug/data-types.html (INT96 and annotated INT64 are timestamps).
    """
    import pyarrow as pa

    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_null(array.type):
        return pa.nulls(len(array), wanted.arrow)
    if not _is_readable(array.type, wanted):
        raise QueryFailed(
            f"HIVE_BAD_DATA: Field {name}'s type {_parquet_name(array.type)} in parquet file {uri} is incompatible "
            f"with type {wanted.text} defined in table schema"
        )
    if wanted.name == "struct":
        return _struct(array, wanted, name, uri)
    if wanted.name == "array":
        return pa.ListArray.from_arrays(
            _offsets(array), _converted(array.values, wanted.fields[0][1], name, uri), mask=array.is_null()
        )
    if wanted.name == "map":
        keys = _converted(array.keys, wanted.fields[0][1], name, uri)
        items = _converted(array.items, wanted.fields[1][1], name, uri)
        return pa.MapArray.from_arrays(_offsets(array), keys, items, mask=array.is_null())
    if wanted.name == "timestamp":
        return array.cast(pa.timestamp("ms"), safe=False).cast(pa.timestamp("us"))
    if wanted.name == "string" and pa.types.is_binary(array.type):
        return pa.array([None if one is None else one.decode("utf-8", "replace") for one in array.to_pylist()])
    return array.cast(wanted.arrow)


def _struct(array: Any, wanted: HiveType, name: str, uri: str) -> Any:
    import pyarrow as pa

    by_name = {field.name.lower(): index for index, field in enumerate(array.type)}
    children = [
        _converted(array.field(by_name[key]), of, f"{name}.{key}", uri)
        if key in by_name
        else pa.nulls(len(array), of.arrow)
        for key, of in wanted.fields
    ]
    return pa.StructArray.from_arrays(children, names=[key for key, _of in wanted.fields], mask=array.is_null())


def _offsets(array: Any) -> Any:
    return array.offsets


def _is_readable(found: Any, wanted: HiveType) -> bool:
    from pyarrow import types

    if wanted.name in ("string", "varchar", "char", "binary"):
        return types.is_string(found) or types.is_large_string(found) or types.is_binary(found)
    if wanted.name in INTEGERS:
        return types.is_integer(found) and found.bit_width <= max(INTEGERS[wanted.name], 32)
    readable = {
        "boolean": types.is_boolean,
        "float": types.is_float32,
        "double": lambda of: types.is_float32(of) or types.is_float64(of),
        "decimal": types.is_decimal,
        "date": types.is_date32,
        "timestamp": types.is_timestamp,
        "struct": types.is_struct,
        "array": types.is_list,
        "map": types.is_map,
    }
    return readable[wanted.name](found)


def _parquet_name(found: Any) -> str:
    """Return the physical type in Parquet: https://parquet.apache.org/docs/file-format/types/"""
    from pyarrow import types

    if types.is_integer(found):
        return "INT64" if found.bit_width == 64 else "INT32"
    if types.is_timestamp(found):
        return "INT64"
    if types.is_date(found):
        return "INT32"
    if types.is_boolean(found):
        return "BOOLEAN"
    if types.is_floating(found):
        return "DOUBLE" if found.bit_width == 64 else "FLOAT"
    return "GROUP" if types.is_nested(found) else "BINARY"
