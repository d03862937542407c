# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPCs, their CIDR blocks and attributes, subnets, availability zones."""

from __future__ import annotations

import pytest

from .conftest import HUB, SPOKE, SPOKE_2, error_of, filters, refused


def test_create_vpc(ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html: tagged on creation, the block in
    canonical form, with a main route table, a default network ACL and a default security group."""
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "a"}]}]
    vpc = ec2.create_vpc(CidrBlock="10.1.7.1/16", TagSpecifications=tags)["Vpc"]
    assert (vpc["CidrBlock"], vpc["State"], vpc["IsDefault"]) == ("10.1.0.0/16", "pending", False)
    described = ec2.describe_vpcs(VpcIds=[vpc["VpcId"]])["Vpcs"][0]
    assert described["Tags"] == [{"Key": "Name", "Value": "a"}]
    assert (described["State"], described["OwnerId"]) == ("available", SPOKE)
    assert [block["CidrBlockState"]["State"] for block in described["CidrBlockAssociationSet"]] == ["associated"]
    of_vpc = {"Filters": filters(vpc_id=vpc["VpcId"])}
    table = ec2.describe_route_tables(**of_vpc)["RouteTables"][0]
    assert table["Associations"][0]["Main"] is True
    assert table["Routes"] == [
        {"DestinationCidrBlock": "10.1.0.0/16", "GatewayId": "local", "Origin": "CreateRouteTable", "State": "active"}
    ]
    assert ec2.describe_network_acls(**of_vpc)["NetworkAcls"][0]["IsDefault"] is True
    assert ec2.describe_security_groups(**of_vpc)["SecurityGroups"][0]["GroupName"] == "default"


@pytest.mark.parametrize(
    ("block", "code"),
    [
        # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html: InvalidVpc.Range
        ("10.0.0.0/15", "InvalidVpc.Range"),
        ("10.0.0.0/29", "InvalidVpc.Range"),
        ("10.0.0.300/16", "InvalidParameterValue"),
    ],
)
def test_vpc_block_must_be_16_to_28(ec2, block, code):
    assert refused(ec2.create_vpc, CidrBlock=block) == (code, 400)


def test_vpc_that_is_not_there(ec2):
    """Code and text as quoted in https://github.com/hashicorp/terraform-aws-consul/issues/29"""
    missing = "vpc-00000000000000000"
    expected = ("InvalidVpcID.NotFound", f"The vpc ID '{missing}' does not exist")
    assert error_of(ec2.describe_vpcs, VpcIds=[missing]) == expected
    assert error_of(ec2.delete_vpc, VpcId=missing) == expected


def test_one_attribute_a_call(ec2, vpc_id):
    """https://github.com/aws/aws-sdk-go/issues/415"""
    both = {"EnableDnsSupport": {"Value": True}, "EnableDnsHostnames": {"Value": True}}
    assert refused(ec2.modify_vpc_attribute, VpcId=vpc_id, **both) == ("InvalidParameterCombination", 400)

    def attribute(name):
        return ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute=name)[name[0].upper() + name[1:]]["Value"]

    # Defaults of a VPC that is not made by the console: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html
    assert (attribute("enableDnsSupport"), attribute("enableDnsHostnames")) == (True, False)
    ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True})
    ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsSupport={"Value": False})
    assert (attribute("enableDnsSupport"), attribute("enableDnsHostnames")) == (False, True)
    # "You can only enable DNS hostnames if you've enabled DNS support" (ModifyVpcAttribute); no source for the code.
    refusal = refused(ec2.modify_vpc_attribute, VpcId=vpc_id, EnableDnsHostnames={"Value": True})
    assert refusal == ("InvalidParameterValue", 400)


