# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Classic firewall policies. D: AWS's documentation or API model; V: seen on AWS; [pf]: badmintoncryer/cdk-preflight's
trials on AWS; U: not verified.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.conftest import SPOKE, Emulator, error_of
from tests.emulator.firewalls import FORWARD, STRICT, Firewalls, rule

DEFAULTS = ["aws:drop_established_app_layer_to_server", "aws:alert_established_app_layer_to_server"]
MANAGED = "arn:aws:network-firewall:eu-central-1:aws-managed:stateful-rulegroup/MalwareDomains"


@pytest.fixture
def firewalls(emulator: Emulator) -> Firewalls:
    return Firewalls(emulator)


def described(firewalls: Firewalls) -> dict[str, Any]:
    return firewalls.nfw.describe_firewall_policy(FirewallPolicyName="central")


def refusal(firewalls: Firewalls, *group_arns: str, **members: Any) -> str:
    code, text = error_of(lambda: firewalls.policy(*group_arns, **members))
    assert code == "InvalidRequestException"
    return text


def test_policy_reserves_its_groups_capacity(firewalls: Firewalls) -> None:
    """D: nwfw-rule-group-capacity.html, "Network Firewall reserves this capacity"; API_FirewallPolicyResponse."""
    one, two = firewalls.group("one", Capacity=300), firewalls.group("two", Capacity=400)
    arn = firewalls.policy(one, two, StatefulDefaultActions=DEFAULTS)
    assert arn == f"arn:aws:network-firewall:eu-central-1:{SPOKE}:firewall-policy/central"
    policy = described(firewalls)
    response = policy["FirewallPolicyResponse"]
    assert (response["ConsumedStatefulRuleCapacity"], response["ConsumedStatelessRuleCapacity"]) == (700, 0)
    assert (response["FirewallPolicyStatus"], response["NumberOfAssociations"]) == ("ACTIVE", 0)
    assert policy["FirewallPolicy"]["StatefulDefaultActions"] == DEFAULTS


def test_stream_exception_policy_has_a_default(firewalls: Firewalls) -> None:
    """D: stream-exception-policy.html: DROP."""
    firewalls.policy()
    expected = STRICT | {"StreamExceptionPolicy": "DROP"}
    assert described(firewalls)["FirewallPolicy"]["StatefulEngineOptions"] == expected
    other = STRICT | {"StreamExceptionPolicy": "REJECT"}
    firewalls.nfw.delete_firewall_policy(FirewallPolicyName="central")
    firewalls.policy(StatefulEngineOptions=other)
    assert described(firewalls)["FirewallPolicy"]["StatefulEngineOptions"] == other


@pytest.mark.parametrize(
    "mixed",
    [
        ["aws:drop_strict", "aws:drop_established"],
        ["aws:drop_strict", "aws:drop_established_app_layer"],
        ["aws:drop_established", "aws:alert_established_app_layer"],
        ["aws:drop_established_app_layer_to_server", "aws:alert_established"],
        ["aws:alert_established", "aws:alert_established_app_layer"],
    ],
)
def test_default_actions_that_exclude_each_other(firewalls: Firewalls, mixed: list[str]) -> None:
    """[pf]: policy-stateful-default-compatible, policy-stateful-default-one-drop."""
    name = "StatefulDefaultActions"
    text = f"{name} cannot exist together, parameter: [{', '.join(mixed)}], context: {name}"
    assert refusal(firewalls, StatefulDefaultActions=mixed) == text


@pytest.mark.parametrize(
    "allowed",
    [
        ["aws:drop_established", "aws:alert_established"],
        ["aws:drop_established_app_layer", "aws:alert_established_app_layer"],
        ["aws:drop_strict", "aws:alert_strict", "aws:alert_established"],
        [],
    ],
)
def test_default_actions_that_go_together(firewalls: Firewalls, allowed: list[str]) -> None:
    """[pf]: "a pair inside one family is accepted and the two aws:*_strict actions sit next to either family"."""
    firewalls.policy(StatefulDefaultActions=allowed)


