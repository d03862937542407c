# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of a network's ends as an inventory has them: hosts, and the segments of their Transit Gateway route tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..hub import openings
from ..network.snapshot import Snapshot
from .propagation import ROUTES
from .transit import ATTACHMENTS, TABLES
from .world import NAME_TAG, World, tags_of, targets

Item = Mapping[str, Any]
# Associations that decide, or are about to.
HELD = ("associating", "associated")


@dataclass(frozen=True)
class Names:
    """Hosts by account, region and VPC, and what the inventory declares of segments.

    hosts: {account id: [(host, its VPC's id or "")]}; segments: {host: segment}; isolated: segments declared isolated
    """

    hosts: Mapping[str, list[tuple[str, str]]]
    segments: Mapping[str, str]
    isolated: frozenset[str]

    def host(self, account_id: str, vpc_id: str) -> str | None:
        """Return the host of a VPC; None if the inventory has none for its account.

        A VPC that the run creates has its host in its symbolic id; of several hosts of an account, one without a known
        VPC stands for the account's others.
        """
        listed = self.hosts.get(account_id, [])
        for host, known in listed:
            if known == vpc_id or vpc_id.startswith(f"vpc-{host}/(known after "):
                return host
        without = [host for host, known in listed if not known]
        return without[0] if without else listed[0][0] if listed else None


def of_accounts(accounts: Mapping[str, Mapping[str, Any]]) -> Names:
    """Return the names that an inventory's hosts have. accounts: the variables of each host, with results."""
    hosts: dict[str, list[tuple[str, str]]] = {}
    segments, isolated = {}, set()
    for host, variables in accounts.items():
        results = [variables.get(name) for name in ("vpc_result", "spoke_result")]
        told = [result.get("vpc_id") for result in results if isinstance(result, Mapping)]
        vpc_id = variables.get("vpc_id") or next(filter(None, told), "")
        hosts.setdefault(str(variables.get("account_id")), []).append((host, str(vpc_id)))
        segment = variables.get("spoke_segment") or variables.get("hub_segment")
        if segment is not None:
            segments[host] = str(segment)
        declared = variables.get("hub_segments")
        if isinstance(declared, Mapping):
            isolated |= {str(name) for name, one in declared.items() if one and one.get("isolated")}
    return Names(hosts, segments, frozenset(isolated))


def segments_in(snapshot: Snapshot, names: Names) -> dict[str, str]:
    """Return {host: name of the route table's tag closednet:name} of the attachments that have a table."""
    tables = {table["TransitGatewayRouteTableId"]: tags_of(table).get(NAME_TAG) for table in _every(snapshot, TABLES)}
    found = {}
    for attachment in _every(snapshot, ATTACHMENTS):
        association = attachment.get("Association") or {}
        segment = tables.get(association.get("TransitGatewayRouteTableId"))
        host = _host_of(attachment, names)
        if segment and host and association.get("State") in HELD:
            found[host] = segment
    return found


def tables_in(snapshot: Snapshot, names: Names) -> dict[str, openings.Table]:
    """Return {segment: its members, and those to which its table's routes lead} as a snapshot has them."""
    segments = {t["TransitGatewayRouteTableId"]: tags_of(t).get(NAME_TAG) for t in _every(snapshot, TABLES)}
    host_of = {a["TransitGatewayAttachmentId"]: _host_of(a, names) for a in _every(snapshot, ATTACHMENTS)}
    associated = segments_in(snapshot, names)
    propagations = World(snapshot).propagations
    found = {}
    for item in _every(snapshot, ROUTES):
        table = item["TransitGatewayRouteTableId"]
        segment = segments.get(table)
        if segment:
            routes = [route for route in item["Routes"] if route.get("State") == "active"]
            leads_to = {host for route in routes for id_ in targets(route) if (host := host_of.get(id_))}
            members = {host for host, other in associated.items() if other == segment}
            propagated = {host for to, id_ in propagations if to == table and (host := host_of.get(id_))}
            found[segment] = openings.Table(frozenset(members), frozenset(leads_to), frozenset(propagated - leads_to))
    return found


def to_be_named(before: Snapshot, after: Snapshot, names: Names) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Return {(FROM, TO): (sender, receiver) of each pair} of the openings that have to be named: see openings."""
    was, now = tables_in(before, names), tables_in(after, names)
    attached = {host for table in was.values() for host in table.associations}
    found = openings.pairs_to_be_named(was, now, names.isolated, attached)
    return {(one, other): found[name] for name in found for one, _sign, other in (name.partition(">"),)}


def _host_of(attachment: Item, names: Names) -> str | None:
    if attachment.get("ResourceType") != "vpc":
        return None
    return names.host(str(attachment.get("ResourceOwnerId")), str(attachment.get("ResourceId")))


def _every(snapshot: Snapshot, kind: str) -> Iterable[Item]:
    """Yield each item of a kind once: as its owner shows it, where others show less of it."""
    found: dict[str, Item] = {}
    key = "TransitGatewayAttachmentId" if kind == ATTACHMENTS else "TransitGatewayRouteTableId"
    for _place, item in snapshot.every(kind):
        if item[key] not in found or item.get("Association"):
            found[item[key]] = item
    return found.values()
