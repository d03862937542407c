# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Authorization of a call: the principal's policies, the request's context, the refusal.

The seed's users, and roles that were not created in IAM, are administrators: only session policies and SCPs limit them.

asked.py says what a call is about; sts:AssumeRole* is authorized by tokens.py. Resource-based policies are roles' trust
policies, and those in resource_policies.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from moto.iam.models import Group, IAMBackend, ManagedPolicy, Role, User, iam_backends
from moto.organizations.models import organizations_backends
from werkzeug.wrappers import Response

from emulator import clock
from emulator.accounts import management_account_of, member
from emulator.errors import error_response
from emulator.iam.asked import asked
from emulator.iam.conditions import NotEvaluatedError, RequestContext
from emulator.iam.messages import encoded
from emulator.iam.policy import (
    BOUNDARY,
    EXPLICIT_DENY,
    IDENTITY,
    RESOURCE,
    SERVICE_CONTROL,
    SESSION,
    Caller,
    Decision,
    Policy,
    Request,
    Sources,
    decide,
)
from emulator.principals import Principal

# https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html and API_GetSessionToken.html: "No
# permissions are required". The services' own handlers authorize the others.
FREE = {"sts:GetCallerIdentity", "sts:GetSessionToken", "sts:AssumeRole"}
# Service prefix of the Service Authorization Reference, where it is not the signing name.
_PREFIXES = {"monitoring": "cloudwatch", "tagging": "tag", "email": "ses", "api.ecr": "ecr"}
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
_ARTICLES = {
    IDENTITY: "an identity-based policy",
    BOUNDARY: "a permissions boundary",
    SESSION: "a session policy",
    SERVICE_CONTROL: "a service control policy",
    RESOURCE: "a resource-based policy",
}
_ADMINISTRATOR = Policy(
    "AdministratorAccess", "aws-managed", '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
)
_CODES = {"ec2": "UnauthorizedOperation", "sns": "AuthorizationError"}


def action_of(service: str, signing_name: str, operation: str) -> str:
    """Return the IAM action of an operation. `service`: botocore's name; `operation`: the API's."""
    if service == "lambda" and operation == "Invoke":
        operation = "InvokeFunction"
    return f"{_PREFIXES.get(signing_name, signing_name)}:{operation}"


class UnmadeRole(NamedTuple):
    """Role that was not created in IAM, and that may be assumed nevertheless."""

    arn: str
    id: str = "AROA"
    tags: tuple[Any, ...] = ()


Entity = User | Role | UnmadeRole


def entity_of(principal: Principal) -> Entity | None:
    """Return the principal's user or role, None if it has been deleted."""
    backend = iam_backends[principal.account_id]["aws"]
    if principal.user_name:
        return backend.users.get(principal.user_name)
    arn = principal.session.role_arn if principal.session else principal.arn
    return role_by_arn(backend, arn) or (UnmadeRole(arn) if principal.administrator else None)


def role_by_arn(backend: IAMBackend, arn: str) -> Role | None:
    return next((role for role in backend.roles.values() if role.arn == arn), None)


def managed_policy(backend: IAMBackend, arn: str) -> Policy:
    found: ManagedPolicy = backend.managed_policies[arn]
    document = next(version.document for version in found.versions if version.is_default)
    return Policy(found.name, "aws-managed" if ":iam::aws:" in arn else "user-managed", document)


def attached_policies(backend: IAMBackend, entity: User | Role | Group) -> list[Policy]:
    """Return the inline and managed policies; for a user those of its groups, too."""
    kind = type(entity).__name__.lower()
    found = [Policy(name, kind, document) for name, document in entity.policies.items()]
    found += [managed_policy(backend, arn) for arn in entity.managed_policies]
    if isinstance(entity, User):
        for group in backend.groups.values():
            if entity in group.users:
                found += attached_policies(backend, group)
    return found


