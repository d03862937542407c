# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects that services and their roles put, as far as the bucket's policy and the key's allow it."""

from __future__ import annotations

from typing import Any, NamedTuple

from moto.s3.models import s3_backends

from emulator.iam.conditions import Context
from emulator.iam.resource_policies import bucket_of, may
from emulator.principals import Principal
from emulator.s3 import encryption
from emulator.s3.asked import context_of


class Refused(NamedTuple):
    """Why an object could not be put: error code of S3, and its text."""

    code: str
    message: str


def put_object(
    who: Principal | str,
    bucket: str,
    key: str,
    body: bytes,
    *,
    context: Context | None = None,
    parameters: dict[str, Any] | None = None,
    metadata: dict[str, str] | None = None,
    kms_context: Context | None = None,
) -> Refused | None:
    """Put an object; return None, or why it was refused.

    who          as for `may`: a service principal, a role's ARN, or a Principal
    context      condition keys of the call, such as aws:SourceArn
    parameters   of PutObject, by botocore's names: ServerSideEncryption, SSEKMSKeyId, ACL, ContentType, ContentEncoding
    metadata     of the object, without x-amz-meta-
    kms_context  instead of S3's: of a service that calls KMS itself, such as CloudTrail (kms:EncryptionContext:aws:...)
    """
    parameters = parameters or {}
    error = refusal(who, bucket, key, context=context, parameters=parameters, kms_context=kms_context)
    if error:
        return error
    found = bucket_of(f"arn:aws:s3:::{bucket}")
    made = s3_backends[found.account_id][found.partition].put_object(
        bucket,
        key,
        body,
        encryption=parameters.get("ServerSideEncryption"),
        kms_key_id=parameters.get("SSEKMSKeyId"),
    )
    made.encryption_context = {
        name: value for name, value in (kms_context or {}).items() if name.startswith("kms:encryptioncontext:")
    }
    headers = {"Content-Type": parameters.get("ContentType", "binary/octet-stream")}
    if encoding := parameters.get("ContentEncoding"):
        headers["Content-Encoding"] = encoding
    made.set_metadata(headers | {f"x-amz-meta-{name}": value for name, value in (metadata or {}).items()})
    return None


def refusal(
    who: Principal | str,
    bucket: str,
    key: str,
    *,
    context: Context | None = None,
    parameters: dict[str, Any] | None = None,
    kms_context: Context | None = None,
) -> Refused | None:
    """Return why an object would be refused, None if it could be put. Parameters: see put_object."""
    found = bucket_of(f"arn:aws:s3:::{bucket}")
    if found is None:
        return Refused("NoSuchBucket", "The specified bucket does not exist")
    parameters = {"Bucket": bucket, "Key": key} | (parameters or {})
    of_call = {**context_of(parameters), **(context or {})}
    if not may(who, "s3:PutObject", f"arn:aws:s3:::{bucket}/{key}", of_call, found.region_name).allows:
        return Refused("AccessDenied", "Access Denied")
    account_id = found.account_id
    if not _is_service(who):
        account_id = who.split(":")[4] if isinstance(who, str) else who.account_id
    for use in encryption.uses("PutObject", parameters):
        kms_key, fault = encryption.resolved(use, account_id)
        if fault:
            return Refused(fault.code, fault.message)
        of_key = {**use.context, **(context or {}), **(kms_context or {})}
        # aws/s3 is for roles and users of its own account.
        allowed = use.account_id == account_id and not _is_service(who)
        if kms_key is not None:
            allowed = may(who, use.action, kms_key.arn, of_key, found.region_name).allows
        if not allowed:
            return Refused("AccessDenied", f"Access Denied: {use.action}")
    return None


def _is_service(who: Principal | str) -> bool:
    return isinstance(who, str) and not who.startswith("arn:")
