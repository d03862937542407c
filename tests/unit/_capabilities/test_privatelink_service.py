# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Ref

ARN = "arn:aws:elasticloadbalancing:eu-central-1:555555555555:loadbalancer/{}/billing/0123456789abcdef"
LISTENER = {"port": 443, "targets": ["10.20.0.10", "10.20.16.10"], "target_port": 8443}
GIVEN = {"load_balancer": None, "load_balancer_arns": [ARN.format("net")]}
CONSUMER = {"account_id": "666666666666", "reason": "settlement", "requested_by": "finance"}
BILLING = {
    "account_id": "555555555555",
    "name": "billing",
    "load_balancer": {"vpc_name": "ledger", "listeners": [LISTENER]},
    "consumers": [CONSUMER],
}


@pytest.fixture
def service(declare):
    def declared(**options):
        given = {**BILLING, **options}
        return declare("privatelink_service", **{key: value for key, value in given.items() if value is not None})

    return declared


def listening(**changes):
    return {"load_balancer": {"listeners": [{**LISTENER, **changes}]}}


def test_a_load_balancer_is_made_with_a_target_group_for_each_listener(service):
    resources = service(load_balancer={"listeners": [LISTENER, {"port": 80, "targets": []}]}).resources

    assert set(resources["load_balancer"]) == {"main"}
    assert set(resources["target_group"]) == {"443-TCP-ip", "80-TCP-ip"}
    assert set(resources["listener"]) == {"443", "80"}
    assert set(resources["target"]) == {"443-TCP-ip/10.20.0.10:8443", "443-TCP-ip/10.20.16.10:8443"}
    assert resources["endpoint_service"]["main"]["load_balancers"] == [Ref("load_balancer.main")]


def test_given_load_balancers_are_only_read(service):
    declared = service(**GIVEN)

    assert declared.resources["endpoint_service"]["main"]["load_balancers"] == GIVEN["load_balancer_arns"]
    assert set(declared.resources["referenced_load_balancer"]) == set(GIVEN["load_balancer_arns"])
    for kind in ("load_balancer", "target_group", "listener", "target"):
        assert declared.resources[kind] == {}


def test_nothing_is_accepted_by_default_and_only_the_ledger_may_find_it(service):
    wanted = service().resources["endpoint_service"]["main"]
    assert wanted["acceptance_required"] is True
    assert wanted["principals"] == ["arn:{partition}:iam::666666666666:root"]
    assert service(consumers=[]).resources["endpoint_service"]["main"]["principals"] == []


def test_the_ledger_is_judged_by_todays_date_in_utc(service):
    before = datetime.now(timezone.utc).date()
    inputs = service().inputs
    assert before <= inputs.today <= datetime.now(timezone.utc).date()
    for days, found in ((0, 1), (-1, 0)):
        consumers = [{**CONSUMER, "expires": (inputs.today + timedelta(days=days)).isoformat()}]
        # A day that begins in between would be told by the line above.
        assert len(service(consumers=consumers).resources["endpoint_service"]["main"]["principals"]) == found


@pytest.mark.parametrize(
    ("options", "start", "zone"),
    [
        ({}, False, None),
        ({"private_dns_zone_id": "Z0123456789"}, True, "Z0123456789"),
        ({"verify_private_dns": True}, True, None),
        ({"private_dns_zone_id": "Z0123456789", "verify_private_dns": False}, False, "Z0123456789"),
    ],
)
def test_a_private_name_is_verified_where_its_record_is_published_here_or_on_request(service, options, start, zone):
    resources = service(private_dns_name="api.example.com", **options).resources

    assert resources["private_dns_verification"]["main"]["start"] is start
    assert resources["verification_record"]["main"]["zone"] == zone


