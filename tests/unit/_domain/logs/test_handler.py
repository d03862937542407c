# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Lambda function of a log archive: what it answers to Firehose, record by record."""

from __future__ import annotations

import ast
import base64
import gzip
import importlib.util
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import centralization, handler, index, tables
from ansible_collections.closednet.aws.plugins.module_utils._domain.values import function_archive

ARCHIVE, SOURCE, OTHER = "999999999999", "111111111111", "222222222222"
DECLARED = [
    {"type": "cloudwatch"},
    {
        "type": "custom",
        "name": "app",
        "columns": [
            {"name": "level"},
            {"name": "amount", "type": "double"},
            {"name": "tries", "type": "int"},
            {"name": "total", "type": "bigint"},
            {"name": "ok", "type": "boolean"},
            {"name": "seen", "type": "timestamp"},
        ],
    },
]
TABLES = tables.parse("tables", DECLARED)
CODE = handler.code({f"logs-{table.name}": table.from_message for table in TABLES})
LINE = {"account": SOURCE, "region": "eu-west-1", "log_group": "/app", "log_stream": "web", "id": "1"}


@pytest.fixture(name="function")
def function_fixture() -> Any:
    """Return the shipped code's globals."""
    code: dict[str, Any] = {"__name__": "index"}
    exec(compile(CODE, "index.py", "exec"), code)
    return code


def document(*events: Any, **fields: Any) -> dict[str, Any]:
    common = {"messageType": "DATA_MESSAGE", "owner": SOURCE, "logGroup": "/app", "logStream": "web"}
    return {**common, "subscriptionFilters": ["all"], "logEvents": list(events), **fields}


def event(message: Any, identity: Any = "1", timestamp: Any = 1_518_033_528_123, **more: Any) -> dict[str, Any]:
    return {"id": identity, "timestamp": timestamp, "message": message, **more}


def packed(*documents: Any) -> bytes:
    return gzip.compress("".join(map(json.dumps, documents)).encode())


def invoked(function: Any, *records: bytes, table: str = "cloudwatch") -> list[dict[str, Any]]:
    """Return the answers to records."""
    made = [
        {"recordId": str(number), "approximateArrivalTimestamp": 1, "data": base64.b64encode(data).decode()}
        for number, data in enumerate(records)
    ]
    arn = f"arn:aws:firehose:eu-west-1:{ARCHIVE}:deliverystream/logs-{table}"
    answer = function["handler"](
        {"invocationId": "1", "deliveryStreamArn": arn, "region": "eu-west-1", "records": made}
    )
    assert list(answer) == ["records"]
    assert [one["recordId"] for one in answer["records"]] == [one["recordId"] for one in made]
    return answer["records"]


def lines(answer: dict[str, Any]) -> list[dict[str, Any]]:
    assert answer["result"] == "Ok"
    text = base64.b64decode(answer["data"]).decode()
    assert text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def row(function: Any, message: Any, **more: Any) -> dict[str, Any]:
    """Return what a message's line has beyond LINE and time, in the table with columns."""
    answer = invoked(function, packed(document(event(message, **more))), table="app")[0]
    return {key: value for key, value in lines(answer)[0].items() if key not in {*LINE, "time"}}


def test_each_event_is_a_line_with_its_source(function: Any) -> None:
    data = packed(document(event("GET / 200"), event("é\n\0\U0001f600", "2", 0)))
    answer = invoked(function, data)[0]
    first = {**LINE, "time": "2018-02-07T19:58:48.123Z", "message": "GET / 200"}
    second = {**LINE, "id": "2", "time": "1970-01-01T00:00:00.000Z", "message": "é\n\0\U0001f600"}
    assert lines(answer) == [first, second]
    assert answer["metadata"] == {"partitionKeys": {"account": SOURCE}}


