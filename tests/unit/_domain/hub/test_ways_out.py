# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Segments with a way out: default routes to it, and nobody reaches another by it."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.hub import reach, segments
from ansible_collections.closednet.aws.plugins.module_utils._domain.hub.segments import Attachment, StaticRoute, Table

DECLARED = {
    "shared": {},
    "customers": {"isolated": True, "reaches": ["shared", "egress"]},
    "egress": {"egress": True},
}
SHARED = Attachment("shared-services", "shared", ("10.0.0.0/16",), "111111111111")
ALPHA = Attachment("alpha", "customers", ("10.1.0.0/16",), "222222222222")
BETA = Attachment("beta", "customers", ("10.2.0.0/16", "198.18.0.0/16"), "333333333333")
SECURITY = Attachment("security", "egress", ("10.255.0.0/24",), "444444444444")
DROPPED = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
# Behind a firewall that is attached to the transit gateway.
BY_FIREWALL = {**DECLARED, "internet": {"internet_of": "egress"}}
FIREWALL = Attachment("firewall", "egress", (), "none", vpc=False, propagates=False, firewall=True)
NAT = Attachment("nat", "internet", ("10.255.0.0/24",), "444444444444")


def test_isolated_members_leave_by_the_one_attachment_and_reach_nobody_by_it():
    planned = segments.tables(DECLARED, [SHARED, ALPHA, BETA, SECURITY])
    assert planned["customers"] == Table(
        ("alpha", "beta"),
        ("security", "shared-services"),
        (*DROPPED, "198.18.0.0/16"),
        (StaticRoute("0.0.0.0/0", "security"),),
    )
    # The way back, by propagation, and no other.
    assert planned["egress"] == Table(("security",), ("alpha", "beta", "security"))
    # This segment doesn't reach the way out.
    assert planned["shared"].static_routes == () and planned["shared"].blackholes == ()


def test_ipv6_leaves_if_the_attachment_carries_it():
    six = Attachment("security", "egress", ("10.255.0.0/24", "2001:db8:ff::/56"), "444444444444")
    alpha = Attachment("alpha", "customers", ("10.1.0.0/16", "2001:db8:1::/56"), "222222222222")
    table = segments.tables(DECLARED, [SHARED, alpha, six])["customers"]
    assert table.static_routes == (StaticRoute("0.0.0.0/0", "security"), StaticRoute("::/0", "security"))
    assert set(table.blackholes) == {*DROPPED, "fc00::/7", "2001:db8:1::/56"}


def test_declared_routes_win():
    """A default route of one's own, one of a private range, and a VPN behind which all of it is."""
    static = [{"destination": "0.0.0.0/0", "blackhole": True}]
    own = {**DECLARED, "customers": {**DECLARED["customers"], "static_routes": static}}
    table = segments.tables(own, [SHARED, ALPHA, SECURITY])["customers"]
    assert table == Table(("alpha",), ("security", "shared-services"), ("0.0.0.0/0",))
    static = [{"destination": "172.16.0.0/12", "attachment": "shared-services"}]
    own = {**DECLARED, "customers": {**DECLARED["customers"], "static_routes": static}}
    office = Attachment("office", "shared", ("10.0.0.0/8",), "none", vpc=False)
    table = segments.tables(own, [SHARED, ALPHA, BETA, SECURITY, office])["customers"]
    assert set(table.blackholes) == {
        *("192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/16"),
        *("10.1.0.0/16", "10.2.0.0/16"),
    }


def test_by_a_firewall_that_is_attached_to_the_transit_gateway():
    planned = segments.tables(BY_FIREWALL, [SHARED, ALPHA, BETA, FIREWALL, NAT])
    assert planned["customers"].static_routes == (StaticRoute("0.0.0.0/0", "firewall"),)
    assert planned["egress"].associations == ("firewall",)
    assert planned["egress"].propagations == ("alpha", "beta", "nat")
    assert planned["egress"].static_routes == (StaticRoute("0.0.0.0/0", "nat"),)
    # The way back goes through the firewall, too.
    assert planned["internet"].propagations == ("nat",)
    assert planned["internet"].static_routes == tuple(
        StaticRoute(cidr, "firewall") for cidr in (*DROPPED, "198.18.0.0/16")
    )
    assert segments.check(BY_FIREWALL, [SHARED, ALPHA, BETA, FIREWALL, NAT]) == []
    assert segments.check_ways_out(BY_FIREWALL, [SHARED, ALPHA, BETA, FIREWALL, NAT]) == []


