# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Problems of central endpoints in an inventory: each is found before any call, and says what would be right."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.endpoints import inventory

ZONES = ["euc1-az1", "euc1-az2"]
GROUPS = {"central_endpoints": ["shared"], "hub": ["shared"], "closed": ["delta"], "spokes": ["delta"]}


def hosts(hub=None, delta=None):
    tiers = [{"name": "app", "prefix": 24}, {"name": "endpoint", "prefix": 26}]
    return {
        "shared": {
            "account_id": "111111111111",
            "region": "eu-central-1",
            "vpc_cidrs": ["10.0.0.0/16"],
            "vpc_tiers": tiers,
            "vpc_availability_zone_ids": ZONES,
            "hub_segment": "shared",
            "hub_tiers": ["app", "endpoint"],
            "central_endpoints_services": ["kms", "logs"],
            **(hub or {}),
        },
        "delta": {
            "account_id": "444444444444",
            "region": "eu-central-1",
            "vpc_cidrs": ["10.4.0.0/16"],
            "vpc_tiers": tiers,
            "vpc_availability_zone_ids": ZONES,
            "spoke_segment": "customers",
            "spoke_destinations": ["10.0.0.0/8"],
            "closed_network_services": ["kms", "logs", "sts", "s3"],
            "closed_network_endpoints": {"default": "central"},
            **(delta or {}),
        },
    }


def options(found):
    return [one.option for one in found]


@pytest.mark.parametrize(
    "delta",
    [
        {},
        {"closed_network_endpoints": {"kms": "central", "s3": "local"}, "closed_network_pilot": True},
        {"closed_network_endpoints": {"kms": "local"}, "spoke_segment": None},
        {"closed_network_endpoints": None, "closed_network_profile_priority": 9900},
        {"closed_network_state": "absent", "closed_network_endpoints": {"kms": "elsewhere"}},
        {"spoke_destinations": ["0.0.0.0/0"]},
        {"spoke_destinations": ["pl-0123456789abcdef0"]},
        {"spoke_destinations": None},
        {"account_id": "111111111111", "spoke_segment": None},
    ],
)
def test_sound(delta):
    assert inventory.problems(hosts(delta=delta), GROUPS) == []
    assert inventory.problems(hosts(delta=delta), None) == []


@pytest.mark.parametrize(
    ("hub", "option"),
    [
        ({"central_endpoints_services": ["kms", "s3"]}, "shared.central_endpoints_services[1]"),
        ({"central_endpoints_services": []}, "shared.central_endpoints_services"),
        ({"central_endpoints_old_zones": ["Z0123456789", "example.org"]}, "shared.central_endpoints_old_zones[1]"),
        ({"central_endpoints_tier": "endpiont"}, "shared.central_endpoints_tier"),
        ({"hub_tiers": ["app"]}, "shared.central_endpoints_tier"),
        ({"hub_tiers": None}, "shared.central_endpoints_tier"),
        ({"hub_segment": None}, "shared.hub_segment"),
    ],
)
def test_of_the_hub(hub, option):
    assert option in options(inventory.problems(hosts(hub), GROUPS))


@pytest.mark.parametrize(
    ("delta", "option", "expected"),
    [
        ({"closed_network_endpoints": {"kmss": "central"}}, "closed_network_endpoints.kmss", "kms"),
        ({"closed_network_endpoints": {"kms": "hub"}}, "closed_network_endpoints.kms", "central or local"),
        ({"closed_network_endpoints": {"s3": "central"}}, "closed_network_endpoints.s3", "local"),
        ({"closed_network_endpoints": {"sts": "central"}}, "closed_network_endpoints.sts", "the service there"),
        ({"closed_network_profile_priority": 10}, "closed_network_profile_priority", "100 to 9900"),
        ({"closed_network_profile_priority": True}, "closed_network_profile_priority", "100 to 9900"),
        (
            {"closed_network_endpoints": {"default": "local"}, "closed_network_pilot": True},
            "closed_network_pilot",
            "central",
        ),
        ({"spoke_segment": None}, "spoke_segment", "segment"),
        ({"spoke_attached": False}, "spoke_segment", "segment"),
        ({"spoke_destinations": ["10.9.0.0/16"]}, "spoke_destinations", "10.0.0.0/16"),
        ({"region": "us-east-1"}, "closed_network_endpoints", "central_endpoints"),
    ],
)
def test_of_a_closed_host(delta, option, expected):
    (found,) = inventory.problems(hosts(delta=delta), GROUPS)
    assert found.option == f"delta.{option}" and expected in found.expected


def test_a_pci_host_names_what_is_central():
    groups = {**GROUPS, "pci": ["delta"]}
    assert inventory.problems(hosts(delta={"spoke_segment": None}), groups) == []
    named = hosts(delta={"spoke_segment": None, "closed_network_endpoints": {"kms": "central"}})
    assert options(inventory.problems(named, groups)) == ["delta.spoke_segment"]


def test_zones_that_the_hub_lacks():
    beyond = {"vpc_availability_zone_ids": [*ZONES, "euc1-az3"]}
    assert inventory.problems(hosts(delta=beyond), GROUPS) == []
    (found,) = inventory.problems(hosts({"central_endpoints_cross_zone": "refuse"}, beyond), GROUPS)
    assert found.option == "delta.vpc_availability_zone_ids" and "euc1-az3" in found.problem


def test_two_of_a_region():
    both = {
        **hosts(),
        "other": {**hosts()["shared"], "account_id": "222222222222", "hub_segment": None, "spoke_segment": "x"},
    }
    both["other"]["spoke_tiers"] = ["endpoint"]
    groups = {**GROUPS, "central_endpoints": ["shared", "other"]}
    assert options(inventory.problems(both, groups)) == ["other.region"]
    both["other"]["region"] = "us-east-1"
    assert inventory.problems(both, groups) == []
