# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The credential that the module runs under: it has to be one that the tables' policies let write."""

from __future__ import annotations

from ..._core.reconcile import Actual, Conflict, ResourceType
from ..shared.partial_reads import unless

READ_AFTER = ()
INPUTS = ("operators",)
# GetCallerIdentity needs none.
PERMISSIONS = ("iam:GetRole",)
KIND = ResourceType("registry_operator")


def read(aws, declared, found):
    """Return {"main": Actual}; details: arn (of the credential), role (its role's ARN; None for a user)."""
    arn = aws.call("sts.get_caller_identity")["Arn"]
    account, resource = arn.split(":", 5)[4:]
    kind, _slash, name = resource.partition("/")
    role = None
    if kind == "assumed-role" and account == aws.account_id and not declared.absent:
        role = _role(aws, name.split("/")[0])
    return {"main": Actual(None, {}, False, {"arn": arn, "role": role})}


def _role(aws, name):
    """Return the ARN of a session's role, with its path: the ARN of a session lacks it, and policies compare it.

    A session outlives its role; then the path is unknown.
    """
    found = unless(("NoSuchEntity",), lambda: aws.call("iam.get_role", RoleName=name)["Role"]["Arn"], None)
    return found or f"arn:{aws.partition}:iam::{aws.account_id}:role/{name}"


def refuse(wanted, found, declared):
    """Raise Conflict for a run whose role the tables' policies would deny to read and write rows."""
    own = found["registry_operator"]["main"].details
    if not declared.absent and own["role"] not in declared.inputs.operators:
        needed = f"Add {own['role']}" if own["role"] else "Name a role of this account, and run under it"
        raise Conflict(
            f"operator_role_arns: this run's own credential is {own['arn']}, whose role isn't among them: the policy of"
            f" the table would deny it access. {needed}"
        )