def test_default_actions_need_strict_order(firewalls: Firewalls) -> None:
    """[pf], policy-stateful-default-strict-order: also without StatefulEngineOptions."""
    text = (
        "StatefulDefaultActions has invalid rule order, parameter: [DEFAULT_ACTION_ORDER], "
        "context: StatefulDefaultActions"
    )
    assert refusal(firewalls, StatefulDefaultActions=DEFAULTS, StatefulEngineOptions={}) == text
    assert "is invalid, parameter: [aws:drop]" in refusal(firewalls, StatefulDefaultActions=["aws:drop"])


def test_priorities_in_strict_order(firewalls: Firewalls) -> None:
    """[pf]: policy-stateful-priority-strict-order, policy-stateful-priority-unique."""
    one, two = firewalls.group("one"), firewalls.group("two")
    none = [{"ResourceArn": one}]
    text = "Priority cannot be null, context: StatefulRuleGroupReferences[0]"
    assert refusal(firewalls, StatefulRuleGroupReferences=none) == text
    twice = [{"ResourceArn": arn, "Priority": 1} for arn in (one, two)]
    text = "Priority has duplicate values, parameter: [1], context: StatefulRuleGroupReferences[Priority=1]"
    assert refusal(firewalls, StatefulRuleGroupReferences=twice) == text


def test_no_priorities_in_default_order(firewalls: Firewalls) -> None:
    """V: ministryofjustice/modernisation-platform#3199 quotes the text."""
    default = {"RuleOrder": "DEFAULT_ACTION_ORDER"}
    arn = firewalls.group(group={"StatefulRuleOptions": default})
    text = "Priority cannot be provided, parameter: [1], context: StatefulRuleGroupReferences[0][Priority=1]"
    assert refusal(firewalls, arn, StatefulEngineOptions=default) == text
    references = [{"ResourceArn": arn}]
    firewalls.policy(StatefulEngineOptions=default, StatefulRuleGroupReferences=references)


def test_order_of_group_and_policy_is_the_same(firewalls: Firewalls) -> None:
    """[pf], policy-rule-order-match: "the service rejects the mismatch either way round"."""
    text = "ResourceArn has invalid rule order, context: StatefulRuleGroupReferences[0].ResourceArn"
    default = firewalls.group("one", group={"StatefulRuleOptions": {"RuleOrder": "DEFAULT_ACTION_ORDER"}})
    assert refusal(firewalls, default) == text
    assert refusal(firewalls, f"{MANAGED}ActionOrder") == text
    references = [{"ResourceArn": firewalls.group("two")}]
    assert refusal(firewalls, StatefulEngineOptions={}, StatefulRuleGroupReferences=references) == text


def test_groups_exist_and_have_the_right_type(firewalls: Firewalls) -> None:
    """[pf], policy-rulegroup-arn-region; V: hashicorp/terraform-provider-aws#35948; U: a group that is named twice."""
    arn = firewalls.group()
    assert refusal(firewalls, f"{arn}-none").startswith("rule group ARN is invalid")
    assert refusal(firewalls, arn.replace("eu-central-1", "eu-west-1")).startswith("rule group ARN is invalid")
    text = f"rule group ARN is of incorrect entity type, parameter: [{arn}]"
    assert refusal(firewalls, StatelessRuleGroupReferences=[{"ResourceArn": arn, "Priority": 1}]) == text
    assert refusal(firewalls, arn, arn).startswith("ResourceArn has duplicate values")


def test_override_is_for_managed_groups(firewalls: Firewalls) -> None:
    """[pf], policy-override-managed-only."""
    override = {"Action": "DROP_TO_ALERT"}
    own = [{"ResourceArn": firewalls.group(), "Priority": 1, "Override": override}]
    assert refusal(firewalls, StatefulRuleGroupReferences=own).startswith("rule group must be a managed resource")
    managed = [{"ResourceArn": f"{MANAGED}StrictOrder", "Priority": 1, "Override": override}]
    firewalls.policy(StatefulRuleGroupReferences=managed)


