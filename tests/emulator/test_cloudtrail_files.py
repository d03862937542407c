# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Log files and digest files of trails.

Sources, of https://docs.aws.amazon.com/awscloudtrail/latest/userguide/: get-and-view-cloudtrail-log-files.html (names),
cloudtrail-event-reference-record-contents.html and -user-identity.html (records),
cloudtrail-log-file-validation-digest-file-structure.html and cloudtrail-log-file-custom-validation.html (digests), with
awscli/customizations/cloudtrail/validation.py; API_GetTrailStatus.
"""

from __future__ import annotations

import datetime
import functools
import gzip
import hashlib
import json
import re

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from .conftest import HUB, MANAGEMENT, SPOKE, STRANGER, refused
from .people import allow, created, policy
from .trails import BUCKET, ORGANIZATION, TRAIL, arn_of, key_policy, make_bucket, names, organization_bucket, records

WANTED = {"Name": TRAIL, "S3BucketName": BUCKET, "IsMultiRegionTrail": True, "EnableLogFileValidation": True}


@pytest.fixture
def ahead(emulator):
    """ahead(seconds): set the emulator's clock; sessions expire after an hour."""
    return lambda seconds: emulator.control("POST", "settings", {"clock_ahead": seconds})


@pytest.fixture
def trail(client):
    """trail(**more): start a trail of the account HUB, whose bucket is its own."""

    def start(**more):
        make_bucket(client(HUB, "s3"))
        cloudtrail = client(HUB, "cloudtrail")
        cloudtrail.create_trail(**WANTED | more)
        cloudtrail.start_logging(Name=TRAIL)
        return cloudtrail

    return start


def named(found, name):
    return [record for record in found if record["eventName"] == name]


def folder(account, kind="CloudTrail", region="eu-central-1", organization=""):
    return f"AWSLogs/{organization}{account}/{kind}/{region}/"


def test_calls_are_delivered_after_five_minutes(emulator, client, trail, ahead):
    trail()
    client(HUB, "ec2").create_vpc(CidrBlock="10.9.0.0/16")
    client(HUB, "ec2", "eu-west-1").describe_vpcs()
    s3 = client(HUB, "s3")
    assert names(s3) == []
    ahead(301)
    found = names(s3, folder(HUB))
    pattern = (
        rf"{folder(HUB)}\d{{4}}/\d\d/\d\d/{HUB}_CloudTrail_eu-central-1_\d{{8}}T\d{{4}}Z_[A-Za-z0-9]{{16}}\.json\.gz"
    )
    assert len(found) == 1 and re.fullmatch(pattern, found[0])
    assert [each["eventName"] for each in records(s3, folder(HUB, region="eu-west-1"))] == ["DescribeVpcs"]
    (made,) = named(records(s3, folder(HUB)), "CreateVpc")
    assert made["requestParameters"]["cidrBlock"] == "10.9.0.0/16"
    assert (made["eventSource"], made["readOnly"], made["eventCategory"]) == ("ec2.amazonaws.com", False, "Management")
    assert made["recipientAccountId"] == HUB and made["awsRegion"] == "eu-central-1"
    identity = made["userIdentity"]
    assert identity["type"] == "AssumedRole" and identity["arn"].endswith("/OrganizationAccountAccessRole/tests")
    context = identity["sessionContext"]
    assert context["sessionIssuer"]["arn"] == f"arn:aws:iam::{HUB}:role/OrganizationAccountAccessRole"
    assert context["attributes"]["mfaAuthenticated"] == "false"
    status = client(HUB, "cloudtrail").get_trail_status(Name=TRAIL)
    assert status["IsLogging"] and status["LatestDeliveryTime"] > status["StartLoggingTime"]


def test_only_what_happens_while_it_logs(client, trail, ahead):
    client(HUB, "ec2").create_vpc(CidrBlock="10.1.0.0/16")
    cloudtrail = trail()
    cloudtrail.stop_logging(Name=TRAIL)
    client(HUB, "ec2").create_vpc(CidrBlock="10.2.0.0/16")
    ahead(301)
    found = records(client(HUB, "s3"), "")
    assert named(found, "StopLogging") and not named(found, "CreateVpc")