@pytest.mark.parametrize(
    "data",
    [
        packed(document(event("a"))) + packed(document(event("b"))),
        packed(document(event("a")), document(event("b"))),
        json.dumps(document(event("a"), event("b"))).encode(),
        b"\n " + json.dumps(document(event("a"), event("b")), indent=1).encode() + b"\n",
    ],
    ids=["gzip members", "documents in a member", "decompressed", "with spaces"],
)
def test_the_ways_in_which_documents_come(function: Any, data: bytes) -> None:
    assert [line["message"] for line in lines(invoked(function, data)[0])] == ["a", "b"]


def test_what_has_no_event_is_dropped(function: Any) -> None:
    """A CONTROL_MESSAGE checks whether a destination is reachable ("Subscription filters with Firehose")."""
    control = {**document(event("CWL CONTROL MESSAGE")), "messageType": "CONTROL_MESSAGE", "owner": "CloudwatchLogs"}
    answers = invoked(function, packed(control), packed(document()), packed(control, document(event("a"))))
    assert [one["result"] for one in answers] == ["Dropped", "Dropped", "Ok"]
    assert len(lines(answers[2])) == 1


def test_what_is_unreadable_comes_back_as_it_was(function: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Its reason is in the function's log, by name, without a word of the record; the others of its batch are fine."""
    broken = [packed(document(event("x")))[:-9], b"secret text", b"", packed([1]), packed(document(owner="../x"))]
    answers = invoked(function, *broken, packed(document(event("a"))))
    assert [one["result"] for one in answers] == ["ProcessingFailed"] * 5 + ["Ok"]
    assert [base64.b64decode(one["data"]) for one in answers[:5]] == broken
    assert json.loads(capsys.readouterr().out) == {
        "ProcessingFailed": {
            "is truncated gzip": 1,
            "isn't JSON": 1,
            "is empty": 1,
            "isn't a document of CloudWatch Logs": 1,
            "has no account as owner": 1,
        }
    }


def test_a_stream_without_a_table_loses_nothing(function: Any) -> None:
    data = packed(document(event("a")))
    answer = invoked(function, data, table="forgotten")[0]
    assert (answer["result"], base64.b64decode(answer["data"])) == ("ProcessingFailed", data)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("plain text", {"message": "plain text"}),
        ("[1]", {"message": "[1]"}),
        ('{"a": 1} tail', {"message": '{"a": 1} tail'}),
        ('{"level": NaN}', {"message": '{"level": NaN}'}),
        (
            '{"level": "info", "amount": 1, "tries": 2, "total": 3, "ok": true}',
            {"level": "info", "amount": 1, "tries": 2, "total": 3, "ok": True},
        ),
        ('{"message": "hello", "other": null}', {"message": "hello", "rest": '{"other":null}'}),
        ('{"level": null}', {}),
        ("{}", {}),
        # Values of another type.
        ('{"level": {"a": [1, "é"]}}', {"level": '{"a":[1,"é"]}'}),
        ('{"level": 5}', {"level": "5"}),
        ('{"tries": "5", "ok": 1}', {"rest": '{"tries":"5","ok":1}'}),
        ('{"tries": true, "amount": true}', {"rest": '{"tries":true,"amount":true}'}),
        ('{"tries": 2147483648}', {"rest": '{"tries":2147483648}'}),
        ('{"total": 9223372036854775808}', {"rest": '{"total":9223372036854775808}'}),
        ('{"amount": 9007199254740993}', {"rest": '{"amount":9007199254740993}'}),
        ('{"tries": 1.5}', {"rest": '{"tries":1.5}'}),
        # Names of columns that are CloudWatch's.
        ('{"id": 7, "time": "x", "account": "y", "rest": 1}', {"rest": '{"id":7,"time":"x","account":"y","rest":1}'}),
        # Keys alike by case: the first has the column.
        ('{"LEVEL": "a"}', {"level": "a"}),
        ('{"Level": "a", "level": "b"}', {"level": "a", "rest": '{"level":"b"}'}),
        # What Python's values don't reproduce is kept as text beside the columns.
        ('{"level": "a", "level": "b"}', {"level": "b", "rest": '{"level": "a", "level": "b"}'}),
        (
            '{"amount": 0.12345678901234567890}',
            {"amount": 0.12345678901234568, "rest": '{"amount": 0.12345678901234567890}'},
        ),
        ('{"amount": 1e400}', {"rest": '{"amount": 1e400}'}),
        ('{"amount": 1e-9999999999999999999}', {"amount": 0.0, "rest": '{"amount": 1e-9999999999999999999}'}),
        ('{"amount": 1.10}', {"amount": 1.1}),
        # Timestamps: the forms of "Convert input data format", and no others.
        ('{"seen": "2017-02-07T15:13:01.39256Z"}', {"seen": "2017-02-07T15:13:01.39256Z"}),
        ('{"seen": "2017-02-07 15:13:01.14"}', {"seen": "2017-02-07 15:13:01.14"}),
        ('{"seen": "2017-02-30T15:13:01Z"}', {"rest": '{"seen":"2017-02-30T15:13:01Z"}'}),
        ('{"seen": "2017-02-07T15:13:01+02:00"}', {"rest": '{"seen":"2017-02-07T15:13:01+02:00"}'}),
        ('{"seen": "0001-01-01T00:00:00Z"}', {"rest": '{"seen":"0001-01-01T00:00:00Z"}'}),
        ('{"seen": 1518033528}', {"rest": '{"seen":1518033528}'}),
        # Surrogates without their pair, which UTF-8 can't have.
        ("a\ud800", {"rest": '{"@event":{"message":"a\\ud800"}}'}),
        ('{"level": "\\ud800", "x": "\\udfff"}', {"rest": '{"level":"\\ud800","x":"\\udfff"}'}),
        ('{"level": "\\ud83d\\ude00"}', {"level": "\U0001f600"}),
        # What CloudWatch Logs never sends.
        (None, {"rest": '{"@event":{"message":null}}'}),
        ({"a": 1}, {"rest": '{"@event":{"message":{"a":1}}}'}),
    ],
)
def test_columns_and_the_rest_of_a_message(function: Any, message: Any, expected: dict[str, Any]) -> None:
    assert row(function, message) == expected


