# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Users, groups and memberships of an identity store.

Texts of errors are moto's, which has them from AWS; others are marked.
"""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import ServiceException
from moto.moto_api._internal import mock_random

from emulator import clock


class StoreError(ServiceException):
    """Error of the identity store: StoreError(code, message), with the members that its code has."""

    def __init__(self, code: str, message: str, **members: str):
        super().__init__(code, message)
        for name, value in members.items():
            setattr(self, name, value)


def arn(kind: str, id_: str) -> str:
    return f"arn:aws:identitystore:::{kind}/{id_}"


def missing(kind: str, id_: str = "") -> StoreError:
    return StoreError("ResourceNotFoundException", f"{kind} not found.", ResourceType=kind, ResourceId=id_)


def conflict(message: str, reason: str = "UNIQUENESS_CONSTRAINT_VIOLATION") -> StoreError:
    return StoreError("ConflictException", message, Reason=reason)


# Of CreateUser: required for a user that is created by the API.
REQUIRED = {"DisplayName": "displayname", "GivenName": "givenname", "FamilyName": "familyname"}
# AttributePath of UpdateUser and UpdateGroup, in lower case -> member, or structure and member.
PATHS = {
    "displayname": ("DisplayName",),
    "description": ("Description",),
    "username": ("UserName",),
    "name.givenname": ("Name", "GivenName"),
    "name.familyname": ("Name", "FamilyName"),
    "emails": ("Emails",),
    "title": ("Title",),
    "usertype": ("UserType",),
}


class Store:
    def __init__(self, store_id: str, owner: str):
        self.id, self.owner = store_id, owner
        self.users: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, dict[str, Any]] = {}
        # Membership id -> (group id, user id).
        self.memberships: dict[str, tuple[str, str]] = {}

    def has(self, kind: str, id_: str) -> bool:
        """Return true if the store has a principal; kind: USER or GROUP."""
        return id_ in (self.users if kind == "USER" else self.groups)

    # Users

    def create_user(self, external: dict[str, str] | None = None, **attributes: Any) -> dict[str, Any]:
        """Create a user; `external`: {"Issuer", "Id"} of an identity provider that has created it by SCIM."""
        attributes = {key: value for key, value in attributes.items() if value is not None}
        name = attributes.get("UserName")
        if not name:
            raise StoreError("ValidationException", "userName is a required attribute")
        if lacks := [text for key, text in REQUIRED.items() if not (attributes | attributes.get("Name", {})).get(key)]:
            message = ", ".join(f"{each}: The attribute {each} is required" for each in lacks)
            raise StoreError("ValidationException", message)
        if external is None:
            self._unique_user(name, "")
        id_ = str(mock_random.uuid4())
        user = {"UserId": id_, "UserArn": arn("user", id_), "UserStatus": "ENABLED"}
        self.users[id_] = user | attributes | self._made(external)
        return self.users[id_]

    def _unique_user(self, name: str, but: str) -> None:
        for id_, user in self.users.items():
            if id_ != but and user["UserName"].lower() == name.lower():
                raise conflict("Duplicate UserName")

    def user(self, user_id: str) -> dict[str, Any]:
        if user_id not in self.users:
            raise missing("USER", user_id)
        return self.users[user_id]

    def delete_user(self, user_id: str) -> None:
        del self.users[self.user(user_id)["UserId"]]
        self.memberships = {id_: pair for id_, pair in self.memberships.items() if pair[1] != user_id}

    def update_user(self, user_id: str, operations: list[dict[str, Any]], revision: str | None) -> dict[str, Any]:
        changed = _updated(self.user(user_id), operations, revision)
        self._unique_user(changed["UserName"], user_id)
        self.users[user_id] = changed
        return changed

    # Groups

    def create_group(self, external: dict[str, str] | None = None, **attributes: Any) -> dict[str, Any]:
        """Create a group; `external` as in create_user. Two providers may have a group of one name."""
        attributes = {key: value for key, value in attributes.items() if value is not None}
        if external is None:
            self._unique_group(attributes["DisplayName"], "")
        id_ = str(mock_random.uuid4())
        self.groups[id_] = {"GroupId": id_, "GroupArn": arn("group", id_)} | attributes | self._made(external)
        return self.groups[id_]

    def _unique_group(self, name: str, but: str) -> None:
        if any(id_ != but and group["DisplayName"] == name for id_, group in self.groups.items()):
            raise conflict("Duplicate GroupDisplayName")

    def _made(self, external: dict[str, str] | None) -> dict[str, Any]:
        now = clock.now()
        made = {"IdentityStoreId": self.id, "CreatedAt": now, "UpdatedAt": now, "Revision": "1"}
        return made | ({"ExternalIds": [external]} if external else {})

    def group(self, group_id: str) -> dict[str, Any]:
        if group_id not in self.groups:
            raise missing("GROUP", group_id)
        return self.groups[group_id]

    def delete_group(self, group_id: str) -> None:
        del self.groups[self.group(group_id)["GroupId"]]
        self.memberships = {id_: pair for id_, pair in self.memberships.items() if pair[0] != group_id}

    def update_group(self, group_id: str, operations: list[dict[str, Any]], revision: str | None) -> dict[str, Any]:
        changed = _updated(self.group(group_id), operations, revision)
        self._unique_group(changed["DisplayName"], group_id)
        self.groups[group_id] = changed
        return changed

    # Memberships

    def add(self, group_id: str, user_id: str) -> str:
        if user_id not in self.users:
            raise StoreError("ResourceNotFoundException", "Member does not exist", ResourceType="USER")
        if group_id not in self.groups:
            raise StoreError("ResourceNotFoundException", "Group does not exist", ResourceType="GROUP")
        if (group_id, user_id) in self.memberships.values():
            # https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_ConflictException.html: an
            # already existing resource; the text is not verified.
            raise conflict("Member and Group relationship already exists.")
        membership_id = str(mock_random.uuid4())
        self.memberships[membership_id] = group_id, user_id
        return membership_id

    def membership(self, membership_id: str) -> dict[str, Any]:
        if membership_id not in self.memberships:
            raise missing("GROUP_MEMBERSHIP", membership_id)
        group_id, user_id = self.memberships[membership_id]
        return {
            "IdentityStoreId": self.id,
            "MembershipId": membership_id,
            "MembershipArn": arn("membership", membership_id),
            "GroupId": group_id,
            "MemberId": {"UserId": user_id},
        }

    def groups_of(self, user_id: str) -> set[str]:
        return {group_id for group_id, member in self.memberships.values() if member == user_id}

    def find(self, items: dict[str, dict[str, Any]], kind: str, identifier: dict[str, Any]) -> dict[str, Any]:
        """Return the item of an AlternateIdentifier: {"UniqueAttribute": {...}} or {"ExternalId": {...}}."""
        for item in items.values():
            if external := identifier.get("ExternalId"):
                found = external in item.get("ExternalIds", [])
            else:
                wanted = identifier["UniqueAttribute"]
                found = wanted["AttributeValue"] in _values(item, kind, wanted["AttributePath"])
            if found:
                return item
        raise missing(kind)


def _values(item: dict[str, Any], kind: str, path: str) -> list[Any]:
    """Return an item's values of a unique attribute: a user's name and e-mail addresses, a group's display name."""
    unique = {
        ("USER", "username"): lambda: [item["UserName"]],
        ("USER", "emails.value"): lambda: [email.get("Value") for email in item.get("Emails", [])],
        ("GROUP", "displayname"): lambda: [item["DisplayName"]],
    }
    if (kind, path.lower()) not in unique:
        raise StoreError("ValidationException", f"The attribute {path} is not a unique attribute")
    return unique[kind, path.lower()]()


def _updated(item: dict[str, Any], operations: list[dict[str, Any]], revision: str | None) -> dict[str, Any]:
    """Return an item with operations of UpdateUser or UpdateGroup; one without a value deletes the attribute.

    revision: "the update is applied only if it matches the current revision"; the error's text is not verified.
    """
    if revision not in (None, item["Revision"]):
        raise conflict(f"The current revision is {item['Revision']}.", "CONCURRENT_MODIFICATION")
    changed = {key: dict(value) if isinstance(value, dict) else value for key, value in item.items()}
    for operation in operations:
        path = operation["AttributePath"].lower()
        if path not in PATHS:
            raise NotImplementedError(f"the attribute {operation['AttributePath']}")
        *outer, name = PATHS[path]
        target = changed.setdefault(outer[0], {}) if outer else changed
        if operation.get("AttributeValue") is None:
            target.pop(name, None)
        else:
            target[name] = operation["AttributeValue"]
    return changed | {"UpdatedAt": clock.now(), "Revision": str(int(item["Revision"]) + 1)}
