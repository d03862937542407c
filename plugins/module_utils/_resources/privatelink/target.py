# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Targets registered in the target groups that this module creates, and their health."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from ..._core.reconcile import Actual, Call, ResourceType, reconcile
from ..shared import states

READ_AFTER = ("existing_vpc", "target_group")
INPUTS = ()
PERMISSIONS = (
    "elasticloadbalancing:DeregisterTargets",
    "elasticloadbalancing:DescribeTargetHealth",
    "elasticloadbalancing:RegisterTargets",
)


def read(aws, declared, found):
    """Return {"group/id:port": Actual} with fields target_group, target, port, zone.

    details: state and reason, as TargetHealth has them.
    """
    groups = {name: group for name, group in found["target_group"].items() if group.managed}
    healths = aws.gather(
        *(
            lambda arn=group.id: aws.read(
                "elbv2.describe_target_health", "TargetHealthDescriptions", TargetGroupArn=arn
            )
            for group in groups.values()
        )
    )
    return {
        f"{name}/{item['Target']['Id']}:{item['Target']['Port']}": Actual(
            f"{group.id}/{item['Target']['Id']}:{item['Target']['Port']}",
            {
                "target_group": group.id,
                "target": item["Target"]["Id"],
                "port": item["Target"]["Port"],
                "zone": item["Target"].get("AvailabilityZone"),
            },
            details={
                "state": item["TargetHealth"]["State"],
                "reason": item["TargetHealth"].get("Description", ""),
            },
        )
        for (name, group), items in zip(groups.items(), healths)
        for item in items
        if item["TargetHealth"]["State"] != "draining"
    }


def plan(wanted, found, declared):
    # A target group is deleted with its targets.
    staying = declared.resources["target_group"] if not declared.absent else {}
    there = {name: target for name, target in found["target"].items() if name.rpartition("/")[0] in staying}
    wanted = {
        name: {**fields, "zone": "all"} if _is_outside(fields["target"], found) else fields
        for name, fields in wanted.items()
    }
    return reconcile(KIND, wanted, there)


def _is_outside(target, found):
    """Return true if the target is an address outside the VPC.

    It must be registered for all zones (RegisterTargets, TargetDescription).
    """
    vpc = found["existing_vpc"].get("main")
    try:
        address = ip_address(target)
    except ValueError:
        return False
    return bool(vpc) and not any(
        address in ip_network(subnet["CidrBlock"])
        for subnet in vpc.details["subnets"].values()
        if "CidrBlock" in subnet  # an IPv6-only subnet has none
    )


# TargetHealth, Elastic Load Balancing API.
MEANINGS = {
    "initial": "its first health checks are under way; run again",
    "unhealthy": "whoever runs it has to make it answer the health check",
    "unhealthy.draining": "whoever runs it has to make it answer the health check",
    "unused": "its listener, zone or target group doesn't use it; this account has to see to that",
    "unavailable": "no health check runs, so nobody knows",
}


def findings(wanted, found, declared):
    return [
        states.told(f"target {name}", there.details["state"], MEANINGS, there.details["reason"])
        for name, there in found["target"].items()
        if name in wanted and there.details["state"] != "healthy"
    ]


def _target(fields):
    zone = {"AvailabilityZone": fields["zone"]} if fields.get("zone") else {}
    return {
        "TargetGroupArn": fields["target_group"],
        "Targets": [{"Id": fields["target"], "Port": fields["port"], **zone}],
    }


KIND = ResourceType(
    "target",
    create=lambda fields: Call("elbv2.register_targets", _target(fields)),
    delete=lambda id_, fields: Call("elbv2.deregister_targets", _target(fields)),
)
