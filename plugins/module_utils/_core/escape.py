# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text from elsewhere, written so that it is nothing but text in a terminal, on a page and in a picture.

Names, tags and messages come from AWS, and so from whoever may write them there. (JSON needs nothing of this:
json.dumps escapes what isn't ASCII, and control characters.)
"""

from __future__ import annotations

import html as standard
import re
from collections.abc import Iterable, Mapping
from typing import Any

# What str.isprintable lets pass though nothing of it is seen: letters and marks that are drawn as nothing
# (Default_Ignorable_Code_Point in https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt), and the
# empty braille pattern.
UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
# Of one value, and of a word within a sentence. ARNs are shorter.
LONGEST = 300
MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~&$])")


def text(value: Any) -> str:
    """The value on one line. What steers terminals, isn't seen or changes the direction of writing is shown by its
    number: ``\\n``, ``\\x1b``, ``\\u202e``.
    """
    whole = str(value)
    return whole if is_seen(whole) else "".join(map(_shown, whole))


def _shown(letter: str) -> str:
    return letter if is_seen(letter) else letter.encode("unicode_escape").decode()


def is_seen(value: str) -> bool:
    """Whether nothing in it has to be shown by its number."""
    return value.isprintable() and not UNSEEN.search(value)


def literal(value: Any) -> str:
    """The value as users write it in YAML: null, true, false, texts in quotes."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(key)}: {literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(literal, value)) + "]"
    return repr(value)


def short(value: Any, most: int = LONGEST) -> str:
    """The value on one line, its end left out where it is long."""
    whole = str(value)
    return text(whole) if len(whole) <= most else f"{text(whole[:most])}... ({len(whole)} characters)"


def sentence(value: Any) -> str:
    """The value on one line, long words in it shortened: they are values that somebody gave."""
    return re.sub(rf"\S{{{LONGEST},}}", lambda word: short(word[0], LONGEST), text(value))


def html(value: Any) -> str:
    """Text between tags or in a quoted attribute."""
    return standard.escape(text(value))


def markdown(value: Any) -> str:
    """Text of a heading or a paragraph (https://spec.commonmark.org/0.31.2/#backslash-escapes)."""
    return MARKDOWN.sub(r"\\\1", text(value))


def fenced(lines: Iterable[str], language: str) -> list[str]:
    """A block of code that no line of it ends (https://spec.commonmark.org/0.31.2/#fenced-code-blocks)."""
    inside = [text(line) for line in lines]
    longest = max((len(run) for line in inside for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *inside, fence]


def dot(*lines: Any) -> str:
    """A quoted string of graphviz's language: a name, or the lines of a label. Graphviz takes a backslash for a mark,
    and & for the begin of one (https://graphviz.org/doc/info/lang.html).
    """
    escaped = (text(line).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;") for line in lines)
    return '"' + "\\n".join(escaped) + '"'
