# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What AWS refuses of VPCs and subnets: blocks, values, attributes."""

from __future__ import annotations

import pytest

from .conftest import error_of, filters, refused


@pytest.mark.parametrize(
    "block", ["169.254.0.0/16", "127.0.0.0/16", "224.0.0.0/16", "0.0.0.0/16", "10.0.0.0/15", "10.0.0.0/29"]
)
def test_blocks_of_no_vpc(ec2, block):
    """Sizes, link-local: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html; the others are not
    verified."""
    assert refused(ec2.create_vpc, CidrBlock=block) == ("InvalidVpc.Range", 400)


@pytest.mark.parametrize("block", ["10.0.0.0", "10.0.0.0/255.255.0.0", "10.0.0.0/33", "x"])
def test_no_block(ec2, block):
    assert error_of(ec2.create_vpc, CidrBlock=block) == (
        "InvalidParameterValue",
        f"Value ({block}) for parameter cidrBlock is invalid. This is not a valid CIDR block.",
    )


def test_routes_and_peers_restrict_added_blocks(ec2, vpc_id):
    """ "The CIDR block must not be the same or larger than a destination CIDR range in a route in any of the VPC route
    tables" (vpc-cidr-blocks.html, with this example), nor overlap with a peer's; the code is not verified."""
    other = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_vpc_peering_connection(VpcId=vpc_id, PeerVpcId=other)["VpcPeeringConnection"]
    peering = {"VpcPeeringConnectionId": made["VpcPeeringConnectionId"]}
    ec2.accept_vpc_peering_connection(**peering)
    table = ec2.describe_route_tables(Filters=filters(vpc_id=vpc_id))["RouteTables"][0]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="100.64.0.0/24", **peering)
    for block in ("100.64.0.0/16", "100.64.0.0/24", "10.2.0.0/17"):
        assert refused(ec2.associate_vpc_cidr_block, VpcId=vpc_id, CidrBlock=block) == ("InvalidVpc.Conflict", 400)
    ec2.associate_vpc_cidr_block(VpcId=vpc_id, CidrBlock="100.64.0.0/25")


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("create_vpc", {"CidrBlock": "10.0.0.0/16", "InstanceTenancy": "shared"}),
        ("create_vpc", {"CidrBlock": "10.0.0.0/16", "InstanceTenancy": "host"}),
        ("create_transit_gateway", {"Options": {"DnsSupport": "on"}}),
        ("create_vpc_endpoint", {"VpcId": "vpc-12345678", "ServiceName": "a", "VpcEndpointType": "interface"}),
        ("allocate_address", {"Domain": "vpcs"}),
        ("create_flow_logs", {"ResourceType": "VPC", "ResourceIds": ["vpc-12345678"], "TrafficType": "all"}),
    ],
)
def test_values_of_no_enum(ec2, operation, parameters):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html, InvalidParameterValue; the values
    are those of the API model."""
    assert refused(getattr(ec2, operation), **parameters) == ("InvalidParameterValue", 400)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({}, "MissingParameter"),
        ({"CidrBlock": "10.1.0.0/29"}, "InvalidSubnet.Range"),
        ({"CidrBlock": "10.9.0.0/24"}, "InvalidSubnet.Range"),
        ({"CidrBlock": "10.1.0.0"}, "InvalidParameterValue"),
        ({"CidrBlock": "10.1.0.0/24", "Ipv6CidrBlock": "10.0.0.0/8"}, "InvalidParameterValue"),
        (
            {"CidrBlock": "10.1.0.0/24", "AvailabilityZone": "eu-central-1a", "AvailabilityZoneId": "x"},
            "InvalidParameterCombination",
        ),
        ({"Ipv6Native": True, "CidrBlock": "10.1.0.0/24"}, "MissingParameter"),
        (
            {"Ipv6Native": True, "CidrBlock": "10.1.0.0/24", "Ipv6CidrBlock": "2001:db8::/64"},
            "InvalidParameterCombination",
        ),
        ({"CidrBlock": "10.1.0.0/24", "AvailabilityZone": "us-east-1a"}, "InvalidParameterValue"),
    ],
)
def test_subnets(ec2, vpc_id, parameters, code):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html and errors-overview.html;
    Ipv6Native: moto's tests test_create_ipv6native_subnet_with_... (aws_verified)"""
    assert refused(ec2.create_subnet, VpcId=vpc_id, **parameters) == (code, 400)


def test_attributes_of_a_subnet(ec2, subnet_id):
    """One attribute a call, none is ignored: the page of ModifySubnetAttribute, https://github.com/aws/aws-sdk-go/issues/415"""
    two = {"MapPublicIpOnLaunch": {"Value": True}, "EnableDns64": {"Value": True}}
    assert refused(ec2.modify_subnet_attribute, SubnetId=subnet_id, **two) == ("InvalidParameterCombination", 400)
    ec2.modify_subnet_attribute(SubnetId=subnet_id, PrivateDnsHostnameTypeOnLaunch="resource-name")
    ec2.modify_subnet_attribute(SubnetId=subnet_id, EnableResourceNameDnsARecordOnLaunch={"Value": True})
    ec2.modify_subnet_attribute(SubnetId=subnet_id, MapPublicIpOnLaunch={"Value": True})
    subnet = ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"][0]
    assert subnet["PrivateDnsNameOptionsOnLaunch"]["HostnameType"] == "resource-name"
    assert subnet["PrivateDnsNameOptionsOnLaunch"]["EnableResourceNameDnsARecord"] is True
    assert subnet["MapPublicIpOnLaunch"] is True
