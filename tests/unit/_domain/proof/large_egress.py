# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hub and spokes of large_networks with what real inventories have besides: one way out for all, and endpoints.

Central egress is laid out as in egress_network: a firewall's endpoint and a NAT gateway per zone in one VPC, by whose
route tables spokes technically reach each other, unless a blackhole of the spokes' table keeps them apart. Each spoke
has an endpoint of a service of AWS, and one of a service that the hub provides.
"""

from __future__ import annotations

from ansible_collections.closednet.aws.plugins.module_utils._domain.network import snapshot
from ansible_collections.closednet.aws.tests.unit._domain.network.balanced import (
    KEPT,
    MANAGED,
    attributes,
    health,
    listener,
)
from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import (
    EVERYWHERE,
    REGION,
    acl,
    attachment,
    group,
    interface,
    route,
    subnet,
    table,
    vpc,
    vpc_attachment,
)
from ansible_collections.closednet.aws.tests.unit._domain.proof import large_networks
from ansible_collections.closednet.aws.tests.unit._domain.proof.large_networks import HUB, KINDS, ZONES

EGRESS, EGRESS_CIDR = "110000000000", "100.64.0.0/16"
ANYWHERE, INTERNAL = "0.0.0.0/0", "10.0.0.0/8"
SERVICE = f"com.amazonaws.vpce.{REGION}.vpce-svc-hub"
# Of Gateway Load Balancer endpoints that are a firewall's, as Network Firewall tags them.
FIREWALL = [
    {"Key": "AWSNetworkFirewallManaged", "Value": "true"},
    {"Key": "Firewall", "Value": f"arn:aws:network-firewall:{REGION}:{EGRESS}:firewall/central"},
]


def network(size, egress=False, apart=False, endpoints=False, public=False):
    """Return the snapshot of a hub and so many spokes.

    egress: with central egress; apart: spokes' ranges are a blackhole in the spokes' table; endpoints: with those of
    services; public: each spoke has an internet gateway and an address of its own on the internet
    """
    accounts = {
        f"{200000000000 + at}": large_networks.spoke(f"s{at}", f"{200000000000 + at}", at) for at in range(size)
    }
    accounts[HUB] = large_networks.hub(range(size))
    if egress:
        _with_egress(accounts, apart)
    if endpoints:
        _with_provider(accounts[HUB])
    for at in range(size):
        files = accounts[f"{200000000000 + at}"]
        if endpoints:
            _with_endpoints(files, f"s{at}", f"{200000000000 + at}")
        if public:
            _with_address(files, f"s{at}", at)
    return snapshot.parse(
        {
            f"accounts/{account}/{REGION}/{kind}.json": {kind: items}
            for account, found in accounts.items()
            for kind, items in found.items()
        }
    )


# ---- central egress


def _with_egress(accounts, apart):
    hub = accounts[HUB]
    hub["TransitGatewayRouteTables"].append(
        {"TransitGatewayRouteTableId": "tgw-rtb-egress", "TransitGatewayId": "tgw-1"}
    )
    of = {item["TransitGatewayRouteTableId"]: item["Routes"] for item in hub["TransitGatewayRoutes"]}
    back = {"TransitGatewayRouteTableId": "tgw-rtb-egress", "Routes": [*of["tgw-rtb-hub"], of["tgw-rtb-spokes"][0]]}
    hub["TransitGatewayRoutes"].append(back)
    # The hub's and spokes' way out; of_spokes has the hub's range first, then the blackhole.
    out = large_networks.to(ANYWHERE, "static", "tgw-attach-egress")
    of["tgw-rtb-spokes"][:] = [*of["tgw-rtb-spokes"][: 2 if apart else 1], out]
    hub["TransitGatewayAttachments"].append(attachment("egress", EGRESS))
    for files in accounts.values():
        for item in files["RouteTables"]:
            if files is not hub:
                item["Routes"].append(route(ANYWHERE, TransitGatewayId="tgw-1"))
    accounts[EGRESS] = _egress()


def _egress():
    subnets, tables, nats, firewalls = [], [], [], []
    for number, zone in enumerate(ZONES, 1):
        leads = {"in": {"GatewayId": f"vpce-fw-{number}"}, "fw": {"NatGatewayId": f"nat-{number}"}}
        leads["out"] = {"GatewayId": "igw-egress"}
        inwards = {"in": None, "fw": {"TransitGatewayId": "tgw-1"}, "out": {"GatewayId": f"vpce-fw-{number}"}}
        for at, (tier, target) in enumerate(leads.items()):
            name = f"egress-{tier}-{number}"
            named = [{"Key": "closednet:name", "Value": f"{tier}.{zone}"}]
            cidr = f"100.64.{number}.{at * 16}/28"
            subnets.append({**subnet("egress", name, cidr, zone), "OwnerId": EGRESS, "Tags": named})
            routes = [route(ANYWHERE, **target), *([route(INTERNAL, **inwards[tier])] if inwards[tier] else [])]
            tables.append(table("egress", name, routes, name, cidr=EGRESS_CIDR))
        address = {"PrivateIp": f"100.64.{number}.40", "PublicIp": f"3.120.0.{number}", "IsPrimary": True}
        nats.append(
            {
                "NatGatewayId": f"nat-{number}",
                "VpcId": "vpc-egress",
                "SubnetId": f"subnet-egress-out-{number}",
                "State": "available",
                "ConnectivityType": "public",
                "NatGatewayAddresses": [{"NetworkInterfaceId": f"eni-nat-{number}", **address}],
            }
        )
        firewalls.append(
            {
                "VpcEndpointId": f"vpce-fw-{number}",
                "VpcEndpointType": "GatewayLoadBalancer",
                "VpcId": "vpc-egress",
                "SubnetIds": [f"subnet-egress-fw-{number}"],
                "State": "available",
                "RequesterManaged": True,
                "Tags": FIREWALL,
            }
        )
    names = [item["SubnetId"].removeprefix("subnet-") for item in subnets]
    gateway = {"InternetGatewayId": "igw-egress", "Attachments": [{"VpcId": "vpc-egress", "State": "available"}]}
    return {
        **{kind: [] for kind in (*KINDS, "NetworkInterfaces", "SecurityGroups")},
        "Vpcs": [vpc(EGRESS, "egress", EGRESS_CIDR)],
        "Subnets": subnets,
        "RouteTables": tables,
        "NatGateways": nats,
        "VpcEndpoints": firewalls,
        "InternetGateways": [gateway],
        "NetworkAcls": [acl("egress", "egress", *names)],
        "NetworkInterfaces": [_of_nat(nat) for nat in nats],
        "TransitGatewayVpcAttachments": [
            {
                **vpc_attachment("egress", "egress-in-1", "egress-in-2"),
                "Options": {"ApplianceModeSupport": "enable"},
            }
        ],
    }


def _of_nat(nat):
    """Return the interface of a NAT gateway."""
    (address,) = nat["NatGatewayAddresses"]
    subnet_name = nat["SubnetId"].removeprefix("subnet-")
    name = address["NetworkInterfaceId"].removeprefix("eni-")
    more = {"InterfaceType": "nat_gateway", "OwnerId": EGRESS}
    return interface("egress", subnet_name, name, address["PrivateIp"], [], address["PublicIp"], **more)


# ---- services


def _with_provider(hub):
    """Let the hub provide a service: a load balancer with a node in each zone, and a target of its own."""
    prefix = f"arn:aws:elasticloadbalancing:{REGION}:{HUB}"
    arn, behind = f"{prefix}:loadbalancer/net/hub/1", f"{prefix}:targetgroup/hub/2"
    hub["SecurityGroups"].append(group("hub", "service", [EVERYWHERE]))
    zones = []
    for at, zone in enumerate(ZONES):
        described = {"Description": "ELB net/hub/1", "InterfaceType": "network_load_balancer", **MANAGED}
        node = interface("hub", f"hub-shared-{zone}", f"node-{zone}", f"10.0.{at}.50", ["service"], **described)
        hub["NetworkInterfaces"].append({**node, "OwnerId": HUB})
        zones.append({"ZoneName": f"{REGION}{'ab'[at]}", "SubnetId": f"subnet-hub-shared-{zone}"})
    balancer = {"LoadBalancerArn": arn, "Type": "network", "State": {"Code": "active"}, "AvailabilityZones": zones}
    hub["LoadBalancers"] = [balancer]
    hub["LoadBalancerListeners"] = [{"LoadBalancerArn": arn, "Listeners": [listener(arn, "TCP", 443, behind)]}]
    hub["LoadBalancerRules"] = []
    ids = {"TargetGroupArn": behind}
    hub["TargetGroups"] = [
        {**ids, "Protocol": "TCP", "Port": 8443, "TargetType": "ip", "VpcId": "vpc-hub", "LoadBalancerArns": [arn]}
    ]
    hub["LoadBalancerTargetHealth"] = [{**ids, "TargetHealthDescriptions": [health("10.0.0.10", 8443)]}]
    hub["LoadBalancerAttributes"] = [{"LoadBalancerArn": arn, "Attributes": []}]
    hub["TargetGroupAttributes"] = [{**ids, "Attributes": attributes(**{KEPT: "false"})}]
    service = {"ServiceId": "vpce-svc-hub", "ServiceName": SERVICE, "ServiceState": "Available"}
    hub["ServiceConfigurations"] = [{**service, "NetworkLoadBalancerArns": [arn]}]


def _with_endpoints(files, name, account):
    """Let a spoke have an endpoint of a service of AWS, and one of the hub's, in both zones."""
    files["SecurityGroups"].append(group(name, f"{name}-endpoints", [EVERYWHERE]))
    files["VpcEndpoints"] = []
    for number, (kind, service) in enumerate((("logs", f"com.amazonaws.{REGION}.logs"), ("hub", SERVICE))):
        ids = []
        for item in files["Subnets"]:
            if "-data-" in item["SubnetId"]:
                address = item["CidrBlock"].replace(".0/24", f".{100 + number}")
                own = f"{item['SubnetId'].removeprefix('subnet-')}-{kind}"
                more = {"InterfaceType": "vpc_endpoint", "OwnerId": account}
                subnet_name = item["SubnetId"].removeprefix("subnet-")
                found = interface(name, subnet_name, own, address, [f"{name}-endpoints"], **more)
                files["NetworkInterfaces"].append(found)
                ids.append(found["NetworkInterfaceId"])
        files["VpcEndpoints"].append(
            {
                "VpcEndpointId": f"vpce-{name}-{kind}",
                "VpcId": f"vpc-{name}",
                "VpcEndpointType": "Interface",
                "ServiceName": service,
                "State": "available",
                "NetworkInterfaceIds": ids,
            }
        )


def _with_address(files, name, number):
    """Let a spoke have a gateway, and a public address for an interface of its first subnet."""
    gateway = {"InternetGatewayId": f"igw-{name}", "Attachments": [{"VpcId": f"vpc-{name}", "State": "available"}]}
    files["InternetGateways"] = [gateway]
    item = next(item for item in files["RouteTables"] if item["RouteTableId"].endswith("-app"))
    item["Routes"] = [found for found in item["Routes"] if found.get("DestinationCidrBlock") != ANYWHERE]
    item["Routes"].append(route(ANYWHERE, GatewayId=f"igw-{name}"))
    address = {"PublicIp": f"3.{121 + number // 250}.1.{number % 250}"}
    files["NetworkInterfaces"][0]["PrivateIpAddresses"][0]["Association"] = address
