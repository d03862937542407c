# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Firewalls that are attached to a transit gateway: no VPC, no subnets, an attachment of the gateway instead.

https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_CreateFirewall.html, TransitGatewayId. An endpoint
is in AWS's own VPC, so EC2 doesn't list it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.ec2.models.endpoint_services import hexadecimal
from emulator.ec2.models.transit_gateway_attachments import NetworkFunctionAttachment
from emulator.ec2.models.transit_gateways import TransitGateway
from emulator.networkfirewall.errors import invalid_operation, invalid_request
from emulator.networkfirewall.models.endpoints import ATTACHMENT_STATUS
from emulator.networkfirewall.models.firewalls import AnyPolicy, Firewall
from emulator.transitions import StateClock, Transition

# State of the attachment in EC2 -> TransitGatewayAttachmentStatus.
STATUS = {
    "initiatingRequest": "CREATING",
    "pending": "CREATING",
    "pendingAcceptance": "PENDING_ACCEPTANCE",
    "available": "READY",
    "modifying": "READY",
    "rejecting": "REJECTING",
    "rejected": "REJECTED",
    "failing": "FAILED",
    "failed": "FAILED",
    "deleting": "DELETING",
    "deleted": "DELETED",
}


class ZoneEndpoint:
    """Endpoint of one Availability Zone."""

    state = StateClock("network-firewall-endpoint")

    def __init__(self, zone: str):
        self.zone, self.id = zone, f"vpce-{hexadecimal(17)}"
        self.state = Transition("pending", "available")


class TransitGatewayFirewall(Firewall):
    def __init__(
        self, account_id: str, region: str, policy: AnyPolicy, request: dict[str, Any], gateway: TransitGateway
    ):
        super().__init__(account_id, region, policy, request)
        self.gateway = gateway
        self.zones: dict[str, ZoneEndpoint] = {}
        self.attachment: NetworkFunctionAttachment | None = None

    def attach(self) -> None:
        """Create the attachment. That its ResourceId is the firewall's ARN is not verified."""
        self.attachment = NetworkFunctionAttachment(self.gateway, self.arn, self.account_id)

    @property
    def attachment_status(self) -> str:
        return STATUS[self.attachment.state] if self.attachment else "CREATING"

    def add_zones(self, zones: list[str]) -> None:
        if twice := (set(zones) & set(self.zones)) or len(set(zones)) < len(zones):
            name = "AvailabilityZoneMappings"
            raise invalid_request(f"{name} has duplicate values", ", ".join(twice or zones), name)  # not verified
        self.zones |= {zone: ZoneEndpoint(zone) for zone in zones}
        self.configure()

    def remove_zones(self, zones: list[str]) -> None:
        for zone in zones:
            if zone not in self.zones:
                raise invalid_request("AvailabilityZone is not associated with the firewall", zone)  # not verified
        if set(zones) == set(self.zones):
            raise invalid_operation("The last Availability Zone of a firewall cannot be removed")  # not verified
        for zone in zones:
            del self.zones[zone]

    @property
    def is_ready(self) -> bool:
        ready = all(endpoint.state == "available" for endpoint in self.zones.values())
        return self.configuration == "IN_SYNC" and ready and self.attachment_status == "READY"

    def _sync_states(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each zone's state, by the name that the request gave it: that AWS does so is not verified."""
        for endpoint in self.zones.values():
            status = ATTACHMENT_STATUS[endpoint.state] if self.attachment_status == "READY" else "CREATING"
            shape = {"Status": status} if status == "CREATING" else {"EndpointId": endpoint.id, "Status": status}
            yield endpoint.zone, {"Attachment": shape, "Config": self._config()}

    def status_shape(self) -> dict[str, Any]:
        attachment_id = self.attachment.id if self.attachment else None
        state = {"AttachmentId": attachment_id, "TransitGatewayAttachmentStatus": self.attachment_status}
        return super().status_shape() | {"TransitGatewayAttachmentSyncState": state}

    def shape(self) -> dict[str, Any]:
        members = {
            "TransitGatewayId": self.gateway.id,
            "TransitGatewayOwnerAccountId": self.gateway.owner_id,
            "AvailabilityZoneMappings": self.zone_mappings(),
            "SubnetMappings": None,
        }
        return super().shape() | members

    def zone_mappings(self) -> list[dict[str, str]]:
        return [{"AvailabilityZone": zone} for zone in self.zones]

    def delete(self) -> None:
        """Delete the firewall with its attachment."""
        super().delete()
        if self.attachment and self.attachment.state in ("available", "pendingAcceptance"):
            self.attachment.delete()
