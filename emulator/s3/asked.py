# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Permissions that an S3 call needs, on its bucket and objects, with S3's own condition keys.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html. Those on KMS keys: encryption.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote

from emulator import clock
from emulator.iam.conditions import Context

# (action, ARN, condition keys)
Permission = tuple[str, str, Context]

# Operation -> action, where they differ.
ACTIONS = {
    "ListBuckets": "ListAllMyBuckets",
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListParts": "ListMultipartUploadParts",
    "HeadObject": "GetObject",
    "SelectObjectContent": "GetObject",
    "CopyObject": "PutObject",
    "DeleteObjects": "DeleteObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "GetBucketReplication": "GetReplicationConfiguration",
    "PutBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "PutBucketCors": "PutBucketCORS",
    "DeleteBucketCors": "PutBucketCORS",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
}
# Operations on an object whose action is another one if the call names a version.
OF_VERSIONS = {
    "GetObject": "GetObjectVersion",
    "GetObjectAcl": "GetObjectVersionAcl",
    "GetObjectTagging": "GetObjectVersionTagging",
    "GetObjectAttributes": "GetObjectVersionAttributes",
    "PutObjectAcl": "PutObjectVersionAcl",
    "PutObjectTagging": "PutObjectVersionTagging",
    "DeleteObject": "DeleteObjectVersion",
    "DeleteObjectTagging": "DeleteObjectVersionTagging",
}
# Parameter -> condition key.
KEYS = {
    "ACL": "s3:x-amz-acl",
    "CopySource": "s3:x-amz-copy-source",
    "Delimiter": "s3:delimiter",
    "IfMatch": "s3:if-match",
    "IfNoneMatch": "s3:if-none-match",
    "MaxKeys": "s3:max-keys",
    "MetadataDirective": "s3:x-amz-metadata-directive",
    "ObjectLockLegalHoldStatus": "s3:object-lock-legal-hold",
    "ObjectLockMode": "s3:object-lock-mode",
    "ObjectLockRetainUntilDate": "s3:object-lock-retain-until-date",
    "ObjectOwnership": "s3:x-amz-object-ownership",
    "Prefix": "s3:prefix",
    "SSEKMSKeyId": "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "ServerSideEncryption": "s3:x-amz-server-side-encryption",
    "StorageClass": "s3:x-amz-storage-class",
    "VersionId": "s3:versionid",
}
COPIES = ("CopyObject", "UploadPartCopy")


def action_of(operation: str, version: bool = False) -> str:
    """Return the action, without "s3:", of an operation on the bucket or object that it names."""
    action = ACTIONS.get(operation, operation)
    return OF_VERSIONS.get(action, action) if version else action


def permissions(operation: str, parameters: dict[str, Any]) -> list[Permission]:
    """Return what a call asks for; for DeleteObjects: of each object."""
    return list(_permissions(operation, parameters))


def _permissions(operation: str, parameters: dict[str, Any]) -> Iterator[Permission]:
    bucket = parameters.get("Bucket")
    if not bucket:
        yield f"s3:{action_of(operation)}", "*", {}
        return
    arn, context = f"arn:aws:s3:::{bucket}", context_of(parameters)
    if operation == "DeleteObjects":
        for each in (parameters.get("Delete") or {}).get("Objects") or []:
            yield from _deletion(f"{arn}/{each['Key']}", each.get("VersionId"), parameters, context)
        return
    if "Key" not in parameters:
        yield f"s3:{action_of(operation)}", arn, context
        yield from _of_new_buckets(operation, arn, parameters)
        return
    resource = f"{arn}/{parameters['Key']}"
    if operation in COPIES:
        source, version = copied(parameters["CopySource"])
        yield f"s3:{action_of('GetObject', bool(version))}", f"arn:aws:s3:::{source}", context
    if operation == "DeleteObject":
        yield from _deletion(resource, parameters.get("VersionId"), parameters, context)
        return
    yield f"s3:{action_of(operation, bool(parameters.get('VersionId')))}", resource, context
    if operation == "GetObjectAttributes":
        yield f"s3:{action_of('GetObject', bool(parameters.get('VersionId')))}", resource, context
    yield from _of_writes(operation, resource, parameters, context)


