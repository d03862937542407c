# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""network_firewall beside others, at AWS's limits, and what a run needs a confirmation for."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.case import ZONES
from tests.contract.conftest import Converged
from tests.contract.firewall_cases import (
    GROUPS,
    INSIDE,
    INSPECTION,
    NETWORK_FIREWALL,
    firewall,
    firewalls,
    inspection_vpc,
    other_policy,
    policy,
    repolicy,
    table_of,
)
from tests.contract.world import World
from tests.emulator.conftest import HUB, SPOKE


def run(world: World, check: bool = False, **changed: Any) -> dict[str, Any]:
    return world.run("network_firewall", SPOKE, {**INSPECTION, **changed}, check=check)


def failure(world: World, **changed: Any) -> str:
    text = str(world.failure("network_firewall", SPOKE, {**INSPECTION, **changed}))
    assert world.writes == []
    return text


def changed_group(name: str, **changed: Any) -> dict[str, Any]:
    return {**GROUPS, name: {**GROUPS[name], **changed}}


@pytest.fixture
def there(converged: Callable[[Any], Converged], request: pytest.FixtureRequest) -> World:
    """World with the case's firewall, which the test may change."""
    kept = converged(NETWORK_FIREWALL)
    request.addfinalizer(kept.forget)
    return kept.world


def test_a_no_op_takes_at_most_ten_calls(there: World) -> None:
    """Also with all rule groups that there can be, one for each third of the groups' names and deny."""
    groups = {**GROUPS, **{f"group-{number}": GROUPS["payments"] for number in range(12)}}
    run(there, groups=groups)
    result = run(there, groups=groups)
    assert there.writes == [] and len([kind for kind in result["ids"] if kind.startswith("firewall_rule_group.")]) == 4
    assert sum(result["api_calls"].values()) <= 10
    run(there, confirm_removals=[f"group-{number}" for number in range(12)])
    assert sum(run(there)["api_calls"].values()) <= 10


def test_a_line_more_is_one_call_one_step_and_one_line(there: World) -> None:
    more = changed_group("payments", allow=[*GROUPS["payments"]["allow"], {"domain": "api.paypal.com"}])
    result = run(there, groups=more)
    assert there.writes == ["UpdateRuleGroup"]
    (step,) = result["plan"]
    assert step["before"] == {"rules": []} and len(step["after"]["rules"]) == 1
    assert len(json.dumps(result["diff"]["after"]).splitlines()) == 1
    assert result["egress_changes"] == ["payments: + api.paypal.com:443 from alpha (10.1.0.0/16), 10.7.0.0/16"]
    assert result["ready"] is True


def test_an_update_with_an_outdated_token_is_read_and_planned_again(there: World) -> None:
    """ "If the token is not current, the operation fails with an InvalidTokenException" (UpdateRuleGroup)."""
    there.emulator.control(
        "POST",
        "faults",
        {"action": "error", "code": "InvalidTokenException", "status": 400, "message": "stale", "times": 1}
        | {"service": "network-firewall", "operation": "UpdateRuleGroup", "account": SPOKE},
    )
    run(there, groups=changed_group("payments", allow=GROUPS["payments"]["allow"][:1]))
    assert there.writes == ["UpdateRuleGroup", "UpdateRuleGroup"]
    assert run(there, groups=changed_group("payments", allow=GROUPS["payments"]["allow"][:1]))["plan"] == []


@pytest.mark.parametrize(
    ("groups", "name"),
    [
        ({"everyone": GROUPS["everyone"]}, "payments"),
        (changed_group("payments", sources=GROUPS["payments"]["sources"][1:]), "payments/alpha"),
        (changed_group("payments", sources=GROUPS["payments"]["sources"][:1]), "payments/10.7.0.0/16"),
    ],
)
def test_a_group_or_source_that_is_no_longer_declared_needs_its_name(there: World, groups: Any, name: str) -> None:
    assert f"confirm_removals={name}" in failure(there, groups=groups)
    assert any(name in note for note in run(there, check=True, groups=groups)["notes"])
    assert run(there, groups=groups, confirm_removals=[name])["changed"]


def test_an_entry_that_is_deleted_needs_none(there: World) -> None:
    result = run(there, groups=changed_group("payments", allow=GROUPS["payments"]["allow"][:1]))
    assert result["egress_changes"] == ["payments: - 203.0.113.0/24:22 from 10.1.0.0/16, 10.7.0.0/16"]


