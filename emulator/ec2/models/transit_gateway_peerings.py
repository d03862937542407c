# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Peering attachments of transit gateways.

https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering.html. Across Regions both sides have one id; within a Region each
side has its own (AccepterTransitGatewayAttachmentId): hashicorp/terraform-provider-aws#23828, #40880, #44577.
"""

from __future__ import annotations

from typing import Any

from emulator.ec2.models.transit_gateway_attachments import Attachment
from emulator.ec2.models.transit_gateway_resources import passing
from emulator.ec2.models.transit_gateways import TransitGateway
from emulator.transitions import Transition


class PeeringAttachment(Attachment):
    """One side of a peering. AWS propagates no routes of it: they are static."""

    resource_type = "peering"

    def __init__(self, gateway: TransitGateway, other: TransitGateway, is_requester: bool, id_: str | None = None):
        super().__init__(gateway, other.id, other.owner_id, id_)
        self.peer: PeeringAttachment = self
        self.is_requester = is_requester
        # Of this side: AllowMultipathResilience and MultipathResilienceMode.
        self.resilience: dict[str, Any] = {}
        self.dynamic_routing: str | None = None
        self.state = Transition(passing(self.kind, "initiatingRequest"), "pendingAcceptance")

    def accounts(self) -> set[str]:
        """Return the gateway's owner: the other account's backend holds the other side."""
        return {self.gateway.owner_id}

    @property
    def is_inter_region(self) -> bool:
        return self.region != self.peer.region

    def both(self, *states: str) -> None:
        for side in (self, self.peer):
            side.state = Transition(*states)

    def provision(self) -> None:
        """Make both sides available, each with its gateway's default association: tgw-policy-tables-concepts.html, "By
        default, all attachments are associated with the default route table".
        """
        self.both("pending", "available")
        for side in (self, self.peer):
            if table := side.gateway.default_table("AssociationDefaultRouteTableId"):
                side.associate(table, "associated")

    def peering_shape(self, account_id: str) -> dict[str, Any]:
        asked, other = (self, self.peer) if self.is_requester else (self.peer, self)
        shape = {
            "TransitGatewayAttachmentId": self.id,
            "RequesterTgwInfo": _side(asked.gateway),
            "AccepterTgwInfo": _side(other.gateway),
            "State": self.state,
            "CreationTime": self.created,
            "Tags": self.tag_list(account_id),
        }
        if other.id != asked.id:
            shape["AccepterTransitGatewayAttachmentId"] = other.id
        if options := _options(asked, other):
            shape["Options"] = options
        return shape


def _side(gateway: TransitGateway) -> dict[str, str]:
    return {"TransitGatewayId": gateway.id, "OwnerId": gateway.owner_id, "Region": gateway.region}


def _options(asked: PeeringAttachment, other: PeeringAttachment) -> dict[str, Any]:
    """Return TransitGatewayPeeringAttachmentOptions, {} if none were set.

    terraform-provider-aws, whose `options` would differ for each peering otherwise.
    """
    options: dict[str, Any] = {"DynamicRouting": asked.dynamic_routing} if asked.dynamic_routing else {}
    if not asked.resilience and not other.resilience:
        return options
    allowed = []
    for word, side in (("Requester", asked), ("Accepter", other)):
        allowed.append(bool(side.resilience.get("AllowMultipathResilience")))
        options[f"{word}AllowMultipathResilience"] = allowed[-1]
        if allowed[-1]:
            options[f"{word}MultipathResilienceMode"] = side.resilience.get("MultipathResilienceMode", "always-on")
    options["MultipathResilienceStatus"] = ("disabled", "pending", "enabled")[sum(allowed)]
    return options
