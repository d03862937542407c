# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module tiered_vpc: a VPC in tiers of subnets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._aws.provider import AWS
from .._core import guard
from .._core.capability import Capability, Declared
from .._core.errors import Invalid
from .._core.inputs import ModuleInputs
from .._core.plan import Ref
from .._domain.values import identifiers, ports, quotas
from .._domain.values import ipv6 as ipv6_plan
from .._domain.values.cidrs import lay_out
from .._domain.values.tags import check as check_tags
from .._domain.values.tags import texts
from .._domain.vpc import cidr_blocks
from .._domain.vpc.network_acls import QUOTA, RISKY_PORTS, check_denied_ports, check_quota
from .._resources.endpoints import subnet_user
from .._resources.shared import tagged
from .._resources.shared.ec2 import owner_tags
from .._resources.vpc import (
    default_network_acl,
    default_security_group,
    egress_only_internet_gateway,
    elastic_ip,
    flow_log,
    gateway_prefix_list,
    internet_gateway,
    internet_gateway_attachment,
    internet_route,
    nat_gateway,
    network_acl,
    network_acl_association,
    network_acl_entry,
    route_table,
    route_table_association,
    subnet,
    tier_security_group,
    vpc,
    vpc_ipv6,
    vpc_ipv6_cidr,
)
from . import tiered_vpc_internet as internet
from .tiered_vpc_flows import compiling, network_acls

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "vpc_id": {"type": "str"},
    "cidrs": {"type": "list", "elements": "str"},
    "ipv6": {
        "type": "dict",
        "options": {
            "source": {"type": "str", "choices": list(ipv6_plan.SOURCES), "required": True},
            "pool_id": {"type": "str"},
            "cidr": {"type": "str"},
            "netmask_length": {"type": "int"},
        },
    },
    "cidrs_quota": {"type": "int", "default": cidr_blocks.QUOTA},
    "availability_zone_ids": {"type": "list", "elements": "str"},
    "tiers": {
        "type": "list",
        "elements": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "prefix": {"type": "int"},
            "cidrs": {"type": "dict"},
            "internet": {"type": "str", "choices": ["none", "gateway", "nat", "direct"], "default": "none"},
            "route_tables": {"type": "str", "choices": ["single", "per_az"]},
            "map_public_ip": {"type": "bool", "default": False},
            "ipv6": {"type": "bool", "default": True},
            "assign_ipv6_address": {"type": "bool", "default": True},
            "network_acl": {"type": "str", "choices": ["flows", "open", "default"], "default": "flows"},
            "client_ports": {"type": "str", "default": "1024-65535"},
            "tags": {"type": "dict"},
        },
        "required_one_of": [["prefix", "cidrs"]],
        "mutually_exclusive": [["prefix", "cidrs"]],
    },
    "az_slots": {"type": "int", "default": 4},
    "nat_gateways": {"type": "str", "choices": ["single", "per_az"], "default": "single"},
    "transit_gateway_tiers": {"type": "list", "elements": "str", "default": []},
    "transit_gateway_destinations": {"type": "list", "elements": "str", "default": []},
    "flows": {
        "type": "list",
        "elements": "dict",
        "options": {
            "from": {"type": "str", "required": True},
            "to": {"type": "str", "required": True},
            "tcp": {"type": "list", "elements": "str"},
            "udp": {"type": "list", "elements": "str"},
        },
        "required_one_of": [["tcp", "udp"]],
    },
    "network_acl_ranges": {"type": "str", "choices": ["subnets", "blocks"], "default": "subnets"},
    "network_acl_denied_ports": {"type": "list", "elements": "int", "default": list(RISKY_PORTS)},
    "network_acl_rules_quota": {"type": "int", "default": QUOTA},
    "default_network_acl": {"type": "str", "choices": ["empty", "ignore"], "default": "ignore"},
    "security_groups": {"type": "bool", "default": False},
    "dns_support": {"type": "bool", "default": True},
    "dns_hostnames": {"type": "bool", "default": True},
    "default_security_group": {"type": "str", "choices": ["empty", "ignore"], "default": "empty"},
    "flow_logs": {
        "type": "dict",
        "options": {
            "destination": {"type": "str", "required": True},
            "destination_type": {"type": "str", "choices": ["s3", "cloud-watch-logs"], "default": "s3"},
            "role_arn": {"type": "str"},
            "traffic_type": {"type": "str", "choices": ["ACCEPT", "REJECT", "ALL"], "default": "ALL"},
            "max_aggregation_interval": {"type": "int", "choices": [60, 600], "default": 600},
        },
        "required_if": [["destination_type", "cloud-watch-logs", ["role_arn"]]],
    },
    "security_group_rules_quota": {"type": "int", "default": quotas.RULES},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    vpc_id: str | None
    cidrs_quota: int
    security_group_rules_quota: int
    # what network_acl_rules compiles, None without flows
    network_acls: Mapping[str, Any] | None
    # where the VPC's IPv6 block comes from, None where it isn't declared
    ipv6: str | None
    # subnet -> number of its /64 in the VPC's block
    ipv6_numbers: Mapping[str, int]
    ipv6_left_alone: Mapping[str, Any]
    # tier -> its default routes that tgw_spoke leads to the transit gateway
    handed_over: Mapping[str, Sequence[str]]


