# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""account_members: what is refused before a write, what is never removed, and what a failed request leaves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core import apply
from tests.contract import members_by_hand as hands
from tests.contract import members_cases as cases
from tests.contract.members_cases import MEMBERS, SETS
from tests.contract.world import World
from tests.emulator.conftest import CLOSED, HUB, MANAGEMENT, SPOKE, SPOKE_2, STRANGER

GROUPS = [{"name": name} for name in ("alpha-developers", "audit", "strangers")]
# Without groups and users, and without policies that each account must have.
PLAIN = {
    "name": "members",
    "permission_sets": [
        {"name": "developers", "managed_policies": [cases.MANAGED]},
        {"name": "auditors", "managed_policies": [hands.AUDIT]},
    ],
    "accounts": MEMBERS,
}


def failure(world: World, account: str = MANAGEMENT, **options: Any) -> str:
    """Return the text of a run that is refused before a write."""
    text = str(world.failure("account_members", account, {**PLAIN, **options}))
    assert "othing was " in text and world.writes == [], text
    return text


def run(world: World, **options: Any) -> dict[str, Any]:
    return world.run("account_members", MANAGEMENT, {**PLAIN, **options})


def members(account: str = SPOKE, **sets: list[str]) -> dict[str, Any]:
    return {account: {"host": "alpha", "members": sets}}


def test_a_group_that_does_not_exist_is_told_with_near_names(world: World) -> None:
    hands.enable(world, groups=GROUPS)
    text = failure(world, accounts=members(developers=["alpha-developer"]))
    assert "members.developers of account 222222222222, host alpha" in text
    assert "no group alpha-developer (near names: alpha-developers" in text


def test_a_group_of_two_providers_is_refused(world: World) -> None:
    twice = [
        {"name": "alpha-developers", "external_id": each, "issuer": f"https://{each}.example.com"}
        for each in ("one", "two")
    ]
    hands.enable(world, groups=[*twice, {"name": "audit"}])
    text = failure(world)
    assert "2 groups named alpha-developers, of https://one.example.com, https://two.example.com" in text


def test_groups_are_not_created_beside_those_of_an_identity_provider(world: World) -> None:
    hands.enable(world, groups=[{"name": "audit", "external_id": "one"}])
    text = failure(world, groups=[{"name": "alpha-developers"}])
    assert "groups: alpha-developers would be created here, but groups come from an identity provider" in text


@pytest.mark.parametrize(
    ("account", "why"), [(CLOSED, "is SUSPENDED"), (STRANGER, "isn't an account of this organization")]
)
def test_an_account_that_takes_nobody_is_refused(world: World, account: str, why: str) -> None:
    hands.enable(world, groups=GROUPS)
    text = failure(world, accounts=members(account, auditors=["audit"]))
    assert f"members of account {account} (host alpha): it {why}" in text


def test_a_delegated_administrator_leaves_the_management_account_alone(world: World) -> None:
    hands.enable(world, groups=GROUPS, delegated=HUB)
    text = failure(world, HUB, accounts=members(MANAGEMENT, auditors=["audit"]))
    assert f"it is the management account, and {HUB} is a delegated administrator" in text
    assert world.run("account_members", HUB, PLAIN)["changed"]

    hands.assign(world, MANAGEMENT, "auditors", "audit")
    changed = [PLAIN["permission_sets"][0], {"name": "auditors", "managed_policies": [cases.READ_ONLY]}]
    text = failure(world, HUB, permission_sets=changed)
    assert f"auditors is provisioned in the management account {MANAGEMENT}" in text


def test_without_an_instance_the_way_to_one_is_told(world: World) -> None:
    assert "IAM Identity Center has no instance in account 999999999999 in eu-central-1" in failure(world)
    gone = world.run("account_members", MANAGEMENT, {**PLAIN, "state": "absent"})
    assert not gone["changed"] and gone["instance_arn"] is None


def test_a_host_that_the_inventory_lost_keeps_its_members(world: World) -> None:
    hands.enable(world, groups=GROUPS)
    run(world)
    left = {SPOKE_2: MEMBERS[SPOKE_2]}
    text = failure(world, accounts=left)
    lost = [f"members/account_assignment.{SPOKE}/{name}" for name in ("auditors/audit", "developers/alpha-developers")]
    for name in lost:
        assert name in text
    assert f"group audit would lose auditors in account {SPOKE}, of no host that declares members" in text
    # Half of a host's members is as little a wish.
    half = {SPOKE: {"host": "alpha", "members": {"auditors": ["audit"]}}, **left}
    assert f"confirm_removals={lost[1]}" in failure(world, accounts=half)
    assert run(world, accounts=left, confirm_removals=lost)["members"] == {SPOKE_2: {"auditors": ["audit"]}}


def test_a_boundary_is_not_lost_by_accident(world: World) -> None:
    hands.enable(world, groups=GROUPS)
    bounded = [{**one, "permissions_boundary": {"managed_policy_arn": cases.READ_ONLY}} for one in SETS[1:2]]
    of_auditors = {**PLAIN, "accounts": {SPOKE_2: MEMBERS[SPOKE_2]}}
    run(world, **{**of_auditors, "permission_sets": bounded})
    without = [{"name": "auditors", "managed_policies": [hands.AUDIT]}]
    text = failure(world, **{**of_auditors, "permission_sets": without})
    assert "members/permission_set.auditors:permissions_boundary (the set would have no permissions_boundary" in text


