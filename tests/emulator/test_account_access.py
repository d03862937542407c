# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM account access manager: applications, entitlements and who gets in with them.

https://docs.aws.amazon.com/account-access/latest/APIReference/
"""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import HUB, MANAGEMENT, SPOKE, SPOKE_2, STRANGER, Emulator, refused
from .identity_center import Center, enabled
from .people import allow, created, make_role, policy, signed_in

SERVICE = "account-access.amazonaws.com"


@pytest.fixture
def center(emulator: Emulator) -> Center:
    return enabled(emulator, account_access=True)


@pytest.fixture
def access(center: Center) -> Any:
    return center.emulator.client(MANAGEMENT, "account-access")


def trusting(center: Center, *actions: str, **equals: str) -> dict[str, Any]:
    """Return the statement of https://docs.aws.amazon.com/IAM/latest/UserGuide/aam-prepare-roles.html."""
    known = {"aws:SourceAccount": MANAGEMENT, "aws:SourceArn": center.told["application_arn"]}
    return {
        "Effect": "Allow",
        "Principal": {"Service": SERVICE},
        "Action": list(actions or ("sts:AssumeRole", "sts:SetContext", "sts:TagSession")),
        "Condition": {"StringEquals": known | {f"aws:{name}": value for name, value in equals.items()}},
    }


def role(center: Center, name: str = "developers", *statements: dict[str, Any], account_id: str = SPOKE) -> str:
    """Create a role that account access manager may assume; return its ARN."""
    return make_role(center.emulator, account_id, name, *(statements or [trusting(center)]))


def entitled(center: Center, role_arn: str, group: str = "group-a") -> dict[str, Any]:
    """Return the parameters of CreateEntitlement for a group."""
    principal = {"identityCenter": {"groupId": center.told["groups"][group]}}
    of = {"principalRole": {"principal": principal, "roleArn": role_arn}}
    return {"applicationArn": center.told["application_arn"], "entitlement": of}


def test_application_is_created_in_progress(emulator: Emulator):
    center = enabled(emulator)
    access = emulator.client(MANAGEMENT, "account-access")
    assert access.list_applications()["applications"] == []
    emulator.control("POST", "settings", {"transition": {"account-access-application": 150}})
    source = {"identityCenter": {"instanceArn": center.told["instance_arn"]}}
    arn = access.create_application(identitySource=source, tags={"team": "a"})["applicationArn"]
    assert arn.startswith(f"arn:aws:account-access:eu-central-1:{MANAGEMENT}:application/")
    assert access.get_application(applicationArn=arn)["status"] == "CREATE_IN_PROGRESS"
    call = {"applicationArn": arn, "entitlement": entitled(center, role_of_no_use())["entitlement"]}
    assert refused(access.create_entitlement, **call)[0] == "ConflictException"  # not verified
    emulator.control("POST", "settings", {"transition_call": 1000})
    access.list_applications()  # the time of this call passes
    described = access.get_application(applicationArn=arn)
    assert (described["status"], described["tags"]) == ("ACTIVE", {"team": "a"})
    assert described["identitySource"]["identityCenter"]["instanceArn"] == center.told["instance_arn"]
    assert [each["applicationArn"] for each in access.list_applications()["applications"]] == [arn]


def role_of_no_use() -> str:
    return f"arn:aws:iam::{SPOKE}:role/none"


def test_one_application_an_instance(center: Center, access: Any):
    """ "Idempotent ... with the same parameters"; Terraform's resource: one for each instance."""
    source = {"identityCenter": {"instanceArn": center.told["instance_arn"]}}
    assert access.create_application(identitySource=source)["applicationArn"] == center.told["application_arn"]
    call = access.create_application
    assert refused(call, identitySource=source, tags={"team": "b"})[0] == "AlreadyCreatedException"


def test_member_account_has_no_application(center: Center):
    access = center.emulator.client(SPOKE, "account-access")
    assert access.list_applications()["applications"] == []
    source = {"identityCenter": {"instanceArn": center.told["instance_arn"]}}
    assert refused(access.create_application, identitySource=source)[0] == "AccessDeniedException"
    application = {"applicationArn": center.told["application_arn"]}
    assert refused(access.get_application, **application)[0] == "ResourceNotFoundException"


def test_entitlement_is_idempotent_and_listed(center: Center, access: Any):
    parameters = entitled(center, role(center))
    id_ = access.create_entitlement(**parameters)["entitlementId"]
    assert access.create_entitlement(**parameters)["entitlementId"] == id_
    other = access.create_entitlement(**entitled(center, role(center, account_id=SPOKE_2), "group-b"))["entitlementId"]
    application = {"applicationArn": center.told["application_arn"]}

    def listed(**of: Any) -> list[str]:
        found = access.list_entitlements(**application, filter={"principalRole": of} if of else {})
        return [each["entitlementId"] for each in found["entitlements"]]

    assert listed() == [id_, other]
    assert listed(account=SPOKE_2) == [other]
    assert listed(roleArn=parameters["entitlement"]["principalRole"]["roleArn"]) == [id_]
    assert listed(principal={"identityCenter": {"groupId": center.told["groups"]["group-b"]}}) == [other]
    described = access.get_entitlement(**application, entitlementId=id_)
    assert described["entitlement"]["principalRole"] == parameters["entitlement"]["principalRole"] | {
        "account": SPOKE,
        "accountName": "customer-a",
    }
    access.delete_entitlement(**application, entitlementId=id_)
    access.delete_entitlement(**application, entitlementId=id_)  # "does not return an error"
    assert listed() == [other]
    assert refused(access.get_entitlement, **application, entitlementId=id_)[0] == "ResourceNotFoundException"


