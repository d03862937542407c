# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run that failed says: what was being done, AWS's answer, what is done, what is left, what to do next."""

from __future__ import annotations

from .._aws.advice import code_of, next_step
from .._aws.client import Aws, describe
from .apply import StepFailed
from .capability import Capability
from .errors import Failure
from .plan import Plan, summarise

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # module.run says what is missing

MEANWHILE = (
    "It was read and planned anew, and is in the way still: another run or somebody else may be changing the same now."
    " Next: let that end, then run again: it goes on from there, nothing is made twice"
)


def failure(
    capability: Capability, aws: Aws, failed: StepFailed, plan: Plan, done: list[str], since: str = ""
) -> Failure:
    """since: what reading again has found."""
    changes = [step.address for step in plan.changes]
    left = [address for address in changes if address not in done]
    done = [address for address in changes if address in done]
    step, error = failed.step, failed.error
    what = describe(error) if isinstance(error, (ClientError, BotoCoreError)) else str(error)
    lost = (
        " The answer was lost, so it may have taken place: running again finds out." if failed.outcome_unknown else ""
    )
    return Failure(
        f"{step.action} {step.address}: {what}.{since}{lost}{_holders(capability, aws, failed)}"
        f" Done: {summarise(done)}. Not done: {summarise(left)}."
        f" {MEANWHILE if failed.contradicted else next_step(error, capability.name)}",
        error_code=code_of(error),
        done=done,
        left=left,
        plan=plan.describe(),
        changed=bool(done),
    )


def _holders(capability: Capability, aws: Aws, failed: StepFailed) -> str:
    """What holds the resource that AWS refused to remove, where its file can tell (holders: id -> words)."""
    if code_of(failed.error) != "DependencyViolation" or not failed.step.removes:
        return ""
    kind = failed.step.address.partition(".")[0]
    try:
        held_by = [
            holder
            for resource in capability.resources
            if resource.KIND.name == kind and hasattr(resource, "holders")
            for holder in resource.holders(aws, failed.step.removes)
        ]
    except (ClientError, BotoCoreError):
        return ""  # the refusal itself is what has to be told
    return f" It is held by {summarise(held_by)}." if held_by else ""
