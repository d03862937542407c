# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IPv6 of tiered_vpc: added, kept, no longer declared, removed; and IPv6 that somebody else added."""

from __future__ import annotations

from typing import Any

from tests.contract.ipv6_cases import OPTIONS, gateway, of_dual, of_subnet, subnets, vpc
from tests.contract.world import World
from tests.emulator.conftest import SPOKE

WITHOUT = {key: value for key, value in OPTIONS.items() if key != "ipv6"}
FLOWS = [flow for flow in OPTIONS["flows"] if flow["from"] != "2001:db8:9::/48"]
BARE = {key: value for key, value in WITHOUT.items() if key in ("name", "cidrs", "availability_zone_ids", "tiers")}


def ranges(world: World) -> list[str]:
    return [
        block["Ipv6CidrBlock"]
        for subnet in subnets(world)
        for block in subnet["Ipv6CidrBlockAssociationSet"]
        if block["Ipv6CidrBlockState"]["State"] == "associated"
    ]


def opened_to_ipv6(world: World) -> list[Any]:
    """Return the rules of the VPC's default network ACL and default security group that allow IPv6."""
    ec2, query = world.ec2(SPOKE), [{"Name": "vpc-id", "Values": [vpc(world)]}]
    (acl,) = ec2.describe_network_acls(Filters=[*query, {"Name": "default", "Values": ["true"]}])["NetworkAcls"]
    (group,) = ec2.describe_security_groups(Filters=[*query, {"Name": "group-name", "Values": ["default"]}])[
        "SecurityGroups"
    ]
    return [
        *[e for e in acl["Entries"] if e["RuleAction"] == "allow" and "Ipv6CidrBlock" in e],
        *[p for p in group["IpPermissionsEgress"] if p["Ipv6Ranges"]],
    ]


def routes(world: World, tier: str) -> dict[str, str]:
    """Return {IPv6 destination: target} of a tier's route table, without local routes."""
    id_ = of_dual("describe_route_tables", "RouteTables", "RouteTableId", tier)(world)
    (table,) = world.ec2(SPOKE).describe_route_tables(RouteTableIds=[id_])["RouteTables"]
    keys = ("GatewayId", "EgressOnlyInternetGatewayId")
    return {
        route["DestinationIpv6CidrBlock"]: next(route[key] for key in keys if key in route)
        for route in table["Routes"]
        if "DestinationIpv6CidrBlock" in route and route.get("GatewayId") != "local"
    }


def test_a_vpc_with_ipv4_gets_ipv6_in_one_run(world: World) -> None:
    """AWS then opens the default network ACL and the default group to IPv6, where nobody has changed them."""
    world.run("tiered_vpc", SPOKE, {**BARE, "default_security_group": "ignore"})
    there = [subnet["SubnetId"] for subnet in subnets(world)]
    checked = world.run("tiered_vpc", SPOKE, OPTIONS, check=True)
    applied = world.run("tiered_vpc", SPOKE, OPTIONS)
    assert applied["plan"] == checked["plan"]
    assert [subnet["SubnetId"] for subnet in subnets(world)] == there
    assert opened_to_ipv6(world) == []
    assert len(ranges(world)) == 3 and applied["ipv6_cidr"].endswith("00::/56")
    assert routes(world, "app") == {"::/0": gateway(world)} and routes(world, "public")["::/0"].startswith("igw-")
    again = world.run("tiered_vpc", SPOKE, OPTIONS)
    assert (again["plan"], again["findings"], world.writes) == ([], [], [])


def test_ipv6_that_is_no_longer_declared_is_asked_for(world: World) -> None:
    world.run("tiered_vpc", SPOKE, OPTIONS)
    text = str(world.failure("tiered_vpc", SPOKE, {**WITHOUT, "flows": FLOWS}))
    assert "ipv6: isn't declared, but subnets were created with IPv6 CIDRs (app.euc1-az1, public.euc1-az1" in text
    assert world.writes == [] and len(ranges(world)) == 3


def test_and_goes_where_that_is_said(world: World) -> None:
    world.run("tiered_vpc", SPOKE, OPTIONS)
    gone = {**WITHOUT, "flows": FLOWS, "ipv6": {"source": "none"}}
    checked = world.run("tiered_vpc", SPOKE, gone, check=True)
    assert world.run("tiered_vpc", SPOKE, gone)["plan"] == checked["plan"]
    assert ranges(world) == [] and routes(world, "app") == routes(world, "public") == {}
    (found,) = world.ec2(SPOKE).describe_vpcs(VpcIds=[vpc(world)])["Vpcs"]
    states = [block["Ipv6CidrBlockState"]["State"] for block in found["Ipv6CidrBlockAssociationSet"]]
    assert not {"associated", "associating"} & set(states)
    assert not world.ec2(SPOKE).describe_egress_only_internet_gateways()["EgressOnlyInternetGateways"]
    again = world.run("tiered_vpc", SPOKE, gone)
    assert (again["plan"], again["findings"]) == ([], [])


