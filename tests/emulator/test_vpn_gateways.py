# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Customer gateways, virtual private gateways, ASNs; codes: errors-overview.html of the EC2 API reference."""

from __future__ import annotations

import pytest

from .conftest import error_of, filters, refused

CUSTOMER = {"Type": "ipsec.1", "IpAddress": "192.0.2.1"}


@pytest.mark.parametrize("asn", [1, 64511, 65535, 4_199_999_999, 4_294_967_295])
def test_public_asns_of_the_amazon_side(ec2, asn):
    """ "64512 to 65534 ... 4200000000 to 4294967294": API_CreateVpnGateway, TransitGatewayRequestOptions; the code
    is not verified."""
    invalid = ("InvalidParameterValue", 400)
    assert refused(ec2.create_vpn_gateway, Type="ipsec.1", AmazonSideAsn=asn) == invalid
    assert refused(ec2.create_transit_gateway, Options={"AmazonSideAsn": asn}) == invalid


@pytest.mark.parametrize("asn", [64512, 65534, 4_200_000_000, 4_294_967_294])
def test_private_asns(ec2, asn):
    ec2.create_vpn_gateway(Type="ipsec.1", AmazonSideAsn=asn)
    gateway = ec2.create_transit_gateway(Options={"AmazonSideAsn": asn})["TransitGateway"]
    assert gateway["Options"]["AmazonSideAsn"] == asn


def test_the_asn_of_a_gateway_in_use(ec2):
    """ "The modify ASN operation is not allowed on a transit gateway if it has ... Dynamic VPN" attachments
    (ModifyTransitGatewayOptions); the code is not verified."""
    gateway = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    change = {"TransitGatewayId": gateway, "Options": {"AmazonSideAsn": 64999}}
    customer = ec2.create_customer_gateway(**CUSTOMER)["CustomerGateway"]["CustomerGatewayId"]
    ec2.create_vpn_connection(Type="ipsec.1", CustomerGatewayId=customer, TransitGatewayId=gateway)
    assert refused(ec2.modify_transit_gateway, **change) == ("IncorrectState", 400)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"BgpAsn": 0}, "InvalidParameterValue"),
        ({"BgpAsn": 2_147_483_648}, "InvalidParameterValue"),
        ({"BgpAsnExtended": 2_147_483_647}, "InvalidParameterValue"),
        ({"BgpAsn": 65000, "BgpAsnExtended": 4_200_000_000}, "InvalidParameterCombination"),
        ({"IpAddress": "192.0.2.300"}, "InvalidParameterValue"),
        ({"IpAddress": ""}, "MissingParameter"),
        ({"Type": "ipsec.2"}, "InvalidParameterValue"),
    ],
)
def test_customer_gateways(ec2, change, code):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateCustomerGateway.html; codes not verified."""
    assert refused(ec2.create_customer_gateway, **CUSTOMER | change) == (code, 400)


def test_an_identical_customer_gateway(ec2):
    """ "An identical request returns information about the existing customer gateway" (the same page). In use: "You
    must delete the VPN connection before" (DeleteCustomerGateway)."""
    made = ec2.create_customer_gateway(**CUSTOMER, BgpAsn=65000)["CustomerGateway"]
    assert ec2.create_customer_gateway(**CUSTOMER)["CustomerGateway"]["CustomerGatewayId"] == made["CustomerGatewayId"]
    other = ec2.create_customer_gateway(**CUSTOMER, BgpAsnExtended=4_200_000_000)["CustomerGateway"]
    assert other["CustomerGatewayId"] != made["CustomerGatewayId"]
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    one = {"CustomerGatewayId": made["CustomerGatewayId"]}
    connection = ec2.create_vpn_connection(Type="ipsec.1", VpnGatewayId=gateway, **one)["VpnConnection"]
    assert refused(ec2.delete_customer_gateway, **one) == ("IncorrectState", 400)
    assert refused(ec2.delete_vpn_gateway, VpnGatewayId=gateway) == ("IncorrectState", 400)
    ec2.delete_vpn_connection(VpnConnectionId=connection["VpnConnectionId"])
    ec2.delete_customer_gateway(**one)
    unknown = {"CustomerGatewayId": "cgw-0123abcd"}
    assert error_of(ec2.delete_customer_gateway, **unknown) == (
        "InvalidCustomerGatewayID.NotFound",
        "The customerGateway ID 'cgw-0123abcd' does not exist",
    )


def test_attachments_of_a_gateway(ec2, vpc_id):
    """InvalidVpcState, VpnGatewayAttachmentLimitExceeded, IncorrectState, InvalidVpnGatewayAttachment.NotFound and
    InvalidVpnGatewayID.NotFound: errors-overview.html"""
    one, other = (ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"] for _ in range(2))
    ec2.attach_vpn_gateway(VpnGatewayId=one, VpcId=vpc_id)
    assert refused(ec2.attach_vpn_gateway, VpnGatewayId=other, VpcId=vpc_id) == ("InvalidVpcState", 400)
    second = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    limit = ("VpnGatewayAttachmentLimitExceeded", 400)
    assert refused(ec2.attach_vpn_gateway, VpnGatewayId=one, VpcId=second) == limit
    assert refused(ec2.delete_vpn_gateway, VpnGatewayId=one) == ("IncorrectState", 400)
    assert refused(ec2.delete_vpc, VpcId=vpc_id) == ("DependencyViolation", 400)
    ec2.detach_vpn_gateway(VpnGatewayId=one, VpcId=vpc_id)
    missing = ("InvalidVpnGatewayAttachment.NotFound", 400)
    assert refused(ec2.detach_vpn_gateway, VpnGatewayId=one, VpcId=second) == missing
    ec2.attach_vpn_gateway(VpnGatewayId=one, VpcId=second)
    unknown = ("InvalidVpnGatewayID.NotFound", 400)
    for call in (ec2.delete_vpn_gateway, ec2.attach_vpn_gateway):
        more = {"VpcId": vpc_id} if call == ec2.attach_vpn_gateway else {}
        assert refused(call, VpnGatewayId="vgw-0123456789abcdef0", **more) == unknown
    assert refused(ec2.describe_vpn_gateways, VpnGatewayIds=["vgw-0123456789abcdef0"]) == unknown
    route = {"DestinationCidrBlock": "172.16.0.0/16", "GatewayId": one}
    table = ec2.describe_route_tables(Filters=filters(vpc_id=vpc_id))["RouteTables"][0]["RouteTableId"]
    assert refused(ec2.create_route, RouteTableId=table, **route) == ("InvalidParameterValue", 400)
