# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Ref

CONSUMER = {"project_id": "recruiting-a", "reason": "db replacement", "requested_by": "team-a"}
PLACE = {"project_id": "recruiting-b", "region": "asia-northeast1", "name": "matching-api"}
GIVEN = {**PLACE, "forwarding_rule": "matching-api-ilb", "nat_cidrs": ["192.168.0.0/29"], "consumers": [CONSUMER]}
GROUP = "zones/asia-northeast1-a/instanceGroups/matching"
BALANCER = {"network": "main", "subnetwork": "apps", "ports": [443], "backends": [GROUP]}
REGION = "projects/recruiting-b/regions/asia-northeast1"


@pytest.fixture
def service(declare):
    def declared(**options):
        given = {**GIVEN, **options}
        return declare("psc_service", **{key: value for key, value in given.items() if value is not None})

    return declared


@pytest.fixture
def made(service):
    def declared(firewall=None, **changes):
        return service(forwarding_rule=None, load_balancer={**BALANCER, **changes}, firewall=firewall)

    return declared


def attachment(declared):
    return declared.resources["service_attachment"]["main"]


def test_lists_hold_for_connected_endpoints_and_nobody_is_accepted_by_default(service):
    """Google's default of reconcileConnections is false (discovery document)."""
    wanted = attachment(service(consumers=None))
    assert wanted["connection_preference"] == "ACCEPT_MANUAL" and wanted["reconcile_connections"] is True
    assert wanted["accept"] == []
    assert attachment(service())["accept"] == [{"project_id": "recruiting-a", "connection_limit": 1}]


def test_the_ledger_is_judged_by_todays_date_in_utc(service):
    before = datetime.now(timezone.utc).date()
    today = service().inputs.today
    assert before <= today <= datetime.now(timezone.utc).date()
    # Not the last day itself, whose end may come in between: tests/unit/_domain/sharing/test_ledger.py.
    for days, found in ((1, 1), (-1, 0)):
        consumers = [{**CONSUMER, "expires": (today + timedelta(days=days)).isoformat()}]
        assert len(attachment(service(consumers=consumers))["accept"]) == found


@pytest.mark.parametrize(
    "rule",
    [
        "matching-api-ilb",
        f"{REGION}/forwardingRules/matching-api-ilb",
        f"https://www.googleapis.com/compute/v1/{REGION}/forwardingRules/matching-api-ilb",
    ],
)
def test_a_given_forwarding_rule_is_only_read(service, rule):
    declared = service(forwarding_rule=rule)
    assert declared.inputs.forwarding_rule == f"{REGION}/forwardingRules/matching-api-ilb"
    assert attachment(declared)["target_service"] == Ref("referenced_rule.main")
    assert [declared.resources[kind] for kind in ("health_check", "backend_service", "balancer_rule")] == [{}] * 3


def test_a_load_balancer_is_made_with_its_parts(made):
    resources = made(ports=[8443, 443, 443]).resources
    ((name, rule),) = resources["balancer_rule"].items()
    assert rule["name"] == f"matching-api-{name}" and rule["ports"] == ["443", "8443"]
    assert resources["service_attachment"]["main"]["target_service"] == Ref(f"balancer_rule.{name}")
    assert resources["health_check"]["main"]["port"] == 443
    assert resources["backend_service"]["tcp"]["backends"] == [f"projects/recruiting-b/{GROUP}"]
    assert rule["network"] == "projects/recruiting-b/global/networks/main"


def test_what_cannot_change_in_a_rule_is_in_its_name(made):
    def rule(**changes):
        return next(iter(made(**changes).resources["balancer_rule"]))

    assert rule() == rule(global_access=True) == rule(backends=[])
    assert len({rule(), rule(ports=[80]), rule(subnetwork="other"), rule(network="other")}) == 4


def test_a_firewall_rule_has_the_ports_of_the_load_balancer_and_comes_only_if_asked_for(made, service):
    assert made().resources["nat_firewall"] == {}
    rule = made(firewall={"target_tags": ["web"]}).resources["nat_firewall"]["main"]
    assert (rule["protocol"], rule["ports"], rule["source_ranges"]) == ("tcp", ["443"], ["192.168.0.0/29"])
    theirs = service(firewall={}).resources["nat_firewall"]["main"]
    assert (theirs["protocol"], theirs["ports"], theirs["target_tags"]) == (None, None, [])
    assert service(firewall={"ports": ["80-90"]}).resources["nat_firewall"]["main"]["ports"] == ["80-90"]


def test_a_domain_name_has_the_apis_form(service):
    assert attachment(service(domain_name="p.example.com"))["domain_names"] == ["p.example.com."]
    assert attachment(service(domain_name="p.example.com."))["domain_names"] == ["p.example.com."]
    assert attachment(service())["domain_names"] == []


