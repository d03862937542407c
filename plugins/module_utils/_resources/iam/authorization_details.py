# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roles, users, groups and policies of an account: all in one GetAccountAuthorizationDetails and its pages."""

from __future__ import annotations

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

    They aren't known before the credential is.
    """
    partition, region = declared.place["partition"], declared.place["region"]

    def known(leaf):
        return leaf.replace("{partition}", partition).replace("{region}", region) if isinstance(leaf, str) else leaf

    return walk(wanted, known)
