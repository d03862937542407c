# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Firehose streams: what CreateDeliveryStream and UpdateDestination accept and what DescribeDeliveryStream says.

Texts marked P are from a third party's dry runs of CreateDeliveryStream (the rules "pf-firehose-..." of cdk-preflight),
C from aws-cdk's comments about CloudFormation's errors (aws-kinesisfirehose/lib), T from terraform-provider-aws.
"""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import HUB, Emulator, error_of
from .log_streams import Archive, processing

FUNCTION = f"arn:aws:lambda:eu-central-1:{HUB}:function:handler"
LARGE = {"BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60}}
ERRORS = {"ErrorOutputPrefix": "errors/!{firehose:error-output-type}/"}
BY_LAMBDA = {"Prefix": "logs/!{partitionKeyFromLambda:account}/", **ERRORS}
PARTITIONED = {"DynamicPartitioningConfiguration": {"Enabled": True}}
LAMBDA = processing(("Lambda", {"LambdaArn": FUNCTION}))


@pytest.fixture
def archive(emulator: Emulator) -> Archive:
    return Archive(emulator)


@pytest.fixture
def firehose(archive: Archive) -> Any:
    return archive.of["firehose"]


def described(firehose: Any, name: str = "stream") -> dict[str, Any]:
    found: dict[str, Any] = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    return found


def destination_of(firehose: Any) -> dict[str, Any]:
    found: dict[str, Any] = described(firehose)["Destinations"][0]["ExtendedS3DestinationDescription"]
    return found


def refusal(archive: Archive, **members: Any) -> str:
    code, message = error_of(archive.create_stream, **members)
    assert code == "InvalidArgumentException"
    return message


def test_defaults(archive: Archive, firehose: Any) -> None:
    """The API reference; a third party captured on AWS: DirectPut, version 1, disabled encryption, 5 MiB and 300
    seconds, UNCOMPRESSED, NoEncryption, disabled logging and backup."""
    members = archive.destination()
    del members["BufferingHints"]
    firehose.create_delivery_stream(DeliveryStreamName="stream", ExtendedS3DestinationConfiguration=members)
    stream = described(firehose)
    assert stream["DeliveryStreamARN"] == f"arn:aws:firehose:eu-central-1:{HUB}:deliverystream/stream"
    assert (stream["DeliveryStreamType"], stream["VersionId"]) == ("DirectPut", "1")
    assert stream["DeliveryStreamEncryptionConfiguration"] == {"Status": "DISABLED"}
    assert stream["Destinations"][0]["DestinationId"] == "destinationId-000000000001"
    assert destination_of(firehose) == {
        **members,
        "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 300},
        "CompressionFormat": "UNCOMPRESSED",
        "EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"},
        "CloudWatchLoggingOptions": {"Enabled": False},
        "ProcessingConfiguration": {"Enabled": False, "Processors": []},
        "S3BackupMode": "Disabled",
    }


def test_processors_as_described(archive: Archive, firehose: Any) -> None:
    """Captured on AWS by a third party: five parameters of Lambda, none of AppendDelimiterToRecord, the extraction's
    boolean in lower case, GZIP as the format. The defaults of Lambda: API_ProcessorParameter."""
    archive.create_stream(
        **processing(
            ("AppendDelimiterToRecord", {"Delimiter": "\\n"}),
            ("CloudWatchLogProcessing", {"DataMessageExtraction": "True"}),
            ("Decompression", {}),
            ("Lambda", {"LambdaArn": FUNCTION}),
        )
    )
    found = {
        one["Type"]: {each["ParameterName"]: each["ParameterValue"] for each in one["Parameters"]}
        for one in destination_of(firehose)["ProcessingConfiguration"]["Processors"]
    }
    assert found == {
        "AppendDelimiterToRecord": {},
        "CloudWatchLogProcessing": {"DataMessageExtraction": "true"},
        "Decompression": {"CompressionFormat": "GZIP"},
        "Lambda": {
            "LambdaArn": FUNCTION,
            "NumberOfRetries": "3",
            "RoleArn": archive.role,
            "BufferSizeInMBs": "1",
            "BufferIntervalInSeconds": "60",
        },
    }


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"Prefix": "logs/!{timestamp:yyyy}/"},  # T: issue 13416
            "Ths supplied prefix(es) do not satisfy the following constraint: ErrorOutputPrefix cannot be null or "
            "empty when Prefix contains expressions",
        ),
        (
            {"Prefix": "logs/!{firehose:error-output-type}/", **ERRORS},  # P
            "Prefix must not contain any occurrence of !{firehose:error-output-type}",
        ),
        (
            {"Prefix": "logs/!{firehose:unknown}/", **ERRORS},  # P
            "Invalid conversion character used in the value of the expression in Prefix",
        ),
        (
            {**BY_LAMBDA, **LAMBDA},  # C, T: issue 29092
            "Dynamic Partitioning Namespaces can only be part of a prefix expression when Dynamic Partitioning is "
            "enabled.",
        ),
        (
            {**BY_LAMBDA, **LAMBDA, **PARTITIONED},  # C
            "BufferingHints.SizeInMBs must be at least 64 when Dynamic Partitioning is enabled.",
        ),
        (
            {**BY_LAMBDA, **LAMBDA, **PARTITIONED, "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 59}},  # C
            "BufferingHints.IntervalInSeconds must be at least 60 seconds when Dynamic Partitioning is enabled.",
        ),
        (
            {**BY_LAMBDA, **PARTITIONED, **LARGE},  # C
            "Processing Configuration is not enabled when DataPartitioning is enabled",
        ),
        (
            {"Prefix": "logs/!{timestamp:yyyy}/", **ERRORS, **LAMBDA, **PARTITIONED, **LARGE},  # C
            "S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic Partitioning is enabled",
        ),
        (
            {**BY_LAMBDA, **processing(("AppendDelimiterToRecord", {})), **PARTITIONED, **LARGE},  # C
            "Lambda should be present when S3 Prefix contains keys from partitionKeyFromLambda namespace",
        ),
        (
            processing(("CloudWatchLogProcessing", {"DataMessageExtraction": "true"})),  # P
            "CloudWatchLogProcessingProcessor can only be enabled with DecompressionProcessor",
        ),
        (
            processing(("Lambda", {"LambdaArn": FUNCTION, "BufferSizeInMBs": "1"})),  # P
            "Both BufferSizeInMBs and BufferIntervalInSeconds are required to configure buffering for lambda "
            "processor.",
        ),
    ],
)
def test_refused(archive: Archive, members: dict[str, Any], message: str) -> None:
    assert refusal(archive, **members) == message


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"BufferingHints": {"SizeInMBs": 63, "IntervalInSeconds": 60}},  # T
            "BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled.",
        ),
        (
            {"CompressionFormat": "GZIP"},  # P
            "The S3 destination's compression format must be set to UNCOMPRESSED when data format conversion is "
            "enabled",
        ),
    ],
)
def test_conversion_refused(archive: Archive, members: dict[str, Any], message: str) -> None:
    archive.create_table()
    assert refusal(archive, **archive.parquet() | members) == message


@pytest.mark.parametrize(
    "members",
    [
        processing(("Lambda", {"LambdaArn": FUNCTION}), ("Lambda", {"LambdaArn": FUNCTION})),
        processing(("Decompression", {"CompressionFormat": "ZIP"})),
        {"Prefix": "logs/!{timestamp:yyyy}/", "ErrorOutputPrefix": "errors/!{timestamp:yyyy}/"},
        {"CustomTimeZone": "Mars/Olympus"},
    ],
)
def test_refused_as_documented(archive: Archive, members: dict[str, Any]) -> None:
    """Two functions: captured by a third party; the others: API reference and s3-prefixes. Texts aren't verified."""
    refusal(archive, **members)


