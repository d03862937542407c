# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A customer (alpha) offers an algorithm to shared services behind a transit gateway; beta is another customer, peered
with alpha. Then one thing is changed.
"""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.network import snapshot
from ansible_collections.closednet.aws.plugins.module_utils._domain.registry import offers, proof, states
from ansible_collections.closednet.aws.tests.unit._domain.network import test_trace as network

ALPHA, BETA, HUB = network.ALPHA, network.BETA, network.HUB
GROUPS = {"hub": ["shared"], "algorithm_registry": ["shared"], "spokes": ["alpha", "beta"]}
SCORE = {
    "name": "score",
    "version": "2",
    "endpoint": "score.alpha.algorithms.internal",
    "addresses": ["10.1.1.10"],
    "port": 8443,
}


def permission(cidr, port=8443, **more):
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}], **more}


def hosts():
    place = {"region": "eu-central-1"}
    return {
        "shared": {
            **place,
            "account_id": HUB,
            "algorithm_registry_front_tier": "subnet-dns",
            "algorithm_registry_vpc_id": "vpc-shared",
            "hub_segments": {"shared": {}, "customers": {"isolated": True, "reaches": ["shared"]}},
        },
        "alpha": {**place, "account_id": ALPHA, "spoke_segment": "customers", "algorithms": [SCORE]},
        "beta": {**place, "account_id": BETA, "spoke_segment": "customers"},
    }


class World(network.World):
    def __init__(self):
        super().__init__()
        self.hosts = hosts()
        # The front may come in, and so may nobody else.
        self.item("sg-app")["IpPermissions"] = [permission("10.0.1.0/24")]

    def deny(self, account, kind):
        denied = {"Kind": kind, "Operation": f"Describe{kind}", "Code": "Denied"}
        self.files[account]["Unread"] = [denied]

    def found(self, groups=None):
        return states.states(self.hosts, groups or GROUPS, "shared", self.parsed().whole())

    def state(self, groups=None):
        (one,) = self.found(groups)["algorithms"]
        return one["state"], one["reason"]


@pytest.fixture
def world():
    return World()


def test_open_to_the_front_and_closed_to_others_is_live(world):
    found = world.found()
    assert found["algorithms"] == [{**SCORE, "account_id": ALPHA, "state": "live", "reason": ""}]
    assert found["lines"] == ["score 2 of alpha: live"] and found["leaks"] == found["unknown"] == []


@pytest.mark.parametrize("account", [ALPHA, BETA, HUB])
@pytest.mark.parametrize("kind", snapshot.ESSENTIAL)
def test_what_an_account_denies_is_never_taken_for_closed(world, kind, account):
    """Neither beta without its subnets, nor a hub without its attachments."""
    world.deny(account, kind)
    state, reason = world.state()
    assert state == "unknown" and f"account {account} wasn't read (Describe{kind}: Denied)" in reason


def test_a_customer_that_reaches_it_is_told(world):
    world.item("sg-app")["IpPermissions"].append(permission("10.2.0.0/16"))
    state, reason = world.state()
    assert state == "pending"
    assert reason.startswith("isn't closed to other customers: beta reaches 10.1.1.10:8443: tcp/8443 from 10.2.1.")
    assert "sg-app: ingress rule allows tcp/8443 from 10.2.0.0/16" in reason
    assert world.found()["leaks"] == [f"score 2 of alpha: pending: {reason}"]


def test_a_rule_for_a_single_address_of_a_customer_is_a_leak(world):
    world.item("sg-app")["IpPermissions"].append(permission("10.2.1.77/32"))
    assert "beta reaches 10.1.1.10:8443: tcp/8443 from 10.2.1.77" in world.state()[1]


def test_a_rule_for_a_prefix_list_of_one_address_of_a_customer_is_a_leak(world):
    listed = [{"PrefixListId": "pl-partners"}]
    world.item("sg-app")["IpPermissions"].append({**permission("192.0.2.0/24"), "PrefixListIds": listed})
    for account in (ALPHA, BETA):
        lists = world.files[account].setdefault("PrefixLists", [])
        lists.append({"PrefixListId": "pl-partners", "Cidrs": ["10.2.1.9/32"]})
    assert "from 10.2.1.9 " in world.state()[1]


def test_a_rule_for_a_group_of_a_customer_is_a_leak(world):
    pair = {"GroupId": "sg-beta", "UserId": BETA, "VpcId": "vpc-beta"}
    rule = {"IpProtocol": "tcp", "FromPort": 8443, "ToPort": 8443, "UserIdGroupPairs": [pair]}
    world.item("sg-app")["IpPermissions"].append(rule)
    assert "from 10.2.1.10 " in world.state()[1]


def test_what_gets_in_without_an_answer_is_a_leak_too(world):
    world.item("sg-app")["IpPermissions"].append(permission("10.2.0.0/16"))
    routes = world.item("rtb-app")["Routes"]
    routes[:] = [route for route in routes if route.get("VpcPeeringConnectionId") is None]
    assert world.state()[0] == "pending" and "beta reaches" in world.state()[1]


def test_what_gets_in_is_a_leak_even_if_nobody_knows_where_its_answer_goes(world):
    world.item("sg-app")["IpPermissions"].append(permission("10.2.0.0/16"))
    routes = world.item("rtb-app")["Routes"]
    routes[:] = [route for route in routes if route.get("VpcPeeringConnectionId") is None]
    routes.append(network.route("10.2.0.0/16", NetworkInterfaceId="eni-appliance"))
    assert world.state()[0] == "pending" and "beta reaches" in world.state()[1]


def test_the_senders_own_security_group_is_no_protection(world):
    """Whoever has the account changes it."""
    world.item("sg-app")["IpPermissions"].append(permission("10.2.0.0/16"))
    world.item("sg-beta", BETA)["IpPermissionsEgress"] = []
    assert world.state()[0] == "pending"


def test_the_same_address_in_a_customers_own_network_is_no_leak(world):
    world.item("sg-app")["IpPermissions"].append(permission("0.0.0.0/0"))
    beta = world.files[BETA]
    beta["Vpcs"][0]["CidrBlock"] = "10.1.0.0/16"
    beta["Subnets"] = [network.subnet("beta", "beta", "10.1.1.0/24")]
    beta["RouteTables"] = [network.table("beta", "beta", [], cidr="10.1.0.0/16")]
    beta["NetworkInterfaces"] = [network.interface("beta", "beta", "beta", "10.1.1.10", ["beta"], **network.on("b"))]
    beta["Reservations"] = [network.instance("b")]
    assert world.state() == ("live", "")


def test_the_front_must_get_there_and_its_answers_back(world):
    world.item("sg-app")["IpPermissions"] = [permission("10.0.1.0/25")]
    state, reason = world.state()
    assert state == "pending" and reason.startswith("the front doesn't reach 10.1.1.10:8443: security_group sg-app: no")
    world = World()
    routes = world.item("rtb-app")["Routes"]
    routes[:] = [route for route in routes if route.get("TransitGatewayId") is None]
    assert "the answer doesn't get back" in world.state()[1]
    world = World()
    world.hosts["alpha"]["algorithms"] = [{**SCORE, "addresses": ["10.1.1.10", "10.1.1.99"]}]
    assert world.state() == (
        "pending",
        "the front doesn't reach 10.1.1.99:8443: subnet subnet-app: no interface in it has 10.1.1.99",
    )
    world = World()
    world.files[ALPHA]["Reservations"] = [network.instance("app", "stopped")]
    assert "it is stopped" in world.state()[1]


def test_without_the_fronts_tier_nothing_is_live(world):
    world.hosts["shared"]["algorithm_registry_front_tier"] = "front"
    assert world.state() == ("pending", "the front has no subnet: shared has no tier front in AWS")


def test_the_tier_is_found_by_the_tags_of_the_role_vpc(world):
    del world.hosts["shared"]["algorithm_registry_vpc_id"]
    world.hosts["shared"]["algorithm_registry_front_tier"] = "front"
    tags = {"closednet:managed": "tiered_vpc/shared", "closednet:name": "front.euc1-az1"}
    world.item("subnet-dns", HUB)["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    assert world.state() == ("live", "")
    world.hosts["shared"]["vpc_name"] = "another"
    assert "the front has no subnet" in world.state()[1]


@pytest.mark.parametrize("account", [ALPHA, BETA, HUB])
def test_an_account_that_was_not_read_is_unknown(world, account):
    del world.files[account]
    state, reason = world.state()
    assert state == "unknown" and f"account {account}" in reason
    assert world.found()["unknown"] == [f"score 2 of alpha: unknown: {reason}"]


def test_another_region_of_an_account_is_not_what_was_asked(world):
    world.hosts["beta"]["region"] = "eu-central-1"
    files = {
        f"accounts/{account}/{'eu-west-1' if account == BETA else network.REGION}/{kind}.json": {kind: items}
        for account, kinds in world.files.items()
        for kind, items in kinds.items()
    }
    (one,) = states.states(world.hosts, GROUPS, "shared", snapshot.parse(files))["algorithms"]
    assert one["state"] == "unknown" and "whether beta reaches it" in one["reason"]


def test_what_no_call_shows_is_unknown(world):
    world.item("rtb-beta", BETA)["Routes"][1] = network.route("10.1.0.0/16", NetworkInterfaceId="eni-appliance")
    state, reason = world.state()
    assert state == "unknown" and reason.startswith("whether beta reaches 10.1.1.10:8443: rtb-beta")


def test_what_is_seen_wins_over_what_is_unknown(world):
    world.item("sg-app")["IpPermissions"] = []
    del world.files[BETA]
    assert world.state()[0] == "pending"


def test_nothing_read_is_unknown(world):
    (one,) = states.states(world.hosts, GROUPS, "shared", None)["algorithms"]
    assert (one["state"], one["reason"]) == ("unknown", "the networks weren't read")
    (one,) = states.states(world.hosts, GROUPS, "shared", snapshot.Snapshot({}))["algorithms"]
    assert one["state"] == "unknown"


def test_shared_services_are_no_customers_if_the_segments_say_so(world):
    world.item("sg-app")["IpPermissions"].append(permission("10.2.0.0/16"))
    world.hosts["beta"]["spoke_segment"] = "shared"
    found = world.found()
    assert found["algorithms"][0]["state"] == "live"
    assert found["lines"][1] == "beta (segment shared) may reach alpha, as the hub's segments say; it isn't checked"
    # One that the segments keep apart, that is isolated, or that nobody knows, is a customer.
    others = {"shared": {}, "customers": {"isolated": True}}
    for segments in (others, {**others, "shared": {"isolated": True, "reaches": ["customers"]}}, None, {"x": 1}):
        world.hosts["shared"]["hub_segments"] = segments
        assert world.state()[0] == "pending", segments
    # Members of one segment are customers, even if the segment lets them reach each other.
    world = World()
    world.item("sg-app")["IpPermissions"].append(permission("10.2.0.0/16"))
    world.hosts["shared"]["hub_segments"] = {"customers": {}}
    assert world.state()[0] == "pending"


def attached(world, account, *routes):
    """Attach a VPC of an account that the snapshot lacks; its route table has these routes."""
    hub = world.files[HUB]
    table = {"TransitGatewayRouteTableId": "tgw-rtb-gamma"}
    hub["TransitGatewayRouteTables"].append({**table, "TransitGatewayId": "tgw-1"})
    hub["TransitGatewayPropagations"].append({**table, "TransitGatewayRouteTablePropagations": []})
    hub["TransitGatewayAttachments"].append(network.attachment("gamma", account))
    hub["TransitGatewayStaticRoutes"].append(network.static("gamma", *routes))


GAMMA = "777777777777"
TO_ALPHA = {
    "DestinationCidrBlock": "10.1.0.0/16",
    "State": "active",
    "Type": "static",
    "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "tgw-attach-alpha"}],
}


def test_an_attached_account_that_the_inventory_lost_is_unknown(world):
    attached(world, GAMMA, TO_ALPHA)
    state, reason = world.state()
    assert state == "unknown"
    assert reason.startswith(f"whether vpc-gamma of account {GAMMA} reaches 10.1.1.10:8443: it is attached to tgw-1")


@pytest.mark.parametrize("route", [None, {**TO_ALPHA, "State": "blackhole"}])
def test_one_without_a_route_is_kept_out_whoever_it_is(world, route):
    attached(world, GAMMA, *filter(None, [route]))
    assert world.state() == ("live", "")


def test_one_that_waits_for_its_acceptance_has_no_traffic(world):
    attached(world, GAMMA, TO_ALPHA)
    world.item("tgw-attach-gamma", HUB)["State"] = "pendingAcceptance"
    assert world.state() == ("live", "")


def test_one_whose_route_table_nobody_can_follow_is_unknown(world):
    attached(world, GAMMA)
    world.item("tgw-attach-gamma", HUB)["Association"] = {"TransitGatewayPolicyTableId": "tgw-ptb-1"}
    assert world.state()[0] == "unknown"


def test_a_peered_account_that_the_inventory_lost_is_unknown(world):
    del world.files[BETA]
    del world.hosts["beta"]
    state, reason = world.state()
    assert state == "unknown" and "vpc-beta is peered with vpc-alpha by pcx-1" in reason


def test_whose_networks_are_read(world):
    world.hosts["far"] = {"account_id": "555555555555", "region": "eu-west-1", "algorithms": [SCORE]}
    world.hosts["other"] = {"account_id": "666666666666", "algorithms": [SCORE]}
    world.hosts["idle"] = {"account_id": "777777777777"}
    groups = {**GROUPS, "spokes": ["alpha", "beta", "far", "lost"]}
    assert offers.hosts_to_read(world.hosts, groups, "shared") == ["shared", "alpha", "beta", "other"]


def test_the_options_of_the_module(world):
    more = {"protocol": "tcp", "weight": 0, "health_path": "/h"}
    world.hosts["alpha"]["algorithms"] = [{**SCORE, **more}]
    (one,) = world.found()["algorithms"]
    assert one == {**SCORE, **more, "account_id": ALPHA, "state": "live", "reason": ""}


def test_nat_of_an_attachment_may_give_a_target_other_addresses(world):
    """What doesn't reach it by its own address may do so by another."""
    assert world.state() == ("live", "")
    for item in world.files[HUB]["TransitGatewayAttachments"]:
        item["NatGatewaySupport"] = "enabled"
    assert world.state()[0] == "unknown"


