# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on firewalls that are attached to a transit gateway, and on their attachments."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends

from emulator.ec2.models.transit_gateway_attachments import NetworkFunctionAttachment
from emulator.ec2.models.transit_gateways import attachments_seen_by, visible_gateways
from emulator.networkfirewall.errors import invalid_operation, invalid_request, not_found
from emulator.networkfirewall.models.transit_gateway_firewalls import STATUS, TransitGatewayFirewall
from emulator.networkfirewall.responses.base import Base


class TransitGatewayResponse(Base):
    def attached_firewall(self, policy: Any) -> TransitGatewayFirewall:
        """Create the firewall of a request with a transit gateway; the texts of its errors are not verified."""
        for name in ("VpcId", "SubnetMappings"):
            if self._get_param(name):
                raise invalid_request(f"TransitGatewayId, {name} cannot exist together", context=name)
        if not self._get_param("AvailabilityZoneMappings"):
            raise invalid_request("AvailabilityZoneMappings cannot be null or empty")
        gateway_id = self.request["TransitGatewayId"]
        gateway = visible_gateways(self.current_account, self.region).get(gateway_id)
        if gateway is None or gateway.state != "available":
            raise invalid_request("TransitGatewayId is invalid", gateway_id, "TransitGatewayId")
        firewall = TransitGatewayFirewall(self.current_account, self.region, policy, self.request, gateway)
        self.backend.check_name(firewall)
        firewall.add_zones(self._zones())
        firewall.attach()
        return firewall

    def _zones(self) -> list[str]:
        """Return the request's Availability Zones; each by its id, or its name as the API's example has it."""
        known = ec2_backends[self.current_account][self.region].describe_availability_zones()
        names = {name for zone in known for name in (zone.name, zone.zone_id)}
        zones = [mapping["AvailabilityZone"] for mapping in self.request["AvailabilityZoneMappings"]]
        for zone in zones:
            if zone not in names:
                raise invalid_request("AvailabilityZone is invalid", zone, "AvailabilityZoneMappings")
        return zones

    def associate_availability_zones(self) -> ActionResult:
        firewall = self._attached()
        firewall.add_zones(self._zones())
        return self.changed(firewall, AvailabilityZoneMappings=firewall.zone_mappings())

    def disassociate_availability_zones(self) -> ActionResult:
        firewall = self._attached()
        firewall.remove_zones([one["AvailabilityZone"] for one in self.request["AvailabilityZoneMappings"]])
        return self.changed(firewall, AvailabilityZoneMappings=firewall.zone_mappings())

    def _attached(self) -> TransitGatewayFirewall:
        firewall = self.unprotected("AvailabilityZoneChangeProtection")
        if not isinstance(firewall, TransitGatewayFirewall):
            raise invalid_operation("The firewall isn't attached to a transit gateway")  # not verified
        return firewall

    # Attachments

    def accept_network_firewall_transit_gateway_attachment(self) -> ActionResult:
        attachment = self._attachment(of_gateway=True)
        return self._change(attachment, attachment.accept)

    def reject_network_firewall_transit_gateway_attachment(self) -> ActionResult:
        """Reject an attachment: "Only the transit gateway owner can reject the attachment"."""
        attachment = self._attachment(of_gateway=True)
        return self._change(attachment, attachment.reject)

    def delete_network_firewall_transit_gateway_attachment(self) -> ActionResult:
        """Delete an attachment: "Either the firewall owner or the transit gateway owner can delete the attachment"."""
        attachment = self._attachment(of_gateway=False)
        return self._change(attachment, attachment.delete)

    def _attachment(self, of_gateway: bool) -> NetworkFunctionAttachment:
        """Return the request's attachment. of_gateway: only if the caller owns the transit gateway."""
        id_ = self.request["TransitGatewayAttachmentId"]
        attachment = attachments_seen_by(self.current_account, self.region).get(id_)
        if not isinstance(attachment, NetworkFunctionAttachment):
            raise not_found(id_)
        if of_gateway and attachment.gateway.owner_id != self.current_account:
            raise not_found(id_)
        return attachment

    @staticmethod
    def _change(attachment: NetworkFunctionAttachment, change: Any) -> ActionResult:
        try:
            change()
        except EC2ClientError as error:
            raise invalid_request(str(error.message)) from None
        status = STATUS[attachment.state]
        members = {"TransitGatewayAttachmentId": attachment.id, "TransitGatewayAttachmentStatus": status}
        return ActionResult(members)
