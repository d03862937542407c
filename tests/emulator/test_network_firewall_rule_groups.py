# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rule groups. D: AWS's documentation or API model; V: seen on AWS; [pf]: badmintoncryer/cdk-preflight's trials on AWS;
U: not verified.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.conftest import HUB, SPOKE, Emulator, error_of
from tests.emulator.firewalls import STRICT, Firewalls, rule
from tests.emulator.networks import wait_for

MANAGED = "arn:aws:network-firewall:eu-central-1:aws-managed:stateful-rulegroup/"
STATELESS_RULE = {
    "Priority": 1,
    "RuleDefinition": {
        "MatchAttributes": {
            "Sources": [{"AddressDefinition": f"10.{number}.0.0/16"} for number in range(3)],
            "Protocols": [6, 17],
        },
        "Actions": ["aws:pass"],
    },
}


@pytest.fixture
def firewalls(emulator: Emulator) -> Firewalls:
    return Firewalls(emulator)


def described(firewalls: Firewalls, arn: str) -> dict[str, Any]:
    return firewalls.nfw.describe_rule_group(RuleGroupArn=arn)


def stateless(firewalls: Firewalls, **options: Any) -> dict[str, Any]:
    source = {"StatelessRulesAndCustomActions": {"StatelessRules": options.pop("rules", [STATELESS_RULE])}}
    group = {"RulesSource": source} | options.pop("group", {})
    parameters = {"RuleGroupName": "stateless", "Type": "STATELESS", "Capacity": 10, "RuleGroup": group} | options
    return firewalls.nfw.create_rule_group(**parameters)["RuleGroupResponse"]


def test_group_is_described_by_name_or_arn(firewalls: Firewalls) -> None:
    """D: API_DescribeRuleGroup, API_RuleGroupResponse; Type "is required for requests that do not include the ARN"."""
    arn = firewalls.group(Description="who may pay", Tags=[{"Key": "team", "Value": "payments"}])
    assert arn == f"arn:aws:network-firewall:eu-central-1:{SPOKE}:stateful-rulegroup/payments"
    group = described(firewalls, arn)
    response = group["RuleGroupResponse"]
    assert response["RuleGroupStatus"] == "ACTIVE"
    assert (response["Capacity"], response["ConsumedCapacity"], response["NumberOfAssociations"]) == (100, 1, 0)
    assert response["Tags"] == [{"Key": "team", "Value": "payments"}]
    assert response["EncryptionConfiguration"] == {"KeyId": "AWS_OWNED_KMS_KEY", "Type": "AWS_OWNED_KMS_KEY"}
    assert group["RuleGroup"]["StatefulRuleOptions"] == STRICT
    by_name = firewalls.nfw.describe_rule_group(RuleGroupName="payments", Type="STATEFUL")
    assert by_name["UpdateToken"] == group["UpdateToken"]
    describe = firewalls.nfw.describe_rule_group
    assert error_of(describe, RuleGroupName="payments")[0] == "InvalidRequestException"
    assert error_of(describe, RuleGroupName="payments", Type="STATELESS")[0] == "ResourceNotFoundException"
    metadata = firewalls.nfw.describe_rule_group_metadata(RuleGroupArn=arn)
    assert (metadata["Capacity"], metadata["Description"], metadata["Type"]) == (100, "who may pay", "STATEFUL")
    assert metadata["StatefulRuleOptions"] == STRICT


def test_rules_is_short_for_a_rules_string(firewalls: Firewalls) -> None:
    """D: API_CreateRuleGroup, Rules: "you must provide either this rules setting or a populated RuleGroup setting"."""
    create = firewalls.nfw.create_rule_group
    made = create(RuleGroupName="flat", Type="STATEFUL", Capacity=5, Rules=rule("a.example", 1))
    group = described(firewalls, made["RuleGroupResponse"]["RuleGroupArn"])["RuleGroup"]
    assert group == {"RulesSource": {"RulesString": rule("a.example", 1)}}
    assert error_of(create, RuleGroupName="none", Type="STATEFUL", Capacity=5)[0] == "InvalidRequestException"


def test_dry_run_tells_the_capacity_and_creates_nothing(firewalls: Firewalls) -> None:
    """D: API_CreateRuleGroup, DryRun; [pf]: its answer has ConsumedCapacity."""
    rules = "\n".join(rule(f"{number}.example", number) for number in range(1, 251))
    create = firewalls.nfw.create_rule_group
    group = {"RulesSource": {"RulesString": rules}}
    answer = create(RuleGroupName="dry", Type="STATEFUL", Capacity=30_000, RuleGroup=group, DryRun=True)
    assert answer["RuleGroupResponse"]["ConsumedCapacity"] == 250
    assert firewalls.nfw.list_rule_groups()["RuleGroups"] == []


