# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._core.plan import OWN_ID, Address, DuplicateCheck, Ref, Step
from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import (
    NAME_TAG,
    OWNER_TAG,
    Actual,
    Call,
    Conflict,
    DuplicateResources,
    Renamed,
    ResourceType,
    order_kinds,
    reconcile,
    refuse_duplicates,
    refuse_renamed,
)

KIND = ResourceType(
    "thing",
    create=lambda fields: Call("x.create", {"fields": fields}, id_path="Id"),
    changes={
        ("size",): lambda id_, before, after: [Call("x.resize", {"id": id_, "size": after["size"]})],
        ("left", "right"): lambda id_, before, after: [
            Call("x.turn", {"id": id_, "left": after["left"]}, suffix="first"),
            Call("x.turn", {"id": id_, "right": after["right"]}, suffix="second"),
        ],
    },
    delete=lambda id_, fields: Call("x.delete", {"id": id_}),
    tag=lambda id_, tags: Call("x.tag", {"id": id_, "tags": tags}),
    untag=lambda id_, tags: Call("x.untag", {"id": id_, "tags": tags}),
    defaults={"size": 1},
)
FIELDS = {"size": 1, "left": False, "right": False, "colour": "red", "tags": {"Name": "a"}}


def steps(declared, actual, **options):
    return [
        (step.action, step.address, dict(step.before or {}), dict(step.after or {}))
        for step in reconcile(KIND, declared, actual, **options)
    ]


def there(managed=True, **fields):
    return Actual("thing-1", {**FIELDS, **fields}, managed=managed)


def test_what_is_as_declared_needs_nothing():
    assert steps({"a": FIELDS}, {"a": there()}) == []


def test_what_is_not_there_is_made():
    assert steps({"a": FIELDS}, {}) == [("create", "thing.a", {}, FIELDS)]


def test_what_the_create_call_cannot_set_is_changed_right_after_it():
    (make, resize) = reconcile(KIND, {"a": {**FIELDS, "size": 3}}, {})
    assert (resize.address, resize.params) == ("thing.a:size", {"id": Ref("thing.a"), "size": 3})
    assert make.id_path == "Id"


def test_a_field_that_differs_is_changed_alone():
    assert steps({"a": FIELDS}, {"a": there(size=9)}) == [("change", "thing.a:size", {"size": 9}, {"size": 1})]


def test_calls_for_the_same_fields_are_made_one_after_the_other():
    first, second = reconcile(KIND, {"a": {**FIELDS, "left": True}}, {"a": there()})
    assert (first.address, second.address) == ("thing.a:left.first", "thing.a:left.second")
    assert second.needs == (first.address,)


@pytest.mark.parametrize("declared", [{}, {"size": None}])
def test_what_is_not_declared_is_left_as_it_is(declared):
    assert steps({"a": declared}, {"a": there(size=9)}) == []


def test_what_aws_cannot_change_is_said_with_both_values():
    with pytest.raises(Conflict, match=r"thing\.a: thing-1 has colour 'blue', declared is 'red'"):
        reconcile(KIND, {"a": FIELDS}, {"a": there(colour="blue")})


def test_or_replaced_where_that_cuts_nothing():
    kind = ResourceType(**{**KIND.__dict__, "replace_on_change": True, "delete_before_create": True})
    make, remove = reconcile(kind, {"a": FIELDS}, {"a": there(colour="blue")})
    assert (make.address, remove.address, remove.removes) == ("thing.a", "thing.a:replaced", "thing-1")
    assert make.needs == ("thing.a:replaced",)


def test_what_somebody_else_made_is_in_the_way_and_how_to_hand_it_over_is_said():
    declared = {"a": {**FIELDS, "tags": {OWNER_TAG: "mine/x", NAME_TAG: "a"}}}
    with pytest.raises(Conflict, match=rf"thing-1 is in the way.*{OWNER_TAG}=mine/x and {NAME_TAG}=a"):
        reconcile(KIND, declared, {"a": there(managed=False)})


