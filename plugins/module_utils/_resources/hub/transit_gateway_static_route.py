# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Static routes of the hub's Transit Gateway route tables.

They are those of segments, blackholes that keep isolated members apart even if somebody adds a propagation, and those
that replace the propagation of an attachment that propagates more than is declared. Any other static route in the hub's
tables is deleted, a blackhole too.
"""

from __future__ import annotations

from dataclasses import replace

from ..._core.reconcile import Actual, Call, ResourceType, reconcile
from . import transit_gateway_table_route
from .transit_gateway_membership import attachment_ids, attachment_names, drop_unmade

READ_AFTER = ("transit_gateway_table_route",)
INPUTS = ("cidrs",)
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
    there = found[KIND.name]
    # A declared route wins, such as a blackhole for an account in quarantine, whatever its VPC has.
    wanted = {**_in_place_of_propagations(found, declared), **wanted}
    steps = reconcile(KIND, drop_unmade(wanted, found, there), there)
    # A propagation that replaces a static route comes first: the static route holds until it is deleted.
    return [
        replace(step, needs=step.needs + _propagations(step, there, found)) if step.removes else step for step in steps
    ]


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
)
