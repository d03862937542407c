# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an error means is read from one table."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)

from ansible_collections.closednet.aws.plugins.module_utils._aws import advice, codes
from ansible_collections.closednet.aws.plugins.module_utils._aws.errors import classify
from ansible_collections.closednet.aws.plugins.module_utils._core.cloud import Meaning

AT = {"endpoint_url": "http://x"}
# Codes as AWS's API references have them, and those that a word in a table stands for.
MEANINGS = [
    *((code, Meaning.THROTTLED) for code in sorted(codes.THROTTLED)),
    *((code, Meaning.EXPIRED) for code in sorted(codes.EXPIRED | codes.UNKNOWN_CREDENTIAL | codes.WRONG_SIGNATURE)),
    *((code, Meaning.IN_USE) for code in sorted(codes.IN_USE)),
    *((code, Meaning.STALE) for code in sorted(codes.STALE)),
    *((code, Meaning.UNSETTLED) for code in sorted(codes.UNSETTLED)),
    *((code, Meaning.TAKEN) for code in sorted(codes.ALREADY)),
    *((code, Meaning.DENIED) for code in ("UnauthorizedOperation", "AccessDenied", "AccessDeniedException")),
    ("InvalidVpcID.NotFound", Meaning.GONE),
    ("NatGatewayNotFound", Meaning.GONE),
    ("ResourceNotFoundException", Meaning.GONE),
    ("PolicyNotFoundException", Meaning.GONE),
    ("NoSuchEntity", Meaning.GONE),
    ("NoSuchHostedZone", Meaning.GONE),
    ("Gateway.NotAttached", Meaning.GONE),
    ("UnknownResourceException", Meaning.GONE),
    ("RouteAlreadyExists", Meaning.TAKEN),
    ("Resource.AlreadyAssociated", Meaning.TAKEN),
    ("InvalidPermission.Duplicate", Meaning.TAKEN),
    ("InvalidSubnet.Conflict", Meaning.TAKEN),
    ("ConflictException", Meaning.TAKEN),
    ("InvalidParameterValue", Meaning.REFUSED),
    ("VpcLimitExceeded", Meaning.REFUSED),
]


def answer(code, status=400, message="m"):
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "Operation")


@pytest.mark.parametrize(("code", "meaning"), MEANINGS)
def test_a_code_has_one_meaning(code, meaning):
    assert classify(answer(code)) is meaning


def test_a_message_of_network_firewall_means_that_it_is_still_in_use():
    """Its code has other meanings, too: a protection that is on."""
    assert classify(answer("InvalidOperationException", message=codes.STILL_IN_USE)) is Meaning.IN_USE
    assert classify(answer("InvalidOperationException")) is Meaning.REFUSED


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (answer("InternalError", 500), Meaning.LOST),
        (answer("ServiceUnavailable", 503), Meaning.LOST),
        # EC2 throttles with 503; nothing was done.
        (answer("RequestLimitExceeded", 503), Meaning.THROTTLED),
        (
            answer("ValidationException", message="the role must allow AWS EventBridge Scheduler to assume the role"),
            Meaning.GONE,
        ),
        (
            answer("InvalidArgumentException", message="Firehose is unable to assume role arn:aws:iam::1:role/new."),
            Meaning.GONE,
        ),
        (answer("OperationAborted", 409), Meaning.UNSETTLED),
        (ConnectionClosedError(**AT), Meaning.LOST),
        (ReadTimeoutError(**AT), Meaning.LOST),
        (EndpointConnectionError(**AT), Meaning.UNSENT),
        (ConnectTimeoutError(**AT), Meaning.UNSENT),
        (NoCredentialsError(), Meaning.OTHER),
        (ValueError("x"), Meaning.OTHER),
    ],
)
def test_what_became_of_a_call(error, meaning):
    assert classify(error) is meaning


def test_a_message_of_cloudwatch_logs_means_that_a_destination_isnt_ready():
    """Its code is that of any bad value; Terraform's provider waits, too."""
    texts = [f"{codes.NOT_READY} {what}. Check if it is valid." for what in ("Firehose stream", "destination")]
    assert {classify(answer("InvalidParameterException", message=text)) for text in texts} == {Meaning.UNSETTLED}
    assert classify(answer("InvalidParameterException")) is Meaning.REFUSED


OF_DESTINATION = (
    "User with accountId: 222222222222 is not authorized to perform: logs:PutSubscriptionFilter on resource:"
    " arn:aws:logs:eu-central-1:111111111111:destination:logs-cloudwatch"
)
ADVICE = [
    ("AccessDeniedException", OF_DESTINATION, "run log_archive in account 111111111111 with 222222222222 among"),
    ("InvalidParameterException", advice.BY_ORGANIZATION + " access policy", "give role_arn, a role of this account"),
    (
        "InsufficientS3BucketPolicyException",
        "Incorrect S3 bucket policy is detected",
        "run audit_archive in the archive",
    ),
    ("InsufficientEncryptionPolicyException", "m", "see that the KMS key exists, is enabled"),
    # Any other denial is the credential's.
    (
        "AccessDeniedException",
        "User x is not authorized to perform: logs:PutRetentionPolicy",
        "docs/iam/log_source.json",
    ),
]


@pytest.mark.parametrize(("code", "message", "text"), ADVICE)
def test_what_another_accounts_policy_refuses_says_who_has_to_act(code, message, text):
    assert text in advice.next_step(answer(code, message=message), "log_source")


CONFLICTS = [
    ("CreateAccountAssignment", "There is a conflict with a previous write", Meaning.UNSETTLED),
    ("ProvisionPermissionSet", "m", Meaning.UNSETTLED),
    ("CreatePermissionSet", "PermissionSet with name developers already exists.", Meaning.TAKEN),
    (
        "DeletePermissionSet",
        "Could not delete because PermissionSet has ApplicationProfile associated with it",
        Meaning.IN_USE,
    ),
    # Another service's says that it exists.
    ("CreateProfile", "m", Meaning.TAKEN),
]


@pytest.mark.parametrize(("operation", "message", "meaning"), CONFLICTS)
def test_a_conflict_of_identity_center_is_sent_again(operation, message, meaning):
    error = ClientError({"Error": {"Code": "ConflictException", "Message": message}}, operation)
    assert classify(error) is meaning


def test_a_name_that_is_taken_is_not_waited_for():
    text = "Firehose stream under accountId 222222222222 already exists"
    assert classify(answer("ResourceInUseException", message=text)) is Meaning.TAKEN
    assert classify(answer("ResourceInUseException", message="Table is being updated")) is Meaning.UNSETTLED
