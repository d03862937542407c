# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find problems of the algorithms that a whole inventory declares, and of their registries, before any API call."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from ..._core.errors import Invalid, refusal
from ..inventory.relations import same_region
from ..values import cidrs, identifiers, ports
from . import layout, offers
from .offers import Groups, Hosts, Offer
from .states import TIER

# The host variables that `problems` reads.
READ = (
    *("account_id", "region", "algorithms", "vpc_cidrs", "vpc_tiers", "vpc_id", "vpc_name", "vpc_flows"),
    *("spoke_from_hub", "spoke_segment", "hub_segments", "algorithm_registry_state", "algorithm_registry_zone"),
    *("algorithm_registry_front_tier", "algorithm_registry_vpc_id", "algorithm_registry_vpc_name"),
    *("algorithm_registry_front_role_arn",),
)


def problems(hosts: Hosts, groups: Groups | None) -> list[Invalid]:
    """Return every problem of these hosts; option is "<host>.<variable>", with an index for an item of a list.

    hosts: the variables of each host; groups: group -> hosts; without them nobody is known to be a registry
    """
    groups = groups or {}
    registries = [host for host in groups.get(offers.REGISTRY, ()) if host in hosts]
    found = [one for host in registries for one in _of_registry(host, hosts, registries)]
    sound: list[Offer] = []
    for host in sorted(hosts):
        of_host = list(_of_host(host, hosts, groups))
        found += of_host
        if not of_host:
            sound += offers.of_host(host, hosts[host])
    return [*found, *_of_all(sound, hosts)]


def _of_registry(host: str, hosts: Hosts, registries: list[str]) -> Iterator[Invalid]:
    variables = hosts[host]
    if variables.get("algorithm_registry_state") == "absent":
        return
    for other in registries[: registries.index(host)]:
        if same_region(variables, hosts[other]):
            problem = f"is also the region of the registry {other}"
            yield Invalid(f"{host}.region", variables.get("region"), problem, "one registry for the spokes of a region")
            break
    zone = variables.get("algorithm_registry_zone")
    if zone is not None:
        invalid = refusal(identifiers.domain, f"{host}.algorithm_registry_zone", zone)
        if invalid:
            yield invalid
    if variables.get("algorithm_registry_front_role_arn") is None:
        problem, expected = "is missing", "the ARN of the role with which the front reads the registry"
        yield Invalid(f"{host}.algorithm_registry_front_role_arn", None, problem, expected)
    adopted = variables.get("algorithm_registry_vpc_id") or variables.get("vpc_id")
    tiers = [tier.get("name") for tier in variables.get("vpc_tiers") or () if isinstance(tier, Mapping)]
    tier = variables.get("algorithm_registry_front_tier", TIER)
    if not adopted and not variables.get("algorithm_registry_vpc_name") and tiers and tier not in tiers:
        expected = f"one of {', '.join(map(str, tiers))}"
        yield Invalid(f"{host}.algorithm_registry_front_tier", tier, "is no tier of its vpc_tiers", expected)


def _of_host(host: str, hosts: Hosts, groups: Groups) -> Iterator[Invalid]:
    variables = hosts[host]
    declared = variables.get(offers.VARIABLE)
    if declared is None:
        return
    option = f"{host}.{offers.VARIABLE}"
    if not isinstance(declared, list):
        yield Invalid(option, declared, "is not a list", "a list of algorithms, each with name, version and endpoint")
        return
    registries = offers.registry_of(variables, hosts, groups)
    if declared and not registries:
        problem = f"has no registry, in which the algorithms of {host} would be listed"
        expected = "a region with a host of the group algorithm_registry"
        yield Invalid(f"{host}.region", variables.get("region"), problem, expected)
    if declared and groups and host not in groups.get(offers.SPOKES, ()):
        problem = f"are offered by {host}, which is no host of the group spokes, so no route leads to them"
        yield Invalid(option, None, problem, f"{host} in the group spokes")
    zone = hosts[registries[0]].get("algorithm_registry_zone") if registries else None
    front = hosts[registries[0]].get("vpc_cidrs") if registries else None
    for index, item in enumerate(declared):
        yield from _of_item(f"{option}[{index}]", item, variables, zone, front)


