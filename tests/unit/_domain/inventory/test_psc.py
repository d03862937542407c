# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Private Service Connect in an inventory. Rules: https://docs.cloud.google.com/vpc/docs/about-vpc-hosted-services and
https://docs.cloud.google.com/vpc/docs/configure-private-service-connect-services (same region, other VPC network)."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.inventory import psc

ENTRY = {"project_id": "recruiting-a", "reason": "db replacement", "requested_by": "team-a", "expires": "2099-03-31"}
SERVICE = {"name": "matching-api", "forwarding_rule": "matching-api-ilb", "consumers": [ENTRY]}
ENDPOINT = {"name": "matching", "service": {"host": "b", "name": "matching-api"}, "network": "vpc"}
ATTACHMENT = "projects/recruiting-b/regions/asia-northeast1/serviceAttachments/matching-api"
BALANCER = {"name": "matching-api", "load_balancer": {"network": "vpc"}}


def project(name, **more):
    return {"cloud": "gcp", "project_id": f"recruiting-{name}", "region": "asia-northeast1", **more}


def problems(b=None, a=None):
    """Problems of a provider and a consumer, with these variables in place of theirs."""
    hosts = {
        "b": project("b", psc_services=[SERVICE], **(b or {}))
        if not b or "psc_services" not in b
        else project("b", **b),
        "a": project("a", **({"psc_endpoints": [ENDPOINT]} | (a or {}))),
    }
    return [str(problem) for problem in psc.problems(hosts)]


def test_two_projects_without_problems():
    assert problems() == []