def _deletion(resource: str, version: str | None, parameters: dict[str, Any], context: Context) -> Iterator[Permission]:
    more = {"s3:versionid": version} if version else {}
    yield f"s3:{action_of('DeleteObject', bool(version))}", resource, context | more
    if version and parameters.get("BypassGovernanceRetention"):
        yield "s3:BypassGovernanceRetention", resource, context | more


def _of_new_buckets(operation: str, arn: str, parameters: dict[str, Any]) -> Iterator[Permission]:
    """Yield what CreateBucket asks for besides: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html"""
    if operation == "CreateBucket" and parameters.get("ObjectLockEnabledForBucket"):
        yield "s3:PutBucketObjectLockConfiguration", arn, {}
        yield "s3:PutBucketVersioning", arn, {}
    if operation == "CreateBucket" and parameters.get("ObjectOwnership"):
        yield "s3:PutBucketOwnershipControls", arn, {}


def _of_writes(operation: str, resource: str, parameters: dict[str, Any], context: Context) -> Iterator[Permission]:
    """Yield what a new object's headers ask for: tags, retention, legal hold, ACL."""
    if operation == "PutObjectRetention" and parameters.get("BypassGovernanceRetention"):
        yield "s3:BypassGovernanceRetention", resource, context
    if operation not in ("PutObject", "CopyObject", "CreateMultipartUpload"):
        return
    for parameter, action in (
        ("Tagging", "PutObjectTagging"),
        ("ObjectLockMode", "PutObjectRetention"),
        ("ObjectLockLegalHoldStatus", "PutObjectLegalHold"),
        ("ACL", "PutObjectAcl"),
    ):
        if parameters.get(parameter):
            yield f"s3:{action}", resource, context


def copied(source: Any) -> tuple[str, str | None]:
    """Return ("BUCKET/KEY", version or None) of a CopySource."""
    text, _, query = str(source).partition("?")
    return unquote(text).lstrip("/"), dict(parse_qsl(query)).get("versionId")


def context_of(parameters: dict[str, Any]) -> dict[str, str | list[str]]:
    """Return S3's condition keys of a call. A key is absent where the call lacks its parameter: policies rely on it."""
    context: dict[str, str | list[str]] = {
        "s3:authtype": "REST-HEADER",
        "s3:signatureversion": "AWS4-HMAC-SHA256",
        "s3:tlsversion": "1.3",
    }
    for name, key in KEYS.items():
        value = parameters.get(name)
        if value is not None:
            context[key] = value.strftime("%Y-%m-%dT%H:%M:%SZ") if hasattr(value, "strftime") else str(value)
    retention = parameters.get("Retention") or {}
    until = parameters.get("ObjectLockRetainUntilDate") or retention.get("RetainUntilDate")
    if mode := retention.get("Mode"):
        context["s3:object-lock-mode"] = mode
    if hasattr(until, "timestamp"):
        context["s3:object-lock-retain-until-date"] = until.strftime("%Y-%m-%dT%H:%M:%SZ")
        days = (until.timestamp() - clock.now().timestamp()) / 86400
        context["s3:object-lock-remaining-retention-days"] = str(max(0, -int(-days // 1)))
    tags = dict(parse_qsl(parameters.get("Tagging") or "")) if isinstance(parameters.get("Tagging"), str) else {}
    for key, value in tags.items():
        context[f"s3:requestobjecttag/{key.lower()}"] = value
    if tags:
        context["s3:requestobjecttagkeys"] = list(tags)
    place = (parameters.get("CreateBucketConfiguration") or {}).get("LocationConstraint")
    return context | ({"s3:locationconstraint": place} if place else {})