def test_absent_needs_only_the_name(declare):
    declared = declare("psc_service", **PLACE, state="absent")
    assert declared.owner == "psc_service/matching-api"
    assert declared.resources["service_attachment"] == {}


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"name": "Matching"}, "name: 'Matching' is no name of a resource"),
        ({"name": "m" * 51}, "is too long: the names of the service's resources begin with it"),
        (
            {"forwarding_rule": f"{REGION.replace('northeast1', 'east1')}/forwardingRules/x"},
            "is in asia-east1; expected one in asia-northeast1",
        ),
        (
            {"forwarding_rule": f"{REGION.replace('recruiting-b', 'recruiting-a')}/forwardingRules/x"},
            "is one of project recruiting-a; expected one of project recruiting-b",
        ),
        ({"forwarding_rule": f"{REGION}/targetPools/x"}, "forwarding_rule: "),
        ({"nat_cidrs": []}, "nat_cidrs: [] leaves the service without a NAT subnet"),
        ({"nat_cidrs": ["192.168.0.1/29"]}, "nat_cidrs[0]: '192.168.0.1/29' "),
        ({"nat_cidrs": ["192.168.0.0/30"]}, "nat_cidrs[0]: '192.168.0.0/30' is smaller than Google Cloud's smallest"),
        ({"nat_cidrs": ["fd00::/64"]}, "nat_cidrs[0]: 'fd00::/64' "),
        ({"nat_cidrs": ["192.168.0.0/28", "192.168.0.8/29"]}, "nat_cidrs[1]: '192.168.0.8/29' overlaps 192.168.0.0/28"),
        ({"nat_cidrs": None, "nat_subnets": []}, "nat_subnets: [] leaves the service without a NAT subnet"),
        ({"nat_cidrs": None, "nat_subnets": ["a/b"]}, "nat_subnets[0]: 'a/b' is no name of a subnetwork"),
        (
            {"consumers": [{**CONSUMER, "connection_limit": 5}]},
            "5 approved connections need 5; expected one /28, or one /29 more",
        ),
        ({"consumers": [{**CONSUMER, "project_id": "415104041262"}]}, "is a project's number; expected its id"),
        ({"domain_name": "example"}, "domain_name: 'example' is no DNS name"),
        ({"domain_name": "*.example.com"}, "domain_name: '*.example.com' is a wildcard"),
        ({"firewall": {"target_tags": ["Web"]}}, "firewall.target_tags[0]: 'Web' is no network tag"),
        ({"firewall": {"target_service_accounts": ["x"]}}, "firewall.target_service_accounts[0]: 'x' is no service"),
        ({"firewall": {"ports": ["http"]}}, "firewall.ports[0]: 'http' is neither a port nor a range"),
        (
            {"firewall": {"target_tags": ["a"], "target_service_accounts": ["x@y.iam.gserviceaccount.com"]}},
            "can't be had with target_tags",
        ),
    ],
)
def test_what_cannot_be_is_said_before_any_call(service, options, text):
    with pytest.raises(Invalid) as error:
        service(**options)
    assert text in str(error.value)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"ports": []}, "load_balancer.ports: [] answers on no port"),
        ({"ports": [1, 2, 3, 4, 5, 6]}, "has 6 ports; expected 1 to 5 ports"),
        ({"ports": [0]}, "load_balancer.ports[0]: 0 is no port"),
        ({"ports": [70000]}, "load_balancer.ports[0]: 70000 is no port"),
        ({"network": f"{REGION}/subnetworks/x"}, "load_balancer.network: "),
        ({"subnetwork": "Apps"}, "load_balancer.subnetwork: 'Apps' is no name"),
        ({"backends": ["apps"]}, "load_balancer.backends[0]: 'apps' is no instance group or network endpoint group"),
        ({"backends": ["zones/us-east1-b/instanceGroups/x"]}, "is in us-east1; expected one in asia-northeast1"),
        ({"backends": [f"projects/other-b/{GROUP}"]}, "is one of project other-b; expected one of"),
        ({"health_check": {"path": "/up"}}, "health_check.path: '/up' is nothing that TCP asks for"),
        ({"health_check": {"port": 0}}, "health_check.port: 0 is no port"),
        ({"protocol": "UDP"}, "load_balancer.health_check.port: is missing; expected a TCP port"),
    ],
)
def test_a_load_balancer_that_cannot_be(made, changes, text):
    with pytest.raises(Invalid) as error:
        made(**changes)
    assert text in str(error.value)


def test_an_expired_entry_takes_no_address(service):
    consumers = [{**CONSUMER, "connection_limit": 9, "expires": "2020-01-01"}]
    assert attachment(service(consumers=consumers))["accept"] == []


def test_the_info_module_needs_the_name_and_place_alone(declare):
    declared = declare("psc_service_info", **PLACE)
    assert declared.owner == "psc_service/matching-api" and declared.inputs.ledger == {}
