# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Unsigned reads of S3 objects, as far as the bucket's policy allows them to everyone.

moto answers such calls whatever the policy says.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-policy-language-overview.html. Block Public Access refuses
a policy when it is put (policies.py); what it blocks of one that was put before is not evaluated.
"""

from __future__ import annotations

import sys
from uuid import uuid4
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from emulator.iam.policy import Caller, Policy, Request, evaluate

# Condition keys of calls without a signature, as a VPC endpoint sets them (aws:SourceVpce, aws:SourceVpc); see control.
context_told: dict[str, str] = {}


def owner(path: str) -> str:
    """Return the account that owns the bucket in the path, "" if there is no such bucket.

    moto's S3 is imported at the first signed call; before that no bucket exists.
    """
    moto = sys.modules.get("moto.s3.models")
    name = path.lstrip("/").partition("/")[0]
    # Another thread may be importing it just now.
    backends = getattr(moto, "s3_backends", None)
    return backends.bucket_accounts.get(name, ("", ""))[1] if backends else ""


def refusal(operation: str, path: str) -> Response | None:
    """Return the error answer to an unsigned call that isn't permitted, None if moto may answer. path: /BUCKET/KEY."""
    bucket_name, _slash, key = path.lstrip("/").partition("/")
    if operation not in ("GetObject", "HeadObject"):
        return error("AccessDenied", "Access Denied", 403)
    s3_backends = sys.modules["moto.s3.models"].s3_backends
    partition, account_id = s3_backends.bucket_accounts[bucket_name]
    bucket = s3_backends[account_id][partition].get_bucket(bucket_name)
    policy = bucket.policy
    arn = f"arn:{partition}:s3:::{bucket_name}"
    if not _permitted(policy, "s3:GetObject", f"{arn}/{key}"):
        return error("AccessDenied", "Access Denied", 403)
    # "If you have the s3:ListBucket permission on the bucket, Amazon S3 returns an HTTP status code 404 error. If you
    # don't [...], 403": https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    if bucket.keys.get(key) is None and not _permitted(policy, "s3:ListBucket", arn):
        return error("AccessDenied", "Access Denied", 403)
    return None


def _permitted(policy: bytes | None, action: str, resource: str) -> bool:
    context = {"aws:securetransport": "true", "s3:authtype": "REST-HEADER"}
    context |= {key.lower(): value for key, value in context_told.items()}
    request = Request(action, resource, context, Caller("", ""))
    policies = [Policy("ResourcePolicy", "resource", as_text(policy))] if policy else []
    return evaluate(policies, request, resource_based=True).allows


def as_text(policy: bytes | str) -> str:
    """Return a bucket's policy as moto keeps it, as text."""
    return policy.decode() if isinstance(policy, bytes) else policy


def error(code: str, message: str, status: int) -> Response:
    """Build an error in S3's format: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""
    request_id = uuid4().hex[:16].upper()
    body = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message><RequestId>{request_id}</RequestId></Error>"
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'
    return Response(text, status, {"x-amz-request-id": request_id}, content_type="application/xml")
