# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on transit gateway attachments of VPCs and VPN connections."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError

from emulator.ec2.describe import Listing
from emulator.ec2.errors import not_found
from emulator.ec2.lag import creates
from emulator.ec2.models.transit_gateway_attachments import Attachment, VpcAttachment
from emulator.ec2.models.transit_gateway_interfaces import need_free_addresses, put_interfaces
from emulator.ec2.models.transit_gateway_nat import Nat
from emulator.ec2.models.transit_gateway_resources import GONE
from emulator.ec2.models.transit_gateways import TransitGateway, attachments_seen_by, visible_gateways
from emulator.ec2.responses.transit_gateway_parameters import TransitGatewayParameters, untagged
from emulator.iam.service_linked import need_service_linked_role
from emulator.transitions import Transition

# https://docs.aws.amazon.com/vpc/latest/tgw/service-linked-roles.html
SERVICE = "transitgateway.amazonaws.com"
SERVICE_LINKED_ROLE = "AWSServiceRoleForVPCTransitGateway"

# https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html; the error codes are not documented there.
GATEWAYS_PER_VPC = 5
ATTACHMENTS_PER_GATEWAY = 5_000

_ATTACHMENT_FILTERS = {
    "state": "State",
    "transit-gateway-attachment-id": "TransitGatewayAttachmentId",
    "transit-gateway-id": "TransitGatewayId",
}
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


class TransitGatewayAttachmentResponse(TransitGatewayParameters):
    # VPC attachments

    @creates("tgw-attach")
    def create_transit_gateway_vpc_attachment(self) -> ActionResult:
        tags = self.tags_for("transit-gateway-attachment")
        gateway_id, vpc_id = self.tgw_id("TransitGatewayId", "tgw"), self.tgw_required("VpcId")
        gateway = visible_gateways(self.current_account, self.region).get(gateway_id)
        if gateway is None or gateway.state == "deleted":
            raise not_found(gateway_id)
        gateway.need("available")
        if vpc_id not in self.ec2_backend.vpcs:
            raise not_found(vpc_id)
        subnet_ids = list(self.tgw_required("SubnetIds"))
        self._check_attached_subnets(vpc_id, subnet_ids)
        of_vpc = [
            attachment
            for attachment in self.ec2_backend.transit_gateway_attachments.values()
            if attachment.resource_id == vpc_id and attachment.state not in GONE
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
        need_service_linked_role(
            self.current_account,
            SERVICE,
            SERVICE_LINKED_ROLE,
            "Allows VPC Transit Gateway to access EC2 resources on your behalf.",
        )
        attachment = VpcAttachment(gateway, vpc_id, self.current_account, subnet_ids, self.given("Options"))
        self.ec2_backend.create_tags([attachment.id], tags)
        return ActionResult({"TransitGatewayVpcAttachment": attachment.shape(self.current_account)})

    def describe_transit_gateway_vpc_attachments(self) -> ActionResult:
        seen = attachments_seen_by(self.current_account, self.region)
        of_vpcs = {one.id: one for one in seen.values() if isinstance(one, VpcAttachment)}
        return self.tgw_listed(VPC_ATTACHMENTS, of_vpcs, "tgw-attach")

    def describe_transit_gateway_attachments(self) -> ActionResult:
        attachments = attachments_seen_by(self.current_account, self.region)
        return self.tgw_listed(ATTACHMENTS, attachments, "tgw-attach", "general_shape")

    def modify_transit_gateway_vpc_attachment(self) -> ActionResult:
        """Modify an attachment's subnets and options. Texts: floci-io/floci#2347 (tried on AWS)."""
        attachment = self.tgw_vpc_attachment(owner_id=self.current_account)
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
        self._check_attached_subnets(attachment.vpc_id, subnet_ids, set(attachment.interfaces))
        attachment.subnet_ids = subnet_ids
        put_interfaces(attachment)
        attachment.options.update(self.given("Options"))
        attachment.state = Transition("modifying", "available")
        return self._attachment_answer(untagged(attachment.shape(self.current_account)))

    def delete_transit_gateway_vpc_attachment(self) -> ActionResult:
        """Delete an attachment; either account may: terraform-provider-aws's accepter, acting for the gateway's owner,
        calls it too.
        """
        attachment = self.tgw_vpc_attachment()
        attachment.delete()
        return self._attachment_answer(untagged(attachment.shape(self.current_account, subnets=False)))

    def accept_transit_gateway_vpc_attachment(self) -> ActionResult:
        attachment = self.tgw_vpc_attachment(gateway_owner_id=self.current_account)
        attachment.accept()
        return self._attachment_answer(attachment.shape(self.current_account))

    def reject_transit_gateway_vpc_attachment(self) -> ActionResult:
        attachment = self.tgw_vpc_attachment(gateway_owner_id=self.current_account)
        attachment.reject()
        return self._attachment_answer(attachment.shape(self.current_account))

    @staticmethod
    def _attachment_answer(shape: dict[str, Any]) -> ActionResult:
        return ActionResult({"TransitGatewayVpcAttachment": shape})

    @staticmethod
    def _is_full(gateway: TransitGateway) -> bool:
        if len(gateway.attachments) < ATTACHMENTS_PER_GATEWAY:
            return False
        return sum(known.state not in GONE for known in gateway.attachments.values()) >= ATTACHMENTS_PER_GATEWAY

    def _check_attached_subnets(
        self, vpc_id: str, subnet_ids: list[str], with_interface: set[str] | None = None
    ) -> None:
        """Refuse subnets of another VPC as not found (floci-io/floci#2347), and two in one AZ
        (zoitech/terraform-aws-network#46).
        """
        zones, subnets = set(), []
        for subnet_id in subnet_ids:
            subnet = next((by_id[subnet_id] for by_id in self.ec2_backend.subnets.values() if subnet_id in by_id), None)
            if subnet is None or subnet.vpc_id != vpc_id:
                raise EC2ClientError("InvalidSubnetID.NotFound", f"Subnet {subnet_id} was deleted or does not exist.")
            if subnet.availability_zone in zones:
                raise EC2ClientError("DuplicateSubnetsInSameZone", "Duplicate Subnets for same AZ")
            zones.add(subnet.availability_zone)
            subnets.append(subnet)
        need_free_addresses([subnet for subnet in subnets if subnet.id not in (with_interface or ())])

    # VPN attachments, of moto's VPN connections

    def create_vpn_connection(self) -> ActionResult:
        gateway_id = self._get_param("TransitGatewayId")
        gateway = self.ec2_backend.transit_gateways.get(gateway_id)
        if gateway is None:
            return super().create_vpn_connection()  # moto's, which also raises the errors
        gateway.need("available")
        connection = self.ec2_backend.create_vpn_connection(
            self._get_param("Type"),
            self._get_param("CustomerGatewayId"),
            vpn_gateway_id=self._get_param("VpnGatewayId"),
            transit_gateway_id=gateway_id,
            tags=self.tags_for("vpn-connection"),
        )
        attachment = Attachment(gateway, connection.id, self.current_account)
        is_dynamic = not self.given("Options").get("StaticRoutesOnly")
        attachment.nat = Nat(installs_routes=is_dynamic, may_choose=is_dynamic)
        attachment.provision()
        return ActionResult({"VpnConnection": connection})

    def delete_vpn_connection(self) -> ActionResult:
        connection_id = self._get_param("VpnConnectionId")
        self.ec2_backend.delete_vpn_connection(connection_id)
        for attachment in self.ec2_backend.transit_gateway_attachments.values():
            if attachment.resource_id == connection_id and attachment.state == "available":
                attachment.delete()
        return EmptyResult()
