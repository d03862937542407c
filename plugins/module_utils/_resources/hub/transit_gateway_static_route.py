# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Static routes of the hub's Transit Gateway route tables.

They are those of segments, blackholes that keep isolated members apart even if somebody adds a propagation, and those
that replace the propagation of an attachment that propagates more than is declared. Any other static route in the hub's
tables is deleted, a blackhole too.

A default route to a way out is created, or led elsewhere, only once that is known to be ready, and deleted only once no
member has one to the Transit Gateway: until then what is there stays, and with it what is dropped beside it.
"""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Address, resolve
from ..._core.reconcile import Actual, Call, Conflict, ResourceType, reconcile
from ..._domain.values.internet import EVERYWHERE
from . import transit_gateway_table_route
from .transit_gateway_membership import MADE_ELSEWHERE, attachment_ids, attachment_names, drop_unmade

READ_AFTER = ("transit_gateway_table_route",)
INPUTS = (
    *("cidrs", "default_routes", "default_routes_behind", "default_routes_in_use", "egress_ready"),
    "ways_out_problems",
)
MADE_HERE = ("transit_gateway_attachment",)
PERMISSIONS = (
    "ec2:CreateTransitGatewayRoute",
    "ec2:DeleteTransitGatewayRoute",
    "ec2:ReplaceTransitGatewayRoute",
)


def read(aws, declared, found):
    """Return {"segment/cidr": Actual} with fields table, cidr, attachment (an id, or blackhole)."""
    tables = found["transit_gateway_route_table"]
    return {
        f"{segment}/{route['cidr']}": Actual(
            f"{tables[segment].id}/{route['cidr']}",
            {
                "table": tables[segment].id,
                "cidr": route["cidr"],
                "attachment": next(iter(route["attachment_ids"]), "blackhole"),
            },
        )
        for segment, there in found["transit_gateway_table_route"].items()
        for route in there.details["routes"]
        # A prefix list's routes are created and deleted with its reference.
        if route["cidr"] and route["type"] == "static" and not route["prefix_list"]
    }


def plan(wanted, found, declared):
    # Without its attachment, a way out would look as if it weren't declared, and its default routes would be deleted.
    if declared.inputs.ways_out_problems and not declared.absent:
        raise Conflict("; ".join(declared.inputs.ways_out_problems))
    there = _without_those_in_use(wanted, found, declared)
    held = _pending(wanted, found, declared)
    there = {name: actual for name, actual in there.items() if name not in held}
    # A declared route wins, such as a blackhole for an account in quarantine, whatever its VPC has.
    wanted = {**_in_place_of_propagations(found, declared), **wanted}
    wanted = {name: fields for name, fields in wanted.items() if name not in held}
    steps = reconcile(KIND, drop_unmade(wanted, found, there), there)
    # A propagation that replaces a static route comes first: the static route holds until it is deleted.
    steps = [
        replace(step, needs=step.needs + _propagations(step, there, found)) if step.removes else step for step in steps
    ]
    return _drops_around_defaults(steps, declared)


def _is_default(name):
    return name.partition("/")[2] in EVERYWHERE


def _without_those_in_use(wanted, found, declared):
    """Return the routes as read without default routes that members still use and what their tables drop."""
    there = found[KIND.name]
    if declared.absent:
        return there
    kept = {
        segment
        for segment in declared.inputs.default_routes_in_use
        for destination in EVERYWHERE
        if (name := f"{segment}/{destination}") in there
        and name not in wanted
        and there[name].fields["attachment"] != "blackhole"
    }

    def stays(name, actual):
        return name in wanted or name.partition("/")[0] not in kept or not _shields(name, actual)

    return {name: actual for name, actual in there.items() if stays(name, actual)}


def _shields(name, actual):
    return _is_default(name) or actual.fields["attachment"] == "blackhole"


def _pending(wanted, found, declared):
    """Return {name: why} of default routes to ways out that aren't as declared and that this run leaves as they are."""
    if declared.absent:
        return {}
    there = found[KIND.name]
    ids = {
        Address(kind, name): one.id
        for kind in (*MADE_ELSEWHERE, *MADE_HERE)
        for name, one in found.get(kind, {}).items()
    }
    ways = resolve({name: wanted[name] for name in declared.inputs.default_routes if name in wanted}, ids)
    ways = {
        name: fields
        for name, fields in ways.items()
        if not (name in there and there[name].fields["attachment"] == fields["attachment"])
    }
    accepted = drop_unmade(ways, found, {})
    return {
        name: "it isn't known to be ready" if name in accepted else "its attachment isn't accepted"
        for name in ways
        if name not in accepted or not declared.inputs.egress_ready
    }


