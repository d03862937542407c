# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A transit gateway with its attachments and route tables, as its owner's account shows them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..hub.segments import OTHERS
from ..network.snapshot import Item
from .index import ENDED, Lookups
from .model import NAME_TAG, OWNER_TAG, owner_of, tags_of

NAME = r"[A-Za-z][A-Za-z0-9_-]{0,63}"


@dataclass
class TableFound:
    """One route table: its segment's name, and ids of attachments.

    static: {CIDR or prefix list: attachment id, "" for a blackhole}; propagated: {attachment id: CIDRs}
    """

    id: str
    segment: str
    associations: list[str] = field(default_factory=list)
    propagations: list[str] = field(default_factory=list)
    static: dict[str, str] = field(default_factory=dict)
    propagated: dict[str, list[str]] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.id} (segment {self.segment})"


@dataclass
class GatewayFound:
    """The transit gateway; attachments: {id: as DescribeTransitGatewayAttachments has it}, those that can be joined."""

    id: str
    item: Item
    tables: list[TableFound] = field(default_factory=list)
    attachments: dict[str, Item] = field(default_factory=dict)
    # Attachments that aren't accepted or available, in words.
    waiting: list[tuple[str, str]] = field(default_factory=list)
    problem: str = ""

    def table_of(self, attachment_id: str) -> TableFound | None:
        return next((table for table in self.tables if attachment_id in table.associations), None)

    def propagated(self, attachment_id: str) -> list[str]:
        """CIDRs that an attachment was seen to propagate, sorted."""
        return sorted({cidr for table in self.tables for cidr in table.propagated.get(attachment_id, ())})


def of_account(lookups: Lookups, released: tuple[str, ...]) -> list[GatewayFound]:
    """Return the transit gateways that the account owns, that with the most attachments first."""
    account_id = lookups.account.account_id
    there = {
        str(item["TransitGatewayId"]): item
        for item in lookups.items("TransitGateways")
        if item.get("OwnerId", account_id) == account_id and item.get("State", "available") not in ENDED
    }
    for item in lookups.items("TransitGatewayAttachments"):
        if item.get("TransitGatewayOwnerId") == account_id and item.get("State") not in ENDED:
            there.setdefault(str(item["TransitGatewayId"]), {})
    found = [_gateway(id_, item, lookups, released) for id_, item in sorted(there.items())]
    return sorted(found, key=lambda gateway: -len(gateway.attachments))


def _gateway(id_: str, item: Item, lookups: Lookups, released: tuple[str, ...]) -> GatewayFound:
    found = GatewayFound(id_, item)
    for attachment in lookups.items("TransitGatewayAttachments"):
        if attachment["TransitGatewayId"] != id_ or attachment.get("State") in ENDED:
            continue
        attachment_id = str(attachment["TransitGatewayAttachmentId"])
        if attachment.get("State") == "available":
            found.attachments[attachment_id] = attachment
        else:
            found.waiting.append((attachment_id, str(attachment.get("State"))))
    tables = [t for t in lookups.items("TransitGatewayRouteTables") if t.get("TransitGatewayId") == id_]
    names: set[str] = set()
    for table in sorted(tables, key=lambda table: table["TransitGatewayRouteTableId"]):
        found.tables.append(_table(table, found, lookups, names))
    owned = [(id_, item), *((str(t["TransitGatewayRouteTableId"]), t) for t in tables)]
    found.problem = next((f"{i} is owned by {o}" for i, t in owned if (o := owner_of(t, i, released))), "")
    return found


def _table(item: Item, gateway: GatewayFound, lookups: Lookups, names: set[str]) -> TableFound:
    table = TableFound(str(item["TransitGatewayRouteTableId"]), _segment_name(item, names))
    for attachment_id, attachment in sorted(gateway.attachments.items()):
        association = attachment.get("Association") or {}
        if association.get("TransitGatewayRouteTableId") == table.id and association.get("State") in (
            "associated",
            "associating",
        ):
            table.associations.append(attachment_id)
    routes = _of_table(lookups, "TransitGatewayRoutes", table.id, "Routes")
    for route in routes or _of_table(lookups, "TransitGatewayStaticRoutes", table.id, "Routes"):
        _add_route(table, route)
    for entry in _of_table(lookups, "TransitGatewayPropagations", table.id, "TransitGatewayRouteTablePropagations"):
        if entry.get("State") in ("enabled", "enabling"):
            table.propagations.append(str(entry["TransitGatewayAttachmentId"]))
    # A snapshot without that read shows those whose routes are in the table.
    table.propagations = sorted({*table.propagations, *table.propagated})
    return table


def _of_table(lookups: Lookups, kind: str, table_id: str, key: str) -> list[Item]:
    return [
        entry
        for item in lookups.items(kind)
        if item["TransitGatewayRouteTableId"] == table_id
        for entry in item.get(key) or ()
    ]


def _add_route(table: TableFound, route: Item) -> None:
    ids = [str(a["TransitGatewayAttachmentId"]) for a in route.get("TransitGatewayAttachments") or ()]
    to = str(route.get("PrefixListId") or route.get("DestinationCidrBlock") or "")
    if route.get("Type") == "static":
        table.static[to] = ids[0] if ids and route.get("State") != "blackhole" else ""
    elif route.get("Type") == "propagated":
        for id_ in ids:
            table.propagated.setdefault(id_, []).append(to)


def _segment_name(item: Item, names: set[str]) -> str:
    """Return a segment's name: of the table's tags, if they give one, else segment-1 and so on."""
    tags = tags_of(item)
    ours = tags.get(NAME_TAG, "") if tags.get(OWNER_TAG, "").startswith("tgw_hub/") else ""
    name = ours or re.sub(r"[^A-Za-z0-9_-]+", "-", tags.get("Name", "")).strip("-")
    if not re.fullmatch(NAME, name) or name in names:
        number = 1
        while f"segment-{number}" in names:
            number += 1
        name = f"segment-{number}"
    names.add(name)
    return name


def name_of_other(attachment: Item, taken: Mapping[str, object]) -> str:
    """Return the name of an attachment that isn't a VPC's: of its Name tag, else its kind and a part of its id."""
    id_ = str(attachment["TransitGatewayAttachmentId"])
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", tags_of(attachment).get("Name", "")).strip("-._")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}", name) or name in taken:
        name = f"{attachment.get('ResourceType')}-{id_.rpartition('-')[2][:8]}"
    return name if name not in taken else id_


def can_be_declared(attachment: Item) -> bool:
    return attachment.get("ResourceType") in ("vpc", *OTHERS)
