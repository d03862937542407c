# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roles, users, groups and policies of an account: all in one GetAccountAuthorizationDetails and its pages."""

from __future__ import annotations

import re

from ..._core.plan import walk
from ..._core.reconcile import Actual, ResourceType

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = ("iam:GetAccountAuthorizationDetails",)
KIND = ResourceType("authorization_details")


def read(aws, declared, found):
    """Return {"main": Actual} with details {"RoleDetailList", "UserDetailList", "GroupDetailList", "Policies"}."""
    kinds = ["Group", "LocalManagedPolicy", "Role", "User"]
    details = aws.read_all("iam.get_account_authorization_details", Filter=kinds)
    return {"main": Actual(None, {}, False, details)}


def placed(wanted, declared):
    """Return what is wanted, with the account's values in place of {partition} and {region}.

    They aren't known before the credential is. ${region} stays: it is Athena's, of a table's partitions.
    """

    def known(leaf):
        if not isinstance(leaf, str):
            return leaf
        return re.sub(r"(?<!\$)\{(partition|region)\}", lambda found: declared.place[found[1]], leaf)

    return walk(wanted, known)
