# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Associations of subnets with route tables, by the subnet's name."""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Address, Ref
from ..._core.reconcile import Actual, Call, ResourceType, reconcile

READ_AFTER = ("route_table", "subnet")
INPUTS = ()
PERMISSIONS = ("ec2:AssociateRouteTable", "ec2:DisassociateRouteTable", "ec2:ReplaceRouteTableAssociation")


def read(aws, declared, found):
    subnets = {subnet.id: (name, subnet.managed) for name, subnet in found["subnet"].items()}
    associations = {}
    for table in found["route_table"].values():
        for association in table.details["associations"]:
            name, owned = subnets.get(association.get("SubnetId"), (None, False))
            if name and association.get("AssociationState", {}).get("State") not in ("disassociating", "disassociated"):
                fields = {"subnet": association["SubnetId"], "route_table": table.id}
                associations[name] = Actual(association["RouteTableAssociationId"], fields, owned)
    return associations


def plan(wanted, found, declared):
    return [
        replace(step, needs=step.needs + _routes_of(step.address.name, declared)) if step.action == "change" else step
        for step in reconcile(KIND, wanted, found["route_table_association"])
    ]


def _routes_of(name, declared):
    """Return the addresses of routes to the internet of a subnet's declared table, which come before the subnet."""
    table = declared.resources[KIND.name][name]["route_table"]
    prefix = f"{Address.of(table.address).name}/" if isinstance(table, Ref) else None
    routes = declared.resources.get("internet_route", {})
    return tuple(f"internet_route.{route}" for route in routes if prefix and route.startswith(prefix))


KIND = ResourceType(
    "route_table_association",
    create=lambda fields: Call(
        "ec2.associate_route_table",
        {"RouteTableId": fields["route_table"], "SubnetId": fields["subnet"]},
        id_path="AssociationId",
    ),
    # One call, so that the subnet is never without its table.
    changes={
        ("route_table",): lambda id_, before, after: [
            Call(
                "ec2.replace_route_table_association",
                {"AssociationId": id_, "RouteTableId": after["route_table"]},
                id_path="NewAssociationId",
            )
        ]
    },
    delete=lambda id_, fields: Call("ec2.disassociate_route_table", {"AssociationId": id_}),
)
