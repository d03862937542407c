# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routes of VPC route tables: destinations, targets, blackholes."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.route_tables import Route as MotoRoute
from moto.ec2.models.route_tables import RouteTable

from emulator.ec2.describe import Describing
from emulator.ec2.errors import invalid_value
from emulator.ec2.models.prefix_list_sizes import MAX_ROUTES, weight
from emulator.ec2.models.route_tables import Route
from emulator.ec2.models.vpc_ranges import network, network_ipv6

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
# Targets of a destination inside the VPC: "a NAT gateway, network interface, or Gateway Load Balancer endpoint"
# (RouteTables.html, "More specific than the local route"); AWS's text names instances, too.
INSIDE = ("NatGatewayId", "NetworkInterfaceId", "InstanceId", "VpcEndpointId")
# Targets of NAT64: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-nat64-dns64.html
NAT64 = IPv6Network("64:ff9b::/96")


class RouteResponse(Describing):
    def route_item(self, table: RouteTable, route: Any) -> dict[str, str]:
        """Return a route in the API's shape."""
        if isinstance(route, Route):
            state = "active" if self.is_active(table, *route.target) else "blackhole"
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

    def is_active(self, table: RouteTable, kind: str, target_id: str) -> bool:
        """Return true if a route to the target is active: a deleted or detached target leaves a blackhole.

        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html, State. So does a peering connection that
        is not active yet: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html
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
        if kind == "VpcPeeringConnectionId":
            peering = backend.vpc_pcxs.get(target_id)
            return peering is not None and peering.state == "active"
        if kind == "GatewayId" and target_id.startswith("igw-"):
            gateway = backend.internet_gateways.get(target_id)
            return gateway is not None and gateway.vpc is not None and gateway.vpc.id == table.vpc_id
        if kind == "InstanceId":
            return self._instance(target_id) is not None
        collections = {
            "NetworkInterfaceId": backend.enis,
            "EgressOnlyInternetGatewayId": backend.egress_only_internet_gateways,
            "CarrierGatewayId": backend.carrier_gateways,
            "GatewayId": backend.vpn_gateways,
        }
        return target_id in collections.get(kind, {})

    def _instance(self, instance_id: str) -> Any:
        """Return an instance that isn't terminated, or None."""
        for reservation in self.ec2_backend.reservations.values():
            for instance in reservation.instances:
                if instance.id == instance_id and instance.state != "terminated":
                    return instance
        return None

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

        added = dict([destination])
        there = [
            item
            for item in self.route_table_item(table)["Routes"]
            if item["Origin"] != "EnableVgwRoutePropagation"
            and ("DestinationIpv6CidrBlock" in item) == ("DestinationIpv6CidrBlock" in added)
        ]
        with_lists = any("DestinationPrefixListId" in item for item in [*there, added])
        lists = self._prefix_lists_seen() if with_lists else {}
        if sum(weight(lists, item.get("DestinationPrefixListId", "")) for item in [*there, added]) > MAX_ROUTES:
            raise EC2ClientError("RouteLimitExceeded", "The maximum number of routes has been reached.")

    def replace_route(self) -> ActionResult:
        """Replace a route's target; LocalTarget resets a local route:
        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRoute.html
        """
        table = self.route_table(self.required("RouteTableId"))
        destination = self._destination()
        if self._route_key(table, destination) not in table._routes:
            raise invalid_value(
                f"There is no route defined for '{destination[1]}' in the route table. Use CreateRoute instead."
            )
        if self._get_param("LocalTarget"):
            self._reset_to_local(table, destination)
        else:
            self._put_route(table, destination)
        return EmptyResult()

    def _reset_to_local(self, table: RouteTable, destination: tuple[str, str]) -> None:
        kind, block = destination
        ipv6 = kind == "DestinationIpv6CidrBlock"
        blocks = [one["cidr_block"] for one in self.vpc(table.vpc_id).get_cidr_block_association_set(ipv6=ipv6)]
        if block not in blocks:
            # The text is not verified.
            raise invalid_value(f"The route {block} in route table {table.id} is not a local route")
        names = (None, block) if ipv6 else (block, None)
        table._routes[self._route_key(table, destination)] = MotoRoute(table, *names, local=True)

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
        if kind == "DestinationIpv6CidrBlock":
            return kind, str(network_ipv6(value, "destinationIpv6CidrBlock"))
        self.prefix_list(value)
        return kind, value

    @staticmethod
    def _route_key(table: RouteTable, destination: tuple[str, str]) -> str:
        """Return moto's key of a route."""
        return f"{table.id}~{destination[1]}"

    def _put_route(self, table: RouteTable, destination: tuple[str, str]) -> None:
        target = self._target(table)
        if target[0] not in INSIDE:
            self._refuse_more_specific(table, destination)
        _check_family(target, destination)
        table._routes[self._route_key(table, destination)] = Route(destination, target)

    def _refuse_more_specific(self, table: RouteTable, destination: tuple[str, str]) -> None:
        """Refuse a destination inside the VPC, where a route may target only an interface or an instance:
        https://docs.aws.amazon.com/vpc/latest/userguide/RouteTables.html (local route; text as AWS returns it)
        """
        if destination[0] == "DestinationPrefixListId":
            return
        ipv6 = destination[0] == "DestinationIpv6CidrBlock"
        block = (IPv6Network if ipv6 else IPv4Network)(destination[1])
        for association in self.vpc(table.vpc_id).get_cidr_block_association_set(ipv6=ipv6):
            if association["cidr_block_state"]["state"] == "disassociated":
                continue
            if block.subnet_of((IPv6Network if ipv6 else IPv4Network)(association["cidr_block"])):
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
        if kind == "GatewayId" and target_id.startswith("vpce-"):
            kind = "VpcEndpointId"
        if kind == "GatewayId" and not target_id.startswith(("igw-", "vgw-")):
            # https://github.com/ansible-collections/amazon.aws/issues/2631
            raise invalid_value(f"invalid value for parameter gateway-id: {target_id}")
        self._check_target(table, kind, target_id)
        return kind, target_id

    def _check_target(self, table: RouteTable, kind: str, target_id: str) -> None:
        """Refuse a target that doesn't exist, or is of another VPC.

        The text of the latter is AWS's for internet gateways (giantswarm/aws-operator#632); the words of the others are
        not verified.
        """
        if kind == "VpcPeeringConnectionId":
            peering = self._peerings().get(target_id)
            exists = peering is not None and peering.is_open
        else:
            exists = target_id in self.ec2_backend.internet_gateways or self.is_active(table, kind, target_id)
        if not exists:
            raise _unknown_target(kind, target_id)
        if kind == "VpcEndpointId":
            self._check_endpoint(table, target_id)
        word, vpc_ids = self._vpcs_of_target(kind, target_id)
        if vpc_ids and table.vpc_id not in vpc_ids:
            raise invalid_value(f"route table {table.id} and {word} {target_id} belong to different networks")

    def _vpcs_of_target(self, kind: str, target_id: str) -> tuple[str, tuple[str, ...]]:
        """Return the word for a target, and the ids of its VPCs; none if it isn't of certain VPCs."""
        backend = self.ec2_backend
        if kind == "VpcPeeringConnectionId":
            peering = backend.vpc_pcxs[target_id]
            return "peering connection", (peering.vpc.id, peering.peer_vpc.id)
        if target_id in backend.internet_gateways:
            vpc = backend.internet_gateways[target_id].vpc
            return "network gateway", (vpc.id if vpc else "",)
        if target_id in backend.vpn_gateways:
            attached = backend.vpn_gateways[target_id].attachments.values()
            return "network gateway", tuple(one.vpc_id for one in attached if one.state == "attached") or ("",)
        if kind == "InstanceId":
            instance = self._instance(target_id)
            if len(instance.nics) > 1:
                # errors-overview.html, InvalidInstanceID: "provide a specific network interface ID"
                raise EC2ClientError(
                    "InvalidInstanceID",
                    f"There are multiple interfaces attached to instance '{target_id}'. "
                    "Please specify an interface ID for the operation instead.",
                )
            return "instance", (instance.vpc_id,)
        word, known = {
            "NetworkInterfaceId": ("interface", backend.enis),
            "NatGatewayId": ("network gateway", backend.nat_gateways),
            "EgressOnlyInternetGatewayId": ("network gateway", backend.egress_only_internet_gateways),
        }.get(kind, ("", {}))
        return word, (known[target_id].vpc_id,) if target_id in known else ()

    def _check_endpoint(self, table: RouteTable, endpoint_id: str) -> None:
        """Refuse an endpoint that is no Gateway Load Balancer endpoint, or of another VPC; of any AZ it may be.

        "Supported for Gateway Load Balancer endpoints only": API_CreateRoute. The texts are not verified.
        """
        endpoint = self.ec2_backend.vpc_end_points[endpoint_id]
        if endpoint.vpc_endpoint_type != "GatewayLoadBalancer":
            raise invalid_value(f"The VPC endpoint {endpoint_id} is not a Gateway Load Balancer endpoint")
        if endpoint.vpc_id != table.vpc_id:
            raise invalid_value(f"route table {table.id} and VPC endpoint {endpoint_id} belong to different networks")


