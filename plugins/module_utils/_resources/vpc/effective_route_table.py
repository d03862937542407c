# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Route tables that the subnets of a VPC use: read only. A subnet without a table of its own uses the main one."""

from __future__ import annotations

from ..._core.reconcile import Actual, Conflict, ResourceType
from ..shared.ec2 import filters
from . import internet_route
from .existing_vpc import of_tier

READ_AFTER = ("existing_vpc",)
INPUTS = ("closed", "tiers")
PERMISSIONS = ("ec2:DescribeNatGateways", "ec2:DescribeRouteTables")
KIND = ResourceType("effective_route_table")
# (field of a route, prefix of its ids) of targets on the internet
TO_INTERNET = (*internet_route.TARGETS.values(), ("CarrierGatewayId", "cagw-"))


def read(aws, declared, found):
    """Return {route table id: Actual}; details: subnets (ids), main (bool), to_internet ({destination: gateway id}).

    routes: as described.
    """
    vpc = found["existing_vpc"].get("main")
    tables = vpc and aws.read("ec2.describe_route_tables", "RouteTables", Filters=filters(vpc_id=vpc.id)) or []
    out = {table["RouteTableId"]: _to_internet(table["Routes"]) for table in tables}
    private = _private_nat_gateways(aws, vpc.id) if any("nat-" in str(routes) for routes in out.values()) else ()
    return {
        table["RouteTableId"]: Actual(
            table["RouteTableId"],
            {},
            False,
            {
                "subnets": [a["SubnetId"] for a in table["Associations"] if "SubnetId" in a],
                "main": any(a.get("Main") for a in table["Associations"]),
                "routes": table["Routes"],
                "to_internet": {
                    destination: target
                    for destination, target in out[table["RouteTableId"]].items()
                    if target not in private
                },
            },
        )
        for table in tables
    }


def _to_internet(routes):
    return {
        next(route[key] for key in internet_route.DESTINATIONS if key in route): route[key]
        for route in routes
        for key, prefix in TO_INTERNET
        if route.get(key, "").startswith(prefix)
    }


def _private_nat_gateways(aws, vpc_id):
    """Return the ids of private NAT gateways, which don't lead to the internet ("NAT gateway basics")."""
    listed = aws.read("ec2.describe_nat_gateways", "NatGateways", Filter=filters(vpc_id=vpc_id))
    return {nat["NatGatewayId"] for nat in listed if nat.get("ConnectivityType") == "private"}


def effective(tiers, found):
    """Return the sorted ids of the route tables that the subnets of these tiers use; without tiers, of all subnets."""
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


def _closed(tiers, found):
    """Return the ids of the route tables that must not lead to the internet.

    Those are the tables in use, and the main one, which the next subnet uses.
    """
    tables = found["effective_route_table"]
    main = [id_ for id_, table in tables.items() if table.details["main"]]
    used = effective(tiers, found) if tiers else [id_ for id_, table in tables.items() if table.details["subnets"]]
    return sorted({*main, *used})


def plan(wanted, found, declared):
    """Return no step; raise Conflict for a VPC that is declared as closed and has a route to the internet."""
    vpc = found["existing_vpc"].get("main")
    if not vpc or declared.absent or not declared.inputs.closed:
        return []
    tables = found["effective_route_table"]
    names = {subnet["SubnetId"]: name for name, subnet in vpc.details["subnets"].items()}
    routes = [
        f"{id_} ({_users(tables[id_].details, names)}) has {destination} to {target}"
        for id_ in _closed(declared.inputs.tiers, found)
        for destination, target in tables[id_].details["to_internet"].items()
    ]
    if routes:
        raise Conflict(
            f"closed: {vpc.id} isn't: route table {'; route table '.join(routes)}. Delete these routes (tiered_vpc"
            " deletes those in its tables once no tier has internet), or say closed=false"
        )
    return []


def _users(details, names):
    return ", ".join(
        [*(["the main one"] if details["main"] else []), *sorted(names.get(id_, id_) for id_ in details["subnets"])]
    )
