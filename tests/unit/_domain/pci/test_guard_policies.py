# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import datetime
import io
import json
import zipfile

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.iam import policy_evaluation
from ansible_collections.closednet.aws.plugins.module_utils._domain.iam.policy_evaluation import Request
from ansible_collections.closednet.aws.plugins.module_utils._domain.pci import guard_policies
from ansible_collections.closednet.aws.plugins.module_utils._domain.values import function_archive

ACCOUNT = "444444444444"
WAY_IN = f"arn:aws:iam::{ACCOUNT}:role/break-glass"
BOUNDARY_ARN = f"arn:aws:iam::{ACCOUNT}:policy/pci/x-boundary"
SOMETHING = f"arn:aws:iam::{ACCOUNT}:something"
MOMENT = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)


def allowed(document, action, resource=SOMETHING, **context):
    keys = {key.replace("__", ":").lower(): value for key, value in context.items()}
    keys.setdefault("iam:permissionsboundary", None)
    return policy_evaluation.judge(document, Request(action, resource, None, keys))[0]


def boundary(*ways_in, passable=()):
    document = guard_policies.boundary(ACCOUNT, "/pci/", BOUNDARY_ARN, ways_in, passable)
    return json.loads(json.dumps(document).replace("{partition}", "aws"))


def service_control_policy(*exempt):
    return guard_policies.service_control_policy(ACCOUNT, "/pci/", BOUNDARY_ARN, exempt, exempt)


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("ec2:RunInstances", f"arn:aws:ec2:eu-central-1:{ACCOUNT}:instance/*", True),
        ("ecs:ExecuteCommand", SOMETHING, False),
        ("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/new", False),
        ("iam:CreateAccessKey", f"arn:aws:iam::{ACCOUNT}:user/new", False),
        ("iam:GetRole", f"arn:aws:iam::{ACCOUNT}:role/pci/admin", True),
        ("iam:UpdateAssumeRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/pci/admin", False),
        ("iam:UpdateAssumeRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/app", False),
        ("iam:CreateServiceLinkedRole", f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x", True),
        ("iam:WhatAWSAddsNext", SOMETHING, False),
        ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/app", False),
        ("sts:GetWebIdentityToken", SOMETHING, False),
        ("sts:GetCallerIdentity", SOMETHING, True),
        ("rolesanywhere:CreateTrustAnchor", SOMETHING, False),
        ("account:PutAlternateContact", SOMETHING, False),
        ("organizations:LeaveOrganization", SOMETHING, False),
        ("account:CloseAccount", SOMETHING, False),
        ("signin:AuthorizeOAuth2Access", SOMETHING, False),
        ("signin:CreateOAuth2TokenWithIAM", SOMETHING, False),
        ("signin:PutResourcePermissionStatement", SOMETHING, False),
        ("organizations:DescribeOrganization", SOMETHING, True),
        ("iam:UpdateAssumeRolePolicy", WAY_IN, False),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/pci/x-revoker", False),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/app", False),
        ("iam:SetDefaultPolicyVersion", BOUNDARY_ARN, False),
        ("lambda:UpdateFunctionCode", f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:closednet-pci-x", False),
        ("lambda:PutFunctionConcurrency", f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:closednet-pci-x", False),
        ("lambda:GetFunction", f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:closednet-pci-x", True),
        ("lambda:UpdateFunctionCode", f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:app", True),
        (
            "scheduler:DeleteSchedule",
            f"arn:aws:scheduler:eu-central-1:{ACCOUNT}:schedule/default/closednet-pci-x",
            False,
        ),
    ],
)
def test_what_the_boundary_allows(action, resource, expected):
    assert allowed(boundary(WAY_IN), action, resource) is expected


@pytest.mark.parametrize("action", ["iam:AttachRolePolicy", "iam:PutRolePolicy"])
def test_rights_go_to_roles_with_the_boundary_only(action):
    role = f"arn:aws:iam::{ACCOUNT}:role/app"
    assert allowed(boundary(), action, role, iam__PermissionsBoundary=None) is False
    assert allowed(boundary(), action, role, iam__PermissionsBoundary=BOUNDARY_ARN.replace("x-", "y-")) is False
    assert allowed(boundary(), action, role, iam__PermissionsBoundary=BOUNDARY_ARN) is True
    for guarded in (f"arn:aws:iam::{ACCOUNT}:role/pci/auditor", WAY_IN):
        assert allowed(boundary(WAY_IN), action, guarded, iam__PermissionsBoundary=BOUNDARY_ARN) is False


@pytest.mark.parametrize(("role", "expected"), [("app/x", True), ("apple", False), ("pci/admin", False), ("x", False)])
def test_only_passable_roles_are_passed(role, expected):
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    assert allowed(boundary(WAY_IN, passable=["app/*"]), "iam:PassRole", arn) is expected


def test_the_policies_fit_with_room_for_ways_in():
    ways_in = [f"{WAY_IN}-{number}" for number in range(20)]
    roles = [f"app-{number}/*" for number in range(20)]
    assert guard_policies.characters(boundary(*ways_in, passable=roles)) < guard_policies.QUOTAS["PolicySizeQuota"]
    assert guard_policies.characters(service_control_policy(*ways_in[:8])) < guard_policies.SCP_CHARACTERS


@pytest.mark.parametrize("who", [f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{ACCOUNT}:role/pci/admin", WAY_IN])
@pytest.mark.parametrize("action", ["iam:CreateUser", "iam:CreateRole", "iam:AcquireRole", "iam:AttachRolePolicy"])
def test_the_service_control_policy_binds_all_but_the_ways_in(who, action):
    document = service_control_policy(WAY_IN)
    document["Statement"].append({"Effect": "Allow", "Action": "*", "Resource": "*"})
    assert allowed(document, action, aws__PrincipalArn=who) is (who == WAY_IN)
    assert allowed(document, "iam:GetUser", aws__PrincipalArn=who) is True


def test_a_moment_is_read_back_from_its_revocation():
    assert guard_policies.moment_of(guard_policies.revocation(guard_policies.text_of(MOMENT))) == MOMENT
    assert guard_policies.moment_of({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}) is None
    changed = guard_policies.revocation(guard_policies.text_of(MOMENT))
    changed["Statement"][0]["Action"] = ["ec2:*"]
    assert guard_policies.moment_of(changed) is None


def test_an_archive_holds_the_code_and_is_the_same_each_time():
    made = function_archive.archive("x = 1\n")
    assert zipfile.ZipFile(io.BytesIO(made)).read("index.py") == b"x = 1\n"
    # So that a change of how it is made is seen: it would change every function once.
    assert function_archive.sha256("x = 1\n") == "NiJQrTEsK/g1fsNzjtf+S1gMRzsmBJf+98OLckbMWnk="
    assert made == function_archive.archive("x = 1\n")
