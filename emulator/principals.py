# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Principals: the account and the user or role session that an access key belongs to."""

from __future__ import annotations

from typing import NamedTuple

from moto.iam.models import AccessKey, iam_backends
from moto.sts.models import sts_backends

from emulator.iam.sessions import Session, sessions


class Principal(NamedTuple):
    account_id: str
    arn: str
    # None for a user's own key.
    session_token: str | None
    user_name: str | None = None
    # None for a user's own key.
    session: Session | None = None
    # Has all permissions but for session policies and SCPs: the seed's users, and roles that were not created in IAM.
    administrator: bool = True


class Principals:
    """Cache of principals by access key id. moto searches all accounts at each call; here once for each key."""

    def __init__(self) -> None:
        self._known: dict[str, Principal] = {}
        # (account id, user name) of the seed's users.
        self.operators: set[tuple[str, str]] = set()

    def find(self, access_key_id: str) -> Principal | None:
        known = self._known.get(access_key_id)
        session = sessions.get(access_key_id)
        of = known or session
        for account_id in (of.account_id,) if of else tuple(iam_backends):
            key = iam_backends[account_id]["aws"].access_keys.get(access_key_id)
            if key and key.status == "Active":
                if not known or not known.administrator:  # a user may have been renamed, or deleted
                    known = self._principal(account_id, key)
                if known:
                    self._known[access_key_id] = known
                return known
        return None

    def _principal(self, account_id: str, key: AccessKey) -> Principal | None:
        session = sessions.get(key.access_key_id)
        if user_name := session.user_name if session else key.user_name:
            user = iam_backends[account_id]["aws"].users.get(user_name)
            administrator = (account_id, user_name) in self.operators
            token = session.session_token if session else None
            return user and Principal(account_id, user.arn, token, user_name, session, administrator)
        role = sts_backends[account_id]["aws"].get_assumed_role_from_access_key(key.access_key_id)
        return Principal(account_id, role.arn, role.session_token, None, session, not session or session.administrator)

    def clear(self) -> None:
        self._known.clear()
        sessions.clear()
