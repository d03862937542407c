# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The role with which ECS starts a proxy's tasks: it pulls the image, reads the configuration and writes the log.

The containers themselves have no role, since a proxy calls no API of AWS.
"""

from __future__ import annotations

import json

from ..._core.plan import Step
from ..._core.reconcile import OWNER_TAG, Actual, ResourceType, reconcile
from ..shared import iam_roles, named
from ..shared.ec2 import tags_of

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = (
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:PutRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
)
POLICY = "start-tasks"


def read(aws, declared, found):
    """Return {"main": Actual} with fields role_name, trust and policy (documents), tags."""
    (name,) = {fields["role_name"] for fields in declared.resources["execution_role"].values()}
    missing = "NoSuchEntity"
    # Mappings of one role and one policy, where read expects a list of items.
    role = aws.read("iam.get_role", "Role", none_if=missing, RoleName=name)
    if not role:
        return {}
    policy = aws.read("iam.get_role_policy", "PolicyDocument", none_if=missing, RoleName=name, PolicyName=POLICY)
    tags = tags_of(role)
    fields = {
        "role_name": name,
        "trust": role["AssumeRolePolicyDocument"],
        "policy": policy or None,
        "tags": tags,
    }
    return {"main": Actual(role["Arn"], fields, managed=tags.get(OWNER_TAG) == declared.owner)}


def plan(wanted, found, declared):
    wanted = {name: _placed(fields, declared.place) for name, fields in wanted.items()}
    steps = named.after_resource(reconcile(KIND, wanted, found["execution_role"], purge_tags=declared.purge_tags))
    return [*_emptied(steps, found["execution_role"]), *steps]


def _emptied(steps, there):
    """Return the step that removes the policy of a role to be deleted: IAM deletes only a role without any."""
    return [
        Step(
            step.address.at("policy.remove"),
            "iam.delete_role_policy",
            {"RoleName": there["main"].fields["role_name"], "PolicyName": POLICY},
            before={"policy": there["main"].fields["policy"], "role": step.removes},
            after={},
        )
        for step in steps
        if step.removes and there["main"].fields["policy"]
    ]


def _placed(fields, place):
    """Return the fields with account, region and partition filled into the policies' ARNs."""
    texts = {key: json.dumps(fields[key]) for key in ("trust", "policy")}
    for word, value in place.items():
        texts = {key: text.replace(f"<{word}>", value) for key, text in texts.items()}
    return {**fields, **{key: json.loads(text) for key, text in texts.items()}}


KIND = ResourceType(
    "execution_role",
    create=iam_roles.create,
    changes={
        ("trust",): iam_roles.update_trust,
        ("policy",): lambda id_, before, after: [
            iam_roles.put_inline(after["role_name"], POLICY, json.dumps(after["policy"]))
        ],
    },
    delete=iam_roles.delete,
    tag=iam_roles.tag,
    untag=iam_roles.untag,
    defaults={"policy": None},
)
