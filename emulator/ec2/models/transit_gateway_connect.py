# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Connect attachments of transit gateways, and their Connect peers (GRE tunnels).

https://docs.aws.amazon.com/vpc/latest/tgw/tgw-connect.html. BGP is not emulated: sessions are down, and a Connect
attachment propagates nothing.
"""

from __future__ import annotations

import secrets
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from moto.ec2.exceptions import EC2ClientError

from emulator.ec2.errors import invalid_value
from emulator.ec2.models.transit_gateway_attachments import Attachment
from emulator.ec2.models.transit_gateway_resources import GONE, Resource, incorrect_state
from emulator.ec2.models.transit_gateways import attachments_seen_by
from emulator.transitions import StateClock, Transition

# https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html, Transit Gateway Connect
PEERS_PER_ATTACHMENT = 4
INSIDE_IPV4, INSIDE_IPV6 = ip_network("169.254.0.0/16"), ip_network("fd00::/8")
# "The following CIDR blocks are reserved and cannot be used" (tgw-connect.html).
RESERVED = {ip_network(f"169.254.{n}.0/29") for n in range(6)} | {ip_network("169.254.169.248/29")}


class ConnectAttachment(Attachment):
    """Connect attachment over a VPC's attachment, its transport."""

    resource_type = "connect"

    def __init__(self, transport: Attachment, owner_id: str, protocol: str):
        super().__init__(transport.gateway, transport.id, owner_id)
        self.transport, self.protocol = transport, protocol
        self.peers_made: dict[str, ConnectPeer] = {}
        transport.connects.append(self)
        self.provision()

    @property
    def peers(self) -> list[ConnectPeer]:
        """Return the peers that aren't deleted."""
        return [peer for peer in self.peers_made.values() if peer.state not in GONE]

    def delete(self) -> None:
        """Delete the attachment: "You must first delete any Connect peers for the attachment"; AWS's text for it is not
        verified.
        """
        if self.peers:
            raise incorrect_state(f"{self.id} has non-deleted Connect Peers: {', '.join(p.id for p in self.peers)}.")
        super().delete()

    def connect_shape(self, account_id: str) -> dict[str, Any]:
        return {
            "TransitGatewayAttachmentId": self.id,
            "TransportTransitGatewayAttachmentId": self.transport.id,
            "TransitGatewayId": self.gateway.id,
            "State": self.state,
            "CreationTime": self.created,
            "Options": {"Protocol": self.protocol},
            "Tags": self.tag_list(account_id),
        }


class ConnectPeer(Resource):
    kind = "transit-gateway-connect-peer"
    state = StateClock(kind)

    def __init__(self, attachment: ConnectAttachment, given: dict[str, Any]):
        """Create a peer of the parameters of CreateTransitGatewayConnectPeer; refuses what its reference excludes."""
        if len(attachment.peers) >= PEERS_PER_ATTACHMENT:
            raise EC2ClientError(
                "TransitGatewayConnectPeerLimitExceeded", "You have reached the maximum number of Connect peers."
            )
        self.peer_address = _address(given["PeerAddress"], "PeerAddress")
        self.gateway_address = _gateway_address(attachment, given.get("TransitGatewayAddress"), self.peer_address)
        self.inside = _inside_blocks(attachment, given["InsideCidrBlocks"])
        # "If you do not specify ... the same ASN as the transit gateway": tgw-connect.html, peer ASN, iBGP.
        self.gateway_asn = attachment.gateway.options["AmazonSideAsn"]
        self.peer_asn = given.get("PeerAsn") or self.gateway_asn
        super().__init__()
        self.id = f"tgw-connect-peer-{secrets.token_hex(9)[:17]}"
        self.attachment, self.region, self.owner_id = attachment, attachment.region, attachment.owner_id
        attachment.peers_made[self.id] = self

    def delete(self) -> None:
        self.need("available")
        self.state = Transition("deleting", "deleted")

    def shape(self, account_id: str) -> dict[str, Any]:
        """Return the peer in the API's shape.

        The appliance has the first address of an inside block, the transit gateway the next two: two BGP sessions.
        """
        sessions = []
        for inside in self.inside:
            appliance, *gateway = (str(inside[number]) for number in (1, 2, 3))
            for address in gateway:
                sessions.append(
                    {
                        "TransitGatewayAsn": self.gateway_asn,
                        "PeerAsn": self.peer_asn,
                        "TransitGatewayAddress": address,
                        "PeerAddress": appliance,
                        "BgpStatus": "down",
                    }
                )
        return {
            "TransitGatewayAttachmentId": self.attachment.id,
            "TransitGatewayConnectPeerId": self.id,
            "State": self.state,
            "CreationTime": self.created,
            "ConnectPeerConfiguration": {
                "TransitGatewayAddress": self.gateway_address,
                "PeerAddress": self.peer_address,
                "InsideCidrBlocks": [str(inside) for inside in self.inside],
                "Protocol": self.attachment.protocol,
                "BgpConfigurations": sessions,
            },
            "Tags": self.tag_list(account_id),
        }


