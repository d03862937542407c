# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on transit gateway route tables: associations, propagations, routes, prefix lists."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError

from emulator.ec2.describe import Listing
from emulator.ec2.errors import not_found
from emulator.ec2.lag import creates
from emulator.ec2.models.transit_gateway_attachments import Association, Attachment, Propagation
from emulator.ec2.models.transit_gateway_resources import invalid_state
from emulator.ec2.models.transit_gateway_route_tables import PrefixListReference, RouteTable, route_shape
from emulator.ec2.models.transit_gateway_routes import block, search
from emulator.ec2.models.transit_gateways import route_tables_of
from emulator.ec2.responses.transit_gateway_parameters import TransitGatewayParameters, untagged
from emulator.transitions import Transition

# https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html; the error codes are not documented there.
ROUTE_TABLES_PER_GATEWAY = 20
STATIC_ROUTES_PER_GATEWAY = 10_000

ROUTE_TABLES = Listing(
    "TransitGatewayRouteTables",
    "TransitGatewayRouteTableId",
    "TransitGatewayRouteTableIds",
    {
        "default-association-route-table": "DefaultAssociationRouteTable",
        "default-propagation-route-table": "DefaultPropagationRouteTable",
        "state": "State",
        "transit-gateway-id": "TransitGatewayId",
        "transit-gateway-route-table-id": "TransitGatewayRouteTableId",
    },
)
_RELATION_FILTERS = {
    "resource-id": "ResourceId",
    "resource-type": "ResourceType",
    "transit-gateway-attachment-id": "TransitGatewayAttachmentId",
}
ASSOCIATIONS = Listing("Associations", "", "", _RELATION_FILTERS)
PROPAGATIONS = Listing("TransitGatewayRouteTablePropagations", "", "", _RELATION_FILTERS)
ATTACHMENT_PROPAGATIONS = Listing(
    "TransitGatewayAttachmentPropagations", "", "", {"transit-gateway-route-table-id": "TransitGatewayRouteTableId"}
)
ROUTES = Listing("Routes", "", "")
PREFIX_LIST_REFERENCES = Listing(
    "TransitGatewayPrefixListReferences",
    "",
    "",
    {
        "attachment.resource-id": "TransitGatewayAttachment.ResourceId",
        "attachment.resource-type": "TransitGatewayAttachment.ResourceType",
        "attachment.transit-gateway-attachment-id": "TransitGatewayAttachment.TransitGatewayAttachmentId",
        "is-blackhole": "Blackhole",
        "prefix-list-id": "PrefixListId",
        "prefix-list-owner-id": "PrefixListOwnerId",
        "state": "State",
    },
)


