#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Ref
from ansible_collections.closednet.aws.plugins.module_utils._core.runner import Capability, Declared, run
from ansible_collections.closednet.aws.plugins.module_utils._domain.cidr_plan import lay_out
from ansible_collections.closednet.aws.plugins.module_utils._domain.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._resources import (
    default_security_group,
    elastic_ip,
    flow_log,
    internet_gateway,
    internet_gateway_attachment,
    internet_route,
    nat_gateway,
    owned,
    route_table,
    route_table_association,
    subnet,
    vpc,
)
from ansible_collections.closednet.aws.plugins.module_utils._resources.ec2 import owner_tags

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "vpc_id": {"type": "str"},
    "cidrs": {"type": "list", "elements": "str"},
    "availability_zone_ids": {"type": "list", "elements": "str"},
    "tiers": {
        "type": "list",
        "elements": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "prefix": {"type": "int"},
            "cidrs": {"type": "dict"},
            "internet": {"type": "str", "choices": ["none", "gateway", "nat"], "default": "none"},
            "map_public_ip": {"type": "bool", "default": False},
        },
        "required_one_of": [["prefix", "cidrs"]],
        "mutually_exclusive": [["prefix", "cidrs"]],
    },
    "az_slots": {"type": "int", "default": 4},
    "nat_gateways": {"type": "str", "choices": ["single", "per_az"], "default": "single"},
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
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


def desired(params):
    name, zones, tiers = params["name"], params["availability_zone_ids"] or [], params["tiers"] or []
    owner = f"tiered_vpc/{name}"

    def tags(kind, resource):
        return owner_tags(owner, resource, params["tags"], f"{name}-{resource}" if kind != "vpc" else name)

    present = params["state"] == "present"
    cidrs = lay_out(params["cidrs"], tiers, zones, params["az_slots"]) if present else {}
    gateway_tiers = [tier["name"] for tier in tiers if tier["internet"] == "gateway"]
    nat_tiers = [tier["name"] for tier in tiers if tier["internet"] == "nat"]
    if nat_tiers and not gateway_tiers:
        raise Invalid("tiers", nat_tiers, "use a NAT gateway", "a tier with internet: gateway for it to stand in")
    per_az = params["nat_gateways"] == "per_az"
    nat_zones = (zones if per_az else zones[:1]) if nat_tiers else []

    resources = {
        "vpc": {
            "main": {
                "cidrs": params["cidrs"] and [params["cidrs"][0], *sorted(params["cidrs"][1:])],
                "dns_support": params["dns_support"],
                "dns_hostnames": params["dns_hostnames"],
                # An adopted VPC stays its maker's: it gets the user's tags only.
                "tags": params["tags"] if params["vpc_id"] else tags("vpc", "main"),
            }
        },
        "owned": {},
        "subnet": {},
        "route_table": {},
        "route_table_association": {},
        "internet_route": {},
    }
    for tier in tiers:
        tables = [tier["name"]]
        if tier["internet"] == "nat" and per_az:
            tables = [f"{tier['name']}.{zone}" for zone in zones]
        for table in tables:
            resources["route_table"][table] = {"vpc": Ref("vpc.main"), "tags": tags("route_table", table)}
        for index, zone in enumerate(zones):
            subnet_name = f"{tier['name']}.{zone}"
            table = Ref(f"route_table.{tables[index % len(tables)]}")
            resources["subnet"][subnet_name] = {
                "vpc": Ref("vpc.main"),
                "cidr": cidrs.get((tier["name"], zone)),
                "az_id": zone,
                "map_public_ip": tier["map_public_ip"],
                "tags": tags("subnet", subnet_name),
            }
            resources["route_table_association"][subnet_name] = {
                "subnet": Ref(f"subnet.{subnet_name}"),
                "route_table": table,
            }
        if tier["internet"] != "none":
            for index, table in enumerate(tables):
                via = "internet_gateway" if tier["internet"] == "gateway" else "nat_gateway"
                target = "main" if via == "internet_gateway" else nat_zones[index]
                resources["internet_route"][f"{table}/0.0.0.0/0"] = {
                    "route_table": Ref(f"route_table.{table}"),
                    "destination": "0.0.0.0/0",
                    "via": via,
                    "target": Ref(f"{via}.{target}"),
                }
    resources["internet_gateway"] = {"main": {"tags": tags("internet_gateway", "main")}} if gateway_tiers else {}
    resources["internet_gateway_attachment"] = (
        {"main": {"internet_gateway": Ref("internet_gateway.main"), "vpc": Ref("vpc.main")}} if gateway_tiers else {}
    )
    resources["elastic_ip"] = {zone: {"tags": tags("elastic_ip", zone)} for zone in nat_zones}
    resources["nat_gateway"] = {
        zone: {
            "subnet": Ref(f"subnet.{gateway_tiers[0]}.{zone}"),
            "address": Ref(f"elastic_ip.{zone}"),
            "tags": tags("nat_gateway", zone),
        }
        for zone in nat_zones
    }
    if present and params["default_security_group"] == "empty":
        resources["default_security_group"] = {"main": {"ingress": [], "egress": []}}
    if not present:
        resources["flow_log"] = {}
    elif params["flow_logs"]:
        resources["flow_log"] = {
            "main": {
                "resource": Ref("vpc.main"),
                "resource_type": "VPC",
                "tags": tags("flow_log", "main"),
                **params["flow_logs"],
            }
        }
    return Declared(
        owner, resources, {"vpc_id": params["vpc_id"]}, purge_tags=bool(params["tags"]) and params["purge_tags"]
    )


def report(declared, found, ids, states):
    return {"vpc_id": ids.get("vpc.main")}


CAPABILITY = Capability(
    "tiered_vpc",
    ARGUMENT_SPEC,
    desired,
    (
        vpc,
        owned,
        subnet,
        internet_gateway,
        internet_gateway_attachment,
        nat_gateway,
        elastic_ip,
        route_table,
        route_table_association,
        internet_route,
        default_security_group,
        flow_log,
    ),
    report,
    {"required_if": [["state", "present", ["cidrs", "availability_zone_ids", "tiers"]]]},
)


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
