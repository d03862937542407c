# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The instance of IAM Identity Center: read only, since it is enabled in the console."""

from __future__ import annotations

from ..._core.reconcile import Actual, Conflict, ResourceType

READ_AFTER = ()
INPUTS = ("backend", "instance_arn")
PERMISSIONS = ("sso:DescribeInstance", "sso:ListInstances")
KIND = ResourceType("sso_instance")


def read(aws, declared, found):
    """Return {"main": Actual} whose id is the instance's ARN; details: identity_store_id, management_account_id.

    The owner of an organization's instance is its management account, also where a delegated administrator asks.
    Raises Conflict if there isn't exactly one, or it can't be used.
    """
    wanted = declared.inputs.instance_arn
    listed = aws.read("sso-admin.list_instances", "Instances")
    here = [instance for instance in listed if wanted in (None, instance["InstanceArn"])]
    if len(here) != 1:
        if declared.absent and not here:
            return {}
        raise Conflict(_not_one(wanted, [instance["InstanceArn"] for instance in listed], declared.place))
    instance = aws.call("sso-admin.describe_instance", InstanceArn=here[0]["InstanceArn"])
    if instance.get("Status", "ACTIVE") != "ACTIVE":
        raise Conflict(f"{instance['InstanceArn']} is {instance['Status']}, not ACTIVE: wait until it is")
    if instance.get("PermissionSetsEnabled") is False and declared.inputs.backend == "permission_set":
        raise Conflict(
            f"{instance['InstanceArn']} has no permission sets: it is an instance of one account, or they are switched"
            " off. Use the organization's instance, or backend: entitlement"
        )
    details = {
        "identity_store_id": instance["IdentityStoreId"],
        "management_account_id": instance["OwnerAccountId"],
    }
    return {"main": Actual(instance["InstanceArn"], {}, False, details)}


def _not_one(wanted, listed, place):
    here = f"account {place['account_id']} in {place['region']}"
    if wanted:
        return f"instance_arn: {wanted} doesn't exist; {here} has {', '.join(sorted(listed)) or 'none'}"
    if listed:
        return f"instance_arn: {here} has {len(listed)} instances, {', '.join(sorted(listed))}: name one"
    return (
        f"IAM Identity Center has no instance in {here}. Enable it in the console, run in the management account or the"
        " delegated administrator of IAM Identity Center, and in the instance's region"
    )


def arn(found):
    """Return the instance's ARN, None if there is none (which only state: absent accepts)."""
    instance = found["sso_instance"].get("main")
    return instance.id if instance else None


def management_account(found):
    """Return the id of the management account."""
    return found["sso_instance"]["main"].details["management_account_id"]


def is_delegated(found, declared):
    """Return true if the run's account isn't the management account but a delegated administrator."""
    return bool(found["sso_instance"]) and management_account(found) != declared.place["account_id"]
