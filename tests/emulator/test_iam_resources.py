# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a policy may name of a write: resources, tags, and the actions that it asks for besides its own.

Resource types and condition keys: the Service Authorization Reference's pages, such as
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
"""

from __future__ import annotations

import pytest

from .conftest import SPOKE, STRANGER, refused
from .people import allow, make_role, person, policy, trust

DENIED = ("UnauthorizedOperation", 403)
OWN = {"StringEquals": {"aws:ResourceTag/team": "cards"}}
NEW = {"StringEquals": {"aws:RequestTag/team": "cards"}}


def tags(kind, value="cards"):
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": [{"Key": "team", "Value": value}]}]}


@pytest.fixture
def ec2_of(emulator):
    """The EC2 client of somebody who may just this."""
    return lambda *statements: person(emulator, SPOKE, "alice", may=policy(*statements)).client("ec2")


def test_a_resource_by_its_tag(client, ec2_of):
    hands = client(SPOKE, "ec2")
    own, other = (
        hands.create_vpc(CidrBlock="10.0.0.0/16", **tags("vpc", team))["Vpc"]["VpcId"] for team in ("cards", "loans")
    )
    ec2 = ec2_of(allow("ec2:DeleteVpc", f"arn:aws:ec2:*:{SPOKE}:vpc/*", Condition=OWN))
    assert refused(ec2.delete_vpc, VpcId=other) == DENIED
    ec2.delete_vpc(VpcId=own)


def test_all_resources_of_a_call_have_to_be_allowed(client, ec2_of):
    """CreateSubnet is about the subnet and its VPC, "Resource types (*required)"."""
    vpc = client(SPOKE, "ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = allow("ec2:CreateSubnet", "arn:aws:ec2:*:*:subnet/*")
    asked = {"VpcId": vpc, "CidrBlock": "10.0.0.0/24"}
    ec2 = ec2_of(subnet)
    assert refused(ec2.create_subnet, **asked) == DENIED
    both = policy(subnet, allow("ec2:CreateSubnet", f"arn:aws:ec2:*:*:vpc/{vpc}"))
    client(SPOKE, "iam").put_user_policy(UserName="alice", PolicyName="may", PolicyDocument=both)
    assert ec2.create_subnet(**asked)["Subnet"]["VpcId"] == vpc


def test_what_is_created_by_the_tags_of_the_request(ec2_of):
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html: ec2:CreateTags, too"""
    created = {"StringEquals": {"ec2:CreateAction": "CreateVpc"}}
    tagging = allow("ec2:CreateTags", "arn:aws:ec2:*:*:*/*", Condition=created)
    ec2 = ec2_of(allow("ec2:CreateVpc", "arn:aws:ec2:*:*:vpc/*", Condition=NEW), tagging)
    assert refused(ec2.create_vpc, CidrBlock="10.0.0.0/16") == DENIED
    assert refused(ec2.create_vpc, CidrBlock="10.0.0.0/16", **tags("vpc", "loans")) == DENIED
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", **tags("vpc"))["Vpc"]["VpcId"]
    retag = {"Resources": [vpc], "Tags": [{"Key": "team", "Value": "loans"}]}
    assert refused(ec2.create_tags, **retag) == DENIED


def test_tagging_what_is_created_needs_a_right_of_its_own(ec2_of):
    ec2 = ec2_of(allow("ec2:CreateVpc"))
    assert refused(ec2.create_vpc, CidrBlock="10.0.0.0/16", **tags("vpc")) == DENIED
    assert ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


@pytest.mark.parametrize(("allowed", "passes"), [("app", True), ("other", False)])
def test_a_service_gets_a_role_by_who_may_pass_it(emulator, allowed, passes):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"""
    service = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = make_role(emulator, SPOKE, "app", service, trust(STRANGER))
    for_lambda = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    passing = allow("iam:PassRole", f"arn:aws:iam::{SPOKE}:role/{allowed}", Condition=for_lambda)
    function = {"FunctionName": "x", "Runtime": "python3.13", "Handler": "x.y", "Code": {"ZipFile": b"-"}, "Role": role}
    create = person(emulator, SPOKE, "alice", may=policy(allow("lambda:*"), passing)).client("lambda").create_function
    if passes:
        assert create(**function)["FunctionName"] == "x"
    else:
        assert refused(create, **function) == ("AccessDeniedException", 403)


def test_an_instance_profile_gets_a_role_by_who_may_pass_it(emulator):
    """API_AddRoleToInstanceProfile: "The caller ... must be granted the PassRole permission on the IAM role"."""
    make_role(emulator, SPOKE, "app", trust(STRANGER))
    emulator.client(SPOKE, "iam").create_instance_profile(InstanceProfileName="theirs")
    may = policy(allow("iam:AddRoleToInstanceProfile", f"arn:aws:iam::{SPOKE}:instance-profile/*"))
    iam = person(emulator, SPOKE, "alice", may=may).client("iam")
    asked = {"InstanceProfileName": "theirs", "RoleName": "app"}
    assert refused(iam.add_role_to_instance_profile, **asked) == ("AccessDenied", 403)


def test_service_linked_roles_are_named_by_their_path(emulator):
    may = policy(allow("iam:CreateServiceLinkedRole", "arn:aws:iam::*:role/aws-service-role/ecs.amazonaws.com/*"))
    iam = person(emulator, SPOKE, "alice", may=may).client("iam")
    assert iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")["Role"]["RoleName"]
    other = {"AWSServiceName": "elasticloadbalancing.amazonaws.com"}
    assert refused(iam.create_service_linked_role, **other) == ("AccessDenied", 403)


def test_a_user_by_its_tag(emulator):
    iam = emulator.client(SPOKE, "iam")
    for name, team in (("bob", "cards"), ("eve", "loans")):
        iam.create_user(UserName=name, Tags=[{"Key": "team", "Value": team}])
    alice = person(emulator, SPOKE, "alice", may=policy(allow("iam:DeleteUser", Condition=OWN))).client("iam")
    assert refused(alice.delete_user, UserName="eve") == ("AccessDenied", 403)
    alice.delete_user(UserName="bob")
