# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Effect of EC2's writes on a snapshot: Transit Gateway attachments, route tables and their routes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..network.snapshot import Place
from . import propagation
from .world import Asked, Fields, NotModelled, World, alive

ATTACHMENTS, OF_VPCS = "TransitGatewayAttachments", "TransitGatewayVpcAttachments"
TABLES, ROUTES = "TransitGatewayRouteTables", "TransitGatewayRoutes"


def create_transit_gateway(world: World, asked: Asked) -> None:
    gateway = {"TransitGatewayId": asked.new_id, "OwnerId": asked.place.account_id, "State": "available"}
    options = dict(asked.params.get("Options") or {})
    world.add("TransitGateways", {**gateway, "Options": options, "Tags": asked.tags}, asked.place)


def modify_transit_gateway(world: World, asked: Asked) -> None:
    """Change nothing that decides where packets go. Raises NotModelled for an option that does."""
    options = asked.params.get("Options") or {}
    if options.get("SecurityGroupReferencingSupport") == "enable":
        raise NotModelled("what groups of other VPCs that rules name let in, once groups may be referenced")


def delete_transit_gateway(world: World, asked: Asked) -> None:
    world.remove("TransitGateways", asked.params["TransitGatewayId"])


def create_attachment(world: World, asked: Asked) -> None:
    """Add the attachment, which its Transit Gateway's account has yet to accept, if that is another one."""
    params = asked.params
    gateway, owner = params["TransitGatewayId"], owner_of(world, params["TransitGatewayId"])
    places = [asked.place, *([owner] if owner and owner != asked.place else [])]
    state = "available" if owner == asked.place else "pendingAcceptance"
    same = {"TransitGatewayAttachmentId": asked.new_id, "TransitGatewayId": gateway, "State": state}
    of_vpc = {"VpcId": params["VpcId"], "VpcOwnerId": asked.place.account_id, "SubnetIds": list(params["SubnetIds"])}
    options = dict(params.get("Options") or {})
    world.add(OF_VPCS, {**same, **of_vpc, "Options": options, "Tags": asked.tags}, *places)
    resource = {
        "ResourceType": "vpc",
        "ResourceId": params["VpcId"],
        "ResourceOwnerId": asked.place.account_id,
        "TransitGatewayOwnerId": owner.account_id if owner else None,
    }
    world.add(ATTACHMENTS, {**same, **resource, "Tags": asked.tags}, *places)


def owner_of(world: World, gateway_id: str) -> Place | None:
    """Return the place of the account that owns a Transit Gateway; None if the snapshot doesn't tell."""
    for place in world.places:
        for kind in (TABLES, "TransitGateways"):
            for item in world.at(kind, place):
                if item.get("TransitGatewayId") == gateway_id and item.get("OwnerId", place.account_id) == (
                    place.account_id
                ):
                    return place
    for _id, attachment in world.every(ATTACHMENTS):
        if attachment["TransitGatewayId"] == gateway_id and attachment.get("TransitGatewayOwnerId"):
            owner = attachment["TransitGatewayOwnerId"]
            return next((place for place in world.places if place.account_id == owner), None)
    return None


def modify_attachment(world: World, asked: Asked) -> None:
    id_, params = asked.params["TransitGatewayAttachmentId"], asked.params

    def change(item: Fields) -> Fields:
        kept = [one for one in item["SubnetIds"] if one not in params.get("RemoveSubnetIds", ())]
        options = {**(item.get("Options") or {}), **(params.get("Options") or {})}
        return {"SubnetIds": [*kept, *params.get("AddSubnetIds", ())], "Options": options}

    world.change(OF_VPCS, id_, change)
    if "Ipv6Support" in (params.get("Options") or {}):
        propagation.of_ipv6(world, id_)


def accept_attachment(world: World, asked: Asked) -> None:
    _state(world, asked.params["TransitGatewayAttachmentId"], "available")


def reject_attachment(world: World, asked: Asked) -> None:
    _state(world, asked.params["TransitGatewayAttachmentId"], "rejected")


def delete_attachment(world: World, asked: Asked) -> None:
    id_ = asked.params["TransitGatewayAttachmentId"]
    propagation.of_detached(world, id_)
    world.change(ATTACHMENTS, id_, lambda _item: {"Association": {}})
    _state(world, id_, "deleted")


def _state(world: World, id_: str, state: str) -> None:
    for kind in (OF_VPCS, ATTACHMENTS):
        if world.there(kind, id_):
            world.change(kind, id_, lambda _item: {"State": state})