@pytest.mark.parametrize(
    "variables",
    [
        {"psc_endpoints": [{**ENDPOINT, "service": ATTACHMENT}]},
        {"psc_endpoints": [{**ENDPOINT, "service": f"https://www.googleapis.com/compute/v1/{ATTACHMENT}"}]},
        # Whoever knows an attachment can apply; the ledger decides.
        {"project_id": "recruiting-z"},
        {"psc_endpoints": [{"name": "old", "state": "absent"}]},
        {"project_number": 415104041262, "google_access_token": "x"},
        {"project_id": "example.com:recruiting"},
    ],
)
def test_a_consumer_without_problems(variables):
    assert problems(a=variables) == []


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"project_id": None}, "a.project_id: is missing"),
        ({"project_id": "415104041262"}, "a.project_id: '415104041262' is a project's number; expected its id"),
        ({"project_id": 415104041262}, "a.project_id: '415104041262' is a project's number"),
        ({"project_id": "Recruiting"}, "a.project_id: 'Recruiting' is no project id"),
        ({"project_number": "recruiting-a"}, "a.project_number: 'recruiting-a' is no project number"),
        ({"region": None}, "a.region: is missing"),
        ({"wait_timeout": -1}, "a.wait_timeout: -1 "),
        ({"region": "asia-northeast1-a"}, "is a zone; expected its region, asia-northeast1"),
        ({"region": "us-west1"}, "a.psc_endpoints[0].service: {'host': 'b', 'name': 'matching-api'} is a service"),
        (
            {"impersonate_service_account": "operator"},
            "'operator' is no service account",
        ),
        (
            {"google_access_token": "secret", "service_account_file": "key.json"},
            "a.google_access_token: is declared beside service_account_file; expected one of them",
        ),
        ({"project_id": "recruiting-b"}, "a.project_id: 'recruiting-b' is also the project of b in asia-northeast1"),
        ({"psc_endpoints": {"name": "x"}}, "is no list of mappings"),
        ({"psc_endpoints": [ENDPOINT, ENDPOINT]}, "a.psc_endpoints[1].name: 'matching' is there twice"),
        (
            {
                "psc_endpoints": [
                    {**ENDPOINT, "dns_name": "m.in"},
                    {**ENDPOINT, "name": "n", "dns_name": "m.in"},
                ]
            },
            "a.psc_endpoints[1].dns_name: 'm.in' is there twice",
        ),
        (
            {"psc_endpoints": [{**ENDPOINT, "name": "Matching_API"}]},
            "[0].name: 'Matching_API' is no name",
        ),
        ({"psc_endpoints": [{"name": "matching"}]}, "a.psc_endpoints[0].service: is missing"),
        (
            {"psc_endpoints": [{**ENDPOINT, "service": "matching-api"}]},
            "'matching-api' is no name of a service",
        ),
        (
            {"psc_endpoints": [{**ENDPOINT, "service": ATTACHMENT.replace("asia-northeast1", "us-west1")}]},
            "is a service of us-west1, and endpoints of asia-northeast1 reach services of their own region only",
        ),
        (
            {"psc_endpoints": [{**ENDPOINT, "service": {"hots": "b", "name": "matching-api"}}]},
            "names no service (did you mean host?); expected {host: ..., name: ...}",
        ),
        (
            {"psc_endpoints": [{**ENDPOINT, "service": {"host": "b", "name": "matching"}}]},
            "is published nowhere (that host's services: matching-api); expected one of the psc_services of",
        ),
        (
            {"psc_endpoints": [{**ENDPOINT, "service": {"host": "bb", "name": "matching-api"}}]},
            "a.psc_endpoints[0].service.host: 'bb' is no host with cloud: gcp (did you mean b?); expected the host",
        ),
        # A host that publishes nothing isn't meant.
        (
            {"psc_endpoints": [{**ENDPOINT, "service": {"host": "aa", "name": "matching-api"}}]},
            "'aa' is no host with cloud: gcp; expected",
        ),
        (
            {"psc_endpoints": [{**ENDPOINT, "service": {"host": "a", "name": "x"}}]},
            "(that host's services: none)",
        ),
    ],
)
def test_a_problem_of_a_consumer(variables, expected):
    found = problems(a=variables)
    assert any(expected in problem for problem in found), found
    assert "secret" not in "".join(found)


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ({"forwarding_rule": None}, "b.psc_services[0]: has no load balancer, or two"),
        ({"load_balancer": {}}, "b.psc_services[0]: has no load balancer, or two"),
        ({"consumers": "recruiting-a"}, "b.psc_services[0].consumers: 'recruiting-a' is no list of mappings"),
        (
            {"consumers": [{**ENTRY, "project_id": "1234567"}]},
            "[0].project_id: '1234567' is a project's number",
        ),
        ({"consumers": [{**ENTRY, "project_id": 1234567}]}, "[0].project_id: '1234567' is a project's number"),
        ({"consumers": [{**ENTRY, "project_id": None}]}, "consumers[0].project_id: is no project id"),
        ({"consumers": [{**ENTRY, "expires": "31.3.2099"}]}, "consumers[0].expires: '31.3.2099' is no date"),
        ({"consumers": [{**ENTRY, "reason": " "}]}, "consumers[0].reason"),
        ({"consumers": [ENTRY, ENTRY]}, "consumers[1].project_id: 'recruiting-a' is in the ledger twice"),
        ({"consumers": [{**ENTRY, "connection_limit": 0}]}, "consumers[0].connection_limit: 0 lets nobody connect"),
        (
            {"consumers": [{**ENTRY, "project_number": "12x"}]},
            "[0].project_number: '12x' is no project number",
        ),
        ({"name": "matching_api"}, "b.psc_services[0].name: 'matching_api' is no name of a resource"),
    ],
)
def test_a_problem_of_a_provider(service, expected):
    found = problems(b={"psc_services": [{**SERVICE, **service}]})
    assert any(expected in problem for problem in found), found


def test_a_date_that_yaml_reads_as_one_is_no_problem():
    from datetime import date

    assert problems(b={"psc_services": [{**SERVICE, "consumers": [{**ENTRY, "expires": date(2099, 3, 31)}]}]}) == []


