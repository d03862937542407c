# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Firewalls: their endpoints, status, and protections.

https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_Firewall.html and API_FirewallStatus.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from emulator.networkfirewall.errors import invalid_operation, invalid_request
from emulator.networkfirewall.models import endpoints
from emulator.networkfirewall.models.endpoints import FirewallEndpoint, FirewallService
from emulator.networkfirewall.models.resource import Resource
from emulator.transitions import StateClock, Transition

# Member of a firewall -> its value without one in the request: API_CreateFirewall.
PROTECTIONS = {
    "DeleteProtection": True,
    "SubnetChangeProtection": True,
    "FirewallPolicyChangeProtection": True,
    "AvailabilityZoneChangeProtection": False,
}


class AnyPolicy(Protocol):
    arn: str
    token: str
    groups: list[Any]


class Firewall(Resource):
    """A firewall in a VPC, base class of the one that is attached to a transit gateway."""

    segment = "firewall"
    configuration = StateClock("network-firewall-configuration")

    def __init__(self, account_id: str, region: str, policy: AnyPolicy, request: dict[str, Any]):
        super().__init__(account_id, region, request["FirewallName"], request)
        self.policy = policy
        self.vpc_id: str | None = request.get("VpcId")
        self.protections = {name: bool(request.get(name, default)) for name, default in PROTECTIONS.items()}
        self.analysis_types: list[str] = request.get("EnabledAnalysisTypes") or []
        self.service = FirewallService(region)
        # Endpoints of subnets that are associated, and of those that were.
        self.endpoints: list[FirewallEndpoint] = []
        self.associations: dict[str, Any] = {}
        self.logging: list[dict[str, Any]] = []
        self.dashboard = False
        self.reports: dict[str, Any] = {}
        self.flow_operations: dict[str, Any] = {}
        self.configure()

    def configure(self) -> None:
        """Begin to distribute the policy to the endpoints, as after each change of policy, rule groups or subnets."""
        self.configuration = Transition("PENDING", "IN_SYNC")

    # Subnets

    @property
    def current(self) -> list[FirewallEndpoint]:
        """Endpoints of the associated subnets."""
        return [endpoint for endpoint in self.endpoints if endpoint.state not in ("deleting", "deleted")]

    def associate(self, subnets: list[Any]) -> None:
        """Create an endpoint in each subnet. Codes: AssociateSubnets' model; the texts are not verified."""
        zones = {endpoint.zone for endpoint in self.current}
        for subnet in subnets:
            if subnet.vpc_id != self.vpc_id:
                raise invalid_request("subnet doesn't belong to the firewall's VPC", subnet.id, "SubnetMappings")
            if subnet.availability_zone in zones:
                raise invalid_request("SubnetMappings has duplicate Availability Zones", subnet.id, "SubnetMappings")
            zones.add(subnet.availability_zone)
        endpoints.need_addresses(subnets)
        for subnet in subnets:
            self.endpoints.append(FirewallEndpoint(self.account_id, subnet, self.service, self.arn))
        self.configure()

    def disassociate(self, subnet_ids: list[str]) -> None:
        leaving = [endpoint for endpoint in self.current if endpoint.subnet_id in subnet_ids]
        for missing in set(subnet_ids) - {endpoint.subnet_id for endpoint in leaving}:
            raise invalid_request("subnet is not associated with the firewall", missing, "SubnetIds")
        zones = {endpoint.zone_id for endpoint in leaving}
        if any(association.zone_id in zones for association in self.associations.values()):
            # "If a VPC endpoint association exists in the Availability Zone, delete it first": API_DisassociateSubnets
            raise invalid_operation("VPC endpoint associations exist in the Availability Zone")
        endpoints.refuse_routed(leaving)
        for endpoint in leaving:
            endpoints.delete(endpoint)

    # Status

    @property
    def is_ready(self) -> bool:
        return self.configuration == "IN_SYNC" and all(endpoint.is_ready for endpoint in self.current)

    def status_value(self) -> str:
        """Return READY "only when the ConfigurationSyncStateSummary value is IN_SYNC and the Attachment Status values
        for all of the configured subnets are READY": API_FirewallStatus.
        """
        if self.status != "ACTIVE":
            return "DELETING"
        return "READY" if self.is_ready else "PROVISIONING"

    def _sync_states(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for endpoint in self.endpoints:
            if endpoint.state != "deleted":
                yield endpoint.zone, {"Attachment": endpoint.attachment(), "Config": self._config()}

    def _config(self) -> dict[str, Any]:
        objects = [self.policy, *self.policy.groups]
        return {one.arn: {"SyncStatus": self.configuration, "UpdateToken": one.token} for one in objects}

    def status_shape(self) -> dict[str, Any]:
        return {
            "Status": self.status_value(),
            "ConfigurationSyncStateSummary": self.configuration,
            "SyncStates": dict(self._sync_states()),
        }

    def shape(self) -> dict[str, Any]:
        shape = {
            "FirewallName": self.name,
            "FirewallArn": self.arn,
            "FirewallPolicyArn": self.policy.arn,
            "VpcId": self.vpc_id,
            "SubnetMappings": self.mappings(),
            "Description": self.description,
            "FirewallId": self.id,
            "Tags": self.tag_list(),
            "EncryptionConfiguration": self.encryption,
            "NumberOfAssociations": len(self.associations),
            "EnabledAnalysisTypes": self.analysis_types or None,
        }
        return shape | self.protections

    def mappings(self) -> list[dict[str, str]]:
        return [{"SubnetId": endpoint.subnet_id, "IPAddressType": "IPV4"} for endpoint in self.current]

    def delete(self) -> None:
        """Delete the firewall with its endpoints; raises an error while something stands against it."""
        if self.protections["DeleteProtection"]:
            raise invalid_operation("Firewall has delete protection enabled")  # not verified
        if self.associations:
            raise invalid_operation("Firewall has VPC endpoint associations")  # not verified
        endpoints.refuse_routed(self.current)
        if self.logging:
            # Code and text as AWS answered: notes of people who met it, and ekristen/aws-nuke#713.
            raise invalid_request("Cannot delete firewall with a logging configuration")
        for endpoint in self.endpoints:
            endpoints.delete(endpoint)
        super().delete()

    @property
    def is_gone(self) -> bool:
        return super().is_gone and all(endpoint.state == "deleted" for endpoint in self.endpoints)
