# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain import inventory_check

TIERS = {
    "vpc_tiers": [{"name": "app", "prefix": 24}],
    "spoke_attachment_tier": "app",
    "vpc_availability_zone_ids": ["euc1-az1", "euc1-az2"],
}


def inventory(**changes):
    """The demo's real use, with variables of hosts changed: ``alpha={"region": "eu-west-1"}``; None drops one."""
    hosts = {
        "hub": {
            "account_id": "111111111111",
            "region": "eu-central-1",
            "vpc_cidrs": ["10.0.0.0/16"],
            "hub_segments": {"shared": {}, "customers": {"isolated": True, "reaches": ["shared"]}},
            "hub_segment": "shared",
        },
        "alpha": spoke("222222222222", "10.1.0.0/16"),
        "beta": spoke("333333333333", "10.2.0.0/16"),
        "full_set": {"account_id": "444444444444", "region": "eu-central-1", "vpc_cidrs": ["10.3.0.0/16"]},
    }
    for host, variables in changes.items():
        hosts[host] = {**hosts.get(host, {}), **variables}
    return hosts


def spoke(account_id, *cidrs, **variables):
    return {
        "account_id": account_id,
        "region": "eu-central-1",
        "vpc_cidrs": list(cidrs),
        "spoke_segment": "customers",
        **variables,
    }


def problems(**changes):
    return [str(problem) for problem in inventory_check.problems(inventory(**changes))]


def test_a_sound_inventory_has_no_problems():
    assert problems() == []


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"alpha": {"account_id": None}}, "alpha.account_id: is missing; expected the 12 digits"),
        ({"alpha": {"account_id": 222222222222}}, "alpha.account_id: 222222222222 is a number, which loses leading "),
        ({"alpha": {"account_id": 222222222222}}, 'expected "222222222222"'),
        ({"alpha": {"account_id": 22222222}}, "expected the 12 digits in quotes"),
        ({"alpha": {"account_id": "2222"}}, "alpha.account_id: '2222' is no AWS account id"),
        ({"alpha": {"account_id": "333333333333"}}, "beta.account_id: '333333333333' is also the account of alpha"),
        ({"alpha": {"region": "frankfurt"}}, "alpha.region: 'frankfurt' is no AWS region"),
        ({"alpha": {"region": "eu-west-1"}}, "alpha.spoke_segment: 'customers' has no hub in eu-west-1"),
        ({"alpha": {"vpc_cidrs": None}}, "alpha.vpc_cidrs: is missing, but spoke_segment attaches its VPC"),
        ({"hub": {"vpc_cidrs": []}}, "hub.vpc_cidrs: [] is missing, but hub_segment attaches its VPC"),
        ({"alpha": {"vpc_cidrs": "10.1.0.0/16"}}, "alpha.vpc_cidrs: '10.1.0.0/16' is not a list"),
        ({"alpha": {"vpc_cidrs": ["10.1.0.1/16"]}}, "alpha.vpc_cidrs[0]: '10.1.0.1/16' has host bits set"),
        ({"full_set": {"vpc_cidrs": ["10.0.0.0/8"]}}, "full_set.vpc_cidrs[0]: '10.0.0.0/8' is no size"),
        (
            {"alpha": {"spoke_segment": "customer"}},
            "alpha.spoke_segment: 'customer' is not a segment that hub declares",
        ),
        ({"alpha": {"spoke_attached": "no"}}, "alpha.spoke_attached: 'no' is not a boolean"),
        (
            {"alpha": {**TIERS, "vpc_tiers": [{"name": "app", "prefix": 24}, {"name": "data", "prefix": 16}]}},
            "alpha.vpc_tiers[1].prefix: 16 does not fit",
        ),
        ({"alpha": {**TIERS, "vpc_tiers": "app"}}, "alpha.vpc_tiers: 'app' is not a list of mappings"),
        ({"alpha": {**TIERS, "vpc_availability_zone_ids": None}}, "alpha.vpc_availability_zone_ids: is missing"),
        ({"alpha": {**TIERS, "vpc_availability_zone_ids": []}}, "alpha.vpc_availability_zone_ids: [] names no "),
        ({"alpha": {**TIERS, "vpc_az_slots": 3}}, "alpha.vpc_az_slots: 3 is not a number of subnets that makes"),
        ({"alpha": TIERS | {"spoke_attachment_tier": "tgw"}}, "alpha.spoke_attachment_tier: 'tgw' is not a tier of"),
        ({"alpha": TIERS | {"spoke_tiers": ["web"]}}, "alpha.spoke_tiers: 'web' is not a tier of the VPC"),
        ({"hub": TIERS | {"hub_tiers": ["app"]}}, "hub.vpc_tiers: 'tgw' is not a tier of the VPC"),
        ({"alpha": {"spoke_destinations": ["10.0.0.0"]}}, "alpha.spoke_destinations[0]: '10.0.0.0' is not an IPv4"),
        ({"hub": {"hub_destinations": "10.0.0.0/8"}}, "hub.hub_destinations: '10.0.0.0/8' is not a list"),
        (
            {"alpha": {"spoke_from_hub": {"sources": ["sg-1", "hub"]}}},
            "alpha.spoke_from_hub.sources[1]: 'hub' is not an IPv4 CIDR",
        ),
        (
            {"alpha": {"spoke_from_hub": {"sources": ["pl-1"], "udp": ["53", "99999"]}}},
            "alpha.spoke_from_hub.udp[1]: '99999' is neither a port nor a range of ports",
        ),
        ({"hub": {"hub_segment": "share"}}, "hub.hub_segment: 'share' is not a segment that hub declares"),
        ({"hub": {"spoke_segment": "shared"}}, "hub.spoke_segment: 'shared' is set on a hub"),
        ({"alpha": {"hub_segment": "shared"}}, "alpha.hub_segment: 'shared' has no hub_segments"),
        (
            {"hub": {"hub_segments": {"shared": {}, "customers": {"reaches": ["nowhere"]}}}},
            "hub.hub_segments.customers.reaches[0]: 'nowhere' is not a declared segment",
        ),
        (
            {"other": {"account_id": "555555555555", "region": "eu-central-1", "hub_segments": {"customers": {}}}},
            "alpha.spoke_segment: 'customers' has several hubs in eu-central-1: hub, other",
        ),
    ],
)
def test_a_problem_names_host_variable_and_value(changes, text):
    found = problems(**changes)
    assert text in found[0], found
    only_one = set(changes) != {"other"}  # a second hub is every spoke's problem
    assert len(found) == 1 or not only_one


