# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bucket policies of signed calls, in the bucket's account and across accounts.

Sources: IAM User Guide, reference_policies_evaluation-logic and ...-cross-account; the messages:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
"""

from __future__ import annotations

import functools
import json

import pytest

from .conftest import HUB, MANAGEMENT, SPOKE, SPOKE_2, STRANGER, error_of, refused
from .people import allow, created, policy

BUCKET = "closednet-logs-111111111111"
ARN = f"arn:aws:s3:::{BUCKET}"
REGION = {"LocationConstraint": "eu-central-1"}


@pytest.fixture
def owner(client):
    """S3 client of the bucket's account, an administrator."""
    s3 = client(HUB, "s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=REGION)
    for account in (SPOKE, SPOKE_2):
        s3.put_object(Bucket=BUCKET, Key=f"cloudwatch/account={account}/2026/a.parquet", Body=b"rows")
    return s3


@pytest.fixture
def person(emulator):
    """person(account, *statements, name="reader"): an IAM user with these statements."""
    return functools.partial(created, emulator)


def put(s3, *statements):
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(*statements))


def grant(principal, action, resource=f"{ARN}/*", effect="Allow", **more):
    principal = principal if principal == "*" else {"AWS": principal}
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource, **more}


def key_of(account):
    return {"Bucket": BUCKET, "Key": f"cloudwatch/account={account}/2026/a.parquet"}


def test_in_one_account_either_policy_is_enough(owner, person):
    """reference_policies_evaluation-logic_policy-eval-basics: the union of both."""
    by_identity = person(HUB, allow("s3:GetObject", f"{ARN}/*"), name="by-identity").client("s3")
    nobody = person(HUB, name="nobody")
    assert by_identity.get_object(**key_of(SPOKE))["Body"].read() == b"rows"
    code, text = error_of(nobody.client("s3").get_object, **key_of(SPOKE))
    assert (code, text) == (
        "AccessDenied",
        f"User: {nobody.arn} is not authorized to perform: s3:GetObject on resource: "
        f'"{ARN}/cloudwatch/account={SPOKE}/2026/a.parquet" because no identity-based policy allows the s3:GetObject '
        "action",
    )
    put(owner, grant(nobody.arn, "s3:GetObject"))
    assert nobody.client("s3").get_object(**key_of(SPOKE))["Body"].read() == b"rows"


def test_across_accounts_both_policies_have_to_allow(owner, person):
    reader = person(SPOKE, allow("s3:GetObject", "*"))
    text = error_of(reader.client("s3").get_object, **key_of(SPOKE))[1]
    assert text.endswith("because no resource-based policy allows the s3:GetObject action")
    put(owner, grant(SPOKE, "s3:GetObject"))
    assert reader.client("s3").get_object(**key_of(SPOKE))["Body"].read() == b"rows"
    other = person(SPOKE, name="without")
    text = error_of(other.client("s3").get_object, **key_of(SPOKE))[1]
    assert text.endswith("because no identity-based policy allows the s3:GetObject action")


def test_an_administrator_of_another_account_needs_the_bucket_policy(owner, client):
    s3 = client(SPOKE, "s3")
    assert refused(s3.put_object, Bucket=BUCKET, Key="x", Body=b"") == ("AccessDenied", 403)
    put(owner, grant(f"arn:aws:iam::{SPOKE}:root", "s3:PutObject"))
    s3.put_object(Bucket=BUCKET, Key="x", Body=b"theirs")
    # It is the owner's object: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
    assert owner.get_object(Bucket=BUCKET, Key="x")["Body"].read() == b"theirs"
    assert refused(s3.delete_object, Bucket=BUCKET, Key="x") == ("AccessDenied", 403)


def test_outside_of_the_organization_the_reason_is_not_told(owner, person):
    reader = person(STRANGER, allow("s3:*", "*"))
    assert error_of(reader.client("s3").get_object, **key_of(SPOKE)) == ("AccessDenied", "Access Denied")