def test_deep_nesting_is_kept_as_text(function: Any) -> None:
    for depth in (*range(900, 1000, 7), 5000, 200_000):
        message = f'{{"x": {"[" * depth}{"]" * depth}}}'
        told = row(function, message)
        assert told in ({"message": message}, {"rest": json.dumps({"x": 0}, separators=(",", ":"))[:-2] + message[6:]})


def test_fields_of_an_event_that_no_column_has(function: Any) -> None:
    assert row(function, "a", ingestionTime=5) == {"message": "a", "rest": '{"@event":{"ingestionTime":5}}'}
    assert row(function, '{"x": 1}', timestamp="now") == {
        "rest": '{"@event":{"timestamp":"now"},"@message":"{\\"x\\": 1}"}'
    }
    answer = invoked(function, packed(document("text", {}, event("b", 7, -1))))[0]
    assert [json.loads(line["rest"]) for line in lines(answer)] == [
        {"@event": "text"},
        {"@event": {"id": None, "timestamp": None, "message": None}},
        {"@event": {"id": 7, "timestamp": -1}},
    ]


def test_a_centralized_log_group_tells_its_source(function: Any) -> None:
    """Only in the archive's account, so that no source can write rows of another one."""
    group = centralization.group_name(SOURCE, "us-east-1", "/app")
    fields = {"@aws.account": SOURCE, "@aws.region": "us-east-1"}
    answers = invoked(
        function,
        packed(document(event("a"), owner=ARCHIVE, logGroup=group)),
        packed(document(event("a"), owner=OTHER, logGroup=group)),
        packed(document(event("a", extractedFields=fields), owner=ARCHIVE)),
        packed(document(event("a", extractedFields=fields), owner=OTHER)),
    )
    told = [(lines(one)[0]["account"], lines(one)[0]["region"], lines(one)[0]["log_group"]) for one in answers]
    assert told == [
        (SOURCE, "us-east-1", "/app"),
        (OTHER, "eu-west-1", group),
        (SOURCE, "us-east-1", "/app"),
        (OTHER, "eu-west-1", "/app"),
    ]
    keys = [one["metadata"]["partitionKeys"]["account"] for one in answers]
    assert keys == [account for account, _region, _group in told]


