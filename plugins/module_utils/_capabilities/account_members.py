# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module account_members: which groups get into which accounts, by permission sets or by entitlements to roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._aws.provider import AWS
from .._core import guard
from .._core.capability import Capability, Declared
from .._core.inputs import ModuleInputs
from .._core.plan import Address, Ref
from .._domain.members import declared as rules
from .._domain.members import identity_center, specs
from .._resources.members import (
    account_access_application,
    account_assignment,
    directory_group,
    directory_user,
    entitlement,
    group_membership,
    identity_store,
    organization_account,
    permission_set,
    permission_set_provisioning,
    provisioned_account,
    sso_instance,
)
from .._resources.shared.ec2 import owner_tags

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "backend": {"type": "str", "choices": ["permission_set", "entitlement"], "default": "permission_set"},
    "instance_arn": {"type": "str"},
    "application_arn": {"type": "str"},
    "permission_sets": specs.named(specs.PERMISSION_SET),
    "groups": specs.named(specs.GROUP),
    "users": specs.named(specs.USER),
    "accounts": {"type": "dict", "default": {}},
    "most_permission_sets": {"type": "int", "default": rules.MOST_SETS},
    "most_sets_per_account": {"type": "int", "default": rules.MOST_SETS_OF_AN_ACCOUNT},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}
INSTANCE, STORE = Ref(Address("sso_instance", "main")), Ref(Address("identity_store", "main"))
APPLICATION = Ref(Address("account_access_application", "main"))


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    backend: str
    instance_arn: str | None
    application_arn: str | None
    # Account id -> {"host": its name in the inventory, "members": set or role -> groups}
    accounts: Mapping[str, Any]
    most_permission_sets: int
    most_sets_per_account: int


def desired(params):
    rules.check(params)
    if params["instance_arn"] is not None:
        identity_center.check_instance("instance_arn", params["instance_arn"])
    if params["application_arn"] is not None:
        identity_center.check_application("application_arn", params["application_arn"])
    owner = f"account_members/{params['name']}"
    entitled = params["backend"] == "entitlement"
    members = list(_members(params["accounts"]))
    resources = {
        "sso_instance": {},
        "identity_store": {},
        "organization_account": {},
        "provisioned_account": {},
        **_directory(params, owner),
        "permission_set": {one["name"]: _set(one, owner, params["tags"]) for one in params["permission_sets"]},
        "permission_set_provisioning": {},
        # Read with backend entitlement, too: what an earlier backend left is access that nobody declares.
        "account_assignment": {} if entitled else dict(_assignment(*member) for member in members),
    }
    if entitled or params["application_arn"]:
        resources["account_access_application"] = {}
        resources["entitlement"] = dict(_entitlement(*member) for member in members) if entitled else {}
    accounts = {str(account): declaration for account, declaration in params["accounts"].items()}
    return Declared(owner, resources, Inputs.of(params, accounts=accounts))


def _members(accounts):
    """Yield (account, set or role, group)."""
    for account, declaration in accounts.items():
        for name, groups in declaration["members"].items():
            for group in groups:
                yield str(account), name, group


def _assignment(account, name, group):
    return f"{account}/{name}/{group}", {
        "instance": INSTANCE,
        "account": account,
        "permission_set": Ref(Address("permission_set", name)),
        "set_name": name,
        "group": Ref(Address("directory_group", group)),
        "group_name": group,
    }


def _entitlement(account, name, group):
    return f"{account}/{name}/{group}", {
        "application": APPLICATION,
        "account": account,
        "role": name,
        "group": Ref(Address("directory_group", group)),
    }


def _directory(params, owner):
    return {
        "directory_group": {
            group["name"]: {
                "store": STORE,
                "display_name": group["name"],
                "description": group["description"],
                "group_owner": owner,
            }
            for group in params["groups"]
        },
        "directory_user": {
            user["name"]: {
                "store": STORE,
                "user_name": user["name"],
                "given_name": user["given_name"],
                "family_name": user["family_name"],
                "display_name": f"{user['given_name']} {user['family_name']}",
                "email": user["email"],
                "user_owner": owner,
            }
            for user in params["users"]
        },
        "group_membership": {
            f"{group['name']}/{user}": {
                "store": STORE,
                "group": Ref(Address("directory_group", group["name"])),
                "user": Ref(Address("directory_user", user)),
            }
            for group in params["groups"]
            for user in group["users"]
        },
    }


