# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each piece of a path contributes alone: the flow is traced again without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ..network.snapshot import Snapshot
from ..network.trace import Traced
from ..network.tracer import Flow
from ..network.trip import DELIVERED, UNKNOWN
from .pieces import ASSOCIATION, ENTRY, POLICY, PROPAGATION, ROUTE, RULE, THERE, TRANSIT_ROUTE, Pair, Piece
from .variants import changed

Retrace = Callable[[Snapshot], Traced]
CLOSES, NOTHING, ELSEWHERE, NOT_KNOWN, NOT_JUDGED = "closes", "changes nothing", "another path", "unknown", "not judged"
# Pieces of which the packet needs one of each place; others of the place stand for one another.
HIDDEN = "; a propagated route that it hides isn't shown by AWS, and would take over"


class Contribution(NamedTuple):
    """Piece, and what the network does without it.

    alone: closes, changes nothing, another path, unknown (what would happen) or not judged; says: in words
    """

    piece: Piece
    alone: str
    says: str


def contributions(snapshot: Snapshot, pieces: Sequence[Piece], as_is: Traced, retrace: Retrace) -> list[Contribution]:
    """Return what each piece of a delivered flow contributes, without pieces that don't let it through.

    retrace: traces the flow in another snapshot
    """
    admitting = [piece for piece in pieces if _admits(snapshot, piece, pieces, retrace)]
    found = [_alone(snapshot, piece, as_is, retrace) for piece in admitting]
    return found


def together(snapshot: Snapshot, found: Sequence[Contribution], retrace: Retrace) -> list[str]:
    """Return, for each place where several pieces each change nothing alone, what deleting all of them does."""
    # A table or ACL may be passed in both directions.
    by_place: dict[tuple[Pair, str], list[Piece]] = {}
    for one in found:
        if one.alone == NOTHING:
            by_place.setdefault((one.piece.place, one.piece.direction), []).append(one.piece)
    says = []
    for pieces in by_place.values():
        if len(pieces) < 2:
            continue
        verdict = retrace(changed(snapshot, [change for piece in pieces for change in piece.changes])).verdict
        names = " and ".join(f"{piece.id}: {piece.what}" for piece in pieces)
        ends = {DELIVERED: "still changes nothing", UNKNOWN: f"leads to what isn't known: {verdict.decided_by.message}"}
        says.append(f"removing {names} together {ends.get(verdict.verdict, 'closes it')}")
    return says


def _admits(snapshot: Snapshot, piece: Piece, pieces: Sequence[Piece], retrace: Retrace) -> bool:
    """Return false for a rule of a security group that doesn't mean the other side, found by leaving out the others."""
    if piece.kind != RULE:
        return True
    others = [one for one in pieces if one.place == piece.place and one is not piece]
    if not others:
        return True
    without = changed(snapshot, [change for one in others for change in one.changes])
    return retrace(without).verdict.verdict in (DELIVERED, UNKNOWN)


def _alone(snapshot: Snapshot, piece: Piece, as_is: Traced, retrace: Retrace) -> Contribution:
    if piece.kind == POLICY:
        return Contribution(piece, NOT_JUDGED, "decides on requests: not by packets")
    if not piece.changes:
        return Contribution(piece, NOT_JUDGED, "can't be deleted: AWS's own")
    without = retrace(changed(snapshot, piece.changes))
    verdict = without.verdict
    hidden = HIDDEN if piece.kind == TRANSIT_ROUTE else ""
    if verdict.verdict == UNKNOWN:
        return Contribution(piece, NOT_KNOWN, f"without it the answer isn't known: {verdict.decided_by.message}")
    if verdict.verdict != DELIVERED:
        by = f"{verdict.decided_by.by} {', '.join(verdict.decided_by.ids)}: {verdict.decided_by.message}"
        what = "removing this association closes it" if piece.kind == ASSOCIATION else "removing this closes it"
        return Contribution(piece, CLOSES, f"{what} ({by}){hidden}")
    if verdict.path != as_is.verdict.path:
        return Contribution(piece, ELSEWHERE, f"removing this changes the path: {' > '.join(verdict.path)}")
    others = " and ".join(_instead(piece, without))
    also = f": {others} also lets it through" if others else ": the flow doesn't depend on it"
    return Contribution(piece, NOTHING, f"removing this changes nothing{also}")


def _instead(piece: Piece, without: Traced) -> Iterator[str]:
    """Yield what lets the flow through without a piece, at its place."""
    flow = next((one for one in without.flows if isinstance(one, Flow)), None)
    if flow is None:
        return
    parts = [flow.there] if piece.direction == THERE else flow.back
    hops = [hop for part in parts for hop in part.hops]
    if piece.kind in (ROUTE, TRANSIT_ROUTE, PROPAGATION):
        used = next((hop for hop in hops if hop.table == piece.id), None)
        yield from [f"the route {used.route}"] if used else []
        return
    way, by = piece.what.partition(" ")[0], {ENTRY: "network_acl", RULE: "security_group"}.get(piece.kind, "")
    for decision in dict.fromkeys(one for hop in hops for one in hop.lets_through):
        same = piece.kind != ENTRY or decision.ids[0] == piece.id
        if decision.by == by and same and decision.message.startswith(way):
            yield f"{', '.join(decision.ids)}, {decision.message}"
