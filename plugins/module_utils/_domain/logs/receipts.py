# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Receipts of replayed error objects: which are done, and how much of each, from a listing alone.

Error objects are never changed. The receipt of errors/T/... is an object errors-replayed/T/.../EVENTS-REJECTED.json. No
table's name has a hyphen, so no table reads receipts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from . import layout

PREFIX = "errors-replayed/"
_KEY = re.compile(rf"{PREFIX}(.+)/(\d+)-(\d+)\.json", re.DOTALL)


@dataclass(frozen=True)
class Receipt:
    """events: delivered; rejected: records that can't be read, and so are only in the error object."""

    events: int
    rejected: int


def key_of(error_key: str, receipt: Receipt) -> str:
    return f"{PREFIX}{error_key.removeprefix(layout.ERRORS)}/{receipt.events}-{receipt.rejected}.json"


def prefix_of(table: str) -> str:
    return f"{PREFIX}{table}/"


def parse(keys: Iterable[str]) -> dict[str, Receipt]:
    """Return error object's key -> Receipt."""
    found = (_KEY.fullmatch(key) for key in keys)
    return {layout.ERRORS + one[1]: Receipt(int(one[2]), int(one[3])) for one in found if one}


def summary(table: str, objects: Iterable[Mapping[str, Any]], done: Mapping[str, Receipt]) -> dict[str, Any]:
    """Return what is in a table's error prefix: objects as S3 lists them, and the receipts."""
    objects = list(objects)
    pending = [one for one in objects if one["Key"] not in done]
    oldest = min((one["LastModified"] for one in pending), default=None)
    return {
        "table": table,
        "objects": len(objects),
        "bytes": sum(one["Size"] for one in objects),
        "pending": len(pending),
        "pending_bytes": sum(one["Size"] for one in pending),
        "oldest_pending": oldest and oldest.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "replayed": len(objects) - len(pending),
        "unreadable_records": sum(done[one["Key"]].rejected for one in objects if one["Key"] in done),
    }
