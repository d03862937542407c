# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations of CloudWatch Observability Admin on centralization rules. Those missing here answer InvalidAction."""

from __future__ import annotations

from typing import Any

from moto.core.responses import TYPE_RESPONSE, ActionResult, BaseResponse

from emulator.accounts import management_account_of
from emulator.observabilityadmin.models import (
    ObservabilityAdminBackend,
    ObservabilityAdminError,
    Rule,
    may_administer,
    observabilityadmin_backends,
)


class ObservabilityAdminResponses(BaseResponse):
    def __init__(self) -> None:
        super().__init__(service_name="observabilityadmin")
        self.automated_parameter_parsing = True

    @property
    def backend(self) -> ObservabilityAdminBackend:
        """Of the organization's management account, whoever of its administrators calls."""
        management = management_account_of(self.current_account) or self.current_account
        return observabilityadmin_backends[management][self.region]

    def call_action(self) -> TYPE_RESPONSE:
        """Answer a call. "Can only be called by the organization's management account or a delegated administrator"."""
        operation = self._get_action()
        if operation.endswith("ForOrganization") and not may_administer(self.current_account):
            error = ObservabilityAdminError(
                "AccessDeniedException",
                f"The account {self.current_account} is neither the management account nor a delegated administrator.",
            )  # the text is not verified
            status, headers, body = self.serialized(ActionResult(error))
            headers, body = self._enrich_response(headers, body)
            return status, headers, body
        return super().call_action()

    def create_centralization_rule_for_organization(self) -> ActionResult:
        made = self.backend.create(
            self._get_param("RuleName"), self.current_account, self._get_param("Rule"), self._get_param("Tags") or {}
        )
        return ActionResult({"RuleArn": made.arn})

    def get_centralization_rule_for_organization(self) -> ActionResult:
        rule = self._rule()
        return ActionResult({**rule.summary(), "CentralizationRule": rule.rule})

    def update_centralization_rule_for_organization(self) -> ActionResult:
        rule = self._rule()
        rule.put(self._get_param("Rule"))
        return ActionResult({"RuleArn": rule.arn})

    def delete_centralization_rule_for_organization(self) -> ActionResult:
        del self.backend.rules[self._rule().name]
        return ActionResult({})

    def list_centralization_rules_for_organization(self) -> ActionResult:
        """List the rules, all on one page."""
        prefix = self._get_param("RuleNamePrefix") or ""
        found = [rule for name, rule in sorted(self.backend.rules.items()) if name.startswith(prefix)]
        return ActionResult({"CentralizationRuleSummaries": [_summary(rule) for rule in found]})

    def tag_resource(self) -> ActionResult:
        self._tagged().tags.update(self._get_param("Tags"))
        return ActionResult({})

    def untag_resource(self) -> ActionResult:
        rule = self._tagged()
        for key in self._get_param("TagKeys"):
            rule.tags.pop(key, None)
        return ActionResult({})

    def list_tags_for_resource(self) -> ActionResult:
        return ActionResult({"Tags": dict(self._tagged().tags)})

    def _rule(self) -> Rule:
        return self.backend.find(self._get_param("RuleIdentifier"))

    def _tagged(self) -> Rule:
        return self.backend.find(self._get_param("ResourceARN"))


def _summary(rule: Rule) -> dict[str, Any]:
    to = rule.destination
    return {**rule.summary(), "DestinationAccountId": to.get("Account"), "DestinationRegion": to["Region"]}
