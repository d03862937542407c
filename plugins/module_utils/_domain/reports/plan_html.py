# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Build the plan of a whole inventory as an HTML page that needs no other file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..._core import escape
from . import html, plan_text, topology_dot
from .host_plans import SIGNS, HostPlan, host_plans, leaving_sum, total

STYLE = (
    "ul.plan{list-style:none;padding:0;margin:.3em 0;font:.85em/1.5 monospace}"
    "ul.plan li{padding-left:2ch;text-indent:-2ch}"
    "ul.plan .create,b.create{color:var(--good)}ul.plan .change,b.change{color:var(--open)}"
    "ul.plan .delete,b.delete,ul.plan .failed{color:var(--bad)}"
    "p.open{color:var(--open)}.totals{font-size:1.15em}.legend{font-size:.9em}"
)
KINDS = {"failed": "bad", "deletes": "open", "changes": "good"}
LEGEND = (
    "Gray areas are segments, thick lines join those that reach each other. Members of an isolated one don't reach each"
    " other. Green: something is created or changed. Yellow: something is deleted, and where the frame is dashed,"
    " nothing else. Red: failed, or not as declared and no run changes it. A double frame: closed, without internet."
)
# Up to so many accounts, the lists of created resources are open.
OPEN_ACCOUNTS = 5


def plan_page(accounts: Mapping[str, Mapping[str, Any]], drawn: str = "", not_drawn: str = "") -> str:
    """Return the page. accounts: see host_plans. drawn: the picture, an SVG element. not_drawn: why there is none."""
    plans = host_plans(accounts)
    order = topology_dot.worst_first(plans)
    # Accounts with notes alone are shown, too, after those that change.
    shown = [host for host in order if _changes(plans[host])]
    noted = [host for host in order if host not in set(shown) and plans[host].notes]
    quiet = [host for host in order if host not in {*shown, *noted}]
    sections = [
        _totals(plans),
        _picture(drawn, not_drawn),
        *(_section(html.place(host, accounts[host]), plans[host], len(shown) <= OPEN_ACCOUNTS) for host in shown),
        *(_section(html.place(host, accounts[host]), plans[host], True) for host in noted),
        _quiet(quiet),
    ]
    return html.page("Plan", sections, STYLE + topology_dot.STYLE)


def _changes(plan: HostPlan) -> bool:
    return bool(plan.steps or plan.findings or plan.failures or plan.leaving)


def _totals(plans: Mapping[str, HostPlan]) -> str:
    summed = total(plans)
    failed = sum(bool(one.failures) for one in plans.values())
    counts = [f'<b class="{action}">{summed[action]} to {action}</b>' for action in SIGNS if summed[action]]
    leaving = leaving_sum(plans)
    counts += [f"egress: {leaving}"] if leaving else []
    findings = sum(bool(one.findings) for one in plans.values())
    counts += [f'<b class="delete">{findings} not as declared</b>'] if findings else []
    counts += [f'<b class="delete">{failed} failed</b>'] if failed else []
    return f'<p class="totals">{len(plans)} accounts: {", ".join(counts) or "nothing to do"}</p>'


def _picture(drawn: str, not_drawn: str) -> str:
    if not drawn:
        return html.paragraph(not_drawn, "No picture:") if not_drawn else ""
    return f'<div class="picture">{drawn}</div><p class="legend">{escape.html(LEGEND)}</p>'


def _section(title: str, plan: HostPlan, is_open: bool) -> str:
    kind = KINDS.get(topology_dot.state(plan), "quiet")
    counts = topology_dot.signed(plan.counts) if plan.steps else ""
    words = ["FAILED" if plan.failures else "", plan_text.NOT_AS_DECLARED if plan.findings else "", counts]
    verdict = " ".join(filter(None, words)) or "nothing to do"
    return html.section(title, kind, verdict, _lists(plan, is_open))


def _lists(plan: HostPlan, is_open: bool) -> Iterator[str]:
    """Yield lists of failures, findings, deleted and changed resources, created ones (folded unless is_open), notes.

    What may leave comes before what is created: it is what a reader approves.
    """
    yield _list([("failed", f"FAILED {message}") for message in plan.failures])
    yield _list([("failed", f"{plan_text.NOT_AS_DECLARED} {finding}") for finding in plan.findings])
    yield _list([(step.action, step.text) for step in plan.steps if step.action != "create"])
    yield _leaving(plan)
    created = [(step.action, step.text) for step in plan.steps if step.action == "create"]
    if created:
        summary = f"<summary>{len(created)} to create</summary>"
        yield f"<details{' open' if is_open else ''}>{summary}{_list(created)}</details>"
    yield _list([("note", f"! {note}") for note in plan.notes])


def _leaving(plan: HostPlan) -> str:
    kinds = {True: "create", False: "delete", None: "change"}
    lines = [(kinds[change.opens], change.text) for change in plan.leaving]
    return f"<h3>{plan_text.LEAVING}</h3>{_list(lines)}" if lines else ""


def _list(lines: list[tuple[str, str]]) -> str:
    items = "".join(f'<li class="{kind}">{escape.html(line)}</li>' for kind, line in lines)
    return f'<ul class="plan">{items}</ul>' if items else ""


def _quiet(hosts: list[str]) -> str:
    return html.paragraph(", ".join(hosts), f"{len(hosts)} accounts with nothing to do:") if hosts else ""
