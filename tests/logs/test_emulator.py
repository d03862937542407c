# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The same through the emulator, over HTTP: log events of two accounts, their subscriptions, the archive's destination,
Firehose, the shipped function, Parquet in S3; and error objects, replayed.

What of AWS the emulator has, and from where, is in its own tests: test_firehose_delivery, test_log_subscriptions.
"""

from __future__ import annotations

import collections
import gzip
import json
import re
from typing import Any

import pyarrow
import pytest
from botocore.exceptions import ClientError

from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import (
    glue,
    handler,
    layout,
    replay,
    replay_parquet,
    tables,
)
from ansible_collections.closednet.aws.plugins.module_utils._domain.logs.index import Place
from tests.emulator.conftest import HUB, SPOKE, SPOKE_2, Emulator
from tests.emulator.log_streams import BUCKET, Archive, processing, put_events
from tests.logs import proof
from tests.logs.records import control

REGION = "eu-central-1"
NAME = "logs"
DECLARED: dict[str, dict[str, Any]] = {
    "cloudwatch": {"type": "cloudwatch"},
    "app": {
        "type": "custom",
        "name": "app",
        "columns": [{"name": "level"}, {"name": "amount", "type": "double"}, {"name": "seen", "type": "timestamp"}],
    },
}
MESSAGES = [
    *("plain", "two\nlines", "é \U0001f600 \0", " ", "{}", "[1]", '{"level": NaN}', '{"level": "a"} tail'),
    *(
        '{"level": "info", "amount": 1.5, "ok": true}',
        '{"Level": 1, "level": {"a": 1}}',
        '{"level": "a", "level": "b"}',
    ),
    *('{"amount": "1.5"}', '{"amount": 0.12345678901234567890}', '{"seen": "2026-01-02T03:04:05.123456789Z"}'),
    *('{"seen": "2026-02-30T00:00:00Z"}', '{"id": "x", "account": "y", "rest": {"z": null}}'),
    *(f'{{"x": {"[" * 500}{"]" * 500}}}', "x" * 200_000),
]
# What S3 may answer, and the two ways in which the function fails: with its batch, and for each of its attempts.
FAULTS: dict[str, list[dict[str, Any]]] = {
    "none": [],
    "the function is throttled": [{"action": "throttle", "service": "lambda", "operation": "Invoke", "times": 3}],
    "the function can't be invoked": [{"action": "throttle", "service": "lambda", "operation": "Invoke", "times": 4}],
    "S3 is unavailable": [{"action": "unavailable", "service": "s3", "operation": "PutObject", "times": 3}],
    "Firehose is late": [{"action": "unavailable", "service": "firehose", "operation": "Deliver", "times": 2}],
}
FAULTS["all"] = [fault for kind in ("the function can't be invoked", "S3 is unavailable") for fault in FAULTS[kind]]


class Pipeline:
    """A log archive with one table, in the hub."""

    def __init__(self, emulator: Emulator, table: str, code: str | None = None, **function: Any):
        self.archive = Archive(emulator)
        (self.table,) = tables.parse("tables", [DECLARED[table]])
        self.stream = layout.stream_name(NAME, table)
        shipped = handler.code({self.stream: self.table.from_message})
        function_arn = self.archive.create_function(
            code or shipped, FunctionName=layout.function_name(NAME), **function
        )
        self.create_glue_table()
        members = self.archive.parquet()
        schema = members["DataFormatConversionConfiguration"]["SchemaConfiguration"]
        schema["TableName"] = table
        lambda_parameters = {"LambdaArn": function_arn, "BufferSizeInMBs": "0.2", "BufferIntervalInSeconds": "60"}
        stream_arn = self.archive.create_stream(
            self.stream,
            Prefix=layout.prefix(self.table),
            ErrorOutputPrefix=layout.error_prefix(self.table),
            DynamicPartitioningConfiguration={"Enabled": True},
            **members,
            **processing(("Lambda", lambda_parameters)),
        )
        destination = self.archive.create_destination(stream_arn, [SPOKE, SPOKE_2])
        self.logs = {account: emulator.client(account, "logs") for account in (SPOKE, SPOKE_2)}
        for logs in self.logs.values():
            logs.create_log_group(logGroupName="/app")
            logs.put_subscription_filter(
                logGroupName="/app", filterName="all", filterPattern="", destinationArn=destination
            )

    def create_glue_table(self) -> None:
        of_glue = self.archive.of["glue"]
        of_glue.create_database(DatabaseInput={"Name": "logs"})
        table = glue.glue_table(self.table, NAME, BUCKET, [SPOKE, SPOKE_2], [REGION])
        of_glue.create_table(DatabaseName="logs", TableInput=table)

    def deliver(self) -> None:
        for _pass in range(8):
            self.archive.pass_time()
            self.archive.objects()  # a call, before which what is due is delivered

    def put(self, *records: bytes) -> None:
        self.archive.of["firehose"].put_record_batch(
            DeliveryStreamName=self.stream, Records=[{"Data": record} for record in records]
        )

    def replay(self) -> replay.Counts:
        """Replay all error objects, as the module does: what is there already isn't written again."""
        counts = replay.Counts()
        for key, body in self.archive.objects(layout.errors_of(self.table.name)).items():
            for batch in replay.replay(key, body, self.table, Place(HUB, REGION), counts):
                content = replay_parquet.content(self.table, batch.rows)
                try:
                    self.archive.of["s3"].put_object(Bucket=BUCKET, Key=batch.key, Body=content, IfNoneMatch="*")
                except ClientError as error:
                    assert error.response["Error"]["Code"] == "PreconditionFailed"
        return counts

    def rows(self) -> list[tuple[str, dict[str, Any]]]:
        """Return (account of the path, row) of all objects of the table."""
        found = []
        for key, body in self.archive.objects(f"{self.table.name}/").items():
            place = re.fullmatch(rf"{self.table.name}/account=(\d{{12}})/\d{{4}}/\d\d/\d\d/\d\d/[^/]+\.parquet", key)
            assert place, key
            found += [(place[1], row) for row in proof.read(body)]
        return found


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("table", DECLARED)
def test_each_log_event_is_a_row_once(emulator: Emulator, table: str, kind: str) -> None:
    pipeline = Pipeline(emulator, table)
    sent = {}
    for account, logs in pipeline.logs.items():
        for identity, message in zip(put_events(logs, *MESSAGES), MESSAGES, strict=True):
            sent[identity] = account, message
    assert len(sent) == 2 * len(MESSAGES)
    for fault in FAULTS[kind]:
        emulator.control("POST", "faults", fault)
    pipeline.put(gzip.compress(json.dumps(control()).encode()))
    pipeline.deliver()
    assert ("can't be invoked" in kind or kind == "all") == (len(pipeline.rows()) < len(sent))

    counts = pipeline.replay()
    objects = pipeline.archive.objects()
    pipeline.replay()
    assert pipeline.archive.objects() == objects
    assert counts.rejected == []

    rows = pipeline.rows()
    assert collections.Counter(row["id"] for _account, row in rows) == collections.Counter(list(sent))
    columns = [column.name for column in pipeline.table.from_message]
    for account, row in rows:
        source, message = sent[row["id"]]
        assert (account, row["region"], row["log_group"], row["log_stream"]) == (source, REGION, "/app", "one")
        event = {"id": row["id"], "timestamp": _milliseconds(row["time"]), "message": message}
        assert proof.holds(row, event, columns), (row, message)


