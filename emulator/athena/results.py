# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Results as GetQueryResults shows them: columns and values.

Measured on Athena: https://github.com/aoyagikouhei/athena-local, README ("Behaviour that matches real Athena").
"""

from __future__ import annotations

import datetime
import decimal
import math
import re
from dataclasses import dataclass
from typing import Any

# DuckDB's type -> Athena's name and precision.
_TYPES = {
    "VARCHAR": ("varchar", 2147483647),
    "JSON": ("json", 0),
    "BOOLEAN": ("boolean", 0),
    "TINYINT": ("tinyint", 3),
    "SMALLINT": ("smallint", 5),
    "INTEGER": ("integer", 10),
    "BIGINT": ("bigint", 19),
    "UBIGINT": ("bigint", 19),
    "HUGEINT": ("bigint", 19),
    "FLOAT": ("float", 17),
    "DOUBLE": ("double", 17),
    "DATE": ("date", 0),
    "TIMESTAMP": ("timestamp", 3),
    "TIMESTAMP WITH TIME ZONE": ("timestamp with time zone", 3),
    "BLOB": ("varbinary", 1073741824),
    '"NULL"': ("unknown", 0),
    "INTERVAL": ("interval day to second", 0),
}


@dataclass(frozen=True)
class Result:
    """Columns (ColumnInfo) and rows (texts, None for null) of a query, and the bytes that it scanned."""

    columns: list[dict[str, Any]]
    rows: list[list[str | None]]
    scanned: int


def column_info(name: str, kind: str) -> dict[str, Any]:
    athena, precision, scale = _named(kind)
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": athena,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": athena == "varchar",
    }


def _named(kind: str) -> tuple[str, int, int]:
    if kind.endswith("]"):
        return "array", 0, 0
    if kind.startswith("MAP("):
        return "map", 0, 0
    if kind.startswith("STRUCT("):
        return "row", 0, 0
    if matched := re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", kind):
        return "decimal", int(matched[1]), int(matched[2])
    return (*_TYPES.get(kind, (kind.lower(), 0)), 0)


def text_of(value: Any) -> str | None:
    """Return a value as Athena shows it, None for null."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        zone = "" if value.tzinfo is None else " UTC"
        moment = value if value.tzinfo is None else value.astimezone(datetime.timezone.utc)
        return moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{moment.microsecond // 1000:03}{zone}"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float):
        return _double(value)
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return " ".join(f"{byte:02x}" for byte in value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_inner(one) for one in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_inner(key)}={_inner(one)}" for key, one in value.items()) + "}"
    return str(value)


def _inner(value: Any) -> str:
    text = text_of(value)
    return "null" if text is None else text


def _double(value: float) -> str:
    """Return Java's notation: 1.5, 1.0E20, 1.0E-7."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return format(decimal.Decimal(repr(value)), "f") if "e" in repr(value) else repr(value)
    sign, digits, exponent = decimal.Decimal(repr(value)).normalize().as_tuple()
    text = "".join(map(str, digits))
    return f"{'-' if sign else ''}{text[0]}.{text[1:] or '0'}E{int(exponent) + len(text) - 1}"
