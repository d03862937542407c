# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logical destinations: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CrossAccountSubscriptions-Firehose.html"""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import HUB, SPOKE, SPOKE_2, STRANGER, Emulator, error_of
from .log_streams import Archive, policy, put_events, records_in


@pytest.fixture
def archive(emulator: Emulator) -> Archive:
    return Archive(emulator)


def subscribe(logs: Any, arn: str, **more: str) -> None:
    logs.create_log_group(logGroupName="/app")
    logs.put_subscription_filter(logGroupName="/app", filterName="all", filterPattern="", destinationArn=arn, **more)


def denied(account_id: str, arn: str) -> tuple[str, str]:
    """The error that https://github.com/aws/aws-cli/issues/4422 quotes."""
    return (
        "AccessDeniedException",
        f"User with accountId: {account_id} is not authorized to perform: logs:PutSubscriptionFilter on resource: "
        f"{arn}",
    )


def refusal(logs: Any, arn: str, **more: str) -> tuple[str, str]:
    logs.create_log_group(logGroupName="/app")
    given = {"logGroupName": "/app", "filterName": "all", "filterPattern": "", "destinationArn": arn}
    return error_of(logs.put_subscription_filter, **given, **more)


def test_events_of_another_account(archive: Archive, client: Any) -> None:
    arn = archive.create_destination(archive.create_stream())
    logs = client(SPOKE, "logs")
    subscribe(logs, arn)
    put_events(logs, "hello")
    archive.pass_time()
    records = [record for body in archive.objects().values() for record in records_in(body)]
    kinds = [(record["messageType"], record["owner"]) for record in records]
    # One when the destination was created, one when the subscription was.
    assert kinds == [
        ("CONTROL_MESSAGE", "CloudwatchLogs"),
        ("CONTROL_MESSAGE", "CloudwatchLogs"),
        ("DATA_MESSAGE", SPOKE),
    ]


def test_access_policy(archive: Archive, client: Any) -> None:
    """ "By default, PutDestination does not set any access policy with the destination, which means a cross-account
    user cannot call PutSubscriptionFilter" (API_PutDestination); the own account neither (aws-cli#4422)."""
    arn = archive.create_destination(archive.create_stream())
    assert refusal(client(SPOKE_2, "logs"), arn) == denied(SPOKE_2, arn)
    assert refusal(archive.of["logs"], arn) == denied(HUB, arn)
    refused = policy(
        {"Effect": "Allow", "Principal": "*", "Action": "logs:*", "Resource": arn},
        {"Effect": "Deny", "Principal": {"AWS": SPOKE}, "Action": "logs:PutSubscriptionFilter", "Resource": arn},
    )
    archive.of["logs"].put_destination_policy(destinationName="central", accessPolicy=refused)
    assert refusal(client(SPOKE, "logs"), arn) == denied(SPOKE, arn)


def test_organization(archive: Archive, client: Any) -> None:
    """A policy with aws:PrincipalOrgID lets the organization's accounts subscribe, with a role:
    https://github.com/cloud-custodian/cloud-custodian/pull/8246 quotes the refusal."""
    condition = {"Condition": {"StringEquals": {"aws:PrincipalOrgID": ["o-demo123456"]}}}
    arn = archive.create_destination(archive.create_stream(), "*", **condition)
    logs = client(SPOKE, "logs")
    assert refusal(logs, arn) == (
        "InvalidParameterException",
        "Role ARN is required when creating subscription filter against destination with Organization access policy",
    )
    role = archive.create_role("sender", "logs.amazonaws.com", ("logs:PutLogEvents", "*"), account_id=SPOKE)
    given = {"logGroupName": "/app", "filterName": "all", "filterPattern": ""}
    logs.put_subscription_filter(**given, destinationArn=arn, roleArn=role)


def test_account_of_no_organization(archive: Archive, emulator: Emulator) -> None:
    """The policy's condition is evaluated for the account that subscribes."""
    condition = {"Condition": {"StringEquals": {"aws:PrincipalOrgID": ["o-demo123456"]}}}
    arn = archive.create_destination(archive.create_stream(), "*", **condition)
    logs = emulator.client(STRANGER, "logs")
    assert refusal(logs, arn, roleArn=f"arn:aws:iam::{STRANGER}:role/any") == denied(STRANGER, arn)


def test_region(archive: Archive, emulator: Emulator) -> None:
    """ "The log group and the destination must be in the same AWS Region." The error isn't verified on AWS."""
    arn = archive.create_destination(archive.create_stream())
    found = refusal(emulator.client(SPOKE, "logs", "eu-west-1"), arn)
    assert found == (
        "InvalidParameterException",
        "Could not deliver test message to specified destination. Check if the destination is valid.",
    )


def test_deleted(archive: Archive, client: Any) -> None:
    """ "Deletes the specified destination, and eventually disables all the subscription filters that publish to it"
    (API_DeleteDestination)."""
    arn = archive.create_destination(archive.create_stream())
    logs = client(SPOKE, "logs")
    subscribe(logs, arn)
    archive.of["logs"].delete_destination(destinationName="central")
    assert archive.of["logs"].describe_destinations()["destinations"] == []
    put_events(logs, "lost")
    archive.pass_time()
    records = [record for body in archive.objects().values() for record in records_in(body)]
    assert {record["messageType"] for record in records} == {"CONTROL_MESSAGE"}
    found = error_of(archive.of["logs"].delete_destination, destinationName="central")
    assert found[0] == "ResourceNotFoundException"


def test_destinations(archive: Archive) -> None:
    """API_DescribeDestinations: sorted by name, with a prefix. PutDestination again changes it and keeps its policy.

    Tags: terraform-provider-aws found that PutDestination refuses them, and calls TagResource."""
    stream = archive.create_stream()
    arn = archive.create_destination(stream)
    logs = archive.of["logs"]
    found = logs.describe_destinations(DestinationNamePrefix="cen")["destinations"]
    assert [(one["arn"], one["targetArn"]) for one in found] == [(arn, stream)]
    given = {"destinationName": "central", "targetArn": stream, "roleArn": found[0]["roleArn"]}
    logs.put_destination(**given)
    assert logs.describe_destinations()["destinations"] == found
    tagged = error_of(logs.put_destination, **given, tags={"a": "b"})
    assert tagged == (
        "InvalidParameterException",
        "Could not deliver test message to specified destination. Check if the destination is valid.",
    )
    logs.tag_resource(resourceArn=arn, tags={"a": "b"})
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "b"}
    wrong = error_of(logs.put_destination_policy, destinationName="central", accessPolicy="{")
    assert wrong[0] == "InvalidParameterException"


def test_target_that_is_refused(archive: Archive) -> None:
    """The test message needs an active stream and a role that CloudWatch Logs may assume and that may put records."""
    stream = archive.create_stream()
    role = archive.create_role("weak", "logs.amazonaws.com", ("firehose:ListDeliveryStreams", "*"))
    logs = archive.of["logs"]
    text = (
        "Could not deliver test message to specified Firehose stream. Check if the given Firehose stream is in ACTIVE "
        "state."
    )
    for target in (stream, stream + "x"):
        found = error_of(logs.put_destination, destinationName="central", targetArn=target, roleArn=role)
        assert found == ("InvalidParameterException", text)
    assert logs.describe_destinations()["destinations"] == []
