# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Addresses of subnets and interfaces.

D: the operation's page of the EC2 API reference, or a page of the VPC or EC2 user guide; Q: code and text as users
quote AWS's answer, linked where a link is known; U: not verified.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from tests.emulator.conftest import error_of, filters, free, refused

FULL = (
    "InsufficientFreeAddressesInSubnet",
    "The specified subnet does not have enough free addresses to satisfy the request.",
)


@pytest.fixture
def small_id(ec2: Any, vpc_id: str) -> str:
    """Id of the VPC's subnet 10.1.8.0/28."""
    return ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.8.0/28")["Subnet"]["SubnetId"]


@pytest.fixture
def dual_id(ec2: Any) -> str:
    """Id of a subnet with an IPv6 block."""
    vpc = ec2.create_vpc(CidrBlock="10.2.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    block = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]
    first = str(next(ip_network(block).subnets(new_prefix=64)))
    return ec2.create_subnet(VpcId=vpc, CidrBlock="10.2.0.0/24", Ipv6CidrBlock=first)["Subnet"]["SubnetId"]


def create(ec2: Any, subnet_id: str, **options: Any) -> dict[str, Any]:
    return ec2.create_network_interface(SubnetId=subnet_id, **options)["NetworkInterface"]


def addresses_of(ec2: Any, interface_id: str) -> list[str]:
    (found,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface_id])["NetworkInterfaces"]
    return [one["PrivateIpAddress"] for one in found["PrivateIpAddresses"]]


def test_all_addresses_once(ec2: Any, small_id: str) -> None:
    """D subnet-sizing.html: the first four and the last one are reserved. Q amazon-vpc-cni-k8s#1773: none is left."""
    made = [create(ec2, small_id) for _ in range(11)]
    assert sorted(ip_address(one["PrivateIpAddress"]) for one in made) == list(ip_network("10.1.8.0/28"))[4:15]
    assert free(ec2, small_id) == 0
    assert error_of(ec2.create_network_interface, SubnetId=small_id) == FULL
    ec2.delete_network_interface(NetworkInterfaceId=made[5]["NetworkInterfaceId"])
    assert free(ec2, small_id) == 1
    assert create(ec2, small_id)["PrivateIpAddress"] == made[5]["PrivateIpAddress"]


@pytest.mark.parametrize(
    ("address", "code", "text"),
    [
        # Q RunInstances: https://github.com/JamesWoolfenden/terraform-aws-cassandra/issues/18
        ("10.1.9.1", "InvalidParameterValue", "Address 10.1.9.1 does not fall within the subnet's address range"),
        *(
            (f"10.1.8.{last}", "InvalidParameterValue", f"Address 10.1.8.{last} is in subnet's reserved address range")
            for last in (0, 1, 2, 3, 15)  # Q, of RunInstances
        ),
        ("10.1.8.7", "InvalidIPAddress.InUse", "Address 10.1.8.7 is in use."),  # code D errors-overview.html; text Q
        ("10.1.8", "InvalidParameterValue", None),  # U
        ("fd00::1", "InvalidParameterValue", None),  # U
    ],
)
def test_explicit_address(ec2: Any, small_id: str, address: str, code: str, text: str | None) -> None:
    create(ec2, small_id, PrivateIpAddress="10.1.8.7")
    for call in (
        lambda: {"PrivateIpAddress": address},
        lambda: {"PrivateIpAddresses": [{"PrivateIpAddress": address, "Primary": True}]},
        lambda: {"PrivateIpAddresses": [{"PrivateIpAddress": address, "Primary": False}]},
    ):
        found = error_of(ec2.create_network_interface, SubnetId=small_id, **call())
        assert found == (code, text or found[1]), call()
    launch = {"ImageId": "ami-12345678", "MinCount": 1, "MaxCount": 1, "SubnetId": small_id}
    assert error_of(ec2.run_instances, **launch, PrivateIpAddress=address)[0] == code
    assert free(ec2, small_id) == 10
    assert ec2.describe_instances()["Reservations"] == []


