# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SSH public keys of IAM users: exactly those declared, of users whose keys are declared."""

from __future__ import annotations

from ..._core.reconcile import Actual, Call, ResourceType, reconcile
from ..._domain.pci import identity_policies

READ_AFTER = ("identity_user",)
INPUTS = ("with_keys",)
PERMISSIONS = (
    "iam:DeleteSSHPublicKey",
    "iam:GetSSHPublicKey",
    "iam:ListSSHPublicKeys",
    "iam:UpdateSSHPublicKey",
    "iam:UploadSSHPublicKey",
)


def read(aws, declared, found):
    """Return {"USER SHA256": Actual} with fields user, body (without comment), status.

    Bodies tell keys apart: SSHPublicKey.Fingerprint is MD5, and of what isn't documented.
    """
    people = [
        name
        for name in declared.inputs.with_keys
        if not declared.absent and name in found["identity_user"] and found["identity_user"][name].managed
    ]
    listed = aws.gather(
        *(lambda name=name: aws.read("iam.list_ssh_public_keys", "SSHPublicKeys", UserName=name) for name in people)
    )
    keys = aws.gather(
        *(
            lambda key=key, name=name: aws.call(
                "iam.get_ssh_public_key", UserName=name, SSHPublicKeyId=key["SSHPublicKeyId"], Encoding="SSH"
            )["SSHPublicKey"]
            for name, of_user in zip(people, listed)
            for key in of_user
        )
    )
    actual = {}
    for key in keys:
        body = " ".join(key["SSHPublicKeyBody"].split()[:2])
        fields = {"user": key["UserName"], "body": body, "status": key["Status"]}
        actual[address(key["UserName"], body)] = Actual(key["SSHPublicKeyId"], fields)
    return actual


def address(user, body):
    return f"{user} {identity_policies.fingerprint(body)}"


def plan(wanted, found, declared):
    return reconcile(KIND, wanted, found["ssh_public_key"])


def _key(id_, fields):
    return {"UserName": fields["user"], "SSHPublicKeyId": id_}


KIND = ResourceType(
    "ssh_public_key",
    create=lambda fields: Call(
        "iam.upload_ssh_public_key",
        {"UserName": fields["user"], "SSHPublicKeyBody": fields["body"]},
        id_path="SSHPublicKey.SSHPublicKeyId",
    ),
    changes={
        ("status",): lambda id_, before, after: [
            Call("iam.update_ssh_public_key", {**_key(id_, after), "Status": after["status"]})
        ]
    },
    delete=lambda id_, fields: Call("iam.delete_ssh_public_key", _key(id_, fields)),
    defaults={"status": "Active"},
)
