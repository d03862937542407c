# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Malformed ids: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html, "is malformed"."""

from __future__ import annotations

import pytest

from .conftest import error_of, refused

ACL_ENTRY = {"RuleNumber": 1, "Protocol": "-1", "RuleAction": "deny", "Egress": True, "CidrBlock": "0.0.0.0/0"}
HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
CALLS = [
    ("describe_vpcs", {"VpcIds": ["foo"]}, "InvalidVpcID.Malformed"),
    ("describe_vpcs", {"VpcIds": ["vpc-12345678", "vpc-1"]}, "InvalidVpcID.Malformed"),
    ("delete_vpc", {"VpcId": "vpc-012345678"}, "InvalidVpcID.Malformed"),
    ("create_subnet", {"VpcId": "subnet-12345678", "CidrBlock": "10.0.0.0/24"}, "InvalidVpcID.Malformed"),
    ("delete_subnet", {"SubnetId": "foo"}, "InvalidSubnetID.Malformed"),
    ("create_network_interface", {"SubnetId": "subnet-"}, "InvalidSubnetID.Malformed"),
    ("describe_security_groups", {"GroupIds": ["foo"]}, "InvalidGroupId.Malformed"),
    ("delete_security_group", {"GroupId": "sg-zzzzzzzz"}, "InvalidGroupId.Malformed"),
    (
        "describe_security_group_rules",
        {"SecurityGroupRuleIds": ["sg-12345678"]},
        "InvalidSecurityGroupRuleId.Malformed",
    ),
    (
        "authorize_security_group_ingress",
        {"GroupId": "sg-12345678", "IpPermissions": [HTTPS | {"UserIdGroupPairs": [{"GroupId": "foo"}]}]},
        "InvalidGroupId.Malformed",
    ),
    ("describe_route_tables", {"RouteTableIds": ["foo"]}, "InvalidRouteTableId.Malformed"),
    (
        "create_route",
        {"RouteTableId": "rtb-12345678", "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "foo"},
        "NatGatewayMalformed",
    ),
    ("describe_nat_gateways", {"NatGatewayIds": ["foo"]}, "NatGatewayMalformed"),
    ("delete_internet_gateway", {"InternetGatewayId": "foo"}, "InvalidInternetGatewayId.Malformed"),
    (
        "delete_egress_only_internet_gateway",
        {"EgressOnlyInternetGatewayId": "igw-12345678"},
        "InvalidEgressOnlyInternetGatewayId.Malformed",
    ),
    ("create_network_acl_entry", {"NetworkAclId": "foo", **ACL_ENTRY}, "InvalidNetworkAclId.Malformed"),
    ("describe_network_interfaces", {"NetworkInterfaceIds": ["to-set"]}, "InvalidNetworkInterfaceId.Malformed"),
    ("detach_network_interface", {"AttachmentId": "eni-12345678"}, "InvalidNetworkInterfaceAttachmentId.Malformed"),
    ("delete_managed_prefix_list", {"PrefixListId": "foo"}, "InvalidPrefixListId.Malformed"),
    ("delete_dhcp_options", {"DhcpOptionsId": "foo"}, "InvalidDhcpOptionsId.Malformed"),
    ("delete_vpc_peering_connection", {"VpcPeeringConnectionId": "foo"}, "InvalidVpcPeeringConnectionId.Malformed"),
    ("describe_vpc_endpoints", {"VpcEndpointIds": ["foo"]}, "InvalidVpcEndpointId.Malformed"),
    ("delete_customer_gateway", {"CustomerGatewayId": "foo"}, "InvalidCustomerGatewayId.Malformed"),
    ("describe_instances", {"InstanceIds": ["foo"]}, "InvalidInstanceID.Malformed"),
    ("delete_transit_gateway", {"TransitGatewayId": "tgw-1"}, "InvalidTransitGatewayID.Malformed"),
]


@pytest.mark.parametrize(("operation", "parameters", "code"), CALLS)
def test_malformed(ec2, operation, parameters, code):
    assert refused(getattr(ec2, operation), **parameters) == (code, 400)


def test_texts(ec2):
    """Quoted by users: F5Networks/f5-cloud-failover-extension#150, terraform-aws-modules/terraform-aws-vpc#312,
    ansible-collections/community.aws#1475 (the code has Id there)."""
    assert error_of(ec2.describe_network_interfaces, NetworkInterfaceIds=["to-set"])[1] == (
        'Invalid id: "to-set" (expecting "eni-...")'
    )
    assert error_of(ec2.create_vpc_endpoint, VpcId="vpc-1 | x", ServiceName="com.amazonaws.eu-central-1.s3") == (
        "InvalidVpcId.Malformed",
        "Invalid Id: 'vpc-1 | x' (expecting 'vpc-...; the Id may only contain lowercase alphanumeric characters and a "
        "single dash')",
    )
    assert error_of(ec2.create_egress_only_internet_gateway, VpcId="vpc-012345678") == (
        "InvalidVpcId.Malformed",
        "The vpc ID vpc-012345678 is malformed",
    )


def test_well_formed(ec2):
    """Old ids have 8 digits, new ones 17; both are only not found:
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html. A filter's values are no ids."""
    for vpc_id in ("vpc-12345678", "vpc-0123456789abcdef0"):
        assert refused(ec2.describe_vpcs, VpcIds=[vpc_id]) == ("InvalidVpcID.NotFound", 400)
    assert ec2.describe_vpcs(Filters=[{"Name": "vpc-id", "Values": ["foo"]}])["Vpcs"] == []
    ec2.associate_dhcp_options(DhcpOptionsId="default", VpcId=ec2.create_vpc(CidrBlock="10.0.0.0/24")["Vpc"]["VpcId"])


def test_launch_templates_are_not_checked(ec2):
    """moto's test_create_launch_template_version and test_modify_launch_template_by_name_and_id (aws_verified):
    data of any form, and the name beside an id."""
    ec2.create_launch_template(LaunchTemplateName="made", LaunchTemplateData={"ImageId": "ami-abc123"})
    ec2.create_launch_template_version(LaunchTemplateName="made", LaunchTemplateData={"ImageId": "ami-def456"})
    both = {"LaunchTemplateId": "template_n", "LaunchTemplateName": "made", "DefaultVersion": "2"}
    assert refused(ec2.modify_launch_template, **both) == ("InvalidParameterCombination", 400)


def test_values_beyond_the_model(ec2):
    """moto's test_delete_fleet and test_create_fleet_dryrun (aws_verified): AWS takes values that its model lacks."""
    data = {"ImageId": "ami-12345678", "InstanceType": "t2.micro"}
    made = ec2.create_launch_template(LaunchTemplateName="made", LaunchTemplateData=data)["LaunchTemplate"]
    chosen = {"LaunchTemplateId": made["LaunchTemplateId"], "Version": "1"}
    fleet = {
        "LaunchTemplateConfigs": [{"LaunchTemplateSpecification": chosen}],
        "TargetCapacitySpecification": {
            "DefaultTargetCapacityType": "spot",
            "OnDemandTargetCapacity": 1,
            "SpotTargetCapacity": 1,
            "TotalTargetCapacity": 2,
        },
        "SpotOptions": {"AllocationStrategy": "lowestPrice", "InstanceInterruptionBehavior": "terminate"},
        "Type": "maintain",
    }
    policy = {"ExcessCapacityTerminationPolicy": "terminate"}
    assert refused(ec2.create_fleet, **fleet, **policy, DryRun=True) == ("DryRunOperation", 412)
    fleet_id = ec2.create_fleet(**fleet)["FleetId"]
    assert len(ec2.describe_fleet_instances(FleetId=fleet_id)["ActiveInstances"]) == 2
