# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flows between sites of small networks, broken in one thing; and networks recorded on AWS."""

from __future__ import annotations

import json
import os
from ipaddress import ip_address
from pathlib import Path

import pytest
import yaml

from ansible_collections.closednet.aws.plugins.module_utils._domain.network import snapshot
from ansible_collections.closednet.aws.plugins.module_utils._domain.proof import packet_sets, reachability
from ansible_collections.closednet.aws.plugins.module_utils._domain.proof.packet_sets import Sent
from ansible_collections.closednet.aws.plugins.module_utils._domain.proof.reachability import FILTERS, GROUPS, ROUTES
from ansible_collections.closednet.aws.plugins.module_utils._domain.proof.ways import Site, premises
from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import (
    ALPHA,
    BETA,
    EVERYWHERE,
    HUB,
    World,
    entry,
    group,
    interface,
    route,
    static,
)

RECORDINGS = Path(os.environ.get("AWS_RECORDINGS", Path(__file__).resolve().parents[5] / "shared" / "aws-recordings"))
APP = Site(ALPHA, "vpc-alpha", "subnet-app")
DATA = Site(ALPHA, "vpc-alpha", "subnet-data")
PUBLIC = Site(ALPHA, "vpc-alpha", "subnet-public")
PEER = Site(BETA, "vpc-beta", "subnet-beta")
DNS = Site(HUB, "vpc-shared", "subnet-dns")


def reach(world, level=FILTERS, **options):
    return reachability.compute(world.parsed(), level, **options)


def sent(source, destination, port=443, protocol=6):
    return Sent(ip_address(source), ip_address(destination), protocol, 50000, port)


@pytest.fixture
def world():
    return World()


def test_what_is_open(world):
    flow = reach(world).between(APP, DNS)
    assert flow.forward.text() == "all traffic from 10.1.1.10/31 to 10.0.1.10"
    assert flow.answered == flow.forward
    assert flow.inspected.is_empty
    assert [one.id for one in flow.decides][:3] == ["rtb-app", "tgw-rtb-alpha", "rtb-shared"]
    assert {"sg-app", "acl-dns", "sg-dns"} <= {one.id for one in flow.decides}
    assert "tgw-rtb-shared" in {one.id for one in flow.back}
    assert not flow.unknown


@pytest.mark.parametrize(
    ("a", "b", "kind", "id_"),
    [
        (PEER, DNS, "route_table", "rtb-beta"),
        (DATA, DNS, "route_table", "rtb-main"),
        (PUBLIC, PEER, "internet_gateway", "igw-1"),
        (Site(ALPHA, "vpc-alpha", "subnet-far"), DNS, "transit_gateway_attachment", "tgw-attach-alpha"),
    ],
)
@pytest.mark.parametrize("level", [ROUTES, FILTERS])
def test_what_routes_close(world, level, a, b, kind, id_):
    flow = reach(world, level).between(a, b)
    assert flow.forward.is_empty
    assert (flow.decides[0].kind, flow.decides[0].id, set(flow.closed_by)) == (kind, id_, {"routes"})


def test_no_answer_from_where_no_route_leads_back(world):
    flow = reach(world).between(DNS, DATA)
    assert flow.forward.contains(sent("10.0.1.10", "10.1.2.10"))
    assert flow.answered.is_empty


def test_the_packets_that_both_ends_allow(world):
    web = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 500, "IpRanges": [{"CidrIp": "10.1.0.0/16"}]}
    world.item("sg-dns", HUB)["IpPermissions"] = [web]
    world.rules("acl-dns", entry(10, "deny", "6", (450, 499)), account=HUB)
    flow = reach(world).between(APP, DNS)
    assert flow.forward.ports() == ("tcp 443-449, 500",)
    assert not reach(world, ROUTES).between(APP, DNS).forward.contains(sent("10.1.1.3", "10.0.1.10"))
    assert reach(world, ROUTES).between(APP, DNS).forward.ports() == ("all traffic",)