def boundary_of(backend: IAMBackend, entity: User | Role) -> list[Policy] | None:
    """Return the permissions boundary, None without one; a deleted boundary policy gives [], which allows nothing."""
    arn = getattr(entity, "permissions_boundary_arn", None)
    if not arn:
        return None
    return [managed_policy(backend, arn)] if arn in backend.managed_policies else []


def is_limiting(policy: Any) -> bool:
    """Return true for an SCP that isn't managed by AWS: FullAWSAccess alone limits nothing."""
    return policy.type == "SERVICE_CONTROL_POLICY" and not policy.aws_managed


def is_limited(account_id: str) -> bool:
    """Return true for a member account whose organization has an SCP besides FullAWSAccess."""
    management = management_account_of(account_id)
    return management not in (None, account_id) and any(
        is_limiting(policy) for policy in organizations_backends[management]["aws"].policies
    )


def is_unlimited(principal: Principal) -> bool:
    """Return true for an administrator without session policies and limiting SCPs: no policy has to be read."""
    session = principal.session
    return principal.administrator and not (session and session.policies) and not is_limited(principal.account_id)


def service_control_policies(account_id: str) -> list[list[Policy]]:
    """Return the SCPs attached to root, units and account; empty if none limits it, as in the management account.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
    """
    if not is_limited(account_id):
        return []
    organization = organizations_backends[management_account_of(account_id)]["aws"]
    targets = {target.id: target for target in (*organization.ou, *organization.accounts)}
    levels, target = [], targets.get(account_id)
    while target is not None:
        levels.insert(
            0,
            [
                Policy(policy.name, "none", policy.content)
                for policy in target.attached_policies
                if policy.type == "SERVICE_CONTROL_POLICY"
            ],
        )
        target = targets.get(getattr(target, "parent_id", None) or "")
    return levels


def sources_of(principal: Principal, entity: Entity, **more: Any) -> Sources:
    backend = iam_backends[principal.account_id]["aws"]
    session = principal.session
    return Sources(
        identity=[_ADMINISTRATOR] if principal.administrator else attached_policies(backend, entity),
        boundary=None if principal.administrator else boundary_of(backend, entity),
        session=list(session.policies) if session and session.policies else None,
        service_control=service_control_policies(principal.account_id),
        **more,
    )


def caller_of(principal: Principal, entity: Entity) -> Caller:
    return Caller(principal.account_id, entity.arn, None if principal.user_name else principal.arn)


def user_id_of(principal: Principal, entity: Entity) -> str:
    return entity.id if principal.user_name else f"{entity.id}:{principal.arn.rpartition('/')[2]}"


def organization_of(account_id: str) -> dict[str, str | list[str]]:
    """Return {"orgid", "orgpaths"} of an account: its organization, and the path to it. {} outside of one.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed-view-data-orgs.html#access_policies_
    access-advisor-viewing-orgs-entity-path: o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/
    """
    management = management_account_of(account_id)
    if management is None:
        return {}
    backend = organizations_backends[management]["aws"]
    ids: list[str] = []
    target: Any = member(backend, account_id)
    while target is not None and (parent := getattr(target, "parent_id", None)):
        ids.insert(0, parent)
        target = next((unit for unit in backend.ou if unit.id == parent), None)
    return {"orgid": backend.org.id, "orgpaths": [f"{'/'.join([backend.org.id, *ids])}/"]}


def of_resource(account_id: str) -> dict[str, str | list[str]]:
    """Return aws:ResourceAccount, aws:ResourceOrgID and aws:ResourceOrgPaths of the account that has a resource."""
    keys = {f"aws:resource{key}": value for key, value in organization_of(account_id).items()}
    return {"aws:resourceaccount": account_id} | keys


