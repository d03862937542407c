# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters of EC2's Describe operations: refuses names that AWS does not know, applies the others.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html: values of one filter are joined by OR,
filters by AND; values are case-sensitive; * and ? are wildcards, a backslash makes them literal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

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
    filters: Mapping[str, list[str]],
    getters: Mapping[str, Getter],
    tags: Callable[[Item], Mapping[str, str]] | None = None,
) -> list[Item]:
    """Return the items that pass all filters; raises InvalidParameterValue, as AWS does, for an unknown filter name.

    filters: {name: [values]}, as `_filters_from_querystring` returns them.
    getters: {filter name: function that reads the value to compare}; names absent here are unknown.
    tags: returns {key: value} of an item, for tag:KEY, tag-key and tag-value; None for items without tags.
    """
    items = list(items)
    for name, wanted in filters.items():
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


def unknown_filter(name: str) -> EC2ClientError:
    return EC2ClientError("InvalidParameterValue", f"The filter '{name}' is invalid")
