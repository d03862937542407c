# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Log groups and PutLogEvents: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import SPOKE, error_of


@pytest.fixture
def logs(client: Callable[..., Any]) -> Any:
    return client(SPOKE, "logs")


@pytest.mark.parametrize(
    ("events", "message"),
    [
        (
            [(0, "x" * 1_048_551)],
            "Log event too large: 1048577 bytes exceeds limit of 1048576",
        ),
        ([(0, "x" * 600_000), (0, "x" * 600_000)], "Upload too large: 1200052 bytes exceeds limit of 1048576"),
        (
            [(0, "later"), (-5, "earlier")],
            "Log events in a single PutLogEvents request must be in chronological order.",
        ),
        (
            [(-90_000, "yesterday"), (0, "today")],
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
        ),
    ],
)
def test_batches_that_are_refused(logs: Any, events: list[tuple[int, str]], message: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html; the texts "Upload too
    large" and "must be in chronological order" are quoted by users of fluent-bit and serilog-sinks-awscloudwatch; that
    of an event that is too large had 262144 in it when it was the limit; that of the span isn't verified on AWS."""
    logs.create_log_group(logGroupName="/app")
    logs.create_log_stream(logGroupName="/app", logStreamName="one")
    now = int(time.time())
    batch = [{"timestamp": (now + seconds) * 1000, "message": text} for seconds, text in events]
    refusal = error_of(logs.put_log_events, logGroupName="/app", logStreamName="one", logEvents=batch)
    assert refusal == ("InvalidParameterException", message)


def test_events_that_are_rejected(logs: Any) -> None:
    """API_RejectedLogEventsInfo: too old (the end is exclusive), too new (the start is inclusive), expired."""
    logs.create_log_group(logGroupName="/app")
    logs.create_log_stream(logGroupName="/app", logStreamName="one")
    logs.put_retention_policy(logGroupName="/app", retentionInDays=3)
    now, hour = int(time.time() * 1000), 3_600_000
    times = [now - 15 * 24 * hour, now - 4 * 24 * hour, now, now + 3 * hour]
    events = [{"timestamp": when, "message": str(number)} for number, when in enumerate(times)]
    answer = logs.put_log_events(logGroupName="/app", logStreamName="one", logEvents=events)
    assert answer["rejectedLogEventsInfo"] == {
        "tooOldLogEventEndIndex": 1,
        "expiredLogEventEndIndex": 2,
        "tooNewLogEventStartIndex": 3,
    }
    assert [one["message"] for one in logs.filter_log_events(logGroupName="/app")["events"]] == ["2"]


def test_log_groups(logs: Any) -> None:
    """API_DescribeLogGroups: pages of at most 50, ASCII-sorted; prefix, or part of the name; API_PutRetentionPolicy:
    certain numbers of days."""
    for number in range(52):
        logs.create_log_group(logGroupName=f"/app/{number:02d}", tags={"n": str(number)})
    first = logs.describe_log_groups()
    assert len(first["logGroups"]) == 50
    rest = logs.describe_log_groups(nextToken=first["nextToken"])
    assert [one["logGroupName"] for one in rest["logGroups"]] == ["/app/50", "/app/51"] and "nextToken" not in rest
    [found] = logs.describe_log_groups(logGroupNamePattern="p/07")["logGroups"]
    assert found["logGroupName"] == "/app/07" and set(found) == {"arn", "creationTime", "logGroupName"}
    group = rest["logGroups"][0]
    assert "retentionInDays" not in group and group["logGroupClass"] == "STANDARD"
    assert logs.list_tags_for_resource(resourceArn=group["logGroupArn"])["tags"] == {"n": "50"}
    refusal = error_of(logs.put_retention_policy, logGroupName="/app/50", retentionInDays=8)
    assert refusal[0] == "InvalidParameterException"
    logs.put_retention_policy(logGroupName="/app/50", retentionInDays=7)
    assert logs.describe_log_groups(logGroupNamePrefix="/app/50")["logGroups"][0]["retentionInDays"] == 7
    logs.delete_retention_policy(logGroupName="/app/50")
    assert "retentionInDays" not in logs.describe_log_groups(logGroupNamePrefix="/app/50")["logGroups"][0]


def test_events_of_streams_by_their_prefix(logs: Any) -> None:
    """logStreamNamePrefix: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html"""
    logs.create_log_group(logGroupName="/app")
    now = int(time.time() * 1000)
    for name in ("firehose/one", "2026/11/29"):
        logs.create_log_stream(logGroupName="/app", logStreamName=name)
        logs.put_log_events(logGroupName="/app", logStreamName=name, logEvents=[{"timestamp": now, "message": name}])
    asked = {"logGroupName": "/app", "startTime": now - 1000}
    found = logs.filter_log_events(**asked, logStreamNamePrefix="firehose/")["events"]
    assert [event["message"] for event in found] == ["firehose/one"]
    assert logs.filter_log_events(**asked, logStreamNamePrefix="other")["events"] == []
    assert len(logs.filter_log_events(**asked)["events"]) == 2


@pytest.mark.parametrize(
    ("operation", "parameters", "code", "text"),
    [
        (
            "describe_log_groups",
            {"logGroupNamePrefix": "a", "logGroupNamePattern": "b"},
            "InvalidParameterException",
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
        ),
        (
            "describe_log_streams",
            {"logGroupName": "group", "logGroupIdentifier": "group"},
            "ValidationException",
            "LogGroup name and LogGroup ARN are mutually exclusive parameters.",
        ),
        (
            "create_log_stream",
            {"logGroupName": "group", "logStreamName": "stream"},
            "ResourceAlreadyExistsException",
            "The specified log stream already exists",
        ),
        (
            "filter_log_events",
            {"logGroupName": "group", "nextToken": "invalid"},
            "InvalidParameterException",
            "The specified nextToken is invalid.",
        ),
    ],
)
def test_recorded_refusals(logs: Any, operation: str, parameters: dict[str, Any], code: str, text: str) -> None:
    """LocalStack's test_logs_groups, test_logs_streams and test_logs_filter_events.snapshot.json (recorded on AWS)."""
    logs.create_log_group(logGroupName="group")
    logs.create_log_stream(logGroupName="group", logStreamName="stream")
    assert error_of(getattr(logs, operation), **parameters) == (code, text)
