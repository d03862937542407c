# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers of why where AWS was read: the declaration against routes, filters and rules that AWS has."""

from __future__ import annotations

from datetime import date

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.why import why
from ansible_collections.closednet.aws.plugins.module_utils._domain.reports.why import why_lines
from ansible_collections.closednet.aws.tests.unit._domain.egress.inventory import MEMBERS, inventory
from ansible_collections.closednet.aws.tests.unit._domain.network.egress_network import EGRESS, INTERNET, Network

TODAY = date(2026, 11, 29)
OPENED = "payments: + api.stripe.com:443 from alpha (10.1.0.0/16)"
CLOSED = "everyone: - .evil.example:443 from spokes (10.1.0.0/16)"


@pytest.fixture
def network():
    return Network()


def accounts(changes=(), **alpha):
    tiers = [{"name": "app", "cidrs": ["10.1.11.0/24", "10.1.12.0/24"]}, {"name": "tgw", "prefix": 28}]
    security = {"account_id": EGRESS, "egress_result": {"egress_changes": list(changes)}}
    return inventory(alpha={"vpc_tiers": tiers, **alpha}, security=security)


def asked(network, to="api.stripe.com:443", from_="alpha", changes=(), **alpha):
    result = why(accounts(changes, **alpha), MEMBERS, {"from": from_, "to": to}, TODAY, network.parsed())
    (answer,) = result["answers"]
    return answer


def test_the_declared_answer_with_the_hops_that_aws_has(network):
    answer = asked(network)
    assert answer["verdict"] == "allowed" and answer["says"].startswith("allowed by group payments, api.stripe.com")
    assert answer["notes"] == [
        "1.1.1.1 stands for the address of api.stripe.com",
        "in AWS: routes and filters lead there and back",
    ]
    assert not any(": : " in step["what"] or step["what"].startswith(":") for step in answer["in_aws"])
    assert answer["hosts"] == ["alpha", "shared-services", "security"]
    there = [step["where"].partition(" (")[0] for step in answer["in_aws"]]
    for hop in ("subnet subnet-alpha-app-1", "transit gateway tgw-1", "firewall endpoint vpce-1", "nat gateway nat-1"):
        assert any(where.startswith(hop) for where in there), there
    back = [step["where"] for step in answer["in_aws_back"]]
    assert any(where.startswith("firewall endpoint vpce-1") for where in back), back
    assert {step["source"] for step in [*answer["in_aws"], *answer["in_aws_back"]]} == {"aws"}
    assert {step["source"] for step in answer["steps"]} == {"inventory"}


def test_a_route_that_aws_lacks_stops_it(network):
    network.drop("rtb-alpha-app", INTERNET)
    answer = asked(network)
    assert answer["verdict"] == "unrouted" and answer["in_aws"][-1]["passes"] is False
    assert (
        answer["says"].startswith("declared: allowed by group payments")
        and "in AWS: route_table rtb-" in answer["says"]
    )
    assert answer["fix"][0] == "closednet.aws.plan shows what a run would change"


def test_answers_that_do_not_come_back_stop_it(network):
    network.drop("rtb-ipub-1", "10.0.0.0/8")
    answer = asked(network)
    assert answer["verdict"] != "allowed" and "the answers don't come back" in answer["says"]


def test_the_worst_of_the_tiers_subnets_decides(network):
    network.item("rtb-alpha-app")["Associations"].pop()  # the other zone's has the main table, without routes
    assert asked(network)["verdict"] != "allowed"
    assert asked(network, from_="10.1.11.7")["verdict"] == "allowed"


def test_subnets_that_do_not_exist_yet(network):
    tiers = [{"name": "app", "cidrs": ["10.1.64.0/24", "10.1.65.0/24"]}, {"name": "tgw", "prefix": 28}]
    answer = asked(network, vpc_tiers=tiers)
    assert answer["verdict"] == "unrouted" and "has no subnet 10.1.64.0/24, 10.1.65.0/24" in answer["says"]


