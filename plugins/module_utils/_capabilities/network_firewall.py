# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module network_firewall: one way out for all accounts, by domain and by source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from .._aws.provider import AWS
from .._core import escape, guard
from .._core.capability import Capability, Declared
from .._core.errors import Invalid
from .._core.inputs import ModuleInputs
from .._core.plan import Ref
from .._domain.egress import changes, groups, log_destinations, removals, rules, tails
from .._domain.values import identifiers
from .._resources.firewall import (
    firewall,
    firewall_endpoint,
    firewall_logging,
    firewall_policy,
    firewall_route,
    firewall_rule_group,
)
from .._resources.firewall.common import aws_name
from .._resources.shared.ec2 import owner_tags
from .._resources.vpc import existing_vpc
from .._resources.vpc.existing_vpc import VpcSelector

STRICT_ORDER, V2 = rules.STRICT_ORDER, rules.V2
INSPECTION_VPC, TRANSIT_GATEWAY = "inspection_vpc", "transit_gateway"
ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "topology": {"type": "str", "choices": [INSPECTION_VPC, TRANSIT_GATEWAY], "default": INSPECTION_VPC},
    "vpc_id": {"type": "str"},
    "vpc_name": {"type": "str"},
    "firewall_tier": {"type": "str", "default": "firewall"},
    "tgw_tier": {"type": "str", "default": "tgw"},
    "public_tier": {"type": "str", "default": "public"},
    "internal_cidrs": {"type": "list", "elements": "str", "default": []},
    "transit_gateway_id": {"type": "str"},
    "availability_zone_ids": {"type": "list", "elements": "str", "default": []},
    "groups": {"type": "dict"},
    "accounts": {"type": "dict", "default": {}},
    "mode": {"type": "str", "choices": [rules.ENFORCE, rules.MONITOR], "default": rules.ENFORCE},
    "policy": {"type": "str", "choices": [STRICT_ORDER, V2], "default": STRICT_ORDER},
    "action": {"type": "str", "choices": [rules.REJECT, rules.DROP], "default": rules.REJECT},
    "managed_rule_groups": {"type": "list", "elements": "str", "default": []},
    "capacity": {"type": "int"},
    "logs": {
        "type": "list",
        "elements": "dict",
        "options": {
            "log_type": {"type": "str", "choices": list(log_destinations.LOG_TYPES), "required": True},
            "destination_type": {"type": "str", "choices": list(log_destinations.TYPES), "default": "s3"},
            "destination": {"type": "str", "required": True},
        },
    },
    "protection": {"type": "bool", "default": True},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


# policy -> type of its rule groups, their order of evaluation,
TYPES = {STRICT_ORDER: "STATEFUL", V2: "FIREWALL"}
ORDERS = {STRICT_ORDER: {"rule_order": "STRICT_ORDER"}, V2: {}}
# and what their names begin with, since both generations exist for a moment when a firewall changes to the other one.
PREFIXES = {STRICT_ORDER: "", V2: "v2-"}


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    aws_name: str
    vpcs: Mapping[str, VpcSelector]
    topology: str
    firewall_tier: str
    tgw_tier: str
    public_tier: str
    internal_cidrs: Sequence[str]
    # AZ ids; none: all zones of the tier
    zones: Sequence[str]
    egress: groups.Egress
    ruleset: rules.Ruleset
    # ids that rules have in AWS, by key -> rule groups by name
    recompiled: Callable[[Mapping[str, int]], Mapping[str, rules.RuleGroup]]
    # what names of the rule groups begin with
    group_prefix: str
    # all names that rule groups can have
    rule_group_names: Sequence[str]
    # names or ARNs
    managed_rule_groups: Sequence[str]
    accounts: Mapping[str, Sequence[str]]
    mode: str


def desired(params):
    _check(params)
    owner, in_aws = f"network_firewall/{params['name']}", aws_name(params["name"])
    present = params["state"] == "present"
    today = datetime.now(timezone.utc).date()
    egress = groups.parse(params["groups"], today, "groups") if present else groups.Egress(())
    ruleset = _compile(egress, params, {}) if present else rules.Ruleset()
    generation = params["policy"]

    def tags(resource, title):
        return owner_tags(owner, resource, params["tags"], title)

    resources = {
        "existing_vpc": {},
        "firewall_rule_group": {
            name: {"group": title, "type": TYPES[generation], **ORDERS[generation], "tags": tags(name, title)}
            for name in (PREFIXES[generation] + one for one in ruleset.rule_groups)
            for title in [f"{in_aws}-{name}"]
        },
        "firewall_policy": {
            generation: {"policy": title, "tags": tags(generation, title)}
            for title in [firewall_policy.name_of(in_aws, generation)]
        },
        "firewall": {"main": {"name": in_aws, **_place(params), **_protections(params), "tags": tags("main", in_aws)}},
        "firewall_endpoint": {},
        "firewall_logging": {"main": {"destinations": log_destinations.parse("logs", params["logs"])}}
        if params["logs"] is not None
        else {},
        "firewall_route": {},
    }
    return Declared(owner, resources, _inputs(params, egress, ruleset))


def _compile(egress, params, kept):
    return rules.compile(
        egress,
        params["mode"],
        params["action"],
        kept=kept,
        internal=params["internal_cidrs"],
        capacity=params["capacity"],
        generation=params["policy"],
        option="groups",
    )


def _place(params):
    policy = Ref(f"firewall_policy.{params['policy']}")
    if params["topology"] == TRANSIT_GATEWAY:
        zones = sorted(params["availability_zone_ids"])
        return {"transit_gateway": params["transit_gateway_id"], "zones": zones, "policy": policy}
    return {"vpc": Ref("existing_vpc.main"), "policy": policy}


