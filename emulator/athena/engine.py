# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Running a query: find its tables, read their files from S3, ask DuckDB."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from moto.utilities.utils import get_partition

from emulator.athena import checks, formats, query, translate
from emulator.athena.catalog import CATALOG, Table, find
from emulator.athena.errors import QueryCancelled, QueryFailed
from emulator.athena.partitions import File, files
from emulator.athena.pruning import Conditions
from emulator.athena.results import Result, column_info, text_of
from emulator.athena.sandbox import Sandbox
from emulator.athena.storage import Storage
from emulator.athena.types import HiveType
from emulator.iam.resource_policies import may
from emulator.principals import Principal


@dataclass(frozen=True)
class Job:
    """What a query runs with. limit: bytes that it may scan, None without a limit."""

    sql: str
    database: str
    parameters: list[str] | None
    account_id: str
    region: str
    principal: Principal
    limit: int | None


@dataclass
class Reference:
    """A table as one SELECT names it. node: sqlglot's."""

    node: Any
    table: Table
    conditions: Conditions
    contents: list[tuple[File, bytes]] = field(default_factory=list)


def run(job: Job, tree: Any) -> Result:
    """Return the result of a parsed query. Raises QueryFailed or QueryCancelled."""
    from sqlglot import exp

    query.check_functions(job.sql, tree)
    if any(one.args.get("recursive") for one in tree.find_all(exp.With)):
        # Trino's ends after 10 rounds: https://trino.io/docs/current/sql/select.html#with-recursive-clause
        raise QueryFailed("NOT_SUPPORTED: the emulator's Athena has no WITH RECURSIVE")
    tree = query.put_parameters(tree, job.parameters)
    sandbox = Sandbox()
    try:
        references = _references(job, tree, sandbox)
        columns = _columns(references)
        checks.check(job.sql, tree, {id(one.node): one.table for one in references}, columns)
        scanned = _load(job, tree, references, sandbox)
        names = _names(tree)
        sql = translate.to_duckdb(tree, columns)
        described, rows = sandbox.run(sql)
    except RecursionError:
        raise QueryFailed("GENERIC_INTERNAL_ERROR: statement is too large (stack overflow)") from None
    finally:
        sandbox.close()
    if len(names) != len(described):
        names = [name for name, _kind in described]
    shown = [column_info(name, kind) for name, (_name, kind) in zip(names, described)]
    return Result(shown, [[text_of(value) for value in row] for row in rows], scanned)


def _references(job: Job, tree: Any, sandbox: Sandbox) -> list[Reference]:
    from sqlglot import exp
    from sqlglot.optimizer.scope import traverse_scope

    found = []
    for scope in traverse_scope(tree):
        sources = {name.lower(): source for name, (_node, source) in scope.selected_sources.items()}
        tables = {name: source for name, source in sources.items() if isinstance(source, exp.Table)}
        resolved = {name: _table(job, node) for name, node in tables.items()}
        where = scope.expression.args.get("where") if isinstance(scope.expression, exp.Select) else None
        for name, node in tables.items():
            table = resolved[name]
            others = [one for other, one in sources.items() if other != name]
            belongs = _belonging(name, table, resolved, alone=not others)
            types = {key: kind.name for key, kind in table.partition_keys}
            found.append(Reference(node, table, Conditions(where, belongs, types, _constant(sandbox))))
    return found


def _table(job: Job, node: Any) -> Table:
    from sqlglot import exp

    at = query.position_of(job.sql, node)
    if not isinstance(node.this, exp.Identifier):
        raise QueryFailed(f"NOT_SUPPORTED: {at}: the emulator's Athena has no table functions")
    if node.catalog and node.catalog.lower() != CATALOG:
        raise QueryFailed(f"CATALOG_NOT_FOUND: {at}: Catalog '{node.catalog.lower()}' does not exist")
    database = (node.db or job.database).lower()
    _require_table(job, database, node.name.lower())
    return find(job.account_id, job.region, database, node.name.lower(), at)


def _require_table(job: Job, database: str, name: str) -> None:
    """Require that the caller may read the table's definition; the text begins as Athena's.

    https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html: the catalog, the database
    and the table.
    """
    prefix = f"arn:{get_partition(job.region)}:glue:{job.region}:{job.account_id}:"
    for resource in (f"{prefix}catalog", f"{prefix}database/{database}", f"{prefix}table/{database}/{name}"):
        if not may(job.principal, "glue:GetTable", resource, region=job.region).allows:
            refused = f"{job.principal.arn} is not authorized to perform: glue:GetTable on resource: {resource}"
            raise QueryFailed(f"Insufficient permissions to execute the query. User: {refused}")


