# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What interface endpoints cost a month: each closed account's own, against the hub's by the transit gateway.

A GB through an endpoint costs the same wherever the endpoint is. By the hub, it costs the transit gateway's processing,
too: once, whatever its direction, since what enters the transit gateway is charged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._core.errors import Invalid
from ..inventory.relations import as_list, is_attached, same_region
from . import moves, profiles

Hosts = Mapping[str, Mapping[str, Any]]
# Examples in US dollars on AWS's pages for US East, which differ by region: set those of yours. Not verified on a bill.
PRICES = {
    # https://aws.amazon.com/privatelink/pricing/: per endpoint, zone and hour; per GB of the first PB a month
    "endpoint_hour": 0.01,
    "endpoint_gb": 0.01,
    # https://aws.amazon.com/transit-gateway/pricing/: per attachment and hour; per GB that enters it
    "attachment_hour": 0.05,
    "transit_gateway_gb": 0.02,
    # https://aws.amazon.com/route53/pricing/, as transcribed on 2026-09-20 (github.com/api-evangelist/
    # amazon-route53-resolver, plans): "$0.75 per AWS account for up to 100 Profile-VPC associations" an hour, and
    # "$0.0014 per Profile-VPC association per hour per AWS Region" beyond
    "profile_hour": 0.75,
    "profile_vpc_hour": 0.0014,
    # https://aws.amazon.com/ec2/pricing/on-demand/, Data Transfer: per GB between zones. That AWS charges none for
    # PrivateLink and transit gateways since 2022 has no source here: _notes says so.
    "cross_zone_gb": 0.0,
}
PROFILE_VPCS = 100
HOURS = 730


def cost(
    hosts: Hosts, central: Mapping[str, Any] | None, prices: Mapping[str, Any], gb_per_month: Mapping[str, Any]
) -> dict[str, Any]:
    """Return {prices, hours, hub, hosts, local, central, saving, break_even_gb, unknown_gb, notes}.

    hosts: the variables of the hub's and the closed accounts' hosts, with group_names. Reads what moves.py and vpc read
    central: result of central_endpoints in the hub's account; None, or one that failed: by what the inventory declares
    prices: in place of those of PRICES; gb_per_month: {host: GB that it sends to and gets from AWS's services}
    Dollars a month. Of hosts whose GB aren't known (None), only the hours count. Raises Invalid for bad arguments.
    """
    price = {**PRICES, **_checked("central_endpoints_prices", prices, PRICES)}
    gb = _checked("central_endpoints_gb", gb_per_month, hosts)
    hub = _hub(hosts)
    offered = _zones_by_service(hosts[hub], central or {})
    rows = [
        _of_host(host, hosts[host], hosts[hub], offered, price, gb.get(host))
        for host in hosts
        if "closed" in _groups(hosts[host]) and same_region(hosts[host], hosts[hub])
    ]
    moving = [row for row in rows if row["services"]]
    of_hub = _of_hub(hub, offered, len(moving), price)
    local = sum(row["local"] for row in moving)
    by_hub = of_hub["total"] + sum(row["central"] for row in moving)
    fixed = sum(row["local_hours"] - row["attachment"] for row in moving) - of_hub["total"]
    return {
        "currency": "USD",
        "prices": price,
        "hours": HOURS,
        "hub": of_hub,
        "hosts": rows,
        "local": round(local, 2),
        "central": round(by_hub, 2),
        "saving": round(local - by_hub, 2),
        "break_even_gb": _break_even(fixed, price["transit_gateway_gb"]),
        "unknown_gb": [row["host"] for row in moving if row["gb"] is None],
        "notes": _notes(rows, price),
    }


def _checked(option: str, given: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, float]:
    for name, value in given.items():
        if name not in known:
            raise Invalid(option, name, "isn't known", profiles.nearest(name, known))
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = -1.0
        if isinstance(value, bool) or not 0 <= number < float("inf"):
            raise Invalid(f"{option}.{name}", value, "is no number of dollars or GB", "0 or more")
    return {name: float(value) for name, value in given.items()}


def _groups(variables: Mapping[str, Any]) -> list[Any]:
    return as_list(variables.get("group_names"))


def _hub(hosts: Hosts) -> str:
    found = [host for host in hosts if "central_endpoints" in _groups(hosts[host])]
    if len(found) != 1:
        listed = ", ".join(found) or "none"
        raise Invalid(
            "central_endpoints", listed, "is who has the endpoints", "one host of the group central_endpoints"
        )
    return found[0]


