# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import groups
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.groups import Entry, Source

TODAY = date(2026, 11, 29)
ACCOUNTS = {"alpha": ["10.1.0.0/16"], "beta": ["10.2.0.0/16", "100.64.0.0/20"], "lonely": []}
MEMBERS = {"spokes": ["alpha", "beta"], "all": ["alpha", "lonely", "elsewhere"], "empty": []}


def resolved(sources=("10.1.0.0/16",), allow=({"domain": "x.com"},), **other):
    declared = {"payments": {"sources": list(sources), "allow": list(allow), **other}}
    return groups.resolve(declared, ACCOUNTS, MEMBERS, "egress_groups")


def parse(**declared):
    return groups.parse(resolved(**declared), TODAY)


def entries(*allow):
    return parse(allow=allow).groups[0].entries


def test_the_issues_example():
    declared = {
        "payments": {
            "owner": "team-payments",
            "sources": ["alpha", "10.7.0.0/16"],
            "allow": [
                {"domain": "api.stripe.com", "reason": "card payments"},
                {"domain": ".amazonaws.com", "ports": [443], "until": "2027-03-31", "reason": "until endpoints exist"},
                {"cidr": "203.0.113.0/24", "ports": [22], "reason": "bank's SFTP"},
            ],
        },
        "everyone": {"sources": ["spokes"], "allow": [{"domain": ".example-saas.com"}]},
    }
    # The one with fewer addresses comes first.
    payments, everyone = groups.parse(groups.resolve(declared, ACCOUNTS, MEMBERS, "egress_groups"), TODAY).groups
    assert everyone.sources == (Source("spokes", ("10.1.0.0/16", "10.2.0.0/16", "100.64.0.0/20")),)
    assert (payments.owner, payments.sources[1]) == ("team-payments", Source("10.7.0.0/16", ("10.7.0.0/16",)))
    assert payments.entries == (
        Entry("api.stripe.com", "exact", None, "tls", (443,), "card payments"),
        Entry("amazonaws.com", "suffix", None, "tls", (443,), "until endpoints exist", date(2027, 3, 31)),
        Entry(None, "cidr", "203.0.113.0/24", "tcp", (22,), "bank's SFTP"),
    )
    assert [entry.target for entry in payments.entries] == ["api.stripe.com", ".amazonaws.com", "203.0.113.0/24"]


def test_protocols_by_port_unless_they_are_named():
    def lines(**entry):
        return [(each.protocol, each.ports) for each in entries({"domain": "x.com", **entry})]

    assert lines() == [("tls", (443,))]
    assert lines(ports=[8443, 80, 443]) == [("http", (80,)), ("tls", (443, 8443))]
    assert lines(ports=[80], protocol="tls") == [("tls", (80,))]
    assert lines(ports=[8080], protocol="http") == [("http", (8080,))]
    assert entries({"cidr": "9.9.9.9/32", "ports": [53], "protocol": "udp"})[0].protocol == "udp"


def test_an_entry_is_valid_on_its_last_day():
    allow = [{"domain": "a.com", "until": "2026-11-28"}, {"domain": "b.com", "until": date(2026, 11, 29)}]
    egress = parse(allow=allow)
    assert [entry.domain for entry in egress.groups[0].entries] == ["b.com"]
    assert [entry.domain for entry in egress.groups[0].expired] == ["a.com"]
    assert egress.expired == ["payments: a.com:443 expired on 2026-11-28"]


def test_adjacent_and_repeated_ranges_are_one():
    sources = ["10.0.0.0/24", "10.0.1.0/24", "10.0.1.0/25", "2001:db8::/56"]
    assert parse(sources=sources).groups[0].cidrs == ("10.0.0.0/23", "2001:db8::/56")


@pytest.mark.parametrize(
    ("source", "problem", "expected"),
    [
        ("alfa", "is no account, no group of the inventory and no CIDR", "one such as alpha"),
        ("nothing-like-it", "is no account, no group of the inventory and no CIDR", "10.1.0.0/16"),
        ("lonely", "has no CIDR behind the hub", "attached to the hub"),
        ("all", "has no CIDR behind the hub for elsewhere, lonely", "attached to the hub"),
        ("empty", "is a group without accounts behind the hub", "attached to the hub"),
    ],
)
def test_a_source_that_nobody_is(source, problem, expected):
    with pytest.raises(Invalid) as refused:
        resolved(sources=["alpha", source])
    assert (refused.value.option, refused.value.value) == ("egress_groups.payments.sources[1]", source)
    assert problem in refused.value.problem
    assert expected in refused.value.expected


X = {"domain": "x.com"}


