# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an endpoint policy does with calls, as far as it can be said without knowing the call: True, False or None.

Only the policy of the endpoint is looked at. Every call has to be allowed by the identity's and the resource's policy,
too (https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

Verdict: TypeAlias = "bool | None"  # None: can't be said

# Suffixes of endpoint services whose IAM actions have another prefix than the suffix' first part.
PREFIXES = {
    "monitoring": "cloudwatch",
    "kinesis-streams": "kinesis",
    "kinesis-firehose": "firehose",
    "ecs-agent": "ecs",
    "ecs-telemetry": "ecs",
    "aps-workspaces": "aps",
    "studio": "sagemaker",
    "notebook": "sagemaker",
}


@dataclass(frozen=True)
class Request:
    """action: `s3:GetObject`, or `ecr:*` for any of the service; resource: "" for any of one's own; principals: ARNs
    and ids that stand for who calls, none: nobody of ours; context: condition key in lower case -> value, None: the
    request hasn't the key; a key that isn't in it can't be known.
    """

    action: str
    resource: str = ""
    principals: Sequence[str] = ()
    context: Mapping[str, str | None] = field(default_factory=dict)


def action_prefix(service: str) -> str:
    return PREFIXES.get(service, service.partition(".")[0])


def own_request(service: str, endpoint_id: str, facts: Mapping[str, Any], role_arn: str | None) -> Request:
    """Any call of the service to a resource of the own account, by the role or whoever it is in the account."""
    account, partition = facts["account_id"], facts["partition"]
    context: dict[str, str | None] = {
        "aws:principalaccount": account,
        "aws:resourceaccount": account,
        "aws:sourcevpc": facts["vpc_id"],
        "aws:sourcevpce": endpoint_id,
        "aws:principalisawsservice": "false",
    }
    if "Organization" in facts:
        context |= dict.fromkeys(("aws:principalorgid", "aws:resourceorgid"), facts["Organization"].get("Id"))
    if role_arn:
        context["aws:principalarn"] = role_arn
    principals = [account, f"arn:{partition}:iam::{account}:root", *([role_arn] if role_arn else [])]
    return Request(f"{action_prefix(service)}:*", "", principals, context)


def request_for_object(arn: str, endpoint_id: str, vpc_id: str) -> Request:
    """Reading objects that AWS keeps. Who reads is no principal of ours, and no service's either: ECR's page asks for a
    grant of its own (https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html; inferred).
    """
    nobody = ("aws:principalorgid", "aws:principalaccount", "aws:resourceorgid", "aws:resourceaccount")
    context = {
        **dict.fromkeys(nobody),
        "aws:principalisawsservice": "false",
        "aws:sourcevpc": vpc_id,
        "aws:sourcevpce": endpoint_id,
    }
    return Request("s3:GetObject", arn, (), context)


def judge(document: str | None, request: Request) -> tuple[Verdict, str]:
    """Whether the policy lets the request through, and which statement or lack of one says so."""
    if not document:
        return True, "no policy: everything"
    try:
        statements = json.loads(document)["Statement"]
    except (ValueError, KeyError, TypeError):
        return None, "the policy can't be read"
    statements = statements if isinstance(statements, list) else [statements]
    judged = [(statement, _matches(statement, request)) for statement in statements]
    denials = [(s, verdict) for s, verdict in judged if s.get("Effect") == "Deny" and verdict is not False]
    grants = [(s, verdict) for s, verdict in judged if s.get("Effect") == "Allow" and verdict is not False]
    for statement, verdict in denials:
        if verdict:
            return False, f"{_name(statement)} denies it"
    if denials:
        return None, f"{_name(denials[0][0])} may deny it"
    for statement, verdict in grants:
        if verdict:
            return True, f"{_name(statement)} allows it"
    if grants:
        return None, f"{_name(grants[0][0])} allows some of it"
    return False, "no statement allows it"


def _name(statement: Mapping[str, Any]) -> str:
    return f"statement {statement['Sid']}" if statement.get("Sid") else "a statement without Sid"


def _matches(statement: Mapping[str, Any], request: Request) -> Verdict:
    return _all(
        [
            _principal(statement, request),
            _action(statement, request),
            _resource(statement, request),
            *(
                _condition(operator, key, values, request)
                for operator, pairs in statement.get("Condition", {}).items()
                for key, values in pairs.items()
            ),
        ]
    )


def _all(verdicts: Sequence[Verdict]) -> Verdict:
    if any(verdict is False for verdict in verdicts):
        return False
    return None if None in verdicts else True


def _listed(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _principal(statement: Mapping[str, Any], request: Request) -> Verdict:
    if "Principal" not in statement:
        return None
    principal = statement["Principal"]
    named = _listed(principal.get("AWS", [])) if isinstance(principal, Mapping) else _listed(principal)
    if "*" in named or set(named) & set(request.principals):
        return True
    # One role may be meant where all of the account were asked for.
    return None if request.principals else False


def _action(statement: Mapping[str, Any], request: Request) -> Verdict:
    if "Action" not in statement:
        return None
    patterns = [pattern.lower() for pattern in _listed(statement["Action"])]
    action = request.action.lower()
    if any(fnmatchcase(action, pattern) for pattern in patterns):
        return True
    return None if action.endswith(":*") else False


def _resource(statement: Mapping[str, Any], request: Request) -> Verdict:
    if "Resource" not in statement:
        return None
    patterns = _listed(statement["Resource"])
    if "*" in patterns:
        return True
    if not request.resource:
        return None
    if any(fnmatchcase(request.resource, pattern) for pattern in patterns):
        return True
    # A part of these objects.
    return None if any(fnmatchcase(pattern, request.resource) for pattern in patterns) else False


def _condition(operator: str, key: str, values: Any, request: Request) -> Verdict:
    key = key.lower()
    if key not in request.context:
        return None
    if_exists = operator.endswith("IfExists")
    plain = operator.removesuffix("IfExists")
    value, wanted = request.context[key], _listed(values)
    negated = plain in ("StringNotEquals", "StringNotLike", "ArnNotEquals", "ArnNotLike")
    if plain.replace("Not", "") in ("StringLike", "ArnLike", "ArnEquals"):
        # ArnEquals takes wildcards, too.
        same = value is not None and any(fnmatchcase(value, pattern) for pattern in wanted)
    elif plain in ("StringEquals", "StringNotEquals"):
        same = value in wanted
    elif plain == "Bool":
        same = value in [item.lower() for item in wanted]
    else:
        return None
    if value is None:
        return if_exists or negated
    return same != negated
