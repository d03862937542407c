# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packets to load balancers: listeners, targets, whose address targets see, and what the answers pass.

Pages of https://docs.aws.amazon.com/elasticloadbalancing/latest/, by their names: network/NAME, application/NAME.
"""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.tests.unit._domain.network.balanced import (
    APP,
    CROSS,
    NET,
    ON_ADDRESSES,
    ON_INSTANCES,
    ON_SITE,
    Balanced,
    attributes,
    health,
    node,
)
from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import (
    ALPHA,
    change,
    deny,
    entry,
    interface,
    on,
    route,
)

TARGET = ["subnet-lb", "vpc-alpha", "subnet-data", "i-behind"]
TO_NODE = ["i-app", "subnet-app", "vpc-alpha", "subnet-lb"]
CLIENT, NODE = "10.1.1.10/32", "10.1.6.10/32"


def only_from(cidr, port):
    """Ingress of the target for one source and one port."""
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}
    return change("sg-behind", IpPermissions=[rule])


def only_from_group(group_id, port):
    pairs = [{"GroupId": group_id, "VpcId": "vpc-alpha"}]
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": pairs}
    return change("sg-behind", IpPermissions=[rule])


def kept(arn, value):
    return lambda world: world.kept(arn, value)


def targets(arn, *described):
    return lambda world: world.targets(arn, *described)


def all_of(*changes):
    return lambda world: [one(world) for one in changes]


def unchanged(_world):
    return None


@pytest.mark.parametrize(
    ("destination", "port", "interface_id"), [("eni-net", 443, "eni-net"), ("10.1.6.20", 80, "eni-site")]
)
def test_a_packet_goes_on_to_the_target(destination, port, interface_id):
    """network/introduction, application/introduction: listeners forward to target groups."""
    verdict = Balanced().trace("i-app", destination, port=port)
    assert (verdict.verdict, verdict.blockers) == ("delivered", ())
    assert list(verdict.path) == [*TO_NODE, interface_id, *TARGET]
    assert verdict.decided_by.ids == ("sg-behind",)


# Whose address the target sees: network/edit-target-group-attributes, "Client IP preservation".
# name -> (port of the listener, how the world is changed, verdict, what decides)
SOURCES = {
    "an instance sees its client": (443, only_from(CLIENT, 9443), "delivered", "sg-behind"),
    "not the node": (443, only_from(NODE, 9443), "denied", "sg-behind"),
    "nor what is registered for another port": (443, only_from(CLIENT, 443), "denied", "sg-behind"),
    "unless that is turned off": (
        *(443, all_of(kept(ON_INSTANCES, "false"), only_from(NODE, 9443)), "delivered", "sg-behind"),
    ),
    "an address sees the node": (8443, only_from(NODE, 9444), "delivered", "sg-behind"),
    "not the client": (8443, only_from(CLIENT, 9444), "denied", "sg-behind"),
    "unless that is turned on": (
        *(8443, all_of(kept(ON_ADDRESSES, "true"), only_from(CLIENT, 9444)), "delivered", "sg-behind"),
    ),
    # network/load-balancer-security-groups: a rule for the load balancer's group counts "even if you enable client IP
    # preservation"; network/target-group-register-targets: that of a client doesn't.
    "the group of the load balancer, client kept": (443, only_from_group("sg-net", 9443), "delivered", "sg-behind"),
    "the group of the client, client kept": (443, only_from_group("sg-app", 9443), "denied", "sg-behind"),
    "the group of the load balancer": (8443, only_from_group("sg-net", 9444), "delivered", "sg-behind"),
    "another group": (8443, only_from_group("sg-app", 9444), "denied", "sg-behind"),
}


@pytest.mark.parametrize("name", SOURCES)
def test_whose_address_a_target_sees(name):
    port, mutate, expected, id_ = SOURCES[name]
    world = Balanced()
    mutate(world)
    verdict = world.trace("i-app", "eni-net", port=port)
    assert (verdict.verdict, verdict.decided_by.ids) == (expected, (id_,)), verdict


def test_an_application_load_balancer_connects_itself():
    """application/load-balancer-update-security-groups: the target's group admits the load balancer's."""
    world = Balanced()
    only_from("10.1.6.20/32", 8080)(world)
    assert world.trace("i-app", "eni-site", port=80).verdict == "delivered"
    only_from_group("sg-site", 8080)(world)
    assert world.trace("i-app", "eni-site", port=80).verdict == "delivered"
    only_from(CLIENT, 8080)(world)
    assert world.trace("i-app", "eni-site", port=80).verdict == "denied"


def test_groups_of_the_load_balancer_count_for_clients_of_the_internet_too():
    """A rule that names a group never means an address of the internet; here it means the load balancer."""
    world = Balanced()
    public = {"PrivateIpAddress": "10.1.6.20", "Primary": True, "Association": {"PublicIp": "3.120.0.77"}}
    world.item("eni-site")["PrivateIpAddresses"] = [public]
    world.item("rtb-lb")["Routes"].append(route("0.0.0.0/0", GatewayId="igw-1"))
    only_from_group("sg-site", 8080)(world)
    verdict = world.trace("8.8.8.8", "eni-site", port=80)
    assert (verdict.verdict, list(verdict.path)[-1]) == ("delivered", "i-behind"), verdict
    only_from_group("sg-app", 8080)(world)
    assert world.trace("8.8.8.8", "eni-site", port=80).verdict == "denied"


# What stops a packet, on either side of the node: network/target-group-register-targets, "Network ACLs", and
# network/load-balancer-security-groups. name -> (port, how, verdict, what decides, a word of it)
BROKEN = {
    "no listener": (80, unchanged, "denied", NET, "net/web/1 has no listener for tcp/80; listeners: TCP 443, TCP 8443"),
    "ingress of the load balancer": (443, change("sg-net", IpPermissions=[]), "denied", "sg-net", "no ingress rule"),
    "egress of the load balancer": (443, change("sg-net", IpPermissionsEgress=[]), "denied", "sg-net", "tcp/9443"),
    "inbound of its subnet": (443, deny("acl-lb", entry(1, "deny", "6", (443, 443))), "denied", "acl-lb", "tcp/443"),
    "outbound of its subnet, to the target": (
        *(443, deny("acl-lb", entry(1, "deny", "6", (9443, 9443), egress=True)), "denied", "acl-lb", "tcp/9443"),
    ),
    "inbound of the target's subnet, from the client": (
        *(443, deny("acl-data", entry(1, "deny", cidr=CLIENT)), "denied", "acl-data", "from 10.1.1.10"),
    ),
    "inbound of the target's subnet, from the node": (
        *(8443, deny("acl-data", entry(1, "deny", cidr=NODE)), "denied", "acl-data", "from 10.1.6.10"),
    ),
    "answers out of the target's subnet, to the client": (
        *(443, deny("acl-data", entry(1, "deny", cidr=CLIENT, egress=True)), "denied", "acl-data", "to 10.1.1.10"),
    ),
    "answers out of the target's subnet, to the node": (
        *(8443, deny("acl-data", entry(1, "deny", cidr=NODE, egress=True)), "denied", "acl-data", "to 10.1.6.10"),
    ),
    "answers of the target into the load balancer's subnet": (
        *(443, deny("acl-lb", entry(1, "deny", cidr="10.1.2.0/24")), "denied", "acl-lb", "from 10.1.2.50"),
    ),
    "answers to the client out of the load balancer's subnet": (
        *(443, deny("acl-lb", entry(1, "deny", cidr=CLIENT, egress=True)), "denied", "acl-lb", "to 10.1.1.10"),
    ),
    "provisioning": (443, change(NET, State={"Code": "provisioning"}), "denied", NET, "provisioning"),
    "no target": (443, targets(ON_INSTANCES), "denied", NET, "no target"),
    "only what is deregistered": (
        *(443, targets(ON_INSTANCES, health("i-behind", 9443, "draining")), "denied", NET, "no target"),
    ),
    "a target that is stopped": (
        443,
        lambda world: world.files[ALPHA].update(
            Reservations=[
                {"ReservationId": "r-1", "Instances": [{"InstanceId": "i-app", "State": {"Name": "running"}}]},
                {"ReservationId": "r-2", "Instances": [{"InstanceId": "i-behind", "State": {"Name": "stopped"}}]},
            ]
        ),
        *("denied", "i-behind", "stopped"),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_stops_a_packet_at_a_load_balancer(name):
    port, mutate, expected, id_, word = BROKEN[name]
    world = Balanced()
    mutate(world)
    verdict = world.trace("i-app", "eni-net", port=port)
    assert (verdict.verdict, verdict.decided_by.ids) == (expected, (id_,)), verdict
    assert word in verdict.decided_by.message, verdict
    assert (expected, (id_,)) in [(one.verdict, one.ids) for one in verdict.blockers]


def test_all_that_stops_it_is_told():
    world = Balanced()
    only_from(NODE, 9443)(world)
    change("sg-net", IpPermissionsEgress=[])(world)
    deny("acl-data", entry(1, "deny", cidr=CLIENT, egress=True))(world)
    found = [(one.direction, one.ids[0]) for one in world.trace("i-app", "eni-net", port=443).blockers]
    assert found == [("there", "sg-net"), ("there", "sg-behind"), ("answer", "acl-data")]


def test_answers_to_a_client_that_is_kept_need_no_route():
    """The load balancer takes them, so targets need no way to the internet: the client's address is outside, and the
    target's subnet has the local route only (network/edit-target-group-attributes: "must flow directly")."""
    world = Balanced()
    public = {"PrivateIpAddress": "10.1.6.10", "Primary": True, "Association": {"PublicIp": "3.120.0.78"}}
    world.item("eni-net")["PrivateIpAddresses"] = [public]
    world.item("rtb-lb")["Routes"].append(route("0.0.0.0/0", GatewayId="igw-1"))
    verdict = world.trace("8.8.8.8", "3.120.0.78", port=443)
    assert (verdict.verdict, verdict.path[-1]) == ("delivered", "i-behind"), verdict
    # The node's own answer to the client needs one.
    world.item("rtb-lb")["Routes"].pop()
    verdict = world.trace("8.8.8.8", "3.120.0.78", port=443)
    assert (verdict.verdict, verdict.decided_by.ids) == ("no_route", ("rtb-lb",)), verdict


