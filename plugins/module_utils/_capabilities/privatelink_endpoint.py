# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module privatelink_endpoint: interface endpoints of a provider's service, with a private name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .._aws.provider import AWS
from .._core import guard
from .._core.capability import Capability, Declared
from .._core.errors import Invalid
from .._core.inputs import ModuleInputs
from .._core.plan import Ref
from .._domain.values import identifiers
from .._resources.privatelink import alias_record, consumed_service, interface_endpoint, private_zone
from .._resources.shared import route53
from .._resources.vpc import existing_vpc, prefix_list_size, security_group
from .._resources.vpc.existing_vpc import VpcSelector
from . import service_endpoints

ARGUMENT_SPEC = {
    **service_endpoints.OF_INTERFACES,
    "service_name": {"type": "str"},
    "service_region": {"type": "str"},
    "tcp": {"type": "list", "elements": "str"},
    "dns_name": {"type": "str"},
    "wait_for_acceptance": {"type": "bool", "default": False},
}


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    vpcs: Mapping[str, VpcSelector]
    security_groups: Mapping[str, str]
    security_group_rules_quota: int
    service_name: str | None
    service_region: str | None
    dns_name: str | None
    wait_for_acceptance: bool


def desired(params):
    _check(params)
    owner, dns_name = f"privatelink_endpoint/{params['name']}", params["dns_name"]
    group_name = f"closednet-privatelink-{params['name']}"
    description = "Who may call the service behind the endpoint"
    resources = {
        **service_endpoints.security_group(params, owner, "endpoint", group_name, description, params["tcp"] or []),
        "existing_vpc": {},
        "consumed_service": {"main": {}},
        "vpc_endpoint": {
            "main": {
                "vpc": Ref("existing_vpc.main"),
                "service_name": params["service_name"],
                "tier": params["tier"],
                "groups": [Ref("security_group.endpoint")],
                "tags": service_endpoints.tagger(params, owner)("main", params["name"]),
            }
        },
        "private_zone": {},
        "alias_record": {},
    }
    if dns_name:
        resources["private_zone"][dns_name] = {
            "name": dns_name,
            "vpc": Ref("existing_vpc.main"),
            "comment": route53.zone_comment(owner),
        }
        resources["alias_record"][dns_name] = {"zone": Ref(f"private_zone.{dns_name}"), "name": dns_name}
    return Declared(owner, resources, _inputs(params, group_name))


def _inputs(params, group_name):
    return Inputs.of(
        params,
        vpcs={"main": VpcSelector.of(params)},
        security_groups={"endpoint": group_name},
    )


def _check(params):
    identifiers.name("name", params["name"])
    identifiers.existing_vpc("", params)
    identifiers.tier("tier", params["tier"])
    name, region = params["service_name"], params["service_region"]
    if region is not None:
        identifiers.region("service_region", region)
    if name is not None and (told := identifiers.service_name("service_name", name)) != (region or told):
        raise Invalid("service_region", region, f"isn't the region of {name}", told)
    for option in ("sources", "tcp"):
        if params[option] is not None and not params[option]:
            raise Invalid(option, [], "lets nobody call the service", "at least one")
    if params["dns_name"] is not None:
        identifiers.domain("dns_name", params["dns_name"])


def report(declared, found, ids, states):
    zones = [address.name for address in ids if address.kind == "private_zone"]
    service = found["consumed_service"].get("main")
    own = (
        service.details["private_dns_name"]
        if service and interface_endpoint.has_own_name(declared, found, ids, states)
        else None
    )
    return {
        "vpc_endpoint_id": ids.get(interface_endpoint.ADDRESS),
        "state": states.get(interface_endpoint.ADDRESS) if interface_endpoint.ADDRESS in ids else None,
        "dns_name": zones[0] if zones else own,
    }


CAPABILITY = Capability(
    "privatelink_endpoint",
    AWS,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (prefix_list_size, existing_vpc, consumed_service, security_group, interface_endpoint, private_zone, alias_record),
    report,
    {
        "mutually_exclusive": [["vpc_id", "vpc_name"]],
        "required_if": [["state", "present", ["service_name", "sources", "tcp"]]],
    },
    adopts=True,
    removals=guard.deleted("private_zone"),
)
