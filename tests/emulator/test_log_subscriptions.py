# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Subscriptions of log groups: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Subscriptions.html"""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import HUB, MANAGEMENT, SPOKE, Emulator, error_of
from .log_streams import Archive, processing, put_events, records_in
from .people import allow, created, policy

SUBSCRIPTION = "SUBSCRIPTION_FILTER_POLICY"


@pytest.fixture
def archive(emulator: Emulator) -> Archive:
    return Archive(emulator)


@pytest.fixture
def logs(archive: Archive) -> Any:
    return archive.of["logs"]


@pytest.fixture
def stream_arn(archive: Archive) -> str:
    return archive.create_stream()


@pytest.fixture
def role(archive: Archive, stream_arn: str) -> str:
    return archive.create_role("subscriber", "logs.amazonaws.com", ("firehose:PutRecord", stream_arn))


def subscribe(logs: Any, stream_arn: str, role: str, name: str = "all", pattern: str = "", **more: Any) -> None:
    if not logs.describe_log_groups(logGroupNamePrefix="/app")["logGroups"]:
        logs.create_log_group(logGroupName="/app")
    logs.put_subscription_filter(
        logGroupName="/app",
        filterName=name,
        filterPattern=pattern,
        destinationArn=stream_arn,
        roleArn=role,
        **more,
    )


def delivered(archive: Archive) -> list[dict[str, Any]]:
    archive.pass_time()
    return [record for body in archive.objects().values() for record in records_in(body)]


def test_record(archive: Archive, logs: Any, stream_arn: str, role: str) -> None:
    """The members: SubscriptionFilters.html, "the JSON with the following structure"; the control message: Vector's
    aws_cloudwatch_logs_subscription_parser, aws-lambda-go's TestCloudwatchLogs and others have recorded it."""
    subscribe(logs, stream_arn, role)
    ids = put_events(logs, "first", "zweite: ü")
    control, data = delivered(archive)
    assert control["messageType"] == "CONTROL_MESSAGE" and control["owner"] == "CloudwatchLogs"
    assert (control["logGroup"], control["logStream"], control["subscriptionFilters"]) == ("", "", [])
    assert [event["message"] for event in control["logEvents"]] == [
        "CWL CONTROL MESSAGE: Checking health of destination Firehose."
    ]
    events = data.pop("logEvents")
    assert data == {
        "messageType": "DATA_MESSAGE",
        "owner": HUB,
        "logGroup": "/app",
        "logStream": "one",
        "subscriptionFilters": ["all"],
    }
    assert [(event["id"], event["message"]) for event in events] == [(ids[0], "first"), (ids[1], "zweite: ü")]
    assert {len(event["id"]) for event in events} == {56} and len({event["id"] for event in events}) == 2


def test_two_for_each_log_group(archive: Archive, logs: Any, stream_arn: str, role: str) -> None:
    """ "Each log group can have up to two subscription filters" (API_PutSubscriptionFilter); the text:
    https://github.com/serverless/serverless/issues/2605"""
    subscribe(logs, stream_arn, role, "one")
    subscribe(logs, stream_arn, role, "two")
    third = {"logGroupName": "/app", "filterName": "three", "filterPattern": "", "destinationArn": stream_arn}
    refusal = error_of(logs.put_subscription_filter, **third, roleArn=role)
    assert refusal == ("LimitExceededException", "Resource limit exceeded.")
    subscribe(logs, stream_arn, role, "two", "ERROR")
    found = logs.describe_subscription_filters(logGroupName="/app")["subscriptionFilters"]
    assert [(one["filterName"], one["filterPattern"], one["distribution"]) for one in found] == [
        ("one", "", "ByLogStream"),
        ("two", "ERROR", "ByLogStream"),
    ]
    logs.delete_subscription_filter(logGroupName="/app", filterName="one")
    prefixed = logs.describe_subscription_filters(logGroupName="/app", filterNamePrefix="o")
    assert prefixed["subscriptionFilters"] == []
    gone = error_of(logs.delete_subscription_filter, logGroupName="/app", filterName="one")
    assert gone == ("ResourceNotFoundException", "The specified subscription filter does not exist.")


