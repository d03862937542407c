# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.logs.exceptions import InvalidParameterException, LogsClientError, ResourceNotFoundException

from emulator.constraints import Constrained
from emulator.logs import keys, patterns
from emulator.logs.destinations import is_policy
from emulator.logs.metric_filters import MetricFilters
from emulator.logs.models import SUBSCRIPTION_POLICY, LogsError, SubscribedLogs
from emulator.logs.subscriptions import Subscription

PAGE = MOST_TAGS = 50
# API_PutRetentionPolicy
RETENTIONS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


class LogsResponses(Constrained, MetricFilters):
    @property
    def backend(self) -> SubscribedLogs:
        return self.logs_backend  # type: ignore[return-value]

    def _page(self, items: list[Any], name: Callable[[Any], str]) -> tuple[list[Any], str | None]:
        """Return a page of items, ASCII-sorted by name, and the token of the next one: the last name of this one."""
        limit = self._get_param("limit", PAGE)
        if not 1 <= limit <= PAGE:
            bound = f"less than or equal to {PAGE}" if limit > PAGE else "greater than or equal to 1"
            raise InvalidParameterException(
                f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: Member must "
                f"have value {bound}"
            )
        ordered = sorted(items, key=name)
        if token := self._get_param("nextToken"):
            if token not in map(name, ordered):
                raise InvalidParameterException("The specified nextToken is invalid.")
            ordered = [item for item in ordered if name(item) > token]
        page = ordered[:limit]
        return page, name(page[-1]) if len(ordered) > limit else None

    # Events

    def filter_log_events(self) -> str:
        """Answer FilterLogEvents; of logStreamNamePrefix moto doesn't know: API_FilterLogEvents."""
        prefix, names = self._get_param("logStreamNamePrefix"), self._get_param("logStreamNames")
        if (token := self._get_param("nextToken")) and "@" not in token:  # of moto's tokens, "group@stream@event"
            raise InvalidParameterException("The specified nextToken is invalid.")
        if prefix and names:
            # "you can't use both"; the text is not verified.
            raise InvalidParameterException("logStreamNamePrefix and logStreamNames cannot be used together.")
        if not prefix:
            return super().filter_log_events()
        group = self.backend.groups.get(self._get_param("logGroupName"))
        found = [name for name in (group.streams if group else ()) if name.startswith(prefix)]
        if group and not found:
            return json.dumps({"events": [], "searchedLogStreams": []})
        self.body = json.dumps({**json.loads(self.body), "logStreamNames": found})
        return super().filter_log_events()

    def describe_log_streams(self) -> str:
        if self._get_param("logGroupName") and self._get_param("logGroupIdentifier"):
            raise LogsClientError(
                "ValidationException", "LogGroup name and LogGroup ARN are mutually exclusive parameters."
            )
        return super().describe_log_streams()

    def create_log_stream(self) -> str:
        group = self.backend.groups.get(self._get_param("logGroupName"))
        if group and self._get_param("logStreamName") in group.streams:
            raise LogsClientError("ResourceAlreadyExistsException", "The specified log stream already exists")
        return super().create_log_stream()

    # Log groups

    def create_log_group(self) -> str:
        name, key = self._get_param("logGroupName"), self._get_param("kmsKeyId")
        _check_tags({}, self._get_param("tags") or {})
        if name.startswith("aws/"):
            # API_CreateLogGroup: "Log group names can't start with the string aws/"; the text is not verified.
            raise InvalidParameterException("Log groups starting with aws/ are reserved for AWS.")
        if key and name not in self.backend.groups:
            keys.check_key(key, self._arn(name), self.region)
        answer = super().create_log_group()
        kind = self._get_param("logGroupClass", "STANDARD")
        if kind != "STANDARD":
            self.backend.classes[self._get_param("logGroupName")] = kind
        return answer

    def describe_log_groups(self) -> str:
        for name in ("logGroupIdentifiers", "includeLinkedAccounts", "accountIdentifiers"):
            if self._get_param(name):
                raise NotImplementedError(name)
        prefix, part = self._get_param("logGroupNamePrefix"), self._get_param("logGroupNamePattern")
        if prefix and part:
            raise InvalidParameterException(
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
            )
        wanted = self._get_param("logGroupClass")
        classes = self.backend.classes
        found = [
            group
            for name, group in self.backend.groups.items()
            if name.startswith(prefix or "")
            and (part or "") in name
            and wanted in (None, classes.get(name, "STANDARD"))
        ]
        page, token = self._page(found, lambda group: group.name)
        described = [
            group.to_describe_dict()
            | {
                "logGroupClass": classes.get(group.name, "STANDARD"),
                "metricFilterCount": len(self.backend.metric_filters.get(group.name, ())),
            }
            for group in page
        ]
        if part:
            # "then only arn, creationTime, and logGroupName are included in the response" (API_DescribeLogGroups)
            described = [{name: one[name] for name in ("arn", "creationTime", "logGroupName")} for one in described]
        return _written({"logGroups": described, "nextToken": token})

    def _arn(self, name: str) -> str:
        return f"arn:{self.partition}:logs:{self.region}:{self.current_account}:log-group:{name}"

    def associate_kms_key(self) -> str:
        """Encrypt a log group: API_AssociateKmsKey. Query results (resourceIdentifier) are not emulated."""
        if self._get_param("resourceIdentifier"):
            raise NotImplementedError("resourceIdentifier")
        keys.encrypt(self.backend.group(self._get_param("logGroupName")), self._get_param("kmsKeyId"))
        return ""

    def disassociate_kms_key(self) -> str:
        if self._get_param("resourceIdentifier"):
            raise NotImplementedError("resourceIdentifier")
        keys.encrypt(self.backend.group(self._get_param("logGroupName")), None)
        return ""

    def put_resource_policy(self) -> str:
        """Put a resource policy. Raises InvalidParameterException for one that is no policy; text not verified."""
        if not is_policy(self._get_param("policyDocument") or ""):
            raise InvalidParameterException("The resource policy document is invalid.")
        return super().put_resource_policy()

    def put_retention_policy(self) -> str:
        days = self._get_param("retentionInDays")
        if days not in RETENTIONS:
            raise InvalidParameterException(
                f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: "
                f"Member must satisfy enum value set: {list(RETENTIONS)}"
            )
        return super().put_retention_policy()

    def tag_resource(self) -> str:
        arn = self._get_param("resourceArn")
        self._check_tagged(arn)
        _check_tags(self.backend.list_tags_for_resource(arn), self._get_param("tags"))
        return super().tag_resource()

    def untag_resource(self) -> str:
        self._check_tagged(self._get_param("resourceArn"))
        return super().untag_resource()

    def list_tags_for_resource(self) -> str:
        self._check_tagged(self._get_param("resourceArn"))
        return super().list_tags_for_resource()

    def _check_tagged(self, arn: str) -> None:
        parts = arn.split(":", 5)
        if len(parts) < 6 or parts[0] != "arn" or parts[2] != "logs":
            raise InvalidParameterException(f"The ARN {arn} is invalid.")  # text not verified
        kind, _, name = parts[5].partition(":")
        known = {"destination": arn in self.backend.destinations, "log-group": name in self.backend.groups}
        if not known.get(kind, True):
            raise ResourceNotFoundException(f"The specified {kind} does not exist.")

    # Subscription filters

    def put_subscription_filter(self) -> str:
        for name in ("fieldSelectionCriteria", "applyOnTransformedLogs"):
            if self._get_param(name):
                raise NotImplementedError(name)
        pattern = self._get_param("filterPattern")
        fields = self._get_param("emitSystemFields") or []
        if unknown := set(fields) - {"@aws.account", "@aws.region", "@source.log"}:
            raise InvalidParameterException(f"Invalid system fields: {', '.join(sorted(unknown))}")
        given = Subscription(
            self.current_account,
            self.region,
            self._get_param("filterName"),
            self._get_param("logGroupName"),
            pattern,
            _compiled(pattern),
            self._get_param("destinationArn"),
            self._get_param("roleArn"),
            self._get_param("distribution", "ByLogStream"),
            fields,
            self._get_param("applyOnTransformedLogs"),
        )
        self.backend.put_subscription(given)
        return ""

    def describe_subscription_filters(self) -> str:
        group, prefix = self._get_param("logGroupName"), self._get_param("filterNamePrefix", "")
        self.backend.group(group)
        found = [each for each in self.backend.subscriptions.get(group, {}).values() if each.name.startswith(prefix)]
        page, token = self._page(found, lambda each: each.name)
        return _written({"subscriptionFilters": [each.describe() for each in page], "nextToken": token})

    # Account-level policies

    def put_account_policy(self) -> str:
        if self._get_param("policyType") != SUBSCRIPTION_POLICY:
            raise NotImplementedError(f"PutAccountPolicy {self._get_param('policyType')}")
        if self._get_param("scope", "ALL") != "ALL":
            raise InvalidParameterException("scope must be ALL")
        policy = self.backend.put_account_policy(
            self._get_param("policyName"), self._get_param("policyDocument"), self._get_param("selectionCriteria")
        )
        return json.dumps({"accountPolicy": policy.describe()})

    def describe_account_policies(self) -> str:
        if self._get_param("accountIdentifiers"):
            raise NotImplementedError("accountIdentifiers")
        policy, name = self.backend.account_policy, self._get_param("policyName")
        found = []
        if policy and self._get_param("policyType") == SUBSCRIPTION_POLICY:
            found = [policy.describe()] if name in (None, policy.subscription.name) else []
        if name and not found:
            # The API names ResourceNotFoundException among the errors; its text is not verified.
            raise ResourceNotFoundException(f"Policy with name {name} does not exist.")
        return json.dumps({"accountPolicies": found})

    def delete_account_policy(self) -> str:
        if self._get_param("policyType") != SUBSCRIPTION_POLICY:
            raise ResourceNotFoundException(f"Policy with name {self._get_param('policyName')} does not exist.")
        self.backend.delete_account_policy(self._get_param("policyName"))
        return ""

    # Destinations

    def put_destination(self) -> str:
        if self._get_param("tags"):
            # terraform-provider-aws, resource aws_cloudwatch_log_destination: "Although PutDestinationInput has a Tags
            # field, specifying tags there results in" this error; it calls TagResource afterwards.
            raise InvalidParameterException(
                "Could not deliver test message to specified destination. Check if the destination is valid."
            )
        destination = self.backend.put_logical(
            self._get_param("destinationName"), self._get_param("targetArn"), self._get_param("roleArn")
        )
        return json.dumps({"destination": destination.describe()})

    def describe_destinations(self) -> str:
        prefix = self._get_param("DestinationNamePrefix", "")
        found = [each for each in self.backend.destinations.values() if each.name.startswith(prefix)]
        page, token = self._page(found, lambda each: each.name)
        return _written({"destinations": [each.describe() for each in page], "nextToken": token})

    def put_destination_policy(self) -> str:
        self.backend.put_access_policy(self._get_param("destinationName"), self._get_param("accessPolicy"))
        return ""


def _compiled(pattern: str) -> patterns.Matches:
    try:
        return patterns.compiled(pattern)
    except patterns.PatternError as error:
        raise InvalidParameterException(str(error)) from None


def _written(answer: dict[str, Any]) -> str:
    return json.dumps({key: value for key, value in answer.items() if value is not None})


def _check_tags(present: dict[str, str], added: dict[str, str]) -> None:
    """Raise an error for tags that a log group can't have: API_TagResource. The texts are not verified."""
    if any(key.lower().startswith("aws:") for key in added):
        raise InvalidParameterException("Tag keys that start with aws: are reserved.")
    if len({*present, *added}) > MOST_TAGS:
        raise LogsError("TooManyTagsException", f"A resource can have no more than {MOST_TAGS} tags.")
