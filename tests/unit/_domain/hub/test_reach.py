# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._domain.hub import reach

SEGMENTS = {"shared": {}, "customers": {"isolated": True, "reaches": ["shared"]}}
ATTACHMENTS = [
    {"name": "hub", "segment": "shared", "cidrs": ["10.0.0.0/16"]},
    {"name": "alpha", "segment": "customers", "cidrs": ["10.1.0.0/16"]},
    {"name": "beta", "segment": "customers", "cidrs": ["10.2.0.0/16"]},
]


def route(cidr, *attachments, type="propagated", state="active", prefix_list=None):
    return {
        "cidr": cidr,
        "attachments": list(attachments),
        "type": type,
        "state": state,
        "prefix_list": prefix_list,
    }


TO_HUB, TO_ALPHA, TO_BETA = (
    route(cidr, name) for cidr, name in (("10.0.0.0/16", "hub"), ("10.1.0.0/16", "alpha"), ("10.2.0.0/16", "beta"))
)
NO_ALPHA = route("10.1.0.0/16", type="static", state="blackhole")


def tables(shared=(TO_ALPHA, TO_BETA, TO_HUB), **customers):
    return {
        "shared": {"associations": ["hub"], "propagations": ["alpha", "beta", "hub"], "routes": list(shared)},
        "customers": {
            "associations": ["alpha", "beta"],
            "propagations": ["hub"],
            "routes": [TO_HUB, NO_ALPHA],
            **customers,
        },
    }


def problems(declaration=None, attachments=(), **changed):
    return reach.reach(tables(**changed), declaration or SEGMENTS, [*ATTACHMENTS, *attachments])["problems"]


def test_reach_of_the_declared_tables():
    assert reach.reach(tables(), SEGMENTS, ATTACHMENTS) == {
        "reaches": {"hub": ["alpha", "beta"], "alpha": ["hub"], "beta": ["hub"]},
        "problems": [],
    }


def test_an_ipv6_route_that_joins_two_customers_is_told():
    dual = [{**a, "cidrs": [*a["cidrs"], f"2001:db8:{i}::/56"]} for i, a in enumerate(ATTACHMENTS)]
    ipv6 = [route(f"2001:db8:{i}::/56", a["name"]) for i, a in enumerate(ATTACHMENTS)]
    shared = [TO_ALPHA, TO_BETA, TO_HUB, *ipv6]
    sound = tables(shared=shared, routes=[TO_HUB, ipv6[0], NO_ALPHA])
    assert reach.reach(sound, SEGMENTS, dual)["problems"] == []
    for joining in (ipv6[2], route("2001:db8:2:1::/64", "beta"), route("::/0", "beta", type="static")):
        found = reach.reach(tables(shared=shared, routes=[TO_HUB, ipv6[0], joining]), SEGMENTS, dual)
        assert "alpha reaches beta, which isn't declared" in found["problems"]


@pytest.mark.parametrize(
    ("customers", "problem"),
    [
        ({"routes": [TO_HUB, TO_BETA]}, "alpha reaches beta, which isn't declared"),
        ({"associations": ["beta"]}, "alpha does not reach hub, which is declared"),
        (
            {"associations": ["alpha", "beta", "tgw-attach-1"]},
            "customers: tgw-attach-1 of its associations isn't declared",
        ),
        ({"propagations": ["hub", "tgw-attach-1"]}, "customers: tgw-attach-1 of its propagations isn't declared"),
        (
            {"routes": [TO_HUB, route("10.9.0.0/16", "tgw-attach-1", type="static")]},
            "its static route 10.9.0.0/16 to tgw-attach-1 isn't declared",
        ),
        # The issue's: a prefix list joins two customers.
        (
            {"routes": [TO_HUB, route("10.2.1.0/24", "beta", type="static", prefix_list="pl-1")]},
            "alpha reaches beta, which isn't declared",
        ),
        # More specific than the blackhole that keeps them apart.
        ({"routes": [TO_HUB, NO_ALPHA, route("10.1.5.0/24", "alpha")]}, "beta reaches alpha, which isn't declared"),
        (
            {"routes": [route("10.0.0.0/16", "hub", state="blackhole")]},
            "table customers: AWS drops what is for 10.0.0.0/16: the attachment of hub is down",
        ),
        (
            {"routes": [route("10.0.0.0/16", "hub", state="blackhole")]},
            "alpha does not reach hub, which is declared",
        ),
        (
            {"routes": [TO_HUB, route("10.7.0.0/16", "hub", type="system")]},
            "table customers: its route 10.7.0.0/16 is system and active, which isn't known here",
        ),
        (
            {"routes": [TO_HUB, route("10.0.128.0/17", type="static", state="blackhole")]},
            "alpha does not reach all of hub: 10.0.128.0/17 leads to nowhere (blackhole)",
        ),
        # What isn't reached may be passed on by what is.
        (
            {"routes": [TO_HUB, route("0.0.0.0/0", "hub", type="static")]},
            "table customers: 10.2.0.0/16 of beta leads to hub",
        ),
    ],
)
def test_a_difference_is_told(customers, problem):
    assert any(found.endswith(problem) for found in problems(**customers))


