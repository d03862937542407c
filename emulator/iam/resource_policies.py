# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Decision on a call that a resource's own policy is part of: S3 bucket policies, KMS key policies and grants.

`may` is for what the emulator does in the name of somebody: a service that delivers logs, Firehose with its role,
Athena as its caller. Calls over HTTP are decided by the same evaluation: see authorization.py.

Sources, of the IAM User Guide: reference_policies_evaluation-logic (one account: either policy is enough; two: both
have to allow), reference_policies_condition-keys (the keys of a service's own call: aws:SourceArn, aws:SourceAccount,
aws:SourceOrgID, aws:PrincipalIsAWSService, aws:PrincipalServiceName). KMS:
https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html, "the key policy must allow", or a grant.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from emulator import clock
from emulator.iam.authorization import (
    caller_of,
    context_of,
    entity_of,
    of_resource,
    organization_of,
    role_by_arn,
    sources_of,
)
from emulator.iam.conditions import Context
from emulator.iam.policy import (
    ALLOWED,
    EXPLICIT_DENY,
    IDENTITY,
    IMPLICIT_DENY,
    RESOURCE,
    Caller,
    Decision,
    Policy,
    Request,
    Sources,
    decide,
)
from emulator.iam.sessions import Session
from emulator.principals import Principal


class Held(NamedTuple):
    """A resource's owner and policy. `required`: nobody is allowed without it, not even by an identity policy."""

    account_id: str
    policy: str | None
    required: bool = False
    # Principal's ARN -> the API's names of what grants of KMS let it do.
    grants: Mapping[str, frozenset[str]] = {}


def bucket_of(arn: str) -> Any:
    """Return moto's bucket of an S3 ARN (a bucket's or an object's), None if there is none."""
    moto = sys.modules.get("moto.s3.models")
    name = arn.split(":", 5)[5].partition("/")[0]
    backends = getattr(moto, "s3_backends", None)
    if backends is None or name not in backends.bucket_accounts:
        return None
    partition, account_id = backends.bucket_accounts[name]
    return backends[account_id][partition].buckets.get(name)


def _bucket(arn: str) -> Held | None:
    bucket = bucket_of(arn)
    if bucket is None:
        return None
    policy = bucket.policy
    return Held(bucket.account_id, policy.decode() if isinstance(policy, bytes) else policy)


def key_of(arn: str) -> Any:
    """Return moto's key of a KMS key's ARN, None if there is none."""
    moto = sys.modules.get("moto.kms.models")
    _arn, _partition, _kms, region, account_id, name = arn.split(":", 5)
    if moto is None or not account_id:
        return None
    return moto.kms_backends[account_id][region].keys.get(name.removeprefix("key/"))


def _key(arn: str) -> Held | None:
    key = key_of(arn)
    if key is None:
        return None
    granted: dict[str, frozenset[str]] = {}
    for grant in key.grants.values():
        granted[grant.grantee_principal] = granted.get(grant.grantee_principal, frozenset()) | set(grant.operations)
    return Held(key.account_id, key.policy, True, granted)


# By the ARN's service. Another service with resource-based policies adds its own here.
HOLDERS: dict[str, Callable[[str], Held | None]] = {"s3": _bucket, "kms": _key}


def held(resource: str) -> Held | None:
    """Return who owns a resource, with its policy; None for a resource of a service that has none here."""
    holder = HOLDERS.get(resource.split(":", 3)[2]) if resource.startswith("arn:") else None
    return holder(resource) if holder else None


def assumed(role_arn: str, session_name: str = "service") -> Principal:
    """Return the principal of a role that a service has assumed; whether it may is not asked here (`trusts`)."""
    account_id, path = role_arn.split(":", 5)[4:]
    made = role_by_arn_in(account_id, role_arn)
    arn = f"arn:aws:sts::{account_id}:assumed-role/{path.rpartition('/')[2]}/{session_name}"
    now = clock.now()
    session = Session(account_id, "", now, now, role_arn=role_arn, name=session_name, administrator=made is None)
    return Principal(account_id, arn, "", None, session, administrator=made is None)


def role_by_arn_in(account_id: str, role_arn: str) -> Any:
    from moto.iam.models import iam_backends

    return role_by_arn(iam_backends[account_id]["aws"], role_arn)


