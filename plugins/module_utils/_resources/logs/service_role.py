# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roles of AWS's services, by their names: what the services may do, and nothing that others attached."""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Address, Step
from ..._core.reconcile import OWNER_TAG, Actual, ResourceType, reconcile
from ..iam.authorization_details import placed
from ..shared import iam_roles, named
from ..shared.ec2 import tags_of
from . import documents

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = (
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:GetAccountAuthorizationDetails",
    "iam:PutRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
)
POLICY = "service"
# Kinds whose resources use the roles until they are deleted.
USERS = ("delivery_stream", "lambda_function", "log_destination")


def read(aws, declared, found):
    """Return {name: Actual} of the declared roles that exist, all from one GetAccountAuthorizationDetails.

    Fields: role_name, trust (document), policy (its inline policy, None), others (inline policies and managed ones that
    it has besides, by name or ARN), tags.
    """
    details = aws.read_all("iam.get_account_authorization_details", Filter=["Role"])["RoleDetailList"]
    roles = {role["RoleName"]: role for role in details}
    wanted = placed(declared.resources["service_role"], declared)
    return {
        name: _actual(roles[fields["role_name"]], declared.owner)
        for name, fields in wanted.items()
        if fields["role_name"] in roles
    }


def _actual(role, owner):
    tags = tags_of(role)
    inline = {policy["PolicyName"]: policy["PolicyDocument"] for policy in role["RolePolicyList"]}
    managed = [policy["PolicyArn"] for policy in role["AttachedManagedPolicies"]]
    return Actual(
        role["Arn"],
        {
            "role_name": role["RoleName"],
            "trust": documents.canonical(role["AssumeRolePolicyDocument"]),
            "policy": documents.canonical(inline.get(POLICY)),
            "others": sorted([*managed, *(name for name in inline if name != POLICY)]),
            "tags": tags,
        },
        tags.get(OWNER_TAG) == owner,
    )


def plan(wanted, found, declared):
    there = found["service_role"]
    complete = {
        name: {**fields, **{key: documents.canonical(fields[key]) for key in ("trust", "policy")}}
        for name, fields in placed(wanted, declared).items()
    }
    steps = named.after_resource(reconcile(KIND, complete, there, purge_tags=declared.purge_tags))
    return [*_emptied(steps, found), *(_named_only(step) if step.removes else step for step in steps)]


def _named_only(step):
    """Return a deletion without the policies: a stream that one names is deleted before the role, not after it."""
    return replace(step, before={key: step.before[key] for key in ("role_name", "tags")})


def _emptied(steps, found):
    """Return the steps that remove the policies of roles to be deleted: IAM deletes only a role without any.

    A stream writes what it still has until it is deleted.
    """
    there, emptied = found["service_role"], []
    users = tuple(Address(kind, name) for kind in USERS for name in found.get(kind, ()))
    for step in (step for step in steps if step.removes):
        fields = there[step.address.name].fields
        for call in _without(fields["role_name"], [*fields["others"], *([POLICY] if fields["policy"] else [])]):
            address = Address(KIND.name, step.address.name, call.suffix)
            before = {"role": step.removes, "policy": call.suffix.partition(".")[2]}
            emptied.append(Step(address, call.operation, call.params, before=before, after={}, needs=users))
    return emptied


def _without(role, policies):
    """Return the calls that take policies from a role: managed ones by their ARNs, inline ones by their names."""
    arns = [policy for policy in policies if policy.startswith("arn:")]
    inline = [policy for policy in policies if policy not in arns]
    return [*iam_roles.detach(role, arns), *iam_roles.delete_inline(role, inline)]


KIND = ResourceType(
    "service_role",
    create=iam_roles.create,
    changes={
        ("trust",): iam_roles.update_trust,
        ("policy",): lambda id_, before, after: [
            iam_roles.put_inline(after["role_name"], POLICY, documents.text(after["policy"]))
        ],
        ("others",): lambda id_, before, after: _without(after["role_name"], before["others"]),
    },
    delete=iam_roles.delete,
    tag=iam_roles.tag,
    untag=iam_roles.untag,
    defaults={"policy": None, "others": []},
    # Until there is a key, a second run could create one, too: nothing comes between the bucket and its key.
    depends_on=("archive_key",),
)
