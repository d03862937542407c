# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Copies of log events by centralization rules: which log groups of which account and region get a group's events."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from moto.logs.models import LogGroup, logs_backends
from moto.organizations.models import organizations_backends

from emulator.accounts import management_account_of, member
from emulator.logs.subscriptions import ORIGIN
from emulator.observabilityadmin.models import Rule, observabilityadmin_backends


def copy(group: LogGroup, stream: str, events: list[dict[str, Any]]) -> None:
    """Write events of a log group, as PutLogEvents takes them, into the log groups in which rules centralize it.

    A log group of a rule is created when its first event comes, and its events reach that group's subscriptions.
    """
    for to in of(group.account_id, group.region, group.name, group.kms_key_id) if events else ():
        backend = logs_backends[to.account_id][to.region]
        if to.log_group not in backend.groups:
            backend.create_log_group(to.log_group, {}, kmsKeyId=to.kms_key_arn)
        backend.ensure_log_stream(to.log_group, stream)
        copied = [event | {ORIGIN: (group.account_id, group.region)} for event in events]
        backend.put_log_events(to.log_group, stream, sorted(copied, key=lambda event: event["timestamp"]))


class Copy(NamedTuple):
    """Log group that gets a copy; kms_key_arn: the key with which it is created."""

    account_id: str
    region: str
    log_group: str
    kms_key_arn: str | None


def of(account_id: str, region: str, log_group: str, kms_key_arn: str | None) -> Iterator[Copy]:
    """Yield where events of a log group are copied; kms_key_arn: the group's own key, None: AWS's.

    Events of the destination's account and region aren't copied to itself. Copies keep the name of the log stream;
    neither is verified on AWS.
    """
    management = management_account_of(account_id)
    if management is None:
        return
    for backend in list(observabilityadmin_backends[management].values()):
        for rule in list(backend.rules.values()):
            if rule.selects is None or rule.failure() or rule.state != "Healthy":
                continue
            to = rule.destination
            place = to.get("Account", rule.creator), to["Region"]
            if place == (account_id, region) or region not in rule.rule["Source"]["Regions"]:
                continue
            values = _values(management, account_id, region, log_group)
            if not rule.in_scope(values) or not rule.selects(values):
                continue
            if kms_key_arn and not rule.takes_encrypted:
                continue
            yield Copy(*place, _name(rule, values), rule.kms_key_arn)


def _values(management: str, account_id: str, region: str, log_group: str) -> dict[str, str]:
    organization = organizations_backends[management]["aws"]
    account = member(organization, account_id)
    return {
        "OrganizationId": organization.org.id,
        "AccountId": account_id,
        "OrganizationUnitId": account.parent_id if account else "",
        "LogGroupName": log_group,
        "source.logGroup": log_group,
        "source.accountId": account_id,
        "source.region": region,
        "source.org.id": organization.org.id,
    }


def _name(rule: Rule, values: dict[str, Any]) -> str:
    """Return the name by the rule's pattern. Raises NotImplementedError for units' variables."""

    def value(variable: re.Match[str]) -> str:
        if variable[1] not in values:
            raise NotImplementedError(f"the variable {variable[1]} of a log group's name")
        return values[variable[1]]

    return re.sub(r"\$\{([^}]*)\}", value, rule.pattern)
