# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Users of the identity store, where there is no identity provider.

A user has no tags. UserType, whose "possible values are left unspecified" (CreateUser), names its owner.
"""

from __future__ import annotations

from ..._core.reconcile import OWNER_TAG, Actual, Call, ResourceType, reconcile
from ..._domain.members import identity_center
from . import directory_group, identity_store

READ_AFTER = ("directory_group", "identity_store")
INPUTS = ()
PERMISSIONS = (
    "identitystore:CreateUser",
    "identitystore:DeleteUser",
    "identitystore:ListUsers",
    "identitystore:UpdateUser",
)
# Fields -> attribute of UpdateUser. Display name: the console lists people by it, and CreateUser demands it.
ATTRIBUTES = {"given_name": "name.givenName", "family_name": "name.familyName", "display_name": "displayName"}


def read(aws, declared, found):
    """Return {user name: Actual}; fields: store, user_name, given_name, family_name, display_name, email, user_owner.

    Directories have up to 100,000 users: they are read only where users or groups are declared, or groups of this owner
    exist.
    """
    store = identity_store.id_of(found)
    groups = found["directory_group"]
    needed = any(declared.resources[kind] for kind in ("directory_group", "directory_user"))
    if not store or not (needed or any(group.managed for group in groups.values())):
        return {}
    users = aws.read("identitystore.list_users", "Users", IdentityStoreId=store)
    return {user["UserName"]: _read(user, store, declared.owner) for user in users if "UserName" in user}


def _read(user, store, owner):
    name, emails = user.get("Name", {}), user.get("Emails", [])
    primary = next((email for email in emails if email.get("Primary")), emails[0] if emails else {})
    fields = {
        "store": store,
        "user_name": user["UserName"],
        "given_name": name.get("GivenName", ""),
        "family_name": name.get("FamilyName", ""),
        "display_name": user.get("DisplayName", ""),
        "email": primary.get("Value", ""),
        "user_owner": user.get("UserType", "").removeprefix(f"{OWNER_TAG}="),
    }
    details = {"external": bool(identity_center.is_external([user], []))}
    return Actual(user["UserId"], fields, fields["user_owner"] == owner and not details["external"], details)


def plan(wanted, found, declared):
    there = found[KIND.name]
    directory_group.refuse_external("users", wanted, there)
    directory_group.refuse_renamed(KIND, wanted, there, "user_owner", declared.owner)
    return reconcile(KIND, wanted, there)


def _create(fields):
    return Call(
        "identitystore.create_user",
        {
            "IdentityStoreId": fields["store"],
            "UserName": fields["user_name"],
            "Name": {"GivenName": fields["given_name"], "FamilyName": fields["family_name"]},
            "DisplayName": fields["display_name"],
            "Emails": [{"Value": fields["email"], "Type": "work", "Primary": True}],
            "UserType": f"{OWNER_TAG}={fields['user_owner']}",
        },
        id_path="UserId",
    )


def _update(id_, before, after):
    changed = {path: after[field] for field, path in ATTRIBUTES.items() if before.get(field) != after[field]}
    if before.get("email") != after["email"]:
        changed["emails"] = [{"Value": after["email"], "Type": "work", "Primary": True}]
    operations = [{"AttributePath": path, "AttributeValue": value} for path, value in changed.items()]
    params = {"IdentityStoreId": after["store"], "UserId": id_, "Operations": operations}
    return [Call("identitystore.update_user", params)]


KIND = ResourceType(
    "directory_user",
    create=_create,
    changes={(*ATTRIBUTES, "email"): _update},
    delete=lambda id_, fields: Call("identitystore.delete_user", {"IdentityStoreId": fields["store"], "UserId": id_}),
)