def test_answers_need_network_acls(world):
    world.rules("acl-app", entry(10, "deny", "6", (1024, 40000)))
    flow = reach(world).between(APP, DNS)
    assert flow.answered.contains(sent("10.1.1.10", "10.0.1.10"))
    assert not flow.answered.contains(sent("10.1.1.10", "10.0.1.10")._replace(source_port=2000))
    assert flow.forward.contains(sent("10.1.1.10", "10.0.1.10")._replace(source_port=2000))


@pytest.mark.parametrize(
    ("break_", "by"),
    [
        (lambda w: w.item("sg-dns", HUB).update(IpPermissions=[]), "destination"),
        (lambda w: w.rules("acl-dns", entry(1, "deny"), account=HUB), "destination"),
        (lambda w: w.item("sg-app").update(IpPermissionsEgress=[]), "sender"),
        (lambda w: w.rules("acl-tgw", entry(1, "deny")), "sender"),
    ],
)
def test_whose_filters_close(world, break_, by):
    """What only the sender's own filters stop isn't stopped by anybody else."""
    break_(world)
    flow = reach(world).between(APP, DNS)
    assert flow.forward.is_empty
    assert set(flow.closed_by) == {by}
    without = reach(world, sender_filters=False).between(APP, DNS).forward
    assert without.is_empty == (by == "destination")
    if by == "sender":
        assert without.contains(sent("10.1.1.200", "10.0.1.10")), "from any address of the subnet"


def test_a_group_across_peering(world):
    pair = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [{"GroupId": "sg-app"}]}
    world.item("sg-beta", BETA)["IpPermissions"] = [pair]
    assert reach(world).between(APP, PEER).forward.ports() == ("tcp 22",)
    world.item("eni-app")["Groups"] = world.item("eni-app2")["Groups"] = [{"GroupId": "sg-data"}]
    assert reach(world).between(APP, PEER).forward.is_empty
    # Whoever has the sender's account can put an interface into the group.
    assert reach(world, sender_filters=False).between(APP, PEER).forward.ports() == ("tcp 22",)
    assert reach(world, ends=GROUPS).between(APP, PEER).forward.ports() == ("tcp 22",)


def test_a_group_across_a_transit_gateway_is_not_known(world):
    """https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html: both sides have to support references."""
    pair = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-app"}]}
    world.item("sg-dns", HUB)["IpPermissions"] = [pair]
    flow = reach(world).between(APP, DNS)
    assert flow.forward.is_empty
    assert [one.id for one in flow.unknown] == ["sg-dns"]


@pytest.mark.parametrize("level", [ROUTES, FILTERS])
def test_a_longer_prefix_than_the_blackhole_leaks(world, level):
    """One account's table leads to another: a static /24 beside a blackhole for all."""
    static_routes = world.files[HUB]["TransitGatewayStaticRoutes"]
    to_alpha = [{"TransitGatewayAttachmentId": "tgw-attach-alpha"}]
    blackhole = {"DestinationCidrBlock": "10.0.0.0/8", "Type": "static", "State": "blackhole"}
    leak = {"DestinationCidrBlock": "10.1.2.0/24", "Type": "static", "State": "active"}
    static_routes[1:] = [static("shared", blackhole, {**leak, "TransitGatewayAttachments": to_alpha})]
    for propagations in world.files[HUB]["TransitGatewayPropagations"]:
        propagations["TransitGatewayRouteTablePropagations"] = []
    found = reach(world, level)
    assert found.between(DNS, DATA).forward.sample().destination in (ip_address("10.1.2.4"), ip_address("10.1.2.10"))
    closed = found.between(DNS, APP)
    assert closed.forward.is_empty
    assert closed.decides[0].says == "10.0.0.0/8: blackhole"


