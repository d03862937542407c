# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on connections as the provider of an endpoint service sees them, and on connection notifications."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError

from emulator.ec2.describe import Describing, Listing
from emulator.ec2.errors import not_found
from emulator.ec2.models.endpoint_services import EndpointService, Notification, own_services
from emulator.ec2.models.endpoints import Endpoint
from emulator.ec2.responses.endpoint_services import invalid_parameter, unsuccessful
from emulator.transitions import Transition

CONNECTIONS = Listing(
    "VpcEndpointConnections",
    "VpcEndpointId",
    "",
    {
        "ip-address-type": "IpAddressType",
        "service-id": "ServiceId",
        "vpc-endpoint-owner": "VpcEndpointOwner",
        "vpc-endpoint-region": "VpcEndpointRegion",
        "vpc-endpoint-state": "VpcEndpointState",
        # Documented, but a user found that AWS refuses it (hashicorp/terraform-provider-aws#48442).
        "vpc-endpoint-id": "VpcEndpointId",
    },
)
NOTIFICATIONS = Listing(
    "ConnectionNotificationSet",
    "ConnectionNotificationId",
    "",
    {
        "connection-notification-arn": "ConnectionNotificationArn",
        "connection-notification-id": "ConnectionNotificationId",
        "connection-notification-state": "ConnectionNotificationState",
        "connection-notification-type": "ConnectionNotificationType",
        "service-id": "ServiceId",
        "vpc-endpoint-id": "VpcEndpointId",
    },
)
EVENTS = ("Accept", "Connect", "Delete", "Reject")


