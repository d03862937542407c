# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parse ports and ranges of ports."""

from __future__ import annotations

import re
from typing import Any

from ..._core.errors import Invalid

# Source ports of clients. Load balancers, NAT gateways and Lambda use all of them, Linux and Windows parts:
# https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
EPHEMERAL = (1024, 65535)
CLIENT_PORTS = {"linux": (32768, 61000), "windows": (49152, 65535), "lambda": EPHEMERAL}


def parse(option: str, ports: Any) -> tuple[int, int]:
    """Return the first and the last port of ``"443"`` or ``"8000-8080"``. Raises Invalid if it is neither."""
    match = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", str(ports), re.ASCII)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if not first <= last <= 65535:
        raise Invalid(option, ports, "is neither a port nor a range of ports", "443 or 8000-8080")
    return first, last


def number(option: str, port: Any) -> int:
    """Return the port, which an inventory may have as text. Raises Invalid if it is none."""
    if not re.fullmatch(r"\d{1,5}", str(port), re.ASCII) or int(port) > 65535:
        raise Invalid(option, port, "is no port", "0 to 65535")
    return int(port)


def clients(option: str, wanted: Any) -> tuple[int, int]:
    """Return the first and the last port of a client: a range, or a key of CLIENT_PORTS. Raises Invalid."""
    return CLIENT_PORTS[wanted] if wanted in CLIENT_PORTS else parse(option, wanted)
