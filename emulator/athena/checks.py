# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Trino refuses and DuckDB runs: aliases where there are none yet, comparisons of unlike types.

https://trino.io/docs/current/sql/select.html: WHERE and GROUP BY don't see the names that the SELECT gives.
https://trino.io/docs/current/language/types.html: texts aren't converted to numbers or times, nor back.
"""

from __future__ import annotations

from typing import Any

from emulator.athena.catalog import Table
from emulator.athena.errors import QueryFailed
from emulator.athena.query import position_of
from emulator.athena.translate import type_of
from emulator.athena.types import INTEGERS, HiveType

Columns = dict[str, HiveType | None]
TEXTS = ("string", "varchar", "char")
NUMBERS = (*INTEGERS, "float", "double", "decimal")


def check(sql: str, tree: Any, tables: dict[int, Table], columns: Columns) -> None:
    """Raise QueryFailed for what Trino refuses. tables: by id of the nodes that name them."""
    from sqlglot import exp
    from sqlglot.optimizer.scope import traverse_scope

    for scope in traverse_scope(tree):
        if isinstance(scope.expression, exp.Select):
            _check_aliases(sql, scope, tables)
    # A name that the query gives may be another thing than the table's column.
    given = {one.alias.lower() for one in tree.find_all(exp.Alias)} | {
        column.name.lower() for one in tree.find_all(exp.TableAlias) for column in one.columns
    }
    columns = {name: kind for name, kind in columns.items() if name not in given}
    for node in tree.find_all(exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.In, exp.Between, exp.Like):
        _check_types(sql, node, columns)
    _check_operands(sql, tree, columns)


def _check_operands(sql: str, tree: Any, columns: Columns) -> None:
    """Raise for operands and arguments that DuckDB would convert."""
    from sqlglot import exp

    of_texts = (exp.DPipe, exp.Concat, exp.Lower, exp.Upper, exp.Length, exp.RegexpLike, exp.Like, exp.Substring)
    for node in tree.find_all(*of_texts):
        given = [node.this, *node.expressions] if node.this is not None else node.expressions
        given += [node.expression] if isinstance(node, exp.DPipe | exp.RegexpLike | exp.Like) else []
        for found in {family(one, columns) for one in given if isinstance(one, exp.Expr)} - {None, "varchar"}:
            raise QueryFailed(
                f"TYPE_MISMATCH: {position_of(sql, node)}: Unexpected parameters ({found}) for function "
                f"{type(node).__name__.lower()}"
            )
    for node in tree.find_all(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod):
        if "varchar" in (family(node.this, columns), family(node.expression, columns)):
            raise QueryFailed(
                f"TYPE_MISMATCH: {position_of(sql, node)}: Cannot apply operator: varchar {type(node).__name__.lower()}"
            )
    for node in tree.find_all(exp.Coalesce, exp.Case, exp.If):
        found = {family(one, columns) for one in _alternatives(node)} - {None}
        if len(found) > 1 and found != {"date", "timestamp"}:
            raise QueryFailed(
                f"TYPE_MISMATCH: {position_of(sql, node)}: All {type(node).__name__.upper()} operands must be the same "
                f"type: {', '.join(sorted(map(str, found)))}"
            )


def _alternatives(node: Any) -> list[Any]:
    """Return the expressions of which one is the value."""
    from sqlglot import exp

    if isinstance(node, exp.Coalesce):
        return [node.this, *node.expressions]
    if isinstance(node, exp.Case):
        found = [one.args.get("true") for one in node.args.get("ifs") or []] + [node.args.get("default")]
    else:
        found = [node.args.get("true"), node.args.get("false")]
    return [one for one in found if one is not None]


def _check_aliases(sql: str, scope: Any, tables: dict[int, Table]) -> None:
    """Raise for a name that only the SELECT itself gives, outside of ORDER BY."""
    from sqlglot import exp

    known = _names(scope, tables)
    if known is None:
        return
    select = scope.expression
    aliases = {one.alias.lower() for one in select.expressions if isinstance(one, exp.Alias)}
    clauses = [select.args.get(name) for name in ("where", "group", "having")]
    for clause in [*select.expressions, *clauses]:
        for column in clause.find_all(exp.Column) if clause is not None else ():
            name = column.parts[0].name.lower()
            if name in aliases and name not in known and _is_of(column, select) and not _is_in_lambda(column, name):
                raise QueryFailed(
                    f"COLUMN_NOT_FOUND: {position_of(sql, column)}: Column '{name}' cannot be resolved or requester is "
                    "not authorized to access requested resources"
                )


def _names(scope: Any, tables: dict[int, Table]) -> set[str] | None:
    """Return the names of the sources and of their columns, None if not all are known."""
    from sqlglot import exp
    from sqlglot.optimizer.scope import Scope

    known = set()
    for name, (node, source) in scope.selected_sources.items():
        known.add(name.lower())
        if id(node) in tables:
            known |= set(tables[id(node)].all_columns)
        elif alias_columns := [column.name.lower() for column in (node.args.get("alias") or exp.TableAlias()).columns]:
            known |= set(alias_columns)
        elif isinstance(source, Scope) and isinstance(source.expression, exp.Query):
            if source.expression.is_star:
                return None
            known |= {one.lower() for one in source.expression.named_selects}
        else:
            return None
    for outer in (scope.parent,) if scope.is_correlated_subquery else ():
        return None if outer is None else known | (_names(outer, tables) or set())
    return known


def _is_of(column: Any, select: Any) -> bool:
    """Return true if the column is of this SELECT, not of one inside."""
    from sqlglot import exp

    return column.find_ancestor(exp.Select) is select


def _is_in_lambda(column: Any, name: str) -> bool:
    from sqlglot import exp

    node = column.find_ancestor(exp.Lambda)
    return node is not None and name in {one.name.lower() for one in node.expressions}


def _check_types(sql: str, node: Any, columns: Columns) -> None:
    from sqlglot import exp

    left = node.this
    if isinstance(node, exp.In):
        others = node.expressions
    elif isinstance(node, exp.Between):
        others = [node.args["low"], node.args["high"]]
    else:
        others = [node.expression]
    of_left = family(left, columns)
    for other in others:
        of_other = family(other, columns)
        if of_left and of_other and of_left != of_other and {of_left, of_other} != {"date", "timestamp"}:
            operator = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
            sign = operator.get(type(node), type(node).__name__.upper())
            raise QueryFailed(
                f"TYPE_MISMATCH: {position_of(sql, node)}: Cannot apply operator: {of_left} {sign} {of_other}"
            )


def family(node: Any, columns: Columns) -> str | None:
    """Return varchar, number, boolean, date or timestamp, None if the type isn't known."""
    from sqlglot import exp

    node = node.unnest()
    if isinstance(node, exp.Literal):
        return "varchar" if node.is_string else "number"
    if isinstance(node, exp.Neg):
        return family(node.this, columns)
    if isinstance(node, exp.Boolean):
        return "boolean"
    if isinstance(node, exp.Cast):
        return _of_data_type(node.to)
    if isinstance(node, exp.Column | exp.Dot):
        found = type_of(node, columns)
        return _of_hive(found.name) if found else None
    return next((name for name, classes in _families().items() if isinstance(node, classes)), None)


