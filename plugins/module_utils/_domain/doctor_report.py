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
    ":root{color-scheme:light dark;--cause:#b00020;--unknown:#8a6d00;--note:#666;--healthy:#1b6e2c}"
    "@media(prefers-color-scheme:dark){:root{--cause:#ff8a8a;--unknown:#e3c04a;--note:#aaa;--healthy:#7fd18c}}"
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:1.5em auto;padding:0 1em;overflow-wrap:anywhere}"
    "h1{font-size:1.6em}h2{font-size:1.25em;margin:2em 0 .2em}h3{font-size:1em;margin:0}p{margin:.3em 0}"
    "article{border-left:.4em solid var(--note);padding:.1em 1em;margin:1em 0}h3 b,.verdict{color:var(--note)}"
    ".cause{border-color:var(--cause)}.cause h3 b,.bad{color:var(--cause)}"
    ".unknown{border-color:var(--unknown)}.unknown h3 b{color:var(--unknown)}.healthy{color:var(--healthy)}"
    "summary{cursor:pointer;font-size:.9em}pre{white-space:pre-wrap;font-size:.85em}"
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
            lines += [f"    for: {', '.join(finding['targets'])}"] if finding["targets"] else []
            lines.append(f"    {finding['says']}")
            lines.append(f"    fix: {finding['fix']}")
    return [*lines, _sum(accounts)]


def doctor_html(accounts: Accounts) -> str:
    """The same as a page that needs nothing else, with the evidence of each finding."""
    title = escape(f"Doctor: {_sum(accounts)}")
    body = "".join(
        f"<h2>{escape(_place(host, variables))}</h2>{_verdict_line(_result(variables))}"
        + "".join(_articles(_result(variables)))
        for host, variables in _worst_first(accounts)
    )
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    head = f'<meta charset="utf-8">{view}<title>{title}</title><style>{STYLE}</style>'
    return f'<!DOCTYPE html><html lang="en"><head>{head}</head><body><h1>{title}</h1>{body}</body></html>\n'


def _articles(result: Mapping[str, Any]) -> Iterator[str]:
    for finding in result.get("findings", ()):
        told = {key: escape(str(finding[key])) for key in ("id", "status", "resource", "says", "fix", "confidence")}
        services = f"<p>Services: {escape(', '.join(finding['services']))}</p>" if finding["services"] else ""
        targets = f"<p>For: {escape(', '.join(finding['targets']))}</p>" if finding["targets"] else ""
        evidence = escape(json.dumps(finding["evidence"], indent=2))
        yield (
            f'<article class="{told["status"]}"><h3><b>{told["status"]}</b> {told["id"]}: {told["resource"]}</h3>'
            f"<p>{told['says']}</p><p><b>Fix:</b> {told['fix']}</p>{targets}{services}"
            f"<details><summary>Evidence (confidence: {told['confidence']}, {escape(finding['source'])})</summary>"
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
    return f"{_place(host, variables)}: {_verdict(_result(variables))}"


def _place(host: str, variables: Mapping[str, Any]) -> str:
    region = f", {variables['region']}" if variables.get("region") else ""
    return f"{host} ({variables.get('account_id')}{region})"


def _verdict_line(result: Mapping[str, Any]) -> str:
    kind = "healthy" if result.get("healthy") else "bad"
    return f'<p class="verdict {kind}">{escape(_verdict(result))}</p>'


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
