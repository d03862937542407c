#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Ref
from ansible_collections.closednet.aws.plugins.module_utils._core.runner import Capability, Declared, run
from ansible_collections.closednet.aws.plugins.module_utils._domain import segments
from ansible_collections.closednet.aws.plugins.module_utils._domain.cidr_plan import parse
from ansible_collections.closednet.aws.plugins.module_utils._resources import (
    attached_vpc,
    flow_log,
    organization,
    resource_share,
    resource_share_association,
    spoke_attachment,
    transit_gateway,
    transit_gateway_association,
    transit_gateway_attachment,
    transit_gateway_propagation,
    transit_gateway_route,
    transit_gateway_route_table,
    transit_gateway_static_route,
)
from ansible_collections.closednet.aws.plugins.module_utils._resources.ec2 import owner_tags

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "description": {"type": "str", "default": ""},
    "amazon_side_asn": {"type": "int", "default": 64512},
    "dns_support": {"type": "bool", "default": True},
    "vpn_ecmp_support": {"type": "bool", "default": True},
    "security_group_referencing": {"type": "bool", "default": True},
    "cidr_blocks": {"type": "list", "elements": "str", "default": []},
    "segments": {"type": "dict"},
    "share_with": {
        "type": "dict",
        "options": {
            "organization": {"type": "bool", "default": False},
            "organizational_units": {"type": "list", "elements": "str", "default": []},
            "accounts": {"type": "list", "elements": "str", "default": []},
            "outside_organization": {"type": "bool", "default": False},
        },
    },
    "vpc_attachments": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "segment": {"type": "str", "required": True},
            "cidrs": {"type": "list", "elements": "str", "required": True},
            "vpc_id": {"type": "str"},
            "vpc_name": {"type": "str"},
            "attachment_tier": {"type": "str", "default": "tgw"},
            "tiers": {"type": "list", "elements": "str", "default": []},
            "destinations": {"type": "list", "elements": "str", "default": []},
            "dns_support": {"type": "bool", "default": True},
            "appliance_mode": {"type": "bool", "default": False},
        },
        "mutually_exclusive": [["vpc_id", "vpc_name"]],
    },
    "attachments": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "account_id": {"type": "str", "required": True},
            "segment": {"type": "str", "required": True},
            "cidrs": {"type": "list", "elements": "str", "required": True},
            "vpc_id": {"type": "str"},
        },
    },
    "blackholes": {"type": "bool", "default": False},
    "undeclared": {"type": "str", "choices": ["report", "reject"], "default": "report"},
    "flow_logs": {
        "type": "dict",
        "options": {
            "destination": {"type": "str", "required": True},
            "destination_type": {"type": "str", "choices": ["s3", "cloud-watch-logs"], "default": "s3"},
            "role_arn": {"type": "str"},
        },
        "required_if": [["destination_type", "cloud-watch-logs", ["role_arn"]]],
    },
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


def desired(params):
    name = params["name"]
    owner = f"tgw_hub/{name}"
    own, spokes = params["vpc_attachments"], params["attachments"]

    def tags(resource, title):
        return owner_tags(owner, resource, params["tags"], title)

    resources = {
        "transit_gateway": {
            "main": {
                "asn": params["amazon_side_asn"],
                "description": params["description"],
                "cidr_blocks": sorted(params["cidr_blocks"]),
                "dns_support": params["dns_support"],
                "vpn_ecmp_support": params["vpn_ecmp_support"],
                "security_group_referencing": params["security_group_referencing"],
                # Who joins, and which table it joins, is declared here and never left to a default.
                "auto_accept": False,
                "default_association": False,
                "default_propagation": False,
                "tags": tags("main", name),
            }
        },
        "attached_vpc": {},
        "organization": {},
        "spoke_attachment": {
            spoke["name"]: {"state": "available", "tags": owner_tags(owner, spoke["name"], None, spoke["name"])}
            for spoke in spokes
        },
        **_vpc_attachments(own, tags),
        **_tables(params, tags),
        **_share(params["share_with"], f"{name}-transit-gateway", tags),
    }
    if params["state"] == "absent":
        resources["flow_log"] = {}
    elif params["flow_logs"]:
        resources["flow_log"] = {
            "main": {
                "resource": Ref("transit_gateway.main"),
                "resource_type": "TransitGateway",
                # The only interval that a transit gateway has (CreateFlowLogs).
                "max_aggregation_interval": 60,
                "tags": tags("flow_log", f"{name}-flow-log"),
                **params["flow_logs"],
            }
        }
    scope = {
        "owns_transit_gateway": True,
        "share_with_organization": bool((params["share_with"] or {}).get("organization")),
        "spokes": {s["name"]: {"account_id": s["account_id"], "vpc_id": s["vpc_id"]} for s in spokes},
        "undeclared": params["undeclared"],
        "vpcs": {
            vpc["name"]: {"vpc_id": vpc["vpc_id"], "owner": f"tiered_vpc/{vpc['vpc_name'] or vpc['name']}"}
            for vpc in own
        },
    }
    return Declared(owner, resources, scope, purge_tags=bool(params["tags"]) and params["purge_tags"])


