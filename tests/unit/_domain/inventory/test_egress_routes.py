# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Default routes of an inventory that lead nowhere, or by which answers leave another way than they came."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.inventory import checks

ZONES = {"vpc_availability_zone_ids": ["euc1-az1"]}
TIERS = [{"name": "app", "prefix": 24}, {"name": "public", "prefix": 24, "internet": "gateway"}]
TIERS += [{"name": "tgw", "prefix": 28}]
SEGMENTS = {"customers": {"isolated": True, "reaches": ["egress"]}, "closed": {}, "egress": {"egress": True}}
HUB = {"account_id": "1" * 12, "vpc_cidrs": ["10.0.0.0/16"], "hub_segments": SEGMENTS}
SECURITY = {
    "account_id": "2" * 12,
    "vpc_cidrs": ["10.255.0.0/16"],
    "spoke_segment": "egress",
    "spoke_destinations": ["10.0.0.0/8"],
    "spoke_appliance_mode": True,
}
ALPHA = {
    "account_id": "3" * 12,
    "vpc_cidrs": ["10.1.0.0/16"],
    "spoke_segment": "customers",
    "spoke_destinations": ["0.0.0.0/0"],
    "vpc_tiers": TIERS,
    **ZONES,
}


def problems(hub=None, security=None, **alpha):
    hosts = {"hub": {**HUB, **(hub or {})}, "security": {**SECURITY, **(security or {})}, "alpha": {**ALPHA, **alpha}}
    return [str(problem) for problem in checks.problems(hosts)]


def tiers(internet, name="app"):
    return [*(tier for tier in TIERS if tier["name"] != name), {"name": name, "prefix": 24, "internet": internet}]


def test_a_spoke_says_only_where_it_goes():
    assert problems() == []
    assert problems(spoke_tiers=["app", "public"], vpc_tiers=tiers("direct", "public")) == []
    assert problems(vpc_tiers=tiers("nat"), spoke_destinations=["10.0.0.0/8"]) == []


def test_a_public_tier_that_would_answer_through_the_hub_is_refused_with_the_route_and_a_recipe():
    (problem,) = problems(spoke_tiers=["app", "public"])
    assert problem.startswith("alpha.vpc_tiers[1].internet: 'gateway' lets the subnets of tier public be reached by")
    for words in ("route 0.0.0.0/0", "internet: direct", "load balancer", "endpoint association", "ingress through"):
        assert words in problem


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (
            {"vpc_tiers": tiers("nat")},
            "alpha.vpc_tiers[2].internet: 'nat' leads 0.0.0.0/0 of tier app to a NAT gateway",
        ),
        (
            {
                "spoke_tiers": ["public"],
                "vpc_tiers": tiers("direct", "public"),
                "spoke_destinations": ["0.0.0.0/1", "128.0.0.0/1"],
            },
            "alpha.spoke_destinations: '0.0.0.0/1' leads to the transit gateway, also from tier public",
        ),
        (
            {"spoke_segment": "closed"},
            "alpha.spoke_destinations: '0.0.0.0/0' leads to the hub, whose table of segment closed has no such route",
        ),
        (
            {"security": {"spoke_appliance_mode": None}},
            "security.spoke_appliance_mode: is off, but segment egress is the way out",
        ),
        (
            {"security": {"spoke_destinations": ["0.0.0.0/0"]}},
            "security.spoke_destinations: '0.0.0.0/0' leads back to the hub, but segment egress is the way out",
        ),
        (
            {"security": {"spoke_attached": False}},
            "hub.hub_segments.egress.egress: true has no attachment",
        ),
    ],
)
def test_what_is_refused(changed, expected):
    found = problems(**changed)
    assert found and found[0].startswith(expected), found


def test_a_default_route_by_declaration_or_behind_a_vpn_is_a_way_out():
    closed = {"static_routes": [{"destination": "0.0.0.0/0", "attachment": "office"}], "reaches": ["offices"]}
    office = {
        "name": "office",
        "attachment_id": "tgw-attach-0123456789abcdef0",
        "resource_type": "vpn",
        "segment": "offices",
        "cidrs": ["192.168.0.0/16"],
    }
    by_route = {"hub_segments": {**SEGMENTS, "closed": closed, "offices": {}}, "hub_other_attachments": [office]}
    assert problems(by_route, spoke_segment="closed") == []
    by_vpn = {"hub_segments": {**SEGMENTS, "closed": {"reaches": ["offices"]}, "offices": {}}}
    assert (
        problems({**by_vpn, "hub_other_attachments": [{**office, "cidrs": ["0.0.0.0/0"]}]}, spoke_segment="closed")
        == []
    )
    assert problems({**by_vpn, "hub_other_attachments": [office]}, spoke_segment="closed") != []


def test_a_hub_that_is_the_way_out_itself():
    own = {"hub_segment": "egress", "hub_destinations": ["10.0.0.0/8"], "vpc_tiers": TIERS, **ZONES}
    gone = {"spoke_segment": "closed"}
    (problem,) = problems(own, gone)
    assert problem.startswith("hub.hub_appliance_mode: is off")
    assert problems({**own, "hub_appliance_mode": True}, gone) == []


def test_a_firewall_at_the_transit_gateway_is_the_attachment_of_the_way_out():
    behind = {"spoke_segment": "internet", "egress_topology": "transit_gateway"}
    by_firewall = {"hub_segments": {**SEGMENTS, "internet": {"internet_of": "egress"}}}
    assert problems(by_firewall, behind) == []
    (problem,) = problems(by_firewall, {**behind, "egress_topology": "inspection_vpc"})
    assert problem.startswith("hub.hub_segments.egress.egress: true has no attachment")
