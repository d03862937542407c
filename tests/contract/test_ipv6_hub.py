# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IPv6 through the Transit Gateway: two isolated customers, shared services, and blackholes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.case import ZONES
from tests.contract.cases import CIDRS, NAMES
from tests.contract.world import World
from tests.emulator.conftest import HUB, SPOKE, SPOKE_2

SEGMENTS = {"shared": {}, "customers": {"isolated": True, "reaches": ["shared"]}}
TIERS = [{"name": "app", "prefix": 24}, {"name": "tgw", "prefix": 28}]


def dual_vpc(world: World, account: str, **more: Any) -> str:
    """Create a VPC with IPv4 and IPv6 and return its IPv6 CIDR."""
    options = {"name": NAMES[account], "cidrs": [CIDRS[account]], "availability_zone_ids": ZONES, "tiers": TIERS}
    result = world.run("tiered_vpc", account, {**options, "ipv6": {"source": "amazon"}, **more})
    return result["ipv6_cidr"]


def vpc_of(world: World, account: str) -> str | None:
    found = world.ec2(account).describe_vpcs(
        Filters=[{"Name": "tag:closednet:managed", "Values": [f"tiered_vpc/{NAMES[account]}"]}]
    )["Vpcs"]
    return found[0]["VpcId"] if found else None


def spoke(world: World, account: str, **more: Any) -> dict[str, Any]:
    options = {"name": NAMES[account], "hub_account_id": HUB, "tiers": ["app"], "ipv6_support": True, **more}
    return world.run("tgw_spoke", account, options)


def hub(world: World, blocks: dict[str, str]) -> dict[str, Any]:
    own = {"name": NAMES[HUB], "segment": "shared", "cidrs": [CIDRS[HUB], blocks[HUB]], "ipv6_support": True}
    options = {
        "name": "hub",
        "segments": SEGMENTS,
        "share_with": {"organization": True},
        "vpc_attachments": [{**own, "tiers": ["app"], "destinations": [blocks[SPOKE], "10.0.0.0/8"]}],
        "attachments": [
            {
                "name": NAMES[account],
                "account_id": account,
                "segment": "customers",
                "cidrs": [CIDRS[account], blocks[account]],
                "vpc_id": vpc_of(world, account),
                "actual_cidrs": [CIDRS[account], blocks[account]],
            }
            for account in (SPOKE, SPOKE_2)
        ],
        "blackholes": True,
    }
    return world.run("tgw_hub", HUB, options)


def routes(world: World, table: str) -> dict[str, str]:
    """Return {IPv6 destination: "STATE TYPE" of its route} of a transit gateway route table."""
    found = world.ec2(HUB).search_transit_gateway_routes(
        TransitGatewayRouteTableId=table, Filters=[{"Name": "state", "Values": ["active", "blackhole"]}]
    )["Routes"]
    return {r["DestinationCidrBlock"]: f"{r['State']} {r['Type']}" for r in found if ":" in r["DestinationCidrBlock"]}


def test_ipv6_meets_shared_services_and_no_other_customer(world: World) -> None:
    blocks = {account: dual_vpc(world, account) for account in (HUB, SPOKE, SPOKE_2)}
    hub(world, blocks)
    for account in (SPOKE, SPOKE_2):
        spoke(world, account, destinations=[blocks[HUB], CIDRS[HUB]])
    tables = hub(world, blocks)["route_table_ids"]
    assert routes(world, tables["customers"]) == {
        blocks[HUB]: "active propagated",
        blocks[SPOKE]: "blackhole static",
        blocks[SPOKE_2]: "blackhole static",
    }
    assert routes(world, tables["shared"]) == dict.fromkeys(blocks.values(), "active propagated")
    assert [step["address"] for step in spoke(world, SPOKE, destinations=[blocks[HUB], CIDRS[HUB]])["plan"]] == [
        f"transit_gateway_route.main/app/{blocks[HUB]}",
        f"transit_gateway_route.main/app/{CIDRS[HUB]}",
    ]
    assert hub(world, blocks)["plan"] == [] and world.writes == []


def test_ipv6_support_goes_where_that_is_said_and_is_told_where_nothing_is(world: World) -> None:
    blocks = {HUB: dual_vpc(world, HUB), SPOKE: dual_vpc(world, SPOKE), SPOKE_2: "2001:db8::/56"}
    hub(world, blocks)
    spoke(world, SPOKE)
    hub(world, blocks)
    told = spoke(world, SPOKE, ipv6_support=None)
    assert told["plan"] == [] and any("IPv6 support, which isn't declared" in line for line in told["findings"])
    (step,) = spoke(world, SPOKE, ipv6_support=False)["plan"]
    assert step["address"] == "transit_gateway_attachment.main:ipv6_support" and step["after"]["ipv6_support"] is False


def test_ipv6_support_needs_ranges_in_the_attached_subnets(world: World) -> None:
    tiers = [{"name": "app", "prefix": 24}, {"name": "tgw", "prefix": 28, "ipv6": False}]
    dual_vpc(world, SPOKE, tiers=tiers)
    hub(world, {HUB: dual_vpc(world, HUB), SPOKE: "2001:db8:1::/56", SPOKE_2: "2001:db8:2::/56"})
    options = {"name": NAMES[SPOKE], "hub_account_id": HUB, "ipv6_support": True}
    text = str(world.failure("tgw_spoke", SPOKE, options))
    assert "ipv6_support: subnet-" in text and "of attachment_tier 'tgw' has no IPv6 range" in text
    assert world.writes == []


@pytest.mark.parametrize("declares_ipv6", [True, False], ids=["tiered_vpc's", "by hand"])
def test_a_new_group_of_a_vpc_with_ipv6_lets_nothing_out(world: World, declares_ipv6: bool) -> None:
    """Regression: AWS puts ::/0 into such a group's outbound rules, and it stayed until the second run."""
    dual_vpc(world, SPOKE, ipv6={"source": "amazon"})
    hub(world, {HUB: dual_vpc(world, HUB), SPOKE: "2001:db8:1::/56", SPOKE_2: "2001:db8:2::/56"})
    sources = ["2001:db8:9::/56", CIDRS[HUB]] if declares_ipv6 else [CIDRS[HUB]]
    made = spoke(world, SPOKE, from_hub={"sources": sources, "tcp": ["443"]})
    (group,) = world.ec2(SPOKE).describe_security_groups(GroupIds=[made["ids"]["security_group.from_hub"]])[
        "SecurityGroups"
    ]
    assert group["IpPermissionsEgress"] == []
    admitted = [peer["CidrIpv6"] for p in group["IpPermissions"] for peer in p["Ipv6Ranges"]]
    assert admitted == [cidr for cidr in sources if ":" in cidr]
