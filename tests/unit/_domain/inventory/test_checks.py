# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.inventory import checks

TIERS = {
    "vpc_tiers": [{"name": "app", "prefix": 24}],
    "spoke_attachment_tier": "app",
    "vpc_availability_zone_ids": ["euc1-az1", "euc1-az2"],
}


SOURCES = [f"10.{number}.0.0/16" for number in range(31)]


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
    return [str(problem) for problem in checks.problems(inventory(**changes))]


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
        ({"alpha": {"vpc_cidrs": ["10.1.0.0/16", "198.19.0.0/16"]}}, "alpha.vpc_cidrs[1]: '198.19.0.0/16' can't be"),
        (
            {"alpha": {"vpc_cidrs": [f"10.{number}.0.0/16" for number in range(11, 17)]}},
            "'10.16.0.0/16'] are 6 ranges; expected 5 at most, or alpha.vpc_cidrs_quota with the quota of this account",
        ),
        ({"alpha": {"vpc_cidrs_quota": "6"}}, "alpha.vpc_cidrs_quota: '6' is not a number"),
        (
            {"alpha": {**TIERS, "vpc_availability_zone_ids": ["eu-central-1a"]}},
            "alpha.vpc_availability_zone_ids[0]: 'eu-central-1a' is the name of an AZ, which is another place",
        ),
        (
            {
                "alpha": {
                    **TIERS,
                    "vpc_tiers": [{"name": "app.x", "prefix": 24}],
                    "spoke_attachment_tier": "app.x",
                    "spoke_tiers": ["app.x"],
                }
            },
            "alpha.vpc_tiers[0].name: 'app.x' is no name of a tier",
        ),
        (
            {
                "alpha": {
                    "spoke_from_hub": {"sources": [f"10.{n}.0.0/16" for n in range(31)], "tcp": ["443"], "udp": ["53"]}
                }
            },
            "alpha.spoke_from_hub: makes 62 rules of a security group; expected 60 at most, or spoke_security_",
        ),
        (
            {"hub": {"hub_destinations": [f"10.{n // 250}.{n % 250}.0/24" for n in range(501)]}},
            "hub.hub_destinations: makes 501 routes; expected 500 at most, or hub_routes_quota with the quota",
        ),
        (
            {"alpha": {"spoke_attachment_subnet_ids": ["subnet-1"]}},
            "alpha.spoke_attachment_subnet_ids: ['subnet-1'] are subnets of no VPC; expected vpc_id with them",
        ),
        (
            {"alpha": {"vpc_id": "vpc-1", "spoke_attachment_subnet_ids": ["subnet-1", "subnet-1"]}},
            "alpha.spoke_attachment_subnet_ids[1]: 'subnet-1' is there twice; expected each subnet once",
        ),
        ({"alpha": {"vpc_name": "al*"}}, "alpha.vpc_name: 'al*' is no name"),
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
        # As Ansible takes a text for an option of type list.
        ({"alpha": TIERS | {"spoke_tiers": "web"}}, "alpha.spoke_tiers: 'web' is not a tier of the VPC"),
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


OFFICE = {
    "name": "office",
    "attachment_id": "tgw-attach-0123456789abcdef0",
    "resource_type": "vpn",
    "segment": "shared",
    "cidrs": ["192.168.0.0/16"],
}


def with_static(destination="172.16.0.0/12", attachment="office", **more):
    route = {"destination": destination, "attachment": attachment}
    customers = {"isolated": True, "reaches": ["shared"], "static_routes": [route]}
    return {"hub": {"hub_segments": {"shared": {}, "customers": customers}, "hub_other_attachments": [OFFICE], **more}}


