# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What integration targets of amazon.aws, which its maintainers run on AWS, see."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import SPOKE, error_of

READ = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:Get*", "Resource": "*"}]})


@pytest.fixture
def iam(client: Callable[..., Any]) -> Any:
    return client(SPOKE, "iam")


def test_boundaries_are_counted(iam: Any) -> None:
    """iam_managed_policy: permissions_boundary_usage_count; API_Policy: users and roles whose boundary it is"""
    made = iam.create_policy(PolicyName="boundary", PolicyDocument=READ)["Policy"]
    assert made["PermissionsBoundaryUsageCount"] == 0
    iam.create_user(UserName="bounded", PermissionsBoundary=made["Arn"])
    assert iam.get_policy(PolicyArn=made["Arn"])["Policy"]["PermissionsBoundaryUsageCount"] == 1
    (listed,) = iam.list_policies(Scope="Local")["Policies"]
    assert listed["PermissionsBoundaryUsageCount"] == 1
    assert error_of(iam.delete_policy, PolicyArn=made["Arn"])[0] == "DeleteConflict"


def test_a_user_without_service_specific_credentials(iam: Any) -> None:
    """iam_user, state absent: ListServiceSpecificCredentials"""
    iam.create_user(UserName="without")
    assert iam.list_service_specific_credentials(UserName="without")["ServiceSpecificCredentials"] == []
    assert error_of(iam.list_service_specific_credentials, UserName="nobody")[0] == "NoSuchEntity"


@pytest.mark.parametrize(
    ("parameters", "code", "text"),
    [
        ({"Policy": "invalid policy"}, "MalformedPolicyDocument", "The policy is not in the valid JSON format."),
        (
            {"RoleArn": "arn:aws:iam::123456789:role/non-existing-role"},
            "AccessDenied",
            "is not authorized to perform: sts:AssumeRole",
        ),
    ],
)
def test_assume_role_refuses(client: Callable[..., Any], parameters: dict[str, str], code: str, text: str) -> None:
    """sts_assume_role; the code of the second is not verified"""
    given = {"RoleArn": f"arn:aws:iam::{SPOKE}:role/any", "RoleSessionName": "tests"} | parameters
    found, message = error_of(client(SPOKE, "sts").assume_role, **given)
    assert found == code and text in message


def test_default_vpc_by_its_old_filter(client: Callable[..., Any]) -> None:
    """ec2_instance_network: ec2_instance finds the default VPC by isDefault"""
    ec2 = client(SPOKE, "ec2")
    ec2.create_vpc(CidrBlock="10.9.0.0/16")
    for name in ("isDefault", "is-default"):
        (found,) = ec2.describe_vpcs(Filters=[{"Name": name, "Values": ["true"]}])["Vpcs"]
        assert found["IsDefault"]


def test_network_acl_of_any_length_is_not_found(client: Callable[..., Any]) -> None:
    """ec2_vpc_nacl: "does not exist", which ec2_vpc_nacl_info says of InvalidNetworkAclID.NotFound"""
    describe = client(SPOKE, "ec2").describe_network_acls
    assert error_of(describe, NetworkAclIds=["acl-000000000000"])[0] == "InvalidNetworkAclID.NotFound"
