# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Athena's work groups, named queries and executions: https://docs.aws.amazon.com/athena/latest/APIReference/

Texts that were measured on Athena: https://github.com/aoyagikouhei/athena-local, README.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.emulator.athena import BUCKET, DATABASE, OPENX, Lake
from tests.emulator.conftest import HUB, Emulator, error_of

ARN = f"arn:aws:athena:eu-central-1:{HUB}:workgroup/audit"


@pytest.fixture
def lake(emulator: Emulator) -> Lake:
    return Lake(emulator)


@pytest.fixture
def athena(client: Callable[..., Any]) -> Any:
    return client(HUB, "athena")


def test_a_work_group_and_its_updates(athena: Any) -> None:
    """API_CreateWorkGroup, API_UpdateWorkGroup: only what is given changes, RemoveX removes."""
    configuration = {
        "EnforceWorkGroupConfiguration": True,
        "BytesScannedCutoffPerQuery": 10_000_000,
        "ManagedQueryResultsConfiguration": {"Enabled": True},
    }
    athena.create_work_group(
        Name="audit", Description="a", Configuration=configuration, Tags=[{"Key": "closednet:managed", "Value": "x"}]
    )
    created = athena.get_work_group(WorkGroup="audit")["WorkGroup"]
    assert (created["Name"], created["State"], created["Description"]) == ("audit", "ENABLED", "a")
    assert configuration.items() <= created["Configuration"].items()
    assert created["Configuration"]["EngineVersion"]["EffectiveEngineVersion"] == "Athena engine version 3"
    athena.update_work_group(
        WorkGroup="audit",
        State="DISABLED",
        ConfigurationUpdates={
            "RemoveBytesScannedCutoffPerQuery": True,
            "PublishCloudWatchMetricsEnabled": True,
            "ManagedQueryResultsConfigurationUpdates": {"Enabled": False},
            "ResultConfigurationUpdates": {"OutputLocation": f"s3://{BUCKET}/results/"},
        },
    )
    updated = athena.get_work_group(WorkGroup="audit")["WorkGroup"]
    assert (updated["State"], updated["Description"]) == ("DISABLED", "a")
    assert "BytesScannedCutoffPerQuery" not in updated["Configuration"]
    assert updated["Configuration"]["PublishCloudWatchMetricsEnabled"] is True
    assert updated["Configuration"]["ResultConfiguration"] == {"OutputLocation": f"s3://{BUCKET}/results/"}
    athena.update_work_group(
        WorkGroup="audit", ConfigurationUpdates={"ResultConfigurationUpdates": {"RemoveOutputLocation": True}}
    )
    assert athena.get_work_group(WorkGroup="audit")["WorkGroup"]["Configuration"]["ResultConfiguration"] == {}
    assert [one["Name"] for one in athena.list_work_groups()["WorkGroups"]] == ["audit", "primary"]


def test_what_a_work_group_can_not_be(athena: Any) -> None:
    """Managed results have no location: managed-results.html."""
    refused = error_of(
        athena.create_work_group,
        Name="x",
        Configuration={
            "ManagedQueryResultsConfiguration": {"Enabled": True},
            "ResultConfiguration": {"OutputLocation": f"s3://{BUCKET}/"},
        },
    )
    assert refused[0] == "InvalidRequestException"
    athena.create_work_group(Name="audit")
    assert error_of(athena.create_work_group, Name="audit") == (
        "InvalidRequestException",
        "WorkGroup is already created",
    )
    # The text: https://github.com/ColeMurray/aws-athena-mcp/issues/23
    for call in (athena.get_work_group, athena.update_work_group, athena.delete_work_group):
        assert error_of(call, WorkGroup="gone") == ("InvalidRequestException", "WorkGroup is not found.")
    assert error_of(athena.delete_work_group, WorkGroup="primary")[0] == "InvalidRequestException"


def test_the_least_limit_of_bytes(emulator: Emulator) -> None:
    """botocore refuses it, too: the call goes without its validation."""
    credentials = emulator.credentials(HUB)
    athena = boto3.client(
        "athena",
        "eu-central-1",
        endpoint_url=emulator.endpoint,
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
        **credentials,
    )
    code, text = error_of(athena.create_work_group, Name="x", Configuration={"BytesScannedCutoffPerQuery": 9_999_999})
    assert code == "InvalidRequestException"
    assert "Member must have value greater than or equal to 10000000" in text


def test_tags_of_a_work_group(athena: Any) -> None:
    athena.create_work_group(Name="audit", Tags=[{"Key": "a", "Value": "1"}])
    athena.tag_resource(ResourceARN=ARN, Tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "3"}])
    athena.untag_resource(ResourceARN=ARN, TagKeys=["b"])
    assert athena.list_tags_for_resource(ResourceARN=ARN)["Tags"] == [{"Key": "a", "Value": "3"}]
    athena.untag_resource(ResourceARN=ARN, TagKeys=["a"])
    assert athena.list_tags_for_resource(ResourceARN=ARN)["Tags"] == []
    assert error_of(athena.list_tags_for_resource, ResourceARN=f"{ARN}x")[0] == "ResourceNotFoundException"


