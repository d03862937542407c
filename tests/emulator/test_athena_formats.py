# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of a table by its SerDe: https://docs.aws.amazon.com/athena/latest/ug/supported-serdes.html"""

from __future__ import annotations

import datetime
import decimal
import gzip
import json
from typing import Any

import pyarrow as pa
import pytest

from tests.emulator.athena import LAZY, OPENX, Lake, parquet
from tests.emulator.conftest import Emulator

CLOUDTRAIL = "com.amazon.emr.cloudtrail.CloudTrailInputFormat"


@pytest.fixture
def lake(emulator: Emulator) -> Lake:
    return Lake(emulator)


def lines(*rows: Any) -> bytes:
    return "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows).encode()


def test_parquet_columns_are_found_by_name_and_missing_ones_are_null(lake: Lake) -> None:
    """updates-and-partitions.html: Athena "relies on the column names"; a column may be added."""
    lake.table("t", {"b": "string", "a": "bigint", "added": "int"})
    lake.put("t/1.parquet", parquet([{"a": 1, "B": "x", "removed": 2.0}]))
    lake.put("t/2.parquet", parquet([{"a": 2, "b": None, "added": 3}], b=pa.string(), added=pa.int32()))
    assert lake.table_of("SELECT * FROM t ORDER BY a") == [["b", "a", "added"], ["x", "1", None], [None, "2", "3"]]


def test_parquet_types(lake: Lake) -> None:
    """data-types.html; formats of values: https://github.com/aoyagikouhei/athena-local, README."""
    lake.table(
        "t",
        {
            "s": "string",
            "i": "int",
            "f": "double",
            "o": "boolean",
            "d": "date",
            "t": "timestamp",
            "m": "decimal(10,2)",
            "r": "struct<a:int,b:array<string>,added:string>",
            "k": "map<string,int>",
        },
    )
    moment = datetime.datetime.fromisoformat("2026-01-02 03:04:05.678901")
    row = {
        "s": "ü",
        "i": 1,
        "f": 0.5,
        "o": True,
        "d": datetime.date(2026, 1, 2),
        "t": moment,
        "m": decimal.Decimal("1.50"),
        "r": {"A": 1, "b": ["x", None]},
        "k": [("y", 2)],
    }
    types = {"i": pa.int32(), "k": pa.map_(pa.string(), pa.int32()), "t": pa.timestamp("us")}
    types["r"] = pa.struct([("A", pa.int32()), ("b", pa.list_(pa.string()))])
    lake.put("t/x.parquet", parquet([row], **types))
    assert lake.rows("SELECT * FROM t") == [
        [
            "ü",
            "1",
            "0.5",
            "true",
            "2026-01-02",
            "2026-01-02 03:04:05.678",
            "1.50",
            "{a=1, b=[x, null], added=null}",
            "{y=2}",
        ]
    ]
    assert lake.rows("SELECT k[concat('y', '')], map_keys(k), e.key FROM t CROSS JOIN UNNEST(k) AS e(key, value)") == [
        ["2", "[y]", "y"]
    ]
    assert lake.failure("SELECT k['z'] FROM t").startswith("INVALID_FUNCTION_ARGUMENT: Key not present in map: z")
    assert lake.rows("SELECT r.b[1], k['y'], cast(t AS varchar), t < timestamp '2026-01-02 03:04:06' FROM t") == [
        ["x", "2", "2026-01-02 03:04:05.678", "true"]
    ]


def test_timestamps_of_hive(lake: Lake) -> None:
    """Hive, and so Firehose, writes INT96: https://parquet.apache.org/docs/file-format/types/. Others are in UTC."""
    lake.table("t", {"t": "timestamp"})
    moment = datetime.datetime.fromisoformat("2026-01-02 03:04:05.678")
    lake.put("t/a.parquet", parquet([{"t": moment}], int96=True, t=pa.timestamp("ns")))
    lake.put("t/b.parquet", parquet([{"t": moment}], t=pa.timestamp("ns", "Europe/Berlin")))
    assert lake.rows("SELECT DISTINCT t, date_format(t, '%Y/%m/%d/%H') FROM t") == [
        ["2026-01-02 03:04:05.678", "2026/01/02/03"]
    ]


@pytest.mark.parametrize(
    ("kind", "value", "stored", "physical"),
    [
        ("bigint", "x", pa.string(), "BINARY"),
        ("int", 1, pa.int64(), "INT64"),
        ("string", 1, pa.int32(), "INT32"),
        ("timestamp", 1, pa.int64(), "INT64"),
        ("boolean", 1.0, pa.float64(), "DOUBLE"),
    ],
)
def test_parquet_of_another_type(lake: Lake, kind: str, value: Any, stored: Any, physical: str) -> None:
    """The text is in users' reports, for BINARY and bigint; not verified on AWS."""
    lake.table("t", {"x": kind})
    lake.put("t/x.parquet", parquet([{"x": value}], x=stored))
    assert lake.failure("SELECT x FROM t") == (
        f"HIVE_BAD_DATA: Field x's type {physical} in parquet file s3://the-logs/t/x.parquet is incompatible with type "
        f"{kind} defined in table schema"
    )


