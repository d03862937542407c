# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Trails: what CloudTrail checks, shadow trails, selectors.

Sources: the pages of the operations in https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/ and of the user
guide that emulator/cloudtrail/ names. Texts of errors are compared where a report has them.
"""

from __future__ import annotations

import pytest

from .conftest import HUB, MANAGEMENT, SPOKE, STRANGER, error_of, refused
from .people import policy
from .trails import BUCKET, TRAIL, arn_of, key_policy, make_bucket, organization_bucket

WANTED = {"Name": TRAIL, "S3BucketName": BUCKET, "IsMultiRegionTrail": True, "EnableLogFileValidation": True}
OF_ORGANIZATION = WANTED | {"IsOrganizationTrail": True}


@pytest.fixture
def s3(client):
    return client(HUB, "s3")


@pytest.fixture
def cloudtrail(client):
    return client(HUB, "cloudtrail")


@pytest.fixture
def trusted(client):
    """Trusted access of CloudTrail in the organization."""
    client(MANAGEMENT, "organizations").enable_aws_service_access(ServicePrincipal="cloudtrail.amazonaws.com")


def test_a_trail_is_created_and_described(s3, cloudtrail):
    make_bucket(s3)
    tags = [{"Key": "owner", "Value": "platform"}]
    made = cloudtrail.create_trail(**WANTED, TagsList=tags)
    assert made["TrailARN"] == arn_of(HUB) and made["LogFileValidationEnabled"] is True
    found = cloudtrail.describe_trails()["trailList"][0]
    assert found["HomeRegion"] == "eu-central-1" and found["HasCustomEventSelectors"] is False
    assert "KmsKeyId" not in found and "S3KeyPrefix" not in found
    assert cloudtrail.get_trail_status(Name=TRAIL)["IsLogging"] is False
    assert cloudtrail.list_tags(ResourceIdList=[arn_of(HUB)])["ResourceTagList"][0]["TagsList"] == tags
    listed = [{"TrailARN": arn_of(HUB), "Name": TRAIL, "HomeRegion": "eu-central-1"}]
    assert cloudtrail.list_trails()["Trails"] == listed
    assert error_of(cloudtrail.create_trail, **WANTED) == (
        "TrailAlreadyExistsException",
        f"Trail {TRAIL} already exists for customer: {HUB}",
    )
    cloudtrail.delete_trail(Name=TRAIL)
    assert error_of(cloudtrail.get_trail_status, Name=TRAIL) == (
        "TrailNotFoundException",
        f"Unknown trail: {arn_of(HUB)} for the user: {HUB}",
    )


def test_the_bucket_is_checked(s3, cloudtrail):
    """The bucket policy's text: reported by users of the AWS CLI and terraform."""
    assert error_of(cloudtrail.create_trail, **WANTED) == (
        "S3BucketDoesNotExistException",
        f"S3 bucket {BUCKET} does not exist!",
    )
    make_bucket(s3, SPOKE)  # for another account's trail
    insufficient = (
        "InsufficientS3BucketPolicyException",
        f"Incorrect S3 bucket policy is detected for bucket: {BUCKET}",
    )
    assert error_of(cloudtrail.create_trail, **WANTED) == insufficient
    assert cloudtrail.describe_trails()["trailList"] == []
    s3.delete_bucket_policy(Bucket=BUCKET)
    assert error_of(cloudtrail.create_trail, **WANTED) == insufficient
    assert error_of(cloudtrail.create_trail, **WANTED | {"S3BucketName": "A B"})[0] == "InvalidS3BucketNameException"


def test_the_key_is_checked(s3, cloudtrail, client):
    make_bucket(s3)
    kms = client(HUB, "kms")
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    code, text = error_of(cloudtrail.create_trail, **WANTED, KmsKeyId=arn)
    assert (code, text) == (
        "InsufficientEncryptionPolicyException",
        f"Insufficient permissions to access S3 bucket {BUCKET} or KMS key {arn}.",
    )
    kms.put_key_policy(KeyId=arn, PolicyName="default", Policy=key_policy(HUB))
    kms.create_alias(AliasName="alias/trail", TargetKeyId=arn)
    assert cloudtrail.create_trail(**WANTED, KmsKeyId="alias/trail")["KmsKeyId"] == arn
    kms.disable_key(KeyId=arn)
    assert error_of(cloudtrail.update_trail, Name=TRAIL, KmsKeyId=arn)[0] == "KmsKeyDisabledException"
    absent = arn.rpartition("/")[0] + "/11111111-2222-3333-4444-555555555555"
    assert error_of(cloudtrail.update_trail, Name=TRAIL, KmsKeyId=absent)[0] == "KmsKeyNotFoundException"
    assert cloudtrail.get_trail(Name=TRAIL)["Trail"]["KmsKeyId"] == arn


