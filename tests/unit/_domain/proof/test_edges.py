# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ways beyond routes of VPCs, as sets: they agree with the tracer, packet by packet; what isn't known is named."""

from __future__ import annotations

import random
from ipaddress import ip_address

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.network import snapshot, trace
from ansible_collections.closednet.aws.plugins.module_utils._domain.proof import edges, reachability
from ansible_collections.closednet.aws.plugins.module_utils._domain.proof.packet_sets import TCP, Sent
from ansible_collections.closednet.aws.plugins.module_utils._domain.proof.ways import INTERNET, Site, premises
from ansible_collections.closednet.aws.tests.unit._domain.network.balanced import NET, ON_INSTANCES, Balanced, health
from ansible_collections.closednet.aws.tests.unit._domain.network.egress_network import Network
from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import (
    ALPHA,
    BETA,
    HUB,
    REGION,
    World,
    change,
    deny,
    drop_routes,
    entry,
    route,
)

LEVELS = ("routes", "filters")


def reach_of(world, level="filters", **options):
    return reachability.compute(world.parsed(), level, edges=edges.Edges(), **options)


def site(account, subnet):
    """Return the site of a subnet without a name."""
    vpc = {ALPHA: "alpha", BETA: "beta", HUB: "shared"}[account]
    return Site(account, f"vpc-{vpc}", f"subnet-{subnet}")


def sent(source, destination, port, source_port=50000):
    return Sent(ip_address(source), ip_address(destination), TCP, source_port, port)


def flow_has(reach, a, b, packet):
    """Return whether the packet gets there, and whether its answer comes back."""
    flow = reach.between(a, b)
    return flow.forward.contains(packet), flow.answered.contains(packet)


# ---- the internet

RULE = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
CHANGES = {
    "as it is": lambda world: None,
    "no public address": lambda world: world.item("eni-web")["PrivateIpAddresses"][0].pop("Association"),
    "egress to some": change("sg-app", IpPermissionsEgress=[{**RULE, "IpRanges": [{"CidrIp": "8.0.0.0/8"}]}]),
    "ingress from some": change("sg-app", IpPermissions=[{**RULE, "IpRanges": [{"CidrIp": "1.0.0.0/8"}]}]),
    "outbound denied": deny("acl-public", entry(1, "deny", "6", (443, 443), "8.0.0.0/8", egress=True)),
    "answers denied": deny("acl-public", entry(1, "deny", "6", (40000, 60000), "8.0.0.0/8")),
    "inbound denied": deny("acl-public", entry(1, "deny", "6", (443, 443), "1.0.0.0/8")),
    "answers to inbound denied": deny("acl-public", entry(1, "deny", "6", (40000, 60000), "1.0.0.0/8", egress=True)),
    "clients of the NAT gateway get no answers": deny("acl-app", entry(1, "deny", "6", (40000, 60000), "8.0.0.0/8")),
    "the NAT gateway is gone": lambda world: world.item("nat-1").update(State="deleted"),
    "the NAT gateway is private": lambda world: world.item("nat-1")["NatGatewayAddresses"][0].pop("PublicIp"),
    "no route": drop_routes("rtb-public"),
    "detached": lambda world: world.item("igw-1").update(Attachments=[{"VpcId": "vpc-alpha", "State": "detaching"}]),
    "Block Public Access": lambda world: block(world, "block-bidirectional"),
    "Block Public Access inwards": lambda world: block(world, "block-ingress"),
}


def block(world, mode):
    world.files[ALPHA]["VpcBlockPublicAccessOptions"] = {"InternetGatewayBlockMode": mode}
    world.files[ALPHA]["VpcBlockPublicAccessExclusions"] = []


SENDERS = {"eni-web": ("public", "10.1.3.10"), "i-app": ("app", "10.1.1.10"), "eni-data": ("data", "10.1.2.10")}


