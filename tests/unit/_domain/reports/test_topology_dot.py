# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.reports import host_plans, topology_dot
from ansible_collections.closednet.aws.tests.unit._domain.reports.plans import GONE, MADE, MOVED, hub, result, spoke


def drawn(accounts):
    return topology_dot.dot(accounts, host_plans.host_plans(accounts))


def node(text, name):
    (found,) = re.findall(rf'^"{re.escape(name)}" \[(.*)\]$', text, re.MULTILINE)
    return found


def clusters(text):
    """{title: nodes}"""
    found = {}
    for title, body in re.findall(r'^subgraph "cluster \d+: (.*?)" \{(.*?)^\}', text, re.MULTILINE | re.DOTALL):
        found[title] = re.findall(r'^"(.*?)" \[(?!style=invis)', body, re.MULTILINE)
    return found


def test_accounts_stand_in_their_segments_and_those_without_attachment_apart():
    text = drawn(
        {
            "shared-services": hub(),
            "alpha": spoke(),
            "gamma": spoke(spoke_attached=False),
            "analytics": {"group_names": ["closed"]},
        }
    )
    assert clusters(text) == {
        "shared": ["shared-services"],
        "customers (isolated)": ["alpha"],
        "not attached to a Transit Gateway": ["gamma", "analytics"],
    }
    assert "hub: Transit Gateway" in node(text, "shared-services")
    assert "closed: no internet" in node(text, "analytics") and "peripheries=2" in node(text, "analytics")
    assert "peripheries" not in node(text, "alpha")
    edges = re.findall(r'ltail="(.*?)", lhead="(.*?)"', text)
    assert edges == [("cluster 1: shared", "cluster 2: customers (isolated)")]


def test_segments_that_reach_the_hubs_own_stand_on_both_sides_of_it_and_strangers_have_no_line():
    names = ("development", "staging", "production")
    segments = {"shared": {}, **{name: {"reaches": ["shared"]} for name in names}, "alone": {}}
    text = drawn({"shared-services": hub(hub_segments=segments)})
    assert re.findall(r'ltail="cluster \d: (.*?)", lhead="cluster \d: (.*?)"', text) == [
        ("shared", "development"),
        ("staging", "shared"),
        ("shared", "production"),
    ]
    assert clusters(text)["alone"] == ["alone: no account"]


def test_a_segment_that_reaches_others_in_both_directions_has_one_line():
    segments = {"shared": {"reaches": ["customers"]}, "customers": {"reaches": ["shared"]}}
    assert drawn({"shared-services": hub(hub_segments=segments)}).count("ltail") == 1


def test_hubs_of_two_regions_have_segments_of_their_own():
    accounts = {
        "west": hub(region="eu-west-1"),
        "central": hub(region="eu-central-1", account_id="3" * 12),
        "alpha": spoke(region="eu-central-1"),
    }
    assert clusters(drawn(accounts)) == {"shared": ["central"], "customers (isolated)": ["alpha"]}
    assert re.findall(r'subgraph "(.*?)"', drawn(accounts)) == [
        "cluster 1: shared",
        "cluster 2: customers (isolated)",
        "cluster 3: shared",
        "cluster 4: customers (isolated)",
    ]


def test_a_hub_whose_own_vpc_is_not_attached_is_drawn():
    assert clusters(drawn({"shared-services": hub(hub_segment=None)}))[""] == ["shared-services"]


@pytest.mark.parametrize(
    ("steps", "more", "marks", "not_marks"),
    [
        ([], {}, ['class="account unchanged"'], ["penwidth", "+0"]),
        ([MADE], {}, ['class="account creates"', "+1 ~0 -0", "penwidth=2"], ["dashed"]),
        ([MOVED], {}, ['class="account changes"', "+0 ~1 -0"], ["dashed"]),
        ([MADE, GONE], {}, ['class="account deletes"', "+1 ~0 -1"], ["dashed"]),
        ([GONE], {}, ['class="account deletes"', "+0 ~0 -1", "style=dashed"], []),
        ([], {"spoke_result": {"failed": True, "msg": "x"}}, ['class="account failed"', "FAILED"], []),
        ([], {"group_names": ["pci", "spokes"]}, ["\\nPCI"], []),
    ],
)
def test_what_changes_is_marked(steps, more, marks, not_marks):
    found = node(drawn({"shared-services": hub(), "alpha": spoke(*steps, **more)}), "alpha")
    assert [mark for mark in marks if mark not in found] == [], found
    assert [mark for mark in not_marks if mark in found] == [], found


def test_consumers_point_at_their_providers():
    endpoint = {"name": "billing", "service": {"host": "ledger", "name": "billing"}}
    consumer = {"privatelink_consumer_endpoints": [endpoint, endpoint, {"name": "x", "service_name": "y"}]}
    text = drawn({"ledger": {}, "payments": consumer})
    assert text.count('"payments" -- "ledger" [dir=forward') == 1


def test_projects_of_google_cloud_stand_apart_and_point_at_their_providers():
    at_provider = {"name": "matching", "service": {"host": "recruiting-b", "name": "matching-api"}}
    by_uri = {"name": "other", "service": "projects/host/regions/asia-northeast1/serviceAttachments/x"}
    projects = {
        "recruiting-a": {"cloud": "gcp", "psc_endpoints": [at_provider, by_uri]},
        "recruiting-b": {"cloud": "gcp"},
    }
    text = drawn({"analytics": {}, **projects})
    assert clusters(text) == {
        "not attached to a Transit Gateway": ["analytics"],
        "projects of Google Cloud": ["recruiting-a", "recruiting-b"],
    }
    assert '"recruiting-a" -- "recruiting-b" [dir=forward, style=dashed, label="Private Service Connect"]' in text
    assert text.count("Private Service Connect") == 1


def test_of_a_thousand_accounts_those_that_change_are_named_and_the_others_counted():
    accounts = {"shared-services": hub()}
    accounts |= {f"customer{n}": spoke(*([GONE] if n == 500 else [MADE] if n % 10 == 0 else [])) for n in range(1000)}
    accounts["customer999"]["vpc_result"] = result(failed=True, msg="AccessDenied")
    text = drawn(accounts)
    nodes = clusters(text)["customers (isolated)"]
    assert nodes[:2] == ["customer999", "customer500"]
    assert len(nodes) == topology_dot.NAMED + 2
    assert "71 accounts\\n+71 ~0 -0" in text and "899 accounts\\nunchanged" in text
    assert len(text) < 20_000


def test_one_account_alone_is_named_since_a_count_is_no_shorter():
    accounts = {f"customer{n}": spoke() for n in range(50)}
    text = drawn({"shared-services": hub(), "analytics": {}, **accounts})
    assert clusters(text)["not attached to a Transit Gateway"] == ["analytics"]


def test_a_segment_that_is_none_is_told():
    with pytest.raises(Invalid, match=r"shared-services.hub_segments.shared"):
        drawn({"shared-services": hub(hub_segments={"shared": []})})


# Names are of what could end a quoted text, more often than of anything else.
@given(st.text(st.sampled_from('"\\\n&<>];x') | st.characters(), min_size=1))
def test_no_name_breaks_out_of_its_quotes(name):
    assume(name not in ("shared-services", "beta"))

    def outside_of_quotes(alpha):
        text = drawn({"shared-services": hub(), alpha: spoke(MADE), "beta": spoke()})
        return re.sub(r'"(?:[^"\\]|\\.)*"', "", text, flags=re.DOTALL)

    assert outside_of_quotes(name) == outside_of_quotes("alpha")
