# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Trust policies and permissions of a log archive's roles: CloudWatch Logs, Firehose, the function."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..._core.errors import Invalid
from . import layout
from .policies import Archive, checked

# "IAM and AWS STS quotas": a role's trust policy; a role's inline policies together.
TRUST_POLICY, ROLE_POLICY = 2048, 10240


def destination_trust(archive: Archive) -> dict[str, Any]:
    """Return the trust policy of the role by which CloudWatch Logs writes to the streams.

    It names the sources and the archive, as "Cross-account account-level subscriptions using Firehose" does; where
    these are too many for IAM, their organization. Raises Invalid if there is none.
    """
    accounts = sorted({*archive.accounts, archive.account_id})
    arns = [f"arn:{archive.partition}:logs:{archive.region}:{account}:*" for account in accounts]
    named = _trust("logs.amazonaws.com", {"StringLike": {"aws:SourceArn": arns}})
    if len(json.dumps(named, separators=(",", ":"))) <= TRUST_POLICY:
        return named
    if not archive.organization_id:
        problem = f"are {len(accounts)}, more than the trust policy of a role can name"
        raise Invalid("source_account_ids", None, problem, "organization_id, which admits the organization's accounts")
    anyone = f"arn:{archive.partition}:logs:{archive.region}:*:*"
    of_organization = {
        "StringLike": {"aws:SourceArn": anyone},
        "StringEquals": {"aws:SourceOrgID": archive.organization_id},
    }
    return _trust("logs.amazonaws.com", of_organization)


def destination_permissions(archive: Archive) -> dict[str, Any]:
    """Return the permissions of that role: to write to the archive's streams."""
    return _permissions({"Streams": (["firehose:PutRecord", "firehose:PutRecordBatch"], _stream_arns(archive), None)})


def firehose_trust(archive: Archive) -> dict[str, Any]:
    """Return the trust policy of the streams' role ("Allow Firehose to assume an IAM role").

    Without a condition: only principals of this account can pass the role to a stream, and only to one of this account.
    """
    return _trust("firehose.amazonaws.com")


def firehose_permissions(archive: Archive, key_arn: str) -> dict[str, Any]:
    """Return the permissions of the streams' role, as in "Grant Firehose access to an Amazon S3 destination".

    key_arn: the KMS key of the bucket.
    """
    partition, region, account_id = archive.partition, archive.region, archive.account_id
    bucket = f"arn:{partition}:s3:::{archive.bucket}"
    streamed = [table for table in archive.tables if table.streamed]
    prefixes = [layout.ERRORS, *(f"{table.name}/" for table in streamed)]
    glue = f"arn:{partition}:glue:{region}:{account_id}"
    database = layout.database(archive.name)
    tables = [f"{glue}:table/{database}/{table.name}" for table in streamed]
    through_s3 = {
        "StringLike": {
            "kms:EncryptionContext:aws:s3:arn": [bucket, f"{bucket}/*"],
            "kms:ViaService": f"s3.{region}.*",
        },
    }
    group = f"arn:{partition}:logs:{region}:{account_id}:log-group:{layout.log_group(archive.name)}"
    of_bucket = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
    of_objects = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
    of_glue = ["glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions"]
    statements = {
        "Bucket": (of_bucket, bucket, None),
        "Objects": (of_objects, [f"{bucket}/{prefix}*" for prefix in prefixes], None),
        "Key": (["kms:Decrypt", "kms:GenerateDataKey"], key_arn, through_s3),
        "Log": ("logs:PutLogEvents", f"{group}:log-stream:{layout.log_stream('*')}", None),
    }
    if any(not table.raw for table in streamed):
        function = layout.function_arn(partition, region, account_id, archive.name)
        handled = ["lambda:InvokeFunction", "lambda:GetFunctionConfiguration"]
        statements["Function"] = (handled, [function, f"{function}:*"], None)
        statements["Schema"] = (of_glue, [f"{glue}:catalog", f"{glue}:database/{database}", *tables], None)
    return checked("tables", _permissions(statements), ROLE_POLICY, "a role's policy", "fewer tables")


def handler_trust() -> dict[str, Any]:
    """Return the trust policy of the function's role."""
    return _trust("lambda.amazonaws.com")


def handler_permissions(archive: Archive) -> dict[str, Any]:
    """Return the permissions of the function's role: it writes its log, and reads nothing."""
    group = layout.log_group(archive.name)
    arn = f"arn:{archive.partition}:logs:{archive.region}:{archive.account_id}:log-group:{group}:log-stream:*"
    return _permissions({"Log": (["logs:CreateLogStream", "logs:PutLogEvents"], arn, None)})


def _stream_arns(archive: Archive) -> list[str]:
    place = (archive.partition, archive.region, archive.account_id, archive.name)
    return [layout.stream_arn(*place, table.name) for table in archive.tables if table.streamed]


def _trust(service: str, condition: Any = None) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {
        "Version": "2012-10-17",
        "Statement": [{**statement, "Condition": condition} if condition else statement],
    }


def _permissions(statements: Mapping[str, tuple[Any, Any, Any]]) -> dict[str, Any]:
    """Return a policy; statements: sid -> (actions, resources, condition)."""
    allowed = []
    for sid, (actions, resources, condition) in statements.items():
        statement = {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
        allowed.append({**statement, "Condition": condition} if condition else statement)
    return {"Version": "2012-10-17", "Statement": allowed}
