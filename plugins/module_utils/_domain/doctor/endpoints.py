# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings about the endpoint of a service: its state, and what stops the target's calls to it."""

from __future__ import annotations

from collections.abc import Iterator

from ..endpoints import resolution
from . import central, dns, gateway_endpoints, ipv6, policies
from .facts import Item
from .filters import Filters
from .findings import CAUSE, NOTE, Finding
from .no_endpoint import without_endpoint
from .target import Target
from .vpc import Vpc


def of_service(vpc: Vpc, target: Target, filters: Filters, service: str) -> Iterator[Finding]:
    """Findings about what stops the target's calls to a service."""
    endpoint = vpc.endpoint(service)
    by_profile = central.answer(vpc, service)
    if by_profile and by_profile.by == resolution.PROFILE_ENDPOINT:
        yield from central.findings(vpc, target, filters, service, by_profile)
        return
    if by_profile:
        yield central.unknown(vpc, service, by_profile)
    if endpoint is None:
        yield from without_endpoint(vpc, target, _missing(vpc, service))
        return
    is_gateway = endpoint["VpcEndpointType"] == "Gateway"
    if endpoint["State"].lower() != "available" or not (is_gateway or endpoint.get("NetworkInterfaceIds")):
        yield _not_available(service, endpoint)
        return
    if is_gateway:
        yield from gateway_endpoints.findings(vpc, target, filters, service, endpoint)
        yield from dns.overrides(vpc.facts, [(service, vpc.regional_name(service), "")])
    else:
        yield from dns.private_names(vpc, service, endpoint)
        yield from central.shadowed(vpc, service, endpoint)
        yield from _zones(vpc, target, service, endpoint)
        yield from ipv6.address_types(vpc, target, service, endpoint)
        if vpc.with_ipv4(target.subnets):
            yield from filters.of_interface(service, endpoint)
    yield from policies.findings(vpc.facts, target, service, endpoint)


def _missing(vpc: Vpc, service: str) -> Finding:
    """Build the finding for a service without an endpoint, for calls that have no other path."""
    if vpc.offered is None or service in vpc.offered:
        profile = central.profile_of(vpc)
        cause, message = "endpoint_missing", f"the VPC has no endpoint for {service}"
        fix = "closed_vpc_endpoints with these `services`, or a workload that needs them"
        if profile:
            message += f", nor has its Profile {profile}"
            fix += "; or the hub's central_endpoints with them"
    else:
        cause = "service_without_endpoint"
        message = f"{service} isn't offered as an endpoint in {vpc.facts['region']}"
        fix = "another region, or a path to the internet through a proxy or firewall"
    return Finding(cause, CAUSE, vpc.id, message, fix, {"VpcEndpoints[].ServiceName": None}, (service,))


def _not_available(service: str, endpoint: Item) -> Finding:
    error = endpoint.get("LastError") or {}
    available = endpoint["State"].lower() == "available"
    reason = "it has no address in any subnet" if available else error.get("Message") or ""
    return Finding(
        "endpoint_not_available",
        CAUSE,
        endpoint["VpcEndpointId"],
        f"the endpoint is {endpoint['State']}{': ' + reason if reason else ''}",
        "closed_vpc_endpoints gives it addresses in the subnets of `tier`"
        if available
        else "wait while it is pending; otherwise delete it and run closed_vpc_endpoints, which creates a new one",
        {
            "VpcEndpoints[].State": endpoint["State"],
            "VpcEndpoints[].NetworkInterfaceIds": list(endpoint.get("NetworkInterfaceIds", ())),
            **({"VpcEndpoints[].LastError": dict(error)} if error else {}),
        },
        (service,),
    )


def _zones(vpc: Vpc, target: Target, service: str, endpoint: Item) -> Iterator[Finding]:
    zone_of: dict[str, str] = {s["SubnetId"]: s.get("AvailabilityZoneId", "") for s in vpc.facts["Subnets"]}
    details = [d for d in (vpc.offered or {}).get(service, ()) if d["ServiceName"] == endpoint["ServiceName"]]
    offered = {zone for service in details for zone in service.get("AvailabilityZoneIds", ())}
    wanted = {zone_of[subnet_id] for subnet_id in target.subnets} & offered
    lacking = sorted(wanted - {zone_of.get(subnet_id) for subnet_id in endpoint.get("SubnetIds", ())})
    if lacking:
        yield Finding(
            "endpoint_az_coverage",
            NOTE,
            endpoint["VpcEndpointId"],
            f"the endpoint has no address in {', '.join(lacking)}. Those in other zones serve the workload there;"
            " if these zones fail, none does",
            "closed_vpc_endpoints: a `tier` with a subnet in each zone",
            {"VpcEndpoints[].SubnetIds": list(endpoint.get("SubnetIds", ()))},
            (service,),
        )
