# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What attachments propagate against what is declared of them, and the ways out of a VPC beside the Transit Gateway."""

from __future__ import annotations

from collections import defaultdict
from types import SimpleNamespace

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import Actual
from ansible_collections.closednet.aws.plugins.module_utils._resources.hub import (
    transit_gateway_attachment,
    transit_gateway_prefix_list_reference,
    transit_gateway_propagation,
    transit_gateway_static_route,
    transit_gateway_table_route,
    way_out,
)
from ansible_collections.closednet.aws.tests.unit.declaring import declaring

from ..conftest import INPUTS

PROPAGATION = {"shared/alpha": {"attachment": "tgw-attach-alpha", "table": "tgw-rtb-2"}}
ALPHA = {
    "spokes": {"alpha": {"account_id": "222222222222", "vpc_id": "vpc-1"}},
    "cidrs": {"alpha": ["10.1.0.0/16", "10.64.0.0/16"]},
}
STATIC = ["shared/10.1.0.0/16", "shared/10.64.0.0/16"]


def table(*cidrs, propagates=True, static=(), state="available"):
    """The table of the segment shared: what alpha propagates in it, and static routes to alpha."""
    routes = [_route(cidr, "propagated") for cidr in cidrs] + [_route(cidr, "static") for cidr in static]
    fields = PROPAGATION["shared/alpha"]
    return {
        "transit_gateway_route_table": {"shared": Actual("tgw-rtb-2", {})},
        "spoke_attachment": {
            "alpha": Actual("tgw-attach-alpha", {"state": state, "tags": {}}, details={"state": state})
        },
        "transit_gateway_table_route": {"shared": Actual(None, {}, False, {"routes": routes})},
        "transit_gateway_propagation": {"shared/alpha": Actual("x", fields, details={"state": "enabled"})}
        if propagates
        else {},
        "transit_gateway_static_route": {
            f"shared/{cidr}": Actual(
                f"tgw-rtb-2/{cidr}", {"table": "tgw-rtb-2", "cidr": cidr, "attachment": "tgw-attach-alpha"}
            )
            for cidr in static
        },
    }


def _route(cidr, type):
    return {
        "cidr": cidr,
        "attachments": ["alpha"],
        "attachment_ids": ["tgw-attach-alpha"],
        "type": type,
        "state": "active",
        "prefix_list": None,
    }


@pytest.fixture
def steps(planned):
    """steps(found, **inputs) -> {address: step} of propagations and static routes."""

    def plan(found, **inputs):
        resources = {"transit_gateway_propagation": PROPAGATION, "transit_gateway_static_route": {}}
        kinds = (transit_gateway_propagation, transit_gateway_static_route)
        plans = [planned(k, resources[k.KIND.name], found, resources, **{**ALPHA, **inputs}) for k in kinds]
        return {step.address: step for plan in plans for step in plan.changes}

    return plan


def findings(found, **inputs):
    resources = {"transit_gateway_propagation": PROPAGATION, "transit_gateway_static_route": {}}
    declared = declaring({**INPUTS, **ALPHA, **inputs}, resources, "tgw_hub/hub")
    return transit_gateway_table_route.findings({}, defaultdict(dict, found), declared)


def test_what_is_propagated_as_declared_stays(steps):
    found = table("10.1.0.0/16", "10.64.0.0/16")
    assert steps(found) == {} and findings(found) == []
    # Sibling: less, or a part of what is declared, takes nobody's traffic.
    assert steps(table("10.1.0.0/17")) == {}


@pytest.mark.parametrize("extra", ["10.2.128.0/17", "10.0.0.0/8", "2001:db8::/56"])
def test_who_propagates_more_than_declared_keeps_his_declared_ranges_and_nothing_else(steps, extra):
    """The issue's: alpha adds a range to its attached VPC. His own connection is never cut."""
    found = table("10.1.0.0/16", extra)
    made = steps(found)
    propagation = made["transit_gateway_propagation.shared/alpha"]
    statics = [f"transit_gateway_static_route.{name}" for name in STATIC]
    assert sorted(made) == sorted([propagation.address, *statics])
    assert propagation.removes and set(statics) <= set(propagation.needs)
    assert made[statics[0]].params["TransitGatewayAttachmentId"] == "tgw-attach-alpha"
    (line,) = findings(found)
    assert line.startswith(f"alpha: propagates {extra}, not declared of it: only its declared ranges are routed")
    assert "Remove what isn't declared from its VPC (account 222222222222), or declare it" in line


