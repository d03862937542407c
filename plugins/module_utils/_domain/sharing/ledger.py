# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ledger of a shared API, of any cloud: which consumers may connect, why, who asked for it, and until when."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..._core.errors import Invalid
from ..values import dates

# Module option: what happens to consumers that aren't in the ledger.
UNDECLARED = {"type": "str", "choices": ["report", "reject"], "default": "report"}


@dataclass(frozen=True)
class Entry:
    """Ledger entry of a consumer. expires: last day of the approval, in UTC; None: it doesn't expire."""

    consumer: str
    reason: str
    requested_by: str
    expires: date | None

    def is_valid(self, today: date) -> bool:
        return self.expires is None or today <= self.expires


@dataclass(frozen=True)
class Verdict:
    """Verdict of the ledger on a consumer. status: accepted, expired or unknown; reason: in words, for a plan."""

    status: str
    reason: str


def option(key: str, **more: Mapping[str, Any]) -> dict[str, Any]:
    """Return the module option of a ledger. key: the option of a consumer's id; more: further options of an entry."""
    return {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            key: {"type": "str", "required": True},
            "reason": {"type": "str", "required": True},
            "requested_by": {"type": "str", "required": True},
            "expires": {"type": "str"},
            **more,
        },
    }


def parse(
    option: str, consumers: Sequence[Mapping[str, Any]], key: str, check: Callable[[str, str], None]
) -> dict[str, Entry]:
    """Return {consumer: Entry} from [{key, "reason", "requested_by", "expires": "2026-12-31" or None}].

    check: (option, value) -> None; raises Invalid for what is no consumer's id. Raises Invalid for a bad id or date, a
    blank text, or a consumer that is in the ledger twice.
    """
    entries: dict[str, Entry] = {}
    for index, consumer in enumerate(consumers):
        where = f"{option}[{index}]"
        check(f"{where}.{key}", consumer[key])
        if consumer[key] in entries:
            raise Invalid(f"{where}.{key}", consumer[key], "is in the ledger twice", "one entry each")
        for text in ("reason", "requested_by"):
            if not consumer[text].strip():
                raise Invalid(f"{where}.{text}", consumer[text], "says nothing", "who asked for it, and why")
        entries[consumer[key]] = Entry(
            consumer[key],
            consumer["reason"],
            consumer["requested_by"],
            _parse_date(f"{where}.expires", consumer["expires"]),
        )
    return entries


def _parse_date(option: str, value: str | None) -> date | None:
    return None if value is None else dates.parse(option, value, "the last day of the approval in UTC")


def judge(ledger: Mapping[str, Entry], consumer: str, today: date) -> Verdict:
    entry = ledger.get(consumer)
    if entry is None:
        return Verdict("unknown", "not in the ledger")
    if not entry.is_valid(today):
        return Verdict("expired", f"expired on {entry.expires}; {entry.reason} (asked for by {entry.requested_by})")
    until = f"until {entry.expires}" if entry.expires else "without end"
    return Verdict("accepted", f"{entry.reason} (asked for by {entry.requested_by}), {until}")
