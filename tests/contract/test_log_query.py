# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""log_query: rows of Athena, and its errors in words."""

from __future__ import annotations

import time

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._resources.facts import query_result
from tests.contract import log_lake
from tests.contract.log_cases import LOG_QUERY
from tests.contract.log_lake import NAME
from tests.contract.world import World
from tests.emulator.conftest import HUB, SPOKE


@pytest.fixture
def lake(world: World) -> World:
    log_lake.lake(world)
    return world


def options(**more):
    given = {"workgroup": NAME, "database": NAME, **more}
    return {name: value for name, value in given.items() if value is not None}


def ask(world: World, sql: str, *parameters: str, **more):
    return world.run("log_query", HUB, options(query=sql, parameters=list(parameters), **more))


def failure(world: World, sql: str, **more) -> str:
    return str(world.failure("log_query", HUB, options(query=sql, **more)))


def test_rows_of_a_named_query(lake: World) -> None:
    result = lake.run("log_query", HUB, LOG_QUERY.options)
    assert [column["name"] for column in result["columns"]] == ["id", "message", "rest"]
    assert len(result["rows"]) == 5 and not result["truncated"] and not result["changed"]
    # Text that somebody logged, as it is; a null.
    assert result["rows"][0] == {"id": f"{SPOKE}-0", "message": "{{ 7 * 7 }} käse", "rest": None}
    assert result["scanned_bytes"] > 0 and result["cost"].startswith(f"{result['scanned_bytes']} bytes scanned; Athena")
    assert "bills 10000000" in result["cost"]
    assert result["api_calls"]["athena:StartQueryExecution"] == 1


def test_a_query_runs_in_check_mode(lake: World) -> None:
    assert ask(lake, "SELECT count(*) AS n FROM cloudwatch")["rows"] == [{"n": "5"}]
    given = options(query="SELECT count(*) AS n FROM cloudwatch")
    assert lake.run("log_query", HUB, given, check=True)["rows"] == [{"n": "5"}]


def test_parameters_are_texts(lake: World) -> None:
    sql = "SELECT id FROM cloudwatch WHERE account = ? AND message <> ? ORDER BY id"
    hostile = "' OR 1 = 1 --"
    assert len(ask(lake, sql, SPOKE, hostile)["rows"]) == 5
    assert ask(lake, sql, hostile, "x")["rows"] == []


def test_more_rows_than_wanted_are_told(lake: World) -> None:
    for most, truncated in ((1, True), (4, True), (5, False), (6, False)):
        result = ask(lake, "SELECT id FROM cloudwatch ORDER BY id", max_rows=most)
        assert (len(result["rows"]), result["truncated"]) == (min(most, 5), truncated), most


def test_all_pages_are_read(lake: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query_result, "ROWS_AT_ONCE", 2)
    result = ask(lake, "SELECT id FROM cloudwatch ORDER BY id")
    assert [row["id"] for row in result["rows"]] == [f"{SPOKE}-{number}" for number in range(5)]
    assert result["api_calls"]["athena:GetQueryResults"] == 3


def test_two_columns_of_a_name(lake: World) -> None:
    result = ask(lake, "SELECT id, id FROM cloudwatch ORDER BY id LIMIT 1")
    assert result["rows"] == [{"id": f"{SPOKE}-0", "id_2": f"{SPOKE}-0"}]


@pytest.mark.parametrize("sql", ["SELECT nothing FROM cloudwatch", "SELECT 1 FROM missing"])
def test_a_query_that_fails(lake: World, sql: str) -> None:
    told = failure(lake, sql)
    assert told.startswith(f"log_query in account {HUB}") and " failed: " in told
    assert "of the query or of what it reads" in told


def test_what_is_no_sql(lake: World) -> None:
    assert "StartQueryExecution: InvalidRequestException" in failure(lake, "SELECT 1 FROM")


