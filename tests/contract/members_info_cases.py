# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Case of account_members_info: an instance with permission sets, assignments and an entitlement, made by hand."""

from __future__ import annotations

from typing import Any

from tests.contract.case import Case
from tests.contract.world import REGION, World
from tests.emulator.conftest import MANAGEMENT, SPOKE, SPOKE_2
from tests.emulator.people import make_role

GROUPS = [{"name": "alpha-team", "users": ["ana", "bo"]}, {"name": "auditors", "users": ["ada"]}, {"name": "idle"}]
ROLE = f"arn:aws:iam::{SPOKE}:role/algorithms"


def enabled(world: World, **more: Any) -> dict[str, Any]:
    """Enable IAM Identity Center in the organization; return the emulator's answer."""
    return world.emulator.control("POST", "identity_center", {"region": REGION, **more})


def permission_set(world: World, instance: str, name: str, **more: Any) -> str:
    sso = world.client(MANAGEMENT, "sso-admin")
    made = sso.create_permission_set(Name=name, InstanceArn=instance, SessionDuration="PT8H", **more)
    return made["PermissionSet"]["PermissionSetArn"]


def assigned(world: World, instance: str, set_arn: str, account: str, id_: str, kind: str = "GROUP") -> None:
    sso = world.client(MANAGEMENT, "sso-admin")
    sso.create_account_assignment(
        InstanceArn=instance,
        TargetId=account,
        TargetType="AWS_ACCOUNT",
        PermissionSetArn=set_arn,
        PrincipalType=kind,
        PrincipalId=id_,
    )


def a_company(world: World) -> None:
    """Two sets, of which one is ours; a group in both spokes, a user alone in one, and an entitlement to a role."""
    made = enabled(world, groups=GROUPS, account_access=True)
    instance, groups, users = made["instance_arn"], made["groups"], made["users"]
    ours = [{"Key": "closednet:managed", "Value": "account_members/members"}]
    developers = permission_set(world, instance, "developers", Tags=ours)
    others = permission_set(world, instance, "others")
    for account in (SPOKE, SPOKE_2):
        assigned(world, instance, developers, account, groups["alpha-team"])
    assigned(world, instance, others, SPOKE_2, users["ada"], "USER")
    application = made["application_arn"]
    may = ["sts:AssumeRole", "sts:TagSession"]
    by = {"StringEquals": {"aws:SourceAccount": MANAGEMENT, "aws:SourceArn": application}}
    statement = {"Effect": "Allow", "Principal": {"Service": "account-access.amazonaws.com"}, "Action": may}
    make_role(world.emulator, SPOKE, "algorithms", {**statement, "Condition": by})
    world.client(MANAGEMENT, "account-access").create_entitlement(
        applicationArn=application,
        entitlement={
            "principalRole": {"principal": {"identityCenter": {"groupId": groups["auditors"]}}, "roleArn": ROLE}
        },
    )
    world.made |= {"instance": instance, "application": application, "developers": developers, "others": others}


ACCOUNT_MEMBERS_INFO = Case("account_members_info", MANAGEMENT, {}, [], before=a_company, reads=("sso-admin", "List*"))

INFO_CASES = [ACCOUNT_MEMBERS_INFO]
