# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module log_replay: delivers what Firehose put under the error prefixes of a log archive, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .._aws.provider import AWS
from .._core.capability import Capability, Declared
from .._core.errors import Invalid
from .._core.inputs import ModuleInputs
from .._domain.logs import options, tables
from .._domain.logs.tables import Table
from .._domain.values import identifiers
from .._resources.logs import error_object

MIB = 2**20
MOST_MIB = 4096
ARGUMENT_SPEC = {
    "bucket": {"type": "str", "required": True},
    "tables": options.TABLES,
    "max_mib": {"type": "int", "default": 256},
}


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    bucket: str
    tables: Sequence[Table]
    max_bytes: int


def desired(params):
    identifiers.bucket("bucket", params["bucket"])
    if not 1 <= params["max_mib"] <= MOST_MIB:
        raise Invalid("max_mib", params["max_mib"], "is no size of a run", f"1 to {MOST_MIB} (MiB)")
    streamed = tuple(table for table in tables.parse("tables", params["tables"]) if table.streamed)
    if not streamed:
        expected = f"one of type {', '.join(tables.STREAMED)}: only Firehose writes under error prefixes"
        raise Invalid("tables", None, "has no table that Firehose fills", expected)
    inputs = Inputs.of(params, tables=streamed, max_bytes=params["max_mib"] * MIB)
    return Declared("log_replay", {"error_object": {}}, inputs)


def report(declared, found, ids, states):
    objects = {key: there.details for key, there in found["error_object"].items() if key}
    batches = [batch for details in objects.values() for batch in details["batches"]]
    counted = found["error_object"][""].details
    return {
        "replayed_objects": sum(not details["unread"] for details in objects.values()),
        "delivered_events": sum(batch["events"] for batch in batches if batch["body"] is not None),
        "events_already_there": sum(batch["events"] for batch in batches if batch["body"] is None),
        "unreadable": [
            {"object": key, "table": details["table"], "reason": details["unread"], "records": details["rejected"]}
            for key, details in objects.items()
            if details["unread"] or details["rejected"]
        ],
        "done_before": len(counted["done"] - objects.keys()),
        "objects_left": len(counted["pending"] - objects.keys()),
    }


CAPABILITY = Capability("log_replay", AWS, ARGUMENT_SPEC, desired, Inputs, (error_object,), report, once=True)
