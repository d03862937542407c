# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routes to an internet gateway, a NAT gateway or an egress-only internet gateway, of IPv4, IPv6 and prefix lists.

Other routes are other modules' (transit gateway, endpoints) or AWS's (local). A default route may go to the transit
gateway and back by one call: one that tgw_spoke is declared to lead there stays until it does, with the gateway that it
leads to, and one that leads there is replaced where this module declares another.
"""

from __future__ import annotations

from dataclasses import replace

from ..._core.reconcile import Actual, Call, ResourceType, reconcile
from ..._domain.values.internet import EVERYWHERE

READ_AFTER = ("route_table",)
INPUTS = ("handed_over", "ipv6_left_alone")
PERMISSIONS = ("ec2:CreateRoute", "ec2:DeleteRoute", "ec2:ReplaceRoute")
# via -> (argument of CreateRoute and field of DescribeRouteTables, prefix of its ids)
TARGETS = {
    "internet_gateway": ("GatewayId", "igw-"),
    "nat_gateway": ("NatGatewayId", "nat-"),
    "egress_only_internet_gateway": ("EgressOnlyInternetGatewayId", "eigw-"),
}
ELSEWHERE = "transit_gateway"
DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


def read(aws, declared, found):
    """Return {"table/destination": Actual} with fields route_table, destination, via, target (an id).

    Where IPv6 isn't declared, a tier's IPv6 routes that allow no more than its IPv4 ones stay: they may be in use.
    Default routes to a transit gateway are among them, not managed.
    """
    routes = {}
    for name, table in found["route_table"].items():
        for route in table.details["routes"]:
            destination = next((route[key] for key in DESTINATIONS if route.get(key)), None)
            if route.get("TransitGatewayId") and destination in EVERYWHERE:
                fields = {"route_table": table.id, "destination": destination}
                fields |= {"via": ELSEWHERE, "target": route["TransitGatewayId"]}
                details = {"replaceable": table.managed}
                routes[f"{name}/{destination}"] = Actual(f"{table.id}/{destination}", fields, False, details)
            for via, (key, prefix) in TARGETS.items():
                if destination and route.get(key, "").startswith(prefix):
                    fields = {
                        "route_table": table.id,
                        "destination": destination,
                        "via": via,
                        "target": route[key],
                    }
                    owned = table.managed and not _is_left_alone(name, destination, via, declared)
                    routes[f"{name}/{destination}"] = Actual(f"{table.id}/{destination}", fields, owned)
    return routes


def plan(wanted, found, declared):
    held = kept(found, declared)
    there = {
        name: replace(route, managed=True) if route.details.get("replaceable") else route
        for name, route in found["internet_route"].items()
        if name not in held and (name in wanted or route.fields["via"] != ELSEWHERE)
    }
    return reconcile(KIND, wanted, there)


def kept(found, declared):
    """Return {name: Actual} of undeclared default routes that stay until tgw_spoke leads them elsewhere."""
    if declared.absent:
        return {}
    wanted, handed_over = declared.resources.get(KIND.name, {}), declared.inputs.handed_over
    return {
        name: route
        for name, route in found.get(KIND.name, {}).items()
        if route.managed and name not in wanted and route.fields["destination"] in handed_over.get(tier_of(name), ())
    }


def tier_of(name):
    """Return the tier of a route table, one of its routes, or a subnet, from its name."""
    return name.partition("/")[0].partition(".")[0]


def staying(kind, found, declared):
    """Return a kind's gateways as read, without undeclared ones that a kept default route leads to: these stay."""
    targets = {route.fields["target"] for route in kept(found, declared).values()}
    wanted = declared.resources.get(kind, {})
    return {name: there for name, there in found[kind].items() if name in wanted or there.id not in targets}


def _is_left_alone(table, destination, via, declared):
    left = {} if declared.absent else declared.inputs.ipv6_left_alone
    return ":" in destination and via in left.get(table, ())


def notes(wanted, found, declared):
    return [
        f"default route {name} to {route.fields['target']} stays, with what it leads to, until it leads to the transit"
        " gateway (tgw_spoke, once the hub's way out is ready)"
        for name, route in sorted(kept(found, declared).items())
    ]


def findings(wanted, found, declared):
    return [
        f"route {name} to {route.fields['target']} stays, though ipv6 isn't declared: delete it, or declare ipv6"
        for name, route in found["internet_route"].items()
        if _is_left_alone(name.partition("/")[0], route.fields["destination"], route.fields["via"], declared)
    ]


def arguments(fields):
    """Return the arguments that say which route is meant, in CreateRoute, ReplaceRoute and DeleteRoute."""
    return {"RouteTableId": fields["route_table"], destination_key(fields["destination"]): fields["destination"]}


def destination_key(destination):
    """Return the argument of CreateRoute, and field of DescribeRouteTables, for a CIDR or the id of a prefix list."""
    if destination.startswith("pl-"):
        return "DestinationPrefixListId"
    return "DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock"


def _to(fields):
    argument, _prefix = TARGETS[fields["via"]]
    return {**arguments(fields), argument: fields["target"]}


KIND = ResourceType(
    "internet_route",
    create=lambda fields: Call("ec2.create_route", _to(fields)),
    changes={("via", "target"): lambda id_, before, after: [Call("ec2.replace_route", _to(after))]},
    delete=lambda id_, fields: Call("ec2.delete_route", arguments(fields)),
    depends_on=("internet_gateway_attachment",),
)
