# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Transit gateway operations of EC2.

What other parts of EC2 may rely on: an attachment is in `transit_gateway_attachments` of the backends of both its
accounts, with `id`, `vpc_id`, `transit_gateway_id`, `subnet_ids`, `state`; `find_transit_resource` resolves an id.
"""

from __future__ import annotations

import re
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError

from emulator.ec2.describe import Describing, Listing
from emulator.ec2.errors import invalid_value, not_found
from emulator.ec2.tgw_models import GONE as ATTACHMENT_GONE
from emulator.ec2.tgw_models import (
    Association,
    Attachment,
    PrefixListReference,
    Propagation,
    Resource,
    RouteTable,
    TransitGateway,
    VpcAttachment,
    attachments_seen_by,
    invalid_state,
    route_tables_of,
    visible_gateways,
)
from emulator.ec2.tgw_routes import block, search
from emulator.transitions import Transition

# https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html; the error codes are not documented there.
GATEWAYS_PER_ACCOUNT = 5
GATEWAYS_PER_VPC = 5
ROUTE_TABLES_PER_GATEWAY = 20
STATIC_ROUTES_PER_GATEWAY = 10_000
ATTACHMENTS_PER_GATEWAY = 5_000

# Codes and texts: https://github.com/floci-io/floci/pull/2347 and 2348 (tried on AWS).
_MALFORMED = {
    "tgw": ("InvalidTransitGatewayID.Malformed", "Invalid Transit Gateway id {}."),
    "tgw-attach": ("InvalidTransitGatewayAttachmentID.Malformed", "Invalid Transit Gateway Attachment id."),
    "tgw-rtb": ("InvalidRouteTableId.Malformed", "Invalid Transit Gateway Route Table id {}."),
}

_ATTACHMENT_FILTERS = {
    "state": "State",
    "transit-gateway-attachment-id": "TransitGatewayAttachmentId",
    "transit-gateway-id": "TransitGatewayId",
}
GATEWAYS = Listing(
    "TransitGateways",
    "TransitGatewayId",
    "TransitGatewayIds",
    {
        "options.amazon-side-asn": "Options.AmazonSideAsn",
        "options.association-default-route-table-id": "Options.AssociationDefaultRouteTableId",
        "options.auto-accept-shared-attachments": "Options.AutoAcceptSharedAttachments",
        "options.default-route-table-association": "Options.DefaultRouteTableAssociation",
        "options.default-route-table-propagation": "Options.DefaultRouteTablePropagation",
        "options.dns-support": "Options.DnsSupport",
        "options.propagation-default-route-table-id": "Options.PropagationDefaultRouteTableId",
        "options.vpn-ecmp-support": "Options.VpnEcmpSupport",
        "owner-id": "OwnerId",
        "state": "State",
        "transit-gateway-id": "TransitGatewayId",
    },
)
VPC_ATTACHMENTS = Listing(
    "TransitGatewayVpcAttachments",
    "TransitGatewayAttachmentId",
    "TransitGatewayAttachmentIds",
    _ATTACHMENT_FILTERS | {"vpc-id": "VpcId"},
)
ATTACHMENTS = Listing(
    "TransitGatewayAttachments",
    "TransitGatewayAttachmentId",
    "TransitGatewayAttachmentIds",
    _ATTACHMENT_FILTERS
    | {
        "association.state": "Association.State",
        "association.transit-gateway-route-table-id": "Association.TransitGatewayRouteTableId",
        "resource-id": "ResourceId",
        "resource-owner-id": "ResourceOwnerId",
        "resource-type": "ResourceType",
        "transit-gateway-owner-id": "TransitGatewayOwnerId",
    },
)
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


def find_transit_resource(account_id: str, region: str, resource_id: str) -> Resource | None:
    """The gateway, attachment or route table of that id, if the account sees it and it is not deleted."""
    for seen in (visible_gateways, attachments_seen_by, route_tables_of):
        resource = seen(account_id, region).get(resource_id)
        if resource is not None and resource.state != "deleted":
            return resource
    return None


class TransitGatewayResponse(Describing):
    """Transit gateway operations. The owner changes a gateway and its tables; to others they do not exist."""

    # Transit gateways

    def create_transit_gateway(self) -> ActionResult:
        tags = self.tags_for("transit-gateway")
        options = {name: value for name, value in self._get_param("Options", {}).items() if value is not None}
        gateways = self.ec2_backend.transit_gateways
        if sum(gateway.state != "deleted" for gateway in gateways.values()) >= GATEWAYS_PER_ACCOUNT:
            raise EC2ClientError(
                "TransitGatewayLimitExceeded", "You have reached the maximum number of transit gateways."
            )
        self._check_blocks(options.get("TransitGatewayCidrBlocks", []))
        gateway = TransitGateway(self.current_account, self.region, self._get_param("Description"), options)
        gateways[gateway.id] = gateway
        self.ec2_backend.create_tags([gateway.id], tags)
        return ActionResult({"TransitGateway": gateway.shape(self.current_account)})

    def describe_transit_gateways(self) -> ActionResult:
        gateways = visible_gateways(self.current_account, self.region)
        return self._listed(GATEWAYS, gateways, "tgw")

    def modify_transit_gateway(self) -> ActionResult:
        gateway = self._own_gateway()
        gateway.need("available")
        changes = {name: value for name, value in self._get_param("Options", {}).items() if value is not None}
        if "EncryptionSupport" in changes:
            raise NotImplementedError("ModifyTransitGateway with EncryptionSupport")
        added, removed = (
            changes.pop("AddTransitGatewayCidrBlocks", []),
            changes.pop("RemoveTransitGatewayCidrBlocks", []),
        )
        self._check_blocks(added)
        for flag, table in (
            ("DefaultRouteTableAssociation", "AssociationDefaultRouteTableId"),
            ("DefaultRouteTablePropagation", "PropagationDefaultRouteTableId"),
        ):
            self._check_default_table(gateway, changes, flag, table)
        for flag, table in (
            ("DefaultRouteTableAssociation", "AssociationDefaultRouteTableId"),
            ("DefaultRouteTablePropagation", "PropagationDefaultRouteTableId"),
        ):
            if changes.get(flag) == "disable":
                gateway.options.pop(table, None)
        gateway.options.update(changes)
        blocks = [known for known in gateway.options.get("TransitGatewayCidrBlocks", []) if known not in removed]
        gateway.options["TransitGatewayCidrBlocks"] = blocks + [new for new in added if new not in blocks]
        gateway.description = self._get_param("Description", gateway.description)
        gateway.state = Transition("modifying", "available")
        # Modify and delete answer without tags: floci-io/floci#2329 (tried on AWS).
        return ActionResult({"TransitGateway": _untagged(gateway.shape(self.current_account))})

    def delete_transit_gateway(self) -> ActionResult:
        gateway = self._own_gateway()
        gateway.need("available")
        gateway.delete()
        return ActionResult({"TransitGateway": _untagged(gateway.shape(self.current_account))})

    @staticmethod
    def _check_default_table(gateway: TransitGateway, changes: dict[str, Any], flag: str, table: str) -> None:
        """The option and its table are judged as they would stand: floci-io/floci#2329 (tried on AWS)."""
        enabled = changes.get(flag, gateway.options[flag]) == "enable"
        named = changes.get(table)
        if named and not enabled:
            raise EC2ClientError("InvalidParameterCombination", f"disable {flag} conflicts with {table} {named}")
        if enabled and not named and table not in gateway.options:
            raise EC2ClientError("InvalidParameterCombination", f"enable {flag} conflicts with {table} null")
        if named and (named not in gateway.route_tables or gateway.route_tables[named].state != "available"):
            raise not_found(named)

    @staticmethod
    def _check_blocks(blocks: list[str]) -> None:
        for text in blocks:
            parsed = block(text)
            if parsed.length > (24 if parsed.version == 4 else 64):
                raise invalid_value(f"Value ({text}) for parameter TransitGatewayCidrBlocks is invalid.")

    # VPC attachments

    def create_transit_gateway_vpc_attachment(self) -> ActionResult:
        tags = self.tags_for("transit-gateway-attachment")
        gateway_id, vpc_id = self._id("TransitGatewayId", "tgw"), self._need("VpcId")
        gateway = visible_gateways(self.current_account, self.region).get(gateway_id)
        if gateway is None or gateway.state == "deleted":
            raise not_found(gateway_id)
        gateway.need("available")
        if vpc_id not in self.ec2_backend.vpcs:
            raise not_found(vpc_id)
        subnet_ids = list(self._need("SubnetIds"))
        self._check_subnets(vpc_id, subnet_ids)
        of_vpc = [
            attachment
            for attachment in self.ec2_backend.transit_gateway_attachments.values()
            if attachment.resource_id == vpc_id and attachment.state not in ATTACHMENT_GONE
        ]
        if any(attachment.gateway is gateway for attachment in of_vpc):
            raise EC2ClientError(
                "DuplicateTransitGatewayAttachment",
                f"{gateway_id} has non-deleted Transit Gateway Attachments with same VPC ID.",
            )
        if len(of_vpc) >= GATEWAYS_PER_VPC or self._is_full(gateway):
            raise EC2ClientError(
                "TransitGatewayAttachmentLimitExceeded", "You have reached the maximum number of attachments."
            )
        options = {name: value for name, value in self._get_param("Options", {}).items() if value is not None}
        attachment = VpcAttachment(gateway, vpc_id, self.current_account, subnet_ids, options)
        self.ec2_backend.create_tags([attachment.id], tags)
        return ActionResult({"TransitGatewayVpcAttachment": attachment.shape(self.current_account)})

    def describe_transit_gateway_vpc_attachments(self) -> ActionResult:
        seen = attachments_seen_by(self.current_account, self.region)
        of_vpcs = {one.id: one for one in seen.values() if isinstance(one, VpcAttachment)}
        return self._listed(VPC_ATTACHMENTS, of_vpcs, "tgw-attach")

    def describe_transit_gateway_attachments(self) -> ActionResult:
        attachments = attachments_seen_by(self.current_account, self.region)
        return self._listed(ATTACHMENTS, attachments, "tgw-attach", "general_shape")

    def modify_transit_gateway_vpc_attachment(self) -> ActionResult:
        """Texts: floci-io/floci#2347 (tried on AWS)."""
        attachment = self._vpc_attachment(owner_id=self.current_account)
        attachment.need("available")
        subnet_ids = list(attachment.subnet_ids)
        for subnet_id in self._get_param("RemoveSubnetIds", []):
            if subnet_id not in subnet_ids:
                raise EC2ClientError(
                    "InvalidSubnetID.NotFound", f"{subnet_id} is not attached but supplied in RemoveSubnets"
                )
            subnet_ids.remove(subnet_id)
        subnet_ids += self._get_param("AddSubnetIds", [])
        if not subnet_ids:
            raise EC2ClientError("InsufficientSubnetsException", "Insufficient Subnets")
        self._check_subnets(attachment.vpc_id, subnet_ids)
        attachment.subnet_ids = subnet_ids
        changes = self._get_param("Options", {})
        attachment.options.update({name: value for name, value in changes.items() if value is not None})
        attachment.state = Transition("modifying", "available")
        return self._attachment_answer(_untagged(attachment.shape(self.current_account)))

    def delete_transit_gateway_vpc_attachment(self) -> ActionResult:
        """By either side: terraform-provider-aws's accepter, acting for the gateway's owner, deletes with it too."""
        attachment = self._vpc_attachment()
        attachment.delete()
        return self._attachment_answer(_untagged(attachment.shape(self.current_account, subnets=False)))

    def accept_transit_gateway_vpc_attachment(self) -> ActionResult:
        attachment = self._vpc_attachment(gateway_owner_id=self.current_account)
        attachment.accept()
        return self._attachment_answer(attachment.shape(self.current_account))

    def reject_transit_gateway_vpc_attachment(self) -> ActionResult:
        attachment = self._vpc_attachment(gateway_owner_id=self.current_account)
        attachment.reject()
        return self._attachment_answer(attachment.shape(self.current_account))

    @staticmethod
    def _attachment_answer(shape: dict[str, Any]) -> ActionResult:
        return ActionResult({"TransitGatewayVpcAttachment": shape})

    @staticmethod
    def _is_full(gateway: TransitGateway) -> bool:
        if len(gateway.attachments) < ATTACHMENTS_PER_GATEWAY:
            return False
        return (
            sum(known.state not in ATTACHMENT_GONE for known in gateway.attachments.values()) >= ATTACHMENTS_PER_GATEWAY
        )

    def _check_subnets(self, vpc_id: str, subnet_ids: list[str]) -> None:
        """Another VPC's subnet is not found: floci-io/floci#2347. Duplicate: zoitech/terraform-aws-network#46"""
        zones = set()
        for subnet_id in subnet_ids:
            subnet = next((by_id[subnet_id] for by_id in self.ec2_backend.subnets.values() if subnet_id in by_id), None)
            if subnet is None or subnet.vpc_id != vpc_id:
                raise EC2ClientError("InvalidSubnetID.NotFound", f"Subnet {subnet_id} was deleted or does not exist.")
            if subnet.availability_zone in zones:
                raise EC2ClientError("DuplicateSubnetsInSameZone", "Duplicate Subnets for same AZ")
            zones.add(subnet.availability_zone)

    # VPN attachments: moto's VPN connections, attached

    def create_vpn_connection(self) -> ActionResult:
        if not self._get_param("TransitGatewayId"):
            return super().create_vpn_connection()
        gateway = self._own_gateway()
        gateway.need("available")
        connection = self.ec2_backend.create_vpn_connection(
            self._get_param("Type"),
            self._get_param("CustomerGatewayId"),
            transit_gateway_id=gateway.id,
            tags=self.tags_for("vpn-connection"),
        )
        Attachment(gateway, connection.id, self.current_account).provision()
        return ActionResult({"VpnConnection": connection})

    def delete_vpn_connection(self) -> ActionResult:
        connection_id = self._get_param("VpnConnectionId")
        self.ec2_backend.delete_vpn_connection(connection_id)
        for attachment in self.ec2_backend.transit_gateway_attachments.values():
            if attachment.resource_id == connection_id and attachment.state == "available":
                attachment.delete()
        return EmptyResult()

    # Route tables

    def create_transit_gateway_route_table(self) -> ActionResult:
        tags = self.tags_for("transit-gateway-route-table")
        gateway = self._own_gateway()
        gateway.need("available")
        if sum(table.state != "deleted" for table in gateway.route_tables.values()) >= ROUTE_TABLES_PER_GATEWAY:
            raise EC2ClientError(
                "TransitGatewayRouteTableLimitExceeded", "You have reached the maximum number of route tables."
            )
        table = RouteTable(gateway)
        self.ec2_backend.create_tags([table.id], tags)
        return ActionResult({"TransitGatewayRouteTable": table.shape(self.current_account)})

    def describe_transit_gateway_route_tables(self) -> ActionResult:
        return self._listed(ROUTE_TABLES, route_tables_of(self.current_account, self.region), "tgw-rtb")

    def delete_transit_gateway_route_table(self) -> ActionResult:
        table = self._table()
        table.delete()
        return ActionResult({"TransitGatewayRouteTable": _untagged(table.shape(self.current_account))})

    def associate_transit_gateway_route_table(self) -> ActionResult:
        table, attachment = self._table_and_attachment()
        if attachment.association:
            raise EC2ClientError(
                "Resource.AlreadyAssociated",
                f"Transit Gateway Attachment {attachment.id} is already associated to a route table.",
            )
        attachment.need("available")
        made = attachment.associate(table, Transition("associating", "associated"))
        return ActionResult({"Association": made.shape()})

    def disassociate_transit_gateway_route_table(self) -> ActionResult:
        table, attachment = self._table_and_attachment()
        association = attachment.association
        if association is None or association.table is not table:
            # Code and text as in floci-io/floci#2348, which does not say that it was tried.
            raise EC2ClientError(
                "InvalidParameterValue",
                f"Transit Gateway Attachment {attachment.id} is not associated with route table {table.id}.",
            )
        if association.state != "associated":
            raise invalid_state(attachment.id)
        association.end()
        return ActionResult({"Association": association.shape()})

    def enable_transit_gateway_route_table_propagation(self) -> ActionResult:
        table, attachment = self._table_and_attachment()
        if table.id in attachment.propagations:
            raise EC2ClientError(
                "TransitGatewayRouteTablePropagation.Duplicate",
                f"Propagation {attachment.id} already exists in Transit Gateway Route Table {table.id}.",
            )
        attachment.need("available")
        return ActionResult({"Propagation": attachment.propagate(table).shape()})

    def disable_transit_gateway_route_table_propagation(self) -> ActionResult:
        table, attachment = self._table_and_attachment()
        propagation = attachment.propagations.get(table.id)
        if propagation is None:
            raise EC2ClientError(
                "TransitGatewayRouteTablePropagation.NotFound",
                f"Propagation {attachment.id} does not exist in Transit Gateway Route Table {table.id}.",
            )
        propagation.end()
        return ActionResult({"Propagation": propagation.shape()})

    def get_transit_gateway_route_table_associations(self) -> ActionResult:
        return self.listed(ASSOCIATIONS, map(_without_table, self._table().associations))

    def get_transit_gateway_route_table_propagations(self) -> ActionResult:
        return self.listed(PROPAGATIONS, map(_without_table, self._table().propagations))

    def get_transit_gateway_attachment_propagations(self) -> ActionResult:
        attachment = self._attachment(gateway_owner_id=self.current_account)
        shapes = [
            {"TransitGatewayRouteTableId": table_id, "State": propagation.state}
            for table_id, propagation in attachment.propagations.items()
        ]
        return self.listed(ATTACHMENT_PROPAGATIONS, shapes)

    # Routes

    def create_transit_gateway_route(self) -> ActionResult:
        table, destination = self._table(), block(self._need("DestinationCidrBlock"))
        if destination in table.static:
            text = self._get_param("DestinationCidrBlock")
            raise EC2ClientError(
                "RouteAlreadyExists", f"Route {text} already exists in Transit Gateway Route Table {table.id}."
            )
        if sum(len(known.static) for known in table.gateway.route_tables.values()) >= STATIC_ROUTES_PER_GATEWAY:
            raise EC2ClientError("TransitGatewayRouteLimitExceeded", "You have reached the maximum number of routes.")
        return self._put_tgw_route(table)

    def replace_transit_gateway_route(self) -> ActionResult:
        """Makes the route where there is none: floci-io/floci#2348 (tried on AWS)."""
        return self._put_tgw_route(self._table())

    def _put_tgw_route(self, table: RouteTable) -> ActionResult:
        destination = block(self._need("DestinationCidrBlock"))
        table.static[destination] = self._tgw_route_target(table)
        return ActionResult(
            {"Route": next(r for r in table.routes() if block(r["DestinationCidrBlock"]) == destination)}
        )

    def _tgw_route_target(self, table: RouteTable) -> VpcAttachment | None:
        table.need("available")
        if self._get_param("Blackhole"):
            return None
        attachment = self._attachment_of(table)
        attachment.need("available", "modifying")
        return attachment

    def delete_transit_gateway_route(self) -> ActionResult:
        table, text = self._table(), self._need("DestinationCidrBlock")
        if block(text) not in table.static:
            # Text: https://github.com/hashicorp/terraform-provider-aws/pull/6817
            raise EC2ClientError(
                "InvalidRoute.NotFound", f"Route {text} does not exists in Transit Gateway Route Table {table.id}."
            )
        del table.static[block(text)]
        return ActionResult({"Route": {"DestinationCidrBlock": text, "Type": "static", "State": "deleted"}})

    def search_transit_gateway_routes(self) -> ActionResult:
        found = search(list(self._table().routes()), self._filters_from_querystring())
        self.params.setdefault("MaxResults", 1000)
        page, token = self._page(found, ROUTES)
        return ActionResult({"Routes": page, "AdditionalRoutesAvailable": token is not None, "NextToken": token})

    # Prefix list references

    def create_transit_gateway_prefix_list_reference(self) -> ActionResult:
        table, prefix_list = self._table(), self._prefix_list()
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
        table = self._table()
        reference = self._reference(table)
        reference.attachment = self._tgw_route_target(table)
        reference.state = Transition("modifying", "available")
        return ActionResult({"TransitGatewayPrefixListReference": reference.shape()})

    def delete_transit_gateway_prefix_list_reference(self) -> ActionResult:
        table = self._table()
        reference = self._reference(table)
        del table.prefix_lists[reference.id]
        return ActionResult({"TransitGatewayPrefixListReference": reference.shape() | {"State": "deleting"}})

    def get_transit_gateway_prefix_list_references(self) -> ActionResult:
        shapes = [reference.shape() for reference in self._table().prefix_lists.values()]
        return self.listed(PREFIX_LIST_REFERENCES, shapes)

    def _prefix_list(self) -> Any:
        prefix_list_id = self._need("PrefixListId")
        if prefix_list_id not in self.ec2_backend.managed_prefix_lists:
            raise not_found(prefix_list_id)
        return self.ec2_backend.managed_prefix_lists[prefix_list_id]

    def _reference(self, table: RouteTable) -> PrefixListReference:
        prefix_list_id = self._need("PrefixListId")
        if prefix_list_id not in table.prefix_lists:
            raise EC2ClientError(
                "InvalidPrefixListID.NotFound", f"The prefix list ID '{prefix_list_id}' does not exist"
            )
        return table.prefix_lists[prefix_list_id]

    # What moto has on transit gateways of its own and these are not

    def create_transit_gateway_peering_attachment(self) -> ActionResult:
        raise NotImplementedError("transit gateway peering")

    describe_transit_gateway_peering_attachments = create_transit_gateway_peering_attachment
    accept_transit_gateway_peering_attachment = create_transit_gateway_peering_attachment
    reject_transit_gateway_peering_attachment = create_transit_gateway_peering_attachment
    delete_transit_gateway_peering_attachment = create_transit_gateway_peering_attachment

    def resource_exists(self, resource_id: str) -> bool:
        """Whoever sees a transit gateway or an attachment may tag it, for himself."""
        if resource_id.startswith("tgw-"):
            return find_transit_resource(self.current_account, self.region, resource_id) is not None
        return super().resource_exists(resource_id)

    # Parameters

    def _listed(self, listing: Listing, resources: dict[str, Any], prefix: str, shape: str = "shape") -> ActionResult:
        ids = self._get_param(listing.ids_parameter, [])
        for resource_id in ids:
            _check_form(resource_id, prefix)
        chosen = (
            [resources[resource_id] for resource_id in ids if resource_id in resources] if ids else resources.values()
        )
        return self.listed(listing, (getattr(resource, shape)(self.current_account) for resource in chosen))

    def _need(self, name: str) -> Any:
        value = self._get_param(name)
        if value in (None, "", []):
            # Text: https://github.com/hashicorp/terraform-provider-aws/issues/6664
            raise EC2ClientError("MissingParameter", f"Missing required parameter in request: {name}.")
        return value

    def _id(self, name: str, prefix: str) -> str:
        value = self._need(name)
        _check_form(value, prefix)
        return value

    def _own_gateway(self) -> TransitGateway:
        gateway_id = self._id("TransitGatewayId", "tgw")
        gateway = self.ec2_backend.transit_gateways.get(gateway_id)
        if gateway is None or gateway.state == "deleted":
            raise not_found(gateway_id)
        return gateway

    def _table(self) -> RouteTable:
        table_id = self._id("TransitGatewayRouteTableId", "tgw-rtb")
        table = self.ec2_backend.transit_gateways_route_tables.get(table_id)
        if table is None or table.state == "deleted":
            raise not_found(table_id)
        return table

    def _attachment(self, owner_id: str | None = None, gateway_owner_id: str | None = None) -> Attachment:
        """Not found for the account that may not do this; that AWS answers so is not verified."""
        attachment_id = self._id("TransitGatewayAttachmentId", "tgw-attach")
        attachment = self.ec2_backend.transit_gateway_attachments.get(attachment_id)
        if (
            attachment is None
            or attachment.state == "deleted"
            or owner_id not in (None, attachment.owner_id)
            or gateway_owner_id not in (None, attachment.gateway.owner_id)
        ):
            raise not_found(attachment_id)
        return attachment

    def _vpc_attachment(self, **rights: str) -> VpcAttachment:
        """Text for an attachment of another kind: https://github.com/rebuy-de/aws-nuke/issues/961"""
        attachment = self._attachment(**rights)
        if not isinstance(attachment, VpcAttachment):
            raise EC2ClientError(
                "InvalidTransitGatewayAttachmentID.NotFound",
                f"Transit Gateway VPC Attachment {attachment.id} was deleted or does not exist.",
            )
        return attachment

    def _attachment_of(self, table: RouteTable) -> Attachment:
        """Another gateway's attachment is not found: floci-io/floci#2348 (tried on AWS)."""
        attachment = self._attachment(gateway_owner_id=self.current_account)
        if attachment.gateway is not table.gateway:
            raise not_found(attachment.id)
        return attachment

    def _table_and_attachment(self) -> tuple[RouteTable, Attachment]:
        table = self._table()
        table.need("available")
        return table, self._attachment_of(table)


def _check_form(resource_id: str, prefix: str) -> None:
    if not re.fullmatch(f"{prefix}-[0-9a-f]{{8}}([0-9a-f]{{9}})?", resource_id):
        code, text = _MALFORMED[prefix]
        raise EC2ClientError(code, text.format(resource_id))


def _untagged(shape: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shape.items() if name != "Tags"}


def _without_table(relation: Association | Propagation) -> dict[str, Any]:
    return {name: value for name, value in relation.shape().items() if name != "TransitGatewayRouteTableId"}
