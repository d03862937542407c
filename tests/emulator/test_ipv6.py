# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IPv6 of VPCs and subnets. Sources: the VPC user guide (https://docs.aws.amazon.com/vpc/latest/userguide) and the EC2
API reference, where no other stands."""

from __future__ import annotations

from ipaddress import IPv6Network

import pytest

from .conftest import error_of, filters, refused
from .networks import wait_for


def block_of(ec2, vpc_id):
    return ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"][-1]


def associated(ec2, vpc_id):
    """AssociateVpcCidrBlock: "an Amazon-provided IPv6 CIDR block with a /56 prefix length"; the CLI's example answers
    without a block, in the state associating."""
    answer = ec2.associate_vpc_cidr_block(VpcId=vpc_id, AmazonProvidedIpv6CidrBlock=True)
    made = answer["Ipv6CidrBlockAssociation"]
    assert made["Ipv6CidrBlockState"] == {"State": "associating"} and "Ipv6CidrBlock" not in made
    wait_for(lambda: block_of(ec2, vpc_id)["Ipv6CidrBlockState"]["State"], "associated")
    found = block_of(ec2, vpc_id)
    assert found["AssociationId"] == made["AssociationId"] and found["Ipv6Pool"] == "Amazon"
    assert IPv6Network(found["Ipv6CidrBlock"]).prefixlen == 56
    assert str(IPv6Network(found["Ipv6CidrBlock"])) == found["Ipv6CidrBlock"]
    return found


def entries(ec2, vpc_id):
    (default,) = ec2.describe_network_acls(Filters=filters(vpc_id=vpc_id, default="true"))["NetworkAcls"]
    return {(e["Egress"], e["RuleNumber"], e["RuleAction"], e.get("Ipv6CidrBlock")) for e in default["Entries"]}


def default_out(ec2, vpc_id):
    (group,) = ec2.describe_security_groups(Filters=filters(vpc_id=vpc_id, group_name="default"))["SecurityGroups"]
    return [peer for p in group["IpPermissionsEgress"] for peer in (*p["IpRanges"], *p["Ipv6Ranges"])], group["GroupId"]


IPV4, IPV6 = {"CidrIp": "0.0.0.0/0"}, {"CidrIpv6": "::/0"}
OPENED = {(egress, 101, "allow", "::/0") for egress in (True, False)}
CLOSED = {(egress, 32768, "deny", "::/0") for egress in (True, False)}


@pytest.mark.parametrize("later", [False, True], ids=["with the VPC", "later"])
def test_what_came_with_the_vpc_lets_ipv6_through(ec2, later):
    """default-network-acl.html, default-security-group.html, amazon-vpc-limits.html (32768)"""
    vpc_id = ec2.create_vpc(CidrBlock="10.9.0.0/16", AmazonProvidedIpv6CidrBlock=not later)["Vpc"]["VpcId"]
    if later:
        assert default_out(ec2, vpc_id)[0] == [IPV4]
        associated(ec2, vpc_id)
    assert entries(ec2, vpc_id) >= OPENED | CLOSED
    assert default_out(ec2, vpc_id)[0] == [IPV4, IPV6]
    (table,) = ec2.describe_route_tables(Filters=filters(vpc_id=vpc_id))["RouteTables"]
    local = [route.get("DestinationIpv6CidrBlock") for route in table["Routes"] if route["GatewayId"] == "local"]
    assert block_of(ec2, vpc_id)["Ipv6CidrBlock"] in local


def test_but_not_where_somebody_changed_it(ec2):
    """ "if you've modified the inbound rules of a default network ACL, we do not add the rule that allows all inbound
    IPv6 traffic" (default-network-acl.html)"""
    vpc_id = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    (default,) = ec2.describe_network_acls(Filters=filters(vpc_id=vpc_id, default="true"))["NetworkAcls"]
    ec2.delete_network_acl_entry(NetworkAclId=default["NetworkAclId"], RuleNumber=100, Egress=False)
    group_id = default_out(ec2, vpc_id)[1]
    everything = [{"IpProtocol": "-1", "IpRanges": [IPV4]}]
    ec2.revoke_security_group_egress(GroupId=group_id, IpPermissions=everything)
    associated(ec2, vpc_id)
    assert entries(ec2, vpc_id) & OPENED == {(True, 101, "allow", "::/0")}
    assert default_out(ec2, vpc_id)[0] == []


def test_a_new_group_and_acl_of_a_vpc_with_ipv6(ec2, vpc_id):
    associated(ec2, vpc_id)
    group_id = ec2.create_security_group(VpcId=vpc_id, GroupName="a", Description="a")["GroupId"]
    (group,) = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    assert [p["Ipv6Ranges"] for p in group["IpPermissionsEgress"] if p["Ipv6Ranges"]] == [[IPV6]]
    acl = ec2.create_network_acl(VpcId=vpc_id)["NetworkAcl"]
    assert {(e["Egress"], e["RuleNumber"], e["RuleAction"], e.get("Ipv6CidrBlock")) for e in acl["Entries"]} >= CLOSED


