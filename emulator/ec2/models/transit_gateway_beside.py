# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Peering attachments and policy tables of transit gateways."""

from __future__ import annotations

import secrets
from typing import Any

from emulator.ec2.models.transit_gateway_attachments import Association, Attachment
from emulator.ec2.models.transit_gateway_resources import Resource, passing
from emulator.ec2.models.transit_gateways import TransitGateway
from emulator.transitions import StateClock, Transition


class PeeringAttachment(Attachment):
    """One side of a peering; both sides have the same id. AWS propagates no routes of a peering: they are static."""

    resource_type = "peering"

    def __init__(self, gateway: TransitGateway, other: TransitGateway, id_: str | None = None):
        super().__init__(gateway, other.id, other.owner_id, id_)
        self.peer: PeeringAttachment | None = None
        self.is_requester = id_ is None
        self.state = Transition(passing(self.kind, "initiatingRequest"), "pendingAcceptance")

    def accounts(self) -> set[str]:
        """Return the gateway's owner: the other account's backend holds the other side."""
        return {self.gateway.owner_id}

    def both(self, *states: str) -> None:
        for side in (self, self.peer):
            if side is not None:
                side.state = Transition(*states)

    def peering_shape(self, account_id: str) -> dict[str, Any]:
        assert self.peer is not None
        asked, other = (self, self.peer) if self.is_requester else (self.peer, self)
        return {
            "TransitGatewayAttachmentId": self.id,
            "RequesterTgwInfo": _side(asked.gateway),
            "AccepterTgwInfo": _side(other.gateway),
            "State": self.state,
            "CreationTime": self.created,
            "Tags": self.tag_list(account_id),
        }


def _side(gateway: TransitGateway) -> dict[str, str]:
    return {"TransitGatewayId": gateway.id, "OwnerId": gateway.owner_id, "Region": gateway.region}


class PolicyTable(Resource):
    kind = "transit-gateway-policy-table"
    state = StateClock(kind)

    def __init__(self, gateway: TransitGateway):
        super().__init__()
        self.id = f"tgw-ptb-{secrets.token_hex(9)[:17]}"
        self.gateway, self.region, self.owner_id = gateway, gateway.region, gateway.owner_id
        self.associations_made: dict[str, Association] = {}
        gateway.policy_tables[self.id] = self

    def shape(self, account_id: str) -> dict[str, Any]:
        return {
            "TransitGatewayPolicyTableId": self.id,
            "TransitGatewayId": self.gateway.id,
            "State": self.state,
            "CreationTime": self.created,
            "Tags": self.tag_list(account_id),
        }


class PolicyAssociation(Association):
    table_key = "TransitGatewayPolicyTableId"