def test_capacity_is_a_limit(firewalls: Firewalls) -> None:
    """[pf]: rulegroup-capacity-max, rulegroup-capacity-stateful; "Rule group capacity is fixed at creation"."""
    expected = "Capacity capacity exceeded, parameter: [30001], context: Capacity"
    assert error_of(firewalls.group, Capacity=30_001) == ("InvalidRequestException", expected)
    two = f"{rule('a.example', 1)}\n{rule('b.example', 2)}"
    text = "StatefulRules capacity exceeded, parameter: [2], context: RulesSource.StatefulRules"
    exceeded = ("InvalidRequestException", text)
    assert error_of(firewalls.group, rules=two, Capacity=1) == exceeded
    arn = firewalls.group(Capacity=1)
    update = {"RuleGroup": {"RulesSource": {"RulesString": two}, "StatefulRuleOptions": STRICT}}
    token = described(firewalls, arn)["UpdateToken"]
    assert error_of(firewalls.nfw.update_rule_group, RuleGroupArn=arn, UpdateToken=token, **update) == exceeded


def test_source_belongs_to_the_type(firewalls: Firewalls) -> None:
    """[pf]: rulegroup-rulessource-exactly-one, rulegroup-type-source-match, rulegroup-stateless-no-stateful-options."""
    both = {"RulesSource": {"RulesString": rule("a.example", 1), "StatefulRules": []}}
    assert error_of(firewalls.group, group=both)[1] == (
        "RulesString, RulesSourceList, StatefulRules must set exactly one of them, context: RulesSource"
    )
    source = {"StatelessRulesAndCustomActions": {"StatelessRules": [STATELESS_RULE]}}
    path = "RulesSource.StatelessRulesAndCustomActions"
    refused = error_of(firewalls.group, group={"RulesSource": source})[1]
    assert refused == f"StatelessRulesAndCustomActions is invalid, context: {path}"
    stateful = {"RulesSource": {"RulesString": rule("a.example", 1)}}
    refused = error_of(stateless, firewalls=firewalls, group=stateful)[1]
    assert refused == f"StatelessRulesAndCustomActions cannot be null, context: {path}"
    for name, value in (("StatefulRuleOptions", STRICT), ("RuleVariables", {"IPSets": {}})):
        refused = error_of(stateless, firewalls=firewalls, group={name: value})[1]
        assert refused == f"{name} cannot be provided, context: {name}"


def test_stateless_capacity_is_a_product(firewalls: Firewalls) -> None:
    """[pf], rulegroup-capacity-stateless: three sources and two protocols are 6."""
    assert error_of(stateless, firewalls=firewalls, Capacity=5)[1] == (
        "StatelessRules capacity exceeded, parameter: [6], context: StatelessRulesAndCustomActions.StatelessRules"
    )
    assert stateless(firewalls)["ConsumedCapacity"] == 6


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"MatchAttributes": {}}, "Sources, Destinations cannot be null or empty"),
        ({"Actions": ["aws:pass", "aws:drop"]}, "Actions cannot exist together"),
        ({"Actions": ["mine"]}, "Actions cannot be null or empty"),
        ({"Actions": ["aws:pass", "mine"]}, "Actions is invalid, parameter: [mine]"),
        (
            {
                "MatchAttributes": {
                    "Sources": [{"AddressDefinition": "10.0.0.0/8"}],
                    "Protocols": [1],
                    "DestinationPorts": [{"FromPort": 22, "ToPort": 22}],
                }
            },
            "DestinationPorts, Protocols cannot exist together",
        ),
    ],
)
def test_stateless_rule_is_refused(firewalls: Firewalls, change: dict[str, Any], text: str) -> None:
    """[pf]: rulegroup-stateless-match-src-or-dst, -action-standard, -custom-action-defined, -ports-protocol."""
    refused = {"Priority": 1, "RuleDefinition": STATELESS_RULE["RuleDefinition"] | change}
    assert error_of(stateless, firewalls=firewalls, rules=[refused])[1].startswith(text)


def test_stateless_priorities_are_unique(firewalls: Firewalls) -> None:
    """[pf], rulegroup-stateless-priority-unique."""
    refused = error_of(stateless, firewalls=firewalls, rules=[STATELESS_RULE, STATELESS_RULE], Capacity=100)
    assert refused[1].startswith("Priority has duplicate values, parameter: [1]")


