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
from .._domain.endpoints import policies as endpoint_policies
from .._domain.values import identifiers, quotas
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
from .._resources.endpoints import aws_endpoint_service, aws_service_endpoint
from .._resources.organizations import organization
from .._resources.shared.ec2 import owner_tags
from .._resources.vpc import effective_route_table, existing_vpc, prefix_list_size, security_group, vpc_dns
from .._resources.vpc.existing_vpc import VpcSelector
from .._resources.vpc.security_group_rules import check_size, inbound

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "vpc_id": {"type": "str"},
    "vpc_name": {"type": "str"},
    "workloads": {"type": "list", "elements": "str", "default": [], "choices": list(profiles.PROFILES)},
    "services": {"type": "list", "elements": "str", "default": []},
    "tier": {"type": "str", "default": "endpoint"},
    "tiers": {"type": "list", "elements": "str", "default": []},
    "closed": {"type": "bool", "default": False},
    "sources": {"type": "list", "elements": "str"},
    "private_dns": {"type": "bool", "default": True},
    "private_dns_except": {"type": "list", "elements": "str", "default": []},
    "policy_scope": {"type": "str", "choices": ["organization", "account", "full"], "default": "organization"},
    "unsigned_buckets": {"type": "list", "elements": "str", "default": []},
    "policies": {"type": "dict", "default": {}},
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
    "endpoints_quota": {"type": "int", "default": aws_service_endpoint.QUOTA},
    "security_group_rules_quota": {"type": "int", "default": quotas.RULES},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
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

    def tags(name, title):
        return owner_tags(owner, name, params["tags"], title)

    ingress = inbound(params["sources"] or [], {"tcp": profiles.ports(needed)})
    check_size("sources", ingress, params["security_group_rules_quota"])
    resources = {
        "prefix_list_size": prefix_list_size.declared_in(params["sources"] or []),
        "organization": {},
        "existing_vpc": {},
        "effective_route_table": {},
        "aws_endpoint_service": {},
        "profile_content": {},
        "vpc_rule": {},
        "vpc_zone": {},
        "routed_list": {},
        "profile_association": _association(params, tags),
        "vpc_dns": {"main": {"dns_support": True, "dns_hostnames": True}},
        "security_group": {
            "endpoints": {
                "vpc": Ref("existing_vpc.main"),
                "group_name": group_name,
                "description": "Who may call the VPC endpoints",
                "ingress": ingress,
                "egress": [],
                "tags": tags("endpoints", group_name),
            }
        },
        "vpc_endpoint": {
            service: {"vpc": Ref("existing_vpc.main"), "tags": tags(service, f"{params['name']} {service}")}
            for service in needed
        },
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
    full = dict.fromkeys(needed, endpoint_policies.FULL_ACCESS) if params["policy_scope"] == "full" else {}
    return Inputs.of(
        params,
        vpcs={"main": VpcSelector.of(params)},
        security_groups={"endpoints": group_name},
        needs_organization=params["policy_scope"] == "organization",
        needed_by=needed,
        objects=profiles.buckets(params["workloads"]),
        policies={**full, **params["policies"]},
        accounts=(),
        central=_central(params["central"] or {}),
        private_dns=set(needed) - set(params["private_dns_except"]) if params["private_dns"] else set(),
    )


def _check(params):
    identifiers.name("name", params["name"])
    identifiers.existing_vpc("", params)
    if params["endpoints_quota"] < 1:
        raise Invalid("endpoints_quota", params["endpoints_quota"], "is no quota that AWS gives", "50 or more")
    profiles.check("workloads", params["workloads"])
    for option in ("tier", "tiers"):
        for index, tier in enumerate(params["tiers"] if option == "tiers" else [params["tier"]]):
            identifiers.tier(f"{option}[{index}]" if option == "tiers" else option, tier)
    if params["state"] == "present":
        _check_services(params)


def _check_services(params):
    if not params["workloads"] and not params["services"]:
        raise Invalid("workloads", [], "needs no endpoint", "at least one workload, or services")
    if not params["sources"]:
        raise Invalid(
            "sources", params["sources"], "lets nobody call the endpoints", "at least one, such as the VPC's CIDR"
        )
    for index, service in enumerate(params["services"]):
        identifiers.aws_service(f"services[{index}]", service)
    needed = profiles.required(params["workloads"], params["services"])
    for index, bucket in enumerate(params["unsigned_buckets"]):
        identifiers.bucket(f"unsigned_buckets[{index}]", bucket)
    if params["unsigned_buckets"] and "s3" not in needed:
        raise Invalid("unsigned_buckets", params["unsigned_buckets"], "have no endpoint", "s3 among services")
    _check_central(params["central"] or {}, needed)
    for index, service in enumerate(params["private_dns_except"]):
        _require_declared(f"private_dns_except[{index}]", service, service, needed)
    _check_policies(params["policies"], needed)


def _check_central(central, needed):
    """Check the option `central`. Raises Invalid."""
    if not central:
        return
    for index, service in enumerate(central["services"]):
        option = f"central.services[{index}]"
        _require_declared(option, service, service, needed)
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


def _check_policies(policies, needed):
    for service, policy in policies.items():
        option = f"policies.{service}"
        _require_declared(option, None, service, needed)
        if not isinstance(policy, dict) or "Statement" not in policy:
            raise Invalid(option, policy, "is no policy document", "a mapping with Version and Statement")


def _require_declared(option, value, service, needed):
    if service not in needed:
        expected = profiles.nearest(service, needed)
        raise Invalid(option, value, "is for a service that isn't declared", expected)


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
    {
        "mutually_exclusive": [["vpc_id", "vpc_name"]],
        "required_if": [["state", "present", ["sources"]]],
    },
    removals=guard.deleted("vpc_endpoint", "profile_association"),
)
