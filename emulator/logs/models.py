# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Log groups of an account with their subscriptions, its account-level policy and its destinations."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.logs.exceptions import (
    InvalidParameterException,
    LimitExceededException,
    ResourceNotFoundException,
)
from moto.logs.models import LogGroup, LogsBackend
from moto.utilities.utils import get_partition

from emulator import clock
from emulator.logs import ingestion, patterns, records, selection, subscriptions
from emulator.logs.destinations import Destination, allows, is_of_organization, is_policy
from emulator.logs.subscriptions import ORIGIN, TARGETS, Subscription
from emulator.observabilityadmin import copies
from emulator.steps import StepFailed

SUBSCRIPTION_POLICY = "SUBSCRIPTION_FILTER_POLICY"
# "The JSON specified in policyDocument can be up to 30,720 characters" (AccountPolicy); "up to 5120 bytes"
# (PutDestinationPolicy).
LARGEST_POLICY, LARGEST_ACCESS_POLICY = 30_720, 5120
_numbers = itertools.count(37_000_000_000)


class LogsError(JsonRESTError):
    def __init__(self, code: str, message: str):
        super().__init__(code, message)
        self.code = 400


@dataclass(eq=False)
class AccountPolicy:
    subscription: Subscription
    document: str
    criteria: str | None
    updated: int

    def describe(self) -> dict[str, Any]:
        described = {
            "policyName": self.subscription.name,
            "policyDocument": self.document,
            "lastUpdatedTime": self.updated,
            "policyType": SUBSCRIPTION_POLICY,
            "scope": "ALL",
            "selectionCriteria": self.criteria,
            "accountId": self.subscription.account_id,
        }
        return {key: value for key, value in described.items() if value is not None}


