# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whose access key is it?"""

from __future__ import annotations

from typing import NamedTuple

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends


class Principal(NamedTuple):
    account_id: str
    arn: str
    # None for a user's own key.
    session_token: str | None


class Principals:
    """Access key id -> principal. moto searches all accounts for each call; here each key is searched for once."""

    def __init__(self) -> None:
        self._known: dict[str, Principal] = {}

    def find(self, access_key_id: str) -> Principal | None:
        known = self._known.get(access_key_id)
        if known and access_key_id in iam_backends[known.account_id]["aws"].access_keys:
            return known
        for account_id in list(iam_backends):
            if access_key_id in iam_backends[account_id]["aws"].access_keys:
                sts = sts_backends[account_id]["aws"]
                _, arn, _ = sts.get_caller_identity(access_key_id, "us-east-1")
                role = sts.get_assumed_role_from_access_key(access_key_id)
                self._known[access_key_id] = Principal(account_id, arn, role.session_token if role else None)
                return self._known[access_key_id]
        return None

    def clear(self) -> None:
        self._known.clear()
