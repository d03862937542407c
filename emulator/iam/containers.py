# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources of the writes of ECS, CloudWatch Logs and Systems Manager's parameters, without their tags.

https://docs.aws.amazon.com/service-authorization/latest/reference/: list_amazonelasticcontainerservice,
list_amazoncloudwatchlogs, list_awssystemsmanager. What isn't here is asked for "*".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from emulator.iam.parameters import Resource


def ecs(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> list[Resource]:
    prefix = f"arn:aws:ecs:{region}:{account_id}:"
    cluster = str(parameters.get("cluster") or "default").rpartition("/")[2]
    if operation in ("TagResource", "UntagResource"):
        return [(parameters["resourceArn"], {})]
    if operation in ("CreateService", "DeleteService", "UpdateService"):
        service = str(parameters.get("serviceName") or parameters.get("service")).rpartition("/")[2]
        return [(f"{prefix}service/{cluster}/{service}", {})]
    if operation == "DeleteCluster":
        return [(f"{prefix}cluster/{cluster}", {})]
    if operation == "RegisterTaskDefinition":
        return [(f"{prefix}task-definition/{parameters.get('family')}:*", {})]
    return []


def logs(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> list[Resource]:
    if destination := parameters.get("destinationName"):
        return [(f"arn:aws:logs:{region}:{account_id}:destination:{destination}", {})]
    name = parameters.get("logGroupName")
    arn = parameters.get("resourceArn") or (name and f"arn:aws:logs:{region}:{account_id}:log-group:{name}")
    return [(arn, {})] if arn else []


# API_PutAccountPolicy, API_DeleteAccountPolicy, API_DescribeAccountPolicies: each needs the permission of a log group's
# own policy, too.
_OF_ACCOUNT_POLICIES = {
    "PutAccountPolicy": "logs:PutSubscriptionFilter",
    "DeleteAccountPolicy": "logs:DeleteSubscriptionFilter",
    "DescribeAccountPolicies": "logs:DescribeSubscriptionFilters",
}


def further_of_logs(
    account_id: str, region: str, operation: str, parameters: dict[str, Any]
) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield (action, resource, context) that an account's subscription policy needs besides its own action.

    That the resource is all log groups is not verified.
    """
    if operation not in _OF_ACCOUNT_POLICIES or parameters.get("policyType") != "SUBSCRIPTION_FILTER_POLICY":
        return
    yield _OF_ACCOUNT_POLICIES[operation], f"arn:aws:logs:{region}:{account_id}:log-group:*", {}
    try:
        role = json.loads(parameters.get("policyDocument") or "{}").get("RoleArn")
    except (AttributeError, ValueError):
        return
    if role:
        yield "iam:PassRole", role, {"iam:passedtoservice": "logs.amazonaws.com"}


def ssm(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> list[Resource]:
    if operation not in ("AddTagsToResource", "DeleteParameter", "PutParameter", "RemoveTagsFromResource"):
        return []
    name = str(parameters.get("Name") or parameters.get("ResourceId"))
    return [(f"arn:aws:ssm:{region}:{account_id}:parameter/{name.removeprefix('/')}", {})]
