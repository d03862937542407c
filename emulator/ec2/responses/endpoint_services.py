# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Provider's side of PrivateLink: operations on endpoint service configurations and their permissions."""

from __future__ import annotations

import re
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.elbv2.models import elbv2_backends

from emulator.ec2.describe import Describing, Listing
from emulator.ec2.errors import not_found
from emulator.ec2.lag import creates
from emulator.ec2.models.endpoint_services import EndpointService, Permission, own_services, principal_type

CONFIGURATIONS = Listing(
    "ServiceConfigurations",
    "ServiceId",
    "",
    {
        "service-name": "ServiceName",
        "service-id": "ServiceId",
        "service-state": "ServiceState",
        "supported-ip-address-types": "SupportedIpAddressTypes",
    },
)
PERMISSIONS = Listing(
    "AllowedPrincipals",
    "Principal",
    "",
    {"principal": "Principal", "principal-type": "PrincipalType", "permission-type": "PermissionType"},
)
PERMISSION_TYPE = "vpc-endpoint"
_BALANCER = re.compile(r"arn:aws[\w-]*:elasticloadbalancing:([\w-]+):(\d{12}):loadbalancer/(app|net|gwy)/[^/]+/\w+")
_DOMAIN = re.compile(r"(\*\.)?([a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z][a-zA-Z0-9-]*[a-zA-Z0-9]\.?")


def invalid_parameter(message: str) -> EC2ClientError:
    return EC2ClientError("InvalidParameter", message)


def unsuccessful(resource_id: str, code: str, message: str) -> dict[str, Any]:
    return {"ResourceId": resource_id, "Error": {"Code": code, "Message": message}}


