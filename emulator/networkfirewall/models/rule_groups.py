# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rule groups of classic policies: their sources of rules, capacity, and what is refused.

https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_RuleGroup.html; capacity:
https://docs.aws.amazon.com/network-firewall/latest/developerguide/nwfw-rule-group-capacity.html
"""

from __future__ import annotations

import copy
from math import prod
from typing import Any

from emulator.networkfirewall.errors import invalid_request
from emulator.networkfirewall.models import next_generation, suricata
from emulator.networkfirewall.models.resource import Resource
from emulator.networkfirewall.models.stateless import check_stateless

MAX_CAPACITY, MAX_REFERENCES = 30_000, 5
STATEFUL_SOURCES = ("RulesString", "RulesSourceList", "StatefulRules")
DEFAULT_ORDER, STRICT_ORDER = "DEFAULT_ACTION_ORDER", "STRICT_ORDER"


def given(value: dict[str, Any] | None) -> dict[str, Any]:
    """Return the members that a request gives."""
    return {name: member for name, member in (value or {}).items() if member is not None}


class RuleGroup(Resource):
    """A rule group of any type; `definition` is the request's RuleGroup, FirewallRuleGroup or IpsRuleGroup."""

    def __init__(self, account_id: str, region: str, name: str, request: dict[str, Any]):
        self.type: str = request["Type"]
        self.capacity: int = request["Capacity"]
        if not 0 < self.capacity <= MAX_CAPACITY:  # [pf]; that 0 is refused alike is not verified
            raise invalid_request("Capacity capacity exceeded", self.capacity, "Capacity")
        super().__init__(account_id, region, name, request)
        self.source_metadata: dict[str, Any] | None = request.get("SourceMetadata")
        self.summary: dict[str, Any] | None = request.get("SummaryConfiguration")
        self.definition: dict[str, Any] = {}
        self.consumed = 0

    @property
    def segment(self) -> str:  # type: ignore[override]
        return f"{self.type.lower().replace('_domain', '-domain')}-rulegroup"

    @property
    def rule_order(self) -> str:
        return self.definition.get("StatefulRuleOptions", {}).get("RuleOrder", DEFAULT_ORDER)

    @property
    def rules(self) -> list[suricata.Rule]:
        return stateful_rules(self.definition.get("RulesSource", {}))

    def put(self, request: dict[str, Any]) -> None:
        """Take the definition of a create or update request; raises InvalidRequestException if it is refused."""
        definition = requested_definition(request, self.type)
        consumed = checked(self.type, definition, self.capacity)
        if self.definition and self._order_of(definition) != self.rule_order:
            # "parameter is invalid", aws/aws-cli#7301: an update can't change the order; without one it is the default.
            raise invalid_request("parameter is invalid")
        self.definition, self.consumed = definition, consumed

    @staticmethod
    def _order_of(definition: dict[str, Any]) -> str:
        return definition.get("StatefulRuleOptions", {}).get("RuleOrder", DEFAULT_ORDER)

    def response(self, associations: int) -> dict[str, Any]:
        return {
            "RuleGroupArn": self.arn,
            "RuleGroupName": self.name,
            "RuleGroupId": self.id,
            "Description": self.description,
            "Type": self.type,
            "Capacity": self.capacity,
            "RuleGroupStatus": self.status,
            "Tags": self.tag_list(),
            "ConsumedCapacity": self.consumed,
            "NumberOfAssociations": associations,
            "EncryptionConfiguration": self.encryption,
            "SourceMetadata": self.source_metadata,
            "LastModifiedTime": self.modified,
            "SummaryConfiguration": self.summary,
        }

    def described(self) -> dict[str, Any]:
        return copy.deepcopy(self.definition)


