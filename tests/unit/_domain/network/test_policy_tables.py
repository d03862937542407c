# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policy tables of transit gateways: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-policy-tables-concepts.html"""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import HUB, World

TO_SHARED, NOWHERE = "tgw-rtb-alpha", "tgw-rtb-shared"


def rule(number, target, **policy):
    known = dict.fromkeys(("SourceCidrBlock", "DestinationCidrBlock", "SourcePortRange", "DestinationPortRange"), "*")
    state = {"State": "active", "TargetRouteTableId": target}
    return {"PolicyRuleNumber": str(number), "PolicyRule": {**known, "Protocol": "*", **policy}, **state}


def world_with(*rules):
    """The attachment of alpha has a policy table, whose rules choose the route table to shared or another one."""
    world = World()
    association = {"State": "associated", "TransitGatewayPolicyTableId": "tgw-ptb-1"}
    world.files[HUB]["TransitGatewayAttachments"][0]["Association"] = association
    entries = {"TransitGatewayPolicyTableId": "tgw-ptb-1", "TransitGatewayPolicyTableEntries": list(rules)}
    world.files[HUB]["TransitGatewayPolicyTableEntries"] = [entries]
    return world


ALL = rule(9, TO_SHARED)
# rules -> verdict on tcp/443 from 10.1.1.10 to 10.0.1.10
CASES = {
    "all": ([ALL], "delivered"),
    "none": ([], "no_route"),
    "the destination": ([rule(1, TO_SHARED, DestinationCidrBlock="10.0.1.0/24")], "delivered"),
    "another destination": ([rule(1, TO_SHARED, DestinationCidrBlock="10.0.2.0/24")], "no_route"),
    "another source": ([rule(1, TO_SHARED, SourceCidrBlock="10.1.2.0/24")], "no_route"),
    "the port": ([rule(1, TO_SHARED, Protocol="6", DestinationPortRange="443")], "delivered"),
    "a range": ([rule(1, TO_SHARED, Protocol="tcp", DestinationPortRange="400-500")], "delivered"),
    "another port": ([rule(1, TO_SHARED, Protocol="6", DestinationPortRange="80")], "no_route"),
    "another protocol": ([rule(1, TO_SHARED, Protocol="17")], "no_route"),
    "all of the client's ports": ([rule(1, TO_SHARED, Protocol="6", SourcePortRange="1024-65535")], "delivered"),
    "a part of the client's ports": ([rule(1, TO_SHARED, Protocol="6", SourcePortRange="1024-2000")], "unknown"),
    "the first that matches": ([ALL, rule(1, NOWHERE, DestinationCidrBlock="10.0.0.0/16")], "no_route"),
    "by number, not by text": ([rule(10, NOWHERE), ALL], "delivered"),
    "a deleted one is none": ([{**rule(1, NOWHERE), "State": "deleted"}, ALL], "delivered"),
    "one with metadata": ([rule(1, NOWHERE, MetaData={"MetaDataKey": "a", "MetaDataValue": "b"}), ALL], "unknown"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_first_rule_that_matches_chooses_the_table(name):
    rules, expected = CASES[name]
    verdict = world_with(*rules).trace("i-app", "eni-dns", port=443)
    assert verdict.verdict == expected, verdict
    by = {"delivered": "security_group", "unknown": "snapshot"}
    none = "transit_gateway_policy_table" if not any(one["TargetRouteTableId"] == NOWHERE for one in rules) else ""
    by["no_route"] = none or "transit_gateway_route_table"
    assert verdict.decided_by.by == by[expected]


def test_answers_are_matched_by_their_own_ports():
    """From the service's port to the client's."""
    world = world_with(rule(1, TO_SHARED, Protocol="6", SourcePortRange="53", DestinationPortRange="1024-65535"))
    assert world.trace("eni-dns", "i-app", port=53).verdict == "delivered"
    verdict = world.trace("eni-dns", "i-app", port=54)
    assert (verdict.verdict, verdict.blockers[0].direction) == ("no_route", "answer")


def test_a_ping_has_no_ports_and_any_protocol_matches_parts():
    only_tcp = world_with(rule(1, TO_SHARED, Protocol="6", DestinationPortRange="443"), rule(2, NOWHERE))
    assert only_tcp.trace("i-app", "eni-dns", protocol="icmp").verdict == "no_route"
    assert only_tcp.trace("i-app", "eni-dns").verdict == "unknown"
    assert (
        world_with(rule(1, TO_SHARED, Protocol="1")).trace("i-app", "eni-dns", protocol="icmp").verdict == "delivered"
    )


def test_a_table_whose_rules_were_not_read_is_unknown():
    world = world_with(ALL)
    world.files[HUB]["TransitGatewayPolicyTableEntries"] = []
    verdict = world.trace("i-app", "eni-dns", port=443)
    assert verdict.verdict == "unknown" and "tgw-ptb-1 isn't in it" in verdict.decided_by.message
    del world.files[HUB]["TransitGatewayPolicyTableEntries"]
    verdict = world.trace("i-app", "eni-dns", port=443)
    assert verdict.verdict == "unknown" and "TransitGatewayPolicyTableEntries.json" in verdict.decided_by.ids[0]
