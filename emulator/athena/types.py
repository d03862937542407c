# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Types of Glue's columns (Hive's): parsed, and as DuckDB, Arrow and Athena's results name them.

https://docs.aws.amazon.com/athena/latest/ug/data-types.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from emulator.athena.errors import QueryFailed

# Hive's name -> DuckDB's.
SCALARS = {
    "string": "VARCHAR",
    "varchar": "VARCHAR",
    "char": "VARCHAR",
    "boolean": "BOOLEAN",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "binary": "BLOB",
}
INTEGERS = {"tinyint": 8, "smallint": 16, "int": 32, "integer": 32, "bigint": 64}


@dataclass(frozen=True)
class HiveType:
    """A type. name: Hive's in lower case; arguments: (precision, scale); fields: of a struct, array (1) or map (2)."""

    name: str
    arguments: tuple[int, ...] = ()
    fields: tuple[tuple[str, HiveType], ...] = ()

    @property
    def duckdb(self) -> str:
        if self.name == "array":
            return f"{self.fields[0][1].duckdb}[]"
        if self.name == "map":
            return f"MAP({self.fields[0][1].duckdb}, {self.fields[1][1].duckdb})"
        if self.name == "struct":
            return "STRUCT(" + ", ".join(f'"{name}" {field.duckdb}' for name, field in self.fields) + ")"
        if self.name == "decimal":
            return "DECIMAL({}, {})".format(*self.arguments)
        return SCALARS[self.name]

    @property
    def text(self) -> str:
        """Hive's text of the type."""
        if self.name in ("array", "map"):
            return f"{self.name}<{','.join(field.text for _name, field in self.fields)}>"
        if self.name == "struct":
            return "struct<" + ",".join(f"{name}:{field.text}" for name, field in self.fields) + ">"
        return self.name + (f"({','.join(map(str, self.arguments))})" if self.arguments else "")

    @property
    def arrow(self) -> Any:
        """The type as pyarrow's, with which DuckDB takes over a table."""
        import pyarrow as pa

        if self.name == "array":
            return pa.list_(self.fields[0][1].arrow)
        if self.name == "map":
            return pa.map_(self.fields[0][1].arrow, self.fields[1][1].arrow)
        if self.name == "struct":
            return pa.struct([(name, field.arrow) for name, field in self.fields])
        if self.name == "decimal":
            return pa.decimal128(*self.arguments)
        if self.name in INTEGERS:
            return getattr(pa, f"int{INTEGERS[self.name]}")()
        # A Hive timestamp is timestamp(3) in Athena: https://docs.aws.amazon.com/athena/latest/ug/data-types.html
        others = {"boolean": pa.bool_(), "float": pa.float32(), "double": pa.float64(), "date": pa.date32()}
        others |= {"timestamp": pa.timestamp("us"), "binary": pa.binary()}
        return others.get(self.name, pa.string())


_TOKENS = re.compile(r"\s*([A-Za-z_][^\s<>,:()]*|\d+|[<>,:()])")


def parse(text: str, column: str) -> HiveType:
    """Parse a column's type, such as struct<a:string,b:array<int>>. Raises QueryFailed."""
    try:
        tokens = _split(text)
        found = _type(tokens)
        if tokens:
            raise ValueError
        return found
    except (ValueError, IndexError, KeyError):
        reason = f"HIVE_INVALID_METADATA: Glue table column '{column}' has invalid data type: {text}"  # not verified
        raise QueryFailed(reason) from None


def _split(text: str) -> list[str]:
    tokens, position, text = [], 0, text.strip()
    while position < len(text):
        matched = _TOKENS.match(text, position)
        if matched is None:
            raise ValueError
        tokens.append(matched[1])
        position = matched.end()
    return tokens


def _type(tokens: list[str]) -> HiveType:
    name = tokens.pop(0).lower()
    if name in ("array", "map", "struct"):
        return HiveType(name, fields=_fields(tokens, name))
    arguments = []
    if tokens and tokens[0] == "(":
        while (token := tokens.pop(0)) != ")":
            if token.isdigit():
                arguments.append(int(token))
    if name == "decimal":
        return HiveType(name, tuple(arguments) or (10, 0))
    if name not in SCALARS:
        raise ValueError
    return HiveType(name, tuple(arguments))


def _fields(tokens: list[str], of: str) -> tuple[tuple[str, HiveType], ...]:
    """Return the fields between < and >: with names in a struct, one type in an array, two in a map."""
    _expect(tokens, "<")
    fields, token = [], ","
    while token == ",":
        name = ""
        if of == "struct":
            name = tokens.pop(0).lower()
            _expect(tokens, ":")
        fields.append((name, _type(tokens)))
        token = tokens.pop(0)
    if token != ">" or len(fields) != {"array": 1, "map": 2}.get(of, len(fields)):
        raise ValueError
    return tuple(fields)


def _expect(tokens: list[str], token: str) -> None:
    if tokens.pop(0) != token:
        raise ValueError
