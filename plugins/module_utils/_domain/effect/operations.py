# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Table of the writes whose effect on a snapshot is known. Any other one makes the effect of a plan unknown."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from . import balancers, endpoints, filters, transit, vpcs
from .world import Asked, World


def nothing(world: World, asked: Asked) -> None:
    """Change nothing: the call decides about no packet between what a snapshot has."""


class Operation(NamedTuple):
    """How a call changes a snapshot. prefix: of the id that it creates; kind: of the snapshot, where that has it."""

    change: Callable[[World, Asked], None]
    prefix: str = ""
    kind: str = ""


OPERATIONS = {
    "ec2.create_vpc": Operation(vpcs.create_vpc, "vpc", "Vpcs"),
    "ec2.delete_vpc": Operation(vpcs.delete_vpc),
    "ec2.associate_vpc_cidr_block": Operation(vpcs.associate_vpc_cidr_block),
    "ec2.disassociate_vpc_cidr_block": Operation(vpcs.disassociate_vpc_cidr_block),
    # DNS names decide about no packet.
    "ec2.modify_vpc_attribute": Operation(nothing),
    "ec2.create_subnet": Operation(vpcs.create_subnet, "subnet", "Subnets"),
    "ec2.delete_subnet": Operation(vpcs.delete_subnet),
    # What later interfaces get; the effect is that of the network as declared.
    "ec2.modify_subnet_attribute": Operation(nothing),
    "ec2.associate_subnet_cidr_block": Operation(vpcs.associate_subnet_cidr_block),
    "ec2.disassociate_subnet_cidr_block": Operation(vpcs.disassociate_subnet_cidr_block),
    "ec2.create_route_table": Operation(vpcs.create_route_table, "rtb", "RouteTables"),
    "ec2.delete_route_table": Operation(vpcs.delete_route_table),
    "ec2.associate_route_table": Operation(vpcs.associate_route_table, "rtbassoc"),
    "ec2.replace_route_table_association": Operation(vpcs.replace_route_table_association, "rtbassoc"),
    "ec2.disassociate_route_table": Operation(vpcs.disassociate_route_table),
    "ec2.create_route": Operation(vpcs.create_route),
    "ec2.replace_route": Operation(vpcs.create_route),
    "ec2.delete_route": Operation(vpcs.delete_route),
    "ec2.create_internet_gateway": Operation(vpcs.create_internet_gateway, "igw", "InternetGateways"),
    "ec2.attach_internet_gateway": Operation(vpcs.attach_internet_gateway),
    "ec2.detach_internet_gateway": Operation(vpcs.detach_internet_gateway),
    "ec2.delete_internet_gateway": Operation(vpcs.delete_internet_gateway),
    "ec2.create_egress_only_internet_gateway": Operation(
        vpcs.create_egress_only_internet_gateway, "eigw", "EgressOnlyInternetGateways"
    ),
    "ec2.delete_egress_only_internet_gateway": Operation(vpcs.delete_egress_only_internet_gateway),
    "ec2.allocate_address": Operation(nothing, "eipalloc"),
    "ec2.release_address": Operation(nothing),
    "ec2.create_nat_gateway": Operation(vpcs.create_nat_gateway, "nat", "NatGateways"),
    "ec2.delete_nat_gateway": Operation(vpcs.delete_nat_gateway),
    "ec2.modify_vpc_block_public_access_options": Operation(vpcs.modify_public_access),
    "ec2.create_vpc_block_public_access_exclusion": Operation(
        vpcs.create_public_access_exclusion, "vpcbpa-exclude", "VpcBlockPublicAccessExclusions"
    ),
    "ec2.modify_vpc_block_public_access_exclusion": Operation(vpcs.modify_public_access_exclusion),
    "ec2.delete_vpc_block_public_access_exclusion": Operation(vpcs.delete_public_access_exclusion),
    "ec2.create_network_acl": Operation(filters.create_network_acl, "acl", "NetworkAcls"),
    "ec2.delete_network_acl": Operation(filters.delete_network_acl),
    "ec2.create_network_acl_entry": Operation(filters.put_network_acl_entry),
    "ec2.replace_network_acl_entry": Operation(filters.put_network_acl_entry),
    "ec2.delete_network_acl_entry": Operation(filters.delete_network_acl_entry),
    "ec2.replace_network_acl_association": Operation(filters.replace_network_acl_association, "aclassoc"),
    "ec2.create_security_group": Operation(filters.create_security_group, "sg", "SecurityGroups"),
    "ec2.delete_security_group": Operation(filters.delete_security_group),
    "ec2.authorize_security_group_egress": Operation(filters.authorize),
    "ec2.authorize_security_group_ingress": Operation(filters.authorize),
    "ec2.revoke_security_group_egress": Operation(filters.revoke),
    "ec2.revoke_security_group_ingress": Operation(filters.revoke),
    "ec2.create_transit_gateway": Operation(transit.create_transit_gateway, "tgw", "TransitGateways"),
    "ec2.modify_transit_gateway": Operation(transit.modify_transit_gateway),
    "ec2.delete_transit_gateway": Operation(transit.delete_transit_gateway),
    "ec2.create_transit_gateway_vpc_attachment": Operation(
        transit.create_attachment, "tgw-attach", "TransitGatewayVpcAttachments"
    ),
    "ec2.modify_transit_gateway_vpc_attachment": Operation(transit.modify_attachment),
    "ec2.accept_transit_gateway_vpc_attachment": Operation(transit.accept_attachment),
    "ec2.reject_transit_gateway_vpc_attachment": Operation(transit.reject_attachment),
    "ec2.delete_transit_gateway_vpc_attachment": Operation(transit.delete_attachment),
    "ec2.create_transit_gateway_route_table": Operation(
        transit.create_route_table, "tgw-rtb", "TransitGatewayRouteTables"
    ),
    "ec2.delete_transit_gateway_route_table": Operation(transit.delete_route_table),
    "ec2.associate_transit_gateway_route_table": Operation(transit.associate),
    "ec2.disassociate_transit_gateway_route_table": Operation(transit.disassociate),
    "ec2.enable_transit_gateway_route_table_propagation": Operation(transit.enable_propagation),
    "ec2.disable_transit_gateway_route_table_propagation": Operation(transit.disable_propagation),
    "ec2.create_transit_gateway_route": Operation(transit.put_route),
    "ec2.replace_transit_gateway_route": Operation(transit.put_route),
    "ec2.delete_transit_gateway_route": Operation(transit.delete_route),
    "ec2.create_transit_gateway_prefix_list_reference": Operation(transit.put_list),
    "ec2.modify_transit_gateway_prefix_list_reference": Operation(transit.put_list),
    "ec2.delete_transit_gateway_prefix_list_reference": Operation(transit.delete_list),
    "ec2.create_vpc_endpoint": Operation(endpoints.create_endpoint, "vpce", "VpcEndpoints"),
    "ec2.modify_vpc_endpoint": Operation(endpoints.modify_endpoint),
    "ec2.delete_vpc_endpoints": Operation(endpoints.delete_endpoints),
    "ec2.accept_vpc_endpoint_connections": Operation(endpoints.accept_connections),
    "ec2.reject_vpc_endpoint_connections": Operation(endpoints.reject_connections),
    "ec2.create_vpc_endpoint_service_configuration": Operation(
        endpoints.create_service, "vpce-svc", "ServiceConfigurations"
    ),
    "ec2.modify_vpc_endpoint_service_configuration": Operation(endpoints.modify_service),
    # Who may ask; who is connected is decided by the connections.
    "ec2.modify_vpc_endpoint_service_permissions": Operation(nothing),
    "ec2.delete_vpc_endpoint_service_configurations": Operation(endpoints.delete_services),
    "elbv2.create_load_balancer": Operation(balancers.create_load_balancer, "loadbalancer", "LoadBalancers"),
    "elbv2.delete_load_balancer": Operation(balancers.delete_load_balancer),
    "elbv2.modify_load_balancer_attributes": Operation(balancers.modify_attributes),
    "elbv2.set_subnets": Operation(balancers.set_subnets),
    "elbv2.create_target_group": Operation(balancers.create_target_group, "targetgroup", "TargetGroups"),
    # A health check.
    "elbv2.modify_target_group": Operation(nothing),
    "elbv2.modify_target_group_attributes": Operation(balancers.modify_group_attributes),
    "elbv2.delete_target_group": Operation(balancers.delete_target_group),
    "elbv2.register_targets": Operation(balancers.register),
    "elbv2.deregister_targets": Operation(balancers.deregister),
    "elbv2.create_listener": Operation(balancers.create_listener, "listener"),
    "elbv2.modify_listener": Operation(balancers.modify_listener),
    "elbv2.delete_listener": Operation(balancers.delete_listener),
}
# Calls after which something isn't there: done, if it isn't there already.
REMOVING = ("delete_", "disassociate_", "detach_", "revoke_", "reject_", "disable_", "deregister_", "release_")