def test_part_of_a_customers_range_that_another_one_propagates_is_told():
    """The issue's: alpha attaches a VPC 10.2.128.0/17 and gets half of beta's traffic."""
    stolen = route("10.2.128.0/17", "alpha")
    assert problems(shared=[TO_HUB, TO_ALPHA, TO_BETA, stolen]) == [
        "table shared: its propagated route 10.2.128.0/17 to alpha isn't declared",
        "hub does not reach all of beta: 10.2.128.0/17 leads to alpha",
    ]


def test_a_member_of_another_segment_in_a_table_is_told():
    moved = {**tables(), "shared": {"associations": ["alpha", "hub"], "propagations": [], "routes": []}}
    found = reach.reach(moved, SEGMENTS, ATTACHMENTS)["problems"]
    assert "table shared: alpha is associated with it, and its segment is customers" in found


def test_declared_static_routes_are_no_problem():
    """A VPN behind which more lies than is propagated, and what a segment sends to it."""
    vpn = {"name": "office", "segment": "shared", "cidrs": ["192.168.0.0/16"]}
    declaration = {
        **SEGMENTS,
        "customers": {
            **SEGMENTS["customers"],
            "static_routes": [
                {"destination": "172.16.0.0/12", "attachment": "office"},
                {"destination": "pl-0123456789abcdef0", "attachment": "office"},
            ],
        },
    }
    to_office = [
        route("192.168.0.0/16", "office"),
        route("172.16.0.0/12", "office", type="static"),
        route("100.64.0.0/16", "office", type="static", prefix_list="pl-0123456789abcdef0"),
    ]
    found = problems(declaration, [vpn], routes=[TO_HUB, *to_office], shared=[TO_ALPHA, TO_BETA, TO_HUB, to_office[0]])
    assert found == [  # it isn't associated in these tables, so nothing of it is sent
        f"office does not reach {name}, which is declared" for name in ("alpha", "beta", "hub")
    ]


def test_ranges_that_do_not_meet_may_overlap():
    """Two isolated customers of the same range, each reached from its own segment only."""
    declaration = {"one": {"isolated": True}, "two": {}}
    attachments = [
        {"name": "a", "segment": "one", "cidrs": ["10.1.0.0/16"]},
        {"name": "b", "segment": "two", "cidrs": ["10.1.0.0/16"]},
        {"name": "c", "segment": "two", "cidrs": ["10.3.0.0/16"]},
    ]
    two = [route("10.1.0.0/16", "b"), route("10.3.0.0/16", "c")]
    found = reach.reach(
        {
            "one": {"associations": ["a"], "propagations": [], "routes": []},
            "two": {"associations": ["b", "c"], "propagations": ["b", "c"], "routes": two},
        },
        declaration,
        attachments,
    )
    assert found == {"reaches": {"a": [], "b": ["c"], "c": ["b"]}, "problems": []}


BLOCKS = st.builds(
    lambda address, length: ip_network((address, length), strict=False), st.integers(0, 2**32 - 1), st.integers(20, 32)
)


@given(
    st.dictionaries(BLOCKS, st.sampled_from(["a", "b", None]), max_size=8),
    st.lists(st.integers(0, 2**12 - 1), max_size=8),
)
def test_lookups_are_those_of_each_address_by_itself(routes, offsets):
    told = [
        route(str(block), *([end] if end else []), type="static", state="active" if end else "blackhole")
        for block, end in routes.items()
    ]
    for block in routes:
        wide = block.supernet(new_prefix=20) if block.prefixlen > 20 else block
        lookups = reach.Lookups(told, [str(wide)])
        parts = {ip_network(part): ends for part, ends in lookups.over(str(wide))}
        for offset in offsets:
            address = ip_address(int(wide[0]) + offset)
            fitting = [other for other in routes if address in other]
            best = max(fitting, key=lambda other: other.prefixlen, default=None)
            (ends,) = [ends for part, ends in parts.items() if address in part]
            if best is None:
                assert ends == reach.NO_ROUTE
            else:
                assert ends == (frozenset({routes[best]}) if routes[best] else reach.DROPPED)
