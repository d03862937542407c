# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Centralization rules. D: the API's model in botocore (observabilityadmin); T: Terraform's tests; U: not verified."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from emulator.observabilityadmin import filters
from tests.emulator.conftest import HUB, MANAGEMENT, SPOKE, SPOKE_2, STRANGER, error_of, refused
from tests.emulator.log_streams import key_of_logs

PRINCIPAL = "observabilityadmin.amazonaws.com"
REGION = "eu-central-1"
SCOPE = "OrganizationId = 'o-demo123456'"
PATTERN = "/central/${source.accountId}/${source.region}/${source.logGroup}"


@pytest.fixture
def organizations(client: Callable[..., Any]) -> Any:
    """Of the management account, with trusted access for the service and the hub as delegated administrator."""
    organizations = client(MANAGEMENT, "organizations")
    organizations.enable_aws_service_access(ServicePrincipal=PRINCIPAL)
    organizations.register_delegated_administrator(AccountId=HUB, ServicePrincipal=PRINCIPAL)
    return organizations


@pytest.fixture
def admin(organizations: Any, client: Callable[..., Any]) -> Any:
    return client(HUB, "observabilityadmin")


def rule(scope: str = SCOPE, criteria: str = "*", **more: Any) -> dict[str, Any]:
    logs = {"LogGroupNameConfiguration": {"LogGroupNamePattern": more.get("pattern", PATTERN)}}
    return {
        "Source": {
            "Regions": [REGION],
            "Scope": scope,
            "SourceLogsConfiguration": {
                "LogGroupSelectionCriteria": criteria,
                "EncryptedLogGroupStrategy": more.get("encrypted", "SKIP"),
            },
        },
        "Destination": {
            "Region": REGION,
            "Account": more.get("account", HUB),
            "DestinationLogsConfiguration": logs,
        },
    }


def test_a_rule_is_created_changed_tagged_and_deleted(admin: Any) -> None:
    """D; the ARN: T"""
    made = admin.create_centralization_rule_for_organization(RuleName="logs", Rule=rule(), Tags={"a": "b"})
    arn = f"arn:aws:observabilityadmin:{REGION}:{HUB}:organization-centralization-rule/logs"
    assert made["RuleArn"] == arn
    read = admin.get_centralization_rule_for_organization(RuleIdentifier="logs")
    assert (read["RuleArn"], read["RuleHealth"], read["CreatorAccountId"]) == (arn, "Healthy", HUB)
    assert read["CentralizationRule"] == rule() and "FailureReason" not in read
    admin.update_centralization_rule_for_organization(RuleIdentifier=arn, Rule=rule(encrypted="ALLOW"))
    read = admin.get_centralization_rule_for_organization(RuleIdentifier=arn)
    assert read["CentralizationRule"] == rule(encrypted="ALLOW")
    admin.tag_resource(ResourceARN=arn, Tags={"c": "d"})
    admin.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert admin.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"c": "d"}
    (listed,) = admin.list_centralization_rules_for_organization()["CentralizationRuleSummaries"]
    assert (listed["RuleName"], listed["DestinationAccountId"]) == ("logs", HUB)
    admin.delete_centralization_rule_for_organization(RuleIdentifier="logs")
    assert refused(admin.get_centralization_rule_for_organization, RuleIdentifier="logs") == (
        "ResourceNotFoundException",
        404,
    )


def test_names_are_unique(admin: Any) -> None:
    """D: ConflictException, 409"""
    admin.create_centralization_rule_for_organization(RuleName="logs", Rule=rule())
    again = {"RuleName": "logs", "Rule": rule()}
    assert refused(admin.create_centralization_rule_for_organization, **again) == ("ConflictException", 409)


@pytest.mark.parametrize("account", [SPOKE, STRANGER])
def test_others_are_denied(organizations: Any, client: Callable[..., Any], account: str) -> None:
    """D: "only by the organization's management account or a delegated administrator account"; status 400"""
    call = client(account, "observabilityadmin").create_centralization_rule_for_organization
    assert refused(call, RuleName="logs", Rule=rule()) == ("AccessDeniedException", 400)
    client(MANAGEMENT, "observabilityadmin").create_centralization_rule_for_organization(RuleName="x", Rule=rule())


@pytest.mark.parametrize(
    "wrong", [rule("Everything"), rule(criteria="LogGroupName LIKE 'a'"), rule(pattern="/x/${source.account}")]
)
def test_what_is_no_filter_or_pattern_is_refused(admin: Any, wrong: dict[str, Any]) -> None:
    """U, but for the code and the variables' names (D)"""
    code, _text = error_of(admin.create_centralization_rule_for_organization, RuleName="logs", Rule=wrong)
    assert code == "ValidationException"


def test_health(admin: Any, organizations: Any) -> None:
    """D: CentralizationFailureReason"""

    def health(name: str) -> tuple[str, str | None]:
        read = admin.get_centralization_rule_for_organization(RuleIdentifier=name)
        return read["RuleHealth"], read.get("FailureReason")

    admin.create_centralization_rule_for_organization(RuleName="logs", Rule=rule())
    admin.create_centralization_rule_for_organization(RuleName="away", Rule=rule(account=STRANGER))
    assert health("logs") == ("Healthy", None)
    assert health("away") == ("Unhealthy", "DESTINATION_ACCOUNT_NOT_IN_ORGANIZATION")
    organizations.disable_aws_service_access(ServicePrincipal=PRINCIPAL)
    assert health("logs") == ("Unhealthy", "TRUSTED_ACCESS_NOT_ENABLED")


