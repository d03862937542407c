# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text of answers to "why does this reach that, or not"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..._core import escape

SIGNS = {True: "->", False: "x", None: "?"}
# What a piece of a path contributes alone; see paths.contributions.
ALONE = {
    "closes": "needed",
    "changes nothing": "one of several",
    "another path": "first choice",
    "unknown": "unknown without it",
    "not judged": "not judged",
}


def why_lines(result: Mapping[str, Any]) -> list[str]:
    """Return the answers as lines of text. result: of egress.why.why."""
    lines = [f"{result['question']}: {result['verdict'].upper()}"]
    for answer in result["answers"]:
        ends = answer["sender"] + (f" to {answer['destination']}" if answer.get("destination") else "")
        lines.append(f"{ends}: {answer['says']}")
        lines += [f"  {line}" for line in _details(answer)]
    return [escape.text(line) for line in lines]


def _details(answer: Mapping[str, Any]) -> Iterator[str]:
    yield from (_hop(step) for step in answer["steps"])
    if answer["back"]:
        yield "answers:"
        yield from (_hop(step) for step in answer["back"])
    if answer["in_aws"]:
        yield "in AWS:"
        yield from (_hop(step) for step in answer["in_aws"])
    if answer["in_aws_back"]:
        yield "answers in AWS:"
        yield from (_hop(step) for step in answer["in_aws_back"])
    yield from _contributions(answer.get("contributions") or ())
    yield from _blockers(answer.get("blockers") or ())
    yield from (f"to change that: {line}" for line in answer["fix"])
    yield from (f"! {note}" for note in answer["notes"])


def _hop(step: Mapping[str, Any]) -> str:
    by = f" [{step['decides']}" + (f"; {step['owner']}" if step["owner"] else "") + "]" if step["decides"] else ""
    return f"{SIGNS[step['passes']]} {step['where']}: {step['what']}{by}"


def _contributions(listed: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for direction, title in (("there", "what lets it through:"), ("answer", "what lets the answer through besides:")):
        found = [one for one in listed if one["direction"] == direction]
        if found:
            yield title
        for one in found:
            yield f"  {ALONE[one['alone']]}: {one['id']}, {one['what']}"
            yield f"    {one['says']}"
            yield f"    declared by {one['declared_by']}" if one["host"] else f"    {one['declared_by']}"
            if one["line"]:
                yield f"    to remove it: {one['line']}"


def _blockers(listed: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if listed:
        yield "what stops it, in order:"
    for number, one in enumerate(listed, 1):
        which = "" if one["direction"] == "there" else "the answer: "
        yield f"  {number}. {which}{one['by']} {', '.join(one['ids'])}: {one['says']}"
        yield f"    needs {one['needs']}"
        if one["declared_by"]:
            yield f"    decided by {one['declared_by']}"
        if one["line"]:
            yield f"    to add: {one['line']}"
