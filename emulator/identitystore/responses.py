# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations of the identity store. Those missing here answer InvalidAction, as does a parameter that isn't known.

https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import BaseResponse

from emulator.accounts import management_account_of
from emulator.identity_operations import operation
from emulator.identitystore.store import Store, StoreError, missing
from emulator.pages import page
from emulator.ssoadmin.models import instance_of, may_administer

READS = ("List", "Describe", "Get", "IsMember")


class IdentityStoreResponses(BaseResponse):
    def __init__(self) -> None:
        super().__init__(service_name="identitystore")
        self.automated_parameter_parsing = True

    def _store(self, store_id: str) -> Store:
        """Return the store of the caller's organization; a member account may read it, and nothing more.

        API_ListGroups.html: "If you have access to a member account, you can use this API operation from the member
        account". That it may not write, and the texts, are not verified.
        """
        store_id = store_id.rpartition("/")[2]
        instance = instance_of(self.current_account, self.region)
        if instance is None or instance.store.id != store_id:
            raise missing("IDENTITY_STORE", store_id)
        if not may_administer(self.current_account) and not self._get_action().startswith(READS):
            management = management_account_of(self.current_account)
            raise StoreError(
                "AccessDeniedException",
                f"Account {self.current_account} is neither {management} nor a delegated administrator.",
            )
        return instance.store

    # Users

    @operation
    def create_user(
        self,
        identity_store_id: str,
        user_name: str | None = None,
        name: dict[str, str] | None = None,
        display_name: str | None = None,
        emails: list[dict[str, Any]] | None = None,
        title: str | None = None,
        user_type: str | None = None,
    ) -> dict[str, Any]:
        user = self._store(identity_store_id).create_user(
            UserName=user_name,
            Name=name,
            DisplayName=display_name,
            Emails=emails,
            Title=title,
            UserType=user_type,
        )
        return _told(user, "User")

    @operation
    def describe_user(self, identity_store_id: str, user_id: str) -> dict[str, Any]:
        return self._store(identity_store_id).user(_id(user_id))

    @operation
    def delete_user(self, identity_store_id: str, user_id: str) -> None:
        self._store(identity_store_id).delete_user(_id(user_id))

    @operation
    def update_user(
        self, identity_store_id: str, user_id: str, operations: list[dict[str, Any]], revision: str | None = None
    ) -> dict[str, Any]:
        return _told(self._store(identity_store_id).update_user(_id(user_id), operations, revision), "User")

    @operation
    def get_user_id(self, identity_store_id: str, alternate_identifier: dict[str, Any]) -> dict[str, Any]:
        store = self._store(identity_store_id)
        user = store.find(store.users, "USER", alternate_identifier)
        return {"UserId": user["UserId"], "IdentityStoreId": store.id}

    @operation
    def list_users(
        self,
        identity_store_id: str,
        max_results: int | None = None,
        next_token: str | None = None,
        filters: list[dict[str, str]] | None = None,
    ) -> dict[str, Any]:
        users = list(self._store(identity_store_id).users.values())
        found, token = page(_filtered(users, "UserName", filters), max_results, next_token)
        return {"Users": found, "NextToken": token}

    # Groups

    @operation
    def create_group(
        self, identity_store_id: str, display_name: str | None = None, description: str | None = None
    ) -> dict[str, Any]:
        if not display_name:
            raise StoreError("ValidationException", "displayName is a required attribute")  # not verified
        group = self._store(identity_store_id).create_group(DisplayName=display_name, Description=description)
        return _told(group, "Group")

    @operation
    def describe_group(self, identity_store_id: str, group_id: str) -> dict[str, Any]:
        return self._store(identity_store_id).group(_id(group_id))

    @operation
    def delete_group(self, identity_store_id: str, group_id: str) -> None:
        self._store(identity_store_id).delete_group(_id(group_id))

    @operation
    def update_group(
        self, identity_store_id: str, group_id: str, operations: list[dict[str, Any]], revision: str | None = None
    ) -> dict[str, Any]:
        return _told(self._store(identity_store_id).update_group(_id(group_id), operations, revision), "Group")

    @operation
    def get_group_id(self, identity_store_id: str, alternate_identifier: dict[str, Any]) -> dict[str, Any]:
        store = self._store(identity_store_id)
        group = store.find(store.groups, "GROUP", alternate_identifier)
        return {"GroupId": group["GroupId"], "IdentityStoreId": store.id}

    @operation
    def list_groups(
        self,
        identity_store_id: str,
        max_results: int | None = None,
        next_token: str | None = None,
        filters: list[dict[str, str]] | None = None,
    ) -> dict[str, Any]:
        groups = list(self._store(identity_store_id).groups.values())
        found, token = page(_filtered(groups, "DisplayName", filters), max_results, next_token)
        return {"Groups": found, "NextToken": token}

    # Memberships

    @operation
    def create_group_membership(
        self, identity_store_id: str, group_id: str, member_id: dict[str, str]
    ) -> dict[str, Any]:
        store = self._store(identity_store_id)
        made = store.membership(store.add(_id(group_id), _id(member_id["UserId"])))
        return {key: made[key] for key in ("MembershipId", "MembershipArn", "IdentityStoreId")}

    @operation
    def delete_group_membership(self, identity_store_id: str, membership_id: str) -> None:
        store = self._store(identity_store_id)
        del store.memberships[store.membership(_id(membership_id))["MembershipId"]]

    @operation
    def describe_group_membership(self, identity_store_id: str, membership_id: str) -> dict[str, Any]:
        return self._store(identity_store_id).membership(_id(membership_id))

    @operation
    def get_group_membership_id(
        self, identity_store_id: str, group_id: str, member_id: dict[str, str]
    ) -> dict[str, Any]:
        store = self._store(identity_store_id)
        wanted = _id(group_id), _id(member_id["UserId"])
        for membership_id, pair in store.memberships.items():
            if pair == wanted:
                return {"MembershipId": membership_id, "IdentityStoreId": store.id}
        raise StoreError("ResourceNotFoundException", "GROUP_MEMBERSHIP not found.", ResourceType="GROUP_MEMBERSHIP")

    @operation
    def list_group_memberships(
        self,
        identity_store_id: str,
        group_id: str,
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> dict[str, Any]:
        store = self._store(identity_store_id)
        group = store.group(_id(group_id))
        return _memberships(store, 0, group["GroupId"], max_results, next_token)

    @operation
    def list_group_memberships_for_member(
        self,
        identity_store_id: str,
        member_id: dict[str, str],
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> dict[str, Any]:
        store = self._store(identity_store_id)
        user = store.user(_id(member_id["UserId"]))
        return _memberships(store, 1, user["UserId"], max_results, next_token)

    @operation
    def is_member_in_groups(
        self, identity_store_id: str, member_id: dict[str, str], group_ids: list[str]
    ) -> dict[str, Any]:
        store = self._store(identity_store_id)
        of = store.groups_of(store.user(_id(member_id["UserId"]))["UserId"])
        results = [{"GroupId": each, "MemberId": member_id, "MembershipExists": _id(each) in of} for each in group_ids]
        return {"Results": results}


def _told(item: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return what a create or update answers of a user or group."""
    return {key: item[key] for key in ("IdentityStoreId", f"{kind}Id", f"{kind}Arn", "Revision")}


def _id(given: str) -> str:
    """Return an id that may be given as ARN: arn:aws:identitystore:::group/ID."""
    return given.rpartition("/")[2]


def _filtered(
    items: list[dict[str, Any]], attribute: str, filters: list[dict[str, str]] | None
) -> list[dict[str, Any]]:
    """Return the items of a filter, which is deprecated; attribute: the one that may be named."""
    for each in filters or []:
        if each["AttributePath"] != attribute:
            raise NotImplementedError(f"the filter {each['AttributePath']}")
        items = [item for item in items if item.get(attribute) == each["AttributeValue"]]
    return items


def _memberships(store: Store, place: int, id_: str, max_results: int | None, next_token: str | None) -> dict[str, Any]:
    ids = [membership_id for membership_id, pair in store.memberships.items() if pair[place] == id_]
    found, token = page(ids, max_results, next_token)
    return {"GroupMemberships": [store.membership(each) for each in found], "NextToken": token}
