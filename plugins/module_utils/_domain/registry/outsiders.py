# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Networks beside an algorithm's that weren't checked, since no host of the inventory represents their account.

A customer that is lost from the inventory is still attached in AWS. Whether it gets in can't be traced without its
account; that it doesn't is known where the transit gateway has no route from it, and only there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ..network import attachment_nat
from ..network.addresses import network_of
from ..network.packet_filters import Address
from ..network.snapshot import Item, Place, Unknown
from .proof import UNKNOWN, Found, Network, Target

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGatewayAttachment.html
WITHOUT_TRAFFIC = ("deleted", "failed", "initiatingRequest", "pendingAcceptance", "rejected")


def outsiders(network: Network, judged: Collection[str], target: Target) -> Iterator[Found]:
    """Yield unknown for each network of an account that isn't judged and that may have a path to the target.

    judged: the accounts whose paths are checked, or that may reach the target
    """
    for place, attachment in _attachments(network):
        owner = attachment.get("ResourceOwnerId")
        if attachment["ResourceType"] == "vpc" and owner not in judged:
            named = f"{attachment['ResourceId']} of account {owner}"
            why = f"attached to {attachment['TransitGatewayId']}, but no host of the group spokes"
            if _may_pass(network, place, attachment, target.address):
                yield Found(UNKNOWN, f"whether {named} reaches {target.address}:{target.port}: it is {why}")
    for vpc_id in sorted(_vpcs_of(network, target)):
        for connection, peer in sorted(network.lookups.peers(vpc_id).items()):
            owner = network.lookups.account_of(peer) if peer in network.snapshot.vpcs else None
            if owner not in judged:
                why = f"{peer} is peered with {vpc_id} by {connection}, and its account is no host of the group spokes"
                yield Found(UNKNOWN, f"whether {peer} reaches {target.address}:{target.port}: {why}")


def _attachments(network: Network) -> list[tuple[Place, Item]]:
    """Return each attachment once, as the account sees it that owns the transit gateway and its route tables."""
    tables = network.snapshot.every("TransitGatewayRouteTables")
    owners = {table["TransitGatewayId"]: place for place, table in tables}
    return [
        (place, item)
        for place, item in network.snapshot.every("TransitGatewayAttachments")
        if owners.get(item["TransitGatewayId"]) == place and item["State"] not in WITHOUT_TRAFFIC
    ]


def _may_pass(network: Network, place: Place, attachment: Item, address: Address) -> bool:
    """Return false if the attachment's route table leads no packet to the address."""
    if any(attachment_nat.is_on(item) for _place, item in network.snapshot.every("TransitGatewayAttachments")):
        return True  # Its routes may lead to another address of the target.
    gateways = network.tracer.transit_gateways
    try:
        table = gateways.table_of(attachment["TransitGatewayAttachmentId"])
        return table is not None and gateways.leads_on(table, place, address)
    except Unknown:
        return True


def _vpcs_of(network: Network, target: Target) -> set[str]:
    return {
        str(subnet["VpcId"]) for subnet in network.subnets(target.account_id) if target.address in network_of(subnet)
    }
