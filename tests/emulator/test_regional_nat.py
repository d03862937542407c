# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Regional NAT gateways.

Sources: VPC user guide, nat-gateways-regional.html; API reference, CreateNatGateway and NatGateway. AWS's codes for
what they exclude are not documented: not verified.
"""

from __future__ import annotations

import pytest

from .conftest import error_of, filters, refused
from .networks import wait_for

ZONE, OTHER = "eu-central-1a", "eu-central-1b"


@pytest.fixture
def internet_id(ec2, vpc_id):
    """Internet gateway of the VPC."""
    gateway_id = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    return gateway_id


def subnet(ec2, vpc_id, block, zone):
    return ec2.create_subnet(VpcId=vpc_id, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"]


def elastic(ec2):
    return ec2.allocate_address(Domain="vpc")["AllocationId"]


def create(ec2, vpc_id, *addresses, **more):
    if addresses:
        more["AvailabilityZoneAddresses"] = list(addresses)
    return ec2.create_nat_gateway(AvailabilityMode="regional", VpcId=vpc_id, **more)["NatGateway"]["NatGatewayId"]


def described(ec2, gateway_id):
    return ec2.describe_nat_gateways(NatGatewayIds=[gateway_id])["NatGateways"][0]


def available(ec2, gateway_id):
    wait_for(lambda: described(ec2, gateway_id)["State"], "available")
    return described(ec2, gateway_id)


def zones(ec2, gateway_id):
    return [one["AvailabilityZone"] for one in described(ec2, gateway_id)["NatGatewayAddresses"]]


def test_a_gateway_in_automatic_mode_follows_the_subnets(ec2, vpc_id, internet_id):
    """D: AutoProvisionZones: "associates EIPs in all AZs where your VPC has subnets [...], expands to new AZs when you
    create subnets there, and retracts from AZs where you've removed all subnets"; ServiceManaged rnat: API model.
    """
    first = subnet(ec2, vpc_id, "10.1.1.0/24", ZONE)
    gateway_id = create(ec2, vpc_id)
    found = available(ec2, gateway_id)
    assert (found["AvailabilityMode"], found["ConnectivityType"], found["VpcId"]) == ("regional", "public", vpc_id)
    assert (found["AutoScalingIps"], found["AutoProvisionZones"]) == ("enabled", "enabled")
    assert "SubnetId" not in found
    (address,) = found["NatGatewayAddresses"]
    assert "NetworkInterfaceId" not in address and "PrivateIp" not in address
    names = {zone["ZoneName"]: zone["ZoneId"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]}
    assert (address["AvailabilityZone"], address["AvailabilityZoneId"]) == (ZONE, names[ZONE])
    (shown,) = ec2.describe_addresses(AllocationIds=[address["AllocationId"]])["Addresses"]
    assert (shown["ServiceManaged"], shown["AssociationId"]) == ("rnat", address["AssociationId"])
    subnet(ec2, vpc_id, "10.1.2.0/24", OTHER)
    assert zones(ec2, gateway_id) == [ZONE, OTHER]
    ec2.delete_subnet(SubnetId=first)
    assert zones(ec2, gateway_id) == [OTHER]
    assert len(ec2.describe_addresses()["Addresses"]) == 1


def test_a_gateway_in_manual_mode_has_the_addresses_named(ec2, vpc_id, internet_id):
    """D: AvailabilityZoneAddresses: "auto-expansion is disabled and you must manually manage AZ coverage"."""
    one, two, three = elastic(ec2), elastic(ec2), elastic(ec2)
    gateway_id = create(ec2, vpc_id, {"AvailabilityZone": ZONE, "AllocationIds": [one, two]})
    found = available(ec2, gateway_id)
    assert [address["AllocationId"] for address in found["NatGatewayAddresses"]] == [one, two]
    assert (found["AutoScalingIps"], found["AutoProvisionZones"]) == ("disabled", "disabled")
    subnet(ec2, vpc_id, "10.1.2.0/24", OTHER)
    assert zones(ec2, gateway_id) == [ZONE, ZONE]
    made = ec2.associate_nat_gateway_address(NatGatewayId=gateway_id, AllocationIds=[three], AvailabilityZone=OTHER)[
        "NatGatewayAddresses"
    ]
    assert [(address["AllocationId"], address["AvailabilityZone"]) for address in made] == [(three, OTHER)]
    assert zones(ec2, gateway_id) == [ZONE, ZONE, OTHER]
    assert refused(
        ec2.associate_nat_gateway_address, NatGatewayId=gateway_id, AllocationIds=[three], AvailabilityZone=OTHER
    ) == ("Resource.AlreadyAssociated", 400)
    ec2.disassociate_nat_gateway_address(NatGatewayId=gateway_id, AssociationIds=[made[0]["AssociationId"]])
    assert zones(ec2, gateway_id) == [ZONE, ZONE]
    ec2.release_address(AllocationId=three)


def test_it_has_a_route_table_of_its_own(ec2, vpc_id, internet_id):
    """D: "AWS automatically creates a route table for it, which comes with a pre-configured route to the internet
    gateway. You can use this route table to add return routes to your middleboxes". Its association is not verified.
    """
    gateway_id = create(ec2, vpc_id)
    table_id = available(ec2, gateway_id)["RouteTableId"]
    (table,) = ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"]
    routes = {route["DestinationCidrBlock"]: (route["GatewayId"], route["State"]) for route in table["Routes"]}
    assert routes == {"10.1.0.0/16": ("local", "active"), "0.0.0.0/0": (internet_id, "active")}
    assert [one["GatewayId"] for one in table["Associations"]] == [gateway_id]
    assert refused(ec2.delete_route_table, RouteTableId=table_id)[0] == "DependencyViolation"
    private = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=private, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=gateway_id)
    (table,) = ec2.describe_route_tables(RouteTableIds=[private])["RouteTables"]
    assert (table["Routes"][-1]["NatGatewayId"], table["Routes"][-1]["State"]) == (gateway_id, "active")


def test_a_deleted_gateway_leaves_nothing_behind(ec2, vpc_id, internet_id):
    """D: vpc-nat-gateway.html: a deleted gateway's Elastic IP addresses are disassociated, yours aren't released."""
    subnet(ec2, vpc_id, "10.1.1.0/24", ZONE)
    own = elastic(ec2)
    automatic, manual = create(ec2, vpc_id), create(ec2, vpc_id, {"AvailabilityZone": ZONE, "AllocationIds": [own]})
    tables = [available(ec2, gateway_id)["RouteTableId"] for gateway_id in (automatic, manual)]
    assert refused(ec2.detach_internet_gateway, InternetGatewayId=internet_id, VpcId=vpc_id)[0] == "DependencyViolation"
    assert refused(ec2.release_address, AllocationId=own)[0] == "InvalidIPAddress.InUse"
    for gateway_id in (automatic, manual):
        ec2.delete_nat_gateway(NatGatewayId=gateway_id)
        wait_for(lambda gateway_id=gateway_id: described(ec2, gateway_id)["State"], "deleted")
    left = {table["RouteTableId"] for table in ec2.describe_route_tables()["RouteTables"]}
    assert left.isdisjoint(tables)
    assert [address["AllocationId"] for address in ec2.describe_addresses()["Addresses"]] == [own]
    assert len(described(ec2, manual)["NatGatewayAddresses"]) == 1
    ec2.release_address(AllocationId=own)
    ec2.detach_internet_gateway(InternetGatewayId=internet_id, VpcId=vpc_id)


def test_failures_come_later(ec2, vpc_id):
    """D: nat-gateway-troubleshooting.html: the gateway fails with AWS's code after `pending`."""
    gateway_id = create(ec2, vpc_id)
    wait_for(lambda: described(ec2, gateway_id)["State"], "failed")
    assert described(ec2, gateway_id)["FailureCode"] == "Gateway.NotAttached"


