# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""NAT of transit gateway attachments, and exports of routes. Marks as in test_transit_gateway.py.

D: API_ModifyTransitGatewayAttachmentNatConfiguration and tgw-nat-routing.html; AWS's codes for what they refuse are not
documented: not verified.
"""

from __future__ import annotations

import json

import pytest

from .conftest import HUB, SPOKE
from .networks import Network, refused, wait_for

REGION = "eu-central-1"


def rule(number=1, match="10.1.0.0/16", nat="100.64.0.0/16"):
    return {"RuleNumber": number, "MatchSourceCidr": match, "NatCidr": nat}


class Translated:
    """Attachment of a VPC 10.1.0.0/16 that propagates to a route table."""

    def __init__(self, network):
        self.network, self.ec2 = network, network.ec2()
        self.gateway_id = network.gateway()
        self.id = network.attached(HUB, self.gateway_id, "10.1.0.0/16")
        self.table_id = network.table(self.gateway_id)
        wait_for(lambda: network.state(self.id), "available")
        self.ec2.enable_transit_gateway_route_table_propagation(
            TransitGatewayRouteTableId=self.table_id, TransitGatewayAttachmentId=self.id
        )

    def modify(self, attachment_id=None, **change):
        return self.ec2.modify_transit_gateway_attachment_nat_configuration(
            TransitGatewayAttachmentId=attachment_id or self.id, **change
        )

    def read(self):
        return self.ec2.get_transit_gateway_attachment_nat_configuration(TransitGatewayAttachmentId=self.id)

    def support(self):
        return self.read()["NatGatewaySupport"]

    def routes(self):
        found = self.ec2.search_transit_gateway_routes(
            TransitGatewayRouteTableId=self.table_id, Filters=[{"Name": "state", "Values": ["active"]}]
        )
        return [one["DestinationCidrBlock"] for one in found["Routes"]]


@pytest.fixture
def network(emulator):
    return Network(emulator)


@pytest.fixture
def translated(network):
    return Translated(network)


def test_nat_is_enabled_and_disabled_asynchronously(translated):
    """D: "The transit gateway applies changes asynchronously"; states of rules: TransitGatewayNatRule."""
    assert (translated.support(), translated.read()["NatSystemRouteSupport"]) == ("disabled", "enable")
    made = translated.modify(NatGatewaySupport="enable", NatGatewayRules=[rule()])
    assert made["NatGatewaySupport"] in ("enabling", "enabled")
    wait_for(translated.support, "enabled")
    wait_for(lambda: translated.read()["NatGatewayRules"], [{**rule(), "State": "activated"}])
    assert translated.network.attachment(HUB, translated.id)["NatGatewaySupport"] == "enabled"
    translated.modify(NatGatewaySupport="disable")
    wait_for(translated.support, "disabled")
    wait_for(lambda: translated.read()["NatGatewayRules"], [{**rule(), "State": "deactivated"}])
    translated.modify(ResetNatGatewayRules=True)
    assert translated.read().get("NatGatewayRules", []) == []


def test_a_vpcs_route_is_replaced_where_a_rule_matches_it_exactly(translated):
    """D: tgw-nat-routing.html: "The transit gateway replaces the VPC CIDR's propagated route with a route to the NAT
    CIDR, when the rule exactly matches the VPC CIDR".
    """
    assert translated.routes() == ["10.1.0.0/16"]
    translated.modify(NatGatewayRules=[rule()])
    assert translated.routes() == ["10.1.0.0/16"]  # not enabled
    translated.modify(NatGatewaySupport="enable")
    wait_for(translated.routes, ["100.64.0.0/16"])
    wait_for(translated.support, "enabled")
    translated.modify(NatGatewayRules=[rule(1, "10.1.0.0/24", "100.64.0.0/24")])
    assert translated.routes() == ["10.1.0.0/16"]
    translated.modify(NatGatewayRules=[rule()])
    translated.modify(NatGatewaySupport="disable", ResetNatGatewayRules=True)
    wait_for(translated.routes, ["10.1.0.0/16"])


@pytest.mark.parametrize(
    "change",
    [
        {"NatGatewaySupport": "enable"},
        {"NatGatewaySupport": "enable", "ResetNatGatewayRules": True},
        {"NatGatewayRules": [rule(0)]},
        {"NatGatewayRules": [rule(32767)]},
        {"NatGatewayRules": [rule(1), rule(1, "10.2.0.0/16", "100.65.0.0/16")]},
        {"NatGatewayRules": [rule(1), rule(2, "10.1.4.0/24", "100.65.0.0/24")]},
        {"NatGatewayRules": [rule(1), rule(2, "10.2.0.0/24", "100.64.4.0/24")]},
        {"NatGatewayRules": [rule(1, "10.1.0.0/16", "100.64.0.0/24")]},
        {"NatGatewayRules": [rule(1, "10.1.0.0/16", "198.51.0.0/16")]},
        {"NatGatewayRules": [rule(1, "169.254.0.0/24", "100.64.0.0/24")]},
        {"NatGatewayRules": [rule(1, "224.0.0.0/24", "100.64.0.0/24")]},
        {"NatGatewayRules": [rule(1, "fd00::/24", "100.64.0.0/24")]},
        {"NatGatewayRules": [rule(n, f"10.1.{n}.0/24", f"100.64.{n}.0/24") for n in range(1, 52)]},
        {"NatSystemRouteSupport": "disable"},
    ],
)
def test_what_is_refused(translated, change):
    """D: the parameters' descriptions in the API reference."""
    with refused("InvalidParameterValue"):
        translated.modify(**change)
    assert translated.support() == "disabled"


