# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.inventory import relations

ALPHA = {
    "account_id": "222222222222",
    "region": "eu-central-1",
    "vpc_cidrs": ["10.1.0.0/16"],
    "spoke_segment": "customers",
}
ATTACHMENT = {
    "name": "alpha",
    "account_id": "222222222222",
    "segment": "customers",
    "cidrs": ["10.1.0.0/16"],
    "vpc_id": None,
    "actual_cidrs": None,
}
TOLD = {"vpc_id": "vpc-2", "vpc_cidrs": ["10.1.0.0/16", "10.9.0.0/16"]}


@pytest.mark.parametrize(
    ("changes", "attachments"),
    [
        ({}, [ATTACHMENT]),
        ({"spoke_attached": True, "vpc_id": "vpc-1"}, [{**ATTACHMENT, "vpc_id": "vpc-1"}]),
        ({"spoke_attached": False}, []),
        ({"spoke_segment": None}, []),
        ({"region": "eu-west-1"}, []),
        ({"region": None}, [ATTACHMENT]),
        # What the spoke's own turn told; a turn that failed tells nothing.
        ({"spoke_result": TOLD}, [{**ATTACHMENT, "vpc_id": "vpc-2", "actual_cidrs": TOLD["vpc_cidrs"]}]),
        ({"spoke_result": {"failed": True}, "vpc_result": {"vpc_id": "vpc-2"}}, [{**ATTACHMENT, "vpc_id": "vpc-2"}]),
        (
            {"spoke_result": TOLD, "vpc_id": "vpc-1"},
            [{**ATTACHMENT, "vpc_id": "vpc-1", "actual_cidrs": TOLD["vpc_cidrs"]}],
        ),
        ({"spoke_result": {"skipped": True}}, [ATTACHMENT]),
    ],
)
def test_attachments_are_those_that_the_spokes_of_the_region_ask_for(changes, attachments):
    spokes = {"alpha": {**ALPHA, **changes}}
    assert relations.hub_attachments(spokes.items(), {"region": "eu-central-1"}) == attachments


def test_hubs_by_region():
    hubs = {"frankfurt": {"region": "eu-central-1"}, "dublin": {"region": "eu-west-1"}}
    assert relations.hubs_of({"region": "eu-west-1"}, hubs) == ["dublin"]
    assert relations.hubs_of({}, hubs) == ["frankfurt", "dublin"]
    assert relations.hubs_of({"region": "us-east-1"}, hubs) == []


NAME = "com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0"
ENDPOINT = {"name": "billing", "service": {"host": "ledger", "name": "billing"}}


def providers(*results):
    return {"ledger": {"privatelink_provider_result": {"results": list(results)}}, "idle": {}}


def looped(name, **result):
    """An item's result, as Ansible registers it."""
    return {"ansible_loop_var": "service", "service": {"name": name}, **result}


@pytest.mark.parametrize(
    ("endpoint", "results", "service_name"),
    [
        (ENDPOINT, [looped("other", service_name="x"), looped("billing", service_name=NAME)], NAME),
        (ENDPOINT, [], None),
        (ENDPOINT, [looped("billing", service_name=None)], None),
        (ENDPOINT, [looped("billing", failed=True)], None),
        ({**ENDPOINT, "service": {"host": "idle", "name": "billing"}}, [looped("billing", service_name=NAME)], None),
        # What the inventory says itself.
        ({"name": "billing", "service_name": NAME}, [], NAME),
        ({**ENDPOINT, "service_name": "mine"}, [looped("billing", service_name=NAME)], "mine"),
    ],
)
def test_an_endpoint_gets_the_name_of_the_service_that_its_provider_has_published(endpoint, results, service_name):
    (found,) = relations.with_service_names([endpoint], providers(*results))

    assert found == {**endpoint, "service_name": service_name, "service_region": None, "state": "present"}


@pytest.mark.parametrize(
    ("endpoint", "region"),
    [
        (ENDPOINT, "eu-central-1"),
        ({**ENDPOINT, "service_region": "eu-west-1"}, "eu-west-1"),
        ({**ENDPOINT, "service_name": NAME}, None),  # whose host's service that is, nobody says
        ({"name": "billing", "service_name": NAME, "service_region": "eu-west-1"}, "eu-west-1"),
    ],
)
def test_an_endpoint_gets_the_region_of_the_host_whose_service_it_is(endpoint, region):
    (found,) = relations.with_service_names([endpoint], {"ledger": {"region": "eu-central-1"}})
    assert found["service_region"] == region


def test_an_endpoint_that_is_to_go_stays_so():
    (found,) = relations.with_service_names([{"name": "billing", "state": "absent"}], {})

    assert found == {"name": "billing", "state": "absent", "service_name": None, "service_region": None}


def asks_for(*services):
    return {"privatelink_consumer_endpoints": [{"name": str(i), **service} for i, service in enumerate(services)]}


@pytest.mark.parametrize(
    ("services", "hosts"),
    [
        ([ENDPOINT] * 5, []),
        ([ENDPOINT] * 6, ["ledger"]),
        ([ENDPOINT] * 5 + [{**ENDPOINT, "state": "absent"}], []),
        ([ENDPOINT] * 5 + [{"service_name": NAME}], []),
        ([ENDPOINT] * 3 + [{"service": {"host": "other", "name": "billing"}}] * 3, []),
    ],
)
def test_more_than_a_few_services_between_two_accounts_are_worth_a_thought(services, hosts):
    found = relations.advice({"payments": asks_for(*services), "neither": {}})

    assert found["neither"] == []
    assert [line.split(" by PrivateLink: ")[0] for line in found["payments"]] == [f"6 services of {h}" for h in hosts]


def test_the_hub_knows_a_spokes_ipv6_unless_it_is_turned_off():
    """A variable that was lost must not take a blackhole away."""
    spoke = {"account_id": "2", "vpc_cidrs": ["10.1.0.0/16"], "spoke_segment": "a", "vpc_ipv6_cidrs": ["2001:db8::/56"]}
    for support, cidrs in ((True, ["10.1.0.0/16", "2001:db8::/56"]), (None, ["10.1.0.0/16", "2001:db8::/56"])):
        (attachment,) = relations.hub_attachments([("x", {**spoke, "spoke_ipv6_support": support})], {})
        assert attachment["cidrs"] == cidrs
    (attachment,) = relations.hub_attachments([("x", {**spoke, "spoke_ipv6_support": False})], {})
    assert attachment["cidrs"] == ["10.1.0.0/16"]


def test_who_is_declared_to_have_no_attachment_leaves_the_hub_of_its_region():
    spokes = [
        {"account_id": "1", "region": "eu-central-1", "spoke_attached": False},
        {"account_id": "2", "region": "eu-west-1", "spoke_attached": False},
        {"account_id": "3", "spoke_segment": "customers"},
        {"account_id": "4"},  # said nothing
        {"account_id": "5", "spoke_attached": False, "spoke_segment": "customers"},
    ]
    assert relations.hub_detached(spokes, {"region": "eu-central-1"}) == ["1", "5"]
