# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a query of Athena may do: read tables, with the caller's permissions, up to a limit of bytes; nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.athena import BUCKET, DATABASE, LAZY, Lake, parquet, projected
from tests.emulator.conftest import HUB, SPOKE, Emulator, error_of


@pytest.fixture
def lake(emulator: Emulator) -> Lake:
    return Lake(emulator)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE t AS SELECT 1",
        "DROP TABLE t",
        "INSERT INTO t VALUES (1)",
        "DELETE FROM t",
        "CREATE DATABASE d",
        "MSCK REPAIR TABLE t",
        "COPY (SELECT 1) TO '/tmp/x'",
        "ATTACH '/tmp/x'",
        "PRAGMA version",
        "SET threads = 1",
        "INSTALL httpfs",
        "SELECT 1; SELECT 2",
        "SELECT '1'::int",
        "SELECT * EXCLUDE (a) FROM (VALUES (1, 2)) AS t(a, b)",
        "SELECT 'a' ILIKE 'A'",
        "SELECT x FROM (VALUES 1) AS t(x) QUALIFY row_number() OVER () = 1",
        """SELECT '{"a":1}' ->> '$.a'""",
        "SELEC 1",
        "SELECT * FROM",
        "-- nothing",
    ],
)
def test_only_selects_are_run(lake: Lake, sql: str) -> None:
    """ "Queries of this type are not supported", "mismatched input": refused when they are started."""
    code = error_of(lake.athena.start_query_execution, QueryString=sql, WorkGroup="logs")[0]
    assert code == "InvalidRequestException"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        'SELECT * FROM "/etc/passwd"',
        "SELECT * FROM glob('/*')",
        "SELECT getenv('HOME')",
        "SELECT * FROM duckdb_settings()",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM pg_catalog.pg_class",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM t0",
        "SELECT * FROM given",
        "SELECT current_setting('memory_limit')",
        "SELECT * FROM query('SELECT 1')",
        "SELECT read_text(a) FROM (VALUES 1) AS read_text(a)",
        "SELECT 1 FROM (VALUES 1) AS read_text(a), read_text('/etc/passwd')",
        "SELECT athena_varchar(1)",
        "SELECT error('x')",
        "SELECT repeat('x', 1000000000)",
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
    ],
)
def test_a_query_sees_nothing_but_tables_of_glue(lake: Lake, sql: str) -> None:
    """What DuckDB has besides: files, its own tables and functions. Refused at the start, or when it runs."""
    try:
        assert not lake.failure(sql).startswith("GENERIC")
    except ClientError as error:
        assert error.response["Error"]["Code"] == "InvalidRequestException"


def test_a_limit_of_bytes_cancels_the_query(lake: Lake) -> None:
    """workgroups-setting-control-limits-cloudwatch.html: "If the query exceeds the limit, the query is canceled".

    "Bytes scanned limit was exceeded" is in users' reports; state and text are not verified on AWS.
    """
    lake.athena.update_work_group(WorkGroup="logs", ConfigurationUpdates={"BytesScannedCutoffPerQuery": 10_000_000})
    parts = projected(p={"type": "enum", "values": "a,b"})
    lake.table("t", {"line": "string"}, serde=LAZY, partitions=("p",), **parts)
    lake.put("t/p=a/x", b"x" * 6_000_000)
    lake.put("t/p=b/x", b"x" * 6_000_000)
    execution = lake.start("SELECT count(*) FROM t")
    status = execution["Status"]
    assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Bytes scanned limit was exceeded")
    assert "AthenaError" not in status
    assert execution["Statistics"]["DataScannedInBytes"] > 10_000_000
    below = lake.start("SELECT count(*) FROM t WHERE p = 'b'")
    assert (below["Status"]["State"], below["Statistics"]["DataScannedInBytes"]) == ("SUCCEEDED", 6_000_000)


