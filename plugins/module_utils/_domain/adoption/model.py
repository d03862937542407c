# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What adopt finds in accounts that have a network already, and what of it an inventory can't say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..network.snapshot import Item, Place
from ..values import foreign_owners

OWNER_TAG, NAME_TAG = "closednet:managed", "closednet:name"


class Foreign(str):
    """Text that somebody wrote in AWS: it is never a template."""

    __slots__ = ()


@dataclass(frozen=True)
class Unexpressed:
    """Something that isn't in the inventory: its id, where it is, and why.

    kind: ``difference`` (the inventory says something else, and a plan would show it), ``unmanaged`` (it stays as it
    is, and no plan shows it), ``foreign`` (another tool owns it) or ``unread``
    """

    kind: str
    where: str
    object: str
    why: str


@dataclass(frozen=True)
class Account:
    """One account in one region, and the name of its host."""

    account_id: str
    region: str
    host: str
    place: Place

    def __str__(self) -> str:
        return f"{self.host} (account {self.account_id}, {self.region})"


@dataclass
class Host:
    """A host of the inventory to be written: its groups, its variables, and its ids by owner tag and address."""

    name: str
    account: Account
    groups: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    ids: dict[str, dict[str, str]] = field(default_factory=dict)

    def own(self, module: str, address: str, id_: str) -> None:
        """Note that the module finds this object under this address."""
        self.ids.setdefault(f"{module}/{self.name}", {})[address] = id_


@dataclass
class Network:
    """Hosts to be written, and what they don't say."""

    hosts: dict[str, Host] = field(default_factory=dict)
    unexpressed: list[Unexpressed] = field(default_factory=list)
    # Ids of objects whose tags aren't only this collection's own.
    tagged_by_others: set[str] = field(default_factory=set)

    def leave(self, kind: str, where: object, object_: str, why: str) -> None:
        self.unexpressed.append(Unexpressed(kind, str(where), object_, why))


def tags_of(item: Item) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in item.get("Tags") or ()}


def owner_of(item: Item, id_: str, released: tuple[str, ...]) -> str:
    """Return which other tool owns the item by its tags, in words; "" if none does, or if it is released by name."""
    tags = tags_of(item)
    return "" if foreign_owners.is_released(id_, tags, released) else foreign_owners.foreign_owner(tags)


def is_ours(tags: Mapping[str, str], title: str) -> bool:
    """Return true if the tags are those that this collection gives, with this Name."""
    return tags.get("Name") == title and set(tags) <= {"Name", OWNER_TAG, NAME_TAG}
