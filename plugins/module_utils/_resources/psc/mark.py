# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ownership mark of Google Cloud resources: one line of their description, read and written as the engine's tags.

Most kinds have no labels, and a label's value can't hold a slash or a colon, so the mark of all kinds is in the
description.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..._core import escape
from ..._core.plan import Address
from ..._core.reconcile import NAME_TAG, OWNER_TAG, Actual, Conflict, Renamed, ResourceType, other_name

# Kinds whose description is given at their creation and can't be changed later (discovery document compute v1).
FIXED = ("balancer_rule", "nat_subnet", "psc_address", "psc_endpoint")
LINE = re.compile(rf"^{OWNER_TAG}=(\S+) {NAME_TAG}=(\S+)$", re.MULTILINE)


def renamed(address: Address, id_: Any, owner: str, theirs: str) -> Renamed:
    """Error of a resource to create that exists already, under another name of the same module."""
    otherwise = (
        f"delete what has {theirs} first (state: absent under that name): Google Cloud renames nothing, so {owner}"
        " would be another resource"
    )
    return Renamed(address, id_, owner, theirs, otherwise)


def tags(owner: str, name: str) -> dict[str, str]:
    """Return a resource's tags as declared, for its field `tags`. name: the resource's within its kind."""
    return {OWNER_TAG: owner, NAME_TAG: name}


def text(marks: Mapping[str, str]) -> str:
    """Return the description of a resource with these tags."""
    return f"{OWNER_TAG}={marks[OWNER_TAG]} {NAME_TAG}={marks[NAME_TAG]}"


def read(resource: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags in the description of a resource as the API answers it; {} without a mark.

    Two marks are none: nobody can tell which one holds, and a resource without a mark is left alone.
    """
    found = LINE.findall(resource.get("description") or "")
    return tags(*found[0]) if len(found) == 1 else {}


def is_owned(resource: Mapping[str, Any], owner: str) -> bool:
    """Return true if a resource as the API answers it carries the mark of this owner."""
    return read(resource).get(OWNER_TAG) == owner


def refuse_others(
    kind: ResourceType, wanted: Mapping[str, Mapping[str, Any]], there: Mapping[str, Actual], owner: str
) -> None:
    """Raise Conflict if a resource to create has the name of one that isn't this owner's.

    Raises Renamed if that one has another name of the same module. there: with the field `tags`.
    """
    for name, fields in wanted.items():
        actual = there.get(name)
        if actual is None or actual.managed:
            continue
        address = Address(kind.name, name)
        theirs = actual.fields.get("tags", {}).get(OWNER_TAG, "")
        if other_name(owner, theirs):
            raise renamed(address, actual.id, owner, theirs)
        next_ = "Delete it, or choose another name"
        if kind.name not in FIXED:
            next_ = f"Delete it, choose another name, or {_handing_over(fields['tags'])}"
        raise Conflict(f"{address}: {actual.id} exists and isn't closednet's ({_whose(theirs)}). {next_}")


def _whose(theirs: str) -> str:
    return f"its {OWNER_TAG} is {escape.short(theirs)}" if theirs else f"its description has no {OWNER_TAG}"


def _handing_over(marks: Mapping[str, str]) -> str:
    return f"hand it over: set its description to {escape.literal(text(marks))}"


def losing(kind: ResourceType, actual: Actual, name: str, owner: str, lost: Sequence[str]) -> str:
    """Return why nothing is deleted while a resource of others uses what is to be deleted, in words.

    name: that of the resource within its kind if it has the name of this owner's, else ""; lost: ids of what it uses.
    """
    theirs = actual.fields.get("tags", {}).get(OWNER_TAG, "")
    next_ = "Delete it first"
    if name and kind.name not in FIXED:
        next_ += f", or {_handing_over(tags(owner, name))}"
    return (
        f"{kind.name}: {actual.id} isn't closednet's ({_whose(theirs)}), and would lose {', '.join(lost)}, which it"
        f" uses. {next_}"
    )


def refuse_renamed(
    kind: ResourceType,
    wanted: Mapping[str, Mapping[str, Any]],
    there: Mapping[str, Actual],
    owner: str,
    same: Callable[[Mapping[str, Any], Mapping[str, Any]], bool],
) -> None:
    """Raise Renamed if what is to be created exists already under another name of the same module.

    there: all of the kind, with those of other names as not managed. same: (fields declared, fields found) -> true if
    both use what only one of them can use.
    """
    for name, fields in wanted.items():
        if name in there:
            continue
        for actual in there.values():
            theirs = actual.fields.get("tags", {}).get(OWNER_TAG, "")
            if not actual.managed and other_name(owner, theirs) and same(fields, actual.fields):
                raise renamed(Address(kind.name, name), actual.id, owner, theirs)