def test_a_rule_that_aws_does_not_have_yet(network):
    answer = asked(network, changes=[OPENED])
    assert answer["verdict"] == "denied" and answer["says"].endswith(
        f"the firewall in AWS doesn't have it yet: {OPENED}"
    )
    source = asked(network, changes=["payments: + source 10.1.0.0/16, to 4 targets"])
    assert source["verdict"] == "denied"
    other = asked(network, changes=["reports: + mail.example.com:443 from beta (10.2.0.0/16)"])
    assert other["verdict"] == "allowed"


def test_a_rule_that_aws_still_has(network):
    assert asked(network, to="www.evil.example:443")["verdict"] == "denied"
    answer = asked(network, to="www.evil.example:443", changes=[CLOSED])
    assert answer["verdict"] == "allowed" and answer["says"].endswith(f"still lets it pass: {CLOSED}")
    assert asked(network, to="www.evil.example:80", changes=[CLOSED])["verdict"] == "denied"


@pytest.mark.parametrize(
    ("declared", "change", "verdict"),
    [
        ("enforce", "mode: monitor -> enforce: what no entry allows is denied", "allowed"),
        ("monitor", "mode: enforce -> monitor: what no entry allows is only logged", "denied"),
        ("monitor", "", "allowed"),
        ("enforce", "", "denied"),
    ],
)
def test_a_mode_that_aws_does_not_have_yet(network, declared, change, verdict):
    given = accounts([change] if change else [])
    given["security"]["egress_mode"] = declared
    result = why(given, MEMBERS, {"from": "alpha", "to": "www.evil.example:443"}, TODAY, network.parsed())
    assert result["verdict"] == verdict


def test_a_path_past_the_firewall_is_told_whatever_is_declared(network):
    for number in (1, 2):
        network.point(f"rtb-itgw-{number}", INTERNET, f"nat-{number}")
        network.point(f"rtb-ipub-{number}", "10.0.0.0/8", "tgw-1")
    answer = asked(network, to="www.evil.example:443")
    assert answer["verdict"] == "allowed" and answer["says"].endswith("but in AWS it leaves without passing a firewall")


def test_what_aws_stops_where_the_firewall_would_is_a_note(network):
    network.drop("rtb-alpha-app", INTERNET)
    answer = asked(network, to="www.evil.example:443")
    assert answer["verdict"] == "denied" and any(note.startswith("in AWS: route_table") for note in answer["notes"])


def test_an_undeclared_path_is_told(network):
    answer = asked(network, spoke_destinations=["10.0.0.0/16"])
    assert (
        answer["verdict"] == "unknown" and "AWS has routes there and back, past the firewall's rules" in answer["says"]
    )


def test_what_was_not_read_is_unknown(network):
    del network.files["111111111111"]["TransitGatewayRoutes"]
    answer = asked(network)
    assert answer["verdict"] == "unknown" and answer["in_aws"][-1]["passes"] is None


def test_an_account_that_was_not_read_is_unknown(network):
    del network.files["222222222222"]
    answer = asked(network)
    assert answer["verdict"] == "unknown" and answer["says"].endswith("in AWS: account 222222222222 wasn't read")


def test_the_text_has_both(network):
    result = why(accounts(), MEMBERS, {"from": "alpha", "to": "api.stripe.com"}, TODAY, network.parsed())
    lines = why_lines(result)
    assert "  in AWS:" in lines and "  answers in AWS:" in lines
    assert lines.index("  in AWS:") > lines.index("  answers:")


def test_an_account_whose_subnets_were_denied_is_not_one_without_subnets(network):
    denied = {"Kind": "Subnets", "Operation": "DescribeSubnets", "Code": "Denied"}
    network.files["222222222222"]["Unread"] = [denied]
    answer = asked(network)
    assert answer["verdict"] == "unknown"
    assert answer["says"].endswith("in AWS: account 222222222222 wasn't read (DescribeSubnets: Denied)")
