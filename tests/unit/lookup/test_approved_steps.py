# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.closednet.aws.plugins.lookup.approved_steps import LookupModule

STEPS = [{"address": "vpc.main", "action": "create", "operation": "ec2.create_vpc", "before": None, "after": {}}]
PLAN = {
    "version": 2,
    "accounts": {"alpha": {"results": {"vpc_result": STEPS, "privatelink_provider_result.billing": []}}},
}


def looked_up(*terms, variables, **options):
    loader = DataLoader()
    variables = {"inventory_hostname": "alpha", **variables}
    lookup = LookupModule(loader=loader, templar=Templar(loader=loader, variables=variables))
    return lookup.run(list(terms), variables, **options)


@pytest.mark.parametrize("variables", [{}, {"approved_plan": PLAN, "approved_plan_binds": False}])
def test_without_an_approval_nothing_binds(variables):
    """null, which a module takes for an option that isn't given; an empty list would let it do nothing."""
    assert looked_up("vpc_result", variables=variables) == [None]


@pytest.mark.parametrize("plan", [PLAN, json.dumps(PLAN)])
def test_steps_of_this_host_and_result(plan):
    assert looked_up("vpc_result", variables={"approved_plan": plan}) == [STEPS]
    of_item = looked_up("privatelink_provider_result", variables={"approved_plan": plan}, item="billing")
    assert of_item == [[]]


def test_a_plan_in_a_file(tmp_path):
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(PLAN))
    assert looked_up("vpc_result", variables={"approved_plan_file": str(file)}) == [STEPS]


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        ({"approved_plan": PLAN, "inventory_hostname": "beta"}, "approved_plan: 'beta' isn't in it"),
        ({"approved_plan": {"accounts": {"alpha": {}}}}, "vpc_result of alpha' isn't in it"),
        ({"approved_plan": ""}, "isn't JSON"),
        ({"approved_plan": None}, "isn't a plan"),
        ({"approved_plan_file": "/nowhere/plan.json"}, "/nowhere/plan.json"),
    ],
)
def test_a_plan_that_says_nothing_of_it_is_no_approval(variables, text):
    with pytest.raises(AnsibleError, match=text):
        looked_up("vpc_result", variables=variables)
