# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What AWS refuses of tags, network ACLs, flow logs, gateways and transit gateway routes."""

from __future__ import annotations

import pytest

from .conftest import SPOKE, error_of, refused

ENTRY = {"RuleNumber": 5, "Protocol": "6", "RuleAction": "allow", "Egress": False, "CidrBlock": "10.0.0.0/8"}


@pytest.mark.parametrize(
    "change",
    [
        {"RuleNumber": 0},
        {"RuleNumber": 32767},
        {"Protocol": "esp"},
        {"Protocol": "256"},
        {"RuleAction": "permit"},
        {"CidrBlock": "10.0.0.1"},
        {"CidrBlock": "::/0"},
        {"PortRange": {"From": 2, "To": 1}},
        {"Protocol": "1", "IcmpTypeCode": {"Type": 300, "Code": 0}},
    ],
)
def test_entries_of_network_acls(ec2, vpc_id, change):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html; code of invalid values:
    errors-overview.html"""
    acl = ec2.create_network_acl(VpcId=vpc_id)["NetworkAcl"]["NetworkAclId"]
    wanted = ENTRY | {"PortRange": {"From": 1, "To": 2}} | change
    assert refused(ec2.create_network_acl_entry, NetworkAclId=acl, **wanted) == ("InvalidParameterValue", 400)


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ([{"Key": "", "Value": "b"}], "InvalidTagKey.Malformed"),
        ([{"Key": "AWS:x", "Value": "b"}], "InvalidParameterValue"),
        ([{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}], "InvalidParameterValue"),
        ([{"Key": "k" * 128, "Value": "b"}], "InvalidParameterValue"),
        ([{"Key": "k", "Value": "b" * 257}], "InvalidParameterValue"),
        ([{"Key": str(number), "Value": ""} for number in range(51)], "TagLimitExceeded"),
    ],
)
def test_tags(ec2, vpc_id, tags, code):
    """Using_Tags.html#tag-restrictions and errors-overview.html (InvalidTagKey.Malformed, TagLimitExceeded); of a new
    resource as of one that exists. The code of duplicate keys is not verified."""
    assert refused(ec2.create_tags, Resources=[vpc_id], Tags=tags) == (code, 400)
    specification = [{"ResourceType": "vpc", "Tags": tags}]
    assert refused(ec2.create_vpc, CidrBlock="10.9.0.0/16", TagSpecifications=specification) == (code, 400)


@pytest.mark.parametrize(
    ("resource_id", "code"),
    [
        ("foo", "InvalidID"),
        ("vpc-1", "InvalidID"),
        ("vpc-0123456789abcdef0", "InvalidVpcID.NotFound"),
        ("i-0123456789abcdef0", "InvalidInstanceID.NotFound"),
        ("vgw-0123456789abcdef0", "InvalidVpnGatewayID.NotFound"),
        ("pcx-0123456789abcdef0", "InvalidVpcPeeringConnectionID.NotFound"),
    ],
)
def test_tags_of_what_is_not_there(ec2, vpc_id, resource_id, code):
    """errors-overview.html, InvalidID: "The specified ID for the resource you are trying to tag is not valid". No
    resource of the request gets the tag."""
    tags = [{"Key": "a", "Value": "b"}]
    assert refused(ec2.create_tags, Resources=[vpc_id, resource_id], Tags=tags) == (code, 400)
    assert ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0].get("Tags", []) == []


def test_a_vpc_has_one_egress_only_gateway(ec2, vpc_id):
    """ "You can attach only one egress-only internet gateway to a VPC at a time" (amazon-vpc-limits.html); the code
    is not verified."""
    ec2.create_egress_only_internet_gateway(VpcId=vpc_id)
    assert refused(ec2.create_egress_only_internet_gateway, VpcId=vpc_id) == ("InvalidParameterValue", 400)


def test_fields_of_flow_logs(ec2, vpc_id):
    """https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html; neither code nor text is verified."""
    role = f"arn:aws:iam::{SPOKE}:role/x"
    wanted = {"ResourceType": "VPC", "ResourceIds": [vpc_id], "TrafficType": "ALL", "LogGroupName": "a"}
    wanted |= {"DeliverLogsPermissionArn": role}
    assert error_of(ec2.create_flow_logs, **wanted, LogFormat="${version} ${vpcid}") == (
        "InvalidParameter",
        "Unknown fields provided: vpcid",
    )
    ec2.create_flow_logs(**wanted, LogFormat="${version} ${vpc-id} ${flow-direction} ${ecs-task-id}")


def test_attributes_of_a_vpc(ec2, vpc_id):
    """ "No attributes specified.": as of ModifyInstanceAttribute; not verified for VPCs."""
    assert refused(ec2.modify_vpc_attribute, VpcId=vpc_id) == ("InvalidParameterCombination", 400)


def test_transit_gateways(ec2, vpc_id, subnet_id):
    """CIDR blocks: "except for addresses in the 169.254.0.0/16 range" (tgw-transit-gateways.html). A blackhole with an
    attachment: not verified."""
    link_local = {"TransitGatewayCidrBlocks": ["169.254.0.0/24"]}
    assert refused(ec2.create_transit_gateway, Options=link_local) == ("InvalidParameterValue", 400)
    gateway = ec2.create_transit_gateway()["TransitGateway"]
    made = ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway["TransitGatewayId"], VpcId=vpc_id, SubnetIds=[subnet_id]
    )["TransitGatewayVpcAttachment"]
    route = {
        "DestinationCidrBlock": "10.7.0.0/16",
        "TransitGatewayRouteTableId": gateway["Options"]["AssociationDefaultRouteTableId"],
        "TransitGatewayAttachmentId": made["TransitGatewayAttachmentId"],
    }
    assert refused(ec2.create_transit_gateway_route, **route, Blackhole=True) == ("InvalidParameterCombination", 400)


def test_addresses_of_nat_gateways(ec2, subnet_id):
    """InvalidElasticIpID.NotFound: https://github.com/ansible-collections/amazon.aws/issues/1872; malformed:
    aws-controllers-k8s/ec2-controller#59"""
    for allocation, code in (
        ("eipalloc-0123456789abcdef0", "InvalidElasticIpID.NotFound"),
        ("MalformedElasticIpId", "InvalidElasticIpID.Malformed"),
    ):
        assert refused(ec2.create_nat_gateway, SubnetId=subnet_id, AllocationId=allocation) == (code, 400)
