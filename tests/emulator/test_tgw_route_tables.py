# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Transit gateway route tables: associations, propagations, routes. Marks as in test_transit_gateway.py."""

from __future__ import annotations

import pytest

from .conftest import HUB, SPOKE
from .networks import Network, refused, tag_specification, wait_for

SLOW = 60_000


@pytest.fixture
def network(emulator):
    return Network(emulator)


@pytest.fixture
def table(network):
    """(network, gateway id, route table id)"""
    gateway_id = network.gateway()
    network.share(gateway_id, SPOKE)
    return network, gateway_id, network.table(gateway_id)


def slow(emulator, **kinds):
    emulator.control(
        "POST", "settings", {"transition": {name.replace("_", "-"): value for name, value in kinds.items()}}
    )


def pair(table_id, attachment_id):
    return {"TransitGatewayRouteTableId": table_id, "TransitGatewayAttachmentId": attachment_id}


# Tables


def test_table_starts_pending(emulator, table):
    """D: TransitGatewayRouteTable.state; V: floci-io/floci#2348 (tried): never a default one."""
    network, gateway_id, _ = table
    slow(emulator, transit_gateway_route_table=200)
    made = network.ec2().create_transit_gateway_route_table(
        TransitGatewayId=gateway_id,
        TagSpecifications=tag_specification("transit-gateway-route-table", {"Name": "core"}),
    )["TransitGatewayRouteTable"]
    assert made["State"] == "pending"
    assert not made["DefaultAssociationRouteTable"] and not made["DefaultPropagationRouteTable"]
    assert made["Tags"] == [{"Key": "Name", "Value": "core"}]

    def state():
        found = network.ec2().describe_transit_gateway_route_tables(
            Filters=[{"Name": "tag:Name", "Values": ["core"]}, {"Name": "transit-gateway-id", "Values": [gateway_id]}]
        )
        return found["TransitGatewayRouteTables"][0]["State"]

    wait_for(state, "available")


def test_missing_and_unknown_table(table):
    """Row 18. V: terraform-provider-aws#6664. Malformed: floci-io/floci#2348 (tried)."""
    network, _, _ = table
    call = network.ec2().get_transit_gateway_route_table_associations
    with refused("MissingParameter", "Missing required parameter in request: TransitGatewayRouteTableId."):
        call(TransitGatewayRouteTableId="")
    with refused("InvalidRouteTableID.NotFound"):
        call(TransitGatewayRouteTableId="tgw-rtb-0123456789abcdef0")
    with refused("InvalidRouteTableId.Malformed", "Invalid Transit Gateway Route Table id rtb-1."):
        call(TransitGatewayRouteTableId="rtb-1")


def test_delete_table(emulator, table):
    """V: floci-io/floci#2348 (tried): not while attachments are associated; propagations and routes go with it."""
    network, gateway_id, table_id = table
    attachment_id = network.attached(SPOKE, gateway_id, "10.1.0.0/16")
    network.associate(table_id, attachment_id)
    network.propagate(table_id, attachment_id)
    with refused("IncorrectState", f"{table_id} has associated attachments"):
        network.ec2().delete_transit_gateway_route_table(TransitGatewayRouteTableId=table_id)
    network.ec2().disassociate_transit_gateway_route_table(**pair(table_id, attachment_id))
    slow(emulator, transit_gateway_route_table=200)
    deleted = network.ec2().delete_transit_gateway_route_table(TransitGatewayRouteTableId=table_id)
    assert deleted["TransitGatewayRouteTable"]["State"] == "deleting"

    def state():
        found = network.ec2().describe_transit_gateway_route_tables(TransitGatewayRouteTableIds=[table_id])
        return found["TransitGatewayRouteTables"][0]["State"]

    wait_for(state, "deleted")
    left = network.ec2().get_transit_gateway_attachment_propagations(TransitGatewayAttachmentId=attachment_id)
    assert left["TransitGatewayAttachmentPropagations"] == []
    with refused("InvalidRouteTableID.NotFound"):
        network.search(table_id)


