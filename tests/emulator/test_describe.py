# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the Describe operations have in common: filters, pages, shapes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from botocore.config import Config

from .conftest import SPOKE, error_of, filters, refused

# A folder beside the repository with describe outputs pulled from real accounts (Batfish's tests): not part of it.
RECORDINGS = Path(os.environ.get("AWS_RECORDINGS", Path(__file__).parents[3] / "shared" / "aws-recordings"))

DESCRIBES = [
    "describe_addresses",
    "describe_availability_zones",
    "describe_flow_logs",
    "describe_internet_gateways",
    "describe_managed_prefix_lists",
    "describe_nat_gateways",
    "describe_route_tables",
    "describe_security_group_rules",
    "describe_security_groups",
    "describe_subnets",
    "describe_tags",
    "describe_transit_gateway_attachments",
    "describe_transit_gateway_route_tables",
    "describe_transit_gateway_vpc_attachments",
    "describe_transit_gateways",
    "describe_vpcs",
]


@pytest.mark.parametrize("operation", DESCRIBES)
def test_unknown_filter_is_refused(ec2, operation):
    """InvalidParameterValue "The filter 'x' is invalid": https://github.com/boto/boto3/issues/1299"""
    parameter = ec2.meta.service_model.operation_model(ec2.meta.method_to_api_mapping[operation]).input_shape.members
    name = "Filters" if "Filters" in parameter else "Filter"
    code, message = error_of(getattr(ec2, operation), **{name: filters(no_such="x")})
    assert (code, message.rstrip(".")) == ("InvalidParameterValue", "The filter 'no-such' is invalid")


def test_filters(ec2, vpc_id, subnet_id):
    """Values are joined by or, filters by and, * and ? are wildcards, case matters:
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html"""
    second = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.1.0/24", AvailabilityZoneId="euc1-az3")["Subnet"]
    ec2.create_tags(Resources=[second["SubnetId"]], Tags=[{"Key": "tier", "Value": "data"}])

    def found(**wanted):
        return {subnet["SubnetId"] for subnet in ec2.describe_subnets(Filters=filters(**wanted))["Subnets"]}

    both = {subnet_id, second["SubnetId"]}
    assert found(vpc_id=vpc_id) == both
    assert found(vpc_id=vpc_id, cidr_block=["10.1.0.0/24", "10.1.1.0/24"]) == both
    assert found(vpc_id=vpc_id, cidr_block="10.1.1.0/24") == {second["SubnetId"]}
    assert found(vpc_id=vpc_id, cidr_block="10.1.?.0/24") == both
    assert found(vpc_id=vpc_id, tag_key="tier") == {second["SubnetId"]}
    assert found(vpc_id=vpc_id, tag_key="TIER") == set()
    tagged = [{"Name": "tag:tier", "Values": ["da*"]}]
    assert [subnet["SubnetId"] for subnet in ec2.describe_subnets(Filters=tagged)["Subnets"]] == [second["SubnetId"]]
    assert second["SubnetId"] in found(availability_zone_id="euc1-az3")
    assert subnet_id not in found(default_for_az="true")


