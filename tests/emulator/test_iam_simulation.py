# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html"""

from __future__ import annotations

import json

import pytest

from .conftest import MANAGEMENT, SPOKE, refused
from .people import allow, deny, make_role, person, policy, trust


@pytest.fixture
def iam(client):
    return client(SPOKE, "iam")


@pytest.fixture
def alice(emulator):
    """She may read EC2, and stop instances with MFA, but is denied one role."""
    may = policy(
        allow("ec2:Describe*"),
        allow("ec2:StopInstances", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        allow("sts:AssumeRole", f"arn:aws:iam::{SPOKE}:role/*"),
        deny("sts:AssumeRole", f"arn:aws:iam::{SPOKE}:role/secret"),
    )
    return person(emulator, SPOKE, "alice", may=may)


def results(iam, arn, *actions, **parameters):
    answer = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=list(actions), **parameters)
    return {result["EvalActionName"]: result for result in answer["EvaluationResults"]}


def decisions(iam, arn, *actions, **parameters):
    found = results(iam, arn, *actions, **parameters)
    return {action: result["EvalDecision"] for action, result in found.items()}


def test_decisions(iam, alice):
    assert decisions(iam, alice.arn, "ec2:DescribeVpcs", "ec2:CreateVpc") == {
        "ec2:DescribeVpcs": "allowed",
        "ec2:CreateVpc": "implicitDeny",
    }


def test_the_statements_that_decide(iam, alice):
    result = results(iam, alice.arn, "ec2:DescribeVpcs")["ec2:DescribeVpcs"]
    assert result["MatchedStatements"] == [{"SourcePolicyId": "may", "SourcePolicyType": "user"}]


def test_context(iam, alice):
    without = results(iam, alice.arn, "ec2:StopInstances")["ec2:StopInstances"]
    assert without["EvalDecision"] == "implicitDeny"
    assert without["MissingContextValues"] == ["aws:MultiFactorAuthPresent"]
    entry = {
        "ContextKeyName": "aws:MultiFactorAuthPresent",
        "ContextKeyValues": ["true"],
        "ContextKeyType": "boolean",
    }
    with_mfa = results(iam, alice.arn, "ec2:StopInstances", ContextEntries=[entry])["ec2:StopInstances"]
    assert (with_mfa["EvalDecision"], with_mfa["MissingContextValues"]) == ("allowed", [])


def test_resources(iam, alice):
    """API_EvaluationResult: one result for each action; the strictest decision; each resource's below."""
    open_role, secret = (f"arn:aws:iam::{SPOKE}:role/{name}" for name in ("open", "secret"))
    result = results(iam, alice.arn, "sts:AssumeRole", ResourceArns=[open_role, secret])["sts:AssumeRole"]
    assert result["EvalDecision"] == "explicitDeny"
    assert {each["EvalResourceName"]: each["EvalResourceDecision"] for each in result["ResourceSpecificResults"]} == {
        open_role: "allowed",
        secret: "explicitDeny",
    }


def test_a_boundary(iam, alice):
    """access_policies_boundaries"""
    arn = iam.create_policy(PolicyName="narrow", PolicyDocument=policy(allow("ec2:DescribeVpcs")))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=arn)
    found = results(iam, alice.arn, "ec2:DescribeVpcs", "ec2:DescribeSubnets")
    assert {action: result["EvalDecision"] for action, result in found.items()} == {
        "ec2:DescribeVpcs": "allowed",
        "ec2:DescribeSubnets": "implicitDeny",
    }
    detail = found["ec2:DescribeSubnets"]["PermissionsBoundaryDecisionDetail"]
    assert detail == {"AllowedByPermissionsBoundary": False}
    another = [policy(allow("ec2:*"))]
    assert decisions(iam, alice.arn, "ec2:DescribeSubnets", PermissionsBoundaryPolicyInputList=another) == {
        "ec2:DescribeSubnets": "allowed"
    }


def test_a_role_and_a_group(iam, emulator):
    role = make_role(emulator, SPOKE, "reader", trust(SPOKE))
    iam.attach_role_policy(RoleName="reader", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    result = results(iam, role, "ec2:DescribeVpcs")["ec2:DescribeVpcs"]
    assert result["EvalDecision"] == "allowed"
    assert result["MatchedStatements"] == [{"SourcePolicyId": "ReadOnlyAccess", "SourcePolicyType": "aws-managed"}]
    group = iam.create_group(GroupName="readers")["Group"]["Arn"]
    iam.put_group_policy(GroupName="readers", PolicyName="p", PolicyDocument=policy(allow("ec2:Describe*")))
    assert decisions(iam, group, "ec2:DescribeVpcs") == {"ec2:DescribeVpcs": "allowed"}
    member = person(emulator, SPOKE, "bob")
    iam.add_user_to_group(GroupName="readers", UserName="bob")
    assert decisions(iam, member.arn, "ec2:DescribeVpcs") == {"ec2:DescribeVpcs": "allowed"}


def test_policies_of_the_call(iam, alice):
    given = {"PolicyInputList": [policy(deny("ec2:*"))]}
    result = results(iam, alice.arn, "ec2:DescribeVpcs", **given)["ec2:DescribeVpcs"]
    assert result["EvalDecision"] == "explicitDeny"
    assert result["MatchedStatements"] == [{"SourcePolicyId": "PolicyInputList.1", "SourcePolicyType": "none"}]


def test_a_service_control_policy(iam, alice, client):
    organizations = client(MANAGEMENT, "organizations")
    organizations.enable_policy_type(
        RootId=organizations.list_roots()["Roots"][0]["Id"], PolicyType="SERVICE_CONTROL_POLICY"
    )
    made = organizations.create_policy(
        Content=policy(deny("ec2:*")), Description="-", Name="no-ec2", Type="SERVICE_CONTROL_POLICY"
    )
    organizations.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=SPOKE)
    result = results(iam, alice.arn, "ec2:DescribeVpcs")["ec2:DescribeVpcs"]
    assert result["EvalDecision"] == "explicitDeny"
    assert result["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": False}


def test_a_custom_policy(iam):
    """API_SimulateCustomPolicy"""
    answer = iam.simulate_custom_policy(PolicyInputList=[policy(allow("s3:Get*"))], ActionNames=["s3:GetObject"])
    assert answer["EvaluationResults"][0]["EvalDecision"] == "allowed"


def test_what_is_not_there_or_not_a_policy(iam, alice):
    nobody = f"arn:aws:iam::{SPOKE}:user/nobody"
    actions = {"ActionNames": ["ec2:DescribeVpcs"]}
    assert refused(iam.simulate_principal_policy, PolicySourceArn=nobody, **actions) == ("NoSuchEntity", 404)
    broken = {"PolicyInputList": [json.dumps({"Statement": [{"Effect": "Perhaps"}]})]}
    assert refused(iam.simulate_principal_policy, PolicySourceArn=alice.arn, **actions, **broken) == (
        "InvalidInput",
        400,
    )
