# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pages of list operations outside EC2: the size is kept, the pages together are the whole, a bad token is refused.

Sizes and tokens: each operation's page of its service's API reference, and botocore's paginators.
"""

from __future__ import annotations

import json
from typing import Any

import jmespath
import pytest

from emulator.app import Emulator
from tests.emulator.conftest import HUB, KEY, SEED, error_of
from tests.emulator.in_process import Clients

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}],
    }
)
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
PATHS = ("/a/", "/a/b/", "/c/")


class World:
    """Three of each kind in one account."""

    def __init__(self) -> None:
        application = Emulator(SEED)
        application.control.set(transition=0)
        self.clients = Clients(application)
        keys = self.clients.client("sts", **KEY).assume_role(
            RoleArn=f"arn:aws:iam::{HUB}:role/OrganizationAccountAccessRole", RoleSessionName="tests"
        )["Credentials"]
        self.keys = {
            "aws_access_key_id": keys["AccessKeyId"],
            "aws_secret_access_key": keys["SecretAccessKey"],
            "aws_session_token": keys["SessionToken"],
        }
        self.required: dict[str, dict[str, Any]] = {}
        self._iam()
        self._organizations()
        self._others()

    def client(self, service: str) -> Any:
        return self.clients.client(service, **(KEY if service == "organizations" else self.keys))

    def _iam(self) -> None:
        iam = self.client("iam")
        arns = []
        for number, path in enumerate(PATHS):
            iam.create_user(UserName=f"user-{number}", Path=path, Tags=[{"Key": f"key-{n}", "Value": ""} for n in "ab"])
            iam.create_group(GroupName=f"group-{number}", Path=path)
            iam.create_role(RoleName=f"role-{number}", Path=path, AssumeRolePolicyDocument=TRUST)
            iam.create_instance_profile(InstanceProfileName=f"profile-{number}", Path=path)
            arns.append(
                iam.create_policy(PolicyName=f"policy-{number}", Path=path, PolicyDocument=POLICY)["Policy"]["Arn"]
            )
        iam.create_policy_version(PolicyArn=arns[0], PolicyDocument=POLICY)
        for number, arn in enumerate(arns):
            iam.add_user_to_group(UserName="user-0", GroupName=f"group-{number}")
            iam.attach_role_policy(RoleName=f"role-{number}", PolicyArn=arns[0])
            iam.attach_user_policy(UserName=f"user-{number}", PolicyArn=arns[0])
            iam.attach_group_policy(GroupName=f"group-{number}", PolicyArn=arns[0])
            for attach, who in (
                (iam.attach_role_policy, {"RoleName": "role-0"}),
                (iam.attach_user_policy, {"UserName": "user-0"}),
                (iam.attach_group_policy, {"GroupName": "group-0"}),
            ):
                attach(PolicyArn=arn, **who)
            inline = {"PolicyName": f"inline-{number}", "PolicyDocument": POLICY}
            iam.put_role_policy(RoleName="role-0", **inline)
            iam.put_user_policy(UserName="user-0", **inline)
            iam.put_group_policy(GroupName="group-0", **inline)
            if number:
                iam.create_access_key(UserName="user-0")
                iam.add_user_to_group(UserName=f"user-{number}", GroupName="group-0")
        role, user, group = {"RoleName": "role-0"}, {"UserName": "user-0"}, {"GroupName": "group-0"}
        self.required |= {
            "GetGroup": group,
            "ListAccessKeys": user,
            "ListAttachedGroupPolicies": group,
            "ListAttachedRolePolicies": role,
            "ListAttachedUserPolicies": user,
            "ListEntitiesForPolicy": {"PolicyArn": arns[0]},
            "ListGroupPolicies": group,
            "ListGroupsForUser": user,
            "iam ListPolicies": {"Scope": "Local"},
            "ListPolicyVersions": {"PolicyArn": arns[0]},
            "ListRolePolicies": role,
            "ListUserPolicies": user,
            "ListUserTags": user,
        }

    def _organizations(self) -> None:
        organizations = self.client("organizations")
        root = organizations.list_roots()["Roots"][0]["Id"]
        for service in ("ram", "sso", "ipam"):
            organizations.enable_aws_service_access(ServicePrincipal=f"{service}.amazonaws.com")
        organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
        policy = organizations.create_policy(
            Name="one", Description="d", Type="SERVICE_CONTROL_POLICY", Content=POLICY
        )["Policy"]["PolicySummary"]["Id"]
        for target in (root, HUB):
            organizations.attach_policy(PolicyId=policy, TargetId=target)
        self.required |= {
            "ListAccountsForParent": {"ParentId": root},
            "ListChildren": {"ParentId": root, "ChildType": "ORGANIZATIONAL_UNIT"},
            "ListOrganizationalUnitsForParent": {"ParentId": root},
            "ListParents": {"ChildId": HUB},
            "organizations ListPolicies": {"Filter": "SERVICE_CONTROL_POLICY"},
            "ListPoliciesForTarget": {"Filter": "SERVICE_CONTROL_POLICY", "TargetId": HUB},
            "ListTargetsForPolicy": {"PolicyId": policy},
        }

    def _others(self) -> None:
        kms, route53 = self.client("kms"), self.client("route53")
        for number in range(3):
            key = kms.create_key(Tags=[{"TagKey": f"key-{n}", "TagValue": ""} for n in "ab"])["KeyMetadata"]["KeyId"]
            kms.create_alias(AliasName=f"alias/a-{number}", TargetKeyId=key)
            route53.create_hosted_zone(Name=f"zone-{number}.example", CallerReference=str(number))
            check = {"Type": "TCP", "IPAddress": "198.51.100.1", "Port": 80}
            route53.create_health_check(CallerReference=str(number), HealthCheckConfig=check)
        for number in range(3):
            principal = f"arn:aws:iam::{HUB}:role/role-{number}"
            kms.create_grant(KeyId=key, GranteePrincipal=principal, Operations=["Decrypt"])
        self.required |= {name: {"KeyId": key} for name in ("ListGrants", "ListKeyPolicies", "ListResourceTags")}

    def parameters(self, service: str, operation: str) -> dict[str, Any]:
        return self.required.get(f"{service} {operation}") or self.required.get(operation, {})


@pytest.fixture(scope="module")
def world() -> World:
    return World()


BAD_TOKEN = {
    "iam": "ValidationError",
    "kms": "InvalidMarkerException",
    "organizations": "InvalidInputException",
    "elbv2": "ValidationError",
    "route53": "InvalidInput",
}
# (service, operation, items of the world)
OPERATIONS = [
    ("iam", "GetAccountAuthorizationDetails", None),
    ("iam", "GetGroup", 3),
    ("iam", "ListAccessKeys", 2),
    ("iam", "ListAttachedGroupPolicies", 3),
    ("iam", "ListAttachedRolePolicies", 3),
    ("iam", "ListAttachedUserPolicies", 3),
    ("iam", "ListEntitiesForPolicy", 9),
    ("iam", "ListGroupPolicies", 3),
    ("iam", "ListGroups", 3),
    ("iam", "ListGroupsForUser", 3),
    ("iam", "ListInstanceProfiles", 3),
    ("iam", "ListPolicies", 3),
    ("iam", "ListPolicyVersions", 2),
    ("iam", "ListRolePolicies", 3),
    ("iam", "ListRoles", None),
    ("iam", "ListUserPolicies", 3),
    ("iam", "ListUserTags", 2),
    ("iam", "ListUsers", None),
    ("kms", "ListAliases", None),
    ("kms", "ListGrants", 3),
    ("kms", "ListKeyPolicies", 1),
    ("kms", "ListKeys", 3),
    ("kms", "ListResourceTags", 2),
    ("organizations", "ListAWSServiceAccessForOrganization", 3),
    ("organizations", "ListAccounts", 5),
    ("organizations", "ListAccountsForParent", None),
    ("organizations", "ListChildren", 2),
    ("organizations", "ListOrganizationalUnitsForParent", 2),
    ("organizations", "ListParents", 1),
    ("organizations", "ListPolicies", None),
    ("organizations", "ListPoliciesForTarget", None),
    ("organizations", "ListRoots", 1),
    ("organizations", "ListTargetsForPolicy", 2),
    ("elbv2", "DescribeAccountLimits", None),
    ("elbv2", "DescribeSSLPolicies", None),
    ("route53", "ListHealthChecks", 3),
    ("route53", "ListHostedZones", 3),
]


@pytest.mark.parametrize(("service", "operation", "count"), OPERATIONS)
def test_pages(world, service, operation, count):
    client, parameters = world.client(service), world.parameters(service, operation)
    method = next(name for name, each in client.meta.method_to_api_mapping.items() if each == operation)
    paginator = client.get_paginator(method)
    config = paginator._pagination_cfg
    keys = config["result_key"] if isinstance(config["result_key"], list) else [config["result_key"]]

    def items(answer: dict[str, Any]) -> list[Any]:
        return [json.dumps(item, default=str) for key in keys for item in jmespath.search(key, answer) or []]

    whole = items(getattr(client, method)(**parameters))
    pages = [items(page) for page in paginator.paginate(**parameters, PaginationConfig={"PageSize": 1})]
    assert all(len(page) <= 1 for page in pages)
    assert [item for page in pages for item in page] == whole
    assert count in (None, len(whole))
    token = {config["input_token"]: "never-given-out"}
    assert error_of(getattr(client, method), **parameters, **token)[0] == BAD_TOKEN[service]


@pytest.mark.parametrize(
    ("operation", "key", "name"),
    [
        ("list_users", "Users", "UserName"),
        ("list_groups", "Groups", "GroupName"),
        ("list_roles", "Roles", "RoleName"),
        ("list_policies", "Policies", "PolicyName"),
        ("list_instance_profiles", "InstanceProfiles", "InstanceProfileName"),
        ("list_attached_role_policies", "AttachedPolicies", "PolicyName"),
        ("list_attached_user_policies", "AttachedPolicies", "PolicyName"),
        ("list_attached_group_policies", "AttachedPolicies", "PolicyName"),
    ],
)
def test_path_prefix(world, operation, key, name):
    """ "The path prefix for filtering the results": the operations' pages of the IAM API reference."""
    iam = world.client("iam")
    required = world.parameters("iam", iam.meta.method_to_api_mapping[operation])

    def names(prefix: str) -> list[str]:
        return sorted(item[name][-1] for item in getattr(iam, operation)(PathPrefix=prefix, **required)[key])

    assert (names("/a/"), names("/a/b/"), names("/c/"), names("/d/")) == (["0", "1"], ["1"], ["2"], [])


def test_path_prefix_of_a_policy_s_entities(world):
    parameters = world.parameters("iam", "ListEntitiesForPolicy")
    found = world.client("iam").list_entities_for_policy(PathPrefix="/a/b/", **parameters)
    assert [each["RoleName"] for each in found["PolicyRoles"]] == ["role-1"]
    assert [each["UserName"] for each in found["PolicyUsers"]] == ["user-1"]
    assert [each["GroupName"] for each in found["PolicyGroups"]] == ["group-1"]
