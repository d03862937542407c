# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module tgw_spoke: one account's attachment to the hub's Transit Gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .._aws.provider import AWS
from .._core import guard
from .._core.capability import Capability, Declared
from .._core.errors import Invalid
from .._core.inputs import ModuleInputs
from .._core.plan import Ref
from .._domain.hub import ways_out
from .._domain.values import identifiers, quotas
from .._domain.values.internet import EVERYWHERE
from .._resources.hub import (
    foreseen,
    shared_transit_gateway,
    transit_gateway_attachment,
    transit_gateway_route,
    way_out,
)
from .._resources.shared.ec2 import owner_tags
from .._resources.vpc import existing_vpc, prefix_list_size, security_group
from .._resources.vpc.existing_vpc import VpcSelector
from .._resources.vpc.security_group_rules import check_size, inbound

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "transit_gateway_id": {"type": "str"},
    "hub_account_id": {"type": "str"},
    "vpc_id": {"type": "str"},
    "vpc_name": {"type": "str"},
    "attachment_tier": {"type": "str", "default": "tgw"},
    "attachment_subnet_ids": {"type": "list", "elements": "str"},
    "tiers": {"type": "list", "elements": "str", "default": []},
    "direct_tiers": {"type": "list", "elements": "str", "default": []},
    "destinations": {"type": "list", "elements": "str", "default": []},
    "ready_destinations": {"type": "list", "elements": "str", "default": []},
    "other_targets": {"type": "list", "elements": "str", "default": []},
    "routes_quota": {"type": "int", "default": quotas.ROUTES},
    "dns_support": {"type": "bool", "default": True},
    "appliance_mode": {"type": "bool", "default": False},
    "security_group_referencing": {"type": "bool", "default": True},
    "ipv6_support": {"type": "bool"},
    "from_hub": {
        "type": "dict",
        "options": {
            "sources": {"type": "list", "elements": "str", "required": True},
            "tcp": {"type": "list", "elements": "str", "default": []},
            "udp": {"type": "list", "elements": "str", "default": []},
        },
    },
    "security_group_rules_quota": {"type": "int", "default": quotas.RULES},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}
FROM_HUB = "closednet-from-hub"


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    transit_gateway_id: str | None
    hub_account_id: str | None
    owns_transit_gateway: bool
    vpcs: Mapping[str, VpcSelector]
    security_groups: Mapping[str, str]
    other_targets: Mapping[str, Sequence[str]]
    ready_destinations: Sequence[str]
    security_group_rules_quota: int
    routes_quota: int


def desired(params):
    _check(params)
    owner = f"tgw_spoke/{params['name']}"

    def tags(name, title):
        return owner_tags(owner, name, params["tags"], title)

    from_hub = params["from_hub"]
    resources = {
        "prefix_list_size": prefix_list_size.declared_in(
            from_hub["sources"] if from_hub else [], params["destinations"] if params["tiers"] else []
        ),
        "transit_gateway": {"main": {}},
        "existing_vpc": {},
        "transit_gateway_attachment": {
            "main": {
                "transit_gateway": Ref("transit_gateway.main"),
                "vpc": Ref("existing_vpc.main"),
                "tier": params["attachment_tier"],
                "subnet_ids": params["attachment_subnet_ids"],
                "dns_support": params["dns_support"],
                "appliance_mode": params["appliance_mode"],
                "security_group_referencing": params["security_group_referencing"],
                "ipv6_support": params["ipv6_support"],
                "tags": tags("main", params["name"]),
            }
        },
        "transit_gateway_route": _routes(params),
        "security_group": _from_hub(from_hub, params, tags) if from_hub else {},
        "way_out": {},
    }
    return Declared(owner, resources, _inputs(params))


def _routes(params):
    return {
        f"{tier}/{destination}": {
            "attachment": "main",
            "tier": tier,
            "destination": destination,
            "transit_gateway": Ref("transit_gateway.main"),
        }
        for tier, destination in ways_out.of_tiers(params["tiers"], params["destinations"], params["direct_tiers"])
    }


def _from_hub(from_hub, params, tags):
    ingress = inbound(from_hub["sources"], {"tcp": from_hub["tcp"], "udp": from_hub["udp"]}, "from_hub.")
    check_size("from_hub", ingress, params["security_group_rules_quota"])
    return {
        "from_hub": {
            "vpc": Ref("existing_vpc.main"),
            "group_name": FROM_HUB,
            "description": "What may come in from the hub",
            "ingress": ingress,
            "egress": [],
            "tags": tags("from_hub", FROM_HUB),
        }
    }


def _inputs(params):
    return Inputs.of(
        params,
        owns_transit_gateway=False,
        vpcs={"main": VpcSelector.of(params)},
        security_groups={"from_hub": FROM_HUB},
        other_targets={"main": params["other_targets"]},
    )


def _check(params):
    identifiers.name("name", params["name"])
    quotas.check("routes_quota", params["routes_quota"], quotas.ROUTES)
    if params["hub_account_id"] is not None:
        identifiers.account_id("hub_account_id", params["hub_account_id"])
    if params["transit_gateway_id"] is not None:
        identifiers.resource_id("transit_gateway_id", params["transit_gateway_id"], "tgw")
    identifiers.attached_vpc("", params)
    identifiers.route_targets("other_targets", params["other_targets"])
    for index, tier in enumerate(params["direct_tiers"]):
        identifiers.tier(f"direct_tiers[{index}]", tier)
    for index, destination in enumerate(params["ready_destinations"]):
        if destination not in EVERYWHERE:
            expected = " or ".join(EVERYWHERE)
            raise Invalid(f"ready_destinations[{index}]", destination, "is no default route", expected)
    if params["from_hub"] and not params["from_hub"]["sources"]:
        raise Invalid("from_hub.sources", [], "lets nobody in", "at least one, or no from_hub")


def report(declared, found, ids, states):
    vpc = found["existing_vpc"].get("main")
    return {
        "vpc_id": vpc and vpc.id,
        "vpc_cidrs": transit_gateway_attachment.carried("main", found, declared) if vpc else [],
        "transit_gateway_id": ids.get("transit_gateway.main"),
        "attachment_id": ids.get("transit_gateway_attachment.main"),
        "routed": transit_gateway_route.all_lead_there(found, declared),
        "default_routes": _defaults(declared, found),
        "attachment_state": states.get("transit_gateway_attachment.main"),
    }


def _defaults(declared, found):
    """Return the destinations of default routes to the Transit Gateway that may be there after this run."""
    if declared.absent:
        return []
    wanted = {fields["destination"] for fields in declared.resources["transit_gateway_route"].values()}
    wanted &= set(EVERYWHERE)
    # Those that aren't declared are deleted once the attachment is available.
    gone = transit_gateway_route.state_of(found, "main") == "available"
    return sorted(wanted if gone else {*wanted, *transit_gateway_route.defaults(found)})


CAPABILITY = Capability(
    "tgw_spoke",
    AWS,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (
        shared_transit_gateway,
        existing_vpc,
        prefix_list_size,
        transit_gateway_attachment,
        transit_gateway_route,
        way_out,
        security_group,
    ),
    report,
    {
        "required_one_of": [["transit_gateway_id", "hub_account_id"]],
        "mutually_exclusive": [["vpc_id", "vpc_name"]],
    },
    adopts=True,
    removals=guard.deleted("security_group"),
    foreseen=foreseen.of_spoke,
)
