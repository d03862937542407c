# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever CloudWatch Logs sends and whatever fails: each event is in the bucket once, by Firehose or by replay."""

from __future__ import annotations

import collections
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import (
    centralization,
    handler,
    index,
    tables,
)
from tests.logs import proof
from tests.logs.firehose import PAYLOAD, Fault, Firehose
from tests.logs.records import (
    ARCHIVE,
    ARRIVED,
    BROKEN,
    HOUR,
    REGION,
    SOURCES,
    control,
    document,
    event,
    members,
    packed,
)

COLUMNS = [
    {"name": "level"},
    {"name": "amount", "type": "double"},
    {"name": "tries", "type": "int"},
    {"name": "total", "type": "bigint"},
    {"name": "ok", "type": "boolean"},
    {"name": "seen", "type": "timestamp"},
]
# The same after somebody has changed types in Glue by hand: lines of the handler that don't fit.
CHANGED = [{**one, "type": {"level": "int", "amount": "bigint"}.get(one["name"], one.get("type"))} for one in COLUMNS]
CHANGED = [{key: value for key, value in one.items() if value} for one in CHANGED]
KINDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "cloudwatch": ({"type": "cloudwatch"}, {"type": "cloudwatch"}),
    "custom": ({"type": "custom", "name": "app", "columns": COLUMNS},) * 2,
    "changed": (
        {"type": "custom", "name": "app", "columns": COLUMNS},
        {"type": "custom", "name": "app", "columns": CHANGED},
    ),
}

any_text = st.text(st.characters(exclude_categories=()), max_size=12)  # surrogates and NUL too
keys = st.one_of(
    st.sampled_from(
        ["level", "Level", "LEVEL", "amount", "tries", "total", "ok", "seen", "message", "time", "id", "rest", "@event"]
    ),
    any_text,
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    any_text,
    st.sampled_from(
        ["2026-01-02T03:04:05.123456789Z", "2026-01-02 03:04:05", "2026-02-30T00:00:00Z", "1500-01-01T00:00:00Z"]
    ),
)
objects = st.dictionaries(
    keys,
    st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=6
    ),
)
ODD = [
    *("", " ", "{}", "[1, 2]", '"text"', "{", '{"level": 1} tail', "\0", "line\nline", '{"level": NaN}', "null"),
    *('{"level": "a", "level": "b"}', '{"LEVEL": "a", "level": "b"}', '{"x": {"y": 1, "y": 2}}'),
    *('{"amount": 0.12345678901234567890123}', '{"amount": 1e400}', '{"amount": 1e-9999999999999999999}'),
    *('{"amount": 9007199254740993}', '{"tries": 2147483648}', '{"total": 9223372036854775808}', '{"ok": 1}'),
    *('{"level": "\\ud800"}', '{"\\udfff": 1}', '{"level": ["\\ud800"]}', '{"level": "tab\there"}'),
    f'{{"x": {"9" * 5000}}}',
    '{"x": ' * 100_000,
    *(f'{{"x": {"[" * depth}{"]" * depth}}}' for depth in (100, 900, 960, 980, 5000)),
]
messages = st.one_of(
    any_text,
    objects.map(json.dumps),
    objects.map(lambda one: json.dumps(one, ensure_ascii=False)),
    st.sampled_from(ODD),
)
timestamps = st.one_of(
    st.integers(0, 2 * ARRIVED),
    st.sampled_from([-1, 2**63, 1.5, "1767323045678", None, True, 0, 9_214_646_399_999, 9_214_646_400_000, {"a": []}]),
)
FAULTS = ("none", "raises", "times out", "answers too few", "answers garbage", "loses the keys", "fails all")


class Sent(NamedTuple):
    """A record, its events by identity with the account that they are of; unreadable: nobody can read it."""

    data: bytes
    events: dict[str, tuple[Any, str]]
    unreadable: bool = False


