# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A query's tree in DuckDB's SQL, where sqlglot's translation means something else."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from emulator import clock
from emulator.athena.errors import QueryFailed
from emulator.athena.types import HiveType


def to_duckdb(tree: Any, columns: dict[str, HiveType | None]) -> str:
    """Return DuckDB's SQL. Raises QueryFailed for what has no translation. Changes the tree.

    columns: column name -> its type in the tables of the query, None if tables differ
    """
    import sqlglot

    # From the inside out: what is changed outside takes over what was changed inside.
    for node in reversed(list(tree.walk(bfs=False))):
        change = _changes().get(type(node))
        if change is not None:
            changed = change(node, columns)
            if changed is not node:
                node.replace(changed)
    try:
        return tree.sql("duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE)
    except (sqlglot.errors.SqlglotError, ValueError) as error:
        raise QueryFailed(f"NOT_SUPPORTED: the emulator's Athena doesn't translate this query: {error}") from None


def _changes() -> dict[type, Callable[[Any, dict[str, HiveType | None]], Any]]:
    from sqlglot import exp

    return {
        exp.AtTimeZone: _at_time_zone,
        exp.Bracket: _bracket,
        exp.Cast: _cast,
        exp.TryCast: _cast,
        exp.CurrentDate: _current,
        exp.CurrentTimestamp: _current,
        exp.Localtimestamp: _current,
        exp.DateDiff: _date_diff,
        exp.DateTrunc: _trunc,
        exp.Div: _div,
        exp.FromISO8601Timestamp: lambda node, _columns: _call("athena_iso8601", node.this),
        exp.JSONExtract: _json,
        exp.JSONExtractScalar: _json,
        exp.Literal: _literal,
        exp.RegexpExtract: _regexp_extract,
        exp.RegexpReplace: _regexp_replace,
        exp.Anonymous: _anonymous,
        exp.Unnest: _unnest,
        exp.Sub: _days,
        exp.Add: _days,
        exp.TimestampTrunc: _trunc,
    }


def _call(name: str, *arguments: Any) -> Any:
    from sqlglot import exp

    return exp.Anonymous(this=name, expressions=[one.copy() for one in arguments])


def _current(node: Any, _columns: Any) -> Any:
    """The emulator's time, the same in the whole query; a timestamp(3)."""
    from sqlglot import exp

    text = clock.now().strftime("%Y-%m-%d %H:%M:%S.%f")[:23]
    if isinstance(node, exp.CurrentDate):
        return exp.cast(exp.Literal.string(text[:10]), "date")
    if isinstance(node, exp.Localtimestamp):
        return exp.cast(exp.Literal.string(text), "timestamp")
    return exp.cast(exp.Literal.string(f"{text}+00"), "timestamptz")


def _literal(node: Any, _columns: Any) -> Any:
    """ "Athena types 1.5 as double": https://github.com/aoyagikouhei/athena-local, README, Decimal literals."""
    from sqlglot import exp

    if node.is_string or "." not in node.this or "e" in node.this.lower():
        return node
    return exp.Literal.number(f"{node.this}e0")


def _div(node: Any, _columns: Any) -> Any:
    """DuckDB's // divides integers as Trino's /, and is the division of doubles; of both, zero is an error."""
    from sqlglot import exp

    return exp.IntDiv(this=node.this.copy(), expression=node.expression.copy())


def _date_diff(node: Any, _columns: Any) -> Any:
    """Full units between both, where DuckDB's date_diff counts their limits.

    https://trino.io/docs/current/functions/datetime.html#date_diff
    """
    from sqlglot import exp

    unit = (node.args.get("unit") or exp.var("DAY")).name.lower()
    return _call("date_sub", exp.Literal.string(unit), node.expression, node.this)


def _regexp_extract(node: Any, _columns: Any) -> Any:
    from sqlglot import exp

    return _call("athena_regexp_extract", node.this, node.expression, node.args.get("group") or exp.Literal.number(0))


def _regexp_replace(node: Any, _columns: Any) -> Any:
    """$1 of Java's replacements is RE2's \\1. https://trino.io/docs/current/functions/regexp.html#regexp_replace"""
    from sqlglot import exp

    replacement = node.args.get("replacement")
    if replacement is None:
        return node
    if not replacement.is_string:
        raise QueryFailed("NOT_SUPPORTED: the emulator's Athena replaces by a literal text only")
    text = re.sub(r"\\(.)|\$(\d)|\$\{\w*\}", _of_java, replacement.name)
    replacement.replace(exp.Literal.string(text))
    return node


def _of_java(found: re.Match[str]) -> str:
    if found[1]:
        return r"\\" if found[1] == "\\" else found[1]
    if found[2]:
        return rf"\{found[2]}"
    raise QueryFailed("NOT_SUPPORTED: the emulator's Athena has no groups by name in replacements")


def _json(node: Any, _columns: Any) -> Any:
    from sqlglot import exp

    path = node.expression
    if isinstance(path, exp.JSONPath):
        path = exp.Literal.string(path.sql("duckdb").strip("'").replace("''", "'"))
    name = "athena_json_scalar" if isinstance(node, exp.JSONExtractScalar) else "athena_json"
    return _call(name, node.this, path)


def _at_time_zone(node: Any, _columns: Any) -> Any:
    """UTC changes nothing; of other zones Trino shows local times, which the emulator doesn't."""
    zone = node.args.get("zone")
    if zone is None or not zone.is_string or zone.name.upper() != "UTC":
        raise QueryFailed("NOT_SUPPORTED: the emulator's Athena has no time zone other than UTC")
    return node.this


def _bracket(node: Any, columns: dict[str, HiveType | None]) -> Any:
    """A subscript that doesn't exist is an error, of element_at it's null."""
    from sqlglot import exp

    if node.args.get("safe") or len(node.expressions) != 1:
        return node
    index = node.expressions[0]
    if index.is_string:
        return _call("athena_of", node.this, index)
    # The parser has counted it from 0.
    offset = 1 - (node.args.get("offset") or 0)
    kind = type_of(node.this, columns)
    if kind is not None and kind.name == "map" and not index.is_number:
        return _call("athena_of", node.this, index)
    return _call("athena_at", node.this, exp.Add(this=index.copy(), expression=exp.Literal.number(offset)))


def _cast(node: Any, columns: dict[str, HiveType | None]) -> Any:
    from sqlglot import exp

    kind = node.to.this
    length = node.to.expressions
    if kind in (exp.DType.VARCHAR, exp.DType.TEXT) and (length or not node.this.is_string):
        text = node.this if node.this.is_string else _call("athena_varchar", node.this)
        return _call("left", text, exp.Literal.number(length[0].name)) if length else text
    if kind == exp.DType.TIMESTAMP and node.to.expressions:
        # The precision only says how many digits are shown.
        node.to.set("expressions", None)
    return node


def _is_date(node: Any, columns: dict[str, HiveType | None]) -> bool:
    from sqlglot import exp

    if isinstance(node, exp.Paren | exp.Add | exp.Sub | exp.DateTrunc | exp.TimestampTrunc):
        return _is_date(node.this, columns)
    if isinstance(node, exp.Cast):
        return node.to.this == exp.DType.DATE
    if isinstance(node, exp.Column):
        found = columns.get(node.name.lower())
        return found is not None and found.name == "date"
    return isinstance(node, exp.CurrentDate | exp.Date | exp.FromISO8601Date)


def _days(node: Any, columns: dict[str, HiveType | None]) -> Any:
    """A date and days make a date, where DuckDB makes a timestamp of them."""
    from sqlglot import exp

    if isinstance(node.expression, exp.Interval) and _is_date(node.this, columns):
        return exp.cast(node.copy(), "date")
    return node


def _trunc(node: Any, columns: dict[str, HiveType | None]) -> Any:
    from sqlglot import exp

    return exp.cast(node.copy(), "date") if _is_date(node.this, columns) else node


_RENAMED = {
    "json_array_length": "athena_json_array_length",
    "to_iso8601": "athena_to_iso8601",
    "url_extract_host": "athena_url_host",
    "url_extract_path": "athena_url_path",
    "every": "bool_and",
    "map_values": "map_values",
    "histogram": "histogram",
}


def _anonymous(node: Any, _columns: Any) -> Any:
    from sqlglot import exp

    name = node.name.lower()
    if name in _RENAMED:
        return _call(_RENAMED[name], *node.expressions)
    if name in ("any_match", "all_match", "none_match") and len(node.expressions) == 2:
        values, condition = node.expressions
        kept = exp.ArraySize(this=exp.ArrayFilter(this=values.copy(), expression=condition.copy()))
        if name == "all_match":
            return exp.EQ(this=kept, expression=exp.ArraySize(this=values.copy()))
        return (exp.GT if name == "any_match" else exp.EQ)(this=kept, expression=exp.Literal.number(0))
    if name == "map_agg" and len(node.expressions) == 2:
        entry = exp.Anonymous(this="row", expressions=[one.copy() for one in node.expressions])
        return _call("map_from_entries", exp.Anonymous(this="list", expressions=[entry]))
    return node


def _unnest(node: Any, columns: dict[str, HiveType | None]) -> Any:
    """Of an array of rows each field is a column, of a map the key and the value.

    https://trino.io/docs/current/sql/select.html#unnest
    """
    from sqlglot import exp

    if len(node.expressions) != 1:
        raise QueryFailed("NOT_SUPPORTED: the emulator's Athena unnests one array at a time")
    found = type_of(node.expressions[0], columns)
    rows = found is not None and found.name == "array" and found.fields[0][1].name == "struct"
    if not rows and (found is None or found.name != "map"):
        return node
    if node.args.get("offset"):
        raise QueryFailed("NOT_SUPPORTED: the emulator's Athena has no WITH ORDINALITY for rows and maps")
    values = node.expressions[0].copy()
    if found is not None and found.name == "map":
        values = _call("map_entries", values)
    expanded = exp.Anonymous(
        this="unnest",
        expressions=[values, exp.PropertyEQ(this=exp.to_identifier("max_depth"), expression=exp.Literal.number(2))],
    )
    lateral = exp.Lateral(this=exp.Subquery(this=exp.select(expanded)), alias=node.args["alias"].copy())
    return lateral


def type_of(node: Any, columns: dict[str, HiveType | None]) -> HiveType | None:
    """Return the Hive type of a column or of a field in it, None if it isn't known."""
    from sqlglot import exp

    if isinstance(node, exp.Paren):
        return type_of(node.this, columns)
    if not isinstance(node, exp.Column | exp.Dot):
        return None
    path = [part.name.lower() for part in node.parts]
    for start, name in enumerate(path):
        found = columns.get(name)
        if found is None:
            continue
        for field in path[start + 1 :]:
            found = dict(found.fields).get(field) if found and found.name == "struct" else None
        if found is not None:
            return found
    return None