UNKNOWN = {
    "a gateway whose owner wasn't read": (lambda w: w.files.pop(HUB), "tgw-1"),
    "a route to an instance": (
        lambda w: w.item("rtb-app")["Routes"].append(route("10.0.1.0/24", InstanceId="i-x", NetworkInterfaceId="e")),
        "e",
    ),
    "a prefix list that wasn't read": (
        lambda w: w.item("rtb-app")["Routes"].append(route("pl-other", TransitGatewayId="tgw-1")),
        "rtb-app",
    ),
    "NAT of an attachment": (
        lambda w: w.item("tgw-attach-shared", HUB).update(NatGatewaySupport="enabled"),
        "tgw-attach-shared",
    ),
    "a route that is about to change": (
        lambda w: w.files[HUB]["TransitGatewayStaticRoutes"].__setitem__(
            0, static("alpha", {"DestinationCidrBlock": "10.0.1.0/24", "State": "pending", "Type": "static"})
        ),
        "tgw-rtb-alpha",
    ),
    "an attachment of a kind that isn't known": (
        lambda w: w.item("tgw-attach-shared", HUB).update(ResourceType="wormhole"),
        "tgw-attach-shared",
    ),
}


@pytest.mark.parametrize("level", [ROUTES, FILTERS])
@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_known_is_no_closed_pair(world, name, level):
    break_, id_ = UNKNOWN[name]
    break_(world)
    found = reach(world, level)
    target = DNS if HUB in world.files else PEER
    if target is PEER:  # Without the hub, its addresses are nobody's: the peer's stand for them.
        world.item("rtb-app")["Routes"][1:3] = [route("10.2.0.0/16", TransitGatewayId="tgw-1")]
        found = reach(world, level)
    flow = found.between(APP, target)
    assert flow.forward.is_empty
    assert id_ in [one.id for one in flow.unknown], flow
    assert (APP, target) in list(found.unknown_pairs())


def test_premises(world):
    vpn = {
        "TransitGatewayAttachmentId": "tgw-attach-vpn",
        "TransitGatewayId": "tgw-1",
        "ResourceType": "vpn",
        "ResourceId": "vpn-1",
        "State": "available",
        "Association": {"State": "associated", "TransitGatewayRouteTableId": "tgw-rtb-shared"},
    }
    world.files[HUB]["TransitGatewayAttachments"].append(vpn)
    to_vpn = {"DestinationCidrBlock": "192.168.0.0/16", "Type": "static", "State": "active"}
    to_vpn["TransitGatewayAttachments"] = [{"TransitGatewayAttachmentId": "tgw-attach-vpn"}]
    world.files[HUB]["TransitGatewayStaticRoutes"][0] = static("alpha", to_vpn)
    world.item("rtb-app")["Routes"].append(route("192.168.0.0/16", TransitGatewayId="tgw-1"))
    world.item("rtb-main")["Routes"].append(route("192.168.0.0/16", TransitGatewayId="tgw-1"))
    found, site = reach(world), premises("tgw-attach-vpn")
    assert found.between(APP, site).forward.contains(sent("10.1.1.10", "192.168.1.1"))
    assert found.between(site, APP).forward.contains(sent("192.168.1.1", "10.1.1.10"))
    assert found.between(site, DNS).forward.is_empty
    assert {(APP, site), (site, APP)} <= set(found.open_pairs())


def test_inspected_packets(world):
    firewall = {
        "VpcEndpointId": "vpce-fw",
        "VpcEndpointType": "GatewayLoadBalancer",
        "VpcId": "vpc-alpha",
        "SubnetIds": ["subnet-public"],
        "State": "available",
        "RequesterManaged": True,
    }
    world.files[ALPHA]["VpcEndpoints"].append(firewall)
    world.item("rtb-app")["Routes"].append(route("10.1.2.0/24", GatewayId="vpce-fw"))
    flow = reach(world).between(APP, DATA)
    assert flow.inspected == flow.forward
    assert not flow.forward.is_empty
    assert flow.answered.is_empty, "answers don't pass it, and it knows no connection"


def test_no_group_counts_behind_a_firewall(world):
    """https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"""
    pair = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-app", "VpcId": "vpc-alpha"}]}
    world.item("sg-data")["IpPermissions"] = [pair]
    assert not reach(world).between(APP, DATA).forward.is_empty
    of_firewalls = {"VpcEndpointType": "GatewayLoadBalancer", "SubnetIds": ["subnet-public"], "State": "available"}
    firewall = {"VpcEndpointId": "vpce-fw", "VpcId": "vpc-alpha", "RequesterManaged": True, **of_firewalls}
    world.files[ALPHA]["VpcEndpoints"].append(firewall)
    world.item("rtb-app")["Routes"].append(route("10.1.2.0/24", GatewayId="vpce-fw"))
    assert reach(world).between(APP, DATA).forward.is_empty


