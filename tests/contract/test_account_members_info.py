# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""account_members_info on an organization's instance: what it reports, what it may not read, and bad input."""

from __future__ import annotations

import pytest

from tests.contract.members_info_cases import ACCOUNT_MEMBERS_INFO, ROLE, a_company, assigned, enabled
from tests.contract.world import World
from tests.emulator.conftest import HUB, MANAGEMENT, SPOKE, SPOKE_2

DENIED = {"action": "error", "code": "AccessDeniedException", "status": 400, "message": "no"}


def ask(world: World, account: str = MANAGEMENT, **more):
    return world.run("account_members_info", account, {**ACCOUNT_MEMBERS_INFO.options, **more})


def brief(items, *keys):
    return sorted(tuple(item[key] for key in keys) for item in items)


def test_who_may_get_in(world: World) -> None:
    a_company(world)
    result = ask(world)
    assert result["instance"]["instance_arn"] == world.made["instance"]
    assert result["instance"]["owner_account_id"] == MANAGEMENT and result["unread"] == {}
    assert brief(result["assignments"], "account_id", "permission_set", "principal_type", "principal") == sorted(
        [
            (SPOKE, "developers", "GROUP", "alpha-team"),
            (SPOKE_2, "developers", "GROUP", "alpha-team"),
            (SPOKE_2, "others", "USER", "ada"),
        ]
    )
    assert brief(result["entitlements"], "account_id", "role_arn", "principal") == [(SPOKE, ROLE, "auditors")]
    assert {one["name"]: one["users"] for one in result["groups"]} == {
        "alpha-team": ["ana", "bo"],
        "auditors": ["ada"],
        "idle": None,
    }
    assert brief(result["users"], "name", "external") == [("ada", False), ("ana", False), ("bo", False)]
    assert result["external_identity_provider"] is False
    sets = {one["name"]: one for one in result["permission_sets"]}
    assert sets["developers"]["managed_by"] == "account_members/members" and sets["others"]["managed_by"] is None
    assert sets["developers"]["account_ids"] == sorted((SPOKE, SPOKE_2))
    assert sets["developers"]["outdated_account_ids"] == [] and sets["developers"]["session_duration"] == "PT8H"
    assert world.writes == []


def test_of_some_accounts(world: World) -> None:
    a_company(world)
    result = ask(world, account_ids=[SPOKE])
    assert brief(result["assignments"], "account_id", "permission_set") == [(SPOKE, "developers")]
    assert brief(result["entitlements"], "account_id") == [(SPOKE,)]
    assert ask(world, account_ids=[SPOKE_2])["entitlements"] == []


def test_a_changed_set_that_was_not_provisioned_again(world: World) -> None:
    a_company(world)
    of_set = {"InstanceArn": world.made["instance"], "PermissionSetArn": world.made["developers"]}
    world.client(MANAGEMENT, "sso-admin").update_permission_set(**of_set, SessionDuration="PT1H")
    sets = {one["name"]: one for one in ask(world)["permission_sets"]}
    assert sets["developers"]["outdated_account_ids"] == sorted((SPOKE, SPOKE_2))
    assert sets["others"]["outdated_account_ids"] == []


def test_an_external_identity_provider(world: World) -> None:
    enabled(world, groups=[{"name": "from-outside", "users": ["eve"], "external_id": "g-1"}])
    result = ask(world)
    assert result["external_identity_provider"] is True
    assert brief(result["groups"], "name", "external") == [("from-outside", True)]


def test_an_empty_store_tells_nothing_of_its_source(world: World) -> None:
    enabled(world)
    assert ask(world)["external_identity_provider"] is None


def test_a_group_that_was_deleted(world: World) -> None:
    """Its assignment stays, without a name."""
    a_company(world)
    store = world.client(MANAGEMENT, "sso-admin").list_instances()["Instances"][0]["IdentityStoreId"]
    directory = world.client(MANAGEMENT, "identitystore")
    (group,) = [
        g["GroupId"] for g in directory.list_groups(IdentityStoreId=store)["Groups"] if g["DisplayName"] == "idle"
    ]
    assigned(world, world.made["instance"], world.made["developers"], SPOKE, group)
    directory.delete_group(IdentityStoreId=store, GroupId=group)
    left = [one for one in ask(world)["assignments"] if one["principal_id"] == group]
    assert [one["principal"] for one in left] == [None]


def test_what_is_denied_is_named(world: World) -> None:
    a_company(world)
    for service, operation, what in (
        ("sso", "ListAccountAssignments", f"assignments of developers in {SPOKE}"),
        ("identitystore", "ListUsers", "users"),
        ("account-access", "ListApplications", "applications of account access manager"),
    ):
        world.emulator.control("POST", "faults", {**DENIED, "operation": operation, "times": 50})
        unread = ask(world)["unread"]
        assert unread[what] == f"{service}:{operation} is denied", unread


def test_the_member_account_shows_no_instance(world: World) -> None:
    enabled(world)
    assert f"no instance that account {HUB} shows in eu-central-1: none" in str(
        world.failure("account_members_info", HUB, {})
    )


def test_an_instance_that_is_not_there(world: World) -> None:
    instance = enabled(world)["instance_arn"]
    other = f"arn:aws:sso:::instance/ssoins-{'0' * 16}"
    told = str(world.failure("account_members_info", MANAGEMENT, {"instance_arn": other}))
    assert f"instance_arn: {other} is no instance" in told and instance in told


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"instance_arn": "ssoins-1"}, "instance_arn: 'ssoins-1' is no ARN of an instance"),
        ({"application_arns": ["x"]}, "application_arns[0]: 'x' is no ARN of an application"),
        ({"account_ids": ["1"]}, "account_ids[0]: '1' is no AWS account id"),
    ],
)
def test_bad_input(world: World, more, text: str) -> None:
    assert text in str(world.failure("account_members_info", MANAGEMENT, more))
    assert world.calls == []
