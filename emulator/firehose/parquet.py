# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Conversion of JSON records to Parquet by the schema of a Glue table, as the OpenX JSON SerDe reads them.

https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html: "multiple JSON documents into the same
record" is {"a":1}{"a":2}, not an array of them; the formats of time stamps; .../record-format-conversion-concepts.html:
attributes that the schema lacks are left out of the result; API_OpenXJsonSerDe: keys are converted to lower case,
mapped and freed of dots before. Codes, texts, numbers as time stamps and objects in columns of text: as the authors of
another emulator (floci) probed them on AWS in September 2026. If one of a record's documents is malformed, all of the
record's rows are: not verified on AWS.
"""

from __future__ import annotations

import datetime
import decimal
import io
import json
import re
from collections.abc import Callable
from typing import Any

_TYPES = {
    "string": "string",
    "boolean": "bool_",
    "tinyint": "int8",
    "smallint": "int16",
    "int": "int32",
    "integer": "int32",
    "bigint": "int64",
    "float": "float32",
    "double": "float64",
    "date": "date32",
    "binary": "binary",
}
# https://docs.aws.amazon.com/firehose/latest/dev/deserializer.html: the formats of time stamps.
_TIMES = (
    re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z"),
    re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2}) (\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?"),
)
_TEXTS = ("string",)
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


class Malformed(ValueError):
    """A record that doesn't fit the schema. `code`: that of its line in the error object."""

    code = "DataFormatConversion.MalformedData"


class Unparsable(Malformed):
    """A record that isn't JSON."""

    code = "DataFormatConversion.ParseError"


class Schema:
    """Schema of a Glue table (its TableInput) with the options of the deserializer."""

    def __init__(self, table: dict[str, Any], options: dict[str, Any]):
        # Partition columns are not in the files.
        columns = (table.get("StorageDescriptor") or {}).get("Columns") or []
        self.columns = {one["Name"]: one.get("Type", "string") for one in columns}
        self._case = options.get("CaseInsensitive", True)
        self._dots = options.get("ConvertDotsInJsonKeysToUnderscores", False)
        mapped = options.get("ColumnToJsonKeyMappings") or {}
        self._mapped = {(key.lower() if self._case else key): column for column, key in mapped.items()}
        self._arrow = {name: _arrow(kind) for name, kind in self.columns.items()}

    def rows(self, data: bytes) -> list[dict[str, Any]]:
        """Return the rows of a record. Raises Malformed.

        "The record was empty or contained only whitespace." is what Firehose wrote for an extracted CONTROL_MESSAGE:
        from a third party's test of its error objects, September 2026.
        """
        try:
            text = data.decode().strip()
        except UnicodeDecodeError as error:
            raise Unparsable(f"Encountered malformed JSON. {error}") from None
        if not text:
            raise Malformed("The record was empty or contained only whitespace.")
        rows, position, decoder = [], 0, json.JSONDecoder()
        while position < len(text):
            try:
                value, position = decoder.raw_decode(text, position)
            except (json.JSONDecodeError, RecursionError) as error:
                raise Unparsable(f"Encountered malformed JSON. {error}") from None
            if not isinstance(value, dict):
                raise Malformed("Data does not match the schema. A JSON object is required.")
            rows.append(self._row(value))
            while position < len(text) and text[position].isspace():
                position += 1
        return rows

    def _row(self, value: dict[str, Any]) -> dict[str, Any]:
        row = dict.fromkeys(self.columns)
        for key, item in value.items():
            name = key.lower() if self._case else key
            name = name.replace(".", "_") if self._dots else name
            name = self._mapped.get(name, name)
            if name in row:
                text = self.columns[name].strip().lower() in _TEXTS
                row[name] = _converted(_lower(item) if text and self._case else item, self.columns[name])
        return row

    def parquet(self, rows: list[dict[str, Any]], compression: str = "SNAPPY") -> bytes:
        import pyarrow
        import pyarrow.parquet

        schema = pyarrow.schema(list(self._arrow.items()))
        written = io.BytesIO()
        codec = {"UNCOMPRESSED": "NONE"}.get(compression, compression)
        table = pyarrow.Table.from_pylist(rows, schema=schema)
        # Hive's Parquet writer stores timestamps as INT96.
        pyarrow.parquet.write_table(table, written, compression=codec, use_deprecated_int96_timestamps=True)
        return written.getvalue()