def _zones_by_service(hub: Mapping[str, Any], central: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return {service: zones in which the hub has its endpoint}: as AWS has them, else as they are declared."""
    declared = as_list(hub.get("vpc_availability_zone_ids")) or ["?"]
    lacking = {*(central.get("not_offered") or ()), *(central.get("without_private_dns") or ())}
    told = central.get("endpoints") or {}
    return {
        service: sorted((told.get(service) or {}).get("addresses") or declared)
        for service in moves.offered(hub)
        if service not in lacking
    }


def _of_host(
    host: str,
    variables: Mapping[str, Any],
    hub: Mapping[str, Any],
    offered: Mapping[str, list[str]],
    price: Mapping[str, float],
    gb: float | None,
) -> dict[str, Any]:
    """Return the row of a closed account: what its own endpoints cost that the hub has, too, and the hub's for it.

    A host of the group pci moves what it names, others all that the hub has but what they keep local by name.
    """
    zones = as_list(variables.get("vpc_availability_zone_ids")) or ["?"]
    needed = moves.needed(variables)
    named = variables.get("closed_network_endpoints") or {}
    is_pci = "pci" in _groups(variables)
    wanted = [s for s in needed if named.get(s, moves.LOCAL if is_pci else moves.CENTRAL) == moves.CENTRAL]
    services = [service for service in wanted if service in offered]
    own_hub = str(variables.get("account_id")) == str(hub.get("account_id")) and not is_attached(variables)
    attached = is_attached(variables) or own_hub
    hours = len(services) * len(zones) * HOURS * price["endpoint_hour"]
    attachment = 0.0 if attached or not services else HOURS * price["attachment_hour"]
    crossing = sorted({zone for service in services for zone in zones if zone not in offered[service]} - {"?"})
    known = gb or 0.0
    across = price["cross_zone_gb"] * len(crossing) / len(zones)
    by_hub = known * (price["endpoint_gb"] + price["transit_gateway_gb"] + across)
    return {
        "host": host,
        "account_id": variables.get("account_id"),
        "region": variables.get("region"),
        "zones": zones,
        "services": services,
        "stay_local": [service for service in needed if service not in services],
        "not_offered": [service for service in wanted if service not in offered],
        "gb": gb,
        "local_hours": round(hours, 2),
        "local": round(hours + known * price["endpoint_gb"], 2),
        "attachment": round(attachment, 2),
        "central": round(attachment + by_hub, 2),
        "cross_zones": crossing,
        "break_even_gb": _break_even(hours - attachment, price["transit_gateway_gb"] + across) if services else None,
    }


def _of_hub(hub: str, offered: Mapping[str, list[str]], vpcs: int, price: Mapping[str, float]) -> dict[str, Any]:
    hours = sum(map(len, offered.values())) * HOURS * price["endpoint_hour"]
    profile = price["profile_hour"] + max(0, vpcs - PROFILE_VPCS) * price["profile_vpc_hour"]
    return {
        "host": hub,
        "services": list(offered),
        "zones": sorted({zone for zones in offered.values() for zone in zones}),
        "endpoint_hours": round(hours, 2),
        "profile": round(profile * HOURS, 2),
        "total": round(hours + profile * HOURS, 2),
    }


def _break_even(saved: float, per_gb: float) -> float | None:
    """Return at how many GB a month what the hub saves is used up; 0: it saves nothing; None: never."""
    if saved <= 0:
        return 0.0
    return round(saved / per_gb, 1) if per_gb else None


def _notes(rows: list[dict[str, Any]], price: Mapping[str, float]) -> list[str]:
    notes = []
    unknown = [row["host"] for row in rows if row["services"] and row["gb"] is None]
    if unknown:
        notes.append(f"the GB of {', '.join(unknown)} aren't known: only hours count for them")
    notes += [
        f"{hosts}: the hub has no endpoint in {zones}: calls from there cross zones"
        for zones, hosts in _by_value(rows, "cross_zones")
    ]
    notes += [
        f"{row['host']} isn't attached to the transit gateway yet: its attachment counts"
        for row in rows
        if row["attachment"]
    ]
    notes += [
        f"{hosts}: the hub doesn't have {services}: they stay local"
        for services, hosts in _by_value(rows, "not_offered")
    ]
    if "?" in {zone for row in rows for zone in row["zones"]}:
        notes.append("hosts without vpc_availability_zone_ids count one zone")
    if not price["cross_zone_gb"]:
        notes.append(
            "data between zones counts nothing, which isn't verified for calls by a transit gateway; set cross_zone_gb"
            " if your bill has it"
        )
    return notes


def _by_value(rows: list[dict[str, Any]], key: str) -> list[tuple[str, str]]:
    """Return (values, hosts that have them), both in words, of the rows that have any."""
    hosts: dict[str, list[str]] = {}
    for row in rows:
        if row[key]:
            hosts.setdefault(", ".join(row[key]), []).append(row["host"])
    return [(values, ", ".join(listed)) for values, listed in hosts.items()]
