# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A snapshot that changes: its items by id, and where AWS would show a changed one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..network.snapshot import KINDS, Place, Snapshot

Fields = dict[str, Any]
OWNER_TAG, NAME_TAG = "closednet:managed", "closednet:name"


class NotModelled(Exception):
    """What a call changes can't be told from the snapshot; the message says why."""


class Missing(NotModelled):
    """What a call changes isn't in the snapshot."""


@dataclass(frozen=True)
class Asked:
    """A call as an operation sees it: where it is sent, its params with ids in place of Refs, and the id it creates."""

    place: Place
    operation: str
    params: Mapping[str, Any]
    new_id: str

    @property
    def tags(self) -> list[dict[str, str]]:
        return [tag for spec in self.params.get("TagSpecifications", ()) for tag in spec["Tags"]]


class World:
    """Items by place, kind and id. An item is replaced, never changed: the snapshot that it came from stays as it is.

    propagations: {(TGW route table, attachment)} known to be enabled
    """

    def __init__(self, snapshot: Snapshot, propagations: Iterable[tuple[str, str]] = ()) -> None:
        self._places: dict[Place, dict[str, dict[str, Mapping[str, Any]]]] = {
            place: {kind: {_key(kind, item): item for item in items} for kind, items in kinds.items()}
            for place, kinds in snapshot.places.items()
        }
        self._where: dict[str, dict[str, list[Place]]] = {}
        self._read = snapshot
        self.propagations = set(propagations)
        for table, item in self.every("TransitGatewayPropagations"):
            for one in item.get("TransitGatewayRouteTablePropagations", ()):
                if one.get("State") in ("enabling", "enabled"):
                    self.propagations.add((table, one["TransitGatewayAttachmentId"]))
        for table, routes in self.every("TransitGatewayRoutes"):
            for route in routes.get("Routes", ()):
                if route.get("Type") == "propagated":
                    self.propagations |= {(table, id_) for id_ in targets(route)}

    def snapshot(self) -> Snapshot:
        places = {
            place: {kind: tuple(items.values()) for kind, items in kinds.items()}
            for place, kinds in self._places.items()
        }
        return replace(self._read, places=places)

    @property
    def places(self) -> list[Place]:
        return list(self._places)

    def every(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield (id, item) of a kind, each once."""
        seen: set[str] = set()
        for kinds in self._places.values():
            for id_, item in kinds.get(kind, {}).items():
                if id_ not in seen:
                    seen.add(id_)
                    yield id_, item

    def at(self, kind: str, place: Place) -> list[Mapping[str, Any]]:
        """Return the items of a kind that a place shows."""
        return list(self._places[place].get(kind, {}).values())

    def there(self, kind: str, id_: str) -> bool:
        return any(id_ in self._places[place].get(kind, {}) for place in self._of(kind, id_))

    def get(self, kind: str, id_: str) -> Mapping[str, Any]:
        """Return an item. Raises Missing if the snapshot lacks it."""
        for place in self._of(kind, id_):
            item = self._places[place].get(kind, {}).get(id_)
            if item is not None:
                return item
        raise Missing(f"{id_} isn't among the {kind} of the snapshot")

    def place_of(self, kind: str, id_: str) -> Place:
        """Return a place that shows an item. Raises Missing without one."""
        self.get(kind, id_)
        return next(place for place in self._of(kind, id_) if id_ in self._places[place].get(kind, {}))

    def add(self, kind: str, item: Mapping[str, Any], *places: Place) -> None:
        id_ = _key(kind, item)
        for place in places:
            self._places[place].setdefault(kind, {})[id_] = item
        known = self._where.get(kind)
        if known is not None:
            known.setdefault(id_, []).extend(place for place in places if place not in known[id_])

    def change(self, kind: str, id_: str, change: Callable[[Fields], Mapping[str, Any]]) -> None:
        """Replace the item by what `change` returns for a copy of it, in each place. Raises Missing without one."""
        self.get(kind, id_)
        for place in self._of(kind, id_):
            items = self._places[place].get(kind, {})
            if id_ in items:
                items[id_] = {**items[id_], **change(dict(items[id_]))}

    def put(self, kind: str, id_: str, key: str, value: Any) -> None:
        """Set a member of an item. Raises Missing without one."""
        self.change(kind, id_, lambda _item: {key: value})

    def append(self, kind: str, id_: str, key: str, new: Mapping[str, Any]) -> None:
        """Add to a list of an item. Raises Missing without one."""
        self.change(kind, id_, lambda item: {key: [*(item.get(key) or ()), new]})

    def drop(self, kind: str, id_: str, key: str, member: str, value: Any) -> None:
        """Take what has this value out of a list of an item. Raises Missing without one."""
        self.change(kind, id_, lambda item: {key: [one for one in item.get(key) or () if one.get(member) != value]})

    def remove(self, kind: str, id_: str) -> None:
        for place in self._of(kind, id_):
            self._places[place].get(kind, {}).pop(id_, None)

    def options(self, place: Place, kind: str, change: Mapping[str, Any]) -> None:
        """Change the one object of a kind that a place has. Raises NotModelled if it wasn't read."""
        items = self._places[place].get(kind)
        if not items:
            raise NotModelled(f"{kind} of {place} wasn't read")
        self._places[place][kind] = {key: {**item, **change} for key, item in items.items()}

    def in_vpc(self, kind: str, vpc_id: str) -> list[tuple[str, Mapping[str, Any]]]:
        return [(id_, item) for id_, item in self.every(kind) if item.get("VpcId") == vpc_id]

    def tagged(self, place: Place, kind: str, tags: Iterable[Mapping[str, str]]) -> str | None:
        """Return the id of the place's item with the same owner and name tags; None without one."""
        wanted = {tag["Key"]: tag["Value"] for tag in tags if tag["Key"] in (OWNER_TAG, NAME_TAG)}
        if len(wanted) < 2 or place not in self._places:
            return None
        for id_, item in self._places[place].get(kind, {}).items():
            if wanted.items() <= tags_of(item).items() and alive(item):
                return id_
        return None

    def _of(self, kind: str, id_: str) -> list[Place]:
        if kind not in self._where:
            where: dict[str, list[Place]] = {}
            for place, kinds in self._places.items():
                for known in kinds.get(kind, {}):
                    where.setdefault(known, []).append(place)
            self._where[kind] = where
        return self._where[kind].get(id_, [])


def tags_of(item: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag.get("Value", "") for tag in item.get("Tags") or ()}


def alive(item: Mapping[str, Any]) -> bool:
    return str(item.get("State", "")).lower() not in ("deleted", "deleting", "failed", "rejected")


def targets(route: Mapping[str, Any]) -> list[str]:
    """Return the ids of the attachments that a route of a TGW route table leads to."""
    return [one["TransitGatewayAttachmentId"] for one in route.get("TransitGatewayAttachments") or ()]


def _key(kind: str, item: Mapping[str, Any]) -> str:
    """Return what tells an item of a kind from others; a place has one object of a kind without a key."""
    return " ".join(str(item.get(member, "")) for member in KINDS[kind].split()) if kind in KINDS else kind
