# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policies of people in an identity account, their SSH keys, and the AWS CLI profiles by which they switch to a role.

ARNs of policies contain the placeholder {partition}.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from ..._core.errors import Invalid

# "IAM and AWS STS quotas"
GROUPS_OF_A_USER, SSH_KEYS_OF_A_USER = 10, 5
SMALLEST_RSA_BITS = 2048  # UploadSSHPublicKey
# What users may manage for themselves besides MFA. Not UpdateLoginProfile, which doesn't ask for the old password.
OWN: Mapping[str, tuple[str, ...]] = {
    "password": ("iam:ChangePassword",),
    "ssh_public_keys": (
        "iam:DeleteSSHPublicKey",
        "iam:GetSSHPublicKey",
        "iam:ListSSHPublicKeys",
        "iam:UpdateSSHPublicKey",
        "iam:UploadSSHPublicKey",
    ),
    "access_keys": (
        "iam:CreateAccessKey",
        "iam:DeleteAccessKey",
        "iam:GetAccessKeyLastUsed",
        "iam:ListAccessKeys",
        "iam:UpdateAccessKey",
    ),
}
# The tag of a user who may register a first MFA device without MFA; no other user may.
REGISTER_TAG, REGISTER = "closednet:register-mfa", "yes"
_REGISTER = ("iam:CreateVirtualMFADevice", "iam:EnableMFADevice")
_WITHOUT_MFA = (
    *_REGISTER,
    "iam:GetMFADevice",
    "iam:GetUser",
    "iam:ListMFADevices",
    "iam:ListVirtualMFADevices",
    "iam:ResyncMFADevice",
    "sts:GetSessionToken",
)


def self_service(account_id: str, paths: Sequence[str], own: Sequence[str]) -> dict[str, Any]:
    """Return the policy by which users manage their own MFA device and, with MFA, their other credentials.

    It is AWS's "Allows MFA-authenticated IAM users to manage their own MFA device on the Security credentials page"
    (IAM User Guide), and what `own` (keys of OWN) adds. paths: paths of the users. It differs from that page:

    - A user's ARN contains its path: user/${aws:username} matches no user under a path.
    - A device has its user's name, where the page has mfa/*: a user may have eight devices, so somebody with a stolen
      key could enable another one without MFA, and pass as the user with it.
    - Without MFA, only a user with the tag REGISTER_TAG may register a device, and nobody in the groups may set that
      tag: otherwise somebody with the stolen key of a user without a device could register their own.
    """
    prefix = f"arn:{{partition}}:iam::{account_id}"
    themselves = sorted(f"{prefix}:user{path}${{aws:username}}" for path in set(paths))
    device = f"{prefix}:mfa/${{aws:username}}"
    of_users = [
        "DeactivateMFADevice",
        "EnableMFADevice",
        "GetMFADevice",
        "GetUser",
        "ListMFADevices",
        "ResyncMFADevice",
    ]
    statements = [
        _allow("ViewAccountInfo", ["iam:GetAccountPasswordPolicy", "iam:ListVirtualMFADevices"], "*"),
        _allow("OwnVirtualMFADevice", ["iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice"], device),
        _allow("OwnMFA", [f"iam:{action}" for action in of_users], themselves),
    ]
    actions = sorted(action for what in set(own) for action in OWN[what])
    if actions:
        statements.append(_allow("Own", actions, themselves))
    without_mfa = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    statements.append(
        {
            "Sid": "NothingElseWithoutMFA",
            "Effect": "Deny",
            "NotAction": list(_WITHOUT_MFA),
            "Resource": "*",
            "Condition": without_mfa,
        }
    )
    # A user without the tag has no such key, and StringNotEquals is true for a missing key.
    untagged = {"StringNotEquals": {f"aws:PrincipalTag/{REGISTER_TAG}": REGISTER}}
    tags_it = {"ForAnyValue:StringEquals": {"aws:TagKeys": [REGISTER_TAG]}}
    statements.append(_deny("FirstDeviceByTagOnly", _REGISTER, {**without_mfa, **untagged}))
    statements.append(_deny("NobodyTagsUsersForIt", ["iam:TagUser", "iam:UntagUser"], tags_it))
    return {"Version": "2012-10-17", "Statement": statements}