def _of_item(option: str, item: Any, variables: Mapping[str, Any], zone: Any, front: Any) -> Iterator[Invalid]:
    if not isinstance(item, Mapping):
        yield Invalid(option, item, "is not a mapping", "name, version, endpoint, addresses and port of an algorithm")
        return
    for key in item:
        if key not in offers.KEYS:
            near = difflib.get_close_matches(str(key), offers.KEYS, n=1)
            yield Invalid(f"{option}.{key}", None, "is no option of an algorithm", ", ".join(near or offers.KEYS))
    missing = [key for key in offers.NEEDED if item.get(key) is None]
    for key in missing:
        yield Invalid(f"{option}.{key}", None, "is missing", ", ".join(offers.NEEDED))
    checks: dict[str, Callable[[str, Any], Any]] = {
        "name": layout.check_name_of_algorithm,
        "version": layout.check_version,
        "endpoint": lambda where, value: layout.check_endpoint(where, value, zone if isinstance(zone, str) else None),
        "addresses": lambda where, value: _check_addresses(where, value, variables.get("vpc_cidrs")),
        "port": lambda where, value: _check_port(where, value, variables, front),
        "protocol": layout.check_protocol,
        "weight": layout.check_weight,
        "health_path": identifiers.health_check_path,
    }
    for key, check in checks.items():
        invalid = refusal(check, f"{option}.{key}", item[key]) if item.get(key) is not None else None
        if invalid:
            yield invalid


def _check_addresses(option: str, value: Any, of_vpc: Any) -> None:
    layout.check_addresses(option, value)
    networks = [IPv4Network(cidr) for cidr in of_vpc or () if not refusal(cidrs.parse, option, cidr)]
    for index, address in enumerate(value):
        if of_vpc and not any(IPv4Address(address) in network for network in networks):
            problem = f"is outside vpc_cidrs ({', '.join(map(str, of_vpc))}), so it isn't the account's"
            raise Invalid(f"{option}[{index}]", address, problem, "an address of the account's VPC")


def _check_port(option: str, value: Any, variables: Mapping[str, Any], front: Any) -> None:
    layout.check_port(option, value)
    from_hub = variables.get("spoke_from_hub")
    if isinstance(from_hub, Mapping):
        given = [text for text in from_hub.get("tcp") or () if not refusal(ports.parse, option, text)]
        if not any(first <= value <= last for first, last in (ports.parse(option, text) for text in given)):
            listed = ", ".join(map(str, given)) or "none"
            problem = f"is not among spoke_from_hub.tcp ({listed}), so the front doesn't reach it"
            raise Invalid(option, value, problem, f'one of them, or "{value}" there too')
    elif variables.get("vpc_flows") is not None:
        _check_flows(option, value, variables["vpc_flows"], front)


def _check_flows(option: str, port: int, flows: Any, front: Any) -> None:
    """Check that network ACLs of a VPC's flows let the front's packets in. Raises Invalid."""
    networks = [IPv4Network(cidr) for cidr in front or () if not refusal(cidrs.parse, option, cidr)]
    for flow in flows if isinstance(flows, list) and networks else ():
        source, given = (flow.get("from"), flow.get("tcp")) if isinstance(flow, Mapping) else (None, None)
        if not isinstance(source, str) or refusal(cidrs.parse, option, source):
            continue
        listed = [ports.parse(option, text) for text in given or () if not refusal(ports.parse, option, text)]
        overlaps = any(IPv4Network(source).overlaps(network) for network in networks)
        if overlaps and any(first <= port <= last for first, last in listed):
            return
    if networks:
        problem = "has no flow of vpc_flows from the front's VPC, so the network ACLs drop what the front sends"
        raise Invalid(option, port, problem, f'a flow such as {{from: {front[0]}, to: TIER, tcp: ["{port}"]}}')


def _of_all(found: list[Offer], hosts: Hosts) -> Iterator[Invalid]:
    """Yield problems of algorithms that more than one host or item declares."""
    rows: dict[tuple[str, str], Offer] = {}
    names: dict[str, Offer] = {}
    for offer in found:
        row = (offer.declared["name"], offer.declared["version"])
        other = rows.setdefault(row, offer)
        if other is not offer and same_region(hosts[offer.host], hosts[other.host]):
            problem = f"is also offered as {other.option}, and a version has one endpoint"
            yield Invalid(f"{offer.option}.version", offer.declared["version"], problem, "a version of its own")
        same = names.setdefault(offer.declared["endpoint"], offer)
        if same is not offer and same_region(hosts[offer.host], hosts[same.host]):
            yield from _of_name(offer, same)


def _of_name(offer: Offer, same: Offer) -> Iterator[Invalid]:
    name = offer.declared["endpoint"]
    if offer.host != same.host:
        yield Invalid(f"{offer.option}.endpoint", name, f"is also a name of {same.host}", "a name of its own")
    elif sorted(offer.declared["addresses"]) != sorted(same.declared["addresses"]):
        problem = f"has other addresses in {same.option}, and a name has one record"
        yield Invalid(f"{offer.option}.endpoint", name, problem, "the same addresses, or a name of its own")