def test_an_expired_entry_is_left_out_and_a_finding(there: World) -> None:
    until = [{**entry, "until": "2020-01-31"} for entry in GROUPS["payments"]["allow"][:1]]
    result = run(there, groups=changed_group("payments", allow=[*until, *GROUPS["payments"]["allow"][1:]]))
    assert result["expired"] == ["payments: api.stripe.com:443 expired on 2020-01-31"]
    assert any("api.stripe.com:443 expired on 2020-01-31" in finding for finding in result["findings"])
    assert result["egress_changes"] == ["payments: - api.stripe.com:443 from 10.1.0.0/16, 10.7.0.0/16"]


def test_from_enforce_to_monitor_and_back_is_said(there: World) -> None:
    assert run(there, mode="monitor")["egress_changes"] == [
        "mode: enforce -> monitor: what no entry allows is only logged"
    ]
    actions = policy(there)["FirewallPolicy"]["StatefulDefaultActions"]
    assert not any("drop" in action for action in actions)
    assert run(there)["egress_changes"] == ["mode: monitor -> enforce: what no entry allows is denied"]


@pytest.mark.parametrize("name", ["theirs", "egress-legacy", "egress-allow-9"])
def test_a_rule_group_that_others_added_stays_and_is_a_finding(there: World, name: str) -> None:
    """Also one whose name begins as those of the module do."""
    rule = 'drop tcp any any -> any 25 (msg:"theirs"; flow:to_server; sid:1; rev:1;)'
    body = {"RulesSource": {"RulesString": rule}, "StatefulRuleOptions": {"RuleOrder": "STRICT_ORDER"}}
    made = firewalls(there).create_rule_group(RuleGroupName=name, Type="STATEFUL", Capacity=10, RuleGroup=body)
    arn = made["RuleGroupResponse"]["RuleGroupArn"]
    references = policy(there)["FirewallPolicy"]["StatefulRuleGroupReferences"]
    theirs = {"ResourceArn": arn, "Priority": 50}
    repolicy(StatefulRuleGroupReferences=[*references, theirs])(there)

    result = run(there)
    assert result["plan"] == [] and any(arn in finding for finding in result["findings"])
    run(there, mode="monitor")
    assert theirs in policy(there)["FirewallPolicy"]["StatefulRuleGroupReferences"]


DOMAINS = {"Targets": [".evil.example"], "TargetTypes": ["TLS_SNI"], "GeneratedRulesType": "ALLOWLIST"}
ANY = dict.fromkeys(("Source", "SourcePort", "Destination", "DestinationPort"), "ANY")
TUPLE = {**ANY, "Protocol": "TCP", "Direction": "FORWARD"}
STATEFUL = {"Action": "PASS", "Header": TUPLE, "RuleOptions": [{"Keyword": "sid", "Settings": ["1"]}]}


@pytest.mark.parametrize(
    ("source", "says"),
    [({"RulesSourceList": DOMAINS}, ".evil.example"), ({"StatefulRules": [STATEFUL]}, '"Action": "PASS"')],
)
def test_rules_of_another_form_in_our_rule_group_are_told_and_replaced(
    there: World, source: dict[str, Any], says: str
) -> None:
    (mine, *_more) = [one for one in firewalls(there).list_rule_groups()["RuleGroups"] if "allow" in one["Name"]]
    now = firewalls(there).describe_rule_group(RuleGroupArn=mine["Arn"])
    firewalls(there).update_rule_group(
        RuleGroupArn=mine["Arn"], UpdateToken=now["UpdateToken"], RuleGroup={**now["RuleGroup"], "RulesSource": source}
    )
    told = run(there)["egress_changes"]
    assert any("a rule that isn't one of egress_groups" in line and says in line for line in told), told
    rules = firewalls(there).describe_rule_group(RuleGroupArn=mine["Arn"])["RuleGroup"]["RulesSource"]
    assert rules == now["RuleGroup"]["RulesSource"] and run(there)["plan"] == []