def test_the_first_rule_of_a_policy_table_decides(world):
    """https://docs.aws.amazon.com/vpc/latest/tgw/tgw-policy-tables-concepts.html"""
    policies = {"State": "associated", "TransitGatewayPolicyTableId": "tgw-ptb-1"}
    world.item("tgw-attach-alpha", HUB)["Association"] = policies
    web = {"SourceCidrBlock": "*", "DestinationCidrBlock": "*", "Protocol": "6", "DestinationPortRange": "443"}
    entries = [
        {"PolicyRuleNumber": "1", "PolicyRule": web, "TargetRouteTableId": "tgw-rtb-shared"},
        {"PolicyRuleNumber": "2", "PolicyRule": {"Protocol": "*"}, "TargetRouteTableId": "tgw-rtb-alpha"},
    ]
    found = {"TransitGatewayPolicyTableId": "tgw-ptb-1", "TransitGatewayPolicyTableEntries": entries}
    world.files[HUB]["TransitGatewayPolicyTableEntries"] = [found]
    flow = reach(world).between(APP, DNS)
    assert flow.forward.contains(sent("10.1.1.10", "10.0.1.10", 80))
    assert not flow.forward.contains(sent("10.1.1.10", "10.0.1.10", 443)), "the first table doesn't lead there"


def test_answers_go_where_routes_lead_back(world):
    world.item("rtb-shared", HUB)["Routes"][1] = route("10.1.1.11/32", TransitGatewayId="tgw-1")
    flow = reach(world).between(APP, DNS)
    assert flow.answered.contains(sent("10.1.1.11", "10.0.1.10"))
    assert not flow.answered.contains(sent("10.1.1.10", "10.0.1.10"))
    assert flow.forward.contains(sent("10.1.1.10", "10.0.1.10"))


def test_behind_nat(world):
    """A NAT gateway's own address is what filters beyond it see."""
    world.item("nat-1")["NatGatewayAddresses"][0].pop("PublicIp")
    world.item("rtb-app")["Routes"][2:3] = []
    world.item("rtb-public")["Routes"].append(route("10.2.0.0/16", VpcPeeringConnectionId="pcx-1"))
    only = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.1.3.20/32"}]}
    world.item("sg-beta", BETA)["IpPermissions"] = [only]
    flow = reach(world).between(APP, PEER)
    assert flow.forward.text() == "tcp 443 from 10.1.1.10/31 to 10.2.1.10"
    assert flow.answered.contains(sent("10.1.1.10", "10.2.1.10"))
    assert "nat-1" in [one.id for one in flow.decides]
    world.item("sg-beta", BETA)["IpPermissions"] = [{**only, "IpRanges": [{"CidrIp": "10.1.1.0/24"}]}]
    assert reach(world).between(APP, PEER).forward.is_empty


def test_shared_subnets_are_sites_of_both_accounts(world):
    """A participant's interfaces: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html"""
    shared = next(one for one in world.files[HUB]["Subnets"] if one["SubnetId"] == "subnet-dns")
    shared["OwnerId"] = HUB
    world.files[BETA]["Subnets"].append(shared)
    made = {**interface("shared", "dns", "guest", "10.0.1.20", ["dns"]), "OwnerId": BETA}
    world.files[BETA]["NetworkInterfaces"].append(made)
    guest = DNS._replace(account_id=BETA)
    for level in (ROUTES, FILTERS):
        found = reach(world, level)
        assert guest in found.sites_of(BETA)
        assert found.between(APP, guest).forward.contains(sent("10.1.1.10", "10.0.1.20"))
        assert not found.between(guest, DNS).forward.is_empty


def test_no_interface_is_told_apart(world):
    world.files[HUB]["NetworkInterfaces"] = []
    flow = reach(world).between(APP, DNS)
    assert (flow.forward.is_empty, set(flow.closed_by)) == (True, {"nothing_takes"})
    assert not reach(world, ROUTES).between(APP, DNS).forward.is_empty
    assert not reach(world, ends=GROUPS).between(APP, DNS).forward.is_empty


