# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPC route tables: associations, routes and their targets, blackholes."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.utils import random_subnet_association_id

from emulator.ec2.describe import Describing, Listing
from emulator.ec2.errors import dependency_violation, invalid_value, not_found
from emulator.ec2.lag import creates
from emulator.ec2.models.route_tables import Route
from emulator.ec2.models.vpc_ranges import network

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
# https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html: "Routes per route table (non-propagated
# routes)", IPv4 and IPv6 are counted separately.
MAX_ROUTES = 500
DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "TransitGatewayId",
    "NetworkInterfaceId",
    "InstanceId",
    "VpcPeeringConnectionId",
    "EgressOnlyInternetGatewayId",
    "VpcEndpointId",
    "CarrierGatewayId",
    "LocalGatewayId",
    "CoreNetworkArn",
)


class RouteTableResponse(Describing):
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
            "Routes": [self._route_item(table, route) for route in table.routes],
            "Tags": self.tag_list(table.id),
        }

    def _route_item(self, table: RouteTable, route: Any) -> dict[str, str]:
        if isinstance(route, Route):
            state = "active" if self._target_is_there(table, *route.target) else "blackhole"
            kind, target_id = route.target
            # A route to a Gateway Load Balancer endpoint is shown with GatewayId: terraform-provider-aws, flattenRoute
            # of internal/service/ec2/vpc_route_table.go.
            shown = "GatewayId" if kind == "VpcEndpointId" else kind
            return dict([route.destination, (shown, target_id)], Origin="CreateRoute", State=state)
        # moto's own: local routes, and those of gateway endpoints.
        item = {
            "DestinationCidrBlock": route.destination_cidr_block,
            "DestinationIpv6CidrBlock": route.destination_ipv6_cidr_block,
            "DestinationPrefixListId": route.destination_prefix_list_id,
            "GatewayId": route.gateway_id,
            "Origin": route.origin,
            "State": route.state,
        }
        return {key: value for key, value in item.items() if value}

    def _target_is_there(self, table: RouteTable, kind: str, target_id: str) -> bool:
        """Return true if a route to the target is active: a deleted or detached target leaves a blackhole.

        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html, State
        """
        backend = self.ec2_backend
        if kind == "TransitGatewayId":
            return bool(self.vpc_attachments(table.vpc_id, target_id, usable=True))
        if kind == "VpcEndpointId":
            endpoint = backend.vpc_end_points.get(target_id)
            return endpoint is not None and endpoint.state in ("pending", "available")
        if kind == "NatGatewayId":
            gateway = backend.nat_gateways.get(target_id)
            return gateway is not None and gateway.state in ("pending", "available")
        if kind == "GatewayId" and target_id.startswith("igw-"):
            gateway = backend.internet_gateways.get(target_id)
            return gateway is not None and gateway.vpc is not None and gateway.vpc.id == table.vpc_id
        collections = {
            "NetworkInterfaceId": backend.enis,
            "VpcPeeringConnectionId": backend.vpc_pcxs,
            "EgressOnlyInternetGatewayId": backend.egress_only_internet_gateways,
            "CarrierGatewayId": backend.carrier_gateways,
            "GatewayId": backend.vpn_gateways,
        }
        if kind == "InstanceId":
            return any(i.id == target_id for r in backend.reservations.values() for i in r.instances)
        return target_id in collections.get(kind, {})

    @creates("rtb")
    def create_route_table(self) -> ActionResult:
        vpc = self.vpc(self.required("VpcId"))
        tags = self.tags_for("route-table")
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
        return self.listed(ROUTE_TABLES, map(self.route_table_item, self.ec2_backend.route_tables.values()))

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
        if target.startswith("subnet-"):
            target_vpc = self.subnet(target).vpc_id
        else:
            gateway = self.internet_gateway(target) if target.startswith("igw-") else None
            target_vpc = gateway.vpc.id if gateway and gateway.vpc else table.vpc_id
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

    # Routes

    def create_route(self) -> ActionResult:
        table = self.route_table(self.required("RouteTableId"))
        destination = self._destination()
        if self._route_key(table, destination) in table._routes:
            self._refuse_more_specific(table, destination)
            raise EC2ClientError("RouteAlreadyExists", f"The route identified by {destination[1]} already exists.")
        self._check_quota(table, destination)
        self._put_route(table, destination)
        return ActionResult({"Return": True})

    def _check_quota(self, table: RouteTable, destination: tuple[str, str]) -> None:
        """Raise RouteLimitExceeded if the new route exceeds the quota.

        A prefix list counts as its maximum number of entries (amazon-vpc-limits.html). The code is from aws-sdk-cpp's
        EC2Errors; the text is not verified.
        """

        def weight(item: dict[str, Any]) -> int:
            listed = self._prefix_lists_seen().get(item.get("DestinationPrefixListId"))
            return listed.max_entries if listed and listed.version else 1

        added = dict([destination])
        there = [
            item
            for item in self.route_table_item(table)["Routes"]
            if item["Origin"] != "EnableVgwRoutePropagation"
            and ("DestinationIpv6CidrBlock" in item) == ("DestinationIpv6CidrBlock" in added)
        ]
        if sum(map(weight, [*there, added])) > MAX_ROUTES:
            raise EC2ClientError("RouteLimitExceeded", "The maximum number of routes has been reached.")

    def replace_route(self) -> ActionResult:
        table = self.route_table(self.required("RouteTableId"))
        destination = self._destination()
        if self._route_key(table, destination) not in table._routes:
            raise invalid_value(
                f"There is no route defined for '{destination[1]}' in the route table. Use CreateRoute instead."
            )
        self._put_route(table, destination)
        return EmptyResult()

    def delete_route(self) -> ActionResult:
        table = self.route_table(self.required("RouteTableId"))
        kind, destination = self._destination()
        key = self._route_key(table, (kind, destination))
        if key not in table._routes:
            names = {"DestinationCidrBlock": "destination-cidr-block"}
            name = names.get(kind, "destination-ipv6-cidr-block" if "Ipv6" in kind else "destination-prefix-list-id")
            raise EC2ClientError(
                "InvalidRoute.NotFound", f"no route with {name} {destination} in route table {table.id}"
            )
        if table._routes[key].local:
            raise invalid_value(f"cannot remove local route {destination} in route table {table.id}")
        del table._routes[key]
        return EmptyResult()

    def _destination(self) -> tuple[str, str]:
        given = [(name, self._get_param(name)) for name in DESTINATIONS if self._get_param(name)]
        if not given:
            # https://github.com/hashicorp/terraform/issues/14564
            raise EC2ClientError(
                "MissingParameter",
                "The request must contain the parameter destinationCidrBlock or destinationIpv6CidrBlock",
            )
        if len(given) > 1:
            raise EC2ClientError(
                "InvalidParameterCombination",
                "The request must contain exactly one of destinationCidrBlock, destinationIpv6CidrBlock, "
                "destinationPrefixListId",
            )
        kind, value = given[0]
        if kind == "DestinationCidrBlock":
            return kind, str(network(value, "destinationCidrBlock"))
        if kind == "DestinationPrefixListId":
            self.prefix_list(value)
        return kind, value

    @staticmethod
    def _route_key(table: RouteTable, destination: tuple[str, str]) -> str:
        """Return moto's key of a route."""
        return f"{table.id}~{destination[1]}"

    def _put_route(self, table: RouteTable, destination: tuple[str, str]) -> None:
        target = self._target(table)
        if target[0] in ("GatewayId", "TransitGatewayId", "VpcPeeringConnectionId"):
            self._refuse_more_specific(table, destination)
        table._routes[self._route_key(table, destination)] = Route(destination, target)

    def _refuse_more_specific(self, table: RouteTable, destination: tuple[str, str]) -> None:
        """Refuse a destination inside the VPC, where a route may target only an interface or an instance:
        https://docs.aws.amazon.com/vpc/latest/userguide/RouteTables.html (local route; text as AWS returns it)
        """
        if destination[0] != "DestinationCidrBlock":
            return
        for association in self.vpc(table.vpc_id).get_cidr_block_association_set():
            if IPv4Network(destination[1]).subnet_of(IPv4Network(association["cidr_block"])):
                raise invalid_value(
                    f"The destination CIDR block {destination[1]} is equal to or more specific than one of this VPC's "
                    "CIDR blocks. This route can target only an interface or an instance."
                )

    def _target(self, table: RouteTable) -> tuple[str, str]:
        given = [(name, self._get_param(name)) for name in TARGETS if self._get_param(name)]
        if len(given) != 1:
            # The text is AWS's; which of the two codes it goes with is not verified.
            raise EC2ClientError(
                "InvalidParameterCombination" if given else "MissingParameter",
                "The request must contain exactly one of gatewayId, natGatewayId, networkInterfaceId, "
                "vpcPeeringConnectionId, egressOnlyInternetGatewayId, transitGatewayId, localGatewayId, vpcEndpointId "
                "or instanceId",
            )
        kind, target_id = given[0]
        if kind == "GatewayId" and target_id.startswith("igw-"):
            if target_id not in self.ec2_backend.internet_gateways:
                raise EC2ClientError("InvalidGatewayID.NotFound", f"The gateway ID '{target_id}' does not exist")
            if not self._target_is_there(table, kind, target_id):
                raise invalid_value(
                    f"route table {table.id} and network gateway {target_id} belong to different networks"
                )
        elif not self._target_is_there(table, kind, target_id):
            raise _unknown_target(kind, target_id)
        if kind == "VpcEndpointId":
            self._check_endpoint(table, target_id)
        return kind, target_id

    def _check_endpoint(self, table: RouteTable, endpoint_id: str) -> None:
        """Refuse an endpoint that is no Gateway Load Balancer endpoint, or of another VPC; of any AZ it may be.

        "Supported for Gateway Load Balancer endpoints only": API_CreateRoute. The texts are not verified.
        """
        endpoint = self.ec2_backend.vpc_end_points[endpoint_id]
        if endpoint.vpc_endpoint_type != "GatewayLoadBalancer":
            raise invalid_value(f"The VPC endpoint {endpoint_id} is not a Gateway Load Balancer endpoint")
        if endpoint.vpc_id != table.vpc_id:
            raise invalid_value(f"route table {table.id} and VPC endpoint {endpoint_id} belong to different networks")


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


def _unknown_target(kind: str, target_id: str) -> EC2ClientError:
    """Return the error for an unknown target; also for a transit gateway whose attachment of this VPC isn't available:
    https://github.com/hashicorp/terraform-provider-aws/issues/9222, aws/aws-cdk#8584
    """
    code, word = {
        "TransitGatewayId": ("InvalidTransitGatewayID.NotFound", "transitGateway"),
        "NatGatewayId": ("InvalidNatGatewayID.NotFound", "natGateway"),
        "NetworkInterfaceId": ("InvalidNetworkInterfaceID.NotFound", "networkInterface"),
        "InstanceId": ("InvalidInstanceID.NotFound", "instance"),
        "VpcPeeringConnectionId": ("InvalidVpcPeeringConnectionID.NotFound", "vpcPeeringConnection"),
        "VpcEndpointId": ("InvalidVpcEndpointId.NotFound", "vpcEndpoint"),
    }.get(kind, ("InvalidGatewayID.NotFound", "gateway"))
    return EC2ClientError(code, f"The {word} ID '{target_id}' does not exist.")


def _associated(association_id: str, key: str) -> ActionResult:
    return ActionResult({key: association_id, "AssociationState": {"State": "associated"}})
