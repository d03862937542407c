# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a change of a Transit Gateway's route tables opens between attachments, and which of it has to be named.

A typo in a segment's name, a `reaches` too many or a removed `isolated` looks the same as a wish to connect. So an
opening that touches an attachment which is in use, and whose segment is isolated before or after, has to be named
`FROM>TO`, each a segment or an attachment. An attachment that is new in a segment gets what its segment has already
without being named, and what somebody closed by hand for some of two segments is repaired.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..._core.errors import Invalid

# Pairs of attachments that are compared with names one by one; of more, the names of their segments are needed.
MOST_PAIRS = 10_000
SHOWN = 3


@dataclass(frozen=True)
class Table:
    """A route table: its associated attachments, and those to which its routes lead for some address.

    held_back: attachments that propagate to it and that other routes, a blackhole say, hide. Somebody wanted that.
    """

    associations: frozenset[str]
    leads_to: frozenset[str]
    held_back: frozenset[str] = frozenset()


class _Class(NamedTuple):
    """Attachments with the same segment before ("": none) and after. It is the segment that they are named by."""

    before: str
    after: str

    @property
    def moved(self) -> bool:
        return bool(self.before) and self.before != self.after


@dataclass(frozen=True)
class _Network:
    before: Mapping[str, Table]
    after: Mapping[str, Table]
    isolated: frozenset[str]
    classes: Mapping[_Class, frozenset[str]]

    def touches_isolated(self, one: _Class) -> bool:
        return bool(one.before) and not self.isolated.isdisjoint((one.before, one.after))


def parse(names: Iterable[Any], option: str = "allow_opens") -> frozenset[tuple[str, str]]:
    """Return the pairs of names `FROM>TO`. An empty one, as a survey leaves it, names nothing. Raises Invalid."""
    pairs = set()
    for index, name in enumerate(names):
        if name == "":
            continue
        one, sign, other = (part.strip() for part in str(name).partition(">"))
        if not (one and sign and other) or ">" in other:
            expected = "FROM>TO, each a segment or a host, such as customers>partners"
            raise Invalid(f"{option}[{index}]", name, "names no opening", expected)
        pairs.add((one, other))
    return frozenset(pairs)


def openings(
    before: Mapping[str, Table],
    after: Mapping[str, Table],
    isolated: Iterable[str],
    with_routes: Iterable[str],
    allowed: frozenset[tuple[str, str]] = frozenset(),
) -> dict[str, str]:
    """Return {`FROM>TO`: what opens, in words} of the openings that need a name and aren't in `allowed`.

    before, after: the tables by segment. isolated: segments declared as isolated; a table that doesn't lead to its own
    members was of one, too. with_routes: attachments to which some table could lead, which a firewall has not. An
    account that moves between segments is named itself: its old segment's openings were never its own.
    """
    network = _known(before, after, isolated, with_routes)
    return {name: _words(pairs, network) for name, pairs in sorted(_found(network, allowed).items())}


def pairs_to_be_named(
    before: Mapping[str, Table], after: Mapping[str, Table], isolated: Iterable[str], with_routes: Iterable[str]
) -> dict[str, list[tuple[str, str]]]:
    """Return {`FROM>TO`: (sender, receiver) of each pair that it stands for}; of more than MOST_PAIRS, not all."""
    return _found(_known(before, after, isolated, with_routes), frozenset())


def _known(
    before: Mapping[str, Table], after: Mapping[str, Table], isolated: Iterable[str], with_routes: Iterable[str]
) -> _Network:
    return _network(before, after, {*isolated, *_found_isolated(before, set(with_routes))})


