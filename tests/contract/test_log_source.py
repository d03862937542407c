# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""log_source beyond its case: many log groups, groups without a path, others' slots, refusals of the archive."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.conftest import converge
from tests.contract.log_destinations import allow, create_destinations, destination_arn, stream_arn
from tests.contract.log_source_cases import (
    ARCHIVE,
    LOG_SOURCE,
    NAME,
    OF_DELIVERY,
    POLICY,
    PROBE,
    groups,
    logs,
    put_filter,
    put_policy,
)
from tests.contract.world import World
from tests.emulator.conftest import HUB, SPOKE, SPOKE_2
from tests.emulator.log_streams import key_of_logs

ALL = {"name": "customer-a", "destination_arn": destination_arn("cloudwatch")}
BY_GROUP = {"name": "/ecs/payments", "destination_arn": destination_arn("cloudwatch")}


def run(world: World, check: bool = False, **options: Any) -> dict[str, Any]:
    return world.run("log_source", SPOKE, options, check=check)


def failure(world: World, **options: Any) -> str:
    text = str(world.failure("log_source", SPOKE, options))
    assert world.writes == [] and "Nothing was written" in text
    return text


@pytest.fixture
def source(world: World) -> World:
    """World with the archive's destinations, and two log groups in the source."""
    create_destinations(world, "cloudwatch", "ecs_json")
    groups(world, SPOKE, "/ecs/payments", "/ecs/load-test")
    return world


def steps(result: dict[str, Any]) -> list[str]:
    return [f"{step['action']} {step['address']}" for step in result["plan"]]


def test_a_no_op_with_200_log_groups_makes_as_many_calls_as_there_are_pages(source: World) -> None:
    groups(source, SPOKE, *(f"/ecs/{number:03}" for number in range(200)))
    options = {**ALL, "retention_days": 30}
    assert len(run(source, **options)["plan"]) == 205
    result = run(source, **options)
    assert result["plan"] == [] and len(result["log_groups"]) == 203
    assert {group["path"] for group in result["log_groups"].values()} == {"account"}
    calls = {name: number for name, number in result["api_calls"].items() if name.startswith("logs:")}
    # 203 groups are 5 pages of 50.
    assert calls == {"logs:DescribeLogGroups": 5, "logs:DescribeAccountPolicies": 1, "logs:ListTagsForResource": 1}


def test_later_log_groups_are_subscribed_too(source: World) -> None:
    run(source, **ALL, retention_days=30)
    groups(source, SPOKE, "/ecs/new")
    result = run(source, **ALL, retention_days=30)
    assert steps(result) == ["change source_log_group./ecs/new:retention_days"]
    assert result["log_groups"]["/ecs/new"]["path"] == "account"
    assert any("events older than 30 days are deleted" in note and "/ecs/new" in note for note in result["notes"])


def test_retention_of_others_stays_and_none_is_a_finding(source: World) -> None:
    logs(source).put_retention_policy(logGroupName="/ecs/payments", retentionInDays=3)
    result = run(source, **ALL)
    (finding,) = result["findings"]
    assert "without retention" in finding and "/ecs/load-test" in finding and "/ecs/payments" not in finding
    result = run(source, **ALL, retention_days=365)
    assert steps(result) == ["change source_log_group./ecs/load-test:retention_days"] and result["findings"] == []


def test_groups_without_a_path_are_findings(source: World) -> None:
    for name, kind in (("/ia", "INFREQUENT_ACCESS"), ("/delivery", "DELIVERY"), ("/essentials", "ESSENTIALS")):
        logs(source).create_log_group(logGroupName=name, logGroupClass=kind)
    result = run(source, name="customer-a", log_groups=[BY_GROUP], excluded_log_groups=["/gone"], retention_days=7)
    paths = {name: group["path"] for name, group in result["log_groups"].items()}
    assert paths == {
        **dict.fromkeys(("/delivery", "/essentials", "/ia"), "class"),
        "/ecs/load-test": "none",
        "/ecs/payments": "filter",
    }
    found = "\n".join(run(source, name="customer-a", log_groups=[BY_GROUP], retention_days=7)["findings"])
    assert f"log groups without a path to the archive: {PROBE}, /ecs/load-test;" in found
    for name, kind in (("/ia", "INFREQUENT_ACCESS"), ("/delivery", "DELIVERY"), ("/essentials", "ESSENTIALS")):
        assert f"log group {name} has no path to the archive: its class is {kind}" in found
    assert any("excluded_log_groups that don't exist: /gone" in note for note in result["notes"])
    # A class can't be changed, and one of them has no retention.
    assert "/delivery" not in str(steps(result))


def test_what_is_excluded_as_declared_is_a_note(source: World) -> None:
    result = run(source, **ALL, excluded_log_groups=["/ecs/load-test"], retention_days=7)
    assert result["log_groups"]["/ecs/load-test"]["path"] == "excluded" and result["findings"] == []
    assert any("excluded as declared" in note and "/ecs/load-test" in note for note in result["notes"])


