# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on classic firewall policies."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult

from emulator.networkfirewall.errors import limit_exceeded
from emulator.networkfirewall.models.policies import Policy
from emulator.networkfirewall.responses.base import Base

# https://docs.aws.amazon.com/network-firewall/latest/developerguide/quotas.html
MAX_POLICIES = 20


class PolicyResponse(Base):
    def create_firewall_policy(self) -> ActionResult:
        policy = Policy(self.current_account, self.region, self.request["FirewallPolicyName"], self.request)
        policy.put(self.request["FirewallPolicy"], self.backend.referenced_group)
        self.backend.check_name(policy)
        if not self._get_param("DryRun"):
            if len(self.backend.of(Policy)) >= MAX_POLICIES:
                raise limit_exceeded("FirewallPolicies", MAX_POLICIES)
            self.backend.add(policy)
        return self.policy_answer(policy)

    def update_firewall_policy(self) -> ActionResult:
        """Update a policy; a dry run only checks the request, and returns what the update would."""
        policy = self._policy()
        policy.check_token(self._get_param("UpdateToken"))
        kept = policy.definition, policy.groups
        policy.put(self.request["FirewallPolicy"], self.backend.referenced_group)
        if self._get_param("DryRun"):
            answer = self.policy_answer(policy)
            policy.definition, policy.groups = kept
            return answer
        policy.description = self.request.get("Description", policy.description)
        policy.encryption = self.request.get("EncryptionConfiguration", policy.encryption)
        policy.touch()
        self.backend.changed(policy)
        return self.policy_answer(policy)

    def describe_firewall_policy(self) -> ActionResult:
        policy = self._policy()
        return self.policy_answer(policy, FirewallPolicy=policy.described())

    def delete_firewall_policy(self) -> ActionResult:
        policy = self._policy()
        self.backend.delete_unused(policy, self.backend.firewalls_with(policy))
        return ActionResult({"FirewallPolicyResponse": self.policy_response(policy)})

    def list_firewall_policies(self) -> ActionResult:
        policies = self.backend.of(Policy)
        return self.paged("FirewallPolicies", [{"Name": policy.name, "Arn": policy.arn} for policy in policies])

    def _policy(self) -> Policy:
        return self.backend.find(Policy, self._get_param("FirewallPolicyArn"), self._get_param("FirewallPolicyName"))

    def policy_response(self, policy: Policy) -> dict[str, Any]:
        return policy.response(len(self.backend.firewalls_with(policy)))

    def policy_answer(self, policy: Policy, **members: Any) -> ActionResult:
        return ActionResult(
            {"UpdateToken": policy.token, "FirewallPolicyResponse": self.policy_response(policy)} | members
        )