def test_default_table_is_not_deleted(network):
    """V: floci-io/floci#2348 (tried)"""
    gateway = network.ec2().create_transit_gateway()["TransitGateway"]
    table_id = gateway["Options"]["AssociationDefaultRouteTableId"]
    text = f"{table_id} is set as default association route table for {gateway['TransitGatewayId']}"
    with refused("IncorrectState", text):
        network.ec2().delete_transit_gateway_route_table(TransitGatewayRouteTableId=table_id)


def test_tables_per_gateway(network):
    """Row 22. D: 20 route tables per transit gateway. The code is U."""
    gateway_id = network.gateway()
    for _ in range(20):
        network.table(gateway_id)
    with refused("TransitGatewayRouteTableLimitExceeded"):
        network.table(gateway_id)


# Associations


def test_default_association_at_once(network):
    """Row 14. V: moto's aws_verified tests. It outlives the default: floci-io/floci#2347 (tried)."""
    gateway = network.ec2().create_transit_gateway()["TransitGateway"]
    attachment_id = network.attached(HUB, gateway["TransitGatewayId"], "10.0.0.0/16")
    table_id = gateway["Options"]["AssociationDefaultRouteTableId"]
    expected = {"TransitGatewayRouteTableId": table_id, "State": "associated"}
    assert network.attachment(HUB, attachment_id)["Association"] == expected
    assert network.destinations(table_id) == ["10.0.0.0/16"]
    network.ec2().modify_transit_gateway(
        TransitGatewayId=gateway["TransitGatewayId"], Options={"DefaultRouteTableAssociation": "disable"}
    )
    assert network.attachment(HUB, attachment_id)["Association"] == expected
    later = network.attached(HUB, gateway["TransitGatewayId"], "10.1.0.0/16")
    assert "Association" not in network.attachment(HUB, later)


def test_association_states(emulator, table):
    """Row 15. D: the enum; V: floci-io/floci#2348 (tried): answers associating and disassociating."""
    network, gateway_id, table_id = table
    attachment_id = network.attached(SPOKE, gateway_id, "10.1.0.0/16")
    slow(emulator, transit_gateway_association=200)
    made = network.ec2().associate_transit_gateway_route_table(**pair(table_id, attachment_id))["Association"]
    assert made["State"] == "associating"
    assert made["ResourceId"] == network.attachment(HUB, attachment_id)["ResourceId"]

    def states():
        found = network.ec2().get_transit_gateway_route_table_associations(TransitGatewayRouteTableId=table_id)
        return [association["State"] for association in found["Associations"]]

    assert wait_for(states, ["associated"]) == [["associating"], ["associated"]]
    ended = network.ec2().disassociate_transit_gateway_route_table(**pair(table_id, attachment_id))["Association"]
    assert ended["State"] == "disassociating"
    assert wait_for(states, []) == [["disassociating"], []]
    assert "Association" not in network.attachment(HUB, attachment_id)


def test_one_association_per_attachment(table):
    """Row 15. V: cisagov/cool-assessment-terraform#57"""
    network, gateway_id, table_id = table
    attachment_id = network.attached(SPOKE, gateway_id, "10.1.0.0/16")
    network.associate(table_id, attachment_id)
    for other in (table_id, network.table(gateway_id)):
        with refused(
            "Resource.AlreadyAssociated",
            f"Transit Gateway Attachment {attachment_id} is already associated to a route table.",
        ):
            network.associate(other, attachment_id)


def test_disassociate_what_is_not_associated(table):
    """Code and text U: floci-io/floci#2348"""
    network, gateway_id, table_id = table
    attachment_id = network.attached(SPOKE, gateway_id, "10.1.0.0/16")
    with refused("InvalidParameterValue"):
        network.ec2().disassociate_transit_gateway_route_table(**pair(table_id, attachment_id))


