# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Benchmark of the log archive's Lambda function (make bench-logs): its work on a batch of records, beside gzip and
JSON alone on the same records, in turn and in one process, so that the ratio holds where absolute times don't.

Writes a part of bench/RESULTS.md.
"""

from __future__ import annotations

import base64
import gzip
import json
import platform
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import handler, tables
from bench.harness import publish

# 20 MB/s of decompressed log on a core where gzip and JSON alone do 140 MB/s.
MOST = 7.0
TABLES = tables.parse(
    "tables",
    [
        {"type": "cloudwatch"},
        {
            "type": "custom",
            "name": "app",
            "columns": [
                {"name": "level"},
                {"name": "trace"},
                {"name": "amount", "type": "double"},
                {"name": "ok", "type": "boolean"},
            ],
        },
    ],
)


@dataclass
class Speed:
    """Megabytes of decompressed records, and the seconds of a core for them: gzip and JSON alone, and the function."""

    table: str
    megabytes: float
    plain: float
    function: float

    @property
    def ratio(self) -> float:
        return self.function / self.plain


def _line(chance: random.Random) -> str:
    return (
        f"10.{chance.randrange(256)}.0.{chance.randrange(256)} - - [10/Oct/2026:13:55:{chance.randrange(60):02d} +0000]"
        f' "GET /api/v1/payments/{chance.randrange(10**9)} HTTP/1.1" {chance.choice([200, 404, 500])}'
        f' {chance.randrange(5000)} "Mozilla/5.0 (X11; Linux x86_64)" trace={chance.randrange(10**12):x}'
    )


def _object(chance: random.Random) -> str:
    return json.dumps(
        {
            "level": chance.choice(["info", "warn"]),
            "message": _line(chance),
            "amount": chance.randrange(10000) / 100,
            "trace": f"{chance.randrange(10**15):x}",
            "ok": True,
            "context": {"pod": chance.randrange(10), "zone": "a"},
        }
    )


def records(message: Callable[[random.Random], str], count: int = 20, events: int = 300) -> list[bytes]:
    """Return the documents of records, with the same messages each time."""
    chance = random.Random(13)
    return [
        json.dumps(
            {
                "messageType": "DATA_MESSAGE",
                "owner": "111111111111",
                "logGroup": "/aws/ecs/payments",
                "logStream": "app/web/0123456789abcdef",
                "subscriptionFilters": ["closednet"],
                "logEvents": [
                    {
                        "id": f"{chance.randrange(10**55):056d}",
                        "timestamp": 1_767_323_045_678 + 7 * number,
                        "message": message(chance),
                    }
                    for number in range(events)
                ],
            }
        ).encode()
        for _record in range(count)
    ]


def measured(table: str, runs: int = 9) -> Speed:
    """Measure a table's stream: the best of some runs of each, which alternate."""
    code: dict[str, Any] = {"__name__": "index"}
    exec(compile(handler.code({f"logs-{one.name}": one.from_message for one in TABLES}), "index.py", "exec"), code)
    documents = records(_line if table == "cloudwatch" else _object)
    event = {
        "deliveryStreamArn": f"arn:aws:firehose:eu-west-1:999999999999:deliverystream/logs-{table}",
        "records": [
            {"recordId": str(number), "data": base64.b64encode(gzip.compress(one)).decode()}
            for number, one in enumerate(documents)
        ],
    }

    def plain() -> None:
        for record in event["records"]:
            json.loads(gzip.decompress(base64.b64decode(record["data"])))

    def function() -> None:
        answers = code["handler"](event)["records"]
        if {answer["result"] for answer in answers} != {"Ok"}:
            raise RuntimeError("the records don't fit into one response")

    return Speed(table, sum(map(len, documents)) / 1e6, *_best(runs, plain, function))


def _best(runs: int, *each: Callable[[], None]) -> list[float]:
    """Return the fewest seconds of processor time of each."""
    best = [float("inf")] * len(each)
    for _run in range(runs):
        for number, one in enumerate(each):
            start = time.process_time()
            one()
            best[number] = min(best[number], time.process_time() - start)
    return best


def report(speeds: list[Speed]) -> list[str]:
    lines = [
        "| stream | gzip and JSON alone, MB/s | the function, MB/s | slower by | to reach |",
        "|---|---|---|---|---|",
    ]
    for one in speeds:
        rates = f"{one.megabytes / one.plain:.0f} | {one.megabytes / one.function:.0f}"
        lines.append(f"| {one.table} | {rates} | {one.ratio:.1f}x | {MOST:.0f}x |")
    return lines


def main() -> None:
    speeds = [measured(table.name, 25) for table in TABLES]
    before = (
        f"Made by `make bench-logs`, Python {platform.python_version()}, one core: a batch of 20 records with 300"
        " events each, from Firehose's event to the answer. MB are of decompressed records; `app` has columns from"
        " messages that are JSON objects."
    )
    publish("The log handler", [before, "", *report(speeds)])


if __name__ == "__main__":
    main()
