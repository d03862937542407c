# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tiers of a VPC: subnets of one purpose, one in each availability zone, with route tables of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_network

from ..network.snapshot import Item
from . import ways
from .index import table_of
from .model import NAME_TAG, owner_of, tags_of
from .ways import Ways

# What names of subnets say of their zone: eu-central-1a, euc1-az1, az1, zone-a, and a number or a letter at the end.
ZONES = re.compile(
    r"(?:\b(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-gov|-iso[a-z]?)?-[a-z]+-\d[a-z]?\b|\b[a-z]{2,4}\d-az\d+\b"
    r"|\baz[-_ ]?[0-9a-f]\b|\bzone[-_ ]?[0-9a-f]\b|\bsubnets?\b|[-_ ./](?:\d{1,2}[a-f]?|[a-f])$)",
    re.IGNORECASE,
)
FALLBACK = {"gateway": "public", "nat": "private", "none": "isolated"}


@dataclass(frozen=True)
class Tier:
    """Subnets by zone. tables: {zone: route table id}; ways: of its tables, by id; problem: why it isn't declared."""

    name: str
    subnets: Mapping[str, Item]
    tables: Mapping[str, str]
    ways: Mapping[str, Ways]
    problem: str = ""

    @property
    def zones(self) -> list[str]:
        return sorted(self.subnets)

    @property
    def layout(self) -> str:
        """``single`` or ``per_az``; "" if it is neither."""
        several = len({*self.tables.values()})
        return "single" if several == 1 else "per_az" if several == len(self.subnets) else ""

    @property
    def internet(self) -> str:
        return next(iter(self.ways.values())).internet if self.ways else "none"

    @property
    def transit(self) -> frozenset[tuple[str, str]]:
        return next(iter(self.ways.values())).transit if self.ways else frozenset()

    @property
    def map_public_ip(self) -> bool:
        return any(subnet.get("MapPublicIpOnLaunch") for subnet in self.subnets.values())

    def refused(self, why: str) -> Tier:
        return self if self.problem else replace(self, problem=why)


def of_vpc(subnets: Iterable[Item], tables: list[Item], released: tuple[str, ...]) -> list[Tier]:
    """Return the tiers of a VPC's subnets, in the order of their addresses, each with why it can't be declared."""
    grouped = _grouped(subnets, tables)
    found = [_tier(name, by_zone, tables, released) for name, by_zone in grouped.items()]
    return _with_own_tables(sorted(found, key=_first_address))


def _grouped(subnets: Iterable[Item], tables: list[Item]) -> dict[str, dict[str, Item]]:
    """Return {tier: {zone: subnet}}; a second subnet of a name and zone is of a further tier, name-2."""
    grouped: dict[str, dict[str, Item]] = {}
    in_order = sorted((s for s in subnets if s.get("CidrBlock")), key=lambda s: ip_network(s["CidrBlock"]))
    names = _names(in_order, tables)
    for subnet in in_order:
        name = base = names[subnet["SubnetId"]]
        number = 1
        while subnet["AvailabilityZoneId"] in grouped.get(name, {}):
            number += 1
            name = f"{base}-{number}"
        grouped.setdefault(name, {})[subnet["AvailabilityZoneId"]] = subnet
    return grouped


def _names(subnets: Iterable[Item], tables: list[Item]) -> dict[str, str]:
    """Return {subnet id: its tier's name}: of the closednet:name tag, else of the Name tag, else of where it leads.

    Of a Name tag count the words that aren't of its zone and that not all subnets of the VPC begin with.
    """
    names, words = {}, {}
    for subnet in subnets:
        tags = tags_of(subnet)
        ours = tags.get(NAME_TAG, "").partition(".")[0]
        if re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,63}", ours):
            names[subnet["SubnetId"]] = ours
            continue
        words[subnet["SubnetId"]] = _words(tags.get("Name", ""))
        table = table_of(subnet["SubnetId"], tables)
        names[subnet["SubnetId"]] = FALLBACK[ways.of_table(table).internet if table else "none"]
    while len({*map(tuple, words.values())}) > 1 and len({one[0] if one[1:] else "" for one in words.values()}) == 1:
        if not all(one[1:] for one in words.values()):
            break
        words = {id_: one[1:] for id_, one in words.items()}
    told = {id_: "-".join(one)[:48].strip("-") for id_, one in words.items()}
    return names | {id_: name for id_, name in told.items() if re.fullmatch(r"[a-z][a-z0-9-]*", name)}


