# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Peerings of transit gateways. Marks as in test_transit_gateway.py."""

from __future__ import annotations

import pytest

from .conftest import HUB, SPOKE_2, filters
from .networks import MANUAL, Network, refused, wait_for

REGION, ELSEWHERE = "eu-central-1", "eu-west-1"


@pytest.fixture
def network(emulator):
    return Network(emulator)


def gateway(ec2, options=None):
    return ec2.create_transit_gateway(Options=MANUAL if options is None else options)["TransitGateway"][
        "TransitGatewayId"
    ]


def asked(ec2, gateway_id, other, account, region=REGION, **more):
    return ec2.create_transit_gateway_peering_attachment(
        TransitGatewayId=gateway_id, PeerTransitGatewayId=other, PeerAccountId=account, PeerRegion=region, **more
    )["TransitGatewayPeeringAttachment"]


class Peering:
    """Peering that a gateway of the hub asks another account's gateway for: in its Region, or across Regions."""

    def __init__(self, emulator, network, region=REGION, account=SPOKE_2):
        self.hub = network.ec2()
        self.other = emulator.client(account, "ec2", region)
        self.requester, self.accepter = gateway(self.hub), gateway(self.other)
        self.made = asked(self.hub, self.requester, self.accepter, account, region)
        self.id = self.made["TransitGatewayAttachmentId"]
        self.accepter_id = self.made.get("AccepterTransitGatewayAttachmentId", self.id)

    def accept(self):
        self.other.accept_transit_gateway_peering_attachment(TransitGatewayAttachmentId=self.accepter_id)

    def states(self):
        found = [self.hub, self.id], [self.other, self.accepter_id]
        return [state(ec2, attachment_id) for ec2, attachment_id in found]


def state(ec2, attachment_id):
    found = ec2.describe_transit_gateway_attachments(TransitGatewayAttachmentIds=[attachment_id])
    return found["TransitGatewayAttachments"][0]["State"]


@pytest.fixture(params=[(REGION, SPOKE_2), (REGION, HUB), (ELSEWHERE, SPOKE_2), (ELSEWHERE, HUB)], ids="-".join)
def peering(request, emulator, network):
    return Peering(emulator, network, *request.param)


def test_ids_of_both_sides(peering):
    """I: hashicorp/terraform-provider-aws#23828, #24000 (in a Region "AWS creates two Peering Attachment resources"),
    #40880 (AccepterTransitGatewayAttachmentId). Across Regions both have one id:
    examples/transit-gateway-cross-account-peering-attachment of the provider.
    """
    is_inter = peering.made["AccepterTgwInfo"]["Region"] != REGION
    assert (peering.id == peering.accepter_id) is is_inter
    assert ("AccepterTransitGatewayAttachmentId" in peering.made) is not is_inter


def test_a_peering_waits_for_the_accepter(peering):
    """D: tgw-peering-accept-reject.html: pendingAcceptance until the owner of the accepter gateway accepts. The refusal
    of the requester's side, I: hashicorp/terraform-provider-aws#38027.
    """
    wait_for(peering.states, ["pendingAcceptance"] * 2)
    text = f"Cannot accept {peering.id} as the source of the peering request."
    with refused("InvalidParameterValue", text):
        peering.hub.accept_transit_gateway_peering_attachment(TransitGatewayAttachmentId=peering.id)
    peering.accept()
    wait_for(peering.states, ["available"] * 2)
    with refused("IncorrectState"):
        peering.accept()
    with refused("IncorrectState"):
        peering.hub.delete_transit_gateway(TransitGatewayId=peering.requester)
    peering.hub.delete_transit_gateway_peering_attachment(TransitGatewayAttachmentId=peering.id)
    wait_for(peering.states, ["deleted"] * 2)
    peering.hub.delete_transit_gateway(TransitGatewayId=peering.requester)


def test_a_peering_is_rejected(peering):
    """D: tgw-peering-accept-reject.html."""
    wait_for(peering.states, ["pendingAcceptance"] * 2)
    with refused("InvalidParameterValue"):
        peering.hub.reject_transit_gateway_peering_attachment(TransitGatewayAttachmentId=peering.id)
    peering.other.reject_transit_gateway_peering_attachment(TransitGatewayAttachmentId=peering.accepter_id)
    wait_for(peering.states, ["rejected"] * 2)


def test_either_side_deletes(peering):
    """D: tgw-peering.html: "either the requester or the accepter can delete"."""
    peering.accept()
    wait_for(peering.states, ["available"] * 2)
    peering.other.delete_transit_gateway_peering_attachment(TransitGatewayAttachmentId=peering.accepter_id)
    wait_for(peering.states, ["deleted"] * 2)


def described(ec2, **wanted):
    found = ec2.describe_transit_gateway_peering_attachments(Filters=filters(**wanted))
    return [one["TransitGatewayAttachmentId"] for one in found["TransitGatewayPeeringAttachments"]]


