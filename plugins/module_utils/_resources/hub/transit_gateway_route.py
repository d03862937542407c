# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routes in a VPC's route tables that lead to the Transit Gateway, in the tiers that have to reach it."""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Ref
from ..._core.reconcile import OWNER_TAG, Actual, Call, Conflict, ResourceType, reconcile
from ..shared.ec2 import tags_of
from ..vpc import prefix_list_size
from ..vpc.existing_vpc import of_tier
from ..vpc.internet_route import DESTINATIONS, destination_key

READ_AFTER = ("existing_vpc", "transit_gateway", "transit_gateway_attachment")
INPUTS = ("owns_transit_gateway", "routes_quota")
PERMISSIONS = ("ec2:CreateRoute", "ec2:DeleteRoute")
TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "NetworkInterfaceId",
    "InstanceId",
    "EgressOnlyInternetGatewayId",
    "CarrierGatewayId",
    "LocalGatewayId",
    "CoreNetworkArn",
)


def read(aws, declared, found):
    """Return {"attachment/table/destination": Actual} with fields route_table, destination, transit_gateway.

    Every route of the VPC's tables is read, so that another route with a declared destination is found. Managed are
    routes to this Transit Gateway. details: removable (managed, in a table that tiered_vpc created), state.
    """
    routes = {}
    for name, vpc in found["existing_vpc"].items():
        gateway = _gateway(found, name)
        for table_name, table in vpc.details["route_tables"].items():
            for route in table["Routes"]:
                destination = next((route[key] for key in DESTINATIONS if route.get(key)), None)
                target = next((route[key] for key in TARGETS if route.get(key)), None)
                ours = gateway is not None and target == gateway
                fields = {
                    "route_table": table["RouteTableId"],
                    "destination": destination,
                    "transit_gateway": target,
                }
                managed = tags_of(table).get(OWNER_TAG, "").startswith("tiered_vpc/")
                routes[f"{name}/{table_name}/{destination}"] = Actual(
                    f"{table['RouteTableId']}/{destination}",
                    fields,
                    ours,
                    {"removable": ours and managed, "state": route["State"]},
                )
    return routes


def _gateway(found, name):
    """Return the id of the Transit Gateway that the attachment's routes lead to; None without one.

    Routes outlive a deleted attachment; an attachment outlives the share through which its gateway is seen.
    """
    attachment, gateway = found["transit_gateway_attachment"].get(name), found["transit_gateway"].get("main")
    return attachment.fields["transit_gateway"] if attachment else gateway and gateway.id


def plan(wanted, found, declared):
    # With absent, declared routes are deleted in tables that others created, too.
    expanded = _expand(declared.resources[KIND.name] if declared.absent else wanted, found, declared.absent)
    there = {
        name: actual
        for name, actual in found["transit_gateway_route"].items()
        if name in expanded or (actual.details["removable"] and (declared.absent or _settled(name, found)))
    }
    steps = reconcile(KIND, {} if declared.absent else expanded, there)
    steps = _within_quota(steps, found, declared.inputs.routes_quota)
    # An attachment of the gateway's own account is available once created; another's waits for the hub.
    return [
        step
        for step in steps
        if step.removes or declared.inputs.owns_transit_gateway or _settled(step.address.name, found)
    ]


