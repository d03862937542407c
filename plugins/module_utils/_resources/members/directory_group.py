# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Groups of the identity store: those of an identity provider are only read, declared ones are created.

A group has no tags. So the end of its description names its owner.
"""

from __future__ import annotations

from ..._core.errors import near_names
from ..._core.plan import Address
from ..._core.reconcile import Actual, Call, Conflict, Renamed, ResourceType, other_name, reconcile
from ..._domain.members import declared as rules
from ..._domain.members import identity_center
from . import identity_store

READ_AFTER = ("identity_store",)
INPUTS = ("accounts",)
PERMISSIONS = (
    "identitystore:CreateGroup",
    "identitystore:DeleteGroup",
    "identitystore:ListGroups",
    "identitystore:UpdateGroup",
)


def read(aws, declared, found):
    """Return {display name: Actual}; fields: store, display_name, description, group_owner.

    details: external (from an identity provider), issuers, same_name (ids of further groups with this name).
    """
    store = identity_store.id_of(found)
    if not store:
        return {}
    groups = {}
    for group in aws.read("identitystore.list_groups", "Groups", IdentityStoreId=store):
        # AWS lets a group have no display name, and one with a slash, which separates parts of addresses: nobody can
        # name such a group, and its id stands for it.
        name = group.get("DisplayName") or ""
        name = name if name and "/" not in name else group["GroupId"]
        if name in groups:
            groups[name].details["same_name"].append(group["GroupId"])
            groups[name].details["issuers"].extend(_issuers(group))
        else:
            groups[name] = _read(group, name, store, declared.owner)
    return groups


def _read(group, name, store, owner):
    description, group_owner = rules.owner_of(group.get("Description", ""))
    fields = {"store": store, "display_name": name, "description": description, "group_owner": group_owner}
    details = {
        "external": bool(identity_center.is_external([group], [])),
        "issuers": _issuers(group),
        "same_name": [],
    }
    # A description is text: one that an identity provider sends names no owner.
    return Actual(group["GroupId"], fields, group_owner == owner and not details["external"], details)


def _issuers(group):
    return [external["Issuer"] for external in group.get("ExternalIds", ())]


def plan(wanted, found, declared):
    there = found[KIND.name]
    if not declared.absent:
        _refuse_unknown(wanted, there, declared)
        refuse_external("groups", wanted, there)
        refuse_renamed(KIND, wanted, there, "group_owner", declared.owner)
    return reconcile(KIND, wanted, there)


def refuse_external(option, wanted, there):
    """Raise Conflict if groups or users are to be created beside those of an identity provider. option: names them."""
    external = sorted(name for name, one in there.items() if one.details["external"])
    new = sorted(name for name in wanted if name not in there)
    if new and external:
        raise Conflict(
            f"{option}: {', '.join(new)} would be created here, but {option} come from an identity provider, such as"
            f" {external[0]}: create them there, and leave them out of {option}"
        )


def refuse_renamed(kind, wanted, there, field, owner):
    """Raise Renamed if what is to be created exists under another name of the module. field: holds the owner."""
    for name in wanted:
        if name in there and other_name(owner, there[name].fields[field]):
            raise Renamed(Address(kind.name, name), there[name].id, owner, there[name].fields[field])


def _refuse_unknown(wanted, there, declared):
    """Raise Conflict for groups that members name and that don't exist, or exist twice."""
    for account, declaration in declared.inputs.accounts.items():
        host = f", host {declaration['host']}" if declaration.get("host") else ""
        for name, groups in declaration["members"].items():
            option = f"members.{name} of account {account}{host}"
            for group in groups:
                _refuse_group(option, group, wanted, there)


def _refuse_group(option, group, wanted, there):
    if group in wanted:
        return
    if group not in there:
        raise Conflict(
            f"{option}: the identity store has no group {group}{near_names(group, {*there, *wanted})}. Correct the"
            " name, let the identity provider provision the group, or declare it in groups where there is no identity"
            " provider"
        )
    if there[group].managed:
        raise Conflict(
            f"{option}: groups doesn't declare {group} any more, so that this run would delete it. Declare it in"
            " groups, or remove it from members"
        )
    others = there[group].details["same_name"]
    if others:
        issuers = ", ".join(sorted(set(there[group].details["issuers"])))
        by = f", of {issuers}" if issuers else ""
        raise Conflict(
            f"{option}: the identity store has {len(others) + 1} groups named {group}{by}:"
            f" {', '.join(sorted([there[group].id, *others]))}. Which one is meant isn't known: rename one of them"
        )


def _update(id_, before, after):
    # The description carries the owner, so it is never cleared.
    text = rules.marked(after["description"], after["group_owner"])
    operation = {"AttributePath": "description", "AttributeValue": text}
    params = {"IdentityStoreId": after["store"], "GroupId": id_, "Operations": [operation]}
    return [Call("identitystore.update_group", params)]


KIND = ResourceType(
    "directory_group",
    create=lambda fields: Call(
        "identitystore.create_group",
        {
            "IdentityStoreId": fields["store"],
            "DisplayName": fields["display_name"],
            "Description": rules.marked(fields["description"], fields["group_owner"]),
        },
        id_path="GroupId",
    ),
    changes={("description",): _update},
    delete=lambda id_, fields: Call("identitystore.delete_group", {"IdentityStoreId": fields["store"], "GroupId": id_}),
)