def test_destinations_that_are_refused(archive: Archive, logs: Any, stream_arn: str, role: str) -> None:
    """Texts: "cannot be used without roleArn" https://github.com/theburningmonk/lambda-logging-kinesis-demo/issues/1;
    "cannot work with destinationArn for vendor" of users' errors; the test message: terraform-provider-aws retries on
    "Could not deliver test message to specified"."""
    logs.create_log_group(logGroupName="/app")
    given = {"logGroupName": "/app", "filterName": "all", "filterPattern": ""}
    untested = (
        "InvalidParameterException",
        "Could not deliver test message to specified Firehose stream. Check if the given Firehose stream is in ACTIVE "
        "state.",
    )

    def refusal(**more: str) -> tuple[str, str]:
        return error_of(logs.put_subscription_filter, **given | more)

    assert refusal(destinationArn=stream_arn) == (
        "InvalidParameterException",
        "destinationArn for vendor firehose cannot be used without roleArn",
    )
    assert refusal(destinationArn="arn:aws:sns:eu-central-1:111111111111:topic") == (
        "InvalidParameterException",
        "PutSubscriptionFilter operation cannot work with destinationArn for vendor sns",
    )
    assert refusal(destinationArn=stream_arn + "x", roleArn=role) == untested
    assert refusal(destinationArn=stream_arn.replace(HUB, SPOKE), roleArn=role) == untested
    assert refusal(destinationArn=stream_arn.replace("eu-central-1", "eu-west-1"), roleArn=role) == untested
    stranger = archive.create_role("stranger", "ec2.amazonaws.com", ("firehose:*", "*"))
    assert refusal(destinationArn=stream_arn, roleArn=stranger) == untested
    weak = archive.create_role("weak", "logs.amazonaws.com", ("firehose:ListDeliveryStreams", "*"))
    assert refusal(destinationArn=stream_arn, roleArn=weak) == untested
    assert refusal(logGroupName="/none", destinationArn=stream_arn, roleArn=role) == (
        "ResourceNotFoundException",
        "The specified log group does not exist.",
    )
    assert delivered(archive) == []


@pytest.mark.parametrize(
    ("pattern", "matching"),
    [
        ("", ["ERROR at start", '{"level": "error", "code": 500}', "fine"]),
        ("ERROR", ["ERROR at start"]),
        ('"at start" ERROR', ["ERROR at start"]),
        ("?ERROR ?fine", ["ERROR at start", "fine"]),
        ("-ERROR", ['{"level": "error", "code": 500}', "fine"]),
        ("%E[R]{2}OR%", ["ERROR at start"]),
        ('{ $.level = "error" }', ['{"level": "error", "code": 500}']),
        ('{ $.level = "err*" && ($.code >= 500 || $.code < 0) }', ['{"level": "error", "code": 500}']),
        ("{ $.level = error && $.code != 500 }", []),
        ("{ $.other NOT EXISTS }", ['{"level": "error", "code": 500}']),
    ],
)
def test_patterns(archive: Archive, logs: Any, stream_arn: str, role: str, pattern: str, matching: list[str]) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html"""
    subscribe(logs, stream_arn, role, pattern=pattern)
    put_events(logs, "ERROR at start", '{"level": "error", "code": 500}', "fine")
    found = [event["message"] for record in delivered(archive)[1:] for event in record["logEvents"]]
    assert found == matching


@pytest.mark.parametrize("pattern", ["{ $.level }", "a$b", "{ $.level = 1", "%[%"])
def test_invalid_patterns(logs: Any, stream_arn: str, role: str, pattern: str) -> None:
    logs.create_log_group(logGroupName="/app")
    given = {"logGroupName": "/app", "filterName": "all", "destinationArn": stream_arn, "roleArn": role}
    assert error_of(logs.put_subscription_filter, **given, filterPattern=pattern)[0] == "InvalidParameterException"


def test_system_fields(archive: Archive, logs: Any, stream_arn: str, role: str) -> None:
    """emitSystemFields: API_PutSubscriptionFilter. That they are in extractedFields is not verified on AWS."""
    subscribe(logs, stream_arn, role, emitSystemFields=["@aws.account", "@aws.region"])
    put_events(logs, "one")
    event = delivered(archive)[1]["logEvents"][0]
    assert event["extractedFields"] == {"@aws.account": HUB, "@aws.region": "eu-central-1"}
    found = logs.describe_subscription_filters(logGroupName="/app")["subscriptionFilters"][0]
    assert found["emitSystemFields"] == ["@aws.account", "@aws.region"]


def test_system_fields_of_centralized_events(
    archive: Archive, client: Any, logs: Any, stream_arn: str, role: str
) -> None:
    """API_PutSubscriptionFilter: they "provide source information for centralized log data"."""
    organizations = client(MANAGEMENT, "organizations")
    organizations.enable_aws_service_access(ServicePrincipal="observabilityadmin.amazonaws.com")
    target = {"Region": "eu-central-1", "Account": HUB, "DestinationLogsConfiguration": {}}
    selected = {"LogGroupSelectionCriteria": "*", "EncryptedLogGroupStrategy": "SKIP"}
    source = {"Regions": ["eu-central-1"], "Scope": f"AccountId = '{SPOKE}'", "SourceLogsConfiguration": selected}
    client(MANAGEMENT, "observabilityadmin").create_centralization_rule_for_organization(
        RuleName="logs", Rule={"Source": source, "Destination": target}
    )
    subscribe(logs, stream_arn, role, emitSystemFields=["@aws.account"])
    put_events(client(SPOKE, "logs"), "of the spoke")
    record = delivered(archive)[1]
    assert record["owner"] == HUB
    assert record["logEvents"][0]["extractedFields"] == {"@aws.account": SPOKE}


def test_account_policy(archive: Archive, logs: Any, stream_arn: str, role: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutAccountPolicy.html: all log groups,
    also later ones, but those of the selection criteria, and besides the log groups' own filters; policyLevel:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/ValidateLogEventFlow-Account.html"""
    document = json.dumps({"DestinationArn": stream_arn, "RoleArn": role, "FilterPattern": ""})
    criteria = 'LogGroupName NOT IN ["/quiet", "/own"]'
    given = {"policyName": "central", "policyType": SUBSCRIPTION, "policyDocument": document, "scope": "ALL"}
    put_events(logs, "before", group="/early")
    made = logs.put_account_policy(**given, selectionCriteria=criteria)["accountPolicy"]
    assert made["accountId"] == HUB and made["selectionCriteria"] == criteria
    for group in ("/early", "/late", "/quiet"):
        put_events(logs, f"in {group}", group=group)
    records = delivered(archive)
    assert [(one["logGroup"], one["subscriptionFilters"], one["policyLevel"]) for one in records[1:]] == [
        ("/early", ["central"], "ACCOUNT_LEVEL_POLICY"),
        ("/late", ["central"], "ACCOUNT_LEVEL_POLICY"),
    ]
    assert logs.describe_account_policies(policyType=SUBSCRIPTION)["accountPolicies"] == [made]
    logs.delete_account_policy(policyName="central", policyType=SUBSCRIPTION)
    assert logs.describe_account_policies(policyType=SUBSCRIPTION)["accountPolicies"] == []
    put_events(logs, "after", group="/late")
    assert len(delivered(archive)) == 3


