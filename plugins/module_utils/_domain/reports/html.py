# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Build reports of a whole inventory as HTML pages that need no other file, and name accounts in reports.

The kinds of sections and articles are `bad`, `open` (unknown), `quiet` and `good`. Functions escape their texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..._core.escape import html

STYLE = (
    ":root{color-scheme:light dark;--bad:#b00020;--open:#8a6d00;--quiet:#666;--good:#1b6e2c}"
    "@media(prefers-color-scheme:dark){:root{--bad:#ff8a8a;--open:#e3c04a;--quiet:#aaa;--good:#7fd18c}}"
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:1.5em auto;padding:0 1em;overflow-wrap:anywhere}"
    "h1{font-size:1.6em}h2{font-size:1.25em;margin:2em 0 .2em}h3{font-size:1em;margin:0}p{margin:.3em 0}"
    "article{border-left:.4em solid var(--quiet);padding:.1em 1em;margin:1em 0}h3 b,.verdict{color:var(--quiet)}"
    ".bad{border-color:var(--bad)}.bad h3 b,p.bad{color:var(--bad)}"
    ".open{border-color:var(--open)}.open h3 b{color:var(--open)}"
    ".good{border-color:var(--good)}.good h3 b,p.good{color:var(--good)}"
    "summary{cursor:pointer;font-size:.9em}pre{white-space:pre-wrap;font-size:.85em}"
)

# A table's rows become blocks with labels where a page is narrow.
TABLE_STYLE = (
    "table{border-collapse:collapse;width:100%;font-size:.9em;margin:.5em 0}"
    "th,td{text-align:left;vertical-align:top;padding:.25em .6em .25em 0;border-bottom:1px solid var(--quiet)}"
    ".table{overflow-x:auto}th{white-space:nowrap}td{overflow-wrap:break-word}"
    "@media(max-width:40em){table,tbody,tr,td{display:block}thead{display:none}"
    "td{border:0;padding:.05em 0;overflow-wrap:anywhere}tr{border-bottom:1px solid var(--quiet);padding:.4em 0}"
    "td[data-label]:not(:empty)::before{content:attr(data-label) ': ';color:var(--quiet)}}"
)


def page(title: str, sections: Iterable[str], style: str = "") -> str:
    """Return an HTML page. sections: HTML; style: CSS of this page, beyond STYLE."""
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    head = f'<meta charset="utf-8">{view}<title>{html(title)}</title><style>{STYLE}{style}</style>'
    body = f"<h1>{html(title)}</h1>{''.join(sections)}"
    return f'<!DOCTYPE html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def section(title: str, kind: str, verdict: str, articles: Iterable[str]) -> str:
    """Return the HTML of one account. articles: HTML."""
    return f'<h2>{html(title)}</h2><p class="verdict {kind}">{html(verdict)}</p>{"".join(articles)}'


def article(kind: str, word: str, title: str, parts: Iterable[str]) -> str:
    return f'<article class="{kind}"><h3><b>{html(word)}</b> {html(title)}</h3>{"".join(parts)}</article>'


def paragraph(text: str, label: str = "") -> str:
    return f"<p>{f'<b>{html(label)}</b> ' if label else ''}{html(text)}</p>"


def table(
    head: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]], pages: Mapping[str, str] | None = None
) -> str:
    """Return an HTML table. Its style is TABLE_STYLE.

    rows: (kind, cells) of each; kind: as of sections, or ""; pages: {first cell: the file that it links to}
    """
    titles = "".join(f"<th>{html(title)}</th>" for title in head)
    body = "".join(f'<tr class="{kind}">{_cells(head, cells, pages or {})}</tr>' for kind, cells in rows)
    return f'<div class="table"><table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>'


def _cells(head: Sequence[str], cells: Sequence[str], pages: Mapping[str, str]) -> str:
    shown = [html(cell) for cell in cells]
    if cells[0] in pages:
        shown[0] = f'<a href="{html(pages[cells[0]])}">{shown[0]}</a>'
    return "".join(f'<td data-label="{html(title)}">{cell}</td>' for title, cell in zip(head, shown))


def evidence(summary: str, value: Any) -> str:
    told = "\n".join(map(html, json.dumps(value, indent=2).split("\n")))
    return f"<details><summary>{html(summary)}</summary><pre>{told}</pre></details>"


def place(host: str, variables: Mapping[str, Any]) -> str:
    region = f", {variables['region']}" if variables.get("region") else ""
    # Lines that begin with a space belong to the account above them.
    host = host if host == host.strip() else repr(host)
    return f"{host} ({variables.get('account_id') or variables.get('project_id')}{region})"
