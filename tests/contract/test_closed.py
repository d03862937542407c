# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refusal of a VPC that must be closed and has a route to the internet, given by id or by name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.contract.closed_cases import CLOSED_ENDPOINTS, ENDPOINTS, before_endpoints, closed_vpc, route_by_hand, vpc_id
from tests.contract.world import World
from tests.emulator.conftest import SPOKE


def refusal(world: World, **options: object) -> str:
    text = str(world.failure("closed_vpc_endpoints", SPOKE, CLOSED_ENDPOINTS, **options))
    assert world.writes == [] and "Nothing was written" in text
    return text


def used_table(world: World, tier: str) -> str:
    query = [{"Name": "vpc-id", "Values": [vpc_id(world)]}, {"Name": "tag:closednet:name", "Values": [tier]}]
    (table,) = world.ec2(SPOKE).describe_route_tables(Filters=query)["RouteTables"]
    return table["RouteTableId"]


def nat_route(world: World) -> str:
    """Create a default route from the subnets of app to a NAT gateway, by hand; return the gateway's id."""
    ec2 = world.ec2(SPOKE)
    query = [{"Name": "vpc-id", "Values": [vpc_id(world)]}]
    subnet = ec2.describe_subnets(Filters=query)["Subnets"][0]["SubnetId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc_id(world))
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    ec2.create_route(RouteTableId=used_table(world, "app"), DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    return nat


def egress_only_route(world: World) -> str:
    ec2 = world.ec2(SPOKE)
    made = ec2.create_egress_only_internet_gateway(VpcId=vpc_id(world))["EgressOnlyInternetGateway"]
    id_ = made["EgressOnlyInternetGatewayId"]
    ec2.create_route(
        RouteTableId=used_table(world, "app"), DestinationIpv6CidrBlock="::/0", EgressOnlyInternetGatewayId=id_
    )
    return id_


@pytest.mark.parametrize("make", [nat_route, egress_only_route, route_by_hand])
def test_a_route_to_the_internet_is_named(world: World, make: Callable[[World], str]) -> None:
    closed_vpc(world)
    gateway = make(world)
    for selector in ({}, {"vpc_id": vpc_id(world)}):
        text = refusal(world, **selector)
        assert f" to {gateway}. Delete these routes" in text and "route table rtb-" in text
    world.run("closed_vpc_endpoints", SPOKE, ENDPOINTS)
    # The module can still delete what it created.
    assert world.run("closed_vpc_endpoints", SPOKE, CLOSED_ENDPOINTS, state="absent")["changed"]


def test_of_a_vpc_of_somebody_else_too(world: World) -> None:
    """Every account's default VPC has such a route, in its main table."""
    (default,) = world.ec2(SPOKE).describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    text = refusal(world, vpc_id=default["VpcId"])
    assert f"closed: {default['VpcId']} isn't" in text and "the main one" in text and "0.0.0.0/0 to igw-" in text


def test_other_tiers_may_have_internet(world: World) -> None:
    closed_vpc(world)
    nat = nat_route(world)
    assert nat in refusal(world, tiers=["app"])
    assert world.run("closed_vpc_endpoints", SPOKE, CLOSED_ENDPOINTS, tiers=["endpoint"])["changed"]


def test_a_private_nat_gateway_is_no_way_to_the_internet(world: World) -> None:
    before_endpoints(world)
    assert world.run("closed_vpc_endpoints", SPOKE, CLOSED_ENDPOINTS)["changed"]


def test_a_service_can_keep_its_usual_names_outside_of_its_endpoint(world: World) -> None:
    closed_vpc(world)
    options = {**ENDPOINTS, "private_dns_except": ["ecr.api"]}
    world.run("closed_vpc_endpoints", SPOKE, options)
    named = {
        endpoint["ServiceName"].partition("eu-central-1.")[2]: endpoint["PrivateDnsEnabled"]
        for endpoint in world.ec2(SPOKE).describe_vpc_endpoints()["VpcEndpoints"]
        if endpoint["VpcEndpointType"] == "Interface"
    }
    assert named["ecr.api"] is False and all(enabled for suffix, enabled in named.items() if suffix != "ecr.api")
    assert not world.run("closed_vpc_endpoints", SPOKE, options)["changed"] and world.writes == []
