# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What users and roles made in IAM may do. The pages named are the IAM User Guide's."""

from __future__ import annotations

import pytest

from .conftest import KEY, MANAGEMENT, SPOKE, error_of, refused
from .people import allow, deny, make_role, person, policy, trust

# reference of the protocols' codes: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html and
# each service's CommonErrors page
CALLS = [
    ("ec2", "describe_vpcs", {}, "UnauthorizedOperation", 403),
    ("iam", "list_users", {}, "AccessDenied", 403),
    ("elbv2", "describe_load_balancers", {}, "AccessDenied", 403),
    ("route53", "list_hosted_zones", {}, "AccessDenied", 403),
    ("ram", "get_resource_shares", {"resourceOwner": "SELF"}, "AccessDeniedException", 403),
    ("logs", "describe_log_groups", {}, "AccessDeniedException", 400),
    ("organizations", "describe_organization", {}, "AccessDeniedException", 400),
    ("s3", "list_buckets", {}, "AccessDenied", 403),
]
ACTIONS = {
    "ec2": "ec2:DescribeVpcs",
    "iam": "iam:ListUsers",
    "elbv2": "elasticloadbalancing:DescribeLoadBalancers",
    "route53": "route53:ListHostedZones",
    "ram": "ram:GetResourceShares",
    "logs": "logs:DescribeLogGroups",
    "organizations": "organizations:DescribeOrganization",
    "s3": "s3:ListAllMyBuckets",
}


@pytest.fixture
def iam(client):
    return client(SPOKE, "iam")


@pytest.mark.parametrize(("service", "operation", "parameters", "code", "status"), CALLS)
def test_nothing_is_allowed_unless_a_policy_does(emulator, iam, service, operation, parameters, code, status):
    """reference_policies_evaluation-logic_policy-eval-denyallow"""
    alice = person(emulator, SPOKE, "alice")
    call = getattr(alice.client(service), operation)
    assert refused(call, **parameters) == (code, status)
    iam.put_user_policy(UserName="alice", PolicyName="may", PolicyDocument=policy(allow(ACTIONS[service])))
    assert call(**parameters)
    iam.put_user_policy(UserName="alice", PolicyName="not", PolicyDocument=policy(deny(f"{ACTIONS[service][:-3]}*")))
    assert refused(call, **parameters) == (code, status)


def test_what_the_refusal_says(emulator, iam):
    """troubleshoot_access-denied"""
    alice = person(emulator, SPOKE, "alice")
    _, message = error_of(alice.client("iam").get_role, RoleName="admin")
    resource = f"arn:aws:iam::{SPOKE}:role/admin"
    assert message == (
        f"User: {alice.arn} is not authorized to perform: iam:GetRole on resource: {resource} because no "
        "identity-based policy allows the iam:GetRole action"
    )
    iam.put_user_policy(UserName="alice", PolicyName="not", PolicyDocument=policy(deny("*")))
    _, message = error_of(alice.client("iam").get_role, RoleName="admin")
    assert message.endswith("with an explicit deny in an identity-based policy")


def test_whose_call_it_is_needs_no_permission(emulator):
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html: not even a deny stops it."""
    alice = person(emulator, SPOKE, "alice", may=policy(deny("*")))
    assert alice.client("sts").get_caller_identity()["Arn"] == alice.arn
    assert alice.session()


def test_groups_and_managed_policies(emulator, iam):
    alice = person(emulator, SPOKE, "alice")
    iam.create_group(GroupName="readers")
    iam.attach_group_policy(GroupName="readers", PolicyArn="arn:aws:iam::aws:policy/AmazonVPCReadOnlyAccess")
    ec2 = alice.client("ec2")
    assert refused(ec2.describe_vpcs)[0] == "UnauthorizedOperation"
    iam.add_user_to_group(GroupName="readers", UserName="alice")
    assert ec2.describe_vpcs()
    assert refused(ec2.create_vpc, CidrBlock="10.0.0.0/16")[0] == "UnauthorizedOperation"


def test_a_new_version_of_a_policy_holds_at_once(emulator, iam):
    arn = iam.create_policy(PolicyName="may", PolicyDocument=policy(allow("ec2:*")))["Policy"]["Arn"]
    alice = person(emulator, SPOKE, "alice")
    iam.attach_user_policy(UserName="alice", PolicyArn=arn)
    assert alice.client("ec2").describe_vpcs()
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy(allow("s3:*")), SetAsDefault=True)
    assert refused(alice.client("ec2").describe_vpcs)[0] == "UnauthorizedOperation"


class TestBoundaries:
    """access_policies_boundaries"""

    @pytest.fixture
    def narrow(self, iam):
        return iam.create_policy(PolicyName="narrow", PolicyDocument=policy(allow("ec2:Describe*")))["Policy"]["Arn"]

    def test_of_a_user(self, emulator, iam, narrow):
        alice = person(emulator, SPOKE, "alice", may=policy(allow("*")))
        iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=narrow)
        assert iam.get_user(UserName="alice")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == narrow
        assert alice.client("ec2").describe_vpcs()
        _, message = error_of(alice.client("ec2").create_vpc, CidrBlock="10.0.0.0/16")
        assert "because no permissions boundary allows the ec2:CreateVpc action. Encoded" in message
        iam.delete_user_permissions_boundary(UserName="alice")
        assert alice.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")

    def test_of_a_role(self, emulator, iam, narrow):
        alice = person(emulator, SPOKE, "alice")
        role = make_role(emulator, SPOKE, "role", trust(alice.arn))
        iam.put_role_policy(RoleName="role", PolicyName="all", PolicyDocument=policy(allow("*")))
        session = alice.client("ec2", alice.assume(role))
        assert session.create_vpc(CidrBlock="10.0.0.0/16")
        iam.put_role_permissions_boundary(RoleName="role", PermissionsBoundary=narrow)
        assert refused(session.create_vpc, CidrBlock="10.0.0.0/16")[0] == "UnauthorizedOperation"
        assert session.describe_vpcs()

    def test_it_grants_nothing(self, emulator, iam, narrow):
        alice = person(emulator, SPOKE, "alice")
        iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=narrow)
        assert refused(alice.client("ec2").describe_vpcs)[0] == "UnauthorizedOperation"

    def test_a_policy_that_is_not_there(self, emulator, iam):
        person(emulator, SPOKE, "alice")
        missing = f"arn:aws:iam::{SPOKE}:policy/none"
        call = {"UserName": "alice", "PermissionsBoundary": missing}
        assert refused(iam.put_user_permissions_boundary, **call) == ("NoSuchEntity", 404)

    def test_it_may_be_demanded(self, emulator, narrow):
        """iam:PermissionsBoundary, of the page's example of delegating to an administrator."""
        condition = {"StringEquals": {"iam:PermissionsBoundary": narrow}}
        alice = person(emulator, SPOKE, "alice", may=policy(allow("iam:CreateUser", Condition=condition)))
        iam = alice.client("iam")
        assert refused(iam.create_user, UserName="x")[0] == "AccessDenied"
        assert iam.create_user(UserName="x", PermissionsBoundary=narrow)


