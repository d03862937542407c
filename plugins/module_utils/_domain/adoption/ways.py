# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a tier's route tables lead: to the internet, to a transit gateway, and elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ..network.snapshot import Item
from ..values.internet import EVERYWHERE
from .index import TARGETS, destination

V4, V6 = EVERYWHERE
# Routes that come with the table or by propagation: nobody declares them.
OF_AWS = ("CreateRouteTable", "EnableVgwRoutePropagation", "Advertisement")
# Prefix of a target -> internet of the tier whose default IPv4 route leads there.
LEADS = {"igw-": "gateway", "nat-": "nat", "eigw-": "egress-only"}


@dataclass(frozen=True)
class Ways:
    """Routes of one table.

    internet: none, gateway or nat; nat: the NAT gateway's id, "" without one; ipv6: gateway, egress-only, nat or none
    transit: (transit gateway, destination) of routes to transit gateways; elsewhere: other routes, in words
    problem: a route that tiered_vpc would delete since no declaration says it, in words; "" without one
    """

    internet: str
    nat: str
    ipv6: str
    transit: frozenset[tuple[str, str]]
    elsewhere: tuple[str, ...]
    problem: str


def of_table(table: Item) -> Ways:
    """Return where a route table leads."""
    internet, nat, ipv6, problem = "none", "", "none", ""
    transit, elsewhere = set(), []
    for route in table.get("Routes") or ():
        if route.get("Origin") in OF_AWS:
            continue
        to = destination(route)
        target = next((str(route[key]) for key in TARGETS if route.get(key)), "")
        leads = next((way for prefix, way in LEADS.items() if target.startswith(prefix)), "")
        if target.startswith("tgw-"):
            transit.add((target, to))
        elif not leads:
            elsewhere.append(f"{to} to {target or _other(route)}")
        elif to == V4:
            internet, nat = leads, target if leads == "nat" else ""
        elif to == V6:
            ipv6 = leads
        else:
            problem = f"its route to {to} by {target} can't be declared: only default routes to gateways can"
    return Ways(internet, nat, ipv6, frozenset(transit), tuple(elsewhere), problem or _ipv6_problem(internet, ipv6))


def _ipv6_problem(internet: str, ipv6: str) -> str:
    """Return why an IPv6 default route would be deleted where ipv6 isn't declared; "" if it stays."""
    stays = {"none": ("none",), "nat": ("none", "egress-only"), "gateway": ("none", "egress-only", "gateway")}
    if ipv6 in stays[internet]:
        return ""
    return f"its IPv6 default route ({ipv6}) allows more than its IPv4 one ({internet}), which no tier says"


def _other(route: Item) -> str:
    keys = ("VpcPeeringConnectionId", "NetworkInterfaceId", "InstanceId", "CoreNetworkArn", "LocalGatewayId")
    return next((str(route[key]) for key in (*keys, "CarrierGatewayId") if route.get(key)), "another target")


def destinations(transit: Iterable[frozenset[tuple[str, str]]], gateway_id: str) -> frozenset[str]:
    """Return the destinations that most of the tiers with routes to this transit gateway have."""
    found = [of_gateway(routes, gateway_id) for routes in transit]
    counted = Counter(one for one in found if one)
    if not counted:
        return frozenset()
    return max(counted, key=lambda one: (counted[one], len(one), sorted(one)))


def of_gateway(routes: frozenset[tuple[str, str]], gateway_id: str) -> frozenset[str]:
    return frozenset(to for gateway, to in routes if gateway == gateway_id)
