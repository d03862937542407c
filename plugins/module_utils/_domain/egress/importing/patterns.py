# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names and sources of a proxy's rules as sets: which holds which, or a part of it.

A name is ``x.com`` (it alone), ``.x.com`` (it and all names below) or ``*.x.com`` (all names below), as in
``egress_groups``. None as a name is any name that no rule mentions; None as a source any address that none mentions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError, collapse_addresses
from ipaddress import summarize_address_range as addresses
from typing import TypeAlias

Source: TypeAlias = "IPv4Network | None"
NAME = re.compile(r"(?:\*?\.)?(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
LONGEST_NAME = 253


@dataclass(frozen=True)
class Line:
    """Text of a file, and where it is."""

    file: str
    number: int
    text: str

    @property
    def place(self) -> str:
        return f"{self.file}:{self.number}"


@dataclass(frozen=True)
class Unconverted:
    """What a file says and the proposal doesn't."""

    line: Line
    why: str


@dataclass(frozen=True)
class Allowed:
    """A destination that a proxy lets these sources reach. destination: a name or a CIDR; line: what says so."""

    destination: str
    protocol: str
    port: int
    sources: tuple[Source, ...]
    line: Line


@dataclass(frozen=True)
class Imported:
    """What a configuration lets through.

    labels: the names that it gives to sets of sources
    files: its own, with those that it includes
    mentioned: all networks of sources in it: an atom doesn't have the smaller ones
    """

    allowed: tuple[Allowed, ...]
    unconverted: tuple[Unconverted, ...]
    labels: tuple[tuple[str, tuple[Source, ...]], ...] = ()
    files: frozenset[str] = frozenset()
    mentioned: frozenset[IPv4Network] = frozenset()


def name(text: str) -> str | None:
    """Return the name in lower case without its final dot; None if it is none, or a number like an IPv4 address."""
    lower = text.strip().lower().removesuffix(".")
    if len(lower) > LONGEST_NAME + 2 or not NAME.fullmatch(lower) or lower.rpartition(".")[2].isdecimal():
        return None
    return lower


def network(text: str) -> IPv4Network | None:
    """Return an IPv4 address or CIDR as a network; None if it is neither. Bits right of the prefix are dropped."""
    try:
        return IPv4Network(text.strip(), strict=False)
    except (AddressValueError, NetmaskValueError, ValueError):
        return None


def networks(text: str) -> list[IPv4Network] | None:
    """Return an address, a CIDR or a range ``10.0.0.1-10.0.0.9`` as networks; None if it is none of these."""
    first, dash, last = text.partition("-")
    if not dash:
        one = network(text)
        return None if one is None else [one]
    try:
        return list(addresses(IPv4Address(first.strip()), IPv4Address(last.strip())))
    except (AddressValueError, ValueError):
        return None


def base(pattern: str) -> str:
    return pattern.removeprefix("*").removeprefix(".")


def covers(outer: str, inner: str) -> bool:
    """Return true if `outer` holds every name that `inner` holds."""
    if not outer.startswith((".", "*")):
        return outer == inner
    below = base(inner).endswith(f".{base(outer)}")
    if base(inner) != base(outer):
        return below
    return outer.startswith(".") or inner.startswith("*")


def above(name: str) -> list[str]:
    """Return the names above a name, the longest first: ``b.com`` and ``com`` for ``a.b.com``."""
    labels = name.split(".")
    return [".".join(labels[start:]) for start in range(1, len(labels))]


class Names:
    """Values by name, to be found without looking at all of them."""

    def __init__(self, values: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, str] = {}
        # Values of the names with this base, and of those whose base is below it.
        self._same: dict[str, dict[str, str]] = {}
        self._below: dict[str, set[str]] = {}
        for name, value in values:
            self._values.setdefault(name, value)
            self._same.setdefault(base(name), {}).setdefault(name, value)
            for parent in above(base(name)):
                self._below.setdefault(parent, set()).add(value)

    def best(self, asked: str) -> tuple[str, str] | None:
        """Return the most specific name that holds all of `asked`, and its value."""
        own = base(asked)
        forms = [own, f".{own}"] if asked == own else [f".{own}"]
        forms += [f"*.{own}"] if asked.startswith("*") else []
        forms += [form for parent in above(own) for form in (f".{parent}", f"*.{parent}")]
        return next(((form, self._values[form]) for form in forms if form in self._values), None)

    def inside(self, asked: str) -> set[str]:
        """Return the values of the other names that `asked` holds."""
        own = base(asked)
        if asked == own:
            return set()
        same = self._same.get(own, {}) if asked.startswith(".") else {}
        return {value for name, value in same.items() if name != asked} | self._below.get(own, set())

    def holds(self, asked: str | None) -> bool | None:
        """Return whether the names hold what is asked for: all of it, nothing, or (None) a part."""
        if asked is None:
            return False
        return True if self.best(asked) else None if self.inside(asked) else False


def is_within(source: Source, outer: IPv4Network) -> bool:
    """Return true if the atom of this source is within a network that is mentioned itself."""
    return outer.prefixlen == 0 if source is None else source.subnet_of(outer)


def pieces(atoms: Iterable[Source], mentioned: Iterable[IPv4Network]) -> list[IPv4Network]:
    """Return the networks of these atoms: each without the smaller networks that are mentioned and have an atom."""
    inner = sorted(set(mentioned))
    found: list[IPv4Network] = []
    for atom in atoms:
        left = [] if atom is None else [atom]
        for other in inner:
            if atom is not None and other != atom and other.subnet_of(atom):
                left = [part for one in left for part in _without(one, other)]
        found += left
    return list(collapse_addresses(found))


def _without(one: IPv4Network, taken: IPv4Network) -> list[IPv4Network]:
    if one.subnet_of(taken):
        return []
    return list(one.address_exclude(taken)) if taken.subnet_of(one) else [one]
