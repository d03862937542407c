#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: pci_identity
short_description: People of an identity account who may switch to exactly the declared roles, with MFA
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Makes IAM groups whose members may switch to exactly the declared roles, with MFA that is at most O(mfa_max_age)
    old, and may look after their own MFA device, password and SSH public keys. Without MFA they can do no more than
    register a first device, and that only while O(users[].register_mfa) says so. Makes their users, too, or puts users
    of others into the groups.
  - The roles' side is M(closednet.aws.pci_role_guard)'s; who gets in is for both to say.
  - It makes and shows no password and no access key. Somebody gives a new user the first one, by another way.
options:
  name:
    description: Name of this declaration, unique in its account, in the tag C(closednet:managed=pci_identity/NAME) and
      in the names of its policies. Letters, digits and C(_+=,.@-), 64 at most.
    type: str
    required: true
  path:
    description: IAM path of the groups and policies. Groups have no tags, so what is under the path is this module's;
      it refuses a path with policies of others, or with groups while no policy of its own is there.
    type: str
    default: /pci/
  groups:
    description: The groups. Required with O(state=present).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the group.
        type: str
        required: true
      roles:
        description: The roles that its members may switch to.
        type: list
        elements: dict
        required: true
        suboptions:
          role_arn:
            description: ARN of a role of another account.
            type: str
            required: true
          profile:
            description: Name of its profile in RV(client_profiles). The role's own name if it isn't given.
            type: str
  users:
    description: The people. A group has exactly the members that this declares.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the user, without path.
        type: str
        required: true
      path:
        description: IAM path of the user, as roles that trust the user by ARN have it. O(path) if it isn't given.
        type: str
      groups:
        description: Names of the O(groups) that the user is in, at least one, 10 at most.
        type: list
        elements: str
        required: true
      register_mfa:
        description:
          - Whether the user may register a first MFA device without MFA. Say so when password or key are handed over,
            and not before, since whoever has them can register a device, too.
          - It is the tag C(closednet:register-mfa) of the user, which a run takes away as soon as there is a device, or
            when this is V(false). A user who is made elsewhere (O(manage_users=false)) needs that tag with the value
            C(yes) from there.
        type: bool
        default: false
      ssh_public_keys:
        description:
          - The user's SSH public keys, exactly these; others are deleted, those that the user uploaded, too. Without
            this option they are the user's own affair.
          - IAM takes RSA keys of 2048 bits or more, 5 for a user, and uses them for CodeCommit only.
        type: list
        elements: str
  manage_users:
    description:
      - Whether the users are made here, and deleted when they are no longer declared. Otherwise they have to be there,
        and only their membership in O(groups) changes.
      - A user who is deleted loses access keys, password, MFA devices, SSH keys, policies and memberships with it.
    type: bool
    default: true
  accept_removal:
    description: Names of users who may be deleted though they have an active access key, or signed in to the console in
      the last 30 days. Any other such user stops the module before it writes anything.
    type: list
    elements: str
    default: []
  self_service:
    description: What people may change of their own, besides their MFA device. V(access_keys) lets them make their
      own lasting keys, which the AWS CLI needs to switch roles unless somebody else makes them.
    type: list
    elements: str
    choices: [access_keys, password, ssh_public_keys]
    default: [password, ssh_public_keys]
  mfa_max_age:
    description: Seconds since MFA after which a switch is refused, from 60 to 3600.
    type: int
    default: 900
  source_profile:
    description: The profile with the user's own key that RV(client_profiles) refer to.
    type: str
    default: identity
  duration_seconds:
    description:
      - How long a session lasts that RV(client_profiles) ask for, from 900 to 3600. It is what clients ask for, and
        binds nobody.
      - The AWS CLI and boto3 renew a session 15 minutes before its end, so that with V(900) each command asks for a new
        code, and a program asks again and again. With V(1800) they ask every 15 minutes.
    type: int
    default: 900
notes:
  - What O(confirm_removals) names here is a group that this module made, as C(NAME/iam_group.GROUP), a user, as
    C(NAME/identity_user.USER), with O(manage_users=false) a member who isn't in O(users), as C(NAME/GROUP/USER), or a
    role that a group could switch to, as C(NAME/ARN).
  - AWS's own example of such a policy lets users create virtual MFA devices of any name, and a user may have eight.
    Whoever has stolen a key could so enable another device without MFA. Here a device has to be named as its user.
  - While a user may register a device (O(users[].register_mfa)), whoever has the password or key can register one. Have
    it done when both are handed over, and run this again; RV(notes) name users who have none.
  - A device that was created and not enabled can only be deleted by an administrator.
  - A user whose password has to be reset at the first sign-in can't do so, since that is before MFA; create the login
    profile without C(PasswordResetRequired).
  - A user with Git credentials (service-specific credentials) or a signing certificate isn't deleted; AWS says so.
