# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cases of tgw_hub with a way out, behind a firewall that is attached to it, and of tgw_spoke with a default route."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.contract.case import ZONES, Case, Drift, by_tags, only
from tests.contract.world import NAME_TAG, World
from tests.emulator.conftest import HUB, SPOKE, SPOKE_2
from tests.emulator.firewalls import FORWARD, STRICT, UNPROTECTED
from tests.emulator.networks import wait_for

TIERS = [{"name": "app", "prefix": 24}, {"name": "tgw", "prefix": 28}]
CIDRS = {HUB: "10.0.0.0/16", SPOKE: "10.1.0.0/16", SPOKE_2: "10.255.0.0/24"}
NAMES = {HUB: "hub", SPOKE: "alpha", SPOKE_2: "nat"}
DEFAULT = "0.0.0.0/0"
SEGMENTS = {
    "shared": {"reaches": ["egress"]},
    "customers": {"isolated": True, "reaches": ["egress"]},
    "egress": {"egress": True},
    "internet": {"internet_of": "egress"},
}


def tiered(world: World, account: str) -> None:
    sizes = [{**tier, "prefix": 28} for tier in TIERS] if account == SPOKE_2 else TIERS
    options = {
        "name": NAMES[account],
        "cidrs": [CIDRS[account]],
        "availability_zone_ids": ZONES,
        "tiers": sizes,
    }
    world.run("tiered_vpc", account, options)


def member(world: World, account: str, segment: str) -> dict[str, Any]:
    ids = ("describe_vpcs", "Vpcs", "VpcId")
    vpc_id = by_tags(account, *ids, f"tiered_vpc/{NAMES[account]}", "main")(world)
    cidrs = [CIDRS[account]]
    attachment = {"name": NAMES[account], "account_id": account, "segment": segment, "cidrs": cidrs}
    return {**attachment, "vpc_id": vpc_id, "actual_cidrs": cidrs}


def firewall(world: World) -> list[dict[str, Any]]:
    """The firewall's entry of other_attachments, with its id once the firewall exists."""
    attachment = {"name": "firewall", "resource_type": "network-function", "segment": "egress", "cidrs": []}
    return [{**attachment, "attachment_id": world.made.get("firewall")}]


HUB_OPTIONS = {
    "name": "hub",
    "segments": SEGMENTS,
    "share_with": {"organization": True},
    "vpc_attachments": [
        {"name": "hub", "segment": "shared", "cidrs": [CIDRS[HUB]], "tiers": ["app"], "destinations": [DEFAULT]}
    ],
    "attachments": lambda world: [member(world, SPOKE, "customers"), member(world, SPOKE_2, "internet")],
    "other_attachments": firewall,
    # For drifts that close all that is declared between the two.
    "allow_opens": ["customers>egress"],
    "egress_ready": True,
}


def tgw(world: World, account: str = HUB) -> str:
    return only(world.ec2(account).describe_transit_gateways()["TransitGateways"], "TransitGatewayId")


def of_hub(operation: str, result: str, key: str, name: str) -> Callable[[World], str]:
    return by_tags(HUB, operation, result, key, "tgw_hub/hub", name)


customers = of_hub(
    "describe_transit_gateway_route_tables", "TransitGatewayRouteTables", "TransitGatewayRouteTableId", "customers"
)


def table(account: str) -> Callable[[World], str]:
    owner = f"tiered_vpc/{NAMES[account]}"
    return by_tags(account, "describe_route_tables", "RouteTables", "RouteTableId", owner, "app")


def before_hub(world: World) -> None:
    for account in (HUB, SPOKE, SPOKE_2):
        tiered(world, account)
    gateway(world, HUB)


def spoke(world: World, account: str, **more: Any) -> None:
    world.run("tgw_spoke", account, {"name": NAMES[account], "hub_account_id": HUB, **more})


def others_ask(world: World) -> None:
    """The spokes' attachments, and the firewall of another account, which is attached to the transit gateway."""
    for account in (SPOKE, SPOKE_2):
        spoke(world, account)
    nfw = world.client(SPOKE_2, "network-firewall")
    policy = nfw.create_firewall_policy(
        FirewallPolicyName="egress", FirewallPolicy={**FORWARD, "StatefulEngineOptions": STRICT}
    )["FirewallPolicyResponse"]["FirewallPolicyArn"]
    nfw.create_firewall(
        FirewallName="egress",
        FirewallPolicyArn=policy,
        TransitGatewayId=tgw(world, SPOKE_2),
        AvailabilityZoneMappings=[{"AvailabilityZone": zone} for zone in ZONES],
        **UNPROTECTED,
    )
    wait_for(lambda: [a["State"] for a in firewalls(world)], ["pendingAcceptance"])
    world.made["firewall"] = only(firewalls(world), "TransitGatewayAttachmentId")


def firewalls(world: World) -> list[dict[str, Any]]:
    query = [{"Name": "resource-type", "Values": ["network-function"]}]
    return world.ec2(HUB).describe_transit_gateway_attachments(Filters=query)["TransitGatewayAttachments"]


