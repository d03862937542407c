# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Contents of an account in Network Firewall."""

from __future__ import annotations

from typing import Any

from tests.contract.container_contents import Contents


def read_firewalls(firewalls: Any) -> Contents:
    """Read firewalls with their logs, policies of both generations and rule groups; not their states."""
    for item in firewalls.list_rule_groups()["RuleGroups"]:
        answer = firewalls.describe_rule_group(RuleGroupArn=item["Arn"])
        of_it, body = answer["RuleGroupResponse"], answer.get("RuleGroup") or answer.get("FirewallRuleGroup")
        if of_it["RuleGroupStatus"] == "ACTIVE":
            yield f"rule group {of_it['RuleGroupName']}", [{**item, "Tags": of_it["Tags"], "rules": body}]
    for noun, found in (
        ("FirewallPolicy", firewalls.list_firewall_policies()["FirewallPolicies"]),
        ("FirewallPolicyV2", firewalls.list_firewall_policies_v2()["FirewallPoliciesV2"]),
    ):
        method = {"FirewallPolicy": "describe_firewall_policy", "FirewallPolicyV2": "describe_firewall_policy_v2"}[noun]
        for item in found:
            answer = getattr(firewalls, method)(**{f"{noun}Arn": item["Arn"]})
            if answer[f"{noun}Response"][f"{noun}Status"] == "ACTIVE":
                tagged = {**item, "Tags": answer[f"{noun}Response"]["Tags"], "policy": answer[noun]}
                yield f"{noun} {item['Name']}", [tagged]
    for item in firewalls.list_firewalls()["Firewalls"]:
        answer = firewalls.describe_firewall(FirewallArn=item["FirewallArn"])
        if answer["FirewallStatus"]["Status"] != "DELETING":
            logs = firewalls.describe_logging_configuration(FirewallArn=item["FirewallArn"])
            logging = logs.get("LoggingConfiguration", {}).get("LogDestinationConfigs", [])
            yield (
                f"firewall {item['FirewallName']}",
                [{**answer["Firewall"], "Arn": item["FirewallArn"], "logging": logging}],
            )
