# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a change of a hub's tables opens, and which of it has to be named."""

from __future__ import annotations

import itertools
import random
import time

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.hub import segments
from ansible_collections.closednet.aws.plugins.module_utils._domain.hub.openings import Table, openings, parse

SEGMENTS = {"shared": {}, "partners": {}, "customers": {"isolated": True, "reaches": ["shared"]}}
MEMBERS = {"hub": "shared", "acme": "partners", "alpha": "customers", "beta": "customers"}


def tables(declared, members):
    """The tables that segments declares, as openings takes them."""
    cidr = {name: f"10.{index}.0.0/16" for index, name in enumerate(sorted({*MEMBERS, *members}))}
    attachments = [
        segments.Attachment(name, segment, (cidr[name],), str(index))
        for index, (name, segment) in enumerate(members.items())
    ]
    return {
        name: Table(frozenset(table.associations), frozenset(table.propagations))
        for name, table in segments.tables(declared, attachments).items()
    }


def opened(before, after, allowed=()):
    """before, after: (segments, members)."""
    isolated = [name for name, segment in segments.parse(after[0]).items() if segment.isolated]
    with_routes = {*before[1], *after[1]}
    return openings(tables(*before), tables(*after), isolated, with_routes, parse(allowed))


NOW = (SEGMENTS, MEMBERS)
REACHES = {**SEGMENTS, "customers": {"isolated": True, "reaches": ["shared", "partners"]}}


@pytest.mark.parametrize(
    ("after", "names"),
    [
        (NOW, []),
        # isolated removed
        (({**SEGMENTS, "customers": {"reaches": ["shared"]}}, MEMBERS), ["customers>customers"]),
        # a new reaches, whose answers come back
        ((REACHES, MEMBERS), ["customers>partners", "partners>customers"]),
        # an account that moves is named itself
        (
            (SEGMENTS, {**MEMBERS, "alpha": "shared"}),
            ["alpha>customers", "customers>alpha"],
        ),
        # a new account of a segment has what its segment has
        ((SEGMENTS, {**MEMBERS, "gamma": "customers"}), []),
        ((SEGMENTS, {**MEMBERS, "tools": "shared"}), []),
        # shared and partners aren't isolated
        (({**SEGMENTS, "partners": {"reaches": ["shared"]}}, MEMBERS), []),
        # an account leaves
        ((SEGMENTS, {name: segment for name, segment in MEMBERS.items() if name != "beta"}), []),
        # a new segment, which the customers reach at once
        (
            (
                {**SEGMENTS, "api": {}, "customers": {"isolated": True, "reaches": ["shared", "api"]}},
                {**MEMBERS, "front": "api"},
            ),
            ["api>customers", "customers>api"],
        ),
    ],
)
def test_what_needs_a_name(after, names):
    assert sorted(opened(NOW, after)) == names
    assert opened(NOW, after, names) == {}


def test_what_was_closed_by_hand_is_repaired_as_long_as_the_rest_is_open():
    """One account lost its route: the others of its segment show that both segments meet."""
    members = {**MEMBERS, "gamma": "customers"}
    now = tables(SEGMENTS, members)
    lost = {**now, "shared": Table(now["shared"].associations, now["shared"].leads_to - {"alpha"})}
    with_routes = set(members)
    assert openings(lost, now, ["customers"], with_routes) == {}
    # Routes of the customers' table are all lost; what the hub has still shows it.
    half = {**now, "customers": Table(now["customers"].associations, frozenset())}
    assert openings(half, now, ["customers"], with_routes) == {}
    # Nothing is left of it.
    none = {**half, "shared": Table(now["shared"].associations, now["shared"].leads_to & {"hub"})}
    assert set(openings(none, now, ["customers"], with_routes)) == {"customers>shared", "shared>customers"}


def test_what_a_blackhole_hid_is_no_repair():
    """An account in quarantine isn't one that lost its route: it still propagates."""
    members = {**MEMBERS, "gamma": "customers"}
    now = tables(SEGMENTS, members)
    held = Table(now["shared"].associations, now["shared"].leads_to - {"alpha"}, frozenset({"alpha"}))
    found = openings({**now, "shared": held}, now, ["customers"], set(members))
    assert found == {"shared>customers": "hub (shared) to alpha (customers)"}


def test_a_leak_to_one_account_is_no_relation_of_its_segment():
    members = {**MEMBERS, "bolt": "partners", "core": "partners"}
    now = tables(SEGMENTS, members)
    leak = {**now, "customers": Table(now["customers"].associations, now["customers"].leads_to | {"acme"})}
    after = tables(REACHES, members)
    assert set(openings(leak, after, ["customers"], set(members))) == {"customers>partners", "partners>customers"}


def test_what_becomes_isolated_and_reaches_more_is_asked_for_too():
    after = {**SEGMENTS, "partners": {"isolated": True, "reaches": ["shared"]}}
    assert sorted(opened(NOW, (after, MEMBERS))) == ["partners>shared", "shared>partners"]