def test_members_made_elsewhere_and_static_routes_to_them_are_no_problem():
    assert problems(**with_static()) == []
    assert problems(**with_static("0.0.0.0/0", "hub")) == []
    own = [{"name": "inspection", "segment": "shared", "cidrs": ["10.0.0.0/16"]}]
    assert problems(**with_static("0.0.0.0/0", "inspection", hub_vpc_attachments=own)) == []


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            with_static(hub_other_attachments=None),
            "hub.hub_segments.customers.static_routes[0].attachment: 'office' is no declared attachment",
        ),
        (with_static(attachment="alpha"), "static_routes[0].attachment: 'alpha' is in segment 'customers', which"),
        (with_static("10.2.128.0/17"), "static_routes[0].destination: '10.2.128.0/17' is in the range of beta"),
        (with_static("10.2.0.1/17"), "hub.hub_segments.customers.static_routes[0].destination: '10.2.0.1/17' has host"),
        (with_static(hub_other_attachments={}), "hub.hub_other_attachments: {} is not a list"),
        (with_static(hub_other_attachments=["vpn"]), "hub.hub_other_attachments[0]: 'vpn' is no such attachment"),
        (
            with_static(hub_other_attachments=[{**OFFICE, "attachment_id": "vpn-1"}]),
            "hub.hub_other_attachments[0].attachment_id: 'vpn-1' is no id of a tgw-attach",
        ),
        (
            with_static(hub_other_attachments=[{**OFFICE, "resource_type": "vpc"}]),
            "hub.hub_other_attachments[0].resource_type: 'vpc' is no such kind; expected one of vpn, direct-connect",
        ),
        (
            with_static(hub_other_attachments=[{**OFFICE, "segment": "x"}]),
            "hub.hub_other_attachments[0] (office).segment: 'x' is not a",
        ),
        (
            with_static(hub_other_attachments=[{**OFFICE, "cidrs": ["10.2.4.0/24"]}]),
            "attachments[0] (office).cidrs: '10.2.4.0/24'",
        ),
        (with_static(hub_other_attachments=[{**OFFICE, "cidrs": "x"}]), "hub_other_attachments[0].cidrs: 'x' is not a"),
    ],
)
def test_what_is_wrong_with_members_made_elsewhere_is_known_from_the_inventory(changes, text):
    assert any(text in problem for problem in problems(**changes)), problems(**changes)


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
    (problem,) = checks.problems(spokes)
    assert "alpha.spoke_segment: 'customers' has no hub in eu-central-1" in str(problem)
    spokes["alpha"]["hub_account_id"] = "111111111111"
    assert checks.problems(spokes) == []
    # A slice can hold the hub of another region.
    hub = {"account_id": "111111111111", "region": "eu-west-1", "hub_segments": {"customers": {}}}
    assert checks.problems({"hub-west": hub, **spokes}) == []
    (problem,) = checks.problems({"hub": {**hub, "account_id": "999999999999", "region": "eu-central-1"}, **spokes})
    assert str(problem).startswith(
        "alpha.hub_account_id: '111111111111' isn't the account of hub, the hub of its region"
    )


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


# ---- flows --------------------------------------------------------------------------------------------------------

FLOWING = {
    **TIERS,
    "vpc_tiers": [{"name": "app", "prefix": 24}, {"name": "tgw", "prefix": 28, "network_acl": "open"}],
    "spoke_attachment_tier": "tgw",
    "vpc_flows": [{"from": "app", "to": "10.0.0.0/16", "tcp": 443}, {"from": "app", "to": "s3", "tcp": "443,8443"}],
}


def test_flows_that_fit_are_no_problem():
    assert problems(alpha=FLOWING) == []


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"vpc_flows": "app to data"}, "alpha.vpc_flows: 'app to data' is not a list of flows"),
        ({"vpc_flows": [{"from": "app", "tcp": [443]}]}, "is not a list of flows"),
        (
            {"vpc_flows": [{"from": "app", "to": "date", "tcp": [1]}]},
            "alpha.vpc_flows[0].to: 'date' is no end of a flow",
        ),
        ({"vpc_network_acl_rules_quota": 1}, "alpha.vpc_network_acl_rules_quota: 1 is no quota that AWS gives"),
        (
            {"vpc_tiers": [{"name": "app", "prefix": 24}, {"name": "tgw", "prefix": 28}]},
            "alpha.vpc_tiers: 'tgw' is attached to the Transit Gateway",
        ),
    ],
)
def test_flows_that_cannot_be(changes, text):
    found = problems(alpha={**FLOWING, **changes})
    assert len(found) == 1 and text in found[0]