@st.composite
def event_of(draw: Any, number: str) -> tuple[str, Any]:
    """Return an event with its identity: mostly as CloudWatch Logs sends it."""
    shape = draw(st.sampled_from(["event"] * 8 + ["number as id", "object as id", "message", "text", "list", "more"]))
    if shape == "text":
        return json.dumps(number), number
    if shape == "list":
        return json.dumps([number]), [number]
    identity: Any = {"number as id": int(number), "object as id": {"n": number}}.get(shape, number)
    message = draw(st.sampled_from([None, 5, {"a": "b"}, ["\ud800"]]) if shape == "message" else messages)
    made = event(identity, message, draw(timestamps))
    if shape == "more":
        made["ingestionTime"] = draw(scalars)
    return json.dumps(identity), made


@st.composite
def document_of(draw: Any, number: int) -> tuple[dict[str, Any], dict[str, tuple[Any, str]]]:
    numbers = [f"{1 + number}{place:03d}" for place in range(draw(st.integers(0, 4)))]
    drawn: list[tuple[str, Any]] = [draw(event_of(one)) for one in numbers]
    owner = draw(st.sampled_from([*SOURCES, ARCHIVE, ARCHIVE]))
    group = draw(st.sampled_from(["/app/payments", "", None, 5, "a\ud800"]))
    source, events = owner, {}
    if owner == ARCHIVE and draw(st.booleans()):
        source = draw(st.sampled_from(SOURCES))
        group = centralization.group_name(source, "us-east-1", "/app/payments")
    for identity, each in drawn:
        account = source
        if isinstance(each, dict) and owner == ARCHIVE and draw(st.booleans()):
            account = draw(st.sampled_from(SOURCES))
            each["extractedFields"] = {"@aws.account": account, "@aws.region": "us-west-2"}
        elif isinstance(each, dict) and draw(st.integers(0, 9)) == 0:
            # Only in the archive's own log groups do they tell the source.
            each["extractedFields"] = {"@aws.account": "000000000000" if owner != ARCHIVE else "nobody"}
        events[identity] = each, account
    fields = {"logGroup": group, "logStream": draw(st.sampled_from(["web/1", None]))}
    return document([each for _identity, each in drawn], owner, **fields), events


@st.composite
def record_of(draw: Any, number: int) -> Sent:
    shape = draw(st.sampled_from(["record"] * 5 + ["members", "documents", "plain", "control", "broken"]))
    if shape == "control":
        return Sent(packed(control()), {})
    if shape == "broken":
        return Sent(BROKEN[draw(st.sampled_from(sorted(BROKEN)))][0], {}, unreadable=True)
    made = [draw(document_of(10 * number + place)) for place in range(2 if shape in ("members", "documents") else 1)]
    events = {identity: event for _document, found in made for identity, event in found.items()}
    parts = [one for one, _found in made]
    if shape == "members":
        return Sent(members(*parts), events)
    if shape == "plain":
        return Sent(json.dumps(parts[0]).encode(), events)
    return Sent(packed(*parts), events)


records = st.integers(1, 5).flatmap(lambda count: st.tuples(*(record_of(number) for number in range(count))))


def fault(kind: str) -> Any:
    """Return what a fault makes of the function's answer."""

    def changed(answer: Any) -> Any:
        if kind in ("raises", "times out"):
            raise Fault(kind)
        if kind == "answers garbage":
            raise Fault("Lambda.JsonProcessingException")
        if kind == "answers too few":
            return {"records": answer["records"][1:]}
        if kind == "loses the keys":
            return {"records": [{**one, "metadata": {}} for one in answer["records"]]}
        return {"records": [{**one, "result": "ProcessingFailed"} for one in answer["records"]]}

    return None if kind == "none" else changed


