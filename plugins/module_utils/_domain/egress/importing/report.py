# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Proposal of ``egress_groups`` from the files of old proxies, what could not be converted, and names in their logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...._core import escape
from ...._core.errors import Invalid, refusal
from .. import domains, proposal_text
from ..observations import Flow, Tally
from . import nginx, patterns, proposal, squid
from .kinds import LIST, NGINX, SQUID
from .patterns import Imported, Line, Unconverted

HEADER = (
    "Proposed by egress_import from the files of old proxies. This file opens nothing: read it, fill in each TODO,",
    "and merge what is right into the variable egress_groups of the group `egress`.",
)
# Names of the logs that the file lists; all are in the result.
MOST_NAMES = 200
LONGEST_SHOWN = 1000


def configurations(texts: Mapping[str, str], kinds: Mapping[str, str]) -> Iterator[Imported]:
    """Yield what each configuration lets through. texts: name -> text; kinds: name -> as `kinds.kind` says.

    Files of different proxies are different configurations; those that one includes are part of it.
    """
    used: set[str] = set()
    for wanted, read in ((SQUID, squid.read), (NGINX, nginx.read)):
        files = {name: text for name, text in texts.items() if kinds[name] in (wanted, LIST)}
        found = {name: read(files, name) for name in files if kinds[name] == wanted}
        inner = {one for name, each in found.items() for one in each.files if one != name}
        # If all are, they include each other.
        tops = [name for name in found if name not in inner] or list(found)
        used |= {one for name in tops for one in found[name].files}
        yield from (found[name] for name in tops)
    why = "is no configuration, and none reads it"
    yield Imported((), tuple(Unconverted(Line(name, 1, ""), why) for name in texts if name not in used))


def result(
    imported: Sequence[Imported],
    accounts: Mapping[str, Sequence[str]],
    seen: Mapping[Flow, Tally],
    only: Sequence[str] = (),
    notes_of_logs: Sequence[str] = (),
) -> dict[str, Any]:
    """Return {"proposal": YAML, "groups", "unconverted": [{file, line, text, why}], "counts", "notes", "lines"}.

    lines: what the proposal doesn't have, and the notes, for a terminal.
    accounts: host -> CIDRs. only: the hosts whose proxies these are; nothing is proposed for others.
    """
    kept, refused = _acceptable(imported)
    unconverted = [*(one for each in kept for one in each.unconverted), *refused]
    groups, notes = proposal.groups(kept, accounts, only)
    notes += notes_of_logs
    counts = _counts(seen)
    by_entry = _by_entry(counts)
    for group in groups.values():
        for entry in group["allow"]:
            if seen:
                hits = by_entry.get(entry.get("domain", ""), 0)
                entry[proposal_text.COMMENT] = [f"{hits:,} requests in the logs"]
    footer = [f"not converted: {one.line.place}: {one.line.text}: {one.why}" for one in unconverted]
    footer += [f"note: {note}" for note in notes]
    lines = [escape.short(line, LONGEST_SHOWN) for line in footer]
    footer += [
        f"in the logs: {row['name']}: {row['hits']:,} requests of {row['sources']} clients, {row['denied']:,} refused"
        for row in counts[:MOST_NAMES]
    ]
    text = proposal_text.write(groups, HEADER, footer)
    for group in groups.values():
        for entry in group["allow"]:
            entry.pop(proposal_text.COMMENT, None)
    rows = [{"file": o.line.file, "line": o.line.number, "text": o.line.text, "why": o.why} for o in unconverted]
    return {"proposal": text, "groups": groups, "unconverted": rows, "counts": counts, "notes": notes, "lines": lines}


def _acceptable(imported: Sequence[Imported]) -> tuple[list[Imported], list[Unconverted]]:
    """Return what entries of ``egress_groups`` can say, and the rest."""
    kept, refused = [], {}
    for one in imported:
        good = []
        for allowed in one.allowed:
            why = refusal(_check, allowed.destination)
            if why is None:
                good.append(allowed)
            else:
                refused[allowed.destination] = Unconverted(allowed.line, f"{allowed.destination} {why.problem}")
        kept.append(replace(one, allowed=tuple(good)))
    return kept, list(refused.values())


def _check(destination: str) -> None:
    network = patterns.network(destination)
    if network is None:
        domains.parse("domain", destination)
    elif not network.prefixlen:
        raise Invalid("cidr", destination, "is the whole internet", "a CIDR")


def _by_entry(counts: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return how often names were asked for, by each domain that an entry for them may have."""
    hits: dict[str, int] = {}
    for row in counts:
        # What a client made up may have thousands of dots.
        name = patterns.name(row["name"])
        if name is None:
            continue
        parents = patterns.above(name)
        for domain in (name, f".{name}", *(form for one in parents for form in (f".{one}", f"*.{one}"))):
            hits[domain] = hits.get(domain, 0) + row["hits"]
    return hits


def _counts(seen: Mapping[Flow, Tally]) -> list[dict[str, Any]]:
    """Return the names in the logs, the most wanted first, with how many clients asked and how often in vain."""
    by_name: dict[str, dict[str, Any]] = {}
    sources: dict[str, set[str]] = {}
    for flow, one in seen.items():
        row = by_name.setdefault(flow.destination, {"name": flow.destination, "hits": 0, "denied": 0})
        row["hits"] += one.hits
        row["denied"] += one.blocked
        sources.setdefault(flow.destination, set()).add(flow.source)
    rows = [{**row, "sources": len(sources[name])} for name, row in by_name.items()]
    return sorted(rows, key=lambda row: (-row["hits"], row["name"]))
