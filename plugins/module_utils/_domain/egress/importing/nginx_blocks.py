# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Directives of nginx's configuration, with those of the files that it includes in their place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch

from .patterns import Line, Unconverted

TOKEN = re.compile(
    r"""\s+|\#[^\n]*|(?P<word>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?:\\.|\$\{\w+\}|[^\s;{}"'\\])+)|(?P<mark>[;{}])|.""",
    re.S,
)
DEEPEST = 20


@dataclass(frozen=True)
class Directive:
    """A directive: its words, and the directives of its block if it has one."""

    words: tuple[str, ...]
    line: Line
    block: tuple[Directive, ...] | None = None

    @property
    def name(self) -> str:
        return self.words[0]


@dataclass
class Config:
    """The directives of nginx's files. files: name -> text; top: the file that it begins with."""

    files: Mapping[str, str]
    top: str
    unconverted: list[Unconverted] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def directives(self) -> list[Directive]:
        """Return the directives, with those of included files in their place."""
        return self._parsed(self.top, ())

    def _parsed(self, name: str, within: tuple[str, ...]) -> list[Directive]:
        self.used.add(name)
        tokens = list(_tokens(name, self.files[name]))
        found, rest = self._block(tokens, 0, (*within, name))
        if rest < len(tokens):
            self.unconverted.append(Unconverted(tokens[rest][1], "has a } too many: what follows isn't read"))
        return found

    def _block(
        self, tokens: list[tuple[str, Line, bool]], at: int, within: tuple[str, ...]
    ) -> tuple[list[Directive], int]:
        found: list[Directive] = []
        words: list[str] = []
        start: Line | None = None
        while at < len(tokens):
            text, line, is_mark = tokens[at]
            if is_mark and text == "}":
                break
            at += 1
            if not is_mark:
                start = start or line
                words.append(text)
                continue
            block = None
            if text == "{":
                inner, at = self._block(tokens, at, within)
                block, at = tuple(inner), at + 1
            if words and start:
                found += self._directive(Directive(tuple(words), start, block), within)
            words, start = [], None
        if words and start:
            self.unconverted.append(Unconverted(start, "isn't ended by ; or a block"))
        return found, at

    def _directive(self, directive: Directive, within: tuple[str, ...]) -> list[Directive]:
        """Return the directive, or those of the files that it includes. A map's include is of the same form."""
        if directive.name != "include" or len(directive.words) != 2:
            return [directive]
        path = directive.words[1]
        names = [name for name in self._find(path) if name not in within]
        if not names or len(within) > DEEPEST:
            why = f"includes {path}, which is none of the given files: give it, or an empty file of its name"
            self.unconverted.append(Unconverted(directive.line, why))
            return [directive]
        return [one for name in sorted(names) for one in self._parsed(name, within)]

    def _find(self, pattern: str) -> list[str]:
        whole = [name for name in self.files if fnmatch(name, pattern)]
        last = pattern.rsplit("/", 1)[-1]
        return whole or [name for name in self.files if fnmatch(name.rsplit("/", 1)[-1], last)]


def _tokens(name: str, text: str) -> Iterator[tuple[str, Line, bool]]:
    """Yield (text, its line, true for ; { }); words without their quotes."""
    lines = text.split("\n")
    number = 1
    for found in TOKEN.finditer(text):
        if found["word"] or found["mark"]:
            line = Line(name, number, " ".join(lines[number - 1].split()))
            yield (found["mark"], line, True) if found["mark"] else (_unquoted(found["word"]), line, False)
        number += found[0].count("\n")


def _unquoted(word: str) -> str:
    inner = word[1:-1] if word[0] in "\"'" and word[-1] == word[0] and len(word) > 1 else word
    return re.sub(r"\\([\"'\\ ])", r"\1", inner)