def test_attachment_must_be_available(table):
    """V: terraform-provider-aws#29178 (propagation); that an association and a route answer the same is U."""
    network, gateway_id, table_id = table
    attachment_id = network.attach(SPOKE, gateway_id, network.vpc(SPOKE, "10.1.0.0/16"))
    text = f"{attachment_id} is in invalid state"
    for call in (network.propagate, network.associate):
        with refused("IncorrectState", text):
            call(table_id, attachment_id)
    with refused("IncorrectState", text):
        network.ec2().create_transit_gateway_route(DestinationCidrBlock="0.0.0.0/0", **pair(table_id, attachment_id))


def test_attachment_of_another_gateway(table):
    """V: floci-io/floci#2348 (tried): as if it did not exist."""
    network, _, table_id = table
    other = network.attached(HUB, network.gateway(), "10.8.0.0/16")
    for call in (network.propagate, network.associate):
        with refused("InvalidTransitGatewayAttachmentID.NotFound"):
            call(table_id, other)


def test_listings_leave_out_the_table(table):
    """V: floci-io/floci#2348 (tried). Filters D: API_GetTransitGatewayRouteTableAssociations"""
    network, gateway_id, table_id = table
    one, two = (network.attached(SPOKE, gateway_id, block) for block in ("10.1.0.0/16", "10.2.0.0/16"))
    for attachment_id in (one, two):
        network.associate(table_id, attachment_id)
        network.propagate(table_id, attachment_id)
    for call, key, state in (
        (network.ec2().get_transit_gateway_route_table_associations, "Associations", "associated"),
        (
            network.ec2().get_transit_gateway_route_table_propagations,
            "TransitGatewayRouteTablePropagations",
            "enabled",
        ),
    ):
        wanted = [
            {"Name": "transit-gateway-attachment-id", "Values": [two]},
            {"Name": "resource-type", "Values": ["vpc"]},
        ]
        [found] = call(TransitGatewayRouteTableId=table_id, Filters=wanted)[key]
        resource_id = network.attachment(HUB, two)["ResourceId"]
        assert found == {
            "TransitGatewayAttachmentId": two,
            "ResourceId": resource_id,
            "ResourceType": "vpc",
            "State": state,
        }
        with refused("InvalidParameterValue", "The filter 'state' is invalid"):
            call(TransitGatewayRouteTableId=table_id, Filters=[{"Name": "state", "Values": [state]}])


# Propagations


def test_propagation(emulator, table):
    """Row 16. D: the enum; texts: an AWS LZA unit test; V: floci-io/floci#2348 (tried): `enabled` at once."""
    network, gateway_id, table_id = table
    second = network.table(gateway_id)
    attachment_id = network.attached(SPOKE, gateway_id, "10.1.0.0/16")
    ec2 = network.ec2()
    with refused("TransitGatewayRouteTablePropagation.NotFound"):
        ec2.disable_transit_gateway_route_table_propagation(**pair(table_id, attachment_id))
    made = ec2.enable_transit_gateway_route_table_propagation(**pair(table_id, attachment_id))["Propagation"]
    assert (made["State"], made["TransitGatewayRouteTableId"]) == ("enabled", table_id)
    with refused(
        "TransitGatewayRouteTablePropagation.Duplicate",
        f"Propagation {attachment_id} already exists in Transit Gateway Route Table {table_id}.",
    ):
        network.propagate(table_id, attachment_id)
    network.propagate(second, attachment_id)
    found = ec2.get_transit_gateway_attachment_propagations(TransitGatewayAttachmentId=attachment_id)
    assert found["TransitGatewayAttachmentPropagations"] == [
        {"TransitGatewayRouteTableId": table_id, "State": "enabled"},
        {"TransitGatewayRouteTableId": second, "State": "enabled"},
    ]
    slow(emulator, **{"transit-gateway-propagation.disabling": SLOW})
    ended = ec2.disable_transit_gateway_route_table_propagation(**pair(table_id, attachment_id))["Propagation"]
    assert ended["State"] == "disabling"
    assert network.destinations(table_id) == []


