# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""KMS keys that S3 uses in the name of a caller, for objects with SSE-KMS.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html: GenerateDataKey to write, Decrypt to read
and for the parts of a multipart upload; the encryption context is the object's ARN, with a bucket key the bucket's. A
key's id or alias, without an account, is looked for in the requester's account:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from emulator.iam.resource_policies import bucket_of
from emulator.kms.asked import key_for
from emulator.s3.asked import copied

WRITES = ("PutObject", "CopyObject", "CreateMultipartUpload")
READS = ("GetObject", "SelectObjectContent")
PARTS = ("UploadPart", "UploadPartCopy", "CompleteMultipartUpload")
KMS = ("aws:kms", "aws:kms:dsse")


class KeyUse(NamedTuple):
    """Use of a key: its name as bucket, object or request have it ("" for aws/s3), and the object's ARN for it."""

    action: str
    key: str
    context: dict[str, str]
    # The bucket's.
    account_id: str
    region: str


class KeyFault(NamedTuple):
    """Error of S3 about a key that can't be used. Codes: localstack/localstack#7786 and #8423, recorded on AWS."""

    code: str
    message: str
    status: int = 400


def object_of(bucket: Any, name: str, version: str | None = None) -> Any:
    """Return moto's object, None if there is none or it is a delete marker."""
    found = bucket.keys.getlist(name, default=[]) if version else [bucket.keys.get(name)]
    matching = (each for each in found if each is not None and version in (None, str(each.version_id)))
    return next((each for each in matching if hasattr(each, "encryption")), None)


def default_of(bucket: Any) -> tuple[str, str, bool]:
    """Return (algorithm, key, bucket key) of a bucket's default encryption; ("AES256", "", False) without one."""
    rule = (bucket.encryption or {}).get("Rule") or {}
    rule = rule[0] if isinstance(rule, list) else rule
    default = rule.get("ApplyServerSideEncryptionByDefault") or {}
    enabled = str(rule.get("BucketKeyEnabled", "")).lower() == "true"
    return default.get("SSEAlgorithm") or "AES256", default.get("KMSMasterKeyID") or "", enabled


def uses(operation: str, parameters: dict[str, Any]) -> Iterator[KeyUse]:
    """Yield the uses of keys that a call needs, in order."""
    bucket = bucket_of(f"arn:aws:s3:::{parameters.get('Bucket', '')}")
    if operation in ("CopyObject", "UploadPartCopy"):
        source, version = copied(parameters["CopySource"])
        yield from _of_reading(source, version)
    if bucket is None or "Key" not in parameters:
        return
    name = f"{bucket.name}/{parameters['Key']}"
    if operation in READS:
        yield from _of_reading(name, parameters.get("VersionId"))
    if operation in WRITES:
        yield from _of_writing(bucket, name, parameters)
    if operation in PARTS and (upload := bucket.multiparts.get(parameters.get("UploadId", ""))):
        given = {"ServerSideEncryption": upload.sse_encryption, "SSEKMSKeyId": upload.kms_key_id}
        yield from (use._replace(action="kms:Decrypt") for use in _of_writing(bucket, name, given))


def _of_reading(name: str, version: str | None) -> Iterator[KeyUse]:
    bucket = bucket_of(f"arn:aws:s3:::{name}")
    found = bucket and object_of(bucket, name.partition("/")[2], version)
    if found and found.encryption in KMS:
        enabled = str(found.bucket_key_enabled).lower() == "true"
        use = _use("kms:Decrypt", bucket, name, found.kms_key_id or "", enabled)
        # What a service wrote it with, such as kms:EncryptionContext:aws:cloudtrail:arn.
        yield use._replace(context=use.context | found.__dict__.get("encryption_context", {}))


def _of_writing(bucket: Any, name: str, parameters: dict[str, Any]) -> Iterator[KeyUse]:
    algorithm, key, enabled = default_of(bucket)
    if given := parameters.get("ServerSideEncryption"):
        # The key of the bucket's default is not that of a request that asks for SSE-KMS without one, but moto's
        # objects have it: in both cases it is the caller's to use.
        algorithm, key = given, parameters.get("SSEKMSKeyId") or key
    if parameters.get("BucketKeyEnabled") is not None:
        enabled = str(parameters["BucketKeyEnabled"]).lower() == "true"
    if algorithm in KMS:
        yield _use("kms:GenerateDataKey", bucket, name, key, enabled)


def _use(action: str, bucket: Any, name: str, key: str, bucket_key: bool) -> KeyUse:
    arn = f"arn:{bucket.partition}:s3:::{bucket.name if bucket_key else name}"
    context = {
        "kms:viaservice": f"s3.{bucket.region_name}.amazonaws.com",
        "kms:encryptioncontext:aws:s3:arn": arn,
        "kms:encryptioncontextkeys": "aws:s3:arn",
    }
    return KeyUse(action, key, context, bucket.account_id, bucket.region_name)


def resolved(use: KeyUse, account_id: str) -> tuple[Any, KeyFault | None]:
    """Return (moto's key, or the fault why it can't be used); (None, None) for the AWS managed key aws/s3.

    account_id: the caller's
    """
    if not use.key or use.key.endswith("alias/aws/s3"):
        return None, None
    key = key_for(account_id, use.region, use.key)
    if key is None:
        arn = use.key if use.key.startswith("arn:") else f"arn:aws:kms:{use.region}:{account_id}:key/{use.key}"
        return None, KeyFault("KMS.NotFoundException", f"Key '{arn}' does not exist")
    if key.region != use.region:
        # Not verified on AWS: a bucket's key is of its own region.
        return None, KeyFault("KMS.NotFoundException", f"Invalid arn {key.region}")
    if key.key_state == "PendingDeletion":
        return None, KeyFault("KMS.KMSInvalidStateException", f"{key.arn} is pending deletion.")
    if not key.enabled:
        return None, KeyFault("KMS.DisabledException", f"{key.arn} is disabled.")
    return key, None
