# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A bucket and a key with the policies that AWS's user guide has for trails, and the files that a trail delivers."""

from __future__ import annotations

import gzip
import json
from typing import Any

from .conftest import HUB, MANAGEMENT
from .people import policy

BUCKET, TRAIL = "closednet-trail-111111111111", "closednet-audit"
CLOUDTRAIL = {"Service": "cloudtrail.amazonaws.com"}
ORGANIZATION = "o-demo123456"


def arn_of(account: str, region: str = "eu-central-1") -> str:
    return f"arn:aws:cloudtrail:{region}:{account}:trail/{TRAIL}"


def bucket_policy(account: str, *paths: str) -> str:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html"""
    source = {"aws:SourceArn": arn_of(account)}
    write = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", **source}}
    arn = f"arn:aws:s3:::{BUCKET}"
    check = {"Effect": "Allow", "Principal": CLOUDTRAIL, "Action": "s3:GetBucketAcl", "Resource": arn}
    return policy(
        check | {"Condition": {"StringEquals": source}},
        *(
            {
                "Effect": "Allow",
                "Principal": CLOUDTRAIL,
                "Action": "s3:PutObject",
                "Resource": f"{arn}/AWSLogs/{path}/*",
                "Condition": write,
            }
            for path in paths or (account,)
        ),
    )


def key_policy(account: str, owner: str = HUB) -> str:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html"""
    source = {"StringEquals": {"aws:SourceArn": arn_of(account)}}
    trails = {"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{account}:trail/*"}}
    every = {"Effect": "Allow", "Resource": "*"}
    return policy(
        every | {"Principal": {"AWS": f"arn:aws:iam::{owner}:root"}, "Action": "kms:*"},
        every | {"Principal": CLOUDTRAIL, "Action": "kms:GenerateDataKey*", "Condition": source | trails},
        every | {"Principal": CLOUDTRAIL, "Action": "kms:DescribeKey", "Condition": source},
    )


def make_bucket(s3: Any, account: str = HUB, *paths: str) -> None:
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_bucket_policy(Bucket=BUCKET, Policy=bucket_policy(account, *paths))


def organization_bucket(s3: Any) -> None:
    make_bucket(s3, MANAGEMENT, MANAGEMENT, ORGANIZATION)


def names(s3: Any, prefix: str = "") -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
    return [each["Key"] for page in pages for each in page.get("Contents", [])]


def records(s3: Any, prefix: str) -> list[dict[str, Any]]:
    """Return the records of all log files below a prefix."""
    found = []
    for name in names(s3, prefix):
        if "/CloudTrail/" in name:
            body = s3.get_object(Bucket=BUCKET, Key=name)["Body"].read()
            found += json.loads(gzip.decompress(body))["Records"]
    return found
