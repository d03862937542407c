# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from collections import defaultdict

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Plan
from ansible_collections.closednet.aws.plugins.module_utils._domain.values import quotas
from ansible_collections.closednet.aws.tests.unit.declaring import declaring

INPUTS = {
    "owns_transit_gateway": True,
    "spokes": {},
    "others": {},
    "cidrs": {},
    "isolated": [],
    "actual_cidrs": {},
    "other_targets": {},
    "undeclared": "report",
    "ready_destinations": [],
    "default_routes": [],
    "default_routes_behind": [],
    "default_routes_in_use": [],
    "egress_ready": None,
    "ways_out_problems": [],
    "ipv6": None,
    "ipv6_numbers": {},
    "ipv6_left_alone": {},
    "handed_over": {},
    "private_dns_zone_id": None,
    "cidrs_quota": 5,
    "routes_quota": quotas.ROUTES,
    "security_group_rules_quota": quotas.RULES,
}


@pytest.fixture
def planned():
    """Return planned(resource, wanted, found, resources=None, absent=False, **inputs), which returns a Plan.

    The Plan has the resource's steps. What isn't in `found` doesn't exist.
    """

    def plan(resource, wanted, found, resources=None, absent=False, **inputs):
        resources = resources or {resource.KIND.name: wanted}
        declared = declaring({**INPUTS, **inputs}, resources, absent=absent)
        return Plan(tuple(resource.plan({} if absent else wanted, defaultdict(dict, found), declared)))

    return plan


@pytest.fixture
def lines():
    """Return lines(plan), which lists "ACTION ADDRESS" of each change."""
    return lambda plan: [f"{step.action} {step.address}" for step in plan.changes]
