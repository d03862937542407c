# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Adoption: what others created is observed, tagged, then owned; what an account had under another name is kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.adopting import NAME_TAG, OWNER_TAG, owned_by_tags, strip
from tests.contract.case import Case
from tests.contract.cases import CASES, TGW_HUB, TGW_SPOKE, TIERED_VPC
from tests.contract.conftest import Converged, converge
from tests.contract.test_permissions import operator_of
from tests.contract.world import World, capability
from tests.emulator.conftest import HUB, SPOKE

ADOPTING = [case for case in CASES if capability(case.module).adopts]
TAGGING = {"CreateTags", "TagResource", "AddTags"}


def of_others(world: World, case: Case) -> dict[str, dict[str, str]]:
    """Remove all tags of what is managed in the case's account; return {owner tag: {kind.name: id}} as they were."""
    clients = world.ec2(case.account), world.client(case.account, "ram")
    adopted = owned_by_tags(*clients, case.account)
    strip(*clients, adopted)
    return adopted


@pytest.mark.parametrize("case", ADOPTING, ids=str)
def test_what_others_created_is_observed_then_tagged_then_owned(
    converged: Callable[[Case], Converged], case: Case
) -> None:
    world = converged(case).of(case)
    before = world.contents(*case.accounts)
    settled = world.run(case.module, case.account, case.options, check=True)
    assert settled["plan"] == []
    adopted = of_others(world, case)
    assert adopted[f"{case.module}/{case.options['name']}"]

    observed = world.run(case.module, case.account, case.options, adoption="observe", adopted_ids=adopted)

    assert world.writes == [] and not observed["changed"] and observed["plan"] == []
    assert [line for line in observed["findings"] if "adoption" in line] == []
    assert observed["findings"] == settled["findings"]
    assert any(note.startswith("adoption: tags sets the tags of") for note in observed["notes"])

    planned = world.run(case.module, case.account, case.options, check=True, adoption="tags", adopted_ids=adopted)
    assert {step["address"].rpartition(":")[2] for step in planned["plan"]} == {"tags.add"}
    tagged = world.run(
        *(case.module, case.account, case.options),
        adoption="tags",
        adopted_ids=adopted,
        approved_plan=planned["plan"],
    )
    assert tagged["plan"] == planned["plan"] and set(world.writes) <= TAGGING
    again = world.run(case.module, case.account, case.options, adoption="tags", adopted_ids=adopted)
    assert again["plan"] == [] and world.writes == []

    # Others of the account that are adopted, too, have their own module.
    for owner, ids in adopted.items():
        if owner != f"{case.module}/{case.options['name']}":
            retag(world, case.account, owner, ids)
    owned = world.run(case.module, case.account, case.options)
    assert owned["plan"] == [] and world.writes == []
    assert tags_apart(world.contents(*case.accounts)) == tags_apart(before)


def retag(world: World, account: str, owner: str, ids: dict[str, str]) -> None:
    for address, id_ in ids.items():
        name = address.partition(".")[2]
        tags = [{"Key": OWNER_TAG, "Value": owner}, {"Key": NAME_TAG, "Value": name}]
        world.ec2(account).create_tags(Resources=[id_], Tags=tags)


def tags_apart(contents: dict[str, list[Any]]) -> dict[str, int]:
    """Return the number of items by kind: nothing was created or deleted."""
    return {kind: len(items) for kind, items in contents.items()}


@pytest.mark.parametrize("case", [TIERED_VPC, TGW_HUB, TGW_SPOKE], ids=str)
def test_ids_without_a_phase_are_not_owned_at_once(converged: Callable[[Case], Converged], case: Case) -> None:
    world = converged(case).of(case)
    adopted = of_others(world, case)

    text = str(world.failure(case.module, case.account, case.options, adopted_ids=adopted))

    assert "aren't set. Run with adoption: tags first" in text and world.writes == []


