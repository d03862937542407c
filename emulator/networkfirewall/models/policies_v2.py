# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Next Generation policies: https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_FirewallPolicyV2.html

Texts of errors are not verified, nor is the form of the ARN.
"""

from __future__ import annotations

import copy
from typing import Any

from emulator.networkfirewall.errors import invalid_request
from emulator.networkfirewall.models import next_generation
from emulator.networkfirewall.models.managed import ACCOUNT as MANAGED
from emulator.networkfirewall.models.policies import MAX_GROUPS, Find, check_variables
from emulator.networkfirewall.models.resource import Resource
from emulator.networkfirewall.models.rule_groups import MAX_CAPACITY, RuleGroup, given


class PolicyV2(Resource):
    segment = "firewall-policy-v2"

    def __init__(self, account_id: str, region: str, name: str, request: dict[str, Any]):
        super().__init__(account_id, region, name, request)
        self.definition: dict[str, Any] = {}
        self.groups: list[RuleGroup] = []
        self.consumed = {"FIREWALL": 0, "IPS": 0}

    def put(self, definition: dict[str, Any], find: Find) -> None:
        """Take a definition; raises InvalidRequestException if it is refused. find: returns a rule group by its ARN."""
        definition = given(definition)
        check_variables(definition)
        groups: list[RuleGroup] = []
        consumed = {}
        for kind, name in (("FIREWALL", "FirewallRuleGroupEntries"), ("IPS", "IpsRuleGroupEntries")):
            entries = [given(entry) for entry in definition.get(name) or []]
            if len(entries) > MAX_GROUPS:
                raise invalid_request(f"{name} limit exceeded", len(entries), name)
            if kind == "FIREWALL":
                _check_priorities(entries, name)
            consumed[kind] = 0
            for number, entry in enumerate(entries):
                group, capacity = _entry(entry, kind, f"{name}[{number}]", find)
                groups += [group] if group else []
                consumed[kind] += capacity
            if consumed[kind] > MAX_CAPACITY:
                raise invalid_request(f"{name} capacity exceeded", consumed[kind], name)
        self.definition, self.groups, self.consumed = definition, groups, consumed

    def described(self, rule_format: str | None) -> dict[str, Any]:
        """Return the policy; embedded groups of structured rules as text, if the request asks for that."""
        definition = copy.deepcopy(self.definition)
        for entry in definition.get("FirewallRuleGroupEntries") or []:
            if inline := entry.get("InlineRuleGroup"):
                inline["RulesSource"] = in_format(inline["RulesSource"], rule_format)
        return definition

    def response(self, associations: int) -> dict[str, Any]:
        return {
            "FirewallPolicyV2Name": self.name,
            "FirewallPolicyV2Arn": self.arn,
            "FirewallPolicyV2Id": self.id,
            "Description": self.description,
            "FirewallPolicyV2Status": self.status,
            "Tags": self.tag_list(),
            "ConsumedFirewallRuleCapacity": self.consumed["FIREWALL"],
            "ConsumedIpsRuleCapacity": self.consumed["IPS"],
            "NumberOfAssociations": associations,
            "EncryptionConfiguration": self.encryption,
            "LastModifiedTime": self.modified,
        }


def in_format(source: dict[str, Any], rule_format: str | None) -> dict[str, Any]:
    """Return a source of firewall engine rules as text if that is asked for; text stays text."""
    if rule_format == "RULES_STRING" and source.get("FirewallRules"):
        return {"RulesString": next_generation.rules_string(source)}
    return source


def _check_priorities(entries: list[dict[str, Any]], name: str) -> None:
    """Refuse entries of the firewall section without a priority of their own."""
    seen: set[int] = set()
    for number, entry in enumerate(entries):
        priority = entry.get("Priority")
        if priority is None:
            raise invalid_request("Priority cannot be null", context=f"{name}[{number}]")
        if priority in seen:
            raise invalid_request("Priority has duplicate values", priority, f"{name}[Priority={priority}]")
        seen.add(priority)


def _entry(entry: dict[str, Any], kind: str, path: str, find: Find) -> tuple[RuleGroup | None, int]:
    """Return the rule group that an entry names, None for an embedded one, and the capacity that it takes."""
    arn, inline = entry.get("ResourceArn"), given(entry.get("InlineRuleGroup"))
    if bool(arn) == bool(inline):
        raise invalid_request("ResourceArn, InlineRuleGroup must set exactly one of them", context=path)
    if inline:
        inline["RulesSource"] = given(inline["RulesSource"])
        if kind == "IPS":
            return None, next_generation.check_ips_group(inline)
        return None, next_generation.check_firewall_group(inline, inline=True)
    group = find(arn or "")
    managed = group.account_id == MANAGED
    if group.type != kind and not (managed and kind == "IPS"):
        raise invalid_request("rule group ARN is of incorrect entity type", arn)
    if entry.get("Override") and not managed:
        raise invalid_request("rule group must be a managed resource", arn, f"{path}.Override")
    return group, group.capacity