def _arrow(kind: str) -> Any:
    import pyarrow

    kind = kind.strip().lower()
    if kind in _TYPES:
        return getattr(pyarrow, _TYPES[kind])()
    if kind == "timestamp":
        return pyarrow.timestamp("ns")
    if found := re.fullmatch(r"(?:varchar|char)\(\d+\)", kind):
        return pyarrow.string()
    if found := re.fullmatch(r"decimal\((\d+),\s*(\d+)\)", kind):
        return pyarrow.decimal128(int(found[1]), int(found[2]))
    if kind.startswith("array<"):
        return pyarrow.list_(_arrow(kind[6:-1]))
    if kind.startswith("map<"):
        key, value = _split(kind[4:-1])
        return pyarrow.map_(_arrow(key), _arrow(value))
    if kind.startswith("struct<"):
        fields = [field.split(":", 1) for field in _split(kind[7:-1])]
        return pyarrow.struct([(name, _arrow(of)) for name, of in fields])
    raise Malformed(f"type {kind} is not supported")


def _split(text: str) -> list[str]:
    """Return the parts between commas that are outside of brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "<(") - (letter in ">)")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def _lower(value: Any) -> Any:
    """Return a value with the keys of its objects in lower case, at every depth."""
    if isinstance(value, dict):
        return {key.lower(): _lower(item) for key, item in value.items()}
    return [_lower(item) for item in value] if isinstance(value, list) else value


def _converted(value: Any, kind: str) -> Any:
    """Return a value as its column's type needs it. Raises Malformed if it doesn't fit."""
    kind = kind.strip().lower()
    if value is None:
        return None
    try:
        converter = _CONVERTERS.get(re.split(r"[(<]", kind)[0])
        return converter(value, kind) if converter else _nested(value, kind)
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise Malformed(f"Data does not match the schema. {error}") from None


def _string(value: Any, _kind: str) -> str:
    """The OpenX SerDe gives what isn't a string as its JSON text."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _boolean(value: Any, _kind: str) -> bool:
    return value if isinstance(value, bool) else {"true": True, "false": False}[str(value).lower()]


def _integer(value: Any, kind: str) -> int:
    if isinstance(value, (list, dict)) or (isinstance(value, float) and int(value) != value):
        raise ValueError(f'For input string: "{value}"')
    number = int(value)
    bits = {"tinyint": 8, "smallint": 16, "bigint": 64}.get(kind, 32)
    if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
        raise ValueError(f"Value {value} is out of range for type {kind}.")
    return number


def _nested(value: Any, kind: str) -> Any:
    if kind.startswith("array<"):
        return [_converted(item, kind[6:-1]) for item in list(value)]
    if kind.startswith("map<"):
        of = _split(kind[4:-1])[1]
        return [(key, _converted(item, of)) for key, item in value.items()]
    fields = dict(field.split(":", 1) for field in _split(kind[7:-1]))
    given = {key.lower(): item for key, item in value.items()}
    return {field: _converted(given.get(field), of) for field, of in fields.items()}


def _timestamp(value: Any) -> int:
    """Return nanoseconds since 1970 of a time stamp in one of the documented formats.

    A number, also as text: seconds below 1e12, milliseconds from there on (probed).
    """
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        value = float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError(f'For input string: "{value}"')
    if not isinstance(value, str):
        return round(value if abs(value) >= 10**12 else value * 1000) * 1_000_000
    for form in _TIMES:
        if found := form.fullmatch(value):
            numbers = [int(part) for part in found.groups()[:6]]
            moment = datetime.datetime(*numbers, tzinfo=datetime.timezone.utc)  # type: ignore[misc,arg-type]
            return round((moment - _EPOCH).total_seconds()) * 10**9 + int((found[7] or "0").ljust(9, "0"))
    raise ValueError(f'For input string: "{value}"')


_CONVERTERS: dict[str, Callable[[Any, str], Any]] = {
    **dict.fromkeys(("string", "varchar", "char"), _string),
    **dict.fromkeys(("tinyint", "smallint", "int", "integer", "bigint"), _integer),
    **dict.fromkeys(("float", "double"), lambda value, _kind: float(value)),
    "boolean": _boolean,
    "timestamp": lambda value, _kind: _timestamp(value),
    "date": lambda value, _kind: datetime.date.fromisoformat(value),
    "decimal": lambda value, _kind: decimal.Decimal(str(value)),
    "binary": lambda value, _kind: str(value).encode(),
}
