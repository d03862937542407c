# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A VPC as tiered_vpc declares it, and what of it that can't say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..._core.errors import Invalid
from ..network.snapshot import Item
from ..values import cidrs
from ..values.internet import EVERYWHERE
from ..vpc import cidr_blocks
from . import nat, tiers, ways
from .index import Lookups
from .model import owner_of
from .tiers import Tier


@dataclass
class VpcFound:
    """A VPC, its tiers and its attachment to the hub's transit gateway.

    problem: why tiered_vpc can't declare it; "" if it can
    routed: names of the tiers that lead to the transit gateway; destinations: where to
    """

    item: Item
    attachment: Item | None
    zones: list[str] = field(default_factory=list)
    tiers: list[Tier] = field(default_factory=list)
    left: list[Tier] = field(default_factory=list)
    nat: nat.Nat | None = None
    destinations: list[str] = field(default_factory=list)
    routed: list[str] = field(default_factory=list)
    direct: list[str] = field(default_factory=list)
    problem: str = ""

    @property
    def vpc_id(self) -> str:
        return str(self.item["VpcId"])

    @property
    def cidrs(self) -> list[str]:
        """Its IPv4 CIDRs, the primary one first."""
        blocks = [
            block["CidrBlock"]
            for block in self.item.get("CidrBlockAssociationSet") or ()
            if block.get("CidrBlockState", {}).get("State", "associated") in ("associating", "associated")
        ]
        primary = self.item["CidrBlock"]
        return [primary, *sorted(block for block in blocks if block != primary)]

    @property
    def has_ipv6(self) -> bool:
        return any(
            block.get("Ipv6CidrBlockState", {}).get("State") in ("associating", "associated")
            for block in self.item.get("Ipv6CidrBlockAssociationSet") or ()
        )

    @property
    def attached_tier(self) -> str:
        """The tier whose subnets are exactly those of the attachment; "" without one."""
        ids = set(self.attachment["SubnetIds"]) if self.attachment else set()
        same = (t.name for t in self.tiers if {s["SubnetId"] for s in t.subnets.values()} == ids)
        return next(same, "")

    def rename(self, tier: str, name: str) -> None:
        """Give a tier another name."""

        def renamed(names: list[str]) -> list[str]:
            return [name if one == tier else one for one in names]

        self.tiers = [replace(one, name=name) if one.name == tier else one for one in self.tiers]
        self.routed, self.direct = renamed(self.routed), renamed(self.direct)


def find(lookups: Lookups, vpc: Item, gateway_id: str, released: tuple[str, ...]) -> VpcFound:
    """Return the VPC with its tiers; gateway_id: of the hub's transit gateway, "" without a hub."""
    vpc_id = str(vpc["VpcId"])
    attached = [a for a in lookups.attachments(vpc_id) if a["TransitGatewayId"] == gateway_id]
    found = VpcFound(vpc, attached[0] if attached else None)
    if owner := owner_of(vpc, vpc_id, released):
        found.problem = f"owned by {owner}"
        return found
    tables = lookups.of_vpc["RouteTables", vpc_id]
    all_subnets = lookups.of_vpc["Subnets", vpc_id]
    all_tiers = tiers.of_vpc(all_subnets, tables, released)
    all_tiers = _routed_alike(found, all_tiers, gateway_id)
    in_use = set(found.attachment["SubnetIds"]) if found.attachment else set()
    zones_of_attachment = frozenset(s["AvailabilityZoneId"] for s in all_subnets if s["SubnetId"] in in_use)
    found.zones, all_tiers = tiers.in_zones(all_tiers, zones_of_attachment)
    found.nat, found.zones, all_tiers = nat.choose(lookups, vpc_id, found.zones, all_tiers, released)
    found.tiers = [tier for tier in all_tiers if not tier.problem]
    found.left = [tier for tier in all_tiers if tier.problem]
    found.routed = [tier.name for tier in found.tiers if tier.name in found.routed]
    found.direct = [tier.name for tier in found.tiers if tier.name in found.direct]
    found.problem = _unusable(found)
    return found


