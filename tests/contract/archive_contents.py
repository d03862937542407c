# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Contents of an account that log_archive and audit_archive manage: keys, buckets, streams, tables, queries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

Contents = Iterator[tuple[str, list[dict[str, Any]]]]
OF_BUCKET = (
    ("get_bucket_policy", "Policy"),
    ("get_bucket_encryption", "ServerSideEncryptionConfiguration"),
    ("get_bucket_lifecycle_configuration", "Rules"),
    ("get_public_access_block", "PublicAccessBlockConfiguration"),
    ("get_object_lock_configuration", "ObjectLockConfiguration"),
    ("get_bucket_versioning", "Status"),
    ("get_bucket_tagging", "TagSet"),
)


def _or_none(read: Callable[..., dict[str, Any]], key: str, **arguments: Any) -> Any:
    try:
        return read(**arguments).get(key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        return None


def read_keys(kms: Any) -> Contents:
    """Read the account's own keys, without those whose deletion is scheduled."""
    described = [kms.describe_key(KeyId=one["KeyId"])["KeyMetadata"] for one in kms.list_keys()["Keys"]]
    aliases = {one.get("TargetKeyId"): one["AliasName"] for one in kms.list_aliases()["Aliases"]}
    yield (
        "keys",
        [
            {
                "Arn": key["Arn"],
                "alias": aliases.get(key["KeyId"]),
                "state": key["KeyState"],
                "policy": kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"],
                "rotation": kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"],
                "tags": kms.list_resource_tags(KeyId=key["KeyId"])["Tags"],
            }
            for key in described
            if key["KeyState"] != "PendingDeletion" and key["KeyManager"] == "CUSTOMER"
        ],
    )


def read_buckets(s3: Any) -> Contents:
    yield (
        "buckets",
        [
            {
                "name": bucket["Name"],
                **{key: _or_none(getattr(s3, operation), key, Bucket=bucket["Name"]) for operation, key in OF_BUCKET},
            }
            for bucket in s3.list_buckets()["Buckets"]
        ],
    )


def read_streams(firehose: Any, logs: Any) -> Contents:
    """Read streams, destinations of CloudWatch Logs, and the log streams of Firehose."""
    streams = []
    for name in firehose.list_delivery_streams()["DeliveryStreamNames"]:
        described = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
        tags = firehose.list_tags_for_delivery_stream(DeliveryStreamName=name)["Tags"]
        if described["DeliveryStreamStatus"] == "DELETING":
            continue
        # The version counts changes.
        kept = {key: value for key, value in described.items() if key not in ("VersionId", "LastUpdateTimestamp")}
        destinations = [{**one, "DestinationId": "*"} for one in described["Destinations"]]
        streams.append({**kept, "Destinations": destinations, "tags": tags})
    yield "streams", streams
    yield "destinations", logs.describe_destinations()["destinations"]
    for group in logs.describe_log_groups(logGroupNamePrefix="/closednet/log_archive/")["logGroups"]:
        named = {"logGroupName": group["logGroupName"], "logStreamNamePrefix": "firehose/"}
        yield (
            "log streams",
            [{"name": one["logStreamName"]} for one in logs.describe_log_streams(**named)["logStreams"]],
        )


def read_catalog(glue: Any) -> Contents:
    """Read databases and tables, without what Glue counts and dates."""
    keys = ("Name", "Description", "TableType", "PartitionKeys", "StorageDescriptor", "Parameters")
    for database in glue.get_databases()["DatabaseList"]:
        yield "databases", [{key: database.get(key) for key in ("Name", "Parameters")}]
        tables = glue.get_tables(DatabaseName=database["Name"])["TableList"]
        yield f"tables of {database['Name']}", [{key: table.get(key) for key in keys} for table in tables]


def read_queries(athena: Any) -> Contents:
    for one in athena.list_work_groups()["WorkGroups"]:
        group = athena.get_work_group(WorkGroup=one["Name"])["WorkGroup"]
        if one["Name"] == "primary":
            continue
        yield "workgroups", [group]
        ids = athena.list_named_queries(WorkGroup=one["Name"])["NamedQueryIds"]
        queries = athena.batch_get_named_query(NamedQueryIds=ids)["NamedQueries"] if ids else []
        yield f"queries of {one['Name']}", queries
