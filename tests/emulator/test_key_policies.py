# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""KMS key policies and grants: of KMS's own calls, and of S3's objects with SSE-KMS.

Sources: https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html, key-policy-default.html,
conditions-kms.html, key-state.html; https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
"""

from __future__ import annotations

import functools

import pytest

from .conftest import HUB, SPOKE, SPOKE_2, error_of, refused
from .people import allow, created, policy
from .test_bucket_policies import ARN, BUCKET, REGION, grant, put

NO_KEY = (
    "because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based "
    "policy explicitly denies access"
)


def on_key(principal, action, effect="Allow", **more):
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": "*", **more}


def root(account=HUB):
    return on_key({"AWS": f"arn:aws:iam::{account}:root"}, "kms:*")


@pytest.fixture
def person(emulator):
    return functools.partial(created, emulator)


@pytest.fixture
def kms(client):
    return client(HUB, "kms")


@pytest.fixture
def key(kms):
    """key(*statements): ARN of a key with this policy, by default that of KMS's default."""

    def make(*statements):
        more = {"Policy": policy(*statements), "BypassPolicyLockoutSafetyCheck": True} if statements else {}
        return kms.create_key(**more)["KeyMetadata"]["Arn"]

    return make


@pytest.fixture
def bucket(client):
    """bucket(key ARN): S3 client of the owner; the bucket's default encryption is with that key."""

    def make(arn, **more):
        s3 = client(HUB, "s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=REGION)
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}
        rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default, **more}]}
        s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration=rules)
        return s3

    return make


def test_the_root_statement_delegates_to_identity_policies(kms, key, person):
    arn = key()
    assert kms.encrypt(KeyId=arn, Plaintext=b"x")["KeyId"] == arn  # the operator is an administrator
    may = person(HUB, allow("kms:Encrypt", arn), name="may").client("kms")
    assert may.encrypt(KeyId=arn, Plaintext=b"x")["KeyId"] == arn
    nobody = person(HUB, name="nobody")
    assert error_of(nobody.client("kms").encrypt, KeyId=arn, Plaintext=b"x") == (
        "AccessDeniedException",
        f"User: {nobody.arn} is not authorized to perform: kms:Encrypt on resource: {arn} because no identity-based "
        "policy allows the kms:Encrypt action",
    )


def test_a_key_policy_that_leaves_the_administrator_out_limits_him(kms, key, person):
    reader = person(HUB)
    arn = key(on_key({"AWS": reader.arn}, ["kms:DescribeKey", "kms:Encrypt"]))
    code, text = error_of(kms.describe_key, KeyId=arn)
    assert code == "AccessDeniedException" and text.endswith(f"kms:DescribeKey on this resource {NO_KEY}")
    assert reader.client("kms").describe_key(KeyId=arn)["KeyMetadata"]["Arn"] == arn
    assert refused(kms.put_key_policy, KeyId=arn, PolicyName="default", Policy=policy(root()))[0] == (
        "AccessDeniedException"
    )


def test_across_accounts_the_key_policy_and_the_identity_policy_have_to_allow(kms, key, client, person):
    arn = key(root(), on_key({"AWS": f"arn:aws:iam::{SPOKE}:root"}, ["kms:Decrypt", "kms:Encrypt"]))
    blob = kms.encrypt(KeyId=arn, Plaintext=b"secret")["CiphertextBlob"]
    assert client(SPOKE, "kms").decrypt(CiphertextBlob=blob)["Plaintext"] == b"secret"
    assert client(SPOKE, "kms").encrypt(KeyId=arn, Plaintext=b"x")["KeyId"] == arn
    code, text = error_of(client(SPOKE_2, "kms").decrypt, CiphertextBlob=blob)
    assert code == "AccessDeniedException"
    assert text.endswith(f"kms:Decrypt on the resource associated with this ciphertext {NO_KEY}")
    without = person(SPOKE).client("kms")
    assert error_of(without.decrypt, CiphertextBlob=blob)[1].endswith(
        "because no identity-based policy allows the kms:Decrypt action"
    )
    # "Cross-account use: No": kms-api-permissions-reference
    assert refused(client(SPOKE, "kms").disable_key, KeyId=arn)[0] == "AccessDeniedException"


