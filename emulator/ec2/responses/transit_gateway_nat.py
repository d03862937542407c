# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on the NAT configuration of a transit gateway's attachment.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyTransitGatewayAttachmentNatConfiguration.html says what
is refused, but not with which codes: these are not verified.
"""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError

from emulator.ec2.errors import invalid_value
from emulator.ec2.models.transit_gateway_attachments import Attachment
from emulator.ec2.models.transit_gateway_nat import checked_rules
from emulator.ec2.responses.transit_gateway_parameters import TransitGatewayParameters

# Types that tgw-nat-routing.html lists, as far as there are such attachments here.
WITH_NAT = ("connect", "peering", "vpc", "vpn")


class TransitGatewayNatResponse(TransitGatewayParameters):
    def modify_transit_gateway_attachment_nat_configuration(self) -> ActionResult:
        """Modify the NAT configuration: "Only the owner of the transit gateway can modify the NAT configuration"."""
        attachment = self.tgw_attachment(gateway_owner_id=self.current_account)
        attachment.need("available")
        nat = attachment.nat
        if attachment.resource_type not in WITH_NAT:
            raise EC2ClientError(
                "UnsupportedOperation", f"NAT is not supported for {attachment.resource_type} attachments."
            )
        if nat.support in ("enabling", "disabling"):
            raise EC2ClientError("IncorrectState", f"NAT gateway support of {attachment.id} is {nat.support}.")
        support, rules = self._get_param("NatGatewaySupport"), self._get_param("NatGatewayRules")
        reset = self._get_param("ResetNatGatewayRules")
        if reset and rules:
            raise EC2ClientError(
                "InvalidParameterCombination", "NatGatewayRules and ResetNatGatewayRules cannot be specified together."
            )
        wanted = checked_rules(rules) if rules else [] if reset else nat.rules
        is_on = support == "enable" or (support is None and nat.support == "enabled")
        if is_on and not wanted:
            raise invalid_value(
                "To enable NAT gateway support, the attachment must have at least one NAT gateway rule."
            )
        self._choose_routes(attachment)
        if rules or reset:
            nat.replace(wanted)
        if support == "enable":
            nat.enable()
        elif support == "disable":
            nat.disable()
        return self._nat_answer(attachment)

    def get_transit_gateway_attachment_nat_configuration(self) -> ActionResult:
        return self._nat_answer(self.tgw_attachment(gateway_owner_id=self.current_account))

    def _choose_routes(self, attachment: Attachment) -> None:
        """Set NatSystemRouteSupport, refuse it where it is fixed: tgw-nat-routing.html, "disable is rejected"."""
        given, nat = self._get_param("NatSystemRouteSupport"), attachment.nat
        fixed = "enable" if nat.installs_routes else "disable"
        if given and nat.may_choose:
            nat.installs_routes = given == "enable"
        elif given not in (None, fixed):
            raise invalid_value(f"NatSystemRouteSupport of {attachment.resource_type} attachments is always {fixed}.")

    @staticmethod
    def _nat_answer(attachment: Attachment) -> ActionResult:
        return ActionResult({"TransitGatewayAttachmentId": attachment.id, **attachment.nat.shape()})