def test_with_the_clients_address_its_ports_are_kept():
    """network/load-balancer-troubleshooting: "observed socket reuse"; a node uses any port of its own."""
    world = Balanced()
    deny("acl-data", entry(1, "deny", "6", (1024, 32767), egress=True))(world)
    for port, expected in ((443, "delivered"), (8443, "denied")):
        found = world.trace("i-app", "eni-net", port=port, source_ports=(32768, 60999))
        assert found.verdict == expected, found


def test_a_target_is_no_client_of_itself():
    """network/load-balancer-troubleshooting#loopback-timeout."""
    world = Balanced()
    verdict = world.trace("i-behind", "eni-net", port=443)
    assert (verdict.verdict, verdict.decided_by.ids) == ("denied", (NET,)) and "its own target" in str(verdict)
    world.kept(ON_INSTANCES, "false")
    assert world.trace("i-behind", "eni-net", port=443).verdict == "delivered"


def registered_elsewhere(address):
    """A target of another network, by its address."""
    return targets(ON_ADDRESSES, health(address, 9444, AvailabilityZone="all"))


def test_a_client_is_kept_for_targets_of_the_vpc_and_of_peered_ones():
    """network/edit-target-group-attributes, "Requirements and considerations"."""
    world = Balanced()
    world.item("rtb-lb")["Routes"] += [
        route("10.2.0.0/16", VpcPeeringConnectionId="pcx-1"),
        route("10.0.0.0/16", TransitGatewayId="tgw-1"),
    ]
    for address, kept_there in (("10.2.1.10", "delivered"), ("10.0.1.10", "denied")):
        registered_elsewhere(address)(world)
        world.item("subnet-tgw")["AvailabilityZoneId"] = "az1"
        for value, expected in (("true", kept_there), ("false", "delivered")):
            world.kept(ON_ADDRESSES, value)
            verdict = world.trace("i-app", "eni-net", port=8443)
            assert verdict.verdict == expected, (address, value, verdict)


