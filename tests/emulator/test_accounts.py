# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""STS and Organizations."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from .conftest import HUB, KEY, MANAGEMENT


def test_assume_role_moves_to_the_account(client):
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""
    identity = client(HUB, "sts").get_caller_identity()
    assert identity["Account"] == HUB
    assert identity["Arn"] == f"arn:aws:sts::{HUB}:assumed-role/OrganizationAccountAccessRole/tests"


def test_user_identity(emulator):
    identity = emulator.plain_client("sts", **KEY).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:iam::{MANAGEMENT}:user/operator"


def test_unknown_key_is_refused(emulator):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html: AuthFailure"""
    with pytest.raises(ClientError) as refused:
        emulator.plain_client("ec2", aws_access_key_id="AKIAUNKNOWNUNKNOWN00", aws_secret_access_key="x").describe_vpcs()
    assert refused.value.response["Error"]["Code"] == "AuthFailure"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 401


def test_accounts_do_not_share_vpcs(client):
    vpc_id = client(HUB, "ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    with pytest.raises(ClientError) as refused:
        client(MANAGEMENT, "ec2").describe_vpcs(VpcIds=[vpc_id])
    assert refused.value.response["Error"]["Code"] == "InvalidVpcID.NotFound"
