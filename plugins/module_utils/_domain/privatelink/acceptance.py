# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Acceptance ledger of an endpoint service: which accounts may connect, why, and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..._core.errors import Invalid
from ..values import dates, identifiers

# States of a connection (EC2: State of VpcEndpoint). No page says that a connection in one of TERMINAL_STATES can be
# accepted again ("Accept and reject endpoint connection requests" names waiting ones): the consumer must request a new
# one.
WAITING = "pendingAcceptance"
CONNECTED = ("pending", "available", "partial")
TERMINAL_STATES = ("rejected", "failed", "expired")
LEAVING = ("deleting", "deleted")

# Module options: the ledger, and what happens to accounts that aren't in it.
CONSUMERS = {
    "type": "list",
    "elements": "dict",
    "default": [],
    "options": {
        "account_id": {"type": "str", "required": True},
        "reason": {"type": "str", "required": True},
        "requested_by": {"type": "str", "required": True},
        "expires": {"type": "str"},
    },
}
UNDECLARED = {"type": "str", "choices": ["report", "reject"], "default": "report"}


@dataclass(frozen=True)
class Entry:
    """Ledger entry of an account. expires: last day of the approval, in UTC; None: it doesn't expire."""

    account_id: str
    reason: str
    requested_by: str
    expires: date | None

    def is_valid(self, today: date) -> bool:
        return self.expires is None or today <= self.expires


@dataclass(frozen=True)
class Verdict:
    """Verdict of the ledger on an account. status: accepted, expired or unknown; reason: in words, for a plan."""

    status: str
    reason: str


def parse(option: str, consumers: Sequence[Mapping[str, Any]]) -> dict[str, Entry]:
    """Return {account id: Entry} from [{"account_id", "reason", "requested_by", "expires": "2026-12-31" or None}].

    Raises Invalid for a bad account id or date, a blank text, or an account that is in the ledger twice.
    """
    entries: dict[str, Entry] = {}
    for index, consumer in enumerate(consumers):
        where = f"{option}[{index}]"
        identifiers.account_id(f"{where}.account_id", consumer["account_id"])
        if consumer["account_id"] in entries:
            raise Invalid(f"{where}.account_id", consumer["account_id"], "is in the ledger twice", "one entry each")
        for key in ("reason", "requested_by"):
            if not consumer[key].strip():
                raise Invalid(f"{where}.{key}", consumer[key], "says nothing", "who asked for it, and why")
        entries[consumer["account_id"]] = Entry(
            consumer["account_id"],
            consumer["reason"],
            consumer["requested_by"],
            _parse_date(f"{where}.expires", consumer["expires"]),
        )
    return entries


def _parse_date(option: str, value: str | None) -> date | None:
    return None if value is None else dates.parse(option, value, "the last day of the approval in UTC")


def judge(ledger: Mapping[str, Entry], account_id: str, today: date) -> Verdict:
    entry = ledger.get(account_id)
    if entry is None:
        return Verdict("unknown", "not in the ledger")
    if not entry.is_valid(today):
        return Verdict("expired", f"expired on {entry.expires}; {entry.reason} (asked for by {entry.requested_by})")
    until = f"until {entry.expires}" if entry.expires else "without end"
    return Verdict("accepted", f"{entry.reason} (asked for by {entry.requested_by}), {until}")


def principals(ledger: Mapping[str, Entry], allowed: Sequence[str], today: date) -> list[str]:
    """Return the principals that may find the service.

    For each account with a valid entry: the whole account, or, if `allowed` names roles or users of it, only these.
    Other principals of `allowed` may find it, too, unless their account's entry has expired. The caller fills in
    ``{partition}``.
    """
    accounts = {principal: account_of(principal) for principal in allowed}
    named = set(accounts.values())
    valid = {account_id for account_id, entry in ledger.items() if entry.is_valid(today)}
    kept = [principal for principal, account_id in accounts.items() if account_id not in ledger or account_id in valid]
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
