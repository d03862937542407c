# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Prefixes of S3 objects with expressions !{namespace:value}, and the names of objects.

https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html, .../s3-object-name.html
"""

from __future__ import annotations

import datetime
import re
import secrets
import zoneinfo
from collections.abc import Mapping
from uuid import uuid4

EXPRESSION = re.compile(r"!\{([^{}:]*):([^{}]*)\}")
LAMBDA, QUERY, ERROR_TYPE = "partitionKeyFromLambda", "partitionKeyFromQuery", "!{firehose:error-output-type}"
# Java's DateTimeFormatter -> strftime, as far as it is supported.
_FIELDS = {
    "yyyy": "%Y",
    "uuuu": "%Y",
    "YYYY": "%G",
    "yy": "%y",
    "MM": "%m",
    "dd": "%d",
    "DDD": "%j",
    "HH": "%H",
    "hh": "%I",
    "mm": "%M",
    "ss": "%S",
    "SSS": "%f",
    "a": "%p",
    "E": "%a",
    "EEE": "%a",
    "EEEE": "%A",
    "MMM": "%b",
    "MMMM": "%B",
}
_DATE_PART = re.compile(r"'([^']*)'|([A-Za-z])\2*|[^A-Za-z']+")


class PrefixError(ValueError):
    """A prefix that Firehose refuses, or whose expression isn't supported here; the text says which."""


class MissingKey(KeyError):
    """Partition key that a prefix names and a record doesn't have."""


def namespaces(prefix: str) -> set[str]:
    return {namespace for namespace, _value in EXPRESSION.findall(prefix)}


def checked(prefix: str, name: str) -> None:
    """Raise PrefixError unless all expressions are valid. name: Prefix or ErrorOutputPrefix.

    The text about the conversion character is AWS's, from a third party's dry runs of CreateDeliveryStream.
    """
    if "!{" in EXPRESSION.sub("", prefix):
        raise PrefixError(f'The sequence "!{{" can only appear in !{{namespace:value}} expressions, in {name}')
    for namespace, value in EXPRESSION.findall(prefix):
        if namespace == "firehose" and value in ("error-output-type", "random-string"):
            continue
        if namespace in (LAMBDA, QUERY) and value:
            continue
        if namespace == "timestamp":
            _formatted(value, datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc))
            continue
        raise PrefixError(f"Invalid conversion character used in the value of the expression in {name}")


def evaluated(
    prefix: str,
    when: datetime.datetime,
    keys: Mapping[str, str] | None = None,
    error_type: str = "",
) -> str:
    """Return the prefix with its expressions evaluated. when: arrival of the object's oldest record, in its time zone.

    Raises MissingKey for a partition key that the record lacks.
    """

    def value_of(found: re.Match[str]) -> str:
        namespace, value = found[1], found[2]
        if namespace == "timestamp":
            return _formatted(value, when)
        if namespace == "firehose":
            return error_type if value == "error-output-type" else _random()
        if not keys or value not in keys:
            raise MissingKey(value)
        return str(keys[value])

    return EXPRESSION.sub(value_of, prefix)


def data_prefix(prefix: str, when: datetime.datetime, keys: Mapping[str, str] | None) -> str:
    """Return the prefix of an object with data. "If you specify a prefix that doesn't contain a timestamp namespace
    expression, Firehose appends the expression !{timestamp:yyyy/MM/dd/HH/}"; with dynamic partitioning not: its
    example has none (dynamic-partitioning-s3bucketprefix)."""
    found = namespaces(prefix)
    if "timestamp" not in found and not found & {LAMBDA, QUERY}:
        prefix += "!{timestamp:yyyy/MM/dd/HH/}"
    return evaluated(prefix, when, keys)


def error_prefix(prefix: str, error_prefix: str | None, when: datetime.datetime, error_type: str) -> str:
    """Return the prefix of an object with errors: that of the page's rules where there is no ErrorOutputPrefix."""
    if error_prefix is None:
        return evaluated(f"{prefix}{error_type}/!{{timestamp:yyyy/MM/dd/HH/}}", when)
    if not namespaces(error_prefix):
        # "myFirehoseFailures/" without expressions: as for Prefix, the time is appended; the type isn't in the path.
        return evaluated(f"{error_prefix}{error_type}/!{{timestamp:yyyy/MM/dd/HH/}}", when)
    return evaluated(error_prefix, when, error_type=error_type)


def suffix(stream: str, version: str, when: datetime.datetime, extension: str) -> str:
    return f"{stream}-{version}-{when.strftime('%Y-%m-%d-%H-%M-%S')}-{uuid4()}{extension}"


def zone(name: str | None) -> datetime.tzinfo:
    """Return a time zone by its name. Raises PrefixError for an unknown one."""
    try:
        return zoneinfo.ZoneInfo(name) if name and name != "UTC" else datetime.timezone.utc
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise PrefixError(f"CustomTimeZone {name} is not supported") from None


def _formatted(value: str, when: datetime.datetime) -> str:
    text = ""
    for part in _DATE_PART.finditer(value):
        if not part[2]:
            text += part[1] if part[1] is not None else part[0]
        elif part[0] in _FIELDS:
            text += when.strftime(_FIELDS[part[0]])[: 3 if part[0] == "SSS" else None]
        else:
            raise PrefixError(f"Invalid conversion character used in the value of the expression: {part[0]}")
    return text


def _random() -> str:
    return secrets.token_hex(6)[:11]
