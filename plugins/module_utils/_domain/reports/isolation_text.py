# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text of a proof of isolation: what fails first, then what is proven."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..._core import escape
from ..proof.verdicts import FAILING, OPEN, PROVEN

# Pairs, hops and lines that are told of one verdict; the evidence has all of them.
SHOWN = 8
# Verdicts that fail and that are told.
MOST_FAILING = 40
WORDS = {
    "counterexample": "COUNTEREXAMPLE",
    "closed": "CLOSED, though declared open",
    "unknown": "UNKNOWN",
    "open": "open, as declared",
    "proven": "proven closed",
}


def isolation_lines(told: Mapping[str, Any]) -> list[str]:
    """Return evidence as lines of text, what fails first. told: of proof.evidence"""
    lines = [headline(told)]
    failing = [(verdict, rectangles) for verdict, rectangles in by_verdict(told) if verdict["verdict"] in FAILING]
    for verdict, rectangles in failing[:MOST_FAILING]:
        lines += _failing(told, verdict, rectangles)
    if len(failing) > MOST_FAILING:
        lines.append(f"and {len(failing) - MOST_FAILING} more kinds of pairs that fail: see proof_page or proof_json")
    quiet = [(verdict, rectangles) for verdict, rectangles in by_verdict(told) if verdict["verdict"] == OPEN]
    lines += [f"open: {_pairs(told, rectangles)}: {ports(verdict)}" for verdict, rectangles in quiet[:SHOWN]]
    lines += [f"open: and {len(quiet) - SHOWN} more kinds of pairs"] if len(quiet) > SHOWN else []
    lines += [f"shared by both: {one['says']}" for one in told["shared_by_both"][:SHOWN]]
    lines += [f"not covered: {text}" for text in told["not_covered"]]
    lines.append(f"checksum: {told['checksum']}")
    return [escape.text(line) for line in lines]


def headline(told: Mapping[str, Any]) -> str:
    """Return the sum in one line."""
    summary, covered = told["summary"], told["coverage"]
    counts = ", ".join(f"{summary[word]} {WORDS[word]}" for word in WORDS if summary[word])
    return f"{counts or 'no pairs'}; {covered['read']} of {covered['accounts']} accounts read, {window(told)}"


def window(told: Mapping[str, Any]) -> str:
    """Return when accounts were read."""
    read = told["read"]
    if read["start"] is None:
        return "when isn't known"
    twice = "twice with the same result" if read["two_equal_reads"] else "once"
    return f"{twice}, from {read['start']} to {read['end']}"


def by_verdict(told: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], list[Mapping[str, Any]]]]:
    """Yield (verdict, its lists of pairs), the worst verdict first."""
    found: dict[int, list[Mapping[str, Any]]] = {}
    for one in told["pairs"]:
        found.setdefault(one["verdict"], []).append(one)
    for number, verdict in enumerate(told["verdicts"]):
        yield verdict, found.get(number, [])


def ports(verdict: Mapping[str, Any]) -> str:
    """Return the packets of a verdict by protocol and port; what it says, if it has none."""
    named = dict.fromkeys(port for part in verdict["ports"] for port in part["ports"])
    return ", ".join(named) or str(verdict["says"])


def name(told: Mapping[str, Any], end: str) -> str:
    return str(told["ends"][end]["name"])


def names(told: Mapping[str, Any], ends: Sequence[str], most: int = SHOWN) -> str:
    """Return the names of ends; where there are many, the first ones and how many more."""
    shown = ", ".join(name(told, end) for end in ends[:most])
    return shown + (f" and {len(ends) - most} more" if len(ends) > most else "")


def _pairs(told: Mapping[str, Any], rectangles: Sequence[Mapping[str, Any]]) -> str:
    lists = told["lists"]
    shown = []
    for one in rectangles[:SHOWN]:
        sources, targets = lists[one["from"]], lists[one["to"]]
        if sources == targets:
            shown.append(f"{names(told, sources)} among each other")
        else:
            rest = [end for end in targets if end not in sources or len(sources) > 1]
            shown.append(f"{names(told, sources)} -> {names(told, rest)}")
    more = f"; and {len(rectangles) - SHOWN} more" if len(rectangles) > SHOWN else ""
    return "; ".join(shown) + more


def _failing(
    told: Mapping[str, Any], verdict: Mapping[str, Any], rectangles: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    yield f"{WORDS[verdict['verdict']]}: {_pairs(told, rectangles)}: {verdict['says']}"
    yield from (f"  {hop}" for hop in verdict["hops"])
    if verdict["verdict"] not in (PROVEN, "unknown"):
        yield from (f"  by {one['kind']} {one['id']}: {one['says']}" for one in verdict["decides"][:SHOWN])
    yield from (f"  {one['id']}: {one['why']}; expected {one['expected']}" for one in verdict["unknown"][1:SHOWN])
