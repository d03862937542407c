# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPC endpoints, and where they and endpoint services are stored.

A service is in its owner's backend (`configurations`, moto's dict). An endpoint is in the backend of the account that
owns the VPC (`vpc_end_points`), and in its service's `endpoints`, which the provider sees as connections.

Sources: https://docs.aws.amazon.com/vpc/latest/privatelink/ (create-endpoint-service.html, manage-dns-names.html,
configure-endpoint-service.html, create-interface-endpoint.html); others' tests on AWS are linked where they are used.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from emulator.ec2.models.aws_services import AwsService
from emulator.ec2.models.endpoint_services import (
    ACTIVE,
    EndpointService,
    Notification,
    hexadecimal,
)
from emulator.ec2.models.route_tables import Route
from emulator.interfaces import add_interface, remove_interface
from emulator.transitions import StateClock, Transition

# Hosted zone ids of interface endpoints' DNS names, by region, from memory; that of any other region is invented.
HOSTED_ZONES = {"us-east-1": "Z7HUB22UULQXV", "eu-west-1": "Z38GZ743OKFT7T", "eu-central-1": "Z273ZU8SZ5RJPC"}
DEFAULT_HOSTED_ZONE = "Z00000000VPCE"


class Endpoint:
    """A VPC endpoint. moto and other parts of EC2 read id, vpc_id, state, vpc_endpoint_type, owner_id."""

    state = StateClock("vpc-endpoint")
    # Created by a service for its own use: its owner can neither modify nor delete it.
    requester_managed = False

    def __init__(self, backend: Any, vpc_id: str, service: AwsService | EndpointService, kind: str):
        self.id = f"vpce-{hexadecimal(17)}"
        self.connection_id = f"vpce-conn-{hexadecimal(17)}"
        self.label = hexadecimal(8)
        self.backend, self.vpc_id, self.service, self.vpc_endpoint_type = backend, vpc_id, service, kind
        self.owner_id, self.region = backend.account_id, backend.region_name
        self.created = datetime.now(timezone.utc)
        self.policy: str | None = None
        self.security_group_ids: list[str] = []
        self.private_dns_enabled = False
        self.dns_options: dict[str, Any] = {}
        self.address_type = "ipv4"
        # Subnet id -> network interface id.
        self.interfaces: dict[str, str] = {}
        self.route_table_ids: list[str] = []
        self.notifications: dict[str, Notification] = {}
        self.state = "pendingAcceptance" if service.acceptance_required else Transition("pending", "available")

    @property
    def service_name(self) -> str:
        return self.service.name

    def add_interface(self, subnet: Any, address: str | None = None) -> None:
        gateway = self.vpc_endpoint_type == "GatewayLoadBalancer"
        kind = "gateway_load_balancer_endpoint" if gateway else "vpc_endpoint"
        description = f"VPC Endpoint Interface {self.id}"
        interface = add_interface(self.backend, subnet, self.security_group_ids, description, kind, address)
        self.interfaces[subnet.id] = interface.id

    def remove_interface(self, subnet_id: str) -> None:
        remove_interface(self.backend, self.interfaces.pop(subnet_id))

    def dns_entries(self) -> list[dict[str, str]]:
        """Return DNS entries of an interface endpoint: the regional name, one for each AZ, then the private name:
        https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html#interface-endpoint-dns-hostnames
        """
        if self.vpc_endpoint_type != "Interface":
            return []
        name = f"{self.id}-{self.label}"
        zones = sorted(self.backend.enis[eni].availability_zone for eni in self.interfaces.values())
        # A service of another region has none of the consumer's AZs; that AWS then omits these names is not verified.
        labels = [name, *(f"{name}-{zone}" for zone in zones if self.service.region == self.region)]
        zone_id = HOSTED_ZONES.get(self.region, DEFAULT_HOSTED_ZONE)
        entries = [{"DnsName": f"{label}.{self.service.base_dns_name}", "HostedZoneId": zone_id} for label in labels]
        if self.private_domain:
            # The zone is AWS's own; the answer hides its id.
            entries.append({"DnsName": self.service.private_dns_name, "HostedZoneId": "ZONEIDHIDDEN"})
        return entries

    def put_groups(self, groups: list[Any]) -> None:
        self.security_group_ids = [group.id for group in groups]
        for interface_id in self.interfaces.values():
            self.backend.enis[interface_id]._group_set = list(groups)

    def remove_route_table(self, table_id: str) -> None:
        if table := self.backend.route_tables.get(table_id):
            kept = {key: route for key, route in table._routes.items() if _gateway_of(route) != self.id}
            table._routes.clear()
            table._routes.update(kept)
        self.route_table_ids = [known for known in self.route_table_ids if known != table_id]

    def delete(self) -> None:
        for table_id in list(self.route_table_ids):
            self.remove_route_table(table_id)
        self.end()

    def end(self) -> None:
        """Begin to delete the endpoint: its interfaces go, and with them their addresses, once it is deleted."""
        self.state = Transition("deleting", "deleted")
        self.backend.unsettled.append(self._ended)

    def _ended(self) -> bool:
        self.settle()
        return self.state == "deleted"

    def settle(self) -> None:
        """Delete a deleted endpoint's network interfaces, and make its id unknown to its owner."""
        if self.state == "deleted":
            for subnet_id in list(self.interfaces):
                self.remove_interface(subnet_id)
            self.backend.vpc_end_points.pop(self.id, None)
            self.backend.tags.pop(self.id, None)

    @property
    def deleted_ms(self) -> float:
        return type(self).state.ms_in_state(self) if self.state == "deleted" else 0.0

    @property
    def private_domain(self) -> str | None:
        """Domain that the endpoint answers inside its VPC, without the wildcard; None if it answers none."""
        if not self.private_dns_enabled or self.state not in ACTIVE or not self.service.private_dns_name:
            return None
        return self.service.private_dns_name.removeprefix("*.")


def _gateway_of(route: Any) -> str | None:
    return getattr(getattr(route, "gateway", None), "id", None)


def routes_to(endpoint: Endpoint) -> list[str]:
    """Return the ids of the route tables in the endpoint's account with a route to it."""
    tables = endpoint.backend.route_tables.values()
    return [table.id for table in tables if any(_leads_to(route, endpoint.id) for route in table.routes)]


def _leads_to(route: Any, endpoint_id: str) -> bool:
    return isinstance(route, Route) and route.target[1] == endpoint_id


def settle(backend: Any) -> None:
    for endpoint in list(backend.vpc_end_points.values()):
        endpoint.settle()


def answered_domains(vpc_id: str, backend: Any) -> dict[str, Endpoint]:
    """Return {domain: the endpoint with private DNS that answers it in the VPC}."""
    endpoints = [endpoint for endpoint in backend.vpc_end_points.values() if endpoint.vpc_id == vpc_id]
    return {endpoint.private_domain: endpoint for endpoint in endpoints if endpoint.private_domain}
