# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Encoded authorization messages, which say to who may decode them why EC2 refused a call.

https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html; the members of the decoded
message as in https://docs.aws.amazon.com/IAM/latest/UserGuide/sts_example_sts_DecodeAuthorizationMessage_section.html.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import zlib
from typing import Any

from emulator.iam.conditions import as_list
from emulator.iam.policy import EXPLICIT_DENY, Decision, Request, Statement
from emulator.principals import Principal

_SIGNED = 16
_KEY = secrets.token_bytes(32)


def encoded(principal: Principal, request: Request, decision: Decision) -> str:
    """Return the encoded message of a refusal."""
    packed = zlib.compress(json.dumps(_message(principal, request, decision), separators=(",", ":")).encode())
    return base64.urlsafe_b64encode(_signature(packed) + packed).decode().rstrip("=")


def decoded(text: str) -> str | None:
    """Return the JSON of an encoded message, None for a text that isn't one of the emulator's."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    if not hmac.compare_digest(_signature(raw[_SIGNED:]), raw[:_SIGNED]):
        return None
    return zlib.decompress(raw[_SIGNED:]).decode()


def _signature(packed: bytes) -> bytes:
    return hmac.digest(_KEY, packed, hashlib.sha256)[:_SIGNED]


def _message(principal: Principal, request: Request, decision: Decision) -> dict[str, Any]:
    user_id = request.context.get("aws:userid")
    who = {"id": user_id, "arn": principal.arn}
    if principal.user_name:
        who["name"] = principal.user_name
    keys = {key: value for key, value in request.context.items() if not key.startswith("aws:principal")}
    return {
        "allowed": False,
        "explicitDeny": decision.decision == EXPLICIT_DENY,
        "matchedStatements": {"items": [_statement(one, user_id) for one in decision.statements]},
        "failures": {"items": []},
        "context": {
            "principal": who,
            "action": request.action,
            "resource": request.resource,
            "conditions": {"items": [{"key": key, "values": _items(value)} for key, value in keys.items()]},
        },
    }


def _items(values: Any) -> dict[str, Any]:
    return {"items": [{"value": value} for value in as_list(values)]}


def _statement(statement: Statement, user_id: Any) -> dict[str, Any]:
    body = statement.body
    conditions = [
        {"key": key, "values": _items(values), "operator": operator}
        for operator, keys in body.get("Condition", {}).items()
        for key, values in keys.items()
    ]
    return {
        "statementId": statement.sid,
        "effect": "ALLOW" if statement.allows else "DENY",
        "principals": _items([str(user_id).partition(":")[0]]),
        "principalGroups": {"items": []},
        "actions": _items(body.get("Action", body.get("NotAction", []))),
        "resources": _items(body.get("Resource", body.get("NotResource", []))),
        "conditions": {"items": conditions},
    }
