# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module closed_vpc_endpoints: the VPC endpoints that workloads need in a VPC without internet."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from .._aws.provider import AWS
from .._core import guard
from .._core.capability import Capability, Declared
from .._core.errors import Invalid
from .._core.inputs import ModuleInputs
from .._core.plan import Ref
from .._domain.endpoints import limits, profiles, ways_to_hub
from .._domain.values import identifiers
from .._resources.central import (
    local_endpoint,
    placement,
    profile_association,
    profile_content,
    routed_list,
    vpc_rule,
    vpc_zone,
)
from .._resources.central.placement import Central
from .._resources.central.profiles import name_of
from .._resources.endpoints import aws_endpoint_service
from .._resources.organizations import organization
from .._resources.vpc import effective_route_table, existing_vpc, prefix_list_size, security_group, vpc_dns
from .._resources.vpc.existing_vpc import VpcSelector
from . import service_endpoints

ARGUMENT_SPEC = {
    **service_endpoints.ARGUMENT_SPEC,
    "tiers": {"type": "list", "elements": "str", "default": []},
    "closed": {"type": "bool", "default": False},
    "private_dns": {"type": "bool", "default": True},
    "private_dns_except": {"type": "list", "elements": "str", "default": []},
    "unsigned_buckets": {"type": "list", "elements": "str", "default": []},
    "central": {
        "type": "dict",
        "options": {
            "profile_id": {"type": "str"},
            "services": {"type": "list", "elements": "str", "default": []},
            "priority": {"type": "int", "default": limits.PRIORITY},
            "drain_seconds": {"type": "int", "default": limits.DRAIN_SECONDS},
            "endpoints": {"type": "dict", "default": {}},
            "tiers": {"type": "list", "elements": "str", "default": []},
            "waits": {"type": "dict", "default": {}},
        },
    },
}


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    vpcs: Mapping[str, VpcSelector]
    security_groups: Mapping[str, str]
    endpoints_quota: int
    security_group_rules_quota: int
    needs_organization: bool
    workloads: Sequence[str]
    services: Sequence[str]
    # service -> what needs it
    needed_by: Mapping[str, Sequence[str]]
    # ARNs of S3 objects that are AWS's own
    objects: Sequence[str]
    unsigned_buckets: Sequence[str]
    # service -> policy document
    policies: Mapping[str, Any]
    tier: str
    tiers: Sequence[str]
    closed: bool
    # the services whose endpoint answers for AWS's own names
    private_dns: Set[str]
    # Other accounts that use the endpoints: none.
    accounts: Sequence[str]
    central: Central


def desired(params):
    _check(params)
    owner = f"closed_vpc_endpoints/{params['name']}"
    needed = profiles.required(params["workloads"], params["services"])
    group_name = f"closednet-endpoints-{params['name']}"
    resources = {
        **service_endpoints.resources(params, owner, needed, group_name, "Who may call the VPC endpoints"),
        "effective_route_table": {},
        "profile_content": {},
        "vpc_rule": {},
        "vpc_zone": {},
        "routed_list": {},
        "profile_association": _association(params, service_endpoints.tagger(params, owner)),
    }
    return Declared(owner, resources, _inputs(params, group_name, needed))


def _association(params, tags):
    central = params["central"] or {}
    if not central.get("services"):
        return {}
    name = name_of(params["name"])
    fields = {
        "profile": central["profile_id"],
        "vpc": Ref("existing_vpc.main"),
        "association_name": name,
        "priority": central["priority"],
        "tags": tags("central", name),
    }
    return {"main": fields}


def _central(options):
    """Return the option `central` as a Central; what isn't given has its default."""
    if not options.get("services"):
        return Central()
    addresses = {service: _addresses(one.get("addresses")) for service, one in options["endpoints"].items()}
    return Central(
        **{key: options[key] for key in ("services", "profile_id", "priority", "drain_seconds", "tiers")},
        endpoints={service: one.get("id") for service, one in options["endpoints"].items()},
        addresses=addresses,
        waits={service: str(reason) for service, reason in options["waits"].items() if reason},
    )


def _addresses(given):
    """Return a list of addresses, also of those that are given by zone: {AZ id: [address]}."""
    listed = list(given.values()) if isinstance(given, dict) else given or []
    return [address for one in listed for address in (one if isinstance(one, list) else [one])]


def _inputs(params, group_name, needed):
    return Inputs.of(
        params,
        **service_endpoints.inputs(params, group_name, needed),
        objects=profiles.buckets(params["workloads"]),
        accounts=(),
        central=_central(params["central"] or {}),
        private_dns=set(needed) - set(params["private_dns_except"]) if params["private_dns"] else set(),
    )


