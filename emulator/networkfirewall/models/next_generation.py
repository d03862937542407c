# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rule groups of Next Generation policies: rules of the firewall engine and of the IPS engine.

https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_FirewallRule.html, API_FirewallRuleGroup.html,
API_IpsRuleGroup.html. Texts of errors are not verified. A rule of the firewall engine is written as Suricata's
firewall mode has it: "accept:flow tls:client_hello $SRC any -> any 443 (...; sid:1;)".
"""

from __future__ import annotations

from typing import Any

from emulator.networkfirewall.errors import invalid_request
from emulator.networkfirewall.models import suricata

SCOPES = ("packet", "hook", "tx", "flow")
ACTIONS = ("accept", "drop", "reject", "rejectdst", "rejectboth")
# "ACCEPT supports all four scopes, and DROP, REJECT, REJECT_DST, and REJECT_BOTH support only PACKET and FLOW."
SCOPES_OF_BLOCKS = ("packet", "flow")
SOURCES = ("RulesString", "FirewallRules", "RulesSourceList")


def check_firewall_group(definition: dict[str, Any], inline: bool = False) -> int:
    """Return the capacity that a group of the firewall engine needs; refuses it as the API's reference says.

    inline: the group is embedded in a policy.
    """
    source = definition["RulesSource"]
    if len(set(source) & set(SOURCES)) != 1:
        raise invalid_request(f"{', '.join(SOURCES)} must set exactly one of them", context="RulesSource")
    if (definition.get("ReferenceSets") or {}).get("IPSetReferences"):
        # "Firewall engine rule groups don't support IP set references"
        raise invalid_request("ReferenceSets cannot be provided", context="ReferenceSets")
    if targets := source.get("RulesSourceList"):
        if inline:
            raise invalid_request("RulesSourceList cannot be provided", context="InlineRuleGroup.RulesSource")
        return len(targets["Targets"]) * len(targets["TargetTypes"]) + len(targets["TargetTypes"]) + 1
    for number, rule in enumerate(source.get("FirewallRules") or []):
        _check_structured(rule, f"RulesSource.FirewallRules[{number}]")
    rules = firewall_rules(source)
    suricata.check(rules, declared(definition), set(), strict=False, mode=FIREWALL_MODE)
    return len(rules)


def check_ips_group(definition: dict[str, Any]) -> int:
    """Return the capacity that a group of the IPS engine needs; its rules are those of classic groups."""
    source = definition["RulesSource"]
    if "RulesString" not in source:
        raise invalid_request("RulesString cannot be null", context="RulesSource.RulesString")
    rules = suricata.rules_of(source["RulesString"])
    references = set((definition.get("ReferenceSets") or {}).get("IPSetReferences") or {})
    suricata.check(rules, declared(definition), references, strict=False)
    return len(rules)


def declared(definition: dict[str, Any]) -> dict[str, list[str]]:
    """Return the values of a group's variables by name."""
    variables = definition.get("RuleVariables") or {}
    return {
        name: one.get("Definition") or []
        for kind in ("IPSets", "PortSets")
        for name, one in (variables.get(kind) or {}).items()
    }


def _check_structured(rule: dict[str, Any], path: str) -> None:
    hook, protocol = rule["Hook"], rule["Protocol"]
    if not hook.startswith(f"{protocol}_"):
        # "Network Firewall rejects a rule whose protocol doesn't match its hook."
        raise invalid_request("Protocol doesn't match Hook", f"{protocol}, {hook}", path)
    if rule.get("BypassIPSEnabled") and (rule["Action"] != "ACCEPT" or rule["ActionScope"] not in ("FLOW", "PACKET")):
        # "You can set the bypass only on accept rules ... only the flow and packet scopes support a bypass."
        raise invalid_request("BypassIPSEnabled cannot be provided", context=path)


def firewall_rules(source: dict[str, Any]) -> list[suricata.Rule]:
    """Return the rules of a source as text, without those that are disabled."""
    if "FirewallRules" in source:
        return [suricata.Rule(text_of(rule)) for rule in source["FirewallRules"] if _is_enabled(rule)]
    return suricata.rules_of(source.get("RulesString") or "")


def _is_enabled(rule: dict[str, Any]) -> bool:
    return (rule.get("RuleMetadata") or {}).get("RuleEnabled") is not False


def text_of(rule: dict[str, Any]) -> str:
    """Return a structured rule as text; that AWS writes it so is not verified."""
    action = f"{rule['Action'].lower().replace('_', '')}:{rule['ActionScope'].lower()}"
    protocol = rule["Protocol"].lower()
    hook = rule["Hook"].removeprefix(f"{rule['Protocol']}_").lower()
    ends = [rule.get(name) or "any" for name in ("SourceIPs", "SourcePorts", "DestIPs", "DestPorts")]
    source, source_port, destination, port = ("any" if end.upper() == "ANY" else end for end in ends)
    options = [
        f"{option['Keyword']}:{','.join(option['Settings'])};" if option.get("Settings") else f"{option['Keyword']};"
        for option in rule.get("RuleOptions") or []
    ]
    head = f"{action} {protocol}:{hook} {source} {source_port} -> {destination} {port}"
    return f"{head} ({' '.join(options)})"


def rules_string(source: dict[str, Any]) -> str:
    """Return a source's rules as RuleOutputFormat RULES_STRING gives them: disabled ones as comments."""
    lines = []
    for rule in source.get("FirewallRules") or []:
        description = (rule.get("RuleMetadata") or {}).get("RuleDescription") or ""
        lines += [f"# {line}" for line in description.splitlines()]
        lines.append(text_of(rule) if _is_enabled(rule) else f"# {text_of(rule)}")
    return "\n".join(lines)


def action_problem(rule: suricata.Rule) -> str | None:
    action, _, scope = rule.action.partition(":")
    if action not in ACTIONS:
        return f"Action {rule.action} is not supported"
    allowed = SCOPES if action == "accept" else SCOPES_OF_BLOCKS
    return None if scope in allowed else f"Action scope {scope} is not supported for {action}"


# Checks in the place of those of classic rules.
FIREWALL_MODE = {"action": action_problem}