def test_any_principal_only_if_it_is_meant(service):
    declared = service(allowed_principals=["*"], allow_any_principal=True)
    assert "*" in declared.resources["endpoint_service"]["main"]["principals"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"name": "billing/api"}, "name: 'billing/api' is no name"),
        ({**GIVEN, "load_balancer_arns": []}, "load_balancer_arns: [] leaves the service without a load balancer"),
        ({**GIVEN, "load_balancer_arns": [ARN.format("app")]}, "load_balancer_arns[0]: 'arn:aws:elasticloadbalancing"),
        (
            {**GIVEN, "load_balancer_arns": [ARN.format("net").replace("555555555555", "111111111111")]},
            "is of another account; expected one of account 555555555555",
        ),
        ({"load_balancer": {"vpc_id": "ledger", "listeners": [LISTENER]}}, "load_balancer.vpc_id: 'ledger' is no id"),
        (
            {"load_balancer": {"tier": "app.euc1-az1", "listeners": [LISTENER]}},
            "load_balancer.tier: 'app.euc1-az1' is no name of a tier",
        ),
        ({"load_balancer": {"listeners": []}}, "load_balancer.listeners: [] answers on no port"),
        ({"load_balancer": {"listeners": [LISTENER] * 2}}, "load_balancer.listeners[1].port: 443 has two listeners"),
        (listening(port=70000), "load_balancer.listeners[0].port: 70000 is neither a port"),
        (listening(target_port=-1), "load_balancer.listeners[0].target_port: -1 is neither a port"),
        (listening(health_check={"port": "http"}), "load_balancer.listeners[0].health_check.port: 'http' is neither"),
        (listening(health_check={"path": "/up"}), "health_check.path: '/up' is nothing that TCP asks for"),
        (listening(targets=["billing"]), "load_balancer.listeners[0].targets[0]: 'billing' is no IPv4 address"),
        (listening(targets=["10.20.0.10"], target_type="instance"), "targets[0]: '10.20.0.10' is no id of a i"),
        (listening(targets=[ARN.format("net")], target_type="alb"), "loadbalancer/app/NAME/"),
        (listening(targets=["10.20.0.10"] * 2), "load_balancer.listeners[0].targets[1]: '10.20.0.10' is there twice"),
        (
            {"consumers": [{**CONSUMER, "account_id": "66666666666"}]},
            "consumers[0].account_id: '66666666666' is no AWS",
        ),
        ({"consumers": [CONSUMER] * 2}, "consumers[1].account_id: '666666666666' is in the ledger twice"),
        ({"consumers": [{**CONSUMER, "reason": ""}]}, "consumers[0].reason: '' says nothing"),
        ({"consumers": [{**CONSUMER, "expires": "soon"}]}, "consumers[0].expires: 'soon' is no date"),
        ({"allowed_principals": ["*"]}, "allowed_principals[0]: '*' lets every AWS account apply; expected allow_any_"),
        ({"allowed_principals": ["666666666666"]}, "allowed_principals[0]: '666666666666' is no such ARN"),
        ({"supported_ip_address_types": []}, "supported_ip_address_types: [] leaves no endpoint an address"),
        ({"supported_ip_address_types": ["ipv6"]}, "supported_ip_address_types: ['ipv6'] can't be had with load_bal"),
        ({"supported_regions": ["frankfurt"]}, "supported_regions[0]: 'frankfurt' is no AWS region"),
        ({"private_dns_name": "billing"}, "private_dns_name: 'billing' is no DNS name"),
        ({"private_dns_zone_id": "Z1"}, "private_dns_zone_id: 'Z1' has no name to verify"),
        ({"verify_private_dns": True}, "verify_private_dns: true has no name to verify"),
        (
            {"private_dns_name": "api.example.com", "private_dns_zone_id": "example.com"},
            "private_dns_zone_id: 'example.com' is no id of a hosted zone",
        ),
    ],
)
def test_what_cannot_be_is_said_before_any_call(service, options, text):
    with pytest.raises(Invalid) as error:
        service(**options)

    assert text in str(error.value)


def test_absent_needs_only_the_name(declare):
    declared = declare("privatelink_service", account_id="555555555555", name="billing", state="absent")
    assert declared.owner == "privatelink_service/billing"