def desired(params):
    _check(params)
    zones, tiers = params["availability_zone_ids"] or [], params["tiers"] or []
    owner = f"tiered_vpc/{params['name']}"

    def tags(kind, resource, more=None):
        title = f"{params['name']}-{resource}" if kind != "vpc" else params["name"]
        return owner_tags(owner, resource, {**(params["tags"] or {}), **(more or {})}, title)

    present = params["state"] == "present"
    cidrs = _subnet_cidrs(params) if present else {}
    gateway_tiers, nat_tiers = internet.tiers(tiers)
    numbers = _ipv6_numbers(params) if present else {}
    has_ipv6 = present and ipv6_plan.has_block(params["ipv6"])
    per_az = params["nat_gateways"] == "per_az"
    nat_zones = (zones if per_az else zones[:1]) if nat_tiers else []

    resources = {
        "vpc": {"main": _vpc(params, tags)},
        "tagged": {},
        "subnet": {},
        "subnet_user": {},
        "route_table": {},
        "route_table_association": {},
        "internet_route": {},
    }
    for tier in tiers:
        tables = internet.tables(tier, zones, params)
        for table in tables:
            resources["route_table"][table] = {"vpc": Ref("vpc.main"), "tags": tags("route_table", table)}
        for name, zone, table in _by_zone(tier, zones, tables):
            place = tier["name"], zone
            ipv6 = _ipv6_of_subnet(tier, numbers[place], has_ipv6) if present and params["ipv6"] else {}
            resources["subnet"][name] = _subnet(name, tier, zone, cidrs.get(place), tags) | ipv6
            resources["route_table_association"][name] = _in_table(name, table)
        if tier["internet"] != "none":
            resources["internet_route"] |= internet.routes(tier, tables, nat_zones, has_ipv6)
    resources |= internet.gateways(gateway_tiers, nat_zones, tags)
    if present and params["default_security_group"] == "empty":
        resources["default_security_group"] = {"main": {"ingress": [], "egress": []}}
    inputs = _inputs(params, cidrs, numbers, has_ipv6, resources["route_table"])
    resources |= flow_log.declared_in(
        params, resource=Ref("vpc.main"), resource_type="VPC", tags=tags("flow_log", "main")
    )
    resources |= network_acls(params, tags)
    if params["ipv6"] or not present:
        resources |= _ipv6(params, tags, has_ipv6)
    return Declared(owner, resources, inputs)


def _vpc(params, tags):
    return {
        "cidrs": params["cidrs"] and [params["cidrs"][0], *sorted(params["cidrs"][1:])],
        "dns_support": params["dns_support"],
        "dns_hostnames": params["dns_hostnames"],
        # An adopted VPC stays its creator's: it gets the user's tags only.
        "tags": params["tags"] if params["vpc_id"] else tags("vpc", "main"),
    }


def _by_zone(tier, zones, tables):
    """Return (subnet, AZ id, route table) of each zone."""
    return [(f"{tier['name']}.{zone}", zone, tables[index % len(tables)]) for index, zone in enumerate(zones)]


def _in_table(subnet_name, table):
    return {"subnet": Ref(f"subnet.{subnet_name}"), "route_table": Ref(f"route_table.{table}")}


def _subnet(name, tier, zone, cidr, tags):
    return {
        "vpc": Ref("vpc.main"),
        "cidr": cidr,
        "az_id": zone,
        "map_public_ip": tier["map_public_ip"],
        "tags": tags("subnet", name, texts(tier["tags"])),
    }


def _inputs(params, cidrs, numbers, has_ipv6, tables):
    return Inputs.of(
        params,
        network_acls=compiling(params, cidrs, numbers if has_ipv6 else None),
        handed_over=internet.handed_over(params),
        ipv6=params["ipv6"] and params["ipv6"]["source"],
        ipv6_numbers={f"{tier}.{zone}": number for (tier, zone), number in numbers.items()},
        ipv6_left_alone={} if params["ipv6"] else internet.ways_as_open(params["tiers"] or [], tables),
    )


def _subnet_cidrs(params):
    """Return {(tier, AZ id): its IPv4 CIDR}. Raises Invalid."""
    cidrs = lay_out(params["cidrs"], params["tiers"], params["availability_zone_ids"], params["az_slots"])
    cidr_blocks.check("cidrs", params["cidrs"], params["cidrs_quota"], "cidrs_quota", bool(params["vpc_id"]))
    return cidrs


