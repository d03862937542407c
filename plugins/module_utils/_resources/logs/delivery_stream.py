# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Streams of Amazon Data Firehose that write to a bucket, each by its name."""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Wait
from ..._core.reconcile import OWNER_TAG, Actual, Call, Conflict, ResourceType
from ..iam.authorization_details import placed
from ..shared import in_transition, named, states
from ..shared.ec2 import pairs
from ..shared.partial_reads import unless

READ_AFTER = ("log_table",)
INPUTS = ("destination_prefix",)
PERMISSIONS = (
    "firehose:CreateDeliveryStream",
    "firehose:DeleteDeliveryStream",
    "firehose:DescribeDeliveryStream",
    "firehose:ListTagsForDeliveryStream",
    "firehose:StartDeliveryStreamEncryption",
    "firehose:TagDeliveryStream",
    "firehose:UntagDeliveryStream",
    "firehose:UpdateDestination",
    "iam:PassRole/firehose.amazonaws.com",
)
NONE = ("ResourceNotFoundException",)
DESCRIBE = "firehose.describe_delivery_stream"
STATUS = "[DeliveryStreamDescription.DeliveryStreamStatus]"
# The engine's words for states on the way.
TRANSITIONS = {"CREATING": "pending", "DELETING": "deleting"}
# Processor whose parameter DescribeDeliveryStream doesn't answer (github.com/hashicorp/terraform-provider-aws, the
# resource's flattenProcessingConfiguration), and what is sent for it.
DELIMITED = "AppendDelimiterToRecord"
SENT = {DELIMITED: {"Delimiter": "\\n"}}
# Fields of the destination, all sent by one UpdateDestination.
DESTINATION = (
    *("role", "bucket", "prefix", "error_prefix", "buffer_seconds", "buffer_mib", "compression", "key", "log"),
    *("processors", "conversion"),
)


def read(aws, declared, found):
    """Return {table: Actual} of the streams of declared tables, and of tables in AWS that are declared no longer.

    The id is the ARN.

    Fields: stream, encrypted (at rest), partitioned (dynamic partitioning), those of DESTINATION, tags. processors: [
    {type, parameters}], numbers as Firehose writes them; conversion: {role, database, table, region}, {}: none.
    details: state, error, version, destination (ids for UpdateDestination).
    """
    names = {name: fields["stream"] for name, fields in declared.resources["delivery_stream"].items()}
    names |= {
        name: f"{declared.inputs.destination_prefix}{name}"
        for name, there in found["log_table"].items()
        if there.managed and name not in declared.resources["log_table"]
    }
    reads = [lambda name=name: _read(aws, name, declared.owner) for name in names.values()]
    return {name: there for name, there in zip(names, aws.gather(*reads)) if there}


def _read(aws, name, owner):
    arguments = {"DeliveryStreamName": name}
    there = unless(NONE, lambda: aws.call(DESCRIBE, **arguments)["DeliveryStreamDescription"], None)
    if not there:
        return None
    listed = unless(NONE, lambda: aws.call("firehose.list_tags_for_delivery_stream", **arguments, Limit=50)["Tags"], [])
    tags = {tag["Key"]: tag.get("Value", "") for tag in listed}
    destination = there["Destinations"][0]
    status = there["DeliveryStreamStatus"]
    failure = there.get("FailureDescription", {})
    return Actual(
        there["DeliveryStreamARN"],
        {
            "stream": name,
            "encrypted": there.get("DeliveryStreamEncryptionConfiguration", {}).get("Status")
            in ("ENABLED", "ENABLING"),
            **_destination(destination.get("ExtendedS3DestinationDescription", {})),
            "tags": tags,
        },
        tags.get(OWNER_TAG) == owner,
        {
            "state": TRANSITIONS.get(status, status),
            "error": f"{failure['Type']}: {failure['Details']}" if failure else "",
            "version": there["VersionId"],
            "destination": destination["DestinationId"],
        },
    )


