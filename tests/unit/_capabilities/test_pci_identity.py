# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import base64
import struct

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.pci import identity_policies

ADMIN = "arn:aws:iam::444444444444:role/pci/admin"
GROUP = {"name": "admins", "roles": [{"role_arn": ADMIN}]}
ANN = {"name": "ann", "groups": ["admins"]}


@pytest.fixture
def identity(declare):
    def of(**options):
        return declare("pci_identity", **{"account_id": "111111111111", "name": "pci", "groups": [GROUP], **options})

    return of


def rsa(bits, kind=b"ssh-rsa"):
    parts = (kind, b"\x01\x00\x01", (1 << (bits - 1)).to_bytes(bits // 8 + 1, "big"))
    blob = b"".join(struct.pack(">I", len(part)) + part for part in parts)
    return f"ssh-rsa {base64.b64encode(blob).decode()}"


def keys(*values):
    return {"users": [{**ANN, "ssh_public_keys": list(values)}]}


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"name": "two words"}, "name: 'two words' is no name in IAM"),
        ({"path": "/"}, "path: '/' is no IAM path"),
        ({"source_profile": "x\ncredential_process = y"}, "source_profile: 'x\\ncredential_process = y' is no line"),
        ({"groups": []}, "groups: [] declare nothing"),
        ({"groups": [GROUP, {**GROUP, "name": "Admins"}]}, "groups[1].name: 'admins' is there twice"),
        ({"groups": [{"name": "admins", "roles": []}]}, "groups[0].roles: [] give the group nothing to switch to"),
        ({"groups": [{"name": "a", "roles": [{"role_arn": f"{ADMIN[:-5]}*"}]}]}, "groups[0].roles[0].role_arn"),
        (
            {"groups": [{"name": "a", "roles": [{"role_arn": ADMIN.replace("4", "1")}]}]},
            "role/pci/admin' is of the identity account",
        ),
        (
            {"groups": [{"name": "a", "roles": [{"role_arn": ADMIN}, {"role_arn": ADMIN.replace("4", "5")}]}]},
            "groups[0].roles[1].profile: 'admin' is the profile of two roles",
        ),
        ({"users": [ANN, {**ANN, "name": "Ann"}]}, "users[1].name: 'ann' is there twice"),
        ({"users": [{**ANN, "groups": ["operators"]}]}, "users[0].groups: 'operators' isn't declared in groups"),
        ({"users": [{**ANN, "groups": []}]}, "users[0].groups: [] is no membership"),
        ({"users": [{**ANN, "path": "staff"}]}, "users[0].path: 'staff' is no IAM path"),
        ({"mfa_max_age": 7200}, "mfa_max_age: 7200 is no fresh MFA"),
        ({"duration_seconds": 43200}, "duration_seconds: 43200 is no short session"),
        ({**keys(), "manage_users": False}, "users[0].ssh_public_keys: '0 keys' are of a user that isn't created here"),
        (keys("ssh-ed25519 AAAA ann"), "users[0].ssh_public_keys[0]: 'ssh-ed25519 AAAA ann' is no RSA public key"),
        (keys("ssh-rsa AAAA"), "is no whole RSA public key"),
        (keys("ssh-rsa !"), "is no whole RSA public key"),
        (keys(rsa(2048, b"ssh-dss")), "is no whole RSA public key"),
        (keys(rsa(1024)), "has 1024 bits"),
        (keys(*(rsa(2048 + 8 * n) for n in range(6))), "users[0].ssh_public_keys: 6 is more than IAM takes"),
    ],
)
def test_what_is_wrong_is_said_before_any_call(identity, options, text):
    with pytest.raises(Invalid) as invalid:
        identity(**options)
    assert text in str(invalid.value)


def test_a_private_key_is_refused_and_not_repeated(identity):
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n-----END OPENSSH PRIVATE KEY-----"
    with pytest.raises(Invalid) as invalid:
        identity(**keys(key))
    assert "is a private key" in str(invalid.value) and "secret" not in str(invalid.value)


def test_a_key_is_the_same_whatever_its_comment():
    assert identity_policies.ssh_rsa("key", f"{rsa(2048)} ann@laptop\n") == rsa(2048)


def test_nothing_is_asked_of_absent_but_name_and_path(identity):
    assert identity(groups=[], state="absent").resources["iam_group"] == {}


def test_members_come_after_what_holds_them_back(identity):
    (membership,) = identity(users=[ANN]).resources["iam_membership"].values()
    assert "iam_group.admins:policies.add.pci-self-service" in membership["needs"]


USERS = "arn:{partition}:iam::111111111111:user"


@pytest.mark.parametrize("path", ["/", "/staff/"])
def test_a_user_under_a_path_is_themselves(path):
    document = identity_policies.self_service("111111111111", ["/", "/staff/"], ["password"])
    resources = [statement["Resource"] for statement in document["Statement"] if statement["Sid"] == "Own"]
    assert f"{USERS}{path}${{aws:username}}" in resources[0]


def test_own_password_is_changed_with_the_old_one_only():
    text = str(identity_policies.self_service("111111111111", ["/"], sorted(identity_policies.OWN)))
    assert "iam:ChangePassword" in text and "UpdateLoginProfile" not in text
