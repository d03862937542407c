# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pages of lists whose token is the number of their first item."""

from __future__ import annotations

from typing import Any


def page(items: list[Any], size: int | None, token: str | None, most: int = 100) -> tuple[list[Any], str | None]:
    """One page of the items, and the token of the next: the number of its first item."""
    start, size = int(token) if token and token.isdigit() else 0, min(size or most, most)
    following = start + size
    return items[start:following], str(following) if following < len(items) else None