@pytest.mark.parametrize("case", [TIERED_VPC, TGW_HUB], ids=str)
def test_a_network_whose_adoption_ends_before_its_tags_is_not_created_twice(
    converged: Callable[[Case], Converged], case: Case
) -> None:
    world = converged(case).of(case)
    adopted = of_others(world, case)
    kind = {"tiered_vpc": "vpc.main", "tgw_hub": "transit_gateway.main"}[case.module]
    id_ = adopted[f"{case.module}/{case.options['name']}"][kind]

    text = str(world.failure(case.module, case.account, case.options))
    assert f"{kind}: {id_} is as declared and has no tag closednet:managed" in text and world.writes == []
    # Removed by hand from the ids, it isn't created once owned: a finding says so before.
    half = {owner: {a: one for a, one in ids.items() if a != kind} for owner, ids in adopted.items()}
    result = world.run(case.module, case.account, case.options, adoption="observe", adopted_ids=half)
    assert any(line.startswith(f"adoption: can't be planned: {kind}: {id_}") for line in result["findings"])
    assert world.writes == []


UNDECLARED = [
    (TIERED_VPC, "internet_route: removed", "declared, and doesn't exist"),
    (TIERED_VPC, "vpc: DNS support off", "not as declared: vpc.main:dns_support (dns_support is false"),
    (TGW_SPOKE, "transit_gateway_route: added", "exists, and isn't declared"),
]


@pytest.mark.parametrize(("case", "drift", "told"), UNDECLARED, ids=lambda one: str(one))
@pytest.mark.parametrize("phase", ["observe", "tags"])
def test_what_differs_is_a_finding_until_it_is_owned(
    world: World, case: Case, drift: str, told: str, phase: str
) -> None:
    converge(world, case)
    next(one for one in case.drifts if one.name == drift).make(world)
    adopted = of_others(world, case)
    for owner, ids in adopted.items():
        if owner != f"{case.module}/{case.options['name']}":
            retag(world, case.account, owner, ids)

    result = world.run(case.module, case.account, case.options, adoption=phase, adopted_ids=adopted)

    assert set(world.writes) <= (TAGGING if phase == "tags" else set())
    assert [line for line in result["findings"] if line.startswith(f"adoption: {told}")], result["findings"]


@pytest.mark.parametrize("phase", ["observe", "tags"])
def test_nothing_is_deleted_in_a_phase(world: World, phase: str) -> None:
    converge(world, TIERED_VPC)
    adopted = of_others(world, TIERED_VPC)
    result = world.run("tiered_vpc", SPOKE, TIERED_VPC.options, adoption=phase, adopted_ids=adopted, state="absent")
    assert world.writes == [] and not result["changed"]
    assert any("vpc.main" in line and "Once owned, it is deleted" in line for line in result["findings"])


FOREIGN = [
    ({"Accelerator": "AWSAccelerator"}, "Landing Zone Accelerator AWSAccelerator", "AWSAccelerator"),
    ({"ManagedBy": "terraform"}, "Terraform", None),
    ({"STNOStatus-Subnet": "2023-04-27T19:19:43Z"}, "Network Orchestration for AWS Transit Gateway (STNO)", None),
]


@pytest.mark.parametrize(("tags", "owner", "release"), FOREIGN, ids=lambda one: str(one))
def test_what_another_tool_manages_is_left_to_it_until_it_is_released(
    world: World, tags: dict[str, str], owner: str, release: str | None
) -> None:
    converge(world, TIERED_VPC)
    adopted = of_others(world, TIERED_VPC)
    subnet = adopted["tiered_vpc/customer-a"]["subnet.app.euc1-az1"]
    world.ec2(SPOKE).create_tags(Resources=[subnet], Tags=[{"Key": key, "Value": tags[key]} for key in tags])
    arguments = ("tiered_vpc", SPOKE, TIERED_VPC.options)

    observed = world.run(*arguments, adoption="observe", adopted_ids=adopted)
    assert any(f"subnet.app.euc1-az1 is managed by {owner}" in line for line in observed["findings"])
    text = str(world.failure(*arguments, adoption="tags", adopted_ids=adopted))
    assert f"subnet.app.euc1-az1 is managed by {owner}" in text and "adopt_release" in text
    assert world.writes == []
    for name in filter(None, (subnet, release)):
        planned = world.run(*arguments, check=True, adoption="tags", adopted_ids=adopted, adopt_release=[name])
        assert planned["plan"]