def lookup(table: Table, by_name: dict[str, Attachment], address: str) -> set[str]:
    """Return where a table leads an address: longest prefix, static before propagated (AWS: route evaluation order)."""
    found: dict[tuple[int, bool], set[str]] = {}
    routes = [(cidr, name, False) for name in table.propagations for cidr in by_name[name].cidrs]
    routes += [(cidr, "", True) for cidr in table.blackholes]
    routes += [(route.destination, route.attachment or "", True) for route in table.static_routes]
    for cidr, target, static in routes:
        if ip_address(address) in ip_network(cidr):
            found.setdefault((ip_network(cidr).prefixlen, static), set()).add(target)
    return found[max(found)] if found else {""}


def arrivals(planned: dict[str, Table], attachments: list[Attachment], sender: str, address: str) -> set[str]:
    """Return the attachments that packets of a sender arrive at, when ways out send them on to this address."""
    by_name = {attachment.name: attachment for attachment in attachments}
    ways = {a.name for a in attachments if a.segment in ("egress", "internet")}
    table_of = {member: table for table in planned.values() for member in table.associations}
    arrived: set[str] = set()
    ahead = {sender}
    seen: set[str] = set()
    while ahead:
        at = ahead.pop()
        seen.add(at)
        for target in lookup(table_of[at], by_name, address) - {"", sender}:
            arrived.add(target)
            if target in ways - seen:
                ahead.add(target)
    return arrived


@st.composite
def networks(draw):
    """Declarations of segments with a way out, by a VPC or by a firewall; members' ranges private and others."""
    others = draw(st.lists(st.sampled_from(["shared", "customers", "dev", "prod"]), min_size=1, unique=True))
    by_firewall = draw(st.booleans())
    declaration = {
        name: {
            "isolated": draw(st.booleans()),
            "reaches": draw(st.lists(st.sampled_from([o for o in [*others, "egress"] if o != name]), unique=True)),
        }
        for name in others
    }
    declaration["egress"] = {"egress": True}
    if by_firewall:
        declaration["internet"] = {"internet_of": "egress"}
    ranges = ("10.{}.0.0/16", "172.16.{}.0/24", "100.64.{}.0/24", "198.18.{}.0/24", "192.168.{}.0/24")
    members = draw(st.lists(st.tuples(st.sampled_from(others), st.sampled_from(ranges)), max_size=8))
    attachments = [
        Attachment(f"account-{index}", segment, (form.format(index),), f"{index:012d}")
        for index, (segment, form) in enumerate(members)
    ]
    attachments += [FIREWALL, NAT] if by_firewall else [SECURITY]
    return declaration, attachments


@given(networks(), st.booleans())
def test_nobody_reaches_by_the_way_out_whom_no_segment_lets_it_reach(case, blackholes):
    declaration, attachments = case
    planned = segments.tables(declaration, attachments, blackholes)
    expected = segments.declared(declaration, attachments)
    assert segments.check(declaration, attachments) == segments.check_ways_out(declaration, attachments) == []
    ways = {"security", "firewall", "nat"}
    direct = {pair for pair in segments.reachable(planned, attachments) if not ways & set(pair)}
    assert direct == {pair for pair in expected if not ways & set(pair)}
    for one in attachments:
        for other in attachments:
            if one != other and one.name not in ways and other.name not in ways:
                address = str(ip_network(other.cidrs[0])[10])
                arrived = arrivals(planned, attachments, one.name, address)
                assert (other.name in arrived) == ((one.name, other.name) in expected)


@given(networks())
def test_who_reaches_the_way_out_leaves_by_it_and_the_answer_comes_back(case):
    declaration, attachments = case
    planned = segments.tables(declaration, attachments)
    out = "nat" if "internet" in declaration else "security"
    for one in attachments:
        if one.segment not in ("egress", "internet"):
            leaves = "egress" in declaration[one.segment]["reaches"]
            assert (out in arrivals(planned, attachments, one.name, "203.0.113.9")) == leaves
            if leaves:
                assert one.name in arrivals(planned, attachments, out, str(ip_network(one.cidrs[0])[10]))


