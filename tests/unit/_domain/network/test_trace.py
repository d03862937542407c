# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A customer's VPC, shared services behind a transit gateway and a peered VPC, each in an account of its own; then one
thing is broken.
"""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.network import snapshot, trace

REGION = "eu-central-1"
HUB, ALPHA, BETA, FAR = "111111111111", "222222222222", "333333333333", "444444444444"
S3 = "52.216.0.10"
EVERYWHERE = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def vpc(account, name, cidr):
    return {"VpcId": f"vpc-{name}", "CidrBlock": cidr, "OwnerId": account, "CidrBlockAssociationSet": []}


def subnet(vpc_name, name, cidr, zone="az1"):
    return {"SubnetId": f"subnet-{name}", "VpcId": f"vpc-{vpc_name}", "CidrBlock": cidr, "AvailabilityZoneId": zone}


def table(vpc_name, name, routes, *subnets, cidr):
    associations = [{"Main": False, "SubnetId": f"subnet-{subnet}"} for subnet in subnets] or [{"Main": True}]
    routes = [{"DestinationCidrBlock": cidr, "GatewayId": "local", "State": "active"}, *routes]
    return {
        "RouteTableId": f"rtb-{name}",
        "VpcId": f"vpc-{vpc_name}",
        "Associations": associations,
        "Routes": routes,
    }


def route(to, **target):
    key = "DestinationPrefixListId" if to.startswith("pl-") else "DestinationCidrBlock"
    return {key: to, "State": "active", **target}


def entry(number, action="allow", protocol="-1", ports=None, cidr="0.0.0.0/0", egress=False):
    found = {"RuleNumber": number, "RuleAction": action, "Protocol": protocol, "CidrBlock": cidr, "Egress": egress}
    return {**found, "PortRange": {"From": ports[0], "To": ports[1]}} if ports else found


def acl(vpc_name, name, *subnets, entries=None):
    entries = entries or [entry(100), entry(100, egress=True)]
    ends = [entry(32767, "deny"), entry(32767, "deny", egress=True)]
    associations = [{"SubnetId": f"subnet-{subnet}"} for subnet in subnets]
    ids = {"NetworkAclId": f"acl-{name}", "VpcId": f"vpc-{vpc_name}"}
    return {**ids, "Associations": associations, "Entries": entries + ends}


def group(vpc_name, name, ingress=(EVERYWHERE,), egress=(EVERYWHERE,)):
    rules = {"IpPermissions": list(ingress), "IpPermissionsEgress": list(egress)}
    return {"GroupId": f"sg-{name}", "VpcId": f"vpc-{vpc_name}", **rules}


def interface(vpc_name, subnet_name, name, address, groups, public=None, **more):
    association = {"Association": {"PublicIp": public}} if public else {}
    return {
        "NetworkInterfaceId": f"eni-{name}",
        "VpcId": f"vpc-{vpc_name}",
        "SubnetId": f"subnet-{subnet_name}",
        "PrivateIpAddress": address,
        "PrivateIpAddresses": [{"PrivateIpAddress": address, "Primary": True, **association}],
        "Groups": [{"GroupId": f"sg-{group}"} for group in groups],
        "InterfaceType": "interface",
        **more,
    }


def instance(name, state="running"):
    return {"ReservationId": f"r-{name}", "Instances": [{"InstanceId": f"i-{name}", "State": {"Name": state}}]}


def on(name):
    return {"Attachment": {"InstanceId": f"i-{name}", "DeviceIndex": 0}}


def attachment(name, owner):
    associated = {"State": "associated", "TransitGatewayRouteTableId": f"tgw-rtb-{name}"}
    return {
        "TransitGatewayAttachmentId": f"tgw-attach-{name}",
        "TransitGatewayId": "tgw-1",
        "ResourceType": "vpc",
        "ResourceId": f"vpc-{name}",
        "ResourceOwnerId": owner,
        "State": "available",
        "Association": associated,
    }


def vpc_attachment(name, *subnets):
    return {
        "TransitGatewayAttachmentId": f"tgw-attach-{name}",
        "TransitGatewayId": "tgw-1",
        "VpcId": f"vpc-{name}",
        "State": "available",
        "SubnetIds": [f"subnet-{subnet}" for subnet in subnets],
    }


def propagation(name, of):
    return {
        "TransitGatewayRouteTableId": f"tgw-rtb-{name}",
        "TransitGatewayRouteTablePropagations": [
            {
                "TransitGatewayAttachmentId": f"tgw-attach-{of}",
                "ResourceId": f"vpc-{of}",
                "ResourceType": "vpc",
                "State": "enabled",
            }
        ],
    }


def static(name, *routes):
    return {"TransitGatewayRouteTableId": f"tgw-rtb-{name}", "Routes": list(routes)}


class World:
    """Files of a snapshot, to be broken by a test. Names in them: account, kind."""

    def __init__(self):
        peering = {
            "VpcPeeringConnectionId": "pcx-1",
            "Status": {"Code": "active"},
            "RequesterVpcInfo": {"VpcId": "vpc-alpha"},
            "AccepterVpcInfo": {"VpcId": "vpc-beta"},
        }
        alpha, shared, beta = "10.1.0.0/16", "10.0.0.0/16", "10.2.0.0/16"
        to_hub = route(shared, TransitGatewayId="tgw-1")
        self.files = {
            ALPHA: {
                "Vpcs": [vpc(ALPHA, "alpha", alpha)],
                "Subnets": [
                    subnet("alpha", "app", "10.1.1.0/24"),
                    subnet("alpha", "data", "10.1.2.0/24"),
                    subnet("alpha", "public", "10.1.3.0/24"),
                    subnet("alpha", "tgw", "10.1.4.0/28"),
                    subnet("alpha", "far", "10.1.5.0/24", "az2"),
                ],
                "RouteTables": [
                    table(
                        *("alpha", "app"),
                        [
                            to_hub,
                            route(beta, VpcPeeringConnectionId="pcx-1"),
                            route("pl-s3", GatewayId="vpce-s3"),
                            route("0.0.0.0/0", NatGatewayId="nat-1"),
                        ],
                        *("app", "far"),
                        cidr=alpha,
                    ),
                    table("alpha", "public", [route("0.0.0.0/0", GatewayId="igw-1")], "public", cidr=alpha),
                    table("alpha", "main", [], cidr=alpha),
                ],
                "NetworkAcls": [
                    acl("alpha", "app", "app", "far"),
                    acl("alpha", "data", "data"),
                    acl("alpha", "public", "public"),
                    acl("alpha", "tgw", "tgw"),
                ],
                "SecurityGroups": [group("alpha", "app"), group("alpha", "data")],
                "NetworkInterfaces": [
                    interface("alpha", "app", "app", "10.1.1.10", ["app"], **on("app")),
                    interface("alpha", "app", "app2", "10.1.1.11", ["app"]),
                    interface("alpha", "far", "far", "10.1.5.10", ["app"]),
                    interface("alpha", "data", "data", "10.1.2.10", ["data"]),
                    interface("alpha", "data", "logs", "10.1.2.20", ["data"], InterfaceType="vpc_endpoint"),
                    interface("alpha", "public", "web", "10.1.3.10", ["app"], public="3.120.0.10"),
                    interface("alpha", "public", "nat", "10.1.3.20", [], InterfaceType="nat_gateway"),
                ],
                "Reservations": [instance("app")],
                "InternetGateways": [{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-alpha"}]}],
                "NatGateways": [
                    {
                        "NatGatewayId": "nat-1",
                        "VpcId": "vpc-alpha",
                        "SubnetId": "subnet-public",
                        "State": "available",
                        "NatGatewayAddresses": [
                            {
                                "NetworkInterfaceId": "eni-nat",
                                "PrivateIp": "10.1.3.20",
                                "PublicIp": "3.120.0.20",
                            }
                        ],
                    }
                ],
                "VpcEndpoints": [
                    {
                        "VpcEndpointId": "vpce-s3",
                        "VpcId": "vpc-alpha",
                        "VpcEndpointType": "Gateway",
                        "State": "available",
                    },
                    {
                        "VpcEndpointId": "vpce-logs",
                        "VpcId": "vpc-alpha",
                        "VpcEndpointType": "Interface",
                        "State": "available",
                        "NetworkInterfaceIds": ["eni-logs"],
                    },
                ],
                "PrefixLists": [{"PrefixListId": "pl-s3", "Cidrs": ["52.216.0.0/15"]}],
                "TransitGatewayVpcAttachments": [vpc_attachment("alpha", "tgw")],
                "VpcPeeringConnections": [peering],
            },
            HUB: {
                "Vpcs": [vpc(HUB, "shared", shared)],
                "Subnets": [subnet("shared", "dns", "10.0.1.0/24"), subnet("shared", "entry", "10.0.2.0/28")],
                "RouteTables": [
                    table("shared", "shared", [route(alpha, TransitGatewayId="tgw-1")], cidr=shared),
                ],
                "NetworkAcls": [acl("shared", "dns", "dns"), acl("shared", "entry", "entry")],
                "SecurityGroups": [group("shared", "dns")],
                "NetworkInterfaces": [interface("shared", "dns", "dns", "10.0.1.10", ["dns"])],
                "TransitGatewayRouteTables": [
                    {"TransitGatewayRouteTableId": f"tgw-rtb-{name}", "TransitGatewayId": "tgw-1"}
                    for name in ("alpha", "shared")
                ],
                "TransitGatewayAttachments": [attachment("alpha", ALPHA), attachment("shared", HUB)],
                "TransitGatewayVpcAttachments": [vpc_attachment("shared", "entry"), vpc_attachment("alpha", "tgw")],
                "TransitGatewayPropagations": [propagation("alpha", "shared"), propagation("shared", "alpha")],
                "TransitGatewayStaticRoutes": [static("alpha"), static("shared")],
            },
            BETA: {
                "Vpcs": [vpc(BETA, "beta", beta)],
                "Subnets": [subnet("beta", "beta", "10.2.1.0/24")],
                "RouteTables": [table("beta", "beta", [route(alpha, VpcPeeringConnectionId="pcx-1")], cidr=beta)],
                "NetworkAcls": [acl("beta", "beta", "beta")],
                "SecurityGroups": [group("beta", "beta")],
                "NetworkInterfaces": [interface("beta", "beta", "beta", "10.2.1.10", ["beta"])],
                "VpcPeeringConnections": [peering],
            },
        }

    def item(self, id_, account=ALPHA):
        """The item of an account that has the id."""
        return next(
            item
            for kind, items in self.files[account].items()
            for item in items
            if item[snapshot.KINDS[kind]] == id_ and kind != "TransitGatewayVpcAttachments"
        )

    def rules(self, id_, *entries, account=ALPHA):
        self.item(id_, account)["Entries"][:0] = entries

    def parsed(self):
        return snapshot.parse(
            {
                f"accounts/{account}/{REGION}/{kind}.json": {kind: items}
                for account, kinds in self.files.items()
                for kind, items in kinds.items()
            }
        )

    def trace(self, source, destination, **options):
        return trace.trace(self.parsed(), source, destination, **options)


@pytest.fixture
def world():
    return World()


HEALTHY = {
    "one subnet": ("i-app", "10.1.1.11", ["i-app", "eni-app2"]),
    "one VPC": ("i-app", "10.1.2.10", ["i-app", "subnet-app", "vpc-alpha", "subnet-data", "eni-data"]),
    "interface endpoint": ("i-app", "10.1.2.20", ["i-app", "subnet-app", "vpc-alpha", "subnet-data", "vpce-logs"]),
    "gateway endpoint": ("i-app", S3, ["i-app", "subnet-app", "vpc-alpha", "vpce-s3"]),
    "NAT gateway": (
        *("i-app", "8.8.8.8"),
        ["i-app", "subnet-app", "vpc-alpha", "nat-1", "subnet-public", "vpc-alpha", "igw-1"],
    ),
    "internet gateway": ("eni-web", "8.8.8.8", ["eni-web", "subnet-public", "vpc-alpha", "igw-1"]),
    "from the internet": ("8.8.8.8", "3.120.0.10", ["igw-1", "vpc-alpha", "subnet-public", "eni-web"]),
    "from the internet, by id": ("8.8.8.8", "eni-web", ["igw-1", "vpc-alpha", "subnet-public", "eni-web"]),
    "a public address of the own VPC": (
        *("i-app", "3.120.0.10"),
        ["i-app", "subnet-app", "vpc-alpha", "nat-1", "subnet-public", "vpc-alpha", "igw-1"]
        + ["igw-1", "vpc-alpha", "subnet-public", "eni-web"],
    ),
    "transit gateway": (
        *("i-app", "eni-dns"),
        ["i-app", "subnet-app", "vpc-alpha", "tgw-1", "vpc-shared", "subnet-dns", "eni-dns"],
    ),
    "transit gateway, the other way": (
        *("10.0.1.10", "i-app"),
        ["eni-dns", "subnet-dns", "vpc-shared", "tgw-1", "vpc-alpha", "subnet-app", "i-app"],
    ),
    "peering": (
        *("i-app", "10.2.1.10"),
        ["i-app", "subnet-app", "vpc-alpha", "vpc-beta", "subnet-beta", "eni-beta"],
    ),
}


@pytest.mark.parametrize("name", HEALTHY)
@pytest.mark.parametrize("options", [{}, {"port": 443}, {"protocol": "icmp"}, {"protocol": "udp"}], ids=str)
def test_what_is_open_delivers(world, name, options):
    source, destination, path = HEALTHY[name]
    verdict = world.trace(source, destination, **options)
    endpoint = {"vpce-s3", "vpce-logs"}.intersection(path)
    if endpoint and options != {"port": 443}:
        # TCP is what pages of gateway endpoints name; interface endpoints take TCP and UDP, most services TCP only:
        # https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html
        denied = "vpce-logs" in endpoint and options.get("protocol") != "udp"
        by = {"denied": ("vpc_endpoint", "vpce-logs"), "unknown": ("snapshot", *endpoint)}
        expected = "denied" if denied else "unknown"
        assert (verdict.verdict, verdict.decided_by.by, *verdict.decided_by.ids) == (expected, *by[expected]), verdict
        return
    if "nat-1" in path and not options:
        # TCP, UDP and ICMP only: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html
        assert (verdict.verdict, verdict.decided_by.ids) == ("denied", ("nat-1",)), verdict
        return
    assert (verdict.verdict, list(verdict.path)) == ("delivered", path), verdict


def drop_routes(id_, account=ALPHA):
    def mutate(world):
        world.item(id_, account)["Routes"] = world.item(id_, account)["Routes"][:1]

    return mutate


def change(id_, account=ALPHA, **fields):
    return lambda world: world.item(id_, account).update(fields)


def deny(id_, *entries, account=ALPHA):
    return lambda world: world.rules(id_, *entries, account=account)


def blackhole(id_):
    def mutate(world):
        for found in world.item(id_)["Routes"][1:]:
            found["State"] = "blackhole"

    return mutate


def stop_app(world):
    world.files[ALPHA]["Reservations"] = [instance("app", "stopped")]


def blackhole_in_transit(world):
    routes = [{"DestinationCidrBlock": "10.0.0.0/16", "Type": "static", "State": "blackhole"}]
    world.files[HUB]["TransitGatewayStaticRoutes"][0]["Routes"] = routes


def forget_propagation(index):
    def mutate(world):
        world.files[HUB]["TransitGatewayPropagations"][index]["TransitGatewayRouteTablePropagations"] = []

    return mutate


EPHEMERAL_IN = entry(10, "deny", "6", (32768, 65535))
HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.1.1.0/24"}]}

# what is broken -> (source, destination, how it is broken, verdict, by, id, a word of what decided)
BROKEN = {
    "egress of the source": (
        *("i-app", "eni-data", change("sg-app", IpPermissionsEgress=[])),
        *("denied", "security_group", "sg-app", "no egress rule"),
    ),
    "ingress of the destination": (
        *("i-app", "eni-data", change("sg-data", IpPermissions=[{**HTTPS, "ToPort": 442, "FromPort": 442}])),
        *("denied", "security_group", "sg-data", "no ingress rule"),
    ),
    "outbound of the source's subnet": (
        *("i-app", "eni-data", deny("acl-app", entry(10, "deny", egress=True))),
        *("denied", "network_acl", "acl-app", "outbound rule 10 denies"),
    ),
    "inbound of the destination's subnet": (
        *("i-app", "eni-data", deny("acl-data", entry(10, "deny", "6", (443, 443)))),
        *("denied", "network_acl", "acl-data", "inbound rule 10 denies"),
    ),
    "a part of the answers, into the source's subnet": (
        *("i-app", "eni-data", deny("acl-app", EPHEMERAL_IN)),
        *("denied", "network_acl", "acl-app", "answer"),
    ),
    "answers out of the destination's subnet": (
        *("i-app", "eni-data", deny("acl-data", entry(10, "deny", "6", (1024, 2000), egress=True))),
        *("denied", "network_acl", "acl-data", "answer"),
    ),
    "answers of S3, since an ACL knows no prefix lists": (
        *("i-app", S3, deny("acl-app", entry(10, cidr="10.0.0.0/8"), entry(20, "deny"))),
        *("denied", "network_acl", "acl-app", "answer"),
    ),
    "answers of the internet at the NAT gateway's subnet": (
        *("i-app", "8.8.8.8", deny("acl-public", entry(10, cidr="10.0.0.0/8"), entry(20, "deny"))),
        *("denied", "network_acl", "acl-public", "answer"),
    ),
    "the NAT gateway's subnet": (
        *("i-app", "8.8.8.8", deny("acl-public", entry(10, "deny", cidr="10.1.1.0/24"))),
        *("denied", "network_acl", "acl-public", "inbound rule 10"),
    ),
    "no default route": (
        *("i-app", "8.8.8.8", drop_routes("rtb-app")),
        *("no_route", "route_table", "rtb-app", "no route to 8.8.8.8"),
    ),
    "blackhole": (
        *("i-app", "8.8.8.8", blackhole("rtb-app")),
        *("no_route", "route_table", "rtb-app", "blackhole"),
    ),
    "NAT gateway without a way out": (
        *("i-app", "8.8.8.8", drop_routes("rtb-public")),
        *("no_route", "route_table", "rtb-public", "no route"),
    ),
    "NAT gateway gone": (
        *("i-app", "8.8.8.8", change("nat-1", State="deleted")),
        *("no_route", "nat_gateway", "nat-1", "deleted"),
    ),
    "gateway endpoint gone": (
        *("i-app", S3, change("vpce-s3", State="deleting")),
        *("no_route", "vpc_endpoint", "vpce-s3", "deleting"),
    ),
    "interface endpoint on its way": (
        *("i-app", "eni-logs", change("vpce-logs", State="PendingAcceptance")),
        *("denied", "vpc_endpoint", "vpce-logs", "PendingAcceptance"),
    ),
    "internet gateway detached": (
        *("eni-web", "8.8.8.8", change("igw-1", Attachments=[])),
        *("no_route", "internet_gateway", "igw-1", "isn't attached"),
    ),
    "no public address": (
        "eni-web",
        "8.8.8.8",
        change("eni-web", PrivateIpAddresses=[{"PrivateIpAddress": "10.1.3.10"}]),
        *("denied", "internet_gateway", "igw-1", "eni-web has no public address"),
    ),
    "the internet has no private addresses": (
        *("eni-web", "192.168.0.1", lambda world: None),
        *("no_route", "internet_gateway", "igw-1", "192.168.0.1"),
    ),
    "to the NAT gateway itself": (
        *("i-app", "10.1.3.20", lambda world: None),
        *("denied", "nat_gateway", "nat-1", "addressed to itself"),
    ),
    "from the internet to the NAT gateway": (
        *("8.8.8.8", "3.120.0.20", lambda world: None),
        *("denied", "nat_gateway", "nat-1", "addressed to itself"),
    ),
    "answer by another way than the question": (
        *("8.8.8.8", "eni-web", change("rtb-public", Associations=[])),
        *("no_route", "route_table", "rtb-main", "answer"),
    ),
    "no interface has it": (
        *("i-app", "10.1.2.99", lambda world: None),
        *("no_route", "subnet", "subnet-data", "10.1.2.99"),
    ),
    "stopped": ("i-app", "eni-data", stop_app, "denied", "instance", "i-app", "stopped"),
    "stopped at the other end": ("eni-data", "i-app", stop_app, "denied", "instance", "i-app", "stopped"),
    "attachment's subnet": (
        *("i-app", "eni-dns", deny("acl-tgw", entry(10, "deny", cidr="10.1.1.0/24"))),
        *("denied", "network_acl", "acl-tgw", "inbound rule 10"),
    ),
    "the other attachment's subnet": (
        *("i-app", "eni-dns", deny("acl-entry", entry(10, "deny", cidr="10.0.1.0/24", egress=True), account=HUB)),
        *("denied", "network_acl", "acl-entry", "outbound rule 10"),
    ),
    "zone without the attachment": (
        *("eni-far", "eni-dns", lambda world: None),
        *("no_route", "transit_gateway_attachment", "tgw-attach-alpha", "az2"),
    ),
    "blackhole in the transit gateway": (
        *("i-app", "eni-dns", blackhole_in_transit),
        *("no_route", "transit_gateway_route_table", "tgw-rtb-alpha", "blackhole"),
    ),
    "no propagation": (
        *("i-app", "eni-dns", forget_propagation(0)),
        *("no_route", "transit_gateway_route_table", "tgw-rtb-alpha", "no route to 10.0.1.10"),
    ),
    "no propagation back": (
        *("i-app", "eni-dns", forget_propagation(1)),
        *("no_route", "transit_gateway_route_table", "tgw-rtb-shared", "answer"),
    ),
    "no association": (
        *("i-app", "eni-dns", change("tgw-attach-alpha", HUB, Association={})),
        *("no_route", "transit_gateway_attachment", "tgw-attach-alpha", "no route table"),
    ),
    "no route back from shared services": (
        *("i-app", "eni-dns", drop_routes("rtb-shared", HUB)),
        *("no_route", "route_table", "rtb-shared", "answer"),
    ),
    "peering not active": (
        *("i-app", "eni-beta", change("pcx-1", Status={"Code": "deleted"})),
        *("no_route", "vpc_peering_connection", "pcx-1", "no active peering"),
    ),
    "no route back from the peer": (
        *("i-app", "eni-beta", drop_routes("rtb-beta", BETA)),
        *("no_route", "route_table", "rtb-beta", "answer"),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_decides(world, name):
    source, destination, mutate, expected, by, id_, word = BROKEN[name]
    mutate(world)
    if name == "peering not active":
        world.files[BETA]["VpcPeeringConnections"] = world.files[ALPHA]["VpcPeeringConnections"]
    verdict = world.trace(source, destination, port=443)
    decided = verdict.decided_by
    assert (verdict.verdict, decided.by, decided.ids) == (expected, by, (id_,)), verdict
    assert word in decided.message


def test_clients_of_linux_need_their_own_ports_only(world):
    world.rules("acl-app", entry(10, "deny", "6", (1024, 32767)))
    assert world.trace("i-app", "eni-data", port=443).verdict == "denied"
    assert world.trace("i-app", "eni-data", port=443, source_ports=(32768, 60999)).verdict == "delivered"


def test_ports_may_be_let_through_by_several_rules(world):
    halves = [entry(10, "allow", "6", (1024, 9999)), entry(20, "allow", "6", (10000, 65535)), entry(30, "deny")]
    world.rules("acl-app", *halves)
    assert world.trace("i-app", "eni-data", port=443).verdict == "delivered"
    del world.item("acl-app")["Entries"][1]
    verdict = world.trace("i-app", "eni-data", port=443)
    assert (verdict.verdict, "ports 10000-65535" in verdict.decided_by.message) == ("denied", True)


def test_within_a_subnet_no_acl_counts(world):
    world.rules("acl-app", entry(1, "deny"), entry(1, "deny", egress=True))
    assert world.trace("i-app", "10.1.1.11", port=443).verdict == "delivered"


@pytest.mark.parametrize(("named", "verdict"), [("sg-app", "delivered"), ("sg-data", "denied")])
def test_a_rule_may_name_a_group(world, named, verdict):
    pairs = [{"GroupId": named, "VpcId": "vpc-alpha"}]
    world.item("sg-data")["IpPermissions"] = [{"IpProtocol": "-1", "UserIdGroupPairs": pairs}]
    assert world.trace("i-app", "eni-data", port=443).verdict == verdict
    # Itself.
    world.files[ALPHA]["NetworkInterfaces"].append(interface("alpha", "data", "same", "10.1.2.30", ["data"]))
    assert (world.trace("eni-same", "eni-data", port=443).verdict == "delivered") == (named == "sg-data")


def test_a_group_counts_across_a_peering_and_is_unknown_across_a_transit_gateway(world):
    by_group = [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-app", "VpcId": "vpc-alpha"}]}]
    world.item("sg-beta", BETA)["IpPermissions"] = by_group
    world.item("sg-dns", HUB)["IpPermissions"] = by_group
    assert world.trace("i-app", "eni-beta", port=443).verdict == "delivered"
    verdict = world.trace("i-app", "eni-dns", port=443)
    assert (verdict.verdict, verdict.decided_by.ids) == ("unknown", ("sg-dns",))


def test_egress_may_name_a_prefix_list(world):
    by_list = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": "pl-s3"}]}]
    world.item("sg-app")["IpPermissionsEgress"] = by_list
    assert world.trace("i-app", S3, port=443).verdict == "delivered"
    assert world.trace("i-app", S3, port=80).verdict == "denied"
    assert world.trace("i-app", "8.8.8.8", port=443).verdict == "denied"


def test_the_longest_prefix_wins_then_static_routes(world):
    routes = world.item("rtb-app")["Routes"]
    propagated = {"Origin": "EnableVgwRoutePropagation"}
    routes.append(route("8.8.8.8/32", NatGatewayId="nat-1"))
    routes.insert(1, {**route("8.8.8.8/32", GatewayId="vgw-1"), **propagated})
    # A propagated route never comes before the local one, however long.
    routes.append({**route("10.1.2.10/32", GatewayId="vgw-1"), **propagated})
    assert world.trace("i-app", "8.8.8.8", port=443).verdict == "delivered"
    assert world.trace("i-app", "eni-data", port=443).verdict == "delivered"


def test_a_gateway_endpoint_serves_its_own_vpc_only(world):
    world.item("rtb-main")["Routes"].append(route("pl-s3", GatewayId="vpce-s3"))
    world.item("rtb-shared", HUB)["Routes"].append(route("52.216.0.0/15", TransitGatewayId="tgw-1"))
    to_alpha = {
        "DestinationCidrBlock": "52.216.0.0/15",
        "Type": "static",
        "State": "active",
        "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "tgw-attach-alpha"}],
    }
    world.files[HUB]["TransitGatewayStaticRoutes"][1]["Routes"] = [to_alpha]
    verdict = world.trace("eni-dns", S3, port=443)
    assert (verdict.verdict, verdict.decided_by.by) == ("denied", "vpc_endpoint")


def test_all_routes_of_a_table_come_before_derived_ones(world):
    """TransitGatewayRoutes, as a live account is read: what VPCs of others propagate is in it."""
    hub = world.files[HUB]
    hub["TransitGatewayRoutes"] = [
        static(
            name,
            {
                "DestinationCidrBlock": cidr,
                "Type": "propagated",
                "State": "active",
                "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": f"tgw-attach-{to}"}],
            },
        )
        for name, cidr, to in (("alpha", "10.0.0.0/16", "shared"), ("shared", "10.1.0.0/16", "alpha"))
    ]
    del hub["TransitGatewayPropagations"], hub["TransitGatewayStaticRoutes"]
    assert world.trace("i-app", "eni-dns", port=53).verdict == "delivered"


def peered_gateways(world):
    """A second transit gateway in an account FAR, with a VPC of its own; both gateways route by static routes."""

    def end(gateway, other, table_id):
        found = attachment("peer", HUB)
        association = {"State": "associated", "TransitGatewayRouteTableId": table_id}
        peering = {"ResourceType": "peering", "ResourceId": other, "TransitGatewayId": gateway}
        return {**found, **peering, "Association": association}

    def to(cidr, name):
        targets = [{"TransitGatewayAttachmentId": f"tgw-attach-{name}"}]
        return {"DestinationCidrBlock": cidr, "State": "active", "TransitGatewayAttachments": targets}

    alpha, far = "10.1.0.0/16", "10.9.0.0/16"
    hub = world.files[HUB]
    hub["TransitGatewayAttachments"].append(end("tgw-1", "tgw-2", "tgw-rtb-shared"))
    hub["TransitGatewayStaticRoutes"] = [static("alpha", to(far, "peer")), static("shared")]
    world.item("rtb-app")["Routes"].append(route(far, TransitGatewayId="tgw-1"))
    in_far = {"TransitGatewayId": "tgw-2"}
    world.files[FAR] = {
        "Vpcs": [vpc(FAR, "far", far)],
        "Subnets": [subnet("far", "there", "10.9.1.0/24", "az7")],
        "RouteTables": [table("far", "far", [route(alpha, TransitGatewayId="tgw-2")], cidr=far)],
        "NetworkAcls": [acl("far", "there", "there")],
        "SecurityGroups": [group("far", "far")],
        "NetworkInterfaces": [interface("far", "there", "there", "10.9.1.10", ["far"])],
        "TransitGatewayRouteTables": [{"TransitGatewayRouteTableId": "tgw-rtb-far", **in_far}],
        "TransitGatewayAttachments": [
            {**attachment("far", FAR), **in_far},
            end("tgw-2", "tgw-1", "tgw-rtb-far"),
        ],
        "TransitGatewayVpcAttachments": [{**vpc_attachment("far", "there"), **in_far}],
        "TransitGatewayPropagations": [propagation("far", "far")],
        "TransitGatewayStaticRoutes": [static("far", to(alpha, "peer"))],
    }


def test_through_two_peered_transit_gateways(world):
    peered_gateways(world)
    verdict = world.trace("i-app", "eni-there", port=443)
    there = ["i-app", "subnet-app", "vpc-alpha", "tgw-1", "tgw-2", "vpc-far", "subnet-there", "eni-there"]
    assert (verdict.verdict, list(verdict.path)) == ("delivered", there), verdict
    world.files[FAR]["TransitGatewayStaticRoutes"] = [static("far")]
    verdict = world.trace("i-app", "eni-there", port=443)
    assert (verdict.verdict, verdict.decided_by.ids) == ("no_route", ("tgw-rtb-far",))
    del world.files[FAR]
    verdict = world.trace("i-app", "10.9.1.10", port=443)
    assert (verdict.verdict, verdict.decided_by.ids) == ("unknown", ("tgw-2",))


def test_central_egress_by_the_hubs_nat_gateway(world):
    """A spoke's default route ends in the hub's attachment subnet, whose table has the NAT gateway. The answer needs a
    route from the NAT gateway's subnet back to the spoke."""
    hub = world.files[HUB]
    world.item("rtb-app")["Routes"][-1] = route("0.0.0.0/0", TransitGatewayId="tgw-1")
    targets = [{"TransitGatewayAttachmentId": "tgw-attach-shared"}]
    default = {"DestinationCidrBlock": "0.0.0.0/0", "State": "active", "TransitGatewayAttachments": targets}
    hub["TransitGatewayStaticRoutes"] = [static("alpha", default), static("shared")]
    hub["Subnets"].append(subnet("shared", "egress", "10.0.3.0/24"))
    hub["NetworkAcls"].append(acl("shared", "egress", "egress"))
    hub["InternetGateways"] = [{"InternetGatewayId": "igw-2", "Attachments": [{"VpcId": "vpc-shared"}]}]
    address = {"NetworkInterfaceId": "eni-nat2", "PrivateIp": "10.0.3.20", "PublicIp": "3.120.0.30"}
    nat = {"NatGatewayId": "nat-2", "VpcId": "vpc-shared", "SubnetId": "subnet-egress", "State": "available"}
    hub["NatGateways"] = [{**nat, "NatGatewayAddresses": [address]}]
    back, cidr = route("10.1.0.0/16", TransitGatewayId="tgw-1"), "10.0.0.0/16"
    hub["RouteTables"] += [
        table("shared", "entry", [route("0.0.0.0/0", NatGatewayId="nat-2")], "entry", cidr=cidr),
        table("shared", "egress", [route("0.0.0.0/0", GatewayId="igw-2"), back], "egress", cidr=cidr),
    ]
    verdict = world.trace("i-app", "8.8.8.8", port=443)
    through_hub = ["vpc-shared", "subnet-entry", "vpc-shared", "nat-2", "subnet-egress", "vpc-shared", "igw-2"]
    expected = ["i-app", "subnet-app", "vpc-alpha", "tgw-1", *through_hub]
    assert (verdict.verdict, list(verdict.path)) == ("delivered", expected), verdict
    hub["RouteTables"][-1]["Routes"].remove(back)
    verdict = world.trace("i-app", "8.8.8.8", port=443)
    assert (verdict.verdict, verdict.decided_by.ids) == ("no_route", ("igw-2",)), verdict
    why = "the answer doesn't get back: the route 0.0.0.0/0 to igw-2, but the internet has no route to 10.1.1.10"
    assert verdict.decided_by.message == why


