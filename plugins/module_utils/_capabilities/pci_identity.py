# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module pci_identity: people of an identity account who may switch to exactly the declared roles, with MFA."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._aws.provider import AWS
from .._core import guard
from .._core.capability import Capability, Declared
from .._core.errors import Invalid
from .._core.inputs import ModuleInputs
from .._core.plan import Ref
from .._domain.pci import identity_policies
from .._domain.values import connection, identifiers
from .._resources.iam import (
    account_summary,
    authorization_details,
    iam_group,
    iam_membership,
    iam_policy,
    identity_user,
    mfa_device,
    ssh_public_key,
)
from .._resources.shared.ec2 import owner_tags

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "path": {"type": "str", "default": "/pci/"},
    "groups": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "roles": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {"role_arn": {"type": "str", "required": True}, "profile": {"type": "str"}},
            },
        },
    },
    "users": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "path": {"type": "str"},
            "groups": {"type": "list", "elements": "str", "required": True},
            "register_mfa": {"type": "bool", "default": False},
            # Public keys are no secret, and worth seeing.
            "ssh_public_keys": {"type": "list", "elements": "str", "no_log": False},
        },
    },
    "manage_users": {"type": "bool", "default": True},
    "accept_removal": {"type": "list", "elements": "str", "default": []},
    "self_service": {
        "type": "list",
        "elements": "str",
        "choices": sorted(identity_policies.OWN),
        "default": ["password", "ssh_public_keys"],
    },
    "mfa_max_age": {"type": "int", "default": 900},
    "source_profile": {"type": "str", "default": "identity"},
    "duration_seconds": {"type": "int", "default": 900},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    path: str
    people: Sequence[str]
    # name -> path of users that are created elsewhere
    existing: Mapping[str, str]
    register_mfa: Sequence[str]
    with_keys: Sequence[str]
    accept_removal: Sequence[str]
    profiles: Mapping[str, Any]
    source_profile: str
    duration_seconds: int


def desired(params):
    people = {user["name"]: {**user, "path": user["path"] or params["path"]} for user in params["users"]}
    groups = {
        group["name"]: list(dict.fromkeys(role["role_arn"] for role in group["roles"])) for group in params["groups"]
    }
    documents = _documents(params, people, groups)
    _check(params)
    owner = f"pci_identity/{params['name']}"

    def tags(name):
        return owner_tags(owner, name, params["tags"])

    with_keys = {name: _keys(user, index) for index, (name, user) in enumerate(people.items())}
    resources = {
        "account_summary": {},
        "authorization_details": {},
        "mfa_device": {},
        "iam_policy": {
            name: {"policy_name": name, "path": params["path"], "document": document, "tags": tags(name)}
            for name, document in documents.items()
        },
        "iam_group": {
            name: {
                "group_name": name,
                "path": params["path"],
                "policies": {policy: Ref(f"iam_policy.{policy}") for policy in _policies(params, name)},
                "inline": [],
            }
            for name in groups
        },
        "iam_membership": {
            f"{group} {name}": {"group": group, "user": name, "needs": _before_members(params, group, name)}
            for name, user in people.items()
            for group in user["groups"]
        },
    }
    if params["manage_users"]:
        resources |= _users(people, with_keys, tags)
    return Declared(owner, resources, _inputs(params, people, with_keys))


def _users(people, with_keys, tags):
    return {
        "identity_user": {
            name: {
                "user_name": name,
                "path": user["path"],
                "register_mfa": user["register_mfa"],
                "tags": tags(name),
            }
            for name, user in people.items()
        },
        "ssh_public_key": {
            ssh_public_key.address(name, key): {
                "user": name,
                "body": key,
                "status": "Active",
                "needs": (f"identity_user.{name}",),
            }
            for name, keys in with_keys.items()
            for key in keys or ()
        },
    }


def _documents(params, people, groups):
    paths = [user["path"] for user in people.values()] or [params["path"]]
    return {
        f"{params['name']}-self-service": identity_policies.self_service(
            params["account_id"], paths, params["self_service"]
        ),
        **{
            _switch(params, name): identity_policies.switching(arns, params["mfa_max_age"])
            for name, arns in groups.items()
        },
    }


def _inputs(params, people, with_keys):
    return Inputs.of(
        params,
        people=list(people),
        existing={} if params["manage_users"] else {name: user["path"] for name, user in people.items()},
        register_mfa=[name for name, user in people.items() if user["register_mfa"]],
        with_keys=[name for name, keys in with_keys.items() if keys is not None],
        profiles={name: _profiles(params, user) for name, user in people.items()},
    )


def _switch(params, group):
    return f"{params['name']}-switch-{group}"


def _policies(params, group):
    """Names of a group's policies; the one that restricts people comes first."""
    return f"{params['name']}-self-service", _switch(params, group)


def _before_members(params, group, user):
    attached = [f"iam_group.{group}:policies.add.{policy}" for policy in _policies(params, group)]
    return (f"identity_user.{user}", f"iam_group.{group}", *attached)


def _keys(user, index):
    keys = user["ssh_public_keys"]
    if keys is None:
        return None
    option = f"users[{index}].ssh_public_keys"
    if len(keys) > identity_policies.SSH_KEYS_OF_A_USER:
        raise Invalid(option, len(keys), "is more than IAM takes", f"at most {identity_policies.SSH_KEYS_OF_A_USER}")
    return sorted({identity_policies.ssh_rsa(f"{option}[{position}]", key) for position, key in enumerate(keys)})


def _profiles(params, user):
    return {
        role["profile"] or role["role_arn"].rpartition("/")[2]: role["role_arn"]
        for group in params["groups"]
        if group["name"] in user["groups"]
        for role in group["roles"]
    }


