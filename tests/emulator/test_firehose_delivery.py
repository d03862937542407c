# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Delivery of Firehose to S3: https://docs.aws.amazon.com/firehose/latest/dev/basic-deliver.html"""

from __future__ import annotations

import datetime
import gzip
import io
import json
import re
import time
from typing import Any

import pyarrow.parquet
import pytest

from .conftest import HUB, SPOKE, Emulator
from .log_streams import BUCKET, Archive, policy, processing, put_events

ERRORS = {"ErrorOutputPrefix": "errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/"}
SUFFIX = r"\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# Answers a record by its own words: {"result": ..., "data": ..., ...}, or does what "do" says.
OBEDIENT = """
import base64, json, time

def handler(event, context):
    records = []
    for record in event["records"]:
        wanted = json.loads(base64.b64decode(record["data"]))
        print(json.dumps(wanted))
        if wanted.get("do") == "raise":
            raise ValueError("as told")
        if wanted.get("do") == "leave out":
            continue
        if wanted.get("do") == "large":
            wanted["data"] = "x" * 6_500_000
        data = base64.b64encode(wanted.get("data", "").encode()).decode()
        records.append({"recordId": record["recordId"], "result": wanted["result"], "data": data})
        if wanted.get("do") == "twice":
            records.append(records[-1])
    return {"records": records}
"""


@pytest.fixture
def archive(emulator: Emulator) -> Archive:
    return Archive(emulator)


def put(archive: Archive, *records: bytes | dict[str, Any]) -> None:
    data = [record if isinstance(record, bytes) else json.dumps(record).encode() for record in records]
    archive.of["firehose"].put_record_batch(DeliveryStreamName="stream", Records=[{"Data": each} for each in data])


def subscribed(archive: Archive, target_arn: str) -> Any:
    """Subscribe /app of the spoke; return its client of CloudWatch Logs."""
    arn = archive.create_destination(target_arn)
    logs = archive.emulator.client(SPOKE, "logs")
    logs.create_log_group(logGroupName="/app")
    logs.put_subscription_filter(logGroupName="/app", filterName="all", filterPattern="", destinationArn=arn)
    return logs


def rows_of(body: bytes) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pyarrow.parquet.read_table(io.BytesIO(body)).to_pylist()
    return rows


def fault(archive: Archive, service: str, operation: str, action: str = "unavailable", **more: Any) -> None:
    archive.emulator.control("POST", "faults", {"action": action, "service": service, "operation": operation, **more})


def test_object(archive: Archive) -> None:
    """Records are concatenated without delimiters (basic-deliver); the key:
    https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html; the time in the prefix is appended
    (s3-prefixes); application/octet-stream: captured by a third party."""
    archive.create_stream(Prefix="logs/")
    now = datetime.datetime.now(datetime.timezone.utc)
    put(archive, b"one", b"two")
    assert archive.objects() == {}
    archive.pass_time(61)
    [(key, body)] = archive.objects().items()
    assert re.fullmatch(rf"logs/{now:%Y/%m/%d}/\d\d/stream-1-{SUFFIX}", key) and body == b"onetwo"
    assert archive.of["s3"].head_object(Bucket=BUCKET, Key=key)["ContentType"] == "application/octet-stream"
    archive.pass_time(600)
    assert len(archive.objects()) == 1


def test_buffer_by_size(archive: Archive) -> None:
    """API_BufferingHints: the size or the interval, what comes first."""
    archive.create_stream(BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 900})
    put(archive, b"x" * 1_000_000)
    assert archive.objects() == {}
    put(archive, b"x" * 50_000)
    assert [len(body) for body in archive.objects().values()] == [1_050_000]


def test_scale(archive: Archive) -> None:
    """The emulator's own setting log_delivery: the seconds of all buffers are multiplied."""
    archive.emulator.control("POST", "settings", {"log_delivery": {"scale": 0}})
    archive.create_stream()
    put(archive, b"at once")
    assert list(archive.objects().values()) == [b"at once"]


def test_compression_and_delimiter(archive: Archive) -> None:
    """Captured by a third party: a line feed between the records, not after the last one; .gz."""
    archive.create_stream(CompressionFormat="GZIP", **processing(("AppendDelimiterToRecord", {})))
    put(archive, b"one", b"two")
    archive.pass_time(61)
    [(key, body)] = archive.objects().items()
    assert key.endswith(".gz") and gzip.decompress(body) == b"one\ntwo"


