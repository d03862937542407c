# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS managed rule groups: names of https://docs.aws.amazon.com/network-firewall/latest/developerguide/nwfw-managed-rule-groups.html

Their rules are AWS's; here each has none, and an assumed capacity.
"""

from __future__ import annotations

from functools import cache

from emulator.networkfirewall.models.rule_groups import DEFAULT_ORDER, STRICT_ORDER, RuleGroup

ACCOUNT = "aws-managed"
CAPACITY = 200
_KINDS = {
    "AWS_MANAGED_DOMAIN_LISTS": (
        "AbusedLegitBotNetCommandAndControlDomains",
        "AbusedLegitMalwareDomains",
        "BotNetCommandAndControlDomains",
        "MalwareDomains",
    ),
    "AWS_MANAGED_THREAT_SIGNATURES": (
        "ThreatSignaturesBotnet",
        "ThreatSignaturesBotnetWeb",
        "ThreatSignaturesBotnetWindows",
        "ThreatSignaturesDoS",
        "ThreatSignaturesEmergingEvents",
        "ThreatSignaturesExploits",
        "ThreatSignaturesFUP",
        "ThreatSignaturesIOC",
        "ThreatSignaturesMalware",
        "ThreatSignaturesMalwareCoinmining",
        "ThreatSignaturesMalwareMobile",
        "ThreatSignaturesMalwareWeb",
        "ThreatSignaturesPhishing",
        "ThreatSignaturesScanners",
        "ThreatSignaturesSuspect",
        "ThreatSignaturesWebAttacks",
    ),
    "ACTIVE_THREAT_DEFENSE": ("AttackInfrastructure",),
}
_ORDERS = {"ActionOrder": DEFAULT_ORDER, "StrictOrder": STRICT_ORDER}


@cache
def managed_groups(region: str) -> dict[str, tuple[RuleGroup, str]]:
    """Return {ARN: (rule group, ManagedType)} of the region's managed rule groups."""
    found = {}
    for kind, names in _KINDS.items():
        for name in names:
            for suffix, order in _ORDERS.items():
                group = RuleGroup(ACCOUNT, region, name + suffix, {"Type": "STATEFUL", "Capacity": CAPACITY})
                group.definition = {"RulesSource": {}, "StatefulRuleOptions": {"RuleOrder": order}}
                found[group.arn] = (group, kind)
    return found
