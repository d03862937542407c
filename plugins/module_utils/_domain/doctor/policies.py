# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verdicts of policies on calls, as far as they are known without the call itself: True, False or None (unknown).

Each verdict is on one policy, of an endpoint or of a resource. AWS allows a call only if the endpoint's, the identity's
and the resource's policies all allow it (https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..iam import policy_evaluation
from ..iam.policy_evaluation import Request, Verdict
from .facts import Facts, Item
from .findings import CAUSE, UNKNOWN, Finding
from .target import Target

# {suffix of an endpoint service: prefix of its IAM actions}, where it isn't the suffix's first part.
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


def ask_for_organization(facts: Mapping[str, Any]) -> bool:
    """Return true if an endpoint's policy has a condition on an organization id."""
    return any("OrgID" in (endpoint.get("PolicyDocument") or "") for endpoint in facts.get("VpcEndpoints", ()))


def action_prefix(service: str) -> str:
    """Return the prefix of an endpoint service's IAM actions."""
    return PREFIXES.get(service, service.partition(".")[0])


def own_request(service: str, endpoint_id: str, facts: Facts, role_arn: str | None) -> Request:
    """Build the request for any call of the service on the account's own resources, by the role or anyone in it."""
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
    """Build the request that reads S3 objects which AWS owns.

    Its caller is neither a principal of the account nor an AWS service: ECR's page asks for a separate grant
    (https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html; inferred).
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
    """Return the verdict of an endpoint's policy, and in words the statement, or lack of one, that decides."""
    return policy_evaluation.judge(document, request) if document else (True, "no policy: everything")


def findings(facts: Facts, target: Target, service: str, endpoint: Item) -> Iterator[Finding]:
    """Findings for what the endpoint's policy denies: calls by the account's principals, reads of AWS's objects."""
    id_ = endpoint["VpcEndpointId"]
    request = own_request(service, id_, facts, target.role_arn)
    asked = [("endpoint_policy_denies", f"calls of {facts['account_id']}'s principals", request)]
    asked += [
        (
            "os_repo_or_update_host" if ":::al2023-repos-" in arn else "endpoint_policy_denies",
            f"reading {arn}, which AWS keeps",
            request_for_object(arn, id_, facts["vpc_id"]),
        )
        for arn in (target.objects if service == "s3" else ())
    ]
    for cause, what, asked_for in asked:
        allowed, why = judge(endpoint.get("PolicyDocument"), asked_for)
        if not allowed:
            yield Finding(
                cause,
                UNKNOWN if allowed is None else CAUSE,
                id_,
                f"the endpoint's policy {'denies' if allowed is False else 'may deny'} {what}: {why}",
                f"closed_vpc_endpoints: policy_scope, or policies.{service}; without, it allows the organization"
                " and what AWS keeps for the workloads",
                {"VpcEndpoints[].PolicyDocument": endpoint["PolicyDocument"]},
                (service,),
            )


# Condition keys about the network or organization that a call comes from.
SOURCE_KEYS = {
    "aws:sourcevpce",
    "aws:sourcevpc",
    "aws:sourceip",
    "aws:vpcsourceip",
    "aws:principalorgid",
    "aws:resourceorgid",
}


def denial(document: str, request: Request) -> tuple[Verdict, str]:
    """Return true if a statement with a condition on the calls' source denies the request, None if it may, and which.

    None, too, if the policy can't be read.
    """
    try:
        statements = policy_evaluation.statements_of(document)
    except ValueError:
        return None, "the policy can't be read"
    asking = [s for s in statements if s.get("Effect") == "Deny" and _conditions(s) & SOURCE_KEYS]
    judged = [(policy_evaluation.matches(statement, request), statement) for statement in asking]
    for wanted in (True, None):
        for verdict, statement in judged:
            if verdict is wanted:
                asked = json.dumps(statement["Condition"], sort_keys=True)
                return wanted, f"{policy_evaluation.name(statement)} asks for {asked}"
    return False, "no statement does"


def _conditions(statement: Mapping[str, Any]) -> set[str]:
    return {key.lower() for pairs in statement.get("Condition", {}).values() for key in pairs}


def admits_service(document: str, principal: str, action: str) -> Verdict:
    """Return true if a resource's policy allows an action to an AWS service, None if it can't be known.

    principal: the service's, such as logs.eu-central-1.amazonaws.com
    """
    try:
        statements = policy_evaluation.statements_of(document)
    except ValueError:
        return None
    asked = Request(action, None, None)
    named = [s for s in statements if principal in _services(s.get("Principal")) or s.get("Principal") == "*"]
    verdicts = [
        policy_evaluation.matches(statement, asked) for statement in named if statement.get("Effect") == "Allow"
    ]
    return policy_evaluation.any_of(verdicts)


def _services(principal: Any) -> list[str]:
    return policy_evaluation.listed(principal.get("Service", [])) if isinstance(principal, Mapping) else []