def test_only_what_is_owned_is_removed():
    actual = {"mine": there(), "theirs": there(managed=False)}
    assert [step[:2] for step in steps({}, actual)] == [("delete", "thing.mine")]


TAGGED = {"a": {"tags": {"Name": "a", "team": "x"}}}


@pytest.mark.parametrize(
    ("have", "purge", "expected"),
    [
        ({"Name": "a", "team": "x"}, True, []),
        ({"Name": "b"}, True, [("thing.a:tags.add", {"Name": "b"}, {"Name": "a", "team": "x"})]),
        ({"Name": "a", "team": "x", "cost": "7"}, False, []),
        ({"Name": "a", "team": "x", "cost": "7"}, True, [("thing.a:tags.remove", {"cost": "7"}, {})]),
        ({"Name": "a", "team": "x", "aws:cloudformation:stack-id": "s"}, True, []),
    ],
)
def test_tags(have, purge, expected):
    found = steps(TAGGED, {"a": there(tags=have)}, purge_tags=purge)
    assert found == [("change", address, {"tags": before}, {"tags": after}) for address, before, after in expected]


def test_kinds_that_come_after_others_are_made_later_and_removed_earlier():
    gate = ResourceType("gate", create=KIND.create, delete=KIND.delete)
    path = ResourceType("path", create=KIND.create, delete=KIND.delete, depends_on=("gate",))
    made = order_kinds([*reconcile(path, {"a": {}}, {}), *reconcile(gate, {"a": {}}, {})], [gate, path])
    assert {step.address: step.needs for step in made} == {"path.a": ("gate.a",), "gate.a": ()}
    actual = {"a": Actual("id", {})}
    gone = order_kinds([*reconcile(path, {}, actual), *reconcile(gate, {}, actual)], [gate, path])
    assert {step.address: step.needs for step in gone} == {"path.a": (), "gate.a": ("path.a",)}
    # The gate was created by a run that was interrupted.
    pending = Step(Address("gate", "a", "pending"), "x.describe", {}, before={}, reads_only=True)
    made = order_kinds([*reconcile(path, {"a": {}}, {}), pending], [gate, path])
    assert {step.address: step.needs for step in made} == {"path.a": ("gate.a:pending",), "gate.a:pending": ()}


# A model of AWS with things of two changeable fields: what the steps of one reconcile lead to needs no other.
MODEL = ResourceType(
    "thing",
    create=lambda fields: Call("create", {"fields": {"size": 1, **{k: v for k, v in fields.items() if k != "size"}}}),
    changes={
        (key,): lambda id_, before, after, key=key: [Call("set", {key: after[key]})] for key in ("size", "colour")
    },
    delete=lambda id_, fields: Call("delete", {}),
    tag=lambda id_, tags: Call("tag", tags),
    untag=lambda id_, tags: Call("untag", tags),
    defaults={"size": 1},
)
THING = st.fixed_dictionaries(
    {
        "size": st.integers(1, 3),
        "colour": st.sampled_from(["red", "blue"]),
        "tags": st.dictionaries(st.sampled_from("abc"), st.sampled_from("xy")),
    }
)
THINGS = st.dictionaries(st.sampled_from(["one", "two", "three"]), THING)


def applied(planned, actual):
    world = {name: {**thing.fields, "tags": dict(thing.fields["tags"])} for name, thing in actual.items()}
    for step in planned:
        name = step.address.removeprefix("thing.").partition(":")[0]
        if step.operation == "create":
            world[name] = {**step.params["fields"], "tags": dict(step.params["fields"]["tags"])}
        elif step.operation == "delete":
            del world[name]
        elif step.operation == "set":
            world[name].update(step.params)
        elif step.operation == "tag":
            world[name]["tags"].update(step.params)
        else:
            for key in step.params:
                del world[name]["tags"][key]
    return {name: Actual(name, fields) for name, fields in world.items()}


