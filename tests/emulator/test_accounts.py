# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""STS and Organizations."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from .conftest import CLOSED, HUB, KEY, MANAGEMENT, SPOKE, STRANGER, refused


def test_assume_role_moves_to_the_account(client):
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""
    identity = client(HUB, "sts").get_caller_identity()
    assert identity["Account"] == HUB
    assert identity["Arn"] == f"arn:aws:sts::{HUB}:assumed-role/OrganizationAccountAccessRole/tests"


def test_user_identity(emulator):
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html, example 1"""
    identity = emulator.plain_client("sts", **KEY).get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (MANAGEMENT, f"arn:aws:iam::{MANAGEMENT}:user/operator")


@pytest.mark.parametrize(
    ("service", "operation", "code", "status"),
    [
        # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
        ("ec2", "describe_vpcs", "AuthFailure", 401),
        # https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
        ("sts", "get_caller_identity", "InvalidClientTokenId", 403),
        # https://docs.aws.amazon.com/organizations/latest/APIReference/CommonErrors.html
        ("organizations", "list_accounts", "UnrecognizedClientException", 400),
        ("ram", "get_resource_share_invitations", "UnrecognizedClientException", 403),
    ],
)
def test_unknown_key_is_refused(emulator, service, operation, code, status):
    stranger = emulator.plain_client(service, aws_access_key_id="AKIAUNKNOWNUNKNOWN00", aws_secret_access_key="x")
    assert refused(getattr(stranger, operation)) == (code, status)


def test_unsigned_call_is_refused(emulator):
    """https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html: MissingAuthenticationToken"""
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(f"{emulator.endpoint}/")
    assert error.value.code == 403
    assert b"MissingAuthenticationToken" in error.value.read()


def test_a_roles_key_needs_its_session_token(emulator):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_use-resources.html"""
    key = emulator.session(HUB).get_credentials()
    without = emulator.plain_client("ec2", aws_access_key_id=key.access_key, aws_secret_access_key=key.secret_key)
    assert refused(without.describe_vpcs) == ("AuthFailure", 401)


def test_external_id(emulator):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html"""
    sts = emulator.plain_client("sts", **KEY)
    guarded = {"RoleArn": f"arn:aws:iam::{HUB}:role/guarded", "RoleSessionName": "tests"}
    assert refused(sts.assume_role, **guarded) == ("AccessDenied", 403)
    assert refused(sts.assume_role, **guarded, ExternalId="wrong") == ("AccessDenied", 403)
    assert sts.assume_role(**guarded, ExternalId="only-with-this")["AssumedRoleUser"]["Arn"].endswith("guarded/tests")


def test_suspended_account_cannot_be_entered(emulator):
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_close.html"""
    sts = emulator.plain_client("sts", **KEY)
    arn = f"arn:aws:iam::{CLOSED}:role/OrganizationAccountAccessRole"
    assert refused(sts.assume_role, RoleArn=arn, RoleSessionName="tests") == ("AccessDenied", 403)


def test_accounts_do_not_share_vpcs(client):
    vpc_id = client(HUB, "ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    assert refused(client(SPOKE, "ec2").describe_vpcs, VpcIds=[vpc_id]) == ("InvalidVpcID.NotFound", 400)


def test_unknown_operation_is_no_success(client):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html: InvalidAction"""
    assert refused(client(HUB, "ec2").describe_ipam_pools) == ("InvalidAction", 400)


def test_organization_is_described_to_its_members(client):
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html"""
    described = client(SPOKE, "organizations").describe_organization()["Organization"]
    assert (described["Id"], described["MasterAccountId"]) == ("o-demo123456", MANAGEMENT)
    assert refused(client(STRANGER, "organizations").describe_organization) == (
        "AWSOrganizationsNotInUseException",
        400,
    )


def test_only_the_management_account_lists(client):
    """ "can be called only from the organization's management account or by a member account that is a delegated
    administrator": https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
    """
    assert refused(client(HUB, "organizations").list_accounts) == ("AccessDeniedException", 400)
    management = client(MANAGEMENT, "organizations")
    management.register_delegated_administrator(AccountId=HUB, ServicePrincipal="ssm.amazonaws.com")
    ids = {account["Id"] for account in client(HUB, "organizations").list_accounts()["Accounts"]}
    assert ids >= {MANAGEMENT, HUB, SPOKE}


def test_organization_tree(client):
    """The calls by which https://docs.aws.amazon.com/organizations/latest/APIReference walks from root to accounts."""
    organizations = client(MANAGEMENT, "organizations")
    accounts = organizations.get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": 2})
    by_id = {account["Id"]: account for page in accounts for account in page["Accounts"]}
    assert by_id[CLOSED]["Status"] == "SUSPENDED"
    assert by_id[SPOKE]["Arn"] == f"arn:aws:organizations::{MANAGEMENT}:account/o-demo123456/{SPOKE}"
    root = organizations.list_roots()["Roots"][0]
    units = organizations.list_organizational_units_for_parent(ParentId=root["Id"])["OrganizationalUnits"]
    by_name = {unit["Name"]: unit for unit in units}
    assert set(by_name) == {"customers", "infrastructure"}
    members = organizations.list_accounts_for_parent(ParentId=by_name["customers"]["Id"])["Accounts"]
    assert SPOKE in {account["Id"] for account in members}
    assert organizations.list_parents(ChildId=SPOKE)["Parents"] == [
        {"Id": by_name["customers"]["Id"], "Type": "ORGANIZATIONAL_UNIT"}
    ]
    described = organizations.describe_organizational_unit(OrganizationalUnitId=by_name["customers"]["Id"])
    assert described["OrganizationalUnit"]["Name"] == "customers"
    assert organizations.list_tags_for_resource(ResourceId=SPOKE)["Tags"] == [{"Key": "segment", "Value": "customers"}]
