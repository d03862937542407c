# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policy simulator: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html

A context key has a value only if ContextEntries gives one: the simulator's own defaults are not documented.
StartPosition and EndPosition of matched statements are left out, and with them EvalDecisionDetails.
PolicyExclusionList, ResourceHandlingOption, paging and SimulateCustomPolicy's SCPs are refused.
"""

from __future__ import annotations

from typing import Any

from moto.iam.models import IAMBackend

from emulator.iam.authorization import attached_policies, boundary_of, role_by_arn, service_control_policies
from emulator.iam.conditions import PolicyError
from emulator.iam.models import IAMError
from emulator.iam.policy import (
    ALLOWED,
    EXPLICIT_DENY,
    IMPLICIT_DENY,
    Caller,
    Decision,
    Policy,
    Request,
    Sources,
    Verdict,
    decide,
    evaluate,
)

_UNSUPPORTED = ("PolicyExclusionList", "ResourceHandlingOption", "Marker", "OrderedOrganizationPolicyInputList")


def simulate_principal(parameters: dict[str, Any], backend: IAMBackend) -> dict[str, Any]:
    arn = parameters["PolicySourceArn"]
    entity = _entity(backend, arn)
    if entity is None:
        raise IAMError("NoSuchEntity", f"The entity with arn {arn} cannot be found.")
    identity = attached_policies(backend, entity) + _given(parameters, "PolicyInputList")
    boundary = _given(parameters, "PermissionsBoundaryPolicyInputList") or boundary_of(backend, entity)
    return _simulate(parameters, identity, boundary, parameters.get("CallerArn", arn), backend.account_id)


def simulate_custom(parameters: dict[str, Any], account_id: str) -> dict[str, Any]:
    boundary = _given(parameters, "PermissionsBoundaryPolicyInputList") or None
    if parameters.get("ResourcePolicy") and not parameters.get("CallerArn"):
        raise IAMError("InvalidInput", "CallerArn is required if you include a ResourcePolicy.")
    caller = parameters.get("CallerArn", "")
    return _simulate(parameters, _given(parameters, "PolicyInputList"), boundary, caller, account_id)


def _entity(backend: IAMBackend, arn: str) -> Any:
    entities = (*backend.users.values(), *backend.groups.values())
    return role_by_arn(backend, arn) or next((entity for entity in entities if entity.arn == arn), None)


def _given(parameters: dict[str, Any], name: str) -> list[Policy]:
    policies = [
        Policy(f"{name}.{number}", "none", document) for number, document in enumerate(parameters.get(name, []), 1)
    ]
    try:
        for policy in policies:
            list(policy.statements())
    except PolicyError as error:
        raise IAMError("InvalidInput", f"Syntax error in {policy.id}: {error}") from error
    return policies


def _simulate(
    parameters: dict[str, Any],
    identity: list[Policy],
    boundary: list[Policy] | None,
    caller_arn: str,
    account_id: str,
) -> dict[str, Any]:
    for name in _UNSUPPORTED:
        if parameters.get(name):
            raise IAMError("InvalidInput", f"The parameter {name} is not supported")
    context = {
        entry["ContextKeyName"].lower(): (
            entry["ContextKeyValues"] if entry["ContextKeyType"].endswith("List") else entry["ContextKeyValues"][0]
        )
        for entry in parameters.get("ContextEntries", [])
    }
    resource = None
    if document := parameters.get("ResourcePolicy"):
        resource = [Policy("ResourcePolicy", "resource", document)]
    owner = (parameters.get("ResourceOwner") or account_id).rpartition("::")[2].partition(":")[0]
    levels = service_control_policies(account_id)
    sources = Sources(identity, boundary, None, levels, resource, owner)
    policies = [*identity, *(boundary or []), *(resource or []), *(policy for level in levels for policy in level)]
    wanted = {key for policy in policies for key in policy.condition_keys()}
    missing = sorted(key for key in wanted if key.lower() not in context)
    account = caller_arn.split(":")[4] if caller_arn.startswith("arn:") else account_id
    session = f"{caller_arn}/simulated" if ":role/" in caller_arn else None
    caller = Caller(account, caller_arn, session)
    resources = parameters.get("ResourceArns") or ["*"]
    try:
        results = [
            _result(
                action,
                {arn: decide(sources, Request(action, arn, context, caller)) for arn in resources},
                missing,
                [evaluate(level, Request(action, resources[0], context)) for level in levels],
            )
            for action in parameters["ActionNames"]
        ]
    except PolicyError as error:
        raise IAMError("InvalidInput", str(error)) from error
    return {"EvaluationResults": results, "IsTruncated": False}


def _result(action: str, decisions: dict[str, Decision], missing: list[str], levels: list[Verdict]) -> dict[str, Any]:
    """Build the EvaluationResult of an action, with the strictest decision of its resources.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
    """
    strictest = next(
        decision
        for wanted in (EXPLICIT_DENY, IMPLICIT_DENY, ALLOWED)
        for decision in decisions.values()
        if decision.decision == wanted
    )
    deciding = [decision for decision in decisions.values() if decision.decision == strictest.decision]
    named = list(decisions) != ["*"]
    result: dict[str, Any] = {
        "EvalActionName": action,
        "EvalResourceName": "*",
        "EvalDecision": strictest.decision,
        "MatchedStatements": _matched(deciding),
        "MissingContextValues": [] if named else missing,
    }
    bounds = [decision.boundary_allows for decision in decisions.values()]
    if None not in bounds:
        result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": all(bounds)}
    if levels:
        allowed = all(verdict.allows for verdict in levels)
        result["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": allowed}
    if named:
        result["ResourceSpecificResults"] = [
            {
                "EvalResourceName": arn,
                "EvalResourceDecision": decision.decision,
                "MatchedStatements": _matched([decision]),
                "MissingContextValues": missing,
                **(
                    {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": decision.boundary_allows}}
                    if decision.boundary_allows is not None
                    else {}
                ),
            }
            for arn, decision in decisions.items()
        ]
    return result


def _matched(decisions: list[Decision]) -> list[dict[str, str]]:
    """Return MatchedStatements: "This field doesn't include statements from service control policies"."""
    matched = []
    for decision in decisions:
        for statement in decision.statements:
            entry = {"SourcePolicyId": statement.policy.id, "SourcePolicyType": statement.policy.source}
            if entry not in matched and decision.type != "service control policy":
                matched.append(entry)
    return matched
