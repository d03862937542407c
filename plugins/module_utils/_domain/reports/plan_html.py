# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Build the plan of a whole inventory as an HTML page that needs no other file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..._core import escape
from . import html, plan_effect, plan_text, topology_dot
from .host_plans import SIGNS, HostPlan, PlannedStep, connections_sum, host_plans, leaving_sum, total
from .plan_notes import grouped

STYLE = (
    "ul.plan{list-style:none;padding:0;margin:.3em 0;font:.85em/1.5 monospace}"
    "ul.plan li{padding-left:2ch;text-indent:-2ch}"
    "ul.plan .create,b.create{color:var(--good)}ul.plan :is(.change,.loses_inspection),b.change{color:var(--open)}"
    "ul.plan :is(.delete,.failed,.opens,.cut),b.delete{color:var(--bad)}"
    "ul.plan :is(.closes,.unknown){color:var(--quiet)}"
    "ul.plan .moved{color:var(--open)}.needs{font-weight:bold}"
    "p.open{color:var(--open)}.totals{font-size:1.15em}.legend,.about,.contents{font-size:.9em}"
    ".about dt{float:left;clear:left;color:var(--quiet);padding-right:.6em}.about dd{margin:0 0 .1em}"
    ".filter{display:flex;flex-wrap:wrap;gap:.6em 1.2em;margin:1em 0}"
    ".filter :is(input,select){font:inherit;max-width:100%}"
    ".contents ul{columns:18em;padding-left:1.2em}"
    "@media(max-width:30em){body{padding:0 .6em}h1{font-size:1.35em}.picture svg{min-width:24em}}"
)
KINDS = {
    **dict.fromkeys(("failed", "cut", "deletes"), "bad"),
    **dict.fromkeys(("moved", "changes"), "open"),
    "creates": "good",
}
LEGEND = (
    "Gray areas are segments, thick lines join those that reach each other. Members of an isolated one don't reach each"
    " other. Green: something is created and nothing else. Yellow: something changes, or the account moves to another"
    " segment. Red: something is deleted, the account is cut off, it failed, isn't as declared, or would open what has"
    " no name; where the frame is dashed, something is deleted and nothing else. A red arrow: opens; a dotted gray one:"
    " closes. A double frame: closed, without internet."
)
# Up to so many accounts, the lists of created resources are open.
OPEN_ACCOUNTS = 5
# From so many accounts on, the page has a table of contents and a filter.
MANY = 3
# What is created or changed of these comes with each VPC and says nothing about it.
DEFAULTS = ("default_security_group", "default_network_acl")
# Who may do what: never folded.
TELLING = (
    *("principal", "policy", "role", "security_group_rules", "permission", "resource_share", "connection"),
    *("entitlement", "accept", "network_acl_rules", "static_route", "propagation", "association"),
)
# The words of the filter, by the states of an account.
EFFECTS = {
    "failed": "failed, not as declared, or needs a name",
    "cut": "cut off",
    "deletes": "deletes",
    "moved": "moves",
    "changes": "changes",
    "creates": "creates only",
    "unchanged": "notes only",
}
# Hides the accounts that don't fit. Without it, the page shows all.
SCRIPT = (
    "<script>(function(){var q=document.getElementById('account'),k=document.getElementById('effect');"
    "function f(){var t=q.value.toLowerCase();document.querySelectorAll('section.account').forEach(function(s){"
    "s.hidden=s.dataset.host.toLowerCase().indexOf(t)<0||(k.value&&s.dataset.state!==k.value)})}"
    "q.addEventListener('input',f);k.addEventListener('change',f)})()</script>"
)


