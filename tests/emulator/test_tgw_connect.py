# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Connect attachments of transit gateways and their peers. Marks as in test_transit_gateway.py.

D: tgw-connect.html and create-tgw-connect-peer.html of the Transit Gateways guide, the API reference.
"""

from __future__ import annotations

import pytest

from .conftest import HUB, SPOKE, filters
from .networks import MANUAL, Network, refused, wait_for


@pytest.fixture
def network(emulator):
    return Network(emulator)


@pytest.fixture
def transport(network):
    """A VPC's attachment to a gateway with a CIDR block."""
    gateway_id = network.gateway(MANUAL | {"TransitGatewayCidrBlocks": ["10.99.0.0/24"], "AmazonSideAsn": 64600})
    return network.attached(HUB, gateway_id, "10.1.0.0/16")


@pytest.fixture
def connect_id(network, transport):
    return connected(network, transport)


def connected(network, transport):
    made = network.ec2().create_transit_gateway_connect(
        TransportTransitGatewayAttachmentId=transport, Options={"Protocol": "gre"}
    )
    return made["TransitGatewayConnect"]["TransitGatewayAttachmentId"]


def peer(network, connect_id, inside=("169.254.6.0/29",), address="10.1.0.10", **more):
    return network.ec2().create_transit_gateway_connect_peer(
        TransitGatewayAttachmentId=connect_id, PeerAddress=address, InsideCidrBlocks=list(inside), **more
    )["TransitGatewayConnectPeer"]


def peers(ec2, **wanted):
    found = ec2.describe_transit_gateway_connect_peers(Filters=filters(**wanted))["TransitGatewayConnectPeers"]
    return [one["TransitGatewayConnectPeerId"] for one in found]


def test_a_connect_attachment_has_a_transport(network, transport, connect_id):
    """D: API_CreateTransitGatewayConnect. That ResourceId is the transport's id is not verified."""
    ec2 = network.ec2()
    wait_for(lambda: network.state(connect_id), "available")
    (found,) = ec2.describe_transit_gateway_connects()["TransitGatewayConnects"]
    assert (found["TransportTransitGatewayAttachmentId"], found["Options"]) == (transport, {"Protocol": "gre"})
    seen = network.attachment(HUB, connect_id)
    assert (seen["ResourceType"], seen["ResourceId"], seen["TransitGatewayId"]) == (
        "connect",
        transport,
        found["TransitGatewayId"],
    )
    for name, value in {
        "options.protocol": "gre",
        "state": "available",
        "transit-gateway-attachment-id": connect_id,
        "transit-gateway-id": found["TransitGatewayId"],
        "transport-transit-gateway-attachment-id": transport,
    }.items():
        for wanted, number in ((value, 1), ("none", 0)):
            listed = ec2.describe_transit_gateway_connects(Filters=[{"Name": name, "Values": [wanted]}])
            assert len(listed["TransitGatewayConnects"]) == number, name


def test_what_is_in_use_is_not_deleted(network, transport, connect_id):
    """D: API_DeleteTransitGatewayConnect: "You must first delete any Connect peers". That the transport is kept is not
    verified.
    """
    ec2 = network.ec2()
    peer_id = peer(network, connect_id)["TransitGatewayConnectPeerId"]
    with refused("IncorrectState"):
        ec2.delete_transit_gateway_connect(TransitGatewayAttachmentId=connect_id)
    with refused("IncorrectState"):
        ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=transport)
    wait_for(lambda: peers(ec2, state="available"), [peer_id])
    gone = ec2.delete_transit_gateway_connect_peer(TransitGatewayConnectPeerId=peer_id)["TransitGatewayConnectPeer"]
    assert gone["State"] in ("deleting", "deleted")
    wait_for(lambda: peers(ec2, state="deleted"), [peer_id])
    with refused("InvalidTransitGatewayConnectPeerID.NotFound"):
        ec2.delete_transit_gateway_connect_peer(TransitGatewayConnectPeerId=peer_id)
    ec2.delete_transit_gateway_connect(TransitGatewayAttachmentId=connect_id)
    wait_for(lambda: network.state(connect_id), "deleted")
    ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=transport)