def others_leave(world: World) -> None:
    for account in (SPOKE, SPOKE_2):
        spoke(world, account, state="absent")
    world.client(SPOKE_2, "network-firewall").delete_firewall(FirewallName="egress")
    wait_for(lambda: [a["State"] for a in firewalls(world) if a["State"] != "deleted"], [])
    world.client(SPOKE_2, "network-firewall").delete_firewall_policy(FirewallPolicyName="egress")


def static_route(operation: str, cidr: str, **target: Any) -> Callable[[World], Any]:
    return lambda world: getattr(world.ec2(HUB), f"{operation}_transit_gateway_route")(
        TransitGatewayRouteTableId=customers(world), DestinationCidrBlock=cidr, **target
    )


def gateway(world: World, account: str) -> None:
    """Attach an internet gateway to a VPC, for somebody to lead a route to."""
    ec2, table_id = world.ec2(account), table(account)(world)
    (found,) = ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"]
    world.made[f"igw {account}"] = id_ = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=id_, VpcId=found["VpcId"])


def default_by_hand(account: str) -> Callable[[World], Any]:
    """Return a change that leads the default route of a tier to the internet gateway."""
    return lambda world: world.ec2(account).replace_route(
        RouteTableId=table(account)(world), DestinationCidrBlock=DEFAULT, GatewayId=world.made[f"igw {account}"]
    )


REPLACED = ("transit_gateway_route", ("transit_gateway",), "change")
WAY_OUT = Case(
    "tgw_hub",
    HUB,
    HUB_OPTIONS,
    [HUB, SPOKE, SPOKE_2],
    [
        Drift("transit_gateway_route: a default route elsewhere", *REPLACED, default_by_hand(HUB)),
        Drift(
            "transit_gateway_static_route: a default route that drops",
            "transit_gateway_static_route",
            ("attachment",),
            "change",
            static_route("replace", DEFAULT, Blackhole=True),
        ),
        Drift(
            "transit_gateway_static_route: what is dropped beside it",
            "transit_gateway_static_route",
            ("table", "cidr"),
            "create",
            static_route("delete", "10.0.0.0/8"),
        ),
    ],
    before=before_hub,
    between=[others_ask],
    before_absent=others_leave,
    name="way out",
)


def hub_turn(world: World) -> None:
    options = {
        "name": "hub",
        "segments": {"customers": {}},
        "share_with": {"organization": True},
        "attachments": [member(world, SPOKE, "customers")],
    }
    world.run("tgw_hub", HUB, options)


def before_spoke(world: World) -> None:
    tiered(world, SPOKE)
    gateway(world, SPOKE)
    hub_turn(world)


LEAVES_BY_THE_HUB = Case(
    "tgw_spoke",
    SPOKE,
    {
        "name": NAMES[SPOKE],
        "hub_account_id": HUB,
        "tiers": ["app", "tgw"],
        "direct_tiers": ["tgw"],
        "destinations": [DEFAULT, "10.0.0.0/8"],
        "ready_destinations": [DEFAULT],
    },
    [HUB, SPOKE],
    [Drift("transit_gateway_route: a default route elsewhere", *REPLACED, default_by_hand(SPOKE))],
    before=before_spoke,
    between=[hub_turn],
    name="leaves by the hub",
)

EGRESS_VPC = {
    "name": "egress",
    "cidrs": ["10.255.0.0/24"],
    "availability_zone_ids": ZONES,
    "tiers": [
        {"name": "tgw", "prefix": 28, "route_tables": "per_az"},
        {"name": "firewall", "prefix": 28, "internet": "nat"},
        {"name": "public", "prefix": 28, "internet": "direct", "route_tables": "per_az"},
    ],
    "az_slots": 2,
    "nat_gateways": "per_az",
}


def table_of_zone(name: str) -> Callable[[World], str]:
    return by_tags(SPOKE_2, "describe_route_tables", "RouteTables", "RouteTableId", "tiered_vpc/egress", name)


TABLES_BY_ZONE = Case(
    "tiered_vpc",
    SPOKE_2,
    EGRESS_VPC,
    [SPOKE_2],
    [
        Drift(
            "internet_route: a zone's direct one removed",
            "internet_route",
            ("route_table", "destination"),
            "create",
            lambda world: world.ec2(SPOKE_2).delete_route(
                RouteTableId=table_of_zone("public.euc1-az2")(world), DestinationCidrBlock=DEFAULT
            ),
        ),
        Drift(
            "route_table: a zone's removed",
            "route_table",
            ("vpc",),
            "create",
            lambda world: world.ec2(SPOKE_2).delete_tags(
                Resources=[table_of_zone("tgw.euc1-az1")(world)], Tags=[{"Key": NAME_TAG}]
            ),
        ),
    ],
    name="tables by zone",
)
CASES = [WAY_OUT, LEAVES_BY_THE_HUB, TABLES_BY_ZONE]
