# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""account_members: names that somebody chose to do harm, groups that are lost from an inventory, many pages."""

from __future__ import annotations

import json

import pytest

from tests.contract import members_by_hand as hands
from tests.contract import members_cases as cases
from tests.contract.test_account_members import PLAIN, failure, members, run
from tests.contract.world import World
from tests.emulator.conftest import MANAGEMENT, SPOKE, SPOKE_2

MARK = "[closednet:managed=account_members/members]"


@pytest.mark.parametrize("name", ["back\\", "o'brien", "a`b\\`", "<script>alert(1)", "{{ 7 * 7 }}", "é#1"])
def test_a_name_is_a_name_whatever_is_in_it(world: World, name: str) -> None:
    hands.enable(world, groups=[{"name": name}])
    declared = members(SPOKE, developers=[name])
    assert run(world, accounts=declared)["members"] == {SPOKE: {"developers": [name]}}
    assert not run(world, accounts=declared)["changed"]
    text = failure(world, accounts={})
    assert f"group {name} would lose developers" in text


def test_a_group_with_a_slash_is_not_taken_for_another(world: World) -> None:
    hands.enable(world, groups=[{"name": "audit"}, {"name": "x/audit"}])
    run(world, accounts=members(SPOKE, auditors=["audit"]))
    hands.assign(world, SPOKE, "auditors", "x/audit")
    text = failure(world, accounts=members(SPOKE, auditors=["audit"]))
    assert f"group {hands.group_id(world, 'x/audit')} would lose auditors in account {SPOKE}, host alpha" in text


def test_a_description_makes_no_group_of_a_provider_ours(world: World) -> None:
    hands.enable(world, groups=[{"name": "audit"}, {"name": "theirs", "external_id": "1"}])
    of = {**hands.store_id(world), "GroupId": hands.group_id(world, "theirs")}
    operation = {"AttributePath": "description", "AttributeValue": MARK}
    hands.store(world).update_group(**of, Operations=[operation])
    result = run(world, accounts=members(SPOKE, auditors=["audit"]))
    assert "theirs" not in result["groups"] and "theirs" in hands.enable(world)["groups"]


def test_a_group_that_members_name_is_not_deleted(world: World) -> None:
    """account_members_groups lost from an inventory whose members still name them."""
    hands.enable(world)
    accounts = members(SPOKE, developers=["alpha-team"])
    run(world, accounts=accounts, groups=[{"name": "alpha-team"}])
    text = failure(world, accounts=accounts, confirm_removals=["members/directory_group.alpha-team"])
    assert "groups doesn't declare alpha-team any more, so that this run would delete it" in text


def test_more_groups_and_assignments_than_a_page_has(world: World) -> None:
    names = [f"team-{number:03}" for number in range(130)]
    hands.enable(world, groups=[{"name": name} for name in names])
    declared = members(SPOKE, developers=names)
    assert len(run(world, accounts=declared)["members"][SPOKE]["developers"]) == len(names)
    assert not run(world, accounts=declared)["changed"]
    text = failure(world, accounts=members(SPOKE, developers=names[:-1]))
    assert "group team-129 would lose developers" in text and "team-128 " not in text


def test_who_changes_to_entitlements_gets_in_before_the_assignments_go(world: World) -> None:
    hands.enable(world, groups=[{"name": "audit"}, {"name": "ops"}], account_access=True)
    run(world, accounts={**members(SPOKE, auditors=["audit", "ops"]), **members(SPOKE_2, auditors=["audit"])})
    for account in (SPOKE, SPOKE_2):
        trust = json.dumps(cases.TRUST)
        world.client(account, "iam").create_role(RoleName="reader", AssumeRolePolicyDocument=trust)
    after = {
        "backend": "entitlement",
        "permission_sets": [],
        "accounts": {**members(SPOKE, reader=["audit"]), **members(SPOKE_2, reader=["audit"])},
    }
    text = failure(world, **after)
    assert f"group audit would lose auditors in account {SPOKE}, host alpha, and gets in by the entitlement to" in text
    assert f"group ops would lose auditors in account {SPOKE}, host alpha, and has no entitlement there" in text

    gone = [f"account_assignment.{SPOKE}/auditors/{name}" for name in ("audit", "ops")]
    gone += [f"account_assignment.{SPOKE_2}/auditors/audit", "permission_set.auditors", "permission_set.developers"]
    after["confirm_removals"] = [f"members/{name}" for name in gone]
    refused = {"action": "error", "code": "ValidationException", "status": 400, "message": "No.", "times": 1}
    world.emulator.control("POST", "faults", {"operation": "CreateEntitlement", **refused})
    failed = world.failure("account_members", MANAGEMENT, {**PLAIN, **after})
    # Only the account whose entitlement failed keeps its assignments.
    (lost,) = {account for account in (SPOKE, SPOKE_2) if f"create entitlement.{account}/" in str(failed)}
    left = [address for address in failed.details["left"] if address.startswith(f"account_assignment.{lost}/")]
    assert left == [address for address in gone if lost in address]

    run(world, **after)
    order = [call["operation"] for call in world.emulator.control("GET", "calls")]
    assert not run(world, **after)["changed"]
    ends = [n for n, operation in enumerate(order) if operation == "DeleteAccountAssignment"]
    begins = [n for n, operation in enumerate(order) if operation == "CreateEntitlement"]
    assert ends and begins and max(begins) < max(ends)