def _milliseconds(text: str) -> int:
    moment = pyarrow.scalar(text.removesuffix("Z").replace("T", " ")).cast(pyarrow.timestamp("ns"))
    return int(moment.value // 10**6)


def test_what_is_unreadable_lies_in_an_error_object(emulator: Emulator) -> None:
    pipeline = Pipeline(emulator, "cloudwatch")
    (identity,) = put_events(pipeline.logs[SPOKE], "beside them")
    broken = [gzip.compress(b'{"messageType": "DATA_MESSAGE"')[:-9], b"text", gzip.compress(b"[1]")]
    pipeline.put(*broken)
    pipeline.deliver()
    assert [row["id"] for _account, row in pipeline.rows()] == [identity]
    errors = pipeline.archive.errors(layout.errors_of("cloudwatch"))
    assert sorted(error["rawData"] for error in errors) == sorted(broken)
    reasons = collections.Counter(one.reason for one in pipeline.replay().rejected)
    assert reasons == {"is truncated gzip": 1, "isn't JSON": 1, "isn't a document of CloudWatch Logs": 1}
    assert len(pipeline.rows()) == 1


@pytest.mark.parametrize(
    ("change", "more"),
    [
        ('raise ValueError("broken")', {}),
        ("import time; time.sleep(30)", {"Timeout": 1}),
        ("event['records'] = event['records'][:-1]", {}),
        ("event['records'] *= 2", {}),
        ("return {'records': 'many'}", {}),
        ("return {'records': [{**one, 'result': 'Maybe', 'data': ''} for one in event['records']]}", {}),
        ("return {'records': [{**one, 'result': 'Ok'} for one in event['records']]}", {}),
    ],
    ids=["raises", "times out", "too few ids", "ids twice", "no list", "another result", "no partition keys"],
)
def test_a_function_that_fails_loses_nothing(emulator: Emulator, change: str, more: dict[str, Any]) -> None:
    """Whatever somebody made of the function: what Firehose has then is replayed."""
    table = tables.parse("tables", [DECLARED["cloudwatch"]])[0]
    shipped = handler.code({layout.stream_name(NAME, "cloudwatch"): table.from_message})
    code = shipped.replace("    arn = event[", f"    {change}\n    arn = event[", 1)
    assert code != shipped
    pipeline = Pipeline(emulator, "cloudwatch", code, **more)
    sent = {}
    for account, logs in pipeline.logs.items():
        sent |= dict.fromkeys(put_events(logs, "a", "b", "c"), account)
    pipeline.deliver()
    assert len(pipeline.rows()) < len(sent)
    assert pipeline.replay().rejected == []
    found = sorted((row["id"], account) for account, row in pipeline.rows())
    assert found == sorted(sent.items())


def test_rows_that_firehose_writes_twice_have_one_id(emulator: Emulator) -> None:
    """ "Firehose uses at-least-once semantics for data delivery" (basic-deliver): rows are known by their ids."""
    pipeline = Pipeline(emulator, "cloudwatch")
    sent = put_events(pipeline.logs[SPOKE], "a", "b")
    emulator.control("POST", "faults", {"action": "drop_after", "service": "s3", "operation": "PutObject", "times": 1})
    pipeline.deliver()
    assert sorted(row["id"] for _account, row in pipeline.rows()) == sorted([*sent, *sent])


def test_an_error_object_that_firehose_writes_twice_is_replayed_once(emulator: Emulator) -> None:
    pipeline = Pipeline(emulator, "cloudwatch")
    sent = put_events(pipeline.logs[SPOKE], "a", "b")
    for fault in FAULTS["the function can't be invoked"]:
        emulator.control("POST", "faults", fault)
    emulator.control("POST", "faults", {"action": "drop_after", "service": "s3", "operation": "PutObject", "times": 1})
    pipeline.deliver()
    assert len(set(pipeline.archive.objects(layout.errors_of("cloudwatch")).values())) == 1
    assert len(pipeline.archive.objects(layout.errors_of("cloudwatch"))) == 2
    pipeline.replay()
    assert sorted(row["id"] for _account, row in pipeline.rows()) == sorted(sent)
