# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Kinds that a saved snapshot has besides those that a trace of one packet needs: read only.

What else leads from one network to another: shared groups and subnets, services and who may use them, VPC Lattice,
networks on premises; and what says how a transit gateway is configured.
"""

from __future__ import annotations

from typing import Any

from .noted_reads import Reads, Wanted, permissions

# A kind of a snapshot -> operation of EC2 whose answer has a key of its name.
OF_EC2 = {
    "ClientVpnEndpoints": "describe_client_vpn_endpoints",
    "CustomerGateways": "describe_customer_gateways",
    "EgressOnlyInternetGateways": "describe_egress_only_internet_gateways",
    "FlowLogs": "describe_flow_logs",
    "RouteServers": "describe_route_servers",
    "SecurityGroupVpcAssociations": "describe_security_group_vpc_associations",
    "TransitGatewayConnectPeers": "describe_transit_gateway_connect_peers",
    "TransitGateways": "describe_transit_gateways",
    "VpcEndpointAssociations": "describe_vpc_endpoint_associations",
    "VpcEndpointConnections": "describe_vpc_endpoint_connections",
    "VpnConnections": "describe_vpn_connections",
    "VpnGateways": "describe_vpn_gateways",
}
# A kind -> operation of VPC Lattice.
OF_LATTICE = {
    "LatticeResourceAssociations": "list_service_network_resource_associations",
    "LatticeResourceConfigurations": "list_resource_configurations",
    "LatticeResourceGateways": "list_resource_gateways",
    "LatticeServiceAssociations": "list_service_network_service_associations",
    "LatticeServiceNetworks": "list_service_networks",
    "LatticeServices": "list_services",
    "LatticeVpcAssociations": "list_service_network_vpc_associations",
}
# A kind -> operation of RAM, and the key of its answer.
OF_RAM = {
    "RamPrincipals": ("list_principals", "principals"),
    "RamResources": ("list_resources", "resources"),
    "RamResourceShares": ("get_resource_shares", "resourceShares"),
}
OWNERS = ("SELF", "OTHER-ACCOUNTS")
PROPAGATIONS = "get_transit_gateway_route_table_propagations"
OF_SERVICE, OF_CLIENT_VPN = "describe_vpc_endpoint_service_permissions", "describe_client_vpn_target_networks"
ATTRIBUTE = "describe_vpc_attribute"
ATTRIBUTES = ("enableDnsHostnames", "enableDnsSupport")
PERMISSIONS = permissions(
    {
        "ec2": (*OF_EC2.values(), PROPAGATIONS, OF_SERVICE, OF_CLIENT_VPN, ATTRIBUTE),
        "ram": (operation for operation, _key in OF_RAM.values()),
        "vpc-lattice": OF_LATTICE.values(),
    }
)


def first(reads: Reads) -> list[Wanted]:
    """Return the kinds that need no other one."""
    return [
        *(reads.described(kind, f"ec2.{operation}", kind) for kind, operation in OF_EC2.items()),
        *(reads.described(kind, f"vpc-lattice.{operation}", "items") for kind, operation in OF_LATTICE.items()),
        *(
            reads.for_each(kind, f"ram.{operation}", _of_owner(operation, key), OWNERS)
            for kind, (operation, key) in OF_RAM.items()
        ),
    ]


def then(reads: Reads) -> list[Wanted]:
    """Return the kinds that are read for each item of another one."""
    tables = [item["TransitGatewayRouteTableId"] for item in reads.of("TransitGatewayRouteTables")]
    services = [item["ServiceId"] for item in reads.of("ServiceConfigurations")]
    endpoints = [item["ClientVpnEndpointId"] for item in reads.of("ClientVpnEndpoints")]
    vpcs = [item["VpcId"] for item in reads.of("Vpcs") if item.get("OwnerId") == reads.aws.account_id]
    return [
        reads.for_each(
            *("TransitGatewayPropagations", f"ec2.{PROPAGATIONS}", _propagations, tables, "TransitGatewayRouteTables"),
        ),
        reads.for_each(
            *("VpcEndpointServicePermissions", f"ec2.{OF_SERVICE}", _principals, services, "ServiceConfigurations"),
        ),
        reads.for_each(
            *("ClientVpnTargetNetworks", f"ec2.{OF_CLIENT_VPN}", _targets, endpoints, "ClientVpnEndpoints"),
        ),
        reads.for_each("VpcAttributes", f"ec2.{ATTRIBUTE}", _attributes, vpcs, "Vpcs"),
    ]


def flat(reads: Reads) -> None:
    """Make one list of what was read for each owner of RAM, with that owner at each item."""
    for kind in OF_RAM.keys() & reads.kinds.keys():
        reads.kinds[kind] = [item for items in reads.kinds[kind] for item in items["items"]]


def _of_owner(operation: str, key: str) -> Any:
    def read(aws: Any, owner: str) -> dict[str, Any]:
        items = aws.read(f"ram.{operation}", key, resourceOwner=owner)
        return {"items": [{**item, "resourceOwner": owner} for item in items]}

    return read


def _propagations(aws: Any, table_id: str) -> dict[str, Any]:
    kind = "TransitGatewayRouteTablePropagations"
    return {
        "TransitGatewayRouteTableId": table_id,
        kind: aws.read(f"ec2.{PROPAGATIONS}", kind, TransitGatewayRouteTableId=table_id),
    }


def _principals(aws: Any, service_id: str) -> dict[str, Any]:
    return {
        "ServiceId": service_id,
        "AllowedPrincipals": aws.read(f"ec2.{OF_SERVICE}", "AllowedPrincipals", ServiceId=service_id),
    }


def _targets(aws: Any, endpoint_id: str) -> dict[str, Any]:
    kind = "ClientVpnTargetNetworks"
    return {
        "ClientVpnEndpointId": endpoint_id,
        kind: aws.read(f"ec2.{OF_CLIENT_VPN}", kind, ClientVpnEndpointId=endpoint_id),
    }


def _attributes(aws: Any, vpc_id: str) -> dict[str, Any]:
    found: dict[str, Any] = {"VpcId": vpc_id}
    for name in ATTRIBUTES:
        key = f"{name[0].upper()}{name[1:]}"
        found[key] = aws.call(f"ec2.{ATTRIBUTE}", VpcId=vpc_id, Attribute=name)[key]["Value"]
    return found
