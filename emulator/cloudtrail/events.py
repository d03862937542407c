# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudTrail's records of the emulator's calls.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html,
cloudtrail-event-reference-user-identity.html, cloudtrail-event-reference-aws-console-sign-in-events.html. Names of
request parameters are the API's with a small first letter, which isn't so for each service (EC2's lists); response
elements are known of AssumeRole only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

from moto.core.utils import get_service_model

from emulator import clock
from emulator.iam.authorization import UnmadeRole, entity_of, user_id_of
from emulator.principals import Principal

# Where calls of services without regions are recorded.
GLOBAL = {"account", "iam", "organizations", "route53", "support"}
READS = (
    "BatchGet",
    "Check",
    "Describe",
    "Filter",
    "Get",
    "Head",
    "List",
    "Lookup",
    "Query",
    "Scan",
    "Search",
    "Select",
)
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
# Events on data of a resource: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/
# logging-data-events-with-cloudtrail.html
DATA = {"s3": "AWS::S3::Object", "lambda": "AWS::Lambda::Function"}
MOST_BYTES = 100_000
# Operation of S3 -> name of its event, where they differ:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
NAMES = {
    "DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
    "GetBucketLifecycleConfiguration": "GetBucketLifecycle",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "ListObjectsV2": "ListObjects",
    "PutBucketLifecycleConfiguration": "PutBucketLifecycle",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
_MESSAGE = re.compile(r"<Message>(.*?)</Message>", re.DOTALL)
_ELEMENT = {name: re.compile(rf"<{name}>(.*?)</{name}>") for name in ("AccessKeyId", "Expiration", "AssumedRoleId")}


def is_data(service: str, operation: str, path: str) -> bool:
    """Return true for a data event: an S3 call on an object, an invocation of a Lambda function."""
    if service == "s3":
        of_object = "/" in path.lstrip("/").rstrip("/") or operation in ("DeleteObjects", "ListObjects")
        return of_object or operation in ("ListObjectsV2", "ListObjectVersions", "HeadBucket")
    return service == "lambda" and operation == "Invoke"


def is_read(operation: str) -> bool:
    return operation.startswith(READS) or operation in ("AssumeRole", "GetSessionToken")


def source_of(signing_name: str) -> str:
    return f"{signing_name}.amazonaws.com"


def record_of(call: Any, principal: Principal, environ: dict[str, Any], told: Callable[[], dict[str, Any]]) -> dict:
    """Return the record of a call, without its outcome: see with_outcome."""
    data = is_data(call.service, call.operation, environ.get("PATH_INFO", ""))
    record = {
        "eventVersion": "1.11",
        "userIdentity": identity_of(principal, call.access_key_id),
        "eventTime": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": source_of(call.signing_name),
        "eventName": NAMES.get(call.operation, call.operation) if call.service == "s3" else call.operation,
        "awsRegion": "us-east-1" if call.service in GLOBAL else call.region,
        "sourceIPAddress": environ.get("REMOTE_ADDR", "127.0.0.1"),
        "userAgent": environ.get("HTTP_USER_AGENT", ""),
        "requestParameters": _parameters(call.service, call.operation, told()),
        "responseElements": None,
        "requestID": str(uuid4()),
        "eventID": str(uuid4()),
        "readOnly": is_read(call.operation),
        "eventType": "AwsApiCall",
        "managementEvent": not data,
        "recipientAccountId": principal.account_id,
        "eventCategory": "Data" if data else "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": f"{call.signing_name}.{call.region}.amazonaws.com",
        },
    }
    return record


def with_outcome(record: dict[str, Any], service: str, text: str, code: str | None) -> dict[str, Any]:
    """Return the record with the error, or with the response elements of AssumeRole."""
    if code:
        found = _MESSAGE.search(text)
        message = found[1] if found else _message_in(text)
        return record | {"errorCode": code} | ({"errorMessage": message} if message else {})
    if (service, record["eventName"]) == ("sts", "AssumeRole"):
        parameters = record["requestParameters"] or {}
        arn = str(parameters.get("roleArn", "")).replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
        found = {name: (pattern.search(text) or ["", ""])[1] for name, pattern in _ELEMENT.items()}
        elements = {
            "credentials": {
                "accessKeyId": found["AccessKeyId"],
                "sessionToken": HIDDEN,
                "expiration": found["Expiration"],
            },
            "assumedRoleUser": {
                "assumedRoleId": found["AssumedRoleId"],
                "arn": f"{arn}/{parameters.get('roleSessionName')}",
            },
        }
        return record | {"responseElements": elements}
    return record


def _message_in(text: str) -> str:
    try:
        answer = json.loads(text)
        return str(answer.get("message") or answer.get("Message") or "")
    except (ValueError, AttributeError):
        return ""


def identity_of(principal: Principal, access_key_id: str | None) -> dict[str, Any]:
    """Return userIdentity: of an IAM user, with its session if it has one, or of an assumed role."""
    entity = entity_of(principal)
    session = principal.session
    identity: dict[str, Any] = {
        "type": "IAMUser" if principal.user_name else "AssumedRole",
        "principalId": user_id_of(principal, entity) if entity else "",
        "arn": principal.arn,
        "accountId": principal.account_id,
        "accessKeyId": access_key_id or "",
    }
    if principal.user_name:
        identity["userName"] = principal.user_name
    if session is None and principal.user_name:
        return identity
    issuer = {}
    if not principal.user_name:
        arn = entity.arn if entity else session.role_arn if session else principal.arn
        unmade = entity is None or isinstance(entity, UnmadeRole)
        issuer = {
            "type": "Role",
            "principalId": "AROA" if unmade else entity.id,
            "arn": arn,
            "accountId": principal.account_id,
            "userName": arn.rpartition("/")[2],
        }
    issued = session.issued if session else clock.now()
    mfa = bool(session and (session.mfa_at or session.mfa_in_call))
    identity["sessionContext"] = {
        "sessionIssuer": issuer,
        "webIdFederationData": {},
        "attributes": {
            "creationDate": issued.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "mfaAuthenticated": "true" if mfa else "false",
        },
    }
    return identity


def _parameters(service: str, operation: str, told: dict[str, Any]) -> dict[str, Any] | None:
    if not told:
        return None
    try:
        shape = get_service_model(service).operation_model(operation).input_shape
    except Exception:  # an operation that botocore's model doesn't know
        return None
    found = _shown(told, shape)
    if service == "s3":
        found = {{"bucket": "bucketName"}.get(name, name): value for name, value in found.items()}
    return found if len(json.dumps(found)) <= MOST_BYTES else {"omitted": True}


def _shown(value: Any, shape: Any) -> Any:
    """Return a parameter as the record has it: no secrets, no content."""
    if shape is not None and shape.metadata.get("sensitive"):
        return HIDDEN
    if isinstance(value, dict):
        members = getattr(shape, "members", {}) if getattr(shape, "type_name", "") == "structure" else {}
        inner = getattr(shape, "value", None) if getattr(shape, "type_name", "") == "map" else None
        return {
            (name[:1].lower() + name[1:] if members else name): _shown(item, members.get(name, inner))
            for name, item in value.items()
            if getattr(members.get(name), "type_name", "") != "blob"
        }
    if isinstance(value, list):
        return [_shown(item, getattr(shape, "member", None)) for item in value]
    if hasattr(value, "strftime"):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)