@pytest.fixture
def auditor(emulator: Emulator, lake: Lake) -> Any:
    """Athena's client of a role in the lake's account that may read one prefix."""
    iam = emulator.client(HUB, "iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
    statements = [
        {"Effect": "Allow", "Action": ["athena:*"], "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": "glue:GetTable",
            "Resource": [
                f"arn:aws:glue:eu-central-1:{HUB}:{part}" for part in ("catalog", "database/logs", "table/logs/t")
            ],
        },
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/t/account={SPOKE}/*"},
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": f"arn:aws:s3:::{BUCKET}",
            "Condition": {"StringLike": {"s3:prefix": f"t/account={SPOKE}/*"}},
        },
    ]
    iam.create_role(RoleName="auditor", AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(
        RoleName="auditor",
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
    )
    return emulator.plain_client("athena", **emulator.credentials(HUB, "auditor"))


def test_files_are_read_with_the_callers_permissions(lake: Lake, auditor: Any) -> None:
    """s3-permissions.html: the caller needs s3:GetObject and s3:ListBucket. The text of the error is not verified."""
    accounts = projected(account={"type": "enum", "values": f"{HUB},{SPOKE}"})
    lake.table("t", {"x": "bigint"}, partitions=("account",), **accounts)
    lake.put(f"t/account={HUB}/x.parquet", parquet([{"x": 1}]))
    lake.put(f"t/account={SPOKE}/x.parquet", parquet([{"x": 2}]))
    lake.table("other", {"x": "bigint"})
    assert lake.rows("SELECT sum(x) FROM t") == [["3"]]
    lake.athena = auditor
    assert lake.failure("SELECT * FROM other").startswith("Insufficient permissions to execute the query.")
    assert lake.rows(f"SELECT sum(x) FROM t WHERE account = '{SPOKE}'") == [["2"]]
    assert lake.failure("SELECT sum(x) FROM t").startswith("PERMISSION_DENIED: ")
    assert lake.failure(f"SELECT sum(x) FROM t WHERE account = '{HUB}'").startswith("PERMISSION_DENIED: ")


def test_encrypted_files_need_the_key(emulator: Emulator, lake: Lake, auditor: Any) -> None:
    """encryption.html: "you must have the kms:Decrypt permission". The text of the error is not verified."""
    kms = emulator.client(HUB, "kms")
    key = kms.create_key()["KeyMetadata"]
    accounts = projected(account={"type": "enum", "values": f"{HUB},{SPOKE}"})
    lake.table("t", {"x": "bigint"}, partitions=("account",), **accounts)
    lake.s3.put_object(
        Bucket=BUCKET,
        Key=f"t/account={SPOKE}/x.parquet",
        Body=parquet([{"x": 2}]),
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=key["Arn"],
    )
    assert lake.rows("SELECT x FROM t") == [["2"]]
    lake.athena, sql = auditor, f"SELECT x FROM t WHERE account = '{SPOKE}'"
    assert "is not authorized to perform: kms:Decrypt" in lake.failure(sql)
    kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=f"arn:aws:iam::{HUB}:role/auditor", Operations=["Decrypt"])
    assert lake.rows(sql) == [["2"]]


def test_a_policy_that_wants_tls_is_met(lake: Lake) -> None:
    """Athena reads by HTTPS: encryption.html, "encryption in transit"."""
    lake.table("t", {"x": "bigint"})
    lake.put("t/x.parquet", parquet([{"x": 1}]))
    denied = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    lake.s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [denied]}))
    assert lake.rows("SELECT x FROM t") == [["1"]]
    denied["Condition"]["Bool"]["aws:SecureTransport"] = "true"
    lake.s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [denied]}))
    assert lake.failure("SELECT x FROM t").startswith("PERMISSION_DENIED: ")


def test_another_accounts_bucket(emulator: Emulator, lake: Lake) -> None:
    """cross-account-permissions.html: the bucket's policy has to allow it."""
    lake.put("t/x.parquet", parquet([{"x": 1}]))
    other = emulator.client(SPOKE, "glue")
    other.create_database(DatabaseInput={"Name": DATABASE})
    mine, lake.glue, lake.athena = lake.s3, other, emulator.client(SPOKE, "athena")
    lake.athena.create_work_group(Name="logs", Configuration={"ManagedQueryResultsConfiguration": {"Enabled": True}})
    lake.table("t", {"x": "bigint"})
    assert lake.failure("SELECT x FROM t").startswith("PERMISSION_DENIED: ")
    allowed = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{SPOKE}:root"},
        "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
    }
    mine.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}))
    assert lake.rows("SELECT x FROM t") == [["1"]]
