# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parameters of transit gateway operations: finds the resources of ids, or raises AWS's errors."""

from __future__ import annotations

import re
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError

from emulator.ec2.describe import Describing, Listing
from emulator.ec2.errors import not_found
from emulator.ec2.models.transit_gateway_attachments import Attachment, VpcAttachment
from emulator.ec2.models.transit_gateway_policy_tables import PolicyTable
from emulator.ec2.models.transit_gateway_route_tables import RouteTable
from emulator.ec2.models.transit_gateways import TransitGateway

# Codes and texts: https://github.com/floci-io/floci/pull/2347 and 2348 (tried on AWS).
_MALFORMED = {
    "tgw": ("InvalidTransitGatewayID.Malformed", "Invalid Transit Gateway id {}."),
    "tgw-attach": ("InvalidTransitGatewayAttachmentID.Malformed", "Invalid Transit Gateway Attachment id."),
    "tgw-rtb": ("InvalidRouteTableId.Malformed", "Invalid Transit Gateway Route Table id {}."),
}


class TransitGatewayParameters(Describing):
    """Helpers of transit gateway operations. The owner changes a gateway and its tables; others get NotFound."""

    def tgw_listed(
        self, listing: Listing, resources: dict[str, Any], prefix: str, shape: str = "shape"
    ) -> ActionResult:
        ids = self._get_param(listing.ids_parameter, [])
        for resource_id in ids:
            _check_form(resource_id, prefix)
        chosen = (
            [resources[resource_id] for resource_id in ids if resource_id in resources] if ids else resources.values()
        )
        return self.listed(listing, (getattr(resource, shape)(self.current_account) for resource in chosen))

    def tgw_required(self, name: str) -> Any:
        value = self._get_param(name)
        if value in (None, "", []):
            # Text: https://github.com/hashicorp/terraform-provider-aws/issues/6664
            raise EC2ClientError("MissingParameter", f"Missing required parameter in request: {name}.")
        return value

    def tgw_id(self, name: str, prefix: str) -> str:
        value = self.tgw_required(name)
        _check_form(value, prefix)
        return value

    def own_gateway(self) -> TransitGateway:
        gateway_id = self.tgw_id("TransitGatewayId", "tgw")
        gateway = self.ec2_backend.transit_gateways.get(gateway_id)
        if gateway is None or gateway.state == "deleted":
            raise not_found(gateway_id)
        return gateway

    def own_table(self) -> RouteTable:
        table_id = self.tgw_id("TransitGatewayRouteTableId", "tgw-rtb")
        table = self.ec2_backend.transit_gateways_route_tables.get(table_id)
        if table is None or table.state == "deleted":
            raise not_found(table_id)
        return table

    def tgw_attachment(self, owner_id: str | None = None, gateway_owner_id: str | None = None) -> Attachment:
        """Return the request's attachment; raises NotFound if it is deleted or has other owners than those given.

        That AWS answers NotFound to an account that may not do this is not verified.
        """
        return self.tgw_attachment_of("TransitGatewayAttachmentId", owner_id, gateway_owner_id)

    def tgw_attachment_of(
        self, parameter: str, owner_id: str | None = None, gateway_owner_id: str | None = None
    ) -> Attachment:
        """Return the attachment that a parameter names; see tgw_attachment."""
        attachment_id = self.tgw_id(parameter, "tgw-attach")
        attachment = self.ec2_backend.transit_gateway_attachments.get(attachment_id)
        if (
            attachment is None
            or attachment.state == "deleted"
            or owner_id not in (None, attachment.owner_id)
            or gateway_owner_id not in (None, attachment.gateway.owner_id)
        ):
            raise not_found(attachment_id)
        return attachment

    def tgw_vpc_attachment(self, **rights: str) -> VpcAttachment:
        """Return the request's VPC attachment; raises NotFound for another kind, with the text of
        https://github.com/rebuy-de/aws-nuke/issues/961
        """
        attachment = self.tgw_attachment(**rights)
        if not isinstance(attachment, VpcAttachment):
            raise EC2ClientError(
                "InvalidTransitGatewayAttachmentID.NotFound",
                f"Transit Gateway VPC Attachment {attachment.id} was deleted or does not exist.",
            )
        return attachment

    def attachment_of_table(self, table: RouteTable | PolicyTable) -> Attachment:
        """Return the request's attachment; NotFound for another gateway's: floci-io/floci#2348 (tried on AWS)."""
        attachment = self.tgw_attachment(gateway_owner_id=self.current_account)
        if attachment.gateway is not table.gateway:
            raise not_found(attachment.id)
        return attachment

    def table_and_attachment(self) -> tuple[RouteTable, Attachment]:
        table = self.own_table()
        table.need("available")
        return table, self.attachment_of_table(table)


def _check_form(resource_id: str, prefix: str) -> None:
    if not re.fullmatch(f"{prefix}-[0-9a-f]{{8}}([0-9a-f]{{9}})?", resource_id):
        code, text = _MALFORMED[prefix]
        raise EC2ClientError(code, text.format(resource_id))


def untagged(shape: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shape.items() if name != "Tags"}