def _protections(params):
    of_places = "zone" if params["topology"] == TRANSIT_GATEWAY else "subnet"
    return dict.fromkeys(
        ("delete_protection", f"{of_places}_change_protection", "policy_change_protection"), params["protection"]
    )


def _inputs(params, egress, ruleset):
    in_vpc, prefix = params["topology"] == INSPECTION_VPC, PREFIXES[params["policy"]]
    return Inputs.of(
        params,
        aws_name=aws_name(params["name"]),
        vpcs={"main": VpcSelector.of(params)} if in_vpc else {},
        zones=sorted(params["availability_zone_ids"]),
        egress=egress,
        ruleset=ruleset,
        recompiled=lambda kept: _compile(egress, params, kept).rule_groups,
        group_prefix=prefix,
        rule_group_names=[f"{prefix}allow-{number + 1}" for number in range(rules.SHARDS)]
        + [prefix + rules.DENY_GROUP],
    )


def _check(params):
    identifiers.name("name", params["name"])
    identifiers.existing_vpc("", params)
    for option in ("firewall_tier", "tgw_tier", "public_tier"):
        identifiers.tier(option, params[option])
    for index, zone in enumerate(params["availability_zone_ids"]):
        identifiers.az_id(f"availability_zone_ids[{index}]", zone)
    for index, cidr in enumerate(params["internal_cidrs"]):
        identifiers.cidr(f"internal_cidrs[{index}]", cidr)
    _check_managed(params["managed_rule_groups"], params["policy"])
    if params["transit_gateway_id"] is not None:
        identifiers.resource_id("transit_gateway_id", params["transit_gateway_id"], "tgw")
    if params["state"] == "absent":
        return
    if params["topology"] == TRANSIT_GATEWAY:
        if not params["availability_zone_ids"]:
            raise Invalid("availability_zone_ids", [], "gives the firewall no endpoint", "one AZ id at least")
    elif not params["internal_cidrs"]:
        problem = "leaves what comes back from the internet without a route through the firewall"
        raise Invalid("internal_cidrs", [], problem, "the ranges behind the transit gateway, such as 10.0.0.0/8")


def _check_managed(listed, generation):
    seen = {}
    for index, group in enumerate(listed):
        option = f"managed_rule_groups[{index}]"
        identifiers.rule_group(option, group)
        name = group.rpartition("/")[2]
        if name in seen:
            raise Invalid(option, group, f"is managed_rule_groups[{seen[name]}], too", "each once")
        seen[name] = index
        # AWS has most of its groups in both orders, by this ending, and refuses the wrong one in a policy.
        if generation == STRICT_ORDER and name.endswith("ActionOrder"):
            right = f"{name.removesuffix('ActionOrder')}StrictOrder"
            raise Invalid(option, group, "is for policies of the other order of evaluation", right)


def _before(found):
    """Return the groups for which rules are in AWS, with lines of others as warnings."""
    texts = {
        name: ("\n".join(there.fields["rules"]), there.fields["variables"])
        for name, there in found["firewall_rule_group"].items()
        if there.managed
    }
    return changes.read_back(texts)


def report(declared, found, ids, states):
    before = _before(found)
    there, exists = found["firewall"].get("main"), "firewall.main" in ids
    attachment = there and there.details["transit_gateway_attachment"]
    return {
        "firewall_arn": ids.get("firewall.main"),
        "policy_arn": next((id_ for address, id_ in ids.items() if address.kind == "firewall_policy"), None),
        "endpoints": firewall_endpoint.by_zone(found, ids) if exists else {},
        "transit_gateway_attachment_id": ids.get("firewall_attachment.main", attachment) if exists else None,
        "ready": firewall_route.ready(declared, found, ids, states),
        "egress_changes": [escape.text(line) for line in _changes(before, found, declared)],
        "expired": declared.inputs.egress.expired,
    }


def _changes(before, found, declared):
    """Return what a run opens and closes, rules of others in the module's rule groups, and a change of the mode."""
    lines = [*changes.changes(before, declared.inputs.egress), *before.warnings]
    groups_ = found["firewall_rule_group"].values()
    rules_ = [line for there in groups_ if there.managed for line in there.fields["rules"]]
    had = rules.MONITOR if any(f'"{tails.WOULD_DENY} ' in line for line in rules_) else rules.ENFORCE
    if rules_ and had != declared.inputs.mode and not declared.absent:
        says = "denied" if had == rules.MONITOR else "only logged"
        lines.append(f"mode: {had} -> {declared.inputs.mode}: what no entry allows is {says}")
    return lines


def judge(declared, found, steps):
    """Return what a run would take away, by guard's names: groups, their sources, endpoints, and routes to these."""
    lost = removals.undeclared(_before(found), declared.inputs.egress, declared.inputs.accounts)
    name = declared.owner.partition("/")[2]
    lost |= {f"{name}/{zone}": endpoint for zone, endpoint in firewall.leaving(found, steps).items()}
    routes = {
        guard.name_of(declared, step): str(step.removes) for step in guard.gone(declared, steps, "firewall_route")
    }
    return guard.Removals({**lost, **routes})


CAPABILITY = Capability(
    "network_firewall",
    AWS,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (
        existing_vpc,
        firewall_rule_group,
        firewall_policy,
        firewall,
        firewall_endpoint,
        firewall_logging,
        firewall_route,
    ),
    report,
    {
        "mutually_exclusive": [["vpc_id", "vpc_name"]],
        "required_if": [["state", "present", ["groups"]]],
    },
    removals=judge,
)
