# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Associations of subnets with route tables, by the subnet's name."""

from __future__ import annotations

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
    return reconcile(KIND, wanted, found["route_table_association"])


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
