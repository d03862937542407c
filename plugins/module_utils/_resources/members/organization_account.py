# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The accounts of the organization and their states: read only."""

from __future__ import annotations

from ..._core.reconcile import Actual, Conflict, ResourceType

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = ("organizations:ListAccounts",)
KIND = ResourceType("organization_account")
ACTIVE = "ACTIVE"


def read(aws, declared, found):
    """Return {account id: Actual}; details: account_state (ACTIVE, SUSPENDED, PENDING_CLOSURE, ...).

    Status is what older answers have; "the Status parameter ... will be retired on September 9, 2026" (Account in the
    API reference of Organizations).
    """
    return {
        account["Id"]: Actual(None, {}, False, {"account_state": account.get("State") or account.get("Status")})
        for account in aws.read("organizations.list_accounts", "Accounts")
    }


def why_not(found, account):
    """Return why IAM Identity Center can't change a role in this account; "" if it can."""
    there = found["organization_account"].get(account)
    if not there:
        return "isn't an account of this organization"
    state = there.details["account_state"]
    return "" if state == ACTIVE else f"is {state}"


def refuse_unusable(found, account, accounts):
    """Raise Conflict if a declared account has members, and IAM Identity Center can't change a role in it."""
    why = why_not(found, account)
    if why and any(accounts[account]["members"].values()):
        raise Conflict(
            f"members of {named(account, accounts)}: it {why}. Correct account_id, or remove the host's members"
        )


def named(account, accounts):
    """Return "account ID (host NAME)"; without a host for one that no host declares. accounts: as declared."""
    host = accounts.get(account, {}).get("host")
    return f"account {account} (host {host})" if host else f"account {account}"