def test_a_grant_allows_its_operations(kms, key, person):
    """https://docs.aws.amazon.com/kms/latest/developerguide/grants.html"""
    arn, reader = key(root()), person(HUB)
    blob = kms.encrypt(KeyId=arn, Plaintext=b"secret")["CiphertextBlob"]
    assert refused(reader.client("kms").decrypt, CiphertextBlob=blob)[0] == "AccessDeniedException"
    kms.create_grant(KeyId=arn, GranteePrincipal=reader.arn, Operations=["Decrypt"])
    assert reader.client("kms").decrypt(CiphertextBlob=blob)["Plaintext"] == b"secret"
    assert refused(reader.client("kms").encrypt, KeyId=arn, Plaintext=b"x")[0] == "AccessDeniedException"


def test_the_encryption_context_is_a_condition(kms, key):
    condition = {"StringEquals": {"kms:EncryptionContext:account": SPOKE}}
    arn = key(root(), on_key("*", "kms:Encrypt", "Deny", Condition={"StringNotEquals": condition["StringEquals"]}))
    kms.encrypt(KeyId=arn, Plaintext=b"x", EncryptionContext={"account": SPOKE})
    code, text = error_of(kms.encrypt, KeyId=arn, Plaintext=b"x", EncryptionContext={"account": SPOKE_2})
    assert code == "AccessDeniedException" and text.endswith("with an explicit deny in a resource-based policy")


@pytest.mark.parametrize("operation", ["disable_key", "schedule_key_deletion"])
def test_a_key_that_is_not_enabled(kms, key, bucket, operation):
    """key-state.html; S3's codes were recorded on AWS: localstack/localstack#7786 and #8423."""
    arn = key()
    s3 = bucket(arn)
    s3.put_object(Bucket=BUCKET, Key="x", Body=b"x")
    getattr(kms, operation)(KeyId=arn)
    own, of_s3, text = {
        "disable_key": ("DisabledException", "KMS.DisabledException", f"{arn} is disabled."),
        "schedule_key_deletion": (
            "KMSInvalidStateException",
            "KMS.KMSInvalidStateException",
            f"{arn} is pending deletion.",
        ),
    }[operation]
    assert error_of(kms.encrypt, KeyId=arn, Plaintext=b"x") == (own, text)
    assert error_of(s3.get_object, Bucket=BUCKET, Key="x") == (of_s3, text)
    assert error_of(s3.put_object, Bucket=BUCKET, Key="y", Body=b"") == (of_s3, text)


def test_objects_need_the_key_of_the_bucket(key, bucket, client, person):
    reader, writer = person(SPOKE, allow("*"), name="reader"), person(HUB, allow("s3:*"), name="writer")
    arn = key(root(), on_key({"AWS": reader.arn}, "kms:Decrypt"))
    s3 = bucket(arn)
    put(s3, grant(reader.arn, ["s3:GetObject", "s3:PutObject"]))
    s3.put_object(Bucket=BUCKET, Key="x", Body=b"x")
    assert s3.head_object(Bucket=BUCKET, Key="x")["SSEKMSKeyId"] == arn
    assert reader.client("s3").get_object(Bucket=BUCKET, Key="x")["Body"].read() == b"x"
    code, text = error_of(reader.client("s3").put_object, Bucket=BUCKET, Key="y", Body=b"")
    assert code == "AccessDenied" and text == (
        f"User: {reader.arn} is not authorized to perform: kms:GenerateDataKey on this resource {NO_KEY}"
    )
    assert error_of(writer.client("s3").get_object, Bucket=BUCKET, Key="x")[1].endswith(
        "because no identity-based policy allows the kms:Decrypt action"
    )