@pytest.mark.parametrize(("size", "interval"), [(129, 60), (5, 901)])
def test_bounds_of_buffers(archive: Archive, size: int, interval: int) -> None:
    """API_BufferingHints. The error's code isn't verified on AWS."""
    hints = {"SizeInMBs": size, "IntervalInSeconds": interval}
    assert error_of(archive.create_stream, BufferingHints=hints)[0] == "ValidationException"


def test_role(archive: Archive) -> None:
    """T: "Firehose is unable to assume role". Its external id is the account's: controlling-access.html."""
    stranger = archive.create_role("stranger", "ec2.amazonaws.com", ("s3:*", "*"))
    for role in (stranger, archive.role + "x"):
        text = f"Firehose is unable to assume role {role}. Please check the role provided."
        assert refusal(archive, RoleARN=role) == text


def test_role_of_the_table(archive: Archive) -> None:
    """T: retryDeliveryStreamOp quotes the error."""
    archive.create_table()
    archive.allow("delivery", ("s3:PutObject", "*"))
    assert refusal(archive, **archive.parquet()) == (
        "Access was denied when calling Glue. Please ensure that the role specified in the data format conversion "
        "configuration has the necessary permissions."
    )


def test_not_supported_here(archive: Archive, firehose: Any) -> None:
    """What the emulator lacks is an error: never accepted and then ignored."""
    for members in (
        processing(("MetadataExtraction", {"JsonParsingEngine": "JQ-1.6", "MetadataExtractionQuery": "{a:.a}"})),
        {"CompressionFormat": "ZIP"},
        {"S3BackupMode": "Enabled"},
    ):
        assert error_of(archive.create_stream, **members)[0] == "InvalidAction"


