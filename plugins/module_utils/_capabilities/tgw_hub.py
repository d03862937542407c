# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module tgw_hub: a Transit Gateway, its segments, and whom it lets in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .._aws.provider import AWS
from .._core.capability import Capability, Declared
from .._core.inputs import ModuleInputs
from .._core.plan import Ref
from .._domain.hub import segments, ways_out
from .._domain.values import quotas
from .._domain.values.internet import EVERYWHERE
from .._resources.hub import (
    foreseen,
    gateway_attachment,
    openings,
    other_attachment,
    resource_share,
    resource_share_association,
    spoke_attachment,
    transit_gateway,
    transit_gateway_association,
    transit_gateway_attachment,
    transit_gateway_membership,
    transit_gateway_prefix_list_reference,
    transit_gateway_propagation,
    transit_gateway_route,
    transit_gateway_route_table,
    transit_gateway_static_route,
    transit_gateway_table_route,
    way_out,
)
from .._resources.organizations import organization
from .._resources.shared.ec2 import owner_tags
from .._resources.vpc import existing_vpc, flow_log
from .._resources.vpc.existing_vpc import VpcSelector
from .tgw_hub_checks import check, check_ways_out
from .tgw_hub_report import report

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
            "attachment_subnet_ids": {"type": "list", "elements": "str"},
            "tiers": {"type": "list", "elements": "str", "default": []},
            "direct_tiers": {"type": "list", "elements": "str", "default": []},
            "destinations": {"type": "list", "elements": "str", "default": []},
            "other_targets": {"type": "list", "elements": "str", "default": []},
            "dns_support": {"type": "bool", "default": True},
            "appliance_mode": {"type": "bool", "default": False},
            "ipv6_support": {"type": "bool"},
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
            "actual_cidrs": {"type": "list", "elements": "str"},
        },
    },
    "other_attachments": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "attachment_id": {"type": "str"},
            "resource_type": {"type": "str", "required": True, "choices": list(segments.OTHERS)},
            "segment": {"type": "str", "required": True},
            "cidrs": {"type": "list", "elements": "str", "required": True},
        },
    },
    "detached": {"type": "list", "elements": "str", "default": []},
    "egress_ready": {"type": "bool"},
    "default_routes_in_use": {"type": "list", "elements": "str", "default": []},
    "blackholes": {"type": "bool", "default": False},
    "routes_quota": {"type": "int", "default": quotas.ROUTES},
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


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    owns_transit_gateway: bool
    needs_organization: bool
    spokes: Mapping[str, Mapping[str, str | None]]
    detached: Sequence[str]
    others: Mapping[str, Mapping[str, str]]
    # attachment -> CIDRs
    cidrs: Mapping[str, Sequence[str]]
    actual_cidrs: Mapping[str, Sequence[str]]
    # attachment -> ids of other targets that its routes may lead to
    other_targets: Mapping[str, Sequence[str]]
    # "segment/destination" of the default routes to ways out, and which of them lead on behind a firewall
    default_routes: Sequence[str]
    default_routes_behind: Sequence[str]
    default_routes_in_use: Sequence[str]
    egress_ready: bool | None
    # what is wrong with the ways out, which is known only with all attachments
    ways_out_problems: Sequence[str]
    ready_destinations: Sequence[str]
    undeclared: str
    # segments
    isolated: Sequence[str]
    routes_quota: int
    vpcs: Mapping[str, VpcSelector]


def desired(params):
    check(params)
    name = params["name"]
    owner = f"tgw_hub/{name}"

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
        "existing_vpc": {},
        "gateway_attachment": {},
        "organization": {},
        "other_attachment": {},
        "transit_gateway_table_route": {},
        "way_out": {},
        "spoke_attachment": {
            spoke["name"]: {"state": "available", "tags": owner_tags(owner, spoke["name"], None, spoke["name"])}
            for spoke in params["attachments"]
        },
        **_vpc_attachments(params["vpc_attachments"], tags),
        **_tables(params, tags),
        **_share(params["share_with"], f"{name}-transit-gateway", tags),
        **flow_log.declared_in(
            params,
            resource=Ref("transit_gateway.main"),
            resource_type="TransitGateway",
            # The only interval that a transit gateway has (CreateFlowLogs).
            max_aggregation_interval=60,
            tags=tags("flow_log", f"{name}-flow-log"),
        ),
    }
    return Declared(owner, resources, _inputs(params))