def requested_definition(request: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return the definition in a request for this type, where Rules is short for a rules string.

    "You must provide either this rules setting or a populated RuleGroup setting, but not both": API_CreateRuleGroup;
    the text is not verified.
    """
    names = ("RuleGroup", "FirewallRuleGroup", "IpsRuleGroup", "Rules")
    parts = {name: request[name] for name in names if request.get(name) is not None}
    member = {"FIREWALL": "FirewallRuleGroup", "IPS": "IpsRuleGroup"}.get(kind, "RuleGroup")
    if len(parts) != 1 or not set(parts) <= {member, "Rules"}:
        raise invalid_request(f"{member}, Rules must set exactly one of them")
    if "Rules" in parts:
        return {"RulesSource": {"RulesString": parts["Rules"]}}
    definition = given(next(iter(parts.values())))
    definition["RulesSource"] = given(definition.get("RulesSource"))
    return definition


def checked(kind: str, definition: dict[str, Any], capacity: int) -> int:
    """Return the capacity that a group's rules need; raises InvalidRequestException if they are refused."""
    source = definition["RulesSource"]
    if kind in ("FIREWALL", "IPS"):
        return _checked_next_generation(kind, definition, capacity)
    if kind == "STATELESS":
        return _checked_stateless(definition, source, capacity)
    if "StatelessRulesAndCustomActions" in source:  # [pf]
        path = "RulesSource.StatelessRulesAndCustomActions"
        raise invalid_request("StatelessRulesAndCustomActions is invalid", context=path)
    if len(set(source) & set(STATEFUL_SOURCES)) != 1:  # [pf]
        raise invalid_request(f"{', '.join(STATEFUL_SOURCES)} must set exactly one of them", context="RulesSource")
    references = references_of(definition)
    if targets := source.get("RulesSourceList"):
        needed, path = _domain_capacity(targets), "RulesSource.RulesSourceList"
    else:
        rules = stateful_rules(source)
        if "RulesString" in source and not rules:
            raise invalid_request("RulesString cannot be null or empty", context="RulesSource.RulesString")
        strict = (definition.get("StatefulRuleOptions") or {}).get("RuleOrder") == STRICT_ORDER
        suricata.check(rules, next_generation.declared(definition), references, strict)
        needed, path = len(rules), "RulesSource.StatefulRules"
    if needed > capacity:  # [pf], also for a rules string; for a domain list not verified
        raise invalid_request("StatefulRules capacity exceeded", needed, path)
    return needed


def _checked_next_generation(kind: str, definition: dict[str, Any], capacity: int) -> int:
    test = next_generation.check_firewall_group if kind == "FIREWALL" else next_generation.check_ips_group
    needed = test(definition)
    if needed > capacity:
        raise invalid_request("Rules capacity exceeded", needed, "RulesSource")  # not verified
    return needed


def _checked_stateless(definition: dict[str, Any], source: dict[str, Any], capacity: int) -> int:
    for name in ("RuleVariables", "StatefulRuleOptions"):
        if definition.get(name) is not None:  # [pf], and hashicorp/terraform-provider-aws#17144
            raise invalid_request(f"{name} cannot be provided", context=name)
    rules = given(source.get("StatelessRulesAndCustomActions"))
    if not rules or set(source) & set(STATEFUL_SOURCES):  # [pf]
        path = "RulesSource.StatelessRulesAndCustomActions"
        raise invalid_request("StatelessRulesAndCustomActions cannot be null", context=path)
    check_stateless(rules)
    needed = sum(_stateless_capacity(rule) for rule in rules["StatelessRules"])
    if needed > capacity:  # [pf]
        path = "StatelessRulesAndCustomActions.StatelessRules"
        raise invalid_request("StatelessRules capacity exceeded", needed, path)
    return needed


def _stateless_capacity(rule: dict[str, Any]) -> int:
    """Return the product of the numbers of a rule's sources, destinations, ports and protocols, as [pf] measured it."""
    attributes = rule["RuleDefinition"].get("MatchAttributes") or {}
    names = ("Sources", "Destinations", "SourcePorts", "DestinationPorts", "Protocols")
    return prod(max(1, len(attributes.get(name) or [])) for name in names)


def _domain_capacity(source: dict[str, Any]) -> int:
    """Return Targets * TargetTypes + TargetTypes + 1, as [pf] measured it; refuses targets as [pf] saw it."""
    seen: set[str] = set()
    for number, target in enumerate(source["Targets"]):
        path = f"RulesSource.RulesSourceList.Targets[{number}]"
        if target.startswith("*") or "://" in target:
            raise invalid_request("Targets has invalid format", target, path)
        if (bare := target.removeprefix(".")) in seen:
            raise invalid_request("Targets has duplicate values", bare, path)
        seen.add(bare)
    types = len(source["TargetTypes"])
    return len(source["Targets"]) * types + types + 1


def references_of(definition: dict[str, Any]) -> set[str]:
    """Return the names of the group's IP set references; refuses too many, and two of the same resource. [pf]"""
    references = (definition.get("ReferenceSets") or {}).get("IPSetReferences") or {}
    if len(references) > MAX_REFERENCES:
        raise invalid_request("IPSetReferences limit exceeded", len(references), "ReferenceSets")
    arns = [reference.get("ReferenceArn") for reference in references.values()]
    if len(set(arns)) < len(arns):
        raise invalid_request("IPSetReferences is invalid", context="ReferenceSets")
    return set(references)


def stateful_rules(source: dict[str, Any]) -> list[suricata.Rule]:
    """Return a source's rules as text: of a rules string, or of structured rules; a domain list has none here."""
    if "StatefulRules" in source:
        return [suricata.Rule(_text(rule)) for rule in source["StatefulRules"]]
    return suricata.rules_of(source.get("RulesString") or "")


def _text(rule: dict[str, Any]) -> str:
    header = rule["Header"]
    arrow = "->" if header["Direction"] == "FORWARD" else "<>"
    ends = [header[name] for name in ("Source", "SourcePort", "Destination", "DestinationPort")]
    source, source_port, destination, port = ("any" if end.upper() == "ANY" else end for end in ends)
    options = [
        f"{option['Keyword']}:{','.join(option['Settings'])};" if option.get("Settings") else f"{option['Keyword']};"
        for option in rule["RuleOptions"]
    ]
    words = (rule["Action"].lower(), header["Protocol"].lower(), source, source_port, arrow, destination, port)
    return f"{' '.join(words)} ({' '.join(options)})"