def test_nothing_of_a_first_run_needs_a_name():
    assert opened(({"none": {}}, {}), NOW) == {}


def test_a_host_allows_itself_alone():
    found = opened(NOW, (REACHES, MEMBERS), ["alpha>partners", "partners>alpha"])
    assert found == {
        "customers>partners": "beta (customers) to acme (partners)",
        "partners>customers": "acme (partners) to beta (customers)",
    }
    assert opened(NOW, (REACHES, MEMBERS), ["alpha>partners", "beta>acme", "acme>customers"]) == {}


def test_a_name_of_a_segment_allows_no_account_to_move():
    moved = (SEGMENTS, {**MEMBERS, "alpha": "shared"})
    allowed = ["shared>customers", "customers>shared", "customers>customers"]
    assert sorted(opened(NOW, moved, allowed)) == ["alpha>customers", "customers>alpha"]
    assert opened(NOW, moved)["alpha>customers"] == "alpha (customers -> shared) to beta (customers)"


def test_the_table_tells_that_a_segment_was_isolated_even_with_one_member():
    before, after = {"customers": Table(frozenset({"alpha"}), frozenset())}, {"customers": {}}
    found = openings(
        before,
        tables(after, {"alpha": "customers", "beta": "customers"}),
        [],
        {"alpha", "beta"},
    )
    assert sorted(found) == ["customers>customers"]


@pytest.mark.parametrize("name", ["customers", ">shared", "a>b>c", "a>", None])
def test_what_names_no_opening_is_refused(name):
    assert parse([""]) == frozenset()
    with pytest.raises(Invalid, match=r"allow_opens\[1\].*FROM>TO"):
        parse(["customers>shared", name])


def test_every_pair_that_opens_is_allowed_or_told_unless_it_needs_no_name():
    """Random changes, against the same rule over pairs."""
    chosen = random.Random(7)
    names = ["a", "b", "c", "d", "e"]
    for _round in range(400):
        before, after = (_random(chosen, names) for _side in range(2))
        was, now = tables(*before), tables(*after)
        asked = _pairs(was, now, before, after)
        found = opened(before, after)
        assert bool(found) == bool(asked), (before, after)
        told = {pair for name in found for pair in _named(name, before[1], after[1])}
        assert asked <= told, (before, after, found)
        assert opened(before, after, found) == {}


def _random(chosen, names):
    kinds = ["x", "y", "z"]
    declared = {
        kind: {
            "isolated": chosen.random() < 0.5,
            "reaches": [other for other in kinds if other != kind and chosen.random() < 0.3],
        }
        for kind in kinds
    }
    return declared, {name: chosen.choice(kinds) for name in names if chosen.random() < 0.7}


def _pairs(was, now, before, after):
    def leads(found, members, one, other):
        return one in members and other in members and other in found[members[one]].leads_to

    def isolated(name):
        # A segment without members leaves no trace of having been isolated.
        was_isolated = {kind for kind in before[1].values() if before[0][kind]["isolated"]}
        is_isolated = {kind for kind, declared in after[0].items() if declared["isolated"]}
        return not (was_isolated | is_isolated).isdisjoint((before[1].get(name), after[1].get(name)))

    def reached(one, other):
        ends = after[1][one], after[1][other]
        return any(
            leads(was, before[1], x, y) and (before[1][x], before[1][y]) in (ends, ends[::-1])
            for x, y in itertools.permutations(before[1], 2)
        )

    asked = set()
    for one, other in itertools.permutations(after[1], 2):
        if leads(was, before[1], one, other) or not leads(now, after[1], one, other):
            continue
        attached = [name for name in (one, other) if name in before[1]]
        if not any(isolated(name) for name in attached):
            continue
        moved = any(before[1][name] != after[1][name] for name in attached)
        if len(attached) == 1 and not moved and reached(one, other):
            continue
        asked.add((one, other))
    return asked


def _named(name, before, after):
    one, other = name.split(">")
    return {(x, y) for x, y in itertools.permutations(after, 2) if one in (x, after[x]) and other in (y, after[y])}


def test_growth():
    """The work grows with the accounts, not with their pairs."""

    def seconds(number):
        members = {"hub": "shared", **{f"c{index}": "customers" for index in range(number)}}
        names = frozenset(members)
        own = names - {"hub"}
        before = {
            "shared": Table(frozenset({"hub"}), names),
            "customers": Table(own, frozenset({"hub"})),
        }
        after = {**before, "customers": Table(own, names)}
        start = time.process_time()
        for _again in range(3):
            assert list(openings(before, after, [], names)) == ["customers>customers"]
        return time.process_time() - start

    seconds(1000)
    assert seconds(8000) < 40 * max(seconds(1000), 0.001)