def traced(world, source, destination, port):
    """Return whether the tracer delivers the packet, and whether its answer comes back; None: it doesn't know."""
    ends = {"protocol": "tcp", "port": (port, port), "source_ports": (50000, 50000)}
    found = []
    for one_way in (True, False):
        verdict = trace.trace(world.parsed(), source, destination, one_way=one_way, **ends).verdict
        if verdict == "unknown":
            return None
        found.append(verdict == "delivered")
    return tuple(found)


@pytest.mark.parametrize("name", CHANGES)
def test_what_leaves_for_the_internet_is_what_the_tracer_delivers(name):
    world = World()
    CHANGES[name](world)
    reach = reach_of(world)
    compared = 0
    for source, (subnet, address) in SENDERS.items():
        for destination in ("8.8.8.8", "1.1.1.1", "192.0.2.1"):
            for port in (443, 80):
                expected = traced(world, source, destination, port)
                found = flow_has(reach, site(ALPHA, subnet), INTERNET, sent(address, destination, port))
                assert expected in (None, found), (source, destination, port, expected, found)
                compared += expected is not None
    assert compared >= 12


@pytest.mark.parametrize("name", CHANGES)
def test_what_comes_from_the_internet_is_what_the_tracer_delivers(name):
    world = World()
    CHANGES[name](world)
    reach = reach_of(world)
    for source in ("8.8.8.8", "1.1.1.1"):
        for port in (443, 80):
            found = flow_has(reach, INTERNET, site(ALPHA, "public"), sent(source, "10.1.3.10", port))
            if name == "no public address":
                assert found == (False, False)
            else:
                expected = traced(world, source, "3.120.0.10", port)
                assert expected in (None, found), (source, port, expected, found)
    assert reach.between(INTERNET, site(ALPHA, "app")).forward.is_empty


def test_one_account_reaches_the_public_address_of_another_by_the_internet():
    world = World()
    world.files[BETA]["InternetGateways"] = [{"InternetGatewayId": "igw-b", "Attachments": [{"VpcId": "vpc-beta"}]}]
    world.item("rtb-beta", BETA)["Routes"].append(route("0.0.0.0/0", GatewayId="igw-b"))
    world.item("eni-beta", BETA)["PrivateIpAddresses"][0]["Association"] = {"PublicIp": "3.121.0.1"}
    only_nat = {**RULE, "IpRanges": [{"CidrIp": "3.120.0.20/32"}]}
    change("sg-beta", account=BETA, IpPermissions=[only_nat])(world)
    reach = reach_of(world)
    for source, (subnet, address) in SENDERS.items():
        for port in (443, 80):
            expected = traced(world, source, "3.121.0.1", port)
            found = flow_has(reach, site(ALPHA, subnet), site(BETA, "beta"), sent(address, "3.121.0.1", port))
            assert expected is not None and found[0] == expected[0], (source, port, expected, found)
    # By the NAT gateway's address, which the group admits.
    assert flow_has(reach, site(ALPHA, "app"), site(BETA, "beta"), sent("10.1.1.10", "3.121.0.1", 443))[0]


def test_through_the_firewalls_of_central_egress():
    network = Network()
    reach = reach_of(network)
    app = next(s for s in reach.sites if s.tier == "subnet-alpha-app-1")
    flow = reach.between(app, INTERNET)
    packet = sent("10.1.11.10", "8.8.8.8", 443)
    assert flow.forward.contains(packet) and flow.answered.contains(packet) and flow.inspected.contains(packet)
    assert {one.kind for one in flow.decides} >= {"route_table", "transit_gateway_route_table", "firewall_endpoint"}
    network.point("rtb-ipub-1", "10.0.0.0/8", "tgw-1")
    network.point("rtb-ipub-2", "10.0.0.0/8", "tgw-1")
    flow = reach_of(network).between(app, INTERNET)
    assert flow.forward.contains(packet) and not flow.answered.contains(packet)
    network.drop("rtb-itgw-1", "0.0.0.0/0")
    network.drop("rtb-itgw-2", "0.0.0.0/0")
    assert reach_of(network).between(app, INTERNET).forward.is_empty


