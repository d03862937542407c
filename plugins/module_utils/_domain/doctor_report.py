# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the doctor found in a whole inventory, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

Accounts = Mapping[str, Mapping[str, Any]]
STATUSES = ("cause", "unknown", "note")
STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
    "article{border-left:.4em solid;padding:.2em 1em;margin:1em 0}"
    ".cause{border-color:#b00020}.unknown{border-color:#8a6d00}.note{border-color:#777}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere}"
)


def doctor_lines(accounts: Accounts) -> list[str]:
    """Each finding of each account with what ends it, the worst account first, then the sum.

    accounts: for each host its variables, of which are read: account_id, region, doctor_result.
    """
    lines = []
    for host, variables in _worst_first(accounts):
        lines.append(_title(host, variables))
        for finding in _result(variables).get("findings", ()):
            services = f" [{', '.join(finding['services'])}]" if finding["services"] else ""
            lines.append(f"  {finding['status'].upper()} {finding['id']} {finding['resource']}{services}")
            lines.append(f"    {finding['says']}")
            lines.append(f"    fix: {finding['fix']}")
    return [*lines, _sum(accounts)]


def doctor_html(accounts: Accounts) -> str:
    """The same as a page that needs nothing else, with the evidence of each finding."""
    title = escape(f"Doctor: {_sum(accounts)}")
    body = "".join(
        f"<h2>{escape(_title(host, variables))}</h2>" + "".join(_articles(_result(variables)))
        for host, variables in _worst_first(accounts)
    )
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    return f'<!DOCTYPE html><html lang="en"><head>{head}</head><body><h1>{title}</h1>{body}</body></html>\n'


def _articles(result: Mapping[str, Any]) -> Iterator[str]:
    for finding in result.get("findings", ()):
        told = {key: escape(str(finding[key])) for key in ("id", "status", "resource", "says", "fix", "confidence")}
        services = escape(", ".join(finding["services"]))
        evidence = escape(json.dumps(finding["evidence"], indent=2))
        yield (
            f'<article class="{told["status"]}"><h3>{told["status"]}: {told["id"]} {told["resource"]}</h3>'
            f"<p>{services}</p><p>{told['says']}</p><p><b>Fix:</b> {told['fix']}</p>"
            f"<details><summary>Evidence (the rule is {told['confidence']}: {escape(finding['source'])})</summary>"
            f"<pre>{evidence}</pre></details></article>"
        )


def doctor_json(accounts: Accounts) -> str:
    """The same with the evidence: {host: {account_id, region, healthy, findings, or error}}."""
    told = {
        host: {
            "account_id": variables.get("account_id"),
            "region": variables.get("region"),
            "healthy": bool(_result(variables).get("healthy")),
            "findings": _result(variables).get("findings", []),
            **({"error": _result(variables).get("msg")} if not _looked_at(variables) else {}),
        }
        for host, variables in accounts.items()
    }
    return json.dumps(told, indent=2) + "\n"


def _result(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    return variables.get("doctor_result") or {}


def _looked_at(variables: Mapping[str, Any]) -> bool:
    return "findings" in _result(variables)


def _count(result: Mapping[str, Any], status: str) -> int:
    return sum(finding["status"] == status for finding in result.get("findings", ()))


def _sum(accounts: Accounts) -> str:
    healthy = sum(bool(_result(variables).get("healthy")) for variables in accounts.values())
    return f"{len(accounts)} accounts, {healthy} healthy"


def _title(host: str, variables: Mapping[str, Any]) -> str:
    region = f", {variables['region']}" if variables.get("region") else ""
    return f"{host} ({variables.get('account_id')}{region}): {_verdict(_result(variables))}"


def _worst_first(accounts: Accounts) -> list[tuple[str, Mapping[str, Any]]]:
    return sorted(accounts.items(), key=lambda item: _rank(item[1]))


def _rank(variables: Mapping[str, Any]) -> tuple[Any, ...]:
    """Who couldn't be looked at comes first: nothing is known of it."""
    return (_looked_at(variables), *(-_count(_result(variables), status) for status in STATUSES))


def _verdict(result: Mapping[str, Any]) -> str:
    if "findings" not in result:
        return f"FAILED {result.get('msg', 'not looked at')}"
    counts = [f"{count} {status}" for status in STATUSES if (count := _count(result, status))]
    return ("healthy" if result["healthy"] else "not healthy") + (f" ({', '.join(counts)})" if counts else "")