def test_secondary_block(emulator, ec2, vpc_id):
    """https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html; a subnet in a block that is still being
    associated is out of range: https://github.com/hashicorp/terraform/issues/21256"""
    emulator.control("POST", "settings", {"transition": {"vpc-cidr-block": 300}})
    made = ec2.associate_vpc_cidr_block(VpcId=vpc_id, CidrBlock="100.64.0.0/16")["CidrBlockAssociation"]
    assert made["CidrBlockState"]["State"] == "associating"
    in_block = {"VpcId": vpc_id, "CidrBlock": "100.64.0.0/24"}
    assert refused(ec2.create_subnet, **in_block) == ("InvalidSubnet.Range", 400)

    def states():
        blocks = ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]["CidrBlockAssociationSet"]
        return {block["CidrBlock"]: block["CidrBlockState"]["State"] for block in blocks}

    while states()["100.64.0.0/16"] == "associating":
        pass
    assert states() == {"10.1.0.0/16": "associated", "100.64.0.0/16": "associated"}
    table = ec2.describe_route_tables(Filters=filters(vpc_id=vpc_id))["RouteTables"][0]
    assert {route["DestinationCidrBlock"] for route in table["Routes"]} == {"10.1.0.0/16", "100.64.0.0/16"}
    subnet_id = ec2.create_subnet(**in_block)["Subnet"]["SubnetId"]

    # https://github.com/hashicorp/terraform-provider-aws/issues/29077
    association = {"AssociationId": made["AssociationId"]}
    assert error_of(ec2.disassociate_vpc_cidr_block, **association) == (
        "InvalidCidrBlock.InUse",
        f"The vpc {vpc_id} currently has a subnet within CIDR block 100.64.0.0/16",
    )
    ec2.delete_subnet(SubnetId=subnet_id)
    ec2.disassociate_vpc_cidr_block(**association)
    while states()["100.64.0.0/16"] == "disassociating":
        pass
    assert states()["100.64.0.0/16"] == "disassociated"


def test_blocks_of_a_vpc(ec2, vpc_id):
    """The primary block stays, no two overlap, five is the quota:
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"""
    primary = ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]["CidrBlockAssociationSet"][0]["AssociationId"]
    assert refused(ec2.disassociate_vpc_cidr_block, AssociationId=primary) == ("OperationNotPermitted", 400)
    assert refused(ec2.associate_vpc_cidr_block, VpcId=vpc_id, CidrBlock="10.1.128.0/17")[1] == 400
    for number in range(2, 6):
        ec2.associate_vpc_cidr_block(VpcId=vpc_id, CidrBlock=f"10.{number}.0.0/16")
    assert refused(ec2.associate_vpc_cidr_block, VpcId=vpc_id, CidrBlock="10.9.0.0/16") == ("CidrLimitExceeded", 400)


@pytest.mark.parametrize(
    ("primary", "added", "permitted"),
    [
        ("10.1.0.0/16", "198.19.0.0/16", False),
        ("10.1.0.0/16", "192.168.0.0/16", False),
        ("10.1.0.0/16", "10.0.0.0/16", False),
        ("10.1.0.0/16", "10.64.0.0/16", True),
        ("10.1.0.0/16", "100.64.0.0/16", True),
        ("172.16.0.0/16", "172.31.0.0/16", False),
        ("100.64.0.0/16", "10.1.0.0/16", False),
    ],
)
def test_restricted_blocks(ec2, primary, added, permitted):
    """The table of https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html#add-cidr-block-restrictions;
    code and text as quoted in public code: "InvalidVpc.Range: The CIDR '192.168.0.0/16' is restricted. Use a CIDR ..."
    """
    vpc_id = ec2.create_vpc(CidrBlock=primary)["Vpc"]["VpcId"]
    if permitted:
        ec2.associate_vpc_cidr_block(VpcId=vpc_id, CidrBlock=added)
    else:
        code, text = error_of(ec2.associate_vpc_cidr_block, VpcId=vpc_id, CidrBlock=added)
        assert code == "InvalidVpc.Range" and text.startswith(f"The CIDR '{added}' is restricted. Use a CIDR from the")


