# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reports of accounts' evidence for PCI DSS: text, a page, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..._core import escape
from ..pci.checks.model import FAIL, NOT_APPLICABLE, PASS, UNKNOWN, WORST_FIRST
from . import html

Accounts = Mapping[str, Mapping[str, Any]]
KINDS = {FAIL: "bad", UNKNOWN: "open", PASS: "good", NOT_APPLICABLE: "quiet"}
EVIDENCE = ("fields", "source", "confidence")
# Failing items shown for each check in a play's output.
SHOWN = 5
DISCLAIMER = "This is evidence, for PCI DSS v4.0.1; whether an account complies, an assessor says."


def pci_lines(accounts: Accounts) -> list[str]:
    """Return lines with a table of the requirements for each account, the worst account and the worst verdicts first.

    accounts: the variables of each host. It reads account_id, region, pci_result.
    """
    lines = []
    for host, variables in _worst_first(accounts):
        result = _result(variables)
        lines.append(f"{html.place(host, variables)}: {_verdict(result)}")
        cells = [(r["verdict"].upper(), r["requirement"], r["old"] or "-", r["says"]) for r in _requirements(result)]
        rows = [tuple(map(escape.text, row)) for row in cells]
        if rows:
            lines += _table([("VERDICT", "4.0.1", "3.2.1", "WHAT WAS SEEN"), *rows])
        lines += [f"  {line}" for line in (*_failing(result), *_secrets(result))]
    return [escape.text(line) for line in [*lines, DISCLAIMER]]


def _failing(result: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each item that fails a check, once for all the check's requirements."""
    checks = {item["check"]: item for told in _requirements(result) for item in told["evidence"]}
    for check, item in checks.items():
        found = item["fields"].get("failing", ())
        for fields in found[:SHOWN]:
            yield f"{check}: {', '.join(f'{key} {value}' for key, value in fields.items())}"
        if len(found) > SHOWN:
            yield f"{check}: and {len(found) - SHOWN} more, which the page and the JSON list"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def pci_html(accounts: Accounts) -> str:
    """Return an HTML page that needs no other file, with the evidence. accounts: see pci_lines."""
    return html.page(
        f"PCI DSS v4.0.1: evidence of {len(accounts)} accounts",
        [
            html.paragraph(DISCLAIMER),
            *(
                html.section(
                    html.place(host, variables),
                    KINDS[_requirements(result)[0]["verdict"]] if _requirements(result) else "bad",
                    _verdict(result),
                    _articles(result),
                )
                for host, variables in _worst_first(accounts)
                for result in [_result(variables)]
            ),
        ],
    )


def _articles(result: Mapping[str, Any]) -> Iterator[str]:
    for told in _requirements(result):
        old = f"3.2.1: {told['old']}" if told["old"] else "new"
        title = f"{told['requirement']} ({old}) {told['title']}"
        parts = [
            html.evidence(f"{_words(item)}: {item['says']}", {key: item[key] for key in ("check", *EVIDENCE)})
            for item in told["evidence"]
        ]
        yield html.article(KINDS[told["verdict"]], _words(told), title, parts)
    if secrets := list(_secrets(result)):
        evidence = html.evidence("secrets", result["secrets"])
        yield html.article("quiet", "secrets", "", [*map(html.paragraph, secrets), evidence])


def _words(told: Mapping[str, Any]) -> str:
    return str(told["verdict"]).replace("_", " ")


def pci_json(accounts: Accounts) -> str:
    """Return JSON: {host: {account_id, region, verdicts, requirements, secrets, scope}}, and error if it wasn't read.

    accounts: see pci_lines.
    """
    told = {
        host: {
            "account_id": variables.get("account_id"),
            "region": variables.get("region"),
            **{key: _result(variables).get(key) for key in ("verdicts", "requirements", "secrets", "scope")},
            **({} if _looked_at(variables) else {"error": _result(variables).get("msg", "not looked at")}),
        }
        for host, variables in accounts.items()
    }
    return json.dumps(told, indent=2) + "\n"


def _result(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    return variables.get("pci_result") or {}


def _looked_at(variables: Mapping[str, Any]) -> bool:
    return "requirements" in _result(variables)


def _requirements(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return sorted(result.get("requirements", ()), key=lambda told: WORST_FIRST.index(told["verdict"]))


def _verdict(result: Mapping[str, Any]) -> str:
    if "requirements" not in result:
        return f"FAILED {result.get('msg', 'not looked at')}"
    counts = result["verdicts"]
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in WORST_FIRST if counts.get(verdict))


def _secrets(result: Mapping[str, Any]) -> Iterator[str]:
    told = result.get("secrets") or {}
    for item in told.get("needless") or ():
        yield f"{item['name']} of {item['container']} ({item['taskDefinitionArn']}) needn't be a secret: {item['why']}"
    for quota in told.get("quotas", ()):
        used = (
            f"not readable, {quota['unread']}" if quota["used"] is None else f"{quota['used']} ({quota['percent']} %)"
        )
        yield f"{quota['store']}: {used} of {quota['quota']}, the {quota['quota_from']}"


def _worst_first(accounts: Accounts) -> list[tuple[str, Mapping[str, Any]]]:
    """Return (host, variables), first accounts that couldn't be read, then those with the most failures."""

    def rank(variables: Mapping[str, Any]) -> tuple[Any, ...]:
        counts = _result(variables).get("verdicts") or {}
        return (_looked_at(variables), *(-counts.get(verdict, 0) for verdict in (FAIL, UNKNOWN)))

    return sorted(accounts.items(), key=lambda item: rank(item[1]))
