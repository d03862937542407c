# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The provider's side of Private Service Connect: NAT subnets, firewall rule and load balancer.

Rules: https://cloud.google.com/vpc/docs/about-vpc-hosted-services and .../vpc/docs/subnets.
"""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import Conflict
from ansible_collections.closednet.aws.plugins.module_utils._resources.psc import nat_firewall, nat_subnet
from ansible_collections.closednet.aws.tests.unit._resources.psc_google import (
    CONSUMER,
    HOST,
    MARK,
    REGION,
    RULE,
    B,
    attachment,
    endpoint,
    plan,
    published,
    read,
    resource,
    run,
    subnet,
    url,
)

# ---- NAT subnets --------------------------------------------------------------------------------------------------


def test_a_cidr_keeps_its_subnet_grows_or_gets_a_new_one():
    two = [subnet(), subnet("matching-api-nat-7", "192.168.7.0/29")]
    given = {**published(), "subnetworks": two}
    given["serviceAttachments"][0]["natSubnets"] = [one["selfLink"] for one in two]
    assert plan(given, nat_cidrs=["192.168.0.0/28", "192.168.7.0/29"]) == ["change nat_subnet.nat-1:cidr"]
    assert plan(given, nat_cidrs=["192.168.7.0/29", "192.168.0.0/29"]) == []
    moved = plan(given, nat_cidrs=["192.168.7.0/29", "10.99.0.0/29"])
    assert moved == [
        "create nat_subnet.nat-2",
        "change service_attachment.main:nat_subnets",
        "delete nat_subnet.nat-1",
    ]


def test_a_growing_subnet_takes_in_another_one_once_that_is_deleted():
    two = [subnet(), subnet("matching-api-nat-2", "192.168.0.8/29")]
    given = {**published(natSubnets=[one["selfLink"] for one in two]), "subnetworks": two}
    declared, found = read(given, nat_cidrs=["192.168.0.0/28"])
    steps = {step.address: step for step in nat_subnet.plan(declared.resources["nat_subnet"], found, declared)}
    assert set(steps) == {"nat_subnet.nat-1:cidr", "nat_subnet.nat-2"}
    assert steps["nat_subnet.nat-1:cidr"].operation == "compute.subnetworks.expandIpCidrRange"
    assert "nat_subnet.nat-2" in steps["nat_subnet.nat-1:cidr"].needs


def test_a_subnet_cannot_shrink():
    given = {**published(), "subnetworks": [subnet(cidr="192.168.0.0/28")]}
    with pytest.raises(Conflict, match="overlaps 192.168.0.0/28 of .*nat-1 in the same network. A subnet can't shrink"):
        run(given, nat_cidrs=["192.168.0.0/29"])


def test_a_cidr_that_overlaps_somebody_elses_subnet_is_refused_before_a_write():
    theirs = subnet("theirs", "192.168.0.0/24", "PRIVATE")
    with pytest.raises(Conflict, match="which overlaps 192.168.0.0/24 of .*/theirs in the same network"):
        run({"forwardingRules": [RULE], "subnetworks": [theirs]})
    other = {**theirs, "network": url("networks", "other")}
    assert run({"forwardingRules": [RULE], "subnetworks": [other]})["plan"]


def test_somebody_elses_subnet_of_the_name_is_in_the_way():
    theirs = subnet(cidr="192.168.9.0/29", description="by hand")
    # A subnet's description can't be changed, so it can't be handed over.
    with pytest.raises(Conflict, match="nat_subnet.nat-1: .*exists and isn't closednet's .*or choose another name$"):
        run({"forwardingRules": [RULE], "subnetworks": [theirs]})


def test_propagated_connections_take_addresses_too():
    given = published(endpoint("ACCEPTED", propagatedConnectionCount=4))
    with pytest.raises(Conflict, match="1 approved connections and 4 propagated need 5; expected one /28, or"):
        run(given, check=False)
    assert run(given)["nat"] == {"capacity": 4, "needed": 5, "used": 5, "propagated": 4}


@pytest.mark.parametrize(
    ("theirs", "text"),
    [
        ({"purpose": "PRIVATE"}, "has purpose PRIVATE; expected a subnet of purpose PRIVATE_SERVICE_CONNECT"),
        ({"network": url("networks", "other")}, "expected one of projects/recruiting-b/global/networks/main"),
        ({"name": "x"}, "not all of .* exist in region"),
    ],
)
def test_given_nat_subnets_are_checked(theirs, text):
    given = {"forwardingRules": [RULE], "subnetworks": [{**subnet("given-nat"), **theirs}]}
    with pytest.raises(Conflict, match=f"nat_subnets: .*{text}"):
        run(given, check=False, nat_cidrs=None, nat_subnets=["given-nat"])


def test_given_nat_subnets_are_counted_and_open_the_firewall():
    given = {"forwardingRules": [RULE], "subnetworks": [subnet("given-nat", "192.168.0.0/29")]}
    options = {"nat_cidrs": None, "nat_subnets": ["given-nat"], "firewall": {"target_tags": ["web"]}}
    result = run(given, **options)
    assert result["nat"]["capacity"] == 4
    assert result["plan"][0]["after"]["source_ranges"] == ["192.168.0.0/29"]
    many = [{**CONSUMER, "connection_limit": 5}]
    with pytest.raises(Conflict, match="nat_subnets: 192.168.0.0/29 has 4 usable addresses"):
        run(given, check=False, **options, consumers=many)


# ---- the firewall rule --------------------------------------------------------------------------------------------


RULE_NAME = nat_firewall.name_of("matching-api", REGION)


def firewall(**fields):
    given = {
        "description": f"{MARK}main",
        "network": url("networks", "main"),
        "direction": "INGRESS",
        "priority": 1000,
        "sourceRanges": ["192.168.0.0/29"],
        "allowed": [{"IPProtocol": "tcp", "ports": ["443"]}],
        **fields,
    }
    return {**published(), "firewalls": [resource("firewalls", RULE_NAME, **given)]}


@pytest.mark.parametrize(
    ("there", "field"),
    [
        ({"sourceRanges": ["0.0.0.0/0"]}, "source_ranges"),
        # A rule lets in what comes from any of its sources.
        ({"sourceTags": ["others"]}, "other_sources"),
        ({"sourceServiceAccounts": ["x@y.iam.gserviceaccount.com"]}, "other_sources"),
        ({"allowed": [{"IPProtocol": "tcp"}]}, "ports"),
        ({"allowed": [{"IPProtocol": "all"}]}, "protocol+ports"),
        ({"allowed": [{"IPProtocol": "tcp", "ports": ["443"]}, {"IPProtocol": "icmp"}]}, "protocol"),
        ({"targetTags": ["web"]}, "target_tags"),
        ({"disabled": True}, "disabled"),
        ({"priority": 65535}, "priority"),
    ],
)
def test_a_firewall_rule_that_lets_in_something_else_is_changed_back(there, field):
    assert plan(firewall(), firewall={}) == []
    assert plan(firewall(**there), firewall={}) == [f"change nat_firewall.main:{field}"]


def test_services_of_one_name_in_two_regions_have_a_rule_each():
    """Firewall rules are global: one for both would let in only the NAT subnets of the region that ran last."""
    assert nat_firewall.name_of("matching-api", "us-west1") != RULE_NAME
    assert len(nat_firewall.name_of("m" * 50, "northamerica-northeast1")) == 63
    assert run(published(), firewall={})["plan"][0]["after"]["name"] == RULE_NAME


def test_a_firewall_rule_that_is_no_longer_declared_is_deleted():
    assert plan(firewall()) == ["delete nat_firewall.main"]
    assert plan(firewall(description="by hand")) == []
    # What is no longer declared may be forgotten, and connected endpoints would lose their traffic.
    live = {**firewall(), **published(endpoint("ACCEPTED"))}
    with pytest.raises(Conflict, match="allow_disconnect: this deletes the firewall rule .*matching-api-psc-.* while"):
        run(live, check=False)
    assert plan(live, allow_disconnect=True) == ["delete nat_firewall.main"]


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        ({"ports": [], "allPorts": True}, ("tcp", [])),
        ({"IPProtocol": "L3_DEFAULT", "ports": [], "allPorts": True}, ("all", [])),
        ({"IPProtocol": "UDP", "ports": ["53", "8053"]}, ("udp", ["53", "8053"])),
        ({"loadBalancingScheme": "INTERNAL_MANAGED", "ports": [], "portRange": "443-443"}, ("tcp", ["443"])),
    ],
)
def test_a_firewall_rule_allows_what_the_load_balancer_answers(rule, allowed):
    steps = run({"forwardingRules": [{**RULE, **rule}]}, firewall={})["plan"]
    (after,) = (step["after"] for step in steps if step["address"] == "nat_firewall.main")
    assert (after["protocol"], after["ports"]) == allowed


def test_a_firewall_rule_for_all_protocols_has_no_ports():
    rule = {**RULE, "IPProtocol": "L3_DEFAULT", "ports": [], "allPorts": True}
    with pytest.raises(Conflict, match="firewall.ports: .*Rules/given forwards all protocols .*Declare none"):
        run({"forwardingRules": [rule]}, firewall={"ports": ["443"]})


# ---- a load balancer of its own -----------------------------------------------------------------------------------

GROUP = "zones/asia-northeast1-a/instanceGroups/web"
BALANCER = {"network": "main", "subnetwork": "apps", "ports": [443], "backends": [GROUP]}
APPS = subnet("apps", "10.0.0.0/16", "PRIVATE")


def made(check=None):
    """What a load balancer of BALANCER is made of, as the API answers it."""
    declared, _found = read({}, forwarding_rule=None, load_balancer=BALANCER)
    ((key, rule),) = declared.resources["balancer_rule"].items()
    described = {"description": f"{MARK}{key}"}
    return {
        "regionHealthChecks": [
            resource(
                "healthChecks",
                "matching-api",
                description=f"{MARK}main",
                **(check or {"type": "TCP", "tcpHealthCheck": {"port": 443, "portSpecification": "USE_FIXED_PORT"}}),
            )
        ],
        "regionBackendServices": [
            resource(
                "backendServices",
                "matching-api-tcp",
                description=f"{MARK}tcp",
                protocol="TCP",
                backends=[{"group": f"{HOST}projects/{B}/{GROUP}", "balancingMode": "CONNECTION"}],
                healthChecks=[url("healthChecks", "matching-api")],
                fingerprint="f=",
            )
        ],
        "instanceGroups": [{"name": "web"}],
        "forwardingRules": [
            resource(
                "forwardingRules",
                rule["name"],
                **described,
                IPProtocol="TCP",
                ports=["443"],
                network=url("networks", "main"),
                subnetwork=url("subnetworks", "apps"),
                backendService=url("backendServices", "matching-api-tcp"),
                loadBalancingScheme="INTERNAL",
            )
        ],
        "subnetworks": [subnet(), APPS],
        "serviceAttachments": [attachment(targetService=url("forwardingRules", rule["name"]))],
    }


def of_its_own(resources, **changes):
    return plan(resources, forwarding_rule=None, load_balancer={**BALANCER, **changes})


def test_a_load_balancer_as_declared_needs_nothing():
    assert of_its_own(made()) == []


def test_the_subnet_of_a_load_balancer_is_a_regular_one():
    """PRIVATE_RFC_1918: "Regular user created or automatically created subnet" (its purpose, discovery document)."""

    def converge(purpose):
        resources = {**made(), "subnetworks": [subnet(), subnet("apps", "10.0.0.0/16", purpose)]}
        return run(resources, check=False, forwarding_rule=None, load_balancer=BALANCER)

    assert converge("PRIVATE")["plan"] == converge("PRIVATE_RFC_1918")["plan"] == []
    with pytest.raises(Conflict, match="purpose REGIONAL_MANAGED_PROXY; expected a regular subnet of"):
        converge("REGIONAL_MANAGED_PROXY")


def test_another_port_makes_another_rule_before_the_former_is_deleted():
    lines = of_its_own(made(), ports=[443, 8443])
    assert [line.partition("-")[0] for line in lines] == [
        "create balancer_rule.tcp",
        "change service_attachment.main:target_service",
        "delete balancer_rule.tcp",
    ]


def test_a_given_rule_in_its_place_deletes_what_was_made_last():
    given = made()
    given["forwardingRules"].append(RULE)
    lines = plan(given)
    assert lines[0] == "change service_attachment.main:target_service"
    assert {line.partition(".")[0] for line in lines[1:]} == {
        *("delete balancer_rule", "delete backend_service", "delete health_check")
    }


@pytest.mark.parametrize(
    ("check", "field"),
    [
        ({"type": "TCP", "tcpHealthCheck": {"portSpecification": "USE_SERVING_PORT"}}, "port"),
        ({"type": "HTTP", "httpHealthCheck": {"port": 443, "requestPath": "/"}}, "protocol"),
        ({"type": "GRPC", "grpcHealthCheck": {"port": 443}}, "protocol"),
        ({"type": "UNHEARD_OF"}, "protocol+port"),
    ],
)
def test_a_health_check_that_asks_something_else_is_changed_back(check, field):
    assert of_its_own(made(check)) == [f"change health_check.main:{field}"]


@pytest.mark.parametrize(
    ("missing", "text"),
    [
        ("instanceGroups", "load_balancer.backends: .*instanceGroups/web doesn't exist"),
        ("subnetworks", "load_balancer.subnetwork: .*subnetworks/apps doesn't exist"),
    ],
)
def test_what_a_load_balancer_needs_is_looked_for_before_a_write(missing, text):
    with pytest.raises(Conflict, match=text):
        run({**made(), missing: []}, check=False, forwarding_rule=None, load_balancer=BALANCER)