def test_secondary_addresses(ec2: Any, small_id: str) -> None:
    """D AssignPrivateIpAddresses, UnassignPrivateIpAddresses; the texts about addresses that are not assigned U"""
    made = create(ec2, small_id, SecondaryPrivateIpAddressCount=2)
    other = create(ec2, small_id, PrivateIpAddresses=[{"PrivateIpAddress": "10.1.8.14", "Primary": False}])
    assert [one["Primary"] for one in made["PrivateIpAddresses"]] == [True, False, False]
    assert len({one["PrivateIpAddress"] for one in made["PrivateIpAddresses"] + other["PrivateIpAddresses"]}) == 5
    id_, other_id = made["NetworkInterfaceId"], other["NetworkInterfaceId"]
    assigned = ec2.assign_private_ip_addresses(NetworkInterfaceId=id_, SecondaryPrivateIpAddressCount=1)
    (new,) = [one["PrivateIpAddress"] for one in assigned["AssignedPrivateIpAddresses"]]
    assert addresses_of(ec2, id_)[-1] == new
    assert free(ec2, small_id) == 5
    taken = {"NetworkInterfaceId": id_, "PrivateIpAddresses": ["10.1.8.14"]}
    assert error_of(ec2.assign_private_ip_addresses, **taken) == (
        "InvalidParameterValue",
        "Some of [10.1.8.14] are assigned, but move is not allowed.",
    )
    ec2.assign_private_ip_addresses(**taken, AllowReassignment=True)
    assert "10.1.8.14" not in addresses_of(ec2, other_id) and "10.1.8.14" in addresses_of(ec2, id_)
    primary = addresses_of(ec2, other_id)[0]
    for wrong in (["10.1.8.14"], [primary]):
        refusal = refused(ec2.unassign_private_ip_addresses, NetworkInterfaceId=other_id, PrivateIpAddresses=wrong)
        assert refusal == ("InvalidParameterValue", 400), wrong
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=id_, PrivateIpAddresses=[new, "10.1.8.14"])
    assert free(ec2, small_id) == 7
    too_many = {"NetworkInterfaceId": id_, "SecondaryPrivateIpAddressCount": 8}
    assert error_of(ec2.assign_private_ip_addresses, **too_many) == FULL
    assert free(ec2, small_id) == 7


def test_limit_of_the_instance_type(ec2: Any, subnet_id: str) -> None:
    """Q https://github.com/aws/amazon-vpc-cni-k8s/issues/989; a t3.nano has 2 addresses an interface, 2 interfaces"""
    (instance,) = ec2.run_instances(
        ImageId="ami-12345678", MinCount=1, MaxCount=1, SubnetId=subnet_id, InstanceType="t3.nano"
    )["Instances"]
    primary = instance["NetworkInterfaces"][0]["NetworkInterfaceId"]
    assert error_of(ec2.assign_private_ip_addresses, NetworkInterfaceId=primary, SecondaryPrivateIpAddressCount=2) == (
        "PrivateIpAddressLimitExceeded",
        "Number of private addresses will exceed limit.",
    )
    ids = [create(ec2, subnet_id)["NetworkInterfaceId"] for _ in range(2)]
    attach = {"InstanceId": instance["InstanceId"]}
    ec2.attach_network_interface(**attach, NetworkInterfaceId=ids[0], DeviceIndex=1)
    full = refused(ec2.attach_network_interface, **attach, NetworkInterfaceId=ids[1], DeviceIndex=2)
    assert full == ("AttachmentLimitExceeded", 400)  # code D errors-overview.html


def test_prefixes(ec2: Any, vpc_id: str) -> None:
    """D ec2-prefix-eni.html: /28, without reserved addresses. Codes: Q https://github.com/cilium/cilium/pull/31016"""
    subnet_id = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.9.0/26")["Subnet"]["SubnetId"]
    made = create(ec2, subnet_id, PrivateIpAddress="10.1.9.5", Ipv4PrefixCount=1)
    assert made["Ipv4Prefixes"] == [{"Ipv4Prefix": "10.1.9.16/28"}]
    assert free(ec2, subnet_id) == 59 - 1 - 16
    id_ = made["NetworkInterfaceId"]
    # An address in the prefix is taken.
    assert refused(ec2.create_network_interface, SubnetId=subnet_id, PrivateIpAddress="10.1.9.20") == (
        "InvalidIPAddress.InUse",
        400,
    )
    more = ec2.assign_private_ip_addresses(NetworkInterfaceId=id_, Ipv4Prefixes=["10.1.9.32/28"])
    assert more["AssignedIpv4Prefixes"] == [{"Ipv4Prefix": "10.1.9.32/28"}]
    assert refused(ec2.assign_private_ip_addresses, NetworkInterfaceId=id_, Ipv4PrefixCount=1) == (
        "InsufficientCidrBlocks",
        400,
    )
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=id_, Ipv4Prefixes=["10.1.9.16/28"])
    assert free(ec2, subnet_id) == 42
    for _ in range(27):
        create(ec2, subnet_id)
    assert error_of(ec2.assign_private_ip_addresses, NetworkInterfaceId=id_, Ipv4PrefixCount=1) == (
        "InvalidParameterValue",
        "There aren't sufficient free Ipv4 addresses or prefixes",
    )
    for wrong, code in (("10.1.9.4/30", "InvalidParameterValue"), ("10.1.10.0/28", "InvalidParameterValue")):
        assert refused(ec2.assign_private_ip_addresses, NetworkInterfaceId=id_, Ipv4Prefixes=[wrong]) == (code, 400)


