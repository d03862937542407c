# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Next Generation policies and their rule groups. D: the API model's descriptions, quoted; U: not verified."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.conftest import Emulator, error_of
from tests.emulator.firewalls import Firewalls, rule

RULE = {
    "Action": "ACCEPT",
    "ActionScope": "FLOW",
    "Hook": "TLS_CLIENT_HELLO",
    "Protocol": "TLS",
    "SourceIPs": "10.1.0.0/16",
    "DestPorts": "443",
    "AcceptPriorHooks": True,
    "RuleOptions": [
        {"Keyword": "tls.sni"},
        {"Keyword": "content", "Settings": ['"api.stripe.com"']},
        {"Keyword": "sid", "Settings": ["1"]},
    ],
}
TEXT = 'accept:flow tls:client_hello 10.1.0.0/16 any -> any 443 (tls.sni; content:"api.stripe.com"; sid:1;)'


@pytest.fixture
def firewalls(emulator: Emulator) -> Firewalls:
    return Firewalls(emulator)


def group(firewalls: Firewalls, source: dict[str, Any], name: str = "next", **options: Any) -> dict[str, Any]:
    definition = {"RulesSource": source} | options.pop("group", {})
    parameters = {"RuleGroupName": name, "Type": "FIREWALL", "Capacity": 10, "FirewallRuleGroup": definition} | options
    return firewalls.nfw.create_rule_group(**parameters)["RuleGroupResponse"]


def ips(firewalls: Firewalls, rules: str = rule("a.example", 1)) -> str:
    made = firewalls.nfw.create_rule_group(
        RuleGroupName="ips", Type="IPS", Capacity=20, IpsRuleGroup={"RulesSource": {"RulesString": rules}}
    )
    return made["RuleGroupResponse"]["RuleGroupArn"]


def policy(firewalls: Firewalls, **members: Any) -> dict[str, Any]:
    create = firewalls.nfw.create_firewall_policy_v2
    return create(FirewallPolicyV2Name="next", FirewallPolicyV2=members)["FirewallPolicyV2Response"]


def refused(firewalls: Firewalls, **members: Any) -> str:
    code, text = error_of(lambda: policy(firewalls, **members))
    assert code == "InvalidRequestException"
    return text


def test_group_of_structured_rules_is_described_as_asked(firewalls: Firewalls) -> None:
    """D: DescribeRuleGroup, RuleOutputFormat; "doesn't count it toward the rule group's consumed capacity"."""
    options = [{"Keyword": "sid", "Settings": ["2"]}]
    off = RULE | {"RuleOptions": options, "RuleMetadata": {"RuleEnabled": False, "RuleDescription": "later"}}
    made = group(firewalls, {"FirewallRules": [RULE, off]})
    assert (made["ConsumedCapacity"], made["Type"]) == (1, "FIREWALL")
    describe = firewalls.nfw.describe_rule_group
    asked = describe(RuleGroupArn=made["RuleGroupArn"])
    assert asked["FirewallRuleGroup"]["RulesSource"]["FirewallRules"] == [RULE, off]
    assert "RuleGroup" not in asked
    text = describe(RuleGroupArn=made["RuleGroupArn"], RuleOutputFormat="RULES_STRING")["FirewallRuleGroup"]
    lines = text["RulesSource"]["RulesString"].split("\n")
    assert lines[0] == TEXT
    assert [line[:2] for line in lines[1:]] == ["# ", "# "]


def test_group_of_text_is_checked(firewalls: Firewalls) -> None:
    """D: ActionScope, "ACCEPT supports all four scopes, and DROP ... support only PACKET and FLOW"."""
    assert group(firewalls, {"RulesString": TEXT}, DryRun=True)["ConsumedCapacity"] == 1
    for action in ("accept", "accept:all", "pass", "drop:tx", "reject:hook"):
        wrong = TEXT.replace("accept:flow", action)
        with pytest.raises(firewalls.nfw.exceptions.InvalidRequestException, match="is not supported"):
            group(firewalls, {"RulesString": wrong})
    with pytest.raises(firewalls.nfw.exceptions.InvalidRequestException, match="SRC cannot be null"):
        group(firewalls, {"RulesString": TEXT.replace("10.1.0.0/16", "$SRC")})
    with pytest.raises(firewalls.nfw.exceptions.InvalidRequestException, match="sid not assigned"):
        group(firewalls, {"RulesString": TEXT.replace(" sid:1;", "")})


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"Protocol": "HTTP"}, "Protocol doesn't match Hook"),
        ({"Action": "DROP", "ActionScope": "TX"}, "Action scope tx is not supported for drop"),
        ({"BypassIPSEnabled": True, "ActionScope": "HOOK"}, "BypassIPSEnabled cannot be provided"),
        ({"BypassIPSEnabled": True, "Action": "DROP"}, "BypassIPSEnabled cannot be provided"),
        ({"RuleOptions": []}, "sid not assigned"),
    ],
)
def test_structured_rule_is_refused(firewalls: Firewalls, change: dict[str, Any], text: str) -> None:
    """D: FirewallRule: "Network Firewall rejects a rule whose protocol doesn't match its hook" and BypassIPSEnabled."""
    with pytest.raises(firewalls.nfw.exceptions.InvalidRequestException, match=text):
        group(firewalls, {"FirewallRules": [RULE | change]})


