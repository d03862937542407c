# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names and tags of new buckets, and names of objects.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucketConfiguration.html
"""

from __future__ import annotations

import pytest

from .conftest import SPOKE, refused

TAGS = [{"Key": "team", "Value": "network"}, {"Key": "empty", "Value": ""}]


@pytest.mark.parametrize("tags", [TAGS, TAGS[:1]], ids=["two tags", "one tag"])
def test_a_bucket_is_created_with_tags(client, tags):
    s3 = client(SPOKE, "s3")
    s3.create_bucket(
        Bucket="tagged-of-example", CreateBucketConfiguration={"LocationConstraint": "eu-central-1", "Tags": tags}
    )
    assert sorted(s3.get_bucket_tagging(Bucket="tagged-of-example")["TagSet"], key=repr) == sorted(tags, key=repr)


@pytest.mark.parametrize(
    "name", ["Upper", "a..b", "-ab", "ab-", "192.168.0.1", "xn--abc", "abc-s3alias", "sthree-abc", "a_b"]
)
def test_a_bucket_name_that_s3_refuses(client, name):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""
    call = {"Bucket": name, "CreateBucketConfiguration": {"LocationConstraint": "eu-central-1"}}
    assert refused(client(SPOKE, "s3").create_bucket, **call) == ("InvalidBucketName", 400)


def test_a_key_has_1024_bytes(client):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html; ErrorResponses.html: KeyTooLongError"""
    s3 = client(SPOKE, "s3")
    s3.create_bucket(Bucket="keys.of-example", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket="keys.of-example", Key="k" * 1024, Body=b"")
    assert refused(s3.put_object, Bucket="keys.of-example", Key="k" * 1025, Body=b"") == ("KeyTooLongError", 400)


def test_the_owner_pays_until_that_is_changed(client):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketRequestPayment.html and
    API_PutBucketRequestPayment.html. amazon.aws' s3_bucket asks at every run.
    """
    s3 = client(SPOKE, "s3")
    bucket = {"Bucket": "paid-by-example"}
    s3.create_bucket(**bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    assert s3.get_bucket_request_payment(**bucket)["Payer"] == "BucketOwner"
    s3.put_bucket_request_payment(**bucket, RequestPaymentConfiguration={"Payer": "Requester"})
    assert s3.get_bucket_request_payment(**bucket)["Payer"] == "Requester"
    wrong = {"RequestPaymentConfiguration": {"Payer": "Nobody"}}
    assert refused(s3.put_bucket_request_payment, **bucket, **wrong)[0] == "MalformedXML"
