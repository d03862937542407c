# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM Identity Center: the instance and its permission sets.

https://docs.aws.amazon.com/singlesignon/latest/APIReference/
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .conftest import HUB, MANAGEMENT, SEED, SPOKE, Emulator, error_of, refused, running
from .identity_center import READ_ONLY, Center, document, enabled
from .people import allow, created


@pytest.fixture
def center(emulator: Emulator) -> Center:
    return enabled(emulator, delegated=HUB)


def test_instance_is_the_organizations_in_its_region(emulator: Emulator, center: Center):
    """ListInstances: "created in or visible to the account"; what other members see is not verified."""
    seen = center.sso.list_instances()["Instances"]
    assert [(each["InstanceArn"], each["OwnerAccountId"], each["Status"]) for each in seen] == [
        (center.told["instance_arn"], MANAGEMENT, "ACTIVE")
    ]
    assert center.seen_by(HUB).sso.list_instances()["Instances"] == seen
    assert center.seen_by(SPOKE).sso.list_instances()["Instances"] == []
    assert emulator.client(MANAGEMENT, "sso-admin", "us-east-1").list_instances()["Instances"] == []
    assert center.sso.describe_instance(**center.arn)["IdentityStoreId"] == center.told["identity_store_id"]


def test_no_instance_unless_it_was_enabled(emulator: Emulator):
    """Of an organization, it is enabled in the console; CreateInstance is rejected "within the management account"."""
    sso = emulator.client(MANAGEMENT, "sso-admin")
    assert sso.list_instances()["Instances"] == []
    assert refused(sso.create_instance, Name="center")[0] == "ValidationException"


def test_member_account_is_refused(center: Center):
    """The API is for the management account and delegated administrators; the code is not verified."""
    spoke = center.seen_by(SPOKE)
    assert error_of(spoke.sso.list_permission_sets, **center.arn)[0] == "AccessDeniedException"


def test_permission_set_is_created_updated_and_deleted(center: Center):
    named = center.permission_set(Description="of customer a", SessionDuration="PT8H", RelayState="https://example.com")
    described = center.sso.describe_permission_set(**named)["PermissionSet"]
    expected = {"Name": "developers", "Description": "of customer a", "SessionDuration": "PT8H"}
    assert expected.items() <= described.items()
    assert described["PermissionSetArn"].startswith("arn:aws:sso:::permissionSet/ssoins-")
    center.sso.update_permission_set(**named, SessionDuration="PT1H")
    described = center.sso.describe_permission_set(**named)["PermissionSet"]
    assert described["SessionDuration"] == "PT1H"
    assert described["Description"] == "of customer a"
    # hashicorp/terraform-provider-aws#17411: a relay state that isn't sent is cleared.
    assert "RelayState" not in described
    center.sso.delete_permission_set(**named)
    assert center.sso.list_permission_sets(**center.arn)["PermissionSets"] == []
    code, message = error_of(center.sso.describe_permission_set, **named)
    assert code == "ResourceNotFoundException"
    assert message.startswith("Could not find PermissionSet with id ps-")


def test_name_is_unique(center: Center):
    """avlcloudtechnologies/terraform-aws-sso#6."""
    center.permission_set("AdministratorAccess")
    error = error_of(center.permission_set, name="AdministratorAccess")
    assert error == ("ConflictException", "PermissionSet with name AdministratorAccess already exists.")


@pytest.mark.parametrize("duration", ["PT59M", "PT12H1S", "PT13H"])
def test_session_is_one_to_twelve_hours(center: Center, duration: str):
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/howtosessionduration.html; the code is not verified."""
    assert refused(center.permission_set, SessionDuration=duration) == ("ValidationException", 400)
    named = center.permission_set(SessionDuration="PT12H")
    assert refused(center.sso.update_permission_set, **named, SessionDuration=duration)[0] == "ValidationException"


def test_inline_policy(center: Center):
    named = center.permission_set()
    assert center.sso.get_inline_policy_for_permission_set(**named)["InlinePolicy"] == ""
    center.sso.put_inline_policy_to_permission_set(**named, InlinePolicy=document())
    assert center.sso.get_inline_policy_for_permission_set(**named)["InlinePolicy"] == document()
    center.sso.delete_inline_policy_from_permission_set(**named)
    assert center.sso.get_inline_policy_for_permission_set(**named)["InlinePolicy"] == ""


@pytest.mark.parametrize(
    "text, code",
    [
        ('{"Version": "2012-10-17", "Statement": []}', "ValidationException"),
        (document({"Effect": "Allow", "Action": "ec2:*"}), "ValidationException"),
        (" " * 32768 + document(), "ValidationException"),
        (document(allow(["ec2:Describe" + "a" * 100] * 100)), "ServiceQuotaExceededException"),
    ],
    ids=["no statements", "no resource", "over 32,768 bytes", "over 10,240 characters"],
)
def test_inline_policy_that_is_refused(center: Center, text: str, code: str):
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html; which code it is isn't verified."""
    named = center.permission_set()
    assert refused(center.sso.put_inline_policy_to_permission_set, **named, InlinePolicy=text)[0] == code