def test_overlap_of_two_isolated_customers_that_reach_shared_services():
    (problem,) = problems(beta={"vpc_cidrs": ["10.1.64.0/18"]})
    for part in ("beta.vpc_cidrs", "10.1.64.0/18", "333333333333", "alpha", "222222222222", "'shared'", "PrivateLink"):
        assert part in problem


def test_overlap_with_an_account_that_is_not_attached_is_no_problem():
    assert problems(full_set={"vpc_cidrs": ["10.1.0.0/16"]}) == []


def test_overlap_with_an_account_whose_attachment_is_off_is_no_problem():
    assert problems(beta={"vpc_cidrs": ["10.1.0.0/16"], "spoke_attached": False}) == []


def test_tiers_that_fit_are_no_problem():
    assert problems(alpha=TIERS, beta={**TIERS, "vpc_az_slots": 2}) == []


def test_an_adopted_vpc_may_be_used_by_ids_of_its_subnets_and_route_tables():
    ids = {"vpc_id": "vpc-1", "spoke_attachment_tier": "subnet-1", "spoke_tiers": ["rtb-1"]}
    assert problems(alpha=TIERS | ids) == []


def test_an_account_in_two_segments():
    found = problems(alpha={"region": None}, other=spoke("222222222222", "10.9.0.0/16", spoke_segment="shared"))
    assert [problem.split(":")[0] for problem in found] == ["other.spoke_segment"]
    assert "alpha is in 'customers'" in found[0]


def test_a_slice_without_its_hub_needs_the_hubs_account():
    spokes = {"alpha": spoke("222222222222", "10.1.0.0/16")}
    (problem,) = inventory_check.problems(spokes)
    assert "alpha.spoke_segment: 'customers' has no hub in eu-central-1" in str(problem)
    spokes["alpha"]["hub_account_id"] = "111111111111"
    assert inventory_check.problems(spokes) == []


def test_an_account_in_two_regions_with_a_hub_each():
    assert (
        problems(
            hub_west={
                "account_id": "111111111111",
                "region": "eu-west-1",
                "vpc_cidrs": ["10.0.0.0/16"],
                "hub_segments": {"customers": {}},
                "hub_segment": "customers",
            },
            alpha_west=spoke("222222222222", "10.1.0.0/16", region="eu-west-1"),
        )
        == []
    )


def test_all_problems_are_reported_at_once():
    found = problems(alpha={"account_id": 1, "vpc_cidrs": ["x"]}, beta={"spoke_segment": "y"}, hub={"hub_segment": "z"})
    assert [problem.split(":")[0] for problem in found] == [
        "alpha.account_id",
        "alpha.vpc_cidrs[0]",
        "hub.hub_segment",
        "beta.spoke_segment",
    ]