def test_no_parquet(lake: Lake) -> None:
    lake.table("t", {"x": "int"})
    lake.put("t/x.parquet", b"no parquet at all")
    assert lake.failure("SELECT x FROM t").startswith(
        "HIVE_BAD_DATA: Not valid Parquet file: s3://the-logs/t/x.parquet"
    )


def test_json_lines(lake: Lake) -> None:
    """openx-json-serde.html: keys in any case, a mapping, gzip by name; texts take any value."""
    lake.table(
        "t",
        {"level": "string", "ts": "timestamp", "n": "int", "rest": "string", "r": "struct<Src_IP:string,ok:boolean>"},
        serde=OPENX,
        serde_parameters={"mapping.ts": "timestamp"},
    )
    first = {"LEVEL": "info", "timestamp": "2026-01-02 03:04:05.678", "n": 1, "rest": {"a": [1, "ü"]}}
    lake.put("t/a.json", lines(first | {"r": {"SRC_ip": "10.0.0.1", "ok": True}}))
    lake.put("t/b.gz", gzip.compress(lines({"level": None, "timestamp": "2026-01-02T03:04:05Z", "rest": 1.5})))
    assert lake.rows("SELECT level, ts, n, rest, r.src_ip, r.ok FROM t ORDER BY n") == [
        ["info", "2026-01-02 03:04:05.678", "1", '{"a":[1,"ü"]}', "10.0.0.1", "true"],
        [None, "2026-01-02 03:04:05.000", None, "1.5", None, None],
    ]


@pytest.mark.parametrize("line", ["no json", '{"a": 1', '[{"a": 1}]', '"a"', '{"a": 1, "A": 2}'])
def test_malformed_json(lake: Lake, line: str) -> None:
    """openx-json-serde.html: HIVE_CURSOR_ERROR, or with ignore.malformed.json a row without values."""
    lake.table("strict", {"a": "int"}, location="t", serde=OPENX)
    lake.table("lenient", {"a": "int"}, location="t", serde=OPENX, serde_parameters={"ignore.malformed.json": "TRUE"})
    lake.put("t/x.json", lines({"a": 1}, line, {"a": 2}))
    assert lake.failure("SELECT a FROM strict").startswith("HIVE_CURSOR_ERROR: Row is not a valid JSON Object")
    assert lake.rows("SELECT a FROM lenient ORDER BY a") == [["1"], ["2"], [None]]


def test_json_of_another_type(lake: Lake) -> None:
    """openx-json-serde.html, use.null.for.invalid.data; the text is not verified on AWS."""
    lake.table("strict", {"a": "int"}, location="t", serde=OPENX)
    lake.table(
        "lenient", {"a": "int"}, location="t", serde=OPENX, serde_parameters={"use.null.for.invalid.data": "true"}
    )
    lake.put("t/x.json", lines({"a": "x"}))
    assert lake.failure("SELECT a FROM strict").startswith("HIVE_BAD_DATA: ")
    assert lake.rows("SELECT a FROM lenient") == [[None]]


def test_truncated_gzip(lake: Lake) -> None:
    lake.table("t", {"a": "int"}, serde=OPENX)
    lake.put("t/x.json.gz", gzip.compress(lines({"a": 1}) * 100)[:-20])
    assert lake.failure("SELECT a FROM t").startswith("HIVE_CURSOR_ERROR: ")


def test_delimited_lines(lake: Lake) -> None:
    """lazy-simple-serde.html, vpc-flow-logs.html: columns by position, a header, what is no number is null."""
    lake.table(
        "t",
        {"version": "int", "srcaddr": "string", "bytes": "bigint", "end": "bigint"},
        serde=LAZY,
        serde_parameters={"field.delim": " ", "serialization.format": " "},
        skip__header__line__count="1",
    )
    text = "version srcaddr bytes end\n2 10.0.0.1 840 1600000000\n2 - - 1600000060\n2 10.0.0.2\n"
    lake.put("t/x.log.gz", gzip.compress(text.encode()))
    assert lake.rows('SELECT *, from_unixtime("end") FROM t') == [
        ["2", "10.0.0.1", "840", "1600000000", "2020-09-13 12:26:40.000 UTC"],
        ["2", "-", None, "1600000060", "2020-09-13 12:27:40.000 UTC"],
        ["2", "10.0.0.2", None, None, None],
    ]


def test_a_line_is_one_column(lake: Lake) -> None:
    """serialization.last.column.takes.rest: Hive's LazySimpleSerDe."""
    given = {"field.delim": "\x01", "serialization.last.column.takes.rest": "true"}
    lake.table("t", {"message": "string"}, serde=LAZY, serde_parameters=given)
    lake.put("t/x", "a\x01b, c\n\nü\n".encode())
    assert lake.rows("SELECT message FROM t") == [["a\x01b, c"], [""], ["ü"]]


