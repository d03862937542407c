# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The credential that the module runs under: it has to be one that the tables' policies let write."""

from __future__ import annotations

from ..._core.reconcile import Actual, Conflict, ResourceType

READ_AFTER = ()
INPUTS = ("operators",)
# GetCallerIdentity needs none.
PERMISSIONS = ()
KIND = ResourceType("registry_operator")


def read(aws, declared, found):
    """Return {"main": Actual}; details: arn, account, name (of the role; of a session its role's), kind."""
    arn = aws.call("sts.get_caller_identity")["Arn"]
    account, resource = arn.split(":", 5)[4:]
    kind, _slash, name = resource.partition("/")
    name = name.split("/")[0] if kind == "assumed-role" else name
    return {"main": Actual(None, {}, False, {"arn": arn, "account": account, "name": name, "kind": kind})}


def refuse(wanted, found, declared):
    """Raise Conflict for a run whose role the tables' policies would deny to read and write rows."""
    own = found["registry_operator"]["main"].details
    # The ARN of a session lacks its role's path.
    named = {(arn.split(":")[4], arn.rpartition("/")[2]) for arn in declared.inputs.operators}
    if not declared.absent and (own["account"], own["name"]) not in named:
        raise Conflict(
            f"operator_role_arns: this run's own credential is {own['arn']}, whose role isn't among them: the policy of"
            " the table would keep it out. Add its role, or run under one of them"
        )
