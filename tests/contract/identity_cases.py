# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Case of pci_identity: groups and users of an identity account."""

from __future__ import annotations

import base64
import struct
import time
from collections.abc import Callable
from typing import Any

from tests.contract.case import TAGS, Case, Drift, tags
from tests.contract.world import World
from tests.emulator.conftest import HUB, SPOKE
from tests.emulator.people import allow, one_time_password, policy

IDENTITY, PCI = HUB, SPOKE
PATH = "/pci/"
ROLES = {name: f"arn:aws:iam::{PCI}:role/pci/{name}" for name in ("admin", "operator", "auditor")}


def ssh_rsa(number: int, bits: int = 2048) -> str:
    """Build a public key of the right form (RFC 4253, 6.6), with a modulus that nobody can use."""

    def field(data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + data

    modulus = ((1 << (bits - 1)) | number).to_bytes(bits // 8 + 1, "big")
    parts = (b"ssh-rsa", (65537).to_bytes(3, "big"), modulus)
    return f"ssh-rsa {base64.b64encode(b''.join(map(field, parts))).decode()}"


KEYS = [ssh_rsa(1), ssh_rsa(2)]
OPTIONS = {
    "name": "people",
    "path": PATH,
    "groups": [
        {"name": "pci-admins", "roles": [{"role_arn": ROLES["admin"]}, {"role_arn": ROLES["operator"]}]},
        {"name": "pci-auditors", "roles": [{"role_arn": ROLES["auditor"], "profile": "audit"}]},
    ],
    "users": [
        {
            "name": "ann",
            "groups": ["pci-admins", "pci-auditors"],
            "register_mfa": True,
            "ssh_public_keys": [f"{key} ann" for key in KEYS],
        },
        {"name": "eve", "path": "/staff/", "groups": ["pci-auditors"], "register_mfa": True},
    ],
    "accept_removal": ["ann"],
    "tags": TAGS,
}


def iam(world: World) -> Any:
    return world.client(IDENTITY, "iam")


def policy_arn(name: str) -> str:
    return f"arn:aws:iam::{IDENTITY}:policy{PATH}people-{name}"


def retag_policy(world: World, arn: str, **values: str) -> None:
    iam(world).tag_policy(PolicyArn=arn, Tags=[{"Key": key, "Value": value} for key, value in values.items()])


def retag_user(world: World, name: str, **values: str) -> None:
    iam(world).tag_user(UserName=name, Tags=[{"Key": key, "Value": value} for key, value in values.items()])


def of_ann(operation: str, **parameters: Any) -> Callable[[World], Any]:
    return lambda world: getattr(iam(world), operation)(UserName="ann", **parameters)


def keys_of_ann(world: World) -> list[dict[str, Any]]:
    return iam(world).list_ssh_public_keys(UserName="ann")["SSHPublicKeys"]


def key_inactive(world: World) -> None:
    of_ann("update_ssh_public_key", SSHPublicKeyId=keys_of_ann(world)[0]["SSHPublicKeyId"], Status="Inactive")(world)


def key_deleted(world: World) -> None:
    of_ann("delete_ssh_public_key", SSHPublicKeyId=keys_of_ann(world)[0]["SSHPublicKeyId"])(world)


def policy_loosened(world: World) -> None:
    """Loosen a policy by four new versions: five in all, so that one must be deleted before the next."""
    for number in range(4):
        document = policy(allow("sts:AssumeRole", f"arn:aws:iam::{PCI}:role/{number or '*'}"))
        iam(world).create_policy_version(
            PolicyArn=policy_arn("switch-pci-admins"), PolicyDocument=document, SetAsDefault=True
        )


def policy_deleted(world: World) -> None:
    arn = policy_arn("switch-pci-auditors")
    iam(world).detach_group_policy(GroupName="pci-auditors", PolicyArn=arn)
    iam(world).delete_policy(PolicyArn=arn)


def group_deleted(world: World) -> None:
    for name in ("ann", "eve"):
        iam(world).remove_user_from_group(GroupName="pci-auditors", UserName=name)
    for name in ("self-service", "switch-pci-auditors"):
        iam(world).detach_group_policy(GroupName="pci-auditors", PolicyArn=policy_arn(name))
    iam(world).delete_group(GroupName="pci-auditors")


def user_deleted(world: World) -> None:
    iam(world).remove_user_from_group(GroupName="pci-auditors", UserName="eve")
    iam(world).delete_user(UserName="eve")


def stranger_added(world: World) -> None:
    iam(world).add_user_to_group(GroupName="pci-admins", UserName="mallory")


def made_by_others(world: World) -> None:
    iam(world).create_group(GroupName="others")
    iam(world).create_user(UserName="mallory")


def much_of_anns(world: World) -> None:
    """Give ann all that a user may have when it is deleted: key, password, group, policies and MFA device."""
    of_ann("create_access_key")(world)
    of_ann("create_login_profile", Password="Correct-horse-1")(world)
    of_ann("add_user_to_group", GroupName="others")(world)
    of_ann("attach_user_policy", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")(world)
    of_ann("put_user_policy", PolicyName="more", PolicyDocument=policy(allow("s3:*")))(world)
    register(world, "ann")


def register(world: World, name: str, by: Any = None) -> tuple[str, str]:
    """Create and enable a virtual MFA device for a user; return its serial number and seed. by: the user's client."""
    client = by or iam(world)
    device = client.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
    serial, seed = device["SerialNumber"], device["Base32StringSeed"].decode()
    now = time.time() + world.emulator.control("GET", "settings")["clock_ahead"]
    first, second = (one_time_password(seed, at) for at in (now - 30, now))
    client.enable_mfa_device(UserName=name, SerialNumber=serial, AuthenticationCode1=first, AuthenticationCode2=second)
    return serial, seed


def foreign_policy(world: World) -> str:
    document = policy(allow("s3:*"))
    return iam(world).create_policy(PolicyName="theirs", Path=PATH, PolicyDocument=document)["Policy"]["Arn"]


def foreign_group(path: str, name: str) -> Callable[[World], str]:
    return lambda world: iam(world).create_group(GroupName=name, Path=path)["Group"]["Arn"]


PCI_IDENTITY = Case(
    "pci_identity",
    IDENTITY,
    OPTIONS,
    [IDENTITY],
    [
        Drift("iam_policy: loosened", "iam_policy", ("document",), "change", policy_loosened),
        Drift(
            "iam_policy: deleted", "iam_policy", ("policy_name", "path", "document", "tags"), "create", policy_deleted
        ),
        *tags("iam_policy", IDENTITY, lambda world: policy_arn("self-service"), retag_policy),
        Drift(
            "iam_group: nothing holds its members back",
            "iam_group",
            ("policies",),
            "change",
            lambda world: iam(world).detach_group_policy(GroupName="pci-admins", PolicyArn=policy_arn("self-service")),
        ),
        Drift(
            "iam_group: one more policy",
            "iam_group",
            ("policies",),
            "change",
            lambda world: iam(world).attach_group_policy(
                GroupName="pci-admins", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
            ),
        ),
        Drift(
            "iam_group: an inline policy",
            "iam_group",
            ("inline",),
            "change",
            lambda world: iam(world).put_group_policy(
                GroupName="pci-admins", PolicyName="more", PolicyDocument=policy(allow("*"))
            ),
        ),
        Drift("iam_group: deleted", "iam_group", ("group_name", "path"), "create", group_deleted),
        Drift(
            "iam_group: one more under the path",
            "iam_group",
            ("group_name", "path"),
            "delete",
            foreign_group(PATH, "pci-others"),
        ),
        Drift("iam_membership: a stranger", "iam_membership", ("group", "user"), "delete", stranger_added),
        Drift(
            "iam_membership: lost",
            "iam_membership",
            ("group", "user"),
            "create",
            of_ann("remove_user_from_group", GroupName="pci-admins"),
        ),
        Drift("identity_user: deleted", "identity_user", ("user_name", "path"), "create", user_deleted),
        Drift(
            "identity_user: may not register a device",
            "identity_user",
            ("register_mfa",),
            "change",
            of_ann("untag_user", TagKeys=["closednet:register-mfa"]),
        ),
        *tags("identity_user", IDENTITY, lambda world: "eve", retag_user),
        Drift("ssh_public_key: inactive", "ssh_public_key", ("status",), "change", key_inactive),
        Drift("ssh_public_key: deleted", "ssh_public_key", ("user", "body"), "create", key_deleted),
        Drift(
            "ssh_public_key: one more",
            "ssh_public_key",
            ("user", "body"),
            "delete",
            of_ann("upload_ssh_public_key", SSHPublicKeyBody=ssh_rsa(3)),
        ),
    ],
    before=made_by_others,
    before_absent=much_of_anns,
    foreign={
        "policy": foreign_policy,
        "group of the name": foreign_group("/", "PCI-Admins"),
        "group under the path": foreign_group(PATH, "theirs"),
        "user": lambda world: iam(world).create_user(UserName="Ann")["User"]["Arn"],
    },
    reads=("iam", "GetAccountAuthorizationDetails"),
)

CASES = [PCI_IDENTITY]
