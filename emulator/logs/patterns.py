# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter patterns: nothing, terms, JSON. Space-delimited patterns and arrays' wildcards are refused by name.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html (and the pages
about unstructured and JSON log events; regular expressions between %).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

Matches = Callable[[str], bool]
_TERM = re.compile(r"""([?-]?)(?:"((?:[^"\\]|\\.)*)"|%([^%]+)%|([^\s"%]+))(?:\s+|$)""")
_TOKEN = re.compile(
    r"""\s*(?:(?P<open>\()|(?P<close>\))|(?P<join>&&|\|\|)|(?P<compare>!=|>=|<=|=|>|<)"""
    r"""|(?P<is>IS\s+(?:NOT\s+)?(?:NULL|TRUE|FALSE)\b|NOT\s+EXISTS\b)"""
    r"""|(?P<path>\$[\w.$@\-\[\]"'/*]*)|"(?P<text>(?:[^"\\]|\\.)*)"|%(?P<regex>[^%]+)%"""
    r"""|(?P<word>[^\s()&|=<>!"]+))"""
)


class PatternError(ValueError):
    """An invalid pattern, or one that isn't supported here; the text says which."""


def compiled(pattern: str) -> Matches:
    """Return the test of a message. Raises PatternError."""
    text = pattern.strip()
    if not text:
        return lambda _message: True
    if text.startswith("{"):
        if not text.endswith("}"):
            raise PatternError("Invalid filter pattern")
        return _json(text[1:-1])
    if text.startswith("["):
        raise PatternError("space-delimited filter patterns ([...]) are not supported by the emulator")
    return _terms(text)


def _terms(text: str) -> Matches:
    """All plain terms have to be in the message, none of those with -, one of those with ?; ? beside others counts not.

    "If you combine question marks with other terms, ... the question marks are ignored" (the page about terms).
    """
    wanted, unwanted, any_of, position = [], [], [], 0
    while position < len(text):
        found = _TERM.match(text, position)
        if not found:
            raise PatternError("Invalid filter pattern")
        sign, quoted, expression, word = found.groups()
        if word and not re.fullmatch(r"[\w.:/@-]+", word):
            # "Terms ... with non-alphanumeric characters must be placed inside double quotation marks"
            raise PatternError(f"Invalid character(s) in term '{word}'")
        test = _contains(expression, quoted if quoted is not None else word)
        {"": wanted, "-": unwanted, "?": any_of}[sign].append(test)
        position = found.end()
    if any_of and not wanted and not unwanted:
        return lambda message: any(test(message) for test in any_of)
    return lambda message: all(test(message) for test in wanted) and not any(test(message) for test in unwanted)


def _contains(expression: str | None, term: str | None) -> Matches:
    if expression is not None:
        searched = _regex(expression)
        return lambda message: bool(searched.search(message))
    plain = re.sub(r"\\(.)", r"\1", term or "")
    return lambda message: plain in message


def _regex(expression: str) -> re.Pattern[str]:
    try:
        return re.compile(expression)
    except re.error as error:
        raise PatternError(f"Invalid regular expression %{expression}%: {error}") from None


def _json(text: str) -> Matches:
    tokens, position = [], 0
    text = text.strip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        if not found or found.end() == position:
            raise PatternError("Invalid filter pattern")
        kind = found.lastgroup or ""
        tokens.append((kind, found[kind]))
        position = found.end()
    parser = _Parser(tokens)
    test = parser.either()
    if parser.tokens:
        raise PatternError("Invalid filter pattern")

    def matches(message: str) -> bool:
        try:
            value = json.loads(message)
        except ValueError:
            return False
        return isinstance(value, dict) and test(value)

    return matches


class _Parser:
    """Recursive descent over the tokens: || of && of comparisons and parentheses."""

    def __init__(self, tokens: list[tuple[str, str]]):
        self.tokens = tokens

    def take(self, *kinds: str) -> tuple[str, str]:
        if not self.tokens or self.tokens[0][0] not in kinds:
            raise PatternError("Invalid filter pattern")
        return self.tokens.pop(0)

    def either(self) -> Callable[[Any], bool]:
        tests = [self.both()]
        while self.tokens and self.tokens[0] == ("join", "||"):
            self.tokens.pop(0)
            tests.append(self.both())
        return lambda value: any(test(value) for test in tests)

    def both(self) -> Callable[[Any], bool]:
        tests = [self.single()]
        while self.tokens and self.tokens[0] == ("join", "&&"):
            self.tokens.pop(0)
            tests.append(self.single())
        return lambda value: all(test(value) for test in tests)

    def single(self) -> Callable[[Any], bool]:
        if self.tokens and self.tokens[0][0] == "open":
            self.tokens.pop(0)
            test = self.either()
            self.take("close")
            return test
        path = _path(self.take("path")[1])
        kind, operator = self.take("compare", "is")
        if kind == "is":
            return _is(path, re.sub(r"\s+", " ", operator))
        wanted = self.take("text", "word", "regex")
        return _compared(path, operator, *wanted)


Missing = object()


def _path(text: str) -> Callable[[Any], Any]:
    if "*" in text:
        raise PatternError("wildcards in JSON selectors are not supported by the emulator")
    steps: list[str | int] = []
    for name, index, quoted in re.findall(r"\.([\w@$/-]+)|\[(\d+)\]|\[[\"']([^\"']+)[\"']\]", text):
        steps.append(int(index) if index else name or quoted)

    def found(value: Any) -> Any:
        for each in steps:
            try:
                value = value[each]
            except (KeyError, IndexError, TypeError):
                return Missing
        return value

    return found


def _is(path: Callable[[Any], Any], operator: str) -> Callable[[Any], bool]:
    if operator == "NOT EXISTS":
        return lambda value: path(value) is Missing
    wanted = {"NULL": None, "TRUE": True, "FALSE": False}[operator.split()[-1]]
    if " NOT " in operator:
        return lambda value: path(value) is not wanted and path(value) is not Missing
    return lambda value: path(value) is wanted


def _compared(path: Callable[[Any], Any], operator: str, kind: str, wanted: str) -> Callable[[Any], bool]:
    number = _number(wanted) if kind == "word" else None
    if operator in ("=", "!="):
        same = _same(kind, wanted, number)
        if operator == "=":
            return lambda value: same(path(value))
        return lambda value: path(value) is not Missing and not same(path(value))
    if number is None:
        raise PatternError(f"{operator} needs a number, not {wanted}")
    tests: dict[str, Callable[[float], bool]] = {
        ">": lambda found: found > number,
        "<": lambda found: found < number,
        ">=": lambda found: found >= number,
        "<=": lambda found: found <= number,
    }

    def test(value: Any) -> bool:
        found = path(value)
        return isinstance(found, (int, float)) and not isinstance(found, bool) and tests[operator](found)

    return test


def _same(kind: str, wanted: str, number: float | None) -> Callable[[Any], bool]:
    if kind == "regex":
        searched = _regex(wanted)
        return lambda found: isinstance(found, (str, int, float)) and bool(searched.search(str(found)))
    plain = re.sub(r"\\(.)", r"\1", wanted)
    # "*" matches any text at its place.
    shape = re.compile(".*".join(map(re.escape, plain.split("*"))), re.DOTALL)

    def same(found: Any) -> bool:
        if isinstance(found, (int, float)) and not isinstance(found, bool):
            return number is not None and found == number
        return isinstance(found, str) and bool(shape.fullmatch(found))

    return same


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
