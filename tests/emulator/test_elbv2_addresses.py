# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Addresses of load balancers. D: elasticloadbalancing/latest/APIReference; Q: as users quote AWS; U: not verified."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.conftest import SPOKE, error_of, filters, interfaces, refused


@pytest.fixture
def elbv2(client: Callable[..., Any]) -> Any:
    return client(SPOKE, "elbv2")


@pytest.fixture
def small_id(ec2: Any, vpc_id: str) -> str:
    """Id of a subnet 10.1.8.0/28 in a VPC with an internet gateway."""
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc_id)
    return ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.8.0/28")["Subnet"]["SubnetId"]


def test_eight_free_addresses(ec2: Any, elbv2: Any, small_id: str) -> None:
    """Q "ELB requires at least 8 free IP addresses in each subnet", which a chosen address of an NLB does not need"""
    for _ in range(4):
        ec2.create_network_interface(SubnetId=small_id)
    nlb = {"Type": "network", "Scheme": "internal"}
    text = f"Not enough IP space available in {small_id}. ELB requires at least 8 free IP addresses in each subnet."
    assert error_of(elbv2.create_load_balancer, Name="a", **nlb, Subnets=[small_id]) == ("InvalidSubnet", text)
    mapping = {"SubnetId": small_id, "PrivateIPv4Address": "10.1.8.14"}
    elbv2.create_load_balancer(Name="a", **nlb, SubnetMappings=[mapping])
    assert "10.1.8.14" in [one["PrivateIpAddress"] for one in interfaces(ec2, small_id)]
    for address in ("10.1.8.14", "10.1.8.1", "10.1.9.9"):  # U
        wrong = [{"SubnetId": small_id, "PrivateIPv4Address": address}]
        refusal = refused(elbv2.create_load_balancer, Name="b", **nlb, SubnetMappings=wrong)
        assert refusal == ("InvalidConfigurationRequest", 400), address
    assert len(interfaces(ec2, small_id)) == 5


def test_elastic_addresses(ec2: Any, elbv2: Any, vpc_id: str, small_id: str) -> None:
    """D SubnetMapping (AllocationId), LoadBalancerAddress, CreateLoadBalancer (AllocationIdNotFound); text Q"""
    address = ec2.allocate_address(Domain="vpc")
    mapping = [{"SubnetId": small_id, "AllocationId": address["AllocationId"]}]
    nlb = {"Type": "network", "Scheme": "internet-facing", "SubnetMappings": mapping}
    made = elbv2.create_load_balancer(Name="a", **nlb)["LoadBalancers"][0]
    expected = {"IpAddress": address["PublicIp"], "AllocationId": address["AllocationId"]}
    assert made["AvailabilityZones"][0]["LoadBalancerAddresses"] == [expected]
    (interface,) = interfaces(ec2, small_id)
    assert interface["Association"]["PublicIp"] == address["PublicIp"]
    assert (interface["RequesterId"], interface["Attachment"]["InstanceOwnerId"]) == ("amazon-elb", "amazon-aws")
    text = f"The allocation IDs '{address['AllocationId']}' are not available for use"
    assert error_of(elbv2.create_load_balancer, Name="b", **nlb) == ("AllocationIdNotFound", text)
    assert refused(ec2.release_address, AllocationId=address["AllocationId"]) == ("InvalidIPAddress.InUse", 400)
    association = {"AssociationId": interface["Association"]["AssociationId"]}
    assert refused(ec2.disassociate_address, **association)[0] == "AuthFailure"  # Q of interfaces of services
    elbv2.delete_load_balancer(LoadBalancerArn=made["LoadBalancerArn"])
    ec2.release_address(AllocationId=address["AllocationId"])


def test_public_addresses(ec2: Any, elbv2: Any, vpc_id: str, small_id: str) -> None:
    """D application-load-balancers.html (scheme): nodes of an internet-facing one have public addresses, which keep the
    VPC's internet gateway: hashicorp/terraform#1303; IpOwnerId U
    """
    made = elbv2.create_load_balancer(Name="a", Type="network", Subnets=[small_id])["LoadBalancers"][0]
    (interface,) = interfaces(ec2, small_id)
    assert interface["Association"]["IpOwnerId"] == "amazon-elb"
    found = ec2.describe_internet_gateways(Filters=filters(attachment__vpc_id=vpc_id))["InternetGateways"]
    gateway = found[0]["InternetGatewayId"]
    both = {"InternetGatewayId": gateway, "VpcId": vpc_id}
    assert refused(ec2.detach_internet_gateway, **both) == ("DependencyViolation", 400)
    elbv2.delete_load_balancer(LoadBalancerArn=made["LoadBalancerArn"])
    ec2.detach_internet_gateway(**both)
