# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Default routes of Transit Gateway tables to a way out: when they are created, moved, kept and deleted."""

from __future__ import annotations

from collections import defaultdict

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Ref
from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import Actual, Conflict
from ansible_collections.closednet.aws.plugins.module_utils._resources.hub import transit_gateway_static_route
from ansible_collections.closednet.aws.tests.unit.declaring import declaring

from ..conftest import INPUTS

DEFAULT, PRIVATE = "customers/0.0.0.0/0", "customers/10.0.0.0/8"
WAYS = {"default_routes": [DEFAULT]}
TABLE = "tgw-rtb-1"


def route(name, attachment):
    cidr = name.partition("/")[2]
    return {"table": TABLE, "cidr": cidr, "attachment": attachment}


DECLARED = {DEFAULT: route(DEFAULT, "tgw-attach-new"), PRIVATE: route(PRIVATE, "blackhole")}


def found(state="available", **statics):
    there = {name: Actual(f"{TABLE}/{name}", route(name, to)) for name, to in statics.items()}
    security = Actual("tgw-attach-new", {"state": state, "tags": {}}, details={"state": state})
    return {"transit_gateway_static_route": there, "spoke_attachment": {"security": security}}


@pytest.fixture
def planned_lines(planned, lines):
    def plan(there, wanted=None, **inputs):
        wanted = DECLARED if wanted is None else wanted
        return lines(planned(transit_gateway_static_route, wanted, there, **{**WAYS, **inputs}))

    return plan


def findings(there, wanted=None, **inputs):
    wanted = DECLARED if wanted is None else wanted
    declared = declaring({**INPUTS, **WAYS, **inputs}, {"transit_gateway_static_route": wanted}, "tgw_hub/hub")
    return transit_gateway_static_route.findings(wanted, defaultdict(dict, there), declared)


@pytest.mark.parametrize("ready", [None, False])
def test_no_default_route_leads_to_a_way_out_that_is_not_known_to_be_ready(planned_lines, ready):
    dropped = f"create transit_gateway_static_route.{PRIVATE}"
    assert planned_lines(found(), egress_ready=ready) == [dropped]
    (finding,) = findings(found(), egress_ready=ready)
    assert finding.startswith(f"the default route {DEFAULT} doesn't lead to the way out yet, since it isn't known")
    # Nor is one moved; one that leads there already stays.
    assert planned_lines(found(**{DEFAULT: "tgw-attach-old", PRIVATE: "blackhole"}), egress_ready=ready) == []
    there = found(**{DEFAULT: "tgw-attach-new", PRIVATE: "blackhole"})
    assert planned_lines(there, egress_ready=ready) == findings(there, egress_ready=ready) == []


def test_a_ready_way_out_gets_its_default_route_after_what_is_dropped(planned, planned_lines):
    plan = planned(transit_gateway_static_route, DECLARED, found(), egress_ready=True, **WAYS)
    steps = {step.address: step for step in plan.steps}
    assert f"transit_gateway_static_route.{PRIVATE}" in steps[f"transit_gateway_static_route.{DEFAULT}"].needs
    moved = found(**{DEFAULT: "tgw-attach-old", PRIVATE: "blackhole"})
    (step,) = planned(transit_gateway_static_route, DECLARED, moved, egress_ready=True, **WAYS).steps
    assert step.operation == "ec2.replace_transit_gateway_route"


def test_what_is_behind_a_firewall_comes_first(planned):
    behind = "egress/0.0.0.0/0"
    wanted = {**DECLARED, behind: {"table": "tgw-rtb-2", "cidr": "0.0.0.0/0", "attachment": "tgw-attach-nat"}}
    ways = {"default_routes": [DEFAULT, behind], "default_routes_behind": [behind]}
    plan = planned(transit_gateway_static_route, wanted, found(), egress_ready=True, **ways)
    steps = {step.address: step for step in plan.steps}
    assert f"transit_gateway_static_route.{behind}" in steps[f"transit_gateway_static_route.{DEFAULT}"].needs
    assert steps[f"transit_gateway_static_route.{behind}"].needs == ()


def test_it_waits_for_an_attachment_that_others_have_yet_to_create(planned_lines):
    wanted = {**DECLARED, DEFAULT: route(DEFAULT, Ref("spoke_attachment.other"))}
    there = found(**{DEFAULT: "tgw-attach-old", PRIVATE: "blackhole"})
    assert planned_lines(there, wanted, egress_ready=True) == []
    assert "its attachment isn't accepted" in findings(there, wanted, egress_ready=True)[0]


def test_one_that_is_not_declared_any_more_stays_with_what_is_dropped_while_members_use_it(planned, planned_lines):
    there = found(**{DEFAULT: "tgw-attach-new", PRIVATE: "blackhole"})
    none = {"default_routes": []}
    assert planned_lines(there, {}, default_routes_in_use=["customers"], **none) == []
    (finding,) = findings(there, {}, default_routes_in_use=["customers"], **none)
    assert finding.startswith(f"the default route {DEFAULT} isn't declared any more and stays")
    plan = planned(transit_gateway_static_route, {}, there, **none)
    steps = {step.address.name: step for step in plan.steps}
    assert sorted(steps) == sorted([DEFAULT, PRIVATE])
    assert f"transit_gateway_static_route.{DEFAULT}" in steps[PRIVATE].needs


def test_a_way_out_without_its_attachment_is_refused(planned):
    there = found(**{DEFAULT: "tgw-attach-new", PRIVATE: "blackhole"})
    with pytest.raises(Conflict, match="has no attachment"):
        planned(transit_gateway_static_route, {}, there, ways_out_problems=["segments.egress has no attachment"])


def test_absent_deletes_all(planned_lines, planned, lines):
    there = found(**{DEFAULT: "tgw-attach-new", PRIVATE: "blackhole"})
    plan = planned(
        transit_gateway_static_route, DECLARED, there, absent=True, default_routes_in_use=["customers"], **WAYS
    )
    assert len(plan.steps) == 2


def test_the_result_says_which_default_routes_are_ready():
    def ways_out(there, ready):
        declared = declaring({**INPUTS, **WAYS, "egress_ready": ready}, {"transit_gateway_static_route": DECLARED})
        return transit_gateway_static_route.ways_out(defaultdict(dict, there), declared)

    ready = {"default_routes": {"customers": ["0.0.0.0/0"]}, "default_routes_pending": []}
    assert ways_out(found(), True) == ready
    assert ways_out(found(), None) == {"default_routes": {}, "default_routes_pending": [DEFAULT]}
    there = found(**{DEFAULT: "tgw-attach-new"})
    assert ways_out(there, None) == {"default_routes": {}, "default_routes_pending": []}
