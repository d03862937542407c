# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options that modules of logs share."""

from __future__ import annotations

from typing import Any

from .tables import DELIVERED, STREAMED, TYPES

# PCI DSS v4.0.1, 10.5.1: "Retain audit log history for at least 12 months".
PCI_DAYS = 365
# retention_days of both archives.
DEFAULT_DAYS = 400
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
            "default": [],
            "options": {
                "name": {"type": "str", "required": True},
                "type": {"type": "str", "choices": list(TYPES), "default": "string"},
            },
        },
        "raw": {"type": "bool", "default": False},
        "resources": {"type": "list", "elements": "str", "default": []},
    },
}
