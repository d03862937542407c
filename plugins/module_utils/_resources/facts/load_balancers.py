# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network and Application Load Balancers of an account and region, for a network snapshot: read only."""

from __future__ import annotations

from typing import Any

from .noted_reads import Reads, Wanted

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


def first(reads: Reads) -> list[Wanted]:
    """Return the kinds of a snapshot that need no other one."""
    return [
        reads.described("LoadBalancers", "elbv2.describe_load_balancers", "LoadBalancers"),
        reads.described("TargetGroups", "elbv2.describe_target_groups", "TargetGroups"),
    ]


def then(reads: Reads) -> list[Wanted]:
    """Return the kinds that are read for each load balancer and target group. What is deleted meanwhile has none."""
    balancers, groups = reads.of("LoadBalancers"), reads.of("TargetGroups")
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
    needs = {"LoadBalancerArn": "LoadBalancers", "TargetGroupArn": "TargetGroups"}
    return [_each(reads, kind, *how, needs[how[1]]) for kind, how in described.items()]


def last(reads: Reads) -> list[Wanted]:
    """Return the kind that is read for each listener of an Application Load Balancer."""
    application = {one["LoadBalancerArn"] for one in reads.of("LoadBalancers") if one["Type"] == "application"}
    listeners = [
        listener["ListenerArn"]
        for item in reads.of("LoadBalancerListeners")
        for listener in item["Listeners"]
        if item["LoadBalancerArn"] in application
    ]
    how = ("describe_rules", "ListenerArn", listeners, "Rules", NO_LISTENER, "LoadBalancerListeners")
    return [_each(reads, "LoadBalancerRules", *how)]


def _each(
    reads: Reads, kind: str, operation: str, key: str, arns: list[str], result: str, gone: str, needs: str
) -> Wanted:
    """Return the kind whose items are an operation's answer for each ARN, with the ARN."""

    def one(aws: Any, arn: str) -> dict[str, Any]:
        return {key: arn, result: aws.read(f"elbv2.{operation}", result, none_if=gone, **{key: arn})}

    return reads.for_each(kind, f"elbv2.{operation}", one, arns, needs)
