# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A small model of Firehose with a Lambda function, dynamic partitioning and conversion to Parquet.

It has what AWS's pages say, and nothing of the emulator, so that the two can't be wrong in the same way:

- "Data transformation": a batch by the buffer's hint, requests and responses of 6 MB at most;
- "Handle failure in data transformation": three retries, then all of the batch is in processing-failed;
- "Required parameters for data transformation": recordId, result, data; a record without an answer has failed;
- "Create partitioning keys with an AWS Lambda function", "Troubleshoot dynamic partitioning errors";
- "Convert input data format" and "Handling errors for data format conversion": several JSON objects in a record,
  attributes that the schema lacks are lost, what doesn't fit the schema is in format-conversion-failed. That the whole
  record is there, and none of it in Parquet then, is not verified on AWS;
- "Basic delivery": a write to S3 is tried again until it succeeds (for 24 hours).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.closednet.aws.plugins.module_utils._domain.logs.tables import Table
from tests.logs.records import ARCHIVE, ARRIVED, HOUR, REGION

# Lambda: "Exceeded maximum allowed payload size (6291556 bytes)".
PAYLOAD = 6_291_556
RETRIES = 3
_TIME = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z|\d{4}-\d\d?-\d\d? \d\d:\d\d:\d\d(\.\d{1,9})?", re.ASCII
)


class Fault(Exception):
    """The function raised, timed out, or S3 refused a write."""


class NotForParquet(ValueError):
    """A record that can't be converted."""


@dataclass
class Firehose:
    """A stream `logs-TABLE` of the archive.

    function  what Lambda invokes
    faults    for each invocation in turn: None, or what makes an answer of the function's answer (or raises)
    writes    for each write to S3 in turn: whether it is refused
    delivered key -> rows; errors: key -> object
    """

    function: Callable[[Any], Any]
    table: Table
    faults: Iterator[Callable[[Any], Any] | None] = field(default_factory=lambda: iter(()))
    writes: Iterator[bool] = field(default_factory=lambda: iter(()))
    hint: int = 200_000
    payload: int = PAYLOAD
    delivered: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    errors: dict[str, bytes] = field(default_factory=dict)
    _failed: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _objects: int = 0

    def put(self, records: Iterable[bytes]) -> None:
        """Deliver records and write what failed."""
        batch: list[tuple[str, bytes]] = []
        for number, data in enumerate(records):
            if batch and sum(len(each) for _id, each in batch) + len(data) > self.hint:
                self._transform(batch)
                batch = []
            batch.append((f"4963{number:040d}", data))
        if batch:
            self._transform(batch)
        for kind, failed in self._failed.items():
            lines = "".join(json.dumps(one) + "\n" for one in failed)
            self._write(self.errors, f"errors/{self.table.name}/{kind}/{HOUR}/", lines.encode())
        self._failed = {}

    def _transform(self, batch: list[tuple[str, bytes]]) -> None:
        answers = self._answers(batch)
        for identity, data in batch:
            answer = answers.get(identity)
            if answer is None:
                self._fail("processing-failed", data, "Lambda.MissingRecordId", "A record Id is missing")
            elif answer.get("result") == "Ok":
                self._partition(base64.b64decode(answer["data"], validate=True), answer.get("metadata"))
            elif answer.get("result") != "Dropped":
                text = "Records could not be processed"
                self._fail("processing-failed", data, "Lambda.ProcessingFailedStatus", text)

    def _answers(self, batch: list[tuple[str, bytes]]) -> dict[str, Any]:
        event = {
            "invocationId": "invocation",
            "deliveryStreamArn": f"arn:aws:firehose:{REGION}:{ARCHIVE}:deliverystream/logs-{self.table.name}",
            "region": REGION,
            "records": [
                {
                    "recordId": identity,
                    "approximateArrivalTimestamp": ARRIVED,
                    "data": base64.b64encode(data).decode(),
                }
                for identity, data in batch
            ],
        }
        for _attempt in range(1 + RETRIES):
            try:
                request = json.dumps(event)
                if len(request) > self.payload:
                    raise Fault("request")
                fault = next(self.faults, None)
                answer = self.function(json.loads(request))
                response = json.dumps(fault(answer) if fault else answer)
                if len(response) > self.payload:
                    raise Fault("response")
                return {one["recordId"]: one for one in json.loads(response)["records"]}
            except Fault:
                continue
        return {identity: {"result": "ProcessingFailed"} for identity, _data in batch}

    def _partition(self, data: bytes, metadata: Any) -> None:
        keys = (metadata or {}).get("partitionKeys") or {}
        if not keys.get("account"):
            code = "DynamicPartitioning.MetadataExtractionFailed"
            self._fail("processing-failed", data, code, "partitionKeys values must not be null or empty")
            return
        try:
            rows = converted(data, self.table)
        except NotForParquet as error:
            self._fail("format-conversion-failed", data, "DataFormatConversion.ParseError", str(error))
            return
        self._write(self.delivered, f"{self.table.name}/account={keys['account']}/{HOUR}/", rows)

    def _fail(self, kind: str, data: bytes, code: str, message: str) -> None:
        parts = {"errorCode": code, "errorMessage": message, "rawData": base64.b64encode(data).decode()}
        record = {"attemptsMade": 4, "arrivalTimestamp": ARRIVED, **parts, "attemptEndingTimestamp": ARRIVED + 60_000}
        self._failed.setdefault(kind, []).append(record)

    def _write(self, objects: dict[str, Any], prefix: str, content: Any) -> None:
        while next(self.writes, False):
            pass  # refused, and tried again
        self._objects += 1
        objects[f"{prefix}logs-{self.table.name}-1-{self._objects:06d}"] = content


def converted(data: bytes, table: Table) -> list[dict[str, Any]]:
    """Return rows of the schema. Raises NotForParquet."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise NotForParquet("not UTF-8") from None
    rows, end = [], 0
    while end < len(text):
        try:
            value, end = json.JSONDecoder(parse_constant=_refused).raw_decode(text, end)
        except (ValueError, RecursionError):
            raise NotForParquet("not JSON") from None
        if not isinstance(value, dict):
            raise NotForParquet("not an object")
        rows.append(_row({key.lower(): item for key, item in value.items()}, table))
        while text[end : end + 1].isspace():
            end += 1
    if not rows:
        raise NotForParquet("empty")
    return rows


def _refused(name: str) -> Any:
    raise ValueError(name)


def _row(value: dict[str, Any], table: Table) -> dict[str, Any]:
    row = {}
    for column in table.columns:
        item = value.get(column.name)
        if item is not None and not _fits(item, column.type):
            raise NotForParquet(f"{column.name} is no {column.type}")
        if isinstance(item, str):
            try:
                item.encode()
            except UnicodeEncodeError:
                # Java writes a question mark, which is a loss that no error object tells.
                item = item.encode("utf-8", "replace").decode()
        row[column.name] = item
    return row


def _fits(item: Any, kind: str) -> bool:
    if kind == "string":
        return isinstance(item, str)
    if kind == "timestamp":
        return isinstance(item, str) and bool(_TIME.fullmatch(item))
    if kind == "boolean":
        return isinstance(item, bool)
    if kind == "double":
        return isinstance(item, int | float) and not isinstance(item, bool)
    bits = 31 if kind == "int" else 63
    return isinstance(item, int) and not isinstance(item, bool) and -(2**bits) <= item < 2**bits
