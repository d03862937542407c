# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM users of people. Passwords and access keys are neither created nor read, but deleted with their user."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from ..._core.plan import Step
from ..._core.reconcile import OWNER_TAG, Actual, Call, Conflict, ResourceType, reconcile
from ..._domain.pci.identity_policies import REGISTER, REGISTER_TAG
from ..shared.ec2 import pairs, tags_of
from . import mfa_device

READ_AFTER = ("authorization_details", "iam_group", "mfa_device")
INPUTS = ("accept_removal",)
PERMISSIONS = (
    "iam:CreateUser",
    "iam:DeactivateMFADevice",
    "iam:DeleteAccessKey",
    "iam:DeleteLoginProfile",
    "iam:DeleteSSHPublicKey",
    "iam:DeleteUser",
    "iam:DeleteUserPolicy",
    "iam:DeleteVirtualMFADevice",
    "iam:DetachUserPolicy",
    "iam:GetLoginProfile",
    "iam:GetUser",
    "iam:ListAccessKeys",
    "iam:ListMFADevices",
    "iam:ListSSHPublicKeys",
    "iam:RemoveUserFromGroup",
    "iam:TagUser",
    "iam:UntagUser",
)
IN_USE_DAYS = 30


def read(aws, declared, found):
    """Return {user name: Actual} with fields user_name, path, register_mfa (bool), tags.

    Those of this owner, and others of a declared name, which aren't managed.

    details, of users to be deleted: calls (operation, parameters) that remove what they have, mfa (serial numbers of
    virtual devices), in_use (in words).
    """
    listed = found["authorization_details"]["main"].details["UserDetailList"]
    wanted = {name.lower(): name for name in declared.resources["identity_user"]}
    actual = {}
    for user in listed:
        tags = tags_of(user)
        # Names that differ only in case are the same ("IAM identifiers").
        name = wanted.get(user["UserName"].lower(), user["UserName"])
        owned = tags.get(OWNER_TAG) == declared.owner and name == user["UserName"]
        if owned or name in wanted.values():
            register = tags.pop(REGISTER_TAG, None) == REGISTER
            fields = {
                "user_name": user["UserName"],
                "path": user["Path"],
                "register_mfa": register,
                "tags": tags,
            }
            goes = owned and (declared.absent or name not in wanted.values())
            actual[name] = Actual(user["Arn"], fields, owned, _credentials(aws, user, found) if goes else {})
    return actual


def _credentials(aws, user, found):
    """Return {"calls", "in_use", "mfa"}: what has to be deleted before a user (DeleteUser).

    Git credentials and signing certificates aren't among it: AWS names these when it refuses the deletion.
    """
    name = user["UserName"]
    by_name = {"UserName": name}
    keys, password, devices, ssh_keys = aws.gather(
        lambda: aws.read("iam.list_access_keys", "AccessKeyMetadata", **by_name),
        lambda: aws.read("iam.get_login_profile", "LoginProfile", none_if="NoSuchEntity", **by_name),
        lambda: aws.read("iam.list_mfa_devices", "MFADevices", **by_name),
        lambda: aws.read("iam.list_ssh_public_keys", "SSHPublicKeys", **by_name),
    )
    # iam_membership removes the user from this owner's groups.
    others = [group for group in user["GroupList"] if group not in found["iam_group"]]
    calls = [
        *(("iam.delete_access_key", {"AccessKeyId": key["AccessKeyId"]}) for key in keys),
        *([("iam.delete_login_profile", {})] if password else []),
        *(("iam.delete_ssh_public_key", {"SSHPublicKeyId": key["SSHPublicKeyId"]}) for key in ssh_keys),
        *(("iam.remove_user_from_group", {"GroupName": group}) for group in others),
        *(("iam.detach_user_policy", {"PolicyArn": one["PolicyArn"]}) for one in user["AttachedManagedPolicies"]),
        *(("iam.delete_user_policy", {"PolicyName": one["PolicyName"]}) for one in user.get("UserPolicyList", ())),
        *(("iam.deactivate_mfa_device", {"SerialNumber": one["SerialNumber"]}) for one in devices),
    ]
    in_use = [f"has the active access key {key['AccessKeyId']}" for key in keys if key["Status"] == "Active"]
    used = aws.call("iam.get_user", **by_name)["User"].get("PasswordLastUsed") if password else None
    if used and used > datetime.now(timezone.utc) - timedelta(days=IN_USE_DAYS):
        in_use.append(f"signed in to the console at {used:%Y-%m-%d %H:%M}")
    virtual = [one["SerialNumber"] for one in devices if one["SerialNumber"].startswith("arn:")]
    return {"calls": [(operation, {**by_name, **more}) for operation, more in calls], "in_use": in_use, "mfa": virtual}


def plan(wanted, found, declared):
    there = found["identity_user"]
    # For the first device only.
    wanted = {
        name: {**fields, "register_mfa": fields["register_mfa"] and not mfa_device.registered(found, name)}
        for name, fields in wanted.items()
    }
    steps = reconcile(KIND, wanted, there, purge_tags=declared.purge_tags)
    removed = {step.address: there[step.address.name] for step in steps if step.removes}
    for user in removed.values():
        in_use = user.details["in_use"]
        if in_use and user.fields["user_name"] not in declared.inputs.accept_removal:
            raise Conflict(
                f"{user.id} is to go, but {' and '.join(in_use)}. If that is meant, name it in accept_removal"
            )
    return [*(step for address, user in removed.items() for step in _emptied(address, user)), *steps]


def _emptied(address, user):
    """Return the steps before a user's deletion; a virtual MFA device is deleted after it was deactivated."""
    before = {"user": user.id}
    steps = []
    for operation, params in user.details["calls"]:
        what = operation.partition(".")[2]
        of = next((value for key, value in params.items() if key != "UserName"), "")
        steps.append(Step(address.at(f"{what}.{of}"), operation, params, before=before, after={}))
    for serial in user.details["mfa"]:
        step = Step(
            address.at(f"delete_virtual_mfa_device.{serial}"),
            "iam.delete_virtual_mfa_device",
            {"SerialNumber": serial},
            before=before,
            after={},
            needs=(address.at(f"deactivate_mfa_device.{serial}"),),
        )
        steps.append(step)
    return steps


KIND = ResourceType(
    "identity_user",
    create=lambda fields: Call(
        "iam.create_user",
        {
            "UserName": fields["user_name"],
            "Path": fields["path"],
            "Tags": pairs(fields["tags"] | ({REGISTER_TAG: REGISTER} if fields["register_mfa"] else {})),
        },
        id_path="User.Arn",
    ),
    changes={("register_mfa",): lambda id_, before, after: [_register(after)]},
    delete=lambda id_, fields: Call("iam.delete_user", {"UserName": fields["user_name"]}),
    tag=lambda id_, tags: Call("iam.tag_user", {"UserName": _name(id_), "Tags": pairs(tags)}),
    untag=lambda id_, tags: Call("iam.untag_user", {"UserName": _name(id_), "TagKeys": list(tags)}),
)


def _register(fields):
    by_name = {"UserName": fields["user_name"]}
    if fields["register_mfa"]:
        return Call("iam.tag_user", {**by_name, "Tags": pairs({REGISTER_TAG: REGISTER})})
    return Call("iam.untag_user", {**by_name, "TagKeys": [REGISTER_TAG]})


def _name(arn):
    return arn.rpartition("/")[2]
