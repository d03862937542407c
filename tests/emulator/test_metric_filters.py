# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Metric filters, keys and tags of log groups.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/, the operation's page.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import SPOKE, refused

MISSING = "ResourceNotFoundException"
INVALID = "InvalidParameterException"
ARN = f"arn:aws:logs:eu-central-1:{SPOKE}:log-group:"
METRIC = {"metricName": "errors", "metricNamespace": "app", "metricValue": "1"}


@pytest.fixture
def logs(client: Callable[..., Any]) -> Any:
    """Of the spoke, with the log group `app`."""
    logs = client(SPOKE, "logs")
    logs.create_log_group(logGroupName="app")
    return logs


def put(logs: Any, name: str = "errors", **options: Any) -> None:
    parameters = {"logGroupName": "app", "filterName": name, "filterPattern": "ERROR"}
    logs.put_metric_filter(**{**parameters, "metricTransformations": [METRIC], **options})


def names(logs: Any, **options: Any) -> list[str]:
    return [one["filterName"] for one in logs.describe_metric_filters(**options)["metricFilters"]]


def test_a_filter_put_again_is_replaced(logs: Any) -> None:
    """PutMetricFilter: "Creates or updates a metric filter\""""
    put(logs)
    put(logs, filterPattern="WARN")
    [found] = logs.describe_metric_filters(logGroupName="app")["metricFilters"]
    assert logs.describe_log_groups()["logGroups"][0]["metricFilterCount"] == 1
    assert (found["filterPattern"], found["logGroupName"], found["metricTransformations"]) == ("WARN", "app", [METRIC])


def test_filters_are_found_by_prefix_and_metric(logs: Any) -> None:
    """DescribeMetricFilters: ASCII-sorted by name; pages"""
    other = {**METRIC, "metricName": "other"}
    logs.create_log_group(logGroupName="second")
    for name in ("b", "a", "c"):
        put(logs, name)
    put(logs, "ab", logGroupName="second", metricTransformations=[other])
    assert names(logs) == ["a", "ab", "b", "c"]
    assert names(logs, logGroupName="app") == ["a", "b", "c"]
    assert names(logs, filterNamePrefix="a") == ["a", "ab"]
    assert names(logs, metricName="other", metricNamespace="app") == ["ab"]
    first = logs.describe_metric_filters(limit=3)
    assert names(logs, nextToken=first["nextToken"]) == ["c"]
    logs.delete_log_group(logGroupName="second")
    assert names(logs, filterNamePrefix="a") == ["a"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"logGroupName": "none"}, MISSING),
        ({"filterPattern": "{ $.x = "}, INVALID),
        ({"metricTransformations": [METRIC, METRIC]}, INVALID),
        ({"metricTransformations": [{**METRIC, "defaultValue": 0, "dimensions": {"a": "$.a"}}]}, INVALID),
        ({"metricTransformations": [{**METRIC, "dimensions": dict.fromkeys("abcd", "$.a")}]}, INVALID),
        ({"filterName": "a:b"}, INVALID),
    ],
)
def test_refused_filters(logs: Any, options: dict[str, Any], code: str) -> None:
    with pytest.raises(logs.exceptions.ClientError) as error:
        put(logs, **{"name": options.pop("filterName", "x"), **options})
    assert error.value.response["Error"]["Code"] == code


def test_a_hundred_filters(logs: Any) -> None:
    """PutMetricFilter: 100 filters for each log group, LimitExceededException"""
    for number in range(100):
        put(logs, f"f{number}")
    put(logs, "f1", filterPattern="x")
    with pytest.raises(logs.exceptions.LimitExceededException):
        put(logs, "more")


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("delete_metric_filter", {"logGroupName": "app", "filterName": "none"}, MISSING),
        ("delete_metric_filter", {"logGroupName": "none", "filterName": "x"}, MISSING),
        ("describe_metric_filters", {"logGroupName": "none"}, MISSING),
        ("describe_metric_filters", {"metricName": "x"}, INVALID),
        ("associate_kms_key", {"logGroupName": "none", "kmsKeyId": "arn:aws:kms:eu-central-1:1:key/x"}, MISSING),
        ("disassociate_kms_key", {"logGroupName": "none"}, MISSING),
        ("list_tags_for_resource", {"resourceArn": f"{ARN}none"}, MISSING),
        ("tag_resource", {"resourceArn": "arn:nonsense", "tags": {"a": "b"}}, INVALID),
        ("tag_resource", {"resourceArn": f"{ARN}app", "tags": {"aws:a": "b"}}, INVALID),
        (
            "tag_resource",
            {"resourceArn": f"{ARN}app", "tags": dict.fromkeys(map(str, range(51)), "")},
            "TooManyTagsException",
        ),
        ("create_log_group", {"logGroupName": "aws/x"}, INVALID),
        ("put_resource_policy", {"policyName": "p", "policyDocument": "{"}, INVALID),
    ],
)
def test_refused(logs: Any, operation: str, parameters: dict[str, Any], code: str) -> None:
    assert refused(getattr(logs, operation), **parameters) == (code, 400)


def test_fifty_tags(logs: Any) -> None:
    """TagResource: TooManyTagsException"""
    logs.tag_resource(resourceArn=f"{ARN}app", tags=dict.fromkeys(map(str, range(50)), ""))
    assert refused(logs.tag_resource, resourceArn=f"{ARN}app", tags={"new": ""}) == ("TooManyTagsException", 400)


def test_a_key_allows_logs(client: Callable[..., Any], logs: Any) -> None:
    """encrypt-log-data-kms.html: the key's policy allows logs.REGION.amazonaws.com. Not verified: the code"""
    kms = client(SPOKE, "kms")
    key = kms.create_key()["KeyMetadata"]
    call = {"logGroupName": "app", "kmsKeyId": key["Arn"]}
    assert refused(logs.associate_kms_key, **call) == ("AccessDeniedException", 400)
    assert refused(logs.create_log_group, **{**call, "logGroupName": "new"}) == ("AccessDeniedException", 400)
    owner = {"Effect": "Allow", "Principal": {"AWS": SPOKE}, "Action": "kms:*", "Resource": "*"}
    service = {**owner, "Principal": {"Service": "logs.eu-central-1.amazonaws.com"}}
    condition = {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": f"{ARN}app"}}
    policy = {"Version": "2012-10-17", "Statement": [owner, {**service, "Condition": condition}]}
    kms.put_key_policy(KeyId=key["KeyId"], PolicyName="default", Policy=json.dumps(policy))
    logs.associate_kms_key(**call)
    assert logs.describe_log_groups(logGroupNamePrefix="app")["logGroups"][0]["kmsKeyId"] == key["Arn"]
    assert refused(logs.create_log_group, **{**call, "logGroupName": "new"}) == ("AccessDeniedException", 400)
    logs.disassociate_kms_key(logGroupName="app")
    assert "kmsKeyId" not in logs.describe_log_groups(logGroupNamePrefix="app")["logGroups"][0]
