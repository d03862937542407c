# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Processors of Firehose: https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html"""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from .conftest import Emulator
from .log_streams import (
    ERRORS,
    OBEDIENT,
    Archive,
    fault,
    processing,
    put,
    put_events,
    subscribed,
)


@pytest.fixture
def archive(emulator: Emulator) -> Archive:
    return Archive(emulator)


def test_extraction(archive: Archive) -> None:
    """https://docs.aws.amazon.com/firehose/latest/dev/Message_extraction.html; captured by a third party: each message
    with a line feed, nothing of a CONTROL_MESSAGE; between records AppendDelimiterToRecord adds one more."""
    steps = (("Decompression", {}), ("CloudWatchLogProcessing", {"DataMessageExtraction": "true"}))
    arn = archive.create_stream(**processing(*steps))
    put_events(subscribed(archive, arn), "one", "two")
    archive.pass_time(61)
    assert list(archive.objects().values()) == [b"one\ntwo\n"]


def test_decompression_failed(archive: Archive) -> None:
    """decomp-faq: "delivered as is (in compressed format)" under decompression-failed; the code is captured by a third
    party. CloudWatch Logs sends nothing else, so the stream gets the processor while the record waits for the Lambda
    function."""
    steps = ("Lambda", {"LambdaArn": archive.create_function(OBEDIENT)})
    archive.create_stream(**ERRORS, **processing(steps))
    put(archive, b"no gzip")
    archive.of["firehose"].update_destination(
        DeliveryStreamName="stream",
        CurrentDeliveryStreamVersionId="1",
        DestinationId="destinationId-000000000001",
        ExtendedS3DestinationUpdate=processing(steps, ("Decompression", {})),
    )
    archive.pass_time()
    [error] = archive.errors("errors/decompression-failed/")
    assert (error["errorCode"], error["rawData"], error["attemptsMade"]) == ("Decompression failed.", b"no gzip", 1)


@pytest.mark.parametrize(
    ("record", "code", "message", "attempts"),
    [
        (
            {"result": "ProcessingFailed"},
            "Lambda.ProcessingFailedStatus",
            "ProcessingFailed status set for record",
            1,
        ),
        (
            {"result": "Fine"},
            "Lambda.FunctionError",
            "Check your function and make sure the output is in required format. In addition to that, make sure the "
            "processed records contain valid result status of Dropped, Ok, or ProcessingFailed",
            1,
        ),
        (
            {"result": "Ok", "do": "raise"},
            "Lambda.FunctionError",
            "The Lambda function was successfully invoked but it returned an error result.",
            4,
        ),
        (
            {"result": "Ok", "do": "large"},
            "Lambda.FunctionError",
            "The Lambda function was successfully invoked but it returned an error result.",
            4,
        ),
        (
            {"result": "Ok", "do": "leave out"},
            "Lambda.MissingRecordId",
            "One or more record Ids were not returned. Ensure that the Lambda function returns all received record "
            "Ids.",
            1,
        ),
        (
            {"result": "Ok", "do": "twice"},
            "Lambda.DuplicatedRecordId",
            "Multiple records were returned with the same record Id. Ensure that the Lambda function returns a unique "
            "record Id for each record.",
            1,
        ),
    ],
)
def test_processing_failed(archive: Archive, record: dict[str, Any], code: str, message: str, attempts: int) -> None:
    """https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html: the members; recorded
    error objects (several users) and a third party's captures: codes, lambdaARN, numbers of attempts, original data."""
    function = archive.create_function(OBEDIENT)
    archive.create_stream(**ERRORS, **processing(("Lambda", {"LambdaArn": function})))
    before = int(time.time() * 1000) - 1
    put(archive, record)
    archive.pass_time()
    [error] = archive.errors("errors/processing-failed/")
    assert before <= error.pop("arrivalTimestamp") <= error.pop("attemptEndingTimestamp")
    assert error == {
        "attemptsMade": attempts,
        "errorCode": code,
        "errorMessage": message,
        "rawData": json.dumps(record).encode(),
        "lambdaARN": function,
    }
    assert list(archive.objects()) == list(archive.objects("errors/"))


