# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a change of egress groups opens and closes, in words; and the groups that rules in AWS stand for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product

from ..._core.errors import refusal
from ..values import cidrs
from . import domains, next_generation, overlaps, parts, rules, tails
from .groups import CIDR, TCP, UDP, Egress, Entry, Group, Source

ALLOWED = re.compile(
    r"(?:pass|accept:flow) (?P<protocol>tls|http|tcp|udp)(?:1?:\w+)? \$(?P<variable>\w+) any -> \S+ (?P<ports>\S+) "
    rf'\(msg:"{parts.ALLOW} group=(?P<group>[\w-]+) (?:domain|cidr)=(?P<target>[^"]+)"; .*?\bsid:(?P<sid>\d+);'
)
DENIED = re.compile(
    r"(?:drop|reject|alert)(?::flow)? [\w:]+ (?:\$(?P<variable>\w+)|any) any -> \S+ (?P<ports>\S+) "
    rf'\(msg:"(?:{tails.DENY}|{tails.WOULD_DENY}) group=(?P<group>[\w-]+) why=(?P<kind>[\w-]+)"; .*?\bsid:(?P<sid>\d+);'
)
CARRIED = re.compile(
    rf'accept:hook (?P<hook>\S+) .*\(msg:"{next_generation.CARRY} \S+ (?P<direction>\w+)"; sid:(?P<sid>\d+);'
)

Texts = Mapping[str, tuple[str, Mapping[str, Sequence[str]]]]


def read_back(texts: Texts) -> Egress:
    """Return the groups that rules in AWS stand for; sources have their CIDR as name.

    texts: rules and IP sets, by name of the rule group. Warnings are rules of others: those that don't say what they
    let through or deny, or do something else than they say.
    """
    entries: dict[str, dict[Entry, None]] = {}
    sources: dict[str, dict[str, None]] = {}
    foreign: list[str] = []
    for name, (text, variables) in sorted(texts.items()):
        for line in filter(_is_rule, text.splitlines()):
            match = ALLOWED.match(line) or DENIED.match(line)
            entry = _entry(match) if match and match.re is ALLOWED else None
            if match is None or not (_is_tail(line, match) if match.re is DENIED else _is_ours(line, match, entry)):
                foreign.append(f"{name}: a rule that isn't one of egress_groups: {line.strip()}")
            elif match["group"] != tails.NOBODY:
                sources.setdefault(match["group"], {}).update(dict.fromkeys(variables.get(match["variable"], ())))
                if entry:
                    entries.setdefault(match["group"], {})[entry] = None
    groups = [
        Group(group, "", _by_cidr(sources[group], foreign), tuple(entries.get(group, ()))) for group in sorted(sources)
    ]
    return Egress(tuple(groups), tuple(foreign))


