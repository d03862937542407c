# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on rule groups."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult

from emulator.networkfirewall.errors import invalid_request, limit_exceeded
from emulator.networkfirewall.models.managed import managed_groups
from emulator.networkfirewall.models.policies_v2 import in_format
from emulator.networkfirewall.models.rule_groups import RuleGroup
from emulator.networkfirewall.responses.base import Base

# https://docs.aws.amazon.com/network-firewall/latest/developerguide/quotas.html: groups of one type in an account.
MAX_GROUPS = 50


class RuleGroupResponse(Base):
    def create_rule_group(self) -> ActionResult:
        group = RuleGroup(self.current_account, self.region, self.request["RuleGroupName"], self.request)
        group.put(self.request)
        self.backend.check_name(group)
        if not self._get_param("DryRun"):
            if sum(one.type == group.type for one in self.backend.of(RuleGroup)) >= MAX_GROUPS:
                raise limit_exceeded("RuleGroups", MAX_GROUPS)
            self.backend.add(group)
        return self.group_answer(group)

    def update_rule_group(self) -> ActionResult:
        """Update a rule group; a dry run only checks the request, and returns what the update would."""
        group = self._group()
        group.check_token(self._get_param("UpdateToken"))
        kept = group.definition, group.consumed
        group.put(self.request)
        if self._get_param("DryRun"):
            answer = self.group_answer(group)
            group.definition, group.consumed = kept
            return answer
        group.description = self.request.get("Description", group.description)
        group.encryption = self.request.get("EncryptionConfiguration", group.encryption)
        group.source_metadata = self.request.get("SourceMetadata", group.source_metadata)
        group.summary = self.request.get("SummaryConfiguration", group.summary)
        group.touch()
        for policy in self.backend.policies_with(group):
            self.backend.changed(policy)
        return self.group_answer(group)

    def describe_rule_group(self) -> ActionResult:
        group = self._group(managed=True)
        key = {"FIREWALL": "FirewallRuleGroup", "IPS": "IpsRuleGroup"}.get(group.type, "RuleGroup")
        definition = group.described()
        if group.type == "FIREWALL":
            definition["RulesSource"] = in_format(definition["RulesSource"], self._get_param("RuleOutputFormat"))
        return self.group_answer(group, **{key: definition})

    def describe_rule_group_metadata(self) -> ActionResult:
        group = self._group(managed=True)
        return ActionResult(
            {
                "RuleGroupArn": group.arn,
                "RuleGroupName": group.name,
                "Description": group.description,
                "Type": group.type,
                "Capacity": group.capacity,
                "StatefulRuleOptions": group.definition.get("StatefulRuleOptions"),
                "LastModifiedTime": group.modified,
            }
        )

    def describe_rule_group_summary(self) -> ActionResult:
        """Return what SummaryConfiguration asks for of each rule; of stateful groups only, as the API says."""
        group = self._group()
        if group.type != "STATEFUL":
            raise invalid_request("parameter is invalid", group.type, "Type")  # not verified
        wanted = (group.summary or {}).get("RuleOptions") or []
        names = {"SID": ("SID", "sid"), "MSG": ("Msg", "msg"), "METADATA": ("Metadata", "metadata")}
        rules = [
            {names[one][0]: ",".join(rule.values(names[one][1])).strip('"') for one in wanted} for rule in group.rules
        ]
        summary = {"RuleSummaries": rules if wanted else []}
        return ActionResult({"RuleGroupName": group.name, "Description": group.description, "Summary": summary})

    def delete_rule_group(self) -> ActionResult:
        group = self._group()
        self.backend.delete_unused(group, list(self.backend.policies_with(group)))
        return ActionResult({"RuleGroupResponse": self.group_response(group)})

    def list_rule_groups(self) -> ActionResult:
        if self._get_param("Scope") == "MANAGED":
            kind = self._get_param("ManagedType")
            known = managed_groups(self.region).values()
            groups = [group for group, managed_type in known if kind in (None, managed_type)]
        else:
            type_ = self._get_param("Type")
            groups = [group for group in self.backend.of(RuleGroup) if type_ in (None, group.type)]
        return self.paged("RuleGroups", [{"Name": group.name, "Arn": group.arn} for group in groups])

    def _group(self, managed: bool = False) -> RuleGroup:
        arn, name, kind = (self._get_param(member) for member in ("RuleGroupArn", "RuleGroupName", "Type"))
        if not arn and not kind:
            # "This setting is required for requests that do not include the RuleGroupARN": the model; text not verified
            raise invalid_request("Type cannot be null", context="Type")
        known = managed_groups(self.region)
        if managed and arn in known:
            return known[arn][0]
        return self.backend.find(RuleGroup, arn, name, kind)

    def group_response(self, group: RuleGroup) -> dict[str, Any]:
        return group.response(sum(1 for _ in self.backend.policies_with(group)))

    def group_answer(self, group: RuleGroup, **members: Any) -> ActionResult:
        return ActionResult({"UpdateToken": group.token, "RuleGroupResponse": self.group_response(group)} | members)