def test_it_stays_so_until_its_own_account_says_that_the_vpc_is_as_declared(steps):
    """Without its propagation, what the VPC has can't be seen from the hub."""
    found = table(propagates=False, static=ALPHA["cidrs"]["alpha"])
    assert steps(found) == {}
    assert findings(found)[0].startswith("alpha: which ranges its VPC has isn't known here, or was more than declared")
    assert steps(found, actual_cidrs={"alpha": ["10.1.0.0/16", "10.9.0.0/16"]}) == {}


def test_then_the_propagation_is_back_before_the_static_routes_go(steps):
    found = table(propagates=False, static=ALPHA["cidrs"]["alpha"])
    known = {"alpha": ["10.1.0.0/16", "10.64.0.0/16"]}
    made = steps(found, actual_cidrs=known)
    propagation = made.pop("transit_gateway_propagation.shared/alpha")
    assert propagation.action == "create" and findings(found, actual_cidrs=known) == []
    assert sorted(made) == [f"transit_gateway_static_route.{name}" for name in STATIC]
    assert all(step.removes and propagation.address in step.needs for step in made.values())


def test_what_was_seen_to_be_more_is_never_propagated_at_all(steps):
    made = steps(table(propagates=False), actual_cidrs={"alpha": ["10.1.0.0/16", "10.2.128.0/17"]})
    assert sorted(made) == [f"transit_gateway_static_route.{name}" for name in STATIC]


@pytest.mark.parametrize(
    ("declared", "is_on", "carries"),
    [(None, False, False), (None, True, True), (True, False, True), (False, True, False)],
)
def test_a_vpc_has_ipv6_for_the_hub_only_where_its_attachment_carries_it(declared, is_on, carries):
    """Else a VPC with IPv6 of its own would lose its propagation for ranges that AWS doesn't propagate."""
    routes = [
        {"Origin": "CreateRouteTable", key: cidr}
        for key, cidr in (("DestinationCidrBlock", "10.1.0.0/16"), ("DestinationIpv6CidrBlock", "2001:db8::/56"))
    ]
    found = {
        "existing_vpc": {"alpha": Actual("vpc-1", {}, details={"route_tables": {"main": {"Routes": routes}}})},
        "transit_gateway_attachment": {"alpha": Actual("tgw-attach-1", {"ipv6_support": is_on})},
    }
    wanted = SimpleNamespace(resources={"transit_gateway_attachment": {"alpha": {"ipv6_support": declared}}})
    assert transit_gateway_attachment.carried("alpha", found, wanted) == [
        "10.1.0.0/16",
        *(["2001:db8::/56"] if carries else []),
    ]


def test_a_propagation_that_somebody_removed_is_back(steps):
    made = steps(table(propagates=False))
    assert [(step.action, address) for address, step in made.items()] == [
        ("create", "transit_gateway_propagation.shared/alpha")
    ]


def test_absent_removes_both(planned):
    found = table("10.2.128.0/17", static=["10.1.0.0/16"])
    for kind in (transit_gateway_propagation, transit_gateway_static_route):
        plan = planned(kind, {}, found, {kind.KIND.name: {}}, absent=True, **ALPHA)
        assert [step.action for step in plan.changes] == ["delete"]


# ---- static routes and prefix lists -------------------------------------------------------------------------------

TO_ALPHA = {"table": "tgw-rtb-2", "cidr": "10.9.0.0/16", "attachment": "tgw-attach-alpha"}


@pytest.mark.parametrize(("state", "made"), [("available", 1), ("initiating", 0), ("dreaming", 0)])
def test_a_static_route_waits_for_its_attachment(planned, state, made):
    found = table(propagates=False, state=state)
    plan = planned(transit_gateway_static_route, {"shared/10.9.0.0/16": TO_ALPHA}, found, **ALPHA)
    assert len(plan.steps) == made


def reference(target="tgw-attach-alpha"):
    fields = {"table": "tgw-rtb-2", "prefix_list": "pl-1", "attachment": target}
    return {"shared/pl-1": fields}


def test_a_prefix_list_of_before_that_is_still_being_deleted_is_no_failure(planned):
    """read leaves it out, so that it is created again at once."""
    (step,) = planned(transit_gateway_prefix_list_reference, reference("tgw-attach-1"), {}).steps
    assert (step.action, step.wait.until) == ("create", ("available",)) and "deleting" in step.wait.pending


