# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Relate closed VPCs to the central endpoints of their region: which services move, and what they wait for.

hosts: host -> its variables; groups: group -> hosts, as Ansible's variable of this name. The hosts of the group
central_endpoints have the endpoints, those of the group closed use them. All hosts count, also those outside of
--limit: an account that is missing would lose its endpoints.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ..._core.errors import Invalid
from ..inventory.relations import as_list, same_region
from . import limits, profiles

Hosts = Mapping[str, Mapping[str, Any]]
Groups = Mapping[str, Collection[str]]
CENTRAL, LOCAL = "central", "local"
DEFAULT = "default"
# The tiers of the endpoints and of the attachment by default, whose subnets have no workloads.
TIERS_WITHOUT_WORKLOADS = {"closed_network_tier": "endpoint", "spoke_attachment_tier": "tgw"}


def needed(variables: Mapping[str, Any], role: str = "closed_network") -> list[str]:
    """Return the services with interface endpoints that a host's workloads need. Unknown workloads are left out."""
    workloads = [name for name in as_list(variables.get(f"{role}_workloads")) if name in profiles.PROFILES]
    services = profiles.required(workloads, as_list(variables.get(f"{role}_services")))
    return [service for service in services if service not in profiles.GATEWAYS]


def central_services(variables: Mapping[str, Any], is_pci: bool = False) -> dict[str, bool]:
    """Return {service that is to be central: true if it is named, false if by default}, of those the host needs.

    is_pci: the host is in the group pci. The default isn't for it: it names each service that is to be central.
    """
    declared = variables.get("closed_network_endpoints") or {}
    default = LOCAL if is_pci else declared.get(DEFAULT, LOCAL)
    return {
        service: service in declared
        for service in needed(variables)
        if declared.get(service, default) == CENTRAL and service != DEFAULT
    }


def offered(hub: Mapping[str, Any]) -> list[str]:
    """Return the services that a host of the group central_endpoints declares."""
    return needed(hub, "central_endpoints")


def hubs(hosts: Hosts, groups: Groups, region: str | None) -> list[str]:
    """Return the hosts with central endpoints in a region, without those that are to be deleted."""
    here = {"region": region}
    return [
        host
        for host in groups.get("central_endpoints", ())
        if host in hosts and same_region(hosts[host], here) and _present(hosts[host], "central_endpoints")
    ]


def users(hosts: Hosts, groups: Groups, region: str | None) -> list[str]:
    """Return the closed hosts of a region that declare closed_network_endpoints.

    Also those whose services are all local: the Profile stays shared with an account until it has moved back.
    """
    here = {"region": region}
    return [
        host
        for host in groups.get("closed", ())
        if host in hosts and hosts[host].get("closed_network_endpoints") and same_region(hosts[host], here)
    ]


def accounts_of(hosts: Hosts, groups: Groups, hub: str) -> dict[str, list[str]]:
    """Return {accounts, sources, zones, pilots} of a hub's endpoints.

    accounts: to whom the Profile is shared; sources: the CIDRs that may call the endpoints, the hub's own first, since
    with private DNS its own calls go through them, too; zones: AZ ids of the accounts' subnets, as far as declared;
    pilots: the hosts that move first.
    """
    found = [hosts[host] for host in users(hosts, groups, hosts[hub].get("region"))]
    accounts = dict.fromkeys(str(one["account_id"]) for one in found)
    accounts.pop(str(hosts[hub].get("account_id")), None)
    cidrs = [*as_list(hosts[hub].get("vpc_cidrs")), *(cidr for one in found for cidr in _sources(one))]
    return {
        "accounts": sorted(accounts),
        "sources": list(dict.fromkeys(cidrs)),
        "zones": sorted({zone for one in found for zone in as_list(one.get("vpc_availability_zone_ids"))}),
        "pilots": pilots(hosts, groups, hosts[hub].get("region")),
    }


def _sources(variables: Mapping[str, Any]) -> list[str]:
    return as_list(variables.get("closed_network_sources") or variables.get("vpc_cidrs"))


def _present(variables: Mapping[str, Any], role: str) -> bool:
    return bool(variables.get(f"{role}_state", "present") != "absent")


def is_pilot(variables: Mapping[str, Any]) -> bool:
    """Return true for what Ansible's filter bool takes as true, as the role closed_network does."""
    return str(variables.get("closed_network_pilot")).lower() in ("true", "yes", "on", "1", "y", "t", "1.0")


def pilots(hosts: Hosts, groups: Groups, region: str | None) -> list[str]:
    """Return the closed hosts of a region on which a move to central endpoints is proven first."""
    return [
        host
        for host in users(hosts, groups, region)
        if is_pilot(hosts[host]) and _present(hosts[host], "closed_network")
    ]


