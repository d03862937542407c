# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a KMS key of the user's has to allow, compared with what its policy says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..iam import policy_evaluation
from ..iam.policy_evaluation import listed, statements_of


def lacking(wanted: Mapping[str, Any], policy: Mapping[str, Any]) -> list[str]:
    """Return the statements of `wanted`, as JSON text, whose principals or actions a key's policy doesn't allow at all.

    Each principal and action is looked for by itself, also with wildcards. Conditions aren't compared: whoever wrote
    others meant them, and they may be wider. The account's own statement counts as allowed if its policies may allow
    the use of the key at all ("Default key policy").
    """
    allowed = [one for one in statements_of(policy) if one.get("Effect") == "Allow"]
    return [
        json.dumps(one, sort_keys=True)
        for one in statements_of(wanted)
        if one.get("Effect") == "Allow"
        and not all(
            any(_allows(statement, kind, principal, action) for statement in allowed)
            for kind, principal in _principals(one)
            for action in _actions(one)
        )
    ]


def denying(wanted: Mapping[str, Any], policy: Mapping[str, Any]) -> list[str]:
    """Return the statements of a key's policy, as JSON text, that deny what statements of `wanted` allow.

    Those with conditions aren't among them: whoever wrote them meant to deny less, nobody knows how much.
    """
    needed = [
        (kind, principal, action)
        for one in statements_of(wanted)
        if one.get("Effect") == "Allow"
        for kind, principal in _principals(one)
        for action in _actions(one)
    ]
    return [
        json.dumps(one, sort_keys=True)
        for one in statements_of(policy)
        if one.get("Effect") == "Deny"
        and not one.get("Condition")
        and any(_denies(one, kind, principal, action) for kind, principal, action in needed)
    ]


def _denies(statement: Mapping[str, Any], kind: str, principal: str, action: str) -> bool:
    """Return whether a denial is of this action, or of one of those that a wildcard stands for."""
    asked = action.lower()
    patterns = [pattern.lower() for pattern in listed(statement.get("Action"))]
    return _names(statement, kind, principal) and any(
        policy_evaluation.like(asked, pattern) or policy_evaluation.like(pattern, asked) for pattern in patterns
    )


def _principals(statement: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    principal = statement.get("Principal", {})
    if isinstance(principal, str):
        yield "AWS", principal
        return
    for kind, names in principal.items():
        for name in listed(names):
            yield kind, name


def _actions(statement: Mapping[str, Any]) -> list[str]:
    # What the archive's roles need, in place of all that the account itself may do with a key of ours.
    return [
        action
        for name in listed(statement.get("Action"))
        for action in (("kms:Decrypt", "kms:GenerateDataKey") if name == "kms:*" else (name,))
    ]


def _allows(statement: Mapping[str, Any], kind: str, principal: str, action: str) -> bool:
    patterns = listed(statement.get("Action"))
    # A wildcard asked for is allowed by the same or a wider one.
    allowed = any(policy_evaluation.like(action.lower(), pattern.lower()) for pattern in patterns)
    return allowed and _names(statement, kind, principal)


def _names(statement: Mapping[str, Any], kind: str, principal: str) -> bool:
    return any(
        theirs == "*" or (theirs_kind == kind and (theirs == principal or _account(theirs) == _account(principal)))
        for theirs_kind, theirs in _principals(statement)
    )


def _account(principal: str) -> str:
    """Return the account of a principal that is all of an account, in both forms; else the principal itself."""
    return principal.split(":")[4] if principal.endswith(":root") else principal
