# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Escapes text from elsewhere, so that a terminal, a page or a picture shows it as nothing but text.

Names, tags and messages come from AWS, and so from anybody who may write them there. (JSON needs no escaping here:
json.dumps escapes control characters and what isn't ASCII.)
"""

from __future__ import annotations

import html as standard
import re
from collections.abc import Iterable, Mapping
from typing import Any

# Characters that str.isprintable accepts though they are invisible: letters and marks that are drawn as nothing
# (Default_Ignorable_Code_Point in https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt), and the
# empty braille pattern.
UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
# Characters of a value, or of a word within a sentence, that are shown at most. ARNs are shorter.
LONGEST = 300
# JSON and PEM, and how their base64 begins: that of `{` and of `---`.
CONTENT = re.compile(r"\{|PRIVATE KEY|\A\s*(ew|ey|LS0t)[A-Za-z0-9+/=\s]{100}")
MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~&$])")


def text(value: Any) -> str:
    """Return the value on one line.

    Characters that control a terminal, are invisible or change the direction of text become escapes: ``\\n``,
    ``\\x1b``, ``\\u202e``.
    """
    whole = str(value)
    return whole if is_seen(whole) else "".join(map(_shown, whole))


def _shown(letter: str) -> str:
    return letter if is_seen(letter) else letter.encode("unicode_escape").decode()


def is_seen(value: str) -> bool:
    """Return true if no character of the text has to be escaped."""
    return value.isprintable() and not UNSEEN.search(value)


def is_content(value: Any) -> bool:
    """Return true if what should be a path is a file's content, which may be a key: JSON, PEM, or their base64."""
    return CONTENT.search(str(value)) is not None


def literal(value: Any) -> str:
    """Return the value as users write it in YAML: null, true, false, text in quotes."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(key)}: {literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(literal, value)) + "]"
    return repr(value)


def short(value: Any, most: int = LONGEST) -> str:
    """Return the value on one line; if it is longer than `most` characters, only its start and its length."""
    whole = str(value)
    return text(whole) if len(whole) <= most else f"{text(whole[:most])}... ({len(whole)} characters)"


def sentence(value: Any) -> str:
    """Return the value on one line, with long words shortened: they are values that somebody gave."""
    return re.sub(rf"\S{{{LONGEST},}}", lambda word: short(word[0], LONGEST), text(value))


def html(value: Any) -> str:
    """Escape text for HTML: between tags or in a quoted attribute."""
    return standard.escape(text(value))


def markdown(value: Any) -> str:
    """Escape text for a Markdown heading or paragraph (https://spec.commonmark.org/0.31.2/#backslash-escapes)."""
    return MARKDOWN.sub(r"\\\1", text(value))


def fenced(lines: Iterable[str], language: str) -> list[str]:
    """Lines of a code block that none of `lines` can end (https://spec.commonmark.org/0.31.2/#fenced-code-blocks)."""
    inside = [text(line) for line in lines]
    longest = max((len(run) for line in inside for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *inside, fence]


def dot(*lines: Any) -> str:
    """Quoted string in Graphviz's language: a name, or the lines of a label.

    Graphviz reads a backslash as an escape, and & as the start of one (https://graphviz.org/doc/info/lang.html).
    """
    escaped = (text(line).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;") for line in lines)
    return '"' + "\\n".join(escaped) + '"'
