# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The identity store of IAM Identity Center.

https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/; texts of errors are moto's.
"""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import HUB, MANAGEMENT, SPOKE, Emulator, error_of, refused
from .identity_center import Center, enabled

ISSUER, OTHER_ISSUER = "https://idp.example.com", "https://ad.example.com"


@pytest.fixture
def center(emulator: Emulator) -> Center:
    return enabled(emulator, delegated=HUB)


@pytest.fixture
def store(center: Center) -> Any:
    return center.emulator.client(MANAGEMENT, "identitystore")


@pytest.fixture
def of(center: Center) -> dict[str, str]:
    return {"IdentityStoreId": center.told["identity_store_id"]}


USER = {"UserName": "carol", "DisplayName": "Carol", "Name": {"GivenName": "Carol", "FamilyName": "C"}}


def test_user(store: Any, of: dict[str, str]):
    made = store.create_user(**of, **USER, Emails=[{"Value": "carol@example.com"}])
    assert made["UserArn"] == f"arn:aws:identitystore:::user/{made['UserId']}"
    described = store.describe_user(**of, UserId=made["UserId"])
    assert USER.items() <= described.items()
    assert described["UserStatus"] == "ENABLED"
    by_name = {"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "carol"}}
    assert store.get_user_id(**of, AlternateIdentifier=by_name)["UserId"] == made["UserId"]
    by_email = {"UniqueAttribute": {"AttributePath": "emails.value", "AttributeValue": "carol@example.com"}}
    assert store.get_user_id(**of, AlternateIdentifier=by_email)["UserId"] == made["UserId"]
    changed = [{"AttributePath": "name.familyName", "AttributeValue": "D"}]
    assert store.update_user(**of, UserId=made["UserId"], Operations=changed)["Revision"] == "2"
    assert store.describe_user(**of, UserId=made["UserId"])["Name"] == {"GivenName": "Carol", "FamilyName": "D"}
    store.delete_user(**of, UserId=made["UserId"])
    assert refused(store.describe_user, **of, UserId=made["UserId"])[0] == "ResourceNotFoundException"


def test_user_name_is_unique(store: Any, of: dict[str, str]):
    store.create_user(**of, **USER)
    again = USER | {"UserName": "Carol"}
    assert error_of(store.create_user, **of, **again) == ("ConflictException", "Duplicate UserName")


def test_user_lacks_a_name(store: Any, of: dict[str, str]):
    code, message = error_of(store.create_user, **of, UserName="carol", DisplayName="Carol")
    assert code == "ValidationException"
    assert "familyname: The attribute familyname is required" in message


def test_group_and_its_members(center: Center, store: Any, of: dict[str, str]):
    group = store.create_group(**of, DisplayName="auditors", Description="read")["GroupId"]
    ana = {"UserId": center.told["users"]["ana"]}
    membership = store.create_group_membership(**of, GroupId=group, MemberId=ana)["MembershipId"]
    listed = store.list_group_memberships(**of, GroupId=group)["GroupMemberships"]
    assert [(each["MembershipId"], each["MemberId"]) for each in listed] == [(membership, ana)]
    code, _ = error_of(store.create_group_membership, **of, GroupId=group, MemberId=ana)
    assert code == "ConflictException"
    groups = store.list_group_memberships_for_member(**of, MemberId=ana)["GroupMemberships"]
    assert {each["GroupId"] for each in groups} == {group, center.told["groups"]["group-a"]}
    results = store.is_member_in_groups(**of, MemberId=ana, GroupIds=[group, center.told["groups"]["group-b"]])
    assert [each["MembershipExists"] for each in results["Results"]] == [True, False]
    assert store.get_group_membership_id(**of, GroupId=group, MemberId=ana)["MembershipId"] == membership
    store.delete_group_membership(**of, MembershipId=membership)
    assert store.list_group_memberships(**of, GroupId=group)["GroupMemberships"] == []
    described = store.describe_group(**of, GroupId=group)
    assert (described["DisplayName"], described["Description"]) == ("auditors", "read")
    store.delete_group(**of, GroupId=group)
    assert error_of(store.describe_group, **of, GroupId=group) == ("ResourceNotFoundException", "GROUP not found.")


def test_memberships_go_with_user_and_group(center: Center, store: Any, of: dict[str, str]):
    group, bob = center.told["groups"]["group-a"], {"UserId": center.told["users"]["bob"]}
    store.create_group_membership(**of, GroupId=group, MemberId=bob)
    store.delete_user(**of, UserId=bob["UserId"])
    assert len(store.list_group_memberships(**of, GroupId=group)["GroupMemberships"]) == 1
    store.delete_group(**of, GroupId=group)
    ana = {"UserId": center.told["users"]["ana"]}
    assert store.list_group_memberships_for_member(**of, MemberId=ana)["GroupMemberships"] == []


def test_group_name_is_unique(center: Center, store: Any, of: dict[str, str]):
    error = error_of(store.create_group, **of, DisplayName="group-a")
    assert error == ("ConflictException", "Duplicate GroupDisplayName")
    renamed = [{"AttributePath": "displayName", "AttributeValue": "group-a"}]
    call = {"GroupId": center.told["groups"]["group-b"], "Operations": renamed}
    assert refused(store.update_group, **of, **call)[0] == "ConflictException"


def test_update_of_another_revision(center: Center, store: Any, of: dict[str, str]):
    """botocore's model: "applied only if it matches the current revision"."""
    group = center.told["groups"]["group-a"]
    changed = [{"AttributePath": "description", "AttributeValue": "new"}]
    store.update_group(**of, GroupId=group, Operations=changed, Revision="1")
    call = {"GroupId": group, "Operations": changed, "Revision": "1"}
    assert refused(store.update_group, **of, **call)[0] == "ConflictException"