def test_only_an_empty_work_group_is_deleted(lake: Lake) -> None:
    """API_DeleteWorkGroup, RecursiveDeleteOption.

    The text: https://github.com/aws-samples/coast-grafana-cost-intelligence-dashboards/issues/9
    """
    id_ = lake.athena.create_named_query(Name="q", Database=DATABASE, QueryString="SELECT 1", WorkGroup="logs")
    assert error_of(lake.athena.delete_work_group, WorkGroup="logs") == (
        "InvalidRequestException",
        "WorkGroup logs is not empty",
    )
    lake.athena.delete_named_query(NamedQueryId=id_["NamedQueryId"])
    execution = lake.start("SELECT 1")
    assert error_of(lake.athena.delete_work_group, WorkGroup="logs")[0] == "InvalidRequestException"
    lake.athena.delete_work_group(WorkGroup="logs", RecursiveDeleteOption=True)
    assert error_of(lake.athena.get_query_execution, QueryExecutionId=execution["QueryExecutionId"]) == (
        "InvalidRequestException",
        f"QueryExecution {execution['QueryExecutionId']} was not found",
    )


def test_named_queries(athena: Any) -> None:
    """API_CreateNamedQuery, API_ListNamedQueries (50 a page), API_BatchGetNamedQuery (50), API_UpdateNamedQuery."""
    athena.create_work_group(Name="audit")
    ids = [
        athena.create_named_query(Name=f"q{number}", Database="db", QueryString="SELECT 1", WorkGroup="audit")[
            "NamedQueryId"
        ]
        for number in range(52)
    ]
    assert athena.list_named_queries()["NamedQueryIds"] == []
    first = athena.list_named_queries(WorkGroup="audit")
    assert first["NamedQueryIds"] == ids[:50]
    rest = athena.list_named_queries(WorkGroup="audit", NextToken=first["NextToken"])
    assert (rest["NamedQueryIds"], "NextToken" in rest) == (ids[50:], False)
    athena.update_named_query(NamedQueryId=ids[0], Name="new", QueryString="SELECT 2", Description="d")
    gone = str(uuid.uuid4())
    batch = athena.batch_get_named_query(NamedQueryIds=[ids[0], gone])
    assert batch["NamedQueries"] == [
        {
            "NamedQueryId": ids[0],
            "Name": "new",
            "QueryString": "SELECT 2",
            "Description": "d",
            "Database": "db",
            "WorkGroup": "audit",
        }
    ]
    assert [one["NamedQueryId"] for one in batch["UnprocessedNamedQueryIds"]] == [gone]
    assert error_of(athena.list_named_queries, WorkGroup="gone")[1] == "WorkGroup is not found."
    assert error_of(athena.get_named_query, NamedQueryId=gone)[0] == "InvalidRequestException"
    token = "t" * 32
    given = {"Name": "q", "Database": "db", "QueryString": "SELECT 1", "ClientRequestToken": token}
    first = athena.create_named_query(**given)["NamedQueryId"]
    assert athena.create_named_query(**given)["NamedQueryId"] == first
    assert len(athena.list_named_queries()["NamedQueryIds"]) == 1


def test_results_come_in_pages_with_the_names_first(lake: Lake) -> None:
    """API_GetQueryResults: the first row of the first page has the column names; null has no VarCharValue."""
    execution = lake.start("SELECT x, if(x = 2, NULL, 'v') AS v FROM (VALUES 1, 2, 3) AS t(x) ORDER BY x")
    assert execution["StatementType"] == "DML"
    assert execution["WorkGroup"] == "logs"
    assert execution["Statistics"]["DataScannedInBytes"] == 0
    pages = list(
        lake.athena.get_paginator("get_query_results").paginate(
            QueryExecutionId=execution["QueryExecutionId"], PaginationConfig={"PageSize": 2}
        )
    )
    assert [page["ResultSet"]["Rows"] for page in pages] == [
        [
            {"Data": [{"VarCharValue": "x"}, {"VarCharValue": "v"}]},
            {"Data": [{"VarCharValue": "1"}, {"VarCharValue": "v"}]},
        ],
        [{"Data": [{"VarCharValue": "2"}, {}]}, {"Data": [{"VarCharValue": "3"}, {"VarCharValue": "v"}]}],
    ]
    columns = pages[0]["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert [(one["Name"], one["Type"], one["Precision"]) for one in columns] == [
        ("x", "integer", 10),
        ("v", "varchar", 2147483647),
    ]


def test_names_of_columns(lake: Lake) -> None:
    """Trino: an expression without a name is _col and its position; a field has its own name."""
    lake.table("t", {"r": "struct<a:int>", "x": "int"}, serde=OPENX)
    assert lake.table_of("SELECT count(*), r.a, x + 1, x AS y FROM t GROUP BY r.a, x")[0] == [
        "_col0",
        "a",
        "_col2",
        "y",
    ]
    assert lake.table_of("SELECT * FROM t")[0] == ["r", "x"]


