# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run may remove without being asked."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core import guard
from ansible_collections.closednet.aws.plugins.module_utils._core.capability import Declared
from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._core.guard import Removals
from ansible_collections.closednet.aws.plugins.module_utils._core.inputs import ModuleInputs
from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Address, Step
from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import NAME_TAG, Conflict

PARAMS = {"confirm_removals": [], "max_removals": 3, "max_removals_percent": 25}


def spokes(*names):
    return dict.fromkeys(names, "tgw-attach-1")


@pytest.mark.parametrize(
    ("removals", "names"),
    [
        (Removals(), []),
        (Removals(spokes("beta", "alpha")), ["alpha", "beta"]),
        (Removals({}, spokes("alpha"), total=1), []),  # one of one
        (Removals({}, spokes("alpha", "beta"), total=4), ["alpha", "beta"]),  # half of them
        (Removals({}, spokes("a", "b", "c"), total=12), []),
        (Removals({}, spokes("a", "b", "c", "d"), total=1000), ["a", "b", "c", "d"]),
        (Removals(spokes("lost"), spokes("alpha"), total=12), ["lost"]),
    ],
)
def test_what_was_not_declared_to_leave_is_asked_for_and_what_was_up_to_the_limits(removals, names):
    assert guard.unconfirmed(removals, PARAMS) == names
    assert guard.unconfirmed(removals, {**PARAMS, "confirm_removals": names}) == []


def test_without_limits_nothing_leaves_unasked():
    removals = Removals({}, spokes("alpha"), total=100)
    assert guard.unconfirmed(removals, {**PARAMS, "max_removals": 0}) == ["alpha"]


def test_the_refusal_names_all_and_says_what_to_repeat():
    with pytest.raises(Conflict) as refused:
        removals = Removals(spokes("beta", "alpha"), spokes("d", "e"), total=4)
        guard.refuse(removals, {**PARAMS, "confirm_removals": ["alpha", "elsewhere"]})
    text = str(refused.value)
    assert "beta (tgw-attach-1): no longer declared" in text and "alpha (" not in text
    assert "d (tgw-attach-1), e (tgw-attach-1): declared to leave, but 2 of 4 are more than one run takes" in text
    assert text.endswith("-e confirm_removals=alpha,beta,d,e")


def test_names_that_a_comma_or_a_shell_would_part_are_quoted():
    text = guard.words(Removals({"pci/ann, ben": "", "x;rm": ""}), PARAMS)
    assert """-e '{"confirm_removals": ["pci/ann, ben", "x;rm"]}'""" in text


@pytest.mark.parametrize(
    ("option", "value"), [("max_removals", -1), ("max_removals_percent", -1), ("max_removals_percent", 101)]
)
def test_a_limit_that_is_none(option, value):
    with pytest.raises(Invalid, match=f"{option}: {value}"):
        guard.check_options({**PARAMS, option: value})


def test_what_is_replaced_or_there_twice_stays():
    def delete(address, **tags):
        return Step(address, "x.delete", {}, before={"tags": tags}, removes="id")

    steps = [
        delete(Address("thing", "a", "replaced")),
        Step("thing.a", "x.create", {}, after={}),
        delete("thing.thing-2", **{NAME_TAG: "b"}),  # of two runs at once
        delete("thing.c", **{NAME_TAG: "c"}),
        delete("other.d"),
    ]
    declared = Declared("module/alpha", {"thing": {"a": {}, "b": {}}, "other": {}}, ModuleInputs())
    assert guard.deleted("thing")(declared, {}, steps).undeclared == {"alpha/thing.c": "id"}