def plan_page(
    accounts: Mapping[str, Mapping[str, Any]],
    drawn: str = "",
    not_drawn: str = "",
    effect: Mapping[str, Any] | None = None,
    about: Mapping[str, Any] | None = None,
) -> str:
    """Return the page. accounts: see host_plans. drawn: the picture, an SVG element. not_drawn: why there is none.

    effect: as the filter plan_effect returns it; about: {title: text}, such as date, inventory and versions
    """
    plans = host_plans(accounts)
    order = topology_dot.worst_first(plans)
    # Accounts with notes alone are shown, too, after those that change.
    shown = [host for host in order if not plans[host].is_quiet]
    notes = {host: plans[host].notes for host in order if host not in set(shown) and plans[host].notes}
    together, noted = grouped(notes)
    quiet = [host for host in order if host not in {*shown, *notes}]
    listed = [*shown, *noted]
    is_open = len(shown) <= OPEN_ACCOUNTS
    sections = [
        _about(about, plan_text.plan_hash(accounts, effect)),
        _totals(plans, effect),
        _effect(effect, plan_effect.unused(accounts, effect)),
        _picture(drawn, not_drawn),
        _contents(listed, plans),
        *(_section(number, host, accounts[host], plans[host], is_open) for number, host in enumerate(listed, 1)),
        _together(together),
        _quiet(quiet),
        SCRIPT if len(listed) >= MANY else "",
    ]
    return html.page("Plan", sections, STYLE + topology_dot.STYLE)


def _about(about: Mapping[str, Any] | None, hash_: str) -> str:
    told = {**(about or {}), "plan": hash_}
    rows = "".join(f"<dt>{escape.html(key)}</dt><dd>{escape.html(value)}</dd>" for key, value in told.items() if value)
    return f'<dl class="about">{rows}</dl>'


def _totals(plans: Mapping[str, HostPlan], effect: Mapping[str, Any] | None) -> str:
    summed = total(plans)
    failed = sum(bool(one.failures) for one in plans.values())
    unnamed = sum(bool(one.unnamed) for one in plans.values())
    counts = [f'<b class="{action}">{summed[action]} to {action}</b>' for action in SIGNS if summed[action]]
    opens = bool((effect or {}).get("opens"))
    parts = {"effect": plan_effect.words(effect), "connections": connections_sum(plans), "egress": leaving_sum(plans)}
    counts += [
        f'<b class="delete">{title}: {words}</b>'
        if (title == "connections" and "cut" in words) or (title == "effect" and opens)
        else f"{title}: {words}"
        for title, words in parts.items()
        if words
    ]
    findings = sum(bool(one.findings) for one in plans.values())
    counts += [f'<b class="delete">{unnamed} needs a name in allow_opens</b>'] if unnamed else []
    counts += [f'<b class="delete">{findings} not as declared</b>'] if findings else []
    counts += [f'<b class="delete">{failed} failed</b>'] if failed else []
    return f'<p class="totals">{len(plans)} accounts: {", ".join(counts) or "nothing to do"}</p>'


def _effect(effect: Mapping[str, Any] | None, unused: list[str]) -> str:
    if effect is None:
        return ""
    lines = plan_effect.lines(effect)
    items = [(f"{line.kind} needs" if line.needs_name else line.kind, line.text) for line in lines]
    told = _list(items) or html.paragraph(f"The plan {plan_effect.NOTHING}.")
    return f"<h2>{plan_effect.TITLE}</h2>{told}" + _list([("note", line) for line in unused])


def _picture(drawn: str, not_drawn: str) -> str:
    if not drawn:
        return html.paragraph(not_drawn, "No picture:") if not_drawn else ""
    return f'<div class="picture">{drawn}</div><p class="legend">{escape.html(LEGEND)}</p>'


def _contents(hosts: list[str], plans: Mapping[str, HostPlan]) -> str:
    if len(hosts) < MANY:
        return ""
    links = "".join(
        f'<li><a href="#a{number}">{escape.html(host)}</a> {escape.html(_verdict(plans[host]))}</li>'
        for number, host in enumerate(hosts, 1)
    )
    present = {topology_dot.state(plans[host]) for host in hosts}
    options = "".join(f'<option value="{one}">{word}</option>' for one, word in EFFECTS.items() if one in present)
    return (
        f'<details class="contents"{" open" if len(hosts) <= 30 else ""}><summary>{len(hosts)} accounts</summary>'
        f"<ul>{links}</ul></details>"
        '<div class="filter"><label>Account <input id="account" type="search"></label>'
        f'<label>Effect <select id="effect"><option value="">any</option>{options}</select></label></div>'
    )