def test_a_priority_that_others_have_taken_is_left_to_them(there: World) -> None:
    """A rule group more of ours would have the priority that theirs has; priorities are unique in a policy."""
    rule = 'drop tcp any any -> any 25 (msg:"theirs"; flow:to_server; sid:1; rev:1;)'
    body = {"RulesSource": {"RulesString": rule}, "StatefulRuleOptions": {"RuleOrder": "STRICT_ORDER"}}
    made = firewalls(there).create_rule_group(RuleGroupName="theirs", Type="STATEFUL", Capacity=10, RuleGroup=body)
    references = policy(there)["FirewallPolicy"]["StatefulRuleGroupReferences"]
    last = max(reference["Priority"] for reference in references)
    theirs = {"ResourceArn": made["RuleGroupResponse"]["RuleGroupArn"], "Priority": last + 100}
    repolicy(StatefulRuleGroupReferences=[*references, theirs])(there)

    groups = {**GROUPS, **{f"group-{number}": GROUPS["payments"] for number in range(12)}}
    run(there, groups=groups)
    found = policy(there)["FirewallPolicy"]["StatefulRuleGroupReferences"]
    # With theirs, and two rule groups more of ours.
    assert theirs in found and len(found) == len(references) + 3
    assert run(there, groups=groups)["plan"] == []


def test_a_policy_that_another_firewall_uses_is_not_changed(there: World) -> None:
    mine = firewall(there)["Firewall"]
    subnets = there.ec2(SPOKE).describe_subnets()["Subnets"]
    (subnet, *_more) = [one for one in subnets if one["VpcId"] != mine["VpcId"]]
    firewalls(there).create_firewall(
        FirewallName="other",
        FirewallPolicyArn=mine["FirewallPolicyArn"],
        VpcId=subnet["VpcId"],
        SubnetMappings=[{"SubnetId": subnet["SubnetId"]}],
    )
    result = run(there)
    assert result["plan"] == []
    assert any(mine["FirewallPolicyArn"] in line and "1 other firewall" in line for line in result["findings"])
    text = failure(there, groups=changed_group("payments", allow=GROUPS["payments"]["allow"][:1]))
    assert mine["FirewallPolicyArn"] in text and "1 other firewall" in text


@pytest.mark.parametrize(
    ("managed", "says"),
    [
        (["BotNetCommandAndControlDomainsStrictOrder"] * 2, "managed_rule_groups[1]"),
        (["arn:aws:network-firewall:eu-central-1:aws-managed:stateful-rulegroup/AStrictOrder", "AStrictOrder"], "[1]"),
        (["ThreatSignaturesBotnetActionOrder"], "expected ThreatSignaturesBotnetStrictOrder"),
    ],
)
def test_managed_rule_groups_that_aws_would_refuse_after_the_rules_are_refused_before(
    there: World, managed: list[str], says: str
) -> None:
    more = changed_group("payments", allow=[{"domain": "api.paypal.com"}])
    assert says in failure(there, groups=more, managed_rule_groups=managed)


def test_rules_beyond_the_capacity_are_refused_before_a_write(there: World) -> None:
    allow = [{"domain": f"host-{number}.example.com"} for number in range(600)]
    text = failure(there, groups=changed_group("payments", allow=allow))
    assert "has a capacity of 500" in text and "rules need more" in text


def test_another_vpc_is_refused_with_what_to_do(there: World) -> None:
    vpc = there.ec2(SPOKE).create_vpc(CidrBlock="10.254.0.0/16")["Vpc"]["VpcId"]
    there.ec2(SPOKE).create_subnet(VpcId=vpc, CidrBlock="10.254.0.0/24")
    elsewhere = {key: value for key, value in INSPECTION.items() if key != "vpc_name"}
    id_ = there.ec2(SPOKE).describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"][0]["SubnetId"]
    in_it = elsewhere | {"vpc_id": vpc, "firewall_tier": id_, "availability_zone_ids": []}
    text = str(there.failure("network_firewall", SPOKE, in_it))
    assert vpc in text and "AWS can't move a firewall" in text and there.writes == []
    attached = {"topology": "transit_gateway", "transit_gateway_id": "tgw-0123456789abcdef0"}
    text = failure(there, **attached)
    assert "AWS can't move a firewall" in text and "state: absent" in text


def test_the_firewall_stays_with_a_policy_of_others_until_the_next_run(there: World) -> None:
    other_policy(there)
    assert [step["address"] for step in run(there)["plan"]][-1].startswith("firewall.main:policy")


