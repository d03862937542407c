# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from datetime import date
from ipaddress import ip_network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import groups, overlaps


def parse(**declared):
    return groups.parse(
        groups.resolve(declared, {"alpha": ["10.1.0.0/16"]}, {"spokes": ["alpha"]}, "egress_groups"), date(2026, 11, 29)
    )


def group(sources, *allow):
    return {"sources": sources, "allow": list(allow) or [{"domain": "only.example"}]}


def domain(name, *ports):
    return {"domain": name, **({"ports": list(ports)} if ports else {})}


A, B = ["10.1.0.0/16"], ["10.1.128.0/17"]


def test_nothing_in_common():
    assert parse(a=group(A, domain(".x.com")), b=group(["10.2.0.0/16"], domain("a.x.com"))).warnings == ()


@pytest.mark.parametrize(("a", "b", "logged"), [(B, A, "a"), (A, B, "b"), (A, A, "a")])
def test_sources_in_two_groups(a, b, logged):
    """The log names the group with fewer addresses, which is more the account's own."""
    common = "10.1.0.0/16" if a == b else "10.1.128.0/17"
    assert parse(b=group(b), a=group(a, domain("other.example"))).warnings == (
        f"a and b share the sources {common}: entries of both let them out, and what neither allows is logged for"
        f" {logged}",
    )


def test_sources_twice_in_one_group():
    assert parse(a=group(["alpha", "spokes"])).warnings == ("a: its sources alpha and spokes both have 10.1.0.0/16",)


@pytest.mark.parametrize(
    ("entries", "warned"),
    [
        ([domain(".x.com"), domain("a.x.com")], ["a: .x.com covers a.x.com, too"]),
        ([domain("a.x.com"), domain("*.x.com")], ["a: *.x.com covers a.x.com, too"]),
        ([domain(".x.com", 443), domain("a.x.com", 443, 8443)], ["a: .x.com covers a.x.com (port 443), too"]),
        ([domain(".x.com", 80, 443), domain("a.x.com", 80, 443)], ["a: .x.com covers a.x.com, too"]),
        ([domain(".x.com", 8443), domain("a.x.com")], []),
        ([domain(".x.com", 80), domain("a.x.com")], []),
        ([domain(".x.com"), domain("ax.com")], []),
        (
            [{"cidr": "9.9.0.0/16", "ports": [53]}, {"cidr": "9.9.9.0/24", "ports": [53]}],
            ["a: 9.9.0.0/16 covers 9.9.9.0/24, too"],
        ),
        ([{"cidr": "9.9.0.0/16", "ports": [53]}, {"cidr": "9.9.9.0/24", "ports": [53], "protocol": "udp"}], []),
        (
            [{"cidr": "10.2.0.0/16", "ports": [22]}, {"cidr": "11.0.0.0/16", "ports": [22]}],
            ["a: 10.2.0.0/16 is private, and not in the internet: the way out doesn't lead there"],
        ),
        (
            [domain(".amazonaws.com", 80, 443)],
            ["a: .amazonaws.com lets data out to anybody: everyone can have a name below amazonaws.com"],
        ),
    ],
)
def test_entries_of_one_group(entries, warned):
    assert list(parse(a=group(A, *entries)).warnings) == warned


def test_entries_of_groups_with_common_sources():
    warnings = parse(
        a=group(A, domain("api.x.com"), domain("y.com")), b=group(B, domain(".x.com"), domain("y.com"))
    ).warnings
    assert warnings[1:] == (
        "a: api.x.com is allowed by b (.x.com), too, for the shared sources 10.1.128.0/17",
        "a: y.com is allowed by b (y.com), too, for the shared sources 10.1.128.0/17",
    )


def test_internationalized_names_are_shown_both_ways():
    warnings = parse(a=group(A, domain("a.bücher.example"), domain(".bücher.example"))).warnings
    shown = ".xn--bcher-kva.example (bücher.example) covers a.xn--bcher-kva.example (a.bücher.example)"
    assert warnings == (f"a: {shown}, too",)


def test_many_common_sources_are_cut_short():
    sources = [f"10.{number}.0.0/24" for number in range(5)]
    assert "10.0.0.0/24, 10.1.0.0/24, 10.2.0.0/24 and 2 more" in parse(a=group(sources), b=group(sources)).warnings[0]


some_cidrs = st.lists(
    st.sampled_from(
        ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.3.0/24", "10.2.0.0/15", "fd00::/16", "fd00::/64"]
    ),
    min_size=1,
    max_size=3,
)


@given(st.dictionaries(st.sampled_from("abcd"), some_cidrs))
def test_common_sources_are_all_found(sources):
    egress = parse(**{name: group(listed) for name, listed in sources.items()})
    common = {
        (one.name, other.name)
        for one, other in combinations(sorted(egress.groups, key=lambda group: group.name), 2)
        for left in map(ip_network, one.cidrs)
        for right in map(ip_network, other.cidrs)
        if left.version == right.version and left.overlaps(right)
    }
    assert set(overlaps.shared_sources(egress.groups)) == common