def test_twenty_groups_and_30000_units(firewalls: Firewalls) -> None:
    """[pf]: policy-stateful-refs-max, policy-stateless-capacity-sum (of stateful groups by analogy); D: quotas.html."""
    arns = [firewalls.group(f"group-{number}", Capacity=1500) for number in range(21)]
    text = "StatefulRuleGroupReferences limit exceeded, parameter: [21], context: StatefulRuleGroupReferences"
    assert refusal(firewalls, *arns) == text
    firewalls.policy(*arns[:20])
    big = firewalls.group("big", Capacity=1501)
    text = "StatefulRuleGroupReferences capacity exceeded, parameter: [30001], context: StatefulRuleGroupReferences"
    assert refusal(firewalls, *arns[:19], big, name="other") == text


def test_home_net_is_the_only_policy_variable(firewalls: Firewalls) -> None:
    """[pf], policy-variables-home-net-only: "even EXTERNAL_NET ... is rejected here"; U: what is no CIDR block."""

    def variables(name: str, *blocks: str) -> dict[str, Any]:
        return {"PolicyVariables": {"RuleVariables": {name: {"Definition": list(blocks)}}}}

    text = (
        "RuleVariables is invalid, parameter: [EXTERNAL_NET], context: PolicyVariables.RuleVariables.IPSet.EXTERNAL_NET"
    )
    assert refusal(firewalls, **variables("EXTERNAL_NET", "10.0.0.0/8")) == text
    assert refusal(firewalls, **variables("HOME_NET", "10.0.0.0/33")).startswith("Definition is invalid")
    firewalls.policy(**variables("HOME_NET", "10.0.0.0/8", "2001:db8::/32", "192.0.2.1"))


@pytest.mark.parametrize(
    ("actions", "text"),
    [
        ([], "StatelessDefaultActions cannot be null or empty, context: StatelessDefaultActions"),
        (["mine"], "StatelessDefaultActions cannot be null or empty, context: StatelessDefaultActions"),
        (["aws:pass", "aws:drop"], "StatelessDefaultActions cannot exist together, parameter: [aws:pass, aws:drop]"),
        (["aws:pass", "mine"], "StatelessDefaultActions is invalid, parameter: [mine]"),
    ],
)
def test_stateless_default_actions(firewalls: Firewalls, actions: list[str], text: str) -> None:
    """[pf]: policy-stateless-default-action-standard, policy-custom-action-defined."""
    assert refusal(firewalls, StatelessDefaultActions=actions).startswith(text)


def test_custom_action_is_defined_in_the_policy(firewalls: Firewalls) -> None:
    """[pf]: ["aws:pass", "MyAct"] with MyAct defined "is accepted"."""
    metric = {"PublishMetricAction": {"Dimensions": [{"Value": "seen"}]}}
    custom = [{"ActionName": "mine", "ActionDefinition": metric}]
    firewalls.policy(StatelessDefaultActions=["aws:pass", "mine"], StatelessCustomActions=custom)


def test_session_holding_needs_tls_inspection(firewalls: Firewalls) -> None:
    """D: API_FirewallPolicy, "Requires an associated TLS Inspection configuration"; U: the text."""
    assert "TLSInspectionConfigurationArn" in refusal(firewalls, EnableTLSSessionHolding=True)


def test_update_needs_the_current_token(firewalls: Firewalls) -> None:
    """D: API_UpdateFirewallPolicy."""
    firewalls.policy()
    first = described(firewalls)["UpdateToken"]
    arn = firewalls.group()
    references = [{"ResourceArn": arn, "Priority": 7}]
    definition = FORWARD | {"StatefulEngineOptions": STRICT, "StatefulRuleGroupReferences": references}
    update = firewalls.nfw.update_firewall_policy
    parameters = {"FirewallPolicyName": "central", "FirewallPolicy": definition}
    dry = update(UpdateToken=first, DryRun=True, **parameters)["FirewallPolicyResponse"]
    assert dry["ConsumedStatefulRuleCapacity"] == 100
    assert described(firewalls)["FirewallPolicy"].get("StatefulRuleGroupReferences", []) == []
    second = update(UpdateToken=first, **parameters)["UpdateToken"]
    assert second != first
    assert described(firewalls)["FirewallPolicy"]["StatefulRuleGroupReferences"] == references
    assert error_of(update, UpdateToken=first, **parameters)[0] == "InvalidTokenException"


