# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reports of who gets into which account: text, a page, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..._core import escape
from . import html

Found = Mapping[str, Any]
BY = {
    "permission_set": "permission set",
    "entitlement": "entitlement",
    "switch_role": "switch role",
    "iam_user": "IAM user",
}
HEAD = ("BY", "ROLE", "GROUP", "PEOPLE", "DECLARED BY")
UNDECLARED = "nothing"
STYLE = html.TABLE_STYLE + "tr.bad td{color:var(--bad)}"


def who_gets_in_lines(found: Found) -> list[str]:
    """Return lines with a table of the ways in for each account, the worst first. found: of members.who_gets_in."""
    lines = []
    for account in _worst_first(found["accounts"]):
        lines.append(f"{_title(account)}: {_verdict(account)}")
        rows = [tuple(map(escape.text, _row(way))) for way in account["ways"]]
        lines += _table([HEAD, *rows]) if rows else []
        lines += [f"  ! {text}" for text in account["problems"]]
        lines += [f"  ? {text}" for text in account["unknown"]]
        lines += [f"  {text}" for text in account["notes"]]
    if found["others"]:
        lines.append(_others(found))
        for account in found["others"]:
            lines += [f"  ! {account['account_id']}: {text}" for text in account["problems"]]
            lines += [f"  ? {account['account_id']}: {text}" for text in account["unknown"]]
    lines += [f"? {text}" for text in _general(found)]
    return [escape.text(line) for line in [*lines, *found["limits"]]]


def _title(account: Found) -> str:
    return html.place(account["host"] or "no host", account)


def _verdict(account: Found) -> str:
    people = f"{len(account['people'])} {'person' if len(account['people']) == 1 else 'people'}"
    told = [
        (len(account["problems"]), "undeclared or missing"),
        (len(account["unknown"]), "unknown"),
    ]
    counts = [f"{count} {word}" for count, word in told if count]
    return ", ".join([people, *(counts or ["as declared"])])


def _row(way: Found) -> tuple[str, ...]:
    people = "unknown" if way["people"] is None else ", ".join(way["people"]) or "nobody"
    return BY[way["by"]], way["role"], way["group"] or "-", people, way["declared_by"] or UNDECLARED


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def _others(found: Found) -> str:
    ways = sum(len(account["ways"]) for account in found["others"])
    return f"{len(found['others'])} accounts that no host declares, with {ways} assignments or entitlements"


def _general(found: Found) -> list[str]:
    """Return what is unknown beside single accounts."""
    of_accounts = {
        f"{account['host'] or account['account_id']}: {text}"
        for account in (*found["accounts"], *found["others"])
        for text in account["unknown"]
    }
    return [text for text in found["unknown"] if text not in of_accounts]


def who_gets_in_html(found: Found) -> str:
    """Return an HTML page that needs no other file. found: of members.who_gets_in."""
    general = _general(found)
    sections = [
        *map(html.paragraph, found["limits"]),
        *(html.article("open", "unknown", text, []) for text in general),
        *(
            html.section(_title(account), _kind(account), _verdict(account), _articles(account))
            for account in _worst_first(found["accounts"])
        ),
    ]
    if found["others"]:
        rows = [
            ("bad" if account["problems"] else "", [account["account_id"], *_row(way)])
            for account in found["others"]
            for way in account["ways"]
        ]
        head = ("Account", *map(str.capitalize, HEAD))
        sections.append(
            html.section("Accounts that no host declares", "quiet", _others(found), [html.table(head, rows)])
        )
    return html.page(f"Who gets in: {len(found['accounts'])} accounts", sections, STYLE)


def _kind(account: Found) -> str:
    return "bad" if account["problems"] else "open" if account["unknown"] else "good"


def _articles(account: Found) -> Iterator[str]:
    if account["people"]:
        rows = [("", (person, ", ".join(roles))) for person, roles in account["people"].items()]
        yield html.table(("Who", "Roles"), rows)
    if account["ways"]:
        rows_ = [("" if way["declared_by"] else "bad", _row(way)) for way in account["ways"]]
        yield html.table(tuple(map(str.capitalize, HEAD)), rows_)
    for kind, word, texts in (
        ("bad", "problem", account["problems"]),
        ("open", "unknown", account["unknown"]),
        ("quiet", "note", account["notes"]),
    ):
        for text in texts:
            yield html.article(kind, word, text, [])


def who_gets_in_json(found: Found) -> str:
    """Return JSON with the keys of members.who_gets_in."""
    return json.dumps(found, indent=2) + "\n"


def _worst_first(accounts: Sequence[Found]) -> list[Found]:
    return sorted(accounts, key=lambda one: (not one["problems"], not one["unknown"], one["host"] or ""))
