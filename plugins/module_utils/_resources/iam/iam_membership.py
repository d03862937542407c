# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Members of IAM groups. A managed group has exactly the declared members; other groups are left alone."""

from __future__ import annotations

from ..._core.reconcile import Actual, Call, Conflict, ResourceType, reconcile

READ_AFTER = ("authorization_details", "iam_group")
INPUTS = ("existing", "people")
PERMISSIONS = ("iam:AddUserToGroup", "iam:RemoveUserFromGroup")


def read(aws, declared, found):
    """Return {"GROUP USER": Actual} with fields group, user (names), arns (of both, which order the removals)."""
    groups = {name: group for name, group in found["iam_group"].items() if group.managed}
    return {
        f"{group} {user['UserName']}": Actual(
            f"{groups[group].id} {user['Arn']}",
            {"group": group, "user": user["UserName"], "arns": [groups[group].id, user["Arn"]]},
        )
        for user in found["authorization_details"]["main"].details["UserDetailList"]
        for group in user["GroupList"]
        if group in groups
    }


def plan(wanted, found, declared):
    listed = {user["UserName"]: user for user in found["authorization_details"]["main"].details["UserDetailList"]}
    for name, path in declared.inputs.existing.items():
        if not declared.absent and listed.get(name, {}).get("Path") != path:
            there = listed[name]["Arn"] if name in listed else "no such user"
            raise Conflict(
                f"users: {path.strip('/')}/{name} is to be there (manage_users is false), but there is {there}"
            )
    return reconcile(KIND, wanted, found["iam_membership"])


def findings(wanted, found, declared):
    """Report groups and policies that people have beyond what is declared."""
    if declared.absent:
        return []
    lines = []
    groups = {group for group, there in found["iam_group"].items() if there.managed}
    people = declared.inputs.people
    for user in found["authorization_details"]["main"].details["UserDetailList"]:
        if user["UserName"] not in people:
            continue
        more = [f"group {name}" for name in user["GroupList"] if name not in groups]
        more += [f"policy {one['PolicyName']}" for one in user["AttachedManagedPolicies"]]
        more += [f"inline policy {one['PolicyName']}" for one in user.get("UserPolicyList", ())]
        if more:
            lines.append(
                f"{user['UserName']} has more than this declares: {', '.join(more)}; this account has to take it away"
            )
    return lines


def _member(fields):
    return {"GroupName": fields["group"], "UserName": fields["user"]}


KIND = ResourceType(
    "iam_membership",
    create=lambda fields: Call("iam.add_user_to_group", _member(fields)),
    delete=lambda id_, fields: Call("iam.remove_user_from_group", _member(fields)),
)
