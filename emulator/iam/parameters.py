# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parts of a request that permissions are about: texts, tags, and the condition keys of tags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# (ARN, tags of the resource)
Resource = tuple[str, dict[str, str]]


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, str):
        yield value


def pairs(tags: Any) -> dict[str, str]:
    """Return {key: value} of a request's tags, in any shape that a service uses."""
    if isinstance(tags, dict):
        return dict(tags)
    # UntagLogGroup's `tags` are keys; a tag without a key is refused later.
    lower = [{key.lower(): value for key, value in tag.items()} for tag in tags or [] if isinstance(tag, dict)]
    return {tag["key"]: tag.get("value") or "" for tag in lower if "key" in tag}


def resource_tags(tags: dict[str, str]) -> dict[str, str]:
    return {f"aws:resourcetag/{key.lower()}": value for key, value in tags.items()}


def request_tags(tags: dict[str, str], removed: list[str] = ()) -> dict[str, str | list[str]]:
    """Return aws:RequestTag/* and aws:TagKeys, in lower case. `removed`: keys of the tags that the call removes."""
    context: dict[str, str | list[str]] = {f"aws:requesttag/{key.lower()}": value for key, value in tags.items()}
    if tags or removed:
        context["aws:tagkeys"] = [*tags, *removed]
    return context
