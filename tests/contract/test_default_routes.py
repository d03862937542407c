# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A VPC's default route goes from its NAT gateway to the hub and back, and is there after every call."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.case import ZONES, by_tags
from tests.contract.egress_route_cases import WAY_OUT, member
from tests.contract.world import World
from tests.emulator.conftest import HUB, SPOKE

DEFAULT = "0.0.0.0/0"
HANDED = {"transit_gateway_tiers": ["app"], "transit_gateway_destinations": [DEFAULT]}
FLOWS = [{"from": "app", "to": "internet", "tcp": ["443"]}, {"from": "internet", "to": "public", "tcp": ["443"]}]


def options(internet: str, kind: str = "single", **app: Any) -> dict[str, Any]:
    tiers = [
        {"name": "app", "prefix": 24, "internet": internet, **app},
        {"name": "tgw", "prefix": 28, "network_acl": "open"},
        {"name": "public", "prefix": 24, "internet": "direct"},
    ]
    common = {"name": "alpha", "cidrs": ["10.1.0.0/16"], "availability_zone_ids": ZONES, "flows": FLOWS}
    return {**common, "tiers": tiers, "nat_gateways": kind}


def vpc(world: World, internet: str, kind: str = "single", **more: Any) -> dict[str, Any]:
    return world.run("tiered_vpc", SPOKE, {**options(internet, kind), **more})


def spoke(world: World, **more: Any) -> dict[str, Any]:
    declared = {"name": "alpha", "hub_account_id": HUB, "tiers": ["app"], **more}
    return world.run("tgw_spoke", SPOKE, declared)


def hub(world: World) -> None:
    declared = {"name": "hub", "segments": {"customers": {}}, "share_with": {"organization": True}}
    world.run("tgw_hub", HUB, {**declared, "attachments": [member(world, SPOKE, "customers")]})


def defaults(world: World) -> dict[str, str]:
    """Return {route table of the tier app: where its default route leads}."""
    query = [{"Name": "tag:closednet:managed", "Values": ["tiered_vpc/alpha"]}]
    found = {}
    for table in world.ec2(SPOKE).describe_route_tables(Filters=query)["RouteTables"]:
        name = next(tag["Value"] for tag in table["Tags"] if tag["Key"] == "closednet:name")
        for route in table["Routes"]:
            if name.startswith("app") and route.get("DestinationCidrBlock") == DEFAULT:
                assert route["State"] == "active"
                found[name] = (route.get("NatGatewayId") or route.get("TransitGatewayId"))[:3]
    return found


def nat_gateways(world: World) -> int:
    states = [{"Name": "state", "Values": ["pending", "available"]}]
    return len(world.ec2(SPOKE).describe_nat_gateways(Filter=states)["NatGateways"])


@pytest.fixture(params=["single", "per_az"])
def attached(world: World, request: pytest.FixtureRequest) -> tuple[World, str]:
    """World in which alpha leaves by NAT gateways, and is attached to the hub."""
    vpc(world, "nat", request.param)
    hub(world)
    spoke(world)
    hub(world)
    return world, request.param


