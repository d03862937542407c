# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPC route tables."""

from __future__ import annotations

import pytest

from .conftest import error_of, filters, refused


@pytest.fixture
def table_id(ec2, vpc_id):
    return ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]


@pytest.fixture
def gateway_id(ec2, vpc_id):
    """An internet gateway on the VPC."""
    gateway_id = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    return gateway_id


@pytest.fixture
def attachment(ec2, vpc_id, subnet_id):
    """The VPC on a transit gateway of the same account."""
    transit_gateway_id = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    return ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=transit_gateway_id, VpcId=vpc_id, SubnetIds=[subnet_id]
    )["TransitGatewayVpcAttachment"]


def routes(ec2, table_id):
    """{destination: (target, state)} of the routes that are not local."""
    found = ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"][0]["Routes"]
    answer = {}
    for route in found:
        rest = {key: value for key, value in route.items() if key not in ("Origin", "State")}
        destination = next(rest.pop(key) for key in list(rest) if key.startswith("Destination"))
        (target,) = rest.values()
        if target != "local":
            answer[destination] = (target, route["State"])
    return answer


def test_associations(ec2, vpc_id, subnet_id, table_id):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateRouteTable.html; the conflict as quoted in
    https://github.com/hashicorp/terraform-provider-aws/issues/38960"""
    association_id = ec2.associate_route_table(RouteTableId=table_id, SubnetId=subnet_id)["AssociationId"]
    by_subnet = {"Filters": filters(association__subnet_id=subnet_id)}
    assert [table["RouteTableId"] for table in ec2.describe_route_tables(**by_subnet)["RouteTables"]] == [table_id]
    other_id = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    assert error_of(ec2.associate_route_table, RouteTableId=other_id, SubnetId=subnet_id) == (
        "Resource.AlreadyAssociated",
        f"the specified association for route table {other_id} conflicts with an existing association",
    )
    replaced = ec2.replace_route_table_association(AssociationId=association_id, RouteTableId=other_id)
    new_id = replaced["NewAssociationId"]
    assert new_id != association_id
    assert [table["RouteTableId"] for table in ec2.describe_route_tables(**by_subnet)["RouteTables"]] == [other_id]
    assert refused(ec2.delete_route_table, RouteTableId=other_id) == ("DependencyViolation", 400)
    ec2.disassociate_route_table(AssociationId=new_id)
    ec2.delete_route_table(RouteTableId=other_id)
    assert refused(ec2.disassociate_route_table, AssociationId=new_id) == ("InvalidAssociationID.NotFound", 400)


def test_main_table(ec2, vpc_id, table_id):
    """Another table becomes the main one: API_ReplaceRouteTableAssociation.html in
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference; the main one "cannot be deleted":
    https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html"""
    of_vpc = filters(vpc_id=vpc_id, association__main="true")
    main = ec2.describe_route_tables(Filters=of_vpc)["RouteTables"][0]
    association_id = main["Associations"][0]["RouteTableAssociationId"]
    assert refused(ec2.delete_route_table, RouteTableId=main["RouteTableId"]) == ("DependencyViolation", 400)
    assert refused(ec2.disassociate_route_table, AssociationId=association_id) == ("InvalidParameterValue", 400)
    ec2.replace_route_table_association(AssociationId=association_id, RouteTableId=table_id)
    assert [table["RouteTableId"] for table in ec2.describe_route_tables(Filters=of_vpc)["RouteTables"]] == [table_id]
    ec2.delete_route_table(RouteTableId=main["RouteTableId"])


def test_deleting_a_subnet_ends_its_association(ec2, subnet_id, table_id):
    ec2.associate_route_table(RouteTableId=table_id, SubnetId=subnet_id)
    ec2.delete_subnet(SubnetId=subnet_id)
    ec2.delete_route_table(RouteTableId=table_id)