def context_of(
    principal: Principal, entity: Entity, region: str, address: str, agent: str = ""
) -> dict[str, str | list[str]]:
    """Return the global condition keys of a request, in lower case.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html. MultiFactorAuthPresent and
    TokenIssueTime are in temporary credentials only; MultiFactorAuthAge only after MFA. SecureTransport is true: the
    emulator stands for endpoints that AWS serves by TLS.
    """
    now = clock.now()
    context: dict[str, str | list[str]] = {
        "aws:currenttime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:epochtime": str(int(now.timestamp())),
        "aws:securetransport": "true",
        "aws:sourceip": address,
        "aws:useragent": agent,
        "aws:requestedregion": region,
        "aws:principalarn": entity.arn,
        "aws:principalaccount": principal.account_id,
        "aws:principaltype": "User" if principal.user_name else "AssumedRole",
        "aws:principalisawsservice": "false",
        "aws:viaawsservice": "false",
        "aws:userid": user_id_of(principal, entity),
    }
    for key, value in organization_of(principal.account_id).items():
        context[f"aws:principal{key}"] = value
    if principal.user_name:
        context["aws:username"] = principal.user_name
    for tag in entity.tags or []:
        context[f"aws:principaltag/{tag['Key'].lower()}"] = tag["Value"]
    if session := principal.session:
        context["aws:tokenissuetime"] = session.issued.strftime("%Y-%m-%dT%H:%M:%SZ")
        context["aws:multifactorauthpresent"] = "true" if session.mfa_at else "false"
        if session.mfa_at:
            context["aws:multifactorauthage"] = str(int((now - session.mfa_at).total_seconds()))
        if session.source_identity:
            context["aws:sourceidentity"] = session.source_identity
        for key, value in session.tags.items():
            context[f"aws:principaltag/{key.lower()}"] = value
    return context


def refusal(
    service: str, protocol: str, principal: Principal, request: Request, decision: Decision | None = None
) -> Response:
    """Build the access denied error; `decision`, if given, adds why.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    message = f"User: {principal.arn} is not authorized to perform: {request.action}"
    if request.resource != "*":
        message += f" on resource: {request.resource}"
    if decision:
        message += why(request, decision)
    if service == "ec2":
        message = f"You are not authorized to perform this operation. {message}"
        if decision and request.resource != "*":
            message += f". Encoded authorization failure message: {encoded(principal, request, decision)}"
    code = _CODES.get(service, "AccessDeniedException" if "json" in protocol else "AccessDenied")
    return error_response(protocol, code, message, 400 if protocol == "json" else 403)


def unknown(protocol: str) -> Response:
    """Build the error of a caller that exists no more."""
    return error_response(
        protocol, "InvalidClientTokenId", "The security token included in the request is invalid", 403
    )


def why(request: Request, decision: Decision) -> str:
    """Return the end of an access denied message: which type of policy denies, or lacks an allow."""
    if decision.decision == EXPLICIT_DENY:
        return f" with an explicit deny in {_ARTICLES[decision.type]}"
    return f" because no {decision.type} allows the {request.action} action"


def refused(
    principal: Principal,
    service: str,
    protocol: str,
    action: str,
    parameters: Callable[[], dict[str, Any]],
    region: str,
    address: str,
    agent: str,
) -> Response | None:
    """Return the error answer to a call that IAM doesn't allow, None if it does."""
    entity = entity_of(principal)
    session = principal.session
    if entity is None or (action.startswith("iam:") and principal.user_name and session and not session.mfa_at):
        # https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html: no IAM call without MFA; the
        # code and its message are not stated there.
        return unknown(protocol)
    if action in FREE:
        return None
    context = context_of(principal, entity, region, address, agent)
    caller, sources = caller_of(principal, entity), sources_of(principal, entity)
    own = of_resource(principal.account_id)
    for one in asked(principal, action, region, parameters()):
        owner = one.resource.split(":", 5)[4] if one.resource.startswith("arn:") else ""
        about = of_resource(owner) if owner.isdigit() and owner != principal.account_id else own
        request = Request(one.action, one.resource, RequestContext(context | about | one.context, one.unknown), caller)
        try:
            decision = decide(sources, request)
        except NotEvaluatedError as error:
            message = f"The emulator doesn't evaluate the condition key {error} of {one.action}, which a policy tests."
            return error_response(protocol, "NotImplemented", message)
        if not decision.allows:
            return refusal(service, protocol, principal, request, decision)
    return None
