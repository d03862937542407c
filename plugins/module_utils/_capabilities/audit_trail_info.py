# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module audit_trail_info: an account's trails, and what their digests prove of the log files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .._aws.provider import AWS
from .._core.capability import Capability, Declared
from .._core.errors import Invalid
from .._core.inputs import ModuleInputs
from .._domain.logs import digests, trail_report
from .._domain.values import identifiers
from .._resources.facts import trail_facts

MOST_DAYS = 7
ARGUMENT_SPEC = {
    "days": {"type": "int", "default": 1},
    "digests": {
        "type": "dict",
        "options": {
            "bucket": {"type": "str", "required": True},
            "prefix": {"type": "str"},
            "organization_id": {"type": "str"},
            "account_ids": {"type": "list", "elements": "str", "default": []},
            "regions": {"type": "list", "elements": "str", "default": []},
            "trail_name": {"type": "str"},
        },
    },
}
# API_CreateTrail: names of trails and prefixes; API_Organization: its id; "General purpose bucket naming rules".
PATTERNS = {
    "bucket": (r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "bucket"),
    "prefix": (r"[A-Za-z0-9!_.*'()-][A-Za-z0-9/!_.*'()-]{0,198}[A-Za-z0-9!_.*'()-]|[A-Za-z0-9]", "prefix"),
    "organization_id": (r"o-[a-z0-9]{10,32}", "organization's id"),
    "trail_name": (r"[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]", "trail's name"),
}
REGION = r"[a-z]{2}(-[a-z]+)+-\d"


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    days: int
    digests: Mapping[str, Any] | None
    now: datetime


def desired(params):
    if not 1 <= params["days"] <= MOST_DAYS:
        raise Invalid("days", params["days"], "is no number of days", f"1 to {MOST_DAYS}")
    asked = params["digests"]
    if asked is not None:
        _check(asked)
    return Declared("audit_trail_info", {"trail_facts": {}}, Inputs.of(params, now=datetime.now(timezone.utc)))


def _check(asked):
    for option, (pattern, what) in PATTERNS.items():
        _matches(f"digests.{option}", asked[option], pattern, what)
    for index, account in enumerate(asked["account_ids"]):
        identifiers.account_id(f"digests.account_ids[{index}]", account)
    for index, region in enumerate(asked["regions"]):
        _matches(f"digests.regions[{index}]", region, REGION, "region")


def _matches(option, value, pattern, what):
    if value is not None and not re.fullmatch(pattern, value, re.ASCII):
        raise Invalid(option, value, f"is no {what}", f"one that matches {pattern}")


def report(declared, found, ids, states):
    facts = found["trail_facts"]["main"].details
    told = [trail_report.as_data(trail) for trail in facts.get("trails", ())]
    chains = [
        {"account_id": account, "region": region or None, "trail": trail or None, **digests.as_data(chain)}
        for (account, region, trail), chain in facts.get("chains", {}).items()
    ]
    verdicts = {chain["verdict"] for chain in chains} or {digests.UNKNOWN}
    worst = next(verdict for verdict in digests.WORST_FIRST if verdict in verdicts)
    return {
        "trails": told,
        "chains": chains,
        "verdict": worst if declared.inputs.digests else None,
        "unread": {**facts["denied"], **facts["unread"]},
    }


CAPABILITY = Capability(
    "audit_trail_info", AWS, ARGUMENT_SPEC, desired, Inputs, (trail_facts,), report, reads_only=True
)
