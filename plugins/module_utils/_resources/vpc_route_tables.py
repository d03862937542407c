# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The route tables that the subnets of a VPC use: read only. A subnet without a table of its own uses the main one."""

from __future__ import annotations

from ansible_collections.closednet.aws.plugins.module_utils._core.compare import Actual, Kind
from ansible_collections.closednet.aws.plugins.module_utils._resources.ec2 import filters
from ansible_collections.closednet.aws.plugins.module_utils._resources.existing_vpc import of_tier

READ_AFTER = ("existing_vpc",)
PERMISSIONS = ("ec2:DescribeRouteTables",)
KIND = Kind("effective_route_table")


def read(aws, declared, found):
    """{route table id: Actual}; details: subnets (ids), main (bool), routes."""
    vpc = found["existing_vpc"].get("main")
    tables = vpc and aws.read("ec2.describe_route_tables", "RouteTables", Filters=filters(vpc_id=vpc.id)) or []
    return {
        table["RouteTableId"]: Actual(
            table["RouteTableId"],
            {},
            False,
            {
                "subnets": [a["SubnetId"] for a in table["Associations"] if "SubnetId" in a],
                "main": any(a.get("Main") for a in table["Associations"]),
                "routes": table["Routes"],
            },
        )
        for table in tables
    }


def effective(tiers, found):
    """The ids of the tables that the subnets of these tiers use, sorted; of all subnets where no tier is named."""
    named = found["existing_vpc"]["main"].details["subnets"]
    chosen = [name for tier in tiers for name in of_tier(named, tier)] if tiers else list(named)
    subnets = {named[name]["SubnetId"] for name in chosen}
    tables = found["effective_route_table"]
    own = {subnet for table in tables.values() for subnet in table.details["subnets"]}
    return sorted(
        id_
        for id_, table in tables.items()
        if subnets & set(table.details["subnets"]) or table.details["main"] and subnets - own
    )


def plan(wanted, found, declared):
    return []