def _inputs(params):
    own, spokes, others = params["vpc_attachments"], params["attachments"], params["other_attachments"]
    given = (params["segments"], _attachments(params))
    present = params["state"] == "present"
    ways = segments.default_routes(*given) if present else {}
    parsed = segments.parse(params["segments"]) if present else {}
    return Inputs.of(
        params,
        ways_out_problems=list(map(str, segments.check_ways_out(*given) if present else ())),
        ready_destinations=EVERYWHERE if params["egress_ready"] else (),
        default_routes=[f"{segment}/{route.destination}" for segment, routes in ways.items() for route in routes],
        default_routes_behind=[
            f"{segment}/{route.destination}" for segment in parsed if parsed[segment].egress for route in ways[segment]
        ],
        isolated=[name for name, segment in parsed.items() if segment.isolated],
        owns_transit_gateway=True,
        needs_organization=bool((params["share_with"] or {}).get("organization")),
        spokes={s["name"]: {"account_id": s["account_id"], "vpc_id": s["vpc_id"]} for s in spokes},
        others={o["name"]: {key: o[key] for key in ("attachment_id", "resource_type")} for o in others},
        cidrs={attachment["name"]: attachment["cidrs"] for attachment in own + spokes + others},
        actual_cidrs={s["name"]: s["actual_cidrs"] for s in spokes if s["actual_cidrs"]},
        other_targets={vpc["name"]: vpc["other_targets"] for vpc in own},
        vpcs={vpc["name"]: VpcSelector.of(vpc) for vpc in own},
    )


def _vpc_attachments(own, tags):
    attachments, routes = {}, {}
    for vpc in own:
        attachments[vpc["name"]] = {
            "transit_gateway": Ref("transit_gateway.main"),
            "vpc": Ref(f"existing_vpc.{vpc['name']}"),
            "tier": vpc["attachment_tier"],
            "subnet_ids": vpc["attachment_subnet_ids"],
            "dns_support": vpc["dns_support"],
            "appliance_mode": vpc["appliance_mode"],
            "ipv6_support": vpc["ipv6_support"],
            "tags": tags(vpc["name"], vpc["name"]),
        }
        for tier, destination in ways_out.of_tiers(vpc["tiers"], vpc["destinations"], vpc["direct_tiers"]):
            routes[f"{vpc['name']}/{tier}/{destination}"] = {
                "attachment": vpc["name"],
                "tier": tier,
                "destination": destination,
                "transit_gateway": Ref("transit_gateway.main"),
            }
    return {"transit_gateway_attachment": attachments, "transit_gateway_route": routes}


def _tables(params, tags):
    """Route tables, associations, propagations and static routes from the segments."""
    resources = {
        "transit_gateway_route_table": {},
        "transit_gateway_association": {},
        "transit_gateway_propagation": {},
        "transit_gateway_static_route": {},
        "transit_gateway_prefix_list_reference": {},
    }
    if params["state"] == "absent":
        return resources
    own = {vpc["name"] for vpc in params["vpc_attachments"]}
    others = {other["name"] for other in params["other_attachments"]}
    attachments = _attachments(params)
    for problem in segments.check(params["segments"], attachments):
        raise problem
    check_ways_out(params)

    def attachment(name):
        kind = "other_attachment" if name in others else "spoke_attachment"
        return Ref(f"{'transit_gateway_attachment' if name in own else kind}.{name}")

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
        static = [(cidr, "blackhole") for cidr in table.blackholes]
        static += [(route.destination, attachment(route.attachment)) for route in table.static_routes]
        for destination, target in static:
            listed = destination.startswith("pl-")
            kind = "transit_gateway_prefix_list_reference" if listed else "transit_gateway_static_route"
            resources[kind][f"{segment}/{destination}"] = {
                "table": table_id,
                "prefix_list" if listed else "cidr": destination,
                "attachment": target,
            }
    return resources


def _attachments(params):
    return [
        segments.Attachment(a["name"], a["segment"], tuple(a["cidrs"]), a.get("account_id", params["account_id"]))
        for a in params["vpc_attachments"] + params["attachments"]
    ] + segments.others(params["other_attachments"])


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


CAPABILITY = Capability(
    "tgw_hub",
    AWS,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (
        organization,
        transit_gateway,
        transit_gateway_route_table,
        existing_vpc,
        gateway_attachment,
        transit_gateway_attachment,
        spoke_attachment,
        other_attachment,
        transit_gateway_association,
        transit_gateway_propagation,
        transit_gateway_table_route,
        transit_gateway_static_route,
        transit_gateway_prefix_list_reference,
        resource_share,
        resource_share_association,
        transit_gateway_route,
        way_out,
        flow_log,
    ),
    report,
    {"required_if": [["state", "present", ["segments"]]]},
    adopts=True,
    removals=transit_gateway_membership.removals,
    foreseen=foreseen.of_hub,
    limits=True,
    opens=openings.unnamed,
)
