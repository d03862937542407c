# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requirements of the modules that do something once, and what each of them does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._aws import client
from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import replay_parquet
from tests.contract import log_lake
from tests.contract.case import Case
from tests.contract.log_cases import LOG_PROBE, LOG_REPLAY, MARKER, ONCE_CASES, PROBE
from tests.contract.log_lake import BUCKET, NAME
from tests.contract.world import REGION, World, capability, differences
from tests.emulator.conftest import HUB, SPOKE

every_case = pytest.mark.parametrize("case", ONCE_CASES, ids=str)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "pauses", lambda *_times, **_more: iter((0, 0, 0)))
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)


@every_case
def test_nothing_undoes_it(case: Case) -> None:
    assert not {"state", "approved_plan"} & capability(case.module).specification.keys()


@every_case
def test_check_mode_shows_what_is_done_once(world: World, case: Case) -> None:
    case.before(world)
    there = case.contents(world)
    checked = world.run(case.module, case.account, case.options, check=True)
    assert world.writes == [] and differences(case.contents(world), there) == []
    done = world.run(case.module, case.account, case.options)
    assert checked["changed"] and done["changed"] and checked["plan"] == done["plan"]
    assert len(world.writes) == len(done["plan"]) and done["api_calls"] == world.counted
    again = world.run(case.module, case.account, case.options)
    assert (again["changed"], again["plan"], world.writes) == (False, [], [])


@every_case
@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("action", ["drop_after", "drop_before"])
def test_an_answer_that_is_lost(world: World, case: Case, action: str, nth: int, soon: None) -> None:
    """Whether the write took place or not, in the end it has, once."""
    case.before(world)
    (operation,) = {"log_probe": ["PutLogEvents"], "log_replay": ["PutObject"]}[case.module]
    rule = {"action": action, "operation": operation, "account": case.account, "nth": nth}
    world.emulator.control("POST", "faults", rule)
    world.run(case.module, case.account, case.options)
    world.emulator.control("DELETE", "faults")
    assert world.run(case.module, case.account, case.options)["plan"] == []
    expect_once(world, case)


@every_case
def test_a_write_that_is_denied(world: World, case: Case, soon: None) -> None:
    case.before(world)
    (operation,) = {"log_probe": ["PutLogEvents"], "log_replay": ["PutObject"]}[case.module]
    denied = {"action": "error", "code": "AccessDenied", "status": 403, "message": "You are not authorized"}
    world.emulator.control("POST", "faults", {**denied, "operation": operation, "account": case.account, "nth": 2})
    if case.module == "log_replay":
        failure = world.failure(case.module, case.account, case.options)
        text = str(failure)
        assert failure.details["error_code"] == "AccessDenied" and "Done: " in text and "Not done: " in text
        assert f"docs/iam/{case.module}.json" in text and REGION in text
    world.emulator.control("DELETE", "faults")
    world.run(case.module, case.account, case.options)
    expect_once(world, case)


def expect_once(world: World, case: Case) -> None:
    expected: dict[str, Callable[[World], None]] = {"log_probe": expect_probe, "log_replay": expect_replayed}
    expected[case.module](world)


def expect_probe(world: World) -> None:
    logs = world.client(SPOKE, "logs")
    events = logs.get_log_events(logGroupName=PROBE, logStreamName=MARKER, startFromHead=True)["events"]
    found = [json.loads(event["message"]) for event in events]
    assert found == [{"closednet_probe": MARKER, "number": number} for number in range(3)]


def expect_replayed(world: World) -> None:
    rows = world.run("log_query", HUB, {"workgroup": NAME, "database": NAME, "query": DELIVERED})["rows"]
    assert [(row["id"], row["message"], row["account"]) for row in rows] == [
        (f"{number}-{event}", f"late {number} {event}", SPOKE) for number in (1, 2) for event in range(3)
    ]


DELIVERED = "SELECT id, message, account FROM cloudwatch WHERE message LIKE 'late%' ORDER BY id"


# ---- log_probe ----------------------------------------------------------------------------------------------------


def test_a_probe_says_when_and_where(world: World) -> None:
    LOG_PROBE.before(world)
    result = world.run("log_probe", SPOKE, LOG_PROBE.options)
    assert (result["marker"], result["events"], result["log_group"]) == (MARKER, 3, PROBE)
    # A later run tells the time of the events, not its own.
    assert world.run("log_probe", SPOKE, LOG_PROBE.options)["time"] == result["time"]


def test_a_second_run_writes_what_is_missing(world: World) -> None:
    LOG_PROBE.before(world)
    world.run("log_probe", SPOKE, {**LOG_PROBE.options, "events": 1})
    (step,) = world.run("log_probe", SPOKE, LOG_PROBE.options)["plan"]
    assert (step["before"], step["after"], step["action"]) == ({"events": 1}, {"events": 3}, "change")
    expect_probe(world)