def test_pages(emulator, ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html: MaxResults from 5 on; the error:
    https://github.com/aws/aws-sdk-ruby/pull/2575"""
    made = {ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"] for number in range(12)}
    first = ec2.describe_vpcs(MaxResults=5)
    assert (len(first["Vpcs"]), bool(first["NextToken"])) == (5, True)
    pages = list(ec2.get_paginator("describe_vpcs").paginate(PaginationConfig={"PageSize": 5}))
    assert [len(page["Vpcs"]) for page in pages] == [5, 5, 3]
    assert "NextToken" not in pages[-1]
    seen = [vpc["VpcId"] for page in pages for vpc in page["Vpcs"]]
    assert len(seen) == len(set(seen))
    assert made < set(seen)
    unchecked = Config(parameter_validation=False)  # boto3 itself would refuse
    ec2 = emulator.session(SPOKE).client("ec2", "eu-central-1", endpoint_url=emulator.endpoint, config=unchecked)
    assert error_of(ec2.describe_vpcs, MaxResults=1) == (
        "InvalidParameterValue",
        "Value ( 1 ) for parameter maxResults is invalid. Expecting a value greater than 5.",
    )
    assert refused(ec2.describe_vpcs, NextToken="made up")[1] == 400


def test_dry_run(ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonParameters.html: DryRunOperation, nothing done"""
    assert refused(ec2.create_vpc, CidrBlock="10.0.0.0/16", DryRun=True) == ("DryRunOperation", 412)
    assert len(ec2.describe_vpcs()["Vpcs"]) == 1


def members(value, path=""):
    """Paths of all members: Vpcs[].CidrBlockAssociationSet[].CidrBlock"""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from members(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from members(inner, f"{path}[]")
    else:
        yield path


@pytest.mark.parametrize(
    ("operation", "recording"),
    [
        ("describe_vpcs", "Vpcs"),
        ("describe_subnets", "Subnets"),
        ("describe_route_tables", "RouteTables"),
        ("describe_security_groups", "SecurityGroups"),
        ("describe_internet_gateways", "InternetGateways"),
        ("describe_nat_gateways", "NatGateways"),
        ("describe_addresses", "Addresses"),
        ("describe_availability_zones", "AvailabilityZones"),
    ],
)
def test_all_members_that_aws_shows(ec2, vpc_id, subnet_id, operation, recording):
    """Every member of the recorded answers is in the emulator's, where it has such a resource."""
    if not RECORDINGS.is_dir():
        pytest.skip(f"no recordings in {RECORDINGS}")
    gateway_id = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    allocation_id = ec2.allocate_address()["AllocationId"]
    nat_id = ec2.create_nat_gateway(SubnetId=subnet_id, AllocationId=allocation_id)["NatGateway"]["NatGatewayId"]
    table_id = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table_id, SubnetId=subnet_id)
    ec2.create_route(RouteTableId=table_id, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat_id)
    group_id = ec2.create_security_group(VpcId=vpc_id, GroupName="a", Description="a")["GroupId"]
    peers = {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "a"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **peers}
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[permission])
    ec2.authorize_security_group_egress(GroupId=group_id, IpPermissions=[permission])
    resources = [vpc_id, subnet_id, gateway_id, nat_id, table_id, group_id, allocation_id]
    ec2.create_tags(Resources=resources, Tags=[{"Key": "a", "Value": "b"}])

    shown = set(members(getattr(ec2, operation)()))
    recorded = {
        member
        for file in RECORDINGS.glob(f"*/aws_configs/**/{recording}.json")
        for member in members(json.loads(file.read_text(encoding="utf-8")))
    }
    # Nothing in these tests has an instance, a prefix list route or a transit gateway.
    absent = ("InstanceId", "DestinationPrefixListId", "TransitGatewayId")
    assert {member for member in recorded - shown if not member.endswith(absent)} == set()
    assert recorded
    assert SPOKE in json.dumps(getattr(ec2, operation)(), default=str) or operation.endswith(("zones", "gateways"))


def test_tags_are_left_out_where_aws_leaves_them_out(ec2, vpc_id, subnet_id):
    """Recorded on AWS (Batfish's aws_configs): untagged VPCs, subnets, security groups and addresses have no Tags,
    route tables and NAT gateways an empty list."""
    ec2.allocate_address()
    ec2.create_nat_gateway(SubnetId=subnet_id, ConnectivityType="private")
    for kind in ("Vpcs", "Subnets", "SecurityGroups", "Addresses"):
        found = getattr(ec2, {"SecurityGroups": "describe_security_groups"}.get(kind, f"describe_{kind.lower()}"))()[
            kind
        ]
        assert found
        assert all("Tags" not in item for item in found)
    assert ec2.describe_route_tables()["RouteTables"][0]["Tags"] == []
    assert ec2.describe_nat_gateways()["NatGateways"][0]["Tags"] == []