def test_interfaces_that_were_not_read_are_not_known(world):
    del world.files[HUB]["NetworkInterfaces"]
    found = reach(world)
    for a, b in ((APP, DNS), (DNS, APP), (PEER, DNS)):
        assert "NetworkInterfaces.json" in found.between(a, b).unknown[0].id
        assert (a, b) in list(found.unknown_pairs())
    assert not found.between(APP, PEER).unknown
    assert not reach(world, ROUTES).between(APP, DNS).unknown


def test_too_many_boxes_are_not_known(world, monkeypatch):
    rules = [{**EVERYWHERE, "IpRanges": [{"CidrIp": f"10.1.1.{at}/32"} for at in range(0, 60, 2)]}]
    world.item("sg-dns", HUB)["IpPermissions"] = rules
    world.files[ALPHA]["NetworkInterfaces"] += [
        interface("alpha", "app", f"many{at}", f"10.1.1.{at}", ["app"]) for at in range(20, 60, 4)
    ]
    assert not reach(world).between(APP, DNS).forward.is_empty
    monkeypatch.setattr(packet_sets, "MOST_BOXES", 8)
    flow = reach(world).between(APP, DNS)
    assert flow.forward.is_empty
    assert "can't be worked out" in flow.unknown[0].why


def test_tiers_are_named_by_tags(world):
    subnets = {one["SubnetId"]: one for one in world.files[ALPHA]["Subnets"]}
    subnets["subnet-app"]["Tags"] = [{"Key": "closednet:name", "Value": "web.az1"}, {"Key": "Name", "Value": "x"}]
    subnets["subnet-data"]["Tags"] = [{"Key": "Name", "Value": "data <1>"}]
    tiers = {site.tier for site in reach(world).sites_of(ALPHA)}
    assert {"web", "data <1>", "subnet-public"} <= tiers
    assert str(Site(ALPHA, "vpc-alpha", "web")) == f"{ALPHA}/web"


def test_a_group_in_another_vpc_that_is_only_possible(world):
    """ends=groups: an interface in each group of the VPC, whether or not somebody has one."""
    world.files[ALPHA]["SecurityGroups"].append(group("alpha", "quiet", [EVERYWHERE], []))
    ends = {end.groups for end in reach(world, ends=GROUPS).world.ends_of(APP)}
    assert ends == {("sg-app",), ("sg-data",), ("sg-quiet",)}


# ---- recorded on AWS


def recorded(case):
    folder = RECORDINGS / case / "aws_configs"
    found = {}
    for path in folder.rglob("*.json"):
        name = path.relative_to(folder).as_posix()
        kind = path.stem
        if kind in snapshot.KINDS:
            found[name] = json.loads(path.read_text())
    return found


def flows():
    path = RECORDINGS / "flows.yml"
    told = yaml.safe_load(path.read_text()) if path.exists() else {}
    return [(case, flow) for case, of_case in told.items() for flow in of_case]


@pytest.mark.parametrize(("case", "flow"), flows(), ids=str)
def test_recorded_networks_agree(case, flow):
    """Packets of which Batfish's tests tell on networks of real accounts whether they get there."""
    found = reachability.compute(snapshot.parse(recorded(case)), FILTERS)
    lookups = found.world.lookups
    point = next(p for p in lookups.points if p.instance_id == flow["from"])
    a = found.world.site_of(found.world.subnets[point.subnet["SubnetId"]])
    to = ip_address(flow["to"])
    packet = Sent(point.address, to, 6, 50000, flow.get("tcp", 12345))
    inside = found.world.sites_with(to)
    carried = any(found.between(a, site).forward.contains(packet) for site in inside)
    if to.is_private:
        assert carried == (flow["verdict"] == "delivered")
    else:
        gateway = any("vpce" in one for one in flow.get("path", ()))
        internet = found.between(a, reachability.INTERNET).forward
        assert internet.contains(packet) == (flow["verdict"] == "delivered" and not gateway)
