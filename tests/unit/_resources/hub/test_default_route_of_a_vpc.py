# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A VPC's default route to the Transit Gateway in place of one that tiered_vpc created: by one call, and not before."""

from __future__ import annotations

from collections import defaultdict

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Ref
from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import Actual, Conflict
from ansible_collections.closednet.aws.plugins.module_utils._resources.hub import transit_gateway_route
from ansible_collections.closednet.aws.tests.unit.declaring import declaring

from ..conftest import INPUTS

WANTED = {
    "app/0.0.0.0/0": {"attachment": "main", "tier": "app", "destination": "0.0.0.0/0", "transit_gateway": "tgw-1"}
}
OF_SPOKE = {"owns_transit_gateway": False}
READY = {**OF_SPOKE, "ready_destinations": ["0.0.0.0/0"]}


class Nothing:
    """A cloud that must not be called."""


def found(target=None, state="available", managed="tiered_vpc/alpha"):
    key = "NatGatewayId" if (target or "").startswith("nat-") else "GatewayId"
    key = "TransitGatewayId" if (target or "").startswith("tgw-") else key
    routes = [{"DestinationCidrBlock": "0.0.0.0/0", key: target, "State": "active"}] if target else []
    tags = [{"Key": "closednet:managed", "Value": managed}]
    tables = {"app": {"RouteTableId": "rtb-app", "Tags": tags, "Routes": routes}}
    there = {
        "existing_vpc": {"main": Actual("vpc-1", {}, False, {"subnets": {}, "route_tables": tables})},
        "transit_gateway": {"main": Actual("tgw-1", {})},
        "transit_gateway_attachment": {
            "main": Actual("tgw-attach-1", {"transit_gateway": "tgw-1"}, details={"state": state})
        },
    }
    declared = declaring({**INPUTS, **OF_SPOKE})
    there["transit_gateway_route"] = transit_gateway_route.read(Nothing(), declared, there)
    return there


def findings(there, **inputs):
    declared = declaring({**INPUTS, **inputs}, {"transit_gateway_route": WANTED})
    return transit_gateway_route.findings(WANTED, defaultdict(dict, there), declared)


@pytest.mark.parametrize("target", ["nat-1", "igw-1"])
def test_it_is_replaced_by_one_call_once_the_way_out_is_ready(planned, target):
    (step,) = planned(transit_gateway_route, WANTED, found(target), **READY).steps
    assert step.operation == "ec2.replace_route" and step.params == {
        "RouteTableId": "rtb-app",
        "DestinationCidrBlock": "0.0.0.0/0",
        "TransitGatewayId": "tgw-1",
    }
    assert findings(found(target), **READY) == []


@pytest.mark.parametrize(("inputs", "state"), [(OF_SPOKE, "available"), (READY, "pendingAcceptance")])
def test_it_stays_before_that(planned, inputs, state):
    there = found("nat-1", state)
    assert planned(transit_gateway_route, WANTED, there, **inputs).steps == ()
    (finding,) = findings(there, **inputs)
    assert finding.startswith("the route to 0.0.0.0/0 in rtb-app leads to nat-1 and stays, since the hub's way out")


def test_a_table_without_one_gets_it_at_once(planned, lines):
    assert lines(planned(transit_gateway_route, WANTED, found(), **OF_SPOKE)) == [
        "create transit_gateway_route.main/app/0.0.0.0/0"
    ]


@pytest.mark.parametrize(("target", "managed"), [("nat-1", "terraform/x"), ("vpce-1", "tiered_vpc/alpha")])
def test_somebody_elses_is_in_the_way(planned, target, managed):
    with pytest.raises(Conflict, match="is in the way"):
        planned(transit_gateway_route, WANTED, found(target, managed=managed), **READY)


def test_absent_deletes_no_route_of_tiered_vpc(planned):
    assert planned(transit_gateway_route, WANTED, found("nat-1"), absent=True, **READY).steps == ()


def test_the_hubs_own_vpc_follows_once_its_segment_has_the_route(planned, lines):
    own = {"owns_transit_gateway": True, "ready_destinations": ["0.0.0.0/0"]}
    member = {"main": {"attachment": "tgw-attach-1", "table": Ref("transit_gateway_route_table.shared")}}
    resources = {"transit_gateway_route": WANTED, "transit_gateway_association": member}
    there = found("nat-1")
    assert planned(transit_gateway_route, WANTED, there, resources, **own).steps == ()
    there["transit_gateway_static_route"] = {"shared/0.0.0.0/0": Actual("x", {})}
    plan = planned(transit_gateway_route, WANTED, there, resources, **own)
    assert lines(plan) == ["change transit_gateway_route.main/app/0.0.0.0/0:transit_gateway"]


def test_the_result_says_whether_all_routes_lead_there():
    def routed(there, **inputs):
        declared = declaring({**INPUTS, **inputs}, {"transit_gateway_route": WANTED})
        return transit_gateway_route.all_lead_there(defaultdict(dict, there), declared)

    assert routed(found("nat-1"), **READY) and routed(found("tgw-1"), **OF_SPOKE)
    assert not routed(found("nat-1"), **OF_SPOKE)
    assert not routed(found(None, "pendingAcceptance"), **READY)
    assert not routed({**found("nat-1"), "existing_vpc": {}}, **READY)
    assert transit_gateway_route.defaults(found("tgw-1")) == ["0.0.0.0/0"]
    assert transit_gateway_route.defaults(found("nat-1")) == []