def test_denied_calls_and_secrets(emulator, client, trail, ahead):
    """errorCode, errorMessage; HIDDEN_DUE_TO_SECURITY_REASONS for what the API's model calls sensitive"""
    trail()
    person = created(emulator, HUB, name="ann")
    assert refused(person.client("ec2").describe_vpcs)[0] == "UnauthorizedOperation"
    client(HUB, "ssm").put_parameter(Name="/pin", Value="4711", Type="SecureString")
    client(HUB, "iam").create_login_profile(UserName="ann", Password="Very-Secret-1")
    ahead(301)
    s3 = client(HUB, "s3")
    (denied,) = named(records(s3, folder(HUB)), "DescribeVpcs")
    assert denied["errorCode"] == "UnauthorizedOperation" and "not authorized to perform" in denied["errorMessage"]
    assert denied["userIdentity"]["type"] == "IAMUser" and denied["userIdentity"]["userName"] == "ann"
    assert "sessionContext" not in denied["userIdentity"]
    text = json.dumps(records(s3, ""))
    assert "4711" not in text and "Very-Secret-1" not in text
    # IAM is a global service: its calls are recorded in us-east-1.
    (login,) = named(records(s3, folder(HUB, region="us-east-1")), "CreateLoginProfile")
    assert login["requestParameters"] == {"userName": "ann", "password": "HIDDEN_DUE_TO_SECURITY_REASONS"}


def test_assume_role_is_recorded_in_both_accounts(client, trail, emulator, ahead):
    """cloudtrail-event-reference-user-identity.html: the other account sees an AWSAccount; sharedEventID"""
    trail()
    emulator.credentials(HUB)  # by the management account's operator
    emulator.control("POST", "console_login", {"account": HUB, "user": "ann", "mfa": False})
    ahead(301)
    s3 = client(HUB, "s3")
    found = named(records(s3, folder(HUB)), "AssumeRole") or named(records(s3, ""), "AssumeRole")
    assert found[0]["recipientAccountId"] == HUB and found[0]["sharedEventID"]
    assert found[0]["userIdentity"]["type"] == "AWSAccount" and found[0]["userIdentity"]["accountId"] == MANAGEMENT
    elements = found[0]["responseElements"]
    assert elements["assumedRoleUser"]["arn"] == (
        f"arn:aws:sts::{HUB}:assumed-role/OrganizationAccountAccessRole/tests"
    )
    assert elements["credentials"]["sessionToken"] == "HIDDEN_DUE_TO_SECURITY_REASONS"
    (login,) = named(records(s3, folder(HUB, region="us-east-1")), "ConsoleLogin")
    assert login["additionalEventData"]["MFAUsed"] == "No" and login["responseElements"] == {"ConsoleLogin": "Success"}


def test_data_events_only_if_selected(client, trail, ahead):
    """logging-data-events-with-cloudtrail.html: "By default, trails do not log data events"."""
    cloudtrail = trail()
    s3 = client(HUB, "s3")
    s3.create_bucket(Bucket="data-1", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket="data-1", Key="before", Body=b"")
    selector = {
        "ReadWriteType": "WriteOnly",
        "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::data-1/"]}],
    }
    cloudtrail.put_event_selectors(TrailName=TRAIL, EventSelectors=[selector])
    s3.put_object(Bucket="data-1", Key="after", Body=b"content")
    s3.get_object(Bucket="data-1", Key="after")
    ahead(301)
    found = records(client(HUB, "s3"), folder(HUB))
    (put,) = named(found, "PutObject")
    assert put["requestParameters"]["bucketName"] == "data-1" and put["requestParameters"]["key"] == "after"
    assert "body" not in put["requestParameters"] and put["eventCategory"] == "Data"
    assert put["resources"][0] == {"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::data-1/after"}
    assert not named(found, "GetObject") and named(found, "CreateBucket")


def test_an_organization_trail_has_a_path_for_each_account(client, ahead):
    client(MANAGEMENT, "organizations").enable_aws_service_access(ServicePrincipal="cloudtrail.amazonaws.com")
    organization_bucket(client(HUB, "s3"))
    cloudtrail = client(MANAGEMENT, "cloudtrail")
    cloudtrail.create_trail(**WANTED, IsOrganizationTrail=True)
    cloudtrail.start_logging(Name=TRAIL)
    client(SPOKE, "ec2").create_vpc(CidrBlock="10.9.0.0/16")
    client(STRANGER, "ec2").create_vpc(CidrBlock="10.9.0.0/16")
    s3 = client(HUB, "s3")
    ahead(301)
    found = records(s3, folder(SPOKE, organization=f"{ORGANIZATION}/"))
    assert [each["recipientAccountId"] for each in named(found, "CreateVpc")] == [SPOKE]
    assert STRANGER not in "".join(names(s3))


