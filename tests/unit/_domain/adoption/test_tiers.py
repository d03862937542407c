# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tiers that are inferred from subnets and route tables are those of the declaration that made them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.adoption import vpcs
from ansible_collections.closednet.aws.plugins.module_utils._domain.adoption.index import Lookups
from ansible_collections.closednet.aws.plugins.module_utils._domain.adoption.model import Account
from ansible_collections.closednet.aws.plugins.module_utils._domain.network.snapshot import Place, Snapshot
from ansible_collections.closednet.aws.plugins.module_utils._domain.values import cidrs

PLACE = Place("accounts/222222222222/eu-central-1/", "222222222222", "eu-central-1")
ZONES = ["euc1-az1", "euc1-az2", "euc1-az3"]
VPC = {
    "VpcId": "vpc-1",
    "CidrBlock": "10.1.0.0/16",
    "CidrBlockAssociationSet": [{"CidrBlock": "10.1.0.0/16", "CidrBlockState": {"State": "associated"}}],
}
GATEWAY = "tgw-1"


def name_tag(name: str) -> list[dict[str, str]]:
    return [{"Key": "Name", "Value": name}]


def describe(tiers: list[dict[str, Any]], zones: list[str], nat_per_az: bool) -> dict[str, list[dict[str, Any]]]:
    """Return what Describe calls show of a VPC as tiered_vpc and tgw_spoke make it."""
    laid_out = cidrs.lay_out(["10.1.0.0/16"], tiers, zones)
    kinds: dict[str, list[dict[str, Any]]] = {"Vpcs": [VPC], "Subnets": [], "RouteTables": [], "NatGateways": []}
    kinds["InternetGateways"] = [{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1"}]}]
    for tier in tiers:
        for index, zone in enumerate(zones):
            id_ = f"subnet-{tier['name']}-{zone}"
            name = f"prod-{tier['name']}-eu-central-1{'abc'[index]}"
            kinds["Subnets"].append(
                {"SubnetId": id_, "VpcId": "vpc-1", "AvailabilityZoneId": zone, "Tags": name_tag(name)}
                | {"CidrBlock": laid_out[tier["name"], zone], "MapPublicIpOnLaunch": tier.get("public", False)}
            )
            per_az = tier["route_tables"] == "per_az"
            if index and not per_az:
                kinds["RouteTables"][-1]["Associations"].append({"SubnetId": id_})
                continue
            nat = f"nat-{zone if nat_per_az else zones[0]}"
            kinds["RouteTables"].append(
                {"RouteTableId": f"rtb-{tier['name']}-{index if per_az else ''}", "VpcId": "vpc-1"}
                | {"Associations": [{"SubnetId": id_}], "Routes": routes(tier, nat)}
            )
    for zone in zones if nat_per_az else zones[:1]:
        kinds["NatGateways"].append(
            {"NatGatewayId": f"nat-{zone}", "VpcId": "vpc-1", "SubnetId": f"subnet-{tiers[0]['name']}-{zone}"}
            | {"NatGatewayAddresses": [{"AllocationId": f"eipalloc-{zone}"}], "State": "available"}
        )
    return kinds


def routes(tier: dict[str, Any], nat: str) -> list[dict[str, str]]:
    found = [{"DestinationCidrBlock": "10.1.0.0/16", "GatewayId": "local", "Origin": "CreateRouteTable"}]
    target = {"gateway": {"GatewayId": "igw-1"}, "nat": {"NatGatewayId": nat}}.get(tier["internet"])
    found += [{"DestinationCidrBlock": "0.0.0.0/0", **target}] if target else []
    return found + ([{"DestinationCidrBlock": "10.0.0.0/8", "TransitGatewayId": GATEWAY}] if tier["routed"] else [])


def find(kinds: dict[str, list[dict[str, Any]]], attached: str = "") -> vpcs.VpcFound:
    subnets = [s["SubnetId"] for s in kinds["Subnets"] if s["SubnetId"].startswith(f"subnet-{attached}-")]
    attachment = {"TransitGatewayAttachmentId": "tgw-attach-1", "VpcId": "vpc-1", "State": "available"}
    kinds["TransitGatewayVpcAttachments"] = (
        [attachment | {"TransitGatewayId": GATEWAY, "SubnetIds": subnets}] if attached else []
    )
    place = {kind: tuple(items) for kind, items in kinds.items()}
    lookups = Lookups(Snapshot({PLACE: place}), Account("222222222222", "eu-central-1", "alpha", PLACE))
    return vpcs.find(lookups, VPC, GATEWAY, ())


@st.composite
def layouts(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[str], bool]:
    zones = ZONES[: draw(st.integers(1, 3))]
    per_az = len(zones) > 1 and draw(st.booleans())
    tiers = [{"name": "edge", "internet": "gateway", "routed": False, "route_tables": "single"}]
    for name in ("app", "data", "batch")[: draw(st.integers(1, 3))]:
        internet = draw(st.sampled_from(["none", "nat"]))
        several = len(zones) > 1 and (draw(st.booleans()) or internet == "nat" and per_az)
        layout = "per_az" if several else "single"
        tiers.append({"name": name, "internet": internet, "routed": draw(st.booleans()), "route_tables": layout})
    for tier in tiers:
        tier["prefix"] = draw(st.sampled_from([20, 22, 24, 28]))
    return tiers, zones, per_az and any(tier["internet"] == "nat" for tier in tiers)


@settings(max_examples=60, deadline=None)
@given(layouts())
def test_the_same_tiers(layout: tuple[list[dict[str, Any]], list[str], bool]) -> None:
    tiers, zones, nat_per_az = layout
    try:
        kinds = describe(tiers, zones, nat_per_az)
    except Invalid:
        assume(False)
    found = find(kinds, "edge")
    assert found.problem == "" and found.left == [] and sorted(found.zones) == zones
    declared, slots = vpcs.declared_tiers(found)
    laid_out = cidrs.lay_out(found.cidrs, declared, found.zones, slots)
    assert laid_out == cidrs.lay_out(["10.1.0.0/16"], tiers, zones)
    by_name = {tier["name"]: tier for tier in declared}
    for tier in tiers:
        assert by_name[tier["name"]].get("internet", "none") == tier["internet"]
        usual = "per_az" if tier["internet"] == "nat" and nat_per_az else "single"
        assert by_name[tier["name"]].get("route_tables", usual) == tier["route_tables"]
    assert sorted(found.routed) == sorted(tier["name"] for tier in tiers if tier["routed"])
    assert {found.nat.per_az if found.nat else False} == {nat_per_az}
    # Each subnet and table has an address.
    assert {s["SubnetId"] for s in kinds["Subnets"]} | {t["RouteTableId"] for t in kinds["RouteTables"]} <= set(
        vpcs.ids(found).values()
    )


def two_tiers() -> dict[str, list[dict[str, Any]]]:
    tiers = [
        {"name": "edge", "prefix": 24, "internet": "gateway", "routed": False, "route_tables": "single"},
        {"name": "app", "prefix": 24, "internet": "none", "routed": True, "route_tables": "single"},
    ]
    return describe(tiers, ZONES[:2], nat_per_az=False)


def table(kinds: dict[str, list[dict[str, Any]]], name: str) -> dict[str, Any]:
    return next(t for t in kinds["RouteTables"] if t["RouteTableId"].startswith(f"rtb-{name}"))


def to_one_address(kinds: dict[str, list[dict[str, Any]]]) -> None:
    table(kinds, "app")["Routes"].append({"DestinationCidrBlock": "192.0.2.1/32", "GatewayId": "igw-1"})


def without_association(kinds: dict[str, list[dict[str, Any]]]) -> None:
    table(kinds, "app")["Associations"].pop()


def one_table(kinds: dict[str, list[dict[str, Any]]]) -> None:
    table(kinds, "edge")["Associations"] += table(kinds, "app")["Associations"]
    kinds["RouteTables"].remove(table(kinds, "app"))


def of_a_stack(kinds: dict[str, list[dict[str, Any]]]) -> None:
    table(kinds, "app")["Tags"] = [{"Key": "aws:cloudformation:stack-name", "Value": "network"}]


def ipv6_more_open(kinds: dict[str, list[dict[str, Any]]]) -> None:
    table(kinds, "app")["Routes"].append({"DestinationIpv6CidrBlock": "::/0", "GatewayId": "igw-1"})


def public_in_one_zone(kinds: dict[str, list[dict[str, Any]]]) -> None:
    next(s for s in kinds["Subnets"] if s["SubnetId"] == "subnet-app-euc1-az1")["MapPublicIpOnLaunch"] = True


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (to_one_address, "192.0.2.1/32"),
        (without_association, "main route table without an association"),
        (one_table, "shares route tables with edge"),
        (of_a_stack, "owned by CloudFormation stack network"),
        (ipv6_more_open, "IPv6 default route"),
        (public_in_one_zone, "MapPublicIpOnLaunch"),
    ],
)
def test_a_tier_that_cannot_be_declared_is_left_with_its_reason(change: Any, told: str) -> None:
    """What tiered_vpc would change or delete in a table isn't adopted, so no later run deletes it."""
    kinds = two_tiers()
    change(kinds)
    found = find(kinds)
    assert [tier.name for tier in found.tiers] == ["edge"]
    assert [(tier.name, told in tier.problem) for tier in found.left] == [("app", True)]
    assert not any(".app" in address for address in vpcs.ids(found))