def test_a_table_that_two_zones_share_is_refused_with_the_option(world: World) -> None:
    inspection_vpc(world)
    ec2 = world.ec2(SPOKE)
    shared = table_of(world, f"tgw.{ZONES[0]}")
    for association in ec2.describe_route_tables(RouteTableIds=[table_of(world, f"tgw.{ZONES[1]}")])["RouteTables"][0][
        "Associations"
    ]:
        ec2.replace_route_table_association(AssociationId=association["RouteTableAssociationId"], RouteTableId=shared)
    text = failure(world)
    assert shared in text and "route_tables: per_az" in text and " and ".join(ZONES) in text


def test_a_zone_without_a_subnet_is_refused(world: World) -> None:
    inspection_vpc(world)
    text = failure(world, availability_zone_ids=[*ZONES, "euc1-az9"])
    assert "euc1-az9" in text and "has no subnet of tier 'firewall'" in text


def test_a_zone_without_a_nat_gateway_is_a_finding(there: World) -> None:
    table = table_of(there, f"firewall.{ZONES[1]}")
    there.ec2(SPOKE).delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
    (finding,) = run(there)["findings"]
    assert ZONES[1] in finding and table in finding and "no NAT gateway" in finding


def test_it_is_not_ready_in_check_mode_while_a_route_is_missing(there: World) -> None:
    there.ec2(SPOKE).delete_route(RouteTableId=table_of(there, f"public.{ZONES[0]}"), DestinationCidrBlock=INSIDE)
    assert run(there, check=True)["ready"] is False
    assert run(there)["ready"] is True


def test_a_plan_can_be_shown_before_there_is_a_vpc_or_a_gateway_and_not_applied(world: World) -> None:
    created = {step["address"]: step["after"] for step in run(world, check=True)["plan"]}
    assert "(known after existing_vpc.main)" in str(created["firewall.main"]["subnets"])
    assert "Run tiered_vpc first" in failure(world)

    attached = {"name": "egress", "groups": GROUPS, "topology": "transit_gateway", "availability_zone_ids": ZONES}
    planned = world.run("network_firewall", SPOKE, attached, check=True)
    assert planned["plan"][-1]["after"]["transit_gateway"] == "(known after transit_gateway.main)"
    text = str(world.failure("network_firewall", SPOKE, attached))
    assert "transit_gateway.main doesn't exist" in text and world.writes == []


def test_an_attachment_that_another_account_has_to_accept_ends_the_run_not_ready(world: World) -> None:
    ec2 = world.ec2(HUB)
    gateway = ec2.create_transit_gateway()["TransitGateway"]
    while ec2.describe_transit_gateways()["TransitGateways"][0]["State"] != "available":
        pass
    world.client(HUB, "ram").create_resource_share(
        name="gateway", resourceArns=[gateway["TransitGatewayArn"]], principals=[SPOKE]
    )
    attached = {"name": "egress", "groups": GROUPS, "topology": "transit_gateway", "availability_zone_ids": ZONES}
    attached["transit_gateway_id"] = gateway["TransitGatewayId"]
    made = world.run("network_firewall", SPOKE, attached)
    assert made["ready"] is False and made["transit_gateway_attachment_id"].startswith("tgw-attach-")
    assert any("accepted its attachment" in note for note in made["notes"])

    again = world.run("network_firewall", SPOKE, attached)
    assert (again["plan"], again["ready"]) == ([], False)
    assert any("PENDING_ACCEPTANCE" in finding for finding in again["findings"])
    attachment = {"TransitGatewayAttachmentId": made["transit_gateway_attachment_id"]}
    world.client(HUB, "network-firewall").accept_network_firewall_transit_gateway_attachment(**attachment)
    while not world.run("network_firewall", SPOKE, attached, check=True)["ready"]:
        pass


def test_a_firewall_that_is_being_created_is_waited_for_and_not_ready_until_then(world: World) -> None:
    inspection_vpc(world)
    world.emulator.control("POST", "settings", {"transition": 3000})
    refused = str(world.failure("network_firewall", SPOKE, INSPECTION, wait_timeout=1))
    assert "waited 1 s for READY" in refused and "Run again" in refused
    checked = run(world, check=True)
    assert checked["ready"] is False
    assert any("PROVISIONING" in note for note in checked["notes"])
    assert run(world)["ready"] is True