class EndpointServiceResponse(Describing):
    def own_service(self, service_id: str) -> EndpointService:
        services = own_services(self.current_account, self.region)
        if service_id not in services:
            raise not_found(service_id, "vpce-svc")
        return services[service_id]

    def configuration_item(self, service: EndpointService) -> dict[str, Any]:
        zone_ids = service.zone_ids()
        zones = {zone.zone_id: zone.name for zone in self.ec2_backend.describe_availability_zones()}
        item: dict[str, Any] = {
            "ServiceType": [{"ServiceType": service.type}],
            "ServiceId": service.id,
            "ServiceName": service.name,
            "ServiceState": service.state,
            "AvailabilityZoneIds": zone_ids,
            "AvailabilityZones": sorted(zones[zone_id] for zone_id in zone_ids),
            "AcceptanceRequired": service.acceptance_required,
            "ManagesVpcEndpoints": False,
            _balancers_member(service.type): service.load_balancer_arns,
            "SupportedIpAddressTypes": service.address_types,
            "BaseEndpointDnsNames": [service.base_dns_name],
            # Empty without a name, as in AWS's answer in https://github.com/aws/aws-sdk/issues/805.
            "PrivateDnsNameConfiguration": {},
            "SupportedRegions": [{"Region": region, "ServiceState": "Available"} for region in service.regions],
            "RemoteAccessEnabled": service.regions != [service.region],
            "Tags": self.tag_list(service.id),
        }
        if service.private_dns_name:
            item["PrivateDnsName"] = service.private_dns_name
            item["PrivateDnsNameConfiguration"] = {
                "State": service.verification,
                "Type": "TXT",
                "Value": service.verification_value,
                "Name": service.verification_name,
            }
        return item

    @creates("vpce-svc")
    def create_vpc_endpoint_service_configuration(self) -> ActionResult:
        network = self._get_param("NetworkLoadBalancerArns", [])
        gateway = self._get_param("GatewayLoadBalancerArns", [])
        if bool(network) == bool(gateway):
            # https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/1859
            raise invalid_parameter(
                "exactly one of network_load_balancer_arn or gateway_load_balancer_arn is a required member"
            )
        kind = "gateway" if gateway else "network"
        for arn in network or gateway:
            self._check_balancer(arn, kind)
        name = self._private_name(self._get_param("PrivateDnsName"), kind)
        types = self._address_types(self._get_param("SupportedIpAddressTypes", []))
        regions = self._get_param("SupportedRegions", [])
        tags = self.tags_for("vpc-endpoint-service")
        service = EndpointService(self.current_account, self.region, list(network or gateway), bool(gateway))
        service.acceptance_required = self._get_param("AcceptanceRequired", True)
        service.address_types = types or service.address_types
        service.regions = list(dict.fromkeys([self.region, *regions]))
        if name:
            service.name_it(name)
        self.ec2_backend.configurations[service.id] = service
        self.ec2_backend.create_tags([service.id], tags)
        token = self._get_param("ClientToken") or None
        return ActionResult({"ServiceConfiguration": self.configuration_item(service), "ClientToken": token})

    def describe_vpc_endpoint_service_configurations(self) -> ActionResult:
        services = own_services(self.current_account, self.region)
        if ids := self._get_param("ServiceIds", []):
            services = {service_id: self.own_service(service_id) for service_id in ids}
        return self.listed(CONFIGURATIONS, map(self.configuration_item, services.values()))

    def modify_vpc_endpoint_service_configuration(self) -> ActionResult:
        service = self.own_service(self.required("ServiceId"))
        kind = "gateway" if service.type == "GatewayLoadBalancer" else "network"
        member = _balancers_member(service.type)
        added, removed = self._get_param(f"Add{member}", []), self._get_param(f"Remove{member}", [])
        other = "NetworkLoadBalancerArns" if kind == "gateway" else "GatewayLoadBalancerArns"
        if self._get_param(f"Add{other}", []):
            raise invalid_parameter("A service has either Network Load Balancers or Gateway Load Balancers.")
        for arn in added:
            self._check_balancer(arn, kind)
        balancers = [arn for arn in service.load_balancer_arns if arn not in removed]
        balancers += [arn for arn in added if arn not in balancers]
        if not balancers:
            # That AWS requires one is not verified.
            raise invalid_parameter("A service must have at least one load balancer.")
        if removed and service.is_in_use:
            # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
            raise EC2ClientError(
                "ExistingVpcEndpointConnections", "Service has existing active VPC Endpoint connections!"
            )
        name, unnamed = self._get_param("PrivateDnsName"), self._get_param("RemovePrivateDnsName", False)
        if name and unnamed:
            raise EC2ClientError(
                "InvalidParameterCombination", "PrivateDnsName and RemovePrivateDnsName cannot be specified together"
            )
        name = self._private_name(name, kind)
        service.address_types = self._changed("SupportedIpAddressTypes", service.address_types)
        self._address_types(service.address_types)
        service.regions = self._changed("SupportedRegions", service.regions)
        service.load_balancer_arns = balancers
        service.acceptance_required = self._get_param("AcceptanceRequired", service.acceptance_required)
        if unnamed:
            service.unname()
        elif name and name != service.private_dns_name:
            service.name_it(name)
        return ActionResult({"Return": True})

    def delete_vpc_endpoint_service_configurations(self) -> ActionResult:
        """Delete services; codes and texts of Unsuccessful: https://github.com/openshift/hypershift/pull/2700"""
        services, failed = own_services(self.current_account, self.region), []
        for service_id in self.required("ServiceIds"):
            service = services.get(service_id)
            if service is None:
                missing = not_found(service_id, "vpce-svc")
                failed.append(unsuccessful(service_id, "InvalidVpcEndpointService.NotFound", missing.message))
            elif service.is_in_use:
                text = "Service has existing active VPC Endpoint connections!"
                failed.append(unsuccessful(service_id, "ExistingVpcEndpointConnections", text))
            elif service.state != "Deleting":
                service.delete()
                self.ec2_backend.tags.pop(service_id, None)
        return ActionResult({"Unsuccessful": failed})

    def start_vpc_endpoint_service_private_dns_verification(self) -> ActionResult:
        service = self.own_service(self.required("ServiceId"))
        if not service.private_dns_name:
            # Code and text are not verified.
            raise invalid_parameter(f"The service {service.id} does not have a private DNS name.")
        service.verify()
        return ActionResult({"ReturnValue": True})

    # Permissions

    def permission_item(self, service: EndpointService, permission: Permission) -> dict[str, Any]:
        return {
            "PrincipalType": principal_type(permission.principal),
            "Principal": permission.principal,
            "ServicePermissionId": permission.id,
            "ServiceId": service.id,
            "PermissionType": PERMISSION_TYPE,
        }

    def modify_vpc_endpoint_service_permissions(self) -> ActionResult:
        """Add and remove permitted principals; existing connections are not affected:
        https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html#add-remove-permissions
        """
        service = self.own_service(self.required("ServiceId"))
        if self._get_param("PermissionType", PERMISSION_TYPE) != PERMISSION_TYPE:
            raise NotImplementedError("PermissionType transit-gateway-attachment")
        added, removed = self._get_param("AddAllowedPrincipals", []), self._get_param("RemoveAllowedPrincipals", [])
        for principal in [*added, *removed]:
            principal_type(principal)
        for principal in removed:
            service.permissions.pop(principal, None)
        new = [principal for principal in dict.fromkeys(added) if principal not in service.permissions]
        for principal in new:
            service.permissions[principal] = Permission(principal)
        items = [self.permission_item(service, service.permissions[principal]) for principal in new]
        return ActionResult({"AddedPrincipals": items, "ReturnValue": True})

    def describe_vpc_endpoint_service_permissions(self) -> ActionResult:
        service = self.own_service(self.required("ServiceId"))
        items = [self.permission_item(service, known) | {"Tags": []} for known in service.permissions.values()]
        return self.listed(PERMISSIONS, items)

    # Checks

    def _check_balancer(self, arn: str, kind: str) -> None:
        """Refuse a load balancer that is unknown, of another kind or not active.

        The conditions are documented (create-endpoint-service.html, prerequisites); codes and texts are not verified.
        """
        found = _BALANCER.fullmatch(arn)
        if not found:
            raise EC2ClientError("InvalidLoadBalancerArn.Malformed", f"The load balancer ARN '{arn}' is malformed")
        balancers = elbv2_backends[self.current_account][self.region].load_balancers
        if found[1] != self.region or found[2] != self.current_account or arn not in balancers:
            raise EC2ClientError("InvalidLoadBalancerArn.NotFound", f"The load balancer '{arn}' does not exist")
        if balancers[arn].type != kind:
            raise invalid_parameter(f"The load balancer '{arn}' is not a {kind.title()} Load Balancer.")
        if balancers[arn].state != "active":
            raise invalid_parameter(f"The load balancer '{arn}' is not in the active state.")

    @staticmethod
    def _private_name(name: str | None, kind: str) -> str | None:
        if not name:
            return None
        if kind == "gateway":
            # https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html; the text is not verified.
            raise invalid_parameter("Private DNS names are not supported for Gateway Load Balancer endpoint services.")
        if not _DOMAIN.fullmatch(name) or len(name) > 255:
            raise invalid_parameter(f"The private DNS name '{name}' is invalid.")
        return name

    @staticmethod
    def _address_types(types: list[str]) -> list[str]:
        for kind in types:
            if kind not in ("ipv4", "ipv6"):
                raise invalid_parameter(f"'{kind}' is not a supported IP address type.")
        return list(dict.fromkeys(types))

    def _changed(self, member: str, values: list[str]) -> list[str]:
        kept = [value for value in values if value not in self._get_param(f"Remove{member}", [])]
        return list(dict.fromkeys([*kept, *self._get_param(f"Add{member}", [])])) or values


def _balancers_member(service_type: str) -> str:
    return "GatewayLoadBalancerArns" if service_type == "GatewayLoadBalancer" else "NetworkLoadBalancerArns"
