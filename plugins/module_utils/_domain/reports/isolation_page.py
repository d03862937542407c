# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Page of a proof of isolation that needs no other file: a matrix by segment, and every pair below it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..._core.escape import html as escaped
from ..._core.escape import text
from ..proof.evidence import WORST_FIRST
from ..proof.verdicts import FAILING
from . import html, isolation_text
from .isolation_text import WORDS, names, ports

KINDS = {"counterexample": "bad", "closed": "bad", "unknown": "open", "open": "quiet", "proven": "good"}
STYLE = html.TABLE_STYLE + (
    "body{max-width:75em}.matrix{overflow-x:auto}.matrix table{display:table;width:auto}"
    ".matrix thead{display:table-header-group}.matrix tbody{display:table-row-group}.matrix tr{display:table-row}"
    ".matrix td,.matrix th{display:table-cell;padding:.3em .7em;border:1px solid var(--quiet);overflow-wrap:normal}"
    ".matrix td.bad,.matrix td.open,.matrix td.good{border-width:2px}"
    "td.bad a,b.bad{color:var(--bad)}td.open a,b.open{color:var(--open)}td.good a,b.good{color:var(--good)}"
    "td.quiet a,b.quiet{color:inherit}details{margin:.3em 0 .3em .8em}details[id]{margin-left:0}"
    "details[id]>summary{font-size:1em}.asked{display:flex;flex-wrap:wrap;gap:.5em;align-items:center;margin:.5em 0}"
    ".asked select{max-width:100%;font:inherit}#answer{white-space:pre-wrap;font-size:.9em}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.1em 1em;font-size:.9em}dd{margin:0}"
    "@media(max-width:40em){dl{display:block}dd{margin:0 0 .4em}}"
)
INTRO = (
    "Each cell has the pairs from the segment of its row to the segment of its column. Proven: no packet gets there, by"
    " routes, or by filters that aren't the sender's. Open: declared, and packets get there. Counterexample: nobody"
    " declares it, and a packet gets there. Unknown is never counted as proven."
)
# Looks up a pair in the data of the page. What it shows is set as text.
SCRIPT = """
(function () {
  var data = JSON.parse(document.getElementById('data').textContent);
  var from = document.getElementById('from'), to = document.getElementById('to');
  var answer = document.getElementById('answer');
  document.getElementById('asked').hidden = false;
  [from, to].forEach(function (select) {
    data.ends.forEach(function (end, index) {
      var option = document.createElement('option');
      option.value = index;
      option.textContent = end;
      select.appendChild(option);
    });
  });
  if (data.ends.length > 1) { to.value = 1; }
  function show() {
    var one = Number(from.value), other = Number(to.value);
    var found = data.pairs.filter(function (pair) {
      return data.lists[pair[1]].indexOf(one) >= 0 && data.lists[pair[2]].indexOf(other) >= 0;
    });
    answer.textContent = one === other ? 'The same account.' : found.length ? data.verdicts[found[0][0]] : 'No pair.';
  }
  function unfold() {
    var cell = location.hash && document.getElementById(location.hash.slice(1));
    if (cell) { cell.open = true; cell.scrollIntoView(); }
  }
  window.addEventListener('hashchange', unfold);
  unfold();
  from.addEventListener('change', show);
  to.addEventListener('change', show);
  show();
})();
"""


class Entry(NamedTuple):
    """Pairs of one verdict in a cell."""

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    verdict: Mapping[str, Any]


Cell = tuple[str, str]


def isolation_html(told: Mapping[str, Any]) -> str:
    """Return the page. told: of proof.evidence"""
    cells = _cells(told)
    segments = sorted({segment for cell in cells for segment in cell})
    return html.page(
        "Isolation proof",
        [
            _verdict(told),
            _facts(told),
            html.paragraph(INTRO),
            _matrix(told, segments, cells),
            _lookup(told),
            *(_cell(told, cell, cells[cell], number) for number, cell in enumerate(sorted(cells))),
            _list("Shared by both", (one["says"] + ": " + _reached(told, one) for one in told["shared_by_both"])),
            _list("Not covered by this proof", told["not_covered"]),
            f"<script>{SCRIPT}</script>",
        ],
        STYLE,
    )