def _check_family(target: tuple[str, str], destination: tuple[str, str]) -> None:
    """Refuse IPv4 through an egress-only gateway, and IPv6 through a NAT gateway but for NAT64.

    "[IPv6 traffic only]", "[IPv4 traffic only]": API_CreateRoute. The texts are not verified.
    """
    kind, block = destination
    if target[0] == "EgressOnlyInternetGatewayId" and kind == "DestinationCidrBlock":
        raise invalid_value(f"The egress-only internet gateway {target[1]} supports only IPv6 destinations: {block}")
    if target[0] == "NatGatewayId" and kind == "DestinationIpv6CidrBlock" and not IPv6Network(block).subnet_of(NAT64):
        raise invalid_value(f"The NAT gateway {target[1]} supports only IPv4 and 64:ff9b::/96 destinations: {block}")


def _unknown_target(kind: str, target_id: str) -> EC2ClientError:
    """Return the error for an unknown target; also for a transit gateway whose attachment of this VPC isn't available:
    https://github.com/hashicorp/terraform-provider-aws/issues/9222, aws/aws-cdk#8584
    """
    if kind == "GatewayId":
        return EC2ClientError("InvalidGatewayID.NotFound", f"The gateway ID '{target_id}' does not exist")
    code, word = {
        "TransitGatewayId": ("InvalidTransitGatewayID.NotFound", "transitGateway"),
        "NatGatewayId": ("InvalidNatGatewayID.NotFound", "natGateway"),
        "NetworkInterfaceId": ("InvalidNetworkInterfaceID.NotFound", "networkInterface"),
        "InstanceId": ("InvalidInstanceID.NotFound", "instance"),
        "VpcPeeringConnectionId": ("InvalidVpcPeeringConnectionID.NotFound", "vpcPeeringConnection"),
        "VpcEndpointId": ("InvalidVpcEndpointId.NotFound", "vpcEndpoint"),
        "CarrierGatewayId": ("InvalidCarrierGatewayID.NotFound", "carrierGateway"),
    }.get(kind, ("InvalidGatewayID.NotFound", "gateway"))
    return EC2ClientError(code, f"The {word} ID '{target_id}' does not exist.")