def test_one_account_policy_for_each_region(logs: Any, stream_arn: str, role: str) -> None:
    """ "Each account can have one account-level subscription filter policy per Region. If you are updating an existing
    filter, you must specify the correct name in PolicyName." The only criteria: LogGroupName NOT IN []."""
    document = json.dumps({"DestinationArn": stream_arn, "RoleArn": role})
    given = {"policyType": SUBSCRIPTION, "policyDocument": document}
    logs.put_account_policy(policyName="one", **given)
    assert error_of(logs.put_account_policy, policyName="two", **given)[0] == "LimitExceededException"
    logs.put_account_policy(policyName="one", **given, selectionCriteria='LogGroupName NOT IN ["/a"]')
    other = {"policyName": "one", **given, "selectionCriteria": 'LogGroupNamePrefix IN ["/a"]'}
    assert error_of(logs.put_account_policy, **other)[0] == "InvalidParameterException"
    wrong = {"policyName": "one", "policyType": SUBSCRIPTION, "policyDocument": '{"FilterPattern": ""}'}
    assert error_of(logs.put_account_policy, **wrong)[0] == "InvalidParameterException"


def test_retryable_and_final_errors(archive: Archive, logs: Any, stream_arn: str, role: str) -> None:
    """Subscriptions.html: after a retryable error the record is delivered later; after AccessDenied events are skipped
    for up to ten minutes."""
    subscribe(logs, stream_arn, role)
    emulator = archive.emulator
    emulator.control("POST", "faults", {"action": "throttle", "service": "firehose", "operation": "PutRecord"})
    put_events(logs, "late")
    emulator.control("DELETE", "faults")
    logs.describe_log_groups()
    archive.allow("subscriber", ("firehose:PutRecord", "arn:aws:firehose:*:*:deliverystream/other"))
    put_events(logs, "lost")
    archive.allow("subscriber", ("firehose:PutRecord", stream_arn))
    put_events(logs, "skipped")
    archive.pass_time(601)
    put_events(logs, "again")
    messages = [event["message"] for record in delivered(archive)[1:] for event in record["logEvents"]]
    assert messages == ["late", "again"]


