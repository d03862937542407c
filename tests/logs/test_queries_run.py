# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The archive's named queries run in the emulator's Athena, over files where AWS's services put them.

Each query finds its row among near misses; a file at another path is found by none. Paths: "Flow log files" (Amazon VPC
User Guide), "Sending AWS Network Firewall logs to Amazon S3", "AWS resources that you can send Resolver query logs to"
(Route 53), "Finding your CloudTrail log files"; contents: "Flow log records", "Contents of a firewall log", "Values
that appear in Resolver query logs", "CloudTrail log file examples", "AWS Management Console sign-in events".
"""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import glue, layout, queries, tables
from tests.emulator.athena import BUCKET, DATABASE, Lake, parquet
from tests.emulator.conftest import HUB, MANAGEMENT, SPOKE, SPOKE_2, running

ACCOUNTS, REGION, VPC, FIREWALL = [SPOKE, SPOKE_2], "eu-central-1", "vpc-0123456789abcdef0", "central"
ORGANIZATION = "o-demo123456"
NOW = datetime.now(timezone.utc)
RECENT, LONG_AGO = NOW - timedelta(hours=2), NOW - timedelta(days=40)
TABLES = tables.parse(
    "tables",
    [
        {"type": "cloudwatch"},
        {"type": "ecs_json"},
        {"type": "vpc_flow_logs"},
        {"type": "network_firewall", "resources": [FIREWALL]},
        {"type": "resolver_queries", "resources": [VPC]},
        {"type": "cloudtrail"},
        {"type": "cloudwatch", "name": "plain", "raw": True},
    ],
)
NAMED = queries.named_queries(DATABASE, TABLES)
AUDIT = queries.audit_queries(DATABASE, "cloudtrail")
SEED = {
    "organization": {"id": ORGANIZATION, "management_account_id": MANAGEMENT},
    "accounts": [
        {"id": account, "name": account, "email": f"{account}@example.com"}
        for account in (MANAGEMENT, HUB, SPOKE, SPOKE_2)
    ],
    "access_keys": [
        {
            "account_id": MANAGEMENT,
            "access_key_id": "AKIAEMULATOROPERATOR",
            "secret_access_key": "not-a-secret-only-a-seed",
            "user_name": "operator",
        }
    ],
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """The log archive's account, with the tables as the collection declares them to Glue."""
    with running(SEED, tmp_path_factory.mktemp("archive")) as emulator:
        lake = Lake(emulator)
        for table in TABLES:
            lake.glue.create_table(DatabaseName=DATABASE, TableInput=glued(table))
        yield lake


@pytest.fixture
def lake(archive: Lake) -> Lake:
    """The archive without files."""
    for item in archive.s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        archive.s3.delete_object(Bucket=BUCKET, Key=item["Key"])
    return archive


def glued(table: tables.Table) -> dict[str, Any]:
    return glue.glue_table(table, "logs", BUCKET, ACCOUNTS, [REGION], ORGANIZATION, BUCKET)


def path_of(table: str, account: str = SPOKE, at: datetime = RECENT) -> str:
    """Return the key of a file of this account and time, where its service puts it."""
    day, hour, minute = at.strftime("%Y/%m/%d"), at.strftime("%Y/%m/%d/%H"), at.strftime("%Y%m%dT%H%MZ")
    logs = f"AWSLogs/{account}"
    return {
        "cloudwatch": f"cloudwatch/account={account}/{hour}/logs-cloudwatch-1-{minute}-uuid.parquet",
        "ecs_json": f"ecs_json/account={account}/{hour}/logs-ecs_json-1-{minute}-uuid.parquet",
        "plain": f"plain/{hour}/logs-plain-1-{minute}-uuid.gz",
        "vpc_flow_logs": f"{logs}/vpcflowlogs/{REGION}/{day}/{account}_vpcflowlogs_{REGION}_fl-1_{minute}_ab.log.gz",
        "network_firewall": f"{logs}/network-firewall/alert/{REGION}/{FIREWALL}/{hour}/"
        f"{account}_network-firewall_alert_{REGION}_{FIREWALL}_{at:%Y%m%d%H%M}_ab.log.gz",
        "resolver_queries": f"{logs}/vpcdnsquerylogs/{VPC}/{day}/{account}_vpcdnsquerylogs_{VPC}_{minute}_ab.log.gz",
        "cloudtrail": f"AWSLogs/{ORGANIZATION}/{account}/CloudTrail/{REGION}/{day}/"
        f"{account}_CloudTrail_{REGION}_{minute}_Abc.json.gz",
    }[table]