def test_an_address_in_use_makes_it_fail(ec2, vpc_id, internet_id):
    """D: nat-gateway-troubleshooting.html: Resource.AlreadyAssociated."""
    own = elastic(ec2)
    place = {"AvailabilityZone": ZONE, "AllocationIds": [own]}
    create(ec2, vpc_id, place)
    second = create(ec2, vpc_id, place)
    wait_for(lambda: described(ec2, second)["State"], "failed")
    assert described(ec2, second)["FailureCode"] == "Resource.AlreadyAssociated"


def test_what_is_refused(ec2, vpc_id, internet_id):
    """D: API_CreateNatGateway: VpcId and zones are for regional ones, a subnet and private addresses for zonal ones;
    ansible-collections/amazon.aws#2989: regional ones "only support public connectivity".
    """
    own, in_subnet = elastic(ec2), subnet(ec2, vpc_id, "10.1.1.0/24", ZONE)
    place = {"AvailabilityZone": ZONE, "AllocationIds": [own]}
    for given, code in (
        ({}, "MissingParameter"),
        ({"VpcId": vpc_id, "SubnetId": in_subnet}, "InvalidParameterCombination"),
        ({"VpcId": vpc_id, "PrivateIpAddress": "10.1.1.9"}, "InvalidParameterCombination"),
        ({"VpcId": vpc_id, "ConnectivityType": "private"}, "InvalidParameterCombination"),
        ({"VpcId": "vpc-0123456789abcdef0"}, "InvalidVpcID.NotFound"),
        ({"VpcId": vpc_id, "AvailabilityZoneAddresses": [place, place]}, "InvalidParameterValue"),
        (
            {"VpcId": vpc_id, "AvailabilityZoneAddresses": [{**place, "AvailabilityZone": "eu-west-1a"}]},
            "InvalidParameterValue",
        ),
        ({"VpcId": vpc_id, "AvailabilityZoneAddresses": [{"AllocationIds": [own]}]}, "MissingParameter"),
        ({"VpcId": vpc_id, "AvailabilityZoneAddresses": [{"AvailabilityZone": ZONE}]}, "MissingParameter"),
        (
            {
                "VpcId": vpc_id,
                "AvailabilityZoneAddresses": [{**place, "AllocationIds": ["eipalloc-0123456789abcdef0"]}],
            },
            "InvalidElasticIpID.NotFound",
        ),
    ):
        assert error_of(ec2.create_nat_gateway, AvailabilityMode="regional", **given)[0] == code, given
    zonal = {"SubnetId": in_subnet, "AllocationId": own}
    assert error_of(ec2.create_nat_gateway, VpcId=vpc_id, **zonal)[0] == "InvalidParameterCombination"
    assert error_of(ec2.create_nat_gateway, AvailabilityMode="local", **zonal)[0] == "InvalidParameterValue"
    made = ec2.create_nat_gateway(**zonal)["NatGateway"]
    assert (made["AvailabilityMode"], made["SubnetId"]) == ("zonal", in_subnet)