def shared(record: dict[str, Any], account_id: str) -> Iterator[dict[str, Any]]:
    """Yield the record, and its copy for the account of the resource, if that is another.

    "sharedEventID": record contents; the caller is an AWSAccount there: cloudtrail-event-reference-user-identity.html.
    """
    if account_id == record["recipientAccountId"]:
        yield record
        return
    both = record | {"sharedEventID": str(uuid4())}
    yield both
    caller = record["userIdentity"]
    identity = {"type": "AWSAccount", "principalId": caller["principalId"], "accountId": caller["accountId"]}
    yield both | {"userIdentity": identity, "recipientAccountId": account_id, "eventID": str(uuid4())}


def console_login(
    account: str,
    user: str,
    mfa: bool = False,
    result: str = "Success",
    address: str = "192.0.2.10",
    region: str = "us-east-1",
) -> dict[str, Any]:
    """Return the record of a sign-in to the console: user "root", or an IAM user's name."""
    if result not in ("Success", "Failure"):
        raise ValueError("result must be Success or Failure")
    root = user == "root"
    arn = f"arn:aws:iam::{account}:{'root' if root else f'user/{user}'}"
    identity = {"type": "Root" if root else "IAMUser", "principalId": account if root else f"AIDA{user}", "arn": arn}
    identity |= {"accountId": account} | ({} if root else {"userName": user})
    failure = {"errorMessage": "Failed authentication"} if result == "Failure" else {}
    return {
        "eventVersion": "1.08",
        "userIdentity": identity,
        "eventTime": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "signin.amazonaws.com",
        "eventName": "ConsoleLogin",
        "awsRegion": region,
        "sourceIPAddress": address,
        "userAgent": "Mozilla/5.0",
        **failure,
        "requestParameters": None,
        "responseElements": {"ConsoleLogin": result},
        "additionalEventData": {
            "LoginTo": f"https://console.aws.amazon.com/console/home?region={region}",
            "MobileVersion": "No",
            "MFAUsed": "Yes" if mfa else "No",
        },
        "eventID": str(uuid4()),
        "readOnly": False,
        "eventType": "AwsConsoleSignIn",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
    }