def test_a_subnets_range_comes_and_goes(ec2, vpc_id, subnet_id):
    block = associated(ec2, vpc_id)["Ipv6CidrBlock"]
    attribute = {"SubnetId": subnet_id, "AssignIpv6AddressOnCreation": {"Value": True}}
    # amazon.aws.ec2_vpc_subnet, assign_instances_ipv6: "ipv6_cidr is required".
    assert refused(ec2.modify_subnet_attribute, **attribute) == ("InvalidParameterValue", 400)

    def ranges():
        (subnet,) = ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"]
        return {r["Ipv6CidrBlock"]: r["Ipv6CidrBlockState"]["State"] for r in subnet["Ipv6CidrBlockAssociationSet"]}

    first, second = (str(cidr) for cidr in list(IPv6Network(block).subnets(new_prefix=64))[:2])
    made = ec2.associate_subnet_cidr_block(SubnetId=subnet_id, Ipv6CidrBlock=first)["Ipv6CidrBlockAssociation"]
    assert made["Ipv6CidrBlockState"] == {"State": "associating"}
    wait_for(lambda: ranges()[first], "associated")
    assert refused(ec2.associate_subnet_cidr_block, SubnetId=subnet_id, Ipv6CidrBlock=second)[1] == 400
    ec2.modify_subnet_attribute(**attribute)
    assert ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"][0]["AssignIpv6AddressOnCreation"]
    id_ = block_of(ec2, vpc_id)["AssociationId"]
    assert refused(ec2.disassociate_vpc_cidr_block, AssociationId=id_) == ("InvalidCidrBlock.InUse", 400)

    ec2.disassociate_subnet_cidr_block(AssociationId=made["AssociationId"])
    wait_for(lambda: ranges()[first], "disassociated")
    ec2.disassociate_vpc_cidr_block(AssociationId=id_)
    wait_for(lambda: block_of(ec2, vpc_id)["Ipv6CidrBlockState"]["State"], "disassociated")
    assert refused(ec2.associate_subnet_cidr_block, SubnetId=subnet_id, Ipv6CidrBlock=first) == (
        "InvalidSubnet.Range",
        400,
    )


def test_an_egress_only_internet_gateway(ec2, vpc_id):
    """DescribeEgressOnlyInternetGateways: its only filters are those of tags."""
    tags = [{"Key": "Name", "Value": "a"}]
    made = ec2.create_egress_only_internet_gateway(
        VpcId=vpc_id, TagSpecifications=[{"ResourceType": "egress-only-internet-gateway", "Tags": tags}]
    )["EgressOnlyInternetGateway"]
    assert made["Attachments"] == [{"State": "attached", "VpcId": vpc_id}] and made["Tags"] == tags

    def found(**query):
        listed = ec2.describe_egress_only_internet_gateways(Filters=filters(**query))["EgressOnlyInternetGateways"]
        return [gateway["EgressOnlyInternetGatewayId"] for gateway in listed]

    id_ = made["EgressOnlyInternetGatewayId"]
    assert found(**{"tag:Name": "a"}) == [id_] and found(**{"tag:Name": "b"}) == []
    assert {t["ResourceType"] for t in ec2.describe_tags(Filters=filters(resource_id=id_))["Tags"]} == {
        "egress-only-internet-gateway"
    }
    (table,) = ec2.describe_route_tables(Filters=filters(vpc_id=vpc_id))["RouteTables"]
    route = {"RouteTableId": table["RouteTableId"], "DestinationIpv6CidrBlock": "::/0"}
    ec2.create_route(**route, EgressOnlyInternetGatewayId=id_)
    ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=id_)
    (table,) = ec2.describe_route_tables(Filters=filters(vpc_id=vpc_id))["RouteTables"]
    (left,) = [route for route in table["Routes"] if route.get("EgressOnlyInternetGatewayId") == id_]
    assert left["State"] == "blackhole"
    code = refused(ec2.delete_egress_only_internet_gateway, EgressOnlyInternetGatewayId=id_)[0]
    assert code == "InvalidGatewayID.NotFound"


def test_attributes_that_need_a_block(ec2, subnet_id):
    """Texts: terraform-aws-modules/terraform-aws-vpc#735; of EnableDns64 badmintoncryer/cdk-preflight, in part"""
    for member, word in (
        ("AssignIpv6AddressOnCreation", "assign-ipv6-address-on-creation"),
        ("EnableDns64", "enable-dns64"),
    ):
        text = (
            f"Invalid value 'true' for {word}. Cannot set {word} to true unless the subnet ({subnet_id}) has an IPv6 "
            "CIDR block associated with it."
        )
        found = error_of(ec2.modify_subnet_attribute, SubnetId=subnet_id, **{member: {"Value": True}})
        assert found == ("InvalidParameterValue", text)


def test_ipv6_only_subnet(ec2):
    """D CreateSubnet (Ipv6Native), of a block of the VPC that no other subnet has"""
    vpc = ec2.create_vpc(CidrBlock="10.2.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    block = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]
    native = {"VpcId": vpc, "Ipv6Native": True}
    first = block.replace("/56", "/64")
    made = ec2.create_subnet(**native, Ipv6CidrBlock=first)["Subnet"]
    assert made["Ipv6Native"] and made["AvailableIpAddressCount"] == 0
    (association,) = made["Ipv6CidrBlockAssociationSet"]
    assert (association["Ipv6CidrBlock"], association["Ipv6CidrBlockState"]["State"]) == (first, "associated")
    assert refused(ec2.create_subnet, **native, Ipv6CidrBlock=first) == ("InvalidSubnet.Conflict", 400)
    assert refused(ec2.create_subnet, **native, Ipv6CidrBlock="2001:db8::/64") == ("InvalidSubnet.Range", 400)
