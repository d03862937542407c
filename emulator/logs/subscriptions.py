# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Subscriptions of log groups: where matching events go, and what happens when they can't.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Subscriptions.html: "If the destination service returns a
retryable error [...], CloudWatch Logs continues to retry delivery for up to 24 hours. CloudWatch Logs doesn't try to
re-deliver if the error is a non-retryable error, such as AccessDeniedException or ResourceNotFoundException. In these
cases the subscription filter is disabled for up to 10 minutes [...]. During this disabled period, logs are skipped."
"""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from moto.core.exceptions import ServiceException
from moto.firehose.models import firehose_backends
from moto.kinesis.exceptions import ResourceNotFoundError
from moto.kinesis.models import kinesis_backends
from moto.logs.models import logs_backends

from emulator import clock, deliveries
from emulator.iam.resource_policies import may, trusts
from emulator.logs import records
from emulator.steps import StepFailed, step

DISABLED, KEPT = datetime.timedelta(minutes=10), datetime.timedelta(hours=24)
# Of an event that a centralization rule has copied: the account and region that it comes from.
ORIGIN = "origin"
TARGETS = {"firehose": "Firehose", "kinesis": "Kinesis stream", "lambda": "lambda function"}
_PUTS = {"firehose": ("firehose", "PutRecord"), "kinesis": ("kinesis", "PutRecord"), "lambda": ("lambda", "Invoke")}


@dataclass(eq=False)
class Subscription:
    """Subscription filter of a log group, or account-level policy (`group` is "")."""

    account_id: str
    region: str
    name: str
    group: str
    pattern: str
    matches: Callable[[str], bool]
    destination_arn: str
    role_arn: str | None = None
    distribution: str = "ByLogStream"
    system_fields: list[str] = field(default_factory=list)
    # False for those that were not given: Describe leaves them out.
    apply_on_transformed: bool | None = None
    excluded: frozenset[str] = frozenset()
    created: int = field(default_factory=lambda: int(clock.now().timestamp() * 1000))
    disabled_until: datetime.datetime | None = None
    # What waits after a retryable error: (when it came first, record), oldest first.
    waiting: list[tuple[datetime.datetime, bytes]] = field(default_factory=list)
    # Why the last record did not arrive, for people who debug a test.
    last_error: dict[str, str] = field(default_factory=dict)

    @property
    def arn_of_source(self) -> str:
        return f"arn:aws:logs:{self.region}:{self.account_id}:log-group:{self.group or ''}*"

    def describe(self) -> dict[str, Any]:
        described = {
            "filterName": self.name,
            "logGroupName": self.group,
            "filterPattern": self.pattern,
            "destinationArn": self.destination_arn,
            "roleArn": self.role_arn,
            "distribution": self.distribution,
            "applyOnTransformedLogs": bool(self.apply_on_transformed),
            "creationTime": self.created,
            "emitSystemFields": self.system_fields or None,
        }
        return {key: value for key, value in described.items() if value is not None}

    def take(self, group: str, stream: str, events: list[dict[str, Any]]) -> None:
        """Send the events that match to the destination; while the subscription is disabled they are skipped."""
        now = clock.now()
        if self.disabled_until and now < self.disabled_until:
            return
        self.disabled_until = None
        matching = [self._emitted(event) for event in events if self.matches(event["message"])]
        if not matching:
            return
        is_account_level = not self.group
        made = records.data_messages(self.account_id, group, stream, self.name, matching, is_account_level)
        self.waiting += [(now, record) for record in made]
        _waiting[id(self)] = self
        self.send(now)

    def _emitted(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return the event with its system fields: "source information for centralized log data".

        That they are in extractedFields, as other extracted fields are, is not verified.
        """
        account_id, region = event.get(ORIGIN) or (self.account_id, self.region)
        values = {"@aws.account": account_id, "@aws.region": region}
        fields = {name: values[name] for name in self.system_fields if name in values}
        plain = {name: value for name, value in event.items() if name != ORIGIN}
        return plain | ({"extractedFields": fields} if fields else {})

    def send(self, now: datetime.datetime) -> None:
        """Deliver what waits, oldest first, until it is delivered or a retryable error comes."""
        self.last_error = {}
        while self.waiting:
            came, record = self.waiting[0]
            try:
                deliver(self, record)
            except StepFailed as failed:
                self.last_error = {"code": failed.code, "message": failed.message}
                if failed.retryable and now - came < KEPT:
                    return
                if not failed.retryable:
                    self.disabled_until = now + DISABLED
            self.waiting.pop(0)


# Subscriptions with records that wait, by id(); those of before a reset are forgotten.
_waiting: dict[int, Subscription] = {}


def send_waiting() -> None:
    now = clock.now()
    for key, subscription in list(_waiting.items()):
        if subscription.waiting and _is_known(subscription):
            subscription.send(now)
        if not subscription.waiting or not _is_known(subscription):
            _waiting.pop(key, None)


