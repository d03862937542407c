# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Algorithms that an inventory's spokes offer, the registry that lists them, and whom the proof of a row is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..._core.errors import refusal
from ..hub import segments
from ..hub.declaration import Attachment
from ..inventory.relations import hubs_of, same_region

Hosts = Mapping[str, Mapping[str, Any]]
Groups = Mapping[str, Sequence[str]]

REGISTRY, SPOKES, HUB = "algorithm_registry", "spokes", "hub"
VARIABLE = "algorithms"
# Keys of an item of `algorithms`, and those that it must have.
NEEDED = ("name", "version", "endpoint", "addresses", "port")
KEYS = (*NEEDED, "protocol", "weight", "health_path")


class Offer(NamedTuple):
    """An algorithm of a host. option: where it is declared, such as alpha.algorithms[0]."""

    host: str
    option: str
    declared: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.declared['name']} {self.declared['version']}"


def registry_of(variables: Mapping[str, Any], hosts: Hosts, groups: Groups) -> list[str]:
    """Return the registries of a host's region; exactly one is valid."""
    found = [host for host in groups.get(REGISTRY, ()) if host in hosts]
    return [host for host in found if same_region(variables, hosts[host])]


def offers(hosts: Hosts, registry: Mapping[str, Any]) -> Iterator[Offer]:
    """Yield what the hosts of a registry's region offer, whichever groups they are in, by host."""
    for host in sorted(hosts):
        if same_region(hosts[host], registry):
            yield from of_host(host, hosts[host])


def of_host(host: str, variables: Mapping[str, Any]) -> Iterator[Offer]:
    """Yield a host's algorithms, without items that are no mapping."""
    declared = variables.get(VARIABLE)
    for index, item in enumerate(declared if isinstance(declared, list) else ()):
        if isinstance(item, Mapping):
            yield Offer(host, f"{host}.{VARIABLE}[{index}]", item)


def hosts_to_read(hosts: Hosts, groups: Groups, registry: str) -> list[str]:
    """Return the hosts whose networks decide about rows: the front's, the hub's, all spokes', and those that offer."""
    of_registry = hosts[registry]
    near = [host for group in (HUB, SPOKES) for host in groups.get(group, ()) if host in hosts]
    found = [registry, *near, *(offer.host for offer in offers(hosts, of_registry))]
    return [host for host in dict.fromkeys(found) if same_region(hosts[host], of_registry)]


def strangers(hosts: Hosts, groups: Groups, registry: str, offering: str) -> tuple[list[str], list[str]]:
    """Return the hosts that must not reach what a host offers, and those that the hub's segments let reach it.

    The latter are other shared services: spokes of another segment that isn't isolated and that reaches the offering
    host's. Members of the offering host's own segment and of isolated ones are customers, whatever is declared.
    """
    of_registry, account = hosts[registry], hosts[offering].get("account_id")
    hub = {host: hosts[host] for host in groups.get(HUB, ()) if host in hosts}
    near = hubs_of(of_registry, hub)
    known = {str(of_registry.get("account_id")), str(account), *(str(hub[host].get("account_id")) for host in near)}
    declared = hub[near[0]].get("hub_segments") if len(near) == 1 else None
    must_not: list[str] = []
    may: list[str] = []
    others = (host for host in groups.get(SPOKES, ()) if host in hosts and same_region(hosts[host], of_registry))
    for host in sorted(others):
        if str(hosts[host].get("account_id")) in known:
            continue
        mine, theirs = hosts[offering].get("spoke_segment"), hosts[host].get("spoke_segment")
        (may if _is_shared(declared, mine, theirs) else must_not).append(host)
    return must_not, may


def _is_shared(declared: Any, mine: Any, theirs: Any) -> bool:
    """Return true if a segment's members are no customers and may reach those of the segment `mine`."""
    if declared is None or refusal(segments.parse, declared) or mine == theirs:
        return False
    parsed = segments.parse(declared)
    if mine not in parsed or theirs not in parsed or parsed[theirs].isolated:
        return False
    both = [Attachment("mine", mine, (), ""), Attachment("theirs", theirs, (), "")]
    return ("theirs", "mine") in segments.declared(declared, both)