def _vpc_attachments(own, tags):
    attachments, routes = {}, {}
    for index, vpc in enumerate(own):
        attachments[vpc["name"]] = {
            "transit_gateway": Ref("transit_gateway.main"),
            "vpc": Ref(f"attached_vpc.{vpc['name']}"),
            "tier": vpc["attachment_tier"],
            "dns_support": vpc["dns_support"],
            "appliance_mode": vpc["appliance_mode"],
            "tags": tags(vpc["name"], vpc["name"]),
        }
        for number, destination in enumerate(vpc["destinations"]):
            if not destination.startswith("pl-"):
                parse(f"vpc_attachments[{index}].destinations[{number}]", destination)
            for tier in vpc["tiers"]:
                routes[f"{vpc['name']}/{tier}/{destination}"] = {
                    "attachment": vpc["name"],
                    "tier": tier,
                    "destination": destination,
                    "transit_gateway": Ref("transit_gateway.main"),
                }
    return {"transit_gateway_attachment": attachments, "transit_gateway_route": routes}


def _tables(params, tags):
    """Route tables, associations, propagations and blackholes from the segments."""
    resources = {
        "transit_gateway_route_table": {},
        "transit_gateway_association": {},
        "transit_gateway_propagation": {},
        "transit_gateway_static_route": {},
    }
    if params["state"] == "absent":
        return resources
    own = {vpc["name"] for vpc in params["vpc_attachments"]}
    attachments = [
        segments.Attachment(a["name"], a["segment"], tuple(a["cidrs"]), a.get("account_id", params["account_id"]))
        for a in params["vpc_attachments"] + params["attachments"]
    ]
    for problem in segments.check(params["segments"], attachments):
        raise problem

    def attachment(name):
        return Ref(f"transit_gateway_attachment.{name}" if name in own else f"spoke_attachment.{name}")

    for segment, table in segments.tables(params["segments"], attachments, params["blackholes"]).items():
        table_id = Ref(f"transit_gateway_route_table.{segment}")
        resources["transit_gateway_route_table"][segment] = {
            "transit_gateway": Ref("transit_gateway.main"),
            "tags": tags(segment, f"{params['name']}-{segment}"),
        }
        for member in table.associations:
            resources["transit_gateway_association"][member] = {"attachment": attachment(member), "table": table_id}
        for member in table.propagations:
            resources["transit_gateway_propagation"][f"{segment}/{member}"] = {
                "attachment": attachment(member),
                "table": table_id,
            }
        for cidr in table.blackholes:
            resources["transit_gateway_static_route"][f"{segment}/{cidr}"] = {
                "table": table_id,
                "cidr": cidr,
                "attachment": "blackhole",
            }
    return resources


def _share(share_with, share_name, tags):
    resources = {"resource_share": {}, "resource_share_association": {}}
    if share_with:
        resources["resource_share"]["main"] = {
            "share_name": share_name,
            "allow_external": share_with["outside_organization"],
            "tags": tags("main", share_name),
        }
        principals = share_with["organizational_units"] + share_with["accounts"]
        if share_with["organization"]:
            principals.append(Ref("organization.main"))
        entities = [("RESOURCE", Ref("transit_gateway.main"))] + [("PRINCIPAL", principal) for principal in principals]
        for type_, entity in entities:
            resources["resource_share_association"][f"{type_} {entity}"] = {
                "share": Ref("resource_share.main"),
                "type": type_,
                "entity": entity,
            }
    return resources


def report(declared, found, ids, states):
    tables = "transit_gateway_route_table."
    return {
        "transit_gateway_id": ids.get("transit_gateway.main"),
        "route_table_ids": {
            address.removeprefix(tables): id_ for address, id_ in ids.items() if address.startswith(tables)
        },
        "resource_share_arn": ids.get("resource_share.main"),
        "pending": sorted(name for name in declared.scope["spokes"] if name not in found["spoke_attachment"]),
        "undeclared": [
            {
                "attachment_id": actual.id,
                "account_id": actual.details["account_id"],
                "vpc_id": actual.details["vpc_id"],
                "state": actual.details["state"],
            }
            for actual in found["spoke_attachment"].values()
            if not actual.details["declared"]
        ],
    }


CAPABILITY = Capability(
    "tgw_hub",
    ARGUMENT_SPEC,
    desired,
    (
        organization,
        transit_gateway,
        transit_gateway_route_table,
        attached_vpc,
        transit_gateway_attachment,
        spoke_attachment,
        transit_gateway_association,
        transit_gateway_propagation,
        transit_gateway_static_route,
        resource_share,
        resource_share_association,
        transit_gateway_route,
        flow_log,
    ),
    report,
    {"required_if": [["state", "present", ["segments"]]]},
)


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
