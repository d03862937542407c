# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM Identity Center: roles of permission sets in accounts, and who gets in with them.

https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
"""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import MANAGEMENT, SPOKE, SPOKE_2, Emulator, error_of, refused
from .identity_center import READ_ONLY, Center, enabled
from .people import allow, created, deny, policy, signed_in, wait


@pytest.fixture
def center(emulator: Emulator) -> Center:
    return enabled(emulator)


def test_role_and_its_trust(center: Center):
    named = center.permission_set(Description="of customer a", SessionDuration="PT2H")
    center.assign(named)
    role = center.role()
    name = role["RoleName"]
    assert role["Arn"] == f"arn:aws:iam::{SPOKE}:role/aws-reserved/sso.amazonaws.com/eu-central-1/{name}"
    assert len(name.rpartition("_")[2]) == 16
    assert role["Description"] == "of customer a"
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    (provider,) = center.emulator.client(SPOKE, "iam").list_saml_providers()["SAMLProviderList"]
    assert statement["Principal"] == {"Federated": provider["Arn"]}
    assert provider["Arn"].endswith("_DO_NOT_DELETE")
    assert statement["Action"] == ["sts:AssumeRoleWithSAML", "sts:TagSession"]
    assert statement["Condition"] == {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}


def test_role_path_in_us_east_1_has_no_region(emulator: Emulator):
    """referencingpermissionsets.html: in us-east-1 there is no region in the ARN."""
    center = enabled(emulator, region="us-east-1")
    center.assign(center.permission_set())
    assert center.role()["Path"] == "/aws-reserved/sso.amazonaws.com/"


def test_member_of_the_group_gets_in_and_a_stranger_does_not(emulator: Emulator, center: Center):
    center.assign(center.permission_set("developers", allow("ec2:DescribeVpcs")))
    ana = signed_in(emulator, "ana", SPOKE, role="developers")
    arn = emulator.plain_client("sts", **ana).get_caller_identity()["Arn"]
    assert arn == f"arn:aws:sts::{SPOKE}:assumed-role/{center.role()['RoleName']}/ana"
    ec2 = emulator.plain_client("ec2", **ana)
    assert len(ec2.describe_vpcs()["Vpcs"]) == 1
    assert refused(ec2.create_vpc, CidrBlock="10.0.0.0/16")[0] == "UnauthorizedOperation"
    for user, account_id, role in (
        ("bob", SPOKE, "developers"),
        ("ana", SPOKE_2, "developers"),
        ("ana", SPOKE, "auditors"),
        ("nobody", SPOKE, "developers"),
    ):
        with pytest.raises(PermissionError):
            signed_in(emulator, user, account_id, role=role)


def test_who_leaves_the_group_does_not_get_in_any_more(emulator: Emulator, center: Center):
    center.assign(center.permission_set())
    store = emulator.client(MANAGEMENT, "identitystore")
    of = {"IdentityStoreId": center.told["identity_store_id"]}
    (membership,) = store.list_group_memberships(**of, GroupId=center.told["groups"]["group-a"])["GroupMemberships"]
    signed_in(emulator, "ana", SPOKE, role="developers")
    store.delete_group_membership(**of, MembershipId=membership["MembershipId"])
    with pytest.raises(PermissionError):
        signed_in(emulator, "ana", SPOKE, role="developers")


def test_user_of_its_own_assignment_gets_in(emulator: Emulator, center: Center):
    user = {"PrincipalType": "USER", "PrincipalId": center.told["users"]["bob"]}
    center.assign(center.permission_set(), **user)
    signed_in(emulator, "bob", SPOKE, role="developers")


def test_session_lasts_as_the_set_says(emulator: Emulator, center: Center):
    """howtosessionduration.html."""
    center.assign(center.permission_set(SessionDuration="PT2H"))
    sts = emulator.plain_client("sts", **signed_in(emulator, "ana", SPOKE, role="developers"))
    wait(emulator, 7100)
    sts.get_caller_identity()
    wait(emulator, 200)
    assert refused(sts.get_caller_identity)[0] == "ExpiredToken"


def test_boundary_limits_the_session(emulator: Emulator, center: Center):
    named = center.permission_set("developers", allow("ec2:*"))
    center.sso.put_permissions_boundary_to_permission_set(**named, PermissionsBoundary={"ManagedPolicyArn": READ_ONLY})
    center.assign(named)
    ec2 = emulator.plain_client("ec2", **signed_in(emulator, "ana", SPOKE, role="developers"))
    ec2.describe_vpcs()
    assert refused(ec2.create_vpc, CidrBlock="10.0.0.0/16")[0] == "UnauthorizedOperation"


def test_nobody_assumes_the_role_by_sts(emulator: Emulator, center: Center):
    """Its trust policy names the SAML provider alone."""
    center.assign(center.permission_set())
    somebody = created(emulator, SPOKE, allow("sts:AssumeRole"))
    call = somebody.client("sts").assume_role
    assert refused(call, RoleArn=center.role()["Arn"], RoleSessionName="somebody")[0] == "AccessDenied"


@pytest.mark.parametrize(
    "operation, parameters",
    [
        ("delete_role", {}),
        ("attach_role_policy", {"PolicyArn": READ_ONLY}),
        ("put_role_policy", {"PolicyName": "more", "PolicyDocument": policy(allow("*"))}),
        ("update_assume_role_policy", {"PolicyDocument": policy(deny("*"))}),
    ],
)
def test_account_cannot_change_the_role(center: Center, operation: str, parameters: dict[str, Any]):
    """As users report it: "this role is only modifiable by AWS"."""
    center.assign(center.permission_set())
    name = center.role()["RoleName"]
    call = getattr(center.emulator.client(SPOKE, "iam"), operation)
    assert error_of(call, RoleName=name, **parameters) == (
        "UnmodifiableEntity",
        f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS",
    )
    assert center.role() is not None


def test_management_account_needs_the_callers_permissions(emulator: Emulator, center: Center):
    """awslabs/landing-zone-accelerator-on-aws#496, avlcloudtechnologies/terraform-aws-sso#15: FAILED, "Access denied by
    IAM": AWSSSOServiceRolePolicy excludes the management account."""
    named = center.permission_set()
    clerk = created(emulator, MANAGEMENT, allow("sso:*"), name="clerk").client("sso-admin")

    def status(account_id: str) -> dict[str, Any]:
        made = clerk.create_account_assignment(**named, **center.target(account_id=account_id))
        return center.created(made["AccountAssignmentCreationStatus"]["RequestId"])

    assert status(SPOKE)["Status"] == "SUCCEEDED"
    failed = status(MANAGEMENT)
    assert failed["Status"] == "FAILED"
    assert failed["FailureReason"].startswith("Received a 403 status error: Access denied by IAM.")
    roles = "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*"
    more = policy(
        allow("sso:*"),
        allow(["iam:GetRole", "iam:CreateRole", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies"], roles),
        allow(["iam:GetSAMLProvider", "iam:CreateSAMLProvider"], "arn:aws:iam::*:saml-provider/AWSSSO_*"),
    )
    emulator.client(MANAGEMENT, "iam").put_user_policy(UserName="clerk", PolicyName="own", PolicyDocument=more)
    assert status(MANAGEMENT)["Status"] == "SUCCEEDED"
    assert center.role(account_id=MANAGEMENT) is not None
