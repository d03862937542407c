# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads a query of Athena as far as its checks need: its first word and its parameters."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..._core import escape
from ..._core.errors import Invalid

# API_StartQueryExecution: the length of QueryString.
LONGEST = 262_144
# Statements that write nothing. EXPLAIN ANALYZE runs its statement, UNLOAD and CREATE TABLE AS write to a bucket.
READING = ("SELECT", "WITH", "SHOW", "DESCRIBE", "VALUES")
# Comments, texts in single quotes and names in double ones; a quote within is doubled.
_QUOTED = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"", re.DOTALL)


def check(option: str, query: str) -> None:
    """Check that a query is one that only reads. Raises Invalid."""
    if len(query) > LONGEST:
        raise Invalid(option, query, "is too long", f"{LONGEST} characters at most")
    if not all(escape.is_seen(line) for line in re.split(r"[\n\t]", query)):
        raise Invalid(option, query, "has characters that can't be seen", "text with no more of these than new lines")
    words = re.match(r"[\s(]*([A-Za-z]+)", _QUOTED.sub(" ", query))
    if not words or words[1].upper() not in READING:
        raise Invalid(option, query, "isn't a statement that only reads", f"one that begins with {', '.join(READING)}")


def parameters_of(query: str) -> int:
    """Number of ? in a query that stand for parameters."""
    return _QUOTED.sub(" ", query).count("?")


def check_parameters(option: str, query: str, given: Sequence[str]) -> None:
    """Check that there are as many values as parameters: Athena would only say so after the query began."""
    wanted = parameters_of(query)
    if wanted != len(given):
        raise Invalid(option, list(given), f"are {len(given)} values for {wanted} parameters", "one for each ? in it")


def literal(text: str) -> str:
    """A text as a value of ExecutionParameters.

    "Use parameterized queries" (Athena): texts are in single quotes. A quote within is doubled, as in SQL.
    """
    return "'" + text.replace("'", "''") + "'"
