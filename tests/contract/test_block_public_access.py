# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPC Block Public Access: refusal to cut off what accept_cut_off doesn't name, and the mode's owner."""

from __future__ import annotations

from typing import Any

from tests.contract.closed_cases import VPC_BLOCK_PUBLIC_ACCESS as CASE
from tests.contract.closed_cases import before_block
from tests.contract.world import World
from tests.emulator.conftest import SPOKE

ON = {"name": "delta", "internet_gateway_block_mode": "block-bidirectional"}


def run(world: World, **options: Any) -> dict[str, Any]:
    return world.run(CASE.module, SPOKE, ON | options)


def refusal(world: World, **options: Any) -> str:
    """Return the failure's text, which is the same in check mode and in a run; neither writes anything."""
    texts = set()
    for check in (True, False):
        texts.add(str(world.failure(CASE.module, SPOKE, ON | options, check=check)))
        assert world.writes == []
    (text,) = texts
    assert "Nothing was written" in text
    return text


def mode(world: World) -> str:
    options = world.ec2(SPOKE).describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"]
    return options["InternetGatewayBlockMode"]


def excluded(name: str, world: World, how: str = "allow-bidirectional") -> dict[str, str]:
    return {"vpc_id": world.made[name], "internet_gateway_exclusion_mode": how}


def test_each_vpc_that_would_be_cut_off_is_named(world: World) -> None:
    before_block(world)
    text = refusal(world)
    assert world.made["open"] in text and world.made["cut"] in text and "1 interface" in text and "igw-" in text
    assert "accept_cut_off" in text

    text = refusal(world, exclusions=[excluded("open", world, "allow-egress")], accept_cut_off=[world.made["cut"]])
    assert f"cut off {world.made['open']} (loses traffic from the internet;" in text
    assert world.made["cut"] not in text


def test_a_vpc_without_interfaces_is_only_noted(world: World) -> None:
    """Like the default VPC that each account has."""
    (default,) = world.ec2(SPOKE).describe_vpcs()["Vpcs"]
    result = run(world)
    assert result["changed"] and mode(world) == "block-bidirectional"
    (note,) = result["notes"]
    assert note.startswith(f"{default['VpcId']} is cut off: loses traffic from the internet and to the internet and")
    assert note.endswith("network interfaces: none, so nothing in it is cut off")
    assert run(world)["notes"] == []


def test_a_vpc_with_only_an_egress_only_gateway_counts(world: World) -> None:
    ec2 = world.ec2(SPOKE)
    vpc = ec2.create_vpc(CidrBlock="10.8.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    gateway = ec2.create_egress_only_internet_gateway(VpcId=vpc)["EgressOnlyInternetGateway"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.8.1.0/24")["Subnet"]["SubnetId"]
    ec2.create_network_interface(SubnetId=subnet)
    assert gateway["EgressOnlyInternetGatewayId"] in refusal(world)


def test_exclusions_are_there_before_the_mode_and_till_after_it(world: World) -> None:
    before_block(world)
    world.run(CASE.module, SPOKE, CASE.options)
    order = world.writes
    assert order[-1] == "ModifyVpcBlockPublicAccessOptions" and len(order) == 3
    world.run(CASE.module, SPOKE, CASE.options, state="absent")
    assert world.writes[0] == "ModifyVpcBlockPublicAccessOptions" and len(world.writes) == 3


def test_an_exclusion_that_is_taken_away_is_a_cut_too(world: World) -> None:
    before_block(world)
    world.run(CASE.module, SPOKE, CASE.options)
    accepted = {"accept_cut_off": [world.made["cut"]]}
    text = refusal(world, **accepted)
    assert world.made["open"] in text and f"{world.made['cut subnet']} (loses traffic to the internet" in text


def test_absent_takes_back_no_mode_but_its_own(world: World) -> None:
    world.run(CASE.module, SPOKE, ON)
    world.ec2(SPOKE).modify_vpc_block_public_access_options(InternetGatewayBlockMode="block-ingress")
    result = run(world, state="absent")
    assert (result["changed"], mode(world)) == (False, "block-ingress")
    (note,) = result["notes"]
    assert "block-ingress" in note and "somebody set it" in note


def test_absent_doesnt_uncover_what_another_mode_would_cut_off(world: World) -> None:
    before_block(world)
    world.run(CASE.module, SPOKE, CASE.options)
    world.ec2(SPOKE).modify_vpc_block_public_access_options(InternetGatewayBlockMode="block-ingress")
    options = {name: value(world) if callable(value) else value for name, value in CASE.options.items()}
    assert world.made["open"] in refusal(world, **options, state="absent")


def test_exclusions_of_others_stay_and_count(world: World) -> None:
    before_block(world)
    for name in ("open", "cut"):
        world.ec2(SPOKE).create_vpc_block_public_access_exclusion(
            VpcId=world.made[name], InternetGatewayExclusionMode="allow-bidirectional"
        )
    result = run(world)
    assert {item["resource"] for item in result["exclusions"]} == {world.made["open"], world.made["cut"]}
    run(world, state="absent")
    assert (mode(world), world.writes) == ("off", ["ModifyVpcBlockPublicAccessOptions"])


def test_a_declarative_policy_is_not_fought(world: World) -> None:
    before_block(world)
    says = {SPOKE: {"mode": "block-ingress", "exclusions_allowed": "not-allowed"}}
    world.emulator.control("POST", "settings", {"vpc_block_public_access": says})
    text = refusal(world)
    assert "a declarative policy of the organization sets block-ingress" in text

    as_said = {"internet_gateway_block_mode": "block-ingress"}
    result = run(world, **as_said)
    assert (result["changed"], result["managed_by"]) == (False, "declarative-policy")
    text = refusal(world, exclusions=[excluded("open", world)], **as_said)
    assert world.made["open"] in text and "allows no exclusions" in text
    (note,) = run(world, state="absent", **as_said)["notes"]
    assert "a declarative policy of the organization sets it" in note


def test_a_change_under_way_is_waited_for(world: World) -> None:
    world.emulator.control("POST", "settings", {"transition": {"vpc-block-public-access": 300}})
    world.ec2(SPOKE).modify_vpc_block_public_access_options(InternetGatewayBlockMode="block-ingress")
    result = run(world)
    assert result["changed"] and mode(world) == "block-bidirectional"
    state = world.ec2(SPOKE).describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"]["State"]
    assert state == "update-complete"