# ---- environments -------------------------------------------------------------------------------------------------

PLAN = {
    "pci": {"development": "10.16.0.0/16", "staging": "10.17.0.0/16", "production": "10.18.0.0/16"},
    "non_pci": {"development": "172.16.0.0/16", "staging": "172.17.0.0/16", "production": "172.18.0.0/16"},
}


def environments(segments=None, **changes):
    """A hub and an account for each of the six, each in a segment of its own that reaches the shared services."""
    hosts = {
        "hub": {
            "account_id": "111111111111",
            "vpc_cidrs": ["10.0.0.0/16"],
            "hub_segment": "shared",
            "hub_segments": {
                "shared": {},
                **{
                    f"{scope}_{stage}": {"isolated": True, "reaches": ["shared"]}
                    for scope, stages in PLAN.items()
                    for stage in stages
                },
                **(segments or {}),
            },
        }
    }
    for scope, stages in PLAN.items():
        for stage, cidr in stages.items():
            hosts[f"{scope}-{stage}"] = {
                "account_id": f"2222222222{len(hosts):02}",
                "network_plan": PLAN,
                "network_scope": scope,
                "network_stage": stage,
                "vpc_cidrs": [cidr],
                "spoke_segment": f"{scope}_{stage}",
            }
    for host, variables in changes.items():
        host = host.replace("__", "-")
        hosts[host] = {**hosts[host], **variables}
    return [str(problem) for problem in checks.problems(hosts)]


def test_six_environments_beside_each_other():
    assert environments() == []
    # PCI and non-PCI of one stage reach each other where that is declared.
    declared = {"pci_production": {"isolated": True, "reaches": ["shared", "non_pci_production"]}}
    assert environments(declared) == []


@pytest.mark.parametrize(
    ("segments", "changes", "text"),
    [
        (
            {"pci_production": {"reaches": ["pci_staging"]}},
            {},
            "hub.hub_segments: let pci-production (pci production) and pci-staging (pci staging) reach each other",
        ),
        (
            {"non_pci_staging": {"reaches": ["pci_production"]}},
            {},
            "let non_pci-staging (non_pci staging) and pci-production (pci production) reach each other",
        ),
        (
            None,
            {"pci__staging": {"spoke_segment": "pci_production"}},
            "'pci_production' is also that of pci-staging, but one is pci staging, the other pci production",
        ),
        (
            None,
            {"non_pci__production": {"spoke_segment": "pci_production"}},
            "a segment for each environment",
        ),
        (
            None,
            {"pci__staging": {"vpc_cidrs": ["10.18.0.0/20"]}},
            "pci-staging.vpc_cidrs[0]: '10.18.0.0/20' is outside the range of pci staging; expected a range in 10.17",
        ),
        (
            None,
            {"pci__staging": {"network_stage": "live"}},
            "pci-staging.network_stage: 'live' is not in network_plan.pci",
        ),
        (None, {"pci__staging": {"network_scope": "cde"}}, "network_scope: 'cde' is not in network_plan"),
        (None, {"pci__staging": {"network_plan": None}}, "pci-staging.network_plan: is missing"),
        (None, {"pci__staging": {"network_plan": "10.16.0.0/12"}}, "is not a mapping of scopes"),
        (
            None,
            {"pci__staging": {"network_plan": {**PLAN, "other": {"staging": "10.17.128.0/17"}}}},
            "pci-staging.network_plan.other.staging: '10.17.128.0/17' overlaps 10.17.0.0/16 of pci.staging",
        ),
        (
            None,
            {"pci__staging": {**TIERS, "vpc_flows": None}},
            "pci-staging.vpc_flows: are missing in scope pci",
        ),
    ],
)
def test_environments_stay_apart(segments, changes, text):
    assert any(text in problem for problem in environments(segments, **changes))


