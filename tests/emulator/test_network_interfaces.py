# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network interfaces. D: the operation's page of the EC2 API reference; U: not verified."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.conftest import SPOKE, error_of, filters, refused


@pytest.fixture
def managed(ec2: Any, vpc_id: str, subnet_id: str) -> str:
    """The id of an endpoint's interface."""
    options = {"VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.eu-central-1.ssm"}
    made = ec2.create_vpc_endpoint(VpcId=vpc_id, SubnetIds=[subnet_id], PrivateDnsEnabled=False, **options)
    return made["VpcEndpoint"]["NetworkInterfaceIds"][0]


@pytest.fixture
def own(ec2: Any, subnet_id: str) -> str:
    """The id of one made by its user, tagged Name=own."""
    tags = [{"ResourceType": "network-interface", "Tags": [{"Key": "Name", "Value": "own"}]}]
    options = {"SubnetId": subnet_id, "PrivateIpAddress": "10.1.0.77", "TagSpecifications": tags}
    return ec2.create_network_interface(**options)["NetworkInterface"]["NetworkInterfaceId"]


def test_filters(ec2: Any, subnet_id: str, managed: str, own: str) -> None:
    """D DescribeNetworkInterfaces"""
    for wanted, expected in (
        ({"interface_type": "vpc_endpoint"}, {managed}),
        ({"requester_managed": "true"}, {managed}),
        ({"status": "available"}, {own}),
        ({"addresses__private_ip_address": "10.1.0.77"}, {own}),
        ({"group_name": "default", "subnet_id": subnet_id}, {managed, own}),
        ({"description": "VPC Endpoint Interface *"}, {managed}),
        ({"tag_key": "Name"}, {own}),
    ):
        found = ec2.describe_network_interfaces(Filters=filters(**wanted))["NetworkInterfaces"]
        assert {eni["NetworkInterfaceId"] for eni in found} == expected, wanted
    assert refused(ec2.describe_network_interfaces, Filters=filters(owner="x")) == ("InvalidParameterValue", 400)


def test_pages(ec2: Any, subnet_id: str, managed: str) -> None:
    for _ in range(5):
        ec2.create_network_interface(SubnetId=subnet_id)
    pages = ec2.get_paginator("describe_network_interfaces").paginate(PaginationConfig={"PageSize": 5})
    assert [len(page["NetworkInterfaces"]) for page in pages] == [5, 1]


def test_one_in_use_is_not_deleted(ec2: Any, managed: str, own: str) -> None:
    """D requester-managed-eni.html: not deleted by hand; code and text U"""
    ec2.delete_network_interface(NetworkInterfaceId=own)
    assert refused(ec2.delete_network_interface, NetworkInterfaceId=managed) == ("InvalidParameterValue", 400)
    expected = ("InvalidNetworkInterfaceID.NotFound", f"The networkInterface ID '{own}' does not exist")
    assert error_of(ec2.describe_network_interfaces, NetworkInterfaceIds=[own]) == expected
    assert error_of(ec2.delete_network_interface, NetworkInterfaceId=own) == expected


def test_one_attribute_at_a_time(ec2: Any, own: str) -> None:
    """D ModifyNetworkInterfaceAttribute: "You can specify only one attribute at a time"; texts: aws/aws-sdk-go#415"""
    both = {"Description": {"Value": "x"}, "SourceDestCheck": {"Value": False}}
    assert error_of(ec2.modify_network_interface_attribute, NetworkInterfaceId=own, **both) == (
        "InvalidParameterCombination",
        "Fields for multiple attribute types specified: description, sourceDestCheck",
    )
    none = refused(ec2.modify_network_interface_attribute, NetworkInterfaceId=own)
    assert none == ("InvalidParameterCombination", 400)
    for member, value in both.items():
        ec2.modify_network_interface_attribute(NetworkInterfaceId=own, **{member: value})
    (found,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[own])["NetworkInterfaces"]
    assert (found["Description"], found["SourceDestCheck"]) == ("x", False)
    ec2.reset_network_interface_attribute(NetworkInterfaceId=own, SourceDestCheck="true")
    checked = ec2.describe_network_interface_attribute(NetworkInterfaceId=own, Attribute="sourceDestCheck")
    assert checked["SourceDestCheck"]["Value"] is True


def test_requester(ec2: Any, client: Callable[..., Any], own: str) -> None:
    """requester_id of ec2_eni's integration target (amazon.aws, test_eni_basic_creation.yaml): the caller's id"""
    (found,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[own])["NetworkInterfaces"]
    session = client(SPOKE, "sts").get_caller_identity()["Arn"].rpartition("/")[2]
    assert found["RequesterId"].startswith("AROA") and found["RequesterId"].endswith(f":{session}")


def test_secondary_address_moves_only_when_allowed(ec2: Any, subnet_id: str, own: str) -> None:
    """AllowReassignment. Code not verified; "move is not allowed": ec2_eni's target, test_ipaddress_assign.yaml"""
    other = ec2.create_network_interface(SubnetId=subnet_id)["NetworkInterface"]["NetworkInterfaceId"]
    ec2.assign_private_ip_addresses(NetworkInterfaceId=own, PrivateIpAddresses=["10.1.0.90"])
    options = {"NetworkInterfaceId": other, "PrivateIpAddresses": ["10.1.0.90"]}
    expected = ("InvalidParameterValue", "Some of [10.1.0.90] are assigned, but move is not allowed.")
    assert error_of(ec2.assign_private_ip_addresses, **options) == expected
    ec2.assign_private_ip_addresses(**options, AllowReassignment=True)
    (found,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[own])["NetworkInterfaces"]
    assert [one["PrivateIpAddress"] for one in found["PrivateIpAddresses"]] == ["10.1.0.77"]