class TestResources:
    def test_roles_and_users_are_told_apart(self, emulator, iam):
        own = policy(allow("iam:*AccessKey*", f"arn:aws:iam::{SPOKE}:user/${{aws:username}}"))
        alice, bob = person(emulator, SPOKE, "alice", may=own), person(emulator, SPOKE, "bob")
        assert alice.client("iam").list_access_keys()["AccessKeyMetadata"][0]["UserName"] == "alice"
        assert alice.client("iam").list_access_keys(UserName="alice")
        assert refused(alice.client("iam").list_access_keys, UserName=bob.name) == ("AccessDenied", 403)

    def test_a_deny_of_one_role(self, emulator):
        make_role(emulator, SPOKE, "guarded", trust(SPOKE), Path="/pci/")
        make_role(emulator, SPOKE, "other", trust(SPOKE))
        may = policy(allow("iam:*"), deny("iam:*", f"arn:aws:iam::{SPOKE}:role/pci/*"))
        iam = person(emulator, SPOKE, "alice", may=may).client("iam")
        assert iam.get_role(RoleName="other")
        assert refused(iam.get_role, RoleName="guarded") == ("AccessDenied", 403)


class TestServiceControlPolicies:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html"""

    @pytest.fixture
    def attach(self, client):
        organizations = client(MANAGEMENT, "organizations")
        organizations.enable_policy_type(
            RootId=organizations.list_roots()["Roots"][0]["Id"], PolicyType="SERVICE_CONTROL_POLICY"
        )

        def attach(document, target):
            made = organizations.create_policy(
                Content=document, Description="-", Name=f"p{target}", Type="SERVICE_CONTROL_POLICY"
            )
            organizations.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=target)

        return attach

    def test_they_bind_administrators_of_the_account(self, client, attach):
        attach(policy(deny("iam:CreateUser")), SPOKE)
        iam = client(SPOKE, "iam")
        code, message = error_of(iam.create_user, UserName="x")
        assert (code, message.endswith("explicit deny in a service control policy")) == ("AccessDenied", True)
        assert iam.list_users()["Users"] == []

    def test_they_do_not_bind_the_management_account(self, emulator, client, attach):
        root = client(MANAGEMENT, "organizations").list_roots()["Roots"][0]["Id"]
        attach(policy(deny("iam:*")), root)
        assert refused(client(SPOKE, "iam").list_users)[0] == "AccessDenied"
        assert emulator.plain_client("iam", **KEY).list_users()["Users"]

    def test_they_grant_nothing(self, emulator, attach):
        attach(policy(allow("ec2:*")), SPOKE)
        alice = person(emulator, SPOKE, "alice")
        assert refused(alice.client("ec2").describe_vpcs)[0] == "UnauthorizedOperation"


class TestKeys:
    def test_an_inactive_key(self, emulator, iam):
        """id_credentials_access-keys: an inactive key is refused as one that is not there."""
        alice = person(emulator, SPOKE, "alice")
        key = {"UserName": "alice", "AccessKeyId": alice.key["aws_access_key_id"]}
        iam.update_access_key(**key, Status="Inactive")
        assert refused(alice.client("sts").get_caller_identity) == ("InvalidClientTokenId", 403)
        iam.update_access_key(**key, Status="Active")
        assert alice.client("sts").get_caller_identity()

    def test_a_deleted_key_and_a_renamed_user(self, emulator, iam):
        alice = person(emulator, SPOKE, "alice")
        iam.update_user(UserName="alice", NewUserName="alicia")
        assert alice.client("sts").get_caller_identity()["Arn"].endswith("user/alicia")
        iam.delete_access_key(UserName="alicia", AccessKeyId=alice.key["aws_access_key_id"])
        assert refused(alice.client("sts").get_caller_identity) == ("InvalidClientTokenId", 403)
