# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documents of firewall policies, classic and Next Generation, as fields and back; what others put in them is kept."""

from __future__ import annotations

from ..._domain.egress.parts import STRICT_ORDER, V2

# generation -> the noun in the names of its operations, arguments and answers
NOUNS = {STRICT_ORDER: "FirewallPolicy", V2: "FirewallPolicyV2"}
METHODS = {STRICT_ORDER: "firewall_policy", V2: "firewall_policy_v2"}
# generation -> keys of the references to rule groups
REFERENCES = {
    STRICT_ORDER: ("StatefulRuleGroupReferences",),
    V2: ("FirewallRuleGroupEntries", "IpsRuleGroupEntries"),
}
# generation -> field -> key of the document
PLAIN = {
    STRICT_ORDER: {
        "stateless_default_actions": "StatelessDefaultActions",
        "stateless_fragment_default_actions": "StatelessFragmentDefaultActions",
        "default_actions": "StatefulDefaultActions",
    },
    V2: {"mode": "PolicyMode", "default_action": "FirewallDefaultAction"},
}
# generation -> field -> key of its StatefulEngineOptions
OPTIONS = {
    STRICT_ORDER: {"rule_order": "RuleOrder", "stream_exception_policy": "StreamExceptionPolicy"},
    V2: {"stream_exception_policy": "StreamExceptionPolicy"},
}


def decode(generation, document, ours):
    """Return the fields of a document; ours: which rule groups, by ARN, belong to the module.

    rule_groups ([{arn, priority, override}], by priority), home_net, those of PLAIN and OPTIONS. Lists are sorted.
    """
    options = document.get("StatefulEngineOptions", {})
    home_net = document.get("PolicyVariables", {}).get("RuleVariables", {}).get("HOME_NET", {})
    return {
        "rule_groups": [
            {"arn": reference["ResourceArn"], "priority": reference.get("Priority"), **_override(reference)}
            for reference in references(generation, document)
            if ours(reference.get("ResourceArn"))
        ],
        "home_net": sorted(home_net.get("Definition", ())),
        **{field: _sorted(document.get(key)) for field, key in PLAIN[generation].items()},
        **{field: options.get(key) for field, key in OPTIONS[generation].items()},
    }


def _override(reference):
    action = reference.get("Override", {}).get("Action")
    return {"override": action} if action else {}


def _sorted(value):
    return sorted(value) if isinstance(value, list) else value


def references(generation, document):
    """Return the references to rule groups, in the order in which they are evaluated."""
    listed = [reference for key in REFERENCES[generation] for reference in document.get(key, ())]
    return sorted(listed, key=lambda reference: (reference.get("Priority") is None, reference.get("Priority") or 0))


def foreign(generation, document, ours):
    """Return the references that others added, those to rule groups that the policy itself holds among them."""
    return [one for one in references(generation, document) if not ours(one.get("ResourceArn"))]


def encode(generation, fields, document, ours):
    """Return the document with these fields; what it has besides them stays.

    document: as read; {} for a new one
    """
    options = {key: fields[field] for field, key in OPTIONS[generation].items()}
    variables = {"HOME_NET": {"Definition": list(fields["home_net"])}} if fields["home_net"] else {}
    return {
        **document,
        **{key: fields[field] for field, key in PLAIN[generation].items()},
        "StatefulEngineOptions": {**document.get("StatefulEngineOptions", {}), **options},
        **({"PolicyVariables": {"RuleVariables": variables}} if variables else {}),
        **_referring(generation, fields["rule_groups"], document, ours),
    }


def _referring(generation, rule_groups, document, ours):
    """Return the references by key; one that stays keeps its other settings."""
    referring = {}
    for key in REFERENCES[generation]:
        there = document.get(key, [])
        had = {reference.get("ResourceArn"): reference for reference in there}
        mine = [group for group in rule_groups if _belongs(generation, key, group)]
        listed = [
            {**_without_override(had.get(str(group["arn"]), {})), "ResourceArn": group["arn"], **_settings(group)}
            for group in mine
        ] + [reference for reference in there if not ours(reference.get("ResourceArn"))]
        if listed or there:
            referring[key] = listed
    return referring


def _belongs(generation, key, group):
    """Entries of the IPS section have no priority, those of the firewall section have one."""
    return generation == STRICT_ORDER or (key == "IpsRuleGroupEntries") == (group["priority"] is None)


def _without_override(reference):
    return {key: value for key, value in reference.items() if key != "Override"}


def _settings(group):
    priority = {} if group["priority"] is None else {"Priority": group["priority"]}
    return priority | ({"Override": {"Action": group["override"]}} if "override" in group else {})


def beside(rule_groups, taken):
    """Return the rule groups with other priorities where others have taken theirs; the order stays."""
    used, moved = set(taken), []
    for group in rule_groups:
        priority = group["priority"]
        while priority is not None and priority in used:
            priority += 1
        used.add(priority)
        moved.append({**group, "priority": priority})
    return moved
