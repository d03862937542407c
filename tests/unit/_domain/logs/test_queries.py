# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Queries are run by DuckDB over tables with the columns and partitions that Glue has: an unknown name fails.

Athena's SQL is Trino's ("Athena engine version 3"), which sqlglot reads.
"""

from __future__ import annotations

import re

import duckdb
import pytest
import sqlglot

from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import glue, queries, reserved_words, tables

TABLES = tables.parse(
    "tables",
    [
        *({"type": kind} for kind in ("cloudwatch", "ecs_json", "vpc_flow_logs", "cloudtrail")),
        {"type": "network_firewall", "resources": ["central"]},
        {"type": "resolver_queries", "resources": ["vpc-0123456789abcdef0"]},
        {"type": "custom", "name": "payments", "columns": [{"name": "amount", "type": "bigint"}]},
        {"type": "cloudwatch", "name": "plain", "raw": True},
    ],
)
NOT_BY_TIME = tables.parse("tables", [{"type": "network_firewall"}, {"type": "resolver_queries"}])
NAMED = queries.named_queries("logs", TABLES)
AUDIT = queries.audit_queries("logs", "cloudtrail")
# Row of CloudTrail: "CloudTrail log file examples".
USER = "{'type': 'IAMUser', 'arn': 'arn:aws:iam::111111111111:user/ann'}"


def columns_of(table):
    glued = glue.glue_table(table, "logs", "bucket", ["111111111111"], ["eu-central-1"], trail_bucket="trails")
    return [*glued["StorageDescriptor"]["Columns"], *glued["PartitionKeys"]]


def of_duckdb(kind):
    """Type of Hive -> of DuckDB: struct<a:string> -> STRUCT("a" VARCHAR)."""
    head, _less, inner = kind.partition("<")
    if not inner:
        return {"string": "VARCHAR"}.get(kind, kind)
    parts, depth, part = [], 0, ""
    for letter in inner[:-1]:
        depth += (letter == "<") - (letter == ">")
        if letter == "," and not depth:
            parts.append(part)
            part = ""
        else:
            part += letter
    parts.append(part)
    if head == "struct":
        fields = (field.partition(":") for field in parts)
        return f"STRUCT({', '.join(f'{chr(34)}{name}{chr(34)} {of_duckdb(of_name)}' for name, _c, of_name in fields)})"
    of_parts = [of_duckdb(one) for one in parts]
    return f"{of_parts[0]}[]" if head == "array" else f"MAP({', '.join(of_parts)})"


@pytest.fixture(name="database")
def of_tables():
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("CREATE SCHEMA logs")

    def declare(declared=TABLES):
        for table in declared:
            listed = ", ".join(f'"{column["Name"]}" {of_duckdb(column["Type"])}' for column in columns_of(table))
            connection.execute(f'CREATE OR REPLACE TABLE logs."{table.name}" ({listed})')
        return connection

    return declare


def run(connection, sql, parameters=()):
    translated = sqlglot.transpile(sql, read="athena", write="duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE)[0]
    cursor = connection.execute(translated, list(parameters))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def parameters_of(sql):
    return ["x"] * sql.count("?")


@pytest.mark.parametrize("name", [*NAMED, *AUDIT])
def test_each_query_finds_its_columns(database, name):
    query = {**NAMED, **AUDIT}[name]
    assert run(database(), query.sql, parameters_of(query.sql)) == [] and query.description


def test_queries_of_tables_without_partitions_of_time_run_too(database):
    for query in queries.named_queries("logs", NOT_BY_TIME).values():
        assert run(database(NOT_BY_TIME), query.sql) == []
        assert "day >=" not in query.sql and "hour >=" not in query.sql


@pytest.mark.parametrize("name", [*NAMED, *AUDIT])
def test_each_query_limits_a_partition_of_time(name):
    assert re.search(r"WHERE.*\b(day|hour) (>=|BETWEEN)", {**NAMED, **AUDIT}[name].sql, re.DOTALL)


@pytest.mark.parametrize("name", [*NAMED, *AUDIT])
def test_no_name_of_a_column_is_reserved(name):
    """Athena refuses some that Trino, which sqlglot knows, allows: first, last, skip."""
    named = re.findall(r"\bAS (\w+)[,\s]", {**NAMED, **AUDIT}[name].sql)
    assert [alias for alias in named if alias.upper() in reserved_words.SELECT | {"BIGINT"}] in ([], ["bigint"])


def test_a_table_has_only_the_queries_of_its_type():
    (table,) = tables.parse("tables", [{"type": "vpc_flow_logs", "name": "flows"}])
    named = queries.named_queries("my_logs", [table])
    assert list(named) == ["rejected_flows"] and 'FROM "my_logs"."flows"' in named["rejected_flows"].sql
    assert not any("plain" in name for name in NAMED)


def test_a_dropped_connection_is_found_and_an_allowed_one_is_not(database):
    connection = database()
    for action in ("blocked", "allowed"):
        event = (
            f"{{'src_ip': '10.0.0.1', 'dest_ip': '192.0.2.1', 'dest_port': 443, 'timestamp': '{action}',"
            f" 'alert': {{'action': '{action}', 'signature': 'rule'}}, 'tls': {{'sni': 'example.com'}}}}"
        )
        connection.execute(
            "INSERT INTO logs.network_firewall BY NAME SELECT '111111111111' AS account, 'alert' AS log_type,"
            f" strftime(now(), '%Y/%m/%d/%H') AS hour, {event} AS event"
        )
    (row,) = run(connection, NAMED["dropped_by_the_firewall"].sql)
    assert (row["name"], row["rule"], row["times"], row["latest"]) == ("example.com", "rule", 1, "blocked")


def test_a_sign_in_with_mfa_is_none_without(database):
    connection = database()
    for used in ("No", "Yes"):
        connection.execute(
            f"INSERT INTO logs.cloudtrail BY NAME SELECT '{used}' AS eventtime, strftime(now(), '%Y/%m/%d') AS day,"
            f" 'ConsoleLogin' AS eventname, {USER} AS useridentity, '{{\"ConsoleLogin\": \"Success\"}}' AS"
            f' responseelements, \'{{"MFAUsed": "{used}"}}\' AS additionaleventdata'
        )
    (row,) = run(connection, NAMED["console_sign_ins_without_mfa"].sql)
    assert (row["eventtime"], row["who"], row["result"]) == ("No", "arn:aws:iam::111111111111:user/ann", "Success")


def test_an_audit_has_its_own_account_and_days_only(database):
    connection = database()
    session = (
        "{'type': 'AssumedRole', 'arn': 'session', 'sessioncontext': {'attributes': {'mfaauthenticated': 'true'},"
        " 'sessionissuer': {'arn': 'role', 'username': 'r'}}}"
    )
    rows = [
        ("111111111111", "2026/01/01", None, "sts.amazonaws.com"),
        ("111111111111", "2026/01/31", "AccessDenied", "cloudtrail.amazonaws.com"),
        ("111111111111", "2026/02/01", "AccessDenied", "cloudtrail.amazonaws.com"),
        ("222222222222", "2026/01/31", "AccessDenied", "cloudtrail.amazonaws.com"),
    ]
    for account, day, error, source in rows:
        connection.execute(
            f"INSERT INTO logs.cloudtrail BY NAME SELECT ? AS account, ? AS day, ? AS errorcode, ? AS eventsource,"
            f" {session} AS useridentity, ? AS eventtime, 'StopLogging' AS eventname, 'false' AS readonly",
            [account, day, error, source, day],
        )
    asked = ("111111111111", "2026/01/01", "2026/01/31")
    found = {name: run(connection, query.sql, asked) for name, query in AUDIT.items()}
    assert found["roles_used"] == [
        {"role": "role", "session": "session", "mfa": "true", "earliest": rows[0][1], "latest": rows[1][1], "calls": 2}
    ]
    assert [row["times"] for row in found["denied_calls"]] == [1]
    assert [row["eventtime"] for row in found["trail_changes"]] == ["2026/01/31"]
    assert [(row["calls"], row["failed"], row["callers"]) for row in found["calls_by_account"]] == [(2, 1, 1)]
