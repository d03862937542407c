# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policies of VPC endpoints in words. They decide on requests, by principal, action and resource, and not on packets.

https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

OPEN = "endpoint policy: lets every request through, as far as the service's own policies do"
MOST = 4
LONGEST = 300


def told(endpoint: Mapping[str, Any]) -> list[str]:
    """Return each statement of an endpoint's policy in words; [] if the snapshot has none."""
    text = endpoint.get("PolicyDocument")
    if not text:
        return []
    try:
        document = json.loads(text)
        statements = _as_list(document["Statement"])
        return [_statement(one) for one in statements] or ["endpoint policy: no statement, so no request passes"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return ["endpoint policy: isn't JSON of a policy, so what it lets through isn't known"]


def _statement(statement: Mapping[str, Any]) -> str:
    principal, action, resource = (_listed(statement, key) for key in ("Principal", "Action", "Resource"))
    condition = statement.get("Condition")
    if (statement["Effect"], principal, action, resource, condition) == ("Allow", "*", "*", "*", None):
        return OPEN
    named = f" {statement['Sid']}" if statement.get("Sid") else ""
    written = json.dumps(condition, sort_keys=True)
    shown = written if len(written) <= LONGEST else f"{written[:LONGEST]}..."
    when = f", if {shown}" if condition else ""
    verb = "allows" if statement["Effect"] == "Allow" else "denies"
    return f"endpoint policy{named}: {verb} {action} on {resource} for {principal}{when}; decided by request"


def _listed(statement: Mapping[str, Any], key: str) -> str:
    """Return a member, or that it is all but those of NotPrincipal, NotAction or NotResource."""
    if f"Not{key}" in statement:
        return f"all but {_words(statement[f'Not{key}'])}"
    return _words(statement.get(key, "*"))


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        flat = [one for each in value.values() for one in _as_list(each)]
        return "*" if flat == ["*"] else _words(flat)
    items = [str(one) for one in _as_list(value)]
    more = f" and {len(items) - MOST} more" if len(items) > MOST else ""
    return ", ".join(items[:MOST]) + more


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]
