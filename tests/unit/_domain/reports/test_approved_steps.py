# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.reports.approved_steps import approved_steps

STEP = {"address": "vpc.main", "action": "create", "operation": "ec2.create_vpc", "before": None, "after": {}}
PLAN = {
    "version": 2,
    "accounts": {
        "alpha": {
            "results": {"vpc_result": [STEP], "privatelink_consumer_result.billing": []},
            "failures": {"spoke_result": "AccessDenied"},
        }
    },
}


def test_the_steps_of_one_module_on_one_host():
    assert (
        approved_steps(PLAN, "alpha", "vpc_result") == approved_steps(json.dumps(PLAN), "alpha", "vpc_result") == [STEP]
    )
    assert approved_steps(PLAN, "alpha", "privatelink_consumer_result", "billing") == []


@pytest.mark.parametrize(
    ("plan", "arguments", "said"),
    [
        ("a plan", ("alpha", "vpc_result"), "approved_plan: 'a plan' isn't JSON"),
        ([], ("alpha", "vpc_result"), "approved_plan: 'list' isn't a plan"),
        ({"accounts": []}, ("alpha", "vpc_result"), "approved_plan: 'dict' isn't a plan"),
        (PLAN | {"version": 3}, ("alpha", "vpc_result"), "approved_plan.version: 3 is of another release"),
        (PLAN, ("beta", "vpc_result"), "approved_plan: 'beta' isn't in it"),
        (PLAN, ("alpha", "hub_result"), "'hub_result of alpha' isn't in it (it wasn't planned)"),
        (PLAN, ("alpha", "spoke_result"), "'spoke_result of alpha' isn't in it (AccessDenied)"),
        (PLAN, ("alpha", "privatelink_consumer_result", "logs"), "'privatelink_consumer_result.logs of alpha'"),
    ],
)
def test_a_plan_that_says_nothing_of_a_module_approves_nothing(plan, arguments, said):
    with pytest.raises(Invalid) as invalid:
        approved_steps(plan, *arguments)
    assert said in str(invalid.value)
