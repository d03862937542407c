# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM roles under a path that belongs to one owner.

Between two states, a role never allows more than in both: permissions are removed first, then its boundary and its
trust policy change, and permissions are added last.
"""

from __future__ import annotations

import datetime
import json
from dataclasses import replace

from ..._core.plan import Address, Step
from ..._core.reconcile import OWNER_TAG, Actual, Call, Conflict, ResourceType, reconcile
from ..._domain.iam import policy_evaluation, trust_policies
from ..shared.ec2 import pairs, tags_of
from ..shared.iam_roles import delete_inline, detach, put_inline, update_trust
from . import account_summary
from .authorization_details import placed

READ_AFTER = ("authorization_details",)
INPUTS = ("boundary", "foreign_inline", "passable_roles", "path", "remove_roles_in_use")
# A session that RoleLastUsed shows may still be active for this long, the longest that one may last here.
IN_USE = datetime.timedelta(hours=1)
PERMISSIONS = (
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:ListRoles",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
)
# Order of a role's changes.
ORDER = ("policies.remove", "inline.remove", "boundary", "trust", "max_session_duration", "policies.add", "inline.add")


def read(aws, declared, found):
    """Return {name: Actual} of the roles under inputs.path, and of others with a declared name.

    Fields: role_name, path, trust (document), max_session_duration (seconds; None outside inputs.path), boundary (ARN),
    policies (ARNs, sorted), inline (name -> document), tags. details: inline (all names, sorted), instance_profiles,
    last_used.

    inputs.foreign_inline: names of inline policies that somebody else maintains. They aren't in the field inline, so
    they are removed only with the role.
    """
    details = found["authorization_details"]["main"].details["RoleDetailList"]
    path, wanted = declared.inputs.path, {f["role_name"] for f in declared.resources["iam_role"].values()}
    # GetAccountAuthorizationDetails doesn't tell how long a session may last.
    longest = {
        role["RoleName"]: role["MaxSessionDuration"] for role in aws.read("iam.list_roles", "Roles", PathPrefix=path)
    }
    return {
        role["RoleName"]: _actual(role, longest.get(role["RoleName"]), declared)
        for role in details
        if role["Path"] == path or role["RoleName"] in wanted
    }


def _actual(role, longest, declared):
    tags = tags_of(role)
    inline = {policy["PolicyName"]: policy["PolicyDocument"] for policy in role["RolePolicyList"]}
    kept = declared.inputs.foreign_inline
    return Actual(
        role["Arn"],
        {
            "role_name": role["RoleName"],
            "path": role["Path"],
            "trust": role["AssumeRolePolicyDocument"],
            "max_session_duration": longest,
            "boundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            "policies": sorted(policy["PolicyArn"] for policy in role["AttachedManagedPolicies"]),
            "inline": {name: document for name, document in inline.items() if name not in kept},
            "tags": tags,
        },
        tags.get(OWNER_TAG) == declared.owner,
        {
            "inline": sorted(inline),
            "instance_profiles": [profile["InstanceProfileName"] for profile in role["InstanceProfileList"]],
            "last_used": role.get("RoleLastUsed", {}).get("LastUsedDate"),
        },
    )


def plan(wanted, found, declared):
    wanted, there = placed(wanted, declared), found["iam_role"]
    for name, fields in wanted.items():
        if name in there and there[name].fields["path"] != fields["path"]:
            raise Conflict(
                f"roles.{name}: there is {there[name].id}, and an account has only one role of a name; name this one"
                " otherwise, or remove that one"
            )
    _check_sizes(wanted, found)
    steps = reconcile(KIND, wanted, there, purge_tags=declared.purge_tags)
    _check_removed([there[step.address.name] for step in steps if step.removes], declared)
    return [*_emptied(steps, there), *_in_order(steps)]


def notes(wanted, found, declared):
    """Report roles that switch roles may pass to services, and that lack the guard's boundary."""
    passable = [] if declared.absent else declared.inputs.passable_roles
    lines = []
    for role in found["authorization_details"]["main"].details["RoleDetailList"]:
        boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")
        named = role["Arn"].partition(":role/")[2]
        if any(policy_evaluation.like(named, pattern) for pattern in passable) and not boundary.endswith(
            f":policy{declared.inputs.path}{declared.inputs.boundary}"
        ):
            lines.append(
                f"{role['Arn']} may be passed to services (passable_roles) and lacks the guard's boundary: whoever"
                " passes it may do what it may do"
            )
    return lines


