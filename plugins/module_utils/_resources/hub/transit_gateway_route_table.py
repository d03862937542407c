# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hub's Transit Gateway route tables, one per segment."""

from __future__ import annotations

from ..._core.plan import OWN_ID, Wait
from ..._core.reconcile import Actual, Call, ResourceType, reconcile
from ..shared import in_transition
from ..shared.ec2 import duplicate_check, filters, names, owned, tag, tag_specifications, tags_of, untag

READ_AFTER = ("transit_gateway",)
INPUTS = ()
PERMISSIONS = (
    "ec2:CreateTags",
    "ec2:CreateTransitGatewayRouteTable",
    "ec2:DeleteTags",
    "ec2:DeleteTransitGatewayRouteTable",
    "ec2:DescribeTransitGatewayRouteTables",
)
ALIVE = ["pending", "available"]


def read(aws, declared, found):
    """Return {segment: Actual} with fields transit_gateway, tags; details: state."""
    gateway = found["transit_gateway"].get("main")
    tables = gateway and aws.read(
        "ec2.describe_transit_gateway_route_tables",
        "TransitGatewayRouteTables",
        Filters=filters(transit_gateway_id=gateway.id, state=ALIVE),
    )
    return {
        name: Actual(
            table["TransitGatewayRouteTableId"],
            {"transit_gateway": table["TransitGatewayId"], "tags": tags_of(table)},
            managed=owned(table, declared.owner),
            details={"state": table["State"]},
        )
        for name, table in names(tables or [], "TransitGatewayRouteTableId").items()
    }


def plan(wanted, found, declared):
    there = found["transit_gateway_route_table"]
    return in_transition.settle(KIND.name, wanted, there, _available) + reconcile(
        KIND, wanted, there, purge_tags=declared.purge_tags
    )


def _wait(id_, **until):
    return Wait(
        "ec2.describe_transit_gateway_route_tables",
        {"TransitGatewayRouteTableIds": [id_]},
        "TransitGatewayRouteTables[].State",
        **until,
    )


def _available(id_):
    return _wait(id_, until=("available",), pending=("pending",), failed=("deleting", "deleted"))


KIND = ResourceType(
    "transit_gateway_route_table",
    create=lambda fields: Call(
        "ec2.create_transit_gateway_route_table",
        {
            "TransitGatewayId": fields["transit_gateway"],
            **tag_specifications("transit-gateway-route-table", fields),
        },
        id_path="TransitGatewayRouteTable.TransitGatewayRouteTableId",
        wait=_available(OWN_ID),
    ),
    delete=lambda id_, fields: Call(
        "ec2.delete_transit_gateway_route_table",
        {"TransitGatewayRouteTableId": id_},
        wait=_wait(id_, until=("deleted",), pending=("pending", "available", "deleting"), gone=True),
    ),
    tag=tag,
    untag=untag,
    duplicates=lambda fields: duplicate_check(
        "ec2.describe_transit_gateway_route_tables",
        "TransitGatewayRouteTables[].TransitGatewayRouteTableId",
        fields,
        transit_gateway_id=fields["transit_gateway"],
        state=ALIVE,
    ),
)
