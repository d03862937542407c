# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the modules' results say about a whole inventory, for people to read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..._core import escape
from ..inventory import relations
from ..roster import RESULTS
from . import html

# What the role privatelink_consumer leaves out.
UNPUBLISHED = "its provider has yet to publish the service; run the provider, then this account"
# Of the plan for programs: another number where a key gets another meaning or goes.
PLAN_VERSION = 1
# Before what isn't as declared and no run changes.
NOT_AS_DECLARED = "NOT AS DECLARED"
SIGNS = {"create": "+", "change": "~", "delete": "-"}


@dataclass(frozen=True)
class Told:
    """What the results of an account's roles say.

    steps     (action, line) of each step that people see
    notes     with what inventory.advice says
    findings  what isn't as declared and no step changes
    failures  messages
    """

    steps: list[tuple[str, str]]
    notes: list[str]
    findings: list[str]
    failures: list[str]

    @property
    def counts(self) -> Counter[str]:
        return Counter(action for action, _line in self.steps)


def told(accounts: Mapping[str, Mapping[str, Any]]) -> dict[str, Told]:
    """By host.

    accounts: for each host its variables, of which are read: account_id, region, what inventory.advice reads, and of
    each role that ran its result (RESULTS): plan, notes, findings, failed, msg; or results, of a role that loops.
    """
    advice = relations.advice(accounts)
    return {host: _told(list(_parts(variables)), advice[host]) for host, variables in accounts.items()}


def _told(parts: list[tuple[str, str, Mapping[str, Any]]], advice: list[str]) -> Told:
    return Told(
        [
            (step["action"], _step_line(step, prefix))
            for _name, prefix, part in parts
            for step in seen_by_people(part.get("plan", []))
        ],
        [f"{prefix}{note}" for _name, prefix, part in parts for note in part.get("notes", [])] + advice,
        [f"{prefix}{finding}" for _name, prefix, part in parts for finding in part.get("findings", [])],
        [part.get("msg", "no message") for _name, _prefix, part in parts if part.get("failed")],
    )


def plan_lines(accounts: Mapping[str, Mapping[str, Any]], notes: bool = True) -> list[str]:
    """One line for each step, note (unless notes is False), finding and failure of each account, then the sum.

    accounts: see told.
    """
    lines: list[str] = []
    of_hosts = told(accounts)
    for host, of_host in of_hosts.items():
        found = _lines(of_host, notes)
        if found:
            lines += [html.place(host, accounts[host]), *(f"  {line}" for line in found)]
    return [escape.text(line) for line in [*lines, plan_sum(of_hosts)]]


def _lines(of_host: Told, notes: bool = True) -> list[str]:
    return [
        *(line for _action, line in of_host.steps),
        *(f"! {note}" for note in of_host.notes if notes),
        *(f"{NOT_AS_DECLARED} {finding}" for finding in of_host.findings),
        *(f"FAILED {message}" for message in of_host.failures),
    ]


def _parts(variables: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(name, prefix of its lines, result) of each role that ran; of one that loops for each item, told by its name."""
    for name in RESULTS:
        result = variables.get(name)
        if result is None:
            continue
        if "results" not in result:
            yield name, "", result
        for part in result.get("results", []):
            item = item_name(part)
            yield f"{name}.{item}", f"{item}: ", {"notes": [UNPUBLISHED]} if part.get("skipped") else part


def item_name(part: Mapping[str, Any]) -> str:
    """Of the item that this result of a loop is of; empty where it isn't one of a loop."""
    item = part.get(part.get("ansible_loop_var", ""), "")
    return str(item.get("name", "") if isinstance(item, Mapping) else item)


def seen_by_people(steps: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Without what only completes something that the same plan makes: its `after` says it already."""
    made = {step["address"] for step in steps if step["action"] == "create"}
    return [step for step in steps if step["address"] in made or step["address"].partition(":")[0] not in made]


def plan_sum(of_hosts: Mapping[str, Told]) -> str:
    summed = total(of_hosts)
    counts = ", ".join(f"{summed[action]} to {action}" for action in SIGNS if summed[action])
    text = f"{len(of_hosts)} accounts: {counts or 'nothing to do'}"
    for word, told_of in ((NOT_AS_DECLARED, "findings"), ("FAILED", "failures")):
        hosts = [host for host, of_host in of_hosts.items() if getattr(of_host, told_of)]
        text += f"; {word}: {', '.join(hosts)}" if hosts else ""
    return text


def total(of_hosts: Mapping[str, Told]) -> Counter[str]:
    return sum((of_host.counts for of_host in of_hosts.values()), Counter())


def plan_json(accounts: Mapping[str, Mapping[str, Any]]) -> str:
    """The plan for programs; plugins/filter/plan_json.yml has its keys. accounts: see told."""
    of_hosts = told(accounts)
    failed = sum(bool(of_host.failures) for of_host in of_hosts.values())
    findings = sum(bool(of_host.findings) for of_host in of_hosts.values())
    plan = {
        "version": PLAN_VERSION,
        "counts": {"accounts": len(accounts), **_by_action(total(of_hosts)), "findings": findings, "failed": failed},
        "accounts": {
            host: _of_account(variables, of_hosts[host].counts, list(_parts(variables)))
            for host, variables in accounts.items()
        },
    }
    return json.dumps(plan, indent=2) + "\n"


def _of_account(
    variables: Mapping[str, Any], counts: Mapping[str, int], parts: list[tuple[str, str, Mapping[str, Any]]]
) -> dict[str, Any]:
    return {
        "account_id": variables.get("account_id"),
        "region": variables.get("region"),
        "counts": _by_action(counts),
        "results": {name: part["plan"] for name, _prefix, part in parts if "plan" in part},
        "notes": {name: part["notes"] for name, _prefix, part in parts if part.get("notes")},
        "findings": {name: part["findings"] for name, _prefix, part in parts if part.get("findings")},
        "failures": {name: part.get("msg", "no message") for name, _prefix, part in parts if part.get("failed")},
    }


def _by_action(counts: Mapping[str, int]) -> dict[str, int]:
    return {action: counts.get(action, 0) for action in SIGNS}


def _step_line(step: Mapping[str, Any], prefix: str) -> str:
    before, after = step["before"], step["after"]
    if step["action"] == "create":
        # Ids that aren't known yet tell nothing that the addresses don't.
        shown = {key: _shown(value) for key, value in after.items() if key != "tags" and value not in ("", [], None)}
        fields = ", ".join(f"{key} {text}" for key, text in shown.items() if "(known after " not in text)
    elif step["action"] == "change":
        fields = ", ".join(f"{key} {_shown(before.get(key))} -> {_shown(after[key])}" for key in after)
    else:
        fields = ""
    return f"{SIGNS[step['action']]} {prefix}{step['address']}" + (f": {fields}" if fields else "")


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_shown(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return str(value)


def plan_markdown(accounts: Mapping[str, Mapping[str, Any]]) -> str:
    """The same as a page: a section for each account, its lines as a diff."""
    of_hosts = told(accounts)
    lines = [f"# Plan: {escape.markdown(plan_sum(of_hosts))}"]
    for host, of_host in of_hosts.items():
        found = _lines(of_host)
        if found:
            heading = escape.markdown(html.place(host, accounts[host]))
            lines += ["", f"## {heading}", "", *escape.fenced(found, "diff")]
    return "\n".join(lines) + "\n"