class SubscribedLogs(LogsBackend):
    def __init__(self, region_name: str, account_id: str):
        super().__init__(region_name, account_id)
        # By log group, then by name.
        self.subscriptions: dict[str, dict[str, Subscription]] = {}
        # One for each account and region.
        self.account_policy: AccountPolicy | None = None
        # Name of a log group -> its class, where it isn't STANDARD.
        self.classes: dict[str, str] = {}
        # Metric filters by log group, then by name.
        self.metric_filters: dict[str, dict[str, dict[str, Any]]] = {}

    def all_subscriptions(self) -> list[Subscription]:
        found = [each for by_name in self.subscriptions.values() for each in by_name.values()]
        return found + ([self.account_policy.subscription] if self.account_policy else [])

    def group(self, name: str) -> LogGroup:
        if name not in self.groups:
            raise ResourceNotFoundException()
        return self.groups[name]

    def delete_log_group(self, log_group_name: str) -> None:
        arn = self.group(log_group_name).arn
        super().delete_log_group(log_group_name)
        self.tagger.delete_all_tags_for_resource(arn)
        self.subscriptions.pop(log_group_name, None)
        self.classes.pop(log_group_name, None)
        self.metric_filters.pop(log_group_name, None)

    # Events

    def put_log_events(
        self, log_group_name: str, log_stream_name: str, log_events: list[dict[str, Any]]
    ) -> tuple[str, dict[str, Any]]:
        ingestion.check(log_events)
        group = self.group(log_group_name)
        if log_stream_name not in group.streams:
            raise ResourceNotFoundException("The specified log stream does not exist.")
        accepted, rejected = ingestion.sorted_out(log_events, clock.now(), group.retention_in_days)
        stream = group.streams[log_stream_name]
        token = stream.put_log_events(accepted)
        events = stream.events[len(stream.events) - len(accepted) :]
        for event in events:
            # 56 digits, unique and growing: as eventId of FilterLogEvents and id of subscriptions.
            event.event_id = f"{next(_numbers)}{event.timestamp:013d}".ljust(56, "0")  # type: ignore[assignment]
        written = [
            {"id": one.event_id, "timestamp": one.timestamp, "message": one.message, ORIGIN: given.get(ORIGIN)}
            for one, given in zip(events, accepted)
        ]
        self._subscribed(log_group_name, log_stream_name, written)
        copies.copy(group, log_stream_name, accepted)
        return token, rejected

    def _subscribed(self, group: str, stream: str, events: list[dict[str, Any]]) -> None:
        """Give events to the log group's subscriptions. Those of the class STANDARD alone have any."""
        if not events or group in self.classes:
            return
        for subscription in list(self.subscriptions.get(group, {}).values()):
            subscription.take(group, stream, events)
        policy = self.account_policy
        if policy and group not in policy.subscription.excluded:
            policy.subscription.take(group, stream, events)

    # Subscription filters

    def put_subscription(self, given: Subscription) -> None:
        """Create or change a subscription filter of a log group. Raises the errors of API_PutSubscriptionFilter."""
        self.group(given.group)
        if given.group in self.classes:
            raise LogsError(
                "InvalidOperationException",
                f"Subscription filters are not supported for the log class {self.classes[given.group]}.",
            )
        known = self.subscriptions.setdefault(given.group, {})
        # "Each log group can have up to two subscription filters associated with it."
        if given.name not in known and len(known) >= 2:
            raise LimitExceededException()
        self._check_destination(given)
        if before := known.get(given.name):
            given.created = before.created
        known[given.name] = given

    def delete_subscription_filter(self, log_group_name: str, filter_name: str) -> None:
        self.group(log_group_name)
        if filter_name not in self.subscriptions.get(log_group_name, {}):
            raise ResourceNotFoundException("The specified subscription filter does not exist.")
        del self.subscriptions[log_group_name][filter_name]

    def _check_destination(self, given: Subscription) -> None:
        """Send the test message. Raises InvalidParameterException or AccessDeniedException.

        Texts: "cannot work with destinationArn for vendor ..." and "... without roleArn", "... with roleArn": errors
        that many users quote; the denial: aws/aws-cli#4422; test messages: terraform-provider-aws, moto, and
        alertlogic/cloudwatch-logs-s3-export#9.
        """
        parts = given.destination_arn.split(":", 5)
        vendor = parts[2] if len(parts) == 6 else ""
        if vendor == "logs" and parts[5].startswith("destination:"):
            self._check_logical(given)
        elif vendor not in TARGETS:
            raise InvalidParameterException(
                f"PutSubscriptionFilter operation cannot work with destinationArn for vendor {vendor}"
            )
        elif vendor == "lambda" and given.role_arn:
            raise InvalidParameterException("destinationArn for vendor lambda cannot be used with roleArn")
        elif vendor != "lambda" and not given.role_arn:
            raise InvalidParameterException(f"destinationArn for vendor {vendor} cannot be used without roleArn")
        elif parts[3:5] != [self.region_name, self.account_id]:
            # "belonging to the same account as the subscription filter"; the text is not verified.
            raise InvalidParameterException(_undelivered(vendor))
        else:
            self._test(given, vendor)

    def _check_logical(self, given: Subscription) -> None:
        destination = subscriptions.destination_of(given.destination_arn)
        if destination is None or given.destination_arn.split(":")[3] != self.region_name:
            # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CrossAccountSubscriptions-Firehose.html: "The log
            # group and the destination must be in the same AWS Region."
            raise InvalidParameterException(
                "Could not deliver test message to specified destination. Check if the destination is valid."
            )
        if not allows(destination, self.account_id, given.role_arn):
            raise LogsError(
                "AccessDeniedException",
                f"User with accountId: {self.account_id} is not authorized to perform: logs:PutSubscriptionFilter on "
                f"resource: {given.destination_arn}",
            )
        if is_of_organization(destination) and not given.role_arn:
            raise InvalidParameterException(
                "Role ARN is required when creating subscription filter against destination with Organization access "
                "policy"
            )
        self._test(given, destination.target_arn.split(":")[2])

    def _test(self, given: Subscription, vendor: str) -> None:
        try:
            subscriptions.deliver(given, records.control_message(TARGETS[vendor]))
        except StepFailed:
            raise InvalidParameterException(_undelivered(vendor)) from None

    # Account-level policies

    def put_account_policy(self, name: str, document: str, criteria: str | None) -> AccountPolicy:
        """Create or change the account's subscription policy. Raises the errors of API_PutAccountPolicy."""
        before = self.account_policy
        if before and before.subscription.name != name:
            # "Each account can have one account-level subscription filter policy per Region."
            raise LimitExceededException()
        subscription = self._of_policy(name, document, criteria)
        self._check_destination(subscription)
        if before:
            subscription.created = before.subscription.created
        now = int(clock.now().timestamp() * 1000)
        self.account_policy = AccountPolicy(subscription, document, criteria, now)
        return self.account_policy

    def _of_policy(self, name: str, document: str, criteria: str | None) -> Subscription:
        """Return the subscription of a policy document. The texts of its errors are not verified."""
        try:
            parsed = json.loads(document)
            excluded = selection.excluded(criteria) if criteria else frozenset()
            if not isinstance(parsed, dict) or len(document) > LARGEST_POLICY:
                raise ValueError("policyDocument is invalid")
            if unknown := set(parsed) - {"DestinationArn", "RoleArn", "FilterPattern", "Distribution"}:
                raise ValueError(f"policyDocument has unknown attributes: {', '.join(sorted(unknown))}")
            matches = patterns.compiled(parsed.get("FilterPattern", ""))
            arn = parsed["DestinationArn"]
        except (KeyError, ValueError) as error:
            raise InvalidParameterException(str(error)) from None
        return Subscription(
            self.account_id,
            self.region_name,
            name,
            "",
            parsed.get("FilterPattern", ""),
            matches,
            arn,
            parsed.get("RoleArn"),
            parsed.get("Distribution", "ByLogStream"),
            excluded=excluded,
        )

    def delete_account_policy(self, name: str) -> None:
        if not self.account_policy or self.account_policy.subscription.name != name:
            raise ResourceNotFoundException(f"Policy with name {name} does not exist.")
        self.account_policy = None

    # Destinations

    def put_logical(self, name: str, target_arn: str, role_arn: str) -> Destination:
        """Create or change a destination. Raises InvalidParameterException if the test message doesn't arrive."""
        vendor = target_arn.split(":")[2] if target_arn.count(":") >= 5 else ""
        if vendor not in ("firehose", "kinesis"):
            raise InvalidParameterException(f"PutDestination operation cannot work with targetArn for vendor {vendor}")
        probe = Subscription(self.account_id, self.region_name, name, "", "", lambda _: True, target_arn, role_arn)
        self._test(probe, vendor)
        arn = f"arn:{get_partition(self.region_name)}:logs:{self.region_name}:{self.account_id}:destination:{name}"
        known = self.destinations.get(arn)
        if known is None:
            known = self.destinations[arn] = Destination(name, arn, target_arn, role_arn)  # type: ignore[assignment]
        known.target_arn, known.role_arn = target_arn, role_arn
        return known  # type: ignore[return-value]

    def logical(self, name: str) -> Destination:
        for destination in self.destinations.values():
            if destination.name == name:  # type: ignore[attr-defined]
                return destination  # type: ignore[return-value]
        raise ResourceNotFoundException("The specified destination does not exist.")

    def put_access_policy(self, name: str, document: str) -> None:
        if len(document.encode()) > LARGEST_ACCESS_POLICY or not is_policy(document):
            raise InvalidParameterException("accessPolicy is invalid")
        self.logical(name).access_policy = document

    def delete_destination(self, destination_name: str) -> None:
        destination = self.logical(destination_name)
        self.tagger.delete_all_tags_for_resource(destination.arn)
        del self.destinations[destination.arn]


def _undelivered(vendor: str) -> str:
    if vendor == "lambda":
        return (
            "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute "
            "your function."
        )
    name = {"firehose": "Firehose", "kinesis": "Kinesis"}[vendor]
    return (
        f"Could not deliver test message to specified {name} stream. Check if the given {name} stream is in ACTIVE "
        "state."
    )
