# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cases of log_archive: with streams, tables and queries of all kinds; and with AWS's own centralization."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.contract.archive_cases import ORGANIZATION, READS, STAYS, Parts, bucket, document
from tests.contract.case import TAGS, Case, Drift, tags
from tests.contract.world import OWNER_TAG, World
from tests.emulator.conftest import HUB, MANAGEMENT, SPOKE, SPOKE_2, STRANGER

OWNER = "log_archive/logs"
LOGS = {
    "name": "logs",
    "bucket": "logs-of-example",
    "trail_bucket": "trails-of-example",
    "trail_organization_id": ORGANIZATION,
    "object_lock": {"mode": "governance", "days": 365},
    "organization_id": ORGANIZATION,
    "source_account_ids": [SPOKE, SPOKE_2],
    "auditors": [{"principal_arns": [f"arn:aws:iam::{SPOKE}:role/auditor"], "account_ids": [SPOKE]}],
    "auditor_role": "log-reader",
    "tables": [
        {"type": "cloudwatch"},
        {"name": "payments", "type": "custom", "columns": [{"name": "amount", "type": "double"}]},
        {"name": "messages", "type": "cloudwatch", "raw": True},
        {"type": "vpc_flow_logs"},
        {"type": "cloudtrail"},
    ],
    "tags": TAGS,
}
STREAM, FUNCTION, GROUP = "logs-cloudwatch", "logs-handler", "/closednet/log_archive/logs"
PLACE = f"eu-central-1:{HUB}"
FUNCTION_ARN = f"arn:aws:lambda:{PLACE}:function:{FUNCTION}"
STREAM_ARN = f"arn:aws:firehose:{PLACE}:deliverystream/{STREAM}"
WORKGROUP_ARN = f"arn:aws:athena:{PLACE}:workgroup/logs"
ROLE = "logs-firehose-eu-central-1"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}
ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
OF_LOGS = Parts(OWNER, "logs-of-example")


def call(service: str, operation: str, **arguments: Any) -> Callable[[World], Any]:
    return lambda world: getattr(world.client(HUB, service), operation)(**arguments)


def change(kind: str, name: str, fields: tuple[str, ...], make: Callable[[World], Any], **more: Any) -> Drift:
    return Drift(f"{kind}: {name}", kind, fields, "change", make, **more)


def removed(kind: str, fields: tuple[str, ...], make: Callable[[World], Any]) -> Drift:
    return Drift(f"{kind}: removed", kind, fields, "create", make)


# ---- roles, function, log -----------------------------------------------------------------------------------------


def role_removed(world: World) -> None:
    iam = world.client(HUB, "iam")
    iam.delete_role_policy(RoleName=ROLE, PolicyName="service")
    iam.delete_role(RoleName=ROLE)


def more_policies(world: World) -> None:
    iam = world.client(HUB, "iam")
    iam.attach_role_policy(RoleName=ROLE, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    iam.put_role_policy(RoleName=ROLE, PolicyName="by-hand", PolicyDocument=json.dumps(ANYTHING))


def retag_role(world: World, name: str, **values: str) -> None:
    pairs = [{"Key": key, "Value": value} for key, value in values.items()]
    world.client(HUB, "iam").tag_role(RoleName=name, Tags=pairs)


def other_function(world: World) -> None:
    world.client(HUB, "lambda").update_function_configuration(
        FunctionName=FUNCTION,
        Runtime="python3.12",
        Handler="other.handler",
        Role=f"arn:aws:iam::{HUB}:role/logs-dest-eu-central-1",
        Timeout=3,
        MemorySize=128,
        Environment={"Variables": {"BY": "hand"}},
        LoggingConfig={"LogGroup": "/by/hand"},
    )


def retag_function(world: World, arn: str, **values: str) -> None:
    world.client(HUB, "lambda").tag_resource(Resource=arn, Tags=values)


def log_group(world: World) -> str:
    (found,) = world.client(HUB, "logs").describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]
    return str(found["arn"]).removesuffix(":*")


def retag_log_group(world: World, arn: str, **values: str) -> None:
    world.client(HUB, "logs").tag_resource(resourceArn=arn, tags=values)