def test_update_needs_the_current_token(firewalls: Firewalls) -> None:
    """D: API_UpdateRuleGroup: "If it has changed, the operation fails with an InvalidTokenException"."""
    arn = firewalls.group()
    first = described(firewalls, arn)["UpdateToken"]
    group = {"RulesSource": {"RulesString": rule("other.example", 1)}, "StatefulRuleOptions": STRICT}
    answer = firewalls.nfw.update_rule_group(RuleGroupArn=arn, UpdateToken=first, RuleGroup=group)
    assert answer["UpdateToken"] != first
    assert described(firewalls, arn)["RuleGroup"] == group
    stale = error_of(firewalls.nfw.update_rule_group, RuleGroupArn=arn, UpdateToken=first, RuleGroup=group)
    assert stale[0] == "InvalidTokenException"


def test_dry_update_changes_nothing(firewalls: Firewalls) -> None:
    """D: API_UpdateRuleGroup, DryRun."""
    arn = firewalls.group()
    before = described(firewalls, arn)
    two = f"{rule('a.example', 1)}\n{rule('b.example', 2)}"
    group = {"RulesSource": {"RulesString": two}, "StatefulRuleOptions": STRICT}
    answer = firewalls.nfw.update_rule_group(
        RuleGroupArn=arn, UpdateToken=before["UpdateToken"], RuleGroup=group, DryRun=True
    )
    assert answer["RuleGroupResponse"]["ConsumedCapacity"] == 2
    after = described(firewalls, arn)
    assert (after["RuleGroup"], after["UpdateToken"]) == (before["RuleGroup"], before["UpdateToken"])


def test_update_keeps_the_order(firewalls: Firewalls) -> None:
    """V: aws/aws-cli#7301, Rules for a group in strict order: "parameter is invalid"."""
    arn = firewalls.group()
    token = described(firewalls, arn)["UpdateToken"]
    refused = error_of(firewalls.nfw.update_rule_group, RuleGroupArn=arn, UpdateToken=token, Rules=rule("a.example", 1))
    assert refused == ("InvalidRequestException", "parameter is invalid")


def test_group_in_use_is_not_deleted(emulator: Emulator, firewalls: Firewalls) -> None:
    """V: terraform-provider-aws retries on this text, also for a moment after the policy's deletion."""
    arn = firewalls.group()
    firewalls.policy(arn)
    assert described(firewalls, arn)["RuleGroupResponse"]["NumberOfAssociations"] == 1
    in_use = ("InvalidOperationException", "Unable to delete the object because it is still in use")
    assert error_of(firewalls.nfw.delete_rule_group, RuleGroupArn=arn) == in_use
    emulator.control("POST", "settings", {"transition": {"network-firewall-resource": 100}})
    firewalls.nfw.delete_firewall_policy(FirewallPolicyName="central")
    assert error_of(firewalls.nfw.delete_rule_group, RuleGroupArn=arn) == in_use

    def gone() -> bool:
        return firewalls.nfw.list_firewall_policies()["FirewallPolicies"] == []

    wait_for(gone, True)
    deleted = firewalls.nfw.delete_rule_group(RuleGroupArn=arn)["RuleGroupResponse"]
    assert deleted["RuleGroupStatus"] == "DELETING"
    wait_for(lambda: firewalls.nfw.list_rule_groups()["RuleGroups"], [])
    assert error_of(firewalls.nfw.describe_rule_group, RuleGroupArn=arn)[0] == "ResourceNotFoundException"


def test_lists_have_pages_and_types(firewalls: Firewalls) -> None:
    """D: API_ListRuleGroups."""
    for number in range(3):
        firewalls.group(f"group-{number}")
    stateless(firewalls)
    first = firewalls.nfw.list_rule_groups(MaxResults=3)
    assert [group["Name"] for group in first["RuleGroups"]] == ["group-0", "group-1", "group-2"]
    second = firewalls.nfw.list_rule_groups(MaxResults=3, NextToken=first["NextToken"])
    assert [group["Name"] for group in second["RuleGroups"]] == ["stateless"]
    assert "NextToken" not in second
    assert len(firewalls.nfw.list_rule_groups(Type="STATEFUL")["RuleGroups"]) == 3


def test_managed_groups_are_listed_and_described(firewalls: Firewalls) -> None:
    """D: nwfw-managed-rule-groups.html; each in both orders."""
    listed = firewalls.nfw.list_rule_groups(Scope="MANAGED", ManagedType="AWS_MANAGED_DOMAIN_LISTS")["RuleGroups"]
    assert f"{MANAGED}MalwareDomainsStrictOrder" in [group["Arn"] for group in listed]
    metadata = firewalls.nfw.describe_rule_group_metadata(RuleGroupArn=f"{MANAGED}MalwareDomainsStrictOrder")
    assert metadata["StatefulRuleOptions"] == STRICT
    firewalls.policy(f"{MANAGED}MalwareDomainsStrictOrder")