def trusts(role_arn: str, service: str, context: Context | None = None, action: str = "sts:AssumeRole") -> bool:
    """Return true if a role's trust policy lets a service principal assume it; false if there is no such role."""
    role = role_by_arn_in(role_arn.split(":", 5)[4], role_arn)
    if role is None:
        return False
    trust = Held(role_arn.split(":", 5)[4], role.assume_role_policy_document, True)
    return _of_service(service, Request(action, role_arn, _lower(context)), trust).allows


def may(
    who: Principal | str, action: str, resource: str, context: Context | None = None, region: str = "us-east-1"
) -> Decision:
    """Return the decision on an action that the emulator does in the name of somebody; `.allows` is the answer.

    who       a Principal (the caller of a call), a role's ARN (assumed by a service), or a service principal such as
              "delivery.logs.amazonaws.com"
    action    IAM's, such as "s3:PutObject" or "kms:GenerateDataKey"
    resource  ARN; of S3 that of the bucket or object
    context   condition keys besides the global ones of the principal, in any case: of a service {"aws:SourceArn": ...,
              "aws:SourceAccount": ...}, of KMS {"kms:ViaService": "s3.eu-central-1.amazonaws.com",
              "kms:EncryptionContext:aws:s3:arn": ...}
    """
    given = _lower(context)
    if isinstance(who, str) and not who.startswith("arn:"):
        return _of_service(who, Request(action, resource, given), held(resource))
    principal = assumed(who) if isinstance(who, str) else who
    entity = entity_of(principal)
    if entity is None:
        return Decision(IMPLICIT_DENY, IDENTITY)
    of_caller = context_of(principal, entity, region, "127.0.0.1")
    return decided(principal, entity, Request(action, resource, of_caller | given, caller_of(principal, entity)))


def decided(principal: Principal, entity: Any, request: Request) -> Decision:
    """Return the decision on a user's or role's request, with the policy of its resource. `context` is complete."""
    owned = held(request.resource)
    if owned is None:
        return decide(sources_of(principal, entity), request)
    sources = sources_of(
        principal,
        entity,
        resource=_policies(owned),
        resource_account=owned.account_id,
        resource_required=owned.required,
    )
    request = Request(request.action, request.resource, request.context | _of_resource(owned), request.caller)
    decision = decide(sources, request)
    if decision.decision == IMPLICIT_DENY and owned.grants:
        names = {request.caller.arn, request.caller.session_arn}
        granted = frozenset().union(*(owned.grants.get(name, frozenset()) for name in names if name))
        if request.action.partition(":")[2] in granted:
            return Decision(ALLOWED, RESOURCE)
    return decision


def _of_service(service: str, request: Request, owned: Held | None) -> Decision:
    """Return the decision on a service's own call: only the resource's policy counts; SCPs don't limit it."""
    if owned is None:
        return Decision(IMPLICIT_DENY, RESOURCE)
    now = clock.now()
    context: dict[str, str | list[str]] = {
        "aws:currenttime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:epochtime": str(int(now.timestamp())),
        "aws:securetransport": "true",
        "aws:principalisawsservice": "true",
        "aws:principalservicename": service,
        "aws:viaawsservice": "false",
    }
    source = request.context.get("aws:sourceaccount")
    if isinstance(source, str):
        context |= {f"aws:source{key}": value for key, value in organization_of(source).items()}
    context |= _of_resource(owned)
    caller = Caller(owned.account_id, "", service=service)
    sources = Sources([], resource=_policies(owned), resource_account=owned.account_id, resource_required=True)
    return decide(sources, Request(request.action, request.resource, context | dict(request.context), caller))


def _policies(owned: Held) -> list[Policy]:
    return [Policy("ResourcePolicy", "resource", owned.policy)] if owned.policy else []


def _of_resource(owned: Held) -> dict[str, str | list[str]]:
    return of_resource(owned.account_id)


def _lower(context: Context | None) -> dict[str, str | list[str]]:
    return {key.lower(): value for key, value in (context or {}).items()}


__all__ = ["ALLOWED", "EXPLICIT_DENY", "IMPLICIT_DENY", "HOLDERS", "Held", "assumed", "held", "may", "trusts"]
