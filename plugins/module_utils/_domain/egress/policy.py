# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documents of firewall policies over the rule groups of egress: classic in strict order, and Next Generation.

Managed rule groups come first: what they drop must not pass because an entry allows its name. In strict order a rule
that passes ends the evaluation (suricata-rule-evaluation-order).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .parts import MONITOR

# Steps between priorities, so that others can put theirs in between.
STEP = 100
DEFAULT = "established_app_layer_to_server"


def classic(arns: Mapping[str, Any], managed: Sequence[str], home_net: Sequence[str], mode: str) -> dict[str, Any]:
    """Return a FirewallPolicy.

    arns: of the rule groups by name, in the order of `Ruleset.rule_groups`; managed: ARNs of AWS's or partners'.
    In mode monitor nothing is dropped: managed groups only alert, too, and a connection that began elsewhere goes on.
    """
    monitor = mode == MONITOR
    override = {"Override": {"Action": "DROP_TO_ALERT"}} if monitor else {}
    references = [{"ResourceArn": arn, **override} for arn in managed] + [{"ResourceArn": arn} for arn in arns.values()]
    return {
        "StatelessDefaultActions": ["aws:forward_to_sfe"],
        "StatelessFragmentDefaultActions": ["aws:forward_to_sfe"],
        "StatefulRuleGroupReferences": _prioritized(references),
        # Without alert, what drop drops isn't logged.
        "StatefulDefaultActions": [*([] if monitor else [f"aws:drop_{DEFAULT}"]), f"aws:alert_{DEFAULT}"],
        "StatefulEngineOptions": {
            "RuleOrder": "STRICT_ORDER",
            "StreamExceptionPolicy": "CONTINUE" if monitor else "REJECT",
        },
        "PolicyVariables": _variables(home_net),
    }


def next_generation(
    arns: Mapping[str, Any], managed: Sequence[str], home_net: Sequence[str], mode: str
) -> dict[str, Any]:
    """Return a FirewallPolicyV2; managed rule groups are those of its IPS engine, which has no priorities.

    Its stream exception policy has no CONTINUE; that monitor mode stops none of its drops is not verified.
    """
    return {
        "FirewallRuleGroupEntries": _prioritized([{"ResourceArn": arn} for arn in arns.values()]),
        **({"IpsRuleGroupEntries": [{"ResourceArn": arn} for arn in managed]} if managed else {}),
        "PolicyMode": "MONITOR" if mode == MONITOR else "ENFORCE",
        "FirewallDefaultAction": "DROP",
        "StatefulEngineOptions": {"StreamExceptionPolicy": "REJECT"},
        "PolicyVariables": _variables(home_net),
    }


def _prioritized(references: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**reference, "Priority": STEP * (index + 1)} for index, reference in enumerate(references)]


def _variables(home_net: Sequence[str]) -> dict[str, Any]:
    return {"RuleVariables": {"HOME_NET": {"Definition": list(home_net)}}}
