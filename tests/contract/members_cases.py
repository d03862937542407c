# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cases of account_members: by permission sets, and by entitlements to roles."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.contract.case import TAGS, Case, Drift, tags
from tests.contract.world import World
from tests.emulator.conftest import MANAGEMENT, SPOKE, SPOKE_2

READS = ("sso-admin", "List*")
MANAGED = "arn:aws:iam::aws:policy/PowerUserAccess"
AUDIT = "arn:aws:iam::aws:policy/SecurityAudit"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
INLINE = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*"}]}
BOUNDARY = {"name": "customer-boundary", "path": "/"}


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


def before(world: World) -> None:
    enable(world, groups=[{"name": "audit"}, {"name": "strangers"}], users=[{"name": "eve"}])


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


SETS = [
    {
        "name": "developers",
        "description": "Work on the customer's applications",
        "session_duration": "PT8H",
        "relay_state": "https://eu-central-1.console.aws.amazon.com/ecs",
        "managed_policies": [MANAGED],
        "customer_managed_policies": [{"name": "customer-extra", "path": "/team/"}],
        "inline_policy": INLINE,
        "permissions_boundary": BOUNDARY,
    },
    {
        "name": "auditors",
        "managed_policies": [AUDIT],
        "permissions_boundary": {"managed_policy_arn": READ_ONLY},
    },
    {"name": "viewers", "managed_policies": [READ_ONLY]},
]
MEMBERS = {
    SPOKE: {"host": "alpha", "members": {"developers": ["alpha-developers"], "auditors": ["audit"]}},
    SPOKE_2: {"host": "beta", "members": {"auditors": ["audit"]}},
}
PEOPLE = {
    "groups": [{"name": "alpha-developers", "description": "Of project alpha", "users": ["ana"]}],
    "users": [{"name": "ana", "given_name": "Ana", "family_name": "Example", "email": "ana@example.com"}],
}
OPTIONS = {"name": "members", "permission_sets": SETS, "accounts": MEMBERS, **PEOPLE, "tags": TAGS}


def policies(world: World) -> None:
    """Create what each account must have itself: the set's customer managed policies and boundary."""
    anything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [anything]})
    for account in (SPOKE, SPOKE_2):
        iam = world.client(account, "iam")
        iam.create_policy(PolicyName="customer-extra", Path="/team/", PolicyDocument=document)
        iam.create_policy(PolicyName="customer-boundary", PolicyDocument=document)


def with_policies(world: World) -> None:
    before(world)
    policies(world)