seealso:
  - module: closednet.aws.pci_role_guard
  - name: "IAM: Allows IAM users to self-manage an MFA device"
    description: The policy that O(self_service) begins with.
    link: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_iam_mfa-selfmanage.html
  - name: Using an IAM role in the AWS CLI
    description: What the lines of RV(client_profiles) mean.
    link: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html
extends_documentation_fragment:
  - closednet.aws.account
  - closednet.aws.converge
  - closednet.aws.removals
  - closednet.aws.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Who may switch to the roles of a PCI account
  closednet.aws.pci_identity:
    account_id: "111111111111"
    assume_role_arn: arn:aws:iam::111111111111:role/identity-operator
    region: eu-central-1
    name: pci
    groups:
      - name: pci-admins
        roles:
          - {role_arn: "arn:aws:iam::444444444444:role/pci/admin", profile: pci-admin}
          - {role_arn: "arn:aws:iam::444444444444:role/pci/operator", profile: pci-operator}
      - name: pci-auditors
        roles:
          - {role_arn: "arn:aws:iam::444444444444:role/pci/auditor", profile: pci-auditor}
    users:
      - {name: ann, groups: [pci-admins]}
      - {name: eve, groups: [pci-auditors], register_mfa: true}  # new

- name: Users that are made elsewhere are only put into the groups
  closednet.aws.pci_identity:
    account_id: "111111111111"
    region: eu-central-1
    name: pci
    manage_users: false
    groups:
      - name: pci-auditors
        roles:
          - {role_arn: "arn:aws:iam::444444444444:role/pci/auditor"}
    users:
      - {name: eve, path: /staff/, groups: [pci-auditors]}

- name: Remove it, with a user who was there yesterday
  closednet.aws.pci_identity:
    account_id: "111111111111"
    region: eu-central-1
    name: pci
    accept_removal: [ann]
    state: absent
"""

RETURN = r"""
client_profiles:
  description: For each user the profiles for the AWS CLI's config file (C(~/.aws/config)). There is nothing secret in
    them.
  returned: when O(state=present)
  type: dict
  sample:
    eve: |
      [profile pci-auditor]
      role_arn = arn:aws:iam::444444444444:role/pci/auditor
      source_profile = identity
      mfa_serial = arn:aws:iam::111111111111:mfa/eve
      role_session_name = eve
      duration_seconds = 900
groups:
  description: ARN of each group that is there after the run; in check mode, of each that was.
  returned: success
  type: dict
  sample: {pci-auditors: "arn:aws:iam::111111111111:group/pci/pci-auditors"}
plan:
  description: What the run changes, or would change in check mode, in order.
  returned: success
  type: list
  elements: dict
  contains:
    address:
      description: Which resource, and for a change which of its fields.
      type: str
    action:
      description: V(create), V(change) or V(delete).
      type: str
    operation:
      description: The API operation.
      type: str
    before:
      description: The fields as they were; none for what is created.
      type: dict
    after:
      description: The fields as declared; none for what is deleted.
      type: dict
  sample:
    - address: iam_membership.pci-auditors eve
      action: create
      operation: iam.add_user_to_group
      before: null
      after: {group: pci-auditors, user: eve}
diff:
  description: What changed, or in check mode would, by address. With C(--diff) Ansible shows it.
  returned: success
  type: dict
notes:
  description: Who has no MFA device yet; a root user that has access keys or no MFA.
  returned: success
  type: list
  elements: str
  sample: ["eve has no MFA device yet, and can do no more than register one, named eve"]
findings:
  description: What isn't as declared and no run of this module changes, each with who has to act. Fails nothing here;
    the playbook C(closednet.aws.verify) fails on it.
  returned: success
  type: list
  elements: str
  sample: ["ann has more than this declares: policy ReadOnlyAccess; this account has to take it away"]
ids:
  description: ID of each resource, by address.
  returned: success
  type: dict
  sample: {identity_user.eve: "arn:aws:iam::111111111111:user/pci/eve"}
api_calls:
  description: How many API calls were sent, retries included, by service and operation.
  returned: when AWS was called
  type: dict
  sample: {"iam:GetAccountAuthorizationDetails": 1, "iam:ListMFADevices": 2, "iam:ListPolicyTags": 3}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the way to it failed
  type: str
