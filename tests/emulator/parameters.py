# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parameters of any operation, built from its API model: valid-looking ones, and those with one odd value."""

from __future__ import annotations

import copy
import datetime
import random
from collections.abc import Iterator
from typing import Any

# By the end of a member's name, for what no created resource has.
BY_NAME = {
    "cidr": "10.9.0.0/16",
    "cidrblock": "10.9.0.0/16",
    "arn": "arn:aws:iam::222222222222:role/some",
    "ip": "10.1.0.9",
    "address": "10.1.0.9",
    "policy": '{"Version": "2012-10-17", "Statement": []}',
    "document": '{"Version": "2012-10-17", "Statement": []}',
}
# By the type of a member: too long, of another account, of nothing that exists, of another type, none.
ODD: dict[str, list[Any]] = {
    "string": [
        "",
        "x" * 3000,
        'ü☃\n<&>"',
        "nonsense",
        "-1",
        "arn:aws:iam::555555555555:role/x",
        "vpc-00000000000000000",
    ],
    "integer": [-1, 0, 2**40, "abc"],
    "long": [-1, 0, 2**63, "abc"],
    "float": [-1.5, "abc"],
    "double": [-1.5, "abc"],
    "boolean": ["maybe"],
    "timestamp": ["never", -1],
    "blob": [b"", b"\xff\xfe"],
    "list": [[]],
    "map": [{}],
    "structure": [{}],
}


class Parameters:
    """Parameters of one service's operations. known: names of members with values of resources that exist."""

    def __init__(self, known: dict[str, str]):
        self.known = known

    def least(self, shape: Any, name: str = "") -> Any:
        """Return a value of a shape: of a structure its required members."""
        kind = shape.type_name
        if kind == "structure":
            return {key: self.least(shape.members[key], key) for key in shape.required_members}
        if kind == "list":
            return [self.least(shape.member, name.removesuffix("s"))]
        if kind == "map":
            return {"k": self.least(shape.value, name)}
        simple = {
            "integer": max(1, int(shape.metadata.get("min") or 1)),
            "long": max(1, int(shape.metadata.get("min") or 1)),
            "float": 1.0,
            "double": 1.0,
            "boolean": name != "DryRun",
            "timestamp": datetime.datetime(2026, 11, 30, tzinfo=datetime.timezone.utc),
            "blob": b"{}",
        }
        return simple[kind] if kind in simple else self._text(shape, name)

    def _text(self, shape: Any, name: str) -> str:
        if shape.enum:
            return str(shape.enum[0])
        for other in (name, f"{name}s", name[:1].upper() + name[1:], name[:1].lower() + name[1:]):
            if other in self.known:
                return self.known[other]
        for end, value in BY_NAME.items():
            if name.lower().endswith(end):
                return value
        shortest = int(shape.metadata.get("min") or 0)
        return "some-name".ljust(shortest, "x")

    def odd(self, shape: Any, count: int, seed: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield `count` times (what is odd, parameters): drawn from all members and odd values, the same each time."""
        choice = random.Random(seed)
        places = [(path, member) for path, member in _members(shape) if member.type_name in ODD]
        drawn = [(path, value) for path, member in places for value in [*ODD[member.type_name], *_enum(member)]]
        for path, value in choice.sample(drawn, min(count, len(drawn))):
            yield f"{'.'.join(map(str, path))} = {str(value)[:40]!r}", self._with(shape, path, value)

    def _with(self, shape: Any, path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
        whole: dict[str, Any] = copy.deepcopy(self.least(shape))
        at: Any = whole
        for key, following in zip(path, [*path[1:], None], strict=True):
            shape = shape.members[key] if isinstance(key, str) else shape.member
            if following is None and isinstance(key, int):
                at[:1] = [value]
            elif following is None:
                at[key] = value
            elif isinstance(key, int):
                at[:1] = at[:1] or [self.least(shape)]
                at = at[0]
            else:
                at = at.setdefault(key, self.least(shape, key))
        return whole


def _enum(shape: Any) -> list[str]:
    return list(getattr(shape, "enum", None) or [])[1:6]


def _members(shape: Any, path: tuple[str | int, ...] = (), seen: tuple[str, ...] = ()) -> Iterator[tuple[Any, Any]]:
    if shape.name in seen or len(path) > 5:
        return
    inner = shape.members.items() if shape.type_name == "structure" else ()
    inner = [(0, shape.member)] if shape.type_name == "list" else inner
    for key, member in inner:
        yield (*path, key), member
        yield from _members(member, (*path, key), (*seen, shape.name))
