# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find problems of what an inventory says of hubs and no role's options tell: the names of openings. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ..._core.errors import Invalid
from ..hub.openings import parse
from .relations import as_list

READ = ("allow_opens",)


def problems(
    accounts: Mapping[str, Mapping[str, Any]], groups: Mapping[str, Collection[str]] | None
) -> Iterator[Invalid]:
    """Yield the problem of each host's allow_opens; a value that several hosts have is told once."""
    told: set[str] = set()
    for host, variables in accounts.items():
        value = variables.get("allow_opens")
        if value is None or repr(value) in told:
            continue
        told.add(repr(value))
        try:
            parse(as_list(value), f"{host}.allow_opens")
        except Invalid as invalid:
            yield invalid
