# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Entries of an effect that say the same of many accounts, as one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

Entry = dict[str, Any]
# Entries of the same two segments, ports and level that are told one by one.
APART = 30


def folded(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries, those that need a name first, what stays inside an account last.

    Many of the same segments, tiers and ports become one.

    That one has from_hosts and to_hosts: each of the former to each of the latter, except to itself; with `within`,
    each to itself alone. from and to have the segment, or the host where there is only one.
    """
    groups: dict[tuple[Any, ...], list[Entry]] = defaultdict(list)
    for entry in entries:
        groups[_class(entry)].append(entry)
    told: list[Entry] = []
    for group in groups.values():
        one = _folded(group) if len(group) > APART else None
        told += [one] if one else group
    return sorted(told, key=lambda entry: (not entry["needs_name"], is_within(entry), entry["text"]))


def is_within(entry: Mapping[str, Any]) -> bool:
    """Return true if an entry is of an account with itself, or of accounts each with itself."""
    hosts = entry.get("from_host"), entry.get("to_host")
    return bool(entry.get("within") or (hosts[0] and hosts[0] == hosts[1]))


def _class(entry: Entry) -> tuple[Any, ...]:
    ends = (entry["from_segment"], entry["to_segment"], _tier(entry, "from"), _tier(entry, "to"))
    # An account that moved is named itself.
    named = tuple(name for name in entry["names"] if name == f"{entry['from_segment']}>{entry['to_segment']}")
    within = entry["from_host"] == entry["to_host"]
    return (*ends, tuple(entry["ports"]), entry["level"], entry["needs_name"], named, within)


def _tier(entry: Mapping[str, Any], end: str) -> str:
    """Return what follows the host in an end: /TIER; the end itself where that is no host."""
    host = entry[f"{end}_host"]
    return str(entry[end][len(host) :] if host and entry[end].startswith(host) else entry[end])


def _folded(group: Sequence[Entry]) -> Entry | None:
    """Return one entry for a group; None if it isn't each host to each other one, or hosts aren't known."""
    first = group[0]
    froms, tos = ({entry[f"{end}_host"] for entry in group} for end in ("from", "to"))
    if None in (*froms, *tos) or (first["needs_name"] and not _of_segments(first)):
        return None
    pairs = {(entry["from_host"], entry["to_host"]) for entry in group}
    within = first["from_host"] == first["to_host"]
    each = {(one, other) for one in froms for other in tos if (one == other) == within}
    if len(pairs) != len(group) or pairs != each:
        return None
    ends = [_end(first, end, hosts) for end, hosts in (("from", froms), ("to", tos))]
    told = ("each within itself: " if within else "") + first["text"].rpartition(": ")[2]
    return {
        **first,
        "from": ends[0],
        "to": ends[1],
        "from_host": first["from_host"] if len(froms) == 1 else None,
        "to_host": first["to_host"] if len(tos) == 1 else None,
        "from_hosts": sorted(froms),
        "to_hosts": sorted(tos),
        "within": within,
        "names": [f"{first['from_segment']}>{first['to_segment']}"] if first["needs_name"] else [],
        "text": f"{ends[0]} ({_count(froms)}) -> {ends[1]} ({_count(tos)}): {told}",
    }


def _count(hosts: set[Any]) -> str:
    return f"{len(hosts)} account{'s' if len(hosts) > 1 else ''}"


def _of_segments(entry: Entry) -> bool:
    return f"{entry['from_segment']}>{entry['to_segment']}" in entry["names"]


def _end(entry: Entry, end: str, hosts: set[Any]) -> str:
    name = entry[f"{end}_host"] if len(hosts) == 1 else entry[f"{end}_segment"] or "accounts"
    return f"{name}{_tier(entry, end)}"
