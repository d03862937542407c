# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects read without a signature: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html"""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

from .conftest import SPOKE

BUCKET, ENDPOINT = "an-index", "vpce-0123456789abcdef0"
ARN = f"arn:aws:s3:::{BUCKET}"


@pytest.fixture
def s3(client):
    s3 = client(SPOKE, "s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket=BUCKET, Key="simple/name/", Body=b"<a>page</a>", ContentType="text/html")
    s3.put_object(Bucket=BUCKET, Key="a+b.whl", Body=b"wheel")
    return s3


def allow(action, resource, **more):
    return {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource, **more}


THROUGH = {"StringEquals": {"aws:SourceVpce": [ENDPOINT]}}
READ = [allow("s3:GetObject", f"{ARN}/*", Condition=THROUGH), allow("s3:ListBucket", ARN, Condition=THROUGH)]


def put_policy(s3, *statements):
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


def through(emulator, endpoint):
    emulator.control("POST", "settings", {"unsigned_context": {"aws:SourceVpce": endpoint}})


@pytest.fixture
def get(emulator):
    """get(key) -> (status, content type, body) without a signature"""

    def get(key):
        try:
            with urllib.request.urlopen(f"{emulator.endpoint}/{BUCKET}/{key}") as answer:
                return answer.status, answer.headers["Content-Type"].partition(";")[0], answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers["Content-Type"].partition(";")[0], error.read()

    return get


def test_nobody_reads_without_a_policy(s3, get):
    status, _type, body = get("simple/name/")
    assert status == 403 and b"<Code>AccessDenied</Code>" in body


def test_who_comes_through_the_endpoint_reads_what_the_policy_permits(emulator, s3, get):
    put_policy(s3, *READ)
    assert get("simple/name/")[0] == 403  # from the internet
    through(emulator, "vpce-0f0f0f0f0f0f0f0f0")
    assert get("simple/name/")[0] == 403
    through(emulator, ENDPOINT)
    assert get("simple/name/") == (200, "text/html", b"<a>page</a>")
    assert get("a%2Bb.whl")[2] == b"wheel"


def test_a_key_is_no_folder_and_has_no_index_document(emulator, s3, get):
    put_policy(s3, *READ)
    through(emulator, ENDPOINT)
    assert get("simple/name")[0] == 404 and get("simple/")[0] == 404


def test_what_is_absent_is_told_only_to_who_may_list(emulator, s3, get):
    through(emulator, ENDPOINT)
    put_policy(s3, READ[0])
    assert get("simple/absent/")[0] == 403
    put_policy(s3, *READ)
    assert get("simple/absent/")[0] == 404


def test_a_deny_wins(emulator, s3, get):
    through(emulator, ENDPOINT)
    put_policy(s3, *READ, {**allow("s3:*", f"{ARN}/a*"), "Effect": "Deny"})
    assert get("simple/name/")[0] == 200 and get("a%2Bb.whl")[0] == 403


def test_nobody_writes_or_lists_without_a_signature(emulator, s3, get):
    through(emulator, ENDPOINT)
    put_policy(s3, allow("s3:*", [ARN, f"{ARN}/*"]))
    request = urllib.request.Request(f"{emulator.endpoint}/{BUCKET}/x", b"x", method="PUT")
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(request)
    assert error.value.code == 403 and get("")[0] == 403
