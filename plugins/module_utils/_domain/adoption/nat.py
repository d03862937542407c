# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gateways to the internet of a VPC's tiers, as tiered_vpc lays them out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..network.snapshot import Item
from .index import ENDED, Lookups
from .model import owner_of
from .tiers import Tier


@dataclass(frozen=True)
class Nat:
    """per_az: each zone has its NAT gateway; ids: {address: id} of the gateways and their addresses."""

    per_az: bool = False
    ids: Mapping[str, str] = field(default_factory=dict)


def choose(
    lookups: Lookups, vpc_id: str, zones: list[str], all_tiers: list[Tier], released: tuple[str, ...]
) -> tuple[Nat | None, list[str], list[Tier]]:
    """Return the gateways, the zones in tiered_vpc's order, and the tiers in an order in which it places them so.

    A tier is refused if its way to the internet isn't one that tiered_vpc creates.
    """
    gateways = lookups.of_vpc["InternetGateways", vpc_id]
    sound = [tier for tier in all_tiers if not tier.problem]
    owner = next((o for g in gateways if (o := owner_of(g, str(g["InternetGatewayId"]), released))), "")
    if owner or len(gateways) > 1:
        why = f"its internet gateway is owned by {owner}" if owner else "the VPC has several internet gateways"
        return None, zones, [_refused(tier, "none", why) for tier in all_tiers]
    public = [tier for tier in sound if tier.internet == "gateway"]
    ids = {"internet_gateway.main": str(gateways[0]["InternetGatewayId"])} if gateways and public else {}
    if not any(tier.internet == "nat" for tier in sound):
        return (Nat(ids=ids) if ids else None), zones, all_tiers
    there = {str(n["NatGatewayId"]): n for n in lookups.of_vpc["NatGateways", vpc_id] if n.get("State") not in ENDED}
    for host in public:
        laid_out = _per_az(host, zones, sound, there) or _single(host, zones, sound, there)
        if laid_out and not (owner := _owner(laid_out[1].values(), released)):
            zones, of_zone, per_az = laid_out
            ordered = sorted(all_tiers, key=lambda tier: tier.internet == "gateway" and tier.name != host.name)
            return Nat(per_az, {**ids, **_ids(of_zone)}), zones, ordered
    why = f"its NAT gateway is owned by {owner}" if owner else "its NAT gateways aren't as tiered_vpc lays them out"
    return (Nat(ids=ids) if ids else None), zones, [_refused(tier, "gateway", why) for tier in all_tiers]


def _refused(tier: Tier, most: str, why: str) -> Tier:
    """Return the tier, refused if its way to the internet is more than `most`."""
    allowed = ("none", "gateway") if most == "gateway" else ("none",)
    return tier if tier.internet in allowed else tier.refused(why)


def _per_az(
    host: Tier, zones: list[str], sound: list[Tier], there: Mapping[str, Item]
) -> tuple[list[str], dict[str, Item], bool] | None:
    of_subnet = {str(nat.get("SubnetId")): nat for nat in there.values()}
    of_zone = {zone: of_subnet[s["SubnetId"]] for zone, s in host.subnets.items() if s["SubnetId"] in of_subnet}
    if set(of_zone) != set(zones) or not all(map(_address, of_zone.values())):
        return None
    for tier in (tier for tier in sound if tier.internet == "nat"):
        if any(tier.ways[tier.tables[zone]].nat != of_zone[zone]["NatGatewayId"] for zone in zones):
            return None
        if len(zones) > 1 and tier.layout != "per_az":
            return None
    return (zones, of_zone, True) if len(zones) > 1 else None


def _single(
    host: Tier, zones: list[str], sound: list[Tier], there: Mapping[str, Item]
) -> tuple[list[str], dict[str, Item], bool] | None:
    used = {leads.nat for tier in sound if tier.internet == "nat" for leads in tier.ways.values()}
    nat = there.get(next(iter(used))) if len(used) == 1 else None
    if nat is None or not _address(nat):
        return None
    zone = next((zone for zone, s in host.subnets.items() if s["SubnetId"] == nat.get("SubnetId")), None)
    if zone is None:
        return None
    return [zone, *(other for other in zones if other != zone)], {zone: nat}, False


def _address(nat: Item) -> str:
    """Return the allocation id of a public NAT gateway's address; "" for a private one, or one with several."""
    addresses = [a.get("AllocationId") for a in nat.get("NatGatewayAddresses") or ()]
    return str(addresses[0] or "") if len(addresses) == 1 and nat.get("ConnectivityType") != "private" else ""


def _owner(nats: Iterable[Item], released: tuple[str, ...]) -> str:
    return next((o for n in nats if (o := owner_of(n, str(n["NatGatewayId"]), released))), "")


def _ids(of_zone: Mapping[str, Item]) -> dict[str, str]:
    return {
        key: value
        for zone, nat in of_zone.items()
        for key, value in (
            (f"nat_gateway.{zone}", str(nat["NatGatewayId"])),
            (f"elastic_ip.{zone}", _address(nat)),
        )
    }
