# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from datetime import date

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.inventory import checks, privatelink
from ansible_collections.closednet.aws.plugins.module_utils._domain.inventory.privatelink import ENDPOINTS, SERVICES

CONSUMER = {"account_id": "666666666666", "reason": "settlement", "requested_by": "finance"}
SERVICE = {"name": "billing", "load_balancer": {"listeners": []}, "consumers": [CONSUMER]}
BARE = {"name": "billing", "consumers": [CONSUMER]}
ENDPOINT = {"name": "billing", "service": {"host": "ledger", "name": "billing"}}
SERVICE_NAME = "com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0"


def inventory(services=(SERVICE,), endpoints=(ENDPOINT,)):
    return {
        "ledger": {"account_id": "555555555555", SERVICES: services if isinstance(services, str) else list(services)},
        "payments": {"account_id": "666666666666", ENDPOINTS: list(endpoints)},
        "neither": {"account_id": "777777777777"},
    }


def problems(*services, endpoints=(ENDPOINT,)):
    return [str(problem) for problem in privatelink.problems(inventory(services or (SERVICE,), endpoints))]


def with_consumer(**changes):
    return {**SERVICE, "consumers": [{**CONSUMER, **changes}]}


@pytest.mark.parametrize("expires", [None, "2026-12-31", date(2026, 12, 31)])
def test_a_sound_inventory_has_no_problems(expires):
    assert problems(with_consumer(expires=expires)) == []


def test_what_yaml_made_a_number_of_is_text_save_an_account_id():
    assert problems(with_consumer(reason=4711)) == []
    (problem,) = problems(with_consumer(account_id=666666666666))
    assert problem.startswith("ledger.privatelink_provider_services[0].consumers[0].account_id: 666666666666 is no")


@pytest.mark.parametrize(
    ("services", "text"),
    [
        ([{**SERVICE, "name": "a/b"}, SERVICE], "[0].name: 'a/b' is no name"),
        ([{"load_balancer": {}}, SERVICE], "[0].name: is no name"),
        ([SERVICE, SERVICE], "[1].name: 'billing' is there twice"),
        (
            [{**SERVICE, "private_dns_name": "a.b"}, {**SERVICE, "name": "other", "private_dns_name": "a.b"}],
            "[1].private_dns_name: 'a.b' is there twice",
        ),
        ([BARE], "[0]: has no load balancer; expected load_balancer or load_balancer_arns"),
        ([{**BARE, "load_balancer_arns": []}], "[0]: has no load balancer"),
        ([with_consumer(account_id="6666")], "[0].consumers[0].account_id: '6666' is no AWS account id"),
        ([with_consumer(requested_by=None)], "[0].consumers[0].requested_by: '' says nothing"),
        ([with_consumer(expires="soon")], "[0].consumers[0].expires: 'soon' is no date"),
        ([{**SERVICE, "consumers": [CONSUMER] * 2}], "[0].consumers[1].account_id: '666666666666' is in the ledger tw"),
        ([{**SERVICE, "consumers": ["666666666666"]}], "[0].consumers: ['666666666666'] is no list of mappings"),
        ([{**SERVICE, "consumers": CONSUMER}], "is no list of mappings"),
    ],
)
def test_a_problem_of_a_service_names_host_variable_and_value(services, text):
    (problem,) = problems(*services)
    assert problem.startswith("ledger.privatelink_provider_services[")
    assert text in problem


@pytest.mark.parametrize(
    ("endpoints", "text"),
    [
        ([{**ENDPOINT, "name": ""}], "[0].name: '' is no name"),
        ([ENDPOINT, ENDPOINT], "[1].name: 'billing' is there twice"),
        (
            [{**ENDPOINT, "dns_name": "a.b"}, {**ENDPOINT, "name": "other", "dns_name": "a.b"}],
            "[1].dns_name: 'a.b' is there twice",
        ),
        ([{"name": "billing"}], "[0].service: names no service"),
        ([{"name": "billing", "service": {"host": "ledger"}}], "[0].service: {'host': 'ledger'} names no service"),
        ([{"name": "billing", "service_name": "billing"}], "[0].service_name: 'billing' is no endpoint service"),
        (
            [{"name": "billing", "service": {"host": "ledger", "name": "biling"}}],
            "[0].service: {'host': 'ledger', 'name': 'biling'} is published nowhere (that host's services: billing)",
        ),
        (
            [{"name": "billing", "service": {"host": "neither", "name": "billing"}}],
            "is published nowhere (that host's services: none)",
        ),
    ],
)
def test_a_problem_of_an_endpoint_names_host_variable_and_value(endpoints, text):
    (problem,) = problems(endpoints=endpoints)
    assert problem.startswith("payments.privatelink_consumer_endpoints[")
    assert text in problem


