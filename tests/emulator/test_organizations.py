# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What AWS Organizations refuses, and what its changes keep.

https://docs.aws.amazon.com/organizations/latest/APIReference/, the errors of the operation's page; a reason in capitals
is one that this page lists for ConstraintViolationException or InvalidInputException.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import HUB, MANAGEMENT, SPOKE, Emulator, error_of, refused

DENY = {"Effect": "Deny", "Action": "ec2:*", "Resource": "*"}
NO_UNIT, NO_ACCOUNT, NO_POLICY = "ou-abcd-12345678", "123123123123", "p-12345678"
SCP, SSM = "SERVICE_CONTROL_POLICY", "ssm.amazonaws.com"


def document(*statements: dict[str, Any], version: str = "2012-10-17") -> str:
    return json.dumps({"Version": version, "Statement": list(statements)})


class Tree:
    """The seed's organization by names: {root}, {customers}, {infrastructure}, {policy} in parameters."""

    def __init__(self, organizations: Any):
        self.api = organizations
        self.ids = {"root": organizations.list_roots()["Roots"][0]["Id"]}
        units = organizations.list_organizational_units_for_parent(ParentId=self.ids["root"])["OrganizationalUnits"]
        self.ids |= {unit["Name"]: unit["Id"] for unit in units}

    def policy(self, name: str, kind: str = SCP, content: str | None = None) -> str:
        content = document(DENY) if content is None else content
        made = self.api.create_policy(Name=name, Description="d", Type=kind, Content=content)
        return made["Policy"]["PolicySummary"]["Id"]

    def unit(self, parent: str, name: str) -> str:
        made = self.api.create_organizational_unit(ParentId=parent, Name=name)
        return made["OrganizationalUnit"]["Id"]

    def filled(self, parameters: dict[str, Any]) -> dict[str, Any]:
        return {
            name: value.format(**self.ids)
            if isinstance(value, str) and value[:1] == "{" and value[-1:] == "}"
            else value
            for name, value in parameters.items()
        }

    def attached(self, target: str) -> list[str]:
        found = self.api.list_policies_for_target(TargetId=target, Filter=SCP)["Policies"]
        return [policy["Id"] for policy in found]


@pytest.fixture
def tree(client: Callable[..., Any]) -> Tree:
    made = Tree(client(MANAGEMENT, "organizations"))
    made.api.enable_policy_type(RootId=made.ids["root"], PolicyType=SCP)
    made.ids["policy"] = made.policy("deny")
    made.api.attach_policy(PolicyId=made.ids["policy"], TargetId=SPOKE)
    return made


