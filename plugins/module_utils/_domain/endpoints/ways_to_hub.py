# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether route tables lead to the addresses of the hub's endpoints.

Routes are as DescribeRouteTables has them. The most specific route decides ("Route priority"); only a route to a
transit gateway counts as a path. A VPC's own routes don't show whether the transit gateway forwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import Any

Route = Mapping[str, Any]


def is_address(text: Any) -> bool:
    """Return true for an IPv4 address."""
    try:
        return isinstance(text, str) and IPv4Address(text) is not None
    except ValueError:
        return False


def missing(
    addresses: Iterable[str], tables: Mapping[str, Sequence[Route]], lists: Mapping[str, Sequence[str]]
) -> list[str]:
    """Return why a table doesn't lead to an address, one text for each table; [] if all lead to all.

    tables: {route table id: routes}; lists: {prefix list id: CIDRs} of those that routes name and that could be read.
    """
    wanted = sorted(set(addresses), key=IPv4Address)
    found = []
    for id_, routes in sorted(tables.items()):
        reason = next((text for address in wanted if (text := _problem(IPv4Address(address), routes, lists))), None)
        if reason:
            found.append(f"route table {id_} {reason}")
    return found


def _problem(address: IPv4Address, routes: Sequence[Route], lists: Mapping[str, Sequence[str]]) -> str:
    unknown = [route for route in routes if _is_unknown(route, lists)]
    matching = [
        (network.prefixlen, route) for route in routes for network in _networks(route, lists) if address in network
    ]
    if not matching:
        more = f" that is known ({unknown[0]['DestinationPrefixListId']} can't be read)" if unknown else ""
        return f"has no route to {address}{more}"
    _length, route = max(matching, key=lambda one: one[0])
    if unknown:
        return f"has a route by {unknown[0]['DestinationPrefixListId']}, which can't be read: it may lead elsewhere"
    if route.get("State", "active") != "active":
        return f"has a route to {address} that is {route['State']}"
    if not route.get("TransitGatewayId"):
        return f"leads {address} to {_target(route)}, not to a transit gateway"
    return ""


def _is_unknown(route: Route, lists: Mapping[str, Sequence[str]]) -> bool:
    id_ = route.get("DestinationPrefixListId")
    # A gateway endpoint's list has addresses of S3 or DynamoDB, which are public.
    return bool(id_) and not route.get("GatewayId", "").startswith("vpce-") and id_ not in lists


def _networks(route: Route, lists: Mapping[str, Sequence[str]]) -> Iterator[IPv4Network]:
    cidrs = [route["DestinationCidrBlock"]] if "DestinationCidrBlock" in route else ()
    for cidr in cidrs or lists.get(route.get("DestinationPrefixListId", ""), ()):
        if ":" not in cidr:
            yield IPv4Network(cidr)


def _target(route: Route) -> str:
    keys = ("GatewayId", "NatGatewayId", "VpcPeeringConnectionId", "NetworkInterfaceId", "InstanceId", "VpcEndpointId")
    return next((str(route[key]) for key in keys if route.get(key)), "a target that is not known here")
