# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The credential that the module runs under: a guard must not lock out whoever maintains it."""

from __future__ import annotations

from ..._core.reconcile import Actual, Conflict, ResourceType
from ..._domain.iam.policy_evaluation import like

READ_AFTER = ()
INPUTS = ("exempt", "guarded_roles", "iam_users", "kept_users")
# GetCallerIdentity needs none.
PERMISSIONS = ()
KIND = ResourceType("caller_identity")


def read(aws, declared, found):
    """Return {"main": Actual}; details: arn, kind (assumed-role, user, root), name (of the role or user)."""
    arn = aws.call("sts.get_caller_identity")["Arn"]
    kind, _slash, name = arn.split(":", 5)[5].partition("/")
    name = name.split("/")[0] if kind == "assumed-role" else name.rpartition("/")[2]
    return {"main": Actual(None, {}, False, {"arn": arn, "kind": kind, "name": name})}


def plan(wanted, found, declared):
    own = found["caller_identity"]["main"]
    guarded = {*declared.inputs.guarded_roles, *(name for name, role in found["iam_role"].items() if role.managed)}
    if own.details["kind"] == "assumed-role" and own.details["name"] in guarded:
        raise Conflict(
            f"roles: this run's own credential is {own.details['arn']}, and the boundary of {own.details['name']} lets"
            " nobody change the guard. Run it under a role that it doesn't guard, such as the way in for emergencies"
        )
    deactivates = declared.inputs.iam_users == "deactivate" and not declared.absent
    if own.details["kind"] == "user" and deactivates and own.details["name"] not in declared.inputs.kept_users:
        raise Conflict(
            f"iam_users: this run's own credential is {own.details['arn']}, which would be deactivated. Run it under a"
            " role, or name the user in break_glass_users"
        )
    return []


def notes(wanted, found, declared):
    arn = None if declared.absent else bound(found, declared.inputs.exempt)
    if not arn:
        return []
    return [
        f"the service control policy would bind {arn}, which runs this: name its role in break_glass_arns before the"
        " policy is attached"
    ]


def bound(found, exempt):
    """Return the ARN of the credential, or None if it matches one of the exempt principals (ARNs, with wildcards)."""
    own = found["caller_identity"]["main"].details
    arn = own["arn"]
    if own["kind"] == "assumed-role":
        # A session's ARN lacks the role's path.
        account = arn.split(":")[4]
        roles = found["authorization_details"]["main"].details["RoleDetailList"]
        made = (role["Arn"] for role in roles if role["RoleName"] == own["name"])
        arn = next(made, f"arn:{arn.split(':')[1]}:iam::{account}:role/{own['name']}")
    return None if any(like(arn, pattern) for pattern in exempt) else arn
