# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an approval binds of an effect, and which openings have to be named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..._core.errors import Invalid
from ..hub import openings

Entry = Mapping[str, Any]
KINDS = {"opens": "opens", "closes": "closes", "loses_inspection": "takes past the firewall"}
# tcp 443, 8000-8080
PORTS = re.compile(r"(?P<protocol>.*?)(?: (?P<ranges>\d+(?:-\d+)?(?:, \d+(?:-\d+)?)*))?")
EVERYTHING = ("all", "all traffic")


def beyond(effect: Entry, approved: Entry) -> list[str]:
    """Return a line for each thing that an effect has and the approved one hasn't. [] if there is none.

    Less is fine: an interrupted run has done some of it. What was known when it was approved and no longer is,
    with or without the plan, may hide what opens. Raises Invalid for what is no effect.
    """
    for which in (effect, approved):
        check(which)
    lines = []
    for kind, words in KINDS.items():
        had = _by_ends(approved[kind])
        for entry in effect[kind]:
            for ends, shown in _pairs(entry):
                ports = _left(entry, had.get(ends, ()))
                if ports:
                    lines.append(f"{words} {shown}: {', '.join(ports)}")
                    break
    known, reasons = (dict.fromkeys((*one["unknown"], *one.get("unknown_before", ()))) for one in (approved, effect))
    return [*lines, *(f"opens what isn't known: {reason}" for reason in reasons if reason not in known)]


def check(effect: Any) -> None:
    """Raise Invalid for what is no effect of a plan."""
    lists = (*KINDS, "unknown")
    if not isinstance(effect, Mapping) or any(not isinstance(effect.get(key), list) for key in lists):
        raise Invalid("effect", None, "isn't that of a plan", f"a mapping with the lists {', '.join(lists)}")
    if effect.get("version") != 1:
        raise Invalid("effect.version", effect.get("version"), "isn't known here", "1")


def unnamed(effect: Entry, allow_opens: Iterable[Any]) -> list[str]:
    """Return `FROM>TO: what opens` for each opening that needs a name which isn't in allow_opens. Raises Invalid."""
    check(effect)
    allowed = {f"{one}>{other}" for one, other in openings.parse(allow_opens)}
    lines = []
    for entry in effect["opens"]:
        if entry.get("needs_name") and allowed.isdisjoint(_names(entry)) and not _each_is_named(entry, allowed):
            lines.append(f"{entry['crosses']}: {entry['text']}")
    return lines


def unused(effect: Entry, allow_opens: Iterable[Any]) -> list[str]:
    """Return the names of allow_opens that nothing of the effect needs, such as misspelt ones. Raises Invalid."""
    needing = [entry for entry in effect["opens"] if entry.get("needs_name")]
    pairs = sorted(openings.parse(allow_opens))
    return [f"{one}>{other}" for one, other in pairs if not any(_is_named(entry, one, other) for entry in needing)]


def _is_named(entry: Entry, one: str, other: str) -> bool:
    froms = (entry.get("from_segment"), *(entry.get("from_hosts") or ()))
    tos = (entry.get("to_segment"), *(entry.get("to_hosts") or ()))
    return f"{one}>{other}" in _names(entry) or (one in froms and other in tos)


def _each_is_named(entry: Entry, allowed: set[str]) -> bool:
    """Return true if each pair of hosts is allowed that an opening of the hub's tables stands for."""
    if entry.get("level") != "tables" or not entry.get("from_hosts"):
        return False
    froms = {one: {one, entry.get("from_segment")} for one in entry["from_hosts"]}
    tos = {other: {other, entry.get("to_segment")} for other in entry["to_hosts"]}
    return all(
        any(f"{a}>{b}" in allowed for a in froms[one] for b in tos[other])
        for one in froms
        for other in tos
        if one != other
    )


def _names(entry: Entry) -> set[str]:
    return set(entry.get("names") or [entry["crosses"]])


def _pairs(entry: Entry) -> Iterable[tuple[tuple[str, str, str], str]]:
    """Yield ((from, to, level), words) of each pair that an entry stands for."""
    froms, tos = entry.get("from_hosts"), entry.get("to_hosts")
    if not froms or not tos:
        yield (entry["from"], entry["to"], entry["level"]), f"{entry['from']} -> {entry['to']}"
        return
    tails = [_tail(entry["from"]), _tail(entry["to"])]
    for one in froms:
        for other in tos:
            if (one == other) == bool(entry.get("within")):
                ends = (f"{one}{tails[0]}", f"{other}{tails[1]}")
                yield (*ends, entry["level"]), " -> ".join(ends)


def _tail(end: str) -> str:
    _name, slash, tier = end.partition("/")
    return f"{slash}{tier}"


def _by_ends(entries: Iterable[Entry]) -> dict[tuple[str, str, str], list[str]]:
    found: dict[tuple[str, str, str], list[str]] = {}
    for entry in entries:
        for ends, _shown in _pairs(entry):
            found.setdefault(ends, []).extend(entry["ports"])
    return found


def _left(entry: Entry, approved: Sequence[str]) -> list[str]:
    return [port for port in entry["ports"] if not any(holds(one, port) for one in approved)]


def holds(approved: str, port: str) -> bool:
    """Return true if what was approved includes these ports."""
    # A protocol alone is all of its ports and types.
    if approved in (port, *EVERYTHING) or port.startswith(f"{approved} "):
        return True
    one, other = PORTS.fullmatch(approved), PORTS.fullmatch(port)
    if not one or not other or one["protocol"] != other["protocol"]:
        return False
    if one["ranges"] is None or other["ranges"] is None:
        return False
    return all(
        any(first <= low and high <= last for first, last in _ranges(one["ranges"]))
        for low, high in _ranges(other["ranges"])
    )


def _ranges(text: str) -> list[tuple[int, int]]:
    """Return 443, 8000-8080 as pairs of numbers."""
    pairs = (part.partition("-") for part in text.split(", "))
    return [(int(first), int(last or first)) for first, _dash, last in pairs]