def _verdict(told: Mapping[str, Any]) -> str:
    summary = told["summary"]
    worst = next((word for word in FAILING if summary[word]), "proven")
    says = "Every pair is as declared." if worst == "proven" else "Not every pair is proven to be as declared."
    return f'<p class="{KINDS[worst]}"><b class="{KINDS[worst]}">{escaped(says)}</b> ' + (
        f"{escaped(isolation_text.headline(told))}</p>"
    )


def _facts(told: Mapping[str, Any]) -> str:
    read, covered = told["read"], told["coverage"]
    facts = {
        "Created": told["created"],
        "Read": isolation_text.window(told),
        "Regions": ", ".join(covered["regions"]) or "none",
        "Checksum of what was read": read["checksum"],
        "Checksum of the evidence": told["checksum"],
        "Versions": ", ".join(f"{name} {'/'.join(versions)}" for name, versions in read["versions"].items()) or "-",
        "Not read": "; ".join(
            f"{'+'.join(one['hosts']) or one['account_id']} ({one['object']}: {one['why']})"
            for one in covered["unread"]
        )
        or "nothing",
    }
    return (
        "<dl>" + "".join(f"<dt>{escaped(key)}</dt><dd>{escaped(value)}</dd>" for key, value in facts.items()) + "</dl>"
    )


def _cells(told: Mapping[str, Any]) -> dict[Cell, list[Entry]]:
    """Return {(segment, segment): what is told of its pairs}, each entry with the ends of these segments alone."""
    found: dict[Cell, list[Entry]] = {}
    lists = [_by_segment(told, ends) for ends in told["lists"]]
    for one in told["pairs"]:
        verdict = told["verdicts"][one["verdict"]]
        for source, sources in lists[one["from"]].items():
            for target, targets in lists[one["to"]].items():
                if sources != targets or len(sources) > 1:
                    entry = Entry(sources, targets, verdict)
                    found.setdefault((source, target), []).append(entry)
    return found


