# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Evidence of a proof as data: what was read, the verdict on each pair, what decides it, and a checksum over it all.

Pairs are told by verdict, as lists of ends: {"from": 3, "to": 5} are the pairs of an end of lists[3] and another one of
lists[5].
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ..._core.errors import Invalid
from .coverage import Coverage
from .declaration import INTERNET, PREMISES, Declaration
from .verdicts import CLOSED, COUNTEREXAMPLE, FAILING, OPEN, PROVEN, UNKNOWN, Pair, Prover, Verdict

FORMAT, VERSION = "closednet.aws isolation proof", 1
WORST_FIRST = (COUNTEREXAMPLE, CLOSED, UNKNOWN, OPEN, PROVEN)
NOT_COVERED = (
    "What a host, proxy, load balancer or application forwards: packets end at interfaces here, requests may not.",
    "Networks beyond VPNs, Direct Connect, Client VPN and peerings to accounts that weren't read.",
    "Data paths of AWS services that aren't packets between accounts: S3, KMS, IAM, SQS and others, by their policies.",
    "DNS as a channel: queries to the VPC's resolver leave by no route.",
    "Rules of firewalls: a packet that passes one counts as let through, and is told as inspected by it.",
    "Changes between reads, and after the last one.",
    "Accounts that the inventory doesn't name, and regions that it doesn't name for an account.",
    "The sender's own groups, network ACLs and route tables: who has the account changes them; no proof rests on them.",
)


def evidence(
    prover: Prover,
    found: Mapping[Verdict, Sequence[Pair]],
    read: Coverage,
    checksum_of_reads: str,
    now: datetime,
) -> dict[str, Any]:
    """Return the evidence, with its checksum. found: of prover.prove(); checksum_of_reads: of snapshot.hash_of"""
    declaration = prover.declaration
    ordered = sorted(found, key=lambda verdict: (WORST_FIRST.index(verdict.verdict), verdict.says, verdict))
    lists = Lists()
    pairs = [
        {"verdict": number, "from": lists.number(sources), "to": lists.number(targets)}
        for number, verdict in enumerate(ordered)
        for sources, targets in rectangles(found[verdict])
    ]
    told = {
        "format": FORMAT,
        "version": VERSION,
        "created": now.isoformat(timespec="seconds"),
        "read": _read(read, checksum_of_reads),
        "coverage": _coverage(read, declaration),
        "summary": {word: sum(len(found[v]) for v in ordered if v.verdict == word) for word in WORST_FIRST},
        "ends": {end: _end(prover, end) for end in prover.ends},
        "verdicts": [_verdict(verdict) for verdict in ordered],
        "pairs": pairs,
        "shared_by_both": _shared(prover, found, lists),
        "lists": lists.listed,
        "not_covered": [*NOT_COVERED, *_also_not_covered(read)],
    }
    return {**told, "checksum": checksum(told)}