def test_managed_policies(center: Center):
    """Texts: moto's."""
    named = center.permission_set()
    attach = center.sso.attach_managed_policy_to_permission_set
    attach(**named, ManagedPolicyArn=READ_ONLY)
    listed = center.sso.list_managed_policies_in_permission_set(**named)["AttachedManagedPolicies"]
    assert listed == [{"Name": "ReadOnlyAccess", "Arn": READ_ONLY}]
    assert error_of(attach, **named, ManagedPolicyArn=READ_ONLY)[0] == "ConflictException"
    missing = "arn:aws:iam::aws:policy/NoSuchPolicy"
    assert error_of(attach, **named, ManagedPolicyArn=missing) == (
        "ResourceNotFoundException",
        f"Policy does not exist with ARN: {missing}",
    )
    center.sso.detach_managed_policy_from_permission_set(**named, ManagedPolicyArn=READ_ONLY)
    detach = center.sso.detach_managed_policy_from_permission_set
    assert error_of(detach, **named, ManagedPolicyArn=READ_ONLY)[0] == "ResourceNotFoundException"


def test_policies_of_a_set_are_twenty(center: Center):
    """limits.html: "Number of AWS managed and customer managed policies per permission set: 20"."""
    named = center.permission_set()
    attach = center.sso.attach_customer_managed_policy_reference_to_permission_set
    for number in range(20):
        attach(**named, CustomerManagedPolicyReference={"Name": f"own-{number}", "Path": "/team/"})
    assert refused(attach, **named, CustomerManagedPolicyReference={"Name": "own-20"})[0] == (
        "ServiceQuotaExceededException"
    )
    managed = center.sso.attach_managed_policy_to_permission_set
    assert refused(managed, **named, ManagedPolicyArn=READ_ONLY)[0] == "ServiceQuotaExceededException"
    listed = center.sso.list_customer_managed_policy_references_in_permission_set(**named, MaxResults=15)
    assert len(listed["CustomerManagedPolicyReferences"]) == 15
    rest = center.sso.list_customer_managed_policy_references_in_permission_set(**named, NextToken=listed["NextToken"])
    assert [each["Name"] for each in rest["CustomerManagedPolicyReferences"]] == [f"own-{n}" for n in range(15, 20)]


def test_permissions_boundary(center: Center):
    """API_PermissionsBoundary.html: an AWS-managed policy, or the name and path of the accounts' own."""
    named = center.permission_set()
    get = center.sso.get_permissions_boundary_for_permission_set
    assert refused(get, **named)[0] == "ResourceNotFoundException"
    put = center.sso.put_permissions_boundary_to_permission_set
    put(**named, PermissionsBoundary={"CustomerManagedPolicyReference": {"Name": "limit"}})
    assert get(**named)["PermissionsBoundary"] == {"CustomerManagedPolicyReference": {"Name": "limit", "Path": "/"}}
    put(**named, PermissionsBoundary={"ManagedPolicyArn": READ_ONLY})
    assert get(**named)["PermissionsBoundary"] == {"ManagedPolicyArn": READ_ONLY}
    both = {"ManagedPolicyArn": READ_ONLY, "CustomerManagedPolicyReference": {"Name": "limit"}}
    assert refused(put, **named, PermissionsBoundary=both)[0] == "ValidationException"
    center.sso.delete_permissions_boundary_from_permission_set(**named)
    assert refused(get, **named)[0] == "ResourceNotFoundException"


