# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Network Firewall refuses beyond Suricata, as the emulator knows it: ids, keywords, lengths, variables."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import rules
from emulator.networkfirewall.errors import NetworkFirewallError
from emulator.networkfirewall.models import next_generation, suricata

from .test_declared import EGRESS


def definition(group: rules.RuleGroup) -> dict:
    sets = {name: {"Definition": list(cidrs)} for name, cidrs in group.variables.items()}
    return {"RulesSource": {"RulesString": group.rules}, "RuleVariables": {"IPSets": sets}}


@pytest.mark.parametrize("mode", [rules.ENFORCE, rules.MONITOR])
@pytest.mark.parametrize("action", [rules.REJECT, rules.DROP])
def test_rules_of_both_generations_are_taken(mode, action):
    for group in rules.compile(EGRESS, mode, action).rule_groups.values():
        suricata.check(suricata.rules_of(group.rules), next_generation.declared(definition(group)), set(), strict=True)
    for group in rules.compile(EGRESS, mode, action, generation=rules.V2).rule_groups.values():
        assert next_generation.check_firewall_group(definition(group)) == group.used


def test_a_rule_that_is_refused():
    group = rules.compile(EGRESS).rule_groups["deny"]
    for old, new in (("sid:", "gid:7; sid:"), ("sid:", "priority:1; sid:"), ("reject tcp", "reject udp")):
        changed = suricata.rules_of(group.rules.replace(old, new))
        with pytest.raises(NetworkFirewallError):
            suricata.check(changed, next_generation.declared(definition(group)), set(), strict=True)