def test_a_prefix_list_that_is_not_declared_goes(planned, lines):
    """The issue's: a prefix-list reference joins two customers."""
    there = {name: Actual("tgw-rtb-2/pl-1", fields) for name, fields in reference().items()}
    found = {"transit_gateway_prefix_list_reference": there}
    plan = planned(transit_gateway_prefix_list_reference, {}, found)
    assert lines(plan) == ["delete transit_gateway_prefix_list_reference.shared/pl-1"]
    (step,) = planned(transit_gateway_prefix_list_reference, reference("blackhole"), found).steps
    assert (step.operation, step.params["Blackhole"]) == ("ec2.modify_transit_gateway_prefix_list_reference", True)


# ---- ways out of a VPC --------------------------------------------------------------------------------------------


def ways(routes=(), peerings=(), known=()):
    """The findings of vpc-1, which has these routes and is a side of these peerings."""
    answers = {
        "ec2.describe_route_tables": [{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Routes": list(routes)}],
        "ec2.describe_vpc_peering_connections": list(peerings),
    }
    aws = SimpleNamespace(
        gather=lambda *reads: [read() for read in reads], read=lambda operation, key, **_filters: answers[operation]
    )
    found = defaultdict(
        dict,
        existing_vpc={"main": Actual("vpc-1", {})},
        transit_gateway={"main": Actual("tgw-1", {})},
        transit_gateway_attachment={"main": Actual("tgw-attach-1", {"transit_gateway": "tgw-1"})},
    )
    declared = declaring({**INPUTS, "other_targets": {"main": list(known)}}, {}, "tgw_spoke/alpha")
    found["way_out"] = way_out.read(aws, declared, found)
    return way_out.findings({}, found, declared)


def to(destination="10.2.0.0/16", **target):
    key = "DestinationPrefixListId" if destination.startswith("pl-") else "DestinationCidrBlock"
    return {key: destination, "Origin": "CreateRoute", "State": "active", **target}


@pytest.mark.parametrize(
    "target",
    [
        {"VpcPeeringConnectionId": "pcx-1"},
        {"GatewayId": "vgw-1"},
        {"GatewayId": "vpce-1"},  # of a Gateway Load Balancer: its destination is a CIDR
        {"TransitGatewayId": "tgw-2"},
        {"LocalGatewayId": "lgw-1"},
        {"CarrierGatewayId": "cagw-1"},
        {"CoreNetworkArn": "arn:aws:networkmanager::111111111111:core-network/core-network-1"},
        {"NetworkInterfaceId": "eni-1"},
        {"InstanceId": "i-1", "InstanceOwnerId": "222222222222", "NetworkInterfaceId": "eni-1"},
        {"WormholeId": "hole-1"},  # what AWS adds one day
    ],
    ids=lambda target: next(iter(target)),
)
def test_a_route_to_something_else_is_a_finding(target):
    id_ = next(iter(target.values()))
    (line,) = ways([to(**target)])
    assert line.startswith(f"vpc-1: route 10.2.0.0/16 of rtb-1 leads to {id_}, which no segment knows of")
    assert ways([to(**target)], known=[id_]) == []


@pytest.mark.parametrize(
    "route",
    [
        to("10.1.0.0/16", GatewayId="local"),
        to("0.0.0.0/0", GatewayId="igw-1"),
        to("0.0.0.0/0", NatGatewayId="nat-1"),
        to("pl-1", GatewayId="vpce-1"),
        to("10.0.0.0/8", TransitGatewayId="tgw-1"),
    ],
    ids=str,
)
def test_what_is_declared_elsewhere_is_none(route):
    assert ways([route]) == []


def peering(state="active", requester="vpc-9", accepter="vpc-1"):
    return {
        "VpcPeeringConnectionId": "pcx-1",
        "RequesterVpcInfo": {"VpcId": requester, "OwnerId": "333333333333"},
        "AccepterVpcInfo": {"VpcId": accepter, "OwnerId": "222222222222"},
        "Status": {"Code": state},
    }


@pytest.mark.parametrize("state", ["active", "pending-acceptance", "provisioning", "dreaming"])
def test_a_peering_is_a_finding_whichever_side_asked(state):
    (line,) = ways(peerings=[peering(state)])
    assert line.startswith(f"vpc-1: peering connection pcx-1 with vpc-9 of account 333333333333 is {state}")
    (line,) = ways(peerings=[peering(state, "vpc-1", "vpc-9")])
    assert "with vpc-9 of account 222222222222" in line
    assert ways(peerings=[peering(state)], known=["pcx-1"]) == []


def test_a_peering_that_is_over_or_of_another_vpc_is_none():
    assert ways(peerings=[peering("deleted"), peering("rejected"), peering(accepter="vpc-8")]) == []
