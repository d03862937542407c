# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ARNs of IAM Identity Center and of account access manager, and what an identity store's entries show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..._core.errors import Invalid

# Shapes InstanceArn of sso-admin and ApplicationArn of account-access in botocore's models.
INSTANCE = r"arn:aws[a-z-]*:sso:::instance/(sso)?ins-[a-zA-Z0-9-.]{16}"
APPLICATION = r"arn:aws[a-z-]*:account-access:[a-z0-9-]+:[0-9]{12}:application/[a-zA-Z0-9-]+"
# A role that a permission set has in an account: AWSReservedSSO_NAME_16-hexadecimal-digits, in this path ("Referencing
# permission sets in resource policies", IAM Identity Center User Guide).
RESERVED_ROLE = re.compile(
    r"arn:aws[a-z-]*:iam::(\d{12}):role/aws-reserved/sso\.amazonaws\.com/(?:.*/)?AWSReservedSSO_(.+)_[0-9a-f]{16}"
)


def check_instance(option: str, value: Any) -> None:
    """Check the ARN of an instance. Raises Invalid."""
    if not isinstance(value, str) or not re.fullmatch(INSTANCE, value):
        expected = "one such as arn:aws:sso:::instance/ssoins-0123456789abcdef"
        raise Invalid(option, value, "is no ARN of an instance of IAM Identity Center", expected)


def check_application(option: str, value: Any) -> None:
    """Check the ARN of an application of account access manager. Raises Invalid."""
    if not isinstance(value, str) or not re.fullmatch(APPLICATION, value):
        expected = "one such as arn:aws:account-access:eu-central-1:999999999999:application/0123456789abcdef"
        raise Invalid(option, value, "is no ARN of an application of account access manager", expected)


def is_external(groups: Iterable[Mapping[str, Any]] | None, users: Iterable[Mapping[str, Any]] | None) -> bool | None:
    """Return true if groups or users come from an external identity provider, None if that isn't known.

    No API returns the identity source. Provisioning from outside writes ExternalIds ("the identifiers issued to this
    resource by an external identity provider", API reference of ListUsers). An empty or unread store shows nothing.
    """
    if groups is None or users is None:
        return None
    entries = [*groups, *users]
    return any(entry.get("ExternalIds") for entry in entries) if entries else None


def member_of(membership: Mapping[str, Any]) -> str:
    """Return the user's id of a membership; the membership's own id for a kind of member that isn't known here."""
    user: str = membership.get("MemberId", {}).get("UserId", membership["MembershipId"])
    return user


def instance_of(application: Mapping[str, Any]) -> str | None:
    """Return the ARN of the instance that an application of account access manager belongs to (GetApplication)."""
    arn: str | None = application["identitySource"].get("identityCenter", {}).get("instanceArn")
    return arn


def permission_set_of(role_arn: str) -> tuple[str, str] | None:
    """Return (account, name of the permission set) of the role of a permission set, None for another role."""
    found = RESERVED_ROLE.fullmatch(role_arn)
    return (found[1], found[2]) if found else None
