# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Associations of attachments with the one Transit Gateway route table that their traffic is looked up in."""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Ref, Wait
from ..._core.reconcile import Actual, Call, Conflict, ResourceType, reconcile
from ..shared.ec2 import filters
from .transit_gateway_membership import drop_unmade, members, settle

READ_AFTER = ("other_attachment", "spoke_attachment", "transit_gateway_attachment", "transit_gateway_route_table")
INPUTS = ("cidrs", "isolated")
PERMISSIONS = (
    "ec2:AssociateTransitGatewayRouteTable",
    "ec2:DisassociateTransitGatewayRouteTable",
    "ec2:GetTransitGatewayRouteTableAssociations",
)
READ = ("ec2.get_transit_gateway_route_table_associations", "Associations")


def read(aws, declared, found):
    """Return {attachment: Actual} with fields attachment, table (ids); details: state."""
    return {
        name: Actual("{table}/{attachment}".format(**fields), fields, details={"state": state})
        for _segment, name, fields, state in members(aws, found, *READ, ("associating", "associated"))
    }


def plan(wanted, found, declared):
    own = {table.id for table in found["transit_gateway_route_table"].values() if table.managed}
    for name in wanted:
        there = found["spoke_attachment"].get(name) or found["other_attachment"].get(name)
        if there and there.details["table"] not in (None, *own):
            raise Conflict(
                f"transit_gateway_association.{name}: {there.id} is associated with {there.details['table']}, which"
                " isn't managed by this resource, and an attachment has one route table. Disassociate it from that one"
            )
    there = found["transit_gateway_association"]
    steps = _after_routes(reconcile(KIND, drop_unmade(wanted, found, there), there), found, declared)
    steps = _isolated_last(steps, found, declared)
    staying = {name: member for name, member in there.items() if name in wanted}
    return steps + settle(KIND.name, steps, staying, *READ, "associating")


def _after_routes(steps, found, declared):
    """Return the steps so that an attachment joins its table after the propagations, and the routes in their place.

    So an interrupted run leaves no attachment in use whose segment has yet to get its routes: those would look like an
    opening that nobody named.
    """
    propagations = declared.resources.get("transit_gateway_propagation", {})
    tables = {str(fields["table"]) for fields in propagations.values()}
    tables |= {table.id for table in found["transit_gateway_route_table"].values()}
    settled = tuple(f"transit_gateway_propagation_settled.{table}" for table in sorted(tables))
    routes = {}
    for name in propagations:
        segment, _slash, member = name.partition("/")
        for cidr in declared.inputs.cidrs.get(member, ()):
            routes.setdefault(member, []).append(f"transit_gateway_static_route.{segment}/{cidr}")
    return [
        replace(step, needs=(*step.needs, *settled, *routes.get(step.address.name, ()))) if step.after else step
        for step in steps
    ]


def _isolated_last(steps, found, declared):
    """Return the steps so that members of isolated segments join after the others.

    So an interrupted first run leaves no isolated attachment in use whose partners are yet to come.
    """
    isolated = {Ref(f"transit_gateway_route_table.{segment}") for segment in declared.inputs.isolated}
    isolated |= {
        table.id for name, table in found["transit_gateway_route_table"].items() if name in declared.inputs.isolated
    }
    joins = [step for step in steps if step.after]
    others = tuple(step.address for step in joins if step.after["table"] not in isolated)
    last = {step.address for step in joins} - set(others)
    return [replace(step, needs=(*step.needs, *others)) if step.address in last else step for step in steps]


def _associate(fields):
    return Call(
        "ec2.associate_transit_gateway_route_table",
        {"TransitGatewayRouteTableId": fields["table"], "TransitGatewayAttachmentId": fields["attachment"]},
        suffix="add",
    )


def _disassociate(fields):
    return Call(
        "ec2.disassociate_transit_gateway_route_table",
        {"TransitGatewayRouteTableId": fields["table"], "TransitGatewayAttachmentId": fields["attachment"]},
        wait=Wait(
            READ[0],
            {
                "TransitGatewayRouteTableId": fields["table"],
                "Filters": filters(transit_gateway_attachment_id=fields["attachment"]),
            },
            f"{READ[1]}[].State",
            until=("disassociated",),
            pending=("associating", "associated", "disassociating"),
            gone=True,
        ),
        suffix="remove",
    )


KIND = ResourceType(
    "transit_gateway_association",
    create=_associate,
    # An attachment has one table at a time: it reaches nothing between the two calls, and is never in both.
    changes={("table",): lambda id_, before, after: [_disassociate(before), _associate(after)]},
    delete=lambda id_, fields: _disassociate(fields),
)
