# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A hub with isolated spokes as a snapshot and an inventory, and the effect of calls on it."""

from __future__ import annotations

from ansible_collections.closednet.aws.plugins.module_utils._domain.effect import calls, difference, names
from ansible_collections.closednet.aws.plugins.module_utils._domain.effect.apply import apply
from ansible_collections.closednet.aws.plugins.module_utils._domain.network import snapshot

HUB, REGION = "100000000000", "eu-central-1"
SEGMENTS = {"shared": {}, "customers": {"isolated": True, "reaches": ["shared"]}}
KINDS = (
    *("InternetGateways", "LoadBalancerAttributes", "LoadBalancerListeners", "LoadBalancerTargetHealth"),
    *("LoadBalancers", "NatGateways", "NetworkInterfaces", "PrefixLists", "Reservations", "ServiceConfigurations"),
    *("TargetGroups", "VpcEndpoints", "VpcPeeringConnections", "TransitGatewayRouteTables", "TransitGatewayRoutes"),
)


def tags(**values):
    return [{"Key": key.replace("_", ":"), "Value": value} for key, value in values.items()]


def account(number):
    return f"{2 * 10**11 + number}"


def rule(port, cidr):
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}


def place(host, account_id, cidr):
    """Return the files of an account with a VPC of one subnet, whose group lets 443 in from everywhere."""
    vpc = f"vpc-{host}"
    own = {"VpcId": vpc, "OwnerId": account_id}
    entry = {"Protocol": "-1", "CidrBlock": "0.0.0.0/0"}
    entries = [
        {"Egress": egress, "RuleNumber": number, "RuleAction": action, **entry}
        for egress in (True, False)
        for number, action in ((100, "allow"), (32767, "deny"))
    ]
    state = {"State": "associated"}
    table = {
        "RouteTableId": f"rtb-{host}",
        **own,
        "Associations": [
            {"Main": True, "AssociationState": state, "RouteTableAssociationId": f"main-{host}"},
            {"SubnetId": f"subnet-{host}", "AssociationState": state, "RouteTableAssociationId": f"assoc-{host}"},
        ],
        "Routes": [
            {"DestinationCidrBlock": cidr, "GatewayId": "local", "State": "active", "Origin": "CreateRouteTable"},
            {"DestinationCidrBlock": "10.0.0.0/8", "TransitGatewayId": "tgw-1", "State": "active"},
        ],
        "Tags": tags(closednet_name="app"),
    }
    acl = {"NetworkAclId": f"acl-{host}", **own, "IsDefault": True, "Entries": entries}
    acl["Associations"] = [{"SubnetId": f"subnet-{host}", "NetworkAclAssociationId": f"aclassoc-{host}"}]
    blocks = [{"CidrBlock": cidr, "AssociationId": f"block-{host}", "CidrBlockState": state}]
    kinds = {
        "Vpcs": [{**own, "CidrBlock": cidr, "CidrBlockAssociationSet": blocks, "State": "available"}],
        "Subnets": [
            {
                **own,
                "SubnetId": f"subnet-{host}",
                "CidrBlock": cidr,
                "AvailabilityZoneId": "euc1-az1",
                "Tags": tags(closednet_name="app.euc1-az1"),
            }
        ],
        "RouteTables": [table],
        "NetworkAcls": [acl],
        "SecurityGroups": [
            {
                **own,
                "GroupId": f"sg-{host}",
                "GroupName": "app",
                "IpPermissions": [rule(443, "0.0.0.0/0")],
                "IpPermissionsEgress": [],
            }
        ],
        "TransitGatewayVpcAttachments": [],
        "TransitGatewayAttachments": [],
    }
    return {**{kind: [] for kind in KINDS}, **kinds}


def network(number):
    """Return the files and hosts of a hub (segment shared) and attached spokes (customers, isolated)."""
    hosts = {"hub": (HUB, "10.0.0.0/16", "shared")}
    hosts |= {f"a{n}": (account(n), f"10.{1 + n // 200}.{n % 200}.0/24", "customers") for n in range(number)}
    places = {host: place(host, account_id, cidr) for host, (account_id, cidr, _segment) in hosts.items()}
    hub = places["hub"]
    routes = {"shared": [], "customers": []}
    for host, (account_id, cidr, segment) in hosts.items():
        same = {"TransitGatewayAttachmentId": f"tgw-attach-{host}", "TransitGatewayId": "tgw-1", "State": "available"}
        of_vpc = {**same, "VpcId": f"vpc-{host}", "VpcOwnerId": account_id, "SubnetIds": [f"subnet-{host}"]}
        resource = {**same, "ResourceType": "vpc", "ResourceId": f"vpc-{host}", "ResourceOwnerId": account_id}
        resource["TransitGatewayOwnerId"] = HUB
        associated = {"TransitGatewayRouteTableId": f"tgw-rtb-{segment}", "State": "associated"}
        places[host]["TransitGatewayVpcAttachments"].append(of_vpc)
        hub["TransitGatewayAttachments"].append({**resource, "Association": associated})
        if host != "hub":
            places[host]["TransitGatewayAttachments"].append(resource)
        target = {"TransitGatewayAttachmentId": f"tgw-attach-{host}", "ResourceType": "vpc"}
        route = {"DestinationCidrBlock": cidr, "Type": "propagated", "State": "active"}
        to = {**route, "TransitGatewayAttachments": [{**target, "ResourceId": f"vpc-{host}"}]}
        routes["shared"].append(to)
        if host == "hub":
            routes["customers"].append(to)
    for segment, listed in routes.items():
        table = {"TransitGatewayRouteTableId": f"tgw-rtb-{segment}"}
        more = {"TransitGatewayId": "tgw-1", "State": "available", "Tags": tags(closednet_name=segment)}
        hub["TransitGatewayRouteTables"].append({**table, **more})
        hub["TransitGatewayRoutes"].append({**table, "Routes": listed, "AdditionalRoutesAvailable": False})
    files = {
        f"accounts/{hosts[host][0]}/{REGION}/{kind}.json": {kind: items}
        for host, kinds in places.items()
        for kind, items in kinds.items()
    }
    accounts = {
        host: {"account_id": account_id, "region": REGION, "spoke_segment": segment, "vpc_cidrs": [cidr]}
        for host, (account_id, cidr, segment) in hosts.items()
    }
    accounts["hub"] |= {"hub_segments": SEGMENTS, "hub_segment": "shared"}
    return snapshot.parse(files), accounts


def call(operation, address="x.y", later=False, **params):
    return {"address": address, "operation": f"ec2.{operation}", "params": params, "later": later}


def effect(before, accounts, **results):
    """Return the effect of {host: calls of its first result}, and the snapshot after it."""
    for host, listed in results.items():
        key = "hub_result" if host == "hub" else "spoke_result"
        accounts[host] = {**accounts[host], key: {"network_calls": listed, "plan": listed}}
    applied = apply(before, calls.of_accounts(accounts))
    found = difference.effect(before, applied.snapshot, applied.unknown, names.of_accounts(accounts))
    return found, applied.snapshot


def propagate(segment, host):
    table = {"TransitGatewayRouteTableId": f"tgw-rtb-{segment}"}
    return {**table, "TransitGatewayAttachmentId": f"tgw-attach-{host}"}
