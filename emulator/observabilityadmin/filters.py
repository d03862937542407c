# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters of centralization rules: the scope, and which log groups.

"The selection criteria uses the same format as OAM link filters" (SourceLogsConfiguration); that format is described at
LogGroupConfiguration of the Observability Access Manager API. The scope is read by the same rules, which isn't
verified, apart from `OrganizationId = 'o-...'`: the example of Terraform's resource creates a rule with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_TEXT = r"'([^']*)'"
_TERM = re.compile(
    rf"(\w+)\s*(?:(=|!=)\s*{_TEXT}|((?:NOT\s+)?LIKE)\s+{_TEXT}|((?:NOT\s+)?IN)\s*\(\s*({_TEXT}(?:\s*,\s*{_TEXT})*)\s*\))"
)
_JOIN = re.compile(r"\s+(AND|OR)\s+")

Matcher = Callable[[Mapping[str, str]], bool]


def parse(text: str, operands: tuple[str, ...]) -> Matcher:
    """Return a function of {operand: value}. Raises ValueError for what isn't a filter on these operands.

    AND binds more than OR. "Each filter has a limit of five conditional operands".
    """
    if text.strip() == "*":
        return lambda _values: True
    position, alternatives = 0, [[]]
    count = 0
    text = text.strip()
    while True:
        term = _TERM.match(text, position)
        if not term or term[1] not in operands:
            raise ValueError(text)
        alternatives[-1].append(_matcher(term))
        count += 1
        position = term.end()
        if position == len(text):
            break
        join = _JOIN.match(text, position)
        if not join or count == 5:
            raise ValueError(text)
        if join[1] == "OR":
            alternatives.append([])
        position = join.end()
    return lambda values: any(all(matches(values) for matches in terms) for terms in alternatives)


def _matcher(term: re.Match[str]) -> Matcher:
    operand, equality, equal, like, pattern, within, listed = term.group(1, 2, 3, 4, 5, 6, 7)
    if equality:
        return lambda values: (values[operand] == equal) == (equality == "=")
    if like:
        # "These can be used only as prefix searches. Include a % at the end".
        if not pattern.endswith("%"):
            raise ValueError(pattern)
        return lambda values: values[operand].startswith(pattern[:-1]) != like.startswith("NOT")
    names = set(re.findall(_TEXT, listed))
    return lambda values: (values[operand] in names) != within.startswith("NOT")
