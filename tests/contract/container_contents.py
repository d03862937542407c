# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Contents of an account in ECS, Systems Manager and CloudWatch Logs, without what depends on history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Contents = Iterator[tuple[str, list[dict[str, Any]]]]
OF_SERVICE = ("serviceName", "desiredCount", "networkConfiguration", "loadBalancers", "deploymentConfiguration")


def read_ecs(ecs: Any) -> Contents:
    """Read clusters, services with the content of their task definitions, and active task definitions.

    The number of a revision is drawn, so it is left out.
    """
    definitions = {}
    for arn in ecs.list_task_definitions()["taskDefinitionArns"]:
        described = ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"])
        definition = described["taskDefinition"]
        kept = ("family", "containerDefinitions", "executionRoleArn", "cpu", "memory", "volumes")
        definitions[arn] = {**{key: definition.get(key) for key in kept}, "tags": _pairs(described)}
    yield "task definitions", list(definitions.values())
    clusters = ecs.describe_clusters(clusters=ecs.list_clusters()["clusterArns"], include=["TAGS"])["clusters"]
    for cluster in clusters:
        if cluster["status"] == "INACTIVE":
            continue
        yield "clusters", [{"name": cluster["clusterName"], "tags": _pairs(cluster)}]
        names = ecs.list_services(cluster=cluster["clusterName"])["serviceArns"]
        if not names:
            continue
        services = ecs.describe_services(cluster=cluster["clusterName"], services=names, include=["TAGS"])["services"]
        yield (
            f"services of {cluster['clusterName']}",
            [
                {key: one.get(key) for key in OF_SERVICE}
                | {"runs": definitions.get(one["taskDefinition"]), "tags": _pairs(one)}
                for one in services
                if one["status"] == "ACTIVE"
            ],
        )


def _pairs(item: dict[str, Any]) -> list[dict[str, Any]]:
    return sorted(item.get("tags", []), key=repr)


def read_parameters(ssm: Any) -> Contents:
    listed = ssm.get_parameters_by_path(Path="/closednet/", Recursive=True)["Parameters"]
    yield "parameters", [{"name": one["Name"], "value": one["Value"]} for one in listed]


def read_log_groups(logs: Any) -> Contents:
    found = logs.describe_log_groups()["logGroups"]
    yield (
        "log groups",
        [
            {
                "name": one["logGroupName"],
                "days": one.get("retentionInDays"),
                "tags": logs.list_tags_for_resource(resourceArn=one["arn"].removesuffix(":*"))["tags"],
            }
            for one in found
        ],
    )
    keys = ("logGroupName", "filterName", "filterPattern", "destinationArn", "roleArn")
    filters = [
        item
        for one in found
        for item in logs.describe_subscription_filters(logGroupName=one["logGroupName"])["subscriptionFilters"]
    ]
    yield "subscription filters", [{key: item.get(key) for key in keys} for item in filters]
    keys = ("policyName", "policyDocument", "selectionCriteria")
    policies = logs.describe_account_policies(policyType="SUBSCRIPTION_FILTER_POLICY")["accountPolicies"]
    yield "subscription policies", [{key: item.get(key) for key in keys} for item in policies]
