# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Peerings, policy tables and NAT of transit gateways. Marks as in test_transit_gateway.py."""

from __future__ import annotations

import pytest

from .conftest import HUB, SPOKE, SPOKE_2
from .networks import MANUAL, Network, refused, wait_for


@pytest.fixture
def network(emulator):
    return Network(emulator)


def peering(network):
    """(gateway of the hub, attachment id), asked for by the hub; the other gateway is SPOKE_2's."""
    gateway_id = network.gateway()
    other = network.ec2(SPOKE_2).create_transit_gateway(Options=MANUAL)["TransitGateway"]["TransitGatewayId"]
    made = network.ec2().create_transit_gateway_peering_attachment(
        TransitGatewayId=gateway_id, PeerTransitGatewayId=other, PeerAccountId=SPOKE_2, PeerRegion="eu-central-1"
    )["TransitGatewayPeeringAttachment"]
    return gateway_id, made["TransitGatewayAttachmentId"]


def test_a_peering_waits_for_the_accepter(network):
    """D: tgw-peering-accept-reject.html: pendingAcceptance until the owner of the accepter gateway accepts."""
    gateway_id, attachment_id = peering(network)
    wait_for(lambda: network.attachment(HUB, attachment_id)["State"], "pendingAcceptance")
    with refused("InvalidTransitGatewayAttachmentID.NotFound"):
        network.ec2().accept_transit_gateway_peering_attachment(TransitGatewayAttachmentId=attachment_id)
    network.ec2(SPOKE_2).accept_transit_gateway_peering_attachment(TransitGatewayAttachmentId=attachment_id)
    for account in (HUB, SPOKE_2):
        wait_for(lambda account=account: network.attachment(account, attachment_id)["State"], "available")
    seen = network.attachment(HUB, attachment_id)
    assert (seen["ResourceType"], seen["TransitGatewayId"], seen["ResourceOwnerId"]) == ("peering", gateway_id, SPOKE_2)
    (listed,) = network.ec2().describe_transit_gateway_peering_attachments()["TransitGatewayPeeringAttachments"]
    assert (listed["RequesterTgwInfo"]["OwnerId"], listed["AccepterTgwInfo"]["OwnerId"]) == (HUB, SPOKE_2)
    with refused("IncorrectState"):
        network.ec2().delete_transit_gateway(TransitGatewayId=gateway_id)
    network.ec2().delete_transit_gateway_peering_attachment(TransitGatewayAttachmentId=attachment_id)
    wait_for(lambda: network.attachment(SPOKE_2, attachment_id)["State"], "deleted")


def test_a_peering_is_routed_by_static_routes(network):
    """D: tgw-peering-add-route.html: "you must add a static route"."""
    gateway_id, attachment_id = peering(network)
    network.ec2(SPOKE_2).accept_transit_gateway_peering_attachment(TransitGatewayAttachmentId=attachment_id)
    table_id = network.table(gateway_id)
    network.associate(table_id, attachment_id)
    route = network.ec2().create_transit_gateway_route(
        TransitGatewayRouteTableId=table_id,
        DestinationCidrBlock="10.9.0.0/16",
        TransitGatewayAttachmentId=attachment_id,
    )["Route"]
    assert route["TransitGatewayAttachments"][0]["ResourceType"] == "peering"


def test_an_attachment_has_a_route_table_or_a_policy_table(network):
    """D: tgw-policy-tables-associate.html: "either a policy table or a route table, but not both"."""
    gateway_id = network.gateway()
    network.share(gateway_id, SPOKE)
    attachment_id = network.attached(SPOKE, gateway_id, "10.1.0.0/16")
    route_table_id = network.table(gateway_id)
    ec2 = network.ec2()
    made = ec2.create_transit_gateway_policy_table(TransitGatewayId=gateway_id)["TransitGatewayPolicyTable"]
    pair = {
        "TransitGatewayPolicyTableId": made["TransitGatewayPolicyTableId"],
        "TransitGatewayAttachmentId": attachment_id,
    }
    network.associate(route_table_id, attachment_id)
    with refused("Resource.AlreadyAssociated"):
        ec2.associate_transit_gateway_policy_table(**pair)
    ec2.disassociate_transit_gateway_route_table(
        TransitGatewayRouteTableId=route_table_id, TransitGatewayAttachmentId=attachment_id
    )
    wait_for(lambda: "Association" in network.attachment(HUB, attachment_id), False)
    assert ec2.associate_transit_gateway_policy_table(**pair)["Association"]["ResourceType"] == "vpc"
    wanted = {"TransitGatewayPolicyTableId": made["TransitGatewayPolicyTableId"], "State": "associated"}
    wait_for(lambda: network.attachment(HUB, attachment_id)["Association"], wanted)
    with refused("Resource.AlreadyAssociated"):
        network.associate(route_table_id, attachment_id)
    listed = ec2.get_transit_gateway_policy_table_associations(
        TransitGatewayPolicyTableId=made["TransitGatewayPolicyTableId"]
    )["Associations"]
    assert [found["TransitGatewayAttachmentId"] for found in listed] == [attachment_id]
    ec2.disassociate_transit_gateway_policy_table(**pair)
    wait_for(lambda: "Association" in network.attachment(HUB, attachment_id), False)


def test_nat_of_an_attachment(network):
    """D: API_ModifyTransitGatewayAttachmentNatConfiguration: asynchronous; "Only the owner of the transit gateway"."""
    gateway_id = network.gateway()
    network.share(gateway_id, SPOKE)
    attachment_id = network.attached(SPOKE, gateway_id, "10.1.0.0/16")
    rule = {"RuleNumber": 1, "MatchSourceCidr": "10.1.0.0/24", "NatCidr": "100.64.0.0/24"}
    change = {"TransitGatewayAttachmentId": attachment_id, "NatGatewaySupport": "enable", "NatGatewayRules": [rule]}
    with refused("InvalidTransitGatewayAttachmentID.NotFound"):
        network.ec2(SPOKE).modify_transit_gateway_attachment_nat_configuration(**change)
    network.ec2().modify_transit_gateway_attachment_nat_configuration(**change)
    wait_for(lambda: network.attachment(HUB, attachment_id).get("NatGatewaySupport"), "enabled")
    read = network.ec2().get_transit_gateway_attachment_nat_configuration(TransitGatewayAttachmentId=attachment_id)
    assert read["NatGatewayRules"] == [{**rule, "State": "activated"}]
    network.ec2().modify_transit_gateway_attachment_nat_configuration(
        TransitGatewayAttachmentId=attachment_id, NatGatewaySupport="disable", ResetNatGatewayRules=True
    )
    read = network.ec2().get_transit_gateway_attachment_nat_configuration(TransitGatewayAttachmentId=attachment_id)
    wait_for(lambda: network.attachment(HUB, attachment_id).get("NatGatewaySupport"), None)
    assert "NatGatewayRules" not in read or read["NatGatewayRules"] == []
