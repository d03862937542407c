# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Prefix lists in the hub's Transit Gateway route tables: each entry is a static route.

An undeclared one is deleted: a change of the list would change who reaches whom.
"""

from __future__ import annotations

from ..._core.plan import Wait
from ..._core.reconcile import Actual, Call, ResourceType, reconcile
from ..shared.ec2 import filters
from .transit_gateway_membership import drop_unmade

READ_AFTER = ("transit_gateway_route_table",)
INPUTS = ()
PERMISSIONS = (
    "ec2:CreateTransitGatewayPrefixListReference",
    "ec2:DeleteTransitGatewayPrefixListReference",
    "ec2:GetTransitGatewayPrefixListReferences",
    "ec2:ModifyTransitGatewayPrefixListReference",
)
OPERATION, KEY = "ec2.get_transit_gateway_prefix_list_references", "TransitGatewayPrefixListReferences"


def read(aws, declared, found):
    """Return {"segment/prefix list": Actual} with fields table, prefix_list, attachment (an id, or blackhole).

    details: state.
    """
    tables = {segment: table.id for segment, table in found["transit_gateway_route_table"].items() if table.managed}
    pages = aws.gather(
        *(lambda id_=id_: aws.read(OPERATION, KEY, TransitGatewayRouteTableId=id_) for id_ in tables.values())
    )
    return {
        f"{segment}/{reference['PrefixListId']}": Actual(
            f"{tables[segment]}/{reference['PrefixListId']}",
            {
                "table": tables[segment],
                "prefix_list": reference["PrefixListId"],
                "attachment": "blackhole"
                if reference["Blackhole"]
                else reference["TransitGatewayAttachment"]["TransitGatewayAttachmentId"],
            },
            details={"state": reference["State"]},
        )
        for segment, references in zip(tables, pages)
        for reference in references
        if reference["State"] != "deleting"
    }


def plan(wanted, found, declared):
    there = found[KIND.name]
    return reconcile(KIND, drop_unmade(wanted, found, there), there)


def _arguments(fields):
    return {"TransitGatewayRouteTableId": fields["table"], "PrefixListId": fields["prefix_list"]}


def _target(fields):
    attachment = fields["attachment"]
    return {"Blackhole": True} if attachment == "blackhole" else {"TransitGatewayAttachmentId": attachment}


def _wait(fields, **until):
    select = {
        "TransitGatewayRouteTableId": fields["table"],
        "Filters": filters(prefix_list_id=fields["prefix_list"]),
    }
    return Wait(OPERATION, select, f"{KEY}[].State", **until)


KIND = ResourceType(
    "transit_gateway_prefix_list_reference",
    create=lambda fields: Call(
        "ec2.create_transit_gateway_prefix_list_reference",
        {**_arguments(fields), **_target(fields)},
        # deleting: of an earlier reference, which AWS shows for a while.
        wait=_wait(fields, until=("available",), pending=("pending", "modifying", "deleting")),
    ),
    changes={
        ("attachment",): lambda id_, before, after: [
            Call(
                "ec2.modify_transit_gateway_prefix_list_reference",
                {**_arguments(after), **_target(after)},
                wait=_wait(after, until=("available",), pending=("pending", "modifying")),
            )
        ]
    },
    delete=lambda id_, fields: Call("ec2.delete_transit_gateway_prefix_list_reference", _arguments(fields)),
)
