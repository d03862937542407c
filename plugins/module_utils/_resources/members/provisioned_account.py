# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The permission sets, of whomever, that are provisioned in each declared account: read only."""

from __future__ import annotations

from ..._core.reconcile import Actual, ResourceType
from . import sso_instance

READ_AFTER = ("organization_account", "sso_instance")
INPUTS = ("accounts",)
PERMISSIONS = ("sso:ListPermissionSetsProvisionedToAccount",)
KIND = ResourceType("provisioned_account")


def read(aws, declared, found):
    """Return {account id: Actual} of the declared accounts that the organization has; details: sets (ARNs, sorted)."""
    instance = sso_instance.arn(found)
    if not instance:
        return {}
    accounts = sorted(declared.inputs.accounts.keys() & found["organization_account"].keys())
    listed = aws.gather(
        *(
            lambda account=account: aws.read(
                "sso-admin.list_permission_sets_provisioned_to_account",
                "PermissionSets",
                InstanceArn=instance,
                AccountId=account,
            )
            for account in accounts
        )
    )
    return {account: Actual(None, {}, False, {"sets": sorted(sets)}) for account, sets in zip(accounts, listed)}
