# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2 describe filters: a name that AWS does not know is refused, a known one filters.

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


def _strings(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, list | tuple | set | frozenset):
        return [text for part in value for text in _strings(part)]
    return [str(value)]


def matches(actual: Any, wanted: Iterable[str]) -> bool:
    """True if one of the actual values fits one of the wanted patterns."""
    actual = _strings(actual)
    return any(_pattern(value).fullmatch(text) for value in wanted for text in actual)


def apply_filters(
    items: Iterable[Item],
    filters: Mapping[str, list[str]],
    getters: Mapping[str, Getter],
    tags: Callable[[Item], Mapping[str, str]] | None = None,
) -> list[Item]:
    """The items that pass all filters.

    filters: {name: [values]}, as `_filters_from_querystring` gives them.
    getters: {filter name: what it compares}; a name absent here is refused as AWS refuses it.
    tags: {key: value} of an item, for tag:KEY, tag-key and tag-value; None for items without tags.
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
        items = [item for item in items if matches(getter(item), wanted)]
    return items


def unknown_filter(name: str) -> EC2ClientError:
    return EC2ClientError("InvalidParameterValue", f"The filter '{name}' is invalid")
