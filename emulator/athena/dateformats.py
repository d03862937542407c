# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Dates in the patterns of Java's DateTimeFormatter, as partition projection uses them."""

from __future__ import annotations

import re
from datetime import datetime, timezone

# Letters of a pattern -> (regular expression, strftime's format).
FIELDS = {
    "yyyy": (r"\d{4}", "%Y"),
    "uuuu": (r"\d{4}", "%Y"),
    "yy": (r"\d{2}", "%y"),
    "MM": (r"\d{2}", "%m"),
    "MMM": (r"[A-Za-z]{3}", "%b"),
    "dd": (r"\d{2}", "%d"),
    "DDD": (r"\d{3}", "%j"),
    "HH": (r"\d{2}", "%H"),
    "mm": (r"\d{2}", "%M"),
    "ss": (r"\d{2}", "%S"),
    "SSS": (r"\d{3}", "%f"),
}
_PARTS = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']")


class DateFormat:
    """A pattern such as yyyy/MM/dd/HH. Raises ValueError for letters that aren't supported here."""

    def __init__(self, pattern: str):
        self.pattern, self.fields = pattern, []
        regex, formatted, position = "", "", 0
        while position < len(pattern):
            matched = _PARTS.match(pattern, position)
            if matched is None:
                raise ValueError(f"unterminated literal in {pattern}")
            position, text = matched.end(), matched[0]
            if matched[2]:
                if text not in FIELDS:
                    raise ValueError(f"pattern letters {text}")
                self.fields.append(text)
                regex, formatted = regex + FIELDS[text][0], formatted + FIELDS[text][1]
            else:
                literal = (matched[1].replace("''", "'") or "'") if matched[1] is not None else text
                regex, formatted = regex + re.escape(literal), formatted + literal.replace("%", "%%")
        self.regex, self._format = regex, formatted

    @property
    def unit(self) -> str:
        """The finest unit of the pattern."""
        units = {"SSS": "MILLISECONDS", "ss": "SECONDS", "mm": "MINUTES", "HH": "HOURS"}
        for field, unit in units.items():
            if field in self.fields:
                return unit
        if {"dd", "DDD"} & set(self.fields):
            return "DAYS"
        return "MONTHS" if {"MM", "MMM"} & set(self.fields) else "YEARS"

    def parse(self, text: str) -> datetime:
        """Return the moment in UTC. Raises ValueError."""
        if not re.fullmatch(self.regex, text):
            raise ValueError(f"{text} isn't {self.pattern}")
        return datetime.strptime(text, self._format).replace(tzinfo=timezone.utc)

    def format(self, moment: datetime) -> str:
        text = self._format.replace("%f", f"{moment.microsecond // 1000:03}")
        return moment.strftime(text)
