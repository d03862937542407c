# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Approved steps of a plan of the whole inventory, for one module on one host."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..._core.errors import Invalid

VERSION = 2


def approved_steps(approved_plan: Any, host: str, result: str, item: str = "") -> list[dict[str, Any]]:
    """Return the approved steps of a host's result, such as `vpc_result`. item: the item's name, of a role that loops.

    approved_plan: as the filter plan_json writes it, or parsed. Raises Invalid if the plan doesn't have the result:
    then nothing is approved, which must not count as no restriction.
    """
    name = f"{result}.{item}" if item else result
    expected = "what `closednet.aws.plan -e plan_json=PATH` wrote for this inventory"
    if isinstance(approved_plan, str):
        try:
            approved_plan = json.loads(approved_plan)
        except ValueError as error:
            raise Invalid("approved_plan", approved_plan[:60], "isn't JSON", expected) from error
    if not isinstance(approved_plan, Mapping) or not isinstance(approved_plan.get("accounts"), Mapping):
        raise Invalid("approved_plan", type(approved_plan).__name__, "isn't a plan", expected)
    if approved_plan.get("version", VERSION) != VERSION:
        raise Invalid("approved_plan.version", approved_plan["version"], "is of another release", str(VERSION))
    account = approved_plan["accounts"].get(host)
    if account is None:
        raise Invalid("approved_plan", host, "isn't in it", "a plan with this host; plan again, and have that approved")
    if name not in account.get("results", {}):
        why = account.get("failures", {}).get(name, "it wasn't planned")
        raise Invalid(
            "approved_plan",
            f"{name} of {host}",
            f"isn't in it ({why})",
            "a plan of it; plan again, and have that approved",
        )
    steps: list[dict[str, Any]] = account["results"][name]
    return steps
