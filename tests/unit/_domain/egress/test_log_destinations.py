# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Destinations of a firewall's logs, in the form of LogDestinationConfig."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import log_destinations


def parse(destination, destination_type="s3", log_type="ALERT"):
    log = {"log_type": log_type, "destination_type": destination_type, "destination": destination}
    return log_destinations.parse("logs", [log])[log_type]


@pytest.mark.parametrize(
    ("given", "kind", "found"),
    [
        ("archive", "s3", {"type": "S3", "bucketName": "archive"}),
        ("archive/egress/", "s3", {"type": "S3", "bucketName": "archive", "prefix": "egress"}),
        ("arn:aws:s3:::archive/a/b", "s3", {"type": "S3", "bucketName": "archive", "prefix": "a/b"}),
        ("/egress/alert", "cloud-watch-logs", {"type": "CloudWatchLogs", "logGroup": "/egress/alert"}),
        (
            "arn:aws:logs:eu-central-1:111111111111:log-group:/egress/alert:*",
            "cloud-watch-logs",
            {"type": "CloudWatchLogs", "logGroup": "/egress/alert"},
        ),
        (
            "arn:aws:firehose:eu-central-1:111111111111:deliverystream/egress",
            "kinesis-data-firehose",
            {"type": "KinesisDataFirehose", "deliveryStream": "egress"},
        ),
    ],
)
def test_a_name_or_an_arn_is_the_destination(given, kind, found):
    assert parse(given, kind) == found


@pytest.mark.parametrize(
    ("given", "kind"),
    [("No Bucket", "s3"), ("arn:aws:logs:eu-central-1:111111111111:log-group:x", "s3"), ("", "cloud-watch-logs")],
)
def test_what_is_no_destination_of_its_type_is_refused(given, kind):
    with pytest.raises(Invalid, match=r"logs\[0\]\.destination"):
        parse(given, kind)


def test_a_type_of_log_has_one_destination():
    log = {"log_type": "ALERT", "destination_type": "s3", "destination": "archive"}
    with pytest.raises(Invalid, match=r"logs\[1\]\.log_type"):
        log_destinations.parse("logs", [log, log])
