# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Endpoints of customers' services, up to the provider's targets; kinds of load balancers, what isn't known of them.

Pages: https://docs.aws.amazon.com/vpc/latest/privatelink/NAME (privatelink/NAME), and of
https://docs.aws.amazon.com/elasticloadbalancing/latest (network/NAME, application/NAME).
"""

from __future__ import annotations

import botocore.session
import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.network import kinds, snapshot, trips
from ansible_collections.closednet.aws.tests.unit._domain.network.balanced import (
    APP,
    ELB,
    NET,
    ON_ADDRESSES,
    ON_INSTANCES,
    ON_SITE,
    SERVICE,
    Balanced,
    health,
    listener,
    node,
    target_group,
)
from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import (
    ALPHA,
    BETA,
    REGION,
    change,
    deny,
    entry,
    route,
    without,
)

MODEL = botocore.session.get_session().get_service_model("elbv2")
OF_ENUMS = {
    "LoadBalancerTypeEnum": {*kinds.BALANCERS, *kinds.OPAQUE_BALANCERS},
    "LoadBalancerStateEnum": {*kinds.BALANCERS_TAKING, *kinds.BALANCERS_NOT_TAKING},
    "ProtocolEnum": {*kinds.LISTENERS, *kinds.OPAQUE_LISTENERS},
    "ActionTypeEnum": {kinds.FORWARDS, *kinds.ANSWERS, *kinds.BEFORE_FORWARDING},
    "TargetTypeEnum": set(kinds.TARGETS),
    "TargetHealthStateEnum": set(kinds.STATES_OF_TARGETS),
}


@pytest.mark.parametrize("name", OF_ENUMS)
def test_kinds_are_those_of_the_api_model(name):
    assert OF_ENUMS[name] == set(MODEL.shape_for(name).enum)


# ---- endpoints

TO_SERVICE = ["eni-client", "vpce-service", "eni-net", "subnet-lb", "vpc-alpha", "subnet-data", "i-behind"]


def from_beta(world, **options):
    return world.trace("eni-client", "vpce-service", **{"port": 443, **options})


def rule(cidr, port):
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}


def test_an_endpoint_leads_to_the_providers_target():
    verdict = from_beta(Balanced())
    assert (verdict.verdict, list(verdict.path), verdict.blockers) == ("delivered", TO_SERVICE, ())


def service(**fields):
    return lambda world: world.item("vpce-svc-1", kind="ServiceConfigurations").update(fields)


def enforced(value):
    def mutate(world):
        change("sg-net", IpPermissions=[])(world)
        world.item(NET)["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] = value

    return mutate


def in_another_zone(world):
    world.item("subnet-beta", BETA)["AvailabilityZoneId"] = "az3"


# name -> (how, verdict, what decides, a word of it)
SERVICES = {
    # network/edit-target-group-attributes: "Client IP preservation has no effect on traffic from AWS PrivateLink. The
    # source IP is always the private IP address of the Network Load Balancer."
    "a target sees the node": (
        change("sg-behind", IpPermissions=[rule("10.1.6.10/32", 9443)]),
        "delivered",
        "sg-behind",
        "",
    ),
    "not the client": (
        *(change("sg-behind", IpPermissions=[rule("10.2.1.20/32", 9443)]), "denied", "sg-behind", "from 10.1.6.10"),
    ),
    # network/load-balancer-security-groups: its groups see "the private IP address of the client, not the endpoint".
    "the load balancer's group sees the client": (
        *(change("sg-net", IpPermissions=[rule("10.2.1.20/32", 443)]), "delivered", "sg-behind", ""),
    ),
    "not the endpoint": (
        *(change("sg-net", IpPermissions=[rule("10.2.1.30/32", 443)]), "denied", "sg-net", "from 10.2.1.20"),
    ),
    "rules in are enforced": (enforced("on"), "denied", "sg-net", "no ingress rule"),
    "unless that is off": (enforced("off"), "delivered", "sg-behind", ""),
    "rules out are": (change("sg-net", IpPermissionsEgress=[]), "denied", "sg-net", "no egress rule"),
    "the endpoint's own group": (
        *(change("sg-beta", BETA, IpPermissions=[rule("10.9.0.0/16", 443)]), "denied", "sg-beta", "no ingress rule"),
    ),
    # privatelink/configure-endpoint-service: connections are accepted or rejected.
    "not accepted": (
        *(change("vpce-service", BETA, State="pendingAcceptance"), "denied", "vpce-service", "pendingAcceptance"),
    ),
    "rejected": (change("vpce-service", BETA, State="rejected"), "denied", "vpce-service", "rejected"),
    "a service that is deleted": (service(ServiceState="Deleting"), "denied", "vpce-svc-1", "Deleting"),
    # privatelink/create-endpoint-service: endpoints send to a load balancer in their zone.
    "no node in the zone": (in_another_zone, "unknown", "vpce-service", "az3"),
    "a service that isn't in the snapshot": (
        *(service(ServiceName="com.amazonaws.vpce.eu-central-1.vpce-svc-2"), "unknown", "vpce-service", SERVICE),
    ),
    "services that weren't read": (without(ALPHA, "ServiceConfigurations"), "unknown", "vpce-service", SERVICE),
    "its load balancer isn't in the snapshot": (service(NetworkLoadBalancerArns=[APP + "x"]), "unknown", APP + "x", ""),
    "answers of the target": (
        deny("acl-data", entry(1, "deny", cidr="10.1.6.10/32", egress=True)),
        *("denied", "acl-data", "the answer doesn't get back"),
    ),
    "answers of the endpoint": (
        deny("acl-beta", entry(1, "deny", egress=True), account=BETA),
        *("delivered", "sg-behind", ""),
    ),
}


@pytest.mark.parametrize("name", SERVICES)
def test_what_decides_beyond_an_endpoint(name):
    mutate, expected, id_, word = SERVICES[name]
    world = Balanced()
    mutate(world)
    verdict = from_beta(world)
    assert (verdict.verdict, verdict.decided_by.ids) == (expected, (id_,)), verdict
    assert word in verdict.decided_by.message


def test_a_port_without_a_listener_is_denied_by_the_provider():
    verdict = from_beta(Balanced(), port=22)
    assert (verdict.verdict, verdict.decided_by.ids, verdict.path[-1]) == ("denied", (NET,), "eni-net")


def test_without_the_provider_the_endpoint_is_as_far_as_it_is_known():
    world = Balanced()
    world.files.pop(ALPHA)
    verdict = from_beta(world)
    assert (verdict.verdict, verdict.path[-1]) == ("unknown", "vpce-service")
    assert "expected one with the account that provides it" in verdict.decided_by.message


def test_services_of_aws_end_at_the_endpoint():
    world = Balanced()
    for name in ("com.amazonaws.eu-central-1.logs", "aws.sagemaker.eu-central-1.notebook", ""):
        world.item("vpce-service", BETA)["ServiceName"] = name
        verdict = from_beta(world)
        assert (verdict.verdict, verdict.path[-1]) == ("delivered", "vpce-service")


def test_which_node_answers_another_region_is_not_told():
    regions = {ALPHA: REGION, BETA: "eu-west-1"}
    files = {
        f"accounts/{account}/{regions.get(account, REGION)}/{kind}.json": {kind: items}
        for account, kinds_ in Balanced().files.items()
        for kind, items in kinds_.items()
    }
    (found,) = trips.trips(snapshot.parse(files), "eni-client", "eni-service", port=443)
    assert found.there.verdict == "unknown" and "its service is in eu-central-1" in found.there.decided_by.message


def test_one_of_several_load_balancers_is_picked():
    """privatelink/create-endpoint-service: each endpoint interface has one, picked at random; all should be alike."""
    world, other = Balanced(), f"{ELB}:loadbalancer/net/other/5"
    files = world.files[ALPHA]
    files["LoadBalancers"].append({**world.item(NET), "LoadBalancerArn": other})
    files["LoadBalancerListeners"].append(
        {"LoadBalancerArn": other, "Listeners": [listener(other, "TCP", 443, ON_INSTANCES)]}
    )
    files["NetworkInterfaces"].append(node("other", other, "10.1.6.30", ["net"], InterfaceType="network_load_balancer"))
    service(NetworkLoadBalancerArns=[NET, other])(world)
    assert from_beta(world).verdict == "delivered"
    verdict = from_beta(world, port=8443)
    assert (verdict.verdict, verdict.decided_by.ids) == ("denied", (other,))
    assert f"(if {SERVICE} picks net/other/5)" in verdict.decided_by.message


# ---- load balancers: kinds of targets and packets

NESTED = f"{ELB}:targetgroup/nested/6"


def to_application(world):
    """The Network Load Balancer has the other one as a target: network/application-load-balancer-target."""
    world.files[ALPHA]["TargetGroups"].append(target_group(NESTED, "TCP", 80, "alb"))
    world.item(NET, kind="LoadBalancerListeners")["Listeners"].append(listener(NET, "TCP", 80, NESTED))
    world.files[ALPHA]["LoadBalancerTargetHealth"].append(
        {"TargetGroupArn": NESTED, "TargetHealthDescriptions": [health(APP, 80)]}
    )
    world.files[ALPHA]["TargetGroupAttributes"].append({"TargetGroupArn": NESTED, "Attributes": []})


def test_a_network_load_balancer_sends_to_an_application_load_balancer():
    world = Balanced()
    to_application(world)
    verdict = world.trace("i-app", "eni-net", port=80)
    assert (verdict.verdict, verdict.blockers) == ("delivered", ()), verdict
    assert [id_ for id_ in verdict.path if id_[:2] in ("en", "i-")] == ["i-app", "eni-net", "eni-site", "i-behind"]
    # Both of its legs have filters of their own.
    change("sg-site", IpPermissionsEgress=[])(world)
    assert world.trace("i-app", "eni-net", port=80).decided_by.ids == ("sg-site",)


def test_a_function_is_invoked_without_a_packet():
    """application/lambda-functions."""
    world = Balanced()
    world.item(ON_SITE, kind="TargetGroups")["TargetType"] = "lambda"
    verdict = world.trace("i-app", "eni-site", port=80)
    assert (verdict.verdict, verdict.path[-1]) == ("delivered", "eni-site")
    assert verdict.notes == ("app/site/2 invokes a function of targetgroup/site/3",)


def with_listener(protocol, port, group_protocol):
    def mutate(world):
        world.item(NET, kind="LoadBalancerListeners")["Listeners"].append(listener(NET, protocol, port, ON_ADDRESSES))
        world.item(ON_ADDRESSES, kind="TargetGroups")["Protocol"] = group_protocol
        world.item(ON_ADDRESSES, kind="TargetGroupAttributes")["Attributes"] = []

    return mutate


# (listener, protocol of the target group) -> (asked, verdict, where the target's packets come from)
PACKETS = {
    ("UDP", 514, "UDP"): ("udp", "delivered", "10.1.1.10"),
    ("TCP_UDP", 53, "TCP_UDP"): ("udp", "delivered", "10.1.1.10"),
    ("TLS", 853, "TCP"): ("tcp", "delivered", "10.1.6.10"),
    ("QUIC", 444, "QUIC"): ("udp", "delivered", "10.1.1.10"),
    ("UDP", 123, "UDP"): ("tcp", "denied", ""),
    ("TCP", 9000, "TCP"): ("udp", "denied", ""),
}


@pytest.mark.parametrize("name", PACKETS, ids=str)
def test_protocols_of_listeners(name):
    """network/load-balancer-listeners; UDP always keeps its client: network/edit-target-group-attributes."""
    protocol, verdict, source = PACKETS[name]
    world = Balanced()
    with_listener(*name)(world)
    found = world.trace("i-app", "eni-net", protocol=protocol, port=name[1])
    assert found.verdict == verdict, found
    change("sg-behind", IpPermissions=[])(world)
    if source:
        assert f"{protocol}/9444 from {source} to 10.1.2.50" in str(
            world.trace("i-app", "eni-net", protocol=protocol, port=name[1])
        )


def test_all_ports_of_a_range_need_a_listener():
    world = Balanced()
    with_listener("TCP", 8444, "TCP")(world)
    assert world.trace("i-app", "eni-net", port=(8443, 8444)).verdict == "delivered"
    verdict = world.trace("i-app", "eni-net", port=(8443, 8445))
    assert (verdict.verdict, verdict.decided_by.ids) == ("denied", (NET,)) and "tcp/8443-8445" in str(verdict)
    assert world.trace("i-app", "eni-net").decided_by.ids == (NET,)


def test_pings():
    """application/load-balancer-update-security-groups: "respond to ping requests"; no page says it of the other."""
    world = Balanced()
    verdict = world.trace("i-app", "eni-site", protocol="icmp")
    assert (verdict.verdict, verdict.path[-1]) == ("delivered", "eni-site")
    assert world.trace("i-app", "eni-net", protocol="icmp").verdict == "unknown"


def classic(world):
    world.item("eni-site")["Description"] = "ELB old-one"


UNKNOWN = {
    **{
        f"no {kind}": (without(ALPHA, kind), f"{kind}.json")
        for kind in (
            *(
                "LoadBalancers",
                "LoadBalancerListeners",
                "TargetGroups",
                "LoadBalancerTargetHealth",
                "LoadBalancerRules",
            ),
        )
    },
    "another load balancer": (
        lambda world: world.files[ALPHA]["LoadBalancers"].pop(),
        "hasn't its load balancer app/site/2",
    ),
    "no listeners of this one": (
        *(
            lambda world: world.files[ALPHA]["LoadBalancerListeners"].pop(),
            "LoadBalancerListeners hasn't its listeners",
        ),
    ),
    "no targets of this one": (
        *(lambda world: world.files[ALPHA]["LoadBalancerTargetHealth"].pop(), "LoadBalancerTargetHealth hasn't"),
    ),
    "no such group": (lambda world: world.files[ALPHA]["TargetGroups"].pop(), "TargetGroups hasn't it"),
    "a Classic Load Balancer": (classic, "Classic Load Balancer, old-one"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_was_not_read_is_unknown_at_the_load_balancer_only(name):
    mutate, message = UNKNOWN[name]
    world = Balanced()
    mutate(world)
    verdict = world.trace("i-app", "eni-site", port=80)
    told = f"{verdict.decided_by.ids[0]}: {verdict.decided_by.message}"
    assert (verdict.verdict, verdict.path[-1]) == ("unknown", "eni-site") and message in told, verdict
    # Its group still tells what certainly doesn't come in.
    change("sg-site", IpPermissions=[])(world)
    assert world.trace("i-app", "eni-site", port=80).decided_by.ids == ("sg-site",)
    assert world.trace("i-app", "eni-behind", port=80).verdict == "delivered"


def test_whether_the_client_is_kept_must_be_known():
    world = Balanced()
    world.files[ALPHA].pop("TargetGroupAttributes")
    verdict = world.trace("i-app", "eni-net", port=443)
    assert (verdict.verdict, "TargetGroupAttributes.json" in str(verdict.decided_by)) == ("unknown", True)


def test_an_interface_that_only_looks_like_one_is_none():
    """Anybody may describe an interface so; AWS's are requester-managed."""
    world = Balanced()
    world.item("eni-data")["Description"] = "ELB net/web/1"
    assert world.trace("i-app", "eni-data", port=22).verdict == "delivered"


