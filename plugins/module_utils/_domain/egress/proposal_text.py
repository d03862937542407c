# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""YAML of a proposal, for a person to read, correct and merge. Texts come from files and logs: they stay texts.

No text can end a comment or a string, nor become a template of Ansible once it is in an inventory.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..._core import escape

# Key of an entry that becomes a comment above it.
COMMENT = "#"
LONGEST = 300
# What YAML 1.1 takes for a text without quotes.
PLAIN = re.compile(r"\.?[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*|\d{1,3}(\.\d{1,3}){3}/\d{1,2}")
NO_TEXT = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", ".inf", ".nan"))


def write(groups: Mapping[str, Mapping[str, Any]], header: Iterable[str], footer: Iterable[str] = ()) -> str:
    """Return the file: `header` and `footer` as comments, and the groups in the form of ``egress_groups``."""
    lines = [comment(line) for line in header]
    lines.append("egress_groups:" if groups else "egress_groups: {}")
    for name, group in groups.items():
        lines += [f"  {scalar(name)}:", f"    owner: {scalar(group['owner'])}"]
        lines.append(f"    sources: [{', '.join(map(scalar, group['sources']))}]")
        lines.append("    allow:" if group["allow"] else "    allow: []")
        for entry in group["allow"]:
            lines += [f"      {comment(text)}" for text in entry.get(COMMENT, ())]
            given = {key: value for key, value in entry.items() if key != COMMENT}
            if given:
                lines.append(f"      - {{{', '.join(f'{key}: {_value(value)}' for key, value in given.items())}}}")
    return "\n".join([*lines, *(comment(line) for line in footer)]) + "\n"


def comment(text: str) -> str:
    return f"# {quiet(text)}".rstrip()


def quiet(text: Any) -> str:
    """Return the text on one line, shortened, without what Ansible takes for a template."""
    return escape.short(text, LONGEST).replace("{", "(").replace("}", ")")


def scalar(value: str) -> str:
    text = quiet(value)
    is_plain = PLAIN.fullmatch(text) and text.lower() not in NO_TEXT
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return str(value) if isinstance(value, int) else scalar(str(value))
