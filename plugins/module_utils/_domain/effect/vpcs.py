# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Effect of EC2's writes on a snapshot: VPCs, subnets, route tables, gateways.

Each function takes (World, Asked) and changes the world as AWS would, as far as it decides where packets go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import propagation
from .world import Asked, Fields, Missing, NotModelled, World

LOCAL = {"GatewayId": "local", "State": "active", "Origin": "CreateRouteTable"}
DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
# https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html and default-network-acl.html
EVERYTHING_OUT = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": []}
CLOSING = 32767


def create_vpc(world: World, asked: Asked) -> None:
    """Add the VPC with what AWS creates along: main route table, default network ACL and security group."""
    vpc_id, cidr = asked.new_id, asked.params["CidrBlock"]
    owner = {"VpcId": vpc_id, "OwnerId": asked.place.account_id}
    blocks = [
        {"CidrBlock": cidr, "AssociationId": f"{vpc_id}/{cidr}", "CidrBlockState": {"State": "associated"}},
    ]
    vpc = {**owner, "State": "available", "CidrBlock": cidr, "CidrBlockAssociationSet": blocks, "Tags": asked.tags}
    world.add("Vpcs", {**vpc, "IsDefault": False}, asked.place)
    table: Fields = {"RouteTableId": default_of("rtb", vpc_id), **owner, "Tags": []}
    main = [{"Main": True, "RouteTableAssociationId": f"main of {vpc_id}", "AssociationState": {"State": "associated"}}]
    routes = [{"DestinationCidrBlock": cidr, **LOCAL}]
    world.add("RouteTables", {**table, "Associations": main, "Routes": routes}, asked.place)
    acl: Fields = {
        "NetworkAclId": default_of("acl", vpc_id),
        **owner,
        "IsDefault": True,
        "Associations": [],
        "Tags": [],
    }
    world.add("NetworkAcls", {**acl, "Entries": entries_of_default()}, asked.place)
    group = {"GroupId": default_of("sg", vpc_id), "GroupName": "default", **owner, "Description": "default VPC"}
    inside = {"IpProtocol": "-1", "IpRanges": [], "UserIdGroupPairs": [{"GroupId": group["GroupId"]}]}
    rules = {"IpPermissions": [inside], "IpPermissionsEgress": [EVERYTHING_OUT]}
    world.add("SecurityGroups", {**group, **rules, "Tags": []}, asked.place)


