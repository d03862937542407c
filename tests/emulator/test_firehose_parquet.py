# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Conversion by Firehose: https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html"""

from __future__ import annotations

import datetime
import json
import re
import time

import pytest

from .conftest import HUB, SPOKE, Emulator
from .log_streams import (
    BUCKET,
    ERRORS,
    SUFFIX,
    Archive,
    processing,
    put,
    put_events,
    rows_of,
    subscribed,
)


@pytest.fixture
def archive(emulator: Emulator) -> Archive:
    return Archive(emulator)


def test_whole_path(archive: Archive) -> None:
    """A source's events, partitioned by its account and converted to Parquet: keys in other capitals are found, and
    attributes that the schema lacks are left out (record-format-conversion)."""
    archive.create_table()
    function = archive.create_function()
    arn = archive.create_stream(
        Prefix="cloudwatch/account=!{partitionKeyFromLambda:account}/!{timestamp:yyyy/MM/dd/HH}/",
        DynamicPartitioningConfiguration={"Enabled": True},
        **ERRORS,
        **processing(("Lambda", {"LambdaArn": f"{function}:$LATEST"})),
        **archive.parquet(),
    )
    ids = put_events(subscribed(archive, arn), "hello", "größer")
    archive.pass_time()
    [(key, body)] = archive.objects().items()
    hour = r"\d{4}/\d\d/\d\d/\d\d"
    assert re.fullmatch(rf"cloudwatch/account={SPOKE}/{hour}/stream-1-{SUFFIX}\.parquet", key)
    rows = rows_of(body)
    assert [(row["id"], row["message"]) for row in rows] == [(ids[0], "hello"), (ids[1], "größer")]
    assert set(rows[0]) == {"id", "time", "message"}
    assert abs(rows[0]["time"].replace(tzinfo=datetime.timezone.utc).timestamp() - time.time()) < 60


@pytest.mark.parametrize(
    ("record", "code", "message"),
    [
        (b"", "MalformedData", "The record was empty or contained only whitespace."),
        (b"no json", "ParseError", "Encountered malformed JSON."),
        (b'{"message": "ok"} and more', "ParseError", "Encountered malformed JSON."),
        (b'[{"message": "in a list"}]', "MalformedData", "Data does not match the schema."),
        (
            b'{"message": "ok"}{"time": "noon"}',
            "MalformedData",
            'Data does not match the schema. For input string: "noon"',
        ),
    ],
)
def test_format_conversion_failed(archive: Archive, record: bytes, code: str, message: str) -> None:
    """https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion-error-handling.html: the members. The
    authors of another emulator (floci) probed on AWS: codes, texts, lastErrorCode, the members of dataCatalogTable, and
    that the other records are converted. That nothing of a record is, whose second document is malformed: not verified.
    """
    archive.create_table()
    archive.create_stream(**ERRORS, **archive.parquet())
    put(archive, record, b'{"message": "good"}')
    archive.pass_time(61)
    [error] = archive.errors("errors/format-conversion-failed/")
    assert error["lastErrorCode"] == f"DataFormatConversion.{code}" and error["rawData"] == record
    assert error["lastErrorMessage"].startswith(message)
    assert error["dataCatalogTable"] == {
        "catalogId": HUB,
        "databaseName": "logs",
        "tableName": "cloudwatch",
        "region": "eu-central-1",
        "versionId": "LATEST",
        "roleArn": archive.role,
    }
    written = [body for key, body in archive.objects().items() if key.endswith(".parquet")]
    assert [row["message"] for body in written for row in rows_of(body)] == ["good"]


def test_types(archive: Archive) -> None:
    """https://docs.aws.amazon.com/firehose/latest/dev/deserializer.html: the formats of time stamps; several JSON
    objects in a record; API_OpenXJsonSerDe: mapped keys. Objects in columns of text have keys in lower case: probed on
    AWS by the authors of another emulator (floci)."""
    archive.create_table(
        [
            {"Name": "ts", "Type": "timestamp"},
            {"Name": "count", "Type": "bigint"},
            {"Name": "ok", "Type": "boolean"},
            {"Name": "text", "Type": "string"},
            {"Name": "tags", "Type": "map<string,string>"},
            {"Name": "ports", "Type": "array<int>"},
            {"Name": "place", "Type": "struct<az:string,size:int>"},
        ]
    )
    archive.create_stream(**ERRORS, **archive.parquet(ColumnToJsonKeyMappings={"ts": "timestamp"}))
    place = {"tags": {"a": "b"}, "ports": [1, 2], "place": {"AZ": "a", "size": 3}}
    first = {"timestamp": "2017-02-07T15:13:01.39256Z", "COUNT": "7", "ok": True, "text": {"A": [{"B": 1}]}, **place}
    others = [{"timestamp": when} for when in ("2017-2-7 5:13:01.5", 1518033528, 1518033528123, 1518033528.123)]
    put(archive, "\n".join(map(json.dumps, [first, *others])).encode())
    archive.pass_time(61)
    [body] = archive.objects().values()
    rows = rows_of(body)
    assert [str(row["ts"]) for row in rows] == [
        "2017-02-07 15:13:01.392560",
        "2017-02-07 05:13:01.500000",
        "2018-02-07 19:58:48",
        "2018-02-07 19:58:48.123000",
        "2018-02-07 19:58:48.123000",
    ]
    assert (rows[0]["count"], rows[0]["ok"], rows[0]["text"]) == (7, True, '{"a":[{"b":1}]}')
    assert (rows[0]["tags"], rows[0]["ports"], rows[0]["place"]) == ([("a", "b")], [1, 2], {"az": "a", "size": 3})


def test_error_write_blocks(archive: Archive) -> None:
    """record-format-conversion-error-handling: "If this write fails, Firehose retries it forever, blocking further
    delivery"."""
    archive.create_table()
    archive.create_stream(Prefix="data/", **ERRORS, **archive.parquet())
    archive.allow("delivery", ("s3:PutObject", f"arn:aws:s3:::{BUCKET}/data/*"), ("glue:GetTableVersions", "*"))
    put(archive, b"no json", b'{"message": "first"}')
    archive.pass_time(61)
    assert archive.objects() == {}
    put(archive, b'{"message": "second"}')
    archive.pass_time(48 * 3600)
    assert archive.objects() == {}
    archive.allow("delivery", ("s3:PutObject", f"arn:aws:s3:::{BUCKET}/*"), ("glue:GetTableVersions", "*"))
    bodies = archive.objects("data/").values()
    assert sorted(row["message"] for body in bodies for row in rows_of(body)) == ["first", "second"]
    assert len(archive.errors("errors/")) == 1