def test_prefix_expressions(archive: Archive) -> None:
    """https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html: quoted text is taken literally; the time is
    that of the oldest record; CustomTimeZone; FileExtension."""
    archive.create_stream(
        Prefix="!{timestamp:'year='yyyy'/at='HH}/!{firehose:random-string}/",
        ErrorOutputPrefix="errors/!{firehose:error-output-type}/",
        CustomTimeZone="Asia/Tokyo",
        FileExtension=".log",
    )
    tokyo = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=9)))
    put(archive, b"x")
    archive.pass_time(3 * 3600)
    [key] = archive.objects()
    assert re.fullmatch(rf"year={tokyo:%Y}/at={tokyo:%H}/[^/]{{11}}/stream-1-{SUFFIX}\.log", key)


def test_whole_path(archive: Archive) -> None:
    """A source's events, partitioned by its account and converted to Parquet: keys in other capitals are found, and
    attributes that the schema lacks are left out (record-format-conversion)."""
    archive.create_table()
    function = archive.create_function()
    arn = archive.create_stream(
        Prefix="cloudwatch/account=!{partitionKeyFromLambda:account}/!{timestamp:yyyy/MM/dd/HH}/",
        DynamicPartitioningConfiguration={"Enabled": True},
        **ERRORS,
        **processing(("Lambda", {"LambdaArn": f"{function}:$LATEST"})),
        **archive.parquet(),
    )
    ids = put_events(subscribed(archive, arn), "hello", "größer")
    archive.pass_time()
    [(key, body)] = archive.objects().items()
    hour = r"\d{4}/\d\d/\d\d/\d\d"
    assert re.fullmatch(rf"cloudwatch/account={SPOKE}/{hour}/stream-1-{SUFFIX}\.parquet", key)
    rows = rows_of(body)
    assert [(row["id"], row["message"]) for row in rows] == [(ids[0], "hello"), (ids[1], "größer")]
    assert set(rows[0]) == {"id", "time", "message"}
    assert abs(rows[0]["time"].replace(tzinfo=datetime.timezone.utc).timestamp() - time.time()) < 60


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


@pytest.mark.parametrize(
    ("record", "code", "message"),
    [
        (b"", "MalformedData", "The record was empty or contained only whitespace."),
        (b"no json", "ParseError", "Encountered malformed JSON."),
        (b'{"message": "ok"} and more', "ParseError", "Encountered malformed JSON."),
        (b'[{"message": "in a list"}]', "MalformedData", "Data does not match the schema."),
        (
            b'{"message": "ok"}{"time": "noon"}',
            "MalformedData",
            'Data does not match the schema. For input string: "noon"',
        ),
    ],
)
def test_format_conversion_failed(archive: Archive, record: bytes, code: str, message: str) -> None:
    """https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion-error-handling.html: the members. The
    authors of another emulator (floci) probed on AWS: codes, texts, lastErrorCode, the members of dataCatalogTable, and
    that the other records are converted. That nothing of a record is, whose second document is malformed: not verified.
    """
    archive.create_table()
    archive.create_stream(**ERRORS, **archive.parquet())
    put(archive, record, b'{"message": "good"}')
    archive.pass_time(61)
    [error] = archive.errors("errors/format-conversion-failed/")
    assert error["lastErrorCode"] == f"DataFormatConversion.{code}" and error["rawData"] == record
    assert error["lastErrorMessage"].startswith(message)
    assert error["dataCatalogTable"] == {
        "catalogId": HUB,
        "databaseName": "logs",
        "tableName": "cloudwatch",
        "region": "eu-central-1",
        "versionId": "LATEST",
        "roleArn": archive.role,
    }
    written = [body for key, body in archive.objects().items() if key.endswith(".parquet")]
    assert [row["message"] for body in written for row in rows_of(body)] == ["good"]


