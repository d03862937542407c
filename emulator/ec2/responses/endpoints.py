# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Consumer's side of PrivateLink: lists of endpoint services, and operations on VPC endpoints."""

from __future__ import annotations

import json
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.vpcs import VPCEndPoint

from emulator.ec2.describe import Listing
from emulator.ec2.errors import not_found
from emulator.ec2.lag import creates
from emulator.ec2.models.aws_services import AwsService
from emulator.ec2.models.endpoint_services import EndpointService, caller_principals, visible_services
from emulator.ec2.models.endpoints import Endpoint, routes_to, settle
from emulator.ec2.responses.endpoint_checks import EndpointChecks
from emulator.ec2.responses.endpoint_connections import EndpointConnectionResponse
from emulator.ec2.responses.endpoint_services import EndpointServiceResponse, invalid_parameter, unsuccessful
from emulator.ec2.responses.network_interfaces import NetworkInterfaceResponse
from emulator.errors import error_response

SERVICES = Listing(
    "ServiceDetails",
    "ServiceName",
    "",
    {
        "owner": "Owner",
        "service-name": "ServiceName",
        "service-region": "ServiceRegion",
        "service-type": "ServiceType[].ServiceType",
        "supported-ip-address-types": "SupportedIpAddressTypes",
    },
)
ENDPOINTS = Listing(
    "VpcEndpoints",
    "VpcEndpointId",
    "VpcEndpointIds",
    {
        "ip-address-type": "IpAddressType",
        "service-name": "ServiceName",
        "service-region": "ServiceRegion",
        "vpc-id": "VpcId",
        "vpc-endpoint-id": "VpcEndpointId",
        "vpc-endpoint-state": "State",
        "vpc-endpoint-type": "VpcEndpointType",
    },
)
# https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html
MAX_OF_VPC, MAX_GATEWAYS = 50, 20
DEFAULT_POLICY = json.dumps(VPCEndPoint.DEFAULT_POLICY)


class NotReadyError(Exception):
    """Raised for an endpoint service that is too new to accept endpoints."""


