# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters of EC2's Describe operations: refuses names that AWS does not know, applies the others.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html: values of one filter are joined by OR,
filters by AND; values are case-sensitive; * and ? are wildcards, a backslash makes them literal.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, TypeVar

from moto.core.utils import get_service_model
from moto.ec2.exceptions import EC2ClientError

Item = TypeVar("Item")
# Reads from an item the value, or list of values, that a filter compares.
Getter = Callable[[Any], Any]


_is_pattern = re.compile(r"[*?\\]").search


@lru_cache(maxsize=4096)
def _pattern(value: str) -> re.Pattern[str]:
    regex = ""
    characters = iter(value)
    for character in characters:
        if character == "\\":
            regex += re.escape(next(characters, "\\"))
        else:
            regex += {"*": ".*", "?": "."}.get(character, re.escape(character))
    return re.compile(regex, re.DOTALL)


def getter(path: str) -> Getter:
    """Return a function that reads the value at a path of names in an item, None if there is none.

    Paths: "State", "Options.DnsSupport", "Routes[].State"; [] stands for each item of a list. Works like JMESPath, in a
    tenth of the time.
    """
    name, _, rest = path.partition(".")
    inner = getter(rest) if rest else None
    key = name.removesuffix("[]")
    if key != name:

        def read_each(item: Any) -> Any:
            values = item.get(key) if isinstance(item, Mapping) else None
            if inner is None or not values:
                return values
            return [found for value in values if (found := inner(value)) is not None]

        return read_each

    def read(item: Any) -> Any:
        value = item.get(key) if isinstance(item, Mapping) else None
        return value if inner is None or value is None else inner(value)

    return read


def _strings(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, list | tuple | set | frozenset):
        return [text for part in value for text in _strings(part)]
    if isinstance(value, datetime):  # "in the ISO 8601 format in the UTC time zone, 2021-09-29T11:04:43.305Z"
        moment = value.astimezone(UTC) if value.tzinfo else value
        return [moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")]
    return [str(value)]


def matcher(wanted: Iterable[str]) -> Callable[[Any], bool]:
    """Return a function that is true for a value, or list of values, if at least one fits a wanted pattern."""
    wanted = list(wanted)
    exact = {value for value in wanted if not _is_pattern(value)}
    patterns = [_pattern(value).fullmatch for value in wanted if value not in exact]

    def matches(actual: Any) -> bool:
        texts = (actual,) if isinstance(actual, str) else _strings(actual)
        return not exact.isdisjoint(texts) or any(pattern(text) for pattern in patterns for text in texts)

    return matches


def apply_filters(
    items: Iterable[Item],
    filters: Mapping[str, list[str]] | Iterable[tuple[str, list[str]]],
    getters: Mapping[str, Getter],
    tags: Callable[[Item], Mapping[str, str]] | None = None,
) -> list[Item]:
    """Return the items that pass all filters; raises InvalidParameterValue, as AWS does, for an unknown filter name.

    filters: {name: [values]}, as `_filters_from_querystring` returns them, or pairs, where a name may come twice.
    getters: {filter name: function that reads the value to compare}; names absent here are unknown.
    tags: returns {key: value} of an item, for tag:KEY, tag-key and tag-value; None for items without tags.
    """
    items = list(items)
    for name, wanted in filters.items() if isinstance(filters, Mapping) else filters:
        if name in getters:
            getter = getters[name]
        elif tags and name.startswith("tag:"):
            getter = lambda item, key=name[4:]: tags(item).get(key)  # noqa: E731
        elif tags and name == "tag-key":
            getter = lambda item: list(tags(item))  # noqa: E731
        elif tags and name == "tag-value":
            getter = lambda item: list(tags(item).values())  # noqa: E731
        else:
            raise unknown_filter(name)
        fits = matcher(wanted)
        items = [item for item in items if fits(getter(item))]
    return items


def unknown_filter(name: str, operation: str | None = None) -> EC2ClientError:
    """Return AWS's error for a filter that it doesn't know, an error that says so for one the emulator lacks."""
    if operation and name.partition(":")[0] in documented_filters(operation):
        return EC2ClientError("InvalidParameterValue", f"The filter '{name}' is not supported by the emulator")
    return EC2ClientError("InvalidParameterValue", f"The filter '{name}' is invalid")


# "You can specify up to 50 filters and up to 200 values per filter" (Using_Filtering); AWS's text counts all values.
MAX_VALUES = 200


def check_number(filters: Iterable[tuple[str, list[str]]], operation: str) -> None:
    """Raise AWS's error for too many values.

    Code of DescribeInstances: quoted in scylladb/scylla-cluster-tests; of DescribeVpcEndpoints: in a commit template
    on GitHub, with the request's id.
    """
    if sum(len(values) for _, values in filters) > MAX_VALUES:
        code = "InvalidParameterValue" if operation.startswith("DescribeVpcEndpoint") else "FilterLimitExceeded"
        raise EC2ClientError(code, "The maximum number of filter values specified on a single call is 200")


@cache
def documented_filters(operation: str) -> frozenset[str]:
    """Return the names in the API model's text about an operation's filters; "tag" stands for tag:KEY."""
    members = get_service_model("ec2").operation_model(operation).input_shape.members
    shape = members.get("Filters") or members.get("Filter")
    names = re.findall(r"<li> *<p> *<code>([^<]+)</code>", shape.documentation) if shape else []
    return frozenset(html.unescape(name).partition(":")[0].strip() for name in names)