def test_an_endpoint_in_the_network_of_the_service():
    own = {**ENDPOINT, "service": {"host": "b", "name": "matching-api"}}
    found = problems(b={"psc_services": [BALANCER], "psc_endpoints": [own]})
    assert found == [
        "b.psc_endpoints[0].service: {'host': 'b', 'name': 'matching-api'} is a service of the endpoint's own VPC"
        " network, where Google connects no endpoint; expected an endpoint in another network, or the load"
        " balancer's address"
    ]
    of_name = {**own, "network": "https://www.googleapis.com/compute/v1/projects/recruiting-b/global/networks/vpc"}
    assert problems(b={"psc_services": [BALANCER], "psc_endpoints": [of_name]}) == found
    assert problems(b={"psc_services": [BALANCER], "psc_endpoints": [{**own, "network": "other"}]}) == []


def test_a_number_that_is_another_projects():
    numbered = {**SERVICE, "consumers": [{**ENTRY, "project_number": "1111111"}]}
    found = problems(b={"psc_services": [numbered]}, a={"project_number": 2222222})
    assert found == [
        "b.psc_services[0].consumers[0].project_number: '1111111' isn't the number of recruiting-a; expected 2222222"
    ]


def test_an_endpoint_of_a_withdrawn_service():
    assert problems(b={"psc_services": [{**SERVICE, "state": "absent"}]}) == [
        "a.psc_endpoints[0].service: {'host': 'b', 'name': 'matching-api'} is a service with state: absent; expected"
        " one of the psc_services of a host, or state: absent here"
    ]


def test_a_number_of_two_projects_could_mean_either():
    assert problems({"project_number": 2222222}, {"project_number": "2222222"}) == [
        "a.project_number: '2222222' is also the number of recruiting-b, the project of b; expected that of"
        " recruiting-a (gcloud projects describe recruiting-a shows it)"
    ]


def test_a_region_that_is_none_is_told_once():
    assert [text.partition(":")[0] for text in problems(a={"region": "asia-northeast1-a"})] == ["a.region"]
    assert [text.partition(":")[0] for text in problems(b={"region": "asia-northeast1-a"})] == ["b.region"]


def test_an_attachments_name_follows_from_the_providers_declaration():
    (endpoint,) = psc.with_service_attachments([ENDPOINT], {"b": project("b")})
    assert endpoint == {**ENDPOINT, "state": "present", "service": ATTACHMENT}
    given = {**ENDPOINT, "state": "absent", "service": ATTACHMENT}
    assert psc.with_service_attachments([given, {"name": "old"}], {}) == [
        given,
        {"name": "old", "state": "present", "service": None},
    ]
    assert psc.with_service_attachments([ENDPOINT], {"b": {"account_id": "1" * 12}})[0]["service"] is None


def test_ledger_entries_get_the_numbers_of_the_inventory():
    hosts = {
        "a": project("a", project_number=1111111),
        "c": project("c", project_number="3333333"),
        "ledger": {"account_id": "5" * 12, "project_id": "recruiting-d", "project_number": "4"},
    }
    entries = [
        ENTRY,
        {**ENTRY, "project_id": "recruiting-c", "project_number": "9"},
        {**ENTRY, "project_id": "recruiting-d"},
    ]
    (service, bare) = psc.with_project_numbers([{**SERVICE, "consumers": entries}, BALANCER], hosts)
    assert [entry.get("project_number") for entry in service["consumers"]] == ["1111111", "9", None]
    assert bare == BALANCER
    assert "project_number" not in ENTRY


def test_who_decides_after_consumers_applied():
    done = {"psc_provider_result": {"changed": False}}
    providers = {
        "ledger": {"account_id": "5" * 12},
        "reports": project("b", psc_services=[SERVICE], **done),
        "rejects": project("d", psc_services=[SERVICE, {**SERVICE, "undeclared": "reject"}], **done),
        "alone": project("e", psc_services=[SERVICE]),
    }
    assert psc.psc_undecided(providers) == ["rejects", "alone"]
