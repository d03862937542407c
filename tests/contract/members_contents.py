# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Contents of IAM Identity Center, its identity store and account access manager, by names in place of ids."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

Contents = Iterator[tuple[str, list[dict[str, Any]]]]


def read_identity_center(sso: Any, store: Any, access: Any) -> Contents:
    """Read permission sets with their policies, assignments, where sets are provisioned, entitlements, people."""
    for instance in sso.list_instances()["Instances"]:
        store_id = instance["IdentityStoreId"]
        users = {user["UserId"]: user for user in store.list_users(IdentityStoreId=store_id)["Users"]}
        groups = {group["GroupId"]: group for group in store.list_groups(IdentityStoreId=store_id)["Groups"]}
        names = {id_: group["DisplayName"] for id_, group in groups.items()}
        names |= {id_: user["UserName"] for id_, user in users.items()}
        yield "users", [_without(user, "UserId", "UserArn", "Revision") for user in users.values()]
        yield "groups", [_without(group, "GroupId", "GroupArn", "Revision") for group in groups.values()]
        yield (
            "memberships",
            [
                {"group": names[id_], "user": names.get(each["MemberId"]["UserId"])}
                for id_ in groups
                for each in store.list_group_memberships(IdentityStoreId=store_id, GroupId=id_)["GroupMemberships"]
            ],
        )
        arns = sso.list_permission_sets(InstanceArn=instance["InstanceArn"])["PermissionSets"]
        sets = [_read_set(sso, instance["InstanceArn"], arn, names) for arn in arns]
        yield "permission-sets", sets
        yield "entitlements", list(_entitlements(access, names))


def _without(item: dict[str, Any], *keys: str) -> dict[str, Any]:
    made = ("CreatedAt", "UpdatedAt", "CreatedBy", "UpdatedBy", "IdentityStoreId")
    return {key: value for key, value in item.items() if key not in (*keys, *made)}


def _read_set(sso: Any, instance: str, arn: str, names: dict[str, str]) -> dict[str, Any]:
    one = {"InstanceArn": instance, "PermissionSetArn": arn}
    boundary = None
    with suppress(sso.exceptions.ResourceNotFoundException):
        boundary = sso.get_permissions_boundary_for_permission_set(**one)["PermissionsBoundary"]
    accounts = sso.list_accounts_for_provisioned_permission_set(**one)["AccountIds"]
    old = {"ProvisioningStatus": "LATEST_PERMISSION_SET_NOT_PROVISIONED"}
    customer = sso.list_customer_managed_policy_references_in_permission_set(**one)
    return {
        **_without(sso.describe_permission_set(**one)["PermissionSet"], "PermissionSetArn", "CreatedDate"),
        "Tags": sso.list_tags_for_resource(InstanceArn=instance, ResourceArn=arn)["Tags"],
        "Arn": arn,
        "managed": sso.list_managed_policies_in_permission_set(**one)["AttachedManagedPolicies"],
        "customer": customer["CustomerManagedPolicyReferences"],
        "inline": sso.get_inline_policy_for_permission_set(**one)["InlinePolicy"],
        "boundary": boundary,
        "outdated": sso.list_accounts_for_provisioned_permission_set(**one, **old)["AccountIds"],
        "assignments": [
            [account, each["PrincipalType"], names.get(each["PrincipalId"], each["PrincipalId"])]
            for account in accounts
            for each in sso.list_account_assignments(**one, AccountId=account)["AccountAssignments"]
        ],
    }


def _entitlements(access: Any, names: dict[str, str]) -> Iterator[dict[str, Any]]:
    for application in access.list_applications()["applications"]:
        arn = application["applicationArn"]
        for each in access.list_entitlements(applicationArn=arn, filter={})["entitlements"]:
            of = each["entitlement"]["principalRole"]
            (id_,) = of["principal"]["identityCenter"].values()
            yield {"role": of["roleArn"], "principal": names.get(id_, id_)}
