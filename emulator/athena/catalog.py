# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tables of the Glue catalog as Athena sees them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from moto.glue.models import glue_backends

from emulator.athena.errors import QueryFailed
from emulator.athena.types import HiveType, parse

CATALOG = "awsdatacatalog"


@dataclass(frozen=True)
class Partition:
    """A registered partition: its values, in the order of the keys, and its location."""

    values: tuple[str, ...]
    location: str


@dataclass(frozen=True)
class Table:
    database: str
    name: str
    columns: tuple[tuple[str, HiveType], ...]
    partition_keys: tuple[tuple[str, HiveType], ...]
    location: str
    serde: str
    serde_parameters: dict[str, str]
    input_format: str
    parameters: dict[str, str]
    partitions: tuple[Partition, ...] = field(default=())

    @property
    def all_columns(self) -> dict[str, HiveType]:
        return dict((*self.columns, *self.partition_keys))

    @property
    def is_projected(self) -> bool:
        return self.parameters.get("projection.enabled", "").strip().lower() == "true"


def databases(account_id: str, region: str) -> dict[str, Any]:
    return glue_backends[account_id][region].databases


def find(account_id: str, region: str, database: str, name: str, at: str) -> Table:
    """Return a table. at: "line 1:15", for the text of the error. Raises QueryFailed."""
    known = databases(account_id, region)
    if database not in known:
        raise QueryFailed(f"SCHEMA_NOT_FOUND: {at}: Schema '{database}' does not exist")
    tables = known[database].tables
    if name not in tables:
        raise QueryFailed(f"TABLE_NOT_FOUND: {at}: Table '{CATALOG}.{database}.{name}' does not exist")
    return _table(database, tables[name])


def _table(database: str, found: Any) -> Table:
    described = found.as_dict()
    storage = described.get("StorageDescriptor") or {}
    serde = storage.get("SerdeInfo") or {}
    if described.get("TableType") == "VIRTUAL_VIEW":
        raise QueryFailed(f"NOT_SUPPORTED: {database}.{found.name} is a view; the emulator's Athena has none")
    return Table(
        database=database,
        name=found.name,
        columns=_columns(storage.get("Columns")),
        partition_keys=_columns(described.get("PartitionKeys")),
        location=storage.get("Location") or "",
        serde=serde.get("SerializationLibrary") or "",
        serde_parameters=dict(serde.get("Parameters") or {}),
        input_format=storage.get("InputFormat") or "",
        parameters=dict(described.get("Parameters") or {}),
        partitions=tuple(
            Partition(tuple(one.values), (one.partition_input.get("StorageDescriptor") or {}).get("Location") or "")
            for one in found.partitions.values()
        ),
    )


def _columns(given: list[dict[str, str]] | None) -> tuple[tuple[str, HiveType], ...]:
    return tuple((one["Name"].lower(), parse(one.get("Type") or "string", one["Name"])) for one in given or [])


def bucket_and_prefix(location: str) -> tuple[str, str]:
    """Return bucket and prefix of s3://BUCKET/PREFIX; the prefix ends with / unless it is empty. Raises QueryFailed."""
    parts = urlsplit(location)
    if parts.scheme not in ("s3", "s3a", "s3n") or not parts.netloc:
        raise QueryFailed(f"HIVE_METASTORE_ERROR: Table location is not an S3 path: {location}")  # not verified
    prefix = location.split("://", 1)[1].partition("/")[2]
    return parts.netloc, prefix if not prefix or prefix.endswith("/") else f"{prefix}/"
