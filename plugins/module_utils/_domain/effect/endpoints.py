# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Effect of EC2's writes on a snapshot: VPC endpoints and endpoint services.

The interfaces of a new endpoint or load balancer get their addresses from AWS, so what reaches them isn't known before.
"""

from __future__ import annotations

from typing import Any

from .world import Asked, Fields, NotModelled, World

ENDPOINTS, SERVICES = "VpcEndpoints", "ServiceConfigurations"


def create_endpoint(world: World, asked: Asked) -> None:
    """Add a gateway endpoint with its routes. Raises NotModelled for an interface to another account's service."""
    params = asked.params
    kind = params.get("VpcEndpointType", "Gateway")
    service = str(params["ServiceName"])
    if kind != "Gateway" and ".vpce-svc-" in service:
        raise NotModelled(f"the addresses of a new endpoint to {service}: its subnets reach what the service forwards")
    endpoint = {
        "VpcEndpointId": asked.new_id,
        "VpcEndpointType": kind,
        "VpcId": params["VpcId"],
        "ServiceName": service,
        "State": "available",
        "OwnerId": asked.place.account_id,
        "SubnetIds": list(params.get("SubnetIds", ())),
        "RouteTableIds": list(params.get("RouteTableIds", ())),
        "Groups": [{"GroupId": id_} for id_ in params.get("SecurityGroupIds", ())],
        "NetworkInterfaceIds": [],
        "DnsEntries": [],
        "Tags": asked.tags,
    }
    world.add(ENDPOINTS, endpoint, asked.place)
    if kind == "Gateway":
        _route(world, asked.new_id, service, endpoint["RouteTableIds"])


def _route(world: World, endpoint_id: str, service: str, tables: Any) -> None:
    """Add the routes of a gateway endpoint: its service's prefix list in each of its tables."""
    lists = [id_ for id_, one in world.every("PrefixLists") if one.get("PrefixListName") == service]
    if tables and not lists:
        raise NotModelled(f"{service} isn't among the PrefixLists of the snapshot")
    for table_id in tables:
        target = {"GatewayId": endpoint_id, "State": "active", "Origin": "CreateRoute"}
        route = {"DestinationPrefixListId": lists[0], **target}
        world.append("RouteTables", table_id, "Routes", route)


def modify_endpoint(world: World, asked: Asked) -> None:
    id_, params = asked.params["VpcEndpointId"], asked.params
    endpoint = world.get(ENDPOINTS, id_)
    if params.get("AddSubnetIds") and ".vpce-svc-" in str(endpoint.get("ServiceName")):
        raise NotModelled(f"the addresses that {id_} gets in other subnets")
    _unroute(world, id_, params.get("RemoveRouteTableIds", ()))
    _route(world, id_, str(endpoint.get("ServiceName")), params.get("AddRouteTableIds", ()))

    def change(item: Fields) -> Fields:
        groups = [
            one for one in item.get("Groups") or () if one["GroupId"] not in params.get("RemoveSecurityGroupIds", ())
        ]
        subnets = [one for one in item.get("SubnetIds") or () if one not in params.get("RemoveSubnetIds", ())]
        tables = [one for one in item.get("RouteTableIds") or () if one not in params.get("RemoveRouteTableIds", ())]
        return {
            "Groups": [*groups, *({"GroupId": new} for new in params.get("AddSecurityGroupIds", ()))],
            "SubnetIds": [*subnets, *params.get("AddSubnetIds", ())],
            "RouteTableIds": [*tables, *params.get("AddRouteTableIds", ())],
        }

    world.change(ENDPOINTS, id_, change)
    _of_interfaces(world, endpoint, params)


def _of_interfaces(world: World, endpoint: Any, params: Any) -> None:
    """Bring the endpoint's interfaces in line with its groups and subnets."""
    for id_ in endpoint.get("NetworkInterfaceIds") or ():
        if not world.there("NetworkInterfaces", id_):
            continue
        interface = world.get("NetworkInterfaces", id_)
        if interface["SubnetId"] in params.get("RemoveSubnetIds", ()):
            world.remove("NetworkInterfaces", id_)
            continue
        removed = params.get("RemoveSecurityGroupIds", ())
        groups = [one for one in interface["Groups"] if one["GroupId"] not in removed]
        groups += [{"GroupId": new} for new in params.get("AddSecurityGroupIds", ())]
        world.put("NetworkInterfaces", id_, "Groups", groups)


def _unroute(world: World, endpoint_id: str, tables: Any) -> None:
    for table_id in tables:
        table = world.get("RouteTables", table_id)
        left = [route for route in table["Routes"] if route.get("GatewayId") != endpoint_id]
        world.put("RouteTables", table_id, "Routes", left)


def delete_endpoints(world: World, asked: Asked) -> None:
    for id_ in asked.params["VpcEndpointIds"]:
        endpoint = world.get(ENDPOINTS, id_)
        for interface in endpoint.get("NetworkInterfaceIds") or ():
            world.remove("NetworkInterfaces", interface)
        _unroute(world, id_, endpoint.get("RouteTableIds") or ())
        world.remove(ENDPOINTS, id_)


def accept_connections(world: World, asked: Asked) -> None:
    _connections(world, asked, "available")


def reject_connections(world: World, asked: Asked) -> None:
    _connections(world, asked, "rejected")


def _connections(world: World, asked: Asked, state: str) -> None:
    """Set the state of endpoints at both sides. Raises NotModelled for one whose consumer wasn't read."""
    for id_ in asked.params["VpcEndpointIds"]:
        key = f"{asked.params['ServiceId']} {id_}"
        if world.there("VpcEndpointConnections", key):
            world.put("VpcEndpointConnections", key, "VpcEndpointState", state)
        world.put(ENDPOINTS, id_, "State", state)


def create_service(world: World, asked: Asked) -> None:
    """Add the service, which nobody is connected to yet."""
    service = {
        "ServiceId": asked.new_id,
        "ServiceName": f"{asked.new_id} (its name isn't known yet)",
        "ServiceType": [{"ServiceType": "Interface"}],
        "ServiceState": "Available",
        "AcceptanceRequired": bool(asked.params.get("AcceptanceRequired")),
        "NetworkLoadBalancerArns": list(asked.params.get("NetworkLoadBalancerArns", ())),
        "Tags": asked.tags,
    }
    world.add(SERVICES, service, asked.place)


def modify_service(world: World, asked: Asked) -> None:
    if asked.params.get("AddNetworkLoadBalancerArns"):
        raise NotModelled("what consumers reach by another load balancer of the service")
    gone = asked.params.get("RemoveNetworkLoadBalancerArns", ())
    key = "NetworkLoadBalancerArns"
    world.change(
        SERVICES,
        asked.params["ServiceId"],
        lambda item: {key: [arn for arn in item.get(key) or () if arn not in gone]},
    )


def delete_services(world: World, asked: Asked) -> None:
    for id_ in asked.params["ServiceIds"]:
        world.remove(SERVICES, id_)
