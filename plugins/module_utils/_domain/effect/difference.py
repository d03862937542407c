# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Effect of a plan: what is reached before and after it, subtracted both ways, by account, tier and port."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..._core import escape
from ..hub import openings
from ..network.snapshot import Snapshot
from ..proof import reachability
from ..proof.reachability import Reachability
from ..proof.ways import PREMISES, Flow, Reason, Site
from .folding import folded
from .names import Names, segments_in, to_be_named

VERSION = 1
Entry = dict[str, Any]
Pair = tuple[Site, Site]
# Kinds that decide about no packet.
WITHOUT_EFFECT = ("FlowLogs", "VpcAttributes")
# What the effect's hash is of.
BOUND = ("version", "opens", "closes", "loses_inspection", "unknown")


def effect(
    before: Snapshot,
    after: Snapshot,
    unknown: Iterable[str],
    names: Names,
    compute: Callable[..., Reachability] = reachability.compute,
) -> Entry:
    """Return {version, opens, closes, loses_inspection, unknown, unknown_before, hash}; its texts are escaped.

    A sender's own groups and ACLs don't count, since it may change them: what opens is what the receiver and the ways
    between let through. unknown: what the plan's application to `before` couldn't tell. unknown_before: what isn't
    known of the network with or without the plan, and so may hide what it opens.
    """
    if after == before:
        return nothing(unknown)
    words = _Words(before, after, names)
    was, now = _computed(compute, before), _computed(compute, after)
    found = _differences(was["filters"], now["filters"], words)
    found["opens"] += _routes_only(was["routes"], now["routes"], found["opens"], words, opens=True)
    found["opens"] += _tables_only(found["opens"], words)
    found["closes"] += _routes_only(now["routes"], was["routes"], found["closes"], words, opens=False)
    reasons, had = _reasons(now["filters"]), _reasons(was["filters"])
    new = [_shown(reason) for reason in reasons if reason not in had]
    result: Entry = {
        "version": VERSION,
        **{kind: folded(entries) for kind, entries in found.items()},
        "unknown": sorted({*map(escape.text, (*unknown, *_denied(before, names))), *new}),
        "unknown_before": sorted({_shown(reason) for reason in reasons if reason in had}),
    }
    return {**result, "hash": hash_of(result)}


def nothing(unknown: Iterable[str] = ()) -> Entry:
    """Return the effect of a plan without writes to the network, or of one of which nothing is known."""
    empty: Entry = {"version": VERSION, "opens": [], "closes": [], "loses_inspection": []}
    result = {**empty, "unknown": sorted(map(escape.text, unknown)), "unknown_before": []}
    return {**result, "hash": hash_of(result)}


