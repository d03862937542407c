# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on firewalls."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends

from emulator.iam.network_firewall import ROLE, SERVICE
from emulator.iam.service_linked import need_service_linked_role
from emulator.networkfirewall.errors import invalid_operation, invalid_request, limit_exceeded
from emulator.networkfirewall.models.firewalls import Firewall
from emulator.networkfirewall.models.transit_gateway_firewalls import TransitGatewayFirewall
from emulator.networkfirewall.responses.transit_gateways import TransitGatewayResponse

# https://docs.aws.amazon.com/network-firewall/latest/developerguide/quotas.html
MAX_FIREWALLS = 5
# Members of a proxy mode firewall.
PROXY = ("NatGatewayCreateMappings", "ProxySettings", "VpcEndpoint", "TransparentFilteringNatScope")


class FirewallResponse(TransitGatewayResponse):
    def create_firewall(self) -> ActionResult:
        policy = self.backend.referenced_policy(self.request["FirewallPolicyArn"])
        if len(self.backend.of(Firewall)) >= MAX_FIREWALLS:
            raise limit_exceeded("Firewalls", MAX_FIREWALLS)
        for name in PROXY:
            if self._get_param(name):
                raise invalid_operation(f"{name} needs a proxy mode firewall, which isn't emulated")
        firewall = self.attached_firewall(policy) if self._get_param("TransitGatewayId") else self._in_vpc(policy)
        self.backend.add(firewall)
        need_service_linked_role(self.current_account, SERVICE, ROLE, "")
        # AWS answers before anything is ready.
        status = {"Status": "PROVISIONING", "ConfigurationSyncStateSummary": "PENDING"}
        return ActionResult({"Firewall": firewall.shape(), "FirewallStatus": status})

    def _in_vpc(self, policy: Any) -> Firewall:
        """Create a firewall in a VPC; that a VPC and a subnet are needed: API_CreateFirewall, texts not verified."""
        for name in ("VpcId", "SubnetMappings"):
            if not self._get_param(name):
                raise invalid_request(f"{name} cannot be null or empty", context=name)
        if self.request["VpcId"] not in ec2_backends[self.current_account][self.region].vpcs:
            raise invalid_request("VpcId is invalid", self.request["VpcId"], "VpcId")
        firewall = Firewall(self.current_account, self.region, policy, self.request)
        self.backend.check_name(firewall)
        firewall.associate(self.subnets(self.request["SubnetMappings"], "SubnetMappings"))
        return firewall

    def describe_firewall(self) -> ActionResult:
        firewall = self.firewall()
        return ActionResult(
            {"UpdateToken": firewall.token, "Firewall": firewall.shape(), "FirewallStatus": firewall.status_shape()}
        )

    def delete_firewall(self) -> ActionResult:
        firewall = self.firewall()
        firewall.delete()
        return ActionResult({"Firewall": firewall.shape(), "FirewallStatus": firewall.status_shape()})

    def list_firewalls(self) -> ActionResult:
        vpc_ids = self._get_param("VpcIds")
        firewalls = [one for one in self.backend.of(Firewall) if not vpc_ids or one.vpc_id in vpc_ids]
        return self.paged("Firewalls", [_metadata(one) for one in firewalls])

    def describe_firewall_metadata(self) -> ActionResult:
        firewall = self.firewall()
        metadata = _metadata(firewall)
        zones = {zone: {"IPAddressType": "IPV4"} for zone in firewall.status_shape()["SyncStates"]}
        return ActionResult(
            {
                "FirewallArn": firewall.arn,
                "FirewallPolicyArn": firewall.policy.arn,
                "Description": firewall.description,
                "Status": firewall.status_value(),
                "SupportedAvailabilityZones": zones,
                "TransitGatewayAttachmentId": metadata.get("TransitGatewayAttachmentId"),
            }
        )

    def associate_subnets(self) -> ActionResult:
        firewall = self._with_subnets()
        firewall.associate(self.subnets(self.request["SubnetMappings"], "SubnetMappings"))
        return self.changed(firewall, SubnetMappings=firewall.mappings())

    def disassociate_subnets(self) -> ActionResult:
        firewall = self._with_subnets()
        firewall.disassociate(self.request["SubnetIds"])
        return self.changed(firewall, SubnetMappings=firewall.mappings())

    def _with_subnets(self) -> Firewall:
        firewall = self.unprotected("SubnetChangeProtection")
        if isinstance(firewall, TransitGatewayFirewall):
            raise invalid_operation("The firewall is attached to a transit gateway")  # not verified
        return firewall

    def associate_firewall_policy(self) -> ActionResult:
        firewall = self.unprotected("FirewallPolicyChangeProtection")
        firewall.policy = self.backend.referenced_policy(self.request["FirewallPolicyArn"])
        firewall.configure()
        return self.changed(firewall, FirewallPolicyArn=firewall.policy.arn)


def _metadata(firewall: Firewall) -> dict[str, str]:
    metadata = {"FirewallName": firewall.name, "FirewallArn": firewall.arn}
    if isinstance(firewall, TransitGatewayFirewall) and firewall.attachment:
        metadata["TransitGatewayAttachmentId"] = firewall.attachment.id
    return metadata