def _words(name: str) -> list[str]:
    name = name.replace("_", "-")
    for _round in range(3):
        name = ZONES.sub("", name).strip(" -./")
    # app1 and app2 are one tier in two zones; where they aren't, the second is told apart by its zone.
    return [word for word in re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z])\d{1,2}$", "", name.lower())) if word]


def _tier(name: str, subnets: Mapping[str, Item], tables: list[Item], released: tuple[str, ...]) -> Tier:
    own = {zone: table_of(subnet["SubnetId"], tables) for zone, subnet in subnets.items()}
    associated = {zone: table for zone, table in own.items() if table}
    ids = {zone: str(table["RouteTableId"]) for zone, table in associated.items()}
    leads = {str(table["RouteTableId"]): ways.of_table(table) for table in associated.values()}
    tier = Tier(name, subnets, ids, leads)
    items = [(s["SubnetId"], s) for s in subnets.values()] + [(t["RouteTableId"], t) for t in associated.values()]
    for id_, item in items:
        if owner := owner_of(item, id_, released):
            return tier.refused(f"{id_} is owned by {owner}")
    if len(associated) < len(subnets):
        without = sorted(subnets[zone]["SubnetId"] for zone in subnets if zone not in associated)
        return tier.refused(f"{', '.join(without)} uses the VPC's main route table without an association")
    if not tier.layout:
        return tier.refused("its subnets have neither one route table nor one each")
    return tier.refused(_differing(tier)) if _differing(tier) else tier


def _differing(tier: Tier) -> str:
    """Return what isn't the same in all of a tier's subnets and tables, or can't be declared; "" if nothing."""
    if len({bool(subnet.get("MapPublicIpOnLaunch")) for subnet in tier.subnets.values()}) > 1:
        return "its subnets differ in MapPublicIpOnLaunch"
    for table_id, leads in tier.ways.items():
        if leads.problem:
            return f"{table_id}: {leads.problem}"
    kinds = {(leads.internet, leads.transit) for leads in tier.ways.values()}
    return "its route tables lead to different places" if len(kinds) > 1 else ""


def _with_own_tables(tiers: list[Tier]) -> list[Tier]:
    """Return the tiers so that each route table is of one: of the one with the most subnets, else of the first."""
    claimed: dict[str, str] = {}
    for tier in sorted((t for t in tiers if not t.problem), key=lambda t: -len(t.subnets)):
        taken = [claimed[table] for table in tier.tables.values() if table in claimed]
        if not taken:
            claimed.update(dict.fromkeys(tier.tables.values(), tier.name))
    return [
        tier.refused(f"shares route tables with {claimed[table]}, and a tier has its own")
        if (table := next((t for t in tier.tables.values() if claimed.get(t, tier.name) != tier.name), ""))
        else tier
        for tier in tiers
    ]


def in_zones(tiers: list[Tier], wanted: frozenset[str]) -> tuple[list[str], list[Tier]]:
    """Return the zones that cover the most subnets, and the tiers, those without a subnet in each of them refused.

    wanted: zones of an attachment's subnets, which come first where several choices cover as much.
    """
    sound = [tier for tier in tiers if not tier.problem]
    choices = {frozenset(tier.subnets) for tier in sound}
    if not choices:
        return [], tiers

    def score(zones: frozenset[str]) -> tuple[int, bool, list[str]]:
        covered = sum(len(zones) for tier in sound if zones <= tier.subnets.keys())
        return covered, wanted <= zones, sorted(zones, reverse=True)

    zones = max(choices, key=score)
    told = [
        tier
        if zones <= tier.subnets.keys()
        else tier.refused(f"has no subnet in {', '.join(sorted(zones - tier.subnets.keys()))}")
        for tier in tiers
    ]
    within = [_within(tier, zones) if not tier.problem else tier for tier in told]
    # In the order in which tiered_vpc lays subnets out.
    first = next(tier for tier in within if not tier.problem).subnets
    return sorted(zones, key=lambda zone: ip_network(first[zone]["CidrBlock"])), within


def _within(tier: Tier, zones: frozenset[str]) -> Tier:
    tables = {zone: table for zone, table in tier.tables.items() if zone in zones}
    return replace(
        tier,
        subnets={zone: subnet for zone, subnet in tier.subnets.items() if zone in zones},
        tables=tables,
        ways={table: leads for table, leads in tier.ways.items() if table in tables.values()},
    )


def _first_address(tier: Tier) -> tuple[int, str]:
    return min(int(ip_network(subnet["CidrBlock"])[0]) for subnet in tier.subnets.values()), tier.name