def test_routes(ec2, table_id, gateway_id, attachment):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html: destinations in canonical form, one
    route a destination. Error codes: .../errors-overview.html; that ReplaceRoute answers InvalidParameterValue, and the
    texts, as moto's authors found on AWS."""
    transit_gateway = {"RouteTableId": table_id, "TransitGatewayId": attachment["TransitGatewayId"]}
    prefix_list_id = ec2.create_managed_prefix_list(PrefixListName="hub", AddressFamily="IPv4", MaxEntries=2)
    prefix_list_id = prefix_list_id["PrefixList"]["PrefixListId"]
    ec2.create_route(RouteTableId=table_id, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway_id)
    ec2.create_route(DestinationCidrBlock="10.0.9.9/8", **transit_gateway)
    ec2.create_route(DestinationPrefixListId=prefix_list_id, **transit_gateway)
    tgw_id = attachment["TransitGatewayId"]
    assert routes(ec2, table_id) == {
        "0.0.0.0/0": (gateway_id, "active"),
        "10.0.0.0/8": (tgw_id, "active"),
        prefix_list_id: (tgw_id, "active"),
    }
    assert error_of(ec2.create_route, DestinationCidrBlock="10.0.0.0/8", **transit_gateway) == (
        "RouteAlreadyExists",
        "The route identified by 10.0.0.0/8 already exists.",
    )
    assert refused(ec2.create_route, DestinationPrefixListId=prefix_list_id, **transit_gateway) == (
        "RouteAlreadyExists",
        400,
    )
    ec2.replace_route(DestinationCidrBlock="0.0.0.0/0", **transit_gateway)
    assert routes(ec2, table_id)["0.0.0.0/0"] == (tgw_id, "active")
    assert error_of(ec2.replace_route, DestinationCidrBlock="10.99.0.0/16", **transit_gateway) == (
        "InvalidParameterValue",
        "There is no route defined for '10.99.0.0/16' in the route table. Use CreateRoute instead.",
    )
    ec2.delete_route(RouteTableId=table_id, DestinationPrefixListId=prefix_list_id)
    ec2.delete_route(RouteTableId=table_id, DestinationCidrBlock="10.0.0.0/8")
    assert set(routes(ec2, table_id)) == {"0.0.0.0/0"}
    assert error_of(ec2.delete_route, RouteTableId=table_id, DestinationCidrBlock="10.0.0.0/8") == (
        "InvalidRoute.NotFound",
        f"no route with destination-cidr-block 10.0.0.0/8 in route table {table_id}",
    )


def test_local_route_stays(ec2, table_id, gateway_id):
    """https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html: local routes are not deleted; a route
    into the VPC's own range leads to an appliance or nowhere."""
    assert refused(ec2.delete_route, RouteTableId=table_id, DestinationCidrBlock="10.1.0.0/16") == (
        "InvalidParameterValue",
        400,
    )
    to_gateway = {"RouteTableId": table_id, "GatewayId": gateway_id}
    for block in ("10.1.0.0/16", "10.1.7.0/24"):
        assert refused(ec2.create_route, DestinationCidrBlock=block, **to_gateway) == ("InvalidParameterValue", 400)


def test_route_to_a_transit_gateway_needs_an_attachment(emulator, ec2, vpc_id, subnet_id, table_id):
    """https://github.com/hashicorp/terraform-provider-aws/issues/9222 and aws/aws-cdk#8584: not found until the
    attachment is available."""
    emulator.control("POST", "settings", {"transition": {"transit-gateway-attachment": 300}})
    tgw_id = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    route = {"RouteTableId": table_id, "DestinationCidrBlock": "10.0.0.0/8", "TransitGatewayId": tgw_id}
    missing = ("InvalidTransitGatewayID.NotFound", f"The transitGateway ID '{tgw_id}' does not exist.")
    assert error_of(ec2.create_route, **route) == missing
    ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=tgw_id, VpcId=vpc_id, SubnetIds=[subnet_id])
    assert error_of(ec2.create_route, **route) == missing
    while ec2.describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"][0]["State"] == "pending":
        pass
    ec2.create_route(**route)
    assert routes(ec2, table_id) == {"10.0.0.0/8": (tgw_id, "active")}


def test_blackhole_when_the_attachment_goes(ec2, table_id, attachment):
    """State blackhole: "the specified gateway isn't attached to the VPC, or the specified NAT instance has been
    terminated": https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html"""
    tgw_id = attachment["TransitGatewayId"]
    ec2.create_route(RouteTableId=table_id, DestinationCidrBlock="10.0.0.0/8", TransitGatewayId=tgw_id)
    ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment["TransitGatewayAttachmentId"])
    assert routes(ec2, table_id) == {"10.0.0.0/8": (tgw_id, "blackhole")}
    by_state = ec2.describe_route_tables(Filters=filters(route__state="blackhole"))["RouteTables"]
    assert [table["RouteTableId"] for table in by_state] == [table_id]