@pytest.mark.parametrize("level", LEVELS)
def test_a_supposed_interface_of_a_public_subnet_is_reached_from_the_internet(level):
    world = World()
    world.item("eni-web")["PrivateIpAddresses"][0].pop("Association")
    reach = reach_of(world, level, ends="groups")
    assert not reach.between(INTERNET, site(ALPHA, "public")).forward.is_empty
    assert reach.between(INTERNET, site(ALPHA, "data")).forward.is_empty
    assert reach.between(site(ALPHA, "data"), INTERNET).forward.is_empty
    assert not reach.between(site(ALPHA, "app"), INTERNET).forward.is_empty


# ---- services of other accounts


def by_service(world, port, source="eni-client"):
    """Return whether the tracer delivers from a client to the endpoint's service."""
    return traced(world, source, "vpce-service", port)


def ingress(group, *rules):
    return change(group, IpPermissions=list(rules))


def from_cidr(cidr, port):
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}


SERVICES = {
    "as it is": lambda world: None,
    "clients refused at the endpoint": change("sg-beta", account=BETA, IpPermissions=[from_cidr("10.9.0.0/16", 443)]),
    "clients refused at the load balancer": ingress("sg-net", from_cidr("10.9.0.0/16", 443)),
    "clients admitted at the load balancer": ingress("sg-net", from_cidr("10.2.1.20/32", 443)),
    "the load balancer refused at the target": ingress("sg-behind", from_cidr("10.2.0.0/16", 9443)),
    "the load balancer admitted at the target": ingress("sg-behind", from_cidr("10.1.6.10/32", 9443)),
    "targets refuse by ACL": deny("acl-data", entry(1, "deny", "6", (9443, 9443))),
    "the endpoint waits": lambda world: world.item("vpce-service", BETA).update(State="pendingAcceptance"),
    "the endpoint was rejected": lambda world: world.item("vpce-service", BETA).update(State="rejected"),
    "the service is gone": lambda world: world.item("vpce-svc-1", kind="ServiceConfigurations").update(
        ServiceState="Deleted"
    ),
    "no rules of the load balancer count": lambda world: (
        ingress("sg-net")(world),
        world.item(NET).update({"EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic": "off"}),
    ),
}


@pytest.mark.parametrize("name", SERVICES)
def test_what_an_endpoint_passes_to_its_service_is_what_the_tracer_delivers(name):
    world = Balanced()
    SERVICES[name](world)
    reach = reach_of(world)
    for port in (443, 80):
        expected = by_service(world, port)
        packet = sent("10.2.1.20", "10.2.1.30", port)
        found = flow_has(reach, site(BETA, "beta"), site(ALPHA, "data"), packet)
        assert expected is not None and found[0] == expected[0], (port, expected, found)
    to_node = reach.between(site(BETA, "beta"), site(ALPHA, "lb"))
    assert to_node.forward.contains(sent("10.2.1.20", "10.2.1.30", 443)) == (
        "clients refused" not in name and not name.startswith(("the endpoint", "the service"))
    )


def test_who_reaches_the_endpoint_from_elsewhere_reaches_the_service():
    """By the peering of the test's network, from alpha's own VPC."""
    reach = reach_of(Balanced())
    flow = reach.between(site(ALPHA, "app"), site(ALPHA, "data"))
    assert flow.forward.contains(sent("10.1.1.10", "10.2.1.30", 443))
    assert not flow.forward.contains(sent("10.1.1.10", "10.2.1.30", 22))


def test_at_the_level_of_routes_listeners_count_and_groups_do_not():
    world = Balanced()
    ingress("sg-net")(world)
    ingress("sg-behind")(world)
    flow = reach_of(world, "routes").between(site(BETA, "beta"), site(ALPHA, "data"))
    assert flow.forward.contains(sent("10.2.1.20", "10.2.1.30", 443))
    assert not flow.forward.contains(sent("10.2.1.20", "10.2.1.30", 22))


