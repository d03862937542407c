# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Segments of a transit gateway's route tables, and what of the tables they don't say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..hub import segments
from ..hub.segments import Attachment, Table
from ..values.internet import EVERYWHERE
from .gateways import TableFound


@dataclass(frozen=True)
class Declaration:
    """hub_segments and hub_blackholes; differences: what a plan with them would change in the tables, in words.

    refused: what the check of the inventory says against them.
    """

    segments: Mapping[str, Any]
    blackholes: bool
    differences: tuple[str, ...]
    refused: tuple[str, ...] = ()


def infer(tables: Sequence[TableFound], members: Mapping[str, Attachment]) -> Declaration:
    """Return the declaration that is nearest to the tables. members: {attachment id: as it is to be declared}."""
    plain = _plain(tables, members)
    exits = [name for name in plain if _is_exit(name, tables, members)]
    choices = [
        _declaration(_with_exit(plain, name), blackholes, tables, members)
        for name in (None, *exits)
        for blackholes in (False, True)
    ]
    return min(choices, key=lambda choice: (len(choice.refused), len(choice.differences), _size(choice)))


def _size(choice: Declaration) -> int:
    return sum(len(segment.get("static_routes", ())) for segment in choice.segments.values())


def _plain(tables: Sequence[TableFound], members: Mapping[str, Attachment]) -> dict[str, dict[str, Any]]:
    """Return each segment with isolated and reaches, as the routes between their members are both ways."""
    declared: dict[str, dict[str, Any]] = {table.segment: {} for table in tables}
    for index, table in enumerate(tables):
        if _counts(table, table, members) == (0, 0):
            pass
        elif not _reaches([(table, table)], members):
            declared[table.segment]["isolated"] = True
        for other in tables[index + 1 :]:
            if _reaches([(table, other), (other, table)], members):
                # The one with more members says whom it reaches.
                first, second = sorted((table, other), key=lambda one: (-len(one.associations), one.segment))
                declared[first.segment].setdefault("reaches", []).append(second.segment)
    return declared


def _reaches(ways: Iterable[tuple[TableFound, TableFound]], members: Mapping[str, Attachment]) -> bool:
    carried = missing = 0
    for table, other in ways:
        there, lacking = _counts(table, other, members)
        carried, missing = carried + there, missing + lacking
    return carried > missing


def _counts(table: TableFound, other: TableFound, members: Mapping[str, Attachment]) -> tuple[int, int]:
    """Return how many of the other table's members this one has routes to, and how many it hasn't."""
    routed = {*table.propagations, *(id_ for id_ in table.static.values() if id_)}
    of_other = [id_ for id_ in other.associations if id_ in members]
    there = sum(id_ in (table.propagations if members[id_].propagates else routed) for id_ in of_other)
    return there, len(of_other) - there


def _is_exit(name: str, tables: Sequence[TableFound], members: Mapping[str, Attachment]) -> bool:
    """Return true if default routes of other tables lead to this segment's only member."""
    inside = [id_ for table in tables if table.segment == name for id_ in table.associations if id_ in members]
    led = Counter(t.static[to] for t in tables if t.segment != name for to in EVERYWHERE if t.static.get(to))
    return len(inside) == 1 and led[inside[0]] > 0


def _with_exit(plain: Mapping[str, Mapping[str, Any]], name: str | None) -> dict[str, dict[str, Any]]:
    declared = {segment: dict(options) for segment, options in plain.items()}
    if name is not None:
        declared[name] = {**{k: v for k, v in declared[name].items() if k != "isolated"}, "egress": True}
        if plain[name].get("isolated"):
            declared[name]["isolated"] = True
    return declared


def _declaration(
    declared: dict[str, dict[str, Any]],
    blackholes: bool,
    tables: Sequence[TableFound],
    members: Mapping[str, Attachment],
) -> Declaration:
    attachments = list(members.values())
    planned = segments.tables(declared, attachments, blackholes)
    for table in tables:
        extra = list(_extra(table, planned[table.segment], declared, members))
        if extra:
            declared[table.segment]["static_routes"] = extra
    planned = segments.tables(declared, attachments, blackholes)
    differences = [line for table in tables for line in _differences(table, planned[table.segment], members)]
    problems = [*segments.check(declared, attachments), *segments.check_ways_out(declared, attachments)]
    # With nothing isolated, blackholes say nothing.
    drops = blackholes and any(segment.get("isolated") for segment in declared.values())
    return Declaration(declared, drops, tuple(differences), tuple(map(str, problems)))


def _static(table: Table) -> dict[str, str]:
    return {
        **dict.fromkeys(table.blackholes, ""),
        **{route.destination: route.attachment or "" for route in table.static_routes},
    }


def _extra(
    table: TableFound, planned: Table, declared: Mapping[str, Mapping[str, Any]], members: Mapping[str, Attachment]
) -> Iterator[dict[str, Any]]:
    """Yield the table's static routes that its segment has to declare, where a segment can."""
    implied = _static(planned)
    reached = _reached(table.segment, declared)
    for destination, id_ in sorted(table.static.items()):
        name = members[id_].name if id_ in members else ""
        if destination in implied and implied[destination] == name:
            continue
        if not id_:
            yield {"destination": destination, "blackhole": True}
        elif name and members[id_].segment in reached:
            yield {"destination": destination, "attachment": name}


def _reached(name: str, declared: Mapping[str, Mapping[str, Any]]) -> set[str]:
    reached = set() if declared[name].get("isolated") else {name}
    reached |= set(declared[name].get("reaches", ()))
    return reached | {other for other, options in declared.items() if name in options.get("reaches", ())}


def _differences(table: TableFound, planned: Table, members: Mapping[str, Attachment]) -> Iterator[str]:
    """Yield what a plan would change in a table."""
    names = {id_: member.name for id_, member in members.items()}

    def told(ids: Iterable[str]) -> set[str]:
        return {names.get(id_, id_) for id_ in ids}

    for id_ in sorted(set(table.associations) - names.keys()):
        yield f"{table}: {id_} is associated and can't be declared: it would stay out of all segments"
    for name in sorted(set(planned.propagations) - told(table.propagations)):
        yield f"{table}: the inventory would add the propagation of {name}"
    for name in sorted(told(table.propagations) - set(planned.propagations)):
        yield f"{table}: the inventory would delete the propagation of {name}"
    there = {to: names.get(id_, id_) for to, id_ in table.static.items()}
    wanted = _static(planned)
    for to in sorted(wanted.keys() - there.keys()):
        yield f"{table}: the inventory would add the static route {to} ({wanted[to] or 'blackhole'})"
    for to in sorted(there.keys() - wanted.keys()):
        yield f"{table}: the inventory would delete the static route {to} ({there[to] or 'blackhole'})"
    for to in sorted(there.keys() & wanted.keys()):
        if there[to] != wanted[to]:
            yield f"{table}: the inventory would lead {to} to {wanted[to] or 'nowhere'}, not {there[to] or 'nowhere'}"