def _verdict(plan: HostPlan) -> str:
    words = [
        "FAILED" if plan.failures else "",
        plan_text.NEEDS_NAME if plan.unnamed else "",
        plan_text.NOT_AS_DECLARED if plan.findings else "",
        *dict.fromkeys("CUT OFF" if mark.kind == "cut" else "moves" for mark in plan.marks),
        topology_dot.signed(plan.counts) if plan.steps else "",
    ]
    return " ".join(filter(None, words)) or "nothing to do"


def _section(number: int, host: str, variables: Mapping[str, Any], plan: HostPlan, is_open: bool) -> str:
    state = topology_dot.state(plan)
    body = html.section(html.place(host, variables), KINDS.get(state, "quiet"), _verdict(plan), _lists(plan, is_open))
    return (
        f'<section class="account" id="a{number}" data-host="{escape.html(host)}" data-state="{state}">{body}</section>'
    )


def _lists(plan: HostPlan, is_open: bool) -> Iterator[str]:
    """Yield lists of failures, findings, deleted and changed resources, created ones (folded unless is_open), notes.

    What may leave comes before what is created: it is what a reader approves.
    """
    yield _list([("failed", f"FAILED {message}") for message in plan.failures])
    yield _list([("failed", f"{plan_text.NEEDS_NAME} {line}") for line in plan.unnamed])
    yield _list([("failed", f"{plan_text.NOT_AS_DECLARED} {finding}") for finding in plan.findings])
    yield _list([(mark.kind, mark.line) for mark in plan.marks])
    defaults = [step for step in plan.steps if _kind(step) in DEFAULTS and step.action != "delete"]
    steps = [step for step in plan.steps if step not in defaults]
    yield _list([("cut" if step.cuts else step.action, step.text) for step in steps if step.action != "create"])
    yield _leaving(plan)
    created = [step for step in steps if step.action == "create"]
    telling = [step for step in created if not is_open and any(word in _kind(step) for word in TELLING)]
    yield _list([(step.action, step.text) for step in telling])
    yield _folded([step for step in created if step not in telling], "{} to create", is_open)
    yield _folded(defaults, "{} of default groups and network ACLs", False)
    yield _list([("note", f"! {note}") for note in plan.notes])


def _kind(step: PlannedStep) -> str:
    return str(step.address).partition(".")[0]


def _folded(steps: list[PlannedStep], summary: str, is_open: bool) -> str:
    if not steps:
        return ""
    lines = _list([(step.action, step.text) for step in steps])
    return f"<details{' open' if is_open else ''}><summary>{summary.format(len(steps))}</summary>{lines}</details>"


def _leaving(plan: HostPlan) -> str:
    kinds = {True: "create", False: "delete", None: "change"}
    lines = [(kinds[change.opens], change.text) for change in plan.leaving]
    return f"<h3>{plan_text.LEAVING}</h3>{_list(lines)}" if lines else ""


def _list(lines: list[tuple[str, str]]) -> str:
    items = "".join(f'<li class="{kind}">{escape.html(line)}</li>' for kind, line in lines)
    return f'<ul class="plan">{items}</ul>' if items else ""


def _together(groups: list[tuple[str, list[str]]]) -> str:
    """Return notes that many accounts have, each once."""
    shown = [(f"{len(hosts)} accounts: {note}", html.paragraph(", ".join(hosts))) for note, hosts in groups]
    return "".join(f"<details><summary>{escape.html(note)}</summary>{hosts}</details>" for note, hosts in shown)


def _quiet(hosts: list[str]) -> str:
    return html.paragraph(", ".join(hosts), f"{len(hosts)} accounts with nothing to do:") if hosts else ""
