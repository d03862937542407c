# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tables of a log archive: their columns as data, and the checks of those that users declare."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..._core.errors import Invalid
from . import reserved_words
from .schemas import CLOUDTRAIL, ECS_JSON, FLOW_LOGS, NETWORK_FIREWALL, RESOLVER_QUERIES

# Columns of each line of CloudWatch Logs, apart from `account`, which is a partition. `message`: the text of an event
# that is no JSON object; of one that is, its key of that name. `rest`: JSON text of the keys that aren't columns.
BEFORE = (
    ("region", "string"),
    ("log_group", "string"),
    ("log_stream", "string"),
    ("id", "string"),
    ("time", "timestamp"),
)
AFTER = (("message", "string"), ("rest", "string"))
# Names of these and of partitions, which no column of users may have.
ADDED = frozenset(("account", "hour", "day", *(name for name, _type in (*BEFORE, *AFTER))))
# Of the types of Athena: those that JSON has, and timestamp. A value of another shape is JSON text in a string.
TYPES = ("string", "boolean", "int", "bigint", "double", "timestamp")
# Types of tables: those that Firehose fills from CloudWatch Logs, and those that AWS's services and trails fill.
STREAMED = ("cloudwatch", "ecs_json", "custom")
DELIVERED: Mapping[str, Sequence[tuple[str, str]]] = {
    "vpc_flow_logs": FLOW_LOGS,
    "network_firewall": NETWORK_FIREWALL,
    "resolver_queries": RESOLVER_QUERIES,
    "cloudtrail": CLOUDTRAIL,
}
FORMATS = {
    "vpc_flow_logs": "text",
    "network_firewall": "json",
    "resolver_queries": "json",
    "cloudtrail": "cloudtrail",
}
# Types whose paths have the name of a resource before the time: the firewall's name, the VPC's id.
RESOURCES = {"network_firewall": "firewall", "resolver_queries": "vpc"}
# Glue keeps the columns of a table in one item; a table that wide is a mistake.
MOST_COLUMNS = 200


@dataclass(frozen=True)
class Column:
    name: str
    type: str


@dataclass(frozen=True)
class Table:
    """A table of the archive's database.

    name       of the table, of its prefix in the bucket (if it is streamed) and the end of its stream's name
    type       one of STREAMED or DELIVERED
    columns    those of Glue's StorageDescriptor, in its order; partitions aren't among them
    raw        true: delivered by Firehose without a function: the messages alone, compressed, not by account
    resources  names of firewalls, or ids of VPCs, by which the table is partitioned, and by time then; none: neither
    """

    name: str
    type: str
    columns: tuple[Column, ...]
    raw: bool = False
    resources: tuple[str, ...] = ()

    @property
    def streamed(self) -> bool:
        """True if Firehose fills it from CloudWatch Logs."""
        return self.type in STREAMED

    @property
    def format(self) -> str:
        """Format of its objects: parquet, json (lines), text (lines) or cloudtrail."""
        if not self.streamed:
            return FORMATS[self.type]
        if not self.raw:
            return "parquet"
        return "text" if self.type == "cloudwatch" else "json"

    @property
    def from_message(self) -> tuple[Column, ...]:
        """Columns whose values come from the keys of a message that is a JSON object; none: the message is kept whole.

        `message` is among them.
        """
        if not self.streamed or self.type == "cloudwatch":
            return ()
        ours = ADDED - {"message"}
        return tuple(column for column in self.columns if column.name not in ours)


def parse(option: str, tables: Sequence[Mapping[str, Any]]) -> tuple[Table, ...]:
    """Return the declared tables: [{name, type, columns: [{name, type}], raw, resources}].

    Their name is that of their type by default. Raises Invalid.
    """
    parsed: list[Table] = []
    seen: dict[str, str] = {}
    for index, declared in enumerate(tables):
        where = f"{option}[{index}]"
        table = _table(where, declared)
        for key, problem in ((table.name, "is there twice"), (f"type {table.type}", "")):
            if key in seen and (problem or not table.streamed):
                problem = problem or f"is also the type of {seen[key]}, and one prefix has one table"
                field = "name" if key == table.name else "type"
                raise Invalid(f"{where}.{field}", getattr(table, field), problem, "each once")
            seen[key] = table.name
        parsed.append(table)
    return tuple(parsed)