@pytest.mark.parametrize(
    ("changed", "option", "problem"),
    [
        ({"sources": ["10.1.0.1/16"]}, "sources[0]", "has host bits set"),
        ({"sources": ["10.1.0.0/33"]}, "sources[0]", "is not an IPv4 CIDR"),
        ({"sources": ["0.0.0.0/0"]}, "sources[0]", "is every address"),
        ({"sources": ["::/0"]}, "sources[0]", "is every address"),
        ({"sources": ["0.0.0.0/1"]}, "sources[0]", "is every address"),
        ({"sources": [7]}, "sources[0]", "is no source"),
        ({"sources": []}, "sources", "names nobody"),
        ({"owner": 7}, "owner", "is no text"),
        ({"ownr": "me"}, "ownr", "is unknown"),
        ({"allow": []}, "allow", "allows nothing"),
        ({"allow": ["x.com"]}, "allow[0]", "is no entry"),
        ({"allow": [{}]}, "allow[0]", "has neither domain nor cidr"),
        ({"allow": [{**X, "cidr": "9.9.9.9/32", "ports": [1]}]}, "allow[0]", "has both domain and cidr"),
        ({"allow": [{**X, "port": 443}]}, "allow[0].port", "is unknown"),
        ({"allow": [{**X, "ports": 443}]}, "allow[0].ports", "is no list of ports"),
        ({"allow": [{**X, "ports": []}]}, "allow[0].ports", "is no list of ports"),
        ({"allow": [{**X, "ports": [0]}]}, "allow[0].ports", "is no port"),
        ({"allow": [{**X, "ports": [65536]}]}, "allow[0].ports", "is no port"),
        ({"allow": [{**X, "ports": ["443"]}]}, "allow[0].ports", "is no port"),
        ({"allow": [{**X, "ports": [True]}]}, "allow[0].ports", "is no port"),
        ({"allow": [{**X, "ports": [443.0]}]}, "allow[0].ports", "is no port"),
        ({"allow": [{**X, "ports": [443, 443]}]}, "allow[0].ports", "has a port twice"),
        ({"allow": [{**X, "ports": list(range(1, 102))}]}, "allow[0].ports", "has 101 ports"),
        ({"allow": [{**X, "protocol": "tcp"}]}, "allow[0].protocol", "is no protocol of a domain"),
        ({"allow": [{**X, "reason": ["why"]}]}, "allow[0].reason", "is no text"),
        ({"allow": [{**X, "until": "31.3.2027"}]}, "allow[0].until", "is no date"),
        ({"allow": [{**X, "until": "2027-02-30"}]}, "allow[0].until", "is no date"),
        ({"allow": [{**X, "until": 20270331}]}, "allow[0].until", "is no date"),
        ({"allow": [{**X, "until": datetime(2027, 3, 31, 12)}]}, "allow[0].until", "is no date"),  # noqa: DTZ001
        ({"allow": [{"domain": ".com"}]}, "allow[0].domain", "opens a whole top-level domain"),
        ({"allow": [{"cidr": "9.9.9.9/32"}]}, "allow[0].ports", "is no list of ports"),
        ({"allow": [{"cidr": "9.9.9.9", "ports": [53]}]}, "allow[0].cidr", "is not an IPv4 CIDR"),
        ({"allow": [{"cidr": "0.0.0.0/0", "ports": [53]}]}, "allow[0].cidr", "is the whole internet"),
        ({"allow": [{"cidr": "0.0.0.0/1", "ports": [53]}]}, "allow[0].cidr", "is the whole internet"),
        ({"allow": [{"cidr": "2000::/3", "ports": [53]}]}, "allow[0].cidr", "is the whole internet"),
        (
            {"allow": [{"cidr": f"{number}.0.0.0/8", "ports": [53 + number]} for number in range(4)]},
            "allow",
            "opens the whole internet in parts",
        ),
        ({"allow": [{"cidr": "9.9.9.9/32", "ports": [53], "protocol": "tls"}]}, "allow[0].protocol", "is no protocol"),
        ({"allow": [X, X]}, "allow[1]", "is a duplicate of egress_groups.payments.allow[0]"),
        ({"allow": [X, {"domain": "X.com."}]}, "allow[1]", "is a duplicate"),
        ({"allow": [{**X, "ports": [443, 80]}, {**X, "ports": [80]}]}, "allow[1]", "is a duplicate"),
    ],
)
def test_what_is_refused(changed, option, problem):
    found = groups.problems(resolved(**changed), TODAY)
    assert [one.option for one in found] == [f"egress_groups.payments.{option}"]
    assert problem in found[0].problem
    with pytest.raises(Invalid):
        parse(**changed)


@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        (["payments"], "is no mapping"),
        (None, "is no mapping"),
        ({"payments": None}, "is no mapping"),
        ({"pay ments": {}}, "is no name of a group"),
        ({"-": {}}, "is no name of a group"),
        ({"True": {}}, "is no name of a group"),
        ({"False": {}}, "is no name of a group"),
        ({7: {}}, "is no name of a group"),
        ({"a" * 65: {}}, "is no name of a group"),
        ({'x"; sid:1;': {}}, "is no name of a group"),
    ],
)
def test_what_are_no_groups(declared, problem):
    found = groups.problems(groups.resolve(declared, ACCOUNTS, MEMBERS, "egress_groups"), TODAY)
    assert [one.problem for one in found] == [problem]


def test_all_problems_are_told_at_once():
    found = groups.problems(resolved(sources=["10.1.0.1/16"], allow=[{"domain": ".com"}, {"port": 1}]), TODAY)
    assert len(found) == 4


def test_one_target_on_other_ports_or_protocols_is_no_duplicate():
    allow = [X, {**X, "ports": [8443]}, {**X, "ports": [443], "protocol": "http"}, {"domain": ".x.com"}]
    assert len(entries(*allow)) == 4


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["owner", "sources", "allow", "domain", "cidr", "ports", "until", "protocol", "a"]), inner
        )
    ),
    max_leaves=12,
)


@given(anything)
def test_whatever_is_declared_is_refused_or_parsed(declared):
    try:
        egress = groups.parse(groups.resolve(declared, ACCOUNTS, MEMBERS, "egress_groups"), TODAY)
    except Invalid as refused:
        assert json.dumps(str(refused))
        return
    assert all(group.sources and group.entries + group.expired for group in egress.groups)