def test_propagated_routes_follow_the_vpc(table):
    """Row 19. D: tgw-route-tables.html: the VPC's CIDR blocks, secondary ones too; V: floci-io/floci#2348 (tried)."""
    network, gateway_id, table_id = table
    vpc = network.vpc(SPOKE, "10.1.0.0/16")
    attachment_id = network.attach(SPOKE, gateway_id, vpc)
    network.accept(attachment_id)
    network.propagate(table_id, attachment_id)
    network.ec2(SPOKE).associate_vpc_cidr_block(VpcId=vpc[0], CidrBlock="100.64.0.0/16")
    first, second = network.search(table_id, type="propagated")
    assert first == {
        "DestinationCidrBlock": "10.1.0.0/16",
        "TransitGatewayAttachments": [
            {"ResourceId": vpc[0], "TransitGatewayAttachmentId": attachment_id, "ResourceType": "vpc"}
        ],
        "Type": "propagated",
        "State": "active",
    }
    assert second["DestinationCidrBlock"] == "100.64.0.0/16"


def test_static_hides_propagated(table):
    """Row 19. D: how-transit-gateways-work.html, route evaluation order"""
    network, gateway_id, table_id = table
    one, two = (network.attached(SPOKE, gateway_id, block) for block in ("10.1.0.0/16", "10.2.0.0/16"))
    network.propagate(table_id, one)
    network.ec2().create_transit_gateway_route(DestinationCidrBlock="10.1.0.0/16", **pair(table_id, two))
    [route] = network.search(table_id)
    assert (route["Type"], route["TransitGatewayAttachments"][0]["TransitGatewayAttachmentId"]) == ("static", two)
    network.ec2().delete_transit_gateway_route(TransitGatewayRouteTableId=table_id, DestinationCidrBlock="10.1.0.0/16")
    assert [route["Type"] for route in network.search(table_id)] == ["propagated"]


def test_overlapping_vpc_is_not_propagated_to_the_default_table(network):
    """Row 19. D: CreateTransitGatewayVpcAttachment"""
    gateway = network.ec2().create_transit_gateway()["TransitGateway"]
    for block in ("10.1.0.0/16", "10.1.0.0/17", "10.0.0.0/16", "10.1.0.0/20"):
        network.attached(HUB, gateway["TransitGatewayId"], block)
    table_id = gateway["Options"]["PropagationDefaultRouteTableId"]
    assert network.destinations(table_id) == ["10.0.0.0/16", "10.1.0.0/16"]


def test_static_route_becomes_a_blackhole(emulator, table):
    """Row 19. D; V: floci-io/floci#2347 (tried): the propagated one goes, the static one stays as a blackhole."""
    network, gateway_id, table_id = table
    attachment_id = network.attached(SPOKE, gateway_id, "10.1.0.0/16")
    network.associate(table_id, attachment_id)
    network.propagate(table_id, attachment_id)
    network.ec2().create_transit_gateway_route(DestinationCidrBlock="0.0.0.0/0", **pair(table_id, attachment_id))
    network.ec2(SPOKE).delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment_id)
    assert network.search(table_id) == [{"DestinationCidrBlock": "0.0.0.0/0", "Type": "static", "State": "blackhole"}]
    ec2, of_table = network.ec2(), {"TransitGatewayRouteTableId": table_id}
    assert ec2.get_transit_gateway_route_table_associations(**of_table)["Associations"] == []
    assert ec2.get_transit_gateway_route_table_propagations(**of_table)["TransitGatewayRouteTablePropagations"] == []


# Routes


