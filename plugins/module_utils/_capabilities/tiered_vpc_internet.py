# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What tiered_vpc declares of its tiers' ways to the internet: gateways, and route tables with default routes."""

from __future__ import annotations

from .._core.errors import Invalid
from .._core.plan import Ref
from .._domain.values import identifiers
from .._domain.values.internet import EVERYWHERE

# Tiers that lead to the internet gateway. The one says that other tiers leave by the hub, and this one doesn't.
OPEN = ("gateway", "direct")


def tables(tier, zones, params):
    """Names of the tier's route tables: one, or one for each zone, by default if each zone has its own NAT gateway.

    Where no tier uses NAT gateways any more, those that leave by the transit gateway keep the tables that they had.
    """
    by_nat = tier["internet"] == "nat"
    if not any(other["internet"] == "nat" for other in params["tiers"] or []):
        by_nat = tier["name"] in handed_over(params)
    per_zone = by_nat and params["nat_gateways"] == "per_az"
    if tier["route_tables"]:
        per_zone = tier["route_tables"] == "per_az"
    return [f"{tier['name']}.{zone}" for zone in zones] if per_zone else [tier["name"]]


def routes(tier, tables, nat_zones, has_ipv6):
    declared = {}
    for index, table in enumerate(tables):
        via = "internet_gateway" if tier["internet"] in OPEN else "nat_gateway"
        targets = {"0.0.0.0/0": (via, "main" if via == "internet_gateway" else nat_zones[index % len(nat_zones)])}
        if has_ipv6 and tier["ipv6"]:
            targets["::/0"] = (via if via == "internet_gateway" else "egress_only_internet_gateway", "main")
        for destination, (kind, name) in targets.items():
            declared[f"{table}/{destination}"] = {
                "route_table": Ref(f"route_table.{table}"),
                "destination": destination,
                "via": kind,
                "target": Ref(f"{kind}.{name}"),
            }
    return declared


def gateways(gateway_tiers, nat_zones, tags):
    attachment = {"internet_gateway": Ref("internet_gateway.main"), "vpc": Ref("vpc.main")}
    return {
        "internet_gateway": {"main": {"tags": tags("internet_gateway", "main")}} if gateway_tiers else {},
        "internet_gateway_attachment": {"main": attachment} if gateway_tiers else {},
        "elastic_ip": {zone: {"tags": tags("elastic_ip", zone)} for zone in nat_zones},
        "nat_gateway": {
            zone: {
                "subnet": Ref(f"subnet.{gateway_tiers[0]}.{zone}"),
                "address": Ref(f"elastic_ip.{zone}"),
                "tags": tags("nat_gateway", zone),
            }
            for zone in nat_zones
        },
    }


def ways_as_open(tiers, tables):
    """Return {route table: gateways that IPv6 may use without being more open than the tier is for IPv4}."""
    egress_only = ("egress_only_internet_gateway",)
    ways = {"none": (), "nat": egress_only, **dict.fromkeys(OPEN, (*egress_only, "internet_gateway"))}
    internet = {tier["name"]: tier["internet"] for tier in tiers}
    return {table: ways[internet[table.partition(".")[0]]] for table in tables}


def tiers(declared):
    """Names of the tiers that use an internet gateway, and of those that use a NAT gateway. Raises Invalid."""
    gateway, nat = ([tier["name"] for tier in declared if tier["internet"] in ways] for ways in (OPEN, ("nat",)))
    if nat and not gateway:
        raise Invalid("tiers", nat, "use a NAT gateway", "a tier with internet: gateway for it to stand in")
    return gateway, nat


def handed_over(params):
    """Return {tier: its default routes that tgw_spoke leads to the transit gateway}."""
    if params["state"] == "absent" or not params["transit_gateway_destinations"]:
        return {}
    return {
        tier["name"]: params["transit_gateway_destinations"]
        for tier in params["tiers"] or []
        if tier["name"] in params["transit_gateway_tiers"] and tier["internet"] == "none"
    }


def check(params):
    """Check which way each tier's default route goes. Raises Invalid."""
    for index, tier in enumerate(params["transit_gateway_tiers"]):
        identifiers.tier(f"transit_gateway_tiers[{index}]", tier)
    destinations = params["transit_gateway_destinations"]
    for index, destination in enumerate(destinations):
        if destination not in EVERYWHERE:
            option = f"transit_gateway_destinations[{index}]"
            raise Invalid(option, destination, "is no default route", " or ".join(EVERYWHERE))
    for index, tier in enumerate(params["tiers"] or []):
        if tier["internet"] == "nat" and tier["route_tables"] == "single" and params["nat_gateways"] == "per_az":
            problem = "has one default route, but each zone has its own NAT gateway"
            raise Invalid(f"tiers[{index}].route_tables", "single", problem, "per_az, or nat_gateways: single")
        if destinations and tier["name"] in params["transit_gateway_tiers"] and tier["internet"] in ("gateway", "nat"):
            problem = f"leads {destinations[0]} elsewhere than to the transit gateway, where it is declared to lead"
            expected = "direct, if the tier answers what comes in by the internet gateway, otherwise none"
            raise Invalid(f"tiers[{index}].internet", tier["internet"], problem, expected)
