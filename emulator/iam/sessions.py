# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sessions of temporary credentials: user or role, time of issue and expiry, policies and tags."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from emulator import clock
from emulator.iam.policy import Policy


@dataclass(frozen=True)
class Session:
    account_id: str
    session_token: str
    issued: datetime.datetime
    expires: datetime.datetime
    # user_name from GetSessionToken, role_arn and name from AssumeRole.
    user_name: str | None = None
    role_arn: str | None = None
    name: str | None = None
    # When MFA was done; AssumeRole's credentials never carry it:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
    mfa_at: datetime.datetime | None = None
    # AssumeRole's call itself had an MFA code; for CloudTrail's mfaAuthenticated.
    mfa_in_call: bool = False
    policies: tuple[Policy, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    # Keys of the tags that a session started by this one inherits.
    transitive: frozenset[str] = frozenset()
    source_identity: str | None = None
    # True for a role that was not created in IAM.
    administrator: bool = False

    @property
    def has_expired(self) -> bool:
        return clock.now() >= self.expires


# By access key id.
sessions: dict[str, Session] = {}
