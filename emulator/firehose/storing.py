# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects that services write to S3 with a role: permissions, encryption, default retention.

https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-s3: the role's policy allows
s3:PutObject, and kms:GenerateDataKey of the key that encrypts; .../monitoring-with-cloudwatch-logs.html has the codes
and texts of the errors.
"""

from __future__ import annotations

from typing import Any

from moto.s3.models import s3_backends

from emulator.iam.resource_policies import bucket_of, may, trusts
from emulator.steps import StepFailed

DENIED = (
    "Access was denied. Ensure that the trust policy for the provided IAM role allows Firehose to assume the role, and "
    "the access policy allows access to the S3 bucket."
)
NO_BUCKET = "The specified bucket does not exist. Create the bucket or use a different bucket that does exist."


def put(role: str, account_id: str, region: str, bucket_arn: str, key: str, body: bytes, kms_key: str | None) -> None:
    """Write an object as Firehose does with its role. Raises StepFailed: S3.NoSuchBucket, S3.AccessDenied."""
    bucket = bucket_of(bucket_arn)
    if bucket is None:
        raise StepFailed("S3.NoSuchBucket", NO_BUCKET)
    kms_key = kms_key or default_key(bucket)
    asked: dict[str, str | list[str]] = {"s3:x-amz-acl": "bucket-owner-full-control"}
    if kms_key:
        asked |= {
            "s3:x-amz-server-side-encryption": "aws:kms",
            "s3:x-amz-server-side-encryption-aws-kms-key-id": kms_key,
        }
    if not trusts(role, "firehose.amazonaws.com", {"sts:ExternalId": account_id}):
        raise StepFailed("S3.AccessDenied", DENIED)
    if not may(role, "s3:PutObject", f"{bucket_arn}/{key}", asked, region).allows:
        raise StepFailed("S3.AccessDenied", DENIED)
    if kms_key and kms_key.startswith("arn:"):
        through = {
            "kms:ViaService": f"s3.{bucket.region_name}.amazonaws.com",
            "kms:EncryptionContext:aws:s3:arn": f"{bucket_arn}/{key}",
        }
        if not may(role, "kms:GenerateDataKey", kms_key, through, region).allows:
            raise StepFailed("S3.AccessDenied", DENIED)
    write(bucket, key, body, kms_key)


def write(bucket: Any, key: str, body: bytes, kms_key: str | None = None) -> None:
    """Write an object without asking for permission; the bucket's encryption and default retention apply to it."""
    lock = {}
    if bucket.object_lock_enabled and bucket.has_default_lock:
        lock = {"lock_mode": bucket.default_lock_mode, "lock_until": bucket.default_retention()}
    partition, owner = s3_backends.bucket_accounts[bucket.name]
    encryption = {"encryption": "aws:kms", "kms_key_id": kms_key} if kms_key else {}
    made = s3_backends[owner][partition].put_object(bucket.name, key, body, **encryption, **lock)
    made.set_metadata({"Content-Type": "application/octet-stream"})


def default_key(bucket: Any) -> str | None:
    """Return the KMS key of a bucket's default encryption, as it was given; None without one."""
    if not bucket.encryption:
        return None
    default = bucket.encryption["Rule"]["ApplyServerSideEncryptionByDefault"]
    return default.get("KMSMasterKeyID") if str(default.get("SSEAlgorithm")).startswith("aws:kms") else None