def _is_known(subscription: Subscription) -> bool:
    return subscription in logs_backends[subscription.account_id][subscription.region].all_subscriptions()


deliveries.register(send_waiting)


def deliver(subscription: Subscription, record: bytes) -> None:
    """Give a record to the subscription's destination. Raises StepFailed."""
    arn, role = subscription.destination_arn, subscription.role_arn
    if arn.split(":")[2] == "logs":
        destination = destination_of(arn)
        if destination is None or arn.split(":")[3] != subscription.region:
            raise _not_found(arn)
        if not allowed(destination, subscription.account_id, subscription.role_arn):
            raise StepFailed("AccessDeniedException", f"{arn} does not allow {subscription.account_id}", False)
        arn, role = destination.target_arn, destination.role_arn
    service, account_id = arn.split(":")[2], arn.split(":")[4]
    if service not in TARGETS:
        raise _not_found(arn)
    _permitted(subscription, service, arn, role)
    with step(*_PUTS[service], account_id):
        {"firehose": _to_firehose, "kinesis": _to_kinesis, "lambda": _to_lambda}[service](subscription, arn, record)


def destination_of(arn: str) -> Any:
    """Return the logical destination of an ARN, None if there is none."""
    return logs_backends[arn.split(":")[4]][arn.split(":")[3]].destinations.get(arn)


def allowed(destination: Any, account_id: str, role_arn: str | None) -> bool:
    """Return true if a destination's access policy lets an account subscribe its log groups: see destinations.py."""
    from emulator.logs.destinations import allows

    return allows(destination, account_id, role_arn)


def _not_found(arn: str) -> StepFailed:
    return StepFailed("ResourceNotFoundException", f"{arn} does not exist", False)


def _permitted(subscription: Subscription, service: str, arn: str, role: str | None) -> None:
    """Raise StepFailed unless CloudWatch Logs may write to a target: with the role, or by the function's policy.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#FirehoseExample: the role trusts
    logs.amazonaws.com, with aws:SourceArn; of a destination: "aws:SourceArn": ["arn:aws:logs:region:sourceAccountId:*",
    "arn:aws:logs:region:recipientAccountId:*"] (CreateFirehoseStreamDestination).
    """
    if service == "lambda":
        context = {"aws:SourceArn": subscription.arn_of_source, "aws:SourceAccount": subscription.account_id}
        if not may("logs.amazonaws.com", "lambda:InvokeFunction", arn, context).allows:
            raise StepFailed("AccessDeniedException", f"{arn} does not allow logs.amazonaws.com", False)
        return
    action = {"firehose": "firehose:PutRecord", "kinesis": "kinesis:PutRecord"}[service]
    source = {"aws:SourceArn": f"arn:aws:logs:{subscription.region}:{subscription.account_id}:*"}
    source["aws:SourceAccount"] = subscription.account_id
    services = ("logs.amazonaws.com", f"logs.{subscription.region}.amazonaws.com")
    if not role or not any(trusts(role, each, source) for each in services):
        raise StepFailed("AccessDeniedException", f"CloudWatch Logs cannot assume {role}", False)
    if not may(role, action, arn, region=arn.split(":")[3]).allows:
        raise StepFailed("AccessDeniedException", f"{role} does not allow {action} on {arn}", False)


def _to_firehose(_subscription: Subscription, arn: str, record: bytes) -> None:
    backend = firehose_backends[arn.split(":")[4]][arn.split(":")[3]]
    try:
        backend.put(arn.rpartition("/")[2], [record], from_logs=True)  # type: ignore[attr-defined]
    except ServiceException as error:
        raise StepFailed(error.code, error.message, False) from None
    except AttributeError:  # no stream was ever created: it is moto's backend still
        raise _not_found(arn) from None


def _to_kinesis(subscription: Subscription, arn: str, record: bytes) -> None:
    backend = kinesis_backends[arn.split(":")[4]][arn.split(":")[3]]
    key = str(uuid4()) if subscription.distribution == "Random" else subscription.name
    try:
        backend.put_record(arn, arn.rpartition("/")[2], key, None, base64.b64encode(record).decode())
    except ResourceNotFoundError:
        raise _not_found(arn) from None


def _to_lambda(_subscription: Subscription, arn: str, record: bytes) -> None:
    """Invoke the function asynchronously: its errors aren't those of the subscription."""
    from emulator.awslambda import running
    from emulator.awslambda.policies import function_of

    function = function_of(arn)
    if function is None:
        raise _not_found(arn)
    event = {"awslogs": {"data": base64.b64encode(record).decode()}}
    try:
        running.run(function, json.dumps(event).encode(), str(uuid4()))
    except running.Busy:
        raise StepFailed("TooManyRequestsException", "The function runs now") from None
