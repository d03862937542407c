# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module account_members_info: who may get into which account by IAM Identity Center."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._aws.provider import AWS
from .._core.capability import Capability, Declared
from .._core.errors import Invalid
from .._core.inputs import ModuleInputs
from .._domain.members import identity_center
from .._domain.values import identifiers
from .._resources.facts import members_facts

BACKENDS = ["permission_set", "entitlement"]
ARGUMENT_SPEC = {
    "instance_arn": {"type": "str"},
    "backends": {"type": "list", "elements": "str", "choices": BACKENDS, "default": BACKENDS},
    "application_arns": {"type": "list", "elements": "str", "default": []},
    "account_ids": {"type": "list", "elements": "str", "default": []},
}


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    instance_arn: str | None
    backends: Sequence[str]
    application_arns: Sequence[str]
    account_ids: Sequence[str]


def desired(params):
    if params["instance_arn"] is not None:
        identity_center.check_instance("instance_arn", params["instance_arn"])
    if not params["backends"]:
        raise Invalid("backends", [], "reads nothing", f"one or both of {', '.join(BACKENDS)}")
    for index, arn in enumerate(params["application_arns"]):
        identity_center.check_application(f"application_arns[{index}]", arn)
    for index, account in enumerate(params["account_ids"]):
        identifiers.account_id(f"account_ids[{index}]", account)
    return Declared("account_members_info", {"members_facts": {}}, Inputs.of(params))


def report(declared, found, ids, states):
    facts = found["members_facts"]["main"].details
    names = _names(facts)
    sets = facts.get("permission_sets", ())
    of_sets = {one["PermissionSetArn"]: one["Name"] for one in sets}
    members, users = facts["memberships"], {one["UserId"]: one for one in facts.get("users", ())}
    assignments = [_assignment(one, of_sets, names) for one in facts.get("assignments", ())]
    entitlements = [_entitlement(one, names) for one in facts.get("entitlements", ())]
    inside = {id_ for ids_ in members.values() for id_ in ids_}
    inside |= {one["principal_id"] for one in (*assignments, *entitlements) if one["principal_type"] == "USER"}
    return {
        "account_ids": list(declared.inputs.account_ids),
        "instance": _instance(facts["instance"]),
        "external_identity_provider": identity_center.is_external(facts.get("groups"), facts.get("users")),
        "permission_sets": [_permission_set(one) for one in sets],
        "assignments": assignments,
        "entitlements": entitlements,
        "groups": [
            {
                "group_id": one["GroupId"],
                "name": one.get("DisplayName"),
                "external": bool(one.get("ExternalIds")),
                "users": _people(members.get(one["GroupId"]), users),
            }
            for one in facts.get("groups", ())
        ],
        "users": [_user(one) for id_, one in users.items() if id_ in inside],
        "unread": facts["unread"],
    }


def _names(facts) -> dict[str, str | None]:
    """Return id -> name of the groups and users."""
    groups = {one["GroupId"]: one.get("DisplayName") for one in facts.get("groups", ())}
    return {**groups, **{one["UserId"]: one.get("UserName") for one in facts.get("users", ())}}


def _instance(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "instance_arn": one["InstanceArn"],
        "identity_store_id": one["IdentityStoreId"],
        "owner_account_id": one.get("OwnerAccountId"),
        "name": one.get("Name"),
        "status": one.get("Status"),
    }


def _permission_set(one: Mapping[str, Any]) -> dict[str, Any]:
    tags = {tag["Key"]: tag["Value"] for tag in one.get("Tags", ())}
    accounts, outdated = one.get("AccountIds"), one.get("OutdatedAccountIds")
    return {
        "name": one["Name"],
        "permission_set_arn": one["PermissionSetArn"],
        "description": one.get("Description"),
        "session_duration": one.get("SessionDuration"),
        "relay_state": one.get("RelayState"),
        "managed_by": tags.get("closednet:managed"),
        "account_ids": None if accounts is None else sorted(accounts),
        "outdated_account_ids": None if outdated is None else sorted(outdated),
    }


def _assignment(one: Mapping[str, Any], of_sets: Mapping[str, str], names: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "account_id": one["AccountId"],
        "permission_set": of_sets[one["PermissionSetArn"]],
        "permission_set_arn": one["PermissionSetArn"],
        "principal_type": one["PrincipalType"],
        "principal_id": one["PrincipalId"],
        "principal": names.get(one["PrincipalId"]),
    }


def _entitlement(one: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    to, principal = one["entitlement"]["principalRole"], members_facts.principal_of(one)
    kind = "GROUP" if "groupId" in principal else "USER" if "userId" in principal else "UNKNOWN"
    id_ = principal.get("groupId") or principal.get("userId")
    return {
        "entitlement_id": one["entitlementId"],
        "application_arn": one["applicationArn"],
        "account_id": to["account"],
        "role_arn": to["roleArn"],
        "principal_type": kind,
        "principal_id": id_,
        "principal": names.get(id_),
    }


def _people(members: Sequence[str] | None, users: Mapping[str, Mapping[str, Any]]) -> list[str] | None:
    """Return the names of a group's members; None if they weren't read. An id stands for a user without a name."""
    if members is None:
        return None
    return sorted(str(users.get(id_, {}).get("UserName") or id_) for id_ in members)


def _user(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "user_id": one["UserId"],
        "name": one.get("UserName"),
        "status": one.get("UserStatus"),
        "external": bool(one.get("ExternalIds")),
    }


CAPABILITY = Capability(
    "account_members_info", AWS, ARGUMENT_SPEC, desired, Inputs, (members_facts,), report, reads_only=True
)