def test_vpc_in_use_is_not_deleted(ec2, vpc_id):
    """ "You must detach or delete all gateways and resources that are associated with the VPC before you can delete
    it": https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html"""
    in_use = ("DependencyViolation", f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
    table_id = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    assert error_of(ec2.delete_vpc, VpcId=vpc_id) == in_use
    ec2.delete_route_table(RouteTableId=table_id)
    group_id = ec2.create_security_group(VpcId=vpc_id, GroupName="a", Description="a")["GroupId"]
    assert error_of(ec2.delete_vpc, VpcId=vpc_id) == in_use
    ec2.delete_security_group(GroupId=group_id)
    gateway_id = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    assert error_of(ec2.delete_vpc, VpcId=vpc_id) == in_use
    ec2.detach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    subnet_id = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.0.0/24")["Subnet"]["SubnetId"]
    assert error_of(ec2.delete_vpc, VpcId=vpc_id) == in_use
    ec2.delete_subnet(SubnetId=subnet_id)
    ec2.delete_vpc(VpcId=vpc_id)
    of_vpc = {"Filters": filters(vpc_id=vpc_id)}
    assert not ec2.describe_route_tables(**of_vpc)["RouteTables"]
    assert not ec2.describe_network_acls(**of_vpc)["NetworkAcls"]
    assert not ec2.describe_security_groups(**of_vpc)["SecurityGroups"]


def test_default_vpc(ec2):
    """https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html: 172.31.0.0/16, a public /20 in each AZ, an
    internet gateway and a route to it."""
    vpc = ec2.describe_vpcs(Filters=filters(is_default="true"))["Vpcs"][0]
    assert vpc["CidrBlock"] == "172.31.0.0/16"
    of_vpc = {"Filters": filters(vpc_id=vpc["VpcId"])}
    subnets = ec2.describe_subnets(**of_vpc)["Subnets"]
    assert len({subnet["AvailabilityZone"] for subnet in subnets}) == 3
    assert all(subnet["DefaultForAz"] and subnet["MapPublicIpOnLaunch"] for subnet in subnets)
    routes = ec2.describe_route_tables(**of_vpc)["RouteTables"][0]["Routes"]
    assert {route["DestinationCidrBlock"]: route["GatewayId"][:4] for route in routes}["0.0.0.0/0"] == "igw-"


def test_create_subnet(ec2, vpc_id):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html; 5 addresses are AWS's:
    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"""
    subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.0.0/24", AvailabilityZone="eu-central-1b")["Subnet"]
    assert (subnet["AvailabilityZone"], subnet["AvailableIpAddressCount"]) == ("eu-central-1b", 251)
    assert (subnet["MapPublicIpOnLaunch"], subnet["DefaultForAz"]) == (False, False)
    ec2.modify_subnet_attribute(SubnetId=subnet["SubnetId"], MapPublicIpOnLaunch={"Value": True})
    assert ec2.describe_subnets(SubnetIds=[subnet["SubnetId"]])["Subnets"][0]["MapPublicIpOnLaunch"] is True


@pytest.mark.parametrize(
    ("block", "error"),
    [
        # https://github.com/hashicorp/terraform/issues/33470
        ("10.1.0.128/25", ("InvalidSubnet.Conflict", "The CIDR '10.1.0.128/25' conflicts with another subnet")),
        # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html: InvalidSubnet.Range
        ("10.2.0.0/24", ("InvalidSubnet.Range", "The CIDR '10.2.0.0/24' is invalid.")),
        ("10.1.9.0/29", ("InvalidSubnet.Range", "The CIDR '10.1.9.0/29' is invalid.")),
    ],
)
def test_subnet_blocks(ec2, vpc_id, subnet_id, block, error):
    assert error_of(ec2.create_subnet, VpcId=vpc_id, CidrBlock=block) == error


def test_subnet_zone_must_be_of_the_region(ec2, vpc_id):
    """Text as quoted in https://github.com/boto/boto/issues/1904"""
    code, message = error_of(ec2.create_subnet, VpcId=vpc_id, CidrBlock="10.1.1.0/24", AvailabilityZone="us-east-1a")
    assert code == "InvalidParameterValue"
    assert message == (
        "Value (us-east-1a) for parameter availabilityZone is invalid. Subnets can currently only be created in the "
        "following availability zones: eu-central-1a, eu-central-1b, eu-central-1c."
    )


def test_zone_names_differ_between_accounts(client):
    """ "us-east-1a for your account might not have the same location as us-east-1a for another account":
    https://docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html"""

    def zones(account_id):
        found = client(account_id, "ec2").describe_availability_zones()["AvailabilityZones"]
        return {zone["ZoneName"]: zone["ZoneId"] for zone in found}

    by_account = [zones(account_id) for account_id in (HUB, SPOKE, SPOKE_2)]
    assert all(set(zones.values()) == {"euc1-az1", "euc1-az2", "euc1-az3"} for zones in by_account)
    assert len({tuple(sorted(zones.items())) for zones in by_account}) > 1


def test_subnet_by_zone_id(ec2, vpc_id):
    zones = ec2.describe_availability_zones(ZoneIds=["euc1-az2"])["AvailabilityZones"]
    subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.0.0/24", AvailabilityZoneId="euc1-az2")["Subnet"]
    assert (subnet["AvailabilityZoneId"], subnet["AvailabilityZone"]) == ("euc1-az2", zones[0]["ZoneName"])


def test_subnet_in_use_is_not_deleted(ec2, subnet_id):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html"""
    interface = ec2.create_network_interface(SubnetId=subnet_id)["NetworkInterface"]["NetworkInterfaceId"]
    assert error_of(ec2.delete_subnet, SubnetId=subnet_id) == (
        "DependencyViolation",
        f"The subnet '{subnet_id}' has dependencies and cannot be deleted.",
    )
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    ec2.delete_subnet(SubnetId=subnet_id)
    assert refused(ec2.describe_subnets, SubnetIds=[subnet_id]) == ("InvalidSubnetID.NotFound", 400)


def test_default_dhcp_options(ec2, vpc_id):
    """https://docs.aws.amazon.com/vpc/latest/userguide/DHCPOptionSetConcepts.html"""
    options_id = ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]["DhcpOptionsId"]
    assert options_id.startswith("dopt-")
    options = ec2.describe_dhcp_options(DhcpOptionsIds=[options_id])["DhcpOptions"][0]["DhcpConfigurations"]
    assert {"Key": "domain-name-servers", "Values": [{"Value": "AmazonProvidedDNS"}]} in options


