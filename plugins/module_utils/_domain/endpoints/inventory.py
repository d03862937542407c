# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find problems of central endpoints, and of the closed VPCs that use them, before any API call."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..._core.errors import Invalid, refusal
from ..inventory.relations import as_list, is_attached, same_region
from ..values import cidrs
from . import limits, moves, profiles

Groups = Mapping[str, Any]
Hosts = Mapping[str, Mapping[str, Any]]
# The host variables that `problems` reads.
READ = (
    *("account_id", "region", "vpc_cidrs", "vpc_tiers", "vpc_availability_zone_ids", "spoke_segment", "spoke_attached"),
    *("spoke_destinations", "spoke_tiers", "hub_tiers", "hub_segment"),
    *("central_endpoints_state", "central_endpoints_tier", "central_endpoints_workloads", "central_endpoints_services"),
    *("central_endpoints_old_zones", "central_endpoints_cross_zone"),
    *("closed_network_state", "closed_network_workloads", "closed_network_services", "closed_network_endpoints"),
    *("closed_network_profile_priority", "closed_network_pilot", "closed_network_drain_seconds"),
)
ZONE_ID = re.compile(r"Z[A-Z0-9]{1,31}")  # Route 53: ResourceId, at most 32
# The tiers that the roles hub and spoke route by default.
ROUTED = ["app"]


def problems(hosts: Hosts, groups: Groups | None) -> list[Invalid]:
    """Return every problem of these hosts; option is "<host>.<variable>".

    groups: group -> hosts; without them nobody has or uses central endpoints.
    """
    groups = groups or {}
    of_hubs = [
        host
        for host in groups.get("central_endpoints", ())
        if host in hosts and _is_present(hosts[host], "central_endpoints")
    ]
    return [
        *_of_regions(hosts, of_hubs),
        *(one for host in of_hubs for one in _of_hub(host, hosts, groups)),
        *(
            one
            for host in groups.get("closed", ())
            if host in hosts and _is_present(hosts[host], "closed_network")
            for one in _of_closed(host, hosts, groups, of_hubs)
        ),
    ]


def _is_present(variables: Mapping[str, Any], role: str) -> bool:
    return bool(variables.get(f"{role}_state", "present") != "absent")


def _of_regions(hosts: Hosts, of_hubs: list[str]) -> Iterator[Invalid]:
    for index, host in enumerate(of_hubs):
        for other in of_hubs[:index]:
            if same_region(hosts[host], hosts[other]):
                problem = f"is also the region of the central endpoints of {other}"
                expected = "one host of the group central_endpoints for the closed accounts of a region"
                yield Invalid(f"{host}.region", hosts[host].get("region"), problem, expected)
                break


def _of_hub(host: str, hosts: Hosts, groups: Groups) -> Iterator[Invalid]:
    variables = hosts[host]
    services = as_list(variables.get("central_endpoints_services"))
    for index, service in enumerate(services):
        if service in profiles.GATEWAYS:
            option = f"{host}.central_endpoints_services[{index}]"
            yield Invalid(option, service, "has a gateway endpoint, which is free in each VPC", "other services")
    if not moves.offered(variables) and not services:
        option = f"{host}.central_endpoints_services"
        yield Invalid(
            option, services, "is no service that closed VPCs could use", "central_endpoints_workloads or _services"
        )
    for index, zone in enumerate(as_list(variables.get("central_endpoints_old_zones"))):
        if not isinstance(zone, str) or not ZONE_ID.fullmatch(zone):
            option = f"{host}.central_endpoints_old_zones[{index}]"
            yield Invalid(option, zone, "is no id of a hosted zone", "one such as Z0123456789ABCDEFGHIJ")
    tier, option = variables.get("central_endpoints_tier", "endpoint"), f"{host}.central_endpoints_tier"
    tiers = [one.get("name") for one in as_list(variables.get("vpc_tiers")) if isinstance(one, Mapping)]
    if tiers and tier not in tiers:
        yield Invalid(option, tier, "isn't among vpc_tiers", profiles.nearest(str(tier), list(map(str, tiers))))
    elif moves.users(hosts, groups, variables.get("region")):
        yield from _of_way_back(host, variables, groups, tier)


def _of_way_back(host: str, variables: Mapping[str, Any], groups: Groups, tier: Any) -> Iterator[Invalid]:
    """Yield a problem if the endpoints' tier has no route back to the closed VPCs."""
    side = "hub" if host in groups.get("hub", ()) and variables.get("hub_segment") is not None else "spoke"
    if side == "spoke" and not is_attached(variables):
        problem = "isn't attached to the transit gateway, so that no closed VPC reaches the endpoints"
        yield Invalid(
            f"{host}.{'hub' if host in groups.get('hub', ()) else 'spoke'}_segment", None, problem, "a segment"
        )
        return
    routed = as_list(variables.get(f"{side}_tiers")) or ROUTED
    if tier not in routed:
        problem = f"isn't among {side}_tiers, whose subnets have routes to the transit gateway: no answer gets back"
        yield Invalid(
            f"{host}.central_endpoints_tier", tier, problem, f"{side}_tiers: [{', '.join(map(str, [*routed, tier]))}]"
        )


