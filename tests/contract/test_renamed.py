# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Renamed hosts: the account is the same, so nothing is created a second time beside what has the old name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.case import Case
from tests.contract.cases import CASES, TGW_HUB, TGW_SPOKE, TIERED_VPC
from tests.contract.clouds import is_project
from tests.contract.conftest import Converged, converge
from tests.contract.world import OWNER_TAG, World, capability
from tests.emulator.conftest import HUB, SPOKE

# Modules whose `name` is the resource's name in AWS, so that another name is another resource.
OWN_NAME = {
    "algorithm_registry": "the name of its table; the zone of the old one is in the way, see its own tests",
    "codeartifact_domain": "domain",
    "egress_proxy": "the proxy's name; a VPC may have one of each kind",
    "service_control_policy": "the policy's name, one for the organization",
}
NAMED = [case for case in CASES if case.module not in OWN_NAME]


def renamed(case: Case) -> dict[str, Any]:
    """Return the case's options with another name; the VPC keeps its name, since tiered_vpc has a case of its own."""
    options = {**case.options, "name": f"{case.options['name']}-gmbh"}
    if "vpc_name" in capability(case.module).argument_spec and not options.get("vpc_id"):
        options["vpc_name"] = options.get("vpc_name") or case.options["name"]
    return options


def hand_over(world: World, account: str, owner: str, to: str) -> None:
    """Change the owner tag of an owner's EC2 resources, as the failure's message says."""
    ec2 = world.ec2(account)
    tagged = ec2.describe_tags(Filters=[{"Name": f"tag:{OWNER_TAG}", "Values": [owner]}])["Tags"]
    ec2.create_tags(Resources=[tag["ResourceId"] for tag in tagged], Tags=[{"Key": OWNER_TAG, "Value": to}])


@pytest.mark.parametrize("case", NAMED, ids=str)
def test_what_has_the_old_name_is_found_before_a_write(converged: Callable[[Case], Converged], case: Case) -> None:
    world = converged(case).of(case)
    options = renamed(case)

    text = str(world.failure(case.module, case.account, options))

    owner, now = (f"{case.module}/{name}" for name in (case.options["name"], options["name"]))
    assert f"its {OWNER_TAG} is {owner}" in text
    # A description can't be changed in Google Cloud, so nothing is handed over there.
    hand_over = f"delete what has {owner} first" if is_project(case.account) else f"that has {owner} to {now}"
    assert f"name: {case.options['name']}" in text and hand_over in text
    assert "Nothing was written" in text and world.writes == []


@pytest.mark.parametrize("case", [TGW_SPOKE, TIERED_VPC], ids=str)
def test_what_was_handed_over_goes_on_under_the_new_name(world: World, case: Case) -> None:
    converge(world, case)
    options, owner = renamed(case), f"{case.module}/{case.options['name']}"
    hand_over(world, case.account, owner, f"{owner}-gmbh")

    result = world.run(case.module, case.account, options)

    assert {step["action"] for step in result["plan"]} <= {"change"}
    # Only the Name tag changes.
    assert {step["address"].partition(":")[2] for step in result["plan"]} <= {"tags.add"}


def test_a_hub_is_handed_over_with_its_share(world: World) -> None:
    converge(world, TGW_HUB)
    options, owner = renamed(TGW_HUB), f"tgw_hub/{TGW_HUB.options['name']}"
    hand_over(world, HUB, owner, f"{owner}-gmbh")

    text = str(world.failure("tgw_hub", HUB, options))

    assert "resource_share.main: arn:aws:ram:" in text and f"its {OWNER_TAG} is {owner}" in text
    assert world.writes == []


def test_an_account_has_two_vpcs_by_name_if_their_ranges_differ(world: World) -> None:
    converge(world, TIERED_VPC)
    second = {
        "name": "second",
        "cidrs": ["10.2.0.0/16"],
        "availability_zone_ids": ["euc1-az1"],
        "tiers": [{"name": "app", "prefix": 24}],
    }
    assert world.run("tiered_vpc", SPOKE, second)["changed"]
    assert not world.run("tiered_vpc", SPOKE, second)["changed"]
    assert not world.run("tiered_vpc", SPOKE, TIERED_VPC.options)["changed"]
    # With state=absent, a renamed host isn't reported as deleted.
    noted = world.run("tiered_vpc", SPOKE, {**second, "name": "second-gmbh"}, state="absent")
    assert not noted["changed"]
    assert any(note.endswith(f"its {OWNER_TAG} is tiered_vpc/second") for note in noted["notes"])
    # One of two CIDRs is enough to recognize the VPC.
    text = str(world.failure("tiered_vpc", SPOKE, {**second, "name": "third", "cidrs": ["10.3.0.0/16", "10.2.1.0/24"]}))
    assert f"its {OWNER_TAG} is tiered_vpc/second" in text


def test_a_vpc_of_another_name_is_a_hint_where_none_has_this_name(world: World) -> None:
    converge(world, TGW_SPOKE)
    options = {**TGW_SPOKE.options, "name": "customer-a-gmbh"}
    assert "set vpc_name to the name in the VPC's tag" in str(world.failure("tgw_spoke", SPOKE, options))
