# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json
from datetime import date

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.traffic import missing_flow, traffics
from ansible_collections.closednet.aws.tests.unit._domain.egress.inventory import MEMBERS, TIERS, inventory

TODAY = date(2026, 11, 29)
PUBLIC = {"name": "public", "prefix": 24, "internet": "direct"}


def traffic(host, accounts=None):
    (one,) = traffics(accounts or inventory(), MEMBERS, [host], TODAY)
    return one


def leads(one):
    return {way.tier: way.path.leads for way in one.ways}


def test_both_directions_of_a_spoke_with_who_decides_each_hop():
    one = traffic("alpha")
    assert (one.hub, one.segment, one.egress, one.groups) == (
        "shared-services",
        "customers",
        "security",
        ("payments", "everyone"),
    )
    assert leads(one) == {"app": "central", "data": "nowhere"}
    app = one.ways[0]
    assert [(step.where, step.decides, step.owner) for step in app.path.steps][2:5] == [
        ("security, subnets of tier tgw", "egress_tgw_tier of security", "security"),
        ("Network Firewall of security", "egress_groups.payments, egress_groups.everyone", "team-payments"),
        ("security, subnets of tier firewall", "vpc_nat_gateways of security", "security"),
    ]
    assert app.path.steps[-1].where == "security, internet gateway" and app.back[-1].where == "alpha, VPC"


def test_what_it_may_reach_says_who_answers_and_what_has_expired():
    told = {(one.target, one.ports): one for one in traffic("alpha").allowed}
    assert set(told) == {
        (".example-saas.com", "443"),
        ("api.stripe.com", "443"),
        (".example.net", "443"),
        (".example.net", "80"),
        ("203.0.113.0/24", "22"),
        ("old.example.org", "443"),
    }
    stripe, old = told["api.stripe.com", "443"], told["old.example.org", "443"]
    assert (stripe.owner, stripe.reason, stripe.until, stripe.expired) == (
        "team-payments",
        "card payments",
        "2027-03-31",
        False,
    )
    assert old.expired and old.until == "2026-01-31" and told["203.0.113.0/24", "22"].protocol == "tcp"
    assert not any(one.only for one in told.values())


def test_a_group_that_holds_only_a_part_of_the_account_says_which():
    accounts = inventory()
    accounts["security"]["egress_groups"]["reports"]["sources"] = ["10.1.0.0/20"]
    only = [one.only for one in traffic("alpha", accounts).allowed if one.group == "reports"]
    assert only == ["10.1.0.0/20"]


def test_tiers_with_their_own_gateway_and_what_comes_in_by_it():
    flows = [
        {"from": "internet", "to": "public", "tcp": [443, "8000-8080"]},
        {"from": "app", "to": "internet", "tcp": 443},
    ]
    accounts = inventory(
        alpha={
            "vpc_tiers": [PUBLIC, *TIERS],
            "vpc_flows": flows,
            "spoke_from_hub": {"sources": ["10.0.0.0/16"], "tcp": ["443"]},
        }
    )
    one = traffic("alpha", accounts)
    assert leads(one) == {"public": "own_gateway", "app": "central", "data": "nowhere"}
    assert [(door.source, door.tier, door.ports) for door in one.inbound] == [
        ("internet", "public", "tcp 443, 8000-8080"),
        ("10.0.0.0/16", "", "tcp 443"),
    ]
    assert one.ways[0].stopped == "{from: public, to: internet, tcp: [443]}" and not one.ways[1].stopped
    without = inventory(alpha={"vpc_tiers": [PUBLIC, *TIERS]})
    assert [door.ports for door in traffic("alpha", without).inbound] == ["what its security groups allow"]


def test_east_west_and_the_route_that_answers_come_by():
    (neighbour,) = traffic("alpha").neighbours
    assert (neighbour.host, neighbour.cidrs) == ("shared-services", ("10.0.0.0/16",))
    assert neighbour.returns == "10.0.0.0/8 leads to the Transit Gateway"
    lost = inventory(**{"shared-services": {"hub_destinations": []}})
    assert traffic("alpha", lost).neighbours[0].returns == ""


def test_an_account_without_a_way_out():
    for host in ("gamma", "analytics"):
        one = traffic(host)
        assert set(leads(one).values()) == {"nowhere"} and not one.allowed and not one.groups and not one.egress


def test_in_monitor_mode_everything_passes():
    one = traffic("alpha", inventory(security={"egress_mode": "monitor"}))
    assert one.monitor and "passes everything" in one.ways[0].path.steps[3].what


def test_the_central_egress_itself():
    one = traffic("security")
    assert one.is_egress and leads(one) == {"firewall": "own_nat", "public": "own_gateway"}


@pytest.mark.parametrize(
    ("flows", "port", "closed"),
    [
        (None, 443, False),
        ([], 443, True),
        ([{"from": "app", "to": "internet", "tcp": [443]}], 443, False),
        ([{"from": "app", "to": "internet", "tcp": ["400-500"]}], 443, False),
        ([{"from": "app", "to": "internet", "tcp": [443]}], 80, True),
        ([{"from": "vpc", "to": "internet", "tcp": [80]}], 80, False),
        ([{"from": "data", "to": "internet", "tcp": [443]}], 443, True),
        ([{"from": "app", "to": "internet", "udp": [443]}], 443, True),
    ],
)
def test_flows_close_a_tier_to_the_internet(flows, port, closed):
    assert bool(missing_flow({"vpc_flows": flows, "vpc_tiers": TIERS}, "app", port)) == closed


def test_a_tier_whose_network_acl_is_open_is_closed_by_no_flow():
    tiers = [{"name": "app", "prefix": 20, "network_acl": "open"}]
    assert not missing_flow({"vpc_flows": [], "vpc_tiers": tiers}, "app", 443)


def test_the_data_of_all_of_it():
    told = traffic("alpha").as_data()
    assert told == json.loads(json.dumps(told)) and told["ways"][0]["path"]["steps"][0]["passes"] is True


def test_of_many_neighbours_the_rest_is_counted():
    tiers = [{"name": "app", "prefix": 24}, {"name": "tgw", "prefix": 28}]
    fleet = {
        f"customer{n}": {**inventory()["alpha"], "vpc_cidrs": [f"10.{n + 4}.0.0/20"], "vpc_tiers": tiers}
        for n in range(40)
    }
    one = traffic("shared-services", inventory(**fleet))
    assert len(one.neighbours) == 30 and one.more == 12