def deliver(
    kind: str,
    sent: Sequence[Sent],
    faults: Sequence[str] = (),
    refused: Sequence[bool] = (),
    payload: int = PAYLOAD,
    broken_off: int = 0,
) -> collections.Counter[str]:
    """Send records, replay what fails, and check all rows; return the reasons of what nobody can read."""
    declared, glue = KINDS[kind]
    table, schema = (tables.parse("tables", [one])[0] for one in (declared, glue))
    code: dict[str, Any] = {"__name__": "index"}
    exec(compile(handler.code({f"logs-{table.name}": table.from_message}), "index.py", "exec"), code)
    code["RESPONSE_BYTES"] = min(payload, code["RESPONSE_BYTES"])

    def function(event: Any) -> Any:
        answer = code["handler"](event)
        assert [one["recordId"] for one in answer["records"]] == [one["recordId"] for one in event["records"]]
        assert len(json.dumps(answer)) <= payload
        return answer

    hint = 200_000 if payload == PAYLOAD else 4_000
    stream = Firehose(function, schema, map(fault, faults), iter(refused), hint, payload)
    stream.put([one.data for one in sent])

    stored: dict[str, bytes] = {}
    proof.replayed(stream.errors, schema, stored, broken_off)
    counts = proof.replayed(stream.errors, schema, stored)
    before = dict(stored)
    proof.replayed(stream.errors, schema, stored)
    assert stored == before

    rows = [(key, row) for key, found in stream.delivered.items() for row in found]
    rows += [(key, row) for key, content in stored.items() for row in proof.read(content)]
    expected = {identity: event for one in sent for identity, event in one.events.items()}
    assert collections.Counter(proof.identity(row) for _key, row in rows) == collections.Counter(list(expected))
    for key, row in rows:
        sent_event, account = expected[proof.identity(row)]
        assert key.startswith(f"{table.name}/account={account}/{HOUR}/")
        assert proof.holds(row, sent_event, [column.name for column in schema.from_message]), (row, sent_event)
    assert len(counts.rejected) == sum(one.unreadable for one in sent)
    return collections.Counter(one.reason for one in counts.rejected)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(
    sent=records,
    faults=st.lists(st.sampled_from(FAULTS), max_size=8),
    refused=st.lists(st.booleans(), max_size=6),
    payload=st.sampled_from([PAYLOAD, 12_000]),
    broken_off=st.integers(0, 3),
)
def test_each_event_is_delivered_once(
    kind: str, sent: tuple[Sent, ...], faults: list[str], refused: list[bool], payload: int, broken_off: int
) -> None:
    deliver(kind, sent, faults, refused, payload, broken_off)


@pytest.mark.parametrize("failing", ["none", "loses the keys", "fails all"])
@pytest.mark.parametrize("kind", KINDS)
def test_odd_messages_are_delivered_once(kind: str, failing: str) -> None:
    """Each by a record of its own, so that none hides behind another's failure."""
    sent = []
    for number, message in enumerate([*ODD, "\ud800", '{"level": "\ud800", "level": 1}', '{"level": "\U0001f600"}']):
        found = event(f"{number}", message)
        sent.append(Sent(packed(document([found])), {json.dumps(f"{number}"): (found, SOURCES[0])}))
    assert deliver(kind, sent, [failing] * 100) == {}


@pytest.mark.parametrize("name", BROKEN)
def test_what_nobody_can_read_is_told_by_name(name: str) -> None:
    data, reason = BROKEN[name]
    good = event("1", "beside it")
    sent = [Sent(data, {}, unreadable=True), Sent(packed(document([good])), {'"1"': (good, SOURCES[0])})]
    assert deliver("cloudwatch", sent) == {reason: 1}


@pytest.mark.parametrize("kind", ["cloudwatch", "custom"])
def test_large_records(kind: str) -> None:
    """Events of 1 MiB, the largest of CloudWatch Logs ("CloudWatch Logs quotas"), and the 10,000 of its largest batch.

    One record alone is beyond a response of 6 MB, and is delivered by replay.
    """
    long = [event(f"1{number}", f"{number} " + "x" * (2**20 - 100)) for number in range(9)]
    many = [event(f"2{number}", f'{{"level": "info", "total": {number}}}') for number in range(10_000)]
    wide = [event(f"3{number}", "\u00e9" * 500_000) for number in range(3)]
    sent = [
        Sent(packed(document(found)), {json.dumps(one["id"]): (one, SOURCES[0]) for one in found})
        for found in (long, long[:0], many, wide)
    ]
    assert deliver(kind, sent) == {}


def test_a_record_that_expands_without_end_is_refused() -> None:
    bomb = packed(document([event("x", "0" * (index.DECOMPRESSED_BYTES + 1))]))
    assert len(bomb) < 100_000
    with pytest.raises(index.Unreadable, match="expands beyond the limit"):
        index.parts(bomb, {}, index.Place(ARCHIVE, REGION))
