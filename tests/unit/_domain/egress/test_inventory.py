# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sources of egress groups by names of an inventory, and problems of a way out before any call."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import inventory

GROUPS = {"payments": {"sources": ["alpha"], "allow": [{"domain": "api.stripe.com"}]}}
ZONES = ["euc1-az1", "euc1-az2"]
TIERS = [
    {"name": "tgw", "prefix": 28, "route_tables": "per_az"},
    {"name": "firewall", "prefix": 28, "internet": "nat"},
    {"name": "public", "prefix": 28, "internet": "gateway", "route_tables": "per_az"},
]
SECURITY = {
    "vpc_cidrs": ["10.255.0.0/16"],
    "vpc_availability_zone_ids": ZONES,
    "vpc_nat_gateways": "per_az",
    "vpc_tiers": TIERS,
    "spoke_segment": "egress",
    "spoke_tiers": ["firewall"],
    "spoke_destinations": ["10.0.0.0/8"],
    "egress_groups": GROUPS,
}
ACCOUNTS = {
    "hub": {"vpc_cidrs": ["10.0.0.0/16"], "hub_segments": {"shared": {}}, "hub_segment": "shared"},
    "alpha": {"vpc_cidrs": ["10.1.0.0/16"], "spoke_segment": "customers"},
    "beta": {"vpc_cidrs": ["10.2.0.0/16"], "spoke_segment": "customers", "spoke_attached": False},
    "gamma": {"vpc_cidrs": ["10.3.0.0/16"], "spoke_segment": "customers", "region": "us-east-1"},
    "security": SECURITY,
}
MEMBERS = {"spokes": ["alpha", "beta", "gamma", "security"], "egress": ["security"], "hub": ["hub"], "empty": []}


def resolved(*sources, region="eu-central-1"):
    groups = {"one": {"sources": list(sources), "allow": [{"domain": "example.com"}]}}
    found = inventory.resolved(groups, ACCOUNTS, MEMBERS, region)["one"]["sources"]
    return {source["name"]: source["cidrs"] for source in found}


def problems(**changed):
    accounts = {**ACCOUNTS, "security": {**SECURITY, **changed}}
    return [str(problem) for problem in inventory.problems(accounts, MEMBERS)]


def test_a_group_of_the_inventory_is_its_attached_accounts_of_the_region_without_the_way_out():
    assert resolved("spokes") == {"spokes": ["10.1.0.0/16"]}
    assert resolved("spokes", region=None) == {"spokes": ["10.1.0.0/16", "10.3.0.0/16"]}


def test_an_account_a_hub_and_a_cidr_are_sources():
    assert resolved("alpha", "hub", "10.9.0.0/16") == {
        "alpha": ["10.1.0.0/16"],
        "hub": ["10.0.0.0/16"],
        "10.9.0.0/16": ["10.9.0.0/16"],
    }


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("alhpa", "one such as alpha"),
        # Not attached, of another region, and without a host that is.
        ("beta", "has no CIDR behind the hub; expected accounts that are attached"),
        ("gamma", "has no CIDR behind the hub; expected accounts that are attached"),
        ("empty", "is a group without accounts behind the hub"),
        ("egress", "is a group without accounts behind the hub"),
    ],
)
def test_what_the_hub_cannot_route_is_no_source(source, says):
    with pytest.raises(Invalid, match=says):
        resolved(source)


def test_a_sound_way_out_has_no_problem():
    assert problems() == []


@pytest.mark.parametrize(
    ("changed", "option"),
    [
        (
            {"egress_groups": {"payments": {"sources": ["nobody"], "allow": []}}},
            "security.egress_groups.payments.sources[0]",
        ),
        ({"egress_groups": {"payments": {**GROUPS["payments"], "allow": []}}}, "security.egress_groups.payments.allow"),
        ({"egress_groups": GROUPS, "egress_capacity": 1}, "security.egress_capacity"),
        ({"egress_groups": GROUPS, "egress_capacity": "1"}, "security.egress_capacity"),
        ({"egress_logs": [{"log_type": "ALERT", "destination": "No Bucket"}]}, "security.egress_logs[0].destination"),
        ({"egress_firewall_tier": "fw"}, "security.egress_firewall_tier"),
        ({"vpc_nat_gateways": "single"}, "security.vpc_nat_gateways"),
        ({"egress_availability_zone_ids": ["euc1-az3"]}, "security.egress_availability_zone_ids[0]"),
        ({"egress_availability_zone_ids": "euc1-az1,euc1-az3"}, "security.egress_availability_zone_ids[1]"),
        ({"egress_topology": "transit_gateway"}, "security.egress_availability_zone_ids"),
        (
            {"vpc_tiers": [{**TIERS[0], "route_tables": "single"}, *TIERS[1:]]},
            "security.vpc_tiers.tgw.route_tables",
        ),
        (
            {"vpc_tiers": [TIERS[0], {**TIERS[1], "internet": "gateway"}, TIERS[2]]},
            "security.vpc_tiers.firewall.internet",
        ),
    ],
)
def test_what_the_module_would_refuse_later_is_a_problem_by_its_variable(changed, option):
    found = problems(**changed)
    assert any(problem.startswith(f"{option}: ") for problem in found), found