SERVICE_DRIFTS = [
    removed("service_role", ("role_name",), role_removed),
    change(
        "service_role",
        "for anybody",
        ("trust",),
        call("iam", "update_assume_role_policy", RoleName=ROLE, PolicyDocument=json.dumps(TRUST)),
    ),
    change(
        "service_role",
        "may do anything",
        ("policy",),
        call("iam", "put_role_policy", RoleName=ROLE, PolicyName="service", PolicyDocument=json.dumps(ANYTHING)),
    ),
    change("service_role", "more policies", ("others",), more_policies),
    *tags("service_role", HUB, lambda world: ROLE, retag_role),
    removed("lambda_function", ("function_name",), call("lambda", "delete_function", FunctionName=FUNCTION)),
    change(
        "lambda_function",
        "other code",
        ("code_sha256",),
        call("lambda", "update_function_code", FunctionName=FUNCTION, ZipFile=b"not looked at"),
    ),
    change(
        "lambda_function",
        "another configuration",
        ("runtime", "handler", "role", "timeout", "memory", "environment", "log_group"),
        other_function,
    ),
    *tags("lambda_function", HUB, lambda world: FUNCTION_ARN, retag_function),
    removed("log_group", ("log_group",), call("logs", "delete_log_group", logGroupName=GROUP)),
    change(
        "log_group",
        "kept for a day",
        ("retention_days",),
        call("logs", "put_retention_policy", logGroupName=GROUP, retentionInDays=1),
    ),
    *tags("log_group", HUB, log_group, retag_log_group),
    removed(
        "delivery_log_stream",
        ("log_group", "log_stream"),
        call("logs", "delete_log_stream", logGroupName=GROUP, logStreamName="firehose/cloudwatch"),
    ),
]


# ---- streams and destinations -------------------------------------------------------------------------------------


def firehose(world: World) -> Any:
    return world.client(HUB, "firehose")


def other_destination(world: World) -> None:
    stream = firehose(world).describe_delivery_stream(DeliveryStreamName=STREAM)["DeliveryStreamDescription"]
    destination = stream["Destinations"][0]
    bucket(world, "another-of-example")
    role = by_hand(world)
    # A stream with dynamic partitioning and without conversion: as the emulator, and AWS, take it.
    firehose(world).update_destination(
        DeliveryStreamName=STREAM,
        CurrentDeliveryStreamVersionId=stream["VersionId"],
        DestinationId=destination["DestinationId"],
        ExtendedS3DestinationUpdate={
            "RoleARN": role,
            "BucketARN": "arn:aws:s3:::another-of-example",
            "Prefix": "by-hand/!{partitionKeyFromLambda:account}/",
            "ErrorOutputPrefix": "by-hand-errors/",
            "BufferingHints": {"SizeInMBs": 65, "IntervalInSeconds": 61},
            "CompressionFormat": "GZIP",
            "EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"},
            "CloudWatchLoggingOptions": {"Enabled": False},
            "DataFormatConversionConfiguration": {"Enabled": False},
            "ProcessingConfiguration": {
                "Enabled": True,
                "Processors": [
                    {
                        "Type": "Lambda",
                        "Parameters": [
                            {"ParameterName": "LambdaArn", "ParameterValue": f"{FUNCTION_ARN}:$LATEST"},
                            {"ParameterName": "BufferSizeInMBs", "ParameterValue": "3"},
                            {"ParameterName": "BufferIntervalInSeconds", "ParameterValue": "61"},
                        ],
                    }
                ],
            },
        },
    )


def others_removed(world: World) -> None:
    world.client(HUB, "s3").delete_bucket(Bucket="another-of-example")
    world.client(HUB, "iam").delete_role(RoleName="by-hand")