def test_reservations(ec2: Any, small_id: str) -> None:
    """D subnet-cidr-reservation.html: nobody gets an address of an explicit one who doesn't name it"""
    ec2.create_subnet_cidr_reservation(SubnetId=small_id, Cidr="10.1.8.8/29", ReservationType="explicit")
    given = [create(ec2, small_id)["PrivateIpAddress"] for _ in range(4)]
    assert sorted(given) == [f"10.1.8.{last}" for last in range(4, 8)]
    assert error_of(ec2.create_network_interface, SubnetId=small_id) == FULL
    assert create(ec2, small_id, PrivateIpAddress="10.1.8.9")["PrivateIpAddress"] == "10.1.8.9"


def test_ipv6(ec2: Any, dual_id: str, subnet_id: str) -> None:
    """D AssignIpv6Addresses, UnassignIpv6Addresses, ModifySubnetAttribute; Q ansible/ansible#40334"""
    made = create(ec2, dual_id, Ipv6AddressCount=2)
    block = ip_network(
        ec2.describe_subnets(SubnetIds=[dual_id])["Subnets"][0]["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]
    )
    first = [one["Ipv6Address"] for one in made["Ipv6Addresses"]]
    assert len(set(first)) == 2 and all(ip_address(one) in block for one in first)
    id_ = made["NetworkInterfaceId"]
    named = str(block[0x77])
    assert ec2.assign_ipv6_addresses(NetworkInterfaceId=id_, Ipv6Addresses=[named])["AssignedIpv6Addresses"] == [named]
    for address, code in (
        (named, "InvalidIPAddress.InUse"),
        (str(block[1]), "InvalidParameterValue"),
        ("2001:db8::9", "InvalidParameterValue"),
    ):
        wrong = {"SubnetId": dual_id, "Ipv6Addresses": [{"Ipv6Address": address}]}
        assert refused(ec2.create_network_interface, **wrong) == (code, 400), address
    assert error_of(
        ec2.create_network_interface, SubnetId=dual_id, Ipv6AddressCount=1, Ipv6Addresses=[{"Ipv6Address": named}]
    ) == (
        "InvalidParameterCombination",
        "IPv6 addresses and IPv6 address count may not be specified on the same request",
    )
    gone = ec2.unassign_ipv6_addresses(NetworkInterfaceId=id_, Ipv6Addresses=[named])
    assert gone["UnassignedIpv6Addresses"] == [named]
    assert create(ec2, dual_id, Ipv6Addresses=[{"Ipv6Address": named}])["Ipv6Address"] == named
    prefixes = ec2.assign_ipv6_addresses(NetworkInterfaceId=id_, Ipv6PrefixCount=1)["AssignedIpv6Prefixes"]
    assert ip_network(prefixes[0]).prefixlen == 80 and ip_network(prefixes[0]).subnet_of(block)
    assert refused(ec2.create_network_interface, SubnetId=subnet_id, Ipv6AddressCount=1) == (
        "InvalidParameterValue",
        400,
    )
    ec2.modify_subnet_attribute(SubnetId=dual_id, AssignIpv6AddressOnCreation={"Value": True})
    assert len(create(ec2, dual_id)["Ipv6Addresses"]) == 1
    (instance,) = ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1, SubnetId=dual_id)["Instances"]
    assert len(instance["NetworkInterfaces"][0]["Ipv6Addresses"]) == 1


