# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudWatch Logs centralization: names of the log groups into which a rule copies, and what a rule selects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

PREFIX = "/closednet/centralized/"
# LogGroupNamePattern of CreateCentralizationRuleForOrganization. The source's name comes last and as it is, so that
# nothing in it is taken for a part of the place: most begin with a slash, so two follow each other.
PATTERN = PREFIX + "${source.accountId}/${source.region}/${source.logGroup}"
# The same as a regular expression: account, region, the source's log group.
REGEX = PREFIX + r"([0-9]{12})/([a-z0-9-]+)/(.+)"
# What a rule's health means (FailureReason), and who has to act.
HEALTH = {
    "Provisioning": "AWS hasn't finished; run again",
    "TRUSTED_ACCESS_NOT_ENABLED": (
        "nothing is centralized: in the management account, aws organizations enable-aws-service-access"
        " --service-principal observabilityadmin.amazonaws.com"
    ),
    "DESTINATION_ACCOUNT_NOT_IN_ORGANIZATION": "nothing is centralized: the archive's account left the organization",
    "INTERNAL_SERVER_ERROR": "AWS has a fault; run again, and see health.aws.amazon.com",
}


class Source(NamedTuple):
    """Place from which a centralized log group's events came."""

    account_id: str
    region: str
    log_group: str


def source(log_group: str) -> Source | None:
    """Return the source of a centralized log group, by its name; None if it isn't one of PATTERN."""
    found = re.fullmatch(REGEX, log_group, re.ASCII)
    return Source(*found.groups()) if found else None


def source_account(log_group: str) -> str | None:
    """Return the account from which a log group's events were centralized, None for any other log group."""
    found = source(log_group)
    return found.account_id if found else None


def group_name(account_id: str, region: str, log_group: str) -> str:
    """Return the name of the log group into which a source's log group is centralized."""
    values = {"accountId": account_id, "region": region, "logGroup": log_group}
    return re.sub(r"\$\{source\.(\w+)\}", lambda variable: values[variable[1]], PATTERN)


def scope(organization_id: str | None, account_ids: Iterable[str]) -> str:
    """Return the rule's Scope: these accounts, or the whole organization if none are given.

    `OrganizationId = 'o-...'` is what the example of Terraform's resource uses. The lists are written as in filters of
    Observability Access Manager links, which the API reference names for the selection criteria; not verified on AWS.
    """
    accounts = sorted(set(account_ids))
    if not accounts:
        return f"OrganizationId = '{organization_id}'"
    if len(accounts) == 1:
        return f"AccountId = '{accounts[0]}'"
    return f"AccountId IN ({', '.join(_quoted(accounts))})"


def criteria(excluded: Iterable[str]) -> str:
    """Return the rule's LogGroupSelectionCriteria: all log groups but these."""
    names = sorted(set(excluded))
    return f"LogGroupName NOT IN ({', '.join(_quoted(names))})" if names else "*"


def _quoted(values: Sequence[str]) -> list[str]:
    return [f"'{value}'" for value in values]


def rule(fields: Any) -> dict[str, Any]:
    """Return the argument Rule of a rule's declared fields (_resources/logs/centralization_rule.py)."""
    encryption = {
        "EncryptionStrategy": "CUSTOMER_MANAGED",
        "KmsKeyArn": fields["kms_key_arn"],
        "EncryptionConflictResolutionStrategy": "ALLOW",
        "EncryptionScope": "NEW_DESTINATION_LOG_GROUPS",
    }
    own = {"EncryptionStrategy": "AWS_OWNED"}
    return {
        "Source": {
            "Regions": list(fields["regions"]),
            "Scope": fields["scope"],
            "SourceLogsConfiguration": {
                "LogGroupSelectionCriteria": fields["log_groups"],
                "EncryptedLogGroupStrategy": "ALLOW" if fields["encrypted"] else "SKIP",
            },
        },
        "Destination": {
            "Region": fields["region"],
            "Account": fields["account_id"],
            "DestinationLogsConfiguration": {
                "LogsEncryptionConfiguration": encryption if fields["kms_key_arn"] else own,
                "LogGroupNameConfiguration": {"LogGroupNamePattern": fields["pattern"]},
            },
        },
    }
