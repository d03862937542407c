# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Notes that many accounts have, told once: they differ in names and ids alone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

# Accounts with notes alone, from which on equal notes are told once.
FEW = 10
# What differs between accounts: account ids, CIDRs, ids of resources.
DIFFERS = re.compile(r"\b(?:\d{12}|\d+\.\d+\.\d+\.\d+(?:/\d+)?|[a-z]+(?:-[a-z]+)*-[0-9a-f]{8,17})\b")


def grouped(notes: Mapping[str, Sequence[str]]) -> tuple[list[tuple[str, list[str]]], list[str]]:
    """Return ([(note, its accounts)], accounts that keep their own section).

    notes: {account: its notes} of accounts that have nothing else. Up to FEW accounts keep theirs, as do those with a
    note that no other account has.
    """
    if len(notes) <= FEW:
        return [], list(notes)
    having: dict[str, list[str]] = defaultdict(list)
    for host, own in notes.items():
        for note in dict.fromkeys(_like(host, note) for note in own):
            having[note].append(host)
    alone = {hosts[0] for hosts in having.values() if len(hosts) == 1}
    together = [(note, [host for host in hosts if host not in alone]) for note, hosts in having.items()]
    return [(note, hosts) for note, hosts in together if hosts], [host for host in notes if host in alone]


def _like(host: str, note: str) -> str:
    return DIFFERS.sub("...", re.sub(rf"(?<![\w-]){re.escape(host)}(?![\w-])", "...", note))
