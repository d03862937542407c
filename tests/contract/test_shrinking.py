# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Removal of subnets and CIDRs from a VPC: after what uses them, or nothing is written.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html: "You must terminate all running instances
in the subnet before you can delete the subnet"; a network interface of any kind holds it.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.case import ZONES
from tests.contract.cases import CIDRS, CLOSED_TIERS, NAMES, TGW_SPOKE, by_tags, closed_vpc, hub_turn
from tests.contract.conftest import converge
from tests.contract.world import World, differences
from tests.emulator.conftest import SPOKE
from tests.emulator.networks import wait_for

VPC = {
    "name": NAMES[SPOKE],
    "cidrs": [CIDRS[SPOKE]],
    "availability_zone_ids": ZONES,
    "tiers": CLOSED_TIERS,
}
ONE_ZONE = {**VPC, "availability_zone_ids": ZONES[:1]}
LAST = ZONES[1]
OF_LAST = [f"{NAMES[SPOKE]}/subnet.{tier}.{LAST}" for tier in ("app", "tgw")]


def subnet(world: World, name: str) -> str:
    return by_tags(SPOKE, "describe_subnets", "Subnets", "SubnetId", f"tiered_vpc/{NAMES[SPOKE]}", name)(world)


def vpc(world: World) -> str:
    return by_tags(SPOKE, "describe_vpcs", "Vpcs", "VpcId", f"tiered_vpc/{NAMES[SPOKE]}", "main")(world)


def refused(world: World, options: dict[str, Any]) -> str:
    there = world.contents(SPOKE)
    text = str(world.failure("tiered_vpc", SPOKE, options))
    assert "Nothing was written" in text and world.writes == []
    assert differences(world.contents(SPOKE), there) == []
    return text


def test_a_zone_of_an_attached_vpc_goes_in_one_run(world: World) -> None:
    converge(world, TGW_SPOKE)
    gone = [subnet(world, f"{tier}.{LAST}") for tier in ("app", "tgw")]

    checked = world.run("tiered_vpc", SPOKE, ONE_ZONE, check=True, confirm_removals=OF_LAST)
    result = world.run("tiered_vpc", SPOKE, ONE_ZONE, confirm_removals=OF_LAST)

    assert checked["plan"] == result["plan"]
    # AWS deletes no subnet that is attached, so the order is proven by what is left.
    left = world.ec2(SPOKE).describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc(world)]}])["Subnets"]
    assert not {one["SubnetId"] for one in left} & set(gone)
    assert not world.run("tiered_vpc", SPOKE, ONE_ZONE)["changed"]
    assert not world.run("tgw_spoke", SPOKE, TGW_SPOKE.options)["changed"]
    assert not hub_turn(world)["changed"]


def test_an_interface_in_a_subnet_is_named_before_the_first_write(world: World) -> None:
    converge(world, TGW_SPOKE)
    made = world.ec2(SPOKE).create_network_interface(SubnetId=subnet(world, f"app.{LAST}"), Description="a queue")
    id_ = made["NetworkInterface"]["NetworkInterfaceId"]
    text = refused(world, ONE_ZONE)
    assert f"{NAMES[SPOKE]}-app.{LAST}: {id_} (a queue) is in it; delete it or move it to another subnet first" in text


def test_the_last_subnets_of_an_attachment_and_of_a_zone_stay(world: World) -> None:
    converge(world, TGW_SPOKE)
    without = {**VPC, "tiers": CLOSED_TIERS[:1]}
    assert "(attachment) has no other subnet; attach another tier first (spoke_attachment_tier)" in refused(
        world, without
    )
    # A subnet of somebody else in the zone would be cut off from the hub.
    theirs = world.ec2(SPOKE).create_subnet(VpcId=vpc(world), CidrBlock="10.1.250.0/24", AvailabilityZoneId=LAST)
    text = refused(world, ONE_ZONE)
    assert f"would no longer be in {LAST}, where {theirs['Subnet']['SubnetId']} stay" in text


def test_a_tier_that_was_attached_goes_once_another_one_is(world: World) -> None:
    converge(world, TGW_SPOKE)
    tiers = [*CLOSED_TIERS, {"name": "tgw2", "prefix": 28}]
    world.run("tiered_vpc", SPOKE, {**VPC, "tiers": tiers})
    world.run("tgw_spoke", SPOKE, {**TGW_SPOKE.options, "attachment_tier": "tgw2"})
    # tgw2 declares its CIDRs, so it keeps its place and only the old tier is removed.
    cidrs = {
        zone: world.ec2(SPOKE).describe_subnets(SubnetIds=[subnet(world, f"tgw2.{zone}")])["Subnets"][0]["CidrBlock"]
        for zone in ZONES
    }
    left = [CLOSED_TIERS[0], {"name": "tgw2", "cidrs": cidrs}]
    confirmed = [f"{NAMES[SPOKE]}/subnet.tgw.{zone}" for zone in ZONES]
    assert world.run("tiered_vpc", SPOKE, {**VPC, "tiers": left}, confirm_removals=confirmed)["changed"]


def test_an_attachment_that_waits_for_the_hub_is_named(world: World) -> None:
    TGW_SPOKE.before(world)
    world.run("tgw_spoke", SPOKE, TGW_SPOKE.options)
    assert "(attachment) is pendingAcceptance; it can lose a subnet once it is available" in refused(world, ONE_ZONE)


@pytest.mark.parametrize("ours", [True, False], ids=["ours", "somebody's"])
def test_endpoints_lose_what_goes(world: World, ours: bool) -> None:
    closed_vpc(world, SPOKE)
    ec2 = world.ec2(SPOKE)
    tags = [{"Key": "closednet:managed", "Value": "closed_vpc_endpoints/x"}] if ours else [{"Key": "a", "Value": "b"}]
    made = ec2.create_vpc_endpoint(
        VpcId=vpc(world),
        ServiceName="com.amazonaws.eu-central-1.ssm",
        VpcEndpointType="Interface",
        PrivateDnsEnabled=False,
        SubnetIds=[subnet(world, f"app.{zone}") for zone in ZONES],
        TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": tags}],
    )["VpcEndpoint"]["VpcEndpointId"]
    if not ours:
        assert f"{made} (endpoint) isn't of this collection; take the subnet off it first" in refused(world, ONE_ZONE)
        return
    wait_for(lambda: ec2.describe_vpc_endpoints()["VpcEndpoints"][0]["State"], "available")
    result = world.run("tiered_vpc", SPOKE, ONE_ZONE, confirm_removals=OF_LAST)
    assert f"subnet_user.{made}:subnets" in [step["address"] for step in result["plan"]]
    (left,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[made])["VpcEndpoints"]
    assert left["SubnetIds"] == [subnet(world, f"app.{ZONES[0]}")]


def test_a_range_in_which_others_are_stays(world: World) -> None:
    options = {**VPC, "cidrs": [CIDRS[SPOKE], "10.64.0.0/16"]}
    world.run("tiered_vpc", SPOKE, options)
    theirs = world.ec2(SPOKE).create_subnet(VpcId=vpc(world), CidrBlock="10.64.1.0/24")["Subnet"]["SubnetId"]
    text = refused(world, VPC)
    assert f"cidrs: 10.64.0.0/16 of {vpc(world)} isn't declared, but {theirs} (10.64.1.0/24) stay in it" in text