def test_over_the_limit_of_bytes(lake: World) -> None:
    lake.client(HUB, "athena").update_work_group(
        WorkGroup=NAME, ConfigurationUpdates={"BytesScannedCutoffPerQuery": 10_000_000}
    )
    big = log_lake.replay_parquet.content(
        log_lake.TABLE, [{"id": str(number), "message": f"{number:0120000x}"[::-1]} for number in range(100)]
    )
    world_s3 = lake.client(HUB, "s3")
    now = log_lake.datetime.now(log_lake.timezone.utc)
    for number in range(1 + 11_000_000 // len(big)):
        key = f"cloudwatch/account={SPOKE}/{log_lake.hour(now)}/{number}.parquet"
        world_s3.put_object(Bucket=log_lake.BUCKET, Key=key, Body=big)
    told = failure(lake, "SELECT max(message) FROM cloudwatch")
    assert "Bytes scanned limit was exceeded" in told and "ask for fewer days, accounts or columns" in told


def test_no_such_named_query(lake: World) -> None:
    told = str(lake.failure("log_query", HUB, options(named_query="other", database=None)))
    assert "workgroup logs has no query named other; it has: messages" in told


def test_the_named_query_has_other_parameters(lake: World) -> None:
    told = str(lake.failure("log_query", HUB, options(named_query="messages")))
    assert "parameters: [] are 0 values for 1 parameters" in told
    assert lake.writes == []


def test_no_such_workgroup(world: World) -> None:
    told = failure(world, "SELECT 1", workgroup="missing")
    assert "workgroup missing doesn't exist in this account and region" in told
    told = str(world.failure("log_query", HUB, options(named_query="a", workgroup="missing")))
    assert "workgroup missing doesn't exist in this account and region" in told


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"query": "DROP TABLE cloudwatch"}, "query: 'DROP TABLE cloudwatch' isn't a statement that only reads"),
        ({"query": "SELECT ?"}, "parameters: [] are 0 values for 1 parameters"),
        ({"query": "SELECT 1", "max_rows": 0}, "max_rows: 0 is no number of rows"),
        ({"query": "SELECT 1", "timeout": 0}, "timeout: 0 is no time to wait"),
        ({"query": "SELECT 1", "workgroup": "a b"}, "workgroup: 'a b' is no name of a workgroup"),
        ({"query": "SELECT 1", "database": "A;"}, "database: 'A;' is no name of a database"),
        ({"named_query": "käse"}, "named_query: 'käse' is no name of a query"),
    ],
)
def test_bad_input(world: World, more, text: str) -> None:
    assert text in str(world.failure("log_query", HUB, options(**more)))
    assert world.calls == []


def test_a_lost_answer_runs_no_second_query(lake: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    fault = {"action": "drop_after", "service": "athena", "operation": "StartQueryExecution", "nth": 1}
    lake.emulator.control("POST", "faults", fault)
    result = ask(lake, "SELECT count(*) AS n FROM cloudwatch")
    assert result["rows"] == [{"n": "5"}] and result["api_calls"]["athena:StartQueryExecution"] == 2
    assert len(lake.client(HUB, "athena").list_query_executions(WorkGroup=NAME)["QueryExecutionIds"]) == 1


def test_a_query_that_takes_too_long_is_stopped(lake: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator's queries are over at once, so the answer says otherwise here."""
    from ansible_collections.closednet.aws.plugins.module_utils._aws.client import Aws

    real = Aws.call

    def running(self, operation, **params):
        answer = real(self, operation, **params)
        if operation == "athena.get_query_execution":
            answer["QueryExecution"]["Status"]["State"] = "RUNNING"
        return answer

    monkeypatch.setattr(Aws, "call", running)
    told = failure(lake, "SELECT 1", timeout=1)
    assert "is RUNNING after 1 s" in told and "(timeout)" in told
    assert "StopQueryExecution" in [call["operation"] for call in lake.calls]