def _of_closed(host: str, hosts: Hosts, groups: Groups, of_hubs: list[str]) -> Iterator[Invalid]:
    variables = hosts[host]
    declared = variables.get("closed_network_endpoints")
    priority = variables.get("closed_network_profile_priority", limits.PRIORITY)
    if not _is_priority(priority):
        expected = limits.text(limits.PRIORITIES)
        yield Invalid(f"{host}.closed_network_profile_priority", priority, "is no priority of a Profile", expected)
    drained = variables.get("closed_network_drain_seconds", limits.DRAIN_SECONDS)
    if not isinstance(drained, int) or drained not in limits.DRAINS:
        expected = limits.text(limits.DRAINS)
        yield Invalid(f"{host}.closed_network_drain_seconds", drained, "is no time that a run waits", expected)
    if not isinstance(declared, Mapping):
        return
    found = list(_of_services(host, variables, declared))
    yield from found
    if found:
        return
    wanted = moves.central_services(variables, host in groups.get("pci", ()))
    if not wanted:
        if moves.is_pilot(variables):
            problem = "names a pilot, and no service of the host is central: nothing would be proven"
            yield Invalid(f"{host}.closed_network_pilot", True, problem, "closed_network_endpoints with central")
        return
    here = [hub for hub in of_hubs if same_region(variables, hosts[hub])]
    if len(here) != 1:
        # Two are a problem of theirs.
        if not here:
            problem = f"name central endpoints, which the region ({variables.get('region')}) doesn't have"
            yield Invalid(
                f"{host}.closed_network_endpoints", dict(declared), problem, "a host in central_endpoints, or local"
            )
        return
    yield from _of_way(host, variables, here[0], hosts[here[0]], wanted)


def _is_priority(value: Any) -> bool:
    return not isinstance(value, bool) and str(value).isdecimal() and int(value) in limits.PRIORITIES


def _of_services(host: str, variables: Mapping[str, Any], declared: Mapping[str, Any]) -> Iterator[Invalid]:
    needed = moves.needed(variables)
    for service, where in declared.items():
        option = f"{host}.closed_network_endpoints.{service}"
        if where not in (moves.CENTRAL, moves.LOCAL):
            yield Invalid(option, where, "is no place of an endpoint", "central or local")
        elif service in profiles.GATEWAYS and where == moves.CENTRAL:
            yield Invalid(option, where, "has a gateway endpoint, which is always local and costs nothing", "local")
        elif service != moves.DEFAULT and service not in (*needed, *profiles.GATEWAYS):
            problem = "is for a service that neither closed_network_workloads nor closed_network_services need"
            yield Invalid(option, where, problem, profiles.nearest(str(service), [*needed, moves.DEFAULT]))


def _of_way(
    host: str, variables: Mapping[str, Any], hub: str, of_hub: Mapping[str, Any], wanted: Mapping[str, bool]
) -> Iterator[Invalid]:
    """Yield problems of what a closed host needs to use the hub's endpoints: a service there, and a path."""
    offered = moves.offered(of_hub)
    for service, is_named in wanted.items():
        if is_named and service not in offered:
            option = f"{host}.closed_network_endpoints.{service}"
            yield Invalid(
                option, "central", f"isn't among the central endpoints of {hub}", "local, or the service there"
            )
    if str(variables.get("account_id")) == str(of_hub.get("account_id")):
        return
    if not is_attached(variables):
        problem = f"is missing, so that no path leads to the central endpoints of {hub}"
        yield Invalid(
            f"{host}.spoke_segment", variables.get("spoke_segment"), problem, "a segment that reaches the hub's"
        )
        return
    destinations, there = as_list(variables.get("spoke_destinations")), as_list(of_hub.get("vpc_cidrs"))
    known = [one for one in (*destinations, *there) if refusal(cidrs.parse, "", one) is None]
    plain = [one for one in destinations if one in known]
    if there and destinations and len(plain) == len(destinations):
        missing = [cidr for cidr in there if cidr in known and not cidrs.is_within(cidr, plain)]
        if missing:
            problem = f"don't lead to {', '.join(missing)}, where the central endpoints of {hub} are"
            yield Invalid(f"{host}.spoke_destinations", destinations, problem, f"{missing[0]} too")
    zones = {*as_list(variables.get("vpc_availability_zone_ids"))}
    beyond = sorted(zones - {*as_list(of_hub.get("vpc_availability_zone_ids"))})
    if beyond and of_hub.get("vpc_availability_zone_ids") and of_hub.get("central_endpoints_cross_zone") == "refuse":
        problem = f"have {', '.join(beyond)}, where {hub} has no endpoint (central_endpoints_cross_zone: refuse)"
        expected = f"a subnet of {hub} in each of these zones, or cross_zone: allow"
        yield Invalid(f"{host}.vpc_availability_zone_ids", sorted(zones), problem, expected)
