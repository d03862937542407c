# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Message of a failed run: what was being done, the cloud's answer, what is done, what is left, what to do next."""

from __future__ import annotations

from .apply import StepFailed
from .capability import Capability
from .cloud import Cloud, Meaning
from .errors import Failure
from .plan import Plan, summarise
from .resource import HasHolders

CONCURRENT_CHANGE_HINT = (
    "It was read and planned again, and still conflicts: another run or somebody else may be changing the same now."
    " Next: let that end, then run again: it goes on from there, nothing is created twice"
)


def failure(
    capability: Capability, cloud: Cloud, failed: StepFailed, plan: Plan, done: list[str], since: str = ""
) -> Failure:
    """Build the Failure of a failed step; its details are error_code, done, left, plan and changed.

    since: what reading again has found.
    """
    changes = [step.address for step in plan.changes]
    left = [address for address in changes if address not in done]
    done = [address for address in changes if address in done]
    step, error = failed.step, failed.error
    what = _what(cloud, error)
    lost = (
        " The answer was lost, so it may have taken place: running again finds out." if failed.outcome_unknown else ""
    )
    return Failure(
        f"{step.action} {step.address}: {what}.{since}{lost}{_holders(capability, cloud, failed)}"
        f"{_others(cloud, failed)} Done: {summarise(done)}. Not done: {summarise(left)}."
        f" {CONCURRENT_CHANGE_HINT if failed.already_done else cloud.next_step(error, capability.name)}",
        error_code=cloud.code(error),
        done=[str(address) for address in done],
        left=[str(address) for address in left],
        plan=plan.describe(),
        changed=bool(done),
    )


def _what(cloud: Cloud, error: Exception) -> str:
    return cloud.describe(error) if isinstance(error, cloud.errors) else str(error)


def _others(cloud: Cloud, failed: StepFailed) -> str:
    """Sentence on further failed steps; "" if there are none."""
    told = [f"{step.action} {step.address}: {_what(cloud, error)}" for step, error in failed.others]
    return f" Failed, too: {summarise(told)}." if told else ""


def _holders(capability: Capability, cloud: Cloud, failed: StepFailed) -> str:
    """Sentence on what still uses the resource that the cloud didn't delete; "" if its file can't tell (holders)."""
    if failed.meaning is not Meaning.IN_USE or not failed.step.removes:
        return ""
    kind = failed.step.address.kind
    try:
        held_by = [
            holder
            for resource in capability.resources
            if resource.KIND.name == kind and isinstance(resource, HasHolders)
            for holder in resource.holders(cloud, failed.step.removes)
        ]
    except cloud.errors:
        return ""  # the refusal itself is what the user has to learn
    return f" It is held by {summarise(held_by)}." if held_by else ""
