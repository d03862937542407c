# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policy documents in calls: JSON text, also of a document that holds the id of what the same plan creates."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..._core.plan import Ref, leaves, refs, walk
from ..._domain.iam import policy_evaluation

ACCOUNT = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")
NAMED = re.compile(r"arn:[\w-]+:((iam|sts)::[0-9]{12}:(?!root)|cloudtrail:[a-z0-9-]+:[0-9]{12}:trail/[A-Za-z0-9._-]+$)")


class _Json:
    """Form of a Ref: the JSON text of a document, with the Ref's id in it."""

    def __init__(self, document: Any) -> None:
        self._document = document

    def format(self, id_: Any) -> str:
        return json.dumps(
            walk(self._document, lambda leaf: leaf.form.format(id_) if isinstance(leaf, Ref) else leaf),
            separators=(",", ":"),
        )


def text(document: Any) -> Any:
    """Return a document's JSON text without spaces, which AWS's limits count; a Ref that becomes it if it holds Refs.

    All its Refs are to one resource.
    """
    held = next(iter(refs(document)), None)
    return _Json(document).format(None) if held is None else replace(held, form=_Json(document))


def parsed(document: str) -> Any:
    return canonical(json.loads(document))


def canonical(value: Any) -> Any:
    """Return a document in one form, to compare it with AWS's: lists of texts sorted, a list of one as its item.

    AWS may answer a list of one text as that text, and lists in another order (which is why Terraform's AWS provider
    compares policies by github.com/hashicorp/awspolicyequivalence).
    """
    if isinstance(value, Mapping):
        return {key: canonical(item) for key, item in value.items()}
    if not isinstance(value, (list, tuple)):
        return value
    if all(isinstance(item, str) for item in value):
        return value[0] if len(value) == 1 else sorted(value)
    return [canonical(item) for item in value]


def named(documents: Iterable[Any]) -> set[str]:
    """Return the accounts, organizations, ARNs of principals and trails that policies name: who would notice."""
    found: set[str] = set()
    for leaf in leaves([_granted(document) for document in documents]):
        if isinstance(leaf, str):
            found |= {*ACCOUNT.findall(leaf), *ORGANIZATION.findall(leaf)}
            if NAMED.match(leaf):
                found.add(leaf)
    return found


def _granted(document: Any) -> list[Any]:
    statements = policy_evaluation.statements_of(document) if document else []
    parts = ("Principal", "Condition", "Resource")
    return [[one.get(part) for part in parts] for one in statements if one.get("Effect") == "Allow"]


def lost(before: Iterable[Any], after: Iterable[Any]) -> set[str]:
    """Return whom policies named and name no longer; of an account that isn't named at all any more, the account.

    Accounts whose organization is named in their place aren't lost.
    """
    there, stay = named(before), named(after)
    gone = there - stay
    if any(ORGANIZATION.fullmatch(one) for one in stay - there):
        gone = {one for one in gone if not ACCOUNT.search(one)}
    accounts = {one for one in gone if ACCOUNT.fullmatch(one)}
    return {one for one in gone if one in accounts or not accounts & set(ACCOUNT.findall(one))}


def sids(document: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    """Return the statements by their Sid, or by their place where they have none."""
    statements = policy_evaluation.statements_of(document) if document else []
    return {str(one.get("Sid") or f"statement-{number}"): one for number, one in enumerate(statements, 1)}
