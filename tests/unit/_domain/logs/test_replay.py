# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Error objects of Firehose, as rows and keys. Their fields: the pages that replay.py names."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import index, layout, replay, tables

PLACE = index.Place("999999999999", "eu-west-1")
SOURCE, OTHER = "111111111111", "222222222222"
ARRIVED = 1_767_323_045_678  # 2026-01-02 03:04:05 UTC
KEY = "errors/cloudwatch/processing-failed/2026/01/02/04/logs-cloudwatch-1-2026-01-02-04-00-00-abc"
CLOUDWATCH, APP, RAW, RAW_JSON = tables.parse(
    "tables",
    [
        {"type": "cloudwatch"},
        {"type": "custom", "name": "app", "columns": [{"name": "level"}, {"name": "tries", "type": "int"}]},
        {"type": "cloudwatch", "name": "raw", "raw": True},
        {"type": "ecs_json", "name": "raw_json", "raw": True},
    ],
)


def document(*messages: str, owner: str = SOURCE) -> dict[str, Any]:
    events = [{"id": str(number), "timestamp": 0, "message": message} for number, message in enumerate(messages)]
    common = {"messageType": "DATA_MESSAGE", "owner": owner, "logGroup": "/app", "logStream": "web"}
    return {**common, "subscriptionFilters": [], "logEvents": events}


def packed(*documents: Any) -> bytes:
    return gzip.compress("".join(map(json.dumps, documents)).encode(), mtime=0)


def failed(data: bytes, **fields: Any) -> dict[str, Any]:
    """Return a record of processing-failed."""
    return {
        "attemptsMade": 4,
        "arrivalTimestamp": ARRIVED,
        "errorCode": "Lambda.FunctionError",
        "errorMessage": "The Lambda function returned an error",
        "attemptEndingTimestamp": ARRIVED + 1000,
        "rawData": base64.b64encode(data).decode(),
        "lambdaArn": "arn:aws:lambda:eu-west-1:999999999999:function:logs-handler:$LATEST",
        **fields,
    }


def body(*records: Any) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def read(
    content: bytes, table: tables.Table = CLOUDWATCH, key: str = KEY
) -> tuple[Sequence[replay.Batch], replay.Counts]:
    counts = replay.Counts()
    return list(replay.replay(key, content, table, PLACE, counts)), counts


def test_rows_are_those_of_the_handler_by_account_and_hour_of_arrival() -> None:
    later = failed(packed(document("c")), arrivalTimestamp=str(ARRIVED + 3_600_000))
    two = failed(packed(document("a"), document("b", owner=OTHER)))
    batches, counts = read(body(two, later))
    assert [(batch.account, batch.hour, [row["message"] for row in batch.rows]) for batch in batches] == [
        (SOURCE, "2026/01/02/03", ["a"]),
        (SOURCE, "2026/01/02/04", ["c"]),
        (OTHER, "2026/01/02/03", ["b"]),
    ]
    assert batches[0].rows[0] == {
        "account": SOURCE,
        "region": "eu-west-1",
        "log_group": "/app",
        "log_stream": "web",
        "id": "0",
        "time": "1970-01-01T00:00:00.000Z",
        "message": "a",
    }
    assert (counts.records, counts.events, counts.without, counts.rejected) == (2, 3, 0, [])
    assert counts.codes == {"Lambda.FunctionError": 2}


def test_keys_are_where_firehose_writes_and_the_same_each_time() -> None:
    content = body(failed(packed(document("a"))))
    (batch,), _counts = read(content)
    prefix = layout.prefix(CLOUDWATCH).replace("!{partitionKeyFromLambda:account}", SOURCE)
    assert batch.key.startswith(prefix.replace("!{timestamp:yyyy/MM/dd/HH}", "2026/01/02/03"))
    assert batch.key.endswith("-0000.parquet")
    assert read(content)[0] == [batch]
    assert read(content + b"\n")[0][0].key != batch.key


def test_an_error_object_that_firehose_wrote_twice_is_delivered_once() -> None:
    """ "At-least-once semantics" (basic-deliver): the second one has another name, and the same bytes."""
    content = body(failed(packed(document("a"))))
    assert read(content)[0] == read(content, key=f"{KEY}2")[0]


@pytest.mark.parametrize("arrived", [None, "yesterday", -1, 10**20, True])
def test_the_hour_is_the_error_objects_where_a_record_has_none(arrived: Any) -> None:
    (batch,), _counts = read(body(failed(packed(document("a")), arrivalTimestamp=arrived)))
    assert batch.hour == "2026/01/02/04"
    _batches, counts = read(body(failed(packed(document("a")), arrivalTimestamp=arrived)), key="somewhere/else")
    assert [one.reason for one in counts.rejected] == ["the error record has no arrivalTimestamp"]


