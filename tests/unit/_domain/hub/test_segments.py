# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.hub import segments
from ansible_collections.closednet.aws.plugins.module_utils._domain.hub.segments import Attachment, Table

HUB_AND_CUSTOMERS = {"shared": {}, "customers": {"isolated": True, "reaches": ["shared"]}}
SHARED = Attachment("shared-services", "shared", ("10.0.0.0/16",), "111111111111")
ALPHA = Attachment("alpha", "customers", ("10.1.0.0/16",), "222222222222")
BETA = Attachment("beta", "customers", ("10.2.0.0/16",), "333333333333")


@st.composite
def declarations(draw):
    names = draw(st.lists(st.sampled_from(["shared", "customers", "dev", "prod", "dmz"]), min_size=1, unique=True))
    declaration = {
        name: {
            "isolated": draw(st.booleans()),
            "reaches": draw(st.lists(st.sampled_from([n for n in names if n != name]), unique=True))
            if len(names) > 1
            else [],
        }
        for name in names
    }
    members = draw(st.lists(st.tuples(st.sampled_from(names), st.integers(1, 3)), max_size=12))
    attachments = [
        Attachment(
            f"account-{index}",
            segment,
            tuple(f"10.{index}.{16 * block}.0/20" for block in range(blocks)),
            f"{index:012d}",
        )
        for index, (segment, blocks) in enumerate(members)
    ]
    return declaration, attachments


def may_reach(declaration: dict, a: Attachment, b: Attachment) -> bool:
    if a.segment == b.segment:
        return not declaration[a.segment]["isolated"]
    return b.segment in declaration[a.segment]["reaches"] or a.segment in declaration[b.segment]["reaches"]


@given(declarations(), st.booleans())
def test_the_tables_let_through_exactly_what_is_declared(case, blackholes):
    declaration, attachments = case
    expected = {(a.name, b.name) for a in attachments for b in attachments if a != b and may_reach(declaration, a, b)}

    planned = segments.tables(declaration, attachments, blackholes)

    assert segments.reachable(planned, attachments) == expected
    assert segments.declared(declaration, attachments) == expected
    assert expected == {(b, a) for a, b in expected}
    assert segments.check(declaration, attachments) == []


@given(declarations())
def test_the_order_of_attachments_does_not_change_the_tables(case):
    declaration, attachments = case
    assert segments.tables(declaration, attachments, True) == segments.tables(declaration, attachments[::-1], True)


@given(declarations(), st.data())
def test_blackholes_keep_isolated_members_apart_when_someone_adds_a_propagation(case, data):
    declaration, attachments = case
    planned = segments.tables(declaration, attachments, blackholes=True)
    before = segments.reachable(planned, attachments)
    for name, table in planned.items():
        if declaration[name]["isolated"] and table.associations:
            added = data.draw(st.sampled_from(table.associations))
            planned[name] = Table(table.associations, (*table.propagations, added), table.blackholes)
    assert segments.reachable(planned, attachments) == before


def test_hub_and_customers():
    assert segments.tables(HUB_AND_CUSTOMERS, [SHARED, BETA, ALPHA], blackholes=True) == {
        "shared": Table(("shared-services",), ("alpha", "beta", "shared-services")),
        "customers": Table(("alpha", "beta"), ("shared-services",), ("10.1.0.0/16", "10.2.0.0/16")),
    }


def test_a_propagation_too_many_is_seen():
    leaking = {"customers": Table(("alpha", "beta"), ("beta",))}
    assert segments.reachable(leaking, [ALPHA, BETA]) == {("alpha", "beta")}


def test_a_wider_blackhole_does_not_stop_a_more_specific_route():
    table = {"customers": Table(("alpha",), ("beta",), ("10.0.0.0/8",))}
    assert segments.reachable(table, [ALPHA, BETA]) == {("alpha", "beta")}


def test_a_blackhole_for_part_of_a_range_leaves_the_rest_reachable():
    table = {"customers": Table(("alpha",), ("beta",), ("10.2.0.0/17",))}
    assert segments.reachable(table, [ALPHA, BETA]) == {("alpha", "beta")}
    both_halves = {"customers": Table(("alpha",), ("beta",), ("10.2.0.0/17", "10.2.128.0/17"))}
    assert segments.reachable(both_halves, [ALPHA, BETA]) == set()


@pytest.mark.parametrize(
    ("declaration", "option"),
    [
        (None, "segments"),
        ({}, "segments"),
        ([], "segments"),
        ({"a.b": {}}, "segments"),
        ({"a": "isolated"}, "segments.a"),
        ({"a": {"isolate": True}}, "segments.a"),
        ({"a": {"isolated": "yes"}}, "segments.a.isolated"),
        ({"a": {"reaches": "b"}, "b": {}}, "segments.a.reaches"),
        ({"a": {"reaches": ["b", "c"]}, "b": {}}, "segments.a.reaches[1]"),
        ({"a": {"reaches": ["a"]}}, "segments.a.reaches[0]"),
        ({"a": {"reaches": [["a"]]}}, "segments.a.reaches[0]"),
    ],
)
def test_a_wrong_declaration_is_refused(declaration, option):
    with pytest.raises(Invalid) as caught:
        segments.parse(declaration)
    assert caught.value.option == option


def test_absent_and_null_options_are_their_defaults():
    declaration = {"a": None, "b": {"isolated": None, "reaches": None}}
    assert segments.parse(declaration) == segments.parse({"a": {}, "b": {"isolated": False, "reaches": []}})