# ---- IPv6 ---------------------------------------------------------------------------------------------------------

DUAL = {
    "vpc_ipv6": {"source": "amazon"},
    "vpc_ipv6_cidrs": ["2001:db8:1::/56"],
    "spoke_ipv6_support": True,
    "spoke_destinations": ["10.0.0.0/16", "2001:db8::/56"],
    "spoke_from_hub": {"sources": ["2001:db8::/56"], "tcp": ["443"]},
    "vpc_tiers": [{"name": "app", "prefix": 24}, {"name": "tgw", "prefix": 28, "network_acl": "open"}],
    "vpc_availability_zone_ids": ["euc1-az1", "euc1-az2"],
    "vpc_flows": [{"from": "2001:db8::/56", "to": "app", "tcp": ["443"]}],
}
OF_HUB = {"vpc_ipv6_cidrs": ["2001:db8::/56"], "hub_ipv6_support": True}


def test_a_sound_inventory_with_ipv6():
    assert problems(alpha=DUAL, hub=OF_HUB) == []


def test_quotas_hold_for_each_family_apart():
    many = [f"10.{i}.0.0/16" for i in range(100, 130)] + [f"2001:db8:{i:x}::/56" for i in range(16, 46)]
    assert problems(alpha={**DUAL, "spoke_destinations": many, "spoke_routes_quota": 50}, hub=OF_HUB) == []
    found = problems(alpha={**DUAL, "spoke_destinations": many, "spoke_routes_quota": 29}, hub=OF_HUB)
    assert any("alpha.spoke_destinations" in problem for problem in found), found


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"vpc_ipv6": "amazon"}, "alpha.vpc_ipv6: 'amazon' is not a mapping"),
        ({"vpc_ipv6": {"source": "amazn"}}, "alpha.vpc_ipv6.source: 'amazn' is no source"),
        ({"vpc_ipv6": {"source": "amazon", "cdir": "x"}}, "alpha.vpc_ipv6: 'cdir' is not an option of it"),
        ({"vpc_ipv6_cidrs": "2001:db8:1::/56"}, "alpha.vpc_ipv6_cidrs: '2001:db8:1::/56' is not a list"),
        ({"vpc_ipv6_cidrs": ["2001:db8:1::/64"]}, "alpha.vpc_ipv6_cidrs[0]: '2001:db8:1::/64' is no size"),
        ({"vpc_ipv6_cidrs": ["10.1.0.0/16"]}, "alpha.vpc_ipv6_cidrs[0]: '10.1.0.0/16' is not an IPv6 CIDR"),
        ({"vpc_ipv6_cidrs": None}, "alpha.vpc_ipv6_cidrs: is missing, but spoke_ipv6_support brings"),
        ({"spoke_ipv6_support": "yes"}, "alpha.spoke_ipv6_support: 'yes' is not a boolean"),
        ({"vpc_ipv6_cidrs": ["2001:db8::/56"]}, "overlaps 2001:db8::/56 of"),
        ({"spoke_destinations": ["2001:db8::1/56"]}, "alpha.spoke_destinations[0]: '2001:db8::1/56' has host bits set"),
        ({"vpc_ipv6": None}, "alpha.vpc_flows[0].from: '2001:db8::/56' is of IPv6, which the VPC doesn't have"),
        (
            {"vpc_tiers": [{"name": "app", "prefix": 24}, {"name": "tgw", "prefix": 28, "ipv6": False}]},
            "alpha.vpc_tiers[1].ipv6: false takes IPv6 from the tier that spoke_ipv6_support needs it in",
        ),
        (
            {"vpc_ipv6": {"source": "pool", "pool_id": "ipam-pool-0", "netmask_length": 60}, "vpc_az_slots": 16},
            "alpha.vpc_ipv6: '/60' has 16 subnets of /64; 2 tiers with 16 AZ slots each need 32",
        ),
    ],
)
def test_what_is_wrong_with_ipv6(change, text):
    found = problems(alpha={**DUAL, **change}, hub=OF_HUB)
    assert any(text in problem for problem in found), found