def test_blackhole_when_the_internet_gateway_goes(ec2, vpc_id, table_id, gateway_id):
    ec2.create_route(RouteTableId=table_id, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway_id)
    ec2.detach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    assert routes(ec2, table_id) == {"0.0.0.0/0": (gateway_id, "blackhole")}
    # https://github.com/smoketurner/serverless-vpc-plugin/issues/147
    assert error_of(
        ec2.create_route, RouteTableId=table_id, DestinationCidrBlock="198.51.100.0/24", GatewayId=gateway_id
    ) == (
        "InvalidParameterValue",
        f"route table {table_id} and network gateway {gateway_id} belong to different networks",
    )


def test_attached_subnet_and_vpc_are_in_use(ec2, vpc_id, subnet_id, attachment):
    """The attachment's network interface lies in the subnet:
    https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html"""
    assert refused(ec2.delete_subnet, SubnetId=subnet_id) == ("DependencyViolation", 400)
    assert refused(ec2.delete_vpc, VpcId=vpc_id) == ("DependencyViolation", 400)
    ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment["TransitGatewayAttachmentId"])
    ec2.delete_subnet(SubnetId=subnet_id)
    ec2.delete_vpc(VpcId=vpc_id)


def test_client_token_makes_one_table(ec2, vpc_id):
    """https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html"""
    first = ec2.create_route_table(VpcId=vpc_id, ClientToken="one")["RouteTable"]["RouteTableId"]
    again = ec2.create_route_table(VpcId=vpc_id, ClientToken="one")["RouteTable"]["RouteTableId"]
    assert first == again
    tags = [{"ResourceType": "route-table", "Tags": [{"Key": "a", "Value": "b"}]}]
    assert refused(ec2.create_route_table, VpcId=vpc_id, ClientToken="one", TagSpecifications=tags) == (
        "IdempotentParameterMismatch",
        400,
    )


def test_gateway_route_table(ec2, vpc_id, table_id, gateway_id):
    """https://docs.aws.amazon.com/vpc/latest/userguide/gateway-route-tables.html. What was disassociated stays listed:
    amazon.aws' integration target ec2_vpc_route_table, which its maintainers run on AWS."""

    def states():
        table = ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"][0]
        return [(item["GatewayId"], item["AssociationState"]["State"]) for item in table["Associations"]]

    association_id = ec2.associate_route_table(RouteTableId=table_id, GatewayId=gateway_id)["AssociationId"]
    assert states() == [(gateway_id, "associated")]
    ec2.disassociate_route_table(AssociationId=association_id)
    assert states() == [(gateway_id, "disassociated")]
    ec2.associate_route_table(RouteTableId=table_id, GatewayId=gateway_id)
    assert states() == [(gateway_id, "associated")]


def test_five_hundred_routes(ec2, table_id, gateway_id):
    """https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html: 500, "enforced separately for IPv4
    routes and IPv6 routes"; a prefix list counts as its maximum number of entries. The code: EC2's list of error codes.
    """
    entries = {"AddressFamily": "IPv4", "MaxEntries": 497}
    listed = ec2.create_managed_prefix_list(PrefixListName="x", **entries)["PrefixList"]["PrefixListId"]
    ec2.create_route(RouteTableId=table_id, DestinationPrefixListId=listed, GatewayId=gateway_id)
    # Beside these and the local route there is room for two.
    for number in (1, 2):
        ec2.create_route(RouteTableId=table_id, DestinationCidrBlock=f"203.0.{number}.0/24", GatewayId=gateway_id)
    one_more = {"RouteTableId": table_id, "DestinationCidrBlock": "203.0.3.0/24", "GatewayId": gateway_id}
    assert refused(ec2.create_route, **one_more) == ("RouteLimitExceeded", 400)
    ec2.create_route(RouteTableId=table_id, DestinationIpv6CidrBlock="::/0", GatewayId=gateway_id)
