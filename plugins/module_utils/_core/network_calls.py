# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes of a plan that decide what a network lets through, as data for the effect of a plan. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .plan import Plan, Step, printable

# Services of boto3 whose writes may decide where packets go.
SERVICES = ("ec2", "elbv2", "network-firewall")
# Tags alone open and close nothing, and descriptions of rules neither.
WITHOUT_EFFECT = frozenset(
    {
        *("ec2.create_tags", "ec2.delete_tags", "elbv2.add_tags", "elbv2.remove_tags"),
        *("network-firewall.tag_resource", "network-firewall.untag_resource"),
        *("ec2.create_flow_logs", "ec2.delete_flow_logs"),
        "ec2.update_security_group_rule_descriptions_egress",
        "ec2.update_security_group_rule_descriptions_ingress",
    }
)


def of_plan(plan: Plan) -> list[dict[str, Any]]:
    """Return the plan's writes in the order in which they may be sent: [{address, operation, params, later: False}].

    An id that isn't known yet is the text of its Ref, as in plans.
    """
    return [_call(step, later=False) for step in _in_order(plan) if _is_network(step)]


def foreseen(first: Plan, then: Plan) -> list[dict[str, Any]]:
    """Return the writes of `then`, the plan once others have acted, that the first plan doesn't have; later: True."""
    now = {step.address for step in first.steps}
    return [_call(step, later=True) for step in _in_order(then) if _is_network(step) and step.address not in now]


def unforeseen(module: str, why: str) -> dict[str, Any]:
    """Return the entry that says that what a later phase does isn't known, and why."""
    return {"address": module, "operation": "", "params": {}, "later": True, "unknown": why}


def _is_network(step: Step) -> bool:
    service = step.operation.partition(".")[0]
    return not step.reads_only and service in SERVICES and step.operation not in WITHOUT_EFFECT


def _call(step: Step, later: bool) -> dict[str, Any]:
    return {
        "address": str(step.address),
        "operation": step.operation,
        "params": printable(step.params),
        "later": later,
    }


def _in_order(plan: Plan) -> Iterator[Step]:
    """Yield the steps so that each comes after those that it needs; otherwise in the plan's order."""
    needed = plan.prerequisites()
    left: Sequence[Step] = plan.steps
    done: set[str] = set()
    while left:
        ready = [step for step in left if needed[step.address] <= done]
        if not ready:  # A cycle is the engine's to report.
            ready = list(left)
        yield from ready
        done |= {step.address for step in ready}
        left = [step for step in left if step.address not in done]