def test_a_way_out_that_leaves_or_has_no_groups_is_not_checked():
    assert problems(egress_state="absent", vpc_tiers=[]) == []
    assert problems(egress_groups=None, vpc_tiers=[]) == []


@pytest.mark.parametrize("capacity", ["500", 500, None, "many", [500], True])
def test_a_capacity_is_a_number_or_told_by_the_check_of_types(capacity):
    assert problems(egress_capacity=capacity) == []


def test_an_adopted_vpc_has_tiers_that_only_aws_knows():
    assert problems(vpc_id="vpc-0123456789abcdef0", vpc_tiers=None) == []


FURTHER = {"vpc_cidrs": ["172.20.0.0/16"], "spoke_segment": "customers"}


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        # Past the firewall: in by a tier that leads to the NAT gateways, or back from the public one.
        ({"spoke_attachment_tier": "firewall"}, "security.spoke_attachment_tier: 'firewall' lets packets in past"),
        ({"egress_tgw_tier": "firewall"}, "security.spoke_attachment_tier: 'tgw' lets packets in past"),
        ({"spoke_tiers": ["firewall", "public"]}, "leads answers from tier public past the firewall"),
        # No way back.
        ({"spoke_tiers": ["tgw"]}, "security.spoke_tiers: ['tgw'] gives tier firewall no routes back"),
        ({"spoke_tiers": None}, "security.spoke_tiers: ['app'] gives tier firewall no routes back"),
        ({"egress_internal_cidrs": "10.0.0.0/16"}, "has no way back to 10.1.0.0/16 of alpha, a source of payments"),
        ({"spoke_destinations": ["10.0.0.0/16"]}, "has no way back to 10.1.0.0/16 of alpha, a source of payments"),
        ({"egress_internal_cidrs": ["10.0.0.0/12"], "spoke_destinations": ["10.0.0.0/16", "10.1.0.0/16"]}, "lacks 10."),
    ],
)
def test_what_would_pass_the_firewall_in_one_direction_only_is_refused(changed, says):
    assert any(says in problem for problem in problems(**changed)), problems(**changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"spoke_attachment_tier": "tgw", "spoke_destinations": ["10.0.0.0/9", "10.128.0.0/9", "172.16.0.0/12"]},
        # What a prefix list holds is not known.
        {"spoke_destinations": ["pl-0123456789abcdef0"], "egress_internal_cidrs": ["10.0.0.0/8"]},
        {"spoke_segment": None},
    ],
)
def test_ways_that_lead_back_are_none(changed):
    assert problems(**changed) == []


def test_an_account_more_outside_the_ranges_has_no_way_back():
    groups = {"payments": {**GROUPS["payments"], "sources": ["spokes"]}}
    accounts = {**ACCOUNTS, "security": {**SECURITY, "egress_groups": groups}, "delta": FURTHER}
    members = {**MEMBERS, "spokes": [*MEMBERS["spokes"], "delta"]}
    (problem,) = map(str, inventory.problems(accounts, members))
    assert problem.startswith(
        "security.egress_internal_cidrs: ['10.0.0.0/8'] has no way back to 172.20.0.0/16 of spokes"
    )
    accounts["security"]["egress_internal_cidrs"] = ["10.0.0.0/8", "172.20.0.0/16"]
    accounts["security"]["spoke_destinations"] = ["10.0.0.0/8", "172.16.0.0/12"]
    assert list(inventory.problems(accounts, members)) == []


def test_a_hub_that_is_the_way_out_itself_needs_the_same():
    own = {"hub_segments": {"egress": {"egress": True}}, "hub_segment": "egress", "hub_destinations": ["10.0.0.0/8"]}
    sound = {**SECURITY, **own, "spoke_segment": None, "hub_tiers": ["firewall"]}
    accounts = {"alpha": ACCOUNTS["alpha"], "hub": sound}
    assert list(inventory.problems(accounts, MEMBERS)) == []
    accounts["hub"] = {**sound, "hub_tiers": ["tgw"], "egress_tgw_tier": "firewall"}
    found = [str(problem) for problem in inventory.problems(accounts, MEMBERS)]
    assert any(problem.startswith("hub.egress_tgw_tier: 'firewall' lets packets in past") for problem in found)
