# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Signature ids: derived from what a rule says, so that a rule keeps its id whatever happens to the others.

Suricata has 32 bits for an id, which AWS wants to be unique within a rule group. Two rules whose digests begin alike
can't both have the derived id: the one that has it already in AWS (`kept`) keeps it, and the other one takes the next
digest of its own. Without `kept`, as for a first rule set, the first by key keeps it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

# Below: ids of Suricata's own rules, Emerging Threats (2 to 3 million) and AWS's managed groups. Above: signed 32 bits.
FIRST, LAST = 1_000_000_000, 2_147_483_647


def assign(keys: Iterable[str], kept: Mapping[str, int] | None = None) -> dict[str, int]:
    """Return the id of each key. kept: ids that keys have in AWS."""
    wanted = sorted(set(keys))
    assigned: dict[str, int] = {}
    taken: set[int] = set()
    for key in wanted:
        before = (kept or {}).get(key)
        if before is not None and before not in taken:
            assigned[key] = before
            taken.add(before)
    for key in wanted:
        if key not in assigned:
            assigned[key] = _derive(key, taken)
            taken.add(assigned[key])
    return assigned


def _derive(key: str, taken: set[int]) -> int:
    attempt = 0
    while True:
        digest = hashlib.sha256(f"{key}#{attempt}".encode()).digest()
        sid = FIRST + int.from_bytes(digest[:8], "big") % (LAST - FIRST + 1)
        if sid not in taken:
            return sid
        attempt += 1
