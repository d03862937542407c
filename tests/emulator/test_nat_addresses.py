# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secondary addresses of NAT gateways.

D: the operation's page of the EC2 API reference, or nat-gateway-working-with.html#nat-gateway-edit-secondary. The codes
of refusals are not verified, where no other source is named.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.conftest import Emulator, free, refused


@pytest.fixture
def public_id(ec2: Any, vpc_id: str) -> str:
    """Id of a subnet 10.1.8.0/28, in whose VPC there is an internet gateway."""
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc_id)
    return ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.8.0/28")["Subnet"]["SubnetId"]


def allocate(ec2: Any, number: int) -> list[str]:
    return [ec2.allocate_address(Domain="vpc")["AllocationId"] for _ in range(number)]


def addresses(ec2: Any, gateway_id: str) -> list[dict[str, Any]]:
    return ec2.describe_nat_gateways(NatGatewayIds=[gateway_id])["NatGateways"][0]["NatGatewayAddresses"]


def test_public(emulator: Emulator, ec2: Any, public_id: str) -> None:
    """D CreateNatGateway (SecondaryAllocationIds), AssociateNatGatewayAddress, DisassociateNatGatewayAddress"""
    ids = allocate(ec2, 4)
    made = ec2.create_nat_gateway(
        SubnetId=public_id,
        AllocationId=ids[0],
        PrivateIpAddress="10.1.8.5",
        SecondaryAllocationIds=[ids[1]],
        SecondaryPrivateIpAddresses=["10.1.8.9"],
    )["NatGateway"]
    id_ = made["NatGatewayId"]
    shown = [(one["PrivateIp"], one["IsPrimary"], one["AllocationId"]) for one in addresses(ec2, id_)]
    assert shown == [("10.1.8.5", True, ids[0]), ("10.1.8.9", False, ids[1])]
    assert free(ec2, public_id) == 9
    more = ec2.associate_nat_gateway_address(NatGatewayId=id_, AllocationIds=ids[2:])
    assert [one["Status"] for one in more["NatGatewayAddresses"]] == ["associating"] * 2
    found = addresses(ec2, id_)
    assert len({one["PrivateIp"] for one in found}) == 4 and len({one["PublicIp"] for one in found}) == 4
    assert refused(ec2.release_address, AllocationId=ids[2]) == ("InvalidIPAddress.InUse", 400)
    again = {"NatGatewayId": id_, "AllocationIds": [ids[1]]}
    # AssociateAddress' code: ansible/ansible#27385
    assert refused(ec2.associate_nat_gateway_address, **again) == ("Resource.AlreadyAssociated", 400)
    # "You cannot disassociate your primary EIP."
    primary = {"NatGatewayId": id_, "AssociationIds": [found[0]["AssociationId"]]}
    assert refused(ec2.disassociate_nat_gateway_address, **primary) == ("InvalidParameterValue", 400)
    emulator.control("POST", "settings", {"transition": {"nat-gateway-address": 100}})
    ended = ec2.disassociate_nat_gateway_address(NatGatewayId=id_, AssociationIds=[found[1]["AssociationId"]])
    assert [(one["PrivateIp"], one["Status"]) for one in ended["NatGatewayAddresses"]] == [
        ("10.1.8.9", "disassociating")
    ]
    # "While disassociating is in progress, you cannot associate/disassociate additional EIPs"
    third = {"NatGatewayId": id_, "AssociationIds": [found[2]["AssociationId"]]}
    assert refused(ec2.disassociate_nat_gateway_address, **third) == ("IncorrectState", 400)
    while len(addresses(ec2, id_)) == 4:
        pass
    ec2.release_address(AllocationId=ids[1])
    assert free(ec2, public_id) == 8
    ec2.delete_nat_gateway(NatGatewayId=id_)
    assert free(ec2, public_id) == 11
    for allocation_id in (ids[0], *ids[2:]):
        ec2.release_address(AllocationId=allocation_id)


def test_private(ec2: Any, public_id: str) -> None:
    """D CreateNatGateway (SecondaryPrivateIpAddressCount), AssignPrivateNatGatewayAddress; 8 addresses a gateway"""
    id_ = ec2.create_nat_gateway(SubnetId=public_id, ConnectivityType="private", SecondaryPrivateIpAddressCount=2)[
        "NatGateway"
    ]["NatGatewayId"]
    (allocation_id,) = allocate(ec2, 1)
    assert len(addresses(ec2, id_)) == 3 and free(ec2, public_id) == 8
    named = {"NatGatewayId": id_, "PrivateIpAddresses": ["10.1.8.14"]}
    answer = ec2.assign_private_nat_gateway_address(**named)["NatGatewayAddresses"]
    assert [(one["PrivateIp"], one["Status"]) for one in answer] == [("10.1.8.14", "assigning")]
    assert refused(ec2.assign_private_nat_gateway_address, **named) == ("InvalidIPAddress.InUse", 400)
    ec2.assign_private_nat_gateway_address(NatGatewayId=id_, PrivateIpAddressCount=4)
    many = {"NatGatewayId": id_, "PrivateIpAddressCount": 1}
    assert refused(ec2.assign_private_nat_gateway_address, **many) == ("AddressLimitExceeded", 400)
    primary = addresses(ec2, id_)[0]["PrivateIp"]
    for wrong in (primary, "10.1.8.200"):
        refusal = refused(ec2.unassign_private_nat_gateway_address, NatGatewayId=id_, PrivateIpAddresses=[wrong])
        assert refusal == ("InvalidParameterValue", 400), wrong
    ec2.unassign_private_nat_gateway_address(**named)
    assert "10.1.8.14" not in [one["PrivateIp"] for one in addresses(ec2, id_)]
    assert refused(ec2.associate_nat_gateway_address, NatGatewayId=id_, AllocationIds=[allocation_id]) == (
        "InvalidParameterCombination",
        400,
    )
    ec2.delete_nat_gateway(NatGatewayId=id_)
    assert free(ec2, public_id) == 11


def test_refused_ones_leave_nothing(ec2: Any, public_id: str) -> None:
    """D CreateNatGateway: count and addresses exclude each other; an address that is used is refused"""
    own = ec2.create_network_interface(SubnetId=public_id, PrivateIpAddress="10.1.8.6")
    private = {"SubnetId": public_id, "ConnectivityType": "private"}
    (allocation_id,) = allocate(ec2, 1)
    for options, code in (
        (
            {"SecondaryPrivateIpAddressCount": 1, "SecondaryPrivateIpAddresses": ["10.1.8.7"]},
            "InvalidParameterCombination",
        ),
        ({"SecondaryAllocationIds": [allocation_id]}, "InvalidParameterCombination"),
        ({"SecondaryPrivateIpAddresses": ["10.1.8.6"]}, "InvalidIPAddress.InUse"),
        ({"PrivateIpAddress": "10.1.8.6"}, "InvalidIPAddress.InUse"),
        ({"PrivateIpAddress": "10.1.8.1"}, "InvalidParameterValue"),
        ({"SecondaryPrivateIpAddressCount": 8}, "AddressLimitExceeded"),
    ):
        assert refused(ec2.create_nat_gateway, **private, **options) == (code, 400), options
    assert free(ec2, public_id) == 10
    (found,) = ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert found["NetworkInterfaceId"] == own["NetworkInterface"]["NetworkInterfaceId"]