def test_disassociated_block_stays_listed(ec2, vpc_id):
    """https://github.com/hashicorp/terraform/issues/12895; amazon.aws' integration target ec2_vpc_net counts on it."""
    made = ec2.associate_vpc_cidr_block(VpcId=vpc_id, CidrBlock="10.2.0.0/16")["CidrBlockAssociation"]
    ec2.disassociate_vpc_cidr_block(AssociationId=made["AssociationId"])
    ec2.associate_vpc_cidr_block(VpcId=vpc_id, CidrBlock="10.3.0.0/16")
    blocks = ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]["CidrBlockAssociationSet"]
    assert {block["CidrBlock"]: block["CidrBlockState"]["State"] for block in blocks} == {
        "10.1.0.0/16": "associated",
        "10.2.0.0/16": "disassociated",
        "10.3.0.0/16": "associated",
    }
    table = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]
    assert [route["DestinationCidrBlock"] for route in table["Routes"]] == ["10.1.0.0/16", "10.3.0.0/16"]
    ec2.associate_vpc_cidr_block(VpcId=vpc_id, CidrBlock="10.2.0.0/16")
    table = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]
    assert "10.2.0.0/16" in {route["DestinationCidrBlock"] for route in table["Routes"]}


def test_ipv6_blocks_of_subnets(ec2):
    """Text: amazon.aws' integration target ec2_vpc_subnet, which its maintainers run on AWS."""
    vpc_id = ec2.create_vpc(CidrBlock="10.1.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    vpc = ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]
    block = vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].replace("/56", "/64")
    first = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.0.0/24")["Subnet"]["SubnetId"]
    ec2.associate_subnet_cidr_block(SubnetId=first, Ipv6CidrBlock=block)
    second = {"VpcId": vpc_id, "CidrBlock": "10.1.1.0/24"}
    assert error_of(ec2.create_subnet, Ipv6CidrBlock=block, **second) == (
        "InvalidSubnet.Conflict",
        f"The IPv6 CIDR '{block}' conflicts with another subnet",
    )
    assert refused(ec2.create_subnet, Ipv6CidrBlock="2001:db8::/64", **second) == ("InvalidSubnet.Range", 400)
