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
    """Reads what a path of names leads to: "State", "Options.DnsSupport", "Routes[].State"; [] stands for each item of
    a list. As JMESPath does, for a tenth of the time."""
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
    """True for a value, or list of values, of which one fits one of the wanted patterns."""
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
        fits = matcher(wanted)
        items = [item for item in items if fits(getter(item))]
    return items


def unknown_filter(name: str) -> EC2ClientError:
    return EC2ClientError("InvalidParameterValue", f"The filter '{name}' is invalid")
