# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings about permissions that roles lack, from answers of iam:SimulatePrincipalPolicy. access: see references.py"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ..iam.policy_evaluation import Request, judge
from . import unread
from .facts import Facts, Item
from .findings import CAUSE, UNKNOWN, Finding
from .role_permissions import PermissionNeed
from .vpc import endpoint_of

ALLOWED = "allowed"


def was_read(access: Item, kind: str, name: str) -> tuple[bool, Any]:
    """Return (true if the name was read, what was read)."""
    items = access.get(kind, {})
    return name in items, items.get(name)


def question(need: PermissionNeed, facts: Facts) -> dict[str, Any]:
    """Build the arguments of SimulatePrincipalPolicy for a need.

    Each kind of resource and endpoint has a call of its own, so that conditions on the context of other calls don't
    count as denials.
    """
    known = {"aws:SecureTransport": ("boolean", "true"), "aws:RequestedRegion": ("string", facts["region"])}
    endpoint = endpoint_of(need.service, facts)
    if endpoint:
        known["aws:SourceVpc"] = ("string", facts["vpc_id"])
        known["aws:SourceVpce"] = ("string", endpoint["VpcEndpointId"])
    if facts.get("Organization", {}).get("Id"):
        known["aws:PrincipalOrgID"] = ("string", facts["Organization"]["Id"])
    known |= {key: ("string", value) for key, value in need.context}
    return {
        "PolicySourceArn": need.role,
        "ActionNames": list(need.actions),
        "ResourceArns": list(need.resources),
        "ContextEntries": [
            {"ContextKeyName": key, "ContextKeyType": kind, "ContextKeyValues": [value]}
            for key, (kind, value) in sorted(known.items())
        ],
    }


def findings(wanted: Collection[PermissionNeed], facts: Facts, access: Item) -> Iterator[Finding]:
    answers = {_key(answer): answer for answer in access.get("Simulations", ())}
    for need in wanted:
        answer = answers.get(_key(question(need, facts)))
        if answer is None or "EvaluationResults" not in answer:
            yield _not_simulated(need, answer or {}, facts, access)
            continue
        for result in answer["EvaluationResults"]:
            for part in result.get("ResourceSpecificResults") or [result]:
                yield from _decided(need, result, part, access)


def _key(asked: Mapping[str, Any]) -> tuple[Any, ...]:
    return asked["PolicySourceArn"], tuple(asked["ActionNames"]), tuple(asked["ResourceArns"])


def _not_simulated(need: PermissionNeed, answer: Mapping[str, Any], facts: Facts, access: Item) -> Finding:
    error = answer.get("Error")
    if error == "NoSuchEntity" and f"::{facts['account_id']}:" in need.role:
        fix = "correct the role's name in the workload, or create the role"
        message = f"the {need.purpose} doesn't exist"
        return Finding("iam_role_missing_permission", CAUSE, need.role, message, fix, {"Error": error})
    told = {**access, "unread": {"Simulations": f"IAM answers {error} for it"}} if error else access
    return unread.of_reference(told, "Simulations", need.role)


def _decided(
    need: PermissionNeed, result: Mapping[str, Any], part: Mapping[str, Any], access: Item
) -> Iterator[Finding]:
    decision = part.get("EvalResourceDecision") or part["EvalDecision"]
    if decision == ALLOWED:
        return
    action = result["EvalActionName"]
    resource = part.get("EvalResourceName") or need.resources[0]
    verdict = False if decision == "explicitDeny" else _by_resource(access, need.role, action, resource)
    missing = sorted({*result.get("MissingContextValues", ()), *part.get("MissingContextValues", ())})
    if verdict:
        return
    unsure = verdict is None or bool(missing)
    why = f"; conditions ask for {', '.join(missing)}, which can't be known" if missing else ""
    by_organization = (result.get("OrganizationsDecisionDetail") or {}).get("AllowedByOrganizations") is False
    by_boundary = (result.get("PermissionsBoundaryDecisionDetail") or {}).get("AllowedByPermissionsBoundary") is False
    who = "a policy of the organization denies" if by_organization else f"the {need.purpose} lacks"
    who = "the role's permissions boundary denies" if by_boundary and not by_organization else who
    yield Finding(
        "iam_role_missing_permission",
        UNKNOWN if unsure else CAUSE,
        need.role,
        f"{who} {action} on {resource}{why}",
        f"allow {action} on {resource}",
        {"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": decision},
        (need.service,),
    )


def _by_resource(access: Item, role: str, action: str, resource: str) -> bool | None:
    """Return true if the resource's own policy, which the simulation doesn't see, allows the action.

    None if that policy wasn't read or can't be judged.
    """
    service, rest = action.partition(":")[0], resource.rpartition(":")[2]
    kind, name = {
        "secretsmanager": ("SecretPolicies", _name_of(access, "Secrets", "ARN", resource)),
        "ecr": ("RepositoryPolicies", rest.removeprefix("repository/")),
        "s3": ("BucketPolicies", rest.partition("/")[0]),
        "kms": ("KeyPolicies", _name_of(access, "Keys", "Arn", resource)),
    }.get(service, ("", ""))
    if not kind or resource == "*":
        return False
    is_read, document = was_read(access, kind, name)
    if not is_read:
        return None
    return judge(document, Request(action, resource, (role,)))[0] if document else False


def _name_of(access: Item, kind: str, field: str, arn: str) -> str:
    """Return the resource's name as the workload has it: an id, a name, an alias, an ARN."""
    named: Mapping[str, Item | None] = access.get(kind, {})
    return {item[field]: name for name, item in named.items() if item and field in item}.get(arn, arn)