def test_identity_providers(center: Center, store: Any, of: dict[str, str]):
    """Groups that SCIM created have external ids; two providers may have one of the same name."""
    told = center.emulator.control(
        "POST",
        "identity_center",
        {
            "groups": [
                {"name": "staff", "users": ["dora"], "external_id": "g1", "issuer": ISSUER},
                {"name": "staff", "external_id": "g2", "issuer": OTHER_ISSUER},
            ]
        },
    )
    groups = [each for each in store.list_groups(**of)["Groups"] if each["DisplayName"] == "staff"]
    assert [each["ExternalIds"] for each in groups] == [
        [{"Issuer": ISSUER, "Id": "g1"}],
        [{"Issuer": OTHER_ISSUER, "Id": "g2"}],
    ]
    by_id = {"ExternalId": {"Issuer": OTHER_ISSUER, "Id": "g2"}}
    assert store.get_group_id(**of, AlternateIdentifier=by_id)["GroupId"] == groups[1]["GroupId"]
    assert store.describe_user(**of, UserId=told["users"]["dora"])["ExternalIds"][0]["Issuer"] == ISSUER


def test_pages_and_filters(store: Any, of: dict[str, str]):
    for number in range(3):
        store.create_group(**of, DisplayName=f"more-{number}")
    pages = store.get_paginator("list_groups").paginate(**of, PaginationConfig={"PageSize": 2})
    assert [len(page["Groups"]) for page in pages] == [2, 2, 1]
    wanted = [{"AttributePath": "DisplayName", "AttributeValue": "more-1"}]
    assert [each["DisplayName"] for each in store.list_groups(**of, Filters=wanted)["Groups"]] == ["more-1"]
    by_user = [{"AttributePath": "UserName", "AttributeValue": "ana"}]
    assert [each["UserName"] for each in store.list_users(**of, Filters=by_user)["Users"]] == ["ana"]


def test_who_sees_the_store(center: Center, of: dict[str, str]):
    """API_ListGroups.html: member accounts may read; that they may not write isn't verified."""
    hub, spoke = (center.emulator.client(account, "identitystore") for account in (HUB, SPOKE))
    hub.create_group(**of, DisplayName="of-the-hub")
    assert len(spoke.list_groups(**of)["Groups"]) == 3
    assert refused(spoke.create_group, **of, DisplayName="of-the-spoke")[0] == "AccessDeniedException"
    elsewhere = center.emulator.client(HUB, "identitystore", "us-east-1")
    assert refused(elsewhere.list_groups, **of)[0] == "ResourceNotFoundException"


def test_what_is_not_known_is_named(center: Center, store: Any, of: dict[str, str]):
    call = {"UserName": "erin", "DisplayName": "Erin", "Name": {"GivenName": "E", "FamilyName": "E"}, "NickName": "e"}
    assert refused(store.create_user, **of, **call)[0] == "InvalidAction"
    changed = [{"AttributePath": "locale", "AttributeValue": "de"}]
    call = {"UserId": center.told["users"]["ana"], "Operations": changed}
    assert refused(store.update_user, **of, **call)[0] == "InvalidAction"
