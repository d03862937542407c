# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Conflicts that appear only once a module has begun, or when it deletes what it created."""

from __future__ import annotations

from tests.contract.cases import CIDRS, NAMES, SPOKE_2, TGW_HUB, TGW_SPOKE, TIERED_VPC, closed_vpc, hub_turn, tgw, vpc
from tests.contract.conftest import converge
from tests.contract.world import World, differences
from tests.emulator.conftest import HUB, SPOKE


def test_an_attachment_in_a_route_table_of_somebody_else_is_named(world: World) -> None:
    TGW_HUB.before(world)
    world.run("tgw_hub", HUB, TGW_HUB.options)
    TGW_HUB.between[0](world)
    ec2 = world.ec2(HUB)
    theirs = ec2.create_transit_gateway_route_table(TransitGatewayId=tgw(world))["TransitGatewayRouteTable"]
    waiting = ec2.describe_transit_gateway_attachments(
        Filters=[{"Name": "resource-owner-id", "Values": [SPOKE]}, {"Name": "state", "Values": ["pendingAcceptance"]}]
    )
    (attachment,) = waiting["TransitGatewayAttachments"]
    attachment_id, table_id = attachment["TransitGatewayAttachmentId"], theirs["TransitGatewayRouteTableId"]
    ec2.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment_id)
    ec2.associate_transit_gateway_route_table(
        TransitGatewayRouteTableId=table_id, TransitGatewayAttachmentId=attachment_id
    )
    there = world.contents(*TGW_HUB.accounts)

    text = str(world.failure("tgw_hub", HUB, TGW_HUB.options))

    assert attachment_id in text and table_id in text and "Nothing was written" in text
    assert differences(world.contents(*TGW_HUB.accounts), there) == []


def test_a_hub_held_by_spokes_is_not_begun_to_be_removed(world: World) -> None:
    converge(world, TGW_HUB)
    there = world.contents(*TGW_HUB.accounts)
    text = str(world.failure("tgw_hub", HUB, TGW_HUB.options, state="absent"))
    assert SPOKE in text and SPOKE_2 in text and "remove those first" in text
    assert world.writes == []
    assert differences(world.contents(*TGW_HUB.accounts), there) == []


def test_a_vpc_in_use_says_so(world: World) -> None:
    converge(world, TIERED_VPC)
    ec2 = world.ec2(SPOKE)
    group = ec2.create_security_group(GroupName="theirs", Description="by hand", VpcId=vpc(world))["GroupId"]

    failure = world.failure("tiered_vpc", SPOKE, TIERED_VPC.options, state="absent", wait_timeout=1)

    assert failure.details["error_code"] == "DependencyViolation" and failure.details["left"] == ["vpc.main"]
    assert f"It is held by {group} (theirs)" in str(failure) and "delete what still uses it" in str(failure)
    ec2.delete_security_group(GroupId=group)
    assert [step["address"] for step in world.run("tiered_vpc", SPOKE, TIERED_VPC.options, state="absent")["plan"]] == [
        "vpc.main"
    ]


def test_a_second_attachment_of_an_account_is_reported_while_the_accepted_one_stays(world: World) -> None:
    converge(world, TGW_SPOKE)
    ec2 = world.ec2(SPOKE)
    second = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=second, CidrBlock="10.77.0.0/24")["Subnet"]["SubnetId"]
    gateway = ec2.describe_transit_gateways()["TransitGateways"][0]["TransitGatewayId"]
    ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=gateway, VpcId=second, SubnetIds=[subnet])

    result = hub_turn(world)

    assert (result["changed"], [found["vpc_id"] for found in result["undeclared"]]) == (False, [second])


def test_a_spoke_of_a_hub_that_shares_nothing_says_what_is_missing(world: World) -> None:
    closed_vpc(world, SPOKE)
    options = {"name": NAMES[SPOKE], "hub_account_id": HUB, "tiers": ["app"], "destinations": [CIDRS[HUB]]}
    # A plan of a whole inventory can be made before anything exists ...
    assert world.run("tgw_spoke", SPOKE, options, check=True)["changed"]
    # ... and not be applied.
    text = str(world.failure("tgw_spoke", SPOKE, options))
    assert "transit_gateway.main" in text and "Nothing was written" in text
