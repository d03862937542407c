# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routes in a VPC's route tables that lead to the Transit Gateway, in the tiers that have to reach it.

A default route that tiered_vpc created (to a NAT gateway, say) is led to the Transit Gateway by one call, and only once
the hub says that its way out is ready: until then what is there stays.
"""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Address, Ref
from ..._core.reconcile import OWNER_TAG, Actual, Call, Conflict, ResourceType, reconcile
from ..._domain.values.internet import EVERYWHERE
from ..shared.ec2 import tags_of
from ..vpc import internet_route, prefix_list_size
from ..vpc.existing_vpc import of_tier
from ..vpc.internet_route import DESTINATIONS, arguments

READ_AFTER = ("existing_vpc", "transit_gateway", "transit_gateway_attachment")
INPUTS = ("owns_transit_gateway", "ready_destinations", "routes_quota")
PERMISSIONS = ("ec2:CreateRoute", "ec2:DeleteRoute", "ec2:ReplaceRoute")
# Prefixes of the targets of routes that tiered_vpc creates.
OF_TIERED_VPC = tuple(prefix for _argument, prefix in internet_route.TARGETS.values())
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
    routes to this Transit Gateway. details: removable (managed, in a table that tiered_vpc created), replaceable (a
    default route of tiered_vpc), state.
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
                    {
                        "removable": ours and managed,
                        "replaceable": managed and destination in EVERYWHERE and _of_tiered_vpc(target),
                        "state": route["State"],
                    },
                )
    return routes


def _of_tiered_vpc(target):
    return bool(target) and target.startswith(OF_TIERED_VPC)


def _gateway(found, name):
    """Return the id of the Transit Gateway that the attachment's routes lead to; None without one.

    Routes outlive a deleted attachment; an attachment outlives the share through which its gateway is seen.
    """
    attachment, gateway = found["transit_gateway_attachment"].get(name), found["transit_gateway"].get("main")
    return attachment.fields["transit_gateway"] if attachment else gateway and gateway.id


def plan(wanted, found, declared):
    # With absent, declared routes are deleted in tables that others created, too.
    expanded = _expand(declared.resources[KIND.name] if declared.absent else wanted, found, declared.absent)
    held = set() if declared.absent else set(_held(expanded, found, declared))
    expanded = {name: fields for name, fields in expanded.items() if name not in held}
    there = {
        name: replace(actual, managed=actual.managed or bool(actual.details.get("replaceable") and not declared.absent))
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


def _held(expanded, found, declared):
    """Return the names of default routes that lead elsewhere, and stay so since the hub's way out isn't ready."""
    there = found[KIND.name]
    return [
        name
        for name, fields in expanded.items()
        if name in there
        and there[name].details.get("replaceable")
        and not (_is_ready(name, fields["destination"], found, declared) and _settled(name, found))
    ]


def _is_ready(name, destination, found, declared):
    if destination not in declared.inputs.ready_destinations:
        return False
    if not declared.inputs.owns_transit_gateway:
        return True
    # The hub's own VPC follows once the table of its segment has the default route.
    member = declared.resources["transit_gateway_association"].get(name.partition("/")[0])
    table = member and Address.of(member["table"].address).name
    return f"{table}/{destination}" in found["transit_gateway_static_route"]


def all_lead_there(found, declared):
    """Return true if every declared route leads to the Transit Gateway after this run, as far as it can be known."""
    wanted = declared.resources[KIND.name]
    expanded = _expand(wanted, found, absent=True)
    if wanted and not expanded:  # the VPC doesn't exist
        return False
    return all(_settled(name, found) for name in expanded) and not _held(expanded, found, declared)


def defaults(found):
    """Return the destinations of default routes that lead to the Transit Gateway, as read."""
    there = found[KIND.name].values()
    return sorted({route.fields["destination"] for route in there if route.managed} & set(EVERYWHERE))


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
        added = [step.after for step in own if step.action == "create"]
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
    """Report declared routes that AWS doesn't show as active, and default routes that stay as they are."""
    there = found["transit_gateway_route"]
    expanded = _expand(wanted, found, absent=False)
    held = [] if declared.absent else _held(expanded, found, declared)
    return [
        f"the route to {there[name].fields['destination']} in {there[name].fields['route_table']} leads to"
        f" {there[name].fields['transit_gateway']} and stays, since the hub's way out isn't known to be ready: run the"
        " egress account, the hub and this account in one run (site, or transit_gateway)"
        for name in held
    ] + [
        f"the route to {there[name].fields['destination']} in {there[name].fields['route_table']} is"
        f" {there[name].details['state']}: its Transit Gateway or attachment doesn't answer; see both"
        for name in expanded
        if name in there and name not in held and _settled(name, found) and there[name].details["state"] != "active"
    ]


def state_of(found, attachment):
    """Return the state of an attachment; None without one."""
    there = found["transit_gateway_attachment"].get(attachment)
    return there and there.details["state"]


def _settled(name, found):
    return state_of(found, name.partition("/")[0]) == "available"


KIND = ResourceType(
    "transit_gateway_route",
    create=lambda fields: Call(
        "ec2.create_route", {**arguments(fields), "TransitGatewayId": fields["transit_gateway"]}
    ),
    # One call, so that the table is never without its default route.
    changes={
        ("transit_gateway",): lambda id_, before, after: [
            Call("ec2.replace_route", {**arguments(after), "TransitGatewayId": after["transit_gateway"]})
        ]
    },
    delete=lambda id_, fields: Call("ec2.delete_route", arguments(fields)),
    depends_on=("transit_gateway_attachment",),
)