def _table(where: str, declared: Mapping[str, Any]) -> Table:
    kind = str(declared.get("type"))
    if kind not in STREAMED and kind not in DELIVERED:
        raise Invalid(f"{where}.type", kind, "is no type of table", ", ".join((*STREAMED, *DELIVERED)))
    name = str(declared.get("name") or kind)
    if kind == "custom" and not declared.get("name"):
        raise Invalid(f"{where}.name", None, "is missing", "a name, such as payments")
    _check_name(f"{where}.name", name, 40)
    if name == "errors":
        raise Invalid(f"{where}.name", name, "is the prefix of what Firehose couldn't deliver", "another name")
    own = declared.get("columns") or []
    if bool(own) != (kind == "custom"):
        problem = "are missing" if kind == "custom" else f"are of a table of type {kind}, which has its own"
        raise Invalid(f"{where}.columns", own or None, problem, "columns with type: custom, and only there")
    raw = declared.get("raw") or False
    if raw and kind not in STREAMED:
        raise Invalid(f"{where}.raw", raw, f"is set for {kind}, which no stream fills", "no raw")
    resources = tuple(declared.get("resources") or ())
    _check_resources(f"{where}.resources", kind, resources)
    return Table(name, kind, _columns(f"{where}.columns", kind, raw, own), raw, resources)


def _columns(option: str, kind: str, raw: bool, own: Sequence[Mapping[str, Any]]) -> tuple[Column, ...]:
    if kind in DELIVERED:
        return tuple(Column(*column) for column in DELIVERED[kind])
    named = _own(option, own) if kind == "custom" else [Column(*column) for column in ECS_JSON]
    named = [] if kind == "cloudwatch" else named
    if raw:
        # What no column has can be read from the objects' lines only.
        return (*named, Column("message", "string"))
    return (*(Column(*column) for column in BEFORE), *named, *(Column(*column) for column in AFTER))


def _own(option: str, declared: Sequence[Mapping[str, Any]]) -> list[Column]:
    """Return the columns that users declare. Raises Invalid."""
    if len(declared) > MOST_COLUMNS:
        raise Invalid(option, len(declared), "columns are too many", f"{MOST_COLUMNS} at most; `rest` has the others")
    columns: dict[str, Column] = {}
    for index, column in enumerate(declared):
        where = f"{option}[{index}]"
        name, kind = column.get("name"), str(column.get("type") or "string")
        folded = name.lower() if isinstance(name, str) else str(name)
        if folded in columns:
            problem = f"is the name of {columns[folded].name} too: Glue and Athena know no upper case"
            raise Invalid(f"{where}.name", name, problem, "names that differ in more than case")
        _check_name(f"{where}.name", folded, 128)
        if folded in ADDED:
            raise Invalid(f"{where}.name", name, "is a column of each table already", "another name")
        if name != folded:
            raise Invalid(f"{where}.name", name, "has upper case, which Glue doesn't keep", folded)
        if kind not in TYPES:
            expected = f"{', '.join(TYPES)}; what is nested is JSON text in a string"
            raise Invalid(f"{where}.type", kind, "is no type of a column", expected)
        columns[folded] = Column(folded, kind)
    return list(columns.values())


def _check_name(option: str, name: Any, longest: int) -> None:
    if not isinstance(name, str) or not re.fullmatch(rf"[a-z][a-z0-9_]{{0,{longest - 1}}}", name, re.ASCII):
        expected = f"1 to {longest} lower case letters, digits or _, the first a letter"
        raise Invalid(option, name, "is no name in Athena", expected)
    if name.upper() in reserved_words.ALL:
        raise Invalid(option, name, "is a reserved word of Athena, which each query would have to quote", f"{name}_")


def _check_resources(option: str, kind: str, resources: Sequence[Any]) -> None:
    if not resources:
        return
    if kind not in RESOURCES:
        raise Invalid(option, list(resources), f"are of a table of type {kind}", " or ".join(RESOURCES))
    pattern = r"[A-Za-z0-9-]{1,128}" if kind == "network_firewall" else r"vpc-[0-9a-f]{8,17}"
    for index, resource in enumerate(resources):
        if not isinstance(resource, str) or not re.fullmatch(pattern, resource, re.ASCII):
            expected = "a firewall's name" if kind == "network_firewall" else "a VPC's id"
            raise Invalid(f"{option}[{index}]", resource, f"is no {RESOURCES[kind]}", expected)
        if resource in resources[:index]:
            raise Invalid(f"{option}[{index}]", resource, "is there twice", "each once")
