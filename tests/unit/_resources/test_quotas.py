# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has a quota is exchanged within it, and what exceeds it is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Step
from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import Actual, Conflict
from ansible_collections.closednet.aws.plugins.module_utils._resources.endpoints import aws_service_endpoint
from ansible_collections.closednet.aws.plugins.module_utils._resources.hub import transit_gateway_route
from ansible_collections.closednet.aws.plugins.module_utils._resources.vpc import security_group
from ansible_collections.closednet.aws.plugins.module_utils._resources.vpc.security_group_rules import (
    changes,
    check_size,
    rule,
    size,
)

PEERS = [f"10.{number}.0.0/16" for number in range(120)]


def https(*peers):
    return [rule("tcp", 443, 443, peer) for peer in peers]


def suffixes(before, after, **options):
    calls = changes("ingress", **options)("sg-1", {"ingress": before}, {"ingress": after})
    return [(call.suffix, len(call.params["IpPermissions"])) for call in calls]


@pytest.mark.parametrize(
    ("peers", "counted"),
    [
        (["10.0.0.0/8", "10.1.0.0/16"], (2, 0)),
        (["2001:db8::/32"], (0, 1)),
        (["sg-1", "10.0.0.0/8"], (2, 1)),
        (["pl-1", "pl-2", "::/0"], (21, 22)),
    ],
)
def test_what_a_peer_counts_as(peers, counted):
    assert size(https(*peers), {"pl-1": 20}) == counted


def test_forty_sources_are_exchanged_for_forty_others():
    assert suffixes(https(*PEERS[:40]), https(*PEERS[40:80])) == [("add", 20), ("remove", 40), ("add.rest", 20)]
    # Room for all: nothing is cut meanwhile.
    assert suffixes(https(*PEERS[:30]), https(*PEERS[30:60])) == [("add", 30), ("remove", 30)]
    assert suffixes(https(*PEERS[:60]), https(*PEERS[60:])) == [("remove", 60), ("add.rest", 60)]
    assert suffixes(https(*PEERS[:40]), https(*PEERS[40:80]), quota=80) == [("add", 40), ("remove", 40)]


def test_a_list_that_is_no_longer_declared_may_fill_the_group():
    assert suffixes(https("pl-old"), https("pl-new"), sizes={"pl-new": 20}) == [("remove", 1), ("add.rest", 1)]


@given(st.sets(st.sampled_from(PEERS), max_size=60), st.sets(st.sampled_from(PEERS), max_size=60))
def test_no_step_exceeds_the_quota_or_touches_what_stays(before, after):
    there = set(before)
    for call in changes("ingress")("sg-1", {"ingress": https(*before)}, {"ingress": https(*after)}):
        peers = {permission["IpRanges"][0]["CidrIp"] for permission in call.params["IpPermissions"]}
        if "authorize" in call.operation:
            assert peers <= after and not peers & there
            there |= peers
        else:
            assert not peers & after
            there -= peers
        assert len(there) <= 60
    assert there == after


def test_what_exceeds_the_quota_is_refused_with_its_number(planned):
    with pytest.raises(Invalid, match="sources: makes 61 rules of a security group; expected 60 at most, or security_"):
        check_size("sources", https(*PEERS[:61]), 60)
    check_size("sources", https(*PEERS[:61]), 61)
    with pytest.raises(
        Invalid, match="security_group_rules_quota: 1001 is no quota that AWS gives; expected 60 to 1000"
    ):
        check_size("sources", [], 1001)
    # Once the size of a list is known.
    wanted = {"x": {"vpc": "vpc-1", "group_name": "x", "description": "", "ingress": https("pl-1"), "egress": []}}
    found = {"prefix_list_size": {"pl-1": Actual(None, {}, False, {"entries": 61})}}
    with pytest.raises(Invalid, match="x: makes 61 rules"):
        planned(security_group, wanted, found)


def routes(destinations, **quota):
    """The steps for a table that has 10.0.0.0/16 and 10.1.0.0/16 to the Transit Gateway, and the VPC's local route."""
    has = {"10.0.0.0/16": "tgw-1", "10.1.0.0/16": "tgw-1", "10.9.0.0/16": "local"}
    found = {
        "existing_vpc": {"main": Actual("vpc-1", {}, False, {"route_tables": {"app": {"RouteTableId": "rtb-1"}}})},
        "transit_gateway_attachment": {"main": Actual("a", {"transit_gateway": "tgw-1"}, True, {"state": "available"})},
        "prefix_list_size": {"pl-1": Actual(None, {}, False, {"entries": 3})},
        "transit_gateway_route": {
            f"main/app/{destination}": Actual(
                f"rtb-1/{destination}",
                {"route_table": "rtb-1", "destination": destination, "transit_gateway": target},
                target == "tgw-1",
                {"removable": target == "tgw-1"},
            )
            for destination, target in has.items()
        },
    }
    wanted = {
        destination: {"attachment": "main", "tier": "app", "destination": destination, "transit_gateway": "tgw-1"}
        for destination in destinations
    }
    return wanted, found, quota


def test_routes_are_exchanged_within_the_quota(planned):
    wanted, found, quota = routes(["10.2.0.0/16", "10.3.0.0/16"], routes_quota=4)
    plan = planned(transit_gateway_route, wanted, found, **quota)
    removals = {step.address for step in plan.steps if step.removes}
    assert len(removals) == 2
    assert all(removals <= set(step.needs) for step in plan.steps if not step.removes)
    free = planned(transit_gateway_route, wanted, found, routes_quota=5)
    assert not any(removals & set(step.needs) for step in free.steps if not step.removes)


def test_routes_beyond_the_quota_are_refused(planned):
    wanted, found, quota = routes(["pl-1", "10.2.0.0/16"], routes_quota=4)
    with pytest.raises(Conflict, match=r"route table rtb-1 would have 5 routes, its quota is 4 \(routes_quota\)"):
        planned(transit_gateway_route, wanted, found, **quota)


def endpoint_steps(*names):
    return [Step(f"vpc_endpoint.{name}", "ec2.create_vpc_endpoint", {}, after={"type": "Interface"}) for name in names]


def test_endpoints_are_exchanged_within_the_quota():
    there = {name: Actual(f"vpce-{name}", {"type": "Interface"}) for name in "abc"} | {
        "s3": Actual("vpce-s3", {"type": "Gateway"})
    }
    gone = Step("vpc_endpoint.a", "ec2.delete_vpc_endpoints", {}, before={"type": "Interface"}, removes="vpce-a")
    made, _gone = aws_service_endpoint._within_quota([*endpoint_steps("d"), gone], there, 3)
    assert made.needs == ("vpc_endpoint.a",)
    made, _gone = aws_service_endpoint._within_quota([*endpoint_steps("d"), gone], there, 4)
    assert made.needs == ()
    with pytest.raises(Conflict, match="would have 4 interface endpoints, its quota is 3 .endpoints_quota.; declare"):
        aws_service_endpoint._within_quota([*endpoint_steps("d", "e"), gone], there, 3)
    # A raised quota that isn't declared is no matter where nothing is created.
    assert aws_service_endpoint._within_quota([gone], there, 1) == [gone]
