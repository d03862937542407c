# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module log_probe: marked events in a source's probe log group."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from .._aws.provider import AWS
from .._core.capability import Capability, Declared
from .._core.errors import Invalid
from .._core.inputs import ModuleInputs
from .._domain.logs import layout
from .._resources.logs import probe_event

MOST_EVENTS = 1000
ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "marker": {"type": "str", "required": True},
    "events": {"type": "int", "default": 10},
}


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    name: str
    now: datetime


def desired(params):
    layout.check_name("name", params["name"])
    if not layout.MARKER.fullmatch(params["marker"]):
        raise Invalid("marker", params["marker"], "is no UUID", "one in lower case, such as 123 | to_uuid makes")
    if not 1 <= params["events"] <= MOST_EVENTS:
        raise Invalid("events", params["events"], "is no number of events", f"1 to {MOST_EVENTS}")
    wanted = {params["marker"]: {"events": params["events"]}}
    return Declared("log_probe", {"probe_event": wanted}, Inputs.of(params, now=datetime.now(timezone.utc)))


def report(declared, found, ids, states):
    ((marker, fields),) = declared.resources["probe_event"].items()
    return {
        "marker": marker,
        "events": fields["events"],
        "log_group": layout.probe_group(declared.inputs.name),
        "time": probe_event.written_at(found["probe_event"].get(marker), declared.inputs.now),
    }


CAPABILITY = Capability("log_probe", AWS, ARGUMENT_SPEC, desired, Inputs, (probe_event,), report, once=True)