def test_pages(center: Center, access: Any):
    ids = [
        access.create_entitlement(**entitled(center, role(center, f"role-{number}")))["entitlementId"]
        for number in range(3)
    ]
    pages = access.get_paginator("list_entitlements").paginate(
        applicationArn=center.told["application_arn"], filter={}, PaginationConfig={"PageSize": 2}
    )
    assert [[each["entitlementId"] for each in page["entitlements"]] for page in pages] == [ids[:2], ids[2:]]


def test_role_and_principal_have_to_exist(center: Center, access: Any):
    """Not verified."""
    for role_arn in (role_of_no_use(), f"arn:aws:iam::{STRANGER}:role/developers"):
        assert refused(access.create_entitlement, **entitled(center, role_arn))[0] == "ResourceNotFoundException"
    nobody = entitled(center, role(center))
    nobody["entitlement"]["principalRole"]["principal"] = {
        "identityCenter": {"groupId": "11111111-2222-3333-4444-555555555555"}
    }
    assert refused(access.create_entitlement, **nobody)[0] == "ResourceNotFoundException"


def test_groups_of_a_role_are_limited(center: Center, access: Any):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/aam-quotas.html: 20 groups."""
    groups = [{"name": f"group-{number}"} for number in range(20)]
    told = center.emulator.control("POST", "identity_center", {"groups": groups})
    center.told = told
    role_arn = role(center)
    for group in groups:
        access.create_entitlement(**entitled(center, role_arn, group["name"]))
    assert refused(access.create_entitlement, **entitled(center, role_arn))[0] == "ServiceQuotaExceededException"
    access.create_entitlement(**entitled(center, role(center, "other")))


def test_who_is_entitled_gets_in(emulator: Emulator, center: Center, access: Any):
    role_arn = role(center)
    inline = policy(allow("ec2:DescribeVpcs"))
    emulator.client(SPOKE, "iam").put_role_policy(RoleName="developers", PolicyName="own", PolicyDocument=inline)
    access.create_entitlement(**entitled(center, role_arn))
    ana = signed_in(emulator, "ana", SPOKE, role_arn=role_arn)
    emulator.plain_client("ec2", **ana).describe_vpcs()
    arn = emulator.plain_client("sts", **ana).get_caller_identity()["Arn"]
    assert arn == f"arn:aws:sts::{SPOKE}:assumed-role/developers/ana"
    with pytest.raises(PermissionError, match="bob has no access"):
        signed_in(emulator, "bob", SPOKE, role_arn=role_arn)


@pytest.mark.parametrize(
    "statement",
    [
        {"actions": ("sts:AssumeRole", "sts:SetContext")},
        {"actions": ("sts:AssumeRole", "sts:TagSession")},
        {"SourceAccount": HUB},
        {"SourceArn": "arn:aws:account-access:eu-central-1:999999999999:application/another"},
    ],
    ids=["no TagSession", "no SetContext", "another account", "another application"],
)
def test_role_has_to_trust_the_service(emulator: Emulator, center: Center, access: Any, statement: dict[str, Any]):
    """aam-prepare-roles.html; TagSession: Terraform's resource aws_accountaccess_entitlement says it is needed."""
    statement = dict(statement)
    role_arn = role(center, "developers", trusting(center, *statement.pop("actions", ()), **statement))
    access.create_entitlement(**entitled(center, role_arn))
    with pytest.raises(PermissionError, match="does not trust"):
        signed_in(emulator, "ana", SPOKE, role_arn=role_arn)


def test_tags(center: Center, access: Any):
    resource = {"resourceArn": center.told["application_arn"]}
    access.tag_resource(**resource, tags={"team": "a", "env": "x"})
    access.untag_resource(**resource, tagKeys=["env"])
    assert access.list_tags_for_resource(**resource)["tags"] == {"team": "a"}


def test_application_with_entitlements_stays(center: Center, access: Any):
    """Not verified."""
    application = {"applicationArn": center.told["application_arn"]}
    id_ = access.create_entitlement(**entitled(center, role(center)))["entitlementId"]
    assert refused(access.delete_application, **application)[0] == "ConflictException"
    access.delete_entitlement(**application, entitlementId=id_)
    access.delete_application(**application)
    access.delete_application(**application)  # "does not return an error"
    assert access.list_applications()["applications"] == []


def test_permissions_are_for_the_application(emulator: Emulator, center: Center):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/aam-security.html."""
    parameters = entitled(center, role(center))
    for arn, name in ((center.told["application_arn"], "clerk"), ("arn:aws:account-access:*:*:application/x", "other")):
        clerk = created(emulator, MANAGEMENT, allow("account-access:CreateEntitlement", arn), name=name)
        call = clerk.client("account-access").create_entitlement
        if name == "clerk":
            call(**parameters)
        else:
            assert refused(call, **parameters)[0] == "AccessDeniedException"
