# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module algorithm_registry: which endpoint serves which version of an algorithm, for the front API."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .._aws.provider import AWS
from .._core import guard
from .._core.capability import Capability, Declared
from .._core.errors import Invalid
from .._core.inputs import ModuleInputs
from .._core.plan import Ref
from .._domain.logs import handler
from .._domain.registry import checker, layout, policies
from .._domain.values import function_archive, identifiers, quotas
from .._resources.central import profiles
from .._resources.iam import schedule
from .._resources.logs import service_role
from .._resources.proxy import log_group
from .._resources.registry import (
    algorithm_row,
    algorithm_table,
    checker_function,
    checker_security_group,
    endpoint_record,
    gateway_endpoint,
    registry_operator,
    registry_profile_resource,
    registry_zone,
    table_policy,
)
from .._resources.shared import route53
from .._resources.shared.ec2 import owner_tags
from .._resources.vpc import effective_route_table, existing_vpc, gateway_prefix_list, prefix_list_size
from .._resources.vpc.existing_vpc import VpcSelector
from .._resources.vpc.security_group_rules import check_size, rule, sort

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "zone": {"type": "str"},
    "vpc_id": {"type": "str"},
    "vpc_name": {"type": "str"},
    "front_tier": {"type": "str", "default": "front"},
    "front_role_arn": {"type": "str"},
    "operator_role_arns": {"type": "list", "elements": "str", "default": []},
    "profile_id": {"type": "str"},
    "algorithms": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "version": {"type": "str", "required": True},
            "account_id": {"type": "str", "required": True},
            "endpoint": {"type": "str", "required": True},
            "addresses": {"type": "list", "elements": "str", "required": True},
            "port": {"type": "int", "required": True},
            "protocol": {"type": "str", "choices": list(layout.PROTOCOLS), "default": "https"},
            "weight": {"type": "int", "default": 100},
            "health_path": {"type": "str", "default": "/"},
            "state": {"type": "str", "choices": list(layout.STATES), "default": layout.UNKNOWN},
            "reason": {"type": "str", "default": ""},
        },
    },
    "check_minutes": {"type": "int", "default": 1},
    "check_timeout": {"type": "int", "default": 3},
    "stale_seconds": {"type": "int", "default": 180},
    "checker_cidrs": {"type": "list", "elements": "str", "default": []},
    "security_group_rules_quota": {"type": "int", "default": quotas.RULES},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}
# Of the checker: how long its log is kept, and what it may take.
LOG_DAYS, MEMORY_MIB = 90, 256
PREFIX_LIST = Ref("gateway_prefix_list.dynamodb")
ENDPOINT = Ref(f"vpc_endpoint.{gateway_endpoint.NAME}")


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    vpcs: Mapping[str, VpcSelector]
    tier: str
    tiers: Sequence[str]
    # The VPC isn't declared as closed here.
    closed: bool
    # name in this module -> the table's name
    tables: Mapping[str, str]
    # name -> source text
    functions: Mapping[str, str]
    schedules: Sequence[str]
    security_groups: Mapping[str, str]
    security_group_rules_quota: int
    operators: Sequence[str]
    zone: str | None
    profile_id: str | None


def desired(params):
    _check(params)
    name, owner = params["name"], f"algorithm_registry/{params['name']}"
    function = layout.function_name(name)
    inputs = Inputs.of(
        params,
        vpcs={"main": VpcSelector.of(params)},
        tier=params["front_tier"],
        tiers=[params["front_tier"]],
        closed=False,
        tables={"main": name, "health": layout.health_table(name)},
        functions={function: handler.source(checker)},
        schedules=[function],
        security_groups={"checker": layout.security_group(name)},
        operators=params["operator_role_arns"],
    )
    read_only = ("existing_vpc", "effective_route_table", "registry_operator", "prefix_list_size")
    resources = dict.fromkeys((resource.KIND.name for resource in RESOURCES), {})
    resources |= {**dict.fromkeys(read_only, {}), "gateway_prefix_list": {"dynamodb": {}}}
    if params["state"] == "present":
        resources |= _resources(params, owner, inputs)
    else:
        # The names of what is read by what is declared.
        resources["service_role"] = _roles(params, owner)
        resources["algorithm_table"] = _tables(params, owner)
    return Declared(owner, resources, inputs)