def hash_of(result: Mapping[str, Any]) -> str:
    """Return the hash of what an approval binds."""
    bound = {key: result.get(key) for key in BOUND}
    text = json.dumps(bound, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _denied(read: Snapshot, names: Names) -> Iterable[str]:
    """Yield what of each account couldn't be read: it may hide what opens, and a later run may not read it either."""
    for place, kinds in read.unread.items():
        for kind, why in kinds.items():
            if kind not in WITHOUT_EFFECT:
                yield f"{names.host(place.account_id or '', '') or place}: {kind}: {why}"


def _computed(compute: Callable[..., Reachability], snapshot: Snapshot) -> dict[str, Reachability]:
    return {
        "filters": compute(snapshot, "filters", ends="groups", sender_filters=False),
        "routes": compute(snapshot, "routes"),
    }


class _Words:
    """Names of sites, and which openings between them have to be named."""

    def __init__(self, before: Snapshot, after: Snapshot, names: Names) -> None:
        self.names = names
        self.was, self.now = segments_in(before, names), segments_in(after, names)
        # {(FROM, TO): pairs of hosts}
        self.named = to_be_named(before, after, names)

    def host(self, site: Site) -> str | None:
        return self.names.host(site.account_id, site.vpc_id) if site.vpc_id else None

    def segment(self, host: str | None) -> str | None:
        """Return the host's segment after the plan; before it, if it has none then."""
        if host is None:
            return None
        return self.now.get(host) or self.names.segments.get(host) or self.was.get(host)

    def end(self, site: Site, tier: bool = True) -> str:
        """Return HOST/TIER, the account's id in place of a host that isn't known; internet, premises/ATTACHMENT."""
        if not site.vpc_id:
            return f"{PREMISES}/{site.tier}" if site.account_id == PREMISES else site.account_id
        host = self.host(site) or site.account_id
        return f"{host}/{site.tier}" if tier else host

    def entry(self, pair: Pair, ports: Sequence[str], level: str, opens: bool) -> Entry:
        tier = level == "filters"
        one, other = (self.end(site, tier) for site in pair)
        hosts = [self.host(site) for site in pair]
        segments = [self.segment(host) for host in hosts]
        acceptable = self._acceptable(hosts) if opens else []
        told = ", ".join(ports) if tier else "by routes; network ACLs or security groups still stop it"
        if not opens and not tier:
            told = "by routes; network ACLs or security groups stopped it"
        ends = [f"{end} ({segment})" if segment else end for end, segment in zip((one, other), segments)]
        between = f"{segments[0]}>{segments[1]}" if all(segments) and hosts[0] != hosts[1] else None
        return _escaped(
            {
                "from": one,
                "from_host": hosts[0],
                "from_segment": segments[0],
                "to": other,
                "to_host": hosts[1],
                "to_segment": segments[1],
                "ports": list(ports),
                "level": level,
                "crosses": acceptable[0] if acceptable else between,
                "needs_name": bool(acceptable),
                "names": acceptable,
                "text": f"{ends[0]} -> {ends[1]}: {told}",
            }
        )

    def of_tables(self, one: str, other: str) -> Entry:
        """Return the entry of an opening that only the tables of Transit Gateways have; each a segment or a host."""
        hosts = [name if name in self.names.segments else None for name in (one, other)]
        segments = [self.segment(host) if host else name for host, name in zip(hosts, (one, other))]
        name = f"{one}>{other}"
        ends = dict(zip(("from", "from_host", "from_segment"), (one, hosts[0], segments[0])))
        ends |= dict(zip(("to", "to_host", "to_segment"), (other, hosts[1], segments[1])))
        told = {"ports": ["all traffic"], "level": "tables", "crosses": name, "needs_name": True, "names": [name]}
        text = f"{one} -> {other}: by the hub's tables; the VPCs' own routes don't lead there yet"
        return _escaped({**ends, **told, **self._members(one, other), "text": text})

    def _members(self, one: str, other: str) -> dict[str, list[str]]:
        """Return from_hosts and to_hosts of an opening of tables; {} if they are too many to be named one by one."""
        pairs = self.named[one, other]
        if len(pairs) > openings.MOST_PAIRS:
            return {}
        froms, tos = (sorted(set(hosts)) for hosts in zip(*pairs))
        return {"from_hosts": froms, "to_hosts": tos}

    def _acceptable(self, hosts: Sequence[str | None]) -> list[str]:
        """Return the names of allow_opens that allow an opening between two hosts; [] if it needs none.

        An account that moves is named itself: what its old segment was allowed isn't what it is.
        """
        one, other = hosts
        if one is None or other is None or one == other:
            return []
        froms = self._ends(one)
        tos = self._ends(other)
        if self.named.keys().isdisjoint({(a, b) for a in (one, *froms) for b in (other, *tos)}):
            return []
        return [f"{a}>{b}" for a in froms for b in tos]

    def _ends(self, host: str) -> list[str]:
        segment, before = self.now.get(host), self.was.get(host)
        moved = before is not None and before != segment
        return [host] if moved or segment is None else [segment, host]


def _differences(was: Reachability, now: Reachability, words: _Words) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {"opens": [], "closes": [], "loses_inspection": []}
    pairs = dict.fromkeys((*now.open_pairs(), *was.open_pairs()))
    sites = [(reach, frozenset(reach.sites)) for reach in (was, now)]
    for pair in sorted(pairs):
        before, after = (_flow(reach, known, pair) for reach, known in sites)
        if before == after:
            continue
        subtracted = {
            "opens": after.forward - before.forward,
            "closes": before.forward - after.forward,
            "loses_inspection": (before.inspected & after.forward) - after.inspected,
        }
        for kind, packets in subtracted.items():
            if not packets.is_empty:
                found[kind].append(words.entry(pair, packets.ports(), "filters", kind == "opens"))
    return found


def _flow(reach: Reachability, known: frozenset[Site], pair: Pair) -> Flow:
    """Return what a pair reaches; nothing where one of its sites doesn't exist."""
    if any(site.vpc_id and site not in known for site in pair):
        return Flow()
    return reach.between(*pair)


def _routes_only(
    was: Reachability, now: Reachability, told: Sequence[Entry], words: _Words, opens: bool
) -> Iterable[Entry]:
    """Return an entry for each two hosts that routes join now and didn't before, and that filters still keep apart.

    Today's filters are the accounts' own to change, so routes alone are worth knowing.
    """
    had = {(words.end(one, False), words.end(other, False)) for one, other in was.open_pairs()}
    known = {(entry["from_host"] or entry["from"], entry["to_host"] or entry["to"]) for entry in told}
    entries: dict[tuple[str, str], Entry] = {}
    for one, other in now.open_pairs():
        ends = (words.end(one, False), words.end(other, False))
        if ends[0] != ends[1] and ends not in had and ends not in known and ends not in entries:
            entries[ends] = words.entry((one, other), ("all traffic",), "routes", opens)
    return [entries[ends] for ends in sorted(entries)]


def _tables_only(told: Sequence[Entry], words: _Words) -> Iterable[Entry]:
    """Return an entry for each opening of Transit Gateway tables that needs a name and that no packet takes yet.

    What lacks is a route in the VPCs, which are the accounts' own to change.
    """
    known = {name for entry in told for name in entry["names"]}
    return [words.of_tables(one, other) for one, other in sorted(words.named) if f"{one}>{other}" not in known]


def _reasons(reach: Reachability) -> dict[Reason, None]:
    """Return each reason for which something isn't known, once."""
    found: dict[Reason, None] = {}
    for pair in reach.unknown_pairs():
        found.update(dict.fromkeys(reach.between(*pair).unknown))
    return found


def _shown(reason: Reason) -> str:
    return escape.text(f"{reason.id}: {reason.why}")


def _escaped(entry: Entry) -> Entry:
    def shown(value: Any) -> Any:
        if isinstance(value, list):
            return [shown(item) for item in value]
        return escape.text(value) if isinstance(value, str) else value

    return {key: shown(value) for key, value in entry.items()}
