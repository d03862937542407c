# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rule groups of Network Firewall, found by their names and tags; changed in place, since policies use them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from ..._core.reconcile import Actual, Call, Conflict, ResourceType, reconcile
from ..._domain.egress import changes
from ..shared.ec2 import owned, pairs, tags_of
from . import firewall_policy
from .common import GONE, TAGGING, differing, distributed, gone, tag, untag, visible

READ_AFTER = ()
INPUTS = ("aws_name", "egress", "group_prefix", "recompiled", "rule_group_names", "ruleset")
PERMISSIONS = (
    "network-firewall:CreateRuleGroup",
    "network-firewall:DeleteRuleGroup",
    "network-firewall:DescribeRuleGroup",
    "network-firewall:ListRuleGroups",
    "network-firewall:UpdateRuleGroup",
    *TAGGING,
)
# Type of a rule group -> the argument that holds its rules.
BODIES = {"STATEFUL": "RuleGroup", "FIREWALL": "FirewallRuleGroup"}
# Fields that only the calls need: not shown, not compared.
HIDDEN = ("update_token",)


def read(aws, declared, found):
    """Return {name: Actual} of the module's rule groups; the id is the ARN, the name its name without the firewall's.

    Fields: group (its name in AWS), type, rules (lines), variables ({name: CIDRs}), rule_order, capacity, tags.
    details: policies (how many use it). Those that exist are listed first, unless all that can exist are declared.
    """
    prefix = f"{declared.inputs.aws_name}-"
    wanted = {prefix + name: fields["type"] for name, fields in declared.resources[KIND.name].items()}
    if declared.absent or wanted.keys() != {prefix + name for name in declared.inputs.rule_group_names}:
        listed = aws.read("network-firewall.list_rule_groups", "RuleGroups")
        named = [{"RuleGroupArn": item["Arn"]} for item in listed if item["Name"].startswith(prefix)]
    else:
        named = [{"RuleGroupName": name, "Type": type_} for name, type_ in sorted(wanted.items())]
    reads = [lambda one=one: _describe(aws, one) for one in named]
    groups = {}
    for response in filter(None, aws.gather(*reads)):
        group = response["RuleGroupResponse"]
        if group.get("RuleGroupStatus") != "DELETING" and group["Type"] in BODIES:
            groups[group["RuleGroupName"].removeprefix(prefix)] = _actual(response, declared.owner)
    return groups


def _describe(aws, named):
    try:
        return aws.call("network-firewall.describe_rule_group", **named)
    except aws.errors as error:
        if aws.code(error) != GONE:
            raise
        return None


def _actual(response, owner):
    group = response["RuleGroupResponse"]
    body = response.get(BODIES[group["Type"]], {})
    variables = body.get("RuleVariables", {}).get("IPSets", {})
    return Actual(
        group["RuleGroupArn"],
        {
            "group": group["RuleGroupName"],
            "type": group["Type"],
            "rules": _lines(body.get("RulesSource", {})),
            "variables": {name: sorted(of["Definition"]) for name, of in sorted(variables.items())},
            "rule_order": body.get("StatefulRuleOptions", {}).get("RuleOrder", ""),
            "capacity": group["Capacity"],
            "tags": tags_of(group),
            "update_token": response["UpdateToken"],
        },
        owned(group, owner),
        {"policies": group.get("NumberOfAssociations", 0)},
    )


def _lines(source):
    """Return the rules, one a line; those of another form than ours, such as a list of domains, as one line each."""
    others = [f"{form} {json.dumps(content, sort_keys=True)}" for form, content in sorted(source.items())]
    return source["RulesString"].splitlines() if "RulesString" in source else others


def plan(wanted, found, declared):
    there = found[KIND.name]
    content = _content(there, declared) if wanted else {}
    complete = {name: {**fields, **content[name]} for name, fields in wanted.items()}
    fitting = {name: _fitting(name, fields, there.get(name)) for name, fields in complete.items()}
    steps = reconcile(KIND, fitting, there, purge_tags=declared.purge_tags)
    firewall_policy.refuse_shared(steps, found)
    return [distributed(_shown(step), found, declared) for step in steps]


