# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM Identity Center: assignments and provisioning, which are asynchronous.

https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreateAccountAssignment.html
"""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import CLOSED, HUB, MANAGEMENT, SPOKE, SPOKE_2, STRANGER, Emulator, error_of, refused
from .identity_center import READ_ONLY, Center, document, enabled
from .people import allow


@pytest.fixture
def center(emulator: Emulator) -> Center:
    return enabled(emulator, delegated=HUB)


@pytest.fixture
def slow(emulator: Emulator, center: Center) -> Center:
    """Requests take 30 calls."""
    emulator.control("POST", "settings", {"transition": {"sso-request": 150}})
    return center


def settled(emulator: Emulator) -> None:
    """Let the time of all requests pass."""
    emulator.control("POST", "settings", {"transition_call": 1000})


def test_request_is_in_progress_then_succeeds(slow: Center):
    """Status: IN_PROGRESS, FAILED, SUCCEEDED; the role comes with the success."""
    named = slow.permission_set()
    made = slow.sso.create_account_assignment(**named, **slow.target())["AccountAssignmentCreationStatus"]
    assert made["Status"] == "IN_PROGRESS"
    expected = {"TargetId": SPOKE, "PrincipalType": "GROUP", "PermissionSetArn": named["PermissionSetArn"]}
    assert expected.items() <= made.items()
    assert slow.created(made["RequestId"])["Status"] == "IN_PROGRESS"
    assert slow.assignments(named) == []
    assert slow.role() is None
    listed = slow.sso.list_account_assignment_creation_status(**slow.arn, Filter={"Status": "IN_PROGRESS"})
    assert [each["RequestId"] for each in listed["AccountAssignmentsCreationStatus"]] == [made["RequestId"]]
    settled(slow.emulator)
    assert slow.role() is not None  # IAM sees it without a call of IAM Identity Center in between
    assert slow.created(made["RequestId"])["Status"] == "SUCCEEDED"
    assert [each["PrincipalId"] for each in slow.assignments(named)] == [slow.told["groups"]["group-a"]]


def test_requests_are_listed_by_their_kind(center: Center):
    named = center.permission_set()
    requests = [center.assign(named), center.provision(named), center.unassign(named)]

    def listed(**of: Any) -> list[str]:
        found = [
            center.sso.list_account_assignment_creation_status(**center.arn, **of)["AccountAssignmentsCreationStatus"],
            center.sso.list_permission_set_provisioning_status(**center.arn, **of)["PermissionSetsProvisioningStatus"],
            center.sso.list_account_assignment_deletion_status(**center.arn, **of)["AccountAssignmentsDeletionStatus"],
        ]
        return [each["RequestId"] for of_kind in found for each in of_kind]

    assert listed() == listed(Filter={"Status": "SUCCEEDED"}) == [each["RequestId"] for each in requests]
    assert listed(Filter={"Status": "FAILED"}) == []


def test_one_request_an_account_at_a_time(slow: Center):
    """limits.html: one role of an account is updated at a time; the ConflictException's text is not verified."""
    named = slow.permission_set()
    first = slow.sso.create_account_assignment(**named, **slow.target())["AccountAssignmentCreationStatus"]
    create = slow.sso.create_account_assignment
    assert refused(create, **named, **slow.target("group-b"))[0] == "ConflictException"
    assert refused(slow.sso.delete_permission_set, **named)[0] == "ConflictException"
    create(**named, **slow.target("group-b", SPOKE_2))  # another account's
    settled(slow.emulator)
    assert slow.created(first["RequestId"])["Status"] == "SUCCEEDED"
    assert slow.assign(named, group="group-b")["Status"] in ("IN_PROGRESS", "SUCCEEDED")


def test_outstanding_requests_are_limited(slow: Center):
    """limits.html: 15 outstanding asynchronous calls; the code is not verified."""
    slow.emulator.control("POST", "identity_center", {"quotas": {"outstanding": 2}})
    named = slow.permission_set()
    for account_id in (SPOKE, SPOKE_2):
        slow.sso.create_account_assignment(**named, **slow.target(account_id=account_id))
    third = slow.target(account_id=HUB)
    assert refused(slow.sso.create_account_assignment, **named, **third)[0] == "ThrottlingException"


def test_same_assignment_again_succeeds(center: Center):
    """Not verified."""
    named = center.permission_set()
    assert center.assign(named)["Status"] == center.assign(named)["Status"] == "SUCCEEDED"
    assert len(center.assignments(named)) == 1


