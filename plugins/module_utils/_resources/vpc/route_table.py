# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Route tables of one VPC, by closednet:name tag (tier, or tier.az_id)."""

from __future__ import annotations

from ..._core.reconcile import Actual, Call, Conflict, ResourceType, reconcile
from ..shared.ec2 import duplicate_check, filters, names, owned, tag, tag_specifications, tags_of, untag

READ_AFTER = ("vpc",)
INPUTS = ("handed_over",)
PERMISSIONS = (
    "ec2:CreateRouteTable",
    "ec2:CreateTags",
    "ec2:DeleteRouteTable",
    "ec2:DeleteTags",
    "ec2:DescribeRouteTables",
)


def read(aws, declared, found):
    """Return {name: Actual} with fields vpc, tags; details: associations, routes, as DescribeRouteTables has them."""
    vpc = found["vpc"].get("main")
    tables = vpc and aws.read("ec2.describe_route_tables", "RouteTables", Filters=filters(vpc_id=vpc.id)) or []
    return {
        name: Actual(
            table["RouteTableId"],
            {"vpc": table["VpcId"], "tags": tags_of(table)},
            managed=owned(table, declared.owner),
            details={"associations": table["Associations"], "routes": table["Routes"]},
        )
        for name, table in names(tables, "RouteTableId").items()
    }


def plan(wanted, found, declared):
    _require_the_tables_of_default_routes(wanted, found, declared)
    return reconcile(KIND, wanted, found["route_table"], purge_tags=declared.purge_tags)


def _require_the_tables_of_default_routes(wanted, found, declared):
    """Raise Conflict if a tier whose default route tgw_spoke leads to the transit gateway would get other tables.

    They would have no default route until tgw_spoke runs.
    """
    if declared.absent:
        return
    there = found[KIND.name]
    for tier, destinations in declared.inputs.handed_over.items():
        mine = {name: table for name, table in there.items() if table.managed and name.partition(".")[0] == tier}
        routed = {name for name, table in mine.items() if _leads(table, destinations)}
        if routed - wanted.keys():
            layout = "per_az" if tier not in routed else "single"
            raise Conflict(
                f"tiers: the default routes of tier {tier} are in {', '.join(sorted(routed))}, and other tables would"
                f" be without any for a while: declare route_tables={layout} for it"
            )


def _leads(table, destinations):
    keys = ("DestinationCidrBlock", "DestinationIpv6CidrBlock")
    return any(route.get(key) in destinations for route in table.details["routes"] for key in keys)


KIND = ResourceType(
    "route_table",
    create=lambda fields: Call(
        "ec2.create_route_table",
        {"VpcId": fields["vpc"], **tag_specifications("route-table", fields)},
        id_path="RouteTable.RouteTableId",
    ),
    delete=lambda id_, fields: Call("ec2.delete_route_table", {"RouteTableId": id_}),
    tag=tag,
    untag=untag,
    duplicates=lambda fields: duplicate_check(
        "ec2.describe_route_tables", "RouteTables[].RouteTableId", fields, vpc_id=fields["vpc"]
    ),
)
