# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verdicts on every ordered pair of accounts: what AWS's forwarding carries, compared with the declaration.

proven: declared closed, and no packet gets there: by routes alone (level `routes`), or by filters that aren't the
sender's (level `filters`), for any interface that the receiver may create with the security groups that it has.
counterexample: declared closed, and this packet gets there; the tracer, which doesn't work with sets, agrees.
unknown: an object that isn't known, wasn't read, or on which both disagree.
open: declared open, and these packets get there. closed: declared to reach, and doesn't.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from . import ways
from .declaration import INTERNET, PREMISES, Declaration, Declared
from .retrace import Retraced, Sender
from .ways import Decides, Reason

PROVEN, COUNTEREXAMPLE, UNKNOWN, OPEN, CLOSED = "proven", "counterexample", "unknown", "open", "closed"
# Verdicts of which verify fails, the worst first.
FAILING = (COUNTEREXAMPLE, CLOSED, UNKNOWN)
ROUTES, FILTERS = "routes", "filters"
# Pairs of accounts that are looked at packet by packet, and of sites that are looked at with filters. Beyond, a pair
# is unknown, or its ports aren't told: an inventory with so many leaks has one cause, which the first ones show.
MOST_LEAKS, MOST_OPEN = 1000, 20_000
# Of Flow.closed_by, where no interface could be at the receiver's, which proves nothing of its filters.
NOBODY = "nothing_takes"
# Decisions and reasons of a verdict that are told.
SHOWN = 30


class Reach(Protocol):
    """What reachability.compute returns, as far as verdicts need it."""

    @property
    def sites(self) -> Sequence[Any]: ...
    def between(self, one: Any, other: Any) -> Any: ...
    def open_pairs(self) -> Iterable[tuple[Any, Any]]: ...
    def unknown_pairs(self) -> Iterable[tuple[Any, Any]]: ...


class Levels(NamedTuple):
    """Reachability of one snapshot.

    strict: with filters, but those of the sender, to any interface that the receiver may create; today: with all
    filters, between interfaces that exist; retrace: see Retracer.retrace; stops: see Stops.between
    own_routes, past_filters: see OwnRoutes.between and past; owners: {attachment of a VPC that wasn't read: account}
    """

    routes: Reach
    strict: Reach
    today: Reach
    retrace: Callable[[Sender, Sender, Any, int], Retraced]
    stops: Callable[[Sequence[Any], Sequence[Any]], Sequence[Decides]]
    own_routes: Callable[[str, str], Reason | None]
    past_filters: Callable[[str, str], Reason | None]
    owners: Mapping[str, str] = MappingProxyType({})


class Part(NamedTuple):
    """Packets between two tiers. ports: in words"""

    source: str
    target: str
    ports: tuple[str, ...]


class Verdict(NamedTuple):
    """Verdict on a pair. Pairs with the same one are told together.

    level: what it rests on, routes or filters; declared: what declares the pair open, or that nobody does
    decides: what lets packets through, or stops them; back: the same of answers; answered: some come back
    packet: the counterexample, hop by hop in hops
    """

    verdict: str
    level: str
    declared: str
    says: str
    decides: tuple[Decides, ...] = ()
    parts: tuple[Part, ...] = ()
    reasons: tuple[Reason, ...] = ()
    answered: bool = True
    back: tuple[Decides, ...] = ()
    packet: str = ""
    hops: tuple[str, ...] = ()


Pair = tuple[str, str]


def end_of(site: Any, owners: Mapping[str, str]) -> str:
    """Return the end that a site belongs to: its account, INTERNET, or PREMISES with the attachment."""
    if f"{site.account_id}/" != PREMISES:
        return str(site.account_id)
    return owners.get(site.tier) or PREMISES + str(site.tier)