def _is_rule(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#") and not CARRIED.match(line)


def _entry(match: re.Match[str]) -> Entry | None:
    target, protocol = match["target"], match["protocol"]
    try:
        ports = tuple(int(port) for port in match["ports"].strip("[]").split(","))
        if protocol in (TCP, UDP):
            overlaps.network("cidr", target)
            return Entry(None, CIDR, target, protocol, ports)
        domain = domains.parse("domain", target)
    except ValueError:  # Invalid is one
        return None
    return Entry(domain.name, domain.form, None, protocol, ports)


def _is_ours(line: str, match: re.Match[str], entry: Entry | None) -> bool:
    """Return true if the rule lets through what its msg says, no more and no less."""
    if entry is None:
        return False
    of_it = (rules.allow(match["group"], entry), next_generation.allow(match["group"], entry))
    written = {text.replace("$SRC", f"${match['variable']}") for texts in of_it for _part, text in texts}
    return line.partition(" sid:")[0] in written


def _is_tail(line: str, match: re.Match[str]) -> bool:
    """Return true if the rule denies what its msg says, or only logs it if the msg says that."""
    listed = re.fullmatch(r"!\[(\d+(?:,\d+)*)\]", match["ports"]) if match["kind"] == "port" else None
    ports = tuple(map(int, listed[1].split(","))) if listed else ()
    source = f"${match['variable']}" if match["variable"] else "any"
    return line.partition(" sid:")[0] in _tails(match["group"], source, ports)


@lru_cache(maxsize=1000)
def _tails(group: str, source: str, ports: tuple[int, ...]) -> frozenset[str]:
    """Return the tails of a group, of both generations and modes, and for both actions."""
    classic = {
        text
        for monitor, reject in product((True, False), repeat=2)
        for _kind, text in tails.lines(group, source, ports, monitor=monitor, reject=reject)
    }
    following = {
        text
        for mode, action in product((parts.MONITOR, parts.ENFORCE), (parts.REJECT, parts.DROP))
        for _kind, text in next_generation.tail_lines(group, source, ports, mode, action)
    }
    return frozenset(classic | following)


def _by_cidr(listed: Iterable[str], foreign: list[str]) -> tuple[Source, ...]:
    sources = []
    for cidr in listed:
        if refusal(overlaps.network, "cidr", cidr):
            foreign.append(f"a source that isn't one of egress_groups: {cidr}")
        else:
            sources.append(Source(cidr, (cidr,)))
    return tuple(sources)


def changes(before: Egress, after: Egress) -> list[str]:
    """Return what a change opens (+) and closes (-), by group: ``payments: + api.stripe.com:443 from alpha (...)``."""
    old, new = ({group.name: group for group in egress.groups} for egress in (before, after))
    return [line for name in sorted({*old, *new}) for line in _group(name, old.get(name), new.get(name))]


def _group(name: str, old: Group | None, new: Group | None) -> Iterator[str]:
    had, has = (set(_targets(group)) for group in (old, new))
    for target in sorted(had - has):
        yield f"{name}: - {target} from {_sources(old)}"
    for target in sorted(has - had):
        yield f"{name}: + {target} from {_sources(new)}"
    if old and new:
        to = f"to {len(had & has)} target{'s' * (len(had & has) != 1)}"
        for sign, group, other in (("-", old, new), ("+", new, old)):
            for cidr in overlaps.without(group.cidrs, other.cidrs):
                yield f"{name}: {sign} source {cidr}{_named(group, cidr)}, {to}"


def _named(group: Group, cidr: str) -> str:
    names = [source.name for source in group.sources if cidrs.is_within(cidr, source.cidrs) and source.name != cidr]
    return f" ({', '.join(names)})" if names else ""


def _targets(group: Group | None) -> Iterator[str]:
    for entry in group.entries if group else ():
        protocol = "" if entry.protocol in ("tls", "tcp") else f" ({entry.protocol})"
        for port in entry.ports:
            yield f"{entry.shown}:{port}{protocol}"


def _sources(group: Group | None) -> str:
    return overlaps.listed([_source(source) for source in (group.sources if group else ())])


def _source(source: Source) -> str:
    if source.cidrs == (source.name,):
        return source.name
    return f"{source.name} ({overlaps.listed(source.cidrs)})"


def sids(texts: Iterable[str]) -> dict[str, int]:
    """Return the ids that rules have, by key, for `rules.compile(kept=...)`."""
    found: dict[str, int] = {}
    for text in texts:
        for line in text.splitlines():
            match = ALLOWED.match(line) or DENIED.match(line) or CARRIED.match(line)
            if match is not None:
                found[_key(match, line)] = int(match["sid"])
    return found


def _key(match: re.Match[str], line: str) -> str:
    if match.re is CARRIED:
        return f"carry|{match['hook']}|{match['direction']}"
    if match.re is DENIED:
        return f"deny|{match['variable'] or ''}|{match['group']}|{match['kind']}"
    part = ""
    if line.startswith("pass") and match["protocol"] in ("tcp", "udp"):
        part = "first" if "not_established" in line else "rest"
    return f"allow|{match['variable']}|{match['group']}|{match['protocol']}|{match['target']}|{match['ports']}|{part}"
