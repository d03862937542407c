# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lengths, values, enumerations and patterns of parameters: the API models, which AWS's references are made from."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import botocore.loaders
import pytest

from emulator.constraints import CODES, compiled

from .conftest import HUB, MANAGEMENT, error_of

TRUST = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}'
ROLE = {"RoleName": "role", "AssumeRolePolicyDocument": TRUST}
ROLE_ARN = f"arn:aws:iam::{HUB}:role/role"


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code", "text"),
    [
        # IAM's own texts: shashankprasanna/torchserve-examples#7 (name), aws-cloudformation/cfn-lint#722 (path).
        ("iam", "create_role", ROLE | {"RoleName": "a b"}, "ValidationError", "must contain only alphanumeric"),
        ("iam", "create_role", ROLE | {"RoleName": "a" * 65}, "ValidationError", "'roleName' failed to satisfy"),
        ("iam", "create_role", ROLE | {"Path": "x"}, "ValidationError", "must begin and end with /"),
        ("iam", "create_role", ROLE | {"Description": "x" * 1001}, "ValidationError", "less than or equal to 1000"),
        ("iam", "tag_role", {"RoleName": "r", "Tags": [{"Key": "k" * 129, "Value": ""}]}, "ValidationError", "tags.1."),
        ("iam", "list_roles", {"MaxItems": 1001}, "ValidationError", "value less than or equal to 1000"),
        (
            "sts",
            "assume_role",
            {"RoleArn": ROLE_ARN, "RoleSessionName": "name", "ExternalId": "a b"},
            "ValidationError",
            "'externalId'",
        ),
        # moto's test_get_log_events_using_arn (aws_verified): without the value.
        (
            "logs",
            "get_log_events",
            {"logGroupIdentifier": "a:*", "logStreamName": "s"},
            "InvalidParameterException",
            "Value at 'logGroupIdentifier' failed",
        ),
        # moto's test_select_values_are_case_sensitive (aws_verified): the order.
        (
            "dynamodb",
            "scan",
            {"TableName": "table", "Select": "count"},
            "ValidationException",
            "[SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]",
        ),
        ("elbv2", "describe_load_balancers", {"PageSize": 401}, "ValidationError", "'pageSize'"),
        (
            "route53",
            "list_resource_record_sets",
            {"HostedZoneId": "Z1", "StartRecordType": "X"},
            "InvalidInput",
            "enum",
        ),
        ("logs", "create_log_group", {"logGroupName": "a b"}, "InvalidParameterException", r"[\.\-_/#A-Za-z0-9]+"),
        ("kms", "create_alias", {"AliasName": "a b", "TargetKeyId": "x"}, "ValidationException", "'aliasName'"),
        ("ssm", "put_parameter", {"Name": "x" * 2049, "Value": "x"}, "ValidationException", "'name'"),
        (
            "route53resolver",
            "create_firewall_domain_list",
            {"Name": "x" * 65, "CreatorRequestId": "x"},
            "ValidationException",
            "'name'",
        ),
        # API_CreateAccount, InvalidInputException: INVALID_PATTERN, MAX_LENGTH_EXCEEDED.
        ("organizations", "describe_account", {"AccountId": "1"}, "InvalidInputException", "the required pattern"),
        (
            "organizations",
            "create_organizational_unit",
            {"ParentId": "r-abcd", "Name": "x" * 129},
            "InvalidInputException",
            "longer than allowed",
        ),
    ],
)
def test_a_parameter_that_violates_the_model_is_refused(
    client: Callable[..., Any], service: str, operation: str, parameters: dict[str, Any], code: str, text: str
) -> None:
    account = MANAGEMENT if service == "organizations" else HUB
    answer = error_of(getattr(client(account, service), operation), **parameters)
    assert answer[0] == code
    assert text in answer[1]


def test_several_violations_are_one_error(client: Callable[..., Any]) -> None:
    """The number at the beginning of AWS's text counts them. Not verified: the order."""
    call = client(HUB, "logs").put_log_events
    code, text = error_of(call, logGroupName="a b", logStreamName="x:y", logEvents=[{"timestamp": 1, "message": "m"}])
    assert code == "InvalidParameterException"
    assert re.match(r"2 validation errors detected: Value 'a b' at 'logGroupName' .*; Value 'x:y' at 'logStream", text)


def test_each_pattern_is_understood() -> None:
    """A pattern that Python can't compile would be ignored."""
    loader = botocore.loaders.Loader()
    unknown = {
        (service, name)
        for service in CODES
        for name, shape in loader.load_service_model(service, "service-2")["shapes"].items()
        if "pattern" in shape and compiled(shape["pattern"]) is None
    }
    assert unknown == set()


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+", "Größe 1:a", "a;b"),
        (r"^[\p{L}\p{P}]*$", "a,b", "a$b"),
        (r"[\w-_]*", "a-b", "a.b"),
        (r"\p{ASCII}+", "a~", "ü"),
    ],
)
def test_java_patterns(pattern: str, good: str, bad: str) -> None:
    found = compiled(pattern)
    assert found and found.fullmatch(good) and not found.fullmatch(bad)
