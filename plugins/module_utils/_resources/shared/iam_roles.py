# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Calls on IAM roles that several kinds of roles share."""

from __future__ import annotations

import json

from ..._core.reconcile import Call
from .ec2 import pairs


def create(fields):
    return Call(
        "iam.create_role",
        {
            "RoleName": fields["role_name"],
            "AssumeRolePolicyDocument": json.dumps(fields["trust"]),
            "Tags": pairs(fields["tags"]),
        },
        id_path="Role.Arn",
    )


def delete(id_, fields):
    return Call("iam.delete_role", {"RoleName": fields["role_name"]})


def tag(id_, tags):
    return Call("iam.tag_role", {"RoleName": id_.rpartition("/")[2], "Tags": pairs(tags)})


def untag(id_, tags):
    return Call("iam.untag_role", {"RoleName": id_.rpartition("/")[2], "TagKeys": list(tags)})


def update_trust(id_, before, after):
    return [
        Call(
            "iam.update_assume_role_policy",
            {"RoleName": after["role_name"], "PolicyDocument": json.dumps(after["trust"])},
        )
    ]


def detach(role, policies):
    """Return the calls that detach managed policies, by their ARNs."""
    return [
        Call("iam.detach_role_policy", {"RoleName": role, "PolicyArn": policy}, suffix=f"remove.{policy}")
        for policy in policies
    ]


def put_inline(role, name, text, suffix=""):
    """Return the call that sets an inline policy to a JSON text."""
    return Call("iam.put_role_policy", {"RoleName": role, "PolicyName": name, "PolicyDocument": text}, suffix=suffix)


def delete_inline(role, names):
    return [
        Call("iam.delete_role_policy", {"RoleName": role, "PolicyName": name}, suffix=f"remove.{name}")
        for name in names
    ]