def problems(*attachments, declaration=None):
    return [str(problem) for problem in segments.check(declaration or HUB_AND_CUSTOMERS, attachments)]


def test_overlap_in_one_table_names_both_sides_and_the_table():
    clash = Attachment("gamma", "customers", ("10.1.128.0/17",), "444444444444")
    assert problems(SHARED, ALPHA, clash) == [
        "gamma.vpc_cidrs: '10.1.128.0/17' of account 444444444444 overlaps 10.1.0.0/16 of alpha (account 222222222222)"
        ": they meet in TGW route table 'shared'; expected ranges of their own, or PrivateLink between them, "
        "which needs no unique ranges"
    ]


def test_overlap_of_two_that_reach_each_other_is_one_error_with_both_tables():
    clash = Attachment("gamma", "customers", SHARED.cidrs, "444444444444")
    (problem,) = problems(SHARED, clash)
    assert "table 'shared' and 'customers'" in problem


def test_overlap_between_two_isolated_segments_that_reach_each_other():
    declaration = {"a": {"isolated": True, "reaches": ["b"]}, "b": {"isolated": True}}
    one, other = (Attachment(name, name, ("10.0.0.0/16",), name * 12) for name in "ab")
    assert len(problems(one, other, declaration=declaration)) == 1


def test_overlap_without_a_common_table_is_no_problem():
    declaration = {"a": {"isolated": True}, "b": {}}
    attachments = [
        Attachment("a1", "a", ("10.0.0.0/16",), "1"),
        Attachment("a2", "a", ("10.0.0.0/16",), "2"),
        Attachment("b1", "b", ("10.0.0.0/16",), "3"),
    ]
    assert problems(*attachments, declaration=declaration) == []


@pytest.mark.parametrize(
    ("attachment", "text"),
    [
        (Attachment("x", "customer", ("10.9.0.0/16",), "4"), "x.segment: 'customer' is not a declared segment"),
        (Attachment("alpha", "shared", ("10.9.0.0/16",), "4"), "declares alpha again, after 'customers'"),
        (Attachment("x", "shared", ("10.9.0.0/16",), ALPHA.account_id), "second segment: alpha is in 'customers'"),
        (Attachment("x", "shared", (), "4"), "x.vpc_cidrs: are missing"),
        (Attachment("x", "shared", ("10.9.0.1/16",), "4"), "x.vpc_cidrs[0]: '10.9.0.1/16' has host bits set"),
        (Attachment("x", "shared", ("10.9.0.0/16", "10.9.1.0/24"), "4"), "'10.9.1.0/24' overlaps 10.9.0.0/16 of it"),
    ],
)
def test_a_wrong_attachment_is_named(attachment, text):
    (problem,) = problems(SHARED, ALPHA, attachment)
    assert text in problem


# ---- IPv6 ---------------------------------------------------------------------------------------------------------

ISOLATED = {"shared": {}, "customers": {"isolated": True, "reaches": ["shared"]}}


def dual(name: str, number: int, *ipv6: str, segment: str = "customers") -> Attachment:
    return Attachment(name, segment, (f"10.{number}.0.0/16", *ipv6), f"{number:012}")


def test_ipv6_has_blackholes_and_reaches_as_ipv4() -> None:
    members = [
        dual("alpha", 1, "2001:db8:1::/56"),
        dual("beta", 2, "2001:db8:2::/56"),
        dual("hub", 0, "2001:db8::/56", segment="shared"),
    ]
    assert segments.check(ISOLATED, members) == []
    planned = segments.tables(ISOLATED, members, blackholes=True)
    assert planned["customers"].blackholes == ("10.1.0.0/16", "2001:db8:1::/56", "10.2.0.0/16", "2001:db8:2::/56")
    assert segments.reachable(planned, members) == segments.declared(ISOLATED, members)


def test_one_family_is_enough_to_be_reached() -> None:
    """A blackhole of IPv4 alone doesn't keep members apart that IPv6 joins."""
    members = [dual("alpha", 1, "2001:db8:1::/56"), dual("beta", 2, "2001:db8:2::/56")]
    of_ipv4 = Table(("alpha", "beta"), ("alpha", "beta"), ("10.1.0.0/16", "10.2.0.0/16"))
    assert segments.reachable({"customers": of_ipv4}, members) == {("alpha", "beta"), ("beta", "alpha")}
    of_both = Table(("alpha", "beta"), ("alpha", "beta"), tuple(c for member in members for c in member.cidrs))
    assert segments.reachable({"customers": of_both}, members) == set()


def test_a_more_specific_ipv6_route_wins() -> None:
    members = [dual("alpha", 1, "2001:db8:1::/56"), dual("beta", 2, "2001:db8:1:80::/60")]
    table = Table(("alpha",), ("beta",), ("10.2.0.0/16", "2001:db8:1::/56"))
    assert segments.reachable({"customers": table}, members) == {("alpha", "beta")}


def test_overlapping_ipv6_is_told_by_its_own_variable() -> None:
    members = [
        dual("alpha", 1, "fd00:1::/48"),
        dual("beta", 2, "fd00:1:0:1000::/56"),
    ]
    (problem,) = segments.check(ISOLATED, members)
    assert problem.option == "beta.vpc_ipv6_cidrs" and problem.value == "fd00:1:0:1000::/56"
    assert "overlaps fd00:1::/48 of alpha" in problem.problem
