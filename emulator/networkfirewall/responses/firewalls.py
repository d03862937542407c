# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on firewalls."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends

from emulator.networkfirewall.errors import invalid_request, limit_exceeded
from emulator.networkfirewall.models.firewalls import Firewall
from emulator.networkfirewall.responses.base import Base

# https://docs.aws.amazon.com/network-firewall/latest/developerguide/quotas.html
MAX_FIREWALLS = 5


class FirewallResponse(Base):
    def create_firewall(self) -> ActionResult:
        policy = self.backend.referenced_policy(self.request["FirewallPolicyArn"])
        if len(self.backend.of(Firewall)) >= MAX_FIREWALLS:
            raise limit_exceeded("Firewalls", MAX_FIREWALLS)
        firewall = self._in_vpc(policy)
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
        firewall.associate(self._subnets(self.request["SubnetMappings"], firewall))
        self.backend.add(firewall)
        return firewall

    def _subnets(self, mappings: list[dict[str, str]], firewall: Firewall) -> list[Any]:
        """Return the subnets of mappings; an unknown one: the code is in the model, the text not verified."""
        zones = ec2_backends[self.current_account][self.region].subnets
        known = {subnet_id: subnet for zone in zones.values() for subnet_id, subnet in zone.items()}
        for mapping in mappings:
            if mapping["SubnetId"] not in known:
                raise invalid_request("SubnetId is invalid", mapping["SubnetId"], "SubnetMappings")
        return [known[mapping["SubnetId"]] for mapping in mappings]

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
        return self.paged("Firewalls", [{"FirewallName": one.name, "FirewallArn": one.arn} for one in firewalls])

    def associate_subnets(self) -> ActionResult:
        firewall = self.unprotected("SubnetChangeProtection")
        firewall.associate(self._subnets(self.request["SubnetMappings"], firewall))
        return self.changed(firewall, SubnetMappings=firewall.mappings())

    def disassociate_subnets(self) -> ActionResult:
        firewall = self.unprotected("SubnetChangeProtection")
        firewall.disassociate(self.request["SubnetIds"])
        return self.changed(firewall, SubnetMappings=firewall.mappings())

    def associate_firewall_policy(self) -> ActionResult:
        firewall = self.unprotected("FirewallPolicyChangeProtection")
        firewall.policy = self.backend.referenced_policy(self.request["FirewallPolicyArn"])
        firewall.configure()
        return self.changed(firewall, FirewallPolicyArn=firewall.policy.arn)
