# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module egress_logs_info: what left by a central firewall, from its logs and analysis reports."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._aws.provider import AWS
from .._core.capability import Capability, Declared
from .._core.errors import Invalid
from .._core.inputs import ModuleInputs
from .._domain.egress import log_destinations, observations
from .._resources.facts import egress_logs

MOST_DAYS = 400
READABLE = ("s3", "cloud-watch-logs")
LOG_TYPES = ("ALERT", "FLOW")
ARGUMENT_SPEC = {
    "logs": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "log_type": {"type": "str", "choices": list(LOG_TYPES), "required": True},
            "destination_type": {"type": "str", "choices": list(READABLE), "default": "s3"},
            "destination": {"type": "str", "required": True},
        },
    },
    "firewalls": {"type": "list", "elements": "str", "default": []},
    "days": {"type": "int", "default": 35},
}


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    destinations: Mapping[str, Mapping[str, str]]
    firewalls: Sequence[str]
    days: int


def desired(params):
    if not params["logs"] and not params["firewalls"]:
        raise Invalid("logs", None, "is empty, and so is firewalls", "what to read")
    if not 1 <= params["days"] <= MOST_DAYS:
        raise Invalid("days", params["days"], "is no number of days", f"1 to {MOST_DAYS}")
    for index, name in enumerate(params["firewalls"]):
        if not re.fullmatch(r"[A-Za-z0-9-]{1,128}", name, re.ASCII):
            raise Invalid(f"firewalls[{index}]", name, "is no name of a firewall", "letters, digits and hyphens")
    destinations = log_destinations.parse("logs", params["logs"])
    return Declared("egress_logs_info", {"egress_logs": {}}, Inputs.of(params, destinations=destinations))


def report(declared: Declared, found: Any, ids: Any, states: Any) -> dict[str, Any]:
    details = found["egress_logs"]["main"].details
    return {
        "observed": observations.rows(details["seen"]),
        "reported": details["reported"],
        "unread": details["unread"],
    }


CAPABILITY = Capability(
    "egress_logs_info", AWS, ARGUMENT_SPEC, desired, Inputs, (egress_logs,), report, reads_only=True
)