def test_addresses_of_a_gateway_are_not_taken_from_it(ec2, vpc_id, internet_id):
    """Not verified: by analogy to the address of a zonal NAT gateway."""
    subnet_id = subnet(ec2, vpc_id, "10.1.1.0/24", ZONE)
    (address,) = available(ec2, create(ec2, vpc_id))["NatGatewayAddresses"]
    interface_id = ec2.create_network_interface(SubnetId=subnet_id)["NetworkInterface"]["NetworkInterfaceId"]
    for call, given, code in (
        (ec2.disassociate_address, {"AssociationId": address["AssociationId"]}, "AuthFailure"),
        (ec2.disassociate_address, {"PublicIp": address["PublicIp"]}, "AuthFailure"),
        (ec2.release_address, {"AllocationId": address["AllocationId"]}, "InvalidIPAddress.InUse"),
        (
            ec2.associate_address,
            {
                "AllocationId": address["AllocationId"],
                "NetworkInterfaceId": interface_id,
                "AllowReassociation": True,
            },
            "Resource.AlreadyAssociated",
        ),
    ):
        assert error_of(call, **given)[0] == code, given
    found = ec2.describe_nat_gateways(Filters=filters(vpc_id=vpc_id))["NatGateways"]
    assert found[0]["NatGatewayAddresses"] == [address]
