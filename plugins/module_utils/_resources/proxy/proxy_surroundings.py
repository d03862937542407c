# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a proxy's tasks need of their VPC, which others give: endpoints or a NAT gateway, and a way out. Read only."""

from __future__ import annotations

from ..._core.reconcile import Actual, Conflict, ResourceType
from ..._domain.egress.proxy import needs
from ..._domain.values import identifiers
from ..shared.ec2 import filters
from ..vpc.existing_vpc import of_tier

READ_AFTER = ("existing_vpc",)
INPUTS = ("tier",)
PERMISSIONS = ("ec2:DescribeVpcEndpoints",)
KIND = ResourceType("proxy_surroundings")


def read(aws, declared, found):
    """Return {"main": Actual}, details: endpoints as described; {} without the VPC."""
    vpc = found["existing_vpc"].get("main")
    if declared.absent or not vpc:
        return {}
    endpoints = aws.read("ec2.describe_vpc_endpoints", "VpcEndpoints", Filters=filters(vpc_id=vpc.id))
    return {"main": Actual(None, {}, False, {"endpoints": endpoints})}


def problems(found, declared):
    """Return what the VPC lacks, in words."""
    there, vpc = found["proxy_surroundings"].get("main"), found["existing_vpc"].get("main")
    if not there:
        return []
    tier, region = declared.inputs.tier, declared.place["region"]
    subnets = of_tier(vpc.details["subnets"], tier).values()
    tables = needs.tables_of(subnets, list(vpc.details["route_tables"].values()))
    prefix = f"{identifiers.service_prefix(region)}.{region}"
    lines = []
    if lacking := needs.missing(there.details["endpoints"], tables, prefix):
        lines.append(
            f"tier {tier} of {vpc.id} lacks the endpoints {', '.join(lacking)}, and a NAT gateway in place of them:"
            " without them, ECS gets neither the image nor the configuration of a proxy. Create them first, with"
            " closed_vpc_endpoints (workloads: [ecs_fargate], services: [ssm])"
        )
    without = [table["RouteTableId"] for table, route in zip(tables, needs.defaults(tables)) if not route]
    if without:
        lines.append(
            f"tier {tier} of {vpc.id} has no default route in {', '.join(sorted(set(without)))}, so a proxy there"
            " reaches nothing. Give it one first: internet: nat of the tier, or spoke_destinations: [0.0.0.0/0]"
        )
    return lines


def refuse(wanted, found, declared):
    if told := problems(found, declared):
        raise Conflict("; ".join(told))


def findings(wanted, found, declared):
    return problems(found, declared)