def test_tags(center: Center):
    named = center.permission_set(Tags=[{"Key": "team", "Value": "a"}])
    resource = center.arn | {"ResourceArn": named["PermissionSetArn"]}
    center.sso.tag_resource(**resource, Tags=[{"Key": "team", "Value": "b"}, {"Key": "env", "Value": "x"}])
    center.sso.untag_resource(**resource, TagKeys=["env", "unknown"])
    assert center.sso.list_tags_for_resource(**resource)["Tags"] == [{"Key": "team", "Value": "b"}]


def test_number_of_sets_is_limited(emulator: Emulator, center: Center):
    """limits.html: 3500, which can be increased."""
    emulator.control("POST", "identity_center", {"quotas": {"permission_sets": 2}})
    center.permission_set("one")
    center.permission_set("two")
    assert refused(center.permission_set, name="three")[0] == "ServiceQuotaExceededException"
    assert len(center.sso.list_permission_sets(**center.arn)["PermissionSets"]) == 2


def test_pages(center: Center):
    arns = [center.permission_set(f"set-{number}")["PermissionSetArn"] for number in range(5)]
    pages: list[Any] = list(
        center.sso.get_paginator("list_permission_sets").paginate(**center.arn, PaginationConfig={"PageSize": 2})
    )
    assert [page["PermissionSets"] for page in pages] == [arns[:2], arns[2:4], arns[4:]]


def test_what_is_not_known_is_named(center: Center):
    """Applications, trusted token issuers and further regions aren't emulated."""
    assert error_of(center.sso.list_applications, **center.arn)[0] == "InvalidAction"
    assert error_of(center.sso.add_region, **center.arn, RegionName="eu-west-1")[0] == "InvalidAction"


def test_twenty_calls_a_second(emulator: Emulator, center: Center):
    """limits.html: "a collective throttle maximum of 20 transactions per second"; the burst is not verified."""
    sso = center.sso
    emulator.control("POST", "settings", {"buckets": {"sso-admin": [3, 0.01]}})
    for call in (sso.list_instances, sso.list_instances, lambda: sso.list_permission_sets(**center.arn)):
        call()
    assert refused(sso.describe_instance, **center.arn) == ("ThrottlingException", 400)
    center.emulator.client(MANAGEMENT, "iam").list_roles()
    emulator.control("POST", "settings", {"buckets": "documented"})
    answers = [_throttled(sso) for _ in range(60)]
    assert answers[:20] == [False] * 20
    assert any(answers)


def _throttled(sso: Any) -> bool:
    try:
        sso.list_instances()
    except sso.exceptions.ThrottlingException:
        return True
    return False


def test_permissions_are_for_instance_set_and_account(emulator: Emulator, center: Center):
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiamidentitycenter.html"""
    named = center.permission_set(Tags=[{"Key": "team", "Value": "a"}])
    other = center.permission_set("other")
    own = {"Condition": {"StringEquals": {"aws:ResourceTag/team": "a"}}}
    clerk = created(
        emulator,
        MANAGEMENT,
        allow("sso:CreateAccountAssignment", [center.told["instance_arn"], f"arn:aws:sso:::account/{SPOKE}"]),
        allow("sso:CreateAccountAssignment", "arn:aws:sso:::permissionSet/*", **own),
    ).client("sso-admin")
    clerk.create_account_assignment(**named, **center.target())
    assert refused(clerk.create_account_assignment, **other, **center.target())[0] == "AccessDeniedException"
    hub = center.target(account_id=HUB)
    assert refused(clerk.create_account_assignment, **named, **hub)[0] == "AccessDeniedException"


def test_seed_enables_it(tmp_path: Path):
    """As the console does before the first call; a reset keeps it."""
    told = {"region": "eu-west-1", "delegated": HUB, "groups": [{"name": "group-a", "users": ["ana"]}]}
    with running(SEED | {"identity_center": told}, tmp_path) as emulator:
        emulator.control("POST", "reset")
        (instance,) = emulator.client(HUB, "sso-admin", "eu-west-1").list_instances()["Instances"]
        store = emulator.client(HUB, "identitystore", "eu-west-1")
        (group,) = store.list_groups(IdentityStoreId=instance["IdentityStoreId"])["Groups"]
        assert group["DisplayName"] == "group-a"