def _belonging(name: str, table: Table, resolved: dict[str, Table], alone: bool) -> Callable[[Any], str | None]:
    """Return a function: the partition column of this table that an expression is, None if it is none."""
    from sqlglot import exp

    keys = {key for key, _kind in table.partition_keys}
    shared = {key for other, one in resolved.items() if other != name for key in one.all_columns}

    def belongs(node: Any) -> str | None:
        if not isinstance(node, exp.Column) or node.name.lower() not in keys or node.args.get("db"):
            return None
        qualifier = node.table.lower()
        # Without a qualifier it could be another source's; of a source that is no table the columns aren't known.
        if qualifier == name or (not qualifier and (alone or (len(resolved) > 1 and node.name.lower() not in shared))):
            return node.name.lower()
        return None

    return belongs


def _constant(sandbox: Sandbox) -> Callable[[Any], str | None]:
    """Return a function: the text of an expression that has no columns."""
    from sqlglot import exp

    def constant(node: Any) -> str | None:
        if isinstance(node, exp.Literal):
            return node.this
        if node.find(exp.Column, exp.Query, exp.Placeholder, exp.AggFunc, exp.Star):
            return None
        try:
            _described, rows = sandbox.run(translate.to_duckdb(exp.select(exp.cast(node.copy(), "text")), {}))
        except QueryFailed:
            return None
        return rows[0][0]

    return constant


def _load(job: Job, tree: Any, references: list[Reference], sandbox: Sandbox) -> int:
    """Read the tables into DuckDB, under names of their own; return the bytes scanned."""
    from sqlglot import exp

    storage, scanned, names = Storage(job.principal, job.region), 0, _named_columns(tree)
    found: list[list[File]] = []
    for reference in references:
        table, conditions = reference.table, reference.conditions
        given = {key: conditions.given(key) for key, _kind in table.partition_keys}
        found.append(files(table, storage, conditions.keeps, given))
    for reference, read in zip(references, found):
        reader = formats.reader(reference.table)
        for file in read:
            data = storage.read(file.bucket, file.item)
            scanned += reader.scanned(data, names)
            # "If a query in the workgroup exceeds the limit, the query is canceled":
            # https://docs.aws.amazon.com/athena/latest/ug/workgroups-setting-control-limits-cloudwatch.html
            # The text as users report it, such as in AWS's workshop "Athena workgroups".
            if job.limit is not None and scanned > job.limit:
                raise QueryCancelled("Bytes scanned limit was exceeded", scanned)
            reference.contents.append((file, data))
    # No name in the query is one of these.
    prefix = f"t{uuid.uuid4().hex}_"
    for index, reference in enumerate(references):
        rows = formats.rows(reference.table, reference.contents)
        sandbox.load(f"{prefix}{index}", reference.table, rows)
        alias = reference.node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(reference.node.name))
        reference.node.replace(exp.Table(this=exp.to_identifier(f"{prefix}{index}"), alias=alias.copy()))
    return scanned


def _named_columns(tree: Any) -> set[str] | None:
    """Return all names in the query, lower case; None if it may mean any column."""
    from sqlglot import exp

    for star in tree.find_all(exp.Star):
        if not isinstance(star.parent, exp.Count):
            return None
    return {identifier.name.lower() for identifier in tree.find_all(exp.Identifier)}


def _columns(references: list[Reference]) -> dict[str, HiveType | None]:
    columns: dict[str, HiveType | None] = {}
    for reference in references:
        for name, kind in reference.table.all_columns.items():
            columns[name] = kind if columns.get(name, kind) == kind else None
    return columns


def _names(tree: Any) -> list[str]:
    """Return the names of the result's columns: Trino's _col0 for an expression without a name. [] with a star.

    https://trino.io/docs/current/sql/select.html
    """
    from sqlglot import exp

    select = tree
    while not isinstance(select, exp.Select):
        inner = select.this if isinstance(select, exp.Subquery | exp.SetOperation) else None
        if inner is None:
            return []
        select = inner
    if select.is_star:
        return []
    names = []
    for index, one in enumerate(select.expressions):
        named = one.unnest()
        names.append(named.output_name if isinstance(named, exp.Alias | exp.Column | exp.Dot) else f"_col{index}")
    return names
