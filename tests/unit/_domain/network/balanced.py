# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The world of test_trace with load balancers: a Network Load Balancer in two zones, an Application Load Balancer, and
an endpoint in another VPC whose service is the first.
"""

from __future__ import annotations

from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import (
    ALPHA,
    BETA,
    REGION,
    World,
    acl,
    group,
    instance,
    interface,
    on,
    subnet,
    table,
)

ELB = f"arn:aws:elasticloadbalancing:{REGION}:{ALPHA}"
NET, APP = f"{ELB}:loadbalancer/net/web/1", f"{ELB}:loadbalancer/app/site/2"
ON_INSTANCES, ON_ADDRESSES, ON_SITE = (f"{ELB}:targetgroup/{name}/3" for name in ("instances", "addresses", "site"))
SERVICE = f"com.amazonaws.vpce.{REGION}.vpce-svc-1"
MANAGED = {"RequesterManaged": True, "RequesterId": "amazon-elb", "Status": "in-use"}
KEPT, CROSS = "preserve_client_ip.enabled", "load_balancing.cross_zone.enabled"
# Zones of the nodes: their subnets are those of the other zone's apps, too.
ALPHA_BLOCK = "10.1.0.0/16"


def node(name, arn, address, groups, subnet_name="lb", **more):
    """An interface of a load balancer, as DescribeNetworkInterfaces shows it."""
    described = {"Description": f"ELB {arn.partition('loadbalancer/')[2]}", **MANAGED, **more}
    return interface("alpha", subnet_name, name, address, groups, **described)


def listener(arn, protocol, port, target_group):
    forward = {"Type": "forward", "TargetGroupArn": target_group}
    number = {"ListenerArn": f"{arn}/{port}", "LoadBalancerArn": arn}
    return {**number, "Protocol": protocol, "Port": port, "DefaultActions": [forward]}


def target_group(arn, protocol, port, kind):
    return {
        "TargetGroupArn": arn,
        "Protocol": protocol,
        "Port": port,
        "TargetType": kind,
        "VpcId": "vpc-alpha",
        "LoadBalancerArns": [NET],
    }


def health(id_, port, state="healthy", **more):
    return {"Target": {"Id": id_, "Port": port, **more}, "TargetHealth": {"State": state}}


def attributes(**values):
    return [{"Key": key, "Value": value} for key, value in values.items()]


class Balanced(World):
    def __init__(self):
        super().__init__()
        files = self.files[ALPHA]
        files["Subnets"] += [subnet("alpha", "lb", "10.1.6.0/24"), subnet("alpha", "lb2", "10.1.7.0/24", "az2")]
        files["RouteTables"].append(table("alpha", "lb", [], "lb", "lb2", cidr=ALPHA_BLOCK))
        files["NetworkAcls"].append(acl("alpha", "lb", "lb", "lb2"))
        files["SecurityGroups"] += [group("alpha", "net"), group("alpha", "site"), group("alpha", "behind")]
        files["NetworkInterfaces"] += [
            node("net", NET, "10.1.6.10", ["net"], InterfaceType="network_load_balancer"),
            node("net2", NET, "10.1.7.10", ["net"], "lb2", InterfaceType="network_load_balancer"),
            node("site", APP, "10.1.6.20", ["site"]),
            interface("alpha", "data", "behind", "10.1.2.50", ["behind"], **on("behind")),
        ]
        files["Reservations"].append(instance("behind"))
        zones = [
            {"ZoneName": f"{REGION}{zone}", "SubnetId": f"subnet-{one}"} for zone, one in (("a", "lb"), ("b", "lb2"))
        ]
        files["LoadBalancers"] = [
            {"LoadBalancerArn": NET, "Type": "network", "State": {"Code": "active"}, "AvailabilityZones": zones},
            {
                "LoadBalancerArn": APP,
                "Type": "application",
                "State": {"Code": "active"},
                "AvailabilityZones": zones[:1],
            },
        ]
        files["LoadBalancerListeners"] = [
            {
                "LoadBalancerArn": NET,
                "Listeners": [listener(NET, "TCP", 443, ON_INSTANCES), listener(NET, "TCP", 8443, ON_ADDRESSES)],
            },
            {"LoadBalancerArn": APP, "Listeners": [listener(APP, "HTTP", 80, ON_SITE)]},
        ]
        files["LoadBalancerRules"] = [
            {
                "ListenerArn": f"{APP}/80",
                "Rules": [{"Priority": "default", "Actions": [{"Type": "forward", "TargetGroupArn": ON_SITE}]}],
            }
        ]
        files["TargetGroups"] = [
            target_group(ON_INSTANCES, "TCP", 9443, "instance"),
            target_group(ON_ADDRESSES, "TCP", 9444, "ip"),
            target_group(ON_SITE, "HTTP", 8080, "instance"),
        ]
        files["LoadBalancerTargetHealth"] = [
            {"TargetGroupArn": ON_INSTANCES, "TargetHealthDescriptions": [health("i-behind", 9443)]},
            {"TargetGroupArn": ON_ADDRESSES, "TargetHealthDescriptions": [health("10.1.2.50", 9444)]},
            {"TargetGroupArn": ON_SITE, "TargetHealthDescriptions": [health("i-behind", 8080)]},
        ]
        files["LoadBalancerAttributes"] = [{"LoadBalancerArn": NET, "Attributes": attributes(**{CROSS: "false"})}]
        files["TargetGroupAttributes"] = [
            {"TargetGroupArn": ON_INSTANCES, "Attributes": attributes(**{KEPT: "true"})},
            {"TargetGroupArn": ON_ADDRESSES, "Attributes": attributes(**{KEPT: "false"})},
            {"TargetGroupArn": ON_SITE, "Attributes": []},
        ]
        files["ServiceConfigurations"] = [
            {
                "ServiceId": "vpce-svc-1",
                "ServiceName": SERVICE,
                "ServiceState": "Available",
                "NetworkLoadBalancerArns": [NET],
            }
        ]
        self._consumer()

    def _consumer(self):
        files = self.files[BETA]
        files["NetworkInterfaces"] += [
            interface("beta", "beta", "client", "10.2.1.20", ["beta"]),
            interface("beta", "beta", "service", "10.2.1.30", ["beta"], InterfaceType="vpc_endpoint"),
        ]
        files["VpcEndpoints"] = [
            {
                "VpcEndpointId": "vpce-service",
                "VpcId": "vpc-beta",
                "VpcEndpointType": "Interface",
                "ServiceName": SERVICE,
                "State": "available",
                "NetworkInterfaceIds": ["eni-service"],
            }
        ]

    def kept(self, arn, value):
        """Turn client IP preservation of a target group on or off."""
        self.item(arn, kind="TargetGroupAttributes")["Attributes"] = attributes(**{KEPT: value})

    def targets(self, arn, *described):
        self.item(arn, kind="LoadBalancerTargetHealth")["TargetHealthDescriptions"] = list(described)

    def item(self, id_, account=ALPHA, kind=None):
        """The item that has the id, in files of a kind if several kinds have it."""
        if kind is None:
            return super().item(id_, account)
        return next(item for item in self.files[account][kind] if id_ in item.values())