def connect_peers_of(account_id: str, region: str) -> dict[str, ConnectPeer]:
    """Return the peers of the Connect attachments that an account sees, also deleted ones that are still listed."""
    peers: dict[str, ConnectPeer] = {}
    for attachment in attachments_seen_by(account_id, region).values():
        if isinstance(attachment, ConnectAttachment):
            for over in [key for key, peer in attachment.peers_made.items() if peer.is_forgotten]:
                del attachment.peers_made[over]
            peers |= attachment.peers_made
    return peers


def peers_of(gateway: Any) -> list[ConnectPeer]:
    """Return the peers of all Connect attachments of a gateway that aren't deleted."""
    attachments = [one for one in gateway.attachments.values() if isinstance(one, ConnectAttachment)]
    return [peer for attachment in attachments for peer in attachment.peers]


def _address(text: str, parameter: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        raise invalid_value(f"Value ({text}) for parameter {parameter} is invalid. Invalid IP address.") from None


def _gateway_address(attachment: ConnectAttachment, given: str | None, peer_address: str) -> str:
    """Return the address on the gateway's side: the one given, or the first of its CIDR blocks that is available.

    "which must be specified from a transit gateway CIDR block"; "the same IP address family". Texts: not verified.
    """
    version = ip_address(peer_address).version
    blocks = [ip_network(text) for text in attachment.gateway.options.get("TransitGatewayCidrBlocks", [])]
    if given:
        address = ip_address(_address(given, "TransitGatewayAddress"))
        if address.version != version:
            raise invalid_value("TransitGatewayAddress and PeerAddress must be of the same IP address family.")
        if not any(address in known for known in blocks):
            raise invalid_value(f"Address {given} is not in a CIDR block of {attachment.gateway.id}.")
        return str(address)
    taken = {peer.gateway_address for peer in peers_of(attachment.gateway)}
    for known in blocks:
        if known.version == version:
            for candidate in known.hosts():
                if str(candidate) not in taken:
                    return str(candidate)
    raise invalid_value(f"{attachment.gateway.id} has no IPv{version} CIDR block with an available address.")


def _inside_blocks(attachment: ConnectAttachment, texts: list[str]) -> list[IPv4Network | IPv6Network]:
    """Return the inside CIDR blocks, IPv4 first: a /29 of 169.254.0.0/16, and perhaps a /125 of fd00::/8.

    "CIDR blocks must be unique across all tunnels on a transit gateway" (create-tgw-connect-peer.html).
    """
    blocks = []
    for text in texts:
        try:
            blocks.append(ip_network(text))
        except ValueError:
            raise invalid_value(f"Value ({text}) for parameter InsideCidrBlocks is invalid.") from None
    blocks.sort(key=lambda one: one.version)
    if [one.version for one in blocks] not in ([4], [4, 6]):
        raise invalid_value("InsideCidrBlocks must have one IPv4 CIDR block, and may have one IPv6 CIDR block.")
    taken = {inside for peer in peers_of(attachment.gateway) for inside in peer.inside}
    for one in blocks:
        space, length = (INSIDE_IPV4, 29) if one.version == 4 else (INSIDE_IPV6, 125)
        if one.prefixlen != length or not one.subnet_of(space) or one in RESERVED:  # type: ignore[arg-type]
            raise invalid_value(f"Value ({one}) for parameter InsideCidrBlocks is invalid.")
        if one in taken:
            raise invalid_value(f"The inside CIDR block {one} is in use by another Connect peer.")
    return blocks
