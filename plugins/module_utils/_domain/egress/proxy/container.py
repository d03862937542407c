# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a proxy's configuration gets into its container: compressed, in parts, with the groups that it was made from.

The container's root file system is read-only. Another container of the same task and image writes the configuration
into a volume that both have, and ends; then the proxy starts, as a user without rights.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from ...._core.errors import Invalid
from .. import groups
from ..groups import Egress
from . import nginx, squid
from .nginx import RESOLVER
from .tables import Configuration, Settings

KINDS = {"nginx": nginx.render, "squid": squid.render}
FOLDER = "/run/egress"
FILE = f"{FOLDER}/proxy.conf"
# Value of a standard parameter (SSM, PutParameter): "Standard parameters have a value limit of 4 KB".
PART = 4096
# "The total size of all environment variables and secrets" isn't limited, but the definition of a task is, to 64 KB,
# and GetParameters takes 10 names.
MOST_PARTS = 40
# What a group's declaration looks like in the configuration: comments of both programs.
COMMENT = "#: "
WIDTH = 1000
PROGRAMS = {
    "nginx": ["nginx", "-c", FILE, "-e", "stderr", "-g", "daemon off;"],
    "squid": ["squid", "-N", "-f", FILE],
}


def render(kind: str, egress: Egress, declared: Mapping[str, Any], settings: Settings) -> Configuration:
    """Return the configuration with the groups as declared in its first lines, from which `groups_of` reads them."""
    made = KINDS[kind](egress, settings)
    text = json.dumps(declared, sort_keys=True, default=str)
    lines = [COMMENT + text[start : start + WIDTH] for start in range(0, len(text), WIDTH)]
    return Configuration("\n".join([*lines, made.text]), made.ports, made.unsupported)


def groups_of(text: str) -> Egress:
    """Return the groups that a configuration was made from, none if it doesn't say; none of their entries counts as
    expired.
    """
    lines = [line.removeprefix(COMMENT) for line in text.splitlines() if line.startswith(COMMENT)]
    try:
        return groups.parse(json.loads("".join(lines)), date.min) if lines else Egress(())
    except ValueError:  # Invalid is one, too
        return Egress(())


def pack(text: str, option: str = "groups") -> list[str]:
    """Return the configuration as values of parameters. Raises Invalid if it takes too many."""
    # Without a time, so that the same text has the same parts.
    packed = base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
    parts = [packed[start : start + PART] for start in range(0, len(packed), PART)]
    if len(parts) > MOST_PARTS:
        raise Invalid(
            option,
            None,
            f"make a configuration of {len(text)} bytes, {len(packed)} compressed, more than {MOST_PARTS} parameters of"
            f" {PART} bytes hold",
            "fewer entries, or a second proxy for some of the groups",
        )
    return parts


def unpack(parts: Sequence[str]) -> str:
    """Return the configuration from its parts; "" if they aren't one."""
    try:
        return gzip.decompress(base64.b64decode("".join(parts))).decode()
    except (ValueError, OSError, EOFError):
        return ""


def digest(value: Any) -> str:
    """Return 16 characters that stand for a value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def variable(index: int) -> str:
    return f"CONFIGURATION_{index:02}"


def writer(number: int) -> list[str]:
    """Return the command of the container that writes the configuration, from its parts in environment variables.

    nginx needs the address of a DNS server, which the container's resolv.conf has.
    """
    whole = "".join(f"${{{variable(index)}}}" for index in range(number))
    script = (
        f"umask 022; mkdir -p {FOLDER}/pid; chmod 1777 {FOLDER}/pid; "
        "resolver=$(sed -n 's/^nameserver[[:space:]]*//p' /etc/resolv.conf | head -n 1); "
        f'printf %s "{whole}" | base64 -d | gunzip | sed "s/{RESOLVER}/$resolver/" > {FILE}'
    )
    return ["/bin/sh", "-ec", script]