def test_function(archive: Archive, logs: Any) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample: the
    function's policy has to allow logs.amazonaws.com; its event is {"awslogs": {"data": base64 of gzip}}."""
    code = """
import base64, gzip, json

def handler(event, context):
    found = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    print("got", found["messageType"], [one["message"] for one in found["logEvents"]])
"""
    arn = archive.create_function(code)
    archive.allow("runs-handler", ("logs:*", "*"))
    logs.create_log_group(logGroupName="/app")
    given = {"logGroupName": "/app", "filterName": "all", "filterPattern": "", "destinationArn": arn}
    refusal = error_of(logs.put_subscription_filter, **given)
    assert refusal == (
        "InvalidParameterException",
        "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your "
        "function.",
    )
    permission = {"StatementId": "logs", "Action": "lambda:InvokeFunction", "Principal": "logs.amazonaws.com"}
    archive.of["lambda"].add_permission(FunctionName="handler", **permission)
    logs.put_subscription_filter(**given)
    put_events(logs, "hello")
    printed = logs.filter_log_events(logGroupName="/aws/lambda/handler", filterPattern="got")["events"]
    assert printed[-1]["message"] == "got DATA_MESSAGE ['hello']"


def test_loop(archive: Archive, logs: Any) -> None:
    """Nothing keeps an account's policy from sending the logs of the stream's own function to the stream: "log
    recursion prevention" is the user's part (API_PutAccountPolicy, selectionCriteria)."""
    function = archive.create_function()
    archive.allow("runs-handler", ("logs:*", "*"))
    lambda_of = {"LambdaArn": function}
    prefixes = {"Prefix": "p/!{partitionKeyFromLambda:account}/", "ErrorOutputPrefix": "errors/"}
    arn = archive.create_stream(
        **prefixes,
        **processing(("Lambda", lambda_of)),
        DynamicPartitioningConfiguration={"Enabled": True},
        BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 60},
    )
    role = archive.create_role("subscriber", "logs.amazonaws.com", ("firehose:PutRecord", arn))
    document = json.dumps({"DestinationArn": arn, "RoleArn": role})
    logs.put_account_policy(policyName="all", policyType=SUBSCRIPTION, policyDocument=document)
    put_events(logs, "once")
    for _ in range(3):
        archive.pass_time()
        archive.objects()
    found = [json.loads(line)["Message"] for body in archive.objects().values() for line in body.splitlines()]
    assert "once" in found and sum(message.startswith("START RequestId") for message in found) >= 2


def test_infrequent_access(archive: Archive, logs: Any, stream_arn: str, role: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html: no subscription
    filters; the error's text isn't verified on AWS."""
    logs.create_log_group(logGroupName="/cheap", logGroupClass="INFREQUENT_ACCESS")
    given = {"logGroupName": "/cheap", "filterName": "all", "filterPattern": "", "destinationArn": stream_arn}
    refusal = error_of(logs.put_subscription_filter, **given, roleArn=role)
    assert refusal[0] == "InvalidOperationException"


def test_permissions_of_account_policies(archive: Archive, stream_arn: str, role: str) -> None:
    """API_PutAccountPolicy: "you must have the logs:PutSubscriptionFilter and logs:PutAccountPolicy permissions", and
    "you must also have the iam:PassRole permission"; likewise for the other calls."""
    statements = [allow("logs:PutAccountPolicy"), allow("logs:DescribeAccountPolicies")]
    user = created(archive.emulator, HUB, *statements)
    logs = user.client("logs")
    document = json.dumps({"DestinationArn": stream_arn, "RoleArn": role})
    given = {"policyName": "all", "policyType": SUBSCRIPTION, "policyDocument": document}

    def missing(call: Any, **parameters: str) -> str:
        code, message = error_of(call, **parameters)
        assert code == "AccessDeniedException"
        return message

    assert "not authorized to perform: logs:PutSubscriptionFilter" in missing(logs.put_account_policy, **given)
    found = missing(logs.describe_account_policies, policyType=SUBSCRIPTION)
    assert "not authorized to perform: logs:DescribeSubscriptionFilters" in found

    def permit(*more: dict[str, Any]) -> None:
        document = policy(*statements, *more)
        archive.of["iam"].put_user_policy(UserName=user.name, PolicyName="own", PolicyDocument=document)

    more = allow(["logs:PutSubscriptionFilter", "logs:DescribeSubscriptionFilters"])
    permit(more)
    assert f"not authorized to perform: iam:PassRole on resource: {role}" in missing(logs.put_account_policy, **given)
    permit(more, allow("iam:PassRole", role))
    logs.put_account_policy(**given)
    assert len(logs.describe_account_policies(policyType=SUBSCRIPTION)["accountPolicies"]) == 1