def balance(world, *targets):
    """The algorithm listens at a Network Load Balancer."""
    arn = "arn:aws:elasticloadbalancing:eu-central-1:222222222222:loadbalancer/net/score/1"
    of_group = {"TargetGroupArn": "arn:aws:elasticloadbalancing:eu-central-1:222222222222:targetgroup/score/1"}
    forward = {"Type": "forward", **of_group}
    listener = {"ListenerArn": arn, "Protocol": "TCP", "Port": 8443, "DefaultActions": [forward]}
    managed = {"Description": "ELB net/score/1", "InterfaceType": "network_load_balancer"}
    files = world.files[ALPHA]
    files["NetworkInterfaces"].append(network.interface("alpha", "app", "score", "10.1.1.40", ["app"], **managed))
    described = [
        {"Target": {"Id": id_, "Port": 8443, "AvailabilityZone": "all"}, "TargetHealth": {"State": "healthy"}}
        for id_ in targets
    ]
    files |= {
        "LoadBalancers": [{"LoadBalancerArn": arn, "Type": "network"}],
        "LoadBalancerListeners": [{"LoadBalancerArn": arn, "Listeners": [listener]}],
        "TargetGroups": [{**of_group, "Protocol": "TCP", "Port": 8443, "TargetType": "ip"}],
        "LoadBalancerTargetHealth": [{**of_group, "TargetHealthDescriptions": described}],
        "TargetGroupAttributes": [{**of_group, "Attributes": []}],
    }
    world.hosts["alpha"]["algorithms"] = [{**SCORE, "addresses": ["10.1.1.40"]}]


def test_an_algorithm_at_a_load_balancer_is_where_its_address_is(world):
    """Its targets may be in another account, here in the peered one."""
    balance(world, "10.2.1.10")
    assert world.state() == ("live", "")


def test_a_load_balancer_without_a_target_is_not_closed_for_good(world):
    """Red before: whoever may send to it reaches the next target."""
    balance(world, "10.1.2.10")
    assert world.state() == ("live", "")
    world.item("sg-app")["IpPermissions"].append(permission("10.2.0.0/16"))
    assert world.state()[0] == "pending" and "beta reaches 10.1.1.40:8443" in world.state()[1]
    world.files[ALPHA]["LoadBalancerTargetHealth"][0]["TargetHealthDescriptions"] = []
    seen = proof.Network(world.parsed())
    target = proof.Target(ALPHA, IPv4Address("10.1.1.40"), 8443)
    found = seen.all_closed(seen.subnets(BETA), target)
    assert found.verdict == "unknown" and "has no use for it now: load_balancer arn:" in found.says
    # What its own group keeps out doesn't get that far.
    world.item("sg-app")["IpPermissions"].pop()
    seen = proof.Network(world.parsed())
    assert seen.all_closed(seen.subnets(BETA), target) == proof.Found("closed")
