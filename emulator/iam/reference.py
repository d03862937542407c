# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Service Authorization Reference: resource types, ARNs, condition keys and dependent actions of every action.

https://docs.aws.amazon.com/service-authorization/latest/reference/, one page for each service; service_authorization/
has them as tools/service_authorization.py writes them.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parent / "service_authorization"
VARIABLE = re.compile(r"\$\{(\w+)\}")
# An ending of a condition key that stands for any: ec2:ResourceTag/${TagKey}, ssm:resourceTag/tag-key.
_ANY = re.compile(r"/(\$\{\w+\}|tag-key)?$")

_OF_REQUEST = {"aws:requesttag/", "aws:tagkeys"}


class Row(NamedTuple):
    """Resource type of an action. keys: condition keys in lower case; one that ends in "/" stands for all below it.

    is_new: the action creates it: the tags of the request describe it, those of a resource don't.
    """

    type: str
    required: bool
    keys: frozenset[str]
    is_new: bool


@dataclass(frozen=True)
class Page:
    """Page of one service. arns: {resource type: ARN with ${Variables}}; needs: {action: dependent actions}."""

    arns: dict[str, str]
    rows: dict[str, tuple[Row, ...]]
    # Keys of an action that go with all its resources, and with none.
    common: dict[str, frozenset[str]]
    needs: dict[str, tuple[str, ...]]


@functools.cache
def page(prefix: str) -> Page | None:
    """Return a service's page by its IAM prefix, None for a service that the emulator doesn't claim."""
    file = FOLDER / f"{prefix}.json"
    if not file.is_file():
        return None
    read: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    sets = [frozenset(_ANY.sub("/", key).lower() for key in keys) for keys in read["key_sets"]]
    # "Resource condition keys", which the table of an action doesn't repeat; EC2's table of actions has them all.
    more = {type_: sets[number] - _OF_REQUEST for type_, number in read["resource_keys"].items() if prefix != "ec2"}
    rows, common = {}, {}
    for action, types in read["actions"].items():
        named = ((name.removesuffix("*"), name.endswith("*"), sets[number]) for name, number in types.items() if name)
        rows[action] = tuple(_row(type_, needed, keys | more.get(type_, frozenset())) for type_, needed, keys in named)
        common[action] = sets[types[""]] if "" in types else frozenset()
    return Page(read["resources"], rows, common, {name: tuple(needs) for name, needs in read["needs"].items()})


def _row(type_: str, required: bool, keys: frozenset[str]) -> Row:
    return Row(type_, required, keys, "aws:requesttag/" in keys and "aws:resourcetag/" not in keys)


def rows(prefix: str, action: str) -> tuple[Row, ...] | None:
    """Return the resource types of an action, () for one that knows none; None for one that the reference lacks."""
    found = page(prefix)
    return found.rows.get(action) if found else None


@functools.cache
def keys_of(prefix: str, action: str, type_: str | None = None) -> frozenset[str] | None:
    """Return the condition keys of an action on a type of resource; None for one that the reference lacks.

    type_: None for the keys of all types of the action.
    """
    found = page(prefix)
    if found is None or action not in found.rows:
        return None
    of_types = (row.keys for row in found.rows[action] if type_ in (None, row.type))
    return found.common[action].union(*of_types)


def is_listed(key: str, keys: frozenset[str]) -> bool:
    """Return true if a condition key, in lower case, is one of an action's."""
    return key in keys or f"{key.partition('/')[0]}/" in keys


@functools.cache
def pattern_of(arn: str) -> re.Pattern[str]:
    """Compile an ARN of the reference; its variables are the groups."""
    text = re.escape(arn).replace(r"\$\{", "${").replace(r"\}", "}")
    seen: set[str] = set()

    def group(found: re.Match[str]) -> str:
        name = found[1]
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        plain = {"Partition": r"[\w-]+", "Region": r"[\w-]*", "Account": r"(?:\d{12})?|aws"}
        return f"(?P<{name}>{plain.get(name, '[^:]+')})"

    return re.compile(VARIABLE.sub(group, text))