def _found(network: _Network, allowed: frozenset[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for one, other, members, targets in _opened(network):
        if _needs_name(network, one, other, targets):
            for name, pair in _names(one, other, members, targets, allowed):
                found[name].append(pair)
    return found


def _found_isolated(tables: Mapping[str, Table], with_routes: set[str]) -> Iterator[str]:
    for segment, table in tables.items():
        if (table.associations & with_routes) - table.leads_to:
            yield segment


def _network(before: Mapping[str, Table], after: Mapping[str, Table], isolated: set[str]) -> _Network:
    was = {name: segment for segment, table in before.items() for name in table.associations}
    now = {name: segment for segment, table in after.items() for name in table.associations}
    classes: dict[_Class, set[str]] = defaultdict(set)
    # A route may lead to an attachment that is in no table.
    for name in {*was, *now}.union(*(table.leads_to for table in after.values())):
        classes[_Class(was.get(name, ""), now.get(name, ""))].add(name)
    return _Network(before, after, frozenset(isolated), {key: frozenset(value) for key, value in classes.items()})


def _opened(network: _Network) -> Iterator[tuple[_Class, _Class, frozenset[str], frozenset[str]]]:
    """Yield (class, class, senders, receivers) of attachments that reach each other now and didn't before."""
    nowhere: frozenset[str] = frozenset()
    for one, members in network.classes.items():
        leads_to = network.after[one.after].leads_to if one.after else nowhere
        new = leads_to - (network.before[one.before].leads_to if one.before else nowhere)
        for other, others in network.classes.items():
            targets = others & new
            if targets and (one != other or len(members | targets) > 1):
                yield one, other, members, targets


def _needs_name(network: _Network, one: _Class, other: _Class, targets: frozenset[str]) -> bool:
    if not (network.touches_isolated(one) or network.touches_isolated(other)):
        return False
    if one.moved or other.moved or not (one.after and other.after):
        return True
    ways = (one, other), (other, one)
    if bool(one.before) != bool(other.before):
        # The other end is new, and gets what its segment has with this one's.
        return not any(_reached(network, *pair) for pair in ways)
    if one.before and targets & network.before[one.before].held_back:
        return True
    # What somebody closed by hand between two segments is repaired as long as the rest of them shows the relation.
    repaired = one.after != other.after and any(_mostly(network, *pair) for pair in ways)
    return not repaired


def _reached(network: _Network, one: _Class, other: _Class) -> bool:
    """Return true if the segment of `one` led to members of that of `other` before."""
    table = network.before.get(one.after)
    of_other = _of_segment(network, other)
    return bool(table and any(table.associations - {name} for name in table.leads_to & of_other))


def _mostly(network: _Network, one: _Class, other: _Class) -> bool:
    """Return true if the segment of `one` led to most members of that of `other` before: a leak leads to one."""
    table = network.before.get(one.after)
    if table is None or not table.associations:
        return False
    of_other = network.before[other.after].associations if other.after in network.before else frozenset()
    return 2 * len(table.leads_to & of_other) > len(of_other)


def _of_segment(network: _Network, one: _Class) -> set[str]:
    """Return the attachments of a class's segment; what isn't in a table yet may be led to already."""
    classes = network.classes.items()
    return {name for key, names in classes if (key.before or key.after) == one.after for name in names}


def _names(
    one: _Class,
    other: _Class,
    members: frozenset[str],
    targets: frozenset[str],
    allowed: frozenset[tuple[str, str]],
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield (name that is needed, an opened pair) for the pairs that aren't allowed."""
    if one.moved:
        receivers = {(name, other.after or name) for name in targets}
        for sender in sorted(members):
            missing = {
                segment: name
                for name, segment in sorted(receivers, reverse=True)
                if name != sender and allowed.isdisjoint({(sender, segment), (sender, name)})
            }
            yield from ((f"{sender}>{segment}", (sender, name)) for segment, name in missing.items())
    elif other.moved:
        for receiver in sorted(targets):
            if senders := {m for m in members if allowed.isdisjoint({(one.after, receiver), (m, receiver)})}:
                yield f"{one.after}>{receiver}", (min(senders), receiver)
    elif (one.after, other.after) not in allowed:
        yield from _of_segments(one, other, members, targets, allowed)


def _of_segments(
    one: _Class,
    other: _Class,
    members: frozenset[str],
    targets: frozenset[str],
    allowed: frozenset[tuple[str, str]],
) -> Iterator[tuple[str, tuple[str, str]]]:
    senders = sorted(name for name in members if (name, other.after) not in allowed)
    receivers = sorted(name for name in targets if (one.after, name) not in allowed)
    # An attachment that is in no table is named itself.
    to = other.after
    shown = 0
    for sender in senders:
        for receiver in receivers:
            if shown > MOST_PAIRS:
                return
            if sender != receiver and (sender, receiver) not in allowed:
                shown += 1
                yield f"{one.after}>{to or receiver}", (sender, receiver)


def _words(pairs: list[tuple[str, str]], network: _Network) -> str:
    places = {name: key for key, names in network.classes.items() for name in names}
    shown = [f"{_place(sender, places)} to {_place(receiver, places)}" for sender, receiver in pairs[:SHOWN]]
    return ", ".join(shown) + (" and others" if len(pairs) > SHOWN else "")


def _place(name: str, places: Mapping[str, _Class]) -> str:
    key = places[name]
    if key.moved:
        return f"{name} ({key.before} -> {key.after or 'no table'})"
    return f"{name} ({key.after or 'no table'})"