BY_SET = "account_assignment.222222222222/developers/strangers"
PERMISSION_SETS = Case(
    "account_members",
    MANAGEMENT,
    OPTIONS,
    [MANAGEMENT],
    [
        Drift(
            "permission_set: settings",
            "permission_set",
            ("description", "session_duration", "relay_state"),
            "change",
            settings,
        ),
        Drift(
            "permission_set: another policy",
            "permission_set",
            ("managed_policies",),
            "change",
            by_hand("attach_managed_policy_to_permission_set", ManagedPolicyArn=AUDIT),
        ),
        Drift(
            "permission_set: no policy of the account",
            "permission_set",
            ("customer_managed_policies",),
            "change",
            by_hand(
                "detach_customer_managed_policy_reference_from_permission_set",
                CustomerManagedPolicyReference={"Name": "customer-extra", "Path": "/team/"},
            ),
        ),
        Drift(
            "permission_set: no inline policy",
            "permission_set",
            ("inline_policy",),
            "change",
            by_hand("delete_inline_policy_from_permission_set"),
        ),
        Drift(
            "permission_set: no boundary",
            "permission_set",
            ("permissions_boundary",),
            "change",
            by_hand("delete_permissions_boundary_from_permission_set"),
        ),
        Drift(
            "permission_set: a policy of the account more",
            "permission_set",
            ("customer_managed_policies",),
            "change",
            by_hand(
                "attach_customer_managed_policy_reference_to_permission_set",
                CustomerManagedPolicyReference={"Name": "customer-boundary"},
            ),
        ),
        Drift(
            "permission_set: an inline policy",
            "permission_set",
            ("inline_policy",),
            "change",
            by_hand("put_inline_policy_to_permission_set", "viewers", InlinePolicy=json.dumps(INLINE)),
            confirm=("members/permission_set.viewers:inline_policy",),
        ),
        Drift(
            "permission_set: a boundary",
            "permission_set",
            ("permissions_boundary",),
            "change",
            by_hand(
                "put_permissions_boundary_to_permission_set",
                "viewers",
                PermissionsBoundary={"ManagedPolicyArn": AUDIT},
            ),
            confirm=("members/permission_set.viewers:permissions_boundary",),
        ),
        Drift("permission_set: removed", "permission_set", ("instance", "set_name"), "create", set_removed),
        *tags("permission_set", MANAGEMENT, lambda world: set_arn(world, "developers"), retag),
        Drift(
            "permission_set_provisioning: an account behind",
            "permission_set_provisioning",
            ("latest",),
            "change",
            behind,
        ),
        Drift(
            "account_assignment: removed",
            "account_assignment",
            ("instance", "account", "permission_set", "set_name", "group", "group_name"),
            "create",
            lambda world: assign(world, SPOKE_2, "auditors", "audit", how="delete"),
        ),
        Drift(
            "account_assignment: a stranger's",
            "account_assignment",
            ("account", "permission_set", "group"),
            "delete",
            lambda world: assign(world, SPOKE, "developers", "strangers"),
            confirm=(f"members/{BY_SET}",),
        ),
        Drift(
            "directory_group: description",
            "directory_group",
            ("description",),
            "change",
            lambda world: renamed_by_hand(world, description="Somebody's [closednet:managed=account_members/members]"),
        ),
        Drift(
            "directory_group: removed",
            "directory_group",
            ("store", "display_name", "group_owner"),
            "create",
            group_removed,
        ),
        Drift(
            "directory_user: changed",
            "directory_user",
            ("given_name", "family_name", "display_name", "email"),
            "change",
            user_changed,
        ),
        Drift(
            "directory_user: removed", "directory_user", ("store", "user_name", "user_owner"), "create", user_removed
        ),
        Drift("group_membership: taken out", "group_membership", ("store", "group", "user"), "create", taken_out),
        Drift(
            "group_membership: put in",
            "group_membership",
            ("group", "user"),
            "delete",
            put_in,
            confirm=("members/group_membership.alpha-developers/eve",),
        ),
    ],
    before=with_policies,
    foreign={"permission set": foreign_set, "group": foreign_group, "user": foreign_user},
    reads=READS,
)

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "account-access.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:SetContext", "sts:TagSession"],
        }
    ],
}


def with_roles(world: World) -> None:
    enable(
        world,
        account_access=True,
        groups=[{"name": "audit"}, {"name": "strangers"}],
    )
    for account, role in ((SPOKE, "app-developer"), (SPOKE, "auditor"), (SPOKE_2, "auditor")):
        world.client(account, "iam").create_role(
            RoleName=role, Path="/team/" if role == "auditor" else "/", AssumeRolePolicyDocument=json.dumps(TRUST)
        )


def access(world: World) -> Any:
    return world.client(MANAGEMENT, "account-access")


def application(world: World) -> str:
    return str(access(world).list_applications()["applications"][0]["applicationArn"])


def entitle(world: World, group: str) -> None:
    principal = {"identityCenter": {"groupId": group_id(world, group)}}
    role = f"arn:aws:iam::{SPOKE}:role/app-developer"
    entitlement = {"principalRole": {"principal": principal, "roleArn": role}}
    access(world).create_entitlement(applicationArn=application(world), entitlement=entitlement)


def entitlements_removed(world: World) -> None:
    of = {"applicationArn": application(world)}
    for each in access(world).list_entitlements(**of, filter={})["entitlements"]:
        access(world).delete_entitlement(**of, entitlementId=each["entitlementId"])


ENTITLEMENTS = Case(
    "account_members",
    MANAGEMENT,
    {
        "name": "members",
        "backend": "entitlement",
        "groups": [{"name": "alpha-developers"}],
        "accounts": {
            SPOKE: {"host": "alpha", "members": {"app-developer": ["alpha-developers"], "team/auditor": ["audit"]}},
            SPOKE_2: {"host": "beta", "members": {"team/auditor": ["audit"]}},
        },
    },
    [MANAGEMENT],
    [
        Drift(
            "entitlement: removed",
            "entitlement",
            ("application", "role_arn", "group"),
            "create",
            entitlements_removed,
        ),
        Drift(
            "entitlement: a stranger's",
            "entitlement",
            ("role_arn", "group"),
            "delete",
            lambda world: entitle(world, "strangers"),
            confirm=("members/entitlement.222222222222/app-developer/strangers",),
        ),
    ],
    before=with_roles,
    reads=("account-access", "List*"),
    name="entitlements",
)

CASES = [PERMISSION_SETS, ENTITLEMENTS]
