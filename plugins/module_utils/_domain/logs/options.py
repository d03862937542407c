# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options that modules of logs share, and their checks."""

from __future__ import annotations

import re
from typing import Any

from ..._core.errors import Invalid
from .tables import DELIVERED, STREAMED, TYPES

# Of an archive's tables: tables.parse.
TABLES: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "required": True,
    "options": {
        "name": {"type": "str"},
        "type": {"type": "str", "choices": [*STREAMED, *DELIVERED], "required": True},
        "columns": {
            "type": "list",
            "elements": "dict",
            "options": {
                "name": {"type": "str", "required": True},
                "type": {"type": "str", "choices": list(TYPES), "default": "string"},
            },
        },
        "raw": {"type": "bool", "default": False},
        "resources": {"type": "list", "elements": "str", "default": []},
    },
}


def bucket(option: str, value: Any) -> None:
    """Check a bucket's name ("General purpose bucket naming rules"). Raises Invalid."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", str(value), re.ASCII):
        raise Invalid(option, value, "is no name of a bucket", "3 to 63 lower case letters, digits, dots or hyphens")
