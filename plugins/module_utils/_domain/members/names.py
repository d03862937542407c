# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hints to names that are nearly those that were given."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any


def did_you_mean(word: Any, known: Iterable[str]) -> str:
    """Return " (did you mean WORD?)" with the nearest known name, or "" if none is near."""
    near = get_close_matches(str(word), list(known), 1)
    return f" (did you mean {near[0]}?)" if near else ""
