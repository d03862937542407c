# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tags of others that modules leave alone, in the form of the option ignore_tags: {keys: [], key_prefixes: []}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_ignored(key: str, ignored: Mapping[str, Any]) -> bool:
    return key in (ignored.get("keys") or ()) or key.startswith(tuple(ignored.get("key_prefixes") or ()))


def without_ignored(fields: Mapping[str, Any], ignored: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the fields of a resource without its ignored tags."""
    if not ignored or not isinstance(fields.get("tags"), Mapping):
        return fields
    return {**fields, "tags": {key: value for key, value in fields["tags"].items() if not is_ignored(key, ignored)}}
