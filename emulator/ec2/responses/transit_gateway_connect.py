# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on Connect attachments of transit gateways, and on their Connect peers."""

from __future__ import annotations

from moto.core.responses import ActionResult

from emulator.ec2.describe import Listing
from emulator.ec2.errors import invalid_value, not_found
from emulator.ec2.lag import creates
from emulator.ec2.models.transit_gateway_attachments import VpcAttachment
from emulator.ec2.models.transit_gateway_connect import ConnectAttachment, ConnectPeer, connect_peers_of
from emulator.ec2.models.transit_gateways import attachments_seen_by
from emulator.ec2.responses.transit_gateway_parameters import TransitGatewayParameters

CONNECTS = Listing(
    "TransitGatewayConnects",
    "TransitGatewayAttachmentId",
    "TransitGatewayAttachmentIds",
    {
        "options.protocol": "Options.Protocol",
        "state": "State",
        "transit-gateway-attachment-id": "TransitGatewayAttachmentId",
        "transit-gateway-id": "TransitGatewayId",
        "transport-transit-gateway-attachment-id": "TransportTransitGatewayAttachmentId",
    },
)
PEERS = Listing(
    "TransitGatewayConnectPeers",
    "TransitGatewayConnectPeerId",
    "TransitGatewayConnectPeerIds",
    {
        "state": "State",
        "transit-gateway-attachment-id": "TransitGatewayAttachmentId",
        "transit-gateway-connect-peer-id": "TransitGatewayConnectPeerId",
    },
    prefix="tgw-connect-peer",
)


class TransitGatewayConnectResponse(TransitGatewayParameters):
    @creates("tgw-attach")
    def create_transit_gateway_connect(self) -> ActionResult:
        """Create a Connect attachment over a VPC's attachment; there are none of Direct Connect here."""
        tags = self.tags_for("transit-gateway-attachment")
        protocol = self.given("Options").get("Protocol")
        if protocol != "gre":
            raise invalid_value(f"Value ({protocol}) for parameter Protocol is invalid. Valid value is gre.")
        transport = self.tgw_attachment_of("TransportTransitGatewayAttachmentId")
        if not isinstance(transport, VpcAttachment):
            # "You can specify a VPC attachment or Amazon Web Services Direct Connect attachment"; code not verified.
            raise invalid_value(f"{transport.id} cannot be the transport of a Connect attachment.")
        transport.need("available")
        attachment = ConnectAttachment(transport, self.current_account, protocol)
        self.ec2_backend.create_tags([attachment.id], tags)
        return self._connect_answer(attachment)

    def describe_transit_gateway_connects(self) -> ActionResult:
        seen = attachments_seen_by(self.current_account, self.region)
        connects = {one.id: one for one in seen.values() if isinstance(one, ConnectAttachment)}
        return self.tgw_listed(CONNECTS, connects, "tgw-attach", "connect_shape")

    def delete_transit_gateway_connect(self) -> ActionResult:
        attachment = self._connect_attachment()
        attachment.delete()
        return self._connect_answer(attachment)

    @creates("tgw-connect-peer")
    def create_transit_gateway_connect_peer(self) -> ActionResult:
        tags = self.tags_for("transit-gateway-connect-peer")
        attachment = self._connect_attachment()
        attachment.need("available")
        given = {
            "PeerAddress": self.tgw_required("PeerAddress"),
            "InsideCidrBlocks": self.tgw_required("InsideCidrBlocks"),
            "TransitGatewayAddress": self._get_param("TransitGatewayAddress"),
            "PeerAsn": self.given("BgpOptions").get("PeerAsn"),
        }
        peer = ConnectPeer(attachment, given)
        self.ec2_backend.create_tags([peer.id], tags)
        return self._connect_peer_answer(peer)

    def describe_transit_gateway_connect_peers(self) -> ActionResult:
        peers = connect_peers_of(self.current_account, self.region)
        return self.listed(PEERS, [peer.shape(self.current_account) for peer in peers.values()])

    def delete_transit_gateway_connect_peer(self) -> ActionResult:
        peer_id = self.tgw_required("TransitGatewayConnectPeerId")
        peer = connect_peers_of(self.current_account, self.region).get(peer_id)
        if peer is None or peer.state == "deleted":
            raise not_found(peer_id, "tgw-connect-peer")
        peer.delete()
        return self._connect_peer_answer(peer)

    def _connect_attachment(self) -> ConnectAttachment:
        attachment = self.tgw_attachment()
        if not isinstance(attachment, ConnectAttachment):
            raise not_found(attachment.id)
        return attachment

    def _connect_answer(self, attachment: ConnectAttachment) -> ActionResult:
        return ActionResult({"TransitGatewayConnect": attachment.connect_shape(self.current_account)})

    def _connect_peer_answer(self, peer: ConnectPeer) -> ActionResult:
        return ActionResult({"TransitGatewayConnectPeer": peer.shape(self.current_account)})
