# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tags of CreateBucket: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucketConfiguration.html"""

from __future__ import annotations

import pytest

from .conftest import SPOKE

TAGS = [{"Key": "team", "Value": "network"}, {"Key": "empty", "Value": ""}]


@pytest.mark.parametrize("tags", [TAGS, TAGS[:1]], ids=["two tags", "one tag"])
def test_a_bucket_is_created_with_tags(client, tags):
    s3 = client(SPOKE, "s3")
    s3.create_bucket(
        Bucket="tagged-of-example", CreateBucketConfiguration={"LocationConstraint": "eu-central-1", "Tags": tags}
    )
    assert sorted(s3.get_bucket_tagging(Bucket="tagged-of-example")["TagSet"], key=repr) == sorted(tags, key=repr)