def test_a_policy_that_forbids_the_delivery(client, trail, ahead):
    """API_GetTrailStatus, LatestDeliveryError: S3's error; the events come once the policy is repaired."""
    trail()
    s3 = client(HUB, "s3")
    client(HUB, "ec2").create_vpc(CidrBlock="10.9.0.0/16")
    allowed = s3.get_bucket_policy(Bucket=BUCKET)["Policy"]
    s3.delete_bucket_policy(Bucket=BUCKET)
    ahead(301)
    cloudtrail = client(HUB, "cloudtrail")
    assert cloudtrail.get_trail_status(Name=TRAIL)["LatestDeliveryError"] == "AccessDenied"
    assert "LatestDeliveryTime" not in cloudtrail.get_trail_status(Name=TRAIL)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=allowed)
    assert named(records(s3, folder(HUB)), "CreateVpc")
    assert "LatestDeliveryError" not in cloudtrail.get_trail_status(Name=TRAIL)


def test_a_delivery_that_fails_is_made_again(emulator, client, trail, ahead):
    """API_GetTrailStatus, LatestDigestDeliveryError; the chain has no gap."""
    trail()
    ahead(3600 + 60)
    emulator.control("POST", "faults", {"service": "cloudtrail", "operation": "PutObject", "action": "unavailable"})
    cloudtrail = client(HUB, "cloudtrail")
    status = cloudtrail.get_trail_status(Name=TRAIL)
    assert (status["LatestDeliveryError"], status["LatestDigestDeliveryError"]) == ("ServiceUnavailable",) * 2
    emulator.control("DELETE", "faults")
    s3 = client(HUB, "s3")
    (key,) = names(s3, folder(HUB, "CloudTrail-Digest"))
    assert verified(s3, cloudtrail, key)["digestS3Object"] == key
    assert "LatestDigestDeliveryError" not in cloudtrail.get_trail_status(Name=TRAIL)


def test_files_encrypted_with_the_trails_key(client, emulator, trail, ahead):
    """create-kms-key-policy-for-cloudtrail.html: kms:EncryptionContext:aws:cloudtrail:arn says whose files they are."""
    kms = client(HUB, "kms")
    arn = kms.create_key(Policy=key_policy(HUB))["KeyMetadata"]["Arn"]
    trail(KmsKeyId=arn)
    reader = created(emulator, SPOKE, allow(["s3:*", "kms:Decrypt"]))
    s3 = client(HUB, "s3")
    statements = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
    read = {"Effect": "Allow", "Principal": {"AWS": reader.arn}, "Action": "s3:GetObject"}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(*statements, read | {"Resource": f"arn:aws:s3:::{BUCKET}/*"}))
    ahead(301)
    (name, *_more) = names(s3, folder(HUB))
    head = s3.head_object(Bucket=BUCKET, Key=name)
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", arn)
    get = functools.partial(reader.client("s3").get_object, Bucket=BUCKET, Key=name)
    assert refused(get) == ("AccessDenied", 403)
    decrypt = {"Effect": "Allow", "Principal": {"AWS": reader.arn}, "Action": "kms:Decrypt", "Resource": "*"}
    condition = {"StringEquals": {"kms:EncryptionContext:aws:cloudtrail:arn": arn_of(HUB)}}
    statements = json.loads(key_policy(HUB))["Statement"]
    kms.put_key_policy(KeyId=arn, PolicyName="default", Policy=policy(*statements, decrypt | {"Condition": condition}))
    assert get()["ServerSideEncryption"] == "aws:kms"


def verified(s3, cloudtrail, key):
    """Return a digest whose signature holds: cloudtrail-log-file-custom-validation.html."""
    answer = s3.get_object(Bucket=BUCKET, Key=key)
    content = gzip.decompress(answer["Body"].read())
    digest = json.loads(content)
    around = datetime.timedelta(days=2)
    end = datetime.datetime.fromisoformat(digest["digestEndTime"].replace("Z", "+00:00"))
    listed = cloudtrail.list_public_keys(StartTime=end - around, EndTime=end + around)["PublicKeyList"]
    (public,) = [each["Value"] for each in listed if each["Fingerprint"] == digest["digestPublicKeyFingerprint"]]
    previous = digest["previousDigestSignature"] or "null"
    place, hashed = f"{BUCKET}/{key}", hashlib.sha256(content).hexdigest()
    signed = "\n".join([digest["digestEndTime"], place, hashed, previous]).encode()
    signature = bytes.fromhex(answer["Metadata"]["signature"])
    assert answer["Metadata"]["signature-algorithm"] == "SHA256withRSA"
    # PKCS#1, as "openssl rsa -RSAPublicKey_in" reads it.
    der = serialization.load_der_public_key(public)
    der.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    return digest | {"content_hash": hashed, "signature": answer["Metadata"]["signature"]}


