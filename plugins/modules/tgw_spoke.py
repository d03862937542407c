#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Ref
from ansible_collections.closednet.aws.plugins.module_utils._core.runner import Capability, Declared, run
from ansible_collections.closednet.aws.plugins.module_utils._domain.cidr_plan import parse
from ansible_collections.closednet.aws.plugins.module_utils._domain.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._resources import (
    attached_vpc,
    security_group,
    shared_transit_gateway,
    transit_gateway_attachment,
    transit_gateway_route,
)
from ansible_collections.closednet.aws.plugins.module_utils._resources.ec2 import owner_tags
from ansible_collections.closednet.aws.plugins.module_utils._resources.security_group_rules import rule, sort

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "transit_gateway_id": {"type": "str"},
    "hub_account_id": {"type": "str"},
    "vpc_id": {"type": "str"},
    "vpc_name": {"type": "str"},
    "attachment_tier": {"type": "str", "default": "tgw"},
    "tiers": {"type": "list", "elements": "str", "default": []},
    "destinations": {"type": "list", "elements": "str", "default": []},
    "dns_support": {"type": "bool", "default": True},
    "appliance_mode": {"type": "bool", "default": False},
    "security_group_referencing": {"type": "bool", "default": True},
    "from_hub": {
        "type": "dict",
        "options": {
            "sources": {"type": "list", "elements": "str", "required": True},
            "tcp": {"type": "list", "elements": "str", "default": []},
            "udp": {"type": "list", "elements": "str", "default": []},
        },
    },
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}
FROM_HUB = "closednet-from-hub"


def desired(params):
    owner = f"tgw_spoke/{params['name']}"

    def tags(name, title):
        return owner_tags(owner, name, params["tags"], title)

    for index, destination in enumerate(params["destinations"]):
        if not destination.startswith("pl-"):
            parse(f"destinations[{index}]", destination)
    resources = {
        "transit_gateway": {"main": {}},
        "attached_vpc": {},
        "transit_gateway_attachment": {
            "main": {
                "transit_gateway": Ref("transit_gateway.main"),
                "vpc": Ref("attached_vpc.main"),
                "tier": params["attachment_tier"],
                "dns_support": params["dns_support"],
                "appliance_mode": params["appliance_mode"],
                "security_group_referencing": params["security_group_referencing"],
                "tags": tags("main", params["name"]),
            }
        },
        "transit_gateway_route": {
            f"{tier}/{destination}": {
                "attachment": "main",
                "tier": tier,
                "destination": destination,
                "transit_gateway": Ref("transit_gateway.main"),
            }
            for tier in params["tiers"]
            for destination in params["destinations"]
        },
        "security_group": {},
    }
    if params["from_hub"]:
        resources["security_group"]["from_hub"] = {
            "vpc": Ref("attached_vpc.main"),
            "group_name": FROM_HUB,
            "description": "What may come in from the hub",
            "ingress": sort(_ingress(params["from_hub"])),
            "egress": [],
            "tags": tags("from_hub", FROM_HUB),
        }
    vpc_name = params["vpc_name"] or params["name"]
    scope = {
        "transit_gateway_id": params["transit_gateway_id"],
        "hub_account_id": params["hub_account_id"],
        "owns_transit_gateway": False,
        "vpcs": {"main": {"vpc_id": params["vpc_id"], "owner": f"tiered_vpc/{vpc_name}"}},
        "security_groups": {"from_hub": FROM_HUB},
    }
    return Declared(owner, resources, scope, purge_tags=bool(params["tags"]) and params["purge_tags"])


def _ingress(from_hub):
    """Rules from {"sources": [CIDR, pl-id or sg-id], "tcp": ["443", "8000-8080"], "udp": [...]}."""
    rules = []
    for index, source in enumerate(from_hub["sources"]):
        if not source.startswith(("pl-", "sg-")):
            parse(f"from_hub.sources[{index}]", source)
    for protocol in ("tcp", "udp"):
        for index, ports in enumerate(from_hub[protocol]):
            first, _dash, last = ports.partition("-")
            last = last or first
            if not (first.isdigit() and last.isdigit() and 0 <= int(first) <= int(last) <= 65535):
                option = f"from_hub.{protocol}[{index}]"
                raise Invalid(option, ports, "is neither a port nor a range of ports", "443 or 8000-8080")
            rules += [rule(protocol, int(first), int(last), source) for source in from_hub["sources"]]
    return rules


def report(declared, found, ids, states):
    return {
        "transit_gateway_id": ids.get("transit_gateway.main"),
        "attachment_id": ids.get("transit_gateway_attachment.main"),
        "attachment_state": states.get("transit_gateway_attachment.main"),
    }


CAPABILITY = Capability(
    "tgw_spoke",
    ARGUMENT_SPEC,
    desired,
    (shared_transit_gateway, attached_vpc, transit_gateway_attachment, transit_gateway_route, security_group),
    report,
    {
        "required_one_of": [["transit_gateway_id", "hub_account_id"]],
        "mutually_exclusive": [["vpc_id", "vpc_name"]],
    },
)


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
