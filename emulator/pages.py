# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pages of list answers. A page's token is the index of its first item."""

from __future__ import annotations

from typing import Any


def page(items: list[Any], size: int | None, token: str | None, most: int = 100) -> tuple[list[Any], str | None]:
    """Return one page of the items and the next page's token (its first item's index), None after the last page.

    A page has `size` items, `most` if there is no size or a larger one. Raises ValueError, which refusals.py turns into
    the service's error, for a size below 0 and a token that no page had.
    """
    if token and not token.isdecimal():
        raise ValueError(f"no page begins at {token!r}")
    if size is not None and size < 0:
        raise ValueError(f"a page has no {size} items")
    start, size = int(token or 0), min(size or most, most)
    following = start + size
    return items[start:following], str(following) if following < len(items) else None
