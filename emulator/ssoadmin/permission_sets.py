# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Permission sets: what they hold and what AWS refuses of it."""

from __future__ import annotations

import datetime
import json
import re
from dataclasses import dataclass, field
from typing import Any

from moto.iam.exceptions import MalformedPolicyDocument
from moto.iam.policy_validation import IAMPolicyDocumentValidator
from moto.moto_api._internal import mock_random

from emulator import clock
from emulator.iam.models import aws_managed_data
from emulator.ssoadmin.errors import conflict, invalid, not_found, over_quota

# https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html
POLICIES, INLINE_BYTES, INLINE_CHARACTERS = 20, 32768, 10240
# https://docs.aws.amazon.com/singlesignon/latest/userguide/howtosessionduration.html: one to twelve hours.
DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")


@dataclass(eq=False)
class PermissionSet:
    arn: str
    name: str
    description: str | None = None
    session_duration: str = "PT1H"
    relay_state: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    inline_policy: str = ""
    # ARNs of AWS-managed policies; (name, path) of the accounts' own.
    managed: list[str] = field(default_factory=list)
    customer: list[tuple[str, str]] = field(default_factory=list)
    boundary: dict[str, Any] | None = None
    created: datetime.datetime = field(default_factory=clock.now)
    # Counts the changes that an account's role has only once the set was provisioned again.
    version: int = 0
    # Account -> the version that its role has.
    provisioned: dict[str, int] = field(default_factory=dict)
    # The same in all accounts: part of the roles' names.
    suffix: str = field(default_factory=lambda: mock_random.get_random_hex(16))

    @property
    def id(self) -> str:
        return self.arn.rpartition("/")[2]

    @property
    def seconds(self) -> int:
        return _seconds(self.session_duration)

    def described(self) -> dict[str, Any]:
        return {
            "Name": self.name,
            "PermissionSetArn": self.arn,
            "Description": self.description,
            "CreatedDate": self.created,
            "SessionDuration": self.session_duration,
            "RelayState": self.relay_state,
        }

    def update(self, description: str | None, session_duration: str | None, relay_state: str | None) -> None:
        """Set what is given; a relay state that isn't given is cleared (hashicorp/terraform-provider-aws#17411).

        That the others keep their value isn't verified.
        """
        if session_duration is not None:
            self.session_duration = checked_duration(session_duration)
        if description is not None:
            self.description = description
        self.relay_state = relay_state
        self.version += 1

    def put_inline(self, document: str) -> None:
        self.inline_policy = checked_inline(self, document)
        self.version += 1

    def delete_inline(self) -> None:
        self.inline_policy = ""
        self.version += 1

    def attach_managed(self, arn: str) -> None:
        """Attach a policy; texts of the errors: moto's, which has them from AWS."""
        if arn not in aws_managed_data():
            raise not_found(f"Policy does not exist with ARN: {arn}")
        if arn in self.managed:
            raise conflict(
                f"Permission set with id {self.id} already has a typed link attachment to a manged policy with {arn}"
            )
        self._room()
        self.managed.append(arn)
        self.version += 1

    def detach_managed(self, arn: str) -> None:
        if arn not in self.managed:
            raise not_found(f"Could not find ManagedPolicy with arn {arn}")
        self.managed.remove(arn)
        self.version += 1

    def attach_customer(self, name: str, path: str) -> None:
        if (name, path) in self.customer:
            raise conflict(f"Given customer managed policy with name: {name}  and path {path} already attached")
        self._room()
        self.customer.append((name, path))
        self.version += 1

    def detach_customer(self, name: str, path: str) -> None:
        if (name, path) not in self.customer:
            raise not_found(f"Given managed policy with name: {name}  and path {path} does not exist on PermissionSet")
        self.customer.remove((name, path))
        self.version += 1

    def _room(self) -> None:
        if len(self.managed) + len(self.customer) >= POLICIES:
            raise over_quota("ManagedPolicy", POLICIES, self.id)

    def put_boundary(self, boundary: dict[str, Any]) -> None:
        """Set the permissions boundary: {"ManagedPolicyArn": ...} or {"CustomerManagedPolicyReference": {...}}.

        https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_PermissionsBoundary.html: one of the two.
        """
        if len(boundary) != 1:
            raise invalid("Exactly one of ManagedPolicyArn and CustomerManagedPolicyReference has to be given.")
        if reference := boundary.get("CustomerManagedPolicyReference"):
            boundary = {"CustomerManagedPolicyReference": {"Path": "/"} | reference}
        self.boundary = boundary
        self.version += 1

    def delete_boundary(self) -> None:
        if self.boundary is None:
            raise not_found(f"PermissionsBoundary is not attached to permission set with id {self.id}")
        self.boundary = None
        self.version += 1


def _seconds(duration: str) -> int:
    found = DURATION.fullmatch(duration)
    if not found or not any(found.groups()):
        return 0
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


def checked_duration(duration: str) -> str:
    if not 3600 <= _seconds(duration) <= 43200:
        raise invalid(f"Session duration {duration} is not valid: it has to be between 1 and 12 hours.")
    return duration


def checked_inline(of: PermissionSet, document: str) -> str:
    """Return an inline policy. Raises an error over the size, and for what IAM wouldn't take for a role.

    limits.html: 32,768 bytes, 10,240 without white space. No statements: IAM's MalformedPolicyDocument
    (otterize/intents-operator#481). Which error IAM Identity Center answers for each isn't verified.
    """
    if len(document.encode()) > INLINE_BYTES:
        raise invalid(
            f"1 validation error detected: Value at 'inlinePolicy' failed to satisfy constraint: Member must have "
            f"length less than or equal to {INLINE_BYTES}"
        )
    if len(re.sub(r"\s", "", document)) > INLINE_CHARACTERS:
        raise over_quota("InlinePolicy characters", INLINE_CHARACTERS, of.id)
    try:
        IAMPolicyDocumentValidator(document).validate()
        statements = json.loads(document)["Statement"]
    except (MalformedPolicyDocument, KeyError) as error:
        raise invalid(f"The policy is not a valid IAM policy document: {error}") from error
    if not statements:
        raise invalid("The policy is not a valid IAM policy document: it has no statements.")
    return document