def test_trips_name_the_load_balancer():
    (found,) = trips.trips(Balanced().parsed(), "i-app", "eni-net", port=443)
    kinds_of = [hop.kind for hop in found.there.hops]
    assert kinds_of == ["instance", "subnet", "subnet", "load_balancer", "subnet", "subnet", "instance"]
    at_node = next(hop for hop in found.there.hops if hop.kind == "load_balancer")
    assert [one.ids for one in at_node.lets_through] == [("sg-net",), ("sg-net",)]
    assert found.back is not None and found.back.verdict == "delivered"
    assert [hop.id for hop in found.back.hops][:4] == ["i-behind", "subnet-data", "subnet-lb", "eni-net"]


def test_names_of_load_balancers():
    """Those of internal ones resolve to private addresses, the others' to public ones; each node must be reached:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html
    """
    world, name = Balanced(), "Site-2.eu-central-1.elb.amazonaws.com"
    world.item(APP)["DNSName"] = name
    verdict = world.trace("i-app", name.lower(), port=80)
    assert (verdict.verdict, verdict.path[-1], len(verdict.notes)) == ("delivered", "i-behind", 1), verdict
    world.files[ALPHA]["NetworkInterfaces"].append(node("site2", APP, "10.1.7.20", ["none"], "lb2"))
    world.files[ALPHA]["SecurityGroups"].append({"GroupId": "sg-none", "VpcId": "vpc-alpha", "IpPermissions": []})
    assert world.trace("i-app", name, port=80).decided_by.ids == ("sg-none",)
    world.files[ALPHA]["NetworkInterfaces"].pop()
    world.item(APP)["Scheme"] = "internet-facing"
    public = {"PrivateIpAddress": "10.1.6.20", "Primary": True, "Association": {"PublicIp": "3.120.0.77"}}
    world.item("eni-site")["PrivateIpAddresses"] = [public]
    world.item("rtb-lb")["Routes"].append(route("0.0.0.0/0", GatewayId="igw-1"))
    verdict = world.trace("i-app", name, port=80)
    assert verdict.verdict == "delivered" and "nat-1" in verdict.path and verdict.path[-1] == "i-behind", verdict