def test_via_service_and_context_of_an_object(key, bucket, person):
    """kms:ViaService, and the object's ARN as encryption context; with a bucket key it is the bucket's."""
    reader = person(SPOKE, allow("*"))
    via = {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}
    mine = {"StringLike": {"kms:EncryptionContext:aws:s3:arn": f"{ARN}/mine/*"}}
    arn = key(root(), on_key({"AWS": reader.arn}, "kms:Decrypt", Condition=via | mine))
    s3 = bucket(arn)
    put(s3, grant(reader.arn, "s3:GetObject"))
    for name in ("mine/x", "yours/x"):
        s3.put_object(Bucket=BUCKET, Key=name, Body=b"x")
    assert reader.client("s3").get_object(Bucket=BUCKET, Key="mine/x")["Body"].read() == b"x"
    assert refused(reader.client("s3").get_object, Bucket=BUCKET, Key="yours/x") == ("AccessDenied", 403)
    s3.put_object(Bucket=BUCKET, Key="mine/y", Body=b"x", BucketKeyEnabled=True)
    assert refused(reader.client("s3").get_object, Bucket=BUCKET, Key="mine/y") == ("AccessDenied", 403)
    assert refused(reader.client("kms").generate_data_key, KeyId=arn, KeySpec="AES_256")[0] == "AccessDeniedException"


def test_the_managed_key_is_not_for_other_accounts(client, person):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html: aws/s3 is of one account."""
    reader = person(SPOKE, allow("*"))
    s3 = client(HUB, "s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=REGION)
    put(s3, grant(reader.arn, "s3:GetObject"))
    s3.put_object(Bucket=BUCKET, Key="x", Body=b"x", ServerSideEncryption="aws:kms")
    assert s3.get_object(Bucket=BUCKET, Key="x")["Body"].read() == b"x"
    assert refused(reader.client("s3").get_object, Bucket=BUCKET, Key="x") == ("AccessDenied", 403)


def test_a_key_of_the_request_that_does_not_exist(client):
    """API_PutObject; the code was recorded on AWS: localstack/localstack#7786."""
    s3 = client(HUB, "s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=REGION)
    absent = f"arn:aws:kms:eu-central-1:{HUB}:key/11111111-2222-3333-4444-555555555555"
    code, text = error_of(
        s3.put_object, Bucket=BUCKET, Key="x", Body=b"", ServerSideEncryption="aws:kms", SSEKMSKeyId=absent
    )
    assert (code, text) == ("KMS.NotFoundException", f"Key '{absent}' does not exist")


@pytest.mark.parametrize(
    ("statements", "text"),
    [
        (
            [on_key({"AWS": f"arn:aws:iam::{HUB}:user/nobody"}, "kms:*"), root()],
            "Policy contains a statement with one or more invalid principals.",
        ),
        (
            [root(SPOKE)],
            "The new key policy will not allow you to update the key policy in the future.",
        ),
    ],
)
def test_a_key_policy_that_kms_refuses(kms, key, statements, text):
    """API_PutKeyPolicy: "lockout safety check", MalformedPolicyDocumentException; texts as hashicorp's provider has."""
    refusal = ("MalformedPolicyDocumentException", text)
    arn = key()
    assert error_of(kms.create_key, Policy=policy(*statements)) == refusal
    assert error_of(kms.put_key_policy, KeyId=arn, PolicyName="default", Policy=policy(*statements)) == refusal
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["Enabled"]


def test_a_deny_for_others_does_not_deny_the_owner(kms, key):
    """reference_policies_elements_notprincipal; moto would read the statement without its principal."""
    arn = key(root(), on_key({"AWS": f"arn:aws:iam::{SPOKE}:root"}, "kms:*", "Deny"))
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["Arn"] == arn