def test_groups_with_a_key_are_a_note(source: World) -> None:
    key = key_of_logs(source.client(SPOKE, "kms"))
    logs(source).create_log_group(logGroupName="/secret", kmsKeyId=key)
    result = run(source, **ALL, retention_days=7)
    assert result["log_groups"]["/secret"]["kms_key_arn"] == key
    assert any("with a KMS key of their own: /secret" in note for note in result["notes"])


def test_others_who_send_all_to_the_archive_are_a_path(source: World) -> None:
    put_filter(
        logGroupName="/ecs/load-test", filterName="siem", filterPattern="", destinationArn=ALL["destination_arn"]
    )(source)
    options = {"name": "customer-a", "log_groups": [BY_GROUP], "retention_days": 7}
    assert run(source, **options)["log_groups"]["/ecs/load-test"]["path"] == "other"
    # With a pattern, it isn't all.
    put_filter(
        logGroupName="/ecs/load-test", filterName="siem", filterPattern="x", destinationArn=ALL["destination_arn"]
    )(source)
    assert run(source, **options)["log_groups"]["/ecs/load-test"]["path"] == "none"


def test_somebody_elses_policy_is_a_path_but_for_what_it_leaves_out(source: World) -> None:
    put_policy(name="landing-zone", excluded=["/ecs/load-test"])(source)
    options = {"name": "customer-a", "log_groups": [{**BY_GROUP, "destination_arn": destination_arn("ecs_json")}]}
    paths = {name: group["path"] for name, group in run(source, **options)["log_groups"].items()}
    assert paths == {"/ecs/load-test": "none", "/ecs/payments": "filter"}
    lists = [*options["log_groups"], {"name": PROBE, "destination_arn": destination_arn("cloudwatch")}]
    text = run(source, name="customer-a", log_groups=lists)["log_groups"][PROBE]["path"]
    assert text == "filter"
    assert "landing-zone is somebody else's, sends to" in failure(source, **ALL)


def test_declared_log_groups_that_are_missing_or_of_another_class_are_refused(source: World) -> None:
    logs(source).create_log_group(logGroupName="/ia", logGroupClass="INFREQUENT_ACCESS")
    wanted = [{**BY_GROUP, "name": name} for name in ("/ecs/payment", "/ia")]
    checked = run(source, check=True, name="customer-a", log_groups=wanted)
    told = ("/ecs/payment doesn't exist in this account", "/ia is of the class INFREQUENT_ACCESS")
    assert all(any(text in finding for finding in checked["findings"]) for text in told)
    text = failure(source, name="customer-a", log_groups=wanted)
    assert all(part in text for part in told)


def test_a_log_group_that_is_left_out_keeps_its_filter(world: World) -> None:
    converge(world, LOG_SOURCE)
    fewer = {**LOG_SOURCE.options, "log_groups": []}
    lost = "customer-a/subscription_filter./ecs/payments"
    assert f"-e confirm_removals={lost}" in failure(world, **fewer)
    result = run(world, **fewer, confirm_removals=[lost])
    # The policy takes the group over before its filter is deleted.
    assert steps(result) == [
        "change subscription_policy.main:excluded",
        "delete subscription_filter./ecs/payments",
    ]
    assert result["log_groups"]["/ecs/payments"]["path"] == "account"
    writes = [name for name in world.writes if name != "AssumeRole"]
    assert writes == ["PutAccountPolicy", "DeleteSubscriptionFilter"]
    assert run(world, **fewer)["plan"] == []


def test_a_policy_that_is_left_out_stays(world: World) -> None:
    converge(world, LOG_SOURCE)
    fewer = {**LOG_SOURCE.options, "destination_arn": None}
    assert "-e confirm_removals=customer-a/subscription_policy.main" in failure(world, **fewer)


def test_filters_of_an_earlier_declaration_are_found(source: World) -> None:
    """From single log groups to all of them: the filters go, after the policy came."""
    run(source, name="customer-a", log_groups=[BY_GROUP])
    lost = "customer-a/subscription_filter./ecs/payments"
    assert lost in failure(source, **ALL)
    result = run(source, **ALL, confirm_removals=[lost])
    assert steps(result) == ["create subscription_policy.main", "delete subscription_filter./ecs/payments"]
    assert source.writes == ["PutAccountPolicy", "DeleteSubscriptionFilter"]


def test_the_archive_that_doesnt_let_the_account_in_has_to_act(source: World) -> None:
    """AWS's text: https://github.com/aws/aws-cli/issues/4422"""
    allow(source, "cloudwatch", [SPOKE_2])
    text = str(source.failure("log_source", SPOKE, ALL))
    assert f"Next: run log_archive in account {HUB} with {SPOKE} among source_account_ids" in text
    allow(source, "cloudwatch", [SPOKE])
    assert steps(run(source, **ALL)) == ["create subscription_policy.main"]


