# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Application of a plan's writes to a snapshot, without writing: the snapshot as it would be after the run."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..network.snapshot import Place, Snapshot
from .calls import HostCalls, Part, in_order
from .ids import Ids, NotKnown
from .operations import OPERATIONS, REMOVING, Operation
from .world import Asked, Missing, NotModelled, World

# Associations that a replaced one's id names no more: the run has replaced it.
REPLACING = ("ec2.replace_route_table_association", "ec2.replace_network_acl_association")
OF_TIER = re.compile(r"transit_gateway_route\.[^/]*/(?P<tier>[^/(]*)\(known after existing_vpc\.")


@dataclass(frozen=True)
class Applied:
    """Snapshot as it would be after the run; unknown: what of it isn't known, by host and address."""

    snapshot: Snapshot
    unknown: tuple[str, ...]


def apply(snapshot: Snapshot, hosts: Sequence[HostCalls]) -> Applied:
    """Return the snapshot after the hosts' calls. The given one stays as it is."""
    world = World(snapshot)
    ids = Ids(world, hosts, _places(snapshot, hosts))
    unknown = [line for host in hosts for line in host.unknown]
    left = in_order(hosts)
    while left:
        waiting, why = [], defaultdict(list)
        for host, part, call in left:
            try:
                _apply(world, ids, host, part, call)
            except (NotModelled, NotKnown) as error:
                waiting.append((host, part, call))
                why[host.host, str(error)].append(call["address"])
        if len(waiting) == len(left):
            unknown += [_line(name, error, addresses) for (name, error), addresses in why.items()]
            break
        left = waiting
    return Applied(world.snapshot(), tuple(dict.fromkeys(unknown)))


def _line(host: str, error: str, addresses: Sequence[str]) -> str:
    more = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
    return f"{host}: {addresses[0]}{more}: {error}"


def _places(snapshot: Snapshot, hosts: Sequence[HostCalls]) -> dict[str, Place]:
    """Return the place of each host: its account and region; a host without a region has its account's only one."""
    found = {}
    for host in hosts:
        places = [
            place
            for place in snapshot.places
            if place.account_id == host.account_id and host.region in (None, place.region)
        ]
        if len(places) == 1:
            found[host.host] = places[0]
    return found


def _apply(world: World, ids: Ids, host: HostCalls, part: Part, call: Mapping[str, Any]) -> None:
    """Apply one call. Raises NotModelled and NotKnown."""
    name = call["operation"]
    operation = OPERATIONS.get(name)
    if operation is None:
        raise NotModelled(f"what {name} opens or closes isn't known here")
    place = ids.places.get(host.host)
    if place is None:
        raise NotModelled(f"account {host.account_id} isn't in the snapshot")
    for params in _each(world, ids, host, part, call):
        new_id = ids.new(host.host, call["address"], operation.prefix)
        asked = Asked(place, name, params, new_id)
        found = world.tagged(place, operation.kind, asked.tags) if operation.kind else None
        if found is None:
            _change(world, operation, asked)
        if operation.prefix:
            ids.created(host.host, part.name, call["address"], found or new_id)


def _change(world: World, operation: Operation, asked: Asked) -> None:
    try:
        operation.change(world, asked)
    except Missing:
        method = asked.operation.partition(".")[2]
        if not (method.startswith(REMOVING) or asked.operation in REPLACING):
            raise


def _each(world: World, ids: Ids, host: HostCalls, part: Part, call: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the call's params with ids in place of Refs: once, or once for each route table of a new VPC's tier."""
    params = dict(call["params"])
    tier = OF_TIER.match(call["address"]) if call["operation"] == "ec2.create_route" else None
    if not tier:
        return [ids.resolved(params, host, part)]
    vpc_id = ids.resolved(params.pop("RouteTableId"), host, part)
    rest = ids.resolved(params, host, part)
    tables = ids.of_tier("RouteTables", "RouteTableId", vpc_id, tier["tier"])
    return [{**rest, "RouteTableId": table} for table in tables]