def test_without_names_a_tier_is_called_by_where_it_leads() -> None:
    kinds = two_tiers()
    for subnet in kinds["Subnets"]:
        subnet["Tags"] = []
    assert [tier.name for tier in find(kinds).tiers] == ["public", "isolated"]


@pytest.mark.parametrize(
    "form",
    [
        "{tier}-{letter}",
        "corp-prd-{tier}-1{letter}",
        "corp prd {tier} subnet eu-central-1{letter}",
        "corp/{tier}/euc1-az{number}",
        "snet_{tier}_az{number}",
        "{tier}{number}-subnet-{number}",
    ],
)
def test_three_tiers_by_names_that_people_give(form: str) -> None:
    tiers = [
        {"name": "web", "prefix": 24, "internet": "gateway", "routed": False, "route_tables": "single"},
        {"name": "app", "prefix": 22, "internet": "nat", "routed": True, "route_tables": "per_az"},
        {"name": "data", "prefix": 24, "internet": "none", "routed": True, "route_tables": "single"},
    ]
    kinds = describe(tiers, ZONES[:2], nat_per_az=True)
    for subnet in kinds["Subnets"]:
        _subnet, tier, zone = subnet["SubnetId"].split("-", 2)
        number = zone[-1]
        name = form.format(tier=tier.upper(), letter="ab"[int(number) - 1], number=number)
        subnet["Tags"] = name_tag(name)
    found = find(kinds)
    assert {(tier.name, tier.internet, tier.layout) for tier in found.tiers} == {
        *[("web", "gateway", "single"), ("app", "nat", "per_az"), ("data", "none", "single")]
    }
