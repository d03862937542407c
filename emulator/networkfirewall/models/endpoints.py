# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Firewall endpoints: Gateway Load Balancer endpoints in EC2 that the firewall's service creates in a subnet.

https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-components.html. The tags are those by
which Terraform configurations find the endpoint (ministryofjustice/modernisation-platform, vpc.tf).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from moto.ec2.models import ec2_backends

from emulator.ec2.models.endpoint_services import hexadecimal
from emulator.ec2.models.endpoints import Endpoint, routes_to
from emulator.networkfirewall.errors import invalid_request
from emulator.transitions import StateClock

ATTACHMENT_STATUS = {"pending": "CREATING", "available": "READY", "deleting": "DELETING", "deleted": "DELETED"}


@dataclass(frozen=True)
class FirewallService:
    """The endpoint service of a firewall, which AWS owns."""

    region: str
    id: str = field(default_factory=lambda: f"vpce-svc-{hexadecimal(17)}")

    type = "GatewayLoadBalancer"
    owner = "amazon"
    acceptance_required = policy_supported = private_dns_is_usable = False
    private_dns_name: str | None = None
    base_dns_name = ""

    @property
    def name(self) -> str:
        return f"com.amazonaws.vpce.{self.region}.{self.id}"


class FirewallEndpoint(Endpoint):
    state = StateClock("network-firewall-endpoint")
    requester_managed = True

    def __init__(self, account_id: str, subnet: Any, service: FirewallService, firewall_arn: str):
        backend = ec2_backends[account_id][service.region]
        super().__init__(backend, subnet.vpc_id, service, "GatewayLoadBalancer")  # type: ignore[arg-type]
        self.subnet_id, self.zone, self.zone_id = subnet.id, subnet.availability_zone, subnet.availability_zone_id
        self.add_interface(subnet)
        backend.vpc_end_points[self.id] = self
        name = f"{firewall_arn.rpartition('/')[2]} ({self.zone})"
        backend.create_tags([self.id], {"AWSNetworkFirewallManaged": "true", "Firewall": firewall_arn, "Name": name})

    def attachment(self) -> dict[str, Any]:
        """Return the endpoint in the shape of Attachment; that it has no EndpointId while CREATING is not verified."""
        status = ATTACHMENT_STATUS[self.state]
        shape = {"SubnetId": self.subnet_id, "Status": status}
        return shape if status == "CREATING" else shape | {"EndpointId": self.id}

    @property
    def is_ready(self) -> bool:
        return self.state == "available"


def refuse_routed(endpoints: list[FirewallEndpoint]) -> None:
    """Refuse to delete endpoints that routes lead to.

    "You can only delete Gateway Load Balancer endpoints when the routes that are associated with the endpoint are
    deleted": API_DeleteVpcEndpoints. The text for DeleteFirewall: grucloud/grucloud, NetworkFirewall's destroy; for
    other operations it is not verified.
    """
    routed = [endpoint.id for endpoint in endpoints if routes_to(endpoint)]
    if routed:
        raise invalid_request(
            "Unable to fulfill request because the following related VPC endpoint(s) still exist in route table(s): "
            f"[{', '.join(routed)}]"
        )


def delete(endpoint: FirewallEndpoint) -> None:
    if endpoint.state not in ("deleting", "deleted"):
        endpoint.end()


def need_addresses(subnets: list[Any]) -> None:
    """Refuse subnets without a free address, before any endpoint exists; neither code nor text is verified."""
    for subnet in subnets:
        if subnet.available_ip_address_count < 1:
            raise invalid_request("subnet has no free IP address", subnet.id, "SubnetMappings")