def test_no_ip_set_references_in_firewall_groups(firewalls: Firewalls) -> None:
    """D: FirewallRuleGroup, "Firewall engine rule groups don't support IP set references"."""
    references = {"IPSetReferences": {"R": {"ReferenceArn": "arn:aws:ec2:eu-central-1:1:prefix-list/pl-1"}}}
    with pytest.raises(firewalls.nfw.exceptions.InvalidRequestException, match="ReferenceSets cannot be provided"):
        group(firewalls, {"RulesString": TEXT}, group={"ReferenceSets": references})


def test_policy_has_two_sections(firewalls: Firewalls) -> None:
    """D: FirewallPolicyV2, FirewallPolicyV2Response."""
    arn = group(firewalls, {"FirewallRules": [RULE]})["RuleGroupArn"]
    entries = [
        {"Priority": 1, "ResourceArn": arn},
        {"Priority": 2, "InlineRuleGroup": {"RulesSource": {"RulesString": TEXT}}},
    ]
    made = policy(
        firewalls,
        FirewallRuleGroupEntries=entries,
        IpsRuleGroupEntries=[{"ResourceArn": ips(firewalls)}],
        PolicyMode="MONITOR",
        FirewallDefaultAction="DROP",
    )
    assert (made["ConsumedFirewallRuleCapacity"], made["ConsumedIpsRuleCapacity"]) == (11, 20)
    described = firewalls.nfw.describe_firewall_policy_v2(FirewallPolicyV2Name="next")
    assert described["FirewallPolicyV2"]["PolicyMode"] == "MONITOR"
    assert described["FirewallPolicyV2"]["FirewallRuleGroupEntries"] == entries
    delete = firewalls.nfw.delete_rule_group
    assert error_of(delete, RuleGroupArn=arn)[0] == "InvalidOperationException"
    assert firewalls.nfw.list_firewall_policies_v2()["FirewallPoliciesV2"][0]["Name"] == "next"
    assert firewalls.nfw.list_firewall_policies()["FirewallPolicies"] == []


def test_firewall_uses_the_policy(firewalls: Firewalls) -> None:
    """D: CreateFirewall names a policy by its ARN; "a firewall uses one or the other", firewall-policies-v2.html."""
    made = policy(firewalls, FirewallDefaultAction="ALERT")
    firewalls.create(made["FirewallPolicyV2Arn"])
    assert firewalls.described()["FirewallStatus"]["Status"] == "READY"
    delete = firewalls.nfw.delete_firewall_policy_v2
    assert error_of(delete, FirewallPolicyV2Name="next")[0] == "InvalidOperationException"


def test_entries_are_refused(firewalls: Firewalls) -> None:
    """D: FirewallRuleGroupEntry: "Each entry in the firewall section must have a unique priority", "An embedded rule
    group can't use a domain list rules source", "Provide either ResourceArn ... or InlineRuleGroup".
    """
    arn = group(firewalls, {"FirewallRules": [RULE]})["RuleGroupArn"]
    inline = {"RulesSource": {"RulesString": TEXT}}
    domains = {"Targets": ["a.example"], "TargetTypes": ["TLS_SNI"], "GeneratedRulesType": "ALLOWLIST"}

    def entries(*given: dict[str, Any]) -> str:
        return refused(firewalls, FirewallRuleGroupEntries=list(given))

    assert entries({"ResourceArn": arn}).startswith("Priority cannot be null")
    one = {"Priority": 1, "ResourceArn": arn}
    assert entries(one, {"Priority": 1, "InlineRuleGroup": inline}).startswith("Priority has duplicate values")
    assert "must set exactly one of them" in entries(one | {"InlineRuleGroup": inline})
    assert "must set exactly one of them" in entries({"Priority": 1})
    listed = {"Priority": 1, "InlineRuleGroup": {"RulesSource": {"RulesSourceList": domains}}}
    assert entries(listed).startswith("RulesSourceList cannot be provided")
    classic = {"Priority": 1, "ResourceArn": firewalls.group()}
    assert entries(classic).startswith("rule group ARN is of incorrect entity type")
    assert refused(firewalls, IpsRuleGroupEntries=[{"ResourceArn": arn}]).startswith("rule group ARN is of incorrect")


def test_update_of_policy_and_group(firewalls: Firewalls) -> None:
    """D: UpdateFirewallPolicyV2, UpdateToken and DryRun."""
    policy(firewalls)
    described = firewalls.nfw.describe_firewall_policy_v2
    first = described(FirewallPolicyV2Name="next")["UpdateToken"]
    update = firewalls.nfw.update_firewall_policy_v2
    parameters = {"FirewallPolicyV2Name": "next", "FirewallPolicyV2": {"PolicyMode": "ENFORCE"}}
    update(UpdateToken=first, DryRun=True, **parameters)
    assert described(FirewallPolicyV2Name="next")["FirewallPolicyV2"] == {}
    update(UpdateToken=first, **parameters)
    assert described(FirewallPolicyV2Name="next")["FirewallPolicyV2"] == {"PolicyMode": "ENFORCE"}
    assert error_of(update, UpdateToken=first, **parameters)[0] == "InvalidTokenException"
    firewalls.nfw.delete_firewall_policy_v2(FirewallPolicyV2Name="next")
    assert error_of(described, FirewallPolicyV2Name="next")[0] == "ResourceNotFoundException"