def _resources(params, owner, inputs):
    def tags(part, title=None):
        return owner_tags(owner, part, params["tags"], title)

    zone, algorithms = params["zone"], params["algorithms"]
    endpoints = {one["endpoint"]: one["addresses"] for one in algorithms}
    return {
        "vpc_endpoint": {
            gateway_endpoint.NAME: {
                "type": "Gateway",
                "vpc": Ref("existing_vpc.main"),
                "tags": tags(gateway_endpoint.NAME, f"{params['name']} dynamodb"),
            }
        },
        "service_role": _roles(params, owner),
        "algorithm_table": _tables(params, owner),
        "table_policy": _policies(params),
        "registry_zone": {
            zone: {"name": zone, "vpc": Ref("existing_vpc.main"), "comment": route53.zone_comment(owner)}
        },
        "registry_profile_resource": _in_profile(params),
        "endpoint_record": endpoint_record.of(zone, endpoints, owner),
        "algorithm_row": {layout.row_name(one["name"], one["version"]): _row(one, owner) for one in algorithms},
        "log_group": {
            "main": {"log_group": log_group.name(owner), "retention_days": LOG_DAYS, "tags": tags("checker")}
        },
        "security_group": {"checker": _security_group(params, tags("checker", layout.security_group(params["name"])))},
        "lambda_function": _function(params, owner, inputs, tags("checker")),
        "schedule": _schedule(params, owner),
    }


def _in_profile(params):
    if params["profile_id"] is None:
        return {}
    zone, name = params["zone"], profiles.name_of(params["name"])
    return {zone: {"profile": params["profile_id"], "zone": Ref(f"registry_zone.{zone}"), "resource_name": name}}


def _row(one, owner):
    same = ("version", "account_id", "endpoint", "port", "protocol", "weight", "health_path", "state")
    reason = one["reason"] or layout.NO_REASON
    return {"algorithm": one["name"], **{key: one[key] for key in same}, "reason": reason, "owner": owner}


def _tables(params, owner):
    def table(part, name, recovery):
        return {
            "table_name": name,
            "keys": list(layout.KEYS),
            "billing_mode": "PAY_PER_REQUEST",
            "deletion_protection": True,
            "point_in_time_recovery": recovery,
            "tags": owner_tags(owner, part, params["tags"]),
        }

    # What the checker writes each minute needs no backup.
    name = params["name"]
    return {"main": table("main", name, True), "health": table("health", layout.health_table(name), False)}


def _policies(params):
    account_id, name = params["account_id"], params["name"]
    front, operators = params["front_role_arn"], params["operator_role_arns"]
    health = layout.table_arn(account_id, layout.health_table(name))
    return {
        "main": {
            "table": Ref("algorithm_table.main"),
            "policy": policies.registry_table(layout.table_arn(account_id, name), front, operators, ENDPOINT),
        },
        "health": {
            "table": Ref("algorithm_table.health"),
            "policy": policies.health_table(health, front, operators, _checker_role(params), ENDPOINT),
        },
    }


def _checker_role(params):
    return f"arn:{{partition}}:iam::{params['account_id']}:role/{layout.function_name(params['name'])}"


def _roles(params, owner):
    account_id, name = params["account_id"], params["name"]
    own = f"{{region}}:{account_id}"
    function = f"arn:{{partition}}:lambda:{own}:function:{layout.function_name(name)}"
    group = f"arn:{{partition}}:logs:{own}:log-group:{log_group.name(owner)}"
    health = layout.table_arn(account_id, layout.health_table(name))
    roles = {
        "checker": (
            layout.function_name(name),
            policies.trust("lambda.amazonaws.com", account_id),
            policies.checker_permissions(health, group, function),
        ),
        "schedule": (
            layout.schedule_role(name),
            policies.trust("scheduler.amazonaws.com", account_id),
            policies.schedule_permissions(function),
        ),
    }
    return {
        part: {
            "role_name": role,
            "trust": trust,
            "policy": policy,
            "others": [],
            "tags": owner_tags(owner, part, params["tags"]),
        }
        for part, (role, trust, policy) in roles.items()
    }


def _security_group(params, tags):
    return {
        "vpc": Ref("existing_vpc.main"),
        "group_name": layout.security_group(params["name"]),
        "description": "Checks the endpoints of algorithms",
        "ingress": [],
        "egress": _egress(params),
        "tags": tags,
    }


def _egress(params):
    """Return the rules out: to each address and port that is checked, or to the CIDRs of all, and to DynamoDB."""
    if params["checker_cidrs"]:
        ports = {one["port"] for one in params["algorithms"]}
        peers = {(cidr, port) for cidr in params["checker_cidrs"] for port in ports}
    else:
        peers = {(f"{address}/32", one["port"]) for one in params["algorithms"] for address in one["addresses"]}
    rules = [rule("tcp", port, port, peer) for peer, port in peers]
    rules = sort([*rules, rule("tcp", 443, 443, PREFIX_LIST)])
    check_size("algorithms", rules, params["security_group_rules_quota"])
    return rules