def create_route_table(world: World, asked: Asked) -> None:
    same = {"TransitGatewayRouteTableId": asked.new_id}
    gateway = {"TransitGatewayId": asked.params["TransitGatewayId"], "State": "available"}
    defaults = {"DefaultAssociationRouteTable": False, "DefaultPropagationRouteTable": False}
    world.add(TABLES, {**same, **gateway, **defaults, "Tags": asked.tags}, asked.place)
    world.add(ROUTES, {**same, "Routes": [], "AdditionalRoutesAvailable": False}, asked.place)


def delete_route_table(world: World, asked: Asked) -> None:
    id_ = asked.params["TransitGatewayRouteTableId"]
    world.remove(TABLES, id_)
    world.remove(ROUTES, id_)
    world.propagations = {pair for pair in world.propagations if pair[0] != id_}


def associate(world: World, asked: Asked) -> None:
    """Associate an attachment; one of this run is accepted by then, since AWS associates no other."""
    id_, table = asked.params["TransitGatewayAttachmentId"], asked.params["TransitGatewayRouteTableId"]
    if world.get(ATTACHMENTS, id_)["State"] == "pendingAcceptance":
        _state(world, id_, "available")
    association = {"TransitGatewayRouteTableId": table, "State": "associated"}
    world.change(ATTACHMENTS, id_, lambda _item: {"Association": association})


def disassociate(world: World, asked: Asked) -> None:
    world.change(ATTACHMENTS, asked.params["TransitGatewayAttachmentId"], lambda _item: {"Association": {}})


def enable_propagation(world: World, asked: Asked) -> None:
    table = asked.params["TransitGatewayRouteTableId"]
    propagation.enable(world, table, asked.params["TransitGatewayAttachmentId"])


def disable_propagation(world: World, asked: Asked) -> None:
    table = asked.params["TransitGatewayRouteTableId"]
    propagation.disable(world, table, asked.params["TransitGatewayAttachmentId"])


def put_route(world: World, asked: Asked) -> None:
    """Create or replace a static route. AWS lists one route of a destination, so it hides a propagated one."""
    cidr = asked.params["DestinationCidrBlock"]
    route = {"DestinationCidrBlock": cidr, **_target(world, asked.params)}
    table = asked.params["TransitGatewayRouteTableId"]
    world.change(ROUTES, table, lambda item: {"Routes": [*_others(item["Routes"], cidr), route]})


def delete_route(world: World, asked: Asked) -> None:
    table, cidr = asked.params["TransitGatewayRouteTableId"], asked.params["DestinationCidrBlock"]
    world.change(ROUTES, table, lambda item: {"Routes": _others(item["Routes"], cidr)})
    propagation.revealed(world, table, cidr)


def _others(routes: Any, cidr: str) -> list[Mapping[str, Any]]:
    return [route for route in routes if route.get("DestinationCidrBlock") != cidr or route.get("PrefixListId")]


def _target(world: World, params: Mapping[str, Any]) -> Fields:
    if params.get("Blackhole"):
        return {"Type": "static", "State": "blackhole"}
    id_ = params["TransitGatewayAttachmentId"]
    attachment = world.get(ATTACHMENTS, id_)
    target = {"TransitGatewayAttachmentId": id_, "ResourceType": attachment.get("ResourceType")}
    target["ResourceId"] = attachment.get("ResourceId")
    state = "active" if alive(attachment) else "blackhole"
    return {"Type": "static", "State": state, "TransitGatewayAttachments": [target]}


def put_list(world: World, asked: Asked) -> None:
    """Create or change a prefix list's reference: a route for each of its CIDRs."""
    list_id, table = asked.params["PrefixListId"], asked.params["TransitGatewayRouteTableId"]
    target = {"PrefixListId": list_id, **_target(world, asked.params)}
    cidrs = world.get("PrefixLists", list_id)["Cidrs"]
    routes = [{"DestinationCidrBlock": cidr, **target} for cidr in cidrs]
    world.change(ROUTES, table, lambda item: {"Routes": [*_of_other_lists(item["Routes"], list_id), *routes]})


def delete_list(world: World, asked: Asked) -> None:
    list_id, table = asked.params["PrefixListId"], asked.params["TransitGatewayRouteTableId"]
    world.change(ROUTES, table, lambda item: {"Routes": _of_other_lists(item["Routes"], list_id)})


def _of_other_lists(routes: Any, list_id: str) -> list[Mapping[str, Any]]:
    return [route for route in routes if route.get("PrefixListId") != list_id]
