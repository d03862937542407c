# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ports and ranges of ports."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.closednet.aws.plugins.module_utils._domain.errors import Invalid


def parse(option: str, ports: Any) -> tuple[int, int]:
    """The first and the last of ``"443"`` or ``"8000-8080"``; Invalid if it is neither."""
    match = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", str(ports), re.ASCII)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if not first <= last <= 65535:
        raise Invalid(option, ports, "is neither a port nor a range of ports", "443 or 8000-8080")
    return first, last
