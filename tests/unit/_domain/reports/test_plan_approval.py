# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a plan has to name before its approval, and the effect that the approval binds."""

from __future__ import annotations

import json

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.inventory import openings
from ansible_collections.closednet.aws.plugins.module_utils._domain.reports import plan_approval, plan_text
from ansible_collections.closednet.aws.tests.unit._domain.reports.plans import hub, result, spoke

EFFECT = {
    "version": 1,
    "opens": [
        {
            "from": "alpha/app",
            "to": "beta/app",
            "ports": ["tcp 443"],
            "level": "filters",
            "text": "alpha/app (customers) -> beta/app (customers): tcp 443",
            "crosses": "customers>customers",
            "needs_name": True,
            "names": ["customers>customers", "alpha>beta"],
        }
    ],
    "closes": [],
    "loses_inspection": [],
    "unknown": [],
}


def test_what_the_effect_and_the_hub_ask_for_is_told_once():
    told = "alpha (customers) to beta (customers)"
    accounts = {
        "shared-services": hub(hub_result=result(unnamed_opens={"customers>customers": told})),
        "alpha": spoke(),
    }
    assert plan_approval.plan_unnamed(accounts, EFFECT) == [f"customers>customers: {told}"]
    assert plan_approval.plan_unnamed({"alpha": spoke()}, EFFECT) == [
        f"customers>customers: {EFFECT['opens'][0]['text']}"
    ]
    assert plan_approval.plan_unnamed({"alpha": spoke()}) == []


@pytest.mark.parametrize("names", ["x>y,customers>customers", ["alpha>beta"]])
def test_names_are_a_list_or_the_text_of_an_extra_variable(names):
    assert plan_approval.plan_unnamed({"alpha": spoke(allow_opens=names)}, EFFECT) == []


def test_the_effect_of_an_approved_plan_is_the_one_that_was_written():
    document = plan_text.plan_json({"alpha": spoke()}, EFFECT, {"written": "yesterday"})
    assert plan_approval.approved_effect(document) == EFFECT
    changed = json.loads(document)
    changed["effect"]["opens"][0]["ports"] = ["all"]
    with pytest.raises(Invalid, match="approved_plan.hash.*changed after it was written"):
        plan_approval.approved_effect(changed)
    # When it was written isn't part of what is approved.
    assert plan_approval.approved_effect({**json.loads(document), "about": None}) == EFFECT
    assert plan_approval.approved_effect(plan_text.plan_json({"alpha": spoke()})) is None


def test_a_name_that_nothing_needs_is_told():
    accounts = {"alpha": spoke(allow_opens="customers>custommers, alpha>beta,,")}
    told = "! allow_opens: customers>custommers: nothing that this plan opens needs this name"
    assert [line for line in plan_text.plan_lines(accounts, effect=EFFECT) if "allow_opens: " in line][-1] == told
    assert told in plan_text.plan_markdown(accounts, EFFECT)
    assert "alpha>beta names nothing" not in plan_text.plan_markdown(accounts, EFFECT)
    assert "names nothing" not in plan_text.plan_markdown({"alpha": spoke(allow_opens="")}, EFFECT)


NO_HASH = {"version": 2, "accounts": {}, "effect": None}


@pytest.mark.parametrize("plan", ["{", "[]", {}, None, {"accounts": {}, "effect": {"opens": 1}}, NO_HASH])
def test_what_is_no_plan_is_refused(plan):
    with pytest.raises(Invalid):
        plan_approval.approved_effect(plan)


def test_a_name_that_names_no_opening_is_told_with_its_host_once():
    accounts = {"a": {"allow_opens": ["customers"]}, "b": {"allow_opens": ["customers"]}, "c": {"allow_opens": "x>y"}}
    (problem,) = openings.problems(accounts, None)
    assert str(problem).startswith("a.allow_opens[0]: 'customers' names no opening; expected FROM>TO")