def _check(params):
    identifiers.iam_short_name("name", params["name"])
    identifiers.iam_path("path", params["path"])
    if params["state"] == "absent":
        return
    if not params["groups"]:
        raise Invalid("groups", [], "declare nothing", "at least one group, or state: absent")
    if not 60 <= params["mfa_max_age"] <= 3600:
        raise Invalid("mfa_max_age", params["mfa_max_age"], "is no fresh MFA", "60 to 3600 seconds")
    if not 900 <= params["duration_seconds"] <= 3600:
        raise Invalid("duration_seconds", params["duration_seconds"], "is no short session", "900 to 3600")
    # It becomes a line of the client's configuration.
    connection.profile("source_profile", params["source_profile"])
    for index, user in enumerate(params["accept_removal"]):
        identifiers.iam_short_name(f"accept_removal[{index}]", user)
    _check_groups(params)
    _check_users(params)


def _check_groups(params):
    each_once = [(f"groups[{index}].name", group["name"].lower()) for index, group in enumerate(params["groups"])]
    identifiers.distinct(each_once, "is there twice", "each group once")
    profiles = {}
    for index, group in enumerate(params["groups"]):
        option = f"groups[{index}]"
        identifiers.iam_short_name(f"{option}.name", group["name"])
        if not group["roles"]:
            raise Invalid(f"{option}.roles", [], "give the group nothing to switch to", "at least one role")
        for position, role in enumerate(group["roles"]):
            where = f"{option}.roles[{position}]"
            # No wildcard: exactly the declared roles.
            identifiers.role_arn(f"{where}.role_arn", role["role_arn"])
            if role["role_arn"].split(":")[4] == params["account_id"]:
                raise Invalid(f"{where}.role_arn", role["role_arn"], "is of the identity account", "one of another")
            profile = role["profile"] or role["role_arn"].rpartition("/")[2]
            identifiers.iam_short_name(f"{where}.profile", profile)
            if profiles.setdefault(profile, role["role_arn"]) != role["role_arn"]:
                raise Invalid(f"{where}.profile", profile, "is the profile of two roles", "one profile for each role")


def _check_users(params):
    each_once = [(f"users[{index}].name", user["name"].lower()) for index, user in enumerate(params["users"])]
    identifiers.distinct(each_once, "is there twice", "each user once")
    known = [group["name"] for group in params["groups"]]
    for index, user in enumerate(params["users"]):
        option = f"users[{index}]"
        identifiers.iam_short_name(f"{option}.name", user["name"])
        if user["path"] not in (None, "/"):
            identifiers.iam_path(f"{option}.path", user["path"])
        if not 1 <= len(user["groups"]) <= identity_policies.GROUPS_OF_A_USER:
            expected = f"1 to {identity_policies.GROUPS_OF_A_USER} groups"
            raise Invalid(f"{option}.groups", user["groups"], "is no membership that IAM takes", expected)
        for group in user["groups"]:
            if group not in known:
                raise Invalid(f"{option}.groups", group, "isn't declared in groups", " or ".join(known))
        if user["register_mfa"] and not params["manage_users"]:
            tag = f"the tag {identity_policies.REGISTER_TAG}={identity_policies.REGISTER}, by who creates the user"
            raise Invalid(
                f"{option}.register_mfa", True, "is of a user that isn't created here (manage_users is false)", tag
            )
        if user["ssh_public_keys"] is not None and not params["manage_users"]:
            raise Invalid(
                f"{option}.ssh_public_keys",
                f"{len(user['ssh_public_keys'])} keys",
                "are of a user that isn't created here (manage_users is false)",
                "no ssh_public_keys",
            )


def report(declared, found, ids, states):
    result = {"groups": {address.name: arn for address, arn in ids.items() if address.kind == "iam_group"}}
    if declared.absent:
        return result
    profiles, inputs, place = {}, declared.inputs, declared.place
    for name, roles in inputs.profiles.items():
        device = found["mfa_device"].get(name)
        own = f"arn:{place['partition']}:iam::{place['account_id']}:mfa/{name}"
        profiles[name] = identity_policies.client_profiles(
            name, roles, (device and device.id) or own, inputs.source_profile, inputs.duration_seconds
        )
    return {**result, "client_profiles": profiles}


def removals(declared, found, steps):
    """Return guard.Removals: groups, users who are no longer declared, and roles that a group could switch to."""
    owner = declared.owner.partition("/")[2]
    own = {policy.id for policy in found["iam_policy"].values() if policy.managed}
    lost = {
        guard.name_of(declared, step): step.removes
        for step in guard.gone(declared, steps, "iam_group", "identity_user")
        # A group has no owner tag: one without a policy of this owner was never declared.
        if "policies" not in (step.before or {}) or own & set(step.before["policies"].values())
        if step.before.get("user_name") not in declared.inputs.accept_removal
    }
    if "identity_user" not in declared.resources:
        # Where the module creates no users, a group's members tell who was declared.
        lost |= {
            f"{owner}/{step.before['group']}/{step.before['user']}": "member"
            for step in guard.gone(declared, steps, "iam_membership")
            if step.before["user"] not in declared.inputs.people
        }
    for step in steps:
        if step.address.kind == "iam_policy" and step.action == "change" and "document" in (step.before or {}):
            before, after = (identity_policies.switched_to(fields["document"]) for fields in (step.before, step.after))
            lost |= {f"{owner}/{arn}": "a role to switch to" for arn in sorted(before - after)}
    return guard.Removals(lost)


CAPABILITY = Capability(
    "pci_identity",
    AWS,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (
        account_summary,
        authorization_details,
        mfa_device,
        iam_policy,
        iam_group,
        identity_user,
        ssh_public_key,
        iam_membership,
    ),
    report,
    removals=removals,
)