def _destination(s3):
    conversion = s3.get("DataFormatConversionConfiguration") or {}
    processing = s3.get("ProcessingConfiguration") or {}
    logging = s3.get("CloudWatchLoggingOptions") or {}
    hints = s3.get("BufferingHints") or {}
    encryption = s3.get("EncryptionConfiguration") or {}
    return {
        "partitioned": bool((s3.get("DynamicPartitioningConfiguration") or {}).get("Enabled")),
        "role": s3.get("RoleARN"),
        "bucket": s3.get("BucketARN"),
        "prefix": s3.get("Prefix", ""),
        "error_prefix": s3.get("ErrorOutputPrefix", ""),
        "buffer_seconds": hints.get("IntervalInSeconds"),
        "buffer_mib": hints.get("SizeInMBs"),
        "compression": s3.get("CompressionFormat"),
        "key": encryption.get("KMSEncryptionConfig", {}).get("AWSKMSKeyARN"),
        "log": {"group": logging.get("LogGroupName"), "stream": logging.get("LogStreamName")}
        if logging.get("Enabled")
        else None,
        "processors": [
            {
                "type": one["Type"],
                "parameters": {
                    parameter["ParameterName"]: _number(parameter["ParameterValue"])
                    for parameter in one.get("Parameters", [])
                    if one["Type"] != DELIMITED
                },
            }
            for one in processing.get("Processors", [])
            if processing.get("Enabled")
        ],
        "conversion": _conversion(conversion.get("SchemaConfiguration", {})) if conversion.get("Enabled") else {},
    }


def _conversion(schema):
    return {
        "role": schema.get("RoleARN"),
        "database": schema.get("DatabaseName"),
        "table": schema.get("TableName"),
        "region": schema.get("Region"),
    }


def _number(value):
    """Return a parameter's value, a number in its shortest form: Firehose may answer 1.0 where 1 was sent."""
    return f"{float(value):g}" if value.replace(".", "", 1).isdigit() else value


def plan(wanted, found, declared):
    there = found["delivery_stream"]
    complete = {name: _complete(fields) for name, fields in placed(wanted, declared).items()}
    for name, fields in complete.items():
        before = there.get(name)
        if before and before.managed and before.fields["partitioned"] != fields["partitioned"]:
            # CDK's DynamicPartitioningProps: "You cannot enable dynamic partitioning for an existing Firehose stream".
            raise Conflict(
                f"delivery_stream.{name}: {before.id} was created {_written(before.fields)}, declared is"
                f" {_written(fields)}, which Firehose can't change. Declare it as it was, or a table of another name"
            )
    steps = in_transition.reconcile_with_waits(KIND, complete, there, declared, _settled, _gone)
    return named.after_resource([_with_version(step, there) for step in steps])


def _written(fields):
    return "with partitions by account" if fields["partitioned"] else "with raw: true, without partitions by account"


def _complete(fields):
    processors = [{**one, "parameters": _numbered(one["parameters"])} for one in fields["processors"]]
    return {**fields, "processors": processors}


def _numbered(parameters):
    # A Ref, to a function that isn't created yet, is no text.
    return {key: _number(value) if isinstance(value, str) else value for key, value in parameters.items()}


def _with_version(step, there):
    """Return the step; that of UpdateDestination with the version and destination that were read."""
    if step.operation != "firehose.update_destination" or step.address.name not in there:
        return step
    details = there[step.address.name].details
    ids = {"CurrentDeliveryStreamVersionId": details["version"], "DestinationId": details["destination"]}
    return replace(step, params={**step.params, **ids})


def findings(wanted, found, declared):
    meanings = {
        "CREATING_FAILED": "AWS couldn't create it; remove the reason, delete it, and run again",
        "DELETING_FAILED": "AWS couldn't delete it; remove the reason and run again",
    }
    return states.findings(wanted, found["delivery_stream"], ("ACTIVE",), meanings)


def _settled(arn):
    return _active(arn.rpartition("/")[2])


def _active(name):
    return Wait(
        DESCRIBE,
        {"DeliveryStreamName": name},
        STATUS,
        until=("ACTIVE",),
        pending=("CREATING",),
        failed=("CREATING_FAILED",),
    )