def _check(params):
    identifiers.name("name", params["name"])
    service_endpoints.check(params)
    for index, tier in enumerate(params["tiers"]):
        identifiers.tier(f"tiers[{index}]", tier)
    if params["state"] == "present":
        _check_services(params)


def _check_services(params):
    if not params["workloads"] and not params["services"]:
        raise Invalid("workloads", [], "needs no endpoint", "at least one workload, or services")
    service_endpoints.check_sources(params, "at least one, such as the VPC's CIDR")
    for index, service in enumerate(params["services"]):
        identifiers.aws_service(f"services[{index}]", service)
    needed = profiles.required(params["workloads"], params["services"])
    for index, bucket in enumerate(params["unsigned_buckets"]):
        identifiers.bucket(f"unsigned_buckets[{index}]", bucket)
    if params["unsigned_buckets"] and "s3" not in needed:
        raise Invalid("unsigned_buckets", params["unsigned_buckets"], "have no endpoint", "s3 among services")
    _check_central(params["central"] or {}, needed)
    for index, service in enumerate(params["private_dns_except"]):
        service_endpoints.require_declared(f"private_dns_except[{index}]", service, service, needed)
    service_endpoints.check_policies(params["policies"], needed)


def _check_central(central, needed):
    """Check the option `central`. Raises Invalid."""
    if not central:
        return
    for index, service in enumerate(central["services"]):
        option = f"central.services[{index}]"
        service_endpoints.require_declared(option, service, service, needed)
        if service in profiles.GATEWAYS:
            raise Invalid(option, service, "has a gateway endpoint, which only its own VPC can use", "it left out")
    if central["profile_id"] is not None and not re.fullmatch(r"rp-[0-9a-z]{1,61}", central["profile_id"]):
        raise Invalid("central.profile_id", central["profile_id"], "is no id of a Profile", "one such as rp-0123456789")
    for option, allowed in (("priority", limits.PRIORITIES), ("drain_seconds", limits.DRAINS)):
        if central[option] not in allowed:
            raise Invalid(f"central.{option}", central[option], "is out of range", limits.text(allowed))
    for index, tier in enumerate(central["tiers"]):
        identifiers.tier(f"central.tiers[{index}]", tier)
    _check_hub(central, needed)


def _check_hub(central, needed):
    """Check what `central` says of single services. Raises Invalid."""
    for service in central["waits"]:
        if service not in central["services"]:
            expected = profiles.nearest(service, central["services"] or needed)
            raise Invalid(f"central.waits.{service}", None, "is for a service that isn't to be central", expected)
    for service, endpoint in central["endpoints"].items():
        _check_endpoint(f"central.endpoints.{service}", endpoint)


def _check_endpoint(option, endpoint):
    if not isinstance(endpoint, dict):
        raise Invalid(option, endpoint, "is no endpoint", "a mapping with id and addresses")
    if endpoint.get("id") is not None:
        identifiers.resource_id(f"{option}.id", endpoint["id"], "vpce")
    for address in _addresses(endpoint.get("addresses")):
        if not ways_to_hub.is_address(address):
            raise Invalid(f"{option}.addresses", address, "is no address", "IPv4 addresses such as 10.0.3.10")


def report(declared, found, ids, states):
    offered, needed = found["aws_endpoint_service"], declared.inputs.needed_by
    placed = placement.placements(found, declared)
    away = placement.at_hub(found, declared)
    wanted = [] if declared.absent else [service for service in needed if service in offered and service not in away]
    return {
        "endpoints": {
            service: {"id": ids.get(f"vpc_endpoint.{service}"), "needed_by": needed[service]} for service in wanted
        },
        "central": {
            "association_id": ids.get("profile_association.main"),
            "association_status": states.get("profile_association.main"),
            "services": away,
            "local": {service: one.reason for service, one in placed.items() if service not in away},
        },
        "may_need": profiles.conditional(declared.inputs.workloads, needed),
        "not_offered": [] if declared.absent else [service for service in needed if service not in offered],
    }


CAPABILITY = Capability(
    "closed_vpc_endpoints",
    AWS,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (
        organization,
        existing_vpc,
        effective_route_table,
        aws_endpoint_service,
        vpc_dns,
        prefix_list_size,
        security_group,
        profile_association,
        profile_content,
        vpc_rule,
        vpc_zone,
        routed_list,
        local_endpoint,
    ),
    report,
    service_endpoints.CONSTRAINTS,
    adopts=True,
    removals=guard.deleted("vpc_endpoint", "profile_association"),
)
