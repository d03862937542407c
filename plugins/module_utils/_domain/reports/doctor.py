# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reports of the doctor's findings in a whole inventory: text, a page, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..._core import escape
from . import html

Accounts = Mapping[str, Mapping[str, Any]]
STATUSES = ("cause", "unknown", "note")
KINDS = {"cause": "bad", "unknown": "open", "note": "quiet"}


def doctor_lines(accounts: Accounts) -> list[str]:
    """Return lines for each finding of each account with its fix, the worst account first, then the sum.

    accounts: the variables of each host. It reads account_id, region, doctor_result.
    """
    lines = []
    for host, variables in _worst_first(accounts):
        lines.append(_title(host, variables))
        for finding in _result(variables).get("findings", ()):
            services = f" [{', '.join(finding['services'])}]" if finding["services"] else ""
            lines.append(f"  {finding['status'].upper()} {finding['id']} {finding['resource']}{services}")
            lines += [f"    for: {', '.join(finding['targets'])}"] if finding["targets"] else []
            lines.append(f"    {finding['says']}")
            lines.append(f"    fix: {finding['fix']}")
    return [escape.text(line) for line in [*lines, _sum(accounts)]]


def doctor_html(accounts: Accounts) -> str:
    """Return an HTML page that needs no other file, with the evidence of each finding. accounts: see doctor_lines."""
    return html.page(
        f"Doctor: {_sum(accounts)}",
        (
            html.section(
                html.place(host, variables),
                "good" if _result(variables).get("healthy") else "bad",
                _verdict(_result(variables)),
                _articles(_result(variables)),
            )
            for host, variables in _worst_first(accounts)
        ),
    )


def _articles(result: Mapping[str, Any]) -> Iterator[str]:
    for finding in result.get("findings", ()):
        parts = [
            html.paragraph(finding["says"]),
            html.paragraph(finding["fix"], "Fix:"),
            *(
                html.paragraph(f"{label}: {', '.join(finding[key])}")
                for key, label in (("targets", "For"), ("services", "Services"))
                if finding[key]
            ),
            html.evidence(f"Evidence (confidence: {finding['confidence']}, {finding['source']})", finding["evidence"]),
        ]
        status, title = finding["status"], f"{finding['id']}: {finding['resource']}"
        yield html.article(KINDS[status], status, title, parts)


def doctor_json(accounts: Accounts) -> str:
    """Return JSON with the evidence: {host: {account_id, region, healthy, findings}}, and error if it wasn't read."""
    told = {
        host: {
            "account_id": variables.get("account_id"),
            "region": variables.get("region"),
            "healthy": bool(_result(variables).get("healthy")),
            "findings": _result(variables).get("findings", []),
            **({"error": _result(variables).get("msg")} if not _was_read(variables) else {}),
        }
        for host, variables in accounts.items()
    }
    return json.dumps(told, indent=2) + "\n"


def _result(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    return variables.get("doctor_result") or {}


def _was_read(variables: Mapping[str, Any]) -> bool:
    return "findings" in _result(variables)


def _count(result: Mapping[str, Any], status: str) -> int:
    return sum(finding["status"] == status for finding in result.get("findings", ()))


def _sum(accounts: Accounts) -> str:
    healthy = sum(bool(_result(variables).get("healthy")) for variables in accounts.values())
    return f"{len(accounts)} accounts, {healthy} healthy"


def _title(host: str, variables: Mapping[str, Any]) -> str:
    return f"{html.place(host, variables)}: {_verdict(_result(variables))}"


def _worst_first(accounts: Accounts) -> list[tuple[str, Mapping[str, Any]]]:
    return sorted(accounts.items(), key=lambda item: _rank(item[1]))


def _rank(variables: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the sort key: first accounts that couldn't be read, then those with the most causes."""
    return (_was_read(variables), *(-_count(_result(variables), status) for status in STATUSES))


def _verdict(result: Mapping[str, Any]) -> str:
    if "findings" not in result:
        return f"FAILED {result.get('msg', 'not looked at')}"
    counts = [f"{count} {status}" for status in STATUSES if (count := _count(result, status))]
    return ("healthy" if result["healthy"] else "not healthy") + (f" ({', '.join(counts)})" if counts else "")