def by_hand(world: World) -> str:
    """Create a role for Firehose; return its ARN."""
    statement = {"Effect": "Allow", "Principal": {"Service": "firehose.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    made = world.client(HUB, "iam").create_role(RoleName="by-hand", AssumeRolePolicyDocument=trust)
    return str(made["Role"]["Arn"])


def retag_stream(world: World, arn: str, **values: str) -> None:
    pairs = [{"Key": key, "Value": value} for key, value in values.items()]
    firehose(world).tag_delivery_stream(DeliveryStreamName=arn.rpartition("/")[2], Tags=pairs)


def stream_removed(world: World) -> None:
    firehose(world).delete_delivery_stream(DeliveryStreamName=STREAM)


def destination(world: World) -> dict[str, Any]:
    (found,) = world.client(HUB, "logs").describe_destinations(DestinationNamePrefix=STREAM)["destinations"]
    return found


def to_another_stream(world: World) -> None:
    world.client(HUB, "logs").put_destination(
        destinationName=STREAM,
        targetArn=STREAM_ARN.replace("cloudwatch", "payments"),
        roleArn=destination(world)["roleArn"],
    )


def for_one_account(world: World) -> None:
    allowed = {
        "Sid": "Sources",
        "Effect": "Allow",
        "Principal": {"AWS": STRANGER},
        "Action": "logs:PutSubscriptionFilter",
        "Resource": destination(world)["arn"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    world.client(HUB, "logs").put_destination_policy(destinationName=STREAM, accessPolicy=policy)


STREAM_DRIFTS = [
    removed("delivery_stream", ("stream", "partitioned"), stream_removed),
    change(
        "delivery_stream",
        "to another bucket",
        (
            *("role", "bucket", "prefix", "error_prefix", "buffer_seconds", "buffer_mib", "compression", "key", "log"),
            *("processors", "conversion"),
        ),
        other_destination,
        others=others_removed,
    ),
    change(
        "delivery_stream",
        "not encrypted",
        ("encrypted",),
        call("firehose", "stop_delivery_stream_encryption", DeliveryStreamName=STREAM),
    ),
    *tags("delivery_stream", HUB, lambda world: STREAM_ARN, retag_stream),
    removed("log_destination", ("destination", "role"), call("logs", "delete_destination", destinationName=STREAM)),
    change("log_destination", "to another stream", ("target",), to_another_stream),
    change(
        "log_destination",
        "for one account",
        ("policy",),
        for_one_account,
        confirm=(f"logs/{STRANGER}",),
    ),
]


# ---- tables and queries -------------------------------------------------------------------------------------------


def other_table(world: World) -> None:
    columns = [{"Name": "line", "Type": "string"}]
    table = {
        "Name": "cloudwatch",
        "Description": "by hand",
        "TableType": "VIRTUAL_VIEW",
        "PartitionKeys": [],
        "StorageDescriptor": {"Columns": columns, "Location": "s3://another-of-example/"},
        "Parameters": {OWNER_TAG: OWNER},
    }
    world.client(HUB, "glue").update_table(DatabaseName="logs", TableInput=table)


def retag_workgroup(world: World, arn: str, **values: str) -> None:
    pairs = [{"Key": key, "Value": value} for key, value in values.items()]
    world.client(HUB, "athena").tag_resource(ResourceARN=arn, Tags=pairs)


def query(world: World) -> dict[str, Any]:
    athena = world.client(HUB, "athena")
    ids = athena.list_named_queries(WorkGroup="logs")["NamedQueryIds"]
    found = athena.batch_get_named_query(NamedQueryIds=ids)["NamedQueries"]
    return next(one for one in found if one["Name"] == "rejected_flows")


def query_removed(world: World) -> None:
    world.client(HUB, "athena").delete_named_query(NamedQueryId=query(world)["NamedQueryId"])


def query_changed(**changed: str) -> Callable[[World], Any]:
    def make(world: World) -> None:
        there = query(world)
        kept = {key: there[key] for key in ("NamedQueryId", "Name", "Description", "QueryString")}
        world.client(HUB, "athena").update_named_query(**{**kept, **changed})

    return make


QUERY_DRIFTS = [
    removed("log_table", ("database", "table"), call("glue", "delete_table", DatabaseName="logs", Name="cloudwatch")),
    change(
        "log_table",
        "changed",
        ("description", "table_type", "partition_keys", "storage", "parameters"),
        other_table,
        confirm=("logs/log_table.cloudwatch:location",),
    ),
    removed("log_database", ("database",), call("glue", "delete_database", Name="logs")),
    removed(
        "query_workgroup",
        ("workgroup",),
        call("athena", "delete_work_group", WorkGroup="logs", RecursiveDeleteOption=True),
    ),
    change(
        "query_workgroup",
        "without limits",
        ("description", "state", "bytes_limit", "enforced", "results_key"),
        call(
            "athena",
            "update_work_group",
            WorkGroup="logs",
            Description="by hand",
            State="DISABLED",
            ConfigurationUpdates={
                "EnforceWorkGroupConfiguration": False,
                "RemoveBytesScannedCutoffPerQuery": True,
                "ManagedQueryResultsConfigurationUpdates": {"Enabled": True, "RemoveEncryptionConfiguration": True},
            },
        ),
    ),
    *tags("query_workgroup", HUB, lambda world: WORKGROUP_ARN, retag_workgroup),
    removed("named_query", ("workgroup", "database", "query"), query_removed),
    change(
        "named_query",
        "other text",
        ("description", "sql"),
        query_changed(Description=f"by hand ({OWNER_TAG}={OWNER})", QueryString="SELECT 1"),
    ),
]


# ---- what others made ---------------------------------------------------------------------------------------------


def foreign_role(world: World) -> str:
    made = world.client(HUB, "iam").create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(TRUST))
    return str(made["Role"]["Arn"])


def foreign_stream(world: World) -> str:
    bucket(world, "another-of-example")
    made = firehose(world).create_delivery_stream(
        DeliveryStreamName=STREAM,
        ExtendedS3DestinationConfiguration={
            "RoleARN": by_hand(world),
            "BucketARN": "arn:aws:s3:::another-of-example",
        },
    )
    return str(made["DeliveryStreamARN"])


def foreign_table(world: World) -> str:
    """Create a table in a database with the module's parameter, like one that was handed over."""
    glue = world.client(HUB, "glue")
    glue.create_database(DatabaseInput={"Name": "logs", "Parameters": {OWNER_TAG: OWNER}})
    glue.create_table(DatabaseName="logs", TableInput={"Name": "cloudwatch", "StorageDescriptor": {"Columns": []}})
    return "logs.cloudwatch"


def foreign_database(world: World) -> str:
    world.client(HUB, "glue").create_database(DatabaseInput={"Name": "logs"})
    return "logs"


def foreign_workgroup(world: World) -> str:
    world.client(HUB, "athena").create_work_group(Name="logs")
    return WORKGROUP_ARN


def foreign_log_group(world: World) -> str:
    world.client(HUB, "logs").create_log_group(logGroupName=GROUP)
    return log_group(world)


LOG_ARCHIVE = Case(
    "log_archive",
    HUB,
    LOGS,
    [HUB],
    [
        *OF_LOGS.key_drifts(),
        *OF_LOGS.bucket_drifts(locked=True),
        *SERVICE_DRIFTS,
        *STREAM_DRIFTS,
        *QUERY_DRIFTS,
    ],
    stays=STAYS,
    keeps=("archive_key", "archive_bucket"),
    foreign={
        "key": OF_LOGS.foreign_key,
        "bucket": lambda world: bucket(world, "logs-of-example"),
        "another account's bucket": lambda world: bucket(world, "logs-of-example", SPOKE),
        "role": foreign_role,
        "stream": foreign_stream,
        "database": foreign_database,
        "table": foreign_table,
        "workgroup": foreign_workgroup,
        "log group": foreign_log_group,
    },
    reads=READS,
)


# ---- by CloudWatch Logs' own centralization -----------------------------------------------------------------------

CENTRAL = Parts("log_archive/central", "central-of-example", MANAGEMENT)


def observability(world: World) -> Any:
    return world.client(MANAGEMENT, "observabilityadmin")


def rule_arn(world: World) -> str:
    return str(observability(world).get_centralization_rule_for_organization(RuleIdentifier="central")["RuleArn"])


def rule_removed(world: World) -> None:
    observability(world).delete_centralization_rule_for_organization(RuleIdentifier="central")


def other_rule(world: World) -> None:
    rule = {
        "Source": {
            "Regions": ["eu-west-1"],
            "Scope": f"OrganizationId = '{ORGANIZATION}'",
            "SourceLogsConfiguration": {
                "LogGroupSelectionCriteria": "*",
                "EncryptedLogGroupStrategy": "ALLOW",
            },
        },
        "Destination": {
            "Region": "eu-west-1",
            "Account": HUB,
            "DestinationLogsConfiguration": {
                "LogGroupNameConfiguration": {"LogGroupNamePattern": "/by/hand/${source.logGroup}"}
            },
        },
    }
    observability(world).update_centralization_rule_for_organization(RuleIdentifier="central", Rule=rule)


def retag_rule(world: World, arn: str, **values: str) -> None:
    observability(world).tag_resource(ResourceARN=arn, Tags=values)


def keys(world: World) -> None:
    kms = world.client(MANAGEMENT, "kms")
    for name in ("key", "copies"):
        world.made[name] = kms.create_key()["KeyMetadata"]["Arn"]
    results = {"Service": "encryption.athena.amazonaws.com"}
    statements = [
        {"Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"}
        for principal in ({"AWS": f"arn:aws:iam::{MANAGEMENT}:root"}, results)
    ]
    kms.put_key_policy(KeyId=world.made["key"], PolicyName="default", Policy=document(*statements))


CENTRALIZED = Case(
    "log_archive",
    MANAGEMENT,
    {
        "name": "central",
        "bucket": "central-of-example",
        "kms_key_arn": lambda world: world.made["key"],
        "source_account_ids": [SPOKE],
        "tables": [{"type": "cloudwatch"}],
        "transport": "centralization",
        "centralization": lambda world: {
            "excluded_log_groups": ["/noise"],
            "encrypted_log_groups": False,
            "kms_key_arn": world.made["copies"],
        },
        "tags": TAGS,
    },
    [MANAGEMENT],
    [
        CENTRAL.bucket_drifts(locked=False)[-3],
        removed("centralization_rule", ("rule_name",), rule_removed),
        change(
            "centralization_rule",
            "another",
            (
                *("regions", "scope", "log_groups", "encrypted", "account_id", "region", "pattern"),
                "kms_key_arn",
            ),
            other_rule,
        ),
        *tags("centralization_rule", MANAGEMENT, rule_arn, retag_rule),
    ],
    before=keys,
    stays=STAYS,
    keeps=("archive_key", "archive_bucket"),
    reads=READS,
    name="by centralization",
)

CASES = [LOG_ARCHIVE, CENTRALIZED]
