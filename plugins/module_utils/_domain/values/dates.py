# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Days of a declaration, in UTC."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

from ..._core.errors import Invalid


def parse(option: str, value: Any, expected: str) -> date:
    """Return the day of a text YYYY-MM-DD, or a date, which YAML makes of one without quotes. Raises Invalid."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        # Not fromisoformat, which from Python 3.11 on takes 20261231 and 2026-W53-4, too.
        return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=timezone.utc).date()
    except (TypeError, ValueError):
        raise Invalid(option, value, "is no date", f"YYYY-MM-DD, {expected}") from None
