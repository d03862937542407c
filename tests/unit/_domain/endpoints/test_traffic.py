# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The GB between a closed VPC and its endpoints, from flow logs. tests/logs runs the query."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.endpoints import traffic

ANSWERS = {
    "logs": {"by": "profile_endpoint", "addresses": {"euc1-az1": ["10.0.0.9"], "euc1-az2": ["10.0.1.9"]}},
    "kms": {"by": "endpoint", "addresses": ["10.4.1.7", "not an address'; DROP"]},
    "sts": {"by": "public", "addresses": ["52.94.1.1"]},
    "sns": {"by": "unknown"},
}


def test_the_addresses_are_those_of_endpoints():
    assert traffic.addresses(ANSWERS) == {"endpoint": ["10.4.1.7"], "profile_endpoint": ["10.0.0.9", "10.0.1.9"]}


def test_the_query_names_no_value_in_its_text():
    asked = traffic.query("logs.flows", "4" * 12, traffic.addresses(ANSWERS), 30)
    assert asked["sql"].count("?") == len(asked["parameters"]) == 7
    assert asked["parameters"] == ["10.4.1.7"] * 2 + ["10.0.0.9", "10.0.1.9"] * 2 + ["4" * 12]
    assert "10." not in asked["sql"]
    assert traffic.query("logs.flows", "4" * 12, {"endpoint": [], "profile_endpoint": []}, 30) is None


@pytest.mark.parametrize("days", [0, 401])
def test_days_that_no_archive_has(days):
    with pytest.raises(Invalid, match="central_endpoints_days"):
        traffic.query("logs.flows", "4" * 12, traffic.addresses(ANSWERS), days)


def test_a_packet_to_an_endpoint_of_the_same_vpc_is_recorded_twice():
    assert traffic.gb_per_month([{"local": "2000000000", "hub": "0"}], 30) == 1
    assert traffic.gb_per_month([{"local": "0", "hub": "2000000000"}], 15) == 4


def test_an_archive_without_flow_logs_has_no_table():
    assert traffic.flow_log_table("log-book", {"log_archive_tables": [{"type": "cloudwatch"}]}) is None
    assert traffic.flow_log_table("log-book", {"log_archive_tables": [{"type": "vpc_flow_logs"}]}) == (
        "log_book.vpc_flow_logs"
    )