SECOND = {
    "account_id": "222222222222",
    "region": "eu-central-1",
    "vpc_cidrs": ["10.99.0.0/16"],
    "vpc_same_account_as": "alpha",
    "spoke_segment": "customers",
}


def test_an_account_may_have_two_vpcs_by_name():
    assert problems(alpha_db=SECOND, alpha_dev={**SECOND, "vpc_cidrs": ["10.98.0.0/16"]}) == []


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"vpc_same_account_as": None}, "alpha_db.account_id: '222222222222' is also the account of alpha"),
        ({"vpc_same_account_as": "beta"}, "alpha_db.vpc_same_account_as: 'beta' isn't another host of this account"),
        ({"vpc_same_account_as": "alpha_db"}, "alpha_db.vpc_same_account_as: 'alpha_db' isn't another host"),
        ({"vpc_name": "alpha"}, "alpha_db.vpc_name: 'alpha' is also that of alpha, a VPC of the same account and"),
        ({"spoke_name": "alpha"}, "alpha_db.spoke_name: 'alpha' is also that of alpha"),
        ({"vpc_cidrs": ["10.1.7.0/24"]}, "alpha_db.vpc_cidrs: '10.1.7.0/24' overlaps 10.1.0.0/16 of alpha, a VPC of"),
        ({"vpc_cidrs": None, "spoke_segment": None}, "alpha_db.vpc_same_account_as: 'alpha_db' is a hub, or has no"),
    ],
)
def test_two_vpcs_of_an_account_differ_in_all_that_tells_them_apart(changes, text):
    found = problems(alpha_db={**SECOND, **changes})
    assert any(text in problem for problem in found), found


KEEPER = "arn:aws:iam::444444444444:role/guard-operator"
PCI = {"assume_role_arn": KEEPER, "pci_account_management_account_id": "999999999999"}


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        (PCI, f"full_set.pci_account_break_glass_arns: [] let the service control policy bind {KEEPER}"),
        ({**PCI, "pci_account_break_glass_arns": [KEEPER]}, ""),
        ({**PCI, "pci_account_break_glass_arns": [KEEPER.replace("guard-", "*")]}, ""),
        ({**PCI, "pci_account_management_account_id": None}, ""),
        ({**PCI, "pci_account_state": "absent"}, ""),
        ({"pci_account_passable_roles": ["app/*", "*"]}, "pci_account_passable_roles[1]: '*' could be any role"),
        (
            {"pci_account_path": "/cards/", "pci_account_passable_roles": ["cards/admin"]},
            "pci_account_passable_roles[0]: 'cards/admin' is under /cards/",
        ),
        (
            {"pci_people_manage_users": False, "pci_people_users": [{"name": "eve", "register_mfa": True}]},
            "full_set.pci_people_users[0].register_mfa: true is of a user that isn't created here",
        ),
    ],
)
def test_pci_accounts_and_people(variables, text):
    found = [str(problem) for problem in checks.problems(inventory(full_set=variables))]
    assert any(text in problem for problem in found) if text else found == []


def test_all_that_is_read_is_listed():
    """So that one that is undefined is told with its host and name."""
    domain = Path(checks.__file__).parent
    read = {
        name
        for file in ("checks", "attachments", "vpc", "environments", "privatelink")
        for name in re.findall(r'variables(?:\.get\(|\[)"(\w+)"', (domain / f"{file}.py").read_text(encoding="utf-8"))
    }
    assert {"spoke_segment", "network_stage"} <= read <= set(checks.READ)