def test_an_id_that_does_not_exist_is_told(world: World) -> None:
    converge(world, TIERED_VPC)
    adopted = of_others(world, TIERED_VPC)
    adopted["tiered_vpc/customer-a"]["subnet.app.euc1-az1"] = "subnet-0123456789abcdef0"
    result = world.run("tiered_vpc", SPOKE, TIERED_VPC.options, adoption="observe", adopted_ids=adopted)
    line = "adoption: not found: subnet.app.euc1-az1, subnet-0123456789abcdef0 in adopted_ids"
    assert line in result["findings"]


README = Path(__file__).parents[2] / "docs" / "iam" / "README.md"


def test_the_tags_need_the_policy_that_the_readme_has(world: World) -> None:
    """The modules' own policies let an operator tag only what has the owner's tag already."""
    converge(world, TIERED_VPC)
    adopted = of_others(world, TIERED_VPC)
    operator = operator_of(world, TIERED_VPC)
    arguments = ("tiered_vpc", SPOKE, TIERED_VPC.options)
    more = {"adoption": "tags", "adopted_ids": adopted, "assume_role_arn": operator}

    assert world.run(*arguments, **{**more, "adoption": "observe"})["plan"] == []
    assert "ec2:CreateTags" in str(world.failure(*arguments, **more)).replace("CreateTags", "ec2:CreateTags", 1)

    section = README.read_text(encoding="utf-8").partition("## Adoption")[2]
    text = section.partition("```json\n")[2].partition("```")[0]
    iam = world.client(SPOKE, "iam")
    arn = iam.create_policy(PolicyName="adoption", PolicyDocument=text)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="operator", PolicyArn=arn)
    assert world.run(*arguments, **more)["changed"]
    # What another name owns isn't taken by it.
    vpc = adopted["tiered_vpc/customer-a"]["vpc.main"]
    world.ec2(SPOKE).create_tags(Resources=[vpc], Tags=[{"Key": OWNER_TAG, "Value": "somebody/else"}])
    assert "CreateTags" in str(world.failure(*arguments, **more))


# A hub's share has the hub's name.
RENAMING = {"tags.add", "share_name"}
# Without the hub whose own VPC would keep the old name.
MOVED = [case for case in ADOPTING if not case.options.get("vpc_name") and str(case) != "tgw_hub way out"]


@pytest.mark.parametrize("case", MOVED, ids=str)
def test_a_moved_host_keeps_what_it_has(converged: Callable[[Case], Converged], case: Case) -> None:
    world = converged(case).of(case)
    name = case.options["name"]
    options = {**case.options, "name": f"{name}-gmbh"}

    result = world.run(case.module, case.account, options, moved={name: f"{name}-gmbh"})

    assert {step["address"].rpartition(":")[2] for step in result["plan"]} <= RENAMING
    assert all(
        step["before"]["tags"].get(OWNER_TAG, "").endswith(f"/{name}")
        for step in result["plan"]
        if OWNER_TAG in step["after"].get("tags", ())
    )
    assert set(world.writes) <= {*TAGGING, "UpdateResourceShare"}
    assert world.run(case.module, case.account, options, moved={name: f"{name}-gmbh"})["plan"] == []


def test_a_moved_spoke_is_not_lost_and_a_lost_one_is_asked_for(world: World) -> None:
    converge(world, TGW_HUB)
    options = {**TGW_HUB.options, "name": "renamed"}
    attachments = [dict(one) for one in options["attachments"](world)]
    old, lost = attachments[0]["name"], attachments[1]["name"]
    attachments[0]["name"] = f"{old}-gmbh"
    more = {"moved": {TGW_HUB.options["name"]: "renamed", old: f"{old}-gmbh"}}
    whole = {**options, "attachments": attachments}

    planned = world.run("tgw_hub", HUB, whole, check=True, **more)
    assert {step["address"].rpartition(":")[2] for step in planned["plan"]} == RENAMING
    (renamed,) = [step for step in planned["plan"] if step["address"] == f"spoke_attachment.{old}-gmbh:tags.add"]
    assert renamed["before"]["tags"][NAME_TAG] == old

    # The hub has another name, too: what it attached under the old one is still its own.
    text = str(world.failure("tgw_hub", HUB, {**whole, "attachments": attachments[:1]}, **more))
    assert f"confirm_removals: this would remove {lost}" in text and world.writes == []
    assert world.run("tgw_hub", HUB, whole, **more)["plan"] == planned["plan"]
    assert world.run("tgw_hub", HUB, whole)["plan"] == []