def _set(one, owner, tags):
    boundary = one["permissions_boundary"] or {}
    kept = ("managed_policy_arn",) if boundary.get("managed_policy_arn") else ("name", "path")
    return {
        "instance": INSTANCE,
        "set_name": one["name"],
        "description": one["description"],
        "session_duration": one["session_duration"],
        "relay_state": one["relay_state"],
        "managed_policies": sorted(one["managed_policies"]),
        "customer_managed_policies": sorted(
            ({"name": each["name"], "path": each["path"]} for each in one["customer_managed_policies"]),
            key=lambda each: (each["name"], each["path"]),
        ),
        "inline_policy": one["inline_policy"] or {},
        "permissions_boundary": {key: boundary[key] for key in kept} if boundary else {},
        "tags": owner_tags(owner, one["name"], tags),
    }


def removals(declared, found, steps):
    """Return guard.Removals: access that groups lose, sets, groups and users, and what narrows a set."""
    lost = {
        guard.name_of(declared, step): str(step.removes)
        for step in guard.gone(
            declared, steps, "permission_set", "directory_group", "directory_user", "group_membership"
        )
    }
    for step in guard.gone(declared, steps, "account_assignment", "entitlement"):
        lost[guard.name_of(declared, step)] = _lost(declared, step)
    for step in steps:
        for field in ("permissions_boundary", "inline_policy"):
            if step.address.kind == "permission_set" and step.address.field == field and not step.after[field]:
                lost[guard.name_of(declared, step)] = f"the set would have no {field} any more"
    return guard.Removals(lost)


def _lost(declared, step):
    """Return in words what a group loses by the removal of an assignment or entitlement."""
    account, _slash, rest = step.address.name.partition("/")
    host = declared.inputs.accounts.get(account, {}).get("host")
    role, _slash, group = rest.rpartition("/")
    where = f"account {account}" + (f", host {host}" if host else ", of no host that declares members")
    text = f"group {group} would lose {role} in {where}"
    if step.address.kind == "account_assignment" and declared.inputs.backend == "entitlement":
        roles = [name for of, name, one in _members(declared.inputs.accounts) if (of, one) == (account, group)]
        # The application doesn't show the roles' trust policies.
        if not roles:
            return f"{text}, and has no entitlement there"
        text += f", and gets in by the entitlement to {', '.join(roles)} only if the role's trust policy lets it"
    return text


def report(declared, found, ids, states):
    instance = found["sso_instance"].get("main")
    by_kind = {"permission_set": {}, "directory_group": {}}
    for address, id_ in ids.items():
        if address.kind in by_kind:
            by_kind[address.kind][address.name] = id_
    referenced = {group for _account, _name, group in _members(declared.inputs.accounts)}
    others = {name: group.id for name, group in found["directory_group"].items() if name in referenced}
    return {
        "instance_arn": instance and instance.id,
        "identity_store_id": instance and instance.details["identity_store_id"],
        "management_account_id": instance and instance.details["management_account_id"],
        "permission_sets": by_kind["permission_set"],
        "groups": {**others, **by_kind["directory_group"]},
        "members": _reported(declared, ids),
    }


def _reported(declared, ids):
    """Return {account: {set or role: groups}}: who has what is declared, after the run."""
    kind = "entitlement" if declared.inputs.backend == "entitlement" else "account_assignment"
    reported: dict[str, dict[str, list[str]]] = {}
    for account, name, group in _members({} if declared.absent else declared.inputs.accounts):
        if Address(kind, f"{account}/{name}/{group}") in ids:
            reported.setdefault(account, {}).setdefault(name, []).append(group)
    return reported


CAPABILITY = Capability(
    "account_members",
    AWS,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (
        sso_instance,
        identity_store,
        organization_account,
        directory_group,
        directory_user,
        group_membership,
        permission_set,
        permission_set_provisioning,
        provisioned_account,
        account_assignment,
        account_access_application,
        entitlement,
    ),
    report,
    removals=removals,
)
