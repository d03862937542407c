# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on peerings of transit gateways, on policy tables, and on the NAT configuration of an attachment.

Sources: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering.html, tgw-peering-accept-reject.html,
tgw-policy-tables-associate.html, and the API reference of ModifyTransitGatewayAttachmentNatConfiguration.
"""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends

from emulator.ec2.describe import Listing
from emulator.ec2.errors import invalid_value, not_found
from emulator.ec2.models.transit_gateway_attachments import Attachment
from emulator.ec2.models.transit_gateway_beside import PeeringAttachment, PolicyAssociation, PolicyTable
from emulator.ec2.models.transit_gateways import attachments_seen_by
from emulator.ec2.responses.transit_gateway_parameters import TransitGatewayParameters
from emulator.transitions import Transition

PEERINGS = Listing(
    "TransitGatewayPeeringAttachments",
    "TransitGatewayAttachmentId",
    "TransitGatewayAttachmentIds",
    {
        "local-owner-id": "RequesterTgwInfo.OwnerId",
        "remote-owner-id": "AccepterTgwInfo.OwnerId",
        "state": "State",
        "transit-gateway-attachment-id": "TransitGatewayAttachmentId",
        "transit-gateway-id": "RequesterTgwInfo.TransitGatewayId",
    },
)
POLICY_TABLES = Listing(
    "TransitGatewayPolicyTables",
    "TransitGatewayPolicyTableId",
    "TransitGatewayPolicyTableIds",
    {"state": "State", "transit-gateway-id": "TransitGatewayId"},
)
POLICY_ASSOCIATIONS = Listing(
    "Associations",
    "",
    "",
    {"resource-id": "ResourceId", "resource-type": "ResourceType", "state": "State"},
)


class TransitGatewayBesideResponse(TransitGatewayParameters):
    # Peerings

    def create_transit_gateway_peering_attachment(self) -> ActionResult:
        tags = self.tags_for("transit-gateway-attachment")
        gateway = self.own_gateway()
        gateway.need("available")
        account_id, region = self.tgw_required("PeerAccountId"), self.tgw_required("PeerRegion")
        if (account_id, region) == (gateway.owner_id, gateway.region):
            raise NotImplementedError("transit gateway peering within one account and Region")
        peer_id = self.tgw_required("PeerTransitGatewayId")
        other = ec2_backends[account_id][region].transit_gateways.get(peer_id)
        if other is None or other.state == "deleted":
            raise not_found(peer_id)
        attachment = PeeringAttachment(gateway, other)
        attachment.peer = PeeringAttachment(other, gateway, attachment.id)
        attachment.peer.peer = attachment
        self.ec2_backend.create_tags([attachment.id], tags)
        return self._peering_answer(attachment)

    def describe_transit_gateway_peering_attachments(self) -> ActionResult:
        seen = attachments_seen_by(self.current_account, self.region)
        peerings = {one.id: one for one in seen.values() if isinstance(one, PeeringAttachment)}
        return self.tgw_listed(PEERINGS, peerings, "tgw-attach", "peering_shape")

    def accept_transit_gateway_peering_attachment(self) -> ActionResult:
        """Accept a peering; only the accepter may, in its Region, "even if both transit gateways are in the same
        account".
        """
        attachment = self._peering(accepter=True)
        attachment.need("pendingAcceptance")
        attachment.both("pending", "available")
        return self._peering_answer(attachment)

    def reject_transit_gateway_peering_attachment(self) -> ActionResult:
        attachment = self._peering(accepter=True)
        attachment.need("pendingAcceptance")
        attachment.both("rejecting", "rejected")
        return self._peering_answer(attachment)

    def delete_transit_gateway_peering_attachment(self) -> ActionResult:
        attachment = self._peering()
        for side in (attachment, attachment.peer):
            side.delete()
        return self._peering_answer(attachment)

    def _peering(self, accepter: bool = False) -> PeeringAttachment:
        attachment = self.tgw_attachment(gateway_owner_id=self.current_account)
        if not isinstance(attachment, PeeringAttachment) or (accepter and attachment.is_requester):
            raise not_found(attachment.id)
        return attachment

    def _peering_answer(self, attachment: PeeringAttachment) -> ActionResult:
        return ActionResult({"TransitGatewayPeeringAttachment": attachment.peering_shape(self.current_account)})

    # Policy tables; their entries are not emulated

    def create_transit_gateway_policy_table(self) -> ActionResult:
        tags = self.tags_for("transit-gateway-policy-table")
        gateway = self.own_gateway()
        gateway.need("available")
        table = PolicyTable(gateway)
        self.ec2_backend.create_tags([table.id], tags)
        return ActionResult({"TransitGatewayPolicyTable": table.shape(self.current_account)})

    def describe_transit_gateway_policy_tables(self) -> ActionResult:
        return self.listed(POLICY_TABLES, (table.shape(self.current_account) for table in self._policy_tables()))

    def associate_transit_gateway_policy_table(self) -> ActionResult:
        table, attachment = self._policy_table_and_attachment()
        return ActionResult({"Association": attachment.associate_once(table, PolicyAssociation).shape()})

    def disassociate_transit_gateway_policy_table(self) -> ActionResult:
        table, attachment = self._policy_table_and_attachment()
        association = attachment.association
        if association is None or association.table is not table:
            text = f"Transit Gateway Attachment {attachment.id} is not associated with policy table {table.id}."
            raise invalid_value(text)
        association.end()
        return ActionResult({"Association": association.shape()})

    def get_transit_gateway_policy_table_associations(self) -> ActionResult:
        alive = [one for one in self._policy_table().associations_made.values() if not one.is_over]
        return self.listed(POLICY_ASSOCIATIONS, (association.shape() for association in alive))

    def _policy_tables(self) -> list[PolicyTable]:
        return [
            table for gateway in self.ec2_backend.transit_gateways.values() for table in gateway.policy_tables.values()
        ]

    def _policy_table(self) -> PolicyTable:
        table_id = self.tgw_required("TransitGatewayPolicyTableId")
        for table in self._policy_tables():
            if table.id == table_id:
                return table
        raise EC2ClientError(
            "InvalidTransitGatewayPolicyTableId.NotFound",
            f"Transit Gateway Policy Table {table_id} was deleted or does not exist.",
        )

    def _policy_table_and_attachment(self) -> tuple[PolicyTable, Attachment]:
        table = self._policy_table()
        return table, self.attachment_of_table(table)

    # NAT

    def modify_transit_gateway_attachment_nat_configuration(self) -> ActionResult:
        """Store the NAT configuration of an attachment; its rules have no effect on traffic here.

        "Only the owner of the transit gateway can modify the NAT configuration."
        """
        attachment = self.tgw_attachment(gateway_owner_id=self.current_account)
        if support := self._get_param("NatGatewaySupport"):
            enabled = support == "enable"
            states = ("enabling", "enabled") if enabled else ("disabling", "disabled")
            attachment.nat.state = Transition(*states)
        if self._get_param("ResetNatGatewayRules"):
            attachment.nat.rules = []
        if rules := self._get_param("NatGatewayRules"):
            attachment.nat.rules = [dict(rule) for rule in rules]
        return self._nat_answer(attachment)

    def get_transit_gateway_attachment_nat_configuration(self) -> ActionResult:
        return self._nat_answer(self.tgw_attachment(gateway_owner_id=self.current_account))

    @staticmethod
    def _nat_answer(attachment: Attachment) -> ActionResult:
        state = "activated" if attachment.nat.state == "enabled" else "deactivated"
        return ActionResult(
            {
                "TransitGatewayAttachmentId": attachment.id,
                "NatGatewaySupport": attachment.nat.state,
                "NatGatewayRules": [{**rule, "State": state} for rule in attachment.nat.rules],
            }
        )