def _by_segment(told: Mapping[str, Any], ends: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for end in ends:
        found.setdefault(told["ends"][end]["segment"], []).append(end)
    return {segment: tuple(listed) for segment, listed in found.items()}


def _count(entry: Entry) -> int:
    return len(entry.sources) * len(entry.targets) - len(set(entry.sources) & set(entry.targets))


def _counts(entries: Sequence[Entry]) -> dict[str, int]:
    """Return the number of pairs of each verdict, the worst first."""
    counts = {word: sum(_count(one) for one in entries if one.verdict["verdict"] == word) for word in WORST_FIRST}
    return {word: count for word, count in counts.items() if count}


def _matrix(told: Mapping[str, Any], segments: Sequence[str], cells: Mapping[Cell, Sequence[Entry]]) -> str:
    numbers = {cell: number for number, cell in enumerate(sorted(cells))}
    head = "".join(f"<th>{escaped(segment)}</th>" for segment in segments)
    rows = []
    for one in segments:
        row = [f"<th>{escaped(one)}</th>"]
        for other in segments:
            counts = _counts(cells.get((one, other), ()))
            kind = KINDS[next(iter(counts))] if counts else ""
            words = ", ".join(f"{count} {word}" for word, count in counts.items())
            link = f'<a href="#c{numbers[one, other]}">{words}</a>' if counts else ""
            row.append(f'<td class="{kind}">{link}</td>')
        rows.append(f"<tr>{''.join(row)}</tr>")
    head = f"<thead><tr><th>from \\ to</th>{head}</tr></thead>"
    return f'<div class="matrix"><table>{head}<tbody>{"".join(rows)}</tbody></table></div>'


def _lookup(told: Mapping[str, Any]) -> str:
    """Return the selection of a pair, which is hidden where scripts don't run, and its data."""
    ends = list(told["ends"])
    numbers = {end: number for number, end in enumerate(ends)}
    data = {
        "ends": [text(told["ends"][end]["name"]) for end in ends],
        "lists": [[numbers[end] for end in listed] for listed in told["lists"]],
        "pairs": [[one["verdict"], one["from"], one["to"]] for one in told["pairs"]],
        "verdicts": ["\n".join(map(text, _lines(verdict))) for verdict in told["verdicts"]],
    }
    # No text of it ends the element.
    listed = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    return (
        '<h2>Any pair</h2><div id="asked" hidden><div class="asked"><label>from <select id="from"></select></label>'
        '<label>to <select id="to"></select></label></div><p id="answer"></p></div>'
        f'<script type="application/json" id="data">{listed}</script>'
    )


def _lines(verdict: Mapping[str, Any]) -> Iterator[str]:
    """Yield all that is told of a verdict."""
    yield f"{WORDS[verdict['verdict']]} (by {verdict['level']}): {verdict['says']}"
    yield f"declared: {verdict['declared']}"
    yield from (f"{part['from']} -> {part['to']}: {', '.join(part['ports'])}" for part in verdict["ports"])
    if not verdict["answered"]:
        yield "of some, no answer comes back"
    yield from (f"{number}. {hop}" for number, hop in enumerate(verdict["hops"], 1))
    yield from (f"by {one['kind']} {one['id']}: {one['says']}" for one in verdict["decides"])
    yield from (f"answers by {one['kind']} {one['id']}: {one['says']}" for one in verdict["decides_answers"])
    yield from (f"unknown: {one['id']}: {one['why']}; expected {one['expected']}" for one in verdict["unknown"])


def _cell(told: Mapping[str, Any], cell: Cell, entries: Sequence[Entry], number: int) -> str:
    counts = _counts(entries)
    words = ", ".join(f'<b class="{KINDS[word]}">{count} {word}</b>' for word, count in counts.items())
    by_says: dict[tuple[str, str], list[Entry]] = {}
    for entry in sorted(entries, key=lambda one: WORST_FIRST.index(one.verdict["verdict"])):
        says = f"{entry.verdict['says']} (declared: {entry.verdict['declared']})"
        by_says.setdefault((entry.verdict["verdict"], says), []).append(entry)
    inside = "".join(_group(told, word, says, listed) for (word, says), listed in by_says.items())
    summary = f"<summary>{escaped(cell[0])} -> {escaped(cell[1])}: {words}</summary>"
    is_open = " open" if set(counts) & set(FAILING) else ""
    return f'<details id="c{number}"{is_open}>{summary}{inside}</details>'


def _group(told: Mapping[str, Any], word: str, says: str, entries: Sequence[Entry]) -> str:
    count = sum(map(_count, entries))
    pairs = "".join(_pairs(told, entry) for entry in entries)
    if len(entries) > 1:
        pairs = f"<details><summary>{len(entries)} groups of pairs</summary>{pairs}</details>"
    title = f"{count} {'pair' if count == 1 else 'pairs'}: {says}"
    return html.article(KINDS[word], WORDS[word], title, [pairs])


def _pairs(told: Mapping[str, Any], entry: Entry) -> str:
    sources, targets = entry.sources, [end for end in entry.targets if entry.sources != (end,)]
    to = "each other" if tuple(targets) == sources else names(told, targets, 3)
    verdict = entry.verdict
    lines = "".join(f"<div>{escaped(line)}</div>" for line in list(_lines(verdict))[2:])
    ends = f"{escaped(names(told, sources, 3))} -> {escaped(to)}: {escaped(ports(verdict))}"
    return f"<details><summary>{ends}</summary>{lines}</details>"


def _reached(told: Mapping[str, Any], one: Mapping[str, Any]) -> str:
    return names(told, told["lists"][one["reached_by"]], 12)


def _list(title: str, lines: Iterator[str] | Sequence[str]) -> str:
    items = "".join(f"<li>{escaped(line)}</li>" for line in lines)
    return f"<h2>{escaped(title)}</h2>" + (f"<ul>{items}</ul>" if items else "<p>Nothing.</p>")
