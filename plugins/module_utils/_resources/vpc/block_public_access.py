# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Mode of VPC Block Public Access of an account in a region. There is always one, and no tag gives it an owner."""

from __future__ import annotations

from ..._core.plan import Wait
from ..._core.reconcile import Actual, Call, Conflict, ResourceType, reconcile
from ..._domain.vpc.block_public_access import OFF
from ..shared import in_transition, states

READ_AFTER = ()
INPUTS = ("mode",)
PERMISSIONS = ("ec2:DescribeVpcBlockPublicAccessOptions", "ec2:ModifyVpcBlockPublicAccessOptions")
READ = "ec2.describe_vpc_block_public_access_options"
STATES = {"default-state": "available", "update-complete": "available", "update-in-progress": "modifying"}
CHANGE = "block_public_access.main:mode"


def read(aws, declared, found):
    """Return {"main": Actual} with field mode; details: state, by_policy, exclusions_allowed.

    by_policy: a declarative policy sets the mode.
    """
    options = aws.call(READ)["VpcBlockPublicAccessOptions"]
    return {
        "main": Actual(
            f"{aws.account_id}/{aws.region}",
            {"mode": options["InternetGatewayBlockMode"]},
            details={
                "state": STATES.get(options["State"], options["State"]),
                "by_policy": options.get("ManagedBy") == "declarative-policy",
                "exclusions_allowed": options.get("ExclusionsAllowed") != "not-allowed",
            },
        )
    }


def mode_after(declared, found):
    """Return the mode that the plan leads to. Absent turns off the declared mode, and no other."""
    there = found["block_public_access"]["main"]
    current, mode = there.fields["mode"], declared.inputs.mode
    if declared.absent:
        return OFF if mode == current and not there.details["by_policy"] else current
    return mode or current


def plan(wanted, found, declared):
    there = found["block_public_access"]
    mode, current = mode_after(declared, found), there["main"].fields["mode"]
    if mode != current and there["main"].details["by_policy"]:
        raise Conflict(
            f"internet_gateway_block_mode: {mode} is declared, but a declarative policy of the organization sets"
            f" {current}, which the account can't change. Change the policy in the management account, or declare"
            f" {current}, or none"
        )
    # Exclusions take effect before the mode changes.
    names = [] if declared.absent else declared.resources["block_public_access_exclusion"]
    excluded = [f"block_public_access_exclusion.{name}" for name in names]
    steps = [f"{address}{suffix}" for address in excluded for suffix in ("", ":mode", ":pending", ":modifying")]
    wanted = {"main": {"mode": mode, "needs": steps}}
    return reconcile(KIND, wanted, there) or in_transition.settle(
        KIND.name, wanted, there, lambda id_: _settled(mode, current)
    )


def notes(wanted, found, declared):
    there = found["block_public_access"]["main"]
    current, mode = there.fields["mode"], declared.inputs.mode
    if declared.absent and current != OFF and mode_after(declared, found) == current and mode not in (None, OFF):
        who = "a declarative policy of the organization sets it" if there.details["by_policy"] else "somebody set it"
        return [f"the mode {current} of VPC Block Public Access stays: {who}, and {mode} is declared"]
    return []


def findings(wanted, found, declared):
    return states.findings(wanted, found["block_public_access"], ("available",), {})


def _settled(mode, before):
    """Return the wait for the end of a change of the mode.

    AWS shows default-state before the first change ever, and after the last, so the mode is compared, too:
    https://github.com/hashicorp/terraform-provider-aws/issues/49517.
    """
    state = "[join(' ', VpcBlockPublicAccessOptions.[State, InternetGatewayBlockMode])]"
    until = (f"update-complete {mode}", *(("default-state off",) if mode == OFF else ()))
    pending = {f"{state} {shown}" for state in STATES for shown in (before, mode)}.difference(until)
    return Wait(READ, {}, state, until=until, pending=tuple(sorted(pending)))


KIND = ResourceType(
    "block_public_access",
    changes={
        ("mode",): lambda id_, before, after: [
            Call(
                "ec2.modify_vpc_block_public_access_options",
                {"InternetGatewayBlockMode": after["mode"]},
                wait=_settled(after["mode"], before["mode"]),
            )
        ]
    },
)
