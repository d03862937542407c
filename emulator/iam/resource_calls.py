# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Authorization of calls of services whose resources have policies: S3, KMS and DynamoDB.

The account's own administrator is evaluated, too, where a policy may limit him: a bucket's, or a key's. Which account's
resource a call is about is answered here as well (`owner_of`), for the calls that cross accounts.

Texts: https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html ("same AWS account or [...]
organization": who and why; others: "Access Denied") and
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from werkzeug.wrappers import Response

from emulator.accounts import management_account_of
from emulator.dynamodb import asked as of_dynamodb
from emulator.errors import error_response
from emulator.iam.authorization import caller_of, context_of, entity_of, is_unlimited, refusal, unknown, why
from emulator.iam.conditions import PolicyError
from emulator.iam.policy import IMPLICIT_DENY, RESOURCE, Decision, Request
from emulator.iam.resource_policies import bucket_of, decided
from emulator.kms import asked as of_kms
from emulator.principals import Principal
from emulator.s3 import asked as of_s3
from emulator.s3 import encryption, unsigned

SERVICES = ("s3", "kms", "dynamodb")
GUARDED_HEADERS = ("COPY_SOURCE", "SERVER_SIDE_ENCRYPTION", "EXPECTED_BUCKET_OWNER")


class Caller(NamedTuple):
    principal: Principal
    region: str
    address: str
    agent: str


# Objects of the DeleteObjects call under way that its caller may not delete: {(key, version or ""): message}.
refused_objects: dict[tuple[str, str], str] = {}


def refused(
    service: str,
    protocol: str,
    operation: str,
    caller: Caller,
    parameters: Callable[[], dict[str, Any]],
    environ: dict[str, Any],
) -> Response | None:
    """Return the error answer to a call of one of SERVICES that isn't allowed, None if it is."""
    refused_objects.clear()
    principal = caller.principal
    if entity_of(principal) is None:
        return unknown(protocol)
    if service == "s3":
        if is_unlimited(principal) and not _is_guarded(principal, environ):
            return None
        return _of_s3(operation, caller, parameters())
    if service == "dynamodb":
        return _of_dynamodb(protocol, operation, caller, parameters(), environ)
    return _of_kms(protocol, operation, caller, parameters())


def owner_of(
    service: str, operation: str, principal: Principal, region: str, told: Callable[[], dict[str, Any]], path: str
) -> str:
    """Return the account whose resource a call is about. told: returns the call's parameters; path: S3's."""
    if service == "s3":
        bucket = bucket_of(f"arn:aws:s3:::{path.lstrip('/')}")
        keeps = bucket is None or operation == "CreateBucket"
        return principal.account_id if keeps else bucket.account_id
    if service == "dynamodb":
        return of_dynamodb.owner(principal.account_id, region, operation, told())
    if operation not in of_kms.ACROSS_ACCOUNTS:
        return principal.account_id
    _permissions, key = of_kms.permissions(principal.account_id, region, operation, told())
    return key.account_id if key else principal.account_id


def _is_guarded(principal: Principal, environ: dict[str, Any]) -> bool:
    """Return true for a call that an administrator of the calling account may be refused, too."""
    if any(f"HTTP_X_AMZ_{name}" in environ for name in GUARDED_HEADERS):
        return True
    bucket = bucket_of(f"arn:aws:s3:::{environ.get('PATH_INFO', '').lstrip('/')}")
    return bucket is not None and (
        bucket.account_id != principal.account_id
        or bool(bucket.policy)
        or bucket.__dict__.get("has_kms", False)
        or encryption.default_of(bucket)[0] in encryption.KMS
    )


def _decide(caller: Caller, permissions: list[tuple[str, str, Any]]) -> Iterator[tuple[Request, Decision]]:
    """Yield each permission with its decision."""
    principal = caller.principal
    entity = entity_of(principal)
    context = context_of(principal, entity, caller.region, caller.address, caller.agent)
    for action, resource, more in permissions:
        request = Request(action, resource, {**context, **more}, caller_of(principal, entity))
        try:
            yield request, decided(principal, entity, request)
        except PolicyError:
            yield request, Decision(IMPLICIT_DENY, RESOURCE)


def _of_s3(operation: str, caller: Caller, parameters: dict[str, Any]) -> Response | None:
    arn = f"arn:aws:s3:::{parameters.get('Bucket', '')}"
    bucket = bucket_of(arn) if parameters.get("Bucket") else None
    if bucket is None and parameters.get("Bucket") and operation != "CreateBucket":
        return None  # S3 answers NoSuchBucket
    if operation == "CreateBucket" and bucket is not None and bucket.account_id != caller.principal.account_id:
        return None  # S3 answers BucketAlreadyExists
    expected = parameters.get("ExpectedBucketOwner")
    if bucket is not None and expected not in (None, bucket.account_id):
        return _denied(operation, bucket, None)
    permissions = of_s3.permissions(operation, parameters)
    if bucket is not None and operation in ("GetObject", "HeadObject"):
        found = encryption.object_of(bucket, parameters.get("Key", ""), parameters.get("VersionId"))
        # API_GetObject: without s3:ListBucket an object that doesn't exist gives 403.
        permissions += [] if found else [("s3:ListBucket", arn, of_s3.context_of(parameters))]
    for request, decision in _decide(caller, permissions):
        if decision.allows:
            continue
        if operation == "DeleteObjects":
            key = request.resource.split(":", 5)[5].partition("/")[2]
            version = request.context.get("s3:versionid", "")
            refused_objects[key, str(version)] = _text(caller, request, decision)
        else:
            return _denied(operation, bucket, _text(caller, request, decision))
    return _of_keys(operation, caller, parameters)


def _of_keys(operation: str, caller: Caller, parameters: dict[str, Any]) -> Response | None:
    """Return the refusal of a key that an object is encrypted with; the caller needs it himself."""
    account_id = caller.principal.account_id
    for use in encryption.uses(operation, parameters):
        key, fault = encryption.resolved(use, account_id)
        if fault:
            return unsigned.error(*fault)
        if key is None and use.account_id == account_id:
            continue  # aws/s3: its policy lets all of its account use it through S3
        arn = key.arn if key else f"arn:aws:kms:{use.region}:{use.account_id}:alias/aws/s3"
        context = use.context | {"kms:calleraccount": account_id}
        for request, decision in _decide(caller, [(use.action, arn, context)]):
            if key is None or not decision.allows:
                decision = decision if key else Decision(IMPLICIT_DENY, RESOURCE)
                text = key_text(caller.principal, request, decision, use.action == "kms:Decrypt")
                return unsigned.error("AccessDenied", text, 403)
    return None


def _of_kms(protocol: str, operation: str, caller: Caller, parameters: dict[str, Any]) -> Response | None:
    account_id = caller.principal.account_id
    permissions, key = of_kms.permissions(account_id, caller.region, operation, parameters)
    if key is None and is_unlimited(caller.principal):
        return None
    of_ciphertext = operation == "Decrypt" and not parameters.get("KeyId")
    foreign = key is not None and key.account_id != account_id and operation not in of_kms.ACROSS_ACCOUNTS
    for request, decision in _decide(caller, permissions):
        if foreign or not decision.allows:
            decision = Decision(IMPLICIT_DENY, RESOURCE) if foreign else decision
            text = key_text(caller.principal, request, decision, of_ciphertext)
            return error_response(protocol, "AccessDeniedException", text, 400)
    if fault := of_kms.fault(operation, key):
        return error_response(protocol, *fault)
    return None


def _of_dynamodb(
    protocol: str, operation: str, caller: Caller, parameters: dict[str, Any], environ: dict[str, Any]
) -> Response | None:
    about = (caller.principal.account_id, caller.region, operation, parameters)
    if is_unlimited(caller.principal) and not of_dynamodb.has_policies(*about):
        return None
    try:
        more = of_dynamodb.context_of(environ)
    except NotImplementedError as error:
        return error_response(protocol, "InvalidAction", str(error))
    asked = [(action, arn, {**context, **more}) for action, arn, context in of_dynamodb.permissions(*about)]
    foreign = operation not in of_dynamodb.ACROSS_ACCOUNTS
    for request, decision in _decide(caller, asked):
        if foreign and request.resource != "*" and request.resource.split(":")[4] != caller.principal.account_id:
            decision = Decision(IMPLICIT_DENY, RESOURCE)
        if not decision.allows:
            return refusal("dynamodb", protocol, caller.principal, request, decision)
    return None


# Reported for KMS with other services' calls, such as aws/containers-roadmap#2066.
NO_KEY = (
    "because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based "
    "policy explicitly denies access"
)


def key_text(principal: Principal, request: Request, decision: Decision, of_ciphertext: bool = False) -> str:
    """Return KMS's text: one that doesn't tell whether the key exists, where its policy doesn't allow."""
    text = f"User: {principal.arn} is not authorized to perform: {request.action}"
    if decision.type == RESOURCE and decision.decision == IMPLICIT_DENY:
        where = "on the resource associated with this ciphertext" if of_ciphertext else "on this resource"
        return f"{text} {where} {NO_KEY}"
    resource = f" on resource: {request.resource}" if request.resource != "*" else ""
    return text + resource + why(request, decision)


def _text(caller: Caller, request: Request, decision: Decision) -> str:
    """Return S3's text: who and why within an account and an organization, else that access is denied."""
    principal = caller.principal
    bucket = bucket_of(request.resource) if request.resource != "*" else None
    owner = bucket.account_id if bucket else principal.account_id
    management = management_account_of(owner)
    same = management is not None and management == management_account_of(principal.account_id)
    if owner != principal.account_id and not same:
        return "Access Denied"
    resource = f' on resource: "{request.resource}"' if request.resource != "*" else ""
    text = f"User: {principal.arn} is not authorized to perform: {request.action}{resource}"
    return text + why(request, decision)


def _denied(operation: str, bucket: Any, text: str | None) -> Response:
    """Build S3's 403. HEAD has no body; HeadBucket's has the bucket's region, which clients look for it."""
    response = unsigned.error("AccessDenied", text or "Access Denied", 403)
    if operation in ("HeadBucket", "HeadObject"):
        response.set_data(b"")
    if operation == "HeadBucket" and bucket is not None:
        response.headers["x-amz-bucket-region"] = bucket.region_name
    return response