def test_a_source_without_its_group(world: World) -> None:
    told = str(world.failure("log_probe", SPOKE, LOG_PROBE.options))
    assert f"log group {PROBE} doesn't exist: run closednet.aws.logs for this source first" in told


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"marker": "0E5B"}, "marker: '0E5B' is no UUID"),
        ({"events": 0}, "events: 0 is no number of events"),
        ({"events": 1001}, "events: 1001 is no number of events"),
        ({"name": "a b"}, "name: 'a b'"),
    ],
)
def test_bad_input_of_a_probe(world: World, more, text: str) -> None:
    assert text in str(world.failure("log_probe", SPOKE, {**LOG_PROBE.options, **more}))
    assert world.calls == []


# ---- log_replay ---------------------------------------------------------------------------------------------------


def replay(world: World, check: bool = False, **more):
    return world.run("log_replay", HUB, {**LOG_REPLAY.options, **more}, check=check)


def test_replay_says_how_many(world: World) -> None:
    LOG_REPLAY.before(world)
    for check in (True, False):
        result = replay(world, check=check)
        told = [result[key] for key in ("replayed_objects", "delivered_events", "events_already_there", "objects_left")]
        assert told == [2, 6, 0, 0] and result["done_before"] == 0
        (unreadable,) = result["unreadable"]
        assert unreadable["object"] == f"{log_lake.OLD}-1" and unreadable["reason"] == ""
        assert [record["number"] for record in unreadable["records"]] == [2]
    expect_replayed(world)
    again = replay(world)
    assert (again["replayed_objects"], again["delivered_events"], again["done_before"]) == (0, 0, 2)
    # Error objects stay as they are.
    s3 = world.client(HUB, "s3")
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix="errors/")["KeyCount"] == 2


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
@pytest.mark.parametrize("action", ["drop_after", "drop_before", "unavailable"])
def test_replay_tells_all_that_it_did_before_and_after_a_lost_answer(
    world: World, action: str, nth: int, soon: None
) -> None:
    LOG_REPLAY.before(world)
    rule = {"action": action, "operation": "PutObject", "account": HUB, "nth": nth}
    world.emulator.control("POST", "faults", rule)
    result = replay(world)
    # An event whose batch was there when it read again counts as already there.
    assert (result["replayed_objects"], result["delivered_events"] + result["events_already_there"]) == (2, 6)
    assert (result["done_before"], result["objects_left"], len(result["unreadable"])) == (0, 0, 1)
    assert len(result["ids"]) == 2


def test_a_run_takes_a_part(world: World) -> None:
    log_lake.lake(world)
    s3 = world.client(HUB, "s3")
    for number in range(3):
        body = log_lake.error_record(log_lake.document(number)) + " " * 2**20
        s3.put_object(Bucket=BUCKET, Key=f"{log_lake.OLD}-{number}", Body=body.encode())
    for most, taken, left in ((1, 1, 2), (3, 2, 0)):
        result = replay(world, max_mib=most)
        assert (result["replayed_objects"], result["objects_left"]) == (taken, left)


def test_a_lost_receipt_delivers_nothing_twice(world: World) -> None:
    LOG_REPLAY.before(world)
    replay(world)
    s3 = world.client(HUB, "s3")
    for item in s3.list_objects_v2(Bucket=BUCKET, Prefix="errors-replayed/")["Contents"]:
        s3.delete_object(Bucket=BUCKET, Key=item["Key"])
    result = replay(world)
    assert (result["delivered_events"], result["events_already_there"]) == (0, 6)
    expect_replayed(world)


def test_an_error_object_that_is_there_twice_is_delivered_once(world: World) -> None:
    """Both are planned in one run; S3 refuses the second of the same key."""
    log_lake.lake(world)
    body = (log_lake.error_record(log_lake.document(1)) + log_lake.error_record(log_lake.document(2))).encode()
    for number in range(2):
        world.client(HUB, "s3").put_object(Bucket=BUCKET, Key=f"{log_lake.OLD}-{number}", Body=body)
    replay(world)
    expect_replayed(world)
    assert replay(world)["plan"] == []


def test_an_error_object_that_may_not_be_read_is_told(world: World) -> None:
    LOG_REPLAY.before(world)
    denied = {"action": "error", "code": "AccessDenied", "status": 403, "message": "no"}
    world.emulator.control("POST", "faults", {**denied, "operation": "GetObject", "nth": 1})
    result = replay(world)
    assert result["replayed_objects"] == 1
    (first, *_) = result["unreadable"]
    assert first["object"] == f"{log_lake.OLD}-0" and first["reason"].startswith("GetObject: AccessDenied")
    world.emulator.control("DELETE", "faults")
    replay(world)
    expect_replayed(world)


def test_without_pyarrow_nothing_is_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_parquet, "is_available", lambda: False)
    told = str(world.failure("log_replay", HUB, LOG_REPLAY.options))
    assert "pip install pyarrow" in told and "Nothing was read or written" in told
    assert {call["service"] for call in world.calls} <= {"sts"}


def test_an_archive_without_streams(world: World) -> None:
    given = {**LOG_REPLAY.options, "tables": [{"type": "vpc_flow_logs"}]}
    assert "tables: has no table that Firehose fills" in str(world.failure("log_replay", HUB, given))
    assert world.calls == []