def test_static_route(table):
    """Row 17. V: ministryofjustice/modernisation-platform#4810; delete's text: terraform-provider-aws#6817"""
    network, gateway_id, table_id = table
    attachment_id = network.attached(SPOKE, gateway_id, "10.1.0.0/16")
    ec2, route = network.ec2(), {"DestinationCidrBlock": "10.9.0.0/16", "TransitGatewayRouteTableId": table_id}
    made = ec2.create_transit_gateway_route(TransitGatewayAttachmentId=attachment_id, **route)["Route"]
    assert (made["Type"], made["State"]) == ("static", "active")
    with refused("RouteAlreadyExists", f"Route 10.9.0.0/16 already exists in Transit Gateway Route Table {table_id}."):
        ec2.create_transit_gateway_route(Blackhole=True, **route)
    assert ec2.delete_transit_gateway_route(**route)["Route"]["State"] == "deleted"
    with refused(
        "InvalidRoute.NotFound", f"Route 10.9.0.0/16 does not exists in Transit Gateway Route Table {table_id}."
    ):
        ec2.delete_transit_gateway_route(**route)


def test_blackhole_and_replace(table):
    """V: floci-io/floci#2348 (tried): a blackhole has no attachment; replacing makes a route where there is none."""
    network, gateway_id, table_id = table
    attachment_id = network.attached(SPOKE, gateway_id, "10.1.0.0/16")
    ec2, route = network.ec2(), {"DestinationCidrBlock": "10.9.0.0/16", "TransitGatewayRouteTableId": table_id}
    made = ec2.replace_transit_gateway_route(Blackhole=True, **route)["Route"]
    assert made == {"DestinationCidrBlock": "10.9.0.0/16", "Type": "static", "State": "blackhole"}
    changed = ec2.replace_transit_gateway_route(TransitGatewayAttachmentId=attachment_id, **route)["Route"]
    assert (changed["State"], changed["TransitGatewayAttachments"][0]["ResourceType"]) == ("active", "vpc")
    with refused("MissingParameter", "Missing required parameter in request: TransitGatewayAttachmentId."):
        ec2.replace_transit_gateway_route(**route)


def test_search_filters(table):
    """Row 20. D: API_SearchTransitGatewayRoutes; value forms V: floci-io/floci#2348 (tried)."""
    network, gateway_id, table_id = table
    attachment_id = network.attached(SPOKE, gateway_id, "10.1.0.0/16")
    network.propagate(table_id, attachment_id)
    for destination in ("10.1.2.0/24", "10.0.0.0/8", "192.168.0.0/16"):
        network.ec2().create_transit_gateway_route(
            TransitGatewayRouteTableId=table_id, DestinationCidrBlock=destination, Blackhole=True
        )
    find = network.destinations
    assert find(table_id) == ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "192.168.0.0/16"]
    assert find(table_id, type="propagated") == ["10.1.0.0/16"]
    assert find(table_id, state="blackhole") == ["10.0.0.0/8", "10.1.2.0/24", "192.168.0.0/16"]
    assert find(table_id, state="blackhole", type="propagated") == []
    assert find(table_id, route_search__exact_match="10.1.0.0/16") == ["10.1.0.0/16"]
    assert find(table_id, route_search__exact_match="10.1.0.0/15") == []
    assert find(table_id, route_search__longest_prefix_match="10.1.2.3") == ["10.1.2.0/24"]
    assert find(table_id, route_search__longest_prefix_match="10.2.0.1") == ["10.0.0.0/8"]
    assert find(table_id, route_search__longest_prefix_match="10.1.2.0/24") == []
    assert find(table_id, route_search__subnet_of_match="10.1.0.0/16") == ["10.1.0.0/16", "10.1.2.0/24"]
    assert find(table_id, route_search__supernet_of_match="10.1.0.0/17") == ["10.0.0.0/8", "10.1.0.0/16"]
    assert find(table_id, attachment__transit_gateway_attachment_id=attachment_id) == ["10.1.0.0/16"]
    assert find(table_id, attachment__resource_type="vpc") == ["10.1.0.0/16"]
    vpc_id = network.attachment(HUB, attachment_id)["ResourceId"]
    assert find(table_id, attachment__resource_id=vpc_id) == ["10.1.0.0/16"]
    with refused("InvalidParameterValue"):
        find(table_id, destination="10.0.0.0/8")


