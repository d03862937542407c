# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Effect of EC2's writes on a snapshot: VPC endpoints and endpoint services.

The interfaces of a new endpoint get their addresses from AWS: supposed ones stand for them.
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from .world import Asked, Fields, NotModelled, World

ENDPOINTS, SERVICES = "VpcEndpoints", "ServiceConfigurations"
# In the names of services that aren't AWS's own.
OF_OTHERS = ".vpce-svc-"


def create_endpoint(world: World, asked: Asked) -> None:
    """Add the endpoint: a gateway's with its routes, one to another account's service with supposed interfaces."""
    params = asked.params
    kind = params.get("VpcEndpointType", "Gateway")
    service = str(params["ServiceName"])
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
    if OF_OTHERS in service:
        endpoint["NetworkInterfaceIds"] = _connect(world, asked, endpoint)
    world.add(ENDPOINTS, endpoint, asked.place)
    if kind == "Gateway":
        _route(world, asked.new_id, service, endpoint["RouteTableIds"])


def _connect(world: World, asked: Asked, endpoint: Fields) -> list[str]:
    """Add the endpoint's connection, as accepted, and its interfaces; return their ids.

    AWS chooses their addresses; which one of a subnet it is makes no difference, unless a filter tells addresses of one
    subnet apart. Raises NotModelled for a service that isn't in the snapshot.
    """
    name = endpoint["ServiceName"]
    found = [(id_, one) for id_, one in world.every(SERVICES) if one.get("ServiceName") == name]
    if not found or endpoint["VpcEndpointType"] != "Interface":
        raise NotModelled(f"what a new endpoint to {name} reaches: its service isn't in the snapshot")
    owner = asked.place.account_id
    connection = {"ServiceId": found[0][0], "VpcEndpointId": asked.new_id, "VpcEndpointState": "available"}
    world.add(
        "VpcEndpointConnections", {**connection, "VpcEndpointOwner": owner}, world.place_of(SERVICES, found[0][0])
    )
    ids = []
    for subnet_id in endpoint["SubnetIds"]:
        interface = {
            "NetworkInterfaceId": f"eni-{subnet_id} of {asked.new_id}",
            "SubnetId": subnet_id,
            "VpcId": endpoint["VpcId"],
            "OwnerId": owner,
            "Status": "in-use",
            "InterfaceType": "vpc_endpoint",
            "Description": f"VPC Endpoint Interface {asked.new_id}",
            "Groups": endpoint["Groups"],
            **_address(world, subnet_id),
        }
        world.add("NetworkInterfaces", interface, asked.place)
        ids.append(interface["NetworkInterfaceId"])
    return ids


def _address(world: World, subnet_id: str) -> Fields:
    """Return an address of the subnet that no interface has. Raises NotModelled if there is none."""
    interfaces = [one for _id, one in world.every("NetworkInterfaces") if one["SubnetId"] == subnet_id]
    used = {one.get("PrivateIpAddress") for one in interfaces}
    # The first four and the last one are AWS's (https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html).
    for address in list(ip_network(world.get("Subnets", subnet_id)["CidrBlock"]))[-2:3:-1]:
        if str(address) not in used:
            return {"PrivateIpAddress": str(address), "PrivateIpAddresses": [{"PrivateIpAddress": str(address)}]}
    raise NotModelled(f"{subnet_id} has no free address")


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
    if params.get("AddSubnetIds") and OF_OTHERS in str(endpoint.get("ServiceName")):
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
