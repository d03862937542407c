# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import botocore.session
import pytest
from botocore.validate import ParamValidator

from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import policy, rules

ARN = "arn:aws:network-firewall:eu-central-1:111122223333:stateful-rulegroup/"
OURS = {"allow-1": f"{ARN}egress-allow-1", "deny": f"{ARN}egress-deny"}
MANAGED = ["arn:aws:network-firewall:eu-central-1:aws-managed:stateful-rulegroup/ThreatSignaturesBotnetStrictOrder"]
HOME = ["10.0.0.0/8"]


@pytest.mark.parametrize("mode", [rules.ENFORCE, rules.MONITOR])
@pytest.mark.parametrize(
    ("build", "operation", "noun"),
    [
        (policy.classic, "CreateFirewallPolicy", "FirewallPolicy"),
        (policy.next_generation, "CreateFirewallPolicyV2", "FirewallPolicyV2"),
    ],
)
def test_documents_are_as_the_services_model_has_them(mode, build, operation, noun):
    model = botocore.session.get_session().get_service_model("network-firewall")
    arguments = {f"{noun}Name": "egress", noun: build(OURS, MANAGED, HOME, mode)}
    shape = model.operation_model(operation).input_shape
    assert ParamValidator().validate(arguments, shape).generate_report() == ""


def test_managed_groups_come_first_and_denying_last():
    document = policy.classic(OURS, MANAGED, HOME, rules.ENFORCE)
    references = document["StatefulRuleGroupReferences"]
    assert [reference["ResourceArn"] for reference in references] == [*MANAGED, *OURS.values()]
    assert [reference["Priority"] for reference in references] == [100, 200, 300]


def test_what_no_rule_decides_is_dropped_and_logged():
    document = policy.classic(OURS, MANAGED, HOME, rules.ENFORCE)
    assert document["StatefulDefaultActions"] == [
        "aws:drop_established_app_layer_to_server",
        "aws:alert_established_app_layer_to_server",
    ]
    assert document["StatefulEngineOptions"] == {"RuleOrder": "STRICT_ORDER", "StreamExceptionPolicy": "REJECT"}


def test_monitor_drops_nothing_anywhere():
    document = policy.classic(OURS, MANAGED, HOME, rules.MONITOR)
    assert document["StatefulDefaultActions"] == ["aws:alert_established_app_layer_to_server"]
    assert document["StatefulEngineOptions"]["StreamExceptionPolicy"] == "CONTINUE"
    overrides = [reference.get("Override") for reference in document["StatefulRuleGroupReferences"]]
    assert overrides == [{"Action": "DROP_TO_ALERT"}, None, None]


def test_a_next_generation_policy_has_managed_groups_in_its_other_engine():
    document = policy.next_generation(OURS, MANAGED, HOME, rules.MONITOR)
    assert [entry["Priority"] for entry in document["FirewallRuleGroupEntries"]] == [100, 200]
    assert document["IpsRuleGroupEntries"] == [{"ResourceArn": MANAGED[0]}]
    assert (document["PolicyMode"], document["FirewallDefaultAction"]) == ("MONITOR", "DROP")
    assert "IpsRuleGroupEntries" not in policy.next_generation(OURS, [], HOME, rules.ENFORCE)