def test_search_pages(table):
    """Row 20. D: MaxResults, AdditionalRoutesAvailable, NextToken"""
    network, _, table_id = table
    for number in range(7):
        network.ec2().create_transit_gateway_route(
            TransitGatewayRouteTableId=table_id, DestinationCidrBlock=f"10.{number}.0.0/16", Blackhole=True
        )
    search = {
        "TransitGatewayRouteTableId": table_id,
        "Filters": [{"Name": "type", "Values": ["static"]}],
        "MaxResults": 5,
    }
    page = network.ec2().search_transit_gateway_routes(**search)
    assert (len(page["Routes"]), page["AdditionalRoutesAvailable"]) == (5, True)
    rest = network.ec2().search_transit_gateway_routes(NextToken=page["NextToken"], **search)
    assert (len(rest["Routes"]), rest["AdditionalRoutesAvailable"]) == (2, False)
    # Using_Filtering: filters are joined with an AND, also two of the same name.
    search["Filters"] = [{"Name": "type", "Values": [kind]} for kind in ("propagated", "static")]
    assert network.ec2().search_transit_gateway_routes(**search)["Routes"] == []


def test_ipv6_blocks_when_supported(table):
    """D: tgw-vpc-attachments.html: IPv6 support"""
    network, gateway_id, table_id = table
    ec2 = network.ec2(SPOKE)
    vpc = network.vpc(SPOKE, "10.1.0.0/16")
    ec2.associate_vpc_cidr_block(VpcId=vpc[0], AmazonProvidedIpv6CidrBlock=True)
    attachment_id = network.attach(SPOKE, gateway_id, vpc)
    network.accept(attachment_id)
    network.propagate(table_id, attachment_id)
    assert network.destinations(table_id) == ["10.1.0.0/16"]
    ec2.modify_transit_gateway_vpc_attachment(
        TransitGatewayAttachmentId=attachment_id, Options={"Ipv6Support": "enable"}
    )
    assert len(network.destinations(table_id)) == 2


def test_prefix_list_reference(table):
    """D: tgw-prefix-lists.html"""
    network, gateway_id, table_id = table
    attachment_id = network.attached(SPOKE, gateway_id, "10.1.0.0/16")
    ec2 = network.ec2()
    made = ec2.create_managed_prefix_list(
        PrefixListName="on-premises",
        AddressFamily="IPv4",
        MaxEntries=3,
        Entries=[{"Cidr": "172.16.0.0/16"}, {"Cidr": "172.17.0.0/16"}],
    )
    both = {"TransitGatewayRouteTableId": table_id, "PrefixListId": made["PrefixList"]["PrefixListId"]}
    reference = ec2.create_transit_gateway_prefix_list_reference(TransitGatewayAttachmentId=attachment_id, **both)
    reference = reference["TransitGatewayPrefixListReference"]
    assert (reference["Blackhole"], reference["PrefixListOwnerId"]) == (False, HUB)
    found = network.search(table_id, prefix_list_id=both["PrefixListId"])
    assert [route["DestinationCidrBlock"] for route in found] == ["172.16.0.0/16", "172.17.0.0/16"]
    ec2.modify_transit_gateway_prefix_list_reference(Blackhole=True, **both)
    [reference] = ec2.get_transit_gateway_prefix_list_references(TransitGatewayRouteTableId=table_id)[
        "TransitGatewayPrefixListReferences"
    ]
    assert reference["Blackhole"]
    assert {route["State"] for route in network.search(table_id)} == {"blackhole"}
    ec2.delete_transit_gateway_prefix_list_reference(**both)
    assert network.search(table_id) == []
