# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routes that a VPC's attachment propagates to Transit Gateway (TGW) route tables, as AWS keeps them.

All CIDRs of the VPC are propagated, IPv6 ones only if the attachment supports IPv6
(https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .world import Fields, NotModelled, World, alive, targets

ROUTES = "TransitGatewayRoutes"
HELD = ("associating", "associated")


def cidrs_of(vpc: Mapping[str, Any]) -> list[str]:
    """Return the IPv4 CIDRs of a VPC as described."""
    blocks = vpc.get("CidrBlockAssociationSet") or ()
    found = [b["CidrBlock"] for b in blocks if (b.get("CidrBlockState") or {}).get("State", "associated") in HELD]
    return found or [cidr for cidr in [vpc.get("CidrBlock")] if cidr]


def ipv6_cidrs_of(vpc: Mapping[str, Any]) -> list[str]:
    blocks = vpc.get("Ipv6CidrBlockAssociationSet") or ()
    return [b["Ipv6CidrBlock"] for b in blocks if (b.get("Ipv6CidrBlockState") or {}).get("State") in HELD]


def enable(world: World, table_id: str, attachment_id: str) -> None:
    """Add the routes that a VPC propagates. Raises NotModelled for what others propagate: it isn't in a snapshot."""
    attachment = world.get("TransitGatewayAttachments", attachment_id)
    if attachment.get("ResourceType") != "vpc":
        kind = attachment.get("ResourceType")
        raise NotModelled(f"which routes {attachment_id} ({kind}) propagates isn't known before it does")
    world.propagations.add((table_id, attachment_id))
    for cidr in _carried(world, attachment_id):
        _add(world, table_id, attachment_id, cidr)


def disable(world: World, table_id: str, attachment_id: str) -> None:
    world.propagations.discard((table_id, attachment_id))
    world.change(ROUTES, table_id, lambda item: {"Routes": _left(item["Routes"], attachment_id, None)})


def of_new_block(world: World, vpc_id: str, cidr: str) -> None:
    """Add the routes for a CIDR that a VPC gets."""
    for table_id, attachment_id in sorted(world.propagations):
        if _vpc_of(world, attachment_id) == vpc_id and cidr in _carried(world, attachment_id):
            _add(world, table_id, attachment_id, cidr)


def of_removed_block(world: World, vpc_id: str, cidr: str) -> None:
    for table_id, attachment_id in sorted(world.propagations):
        if _vpc_of(world, attachment_id) == vpc_id:
            _drop(world, table_id, attachment_id, cidr)


def of_detached(world: World, attachment_id: str) -> None:
    """Take the routes of a deleted attachment out of all tables; static ones to it drop packets from then on."""
    for table_id, item in list(world.every(ROUTES)):
        if any(attachment_id in targets(route) for route in item["Routes"]):
            left = [_dead(route, attachment_id) for route in _left(item["Routes"], attachment_id, None)]
            world.put(ROUTES, table_id, "Routes", left)
    world.propagations = {pair for pair in world.propagations if pair[1] != attachment_id}


def revealed(world: World, table_id: str, cidr: str) -> None:
    """Show the propagated route that a static route for the same CIDR hid.

    AWS lists one route for each destination, and prefers the static one.
    """
    for table, attachment_id in sorted(world.propagations):
        if table == table_id and cidr in _carried(world, attachment_id):
            _add(world, table_id, attachment_id, cidr)


def of_ipv6(world: World, attachment_id: str) -> None:
    """Bring the routes in line with the attachment's IPv6 support."""
    carried = set(_carried(world, attachment_id))
    vpc = world.get("Vpcs", _vpc_of(world, attachment_id))
    for table_id in sorted(table for table, other in world.propagations if other == attachment_id):
        for cidr in ipv6_cidrs_of(vpc):
            (_add if cidr in carried else _drop)(world, table_id, attachment_id, cidr)


def _carried(world: World, attachment_id: str) -> list[str]:
    if not world.there("Vpcs", _vpc_of(world, attachment_id)):
        return []
    vpc = world.get("Vpcs", _vpc_of(world, attachment_id))
    options: Mapping[str, Any] = {}
    if world.there("TransitGatewayVpcAttachments", attachment_id):
        options = world.get("TransitGatewayVpcAttachments", attachment_id).get("Options") or {}
    ipv6 = ipv6_cidrs_of(vpc) if options.get("Ipv6Support") == "enable" else []
    return [*cidrs_of(vpc), *ipv6]


def _vpc_of(world: World, attachment_id: str) -> str:
    if not world.there("TransitGatewayAttachments", attachment_id):
        return ""
    attachment = world.get("TransitGatewayAttachments", attachment_id)
    return str(attachment.get("ResourceId", "")) if alive(attachment) else ""


def _add(world: World, table_id: str, attachment_id: str, cidr: str) -> None:
    """Add a propagated route; to another attachment's for the same CIDR, where it is one more target."""
    target = {
        "TransitGatewayAttachmentId": attachment_id,
        "ResourceId": _vpc_of(world, attachment_id),
        "ResourceType": "vpc",
    }

    def change(item: Fields) -> Fields:
        rest = [route for route in item["Routes"] if not _same(route, cidr)]
        had = [one for route in item["Routes"] if _same(route, cidr) for one in route["TransitGatewayAttachments"]]
        had = [one for one in had if one["TransitGatewayAttachmentId"] != attachment_id]
        new = {"DestinationCidrBlock": cidr, "Type": "propagated", "State": "active"}
        return {"Routes": [*rest, {**new, "TransitGatewayAttachments": [*had, target]}]}

    world.change(ROUTES, table_id, change)


def _drop(world: World, table_id: str, attachment_id: str, cidr: str) -> None:
    world.change(ROUTES, table_id, lambda item: {"Routes": _left(item["Routes"], attachment_id, cidr)})


def _same(route: Mapping[str, Any], cidr: str) -> bool:
    return route.get("Type") == "propagated" and route.get("DestinationCidrBlock") == cidr


def _left(routes: Any, attachment_id: str, cidr: str | None) -> list[Mapping[str, Any]]:
    """Return the routes without what an attachment propagates, of one CIDR or (None) of all."""
    left = []
    for route in routes:
        is_its = route.get("Type") == "propagated" and attachment_id in targets(route)
        if not is_its or cidr not in (None, route.get("DestinationCidrBlock")):
            left.append(route)
            continue
        key = "TransitGatewayAttachmentId"
        rest = [one for one in route["TransitGatewayAttachments"] if one[key] != attachment_id]
        if rest:
            left.append({**route, "TransitGatewayAttachments": rest})
    return left


def _dead(route: Mapping[str, Any], attachment_id: str) -> Mapping[str, Any]:
    return {**route, "State": "blackhole"} if attachment_id in targets(route) else route