def test_five_trails_a_region(s3, cloudtrail):
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html: 5"""
    make_bucket(s3)
    s3.put_bucket_policy(
        Bucket=BUCKET,
        Policy=policy(
            {
                "Effect": "Allow",
                "Principal": {"Service": "cloudtrail.amazonaws.com"},
                "Action": ["s3:GetBucketAcl", "s3:PutObject"],
                "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
            }
        ),
    )
    for number in range(5):
        cloudtrail.create_trail(Name=f"trail-{number}", S3BucketName=BUCKET)
    assert error_of(cloudtrail.create_trail, **WANTED) == (
        "MaximumNumberOfTrailsExceededException",
        f"User: {HUB} already has 5 trails in eu-central-1.",
    )


def test_a_trail_of_another_region(s3, cloudtrail, client):
    """API_UpdateTrail: InvalidHomeRegionException; aws/aws-sdk-java#1309: CloudTrailARNInvalidException"""
    make_bucket(s3)
    cloudtrail.create_trail(**WANTED)
    elsewhere = client(HUB, "cloudtrail", "eu-west-1")
    assert [each["Name"] for each in elsewhere.describe_trails()["trailList"]] == [TRAIL]
    assert elsewhere.describe_trails(includeShadowTrails=False)["trailList"] == []
    for change in (elsewhere.stop_logging, elsewhere.delete_trail, elsewhere.update_trail):
        assert error_of(change, Name=arn_of(HUB))[0] == "InvalidHomeRegionException"
    assert error_of(elsewhere.get_event_selectors, TrailName=arn_of(HUB)) == (
        "CloudTrailARNInvalidException",
        "Region in ARN is wrong, you can only access resources in region eu-west-1.",
    )
    assert elsewhere.get_trail_status(Name=arn_of(HUB))["IsLogging"] is False
    assert error_of(elsewhere.get_trail_status, Name=TRAIL)[0] == "TrailNotFoundException"


def test_who_may_create_an_organization_trail(s3, client):
    """creating-trail-organization.html: management account or delegated administrator, with trusted access."""
    organization_bucket(s3)
    create = client(MANAGEMENT, "cloudtrail").create_trail
    assert error_of(create, **OF_ORGANIZATION)[0] == "CloudTrailAccessNotEnabledException"
    assert error_of(client(SPOKE, "cloudtrail").create_trail, **OF_ORGANIZATION)[0] == (
        "NotOrganizationMasterAccountException"
    )
    assert error_of(client(STRANGER, "cloudtrail").create_trail, **OF_ORGANIZATION)[0] == (
        "OrganizationsNotInUseException"
    )


def test_an_organization_trail_is_seen_in_members_as_a_shadow_trail(s3, client, trusted):
    organization_bucket(s3)
    client(MANAGEMENT, "cloudtrail").create_trail(**OF_ORGANIZATION)
    member = client(SPOKE, "cloudtrail")
    found = member.describe_trails()["trailList"]
    assert [(each["TrailARN"], each["IsOrganizationTrail"]) for each in found] == [(arn_of(MANAGEMENT), True)]
    assert member.describe_trails(includeShadowTrails=False)["trailList"] == []
    assert member.get_trail_status(Name=arn_of(MANAGEMENT))["IsLogging"] is False
    assert error_of(member.stop_logging, Name=arn_of(MANAGEMENT))[0] == "NotOrganizationMasterAccountException"
    assert client(STRANGER, "cloudtrail").describe_trails()["trailList"] == []


def test_an_organization_trail_needs_both_paths(s3, client, trusted):
    """create-s3-bucket-policy-for-cloudtrail.html, "organization trails": AWSLogs/MANAGEMENT and AWSLogs/o-ID."""
    make_bucket(s3, MANAGEMENT, MANAGEMENT)
    create = client(MANAGEMENT, "cloudtrail").create_trail
    assert error_of(create, **OF_ORGANIZATION)[0] == "InsufficientS3BucketPolicyException"


def test_selectors(s3, cloudtrail):
    make_bucket(s3)
    cloudtrail.create_trail(**WANTED)
    assert cloudtrail.get_event_selectors(TrailName=TRAIL)["EventSelectors"] == [
        {
            "ReadWriteType": "All",
            "IncludeManagementEvents": True,
            "DataResources": [],
            "ExcludeManagementEventSources": [],
        }
    ]
    advanced = [
        {"Name": "management", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]},
        {
            "Name": "objects",
            "FieldSelectors": [
                {"Field": "eventCategory", "Equals": ["Data"]},
                {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
            ],
        },
    ]
    cloudtrail.put_event_selectors(TrailName=TRAIL, AdvancedEventSelectors=advanced)
    answer = cloudtrail.get_event_selectors(TrailName=TRAIL)
    assert answer["AdvancedEventSelectors"] == advanced and "EventSelectors" not in answer
    assert cloudtrail.describe_trails()["trailList"][0]["HasCustomEventSelectors"] is True
    for wrong in (
        [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]}],
        [{"FieldSelectors": [{"Field": "colour", "Equals": ["red"]}]}],
    ):
        code = refused(cloudtrail.put_event_selectors, TrailName=TRAIL, AdvancedEventSelectors=wrong)[0]
        assert code == "InvalidEventSelectorsException"
    six = [{"ReadWriteType": "All"}] * 6
    assert refused(cloudtrail.put_event_selectors, TrailName=TRAIL, EventSelectors=six)[0] == (
        "InvalidEventSelectorsException"
    )


def test_events_are_looked_up_without_a_trail(emulator, cloudtrail, client):
    """API_LookupEvents: management events of the last 90 days, in the call's region, the newest first."""
    client(HUB, "ec2").describe_vpcs()
    client(HUB, "ec2").create_vpc(CidrBlock="10.9.0.0/16")
    client(SPOKE, "ec2").create_vpc(CidrBlock="10.8.0.0/16")
    emulator.control("POST", "console_login", {"account": HUB, "user": "ann", "region": "eu-central-1"})
    found = cloudtrail.lookup_events(LookupAttributes=[{"AttributeKey": "ReadOnly", "AttributeValue": "false"}])
    assert [event["EventName"] for event in found["Events"]] == ["ConsoleLogin", "CreateVpc"]
    page = cloudtrail.lookup_events(MaxResults=1)
    assert len(page["Events"]) == 1 and page["NextToken"]
    both = [{"AttributeKey": key, "AttributeValue": "x"} for key in ("EventName", "EventSource")]
    assert error_of(cloudtrail.lookup_events, LookupAttributes=both)[0] == "InvalidLookupAttributesException"
