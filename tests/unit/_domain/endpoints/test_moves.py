# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which services of a closed host move to the hub's endpoints, and what they wait for."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.endpoints import moves

GROUPS = {"central_endpoints": ["shared"], "closed": ["delta", "gamma", "local"], "pci": ["gamma"]}
TOLD = {
    "profile_id": "rp-1",
    "endpoints": {
        "logs": {"id": "vpce-1", "addresses": {"euc1-az2": ["10.0.1.9"], "euc1-az1": ["10.0.0.9"]}},
        "ecr.api": {"id": "vpce-2", "addresses": {"euc1-az1": ["10.0.0.8"]}},
    },
}


def inventory(told=..., **delta):
    told = TOLD if told is ... else told
    shared = {"account_id": "1" * 12, "region": "r", "vpc_cidrs": ["10.0.0.0/16"]}
    shared["central_endpoints_services"] = ["logs", "ecr.api", "s3"]
    if told:
        shared["central_endpoints_result"] = told
    return {
        "shared": shared,
        "delta": {
            "account_id": "4" * 12,
            "region": "r",
            "vpc_cidrs": ["10.4.0.0/16"],
            "vpc_availability_zone_ids": ["euc1-az1", "euc1-az3"],
            "closed_network_services": ["logs", "ecr.api", "kms", "s3"],
            "closed_network_endpoints": {"default": "central"},
            **delta,
        },
        "gamma": {
            "account_id": "3" * 12,
            "region": "r",
            "vpc_cidrs": ["10.3.0.0/16"],
            "closed_network_services": ["logs", "ecr.api"],
            "closed_network_endpoints": {"default": "central", "logs": "central"},
        },
        "local": {"account_id": "5" * 12, "region": "r", "vpc_cidrs": ["10.5.0.0/16"]},
    }


def test_what_the_hub_offers_moves_and_the_rest_stays():
    central = moves.central_of(inventory(), GROUPS, "delta")
    assert central == {
        "profile_id": "rp-1",
        "services": ["logs", "ecr.api"],  # not kms, which the hub lacks, nor s3, a gateway
        "priority": 100,
        "drain_seconds": 60,
        "tiers": [],
        "endpoints": TOLD["endpoints"],
        "waits": {},
    }


@pytest.mark.parametrize(
    ("variables", "services"),
    [
        ({"closed_network_endpoints": {"default": "central", "logs": "local"}}, ["ecr.api"]),
        ({"closed_network_endpoints": {"ecr.api": "central"}}, ["ecr.api"]),
        ({"closed_network_workloads": ["ecs_fargate"], "closed_network_services": []}, ["ecr.api", "logs"]),
    ],
)
def test_the_choice_is_by_service(variables, services):
    assert sorted(moves.central_of(inventory(**variables), GROUPS, "delta")["services"]) == services


@pytest.mark.parametrize(
    "variables",
    [
        {"closed_network_endpoints": {"default": "local"}},
        {"closed_network_endpoints": {}},
        {"closed_network_endpoints": None},
        {"closed_network_state": "absent"},
    ],
)
def test_without_a_central_service_there_is_nothing_to_tell(variables):
    assert moves.central_of(inventory(**variables), GROUPS, "delta") == {}


def test_a_pci_account_names_each_service():
    assert moves.central_of(inventory(), GROUPS, "gamma")["services"] == ["logs"]
    assert moves.central_services(
        {"closed_network_services": ["logs"], "closed_network_endpoints": {"default": "central"}}
    ) == {"logs": False}


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (None, "this run doesn't read the endpoints of shared"),
        ({**TOLD, "failed": True}, "shared failed in this run"),
        ({**TOLD, "profile_id": None}, "the Profile of shared doesn't exist yet"),
        ({"msg": "skipped"}, "the Profile of shared doesn't exist yet"),
    ],
)
def test_nothing_moves_while_the_hub_is_unknown(told, reason):
    waits = moves.central_of(inventory(told), GROUPS, "delta")["waits"]
    assert set(waits) == {"logs", "ecr.api"} and all(one.startswith(reason) for one in waits.values())


def test_a_service_whose_endpoint_does_not_exist_has_none_to_move_to():
    told = {**TOLD, "endpoints": {"logs": TOLD["endpoints"]["logs"], "ecr.api": {"id": None, "addresses": {}}}}
    central = moves.central_of(inventory(told), GROUPS, "delta")
    assert central["waits"] == {} and set(central["endpoints"]) == {"logs"} and "ecr.api" in central["services"]


TIERS = [{"name": name} for name in ("app", "data", "endpoint", "tgw")]


