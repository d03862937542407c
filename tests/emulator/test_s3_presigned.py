# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Presigned URLs: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html"""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Any

import boto3
import pytest
from botocore.config import Config

from .conftest import SPOKE, Emulator


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_whose_permissions_they_have(emulator: Emulator, client: Any, version: str) -> None:
    """moto's test_presigned_url_generates_content_response_headers (aws_verified), of Signature Version 2; the same of
    Version 4, of a role's session, and not after its time ("ExpiresIn")."""
    own = client(SPOKE, "s3")
    own.create_bucket(Bucket="presigned", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    own.put_object(Bucket="presigned", Key="key", Body=b"ABCD")
    credentials = own._request_signer._credentials
    keys = {
        "aws_access_key_id": credentials.access_key,
        "aws_secret_access_key": credentials.secret_key,
        "aws_session_token": credentials.token,
    }
    signer = boto3.client(
        "s3", "eu-central-1", endpoint_url=emulator.endpoint, config=Config(signature_version=version), **keys
    )
    wanted = {"Bucket": "presigned", "Key": "key", "ResponseCacheControl": "max-age=74"}
    url = signer.generate_presigned_url("get_object", Params=wanted, ExpiresIn=60)
    with urllib.request.urlopen(url) as answer:
        assert (answer.read(), answer.headers["Cache-Control"]) == (b"ABCD", "max-age=74")
    emulator.control("POST", "settings", {"clock_ahead": 61})
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(url)
    assert error.value.code == 403