def _gone(arn):
    name = arn.rpartition("/")[2]
    return Wait(DESCRIBE, {"DeliveryStreamName": name}, STATUS, gone=True, failed=("DELETING_FAILED",))


def _create(fields):
    return Call(
        "firehose.create_delivery_stream",
        {
            "DeliveryStreamName": fields["stream"],
            "DeliveryStreamType": "DirectPut",
            # What waits in the stream is encrypted with a key of Firehose's; objects are by the bucket's.
            "DeliveryStreamEncryptionConfigurationInput": {"KeyType": "AWS_OWNED_CMK"},
            "ExtendedS3DestinationConfiguration": {
                **_configuration(fields),
                "DynamicPartitioningConfiguration": _partitioning(fields),
                "S3BackupMode": "Disabled",
            },
            "Tags": pairs(fields["tags"]),
        },
        id_path="DeliveryStreamARN",
        wait=_active(fields["stream"]),
    )


def _partitioning(fields):
    # How long Firehose tries to write a partition before its records go to the error prefix; its default.
    return (
        {"Enabled": True, "RetryOptions": {"DurationInSeconds": 300}} if fields["partitioned"] else {"Enabled": False}
    )


def _configuration(fields):
    """Return the destination, in the form that CreateDeliveryStream and UpdateDestination share."""
    processors = [
        {
            "Type": one["type"],
            "Parameters": [
                {"ParameterName": name, "ParameterValue": value}
                for name, value in sorted({**one["parameters"], **SENT.get(one["type"], {})}.items())
            ],
        }
        for one in fields["processors"]
    ]
    return {
        "RoleARN": fields["role"],
        "BucketARN": fields["bucket"],
        "Prefix": fields["prefix"],
        "ErrorOutputPrefix": fields["error_prefix"],
        "BufferingHints": {"SizeInMBs": fields["buffer_mib"], "IntervalInSeconds": fields["buffer_seconds"]},
        "CompressionFormat": fields["compression"],
        "EncryptionConfiguration": {"KMSEncryptionConfig": {"AWSKMSKeyARN": fields["key"]}},
        "CloudWatchLoggingOptions": {
            "Enabled": True,
            "LogGroupName": fields["log"]["group"],
            "LogStreamName": fields["log"]["stream"],
        },
        "ProcessingConfiguration": {"Enabled": bool(processors), "Processors": processors},
        "DataFormatConversionConfiguration": _to_parquet(fields["conversion"]),
    }


def _to_parquet(conversion):
    if not conversion:
        return {"Enabled": False}
    return {
        "Enabled": True,
        "SchemaConfiguration": {
            "RoleARN": conversion["role"],
            "DatabaseName": conversion["database"],
            "TableName": conversion["table"],
            "Region": conversion["region"],
            "VersionId": "LATEST",
        },
        "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
        "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
    }


def _update(id_, before, after):
    update = {"DeliveryStreamName": after["stream"], "ExtendedS3DestinationUpdate": _configuration(after)}
    return [Call("firehose.update_destination", update)]


def _encrypt(id_, before, after):
    own = {"DeliveryStreamEncryptionConfigurationInput": {"KeyType": "AWS_OWNED_CMK"}}
    return [Call("firehose.start_delivery_stream_encryption", {"DeliveryStreamName": after["stream"], **own})]


def _name(arn):
    return arn.rpartition("/")[2]


KIND = ResourceType(
    "delivery_stream",
    create=_create,
    changes={DESTINATION: _update, ("encrypted",): _encrypt},
    delete=lambda id_, fields: Call(
        "firehose.delete_delivery_stream", {"DeliveryStreamName": fields["stream"]}, wait=_gone(id_)
    ),
    tag=lambda id_, tags: Call("firehose.tag_delivery_stream", {"DeliveryStreamName": _name(id_), "Tags": pairs(tags)}),
    untag=lambda id_, tags: Call(
        "firehose.untag_delivery_stream", {"DeliveryStreamName": _name(id_), "TagKeys": list(tags)}
    ),
    # Firehose reads the table's schema, writes to the log stream, and asks for the role's permissions.
    depends_on=("archive_bucket", "delivery_log_stream", "lambda_function", "log_table", "service_role"),
)
