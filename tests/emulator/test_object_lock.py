# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Object Lock.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html and object-lock-managing.html, the API
reference's page of each operation, and ceph/s3-tests (test_object_lock_*), which run on AWS.
"""

from __future__ import annotations

import datetime
import functools

import pytest

from .conftest import HUB, SPOKE, error_of, refused
from .people import allow, created

BUCKET = "closednet-locked-111111111111"
LOCKED = "Access Denied because object protected by object lock."
DAY = 86400


def rule(mode, **period):
    return {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": mode, **period}}}


def soon(days):
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=days)


@pytest.fixture
def s3(client):
    """S3 client of an administrator, with a bucket that has Object Lock and no default retention."""
    s3 = client(HUB, "s3")
    place = {"LocationConstraint": "eu-central-1"}
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place, ObjectLockEnabledForBucket=True)
    return s3


@pytest.fixture
def version(s3):
    """version(mode, days): version id of a new object "x" with this default retention."""

    def make(mode, days=1):
        s3.put_object_lock_configuration(Bucket=BUCKET, ObjectLockConfiguration=rule(mode, Days=days))
        return s3.put_object(Bucket=BUCKET, Key="x", Body=b"row")["VersionId"]

    return make


@pytest.fixture
def later(emulator, client):
    """later(days): the S3 client of a new session, since sessions expire before that."""

    def go(days):
        emulator.control("POST", "settings", {"clock_ahead": days * DAY})
        return client(HUB, "s3")

    return go


def test_a_new_bucket_with_object_lock_has_versions(s3):
    """API_CreateBucket, ObjectLockEnabledForBucket"""
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    answer = s3.get_object_lock_configuration(Bucket=BUCKET)["ObjectLockConfiguration"]
    assert answer == {"ObjectLockEnabled": "Enabled"}
    suspended = {"Status": "Suspended"}
    assert refused(s3.put_bucket_versioning, Bucket=BUCKET, VersioningConfiguration=suspended) == (
        "InvalidBucketState",
        409,
    )


def test_an_existing_bucket_gets_it_once_it_has_versions(client):
    """object-lock-configure.html: "You can enable Object Lock on [...] existing buckets", with objects in it."""
    s3 = client(HUB, "s3")
    s3.create_bucket(Bucket="older-1", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket="older-1", Key="x", Body=b"")
    assert error_of(s3.get_object_lock_configuration, Bucket="older-1")[0] == "ObjectLockConfigurationNotFoundError"
    wanted = {"Bucket": "older-1", "ObjectLockConfiguration": rule("COMPLIANCE", Days=400)}
    assert refused(s3.put_object_lock_configuration, **wanted) == ("InvalidBucketState", 409)
    s3.put_bucket_versioning(Bucket="older-1", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object_lock_configuration(**wanted)
    answer = s3.get_object_lock_configuration(Bucket="older-1")["ObjectLockConfiguration"]
    assert answer == rule("COMPLIANCE", Days=400)


@pytest.mark.parametrize(
    ("configuration", "code"),
    [
        (rule("COMPLIANCE", Days=0), "InvalidRetentionPeriod"),
        (rule("COMPLIANCE", Days=1, Years=1), "MalformedXML"),
        (rule("abc", Days=1), "MalformedXML"),
        ({"ObjectLockEnabled": "Disabled"}, "MalformedXML"),
    ],
)
def test_a_configuration_that_s3_refuses(s3, configuration, code):
    """ceph/s3-tests: test_object_lock_put_obj_lock_{invalid_days,with_days_and_years,invalid_mode,invalid_status}"""
    assert refused(s3.put_object_lock_configuration, Bucket=BUCKET, ObjectLockConfiguration=configuration) == (
        code,
        400,
    )


def test_a_default_retention_is_that_of_new_versions(s3, version):
    before = s3.put_object(Bucket=BUCKET, Key="before", Body=b"")["VersionId"]
    version("COMPLIANCE", 10)
    head = s3.head_object(Bucket=BUCKET, Key="x")
    assert head["ObjectLockMode"] == "COMPLIANCE"
    assert abs((head["ObjectLockRetainUntilDate"] - soon(10)).total_seconds()) < 60
    s3.delete_object(Bucket=BUCKET, Key="before", VersionId=before)
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="big")["UploadId"]
    part = s3.upload_part(Bucket=BUCKET, Key="big", UploadId=upload, PartNumber=1, Body=b"x")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(Bucket=BUCKET, Key="big", UploadId=upload, MultipartUpload=parts)
    assert s3.head_object(Bucket=BUCKET, Key="big")["ObjectLockMode"] == "COMPLIANCE"


def test_compliance_refuses_everybody_until_its_end(s3, version, later):
    id_ = version("COMPLIANCE", 2)
    delete = {"Bucket": BUCKET, "Key": "x", "VersionId": id_}
    assert error_of(s3.delete_object, **delete) == ("AccessDenied", LOCKED)
    assert error_of(s3.delete_object, **delete, BypassGovernanceRetention=True) == ("AccessDenied", LOCKED)
    answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "x", "VersionId": id_}]})
    assert answer["Errors"] == [{"Key": "x", "VersionId": id_, "Code": "AccessDenied", "Message": LOCKED}]
    assert error_of(later(1).delete_object, **delete) == ("AccessDenied", LOCKED)
    s3 = later(3)
    s3.delete_object(**delete)
    assert "Versions" not in s3.list_object_versions(Bucket=BUCKET)


def test_a_delete_without_a_version_makes_a_marker(s3, version):
    id_ = version("COMPLIANCE")
    assert s3.delete_object(Bucket=BUCKET, Key="x")["DeleteMarker"]
    assert error_of(s3.get_object, Bucket=BUCKET, Key="x")[0] == "NoSuchKey"
    assert s3.get_object(Bucket=BUCKET, Key="x", VersionId=id_)["Body"].read() == b"row"
    s3.put_object(Bucket=BUCKET, Key="x", Body=b"another")  # a version of its own
    assert s3.get_object(Bucket=BUCKET, Key="x", VersionId=id_)["Body"].read() == b"row"
    assert error_of(s3.delete_bucket, Bucket=BUCKET)[0] == "BucketNotEmpty"


def test_governance_is_bypassed_by_header_and_permission(s3, version, emulator):
    person = functools.partial(created, emulator, HUB)
    id_ = version("GOVERNANCE")
    delete = {"Bucket": BUCKET, "Key": "x", "VersionId": id_}
    assert error_of(s3.delete_object, **delete) == ("AccessDenied", LOCKED)
    assert error_of(s3.delete_object, **delete, BypassGovernanceRetention=False) == ("AccessDenied", LOCKED)
    without = person(allow(["s3:DeleteObject", "s3:DeleteObjectVersion"]), name="without").client("s3")
    code, text = error_of(without.delete_object, **delete, BypassGovernanceRetention=True)
    assert code == "AccessDenied" and "s3:BypassGovernanceRetention" in text
    both = person(allow(["s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"]), name="both").client("s3")
    assert refused(both.delete_object, **delete) == ("AccessDenied", 403)
    both.delete_object(**delete, BypassGovernanceRetention=True)
    assert "Versions" not in s3.list_object_versions(Bucket=BUCKET)


def test_a_legal_hold_stays_until_it_is_taken_off(s3):
    id_ = s3.put_object(Bucket=BUCKET, Key="x", Body=b"", ObjectLockLegalHoldStatus="ON")["VersionId"]
    named = {"Bucket": BUCKET, "Key": "x", "VersionId": id_}
    assert s3.get_object_legal_hold(**named)["LegalHold"]["Status"] == "ON"
    assert refused(s3.delete_object, **named, BypassGovernanceRetention=True) == ("AccessDenied", 403)
    s3.put_object_legal_hold(**named, LegalHold={"Status": "OFF"})
    s3.delete_object(**named)


@pytest.mark.parametrize(
    ("mode", "retention", "bypass", "allowed"),
    [
        ("COMPLIANCE", ("COMPLIANCE", 20), False, True),
        ("COMPLIANCE", ("COMPLIANCE", 5), True, False),
        ("COMPLIANCE", ("GOVERNANCE", 20), True, False),
        ("GOVERNANCE", ("GOVERNANCE", 20), False, True),
        ("GOVERNANCE", ("GOVERNANCE", 5), False, False),
        ("GOVERNANCE", ("GOVERNANCE", 5), True, True),
        ("GOVERNANCE", ("COMPLIANCE", 20), False, False),
        ("GOVERNANCE", ("COMPLIANCE", 20), True, True),
    ],
)
def test_a_retention_is_extended_and_rarely_shortened(s3, version, mode, retention, bypass, allowed):
    """ceph/s3-tests: test_object_lock_put_obj_retention_{increase,shorten}_period[_bypass], _changing_mode_..."""
    id_ = version(mode, 10)
    wanted = {"Mode": retention[0], "RetainUntilDate": soon(retention[1])}
    call = {"Bucket": BUCKET, "Key": "x", "VersionId": id_, "Retention": wanted, "BypassGovernanceRetention": bypass}
    if allowed:
        s3.put_object_retention(**call)
    else:
        assert refused(s3.put_object_retention, **call) == ("AccessDenied", 403)
    found = s3.get_object_retention(Bucket=BUCKET, Key="x", VersionId=id_)["Retention"]
    assert (found == wanted) is allowed


def test_what_retention_refuses(s3, client):
    """ceph/s3-tests: test_object_lock_put_obj_retention_invalid_bucket; API_GetObjectRetention"""
    s3.put_object(Bucket=BUCKET, Key="x", Body=b"")
    past = {"Mode": "COMPLIANCE", "RetainUntilDate": soon(-1)}
    assert refused(s3.put_object_retention, Bucket=BUCKET, Key="x", Retention=past) == ("InvalidArgument", 400)
    assert refused(s3.get_object_retention, Bucket=BUCKET, Key="x") == ("NoSuchObjectLockConfiguration", 404)
    assert refused(s3.get_object_legal_hold, Bucket=BUCKET, Key="x") == ("NoSuchObjectLockConfiguration", 404)
    other = client(SPOKE, "s3")
    other.create_bucket(Bucket="plain-1", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": soon(1)}
    assert error_of(other.put_object, Bucket="plain-1", Key="x", Body=b"", **lock) == (
        "InvalidRequest",
        "Bucket is missing Object Lock Configuration",
    )


def test_conditional_writes(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html"""
    s3.put_object(Bucket=BUCKET, Key="once", Body=b"1", IfNoneMatch="*")
    assert refused(s3.put_object, Bucket=BUCKET, Key="once", Body=b"2", IfNoneMatch="*") == ("PreconditionFailed", 412)
    assert s3.get_object(Bucket=BUCKET, Key="once")["Body"].read() == b"1"
    s3.delete_object(Bucket=BUCKET, Key="once")
    # "If there's no existing object or [...] the current version is a delete marker, the write succeeds".
    s3.put_object(Bucket=BUCKET, Key="once", Body=b"3", IfNoneMatch="*")
