# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Segments as route tables: who reaches whom is what SearchTransitGatewayRoutes finds.

Model: https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-isolated-shared.html. An attachment's packets are
looked up in the table it is associated with; the longest prefix wins.
"""

from __future__ import annotations

import pytest

from .conftest import HUB, SPOKE, SPOKE_2
from .networks import Network

BLOCKS = {HUB: "10.0.0.0/16", SPOKE: "10.1.0.0/16", SPOKE_2: "10.2.0.0/16"}


@pytest.fixture
def isolated(emulator):
    """(network, {account: attachment id}): customers reach shared services and not each other."""
    network = Network(emulator)
    gateway_id = network.gateway()
    network.share(gateway_id, SPOKE, SPOKE_2)
    attachments = {account: network.attached(account, gateway_id, block) for account, block in BLOCKS.items()}
    shared, customers = network.table(gateway_id, "shared"), network.table(gateway_id, "customers")
    network.associate(shared, attachments[HUB])
    for account in (SPOKE, SPOKE_2):
        network.associate(customers, attachments[account])
        network.propagate(shared, attachments[account])
    network.propagate(customers, attachments[HUB])
    return network, attachments


def next_hop(network, attachments, source, address):
    """Account whose VPC a packet from the source's VPC to the address goes to; None where it ends."""
    table_id = network.attachment(HUB, attachments[source])["Association"]["TransitGatewayRouteTableId"]
    for route in network.search(table_id, route_search__longest_prefix_match=address):
        if route["State"] == "active":
            [target] = route["TransitGatewayAttachments"]
            return {attachment: account for account, attachment in attachments.items()}[
                target["TransitGatewayAttachmentId"]
            ]
    return None


def reachable(network, attachments):
    """{(from, to)} where both directions find their way."""
    addresses = {account: block.replace("0.0/16", "0.10") for account, block in BLOCKS.items()}
    return {
        (one, other)
        for one in BLOCKS
        for other in BLOCKS
        if one != other
        and next_hop(network, attachments, one, addresses[other]) == other
        and next_hop(network, attachments, other, addresses[one]) == one
    }


def test_customers_reach_shared_services_and_not_each_other(isolated):
    expected = {(HUB, SPOKE), (SPOKE, HUB), (HUB, SPOKE_2), (SPOKE_2, HUB)}
    assert reachable(*isolated) == expected


def test_one_way_is_no_way(isolated):
    network, attachments = isolated
    table_id = network.attachment(HUB, attachments[SPOKE])["Association"]["TransitGatewayRouteTableId"]
    network.propagate(table_id, attachments[SPOKE_2])
    assert (SPOKE, SPOKE_2) not in reachable(network, attachments)
    network.propagate(table_id, attachments[SPOKE])
    assert {(SPOKE, SPOKE_2), (SPOKE_2, SPOKE)} <= reachable(network, attachments)


def test_a_blackhole_keeps_them_apart(isolated):
    network, attachments = isolated
    table_id = network.attachment(HUB, attachments[SPOKE])["Association"]["TransitGatewayRouteTableId"]
    for account in (SPOKE, SPOKE_2):
        network.propagate(table_id, attachments[account])
    network.ec2().create_transit_gateway_route(
        TransitGatewayRouteTableId=table_id, DestinationCidrBlock=BLOCKS[SPOKE_2], Blackhole=True
    )
    assert next_hop(network, attachments, SPOKE, "10.2.0.10") is None
    assert (SPOKE, SPOKE_2) not in reachable(network, attachments)


def test_what_is_detached_is_not_reached(isolated):
    network, attachments = isolated
    network.ec2(SPOKE).delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachments[SPOKE])
    assert next_hop(network, attachments, HUB, "10.1.0.10") is None


def test_unassociated_traffic_goes_nowhere(isolated):
    """D: how-transit-gateways-work.html: without an association there is no table to look in."""
    network, attachments = isolated
    table_id = network.attachment(HUB, attachments[SPOKE])["Association"]["TransitGatewayRouteTableId"]
    network.ec2().disassociate_transit_gateway_route_table(
        TransitGatewayRouteTableId=table_id, TransitGatewayAttachmentId=attachments[SPOKE]
    )
    assert "Association" not in network.attachment(HUB, attachments[SPOKE])