def test_the_pattern_of_centralized_groups_is_the_rules() -> None:
    assert index._CENTRALIZED.pattern == centralization.REGEX


def test_a_record_of_two_accounts_fails(function: Any) -> None:
    """A record has one partition key ("Create partitioning keys with an AWS Lambda function")."""
    fields = [{"@aws.account": SOURCE}, {"@aws.account": OTHER}]
    data = packed(document(*(event("a", extractedFields=one) for one in fields), owner=ARCHIVE))
    assert invoked(function, data)[0]["result"] == "ProcessingFailed"
    assert invoked(function, packed(document(event("a")), document(event("b"), owner=OTHER)))[0]["result"] != "Ok"


def test_the_response_is_below_its_limit(function: Any) -> None:
    """What doesn't fit fails with its own data: a record that alone expands too far, and those that are one too many.

    "Data transformation": 6 MB for the response. Requests are as large as Firehose makes them (3 MB at most).
    """
    alone = packed(document(event("x" * 7_000_000)))
    some = [packed(document(*(event(f"{number} {'y' * 1000}") for number in range(500)))) for _record in range(20)]
    answers = invoked(function, alone, *some, packed(document(event("small"))))
    results = [one["result"] for one in answers]
    assert results[0] == "ProcessingFailed"
    assert results.count("Ok") > 5
    assert results[-1] == "Ok"
    assert results.count("ProcessingFailed") > 5
    assert 5_000_000 < len(json.dumps({"records": answers})) <= 6_000_000
    for answer, data in zip(answers, (alone, *some), strict=False):
        assert answer["result"] == "Ok" or base64.b64decode(answer["data"]) == data


def test_the_code_has_each_streams_columns_and_nothing_but_the_standard_library() -> None:
    tree = ast.parse(CODE)
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names
    assert CODE.count("TABLES: dict") == 1
    assert handler.code({}) == handler.source(index)
    assert handler.code({"b": (), "a": ()}) == handler.code({"a": (), "b": ()})
    assert len(function_archive.archive(CODE)) < 50_000


def test_the_zip_runs_as_lambda_runs_it(tmp_path: Path) -> None:
    (tmp_path / "code.zip").write_bytes(function_archive.archive(CODE))
    zipfile.ZipFile(tmp_path / "code.zip").extractall(tmp_path / "task")
    data = base64.b64encode(packed(document(event("a")))).decode()
    arn = f"arn:aws-cn:firehose:cn-north-1:{ARCHIVE}:deliverystream/logs-cloudwatch"
    request = {"deliveryStreamArn": arn, "region": "cn-north-1", "records": [{"recordId": "1", "data": data}]}
    module, _dot, name = handler.HANDLER.partition(".")
    run = f"import json, sys, {module}; print(json.dumps({module}.{name}(json.load(sys.stdin), None)))"
    # -S: without site-packages, which has the collection.
    command = [sys.executable, "-E", "-S", "-c", f"import sys; sys.path.insert(0, '.'); {run}"]
    done = subprocess.run(
        command, input=json.dumps(request), capture_output=True, text=True, cwd=tmp_path / "task", check=True
    )
    answer = json.loads(done.stdout)["records"][0]
    assert json.loads(base64.b64decode(answer["data"]))["region"] == "cn-north-1"


def test_the_source_is_found_in_the_zip_with_which_ansible_ships_modules(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "ansiballz.zip", "w") as made:
        made.writestr("shipped_index.py", handler.source(index))
    sys.path.insert(0, str(tmp_path / "ansiballz.zip"))
    try:
        spec = importlib.util.find_spec("shipped_index")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assert handler.source(module) == handler.source(index)
    finally:
        sys.path.pop(0)
