# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Schedule expressions: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html."""

from __future__ import annotations

import re
from datetime import datetime

_RATE = re.compile(r"rate\((?:1 (?:minute|hour|day)|(?!0 |1 )\d+ (?:minute|hour|day)s)\)")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
_DAYS = "SUN MON TUE WED THU FRI SAT".split()
# Smallest and largest value, names, wildcards besides "*" of minutes, hours, day of month, month, day of week, year.
_FIELDS = (
    (0, 59, [], ""),
    (0, 23, [], ""),
    (1, 31, [], r"\?|L|LW|\d+W"),
    (1, 12, _MONTHS, ""),
    (1, 7, _DAYS, rf"\?|L|([1-7]|{'|'.join(_DAYS)})(#[1-5]|L)"),
    (1970, 2199, [], ""),
)


def is_valid(expression: str) -> bool:
    """Return true for a rate, at or cron expression that EventBridge Scheduler takes."""
    if expression.startswith("at(") and expression.endswith(")"):
        return _is_time(expression[3:-1])
    if expression.startswith("cron(") and expression.endswith(")"):
        return _is_cron(expression[5:-1].split())
    return _RATE.fullmatch(expression) is not None


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return _TIME.fullmatch(text) is not None


def _is_cron(fields: list[str]) -> bool:
    """Return true for six fields, of which either the day of the month or the day of the week is "?"."""
    return (
        len(fields) == len(_FIELDS)
        and (fields[2] == "?") != (fields[4] == "?")
        and all(_is_field(field, *of) for field, of in zip(fields, _FIELDS))
    )


def _is_field(field: str, smallest: int, largest: int, names: list[str], others: str) -> bool:
    for part in field.split(","):
        if others and re.fullmatch(others, part):
            continue
        span, _, step = part.partition("/")
        ends = [] if span == "*" else span.split("-")
        if "/" in part and not step.isdigit():
            return False
        for end in ends:
            number = smallest + names.index(end.upper()) if end.upper() in names else end
            if not str(number).isdigit() or not smallest <= int(number) <= largest:
                return False
        if len(ends) > 2:
            return False
    return True