def test_filters_are_by_the_own_side(emulator, network):
    """D: API_DescribeTransitGatewayPeeringAttachments, local-owner-id: "The ID of your AWS account"; by gateway:
    examples/transit-gateway-intra-region-peering of terraform-provider-aws.
    """
    peering = Peering(emulator, network)
    for ec2, account, gateway_id, attachment_id in (
        (peering.hub, HUB, peering.requester, peering.id),
        (peering.other, SPOKE_2, peering.accepter, peering.accepter_id),
    ):
        remote = ({HUB, SPOKE_2} - {account}).pop()
        assert described(ec2, local_owner_id=account) == [attachment_id] == described(ec2, remote_owner_id=remote)
        assert described(ec2, transit_gateway_id=gateway_id) == [attachment_id]
        assert described(ec2, transit_gateway_attachment_id=attachment_id) == [attachment_id]
        assert described(ec2, local_owner_id=remote) == [] == described(ec2, remote_owner_id=account)
        assert described(ec2, transit_gateway_id="tgw-0123456789abcdef0") == []
        assert described(ec2, state="pendingAcceptance") == [attachment_id]
        assert described(ec2, state="deleted") == []


def test_an_accepted_peering_has_the_default_associations_and_propagates_nothing(emulator, network):
    """D: tgw-policy-tables-concepts.html: "By default, all attachments are associated with the default route table";
    tgw-peering-add-route.html: "you must add a static route".
    """
    hub = network.ec2()
    requester, accepter = gateway(hub, {}), gateway(hub)
    made = asked(hub, requester, accepter, HUB)
    accepter_id = made["AccepterTransitGatewayAttachmentId"]
    hub.accept_transit_gateway_peering_attachment(TransitGatewayAttachmentId=accepter_id)
    own = network.attachment(HUB, made["TransitGatewayAttachmentId"])
    assert (own["ResourceType"], own["ResourceId"], own["TransitGatewayId"]) == ("peering", accepter, requester)
    assert own["Association"]["State"] == "associated"
    assert "Association" not in network.attachment(HUB, accepter_id)
    table_id = own["Association"]["TransitGatewayRouteTableId"]
    listed = hub.get_transit_gateway_route_table_propagations(TransitGatewayRouteTableId=table_id)
    assert listed["TransitGatewayRouteTablePropagations"] == []
    wait_for(lambda: state(hub, made["TransitGatewayAttachmentId"]), "available")
    route = hub.create_transit_gateway_route(
        TransitGatewayRouteTableId=table_id,
        DestinationCidrBlock="10.9.0.0/16",
        TransitGatewayAttachmentId=made["TransitGatewayAttachmentId"],
    )["Route"]
    assert route["TransitGatewayAttachments"][0]["ResourceType"] == "peering"


def test_what_cannot_be_peered(emulator, network):
    """D: transit-gateway-quotas.html: one peering between two transit gateways; the codes are not verified."""
    peering = Peering(emulator, network)
    for other, code in (
        (peering.accepter, "DuplicateTransitGatewayAttachment"),
        ("tgw-0123456789abcdef0", "InvalidTransitGatewayID.NotFound"),
        ("tgw-1", "InvalidTransitGatewayID.Malformed"),
    ):
        with refused(code):
            asked(peering.hub, peering.requester, other, SPOKE_2)
    with refused("InvalidParameterValue"):
        asked(peering.hub, peering.requester, peering.requester, HUB)
    with refused("InvalidTransitGatewayID.NotFound"):
        asked(peering.hub, peering.accepter, peering.requester, HUB)
    with refused("DuplicateTransitGatewayAttachment"):
        asked(peering.other, peering.accepter, peering.requester, HUB)


def test_multipath_resilience_is_allowed_by_both_sides(emulator, network):
    """D: TransitGatewayPeeringAttachmentOptions of the API model: pending until both allow it; inter-Region only. Codes
    of the refusals: not verified.
    """
    peering = Peering(emulator, network, ELSEWHERE)
    assert "Options" not in peering.made
    change = {"Options": {"AllowMultipathResilience": True}}
    with refused("IncorrectState"):
        peering.hub.modify_transit_gateway_peering_attachment(TransitGatewayAttachmentId=peering.id, **change)
    peering.accept()
    wait_for(peering.states, ["available"] * 2)
    for ec2, status in ((peering.hub, "pending"), (peering.other, "enabled")):
        wait_for(peering.states, ["available"] * 2)
        made = ec2.modify_transit_gateway_peering_attachment(TransitGatewayAttachmentId=peering.id, **change)
        assert made["TransitGatewayPeeringAttachment"]["Options"]["MultipathResilienceStatus"] == status
    wait_for(peering.states, ["available"] * 2)
    with refused("InvalidParameterCombination"):
        peering.hub.modify_transit_gateway_peering_attachment(
            TransitGatewayAttachmentId=peering.id, Options={"MultipathResilienceMode": "always-on"}
        )
    near = gateway(peering.hub)
    with refused("InvalidParameterValue"):
        asked(peering.hub, peering.requester, near, HUB, Options={"AllowMultipathResilience": True})
