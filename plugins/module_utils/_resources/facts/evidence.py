# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When and how a saved snapshot was read: its time window, versions, and whether two reads were equal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from ..._core.version import COLLECTION
from ..._domain.network import snapshot

# Reads in all, of which the last two must be equal.
READS = 4
CHANGED = "ChangedWhileRead"


def read(
    describe: Callable[[], dict[str, Any]], folder: str, twice: bool, versions: Mapping[str, str]
) -> dict[str, Any]:
    """Return the files of `describe`, {path: content}, and Read.json. folder: of them, with its last slash

    twice: read until two reads that follow each other are equal; kinds that still differ after READS are unread then.
    """
    start, files, reads, equal = _now(), describe(), 1, False
    while twice and not equal and reads < READS:
        before, files, reads = files, describe(), reads + 1
        equal = snapshot.hash_of(before) == snapshot.hash_of(files)
    if twice and not equal:
        files = _without_changed(before, files, folder)
    window = {
        "Start": start,
        "End": _now(),
        "Versions": {**versions, "closednet.aws": COLLECTION},
        "Reads": reads,
        "Equal": equal,
    }
    return {**files, f"{folder}{snapshot.READ}.json": window}


def _without_changed(before: Mapping[str, Any], files: Mapping[str, Any], folder: str) -> dict[str, Any]:
    """Return files without the kinds that differ between two reads, which are unread."""
    unread = f"{folder}{snapshot.UNREAD}.json"
    changed = sorted(
        path
        for path in (before.keys() | files.keys()) - {unread}
        if snapshot.hash_of({path: before.get(path)}) != snapshot.hash_of({path: files.get(path)})
    )
    kinds = [path.rpartition("/")[2].removesuffix(".json") for path in changed]
    listed = [*files[unread]["Unread"], *({"Kind": kind, "Operation": "", "Code": CHANGED} for kind in kinds)]
    kept = {path: content for path, content in files.items() if path not in changed}
    return {**kept, unread: {"Unread": listed}}


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