"""

from ..module_utils._core import guard
from ..module_utils._core.errors import Invalid
from ..module_utils._core.plan import Ref
from ..module_utils._core.runner import Capability, Declared, run
from ..module_utils._domain.pci import identity_policies
from ..module_utils._domain.values import connection, identifiers
from ..module_utils._resources.iam import (
    account_summary,
    authorization_details,
    iam_group,
    iam_membership,
    iam_policy,
    identity_user,
    mfa_device,
    ssh_public_key,
)
from ..module_utils._resources.shared.ec2 import owner_tags

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
            # Public, and worth seeing.
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


def desired(params):
    people = {user["name"]: {**user, "path": user["path"] or params["path"]} for user in params["users"]}
    groups = {
        group["name"]: list(dict.fromkeys(role["role_arn"] for role in group["roles"])) for group in params["groups"]
    }
    documents = {
        f"{params['name']}-self-service": identity_policies.self_service(
            params["account_id"], [user["path"] for user in people.values()] or [params["path"]], params["self_service"]
        ),
        **{
            _switch(params, name): identity_policies.switching(arns, params["mfa_max_age"])
            for name, arns in groups.items()
        },
    }
    _check(params)
    owner = f"pci_identity/{params['name']}"

    def tags(name):
        return owner_tags(owner, name, params["tags"])

    managed = params["manage_users"]
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
    if managed:
        resources["identity_user"] = {
            name: {
                "user_name": name,
                "path": user["path"],
                "register_mfa": user["register_mfa"],
                "tags": tags(name),
            }
            for name, user in people.items()
        }
        resources["ssh_public_key"] = {
            ssh_public_key.address(name, key): {
                "user": name,
                "body": key,
                "status": "Active",
                "needs": (f"identity_user.{name}",),
            }
            for name, keys in with_keys.items()
            for key in keys or ()
        }
    scope = {
        "path": params["path"],
        "people": list(people),
        "existing": {} if managed else {name: user["path"] for name, user in people.items()},
        "register_mfa": [name for name, user in people.items() if user["register_mfa"]],
        "with_keys": [name for name, keys in with_keys.items() if keys is not None],
        "accept_removal": params["accept_removal"],
        "profiles": {name: _profiles(params, user) for name, user in people.items()},
        "source_profile": params["source_profile"],
        "duration_seconds": params["duration_seconds"],
    }
    return Declared(owner, resources, scope, purge_tags=bool(params["tags"]) and params["purge_tags"])


def _switch(params, group):
    return f"{params['name']}-switch-{group}"


def _policies(params, group):
    """What holds people back comes first."""
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
            tag = f"the tag {identity_policies.REGISTER_TAG}={identity_policies.REGISTER}, by who makes the user"
            raise Invalid(
                f"{option}.register_mfa", True, "is of a user that isn't made here (manage_users is false)", tag
            )
        if user["ssh_public_keys"] is not None and not params["manage_users"]:
            raise Invalid(
                f"{option}.ssh_public_keys",
                f"{len(user['ssh_public_keys'])} keys",
                "are of a user that isn't made here (manage_users is false)",
                "no ssh_public_keys",
            )


def report(declared, found, ids, states):
    result = {
        "groups": {address.partition(".")[2]: arn for address, arn in ids.items() if address.startswith("iam_group.")}
    }
    if declared.absent:
        return result
    scope = declared.scope
    profiles = {}
    for name, roles in scope["profiles"].items():
        device = found["mfa_device"].get(name)
        own = f"arn:{scope['partition']}:iam::{scope['account_id']}:mfa/{name}"
        profiles[name] = identity_policies.client_profiles(
            name, roles, (device and device.id) or own, scope["source_profile"], scope["duration_seconds"]
        )
    return {**result, "client_profiles": profiles}


def removals(declared, found, steps):
    """guard.Removals: groups, people who are no longer declared, and roles that a group could switch to."""
    owner = declared.owner.partition("/")[2]
    own = {policy.id for policy in found["iam_policy"].values() if policy.owned}
    lost = {
        guard.name_of(declared, step): step.removes
        for step in guard.gone(declared, steps, "iam_group", "identity_user")
        # A group has no tag that would tell whose it is: one without a policy of this owner's was never declared.
        if "policies" not in step.before or own & set(step.before["policies"].values())
        if step.before.get("user_name") not in declared.scope["accept_removal"]
    }
    if "identity_user" not in declared.resources:
        # Without users of its own, whom a group lets in tells who was declared.
        lost |= {
            f"{owner}/{step.before['group']}/{step.before['user']}": "member"
            for step in guard.gone(declared, steps, "iam_membership")
            if step.before["user"] not in declared.scope["people"]
        }
    for step in steps:
        if step.address.startswith("iam_policy.") and step.action == "change" and "document" in (step.before or {}):
            before, after = (identity_policies.switched_to(fields["document"]) for fields in (step.before, step.after))
            lost |= {f"{owner}/{arn}": "a role to switch to" for arn in sorted(before - after)}
    return guard.Removals(lost)


CAPABILITY = Capability(
    "pci_identity",
    ARGUMENT_SPEC,
    desired,
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


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
