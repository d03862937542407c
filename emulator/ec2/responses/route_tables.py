# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPC route tables and their associations; routes are in routes.py."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.utils import random_subnet_association_id

from emulator.ec2.describe import Listing
from emulator.ec2.errors import dependency_violation, invalid_value, not_found
from emulator.ec2.lag import creates
from emulator.ec2.responses.routes import RouteResponse

ROUTE_TABLES = Listing(
    "RouteTables",
    "RouteTableId",
    "RouteTableIds",
    {
        "association.gateway-id": "Associations[].GatewayId",
        "association.main": "Associations[].Main",
        "association.route-table-association-id": "Associations[].RouteTableAssociationId",
        "association.route-table-id": "Associations[].RouteTableId",
        "association.subnet-id": "Associations[].SubnetId",
        "owner-id": "OwnerId",
        "route-table-id": "RouteTableId",
        "route.destination-cidr-block": "Routes[].DestinationCidrBlock",
        "route.destination-ipv6-cidr-block": "Routes[].DestinationIpv6CidrBlock",
        "route.destination-prefix-list-id": "Routes[].DestinationPrefixListId",
        "route.egress-only-internet-gateway-id": "Routes[].EgressOnlyInternetGatewayId",
        "route.gateway-id": "Routes[].GatewayId",
        "route.instance-id": "Routes[].InstanceId",
        "route.nat-gateway-id": "Routes[].NatGatewayId",
        "route.origin": "Routes[].Origin",
        "route.state": "Routes[].State",
        "route.transit-gateway-id": "Routes[].TransitGatewayId",
        "route.vpc-peering-connection-id": "Routes[].VpcPeeringConnectionId",
        "transit-gateway-id": "Routes[].TransitGatewayId",
        "vpc-id": "VpcId",
    },
    maximum_page=100,
    prefix="rtb",
)
# https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html: "Route tables per VPC"
MAX_TABLES = 200