def test_rules_stay_while_nat_is_enabled(translated, network):
    """D: "also set NatGatewaySupport to disable in the same request"; "You can't specify this parameter together with
    NatGatewayRules"; "Only the owner of the transit gateway can modify the NAT configuration".
    """
    with refused("InvalidParameterCombination"):
        translated.modify(NatGatewayRules=[rule()], ResetNatGatewayRules=True)
    translated.modify(NatGatewaySupport="enable", NatGatewayRules=[rule()])
    wait_for(translated.support, "enabled")
    with refused("InvalidParameterValue"):
        translated.modify(ResetNatGatewayRules=True)
    network.share(translated.gateway_id, SPOKE)
    other = network.attached(SPOKE, translated.gateway_id, "10.2.0.0/16")
    with refused("InvalidTransitGatewayAttachmentID.NotFound"):
        network.ec2(SPOKE).get_transit_gateway_attachment_nat_configuration(TransitGatewayAttachmentId=other)


def test_no_change_while_one_is_under_way(translated, emulator):
    """D: "You can't modify the NAT configuration while NAT gateway support is enabling or disabling"."""
    emulator.control("POST", "settings", {"transition": {"transit-gateway-attachment-nat": 60_000}})
    translated.modify(NatGatewaySupport="enable", NatGatewayRules=[rule()])
    with refused("IncorrectState"):
        translated.modify(NatGatewaySupport="disable")


def test_routes_are_chosen_for_a_vpn_connection_with_dynamic_routing_alone(translated):
    """D: tgw-nat-routing.html: Site-to-Site VPN with static routing always disable; with dynamic routing enable is the
    default, and routes come to the tables to which the attachment propagates.
    """
    ec2 = translated.ec2
    customer = ec2.create_customer_gateway(Type="ipsec.1", PublicIp="203.0.113.1", BgpAsn=65000)["CustomerGateway"]
    systems = []
    for static in (True, False):
        made = ec2.create_vpn_connection(
            Type="ipsec.1",
            CustomerGatewayId=customer["CustomerGatewayId"],
            TransitGatewayId=translated.gateway_id,
            Options={"StaticRoutesOnly": static},
        )["VpnConnection"]["VpnConnectionId"]
        found = ec2.describe_transit_gateway_attachments(Filters=[{"Name": "resource-id", "Values": [made]}])
        attachment_id = found["TransitGatewayAttachments"][0]["TransitGatewayAttachmentId"]
        wait_for(lambda attachment_id=attachment_id: translated.network.state(attachment_id), "available")
        read = ec2.get_transit_gateway_attachment_nat_configuration(TransitGatewayAttachmentId=attachment_id)
        systems.append((attachment_id, read["NatSystemRouteSupport"]))
    (static_id, of_static), (dynamic_id, of_dynamic) = systems
    assert (of_static, of_dynamic) == ("disable", "enable")
    with refused("InvalidParameterValue"):
        translated.modify(static_id, NatSystemRouteSupport="enable")
    ec2.enable_transit_gateway_route_table_propagation(
        TransitGatewayRouteTableId=translated.table_id, TransitGatewayAttachmentId=dynamic_id
    )
    translated.modify(dynamic_id, NatGatewaySupport="enable", NatGatewayRules=[rule(1, "172.16.0.0/16")])
    wait_for(translated.routes, ["10.1.0.0/16", "100.64.0.0/16"])
    translated.modify(dynamic_id, NatSystemRouteSupport="disable")
    assert translated.routes() == ["10.1.0.0/16"]