def _content(there, declared):
    """Return {name: rules, variables, capacity} of the declared rule groups.

    Ids that rules have in AWS stay, so that a new rule never takes the id of another one.
    """
    kept = changes.sids("\n".join(actual.fields["rules"]) for actual in there.values() if actual.managed)
    groups = declared.inputs.ruleset.rule_groups
    new = changes.sids(group.rules for group in groups.values())
    holders = {sid: key for key, sid in kept.items()}
    if any(kept.get(key, sid) != sid or holders.get(sid, key) != key for key, sid in new.items()):
        groups = declared.inputs.recompiled(kept)
    return {
        declared.inputs.group_prefix + name: {
            "rules": group.rules.splitlines(),
            "variables": {key: sorted(cidrs) for key, cidrs in sorted(group.variables.items())},
            "capacity": group.capacity,
        }
        for name, group in groups.items()
    }


def _fitting(name, fields, there):
    """Return the fields, without the capacity if the rule group exists. Raises Conflict if it can't hold the rules.

    "Rule group capacity is fixed at creation" (CreateRuleGroup), so what was reserved then stays.
    """
    if not there:
        return fields
    has, needs = there.fields["capacity"], len(fields["rules"])
    if there.managed and needs > has:
        raise Conflict(
            f"{KIND.name}.{name}: {there.id} has a capacity of {has}, which AWS fixed at its creation, and"
            f" {needs} rules need more. Declare fewer entries, such as a wildcard in place of many names; or, for more"
            " room, a firewall of another name in another VPC, with a larger capacity, and lead the routes to it"
        )
    return {key: value for key, value in fields.items() if key != "capacity"}


def _shown(step):
    """Return the step with the rules and CIDRs that differ, in place of all, and without what only the call needs."""
    before, after = visible(step.before, HIDDEN), visible(step.after, HIDDEN)
    if step.action == "change":
        if "rules" in after:
            before["rules"], after["rules"] = differing(before["rules"], after["rules"])
        if "variables" in after:
            before["variables"], after["variables"] = _other_members(before["variables"], after["variables"])
    return replace(step, before=before, after=after)


def _other_members(before, after):
    """Return ({name: CIDRs that leave}, {name: CIDRs that come}) of the variables that differ."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    pairs_ = {name: differing(before.get(name, ()), after.get(name, ())) for name in names}
    return (
        {name: pairs_[name][0] for name in names if name in before},
        {name: pairs_[name][1] for name in names if name in after},
    )


def notes(wanted, found, declared):
    """Report what a person should know about the declared groups: what they share, what covers what."""
    return list(declared.inputs.egress.warnings) if wanted else []


def findings(wanted, found, declared):
    """Report expired entries, and rule groups that another policy uses as well."""
    if not wanted:
        return []
    expired = [f"{line}: no longer allowed. Remove it, or set another date" for line in declared.inputs.egress.expired]
    return expired + [
        f"{there.id} is used by {there.details['policies']} policies: what changes here changes for all of them"
        for name, there in found[KIND.name].items()
        if name in wanted and there.managed and there.details["policies"] > 1
    ]


def _body(fields):
    body: dict[str, Any] = {"RulesSource": {"RulesString": "\n".join(fields["rules"])}}
    if fields["variables"]:
        sets = {name: {"Definition": list(cidrs)} for name, cidrs in fields["variables"].items()}
        body["RuleVariables"] = {"IPSets": sets}
    if fields.get("rule_order"):
        body["StatefulRuleOptions"] = {"RuleOrder": fields["rule_order"]}
    return {BODIES[fields["type"]]: body}


def _update(id_, before, after):
    arguments = {"RuleGroupArn": id_, "UpdateToken": before["update_token"], **_body(after)}
    return [Call("network-firewall.update_rule_group", arguments)]


KIND = ResourceType(
    "firewall_rule_group",
    create=lambda fields: Call(
        "network-firewall.create_rule_group",
        {
            "RuleGroupName": fields["group"],
            "Type": fields["type"],
            "Capacity": fields["capacity"],
            **_body(fields),
            "Tags": pairs(fields["tags"]),
        },
        id_path="RuleGroupResponse.RuleGroupArn",
    ),
    changes={("rules", "variables"): _update},
    delete=lambda id_, fields: Call(
        "network-firewall.delete_rule_group",
        {"RuleGroupArn": id_},
        wait=gone("describe_rule_group", {"RuleGroupArn": id_}, "[RuleGroupResponse.RuleGroupStatus]"),
    ),
    tag=tag,
    untag=untag,
)
