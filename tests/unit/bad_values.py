# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values that people give by mistake, for every option of a specification, at every depth."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

# Characters of a message: fewer than this, whatever the value.
LONGEST_MESSAGE = 4000


class Leaf(NamedTuple):
    """Option at the end of a path of names, its specification, and the options beside it that it excludes."""

    path: tuple[str, ...]
    spec: Mapping[str, Any]
    excludes: frozenset[str]

    @property
    def name(self) -> str:
        return ".".join(self.path)


class Bad(NamedTuple):
    kind: str
    value: Any


def leaves(
    spec: Mapping[str, Mapping[str, Any]], constraints: Mapping[str, Any], above: tuple[str, ...] = ()
) -> Iterator[Leaf]:
    for name, of_it in spec.items():
        groups = [group for group in constraints.get("mutually_exclusive", ()) if name in group]
        excludes = {other for group in groups for other in group} - {name}
        for group in constraints.get("required_together", ()):
            excludes |= set(group) if excludes & set(group) else set()
        yield Leaf((*above, name), of_it, frozenset(excludes - {name}))
        yield from leaves(of_it.get("options", {}), of_it, (*above, name))


def holder(given: Any, path: tuple[str, ...]) -> dict[str, Any] | None:
    """Return the mapping that holds the option at this path, in a list its first item; None where there is none."""
    for name in path[:-1]:
        given = given.get(name)
        if isinstance(given, list):
            given = given[0] if given else None
        if not isinstance(given, dict):
            return None
    return given


def with_value(given: Mapping[str, Any], leaf: Leaf, value: Any) -> dict[str, Any]:
    """Return a copy of the options with this value of the option, without the options that it excludes."""
    changed = copy.deepcopy(dict(given))
    held = holder(changed, leaf.path)
    for other in leaf.excludes:
        held.pop(other, None)
    held[leaf.path[-1]] = value
    return changed


TEXTS = (
    Bad("list for text", ["a", "b"]),
    Bad("mapping for text", {"a": "b"}),
    Bad("empty", ""),
    Bad("huge", "a" * 100_000),
    Bad("control characters", "a\x1b[2Jb"),
    Bad("newline", "a\nb"),
    Bad("newline at the end", "ab\n"),
    Bad("unicode", "käse"),
    Bad("invisible", "a\u202eb\u200bc"),
)
NUMBERS = (
    Bad("text for a number", "many"),
    Bad("list for a number", [1]),
    Bad("empty", ""),
    Bad("negative", -1),
    Bad("huge", 10**30),
    Bad("fraction", 1.5),
)
MAPPINGS = (
    Bad("text for a mapping", "text"),
    Bad("number for a mapping", 5),
    Bad("list for a mapping", ["a"]),
    Bad("unknown word", {"zzz": 1}),
)
OF_TYPES = {
    "str": TEXTS,
    "path": TEXTS,
    "int": NUMBERS,
    "bool": (Bad("text for a boolean", "perhaps"), Bad("list for a boolean", [True]), Bad("number", 7)),
    "dict": MAPPINGS,
    "raw": (*TEXTS, Bad("unknown word", {"zzz": 1})),
}


def of(leaf: Leaf, valid: Any) -> Iterator[Bad]:
    """Yield bad values for the option. valid: a value that the option may have, where one is known."""
    kind = leaf.spec.get("type", "str")
    if kind != "list":
        yield from OF_TYPES[kind]
        return
    yield Bad("mapping for a list", {"a": "b"})
    yield Bad("null in the list", [None])
    yield Bad("empty", [])
    for bad in OF_TYPES[leaf.spec["elements"]]:
        yield Bad(f"item: {bad.kind}", [bad.value])
    if isinstance(valid, list) and valid:
        yield Bad("duplicate", [*valid, copy.deepcopy(valid[0])])


def is_told(text: str, leaf: Leaf, bad: Bad) -> bool:
    """Return true if a message names the option and shows what it can of the value, on one line that isn't too long."""
    value = bad.value[0] if bad.kind.startswith("item: ") else bad.value
    if leaf.spec.get("no_log"):
        return leaf.path[-1] in text and (repr(value) not in text or not value)
    says_value = any(shown[:40] in text for shown in (repr(value), str(value)))
    needless = bad.kind.endswith(("empty", "unknown word", "duplicate")) or _tells_type(text)
    return leaf.path[-1] in text and (says_value or needless) and len(text) < LONGEST_MESSAGE and text.isprintable()


def _tells_type(text: str) -> bool:
    """Return true if a message names the type, which says more of a value of a wrong type than the value."""
    return any(words in text for words in (" is a list", " is a mapping", " is no mapping", " is null", "<class '"))
