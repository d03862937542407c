# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Partition projection: the values of a partition column, from the table's properties.

https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html. The texts of errors other than
of a missing configuration and of an injected column are not verified.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from emulator import clock
from emulator.athena.catalog import Table
from emulator.athena.dateformats import DateFormat
from emulator.athena.errors import QueryFailed

UNITS = {
    "WEEKS": timedelta(weeks=1),
    "DAYS": timedelta(days=1),
    "HOURS": timedelta(hours=1),
    "MINUTES": timedelta(minutes=1),
    "SECONDS": timedelta(seconds=1),
    "MILLISECONDS": timedelta(milliseconds=1),
}
MONTHS = {"YEARS": 12, "MONTHS": 1}
_NOW = re.compile(
    r"\s*NOW\s*(([+\-])\s*([0-9]+)\s*(YEARS?|MONTHS?|WEEKS?|DAYS?|HOURS?|MINUTES?|SECONDS?)\s*)?", re.ASCII
)


class Projection(Protocol):
    """A column's values. regex: of a value in a path; accepts: whether the table projects this value."""

    regex: str

    def accepts(self, value: str) -> bool: ...


@dataclass(frozen=True)
class ListedProjection:
    """Values that the table lists (enum) or that the query's conditions leave (injected)."""

    values: frozenset[str]

    @property
    def regex(self) -> str:
        return "|".join(re.escape(value) for value in sorted(self.values, key=len, reverse=True))

    def accepts(self, value: str) -> bool:
        return value in self.values


@dataclass(frozen=True)
class IntegerProjection:
    first: int
    last: int
    interval: int
    digits: int | None
    regex = r"-?\d+"

    def accepts(self, value: str) -> bool:
        number = int(value)
        canonical = f"{number:0{self.digits}d}" if self.digits else str(number)
        inside = self.first <= number <= self.last
        return inside and canonical == value and not (number - self.first) % self.interval


@dataclass(frozen=True)
class DateProjection:
    format: DateFormat
    first: datetime
    last: datetime
    interval: int
    unit: str

    @property
    def regex(self) -> str:
        return self.format.regex

    def accepts(self, value: str) -> bool:
        try:
            moment = self.format.parse(value)
        except ValueError:
            return False
        if not self.first <= moment <= self.last:
            return False
        if self.unit in MONTHS:
            months = (moment.year - self.first.year) * 12 + moment.month - self.first.month
            step, rest = MONTHS[self.unit] * self.interval, moment.replace(year=self.first.year, month=self.first.month)
            return not months % step and rest == self.first
        return not (moment - self.first) % (UNITS[self.unit] * self.interval)


def projections(table: Table, given: dict[str, set[str] | None]) -> dict[str, Projection]:
    """Return the projection of each partition column. Raises QueryFailed.

    given: column -> the values that the query's conditions leave, None where they can't be listed
    """
    properties = {key.lower(): value for key, value in table.parameters.items()}
    names = [name for name, _type in table.partition_keys]
    missing = [name for name in names if f"projection.{name}.type" not in properties]
    if missing:
        named = f"{table.database}.{table.name}"
        raise QueryFailed(
            f"HIVE_METASTORE_ERROR: Table {named} is configured for partition projection, but the following partition "
            f"columns are missing projection configuration: [{', '.join(missing)}] (table {named})"
        )
    found: dict[str, Projection] = {}
    for name in names:
        prefix = f"projection.{name}."
        own = {key.removeprefix(prefix): value for key, value in properties.items() if key.startswith(prefix)}
        found[name] = _projection(name, own, given.get(name))
    return found


def _projection(name: str, own: dict[str, str], given: set[str] | None) -> Projection:
    kind = own["type"].strip().lower()
    if kind == "enum":
        if not own.get("values"):
            raise _bad(name, "values are missing")
        return ListedProjection(frozenset(own["values"].split(",")))
    if kind == "injected":
        if not given:
            raise QueryFailed(
                f"CONSTRAINT_VIOLATION: For the injected projected partition column {name}, the WHERE clause must "
                "contain only static equality conditions, and at least one such condition must be present."
            )
        return ListedProjection(frozenset(given))
    if kind == "integer":
        first, last = _range(name, own)
        try:
            digits = int(own["digits"]) if "digits" in own else None
            return IntegerProjection(int(first), int(last), _interval(name, own, 1), digits)
        except ValueError as error:
            raise _bad(name, f"For input string: {error}") from None
    if kind == "date":
        return _date(name, own)
    raise _bad(name, f"unknown projection type {own['type']}")


def _date(name: str, own: dict[str, str]) -> DateProjection:
    if "format" not in own:
        raise _bad(name, "the date format is missing")
    try:
        pattern = DateFormat(own["format"])
    except ValueError as error:
        raise _bad(name, f"invalid date format: {error}") from None
    # "When the provided dates are at single-day or single-month precision, the interval is optional [...]. Otherwise,
    # interval is required."
    default = pattern.unit if pattern.unit in ("DAYS", "MONTHS") else None
    unit = own.get("interval.unit", default or "").strip().upper()
    if ("interval" not in own and default is None) or unit not in {*UNITS, *MONTHS}:
        raise _bad(name, "interval and interval.unit are required for this date format")
    edges = []
    for text in _range(name, own):
        try:
            edges.append(_now(text, pattern) or pattern.parse(text))
        except ValueError:
            raise _bad(name, f"range value {text} doesn't match the date format {own['format']}") from None
    return DateProjection(pattern, edges[0], edges[1], _interval(name, own, 1), unit)


def _now(text: str, pattern: DateFormat) -> datetime | None:
    """Return the moment of NOW-3YEARS and the like, in the format's precision; None if the text is none."""
    matched = _NOW.fullmatch(text)
    if matched is None:
        return None
    moment = clock.now()
    if matched[1]:
        number = int(matched[3]) * (1 if matched[2] == "+" else -1)
        unit = matched[4].removesuffix("S") + "S"
        moment = _months(moment, number * MONTHS[unit]) if unit in MONTHS else moment + UNITS[unit] * number
    return pattern.parse(pattern.format(moment))


def _months(moment: datetime, number: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + number, 12)
    first_of_next = datetime(year + month // 11, (month + 1) % 12 + 1, 1, tzinfo=moment.tzinfo)
    day = min(moment.day, (first_of_next - timedelta(days=1)).day)
    return moment.replace(year=year, month=month + 1, day=day)


def _range(name: str, own: dict[str, str]) -> tuple[str, str]:
    edges = own.get("range", "").split(",")
    if len(edges) != 2:
        raise _bad(name, f'For input string: "{own.get("range", "")}"')
    return edges[0], edges[1]


def _interval(name: str, own: dict[str, str], default: int) -> int:
    text = own.get("interval", str(default)).strip()
    if not text.isdigit() or int(text) < 1:
        raise _bad(name, f"the interval {text} isn't a positive integer")
    return int(text)


def _bad(name: str, why: str) -> QueryFailed:
    """https://docs.aws.amazon.com/athena/latest/ug/troubleshooting-athena.html has the text of a hyphenated range."""
    return QueryFailed(f"INVALID_TABLE_PROPERTY: {why} (projected partition column {name})")