def test_a_destination_that_comes_a_moment_later_is_waited_for(source: World) -> None:
    """PutDestination and its policy are done; CloudWatch Logs' test message arrives at the third attempt.

    The code and text: terraform-provider-aws, resource aws_cloudwatch_log_subscription_filter, which retries.
    """
    text = (
        "Could not deliver test message to specified Firehose stream. Check if the given Firehose stream is in ACTIVE"
    )
    fault = {"action": "error", "code": "InvalidParameterException", "status": 400, "message": text, "times": 2}
    where = {"service": "logs", "operation": "PutAccountPolicy", "account": SPOKE}
    source.emulator.control("POST", "faults", fault | where)
    result = run(source, **ALL)
    assert result["api_calls"]["logs:PutAccountPolicy"] == 3
    assert run(source, **ALL)["plan"] == []


def test_a_destination_of_another_region_is_refused(source: World) -> None:
    elsewhere = f"arn:aws:logs:eu-west-1:{HUB}:destination:logs-cloudwatch"
    assert "is in eu-west-1, and the log groups are in eu-central-1" in failure(
        source, name="customer-a", destination_arn=elsewhere
    )


def test_the_archive_doesnt_feed_itself(world: World) -> None:
    converge(world, ARCHIVE)
    policy = logs(world, HUB).describe_account_policies(policyType=POLICY)["accountPolicies"][0]
    assert policy["selectionCriteria"] == f"LogGroupName NOT IN {json.dumps(OF_DELIVERY)}"
    groups(world, HUB, "/aws/kinesisfirehose/logs-ecs_json")
    result = world.run("log_source", HUB, ARCHIVE.options)
    assert steps(result) == ["change subscription_policy.main:excluded"]
    paths = {name: group["path"] for name, group in result["log_groups"].items()}
    assert {name for name, path in paths.items() if path == "delivery"} == {
        *OF_DELIVERY,
        "/aws/kinesisfirehose/logs-ecs_json",
    }


def test_a_policy_of_a_chosen_name_may_be_somebody_elses(world: World) -> None:
    ARCHIVE.before(world)
    put_policy(
        HUB, "all-of-the-archive", [], DestinationArn=stream_arn("cloudwatch"), RoleArn=ARCHIVE.options["role_arn"]
    )(world)
    text = str(world.failure("log_source", HUB, ARCHIVE.options))
    assert "all-of-the-archive is in the way" in text and world.writes == []


def test_events_arrive_once(source: World) -> None:
    """Of a log group with a filter of its own, the policy delivers nothing."""
    wanted = [{**BY_GROUP, "destination_arn": destination_arn("ecs_json")}]
    run(source, **ALL, log_groups=wanted)
    policy = logs(source).describe_account_policies(policyType=POLICY)["accountPolicies"][0]
    assert (policy["policyName"], policy["selectionCriteria"]) == (NAME, 'LogGroupName NOT IN ["/ecs/payments"]')


@pytest.mark.parametrize("encrypted", [True, False])
def test_where_aws_centralizes_there_is_nothing_to_subscribe(world: World, encrypted: bool) -> None:
    """EncryptedLogGroupStrategy of a rule: ALLOW and SKIP (CreateCentralizationRuleForOrganization)"""
    key = key_of_logs(world.client(SPOKE, "kms"))
    groups(world, SPOKE, "/ecs/payments", "/ecs/load-test")
    logs(world).create_log_group(logGroupName="/secret", kmsKeyId=key)
    rule = {"excluded_log_groups": ["/ecs/load-test"], "encrypted_log_groups": encrypted}
    result = run(world, name="customer-a", centralization=rule, retention_days=7)
    assert not any("subscription" in step for step in steps(result))
    paths = {name: group["path"] for name, group in result["log_groups"].items()}
    assert paths == {
        "/ecs/load-test": "excluded",
        "/ecs/payments": "rule",
        "/secret": "rule" if encrypted else "key",
    }
    found = [] if encrypted else [finding for finding in result["findings"] if "/secret have a KMS key" in finding]
    assert len(result["findings"]) == len(found) == (not encrypted)
    assert run(world, name="customer-a", centralization=rule, retention_days=7)["plan"] == []


def test_a_policy_of_the_users_name_is_deleted_before_the_log_group_that_vouches_for_it(source: World) -> None:
    options = {**ALL, "policy_name": "all-of-customer-a"}
    run(source, **options)
    control = source.emulator.control
    control("POST", "faults", {"operation": "DeleteAccountPolicy", "action": "error", "code": "AccessDenied"})
    assert "AccessDenied" in str(source.failure("log_source", SPOKE, {**options, "state": "absent"}))
    control("DELETE", "faults")
    assert PROBE in {group["logGroupName"] for group in logs(source).describe_log_groups()["logGroups"]}
    assert "delete subscription_policy.main" in steps(run(source, **options, state="absent"))