def test_types(archive: Archive) -> None:
    """https://docs.aws.amazon.com/firehose/latest/dev/deserializer.html: the formats of time stamps; several JSON
    objects in a record; API_OpenXJsonSerDe: mapped keys. Objects in columns of text have keys in lower case: probed on
    AWS by the authors of another emulator (floci)."""
    archive.create_table(
        [
            {"Name": "ts", "Type": "timestamp"},
            {"Name": "count", "Type": "bigint"},
            {"Name": "ok", "Type": "boolean"},
            {"Name": "text", "Type": "string"},
            {"Name": "tags", "Type": "map<string,string>"},
            {"Name": "ports", "Type": "array<int>"},
            {"Name": "place", "Type": "struct<az:string,size:int>"},
        ]
    )
    archive.create_stream(**ERRORS, **archive.parquet(ColumnToJsonKeyMappings={"ts": "timestamp"}))
    place = {"tags": {"a": "b"}, "ports": [1, 2], "place": {"AZ": "a", "size": 3}}
    first = {"timestamp": "2017-02-07T15:13:01.39256Z", "COUNT": "7", "ok": True, "text": {"A": [{"B": 1}]}, **place}
    others = [{"timestamp": when} for when in ("2017-2-7 5:13:01.5", 1518033528, 1518033528123, 1518033528.123)]
    put(archive, "\n".join(map(json.dumps, [first, *others])).encode())
    archive.pass_time(61)
    [body] = archive.objects().values()
    rows = rows_of(body)
    assert [str(row["ts"]) for row in rows] == [
        "2017-02-07 15:13:01.392560",
        "2017-02-07 05:13:01.500000",
        "2018-02-07 19:58:48",
        "2018-02-07 19:58:48.123000",
        "2018-02-07 19:58:48.123000",
    ]
    assert (rows[0]["count"], rows[0]["ok"], rows[0]["text"]) == (7, True, '{"a":[{"b":1}]}')
    assert (rows[0]["tags"], rows[0]["ports"], rows[0]["place"]) == ([("a", "b")], [1, 2], {"az": "a", "size": 3})


def test_s3_fails(archive: Archive) -> None:
    """https://docs.aws.amazon.com/firehose/latest/dev/retry.html: retries for up to 24 hours, then the data is lost."""
    archive.create_stream()
    fault(archive, "s3", "PutObject", times=2)
    put(archive, b"kept")
    archive.pass_time(61)
    assert archive.objects() == {} and archive.objects() == {}
    assert list(archive.objects().values()) == [b"kept"]
    fault(archive, "s3", "PutObject")
    put(archive, b"lost")
    archive.pass_time(61)
    archive.objects()
    archive.pass_time(25 * 3600)
    archive.objects()
    archive.emulator.control("DELETE", "faults")
    assert list(archive.objects().values()) == [b"kept"]


def test_answer_of_s3_is_lost(archive: Archive) -> None:
    """basic-deliver: "at-least-once semantics [...] delivery retries by Firehose might introduce duplicates"."""
    archive.create_stream()
    fault(archive, "s3", "PutObject", "drop_after", times=1)
    put(archive, b"twice")
    archive.pass_time(61)
    archive.objects()
    assert list(archive.objects().values()) == [b"twice", b"twice"]


def test_error_write_blocks(archive: Archive) -> None:
    """record-format-conversion-error-handling: "If this write fails, Firehose retries it forever, blocking further
    delivery"."""
    archive.create_table()
    archive.create_stream(Prefix="data/", **ERRORS, **archive.parquet())
    archive.allow("delivery", ("s3:PutObject", f"arn:aws:s3:::{BUCKET}/data/*"), ("glue:GetTableVersions", "*"))
    put(archive, b"no json", b'{"message": "first"}')
    archive.pass_time(61)
    assert archive.objects() == {}
    put(archive, b'{"message": "second"}')
    archive.pass_time(48 * 3600)
    assert archive.objects() == {}
    archive.allow("delivery", ("s3:PutObject", f"arn:aws:s3:::{BUCKET}/*"), ("glue:GetTableVersions", "*"))
    bodies = archive.objects("data/").values()
    assert sorted(row["message"] for body in bodies for row in rows_of(body)) == ["first", "second"]
    assert len(archive.errors("errors/")) == 1


def test_permissions(archive: Archive) -> None:
    """controlling-access: the role's s3:PutObject; the bucket's policy may deny it; what was denied is retried."""
    archive.create_stream()
    denial = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    archive.of["s3"].put_bucket_policy(Bucket=BUCKET, Policy=policy(denial))
    put(archive, b"x")
    archive.pass_time(61)
    assert archive.objects() == {}
    archive.of["s3"].delete_bucket_policy(Bucket=BUCKET)
    assert list(archive.objects().values()) == [b"x"]


