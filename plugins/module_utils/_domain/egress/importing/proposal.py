# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Proposes ``egress_groups`` from what proxies let through: by source, with accounts' names where ranges are theirs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Network, collapse_addresses
from typing import Any

from .patterns import Allowed, Imported, Source, network, pieces

TODO = "TODO"
LONGEST_NAME = 40
Groups = dict[str, dict[str, Any]]


def groups(
    imported: Iterable[Imported], accounts: Mapping[str, Sequence[str]], only: Sequence[str] = ()
) -> tuple[Groups, list[str]]:
    """Return groups in the form of ``egress_groups``, and notes on their sources.

    accounts: host -> its CIDRs. only: the hosts whose proxies these are: nothing is proposed for other sources, and
    what a file allows to everybody is proposed for them. Without them it is proposed for TODO, which is no account,
    so that the inventory check refuses it until somebody names one.
    """
    accounts = {host: cidrs for host, cidrs in accounts.items() if not only or host in only}
    proposed: Groups = {}
    notes: list[str] = []
    for one in imported:
        mentioned = one.mentioned | {atom for allowed in one.allowed for atom in allowed.sources if atom is not None}
        by_sources: dict[tuple[Source, ...], list[Allowed]] = {}
        for allowed in one.allowed:
            by_sources.setdefault(allowed.sources, []).append(allowed)
        for atoms, found in by_sources.items():
            ranges = pieces(atoms, mentioned)
            if None in atoms and only:
                ranges = list(collapse_addresses([*ranges, *_unmentioned(accounts, mentioned)]))
            named = _names(ranges, accounts, notes, bool(only))
            sources = [*((TODO,) if None in atoms and not only else ()), *named]
            if not sources:
                continue
            label = next((label for label, of_label in one.labels if set(of_label) == set(atoms)), None)
            name = group_name(sources, label, proposed)
            proposed[name] = {"owner": TODO, "sources": sources, "allow": entries(found)}
    return proposed, list(dict.fromkeys(notes))


def entries(found: Iterable[Allowed]) -> list[dict[str, Any]]:
    """Return entries of a group: one for the ports of a destination whose protocol is the default for the port."""
    ports: dict[tuple[str, str | None], list[int]] = {}
    lines: dict[tuple[str, str | None], str] = {}
    for allowed in found:
        usual = "tcp" if is_cidr(allowed.destination) else "http" if allowed.port == 80 else "tls"
        key = allowed.destination, None if allowed.protocol == usual else allowed.protocol
        ports.setdefault(key, []).append(allowed.port)
        lines.setdefault(key, allowed.line.place)
    return [
        entry(destination, sorted(set(of_key)), protocol, reason=f"imported from {lines[destination, protocol]}")
        for (destination, protocol), of_key in sorted(ports.items(), key=lambda item: (item[0][0], item[0][1] or ""))
    ]


def entry(destination: str, ports: list[int], protocol: str | None, **more: Any) -> dict[str, Any]:
    """Return an entry of ``allow`` without what is the default."""
    cidr = is_cidr(destination)
    made: dict[str, Any] = {"cidr" if cidr else "domain": destination}
    if cidr or ports != [443]:
        made["ports"] = ports
    if protocol:
        made["protocol"] = protocol
    return {**made, **more}


def is_cidr(destination: str) -> bool:
    return network(destination) is not None


def _names(
    ranges: Sequence[IPv4Network], accounts: Mapping[str, Sequence[str]], notes: list[str], only: bool
) -> list[str]:
    """Return the accounts that lie within these ranges as a whole, and the ranges that hold none."""
    named: dict[str, None] = {}
    left: list[str] = []
    for host, cidrs in accounts.items():
        own = [one for one in map(network, cidrs) if one is not None]
        if own and all(any(one.subnet_of(outer) for outer in ranges) for one in own):
            named[host] = None
    parts: dict[str, list[str]] = {}
    for outer in ranges:
        inside = [host for host in named if any(_is_in(cidr, outer) for cidr in accounts[host])]
        whole = {one for host in inside for one in map(network, accounts[host])}
        held = [host for host, cidrs in accounts.items() if any(_meets(cidr, outer) for cidr in cidrs)]
        if not held and only:
            notes.append(f"{outer} is left out: it is no part of the accounts whose proxies these are")
        elif not inside:
            left.append(str(outer))
            for host in held:
                parts.setdefault(host, []).append(str(outer))
        elif outer not in whole:
            notes.append(f"{outer} became {', '.join(inside)}; no other account of the inventory is in it as a whole")
    for host, of_host in parts.items():
        notes.append(f"{host} is named by its ranges {', '.join(of_host)}: the proxy lets no other part of it through")
    return [*named, *left]


def _unmentioned(accounts: Mapping[str, Sequence[str]], mentioned: Iterable[IPv4Network]) -> list[IPv4Network]:
    """Return what no rule of a proxy mentions of these accounts' ranges."""
    own = [one for cidrs in accounts.values() for one in map(network, cidrs) if one is not None]
    taken = [other for other in mentioned if any(one.overlaps(other) for one in own)]
    if any(one.subnet_of(other) for one in own for other in taken):
        own = [one for one in own if not any(one.subnet_of(other) for other in taken)]
    return pieces(own, taken)


def _is_in(cidr: str, outer: IPv4Network) -> bool:
    one = network(cidr)
    return one is not None and one.subnet_of(outer)


def _meets(cidr: str, other: IPv4Network) -> bool:
    one = network(cidr)
    return one is not None and one.overlaps(other)


def group_name(sources: Sequence[str], label: str | None, taken: Groups) -> str:
    own = sources[0] if len(sources) == 1 and network(sources[0]) is None and sources[0] != TODO else None
    plain = re.sub(r"[^a-z0-9]+", "-", (own or label or "imported").lower()).strip("-")[:LONGEST_NAME] or "imported"
    # A group's name begins with a letter.
    plain = plain if plain[0].isalpha() else f"g-{plain}"
    name, number = plain, 1
    while name in taken:
        number += 1
        name = f"{plain}-{number}"
    return name
