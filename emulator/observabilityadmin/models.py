# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Centralization rules of an organization in a region.

Rules: the model of the API in botocore (observabilityadmin), and "Cross-account cross-Region log centralization":
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatchLogs_Centralization.html
"""

from __future__ import annotations

import re
import time
from typing import Any

import boto3
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.exceptions import ServiceException
from moto.organizations.models import organizations_backends

from emulator.accounts import management_account_of
from emulator.observabilityadmin import filters
from emulator.transitions import StateClock, Transition

PRINCIPAL = "observabilityadmin.amazonaws.com"
OF_SCOPE = ("OrganizationId", "AccountId", "OrganizationUnitId")
VARIABLES = (
    *("source.logGroup", "source.accountId", "source.region"),
    *("source.org.id", "source.org.ouId", "source.org.rootId", "source.org.path"),
)
ORIGINAL = "${source.logGroup}"


class ObservabilityAdminError(ServiceException):
    """Error of the service: ObservabilityAdminError(code, message, member=value of the error's shape)."""

    def __init__(self, code: str, message: str, **members: Any):
        super().__init__(code, message)
        self.__dict__.update(members, Message=message)


def invalid(message: str) -> ObservabilityAdminError:
    return ObservabilityAdminError("ValidationException", message)


class Rule:
    state = StateClock("centralization-rule")

    def __init__(self, name: str, arn: str, creator: str, region: str, rule: dict[str, Any], tags: dict[str, str]):
        self.name, self.arn, self.creator, self.region, self.tags = name, arn, creator, region, dict(tags)
        self.created = int(time.time() * 1000)
        self.put(rule)

    def put(self, rule: dict[str, Any]) -> None:
        self.rule, self.updated = rule, int(time.time() * 1000)
        self.state = Transition("Provisioning", "Healthy")
        source = rule["Source"]
        logs = source.get("SourceLogsConfiguration")
        self.in_scope = _filter(source.get("Scope", "*"), OF_SCOPE)
        self.selects = _filter((logs or {}).get("LogGroupSelectionCriteria", "*"), ("LogGroupName",)) if logs else None
        unknown = [name for name in re.findall(r"\$\{([^}]*)\}", self.pattern) if name not in VARIABLES]
        if unknown:
            raise invalid(f"The log group name pattern has the unknown variable {unknown[0]}.")  # not verified

    @property
    def destination(self) -> dict[str, Any]:
        return self.rule["Destination"]

    @property
    def _of_destination(self) -> dict[str, Any]:
        return self.destination.get("DestinationLogsConfiguration", {})

    @property
    def pattern(self) -> str:
        return self._of_destination.get("LogGroupNameConfiguration", {}).get("LogGroupNamePattern", ORIGINAL)

    @property
    def kms_key_arn(self) -> str | None:
        return self._of_destination.get("LogsEncryptionConfiguration", {}).get("KmsKeyArn")

    @property
    def takes_encrypted(self) -> bool:
        return self.rule["Source"].get("SourceLogsConfiguration", {}).get("EncryptedLogGroupStrategy") == "ALLOW"

    def failure(self) -> str:
        """Return the FailureReason, "" if nothing is wrong."""
        management = management_account_of(self.creator)
        if management is None or not has_trusted_access(management):
            return "TRUSTED_ACCESS_NOT_ENABLED"
        if management_account_of(self.destination.get("Account", self.creator)) != management:
            return "DESTINATION_ACCOUNT_NOT_IN_ORGANIZATION"
        return ""

    def health(self) -> dict[str, Any]:
        failure = self.failure()
        return {"RuleHealth": "Unhealthy", "FailureReason": failure} if failure else {"RuleHealth": self.state}

    def summary(self) -> dict[str, Any]:
        return {
            "RuleName": self.name,
            "RuleArn": self.arn,
            "CreatorAccountId": self.creator,
            "CreatedTimeStamp": self.created,
            "CreatedRegion": self.region,
            "LastUpdateTimeStamp": self.updated,
            **self.health(),
        }


def _filter(text: str, operands: tuple[str, ...]) -> filters.Matcher:
    try:
        return filters.parse(text, operands)
    except ValueError:
        raise invalid(f"The filter {text} is not valid.") from None  # the text is not verified


def has_trusted_access(management: str) -> bool:
    services = organizations_backends[management]["aws"].services
    return any(service["ServicePrincipal"] == PRINCIPAL for service in services)


def may_administer(account_id: str) -> bool:
    """Return true for the management account and delegated administrators of the service."""
    management = management_account_of(account_id)
    if management is None:
        return False
    admins = organizations_backends[management]["aws"].admins
    return management == account_id or any(
        admin.account.id == account_id and PRINCIPAL in admin.services for admin in admins
    )


class ObservabilityAdminBackend(BaseBackend):
    """Rules of the organization of which the account is the management account."""

    def __init__(self, region_name: str, account_id: str):
        super().__init__(region_name, account_id)
        self.rules: dict[str, Rule] = {}

    def create(self, name: str, creator: str, rule: dict[str, Any], tags: dict[str, str]) -> Rule:
        if name in self.rules:
            raise ObservabilityAdminError(
                "ConflictException",
                f"A centralization rule with the name {name} already exists.",  # the text is not verified
                ResourceId=name,
                ResourceType="organization-centralization-rule",
            )
        # The form of the ARN: Terraform's test of the resource.
        arn = f"arn:aws:observabilityadmin:{self.region_name}:{creator}:organization-centralization-rule/{name}"
        self.rules[name] = Rule(name, arn, creator, self.region_name, rule, tags)
        return self.rules[name]

    def find(self, identifier: str) -> Rule:
        """Return the rule of this name or ARN. Raises ResourceNotFoundException."""
        for rule in self.rules.values():
            if identifier in (rule.name, rule.arn):
                return rule
        raise ObservabilityAdminError(
            "ResourceNotFoundException",
            f"The centralization rule {identifier} doesn't exist.",  # the text is not verified
            ResourceId=identifier,
            ResourceType="organization-centralization-rule",
        )


# boto3 doesn't list the service's regions.
observabilityadmin_backends: BackendDict[ObservabilityAdminBackend] = BackendDict(
    ObservabilityAdminBackend,
    "observabilityadmin",
    use_boto3_regions=False,
    additional_regions=boto3.Session().get_available_regions("logs"),
)
