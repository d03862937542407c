# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Provisioning of changed permission sets: "you must call ProvisionPermissionSet to make these updates" in accounts.

One request for each account, not ALL_PROVISIONED_ACCOUNTS: so progress is seen, and an account in which it fails delays
no other.
"""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import OWN_ID, Address, Step, Wait
from ..._core.reconcile import ResourceType
from . import organization_account, permission_set, sso_instance

READ_AFTER = ("organization_account", "permission_set", "sso_instance")
INPUTS = ()
PERMISSIONS = ("sso:DescribePermissionSetProvisioningStatus", "sso:ProvisionPermissionSet")
KIND = ResourceType("permission_set_provisioning")


def read(aws, declared, found):
    """Return {}: the sets' details have the accounts that they are in, and where they aren't up to date."""
    return {}


def plan(wanted, found, declared):
    steps = []
    for name, account, needs in _due(found, declared):
        if not organization_account.why_not(found, account):
            steps.append(_step(name, account, needs, found))
    return one_by_one(steps, {})


def _due(found, declared):
    """Return (set, account, steps that come first) for accounts in which a declared set isn't, or won't be, latest."""
    changed = {}
    for step in permission_set.planned(found, declared):
        # Tags of a set aren't provisioned.
        if step.address.field and not step.address.field.startswith("tags."):
            changed.setdefault(step.address.name, []).append(step.address)
    return [
        (name, account, changed.get(name, ()))
        for name, there in sorted(found["permission_set"].items())
        if there.managed and name in declared.resources["permission_set"] and not declared.absent
        for account in there.details["accounts" if name in changed else "outdated"]
    ]


def _step(name, account, needs, found):
    arn, instance = found["permission_set"][name].id, sso_instance.arn(found)
    return Step(
        Address(KIND.name, f"{account}/{name}", "latest"),
        "sso-admin.provision_permission_set",
        {"InstanceArn": instance, "PermissionSetArn": arn, "TargetType": "AWS_ACCOUNT", "TargetId": account},
        before={"latest": False},
        after={"latest": True},
        needs=tuple(needs),
        alone=True,
        wait=Wait(
            "sso-admin.describe_permission_set_provisioning_status",
            {"InstanceArn": instance, "ProvisionPermissionSetRequestId": OWN_ID},
            "[PermissionSetProvisioningStatus.Status]",
            until=("SUCCEEDED",),
            failed=("FAILED",),
            pending=("IN_PROGRESS",),
            made="PermissionSetProvisioningStatus.RequestId",
            reason="PermissionSetProvisioningStatus.FailureReason",
        ),
    )


def one_by_one(steps, after):
    """Return the steps, those of an account one after another: AWS updates one role of an account at a time.

    The account is the first part of a step's name. after: account -> addresses of steps that come before all of them.
    """
    last, ordered = {}, []
    for step in steps:
        account = step.address.name.partition("/")[0]
        first = last.get(account, tuple(after.get(account, ())))
        ordered.append(replace(step, needs=(*step.needs, *first)))
        last[account] = (step.address,)
    return ordered


def findings(wanted, found, declared):
    return [
        f"permission_sets: {name} isn't up to date in account {account}, which"
        f" {organization_account.why_not(found, account)}"
        for name, account, _needs in _due(found, declared)
        if organization_account.why_not(found, account)
    ]
