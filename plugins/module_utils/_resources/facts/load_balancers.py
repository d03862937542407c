# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network and Application Load Balancers of an account and region, for a network snapshot: read only."""

from __future__ import annotations

from functools import partial
from typing import Any

PERMISSIONS = tuple(
    f"elasticloadbalancing:Describe{what}"
    for what in (
        *("Listeners", "LoadBalancerAttributes", "LoadBalancers", "Rules", "TargetGroupAttributes", "TargetGroups"),
        "TargetHealth",
    )
)
# Types whose listeners are read.
READ = ("application", "network")
NO_BALANCER, NO_LISTENER, NO_GROUP = "LoadBalancerNotFound", "ListenerNotFound", "TargetGroupNotFound"


def describe(aws: Any) -> dict[str, list[dict[str, Any]]]:
    """Return {kind of a snapshot: items}. What is deleted meanwhile has none."""
    balancers, groups = aws.gather(
        partial(aws.read, "elbv2.describe_load_balancers", "LoadBalancers"),
        partial(aws.read, "elbv2.describe_target_groups", "TargetGroups"),
    )
    read = [one["LoadBalancerArn"] for one in balancers if one["Type"] in READ]
    network = [one["LoadBalancerArn"] for one in balancers if one["Type"] == "network"]
    in_use = [one["TargetGroupArn"] for one in groups if one.get("LoadBalancerArns")]
    described = {
        "LoadBalancerListeners": ("describe_listeners", "LoadBalancerArn", read, "Listeners", NO_BALANCER),
        # Of the others, an Application Load Balancer's zones can't be kept apart.
        "LoadBalancerAttributes": (
            *("describe_load_balancer_attributes", "LoadBalancerArn", network, "Attributes", NO_BALANCER),
        ),
        "LoadBalancerTargetHealth": (
            *("describe_target_health", "TargetGroupArn", in_use, "TargetHealthDescriptions", NO_GROUP),
        ),
        "TargetGroupAttributes": (
            *("describe_target_group_attributes", "TargetGroupArn", in_use, "Attributes", NO_GROUP),
        ),
    }
    found = dict(zip(described, aws.gather(*(partial(_each, aws, *how) for how in described.values()))))
    application = {one["LoadBalancerArn"] for one in balancers if one["Type"] == "application"}
    listeners = [
        listener["ListenerArn"]
        for item in found["LoadBalancerListeners"]
        for listener in item["Listeners"]
        if item["LoadBalancerArn"] in application
    ]
    rules = _each(aws, "describe_rules", "ListenerArn", listeners, "Rules", NO_LISTENER)
    return {"LoadBalancers": balancers, "TargetGroups": groups, **found, "LoadBalancerRules": rules}


def _each(aws: Any, operation: str, key: str, arns: list[str], result: str, gone: str) -> list[dict[str, Any]]:
    """Return an operation's answer for each ARN, with the ARN."""
    answers = aws.gather(*(partial(aws.read, f"elbv2.{operation}", result, none_if=gone, **{key: arn}) for arn in arns))
    return [{key: arn, result: answer} for arn, answer in zip(arns, answers)]
