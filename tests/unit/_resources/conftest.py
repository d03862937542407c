# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from collections import defaultdict

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.capability import Declared
from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Plan

SCOPE = {
    "account_id": "111111111111",
    "region": "eu-central-1",
    "partition": "aws",
    "owns_transit_gateway": True,
    "spokes": {},
    "others": {},
    "cidrs": {},
    "actual_cidrs": {},
    "other_targets": {},
    "undeclared": "report",
}


@pytest.fixture
def planned():
    """planned(resource, wanted, found, resources=None, absent=False, **scope) -> its steps as a Plan. What isn't in
    `found` isn't there.
    """

    def plan(resource, wanted, found, resources=None, absent=False, **scope):
        resources = resources or {resource.KIND.name: wanted}
        declared = Declared("module/x", resources, {**SCOPE, **scope}, purge_tags=True, absent=absent)
        return Plan(tuple(resource.plan({} if absent else wanted, defaultdict(dict, found), declared)))

    return plan


@pytest.fixture
def lines():
    """lines(plan): "action address" of each change."""
    return lambda plan: [f"{step.action} {step.address}" for step in plan.changes]