def put(lake: Lake, table: str, rows: list[Any], account: str = SPOKE, at: datetime = RECENT, key: str = "") -> None:
    """Put a file of the table's format with these rows."""
    if table in ("cloudwatch", "ecs_json"):
        types = {"time": pa.timestamp("ms"), "status": pa.int32()}
        body = parquet(rows, **{name: kind for name, kind in types.items() if name in rows[0]})
    elif table == "cloudtrail":
        body = gzip.compress(json.dumps({"Records": rows}).encode())
    else:
        lines = rows if isinstance(rows[0], str) else [json.dumps(row) for row in rows]
        body = gzip.compress("".join(f"{line}\n" for line in lines).encode())
    lake.put(key or path_of(table, account, at), body)


def records(lake: Lake, sql: str, *parameters: str) -> list[dict[str, str | None]]:
    header, *rows = lake.table_of(sql, *parameters)
    return [dict(zip(header, row)) for row in rows]


def changed(row: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy of the row with another value at a.b.c."""
    row = copy.deepcopy(row)
    *parents, last = path.split(".")
    at = row
    for parent in parents:
        at = at[parent]
    at[last] = value
    return row


LINE = {"region": REGION, "log_group": "/ecs/shop", "log_stream": "s", "id": "1", "time": RECENT.replace(tzinfo=None)}
FLOW = f"2 {SPOKE} eni-1 10.0.0.1 192.0.2.1 49152 443 6 10 840 1600000000 1600000060 REJECT OK"
HEADER = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
)
ALERT = {
    "firewall_name": FIREWALL,
    "availability_zone": "eu-central-1a",
    "event_timestamp": str(int(RECENT.timestamp())),
    "event": {
        "timestamp": "2026-01-02T03:04:05.000000+0000",
        "flow_id": 1,
        "event_type": "alert",
        "src_ip": "10.1.0.5",
        "src_port": 49152,
        "dest_ip": "192.0.2.1",
        "dest_port": 443,
        "proto": "TCP",
        "alert": {"action": "blocked", "signature_id": 1, "rev": 1, "signature": "not allowed", "severity": 3},
        "tls": {"sni": "example.com", "version": "TLS 1.3"},
    },
}
ANSWER = {
    "version": "1.100000",
    "account_id": SPOKE,
    "region": REGION,
    "vpc_id": VPC,
    "query_timestamp": RECENT.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "query_name": "bad.example.com.",
    "query_type": "A",
    "query_class": "IN",
    "rcode": "NXDOMAIN",
    "answers": [{"Rdata": "192.0.2.1", "Type": "A", "Class": "IN"}],
    "srcaddr": "10.1.0.5",
    "srcport": "4567",
    "transport": "UDP",
    "srcids": {"instance": "i-1"},
    "firewall_rule_action": "BLOCK",
    "firewall_rule_group_id": "rslvr-frg-1",
    "firewall_domain_list_id": "rslvr-fdl-1",
}
SIGN_IN = {
    "eventVersion": "1.08",
    "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{SPOKE}:user/ann", "userName": "ann"},
    "eventTime": RECENT.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "eventSource": "signin.amazonaws.com",
    "eventName": "ConsoleLogin",
    "awsRegion": REGION,
    "sourceIPAddress": "192.0.2.7",
    "requestParameters": None,
    "responseElements": {"ConsoleLogin": "Success"},
    "additionalEventData": {"LoginTo": "https://console.aws.amazon.com", "MobileVersion": "No", "MFAUsed": "No"},
    "readOnly": False,
}
ROLE = f"arn:aws:iam::{SPOKE}:role/admin"
CALL = {
    "userIdentity": {
        "type": "AssumedRole",
        "arn": f"arn:aws:sts::{SPOKE}:assumed-role/admin/ann",
        "sessionContext": {
            "attributes": {"mfaAuthenticated": "true", "creationDate": "2026-01-01T00:00:00Z"},
            "sessionIssuer": {"type": "Role", "arn": ROLE, "userName": "admin"},
        },
    },
    "eventTime": RECENT.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "eventSource": "cloudtrail.amazonaws.com",
    "eventName": "StopLogging",
    "awsRegion": REGION,
    "requestParameters": {"name": "trail"},
    "errorCode": "AccessDenied",
    "readOnly": False,
}
# Query -> (table, its row as it is in the file, near misses: (path, value), what of the result's row is certain)
CASES: dict[str, tuple[str, Any, list[Any], dict[str, str]]] = {
    "lines_by_log_group_cloudwatch": (
        "cloudwatch",
        LINE | {"message": "häh"},
        [],
        {"account": SPOKE, "log_group": "/ecs/shop", "lines": "1", "characters": "3", "region": REGION},
    ),
    "lines_by_log_group_ecs_json": (
        "ecs_json",
        LINE | {"message": "x"},
        [],
        {"account": SPOKE, "log_group": "/ecs/shop", "lines": "1"},
    ),
    "errors_ecs_json": (
        "ecs_json",
        LINE | {"level": "error", "status": 200, "message": "no", "rest": '{"a":1}'},
        [("level", "errors"), ("level", None), ("level", "info")],
        {"account": SPOKE, "level": "error", "message": "no", "rest": '{"a":1}'},
    ),
    "dropped_by_the_firewall": (
        "network_firewall",
        ALERT,
        [("event.alert.action", "allowed"), ("event.alert", None)],
        {
            "account": SPOKE,
            "source": "10.1.0.5",
            "destination": "192.0.2.1",
            "port": "443",
            "name": "example.com",
            "rule": "not allowed",
            "times": "1",
        },
    ),
    "rejected_flows": (
        "vpc_flow_logs",
        FLOW,
        ["ACCEPT"],
        {
            "account": SPOKE,
            "srcaddr": "10.0.0.1",
            "dstport": "443",
            "flows": "1",
            "packets": "10",
            "latest": "2020-09-13 12:27:40.000 UTC",
        },
    ),
    "names_blocked_by_dns_firewall": (
        "resolver_queries",
        ANSWER,
        [("firewall_rule_action", "ALERT"), ("firewall_rule_action", None)],
        {"account": SPOKE, "vpc_id": VPC, "query_name": "bad.example.com.", "times": "1"},
    ),
    "console_sign_ins_without_mfa": (
        "cloudtrail",
        SIGN_IN,
        [
            ("additionalEventData.MFAUsed", "Yes"),
            ("eventName", "SwitchRole"),
            ("userIdentity.type", "AssumedRole"),
            ("additionalEventData", None),
        ],
        {"account": SPOKE, "who": f"arn:aws:iam::{SPOKE}:user/ann", "result": "Success", "type": "IAMUser"},
    ),
    "calls_by_a_role": (
        "cloudtrail",
        CALL,
        [
            ("userIdentity.sessionContext.sessionIssuer.userName", "administrator"),
            ("userIdentity.sessionContext", None),
        ],
        {
            "account": SPOKE,
            "session": CALL["userIdentity"]["arn"],
            "calls": "1",
            "failed": "1",
            "eventname": "StopLogging",
        },
    ),
}
PARAMETERS = {"calls_by_a_role": ["'admin'"]}
DAYS = ["'2024/01/01'", f"'{NOW:%Y/%m/%d}'"]


def near_misses(row: Any, misses: list[Any]) -> list[Any]:
    if isinstance(row, str):
        return [row.replace("REJECT", miss) for miss in misses]
    return [changed(row, path, value) for path, value in misses]


def written(table: str, rows: list[Any]) -> list[Any]:
    return [HEADER, *rows] if table == "vpc_flow_logs" else rows


def test_each_named_query_has_its_case() -> None:
    assert set(CASES) == set(NAMED)


@pytest.mark.parametrize("name", CASES)
def test_a_named_query_finds_its_row_and_no_near_miss(lake: Lake, name: str) -> None:
    table, row, misses, expected = CASES[name]
    put(lake, table, written(table, [row, *near_misses(row, misses)]))
    # The same, too long ago; and of an account that no source is.
    put(lake, table, written(table, [row]), at=LONG_AGO)
    put(lake, table, written(table, [row]), account=HUB)
    found = records(lake, NAMED[name].sql, *PARAMETERS.get(name, []))
    assert [one for one in found if expected.items() <= one.items()] == found
    assert len(found) == 1
    lake.s3.delete_object(Bucket=BUCKET, Key=path_of(table))
    assert records(lake, NAMED[name].sql, *PARAMETERS.get(name, [])) == []


@pytest.mark.parametrize(
    ("name", "misses", "expected"),
    [
        (
            "roles_used",
            [("userIdentity.type", "IAMUser")],
            {"role": ROLE, "session": CALL["userIdentity"]["arn"], "mfa": "true", "calls": "1"},
        ),
        (
            "denied_calls",
            [("errorCode", None), ("errorCode", "NoSuchTrail")],
            {"who": CALL["userIdentity"]["arn"], "errorcode": "AccessDenied", "times": "1"},
        ),
        (
            "trail_changes",
            [("readOnly", True), ("eventSource", "s3.amazonaws.com")],
            {"eventname": "StopLogging", "mfa": "true", "requestparameters": '{"name":"trail"}'},
        ),
        ("calls_by_account", [], {"account": SPOKE, "calls": "1", "failed": "1", "callers": "1"}),
    ],
)
def test_an_audit_query_finds_its_row_and_no_near_miss(
    lake: Lake, name: str, misses: list[Any], expected: dict[str, str]
) -> None:
    put(lake, "cloudtrail", [CALL, *near_misses(CALL, misses)])
    put(lake, "cloudtrail", [CALL], account=SPOKE_2)
    found = records(lake, AUDIT[name].sql, f"'{SPOKE}'", *DAYS)
    assert len(found) == 1
    assert expected.items() <= found[0].items()
    assert records(lake, AUDIT[name].sql, f"'{SPOKE}'", "'2024/01/01'", f"'{NOW - timedelta(days=3):%Y/%m/%d}'") == []
    assert set(AUDIT) == {"roles_used", "denied_calls", "trail_changes", "calls_by_account"}


ROWS: dict[str, list[Any]] = {
    "cloudwatch": [LINE],
    "ecs_json": [LINE],
    "plain": ["one\ttwo"],
    "vpc_flow_logs": [HEADER, FLOW],
    "network_firewall": [ALERT],
    "resolver_queries": [ANSWER],
    "cloudtrail": [SIGN_IN],
}


@pytest.mark.parametrize("table", ROWS)
def test_a_table_finds_the_files_where_they_are_put_and_nowhere_else(lake: Lake, table: str) -> None:
    count = f'SELECT count(*) FROM "{DATABASE}"."{table}"'
    for at in (RECENT, NOW, datetime(2024, 1, 1, tzinfo=timezone.utc)):
        put(lake, table, ROWS[table], at=at)
    there = {path_of(table, at=at) for at in (RECENT, NOW, datetime(2024, 1, 1, tzinfo=timezone.utc))}
    assert lake.rows(count) == [[str(len(there))]]
    key = path_of(table)
    wrong = [f"x/{key}", key.replace("/", "//", 1), key.replace(f"{RECENT:%Y/%m}", f"{RECENT:%Y-%m}"), f"errors/{key}"]
    wrong += [
        key.replace("AWSLogs/", "awslogs/"),
        key.replace(f"{ORGANIZATION}/", ""),
        key.replace(REGION, "eu-west-9"),
    ]
    wrong += [key.replace("CloudTrail/", "CloudTrail-Digest/"), key.replace("vpcflowlogs/", "flowlogs/")]
    wrong += [key.replace("account=", ""), key.replace(f"/{FIREWALL}/", "/other/"), key.replace(f"/{VPC}/", "/vpc-1/")]
    if table != "plain":
        wrong += [path_of(table, account=HUB)]
    for one in {one for one in wrong if one != key}:
        put(lake, table, ROWS[table], key=one)
        assert lake.rows(count) == [[str(len(there))]], one


@pytest.mark.parametrize("table", ROWS)
def test_a_wrong_prefix_in_the_table_gives_no_rows(archive: Lake, lake: Lake, table: str) -> None:
    put(lake, table, ROWS[table])
    given = glued(next(one for one in TABLES if one.name == table))
    wrong = copy.deepcopy(given)
    template = wrong["Parameters"]["storage.location.template"]
    wrong["Parameters"]["storage.location.template"] = template.replace(f"s3://{BUCKET}/", f"s3://{BUCKET}/logs/")
    count = f'SELECT count(*) FROM "{DATABASE}"."{table}"'
    assert lake.rows(count) == [["1"]]
    lake.glue.update_table(DatabaseName=DATABASE, TableInput=wrong)
    try:
        assert lake.rows(count) == [["0"]]
    finally:
        lake.glue.update_table(DatabaseName=DATABASE, TableInput=given)


def test_where_firehose_writes_is_where_the_table_reads() -> None:
    """layout.prefix is Firehose's Prefix; its expressions for this account and hour give the template's path."""
    for table in TABLES:
        if table.streamed:
            prefix = layout.prefix(table).replace("!{partitionKeyFromLambda:account}", SPOKE)
            prefix = prefix.replace("!{timestamp:yyyy/MM/dd/HH}", f"{RECENT:%Y/%m/%d/%H}")
            assert path_of(table.name).startswith(prefix)
            assert prefix.endswith("/")