def test_states(archive: Archive, firehose: Any) -> None:
    """Captured by a third party: puts to a stream that is CREATING are ResourceNotFoundException, updates and deletion
    ResourceInUseException; a second deletion succeeds."""
    archive.emulator.control("POST", "settings", {"transition": {"delivery-stream": 60_000}})
    archive.create_stream()
    assert described(firehose)["DeliveryStreamStatus"] == "CREATING"
    put = {"DeliveryStreamName": "stream", "Record": {"Data": b"x"}}
    assert error_of(firehose.put_record, **put) == (
        "ResourceNotFoundException",
        f"Firehose stream under account {HUB} not found.",
    )
    assert error_of(firehose.delete_delivery_stream, DeliveryStreamName="stream")[0] == "ResourceInUseException"
    assert error_of(archive.create_stream)[0] == "ResourceInUseException"
    archive.emulator.control("POST", "settings", {"transition": {"delivery-stream": 0}})
    archive.create_stream("other")
    archive.emulator.control("POST", "settings", {"transition": {"delivery-stream": 60_000}})
    for _ in range(2):
        firehose.delete_delivery_stream(DeliveryStreamName="other")
    assert described(firehose, "other")["DeliveryStreamStatus"] == "DELETING"
    assert firehose.list_delivery_streams()["DeliveryStreamNames"] == ["other", "stream"]


def test_update(archive: Archive, firehose: Any) -> None:
    """API_UpdateDestination: parameters that are left out keep their values; captured by a third party: an update that
    changes nothing keeps the version."""
    archive.create_stream(Prefix="logs/")
    given = {"DeliveryStreamName": "stream", "DestinationId": "destinationId-000000000001"}
    update = {"BufferingHints": {"SizeInMBs": 2, "IntervalInSeconds": 70}}
    stale = {**given, "CurrentDeliveryStreamVersionId": "2", "ExtendedS3DestinationUpdate": update}
    assert error_of(firehose.update_destination, **stale)[0] == "ConcurrentModificationException"
    for _ in range(2):
        firehose.update_destination(
            **given, CurrentDeliveryStreamVersionId=described(firehose)["VersionId"], ExtendedS3DestinationUpdate=update
        )
    assert described(firehose)["VersionId"] == "2" and "LastUpdateTimestamp" in described(firehose)
    found = destination_of(firehose)
    assert (found["Prefix"], found["BufferingHints"]) == ("logs/", update["BufferingHints"])