def switching(role_arns: Sequence[str], mfa_max_age: int) -> dict[str, Any]:
    """Return a policy that allows switching to exactly these roles, with MFA at most mfa_max_age seconds old."""
    fresh = {
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "NumericLessThanEquals": {"aws:MultiFactorAuthAge": str(mfa_max_age)},
    }
    statement = _allow("SwitchWithFreshMFA", ["sts:AssumeRole"], sorted(role_arns))
    return {"Version": "2012-10-17", "Statement": [{**statement, "Condition": fresh}]}


def switched_to(document: Mapping[str, Any]) -> set[str]:
    """Return the role ARNs of a policy that `switching` built, or an empty set for any other policy."""
    statements = document.get("Statement")
    statement = statements[0] if isinstance(statements, list) and len(statements) == 1 else {}
    arns = statement.get("Resource")
    age = statement.get("Condition", {}).get("NumericLessThanEquals", {}).get("aws:MultiFactorAuthAge")
    if not isinstance(arns, list) or age is None:
        return set()
    return set(arns) if document == switching(arns, age) else set()


def client_profiles(
    user: str, roles: Mapping[str, str], mfa_serial: str, source_profile: str, duration_seconds: int
) -> str:
    """Return profiles for the AWS CLI's config file ("Using an IAM role in the AWS CLI"). roles: profile -> ARN."""
    return "\n".join(
        f"[profile {profile}]\nrole_arn = {arn}\nsource_profile = {source_profile}\nmfa_serial = {mfa_serial}\n"
        f"role_session_name = {user}\nduration_seconds = {duration_seconds}\n"
        for profile, arn in sorted(roles.items())
    )


def ssh_rsa(option: str, key: str) -> str:
    """Return the key as IAM stores it, without its comment. Raises Invalid for what UploadSSHPublicKey refuses."""
    expected = f"ssh-rsa AAAA..., of {SMALLEST_RSA_BITS} bits or more (ssh-keygen -t rsa -b 4096 writes NAME.pub)"
    parts = key.split()
    if "PRIVATE KEY" in key:
        raise Invalid(option, "(not shown)", "is a private key", expected)
    if len(parts) < 2 or parts[0] != "ssh-rsa":
        raise Invalid(option, key[:40], "is no RSA public key, and IAM takes no other", expected)
    try:
        fields = _fields(base64.b64decode(parts[1], validate=True))
    except (binascii.Error, struct.error):
        fields = []
    if len(fields) != 3 or fields[0] != b"ssh-rsa":
        raise Invalid(option, key[:40], "is no whole RSA public key", expected)
    bits = int.from_bytes(fields[2], "big").bit_length()
    if bits < SMALLEST_RSA_BITS:
        raise Invalid(option, key[:40], f"has {bits} bits", expected)
    return " ".join(parts[:2])


def fingerprint(key: str) -> str:
    """Return the key's fingerprint as ssh-keygen -l shows it, without the prefix SHA256."""
    digest = hashlib.sha256(base64.b64decode(key.split()[1])).digest()
    return base64.b64encode(digest).decode().rstrip("=")


def _fields(blob: bytes) -> list[bytes]:
    """Split a key blob into its fields, each of which follows its length (RFC 4253, 6.6). Raises struct.error."""
    fields = []
    while blob:
        (length,) = struct.unpack_from(">I", blob)
        fields.append(blob[4 : 4 + length])
        blob = blob[4 + length :]
    return fields


def _allow(sid: str, actions: Sequence[str], resource: Any) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resource}


def _deny(sid: str, actions: Sequence[str], condition: Mapping[str, Any]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Deny", "Action": list(actions), "Resource": "*", "Condition": condition}
