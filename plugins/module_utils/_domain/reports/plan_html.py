# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan of a whole inventory as a page that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..._core.escape import html
from . import html as pages
from . import plan_text, topology_dot

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
    " other. Green: something is made or changed. Yellow: something is removed, and where the frame is dashed, nothing"
    " else. Red: failed, or not as declared and no run changes it. A double frame: closed, without internet."
)
# Of so many accounts, what is made is shown at once.
OPEN_ACCOUNTS = 5


def plan_html(accounts: Mapping[str, Mapping[str, Any]], drawn: str = "", not_drawn: str = "") -> str:
    """accounts: see report.told. drawn: the picture, an SVG element. not_drawn: why there is none."""
    told = plan_text.told(accounts)
    order = topology_dot.worst_first(told)
    # Notes alone are told, too, but what changes comes first.
    shown = [host for host in order if told[host].steps or told[host].findings or told[host].failures]
    noted = [host for host in order if host not in set(shown) and told[host].notes]
    quiet = [host for host in order if host not in {*shown, *noted}]
    sections = [
        _totals(told),
        _picture(drawn, not_drawn),
        *(_section(pages.place(host, accounts[host]), told[host], len(shown) <= OPEN_ACCOUNTS) for host in shown),
        *(_section(pages.place(host, accounts[host]), told[host], True) for host in noted),
        _quiet(quiet),
    ]
    return pages.page("Plan", sections, STYLE + topology_dot.STYLE)


def _totals(told: Mapping[str, plan_text.Told]) -> str:
    total = plan_text.total(told)
    failed = sum(bool(one.failures) for one in told.values())
    counts = [f'<b class="{action}">{total[action]} to {action}</b>' for action in plan_text.SIGNS if total[action]]
    findings = sum(bool(one.findings) for one in told.values())
    counts += [f'<b class="delete">{findings} not as declared</b>'] if findings else []
    counts += [f'<b class="delete">{failed} failed</b>'] if failed else []
    return f'<p class="totals">{len(told)} accounts: {", ".join(counts) or "nothing to do"}</p>'


def _picture(drawn: str, not_drawn: str) -> str:
    if not drawn:
        return pages.paragraph(not_drawn, "No picture:") if not_drawn else ""
    return f'<div class="picture">{drawn}</div><p class="legend">{html(LEGEND)}</p>'


def _section(title: str, told: plan_text.Told, is_open: bool) -> str:
    kind = KINDS.get(topology_dot.state(told), "quiet")
    counts = topology_dot.signed(told.counts) if told.steps else ""
    words = ["FAILED" if told.failures else "", plan_text.NOT_AS_DECLARED if told.findings else "", counts]
    verdict = " ".join(filter(None, words)) or "nothing to do"
    return pages.section(title, kind, verdict, _lists(told, is_open))


def _lists(told: plan_text.Told, is_open: bool) -> Iterator[str]:
    """What failed, goes and changes at once, what is made folded where there is much else to read."""
    yield _list([("failed", f"FAILED {message}") for message in told.failures])
    yield _list([("failed", f"{plan_text.NOT_AS_DECLARED} {finding}") for finding in told.findings])
    yield _list([(action, line) for action, line in told.steps if action != "create"])
    made = [(action, line) for action, line in told.steps if action == "create"]
    if made:
        yield f"<details{' open' if is_open else ''}><summary>{len(made)} to create</summary>{_list(made)}</details>"
    yield _list([("note", f"! {note}") for note in told.notes])


def _list(lines: list[tuple[str, str]]) -> str:
    items = "".join(f'<li class="{kind}">{html(line)}</li>' for kind, line in lines)
    return f'<ul class="plan">{items}</ul>' if items else ""


def _quiet(hosts: list[str]) -> str:
    return pages.paragraph(", ".join(hosts), f"{len(hosts)} accounts with nothing to do:") if hosts else ""
