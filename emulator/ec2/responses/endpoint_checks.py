# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of a request to create or modify a VPC endpoint, with AWS's errors."""

from __future__ import annotations

import json
from typing import Any

from moto.ec2.exceptions import EC2ClientError

from emulator.ec2.describe import Describing
from emulator.ec2.models.addresses import insufficient
from emulator.ec2.models.aws_services import AwsService
from emulator.ec2.models.endpoint_services import EndpointService
from emulator.ec2.models.endpoints import Endpoint, answered_domains
from emulator.ec2.responses.endpoint_services import invalid_parameter
from emulator.route53.lookup import private_zones_of


class EndpointChecks(Describing):
    @staticmethod
    def check_members(kind: str, subnets: list[str], tables: list[str], groups: list[str]) -> None:
        """Refuse parameters that the endpoint type doesn't support; the first text: nanlabs/terraform-aws-starter#18"""
        if subnets and kind == "Gateway":
            raise invalid_parameter(
                "Subnet IDs are only supported for Interface and GatewayLoadBalancer type VPC Endpoints."
            )
        if groups and kind != "Interface":
            raise invalid_parameter("Security group IDs are only supported for Interface type VPC Endpoints.")
        if tables and kind != "Gateway":
            raise invalid_parameter("Route table IDs are only supported for Gateway type VPC Endpoint.")

    def check_subnets(
        self, service: AwsService | EndpointService, vpc_id: str, subnet_ids: list[str], present: list[Any]
    ) -> list[Any]:
        """Return the VPC's subnets of these ids; refuses two in one AZ, and AZs that the service does not have."""
        subnets = [self.subnet(subnet_id) for subnet_id in subnet_ids]
        if service.type == "GatewayLoadBalancer" and len(subnets) + len(present) > 1:
            # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html; the text not verified.
            raise invalid_parameter("A Gateway Load Balancer endpoint can have only one subnet.")
        taken = {subnet.availability_zone for subnet in present}
        for subnet in subnets:
            if subnet.vpc_id != vpc_id:
                raise invalid_parameter(f"The subnet ID '{subnet.id}' does not belong to the VPC '{vpc_id}'")
            here = service.region == self.region  # another region has other AZs
            if isinstance(service, EndpointService) and here and subnet.availability_zone_id not in service.zone_ids():
                # https://github.com/terraform-aws-modules/terraform-aws-vpc/issues/785
                raise invalid_parameter(
                    f"The VPC endpoint service {service.name} does not support the availability zone of the subnet: "
                    f"{subnet.id}."
                )
            if subnet.availability_zone in taken:
                # https://github.com/terraform-aws-modules/terraform-aws-vpc/issues/583
                raise EC2ClientError(
                    "DuplicateSubnetsInSameZone",
                    f"Found another VPC endpoint subnet in the availability zone of {subnet.id}. VPC endpoint subnets "
                    "should be in different availability zones supported by the VPC endpoint service.",
                )
            taken.add(subnet.availability_zone)
        return subnets

    @staticmethod
    def check_addresses(subnets: list[Any], chosen: dict[str, str | None]) -> None:
        """Refuse subnets without a free address, and chosen addresses that aren't free, before any interface exists.

        chosen: subnet id -> IPv4 address. That the codes are those of CreateNetworkInterface is not verified.
        """
        for subnet in subnets:
            if address := chosen.get(subnet.id):
                subnet.ipv4.check(address)
            elif subnet.available_ip_address_count < 1:
                raise insufficient()

    def check_groups(self, vpc_id: str, group_ids: list[str]) -> list[str]:
        """Return the ids of the security groups, the VPC's default group if none is given."""
        if not group_ids:
            return [self.ec2_backend.get_default_security_group(vpc_id).id]
        for group_id in group_ids:
            if self.security_group(group_id).vpc_id != vpc_id:
                raise invalid_parameter(f"The security group '{group_id}' does not belong to the VPC '{vpc_id}'")
        return list(dict.fromkeys(group_ids))

    # Gateway endpoints

    def _prefix_list_id(self, service: AwsService) -> str:
        lists = self.ec2_backend.managed_prefix_lists.values()
        return next(known.id for known in lists if known.prefix_list_name == service.name)

    def check_route_tables(self, service: AwsService | EndpointService, vpc_id: str, table_ids: list[str]) -> None:
        for table_id in table_ids:
            table = self.route_table(table_id)
            if table.vpc_id != vpc_id:
                raise invalid_parameter(f"Route table {table_id} does not belong to the VPC {vpc_id}")
            prefix_list_id = self._prefix_list_id(service)
            if any(getattr(route, "destination_prefix_list_id", None) == prefix_list_id for route in table.routes):
                # eksctl-io/eksctl#2510 is about this answer.
                raise EC2ClientError(
                    "RouteAlreadyExists",
                    f"route table {table_id} already has a route with destination-prefix-list-id {prefix_list_id}",
                )

    def add_route_table(self, endpoint: Endpoint, table_id: str) -> None:
        """Add the route of a gateway endpoint to a route table:
        https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html#gateway-endpoint-routing
        """
        prefix_list_id = self._prefix_list_id(endpoint.service)
        self.ec2_backend.create_route(table_id, None, gateway_id=endpoint.id, destination_prefix_list_id=prefix_list_id)
        endpoint.route_table_ids.append(table_id)

    # Policies

    @staticmethod
    def policy(service: AwsService | EndpointService, document: str | None, default: str) -> str | None:
        if not document:
            return default if isinstance(service, AwsService) else None
        if not service.policy_supported:
            raise invalid_parameter(f"The service {service.name} does not support endpoint policies.")  # not verified
        try:
            if not isinstance(json.loads(document), dict):
                raise ValueError
        except ValueError:
            raise EC2ClientError("InvalidPolicyDocument", "Policy document is not valid JSON") from None
        return document

    # Private DNS

    def private_dns(self, endpoint: Endpoint, wanted: bool | None) -> bool:
        """Return true if private DNS is on; raises InvalidParameter if it can't be.

        By default it is on for an AWS service that has a private DNS name:
        https://github.com/hashicorp/terraform-provider-aws/issues/37694. That it is off for any other is not verified.
        """
        service = endpoint.service
        if wanted is None:
            wanted = isinstance(service, AwsService) and service.private_dns_name is not None
        if not wanted:
            return False
        if not service.private_dns_name or not service.private_dns_is_usable:
            # https://github.com/eksctl-io/eksctl/issues/3214; the same text for an unverified name is not verified.
            raise invalid_parameter(
                f"Private DNS can't be enabled because the service {service.name} does not provide a private DNS name."
            )
        vpc = self.vpc(endpoint.vpc_id)
        if not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
            # Quoted by docs.aws.amazon.com/guardduty/latest/ug/troubleshooting-guardduty-runtime-monitoring.html.
            raise invalid_parameter(
                "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true "
                f"for {vpc.id}"
            )
        self._refuse_conflict(vpc.id, service.private_dns_name.removeprefix("*."))
        if service.name.endswith(".s3") and endpoint.dns_options.get("PrivateDnsOnlyForInboundResolverEndpoint"):
            others = self.ec2_backend.vpc_end_points.values()
            gateways = [other for other in others if other.vpc_endpoint_type == "Gateway" and other.vpc_id == vpc.id]
            if not any(other.service_name == service.name for other in gateways):
                # https://github.com/terraform-aws-modules/terraform-aws-vpc/issues/982
                raise invalid_parameter(
                    f"To set PrivateDnsOnlyForInboundResolverEndpoint to true, the VPC {vpc.id} must have a Gateway "
                    "endpoint for the service."
                )
        return True

    def _refuse_conflict(self, vpc_id: str, domain: str) -> None:
        """Refuse a domain that a private hosted zone or another endpoint of the VPC already answers:
        https://github.com/hashicorp/terraform-provider-aws/issues/17535
        """
        domains = {zone.name.rstrip(".") for _, zone in private_zones_of(vpc_id)}
        if domain in domains or domain in answered_domains(vpc_id, self.ec2_backend):
            raise invalid_parameter(
                f"private-dns-enabled cannot be set because there is already a conflicting DNS domain for {domain} in "
                f"the VPC {vpc_id}"
            )
