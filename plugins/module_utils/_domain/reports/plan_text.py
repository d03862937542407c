# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plans of a whole inventory from the modules' results: text, Markdown, JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ..._core import escape
from . import html, plan_effect
from .host_plans import SIGNS, HostPlan, connections_sum, host_plans, leaving_sum, parts_of, total

# Version of the JSON plan: it changes if a key changes its meaning or is removed.
PLAN_VERSION = 2
# Prefix of what a hub would open and allow_opens doesn't name.
NEEDS_NAME = "NEEDS A NAME"
# Prefix of findings: what isn't as declared and no run changes.
NOT_AS_DECLARED = "NOT AS DECLARED"
# Title of the changes of what may leave for the internet.
LEAVING = "What may leave"


def plan_lines(
    accounts: Mapping[str, Mapping[str, Any]], notes: bool = True, effect: Mapping[str, Any] | None = None
) -> list[str]:
    """Return one line for each step, note (unless notes is False), finding and failure of each account, then the sum.

    The effect, as the filter plan_effect returns it, comes first. What the steps open and close for traffic that leaves
    follows under a line LEAVING. accounts: see host_plans.
    """
    lines: list[str] = [*plan_effect.text_lines(effect), *plan_effect.unused(accounts, effect)]
    plans = host_plans(accounts)
    for host, plan in plans.items():
        found = _lines(plan, notes)
        if found:
            lines += [html.place(host, accounts[host]), *(f"  {line}" for line in found)]
        if plan.leaving:
            lines += [] if found else [html.place(host, accounts[host])]
            lines += [f"  {LEAVING}:", *(f"    {change.text}" for change in plan.leaving)]
    return [escape.text(line) for line in [*lines, plan_sum(plans, effect)]]


def _lines(plan: HostPlan, notes: bool = True) -> list[str]:
    return [
        *(f"{NEEDS_NAME} {line}" for line in plan.unnamed),
        *(mark.line for mark in plan.marks),
        *(step.text for step in plan.steps),
        *(f"! {note}" for note in plan.notes if notes),
        *(f"{NOT_AS_DECLARED} {finding}" for finding in plan.findings),
        *(f"FAILED {message}" for message in plan.failures),
    ]


def plan_sum(plans: Mapping[str, HostPlan], effect: Mapping[str, Any] | None = None) -> str:
    summed = total(plans)
    counts = ", ".join(f"{summed[action]} to {action}" for action in SIGNS if summed[action])
    text = f"{len(plans)} accounts: {counts or 'nothing to do'}"
    parts = {"effect": plan_effect.words(effect), "connections": connections_sum(plans), "egress": leaving_sum(plans)}
    text += "".join(f"; {title}: {words}" for title, words in parts.items() if words)
    for word, plans_of in ((NEEDS_NAME, "unnamed"), (NOT_AS_DECLARED, "findings"), ("FAILED", "failures")):
        hosts = [host for host, plan in plans.items() if getattr(plan, plans_of)]
        text += f"; {word}: {', '.join(hosts)}" if hosts else ""
    return text


def plan_json(
    accounts: Mapping[str, Mapping[str, Any]],
    effect: Mapping[str, Any] | None = None,
    about: Mapping[str, Any] | None = None,
) -> str:
    """Return the plan as JSON; plugins/filter/plan_json.yml lists its keys. accounts: see host_plans.

    effect: as the filter plan_effect returns it; about: date, inventory and versions
    """
    return json.dumps(_document(accounts, effect, about), indent=2) + "\n"


def plan_hash(accounts: Mapping[str, Mapping[str, Any]], effect: Mapping[str, Any] | None = None) -> str:
    """Return the hash of plan_json of the same plan, for its other forms."""
    return str(_document(accounts, effect, None)["hash"])


def hash_of(document: Mapping[str, Any]) -> str:
    """Return the hash of a plan's document, over all but what says when and by what it was written."""
    bound = {key: value for key, value in document.items() if key not in ("hash", "about")}
    return "sha256:" + hashlib.sha256(json.dumps(bound, sort_keys=True, default=str).encode()).hexdigest()


def _document(
    accounts: Mapping[str, Mapping[str, Any]], effect: Mapping[str, Any] | None, about: Mapping[str, Any] | None
) -> dict[str, Any]:
    plans = host_plans(accounts)
    failed = sum(bool(plan.failures) for plan in plans.values())
    findings = sum(bool(plan.findings) for plan in plans.values())
    plan: dict[str, Any] = {
        "version": PLAN_VERSION,
        "counts": {"accounts": len(accounts), **_by_action(total(plans)), "findings": findings, "failed": failed},
        "effect": effect,
        "accounts": {
            host: _of_account(variables, plans[host], list(parts_of(variables))) for host, variables in accounts.items()
        },
    }
    # As JSON has it: what Ansible passes on may be of other types.
    plan = json.loads(json.dumps(plan, default=str))
    return {"hash": hash_of(plan), **({"about": about} if about else {}), **plan}


def _of_account(
    variables: Mapping[str, Any], plan: HostPlan, parts: list[tuple[str, str, Mapping[str, Any]]]
) -> dict[str, Any]:
    return {
        "account_id": variables.get("account_id"),
        **({"project_id": variables["project_id"]} if "project_id" in variables else {}),
        "region": variables.get("region"),
        "counts": _by_action(plan.counts),
        "connections": [{"kind": mark.kind, "text": mark.text, "by": mark.by} for mark in plan.marks],
        "results": {name: part["plan"] for name, _prefix, part in parts if "plan" in part},
        "network_calls": {name: part["network_calls"] for name, _prefix, part in parts if part.get("network_calls")},
        "unnamed_opens": {name: part["unnamed_opens"] for name, _prefix, part in parts if part.get("unnamed_opens")},
        "notes": {name: part["notes"] for name, _prefix, part in parts if part.get("notes")},
        "findings": {name: part["findings"] for name, _prefix, part in parts if part.get("findings")},
        "egress_changes": {name: part["egress_changes"] for name, _prefix, part in parts if part.get("egress_changes")},
        "failures": {name: part.get("msg", "no message") for name, _prefix, part in parts if part.get("failed")},
    }


def _by_action(counts: Mapping[str, int]) -> dict[str, int]:
    return {action: counts.get(action, 0) for action in SIGNS}


def plan_markdown(accounts: Mapping[str, Mapping[str, Any]], effect: Mapping[str, Any] | None = None) -> str:
    """Return the plan as Markdown: its effect, then a section for each account, with its lines as a diff.

    accounts: see host_plans; effect: as the filter plan_effect returns it
    """
    plans = host_plans(accounts)
    lines = [f"# Plan: {escape.markdown(plan_sum(plans, effect))}"]
    if effect is not None:
        shown = [line.text for line in plan_effect.lines(effect)] or [plan_effect.NOTHING]
        shown += plan_effect.unused(accounts, effect)
        lines += ["", f"## {plan_effect.TITLE}", "", *escape.fenced(shown, "diff")]
        lines += ["", f"Of the plan {plan_hash(accounts, effect)}"]
    for host, plan in plans.items():
        found = _lines(plan)
        if found or plan.leaving:
            lines += ["", f"## {escape.markdown(html.place(host, accounts[host]))}"]
        if found:
            lines += ["", *escape.fenced(found, "diff")]
        if plan.leaving:
            lines += ["", f"### {LEAVING}", "", *escape.fenced([change.signed for change in plan.leaving], "diff")]
    return "\n".join(lines) + "\n"
