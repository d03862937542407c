# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find problems of an inventory that takes over what exists, or whose hosts have other names now. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ..._core.errors import Invalid, did_you_mean
from ..roster import ROSTER

# Roles whose modules know the phases of adoption. Any other would write, whatever the phase.
ADOPTING = ("vpc", "hub", "spoke", "privatelink_consumer")
READ = ("adoption", "adopted_ids", "moved")

Hosts = Mapping[str, Mapping[str, Any]]


def problems(accounts: Hosts, groups: Mapping[str, Collection[str]] | None) -> Iterator[Invalid]:
    """Yield problems of adoption, adopted_ids and moved, each at the first host that has it.

    groups: name -> hosts.
    """
    yield from _of_roles(accounts, groups or {})
    told: set[str] = set()
    for host, variables in accounts.items():
        for name, check in (("adopted_ids", _of_ids), ("moved", _of_moved)):
            for where, value, problem, expected in check(variables.get(name), accounts):
                if where not in told:
                    told.add(where)
                    yield Invalid(f"{host}.{where}", value, problem, expected)


def _of_roles(accounts: Hosts, groups: Mapping[str, Collection[str]]) -> Iterator[Invalid]:
    """Yield a problem for each host in a phase on which another role runs."""
    for host, variables in accounts.items():
        phase = variables.get("adoption")
        if not phase:
            continue
        for entry in ROSTER:
            inside = [group for group in entry.groups if host in groups.get(group, ())]
            if inside and entry.cloud == "aws" and entry.role not in ADOPTING:
                yield Invalid(
                    f"{host}.adoption",
                    phase,
                    f"isn't known to the role {entry.role}, which would write",
                    f"no host of the group {inside[0]}, or no adoption",
                )


def _of_ids(adopted: Any, accounts: Hosts) -> Iterator[tuple[str, Any, str, str]]:
    """Yield (option, value, problem, expected) of keys that are no hosts: their ids would be ignored silently."""
    for name in adopted if isinstance(adopted, Mapping) else ():
        if name not in accounts:
            problem = f"is no host of the inventory{did_you_mean(str(name), accounts)}"
            yield f"adopted_ids.{name}", None, problem, "the name of a host"


def _of_moved(moved: Any, accounts: Hosts) -> Iterator[tuple[str, Any, str, str]]:
    """Yield (option, value, problem, expected) of old names that are hosts, and of new ones that aren't."""
    pairs = [one for one in moved if isinstance(one, Mapping)] if isinstance(moved, list) else []
    olds, news = (Counter(str(one.get(key)) for one in pairs) for key in ("from", "to"))
    for index, one in enumerate(pairs):
        old, new = one.get("from"), one.get("to")
        where = f"moved[{index}]"
        if old in accounts:
            problem = "is a host of the inventory, and what has its name is its own"
            yield f"{where}.from", old, problem, "a name that no host has any more"
        if new in olds:
            yield f"{where}.to", new, "is itself moved", "the name that the host has now"
        elif new not in accounts:
            problem = f"is no host of the inventory{did_you_mean(str(new), accounts)}"
            yield f"{where}.to", new, problem, "the name that the host has now"
        if olds[str(old)] > 1:
            yield f"{where}.from", old, "is listed twice", "one new name for each old one"
        if news[str(new)] > 1:
            problem = "has two old names, whose resources are of two accounts or networks"
            yield f"{where}.to", new, problem, "one old name for each host"