def test_addresses_and_sessions_of_a_peer(network, connect_id):
    """D: tgw-connect.html: the appliance has the first inside address, the gateway the next two; by default the first
    available address of the gateway's CIDR block, and the gateway's ASN. Sessions are down: BGP is not emulated.
    """
    made = peer(network, connect_id)
    configuration = made["ConnectPeerConfiguration"]
    assert (configuration["TransitGatewayAddress"], configuration["PeerAddress"]) == ("10.99.0.1", "10.1.0.10")
    sessions = configuration["BgpConfigurations"]
    assert [(one["PeerAddress"], one["TransitGatewayAddress"]) for one in sessions] == [
        ("169.254.6.1", "169.254.6.2"),
        ("169.254.6.1", "169.254.6.3"),
    ]
    assert {(one["TransitGatewayAsn"], one["PeerAsn"], one["BgpStatus"]) for one in sessions} == {
        (64600, 64600, "down")
    }
    other = peer(
        network,
        connect_id,
        ["fd00:1::/125", "169.254.7.0/29"],
        TransitGatewayAddress="10.99.0.9",
        BgpOptions={"PeerAsn": 65001},
        TagSpecifications=[
            {"ResourceType": "transit-gateway-connect-peer", "Tags": [{"Key": "Name", "Value": "sd-wan"}]}
        ],
    )
    more = other["ConnectPeerConfiguration"]
    assert (more["TransitGatewayAddress"], len(more["BgpConfigurations"])) == ("10.99.0.9", 4)
    assert (more["BgpConfigurations"][0]["PeerAsn"], other["Tags"]) == (65001, [{"Key": "Name", "Value": "sd-wan"}])
    ec2 = network.ec2()
    first = made["TransitGatewayConnectPeerId"]
    assert len(peers(ec2, transit_gateway_attachment_id=connect_id)) == 2
    assert peers(ec2, transit_gateway_connect_peer_id=first) == [first]
    assert peers(ec2, transit_gateway_attachment_id="tgw-attach-0123456789abcdef0") == []
    ec2.create_tags(Resources=[first], Tags=[{"Key": "owner", "Value": "network"}])
    (tag,) = ec2.describe_tags(Filters=filters(resource_id=first))["Tags"]
    assert tag["ResourceType"] == "transit-gateway-connect-peer"


@pytest.mark.parametrize(
    "inside",
    [
        ("169.254.6.0/28",),
        ("10.0.0.0/29",),
        ("169.254.5.0/29",),
        ("169.254.169.248/29",),
        ("fd00::/125",),
        ("169.254.6.0/29", "fd00::/64"),
        ("169.254.6.0/29", "169.254.7.0/29"),
        ("169.254.6.1/29",),
    ],
)
def test_inside_blocks_that_are_refused(network, connect_id, inside):
    """D: tgw-connect.html: a /29 of 169.254.0.0/16 but the reserved ones, and perhaps a /125 of fd00::/8. The code is
    not verified.
    """
    with refused("InvalidParameterValue"):
        peer(network, connect_id, inside)


def test_addresses_that_are_refused(network, transport, connect_id):
    """D: API_CreateTransitGatewayConnectPeer: "must be specified from a transit gateway CIDR block", "must be the same
    IP address family"; inside blocks "must be unique across all tunnels on a transit gateway"
    (create-tgw-connect-peer.html). The code is not verified.
    """
    peer(network, connect_id)
    other = connected(network, transport)
    for change in (
        {"inside": ("169.254.6.0/29",)},
        {"inside": ("169.254.7.0/29",), "TransitGatewayAddress": "10.98.0.1"},
        {"inside": ("169.254.7.0/29",), "TransitGatewayAddress": "fd00::1"},
        {"inside": ("169.254.7.0/29",), "address": "fd00::1"},
        {"inside": ("169.254.7.0/29",), "address": "here"},
    ):
        with refused("InvalidParameterValue"):
            peer(network, other, **change)


def test_quota_of_peers(network, connect_id):
    """D: transit-gateway-quotas.html: 4 Connect peers for an attachment; the code is not verified."""
    for number in range(4):
        peer(network, connect_id, (f"169.254.{number + 6}.0/29",))
    with refused("TransitGatewayConnectPeerLimitExceeded"):
        peer(network, connect_id, ("169.254.11.0/29",))


def test_what_cannot_be_a_transport(network, transport, connect_id):
    """D: API_CreateTransitGatewayConnect: "a VPC attachment or Amazon Web Services Direct Connect attachment"; the code
    is not verified.
    """
    with refused("InvalidParameterValue"):
        connected(network, connect_id)
    with refused("InvalidTransitGatewayAttachmentID.NotFound"):
        connected(network, "tgw-attach-0123456789abcdef0")
    with refused("InvalidTransitGatewayAttachmentID.NotFound"):
        network.ec2(SPOKE).delete_transit_gateway_connect(TransitGatewayAttachmentId=connect_id)
    with refused("InvalidTransitGatewayAttachmentID.NotFound"):
        peer(network, transport)
