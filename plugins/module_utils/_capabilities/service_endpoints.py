# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the modules for interface endpoints share: options, the endpoints' security group, those of AWS's services.

closed_vpc_endpoints and central_endpoints have endpoints of AWS's services, privatelink_endpoint one of a provider's.
"""

from __future__ import annotations

from .._core.errors import Invalid
from .._core.plan import Ref
from .._domain.endpoints import policies as endpoint_policies
from .._domain.endpoints import profiles
from .._domain.values import identifiers, quotas
from .._resources.endpoints import aws_service_endpoint
from .._resources.shared.ec2 import owner_tags
from .._resources.vpc import prefix_list_size
from .._resources.vpc.existing_vpc import VpcSelector
from .._resources.vpc.security_group_rules import check_size, inbound

OF_INTERFACES = {
    "name": {"type": "str", "required": True},
    "vpc_id": {"type": "str"},
    "vpc_name": {"type": "str"},
    "tier": {"type": "str", "default": "endpoint"},
    "sources": {"type": "list", "elements": "str"},
    "security_group_rules_quota": {"type": "int", "default": quotas.RULES},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}
ARGUMENT_SPEC = {
    **OF_INTERFACES,
    "workloads": {"type": "list", "elements": "str", "default": [], "choices": list(profiles.PROFILES)},
    "services": {"type": "list", "elements": "str", "default": []},
    "policy_scope": {"type": "str", "choices": ["organization", "account", "full"], "default": "organization"},
    "policies": {"type": "dict", "default": {}},
    "endpoints_quota": {"type": "int", "default": aws_service_endpoint.QUOTA},
}
CONSTRAINTS = {
    "mutually_exclusive": [["vpc_id", "vpc_name"]],
    "required_if": [["state", "present", ["sources"]]],
}


def tagger(params, owner):
    """Return the function that gives a resource's tags by its name and title."""
    return lambda name, title: owner_tags(owner, name, params["tags"], title)


def security_group(params, owner, name, group_name, description, tcp):
    """Return the declared security group and prefix lists. Raises Invalid if a group can't hold so many rules.

    name: of the group among the resources; tcp: the ports that the option sources may call
    """
    sources = params["sources"] or []
    ingress = inbound(sources, {"tcp": tcp})
    check_size("sources", ingress, params["security_group_rules_quota"])
    fields = {
        "vpc": Ref("existing_vpc.main"),
        "group_name": group_name,
        "description": description,
        "ingress": ingress,
        "egress": [],
        "tags": tagger(params, owner)(name, group_name),
    }
    return {"prefix_list_size": prefix_list_size.declared_in(sources), "security_group": {name: fields}}


def resources(params, owner, needed, group_name, description):
    """Return the declared resources of endpoints of AWS's services. Raises Invalid as security_group does.

    needed: the services; group_name, description: of the endpoints' security group
    """
    tags = tagger(params, owner)
    return {
        **security_group(params, owner, "endpoints", group_name, description, profiles.ports(needed)),
        "organization": {},
        "existing_vpc": {},
        "aws_endpoint_service": {},
        "vpc_dns": {"main": {"dns_support": True, "dns_hostnames": True}},
        "vpc_endpoint": {
            service: {"vpc": Ref("existing_vpc.main"), "tags": tags(service, f"{params['name']} {service}")}
            for service in needed
        },
    }


def inputs(params, group_name, needed):
    """Return the Inputs that closed_vpc_endpoints and central_endpoints have in common."""
    full = dict.fromkeys(needed, endpoint_policies.FULL_ACCESS) if params["policy_scope"] == "full" else {}
    return {
        "vpcs": {"main": VpcSelector.of(params)},
        "security_groups": {"endpoints": group_name},
        "needs_organization": params["policy_scope"] == "organization",
        "needed_by": needed,
        "policies": {**full, **params["policies"]},
    }


def check(params):
    """Check the options of endpoints of AWS's services that need no other. Raises Invalid."""
    identifiers.existing_vpc("", params)
    identifiers.tier("tier", params["tier"])
    if params["endpoints_quota"] < 1:
        raise Invalid("endpoints_quota", params["endpoints_quota"], "is no quota that AWS gives", "50 or more")
    profiles.check("workloads", params["workloads"])


def check_sources(params, expected):
    if not params["sources"]:
        raise Invalid("sources", params["sources"], "lets nobody call the endpoints", expected)


def check_policies(policies, needed):
    for service, policy in policies.items():
        option = f"policies.{service}"
        require_declared(option, None, service, needed)
        if not isinstance(policy, dict) or "Statement" not in policy:
            raise Invalid(option, policy, "is no policy document", "a mapping with Version and Statement")


def require_declared(option, value, service, needed):
    if service not in needed:
        expected = profiles.nearest(service, needed)
        raise Invalid(option, value, "is for a service that isn't declared", expected)
