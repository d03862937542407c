# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What endpoints cost: sums by hand, with the example prices of AWS's pages that cost.PRICES names."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.endpoints.cost import HOURS, PRICES, cost
from ansible_collections.closednet.aws.plugins.module_utils._domain.reports.central_endpoints_cost import (
    central_endpoints_cost_html,
    central_endpoints_cost_lines,
)

ZONES = ["euc1-az1", "euc1-az2"]
ZONE_HOUR = HOURS * PRICES["endpoint_hour"]  # of one endpoint in one zone, a month: 7.30


def hub(**more):
    return {
        "group_names": ["central_endpoints", "hub"],
        "account_id": "111111111111",
        "vpc_availability_zone_ids": ZONES,
        "central_endpoints_services": ["kms", "logs", "sts"],
        **more,
    }


def closed(account="444444444444", **more):
    return {
        "group_names": ["closed", "spokes"],
        "account_id": account,
        "spoke_segment": "customers",
        "vpc_availability_zone_ids": ZONES,
        "closed_network_services": ["kms", "logs", "s3"],
        **more,
    }


def asked(hosts=None, result=None, prices=None, gb=None):
    hosts = {"shared": hub(), "delta": closed()} if hosts is None else hosts
    return cost(hosts, result, prices or {}, gb or {})


def test_one_account_by_hand():
    told = asked(gb={"delta": 100})
    (row,) = told["hosts"]
    assert (row["services"], row["stay_local"]) == (["kms", "logs"], [])
    assert row["local_hours"] == 4 * ZONE_HOUR == 29.2
    assert row["local"] == 29.2 + 1 and row["central"] == 1 + 2
    # 29.20 saved hours at 0.02 a GB
    assert row["break_even_gb"] == 1460.0
    assert told["hub"]["endpoint_hours"] == 6 * ZONE_HOUR and told["hub"]["profile"] == 547.5
    assert told["central"] == pytest.approx(told["hub"]["total"] + 3) and told["saving"] < 0
    assert told["break_even_gb"] == 0.0


def test_a_hundred_accounts_share_the_hub():
    hosts = {"shared": hub(), **{f"c{i}": closed(f"{i:012}") for i in range(1, 102)}}
    told = asked(hosts, gb=dict.fromkeys([f"c{i}" for i in range(1, 102)], 10))
    assert told["hub"]["profile"] == pytest.approx(HOURS * (0.75 + 0.0014), abs=0.01)
    assert told["local"] == pytest.approx(101 * (29.2 + 0.1)) and told["saving"] > 0
    fixed = 101 * 29.2 - told["hub"]["total"]
    assert told["break_even_gb"] == pytest.approx(fixed / 0.02, abs=0.1)
    assert told["saving"] == pytest.approx(fixed - 101 * 10 * 0.02, abs=0.02)


def test_who_keeps_endpoints_of_its_own():
    pci = closed("555555555555", group_names=["closed", "pci"], closed_network_endpoints={"default": "central"})
    named = closed("666666666666", group_names=["closed", "pci"], closed_network_endpoints={"kms": "central"})
    local = closed("777777777777", closed_network_endpoints={"kms": "local"})
    told = asked({"shared": hub(), "pci": pci, "named": named, "local": local})
    assert [row["services"] for row in told["hosts"]] == [[], ["kms"], ["logs"]]
    assert [row["stay_local"] for row in told["hosts"]] == [["kms", "logs"], ["logs"], ["kms"]]


def test_what_isnt_known_is_said():
    told = asked({"shared": hub(), "delta": closed(closed_network_services=["kms", "codecommit"])})
    assert told["unknown_gb"] == ["delta"] and told["hosts"][0]["gb"] is None
    assert any("delta" in note and "aren't known" in note for note in told["notes"])
    assert any("codecommit" in note for note in told["notes"])
    assert "unknown" in central_endpoints_cost_lines(told)[2]


def test_the_hubs_zones_are_those_that_it_has():
    endpoints = {"kms": {"id": "vpce-1", "addresses": {"euc1-az1": ["10.0.8.5"]}}}
    told = asked(
        result={"endpoints": endpoints, "without_private_dns": ["sts"]},
        prices={"cross_zone_gb": 0.02},
        gb={"delta": 100},
    )
    assert told["hub"]["endpoint_hours"] == pytest.approx(3 * ZONE_HOUR)
    (row,) = told["hosts"]
    assert row["cross_zones"] == ["euc1-az2"]
    # Half of its zones have none.
    assert row["central"] == pytest.approx(1 + 2 + 100 * 0.01)


def test_an_attachment_that_it_needs_counts():
    told = asked({"shared": hub(), "delta": closed(spoke_segment=None)}, gb={"delta": 0})
    assert told["hosts"][0]["attachment"] == 36.5 and told["hosts"][0]["break_even_gb"] == 0.0


def test_another_region_has_no_part():
    told = asked({"shared": hub(region="eu-central-1"), "delta": closed(region="us-east-1")})
    assert told["hosts"] == [] and told["local"] == 0


@pytest.mark.parametrize(
    ("prices", "gb", "option"),
    [
        ({"endpoint_hours": 1}, {}, "central_endpoints_prices"),
        ({"endpoint_hour": -1}, {}, "central_endpoints_prices.endpoint_hour"),
        ({"endpoint_hour": "much"}, {}, "central_endpoints_prices.endpoint_hour"),
        ({"endpoint_hour": float("nan")}, {}, "central_endpoints_prices.endpoint_hour"),
        ({}, {"delta": True}, "central_endpoints_gb.delta"),
        ({}, {"dleta": 1}, "central_endpoints_gb"),
    ],
)
def test_bad_numbers(prices, gb, option):
    with pytest.raises(Invalid) as refused:
        asked(prices=prices, gb=gb)
    assert refused.value.option == option


@pytest.mark.parametrize("hosts", [{"delta": closed()}, {"one": hub(), "two": hub()}])
def test_one_hub(hosts):
    with pytest.raises(Invalid):
        asked(hosts)


def test_reports_escape_what_they_show():
    told = asked({"shared": hub(), "<b>x\x1b[31m": closed()})
    assert "<b>" not in central_endpoints_cost_html(told)
    assert all("\x1b" not in line for line in central_endpoints_cost_lines(told))


def test_a_note_that_holds_for_many_hosts_is_told_once():
    hosts = {"shared": hub(), **{f"c{i}": closed(f"{i:012}", closed_network_services=["kms", "ssm"]) for i in (1, 2)}}
    assert "c1, c2: the hub doesn't have ssm: they stay local" in asked(hosts)["notes"]


def test_a_saving_is_not_good_while_gb_are_unknown():
    hosts = {"shared": hub(), **{f"c{i}": closed(f"{i:012}") for i in range(1, 60)}}
    assert asked(hosts)["saving"] > 0
    assert 'class="verdict open"' in central_endpoints_cost_html(asked(hosts))
    known = asked(hosts, gb=dict.fromkeys(list(hosts)[1:], 1))
    assert 'class="verdict good"' in central_endpoints_cost_html(known)


def test_what_is_not_verified_is_said():
    assert any("between zones counts nothing, which isn't verified" in note for note in asked()["notes"])