@pytest.mark.parametrize(
    "serde", ["org.apache.hive.hcatalog.data.JsonSerDe", "com.amazon.emr.hive.serde.CloudTrailSerde"]
)
def test_cloudtrail(lake: Lake, serde: str) -> None:
    """create-cloudtrail-table.html; the file is CloudTrail's example of "CloudTrail log file examples", shortened."""
    columns = {
        "useridentity": "struct<type:string,username:string,"
        "sessioncontext:struct<attributes:struct<mfaauthenticated:string>>>",
        "eventname": "string",
        "readonly": "string",
        "requestparameters": "string",
        "resources": "array<struct<arn:string,accountid:string,type:string>>",
        "errorcode": "string",
    }
    lake.table("t", columns, serde=serde, input_format=CLOUDTRAIL)
    record = {
        "userIdentity": {
            "type": "IAMUser",
            "userName": "Mary_Major",
            "sessionContext": {"attributes": {"mfaAuthenticated": "false"}},
        },
        "eventName": "StartInstances",
        "readOnly": False,
        "requestParameters": {"instancesSet": {"items": [{"instanceId": "i-EXAMPLE56126103cb"}]}},
        "resources": [{"ARN": "arn:aws:s3:::b", "accountId": "111111111111", "type": "AWS::S3::Bucket"}],
    }
    lake.put("t/x.json.gz", gzip.compress(json.dumps({"Records": [record, {"eventName": "ListBuckets"}]}).encode()))
    assert lake.rows(
        "SELECT useridentity.username, useridentity.sessioncontext.attributes.mfaauthenticated, eventname, readonly, "
        "json_extract_scalar(requestparameters, '$.instancesSet.items[0].instanceId'), errorcode FROM t "
        "ORDER BY eventname DESC"
    ) == [
        ["Mary_Major", "false", "StartInstances", "false", "i-EXAMPLE56126103cb", None],
        [None, None, "ListBuckets", None, None, None],
    ]
    # "UNNEST of an array of rows expands into its fields": Trino's select.html.
    unnested = "SELECT r_arn, r_type FROM t CROSS JOIN UNNEST(resources) AS r(r_arn, r_account, r_type)"
    assert lake.rows(unnested) == [["arn:aws:s3:::b", "AWS::S3::Bucket"]]
    assert lake.rows(unnested.replace("FROM t", "FROM t x").replace("(resources)", "(x.resources)")) == [
        ["arn:aws:s3:::b", "AWS::S3::Bucket"]
    ]
    joined = "SELECT eventname, a FROM t {} ORDER BY eventname"
    assert lake.rows(joined.format(", UNNEST(resources) AS r(a, b, c)")) == [["StartInstances", "arn:aws:s3:::b"]]
    assert lake.rows(joined.format("LEFT JOIN UNNEST(resources) AS r(a, b, c) ON TRUE")) == [
        ["ListBuckets", None],
        ["StartInstances", "arn:aws:s3:::b"],
    ]
    assert lake.failure("SELECT eventname FROM t WHERE readonly = false").startswith("TYPE_MISMATCH: ")
    lake.put("t/digest.json.gz", gzip.compress(b'{"digestS3Bucket": "b"}'))
    assert lake.failure("SELECT * FROM t").startswith("HIVE_CURSOR_ERROR: ")


def test_types_that_glue_takes_and_athena_does_not(lake: Lake) -> None:
    lake.table("t", {"x": "struct<a:int"}, serde=OPENX)
    assert lake.failure("SELECT x FROM t").startswith("HIVE_INVALID_METADATA: ")


@pytest.mark.parametrize(
    "line",
    [
        r'{"s": "\ud800 \u0000"}',
        '{"s": ' + "[" * 500 + "]" * 500 + "}",
        '{"s": ' + "[" * 100000,
        '{"n": 1e400}',
        '{"n": NaN}',
        '{"n": 99999999999999999999}',
        '{"t": "0000-00-00 00:00:00"}',
        '{"t": "99999-01-01"}',
        '{"m": "Infinity"}',
        '{"m": 1e400}',
        '{"r": {"a": {"b": 1}}}',
        "\x00",
        "{\"s\": \"{{ lookup('env', 'HOME') }}\"}",
    ],
)
def test_hostile_values(lake: Lake, line: str) -> None:
    """Whatever applications log: rows, or an error that says what it is; not verified on AWS one by one."""
    columns = {"s": "string", "n": "int", "t": "timestamp", "m": "decimal(5,2)", "r": "struct<a:int>"}
    lake.table("t", columns, serde=OPENX)
    lake.put("t/x.json", (line + "\n").encode("utf-8", "surrogatepass"))
    status = lake.start("SELECT * FROM t")["Status"]
    assert status["State"] == "SUCCEEDED" or status["StateChangeReason"].startswith(("HIVE_CURSOR_", "HIVE_BAD_DATA"))