def without(account, kind):
    return lambda world: world.files[account].pop(kind)


def without_account(account):
    return lambda world: world.files.pop(account)


def to_appliance(world):
    world.item("rtb-app")["Routes"][-1] = route("0.0.0.0/0", NetworkInterfaceId="eni-firewall")


def to_vpn(world):
    world.item("rtb-app")["Routes"][-1] = route("0.0.0.0/0", GatewayId="vgw-1")


def edge_table(world):
    routes = [route("10.1.3.0/24", NetworkInterfaceId="eni-firewall")]
    edge = {**table("alpha", "edge", routes, cidr="10.1.0.0/16"), "Associations": [{"GatewayId": "igw-1"}]}
    world.files[ALPHA]["RouteTables"].append(edge)


def of_attachment(index, **fields):
    return lambda world: world.files[HUB]["TransitGatewayAttachments"][index].update(fields)


def block(mode):
    return lambda world: world.files[ALPHA].update({"VpcBlockPublicAccessOptions": {"InternetGatewayBlockMode": mode}})


POLICIES = {"State": "associated", "TransitGatewayPolicyTableId": "tgw-ptb-1"}

UNKNOWN = {
    "a policy table": ("eni-dns", of_attachment(0, Association=POLICIES), "TransitGatewayPolicyTableEntries.json"),
    "a table of another kind": ("eni-dns", of_attachment(0, Association={"State": "associated"}), "tgw-attach-alpha"),
    "an attachment of another kind": ("eni-dns", of_attachment(1, ResourceType="client-vpn"), "of the type client-vpn"),
    "Block Public Access": ("8.8.8.8", block("block-bidirectional"), "igw-1: VPC Block Public"),
    "NAT where it enters": (
        "eni-dns",
        of_attachment(0, NatGatewaySupport="enabled"),
        "TransitGatewayAttachmentNatConfigurations.json",
    ),
    "NAT where it leaves": ("eni-dns", of_attachment(1, NatGatewaySupport="enabling"), "tgw-attach-shared"),
    "no security groups": ("eni-data", without(ALPHA, "SecurityGroups"), f"{ALPHA}/{REGION}/SecurityGroups.json"),
    "no ACLs": ("eni-data", without(ALPHA, "NetworkAcls"), f"{ALPHA}/{REGION}/NetworkAcls.json"),
    "no routes": ("eni-data", without(ALPHA, "RouteTables"), "RouteTables.json"),
    "no instances' states": ("eni-data", without(ALPHA, "Reservations"), "Reservations.json"),
    "no NAT gateways": ("8.8.8.8", without(ALPHA, "NatGateways"), "NatGateways.json"),
    "no internet gateways": ("8.8.8.8", without(ALPHA, "InternetGateways"), "InternetGateways.json"),
    "no prefix lists": (S3, without(ALPHA, "PrefixLists"), "PrefixLists hasn't pl-s3"),
    "no endpoints": (S3, without(ALPHA, "VpcEndpoints"), "VpcEndpoints.json"),
    "no attachments": ("10.0.1.10", without(ALPHA, "TransitGatewayVpcAttachments"), "TransitGatewayVpcAttachments"),
    "no peerings": ("10.2.1.10", without(ALPHA, "VpcPeeringConnections"), "VpcPeeringConnections.json"),
    "no propagations": ("10.0.1.10", without(HUB, "TransitGatewayPropagations"), "TransitGatewayPropagations.json"),
    "hub's account": ("10.0.1.10", without_account(HUB), "only the account that owns it sees them"),
    "peer's account": ("10.2.1.10", without_account(BETA), "vpc-beta: the VPC isn't in"),
    "appliance": ("8.8.8.8", to_appliance, "an interface that forwards packets by its own rules"),
    "VPN": ("8.8.8.8", to_vpn, "a VPN, Direct Connect or the like"),
    "AWS's DNS": ("10.1.2.2", lambda world: None, "one of AWS's own addresses"),
    "shared VPC": ("eni-data", change("vpc-alpha", OwnerId=HUB), f"shared by account {HUB}"),
    "a group that isn't there": ("eni-data", change("eni-data", Groups=[{"GroupId": "sg-gone"}]), "sg-gone"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_the_snapshot_does_not_tell_is_unknown(world, name):
    destination, mutate, message = UNKNOWN[name]
    mutate(world)
    verdict = world.trace("i-app", destination, port=443)
    told = f"{verdict.decided_by.ids[0]}: {verdict.decided_by.message}"
    assert (verdict.verdict, verdict.decided_by.by) == ("unknown", "snapshot") and message in told, verdict
    assert verdict.blockers[0].verdict == "unknown"


def test_what_is_blocked_from_outside_may_leave_by_a_nat_gateway(world):
    """https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa-basics.html"""
    block("block-ingress")(world)
    assert world.trace("i-app", "8.8.8.8", port=443).verdict == "delivered"
    for source, destination in (("8.8.8.8", "3.120.0.10"), ("eni-web", "8.8.8.8")):
        verdict = world.trace(source, destination, port=443)
        assert verdict.verdict == "unknown" and "VPC Block Public Access is block-ingress" in verdict.decided_by.message
    block("off")(world)
    assert world.trace("8.8.8.8", "3.120.0.10", port=443).verdict == "delivered"


def test_ingress_routing_to_an_appliance_is_unknown(world):
    edge_table(world)
    for source, destination in (("8.8.8.8", "3.120.0.10"), ("eni-web", "8.8.8.8"), ("i-app", "8.8.8.8")):
        verdict = world.trace(source, destination, port=443)
        assert verdict.verdict == "unknown" and "appliance" in verdict.decided_by.message


BAD = {
    "neither id nor address": ("app", "8.8.8.8", {}, "source: 'app' is neither an id nor an IP address"),
    "two IP versions": ("10.1.1.10", "2600::1", {}, "destination: '2600::1' is of another IP version"),
    "no IPv6": ("i-app", "2600::1", {}, "destination: '2600::1' has no address of an IP version that i-app has"),
    "a name as source": ("a.example.com", "i-app", {}, "source: 'a.example.com' is neither an id nor an IP address"),
    "no such instance": ("i-gone", "8.8.8.8", {}, "source: 'i-gone' has no interface in the snapshot"),
    "no such source": ("10.7.1.77", "8.8.8.8", {}, "source: '10.7.1.77' is no address of an interface"),
    "both outside": ("9.9.9.9", "8.8.8.8", {}, "destination: '8.8.8.8' is no public address in the snapshot"),
    "port of a ping": ("i-app", "8.8.8.8", {"protocol": "icmp", "port": 8}, "port: 8 is no port"),
    "port": ("i-app", "8.8.8.8", {"port": 70000}, "port: 70000 is no port"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(world, name):
    source, destination, options, message = BAD[name]
    with pytest.raises(Invalid) as raised:
        world.trace(source, destination, **options)
    assert message in str(raised.value)


def test_an_address_in_two_vpcs_is_ambiguous_as_a_source_and_checked_as_a_destination(world):
    world.files[BETA]["NetworkInterfaces"].append(interface("beta", "beta", "twin", "10.1.2.10", ["beta"]))
    with pytest.raises(Invalid, match="is the address of eni-data, eni-twin"):
        world.trace("10.1.2.10", "i-app", port=443)
    verdict = world.trace("i-app", "eni-twin", port=443)
    assert (verdict.verdict, verdict.decided_by.message) == ("no_route", "10.1.2.10 is eni-data here, not eni-twin")


@st.composite
def open_vpcs(draw):
    """A VPC with an allow-all group, ACL and no route but the local one, and two addresses of its interfaces."""
    prefix = draw(st.integers(16, 24))
    cidr = IPv4Network((draw(st.integers(0, 2**24 - 1)) << 8 | 10 << 24) & 0xFFFFFFFF & ~(2 ** (32 - prefix) - 1))
    cidr = IPv4Network((int(cidr.network_address), prefix))
    subnets = list(cidr.subnets(prefixlen_diff=draw(st.integers(0, 4))))
    chosen = draw(st.lists(st.sampled_from(subnets), min_size=2, max_size=2))
    hosts = [str(network[draw(st.integers(4, network.num_addresses - 2))]) for network in chosen]
    names = [str(index) for index in range(len(subnets))]
    files = {
        "Vpcs": [vpc(ALPHA, "v", str(cidr))],
        "Subnets": [subnet("v", name, str(network)) for name, network in zip(names, subnets)],
        "RouteTables": [table("v", "main", [], cidr=str(cidr))],
        "NetworkAcls": [acl("v", "open", *names)],
        "SecurityGroups": [group("v", "open")],
        "NetworkInterfaces": [
            interface("v", str(subnets.index(network)), host, host, ["open"])
            for host, network in dict(zip(hosts, chosen)).items()
        ],
    }
    return {f"{kind}.json": {kind: items} for kind, items in files.items()}, hosts


@given(open_vpcs(), st.sampled_from([None, "tcp", "udp", "icmp"]))
def test_an_open_vpc_delivers(case, protocol):
    files, (source, destination) = case
    assert trace.trace(snapshot.parse(files), source, destination, protocol).verdict == "delivered"


ACTIONS = st.sampled_from(["allow", "deny"])
RANGES = st.tuples(st.integers(1024, 1040), st.integers(1024, 1040)).map(sorted)
ENTRIES = st.lists(st.tuples(ACTIONS, st.sampled_from(["-1", "6", "17"]), RANGES), max_size=6)


@given(ENTRIES)
def test_ranges_of_ports_pass_an_acl_when_each_port_does(rules):
    """Against the rule as AWS words it, port by port: the lowest number that matches decides."""
    world = World()
    made = [
        entry(number, action, protocol, None if protocol == "-1" else ports)
        for number, (action, protocol, ports) in enumerate(rules, 1)
    ]
    world.item("acl-app")["Entries"] = [entry(1, egress=True), *made, entry(32767, "deny")]

    def passes(port):
        for action, protocol, (first, last) in rules:
            if protocol == "-1" or (protocol == "6" and first <= port <= last):
                return action == "allow"
        return False

    verdict = world.trace("i-app", "eni-data", port=443, source_ports=(1024, 1040))
    assert (verdict.verdict == "delivered") == all(passes(port) for port in range(1024, 1041)), verdict


@given(st.sampled_from(sorted(HEALTHY)))
def test_without_what_decided_it_is_decided_otherwise(name):
    """decided_by is honest: what it names is taken away, and the verdict is another."""
    world = World()
    source, destination, _path = HEALTHY[name]
    verdict = world.trace(source, destination, port=443)
    (id_,) = verdict.decided_by.ids
    account = next(a for a in world.files if any(_has(world.files[a], id_)))
    found = world.item(id_, account)
    if verdict.decided_by.by == "security_group":
        found["IpPermissions"] = []
    else:
        assert verdict.decided_by.by == "route_table"
        target = verdict.decided_by.message.split()[-1]
        found["Routes"] = [kept for kept in found["Routes"] if target not in kept.values()]
    again = world.trace(source, destination, port=443)
    assert again.verdict != "delivered" or again.path != verdict.path


def _has(kinds, id_):
    return [item for kind, items in kinds.items() for item in items if item[snapshot.KINDS[kind]] == id_]


GLOBAL = {"Ipv6Addresses": [{"Ipv6Address": "2a05:d014:1:2::5"}]}


def test_subnets_and_interfaces_with_ipv6_only_are_no_error(world):
    """Red before: a KeyError."""
    of_ipv6 = {"SubnetId": "subnet-six", "VpcId": "vpc-alpha", "AvailabilityZoneId": "az1", "Ipv6Native": True}
    world.files[ALPHA]["Subnets"].insert(0, of_ipv6)
    only = {"NetworkInterfaceId": "eni-six", "VpcId": "vpc-alpha", "SubnetId": "subnet-six", "PrivateIpAddresses": []}
    world.files[ALPHA]["NetworkInterfaces"].append({**only, **GLOBAL, "Groups": []})
    assert world.trace("i-app", "eni-data", port=443).verdict == "delivered"