def test_a_service_that_nobody_in_the_snapshot_provides_is_somebody_elses():
    world = Balanced()
    world.item("vpce-service", BETA)["ServiceName"] = f"com.amazonaws.vpce.{REGION}.vpce-svc-other"
    for account in (HUB, BETA):
        world.files[account]["ServiceConfigurations"] = []
    flow = reach_of(world).between(site(BETA, "beta"), site(HUB, "dns"))
    assert flow.forward.is_empty and not flow.unknown
    del world.files[HUB]["ServiceConfigurations"]
    flow = reach_of(world).between(site(BETA, "beta"), site(HUB, "dns"))
    assert [one.id for one in flow.unknown] == [f"accounts/{HUB}/{REGION}/ServiceConfigurations.json"]


def test_a_target_of_another_account_is_reached_by_the_load_balancer():
    """A target group may have addresses of peered VPCs:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html
    """
    world = Balanced()
    world.item(ON_INSTANCES, kind="TargetGroups")["TargetType"] = "ip"
    world.targets(ON_INSTANCES, health("10.2.1.10", 9443, AvailabilityZone="all"))
    route_to_beta = route("10.2.0.0/16", VpcPeeringConnectionId="pcx-1")
    world.item("rtb-lb")["Routes"].append(route_to_beta)
    flow = reach_of(world).between(site(ALPHA, "data"), site(BETA, "beta"))
    assert flow.forward.contains(sent("10.1.2.10", "10.1.6.10", 443))
    assert NET in {one.id for one in flow.decides}
    world.item("rtb-lb")["Routes"].remove(route_to_beta)
    world.kept(ON_INSTANCES, "false")
    change("sg-beta", account=BETA, IpPermissions=[])(world)
    assert reach_of(world).between(site(ALPHA, "data"), site(BETA, "beta")).forward.is_empty


def test_a_target_that_no_interface_of_the_snapshot_has_is_unknown_by_name():
    world = Balanced()
    world.item(ON_INSTANCES, kind="TargetGroups")["TargetType"] = "ip"
    world.targets(ON_INSTANCES, health("10.77.1.10", 9443, AvailabilityZone="all"))
    flow = reach_of(world).between(site(ALPHA, "data"), site(BETA, "beta"))
    assert "10.77.1.10" in {one.id for one in flow.unknown}


# ---- what nothing is shown behind


@pytest.mark.parametrize("kind", ["Resource", "ServiceNetwork", "Tunnel", "Portal"])
def test_an_endpoint_of_another_kind_is_unknown_for_those_who_reach_it(kind):
    world = Balanced()
    world.item("vpce-service", BETA)["VpcEndpointType"] = kind
    reach = reach_of(world)
    flow = reach.between(site(BETA, "beta"), site(HUB, "dns"))
    assert [one.id for one in flow.unknown] == ["vpce-service"]
    assert "vpce-service" not in {one.id for one in reach.between(site(HUB, "dns"), site(BETA, "beta")).unknown}


LATTICE = "arn:aws:vpc-lattice:eu-central-1:111111111111:"
NETWORK, JOINED = f"{LATTICE}servicenetwork/sn-1", f"{LATTICE}servicenetworkvpcassociation/a-1"


def in_service_network(*services, status="ACTIVE"):
    """Return the world with alpha's VPC in a service network of the hub, which has services of accounts."""
    world = World()
    world.files[HUB]["LatticeServiceNetworks"] = [{"arn": NETWORK, "id": "sn-1"}]
    world.files[HUB]["LatticeServiceAssociations"] = [
        {
            "arn": f"{LATTICE}servicenetworkserviceassociation/s-{number}",
            "serviceNetworkArn": NETWORK,
            "serviceArn": f"arn:aws:vpc-lattice:eu-central-1:{account}:service/svc-{number}",
            "status": "ACTIVE",
        }
        for number, account in enumerate(services)
    ]
    joined = {"arn": JOINED, "serviceNetworkArn": NETWORK, "vpcId": "vpc-alpha", "status": status}
    world.files[ALPHA]["LatticeVpcAssociations"] = [joined]
    return world