@settings(deadline=None)
@given(declared=THINGS, actual=THINGS)
def test_applied_steps_lead_to_what_is_declared_and_need_no_others(declared, actual):
    before = {name: Actual(name, fields) for name, fields in actual.items()}
    after = applied(reconcile(MODEL, declared, before, purge_tags=True), before)
    assert {name: thing.fields for name, thing in after.items()} == declared
    assert reconcile(MODEL, declared, after, purge_tags=True) == []


TWINS = replace(KIND, duplicates=lambda fields: DuplicateCheck("x.describe", {"Name": fields["tags"][NAME_TAG]}, "Ids"))
TAGS = {OWNER_TAG: "things/x", NAME_TAG: "a"}


def test_what_aws_would_make_twice_is_looked_for_beside_what_was_there():
    other = Actual("thing-9", {**FIELDS, "tags": {**TAGS, NAME_TAG: "full"}}, managed=False)
    step = reconcile(TWINS, {"a": {**FIELDS, "tags": TAGS}}, {"thing-9": other})[0]
    assert step.duplicates == DuplicateCheck(
        "x.describe", {"Name": "a"}, "Ids", ("x.delete", {"id": OWN_ID}), frozenset({"thing-9"})
    )
    assert reconcile(KIND, {"a": {**FIELDS, "tags": TAGS}}, {})[0].duplicates is None


@pytest.mark.parametrize(
    ("kind", "second", "twice"),
    [
        (TWINS, Actual("thing-2", {"tags": TAGS}), True),
        (KIND, Actual("thing-2", {"tags": TAGS}), False),
        (TWINS, Actual("thing-2", {"tags": {**TAGS, NAME_TAG: "b"}}), False),
        (TWINS, Actual("thing-2", {"tags": TAGS}, managed=False), False),
        (TWINS, Actual("thing-2", {"tags": TAGS}, details={"state": "deleting"}), False),
    ],
)
def test_two_of_one_name_that_stay_are_one_too_many(kind, second, twice):
    found = {"thing-2": second, "a": Actual("thing-1", {"tags": TAGS})}
    expected = pytest.raises(DuplicateResources, match=r"2 resources thing\.a carry .*: thing-1, thing-2\. ")
    with expected if twice else nullcontext():
        refuse_duplicates(kind, found, TAGS[OWNER_TAG])


def of(owner, managed=True):
    return there(managed=managed, tags={OWNER_TAG: owner})


@pytest.mark.parametrize(
    ("theirs", "renamed"), [("tiered_vpc/alpha", True), ("tiered_vpc/alpha-gmbh", False), ("other/alpha", False)]
)
def test_what_another_name_of_the_module_has_is_not_in_the_way_but_renamed(theirs, renamed):
    wanted = {"a": {**FIELDS, "tags": {OWNER_TAG: "tiered_vpc/alpha-gmbh"}}}
    with pytest.raises(Conflict) as refused:
        reconcile(KIND, wanted, {"a": of(theirs, managed=False)})
    assert isinstance(refused.value, Renamed) == renamed
    if renamed:
        assert "in the role vpc_name: alpha)" in str(refused.value)
        assert "has tiered_vpc/alpha to tiered_vpc/alpha-gmbh" in str(refused.value)


def test_what_is_found_by_its_owner_alone_is_compared_with_that_of_other_names():
    wanted = {"a": {**FIELDS, "tags": {OWNER_TAG: "m/new"}}}
    with pytest.raises(Renamed, match=r"thing\.a: thing-1 exists already, under another name: its .* is m/old\. .*"):
        refuse_renamed(
            KIND, wanted, {"thing-1": of("m/old", managed=False)}, lambda one, other: one["size"] == other["size"]
        )
    refuse_renamed(KIND, wanted, {"thing-1": of("m/old", managed=False)}, lambda one, other: False)
    refuse_renamed(KIND, wanted, {"a": of("m/new"), "thing-1": of("m/old", managed=False)}, lambda one, other: True)
    refuse_renamed(KIND, {}, {"thing-1": of("m/old", managed=False)}, lambda one, other: True)
