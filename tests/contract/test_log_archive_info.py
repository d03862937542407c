# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""log_archive_info on a bucket with lines, errors and an account that isn't declared."""

from __future__ import annotations

import json
import time

import pytest

from tests.contract import log_lake
from tests.contract.log_cases import LOG_ARCHIVE_INFO
from tests.contract.world import World
from tests.emulator.conftest import HUB, SPOKE, SPOKE_2, STRANGER


def ask(world: World, **more):
    return world.run("log_archive_info", HUB, {**LOG_ARCHIVE_INFO.options, **more})


def test_what_arrives_and_what_failed(world: World) -> None:
    log_lake.archive(world)
    result = ask(world, account_ids=[SPOKE, SPOKE_2])
    (errors,) = result["errors"]
    assert (errors["table"], errors["objects"], errors["pending"], errors["replayed"]) == ("cloudwatch", 2, 1, 1)
    assert errors["pending_bytes"] < errors["bytes"] and errors["unreadable_records"] == 1 and errors["oldest_pending"]
    newest = {one["account_id"]: one["lag_seconds"] for one in result["newest"]}
    assert newest.keys() == {SPOKE, SPOKE_2, STRANGER} and newest[SPOKE_2] is None and 0 <= newest[SPOKE] < 600
    assert result["undeclared_accounts"] == {"cloudwatch": [STRANGER], "AWSLogs": [STRANGER]}
    assert result["streams"] == [{"table": "cloudwatch", "state": "ACTIVE", "failure": None}]
    # Two of errors, one each of their tables, of accounts of the table, of services, of each account's newest object.
    assert result["api_calls"]["s3:ListObjectsV2"] == 8 and world.writes == []


def test_what_failed_of_a_table_that_is_declared_no_longer(world: World) -> None:
    log_lake.archive(world)
    errors = ask(world, tables=[{"name": "renamed", "type": "cloudwatch"}])["errors"]
    assert [(one["table"], one["declared"], one["pending"]) for one in errors] == [
        ("renamed", True, 0),
        ("cloudwatch", False, 1),
    ]


def test_a_stream_that_cannot_write_even_its_errors(world: World) -> None:
    """It stays ACTIVE: only its log stream says so, in the form of the emulator's firehose/diagnostics.py."""
    log_lake.archive(world)
    said = {"deliveryStreamARN": "arn", "message": "Access was denied. {{ 7 * 7 }}", "errorCode": "S3.AccessDenied"}
    logs, group = world.client(HUB, "logs"), "/closednet/log_archive/logs"
    logs.create_log_group(logGroupName=group)
    now = int(time.time() * 1000)
    for stream, messages in (("firehose/cloudwatch", [json.dumps(said)] * 2 + ["odd"]), ("2026/11/29", ["START"])):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        events = [{"timestamp": now - 1000 + place, "message": message} for place, message in enumerate(messages)]
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    found = [(one["table"], one["code"], one["message"], one["times"]) for one in ask(world)["delivery_errors"]]
    assert found == [("cloudwatch", "S3.AccessDenied", said["message"], 2), ("cloudwatch", "", "odd", 1)]


def test_a_stream_that_does_not_exist(world: World) -> None:
    log_lake.bucket(world)
    result = ask(world)
    assert result["streams"] == [{"table": "cloudwatch", "state": "missing", "failure": None}]
    assert result["undeclared_accounts"] == {} and result["newest"][0]["time"] is None


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"hours": 0}, "hours: 0 is no number of hours"),
        ({"bucket": "No Bucket"}, "bucket: 'No Bucket' is no name of a bucket"),
        ({"name": "No name"}, "name: 'No name' is no name of a log archive"),
        ({"tables": []}, "tables: is empty"),
        ({"account_ids": ["1"]}, "account_ids[0]: '1' is no AWS account id"),
    ],
)
def test_bad_input(world: World, more, text: str) -> None:
    assert text in str(world.failure("log_archive_info", HUB, {**LOG_ARCHIVE_INFO.options, **more}))
    assert world.calls == []