class RouteTableResponse(RouteResponse):
    def route_table(self, route_table_id: str) -> RouteTable:
        if route_table_id not in self.ec2_backend.route_tables:
            raise not_found(route_table_id, "rtb")
        return self.ec2_backend.route_tables[route_table_id]

    def route_table_item(self, table: RouteTable) -> dict[str, Any]:
        return {
            "RouteTableId": table.id,
            "VpcId": table.vpc_id,
            "OwnerId": table.owner_id,
            "Associations": _associations(table),
            "PropagatingVgws": [],
            "Routes": [self.route_item(table, route) for route in table.routes],
            "Tags": self.tag_list(table.id),
        }

    @creates("rtb")
    def create_route_table(self) -> ActionResult:
        vpc = self.vpc(self.required("VpcId"))
        tags = self.tags_for("route-table")
        if sum(table.vpc_id == vpc.id for table in self.ec2_backend.route_tables.values()) >= MAX_TABLES:
            # The code is that of errors-overview.html; the text is not verified.
            raise EC2ClientError("RouteTableLimitExceeded", "The maximum number of route tables has been reached.")
        table = self.ec2_backend.create_route_table(vpc.id)
        blocks: dict[bool, set[str]] = {True: set(), False: set()}
        for association in vpc.get_cidr_block_association_set():
            blocks[association["cidr_block_state"]["state"] == "disassociated"].add(association["cidr_block"])
        for block in blocks[True] - blocks[False]:
            # moto adds local routes also for blocks that are disassociated and still listed.
            self.ec2_backend.delete_route(table.id, block)
        table.add_tags(tags)
        return ActionResult({"RouteTable": self.route_table_item(table)})

    def describe_route_tables(self) -> ActionResult:
        return self.listed(
            ROUTE_TABLES, map(self.route_table_item, (self.ec2_backend.route_tables | self.seen.rtb).values())
        )

    def delete_route_table(self) -> ActionResult:
        table = self.route_table(self.required("RouteTableId"))
        if table._associations or table.main_association_id:
            raise dependency_violation("routeTable", table.id)
        del self.ec2_backend.route_tables[table.id]
        self.ec2_backend.tags.pop(table.id, None)
        return EmptyResult()

    # Associations

    def associate_route_table(self) -> ActionResult:
        table = self.route_table(self.required("RouteTableId"))
        target = self._get_param("SubnetId") or self._get_param("GatewayId")
        if not target:
            raise EC2ClientError("MissingParameter", "The request must contain the parameter subnetId or gatewayId")
        target_vpc = self._vpc_of_associated(target) or table.vpc_id
        if target_vpc != table.vpc_id:
            kind = "subnet" if target.startswith("subnet-") else "network gateway"
            raise invalid_value(f"route table {table.id} and {kind} {target} belong to different networks")
        for other in self.ec2_backend.route_tables.values():
            for association_id, associated in other._associations.items():
                if associated == target and other is table:
                    # Not documented; according to moto AWS returns the existing association.
                    return _associated(association_id, "AssociationId")
                if associated == target:
                    # https://github.com/hashicorp/terraform-provider-aws/issues/38960
                    raise EC2ClientError(
                        "Resource.AlreadyAssociated",
                        f"the specified association for route table {table.id} conflicts with an existing association",
                    )
        association_id = random_subnet_association_id()
        table._associations[association_id] = target
        getattr(table, "disassociated_gateways", {}).pop(target, None)
        return _associated(association_id, "AssociationId")

    def _vpc_of_associated(self, target: str) -> str | None:
        """Return the VPC of a subnet or gateway, None for a gateway that isn't attached to any."""
        if self._get_param("SubnetId"):
            return str(self.subnet(target).vpc_id)
        if target.startswith("igw-"):
            vpc = self.internet_gateway(target).vpc
            return str(vpc.id) if vpc else None
        if target in self.ec2_backend.vpn_gateways:
            attached = self.ec2_backend.vpn_gateways[target].attachments.values()
            return next((str(one.vpc_id) for one in attached if one.state == "attached"), None)
        if target.startswith("vgw-"):
            raise not_found(target)
        # "The ID of the internet gateway or virtual private gateway" (AssociateRouteTable). The text is AWS's for a
        # route: https://github.com/ansible-collections/amazon.aws/issues/2631
        raise invalid_value(f"invalid value for parameter gateway-id: {target}")

    def disassociate_route_table(self) -> ActionResult:
        association_id = self.required("AssociationId")
        table = self._table_of_association(association_id)
        if table.main_association_id == association_id:
            raise invalid_value(f"cannot disassociate the main route table association {association_id}")
        target = table._associations.pop(association_id)
        if not target.startswith("subnet-"):
            table.disassociated_gateways = {target: association_id}
        return EmptyResult()

    def replace_route_table_association(self) -> ActionResult:
        """Replace the route table of an association; for the main association, sets another main table:
        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRouteTableAssociation.html
        """
        association_id = self.required("AssociationId")
        new = self.route_table(self.required("RouteTableId"))
        old = self._table_of_association(association_id)
        if old.vpc_id != new.vpc_id:
            raise invalid_value(f"route table {old.id} and route table {new.id} belong to different networks")
        if old is new:
            return _associated(association_id, "NewAssociationId")
        new_id = random_subnet_association_id()
        if old.main_association_id == association_id:
            old.main_association_id, new.main_association_id = None, new_id
        else:
            new._associations[new_id] = old._associations.pop(association_id)
        return _associated(new_id, "NewAssociationId")

    def _table_of_association(self, association_id: str) -> RouteTable:
        for table in self.ec2_backend.route_tables.values():
            if association_id in table.all_associations_ids:
                return table
        raise not_found(association_id, "rtbassoc")


def _associations(table: RouteTable) -> list[dict[str, Any]]:
    """Return the table's associations in the API's shape, the main one first.

    A disassociated subnet is no longer listed, a disassociated gateway stays listed until it is associated again:
    according to amazon.aws' integration target ec2_vpc_route_table, which its maintainers run on AWS.
    """
    over = getattr(table, "disassociated_gateways", {})
    rows = [(key, target, "associated") for key, target in table._associations.items()]
    rows += [(key, target, "disassociated") for target, key in over.items()]
    if table.main_association_id:
        rows.insert(0, (table.main_association_id, "", "associated"))
    return [
        {
            "RouteTableAssociationId": key,
            "RouteTableId": table.id,
            "Main": not target,
            "AssociationState": {"State": state},
            **({"SubnetId" if target.startswith("subnet-") else "GatewayId": target} if target else {}),
        }
        for key, target, state in rows
    ]


def _associated(association_id: str, key: str) -> ActionResult:
    return ActionResult({key: association_id, "AssociationState": {"State": "associated"}})
