# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a plan needs before it can be approved, and what its approval binds beside the steps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..._core.errors import Invalid
from ..effect import binding
from ..inventory.relations import as_list
from .host_plans import parts_of
from .plan_text import hash_of

EXPECTED = "what `closednet.aws.plan -e plan_json=PATH` wrote for this inventory"


def plan_unnamed(accounts: Mapping[str, Mapping[str, Any]], effect: Mapping[str, Any] | None = None) -> list[str]:
    """Return `FROM>TO: what opens` for each opening that allow_opens doesn't name: of hubs' tables, and of the effect.

    accounts: the variables of each host, with allow_opens and the results of the roles; effect: that of plan_effect
    """
    found = {
        name: text
        for variables in accounts.values()
        for _name, _prefix, part in parts_of(variables)
        for name, text in (part.get("unnamed_opens") or {}).items()
    }
    lines = [f"{name}: {text}" for name, text in found.items()]
    if effect:
        allowed = {str(name) for variables in accounts.values() for name in as_list(variables.get("allow_opens") or [])}
        # What the hub's own check names is told once.
        others = binding.unnamed(effect, sorted(allowed))
        lines += [line for line in others if line.partition(":")[0] not in found]
    return list(dict.fromkeys(lines))


def approved_effect(approved_plan: Any) -> dict[str, Any] | None:
    """Return the effect of an approved plan; None if the plan was made without. Raises Invalid for a changed plan.

    approved_plan: as the filter plan_json writes it, or parsed
    """
    if isinstance(approved_plan, str):
        try:
            approved_plan = json.loads(approved_plan)
        except ValueError as error:
            raise Invalid("approved_plan", approved_plan[:60], "isn't JSON", EXPECTED) from error
    if not isinstance(approved_plan, Mapping) or not isinstance(approved_plan.get("accounts"), Mapping):
        raise Invalid("approved_plan", type(approved_plan).__name__, "isn't a plan", EXPECTED)
    has_hash = "hash" in approved_plan or approved_plan.get("version", 1) != 1  # Plans of version 1 had none.
    if has_hash and approved_plan.get("hash") != hash_of(approved_plan):
        problem = "isn't the hash of what it holds: the plan was changed after it was written"
        raise Invalid("approved_plan.hash", approved_plan.get("hash"), problem, "the plan as it was approved")
    effect = approved_plan.get("effect")
    if effect is not None:
        binding.check(effect)
    return None if effect is None else dict(effect)