# Which targets get connections: network/target-group-health-checks, network/target-group-health,
# application/target-group-health. -> (targets, verdict, a word of a note)
BAD = interface("alpha", "app", "bad", "10.1.1.60", [], **on("bad"))
HEALTH = {
    "healthy": ([health("i-behind", 9443)], "delivered", ""),
    "health checks are off": ([health("i-behind", 9443, "unavailable")], "delivered", ""),
    "another one is unhealthy": (
        [health("i-behind", 9443), health("i-bad", 9443, "unhealthy")],
        *("delivered", "targetgroup/instances/3 doesn't use all targets: i-bad:9443 is unhealthy"),
    ),
    "all are unhealthy": ([health("i-behind", 9443, "unhealthy")], "delivered", "too few healthy targets, so all"),
    "one of two that are unhealthy isn't reached": (
        [health("i-behind", 9443, "unhealthy"), health("i-bad", 9443, "unhealthy")],
        *("denied", "too few healthy"),
    ),
    "one of two isn't reached": ([health("i-behind", 9443), health("i-bad", 9443)], "denied", ""),
    "a state that isn't known": ([health("i-behind", 9443, "sleepy")], "unknown", ""),
    "one without an interface": ([health("i-gone", 9443)], "unknown", ""),
}


@pytest.mark.parametrize("name", HEALTH)
def test_health_decides_which_targets_are_used(name):
    described, expected, word = HEALTH[name]
    world = Balanced()
    world.files[ALPHA]["NetworkInterfaces"].append(BAD)
    world.files[ALPHA]["Reservations"].append(
        {"ReservationId": "r-bad", "Instances": [{"InstanceId": "i-bad", "State": {"Name": "stopped"}}]}
    )
    # Both in the node's zone.
    world.targets(ON_INSTANCES, *described)
    verdict = world.trace("i-app", "eni-net", port=443)
    assert verdict.verdict == expected, verdict
    assert word in "; ".join(verdict.notes)