def _routed_alike(found: VpcFound, all_tiers: list[Tier], gateway_id: str) -> list[Tier]:
    """Note which tiers lead to the transit gateway and where; refuse those whose routes differ from most tiers'."""
    if found.attachment is None:
        return all_tiers
    wanted = ways.destinations((t.transit for t in all_tiers if not t.problem), gateway_id)
    told = []
    for tier in all_tiers:
        routes = ways.of_gateway(tier.transit, gateway_id)
        if not tier.problem and routes:
            if tier.internet == "gateway" and wanted & {*EVERYWHERE} and routes == wanted - {*EVERYWHERE}:
                found.direct.append(tier.name)
                found.routed.append(tier.name)
            elif routes == wanted:
                found.routed.append(tier.name)
            else:
                differing = ", ".join(sorted(routes ^ wanted))
                tier = tier.refused(f"its routes to {gateway_id} differ from other tiers' in {differing}")
        told.append(tier)
    found.destinations = sorted(wanted)
    return told


def _unusable(found: VpcFound) -> str:
    if not found.tiers:
        reasons = "; ".join(dict.fromkeys(f"{tier.name}: {tier.problem}" for tier in found.left))
        return f"none of its subnets can be declared as a tier ({reasons or 'it has no subnet'})"
    try:
        cidrs.lay_out(found.cidrs, layout(found), found.zones)
        cidr_blocks.check("vpc_cidrs", found.cidrs, quota(found), "vpc_cidrs_quota", False)
    except Invalid as invalid:
        return str(invalid)
    return ""


def quota(found: VpcFound) -> int:
    return min(max(cidr_blocks.QUOTA, len(found.cidrs)), cidr_blocks.MOST)


def layout(found: VpcFound) -> list[dict[str, Any]]:
    """Return vpc_tiers with only names and CIDRs."""
    return [
        {"name": tier.name, "cidrs": {zone: tier.subnets[zone]["CidrBlock"] for zone in found.zones}}
        for tier in found.tiers
    ]


def by_prefix(found: VpcFound) -> tuple[list[dict[str, Any]], int] | None:
    """Return vpc_tiers by prefix and az_slots, if tiered_vpc would lay the subnets out just so; else None."""
    prefixes = []
    for tier in found.tiers:
        lengths = {int(str(subnet["CidrBlock"]).partition("/")[2]) for subnet in tier.subnets.values()}
        if len(lengths) > 1:
            return None
        prefixes.append({"name": tier.name, "prefix": lengths.pop()})
    there = {
        (tier.name, zone): str(subnet["CidrBlock"]) for tier in found.tiers for zone, subnet in tier.subnets.items()
    }
    for slots in (4, 1, 2, 8, 16):
        try:
            if cidrs.lay_out(found.cidrs, prefixes, found.zones, slots) == there:
                return prefixes, slots
        except Invalid:
            continue
    return None


def declared_tiers(found: VpcFound) -> tuple[list[dict[str, Any]], int]:
    """Return vpc_tiers and vpc_az_slots."""
    spelled = by_prefix(found) or (layout(found), 4)
    per_az = found.nat is not None and found.nat.per_az
    told = []
    for tier, entry in zip(found.tiers, spelled[0]):
        entry = dict(entry)
        internet = "direct" if tier.name in found.direct else tier.internet
        if internet != "none":
            entry["internet"] = internet
        if tier.map_public_ip:
            entry["map_public_ip"] = True
        usual = "per_az" if internet == "nat" and per_az else "single"
        if tier.layout != usual and len(found.zones) > 1:
            entry["route_tables"] = tier.layout
        told.append(entry)
    return told, spelled[1]


def default_group_is_empty(lookups: Lookups, vpc_id: str) -> bool:
    """Return true if the VPC's default security group has no rule."""
    groups = [group for group in lookups.of_vpc["SecurityGroups", vpc_id] if group.get("GroupName") == "default"]
    return bool(groups) and not any(g.get("IpPermissions") or g.get("IpPermissionsEgress") for g in groups)


def ids(found: VpcFound) -> Mapping[str, str]:
    """Return {address: id} of what tiered_vpc finds by tags."""
    told = {"vpc.main": found.vpc_id}
    for tier in found.tiers:
        for zone in found.zones:
            told[f"subnet.{tier.name}.{zone}"] = str(tier.subnets[zone]["SubnetId"])
        if tier.layout == "single":
            told[f"route_table.{tier.name}"] = tier.tables[found.zones[0]]
        else:
            told |= {f"route_table.{tier.name}.{zone}": tier.tables[zone] for zone in found.zones}
    return told | dict(found.nat.ids if found.nat else {})