def test_last_assignment_of_an_account_takes_the_role_along(center: Center):
    named = center.permission_set()
    center.assign(named)
    center.assign(named, group="group-b")
    error = error_of(center.sso.delete_permission_set, **named)
    assert error[0] == "ConflictException"
    assert error[1].startswith("Could not delete because")  # hashicorp/terraform-provider-aws#26757
    assert center.unassign(named)["Status"] == "SUCCEEDED"
    assert center.role() is not None
    assert center.unassign(named, group="group-b")["Status"] == "SUCCEEDED"
    assert center.role() is None
    assert center.emulator.client(SPOKE, "iam").list_saml_providers()["SAMLProviderList"] == []
    center.sso.delete_permission_set(**named)


def test_assignment_that_does_not_exist(center: Center):
    """The reason: hashicorp/terraform-provider-aws#35158."""
    named = center.permission_set()
    status = center.unassign(named)
    assert (status["Status"], status["FailureReason"]) == (
        "FAILED",
        "Received a 404 status error: Assignment not found.",
    )


def test_closed_account_fails_in_the_queue(center: Center):
    """The reason: aws-samples/aws-identitycenter-codepipeline-auto-assignment#31."""
    status = center.assign(center.permission_set(), account_id=CLOSED)
    assert status["Status"] == "FAILED"
    assert f"Obtaining permissions to manage your AWS account '{CLOSED}' takes longer" in status["FailureReason"]


def test_account_that_is_closed_while_its_request_waits(slow: Center):
    named = slow.permission_set()
    made = slow.sso.create_account_assignment(**named, **slow.target())["AccountAssignmentCreationStatus"]
    slow.emulator.client(MANAGEMENT, "organizations").close_account(AccountId=SPOKE)
    settled(slow.emulator)
    assert slow.created(made["RequestId"])["Status"] == "FAILED"
    assert slow.assignments(named) == []


def test_accounts_and_principals_have_to_exist(center: Center):
    """Neither error is verified."""
    named = center.permission_set()
    stranger = center.target(account_id=STRANGER)
    assert refused(center.sso.create_account_assignment, **named, **stranger)[0] == "ResourceNotFoundException"
    nobody = {"PrincipalType": "GROUP", "PrincipalId": "11111111-2222-3333-4444-555555555555"}
    assert center.assign(named, **nobody)["Status"] == "FAILED"


def test_change_reaches_the_accounts_when_it_is_provisioned(center: Center):
    """CreateAccountAssignment: "If the permission set is subsequently updated, the corresponding IAM policies attached
    to roles in your accounts will not be updated automatically. In this case, you must call ProvisionPermissionSet"."""
    named = center.permission_set("developers", allow("s3:GetObject"))
    center.assign(named)
    iam, role = center.emulator.client(SPOKE, "iam"), center.role()["RoleName"]
    center.sso.put_inline_policy_to_permission_set(**named, InlinePolicy=document(allow("s3:PutObject")))
    center.sso.attach_managed_policy_to_permission_set(**named, ManagedPolicyArn=READ_ONLY)
    policy = {"RoleName": role, "PolicyName": "AwsSSOInlinePolicy"}

    def action() -> Any:
        return iam.get_role_policy(**policy)["PolicyDocument"]["Statement"][0]["Action"]

    def outdated() -> list[str]:
        status = {"ProvisioningStatus": "LATEST_PERMISSION_SET_NOT_PROVISIONED"}
        return center.sso.list_accounts_for_provisioned_permission_set(**named, **status)["AccountIds"]

    assert (action(), outdated()) == ("s3:GetObject", [SPOKE])
    assert center.provision(named)["Status"] == "SUCCEEDED"
    assert (action(), outdated()) == ("s3:PutObject", [])
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert [each["PolicyArn"] for each in attached] == [READ_ONLY]
    sets = center.sso.list_permission_sets_provisioned_to_account(**center.arn, AccountId=SPOKE)["PermissionSets"]
    assert sets == [named["PermissionSetArn"]]


def test_set_of_no_account_is_provisioned(center: Center):
    """Terraform's provider waits for SUCCEEDED after a change of a set, assigned or not."""
    assert center.provision(center.permission_set())["Status"] == "SUCCEEDED"


def test_set_can_be_provisioned_without_an_assignment(center: Center):
    """hashicorp/terraform-provider-aws#32006."""
    named = center.permission_set()
    assert center.provision(named, TargetType="AWS_ACCOUNT", TargetId=SPOKE)["Status"] == "SUCCEEDED"
    assert center.role() is not None
    assert refused(center.sso.delete_permission_set, **named)[0] == "ConflictException"


