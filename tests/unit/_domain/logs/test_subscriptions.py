# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import subscriptions

LOGICAL = "arn:aws:logs:eu-central-1:111111111111:destination:logs-ecs_json"
STREAM = "arn:aws-cn:firehose:cn-north-1:222222222222:deliverystream/my-logs-cloudwatch"


def test_destinations():
    logical = subscriptions.destination("x", LOGICAL, "222222222222")
    assert (logical.region, logical.account_id, logical.stream) == ("eu-central-1", "111111111111", False)
    stream = subscriptions.destination("x", STREAM, "222222222222")
    assert (stream.region, stream.name, stream.stream, stream.archive) == (
        "cn-north-1",
        "my-logs-cloudwatch",
        True,
        "my-logs",
    )


@pytest.mark.parametrize(
    ("arn", "text"),
    [
        (STREAM.replace("222222222222", "333333333333"), "is a stream of another account; expected its logical"),
        (LOGICAL.replace("111111111111", "222222222222"), "arn:aws:firehose:eu-central-1:222222222222:deliverystream/"),
        ("arn:aws:lambda:eu-central-1:222222222222:function:x", "is no destination of a log archive"),
        (LOGICAL + " ", "is no destination"),
        (None, "is no destination"),
    ],
)
def test_what_is_no_destination_of_the_account(arn, text):
    with pytest.raises(Invalid, match="x: ") as invalid:
        subscriptions.destination("x", arn, "222222222222")
    assert text in str(invalid.value)


def test_criteria_are_read_back():
    """The form: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CreateSubscriptionFilterFirehose-Account.html"""
    assert subscriptions.criteria(["/b", "/a", "/b"]) == 'LogGroupName NOT IN ["/a", "/b"]'
    assert subscriptions.criteria([]) is None
    assert subscriptions.excluded('LogGroupName NOT IN ["LogGroupToExclude1", "LogGroupToExclude2"]') == [
        "LogGroupToExclude1",
        "LogGroupToExclude2",
    ]
    assert subscriptions.excluded(None) == subscriptions.excluded("") == []


@pytest.mark.parametrize(
    "text", ['LogGroupNamePrefix NOT IN ["/a"]', "LogGroupName NOT IN [", 'LogGroupName IN ["/a"]']
)
def test_criteria_of_another_kind_are_unknown(text):
    assert subscriptions.excluded(text) is None


def test_the_delivery_is_left_out():
    stream = subscriptions.destination("x", STREAM, "222222222222")
    there = ["/aws/kinesisfirehose/my-logs-ecs_json", "/aws/kinesisfirehose/my", "/aws/lambda/my-logs-handler2"]
    assert subscriptions.own_groups(stream, there) == [
        "/aws/kinesisfirehose/my-logs-cloudwatch",
        "/aws/kinesisfirehose/my-logs-ecs_json",
        "/aws/lambda/my-logs-handler",
        "/closednet/log_archive/my-logs",
    ]
    # What another account's archive delivers isn't in this one.
    logical = subscriptions.destination("x", LOGICAL, "222222222222")
    assert subscriptions.own_groups(logical, ["/aws/lambda/logs-handler"]) == []


def test_names_say_whose_they_are():
    for text in (subscriptions.policy_name("a.b"), subscriptions.filter_name("a.b")):
        assert subscriptions.owner_name(text) == "a.b"
    assert subscriptions.owner_name("landing-zone") == ""


def test_the_document_has_a_role_where_one_is_given():
    fields = {"destination_arn": STREAM, "role_arn": "arn:aws:iam::222222222222:role/x", "filter_pattern": "ERROR"}
    assert json.loads(subscriptions.document(fields)) == {
        "DestinationArn": STREAM,
        "RoleArn": "arn:aws:iam::222222222222:role/x",
        "FilterPattern": "ERROR",
        "Distribution": "Random",
    }
    assert "RoleArn" not in json.loads(subscriptions.document({**fields, "role_arn": None}))
