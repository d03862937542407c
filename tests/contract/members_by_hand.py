# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What people change by hand in IAM Identity Center and its identity store, for the cases of account_members."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.contract.world import World
from tests.emulator.conftest import MANAGEMENT, SPOKE, SPOKE_2

AUDIT = "arn:aws:iam::aws:policy/SecurityAudit"


def enable(world: World, **more: Any) -> dict[str, Any]:
    """Enable IAM Identity Center, or add to it; the answer's ids by name."""
    answer: dict[str, Any] = world.emulator.control("POST", "identity_center", more)
    return answer


def sso(world: World) -> Any:
    return world.client(MANAGEMENT, "sso-admin")


def store(world: World) -> Any:
    return world.client(MANAGEMENT, "identitystore")


def instance(world: World) -> str:
    arn: str = sso(world).list_instances()["Instances"][0]["InstanceArn"]
    return arn


def store_id(world: World) -> dict[str, str]:
    return {"IdentityStoreId": sso(world).list_instances()["Instances"][0]["IdentityStoreId"]}


def set_arn(world: World, name: str) -> str:
    """ARN of the permission set of this name."""
    of = {"InstanceArn": instance(world)}
    for arn in sso(world).list_permission_sets(**of)["PermissionSets"]:
        if sso(world).describe_permission_set(**of, PermissionSetArn=arn)["PermissionSet"]["Name"] == name:
            return str(arn)
    raise LookupError(name)


def one(world: World, name: str = "developers") -> dict[str, str]:
    return {"InstanceArn": instance(world), "PermissionSetArn": set_arn(world, name)}


def group_id(world: World, name: str) -> str:
    groups = store(world).list_groups(**store_id(world))["Groups"]
    return next(group["GroupId"] for group in groups if group["DisplayName"] == name)


def user_id(world: World, name: str) -> str:
    users = store(world).list_users(**store_id(world))["Users"]
    return next(user["UserId"] for user in users if user["UserName"] == name)


def assign(world: World, account: str, set_name: str, group: str = "", user: str = "", how: str = "create") -> None:
    """Create or delete an assignment by hand."""
    principal = {"PrincipalType": "GROUP", "PrincipalId": group_id(world, group)}
    if user:
        principal = {"PrincipalType": "USER", "PrincipalId": user_id(world, user)}
    getattr(sso(world), f"{how}_account_assignment")(
        **one(world, set_name), **principal, TargetId=account, TargetType="AWS_ACCOUNT"
    )


def by_hand(operation: str, name: str = "developers", **arguments: Any) -> Callable[[World], Any]:
    """Return a change to a permission set, provisioned as the console does."""

    def change(world: World) -> None:
        getattr(sso(world), operation)(**one(world, name), **arguments)
        sso(world).provision_permission_set(**one(world, name), TargetType="ALL_PROVISIONED_ACCOUNTS")

    return change


def settings(world: World) -> None:
    kept = {"Description": "Others", "SessionDuration": "PT2H", "RelayState": "https://others.example.com/"}
    by_hand("update_permission_set", **kept)(world)


def behind(world: World) -> None:
    """Change the set and change it back: the accounts have the version before that."""
    sso(world).attach_managed_policy_to_permission_set(**one(world), ManagedPolicyArn=AUDIT)
    sso(world).detach_managed_policy_from_permission_set(**one(world), ManagedPolicyArn=AUDIT)


def retag(world: World, id_: str, **values: str) -> None:
    pairs = [{"Key": key.replace("_", "-"), "Value": value} for key, value in values.items()]
    sso(world).tag_resource(InstanceArn=instance(world), ResourceArn=id_, Tags=pairs)


def set_removed(world: World) -> None:
    for account, group in ((SPOKE, "audit"), (SPOKE_2, "audit")):
        assign(world, account, "auditors", group, how="delete")
    sso(world).delete_permission_set(**one(world, "auditors"))


def renamed_by_hand(world: World, **values: str) -> None:
    operations = [{"AttributePath": path, "AttributeValue": value} for path, value in values.items()]
    group = group_id(world, "alpha-developers")
    store(world).update_group(**store_id(world), GroupId=group, Operations=operations)


def user_changed(world: World) -> None:
    values = {"name.givenName": "Anna", "name.familyName": "Other", "displayName": "Anna Other"}
    operations: list[dict[str, Any]] = [{"AttributePath": path, "AttributeValue": to} for path, to in values.items()]
    operations.append({"AttributePath": "emails", "AttributeValue": [{"Value": "anna@example.com", "Primary": True}]})
    store(world).update_user(**store_id(world), UserId=user_id(world, "ana"), Operations=operations)


def membership(world: World) -> str:
    listed = store(world).list_group_memberships(**store_id(world), GroupId=group_id(world, "alpha-developers"))
    return str(listed["GroupMemberships"][0]["MembershipId"])


def taken_out(world: World) -> None:
    store(world).delete_group_membership(**store_id(world), MembershipId=membership(world))


def group_removed(world: World) -> None:
    assign(world, SPOKE, "developers", "alpha-developers", how="delete")
    store(world).delete_group(**store_id(world), GroupId=group_id(world, "alpha-developers"))


def user_removed(world: World) -> None:
    store(world).delete_user(**store_id(world), UserId=user_id(world, "ana"))


def put_in(world: World) -> None:
    member = {"UserId": user_id(world, "eve")}
    store(world).create_group_membership(
        **store_id(world), GroupId=group_id(world, "alpha-developers"), MemberId=member
    )


def foreign_set(world: World) -> str:
    made = sso(world).create_permission_set(InstanceArn=instance(world), Name="developers")
    return str(made["PermissionSet"]["PermissionSetArn"])


def foreign_group(world: World) -> str:
    made = store(world).create_group(**store_id(world), DisplayName="alpha-developers", Description="By hand")
    return str(made["GroupId"])


def foreign_user(world: World) -> str:
    made = store(world).create_user(
        **store_id(world), UserName="ana", DisplayName="Ana", Name={"GivenName": "Ana", "FamilyName": "Hand"}
    )
    return str(made["UserId"])
