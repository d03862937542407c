# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Effect of the lists on connections: the table of Google's documentation, with reconcileConnections true.

https://cloud.google.com/vpc/docs/about-vpc-hosted-services and
https://cloud.google.com/vpc/docs/about-accessing-vpc-hosted-services-endpoints#psc-statuses.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._domain.psc import effects
from ansible_collections.closednet.aws.plugins.module_utils._domain.psc.effects import Connection

A, C = "recruiting-a", "recruiting-c"


def connection(status, project=A, name="matching", **more):
    return Connection(project, f"projects/{project}/regions/asia-northeast1/forwardingRules/{name}", status, **more)


# status -> status after: accepted, in no list, rejected
TABLE = {
    "ACCEPTED": ("ACCEPTED", "PENDING", "REJECTED"),
    "PENDING": ("ACCEPTED", "PENDING", "REJECTED"),
    "REJECTED": ("ACCEPTED", "PENDING", "REJECTED"),
    "NEEDS_ATTENTION": ("NEEDS_ATTENTION", "PENDING", "REJECTED"),
    "CLOSED": ("CLOSED", "CLOSED", "CLOSED"),
    "STATUS_UNSPECIFIED": ("STATUS_UNSPECIFIED",) * 3,
    "": ("",) * 3,
}


@pytest.mark.parametrize("status", TABLE)
def test_the_lists_decide_on_each_connection(status):
    lists = (({A: 1}, frozenset()), ({}, frozenset()), ({}, frozenset({A})))
    for (accepted, rejected), after in zip(lists, TABLE[status]):
        (found,) = effects.outcomes([connection(status)], accepted, rejected)
        assert found.status == after


def test_a_connection_of_unknown_status_ends_with_its_place_on_the_list():
    unknown = [connection("STATUS_UNSPECIFIED")]
    (found,) = effects.outcomes(unknown, {}, frozenset(), {A})
    assert found.status == "PENDING"
    assert effects.words(unknown, [found]) == [f"{A}: STATUS_UNSPECIFIED -> PENDING, its traffic, if any, stops"]
    (found,) = effects.outcomes(unknown, {}, frozenset({A}), {A})
    assert found.status == "REJECTED"


def test_in_both_lists_is_rejected():
    (found,) = effects.outcomes([connection("ACCEPTED")], {A: 1}, frozenset({A}))
    assert found.status == "REJECTED"


@pytest.mark.parametrize(
    ("statuses", "limit", "after"),
    [
        (["PENDING", "PENDING"], 1, ["ACCEPTED", "PENDING"]),
        (["ACCEPTED", "PENDING"], 1, ["ACCEPTED", "PENDING"]),
        (["PENDING", "ACCEPTED"], 1, ["PENDING", "ACCEPTED"]),
        # "Existing connections aren't affected" by a lower limit.
        (["ACCEPTED", "ACCEPTED", "PENDING"], 1, ["ACCEPTED", "ACCEPTED", "PENDING"]),
        (["NEEDS_ATTENTION", "REJECTED"], 1, ["NEEDS_ATTENTION", "PENDING"]),
        (["REJECTED", "PENDING"], 2, ["ACCEPTED", "ACCEPTED"]),
        (["CLOSED", "PENDING"], 1, ["CLOSED", "ACCEPTED"]),
    ],
)
def test_a_limit_holds_for_the_endpoints_of_one_project(statuses, limit, after):
    connections = [connection(status, name=f"e{number}") for number, status in enumerate(statuses)]
    others = [connection("PENDING", C)]
    found = effects.outcomes([*connections, *others], {A: limit, C: 1}, frozenset())
    assert [one.status for one in found] == [*after, "ACCEPTED"]


def test_words_name_the_project_and_what_happens_to_its_traffic():
    before = [connection("ACCEPTED"), connection("PENDING", C), connection("REJECTED", "x-1")]
    after = effects.outcomes(before, {C: 1}, frozenset())
    assert effects.words(before, after) == [
        "recruiting-a: ACCEPTED -> PENDING, its traffic stops",
        "recruiting-c: PENDING -> ACCEPTED, its traffic begins",
        "x-1: REJECTED -> PENDING",
    ]


def test_several_endpoints_of_a_project_are_told_apart():
    before = [connection("ACCEPTED", name="one"), connection("ACCEPTED", name="two")]
    assert effects.words(before, effects.outcomes(before, {}, frozenset())) == [
        "recruiting-a/one: ACCEPTED -> PENDING, its traffic stops",
        "recruiting-a/two: ACCEPTED -> PENDING, its traffic stops",
    ]


def test_a_deleted_attachment_closes_all():
    before = [connection("ACCEPTED"), connection("PENDING", C), connection("CLOSED", "x-1")]
    assert effects.words(before, effects.closed(before)) == [
        "recruiting-a: ACCEPTED -> CLOSED, its traffic stops; its consumer has to create it again",
        "recruiting-c: PENDING -> CLOSED, its consumer has to create it again",
    ]


def test_who_was_rejected_first_stays_rejected():
    """A reject list holds 64; whoever makes many endpoints later can't free the others."""
    connections = [connection("PENDING", name) for name in ("aa", "bb", "zz")]
    assert effects.refused(connections, {"bb"}, {"zz"}, 1) == (["zz"], ["aa"])
    assert effects.refused([connection("CLOSED", "aa")], set(), set(), 64) == ([], [])


statuses = st.sampled_from([status for status in TABLE if status])
projects = st.sampled_from([A, C, "x-1"])
connections = st.lists(st.tuples(projects, statuses), max_size=8).map(
    lambda many: [connection(status, project, f"e{number}") for number, (project, status) in enumerate(many)]
)


@given(connections, st.dictionaries(projects, st.integers(1, 3)), st.frozensets(projects))
def test_only_the_ledgers_projects_are_ever_connected_and_a_second_run_changes_nothing(given, accepted, rejected):
    after = effects.outcomes(given, accepted, rejected)
    for one in after:
        if one.status in ("ACCEPTED", "NEEDS_ATTENTION"):
            assert one.project in accepted and one.project not in rejected
    assert effects.outcomes(after, accepted, rejected) == after
