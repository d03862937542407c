# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks that a plan is the one that was approved. Pure: no Ansible, no AWS."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .plan import Plan, leaves
from .reconcile import Conflict

# Unapproved steps that an error names at most.
MOST_LINES = 5

UNKNOWN = re.compile(r"\(known after [^()]*\)")
# Words for several ids, not the form of one: "subnets of tier app in (known after existing_vpc.main)".
UNKNOWN_IDS_IN_WORDS = re.compile(rf" {UNKNOWN.pattern}")


def refuse_unapproved(params: Mapping[str, Any], plan: Plan) -> None:
    approved = params.get("approved_plan")
    if approved is None:
        return
    # In JSON's types, as the approved plan was passed on.
    planned = json.loads(json.dumps(plan.describe(), default=str))
    malformed = next((step for step in approved if not isinstance(step.get("address"), str)), None)
    if malformed is not None:
        raise Conflict(f"approved_plan: {malformed} is no step of a plan; expected the `plan` of this module's result")
    lines = unapproved(approved, planned)
    if lines:
        more = f" and {len(lines) - MOST_LINES} more" if len(lines) > MOST_LINES else ""
        raise Conflict(
            "approved_plan: the plan is stale: since it was approved, what is there or what is declared has changed: "
            f"{'; '.join(lines[:MOST_LINES])}{more}. Next: plan again, and have that approved"
        )


def unapproved(approved: Sequence[Mapping[str, Any]], planned: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the steps of `planned` that `approved` lacks or has otherwise, one line each; [] if there are none.

    Both are as Plan.describe returns them. An id that wasn't known at approval may be any id now. Approved steps that
    are no longer needed are ignored, so an interrupted run can resume under the same approval.
    """
    at = {step["address"]: step for step in approved}
    # An address may hold an id, too.
    unknown = [step for step in approved if UNKNOWN.search(step["address"])]
    lines = []
    for step in planned:
        address = step["address"]
        same = at.get(address) or next((other for other in unknown if is_same(other["address"], address)), None)
        if same is None:
            lines.append(f"{step['action']} {address}: wasn't planned")
        elif differing := [key for key in ("action", "operation") if same.get(key) != step[key]]:
            lines.append(f"{step['action']} {address}: {differing[0]} was {same.get(differing[0])}")
        else:
            lines += [f"{step['action']} {address}: {line}" for line in _differing(same, step)][:1]
    return lines


def _differing(approved: Mapping[str, Any], planned: Mapping[str, Any]) -> Iterator[str]:
    for side in ("before", "after"):
        was, now = approved.get(side) or {}, planned[side] or {}
        for key in sorted({*was, *now}):
            if not is_same(was.get(key), now.get(key)):
                yield f"{key} {side} it was {_short(was.get(key))}, is {_short(now.get(key))} now"


def is_same(approved: Any, planned: Any) -> bool:
    """Return true if both are equal, except for ids that weren't known at approval.

    A list of such ids may have been in another order. Where even their number wasn't known (a tier's subnets), one item
    stood for all.
    """
    if isinstance(approved, str) and isinstance(planned, str):
        return re.fullmatch(".*".join(map(re.escape, UNKNOWN.split(approved))), planned, re.DOTALL) is not None
    if isinstance(approved, Mapping) and isinstance(planned, Mapping):
        return approved.keys() == planned.keys() and all(is_same(approved[key], planned[key]) for key in approved)
    if isinstance(approved, (list, tuple)) and isinstance(planned, (list, tuple)):
        return _is_same_list(approved, planned)
    return bool(approved == planned)


def _is_same_list(approved: Sequence[Any], planned: Sequence[Any]) -> bool:
    if len(approved) == 1 and isinstance(approved[0], str) and UNKNOWN_IDS_IN_WORDS.search(approved[0]):
        return all(isinstance(item, str) for item in planned)
    if len(approved) != len(planned):
        return False
    if all(map(is_same, approved, planned)):
        return True
    # Known items are matched first, so that none of them is left for an unknown one.
    unknown, left = [item for item in approved if not _is_known(item)], list(planned)
    for item in approved:
        if _is_known(item):
            if item not in left:
                return False
            left.remove(item)
    if not unknown:
        return False
    for other in left:
        if not (fitting := [item for item in unknown if is_same(item, other)]):
            return False
        # An item with text around its unknown id matches fewer values, so it is used up first.
        unknown.remove(max(fitting, key=lambda item: len(UNKNOWN.sub("", str(item)))))
    return True


def _is_known(value: Any) -> bool:
    return not any(isinstance(leaf, str) and UNKNOWN.search(leaf) for leaf in leaves(value))


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
