# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is there and does not work is a finding, in every kind that has a state; one that is not known, by its name."""

from __future__ import annotations

from collections import defaultdict

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import Actual
from ansible_collections.closednet.aws.plugins.module_utils._resources.endpoints import aws_service_endpoint
from ansible_collections.closednet.aws.plugins.module_utils._resources.hub import (
    shared_transit_gateway,
    transit_gateway_attachment,
    transit_gateway_route,
)
from ansible_collections.closednet.aws.plugins.module_utils._resources.iam import lambda_function
from ansible_collections.closednet.aws.plugins.module_utils._resources.packages import package_domain
from ansible_collections.closednet.aws.plugins.module_utils._resources.privatelink import (
    endpoint_service,
    interface_endpoint,
    load_balancer,
    referenced_load_balancer,
)
from ansible_collections.closednet.aws.plugins.module_utils._resources.vpc import (
    block_public_access,
    block_public_access_exclusion,
    flow_log,
    nat_gateway,
    subnet,
    vpc,
)
from ansible_collections.closednet.aws.tests.unit.declaring import declaring

INPUTS = {"owns_transit_gateway": False, "hub_account_id": "111111111111"}
LOG, OWNER = "the delivery of flow log x-1", "whoever owns arn:b has to let it in"
UNKNOWN = "a state that is not known here"


def findings(resource, *, wanted=None, fields=None, found=None, **details):
    wanted = {"main": {}} if wanted is None else wanted
    there = {"main": Actual("x-1", fields or {}, details=details)}
    found = defaultdict(dict, {resource.KIND.name: there, **(found or {})})
    return resource.findings(wanted, found, declaring(INPUTS))


@pytest.mark.parametrize(
    ("resource", "good", "bad"),
    [
        (block_public_access, "available", {"modifying": "AWS hasn't finished"}),
        (
            block_public_access_exclusion,
            "create-complete",
            {"disable-complete": "AWS doesn't heed it", "update-failed": "AWS couldn't change it"},
        ),
        (endpoint_service, "available", {"pending": "AWS hasn't finished"}),
        (referenced_load_balancer, "active", {"active_impaired": "it routes, but"}),
        (lambda_function, "update Successful", {"Failed": "AWS couldn't create it", "update Failed": "AWS couldn't"}),
        (load_balancer, "active", {"failed": "AWS couldn't set it up", "active_impaired": "it routes, but"}),
        (nat_gateway, "available", {"pending": "AWS hasn't finished"}),
        (package_domain, "Active", {}),
        (
            aws_service_endpoint,
            "available",
            {"failed": "AWS couldn't", "partial": "AWS has it in some", "expired": "the "},
        ),
        (subnet, "available", {"pending": "AWS hasn't finished"}),
        (
            transit_gateway_attachment,
            "available",
            {
                "pendingAcceptance": "the hub has to accept it; run the hub, then this account",
                "initiatingRequest": "AWS hasn't finished",
                "modifying": "AWS hasn't finished",
                "rejecting": "the hub refuses it",
                "failing": "AWS deletes it",
            },
        ),
        (vpc, "available", {"pending": "AWS hasn't finished"}),
        (interface_endpoint, "available", {"partial": "AWS has it in some zones only"}),
    ],
    ids=lambda value: getattr(value, "__name__", "").rpartition(".")[2],
)
def test_each_state_but_the_good_one_is_told(resource, good, bad):
    more = {"regions": {}}  # of an endpoint service
    assert findings(resource, state=good, **more) == []
    for state, meaning in {**bad, "frozen": UNKNOWN}.items():
        (line,) = findings(resource, state=state, **more)
        assert line.startswith(f"x-1 is {state}: {meaning}")
        assert findings(resource, wanted={}, state=state, **more) == [], "what isn't declared has no finding"


def test_a_region_in_which_a_service_is_not_there_is_told():
    regions = {"eu-west-1": "Pending", "eu-north-1": "Available", "eu-south-1": "Failed"}
    more = {"state": "available", "regions": regions}
    wanted = {"main": {"supported_regions": ["eu-west-1", "eu-north-1"]}}
    (line,) = findings(endpoint_service, wanted=wanted, **more)
    assert line.startswith("x-1 is Pending in eu-west-1: ")


def test_the_reason_that_aws_gives_is_told():
    (line,) = findings(load_balancer, state="failed", error="no free addresses")
    assert line.startswith("x-1 is failed (no free addresses): ")


def test_the_hubs_account_is_named_where_it_is_known():
    gateway = {"transit_gateway": {"main": Actual("tgw-1", {}, False, {"owner": "111111111111"})}}
    (line,) = findings(transit_gateway_attachment, found=gateway, state="pendingAcceptance")
    assert "the hub, account 111111111111, has to accept it" in line


@pytest.mark.parametrize(
    ("status", "delivery", "lines"),
    [
        ("ACTIVE", None, []),
        ("ACTIVE", "SUCCESS", []),
        (
            "ACTIVE",
            "FAILED",
            [f"{LOG} is FAILED (Access error): {OWNER}"],
        ),
        ("ACTIVE", "ODD", [f"{LOG} is ODD (Access error): {OWNER}"]),
        ("PAUSED", "SUCCESS", ["flow log x-1 is PAUSED: this account has to see why"]),
    ],
)
def test_a_flow_log_that_does_not_deliver_is_told(status, delivery, lines):
    more = {"fields": {"destination": "arn:b"}, "status": status, "delivery": delivery, "error": "Access error"}
    assert findings(flow_log, **more) == lines
    assert findings(flow_log, wanted={}, **more) == []


@pytest.mark.parametrize("status", ["EXPIRED", "REJECTED", "PENDING", "ACCEPTED"])
def test_an_invitation_that_nothing_comes_of_is_told_with_who_sends_another(status):
    there = {"invitation": Actual(None, {"share": "arn:share"}, False, {"status": status})}
    found = {"transit_gateway": there}
    lines = shared_transit_gateway.findings({"main": {}}, found, declaring(INPUTS))
    assert bool(lines) == (status in ("EXPIRED", "REJECTED"))
    assert all("account 111111111111, has to send another one" in line for line in lines)
    if lines:
        assert shared_transit_gateway.plan({"main": {}}, found, declaring(INPUTS)) == []


@pytest.mark.parametrize(("state", "told"), [("active", 0), ("blackhole", 1), ("odd", 1)])
def test_a_route_that_leads_nowhere_is_told(state, told):
    table = {"RouteTableId": "rtb-1", "Routes": [], "Tags": []}
    fields = {"route_table": "rtb-1", "destination": "10.0.0.0/16", "transit_gateway": "tgw-1"}
    found = {
        "existing_vpc": {"main": Actual("vpc-1", {}, False, {"route_tables": {"app": table}, "subnets": {}})},
        "transit_gateway_attachment": {"main": Actual("tgw-attach-1", {}, details={"state": "available"})},
        "transit_gateway_route": {"main/app/10.0.0.0/16": Actual("r", fields, details={"state": state})},
    }
    wanted = {"app/10.0.0.0/16": {"attachment": "main", "tier": "app", **fields}}
    lines = transit_gateway_route.findings(wanted, found, declaring(INPUTS))
    assert [f"10.0.0.0/16 in rtb-1 is {state}" in line for line in lines] == [True] * told