def test_more_healthy_targets_may_be_asked_for():
    """network/target-group-health, "Unhealthy state actions": routing failover below a count or a share."""
    world = Balanced()
    world.files[ALPHA]["NetworkInterfaces"].append(BAD)
    world.targets(ON_INSTANCES, health("i-behind", 9443), health("i-bad", 9443, "unhealthy"))
    key = "target_group_health.unhealthy_state_routing.minimum_healthy_targets"
    for values, used in (
        ({f"{key}.count": "2"}, True),
        ({f"{key}.count": "off", f"{key}.percentage": "51"}, True),
        ({f"{key}.percentage": "50"}, False),
    ):
        world.item(ON_INSTANCES, kind="TargetGroupAttributes")["Attributes"] = attributes(**values)
        (note,) = world.trace("i-app", "eni-net", port=443).notes
        assert ("so all are used" in note) == used


def cross(balancer=None, of_group=None):
    def mutate(world):
        if balancer:
            world.item(NET, kind="LoadBalancerAttributes")["Attributes"] = attributes(**{CROSS: balancer})
        if of_group:
            world.item(ON_INSTANCES, kind="TargetGroupAttributes")["Attributes"] = attributes(**{CROSS: of_group})

    return mutate


# network/edit-target-group-attributes, "Cross-zone load balancing": off by default; a group's setting comes first.
ZONES = {
    "off": (cross(), "denied"),
    "on": (cross("true"), "delivered"),
    "off for the group": (cross("true", "false"), "denied"),
    "on for the group": (cross("false", "true"), "delivered"),
    "the load balancer's for the group": (cross("true", "use_load_balancer_configuration"), "delivered"),
    "not read": (lambda world: world.files[ALPHA].pop("LoadBalancerAttributes"), "unknown"),
}


@pytest.mark.parametrize("name", ZONES)
def test_a_node_sends_to_other_zones_if_it_may(name):
    mutate, expected = ZONES[name]
    world = Balanced()
    mutate(world)
    verdict = world.trace("i-app", "eni-net2", port=443)
    assert verdict.verdict == expected, verdict
    assert world.trace("i-app", "eni-net", port=443).verdict == "delivered"


def test_an_application_load_balancer_sends_to_all_zones():
    """application/edit-target-group-attributes: always on for the load balancer, a group may turn it off."""
    world = Balanced()
    world.files[ALPHA]["NetworkInterfaces"].append(node("site2", APP, "10.1.7.20", ["site"], "lb2"))
    assert world.trace("i-app", "eni-site2", port=80).verdict == "delivered"
    world.item(ON_SITE, kind="TargetGroupAttributes")["Attributes"] = attributes(**{CROSS: "false"})
    assert world.trace("i-app", "eni-site2", port=80).verdict == "denied"


def rules(*actions):
    listed = [{"Priority": str(number), "Actions": [action]} for number, action in enumerate(actions, 1)]
    return lambda world: world.item(f"{APP}/80", kind="LoadBalancerRules").update(Rules=listed)


def weighted(**weights):
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}


TO_SITE, TO_EMPTY = {"Type": "forward", "TargetGroupArn": ON_SITE}, {"Type": "forward", "TargetGroupArn": ON_INSTANCES}
# application/load-balancer-listeners, "Rule actions". Which rule a request matches isn't in a packet: each must do.
RULES = {
    "one group": (rules(TO_SITE), "delivered", ""),
    "a group without targets": (rules(TO_SITE, TO_EMPTY), "denied", "rule 2"),
    "with the weight 0 it gets nothing": (rules(weighted(**{ON_SITE: 1, ON_INSTANCES: 0})), "delivered", ""),
    "with another weight it does": (rules(weighted(**{ON_SITE: 1, ON_INSTANCES: 1})), "denied", "instances/3"),
    "answered by itself": (rules({"Type": "fixed-response"}), "delivered", ""),
    "redirected": (rules({"Type": "redirect"}), "delivered", ""),
    "an unknown action": (rules({"Type": "teleport"}), "unknown", "teleport"),
    "rules that weren't read": (lambda world: world.files[ALPHA].pop("LoadBalancerRules"), "unknown", "all Load"),
}


@pytest.mark.parametrize("name", RULES)
def test_rules_of_an_application_load_balancer(name):
    mutate, expected, word = RULES[name]
    world = Balanced()
    world.targets(ON_INSTANCES)
    mutate(world)
    verdict = world.trace("i-app", "eni-site", port=80)
    assert (verdict.verdict, word in verdict.decided_by.message) == (expected, True), verdict
    if "itself" in name or "redirected" in name:
        assert verdict.path[-1] == "eni-site" and "answers itself" in verdict.notes[0]
