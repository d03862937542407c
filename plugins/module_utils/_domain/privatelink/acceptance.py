# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Acceptance ledger of an endpoint service: which accounts may connect, why, and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from ..sharing import ledger
from ..sharing.ledger import Entry, Verdict, judge
from ..values import identifiers

__all__ = ["Entry", "Verdict", "judge"]

# States of a connection (EC2: State of VpcEndpoint). No page says that a connection in one of TERMINAL_STATES can be
# accepted again ("Accept and reject endpoint connection requests" names waiting ones): the consumer must request a new
# one.
WAITING = "pendingAcceptance"
CONNECTED = ("pending", "available", "partial")
TERMINAL_STATES = ("rejected", "failed", "expired")
LEAVING = ("deleting", "deleted")

# Module options: the ledger, and what happens to accounts that aren't in it.
CONSUMERS = ledger.option("account_id")
UNDECLARED = ledger.UNDECLARED


def parse(option: str, consumers: Sequence[Mapping[str, Any]]) -> dict[str, Entry]:
    """Return {account id: Entry} from [{"account_id", "reason", "requested_by", "expires": "2026-12-31" or None}].

    Raises Invalid for a bad account id or date, a blank text, or an account that is in the ledger twice.
    """
    return ledger.parse(option, consumers, "account_id", identifiers.account_id)


def principals(entries: Mapping[str, Entry], allowed: Sequence[str], today: date) -> list[str]:
    """Return the principals that may find the service.

    For each account with a valid entry: the whole account, or, if `allowed` names roles or users of it, only these.
    Other principals of `allowed` may find it, too, unless their account's entry has expired. The caller fills in
    ``{partition}``.
    """
    accounts = {principal: account_of(principal) for principal in allowed}
    named = set(accounts.values())
    valid = {account_id for account_id, entry in entries.items() if entry.is_valid(today)}
    kept = [principal for principal, account_id in accounts.items() if account_id not in entries or account_id in valid]
    return [*kept, *(f"arn:{{partition}}:iam::{account_id}:root" for account_id in sorted(valid - named))]


def account_of(principal: str) -> str | None:
    """Return the account id of a principal's ARN; None for everybody (``*``) and for a service principal."""
    return principal.split(":")[4] if principal.startswith("arn:") else None


def decide(state: str, verdict: Verdict, undeclared: str) -> str | None:
    """Return the action for a connection in this state: accept, reject, or None for no action.

    undeclared: report or reject, for a waiting connection of an account that isn't in the ledger. A connected one
    without a valid entry is always rejected: its entry was deleted or has expired, or somebody else accepted it.
    """
    if verdict.status == "accepted":
        return "accept" if state == WAITING else None
    if state in CONNECTED:
        return "reject"
    cut = verdict.status == "expired" or undeclared == "reject"
    return "reject" if state == WAITING and cut else None