def test_states(emulator: Emulator, lake: Lake) -> None:
    """API_StopQueryExecution; states and texts of results that aren't there yet, or never."""
    emulator.control("POST", "settings", {"transition": {"query-execution": 60_000}})
    execution = lake.start("SELECT 1")
    id_ = execution["QueryExecutionId"]
    assert execution["Status"]["State"] == "QUEUED"
    assert error_of(lake.athena.get_query_results, QueryExecutionId=id_) == (
        "InvalidRequestException",
        "Query has not yet finished. Current state: QUEUED",
    )
    lake.athena.stop_query_execution(QueryExecutionId=id_)
    status = lake.athena.get_query_execution(QueryExecutionId=id_)["QueryExecution"]["Status"]
    assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Query cancelled by user")
    assert error_of(lake.athena.get_query_results, QueryExecutionId=id_)[1] == "Could not find results"
    emulator.control("POST", "settings", {"transition": {"query-execution": 0}})
    failed = lake.start("SELECT * FROM gone")
    assert failed["Status"]["AthenaError"] == {
        "ErrorCategory": 2,
        "ErrorType": 1301,
        "Retryable": False,
        "ErrorMessage": failed["Status"]["StateChangeReason"],
    }
    lake.athena.stop_query_execution(QueryExecutionId=failed["QueryExecutionId"])
    assert error_of(lake.athena.get_query_results, QueryExecutionId=failed["QueryExecutionId"])[1] == (
        "Query did not finish successfully. Final query state: FAILED"
    )


def test_a_token_starts_one_query(lake: Lake) -> None:
    given = {"ClientRequestToken": "t" * 32, "WorkGroup": "logs", "QueryExecutionContext": {"Database": DATABASE}}
    first = lake.athena.start_query_execution(QueryString="SELECT 1", **given)["QueryExecutionId"]
    assert lake.athena.start_query_execution(QueryString="SELECT 1", **given)["QueryExecutionId"] == first
    assert error_of(lake.athena.start_query_execution, QueryString="SELECT 2", **given) == (
        "InvalidRequestException",
        "Idempotent parameters do not match",
    )
    assert lake.athena.list_query_executions(WorkGroup="logs")["QueryExecutionIds"] == [first]


def test_parameters(lake: Lake) -> None:
    """Values "without column references" are expressions, others texts; without question marks they are ignored."""
    for value, shown in (
        ("'abc'", "abc"),
        ("1 + 1", "2"),
        ("DATE '2020-01-01'", "2020-01-01"),
        ("NULL", None),
        ("abc def", "abc def"),
        ("it's", "it's"),
        ("123e4567-e89b-12d3-a456-426614174000", "123e4567-e89b-12d3-a456-426614174000"),
        ("abc", "abc"),
        ("x + 1", "x + 1"),
        # A date without its quotes is a division.
        ("2026/01/01", "2026"),
        ("'2026/01/01'", "2026/01/01"),
        ("1), (2", "1), (2"),
        ("(SELECT 1)", "(SELECT 1)"),
    ):
        assert lake.rows("SELECT ? AS v", value) == [[shown]], value
    assert lake.rows("SELECT 1", "2") == [["1"]]
    assert lake.rows("SELECT '?', ? -- ?", "3") == [["?", "3"]]
    assert lake.failure("SELECT ?, ?", "1").startswith("INVALID_PARAMETER_USAGE: ")
    assert lake.failure("SELECT ?", "read_text('/etc/passwd')").startswith("FUNCTION_NOT_FOUND: ")


def test_where_results_go(lake: Lake) -> None:
    """workgroups-settings-override.html; the text is measured, with its two spaces."""
    started = {"QueryString": """SELECT 'say "ü"' AS a, NULL AS b, '' AS c"""}
    code, text = error_of(lake.athena.start_query_execution, **started)
    assert code == "InvalidRequestException"
    assert text.startswith(
        "No output location provided. You did not provide an output location for  your query results"
    )
    id_ = lake.athena.start_query_execution(
        **started, ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/results"}
    )["QueryExecutionId"]
    execution = lake.athena.get_query_execution(QueryExecutionId=id_)["QueryExecution"]
    assert execution["ResultConfiguration"]["OutputLocation"] == f"s3://{BUCKET}/results/{id_}.csv"
    written = lake.s3.get_object(Bucket=BUCKET, Key=f"results/{id_}.csv")["Body"].read().decode()
    assert written == '"a","b","c"\n"say ""ü""",,""\n'
    assert error_of(lake.athena.start_query_execution, QueryString="SELECT 1", WorkGroup="gone")[1] == (
        "WorkGroup is not found."
    )
    lake.athena.update_work_group(WorkGroup="logs", State="DISABLED")
    assert error_of(lake.athena.start_query_execution, QueryString="SELECT 1", WorkGroup="logs")[0] == (
        "InvalidRequestException"
    )
