# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on policy tables of transit gateways, their entries and associations.

Sources: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-policy-tables-concepts.html, tgw-policy-tables-associate.html,
tgw-policy-tables-entry-create.html; codes of what isn't found: terraform-provider-aws, internal/service/ec2/errors.go.
"""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError

from emulator.ec2.describe import Listing
from emulator.ec2.errors import not_found
from emulator.ec2.lag import creates
from emulator.ec2.models.transit_gateway_attachments import Attachment
from emulator.ec2.models.transit_gateway_policy_tables import (
    PolicyAssociation,
    PolicyEntry,
    PolicyTable,
    rule_number,
)
from emulator.ec2.models.transit_gateways import policy_tables_of
from emulator.ec2.responses.transit_gateway_parameters import TransitGatewayParameters

POLICY_TABLES = Listing(
    "TransitGatewayPolicyTables",
    "TransitGatewayPolicyTableId",
    "TransitGatewayPolicyTableIds",
    {
        "state": "State",
        "transit-gateway-id": "TransitGatewayId",
        "transit-gateway-policy-table-id": "TransitGatewayPolicyTableId",
    },
)
POLICY_ASSOCIATIONS = Listing(
    "Associations",
    "",
    "",
    {
        "resource-id": "ResourceId",
        "resource-type": "ResourceType",
        "state": "State",
        "transit-gateway-attachment-id": "TransitGatewayAttachmentId",
    },
)
ENTRIES = Listing(
    "TransitGatewayPolicyTableEntries",
    "",
    "",
    {
        "policy-rule-number": "PolicyRuleNumber",
        "target-route-table-id": "TargetRouteTableId",
        "policy-rule.source-ip": "PolicyRule.SourceCidrBlock",
        "policy-rule.destination-ip": "PolicyRule.DestinationCidrBlock",
        "policy-rule.source-port": "PolicyRule.SourcePortRange",
        "policy-rule.destination-port": "PolicyRule.DestinationPortRange",
        "policy-rule.protocol": "PolicyRule.Protocol",
    },
)
# Filters by what the answer doesn't tell.
_OF_METADATA = {"policy-rule.meta-data.key": "MetaDataKey", "policy-rule.meta-data.value": "MetaDataValue"}


class TransitGatewayPolicyTableResponse(TransitGatewayParameters):
    @creates("tgw-ptb")
    def create_transit_gateway_policy_table(self) -> ActionResult:
        tags = self.tags_for("transit-gateway-policy-table")
        gateway = self.own_gateway()
        gateway.need("available")
        table = PolicyTable(gateway)
        self.ec2_backend.create_tags([table.id], tags)
        return self._policy_table_answer(table)

    def describe_transit_gateway_policy_tables(self) -> ActionResult:
        tables = policy_tables_of(self.current_account, self.region)
        for table_id in self._get_param("TransitGatewayPolicyTableIds", []):
            if table_id not in tables:
                raise not_found(table_id, "tgw-ptb")
        return self.listed(POLICY_TABLES, [table.shape(self.current_account) for table in tables.values()])

    def delete_transit_gateway_policy_table(self) -> ActionResult:
        table = self._policy_table()
        table.delete()
        return self._policy_table_answer(table)

    def _policy_table_answer(self, table: PolicyTable) -> ActionResult:
        return ActionResult({"TransitGatewayPolicyTable": table.shape(self.current_account)})

    # Associations

    def associate_transit_gateway_policy_table(self) -> ActionResult:
        table, attachment = self._policy_table_and_attachment()
        return ActionResult({"Association": attachment.associate_once(table, PolicyAssociation).shape()})

    def disassociate_transit_gateway_policy_table(self) -> ActionResult:
        table, attachment = self._policy_table_and_attachment()
        association = attachment.association
        if association is None or association.table is not table:
            raise EC2ClientError(
                "InvalidTransitGatewayPolicyTableAssociation.NotFound",
                f"Transit Gateway Attachment {attachment.id} is not associated with policy table {table.id}.",
            )
        association.end()
        return ActionResult({"Association": association.shape()})

    def get_transit_gateway_policy_table_associations(self) -> ActionResult:
        return self.listed(POLICY_ASSOCIATIONS, [one.shape() for one in self._policy_table().associations])

    # Entries

    def create_transit_gateway_policy_table_entry(self) -> ActionResult:
        table = self._policy_table()
        table.need("available")
        number = rule_number(self.tgw_required("PolicyRuleNumber"))
        target_id = self._policy_target(table, self.tgw_required("TargetRouteTableId"))
        if number in table.entries:
            # Code and text are not verified.
            raise EC2ClientError(
                "TransitGatewayPolicyTableEntry.Duplicate",
                f"Rule number {number} already exists in Transit Gateway Policy Table {table.id}.",
            )
        entry = table.entries[number] = PolicyEntry(number, self.given("PolicyRule"), target_id)
        return ActionResult({"TransitGatewayPolicyTableEntry": entry.shape()})

    def modify_transit_gateway_policy_table_entry(self) -> ActionResult:
        table = self._policy_table()
        entry = self._policy_entry(table)
        target_id = self._get_param("TargetRouteTableId")
        entry.change(self.given("PolicyRule"), self._policy_target(table, target_id) if target_id else None)
        return ActionResult({"TransitGatewayPolicyTableEntry": entry.shape()})

    def delete_transit_gateway_policy_table_entry(self) -> ActionResult:
        table = self._policy_table()
        entry = self._policy_entry(table)
        del table.entries[entry.number]
        return ActionResult({"TransitGatewayPolicyTableEntry": entry.shape("deleted")})

    def get_transit_gateway_policy_table_entries(self) -> ActionResult:
        filters = self._filters_from_querystring()
        entries = [entry for _, entry in sorted(self._policy_table().entries.items())]
        for name, member in _OF_METADATA.items():
            if name in filters:
                wanted = filters.pop(name)
                entries = [entry for entry in entries if entry.metadata.get(member) in wanted]
        return self.listed(ENTRIES, [entry.shape() for entry in entries], filters)

    # Parameters

    def _policy_table(self) -> PolicyTable:
        table_id = self.tgw_required("TransitGatewayPolicyTableId")
        table = policy_tables_of(self.current_account, self.region).get(table_id)
        if table is None or table.state == "deleted":
            raise not_found(table_id, "tgw-ptb")
        return table

    def _policy_table_and_attachment(self) -> tuple[PolicyTable, Attachment]:
        table = self._policy_table()
        table.need("available")
        return table, self.attachment_of_table(table)

    def _policy_entry(self, table: PolicyTable) -> PolicyEntry:
        number = self.tgw_required("PolicyRuleNumber")
        entry = table.entries.get(rule_number(number))
        if entry is None:
            raise EC2ClientError(
                "InvalidTransitGatewayPolicyTableEntry.NotFound",
                f"Rule number {number} does not exist in Transit Gateway Policy Table {table.id}.",
            )
        return entry

    @staticmethod
    def _policy_target(table: PolicyTable, route_table_id: str) -> str:
        """Return the id of a target route table; NotFound for one of another gateway, as for route tables' calls."""
        target = table.gateway.route_tables.get(route_table_id)
        if target is None or target.state == "deleted":
            raise not_found(route_table_id, "tgw-rtb")
        return route_table_id