VALUES = {"LogGroupName": "/aws/lambda/a", "AccountId": SPOKE}


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("*", True),
        ("LogGroupName = '/aws/lambda/a'", True),
        ("LogGroupName != '/aws/lambda/a'", False),
        ("LogGroupName IN ('/x', '/aws/lambda/a')", True),
        ("LogGroupName NOT IN ('/x')", True),
        ("LogGroupName NOT IN ('/x', '/aws/lambda/a')", False),
        ("LogGroupName LIKE '/aws/%'", True),
        ("LogGroupName NOT LIKE '/aws/%'", False),
        ("LogGroupName LIKE '/x%' OR LogGroupName LIKE '/aws/%'", True),
        ("LogGroupName LIKE '/aws/%' AND LogGroupName != '/aws/lambda/a'", False),
        (f"AccountId IN ('{SPOKE}', '{SPOKE_2}')", True),
        (f"AccountId = '{SPOKE_2}'", False),
    ],
)
def test_filters(text: str, matches: bool) -> None:
    """LogGroupConfiguration in the API reference of Observability Access Manager"""
    assert filters.parse(text, ("LogGroupName", "AccountId"))(VALUES) is matches


@pytest.mark.parametrize(
    "text",
    [
        "",
        "LogGroupName",
        "LogGroupName = /x",
        "Other = 'x'",
        "LogGroupName LIKE '%x'",
        " OR ".join(["LogGroupName = 'x'"] * 6),
    ],
)
def test_no_filters(text: str) -> None:
    with pytest.raises(ValueError):
        filters.parse(text, ("LogGroupName",))


@pytest.fixture
def write(client: Callable[..., Any]) -> Callable[..., None]:
    """Return write(account, log group, message, **of the group), which creates the group if needed."""

    def write(account: str, group: str, message: str, **of_group: Any) -> None:
        logs = client(account, "logs")
        if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            logs.create_log_group(logGroupName=group, **of_group)
            logs.create_log_stream(logGroupName=group, logStreamName="s")
        event = {"timestamp": int(time.time() * 1000), "message": message}
        logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=[event])

    return write


def centralized(client: Callable[..., Any], account: str, group: str) -> list[str] | None:
    """Return the messages in the hub's copy of a group, None without a copy."""
    logs, name = client(HUB, "logs"), f"/central/{account}/{REGION}/{group}"
    if not logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]:
        return None
    return [event["message"] for event in logs.filter_log_events(logGroupName=name)["events"]]


def test_events_are_copied_from_then_on(admin: Any, client: Callable[..., Any], write: Callable[..., None]) -> None:
    """ "Only processes new log data that arrives in source accounts after you create the centralization rule"

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatchLogs_Centralization.html
    """
    write(SPOKE, "/ecs/a", "before")
    admin.create_centralization_rule_for_organization(RuleName="logs", Rule=rule())
    write(SPOKE, "/ecs/a", "one")
    write(SPOKE, "/ecs/a", "two")
    write(SPOKE_2, "b", "other")
    assert centralized(client, SPOKE, "/ecs/a") == ["one", "two"]
    assert centralized(client, SPOKE_2, "b") == ["other"]
    # Not in the organization; and the destination's own.
    write(STRANGER, "c", "x")
    write(HUB, "d", "x")
    assert centralized(client, STRANGER, "c") is None and centralized(client, HUB, "d") is None
    admin.delete_centralization_rule_for_organization(RuleIdentifier="logs")
    write(SPOKE, "/ecs/a", "after")
    assert centralized(client, SPOKE, "/ecs/a") == ["one", "two"]


def test_what_is_selected(admin: Any, client: Callable[..., Any], write: Callable[..., None]) -> None:
    """D: LogGroupSelectionCriteria; the scope's lists: U"""
    wanted = rule(f"AccountId IN ('{SPOKE}')", "LogGroupName NOT IN ('/ecs/no')")
    admin.create_centralization_rule_for_organization(RuleName="logs", Rule=wanted)
    for account, group in ((SPOKE, "/ecs/yes"), (SPOKE, "/ecs/no"), (SPOKE_2, "/ecs/yes")):
        write(account, group, "x")
    assert centralized(client, SPOKE, "/ecs/yes") == ["x"]
    assert centralized(client, SPOKE, "/ecs/no") is None and centralized(client, SPOKE_2, "/ecs/yes") is None


@pytest.mark.parametrize(("strategy", "copied"), [("SKIP", None), ("ALLOW", ["x"])])
def test_groups_with_a_key(
    admin: Any, client: Callable[..., Any], write: Callable[..., None], strategy: str, copied: list[str] | None
) -> None:
    """D: EncryptedLogGroupStrategy: "SKIP will skip CMK encrypted source log groups from centralization" """
    key = key_of_logs(client(SPOKE, "kms"))
    admin.create_centralization_rule_for_organization(RuleName="logs", Rule=rule(encrypted=strategy))
    write(SPOKE, "/ecs/a", "x", kmsKeyId=key)
    assert centralized(client, SPOKE, "/ecs/a") == copied


def test_an_unhealthy_rule_copies_nothing(
    admin: Any, organizations: Any, client: Callable[..., Any], write: Callable[..., None]
) -> None:
    """U"""
    admin.create_centralization_rule_for_organization(RuleName="logs", Rule=rule())
    organizations.disable_aws_service_access(ServicePrincipal=PRINCIPAL)
    write(SPOKE, "/ecs/a", "x")
    assert centralized(client, SPOKE, "/ecs/a") is None