class Prover:
    """Verdicts of one snapshot.

    unread: {end: why it isn't known, of accounts that weren't read as a whole}; unused: ids of VPCs of which it isn't
    asked whether they reach the internet
    """

    def __init__(
        self, declaration: Declaration, levels: Levels, unread: Mapping[str, Reason], unused: Collection[str] = ()
    ) -> None:
        self.declaration, self.levels, self.unread, self.unused = declaration, levels, unread, unused
        self.sites: dict[str, list[Any]] = {end: [] for end in declaration.hosts_of}
        self.sites[INTERNET] = [ways.INTERNET]
        for site in levels.routes.sites:
            if site != ways.INTERNET:
                self.sites.setdefault(end_of(site, levels.owners), []).append(site)
        self.ends = sorted(self.sites, key=lambda end: (end.startswith(PREMISES), end == INTERNET, end))
        self._leaks, self._opened = 0, 0

    def prove(self) -> dict[Verdict, list[Pair]]:
        """Return the pairs of each verdict; every ordered pair of two ends is in one of them."""
        carried = self._by_ends({*self.levels.routes.open_pairs(), *self._of_internet(_is_carried)})
        unsure = self._by_ends({*self.levels.routes.unknown_pairs(), *self._of_internet(_is_unsure)})
        found: dict[Verdict, list[Pair]] = {}
        for one in self.ends:
            for other in self.ends:
                if one == other or {one, other} <= {INTERNET} or self._are_outside(one, other):
                    continue
                pair = (one, other)
                verdict = self._verdict(pair, carried.get(pair, []), unsure.get(pair, []))
                found.setdefault(verdict, []).append(pair)
        return found

    def _are_outside(self, one: str, other: str) -> bool:
        """Return true for two ends of which nothing is read: what passes between them isn't the accounts' matter."""
        named = {one, other} & self.declaration.hosts_of.keys()
        return not named and all(_is_outside(site) for end in (one, other) for site in self.sites[end])

    def _of_internet(self, is_it: Callable[[Any], bool]) -> Iterator[tuple[Any, Any]]:
        """Yield the pairs with the internet of which something is true, both ways."""
        for site in self.levels.routes.sites:
            for pair in ((site, ways.INTERNET), (ways.INTERNET, site)):
                if site != ways.INTERNET and is_it(self.levels.routes.between(*pair)):
                    yield pair

    def _by_ends(self, pairs: Iterable[tuple[Any, Any]]) -> dict[Pair, list[tuple[Any, Any]]]:
        found: dict[Pair, list[tuple[Any, Any]]] = {}
        for one, other in sorted(pairs):
            if ways.INTERNET in (one, other) and {one.vpc_id, other.vpc_id} & set(self.unused):
                continue
            found.setdefault((self._end(one), self._end(other)), []).append((one, other))
        return found

    def _verdict(self, pair: Pair, carried: list[tuple[Any, Any]], unsure: list[tuple[Any, Any]]) -> Verdict:
        declared = self.declaration.between(*pair)
        missing = [reason for end in pair if (reason := self.unread.get(end))]
        if missing:
            # One reason: where many accounts weren't read, each has a verdict, and not each two of them.
            return _unknown(ROUTES, declared, [min(missing)])
        reasons = _reasons(self.levels.routes.between(*sites) for sites in unsure)
        if declared.open:
            return self._of_open(declared, pair, carried, reasons)
        if carried:
            return self._of_leak(declared, pair, carried, reasons)
        own = self.levels.own_routes(*pair)
        if reasons or own:
            return _unknown(ROUTES, declared, [*([own] if own else []), *reasons])
        return Verdict(PROVEN, ROUTES, declared.why, "no route leads there", self._closed(pair))

    # ---- declared open

    def _of_open(
        self, declared: Declared, pair: Pair, carried: list[tuple[Any, Any]], reasons: list[Reason]
    ) -> Verdict:
        if not carried:
            if reasons:
                return _unknown(ROUTES, declared, reasons)
            if declared.required:
                says = "the inventory declares routes both ways, and none leads there"
                return Verdict(CLOSED, ROUTES, declared.why, says, self._closed(pair))
            says = "no route leads there, though the declaration lets it"
            return Verdict(PROVEN, ROUTES, declared.why, says, self._closed(pair))
        self._opened += len(carried)
        if self._opened > MOST_OPEN:
            says = f"routes lead there; ports aren't told beyond {MOST_OPEN} pairs of tiers"
            return Verdict(OPEN, ROUTES, declared.why, says)
        flows = [(sites, self.levels.today.between(*sites)) for sites in carried]
        # What stops the packets of some tiers isn't what lets through those of others.
        passing = [flow for _sites, flow in flows if not flow.forward.is_empty]
        parts = self._parts((sites, flow.forward) for sites, flow in flows)
        answered = not any(flow.answered.is_empty for flow in passing)
        says = "packets get there" if parts else "routes lead there; filters let nothing through today"
        decides = _decides(passing or [flow for _sites, flow in flows])
        unsure = _reasons(flow for _sites, flow in flows)
        back = _first(one for flow in passing for one in flow.back)
        return Verdict(OPEN, FILTERS, declared.why, says, decides, parts, tuple(unsure[:SHOWN]), answered, back)

    # ---- declared closed

    def _of_leak(
        self, declared: Declared, pair: Pair, carried: list[tuple[Any, Any]], reasons: list[Reason]
    ) -> Verdict:
        self._leaks += 1
        if self._leaks > MOST_LEAKS:
            why = f"routes lead there, as between {MOST_LEAKS} other pairs, and no further one is traced"
            return _unknown(ROUTES, declared, [Reason("isolation_proof", why, "fewer leaks")])
        flows = [(sites, self.levels.strict.between(*sites)) for sites in carried]
        passing = [(sites, flow.forward) for sites, flow in flows if not flow.forward.is_empty]
        reasons = [*reasons, *_reasons(flow for _sites, flow in flows)]
        reasons += [
            Reason(self.name(sites[1]), "no interface could be there to take it", "one, to see what its filters let in")
            for sites, flow in flows
            if NOBODY in flow.closed_by and sites[1] != ways.INTERNET
        ]
        if passing:
            return self._counterexample(declared, passing, reasons)
        more = self.levels.past_filters(*pair)
        if reasons or more:
            return _unknown(FILTERS, declared, [*reasons, *([more] if more else [])])
        says = "routes lead there, and filters of the receiver's side or of the hub let nothing through"
        return Verdict(PROVEN, FILTERS, declared.why, says, _decides(flow for _sites, flow in flows))

    def _counterexample(
        self, declared: Declared, passing: list[tuple[tuple[Any, Any], Any]], reasons: list[Reason]
    ) -> Verdict:
        """Return the verdict on packets that nothing but the sender's filters may stop, by the trace of one of them."""
        last: Verdict | None = None
        for sites, strict in passing:
            today = self.levels.today.between(*sites).forward
            last = self._traced(declared, sites, strict if today.is_empty else today, not today.is_empty)
            if last.verdict == COUNTEREXAMPLE:
                parts = self._parts(passing)
                return last._replace(parts=parts, reasons=tuple(reasons[:SHOWN]))
        return last or _unknown(FILTERS, declared, reasons)

    def _traced(self, declared: Declared, sites: tuple[Any, Any], packets: Any, today: bool) -> Verdict:
        one, other = (Sender(site.account_id, site.vpc_id or site.tier) for site in sites)
        sent = packets.sample()
        packet = sent.packet() if sent else None
        names = " -> ".join(self.name(site) for site in sites)
        if packet is None:
            reason = Reason(names, f"the tracer can't follow what gets there: {packets.text()}", "a trace by hand")
            return _unknown(FILTERS, declared, [reason])
        traced = self.levels.retrace(one, other, packet, sent.source_port)
        flow = self.levels.strict.between(*sites)
        if traced.arrives:
            says = f"{names}: {packet} gets there" + (
                "" if today else ", as soon as both ends have an interface whose own groups let it through"
            )
            decides = _decides([flow])
            return Verdict(COUNTEREXAMPLE, FILTERS, declared.why, says, decides, packet=str(packet), hops=traced.hops)
        if traced.by_sender and not today:
            why = f"only the sender's own filter stops {packet}, and the sender may change it: {traced.says}"
            return _unknown(FILTERS, declared, [Reason(names, why, "a route or filter that isn't the sender's")])
        why = f"sets of packets have {packet}, and the trace of it ends otherwise: {traced.verdict}, {traced.says}"
        return _unknown(FILTERS, declared, [Reason(names, why, "one answer of both")])

    # ---- words

    def _end(self, site: Any) -> str:
        return end_of(site, self.levels.owners)

    def name(self, site: Any) -> str:
        """Return the name of a site: HOST/TIER, INTERNET, or the attachment to premises."""
        end = self._end(site)
        if end == INTERNET or end.startswith(PREMISES):
            return end
        same = [one for one in self.sites[end] if one.tier == site.tier]
        return f"{self.label(end)}/{site.tier}" + (f" ({site.vpc_id})" if len(same) > 1 else "")

    def label(self, end: str) -> str:
        """Return the host of an account, several joined; the account's id if the inventory doesn't know it."""
        return "+".join(self.declaration.hosts_of.get(end, ())) or end

    def _parts(self, flows: Iterable[tuple[tuple[Any, Any], Any]]) -> tuple[Part, ...]:
        found = (
            Part(self.name(sites[0]), self.name(sites[1]), tuple(packets.ports()))
            for sites, packets in flows
            if not packets.is_empty
        )
        return tuple(sorted(found))

    def _closed(self, pair: Pair) -> tuple[Decides, ...]:
        """Return what decides that nothing gets from one end to the other: the objects where routes end."""
        found = self.levels.stops(*(self.sites[end] for end in pair))
        return _first(found) if len(found) > 1 else tuple(found)


def _is_outside(site: Any) -> bool:
    return site == ways.INTERNET or f"{site.account_id}/" == PREMISES


def _is_carried(flow: Any) -> bool:
    return not flow.forward.is_empty


def _is_unsure(flow: Any) -> bool:
    return bool(flow.unknown)


def _unknown(level: str, declared: Declared, reasons: Sequence[Reason]) -> Verdict:
    told = tuple(dict.fromkeys(reasons))
    more = f", and {len(told) - SHOWN} more reasons" if len(told) > SHOWN else ""
    says = (f"{told[0].id}: {told[0].why}" if told else "not known") + more
    return Verdict(UNKNOWN, level, declared.why, says, reasons=told[:SHOWN])


def _reasons(flows: Iterable[Any]) -> list[Reason]:
    return list(dict.fromkeys(reason for flow in flows for reason in flow.unknown))


def _decides(flows: Iterable[Any]) -> tuple[Decides, ...]:
    return _first(decides for flow in flows for decides in flow.decides)


def _first(decisions: Iterable[Decides]) -> tuple[Decides, ...]:
    found = sorted(set(decisions))
    more = [Decides("others", "", f"{len(found) - SHOWN} more")] if len(found) > SHOWN else []
    return (*found[:SHOWN], *more)