@pytest.mark.parametrize(
    ("variables", "tiers"),
    [
        # A tier without a route to the hub counts, too: its workloads use the endpoints that would be deleted.
        ({"vpc_tiers": TIERS, "spoke_tiers": ["app"]}, ["app", "data"]),
        ({"vpc_tiers": TIERS, "closed_network_tiers": ["app"]}, ["app"]),
        ({"vpc_tiers": TIERS, "closed_network_tier": "data", "spoke_attachment_tier": "x"}, ["app", "endpoint", "tgw"]),
        ({"spoke_tiers": ["app"]}, []),
    ],
)
def test_all_tiers_with_workloads_need_a_way(variables, tiers):
    hosts = inventory()
    hosts["delta"] = {**hosts["delta"], "vpc_tiers": None, **variables}
    assert moves.central_of(hosts, GROUPS, "delta")["tiers"] == tiers


@pytest.mark.parametrize("told", [True, "True", "on", "yes", "1", 1, "t"])
def test_a_pilot_is_one_however_it_is_said(told):
    hosts = inventory()
    hosts["gamma"] = {**hosts["gamma"], "closed_network_pilot": told}
    assert moves.pilots(hosts, GROUPS, hosts["gamma"].get("region")) == ["gamma"]
    hosts["gamma"]["closed_network_pilot"] = not told
    assert moves.pilots(hosts, GROUPS, hosts["gamma"].get("region")) == []


PROVEN = {"services": ["logs"], "unproven": [], "blocked": []}


@pytest.mark.parametrize(
    ("proof", "waits"),
    [
        (None, {"logs": "this run doesn't prove the pilot gamma: run it with the whole inventory"}),
        (
            {"services": ["logs"], "unproven": ["logs: no route"]},
            {"logs": "the pilot gamma isn't proven: logs: no route"},
        ),
        (PROVEN, {}),
    ],
)
def test_others_wait_for_the_pilot(proof, waits):
    hosts = inventory()
    hosts["gamma"] |= {"closed_network_pilot": True, "closed_network_pilot_result": proof}
    expected = {"ecr.api": waits.get("logs", "it isn't central in the pilot gamma"), **waits}
    assert moves.central_of(hosts, GROUPS, "delta")["waits"] == expected


@pytest.mark.parametrize(
    ("proof", "waits"),
    [
        (None, {"logs": "its paths to the hub's endpoints aren't proven: this run didn't read its paths"}),
        ({**PROVEN, "blocked": ["ACL"]}, {"logs": "its paths to the hub's endpoints aren't proven: ACL"}),
        ({**PROVEN, "unproven": ["its own endpoint answers"]}, {}),
    ],
)
def test_a_pilot_waits_for_its_paths(proof, waits):
    hosts = inventory()
    hosts["gamma"] |= {"closed_network_pilot": True, "closed_network_pilot_result": proof}
    assert moves.central_of(hosts, GROUPS, "gamma")["waits"] == waits


def test_a_second_pass_is_for_those_that_waited_and_need_not_any_longer():
    hosts = inventory(closed_network_services=["logs"], closed_network_result={"findings": ["logs waits"]})
    assert moves.waiting(hosts, GROUPS) == []  # no pilot is declared, so nobody waited for one
    hosts["gamma"] |= {"closed_network_pilot": True}
    assert moves.waiting(hosts, GROUPS) == []
    hosts["gamma"] |= {"closed_network_pilot_result": PROVEN}
    assert moves.waiting(hosts, GROUPS) == ["delta"]
    hosts["delta"]["closed_network_result"] = {"findings": []}
    assert moves.waiting(hosts, GROUPS) == []
    hosts["delta"]["closed_network_result"] = {"findings": ["logs waits"], "failed": True}
    assert moves.waiting(hosts, GROUPS) == []


def test_the_share_is_for_those_who_declare_endpoints_also_on_their_way_back():
    hosts = inventory(closed_network_endpoints={"default": "local"})
    hosts["gamma"]["closed_network_pilot"] = True
    assert moves.accounts_of(hosts, GROUPS, "shared") == {
        "accounts": ["3" * 12, "4" * 12],
        "sources": ["10.0.0.0/16", "10.4.0.0/16", "10.3.0.0/16"],  # the hub's own calls go through them, too
        "zones": ["euc1-az1", "euc1-az3"],
        "pilots": ["gamma"],
    }


def test_the_hubs_own_account_is_not_shared_with():
    hosts = inventory(account_id="1" * 12)
    assert moves.accounts_of(hosts, GROUPS, "shared")["accounts"] == ["3" * 12]


def test_another_region_has_endpoints_of_its_own():
    hosts = inventory(region="elsewhere")
    assert moves.accounts_of(hosts, GROUPS, "shared")["accounts"] == ["3" * 12]
    with pytest.raises(
        Invalid, match=r"delta.closed_network_endpoints: name central endpoints, and its region"
    ) as told:
        moves.central_of(hosts, GROUPS, "delta")
    assert "has none" in str(told.value)


def test_a_hub_that_is_to_be_deleted_offers_nothing():
    hosts = inventory()
    hosts["shared"]["central_endpoints_state"] = "absent"
    with pytest.raises(Invalid):
        moves.central_of(hosts, GROUPS, "delta")
