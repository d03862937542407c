# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The inline policy of a role that revokes its older sessions. A schedule renews it in the account, or each run.

"Revoke IAM role temporary security credentials", IAM User Guide.
"""

from __future__ import annotations

import datetime
import json

from ..._core.plan import Step
from ..._core.reconcile import Actual, ResourceType
from ..._domain.pci import guard_policies

READ_AFTER = ("authorization_details",)
INPUTS = ("guarded_roles", "name", "path", "revoke")
PERMISSIONS = ("iam:PutRolePolicy",)
KIND = ResourceType("session_revocation")


def read(aws, declared, found):
    """Return {role: Actual} with the field moment (datetime): sessions that began earlier are revoked.

    Roles without such a policy, or whose policy says something else, are left out.
    """
    roles = [
        role
        for role in found["authorization_details"]["main"].details["RoleDetailList"]
        if role["Path"] == declared.inputs.path
    ]
    moments = {
        role["RoleName"]: guard_policies.moment_of(policy["PolicyDocument"])
        for role in roles
        for policy in role["RolePolicyList"]
        if policy["PolicyName"] == guard_policies.REVOCATION
    }
    return {name: Actual(None, {"moment": moment}) for name, moment in moments.items() if moment}


def plan(wanted, found, declared):
    there = found["session_revocation"]
    steps = []
    for role, fields in wanted.items():
        latest = _now() - datetime.timedelta(seconds=fields["max_age"])
        if role in there and latest - there[role].fields["moment"] < datetime.timedelta(minutes=fields["every"]):
            continue
        moment = guard_policies.text_of(latest)
        steps.append(
            Step(
                f"session_revocation.{role}",
                "iam.put_role_policy",
                {
                    "RoleName": role,
                    "PolicyName": guard_policies.REVOCATION,
                    "PolicyDocument": json.dumps(guard_policies.revocation(moment)),
                },
                before={"moment": guard_policies.text_of(there[role].fields["moment"])} if role in there else None,
                after={"moment": moment},
                needs=(f"iam_role.{role}",),
            )
        )
    return steps


def findings(wanted, found, declared):
    """Report roles whose older sessions the schedule doesn't revoke."""
    revoke = declared.inputs.revoke
    if declared.absent or not revoke or revoke["by"] != "schedule":
        return []
    slack = datetime.timedelta(seconds=revoke["max_age"], minutes=2 * revoke["every"])
    last = {role: there.fields["moment"] for role, there in found["session_revocation"].items()}
    made = {
        role["RoleName"]: role["CreateDate"]
        for role in found["authorization_details"]["main"].details["RoleDetailList"]
    }
    return [
        f"sessions of role {role} are not ended"
        + (f" since those that began before {guard_policies.text_of(last[role])}" if role in last else " so far")
        + f": the errors of the Lambda function {guard_policies.function_name(declared.inputs.name)}"
        " tell this account why"
        for role in declared.inputs.guarded_roles
        # A role has no older sessions than itself.
        if role in found["iam_role"] and last.get(role, made[role]) < _now() - slack
    ]


def _now():
    return datetime.datetime.now(datetime.timezone.utc)