def test_each_record_for_itself(archive: Archive) -> None:
    """data-transformation-status-model: Ok, Dropped (nothing is delivered), ProcessingFailed."""
    function = archive.create_function(OBEDIENT)
    archive.create_stream(**ERRORS, **processing(("Lambda", {"LambdaArn": function})))
    put(archive, {"result": "Ok", "data": "kept"}, {"result": "Dropped"}, {"result": "ProcessingFailed"})
    archive.pass_time()
    bodies = {key.partition("/")[0]: body for key, body in archive.objects().items()}
    assert len(bodies) == 2 and b"kept" in bodies.values()
    assert json.loads(archive.errors("errors/")[0]["rawData"]) == {"result": "ProcessingFailed"}


def test_batches_of_the_function(archive: Archive) -> None:
    """API_ProcessorParameter: BufferSizeInMBs, 0.2 to 3; each record is in one invocation."""
    function = archive.create_function(OBEDIENT)
    archive.allow("runs-handler", ("logs:*", "*"))
    lambda_of = {"LambdaArn": function, "BufferSizeInMBs": "0.2", "BufferIntervalInSeconds": "900"}
    archive.create_stream(**processing(("Lambda", lambda_of)))
    put(archive, *({"result": "Ok", "data": str(number) * 100_000} for number in range(5)))
    archive.objects()
    logs = archive.of["logs"]
    given = {"logGroupName": "/aws/lambda/handler"}
    assert len(logs.filter_log_events(**given, filterPattern="START")["events"]) == 2
    archive.pass_time(901)
    assert len(logs.filter_log_events(**given, filterPattern="START")["events"]) == 3
    archive.pass_time(61)
    assert sorted(b"".join(archive.objects().values())) == sorted(b"01234" * 100_000)


def test_permissions_of_the_function(archive: Archive) -> None:
    """https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html: Lambda.InvokeAccessDenied,
    Lambda.ResourceNotFound."""
    function = archive.create_function(OBEDIENT)
    archive.create_stream(**ERRORS, **processing(("Lambda", {"LambdaArn": function})))
    archive.allow("delivery", ("s3:PutObject", "*"))
    put(archive, {"result": "Ok"})
    archive.pass_time()
    archive.objects()
    archive.allow("delivery", ("s3:PutObject", "*"), ("lambda:InvokeFunction", function))
    archive.of["lambda"].delete_function(FunctionName="handler")
    put(archive, {"result": "Ok"})
    archive.pass_time()
    codes = {error["errorCode"] for error in archive.errors("errors/")}
    assert codes == {"Lambda.InvokeAccessDenied", "Lambda.ResourceNotFound"}


def test_retries_of_the_function(archive: Archive) -> None:
    """data-transformation-failure-handling: three retries."""
    function = archive.create_function(OBEDIENT)
    archive.create_stream(**ERRORS, **processing(("Lambda", {"LambdaArn": function})))
    fault(archive, "lambda", "Invoke", "throttle", times=3)
    put(archive, {"result": "Ok", "data": "at the fourth"})
    archive.pass_time()
    assert list(archive.objects().values()) == [b"at the fourth"]
    archive.emulator.control("DELETE", "faults")
    fault(archive, "lambda", "Invoke", "throttle", times=4)
    put(archive, {"result": "Ok", "data": "too late"})
    archive.pass_time()
    [error] = archive.errors("errors/processing-failed/")
    assert (error["errorCode"], error["attemptsMade"]) == ("Lambda.InvokeLimitExceeded", 4)


def test_partitions(archive: Archive) -> None:
    """dynamic-partitioning: one object for each partition; without the key metadata-extraction-failed, of which users
    quote "partitionKeys values must not be null or empty" (for jq; for Lambda not verified on AWS)."""
    code = OBEDIENT.replace('"data": data})', '"data": data, "metadata": {"partitionKeys": wanted.get("keys", {})}})')
    function = archive.create_function(code)
    archive.create_stream(
        Prefix="by/!{partitionKeyFromLambda:account}/",
        DynamicPartitioningConfiguration={"Enabled": True},
        BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 60},
        **ERRORS,
        **processing(("Lambda", {"LambdaArn": function})),
    )
    records = [{"result": "Ok", "data": each, "keys": {"account": each[0], "no": each}} for each in ("a1", "b1", "a2")]
    put(archive, *records, {"result": "Ok", "data": "none"})
    archive.pass_time()
    assert {key.rpartition("/")[0]: body for key, body in archive.objects("by/").items()} == {
        "by/a": b"a1a2",
        "by/b": b"b1",
    }
    [error] = archive.errors("errors/metadata-extraction-failed/")
    assert error["errorCode"] == "DynamicPartitioning.MetadataExtractionFailed"