def entries_of_default() -> list[Fields]:
    return [
        entry
        for egress in (False, True)
        for entry in (
            {"Egress": egress, "RuleNumber": 100, "RuleAction": "allow", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"},
            *closing(egress),
        )
    ]


def closing(egress: bool) -> list[Fields]:
    deny = {"Egress": egress, "RuleNumber": CLOSING, "RuleAction": "deny", "Protocol": "-1"}
    return [{**deny, "CidrBlock": "0.0.0.0/0"}]


def default_of(prefix: str, vpc_id: str) -> str:
    """Return the symbolic id of what AWS creates with a VPC."""
    return f"{prefix}-default of {vpc_id}"


def delete_vpc(world: World, asked: Asked) -> None:
    vpc_id = asked.params["VpcId"]
    for kind in ("Subnets", "RouteTables", "NetworkAcls", "SecurityGroups"):
        for id_, _item in world.in_vpc(kind, vpc_id):
            world.remove(kind, id_)
    world.remove("Vpcs", vpc_id)


def associate_vpc_cidr_block(world: World, asked: Asked) -> None:
    vpc_id, cidr = asked.params["VpcId"], asked.params.get("CidrBlock")
    if cidr is None:
        cidr = asked.params.get("Ipv6CidrBlock")
        if cidr is None:
            raise NotModelled(f"which IPv6 CIDR {vpc_id} gets isn't known before AWS has chosen it")
        _add_ipv6(world, vpc_id, cidr)
    else:
        block = {"CidrBlock": cidr, "AssociationId": f"{vpc_id}/{cidr}", "CidrBlockState": {"State": "associated"}}
        world.append("Vpcs", vpc_id, "CidrBlockAssociationSet", block)
    key = "DestinationIpv6CidrBlock" if ":" in cidr else "DestinationCidrBlock"
    for table_id, _table in world.in_vpc("RouteTables", vpc_id):
        world.append("RouteTables", table_id, "Routes", {key: cidr, **LOCAL})
    propagation.of_new_block(world, vpc_id, cidr)


def _add_ipv6(world: World, vpc_id: str, cidr: str) -> None:
    state = {"Ipv6CidrBlockState": {"State": "associated"}}
    block = {"Ipv6CidrBlock": cidr, "AssociationId": f"{vpc_id}/{cidr}", **state}
    world.append("Vpcs", vpc_id, "Ipv6CidrBlockAssociationSet", block)


def disassociate_vpc_cidr_block(world: World, asked: Asked) -> None:
    association = asked.params["AssociationId"]
    for vpc_id, vpc in list(world.every("Vpcs")):
        for key, member in (("CidrBlockAssociationSet", "CidrBlock"), ("Ipv6CidrBlockAssociationSet", "Ipv6CidrBlock")):
            gone = [block[member] for block in vpc.get(key) or () if block["AssociationId"] == association]
            if gone:
                world.drop("Vpcs", vpc_id, key, "AssociationId", association)
                for table_id, table in world.in_vpc("RouteTables", vpc_id):
                    world.put("RouteTables", table_id, "Routes", _without_local(table, gone[0]))
                propagation.of_removed_block(world, vpc_id, gone[0])
                return
    raise Missing(f"no VPC of the snapshot has the CIDR's association {association}")


def _without_local(table: Mapping[str, Any], cidr: str) -> list[Mapping[str, Any]]:
    return [
        route
        for route in table["Routes"]
        if not (route.get("GatewayId") == "local" and cidr in [route.get(key) for key in DESTINATIONS])
    ]


def create_subnet(world: World, asked: Asked) -> None:
    """Add the subnet, which has the VPC's main route table and default network ACL at first."""
    params, vpc_id = asked.params, asked.params["VpcId"]
    ipv6 = params.get("Ipv6CidrBlock")
    blocks = [_block(asked.new_id, ipv6)] if ipv6 else []
    subnet = {
        "SubnetId": asked.new_id,
        "VpcId": vpc_id,
        "OwnerId": asked.place.account_id,
        "State": "available",
        "CidrBlock": params["CidrBlock"],
        "AvailabilityZoneId": params["AvailabilityZoneId"],
        "Ipv6CidrBlockAssociationSet": blocks,
        "MapPublicIpOnLaunch": False,
        "Tags": asked.tags,
    }
    world.add("Subnets", subnet, asked.place)
    for acl_id, acl in world.in_vpc("NetworkAcls", vpc_id):
        if acl.get("IsDefault"):
            first = {"NetworkAclAssociationId": first_association(asked.new_id), "NetworkAclId": acl_id}
            first["SubnetId"] = asked.new_id
            world.append("NetworkAcls", acl_id, "Associations", first)


def first_association(subnet_id: str) -> str:
    """Return the symbolic id of a new subnet's association with the default network ACL."""
    return f"aclassoc-first of {subnet_id}"


def _block(subnet_id: str, cidr: str) -> Fields:
    state = {"Ipv6CidrBlockState": {"State": "associated"}}
    return {"Ipv6CidrBlock": cidr, "AssociationId": f"{subnet_id}/{cidr}", **state}


def delete_subnet(world: World, asked: Asked) -> None:
    subnet_id = asked.params["SubnetId"]
    world.remove("Subnets", subnet_id)
    for kind in ("RouteTables", "NetworkAcls"):
        for id_, item in list(world.every(kind)):
            if any(one.get("SubnetId") == subnet_id for one in item.get("Associations") or ()):
                world.drop(kind, id_, "Associations", "SubnetId", subnet_id)


def associate_subnet_cidr_block(world: World, asked: Asked) -> None:
    subnet_id = asked.params["SubnetId"]
    block = _block(subnet_id, asked.params["Ipv6CidrBlock"])
    world.append("Subnets", subnet_id, "Ipv6CidrBlockAssociationSet", block)


def disassociate_subnet_cidr_block(world: World, asked: Asked) -> None:
    association, key = asked.params["AssociationId"], "Ipv6CidrBlockAssociationSet"
    for subnet_id, subnet in list(world.every("Subnets")):
        if any(block["AssociationId"] == association for block in subnet.get(key) or ()):
            world.drop("Subnets", subnet_id, key, "AssociationId", association)
            return
    raise Missing(f"no subnet of the snapshot has the CIDR's association {association}")


def create_route_table(world: World, asked: Asked) -> None:
    vpc_id = asked.params["VpcId"]
    vpc = world.get("Vpcs", vpc_id)
    table = {"RouteTableId": asked.new_id, "VpcId": vpc_id, "OwnerId": asked.place.account_id, "Tags": asked.tags}
    routes = [{"DestinationCidrBlock": cidr, **LOCAL} for cidr in propagation.cidrs_of(vpc)]
    routes += [{"DestinationIpv6CidrBlock": cidr, **LOCAL} for cidr in propagation.ipv6_cidrs_of(vpc)]
    world.add("RouteTables", {**table, "Associations": [], "Routes": routes}, asked.place)


def delete_route_table(world: World, asked: Asked) -> None:
    world.remove("RouteTables", asked.params["RouteTableId"])


def associate_route_table(world: World, asked: Asked) -> None:
    _associate(world, asked.params["RouteTableId"], asked.params["SubnetId"], asked.new_id)


def _associate(world: World, table_id: str, subnet_id: str, association: str) -> None:
    state = {"AssociationState": {"State": "associated"}}
    new = {"RouteTableAssociationId": association, "RouteTableId": table_id, "SubnetId": subnet_id, "Main": False}
    world.append("RouteTables", table_id, "Associations", {**new, **state})


def replace_route_table_association(world: World, asked: Asked) -> None:
    subnet_id = _leave_route_table(world, asked.params["AssociationId"])
    _associate(world, asked.params["RouteTableId"], subnet_id, asked.new_id)


def disassociate_route_table(world: World, asked: Asked) -> None:
    _leave_route_table(world, asked.params["AssociationId"])


def _leave_route_table(world: World, association: str) -> str:
    """Take a subnet out of its route table, and return its id."""
    for table_id, table in list(world.every("RouteTables")):
        for one in table.get("Associations") or ():
            if one.get("RouteTableAssociationId") == association and one.get("SubnetId"):
                key = "RouteTableAssociationId"
                world.drop("RouteTables", table_id, "Associations", key, association)
                return str(one["SubnetId"])
    raise Missing(f"no subnet of the snapshot has the route table's association {association}")


def create_route(world: World, asked: Asked) -> None:
    route = {key: value for key, value in asked.params.items() if key != "RouteTableId"}
    new = {**route, "State": "active", "Origin": "CreateRoute"}
    world.change("RouteTables", asked.params["RouteTableId"], lambda table: _with_route(table, new))


def delete_route(world: World, asked: Asked) -> None:
    destination = _destination(asked.params)
    world.change("RouteTables", asked.params["RouteTableId"], lambda table: _without_route(table, destination))


def _destination(route: Mapping[str, Any]) -> str | None:
    return next((route[key] for key in DESTINATIONS if route.get(key)), None)


def _with_route(table: Fields, route: Fields) -> Fields:
    return {"Routes": [*_without_route(table, _destination(route))["Routes"], route]}


def _without_route(table: Fields, destination: str | None) -> Fields:
    return {"Routes": [route for route in table["Routes"] if _destination(route) != destination]}


def create_internet_gateway(world: World, asked: Asked) -> None:
    gateway = {"InternetGatewayId": asked.new_id, "Attachments": [], "Tags": asked.tags}
    world.add("InternetGateways", gateway, asked.place)


def attach_internet_gateway(world: World, asked: Asked) -> None:
    new = {"VpcId": asked.params["VpcId"], "State": "available"}
    world.append("InternetGateways", asked.params["InternetGatewayId"], "Attachments", new)


def detach_internet_gateway(world: World, asked: Asked) -> None:
    vpc_id = asked.params["VpcId"]
    id_ = asked.params["InternetGatewayId"]
    world.drop("InternetGateways", id_, "Attachments", "VpcId", vpc_id)


def delete_internet_gateway(world: World, asked: Asked) -> None:
    world.remove("InternetGateways", asked.params["InternetGatewayId"])


def create_egress_only_internet_gateway(world: World, asked: Asked) -> None:
    attachments = [{"VpcId": asked.params["VpcId"], "State": "attached"}]
    gateway = {"EgressOnlyInternetGatewayId": asked.new_id, "Attachments": attachments, "Tags": asked.tags}
    world.add("EgressOnlyInternetGateways", gateway, asked.place)


def delete_egress_only_internet_gateway(world: World, asked: Asked) -> None:
    world.remove("EgressOnlyInternetGateways", asked.params["EgressOnlyInternetGatewayId"])


def create_nat_gateway(world: World, asked: Asked) -> None:
    """Add the gateway; its addresses aren't known before it exists."""
    subnet_id = asked.params["SubnetId"]
    subnet = world.get("Subnets", subnet_id)
    gateway = {
        "NatGatewayId": asked.new_id,
        "SubnetId": subnet_id,
        "VpcId": subnet["VpcId"],
        "State": "available",
        "ConnectivityType": asked.params.get("ConnectivityType", "public"),
        "NatGatewayAddresses": [],
        "Tags": asked.tags,
    }
    world.add("NatGateways", gateway, asked.place)


def delete_nat_gateway(world: World, asked: Asked) -> None:
    world.remove("NatGateways", asked.params["NatGatewayId"])


def modify_public_access(world: World, asked: Asked) -> None:
    mode = {"InternetGatewayBlockMode": asked.params["InternetGatewayBlockMode"], "State": "update-complete"}
    world.options(asked.place, "VpcBlockPublicAccessOptions", mode)


def create_public_access_exclusion(world: World, asked: Asked) -> None:
    of = asked.params.get("VpcId") or asked.params["SubnetId"]
    region, account = asked.place.region, asked.place.account_id
    kind = "vpc" if "VpcId" in asked.params else "subnet"
    exclusion = {
        "ExclusionId": asked.new_id,
        "InternetGatewayExclusionMode": asked.params["InternetGatewayExclusionMode"],
        "ResourceArn": f"arn:aws:ec2:{region}:{account}:{kind}/{of}",
        "State": "create-complete",
        "Tags": asked.tags,
    }
    world.add("VpcBlockPublicAccessExclusions", exclusion, asked.place)


def modify_public_access_exclusion(world: World, asked: Asked) -> None:
    mode = {"InternetGatewayExclusionMode": asked.params["InternetGatewayExclusionMode"]}
    world.change("VpcBlockPublicAccessExclusions", asked.params["ExclusionId"], lambda _item: mode)


def delete_public_access_exclusion(world: World, asked: Asked) -> None:
    world.remove("VpcBlockPublicAccessExclusions", asked.params["ExclusionId"])
