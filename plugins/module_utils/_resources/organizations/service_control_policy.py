# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Service control policies of an organization, by name, and their targets."""

from __future__ import annotations

import json

from ..._core.plan import Step
from ..._core.reconcile import OWNER_TAG, Actual, Call, ResourceType, reconcile
from ..shared.ec2 import pairs, tags_of

READ_AFTER = ()
INPUTS = ("policies",)
PERMISSIONS = (
    "organizations:AttachPolicy",
    "organizations:CreatePolicy",
    "organizations:DeletePolicy",
    "organizations:DescribePolicy",
    "organizations:DetachPolicy",
    "organizations:ListPolicies",
    "organizations:ListTagsForResource",
    "organizations:ListTargetsForPolicy",
    "organizations:TagResource",
    "organizations:UntagResource",
    "organizations:UpdatePolicy",
)
TYPE = "SERVICE_CONTROL_POLICY"


def read(aws, declared, found):
    """Return {name: Actual} of the policies in inputs.policies that exist.

    Fields: policy_name, description, content, targets (ids, sorted), tags.
    """
    listed = aws.read("organizations.list_policies", "Policies", Filter=TYPE)
    named = [policy for policy in listed if policy["Name"] in declared.inputs.policies]
    return {policy["Name"]: _read(aws, policy, declared.owner) for policy in named}


def _read(aws, policy, owner):
    content, targets, tagged = aws.gather(
        lambda: aws.call("organizations.describe_policy", PolicyId=policy["Id"])["Policy"]["Content"],
        lambda: aws.read("organizations.list_targets_for_policy", "Targets", PolicyId=policy["Id"]),
        lambda: aws.read("organizations.list_tags_for_resource", "Tags", ResourceId=policy["Id"]),
    )
    tags = tags_of({"Tags": tagged})
    return Actual(
        policy["Id"],
        {
            "policy_name": policy["Name"],
            "description": policy.get("Description", ""),
            "content": json.loads(content),
            "targets": sorted(target["TargetId"] for target in targets),
            "tags": tags,
        },
        tags.get(OWNER_TAG) == owner,
    )


def plan(wanted, found, declared):
    there = found["service_control_policy"]
    steps = reconcile(KIND, wanted, there, purge_tags=declared.purge_tags)
    # AWS deletes only a policy without targets.
    freed = [
        Step(step.address.at(call.suffix), call.operation, call.params, before={"policy": step.removes}, after={})
        for step in steps
        if step.removes
        for call in _moved("detach", step.removes, step.before["targets"])
    ]
    return [*freed, *steps]


def _moved(how, id_, targets):
    return [
        Call(f"organizations.{how}_policy", {"PolicyId": id_, "TargetId": target}, suffix=f"{how}.{target}")
        for target in targets
    ]


def _targets(id_, before, after):
    """Return the calls that change a policy's targets, new ones first.

    So an account that moves below another target is bound all the time.
    """
    added = [target for target in after["targets"] if target not in before["targets"]]
    removed = [target for target in before["targets"] if target not in after["targets"]]
    return _moved("attach", id_, added) + _moved("detach", id_, removed)


def _text(fields):
    # Whitespace counts ("Quotas for AWS Organizations").
    return {"Description": fields["description"], "Content": json.dumps(fields["content"], separators=(",", ":"))}


KIND = ResourceType(
    "service_control_policy",
    create=lambda fields: Call(
        "organizations.create_policy",
        {"Name": fields["policy_name"], "Type": TYPE, **_text(fields), "Tags": pairs(fields["tags"])},
        id_path="Policy.PolicySummary.Id",
    ),
    changes={
        ("description", "content"): lambda id_, before, after: [
            Call("organizations.update_policy", {"PolicyId": id_, **_text(after)})
        ],
        ("targets",): _targets,
    },
    delete=lambda id_, fields: Call("organizations.delete_policy", {"PolicyId": id_}),
    tag=lambda id_, tags: Call("organizations.tag_resource", {"ResourceId": id_, "Tags": pairs(tags)}),
    untag=lambda id_, tags: Call("organizations.untag_resource", {"ResourceId": id_, "TagKeys": list(tags)}),
    defaults={"targets": []},
)
