# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text of answers to "why does this reach that, or not"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..._core import escape

SIGNS = {True: "->", False: "x", None: "?"}


def why_lines(result: Mapping[str, Any]) -> list[str]:
    """Return the answers as lines of text. result: of egress.why.why."""
    lines = [f"{result['question']}: {result['verdict'].upper()}"]
    for answer in result["answers"]:
        lines.append(f"{answer['sender']}: {answer['says']}")
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
    yield from (f"to change that: {line}" for line in answer["fix"])
    yield from (f"! {note}" for note in answer["notes"])


def _hop(step: Mapping[str, Any]) -> str:
    by = f" [{step['decides']}" + (f"; {step['owner']}" if step["owner"] else "") + "]" if step["decides"] else ""
    return f"{SIGNS[step['passes']]} {step['where']}: {step['what']}{by}"