def ways_out(found, declared):
    """Return a hub's result: the default routes that lead to a way out which is ready, after this run, and the rest."""
    waiting = _pending(declared.resources[KIND.name], found, declared)
    ready = {}
    for name in declared.inputs.default_routes if declared.inputs.egress_ready else ():
        segment, _slash, destination = name.partition("/")
        if name not in waiting:
            ready.setdefault(segment, []).append(destination)
    return {"default_routes": ready, "default_routes_pending": sorted(waiting)}


def findings(wanted, found, declared):
    lines = [
        f"the default route {name} doesn't lead to the way out yet, since {why}; what is there stays. Run the egress"
        " account, its attachment and the hub in one run (site, or transit_gateway)"
        for name, why in _pending(wanted, found, declared).items()
    ]
    kept = found[KIND.name].keys() - _without_those_in_use(wanted, found, declared).keys()
    return lines + [
        f"the default route {name} isn't declared any more and stays, since members may use it: run all spokes of that"
        " segment and the hub in one run (site, or transit_gateway)"
        for name in sorted(filter(_is_default, kept))
    ]


def _drops_around_defaults(steps, declared):
    """Return the steps so that what is dropped beside a default route is dropped before, and until after, it leads.

    Default routes of ways out come last of all that is created: what is behind them leads on by then.
    """
    last = {Address(KIND.name, name) for name in declared.inputs.default_routes}
    last -= {Address(KIND.name, name) for name in declared.inputs.default_routes_behind}
    first = [step.address for step in steps if not step.removes and step.address.resource not in last]
    closing = [step.address for step in steps if step.removes and _is_default(step.address.name)]
    ordered = []
    for step in steps:
        if not step.removes and step.address.resource in last:
            step = replace(step, needs=(*step.needs, *first))
        elif step.removes and not _is_default(step.address.name):
            step = replace(step, needs=(*step.needs, *closing))
        ordered.append(step)
    return ordered


def _in_place_of_propagations(found, declared):
    ids, cidrs = attachment_ids(found), declared.inputs.cidrs
    apart = transit_gateway_table_route.apart(found, declared)
    routes = {}
    for key, fields in declared.resources.get("transit_gateway_propagation", {}).items():
        segment, _slash, name = key.partition("/")
        table = found["transit_gateway_route_table"].get(segment)
        if name in apart and name in ids:
            for cidr in cidrs[name]:
                routes[f"{segment}/{cidr}"] = {
                    "table": table.id if table else fields["table"],
                    "cidr": cidr,
                    "attachment": ids[name],
                }
    return routes


def _propagations(step, there, found):
    name = step.address.name
    fields = there[name].fields
    attachment = attachment_names(found).get(fields["attachment"])
    if not attachment:
        return ()
    kind = "transit_gateway_propagation"
    return f"{kind}.{name.partition('/')[0]}/{attachment}", f"{kind}_settled.{fields['table']}"


def _arguments(fields):
    return {"TransitGatewayRouteTableId": fields["table"], "DestinationCidrBlock": fields["cidr"]}


def _target(fields):
    attachment = fields["attachment"]
    return {"Blackhole": True} if attachment == "blackhole" else {"TransitGatewayAttachmentId": attachment}


KIND = ResourceType(
    "transit_gateway_static_route",
    create=lambda fields: Call("ec2.create_transit_gateway_route", {**_arguments(fields), **_target(fields)}),
    changes={
        ("attachment",): lambda id_, before, after: [
            Call("ec2.replace_transit_gateway_route", {**_arguments(after), **_target(after)})
        ]
    },
    delete=lambda id_, fields: Call("ec2.delete_transit_gateway_route", _arguments(fields)),
    # A default route to the hub's own VPC comes after the routes back.
    depends_on=("transit_gateway_route",),
)