def tags(*keys: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": "1"} for key in keys]


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        (
            "create_organizational_unit",
            {"ParentId": "{root}", "Name": "customers"},
            "DuplicateOrganizationalUnitException",
        ),
        ("create_organizational_unit", {"ParentId": NO_UNIT, "Name": "x"}, "ParentNotFoundException"),
        (
            "update_organizational_unit",
            {"OrganizationalUnitId": "{customers}", "Name": "infrastructure"},
            "DuplicateOrganizationalUnitException",
        ),
        (
            "update_organizational_unit",
            {"OrganizationalUnitId": NO_UNIT, "Name": "x"},
            "OrganizationalUnitNotFoundException",
        ),
        (
            "delete_organizational_unit",
            {"OrganizationalUnitId": "{customers}"},
            "OrganizationalUnitNotEmptyException",
        ),
        (
            "move_account",
            {"AccountId": SPOKE, "SourceParentId": "{root}", "DestinationParentId": "{infrastructure}"},
            "SourceParentNotFoundException",
        ),
        (
            "move_account",
            {"AccountId": SPOKE, "SourceParentId": "{customers}", "DestinationParentId": NO_UNIT},
            "DestinationParentNotFoundException",
        ),
        (
            "move_account",
            {"AccountId": SPOKE, "SourceParentId": "{customers}", "DestinationParentId": "{customers}"},
            "DuplicateAccountException",
        ),
        (
            "move_account",
            {"AccountId": NO_ACCOUNT, "SourceParentId": "{customers}", "DestinationParentId": "{root}"},
            "AccountNotFoundException",
        ),
        ("list_parents", {"ChildId": NO_ACCOUNT}, "ChildNotFoundException"),
        ("list_parents", {"ChildId": NO_UNIT}, "ChildNotFoundException"),
        ("attach_policy", {"PolicyId": "{policy}", "TargetId": SPOKE}, "DuplicatePolicyAttachmentException"),
        ("attach_policy", {"PolicyId": "{policy}", "TargetId": NO_UNIT}, "TargetNotFoundException"),
        ("attach_policy", {"PolicyId": "{policy}", "TargetId": NO_ACCOUNT}, "TargetNotFoundException"),
        ("attach_policy", {"PolicyId": NO_POLICY, "TargetId": SPOKE}, "PolicyNotFoundException"),
        ("detach_policy", {"PolicyId": "{policy}", "TargetId": HUB}, "PolicyNotAttachedException"),
        ("detach_policy", {"PolicyId": "p-FullAWSAccess", "TargetId": HUB}, "ConstraintViolationException"),
        ("delete_policy", {"PolicyId": "{policy}"}, "PolicyInUseException"),
        ("delete_policy", {"PolicyId": "p-FullAWSAccess"}, "InvalidInputException"),  # IMMUTABLE_POLICY
        ("update_policy", {"PolicyId": "p-FullAWSAccess", "Name": "x"}, "InvalidInputException"),
        ("update_policy", {"PolicyId": "{policy}", "Name": "FullAWSAccess"}, "DuplicatePolicyException"),
        ("update_policy", {"PolicyId": "{policy}", "Content": "{"}, "MalformedPolicyDocumentException"),
        ("list_policies_for_target", {"TargetId": NO_ACCOUNT, "Filter": SCP}, "TargetNotFoundException"),
        ("enable_policy_type", {"RootId": "{root}", "PolicyType": SCP}, "PolicyTypeAlreadyEnabledException"),
        ("disable_policy_type", {"RootId": "{root}", "PolicyType": "TAG_POLICY"}, "PolicyTypeNotEnabledException"),
        ("tag_resource", {"ResourceId": SPOKE, "Tags": tags("aws:x")}, "InvalidInputException"),
        ("tag_resource", {"ResourceId": SPOKE, "Tags": tags("x", "x")}, "InvalidInputException"),  # DUPLICATE_TAG_KEY
        ("tag_resource", {"ResourceId": SPOKE, "Tags": tags(*map(str, range(51)))}, "ConstraintViolationException"),
        (
            "deregister_delegated_administrator",
            {"AccountId": SPOKE, "ServicePrincipal": SSM},
            "AccountNotRegisteredException",
        ),
        ("list_delegated_services_for_account", {"AccountId": NO_ACCOUNT}, "AccountNotFoundException"),
        ("delete_organization", {}, "OrganizationNotEmptyException"),
        ("describe_create_account_status", {"CreateAccountRequestId": "car-12345678"}, "CreateAccountStatusNotFound"),
    ],
)
def test_refused(tree: Tree, operation: str, parameters: dict[str, Any], code: str) -> None:
    found, status = refused(getattr(tree.api, operation), **tree.filled(parameters))
    assert (found.removesuffix("Exception"), status) == (code.removesuffix("Exception"), 400)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (SCP, "{"),
        (SCP, "[]"),
        (SCP, "{}"),
        (SCP, document(DENY, version="2020-01-01")),
        (SCP, document(DENY | {"Principal": "*"})),
        (SCP, document({"Effect": "Deny", "Resource": "*"})),
        (SCP, document({"Effect": "Deny", "Action": "*"})),
        (SCP, document(DENY | {"Effect": "deny"})),
        ("RESOURCE_CONTROL_POLICY", document(DENY)),
        ("RESOURCE_CONTROL_POLICY", document(DENY | {"Principal": "*", "Effect": "Allow"})),
    ],
)
def test_a_malformed_policy(tree: Tree, kind: str, content: str) -> None:
    """orgs_manage_policies_scps_syntax.html, orgs_manage_policies_rcps_syntax.html"""
    with pytest.raises(tree.api.exceptions.MalformedPolicyDocumentException):
        tree.policy("bad", kind, content)


def test_a_policy_has_5120_characters(tree: Tree) -> None:
    """The user guide's "Quotas and service limits". Not verified: the text, which is from memory."""
    with pytest.raises(tree.api.exceptions.ConstraintViolationException) as error:
        tree.policy("large", content=document(DENY).ljust(5121))
    assert error.value.response["Error"]["Message"] == "You have exceeded the maximum policy size."
    tree.policy("right", content=document(DENY).ljust(5120))


def test_five_policies_of_a_type_at_a_target(tree: Tree) -> None:
    """MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED: five, FullAWSAccess among them."""
    for number in range(3):
        tree.api.attach_policy(PolicyId=tree.policy(f"p{number}"), TargetId=SPOKE)
    sixth = tree.policy("sixth")
    assert refused(tree.api.attach_policy, PolicyId=sixth, TargetId=SPOKE) == ("ConstraintViolationException", 400)


def test_the_last_policy_stays(tree: Tree) -> None:
    """MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"""
    tree.api.detach_policy(PolicyId="p-FullAWSAccess", TargetId=SPOKE)
    code, text = error_of(tree.api.detach_policy, PolicyId=tree.ids["policy"], TargetId=SPOKE)
    assert (code, text[:37]) == ("ConstraintViolationException", "You cannot remove the last policy att")