def test_partitioning_is_for_new_streams(archive: Archive, firehose: Any) -> None:
    """https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-enable.html; the text isn't verified."""
    archive.create_stream(**LARGE)
    update = {**PARTITIONED, **BY_LAMBDA, **LAMBDA}
    given = {"DeliveryStreamName": "stream", "CurrentDeliveryStreamVersionId": "1"}
    refused = error_of(
        firehose.update_destination,
        **given,
        DestinationId="destinationId-000000000001",
        ExtendedS3DestinationUpdate=update,
    )
    assert refused[0] == "InvalidArgumentException"


def test_limits_of_puts(archive: Archive, firehose: Any) -> None:
    """API_PutRecordBatch: 1,000 KiB a record, 500 records and 4 MiB a batch; captured by a third party: 1,024,000 and
    4,194,304 bytes, and an empty record is accepted."""
    archive.create_stream()
    largest = b"x" * 1_024_000
    firehose.put_record(DeliveryStreamName="stream", Record={"Data": largest})
    firehose.put_record(DeliveryStreamName="stream", Record={"Data": b""})
    too_large = {"DeliveryStreamName": "stream", "Record": {"Data": largest + b"x"}}
    assert error_of(firehose.put_record, **too_large)[0] == "ValidationException"
    batch = [{"Data": largest}] * 4 + [{"Data": b"x" * 98_304}]
    answer = firehose.put_record_batch(DeliveryStreamName="stream", Records=batch)
    assert answer["FailedPutCount"] == 0 and len({one["RecordId"] for one in answer["RequestResponses"]}) == 5
    over = {"DeliveryStreamName": "stream", "Records": [*batch, {"Data": b"x"}]}
    assert error_of(firehose.put_record_batch, **over) == (
        "InvalidArgumentException",
        "Records size exceeds 4 MB limit",
    )
    many = {"DeliveryStreamName": "stream", "Records": [{"Data": b"x"}] * 501}
    assert error_of(firehose.put_record_batch, **many)[0] == "ValidationException"


def test_source_of_decompression(archive: Archive, firehose: Any) -> None:
    """InvalidSourceException of the API: "Only requests from CloudWatch Logs are supported"."""
    archive.create_stream(**processing(("Decompression", {})))
    put = {"DeliveryStreamName": "stream", "Record": {"Data": b"x"}}
    assert error_of(firehose.put_record, **put) == (
        "InvalidSourceException",
        "Only requests from CloudWatch Logs are supported when CloudWatch Logs decompression is enabled.",
    )


def test_tags_and_encryption(archive: Archive, firehose: Any) -> None:
    """API_StartDeliveryStreamEncryption, API_DeliveryStreamEncryptionConfiguration."""
    firehose.create_delivery_stream(
        DeliveryStreamName="stream",
        ExtendedS3DestinationConfiguration=archive.destination(),
        DeliveryStreamEncryptionConfigurationInput={"KeyType": "AWS_OWNED_CMK"},
        Tags=[{"Key": "a", "Value": "b"}],
    )
    encryption = {"KeyType": "AWS_OWNED_CMK", "Status": "ENABLED"}
    assert described(firehose)["DeliveryStreamEncryptionConfiguration"] == encryption
    assert firehose.put_record(DeliveryStreamName="stream", Record={"Data": b"x"})["Encrypted"]
    firehose.stop_delivery_stream_encryption(DeliveryStreamName="stream")
    assert described(firehose)["DeliveryStreamEncryptionConfiguration"] == {"Status": "DISABLED"}
    firehose.tag_delivery_stream(DeliveryStreamName="stream", Tags=[{"Key": "c", "Value": "d"}])
    firehose.untag_delivery_stream(DeliveryStreamName="stream", TagKeys=["a"])
    assert firehose.list_tags_for_delivery_stream(DeliveryStreamName="stream")["Tags"] == [{"Key": "c", "Value": "d"}]
