# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The front's client: what it answers for rows and checks, and while DynamoDB fails. Against AWS's API:
tests/integration/test_algorithms.py."""

from __future__ import annotations

import ast
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ansible_collections.closednet.aws.plugins.module_utils import algorithm_registry_client as client
from ansible_collections.closednet.aws.plugins.module_utils.algorithm_registry_client import (
    NotReadable,
    NotUsable,
    Registry,
    UnknownAlgorithm,
)

THROTTLED = ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "Query")


def item(**attributes):
    kinds = {bool: "BOOL", int: "N", float: "N", str: "S"}
    return {name: {kinds[type(v)]: str(v) if kinds[type(v)] == "N" else v} for name, v in attributes.items()}


class World:
    """Tables as DynamoDB has them, with its clocks. fails: table -> what its reads raise."""

    def __init__(self):
        self.rows, self.checks, self.fails, self.queries = {}, {}, {}, []
        self.time = 1_800_000_000.0
        self.draws = iter(())

    def offer(self, version="1", **more):
        row = {"version": version, "account_id": "222222222222", "endpoint": "score.alpha.algorithms.internal"}
        row |= {"port": 8443, "protocol": "http", "weight": 100, "state": "live", "reason": "", "revision": 1, **more}
        self.rows[version] = {"algorithm": "score", **row}

    def check(self, version="1", **more):
        row = self.rows[version]
        check = {"version": version, "endpoint": row["endpoint"], "port": row["port"], "healthy": True}
        check |= {"checked_at": int(self.time), "valid_until": int(self.time) + 180, "detail": "HTTP 200", **more}
        self.checks[version] = {"algorithm": "score", **check}

    def query(self, TableName, ExpressionAttributeValues, ExclusiveStartKey=None, **_rest):
        self.queries.append(TableName)
        if self.fails.get(TableName):
            raise self.fails[TableName]
        algorithm = ExpressionAttributeValues[":algorithm"]["S"]
        held = self.checks if TableName.endswith("-health") else self.rows
        items = [item(**row) for _version, row in sorted(held.items()) if row["algorithm"] == algorithm]
        at = int(ExclusiveStartKey["n"]["N"]) if ExclusiveStartKey else 0
        more = {"LastEvaluatedKey": {"n": {"N": str(at + 1)}}} if at + 1 < len(items) else {}
        return {"Items": items[at : at + 1], **more}

    def registry(self, **options):
        clocks = {"monotonic": lambda: self.time, "now": lambda: self.time, "draw": lambda: next(self.draws)}
        return Registry(client=self, **clocks, **options)


@pytest.fixture
def world():
    made = World()
    made.offer()
    made.check()
    made.draws = iter([0.0] * 100)
    return made


def test_a_live_and_healthy_row_is_answered(world):
    answer = world.registry().resolve("score")
    assert (answer.version, answer.account, answer.note) == ("1", "222222222222", "")
    assert answer.url == "http://score.alpha.algorithms.internal:8443"


@pytest.mark.parametrize(
    ("row", "check", "why"),
    [
        ({"state": "pending", "reason": "beta reaches it"}, {}, "pending: beta reaches it"),
        ({"state": "withdrawn"}, {}, "withdrawn: not live"),
        ({"state": "LIVE"}, {}, "LIVE: not live"),
        ({"port": "8443"}, {}, "no valid port"),
        ({}, {"healthy": False, "detail": "HTTP 500"}, "unhealthy: HTTP 500"),
        ({}, {"healthy": "true"}, "unhealthy"),
        ({}, {"checked_at": 1_799_999_819}, "stale: checked 181 s ago"),
        ({}, {"valid_until": 1_799_999_999}, "stale: checked 0 s ago"),
        ({}, {"checked_at": 1_800_000_181, "valid_until": 1_800_000_400}, "stale: checked -181 s ago"),
        ({}, {"checked_at": "yesterday"}, "its check has no time"),
        # It was moved, and the check is of the old place.
        ({}, {"endpoint": "old.alpha.algorithms.internal"}, "wasn't checked yet"),
        ({}, {"port": 443}, "wasn't checked yet"),
    ],
)
def test_what_may_not_be_used_says_why(world, row, check, why):
    world.offer(**row)
    world.check(**check)
    with pytest.raises(NotUsable, match=why):
        world.registry().resolve("score")


def test_without_a_check_a_row_is_unhealthy(world):
    world.checks.clear()
    with pytest.raises(NotUsable, match="score.alpha.algorithms.internal:8443 wasn't checked yet"):
        world.registry().resolve("score")


def test_unknown_algorithms_and_versions(world):
    registry = world.registry()
    for algorithm, version in (("scoer", None), ("score", "3"), ("score", 1), ("", None), (None, None)):
        with pytest.raises(UnknownAlgorithm):
            registry.resolve(algorithm, version)


def test_versions_by_weight_and_by_key(world):
    world.offer("2", weight=10)
    world.check("2")
    world.offer("3", weight=0)
    world.check("3")
    registry = world.registry()
    world.draws = iter([n / 1100 for n in range(1100)])
    drawn = Counter(registry.resolve("score").version for _n in range(1100))
    assert drawn == {"1": 1000, "2": 100}
    assert registry.resolve("score", "3").version == "3", "a version without weight is answered by name"
    by_key = {key: registry.resolve("score", key=key).version for key in map(str, range(500))}
    assert by_key == {key: registry.resolve("score", key=key).version for key in by_key}
    assert 20 <= Counter(by_key.values())["2"] <= 80


def test_a_canary_that_fails_leaves_its_share_to_the_others(world):
    world.offer("2", weight=1000)
    world.check("2", healthy=False)
    assert world.registry().resolve("score").version == "1"
    world.check("1", healthy=False)
    with pytest.raises(NotUsable, match="version 1: unhealthy: HTTP 200; version 2: unhealthy"):
        world.registry().resolve("score")


def test_without_a_weight_a_version_must_be_named(world):
    world.offer(weight=0)
    with pytest.raises(NotUsable, match="name one of 1"):
        world.registry().resolve("score")


def test_rows_are_kept_for_the_ttl(world):
    registry = world.registry(ttl=30)
    registry.resolve("score")
    world.offer(state="pending")
    world.time += 29
    assert registry.resolve("score").version == "1" and world.queries == ["algorithms", "algorithms-health"]
    world.time += 1
    with pytest.raises(NotUsable, match="pending"):
        registry.resolve("score")


@pytest.mark.parametrize("error", [THROTTLED, EndpointConnectionError(endpoint_url="https://d"), KeyError("Items")])
def test_while_dynamodb_fails_the_last_good_read_counts(world, error):
    registry = world.registry(ttl=30, keep_seconds=900)
    registry.resolve("score")
    world.fails = {"algorithms": error, "algorithms-health": error}
    name = "ThrottlingException" if error is THROTTLED else type(error).__name__
    # Longer than stale_seconds: the checks count as at the last good read.
    world.time += 800
    answer = registry.resolve("score")
    assert answer.version == "1" and f"the table algorithms can't be read ({name}): as of 800 s ago" in answer.note
    world.time += 101
    with pytest.raises(NotReadable, match="last read 901 s ago"):
        registry.resolve("score")
    world.fails.clear()
    world.time += 3
    world.check()
    assert registry.resolve("score").note == ""


def test_a_row_is_withdrawn_even_if_its_health_can_not_be_read(world):
    registry = world.registry(ttl=1)
    registry.resolve("score")
    world.fails = {"algorithms-health": THROTTLED}
    world.time += 2
    assert "algorithms-health can't be read" in registry.resolve("score").note
    world.rows.clear()
    world.time += 2
    with pytest.raises(UnknownAlgorithm):
        registry.resolve("score")


def test_a_withdrawn_row_does_not_come_back_when_dynamodb_fails(world):
    registry = world.registry(ttl=1)
    registry.resolve("score")
    world.rows.clear()
    world.time += 2
    with pytest.raises(UnknownAlgorithm):
        registry.resolve("score")
    world.fails = {"algorithms": THROTTLED}
    world.time += 2
    with pytest.raises(UnknownAlgorithm, match="as of 2 s ago"):
        registry.resolve("score")


def test_without_a_read_of_before_there_is_no_answer(world):
    world.fails = {"algorithms": THROTTLED}
    with pytest.raises(NotReadable, match="ThrottlingException.*it wasn't read before"):
        world.registry().resolve("score")
    world.fails = {"algorithms-health": THROTTLED}
    with pytest.raises(NotReadable, match="algorithms-health"):
        world.registry().resolve("score")


def test_what_is_down_is_not_asked_by_each_caller(world):
    registry = world.registry(ttl=0)
    registry.resolve("score")
    world.fails = {"algorithms": THROTTLED}
    world.queries.clear()
    for _call in range(50):
        registry.resolve("score")
    assert world.queries.count("algorithms") == 1
    world.time += client.RETRY_SECONDS
    registry.resolve("score")
    assert world.queries.count("algorithms") == 2


def test_threads_share_one_read(world):
    registry, answers = world.registry(), []
    start = threading.Barrier(16)

    def ask():
        start.wait()
        answers.append(registry.resolve("score", key="a").version)

    threads = [threading.Thread(target=ask) for _thread in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["1"] * 16 and world.queries == ["algorithms", "algorithms-health"]


def test_unknown_names_do_not_fill_the_memory(world, monkeypatch):
    monkeypatch.setattr(client, "MOST", 3)
    registry = world.registry()
    for name in "abcdef":
        with pytest.raises(UnknownAlgorithm):
            registry.resolve(name)
    assert len(registry._rows._entries) == 3


def test_a_ttl_that_would_use_stale_checks_is_refused(world):
    with pytest.raises(ValueError, match="ttl: 180 is not below stale_seconds"):
        world.registry(ttl=180)


def test_the_file_can_be_copied():
    """It imports the standard library only, and boto3 where it is used."""
    tree = ast.parse(Path(client.__file__).read_text(encoding="utf-8"))
    top = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = {alias.name for node in top if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in top if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= {*sys.stdlib_module_names}
    assert not any(node.level for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