def test_error_log(archive: Archive) -> None:
    """https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html: S3.AccessDenied and its
    text; the members: http_troubleshooting.html; the version is a text there: captured by a third party. That an object
    that fails again isn't logged again is the emulator's: AWS samples the errors."""
    log = {"LogGroupName": "/firehose/stream", "LogStreamName": "S3Delivery"}
    archive.create_stream(CloudWatchLoggingOptions={"Enabled": True, **log})
    logs = archive.of["logs"]
    logs.create_log_group(logGroupName="/firehose/stream")
    logs.create_log_stream(logGroupName="/firehose/stream", logStreamName="S3Delivery")
    archive.allow("delivery", ("logs:PutLogEvents", "*"))
    put(archive, b"x")
    archive.pass_time(61)
    assert archive.objects() == {} and archive.objects() == {}
    [event] = logs.filter_log_events(logGroupName="/firehose/stream")["events"]
    found = json.loads(event["message"])
    assert (found["errorCode"], found["destination"]) == ("S3.AccessDenied", f"arn:aws:s3:::{BUCKET}")
    assert found["deliveryStreamVersionId"] == "1" and found["message"].startswith("Access was denied.")


def test_key(archive: Archive) -> None:
    """The bucket's default key encrypts; the role needs kms:GenerateDataKey of it (controlling-access)."""
    key = archive.of["kms"].create_key()["KeyMetadata"]["Arn"]
    default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    archive.of["s3"].put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [default]})
    archive.create_stream()
    put(archive, b"secret")
    archive.pass_time(61)
    listed = archive.of["s3"].list_objects_v2(Bucket=BUCKET)
    assert "Contents" not in listed
    archive.allow("delivery", ("s3:PutObject", "*"), ("kms:GenerateDataKey", key))
    [found] = archive.of["s3"].list_objects_v2(Bucket=BUCKET)["Contents"]
    head = archive.of["s3"].head_object(Bucket=BUCKET, Key=found["Key"])
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)


def test_default_retention(archive: Archive) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html: the bucket's default retention applies to
    objects that are placed without one."""
    s3 = archive.of["s3"]
    location = {"LocationConstraint": "eu-central-1"}
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True, CreateBucketConfiguration=location)
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 10}}
    s3.put_object_lock_configuration(
        Bucket="locked", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    archive.allow("delivery", ("s3:PutObject", "arn:aws:s3:::locked/*"))
    archive.create_stream(BucketARN="arn:aws:s3:::locked")
    put(archive, b"x")
    archive.pass_time(61)
    [found] = s3.list_objects_v2(Bucket="locked")["Contents"]
    retention = s3.get_object_retention(Bucket="locked", Key=found["Key"])["Retention"]
    assert retention["Mode"] == "COMPLIANCE"


def test_whole_pass_fails(archive: Archive) -> None:
    """The emulator's own step firehose.Deliver: nothing happens in that pass, and nothing is lost."""
    archive.create_stream()
    fault(archive, "firehose", "Deliver", times=1)
    put(archive, b"later")
    archive.pass_time(61)
    assert archive.objects() == {}
    assert list(archive.objects().values()) == [b"later"]


def test_faults_that_name_no_service(archive: Archive) -> None:
    """The emulator's own rule: they strike calls, not steps, so that the nth call stays the nth call."""
    archive.create_stream()
    put(archive, b"x")
    archive.pass_time(61)
    archive.emulator.control("POST", "faults", {"action": "unavailable", "operation": "PutObject"})
    assert list(archive.objects().values()) == [b"x"]


def test_deleted_stream(archive: Archive) -> None:
    """API_DeleteDeliveryStream: "Deletes a Firehose stream and its data." """
    archive.create_stream()
    put(archive, b"gone")
    archive.of["firehose"].delete_delivery_stream(DeliveryStreamName="stream")
    archive.pass_time()
    assert archive.objects() == {}


def test_reset_and_snapshot(archive: Archive) -> None:
    """The emulator's own: buffers are part of the state."""
    archive.create_stream()
    put(archive, b"kept")
    archive.emulator.control("POST", "snapshot")
    put(archive, b" and more")
    archive.emulator.control("POST", "restore")
    archive.pass_time(61)
    assert list(archive.objects().values()) == [b"kept"]
    archive.emulator.control("POST", "reset")
    again = Archive(archive.emulator)
    again.pass_time(61)
    assert again.objects() == {} and again.of["firehose"].list_delivery_streams()["DeliveryStreamNames"] == []
    assert HUB in again.role