def test_digests_are_a_chain(client, trail, ahead):
    trail()
    client(HUB, "ec2").create_vpc(CidrBlock="10.9.0.0/16")
    ahead(2 * 3600 + 60)
    s3, cloudtrail = client(HUB, "s3"), client(HUB, "cloudtrail")
    found = names(s3, folder(HUB, "CloudTrail-Digest"))
    pattern = rf"{HUB}_CloudTrail-Digest_eu-central-1_{TRAIL}_eu-central-1_\d{{8}}T\d{{6}}Z\.json\.gz"
    assert len(found) == 2 and all(re.fullmatch(pattern, each.rpartition("/")[2]) for each in found)
    first, second = (verified(s3, cloudtrail, key) for key in found)
    assert first["previousDigestS3Object"] is None and first["previousDigestSignature"] is None
    assert second["previousDigestS3Object"] == found[0]
    assert second["previousDigestSignature"] == first["signature"]
    assert second["previousDigestHashValue"] == first["content_hash"]
    assert second["digestStartTime"] == first["digestEndTime"]
    (entry, *_more) = first["logFiles"]
    body = s3.get_object(Bucket=BUCKET, Key=entry["s3Object"])["Body"].read()
    assert hashlib.sha256(gzip.decompress(body)).hexdigest() == entry["hashValue"]
    assert first["oldestEventTime"] <= first["newestEventTime"]
    # Each log file is in one digest.
    files = [each["s3Object"] for digest in (first, second) for each in digest["logFiles"]]
    assert len(files) == len(set(files)) and set(files) <= set(names(s3, folder(HUB)))
    status = cloudtrail.get_trail_status(Name=TRAIL)
    assert f"{status['LatestDigestDeliveryTime']:%Y%m%dT%H%M%SZ}" in found[-1]


def test_an_hour_without_events_has_a_digest_too(client, trail, ahead):
    """digest-file-structure: "the fields [...] are null" and logFiles is empty."""
    trail()
    ahead(3 * 3600 + 60)
    s3, cloudtrail = client(HUB, "s3"), client(HUB, "cloudtrail")
    last = verified(s3, cloudtrail, names(s3, folder(HUB, "CloudTrail-Digest"))[-1])
    assert last["logFiles"] == [] and last["newestEventTime"] is None


def test_another_regions_digests_have_another_key(client, trail, ahead):
    """API_ListPublicKeys: "Each digest file is signed with a private key unique to its Region"."""
    trail()
    client(HUB, "ec2", "eu-west-1").describe_vpcs()
    ahead(3600 + 60)
    s3 = client(HUB, "s3")
    (key,) = names(s3, folder(HUB, "CloudTrail-Digest", "eu-west-1"))
    assert verified(s3, client(HUB, "cloudtrail", "eu-west-1"), key)["awsAccountId"] == HUB
    own = client(HUB, "cloudtrail").list_public_keys()["PublicKeyList"][0]["Fingerprint"]
    other = client(HUB, "cloudtrail", "eu-west-1").list_public_keys()["PublicKeyList"][0]["Fingerprint"]
    assert own != other


def test_no_digests_without_validation_and_a_new_chain_with_it(client, trail, ahead):
    """validate-logs of the AWS CLI: "When you disable Log File Validation, the chain [...] is broken"."""
    trail(EnableLogFileValidation=False)
    ahead(3600 + 60)
    cloudtrail, s3 = client(HUB, "cloudtrail"), client(HUB, "s3")
    assert names(s3, folder(HUB, "CloudTrail-Digest")) == []
    cloudtrail.update_trail(Name=TRAIL, EnableLogFileValidation=True)
    ahead(2 * 3600 + 120)
    s3, cloudtrail = client(HUB, "s3"), client(HUB, "cloudtrail")
    (key,) = names(s3, folder(HUB, "CloudTrail-Digest"))
    assert verified(s3, cloudtrail, key)["previousDigestSignature"] is None


def test_deliveries_are_scaled(emulator, client, trail, ahead):
    emulator.control("POST", "settings", {"log_delivery": {"scale": 0.01}})
    trail()
    client(HUB, "ec2").describe_vpcs()
    ahead(4)
    s3 = client(HUB, "s3")
    assert named(records(s3, folder(HUB)), "DescribeVpcs")
    ahead(37)
    assert len(names(s3, folder(HUB, "CloudTrail-Digest"))) == 1
