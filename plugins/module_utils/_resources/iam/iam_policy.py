# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Customer managed policies under a path that belongs to one owner."""

from __future__ import annotations

import json
from dataclasses import replace

from ..._core.plan import Step
from ..._core.reconcile import OWNER_TAG, Actual, Call, Conflict, ResourceType, reconcile, refuse_renamed
from ..shared.ec2 import pairs, tags_of
from . import account_summary
from .authorization_details import placed

READ_AFTER = ("authorization_details",)
INPUTS = ("path",)
PERMISSIONS = (
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:ListPolicyTags",
    "iam:TagPolicy",
    "iam:UntagPolicy",
)
# "Versioning IAM policies"
MOST_VERSIONS = 5


def read(aws, declared, found):
    """Return {name: Actual} with fields policy_name, path, document, tags; only those under inputs.path.

    details: versions (ids, the oldest first, without the default version).
    """
    listed = found["authorization_details"]["main"].details["Policies"]
    policies = [policy for policy in listed if policy["Path"] == declared.inputs.path]
    tags = aws.gather(
        *(lambda arn=policy["Arn"]: aws.read("iam.list_policy_tags", "Tags", PolicyArn=arn) for policy in policies)
    )
    actual = {}
    for policy, tagged in zip(policies, tags):
        (in_force,) = [version for version in policy["PolicyVersionList"] if version["IsDefaultVersion"]]
        others = [version["VersionId"] for version in policy["PolicyVersionList"] if not version["IsDefaultVersion"]]
        own = tags_of({"Tags": tagged})
        actual[policy["PolicyName"]] = Actual(
            policy["Arn"],
            {
                "policy_name": policy["PolicyName"],
                "path": policy["Path"],
                "document": in_force["Document"],
                "tags": own,
            },
            own.get(OWNER_TAG) == declared.owner,
            {"versions": sorted(others, key=lambda version: int(version[1:]))},
        )
    return actual


def plan(wanted, found, declared):
    wanted, there = placed(wanted, declared), found["iam_policy"]
    for name, fields in wanted.items():
        account_summary.check(found, name, fields["document"], "PolicySizeQuota", "shorten path")
    # A path belongs to one owner.
    refuse_renamed(KIND, wanted, there, lambda one, other: one["path"] == other["path"])
    steps = reconcile(_kind(there), wanted, there, purge_tags=declared.purge_tags)
    _check_removed([step.removes for step in steps if step.removes], found)
    versions = {policy.id: policy.details["versions"] for policy in there.values()}
    # IAM deletes only a policy without other versions.
    forgotten = [
        Step(step.address.at(call.suffix), call.operation, call.params, before={"policy": step.removes}, after={})
        for step in steps
        if step.removes
        for call in _forget(step.removes, versions[step.removes])
    ]
    return [*forgotten, *steps]


def _check_removed(arns, found):
    """Raise Conflict where a policy to be deleted is attached elsewhere: IAM refuses to delete it."""
    details = found["authorization_details"]["main"].details
    ours = {one.id for kind in ("iam_role", "iam_group") for one in found.get(kind, {}).values() if one.managed}
    for holder in (*details["RoleDetailList"], *details["GroupDetailList"], *details["UserDetailList"]):
        attached = [policy["PolicyArn"] for policy in holder["AttachedManagedPolicies"]]
        boundary = holder.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        held = next((arn for arn in arns if arn in (*attached, boundary)), None)
        if held and holder["Arn"] not in ours:
            raise Conflict(f"{held} is to go, but {holder['Arn']} has it; give that another one first")


def _kind(there):
    """Return the kind; a change first deletes old versions, since a policy has five at most."""
    versions = {policy.id: policy.details["versions"] for policy in there.values()}

    def changed(id_, before, after):
        others = versions[id_]
        new = {"PolicyArn": id_, "PolicyDocument": json.dumps(after["document"]), "SetAsDefault": True}
        return [*_forget(id_, others[: len(others) + 2 - MOST_VERSIONS]), Call("iam.create_policy_version", new)]

    return replace(KIND, changes={("document",): changed})


def _forget(arn, versions):
    return [
        Call("iam.delete_policy_version", {"PolicyArn": arn, "VersionId": version}, suffix=f"forget.{version}")
        for version in versions
    ]


KIND = ResourceType(
    "iam_policy",
    create=lambda fields: Call(
        "iam.create_policy",
        {
            "PolicyName": fields["policy_name"],
            "Path": fields["path"],
            "PolicyDocument": json.dumps(fields["document"]),
            "Tags": pairs(fields["tags"]),
        },
        id_path="Policy.Arn",
    ),
    delete=lambda id_, fields: Call("iam.delete_policy", {"PolicyArn": id_}),
    tag=lambda id_, tags: Call("iam.tag_policy", {"PolicyArn": id_, "Tags": pairs(tags)}),
    untag=lambda id_, tags: Call("iam.untag_policy", {"PolicyArn": id_, "TagKeys": list(tags)}),
)