def test_an_auditor_reads_the_own_account_by_a_policy_variable(owner, client, person):
    """One statement for all source accounts: reference_policies_variables, aws:PrincipalAccount."""
    mine = f"{ARN}/*/account=${{aws:PrincipalAccount}}/*"
    role = {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/auditor"}}
    org = {"StringEquals": {"aws:PrincipalOrgID": "o-demo123456"}}
    put(owner, grant("*", "s3:GetObject", mine, Condition=role | org))
    trust = policy({"Effect": "Allow", "Principal": {"AWS": SPOKE}, "Action": "sts:AssumeRole"})
    iam = client(SPOKE, "iam")
    arn = iam.create_role(RoleName="auditor", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName="auditor", PolicyName="own", PolicyDocument=policy(allow("s3:*", "*")))
    operator = person(SPOKE, allow("sts:AssumeRole", arn), name="operator")
    auditor = operator.client("s3", operator.assume(arn))
    assert auditor.get_object(**key_of(SPOKE))["Body"].read() == b"rows"
    assert refused(auditor.get_object, **key_of(SPOKE_2)) == ("AccessDenied", 403)
    assert refused(auditor.put_object, Bucket=BUCKET, Key=f"cloudwatch/account={SPOKE}/x") == ("AccessDenied", 403)
    assert refused(client(SPOKE, "s3").get_object, **key_of(SPOKE)) == ("AccessDenied", 403)  # another role


def test_a_list_is_allowed_by_its_prefix(owner, person):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html: s3:prefix"""
    condition = {"StringLike": {"s3:prefix": f"*/account={SPOKE}/*"}}
    put(owner, grant(SPOKE, "s3:ListBucket", ARN, Condition=condition))
    s3 = person(SPOKE, allow("s3:ListBucket", "*")).client("s3")
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"cloudwatch/account={SPOKE}/")
    assert [each["Key"] for each in listed["Contents"]] == [key_of(SPOKE)["Key"]]
    assert refused(s3.list_objects_v2, Bucket=BUCKET) == ("AccessDenied", 403)
    assert refused(s3.list_objects_v2, Bucket=BUCKET, Prefix=f"cloudwatch/account={SPOKE_2}/")[0] == "AccessDenied"


def test_an_explicit_deny_limits_the_administrator_too(owner, client):
    put(owner, grant("*", ["s3:DeleteObject", "s3:DeleteBucket"], [ARN, f"{ARN}/*"], "Deny"))
    code, text = error_of(owner.delete_object, **key_of(SPOKE))
    assert code == "AccessDenied" and text.endswith("with an explicit deny in a resource-based policy")
    answer = owner.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key_of(SPOKE)["Key"]}]})
    assert answer["Errors"][0]["Code"] == "AccessDenied" and "Deleted" not in answer
    assert owner.get_object(**key_of(SPOKE))["Body"].read() == b"rows"
    assert refused(client(MANAGEMENT, "s3").list_objects_v2, Bucket=BUCKET)[0] == "AccessDenied"


def test_a_deny_without_tls_does_not_deny_calls_with_it(owner):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html: aws:SecureTransport"""
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    put(owner, grant("*", "s3:*", [ARN, f"{ARN}/*"], "Deny", Condition=insecure))
    owner.put_object(Bucket=BUCKET, Key="x", Body=b"x")
    assert owner.get_object(Bucket=BUCKET, Key="x")["Body"].read() == b"x"


def test_a_header_that_is_absent_is_seen_by_null(owner):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingServerSideEncryption.html"""
    put(owner, grant("*", "s3:PutObject", effect="Deny", Condition={"Null": {"s3:if-none-match": "true"}}))
    assert refused(owner.put_object, Bucket=BUCKET, Key="new", Body=b"") == ("AccessDenied", 403)
    owner.put_object(Bucket=BUCKET, Key="new", Body=b"", IfNoneMatch="*")
    assert refused(owner.put_object, Bucket=BUCKET, Key="new", Body=b"", IfNoneMatch="*") == ("PreconditionFailed", 412)


def test_an_absent_object_is_told_only_to_who_may_list(owner, person):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html"""
    s3 = person(HUB, allow("s3:GetObject", "*")).client("s3")
    assert error_of(s3.get_object, Bucket=BUCKET, Key="absent")[0] == "AccessDenied"
    both = person(HUB, allow(["s3:GetObject", "s3:ListBucket"], "*"), name="both").client("s3")
    assert error_of(both.get_object, Bucket=BUCKET, Key="absent")[0] == "NoSuchKey"


def test_a_copy_reads_its_source(owner, client, person):
    own = "closednet-other-222222222222"
    client(SPOKE, "s3").create_bucket(Bucket=own, CreateBucketConfiguration=REGION)
    s3 = person(SPOKE, allow("s3:*", "*")).client("s3")
    copy = {"Bucket": own, "Key": "x", "CopySource": f"{BUCKET}/{key_of(SPOKE)['Key']}"}
    assert refused(s3.copy_object, **copy) == ("AccessDenied", 403)
    put(owner, grant(SPOKE, "s3:GetObject"))
    s3.copy_object(**copy)
    assert s3.get_object(Bucket=own, Key="x")["Body"].read() == b"rows"


def test_another_owner_than_expected(owner, client):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html"""
    assert refused(owner.head_bucket, Bucket=BUCKET, ExpectedBucketOwner=SPOKE)[1] == 403
    assert refused(owner.get_object, **key_of(SPOKE), ExpectedBucketOwner=SPOKE) == ("AccessDenied", 403)
    owner.get_object(**key_of(SPOKE), ExpectedBucketOwner=HUB)
    assert refused(client(SPOKE, "s3").head_bucket, Bucket=BUCKET)[1] == 403


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("no JSON", "Policies must be valid JSON and the first byte must be '{'"),
        (policy(grant("arn:aws:iam::222222222222:user/nobody", "s3:GetObject")), "Invalid principal in policy"),
        (policy(grant("*", "s3:GetObject", "arn:aws:s3:::another/*")), "Policy has invalid resource"),
        (policy(grant("*", "kms:Decrypt")), "Policy has invalid action"),
        (
            policy(*(grant(SPOKE, "s3:GetObject", f"{ARN}/{number:0200}/*") for number in range(70))),
            "Normalized policy document exceeds the maximum allowed size of 20480 bytes",
        ),
    ],
)
def test_a_malformed_policy_is_refused(owner, document, text):
    """Texts: emulator/s3/policies.py names where each was reported."""
    assert error_of(owner.put_bucket_policy, Bucket=BUCKET, Policy=document) == ("MalformedPolicy", text)
    assert error_of(owner.get_bucket_policy, Bucket=BUCKET)[0] == "NoSuchBucketPolicy"


def test_a_public_policy_is_refused_where_it_is_blocked(owner):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html"""
    owner.put_public_access_block(
        Bucket=BUCKET,
        PublicAccessBlockConfiguration=dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
        ),
    )
    public = policy(grant("*", "s3:GetObject"))
    code, text = error_of(owner.put_bucket_policy, Bucket=BUCKET, Policy=public)
    assert code == "AccessDenied" and text.endswith(
        f'is not authorized to perform: s3:PutBucketPolicy on resource: "{ARN}" because public policies are blocked '
        "by the BlockPublicPolicy block public access setting."
    )
    put(owner, grant("*", "s3:GetObject", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-demo123456"}}))
    put(owner, grant("*", "s3:*", effect="Deny", Condition={"Bool": {"aws:SecureTransport": "false"}}))
    stored = json.loads(owner.get_bucket_policy(Bucket=BUCKET)["Policy"])
    assert stored["Statement"][0]["Effect"] == "Deny"
