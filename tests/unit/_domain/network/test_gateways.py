# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""NAT gateways without a subnet, peered transit gateways whose sides have ids of their own."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import (
    ALPHA,
    FAR,
    World,
    block,
    deny,
    drop_routes,
    entry,
    peered_gateways,
    route,
    table,
)


@pytest.fixture
def regional():
    """A regional NAT gateway: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html"""
    world = World()
    addresses = [
        {"AllocationId": f"eipalloc-{zone}", "PublicIp": f"3.120.0.{number}", "AvailabilityZoneId": zone}
        for number, zone in ((21, "az1"), (22, "az2"))
    ]
    world.files[ALPHA]["NatGateways"] = [
        {
            "NatGatewayId": "nat-1",
            "VpcId": "vpc-alpha",
            "State": "available",
            "AvailabilityMode": "regional",
            "ConnectivityType": "public",
            "RouteTableId": "rtb-nat",
            "NatGatewayAddresses": addresses,
        }
    ]
    of_nat = table("alpha", "nat", [route("0.0.0.0/0", GatewayId="igw-1")], cidr="10.1.0.0/16")
    world.files[ALPHA]["RouteTables"].append({**of_nat, "Associations": [{"GatewayId": "nat-1"}]})
    world.files[ALPHA]["NetworkInterfaces"].pop()
    return world


def test_a_regional_nat_gateway_sends_by_its_own_table(regional):
    verdict = regional.trace("i-app", "8.8.8.8", port=443)
    assert (verdict.verdict, verdict.blockers) == ("delivered", ())
    assert list(verdict.path) == ["i-app", "subnet-app", "vpc-alpha", "nat-1", "igw-1"]
    assert "sends it on from 3.120.0.21" in verdict.decided_by.message
    # To a public address of the VPC itself, from outside.
    assert regional.trace("i-app", "3.120.0.10", port=443).path[-1] == "eni-web"


BROKEN = {
    "no route of its own": (drop_routes("rtb-nat"), "no_route", "rtb-nat"),
    "answers at the client's ACL": (deny("acl-app", entry(10, "deny", "6", (1024, 65535))), "denied", "acl-app"),
    "deleting": (lambda world: world.item("nat-1").update(State="deleting"), "no_route", "nat-1"),
    "no address": (lambda world: world.item("nat-1").update(NatGatewayAddresses=[]), "no_route", "nat-1"),
    "Block Public Access": (block("block-bidirectional"), "unknown", "igw-1"),
    "a table that wasn't read": (lambda world: world.item("nat-1").update(RouteTableId="rtb-x"), "unknown", "nat-1"),
    "a table that leads elsewhere": (
        lambda world: world.item("rtb-nat")["Routes"].append(route("8.0.0.0/8", TransitGatewayId="tgw-1")),
        *("unknown", "nat-1"),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_stops_a_regional_nat_gateways_packets(regional, name):
    mutate, expected, id_ = BROKEN[name]
    mutate(regional)
    verdict = regional.trace("i-app", "8.8.8.8", port=443)
    assert (verdict.verdict, verdict.decided_by.ids) == (expected, (id_,)), verdict


def test_what_it_leaves_to_others_is_certain(regional):
    block("block-ingress")(regional)
    assert regional.trace("i-app", "8.8.8.8", port=443).verdict == "delivered"
    assert regional.trace("i-app", "8.8.8.8").decided_by.ids == ("nat-1",)
    assert regional.trace("i-app", "192.168.0.1", port=443).decided_by.ids == ("igw-1",)


def test_sides_of_a_peering_may_have_ids_of_their_own():
    """Within a Region they have: hashicorp/terraform-provider-aws#23828"""
    world = World()
    peered_gateways(world)
    far = world.files[FAR]
    side = next(i for i in far["TransitGatewayAttachments"] if i["ResourceType"] == "peering")
    side["TransitGatewayAttachmentId"] = "tgw-attach-peer2"
    # The other side's id is none of its routes.
    assert world.trace("i-app", "eni-there", port=443).verdict == "no_route"
    targets = far["TransitGatewayStaticRoutes"][0]["Routes"][0]["TransitGatewayAttachments"]
    targets[0]["TransitGatewayAttachmentId"] = "tgw-attach-peer2"
    assert world.trace("i-app", "eni-there", port=443).verdict == "delivered"
    second = {**side, "TransitGatewayAttachmentId": "tgw-attach-peer3"}
    far["TransitGatewayAttachments"].append(second)
    verdict = world.trace("i-app", "eni-there", port=443)
    assert (verdict.verdict, verdict.decided_by.ids) == ("unknown", ("tgw-attach-peer",))


def test_a_regional_nat_gateway_sends_from_an_address_of_the_zone(regional):
    regional.item("rtb-app")["Associations"].append({"SubnetId": "subnet-far"})
    verdict = regional.trace("eni-far", "8.8.8.8", port=443)
    assert verdict.verdict == "delivered" and "from 3.120.0.22" in verdict.decided_by.message
    regional.item("nat-1")["NatGatewayAddresses"].pop()
    assert "from 3.120.0.21" in regional.trace("eni-far", "8.8.8.8", port=443).decided_by.message