def _function(params, owner, inputs, tags):
    return {
        name: {
            "function_name": name,
            "code_sha256": function_archive.sha256(code),
            "runtime": handler.RUNTIME,
            "handler": f"{function_archive.MODULE}.handler",
            "role": Ref("service_role.checker"),
            "timeout": layout.TIMEOUT_SECONDS,
            "memory": MEMORY_MIB,
            "environment": {
                "HEALTH_TABLE": layout.health_table(params["name"]),
                "STALE_SECONDS": str(params["stale_seconds"]),
                "TIMEOUT_SECONDS": str(params["check_timeout"]),
            },
            "log_group": log_group.name(owner),
            "groups": [Ref("security_group.checker")],
            "tags": tags,
        }
        for name, code in inputs.functions.items()
    }


def _schedule(params, owner):
    function, every = layout.function_name(params["name"]), params["check_minutes"]
    keys = ("version", "endpoint", "port", "protocol", "health_path")
    algorithms = [{"algorithm": one["name"], **{key: one[key] for key in keys}} for one in params["algorithms"]]
    algorithms.sort(key=lambda one: (one["algorithm"], one["version"]))
    return {
        function: {
            "schedule_name": function,
            "description": schedule.description_of(owner),
            "expression": f"rate({every} minute{'s' if every > 1 else ''})",
            "state": "ENABLED",
            "flexible_time_window": {"Mode": "OFF"},
            "target": {
                "Arn": Ref(f"lambda_function.{function}"),
                "RoleArn": Ref("service_role.schedule"),
                "Input": json.dumps({"algorithms": algorithms}, sort_keys=True, separators=(",", ":")),
                # The next call replaces one that is late.
                "RetryPolicy": {"MaximumEventAgeInSeconds": 60 * every, "MaximumRetryAttempts": 0},
            },
        }
    }


def _check(params):
    layout.check_name("name", params["name"])
    identifiers.existing_vpc("", params)
    identifiers.tier("front_tier", params["front_tier"])
    if params["profile_id"] is not None:
        identifiers.resource_id("profile_id", params["profile_id"], "rp")
    if params["state"] == "absent":
        return
    identifiers.domain("zone", params["zone"])
    identifiers.role_arn("front_role_arn", params["front_role_arn"])
    if not params["operator_role_arns"]:
        raise Invalid("operator_role_arns", [], "let nobody write rows", "at least the role of these runs")
    for index, arn in enumerate(params["operator_role_arns"]):
        identifiers.role_arn(f"operator_role_arns[{index}]", arn)
        if arn == params["front_role_arn"]:
            raise Invalid(f"operator_role_arns[{index}]", arn, "is the front's role, which only reads", "another role")
    count = len(params["algorithms"])
    layout.check_times(params["check_minutes"], params["check_timeout"], params["stale_seconds"], count)
    for index, cidr in enumerate(params["checker_cidrs"]):
        identifiers.cidr(f"checker_cidrs[{index}]", cidr)
    layout.check_algorithms("algorithms", params["algorithms"], params["zone"])


def report(declared, found, ids, states):
    tables, gateway = declared.inputs.tables, found["vpc_endpoint"].get(gateway_endpoint.NAME)
    own = not gateway or gateway.managed
    return {
        "table": tables["main"],
        "table_arn": ids.get("algorithm_table.main"),
        "health_table": tables["health"],
        "zone_id": ids.get(f"registry_zone.{declared.inputs.zone}"),
        "gateway_endpoint_id": ids.get(f"vpc_endpoint.{gateway_endpoint.NAME}") if own else gateway.id,
        "checker_security_group_id": ids.get("security_group.checker"),
        "region": declared.place["region"],
        "rows": algorithm_row.after(declared, found),
    }


def removals(declared, found, steps):
    """Return guard.Removals: rows that are deleted or no longer live, roles that lose access to a table, the zone.

    Who gets access is declared, so it isn't a removal. A policy that somebody else wrote is replaced.
    """
    owner = declared.owner.partition("/")[2]
    lost = {algorithm_row: algorithm_row.withdrawn(found, steps), table_policy: table_policy.cut_off(steps)}
    named = {f"{owner}/{kind.KIND.name}.{name}": what for kind, of in lost.items() for name, what in of.items()}
    return guard.Removals({**named, **guard.deleted("registry_zone")(declared, found, steps).undeclared})


RESOURCES = (
    registry_operator,
    existing_vpc,
    effective_route_table,
    gateway_prefix_list,
    prefix_list_size,
    gateway_endpoint,
    service_role,
    algorithm_table,
    table_policy,
    registry_zone,
    registry_profile_resource,
    algorithm_row,
    endpoint_record,
    log_group,
    checker_security_group,
    checker_function,
    schedule,
)
CAPABILITY = Capability(
    "algorithm_registry",
    AWS,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    RESOURCES,
    report,
    {
        "mutually_exclusive": [["vpc_id", "vpc_name"]],
        "required_if": [["state", "present", ["zone", "front_role_arn"]]],
    },
    removals=removals,
)
