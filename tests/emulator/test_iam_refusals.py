# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What IAM and STS refuse, and what a change keeps.

Without another source: https://docs.aws.amazon.com/IAM/latest/APIReference/, the operation's page.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import HUB, SPOKE, STRANGER, error_of, refused


def document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def trust(principal: Any) -> str:
    return document(Principal=principal, Action="sts:AssumeRole")


POLICY = document(Action="s3:*", Resource="*")
WITH_PRINCIPAL = document(Action="s3:*", Resource="*", Principal="*")
OWN = trust({"AWS": SPOKE})
MALFORMED = "MalformedPolicyDocument"
NO_POLICY = f"arn:aws:iam::{SPOKE}:policy/none"


@pytest.fixture
def iam(client: Callable[..., Any]) -> Any:
    """IAM of the spoke with a user, a group, a role and a policy named `known`, and an instance profile."""
    iam = client(SPOKE, "iam")
    iam.create_user(UserName="known")
    iam.create_group(GroupName="known", Path="/a/")
    iam.create_role(RoleName="known", AssumeRolePolicyDocument=OWN, Description="d", MaxSessionDuration=7200)
    iam.create_policy(PolicyName="known", PolicyDocument=POLICY)
    iam.create_instance_profile(InstanceProfileName="known")
    return iam


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": f"arn:aws:iam::{HUB}:user/nobody"},
        {"AWS": f"arn:aws:iam::{HUB}:role/nobody"},
        {"AWS": "nonsense"},
        {"Service": "service.example.com"},
    ],
)
def test_a_principal_that_does_not_exist(iam: Any, principal: dict[str, str]) -> None:
    """troubleshoot_roles.html: MalformedPolicyDocument, "Invalid principal in policy\""""
    [(kind, name)] = principal.items()
    code, text = error_of(iam.create_role, RoleName="new", AssumeRolePolicyDocument=trust(principal))
    assert (code, text) == (MALFORMED, f'Invalid principal in policy: "{kind.upper()}":"{name}"')
    call = iam.update_assume_role_policy
    assert refused(call, RoleName="known", PolicyDocument=trust(principal))[0] == MALFORMED


def test_principals_that_exist(client: Callable[..., Any], iam: Any) -> None:
    """The role's account may be anyone's; roles that AWS creates, that exist or that were assumed"""
    client(STRANGER, "sts")  # assumes a role there
    client(HUB, "iam").create_role(RoleName="made", Path="/p/", AssumeRolePolicyDocument=trust({"AWS": HUB}))
    for number, principal in enumerate(
        (
            {"AWS": "012301230123"},
            {"AWS": f"arn:aws:iam::{HUB}:role/p/made"},
            {"AWS": f"arn:aws:iam::{HUB}:role/OrganizationAccountAccessRole"},
            {"AWS": f"arn:aws:iam::{STRANGER}:role/vendor"},
            {"Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]},
            "*",
        )
    ):
        iam.create_role(RoleName=f"r{number}", AssumeRolePolicyDocument=trust(principal))


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("create_policy", {"PolicyName": "new"}),
        ("create_policy_version", {"PolicyArn": f"arn:aws:iam::{SPOKE}:policy/known"}),
        ("put_role_policy", {"RoleName": "known", "PolicyName": "p"}),
        ("put_user_policy", {"UserName": "known", "PolicyName": "p"}),
        ("put_group_policy", {"GroupName": "known", "PolicyName": "p"}),
    ],
)
def test_a_policy_of_an_identity_has_no_principal(iam: Any, operation: str, parameters: dict[str, Any]) -> None:
    """reference_policies_elements_principal.html: not in identity-based policies; grammar: Sid is alphanumeric"""
    call = getattr(iam, operation)
    assert error_of(call, **parameters, PolicyDocument=WITH_PRINCIPAL) == (
        MALFORMED,
        "Policy document should not specify a principal.",
    )
    bad_sid = document(Sid="a b", Action="s3:*", Resource="*")
    assert refused(call, **parameters, PolicyDocument=bad_sid)[0] == MALFORMED


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        # CreateRole and others: "Names are not distinguished by case."
        ("create_role", {"RoleName": "KNOWN", "AssumeRolePolicyDocument": OWN}, "EntityAlreadyExists"),
        ("create_user", {"UserName": "KNOWN"}, "EntityAlreadyExists"),
        ("create_group", {"GroupName": "KNOWN"}, "EntityAlreadyExists"),
        ("create_policy", {"PolicyName": "KNOWN", "PolicyDocument": POLICY}, "EntityAlreadyExists"),
        ("create_instance_profile", {"InstanceProfileName": "KNOWN"}, "EntityAlreadyExists"),
        ("attach_role_policy", {"RoleName": "known", "PolicyArn": NO_POLICY}, "NoSuchEntity"),
        ("attach_user_policy", {"UserName": "known", "PolicyArn": NO_POLICY}, "NoSuchEntity"),
        ("attach_group_policy", {"GroupName": "known", "PolicyArn": NO_POLICY}, "NoSuchEntity"),
        ("attach_role_policy", {"RoleName": "known", "PolicyArn": "arn:aws:iam::aws:policy"}, "ValidationError"),
        (
            "remove_role_from_instance_profile",
            {"InstanceProfileName": "known", "RoleName": "known"},
            "NoSuchEntity",
        ),
        ("list_instance_profiles_for_role", {"RoleName": "none"}, "NoSuchEntity"),
        ("list_entities_for_policy", {"PolicyArn": NO_POLICY}, "NoSuchEntity"),
        ("delete_account_alias", {"AccountAlias": "none"}, "NoSuchEntity"),
        # Not verified: the code and text of this one.
        ("tag_role", {"RoleName": "known", "Tags": [{"Key": "aws:x", "Value": ""}]}, "InvalidInput"),
    ],
)
def test_refused(iam: Any, operation: str, parameters: dict[str, Any], code: str) -> None:
    assert refused(getattr(iam, operation), **parameters)[0] == code