def test_customer_managed_policy_has_to_exist_in_the_account(center: Center):
    """API_CustomerManagedPolicyReference.html: "in each AWS account"; the reason's text is not verified."""
    named = center.permission_set()
    reference = {"Name": "own", "Path": "/team/"}
    center.sso.attach_customer_managed_policy_reference_to_permission_set(
        **named, CustomerManagedPolicyReference=reference
    )
    status = center.assign(named)
    assert status["Status"] == "FAILED"
    assert f"arn:aws:iam::{SPOKE}:policy/team/own" in status["FailureReason"]
    assert center.assignments(named) == []
    iam = center.emulator.client(SPOKE, "iam")
    iam.create_policy(PolicyName="own", Path="/team/", PolicyDocument=document())
    assert center.assign(named)["Status"] == "SUCCEEDED"


def test_iams_quota_of_policies_counts(center: Center):
    """limits.html, footnote: IAM allows ten policies a role unless it is raised."""
    named = center.permission_set()
    iam = center.emulator.client(SPOKE, "iam")
    for number in range(11):
        iam.create_policy(PolicyName=f"own-{number}", PolicyDocument=document())
        center.sso.attach_customer_managed_policy_reference_to_permission_set(
            **named, CustomerManagedPolicyReference={"Name": f"own-{number}"}
        )
    status = center.assign(named)
    assert status["Status"] == "FAILED"
    assert "PoliciesPerRole" in status["FailureReason"]


def test_sets_of_an_account_are_limited(center: Center):
    """limits.html: 500 provisioned sets an account; whether it is refused at once isn't verified."""
    center.emulator.control("POST", "identity_center", {"quotas": {"provisioned_per_account": 1}})
    center.assign(center.permission_set("one"))
    two = center.permission_set("two")
    create = center.sso.create_account_assignment
    assert refused(create, **two, **center.target())[0] == "ServiceQuotaExceededException"
    assert center.assign(two, account_id=SPOKE_2)["Status"] == "SUCCEEDED"


def test_delegated_administrator_cannot_touch_the_management_account(center: Center):
    """delegated-admin.html; text: aws-samples/iam-identity-center-team#59."""
    hub, named = center.seen_by(HUB), center.permission_set()
    code, message = error_of(hub.sso.create_account_assignment, **named, **center.target(account_id=MANAGEMENT))
    assert code == "AccessDeniedException"
    arn = named["PermissionSetArn"]
    assert message.endswith(f"is not authorized to perform: sso:CreateAccountAssignment on resource: {arn}")
    assert hub.assign(named)["Status"] == "SUCCEEDED"


def test_delegated_administrator_cannot_use_a_set_of_the_management_account(center: Center):
    """fivexl/terraform-aws-sso-elevator#101, awslabs/landing-zone-accelerator-on-aws#274: not for others either."""
    hub, named = center.seen_by(HUB), center.permission_set()
    assert center.assign(named, account_id=MANAGEMENT)["Status"] == "SUCCEEDED"
    for call, parameters in (
        (hub.sso.create_account_assignment, center.target()),
        (hub.sso.update_permission_set, {"Description": "changed"}),
        (hub.sso.provision_permission_set, {"TargetType": "ALL_PROVISIONED_ACCOUNTS"}),
        (hub.sso.put_inline_policy_to_permission_set, {"InlinePolicy": document()}),
    ):
        assert refused(call, **named, **parameters)[0] == "AccessDeniedException"
    assert hub.sso.describe_permission_set(**named)["PermissionSet"]["Name"] == "developers"


def test_assignments_of_a_principal_are_listed_for_the_management_account(center: Center):
    """botocore's model: "must be called from the management account"; a user's include those of its groups."""
    named = center.permission_set()
    center.assign(named)
    of = center.arn | {"PrincipalType": "USER", "PrincipalId": center.told["users"]["ana"]}
    found = center.sso.list_account_assignments_for_principal(**of)["AccountAssignments"]
    assert [(each["AccountId"], each["PrincipalType"]) for each in found] == [(SPOKE, "GROUP")]
    other = center.sso.list_account_assignments_for_principal(**of, Filter={"AccountId": SPOKE_2})
    assert other["AccountAssignments"] == []
    hub = center.seen_by(HUB)
    assert refused(hub.sso.list_account_assignments_for_principal, **of)[0] == "AccessDeniedException"