class PrivateLinkResponse(
    EndpointChecks, EndpointServiceResponse, EndpointConnectionResponse, NetworkInterfaceResponse
):
    # Services

    def _visible_services(self, hosted_in: list[str]) -> list[AwsService | EndpointService]:
        return visible_services(self.region, caller_principals(self.get_access_key()), hosted_in)

    def _service_item(self, service: AwsService | EndpointService) -> dict[str, Any]:
        """Return the service in the API's shape, with the AZ names of the caller's account:
        https://docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html
        """
        zones = {zone.zone_id: zone.name for zone in self.ec2_backend.describe_availability_zones()}
        aws = isinstance(service, AwsService)
        zone_ids = sorted(zones) if aws else service.zone_ids()
        if service.region != self.region:
            zone_ids = []  # https://github.com/hashicorp/terraform-provider-aws/issues/44186
        item = {
            "ServiceName": service.name,
            "ServiceId": service.id,
            "ServiceType": [{"ServiceType": service.type}],
            "ServiceRegion": service.region,
            "AvailabilityZoneIds": zone_ids,
            "AvailabilityZones": sorted(zones[zone_id] for zone_id in zone_ids),
            "Owner": service.owner,
            "BaseEndpointDnsNames": [service.base_dns_name],
            "VpcEndpointPolicySupported": service.policy_supported,
            "AcceptanceRequired": service.acceptance_required,
            "ManagesVpcEndpoints": False,
            "SupportedIpAddressTypes": ["ipv4"] if aws else service.address_types,
            "Tags": [] if aws else self.tag_list(service.id),
        }
        if service.private_dns_name:
            item["PrivateDnsName"] = service.private_dns_name
            item["PrivateDnsNames"] = [{"PrivateDnsName": service.private_dns_name}]
            item["PrivateDnsNameVerificationState"] = "verified" if aws else service.verification
        return item

    def describe_vpc_endpoint_services(self) -> ActionResult:
        services = self._visible_services(self._get_param("ServiceRegions", []))
        if names := self._get_param("ServiceNames", []):
            for name in names:
                if name not in {service.name for service in services}:
                    raise unknown_name(name)
            services = [service for service in services if service.name in names]
        answer = self.listed(SERVICES, map(self._service_item, services)).result
        answer["ServiceNames"] = list(dict.fromkeys(item["ServiceName"] for item in answer["ServiceDetails"]))
        return ActionResult(answer)

    # Endpoints

    def endpoint(self, endpoint_id: str) -> Endpoint:
        settle(self.ec2_backend)
        if endpoint_id not in self.ec2_backend.vpc_end_points:
            raise not_found(endpoint_id, "vpce")
        return self.ec2_backend.vpc_end_points[endpoint_id]

    def endpoint_item(self, endpoint: Endpoint) -> dict[str, Any]:
        item = {
            "VpcEndpointId": endpoint.id,
            "VpcEndpointType": endpoint.vpc_endpoint_type,
            "VpcId": endpoint.vpc_id,
            "ServiceName": endpoint.service_name,
            "State": endpoint.state,
            "RouteTableIds": endpoint.route_table_ids,
            "SubnetIds": list(endpoint.interfaces),
            "Groups": [
                {"GroupId": group_id, "GroupName": self.security_group(group_id).name}
                for group_id in endpoint.security_group_ids
            ],
            "PrivateDnsEnabled": endpoint.private_dns_enabled,
            "RequesterManaged": endpoint.requester_managed,
            "NetworkInterfaceIds": list(endpoint.interfaces.values()),
            "DnsEntries": endpoint.dns_entries(),
            "CreationTimestamp": endpoint.created,
            "OwnerId": endpoint.owner_id,
            "ServiceRegion": endpoint.service.region,
            "Tags": self.tag_list(endpoint.id),
        }
        if endpoint.policy:
            item["PolicyDocument"] = endpoint.policy
        if endpoint.vpc_endpoint_type == "Interface":
            item["IpAddressType"] = endpoint.address_type
            item["DnsOptions"] = {"DnsRecordIpType": endpoint.address_type} | endpoint.dns_options
        return item

    @creates("vpce")
    def create_vpc_endpoint(self) -> Any:
        try:
            return self._create_endpoint()
        except NotReadyError:
            # https://github.com/aws/aws-sdk/issues/805
            text = "The service is unavailable. Please try again shortly."
            answer = error_response("ec2", "Unavailable", text, 503)
            return answer.get_data(as_text=True), {"status": 503, "Content-Type": "text/xml"}

    def _check_endpoints_quota(self, vpc_id: str, kind: str) -> None:
        alive = [one for one in self.ec2_backend.vpc_end_points.values() if one.state not in ("deleted", "deleting")]
        gateways = [one for one in alive if one.vpc_endpoint_type == "Gateway"]
        others = [one for one in alive if one.vpc_endpoint_type != "Gateway" and one.vpc_id == vpc_id]
        if len(gateways) >= MAX_GATEWAYS if kind == "Gateway" else len(others) >= MAX_OF_VPC:
            raise EC2ClientError("VpcEndpointLimitExceeded", "The maximum number of VPC endpoints has been reached.")

    def _create_endpoint(self) -> ActionResult:
        settle(self.ec2_backend)
        vpc = self.vpc(self.required("VpcId"))
        kind = self._get_param("VpcEndpointType", "Gateway")
        if kind in ("Resource", "ServiceNetwork", "Tunnel"):
            raise NotImplementedError(f"CreateVpcEndpoint of type {kind}")
        service = self._service(self.required("ServiceName"), kind)
        subnets, tables = self._get_param("SubnetIds", []), self._get_param("RouteTableIds", [])
        configured = self._configured()
        subnets = list(dict.fromkeys([*subnets, *configured]))
        self.check_members(kind, subnets, tables, self._get_param("SecurityGroupIds", []))
        new_subnets = self.check_subnets(service, vpc.id, subnets, [])
        self.check_addresses(new_subnets, configured)
        self.check_route_tables(service, vpc.id, tables)
        endpoint = Endpoint(self.ec2_backend, vpc.id, service, kind)
        endpoint.policy = self.policy(service, self._get_param("PolicyDocument"), DEFAULT_POLICY)
        if kind == "Interface":
            endpoint.security_group_ids = self.check_groups(vpc.id, self._get_param("SecurityGroupIds", []))
            endpoint.dns_options = self.given("DnsOptions")
            endpoint.private_dns_enabled = self.private_dns(endpoint, self._get_param("PrivateDnsEnabled"))
            endpoint.address_type = self._get_param("IpAddressType", "ipv4")
        self._check_endpoints_quota(vpc.id, kind)
        tags = self.tags_for("vpc-endpoint")
        for subnet in new_subnets:
            endpoint.add_interface(subnet, configured.get(subnet.id))
        if isinstance(service, EndpointService):
            service.endpoints[endpoint.id] = endpoint
        self.ec2_backend.vpc_end_points[endpoint.id] = endpoint
        for table_id in tables:
            self.add_route_table(endpoint, table_id)
        self.ec2_backend.create_tags([endpoint.id], tags)
        # AWS answers before an interface endpoint is ready; the answer for a gateway endpoint says available.
        first = "available" if kind == "Gateway" else "pending"
        state = "pendingAcceptance" if service.acceptance_required else first
        item = self.endpoint_item(endpoint) | {"State": state}
        return ActionResult({"VpcEndpoint": item, "ClientToken": self._get_param("ClientToken") or None})

    def _configured(self) -> dict[str, str | None]:
        """Return {subnet id: chosen IPv4 address} of SubnetConfigurations."""
        configurations = self._get_param("SubnetConfigurations", [])
        if any(one.get("Ipv6") for one in configurations):
            raise NotImplementedError("Ipv6 of SubnetConfigurations")
        return {one["SubnetId"]: one.get("Ipv4") for one in configurations if one.get("SubnetId")}

    def _service(self, name: str, kind: str) -> AwsService | EndpointService:
        region = self._get_param("ServiceRegion")
        services = [service for service in self._visible_services([region] if region else []) if service.name == name]
        if not services:
            raise unknown_name(name)
        for service in services:
            if service.type == kind:
                break
        else:
            # https://github.com/hashicorp/terraform/issues/24478
            types = ", ".join(service.type for service in services)
            raise invalid_parameter(f"Endpoint type ({kind}) does not match available service types ([{types}]).")
        if isinstance(service, EndpointService) and (service.state != "Available" or service.readiness == "unready"):
            raise NotReadyError
        return service

    def describe_vpc_endpoints(self) -> ActionResult:
        settle(self.ec2_backend)
        return self.listed(ENDPOINTS, map(self.endpoint_item, self.ec2_backend.vpc_end_points.values()))

    def modify_vpc_endpoint(self) -> ActionResult:
        """Modify an endpoint; checks the whole request before any change."""
        endpoint = self.endpoint(self.required("VpcEndpointId"))
        if endpoint.requester_managed:
            raise invalid_parameter(_not_allowed(endpoint))  # that modifying it is refused alike is not verified
        if endpoint.state in ("deleting", "rejected", "failed"):
            # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html has the code; the text is not
            # verified.
            raise EC2ClientError("InvalidVpcEndpointState", f"The Vpc Endpoint {endpoint.id} is {endpoint.state}")
        changes = {
            member: (self._get_param(f"Add{member}", []), self._get_param(f"Remove{member}", []))
            for member in ("SubnetIds", "RouteTableIds", "SecurityGroupIds")
        }
        self.check_members(endpoint.vpc_endpoint_type, *(added + removed for added, removed in changes.values()))
        subnets = self._subnets_added(endpoint, *changes["SubnetIds"])
        configured = self._configured()
        if set(configured) - {subnet.id for subnet in subnets}:
            raise NotImplementedError("ModifyVpcEndpoint with SubnetConfigurations of subnets that it does not add")
        self.check_addresses(subnets, configured)
        tables = [one for one in changes["RouteTableIds"][0] if one not in endpoint.route_table_ids]
        self.check_route_tables(endpoint.service, endpoint.vpc_id, tables)
        groups = self._groups_after(endpoint, *changes["SecurityGroupIds"])
        document = self._get_param("PolicyDocument")
        policy = self.policy(endpoint.service, document, DEFAULT_POLICY) if document else endpoint.policy
        options, endpoint.dns_options = endpoint.dns_options, endpoint.dns_options | self.given("DnsOptions")
        try:
            self._switch_private_dns(endpoint)
        except EC2ClientError:
            endpoint.dns_options = options
            raise
        endpoint.policy = DEFAULT_POLICY if self._get_param("ResetPolicy") else policy
        endpoint.put_groups(groups)
        for subnet_id in set(changes["SubnetIds"][1]) & set(endpoint.interfaces):
            endpoint.remove_interface(subnet_id)
        for subnet in subnets:
            endpoint.add_interface(subnet, configured.get(subnet.id))
        for table_id in changes["RouteTableIds"][1]:
            endpoint.remove_route_table(table_id)
        for table_id in tables:
            self.add_route_table(endpoint, table_id)
        return ActionResult({"Return": True})

    def _subnets_added(self, endpoint: Endpoint, added: list[str], removed: list[str]) -> list[Any]:
        for subnet_id in removed:
            self.subnet(subnet_id)
        kept = [self.subnet(known) for known in endpoint.interfaces if known not in removed]
        new = [subnet_id for subnet_id in added if subnet_id not in {subnet.id for subnet in kept}]
        return self.check_subnets(endpoint.service, endpoint.vpc_id, new, kept)

    def _groups_after(self, endpoint: Endpoint, added: list[str], removed: list[str]) -> list[Any]:
        kept = [group_id for group_id in endpoint.security_group_ids if group_id not in removed]
        group_ids = list(dict.fromkeys([*kept, *added]))
        if removed and not group_ids:
            # The text: https://github.com/terraform-aws-modules/terraform-aws-vpc/pull/575
            raise invalid_parameter("An Interface VPC Endpoint must always have at least one Security Group")
        if added:
            self.check_groups(endpoint.vpc_id, added)
        return [self.security_group(group_id) for group_id in group_ids]

    def _switch_private_dns(self, endpoint: Endpoint) -> None:
        wanted = self._get_param("PrivateDnsEnabled")
        if wanted is not None and wanted != endpoint.private_dns_enabled:
            endpoint.private_dns_enabled = self.private_dns(endpoint, wanted)

    def delete_vpc_endpoints(self) -> ActionResult:
        settle(self.ec2_backend)
        failed = []
        for endpoint_id in self.required("VpcEndpointIds"):
            endpoint = self.ec2_backend.vpc_end_points.get(endpoint_id)
            if endpoint is None:
                # terraform-provider-aws, resourceVPCEndpointDelete, expects this code; amazon.aws knows both.
                text = f"The Vpc Endpoint Id '{endpoint_id}' does not exist"
                failed.append(unsuccessful(endpoint_id, "InvalidVpcEndpoint.NotFound", text))
            elif problem := _undeletable(endpoint):
                failed.append(unsuccessful(endpoint_id, "InvalidParameter", problem))
            elif endpoint.state != "deleting":
                endpoint.delete()
        return ActionResult({"Unsuccessful": failed})

    # Operations that depend on endpoints

    def resource_exists(self, resource_id: str) -> bool:
        if resource_id.startswith("vpce-svc-"):
            return resource_id in self.ec2_backend.configurations
        return super().resource_exists(resource_id)

    def delete_subnet(self) -> ActionResult:
        settle(self.ec2_backend)
        return super().delete_subnet()

    def delete_vpc(self) -> ActionResult:
        settle(self.ec2_backend)
        return super().delete_vpc()

    def delete_security_group(self) -> ActionResult:
        settle(self.ec2_backend)
        return super().delete_security_group()

    def describe_network_interfaces(self) -> ActionResult:
        settle(self.ec2_backend)
        return super().describe_network_interfaces()


def unknown_name(name: str) -> EC2ClientError:
    """Return AWS's error for an unknown service: https://github.com/hashicorp/terraform-provider-aws/issues/24216"""
    return EC2ClientError("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist")


def _not_allowed(endpoint: Endpoint) -> str:
    return f"Operation is not allowed for requester-managed VPC endpoints for the service {endpoint.service_name}."


def _undeletable(endpoint: Endpoint) -> str | None:
    """Return why the endpoint can't be deleted, None if it can.

    A requester-managed one: code and text as AWS answered for an endpoint of ElastiCache, which several people quote.
    One with routes to it: API_DeleteVpcEndpoints; its code and text are not verified.
    """
    if endpoint.requester_managed:
        return _not_allowed(endpoint)
    if endpoint.vpc_endpoint_type == "GatewayLoadBalancer" and (tables := routes_to(endpoint)):
        return f"The Vpc Endpoint {endpoint.id} is the target of routes in {', '.join(tables)}."
    return None