def test_a_group_with_users_or_policies_stays(iam: Any) -> None:
    """DeleteGroup: "The group must not contain any users or have any attached policies.\""""
    policy = f"arn:aws:iam::{SPOKE}:policy/known"
    iam.add_user_to_group(GroupName="known", UserName="known")
    assert refused(iam.delete_group, GroupName="known") == ("DeleteConflict", 409)
    iam.remove_user_from_group(GroupName="known", UserName="known")
    iam.attach_group_policy(GroupName="known", PolicyArn=policy)
    assert refused(iam.delete_group, GroupName="known") == ("DeleteConflict", 409)
    iam.detach_group_policy(GroupName="known", PolicyArn=policy)
    iam.put_group_policy(GroupName="known", PolicyName="p", PolicyDocument=POLICY)
    assert refused(iam.delete_group, GroupName="known") == ("DeleteConflict", 409)
    iam.delete_group_policy(GroupName="known", PolicyName="p")
    iam.delete_group(GroupName="known")


def test_a_group_is_moved_and_renamed(iam: Any) -> None:
    """UpdateGroup: NewPath, NewGroupName, each optional; members stay"""
    iam.add_user_to_group(GroupName="known", UserName="known")
    iam.update_group(GroupName="known", NewPath="/b/")
    assert iam.get_group(GroupName="known")["Group"]["Arn"] == f"arn:aws:iam::{SPOKE}:group/b/known"
    iam.update_group(GroupName="known", NewGroupName="new")
    found = iam.get_group(GroupName="new")
    assert (found["Group"]["Path"], [user["UserName"] for user in found["Users"]]) == ("/b/", ["known"])
    iam.create_group(GroupName="other")
    assert refused(iam.update_group, GroupName="other", NewGroupName="NEW") == ("EntityAlreadyExists", 409)
    iam.update_group(GroupName="other", NewGroupName="other")


def test_a_role_keeps_what_an_update_leaves_out(iam: Any) -> None:
    """UpdateRole: optional parameters. Not verified: its page names one hour as the default of MaxSessionDuration"""
    iam.update_role(RoleName="known", Description="new")
    role = iam.get_role(RoleName="known")["Role"]
    assert (role["MaxSessionDuration"], role["Description"]) == (7200, "new")
    iam.update_role(RoleName="known", MaxSessionDuration=3600)
    role = iam.get_role(RoleName="known")["Role"]
    assert (role["MaxSessionDuration"], role["Description"]) == (3600, "new")
    iam.update_role_description(RoleName="known", Description="newer")
    role = iam.get_role(RoleName="known")["Role"]
    assert (role["MaxSessionDuration"], role["Description"]) == (3600, "newer")