def test_a_vpc_in_a_service_network_may_reach_the_accounts_of_its_services():
    """https://docs.aws.amazon.com/vpc-lattice/latest/ug/service-networks.html"""
    reach = reach_of(in_service_network(BETA))
    a, b, hub = site(ALPHA, "data"), site(BETA, "beta"), site(HUB, "dns")
    assert NETWORK in {one.id for one in reach.between(a, b).unknown}
    assert not reach.between(a, hub).unknown and not reach.between(hub, b).unknown
    assert not reach_of(in_service_network()).between(a, b).unknown
    assert not reach_of(in_service_network(BETA, status="DELETE_IN_PROGRESS")).between(a, b).unknown


def test_a_service_network_of_somebody_else_may_have_anything():
    world = in_service_network()
    world.files[HUB]["LatticeServiceNetworks"] = []
    assert NETWORK in {one.id for one in reach_of(world).between(site(ALPHA, "data"), site(BETA, "beta")).unknown}


def test_clients_of_a_client_vpn_may_reach_anything():
    world = World()
    world.files[HUB]["ClientVpnEndpoints"] = [{"ClientVpnEndpointId": "cvpn-endpoint-1"}]
    reach = reach_of(world)
    assert reach.between(premises("cvpn-endpoint-1"), site(HUB, "dns")).unknown
    assert not reach.between(site(ALPHA, "data"), site(BETA, "beta")).unknown


def test_a_vpns_own_gateway_is_a_site_of_premises_in_both_directions():
    world = World()
    vpn = {"VpnGatewayId": "vgw-1", "VpcAttachments": [{"VpcId": "vpc-beta", "State": "attached"}]}
    world.files[BETA]["VpnGateways"] = [vpn]
    world.item("rtb-beta", BETA)["Routes"].append(route("192.168.0.0/16", GatewayId="vgw-1"))
    reach = reach_of(world)
    beta, office = site(BETA, "beta"), premises("vgw-1")
    assert flow_has(reach, beta, office, sent("10.2.1.10", "192.168.1.5", 443)) == (True, True)
    assert flow_has(reach, beta, office, sent("10.2.1.10", "192.169.1.5", 443)) == (False, False)
    assert flow_has(reach, office, beta, sent("192.168.1.5", "10.2.1.10", 443)) == (True, True)
    # Without a route back.
    assert flow_has(reach, office, beta, sent("192.169.1.5", "10.2.1.10", 443)) == (True, False)
    assert reach.between(office, site(ALPHA, "app")).forward.is_empty
    vpn["VpcAttachments"][0]["State"] = "detached"
    assert reach_of(world).between(office, beta).forward.is_empty


OPAQUE = {
    "a NAT instance": {"NetworkInterfaceId": "eni-app"},
    "a carrier gateway": {"CarrierGatewayId": "cagw-1"},
    "a Cloud WAN core network": {"CoreNetworkArn": "arn:aws:networkmanager::1:core-network/x"},
    "something new": {"StarGateId": "star-1"},
}


@pytest.mark.parametrize("name", OPAQUE)
def test_a_route_to_what_is_not_followed_is_unknown_where_its_addresses_are(name):
    world = World()
    world.item("rtb-beta", BETA)["Routes"].append(route("10.0.0.0/16", **OPAQUE[name]))
    reach = reach_of(world)
    named = {
        other: bool({"rtb-beta", *OPAQUE[name].values()}.intersection(one.id for one in flow.unknown))
        for other in (site(HUB, "dns"), site(ALPHA, "data"), INTERNET)
        for flow in (reach.between(site(BETA, "beta"), other),)
    }
    assert named == {site(HUB, "dns"): True, site(ALPHA, "data"): False, INTERNET: False}


