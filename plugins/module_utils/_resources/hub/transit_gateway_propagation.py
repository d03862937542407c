# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Propagations of attachments' routes to Transit Gateway route tables."""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Wait
from ..._core.reconcile import Actual, Call, ResourceType, reconcile
from ..shared.ec2 import filters
from . import transit_gateway_table_route
from .transit_gateway_membership import drop_unmade, members, settle

READ_AFTER = ("other_attachment", "spoke_attachment", "transit_gateway_attachment", "transit_gateway_route_table")
INPUTS = ("cidrs",)
PERMISSIONS = (
    "ec2:DisableTransitGatewayRouteTablePropagation",
    "ec2:EnableTransitGatewayRouteTablePropagation",
    "ec2:GetTransitGatewayRouteTablePropagations",
)
READ = ("ec2.get_transit_gateway_route_table_propagations", "TransitGatewayRouteTablePropagations")


def read(aws, declared, found):
    """Return {"segment/attachment": Actual} with fields attachment, table (ids); details: state."""
    return {
        f"{segment}/{name}": Actual("{table}/{attachment}".format(**fields), fields, details={"state": state})
        for segment, name, fields, state in members(aws, found, *READ, ("enabling", "enabled"))
    }


def plan(wanted, found, declared):
    there = found["transit_gateway_propagation"]
    apart = transit_gateway_table_route.apart(found, declared)
    wanted = {name: fields for name, fields in wanted.items() if name.partition("/")[2] not in apart}
    # The static routes that replace a propagation are created before it is disabled, so that nobody is cut off.
    steps = [
        replace(step, needs=step.needs + _instead(step, declared)) if step.removes else step
        for step in reconcile(KIND, drop_unmade(wanted, found, there), there)
    ]
    staying = {name: member for name, member in there.items() if name in wanted}
    return steps + settle(KIND.name, steps, staying, *READ, "enabling")


def _instead(step, declared):
    segment, _slash, name = step.address.name.partition("/")
    return tuple(f"transit_gateway_static_route.{segment}/{cidr}" for cidr in declared.inputs.cidrs.get(name, ()))


def _arguments(fields):
    return {"TransitGatewayRouteTableId": fields["table"], "TransitGatewayAttachmentId": fields["attachment"]}


KIND = ResourceType(
    "transit_gateway_propagation",
    create=lambda fields: Call("ec2.enable_transit_gateway_route_table_propagation", _arguments(fields)),
    delete=lambda id_, fields: Call(
        "ec2.disable_transit_gateway_route_table_propagation",
        _arguments(fields),
        wait=Wait(
            READ[0],
            {
                "TransitGatewayRouteTableId": fields["table"],
                "Filters": filters(transit_gateway_attachment_id=fields["attachment"]),
            },
            f"{READ[1]}[].State",
            until=("disabled",),
            pending=("enabling", "enabled", "disabling"),
            gone=True,
        ),
    ),
)