def test_there_and_back(attached: tuple[World, str]) -> None:
    world, kind = attached
    tables = ["app"] if kind == "single" else [f"app.{zone}" for zone in ZONES]
    by = {name: dict.fromkeys(tables, name) for name in ("nat", "tgw")}

    # Before the hub says that its way out is ready, nothing changes.
    kept = vpc(world, "none", kind, **HANDED)
    assert kept["kept_routes"] == [f"{table}/{DEFAULT}" for table in tables] and world.writes == []
    assert any("stays, with what it leads to" in note for note in kept["notes"])
    waiting = spoke(world, destinations=[DEFAULT])
    assert world.writes == [] and not waiting["routed"] and len(waiting["findings"]) == len(tables)
    assert waiting["default_routes"] == [DEFAULT]
    assert defaults(world) == by["nat"] and nat_gateways(world) == len(tables)

    # The route is led to the hub by one call, and what it led to is deleted after that, without a confirmation.
    ready = {"destinations": [DEFAULT], "ready_destinations": [DEFAULT]}
    assert spoke(world, **ready)["routed"] and world.writes == ["ReplaceRoute"] * len(tables)
    assert defaults(world) == by["tgw"]
    vpc(world, "none", kind, **HANDED)
    assert sorted(world.writes)[-1] == "ReleaseAddress" and "DeleteNatGateway" in world.writes
    assert not {"DeleteRoute", "CreateRoute", "ReplaceRoute", "DeleteRouteTable"} & set(world.writes)
    assert defaults(world) == by["tgw"] and nat_gateways(world) == 0
    # The second run changes nothing, also where the hub's word is missing.
    assert vpc(world, "none", kind, **HANDED)["plan"] == spoke(world, **ready)["plan"] == []
    alone = spoke(world, destinations=[DEFAULT])
    assert (alone["plan"], alone["findings"], alone["routed"]) == ([], [], True)

    # Back, by one call too.
    vpc(world, "nat", kind)
    assert "DeleteRoute" not in world.writes and world.writes.count("ReplaceRoute") == len(tables)
    assert world.writes.index("CreateNatGateway") < world.writes.index("ReplaceRoute")
    assert defaults(world) == by["nat"]
    back = spoke(world)
    assert back["plan"] == [] and back["default_routes"] == []
    assert defaults(world) == by["nat"] and vpc(world, "nat", kind)["plan"] == []


def test_a_direct_tier_keeps_its_own_internet_gateway(attached: tuple[World, str]) -> None:
    world, kind = attached
    route = {"tiers": ["app", "public"], "direct_tiers": ["public"]}
    spoke(world, destinations=[DEFAULT, "10.0.0.0/8"], ready_destinations=[DEFAULT], **route)
    owner = ("tiered_vpc/alpha", "public")
    table_id = by_tags(SPOKE, "describe_route_tables", "RouteTables", "RouteTableId", *owner)(world)
    (table,) = world.ec2(SPOKE).describe_route_tables(RouteTableIds=[table_id])["RouteTables"]
    leads = {r["DestinationCidrBlock"]: r.get("TransitGatewayId") or r.get("GatewayId") for r in table["Routes"]}
    assert leads[DEFAULT].startswith("igw-") and leads["10.0.0.0/8"].startswith("tgw-")


def test_what_the_way_needs_is_not_deleted_before_and_other_tables_are_refused(attached: tuple[World, str]) -> None:
    world, kind = attached
    declared = {**options("none", kind), **HANDED}
    closed = {**declared, "tiers": declared["tiers"][:2], "flows": FLOWS[:1]}
    text = str(world.failure("tiered_vpc", SPOKE, closed))
    assert "holds nat-" in text and "Keep its tier in this run" in text and world.writes == []
    other = {**options("none", kind, route_tables="single" if kind == "per_az" else "per_az"), **HANDED}
    assert f"declare route_tables={kind} for it" in str(world.failure("tiered_vpc", SPOKE, other))


def test_without_a_declaration_of_the_hand_over_a_nat_gateway_needs_a_confirmation(attached: tuple[World, str]) -> None:
    world, kind = attached
    assert "confirm_removals" in str(world.failure("tiered_vpc", SPOKE, options("none", kind)))


@pytest.mark.parametrize("internet", ["nat", "gateway"])
def test_a_tier_leads_its_default_route_to_one_of_the_two(world: World, internet: str) -> None:
    text = str(world.failure("tiered_vpc", SPOKE, {**options(internet), **HANDED}))
    assert "tiers[0].internet" in text and "elsewhere than to the transit gateway" in text and world.calls == []


def test_a_run_that_finds_its_attachment_pending_leads_routes_to_it_once_it_is_available(world: World) -> None:
    """CreateRoute doesn't know a Transit Gateway until the VPC's attachment is available."""
    WAY_OUT.before(world)
    world.emulator.control("POST", "settings", {"transition": {"transit-gateway-attachment": 2500}})
    interrupted = world.failure(WAY_OUT.module, HUB, WAY_OUT.options, wait_timeout=1)
    assert "transit_gateway_attachment.hub: waited 1 s for available" in str(interrupted)
    again = world.run(WAY_OUT.module, HUB, WAY_OUT.options)
    assert "create transit_gateway_route.hub/app/0.0.0.0/0" in {
        f"{step['action']} {step['address']}" for step in again["plan"]
    }