def test_elastic_addresses(ec2: Any, vpc_id: str, subnet_id: str) -> None:
    """D AssociateAddress, DisassociateAddress, ReleaseAddress; Q terraform-provider-aws#2181, ansible/ansible#27385"""
    first, second = (ec2.allocate_address(Domain="vpc") for _ in range(2))
    assert ip_address(first["PublicIp"]).is_global
    made = create(ec2, subnet_id, SecondaryPrivateIpAddressCount=1)
    id_, private = made["NetworkInterfaceId"], made["PrivateIpAddresses"][1]["PrivateIpAddress"]
    both = {"AllocationId": first["AllocationId"], "NetworkInterfaceId": id_}
    text = f"Network {vpc_id} is not attached to any internet gateway"
    assert error_of(ec2.associate_address, **both) == ("Gateway.NotAttached", text)
    gateway_id = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    association = ec2.associate_address(**both)["AssociationId"]
    assert ec2.associate_address(**both)["AssociationId"] == association
    ec2.associate_address(AllocationId=second["AllocationId"], NetworkInterfaceId=id_, PrivateIpAddress=private)
    (found,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[id_])["NetworkInterfaces"]
    shown = [one["Association"]["PublicIp"] for one in found["PrivateIpAddresses"]]
    assert shown == [first["PublicIp"], second["PublicIp"]] and found["Association"]["PublicIp"] == first["PublicIp"]
    assert (
        ec2.describe_addresses(Filters=filters(private_ip_address=private))["Addresses"][0]["AllocationId"]
        == (second["AllocationId"])
    )
    other = create(ec2, subnet_id)["NetworkInterfaceId"]
    again = {"AllocationId": first["AllocationId"], "NetworkInterfaceId": other}
    text = f"resource {first['AllocationId']} is already associated with associate-id {association}"
    assert error_of(ec2.associate_address, **again) == ("Resource.AlreadyAssociated", text)
    moved = ec2.associate_address(**again, AllowReassociation=True)["AssociationId"]
    assert moved != association
    unknown = ("InvalidAssociationID.NotFound", f"The association ID '{association}' does not exist")
    assert error_of(ec2.disassociate_address, AssociationId=association) == unknown
    assert refused(ec2.release_address, AllocationId=first["AllocationId"]) == ("InvalidIPAddress.InUse", 400)
    assert refused(ec2.detach_internet_gateway, InternetGatewayId=gateway_id, VpcId=vpc_id)[0] == "DependencyViolation"
    ec2.delete_network_interface(NetworkInterfaceId=other)
    ec2.release_address(AllocationId=first["AllocationId"])
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=id_, PrivateIpAddresses=[private])
    assert "AssociationId" not in ec2.describe_addresses(AllocationIds=[second["AllocationId"]])["Addresses"][0]
    ec2.disassociate_address(PublicIp=second["PublicIp"])
    ec2.release_address(PublicIp=second["PublicIp"])
    assert ec2.describe_addresses()["Addresses"] == []
    missing = ec2.associate_address, ec2.disassociate_address, ec2.release_address
    assert [refused(call) for call in missing] == [("MissingParameter", 400)] * 3


def test_groups_of_an_interface(ec2: Any, subnet_id: str, client: Callable[..., Any]) -> None:
    """Q two networks: boto/boto3#569, RunInstances' own; D errors-overview.html, amazon-vpc-limits.html: the quota"""
    elsewhere = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="x", Description="x", VpcId=elsewhere)["GroupId"]
    text = f"Security group {group} and subnet {subnet_id} belong to different networks."
    launch = {"ImageId": "ami-12345678", "MinCount": 1, "MaxCount": 1, "SubnetId": subnet_id}
    assert error_of(ec2.run_instances, **launch, SecurityGroupIds=[group]) == ("InvalidParameter", text)
    text = "You have specified two resources that belong to different networks."
    assert error_of(ec2.create_network_interface, SubnetId=subnet_id, Groups=[group]) == ("InvalidGroup.NotFound", text)
    own = create(ec2, subnet_id)["NetworkInterfaceId"]
    change = {"NetworkInterfaceId": own, "Groups": [group]}
    assert error_of(ec2.modify_network_interface_attribute, **change) == ("InvalidGroup.NotFound", text)
    ec2.delete_network_interface(NetworkInterfaceId=own)
    unknown = "sg-0123456789abcdef0"
    assert refused(ec2.create_network_interface, SubnetId=subnet_id, Groups=[unknown]) == ("InvalidGroup.NotFound", 400)
    vpc_id = ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"][0]["VpcId"]
    six = [ec2.create_security_group(GroupName=f"g{n}", Description="x", VpcId=vpc_id)["GroupId"] for n in range(6)]
    many = refused(ec2.create_network_interface, SubnetId=subnet_id, Groups=six)
    assert many == ("SecurityGroupsPerInterfaceLimitExceeded", 400)
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    assert free(ec2, subnet_id) == 251


def test_first_addresses_are_left_to_who_names_them(ec2: Any, vpc_id: str) -> None:
    """ec2_eni's integration target (amazon.aws): an interface without address, then the subnet's second address"""
    subnet_id = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.9.0/26")["Subnet"]["SubnetId"]
    create(ec2, subnet_id, SecondaryPrivateIpAddressCount=2)
    create(ec2, subnet_id, PrivateIpAddresses=[{"PrivateIpAddress": f"10.1.9.{last}"} for last in (4, 5, 6)])
