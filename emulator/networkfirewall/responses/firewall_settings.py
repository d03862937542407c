# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations that change one setting of a firewall, and its logging."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult

from emulator.iam.network_firewall import DELIVERY_ROLE, DELIVERY_SERVICE
from emulator.iam.service_linked import need_service_linked_role
from emulator.networkfirewall.errors import invalid_request
from emulator.networkfirewall.models.resource import DEFAULT_ENCRYPTION
from emulator.networkfirewall.responses.base import Base

# Destination type -> (key that is needed, keys that are known): API_LogDestinationConfig.
DESTINATIONS = {
    "S3": ("bucketName", {"bucketName", "prefix"}),
    "CloudWatchLogs": ("logGroup", {"logGroup"}),
    "KinesisDataFirehose": ("deliveryStream", {"deliveryStream"}),
}
LOGGING = "LoggingConfiguration.LogDestinationConfigs"


class FirewallSettingsResponse(Base):
    def update_firewall_delete_protection(self) -> ActionResult:
        return self._protect("DeleteProtection")

    def update_subnet_change_protection(self) -> ActionResult:
        return self._protect("SubnetChangeProtection")

    def update_firewall_policy_change_protection(self) -> ActionResult:
        return self._protect("FirewallPolicyChangeProtection")

    def update_availability_zone_change_protection(self) -> ActionResult:
        return self._protect("AvailabilityZoneChangeProtection")

    def _protect(self, name: str) -> ActionResult:
        firewall = self.changeable()
        firewall.protections[name] = self.request[name]
        return self.changed(firewall, **{name: firewall.protections[name]})

    def update_firewall_description(self) -> ActionResult:
        firewall = self.changeable()
        firewall.description = self._get_param("Description")
        return self.changed(firewall, Description=firewall.description)

    def update_firewall_encryption_configuration(self) -> ActionResult:
        firewall = self.changeable()
        firewall.encryption = self.request.get("EncryptionConfiguration") or dict(DEFAULT_ENCRYPTION)
        return self.changed(firewall, EncryptionConfiguration=firewall.encryption)

    def update_firewall_analysis_settings(self) -> ActionResult:
        firewall = self.changeable()
        firewall.analysis_types = self.request.get("EnabledAnalysisTypes") or []
        return self.changed(firewall, EnabledAnalysisTypes=firewall.analysis_types)

    # Logging

    def describe_logging_configuration(self) -> ActionResult:
        firewall = self.firewall()
        return ActionResult(
            {
                "FirewallArn": firewall.arn,
                "LoggingConfiguration": {"LogDestinationConfigs": firewall.logging},
                "EnableMonitoringDashboard": firewall.dashboard,
            }
        )

    def update_logging_configuration(self) -> ActionResult:
        """Change the logging by one destination; without a configuration there is none afterwards."""
        firewall = self.firewall()
        wanted = (self.request.get("LoggingConfiguration") or {}).get("LogDestinationConfigs") or []
        check_destinations(wanted)
        if changes(firewall.logging, wanted) > 1:
            # API_UpdateLoggingConfiguration: "You can perform only one of the following actions in any call"; the text
            # is what people met who changed several.
            raise invalid_request("multiple log destination configs")
        if any(config["LogDestinationType"] == "KinesisDataFirehose" for config in wanted):
            # logging-kinesis: "Network Firewall creates a service linked role with the necessary permissions".
            need_service_linked_role(self.current_account, DELIVERY_SERVICE, DELIVERY_ROLE, "")
        firewall.logging = wanted
        firewall.dashboard = self.request.get("EnableMonitoringDashboard", firewall.dashboard)
        return ActionResult(
            {
                "FirewallArn": firewall.arn,
                "FirewallName": firewall.name,
                "LoggingConfiguration": {"LogDestinationConfigs": wanted},
                "EnableMonitoringDashboard": firewall.dashboard,
            }
        )


def check_destinations(configs: list[dict[str, Any]]) -> None:
    """Refuse a destination without its key or with another's, and two of a log type; the texts are not verified."""
    types = [config["LogType"] for config in configs]
    for number, config in enumerate(configs):
        needed, known = DESTINATIONS[config["LogDestinationType"]]
        given = set(config["LogDestination"])
        if needed not in given or given - known:
            path = f"{LOGGING}[{number}].LogDestination"
            raise invalid_request("LogDestination is invalid", ", ".join(sorted(given)), path)
    if len(set(types)) < len(types):
        raise invalid_request("LogType has duplicate values", ", ".join(types), LOGGING)


def changes(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> int:
    """Return the number of destinations that are added, removed, or lead elsewhere.

    "You can't change the LogDestinationType or LogType": another type is one that is removed and one that is added.
    """
    before = {(one["LogType"], one["LogDestinationType"]): one["LogDestination"] for one in old}
    after = {(one["LogType"], one["LogDestinationType"]): one["LogDestination"] for one in new}
    moved = sum(before[key] != after[key] for key in before.keys() & after.keys())
    return len(before.keys() ^ after.keys()) + moved