class TransitGatewayRouteTableResponse(TransitGatewayParameters):
    # Route tables

    @creates("tgw-rtb")
    def create_transit_gateway_route_table(self) -> ActionResult:
        tags = self.tags_for("transit-gateway-route-table")
        gateway = self.own_gateway()
        gateway.need("available")
        if sum(table.state != "deleted" for table in gateway.route_tables.values()) >= ROUTE_TABLES_PER_GATEWAY:
            raise EC2ClientError(
                "TransitGatewayRouteTableLimitExceeded", "You have reached the maximum number of route tables."
            )
        table = RouteTable(gateway)
        self.ec2_backend.create_tags([table.id], tags)
        return ActionResult({"TransitGatewayRouteTable": table.shape(self.current_account)})

    def describe_transit_gateway_route_tables(self) -> ActionResult:
        return self.tgw_listed(ROUTE_TABLES, route_tables_of(self.current_account, self.region), "tgw-rtb")

    def delete_transit_gateway_route_table(self) -> ActionResult:
        table = self.own_table()
        table.delete()
        return ActionResult({"TransitGatewayRouteTable": untagged(table.shape(self.current_account))})

    def associate_transit_gateway_route_table(self) -> ActionResult:
        table, attachment = self.table_and_attachment()
        return ActionResult({"Association": attachment.associate_once(table).shape()})

    def disassociate_transit_gateway_route_table(self) -> ActionResult:
        table, attachment = self.table_and_attachment()
        association = attachment.association
        if association is None or association.table is not table:
            # Code and text as in floci-io/floci#2348, which does not say that they were tried on AWS.
            raise EC2ClientError(
                "InvalidParameterValue",
                f"Transit Gateway Attachment {attachment.id} is not associated with route table {table.id}.",
            )
        if association.state != "associated":
            raise invalid_state(attachment.id)
        association.end()
        return ActionResult({"Association": association.shape()})

    def enable_transit_gateway_route_table_propagation(self) -> ActionResult:
        table, attachment = self.table_and_attachment()
        if table.id in attachment.propagations:
            raise EC2ClientError(
                "TransitGatewayRouteTablePropagation.Duplicate",
                f"Propagation {attachment.id} already exists in Transit Gateway Route Table {table.id}.",
            )
        attachment.need("available")
        if attachment.resource_type == "peering":
            # "You must add a static route" (tgw-peering-add-route.html); how AWS refuses is not documented.
            raise NotImplementedError("propagation of a transit gateway peering")
        return ActionResult({"Propagation": attachment.propagate(table).shape()})

    def disable_transit_gateway_route_table_propagation(self) -> ActionResult:
        table, attachment = self.table_and_attachment()
        propagation = attachment.propagations.get(table.id)
        if propagation is None:
            raise EC2ClientError(
                "TransitGatewayRouteTablePropagation.NotFound",
                f"Propagation {attachment.id} does not exist in Transit Gateway Route Table {table.id}.",
            )
        propagation.end()
        return ActionResult({"Propagation": propagation.shape()})

    def get_transit_gateway_route_table_associations(self) -> ActionResult:
        return self.listed(ASSOCIATIONS, map(_without_table, self.own_table().associations))

    def get_transit_gateway_route_table_propagations(self) -> ActionResult:
        return self.listed(PROPAGATIONS, map(_without_table, self.own_table().propagations))

    def get_transit_gateway_attachment_propagations(self) -> ActionResult:
        attachment = self.tgw_attachment(gateway_owner_id=self.current_account)
        shapes = [
            {"TransitGatewayRouteTableId": table_id, "State": propagation.state}
            for table_id, propagation in attachment.propagations.items()
        ]
        return self.listed(ATTACHMENT_PROPAGATIONS, shapes)

    # Routes

    def create_transit_gateway_route(self) -> ActionResult:
        table, destination = self.own_table(), block(self.tgw_required("DestinationCidrBlock"))
        if destination in table.static:
            text = self._get_param("DestinationCidrBlock")
            raise EC2ClientError(
                "RouteAlreadyExists", f"Route {text} already exists in Transit Gateway Route Table {table.id}."
            )
        if sum(len(known.static) for known in table.gateway.route_tables.values()) >= STATIC_ROUTES_PER_GATEWAY:
            raise EC2ClientError("TransitGatewayRouteLimitExceeded", "You have reached the maximum number of routes.")
        return self._put_tgw_route(table)

    def replace_transit_gateway_route(self) -> ActionResult:
        """Replace a route, or create it if there is none: floci-io/floci#2348 (tried on AWS)."""
        return self._put_tgw_route(self.own_table())

    def _put_tgw_route(self, table: RouteTable) -> ActionResult:
        destination = block(self.tgw_required("DestinationCidrBlock"))
        attachment = table.static[destination] = self._tgw_route_target(table)
        return ActionResult({"Route": route_shape(destination, attachment, "static")})

    def _tgw_route_target(self, table: RouteTable) -> Attachment | None:
        table.need("available")
        if self._get_param("Blackhole"):
            if self._get_param("TransitGatewayAttachmentId"):
                # Neither code nor text is verified.
                raise EC2ClientError(
                    "InvalidParameterCombination", "A blackhole route has no TransitGatewayAttachmentId."
                )
            return None
        attachment = self.attachment_of_table(table)
        attachment.need("available", "modifying")
        return attachment

    def delete_transit_gateway_route(self) -> ActionResult:
        table, text = self.own_table(), self.tgw_required("DestinationCidrBlock")
        if block(text) not in table.static:
            # Text: https://github.com/hashicorp/terraform-provider-aws/pull/6817
            raise EC2ClientError(
                "InvalidRoute.NotFound", f"Route {text} does not exists in Transit Gateway Route Table {table.id}."
            )
        del table.static[block(text)]
        return ActionResult({"Route": {"DestinationCidrBlock": text, "Type": "static", "State": "deleted"}})

    def search_transit_gateway_routes(self) -> ActionResult:
        found = search(list(self.own_table().routes()), self.filter_pairs())
        self.params.setdefault("MaxResults", 1000)
        page, token = self._page(found, ROUTES)
        return ActionResult({"Routes": page, "AdditionalRoutesAvailable": token is not None, "NextToken": token})

    # Prefix list references

    def create_transit_gateway_prefix_list_reference(self) -> ActionResult:
        table, prefix_list = self.own_table(), self._tgw_prefix_list()
        if prefix_list.id in table.prefix_lists:
            raise EC2ClientError(
                "RouteAlreadyExists",
                f"Prefix list {prefix_list.id} already exists in Transit Gateway Route Table {table.id}.",
            )
        reference = table.prefix_lists[prefix_list.id] = PrefixListReference(
            table, prefix_list, self._tgw_route_target(table)
        )
        return ActionResult({"TransitGatewayPrefixListReference": reference.shape()})

    def modify_transit_gateway_prefix_list_reference(self) -> ActionResult:
        table = self.own_table()
        reference = self._tgw_prefix_list_reference(table)
        reference.attachment = self._tgw_route_target(table)
        reference.state = Transition("modifying", "available")
        return ActionResult({"TransitGatewayPrefixListReference": reference.shape()})

    def delete_transit_gateway_prefix_list_reference(self) -> ActionResult:
        table = self.own_table()
        reference = self._tgw_prefix_list_reference(table)
        del table.prefix_lists[reference.id]
        return ActionResult({"TransitGatewayPrefixListReference": reference.shape() | {"State": "deleting"}})

    def get_transit_gateway_prefix_list_references(self) -> ActionResult:
        shapes = [reference.shape() for reference in self.own_table().prefix_lists.values()]
        return self.listed(PREFIX_LIST_REFERENCES, shapes)

    def _tgw_prefix_list(self) -> Any:
        prefix_list_id = self.tgw_required("PrefixListId")
        if prefix_list_id not in self.ec2_backend.managed_prefix_lists:
            raise not_found(prefix_list_id)
        return self.ec2_backend.managed_prefix_lists[prefix_list_id]

    def _tgw_prefix_list_reference(self, table: RouteTable) -> PrefixListReference:
        prefix_list_id = self.tgw_required("PrefixListId")
        if prefix_list_id not in table.prefix_lists:
            raise EC2ClientError(
                "InvalidPrefixListID.NotFound", f"The prefix list ID '{prefix_list_id}' does not exist"
            )
        return table.prefix_lists[prefix_list_id]


def _without_table(relation: Association | Propagation) -> dict[str, Any]:
    return {name: value for name, value in relation.shape().items() if name != "TransitGatewayRouteTableId"}
