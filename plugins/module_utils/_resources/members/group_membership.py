# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Users of the groups that are created here. Who is in a group of an identity provider is the provider's."""

from __future__ import annotations

from ..._core.errors import near_names
from ..._core.reconcile import Actual, Call, Conflict, ResourceType, reconcile
from ..._domain.members import identity_center
from . import identity_store

READ_AFTER = ("directory_group", "directory_user", "identity_store")
INPUTS = ()
PERMISSIONS = (
    "identitystore:CreateGroupMembership",
    "identitystore:DeleteGroupMembership",
    "identitystore:ListGroupMemberships",
)


def read(aws, declared, found):
    """Return {GROUP/USER: Actual} of this owner's groups; fields: store, group, user (ids); the id is AWS's."""
    store = identity_store.id_of(found)
    names = {user.id: name for name, user in found["directory_user"].items()}
    groups = {name: group for name, group in found["directory_group"].items() if group.managed}
    lists = aws.gather(
        *(
            lambda group=group: aws.read(
                "identitystore.list_group_memberships",
                "GroupMemberships",
                "ResourceNotFoundException",
                IdentityStoreId=store,
                GroupId=group.id,
            )
            for group in groups.values()
        )
    )
    memberships = {}
    for name, listed in zip(groups, lists):
        for membership in listed:
            user = identity_center.member_of(membership)
            fields = {"store": store, "group": groups[name].id, "user": user}
            memberships[f"{name}/{names.get(user, user)}"] = Actual(membership["MembershipId"], fields)
    return memberships


def plan(wanted, found, declared):
    users = found["directory_user"]
    for name in wanted:
        group, _slash, user = name.partition("/")
        if user not in users and user not in declared.resources["directory_user"]:
            raise Conflict(
                f"groups: the identity store has no user {user} for {group}{near_names(user, users)}. Correct the"
                " name, or declare it in users"
            )
    return reconcile(KIND, wanted, found[KIND.name])


KIND = ResourceType(
    "group_membership",
    create=lambda fields: Call(
        "identitystore.create_group_membership",
        {"IdentityStoreId": fields["store"], "GroupId": fields["group"], "MemberId": {"UserId": fields["user"]}},
        id_path="MembershipId",
    ),
    delete=lambda id_, fields: Call(
        "identitystore.delete_group_membership", {"IdentityStoreId": fields["store"], "MembershipId": id_}
    ),
)
