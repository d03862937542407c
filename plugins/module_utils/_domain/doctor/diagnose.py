# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Diagnosis of AWS calls that time out in a VPC without internet access: facts of one VPC in, findings out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..._core.errors import Invalid
from ..endpoints import profiles
from . import dns, endpoints, error_text, ipv6, subnets, unread
from .facts import Facts
from .filters import Filters
from .findings import Finding, merged
from .no_endpoint import without_endpoint
from .target import Target
from .vpc import Vpc


def diagnose(facts: Facts, target: Target) -> list[Finding]:
    """Return the findings, worst first.

    Raises Invalid for subnets and security groups outside the VPC, unknown services, and subnets whose route table
    wasn't read.
    """
    vpc = Vpc(facts)
    _check(vpc, target)
    own, account = vpc.subnets(target.subnets), facts["account_id"]
    shared = [subnet for subnet in own if subnet.get("OwnerId", account) != account]
    found = [*subnets.shared(shared), *subnets.addresses(own)] if shared else _findings(vpc, target)
    return merged(found, error_text.points_at(target.error_text))


def _check(vpc: Vpc, target: Target) -> None:
    in_vpc = {"subnet_ids": [item["SubnetId"] for item in vpc.facts["Subnets"]]}
    if "SecurityGroups" in vpc.facts:
        in_vpc["security_group_ids"] = [item["GroupId"] for item in vpc.facts["SecurityGroups"]]
    asked: dict[str, Sequence[str]] = {"subnet_ids": target.subnets, "security_group_ids": target.groups}
    for option, known in in_vpc.items():
        for index, id_ in enumerate(asked[option]):
            if id_ not in known:
                raise Invalid(f"{option}[{index}]", id_, f"isn't in {vpc.id}", "one of that VPC")
    if vpc.offered is None:
        return
    known_services = {*vpc.offered, *profiles.KNOWN_SERVICES}
    for service in target.services:
        if service not in known_services:
            like = profiles.nearest(service, known_services)
            raise Invalid("services", service, f"is no endpoint service of AWS in {vpc.facts['region']}", like)


def _findings(vpc: Vpc, target: Target) -> Iterator[Finding]:
    yield from unread.of_vpc(vpc.facts)
    yield from subnets.addresses(vpc.subnets(target.subnets))
    for missing in (*target.elsewhere, *_hosts_of_error(vpc, target)):
        yield from without_endpoint(vpc, target, missing)
    if "VpcEndpoints" in vpc.facts:
        filters = Filters(vpc.facts, replace(target, subnets=vpc.with_ipv4(target.subnets)))
        yield from filters.unseen([endpoint for service in target.services if (endpoint := vpc.endpoint(service))])
        for service in target.services:
            yield from endpoints.of_service(vpc, target, filters, service)
    yield from dns.attributes(vpc)
    yield from dns.servers(vpc)
    yield from dns.attached(vpc.facts)
    yield from error_text.stall(target.error_text, vpc.id)
    yield from ipv6.not_checked(vpc, target)


def _hosts_of_error(vpc: Vpc, target: Target) -> Iterator[Finding]:
    names = {service: vpc.names(service) for service in vpc.offered or {}}
    there = vpc.endpoints if "VpcEndpoints" in vpc.facts else None
    return error_text.hosts(target.error_text, vpc.facts["region"], names, target.services, there)
