# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on Next Generation policies."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult

from emulator.networkfirewall.errors import limit_exceeded
from emulator.networkfirewall.models.policies_v2 import PolicyV2
from emulator.networkfirewall.responses.base import Base
from emulator.networkfirewall.responses.policies import MAX_POLICIES


class PolicyV2Response(Base):
    def create_firewall_policy_v2(self) -> ActionResult:
        policy = PolicyV2(self.current_account, self.region, self.request["FirewallPolicyV2Name"], self.request)
        policy.put(self.request["FirewallPolicyV2"], self.backend.referenced_group)
        self.backend.check_name(policy)
        if not self._get_param("DryRun"):
            if len(self.backend.of(PolicyV2)) >= MAX_POLICIES:
                raise limit_exceeded("FirewallPoliciesV2", MAX_POLICIES)
            self.backend.add(policy)
        return self.v2_answer(policy)

    def update_firewall_policy_v2(self) -> ActionResult:
        """Update a policy; a dry run only checks the request, and returns what the update would."""
        policy = self._policy_v2()
        policy.check_token(self._get_param("UpdateToken"))
        kept = policy.definition, policy.groups, policy.consumed
        policy.put(self.request["FirewallPolicyV2"], self.backend.referenced_group)
        if self._get_param("DryRun"):
            answer = self.v2_answer(policy)
            policy.definition, policy.groups, policy.consumed = kept
            return answer
        policy.description = self.request.get("Description", policy.description)
        policy.encryption = self.request.get("EncryptionConfiguration", policy.encryption)
        policy.touch()
        self.backend.changed(policy)
        return self.v2_answer(policy)

    def describe_firewall_policy_v2(self) -> ActionResult:
        policy = self._policy_v2()
        return self.v2_answer(policy, FirewallPolicyV2=policy.described(self._get_param("RuleOutputFormat")))

    def delete_firewall_policy_v2(self) -> ActionResult:
        policy = self._policy_v2()
        self.backend.delete_unused(policy, self.backend.firewalls_with(policy))
        return ActionResult({"FirewallPolicyV2Response": self._v2_response(policy)})

    def list_firewall_policies_v2(self) -> ActionResult:
        policies = self.backend.of(PolicyV2)
        return self.paged("FirewallPoliciesV2", [{"Name": policy.name, "Arn": policy.arn} for policy in policies])

    def _policy_v2(self) -> PolicyV2:
        arn, name = self._get_param("FirewallPolicyV2Arn"), self._get_param("FirewallPolicyV2Name")
        return self.backend.find(PolicyV2, arn, name)

    def _v2_response(self, policy: PolicyV2) -> dict[str, Any]:
        return policy.response(len(self.backend.firewalls_with(policy)))

    def v2_answer(self, policy: PolicyV2, **members: Any) -> ActionResult:
        answer = {"UpdateToken": policy.token, "FirewallPolicyV2Response": self._v2_response(policy)}
        return ActionResult(answer | members)
