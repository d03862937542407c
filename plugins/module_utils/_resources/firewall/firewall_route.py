# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routes of the inspection VPC that lead to the firewall's endpoints, each to the endpoint of its own zone."""

from __future__ import annotations

from ..._core.plan import Ref, Wait
from ..._core.reconcile import OWNER_TAG, Actual, Call, ResourceType, reconcile
from ..._domain.values.internet import EVERYWHERE_IPV4
from ..hub.transit_gateway_route import TARGETS
from ..shared.ec2 import tags_of
from ..vpc.internet_route import DESTINATIONS, arguments, destination_key
from . import firewall_endpoint
from .common import READY
from .zones import placed_in, tables_of

READ_AFTER = ("existing_vpc", "firewall", "firewall_endpoint")
INPUTS = ("firewall_tier", "internal_cidrs", "public_tier", "tgw_tier", "topology", "zones")
PERMISSIONS = ("ec2:CreateRoute", "ec2:DeleteRoute", "ec2:DescribeRouteTables", "ec2:ReplaceRoute")


def read(aws, declared, found):
    """Return {"table/destination": Actual} of the VPC's routes; fields: route_table, destination, endpoint.

    Every route is read, so that another one with a declared destination is found. Managed are routes to the firewall's
    endpoints, and those to an endpoint that no longer exists. details: removable (managed, in a table that tiered_vpc
    created), route_state.
    """
    vpc = found["existing_vpc"].get("main")
    endpoints = found["firewall_endpoint"].values()
    ours = {one.details["endpoint"] for one in endpoints if one.managed}
    routes = {}
    for name, table in (vpc.details["route_tables"] if vpc else {}).items():
        for route in table["Routes"]:
            destination = next((route[key] for key in DESTINATIONS if route.get(key)), None)
            target = next((route[key] for key in ("VpcEndpointId", *TARGETS) if route.get(key)), None) or ""
            lost = target.startswith("vpce-") and route["State"] == "blackhole"
            managed = target in ours or lost
            made = tags_of(table).get(OWNER_TAG, "").startswith("tiered_vpc/")
            routes[f"{name}/{destination}"] = Actual(
                f"{table['RouteTableId']}/{destination}",
                {"route_table": table["RouteTableId"], "destination": destination, "endpoint": target},
                managed,
                {"removable": managed and made, "route_state": route["State"]},
            )
    return routes


def plan(wanted, found, declared):
    expanded = {} if declared.absent else expand(found, declared)
    there = {
        name: actual
        for name, actual in found[KIND.name].items()
        if name in expanded or actual.details["removable"] or (declared.absent and actual.managed)
    }
    return reconcile(KIND, expanded, there)


def expand(found, declared):
    """Return {"table/destination": fields} of the declared routes, for each zone's own route table.

    To the internet from the transit gateway's subnets, and to the ranges behind it from the public ones. Where the VPC
    doesn't exist yet, a Ref stands for its tables.
    """
    if declared.inputs.topology != "inspection_vpc":
        return {}
    tiers = {
        declared.inputs.tgw_tier: [EVERYWHERE_IPV4],
        declared.inputs.public_tier: list(declared.inputs.internal_cidrs),
    }
    endpoints = placed_in(declared.inputs.firewall_tier, "firewall_tier", found, declared.inputs.zones)
    if endpoints is None:
        vpc = Ref("existing_vpc.main")
        return {
            f"{tier}{vpc}/{destination}": _route(vpc, destination, Ref("firewall.main", "endpoint of {} in each zone"))
            for tier, destinations in tiers.items()
            for destination in destinations
        }
    options = {declared.inputs.tgw_tier: "tgw_tier", declared.inputs.public_tier: "public_tier"}
    return {
        f"{name}/{destination}": _route(table["RouteTableId"], destination, _endpoint(zone, endpoints[zone], found))
        for tier, destinations in tiers.items()
        for zone, (name, table) in tables_of(tier, options[tier], found, sorted(endpoints)).items()
        for destination in destinations
    }


def _endpoint(zone, subnet, found):
    """Return the id of a zone's endpoint, or a Ref to it if it doesn't exist yet."""
    there = found["firewall_endpoint"].get(zone)
    known = there and there.details["subnet"] == subnet
    return there.details["endpoint"] if known else Ref(f"{firewall_endpoint.LOOKUP}.{zone}")


def _route(table, destination, endpoint):
    return {"route_table": table, "destination": destination, "endpoint": endpoint}


def ready(declared, found, ids, states):
    """Return true if all that is declared filters: the firewall's endpoints, and the routes to them.

    states: of this run, by address (see the module's report)
    """
    if declared.absent or states.get("firewall.main") != READY:
        return False
    for name, fields in expand(found, declared).items():
        there = found[KIND.name].get(name)
        found_so = there and there.fields == fields and there.details["route_state"] == "active"
        if not (found_so or states.get(f"{KIND.name}.{name}") == "active"):
            return False
    return True


def findings(wanted, found, declared):
    """Report routes that don't work, and zones in which packets that pass the firewall have no NAT gateway."""
    if declared.absent or declared.inputs.topology != "inspection_vpc" or "main" not in found["existing_vpc"]:
        return []
    there = found[KIND.name]
    broken = [
        f"the route to {there[name].fields['destination']} in {there[name].fields['route_table']} is"
        f" {there[name].details['route_state']}: its endpoint doesn't answer; see the firewall"
        for name, fields in expand(found, declared).items()
        if name in there and there[name].managed and there[name].details["route_state"] != "active"
        if there[name].fields["endpoint"] == fields["endpoint"]
    ]
    return broken + _without_nat(found, declared)


def _without_nat(found, declared):
    tier = declared.inputs.firewall_tier
    endpoints = placed_in(tier, "firewall_tier", found, declared.inputs.zones)
    lacking = []
    for zone, (_name, table) in tables_of(tier, "firewall_tier", found, sorted(endpoints)).items():
        route = next((r for r in table["Routes"] if r.get("DestinationCidrBlock") == EVERYWHERE_IPV4), {})
        if not route.get("NatGatewayId") or route["State"] != "active":
            lacking.append(
                f"{zone}: what passes the firewall has no NAT gateway: {EVERYWHERE_IPV4} in {table['RouteTableId']} of"
                f" tier {tier!r} leads to {_words(route)}. Declare the tier with internet: nat and nat_gateways: per_az"
            )
    return lacking


def _words(route):
    target = next((route[key] for key in ("VpcEndpointId", *TARGETS) if route.get(key)), "nothing")
    return f"{target} ({route['State']})" if route.get("State", "active") != "active" else target


def _to(operation, fields):
    return Call(
        f"ec2.{operation}",
        {**arguments(fields), "VpcEndpointId": fields["endpoint"]},
        wait=Wait(
            "ec2.describe_route_tables",
            {"RouteTableIds": [fields["route_table"]]},
            f"RouteTables[].Routes[?{destination_key(fields['destination'])}=='{fields['destination']}'][].State",
            until=("active",),
            pending=("blackhole",),
        ),
    )


KIND = ResourceType(
    "firewall_route",
    create=lambda fields: _to("create_route", fields),
    changes={("endpoint",): lambda id_, before, after: [_to("replace_route", after)]},
    delete=lambda id_, fields: Call("ec2.delete_route", arguments(fields)),
    depends_on=("firewall",),
)