def test_a_renamed_user_keeps_its_tags(iam: Any) -> None:
    """UpdateUser: the user keeps its id, and with it what belongs to it"""
    iam.tag_user(UserName="known", Tags=[{"Key": "a", "Value": "1"}])
    iam.update_user(UserName="known", NewUserName="new", NewPath="/p/")
    assert iam.list_user_tags(UserName="new")["Tags"] == [{"Key": "a", "Value": "1"}]
    iam.create_user(UserName="known")
    assert iam.list_user_tags(UserName="known")["Tags"] == []


def test_an_alias_is_of_one_account(client: Callable[..., Any], iam: Any) -> None:
    """CreateAccountAlias: EntityAlreadyExists; console_account-alias.html: one alias for each account"""
    iam.create_account_alias(AccountAlias="first")
    iam.create_account_alias(AccountAlias="second")
    assert iam.list_account_aliases()["AccountAliases"] == ["second"]
    other = client(HUB, "iam").create_account_alias
    assert refused(other, AccountAlias="second") == ("EntityAlreadyExists", 409)
    other(AccountAlias="first")


def test_a_service_linked_role(iam: Any) -> None:
    """using-service-linked-roles.html; the name: Elastic Load Balancing's user guide. Not verified: InvalidInput"""
    service = "elasticloadbalancing.amazonaws.com"
    made = iam.create_service_linked_role(AWSServiceName=service)["Role"]
    assert made["Arn"].endswith(f":role/aws-service-role/{service}/AWSServiceRoleForElasticLoadBalancing")
    assert refused(iam.create_service_linked_role, AWSServiceName=service) == ("InvalidInput", 400)
    name = made["RoleName"]
    assert refused(iam.delete_role, RoleName=name) == ("UnmodifiableEntity", 400)
    call = {"RoleName": name, "PolicyName": "p", "PolicyDocument": POLICY}
    assert refused(iam.put_role_policy, **call) == ("UnmodifiableEntity", 400)
    iam.update_role_description(RoleName=name, Description="x")
    iam.delete_service_linked_role(RoleName=name)


def test_fifty_tags(iam: Any) -> None:
    """reference_iam-quotas.html: 50 tags of a role, also by several calls"""
    for start in (0, 25):
        tags = [{"Key": str(number), "Value": ""} for number in range(start, start + 25)]
        iam.tag_role(RoleName="known", Tags=tags)
    call = {"RoleName": "known", "Tags": [{"Key": "more", "Value": ""}]}
    assert refused(iam.tag_role, **call) == ("LimitExceeded", 409)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"RoleSessionName": "a:b"}, "ValidationError"),
        ({"SourceIdentity": "a b"}, "ValidationError"),
        ({"SerialNumber": f"arn:aws:iam::{SPOKE}:mfa/x", "TokenCode": "12345x"}, "ValidationError"),
        ({"DurationSeconds": 43201}, "ValidationError"),
        ({"Tags": [{"Key": str(number), "Value": ""} for number in range(51)]}, "ValidationError"),
        ({"Policy": "{"}, MALFORMED),
        ({"Policy": WITH_PRINCIPAL}, MALFORMED),
        ({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}] * 11}, "ValidationError"),
    ],
)
def test_assume_role_refuses(client: Callable[..., Any], iam: Any, parameters: dict[str, Any], code: str) -> None:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html, the patterns and limits"""
    call = {"RoleArn": f"arn:aws:iam::{SPOKE}:role/known", "RoleSessionName": "session"}
    assert refused(client(SPOKE, "sts").assume_role, **call | parameters) == (code, 400)


def test_lists_return_a_subset(iam: Any) -> None:
    """moto's test_user_resource_returns_subset_of_available_attributes (aws_verified); API_ListInstanceProfiles."""
    tags = [{"Key": "team", "Value": "a"}]
    boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    iam.create_user(UserName="limited", PermissionsBoundary=boundary, Tags=tags)
    listed = next(user for user in iam.list_users()["Users"] if user["UserName"] == "limited")
    assert not {"PermissionsBoundary", "Tags"} & set(listed)
    assert {"PermissionsBoundary", "Tags"} <= set(iam.get_user(UserName="limited")["User"])
    iam.create_instance_profile(InstanceProfileName="profile", Tags=tags)
    assert "Tags" not in iam.list_instance_profiles()["InstanceProfiles"][0]
    assert iam.get_instance_profile(InstanceProfileName="profile")["InstanceProfile"]["Tags"] == tags