def checksum(told: Mapping[str, Any]) -> str:
    """Return "sha256:" and the checksum of evidence as canonical JSON, without its own checksum."""
    rest = {key: value for key, value in told.items() if key != "checksum"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def check(told: Any, option: str = "proof_verify") -> None:
    """Raise Invalid unless this is evidence whose checksum is that of its content."""
    expected = "a file that closednet.aws.isolation_proof wrote with proof_json"
    if not isinstance(told, Mapping) or told.get("format") != FORMAT:
        raise Invalid(option, None, "is no evidence of a proof", expected)
    if told.get("version") != VERSION:
        raise Invalid(option, told.get("version"), "is a version of evidence that isn't known", str(VERSION))
    if told.get("checksum") != checksum(told):
        raise Invalid(option, told.get("checksum"), "isn't the checksum of its content: it was changed", expected)


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return what is proven otherwise now than in earlier evidence, in words; [] if each pair has the same verdict.

    Both must be whole, see check. What was read may have changed without a pair that did.
    """
    old, new = dict(verdicts_of(before)), dict(verdicts_of(now))
    lines = [f"{_named(before, end)} isn't among the ends any more" for end in _gone(before, now)]
    lines += [f"{_named(now, end)} is a new end" for end in _gone(now, before)]
    by_change: dict[tuple[str, str], list[Pair]] = {}
    for pair in sorted(old.keys() & new.keys()):
        one, other = old[pair], new[pair]
        if (one["verdict"], one["level"], one["ports"]) != (other["verdict"], other["level"], other["ports"]):
            by_change.setdefault((_word(one), f"{_word(other)}: {other['says']}"), []).append(pair)
    for (was, is_), pairs in by_change.items():
        shown = ", ".join(f"{_named(now, one)} -> {_named(now, other)}" for one, other in pairs[:5])
        more = f" and {len(pairs) - 5} more" if len(pairs) > 5 else ""
        lines.append(f"{shown}{more}: was {was}, is {is_}")
    return lines


def verdicts_of(told: Mapping[str, Any]) -> Iterator[tuple[Pair, dict[str, Any]]]:
    """Yield (pair, its verdict) of evidence."""
    lists = told["lists"]
    for one in told["pairs"]:
        verdict = told["verdicts"][one["verdict"]]
        for source in lists[one["from"]]:
            for target in lists[one["to"]]:
                if source != target:
                    yield (source, target), verdict


def failing(told: Mapping[str, Any]) -> int:
    """Return the number of pairs of which nobody may say that they are as declared."""
    return sum(told["summary"][word] for word in FAILING)


class Lists:
    """Lists of ends, each once."""

    def __init__(self) -> None:
        self.listed: list[list[str]] = []
        self._numbers: dict[tuple[str, ...], int] = {}

    def number(self, ends: Iterable[str]) -> int:
        key = tuple(ends)
        if key not in self._numbers:
            self._numbers[key] = len(self.listed)
            self.listed.append(list(key))
        return self._numbers[key]


def rectangles(pairs: Iterable[Pair]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return (sources, targets) such that each pair is a source and another end of its targets, as few as is easy."""
    targets: dict[str, list[str]] = {}
    for one, other in pairs:
        targets.setdefault(one, []).append(other)
    # Members that all reach each other have the same targets, but for themselves.
    with_itself: dict[tuple[str, ...], list[str]] = {}
    alike: dict[tuple[str, ...], list[str]] = {}
    for one, others in targets.items():
        with_itself.setdefault(tuple(sorted({one, *others})), []).append(one)
        alike.setdefault(tuple(sorted(others)), []).append(one)
    fewer = min(with_itself, alike, key=len)
    return [(tuple(sorted(sources)), ends) for ends, sources in fewer.items()]


def _read(read: Coverage, checksum_of_reads: str) -> dict[str, Any]:
    window = (read.end - read.start).total_seconds() if read.start and read.end else None
    return {
        "checksum": checksum_of_reads,
        "start": read.start.isoformat() if read.start else None,
        "end": read.end.isoformat() if read.end else None,
        "window_seconds": window,
        "two_equal_reads": read.equal,
        "versions": read.versions,
    }


def _coverage(read: Coverage, declaration: Declaration) -> dict[str, Any]:
    accounts = declaration.hosts_of
    return {
        "accounts": len(accounts),
        "read": len(accounts.keys() - read.unread.keys()),
        "unread": [
            {
                "account_id": account,
                "hosts": list(accounts.get(account, ())),
                "object": reason.id,
                "why": reason.why,
                "expected": reason.expected,
            }
            for account, reason in sorted(read.unread.items())
        ],
        "regions": sorted({place["region"] for place in read.places if place["region"]}),
        "not_in_inventory": list(read.further),
        "places": list(read.places),
    }


def _end(prover: Prover, end: str) -> dict[str, Any]:
    kind = "internet" if end == INTERNET else "premises" if end.startswith(PREMISES) else "account"
    return {"name": prover.label(end), "kind": kind, "segment": prover.declaration.segment_of(end)}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "verdict": verdict.verdict,
        "level": verdict.level,
        "declared": verdict.declared,
        "says": verdict.says,
        "ports": [{"from": p.source, "to": p.target, "ports": list(p.ports)} for p in verdict.parts],
        "answered": verdict.answered,
        "decides": [one._asdict() for one in verdict.decides],
        "decides_answers": [one._asdict() for one in verdict.back],
        "unknown": [one._asdict() for one in verdict.reasons],
        "packet": verdict.packet,
        "hops": list(verdict.hops),
    }


def _shared(prover: Prover, found: Mapping[Verdict, Sequence[Pair]], lists: Lists) -> list[dict[str, Any]]:
    """Return the ends that several others reach which are kept apart: what forwards there joins them."""
    reached_by: dict[str, list[str]] = {}
    closed: set[Pair] = set()
    for verdict, pairs in found.items():
        if verdict.verdict == PROVEN:
            closed.update(pairs)
        elif verdict.verdict == OPEN:
            # Whether filters let something through today or not: routes lead there, as declared.
            for one, other in pairs:
                reached_by.setdefault(other, []).append(one)
    shared = []
    for end, sources in sorted(reached_by.items()):
        apart = any((one, other) in closed for one in sources for other in sources if one != other)
        if apart:
            says = f"{len(sources)} ends reach {prover.label(end)} that are kept apart from each other"
            shared.append({"end": end, "reached_by": lists.number(sorted(sources)), "says": says})
    return shared


def _also_not_covered(read: Coverage) -> Iterator[str]:
    kinds = sorted({one["kind"] for place in read.places for one in place["unread"]})
    if kinds:
        yield f"Kinds that couldn't be read in some account: {', '.join(kinds)}. What depends on them is unknown."
    if read.unused:
        shown = ", ".join(read.unused[:5]) + (f" and {len(read.unused) - 5} more" if len(read.unused) > 5 else "")
        yield f"Whether default VPCs that have no interface reach the internet, as AWS created them: {shown}."
    if not read.equal:
        yield "Accounts were read once, or two reads differed: what changed while they were read isn't seen."


def _gone(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    return sorted(one["ends"].keys() - other["ends"].keys())


def _named(told: Mapping[str, Any], end: str) -> str:
    return str(told["ends"][end]["name"])


def _word(verdict: Mapping[str, Any]) -> str:
    ports = sorted({port for part in verdict["ports"] for port in part["ports"]})
    return f"{verdict['verdict']} ({verdict['level']})" + (f" {', '.join(ports)}" if ports else "")