def by_hand(world: World, tier: str) -> str:
    """Give the VPC IPv6 and a tier a default route to an egress-only internet gateway; return the gateway's id."""
    ec2, id_ = world.ec2(SPOKE), vpc(world)
    if not ec2.describe_vpcs(VpcIds=[id_])["Vpcs"][0].get("Ipv6CidrBlockAssociationSet"):
        ec2.associate_vpc_cidr_block(VpcId=id_, AmazonProvidedIpv6CidrBlock=True)
    # A VPC has one at most.
    there = ec2.describe_egress_only_internet_gateways()["EgressOnlyInternetGateways"]
    gateway_ = there[0] if there else ec2.create_egress_only_internet_gateway(VpcId=id_)["EgressOnlyInternetGateway"]
    table = of_dual("describe_route_tables", "RouteTables", "RouteTableId", tier)(world)
    ec2.create_route(
        RouteTableId=table,
        DestinationIpv6CidrBlock="::/0",
        EgressOnlyInternetGatewayId=gateway_["EgressOnlyInternetGatewayId"],
    )
    return gateway_["EgressOnlyInternetGatewayId"]


def test_a_way_out_by_ipv6_is_taken_from_a_closed_tier_and_told_of_others(world: World) -> None:
    """Regression: no resource had a route to an egress-only internet gateway."""
    world.run("tiered_vpc", SPOKE, BARE)
    by_hand(world, "data")
    kept = by_hand(world, "app")
    result = world.run("tiered_vpc", SPOKE, BARE)
    assert [(step["action"], step["address"]) for step in result["plan"]] == [("delete", "internet_route.data/::/0")]
    assert routes(world, "data") == {} and routes(world, "app") == {"::/0": kept}
    block, route = result["findings"]
    assert "which isn't declared: it stays" in block and f"route app/::/0 to {kept} stays" in route


def test_a_prefix_list_is_a_way_out_of_a_closed_tier_too(world: World) -> None:
    world.run("tiered_vpc", SPOKE, BARE)
    ec2 = world.ec2(SPOKE)
    listed = ec2.create_managed_prefix_list(
        PrefixListName="all", AddressFamily="IPv6", MaxEntries=1, Entries=[{"Cidr": "::/0"}]
    )["PrefixList"]["PrefixListId"]
    table = of_dual("describe_route_tables", "RouteTables", "RouteTableId", "data")(world)
    igw = of_dual("describe_internet_gateways", "InternetGateways", "InternetGatewayId", "main")(world)
    ec2.create_route(RouteTableId=table, DestinationPrefixListId=listed, GatewayId=igw)
    plan = world.run("tiered_vpc", SPOKE, BARE)["plan"]
    assert [(step["action"], step["address"]) for step in plan] == [("delete", f"internet_route.data/{listed}")]


def test_a_range_of_somebody_elses_subnet_is_named_before_a_write(world: World) -> None:
    world.run("tiered_vpc", SPOKE, {**OPTIONS, "tiers": OPTIONS["tiers"][:1], "flows": FLOWS[:1]})
    block = world.ec2(SPOKE).describe_vpcs(VpcIds=[vpc(world)])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"][0]
    # The CIDR of the second tier's first subnet.
    taken = block["Ipv6CidrBlock"].replace("00::/56", "04::/64")
    other = world.ec2(SPOKE).create_subnet(VpcId=vpc(world), CidrBlock="10.6.200.0/24", Ipv6CidrBlock=taken)["Subnet"]
    text = str(world.failure("tiered_vpc", SPOKE, {**OPTIONS, "default_network_acl": "ignore"}))
    assert f"its IPv6 range {taken} is that of {other['SubnetId']}" in text and world.writes == []


def test_a_subnet_with_ipv6_only_is_in_nobodys_way(world: World) -> None:
    """Regression: such a subnet has no CidrBlock, which raised a KeyError."""
    world.run("tiered_vpc", SPOKE, BARE)
    world.ec2(SPOKE).associate_vpc_cidr_block(VpcId=vpc(world), AmazonProvidedIpv6CidrBlock=True)
    block = world.ec2(SPOKE).describe_vpcs(VpcIds=[vpc(world)])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"][0]
    cidr = block["Ipv6CidrBlock"].replace("00::/56", "f0::/64")
    made = world.ec2(SPOKE).create_subnet(VpcId=vpc(world), Ipv6CidrBlock=cidr, Ipv6Native=True)["Subnet"]
    assert not made.get("CidrBlock")
    assert world.run("tiered_vpc", SPOKE, BARE)["plan"] == []
    assert of_subnet("data.euc1-az1")(world) != made["SubnetId"]