def _ipv6_numbers(params):
    """Return {(tier, AZ id): number of its /64 in the VPC's block}. Raises Invalid if the declared one is too small."""
    ipv6, tiers = params["ipv6"], [tier["name"] for tier in params["tiers"]]
    length = ipv6_plan.length_of(ipv6) if ipv6_plan.has_block(ipv6) else min(ipv6_plan.VPC_LENGTHS)
    return ipv6_plan.lay_out(tiers, params["availability_zone_ids"], params["az_slots"], length)


def _ipv6_of_subnet(tier, number, has_ipv6):
    if not (has_ipv6 and tier["ipv6"]):
        return {"ipv6_cidr": subnet.NO_IPV6, "assign_ipv6": False}
    cidr = Ref("vpc_ipv6_cidr.main", ipv6_plan.Part(number))
    return {"ipv6_cidr": cidr, "assign_ipv6": tier["assign_ipv6_address"]}


def _ipv6(params, tags, has_ipv6):
    """Resources of the VPC's IPv6 block, and of the egress-only internet gateway."""
    nat = [tier for tier in params["tiers"] or [] if tier["internet"] == "nat" and tier["ipv6"]]
    gateway = {"main": {"vpc": Ref("vpc.main"), "tags": tags("egress_only_internet_gateway", "main")}}
    resources = {"egress_only_internet_gateway": gateway if has_ipv6 and nat else {}}
    if params["state"] == "absent":
        return resources
    block = {key: params["ipv6"][key] for key in ("pool_id", "cidr", "netmask_length")}
    return {
        **resources,
        "vpc_ipv6": {"main": {"vpc": Ref("vpc.main"), **block}} if has_ipv6 else {},
        "vpc_ipv6_cidr": {"main": {}} if has_ipv6 else {},
    }


def _check(params):
    """Check the options that lay_out doesn't check. Raises Invalid."""
    identifiers.name("name", params["name"])
    if params["vpc_id"] is not None:
        identifiers.resource_id("vpc_id", params["vpc_id"], "vpc")
    if params["ipv6"]:
        ipv6_plan.check_source("ipv6", params["ipv6"])
    for index, zone in enumerate(params["availability_zone_ids"] or []):
        identifiers.az_id(f"availability_zone_ids[{index}]", zone)
    _check_tiers(params["tiers"] or [])
    internet.check(params)
    quotas.check("security_group_rules_quota", params["security_group_rules_quota"], quotas.RULES)
    check_quota(params["network_acl_rules_quota"])
    check_denied_ports(params["network_acl_denied_ports"])
    for option, what in (("cidrs", "range"), ("tiers", "tier")):
        if params[option] == [] and params["state"] == "present":
            raise Invalid(option, [], "would leave the VPC without subnets", f"at least one {what}, or state: absent")
    if params["flows"] is None and params["state"] == "present":
        if params["default_network_acl"] == "empty":
            problem = "would cut off the subnets, which have no other network ACL"
            raise Invalid("default_network_acl", "empty", problem, "flows, too")
        if params["security_groups"]:
            raise Invalid("security_groups", True, "has nothing to make rules of", "flows, too")
    if params["flow_logs"]:
        identifiers.flow_logs("flow_logs", params["flow_logs"])


def _check_tiers(tiers):
    for index, tier in enumerate(tiers):
        identifiers.tier(f"tiers[{index}].name", tier["name"])
        ports.clients(f"tiers[{index}].client_ports", tier["client_ports"])
        if tier["tags"]:
            check_tags(f"tiers[{index}].tags", tier["tags"])


def report(declared, found, ids, states):
    block = ids.get("vpc_ipv6_cidr.main")
    return {
        "vpc_id": ids.get("vpc.main"),
        "kept_routes": sorted(internet_route.kept(found, declared)),
        **({"ipv6_cidr": block} if "vpc_ipv6_cidr" in found else {}),
    }


def removals(declared, found, steps):
    """Return guard.Removals. A NAT gateway whose tiers leave by the transit gateway now is declared to leave."""
    routed = {route.fields["target"] for route in found.get("internet_route", {}).values()}
    left = [
        step
        for step in steps
        if not (step.address.kind == "nat_gateway" and declared.inputs.handed_over and step.removes not in routed)
    ]
    return guard.deleted("subnet", "nat_gateway", "internet_gateway")(declared, found, left)


CAPABILITY = Capability(
    "tiered_vpc",
    AWS,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (
        vpc,
        vpc_ipv6,
        vpc_ipv6_cidr,
        tagged,
        subnet,
        gateway_prefix_list,
        network_acl,
        network_acl_entry,
        network_acl_association,
        default_network_acl,
        tier_security_group,
        internet_gateway,
        internet_gateway_attachment,
        egress_only_internet_gateway,
        nat_gateway,
        elastic_ip,
        route_table,
        route_table_association,
        internet_route,
        default_security_group,
        flow_log,
        subnet_user,
    ),
    report,
    {"required_if": [["state", "present", ["cidrs", "availability_zone_ids", "tiers"]]]},
    adopts=True,
    removals=removals,
)
