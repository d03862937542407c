# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Work groups: https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroupConfiguration.html"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

from moto.athena.models import WorkGroup as MotoWorkGroup

from emulator.athena.errors import invalid

LEAST_CUTOFF = 10_000_000
ENGINE = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}


class WorkGroup(MotoWorkGroup):
    """Work group with AWS's checks and defaults. state: ENABLED or DISABLED."""

    def __init__(self, backend: Any, name: str, configuration: dict[str, Any], description: str | None, tags: Any):
        configuration = dict(configuration)
        _check(configuration)
        super().__init__(backend, name, configuration, description or "", tags)
        self.configuration["EngineVersion"] = ENGINE
        self.description = description
        self.created = datetime.now(timezone.utc)

    @property
    def limit(self) -> int | None:
        return self.configuration.get("BytesScannedCutoffPerQuery")

    @property
    def manages_results(self) -> bool:
        return (self.configuration.get("ManagedQueryResultsConfiguration") or {}).get("Enabled", False)

    def described(self) -> dict[str, Any]:
        return {
            "Name": self.name,
            "State": self.state,
            "Configuration": self.configuration,
            "Description": self.description,
            "CreationTime": self.created,
        }

    def update(self, description: str | None, updates: dict[str, Any] | None, state: str | None) -> None:
        """Change what is given: https://docs.aws.amazon.com/athena/latest/APIReference/API_UpdateWorkGroup.html"""
        changed = _updated(self.configuration, updates or {})
        _check(changed)
        self.configuration = changed
        if description is not None:
            self.description = description
        if state is not None:
            self.state = state


# Members of a configuration that an update replaces as they are.
_PLAIN = (
    "EnforceWorkGroupConfiguration",
    "PublishCloudWatchMetricsEnabled",
    "BytesScannedCutoffPerQuery",
    "RequesterPaysEnabled",
    "AdditionalConfiguration",
    "ExecutionRole",
    "CustomerContentEncryptionConfiguration",
    "EnableMinimumEncryptionConfiguration",
    "QueryResultsS3AccessGrantsConfiguration",
    "MonitoringConfiguration",
    "EngineConfiguration",
)


def _updated(configuration: dict[str, Any], updates: dict[str, Any]) -> dict[str, Any]:
    changed = dict(configuration) | {name: updates[name] for name in _PLAIN if name in updates}
    if updates.get("RemoveBytesScannedCutoffPerQuery"):
        changed.pop("BytesScannedCutoffPerQuery", None)
    if updates.get("RemoveCustomerContentEncryptionConfiguration"):
        changed.pop("CustomerContentEncryptionConfiguration", None)
    if "ResultConfigurationUpdates" in updates:
        changed["ResultConfiguration"] = _merged(
            configuration.get("ResultConfiguration"), updates["ResultConfigurationUpdates"]
        )
    if "ManagedQueryResultsConfigurationUpdates" in updates:
        changed["ManagedQueryResultsConfiguration"] = _merged(
            configuration.get("ManagedQueryResultsConfiguration"), updates["ManagedQueryResultsConfigurationUpdates"]
        )
    return changed


def _merged(before: dict[str, Any] | None, updates: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration with the updates; RemoveX removes X."""
    removed = {name.removeprefix("Remove") for name, value in updates.items() if name.startswith("Remove") and value}
    given = {name: value for name, value in updates.items() if not name.startswith("Remove")}
    return {name: value for name, value in ((before or {}) | given).items() if name not in removed}


def _check(configuration: dict[str, Any]) -> None:
    """Raise InvalidRequestException for what AWS refuses; the texts are not verified.

    "If Managed query results is enabled, you can't specify an S3 location":
    https://docs.aws.amazon.com/athena/latest/ug/managed-results.html
    """
    cutoff = configuration.get("BytesScannedCutoffPerQuery")
    if cutoff is not None and cutoff < LEAST_CUTOFF:
        raise invalid(
            f"1 validation error detected: Value '{cutoff}' at 'configuration.bytesScannedCutoffPerQuery' failed to "
            f"satisfy constraint: Member must have value greater than or equal to {LEAST_CUTOFF}"
        )
    location = (configuration.get("ResultConfiguration") or {}).get("OutputLocation")
    managed = (configuration.get("ManagedQueryResultsConfiguration") or {}).get("Enabled")
    if managed and location:
        raise invalid("Managed query results and an output location can't be used together")
    if location is not None and not re.fullmatch(r"s3://[^/]+(/.*)?", location):
        raise invalid("outputLocation is not a valid S3 path.")