def _families() -> dict[str, tuple[type, ...]]:
    from sqlglot import exp

    texts = (exp.Lower, exp.Upper, exp.TimeToStr, exp.JSONExtractScalar, exp.Substring, exp.Concat, exp.DPipe, exp.Trim)
    return {
        "varchar": (*texts, exp.RegexpExtract, exp.RegexpReplace, exp.SplitPart, exp.Replace),
        "number": (exp.Length, exp.Count, exp.CountIf, exp.TimeToUnix, exp.StrPosition, exp.ApproxDistinct, exp.Year),
        "boolean": (exp.RegexpLike, exp.StartsWith),
        "timestamp": (exp.CurrentTimestamp, exp.FromISO8601Timestamp, exp.UnixToTime, exp.StrToTime),
        "date": (exp.CurrentDate, exp.FromISO8601Date, exp.Date),
    }


def _of_hive(name: str) -> str | None:
    if name in TEXTS:
        return "varchar"
    if name in NUMBERS:
        return "number"
    return name if name in ("boolean", "date", "timestamp") else None


def _of_data_type(to: Any) -> str | None:
    from sqlglot import exp

    if to.this in exp.DataType.TEXT_TYPES:
        return "varchar"
    if to.this in exp.DataType.NUMERIC_TYPES:
        return "number"
    if to.this in (exp.DType.BOOLEAN, exp.DType.DATE):
        return to.this.value.lower()
    return "timestamp" if to.this in (exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ) else None
