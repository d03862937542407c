# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the VPC of a proxy needs: a way out, and endpoints for what ECS needs before a proxy runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...values.internet import EVERYWHERE_IPV4

Item = Mapping[str, Any]
# "Interface VPC endpoints" of ECR (Fargate, platform version 1.4.0), and of SSM and CloudWatch Logs for what a task's
# definition names.
INTERFACES = ("ecr.api", "ecr.dkr", "logs", "ssm")
GATEWAY = "s3"


def tables_of(subnets: Iterable[Item], tables: Sequence[Item]) -> list[Item]:
    """Return the route table of each subnet, as described: the one associated with it, else the main one."""
    by_subnet = {one["SubnetId"]: table for table in tables for one in table["Associations"] if "SubnetId" in one}
    main = [table for table in tables if any(one.get("Main") for one in table["Associations"])]
    return [table for subnet in subnets for table in [by_subnet.get(subnet["SubnetId"], *main[:1])] if table]


def defaults(tables: Iterable[Item]) -> list[Item | None]:
    """Return the active default route of each table; None for a table without one."""
    return [
        next(
            (
                route
                for route in table["Routes"]
                if route.get("DestinationCidrBlock") == EVERYWHERE_IPV4 and route.get("State") == "active"
            ),
            None,
        )
        for table in tables
    ]


def missing(endpoints: Iterable[Item], tables: Sequence[Item], prefix: str) -> list[str]:
    """Return the endpoints that tasks in these tables' subnets lack; [] where each has a NAT gateway.

    prefix: of AWS's endpoint services in the region, com.amazonaws.eu-central-1
    """
    if all(route and route.get("NatGatewayId") for route in defaults(tables)):
        return []
    usable = [one for one in endpoints if one["State"].lower() == "available"]
    private = {one["ServiceName"] for one in usable if one.get("PrivateDnsEnabled")}
    in_tables = [set(one.get("RouteTableIds", ())) for one in usable if one["ServiceName"] == f"{prefix}.{GATEWAY}"]
    lacking = [name for name in INTERFACES if f"{prefix}.{name}" not in private]
    wanted = {table["RouteTableId"] for table in tables}
    reached = f"{prefix}.{GATEWAY}" in private or any(wanted <= ids for ids in in_tables)
    return [*lacking, *([] if reached else [GATEWAY])]