def _within_quota(steps, found, quota):
    """Return the steps ordered so that new routes come first, except where a table has no room for both.

    Such a table gets its new routes after the old ones are deleted. Raises Conflict where it can't hold all declared
    routes. The VPC's local routes count, too.
    """
    sizes = prefix_list_size.of(found)

    def count(routes):
        """Return the larger number of a table's IPv4 and IPv6 routes; a list counts as its entries in both."""
        apart = {True: 0, False: 0}
        for route in routes:
            destination = route["destination"] or ""
            for is_ipv6 in (True, False) if destination.startswith("pl-") else [":" in destination]:
                apart[is_ipv6] += sizes.get(destination, 1)
        return max(apart.values())

    ordered = []
    for table in {step.params["RouteTableId"]: None for step in steps}:
        own = [step for step in steps if step.params["RouteTableId"] == table]
        had = [
            route.fields for route in found["transit_gateway_route"].values() if route.fields["route_table"] == table
        ]
        added = [step.after for step in own if not step.removes]
        removed = [step.before for step in own if step.removes]
        after = count([*(route for route in had if route not in removed), *added])
        if after > quota:
            raise Conflict(
                f"destinations: route table {table} would have {after} routes, its quota is {quota} (routes_quota);"
                " name wider ranges, such as 10.0.0.0/8, or the quota of this account"
            )
        freed = tuple(step.address for step in own if step.removes) if count([*had, *added]) > quota else ()
        ordered += [step if step.removes else replace(step, needs=step.needs + freed) for step in own]
    return ordered


def _expand(routes, found, absent):
    """Return the routes for each route table of the tiers, named as read() names them.

    Where the VPC doesn't exist yet, a Ref stands for its tables. Raises Conflict for a tier without a route table.
    """
    expanded = {}
    for fields in routes.values():
        vpc = found["existing_vpc"].get(fields["attachment"])
        if not vpc and not absent:
            tables = Ref(f"existing_vpc.{fields['attachment']}")
            name = f"{fields['attachment']}/{fields['tier']}{tables}/{fields['destination']}"
            expanded[name] = {
                "route_table": tables,
                "destination": fields["destination"],
                "transit_gateway": fields["transit_gateway"],
            }
        if not vpc:
            continue
        tables = of_tier(vpc.details["route_tables"], fields["tier"])
        if not tables and not absent:
            have = sorted({other.partition(".")[0] for other in vpc.details["route_tables"]})
            raise Conflict(f"tiers: {fields['tier']!r} has no route table in {vpc.id}; it has {', '.join(have)}")
        for table_name, table in tables.items():
            expanded[f"{fields['attachment']}/{table_name}/{fields['destination']}"] = {
                "route_table": table["RouteTableId"],
                "destination": fields["destination"],
                "transit_gateway": fields["transit_gateway"],
            }
    return expanded


def notes(wanted, found, declared):
    """Report attachments that don't exist yet and whose routes follow once the hub has accepted them.

    transit_gateway_attachment reports those that exist and aren't available.
    """
    waiting = sorted({fields["attachment"] for fields in wanted.values()})
    return [
        f"routes of attachment {name} follow once the hub has accepted it (now: not created)"
        for name in waiting
        if state_of(found, name) is None and not declared.inputs.owns_transit_gateway
    ]


def findings(wanted, found, declared):
    """Report declared routes that AWS doesn't show as active."""
    there = found["transit_gateway_route"]
    expanded = _expand(wanted, found, absent=False)
    return [
        f"the route to {there[name].fields['destination']} in {there[name].fields['route_table']} is"
        f" {there[name].details['state']}: its Transit Gateway or attachment doesn't answer; see both"
        for name in expanded
        if name in there and _settled(name, found) and there[name].details["state"] != "active"
    ]


def state_of(found, attachment):
    """Return the state of an attachment; None without one."""
    there = found["transit_gateway_attachment"].get(attachment)
    return there and there.details["state"]


def _settled(name, found):
    return state_of(found, name.partition("/")[0]) == "available"


def _arguments(fields):
    destination = fields["destination"]
    return {"RouteTableId": fields["route_table"], destination_key(destination): destination}


KIND = ResourceType(
    "transit_gateway_route",
    create=lambda fields: Call(
        "ec2.create_route", {**_arguments(fields), "TransitGatewayId": fields["transit_gateway"]}
    ),
    delete=lambda id_, fields: Call("ec2.delete_route", _arguments(fields)),
    depends_on=("transit_gateway_attachment",),
)