@pytest.mark.parametrize(
    ("more", "is_told"),
    [
        ({"consumers": []}, True),
        ({"consumers": [{**CONSUMER, "account_id": "777777777777"}]}, True),
        ({"consumers": [], "allowed_principals": ["arn:aws:iam::777777777777:root"]}, True),
        # It may find the service and apply; whether it is accepted, the ledger says later.
        ({"consumers": [], "allowed_principals": ["arn:aws:iam::666666666666:role/apply"]}, False),
        ({"consumers": [], "allowed_principals": ["*"]}, False),
        # The provider's next run must be free to cut it.
        ({"consumers": [{**CONSUMER, "expires": "2020-01-31"}]}, False),
    ],
)
def test_a_consumer_that_no_ledger_names_is_told_with_both_ways_out(more, is_told):
    text = (
        "payments.privatelink_consumer_endpoints[0].service: {'host': 'ledger', 'name': 'billing'} is a service whose"
        " ledger doesn't name account 666666666666, so it can't be found; expected account 666666666666 among the"
        " consumers of ledger.privatelink_provider_services billing (or its allowed_principals), or state: absent"
        " here"
    )
    assert problems({**SERVICE, **more}) == [text] * is_told
    assert problems({**SERVICE, **more}, endpoints=[{**ENDPOINT, "state": "absent"}]) == []


@pytest.mark.parametrize(("supported", "is_told"), [([], True), (["eu-north-1"], True), (["eu-west-1"], False)])
def test_a_consumer_of_another_region_needs_it_among_those_that_the_service_supports(supported, is_told):
    accounts = inventory([{**SERVICE, "supported_regions": supported}])
    accounts["ledger"]["region"], accounts["payments"]["region"] = "eu-central-1", "eu-west-1"
    told = [str(problem) for problem in privatelink.problems(accounts)]
    assert [line.partition("is a service of ")[2] for line in told] == [
        "eu-central-1, which isn't offered to eu-west-1; expected eu-west-1 among the supported_regions of"
        " ledger.privatelink_provider_services billing"
    ] * is_told


def test_a_name_of_another_region_needs_service_region():
    accounts = inventory(endpoints=[{"name": "billing", "service_name": SERVICE_NAME}])
    accounts["payments"]["region"] = "eu-west-1"
    (problem,) = privatelink.problems(accounts)
    assert str(problem).startswith(
        "payments.privatelink_consumer_endpoints[0].service_region: isn't the region of com."
    )
    accounts["payments"][ENDPOINTS][0]["service_region"] = "eu-central-1"
    assert privatelink.problems(accounts) == []
    accounts["payments"][ENDPOINTS][0]["service_region"] = "frankfurt"
    assert len(privatelink.problems(accounts)) == 2


def test_a_service_of_another_inventory_is_named_by_its_service_name():
    assert problems(endpoints=[{"name": "billing", "service_name": SERVICE_NAME}]) == []


def test_what_is_to_go_needs_only_its_name():
    gone = {"name": "billing", "state": "absent"}
    assert problems(gone, SERVICE, endpoints=[gone, ENDPOINT]) == []


def test_a_service_that_is_to_go_is_published_nowhere():
    (problem,) = problems({"name": "billing", "state": "absent"})
    assert "is published nowhere" in problem


def test_lists_are_lists():
    (problem,) = (str(problem) for problem in privatelink.problems(inventory("billing", [])))
    assert problem.startswith("ledger.privatelink_provider_services: 'billing' is no list of mappings")


def test_they_are_problems_of_the_inventory():
    (problem,) = checks.problems(inventory(endpoints=[{"name": "billing"}]))
    assert problem.option == "payments.privatelink_consumer_endpoints[0].service"
