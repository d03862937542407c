# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What KMS and Parameter Store refuse.

https://docs.aws.amazon.com/kms/latest/APIReference/ and
https://docs.aws.amazon.com/systems-manager/latest/APIReference/, the operations' pages.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import SPOKE, refused

INVALID = "ValidationException"


def tags(*keys: str) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": ""} for key in keys]


@pytest.fixture
def kms(client: Callable[..., Any]) -> Any:
    return client(SPOKE, "kms")


@pytest.fixture
def key_id(kms: Any) -> str:
    return kms.create_key()["KeyMetadata"]["KeyId"]


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("schedule_key_deletion", {"PendingWindowInDays": 6}, INVALID),
        ("schedule_key_deletion", {"PendingWindowInDays": 31}, INVALID),
        ("cancel_key_deletion", {}, "KMSInvalidStateException"),
        ("tag_resource", {"Tags": tags("aws:x")}, "TagException"),
        ("tag_resource", {"Tags": tags("a", "a")}, "TagException"),
        ("tag_resource", {"Tags": tags(*map(str, range(51)))}, "LimitExceededException"),
        ("get_key_policy", {"PolicyName": "other"}, "NotFoundException"),
    ],
)
def test_refused(kms: Any, key_id: str, operation: str, parameters: dict[str, Any], code: str) -> None:
    assert refused(getattr(kms, operation), KeyId=key_id, **parameters) == (code, 400)


def test_aliases(kms: Any, key_id: str) -> None:
    """CreateAlias: AlreadyExistsException; NotAuthorizedException for alias/aws/, which is reserved"""
    kms.create_alias(AliasName="alias/a", TargetKeyId=key_id)
    call = kms.create_alias
    assert refused(call, AliasName="alias/a", TargetKeyId=key_id)[0] == "AlreadyExistsException"
    assert refused(call, AliasName="alias/aws/a", TargetKeyId=key_id)[0] == "NotAuthorizedException"


def test_rotation(kms: Any, key_id: str) -> None:
    """EnableKeyRotation: symmetric keys only; RotationPeriodInDays, 365 by default"""
    kms.enable_key_rotation(KeyId=key_id)
    assert kms.get_key_rotation_status(KeyId=key_id)["RotationPeriodInDays"] == 365
    kms.enable_key_rotation(KeyId=key_id, RotationPeriodInDays=100)
    assert kms.get_key_rotation_status(KeyId=key_id)["RotationPeriodInDays"] == 100
    other = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    assert refused(kms.enable_key_rotation, KeyId=other)[0] == "UnsupportedOperationException"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"Name": "/a b"}, INVALID),
        ({"Name": "/" + "/".join(map(str, range(16)))}, "HierarchyLevelLimitExceededException"),
        ({"Value": "x" * 4097}, INVALID),
        ({"Value": "x" * 8193, "Tier": "Advanced"}, INVALID),
        ({"AllowedPattern": "["}, "InvalidAllowedPatternException"),
        ({"AllowedPattern": "^[0-9]+$"}, "ParameterPatternMismatchException"),
        ({"Name": "/known", "Overwrite": True, "Type": "StringList"}, "HierarchyTypeMismatchException"),
        ({"Name": "/known"}, "ParameterAlreadyExists"),
    ],
)
def test_put_parameter_refuses(client: Callable[..., Any], parameters: dict[str, Any], code: str) -> None:
    ssm = client(SPOKE, "ssm")
    ssm.put_parameter(Name="/known", Value="1", Type="String")
    assert refused(ssm.put_parameter, **{"Name": "/new", "Value": "v", "Type": "String", **parameters}) == (code, 400)


def test_a_parameter_keeps_what_an_overwrite_leaves_out(client: Callable[..., Any]) -> None:
    """PutParameter: Description and Type are optional when overwriting"""
    ssm = client(SPOKE, "ssm")
    ssm.put_parameter(Name="/p", Value="1", Type="String", Description="d")
    ssm.put_parameter(Name="/p", Value="2", Overwrite=True)
    [found] = ssm.describe_parameters()["Parameters"]
    assert (found["Description"], found["Type"], found["Version"]) == ("d", "String", 2)


def test_a_path_begins_with_a_slash(client: Callable[..., Any]) -> None:
    """GetParametersByPath, Path"""
    assert refused(client(SPOKE, "ssm").get_parameters_by_path, Path="a") == (INVALID, 400)
