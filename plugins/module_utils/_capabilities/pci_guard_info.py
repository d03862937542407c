# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module pci_guard_info: what an account shows of PCI DSS v4.0.1, requirement by requirement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from .._aws.provider import AWS
from .._core.capability import Capability, Declared
from .._core.errors import Invalid
from .._core.inputs import ModuleInputs
from .._domain.pci import secrets, ways_in
from .._domain.pci.checks import logging, model, routes, security_groups, switch_roles, users, workloads
from .._domain.values import identifiers
from .._resources.facts import account_facts
from .._resources.shared.ec2 import names
from .._resources.vpc.existing_vpc import of_tier

THEMES = (
    security_groups,
    routes,
    switch_roles,
    users,
    workloads,
    logging,
)
CHECKS = tuple(check for theme in THEMES for check in theme.CHECKS)
LONGEST_MFA_AGE = 3600
ARGUMENT_SPEC = {
    **{
        option: {"type": "list", "elements": "str", "default": default}
        for option, default in (
            ("vpc_ids", []),
            ("public_tiers", ["public"]),
            ("public_subnet_ids", []),
            ("data_tiers", ["data"]),
            ("data_subnet_ids", []),
            ("approved_services", []),
            ("internet_services", ["tcp/443"]),
            ("application_roles", []),
            ("break_glass_roles", []),
            ("clusters", []),
        )
    },
    "mfa_max_age": {"type": "int", "default": 900},
}


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    vpc_ids: Sequence[str]
    public_tiers: Sequence[str]
    public_subnet_ids: Sequence[str]
    data_tiers: Sequence[str]
    data_subnet_ids: Sequence[str]
    approved_services: Sequence[str]
    internet_services: Sequence[str]
    application_roles: Sequence[str]
    break_glass_roles: Sequence[str]
    clusters: Sequence[str]
    mfa_max_age: int


def desired(params):
    _check(params)
    both = sorted({*params["application_roles"]} & {*params["break_glass_roles"]})
    if both:
        raise Invalid("break_glass_roles", ", ".join(both), "are application_roles, too", "each role in one of the two")
    if not 1 <= params["mfa_max_age"] <= LONGEST_MFA_AGE:
        raise Invalid("mfa_max_age", params["mfa_max_age"], "is no short time", f"1 to {LONGEST_MFA_AGE} seconds")
    return Declared("pci_guard_info", {"account_facts": {}}, Inputs.of(params))


def _check(params):
    checks: dict[str, Callable[..., None]] = {
        "vpc_ids": partial(identifiers.resource_id, prefix="vpc"),
        **dict.fromkeys(("public_subnet_ids", "data_subnet_ids"), partial(identifiers.resource_id, prefix="subnet")),
        **dict.fromkeys(("public_tiers", "data_tiers"), identifiers.tier),
        **dict.fromkeys(("application_roles", "break_glass_roles"), identifiers.iam_name),
        "clusters": identifiers.cluster,
        **dict.fromkeys(("approved_services", "internet_services"), _check_service),
    }
    for option, check in checks.items():
        for index, value in enumerate(params[option]):
            check(f"{option}[{index}]", value)


def _check_service(option, value):
    if not security_groups.is_service(value):
        raise Invalid(option, value, "names no service", "tcp/443, udp/8000-8100 or icmp")


def report(declared, found, ids, states):
    inputs, facts = declared.inputs, found["account_facts"]["main"].details
    public = _subnets(facts, inputs.public_tiers, inputs.public_subnet_ids)
    data = _subnets(facts, inputs.data_tiers, inputs.data_subnet_ids)
    scope = model.Scope(
        public,
        data,
        tuple(inputs.approved_services),
        tuple(inputs.internet_services),
        frozenset(inputs.application_roles),
        frozenset(inputs.break_glass_roles),
        inputs.mfa_max_age,
    )
    requirements = model.judge(CHECKS, facts, scope)
    definitions = facts["Containers"]["TaskDefinitions"] if "Containers" in facts else None
    return {
        "requirements": requirements,
        "verdicts": dict(Counter(requirement["verdict"] for requirement in requirements)),
        "secrets": {
            "needless": None if definitions is None else list(secrets.needless(definitions)),
            "quotas": secrets.quotas(facts),
        },
        "ways_in": ways_in.ways_in(facts),
        "scope": {
            "vpc_ids": sorted(vpc["VpcId"] for vpc in facts["Vpcs"]),
            "public_subnet_ids": sorted(public),
            "data_subnet_ids": sorted(data),
        },
    }


def _subnets(facts, tiers, given):
    """Ids of the subnets that are given, and of those of the tiers in each VPC."""
    by_vpc = [[s for s in facts.get("Subnets", ()) if s["VpcId"] == vpc["VpcId"]] for vpc in facts["Vpcs"]]
    of_tiers = [of_tier(names(subnets, "SubnetId"), tier) for subnets in by_vpc for tier in tiers]
    return frozenset([*given, *(subnet["SubnetId"] for found in of_tiers for subnet in found.values())])


CAPABILITY = Capability(
    "pci_guard_info", AWS, ARGUMENT_SPEC, desired, Inputs, (account_facts,), report, reads_only=True
)