def test_order_of_a_policy_stays(firewalls: Firewalls) -> None:
    """D: suricata-rule-evaluation-order.html; U: code and text."""
    firewalls.policy()
    token = described(firewalls)["UpdateToken"]
    update = firewalls.nfw.update_firewall_policy
    refused = error_of(update, FirewallPolicyName="central", UpdateToken=token, FirewallPolicy=FORWARD)
    assert refused[0] == "InvalidRequestException"


def test_dry_run_creates_nothing(firewalls: Firewalls) -> None:
    """D: API_CreateFirewallPolicy, DryRun."""
    create = firewalls.nfw.create_firewall_policy
    answer = create(FirewallPolicyName="dry", FirewallPolicy=FORWARD, DryRun=True)
    assert answer["FirewallPolicyResponse"]["FirewallPolicyName"] == "dry"
    assert firewalls.nfw.list_firewall_policies()["FirewallPolicies"] == []


def test_policy_of_a_firewall_is_not_deleted(firewalls: Firewalls) -> None:
    """V: terraform-provider-aws retries on this text."""
    firewalls.create(firewalls.policy())
    in_use = ("InvalidOperationException", "Unable to delete the object because it is still in use")
    assert described(firewalls)["FirewallPolicyResponse"]["NumberOfAssociations"] == 1
    assert error_of(firewalls.nfw.delete_firewall_policy, FirewallPolicyName="central") == in_use
    firewalls.nfw.delete_firewall(FirewallName="egress")
    firewalls.nfw.delete_firewall_policy(FirewallPolicyName="central")
    assert error_of(lambda: described(firewalls))[0] == "ResourceNotFoundException"


def test_twenty_policies_of_an_account(firewalls: Firewalls) -> None:
    """D: quotas.html; the code: the model's LimitExceededException."""
    for number in range(20):
        firewalls.policy(name=f"policy-{number}")
    assert error_of(lambda: firewalls.policy())[0] == "LimitExceededException"


def test_tls_inspection_configuration_is_in_use(firewalls: Firewalls) -> None:
    """D: API_CreateTLSInspectionConfiguration; [pf]: tls-cert-or-ca-required, tls-scopes-required."""
    create = firewalls.nfw.create_tls_inspection_configuration
    scope = {"Protocols": [6]}
    certificate = {"CertificateAuthorityArn": f"arn:aws:acm:eu-central-1:{SPOKE}:certificate/x", "Scopes": [scope]}

    def configuration(one: dict[str, Any]) -> dict[str, Any]:
        definition = {"ServerCertificateConfigurations": [one]}
        return {"TLSInspectionConfigurationName": "tls", "TLSInspectionConfiguration": definition}

    assert error_of(create, **configuration({"Scopes": [scope]}))[0] == "InvalidRequestException"
    assert error_of(create, **configuration(certificate | {"Scopes": []}))[0] == "InvalidRequestException"
    made = create(**configuration(certificate))["TLSInspectionConfigurationResponse"]
    arn = made["TLSInspectionConfigurationArn"]
    firewalls.policy(TLSInspectionConfigurationArn=arn, EnableTLSSessionHolding=True)
    delete = firewalls.nfw.delete_tls_inspection_configuration
    assert error_of(delete, TLSInspectionConfigurationName="tls")[0] == "InvalidOperationException"
    firewalls.nfw.delete_firewall_policy(FirewallPolicyName="central")
    delete(TLSInspectionConfigurationName="tls")
    assert firewalls.nfw.list_tls_inspection_configurations()["TLSInspectionConfigurations"] == []


def test_rules_of_another_group_do_not_matter(firewalls: Firewalls) -> None:
    """D: the same sid in two groups of one policy (aws-security-services-best-practices, network-firewall)."""
    firewalls.policy(firewalls.group("one", rule("a.example", 1)), firewalls.group("two", rule("b.example", 1)))
