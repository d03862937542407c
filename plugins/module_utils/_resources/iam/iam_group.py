# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM groups under a path that belongs to one owner: IAM has no tags for groups."""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Address, Step
from ..._core.reconcile import Actual, Call, Conflict, ResourceType, reconcile

READ_AFTER = ("authorization_details", "iam_policy")
INPUTS = ("path",)
PERMISSIONS = (
    "iam:AttachGroupPolicy",
    "iam:CreateGroup",
    "iam:DeleteGroup",
    "iam:DeleteGroupPolicy",
    "iam:DetachGroupPolicy",
)


def read(aws, declared, found):
    """Return {name: Actual} with fields group_name, path, policies (name -> ARN), inline (names, sorted).

    Those under inputs.path, and others of a declared name, which aren't managed.
    """
    # Names that differ only in case are the same ("IAM identifiers").
    wanted = {name.lower(): name for name in declared.resources["iam_group"]}
    actual = {}
    for group in found["authorization_details"]["main"].details["GroupDetailList"]:
        name = wanted.get(group["GroupName"].lower(), group["GroupName"])
        owned = group["Path"] == declared.inputs.path and name == group["GroupName"]
        if owned or name in wanted.values():
            fields = {
                "group_name": group["GroupName"],
                "path": group["Path"],
                "policies": {one["PolicyName"]: one["PolicyArn"] for one in group["AttachedManagedPolicies"]},
                "inline": sorted(one["PolicyName"] for one in group.get("GroupPolicyList", ())),
            }
            actual[name] = Actual(group["Arn"], fields, owned)
    return actual


def plan(wanted, found, declared):
    there = found["iam_group"]
    _check_path(there, found["iam_policy"], declared)
    for name in wanted:
        if name in there and not there[name].managed:
            raise Conflict(
                f"groups.{name}: there is {there[name].id}, and an account has only one group of a name; name this one"
                " otherwise, or remove that one"
            )
    # Calls refer to a group by its name, so no Ref tells that it has to be created first.
    steps = [
        replace(step, needs=(*step.needs, step.address.resource)) if step.action == "change" else step
        for step in reconcile(KIND, wanted, there)
    ]
    removed = [there[step.address.name] for step in steps if step.removes]
    return [*(step for group in removed for step in _emptied(group)), *steps]


def _check_path(there, policies, declared):
    """Raise Conflict where the path isn't this owner's alone.

    A group under the path is this owner's only if no policy there is somebody else's, and one is its own: policies are
    created before the groups, and deleted after them.
    """
    for policy in policies.values():
        if not policy.managed:
            raise Conflict(f"path: {policy.id} is under it and isn't managed by this resource; give each its own path")
    groups = [group for group in there.values() if group.managed]
    if groups and not policies:
        raise Conflict(
            f"path: {groups[0].id} is under {declared.inputs.path}, and nothing there is of this resource; give it a"
            " path of its own, or remove that group"
        )


def _emptied(group):
    """Return the steps that remove a group's policies: IAM deletes only a group without any.

    iam_membership removes its members.
    """
    before = {"group": group.id}
    return [
        Step(
            Address(KIND.name, group.fields["group_name"], call.suffix),
            call.operation,
            call.params,
            before=of,
            after={},
        )
        for call, of in (
            *(
                (_detach(group.fields, name), {**before, "policy": arn})
                for name, arn in group.fields["policies"].items()
            ),
            *((_delete_inline(group.fields, name), before) for name in group.fields["inline"]),
        )
    ]


def _detach(fields, name, before=None):
    policies = (before or fields)["policies"]
    params = {"GroupName": fields["group_name"], "PolicyArn": policies[name]}
    return Call("iam.detach_group_policy", params, suffix=f"remove.{name}")


def _delete_inline(fields, name):
    params = {"GroupName": fields["group_name"], "PolicyName": name}
    return Call("iam.delete_group_policy", params, suffix=f"remove.{name}")


def _policies(id_, before, after):
    was, wanted = before["policies"], after["policies"]
    return [_detach(after, name, before) for name, arn in was.items() if wanted.get(name) != arn] + [
        Call("iam.attach_group_policy", {"GroupName": after["group_name"], "PolicyArn": arn}, suffix=f"add.{name}")
        for name, arn in wanted.items()
        if was.get(name) != arn
    ]


KIND = ResourceType(
    "iam_group",
    create=lambda fields: Call(
        "iam.create_group", {"GroupName": fields["group_name"], "Path": fields["path"]}, id_path="Group.Arn"
    ),
    changes={
        ("inline",): lambda id_, before, after: [
            _delete_inline(after, name) for name in before["inline"] if name not in after["inline"]
        ],
        ("policies",): _policies,
    },
    delete=lambda id_, fields: Call("iam.delete_group", {"GroupName": fields["group_name"]}),
    defaults={"policies": {}, "inline": []},
    depends_on=("iam_policy",),
)