# ---- what wasn't read


def test_an_account_of_which_something_was_denied_is_unknown_in_both_directions():
    world = World()
    files = {
        f"accounts/{account}/{REGION}/{kind}.json": {kind: items}
        for account, kinds in world.files.items()
        for kind, items in kinds.items()
    }
    denied = {"Kind": "VpnGateways", "Operation": "DescribeVpnGateways", "Code": "UnauthorizedOperation"}
    files[f"accounts/{BETA}/{REGION}/Unread.json"] = {"Unread": [denied]}
    reach = reachability.compute(snapshot.parse(files), "filters", edges=edges.Edges())
    beta, hub = site(BETA, "beta"), site(HUB, "dns")
    for pair in ((beta, hub), (hub, beta), (INTERNET, beta)):
        (why,) = {one for one in reach.between(*pair).unknown if "Vpn" in one.id}
        assert why.id == f"accounts/{BETA}/{REGION}/VpnGateways.json"
        assert why.why == "it couldn't be read (DescribeVpnGateways: UnauthorizedOperation)"
    assert not reach.between(hub, site(ALPHA, "app")).unknown


def test_a_kind_that_a_told_reading_lacks_is_unknown():
    """A snapshot that doesn't tell when it was read, such as somebody else's, is taken as it is."""
    world = World()
    read = {f"accounts/{BETA}/{REGION}/Vpcs.json": {"Vpcs": world.files[BETA]["Vpcs"]}}
    start = {f"accounts/{BETA}/{REGION}/Read.json": {"Start": "2026-11-30T00:00:00+00:00"}}
    reach = reachability.compute(snapshot.parse({**read, **start}), "routes", edges=edges.Edges())
    flow = reach.between(Site(BETA, "", ""), INTERNET)
    assert {one.id.rpartition("/")[2] for one in flow.unknown} >= {"Subnets.json", "LatticeVpcAssociations.json"}


# ---- random networks


@pytest.mark.parametrize("seed", range(6))
def test_random_rules_agree_with_the_tracer(seed):
    """Rules of both ends, of ACLs and of the endpoint's service, a few of them changed at random."""
    numbers = random.Random(seed)
    world = Balanced()
    for changes in (CHANGES, SERVICES):
        for name in numbers.sample(sorted(changes), 2):
            if "Block" not in name:
                changes[name](world)
    reach = reach_of(world)
    for port in (443, 80):
        expected = by_service(world, port)
        found = flow_has(reach, site(BETA, "beta"), site(ALPHA, "data"), sent("10.2.1.20", "10.2.1.30", port))
        assert expected is None or found[0] == expected[0], (port, expected, found)
        for source, (subnet, address) in SENDERS.items():
            expected = traced(world, source, "8.8.8.8", port)
            found = flow_has(reach, site(ALPHA, subnet), INTERNET, sent(address, "8.8.8.8", port))
            assert expected in (None, found), (source, port, expected, found)


def test_a_gateways_own_route_table_counts_in_both_directions():
    """https://docs.aws.amazon.com/vpc/latest/userguide/gateway-route-tables.html"""
    world = World()
    edge = {"RouteTableId": "rtb-edge", "VpcId": "vpc-alpha", "Associations": [{"Main": False, "GatewayId": "igw-1"}]}
    edge["Routes"] = [route("10.1.0.0/16", GatewayId="local"), route("10.1.3.0/24", NetworkInterfaceId="eni-app")]
    world.files[ALPHA]["RouteTables"].append(edge)
    reach = reach_of(world)
    into = reach.between(INTERNET, site(ALPHA, "public"))
    assert into.forward.is_empty and [one.id for one in into.unknown] == ["igw-1"]
    packet = sent("10.1.3.10", "8.8.8.8", 443)
    assert flow_has(reach, site(ALPHA, "public"), INTERNET, packet) == (True, False)
