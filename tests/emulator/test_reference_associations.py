# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Security groups in other VPCs than their own, and what references a prefix list.

Sources: API_AssociateSecurityGroupVpc.html (its rules; AWS's codes for them aren't documented), VPC user guide,
security-group-assoc.html; API_GetManagedPrefixListAssociations.html. Codes of unknown ids: terraform-provider-aws,
internal/service/ec2/vpc_security_group_vpc_association.go.
"""

from __future__ import annotations

import pytest

from .conftest import HUB, SPOKE, error_of, filters, refused
from .networks import Network, wait_for

REGION = "eu-central-1"


def group(ec2, vpc_id, name="web"):
    return ec2.create_security_group(GroupName=name, Description="d", VpcId=vpc_id)["GroupId"]


def vpc(ec2, block="10.2.0.0/16"):
    return ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"]


def described(ec2, **wanted):
    found = ec2.describe_security_group_vpc_associations(Filters=filters(**wanted))
    return [(one["GroupId"], one["VpcId"], one["State"]) for one in found["SecurityGroupVpcAssociations"]]


def state(ec2, group_id):
    return [one[2] for one in described(ec2, group_id=group_id)]


def test_a_group_is_associated_with_another_vpc_and_again_disassociated(ec2, vpc_id):
    """D: "the disassociation is asynchronous and you can check the status of the request"."""
    group_id, other = group(ec2, vpc_id), vpc(ec2)
    assert ec2.associate_security_group_vpc(GroupId=group_id, VpcId=other)["State"] in ("associating", "associated")
    wait_for(lambda: state(ec2, group_id), ["associated"])
    (found,) = ec2.describe_security_group_vpc_associations()["SecurityGroupVpcAssociations"]
    assert (found["GroupOwnerId"], found["VpcOwnerId"], found["VpcId"]) == (SPOKE, SPOKE, other)
    gone = ec2.disassociate_security_group_vpc(GroupId=group_id, VpcId=other)["State"]
    assert gone in ("disassociating", "disassociated")
    wait_for(lambda: state(ec2, group_id), [])
    ec2.associate_security_group_vpc(GroupId=group_id, VpcId=other)  # once more


@pytest.mark.parametrize(
    "wanted",
    ["group_id", "group_owner_id", "state", "vpc_id", "vpc_owner_id"],
)
def test_each_documented_filter_keeps_and_drops(ec2, vpc_id, wanted):
    """D: the filters of API_DescribeSecurityGroupVpcAssociations."""
    group_id, other = group(ec2, vpc_id), vpc(ec2)
    ec2.associate_security_group_vpc(GroupId=group_id, VpcId=other)
    values = {"group_id": group_id, "group_owner_id": SPOKE, "vpc_id": other, "vpc_owner_id": SPOKE}
    values["state"] = ["associating", "associated"]
    assert [one[0] for one in described(ec2, **{wanted: values[wanted]})] == [group_id]
    assert described(ec2, **{wanted: "none"}) == []


def test_what_cannot_be_associated(ec2, vpc_id, client):
    """D: no default groups, no default VPC, your own group, a VPC of yours in the Region. Codes: not verified, except
    those of unknown ids.
    """
    group_id, other = group(ec2, vpc_id), vpc(ec2)
    default_group = ec2.describe_security_groups(Filters=filters(vpc_id=vpc_id, group_name="default"))
    default_vpc = ec2.describe_vpcs(Filters=filters(is_default="true"))["Vpcs"][0]["VpcId"]
    foreign = vpc(client(HUB, "ec2"), "10.9.0.0/16")
    for given, code in (
        ((default_group["SecurityGroups"][0]["GroupId"], other), "InvalidParameterValue"),
        ((group_id, default_vpc), "InvalidParameterValue"),
        ((group_id, vpc_id), "InvalidParameterValue"),
        ((group_id, foreign), "InvalidVpcID.NotFound"),
        (("sg-0123456789abcdef0", other), "InvalidGroup.NotFound"),
    ):
        refusal = refused(ec2.associate_security_group_vpc, GroupId=given[0], VpcId=given[1])
        assert refusal == (code, 400), given
    assert refused(ec2.disassociate_security_group_vpc, GroupId=group_id, VpcId=other)[0] == "InvalidParameterValue"
    ec2.associate_security_group_vpc(GroupId=group_id, VpcId=other)
    again = refused(ec2.associate_security_group_vpc, GroupId=group_id, VpcId=other)
    assert again[0] == "Resource.AlreadyAssociated"
    assert described(client(HUB, "ec2")) == []


def test_a_list_names_what_references_it_in_each_account(ec2, vpc_id, emulator):
    """D: "Gets information about the resources that are associated with the specified managed prefix list"."""
    network = Network(emulator)
    made = ec2.create_managed_prefix_list(PrefixListName="corporate", AddressFamily="IPv4", MaxEntries=2)["PrefixList"]
    list_id = made["PrefixListId"]

    def users():
        found = ec2.get_managed_prefix_list_associations(PrefixListId=list_id)["PrefixListAssociations"]
        return [(one["ResourceId"], one["ResourceOwner"]) for one in found]

    assert users() == []
    group_id = group(ec2, vpc_id)
    permission = {"IpProtocol": "-1", "PrefixListIds": [{"PrefixListId": list_id}]}
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[permission])
    table_id = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    gateway_id = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    ec2.create_route(RouteTableId=table_id, DestinationPrefixListId=list_id, GatewayId=gateway_id)
    assert sorted(users()) == sorted([(group_id, SPOKE), (table_id, SPOKE)])
    network.ram(SPOKE).create_resource_share(
        name="lists", resourceArns=[f"arn:aws:ec2:{REGION}:{SPOKE}:prefix-list/{list_id}"], principals=[HUB]
    )
    hub = network.ec2()
    foreign = group(hub, vpc(hub, "10.9.0.0/16"))
    wait_for(lambda: len(hub.describe_managed_prefix_lists(Filters=filters(prefix_list_id=list_id))["PrefixLists"]), 1)
    hub.authorize_security_group_egress(GroupId=foreign, IpPermissions=[permission])
    assert users()[-1] == (foreign, HUB)
    ec2.delete_route(RouteTableId=table_id, DestinationPrefixListId=list_id)
    ec2.revoke_security_group_ingress(GroupId=group_id, IpPermissions=[permission])
    assert users() == [(foreign, HUB)]
    code, _ = error_of(hub.get_managed_prefix_list_associations, PrefixListId=list_id)
    assert code == "UnauthorizedOperation"
    code, _ = error_of(ec2.get_managed_prefix_list_associations, PrefixListId="pl-0123456789abcdef0")
    assert code == "InvalidPrefixListID.NotFound"


def test_a_table_of_a_transit_gateway_references_a_list(ec2, emulator):
    """D: VPC user guide, managed-prefix-lists.html: route tables of transit gateways reference lists, too."""
    network = Network(emulator, owner=SPOKE)
    made = ec2.create_managed_prefix_list(PrefixListName="blocked", AddressFamily="IPv4", MaxEntries=2)["PrefixList"]
    table_id = network.table(network.gateway())
    ec2.create_transit_gateway_prefix_list_reference(
        TransitGatewayRouteTableId=table_id, PrefixListId=made["PrefixListId"], Blackhole=True
    )
    found = ec2.get_managed_prefix_list_associations(PrefixListId=made["PrefixListId"])["PrefixListAssociations"]
    assert found == [{"ResourceId": table_id, "ResourceOwner": SPOKE}]


def test_an_associated_group_is_used_in_the_other_vpc(ec2, vpc_id):
    """D: security-group-assoc.html: you can use the group with interfaces in the other VPC; it can't be disassociated
    while they have it, nor deleted before it is disassociated. The code is not verified.
    """
    group_id, other = group(ec2, vpc_id), vpc(ec2)
    subnet_id = ec2.create_subnet(VpcId=other, CidrBlock="10.2.0.0/24")["Subnet"]["SubnetId"]
    wanted = {"SubnetId": subnet_id, "Groups": [group_id]}
    assert refused(ec2.create_network_interface, **wanted)[1] == 400
    pair = {"GroupId": group_id, "VpcId": other}
    ec2.associate_security_group_vpc(**pair)
    wait_for(lambda: state(ec2, group_id), ["associated"])
    interface_id = ec2.create_network_interface(**wanted)["NetworkInterface"]["NetworkInterfaceId"]
    assert refused(ec2.disassociate_security_group_vpc, **pair)[0] == "DependencyViolation"
    ec2.delete_network_interface(NetworkInterfaceId=interface_id)
    assert refused(ec2.delete_security_group, GroupId=group_id)[0] == "DependencyViolation"
    ec2.disassociate_security_group_vpc(**pair)
    wait_for(lambda: state(ec2, group_id), [])
    assert refused(ec2.create_network_interface, **wanted)[1] == 400
    ec2.delete_security_group(GroupId=group_id)


def test_a_group_is_not_used_before_it_is_associated(ec2, vpc_id, emulator):
    """D: the states of an association, API_DescribeSecurityGroupVpcAssociations; the code is not verified."""
    group_id, other = group(ec2, vpc_id), vpc(ec2)
    subnet_id = ec2.create_subnet(VpcId=other, CidrBlock="10.2.0.0/24")["Subnet"]["SubnetId"]
    emulator.control("POST", "settings", {"transition": {"security-group-vpc-association": 60_000}})
    assert ec2.associate_security_group_vpc(GroupId=group_id, VpcId=other)["State"] == "associating"
    assert refused(ec2.create_network_interface, SubnetId=subnet_id, Groups=[group_id])[1] == 400