def test_name_is_taken_once(firewalls: Firewalls) -> None:
    """D: the model's only code that fits is InvalidRequestException (floci-io/floci#3198); U: the text."""
    firewalls.group()
    expected = ("InvalidRequestException", "A resource with the specified name already exists")
    assert error_of(firewalls.group) == expected


def test_fifty_groups_of_an_account(firewalls: Firewalls) -> None:
    """D: quotas.html; the code: the model's LimitExceededException."""
    for number in range(50):
        firewalls.group(f"group-{number}")
    assert error_of(firewalls.group, name="one-more")[0] == "LimitExceededException"


def test_summary_has_what_its_configuration_asks_for(firewalls: Firewalls) -> None:
    """D: API_DescribeRuleGroupSummary."""
    rules = 'pass tls any any -> any 443 (msg:"payments"; metadata:owner team; sid:7;)'
    arn = firewalls.group(rules=rules, SummaryConfiguration={"RuleOptions": ["SID", "MSG"]})
    summary = firewalls.nfw.describe_rule_group_summary(RuleGroupArn=arn, Type="STATEFUL")["Summary"]
    assert summary == {"RuleSummaries": [{"SID": "7", "Msg": "payments"}]}


def test_shared_group_is_used_by_the_other_account(emulator: Emulator, firewalls: Firewalls) -> None:
    """D: API_PutResourcePolicy; InvalidResourcePolicyException of its model."""
    hub = Firewalls(emulator, HUB)
    arn = hub.group()
    with pytest.raises(firewalls.nfw.exceptions.InvalidRequestException, match="rule group ARN is invalid"):
        firewalls.policy(arn)
    put = hub.nfw.put_resource_policy
    assert error_of(put, ResourceArn=arn, Policy="no policy")[0] == "InvalidResourcePolicyException"
    document = f'{{"Statement": [{{"Effect": "Allow", "Principal": {{"AWS": "{SPOKE}"}}, "Action": "*"}}]}}'
    put(ResourceArn=arn, Policy=document)
    assert hub.nfw.describe_resource_policy(ResourceArn=arn)["Policy"] == document
    firewalls.policy(arn)
    hub.nfw.delete_resource_policy(ResourceArn=arn)
    assert error_of(hub.nfw.describe_resource_policy, ResourceArn=arn)[0] == "ResourceNotFoundException"


def test_group_shared_by_ram_is_used_by_the_other_account(emulator: Emulator, firewalls: Firewalls) -> None:
    """D: https://docs.aws.amazon.com/ram/latest/userguide/shareable.html, network-firewall:StatefulRuleGroup."""
    hub = Firewalls(emulator, HUB)
    arn = hub.group()
    ram = emulator.client(HUB, "ram")
    share = ram.create_resource_share(name="rules", resourceArns=[arn], principals=[SPOKE])["resourceShare"]
    resource = ram.list_resources(resourceOwner="SELF")["resources"][0]
    assert (resource["arn"], resource["type"]) == (arn, "network-firewall:StatefulRuleGroup")
    firewalls.policy(arn)
    assert described(hub, arn)["RuleGroupResponse"]["NumberOfAssociations"] == 1
    ram.delete_resource_share(resourceShareArn=share["resourceShareArn"])
    with pytest.raises(firewalls.nfw.exceptions.InvalidRequestException, match="rule group ARN is invalid"):
        firewalls.policy(arn, name="other")


def test_tags_of_a_group(firewalls: Firewalls) -> None:
    """D: API_TagResource, API_UntagResource, API_ListTagsForResource; 50 tags of a resource."""
    arn = firewalls.group(Tags=[{"Key": "a", "Value": "1"}])
    firewalls.nfw.tag_resource(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "3"}])
    firewalls.nfw.untag_resource(ResourceArn=arn, TagKeys=["b", "c"])
    assert firewalls.nfw.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "3"}]
    many = [{"Key": f"k{number}", "Value": ""} for number in range(50)]
    assert error_of(firewalls.nfw.tag_resource, ResourceArn=arn, Tags=many)[0] == "InvalidRequestException"
    unknown = f"{arn}-none"
    assert error_of(firewalls.nfw.list_tags_for_resource, ResourceArn=unknown)[0] == "ResourceNotFoundException"