def as_read(planned: dict[str, Table], attachments: list[Attachment]) -> dict[str, dict]:
    """Return the tables as tgw_hub reports them, if AWS has what is planned."""
    cidrs = {attachment.name: attachment.cidrs for attachment in attachments}

    def route(cidr: str, attachment: str | None, type_: str) -> dict:
        ends = [attachment] if attachment else []
        return {"cidr": cidr, "attachments": ends, "type": type_, "state": "active" if ends else "blackhole"}

    return {
        name: {
            "associations": list(table.associations),
            "propagations": list(table.propagations),
            "routes": [
                *(route(cidr, member, "propagated") for member in table.propagations for cidr in cidrs[member]),
                *(route(static.destination, static.attachment, "static") for static in table.static_routes),
                *(route(cidr, None, "static") for cidr in table.blackholes),
            ],
        }
        for name, table in planned.items()
    }


@pytest.mark.parametrize("case", [(DECLARED, [SECURITY]), (BY_FIREWALL, [FIREWALL, NAT])])
def test_verify_knows_the_routes_of_ways_out_and_misses_each_that_somebody_takes(case):
    declaration, ways = case
    attachments = [SHARED, ALPHA, BETA, *ways]
    named = [{"name": a.name, "segment": a.segment, "cidrs": list(a.cidrs)} for a in attachments]
    tables = as_read(segments.tables(declaration, attachments), attachments)
    assert reach.reach(tables, declaration, named)["problems"] == []
    routes = tables["customers"]["routes"]
    for cidr, told in (("0.0.0.0/0", "does not reach"), ("10.0.0.0/8", "leads to"), ("198.18.0.0/16", "leads to")):
        tables["customers"]["routes"] = [route for route in routes if route["cidr"] != cidr]
        found = reach.reach(tables, declaration, named)["problems"]
        if cidr != "0.0.0.0/0" or "internet" in declaration:
            assert any(told in problem for problem in found), (cidr, found)
    moved = {**next(route for route in routes if route["cidr"] == "0.0.0.0/0"), "attachments": ["shared-services"]}
    tables["customers"]["routes"] = [*(route for route in routes if route["cidr"] != "0.0.0.0/0"), moved]
    found = reach.reach(tables, declaration, named)["problems"]
    assert "table customers: its static route 0.0.0.0/0 to shared-services isn't declared" in found


@pytest.mark.parametrize(
    ("declaration", "attachments", "expected"),
    [
        (DECLARED, [SHARED, ALPHA], "segments.egress.egress: true has no attachment; expected exactly one"),
        (
            DECLARED,
            [SECURITY, Attachment("other", "egress", ("10.254.0.0/24",), "5" * 12)],
            "segments.egress.egress: true has several attachments: other, security; expected exactly one",
        ),
        (BY_FIREWALL, [FIREWALL], "segments.internet.internet_of: 'egress' has no attachment; expected exactly one"),
        (
            {**DECLARED, "other": {"egress": True}, "customers": {"reaches": ["egress", "other"]}},
            [SECURITY, Attachment("other", "other", ("10.254.0.0/24",), "5" * 12)],
            "segments.customers.reaches: ['egress', 'other'] are several ways out",
        ),
        (
            {**BY_FIREWALL, "again": {"internet_of": "egress"}},
            [FIREWALL, NAT, Attachment("other", "again", ("10.254.0.0/24",), "5" * 12)],
            "segments.again.internet_of: 'egress' has internet already",
        ),
    ],
)
def test_a_way_out_that_is_none_is_refused(declaration, attachments, expected):
    (problem,) = segments.check_ways_out(declaration, attachments)
    assert str(problem).startswith(expected)


@pytest.mark.parametrize(
    ("declaration", "option"),
    [
        ({"a": {"egress": "yes"}}, "segments.a.egress"),
        ({"a": {"internet_of": "b"}}, "segments.a.internet_of"),
        ({"a": {"internet_of": "b"}, "b": {}}, "segments.a.internet_of"),
        ({"a": {"egress": True, "internet_of": "a"}}, "segments.a.internet_of"),
        ({"a": {"egress": True, "internet_of": "b"}, "b": {"egress": True}}, "segments.a.internet_of"),
    ],
)
def test_a_wrong_declaration_is_refused(declaration, option):
    with pytest.raises(Invalid) as caught:
        segments.parse(declaration)
    assert caught.value.option == option
