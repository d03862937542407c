# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Delivery of Firehose to S3: https://docs.aws.amazon.com/firehose/latest/dev/basic-deliver.html"""

from __future__ import annotations

import datetime
import gzip
import json
import re

import pytest

from .conftest import HUB, Emulator
from .log_streams import (
    BUCKET,
    SUFFIX,
    Archive,
    fault,
    policy,
    processing,
    put,
)


@pytest.fixture
def archive(emulator: Emulator) -> Archive:
    return Archive(emulator)


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
