# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM users with keys and MFA devices, and the one-time passwords that their devices show."""

from __future__ import annotations

import base64
import hmac
import json
import struct
import time
import urllib.error
from dataclasses import dataclass, field
from typing import Any

from .conftest import Emulator


def one_time_password(seed: str, at: float) -> str:
    """Return the one-time password at a time in epoch seconds: RFC 6238 with its defaults, six digits."""
    digest = hmac.digest(base64.b32decode(seed), struct.pack(">Q", int(at) // 30), "sha1")
    offset = digest[19] & 15
    return f"{(int.from_bytes(digest[offset : offset + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def trust(principal: Any, effect: str = "Allow", action: Any = "sts:AssumeRole", **more: Any) -> dict[str, Any]:
    """Build a statement of a trust policy."""
    principal = principal if principal == "*" else {"AWS": principal}
    return {"Effect": effect, "Principal": principal, "Action": action, **more}


@dataclass
class Person:
    """IAM user with its long-term key, and with an MFA device if `seed` is set."""

    emulator: Emulator
    account_id: str
    name: str
    arn: str
    key: dict[str, str]
    serial_number: str | None = None
    seed: str | None = None
    ahead: float = field(default=0)

    def client(self, service: str, credentials: dict[str, str] | None = None) -> Any:
        return self.emulator.plain_client(service, **(credentials or self.key))

    def code(self) -> dict[str, str]:
        """Return SerialNumber and TokenCode with an unused code; each one moves the emulator's clock 30 s ahead."""
        ahead = self.emulator.control("GET", "settings")["clock_ahead"] + 30
        self.emulator.control("POST", "settings", {"clock_ahead": ahead})
        return {"SerialNumber": self.serial_number, "TokenCode": one_time_password(self.seed, time.time() + ahead)}

    def session(self, **parameters: Any) -> dict[str, str]:
        """Return credentials from GetSessionToken; `session(**person.code())` with MFA."""
        return as_credentials(self.client("sts").get_session_token(**parameters))

    def assume(self, role_arn: str, credentials: dict[str, str] | None = None, **parameters: Any) -> dict[str, str]:
        parameters = {"RoleArn": role_arn, "RoleSessionName": self.name} | parameters
        return as_credentials(self.client("sts", credentials).assume_role(**parameters))


def created(emulator: Emulator, account_id: str, *statements: dict[str, Any], name: str = "reader") -> Person:
    """Create an IAM user with its key, and with these statements as its own policy."""
    iam = emulator.client(account_id, "iam")
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    key = iam.create_access_key(UserName=name)["AccessKey"]
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy(*statements))
    credentials = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    return Person(emulator, account_id, name, arn, credentials)


def as_credentials(answer: dict[str, Any]) -> dict[str, str]:
    made = answer["Credentials"]
    return {
        "aws_access_key_id": made["AccessKeyId"],
        "aws_secret_access_key": made["SecretAccessKey"],
        "aws_session_token": made["SessionToken"],
    }


def signed_in(emulator: Emulator, user: str, account_id: str, **of: str) -> dict[str, str]:
    """Return credentials of a user of IAM Identity Center in an account; of: role (permission set) or role_arn.

    Raises PermissionError if nothing lets the user in.
    """
    try:
        return as_credentials(emulator.control("POST", "sign_in", {"user": user, "account": account_id} | of))
    except urllib.error.HTTPError as error:
        if error.code != 403:
            raise
        raise PermissionError(json.load(error)["error"]) from error


def wait(emulator: Emulator, seconds: float) -> None:
    """Move the emulator's clock ahead by these seconds."""
    ahead = emulator.control("GET", "settings")["clock_ahead"]
    emulator.control("POST", "settings", {"clock_ahead": ahead + seconds})


def person(emulator: Emulator, account_id: str, name: str, mfa: bool = False, may: str | None = None) -> Person:
    """Create an IAM user with a key, and with an MFA device if `mfa`. `may`: an inline policy."""
    iam = emulator.client(account_id, "iam")
    user = iam.create_user(UserName=name)["User"]
    made = iam.create_access_key(UserName=name)["AccessKey"]
    key = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
    if may:
        iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=may)
    somebody = Person(emulator, account_id, name, user["Arn"], key)
    if mfa:
        device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
        somebody.serial_number, somebody.seed = device["SerialNumber"], device["Base32StringSeed"].decode()
        now = time.time() + emulator.control("GET", "settings")["clock_ahead"]
        iam.enable_mfa_device(
            UserName=name,
            SerialNumber=somebody.serial_number,
            AuthenticationCode1=one_time_password(somebody.seed, now - 30),
            AuthenticationCode2=one_time_password(somebody.seed, now),
        )
    return somebody


def make_role(emulator: Emulator, account_id: str, name: str, *statements: dict[str, Any], **options: Any) -> str:
    """Create a role whose trust policy has these statements; return its ARN."""
    iam = emulator.client(account_id, "iam")
    options = {"RoleName": name, "AssumeRolePolicyDocument": policy(*statements)} | options
    return iam.create_role(**options)["Role"]["Arn"]