def central_of(hosts: Hosts, groups: Groups, host: str) -> dict[str, Any]:
    """Return closed_vpc_endpoints' option `central` for a host, {} if all its endpoints are its own.

    Raises Invalid if services are to be central and the region hasn't exactly one host with central endpoints.
    """
    variables = hosts[host]
    wanted = central_services(variables, host in groups.get("pci", ()))
    if not wanted or not _present(variables, "closed_network"):
        return {}
    hub = _only_hub(hosts, groups, host)
    has = offered(hosts[hub])
    services = [service for service in wanted if service in has]
    told = hosts[hub].get("central_endpoints_result") or {}
    endpoints = {service: _endpoint(told, service) for service in services}
    waits = _waits_for_hub(hub, told)
    if waits is None:
        # Not of a service whose endpoint the hub lacks: where it has moved, that is a finding.
        known = [service for service, one in endpoints.items() if one["addresses"]]
        reasons = dict(_waits_for_pilots(hosts, groups, host, known))
    else:
        reasons = dict.fromkeys(services, waits)
    return {
        "profile_id": told.get("profile_id"),
        "services": services,
        "priority": variables.get("closed_network_profile_priority", limits.PRIORITY),
        "drain_seconds": variables.get("closed_network_drain_seconds", limits.DRAIN_SECONDS),
        "tiers": _tiers(variables),
        "endpoints": {service: one for service, one in endpoints.items() if one["addresses"]},
        "waits": reasons,
    }


def _tiers(variables: Mapping[str, Any]) -> list[str]:
    """Return the tiers whose subnets call the services, so need a path to the hub; []: all subnets of the VPC."""
    declared = as_list(variables.get("closed_network_tiers"))
    names = [one.get("name") for one in as_list(variables.get("vpc_tiers")) if isinstance(one, Mapping)]
    without = [variables.get(name, default) for name, default in TIERS_WITHOUT_WORKLOADS.items()]
    return declared or [str(name) for name in names if name and name not in without]


def _only_hub(hosts: Hosts, groups: Groups, host: str) -> str:
    region = hosts[host].get("region")
    found = hubs(hosts, groups, region)
    if len(found) != 1:
        problem = f"name central endpoints, and its region ({region}) has {', '.join(found) or 'none'}"
        expected = "one host of the group central_endpoints there, or local"
        raise Invalid(f"{host}.closed_network_endpoints", None, problem, expected)
    return found[0]


def _endpoint(told: Mapping[str, Any], service: str) -> dict[str, Any]:
    """Return {id, addresses} of a hub's endpoint, from its module's result; no addresses: it doesn't exist yet."""
    one = (told.get("endpoints") or {}).get(service) or {}
    return {"id": one.get("id"), "addresses": one.get("addresses") or {}}


def _waits_for_hub(hub: str, told: Mapping[str, Any]) -> str | None:
    """Return why nothing moves to a hub's endpoints in this run, None if it can."""
    if not told:
        return f"this run doesn't read the endpoints of {hub}: run it with the whole inventory"
    if told.get("failed"):
        return f"{hub} failed in this run"
    if told.get("profile_id") is None:
        return f"the Profile of {hub} doesn't exist yet; a run creates it"
    return None


def _waits_for_pilots(hosts: Hosts, groups: Groups, host: str, services: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield (service, reason) for each service that the pilots of the region haven't proven in this run.

    A pilot itself waits until its paths to the hub's endpoints are open.
    """
    declared = pilots(hosts, groups, hosts[host].get("region"))
    if host in declared:
        blocked = (hosts[host].get("closed_network_pilot_result") or {}).get("blocked")
        blocked = ["this run didn't read its paths"] if blocked is None else blocked
        yield from (
            (service, f"its paths to the hub's endpoints aren't proven: {blocked[0]}")
            for service in services
            if blocked
        )
        return
    for pilot in declared:
        proof = hosts[pilot].get("closed_network_pilot_result")
        for service in services:
            reason = _unproven(pilot, proof, service)
            if reason:
                yield service, reason


def _unproven(pilot: str, proof: Mapping[str, Any] | None, service: str) -> str | None:
    if not proof:
        return f"this run doesn't prove the pilot {pilot}: run it with the whole inventory"
    if proof.get("unproven"):
        return f"the pilot {pilot} isn't proven: {proof['unproven'][0]}"
    if service not in (proof.get("services") or ()):
        return f"it isn't central in the pilot {pilot}"
    return None


def waiting(hosts: Hosts, groups: Groups) -> list[str]:
    """Return the closed hosts that waited for a pilot in this run, and needn't any longer: a second pass moves them.

    hosts: with the results of the first pass.
    """
    return [
        host
        for host in groups.get("closed", ())
        if host in hosts and _waited(hosts, groups, host) and not central_of(hosts, groups, host).get("waits")
    ]


def _waited(hosts: Hosts, groups: Groups, host: str) -> bool:
    declared = pilots(hosts, groups, hosts[host].get("region"))
    result = hosts[host].get("closed_network_result") or {}
    return (
        host not in declared
        and any(hosts[pilot].get("closed_network_pilot_result") for pilot in declared)
        and bool(central_of(hosts, groups, host))
        and bool(result.get("findings"))
        and not result.get("failed")
    )
