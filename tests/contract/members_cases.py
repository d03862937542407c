# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cases of account_members: by permission sets, and by entitlements to roles."""

from __future__ import annotations

import json
from typing import Any

from tests.contract.case import TAGS, Case, Drift, tags
from tests.contract.members_by_hand import (
    AUDIT,
    assign,
    behind,
    by_hand,
    enable,
    foreign_group,
    foreign_set,
    foreign_user,
    group_id,
    group_removed,
    put_in,
    renamed_by_hand,
    retag,
    set_arn,
    set_removed,
    settings,
    taken_out,
    user_changed,
    user_removed,
)
from tests.contract.world import World
from tests.emulator.conftest import MANAGEMENT, SPOKE, SPOKE_2

READS = ("sso-admin", "List*")
MANAGED = "arn:aws:iam::aws:policy/PowerUserAccess"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
INLINE = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*"}]}
BOUNDARY = {"name": "customer-boundary", "path": "/"}


def before(world: World) -> None:
    enable(world, groups=[{"name": "audit"}, {"name": "strangers"}], users=[{"name": "eve"}])


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
