# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Internet gateways, Elastic IP addresses, NAT gateways."""

from __future__ import annotations

import pytest

from .conftest import SPOKE, error_of, filters, refused


@pytest.fixture
def gateway_id(ec2):
    return ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]


@pytest.fixture
def allocation_id(ec2):
    return ec2.allocate_address(Domain="vpc")["AllocationId"]


def nat_gateway(ec2, gateway_id):
    return ec2.describe_nat_gateways(NatGatewayIds=[gateway_id])["NatGateways"][0]


def until(ec2, gateway_id, *states):
    """The NAT gateway once it is in one of the states, and all states seen before."""
    seen = []
    while (found := nat_gateway(ec2, gateway_id))["State"] not in states:
        seen.append(found["State"])
    return found, set(seen)


def test_attach_and_detach(ec2, vpc_id, gateway_id):
    """One gateway a VPC, one VPC a gateway: https://github.com/berlioz-the/berlioz/issues/1 and
    https://github.com/binlab/terraform-aws-vault-ha-raft/issues/54"""
    both = {"InternetGatewayId": gateway_id, "VpcId": vpc_id}
    ec2.attach_internet_gateway(**both)
    attached = ec2.describe_internet_gateways(Filters=filters(attachment__vpc_id=vpc_id))["InternetGateways"]
    assert attached[0]["Attachments"] == [{"State": "available", "VpcId": vpc_id}]
    assert attached[0]["OwnerId"] == SPOKE
    assert error_of(ec2.attach_internet_gateway, **both) == (
        "Resource.AlreadyAssociated",
        f"resource {gateway_id} is already attached to network {vpc_id}",
    )
    second = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    assert error_of(ec2.attach_internet_gateway, InternetGatewayId=second, VpcId=vpc_id) == (
        "InvalidParameterValue",
        f"Network {vpc_id} already has an internet gateway attached",
    )
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteInternetGateway.html: "You must detach it"
    assert refused(ec2.delete_internet_gateway, InternetGatewayId=gateway_id) == ("DependencyViolation", 400)
    ec2.detach_internet_gateway(**both)
    assert refused(ec2.detach_internet_gateway, **both) == ("Gateway.NotAttached", 400)
    ec2.delete_internet_gateway(InternetGatewayId=gateway_id)
    assert refused(ec2.describe_internet_gateways, InternetGatewayIds=[gateway_id]) == (
        "InvalidInternetGatewayID.NotFound",
        400,
    )


def test_nat_gateway_passes_through_its_states(emulator, ec2, vpc_id, subnet_id, gateway_id, allocation_id):
    """pending, available, deleting, deleted; what is deleted stays listed:
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html. The address is in use meanwhile:
    https://github.com/hashicorp/terraform/issues/1303"""
    emulator.control("POST", "settings", {"transition": {"nat-gateway": 300}})
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    made = ec2.create_nat_gateway(SubnetId=subnet_id, AllocationId=allocation_id)["NatGateway"]
    assert made["State"] == "pending"
    available, seen = until(ec2, made["NatGatewayId"], "available")
    assert seen == {"pending"}
    address = available["NatGatewayAddresses"][0]
    assert (available["VpcId"], address["AllocationId"]) == (vpc_id, allocation_id)
    in_use = ec2.describe_addresses(AllocationIds=[allocation_id])["Addresses"][0]
    assert in_use["NetworkInterfaceId"] == address["NetworkInterfaceId"]
    assert in_use["PublicIp"] == address["PublicIp"]

    assert refused(ec2.release_address, AllocationId=allocation_id) == ("InvalidIPAddress.InUse", 400)
    assert refused(ec2.delete_subnet, SubnetId=subnet_id) == ("DependencyViolation", 400)
    assert error_of(ec2.detach_internet_gateway, InternetGatewayId=gateway_id, VpcId=vpc_id) == (
        "DependencyViolation",
        f"Network {vpc_id} has some mapped public address(es). "
        "Please unmap those public address(es) before detaching the gateway.",
    )

    ec2.delete_nat_gateway(NatGatewayId=made["NatGatewayId"])
    deleted, seen = until(ec2, made["NatGatewayId"], "deleted")
    assert seen == {"deleting"}
    assert deleted["DeleteTime"] >= deleted["CreateTime"]
    ec2.release_address(AllocationId=allocation_id)
    ec2.detach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    ec2.delete_subnet(SubnetId=subnet_id)
    ec2.delete_vpc(VpcId=vpc_id)


def test_route_to_a_nat_gateway(ec2, vpc_id, subnet_id, gateway_id, allocation_id):
    """Blackhole once it is deleted: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html"""
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    nat_id = ec2.create_nat_gateway(SubnetId=subnet_id, AllocationId=allocation_id)["NatGateway"]["NatGatewayId"]
    table_id = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table_id, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat_id)

    def state():
        routes = ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"][0]["Routes"]
        return {route.get("NatGatewayId"): route["State"] for route in routes}[nat_id]

    assert state() == "active"
    ec2.delete_nat_gateway(NatGatewayId=nat_id)
    assert state() == "blackhole"
    assert refused(
        ec2.create_route, RouteTableId=table_id, DestinationCidrBlock="10.0.0.0/8", NatGatewayId="nat-0123456789abcdef0"
    ) == ("InvalidNatGatewayID.NotFound", 400)


def test_nat_gateway_without_internet_gateway_fails(ec2, subnet_id, allocation_id):
    """It is made and fails: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html"""
    nat_id = ec2.create_nat_gateway(SubnetId=subnet_id, AllocationId=allocation_id)["NatGateway"]["NatGatewayId"]
    failed, _ = until(ec2, nat_id, "failed")
    assert failed["FailureCode"] == "Gateway.NotAttached"
    ec2.release_address(AllocationId=allocation_id)


def test_private_nat_gateway(ec2, subnet_id):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNatGateway.html: needs no address"""
    nat_id = ec2.create_nat_gateway(SubnetId=subnet_id, ConnectivityType="private")["NatGateway"]["NatGatewayId"]
    found, _ = until(ec2, nat_id, "available")
    assert "AllocationId" not in found["NatGatewayAddresses"][0]


def test_nat_gateway_that_is_not_there(ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html: NatGatewayNotFound"""
    missing = "nat-0123456789abcdef0"
    assert refused(ec2.describe_nat_gateways, NatGatewayIds=[missing]) == ("NatGatewayNotFound", 400)
    assert refused(ec2.delete_nat_gateway, NatGatewayId=missing) == ("NatGatewayNotFound", 400)


def test_client_token_makes_one_nat_gateway(ec2, subnet_id):
    """https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html"""
    wanted = {"SubnetId": subnet_id, "ConnectivityType": "private", "ClientToken": "one"}
    assert (
        ec2.create_nat_gateway(**wanted)["NatGateway"]["NatGatewayId"]
        == ec2.create_nat_gateway(**wanted)["NatGateway"]["NatGatewayId"]
    )
    assert len(ec2.describe_nat_gateways()["NatGateways"]) == 1
