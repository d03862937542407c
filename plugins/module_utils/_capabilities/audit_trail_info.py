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
from .._domain.logs import digests, trail_report, trails
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
# API_CreateTrail, S3KeyPrefix.
PREFIX = r"[A-Za-z0-9!_.*'()-][A-Za-z0-9/!_.*'()-]{0,198}[A-Za-z0-9!_.*'()-]|[A-Za-z0-9]"


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
    identifiers.bucket("digests.bucket", asked["bucket"])
    if asked["prefix"] is not None and not re.fullmatch(PREFIX, asked["prefix"], re.ASCII):
        raise Invalid("digests.prefix", asked["prefix"], "is no prefix", f"one that matches {PREFIX}")
    if asked["organization_id"] is not None:
        identifiers.organization("digests.organization_id", asked["organization_id"])
    if asked["trail_name"] is not None:
        trails.check_name("digests.trail_name", asked["trail_name"])
    for index, account in enumerate(asked["account_ids"]):
        identifiers.account_id(f"digests.account_ids[{index}]", account)
    for index, region in enumerate(asked["regions"]):
        identifiers.region(f"digests.regions[{index}]", region)


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
