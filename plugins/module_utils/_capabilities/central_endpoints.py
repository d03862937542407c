# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module central_endpoints: the hub's interface endpoints, which other accounts use through a Route 53 Profile."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from .._aws.provider import AWS
from .._core.capability import Capability, Declared
from .._core.errors import Invalid
from .._core.inputs import ModuleInputs
from .._core.plan import Ref
from .._domain.endpoints import profiles
from .._domain.values import identifiers
from .._resources.central import (
    central_endpoint,
    cut_off,
    endpoint_address,
    hub_zone,
    profile_resource,
    profile_share,
    profile_share_association,
    route53_profile,
)
from .._resources.central.profiles import name_of
from .._resources.endpoints import aws_endpoint_service
from .._resources.organizations import organization
from .._resources.vpc import existing_vpc, prefix_list_size, security_group, vpc_dns
from .._resources.vpc.existing_vpc import VpcSelector
from . import service_endpoints

ARGUMENT_SPEC = {
    **service_endpoints.ARGUMENT_SPEC,
    "accounts": {"type": "list", "elements": "str", "default": []},
    "old_zones": {"type": "list", "elements": "str", "default": []},
    "cross_zone": {"type": "str", "choices": ["allow", "refuse"], "default": "allow"},
    "spoke_zones": {"type": "list", "elements": "str", "default": []},
}


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    vpcs: Mapping[str, VpcSelector]
    security_groups: Mapping[str, str]
    endpoints_quota: int
    security_group_rules_quota: int
    needs_organization: bool
    accounts: Sequence[str]
    services: Sequence[str]
    # service -> what needs it
    needed_by: Mapping[str, Sequence[str]]
    # service -> policy document
    policies: Mapping[str, Any]
    # Of S3's endpoint, which is never central.
    objects: Sequence[str]
    unsigned_buckets: Sequence[str]
    tier: str
    tiers: Sequence[str]
    private_dns: Set[str]
    old_zones: Sequence[str]
    cross_zone: str
    spoke_zones: Sequence[str]


def desired(params):
    needed = _check(params)
    owner = f"central_endpoints/{params['name']}"
    title = name_of(params["name"])
    tags = service_endpoints.tagger(params, owner)
    group_name = f"closednet-central-{params['name']}"
    description = "Who may call the central VPC endpoints"
    resources = {
        **service_endpoints.resources(params, owner, needed, group_name, description),
        "hub_zone": {},
        "endpoint_address": {},
        "route53_profile": {"main": {"profile_name": title, "tags": tags("main", title)}},
        "profile_resource": {
            service: {
                "profile": Ref("route53_profile.main"),
                "endpoint": Ref(f"vpc_endpoint.{service}"),
                "resource_name": name_of(service),
            }
            for service in needed
        },
        **_share(params["accounts"], title, tags("main", title)),
    }
    return Declared(owner, resources, _inputs(params, group_name, needed))


def _share(accounts, title, tags):
    entities = [("RESOURCE", Ref("route53_profile.main")), *(("PRINCIPAL", account) for account in accounts)]
    share = {"share_name": title, "allow_external": False, "tags": tags}
    return {
        "profile_share": {"main": share} if accounts else {},
        "profile_share_association": {
            f"{type_} {entity}": {"share": Ref("profile_share.main"), "type": type_, "entity": entity}
            for type_, entity in entities
            if accounts
        },
    }


def _inputs(params, group_name, needed):
    return Inputs.of(
        params,
        **service_endpoints.inputs(params, group_name, needed),
        objects=(),
        unsigned_buckets=(),
        tiers=(),
        private_dns=set(needed),
    )


def _check(params):
    """Check the options; return {service: what needs it}, without gateways. Raises Invalid."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", params["name"], re.ASCII):
        expected = "1 to 40 letters, digits, _ or -, the first a letter or a digit, such as central"
        raise Invalid("name", params["name"], "is no name of a Route 53 Profile", expected)
    service_endpoints.check(params)
    _check_services(params["services"])
    accounts = [(f"accounts[{index}]", account) for index, account in enumerate(params["accounts"])]
    for option, account in accounts:
        identifiers.account_id(option, account)
        if account == params["account_id"]:
            raise Invalid(option, account, "is the hub's own account, which has the Profile", "other accounts only")
    identifiers.distinct(accounts, "is there twice", "each account once")
    _check_zones(params)
    required = profiles.required(params["workloads"], params["services"])
    needed = {service: by for service, by in required.items() if service not in profiles.GATEWAYS}
    if params["state"] == "present":
        _check_present(params, needed)
    return needed


def _check_services(services):
    for index, service in enumerate(services):
        option = f"services[{index}]"
        identifiers.aws_service(option, service)
        if service in profiles.GATEWAYS:
            raise Invalid(
                option, service, "has a gateway endpoint, which only its own VPC can use", "it in each VPC itself"
            )


def _check_zones(params):
    zones = [(f"old_zones[{index}]", zone) for index, zone in enumerate(params["old_zones"])]
    for option, zone in zones:
        if not re.fullmatch(r"[A-Z0-9]{1,32}", zone, re.ASCII):
            raise Invalid(option, zone, "is no id of a hosted zone", "one such as Z0123456789ABCDEFGHIJ")
    identifiers.distinct(zones, "is there twice", "each zone once")
    for index, zone in enumerate(params["spoke_zones"]):
        identifiers.az_id(f"spoke_zones[{index}]", zone)


def _check_present(params, needed):
    if not needed:
        option = "workloads" if params["workloads"] else "services"
        raise Invalid(option, params[option], "need no interface endpoint", "at least one workload or service")
    service_endpoints.check_sources(params, "the CIDRs of the spokes and of the hub")
    service_endpoints.check_policies(params["policies"], needed)


def report(declared, found, ids, states):
    services = [] if declared.absent else list(declared.inputs.needed_by)
    there = found["aws_endpoint_service"]
    vpc = found["existing_vpc"].get("main")
    central = central_endpoint.offered(services, found)
    return {
        "vpc_id": vpc and vpc.id,
        "profile_id": ids.get("route53_profile.main"),
        "profile_name": declared.resources["route53_profile"]["main"]["profile_name"],
        "share_arn": ids.get("profile_share.main"),
        "endpoints": {
            service: {
                "id": ids.get(f"vpc_endpoint.{service}"),
                "state": states.get(f"vpc_endpoint.{service}"),
                "addresses": endpoint_address.by_zone(ids.get(f"vpc_endpoint.{service}"), ids, found),
                "names": there[service].details["names"],
                "in_profile": states.get(f"profile_resource.{service}") in ("COMPLETE", "available"),
            }
            for service in central
        },
        "not_offered": [service for service in services if service not in there],
        "without_private_dns": [service for service in services if service in there and service not in central],
        "zones": central_endpoint.zones(declared, found),
    }


CAPABILITY = Capability(
    "central_endpoints",
    AWS,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (
        organization,
        existing_vpc,
        aws_endpoint_service,
        vpc_dns,
        prefix_list_size,
        security_group,
        hub_zone,
        central_endpoint,
        route53_profile,
        profile_resource,
        profile_share,
        profile_share_association,
        endpoint_address,
    ),
    report,
    service_endpoints.CONSTRAINTS,
    removals=cut_off.removals,
)
