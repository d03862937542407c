# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Case of tiered_vpc with IPv6 besides IPv4."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.contract.case import TAGS, ZONES, Case, Drift, by_tags, tags
from tests.contract.world import NAME_TAG, OWNER_TAG, World
from tests.emulator.conftest import SPOKE
from tests.emulator.networks import wait_for

CIDR, OWNER = "10.6.0.0/16", "tiered_vpc/dual"
OPTIONS = {
    "name": "dual",
    "cidrs": [CIDR],
    "ipv6": {"source": "amazon"},
    "availability_zone_ids": ZONES[:1],
    "tiers": [
        {"name": "public", "prefix": 24, "internet": "gateway"},
        {"name": "app", "prefix": 24, "internet": "nat"},
        {"name": "data", "prefix": 24, "ipv6": False},
        {"name": "tgw", "prefix": 28, "network_acl": "open", "assign_ipv6_address": False},
    ],
    "flows": [
        {"from": "internet", "to": "public", "tcp": ["443"]},
        {"from": "public", "to": "app", "tcp": ["8443"]},
        {"from": "app", "to": "internet", "tcp": ["443"]},
        {"from": "2001:db8:9::/48", "to": "app", "tcp": ["22"]},
        {"from": "app", "to": "vpc", "tcp": ["5432"]},
    ],
    "default_network_acl": "empty",
    "security_groups": True,
    "network_acl_denied_ports": [3389],
    "tags": TAGS,
}


def of_dual(operation: str, result: str, key: str, name: str) -> Callable[[World], str]:
    return by_tags(SPOKE, operation, result, key, OWNER, name)


vpc = of_dual("describe_vpcs", "Vpcs", "VpcId", "main")
gateway = of_dual(
    "describe_egress_only_internet_gateways",
    "EgressOnlyInternetGateways",
    "EgressOnlyInternetGatewayId",
    "main",
)


def subnets(world: World) -> list[dict[str, Any]]:
    query = [{"Name": "vpc-id", "Values": [vpc(world)]}]
    return world.ec2(SPOKE).describe_subnets(Filters=query)["Subnets"]


def of_subnet(name: str) -> Callable[[World], str]:
    return of_dual("describe_subnets", "Subnets", "SubnetId", name)


def range_lost(world: World, *names: str) -> None:
    ec2, ids = world.ec2(SPOKE), [of_subnet(name)(world) for name in names]
    for subnet in subnets(world):
        for block in subnet["Ipv6CidrBlockAssociationSet"]:
            if not ids or subnet["SubnetId"] in ids:
                off = {"AssignIpv6AddressOnCreation": {"Value": False}}
                ec2.modify_subnet_attribute(SubnetId=subnet["SubnetId"], **off)
                ec2.disassociate_subnet_cidr_block(AssociationId=block["AssociationId"])


def block_lost(world: World) -> None:
    range_lost(world)
    (found,) = world.ec2(SPOKE).describe_vpcs(VpcIds=[vpc(world)])["Vpcs"]
    for block in found["Ipv6CidrBlockAssociationSet"]:
        wait_for(lambda: all(_is_over(subnet) for subnet in subnets(world)), True)
        world.ec2(SPOKE).disassociate_vpc_cidr_block(AssociationId=block["AssociationId"])


def _is_over(subnet: dict[str, Any]) -> bool:
    blocks = subnet["Ipv6CidrBlockAssociationSet"]
    return all(block["Ipv6CidrBlockState"]["State"] == "disassociated" for block in blocks)


def assigning_off(world: World) -> None:
    off = {"AssignIpv6AddressOnCreation": {"Value": False}}
    world.ec2(SPOKE).modify_subnet_attribute(SubnetId=of_subnet("app.euc1-az1")(world), **off)


def given_where_none_is_declared(world: World) -> None:
    (found,) = world.ec2(SPOKE).describe_vpcs(VpcIds=[vpc(world)])["Vpcs"]
    spare = found["Ipv6CidrBlockAssociationSet"][-1]["Ipv6CidrBlock"].replace("00::/56", "ff::/64")
    id_ = of_subnet("data.euc1-az1")(world)
    world.ec2(SPOKE).associate_subnet_cidr_block(SubnetId=id_, Ipv6CidrBlock=spare)


def gateway_removed(world: World) -> None:
    world.ec2(SPOKE).delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=gateway(world))


def in_by_ipv6(world: World) -> None:
    """Open an egress-only tier to ingress: its IPv6 default route leads to the internet gateway."""
    ec2 = world.ec2(SPOKE)
    table = of_dual("describe_route_tables", "RouteTables", "RouteTableId", "app")(world)
    igw = of_dual("describe_internet_gateways", "InternetGateways", "InternetGatewayId", "main")(world)
    ec2.replace_route(RouteTableId=table, DestinationIpv6CidrBlock="::/0", GatewayId=igw)


def by_hand(world: World) -> str:
    """Create a VPC with tiered_vpc's tags and return its id; what is in it has no tags."""
    pairs = [{"Key": OWNER_TAG, "Value": OWNER}, {"Key": NAME_TAG, "Value": "main"}]
    tagged = [{"ResourceType": "vpc", "Tags": pairs}]
    return world.ec2(SPOKE).create_vpc(CidrBlock=CIDR, TagSpecifications=tagged)["Vpc"]["VpcId"]


def foreign_gateway(world: World) -> str:
    made = world.ec2(SPOKE).create_egress_only_internet_gateway(VpcId=by_hand(world))["EgressOnlyInternetGateway"]
    return made["EgressOnlyInternetGatewayId"]


DUAL_STACK = Case(
    "tiered_vpc",
    SPOKE,
    OPTIONS,
    [SPOKE],
    [
        Drift("vpc_ipv6: lost", "vpc_ipv6", ("vpc",), "create", block_lost),
        Drift(
            "subnet: IPv6 range lost",
            "subnet",
            ("ipv6_cidr", "assign_ipv6"),
            "change",
            lambda world: range_lost(world, "app.euc1-az1"),
        ),
        Drift("subnet: IPv6 addresses not assigned", "subnet", ("assign_ipv6",), "change", assigning_off),
        Drift("subnet: an IPv6 range too many", "subnet", ("ipv6_cidr",), "change", given_where_none_is_declared),
        Drift("internet_route: a way in by IPv6", "internet_route", ("via", "target"), "change", in_by_ipv6),
        Drift(
            "egress_only_internet_gateway: removed", "egress_only_internet_gateway", ("vpc",), "create", gateway_removed
        ),
        *tags("egress_only_internet_gateway", SPOKE, gateway),
    ],
    foreign={"egress-only internet gateway": foreign_gateway},
    name="IPv6",
)

CASES = [DUAL_STACK]
