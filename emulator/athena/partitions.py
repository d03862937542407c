# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of a table that a query reads, with the values of their partition columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from emulator.athena.catalog import Table, bucket_and_prefix
from emulator.athena.errors import QueryFailed
from emulator.athena.projection import ListedProjection, Projection, projections
from emulator.athena.storage import Storage

# Returns false if no row of a partition with these values can meet the query's conditions.
Keeps = Callable[[dict[str, str]], bool]
_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True)
class File:
    """An object of a table. item: moto's; values: of the partition columns."""

    bucket: str
    item: Any
    values: dict[str, str]

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.item.name}"


def files(table: Table, storage: Storage, keeps: Keeps, given: dict[str, set[str] | None]) -> list[File]:
    """Return the files in the partitions that the conditions don't rule out. Raises QueryFailed.

    given: partition column -> values that the conditions name, None where they can't be listed
    """
    if not table.partition_keys:
        bucket, prefix = bucket_and_prefix(table.location)
        storage.require_listing(bucket, prefix)
        return [File(bucket, item, {}) for item in _visible(storage.objects(bucket, prefix), prefix)]
    if table.is_projected:
        return list(_projected(table, storage, keeps, projections(table, given)))
    return list(_registered(table, storage, keeps))


def _registered(table: Table, storage: Storage, keeps: Keeps) -> Iterator[File]:
    names = [name for name, _type in table.partition_keys]
    for partition in table.partitions:
        values = dict(zip(names, partition.values))
        if keeps(values):
            bucket, prefix = bucket_and_prefix(partition.location)
            storage.require_listing(bucket, prefix)
            yield from (File(bucket, item, values) for item in _visible(storage.objects(bucket, prefix), prefix))


def _projected(table: Table, storage: Storage, keeps: Keeps, projected: dict[str, Projection]) -> Iterator[File]:
    """Yield the files whose path is the location of a partition that the table projects.

    The locations are not enumerated, there may be millions: a path is matched with the template instead.
    """
    bucket, template = bucket_and_prefix(_template(table, projected))
    parts = _PLACEHOLDER.split(template)
    for prefix in _listed_prefixes(parts, projected, keeps):
        storage.require_listing(bucket, prefix)
    path, seen = re.escape(parts[0]), set()
    for name, literal in zip(parts[1::2], parts[2::2]):
        path += f"(?P={name})" if name in seen else f"(?P<{name}>{projected[name].regex})"
        path += re.escape(literal)
        seen.add(name)
    pattern = re.compile(path)
    for item in storage.objects(bucket, parts[0]):
        matched = pattern.match(item.name)
        if matched is None or _is_hidden(item.name[matched.end() :]):
            continue
        values = matched.groupdict()
        if all(projected[name].accepts(value) for name, value in values.items()) and keeps(values):
            yield File(bucket, item, values)


def _template(table: Table, projected: dict[str, Projection]) -> str:
    template = table.parameters.get("storage.location.template")
    if template is None:
        location = table.location if table.location.endswith("/") else f"{table.location}/"
        return location + "".join(f"{name}=${{{name}}}/" for name in projected)
    named = set(_PLACEHOLDER.findall(template))
    # "the template must contain a placeholder for each partition column":
    # https://docs.aws.amazon.com/athena/latest/ug/partition-projection-setting-up.html. The text is not verified.
    for name in projected:
        if name not in named:
            raise QueryFailed(f"INVALID_TABLE_PROPERTY: storage.location.template has no placeholder for column {name}")
    for name in named - set(projected):
        raise QueryFailed(f"INVALID_TABLE_PROPERTY: storage.location.template has an unknown placeholder {name}")
    return template


def _listed_prefixes(parts: list[str], projected: dict[str, Projection], keeps: Keeps) -> list[str]:
    """Return the prefixes that stand for those that Athena lists: with each value of a first column with known values.

    Athena lists each partition's location, so a caller needs the permission for all that aren't ruled out.
    """
    if len(parts) < 3 or not isinstance(first := projected[parts[1]], ListedProjection):
        return [parts[0]]
    return [parts[0] + value + parts[2] for value in sorted(first.values) if keeps({parts[1]: value})]


def _visible(items: list[Any], prefix: str) -> list[Any]:
    return [item for item in items if not _is_hidden(item.name[len(prefix) :])]


def _is_hidden(path: str) -> bool:
    """Return true for what Athena doesn't read: "files with names that begin with an underscore or a period", and the
    objects that stand for a folder. https://docs.aws.amazon.com/athena/latest/ug/troubleshooting-athena.html
    """
    return not path or path.endswith("/") or any(part.startswith(("_", ".")) for part in path.split("/"))