def test_lines_that_the_handler_has_made_already() -> None:
    """format-conversion-failed has them; what doesn't fit the table any more is kept in rest."""
    lines = [
        {
            "account": SOURCE,
            "region": "r",
            "log_group": "/app",
            "log_stream": "s",
            "id": "1",
            "time": "never",
            "tries": 1,
        },
        {"account": OTHER, "region": "r", "id": "2", "level": "a", "tries": "x", "new": None, "rest": '{"k":1}'},
    ]
    raw = "".join(json.dumps(line) + "\n" for line in lines).encode()
    names = {"ErrorCode": "DataFormatConversion.InvalidSchema", "sequenceNumber": "1", "errorCode": None}
    for data in (base64.b64encode(raw).decode(), raw.decode()):
        batches, counts = read(body(failed(b"", **names, rawData=data)), APP)
        assert [batch.rows for batch in batches] == [
            (
                {
                    "account": SOURCE,
                    "region": "r",
                    "log_group": "/app",
                    "log_stream": "s",
                    "id": "1",
                    "tries": 1,
                    "rest": '{"@line":{"time":"never"}}',
                },
            ),
            (
                {
                    "account": OTHER,
                    "region": "r",
                    "id": "2",
                    "level": "a",
                    "rest": '{"@line":{"tries":"x","new":null},"@rest":"{\\"k\\":1}"}',
                },
            ),
        ]
        assert counts.codes == {"DataFormatConversion.InvalidSchema": 1}


def test_objects_may_be_compressed_and_without_newlines() -> None:
    content = json.dumps(failed(packed(document("a")))) + json.dumps(failed(packed(document("b"))))
    for made in (content.encode(), gzip.compress(content.encode())):
        (batch,), _counts = read(made)
        assert [row["message"] for row in batch.rows] == ["a", "b"]


def test_what_cannot_be_read_is_told_and_nothing_else_is_lost() -> None:
    good = json.dumps(failed(packed(document("a"))))
    texts = [
        good,
        '{"rawData": "broken',
        '"text"',
        json.dumps({**failed(b""), "rawData": None}),
        json.dumps({**failed(b""), "rawData": "not base64!"}),
        json.dumps(failed(packed(document("x"))[:-9])),
        json.dumps(failed(packed({"account": "../x", "region": "r"}))),
        json.dumps(failed(packed({**document(), "messageType": "CONTROL_MESSAGE"}))),
        good,
    ]
    batches, counts = read("\n".join(texts).encode())
    assert [row["message"] for batch in batches for row in batch.rows] == ["a", "a"]
    assert [(one.number, one.reason) for one in counts.rejected] == [
        (2, "the error record isn't JSON"),
        (3, "the error record isn't a JSON object"),
        (4, "the error record has no rawData"),
        (5, "the error record's rawData isn't base64"),
        (6, "is truncated gzip"),
        (7, "isn't a document of CloudWatch Logs"),
    ]
    assert all(one.size for one in counts.rejected)
    assert (counts.records, counts.events, counts.without) == (9, 2, 1)


def test_a_broken_error_object_is_told() -> None:
    batches, counts = read(gzip.compress(body(failed(packed(document("a")))))[:-9])
    assert batches == []
    assert [one.reason for one in counts.rejected] == ["the error object is truncated gzip"]


@pytest.mark.parametrize("limit", ["BATCH_ROWS", "BATCH_BYTES"])
def test_what_is_large_is_split_the_same_way_each_time(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    messages = [f"{number} {'x' * 1000}" for number in range(1000)]
    content = body(*(failed(packed(document(*messages[start : start + 100]))) for start in range(0, 1000, 100)))
    whole, _counts = read(content)
    monkeypatch.setattr(replay, limit, 250 if limit == "BATCH_ROWS" else 250_000)
    parts, _counts = read(content)
    assert (len(whole), len(parts)) == (1, 4)
    assert parts[0].key == whole[0].key
    assert len({part.key for part in parts}) == 4
    assert [row["message"] for part in parts for row in part.rows] == messages
    assert read(content)[0] == parts


def test_raw_tables_get_messages_alone() -> None:
    """Firehose decompresses and extracts there, without a function; what came before that failed is compressed."""
    records = [failed(packed(document("a", '{"b": 1}'))), failed(b"already extracted\n"), failed(b'{"already": 1}')]
    for table in (RAW, RAW_JSON):
        (batch,), counts = read(body(*records), table)
        assert batch.key.startswith(f"{table.name}/2026/01/02/03/replay-")
        assert batch.key.endswith(".gz")
        assert [row["message"] for row in batch.rows] == ["a", '{"b": 1}', "already extracted", '{"already": 1}']
        assert counts.events == 4
