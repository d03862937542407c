# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Exceptions that users read: a declaration that is wrong, and a run that failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any

from . import escape


class Invalid(ValueError):
    """A declared value that is wrong.

    option: path of the value in its declaration, such as ``tiers[1].prefix``
    value: what was declared; None if nothing was, or if it may be secret
    problem: what is wrong, continuing "the value ..."
    expected: what would be right
    """

    def __init__(self, option: str, value: Any, problem: str, expected: str) -> None:
        declared = "" if value is None else f"{escape.short(escape.literal(value))} "
        super().__init__(escape.sentence(f"{option}: {declared}{problem}; expected {expected}"))
        self.option = option
        self.value = value
        self.problem = problem
        self.expected = expected


def refusal(parse: Callable[..., Any], *arguments: Any) -> Invalid | None:
    """Return the Invalid that ``parse(*arguments)`` raises, or None if it raises none."""
    try:
        parse(*arguments)
    except Invalid as invalid:
        return invalid
    return None


def did_you_mean(word: Any, known: Iterable[str]) -> str:
    """Return " (did you mean WORD?)" with the nearest known word, or "" if none is near."""
    near = get_close_matches(str(word), list(known), 1)
    return f" (did you mean {near[0]}?)" if near else ""


def near_names(name: str, known: Iterable[str]) -> str:
    """Return " (near names: A, B, C)" with the nearest known names, 3 at most, or "" if none is near."""
    near = get_close_matches(name, list(known), 3)
    return f" (near names: {', '.join(near)})" if near else ""


class Failure(Exception):
    """A failed run: what was being done, where, what went wrong, what is already done, what to do next.

    details: extra keys of the module's result (done, left, error_code, ...).
    """

    def __init__(self, message: str, **details: Any) -> None:
        # The text of AWS, and of those who name things there, goes to a terminal.
        super().__init__(escape.text(message))
        self.details = details
