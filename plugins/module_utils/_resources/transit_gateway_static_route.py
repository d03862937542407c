# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Static routes of the hub's Transit Gateway route tables. Only blackholes are declared: they keep isolated members
apart even if somebody adds a propagation. Any other static route in our tables would join what is declared apart:
it goes.
"""

from __future__ import annotations

from ansible_collections.closednet.aws.plugins.module_utils._core.compare import Actual, Call, Kind, reconcile
from ansible_collections.closednet.aws.plugins.module_utils._resources.ec2 import filters

READ_AFTER = ("transit_gateway_route_table",)
PERMISSIONS = (
    "ec2:CreateTransitGatewayRoute",
    "ec2:DeleteTransitGatewayRoute",
    "ec2:ReplaceTransitGatewayRoute",
    "ec2:SearchTransitGatewayRoutes",
)


def read(aws, declared, found):
    """{"segment/cidr": Actual} with fields table, cidr, attachment (None: a blackhole)."""
    tables = [(segment, table.id) for segment, table in found["transit_gateway_route_table"].items() if table.owned]
    pages = aws.gather(*(lambda id_=id_: _search(aws, id_) for _segment, id_ in tables))
    return {
        f"{segment}/{route['DestinationCidrBlock']}": Actual(
            f"{table}/{route['DestinationCidrBlock']}",
            {
                "table": table,
                "cidr": route["DestinationCidrBlock"],
                "attachment": next(
                    (a["TransitGatewayAttachmentId"] for a in route.get("TransitGatewayAttachments", [])), "blackhole"
                ),
            },
        )
        for (segment, table), routes in zip(tables, pages)
        for route in routes
        # A prefix list's routes come and go with its reference.
        if "DestinationCidrBlock" in route and not route.get("PrefixListId")
    }


def _search(aws, table):
    return aws.read(
        "ec2.search_transit_gateway_routes",
        "Routes",
        TransitGatewayRouteTableId=table,
        Filters=filters(type="static"),
    )


def plan(wanted, found, declared):
    return reconcile(KIND, wanted, found["transit_gateway_static_route"])


def _arguments(fields):
    return {"TransitGatewayRouteTableId": fields["table"], "DestinationCidrBlock": fields["cidr"]}


KIND = Kind(
    "transit_gateway_static_route",
    create=lambda fields: Call("ec2.create_transit_gateway_route", {**_arguments(fields), "Blackhole": True}),
    changes={
        ("attachment",): lambda id_, before, after: [
            Call("ec2.replace_transit_gateway_route", {**_arguments(after), "Blackhole": True})
        ]
    },
    delete=lambda id_, fields: Call("ec2.delete_transit_gateway_route", _arguments(fields)),
)
