# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Snapshots that differ from one in a few objects, to ask what the network would do without a rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..network.snapshot import KINDS, Item, Place, Snapshot


class Change(NamedTuple):
    """Change of one object. item: the object as it is -> as it would be; None: it would be deleted."""

    kind: str
    id: str
    item: Callable[[Item], Item | None]


def changed(snapshot: Snapshot, changes: Sequence[Change]) -> Snapshot:
    """Return the snapshot with these changes, in every place that shows an object; the given one stays as it is."""
    places: dict[Place, Mapping[str, tuple[Item, ...]]] = dict(snapshot.places)
    for change in changes:
        key = KINDS[change.kind]
        for place, kinds in places.items():
            items = kinds.get(change.kind, ())
            if any(item[key] == change.id for item in items):
                left = (change.item(item) if item[key] == change.id else item for item in items)
                places[place] = {**kinds, change.kind: tuple(item for item in left if item is not None)}
    return Snapshot(places)


def of_accounts(snapshot: Snapshot, account_ids: Sequence[str]) -> Snapshot:
    """Return the places of these accounts; all places where the snapshot doesn't tell accounts."""
    places = {place: kinds for place, kinds in snapshot.places.items() if place.account_id in (None, *account_ids)}
    return Snapshot(places)


def owner_of(snapshot: Snapshot, kind: str, id_: str) -> tuple[Place, Item] | None:
    """Return the place and the object with an id, as its owner sees it if that place was read; None if nobody does."""
    found = [(place, item) for place, item in snapshot.every(kind) if item[KINDS[kind]] == id_]
    own = [(place, item) for place, item in found if item.get("OwnerId", place.account_id) == place.account_id]
    return next(iter(own or found), None)


def tags(item: Mapping[str, Any]) -> dict[str, str]:
    """Return an object's tags."""
    return {tag["Key"]: tag.get("Value", "") for tag in item.get("Tags", ())}
