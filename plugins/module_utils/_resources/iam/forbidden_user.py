# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM users of an account that should have none: their passwords and active access keys."""

from __future__ import annotations

from ..._core.reconcile import Actual, Call, ResourceType, reconcile

READ_AFTER = ("authorization_details",)
INPUTS = ("iam_users", "kept_users")
PERMISSIONS = ("iam:DeleteLoginProfile", "iam:GetLoginProfile", "iam:ListAccessKeys", "iam:UpdateAccessKey")


def read(aws, declared, found):
    """Return {user name: Actual} with fields user_name, console (bool: has a password), active_keys (ids, sorted)."""
    users = found["authorization_details"]["main"].details["UserDetailList"]
    parts = aws.gather(*(lambda name=user["UserName"]: _credentials(aws, name) for user in users))
    return {user["UserName"]: Actual(user["Arn"], fields) for user, fields in zip(users, parts)}


def _credentials(aws, name):
    keys = aws.read("iam.list_access_keys", "AccessKeyMetadata", UserName=name)
    profile = aws.read("iam.get_login_profile", "LoginProfile", none_if="NoSuchEntity", UserName=name)
    active = sorted(key["AccessKeyId"] for key in keys if key["Status"] == "Active")
    return {"user_name": name, "console": bool(profile), "active_keys": active}


def plan(wanted, found, declared):
    if declared.absent or declared.inputs.iam_users != "deactivate":
        return []
    none = {"console": False, "active_keys": []}
    kept = declared.inputs.kept_users
    return reconcile(
        KIND, {name: none for name in found["forbidden_user"] if name not in kept}, found["forbidden_user"]
    )


def notes(wanted, found, declared):
    if declared.absent:
        return []
    lines = []
    for name, user in found["forbidden_user"].items():
        keys = user.fields["active_keys"]
        has = ", ".join(["a password"] * user.fields["console"] + [f"key {key}" for key in keys]) or "neither"
        kept = "; kept, since break_glass_users names it" if name in declared.inputs.kept_users else ""
        lines.append(f"{user.id} is an IAM user with {has}, where only roles should be{kept}")
    return lines


KIND = ResourceType(
    "forbidden_user",
    changes={
        ("console",): lambda id_, before, after: [Call("iam.delete_login_profile", {"UserName": after["user_name"]})],
        ("active_keys",): lambda id_, before, after: [
            Call(
                "iam.update_access_key",
                {"UserName": after["user_name"], "AccessKeyId": key, "Status": "Inactive"},
                suffix=key,
            )
            for key in before["active_keys"]
        ],
    },
)