def test_a_unit_is_renamed_among_its_siblings(tree: Tree) -> None:
    """UpdateOrganizationalUnit: a name is unique within its parent; without a name the unit keeps its own"""
    inner = tree.unit(tree.ids["customers"], "customers")
    renamed = tree.api.update_organizational_unit(OrganizationalUnitId=inner, Name="infrastructure")
    assert renamed["OrganizationalUnit"]["Name"] == "infrastructure"
    kept = tree.api.update_organizational_unit(OrganizationalUnitId=inner)
    assert kept["OrganizationalUnit"]["Name"] == "infrastructure"


def test_units_are_five_levels_deep(tree: Tree) -> None:
    """OU_DEPTH_LIMIT_EXCEEDED: "five levels deep" (orgs_reference_limits.html)"""
    parent = tree.ids["customers"]
    for _ in range(4):
        parent = tree.unit(parent, "inner")
    call = tree.api.create_organizational_unit
    assert refused(call, ParentId=parent, Name="inner") == ("ConstraintViolationException", 400)


def test_a_deleted_unit_is_no_target(tree: Tree) -> None:
    """ListTargetsForPolicy lists existing entities."""
    inner = tree.unit(tree.ids["root"], "inner")
    tree.api.attach_policy(PolicyId=tree.ids["policy"], TargetId=inner)
    tree.api.delete_organizational_unit(OrganizationalUnitId=inner)
    targets = tree.api.list_targets_for_policy(PolicyId=tree.ids["policy"])["Targets"]
    assert [target["TargetId"] for target in targets] == [SPOKE]


def test_an_account_is_created_once_for_an_address(tree: Tree, emulator: Emulator) -> None:
    """CreateAccountStatus: IN_PROGRESS, SUCCEEDED, FAILED with EMAIL_ALREADY_EXISTS"""
    emulator.control("POST", "settings", {"transition": {"create-account": 60_000}})
    started = tree.api.create_account(AccountName="new", Email="new@example.com")["CreateAccountStatus"]
    assert started["State"] == "IN_PROGRESS" and "AccountId" not in started
    emulator.control("POST", "settings", {"transition": {"create-account": 0}})
    done = tree.api.create_account(AccountName="other", Email="other@example.com")["CreateAccountStatus"]
    known = {account["Id"]: account["Name"] for account in tree.api.list_accounts()["Accounts"]}
    assert known[done["AccountId"]] == "other"
    again = tree.api.create_account(AccountName="third", Email="A@example.com")["CreateAccountStatus"]
    assert (again["State"], again["FailureReason"]) == ("FAILED", "EMAIL_ALREADY_EXISTS")
    found = tree.api.describe_create_account_status(CreateAccountRequestId=again["Id"])["CreateAccountStatus"]
    assert found == again
    failed = tree.api.list_create_account_status(States=["FAILED"])["CreateAccountStatuses"]
    assert [status["Id"] for status in failed] == [again["Id"]]


def test_a_disabled_type_is_detached(tree: Tree) -> None:
    """disable-policy-type.html: "all policies of that type are automatically detached"; enabled again, each target has
    AWS's own policy"""
    tree.api.disable_policy_type(RootId=tree.ids["root"], PolicyType=SCP)
    assert tree.attached(SPOKE) == []
    tree.api.enable_policy_type(RootId=tree.ids["root"], PolicyType=SCP)
    assert tree.attached(SPOKE) == ["p-FullAWSAccess"]


def test_a_policy_keeps_what_an_update_leaves_out(tree: Tree) -> None:
    """UpdatePolicy: optional parameters"""
    tree.api.update_policy(PolicyId=tree.ids["policy"], Name="renamed")
    policy = tree.api.describe_policy(PolicyId=tree.ids["policy"])["Policy"]
    assert (policy["PolicySummary"]["Name"], policy["PolicySummary"]["Description"]) == ("renamed", "d")
    assert json.loads(policy["Content"]) == json.loads(document(DENY))


def test_an_administrator_is_of_one_service(tree: Tree) -> None:
    """DeregisterDelegatedAdministrator: AccountNotRegisteredException"""
    tree.api.register_delegated_administrator(AccountId=SPOKE, ServicePrincipal=SSM)
    call = tree.api.deregister_delegated_administrator
    assert refused(call, AccountId=SPOKE, ServicePrincipal="guardduty.amazonaws.com") == (
        "AccountNotRegisteredException",
        400,
    )
    call(AccountId=SPOKE, ServicePrincipal=SSM)
    listed = tree.api.list_delegated_administrators()["DelegatedAdministrators"]
    assert listed == []


def test_a_member_has_an_organization(client: Callable[..., Any]) -> None:
    """CreateOrganization: AlreadyInOrganizationException"""
    assert refused(client(SPOKE, "organizations").create_organization) == ("AlreadyInOrganizationException", 400)