def test_routes_are_exported_to_a_bucket(translated, emulator):
    """D: tgw-export-route-tables.html: the file's form, and what its name includes; API_ExportTransitGatewayRoutes: its
    folder, and "By default, all routes are exported".
    """
    s3, ec2 = emulator.client(HUB, "s3"), translated.ec2
    s3.create_bucket(Bucket="routes", CreateBucketConfiguration={"LocationConstraint": REGION})
    ec2.create_transit_gateway_route(
        TransitGatewayRouteTableId=translated.table_id, DestinationCidrBlock="10.9.0.0/16", Blackhole=True
    )

    def exported(**given):
        made = ec2.export_transit_gateway_routes(
            TransitGatewayRouteTableId=translated.table_id, S3Bucket="routes", **given
        )["S3Location"]
        bucket, _, key = made.removeprefix("s3://").partition("/")
        return key, json.load(s3.get_object(Bucket=bucket, Key=key)["Body"])

    key, found = exported()
    assert key.startswith("VPCTransitGateway/TransitGatewayRouteTables/")
    assert all(part in key for part in (HUB, REGION, translated.table_id))
    assert found["filter"] == []
    assert found["routes"][0] == {
        "destinationCidrBlock": "10.1.0.0/16",
        "transitGatewayAttachments": [
            {
                "resourceId": translated.network.attachment(HUB, translated.id)["ResourceId"],
                "transitGatewayAttachmentId": translated.id,
                "resourceType": "vpc",
            }
        ],
        "type": "propagated",
        "state": "active",
    }
    assert [route["destinationCidrBlock"] for route in found["routes"]] == ["10.1.0.0/16", "10.9.0.0/16"]
    for name, value in (
        ("type", "static"),
        ("state", "blackhole"),
        ("transit-gateway-route-destination-cidr-block", "10.9.0.0/16"),
        ("route-search.exact-match", "10.9.0.0/16"),
        ("route-search.longest-prefix-match", "10.9.1.1"),
        ("route-search.subnet-of-match", "10.8.0.0/15"),
        ("route-search.supernet-of-match", "10.9.4.0/24"),
    ):
        _, found = exported(Filters=[{"Name": name, "Values": [value]}])
        assert [route["destinationCidrBlock"] for route in found["routes"]] == ["10.9.0.0/16"], name
        assert found["filter"] == [{"name": name, "values": [value]}]
    for name, value in (
        ("attachment.transit-gateway-attachment-id", translated.id),
        ("attachment.resource-id", translated.network.attachment(HUB, translated.id)["ResourceId"]),
    ):
        _, found = exported(Filters=[{"Name": name, "Values": [value]}])
        assert [route["destinationCidrBlock"] for route in found["routes"]] == ["10.1.0.0/16"], name
    with refused("InvalidParameterValue"):
        exported(Filters=[{"Name": "prefix-list-id", "Values": ["pl-1"]}])
    with refused("NoSuchBucket"):
        ec2.export_transit_gateway_routes(TransitGatewayRouteTableId=translated.table_id, S3Bucket="no-such-bucket")