def _check_sizes(wanted, found):
    for name, fields in wanted.items():
        option = f"roles.{name}"
        fewer = "name fewer users, or have the quota raised"
        account_summary.check(found, option, fields["trust"], "AssumeRolePolicySizeQuota", fewer)
        for document in fields["inline"].values():
            account_summary.check(found, option, document, "RolePolicySizeQuota", "declare fewer roles")
        quota = "AttachedPoliciesPerRoleQuota"
        most = account_summary.quota(found, quota)
        if len(fields["policies"]) > most:
            raise Conflict(
                f"{option}: it has {len(fields['policies'])} managed policies, the account's {quota} is {most}"
            )


def _check_removed(roles, declared):
    """Raise Conflict for a role to be deleted that instance profiles have, or that may have an active session.

    IAM refuses to delete the first, and would delete the second.
    """
    now = datetime.datetime.now(datetime.timezone.utc)
    for role in roles:
        if role.details["instance_profiles"]:
            raise Conflict(
                f"roles.{role.fields['role_name']}: {role.id} is to go, but instance profiles have it:"
                f" {', '.join(role.details['instance_profiles'])}; take it out of them first"
            )
        used = role.details["last_used"]
        if (
            not used
            or declared.inputs.remove_roles_in_use
            or not trust_policies.judge(role.fields["trust"]).is_for_people
        ):
            continue
        if now - used < IN_USE:
            raise Conflict(
                f"roles.{role.fields['role_name']}: {role.id} is to go, but was used at {used:%H:%M} UTC, within the"
                " last hour, so that a session may be going on; wait, or set remove_roles_in_use"
            )


def _in_order(steps):
    """Return the steps, each role's changes one after the other."""

    def rank(step):
        return next((i for i, suffix in enumerate(ORDER) if step.address.field.startswith(suffix)), -1)

    last: dict[str, str] = {}
    ordered = []
    for step in sorted(steps, key=rank):
        role = step.address.resource
        if role in last and not step.removes:
            step = replace(step, needs=(*step.needs, last[role]))
        if not step.removes:
            last[role] = step.address
        ordered.append(step)
    return ordered


def _emptied(steps, there):
    """Return the steps that remove the policies of roles to be deleted: IAM deletes only a role without any."""
    removed = [there[step.address.name] for step in steps if step.removes]
    calls = [
        (role, call)
        for role in removed
        for call in (
            *detach(role.fields["role_name"], role.fields["policies"]),
            *delete_inline(role.fields["role_name"], role.details["inline"]),
        )
    ]
    return [
        Step(
            Address(KIND.name, role.fields["role_name"], call.suffix),
            call.operation,
            call.params,
            before={"role": role.id},
            after={},
        )
        for role, call in calls
    ]


def _policies(id_, before, after):
    role, was, wanted = after["role_name"], before["policies"], after["policies"]
    return detach(role, [policy for policy in was if policy not in wanted]) + [
        Call("iam.attach_role_policy", {"RoleName": role, "PolicyArn": policy}, suffix=f"add.{policy}")
        for policy in wanted
        if policy not in was
    ]


def _inline(id_, before, after):
    role, was, wanted = after["role_name"], before["inline"], after["inline"]
    # A policy that is replaced in place would be open to the people of the new trust policy until then.
    people_change = before["trust"] != after["trust"]
    gone = [name for name in was if name not in wanted or people_change and was[name] != wanted[name]]
    return delete_inline(role, gone) + [
        put_inline(role, name, json.dumps(document), suffix=f"add.{name}")
        for name, document in wanted.items()
        if was.get(name) != document
    ]


def _name(arn):
    return arn.rpartition("/")[2]


KIND = ResourceType(
    "iam_role",
    create=lambda fields: Call(
        "iam.create_role",
        {
            "RoleName": fields["role_name"],
            "Path": fields["path"],
            "AssumeRolePolicyDocument": json.dumps(fields["trust"]),
            "MaxSessionDuration": fields["max_session_duration"],
            **({"PermissionsBoundary": fields["boundary"]} if fields.get("boundary") else {}),
            "Tags": pairs(fields["tags"]),
        },
        id_path="Role.Arn",
    ),
    changes={
        ("trust",): update_trust,
        ("max_session_duration",): lambda id_, before, after: [
            Call(
                "iam.update_role",
                {"RoleName": after["role_name"], "MaxSessionDuration": after["max_session_duration"]},
            )
        ],
        ("boundary",): lambda id_, before, after: [
            Call(
                "iam.put_role_permissions_boundary",
                {"RoleName": after["role_name"], "PermissionsBoundary": after["boundary"]},
            )
        ],
        ("policies",): _policies,
        ("inline",): _inline,
    },
    delete=lambda id_, fields: Call("iam.delete_role", {"RoleName": fields["role_name"]}),
    tag=lambda id_, tags: Call("iam.tag_role", {"RoleName": _name(id_), "Tags": pairs(tags)}),
    untag=lambda id_, tags: Call("iam.untag_role", {"RoleName": _name(id_), "TagKeys": list(tags)}),
    defaults={"policies": [], "inline": {}},
)