class EndpointConnectionResponse(Describing):
    def connection_item(self, service: EndpointService, endpoint: Endpoint) -> dict[str, Any]:
        item = {
            "ServiceId": service.id,
            "VpcEndpointId": endpoint.id,
            "VpcEndpointOwner": endpoint.owner_id,
            "VpcEndpointState": endpoint.state,
            "CreationTimestamp": endpoint.created,
            "IpAddressType": endpoint.address_type,
            "VpcEndpointConnectionId": endpoint.connection_id,
            "VpcEndpointRegion": endpoint.region,
            "Tags": self.tag_list(endpoint.connection_id),
        }
        if service.type == "Interface":
            item["DnsEntries"] = endpoint.dns_entries()
            item["NetworkLoadBalancerArns"] = service.load_balancer_arns
        else:
            item["GatewayLoadBalancerArns"] = service.load_balancer_arns
        return item

    def describe_vpc_endpoint_connections(self) -> ActionResult:
        """List connections, a rejected one even if its service is deleted: rebuy-de/aws-nuke#1258."""
        items = [
            self.connection_item(service, endpoint)
            for service in self.ec2_backend.configurations.values()
            for endpoint in service.connections()
        ]
        return self.listed(CONNECTIONS, items)

    def accept_vpc_endpoint_connections(self) -> ActionResult:
        return self._decide(("pendingAcceptance",), Transition("pending", "available"))

    def reject_vpc_endpoint_connections(self) -> ActionResult:
        """Reject connections, also available ones:
        https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html#accept-reject-connection-requests
        """
        return self._decide(("pendingAcceptance", "pending", "available"), Transition("rejected"))

    def _decide(self, states: tuple[str, ...], then: Transition) -> ActionResult:
        """Accept or reject connections; names the others in Unsuccessful, with HTTP 200. Its codes are not verified."""
        service = self.own_service(self.required("ServiceId"))
        connections = {endpoint.id: endpoint for endpoint in service.connections()}
        failed = []
        for endpoint_id in self.required("VpcEndpointIds"):
            endpoint = connections.get(endpoint_id)
            if endpoint is None or endpoint.state == "deleted":
                error = not_found(endpoint_id)
                failed.append(unsuccessful(endpoint_id, error.code, error.message))
            elif endpoint.state not in states:
                text = f"Vpc Endpoint {endpoint_id} is in invalid state: {endpoint.state}"
                failed.append(unsuccessful(endpoint_id, "InvalidState", text))
            else:
                endpoint.state = then
        return ActionResult({"Unsuccessful": failed})

    # Notifications; no messages are sent to SNS.

    def _notifications(self) -> Iterator[tuple[dict[str, Notification], Notification]]:
        holders: list[Any] = [*own_services(self.current_account, self.region).values()]
        holders += self.ec2_backend.vpc_end_points.values()
        for holder in holders:
            for notification in holder.notifications.values():
                yield holder.notifications, notification

    def notification_item(self, notification: Notification) -> dict[str, Any]:
        return {
            "ConnectionNotificationId": notification.id,
            "ServiceId": notification.service_id,
            "VpcEndpointId": notification.endpoint_id,
            "ConnectionNotificationType": "Topic",
            "ConnectionNotificationArn": notification.topic,
            "ConnectionEvents": notification.events,
            "ConnectionNotificationState": "Enabled",
        }

    def create_vpc_endpoint_connection_notification(self) -> ActionResult:
        topic, events = self._topic(self.required("ConnectionNotificationArn")), self._events()
        service_id, endpoint_id = self._get_param("ServiceId"), self._get_param("VpcEndpointId")
        if bool(service_id) == bool(endpoint_id):
            raise EC2ClientError(
                "InvalidParameterCombination", "Exactly one of ServiceId and VpcEndpointId must be specified"
            )
        holder: Any = self.own_service(service_id) if service_id else self.endpoint(endpoint_id)
        notification = Notification(topic, events, service_id, endpoint_id)
        holder.notifications[notification.id] = notification
        token = self._get_param("ClientToken") or None
        return ActionResult({"ConnectionNotification": self.notification_item(notification), "ClientToken": token})

    def describe_vpc_endpoint_connection_notifications(self) -> ActionResult:
        items = [self.notification_item(notification) for _, notification in self._notifications()]
        if wanted := self._get_param("ConnectionNotificationId"):
            self._notification(wanted)
            items = [item for item in items if item["ConnectionNotificationId"] == wanted]
        return self.listed(NOTIFICATIONS, items)

    def modify_vpc_endpoint_connection_notification(self) -> ActionResult:
        _, notification = self._notification(self.required("ConnectionNotificationId"))
        if topic := self._get_param("ConnectionNotificationArn"):
            notification.topic = self._topic(topic)
        if self._get_param("ConnectionEvents", []):
            notification.events = self._events()
        return ActionResult({"ReturnValue": True})

    def delete_vpc_endpoint_connection_notifications(self) -> ActionResult:
        failed = []
        for notification_id in self.required("ConnectionNotificationIds"):
            try:
                holder, _ = self._notification(notification_id)
                del holder[notification_id]
            except EC2ClientError as error:
                failed.append(unsuccessful(notification_id, error.code, error.message))
        return ActionResult({"Unsuccessful": failed})

    def _notification(self, notification_id: str) -> tuple[dict[str, Notification], Notification]:
        for holder, notification in self._notifications():
            if notification.id == notification_id:
                return holder, notification
        # The code is from EC2's table of errors; the text is not verified.
        raise EC2ClientError(
            "InvalidConnectionNotification", f"The connection notification ID '{notification_id}' does not exist"
        )

    @staticmethod
    def _topic(arn: str) -> str:
        if not arn.startswith("arn:aws") or ":sns:" not in arn:
            raise EC2ClientError("InvalidTopicArn", f"The topic ARN '{arn}' is invalid")  # not verified
        return arn

    def _events(self) -> list[str]:
        events = self.required("ConnectionEvents")
        for event in events:
            if event not in EVENTS:
                raise invalid_parameter(f"The connection event '{event}' is invalid. Valid values: {', '.join(EVENTS)}")
        return list(events)