def test_what_others_assigned_is_found_and_stays(world: World) -> None:
    hands.enable(world, groups=GROUPS, users=[{"name": "eve"}])
    theirs = hands.sso(world).create_permission_set(InstanceArn=hands.instance(world), Name="theirs")
    run(world)
    hands.assign(world, SPOKE, "developers", "audit", user="eve")
    hands.assign(world, SPOKE, "theirs", "strangers")

    result = run(world)

    assert not result["changed"] and theirs["PermissionSet"]["PermissionSetArn"]
    eve = hands.user_id(world, "eve")
    assert [finding.partition(",")[0] for finding in result["findings"]] == [
        f"account {SPOKE} (host alpha): user {eve} has developers by an assignment of its own",
        f"account {SPOKE} (host alpha): group strangers has theirs",
    ]
    text = failure(world, state="absent")
    assert "permission_set.developers: it can't be deleted while it is assigned to users" in text and eve in text


def test_a_request_that_fails_says_why_and_delays_no_other_account(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The account that fails comes first.
    monkeypatch.setattr(apply, "PARALLEL", 1)
    cases.before(world)
    world.client(SPOKE_2, "iam").create_policy(PolicyName="customer-boundary", PolicyDocument=json.dumps(cases.INLINE))
    bounded = [{**one, "permissions_boundary": cases.BOUNDARY} for one in PLAIN["permission_sets"]]
    accounts = {**members(SPOKE, auditors=["audit", "strangers"]), **members(SPOKE_2, auditors=["audit"])}
    failed = world.failure("account_members", MANAGEMENT, {**PLAIN, "permission_sets": bounded, "accounts": accounts})

    text, details = str(failed), failed.details
    assert f"create account_assignment.{SPOKE}/auditors/" in text and "the state is FAILED: " in text
    assert "customer-boundary" in text
    assert f"account_assignment.{SPOKE_2}/auditors/audit" in details["done"]
    # The account's next request would meet the same.
    assert [address for address in details["left"] if SPOKE in address] == details["left"] and len(details["left"]) == 2


def test_a_changed_set_is_provisioned_again_in_each_account(world: World) -> None:
    hands.enable(world, groups=GROUPS)
    run(world)
    changed = [PLAIN["permission_sets"][0], {**PLAIN["permission_sets"][1], "inline_policy": cases.INLINE}]

    plan = run(world, permission_sets=changed)["plan"]

    again = [step["address"] for step in plan if step["operation"] == "sso-admin.provision_permission_set"]
    assert again == [f"permission_set_provisioning.{account}/auditors:latest" for account in (SPOKE, SPOKE_2)]
    roles = world.client(SPOKE, "iam").list_roles(PathPrefix="/aws-reserved/")["Roles"]
    (role,) = [each["RoleName"] for each in roles if "_auditors_" in each["RoleName"]]
    assert world.client(SPOKE, "iam").list_role_policies(RoleName=role)["PolicyNames"]
    assert run(world, permission_sets=changed)["plan"] == []


def test_a_conflict_is_sent_again(world: World) -> None:
    hands.enable(world, groups=GROUPS)
    conflict = {"action": "error", "code": "ConflictException", "status": 400, "message": "Try again.", "times": 1}
    world.emulator.control("POST", "faults", {"operation": "CreateAccountAssignment", **conflict})
    assert run(world)["changed"]
    assert world.counted["sso-admin:CreateAccountAssignment"] == 4


def test_quotas_are_checked_before_a_write(world: World) -> None:
    hands.enable(world, groups=GROUPS)
    hands.sso(world).create_permission_set(InstanceArn=hands.instance(world), Name="theirs")
    assert "there are 1, 2 more would be over the quota of 2" in failure(world, most_permission_sets=2)
    hands.assign(world, SPOKE_2, "theirs", "strangers")
    more = {SPOKE_2: {"host": "beta", "members": {"auditors": ["audit"], "developers": ["audit"]}}}
    text = failure(world, accounts=more, most_sets_per_account=2)
    assert "1 permission sets are provisioned there, 2 more would be over the quota of 2" in text


def test_an_entitlement_of_a_user_and_of_another_role_are_findings(world: World) -> None:
    cases.with_roles(world)
    world.run("account_members", MANAGEMENT, cases.ENTITLEMENTS.options)
    fewer = {**cases.ENTITLEMENTS.options, "accounts": members(SPOKE, **{"app-developer": ["alpha-developers"]})}
    result = world.run("account_members", MANAGEMENT, fewer)
    assert not result["changed"]
    # Also in the account of a host that the inventory lost: an entitlement has no owner.
    assert [finding.partition(" by ")[0] for finding in result["findings"]] == [
        f"account {SPOKE} (host alpha): group audit may assume team/auditor",
        f"account {SPOKE_2}: group audit may assume team/auditor",
    ]
    nobody = {**fewer, "accounts": members(SPOKE, **{"app-developer": []})}
    text = str(world.failure("account_members", MANAGEMENT, nobody))
    assert f"confirm_removals=members/entitlement.{SPOKE}/app-developer/alpha-developers" in text
